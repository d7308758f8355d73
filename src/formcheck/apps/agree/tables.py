"""Build an agreement's tables for people: numbers with intervals, and notes on missing ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from formcheck.core.errors import keep_on_a_line
from formcheck.core.movement.signals import find_unit
from formcheck.program.agreement import VERDICT_WORDS, FaultAgreement, NumberAgreement, VerdictAgreement
from formcheck.program.agreement_statistics import NO_INTERVAL, Estimate

from .compare import ALL_RATERS, Agreement, Among

MOST_NAMES = 3
_PRINT_UNITS = {"deg": "°", "pct": "%", "tl": "trunk lengths", "s": "s", "deg_per_s": "°/s", "per_min": "/min"}
_PRINT_DECIMALS = {"tl": 3}
_NONE = "–"
_AS_NOT_FOUND = "? as not found"
"""The row below a fault: the same, with the recordings that formcheck could not decide counted as not found."""
_AMONG_RATERS = "raters among them"


@dataclass(frozen=True, slots=True)
class PrintTable:
    """A table with the notes below it."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def build_tables(agreement: Agreement) -> list[PrintTable]:
    """Return the tables of an agreement, in reading order."""
    found: list[PrintTable] = []
    for rater in agreement.raters:
        if faults := agreement.faults.get(rater):
            found += [_build_fault_counts(rater, faults), _build_fault_rates(rater, faults)]
    if agreement.among and agreement.among.faults:
        found.append(_build_faults_among(agreement.among.faults))
    found += [_build_confusion(rater, one) for rater, one in agreement.verdicts.items()]
    if agreement.verdicts:
        found.append(_build_verdict_table(agreement.verdicts, agreement.among))
    return found + [_build_number_table(column, one, agreement.among) for column, one in agreement.numbers.items()]


def write_opening(agreement: Agreement) -> list[str]:
    """Return what was compared, and what was not, in sentences."""
    a = agreement
    said = f"{_count_words(a.recordings, 'recording')} of {a.results} against {_count_words(len(a.raters), 'rater')} of"
    lines = [f"{said} {a.labels}: {', '.join(a.raters)}.", *filter(None, [a.remark])]
    lines.append(
        "Recordings that formcheck or a rater could not judge are counted separately, neither as agreement nor as "
        "disagreement."
    )
    if a.not_run:
        lines.append(f"{_count_words(a.not_run, 'recording')} could not be scored; counted as “cannot tell”.")
    for names, what in ((a.without_result, "labelled, without a result"), (a.without_label, "without a label")):
        if names:
            lines.append(f"{_count_words(len(names), 'recording')} {what}: {_list_some(names)}.")
    if a.among and a.among.apart:
        lines.append(f"No recording was labelled by both: {_list_some(a.among.apart)}; they are not compared.")
    if a.unused:
        lines.append(f"Label columns without a measurement in the results: {_list_some(a.unused, most=10)}.")
    return lines


def format_interval(e: Estimate, decimals: int = 2) -> str:
    """Return an estimate as "0.40 (0.15 to 0.65)"; a dash if it is undefined."""
    if math.isnan(e.value):
        return _NONE
    value, low, high = (f"{round(x, decimals) + 0.0:.{decimals}f}" for x in (e.value, e.low, e.high))  # no -0.0
    return value if math.isnan(e.low) or math.isnan(e.high) else f"{value} ({low} to {high})"


def find_column_unit(column: str) -> str:
    """Return the unit of a results column for print, empty for a count.

    Examples
    --------
    >>> find_column_unit("back_bend_deg_in_hold_median"), find_column_unit("repetitions")
    ('°', '')
    """
    return _PRINT_UNITS.get(_find_unit_id(column), "")


def _find_unit_id(column: str) -> str:
    bare = column
    for ending in ("_median", "_p05", "_p95", "_in_hold"):
        bare = bare.removesuffix(ending)
    return find_unit(bare)


def choose_decimals(column: str) -> int:
    """Return the number of decimals for a column."""
    return _PRINT_DECIMALS.get(_find_unit_id(column), 1)


# -- faults ------------------------------------------------------------------------------------------------------


def _build_fault_counts(rater: str, faults: Mapping[str, FaultAgreement]) -> PrintTable:
    head = ("fault", "judged", "named", "found", "true", "false", "missed", "cannot tell")
    rows = [
        (
            fault,
            *map(str, (one.judged, one.named, one.true + one.false, one.true, one.false, one.missed, one.not_judged)),
        )
        for fault, one in faults.items()
    ]
    beneath = f"named: by {rater}, also where formcheck cannot judge. found, true, false: by formcheck."
    return PrintTable(f"Faults, formcheck and {rater}: recordings", head, rows, (beneath,))


