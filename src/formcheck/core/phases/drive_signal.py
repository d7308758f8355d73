"""The drive signal over time: level, rest, speed and steadiness."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from formcheck.core.geometry import wrap_deg
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import (
    MOTION_SIGNALS,
    NOT_YET,
    Roles,
    find_measured,
    find_unit,
    look_up_value,
)
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import Measurements, Repetition, Value

from . import timeseries
from .start_posture import StartPosture
from .timeseries import Noise, is_often_enough, slope_std
from .turns import Steps

SETTLE_S = 0.5
SPEED_S = 0.25
DRIVE_MEMORY_S = 3.2
LEVEL_S = 2.0
AT_LEVEL = {"deg": 1.2, "tl": 0.02, "pct": 2.0}
"""A hold is at its own level within this distance, by the signal's unit ..."""
AT_LEVEL_SHARE = 0.05
"""... or within this share of the way, if the way is short."""
RATE_S = 1.0
"""Window over which the pictures are counted."""
MAX_SPEED_DEG_PER_S = 500.0
"""No person moves faster, even when they let their legs drop.

Beyond it, from one picture to the next, the film was cut or the pose model has lost the person.
"""
FLICKER_DEG = 3.0
"""A signal this far off its own curve flickers if its speed is also doubtful.

Then left and right are swapped, or a hidden leg was found again.
"""
DOUBTFUL_SPEED_SHARE = 0.4
"""A speed is doubtful if its own noise is larger than this share of it."""
FLICKER_COUNT = 5
"""Flicker cannot be seen in fewer samples."""
SWING_UNCERTAINTY_SHARE = 0.25
"""[E] Share of an angle's uncertainty that is left in a swing.

From one half of a second to the next nearly all of the error is the same; of a joint that is seen badly, it is not.
"""
NOISE_STDS = 2.0
"""The truth lies within this many standard deviations of the noise 95 times in 100."""


class DriveSignal:
    """The last seconds of the drive signal.

    Attributes
    ----------
    unit : of the signal.
    in_degrees : whether the signal is an angle; only angles have speed and bounce.
    deeper_deg : how much further the last hold went than the one before it on the same side; NaN before two holds.
    """

    def __init__(self, movement: Movement) -> None:
        self._movement, self._spec = movement, movement.drive
        self.unit = find_unit(movement.drive.signal)
        self.in_degrees = self.unit == "deg"
        self.deeper_deg = math.nan
        self._levels: dict[str | None, float] = {}
        self.restart()

    def restart(self) -> None:
        """Forget the past: another side works now."""
        self._course, self._noise = timeseries.TimeWindow(DRIVE_MEMORY_S), Noise()

    def add(self, time_s: float, value: float) -> None:
        """Add one sample. Time must rise."""
        self._course.add(time_s, value)

    def note_noise(self, time_s: float, value: float) -> None:
        """Measure the noise of the signal from which speed and bounce are computed."""
        self._noise.add(time_s, value)

    @property
    def noise(self) -> float:
        """Return the standard deviation of the signal's own noise.

        In the signal's unit; 0 before it is known.
        """
        return self._noise.std if math.isfinite(self._noise.std) else 0.0

    def last_second(self) -> tuple[timeseries.Series, timeseries.Series]:
        """Return times and values of the last second."""
        return self._course.recent(RATE_S)

    def base(self, start: dict[str, float], roles: Roles) -> float:
        """Return the drive signal in the start posture.

        The person's own value, else the movement's.
        """
        value = look_up_value(self._spec.signal, start, roles)
        return value if math.isfinite(value) else self._movement.start.nominal

    def value(self, measurements: Measurements, roles: Roles, base: float, *, unchecked: bool) -> float:
        """Return the drive signal of one frame, or NaN if it is unknown."""
        value = _find_drive(self._spec.signal, measurements, roles, unchecked=unchecked)
        if not math.isfinite(value) and self._spec.fallback:
            value = _find_drive(self._spec.fallback, measurements, roles, unchecked=unchecked)
        # a turn beyond the end of the scale continues: legs over the head are no step back
        return base + wrap_deg(value - base) if self.in_degrees else value

    def level(self, hold_from_s: float) -> float:
        """Return a hold's own level: the median of its last two seconds."""
        newest_s = float(self._course.times_s[-1])
        return timeseries.take_median(self._course.since(max(hold_from_s, newest_s - LEVEL_S))[1])

    def settled(self) -> bool:
        """Return whether the signal has come to rest."""
        # four pictures a second are enough to see rest, but not to measure speed
        slope = timeseries.slope_per_s(*self._course.recent(SETTLE_S), SETTLE_S, max_step_s=SETTLE_S / 2)
        return abs(slope) < self._spec.settle_deg_per_s

    def end_of_hold_s(self, hold_from_s: float, base: float, side: str | None) -> float:
        """Return when a finished hold was last at its own level.

        Also remember how far it went.
        """
        level = self.level(hold_from_s)
        times_s, values = self._course.since(hold_from_s)
        most = AT_LEVEL[self.unit]
        near = min(most, max(most / 3, AT_LEVEL_SHARE * abs(level - base)))
        at_level = times_s[np.abs(values - level) <= near]
        far = level * math.copysign(1.0, self._spec.least)
        self.deeper_deg = far - self._levels.get(side, math.nan)
        self._levels[side] = far
        return float(at_level[-1]) if len(at_level) else hold_from_s

    def speed(self, second_s: timeseries.Series, second: timeseries.Series) -> Value:
        """Return how fast the signal moves now, from the `last_second`, which had pictures enough."""
        times_s, values = self._course.recent(SPEED_S)
        speed = abs(timeseries.slope_per_s(times_s, values, SPEED_S))
        if not math.isfinite(speed):
            return Value(math.nan, math.nan, Reason(ReasonCode.NOT_STEADY))
        newest = slice(-max(FLICKER_COUNT, len(times_s)), None)
        flicker = timeseries.measure_flicker(second_s[newest], second[newest])
        doubt = NOISE_STDS * slope_std(times_s) * max(self.noise, flicker)
        fastest_step = float(np.max(np.abs(np.diff(values)) / np.diff(times_s)))
        if fastest_step > MAX_SPEED_DEG_PER_S or (flicker > FLICKER_DEG and doubt > DOUBTFUL_SPEED_SHARE * speed):
            return Value(math.nan, math.nan, Reason(ReasonCode.NOT_STEADY))
        return Value(speed, math.hypot(MOTION_SIGNALS["speed_deg_per_s"], doubt))

    def bounce(self, time_s: float, hold_from_s: float, *, often_enough: bool, uncertainty_deg: float) -> Value:
        """Return the size of a bounce within this hold.

        It is 0 without a bounce and without a hold.

        Parameters
        ----------
        uncertainty_deg : of the signal itself, now.
        """
        if math.isnan(hold_from_s):
            return Value(0.0, MOTION_SIGNALS["bounce_deg"])
        if not often_enough:
            return Value(math.nan, math.nan, Reason(ReasonCode.TOO_FEW_PICTURES))
        held = self._course.since(max(hold_from_s, time_s - timeseries.BOUNCE_WINDOW_S - 1e-9))
        size = timeseries.bounce_deg(*held, noise_deg=self.noise)
        unseen = SWING_UNCERTAINTY_SHARE * uncertainty_deg
        doubt = math.hypot(MOTION_SIGNALS["bounce_deg"], NOISE_STDS * self.noise, unseen)
        return Value(size, doubt, None if math.isfinite(size) else Reason(ReasonCode.NOT_STEADY))

    def uncertainty(self, measurements: Measurements, roles: Roles) -> float:
        """Return the uncertainty of the signal in one frame; 0 if it is not measured."""
        signals = filter(None, (self._spec.signal, self._spec.fallback))
        found = (find_measured(one, measurements.values, roles) for one in signals)
        return next((one.uncertainty for one in found if one is not None and math.isfinite(one.value)), 0.0)


