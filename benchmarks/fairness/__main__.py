"""Whether formcheck works alike for rendered people who look different: skin, face, cloth, light, body.

    python -m benchmarks.fairness FOLDER[=POSES] ... [--workers 2] [--json FILE] [--write-docs]

Each FOLDER holds clips with their truth, as for `benchmarks.accuracy`; POSES holds the poses of its clips that
`benchmarks.accuracy --out POSES` kept, so that nothing is looked at again. All sets are taken together and divided by
each question. Errors are those of side views up to 15° off; every clip weighs the same. The interval in brackets holds
the mean of 95 of 100 draws of the clips, so a group of few clips has a wide one. `--write-docs` writes its part of
docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.clips import Done, SetError, Task, check_all, find_clips
from benchmarks.accuracy.page import Table, figure, json_text, marked_up, percent, plain, write_part
from benchmarks.accuracy.score import Clip

from .groups import GROUPS, ORDER, groups_of

ASKED = {"knee": "knee, °", "trunk_inclination": "trunk inclination, °", "back_bend": "back bend, °"}
DRAWS = 2000
FEWEST = 3
"""A mean of fewer clips has no interval."""

TEXT = """\
## Can it work for someone like me?

{answer}

Made by `python -m benchmarks.fairness`, of {clips} clips of {sets}. *Reported* is the share of frames with a value, the
mean of the three measurements. Errors are those of side views up to 15° off, every clip weighing the same; the interval
in brackets holds the mean of 95 of 100 draws of the clips, so few clips have a wide one. Brightness of skin and
top is that of their own colour, L* 0 to 100: skin is dark below 45, brown below 58, medium below 75. Bodies come from
one body model; weight is on its own scale."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A scored clip and the groups it belongs to, by question."""

    clip: Clip
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over clips with its 95 % interval; NaN where there are too few."""

    value: float
    low: float
    high: float


def main(words: Sequence[str] | None = None) -> int:
    """Score all sets, print the table; return the exit code."""
    options = _options(words)
    try:
        tasks, groups = _tasks(options.sets)
    except SetError as error:
        print(*(f"fairness: {line}" for line in str(error).splitlines()), sep="\n", file=sys.stderr)
        return 2
    shown = [Shown(done.clip, groups[k]) for k, done in enumerate(_told(check_all(tasks, options.workers), len(tasks)))]
    broken = [one.clip for one in shown if one.clip.problem]
    for clip in broken:
        print(f"fairness: {clip.name}: expected a result, got: {clip.problem}", file=sys.stderr)
    rows, differing = rows_of(shown), differences(shown)
    table = table_of(rows)
    print(*plain(table), sep="\n")
    print(answer(differing))
    if options.json:
        options.json.write_text(json_text({"groups": rows, "differ": differing}), "utf-8")
    if options.write_docs:
        names = " and ".join(dict.fromkeys(_name(Path(word.partition("=")[0])) for word in options.sets))
        text = TEXT.format(answer=answer(differing), clips=len(shown), sets=names)
        write_part("fairness", "\n".join([text, "", *marked_up(table)]))
    return 2 if broken else 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=formatter)
    parser.add_argument("sets", nargs="+", metavar="FOLDER[=POSES]", help="clips with their truth, and their poses")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes; default: 2")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers")
    parser.add_argument("--write-docs", action="store_true", help="write the part of docs/accuracy.md")
    return parser.parse_args(words)


def _name(folder: Path) -> str:
    folder = folder.resolve()
    return folder.parent.name if folder.name == "clips" else folder.name


def _tasks(sets: Sequence[str]) -> tuple[list[Task], list[dict[str, str]]]:
    """Return what to check, and the groups of each clip."""
    tasks, groups = [], []
    for word in sets:
        folder, _, kept = word.partition("=")
        for clip in find_clips(Path(folder))[0]:
            track = Path(kept) / clip.stem / "poses.parquet" if kept else None
            if track is not None and not track.is_file():
                raise SetError(
                    f"{kept}: expected the poses of {clip.stem}, got none; run benchmarks.accuracy with --out {kept}"
                )
            tasks.append(Task(str(clip), "", str(track) if track else ""))
            groups.append(groups_of(clip, json.loads(clip.with_suffix(".json").read_text("utf-8"))))
    return tasks, groups


def _told(done: Iterator[Done], expected: int) -> Iterator[Done]:
    for number, one in enumerate(done, start=1):
        print(f"{number}/{expected} {one.clip.name}", file=sys.stderr, flush=True)
        yield one


# Numbers --------------------------------------------------------------------------------------------------------------


def rows_of(shown: Sequence[Shown]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return question -> group -> its numbers, in the order in which they are shown."""
    return {
        question: {
            group: numbers([one.clip for one in shown if one.groups.get(question) == group])
            for group in sorted({one.groups[question] for one in shown if question in one.groups}, key=ORDER.index)
        }
        for question in GROUPS
    }


