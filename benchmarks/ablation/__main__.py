"""How much each step after the pose model improves a pose: its errors, with one step more in each row.

    python -m benchmarks.ablation FOLDER RESULTS [--workers 2] [--only TEXT] [--json FILE] [--write-docs]

FOLDER holds rendered clips with their truth, RESULTS the poses found in them, as `benchmarks.accuracy FOLDER --out
RESULTS` keeps them. Nothing is looked at again: the same poses go through the stages of `stages.py`, each with one
thing more, and what comes out is compared as `benchmarks.accuracy` does, in side views up to 15° off. Where
`mirror.py FOLDER RESULTS` has kept what the pose model sees in the mirrored pictures, the table says by how much the
two disagree.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy.back import tremble
from benchmarks.accuracy.clips import FOR_NOBODY, SetError, find_clips
from benchmarks.accuracy.page import NAMES, Table, figure, json_text, marked_up, percent, plain, write_part
from benchmarks.accuracy.score import Compared, compare
from benchmarks.accuracy.setting import setting_of
from benchmarks.accuracy.totals import MEASUREMENTS, mean_numbers
from formcheck.core.movement.load import load_movement
from formcheck.core.skeleton import Side
from formcheck.sources.pose_track import open_track

from .stages import STAGES, Stage, measured, table_of

MIRRORED = "mirrored.parquet"
"""The poses of the mirrored pictures, mirrored back; next to `poses.parquet`."""
ANGLES = ("knee_{near}_deg", "trunk_thigh_{near}_deg", "elbow_{near}_deg", "trunk_inclination_deg")

TEXT = """\
## How much each step improves

The poses of {clips} clips ({name}), measured with one thing more in each row: mean error (inside the stated band) in
side views up to 15° off, each frame weighing the same. The last two columns are about the near side's knee,
shoulder-hip-knee, elbow and the trunk's inclination together: *jitter* is by how much they tremble from frame to frame
(robust standard deviation, the middle clip), *mirror* how far they differ between the picture and its mirror image,
95 % within. Made by `python -m benchmarks.ablation`."""


@dataclass(frozen=True, slots=True, eq=False)
class Staged:
    """One clip after one stage.

    Parameters
    ----------
    compared : its measurements against the truth.
    jitter_deg : how much its angles tremble from frame to frame.
    mirror : absolute differences to the mirrored picture, deg; empty where that was not looked at.
    """

    compared: tuple[Compared, ...]
    jitter_deg: float
    mirror: list[float] = field(default_factory=list)


def main(words: Sequence[str] | None = None) -> int:
    """Measure every stage and print the table; return the exit code."""
    options = _options(words)
    try:
        clips, notes = find_clips(options.folder, [part for part in options.only.split(",") if part])
        clips = [clip for clip in clips if setting_of(_truth(clip)).side_on]
        missing = [clip.stem for clip in clips if not (options.results / clip.stem / "poses.parquet").is_file()]
        if missing or not clips:
            came = f"none of {missing[0]}" if missing else "no clip seen from the side"
            wanted = f"expected the poses of every clip, got {came}"
            raise SetError(
                f"{options.results.name}: {wanted}; run the accuracy benchmark once with --out {options.results.name}"
            )
    except SetError as error:
        print(*(f"ablation: {line}" for line in str(error).splitlines()), sep="\n", file=sys.stderr)
        return 2
    print(*(f"ablation: {note}" for note in notes), sep="\n", end="\n" if notes else "", file=sys.stderr)
    found = list(_all_staged(clips, options))
    results = totals(found)
    table = stage_table(results)
    print(*plain(table), sep="\n")
    if options.json:
        options.json.write_text(json_text(results), "utf-8")
    if options.write_docs:
        name = options.name or options.folder.resolve().name
        write_part("ablation", "\n".join((TEXT.format(clips=len(clips), name=name), "", *marked_up(table))))
    return 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ablation", description=__doc__, formatter_class=formatter
    )
    parser.add_argument("folder", type=Path, help="clips with their truth")
    parser.add_argument("results", type=Path, help="their results, with poses.parquet")
    parser.add_argument(
        "--workers", type=int, choices=range(1, 65), default=2, metavar="N", help="processes; default: 2"
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="only clips whose name contains it (several: a,b)")
    parser.add_argument("--name", default="", help="what the set is called; default: its folder")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers")
    parser.add_argument("--write-docs", action="store_true", help="write the table into docs/accuracy.md")
    return parser.parse_args(words)


# One clip -------------------------------------------------------------------------------------------------------------


def _all_staged(clips: Sequence[Path], options: argparse.Namespace) -> Iterator[dict[str, Staged]]:
    folders = [options.results / clip.stem for clip in clips]
    if options.workers == 1:
        yield from map(staged, clips, folders)
        return
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        for number, one in enumerate(pool.map(staged, clips, folders), start=1):
            print(f"{number}/{len(clips)}", file=sys.stderr, flush=True)
            yield one


def staged(clip: Path, folder: Path, stages: Iterable[Stage] = STAGES) -> dict[str, Staged]:
    """Return the name of each stage -> one clip after it."""
    truth = _truth(clip)
    out = {}
    for stage in stages:
        table = _table(folder / "poses.parquet", stage, truth)
        mirrored = folder / MIRRORED
        apart = disagreement(table, _table(mirrored, stage, truth), truth) if mirrored.is_file() else []
        out[stage.name] = Staged(tuple(compare(truth, table)), jitter(table, truth), apart)
    return out


def _table(track: Path, stage: Stage, truth: Mapping[str, Any]) -> pd.DataFrame:
    working: Side | None = truth.get("side") if truth.get("side") in ("left", "right") else None
    return table_of(measured(open_track(track), stage, load_movement(truth["movement"] or FOR_NOBODY), working))


def jitter(table: pd.DataFrame, truth: Mapping[str, Any]) -> float:
    """Return the robust standard deviation of the noise of single frames, deg, from the angles' second differences."""
    return tremble([table[name].to_numpy(float) for name in _angles(truth)])


