"""Which phase a single picture shows: there is no course to follow."""

from __future__ import annotations

import math

from .movement import Movement
from .records import Measurements
from .signals import Roles
from .start import posture_holds

STRONG_DEG = 45.0
"""A single picture without an own neutral shows one end of a cycle only where it is this strong."""


def phase_of_picture(movement: Movement, measurements: Measurements, roles: Roles, drive: float) -> str:
    """Return the phase: ``setup`` where the picture shows no more than the start posture.

    Parameters
    ----------
    drive : the movement's drive signal in this picture.
    """
    spec = movement.drive
    if spec.kind == "pose":
        held = posture_holds(spec.hold_when, measurements, roles)
    elif spec.kind == "reach":
        held = (drive - movement.start.nominal) * math.copysign(1, spec.least) >= abs(spec.least)
    else:
        return "setup" if not abs(drive) > STRONG_DEG else "high" if drive > 0 else "low"
    starts = posture_holds(movement.start.when, measurements, roles)
    only_starts = starts and not posture_holds(movement.recognise, measurements, roles)
    return "hold" if held and not only_starts else "setup"
