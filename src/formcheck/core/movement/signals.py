"""The signal names of a movement file, and the measurement of each.

A signal is a measurement of `measure.MEASUREMENT_NAMES`. ``near``, ``far``, ``working`` and ``other`` in the place of
a side are filled in while the film runs: ``knee_working_deg`` is ``knee_left_deg`` if the left leg works.
`MOTION_SIGNALS` are computed from the change of the drive signal over time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from formcheck.core.measure.measure import MEASUREMENT_NAMES
from formcheck.core.reasons import ReasonCode
from formcheck.core.records import Value
from formcheck.core.skeleton import Side, find_other_side

ROLES = ("working", "other", "near", "far")
MOTION_SIGNALS: dict[str, float] = {
    "speed_deg_per_s": 15.0,
    "bounce_deg": 1.0,
    "repetition_s": 0.3,
    "hold_s": 0.5,
    "unrest_tl": 0.02,
    "steps_per_min": 6.0,
    "deeper_deg": 6.0,
    "hesitations_n": 0.5,
}
"""Signals computed from the movement over time, with their uncertainty."""
NOT_YET = {
    "steps_per_min": ReasonCode.NO_STEPS,
    "deeper_deg": ReasonCode.NO_HOLD_BEFORE,
    "repetition_s": ReasonCode.NO_REPETITION,
    "hold_s": ReasonCode.NO_HOLD,
    "hesitations_n": ReasonCode.NO_WHOLE_APPROACH,
}
"""Reason of a missing motion signal if no other reason is known."""
UNITS = ("deg_per_s", "per_min", "deg", "pct", "tl", "s", "n")


class Roles(NamedTuple):
    """The working side and the side next to the camera; None while unknown."""

    working: Side | None
    near: Side | None


def find_role(signal: str) -> str:
    """Return the role in a signal's place of a side; empty if there is none."""
    return next((role for role in ROLES if f"_{role}_" in signal), "")


def is_signal(name: str) -> bool:
    """Return whether a movement file may name this signal."""
    role = find_role(name)
    return name in MOTION_SIGNALS or (name.replace(f"_{role}_", "_left_") if role else name) in MEASUREMENT_NAMES


def find_unit(signal: str) -> str:
    """Return the unit that a signal's name carries.

    Examples
    --------
    >>> find_unit("knee_left_deg"), find_unit("speed_deg_per_s")
    ('deg', 'deg_per_s')
    """
    return next((unit for unit in UNITS if signal.endswith(f"_{unit}")), "")


@lru_cache(maxsize=4096)
def resolve(signal: str, *, working: Side | None, near: Side | None) -> str | None:
    """Return the measurement that a signal means, or None while the side is unknown.

    Examples
    --------
    >>> resolve("knee_far_deg", working=None, near="left")
    'knee_right_deg'
    """
    role = find_role(signal)
    if not role:
        return signal
    side = {
        "working": working,
        "near": near,
        "other": working and find_other_side(working),
        "far": near and find_other_side(near),
    }[role]
    return signal.replace(f"_{role}_", f"_{side}_") if side else None


def find_measured(signal: str, values: Mapping[str, Value], roles: Roles) -> Value | None:
    """Return a signal's measurement.

    None while its side is unknown or if it was not measured.
    """
    name = resolve(signal, working=roles.working, near=roles.near)
    return values.get(name) if name else None


def look_up_value(signal: str, values: Mapping[str, float], roles: Roles) -> float:
    """Return the value of a signal's measurement, or NaN if it is unknown."""
    name = resolve(signal, working=roles.working, near=roles.near)
    return values.get(name, math.nan) if name else math.nan
