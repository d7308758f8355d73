"""Is a movement that is drafted from good clips as good as the shipped file?

    python -m benchmarks.draft CLIPS POSES [--json FILE]

CLIPS holds the clips' truth, POSES what `benchmarks.accuracy CLIPS --out POSES` kept. For each movement the good clips
are the demonstration; the shipped movement is named as the one alike, because a demonstration does not teach which
faults matter. Both files then judge every clip of the movement. The good clips that were learned from are judged, too,
which says little; `--leave-one-out` drafts without the good clip that is judged, where there are two or more.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.accuracy.faults import SERIOUS, SLACK_S, alike, shown
from formcheck.core.errors import FormCheckError
from formcheck.core.movement.load import load_movement, parse_movement
from formcheck.core.movement.schema import Movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.skeleton import SIDES
from formcheck.core.summary.schema import FaultRecord, ModelRecord, SourceRecord
from formcheck.core.summary.summariser import Summariser
from formcheck.drivers.therapist.draft import draft_movement
from formcheck.sources.pose_track import open_track

MOVEMENTS = ("hamstring_hinge_standing", "seated_forward_bend", "chair_back_stretch", "cat_cow", "cobra",
             "kneeling_hip_flexor", "plank", "glute_bridge")  # fmt: skip
AIM = 0.8


@dataclass(frozen=True, slots=True)
class Row:
    """One movement: faults injected and found by each file, serious faults said of good clips."""

    movement: str
    demonstrations: int
    repetitions: int
    injected: int
    found_shipped: int
    found_drafted: int
    serious_on_good: int
    good_judged: int
    note: str = ""


def judge(poses: Path, movement: Movement, side: str | None) -> list[FaultRecord]:
    """Return the faults that a movement file finds in saved poses."""
    track, gathered = open_track(poses), Summariser(movement)
    working = side if side in SIDES and movement.two_sided else None
    checker = FormChecker(movement, side=working, pose_model=track.header["model"]["name"])
    for result in run(iter(track), checker):
        gathered.add(result)
    header = track.header
    return gathered.summary(
        source=SourceRecord(**header["source"]), model=ModelRecord(**header["model"]), formcheck_version="",
        created_utc=header["created_utc"],
    ).faults  # fmt: skip


def count_found(truth: Mapping[str, Any], said: Sequence[FaultRecord]) -> tuple[int, int]:
    """Return how many faults were injected that can be judged, and how many of them were said."""
    injected = [one for one in truth["faults"] if one["id"] not in truth.get("expect_cannot_tell", [])]
    found = [
        any(
            alike(one["id"], other.id)
            and other.from_s <= one["to_s"] + SLACK_S
            and other.to_s >= one["from_s"] - SLACK_S
            for other in said
        )
        for one in injected
    ]
    return len(injected), sum(found)


def measure_movement(movement: str, clips: Mapping[str, Mapping[str, Any]], poses: Path, *, leave_out: bool) -> Row:
    """Draft one movement from its good clips; judge all its clips with both files."""
    mine = {name: one for name, one in clips.items() if one["movement"] == movement and is_from_the_side(one)}
    good = [name for name, one in mine.items() if not one["faults"]]
    shipped = load_movement(movement)

    def draft(names: Sequence[str]) -> tuple[Movement, int]:
        made = draft_movement([poses / name / "poses.parquet" for name in names], name=f"My {movement}", like=movement)
        return parse_movement(made.text.encode("utf-8"), movement), made.repetitions

    try:
        drafted, repetitions = draft(good)
    except FormCheckError as error:
        return Row(movement, len(good), 0, 0, 0, 0, 0, 0, str(error))
    injected = found_shipped = found_drafted = serious = 0
    for name, truth in mine.items():
        file = poses / name / "poses.parquet"
        own = drafted
        if name in good and leave_out and len(good) > 1:
            own, _ = draft([one for one in good if one != name])
        said = judge(file, own, truth.get("side"))
        if name in good:
            allowed = shown(truth)
            false = {f.id for f in said if f.severity in SERIOUS and not any(alike(f.id, one) for one in allowed)}
            serious += len(false)
            continue
        count, by_draft = count_found(truth, said)
        injected, found_drafted = injected + count, found_drafted + by_draft
        found_shipped += count_found(truth, judge(file, shipped, truth.get("side")))[1]
    return Row(movement, len(good), repetitions, injected, found_shipped, found_drafted, serious, len(good))


def is_from_the_side(truth: Mapping[str, Any]) -> bool:
    """Return whether a clip is filmed as the movement asks for, with the whole body in the picture."""
    return truth["camera"].get("view") == "side" and not any(
        word in truth["clip"] for word in ("feet_cut", "walk_in", "oblique")
    )


def print_rows(rows: Sequence[Row]) -> None:
    """Print a line for each movement, and the sums."""
    print(f"{'movement':<28}{'clips':>6}{'reps':>6}{'faults':>8}{'shipped':>9}{'drafted':>9}{'serious on good':>17}")
    for row in rows:
        numbers = f"{row.demonstrations:>6}{row.repetitions:>6}{row.injected:>8}{row.found_shipped:>9}"
        print(f"{row.movement:<28}{numbers}{row.found_drafted:>9}{row.serious_on_good:>17}  {row.note}")
    shipped, drafted = sum(row.found_shipped for row in rows), sum(row.found_drafted for row in rows)
    share = drafted / shipped if shipped else 0.0
    print(f"recall of the drafted files is {share:.2f} of the shipped ones' (aim {AIM}); "
          f"serious faults on good clips: {sum(row.serious_on_good for row in rows)} (aim 0)")  # fmt: skip


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.draft", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("clips", type=Path)
    parser.add_argument("poses", type=Path)
    parser.add_argument("--only", default="", help="movements whose id has this text")
    parser.add_argument("--leave-one-out", action="store_true", help="draft without the good clip that is judged")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    clips = {one.stem: json.loads(one.read_text("utf-8")) for one in sorted(wanted.clips.glob("*.json"))}
    clips = {name: {"clip": name, **truth} for name, truth in clips.items() if (wanted.poses / name).is_dir()}
    rows = [
        measure_movement(one, clips, wanted.poses, leave_out=wanted.leave_one_out)
        for one in MOVEMENTS
        if wanted.only in one
    ]
    print_rows(rows)
    if wanted.json:
        wanted.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
