"""The working side: named by the user, given by the posture, or found from movement."""

from __future__ import annotations

import math
from collections.abc import Mapping

from formcheck.core.geometry import wrap_deg
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import Roles, find_role, find_unit, look_up_value
from formcheck.core.records import Measurements
from formcheck.core.skeleton import SIDES, Side

from .start_posture import is_posture_met


class WorkingSide:
    """Finds the working side, frame by frame.

    Parameters
    ----------
    movement : defines how the side shows: by `drive.side_when`, else by the side whose drive signal moves, else it is
        the side next to the camera.
    named : the side the user named. If sides take turns (`dose.alternating`) it is only the first side.
    """

    def __init__(self, movement: Movement, named: Side | None) -> None:
        self._movement, self._named = movement, named
        self._fixed = named is not None and not movement.dose.alternating
        self._shows_in_drive = find_role(movement.drive.signal) in ("working", "other")
        self._now: Side | None = named

    def step(self, measurements: Measurements, start: Mapping[str, float], *, sure: bool) -> Side | None:
        """Return the working side of this frame, or None if no side works.

        Parameters
        ----------
        start : values in the person's own start posture.
        sure : the repetition has gone so far that its side no longer changes.
        """
        if not self._movement.two_sided:
            return None
        if not (self._fixed or (sure and self._now)):
            self._now = self._seen(measurements, start) or self._now or measurements.view.near
        return self._now

    def _seen(self, measurements: Measurements, start: Mapping[str, float]) -> Side | None:
        drive, near = self._movement.drive, measurements.view.near
        if drive.side_when:
            sides = [s for s in SIDES if is_posture_met(drive.side_when, measurements, Roles(s, near))]
            return sides[0] if len(sides) == 1 else None
        if not self._shows_in_drive:
            return self._named or near
        away = {side: self._away(measurements, Roles(side, near), start) for side in SIDES}
        side = max(SIDES, key=lambda s: away[s])
        return side if away[side] > drive.departs / 2 else None

    def _away(self, measurements: Measurements, roles: Roles, start: Mapping[str, float]) -> float:
        """Return how far one side's drive signal is from the start.

        Positive = in the movement's direction.
        """
        drive = self._movement.drive
        value, base = (
            look_up_value(drive.signal, measurements.unchecked, roles),
            look_up_value(drive.signal, start, roles),
        )
        base = base if math.isfinite(base) else self._movement.start.nominal
        away = (wrap_deg(value - base) if find_unit(drive.signal) == "deg" else value - base) * math.copysign(
            1, drive.least
        )
        return away if math.isfinite(away) else -math.inf
