"""The tables of the accuracy benchmark for the terminal, and docs/accuracy.md with its parts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "accuracy.md"
OTHER_SETS = ("unseen", "fresh", "hard")
"""Parts that `benchmarks.accuracy --part` makes, of sets besides the one that the page is about."""
PARTS = (*OTHER_SETS, "fairness", "certainty", "ablation", "real", "networks")
"""The parts, in the order of the page. `benchmarks.ablation` makes "ablation", `benchmarks.real_people` makes "real",
`training.compare_networks` makes "networks"."""
FIRST_LINE = "# What formcheck scores on rendered clips"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title and a line about it; all cells are text."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


NAMES = {
    "knee": "knee, °",
    "trunk_thigh": "shoulder-hip-knee, °",
    "elbow": "elbow, °",
    "trunk_inclination": "trunk inclination, °",
    "back_bend": "back bend, °",
    "back_curve": "back curve, % of the chord",
    "back_curve_low": "… its lower part",
    "back_curve_up": "… its upper part",
}

READING = """\
How to read this: the people are rendered, every joint is known, and the camera is rendered too. No person was measured
in a laboratory; real clothes, rooms and bodies are harder. An error is formcheck's value minus the truth, in side views
up to 15° off. Each frame has the same weight (*95 % within* is the mean of the clips' values). The curve of the back is
compared as its change since the start.
*Inside* is the share of frames whose error is within the uncertainty that formcheck stated; the aim is 95 %. *Known* is
the share of frames for which it gave a value. A fault counts as found if formcheck reported it, or one that names the
same visible mistake, within a second of the true time. *False* faults are those it reported (adjust, fix or stop)
although the true geometry does not show them. A clip is good if it contains no fault that can be judged. Holds are
compared in good clips of held movements. *Abstained* concerns the clips in which something cannot be judged (oblique,
cut off, empty): it is the share of them in which formcheck reported nothing about it. Results are too good on a set
that was used during development; only a set that was never used for tuning shows what to expect."""


def tables(everything: Mapping[str, Any], movements: Mapping[str, Mapping[str, Any]]) -> Iterator[Table]:
    """Yield all tables of a set: the numbers, the faults, and the angles of each movement."""
    yield _numbers(everything["numbers"])
    yield _faults(everything, movements)
    yield _per_movement(movements)
    if everything["recognised"]:
        yield _recognised(everything, movements)


def _numbers(numbers: Mapping[str, Mapping[str, float]]) -> Table:
    head = ("measurement", "clips", "mean error", "bias", "95 % within", "inside", "known")
    rows = [
        (
            NAMES[name], str(row["clips"]), figure(row["mae"]), figure(row["bias"], sign=True), figure(row["p95"]),
            percent(row["inside"]), percent(row["told"]),
        )
        for name, row in numbers.items()
    ]  # fmt: skip
    return Table("Numbers, all movements", head, tuple(rows))


def _faults(everything: Mapping[str, Any], movements: Mapping[str, Mapping[str, Any]]) -> Table:
    head = (
        "movement", "clips", "found", "false", "precision", "recall", "F1", "false a good minute",
        "hold, 90 % within", "repetitions exact", "abstained",
    )  # fmt: skip
    named = {**movements, "all": everything}
    return Table("Faults, holds, repetitions", head, tuple(_fault_row(name, row) for name, row in named.items()))


def _fault_row(name: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    clips = f"{row['clips']}" + (f" ({row['broken']} not checked)" if row["broken"] else "")
    return (
        name, clips, f"{row['faults_found']} of {row['faults_injected']}", str(row["faults_false"]),
        percent(row["fault_precision"]), percent(row["fault_recall"]), percent(row["fault_f1"]),
        figure(row["false_cues_per_good_minute"]), figure(row["hold_error_p90_s"], " s"),
        percent(row["repetitions_exact"]), percent(row["abstained_rightly"]),
    )  # fmt: skip


def _per_movement(movements: Mapping[str, Mapping[str, Any]]) -> Table:
    known = [name for name in NAMES if any(name in row["numbers"] for row in movements.values())]
    rows = [
        (movement, *(_error(row["numbers"].get(name)) for name in known))
        for movement, row in movements.items()
        if row["numbers"]
    ]
    head = ("movement", *(NAMES[name] for name in known))
    return Table("Numbers of each movement", head, tuple(rows), "Mean error (bias; 95 % within; inside; known).")


def _error(row: Mapping[str, float] | None) -> str:
    if row is None or not row["frames"]:
        return "–" if row is None else "not known"
    parts = (figure(row["bias"], sign=True), figure(row["p95"]), percent(row["inside"]), percent(row["told"]))
    return f"{figure(row['mae'])} ({'; '.join(parts)})"


def _recognised(everything: Mapping[str, Any], movements: Mapping[str, Mapping[str, Any]]) -> Table:
    named = {**movements, "all": everything}
    rows = [(name, *(str(n) for n in row["recognised"].values())) for name, row in named.items() if row["recognised"]]
    return Table("Recognised with `--movement auto`", ("movement", "right", "unsure", "wrong"), tuple(rows))


def figure(value: float, unit: str = "", *, sign: bool = False) -> str:
    """Return a number with one decimal, a dash where there is none.

    Examples
    --------
    >>> figure(3.25), figure(-0.04, sign=True), figure(float("nan"))
    ('3.2', '-0.0', '–')
    """
    return "–" if math.isnan(value) else f"{value:{'+' if sign else ''}.1f}{unit}"


def percent(value: float) -> str:
    """Return a share in percent, a dash where there is none."""
    return "–" if math.isnan(value) else f"{100 * value:.0f} %"


# Writing --------------------------------------------------------------------------------------------------------------


def plain(table: Table) -> Iterator[str]:
    """Yield a table in lines of even columns."""
    widths = [max(len(row[i]) for row in (table.head, *table.rows)) for i in range(len(table.head))]
    yield ""
    yield f"{table.title}: {table.note}" if table.note else table.title
    for row in (table.head, *table.rows):
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def marked_up(table: Table) -> Iterator[str]:
    """Yield a table in lines of Markdown, without its title."""
    if table.note:
        yield from (table.note, "")
    yield "| " + " | ".join(table.head) + " |"
    yield "|" + "---|" * len(table.head)
    yield from ("| " + " | ".join(row) + " |" for row in table.rows)


def json_text(results: Mapping[str, Any]) -> str:
    """Return numbers as JSON, which has no NaN: what is not known is null."""
    return json.dumps(_without_nan(results), indent=1) + "\n"


def _without_nan(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _without_nan(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_without_nan(value) for value in part]
    return None if isinstance(part, float) and math.isnan(part) else part


def part(about: Mapping[str, str], found: Sequence[Table]) -> str:
    """Return the tables of one more set, for a part of the page; parameters as for `page`."""
    lines = [f"## {about['set'][:1].upper()}{about['set'][1:]}", "", *_about(about)]
    for table in found:
        lines += ["", f"### {table.title}", "", *marked_up(table)]
    return "\n".join(lines)


def _about(about: Mapping[str, str]) -> Iterator[str]:
    return marked_up(Table("", tuple(about), (tuple(about.values()),)))


def page(about: Mapping[str, str], found: Sequence[Table], kept: Sequence[str] = ()) -> str:
    """Return docs/accuracy.md.

    Parameters
    ----------
    about : set, clips, formcheck, model, date, note, by name.
    kept : parts of the page that other scripts made; they stand at its end.
    """
    made_by = "This page is made by `python -m benchmarks.accuracy FOLDER --write-docs`; see there for the definitions."
    parts = [FIRST_LINE, "", made_by, "", *_about(about), "", READING, ""]
    for table in found:
        parts += [f"## {table.title}", "", *marked_up(table), ""]
    return "\n".join(parts) + "".join(f"\n{part}" for part in kept)


# The parts of the page that other benchmarks write; making the page again keeps them. ---------------------------------


def part_of(text: str, name: str) -> str:
    """Return a part of a page with its marks; empty where there is none."""
    found = re.search(rf"^<!-- {name} -->\n.*?^<!-- /{name} -->\n", text, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def parts_of(text: str) -> list[str]:
    """Return all parts of a page, in order."""
    return [part for name in PARTS if (part := part_of(text, name))]


def with_part(text: str, name: str, content: str) -> str:
    r"""Return a page with one part replaced, or added at the end.

    Examples
    --------
    >>> with_part("# Title\n", "real", "New.")
    '# Title\n\n<!-- real -->\nNew.\n<!-- /real -->\n'
    """
    made = f"<!-- {name} -->\n{content.strip()}\n<!-- /{name} -->\n"
    old = part_of(text, name)
    if old:
        return text.replace(old, made)
    others = [part for part in parts_of(text) if PARTS.index(_name_part(part)) > PARTS.index(name)]
    before, after = (text.split(others[0], 1)[0], others[0] + text.split(others[0], 1)[1]) if others else (text, "")
    return before.rstrip("\n") + "\n\n" + made + ("\n" + after if after else "")


def _name_part(part: str) -> str:
    return part.split(" ", 2)[1]


def write_part(name: str, content: str) -> None:
    """Write one part of the page; the rest of it stays as it is."""
    text = PAGE.read_text("utf-8") if PAGE.is_file() else f"{FIRST_LINE}\n"
    PAGE.write_text(with_part(text, name, content), "utf-8")
