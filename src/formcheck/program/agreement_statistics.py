"""Agreement of raters: kappa for words, intraclass correlation and differences for numbers."""

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


# Agreement on numbers -------------------------------------------------------------------------------------------------


Numbers = NDArray[np.float64]

NO_VARIANCE = "the means of the recordings do not differ"
NO_ERROR = "the raters differ only by a constant; no interval"
NO_SPREAD = "the differences are all the same; no interval"
NO_APPROXIMATION = "no interval: too few recordings for raters who agree so little"
NO_MEAN = "the raters agree too little; their mean has no correlation"
FEW_FOR_A_LINE = "fewer than 3 recordings"
Z_95 = 1.96
"""Standard deviations to either side of the bias, as in Bland and Altman (1999)."""
_UPPER = 1 - (1 - CONFIDENCE_LEVEL) / 2
_ROUNDING = 1e-20
"""Mean squares below this share of the squared values are rounding errors."""


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """The differences of two raters, first minus second, in the measured unit.

    Parameters
    ----------
    bias : mean difference. sd : standard deviation of the differences, NaN below 2 recordings.
    lower, upper : limits of agreement, between which 95 % of the differences are expected.
    slope : change of the difference per unit of the mean; an interval without 0 hints at a proportional bias.
    sem : standard error of measurement of one rater. mdc : least change of one rater's value that is more than error.
    mean, difference : (N,), of each recording.
    """

    bias: Estimate
    sd: Estimate
    lower: Estimate
    upper: Estimate
    slope: Estimate
    sem: Estimate
    mdc: Estimate
    mean: Numbers
    difference: Numbers

    @property
    def grows(self) -> bool:
        """Return whether the differences change with the size of the measured value."""
        return self.slope.low > 0 or self.slope.high < 0


@dataclass(frozen=True, slots=True)
class _MeanSquares:
    """Mean squares of a two-way table: between recordings, between raters, and residual."""

    n: int
    k: int
    rows: float
    columns: float
    error: float


def compute_intraclass(ratings: ArrayLike) -> dict[str, Estimate]:
    """Return ICC(2,1), ICC(2,k), ICC(3,1) and ICC(3,k) with 95 % intervals, at most 1.

    2 = absolute agreement, the raters are a sample of similar raters; 3 = consistency of exactly these raters, a
    constant offset does not count. 1 = of one rater, k = of the mean of all. Formulas: Shrout and Fleiss (1979),
    doi:10.1037/0033-2909.86.2.420; McGraw and Wong (1996), doi:10.1037/1082-989X.1.1.30.

    Parameters
    ----------
    ratings : (N, k), no gaps; one row for each recording, one column for each rater.
    """
    table = np.asarray(ratings, np.float64)
    names = ("ICC(2,1)", "ICC(2,k)", "ICC(3,1)", "ICC(3,k)")
    if len(table) < 2:
        return dict.fromkeys(names, undefined(len(table), TOO_FEW_RECORDINGS))
    squares = _compute_mean_squares(table)
    if squares.rows == 0:
        return dict.fromkeys(names, undefined(len(table), NO_VARIANCE))
    single, consistent = _agreement(squares), _consistency(squares)
    found = (single, _of_the_mean(single, squares.k), consistent, _of_the_mean(consistent, squares.k))
    return dict(zip(names, found, strict=True))


def _compute_mean_squares(table: Numbers) -> _MeanSquares:
    n, k = table.shape
    by_row, by_column, all_of_it = table.mean(axis=1), table.mean(axis=0), table.mean()
    left = table - by_row[:, None] - by_column + all_of_it
    rows = k * float(np.sum((by_row - all_of_it) ** 2)) / (n - 1)
    columns = n * float(np.sum((by_column - all_of_it) ** 2)) / (k - 1)
    error = float(np.sum(left**2)) / ((n - 1) * (k - 1))
    least = _ROUNDING * float(np.max(np.abs(table))) ** 2
    return _MeanSquares(n, k, *(0.0 if square <= least else square for square in (rows, columns, error)))


def _consistency(s: _MeanSquares) -> Estimate:
    """Return ICC(3,1)."""
    value = (s.rows - s.error) / (s.rows + (s.k - 1) * s.error)
    if s.error == 0:
        return Estimate(value, math.nan, math.nan, s.n, NO_ERROR)
    ratio, free, rest = s.rows / s.error, s.n - 1, (s.n - 1) * (s.k - 1)
    low = ratio / _f_quantile(free, rest)
    high = ratio * _f_quantile(rest, free)
    return Estimate(value, (low - 1) / (low + s.k - 1), (high - 1) / (high + s.k - 1), s.n)


