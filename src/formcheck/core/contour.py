"""The back's edge: from the mask to the contour, from the contour to its curve.

Pose models have no point between hip and shoulder, so the back is read from the edge of the
segmentation mask. Rays leave the hip-shoulder axis at right angles towards the back; where the mask
ends on a ray is a point of the contour. How well this works, and what spoils it, was measured on
rendered bodies and on real photographs: see ``docs/architecture.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .records import BACK_T, N_BACK
from .skeleton import INDEX

MIN_SIDE_VOTES = 2.0
"""Below this the dorsal side is not certain; at or above it 1574 of 1574 rendered frames were right."""

_MAX_OFFSET_TL = 0.9
_STEP_TL = 0.01
_SOFT_EDGE_TL = 0.06
"""An edge that takes longer than this from 90 % to 10 % is blur, cloth or a second body, not the back."""

_L = {name: INDEX[name] for name in INDEX}


@dataclass(frozen=True, slots=True)
class TrunkAxis:
    """The hip-shoulder axis in the picture.

    Parameters
    ----------
    hip, shoulder : mid points (2,), px.
    along : unit vector hip → shoulder.
    dorsal : unit vector at right angles, towards the back of the body.
    length_px : hip to shoulder, px.
    votes : how certain the dorsal side is; see `MIN_SIDE_VOTES`.
    front : sign for `geometry.turn_deg`: +1 where the front lies right of the way hip → shoulder.
    """

    hip: NDArray[np.float64]
    shoulder: NDArray[np.float64]
    along: NDArray[np.float64]
    dorsal: NDArray[np.float64]
    length_px: float
    votes: float
    front: int

    @property
    def sure(self) -> bool:
        """Whether the dorsal side is known."""
        return abs(self.votes) >= MIN_SIDE_VOTES


def _mean(points: NDArray[np.float64], *names: str) -> NDArray[np.float64]:
    return np.asarray(sum(points[_L[n]] for n in names) / len(names))


def _along(v: NDArray[np.float64], w: NDArray[np.float64]) -> float:
    return float(v[0] * w[0] + v[1] * w[1])


def dorsal_votes(xy_px: NDArray[np.floating], xyz_m: NDArray[np.floating], normal: NDArray[np.float64]) -> float:
    """Return the votes for the back lying on the side of `normal`; negative = on the other side.

    Face, world axes, knees, feet, elbows and wrists vote; each is clipped to ±1 and weighted by how
    often it alone was right on rendered people (face .997, world .996, wrist .946, foot .921,
    elbow .899, knee .805).

    Parameters
    ----------
    xy_px : (33, 2). xyz_m : (33, 3), y down, z away from the camera.
    normal : unit vector (2,) at right angles to the trunk axis.
    """
    xy = np.asarray(xy_px, np.float64)
    world = np.asarray(xyz_m, np.float64)
    hip, shoulder = _mean(xy, "left_hip", "right_hip"), _mean(xy, "left_shoulder", "right_shoulder")
    trunk_px = float(np.hypot(*(shoulder - hip)))
    towards = lambda name_a, name_b, base: -_along((xy[_L[name_a]] + xy[_L[name_b]]) / 2 - base, normal) / trunk_px  # noqa: E731
    ear = _mean(xy, "left_ear", "right_ear")
    face = -_along(xy[_L["nose"]] - ear, normal) / trunk_px * 3
    left_right = (
        world[_L["left_shoulder"]] + world[_L["left_hip"]] - world[_L["right_shoulder"]] - world[_L["right_hip"]]
    )
    up = _mean(world, "left_shoulder", "right_shoulder") - _mean(world, "left_hip", "right_hip")
    # left-right axis x up = the way the chest faces (x right, y down, z away); its x and y lie in the picture
    chest = np.array(
        [left_right[1] * up[2] - left_right[2] * up[1], left_right[2] * up[0] - left_right[0] * up[2]]
    ) / (np.hypot(np.hypot(left_right[0], left_right[1]), left_right[2]) * np.hypot(np.hypot(up[0], up[1]), up[2]) + 1e-9)
    feet = (
        xy[_L["left_foot_index"]] + xy[_L["right_foot_index"]] - xy[_L["left_heel"]] - xy[_L["right_heel"]]
    ) / 2
    votes = (
        (1.0, face),
        (2.0, -_along(chest, normal)),
        (1.0, towards("left_knee", "right_knee", hip)),
        (0.5, -_along(feet, normal) / trunk_px),
        (0.3, towards("left_elbow", "right_elbow", shoulder)),
        (0.3, towards("left_wrist", "right_wrist", shoulder)),
    )
    return float(sum(weight * min(1.0, max(-1.0, vote)) for weight, vote in votes))


def trunk_axis(xy_px: NDArray[np.floating], xyz_m: NDArray[np.floating]) -> TrunkAxis | None:
    """Return the trunk axis of a pose, or None where hips or shoulders are not seen.

    Parameters
    ----------
    xy_px : (33, 2). xyz_m : (33, 3).
    """
    xy = np.asarray(xy_px, np.float64)
    hip, shoulder = _mean(xy, "left_hip", "right_hip"), _mean(xy, "left_shoulder", "right_shoulder")
    trunk_px = float(np.hypot(*(shoulder - hip)))
    if not np.isfinite(trunk_px) or trunk_px < 1:
        return None
    along = (shoulder - hip) / trunk_px
    normal = np.array([along[1], -along[0]])
    votes = dorsal_votes(xy, xyz_m, normal)
    if not np.isfinite(votes):
        return None
    dorsal = normal if votes >= 0 else -normal
    front = 1 if votes >= 0 else -1
    return TrunkAxis(hip, shoulder, along, dorsal, trunk_px, abs(votes), front)


def _bilinear(mask: NDArray[np.float32], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mask values at sub-pixel places; NaN outside the picture (the body may go on there)."""
    height, width = mask.shape
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    x0 = np.clip(x.astype(np.int64), 0, width - 2)
    y0 = np.clip(y.astype(np.int64), 0, height - 2)
    fx, fy = x - x0, y - y0
    top = mask[y0, x0] * (1 - fx) + mask[y0, x0 + 1] * fx
    bottom = mask[y0 + 1, x0] * (1 - fx) + mask[y0 + 1, x0 + 1] * fx
    return np.where(inside, top * (1 - fy) + bottom * fy, np.nan)


