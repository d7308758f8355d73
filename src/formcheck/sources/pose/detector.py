"""Find people in a whole picture: the first of MediaPipe's two pose networks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .crop import Region, cut

DETECTOR_SIZE_PX = 224
_STRIDES_AND_BOXES = ((8, 2), (16, 2), (32, 6))
"""Cells with this many px per side, and the boxes of each cell."""
_LEAST_SCORE = 0.5
_SAME_BODY_IOU = 0.5
"""Boxes that overlap by more show the same person.

They are averaged, weighted by their scores.
"""
_CENTRE, _EDGE = 0, 1
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
        region = Region.around_body(px[_CENTRE], px[_EDGE])
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
