"""What was seen beside what was true, frame by frame, from the files of `training.postures` and from clips."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.core.measure.contour import find_trunk_axis
from formcheck.core.records import N_BACK, PoseFrame
from formcheck.sources.pose.crop import Region
from formcheck.sources.pose.landmarks import CROP_SIZE_PX
from formcheck.sources.pose.people import Silhouette

from .postures import JOINT_NAMES

Array = NDArray[Any]


@dataclass(slots=True)
class Sample:
    """One picture: the pose as formcheck gets it, its mirror image's (left and right put back), and the truth.

    Parameters
    ----------
    flat_px : (19, 2) true joints in the person's sagittal plane, as a camera exactly beside the hips would show them
        from the same distance, px of the picture; rows `JOINT_NAMES`.
    spine_deg : lumbar + thoracic flexion against the model's rest posture.
    """

    person: str
    movement: str
    kind: str
    moment: int
    pose: PoseFrame
    mirror: PoseFrame | None
    flat_px: Array
    near: str
    facing: int
    yaw_deg: float
    roll_deg: float
    spine_deg: float
    lumbar_deg: float
    truth: dict[str, float] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=dict)


def _pose(
    xy: Array, xyz: Array, vis: Array, silhouette: Silhouette | None, size: tuple[int, int], time_s: float
) -> PoseFrame:
    axis = find_trunk_axis(xy, xyz)
    back = np.full((N_BACK, 2), np.nan)
    if axis is not None and silhouette is not None:
        back = silhouette.trace_back(axis, size)
    return PoseFrame(time_s, size, xy, xyz, vis, back)


def read_person(path: Path) -> Iterator[Sample]:
    """Yield the pictures of one file of `training.postures`."""
    z = np.load(path)
    card = json.loads(str(z["card"]))
    size = card["width"], card["height"]
    starts = np.r_[0, np.cumsum(z["mask_sizes"])]
    blob = z["masks"].tobytes()
    frames, about = card["frames"], {k: card[k] for k in ("camera", "body", "clothing", "spec", "moved")}
    if None in frames["spine"]["lumbar_flexion_deg"]:
        return  # a person who walks in: no start posture
    spine = np.add(frames["spine"]["lumbar_flexion_deg"], frames["spine"]["thoracic_flexion_deg"])
    for row, i in enumerate(z["kept"]):
        raw = zlib.decompress(blob[starts[row] : starts[row + 1]])
        mask = np.frombuffer(raw, np.uint8).reshape(CROP_SIZE_PX, CROP_SIZE_PX).astype(np.float32) / 255
        silhouette = Silhouette(mask, Region(*z["region"][row].tolist()).placement(CROP_SIZE_PX))
        pose = _pose(z["xy"][row], z["xyz"][row], z["vis"][row], silhouette, size, float(i))
        mirror = None
        if np.isfinite(z["m_xy"][row]).all():
            mirror = _pose(z["m_xy"][row], z["m_xyz"][row], z["m_vis"][row], None, size, float(i))
        hips = np.mean([frames["joints_px"][f"hip_{side}"][i] for side in ("left", "right")], axis=0)
        yield Sample(
            path.stem,
            card["movement"],
            card["kinds"][i],
            card["moments"][i],
            pose,
            mirror,
            _side_view(z["j3"][row].astype(float), hips, card),
            card["near_side"],
            1 if card["facing_image"] == "right" else -1,
            abs(card["camera"]["yaw_deg"]),
            card["camera"]["roll_deg"],
            float(spine[i]),
            float(frames["spine"]["lumbar_flexion_deg"][i]),
            {k: v[i] for k, v in frames["angles_deg"].items()}
            | {k: frames[k][i] for k in frames if k.startswith("back_curve")},
            about,
        )


def _side_view(j3: Array, hips_px: Array, card: dict[str, Any]) -> Array:
    """Return the joints (19, 2) in the sagittal plane, turned as the camera is rolled, px; the hips stay."""
    camera, (scale, *shift) = card["camera"], card["moved"]
    hip = (j3[JOINT_NAMES.index("hipL")] + j3[JOINT_NAMES.index("hipR")]) / 2
    yaw = math.radians(camera["yaw_deg"])
    beside = -1.0 if card["near_side"] == "right" else 1.0
    away_m = camera["distance_m"] * np.array([math.sin(yaw), beside * math.cos(yaw)])
    eye = np.array([*away_m, camera["height_m"]])
    focal_px = card["height"] / 2 / math.tan(math.radians(camera["fov_deg"]) / 2)
    px_per_m = focal_px / np.linalg.norm(eye - hip)
    facing = 1 if card["facing_image"] == "right" else -1
    roll = math.radians(-camera["roll_deg"])
    turn = np.array([[math.cos(roll), -math.sin(roll)], [math.sin(roll), math.cos(roll)]])
    flat = (j3 - hip)[:, [0, 2]] * [facing, -1] * px_per_m @ turn.T
    return np.asarray((flat + hips_px) * scale + shift)


def read_people(folder: Path) -> Iterator[Sample]:
    """Yield the pictures of every finished file in a folder: one network's."""
    for path in sorted(folder.glob("*.npz")):
        if ".part" not in path.name:
            yield from read_person(path)


__all__ = ["JOINT_NAMES", "Iterable", "Sample", "read_people", "read_person"]
