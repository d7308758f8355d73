"""The landmark vocabulary: names, left and right pairs, bones.

The order is that of BlazePose (33 points); every array of landmarks in formcheck follows it.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")

SKELETON = "blazepose33"
LANDMARKS: tuple[str, ...] = (
    "nose",
    "left_eye_inner", "left_eye", "left_eye_outer",
    "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear",
    "mouth_left", "mouth_right",
    "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow",
    "left_wrist", "right_wrist",
    "left_pinky", "right_pinky",
    "left_index", "right_index",
    "left_thumb", "right_thumb",
    "left_hip", "right_hip",
    "left_knee", "right_knee",
    "left_ankle", "right_ankle",
    "left_heel", "right_heel",
    "left_foot_index", "right_foot_index",
)  # fmt: skip
INDEX: dict[str, int] = {name: i for i, name in enumerate(LANDMARKS)}
N_LANDMARKS = len(LANDMARKS)
PAIRS: dict[str, tuple[int, int]] = {
    name.removeprefix("left_"): (INDEX[name], INDEX[name.replace("left_", "right_")])
    for name in LANDMARKS
    if name.startswith("left_")
}
"""Body part -> index of its left and of its right landmark."""

BONES: tuple[tuple[str, str], ...] = (
    ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"),
    ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"),
    ("left_hip", "left_knee"), ("left_knee", "left_ankle"),
    ("left_heel", "left_foot_index"), ("left_ankle", "left_heel"),
    ("right_hip", "right_knee"), ("right_knee", "right_ankle"),
    ("right_heel", "right_foot_index"), ("right_ankle", "right_heel"),
)  # fmt: skip


def find_other_side(side: Side) -> Side:
    """Return the opposite side."""
    return "right" if side == "left" else "left"


def _mirror_name(name: str) -> str:
    for a, b in (("left", "right"), ("right", "left")):
        if a in name:
            return name.replace(a, b)
    return name


MIRROR = np.array([INDEX[_mirror_name(name)] for name in LANDMARKS])
"""Index array (33,): the source of each landmark in a mirrored picture."""
