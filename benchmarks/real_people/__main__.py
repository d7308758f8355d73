"""What the back of real people reads over time: a plot of numbers for each clip, without a truth to compare it with.

    python -m benchmarks.real_people [FOLDER] [--tracks DIR] [--out DIR] [--fps N] [--only TEXT] [--json FILE]
        [--write-docs]

FOLDER (default: shared/real next to the checkout) holds `clips/*.mp4` and `MANIFEST.tsv`, which names each clip's
movement, where it is from and its licence. The recordings are looked at here and never leave the folder; what is
written are numbers and plots of numbers. `--out DIR` keeps the results of each clip, `--tracks DIR` judges the poses
kept there instead of looking again. Without the folder there is nothing to do, and nothing goes wrong.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import formcheck as fc
from benchmarks.accuracy import page as accuracy_page
from benchmarks.accuracy.back import NO_NEUTRAL, OWN_NEUTRAL, tremble
from benchmarks.accuracy.page import Table, figure, json_text, marked_up, percent, plain

from .plots import back_svg

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "real"
PICTURES = "pictures"
"""Folder of the plots, next to the page."""
NEEDED = ("file", "movement", "repository", "licence")

TEXT = """\
## Real people

No truth is known of these clips, so nothing here is an error: the plots show how the back's bend and curve read over
time, with the uncertainty formcheck states; a gap is where it is unknown. The recordings are not part of this
project. *Tremble* is the noise of single frames (robust standard deviation). Made by
`python -m benchmarks.real_people`."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One clip of the manifest."""

    name: str
    path: Path
    movement: str
    shows: str
    source: str
    licence: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What formcheck read of one clip.

    Parameters
    ----------
    bend : 5, 50 and 95 % of the bend against the own start, deg; NaN where it was unknown.
    bend_no_neutral : the same without the own neutral.
    `told` : share of the frames in which the back's edge could be judged.
    tremble_deg : noise of single frames of the bend without the own neutral.
    """

    name: str
    movement: str
    frames: int
    verdict: str
    faults: tuple[str, ...]
    told: float
    bend: tuple[float, ...]
    bend_no_neutral: tuple[float, ...]
    tremble_deg: float


def main(words: Sequence[str] | None = None) -> int:
    """Check every clip, print and write what is asked for; return the exit code."""
    options = _options(words)
    if not (options.folder / "MANIFEST.tsv").is_file():
        print(f"real: no MANIFEST.tsv in {options.folder.name}; no footage of real people here, nothing to do")
        return 0
    recordings = [one for one in listed(options.folder) if not options.only or options.only in one.name]
    readings: list[Reading] = []
    plots: dict[str, str] = {}
    for recording in recordings:
        try:
            frames, summary = checked(recording, options)
        except fc.FormCheckError as error:
            print(f"real: {recording.name}: {' '.join(str(error).split())}", file=sys.stderr)
            return 2
        readings.append(reading(recording, frames, summary))
        plots[recording.name] = back_svg(frames, f"{recording.name.replace('_', ' ')}: the back over time")
        print(f"{len(readings)}/{len(recordings)} {recording.name}", file=sys.stderr, flush=True)
    table = reading_table(recordings, readings)
    print(*plain(table), sep="\n")
    if options.json:
        options.json.write_text(json_text({one.name: asdict(one) for one in readings}), "utf-8")
    if options.write_docs:
        write_plots(plots, accuracy_page.PAGE.parent / PICTURES)
        accuracy_page.write_part("real", "\n".join((TEXT, "", *marked_up(table), "", *pictures(recordings))))
    return 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.real_people", description=__doc__, formatter_class=formatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER, help="clips with their MANIFEST.tsv")
    parser.add_argument("--tracks", type=Path, metavar="DIR", help="judge the poses kept there, not the recordings")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the results of each clip")
    parser.add_argument("--fps", type=float, metavar="N", help="frames to analyse each second; default: all")
    parser.add_argument("--only", default="", metavar="TEXT", help="only clips whose name contains it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers")
    parser.add_argument("--write-docs", action="store_true", help="write plots and table into docs")
    return parser.parse_args(words)


def listed(folder: Path) -> Iterator[Recording]:
    """Yield the clips that a folder's manifest names and that are there, sorted by name."""
    with (folder / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if all(row.get(key) for key in NEEDED)]
    for row in sorted(rows, key=lambda row: row["file"]):
        path = folder / row["file"]
        if path.parent.name == "clips" and path.is_file():
            source = f"{row['repository']} {row.get('commit') or ''}".strip()
            yield Recording(path.stem, path, row["movement"], row.get("shows") or "", source, row["licence"])


def checked(recording: Recording, options: argparse.Namespace) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the frames and the summary of a clip, from its saved track where there is one."""
    track = options.tracks / recording.name / "poses.parquet" if options.tracks else recording.path
    with tempfile.TemporaryDirectory() as folder:
        out = options.out / recording.name if options.out else Path(folder) / recording.name
        summary = fc.check(track, movement=recording.movement, fps=options.fps, out=out)
        return pd.read_parquet(out / "frames.parquet"), summary.model_dump(mode="json")


# Numbers --------------------------------------------------------------------------------------------------------------


def reading(recording: Recording, frames: pd.DataFrame, summary: Mapping[str, Any]) -> Reading:
    """Return what was read of a clip."""
    own, none = frames[OWN_NEUTRAL].to_numpy(float), frames[NO_NEUTRAL].to_numpy(float)
    return Reading(
        recording.name,
        recording.movement,
        len(frames),
        summary["verdict"],
        tuple(dict.fromkeys(fault["id"] for fault in summary["faults"])),
        float(np.mean(np.isfinite(none))) if len(none) else math.nan,
        _spread(own),
        _spread(none),
        tremble([none]),
    )


def _spread(values: Any) -> tuple[float, ...]:
    known = values[np.isfinite(values)]
    return tuple(float(x) for x in np.percentile(known, (5, 50, 95))) if len(known) else (math.nan,) * 3


def reading_table(recordings: Sequence[Recording], readings: Sequence[Reading]) -> Table:
    """Return the table of all clips."""
    head = (
        "clip", "movement", "from", "licence", "frames", "verdict", "faults said", "back known",
        "bend against the own start: 5, 50, 95 %", "bend, own neutral not known", "tremble",
    )  # fmt: skip
    rows = tuple(
        (
            one.name, one.movement, recording.source, recording.licence, str(one.frames), one.verdict,
            ", ".join(one.faults) or "none", percent(one.told), _degrees(one.bend), _degrees(one.bend_no_neutral),
            figure(one.tremble_deg, "°"),
        )
        for recording, one in zip(recordings, readings, strict=True)
    )  # fmt: skip
    return Table("Real people", head, rows)


def _degrees(spread: Sequence[float]) -> str:
    return "not known" if math.isnan(spread[0]) else ", ".join(f"{value:.0f}°" for value in spread)


# Pictures -------------------------------------------------------------------------------------------------------------


def write_plots(plots: Mapping[str, str], folder: Path) -> None:
    """Write each clip's plot."""
    folder.mkdir(exist_ok=True)
    for name, svg in plots.items():
        (folder / f"back_{name}.svg").write_text(svg, "utf-8")


def pictures(recordings: Sequence[Recording]) -> Iterator[str]:
    """Yield the lines that show the plots."""
    for one in recordings:
        yield f"**{one.name}** ({one.movement}{f': {one.shows}' if one.shows else ''})"
        yield ""
        yield f"![The back of {one.name} over time]({PICTURES}/back_{one.name}.svg)"
        yield ""


if __name__ == "__main__":
    sys.exit(main())
