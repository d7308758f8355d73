"""The table of joint measurements: how each is made, from which landmarks, how sure it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from . import view
from .contour import TrunkAxis
from .geometry import Point, elevation_deg, inclination_deg, interior_angle_deg, mid, turn_deg, wrap_deg
from .records import PoseFrame
from .skeleton import INDEX, PAIRS, SIDES

DECIMALS = 4
"""Values are rounded to this many decimals, so that the last bit of a machine's arithmetic decides nothing."""
FRONT_UNKNOWN = "front and back cannot be told apart"


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The person's own start posture, against which change is measured.

    Parameters
    ----------
    values : name -> median value in the start posture.
    neutral : (33,) contour descriptor of the own neutral back, or None where there is none.
    neutral_reason : why there is no neutral; empty where there is one.
    trunk_px : trunk length in the start posture, px.
    hip, ankle : mid points in the start posture, px; None before it was seen.
    """

    values: dict[str, float] = field(default_factory=dict)
    neutral: NDArray[np.float64] | None = None
    neutral_reason: str = "your own neutral back was not seen"
    trunk_px: float = math.nan
    hip: Point | None = None
    ankle: Point | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One pose made ready for measuring; landmarks as plain numbers."""

    pose: PoseFrame
    xy: list[Point]
    axis: TrunkAxis
    yaw_deg: float
    reference: Reference
    scale_px: float

    def mid(self, part: str) -> Point:
        """Return the point half-way between the left and the right landmark of a part."""
        left, right = PAIRS[part]
        return mid(self.xy[left], self.xy[right])

    def tl(self, px: float) -> float:
        """Return a distance in trunk lengths."""
        return px / self.scale_px

    @property
    def forward(self) -> int:
        """+1 where the toes point right in the picture, -1 left."""
        (left_toes, right_toes), (left_heel, right_heel) = PAIRS["foot_index"], PAIRS["heel"]
        ahead = self.xy[left_toes][0] + self.xy[right_toes][0] - self.xy[left_heel][0] - self.xy[right_heel][0]
        return 1 if ahead >= 0 else -1

    @property
    def blocked(self) -> str:
        """Why no angle of this picture says anything about the body; empty where they do."""
        if not self.yaw_deg <= view.MAX_YAW_DEG:
            return view.NOT_SIDE_ON
        return "" if self.axis.sure else FRONT_UNKNOWN

    @property
    def widening(self) -> float:
        """How much wider than side-on every uncertainty is from here (catalogue 0.3)."""
        return 5 / 3 if self.yaw_deg > view.GOOD_YAW_DEG else 1.0


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the table below: how a measurement is made, from which landmarks, how sure it is.

    `uncertainty` is the half-width that held the truth 95 times in 100 on rendered people seen from
    the side (yaw up to 15 degrees); it is widened with yaw and with poor visibility.
    """

    formula: Callable[..., float]
    """Takes the body and, where `takes_points`, each landmark's point."""
    landmarks: tuple[str, ...]
    uncertainty: float
    takes_points: bool = True
    index: tuple[int, ...] = field(init=False)
    """Where the landmarks stand in every array of landmarks."""
    parts: frozenset[int] = field(init=False)
    """The same, without order."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", tuple(INDEX[name] for name in self.landmarks))
        object.__setattr__(self, "parts", frozenset(self.index))

    def value(self, body: Body) -> float:
        """Return the rounded value, NaN where a landmark is missing."""
        points = [body.xy[i] for i in self.index] if self.takes_points else ()
        return round(self.formula(body, *points), DECIMALS)


def _sided(
    table: dict[str, Measure], name: str, parts: tuple[str, ...], u: float, formula: Callable[..., float]
) -> None:
    for side in SIDES:
        table[name.format(side=side)] = Measure(formula, tuple(f"{side}_{part}" for part in parts), u)


def _build_table() -> dict[str, Measure]:
    t: dict[str, Measure] = {}
    leg, arm, line = ("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"), ("shoulder", "hip", "ankle")
    _sided(t, "knee_{side}_deg", leg, 9, lambda _, h, k, a: interior_angle_deg(h, k, a))
    _sided(
        t,
        "trunk_thigh_{side}_deg",
        ("shoulder", "hip", "knee"),
        12,
        lambda b, s, h, k: turn_deg(s, h, k, front=b.axis.front),
    )
    _sided(t, "elbow_{side}_deg", arm, 16, lambda _, s, e, w: interior_angle_deg(s, e, w))
    _sided(
        t, "arm_elevation_{side}_deg", ("hip", "shoulder", "elbow"), 12, lambda _, h, s, e: interior_angle_deg(h, s, e)
    )
    _sided(t, "body_line_{side}_deg", line, 9, lambda b, s, h, a: 360 - turn_deg(s, h, a, front=b.axis.front))
    _sided(
        t, "shank_inclination_{side}_deg", ("ankle", "knee"), 8, lambda b, a, k: inclination_deg(a, k, front=b.forward)
    )
    _sided(t, "thigh_elevation_{side}_deg", ("hip", "knee"), 8, lambda _, h, k: elevation_deg(h, k))
    _sided(t, "leg_elevation_{side}_deg", ("hip", "ankle"), 6, lambda _, h, a: elevation_deg(h, a))
    _sided(t, "wrist_below_knee_{side}_tl", ("wrist", "knee"), 0.1, lambda b, w, k: b.tl(w[1] - k[1]))
    _sided(t, "wrist_ahead_of_shoulder_{side}_tl", ("wrist", "shoulder"), 0.12, lambda b, w, s: abs(b.tl(w[0] - s[0])))
    _sided(t, "elbow_ahead_of_shoulder_{side}_tl", ("elbow", "shoulder"), 0.12, lambda b, e, s: abs(b.tl(e[0] - s[0])))
    _sided(t, "knee_ahead_of_hip_{side}_tl", ("knee", "hip"), 0.1, lambda b, k, h: abs(b.tl(k[0] - h[0])))
    _sided(t, "knee_above_toes_{side}_tl", ("knee", "foot_index"), 0.08, lambda b, k, f: b.tl(f[1] - k[1]))
    _sided(t, "hip_above_toes_{side}_tl", ("hip", "foot_index"), 0.08, lambda b, h, f: b.tl(f[1] - h[1]))
    hips, trunk = ("left_hip", "right_hip"), ("left_shoulder", "right_shoulder", "left_hip", "right_hip")
    head = (*trunk, "left_ear", "right_ear")
    for name, formula, landmarks, u in (
        ("trunk_inclination_deg", _trunk_inclination, trunk, 7),
        ("head_trunk_deg", _head_trunk, head, 12),
        ("face_trunk_deg", _face_trunk, (*head, "nose"), 18),
        ("hip_shift_tl", _hip_shift, hips, 0.12),
        ("hip_drift_tl", _hip_drift, hips, 0.06),
        ("trunk_length_tl", lambda b: b.tl(b.axis.length_px), trunk, 0.06),
    ):
        t[name] = Measure(formula, landmarks, u, takes_points=False)
    return t


def _trunk_inclination(b: Body) -> float:
    """Trunk against the vertical, 0 = upright, + = forward."""
    return inclination_deg(b.axis.hip, b.axis.shoulder, front=b.axis.front)


def _head_trunk(b: Body) -> float:
    """Head against the trunk line, 0 = in line, + = chin towards the chest."""
    return wrap_deg(inclination_deg(b.axis.shoulder, b.mid("ear"), front=b.axis.front) - _trunk_inclination(b))


def _face_trunk(b: Body) -> float:
    """Ear-nose line against the trunk's own level, 0 = looking straight out from the chest, + = down."""
    face = inclination_deg(b.mid("ear"), b.xy[INDEX["nose"]], front=b.axis.front)
    return wrap_deg(face - _trunk_inclination(b) - 90.0)


def _hip_shift(b: Body) -> float:
    """Hips behind the feet against the start posture, + = further back."""
    if b.reference.hip is None or b.reference.ankle is None:
        return math.nan
    behind = b.mid("ankle")[0] - b.mid("hip")[0]
    return b.tl((behind - (b.reference.ankle[0] - b.reference.hip[0])) * b.forward)


def _hip_drift(b: Body) -> float:
    """How far the hips have moved sideways in the picture since the start posture, + = forward."""
    if b.reference.hip is None:
        return math.nan
    towards_head = b.axis.shoulder[0] - b.axis.hip[0]
    return b.tl((b.axis.hip[0] - b.reference.hip[0]) * ((towards_head > 0) - (towards_head < 0)))


TABLE: dict[str, Measure] = _build_table()
"""Name of the measurement -> how it is made."""
