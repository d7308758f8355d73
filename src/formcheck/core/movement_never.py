"""What can never happen: conditions that exclude each other, limits nobody reaches, a hold that never begins."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

from .signals import MOTION_SIGNALS, unit_of

Table = Mapping[str, Any]

_SPANS = (
    (("knee_", "elbow_", "arm_elevation_"), (0.0, 180.0)),
    (("trunk_thigh_", "body_line_"), (0.0, 360.0)),
    (("yaw_",), (0.0, 90.0)),
    (("shank_", "thigh_", "leg_", "trunk_inclination_", "head_trunk_", "face_trunk_"), (-180.0, 180.0)),
)
"""By the first word of a signal: the values that its formula can give at all."""


class Limit(NamedTuple):
    """One end of what a condition lets through."""

    signal: str
    word: str
    value: float
    key: tuple[Any, ...]
    """Conditions of the same key look at the same number."""


def span(signal: str, *, moved: bool = False) -> tuple[float, float]:
    """Return the least and the greatest value that a signal can have; `moved`: its change or its range.

    Examples
    --------
    >>> span("knee_near_deg"), span("hold_s"), span("trunk_inclination_deg", moved=True)
    ((0.0, 180.0), (0.0, inf), (-360.0, 360.0))
    """
    if signal in MOTION_SIGNALS:
        return -math.inf if signal == "deeper_deg" else 0.0, math.inf
    if unit_of(signal) != "deg":
        return -math.inf, math.inf
    low, high = next((ends for words, ends in _SPANS if signal.startswith(words)), (-360.0, 360.0))
    return (low - high, high - low) if moved else (low, high)


def limit_of(condition: Table) -> Limit | None:
    """Return the limit of a condition, None where the schema will complain."""
    word = "above" if "above" in condition else "below"
    value, signal = condition.get(word), condition.get("signal")
    if not isinstance(value, int | float) or isinstance(value, bool) or not isinstance(signal, str):
        return None
    key = (signal, bool(condition.get("change")), str(condition.get("reduce")))
    return Limit(signal, word, float(value), key) if math.isfinite(value) else None


def never_met(where: str, conditions: Iterable[Table]) -> Iterator[str]:
    """Yield one line for each condition of a group that nothing meets, alone or together with another one."""
    floors: dict[tuple[Any, ...], float] = {}
    ceilings: dict[tuple[Any, ...], float] = {}
    for index, condition in enumerate(conditions):
        limit = limit_of(condition)
        if limit is None:
            continue
        low, high = span(limit.signal, moved=limit.key[1:] != (False, "None"))
        if not (limit.value < high if limit.word == "above" else limit.value > low):
            within = f"{low:g} to {high:g}".replace("-inf", "any").replace("inf", "any")
            place = f"{where}.{index}.{limit.word}"
            yield f"{place}: expected a limit that is passed, got {limit.value:g}; {limit.signal} is {within}"
        if limit.word == "above":
            floors[limit.key] = max(limit.value, floors.get(limit.key, -math.inf))
        else:
            ceilings[limit.key] = min(limit.value, ceilings.get(limit.key, math.inf))
    for key in floors.keys() & ceilings.keys():
        if floors[key] >= ceilings[key]:
            yield f"{where}: expected what can be, got {key[0]} above {floors[key]:g} and below {ceilings[key]:g}"


def never_reached(drive: Table, start: Table) -> Iterator[str]:
    """Yield one line for each number of a drive that keeps a phase from ever beginning."""
    for key in ("departs", "least", "leaves", "settle_deg_per_s"):
        value = drive.get(key)
        if _is_number(value) and (value <= 0 if key != "least" else value == 0):
            wanted = "a distance other than 0" if key == "least" else "more than 0"
            yield f"drive.{key}: expected {wanted}, got {value:g}"
    if drive.get("kind") == "reach":
        yield from _never_reached_from_start(drive, start)


def _never_reached_from_start(drive: Table, start: Table) -> Iterator[str]:
    signal, least, departs = drive.get("signal"), drive.get("least", 15.0), drive.get("departs", 8.0)
    nominal = start.get("nominal", 0.0)
    if not isinstance(signal, str) or not _is_number(least) or not _is_number(nominal):
        return
    low, high = span(signal)
    if not low <= nominal + least <= high:
        came = f"got {least:g} from {nominal:g}; {signal} is never {nominal + least:g}"
        yield f"drive.least: expected a distance that is reached, {came}"
    if _is_number(departs) and departs > abs(least) > 0:
        yield f"drive.departs: expected at most least = {abs(least):g}, got {departs:g}"
    for index, condition in enumerate(c for c in _list(start.get("when")) if isinstance(c, Mapping)):
        limit = limit_of(condition)
        if limit is None or limit.signal != signal:
            continue
        if not (nominal > limit.value if limit.word == "above" else nominal < limit.value):
            yield (
                f"start.nominal: expected a value of the start posture, got {nominal:g}; "
                f"start.when.{index} wants {signal} {limit.word} {limit.value:g}"
            )


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _list(part: object) -> list[Any]:
    return part if isinstance(part, list) else []
