"""One size for all pictures of a session, so that smaller ones of the same camera move nothing."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .pace import PACES

_LARGEST_PX = PACES[0].side_px
_REDUCED_PX = {pace.side_px for pace in PACES[1:]}


class PictureSize:
    """Keeps the pictures of one session at one size, whatever the page's pace asks it to send.

    Notes
    -----
    It remembers the size of the first picture. A picture of another shape comes from another camera and sets a new one.
    """

    def __init__(self) -> None:
        self._size_px = (0, 0)

    def fit(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the picture at the session's size."""
        width, height = image.shape[1], image.shape[0]
        if not _same_shape((width, height), self._size_px):
            longest = max(width, height)
            scale = _LARGEST_PX / longest if longest in _REDUCED_PX else 1.0
            self._size_px = (round(scale * width), round(scale * height))
        return resized(image, self._size_px)


def resized(image: NDArray[np.uint8], size_px: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the picture at this size (width, height); the picture itself where it has it already."""
    width, height = image.shape[1], image.shape[0]
    if (width, height) == size_px:
        return image
    way = cv2.INTER_AREA if width > size_px[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size_px, interpolation=way), np.uint8)


def _same_shape(one: tuple[int, int], two: tuple[int, int]) -> bool:
    """Whether width and height have the same ratio, as far as whole pixels allow."""
    return abs(one[0] * two[1] - one[1] * two[0]) <= max(two) and min(two) > 0
