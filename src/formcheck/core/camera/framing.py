"""How the camera sees the person over some time, and how far it is rolled.

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
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.geometry import Point, interior_angle_deg, mid, minus
from formcheck.core.measure.camera_view import EDGE_SHARE, MIN_VISIBILITY, find_in_picture, person_share
from formcheck.core.movement.schema import Movement
from formcheck.core.records import PoseFrame, StepResult
from formcheck.core.skeleton import INDEX, N_LANDMARKS, PAIRS, Side

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


Edge = Literal["left", "right", "top", "bottom"]
EDGES: tuple[Edge, ...] = ("left", "right", "top", "bottom")
MOSTLY = 0.5
"""Share of frames above which a condition counts as true."""
LEAST_ROLL_SHARE = 0.05
"""A roll that is known in fewer of the pictures is not reported."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How the camera saw the person, in all pictures.

    Parameters
    ----------
    yaw_deg, person_share : medians; NaN if no person was seen.
    crowded_share : share of pictures with more than one person.
    near : side next to the camera most of the time.
    fps : pictures a second, 0 for a single picture.
    working : side that works most of the time, or None.
    roll : how far the camera is turned, None if unknown.
    outside : landmark -> edge of the picture beyond which it mostly lay.
    hidden : landmarks in the picture that were mostly hidden from the camera.
    room : edge -> free room between the person and this edge, as a share of the picture's width or height.
    """

    yaw_deg: float
    person_share: float
    crowded_share: float
    near: Side | None
    fps: float
    working: Side | None = None
    roll: Roll | None = None
    outside: Mapping[int, Edge] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()
    room: Mapping[Edge, float] = field(default_factory=dict)


class FramingTally:
    """Counts how the camera sees the person, picture by picture; memory stays flat."""

    def __init__(self, movement: Movement) -> None:
        self._movement = movement
        self._times_s = array("d")
        self._yaws, self._shares, self._rolls = array("f"), array("f"), array("f")
        self._roll_doubt = 0.0
        self._crowded = self._seen = 0
        self._near: Counter[Side] = Counter()
        self._working: Counter[Side] = Counter()
        self._beyond = np.zeros((len(EDGES), N_LANDMARKS), np.int64)
        self._hidden = np.zeros(N_LANDMARKS, np.int64)
        self._rooms: tuple[array[float], ...] = tuple(array("f") for _ in EDGES)

    def add(self, result: StepResult) -> None:
        """Add one result. Time must rise."""
        pose, phase = result.pose, result.phase
        self._times_s.append(pose.time_s)
        self._crowded += pose.people > 1
        if not pose.seen:
            return
        self._seen += 1
        if phase.near:
            self._near[phase.near] += 1
        if phase.side and phase.repetition:
            self._working[phase.side] += 1
        self._shares.append(person_share(pose))
        yaw_deg = result.measurements.values["yaw_deg"].value
        if math.isfinite(yaw_deg):
            self._yaws.append(yaw_deg)
        self._count_edges(pose)
        roll = camera_roll(pose, self._movement.posture, near=phase.near, yaw_deg=yaw_deg)
        if roll is not None:
            self._rolls.append(roll.deg)
            self._roll_doubt = max(self._roll_doubt, roll.uncertainty_deg)

    def _count_edges(self, pose: PoseFrame) -> None:
        x, y = (pose.xy_px / np.array(pose.size_px)).T
        room = np.array((x, 1 - x, y, 1 - y))
        beyond = room < EDGE_SHARE
        self._beyond += beyond
        # a landmark that the pose model does not look for is not hidden
        hidden = (pose.visibility < MIN_VISIBILITY) & np.isfinite(x + y) & ~np.logical_or.reduce(beyond)
        self._hidden += hidden
        for kept, free in zip(self._rooms, np.fmin.reduce(room, axis=1).tolist(), strict=True):
            kept.append(free)

    def summarise(self, *, still: bool = False) -> Framing:
        """Return what was seen so far.

        Parameters
        ----------
        still : the whole recording is one picture, so it has no rate.
        """
        return Framing(
            yaw_deg=_take_median(self._yaws),
            person_share=_take_median(self._shares),
            crowded_share=self._crowded / len(self._times_s) if self._times_s else 0.0,
            near=_pick_most_common(self._near),
            fps=0.0 if still else pictures_per_s(np.array(self._times_s)),
            working=_pick_most_common(self._working),
            roll=self._roll(),
            outside=self._outside(),
            hidden=frozenset(np.flatnonzero(self._hidden > MOSTLY * self._seen).tolist()),
            room={edge: max(0.0, _take_median(free)) for edge, free in zip(EDGES, self._rooms, strict=True) if free},
        )

    def _roll(self) -> Roll | None:
        if not self._rolls or len(self._rolls) < LEAST_ROLL_SHARE * self._seen:
            return None
        return Roll(_take_median(self._rolls), self._roll_doubt)

    def _outside(self) -> dict[int, Edge]:
        mostly = np.argwhere((self._beyond > MOSTLY * self._seen).T)
        return {int(landmark): EDGES[edge] for landmark, edge in mostly}


def pictures_per_s(times_s: NDArray[np.float64]) -> float:
    """Return the typical number of pictures per second, 0 of fewer than two.

    A gap does not count as a low rate.

    Examples
    --------
    >>> pictures_per_s(np.arange(61) / 15), pictures_per_s(np.array([0.0, 0.25, 0.5]))
    (15.0, 4.0)
    """
    if len(times_s) < 2:
        return 0.0
    span_s = float(times_s[-1] - times_s[0])
    if span_s < 2.0:
        return (len(times_s) - 1) / span_s
    # Windows of two seconds each, so that the edges of a second have little effect. They begin every half second while
    # pictures come, not over the whole span: one wrong time stamp must not cost gigabytes.
    half_seconds = np.floor((times_s - times_s[0]) * 2.0)
    numbers = np.unique(np.concatenate([half_seconds - k for k in range(-1, 5)]))
    begins = times_s[0] + 0.5 * numbers[numbers >= 0]
    begins = begins[begins < times_s[-1] - 2.0 + 1e-9]
    counts = np.searchsorted(times_s, begins + 2.0 - 1e-9) - np.searchsorted(times_s, begins - 1e-9)
    return float(np.median(counts[counts > 0])) / 2.0


def _take_median(values: array[float]) -> float:
    return float(np.median(values)) if values else math.nan


def _pick_most_common(counts: Counter[Side]) -> Side | None:
    return counts.most_common(1)[0][0] if counts else None
