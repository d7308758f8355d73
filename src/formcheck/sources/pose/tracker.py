"""Find a person, follow them from picture to picture, and smooth as MediaPipe's graph does.

The detector is the first of MediaPipe's two pose networks. All state of the direct engine is here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .crop import Region, cut
from .landmarks import make_landmark_input, mirror_input, read_mirrored, read_person
from .networks import PoseNetworks
from .people import Found

DETECTOR_SIZE_PX = 224
_STRIDES_AND_BOXES = ((8, 2), (16, 2), (32, 6))
"""Cells with this many px per side, and the boxes of each cell."""
_LEAST_SCORE = 0.5
_SAME_BODY_IOU = 0.5
"""Boxes that overlap by more show the same person.

They are averaged, weighted by their scores.
"""
_BOX_CENTRE, _BOX_EDGE = 0, 1
"""Indices of two of a box's four points.

The middle of the hips and a point at the rim of the whole body.
"""


@dataclass(frozen=True, slots=True)
class Detection:
    """One person found in a picture.

    Parameters
    ----------
    score : 0.5..1, how certain the network is.
    region : the square around the whole body.
    """

    score: float
    region: Region


def make_detector_input(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the picture as the detector takes it.

    (1, 224, 224, 3) in -1..1, with black bars around it.
    """
    height, width = image.shape[:2]
    square = cut(
        image, Region.whole_picture(width, height).placement(DETECTOR_SIZE_PX), DETECTOR_SIZE_PX, repeat_border=False
    )
    return (square.astype(np.float32) * np.float32(2 / 255) - np.float32(1))[None]


def read_detections(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], width: int, height: int
) -> list[Detection]:
    """Return the people that the network found, the most certain first.

    Parameters
    ----------
    boxes : (1, 2254, 12), offsets of centre, size and four points, in px of the network's input.
    scores : (1, 2254, 1), before the sigmoid.
    width, height : of the picture.
    """
    certain = 1 / (1 + np.exp(-np.clip(scores[0, :, 0].astype(np.float64), -100, 100)))
    kept = np.flatnonzero(certain >= _LEAST_SCORE)
    kept = kept[np.argsort(-certain[kept], kind="stable")]
    points = boxes[0, kept].astype(np.float64).reshape(-1, 6, 2) / DETECTOR_SIZE_PX
    centres = _list_anchors()[kept]
    corners = np.concatenate([points[:, 0] - points[:, 1] / 2, points[:, 0] + points[:, 1] / 2], axis=1)
    corners += np.tile(centres, 2)
    marks = points[:, 2:] + centres[:, None]
    whole = Region.whole_picture(width, height)
    place = whole.placement(DETECTOR_SIZE_PX)
    found = []
    for score, mean in _merge_boxes(certain[kept], corners, marks):
        px = place.to_picture(mean * DETECTOR_SIZE_PX)
        region = Region.around_body(px[_BOX_CENTRE], px[_BOX_EDGE])
        if region.usable:
            found.append(Detection(score, region))
    return found


def _merge_boxes(
    scores: NDArray[np.float64], corners: NDArray[np.float64], marks: NDArray[np.float64]
) -> list[tuple[float, NDArray[np.float64]]]:
    """Return (score, points (4, 2)) of each person, the most certain first.

    Boxes of the same body become one.
    """
    people = []
    left = np.arange(len(scores))
    while len(left):
        same = _overlaps(corners[left[0]], corners[left]) > _SAME_BODY_IOU
        same[0] = True  # a box without an area overlaps nothing, not even itself
        alike = left[same]
        weights = scores[alike] / scores[alike].sum()
        people.append((float(scores[left[0]]), np.tensordot(weights, marks[alike], axes=1)))
        left = left[~same]
    return people


