"""Clothes and hair: turns a `Body` into coloured surfaces that follow it in every pose.

Clothes are shells grown from the base mesh's helper surface. `loose` (metres) inflates the top, `smooth` irons the
body's detail out of it, `droop` (metres) lets cloth that faces down hang away from the body.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import materials
from .body import Body
from .face import COVER_M, MASK, covered
from .geometry import Array
from .hair import EDGE_M, MANE_M, mane_triangles, tail
from .mesh import N_SKIN, triangles, weight_of

Colour = tuple[float, float, float]
SLEEVE_END = {"none": -0.05, "short": 0.55, "long": 9.0}
"""Share of the upper arm that a sleeve covers."""
HIDDEN_RINGS = 4
"""Skin so many mesh edges inside a cloth's edge is not drawn at all, so that it cannot poke through."""
TUCK_M = 0.009
"""How far skin is drawn in under cloth, nearer to the edge less."""


def vertex_normals(v: Array, tris: Array) -> Array:
    """Return area-weighted unit normals of the vertices."""
    a, b, c = v[tris[:, 0]], v[tris[:, 1]], v[tris[:, 2]]
    face = np.cross(b - a, c - a)
    n = np.stack([np.bincount(tris.ravel(), np.repeat(face[:, d], 3), len(v)) for d in range(3)], 1)
    return n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-12)


def _edges(tris: Array) -> Array:
    return np.concatenate([tris[:, [0, 1]], tris[:, [1, 2]], tris[:, [2, 0]]])


class Neighbours:
    """Who is next to whom on a surface of n vertices."""

    def __init__(self, tris: Array, n: int) -> None:
        pairs = np.unique(np.sort(_edges(tris)), axis=0)
        self.n, self.here, self.there = n, pairs.ravel(), pairs[:, ::-1].ravel()
        self.count = np.maximum(np.bincount(self.here, minlength=n), 1)

    def mean(self, values: Array) -> Array:
        """Return at every vertex the mean of its neighbours' values, (n,) or (n, 3)."""
        columns = values.reshape(self.n, -1).T
        sums = [np.bincount(self.here, column[self.there], self.n) for column in columns]
        return (np.stack(sums, 1) / self.count[:, None]).reshape(values.shape)

    def smooth(self, v: Array, rounds: int, movable: Array) -> Array:
        """Return the surface with every movable vertex drawn towards its neighbours."""
        for _ in range(rounds):
            v = np.where(movable[:, None], v + 0.5 * (self.mean(v) - v), v)
        return v


def _depth(inside: Array, neighbours: Neighbours) -> tuple[Array, Array]:
    """Return how many rings from the edge of a region every vertex lies, 0 outside, and which lie beyond the last."""
    depth, inside = np.zeros(len(inside)), inside.copy()
    for _ in range(HIDDEN_RINGS):
        depth += inside
        inside &= neighbours.mean(inside.astype(float)) > 0.999  # every neighbour is inside, too
    return depth, inside


def _mark(index: Array, n: int) -> Array:
    m = np.zeros(n, bool)
    m[np.unique(index)] = True
    return m


