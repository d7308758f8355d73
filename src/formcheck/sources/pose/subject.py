"""Follow one person through a recording, and look at the mirrored picture.

Where several people are in view, one is chosen and kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import SourceError
from formcheck.core.measure.contour import TrunkAxis, find_trunk_axis
from formcheck.core.records import N_BACK, Frame, Landmarks, PoseFrame

from .people import Found, Silhouette, has_jumped, is_same_trunk, measure_overlap, paint_over
from .resting_contour import RestingContour

MAX_PICTURE_SIDE_PX = 640
"""The network sees a 256x256 crop: larger pictures cost time and give the same landmarks."""
SCAN_EVERY_S = 10.0
"""How often the picture is searched for a second person."""
MIRROR_EVERY = 12
"""Every n-th look is repeated on the mirrored picture.

It costs 7 % more time, at any frame rate.
"""
_SECOND_VISIBILITY = 0.6
_SAME_PERSON_OVERLAP = 0.5

_MOST_PEOPLE = 6
"""So many people are looked for where one is pointed at."""
_POINT_NEAR = 0.15
"""[E] A point is on a person if it is this share of their height outside their landmarks at most."""

Choose = Callable[[Sequence[PoseFrame]], int]
"""Picks the subject among the people found; returns its index."""


class Looks(Protocol):
    """The interface with which a runtime analyses pictures of one followed person."""

    def follow(self, image: NDArray[np.uint8], time_s: float, *, mask: bool = True) -> Found | None:
        """Return the followed person in the next picture, or None. Times must rise.

        Parameters
        ----------
        mask : whether the silhouette is needed; without it, a look may cost less.
        """
        ...

    def search(self, image: NDArray[np.uint8], besides: Found) -> Found | None:
        """Return another person in a single picture, or None."""
        ...

    def switch(self, image: NDArray[np.uint8], time_s: float, *, to: Found, besides: Found) -> Found | None:
        """Follow another person from now on.

        Return that person in this picture, or None if the switch failed.
        """
        ...

    def mirror(self, image: NDArray[np.uint8], found: Found) -> Found | None:
        """Return the followed person as seen in the mirrored picture.

        Left and right are exchanged back.
        """
        ...

    def close(self) -> None:
        """Free what this recording held."""
        ...


class SubjectPose:
    """Follows one person through a recording; a `PoseEstimator`.

    If two people are in view, the subject is chosen once, by `choose`, and kept.

    Parameters
    ----------
    looks : the runtime.
    name, sha256 : of the pose model.
    choose : picks the subject among several people; default: the largest in the picture.
    size_px : (width, height) of the source if frames are already reduced; poses are in its pixels.

    Attributes
    ----------
    scan_every_s : how often the picture is searched for a second person.
    mirror_every : every n-th look is repeated on the mirrored picture.
    trace : finds the back's contour in a silhouette; a profile measures its time.
    has_switched : the person who was pointed at is not the one who was followed before.

    Notes
    -----
    It remembers the last person found, how many people there are, when it last searched and looked in the mirror, and
    the contour of a back that rests.
    """

    def __init__(
        self,
        looks: Looks,
        *,
        name: str,
        sha256: str,
        choose: Choose | None = None,
        size_px: tuple[int, int] | None = None,
    ) -> None:
        self.name, self.sha256 = name, sha256
        self.scan_every_s, self.mirror_every = SCAN_EVERY_S, MIRROR_EVERY
        self.trace: Callable[[Silhouette, TrunkAxis, tuple[int, int]], NDArray[np.float64]] = Silhouette.trace_back
        self._looks, self._choose, self._size_px = looks, choose or choose_largest, size_px
        self.has_switched = False
        self._point: tuple[float, float] | None = None
        self._mirror_in = 0
        self._scanned_s = -math.inf
        self._people = 0
        self._last: Found | None = None
        self._resting = RestingContour()

    def estimate(self, frame: Frame) -> PoseFrame:
        """Return the subject in this frame, or `PoseFrame.nobody`. Times must rise."""
        image = reduce_picture(frame.image)
        size_px = self._size_px or (frame.image.shape[1], frame.image.shape[0])
        mask = self._needs_mask(frame.time_s)
        found = self._find(image, frame.time_s, mask=mask)
        if self._point is not None:
            found = self._take_pointed(image, found, frame.time_s)
        elif found is not None and frame.time_s - self._scanned_s >= self.scan_every_s:
            found = self._scan(image, found, frame.time_s, size_px)
        self._last = found
        if found is None:
            self._scanned_s = -math.inf
            self._resting.forget()
            return PoseFrame.nobody(frame.time_s, size_px)
        contour = self._contour(found, image) if mask else self._resting.carry(found)
        if mask:
            self._resting.note(found, contour, frame.time_s)
        pose = self._pose(found, frame.time_s, image, size_px, contour)
        self._mirror_in -= 1
        if self._mirror_in >= 0 or self._people > 1:
            return pose
        self._mirror_in = self.mirror_every - 1
        return replace(pose, mirror=self._see_mirrored(image, found, size_px))

    def choose_again(self) -> None:
        """Search for a second person in the next picture, and let `choose` pick again."""
        self._scanned_s = -math.inf

    def follow_at(self, x: float, y: float) -> None:
        """Follow the person at this point of the next picture.

        The point is in shares of width and height. `estimate` then raises SourceError if there is none.
        """
        self._point = (x, y)

    def close(self) -> None:
        """Free what this recording held."""
        self._looks.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _needs_mask(self, time_s: float) -> bool:
        """Return whether the next look needs the silhouette.

        It is needed to trace the back, and to search for other people.
        """
        is_searched = self._people != 1 or self._point is not None or time_s - self._scanned_s >= self.scan_every_s
        return is_searched or self._resting.is_due(time_s)

    def _find(self, image: NDArray[np.uint8], time_s: float, *, mask: bool) -> Found | None:
        """Return the followed person.

        If the runtime jumped to another person, go back.
        """
        found = self._looks.follow(image, time_s, mask=mask)
        if found is None or self._last is None or self._people < 2 or not has_jumped(self._last, found):
            return found
        subject = self._looks.search(image, found)
        if subject is None or has_jumped(self._last, subject):
            return None
        again = self._looks.switch(image, time_s, to=subject, besides=found)
        return again if again is not None and not has_jumped(self._last, again) else None

    def _scan(self, image: NDArray[np.uint8], found: Found, time_s: float, size_px: tuple[int, int]) -> Found:
        """Search for a second person.

        When two people are seen for the first time, choose the subject.
        """
        first_sight = not math.isfinite(self._scanned_s)
        self._scanned_s = time_s
        second = self._looks.search(image, found)
        is_clear = second is not None and np.median(second.visibility) >= _SECOND_VISIBILITY
        if second is None or not is_clear or _are_same(found, second, image):
            self._people = 1
            return found
        self._people = 2
        if not first_sight:
            return found
        both = [self._pose(one, time_s, image, size_px, self._contour(one, image)) for one in (found, second)]
        if self._choose(both) == 0:
            return found
        locked = self._looks.switch(image, time_s, to=second, besides=found)
        return second if locked is None or _are_same(locked, found, image) else locked

    def _take_pointed(self, image: NDArray[np.uint8], found: Found | None, time_s: float) -> Found:
        """Return the person who was pointed at, and follow them from now on."""
        assert self._point is not None  # noqa: S101 - asked by the caller
        (x, y), self._point = self._point, None
        people = [] if found is None else self._list_people(image, found)
        at_px = np.array([x * image.shape[1], y * image.shape[0]])
        away = [_measure_distance(one, at_px) for one in people]
        if found is None or min(away) > _POINT_NEAR:
            came = f"expected a person at {x:.2f}, {y:.2f} of the picture at {time_s:.1f} s, got none"
            raise SourceError(f"{came}; point at the middle of the body, or at another moment")
        chosen = people[int(np.argmin(away))]
        self._scanned_s, self._people = time_s, min(len(people), 2)
        if chosen is not found:
            locked = self._looks.switch(image, time_s, to=chosen, besides=found)
            if locked is None or not is_same_trunk(locked.xy_px, chosen.xy_px):
                came = "one that looks the same as another person"
                raise SourceError(f"expected a person to follow at {time_s:.1f} s, got {came}; point at another moment")
            chosen = locked
        self.has_switched = self._last is not None and has_jumped(self._last, chosen)
        return chosen

    def _list_people(self, image: NDArray[np.uint8], found: Found) -> list[Found]:
        """Return all people in a picture; those already found are painted over."""
        people, picture = [found], image
        while len(people) < _MOST_PEOPLE:
            other = self._looks.search(picture, people[-1])
            if other is None or np.median(other.visibility) < _SECOND_VISIBILITY:
                break
            if any(_are_same(one, other, image) for one in people):
                break
            picture = paint_over(picture, people[-1])
            people.append(other)
        return people

    def _see_mirrored(self, image: NDArray[np.uint8], found: Found, size_px: tuple[int, int]) -> Landmarks | None:
        """Return the same person in the mirrored picture.

        None if it shows another person.
        """
        seen = self._looks.mirror(image, found)
        if seen is None:
            return None
        if not is_same_trunk(found.xy_px, seen.xy_px):
            self._mirror_in += self.mirror_every  # a look that is refused is not repeated at once
            return None
        arrays = (seen.xy_px * _scale(image, size_px), seen.xyz_m, seen.visibility)
        return Landmarks(*(array.astype(np.float32) for array in arrays))

    def _pose(
        self,
        found: Found,
        time_s: float,
        image: NDArray[np.uint8],
        size_px: tuple[int, int],
        contour: NDArray[np.float64],
    ) -> PoseFrame:
        scale = _scale(image, size_px)
        return PoseFrame(
            time_s,
            size_px,
            (found.xy_px * scale).astype(np.float32),
            found.xyz_m.astype(np.float32),
            found.visibility.astype(np.float32),
            (contour * scale).astype(np.float32),
            max(1, self._people),
        )

    def _contour(self, found: Found, image: NDArray[np.uint8]) -> NDArray[np.float64]:
        axis = find_trunk_axis(found.xy_px, found.xyz_m)
        if axis is None or found.silhouette is None:
            return np.full((N_BACK, 2), np.nan)
        return self.trace(found.silhouette, axis, (image.shape[1], image.shape[0]))


def choose_largest(people: Sequence[PoseFrame]) -> int:
    """Return the index of the person who fills most of the picture."""
    extents = [np.ptp(np.asarray(p.xy_px, np.float64), axis=0).max() for p in people]
    return int(np.argmax(extents))


def reduce_picture(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the picture with a long side of at most 640 px."""
    longest = max(image.shape[:2])
    if longest <= MAX_PICTURE_SIDE_PX:
        return image
    scale = MAX_PICTURE_SIDE_PX / longest
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _measure_distance(one: Found, at_px: NDArray[np.float64]) -> float:
    """Return how far a point is from a person, in larger sides of their box."""
    low, high = one.xy_px.min(axis=0), one.xy_px.max(axis=0)
    outside = np.maximum(np.maximum(low - at_px, at_px - high), 0.0)
    return float(np.hypot(*outside) / max(1.0, float((high - low).max())))


def _are_same(one: Found, two: Found, image: NDArray[np.uint8]) -> bool:
    return measure_overlap(one, two, (image.shape[1], image.shape[0])) > _SAME_PERSON_OVERLAP


def _scale(image: NDArray[np.uint8], size_px: tuple[int, int]) -> NDArray[np.float64]:
    return np.array([size_px[0] / image.shape[1], size_px[1] / image.shape[0]])
