"""What is told of the motion in one frame: speed, bounce, unrest, pace, hesitation, and what is not known of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from .drive_course import DriveCourse
from .motion import often_enough
from .movement import Movement
from .records import Measurements, Repetition, Told
from .rhythm import Steps
from .signals import MOTION_SIGNALS, NOT_STEADY, NOT_YET, TOO_FEW, Roles, resolve
from .start import StartPosture


class MotionTold(NamedTuple):
    """What is told of the motion in one frame.

    Parameters
    ----------
    values : motion signal -> value; NaN where it cannot be told.
    uncertainty : half-widths of those that can be told.
    reasons : why the others cannot.
    """

    values: Mapping[str, float]
    uncertainty: Mapping[str, float]
    reasons: Mapping[str, str]


def motion_told(
    movement: Movement,
    course: DriveCourse,
    start: StartPosture,
    steps: Steps,
    timing: Mapping[str, float],
    ended: Repetition | None,
    *,
    time_s: float,
    hold_from_s: float,
) -> MotionTold:
    """Return every motion signal that this movement has.

    Parameters
    ----------
    course : of the drive signal.
    start : knows how still the person is.
    steps : of a rhythm.
    timing : how long hold and repetition have lasted.
    ended : the repetition that this frame ended.
    time_s, hold_from_s : now, and when the hold began (NaN without one).
    """
    second = course.last_second()
    enough, too_few = often_enough(second[0]), Told(math.nan, math.nan, TOO_FEW)
    unrest = start.rest.told() if enough else too_few
    told = {"unrest_tl": unrest, **_plain(timing)}
    if movement.drive.kind == "reach":
        told |= _plain({"hesitations_n": ended.hesitations if ended else math.nan})
    if movement.drive.kind == "rhythm":
        told |= _plain({"steps_per_min": steps.per_min})
    if course.in_degrees:
        turning = {
            "speed_deg_per_s": course.speed(*second) if enough else too_few,
            "bounce_deg": course.bounce(time_s, hold_from_s, often_enough=enough),
        }
        told = {**turning, **_plain({"deeper_deg": course.deeper_deg}), **told}
    return MotionTold(
        {name: one.value for name, one in told.items()},
        {name: one.uncertainty for name, one in told.items() if not one.reason},
        {name: one.reason for name, one in told.items() if one.reason},
    )


def untold(movement: Movement, measurements: Measurements, roles: Roles) -> MotionTold:
    """Return why nothing is told of the motion: the drive signal itself cannot be told."""
    drive = resolve(movement.drive.signal, working=roles.working, near=roles.near) or ""
    return MotionTold({}, {}, dict.fromkeys(MOTION_SIGNALS, measurements.reason.get(drive, NOT_STEADY)))


def _plain(values: Mapping[str, float]) -> dict[str, Told]:
    """Numbers whose noise is not measured."""
    return {
        name: Told(value, MOTION_SIGNALS[name], "" if math.isfinite(value) else NOT_YET[name])
        for name, value in values.items()
    }