def _overlaps(box: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return intersection over union of a box (x0, y0, x1, y1) with others (n, 4)."""
    size = np.clip(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0, None)
    common = size[:, 0] * size[:, 1]
    area, areas = np.prod(box[2:] - box[:2]), np.prod(others[:, 2:] - others[:, :2], axis=1)
    shares: NDArray[np.float64] = common / np.maximum(area + areas - common, 1e-12)
    return shares


@cache
def _list_anchors() -> NDArray[np.float64]:
    """Return the centre of each box's cell, (2254, 2).

    In shares of the input's side.
    """
    parts = []
    for stride, boxes in _STRIDES_AND_BOXES:
        middle = (np.arange(DETECTOR_SIZE_PX // stride) + 0.5) * stride / DETECTOR_SIZE_PX
        cells = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
        parts.append(np.repeat(cells, boxes, axis=0))
    return np.concatenate(parts)


_PICTURE_FILTER = (0.05, 80.0)
_WORLD_FILTER = (0.1, 40.0)
_VISIBILITY_SHARE = 0.1
"""The settings of the reference graph.

Cut-off Hz and speed gain, and how fast visibility follows.
"""


class Tracker:
    """Follows one person: detects, follows, smooths, switches, looks in the mirror.

    Parameters
    ----------
    networks : shared with the whole process; they remember nothing.

    Notes
    -----
    It remembers where to look next, the crop of the last look, and what its filters need.
    """

    def __init__(self, networks: PoseNetworks) -> None:
        self._networks = networks
        self._region: Region | None = None
        self._seen_in: tuple[NDArray[np.float32], Region] | None = None
        self._start_filters()

    def _start_filters(self) -> None:
        self._picture, self._world = OneEuroFilter(*_PICTURE_FILTER), OneEuroFilter(*_WORLD_FILTER)
        self._visibility = LowPassFilter(_VISIBILITY_SHARE)

    def look(self, image: NDArray[np.uint8], time_s: float, *, mask: bool = True) -> Found | None:
        """Return the person in the next picture, smoothed, or None. Times must rise."""
        region = self._region
        if region is None:
            first = choose_region(self.detect(image))
            if first is None:
                self.forget()
                return None
            region = first
        crop = make_landmark_input(image, region)
        found = read_person(self._networks.find_landmarks(crop, mask=mask), region)
        if found is None or found.region is None or not found.region.usable:
            self.forget()
            return None
        self._seen_in = crop, region
        self._region = found.region
        return self._steadied(found, time_s, found.region.side_px)

    def forget(self) -> None:
        """Forget the person: the next look searches the whole picture."""
        self._region = self._seen_in = None
        self._picture.reset()

    def follow(self, found: Found) -> None:
        """Follow this person from the next look on, as a new person."""
        self._region, self._seen_in = found.region, None
        self._start_filters()

    def detect(self, image: NDArray[np.uint8]) -> list[Detection]:
        """Return all people in a picture, the most certain first."""
        height, width = image.shape[:2]
        return read_detections(*self._networks.detect(make_detector_input(image)), width, height)

    def look_at(self, image: NDArray[np.uint8], region: Region) -> Found | None:
        """Return the person in a region of a single picture, not smoothed.

        Nothing is remembered.
        """
        crop = make_landmark_input(image, region)
        return read_person(self._networks.find_landmarks(crop, mask=True), region)

    def look_in_mirror(self) -> Found | None:
        """Return the person of the last look as the networks see them in a mirror.

        Left and right are exchanged back.
        """
        if self._seen_in is None:
            return None
        crop, region = self._seen_in
        return read_mirrored(self._networks.find_landmarks(mirror_input(crop), mask=False), region)

    def _steadied(self, found: Found, time_s: float, scale_px: float) -> Found:
        return Found(
            self._picture.smooth(found.xy_px, time_s, scale=scale_px),
            self._world.smooth(found.xyz_m, time_s),
            self._visibility.smooth(found.visibility),
            found.silhouette,
            found.region,
        )


def choose_region(detections: list[Detection]) -> Region | None:
    """Return the start region of a tracker: the most certain person.

    The reference graph lets a later, less certain square replace an earlier one that it overlaps by half. On some
    people who kneel folded together, this keeps the square upside down, so it is not repeated here.
    """
    return detections[0].region if detections else None


# Smoothing: One Euro filters and a low pass ---------------------------------------------------------------------------

_FIRST_PERIOD_S = 1 / 30
_SPEED_CUTOFF_HZ = 1.0


class OneEuroFilter:
    """Smooths points: strongly while they rest, little while they move.

    Parameters
    ----------
    cutoff_hz : cut-off frequency at rest.
    speed_gain : how much the cut-off rises with speed.

    Notes
    -----
    It remembers the last points as given and as smoothed, their smoothed speed, and the last time.
    Casiez, Roussel, Vogel: 1€ Filter, CHI 2012.
    """

    def __init__(self, cutoff_hz: float, speed_gain: float) -> None:
        self._cutoff_hz, self._speed_gain = cutoff_hz, speed_gain
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._time_s = math.nan
        self._raw: NDArray[np.float64] | None = None
        self._speed = self._smooth = np.zeros(0)

    def smooth(self, points: NDArray[np.float64], time_s: float, *, scale: float = 1.0) -> NDArray[np.float64]:
        """Return the points smoothed.

        Parameters
        ----------
        points : any shape, the same in every call.
        time_s : must rise from call to call.
        scale : size of the body in the unit of the points; speeds are measured in it.
        """
        if self._raw is None:
            self._raw = self._smooth = points
            self._speed, self._time_s = np.zeros_like(points), time_s
            return points
        period_s = time_s - self._time_s if time_s > self._time_s else _FIRST_PERIOD_S
        speed = (points - self._raw) / (scale * period_s)
        self._speed = self._speed + _compute_share(_SPEED_CUTOFF_HZ, period_s) * (speed - self._speed)
        cutoff_hz = self._cutoff_hz + self._speed_gain * np.abs(self._speed)
        self._smooth = self._smooth + _compute_share(cutoff_hz, period_s) * (points - self._smooth)
        self._raw, self._time_s = points, time_s
        return self._smooth


class LowPassFilter:
    """Moves a fixed share of the way to each new value."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._smooth: NDArray[np.float64] | None = None

    def smooth(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values smoothed; the first values are returned unchanged."""
        before = values if self._smooth is None else self._smooth
        self._smooth = before + self._share * (values - before)
        return self._smooth


def _compute_share(cutoff_hz: float | NDArray[np.float64], period_s: float) -> float | NDArray[np.float64]:
    """Return the share of the way to a new value that the filter moves."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff_hz * period_s))