def trace_back(mask: NDArray[np.float32], axis: TrunkAxis) -> NDArray[np.float64]:
    """Return the back's contour: where the mask ends, going out from the trunk axis.

    Parameters
    ----------
    mask : (h, w), 0..1, the share of person in each pixel.
    axis : trunk axis in pixels of the mask.

    Returns
    -------
    (71, 2) points at `BACK_T`, px of the mask. NaN where the ray leaves the picture before the body
    ends, or where the edge is too soft to be the back.
    """
    offsets = np.arange(-_MAX_OFFSET_TL, _MAX_OFFSET_TL + _STEP_TL, _STEP_TL)
    zero = int(round(_MAX_OFFSET_TL / _STEP_TL))
    start = axis.hip + BACK_T[:, None] * axis.length_px * axis.along
    x = start[:, :1] + offsets * axis.length_px * axis.dorsal[0]
    y = start[:, 1:] + offsets * axis.length_px * axis.dorsal[1]
    body = _bilinear(mask, x, y)
    found = np.full(N_BACK, np.nan)
    for i, ray in enumerate(body):
        found[i] = _edge_on_ray(ray, zero)
    return np.asarray(start + (found * _STEP_TL * axis.length_px)[:, None] * axis.dorsal)


def _edge_on_ray(ray: NDArray[np.float64], zero: int) -> float:
    """Steps from the axis to the edge on one ray (negative = the axis point itself is off the body)."""
    if not np.isfinite(ray[zero]):
        return np.nan
    if ray[zero] >= 0.5:
        outside = np.flatnonzero(~(ray[zero:] >= 0.5))
        last = zero + int(outside[0]) - 1 if len(outside) else -1
    else:
        within = np.flatnonzero(ray[:zero] >= 0.5)
        last = int(within[-1]) if len(within) else -1
    if last < 0 or last + 1 >= len(ray) or not np.isfinite(ray[last + 1]):
        return np.nan
    soft = int(round(_SOFT_EDGE_TL / _STEP_TL)) + 1
    inner, outer = ray[max(0, last - soft) : last + 1], ray[last + 1 : last + 2 + soft]
    if not (np.nanmax(inner) > 0.9 and np.nanmin(outer) < 0.1):
        return np.nan
    return last - zero + (ray[last] - 0.5) / (ray[last] - ray[last + 1])
