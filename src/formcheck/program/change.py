"""Decide whether a measured number has changed, or only the measuring of it.

A test is done in several trials, and again on another day. How far the trials lie apart gives the error of one trial;
how far the days lie apart gives the error of setting everything up again. Two results differ clearly if they lie
further apart than both errors explain (minimal detectable change, MDC). Until a person has done enough sessions, a
published or estimated threshold takes its place, and that is said.

Codes leave this module; the words for them stand elsewhere. A larger number is not better by itself.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

LEAST_SESSIONS = 3
"""With fewer sessions, a person's own error is not known (movements.md 4.2)."""
TWO_SIDED_95 = 1.96


class Change(StrEnum):
    """What became of a number between two measurements."""

    NONE = "no_clear_change"
    BETTER = "clear_change_better"
    WORSE = "clear_change_worse"
    OTHER = "clear_change"
    UNKNOWN = "cannot_tell"


class Sides(StrEnum):
    """How left and right compare."""

    EQUAL = "about_equal"
    SMALL = "small_difference"
    CLEAR = "clear_difference"
    UNKNOWN = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Threshold:
    """The smallest change that counts.

    Parameters
    ----------
    value : in the unit of the number.
    own : True = from the person's own sessions; False = the default of the test, still provisional.
    """

    value: float
    own: bool


@dataclass(frozen=True, slots=True)
class OwnError:
    """A person's own standard errors of measurement (SEM) in a test.

    Parameters
    ----------
    trial : of one trial, from trials within a session; None without a session of two trials.
    setup : of setting up again, from session to session; None before `LEAST_SESSIONS` sessions.
    sessions : number of sessions used.
    """

    trial: float | None
    setup: float | None
    sessions: int

    def find_detectable_change(self, trials: int, *, same_setup: bool) -> float | None:
        """Return the minimal detectable change at 95 %; None while it is unknown.

        1.96 · √(2 · setup² + 2 · trial² / trials); without a new set-up its part is zero.

        Parameters
        ----------
        trials : whose median is taken; 1 or more.
        same_setup : camera, clothes and place are as they were.

        Examples
        --------
        >>> error = OwnError(trial=3.0, setup=3.0, sessions=4)
        >>> round(error.find_detectable_change(3, same_setup=True), 1)
        4.8
        >>> round(error.find_detectable_change(3, same_setup=False), 1)
        9.6
        """
        if self.trial is None or (self.setup is None and not same_setup) or self.sessions < LEAST_SESSIONS:
            return None
        setup = 0.0 if same_setup or self.setup is None else self.setup
        return TWO_SIDED_95 * math.sqrt(2 * setup**2 + 2 * self.trial**2 / trials)


def estimate_own_error(sessions: Sequence[Sequence[float]]) -> OwnError:
    """Return a person's own errors from the trials of their sessions.

    The trials' error is the pooled standard deviation within sessions. The medians of the sessions scatter by both
    errors; what the trials do not explain is the error of the set-up. A real change over the weeks is in it too: the
    threshold is then too large, never too small.

    Parameters
    ----------
    sessions : the trials' values of each session, one side of one test, in one unit.

    Examples
    --------
    >>> estimate_own_error([[40.0, 44.0], [40.0, 44.0], [40.0, 44.0]])
    OwnError(trial=2.8284271247461903, setup=0.0, sessions=3)
    """
    used = [list(values) for values in sessions if values]
    free = sum(len(values) - 1 for values in used)
    if not free:
        return OwnError(None, None, len(used))
    within = sum((value - statistics.fmean(values)) ** 2 for values in used for value in values) / free
    setup = None
    if len(used) >= LEAST_SESSIONS:
        between = statistics.variance([statistics.fmean(values) for values in used])
        explained = within * statistics.fmean([1 / len(values) for values in used])
        setup = math.sqrt(max(0.0, between - explained))
    return OwnError(math.sqrt(within), setup, len(used))


