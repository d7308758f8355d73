"""The truth of a frame: joints, joint angles, spine angles, and the back contour of the naked torso."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from .body import Body
from .camera import Camera
from .geometry import SIDE_NAME, Array
from .mesh import torso_triangles
from .movement import Placed

LIMB_JOINTS = ("ear", "shoulder", "elbow", "wrist", "index", "hip", "knee", "ankle", "heel", "toe")
JOINTS = ["nose", *(f"{j}{s}" for j in LIMB_JOINTS for s in "LR")]
STATIONS = 61
"""Samples of the back contour between hip and shoulder."""
_LOWER_60 = round(0.6 * (STATIONS - 1))
TRIPLES = dict(
    knee=("hip", "knee", "ankle"),
    elbow=("shoulder", "elbow", "wrist"),
    trunk_thigh=("shoulder", "hip", "knee"),
    arm_elevation=("hip", "shoulder", "elbow"),
    body_line=("shoulder", "hip", "ankle"),
)
"""Angle -> the joints before, at and after it."""
CURVES = (
    "back_curve_pct", "back_curve_low_pct", "back_curve_up_pct",
    "back_curve_sag_pct", "back_curve_low_sag_pct", "back_curve_up_sag_pct",
)  # fmt: skip


def public_name(joint: str) -> str:
    """Return the name a sidecar uses: `kneeL` is `knee_left`."""
    return f"{joint[:-1]}_{SIDE_NAME[joint[-1]]}" if joint[-1] in SIDE_NAME else joint


def interior_angle(a: Array, b: Array, c: Array) -> float:
    """Return the angle at b between the directions to a and c, 0..180 degrees."""
    u, v = a - b, c - b
    return float(np.degrees(np.arccos(np.clip(u @ v / (np.linalg.norm(u) * np.linalg.norm(v) + 1e-12), -1, 1))))


def front_angle(a: Array, b: Array, c: Array) -> float:
    """Return the angle at b in the sagittal plane over the front of the body: < 180 folded, > 180 arched back."""
    u, v = a - b, c - b
    return float(np.degrees(np.arctan2(u[0] * v[1] - u[1] * v[0], u @ v)) * -1 % 360)


def from_vertical(vector: Array, forward: int = 1) -> float:
    """Return the angle of a vector (forward, up) from vertical, degrees, + towards `forward` (+1 or -1)."""
    return float(np.degrees(np.arctan2(vector[0] * forward, vector[1])))


def _head_bend(ear: Array, shoulder: Array, hip: Array) -> float:
    """Return the head's direction against the trunk in the sagittal plane, degrees, + = chin to chest."""
    t, h = shoulder - hip, ear - shoulder
    return float(np.degrees(np.arctan2(t[1] * h[0] - t[0] * h[1], t @ h)))


def angles(j3: Mapping[str, Array], j2: Mapping[str, Array], near: str, facing: int) -> dict[str, float]:
    """Return the angles of one frame in degrees.

    Parameters
    ----------
    j3 : joints in the room, metres. A plain name is the 3-D angle, `_sag` the one in the person's sagittal plane.
    j2 : joints in the picture, pixels, y down; `_2d` are angles there.
    near : the side next to the camera, "L" or "R".
    facing : +1 where the person's front points to the right of the picture, else -1.
    """
    flat = {k: v[[0, 2]] for k, v in j3.items()}  # (front, up)
    image = {k: v * [1, -1] for k, v in j2.items()}  # y up
    out: dict[str, float] = {}
    for name, (a, b, c) in TRIPLES.items():
        for s, side in SIDE_NAME.items():
            key = f"{name}_{side}"
            out[key] = interior_angle(j3[a + s], j3[b + s], j3[c + s])
            out[key + "_2d"] = interior_angle(image[a + s], image[b + s], image[c + s])
            if name in ("trunk_thigh", "body_line"):
                out[key + "_sag"] = front_angle(flat[a + s], flat[b + s], flat[c + s])
    out["arm_elevation_near"] = out[f"arm_elevation_{SIDE_NAME[near]}"]
    out |= _trunk_and_head(flat, image, near, facing)
    for s, side in SIDE_NAME.items():
        out[f"shank_inclination_{side}"] = from_vertical(flat["knee" + s] - flat["ankle" + s])
        for name, end in (("thigh", "knee"), ("leg", "ankle")):
            v = flat[end + s] - flat["hip" + s]
            out[f"{name}_elevation_{side}"] = float(np.degrees(np.arctan2(v[1], abs(v[0]))))
    return {k: round(v, 1) for k, v in out.items()}


