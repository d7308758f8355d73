"""Rotations, blends and directions.

World axes: x = the person's front, y = the person's left, z = up. Degrees and metres.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Pose = dict[str, Any]
"""Angles and directions that `body.Body` understands."""
Controls = dict[str, float]
"""The few readable numbers a pose builder takes."""
SIDES = (("L", 1), ("R", -1))
"""Suffix of a side and the sign of its y axis."""
SIGN = dict(SIDES)
OTHER = {"L": "R", "R": "L"}
SIDE_NAME = {"L": "left", "R": "right"}


def rot_x(deg: float) -> Array:
    """Return the rotation matrix about the x axis."""
    a = np.radians(deg)
    c, s = np.cos(a), np.sin(a)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def rot_y(deg: float) -> Array:
    """Return the rotation matrix about the y axis; positive tips the top forward."""
    a = np.radians(deg)
    c, s = np.cos(a), np.sin(a)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def rot_z(deg: float) -> Array:
    """Return the rotation matrix about the z axis."""
    a = np.radians(deg)
    c, s = np.cos(a), np.sin(a)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def unit(v: ArrayLike) -> Array:
    """Return the vector with length 1."""
    v = np.asarray(v, float)
    return v / np.linalg.norm(v)


def cross(a: ArrayLike, b: ArrayLike) -> Array:
    """Return the cross product of two vectors; ten times faster than NumPy's for a single pair."""
    (ax, ay, az), (bx, by, bz) = a, b
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def rotation_about(axis: Array, deg: float) -> Array:
    """Return the rotation matrix about a unit axis."""
    x, y, z = axis
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    a = np.radians(deg)
    return np.eye(3) + np.sin(a) * k + (1 - np.cos(a)) * k @ k


def shortest_rotation(a: Array, b: Array) -> Array:
    """Return the smallest rotation that turns direction a into direction b."""
    a, b = unit(a), unit(b)
    v, c = cross(a, b), a @ b
    if c < -0.999999:
        p = unit(cross(a, [1, 0, 0] if abs(a[0]) < 0.9 else [0, 1, 0]))
        return 2 * np.outer(p, p) - np.eye(3)
    k = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + k + k @ k / (1 + c)


def blend(a: ArrayLike, b: ArrayLike, w: float) -> Any:
    """Return a at w = 0 and b at w = 1, straight between them."""
    return (1 - w) * np.asarray(a, float) + w * np.asarray(b, float)


def gradual(x: float, start: float, end: float) -> float:
    """Return a smooth 0..1 ramp while x goes from start to end."""
    u = float(np.clip((x - start) / (end - start), 0, 1))
    return u * u * (3 - 2 * u)


def smooth(x: float) -> float:
    """Return the half cosine wave that a human movement resembles, 0..1 for x in 0..1."""
    return float((1 - np.cos(np.pi * np.clip(x, 0, 1))) / 2)


def pitch_of(dx: float, dz: float) -> float:
    """Return the world pitch (deg) of a limb that points along (dx, dz)."""
    return float(np.degrees(np.arctan2(-dx, -dz)))


def solve_one(f: Callable[[float], float], lo: float, hi: float, *, falling: bool = False, steps: int = 16) -> float:
    """Return the first root of f on [lo, hi], else the place of the smallest |f|.

    Parameters
    ----------
    falling : only a crossing from + to - counts.
    steps : samples in which a crossing is looked for.
    """
    x = np.linspace(lo, hi, steps)
    v = [f(x[0])]
    for i in range(1, steps):
        v.append(f(x[i]))
        if (v[i - 1] > 0 >= v[i]) if falling else (v[i - 1] * v[i] <= 0):
            return _bisect(f, x[i - 1], x[i])
    return float(x[int(np.argmin(np.abs(v)))])


def _bisect(f: Callable[[float], float], lo: float, hi: float) -> float:
    """Return the root between lo and hi; the last step is a straight line through both ends."""
    at_lo, at_hi = f(lo), f(hi)
    while abs(hi - lo) > 0.5:
        middle = (lo + hi) / 2
        value = f(middle)
        if (value > 0) == (at_lo > 0):
            lo, at_lo = middle, value
        else:
            hi, at_hi = middle, value
    return float(lo - at_lo * (hi - lo) / (at_hi - at_lo))
