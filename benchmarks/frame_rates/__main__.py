"""Bounce, speed, unrest, pace and hesitation at every rate of pictures, on saved pose tracks.

    python -m benchmarks.frame_rates [FOLDER] [--rates 7.5,10,15,30,60] [--only TEXT] [--jitter 0.003] [--list]

FOLDER holds pose tracks `<movement>-good.parquet` and `<movement>-<fault>.parquet` whose header names the faults
that were put in; default: those of the tests. Each is played as cameras of other rates would have seen it: thinned for
a rate marked with d (10d), else every pose between two pictures, with the unrest of a real pose model added at every
rate. Every good track is also played with a bounce, too fast, briskly, with a stop or a step back on the way, with deep
breathing and with fidgeting, so that each is known to be there or not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from formcheck.core.camera.advice import ProblemCode
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import PoseFrame
from formcheck.core.summary.schema import ModelRecord, RunSummary, SourceRecord
from formcheck.core.summary.summariser import summarise

from .scenes import SIGNALS, Scene, kinds_of, scenes
from .tracks import JITTER_TL

TRACKS = Path(__file__).resolve().parent.parent.parent / "tests" / "data" / "catalogue"
RATES = "7.5,10d,10,15,30,60"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of one scene at one rate."""

    scene: str
    rate: str
    expected: dict[str, bool]
    said: dict[str, bool]
    told_too_few: bool


# Hearing --------------------------------------------------------------------------------------------------------------


def hear(scene: Scene, rate: str) -> Heard:
    """Return what formcheck makes of a scene at a rate."""
    poses = scene.at(rate)
    summary = judged(poses, scene)
    kinds = kinds_of(scene.movement)
    said = {kind: any(f.id in faults for f in summary.faults) for kind, faults in kinds.items()}
    hesitated = [one.hesitations for one in summary.repetitions if one.hesitations is not None]
    said["hesitation"] = any(hesitated)
    judged_kinds = {kind for kind, faults in kinds.items() if faults} | ({"hesitation"} if hesitated else set())
    expected = {
        kind: kind in scene.shows for kind in SIGNALS if kind in judged_kinds | scene.shows and kind not in scene.hides
    }
    return Heard(scene.name, rate, expected, said, ProblemCode.TOO_FEW_PICTURES in summary.view.codes)


def judged(poses: list[PoseFrame], scene: Scene) -> RunSummary:
    """Return the summary of a scene."""
    span_s = poses[-1].time_s - poses[0].time_s
    fps = (len(poses) - 1) / span_s
    source = scene.header["source"] | {"fps": fps, "frames": len(poses), "duration_s": span_s}
    results = run(poses, FormChecker(scene.movement, side=scene.header["side"]))
    return summarise(
        results,
        scene.movement,
        source=SourceRecord(**source),
        model=ModelRecord(**scene.header["model"]),
        formcheck_version="0",
        created_utc="",
    )


# Reporting ------------------------------------------------------------------------------------------------------------


def table(heard: Sequence[Heard], rates: Sequence[str]) -> Iterator[str]:
    """Yield the table: of those that show it, how many were found; of those that do not, in how many it was said."""
    yield f"{'':24}" + "".join(f"{rate:>12}" for rate in rates)
    for kind in SIGNALS:
        for wanted, word in ((True, "found"), (False, "false alarm")):
            cells = []
            for rate in rates:
                of = [h for h in heard if h.rate == rate and h.expected.get(kind) is wanted]
                cells.append(f"{sum(h.said[kind] for h in of)} of {len(of)}" if of else "-")
            yield f"{kind + ', ' + word:24}" + "".join(f"{cell:>12}" for cell in cells)
    cells = [[h.told_too_few for h in heard if h.rate == rate] for rate in rates]
    yield f"{'said: too few pictures':24}" + "".join(f"{f'{sum(c)} of {len(c)}':>12}" for c in cells)


def wrong(heard: Sequence[Heard]) -> Iterator[str]:
    """Yield a line for each scene and kind that came out wrong, with the rates."""
    rows: dict[tuple[str, str, bool], list[str]] = {}
    for one in heard:
        for kind, wanted in one.expected.items():
            if one.said[kind] is not wanted:
                rows.setdefault((kind, one.scene, wanted), []).append(one.rate)
    for (kind, scene, wanted), rates in sorted(rows.items()):
        yield f"{'missed' if wanted else 'false'} {kind} at {', '.join(rates)}: {scene}"


def main(words: Sequence[str] | None = None) -> int:
    """Play, judge and print; return the exit code."""
    options = _options(words)
    only = [part for part in options.only.split(",") if part]
    paths = [p for p in sorted(options.folder.glob("*.parquet")) if not only or any(part in p.stem for part in only)]
    if not paths:
        print(
            f"time_rates: {options.folder.name}: expected pose tracks (*.parquet), got none; name another",
            file=sys.stderr,
        )
        return 2
    rates = [rate for rate in options.rates.split(",") if rate]
    heard: list[Heard] = []
    for number, path in enumerate(paths, start=1):
        print(f"{number}/{len(paths)} {path.stem}", file=sys.stderr, flush=True)
        heard += [hear(scene, rate) for scene in scenes(path, options.jitter) for rate in rates]
    print(*table(heard, rates), sep="\n")
    if options.list:
        print(*wrong(heard), sep="\n")
    if options.json:
        options.json.write_text(
            json.dumps([{k: getattr(h, k) for k in h.__slots__} for h in heard], indent=1) + "\n", "utf-8"
        )
    return 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.frame_rates",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, nargs="?", default=TRACKS, help="pose tracks; default: those of the tests")
    parser.add_argument("--rates", default=RATES, metavar="LIST", help=f"pictures a second; default: {RATES}")
    parser.add_argument("--only", default="", metavar="TEXT", help="only tracks whose name contains it (several: a,b)")
    parser.add_argument(
        "--jitter", type=float, default=JITTER_TL, metavar="TL", help="unrest of the points, trunk lengths"
    )
    parser.add_argument("--list", action="store_true", help="also name every scene that came out wrong")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was said of every scene")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