def disagreement(one: pd.DataFrame, mirrored: pd.DataFrame, truth: Mapping[str, Any]) -> list[float]:
    """Return how far the angles of a picture and of its mirror image differ, deg, where both are known."""
    both = one.merge(mirrored, on="time_s", suffixes=("", "_m"))
    apart = np.concatenate([(both[name] - both[f"{name}_m"]).abs().to_numpy(float) for name in _angles(truth)])
    return [round(float(x), 4) for x in apart[np.isfinite(apart)]]


def _angles(truth: Mapping[str, Any]) -> list[str]:
    return [name.format(near=truth.get("near_side", "right")) for name in ANGLES]


def _truth(clip: Path) -> dict[str, Any]:
    return dict(json.loads(clip.with_suffix(".json").read_text("utf-8")))


# All clips ------------------------------------------------------------------------------------------------------------


def totals(clips: Sequence[Mapping[str, Staged]]) -> dict[str, dict[str, Any]]:
    """Return stage -> its numbers over all clips, their jitter, and how far mirrored pictures are off."""
    out: dict[str, dict[str, Any]] = {}
    for name in clips[0] if clips else ():
        some = [clip[name] for clip in clips]
        apart = [x for one in some for x in one.mirror]
        p95 = float(np.percentile(apart, 95)) if apart else math.nan
        shaky = [one.jitter_deg for one in some if not math.isnan(one.jitter_deg)]
        middle = float(np.median(shaky)) if shaky else math.nan
        out[name] = {
            "numbers": mean_numbers([one.compared for one in some]),
            "jitter_deg": middle,
            "mirror_p95_deg": p95,
        }
    return out


def stage_table(results: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return the table of the stages."""
    rows = tuple(
        (
            name,
            *(_cell(row["numbers"].get(measurement)) for measurement in MEASUREMENTS),
            f"{row['jitter_deg']:.2f}°",
            figure(row["mirror_p95_deg"], "°"),
        )
        for name, row in results.items()
    )
    return Table("How much each step improves", ("", *(NAMES[name] for name in MEASUREMENTS), "jitter", "mirror"), rows)


def _cell(number: Mapping[str, float] | None) -> str:
    if number is None or not number["frames"]:
        return "–"
    return f"{number['mae']:.2f} ({percent(number['inside'])})"


if __name__ == "__main__":
    sys.exit(main())
