"""Draw lines with halo and pattern, so that colour alone never shows a state."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.core.display import LinePattern

HALO_RGB = (16, 18, 22)
HALO_PX = 2.5
"""Width of the dark halo on each side of a line, at a picture height of 720."""

_SHIFT = 4
"""cv2 takes whole numbers; this many binary places keep lines from moving by a pixel between frames."""

Points = NDArray[np.float64]
Rgb = tuple[int, int, int]


def split_runs(points: Points) -> Iterator[Points]:
    """Yield the pieces of a polyline (N, 2) between NaNs, of at least two points."""
    known = np.isfinite(points).all(axis=1)
    cuts = np.flatnonzero(np.diff(known.astype(np.int8))) + 1
    for piece, kept in zip(np.split(points, cuts), np.split(known, cuts), strict=True):
        if kept[0] and len(piece) >= 2:
            yield piece


def draw_halo(image: NDArray[np.uint8], points: Points, width_px: float, unit: float) -> None:
    """Draw the dark halo of a line.

    Draw all halos before all lines, or they would cut each other at joints.
    """
    _draw_polyline(image, points, HALO_RGB, width_px + 2 * min(HALO_PX * unit, 0.45 * width_px))


def draw_stroke(image: NDArray[np.uint8], points: Points, colour: Rgb, width_px: float, line: LinePattern) -> None:
    """Draw a polyline.

    Parameters
    ----------
    image : (H, W, 3), changed in place.
    points : (N, 2), px, finite.
    colour, width_px : of the line; dots are half as wide again as the line.
    line : solid, dashed, dotted or hatched (a line with short slanting strokes).
    """
    if line == "solid":
        _draw_polyline(image, points, colour, width_px)
    elif line == "dashed":
        for middle in _place_evenly(points, 4.2 * width_px, inset_px=1.3 * width_px):
            _draw_polyline(
                image, cut_between(points, middle - 1.3 * width_px, middle + 1.3 * width_px), colour, width_px
            )
    elif line == "dotted":
        for at in _place_evenly(points, 1.9 * width_px):
            draw_dot(image, cut_between(points, at, at)[0], 0.75 * width_px, colour)
    else:
        _draw_polyline(image, points, colour, width_px)
        _draw_hatch(image, points, colour, width_px)


def draw_dot(image: NDArray[np.uint8], centre: Points, radius_px: float, colour: Rgb) -> None:
    """Draw a filled disc at (2,) px."""
    x, y = _fix_points(centre)
    cv2.circle(image, (int(x), int(y)), max(1, round(radius_px * 2**_SHIFT)), colour, -1, cv2.LINE_AA, _SHIFT)


def cut_between(points: Points, start: float, end: float) -> Points:
    """Return the part of a polyline (N, 2) between two lengths along it, px.

    The result (M, 2) includes both ends.
    """
    along = _measure_lengths(points)
    inner = points[(along > start) & (along < end)]
    ends = [[np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])] for at in (start, end)]
    return np.vstack([ends[0], inner, ends[1]])


def _measure_lengths(points: Points) -> NDArray[np.float64]:
    steps = np.hypot(*np.diff(points, axis=0).T)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _place_evenly(points: Points, step_px: float, *, inset_px: float = 0.0) -> NDArray[np.float64]:
    """Return points along the line, px, about `step_px` apart.

    The first and last one are `inset_px` from its ends.
    """
    total = float(_measure_lengths(points)[-1])
    inset = min(inset_px, total / 2)
    return np.linspace(inset, total - inset, max(1, round((total - 2 * inset) / step_px)) + 1)


def _draw_hatch(image: NDArray[np.uint8], points: Points, colour: Rgb, width_px: float) -> None:
    """Draw short strokes, all at 45 degrees: the sign of a missing value."""
    reach = 3.2 * width_px * np.array([0.7, -0.7])
    for at in _place_evenly(points, 4.0 * width_px):
        centre = cut_between(points, at, at)[0]
        _draw_polyline(image, np.array([centre - reach, centre + reach]), colour, max(1.0, 0.6 * width_px))


def _draw_polyline(image: NDArray[np.uint8], points: Points, colour: Rgb, width_px: float) -> None:
    cv2.polylines(image, [_fix_points(points)], False, colour, max(1, round(width_px)), cv2.LINE_AA, _SHIFT)  # noqa: FBT003


def _fix_points(points: Points) -> NDArray[np.int32]:
    return np.asarray(np.round(points * 2**_SHIFT), np.int32)