class DressedBody:
    """A body with clothes.

    Parameters
    ----------
    skin, shirt, trousers, hair : linear RGB, 0..1.
    sleeve : none, short or long.
    legs : shorts, knee or long.
    loose, droop : metres, see above.
    smooth : rounds.
    hairstyle : short, bun, pony or long.
    hem : how much lower than the waistband the top ends, metres at scale 1.
    face : what covers it, one of `face.FACES`. A scarf has the colour of the top.
    """

    def __init__(
        self,
        body: Body,
        *,
        skin: Colour,
        shirt: Colour,
        trousers: Colour,
        hair: Colour,
        sleeve: str,
        legs: str,
        loose: float,
        smooth: int,
        droop: float,
        hairstyle: str,
        hem: float = 0.0,
        face: str = "open",
    ) -> None:
        self.body, self.droop, self.face = body, droop, face
        self.colours = dict(skin=skin, shirt=shirt, trousers=trousers, hair=shirt if face == "scarf" else hair)
        self.head_weight = weight_of("neck", "head", "eye")
        self._choose_cover(sleeve, legs, hem)
        self._grow_clothes(loose, smooth)
        self._grow_hair()
        self.tail = None if face == "scarf" else tail(body, hairstyle)
        self.mane = self._grow_mane(loose) if hairstyle == "long" else None
        self._build_parts()

    # The rest shape -------------------------------------------------------------------------------------------------

    def _choose_cover(self, sleeve: str, legs: str, hem: float) -> None:
        """Choose which vertices top and trousers cover, on skin and helper surface alike."""
        b, r, k = self.body, self.body.rest, self.body.scale
        mirrored = r * [1, 0, 1] + np.abs(r) * [0, 1, 0]
        arm, fore = (
            weight_of(*names, "lowerarm", "wrist", "finger", "metacarpal") for names in (("upperarm",), ("lowerarm",))
        )

        def along(start: str, end: str) -> Array:
            p, q = b.rest_joint(start + ".L"), b.rest_joint(end + ".L")
            return ((mirrored - p) @ (q - p)) / ((q - p) @ (q - p))

        on_arm = np.where(arm > 0.5, along("upperarm01", "lowerarm01"), -1)
        on_forearm = np.where(fore > 0.5, along("lowerarm01", "wrist"), -1)
        foot = weight_of("foot", "toe")
        hip, knee, ankle = (b.rest_joint(n + ".L")[2] for n in ("upperleg01", "lowerleg01", "foot"))
        neck = b.rest_joint("neck01")[2]
        waist = hip + 0.085 * k
        low = {"long": ankle + 0.05, "shorts": knee + 0.12, "knee": knee - 0.05}[legs]
        z = r[:, 2]
        collar = neck + 0.015 + 0.05 * (mirrored[:, 1] > 0.06)
        self.top = (z > waist - (0.06 + hem) * k) & (z < collar) & (self.head_weight < 0.62) & (foot < 0.1)
        self.top &= (on_arm < SLEEVE_END[sleeve]) & (on_forearm < 0.97)
        self.trousers = (z <= waist + 0.03 * k) & (z > low) & (arm < 0.5) & (foot < 0.3)

    def _grow_clothes(self, loose: float, smooth: int) -> None:
        r, tights = self.body.rest, triangles("helper-tights")
        self.top_tris = tights[self.top[tights].all(1)]
        self.trouser_tris = tights[self.trousers[tights].all(1)]
        normal = vertex_normals(r, tights)
        trousers_m = 0.006 + loose * 0.3
        over_trousers = np.where(self.trousers, trousers_m + 0.009, 0.004)
        self.top_rest = self._shell(self.top_tris, normal, 0.010 + loose, smooth, over_trousers)
        self.trouser_rest = self._shell(self.trouser_tris, normal, trousers_m, 1, 0.004)
        self._tuck_skin()

    def _shell(self, tris: Array, normal: Array, offset: float, smooth: int, least: Array | float) -> Array:
        """Inflate by `offset`, smooth, and never come closer to the body than `least`, metres."""
        r = self.body.rest
        inside = _mark(tris, len(r))
        edges, count = np.unique(np.sort(_edges(tris)), axis=0, return_counts=True)
        movable = inside & ~_mark(edges[count == 1], len(r))
        neighbours = Neighbours(tris, len(r))
        v = r + normal * offset
        for _ in range(max(1, smooth // 5)):
            v = neighbours.smooth(v, min(smooth, 5), movable)
            gap = ((v - r) * normal).sum(1)
            v += normal * np.where(inside, np.maximum(0, least - gap), 0)[:, None]
        return v

    def _tuck_skin(self) -> None:
        """Draw covered skin in, and leave out what lies well inside the cloth's edge."""
        r, tris = self.body.rest, triangles("body")
        depth, inside = _depth(self.top | self.trousers, Neighbours(tris, len(r)))
        self.skin_rest = r - vertex_normals(r, tris) * (TUCK_M * depth / HIDDEN_RINGS)[:, None]
        self.skin_tris = tris[~(inside[tris].all(1))]

    def _grow_hair(self) -> None:
        b, r, k, tris = self.body, self.body.rest, self.body.scale, triangles("body")
        head = b.rest_joint("head")
        x, y, z = (r[:, 0] - head[0]) / k, np.abs(r[:, 1]) / k, (r[:, 2] - head[2]) / k
        front = 0.112 + 0.25 * (x - 0.06) - 0.35 * (y - 0.03) * (y > 0.03) * (x > 0.05)
        line = np.where(x > 0.02, front, np.where(x > -0.02, 0.045 + (x + 0.02) * 1.3, -0.012))
        ears = (y > 0.066) & (x < 0.035) & (x > -0.03) & (z < 0.068)
        mask = (self.head_weight > 0.5) & (z > line) & ~ears
        thick = np.clip((z - line) / 0.03, 0, 1) * (0.6 + 0.4 * np.clip((z - 0.02) / 0.1, 0, 1))
        if self.face in ("scarf", "hair"):
            over = covered(self.face, b) & (self.head_weight > 0.3)
            mask, thick = mask | over, np.maximum(thick, over * COVER_M / 0.016)
        mask &= np.arange(len(r)) < N_SKIN
        self.hair_tris = tris[mask[tris].all(1)]
        grown = r + vertex_normals(r, tris) * (0.003 + 0.016 * thick)[:, None]
        self.hair_rest = Neighbours(self.hair_tris, len(r)).smooth(grown, 3, _mark(self.hair_tris, len(r)))

    def _grow_mane(self, loose: float) -> tuple[Array, Array]:
        """Return places and triangles of long hair: over the cloth, thin at its edge, bridging the nape."""
        r, tris = self.body.rest, triangles("body")
        normal = vertex_normals(r, tris)
        mane = mane_triangles(self.body, normal)
        inside = _mark(mane, len(r))
        depth, _ = _depth(inside, Neighbours(tris, len(r)))
        under = (0.010 + loose) * (r[:, 2] < self.body.rest_joint("neck01")[2] + 0.02)
        thick = EDGE_M + (MANE_M - EDGE_M) * depth / HIDDEN_RINGS
        grown = r + normal * (under + thick)[:, None]
        return Neighbours(mane, len(r)).smooth(grown, 12, inside & (depth > 1)), mane

    def _face_colours(self) -> tuple[Array, Array]:
        """Return the colours of skin (with brows) and of the eyes, per vertex."""
        b, r, k = self.body, self.body.rest, self.body.scale
        rel = (r - b.rest_joint("head") * [1, 0, 1]) / k
        skin = np.tile(np.array(self.colours["skin"], float), (len(r), 1))
        side = np.abs(rel[:, 1])
        brow = (rel[:, 0] > 0.07) & (side > 0.014) & (side < 0.05) & (np.abs(rel[:, 2] - 0.078) < 0.005)
        brow &= (np.arange(len(r)) < N_SKIN) & (self.head_weight > 0.5)
        skin[brow] = np.array(self.colours["hair"]) * 1.2
        if self.face == "mask":
            skin[covered("mask", b) & (self.head_weight > 0.5)] = MASK
        eyes = np.full((len(r), 3), 0.85)
        for name in ("helper-l-eye", "helper-r-eye"):
            u = np.unique(triangles(name))
            c = r[u].mean(0)
            iris = (np.linalg.norm((r[u] - c)[:, 1:], axis=1) < np.ptp(r[u][:, 1]) * 0.25) & (r[u][:, 0] > c[0])
            eyes[u[iris]] = (0.12, 0.07, 0.04)
        return skin, eyes

    def _build_parts(self) -> None:
        """Keep of each part only its own vertices: rest places, rows in the mesh, triangles, colours, material."""
        rest = self.body.rest
        skin, eyes = self._face_colours()
        specs = (
            (self.skin_rest, self.skin_tris, skin, materials.SKIN),
            (self.trouser_rest, self.trouser_tris, self.colours["trousers"], materials.CLOTH),
            (self.top_rest, self.top_tris, self.colours["shirt"], materials.CLOTH),
            (self.hair_rest, self.hair_tris, self.colours["hair"], materials.HAIR),
            (rest, triangles("helper-l-eye", "helper-r-eye"), eyes, materials.EYE),
            *([] if self.mane is None else [(*self.mane, self.colours["hair"], materials.HAIR)]),
        )
        self.parts: list[dict[str, Any]] = []
        for v, tris, colour, material in specs:
            ids, inverse = np.unique(tris, return_inverse=True)
            colours = np.broadcast_to(np.asarray(colour, float), (len(rest), 3))[ids]
            part = dict(v=v[ids], ids=ids, f=inverse.reshape(tris.shape), c=colours, mat=material, rest=rest[ids])
            self.parts.append(part)
        self.top_part = top = self.parts[2]
        self.top_neighbours = Neighbours(top["f"], len(top["ids"]))
        below_neck = (self.body.rest_joint("neck01")[2] - top["rest"][:, 2]) / 0.15 - 0.3
        free = np.clip(1 - weight_of("upperarm", "shoulder", "clavicle")[top["ids"]] * 1.2, 0, 1)
        self.droop_weight = free * np.clip(below_neck, 0, 1)

    # A pose ---------------------------------------------------------------------------------------------------------

    def meshes(self, world: Array, pos: Array) -> list[dict[str, Any]]:
        """Return the surfaces of one pose for `render.Renderer`."""
        m, t = self.body.skin_matrices(world, pos)
        out = []
        for part in self.parts:
            ids = part["ids"]
            v = np.einsum("nij,nj->ni", m[ids], part["v"]) + t[ids]
            if part is self.top_part and self.droop:
                v = self._let_cloth_hang(v, part["f"])
            out.append(dict(part, v=v, n=vertex_normals(v, part["f"]), cast=True))
        return out + ([] if self.tail is None else [self._skinned_tail(world, pos)])

    def _let_cloth_hang(self, v: Array, tris: Array) -> Array:
        down = np.clip(-vertex_normals(v, tris)[:, 2], 0, 1)
        hanging = v - np.outer(self.droop * down * self.droop_weight, [0, 0, 1])
        return self.top_neighbours.smooth(hanging, 2, np.ones(len(v), bool))

    def _skinned_tail(self, world: Array, pos: Array) -> dict[str, Any]:
        v, normal, tris = self.tail
        i = self.body.mesh.bone["head"]
        r, t = world[i], pos[i] - world[i] @ self.body.head[i]
        colours = np.tile(self.colours["hair"], (len(v), 1))
        return dict(v=v @ r.T + t, n=normal @ r.T, c=colours, rest=v, mat=materials.HAIR, f=tris, cast=True)