def _trunk_and_head(flat: Mapping[str, Array], image: Mapping[str, Array], near: str, facing: int) -> dict[str, float]:
    trunk = (flat["shoulderL"] + flat["shoulderR"] - flat["hipL"] - flat["hipR"]) / 2
    ear, shoulder, hip = (flat[k + near] for k in ("ear", "shoulder", "hip"))
    ear_2d, shoulder_2d, hip_2d = (image[k + near] for k in ("ear", "shoulder", "hip"))
    return dict(
        trunk_inclination=from_vertical(trunk),
        trunk_inclination_2d=from_vertical(shoulder_2d - hip_2d, facing),
        head_trunk=interior_angle(ear, shoulder, hip),
        head_trunk_signed=_head_bend(ear, shoulder, hip),
        head_trunk_2d=interior_angle(ear_2d, shoulder_2d, hip_2d),
    )


# The back ------------------------------------------------------------------------------------------------------------


@cache
def _torso_edges() -> Array:
    t = torso_triangles()
    return np.unique(np.sort(np.concatenate([t[:, [0, 1]], t[:, [1, 2]], t[:, [2, 0]]]), 1), axis=0)


def out_of_chest(body: Body, placed: Placed) -> Array:
    """Return the unit vector out of the upper back."""
    return np.asarray(placed.world[body.mesh.bone["spine03"]] @ np.array([-1.0, 0, 0]))


def back_contour(skin: Array, hip: Array, shoulder: Array, dorsal: Array) -> tuple[Array | None, Array]:
    """Return the outer back edge of the torso between hip and shoulder level, (STATIONS, 2), and the outward normal.

    At every station of the hip-shoulder line it takes the outermost crossing of the torso's edges on the back's side;
    for a closed surface that is the edge of the silhouette. None where half the stations miss the torso.

    Parameters
    ----------
    skin : naked surface in a plane, (vertices, 2), any unit.
    dorsal : direction of the back in the same plane.
    """
    axis = shoulder - hip
    length = np.linalg.norm(axis)
    axis /= length
    normal = np.array([-axis[1], axis[0]])
    normal = -normal if normal @ dorsal < 0 else normal
    along, out = (skin - hip) @ axis / length, (skin - hip) @ normal
    a, b = _torso_edges().T
    keep = (np.minimum(along[a], along[b]) <= 1.02) & (np.maximum(along[a], along[b]) >= -0.02)
    a, b = a[keep], b[keep]
    stations = np.linspace(0, 1, STATIONS)
    run = along[b] - along[a]
    t = (stations[:, None] - along[a]) / np.where(np.abs(run) < 1e-9, 1e-9, run)
    depth = np.where((t >= 0) & (t <= 1), out[a] + t * (out[b] - out[a]), -np.inf).max(1)
    good = np.isfinite(depth)
    if good.sum() < STATIONS // 2:
        return None, normal
    depth = np.interp(stations, stations[good], depth[good])
    return hip + np.outer(stations * length, axis) + np.outer(depth, normal), normal


def sagitta_pct(contour: Array, normal: Array) -> float:
    """Return the signed largest deviation of a contour from its chord, % of the chord, + = rounded outward."""
    chord = contour[-1] - contour[0]
    length = np.linalg.norm(chord)
    n = np.array([-chord[1], chord[0]]) / length
    n = -n if n @ normal < 0 else n
    d = (contour - contour[0]) @ n
    return round(float(d[np.argmax(np.abs(d))] / length * 100), 2)


