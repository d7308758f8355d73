"""What formcheck said of recordings held against what people said of them, and people against each other.

Not told is neither right nor wrong: where one of the two could not tell, the recording is counted apart and enters no
agreement. For faults the conservative numbers stand beside it: there, what formcheck could not tell was not found.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .agreement_numbers import Differences, compute_differences, compute_intraclass
from .agreement_statistics import Estimate, fleiss_kappa, kappa, share

VERDICTS = ("ok", "warn", "fix")
"""From nothing to correct to the gravest; the order that the weighted kappas take."""
CANNOT_TELL = "cannot_tell"
VERDICT_WORDS = (*VERDICTS, CANNOT_TELL)

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FaultAgreement:
    """One fault, as one rater named it and formcheck found it.

    Parameters
    ----------
    true, false, missed, neither : recordings where both named it; only formcheck; only the rater; neither.
    not_judged_named, not_judged_other : recordings where formcheck could not tell, by whether the rater named it.
    precision : share of what formcheck found that the rater named too.
    recall : share of what the rater named that formcheck found.
    kappa : agreement beyond chance.
    recall_all, kappa_all : the same with what formcheck could not tell counted as not found.
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
        """Recordings that both judged."""
        return self.true + self.false + self.missed + self.neither

    @property
    def not_judged(self) -> int:
        """Recordings that formcheck could not tell."""
        return self.not_judged_named + self.not_judged_other

    @property
    def named(self) -> int:
        """Recordings in which the rater named the fault, told or not."""
        return self.true + self.missed + self.not_judged_named


@dataclass(frozen=True, slots=True, eq=False)
class VerdictAgreement:
    """The verdicts of two, on the same recordings.

    Parameters
    ----------
    counts : (4, 4); the first's words are the rows, the second's the columns, both in the order of `VERDICT_WORDS`.
    kappas : "kappa", "kappa linear", "kappa quadratic"; of those recordings on which both could tell.
    """

    counts: Counts
    kappas: Mapping[str, Estimate]

    @property
    def judged(self) -> int:
        """Recordings on which both gave ok, warn or fix."""
        return int(self.counts[:3, :3].sum())

    @property
    def not_judged(self) -> int:
        """Recordings on which one of the two, or both, could not tell."""
        return int(self.counts.sum()) - self.judged


@dataclass(frozen=True, slots=True, eq=False)
class NumberAgreement:
    """One number, as formcheck measured it and one rater did.

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
    pairs : of each recording what formcheck said (None = cannot tell) and whether the rater named the fault.

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
    pairs : of each recording the words of the first and of the second, of `VERDICT_WORDS`.
    """
    counts = np.zeros((4, 4), np.int64)
    for first, second in pairs:
        counts[VERDICT_WORDS.index(first), VERDICT_WORDS.index(second)] += 1
    told = counts[:3, :3]
    kappas = {
        "kappa": kappa(told),
        "kappa linear": kappa(told, "linear"),
        "kappa quadratic": kappa(told, "quadratic"),
    }
    return VerdictAgreement(counts, kappas)


def compute_number_agreement(pairs: Iterable[tuple[float, float]]) -> NumberAgreement:
    """Return how formcheck's number agrees with one rater's.

    Parameters
    ----------
    pairs : of each recording formcheck's number (NaN = it has none) and the rater's.
    """
    everything = list(pairs)
    told = np.array([pair for pair in everything if not math.isnan(pair[0])], np.float64).reshape(-1, 2)
    found = compute_differences(told[:, 0], told[:, 1])
    return NumberAgreement(len(everything) - len(told), compute_intraclass(told), found)


def compare_words_among(answers: Sequence[Sequence[str]], words: Sequence[str]) -> Estimate:
    """Return Fleiss' kappa of several raters on the same recordings.

    Parameters
    ----------
    answers : one word of each rater, for each recording that all of them answered.
    words : all there are.
    """
    return fleiss_kappa([[row.count(word) for word in words] for row in answers])
