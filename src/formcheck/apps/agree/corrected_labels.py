"""Take the corrections of results as labels of raters.

Each person who corrected a result is a rater. A rater's label of a recording is the result with the corrections of this
rater only. A person who corrected nothing in a recording has given no label of it: silence may be agreement, or the
result was not opened.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from formcheck.core.errors import SourceError, keep_on_a_line
from formcheck.core.summary.schema import RunSummary, make_summary_row
from formcheck.drivers.therapist.corrected import (
    CORRECTIONS,
    choose_limits,
    judge_corrected,
    load_corrections,
    load_measured,
)

from .outcomes import Outcomes, ScoredRecording
from .read import Label, Sheet

SUMMARY = "summary.json"
NUMBERS = ("hold_s", "repetitions")
"""Numbers that a correction can change; a label has them, where the result has."""
NOT_BLIND = (
    "These labels are corrections of formcheck's own results, so the raters saw its verdict first. Agreement with "
    "formcheck is higher than it would be blind."
)


def read_corrected_labels(folders: Sequence[Path]) -> tuple[Sheet, list[Label], Outcomes]:
    """Return the labels that corrections are, and the measured results.

    Parameters
    ----------
    folders : results of checks, or folders of results; two raters may have corrected one copy each.

    Raises
    ------
    SourceError
        There are no corrections, a file is damaged, or two copies of a recording are not of one result.
    """
    labels: list[Label] = []
    measured_of: dict[str, RunSummary] = {}
    for result in _list_results(folders):
        summary = load_measured(result)
        first = measured_of.setdefault(_identify(summary), summary)
        if (first.movement.id, first.faults) != (summary.movement.id, summary.faults):
            came = "two different results of it"
            raise SourceError(f"{result.name}: expected copies of one result of a recording, got {came}; check it once")
        labels += _read_labels_of(result, summary, len(labels))
    name = ", ".join(folder.name for folder in folders)
    if not labels:
        wanted = f"expected results with {CORRECTIONS}"
        raise SourceError(f"{name}: {wanted}, got none that a person has corrected; use formcheck correct first")
    sheet = Sheet(name, ("recording", "rater", "verdict", *NUMBERS), (), ".")
    rows = [_make_scored(summary) for summary in measured_of.values()]
    return sheet, labels, Outcomes(name, rows, frozenset(NUMBERS), has_verdicts=True, has_faults=True)


def _identify(summary: RunSummary) -> str:
    return f"{summary.source.name} {summary.source.sha256}"


def _list_results(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        if (folder / SUMMARY).is_file():
            yield folder
        elif folder.is_dir():
            yield from sorted(one for one in folder.iterdir() if (one / SUMMARY).is_file())


def _read_labels_of(result: Path, summary: RunSummary, count: int) -> Iterator[Label]:
    active = load_corrections(result).list_active()
    limits = choose_limits(result, None)  # labels are about what the check judged, whatever was prescribed since
    for line, by in enumerate(dict.fromkeys(one.by for one in active), count + 1):
        mine = [one for one in active if one.by == by]
        row = make_summary_row(judge_corrected(result, mine, summary, limits))
        numbers = {name: float(row[name]) for name in NUMBERS if row[name] is not None}
        yield Label(
            line=line,
            key=_identify(summary),
            rater=keep_on_a_line(by),
            verdict=str(row["verdict"]),
            named=frozenset(row["faults"]) | frozenset(row["notes"]),
            asked=None,
            numbers=numbers,
        )


def _make_scored(summary: RunSummary) -> ScoredRecording:
    row = make_summary_row(summary)
    return ScoredRecording(
        recording=summary.source.name,
        also=frozenset({_identify(summary)}),
        name=summary.source.name,
        sha256=summary.source.sha256,
        movement=summary.movement.id,
        verdict=summary.verdict,
        faults=frozenset(row["faults"]) | frozenset(row["notes"]),
        not_judged=frozenset(row["checks_cannot_tell"]),
        ran=True,
        numbers={name: math.nan if row[name] is None else float(row[name]) for name in NUMBERS},
    )
