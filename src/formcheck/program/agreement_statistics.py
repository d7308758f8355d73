"""Agreement of raters on words: kappa and shares, each with an interval.

All intervals are 95 % intervals. A value that cannot be computed is NaN with a note that gives the reason: an undefined
agreement is neither good nor bad, so it is never written as 0 or 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formcheck.core.errors import BackendError

Weights = Literal["linear", "quadratic"]

CONFIDENCE_LEVEL = 0.95
NOTHING = "nothing to count"
ONE_ANSWER = "one side gave the same answer for every recording; kappa has no meaning then"
TOO_FEW_RECORDINGS = "fewer than 2 recordings"
DEGENERATE = "no interval; these answers have no variance, for example because all agree"
NO_INTERVAL = "no interval by this method"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A statistic with its 95 % interval.

    Parameters
    ----------
    value, low, high : NaN if undefined.
    n : the number of recordings.
    note : why something is undefined, or a caution; empty without one.
    """

    value: float
    low: float
    high: float
    n: int
    note: str = ""


def undefined(n: int, note: str) -> Estimate:
    """Return an estimate without a value, with the reason."""
    return Estimate(math.nan, math.nan, math.nan, n, note)


def share(count: int, n: int) -> Estimate:
    """Return `count` of `n` with Wilson's interval, 0..1.

    Wilson (1927), doi:10.1080/01621459.1927.10502953; as method 3 in Newcombe (1998),
    doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E.
    """
    if n == 0:
        return undefined(0, NOTHING)
    low, high = _import_statsmodels("proportion").proportion_confint(
        count, n, alpha=1 - CONFIDENCE_LEVEL, method="wilson"
    )
    return Estimate(count / n, float(low), float(high), n)


def kappa(table: ArrayLike, weights: Weights | None = None) -> Estimate:
    """Return Cohen's kappa of two raters, -1..1.

    1 = always agreed, 0 = as often as by chance.

    The interval is the asymptotic one of Fleiss, Cohen and Everitt (1969), doi:10.1037/h0028106, cut at -1 and 1.

    Parameters
    ----------
    table : (K, K) counts; the first rater's answers are the rows, the second's the columns, in their order.
    weights : how serious a disagreement is: by its distance, by the distance squared (Cohen 1968,
        doi:10.1037/h0026256), or the same for all (Cohen 1960, doi:10.1177/001316446002000104).
    """
    counts = np.asarray(table, np.float64)
    n = int(counts.sum())
    if n < 2:
        return undefined(n, TOO_FEW_RECORDINGS)
    if min(np.count_nonzero(counts.sum(axis=0)), np.count_nonzero(counts.sum(axis=1))) < 2:
        return undefined(n, ONE_ANSWER)
    with np.errstate(divide="ignore", invalid="ignore"):  # a variance of zero, or rounded to just below it
        found = _import_statsmodels("inter_rater").cohens_kappa(counts, wt=weights)
    value = float(found.kappa)
    if not found.var_kappa > 1e-12:
        return Estimate(value, math.nan, math.nan, n, DEGENERATE)
    return Estimate(value, max(-1.0, float(found.kappa_low)), min(1.0, float(found.kappa_upp)), n)


def fleiss_kappa(counts: ArrayLike) -> Estimate:
    """Return Fleiss' kappa of several raters, at most 1; without an interval.

    Fleiss (1971), doi:10.1037/h0031619.

    Parameters
    ----------
    counts : (N, K), how many raters gave recording n the answer k; every row has the same sum.
    """
    given: NDArray[np.float64] = np.asarray(counts, np.float64)
    n = len(given)
    if n < 2:
        return undefined(n, TOO_FEW_RECORDINGS)
    if np.count_nonzero(given.sum(axis=0)) < 2:
        return undefined(n, ONE_ANSWER)
    return Estimate(float(_import_statsmodels("inter_rater").fleiss_kappa(given)), math.nan, math.nan, n, NO_INTERVAL)


def _import_statsmodels(part: str) -> Any:
    """Return one module of statsmodels' stats.

    The library is large, and only researchers need it.
    """
    from importlib import import_module

    try:
        return import_module(f"statsmodels.stats.{part}")
    except ImportError:
        problem = "expected the library statsmodels, which is not installed; run: pip install 'formcheck[research]'"
        raise BackendError(f"formcheck agree: {problem}") from None
