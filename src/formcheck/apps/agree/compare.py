"""Compare labels with results: agreement of formcheck with each rater, and among raters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import FaultSpec
from formcheck.program.agreement import (
    CANNOT_TELL,
    VERDICTS,
    FaultAgreement,
    NumberAgreement,
    VerdictAgreement,
    compare_words_among,
    compute_fault_agreement,
    compute_number_agreement,
    compute_verdict_agreement,
)
from formcheck.program.agreement_statistics import Estimate, compute_intraclass, kappa

from .outcomes import Outcomes, ScoredRecording
from .read import Label, Matched, Sheet, list_unused_columns


@cache
def list_catalogue_faults(movement: str) -> Mapping[str, frozenset[str]] | None:
    """Return the faults of a catalogue movement, each with the checks it uses.

    None for any other movement. A fault uses a check if both look at the same signal. If a fault has several
    alternative conditions, the first one that uses checks counts: the others replace it where its value is missing, and
    see less. Some faults, such as bouncing, use none.

    Examples
    --------
    >>> list_catalogue_faults("hamstring_hinge_standing")["back_rounding"]
    frozenset({'back'})
    """
    if movement not in catalogue():
        return None
    spec = load_movement(movement)
    checks: dict[str, set[str]] = {}
    for check, measure in spec.measures.items():
        checks.setdefault(measure.signal, set()).add(check)
    return {fault.id: _find_first_checks(fault, checks) for fault in spec.faults}


def _find_first_checks(fault: FaultSpec, checks: Mapping[str, set[str]]) -> frozenset[str]:
    read = (frozenset(c for condition in group for c in checks.get(condition.signal, ())) for group in fault.groups)
    return next(filter(None, read), frozenset())


@cache
def list_all_faults() -> frozenset[str]:
    """Return the ids of all faults of the catalogue."""
    return frozenset(fault for movement in catalogue() for fault in list_catalogue_faults(movement) or ())


Pair = tuple[Label, ScoredRecording]
ALL_RATERS = "all raters"


@dataclass(frozen=True, slots=True)
class Among:
    """The agreement of the raters with each other.

    Parameters
    ----------
    verdicts : by pair of raters, "A – B". all_verdicts : Fleiss' kappa of all, None for two raters.
    faults : kappas by fault and pair; with more than two raters "all raters" is Fleiss' kappa.
    numbers : intraclass correlations of all raters, by column and name.
    apart : pairs of raters that labelled no recording both, so nothing of theirs is compared.
    """

    verdicts: Mapping[str, VerdictAgreement]
    all_verdicts: Estimate | None
    faults: Mapping[str, Mapping[str, Estimate]]
    numbers: Mapping[str, Mapping[str, Estimate]]
    apart: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """All results of `formcheck agree`.

    Parameters
    ----------
    labels, results : names of the two files.
    raters : in the order of the labels.
    recordings : number of recordings with a label and a result.
    not_run : number of those that formcheck could not run.
    without_result, without_label : recordings that are in one file only.
    unused : columns of the labels that were compared with nothing.
    faults : by rater and fault. verdicts : by rater. numbers : by column and rater.
    among : None if there is one rater.
    """

    labels: str
    results: str
    raters: Sequence[str]
    recordings: int
    not_run: int
    without_result: Sequence[str]
    without_label: Sequence[str]
    unused: Sequence[str]
    faults: Mapping[str, Mapping[str, FaultAgreement]]
    verdicts: Mapping[str, VerdictAgreement]
    numbers: Mapping[str, Mapping[str, NumberAgreement]]
    among: Among | None
    remark: str = ""
    """What a reader must know of these labels; empty = nothing."""


def compare(sheet: Sheet, outcomes: Outcomes, matched: Matched) -> Agreement:
    """Return the agreement of labels and results of the same recordings."""
    by_rater: dict[str, list[Pair]] = {}
    for pair in matched.pairs:
        by_rater.setdefault(pair[0].rater, []).append(pair)
    columns = [column for column in sheet.columns if column in outcomes.measured]
    rows = {id(outcome): outcome for _, outcome in matched.pairs}.values()
    faults = {rater: dict(_compare_faults(pairs)) for rater, pairs in by_rater.items()} if outcomes.has_faults else {}
    verdicts = {rater: _compare_verdicts(pairs) for rater, pairs in by_rater.items()} if outcomes.has_verdicts else {}
    numbers = {column: {r: _compare_numbers(column, pairs) for r, pairs in by_rater.items()} for column in columns}
    return Agreement(
        labels=sheet.name,
        results=outcomes.name,
        raters=list(by_rater),
        recordings=len(rows),
        not_run=sum(not row.ran for row in rows),
        without_result=matched.without_result,
        without_label=matched.without_label,
        unused=list_unused_columns(sheet, outcomes.measured),
        faults={rater: found for rater, found in faults.items() if found},
        verdicts={rater: found for rater, found in verdicts.items() if found},
        numbers={c: known for c, found in numbers.items() if (known := {r: n for r, n in found.items() if n})},
        among=_compare_raters(by_rater, columns) if len(by_rater) > 1 else None,
    )


# -- formcheck and one rater --------------------------------------------------------------------------------------


def _compare_faults(pairs: Sequence[Pair]) -> Iterator[tuple[str, FaultAgreement]]:
    """Yield each fault that formcheck or the rater named at least once."""
    for fault in _list_fault_ids(pairs):
        judged = [
            (_find_fault(fault, outcome), named)
            for label, outcome in pairs
            if (named := label.fault(fault)) is not None and _is_looked_for(fault, outcome, named=named)
        ]
        if judged:
            yield fault, compute_fault_agreement(judged)


def _list_fault_ids(pairs: Iterable[Pair]) -> list[str]:
    """Return the faults that were named, and those that have a column of their own."""
    ids: set[str] = set()
    for label, outcome in pairs:
        ids |= label.named | (label.asked or frozenset())
        if label.asked is None:
            ids |= outcome.faults
    return sorted(ids)


def _is_looked_for(fault: str, outcome: ScoredRecording, *, named: bool) -> bool:
    """Return whether a recording counts for a fault.

    It does if its movement looks for the fault, or formcheck or the rater named it.
    """
    known = list_catalogue_faults(outcome.movement)
    return named or known is None or fault in known or fault in outcome.faults


def _find_fault(fault: str, outcome: ScoredRecording) -> bool | None:
    """Return whether formcheck found a fault; None if it could not decide."""
    if not outcome.ran or outcome.verdict == CANNOT_TELL:
        return None
    if fault in outcome.faults:
        return True
    checks = (list_catalogue_faults(outcome.movement) or {}).get(fault, frozenset())
    return None if outcome.not_judged & {fault, *checks} else False


def _compare_verdicts(pairs: Sequence[Pair]) -> VerdictAgreement | None:
    words = [(outcome.verdict, label.verdict) for label, outcome in pairs if label.verdict and outcome.verdict]
    return compute_verdict_agreement(words) if words else None


def _compare_numbers(column: str, pairs: Sequence[Pair]) -> NumberAgreement | None:
    both = [(outcome.numbers[column], label.numbers[column]) for label, outcome in pairs if column in label.numbers]
    return compute_number_agreement(both) if both else None


# -- the raters among themselves ----------------------------------------------------------------------------------


def _compare_raters(by_rater: Mapping[str, Sequence[Pair]], columns: Sequence[str]) -> Among:
    said = {rater: {id(outcome): (label, outcome) for label, outcome in pairs} for rater, pairs in by_rater.items()}
    verdicts = {}
    for a, b in combinations(said, 2):
        words = [(x.verdict, y.verdict) for x, y, _ in _pair_labels(said[a], said[b]) if x.verdict and y.verdict]
        if words:
            verdicts[f"{a} – {b}"] = compute_verdict_agreement(words)
    given = [[label.verdict for label in labels] for labels, _ in _collect_common(said)]
    judged = [row for row in given if set(row) <= set(VERDICTS)]
    ids = _list_fault_ids([pair for pairs in by_rater.values() for pair in pairs])
    faults = {fault: dict(_compare_fault_among(fault, said)) for fault in ids}
    numbers = {column: _compare_number_among(column, said) for column in columns}
    return Among(
        verdicts,
        compare_words_among(judged, VERDICTS) if len(said) > 2 and verdicts else None,
        {fault: found for fault, found in faults.items() if found},
        {column: found for column, found in numbers.items() if found},
        apart=[f"{a} – {b}" for a, b in combinations(said, 2) if not _pair_labels(said[a], said[b])],
    )


def _pair_labels(one: Mapping[int, Pair], other: Mapping[int, Pair]) -> list[tuple[Label, Label, ScoredRecording]]:
    return [(one[key][0], other[key][0], one[key][1]) for key in one if key in other]


def _collect_common(said: Mapping[str, Mapping[int, Pair]]) -> list[tuple[list[Label], ScoredRecording]]:
    """Return the recordings that every rater labelled."""
    first, *others = said.values()
    keys = [key for key in first if all(key in other for other in others)]
    return [([mine[key][0] for mine in said.values()], first[key][1]) for key in keys]


def _compare_fault_among(fault: str, said: Mapping[str, Mapping[int, Pair]]) -> Iterator[tuple[str, Estimate]]:
    for a, b in combinations(said, 2):
        table = [[0, 0], [0, 0]]
        for one, other, outcome in _pair_labels(said[a], said[b]):
            answers = (one.fault(fault), other.fault(fault))
            if None not in answers and _is_looked_for(fault, outcome, named=any(answers)):
                table[not answers[0]][not answers[1]] += 1
        if sum(map(sum, table)):
            yield f"{a} – {b}", kappa(table)
    if len(said) > 2:
        rows = [([label.fault(fault) for label in labels], outcome) for labels, outcome in _collect_common(said)]
        words = [
            ["named" if answer else "not" for answer in row]
            for row, outcome in rows
            if None not in row and _is_looked_for(fault, outcome, named=any(row))
        ]
        if words:
            yield ALL_RATERS, compare_words_among(words, ("named", "not"))


def _compare_number_among(column: str, said: Mapping[str, Mapping[int, Pair]]) -> dict[str, Estimate]:
    """Compare the raters that measured a column, on the recordings that all of them measured."""
    measured = {r: {k: p for k, p in mine.items() if column in p[0].numbers} for r, mine in said.items()}
    raters = {rater: mine for rater, mine in measured.items() if mine}
    if len(raters) < 2:
        return {}
    table = [[label.numbers.get(column, math.nan) for label in labels] for labels, _ in _collect_common(raters)]
    return compute_intraclass(table)
