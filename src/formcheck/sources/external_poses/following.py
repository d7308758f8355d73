"""Follow one person among others, with a limit on the jump between frames.

Every person in view has a trail. A person is the followed one only if no trail of another fits better and nobody could
have moved further. When the followed person is lost, the others do not take the place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.core.skeleton import PAIRS

JITTER_TRUNKS = 0.5
"""Points of one person may move this far between two frames without the person moving, in trunk lengths."""
FASTEST_TRUNKS_PER_S = 3.0
"""Brisk walking: 1.5 m/s."""
LONGEST_REACH_S = 1.0
"""After this time without being seen, the place where a person may be does not grow."""
SIZE_RATIO = 3.0
"""One person does not grow more than this between two looks."""
RETURN_S = 2.0
"""A person alone in a picture that was empty for this long is the followed one, back again."""
FALSE_START_S = 1.0
"""A person followed for less may have been an error of detection, and the next one is taken."""
FORGOTTEN_S = 10.0
MOST_PEOPLE_SEEN = 20
"""Of more people in one picture, only the largest are followed: work must not grow with their square."""
_TRUNK = [*PAIRS["shoulder"], *PAIRS["hip"]]
BodyPoints = NDArray[np.float64]


@dataclass(slots=True)
class Trail:
    """Where a person was last, how large, and since when."""

    place: tuple[float, float]
    size: float
    begun_s: float
    seen_s: float


def measure_place(xy: BodyPoints) -> tuple[tuple[float, float], float]:
    """Return the middle of a person and the length of the trunk.

    Without shoulders or hips, the middle and a share of the extent of the points that are there.

    Parameters
    ----------
    xy : (33, 2), NaN for a missing point; one at least is there.
    """
    trunk = xy[_TRUNK]
    shoulders, hips = trunk[:2].mean(axis=0), trunk[2:].mean(axis=0)
    there = xy[np.isfinite(xy[:, 0])]
    size = math.dist(shoulders, hips)
    if math.isfinite(size):
        # a trunk that points at the camera is short, but the shoulders are not
        size = max(size, math.dist(trunk[0], trunk[1]))
        middle = (shoulders + hips) / 2
    else:
        size = 0.4 * float(np.ptp(there, axis=0).max())
        middle = there.mean(axis=0)
    return (float(middle[0]), float(middle[1])), size


class PersonFollower:
    """Chooses the followed person of each frame. Remembers the trails of all people in view.

    Attributes
    ----------
    crowded : whether two people were in one picture so far.
    is_restarted : whether the first person was given up as an error of detection.
    """

    def __init__(self) -> None:
        self.crowded = self.is_restarted = False
        self._trails: list[Trail] = []
        self._subject: Trail | None = None
        self._last_body_s = -math.inf

    def choose(self, people: Sequence[BodyPoints], time_s: float) -> int | None:
        """Return the index of the followed person; None if that person is not there.

        The first one is the largest. Time must rise.
        """
        if not people:
            return None
        measured = [measure_place(xy) for xy in people]
        largest_first = sorted(range(len(people)), key=lambda k: -measured[k][1])[:MOST_PEOPLE_SEEN]
        was_empty_s = time_s - self._last_body_s
        self._last_body_s = time_s
        self._trails = [one for one in self._trails if time_s - one.seen_s <= FORGOTTEN_S or one is self._subject]
        trail_of = self._match(measured, largest_first, time_s)
        for k in largest_first:
            place, size = measured[k]
            if k not in trail_of:
                trail_of[k] = Trail(place, size, time_s, time_s)
                self._trails.append(trail_of[k])
            trail = trail_of[k]
            # a trunk may point at the camera for a while
            trail.place, trail.size, trail.seen_s = place, max(size, 0.97 * trail.size), time_s
        self.crowded = self.crowded or len(people) > 1
        self._decide_subject(trail_of, largest_first, was_empty_s)
        return next((k for k, trail in trail_of.items() if trail is self._subject), None)

    def _match(
        self, measured: Sequence[tuple[tuple[float, float], float]], kept: Sequence[int], time_s: float
    ) -> dict[int, Trail]:
        """Return the trail of each person who continues one; the nearest pairs first."""
        pairs = []
        for number, trail in enumerate(self._trails):
            for k in kept:
                place, size = measured[k]
                share = math.dist(place, trail.place) / max(self._reach(trail, time_s), 1e-12)
                if share <= 1 and size <= SIZE_RATIO * max(trail.size, 1e-12):
                    pairs.append((share, number, k))
        found: dict[int, Trail] = {}
        taken: set[int] = set()
        for _, number, k in sorted(pairs):
            if number not in taken and k not in found:
                found[k] = self._trails[number]
                taken.add(number)
        return found

    @staticmethod
    def _reach(trail: Trail, time_s: float) -> float:
        gap_s = min(time_s - trail.seen_s, LONGEST_REACH_S)
        return trail.size * (JITTER_TRUNKS + FASTEST_TRUNKS_PER_S * gap_s)

    def _decide_subject(self, trail_of: dict[int, Trail], largest_first: Sequence[int], was_empty_s: float) -> None:
        first = trail_of[largest_first[0]]
        subject = self._subject
        if subject is None:
            self._subject = first
        elif subject not in trail_of.values() and not self.crowded:
            is_back = was_empty_s >= RETURN_S
            was_error = (
                subject.seen_s - subject.begun_s < FALSE_START_S and first.seen_s - first.begun_s >= FALSE_START_S
            )
            if is_back or was_error:
                self._subject = first
                self.is_restarted = self.is_restarted or not is_back
