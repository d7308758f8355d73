"""Agreement between formcheck and people on recordings, and among people.

"Cannot tell" is neither right nor wrong: a recording on which one of the two could not tell is counted separately and
enters no agreement. For faults there are also conservative numbers, in which a fault that formcheck could not judge
counts as not found.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .agreement_statistics import (
    Differences,
    Estimate,
    compute_differences,
    compute_intraclass,
    fleiss_kappa,
    kappa,
    share,
)

VERDICTS = ("ok", "warn", "fix")
"""From no correction needed to the most serious; the order for the weighted kappas."""
CANNOT_TELL = "cannot_tell"
VERDICT_WORDS = (*VERDICTS, CANNOT_TELL)

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FaultAgreement:
    """One fault, as one rater named it and formcheck found it.

    Parameters
    ----------
    true, false, missed, neither : recordings where both named it; only formcheck; only the rater; neither.
    not_judged_named, not_judged_other : recordings that formcheck could not judge, by whether the rater named it.
    precision : share of what formcheck found that the rater named too.
    recall : share of what the rater named that formcheck found.
    kappa : agreement beyond chance.
    recall_all, kappa_all : the same; a fault that formcheck could not judge counts as not found.
    """

    true: int
    false: int
    missed: int
    neither: int
    not_judged_named: int
    not_judged_other: int
    precision: Estimate
    recall: Estimate
    kappa: Estimate
    recall_all: Estimate
    kappa_all: Estimate

    @property
    def judged(self) -> int:
        """Return the number of recordings that both judged."""
        return self.true + self.false + self.missed + self.neither

    @property
    def not_judged(self) -> int:
        """Return the number of recordings that formcheck could not judge."""
        return self.not_judged_named + self.not_judged_other

    @property
    def named(self) -> int:
        """Return the number of recordings in which the rater named the fault.

        Recordings that formcheck could not judge are included.
        """
        return self.true + self.missed + self.not_judged_named


@dataclass(frozen=True, slots=True, eq=False)
class VerdictAgreement:
    """The agreement of two on the verdicts of the same recordings.

    Parameters
    ----------
    counts : (4, 4); the first's words are the rows, the second's the columns, both in the order of `VERDICT_WORDS`.
    kappas : "kappa", "kappa linear", "kappa quadratic"; over the recordings that both judged.
    """

    counts: Counts
    kappas: Mapping[str, Estimate]

    @property
    def judged(self) -> int:
        """Return the number of recordings on which both gave ok, warn or fix."""
        return int(self.counts[:3, :3].sum())

    @property
    def not_judged(self) -> int:
        """Return the number of recordings that at least one could not judge."""
        return int(self.counts.sum()) - self.judged


@dataclass(frozen=True, slots=True, eq=False)
class NumberAgreement:
    """The agreement of formcheck and one rater on one number.

    Parameters
    ----------
    not_judged : recordings for which formcheck has no number.
    icc : intraclass correlations by name. differences : formcheck less the rater.
    """

    not_judged: int
    icc: Mapping[str, Estimate]
    differences: Differences


def compute_fault_agreement(pairs: Iterable[tuple[bool | None, bool]]) -> FaultAgreement:
    """Return how formcheck agrees with one rater on one fault.

    Parameters
    ----------
    pairs : for each recording, the result of formcheck (None = cannot tell) and whether the rater named the fault.

    Examples
    --------
    >>> both = compute_fault_agreement([(True, True), (False, True), (False, False), (None, True)])
    >>> both.recall.value, both.recall_all.n, both.not_judged
    (0.5, 3, 1)
    """
    seen = Counter(pairs)
    true, false, missed, neither = seen[True, True], seen[True, False], seen[False, True], seen[False, False]
    not_judged_named, not_judged_other = seen[None, True], seen[None, False]
    not_found = missed + not_judged_named
    return FaultAgreement(
        true, false, missed, neither, not_judged_named, not_judged_other,
        precision=share(true, true + false),
        recall=share(true, true + missed),
        kappa=kappa([[true, false], [missed, neither]]),
        recall_all=share(true, true + not_found),
        kappa_all=kappa([[true, false], [not_found, neither + not_judged_other]]),
    )  # fmt: skip


def compute_verdict_agreement(pairs: Iterable[tuple[str, str]]) -> VerdictAgreement:
    """Return how two agree on verdicts.

    Parameters
    ----------
    pairs : for each recording, the words of the first and of the second, from `VERDICT_WORDS`.
    """
    counts = np.zeros((4, 4), np.int64)
    for first, second in pairs:
        counts[VERDICT_WORDS.index(first), VERDICT_WORDS.index(second)] += 1
    table = counts[:3, :3]
    kappas = {
        "kappa": kappa(table),
        "kappa linear": kappa(table, "linear"),
        "kappa quadratic": kappa(table, "quadratic"),
    }
    return VerdictAgreement(counts, kappas)


def compute_number_agreement(pairs: Iterable[tuple[float, float]]) -> NumberAgreement:
    """Return how formcheck's number agrees with one rater's.

    Parameters
    ----------
    pairs : for each recording, formcheck's number (NaN = it has none) and the rater's.
    """
    everything = list(pairs)
    judged = np.array([pair for pair in everything if not math.isnan(pair[0])], np.float64).reshape(-1, 2)
    found = compute_differences(judged[:, 0], judged[:, 1])
    return NumberAgreement(len(everything) - len(judged), compute_intraclass(judged), found)


def compare_words_among(answers: Sequence[Sequence[str]], words: Sequence[str]) -> Estimate:
    """Return Fleiss' kappa of several raters on the same recordings.

    Parameters
    ----------
    answers : one word of each rater, for each recording that all of them answered.
    words : all possible words.
    """
    return fleiss_kappa([[row.count(word) for word in words] for row in answers])
