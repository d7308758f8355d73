"""Follow one person from picture to picture, and smooth the landmarks as MediaPipe's graph does.

All state of the direct engine is here.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .crop import Region
from .detector import Detection, make_detector_input, read_detections
from .landmarks import make_landmark_input, mirror_input, read_mirrored, read_person
from .networks import PoseNetworks
from .people import Found

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
