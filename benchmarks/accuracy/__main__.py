"""How near formcheck comes to the truth, on rendered clips.

    python -m benchmarks.accuracy FOLDER [--workers 2] [--only TEXT] [--auto] [--json FILE] [--write-docs]

FOLDER holds clips (`*.mp4`) with their truth next to them (`*.json`): movement, camera, injected faults, repetitions,
and for every frame the true joints, angles and back. Every clip is checked as its truth says (movement and working
side), and what came out is compared: angles and the back with their stated uncertainty, faults, holds, repetitions, and
whether formcheck kept quiet about what cannot be judged. All of it once more by camera yaw, picture, clothing, body,
distance, posture and movement; then the camera's yaw itself, how well the back's estimates keep rounded, neutral and
hollow apart, and what is aimed at. `--auto` also asks which movement it is.

`--out DIR` keeps the results of each clip; `--replay DIR` judges the poses kept there instead of looking again, which
takes seconds instead of minutes. `--write-docs --part hard` adds a set to the page that another one is about.
Exit code 2: the folder cannot be scored, or a clip could not be checked.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .aims import aims
from .back import separation, separation_by_posture
from .clips import Done, SetError, Task, check_all, find_clips
from .page import FIRST_LINE, OTHER_SETS, PAGE, Table, json_text, page, part, parts_of, plain, tables, with_part
from .score import Clip
from .tables import aims_table, back_tables, breakdown_tables, view_tables
from .totals import breakdowns, total, view_total


def main(words: Sequence[str] | None = None) -> int:
    """Check, score and print; return the exit code."""
    options = _options(words)
    only = [part for part in options.only.split(",") if part]
    try:
        clips, notes = find_clips(options.folder, only)
        if options.json and not options.json.absolute().parent.is_dir():
            raise SetError(f"{options.json.name}: expected a folder to write to, got none; make it, or name another")
        tasks = [_task(clip, options) for clip in clips]
    except SetError as error:
        for line in str(error).splitlines():
            print(f"accuracy: {line}", file=sys.stderr)
        return 2
    for note in notes:
        print(f"accuracy: {note}", file=sys.stderr)
    done = list(_told(check_all(tasks, options.workers), len(tasks)))
    return report(done, options)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy", description=__doc__, formatter_class=formatter
    )
    parser.add_argument("folder", type=Path, help="clips with their truth")
    parser.add_argument("--workers", type=_count, default=2, metavar="N", help="processes; default: 2")
    parser.add_argument("--only", default="", metavar="TEXT", help="only clips whose name contains it (several: a,b)")
    parser.add_argument("--auto", action="store_true", help="also let the movement be recognised")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the results of each clip")
    parser.add_argument("--replay", type=Path, metavar="DIR", help="judge the poses kept there, not the recordings")
    parser.add_argument("--name", default="", help="what the set is called; default: its folder")
    parser.add_argument(
        "--note", default="", help="what a reader must know of the set: was it looked at while building?"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers")
    parser.add_argument("--write-docs", action="store_true", help=f"write {PAGE.parent.name}/{PAGE.name}")
    parser.add_argument(
        "--part", choices=OTHER_SETS, default="", help="write only this part of it: the set is not the page's main one"
    )
    return parser.parse_args(words)


def _count(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"expected a number of processes from 1, got {word!r}")
    return int(word)


def _task(clip: Path, options: argparse.Namespace) -> Task:
    track = options.replay / clip.stem / "poses.parquet" if options.replay else None
    if track is not None and not track.is_file():
        wanted = f"expected the poses of every clip, got none of {clip.stem}"
        raise SetError(f"{options.replay.name}: {wanted}; run once with --out {options.replay.name}")
    return Task(
        str(clip), str(options.out / clip.stem) if options.out else "", str(track) if track else "", options.auto
    )


def _told(done: Iterator[Done], expected: int) -> Iterator[Done]:
    """Print the progress."""
    for number, one in enumerate(done, start=1):
        print(f"{number}/{expected} {one.clip.name}", file=sys.stderr, flush=True)
        yield one


# Reporting ------------------------------------------------------------------------------------------------------------


def report(done: Sequence[Done], options: argparse.Namespace) -> int:
    """Print the tables, write the requested files; return the exit code."""
    clips = [one.clip for one in done]
    found = results(done)
    about = _about(done, options)
    print(", ".join(f"{key} {value}" for key, value in about.items()))
    shown = list(all_tables(found))
    for table in shown:
        print(*plain(table), sep="\n")
    broken = [clip for clip in clips if clip.problem]
    for clip in broken:
        print(f"accuracy: {clip.name}: expected a result, got: {clip.problem}", file=sys.stderr)
    if options.json:
        everything = {"about": about, **found, "clips": [asdict(clip) for clip in clips]}
        options.json.write_text(json_text(everything), "utf-8")
    if options.write_docs:
        write_docs(about, shown, options.part)
    return 2 if broken else 0


def write_docs(about: Mapping[str, str], shown: Sequence[Table], part_name: str) -> None:
    """Write the page, or one part of it; the other parts stay."""
    old = PAGE.read_text("utf-8") if PAGE.is_file() else f"{FIRST_LINE}\n"
    if part_name:
        PAGE.write_text(with_part(old, part_name, part(about, shown)), "utf-8")
    else:
        PAGE.write_text(page(about, shown, parts_of(old)), "utf-8")


def results(done: Sequence[Done]) -> dict[str, Any]:
    """Return all numbers of a set."""
    clips, backs = [one.clip for one in done], [one.back for one in done if one.back is not None]
    return {
        "all": total(clips),
        "movements": by_movement(clips),
        "breakdowns": breakdowns(clips),
        "view": view_total(clips),
        "back": {"all": separation(backs), "postures": separation_by_posture(backs)},
    }


def all_tables(found: Mapping[str, Any]) -> Iterator[Table]:
    """Yield every table of a set."""
    yield aims_table(aims(found))
    yield from tables(found["all"], found["movements"])
    yield from breakdown_tables(found["breakdowns"])
    yield from view_tables(found["view"], found["breakdowns"]["yaw"])
    yield from back_tables(found["back"])


def by_movement(clips: Sequence[Clip]) -> dict[str, dict[str, Any]]:
    """Return the totals of each movement, sorted by its id."""
    ids = sorted({clip.movement for clip in clips})
    return {movement: total([clip for clip in clips if clip.movement == movement]) for movement in ids}


def _about(done: Sequence[Done], options: argparse.Namespace) -> dict[str, str]:
    """What was checked with what; the date is when the recordings were seen, not when this was printed."""
    folder = options.folder.resolve()
    name = options.name or (folder.parent.name if folder.name == "clips" else folder.name)
    checked = [one for one in done if not one.clip.problem]
    return {
        "set": name,
        "clips": str(len(done)),
        "formcheck": ", ".join(sorted({one.formcheck_version for one in checked})) or "–",
        "pose model": ", ".join(sorted({one.model for one in checked})) or "–",
        "seen on": max((one.created_utc[:10] for one in checked), default="–"),
        **({"note": options.note} if options.note else {}),
    }


if __name__ == "__main__":
    sys.exit(main())
