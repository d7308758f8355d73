"""Compare the trials of a test: before and after, day and day, left and right.

The median of the trials stands for a test. It changed only if it moved by more than the error of measuring it: the
larger of the person's own and the protocol's default (`program.change`). Bias is the same before and after if the
set-up is, and cancels.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from formcheck.core.skeleton import Side
from formcheck.program.change import (
    Change,
    OwnError,
    Sides,
    Threshold,
    choose_threshold,
    estimate_own_error,
    label_change,
    label_sides,
)

from .protocol import ChangeThreshold, Protocol
from .trials import TrialValue

TestKey = tuple[str, Side | None]
"""Id of a test, and the side."""
CM_PER_TL = 49.0
"""[E] A trunk of a person of 170 cm: turns thresholds in cm into trunk lengths while no height is known."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The trials of one side of a test.

    Parameters
    ----------
    values : of the trials that have a number, in order.
    unit : of the values.
    uncertainty : half-width of one number, median over the trials; NaN if unknown.
    asked : the number of trials asked for.
    """

    values: tuple[float, ...]
    unit: str
    uncertainty: float
    asked: int

    @property
    def median(self) -> float | None:
        """Return the median; None if fewer than half of the trials have a number."""
        return statistics.median(self.values) if 2 * len(self.values) >= self.asked and self.values else None

    @property
    def trial_sem(self) -> float | None:
        """Return the standard error of one trial; None with fewer than two."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None


def collect_trials(protocol: Protocol, trials: Iterable[TrialValue]) -> Taken:
    """Return the trials of one side as one result.

    Only those in the unit of the first one count.
    """
    known = [one for one in trials if one.why is None]
    unit = known[0].unit if known else (protocol.measure.unit if protocol.measure else "")
    same = [one for one in known if one.unit == unit]
    widths = [one.uncertainty for one in same if math.isfinite(one.uncertainty)]
    return Taken(
        tuple(one.value for one in same), unit, statistics.median(widths) if widths else math.nan, protocol.trials
    )


@dataclass(frozen=True, slots=True)
class ChangedTest:
    """One side of a test, then and now.

    Parameters
    ----------
    test_id, side : of the test.
    before, after : medians; None if they were not measured.
    unit : of both and of the threshold.
    threshold : the smallest change that counts.
    change : what became of the number.
    """

    test_id: str
    side: Side | None
    before: float | None
    after: float | None
    unit: str
    threshold: Threshold
    change: Change

    @property
    def key(self) -> TestKey:
        """Return id and side."""
        return self.test_id, self.side


def find_default(threshold: ChangeThreshold, *, unit: str, first: float | None, same_setup: bool) -> float:
    """Return the protocol's smallest change, in the unit of the result.

    Parameters
    ----------
    unit : of the result; tl for one in cm without a body height.
    first : the first value, for a threshold in percent of it.
    same_setup : camera, clothes and place are as they were.

    Examples
    --------
    >>> half = ChangeThreshold(same_day=20, other_day=25, relative=True, source="E")
    >>> find_default(half, unit="s", first=40.0, same_setup=True)
    8.0
    """
    value = threshold.same_day if same_setup else threshold.other_day
    if threshold.relative:
        return value / 100 * abs(first or 0.0)
    return value / CM_PER_TL if unit == "tl" else value


def compare_taken(
    protocol: Protocol,
    before: Taken | None,
    after: Taken | None,
    *,
    side: Side | None = None,
    own: OwnError,
    same_setup: bool,
) -> ChangedTest:
    """Return what became of one side of a test.

    Parameters
    ----------
    before, after : its trials; None if it was not done.
    own : the person's own error in it, from earlier sessions.
    same_setup : camera, clothes and place are as they were.

    Raises
    ------
    ValueError
        The protocol measures nothing.
    """
    if protocol.measure is None or protocol.threshold is None:
        raise ValueError(f"{protocol.id}: expected a test with a measure, got one without")
    first, last = (None if taken is None else taken.median for taken in (before, after))
    unit = protocol.measure.unit if before is None else before.unit
    default = find_default(protocol.threshold, unit=unit, first=first, same_setup=same_setup)
    counted = min((len(taken.values) for taken in (before, after) if taken and taken.values), default=1)
    threshold = choose_threshold(default, own, counted, same_setup=same_setup)
    if before and after and before.unit != after.unit:
        last = None  # a height was entered in between: the numbers cannot be compared
    change = label_change(first, last, threshold, more_is_better=protocol.measure.more_is_better)
    return ChangedTest(protocol.id, side, first, last, unit, threshold, change)


def estimate_test_error(sessions: Sequence[Taken]) -> OwnError:
    """Return a person's own error in one side of a test.

    Only the first trials of each session, sessions in the unit of the newest one count.
    """
    unit = sessions[-1].unit if sessions else ""
    return estimate_own_error([one.values for one in sessions if one.unit == unit and one.median is not None])


@dataclass(frozen=True, slots=True)
class SidesFinding:
    """Left against right in one test.

    Parameters
    ----------
    test_id : of the test.
    left, right : medians; None if they were not measured.
    unit : of both.
    label : how they compare today.
    clear_days, days : on how many of how many days the difference was clear, today included.
    """

    test_id: str
    left: float | None
    right: float | None
    unit: str
    label: Sides
    clear_days: int
    days: int

    @property
    def index_pct(self) -> float | None:
        """Return the symmetry index in percent; None if it is unknown.

        100 · (right − left) / mean.
        """
        if self.left is None or self.right is None or self.left + self.right == 0:
            return None
        return 100 * (self.right - self.left) / ((self.left + self.right) / 2)


def compare_sides(protocol: Protocol, days: Sequence[Mapping[Side | None, Taken]], own: OwnError) -> SidesFinding:
    """Return how left and right compare, today and on how many days.

    The person turns between the sides: that is a new set-up, and its error counts.

    Parameters
    ----------
    days : the first trials of each day by side, today's last; at least one day.
    own : the person's own error, of the less exact side.

    Raises
    ------
    ValueError
        The protocol has no sides.
    """
    if protocol.threshold is None or not protocol.each_side:
        raise ValueError(f"{protocol.id}: expected a test of two sides, got one without")
    threshold = choose_threshold(protocol.threshold.other_day, own, protocol.trials, same_setup=False)
    usual = protocol.threshold.usual_between_sides or threshold.value
    labels, left, right = [], None, None
    for day in days:
        left, right = (day[side].median if side in day else None for side in ("left", "right"))
        labels.append(label_sides(left, right, threshold, usual_difference=usual))
    unit = next((taken.unit for taken in days[-1].values()), "")
    known = [label for label in labels if label is not Sides.UNKNOWN]
    return SidesFinding(protocol.id, left, right, unit, labels[-1], known.count(Sides.CLEAR), len(known))


def join_changes(changes: Iterable[ChangedTest]) -> Change:
    """Return one change for several tests, the most careful first: worse, better, none, cannot tell.

    A number of which neither direction is wanted decides nothing.
    """
    found = {Change.NONE if one.change is Change.OTHER else one.change for one in changes}
    return next((one for one in (Change.WORSE, Change.BETTER, Change.NONE) if one in found), Change.UNKNOWN)
