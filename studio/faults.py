"""Form faults: what changes in the controls while a posture is reached and held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SPINE_FLEX, DEG, SECONDS, METRES, FRACTION = "deg_spine_flexion", "deg", "s", "m", "fraction"
GAZE_KEPT = 0.7
"""Share of the chest's turn that the neck takes back when a back rounds."""


@dataclass(frozen=True)
class Fault:
    """One mistake, its size in one unit.

    Parameters
    ----------
    unit : of the magnitude; `deg_spine_flexion` is lumbar plus thoracic.
    usual : magnitude where the clip list gives none.
    per_unit : control -> what is added per unit of the magnitude.
    fixed : control -> what is added whatever the magnitude.
    shrink : controls that are multiplied by (1 - magnitude).
    postures : only while these are reached and held; None = all.
    pulse : control -> share of the magnitude (peak to peak) in a sine during the hold.
    hz : of the pulse.
    speed : phases that take as many seconds as the magnitude says.
    always : there from the first frame to the last, not only while a posture is reached and held.
    """

    unit: str
    usual: float
    per_unit: Mapping[str, float] = field(default_factory=dict)
    fixed: Mapping[str, float] = field(default_factory=dict)
    shrink: tuple[str, ...] = ()
    postures: tuple[str, ...] | None = None
    pulse: Mapping[str, float] = field(default_factory=dict)
    hz: float = 1.4
    speed: tuple[str, ...] = ()
    always: bool = False


def rounding(usual: float = 62.0, *, lean: str = "lean", lean_back: float = 0.42, lumbar: float = 0.55) -> Fault:
    """Return a back that rounds; the pelvis tips less so that the trunk stays about as low.

    The neck takes most of the bend back: people who round their back go on looking about where they looked.
    """
    neck = -GAZE_KEPT * (1 - lean_back)
    return Fault(SPINE_FLEX, usual, {"lumbar": lumbar, "thoracic": 1 - lumbar, lean: -lean_back, "neck": neck})


def bounce(control: str, usual: float = 9.0, extra: Mapping[str, float] | None = None) -> Fault:
    """Return pulses at the end of the range; the magnitude is the main angle from peak to peak."""
    return Fault(DEG, usual, pulse={control: 1.0, **(extra or {})})


TOO_FAST = Fault(SECONDS, 0.5, speed=("move", "return"))
DROPPING = Fault(SECONDS, 0.35, speed=("return",))
HEAD_DOWN = Fault(DEG, 95.0, {"neck": 0.88, "head": 0.18, "thoracic": 0.1})
HEAD_UP = Fault(DEG, 90.0, {"neck": -0.85, "head": -0.15})
HEAD_LIFTS = Fault(DEG, 50.0, {"neck": 0.55, "head": 0.15, "thoracic": 0.45})