def _find_drive(signal: str, measurements: Measurements, roles: Roles, *, unchecked: bool) -> float:
    if unchecked:
        return look_up_value(signal, measurements.unchecked, roles)
    found = find_measured(signal, measurements.values, roles)
    return math.nan if found is None else found.value


def collect_motion_values(
    movement: Movement,
    course: DriveSignal,
    start: StartPosture,
    steps: Steps,
    *,
    timing: Mapping[str, float],
    ended: Repetition | None,
    time_s: float,
    hold_from_s: float,
    uncertainty_deg: float,
) -> dict[str, Value]:
    """Return every motion signal that this movement has.

    Parameters
    ----------
    course : the drive signal.
    start : knows how still the person is.
    steps : of a rhythm.
    timing : the durations of hold and repetition.
    ended : the repetition that this frame ended.
    time_s, hold_from_s : this moment, and when the hold began (NaN without one).
    uncertainty_deg : of the drive signal, now.
    """
    second = course.last_second()
    enough, too_few = is_often_enough(second[0]), Value(math.nan, math.nan, Reason(ReasonCode.TOO_FEW_PICTURES))
    unrest = start.rest.measure_unrest() if enough else too_few
    motion = {"unrest_tl": unrest, **wrap_values(timing)}
    if movement.drive.kind == "reach":
        motion |= wrap_values({"hesitations_n": ended.hesitations if ended else math.nan})
    if movement.drive.kind == "rhythm":
        motion |= wrap_values({"steps_per_min": steps.per_min})
    if course.in_degrees:
        turning = {
            "speed_deg_per_s": course.speed(*second) if enough else too_few,
            "bounce_deg": course.bounce(time_s, hold_from_s, often_enough=enough, uncertainty_deg=uncertainty_deg),
        }
        motion = {**turning, **wrap_values({"deeper_deg": course.deeper_deg}), **motion}
    return motion


def missing_reasons(movement: Movement, measurements: Measurements, roles: Roles) -> dict[str, Value]:
    """Return the reason of every motion signal where the drive signal itself is missing."""
    drive = find_measured(movement.drive.signal, measurements.values, roles)
    why = drive.reason if drive is not None else None
    return dict.fromkeys(MOTION_SIGNALS, Value(math.nan, math.nan, why or Reason(ReasonCode.NOT_STEADY)))


def wrap_values(values: Mapping[str, float]) -> dict[str, Value]:
    """Return motion signals whose noise is not measured, with their usual uncertainty."""
    return {
        name: Value(value, MOTION_SIGNALS[name], None if math.isfinite(value) else Reason(NOT_YET[name]))
        for name, value in values.items()
    }
