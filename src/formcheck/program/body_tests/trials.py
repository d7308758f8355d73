"""Turn the repetitions of a test into numbers: one per trial, with its uncertainty.

It reads the results of a `FormChecker` for the test's movement, frame by frame, and keeps the frames of the running
repetition only. A frame counts while the conditions of the protocol hold; a value that was not seen is not zero.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from formcheck.core.movement.signals import Roles, find_measured
from formcheck.core.records import Repetition, StepResult
from formcheck.core.skeleton import Side

from .protocol import Protocol, ProtocolMeasure, Statistic, TrialCondition

WINDOW_S = 0.25
"""[E] A value is the median of the frames this near to it, so that one bad picture makes no record."""
LEAST_FRAMES = 3
EAR_SHARE, EAR_SHARE_U = 0.93, 0.02
"""Height of the ears in the body height, and how much people differ from it, [M] and [E]."""
TRUNK_SHARE, TRUNK_SHARE_U = 0.288, 0.023
"""Length from hips to shoulders in the body height (0.818 - 0.530, Drillis and Contini), and its spread [E]."""


class NoValue(StrEnum):
    """Why a trial has no number."""

    NOT_SEEN = "not_seen"
    CONDITION = "condition_not_met"
    NO_HOLD = "no_hold"


@dataclass(frozen=True, slots=True)
class TrialValue:
    """One trial.

    Parameters
    ----------
    side : that worked; None if the test has no sides.
    value : NaN if it could not be measured.
    uncertainty : half-width of the interval that should hold the truth 95 times in 100; NaN if unknown.
    unit : of both.
    why : why there is no number; None if there is one.
    """

    side: Side | None
    value: float
    uncertainty: float
    unit: str
    why: NoValue | None = None


class _Seen(NamedTuple):
    """One frame of a repetition."""

    time_s: float
    value: float
    uncertainty: float
    counts: bool


class TrialReader:
    """Reads the trials of one test from the results of its movement.

    It remembers the frames of the running repetition, and the height of the ears in the start posture.

    Parameters
    ----------
    protocol : of the test.
    side : that is tested, as named by the person; None = as the movement finds it.
    height_cm : the person's height; without it a result in cm stays in trunk lengths.

    Attributes
    ----------
    trials : the finished repetitions, practice included.
    """

    def __init__(self, protocol: Protocol, *, side: Side | None = None, height_cm: float | None = None) -> None:
        if protocol.measure is None:
            raise ValueError(f"{protocol.id}: expected a test with a measure, got one without")
        self.trials: list[TrialValue] = []
        self._protocol, self._measure, self._side, self._height_cm = protocol, protocol.measure, side, height_cm
        self._frames: list[_Seen] = []
        self._ears_tl: list[float] = []
        self._valid_s: float | None = None
        self._last_s = math.nan

    def add(self, result: StepResult) -> None:
        """Take in one result; time must rise, except for the closing one."""
        phase, hold = result.phase, result.feedback.hold
        last = phase.ended or phase.repetition
        has_held = last is not None and (phase.name == "hold" or last.hold_start_s is not None)
        if hold is not None and has_held and None in (phase.ended, phase.repetition):
            self._valid_s = hold.valid_s
        if phase.ended is not None:
            if phase.ended.counts:
                self._finish(phase.ended)
            self._frames, self._valid_s = [], None
        self._last_s = result.pose.time_s
        roles = Roles(phase.side, phase.near)
        if phase.repetition is None:
            ears = result.measurements.values["ear_above_toes_tl"].value
            if math.isfinite(ears):
                self._ears_tl.append(ears)
            return
        if self._measure.signal is None:
            return
        found = find_measured(self._measure.signal, result.measurements.values, roles)
        is_counted = all(_is_met(one, result, roles) for one in self._measure.while_) and (
            self._measure.statistic is not Statistic.MEDIAN_STILL or phase.name == "hold"
        )
        value, around = (math.nan, math.nan) if found is None else (found.value, found.uncertainty)
        self._frames.append(_Seen(result.pose.time_s, value, around, is_counted))

    def _finish(self, ended: Repetition) -> None:
        side = (ended.side or self._side) if self._protocol.each_side else None
        statistic = self._measure.statistic
        if statistic is Statistic.REPETITION_S:
            end_s = self._last_s if ended.end_s is None else ended.end_s
            trial = TrialValue(side, end_s - ended.start_s, _CLOCK_U_S, self._measure.unit)
        elif statistic is Statistic.VALID_HOLD_S:
            trial = _without(side, self._measure.unit, NoValue.NO_HOLD)
            if self._valid_s is not None:
                trial = TrialValue(side, self._valid_s, _CLOCK_U_S, self._measure.unit)
        else:
            trial = self._scale(reduce_frames(self._frames, self._measure, side))
        self.trials.append(trial)

    def _scale(self, trial: TrialValue) -> TrialValue:
        """Return a trial in cm, if that is its unit and the height is known."""
        if self._measure.unit != "cm" or trial.why is not None:
            return trial
        if self._height_cm is None:
            return replace(trial, unit="tl")
        if self._measure.scale == "standing" and self._ears_tl:
            per_tl_cm = EAR_SHARE * self._height_cm / statistics.median(self._ears_tl)
            share_u = EAR_SHARE_U / EAR_SHARE
        else:
            per_tl_cm, share_u = TRUNK_SHARE * self._height_cm, TRUNK_SHARE_U / TRUNK_SHARE
        around = per_tl_cm * math.hypot(trial.uncertainty, share_u * trial.value)
        return replace(trial, value=per_tl_cm * trial.value, uncertainty=around)


_CLOCK_U_S = 0.5
"""[E] How exactly the phases find a beginning and an end."""


def _is_met(condition: TrialCondition, result: StepResult, roles: Roles) -> bool:
    found = find_measured(condition.signal, result.measurements.values, roles)
    if found is None or not math.isfinite(found.value):
        return False
    if condition.above is not None:
        return found.value > condition.above
    return condition.below is not None and found.value < condition.below


def _without(side: Side | None, unit: str, why: NoValue) -> TrialValue:
    return TrialValue(side, math.nan, math.nan, unit, why)


def reduce_frames(frames: Sequence[_Seen], measure: ProtocolMeasure, side: Side | None) -> TrialValue:
    """Return the number of one repetition.

    Each value is the median of its neighbours within `WINDOW_S`; most of these must count.

    Parameters
    ----------
    frames : of the repetition, in order of time: time, value, uncertainty, whether its conditions hold.
    measure : of the protocol.
    side : that worked.
    """
    seen = [one for one in frames if math.isfinite(one.value)]
    if len(seen) < LEAST_FRAMES:
        return _without(side, measure.unit, NoValue.NOT_SEEN)
    if measure.statistic is Statistic.MEDIAN_STILL:
        points = [(one.value, one.uncertainty) for one in seen if one.counts]
    else:
        points = _smooth(seen)
    if len(points) < LEAST_FRAMES:
        return _without(side, measure.unit, NoValue.CONDITION)
    if measure.statistic is Statistic.MEDIAN_STILL:
        value = statistics.median([value for value, _ in points])
        around = statistics.median([around for _, around in points])
    elif measure.statistic is Statistic.RANGE:
        low, high = min(points), max(points)
        value, around = high[0] - low[0], math.hypot(low[1], high[1])
    else:
        value, around = (max if measure.statistic is Statistic.MAX else min)(points)
    return TrialValue(side, value, around, measure.unit)


def _smooth(seen: Sequence[_Seen]) -> list[tuple[float, float]]:
    """Return value and uncertainty around each frame that counts, with most of its neighbours."""
    points, first = [], 0
    for one in seen:
        while seen[first].time_s < one.time_s - WINDOW_S:
            first += 1
        near = []
        for other in seen[first:]:
            if other.time_s > one.time_s + WINDOW_S:
                break
            near.append(other)
        counted = [other for other in near if other.counts]
        if one.counts and 2 * len(counted) > len(near):
            points.append(
                (
                    statistics.median([other.value for other in counted]),
                    statistics.median([other.uncertainty for other in counted]),
                )
            )
    return points


def pick_trials(protocol: Protocol, trials: Sequence[TrialValue]) -> list[TrialValue]:
    """Return the trials that count.

    Practice comes off first, but only what is more than the trials asked for.

    Examples
    --------
    >>> from formcheck.program.body_tests.protocol import load_protocol
    >>> [one.value for one in pick_trials(load_protocol("T1"), [TrialValue(None, v, 6.0, "deg") for v in (1, 2, 3, 4)])]
    [2, 3, 4]
    """
    extra = max(0, len(trials) - protocol.trials)
    return list(trials[min(protocol.practice, extra) :][: protocol.trials])