def back_curves(contour: Array | None, normal: Array) -> tuple[float | None, ...]:
    """Return the sagitta of the whole contour, of its lower 60 % and of its upper 60 %."""
    if contour is None:
        return None, None, None
    parts = (contour, contour[: _LOWER_60 + 1], contour[STATIONS - 1 - _LOWER_60 :])
    return tuple(sagitta_pct(c, normal) for c in parts)


# A clip --------------------------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    time_s: float
    phase: str
    posture: str = ""
    truth: dict[str, Any] | None = None


class TruthRecorder:
    """Collects the truth of the frames of a clip and returns the sidecar's `frames` block."""

    def __init__(self, camera: Camera, near: str, facing: int) -> None:
        self.camera, self.near, self.facing = camera, near, facing
        self.rows: list[_Row] = []

    def add_empty(self, time_s: float, phase: str) -> None:
        """Record a frame in which nobody is in the room."""
        self.rows.append(_Row(time_s, phase))

    def add(self, placed: Placed, skin: Array, back_of_chest: Array) -> None:
        """Record a person; `skin` (N_SKIN, 3) and the unit vector out of the upper back are in the room."""
        j3 = {k: placed.joints[k] for k in JOINTS}
        j2 = {k: self.camera.project(v)[0] for k, v in j3.items()}
        hip, shoulder, spine = "hip" + self.near, "shoulder" + self.near, placed.joints["spine03"]
        out_of_back = np.subtract(*self.camera.project(np.stack([spine + 0.1 * back_of_chest, spine])))
        seen = back_contour(self.camera.project(skin), j2[hip], j2[shoulder], out_of_back)
        plane = [0, 2]
        side_on = back_contour(skin[:, plane], j3[hip][plane], j3[shoulder][plane], back_of_chest[plane])
        trunk = (j3[shoulder] - j3[hip])[plane]
        pose = placed.pose
        truth = dict(
            joints_px={public_name(k): _rounded(v, 1) for k, v in j2.items()},
            angles_deg=angles(j3, j2, self.near, self.facing),
            spine=dict(
                lumbar_flexion_deg=round(float(pose.get("lumbar", 0.0)), 1),
                thoracic_flexion_deg=round(float(pose.get("thoracic", 0.0)), 1),
                pelvis_pitch_deg=round(float(pose.get("pelvis", 0.0)), 1),
            ),
            **dict(zip(CURVES, back_curves(*seen) + back_curves(*side_on), strict=True)),
            trunk_length_m=round(float(np.linalg.norm(trunk)), 4),
            hip_near_m=_rounded(j3[hip][plane], 3),
        )
        self.rows.append(_Row(placed.time_s, placed.step.phase, placed.step.posture, truth))

    def frames(self) -> dict[str, Any]:
        """Return lists with one entry per frame; None where nobody is in the room."""
        truths = [r.truth for r in self.rows]
        out: dict[str, Any] = dict(
            time_s=[round(r.time_s, 3) for r in self.rows],
            phase=[r.phase for r in self.rows],
            posture=[r.posture for r in self.rows],
            person=[t is not None for t in truths],
        )
        first = next((t for t in truths if t is not None), {})
        for key, value in first.items():
            if isinstance(value, dict):
                out[key] = {k: _column(truths, lambda t, key=key, k=k: t[key][k]) for k in value}
            else:
                out[key] = _column(truths, lambda t, key=key: t[key])
        return out


def _rounded(v: Array, digits: int) -> list[float]:
    return [round(float(x), digits) for x in v]


def _column(truths: list[dict[str, Any] | None], pick: Callable[[dict[str, Any]], Any]) -> list[Any]:
    return [None if t is None else pick(t) for t in truths]
