"""Write a recording's verdict on a terminal: good and bad form, times, and missing values.

Colour is used only on a terminal and never alone: each line begins with the word of its state.
"""

from __future__ import annotations

import re
import textwrap

from rich.console import Console
from rich.text import Text

from formcheck.core.display import (
    STATE_STYLES,
    DisplayState,
    find_state,
    format_clock,
    format_digits,
    format_number,
    format_number_with_doubt,
    name_check,
)
from formcheck.core.movement.schema import MeasureSpec, Movement, find_limits
from formcheck.core.records import SEVERITIES
from formcheck.core.skeleton import SIDES, Side
from formcheck.core.summary.schema import CheckRecord, FaultRecord, RunSummary
from formcheck.core.summary.verdict import judge_check

MOST_TIMES = 3

_WORD_COLUMNS, _NAME_COLUMNS = 6, 21
_INDENT = 2
_ASCII_SIGNS = str.maketrans({"–": "-", "°": " deg", "±": "+/-", "·": "-", "→": "->"})


def write_verdict_lines(summary: RunSummary, movement: Movement, *, width: int = 80) -> list[Text]:
    """Return the verdict, line by line, none wider than `width`.

    Parameters
    ----------
    summary : the contents of `summary.json`.
    movement : the movement that was judged.
    width : columns, at least 40.
    """
    page = _Page(max(40, width))
    page.head(_write_head(summary, movement))
    _write_recognised_rows(page, summary)
    seen = summary.seen_share > 0
    if not seen:
        page.row("cannot_tell", "in view", "nobody was seen; step into the picture, head to feet")
    else:
        _write_view_rows(page, summary)
        _write_fault_rows(page, summary, movement)
        _check_rows(page, summary, movement)
        _hold_rows(page, summary, movement)
        _count_rows(page, summary, movement)
    page.head("")
    page.head(str(summary.why))
    return page.lines


def _write_recognised_rows(page: _Page, summary: RunSummary) -> None:
    """Add what ``--movement auto`` found, and the other parts of a session."""
    found = summary.recognised
    if not found:
        return
    for span in found.spans:
        where = f"{format_clock(span.from_s)}–{format_clock(span.to_s)}"
        side = f", {span.side}" if span.side else ""
        maybe = "perhaps " if found.unsure else ""
        folder = f", in {span.folder}" if span.folder else ""
        page.row("info", "recognised", f"{maybe}{span.movement}{side}, {where}, certainty {span.certainty:.2f}{folder}")


def print_verdict(summary: RunSummary, movement: Movement, *, console: Console | None = None) -> None:
    """Print the verdict: in colour on a terminal, plain elsewhere, in ASCII if needed.

    Parameters
    ----------
    summary, movement : as in `write_verdict_lines`.
    console : output; standard output by default.
    """
    console = console or Console(highlight=False)
    for line in write_verdict_lines(summary, movement, width=console.width):
        console.print(_make_encodable(line, console.encoding), soft_wrap=True, highlight=False)


def _make_encodable(line: Text, encoding: str) -> Text:
    try:
        line.plain.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        plain = line.plain.translate(_ASCII_SIGNS).encode("ascii", "replace").decode()
        return Text(plain)
    return line


