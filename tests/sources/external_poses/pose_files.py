"""Write poses as Sports2D, OpenPose and MediaPipe users write them, from a saved track."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np

from formcheck.core.skeleton import INDEX, LANDMARKS

DATA = Path(__file__).resolve().parent.parent.parent / "data"
SPORTS2D = {
    "RHip": "right_hip", "RKnee": "right_knee", "RAnkle": "right_ankle", "RBigToe": "right_foot_index",
    "RSmallToe": None, "RHeel": "right_heel", "LHip": "left_hip", "LKnee": "left_knee", "LAnkle": "left_ankle",
    "LBigToe": "left_foot_index", "LSmallToe": None, "LHeel": "left_heel", "Neck": None, "Head": None, "Nose": "nose",
    "RShoulder": "right_shoulder", "RElbow": "right_elbow", "RWrist": "right_wrist", "LShoulder": "left_shoulder",
    "LElbow": "left_elbow", "LWrist": "left_wrist", "Hip": None,
}  # fmt: skip
"""The markers of Sports2D's usual model; None = one that formcheck has no use for."""
BODY_25 = (
    "nose", None, "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist", None,
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "right_eye", "left_eye",
    "right_ear", "left_ear", "left_foot_index", None, "left_heel", "right_foot_index", None, "right_heel",
)  # fmt: skip


def write_trc(path, poses, *, names=SPORTS2D, fps=15.0, units="m"):
    """Sports2D heads its pixels "Units m", and so does this."""
    head = [
        f"PathFileType\t4\t(X/Y/Z)\t{path}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"{fps}\t{fps}\t{len(poses)}\t{len(names)}\t{units}\t{fps}\t0\t{len(poses)}",
        "Frame#\tTime\t" + "\t\t\t".join(names) + "\t\t\t",
        "\t\t" + "\t".join(f"X{k}\tY{k}\tZ{k}" for k in range(1, len(names) + 1)),
    ]
    rows = []
    for k, pose in enumerate(poses):
        cells = [str(k), repr(pose.time_s)]
        for of in names.values():
            x, y = (math.nan, math.nan) if of is None else pose.xy_px[INDEX[of]].tolist()
            cells += ["", "", ""] if math.isnan(x) else [repr(x), repr(y), "0.0"]
        rows.append("\t".join(cells))
    path.write_text("\n".join([*head, *rows]) + "\n", "utf-8")
    return path


def write_openpose(folder, poses, *, names=BODY_25, others=()):
    """One file a frame; `others` are further people as (poses) which come first in every file."""
    folder.mkdir()
    for k, pose in enumerate(poses):
        people = [
            {"person_id": [-1], "pose_keypoints_2d": _triples(one, names), "face_keypoints_2d": []}
            for one in (*(other[k] for other in others), pose)
            if one.seen
        ]
        file = folder / f"clip_{k:012d}_keypoints.json"
        file.write_text(json.dumps({"version": 1.3, "people": people}))
    return folder


def _triples(pose, names):
    out = []
    for name in names:
        point = [0.0, 0.0] if name is None else pose.xy_px[INDEX[name]].tolist()
        sure = 0.0 if name is None or math.isnan(point[0]) else float(pose.visibility[INDEX[name]])
        out += [*point, sure] if sure else [0.0, 0.0, 0.0]
    return out


def write_wide_csv(path, poses, *, head=lambda k: (f"x_{k}", f"y_{k}", f"z_{k}", f"visibility_{k}"), world=False):
    """One row a frame, shares of the picture, with its size; `head` names the columns of a landmark."""
    names = ["time_s", "width", "height", *(name for k in range(33) for name in head(k))]
    if world:
        names += [f"world_{axis}_{k}" for k in range(33) for axis in "xyz"]
    rows = [",".join(names)]
    for pose in poses:
        cells = [pose.time_s, *pose.size_px]
        for k in range(33):
            x, y = (pose.xy_px[k] / pose.size_px).tolist()
            cells += [x, y, -0.1, float(pose.visibility[k])]
        if world:
            cells += pose.xyz_m.ravel().tolist()
        rows.append(",".join(cell_text(cell) for cell in cells))
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def write_long_csv(path, poses, *, names=LANDMARKS):
    """One row a landmark, in pixels; frames in which nobody is seen have no rows, as MediaPipe gives none."""
    rows = ["timestamp_ms,landmark,x,y,z,visibility"]
    for pose in poses:
        for k, name in enumerate(names):
            if np.isfinite(pose.xy_px[k]).all():
                cells = (pose.time_s * 1000, name, *pose.xy_px[k].tolist(), 0.0, float(pose.visibility[k]))
                rows.append(",".join(cell_text(cell) for cell in cells))
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def cell_text(cell):
    """A cell as Python's csv writes it; empty where it is missing."""
    return "" if isinstance(cell, float) and math.isnan(cell) else str(cell)
