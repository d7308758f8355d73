"""One person found in a picture, and whether two detections show the same person."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.core.measure.contour import TrunkAxis, trace_back

from .crop import Placement, Region

JUMP_TL = 1.0
"""A trunk that moves further than this between two frames is another person's."""
_SAME_PLACE_TL, _SAME_LENGTH, _SAME_WAY = 0.5, 0.6, 0.7
"""Limits within which two trunks are the same person's.

Place in trunk lengths, ratio of the lengths, and cosine of 45°.
"""
_FILL = 127
"""Grey level for painting over a person."""
IN_PICTURE = Placement((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
"""The placement of a mask that covers the picture pixel by pixel."""


@dataclass(frozen=True, slots=True)
class Silhouette:
    """A person's mask as the network gave it, and its place in the picture.

    Parameters
    ----------
    mask : (h, w) float32, 0..1, the share of person in each pixel.
    place : where these pixels lie.
    """

    mask: NDArray[np.float32]
    place: Placement

    def trace_back(self, axis: TrunkAxis, size: tuple[int, int]) -> NDArray[np.float64]:
        """Return the back's contour (71, 2), px of the picture; NaN if not seen.

        It is traced in the mask's own pixels: enlarging the mask to the picture first costs more and adds nothing.

        Parameters
        ----------
        axis : trunk axis, px of the picture.
        size : (width, height) of the picture; the body may continue outside.
        """
        place = self.place
        own = replace(
            axis,
            hip=place.to_crop(*axis.hip),
            shoulder=place.to_crop(*axis.shoulder),
            along=place.turn_to_crop(*axis.along),
            dorsal=place.turn_to_crop(*axis.dorsal),
            length_px=axis.length_px / place.scale,
        )
        points = place.to_picture(trace_back(self.mask, own))
        with np.errstate(invalid="ignore"):
            inside = np.all((points >= 0) & (points <= np.array(size) - 1), axis=1)
        return np.where(inside[:, None], points, np.nan)

    def on_picture(self, width: int, height: int) -> NDArray[np.float32]:
        """Return the mask (height, width) in the pixels of the picture.

        It is 0 outside the mask.
        """
        (cx, cy), (ax, ay), (dx, dy) = self.place.corner, self.place.across, self.place.down
        matrix = np.array([[ax, dx, cx], [ay, dy, cy]])
        return np.asarray(cv2.warpAffine(self.mask, matrix, (width, height), flags=cv2.INTER_LINEAR), np.float32)


@dataclass(frozen=True, slots=True)
class Found:
    """One person in the picture that the networks analysed.

    Parameters
    ----------
    xy_px : (33, 2). xyz_m : (33, 3). visibility : (33,), 0..1.
    silhouette : None if it was not requested.
    region : where to look for this person in the next picture; None if the runtime does not give it.
    """

    xy_px: NDArray[np.float64]
    xyz_m: NDArray[np.float64]
    visibility: NDArray[np.float64]
    silhouette: Silhouette | None
    region: Region | None = None


def paint_over(image: NDArray[np.uint8], person: Found) -> NDArray[np.uint8]:
    """Return the picture with one person covered by plain grey."""
    if person.silhouette is None:
        return image
    mask = person.silhouette.on_picture(image.shape[1], image.shape[0])
    wide = cv2.dilate((mask > 0.3).astype(np.uint8), np.ones((9, 9), np.uint8))
    out = image.copy()
    out[wide > 0] = _FILL
    return out


def make_blank(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a plain grey picture of the same size, without a person."""
    return np.full_like(image, _FILL)


def has_jumped(before: Found, now: Found) -> bool:
    """Return whether the trunk moved further than one person can between two frames."""
    (a, length), (b, _) = find_trunk(before.xy_px), find_trunk(now.xy_px)
    return bool(np.hypot(*(b - a)) > JUMP_TL * max(float(np.hypot(*length)), 1.0))


def is_same_trunk(one: NDArray[np.floating], two: NDArray[np.floating]) -> bool:
    """Return whether two sets of landmarks (33, 2) have about the same trunk.

    It compares place, length and direction.
    """
    (a, way_a), (b, way_b) = find_trunk(one), find_trunk(two)
    long_a, long_b, apart = (max(1.0, float(np.hypot(*v))) for v in (way_a, way_b, b - a))
    alike_long = min(long_a, long_b) > _SAME_LENGTH * max(long_a, long_b)
    return alike_long and apart < _SAME_PLACE_TL * long_a and float(way_a @ way_b) > _SAME_WAY * long_a * long_b


def find_trunk(xy_px: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the middle of the trunk, and the vector from the hips to the shoulders."""
    points = xy_px.astype(np.float64)
    shoulder, hip = points[11:13].mean(axis=0), points[23:25].mean(axis=0)
    return (shoulder + hip) / 2, shoulder - hip


def measure_overlap(a: Found, b: Found, size: tuple[int, int]) -> float:
    """Return the share of the smaller silhouette that lies in the other one.

    It is 1 if one is unknown.

    Parameters
    ----------
    size : (width, height) of the picture.
    """
    if a.silhouette is None or b.silhouette is None:
        return 1.0
    one, two = (found.silhouette.on_picture(*size) > 0.5 for found in (a, b) if found.silhouette is not None)
    smaller = min(one.sum(), two.sum())
    return float((one & two).sum() / smaller) if smaller else 1.0
