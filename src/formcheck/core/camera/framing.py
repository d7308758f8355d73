"""How the camera sees the person, over a recording or its last seconds."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.core.measure.camera_view import EDGE_SHARE, MIN_VISIBILITY, person_share
from formcheck.core.movement.schema import Movement
from formcheck.core.records import PoseFrame, StepResult
from formcheck.core.skeleton import N_LANDMARKS, Side

from .roll import Roll, camera_roll

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
