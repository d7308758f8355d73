"""Hair that hangs: a bun, a pony tail, long hair down the back."""

from __future__ import annotations

import numpy as np

from .body import Body
from .geometry import Array
from .mesh import N_SKIN, triangles, weight_of

_ROWS, _COLUMNS = 10, 16
_SHAPES: dict[str, tuple[list[float], list[float]]] = dict(
    bun=([0.04, 0.042, 0.04], [0, 0, 0]),
    pony=([0.028, 0.032, 0.10], [-0.02, 0, -0.075]),
)
"""Style -> half axes of an ellipsoid and its place against the back of the head, metres at scale 1."""
EDGE_M, MANE_M = 0.008, 0.028
"""How thick long hair lies on what is under it, at its edge and inside."""


def tail(body: Body, style: str) -> tuple[Array, Array, Array] | None:
    """Return places, normals and triangles of a bun or a pony tail, None for styles without."""
    if style not in _SHAPES:
        return None
    head, k = body.rest_joint("head"), body.scale
    down, round_ = np.linspace(0, np.pi, _ROWS), np.linspace(0, 2 * np.pi, _COLUMNS, endpoint=False)
    th, ph = np.meshgrid(down, round_, indexing="ij")
    ball = np.stack([np.sin(th) * np.cos(ph), np.sin(th) * np.sin(ph), np.cos(th)], -1).reshape(-1, 3)
    i, j = (a.ravel() for a in np.indices((_ROWS - 1, _COLUMNS)))
    here, beside = i * _COLUMNS + j, i * _COLUMNS + (j + 1) % _COLUMNS
    tris = np.concatenate(
        [np.stack([here, beside, beside + _COLUMNS], 1), np.stack([here, beside + _COLUMNS, here + _COLUMNS], 1)]
    )
    size, offset = _SHAPES[style]
    centre = np.array([head[0] - 0.085 * k, 0, head[2] + 0.085 * k])
    return (ball * size + offset) * k + centre, ball, tris


def mane_triangles(body: Body, normals: Array) -> Array:
    """Return the skin that long hair lies on: the back of the head, the nape, the back down to the shoulder blades."""
    r, k, tris = body.rest, body.scale, triangles("body")
    head, bottom = body.rest_joint("head"), body.rest_joint("spine02")[2] - 0.03 * k
    behind = np.where(r[:, 2] > head[2], r[:, 0] < head[0] - 0.012 * k, normals[:, 0] < -0.05)
    on = behind & (r[:, 2] > bottom) & (r[:, 2] < head[2] + 0.10 * k) & (np.arange(len(r)) < N_SKIN)
    on &= (np.abs(r[:, 1]) < 0.125 * k) & (weight_of("upperarm", "shoulder") < 0.5)
    return tris[on[tris].all(1)]
