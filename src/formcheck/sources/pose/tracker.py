"""Follow one person from picture to picture.

All state of the direct engine is here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .crop import Region
from .detector import Detection, make_detector_input, read_detections
from .landmarks import make_landmark_input, mirror_input, read_mirrored, read_person
from .networks import PoseNetworks
from .people import Found
from .smoothing import LowPassFilter, OneEuroFilter

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