def _build_fault_rates(rater: str, faults: Mapping[str, FaultAgreement]) -> PrintTable:
    kinds = ("precision", "recall", "kappa")
    rows, notes = [], []
    for fault, one in faults.items():
        estimates = dict(zip(kinds, (one.precision, one.recall, one.kappa), strict=True))
        rows.append((fault, *map(format_interval, estimates.values())))
        notes += [f"{fault}, {note}" for note in _write_notes(estimates)]
        if one.not_judged:  # undecided recordings change only what is missed: precision stays
            strict = {"recall": one.recall_all, "kappa": one.kappa_all}
            rows.append((_AS_NOT_FOUND, "", *map(format_interval, strict.values())))
            notes += [f"{fault}, {_AS_NOT_FOUND}, {note}" for note in _write_notes(strict)]
    if any(one.not_judged for one in faults.values()):
        notes.insert(0, f"{_AS_NOT_FOUND}: the same, but what formcheck could not judge counts as not found.")
    return PrintTable(f"Faults, formcheck and {rater}: 95 % intervals", ("fault", *kinds), rows, notes)


def _build_faults_among(faults: Mapping[str, Mapping[str, Estimate]]) -> PrintTable:
    rows = [(fault, who, str(e.n), format_interval(e)) for fault, found in faults.items() for who, e in found.items()]
    notes = [f"{fault}, {note}" for fault, found in faults.items() for note in _write_notes(found)]
    return PrintTable("Faults, agreement between the raters", ("fault", "raters", "judged", "kappa"), rows, notes)


# -- verdicts ----------------------------------------------------------------------------------------------------


def _build_confusion(rater: str, one: VerdictAgreement) -> PrintTable:
    rows = [(first, *map(str, counts)) for first, counts in zip(VERDICT_WORDS, one.counts, strict=True)]
    return PrintTable(f"Verdict: formcheck in rows, {rater} in columns", ("", *VERDICT_WORDS), rows)


def _build_verdict_table(by_rater: Mapping[str, VerdictAgreement], among: Among | None) -> PrintTable:
    pairs = {f"formcheck – {rater}": one for rater, one in by_rater.items()}
    pairs |= among.verdicts if among else {}
    rows, notes = [], []
    for two, one in pairs.items():
        rows.append((two, str(one.judged), str(one.not_judged), *map(format_interval, one.kappas.values())))
        notes += [f"{two}, {note}" for note in _write_notes(one.kappas)]
    if among and among.all_verdicts:
        e = among.all_verdicts
        rows.append((f"{ALL_RATERS} (Fleiss)", str(e.n), "", format_interval(e), "", ""))
        notes += [f"{ALL_RATERS}, {note}" for note in _write_notes({"kappa": e})]
    head = ("verdict", "judged", "cannot tell", "kappa", "linear weights", "quadratic weights")
    return PrintTable("Verdict: kappa with 95 % interval", head, rows, notes)


# -- numbers -----------------------------------------------------------------------------------------------------


def _build_number_table(column: str, by_rater: Mapping[str, NumberAgreement], among: Among | None) -> PrintTable:
    """Return the table of one results column: statistics in rows, raters in columns."""
    raters = among.numbers.get(column, {}) if among else {}
    cells = [_format_number_column(one, choose_decimals(column)) for one in by_rater.values()]
    rows = []
    for name in cells[0]:
        between = [format_interval(raters[name])] if name in raters else [""] if raters else []
        rows.append((name, *(mine[name] for mine in cells), *between))
    notes = [f"{rater}, {note}" for rater, one in by_rater.items() for note in _write_number_notes(one)]
    notes += [f"{_AMONG_RATERS}, {note}" for note in _write_notes(raters)]
    of = f", {find_column_unit(column)}" if find_column_unit(column) else ""
    head = ("formcheck less", *by_rater, *([_AMONG_RATERS] if raters else []))
    return PrintTable(f"{column}{of}", head, rows, notes)


def _format_number_column(one: NumberAgreement, places: int) -> dict[str, str]:
    counts = {"recordings": str(len(one.differences.mean)), "no value": str(one.not_judged)}
    spread = {name: format_interval(e, places) for name, e in _list_spread(one).items()}
    return counts | spread | {name: format_interval(e) for name, e in one.icc.items()}


def _list_spread(one: NumberAgreement) -> dict[str, Estimate]:
    d = one.differences
    return {
        "bias": d.bias, "SD": d.sd, "lower limit": d.lower, "upper limit": d.upper,
        "SEM": d.sem, "MDC": d.mdc,
    }  # fmt: skip


def _write_number_notes(one: NumberAgreement) -> Iterator[str]:
    yield from _write_notes(_list_spread(one))
    yield from _write_notes(one.icc)
    if one.differences.grows:
        way = "per unit of the mean; so the limits do not apply to the whole range"
        yield f"slope: the differences grow or shrink with the mean, {format_interval(one.differences.slope)} {way}"


def _write_notes(found: Mapping[str, Estimate]) -> Iterator[str]:
    """Yield each note once, with the names that it applies to."""
    by_note: dict[str, list[str]] = {}
    for name, estimate in found.items():
        if estimate.note and estimate.note != NO_INTERVAL:
            by_note.setdefault(estimate.note, []).append(name)
    for note, names in by_note.items():
        yield f"{', '.join(names)}: {note}"


def _count_words(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _list_some(names: Sequence[str], *, most: int = MOST_NAMES) -> str:
    more = len(names) - most
    return ", ".join(map(keep_on_a_line, names[:most])) + (f" and {more} more" if more > 0 else "")
