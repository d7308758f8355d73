"""What can be wrong with a row of poses, and how it is reported.

A damaged row is a row without a body. Codes decide; `ADVICE` turns them into words.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class DamageKind(StrEnum):
    """Why a row, or a part of it, was not used."""

    NUMBER = "number"
    FIELDS = "fields"
    TIME = "time"
    ORDER = "order"
    TWICE = "twice"
    STEP = "step"
    PERSON = "person"
    RECORDING = "recording"
    LANDMARK = "landmark"
    SKELETON = "skeleton"
    FILE = "file"
    SIZE = "size"


class Damage(NamedTuple):
    """One thing that is wrong with a row.

    Parameters
    ----------
    kind : what it is.
    came : what is there, in words for people.
    where : place in the file.
    """

    kind: DamageKind
    came: str
    where: str


ADVICE: dict[DamageKind, tuple[str, str]] = {
    DamageKind.NUMBER: ("numbers", "correct these cells or leave them empty"),
    DamageKind.FIELDS: ("as many fields as columns in each row", "write the table again"),
    DamageKind.TIME: ("a time or frame in each row", "give time in seconds, or a column frame"),
    DamageKind.ORDER: (
        "time that increases from frame to frame",
        "sort the rows by time, and write one file for each recording and person",
    ),
    DamageKind.TWICE: (
        "each frame once, of one person",
        "keep the rows of one person, of the pose without hands and face, with times as fine as the frames",
    ),
    DamageKind.STEP: ("times of a recording", "give time in seconds or milliseconds"),
    DamageKind.PERSON: ("rows of one person", "keep the rows of one person"),
    DamageKind.RECORDING: ("rows of one recording", "write one file for each recording"),
    DamageKind.LANDMARK: ("MediaPipe's 33 landmarks", "keep the rows of the pose"),
    DamageKind.SKELETON: (
        "25 or 18 points of OpenPose, 26 of HALPE, 17 or 133 of COCO for each person",
        "write the poses with one of these models",
    ),
    DamageKind.FILE: ('a file with "people" and their "pose_keypoints_2d"', "write it again"),
    DamageKind.SIZE: ("one picture size", "write one file for each picture size"),
}
"""Kind -> what was expected, and what to do."""