class _Page:
    """Rows of word, name and text in aligned columns."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[Text] = []

    def head(self, text: str) -> None:
        """Add text that begins at the left edge."""
        self.lines += [
            Text(" " * _INDENT * (i > 0) + line) for i, line in enumerate(_wrap_text(text, self.width - _INDENT))
        ]

    def row(self, state: DisplayState | None, name: str, text: str, *, word: str = "") -> None:
        """Add a row; text that does not fit goes on below, in the same column."""
        left = _INDENT + _WORD_COLUMNS + _NAME_COLUMNS
        names = textwrap.wrap(name, _NAME_COLUMNS - 1) or [""]
        texts = [line for part in text.split("\n") for line in _wrap_text(part, self.width - left)]
        shown = word or (STATE_STYLES[state].word if state else "")
        for i in range(max(len(names), len(texts))):
            line = Text(" " * _INDENT)
            line.append(
                f"{'' if i else shown:<{_WORD_COLUMNS}}", style=f"bold {STATE_STYLES[state].colour}" if state else ""
            )
            line.append(f"{names[i] if i < len(names) else '':<{_NAME_COLUMNS}}")
            line.append(texts[i] if i < len(texts) else "")
            line.rstrip()
            self.lines.append(line)


def _wrap_text(text: str, width: int) -> list[str]:
    """Return lines of at most `width`; a number and its unit or uncertainty stay together."""
    bound = re.sub(r" (?=[%±·])|(?<=±) |(?<=limit) ", "\N{NO-BREAK SPACE}", text)
    lines = textwrap.wrap(bound, width, break_on_hyphens=False) or [""]
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def _write_head(summary: RunSummary, movement: Movement) -> str:
    source, view = summary.source, summary.view
    sides = _list_sides(summary)
    parts = [movement.name + (f", {' and '.join(sides)}" if sides else "")]
    parts.append("photograph" if source.frames == 1 else format_clock(source.duration_s))
    if view.yaw_deg is None:
        parts.append("view not known")
    else:
        yaw = f"yaw {format_number_with_doubt(view.yaw_deg, 'deg', view.yaw_uncertainty_deg)}°"
        parts.append(f"{view.kind} view ({yaw})")
    return " · ".join(parts)


def _list_sides(summary: RunSummary) -> list[Side]:
    found = [r.side for r in summary.repetitions] + [f.side for f in summary.faults]
    return [side for side in SIDES if side in found]


def _write_view_rows(page: _Page, summary: RunSummary) -> None:
    view = summary.view
    state: DisplayState = "cannot_tell" if view.verdict == "refused" else "info"
    # the advice of the first reason; a summary of an older version has none
    advice = f"\n{view.advice}" if view.advice else ""
    for reason in view.reasons:
        page.row(state, "view", f"{reason}{advice}")
        advice = ""
    if summary.seen_share < 0.9:
        page.row("info", "in view", f"seen in {100 * summary.seen_share:.0f} % of the recording")


def _write_fault_rows(page: _Page, summary: RunSummary, movement: Movement) -> None:
    by_id: dict[str, list[FaultRecord]] = {}
    for fault in summary.faults:
        by_id.setdefault(fault.id, []).append(fault)
    ranked = sorted(by_id.values(), key=lambda faults: -max(SEVERITIES.index(f.severity) for f in faults))
    for faults in ranked:
        worst = max(faults, key=lambda f: -1.0 if f.value is None or f.limit is None else abs(f.value - f.limit))
        when = "" if summary.source.frames == 1 else _format_times(faults)
        text = ("   " if len(faults) == 1 else "\n").join(filter(None, [when, _format_against_limit(worst)]))
        severity = max((f.severity for f in faults), key=SEVERITIES.index)
        page.row(find_state(severity), name_check(faults[0].id, movement), f"{text}\n{faults[0].cue}".lstrip("\n"))


def _format_times(faults: list[FaultRecord]) -> str:
    spans = [_format_span(f.from_s, f.to_s) for f in faults]
    more = len(spans) - MOST_TIMES
    return ", ".join(spans[:MOST_TIMES]) + (f" and {more} more" if more > 0 else "")


def _format_span(from_s: float, to_s: float) -> str:
    start, end = format_clock(from_s), format_clock(to_s)
    return start if start == end else f"{start}–{end}"


def _format_against_limit(fault: FaultRecord) -> str:
    if fault.value is None:
        return ""
    measured = format_number_with_doubt(fault.value, fault.unit, fault.uncertainty)
    return f"{measured} (limit {format_number(fault.limit, fault.unit)})"


def _check_rows(page: _Page, summary: RunSummary, movement: Movement) -> None:
    checks = [check for check in summary.checks if check.id in movement.measures]
    rows = [(judge_check(check), check) for check in checks]
    for wanted in ("warn", "info", "ok", "cannot_tell"):
        for state, check in rows:
            if state == wanted:
                measure = movement.measures[check.id]
                text = check.reason or "not seen well enough"
                if state != "cannot_tell":
                    text = _check_text(check, measure, summary)
                page.row(state, name_check(check.id, movement), text)


def _check_text(check: CheckRecord, measure: MeasureSpec, summary: RunSummary) -> str:
    parts = [_format_measured(check, measure), _format_band(measure)]
    known_share = 1.0 - check.cannot_tell_share
    share = check.ok_share / known_share
    if summary.source.frames > 1 and share < 0.995:
        parts.append("never in the band" if share < 0.005 else f"in the band {100 * share:.0f} % of the time")
    return "   ".join(filter(None, parts))


def _format_measured(check: CheckRecord, measure: MeasureSpec) -> str:
    """Return the compared value; empty if it is missing."""
    if check.value is None:
        return ""
    return format_number_with_doubt(check.value, measure.unit, check.uncertainty)


def _format_band(measure: MeasureSpec) -> str:
    low, high = find_limits(measure.target)
    ends = [None if abs(end) == float("inf") else format_number(end, measure.unit) for end in (low, high)]
    if ends[0] and ends[1]:
        return f"band {format_digits(low, measure.unit)}–{ends[1]}"
    if ends[0] or ends[1]:
        return f"band from {ends[0]}" if ends[0] else f"band up to {ends[1]}"
    return ""


def _hold_rows(page: _Page, summary: RunSummary, movement: Movement) -> None:
    target = summary.dose.hold_s.target
    if target is None:
        return
    if summary.source.frames == 1:
        page.row("cannot_tell", "hold", "a photograph shows no time", word="?")
        return
    held = [r for r in summary.repetitions if r.valid_hold_s is not None]
    if not held:
        page.row(None, f"0 of {target:.0f} s good", "no hold was seen", word="held")
    for one in held:
        pauses = [f"paused {_format_span(p.from_s, p.to_s)}: {name_check(p.check, movement)}" for p in one.pauses]
        page.row(
            None,
            f"{int(one.valid_hold_s or 0)} of {target:.0f} s good",
            "\n".join(pauses) or "no pause",
            word="held",
        )


def _count_rows(page: _Page, summary: RunSummary, movement: Movement) -> None:
    done, target = summary.dose.repetitions.done, summary.dose.repetitions.target
    if done is None:
        page.row("cannot_tell", "repetitions", "a photograph shows no movement")
        return
    sides = summary.dose.sides
    by_side = f"left {sides.left_s:.0f} s, right {sides.right_s:.0f} s held" if movement.two_sided else ""
    page.row(None, f"{done:.0f} of {target:.0f} repetitions", by_side, word="done")
