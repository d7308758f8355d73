"""The back's edge: from the mask to the contour.

Pose models have no point between hip and shoulder, so the back is read from the edge of the segmentation mask. Rays
leave the hip-shoulder axis at right angles towards the back; the place where the mask ends on a ray is a point of the
contour. How well this works, and what spoils it, was measured on rendered bodies and on real photographs: see
``docs/architecture.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.core.geometry import Point, dot, length, mid, minus
from formcheck.core.records import BACK_T
from formcheck.core.skeleton import INDEX, PAIRS

MIN_SIDE_VOTES = 2.0
"""Below this the dorsal side is not certain.

At or above it 1574 of 1574 rendered frames were right.
"""

_WITHOUT_DEPTH, _WITHOUT_FACE = 3.0, 2.2
"""Factor for the other votes if the strongest one, the world axes, is missing.

Poses of other programs have no depth. A front is then sure from 0.67 of the other votes on, without ears from 0.91. Of
3383 rendered frames seen from the side 2791 had this many (1519 without ears), all of them right; the strongest wrong
one had 0.49 (0.77).
"""

_MAX_STEPS = 90
_STEP_TL = 0.01
_SOFT_STEPS = 7
"""Most steps from 90 % to 10 % at an edge of the back.

A softer edge is blur, cloth or a second body.
"""


@dataclass(frozen=True, slots=True)
class TrunkAxis:
    """The hip-shoulder axis in the picture.

    Parameters
    ----------
    hip, shoulder : mid points, px.
    along : unit vector hip → shoulder.
    dorsal : unit vector at right angles, towards the back of the body.
    length_px : hip to shoulder, px.
    votes : certainty of the dorsal side; see `MIN_SIDE_VOTES`.
    front : sign for `geometry.turn_deg`: +1 if the front lies right of the way hip → shoulder.
    """

    hip: Point
    shoulder: Point
    along: Point
    dorsal: Point
    length_px: float
    votes: float
    front: int

    @property
    def sure(self) -> bool:
        """Return whether the dorsal side is known."""
        return self.votes >= MIN_SIDE_VOTES

    @property
    def signed_votes(self) -> float:
        """Return the votes, positive if the front lies right of the way hip → shoulder."""
        return self.votes * self.front


@dataclass(frozen=True, slots=True)
class _Landmarks:
    """One pose: the picture's 33 points as plain numbers, the world's (33, 3) in metres."""

    xy: list[Point]
    xyz_m: NDArray[np.floating]

    def mid(self, part: str) -> Point:
        left, right = PAIRS[part]
        return mid(self.xy[left], self.xy[right])


def dorsal_votes(xy_px: NDArray[np.floating], xyz_m: NDArray[np.floating], normal: Point) -> float:
    """Return the votes that the back lies on the side of `normal`.

    Negative = on the other side.

    Face, world axes, knees, feet, elbows and wrists vote; each is clipped to ±1 and weighted by how
    often it alone was right on rendered people (face .997, world .996, wrist .946, foot .921,
    elbow .899, knee .805).

    Parameters
    ----------
    xy_px : (33, 2). xyz_m : (33, 3), y down, z away from the camera.
    normal : unit vector at right angles to the trunk axis.
    """
    return _count_votes(_Landmarks(xy_px.tolist(), xyz_m), normal)


def _count_votes(body: _Landmarks, normal: Point) -> float:
    hip, shoulder = body.mid("hip"), body.mid("shoulder")
    trunk_px = length(minus(shoulder, hip))

    def in_front(end: Point, start: Point) -> float:
        return -dot(minus(end, start), normal) / trunk_px

    chest = -dot(_find_chest(body), normal)
    face = 3 * in_front(body.xy[INDEX["nose"]], body.mid("ear"))
    votes = (
        (1.0, face),
        (2.0, chest),
        (1.0, in_front(body.mid("knee"), hip)),
        (0.5, in_front(body.mid("foot_index"), body.mid("heel"))),
        (0.3, in_front(body.mid("elbow"), shoulder)),
        (0.3, in_front(body.mid("wrist"), shoulder)),
    )
    # a landmark that is not seen casts no vote
    total = sum(weight * min(1.0, max(-1.0, vote)) for weight, vote in votes if not math.isnan(vote))
    if math.isfinite(chest):
        return total
    return total * (_WITHOUT_FACE if math.isnan(face) else _WITHOUT_DEPTH)


def _find_chest(body: _Landmarks) -> Point:
    """Return the direction of the chest in the picture.

    It is the cross product of the left-right axis and the up axis of the world points.
    """
    (ls, rs), (lh, rh) = PAIRS["shoulder"], PAIRS["hip"]
    w = body.xyz_m.tolist()
    across = [w[ls][k] + w[lh][k] - w[rs][k] - w[rh][k] for k in range(3)]
    up = [(w[ls][k] + w[rs][k] - w[lh][k] - w[rh][k]) / 2 for k in range(3)]
    size = math.hypot(*across) * math.hypot(*up) + 1e-9
    return (across[1] * up[2] - across[2] * up[1]) / size, (across[2] * up[0] - across[0] * up[2]) / size


def find_trunk_axis(
    xy_px: NDArray[np.floating], xyz_m: NDArray[np.floating], *, steady_votes: float | None = None
) -> TrunkAxis | None:
    """Return the trunk axis of a pose, or None without hips or shoulders.

    Parameters
    ----------
    xy_px : (33, 2). xyz_m : (33, 3).
    steady_votes : signed votes for the back, smoothed over time (`TrunkAxis.signed_votes`), instead of this pose's own.
    """
    body = _Landmarks(xy_px.tolist(), xyz_m)
    hip, shoulder = body.mid("hip"), body.mid("shoulder")
    trunk_px = length(minus(shoulder, hip))
    if not math.isfinite(trunk_px) or trunk_px < 1:
        return None
    along = (shoulder[0] - hip[0]) / trunk_px, (shoulder[1] - hip[1]) / trunk_px
    normal = along[1], -along[0]
    votes = _count_votes(body, normal) if steady_votes is None else steady_votes
    front = 1 if votes >= 0 else -1
    return TrunkAxis(hip, shoulder, along, (normal[0] * front, normal[1] * front), trunk_px, abs(votes), front)


# The trace ------------------------------------------------------------------------------------------------------------

_SOFT = np.arange(_SOFT_STEPS + 1)[:, None]
_WALK = np.arange(-_SOFT_STEPS, _MAX_STEPS + 1)
"""Steps of a walk along a ray; 0 is the axis.

