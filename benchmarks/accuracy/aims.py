"""What formcheck aims at, and whether a set of clips shows it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .back import NO_NEUTRAL, OWN_NEUTRAL

INSIDE = (0.93, 0.97)
"""Share of the frames that an honest 95 % band holds."""


@dataclass(frozen=True, slots=True)
class Aim:
    """One thing to reach.

    Parameters
    ----------
    least, most : the value must lie between; None = open end.
    value : what the set shows; NaN where it shows nothing about it.
    kind : deg, pct (of the chord), share or auc.
    """

    name: str
    least: float | None
    most: float | None
    value: float
    kind: str

    @property
    def reached(self) -> bool | None:
        """Return whether the aim is reached; None if the set does not show it."""
        if math.isnan(self.value):
            return None
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)


def aims(results: Mapping[str, Any]) -> Iterator[Aim]:
    """Yield every aim with what the results of a set show."""
    yield from _errors(results)
    yield from _bands(results)
    yield from _backs(results)
    view = results["view"]
    yield Aim("camera yaw, error over a clip", None, 4.0, view["yaw"]["clip_mae"], "deg")
    yield Aim("rightly judged, or rightly not, by the yaw", 0.95, None, view["yaw"]["gate_right"], "share")
    yield Aim("a wrong fault from beyond 35° of yaw, share of the frames", None, 0.01, view["blind"]["wrong"], "share")


def _errors(results: Mapping[str, Any]) -> Iterator[Aim]:
    numbers, postures = results["all"]["numbers"], results["breakdowns"]["posture"]
    for key, name, most, kind in (
        ("knee", "knee", 3.0, "deg"),
        ("trunk_thigh", "shoulder-hip-knee", 3.5, "deg"),
        ("elbow", "elbow", 6.0, "deg"),
        ("trunk_inclination", "trunk inclination", 2.0, "deg"),
        ("back_curve", "back curve, its change since the start", 2.0, "pct"),
        ("back_bend", "back bend with the own neutral", 6.0, "deg"),
    ):
        yield Aim(f"{name}, mean error", None, most, _of(numbers, key, "mae"), kind)
        if key == "elbow":
            each = {posture: _of(group["numbers"], key, "mae") for posture, group in postures.items()}
            known = {posture: value for posture, value in each.items() if not math.isnan(value)}
            worst = max(known, key=lambda posture: known[posture], default="")
            yield Aim(f"elbow in the worst posture ({worst or 'none'})", None, most, known.get(worst, math.nan), kind)


def _bands(results: Mapping[str, Any]) -> Iterator[Aim]:
    for key, name in (
        ("knee", "knee"),
        ("trunk_thigh", "shoulder-hip-knee"),
        ("elbow", "elbow"),
        ("trunk_inclination", "trunk inclination"),
        ("back_curve", "back curve"),
        ("back_bend", "back bend"),
    ):
        yield Aim(
            f"{name}, truth inside the stated band", *INSIDE, _of(results["all"]["numbers"], key, "inside"), "share"
        )


def _backs(results: Mapping[str, Any]) -> Iterator[Aim]:
    own, none = results["back"]["all"][OWN_NEUTRAL], results["back"]["all"][NO_NEUTRAL]
    yield Aim("rounded against neutral, own neutral known, AUC", 0.995, None, own["rounded_auc"], "auc")
    yield Aim("rounded against neutral, own neutral not known, AUC", 0.98, None, none["rounded_auc"], "auc")
    yield Aim("hollow against neutral, own neutral known, AUC", 0.95, None, own["hollow_auc"], "auc")


def _of(numbers: Mapping[str, Mapping[str, float]], measurement: str, key: str) -> float:
    return numbers[measurement][key] if measurement in numbers else math.nan
