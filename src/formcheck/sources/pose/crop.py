"""Regions of a picture, and the square crops that the pose networks see."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_SUBPIXELS = 32
"""The reference graph rounds source places to 1/32 px; fixed-point maps repeat that exactly."""
_EXTRA_BITS = 10
_MAX_CROP_PX = 1 << 14
"""Places are kept within ± this many px, so that they fit into the maps.

No crop lies so far outside a picture.
"""


@dataclass(frozen=True, slots=True)
class Region:
    """A square of the picture, possibly turned.

    Parameters
    ----------
    x, y : centre, px of the picture.
    side_px : length of a side.
    angle_rad : how far the square is turned clockwise, as seen in the picture.
    """

    x: float
    y: float
    side_px: float
    angle_rad: float

    @classmethod
    def around_body(cls, centre: NDArray[np.float64], edge: NDArray[np.float64]) -> Region:
        """Return the region of a body whose circle has this centre and passes through `edge`.

        The body is upright in it.

        Parameters
        ----------
        centre, edge : (2,) px. The networks give the middle of the hips and a point at the rim of the whole body.
        """
        dx, dy = float(edge[0] - centre[0]), float(edge[1] - centre[1])
        angle = math.pi / 2 - math.atan2(-dy, dx)
        angle -= 2 * math.pi * math.floor((angle + math.pi) / (2 * math.pi))
        return cls(float(centre[0]), float(centre[1]), _CROP_MARGIN * 2 * math.hypot(dx, dy), angle)

    @classmethod
    def whole_picture(cls, width: int, height: int) -> Region:
        """Return the smallest upright square that holds the whole picture."""
        return cls(width / 2, height / 2, float(max(width, height)), 0.0)

    @property
    def usable(self) -> bool:
        """Return whether a crop can be taken.

        The region must be finite, at least a pixel wide and not absurdly far away.
        """
        values = (self.x, self.y, self.side_px, self.angle_rad)
        return all(map(math.isfinite, values)) and 1.0 <= self.side_px < _MAX_CROP_PX / 2

    def placement(self, size: int) -> Placement:
        """Return where a crop of `size` × `size` pixels lies in the picture."""
        step = self.side_px / size
        across = (math.cos(self.angle_rad) * step, math.sin(self.angle_rad) * step)
        down = (-across[1], across[0])
        half = size / 2
        corner = (self.x - half * (across[0] + down[0]), self.y - half * (across[1] + down[1]))
        return Placement(corner, across, down)


_CROP_MARGIN = 1.25
"""The region is this much larger than the circle around the body."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The place of a crop in the picture.

    Pixel (u, v) of the crop is `corner + u * across + v * down`.

    Crop pixels are counted from the corner of the region without a half-pixel shift, as in the reference graph.
    """

    corner: tuple[float, float]
    across: tuple[float, float]
    down: tuple[float, float]

    @property
    def scale(self) -> float:
        """Return picture px per crop px."""
        return math.hypot(*self.across)

    def to_picture(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return points (..., 2) of the crop in picture px."""
        matrix = np.array([self.across, self.down])
        moved: NDArray[np.float64] = points @ matrix + np.array(self.corner)
        return moved

    def turn_to_picture(self, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return vectors (..., 2) turned from the crop's axes to the picture's.

        They are not scaled.
        """
        turned: NDArray[np.float64] = vectors @ (np.array([self.across, self.down]) / self.scale)
        return turned

    def to_crop(self, x: float, y: float) -> tuple[float, float]:
        """Return a point of the picture in crop px."""
        dx, dy = x - self.corner[0], y - self.corner[1]
        return self.turn_to_crop(dx / self.scale, dy / self.scale)

    def turn_to_crop(self, x: float, y: float) -> tuple[float, float]:
        """Return a vector turned, not scaled, from the picture's axes to the crop's."""
        (ax, ay), scale = self.across, self.scale
        return (x * ax + y * ay) / scale, (y * ax - x * ay) / scale


def cut(image: NDArray[np.uint8], placement: Placement, size: int, *, repeat_border: bool) -> NDArray[np.uint8]:
    """Return the crop (size, size, 3) of a picture, interpolated linearly.

    Parameters
    ----------
    image : (H, W, 3) uint8.
    repeat_border : outside the picture, repeat its border; otherwise it is black.
    """
    x, y = (_compute_fixed_point(placement.corner[k], placement.across[k], placement.down[k], size) for k in (0, 1))
    places = np.empty((size, size, 2), np.int16)
    np.right_shift(x, 5, out=places[..., 0], casting="unsafe")
    np.right_shift(y, 5, out=places[..., 1], casting="unsafe")
    x &= _SUBPIXELS - 1
    y &= _SUBPIXELS - 1
    y <<= 5
    y |= x
    border = cv2.BORDER_REPLICATE if repeat_border else cv2.BORDER_CONSTANT
    return np.asarray(cv2.remap(image, places, y.astype(np.uint16), cv2.INTER_LINEAR, borderMode=border), np.uint8)


def _compute_fixed_point(corner: float, across: float, down: float, size: int) -> NDArray[np.int32]:
    """Return the coordinate of every crop pixel, in 1/32 px, rounded to the nearest.

    It adds whole numbers: a grid of floats takes five times as long.
    """
    one = _SUBPIXELS << _EXTRA_BITS
    steps = np.arange(size)
    bound = _MAX_CROP_PX * one // 2
    along = np.clip(np.rint(across * one * steps), -bound, bound).astype(np.int32)
    start = np.clip(np.rint(corner * one + down * one * steps) + (1 << (_EXTRA_BITS - 1)), -bound, bound)
    grid: NDArray[np.int32] = start.astype(np.int32)[:, None] + along[None, :]
    grid >>= _EXTRA_BITS
    return grid
