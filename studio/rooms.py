"""Rooms and furniture as coloured meshes that do not move. Metres; x is the person's front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import materials
from .geometry import rot_z

Mesh = dict[str, Any]
Parts = list[Mesh]


def quad(corners: ArrayLike, normal: ArrayLike, colour: ArrayLike, material: int) -> Mesh:
    """Return a flat rectangle."""
    v, n, c = np.array(corners, float), np.tile(normal, (4, 1)).astype(float), np.tile(colour, (4, 1)).astype(float)
    return dict(v=v, n=n, c=c, mat=material, f=np.array([[0, 1, 2], [0, 2, 3]]), cast=False)


def box(
    xs: tuple[float, float],
    ys: tuple[float, float],
    zs: tuple[float, float],
    colour: ArrayLike,
    material: int = materials.PLAIN,
    *,
    cast: bool = True,
) -> Mesh:
    """Return a box between two values on each axis."""
    ends = [tuple(sorted(pair)) for pair in (xs, ys, zs)]
    v, n, f = [], [], []
    for axis in range(3):
        first, second = (a for a in range(3) if a != axis)
        for sign, value in zip((-1, 1), ends[axis], strict=True):
            k = len(v)
            for a, b in ((0, 0), (1, 0), (1, 1), (0, 1)):
                p = [0.0, 0.0, 0.0]
                p[axis], p[first], p[second] = value, ends[first][a], ends[second][b]
                v.append(p)
                n.append([sign * (d == axis) for d in range(3)])
            f += [[k, k + 1, k + 2], [k, k + 2, k + 3]]
    colours = np.tile(np.asarray(colour, float), (len(v), 1))
    return dict(v=np.array(v), n=np.array(n, float), c=colours, mat=material, f=np.array(f), cast=cast)


def room(
    wall_distance: float,
    *,
    wall: ArrayLike,
    floor: ArrayLike,
    mat: ArrayLike | None,
    floor_kind: str,
    wall_kind: str,
    props: Sequence[str],
    near_sign: int,
    front: bool,
    size: float = 1.0,
) -> Parts:
    """Return a floor, the wall behind the person, and some props.

    Parameters
    ----------
    wall, floor, mat : colours; no mat where it is None.
    near_sign : side of the camera on the y axis.
    front : the camera looks along -x instead, so the wall stands across x.
    size : how much longer and higher than 14 m and 4 m, for a camera far away.
    """
    floor_material = {"wood": materials.WOOD, "carpet": materials.CARPET, "tile": materials.TILE}[floor_kind]
    wall_material = {"plain": materials.WALL, "stripes": materials.STRIPES}[wall_kind]
    away = -near_sign
    y, end, top = wall_distance * away, 7 * size, 4 * size
    behind = [
        quad([[-end, y, 0], [end, y, 0], [end, y, top], [-end, y, top]], [0, -away, 0], wall, wall_material),
        box((-end, end), (y, y - 0.02 * away), (0, 0.10), (0.85, 0.84, 0.82), cast=False),
        *(part for name in props for part in PROPS[name](y, away)),
    ]
    if front:
        turn = rot_z(90 if near_sign < 0 else -90)
        behind = [dict(m, v=m["v"] @ turn.T, n=m["n"] @ turn.T) for m in behind]
    corners = [[-end, -end, 0], [end, -end, 0], [end, end, 0], [-end, end, 0]]
    out = [quad(corners, [0, 0, 1], floor, floor_material), *behind]
    return out if mat is None else [*out, box((-0.95, 0.95), (-0.33, 0.33), (-0.001, 0.006), mat)]


# Props: y is the wall, s points from the person to it --------------------------------------------------------------


def _shelf(y: float, s: int) -> Parts:
    return [box((-2.2, -1.7), (y - 0.40 * s, y - 0.02 * s), (0, 1.7), (0.62, 0.60, 0.57))]


def _chest(y: float, s: int) -> Parts:
    return [box((1.45, 2.05), (y - 0.40 * s, y - 0.02 * s), (0, 0.75), (0.45, 0.32, 0.22))]


def _picture(y: float, s: int) -> Parts:
    return [box((0.1, 0.7), (y - 0.03 * s, y - 0.01 * s), (1.45, 1.95), (0.30, 0.38, 0.42))]


def _window(y: float, s: int) -> Parts:
    frame = (0.9, 0.9, 0.88)
    glass = ((y - 0.03 * s, y - 0.01 * s), (1.0, 2.1), (0.9, 0.95, 1.0), materials.GLOW)
    return [
        box((-1.2, -0.2), *glass, cast=False),
        box((-0.73, -0.67), (y - 0.05 * s, y - 0.01 * s), (1.0, 2.1), frame),
        box((-1.25, -0.15), (y - 0.10 * s, y - 0.01 * s), (0.95, 1.0), frame),
    ]


def _sofa(y: float, s: int) -> Parts:
    c = (0.42, 0.40, 0.47)
    return [
        box((0.9, 2.7), (y - 0.85 * s, y - 0.05 * s), (0, 0.42), c),
        box((0.9, 2.7), (y - 0.28 * s, y - 0.05 * s), (0.42, 0.85), c),
        box((0.8, 0.95), (y - 0.85 * s, y - 0.05 * s), (0, 0.6), c),
    ]


def _door(y: float, s: int) -> Parts:
    return [
        box((1.0, 1.9), (y - 0.04 * s, y - 0.005 * s), (0, 2.05), (0.70, 0.62, 0.50)),
        box((1.08, 1.16), (y - 0.09 * s, y - 0.04 * s), (1.0, 1.03), (0.3, 0.3, 0.3)),
    ]


def _plant(y: float, s: int) -> Parts:
    spread = np.random.default_rng(5).uniform((-0.2, -0.1, 0), (0.2, 0.1, 0.55), (9, 3))
    leaves = [
        box((-1.6 + x, -1.5 + x), (y - (0.25 + d) * s, y - (0.18 + d) * s), (0.35 + z, 0.55 + z), (0.16, 0.32, 0.14))
        for x, d, z in spread
    ]
    return [box((-1.7, -1.4), (y - 0.42 * s, y - 0.12 * s), (0, 0.35), (0.55, 0.35, 0.25)), *leaves]


def _bed(y: float, s: int) -> Parts:
    return [
        box((-2.9, -1.25), (y - 1.0 * s, y - 0.05 * s), (0, 0.45), (0.75, 0.72, 0.68)),
        box((-2.9, -2.4), (y - 0.95 * s, y - 0.1 * s), (0.45, 0.6), (0.9, 0.9, 0.92)),
    ]


FLAT = ("picture", "window", "door")
"""Props that leave room for a person in front of the wall."""
PROPS: dict[str, Callable[[float, int], Parts]] = dict(
    shelf=_shelf, chest=_chest, picture=_picture, window=_window, sofa=_sofa, door=_door, plant=_plant, bed=_bed
)


# Furniture that movements need; the person faces +x ---------------------------------------------------------------


def chair_with_back(x: float, height: float) -> Parts:
    """Return a chair whose back stands at x, its top at `height`, the seat on the far side."""
    c = (0.40, 0.27, 0.17)
    sides = ((-0.21, -0.175), (0.175, 0.21))
    legs = [box((at, at + 0.035), ys, (0, 0.45), c) for at in (x, x + 0.38) for ys in sides]
    posts = [box((x, x + 0.03), ys, (0.45, height), c) for ys in sides]
    rails = [box((x, x + 0.03), (-0.21, 0.21), (z, z + 0.05), c) for z in (height - 0.05, 0.66)]
    return [*legs, *posts, *rails, box((x, x + 0.42), (-0.22, 0.22), (0.43, 0.47), c)]


def stool(x: float, seat_height: float) -> Parts:
    """Return a block to sit on, centred on x."""
    return [box((x - 0.20, x + 0.20), (-0.24, 0.24), (0, seat_height), (0.50, 0.42, 0.30))]


def desk(x: float, height: float) -> Parts:
    """Return a table with a laptop whose edge is at x; its legs stand on the two short sides."""
    c, dark, under = (0.66, 0.55, 0.40), (0.24, 0.24, 0.25), height - 0.025
    return [
        box((x, x + 0.55), (-0.5, 0.5), (under, height), c),
        *(box((x + 0.48, x + 0.52), ys, (0, under), c) for ys in ((-0.48, -0.44), (0.44, 0.48))),
        box((x + 0.18, x + 0.40), (-0.16, 0.16), (height, height + 0.015), dark),
        box((x + 0.40, x + 0.41), (-0.16, 0.16), (height, height + 0.22), dark),
    ]


def door_post(x: float) -> Parts:
    """Return the edge of a doorway that stands between the legs at x and supports the raised one."""
    return [box((x, x + 0.10), (-0.03, 0.03), (0, 2.1), (0.80, 0.77, 0.70))]


# What stands between the camera and the person --------------------------------------------------------------------


def chair_arm(x: float, y: float, z: float) -> Parts:
    """Return one side of a chair whose arm lies along x with its middle at (x, y, z)."""
    c, ends = (0.33, 0.22, 0.14), ((x - 0.27, x - 0.23), (x + 0.23, x + 0.27))
    legs = [box(xs, (y - 0.02, y + 0.02), (0, z), c) for xs in ends]
    rail = box((x - 0.25, x + 0.25), (y - 0.015, y + 0.015), (0.45 * z, 0.45 * z + 0.03), c)
    return [box((x - 0.30, x + 0.30), (y - 0.03, y + 0.03), (z - 0.022, z + 0.022), c), *legs, rail]


def chair_post(x: float, y: float, z: float) -> Parts:
    """Return a post of a high chair back at (x, y), twice as high as z and at least 1 m, with a foot."""
    c = (0.33, 0.22, 0.14)
    foot = box((x - 0.14, x + 0.14), (y - 0.03, y + 0.03), (0, 0.04), c)
    return [box((x - 0.025, x + 0.025), (y - 0.02, y + 0.02), (0, max(2 * z, 1.0)), c), foot]


IN_FRONT: dict[str, Callable[[float, float, float], Parts]] = dict(arm=chair_arm, post=chair_post)