def choose_threshold(default: float, error: OwnError, trials: int, *, same_setup: bool) -> Threshold:
    """Return the larger of the person's own minimal detectable change and the test's default.

    Examples
    --------
    >>> choose_threshold(6.0, OwnError(3.0, 3.0, 4), 3, same_setup=False)
    Threshold(value=9.601999791710057, own=True)
    >>> choose_threshold(6.0, OwnError(None, None, 1), 3, same_setup=True)
    Threshold(value=6.0, own=False)
    """
    own = error.find_detectable_change(trials, same_setup=same_setup)
    return Threshold(default, own=False) if own is None else Threshold(max(own, default), own=True)


def label_change(
    before: float | None, after: float | None, threshold: Threshold, *, more_is_better: bool | None
) -> Change:
    """Return whether a number changed clearly, and which way.

    `OTHER` is a clear change of a number of which neither direction is wanted.

    Examples
    --------
    >>> label_change(40.0, 43.0, Threshold(6.0, own=False), more_is_better=True)
    <Change.NONE: 'no_clear_change'>
    >>> label_change(14.0, 5.0, Threshold(4.5, own=False), more_is_better=False)
    <Change.BETTER: 'clear_change_better'>
    """
    if before is None or after is None:
        return Change.UNKNOWN
    difference = after - before
    if abs(difference) < threshold.value:
        return Change.NONE
    if more_is_better is None:
        return Change.OTHER
    return Change.BETTER if (difference > 0) == more_is_better else Change.WORSE


def label_sides(left: float | None, right: float | None, threshold: Threshold, *, usual_difference: float) -> Sides:
    """Return how left and right compare.

    A difference below the threshold is not seen; one that many healthy people have is small.

    Parameters
    ----------
    left, right : in one unit; None if it was not measured.
    threshold : the smallest change that counts.
    usual_difference : that healthy people show (movements.md 4.2).
    """
    if left is None or right is None:
        return Sides.UNKNOWN
    difference = abs(right - left)
    if difference <= threshold.value:
        return Sides.EQUAL
    return Sides.CLEAR if difference > usual_difference else Sides.SMALL


# What to do next ------------------------------------------------------------------------------------------------------


class NextStep(StrEnum):
    """What follows a reassessment."""

    STOP = "stop_and_ask"
    REDUCE = "halve_and_calm"
    SUPPORT = "try_support_and_ask"
    KEEP = "keep_and_recheck"
    KEEP_FEELING = "keep_note_feeling"
    OTHER_TYPE = "try_another_type"


class Feeling(StrEnum):
    """What the person says after an intervention."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


PAIN_RISE_THAT_STOPS = 2
"""Points of ten (movements.md 4.3)."""
TIMES_GONE_THAT_MATTER = 3
"""So many times better on the day and gone by the next session."""


def decide_next_step(
    change: Change,
    feeling: Feeling,
    *,
    pain_rise: float = 0,
    new_signs: bool = False,
    times_gone: int = 0,
    times_reduced: int = 0,
) -> NextStep:
    """Return the next step after a test, an intervention and the same test again.

    The table of movements.md 4.3, the most careful row first.

    Parameters
    ----------
    change : of the measured number.
    feeling : in the person's own word.
    pain_rise : points of ten that the pain rose by.
    new_signs : new tingling or numbness.
    times_gone : how often a gain of the day was gone by the next session.
    times_reduced : how often the visits just before ended with less already.
    """
    if new_signs or pain_rise >= PAIN_RISE_THAT_STOPS:
        return NextStep.STOP
    if change is Change.WORSE or feeling is Feeling.WORSE:
        return NextStep.STOP if times_reduced else NextStep.REDUCE
    if change is Change.BETTER:
        return NextStep.SUPPORT if times_gone >= TIMES_GONE_THAT_MATTER else NextStep.KEEP
    return NextStep.KEEP_FEELING if feeling is Feeling.BETTER else NextStep.OTHER_TYPE
