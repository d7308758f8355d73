"""People found in a picture: told apart, painted over, followed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

JUMP_TL = 1.0
"""A trunk that moves further than this between two frames is another person's."""
FILL = 127
"""Grey level of what is painted over."""
_SAME_PLACE_TL, _SAME_LENGTH, _SAME_WAY = 0.5, 0.6, 0.7
"""A trunk is the same person's within so many trunk lengths, so much of its length, and 45°."""


@dataclass(frozen=True, slots=True)
class Found:
    """One person in the picture as it was given to the model."""

    xy_px: NDArray[np.float64]
    xyz_m: NDArray[np.float64]
    visibility: NDArray[np.float64]
    mask: NDArray[np.float32]


def painted_over(image: NDArray[np.uint8], person: Found) -> NDArray[np.uint8]:
    """Return the picture with one person replaced by plain grey."""
    wide = cv2.dilate((person.mask > 0.3).astype(np.uint8), np.ones((9, 9), np.uint8))
    out = image.copy()
    out[wide > 0] = FILL
    return out


def _trunk(found: Found) -> tuple[NDArray[np.float64], float]:
    shoulder, hip = found.xy_px[11:13].mean(axis=0), found.xy_px[23:25].mean(axis=0)
    return (shoulder + hip) / 2, float(np.hypot(*(shoulder - hip)))


def jumped(before: Found, now: Found) -> bool:
    """Return whether a trunk moved further than one and the same can between two frames."""
    (a, length), (b, _) = _trunk(before), _trunk(now)
    return bool(np.hypot(*(b - a)) > JUMP_TL * max(length, 1.0))


def same_trunk(one: NDArray[np.float32], two: NDArray[np.float32]) -> bool:
    """Return whether two sets of landmarks (33, 2) have about the same trunk: place, length and direction."""
    (a, way_a), (b, way_b) = (
        ((p[11:13].mean(axis=0) + p[23:25].mean(axis=0)) / 2, p[11:13].mean(axis=0) - p[23:25].mean(axis=0))
        for p in (one.astype(np.float64), two.astype(np.float64))
    )
    long_a, long_b, apart = (max(1.0, float(np.hypot(*v))) for v in (way_a, way_b, b - a))
    alike_long = min(long_a, long_b) > _SAME_LENGTH * max(long_a, long_b)
    return alike_long and apart < _SAME_PLACE_TL * long_a and float(way_a @ way_b) > _SAME_WAY * long_a * long_b


def overlap(a: Found, b: Found) -> float:
    """Return the share of the smaller mask that lies in the other."""
    one, two = a.mask > 0.5, b.mask > 0.5
    smaller = min(one.sum(), two.sum())
    return float((one & two).sum() / smaller) if smaller else 1.0
