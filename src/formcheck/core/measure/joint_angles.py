"""The table of joint measurements: formula, landmarks and uncertainty of each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.core.geometry import (
    Point,
    direction_deg,
    elevation_deg,
    inclination_deg,
    interior_angle_deg,
    mid,
    turn_deg,
    wrap_deg,
)
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import INDEX, PAIRS, SIDES, Side, find_other_side

from . import camera_view
from .back import Bend
from .camera_view import TRUNK_PER_SHOULDERS
from .contour import TrunkAxis
from .networks import DEFAULT_NETWORK

SeenFrom = Literal["side", "front", "any"]
"""The views from which a measurement can be seen."""
_FEET = tuple(zip(PAIRS["foot_index"], PAIRS["heel"], strict=True))


NO_NEUTRAL, NO_ROUNDED = Reason(ReasonCode.NO_NEUTRAL), Reason(ReasonCode.NO_ROUNDED)


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The person's own start posture, against which changes are measured.

    Parameters
    ----------
    values : name -> median value in the start posture.
    neutral : (33,) contour descriptor of the own neutral back, or None.
    neutral_reason : why there is no neutral; None if there is one.
    trunk_px : trunk length in the start posture, px.
    shoulders_px : distance between the shoulders in the start posture, px.
    xy : (33) points of the start posture, px; empty before it was seen.
    rounded : how far the own gently rounded back bends against the own neutral, or None if unknown.
    rounded_reason : why it is unknown; None if it is known.
    """

    values: dict[str, float] = field(default_factory=dict)
    neutral: NDArray[np.float64] | None = None
    neutral_reason: Reason | None = NO_NEUTRAL
    trunk_px: float = math.nan
    shoulders_px: float = math.nan
    xy: list[Point] = field(default_factory=list)
    rounded: Bend | None = None
    rounded_reason: Reason | None = NO_ROUNDED

    def mid(self, part: str) -> Point:
        """Return the mid point between left and right in the start posture.

        NaN before the start posture was seen.
        """
        left, right = PAIRS[part]
        return mid(self.xy[left], self.xy[right]) if self.xy else (math.nan, math.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One pose prepared for measuring; landmarks as plain numbers."""

    pose: PoseFrame
    xy: list[Point]
    axis: TrunkAxis
    yaw_deg: float
    reference: Reference
    scale_px: float
    near: Side
    person_share: float
    network: str = DEFAULT_NETWORK
    forward: float = field(init=False)
    """+1 if the toes point right in the picture, -1 left; NaN without a foot."""

    def __post_init__(self) -> None:
        ahead = [x for toes, heel in _FEET if math.isfinite(x := self.xy[toes][0] - self.xy[heel][0])]
        object.__setattr__(self, "forward", math.copysign(1.0, sum(ahead)) if ahead else math.nan)

    def mid(self, part: str) -> Point:
        """Return the mid point between the left and the right landmark of a part."""
        left, right = PAIRS[part]
        return mid(self.xy[left], self.xy[right])

    def tl(self, px: float) -> float:
        """Return a distance in trunk lengths."""
        return px / self.scale_px

    def front_tl(self, px: float) -> float:
        """Return a distance across the picture in trunk lengths, for a camera in front.

        The shoulder width gives the scale.
        """
        shoulders_px = self.reference.shoulders_px
        if not math.isfinite(shoulders_px):
            shoulders_px = self.apart_px
        return px / (shoulders_px * TRUNK_PER_SHOULDERS) if shoulders_px > 0 else math.nan

    @property
    def apart_px(self) -> float:
        """Return the distance between the shoulders, px."""
        left, right = PAIRS["shoulder"]
        return math.dist(self.xy[left], self.xy[right])

    def start(self, landmark: str) -> Point:
        """Return where a landmark was in the start posture; NaN before it was seen."""
        return self.reference.xy[INDEX[landmark]] if self.reference.xy else (math.nan, math.nan)

    @property
    def blocked(self) -> dict[SeenFrom, Reason | None]:
        """Return view -> why its measurements cannot be made; None if they can."""
        side = None if self.axis.sure else Reason(ReasonCode.FRONT_UNKNOWN)
        return {
            "side": side if self.yaw_deg <= camera_view.MAX_YAW_DEG else Reason(ReasonCode.NOT_SIDE_ON),
            "front": None if self.yaw_deg >= camera_view.MIN_FRONT_YAW_DEG else Reason(ReasonCode.NOT_IN_FRONT),
            "any": None,
        }

    @property
    def widening(self) -> float:
        """Return the factor by which this view widens side-view uncertainties.

        1 at the best camera position (catalogue 0.3).
        """
        beyond = (self.yaw_deg - camera_view.GOOD_YAW_DEG) / camera_view.YAW_RAMP_DEG
        return 1.0 + 2 / 3 * min(1.0, max(0.0, beyond))


DECIMALS = 4
"""Values are rounded to this many decimals.

So the last bit of a machine's arithmetic decides nothing.
"""


@dataclass(frozen=True, slots=True)
class MeasurementDef:
    """One row of the table below: formula, landmarks and uncertainty of a measurement.

    `uncertainty` is used if `uncertainty.json` has no fit: for measurements from the front, and for those with
    landmarks that the rendered skeleton lacks. It is widened with yaw and with poor visibility.
    """

    formula: Callable[..., float]
    """Takes the body and, if `takes_points`, the point of each landmark."""
    landmarks: tuple[str, ...]
    uncertainty: float
    takes_points: bool = True
    seen: SeenFrom = "side"
    index: tuple[int, ...] = field(init=False)
    """The rows of the landmarks in every array of landmarks."""
    parts: frozenset[int] = field(init=False)
    """The same as a set."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "index", tuple(INDEX[name] for name in self.landmarks))
        object.__setattr__(self, "parts", frozenset(self.index))

    def value(self, body: Body) -> float:
        """Return the value before rounding; NaN if a landmark is missing."""
        return self.formula(body, *map(body.xy.__getitem__, self.index)) if self.takes_points else self.formula(body)


_TRUNK_LANDMARKS = ("left_shoulder", "right_shoulder", "left_hip", "right_hip")


def _add_sided(
    table: dict[str, MeasurementDef], name: str, parts: tuple[str, ...], u: float, formula: Callable[..., float]
) -> None:
    for side in SIDES:
        table[name.format(side=side)] = MeasurementDef(formula, tuple(f"{side}_{part}" for part in parts), u)


def _build_table() -> dict[str, MeasurementDef]:
    t: dict[str, MeasurementDef] = {}
    _add_angles(t)
    _add_distances(t)
    _add_mids(t)
    _add_sides_apart(t)
    return t


def _add_angles(t: dict[str, MeasurementDef]) -> None:
    leg, arm, line = ("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"), ("shoulder", "hip", "ankle")
    trunk_leg, trunk_arm = ("shoulder", "hip", "knee"), ("hip", "shoulder", "elbow")
    shank, thigh, whole_leg = ("ankle", "knee"), ("hip", "knee"), ("hip", "ankle")
    _add_sided(t, "knee_{side}_deg", leg, 9, lambda _, h, k, a: interior_angle_deg(h, k, a))
    _add_sided(t, "trunk_thigh_{side}_deg", trunk_leg, 12, lambda b, s, h, k: turn_deg(s, h, k, front=b.axis.front))
    _add_sided(t, "elbow_{side}_deg", arm, 16, lambda _, s, e, w: interior_angle_deg(s, e, w))
    _add_sided(t, "arm_elevation_{side}_deg", trunk_arm, 12, lambda _, h, s, e: interior_angle_deg(h, s, e))
    _add_sided(t, "body_line_{side}_deg", line, 9, lambda b, s, h, a: 360 - turn_deg(s, h, a, front=b.axis.front))
    _add_sided(t, "shank_inclination_{side}_deg", shank, 8, lambda b, a, k: inclination_deg(a, k, front=b.forward))
    _add_sided(t, "thigh_inclination_{side}_deg", thigh, 8, lambda b, h, k: inclination_deg(k, h, front=b.axis.front))
    _add_sided(t, "thigh_elevation_{side}_deg", thigh, 8, lambda _, h, k: elevation_deg(h, k))
    _add_sided(t, "leg_elevation_{side}_deg", whole_leg, 6, lambda _, h, a: elevation_deg(h, a))


def _add_distances(t: dict[str, MeasurementDef]) -> None:
    _add_sided(t, "wrist_below_knee_{side}_tl", ("wrist", "knee"), 0.1, lambda b, w, k: b.tl(w[1] - k[1]))
    _add_sided(
        t, "wrist_ahead_of_shoulder_{side}_tl", ("wrist", "shoulder"), 0.12, lambda b, w, s: abs(b.tl(w[0] - s[0]))
    )
    _add_sided(
        t, "elbow_ahead_of_shoulder_{side}_tl", ("elbow", "shoulder"), 0.12, lambda b, e, s: abs(b.tl(e[0] - s[0]))
    )
    _add_sided(t, "knee_ahead_of_hip_{side}_tl", ("knee", "hip"), 0.1, lambda b, k, h: abs(b.tl(k[0] - h[0])))
    _add_sided(t, "knee_above_toes_{side}_tl", ("knee", "foot_index"), 0.08, lambda b, k, f: b.tl(f[1] - k[1]))
    _add_sided(t, "hip_above_toes_{side}_tl", ("hip", "foot_index"), 0.08, lambda b, h, f: b.tl(f[1] - h[1]))
    _add_sided(t, "fingers_above_toes_{side}_tl", ("index", "foot_index"), 0.1, lambda b, i, f: b.tl(f[1] - i[1]))
    _add_sided(t, "hip_to_ankle_{side}_tl", ("hip", "ankle"), 0.1, lambda b, h, a: b.tl(math.dist(h, a)))
    _add_sided(t, "wrist_to_ear_{side}_tl", ("wrist", "ear"), 0.1, lambda b, w, e: b.tl(math.dist(w, e)))
    _add_sided(t, "wrist_to_ankle_{side}_tl", ("wrist", "ankle"), 0.12, lambda b, w, a: b.tl(math.dist(w, a)))
    for side in SIDES:
        t[f"knee_travel_{side}_tl"] = _define_moved(
            f"{side}_knee", 0.06, lambda b, start, now: b.tl(math.dist(start, now))
        )
        t[f"ankle_rise_{side}_tl"] = _define_moved(f"{side}_ankle", 0.06, _rise)
        crossed = (f"{side}_ankle", f"{find_other_side(side)}_knee")
        t[f"ankle_to_opposite_knee_{side}_tl"] = MeasurementDef(lambda b, a, k: b.tl(math.dist(a, k)), crossed, 0.12)


def _define_moved(landmark: str, u: float, formula: Callable[[Body, Point, Point], float]) -> MeasurementDef:
    """Return the definition of one landmark's move since the start posture."""
    return MeasurementDef(lambda b, point: formula(b, b.start(landmark), point), (landmark,), u)


def _rise(b: Body, start: Point, now: Point) -> float:
    return b.tl(start[1] - now[1])


def _add_mids(t: dict[str, MeasurementDef]) -> None:
    hips, shoulders, ears = ("left_hip", "right_hip"), ("left_shoulder", "right_shoulder"), ("left_ear", "right_ear")
    trunk, toes = _TRUNK_LANDMARKS, ("left_foot_index", "right_foot_index")
    head = (*trunk, *ears)
    for name, formula, landmarks, u in (
        ("trunk_inclination_deg", _trunk_inclination, trunk, 7),
        ("head_trunk_deg", _head_trunk, head, 12),
        ("face_trunk_deg", _face_trunk, (*head, "nose"), 18),
        ("hip_shift_tl", _hip_shift, hips, 0.12),
        ("hip_drift_tl", _hip_drift, hips, 0.06),
        ("hip_rise_tl", lambda b: _rise(b, b.reference.mid("hip"), b.mid("hip")), hips, 0.06),
        ("ear_rise_tl", lambda b: _rise(b, b.reference.mid("ear"), b.mid("ear")), ears, 0.07),
        ("hip_above_shoulder_tl", lambda b: b.tl(b.axis.shoulder[1] - b.axis.hip[1]), trunk, 0.08),
        ("ear_above_toes_tl", lambda b: b.tl(b.mid("foot_index")[1] - b.mid("ear")[1]), (*ears, *toes), 0.12),
        ("ear_to_shoulder_tl", lambda b: b.tl(math.dist(b.mid("ear"), b.axis.shoulder)), (*shoulders, *ears), 0.07),
        ("ear_above_shoulder_tl", lambda b: b.tl(b.axis.shoulder[1] - b.mid("ear")[1]), (*shoulders, *ears), 0.07),
        ("head_forward_tl", _head_forward, (*shoulders, *ears), 0.07),
        ("trunk_slope_deg", lambda b: elevation_deg(b.axis.hip, b.axis.shoulder), trunk, 7),
        ("trunk_length_tl", lambda b: b.tl(b.axis.length_px), trunk, 0.06),
    ):
        t[name] = MeasurementDef(formula, landmarks, u, takes_points=False)


def _add_sides_apart(t: dict[str, MeasurementDef]) -> None:
    """Add measurements that compare left with right, from the front or from anywhere."""
    knees, wrists = ("left_knee", "right_knee"), ("left_wrist", "right_wrist")
    hips, shoulders = ("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")
    t["knee_lift_tl"] = MeasurementDef(lambda b, left, right: b.tl(right[1] - left[1]), knees, 0.06, seen="any")
    legs = tuple(f"{side}_{part}" for side in SIDES for part in ("hip", "knee", "ankle"))
    t["straighter_knee_deg"] = MeasurementDef(_straighter_knee, legs, 9, seen="any")
    t["shoulder_tilt_deg"] = MeasurementDef(_tilt, shoulders, 4, seen="front")
    t["hips_sideways_tl"] = MeasurementDef(_hips_sideways, hips, 0.15, takes_points=False, seen="front")
    t["hands_apart_tl"] = MeasurementDef(
        lambda b, left, right: b.front_tl(abs(left[0] - right[0])), wrists, 0.1, seen="front"
    )
    t["trunk_lean_deg"] = MeasurementDef(_lean_in_space, _TRUNK_LANDMARKS, 12, takes_points=False, seen="any")
    t["trunk_height_pct"] = MeasurementDef(_uprightness, _TRUNK_LANDMARKS, 15, takes_points=False, seen="any")
    for side in SIDES:
        sign = 1 if side == "left" else -1
        t[f"hands_sideways_{side}_tl"] = MeasurementDef(
            _sideways(sign), (*wrists, *shoulders), 0.1, takes_points=False, seen="front"
        )
        t[f"side_bend_{side}_deg"] = MeasurementDef(_bend_sideways(sign), _TRUNK_LANDMARKS, 6, seen="front")
        t[f"shank_outward_{side}_deg"] = MeasurementDef(
            _shank_outward(sign), (f"{side}_knee", f"{side}_ankle", *shoulders), 6, seen="front"
        )


def _straighter_knee(_: Body, *legs: Point) -> float:
    """Return the larger of both knee angles: that of the leg a person stands on."""
    return max(interior_angle_deg(*legs[:3]), interior_angle_deg(*legs[3:]))


def _lean_in_space(b: Body) -> float:
    """Return the trunk angle against the vertical in space, 0..180.

    It uses the pose model's own depth: rough, but from any side.
    """
    x, y, z = _trunk_in_space(b)
    return math.degrees(math.atan2(math.hypot(x, z), -y)) if math.isfinite(x + y + z) else math.nan


_UPRIGHT_PCT = 200.0


def _uprightness(b: Body) -> float:
    """Return the height of the shoulders above the hips in the picture.

    In % of the trunk length that follows from the shoulder width. The value is bounded: from the side the shoulders are
    seen end-on, and their width shows only that the person is upright.
    """
    height = 100.0 * b.front_tl(b.axis.hip[1] - b.axis.shoulder[1])
    return math.copysign(min(abs(height), _UPRIGHT_PCT), height) if math.isfinite(height) else math.nan


def _trunk_in_space(b: Body) -> tuple[float, float, float]:
    """Return the vector from hip to shoulder, m, y down."""
    (ls, rs), (lh, rh) = PAIRS["shoulder"], PAIRS["hip"]
    world = b.pose.xyz_m
    x, y, z = ((world[ls] + world[rs] - world[lh] - world[rh]) / 2).tolist()
    return x, y, z


def _tilt(_: Body, left: Point, right: Point) -> float:
    """Return the angle of the shoulder line, degrees.

    Positive = the left shoulder is higher.
    """
    return math.copysign(elevation_deg(right, left), right[1] - left[1])


def _sideways(sign: int) -> Callable[[Body], float]:
    """Return a formula: how far the hands moved towards one side of the person."""

    def towards(b: Body) -> float:
        return b.front_tl((b.mid("wrist")[0] - b.reference.mid("wrist")[0]) * sign * _left_in_picture(b))

    return towards


def _bend_sideways(sign: int) -> Callable[..., float]:
    """Return a formula: the lean of the shoulder line against the hip line.

    Positive = towards this side.
    """

    def bend(b: Body, left_shoulder: Point, right_shoulder: Point, left_hip: Point, right_hip: Point) -> float:
        return sign * (_tilt(b, left_hip, right_hip) - _tilt(b, left_shoulder, right_shoulder))

    return bend


def _shank_outward(sign: int) -> Callable[..., float]:
    """Return a formula: the angle of the shank against the vertical.

    Positive = the foot away from the middle of the body.
    """

    def swing(b: Body, knee: Point, ankle: Point, *_: Point) -> float:
        return direction_deg((ankle[1] - knee[1], (ankle[0] - knee[0]) * sign * _left_in_picture(b)))

    return swing


def _hips_sideways(b: Body) -> float:
    """Return how far the hips moved sideways since the start posture.

    Positive = to the person's left.
    """
    return b.front_tl((b.mid("hip")[0] - b.reference.mid("hip")[0]) * _left_in_picture(b))


def _left_in_picture(b: Body) -> int:
    """Return +1 if the person's left is right in the picture: they face the camera."""
    left, right = PAIRS["shoulder"]
    return 1 if b.xy[left][0] >= b.xy[right][0] else -1


def _trunk_inclination(b: Body) -> float:
    """Return the trunk angle against the vertical.

    0 = upright, + = forward.
    """
    return inclination_deg(b.axis.hip, b.axis.shoulder, front=b.axis.front)


def _head_trunk(b: Body) -> float:
    """Return the head angle against the trunk line.

    0 = in line, + = chin towards the chest.
    """
    return wrap_deg(inclination_deg(b.axis.shoulder, b.mid("ear"), front=b.axis.front) - _trunk_inclination(b))


def _face_trunk(b: Body) -> float:
    """Return the angle of the ear-nose line against the trunk's own level.

    0 = looking straight out from the chest, + = down.
    """
    face = inclination_deg(b.mid("ear"), b.xy[INDEX["nose"]], front=b.axis.front)
    return wrap_deg(face - _trunk_inclination(b) - 90.0)


def _head_forward(b: Body) -> float:
    """Return how far the ears are ahead of the shoulders across the picture.

    Positive = to the front of an upright person.
    """
    return b.tl((b.mid("ear")[0] - b.axis.shoulder[0]) * b.axis.front)


def _hip_shift(b: Body) -> float:
    """Return how far the hips moved back over the feet since the start posture.

    Positive = further back.
    """
    hip, ankle = b.reference.mid("hip"), b.reference.mid("ankle")
    behind = b.mid("ankle")[0] - b.mid("hip")[0]
    return b.tl((behind - (ankle[0] - hip[0])) * b.forward)


def _hip_drift(b: Body) -> float:
    """Return how far the hips moved sideways in the picture.

    Since the start posture, + = forward.
    """
    towards_head = b.axis.shoulder[0] - b.axis.hip[0]
    return b.tl((b.axis.hip[0] - b.reference.mid("hip")[0]) * ((towards_head > 0) - (towards_head < 0)))


MEASUREMENTS: dict[str, MeasurementDef] = _build_table()
"""Name of the measurement -> its definition."""
