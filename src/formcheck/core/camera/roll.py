"""Estimate how far the camera is turned about its own axis.

A pose shows no horizon, but gravity fixes the direction of some lines of the body. A person who stands with straight
hips and knees has the shoulders above the ankles; otherwise they would fall. Hands, elbows and toes that bear weight
lie on one floor. The trunk of a person who lies on their back is level. None of these lines is exact. On the rendered
bench (cameras turned by 0.6 degrees on average) the lines are off by 0.8 degrees on all fours, 2.5 standing, 2.6 prone
and 3.4 on the back, whereas assuming 0 is off by 0.3 to 0.6: **angles are not corrected by it.** It is useful for a
camera that is turned by much: of 64 tracks turned by 20 degrees 62 are noticed, by 15 degrees 43 of 63, by 10 degrees
13 of 63, and no level one of 31, nor of 19 of real people (``benchmarks.accuracy.camera_roll``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from formcheck.core.geometry import Point, interior_angle_deg, mid, minus
from formcheck.core.measure.camera_view import MIN_VISIBILITY, find_in_picture
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import INDEX, PAIRS, Side

MAX_ROLL_DEG = 5.0
"""A larger roll spoils measurements against the vertical (catalogue 0.4)."""
MOST_ROLL_DEG = 40.0
"""A camera is not turned further than this; the body is in another posture than the movement's, lying for example."""
MAX_YAW_FOR_ROLL_DEG = 20.0
"""Largest yaw at which lines along the floor are used.

A camera that looks down and is not side-on shows a line along the floor as rising or falling.
"""


class Roll(NamedTuple):
    """The roll of the camera and its uncertainty, in degrees.

    The angle is clockwise as seen from behind the camera; the uncertainty is half the width of its interval.
    """

    deg: float
    uncertainty_deg: float


@dataclass(frozen=True, slots=True)
class _Pose:
    """One pose as plain numbers, its nearer side first."""

    xy: list[Point]
    seen: list[bool]
    near: Side

    def point(self, part: str) -> Point:
        return self.xy[INDEX[f"{self.near}_{part}"]]

    def middle(self, part: str) -> Point:
        left, right = PAIRS[part]
        return mid(self.xy[left], self.xy[right])

    def angle(self, *parts: str) -> float:
        """Return the interior angle at the second of three parts of the nearer side."""
        a, b, c = (self.point(part) for part in parts)
        return interior_angle_deg(a, b, c)

    def sees(self, *parts: str) -> bool:
        return all(self.seen[INDEX[f"{self.near}_{part}"]] for part in parts)

    @property
    def knee(self) -> float:
        return self.angle("hip", "knee", "ankle")

    @property
    def hip(self) -> float:
        return self.angle("shoulder", "hip", "knee")

    @property
    def arm(self) -> float:
        return self.angle("hip", "shoulder", "elbow")

    @property
    def elbow(self) -> float:
        return self.angle("shoulder", "elbow", "wrist")


@dataclass(frozen=True, slots=True)
class _RollCue:
    """A line of the body whose direction is fixed by gravity.

    Parameters
    ----------
    line : from where to where; on the nearer side.
    shows : whether the body is in the posture in which the direction is known. It uses interior angles only, which do
        not change when the camera turns.
    level : the line is level, otherwise it is upright.
    uncertainty_deg : from both real and rendered people.
    """

    line: tuple[str, str]
    shows: Callable[[_Pose], bool]
    level: bool
    uncertainty_deg: float


_STANDING = _RollCue(("ankle", "shoulder"), lambda p: min(p.knee, p.hip) > 160, level=False, uncertainty_deg=7.0)
_ON_ELBOWS = _RollCue(
    ("elbow", "foot_index"), lambda p: min(p.knee, p.hip) > 150 and 50 < p.arm < 115 and p.elbow < 130,
    level=True, uncertainty_deg=8.0,
)  # fmt: skip
_ON_HANDS = _RollCue(
    ("wrist", "foot_index"), lambda p: min(p.knee, p.hip) > 150 and 50 < p.arm < 115 and p.elbow > 140,
    level=True, uncertainty_deg=8.0,
)  # fmt: skip
_ON_ALL_FOURS = _RollCue(
    ("wrist", "foot_index"), lambda p: 60 < p.hip < 120 and 60 < p.knee < 120 and 60 < p.arm < 120 and p.elbow > 140,
    level=True, uncertainty_deg=10.0,
)  # fmt: skip
_FOLDED_ON_THE_FLOOR = _RollCue(
    ("wrist", "foot_index"), lambda p: p.hip < 60 and p.knee < 70 and p.arm > 120, level=True, uncertainty_deg=9.0
)
_ON_THE_BACK = _RollCue(
    ("hip", "shoulder"), lambda p: 105 < p.hip < 150 and p.knee < 110, level=True, uncertainty_deg=10.0
)  # fmt: skip
_CUES: Mapping[str, tuple[_RollCue, ...]] = {
    "standing": (_STANDING,),
    "all_fours": (_ON_ALL_FOURS, _FOLDED_ON_THE_FLOOR),
    "prone": (_ON_ELBOWS, _ON_HANDS, _FOLDED_ON_THE_FLOOR),
    "supine": (_ON_THE_BACK,),
}
"""By the posture of the movement.

Sitting and kneeling have no line whose direction is known well enough.
"""


def camera_roll(pose: PoseFrame, posture: str, *, near: Side | None, yaw_deg: float) -> Roll | None:
    """Return how far the camera is turned, or None if that is unknown.

    Parameters
    ----------
    pose : one smoothed pose.
    posture : that of the movement: standing, all_fours, prone, supine, sitting or kneeling.
    near : side next to the camera.
    yaw_deg : camera yaw.
    """
    if posture not in _CUES or near is None or not pose.seen:
        return None
    body = _Pose(pose.xy_px.tolist(), (find_in_picture(pose) & (pose.visibility >= MIN_VISIBILITY)).tolist(), near)
    found = next((_measure_roll(cue, body) for cue in _find_cues(body, posture, yaw_deg)), None)
    return found if found is not None and abs(found.deg) <= MOST_ROLL_DEG else None


def _find_cues(body: _Pose, posture: str, yaw_deg: float) -> Iterator[_RollCue]:
    for cue in _CUES[posture]:
        turned = cue.level and not yaw_deg <= MAX_YAW_FOR_ROLL_DEG
        if not turned and body.sees("shoulder", "hip", "knee", "ankle", *cue.line) and cue.shows(body):
            yield cue


def _measure_roll(cue: _RollCue, body: _Pose) -> Roll:
    low, high = (body.point(part) for part in cue.line)
    if not cue.level:
        low, high = (body.middle(part) for part in cue.line)
    across, down = minus(high, low)
    tilt_deg = math.degrees(math.atan2(down, across)) + (0.0 if cue.level else 90.0)
    # the order of the two ends does not matter
    return Roll(-((tilt_deg + 90.0) % 180.0 - 90.0), cue.uncertainty_deg)