A few steps before it show how soft an edge at the axis is.
"""
_MOSTLY_ENOUGH = 55
"""This many steps find the edge of most backs at half the cost.

The whole walk also finds every edge that they find.
"""


def trace_back(mask: NDArray[np.float32], axis: TrunkAxis) -> NDArray[np.float64]:
    """Return the back's contour: where the mask ends, outwards from the trunk axis.

    A ray whose axis point lies on the body is walked outwards until the body ends; one whose axis
    point lies off the body (a hollow back) is walked inwards until the body begins.

    Parameters
    ----------
    mask : (h, w), 0..1, the share of person in each pixel.
    axis : trunk axis in pixels of the mask.

    Returns
    -------
    (71, 2) points at `BACK_T`, px of the mask. NaN if the ray leaves the picture before the body ends, or if the edge
    is too soft to be the back.
    """
    along_px = BACK_T * axis.length_px
    start_x, start_y = axis.hip[0] + along_px * axis.along[0], axis.hip[1] + along_px * axis.along[1]
    on_body = _interpolate(mask, start_x, start_y) >= 0.5
    way = np.where(on_body, 1, -1)
    step_px = way * (_STEP_TL * axis.length_px)
    step_x, step_y = step_px * axis.dorsal[0], step_px * axis.dorsal[1]
    steps = np.full(len(BACK_T), np.nan)
    for walk in (_WALK[:_MOSTLY_ENOUGH], _WALK):
        # the rays without an edge so far
        on = np.flatnonzero(np.isnan(steps))
        if len(on):
            x, y = start_x[on, None] + step_x[on, None] * walk, start_y[on, None] + step_y[on, None] * walk
            steps[on] = _find_edge_steps(_interpolate(mask, x, y), on_body[on])
    out_px = way * steps * (_STEP_TL * axis.length_px)
    return np.stack([start_x + out_px * axis.dorsal[0], start_y + out_px * axis.dorsal[1]], axis=1)


def _interpolate(mask: NDArray[np.float32], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return mask values at sub-pixel places.

    NaN outside the picture, because the body may continue there.
    """
    height, width = mask.shape
    if x.min() >= 0 and y.min() >= 0 and x.max() < width - 1 and y.max() < height - 1:
        return _interpolate_inside(mask, x, y)
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    values = _interpolate_inside(mask, np.clip(x, 0, width - 1), np.clip(y, 0, height - 1))
    return np.where(inside, values, np.float32(np.nan))


def _interpolate_inside(
    mask: NDArray[np.float32], x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float32]:
    height, width = mask.shape
    x0, y0 = np.minimum(x.astype(np.int32), width - 2), np.minimum(y.astype(np.int32), height - 2)
    fx, fy = (x - x0).astype(np.float32), (y - y0).astype(np.float32)
    flat, corner = mask.ravel(), (y0 * width + x0).astype(np.intp)
    top: NDArray[np.float32] = flat[corner]
    bottom = flat[width:][corner]
    top += (flat[1:][corner] - top) * fx
    bottom += (flat[width + 1 :][corner] - bottom) * fx
    top += (bottom - top) * fy
    return top


def _find_edge_steps(rays: NDArray[np.float32], on_body: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the step of each walk at which the body ends or begins.

    The step is fractional; NaN if there is no edge.

    Parameters
    ----------
    rays : (n, steps) mask values along each walk. on_body : (n,) whether the walk starts on the body.
    """
    ray = np.arange(len(rays))
    changed = (rays[:, _SOFT_STEPS:] >= 0.5) != on_body[:, None]
    first = changed.argmax(axis=1)
    after, before = first + _SOFT_STEPS, first + _SOFT_STEPS - 1
    # from the edge into the body, and from the edge outwards, (_SOFT_STEPS + 1, n) each
    near = rays[ray, np.maximum(before - _SOFT, 0)]
    far = rays[ray, np.minimum(after + _SOFT, rays.shape[1] - 1)]
    body, rest = np.where(on_body, near, far), np.where(on_body, far, near)
    inner, outer = body[0], rest[0]
    sharp = (np.fmax.reduce(body) > 0.9) & (np.fmin.reduce(rest) < 0.1)
    found = changed[ray, first] & np.isfinite(rays[:, _SOFT_STEPS]) & np.isfinite(outer) & sharp
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        part = (inner - 0.5) / (inner - outer)
    steps = np.where(on_body, before + part, after - part) - _SOFT_STEPS
    return np.where(found, steps, np.nan)