def numbers(clips: Sequence[Clip]) -> dict[str, Any]:
    """Return how many clips, what was reported, the mean errors with intervals, and the faults of some clips."""
    scored = [clip for clip in clips if not clip.problem]
    told = [share for name in ASKED for share in _values(scored, name, "told")]
    return {
        "clips": len(clips),
        "side_on": sum(clip.setting.side_on for clip in scored),
        "told": float(np.mean(told)) if told else math.nan,
        "errors": {name: asdict(mean_of(_values(scored, name, "mae"))) for name in ASKED},
        "faults_injected": sum(len(clip.faults.injected) for clip in clips),
        "faults_found": sum(sum(clip.faults.found) for clip in scored),
        "faults_false": sum(len(clip.faults.false) for clip in scored),
    }


def _values(clips: Sequence[Clip], name: str, key: str) -> list[float]:
    """Return one number of one measurement of each clip filmed from the side that has it."""
    rows = [row for clip in clips if clip.setting.side_on for row in clip.compared if row.name == name]
    return [float(getattr(row, key)) for row in rows if not math.isnan(getattr(row, key))]


def mean_of(values: Sequence[float]) -> Mean:
    """Return the mean and its interval, from draws of the values with replacement.

    Examples
    --------
    >>> mean_of([2.0, 2.0, 2.0])
    Mean(value=2.0, low=2.0, high=2.0)
    """
    if not values:
        return Mean(math.nan, math.nan, math.nan)
    if len(values) < FEWEST:
        return Mean(float(np.mean(values)), math.nan, math.nan)
    low, high = np.percentile(_draw_means(values), (2.5, 97.5))
    return Mean(float(np.mean(values)), float(low), float(high))


def _draw_means(values: Sequence[float]) -> NDArray[np.float64]:
    rng = np.random.default_rng(0)
    return np.asarray(rng.choice(np.asarray(values), (DRAWS, len(values))).mean(axis=1))


def differences(shown: Sequence[Shown]) -> list[tuple[str, str, float]]:
    """Return group, measurement and by how much its mean error differs from that of all other clips.

    Only differences that chance alone would hardly make: with as many comparisons as there are, it makes one of them in
    one case of twenty.
    """
    clips = [one for one in shown if not one.clip.problem]
    asked = [(q, g, name) for q, groups in rows_of(shown).items() for g in groups for name in ASKED]
    z = NormalDist().inv_cdf(1 - 0.025 / max(1, len(asked)))
    found = []
    for question, group, name in asked:
        ours = _values([one.clip for one in clips if one.groups.get(question) == group], name, "mae")
        rest = _values([one.clip for one in clips if one.groups.get(question) != group], name, "mae")
        if min(len(ours), len(rest)) < FEWEST:
            continue
        spread = math.hypot(float(np.std(_draw_means(ours))), float(np.std(_draw_means(rest))))
        off = float(np.mean(ours) - np.mean(rest))
        if abs(off) > z * spread:
            found.append((group, name, off))
    return found


# Words ----------------------------------------------------------------------------------------------------------------


def answer(differing: Sequence[tuple[str, str, float]]) -> str:
    """Return the plain answer: what differs, and what nobody knows."""
    parts = [
        f"{group} ({ASKED[name].removesuffix(', °')} {figure(off, '°', sign=True)})" for group, name, off in differing
    ]
    seen = (
        f"Among the rendered people, the mean errors of these groups differ from all others by more than chance: "
        f"{'; '.join(parts)}."
        if parts
        else "Among the rendered people, no group's mean error differs from all others by more than chance."
    )
    return (
        f"{seen} A group of few clips can hide a difference that this table cannot show. Not known: what has no row; "
        "real skin in real light, real scarves and long skirts, children, pregnancy, missing limbs, wheelchairs, "
        "braces and walking aids; no rendered person has them."
    )


def table_of(rows: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Table:
    """Return the table of all groups, one row each."""
    head = ("", "clips", "from the side", "reported", *ASKED.values(), "faults found", "false")
    lines = [
        (
            group, str(row["clips"]), str(row["side_on"]), percent(row["told"]),
            *(_cell(row["errors"][name]) for name in ASKED),
            f"{row['faults_found']} of {row['faults_injected']}", str(row["faults_false"]),
        )
        for groups in rows.values()
        for group, row in groups.items()
    ]  # fmt: skip
    return Table("Can it work for someone like me?", head, tuple(lines))


def _cell(mean: Mapping[str, float]) -> str:
    interval = "" if math.isnan(mean["low"]) else f" [{figure(mean['low'])}, {figure(mean['high'])}]"
    return f"{figure(mean['value'])}{interval}"


if __name__ == "__main__":
    sys.exit(main())
