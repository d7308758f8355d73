"""The base mesh as it comes from the body file: surface, skeleton, skin weights, shape targets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from .build_body import TARGET_STEP_M, body_file
from .geometry import Array

N_SKIN = 13380
"""Vertices 0..N_SKIN-1 are the naked body; the rest are helpers that clothes and eyes grow from."""


@dataclass(frozen=True)
class Mesh:
    """Everything about the body that does not depend on its shape.

    Parameters
    ----------
    base : rest surface in metres, (vertices, 3).
    bones : names, parents first.
    parent : index of each bone's parent; the root has -1.
    head_vertices : rows of vertices whose mean is the head of a bone, padded with -1.
    weight : skin weights, (vertices, bones), rows sum to 1.
    target_names : name -> row of each shape target.
    stored_targets : their offsets in units of `TARGET_STEP_M`, (targets, vertices, 3) integers.
    quads : faces of the surface, (faces, 4).
    quad_group : mesh group of each face.
    """

    base: Array
    bones: list[str]
    parent: Array
    head_vertices: Array
    weight: Array
    target_names: dict[str, int]
    stored_targets: Array
    quads: Array
    quad_group: list[str]

    def target(self, name: str) -> Array:
        """Return the offsets of a shape target in metres, (vertices, 3)."""
        return self.stored_targets[self.target_names[name]] * TARGET_STEP_M

    @cached_property
    def bone(self) -> dict[str, int]:
        """Row of each bone."""
        return {b: i for i, b in enumerate(self.bones)}

    @cached_property
    def levels(self) -> list[list[int]]:
        """Rows of the bones by their distance from the root, without the root."""
        depth = np.zeros(len(self.bones), int)
        for i in range(1, len(self.bones)):
            depth[i] = depth[self.parent[i]] + 1
        return [np.flatnonzero(depth == d).tolist() for d in range(1, depth.max() + 1)]

    @cached_property
    def fingers(self) -> dict[int, str]:
        """Row of each finger bone without the thumb's -> its side."""
        return {i: b[-1] for i, b in enumerate(self.bones) if b.startswith("finger") and not b.startswith("finger1")}


@cache
def load_mesh() -> Mesh:
    """Return the mesh; the body file is built first where this machine does not have it yet."""
    with np.load(body_file()) as stored:
        data = {k: stored[k] for k in stored.files}
    bones = [str(b) for b in data["bones"]]
    weight = np.zeros((len(data["base"]), len(bones)))
    np.put_along_axis(weight, data["w_idx"].astype(int), data["w"] / 65535, axis=1)
    groups = [str(g) for g in data["group_names"]]
    return Mesh(
        base=data["base"].astype(float),
        bones=bones,
        parent=data["parent"].astype(int),
        head_vertices=data["head_v"],
        weight=weight,
        target_names={str(t): i for i, t in enumerate(data["target_names"])},
        stored_targets=data["targets"],
        quads=data["faces"],
        quad_group=[groups[g] for g in data["group"]],
    )


@cache
def triangles(*groups: str) -> Array:
    """Return the triangles of the named mesh groups, (triangles, 3)."""
    mesh = load_mesh()
    q = mesh.quads[np.isin(mesh.quad_group, groups)]
    t = np.concatenate([q[:, [0, 1, 2]], q[:, [0, 2, 3]]])
    return t[(t[:, 0] != t[:, 1]) & (t[:, 1] != t[:, 2]) & (t[:, 0] != t[:, 2])]


@cache
def weight_of(*prefixes: str) -> Array:
    """Return per vertex the summed skin weight of the bones whose name starts with one of the prefixes, 0..1."""
    mesh = load_mesh()
    columns = [i for i, b in enumerate(mesh.bones) if b.startswith(prefixes)]
    return mesh.weight[:, columns].sum(1)


@cache
def torso_triangles() -> Array:
    """Return the skin of torso and pelvis: no arms, no legs below the hip crease, no neck, no head."""
    t = triangles("body")
    torso = weight_of("root", "pelvis", "spine", "clavicle", "shoulder") > 0.35
    return t[torso[t].all(1)]


@cache
def thumbs() -> Array:
    """Return which vertices of the naked body belong to the thumbs, which droop in the base mesh."""
    return weight_of("finger1", "metacarpal1")[:N_SKIN] > 0.3
