"""Find one person's landmarks and silhouette in a crop.

This is the second of MediaPipe's two pose networks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.core.skeleton import MIRROR, N_LANDMARKS

from .crop import Placement, Region, cut
from .people import Found, Silhouette

CROP_SIZE_PX = 256
LEAST_PRESENCE = 0.5
"""Below this the crop shows no person."""
_N_POINTS = 39
_CENTRE, _EDGE = 33, 34
"""Two more points after the landmarks.

The middle of the hips and a point at the rim of the body.
"""
_HEAT_SIZE, _HEAT_REACH = 64, 3
_LEAST_HEAT = 0.5
"""A point moves to the centre of its heat from this heat on."""


@dataclass(frozen=True, slots=True)
class NetworkOutput:
    """The output of the landmark network for one crop.

    Parameters
    ----------
    points : (1, 195): x, y, z, visibility, presence of 39 points; px of the crop, the last two before the sigmoid.
    presence : (1, 1), 0..1.
    heat : (1, 64, 64, 39), before the sigmoid.
    world : (1, 117): x, y, z of 39 points, metres, in the axes of the crop.
    mask : (1, 256, 256, 1), before the sigmoid; None if the network was run without it.
    """

    points: NDArray[np.float32]
    presence: NDArray[np.float32]
    heat: NDArray[np.float32]
    world: NDArray[np.float32]
    mask: NDArray[np.float32] | None


def make_landmark_input(image: NDArray[np.uint8], region: Region) -> NDArray[np.float32]:
    """Return a region of a picture as the landmark network takes it.

    (1, 256, 256, 3) in 0..1.
    """
    crop = cut(image, region.placement(CROP_SIZE_PX), CROP_SIZE_PX, repeat_border=True)
    return (crop * np.float32(1 / 255))[None]


def mirror_input(crop: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the crop as a mirror shows it."""
    return np.ascontiguousarray(crop[:, :, ::-1])


def read_person(output: NetworkOutput, region: Region) -> Found | None:
    """Return the person in a crop, in px of the picture, or None."""
    if not float(output.presence[0, 0]) >= LEAST_PRESENCE:
        return None
    place = region.placement(CROP_SIZE_PX)
    values = output.points.reshape(_N_POINTS, 5).astype(np.float64)
    xy_px = place.to_picture(_refine_points(values[:, :2] / CROP_SIZE_PX, output.heat[0]) * CROP_SIZE_PX)
    if not np.isfinite(xy_px).all():
        return None
    mask = None if output.mask is None else Silhouette(_sigmoid(output.mask[0, :, :, 0]), place)
    return Found(
        xy_px[:N_LANDMARKS],
        _read_world(output, place),
        _sigmoid(values[:N_LANDMARKS, 3]),
        mask,
        Region.around_body(xy_px[_CENTRE], xy_px[_EDGE]),
    )


def read_mirrored(output: NetworkOutput, region: Region) -> Found | None:
    """Return the person in a mirrored crop as the picture shows them.

    Left and right are exchanged back; there is no silhouette.
    """
    if not float(output.presence[0, 0]) >= LEAST_PRESENCE:
        return None
    place = region.placement(CROP_SIZE_PX)
    values = output.points.reshape(_N_POINTS, 5).astype(np.float64)
    shares = _refine_points(values[:, :2] / CROP_SIZE_PX, output.heat[0])[:N_LANDMARKS][MIRROR]
    # Pixel u of the mirrored crop is pixel SIZE - 1 - u of the crop.
    crop_px = np.stack([CROP_SIZE_PX - 1 - shares[:, 0] * CROP_SIZE_PX, shares[:, 1] * CROP_SIZE_PX], axis=1)
    world = output.world.reshape(_N_POINTS, 3)[:N_LANDMARKS][MIRROR].astype(np.float64) * np.array([-1, 1, 1])
    world[:, :2] = place.turn_to_picture(world[:, :2])
    return Found(place.to_picture(crop_px), world, _sigmoid(values[:N_LANDMARKS, 3][MIRROR]), None, region)


def _read_world(output: NetworkOutput, place: Placement) -> NDArray[np.float64]:
    world = output.world.reshape(_N_POINTS, 3)[:N_LANDMARKS].astype(np.float64)
    world[:, :2] = place.turn_to_picture(world[:, :2])
    return world


def _refine_points(shares: NDArray[np.float64], heat: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return points (39, 2), moved to the centre of the heat around each.

    In shares of the crop's side.
    """
    middle = np.trunc(np.clip(shares * _HEAT_SIZE, -2, _HEAT_SIZE + 1)).astype(np.intp)
    reach = np.arange(-_HEAT_REACH, _HEAT_REACH + 1)
    columns, rows = middle[:, :1] + reach, middle[:, 1:] + reach
    inside = _find_inside(rows)[:, :, None] & _find_inside(columns)[:, None, :]
    index = np.clip(rows, 0, _HEAT_SIZE - 1)[:, :, None], np.clip(columns, 0, _HEAT_SIZE - 1)[:, None, :]
    warm = np.where(inside, _sigmoid(heat[(*index, np.arange(_N_POINTS)[:, None, None])].astype(np.float64)), 0.0)
    total = warm.sum(axis=(1, 2))
    sums = (warm.sum(axis=1) * columns).sum(axis=1), (warm.sum(axis=2) * rows).sum(axis=1)
    centre = np.stack(sums, axis=1) / np.maximum(total, 1e-12)[:, None] / _HEAT_SIZE
    moves = (warm.max(axis=(1, 2)) >= _LEAST_HEAT) & _find_inside(middle).all(axis=1)
    return np.where(moves[:, None], centre, shares)


def _find_inside(cells: NDArray[np.intp]) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (cells >= 0) & (cells < _HEAT_SIZE)
    return inside


def _sigmoid(values: NDArray[Any]) -> NDArray[Any]:
    """Return the logistic function, in the precision of its input."""
    bounded = np.clip(values, -80, 80)
    shares: NDArray[Any] = (1 / (1 + np.exp(-bounded))).astype(values.dtype, copy=False)
    return shares