def _agreement(s: _MeanSquares) -> Estimate:
    """Return ICC(2,1)."""
    n, k = s.n, s.k
    value = (s.rows - s.error) / (s.rows + (k - 1) * s.error + k * (s.columns - s.error) / n)
    if s.error == 0:
        return Estimate(value, math.nan, math.nan, n, NO_ERROR)
    a = k * value / (n * (1 - value)) * s.columns
    b = (1 + k * value * (n - 1) / (n * (1 - value))) * s.error
    free = (a + b) ** 2 / (a**2 / (k - 1) + b**2 / ((n - 1) * (k - 1)))
    rest = k * s.columns + (k * n - k - n) * s.error
    f_low, f_high = _f_quantile(n - 1, free), _f_quantile(free, n - 1)
    low = n * (s.rows - f_low * s.error) / (f_low * rest + n * s.rows)
    high = n * (f_high * s.rows - s.error) / (rest + n * f_high * s.rows)
    if not low <= value <= high:  # the degrees of freedom are approximate, and for negative values may be far off
        return Estimate(value, math.nan, math.nan, n, NO_APPROXIMATION)
    return Estimate(value, low, high, n)


def _of_the_mean(single: Estimate, k: int) -> Estimate:
    """Return the correlation of the mean of k raters, after Spearman and Brown."""

    def stepped(one: float) -> float:
        rest = 1 + (k - 1) * one
        return k * one / rest if rest > 0 else math.nan

    value, low, high = stepped(single.value), stepped(single.low), stepped(single.high)
    if math.isnan(value):
        return undefined(single.n, NO_MEAN)
    if single.note or math.isnan(low + high):
        return Estimate(value, math.nan, math.nan, single.n, single.note or NO_APPROXIMATION)
    return Estimate(value, low, high, single.n)


def compute_differences(first: ArrayLike, second: ArrayLike) -> Differences:
    """Return bias, limits of agreement and related values, after Bland and Altman.

    Bland and Altman (1986), doi:10.1016/S0140-6736(86)90837-8, and for the limits' intervals (1999),
    doi:10.1177/096228029900800204. SEM and MDC: Weir (2005), doi:10.1519/15184.1.

    Parameters
    ----------
    first, second : (N,), no gaps, the same recordings in the same order.
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    n, difference, mean = len(a), a - b, (a + b) / 2
    slope = _fit_slope(mean, difference)
    if n < 2:
        none = undefined(n, TOO_FEW_RECORDINGS)
        return Differences(none, none, none, none, slope, none, none, mean, difference)
    bias, sd = float(np.mean(difference)), float(np.std(difference, ddof=1))
    if sd <= 1e-10 * max(1e-300, float(np.max(np.abs([a, b])))):  # rounding
        same = Estimate(bias, math.nan, math.nan, n, NO_SPREAD)
        zero = Estimate(0.0, math.nan, math.nan, n, NO_SPREAD)
        return Differences(same, zero, same, same, slope, zero, zero, mean, difference)
    t = float(_import_scipy_stats().t.ppf(_UPPER, n - 1))
    about, far = t * sd / math.sqrt(n), t * sd * math.sqrt(1 / n + Z_95**2 / (2 * (n - 1)))
    lower, upper = _make_interval(bias - Z_95 * sd, far, n), _make_interval(bias + Z_95 * sd, far, n)
    error = sd / math.sqrt(2)
    spread, sem, mdc = (Estimate(x, math.nan, math.nan, n) for x in (sd, error, Z_95 * math.sqrt(2) * error))
    return Differences(_make_interval(bias, about, n), spread, lower, upper, slope, sem, mdc, mean, difference)


def _make_interval(value: float, half: float, n: int) -> Estimate:
    return Estimate(value, value - half, value + half, n)


def _fit_slope(mean: Numbers, difference: Numbers) -> Estimate:
    """Return the slope of the least-squares line of the differences over the means."""
    n = len(mean)
    if n < 3:
        return undefined(n, FEW_FOR_A_LINE)
    if np.ptp(mean) <= 1e-10 * float(np.max(np.abs(mean))):
        return undefined(n, NO_VARIANCE)
    if np.ptp(difference) <= 1e-10 * float(np.max(np.abs(mean))):
        return Estimate(0.0, math.nan, math.nan, n, NO_SPREAD)
    stats = _import_scipy_stats()
    line = stats.linregress(mean, difference)
    return _make_interval(float(line.slope), float(stats.t.ppf(_UPPER, n - 2) * line.stderr), n)


def _f_quantile(above: float, below: float) -> float:
    return float(_import_scipy_stats().f.ppf(_UPPER, above, below))


def _import_scipy_stats() -> Any:
    try:
        from scipy import stats
    except ImportError:
        problem = "expected the library scipy, which is not installed; run: pip install 'formcheck[research]'"
        raise BackendError(f"formcheck agree: {problem}") from None
    return stats
