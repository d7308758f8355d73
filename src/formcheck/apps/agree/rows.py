"""An agreement as tidy rows: one for each statistic."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from formcheck.program.agreement import WORDS, FaultAgreement, NumberAgreement, VerdictAgreement
from formcheck.program.agreement_statistics import Estimate

from .comparing import ALL_RATERS, Agreement, Among

COLUMNS = ("what", "between", "statistic", "value", "low", "high", "n", "note")
FORMCHECK = "formcheck"


@dataclass(frozen=True, slots=True)
class Row:
    """One statistic.

    Parameters
    ----------
    what : "verdict", "fault ID" or the name of a column. between : whose answers, "A – B".
    statistic : its name. found : its value with interval, count and note.
    """

    what: str
    between: str
    statistic: str
    found: Estimate


def rows(agreement: Agreement) -> list[Row]:
    """Return every statistic of an agreement."""
    found: list[Row] = []
    for rater in agreement.raters:
        two = f"{FORMCHECK} – {rater}"
        for fault, one in agreement.faults.get(rater, {}).items():
            found += (Row(f"fault {fault}", two, name, e) for name, e in _of_fault(one))
        if rater in agreement.verdicts:
            found += (Row("verdict", two, name, e) for name, e in _of_verdict(agreement.verdicts[rater]))
        for column, by_rater in agreement.numbers.items():
            if rater in by_rater:
                found += (Row(column, two, name, e) for name, e in _of_number(by_rater[rater]))
    return found + (list(_of_raters(agreement.among)) if agreement.among else [])


def write_rows(agreement: Agreement, path: Path) -> None:
    """Write the statistics as CSV; what is undefined is an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row in rows(agreement):
            e = row.found
            ends = ("" if math.isnan(x) else f"{x:.6g}" for x in (e.value, e.low, e.high))
            writer.writerow((row.what, row.between, row.statistic, *ends, e.n, e.note))


def _of_fault(one: FaultAgreement) -> Iterator[tuple[str, Estimate]]:
    counts = {
        "true": one.true, "false": one.false, "missed": one.missed, "neither": one.neither,
        "cannot tell, named": one.untold_named, "cannot tell, not named": one.untold_other,
    }  # fmt: skip
    yield from ((name, _count(count, one.told + one.untold)) for name, count in counts.items())
    yield "precision", one.precision
    yield "recall", one.recall
    yield "kappa", one.kappa
    yield "recall, cannot tell as not found", one.recall_all
    yield "kappa, cannot tell as not found", one.kappa_all


def _of_verdict(one: VerdictAgreement) -> Iterator[tuple[str, Estimate]]:
    yield from one.kappas.items()
    yield "cannot tell", _count(one.untold, one.told + one.untold)
    for first, counts in zip(WORDS, one.counts, strict=True):
        for second, count in zip(WORDS, counts, strict=True):
            yield f"count {first}, {second}", _count(int(count), one.told + one.untold)


def _of_number(one: NumberAgreement) -> Iterator[tuple[str, Estimate]]:
    yield from one.icc.items()
    d = one.differences
    yield "bias", d.bias
    yield "sd of differences", d.sd
    yield "lower limit of agreement", d.lower
    yield "upper limit of agreement", d.upper
    yield "slope of differences over means", d.slope
    yield "sem", d.sem
    yield "mdc", d.mdc
    yield "cannot tell", _count(one.untold, one.untold + len(d.mean))


def _of_raters(among: Among) -> Iterator[Row]:
    for two, one in among.verdicts.items():
        yield from (Row("verdict", two, name, e) for name, e in _of_verdict(one))
    if among.all_verdicts:
        yield Row("verdict", ALL_RATERS, "kappa of Fleiss", among.all_verdicts)
    for fault, by_pair in among.faults.items():
        for who, e in by_pair.items():
            yield Row(f"fault {fault}", who, "kappa of Fleiss" if who == ALL_RATERS else "kappa", e)
    for column, found in among.numbers.items():
        yield from (Row(column, ALL_RATERS, name, e) for name, e in found.items())


def _count(count: int, n: int) -> Estimate:
    return Estimate(count, math.nan, math.nan, n)


__all__ = ["COLUMNS", "FORMCHECK", "Row", "rows", "write_rows"]
