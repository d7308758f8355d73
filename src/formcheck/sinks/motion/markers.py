"""Place the landmarks in the axes of other programs; write marker files (.trc) for OpenSim.

**Axes.** OpenSim has x forward, y up, z to the person's right. The pose model has x to the right of the picture, y
down, z away from the camera. Half a turn round the x axis makes y point up and keeps the frame right-handed; one
turn about the vertical, the same for the whole recording, then lays the person's own left-right axis along z. That
needs the pose model's depth and nothing else, and distorts nothing. What it cannot give: the vertical is the
camera's, not gravity's, and the origin lies between the hips in every frame, since the pose model knows no floor.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import keep_on_a_line
from formcheck.core.measure.camera_view import MIN_VISIBILITY, seen_share
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import LANDMARKS, PAIRS

Units = Literal["m", "px"]
_EXPORT_DECIMALS = {"m": 6, "px": 3}
_MARKER_WORDS = {"foot_index": "big_toe"}
LEAST_LEVEL = 0.5
"""The share of the left-right axis that must be level to find where forward is; a person lying on one side has none."""


def name_marker(landmark: str) -> str:
    """Return OpenSim's name for a landmark.

    Examples
    --------
    >>> [name_marker(name) for name in ("nose", "left_foot_index", "mouth_right")]
    ['Nose', 'LBigToe', 'RMouth']
    """
    words = landmark.split("_")
    side = next((word for word in words if word in ("left", "right")), "")
    part = "_".join(word for word in words if word != side)
    return side[:1].upper() + "".join(word.capitalize() for word in _MARKER_WORDS.get(part, part).split("_"))


MARKERS = tuple(name_marker(name) for name in LANDMARKS)
"""Names of the 33 markers, in the order of the landmarks."""


class Markers(NamedTuple):
    """All markers of one frame.

    Parameters
    ----------
    time_s : seconds from the start of the recording.
    points : (33, 3) in the unit of the file; NaN for a gap.
    """

    time_s: float
    points: NDArray[np.float64]


def turn_rad(poses: Iterable[PoseFrame]) -> float:
    """Return the turn about the vertical that puts a person's right along OpenSim's z.

    It is the mean over all poses. 0 for a person who shows the right side, which then is nearest to the camera; also 0
    where it cannot be measured.
    """
    total, count = np.zeros(2), 0
    for pose in poses:
        pairs = PAIRS["shoulder"], PAIRS["hip"]
        right = np.mean([pose.xyz_m[its_right] - pose.xyz_m[its_left] for its_left, its_right in pairs], axis=0)
        size = float(np.linalg.norm(right))
        if size > 0:
            total += np.array([right[0], -right[2]]) / size
            count += 1
    if not count or float(np.hypot(*total)) < LEAST_LEVEL * count:
        return 0.0
    return -math.atan2(total[0], total[1])


def place_in_space(pose: PoseFrame, turn: float) -> Markers:
    """Return a pose in OpenSim's axes: metres, x forward, y up, z right.

    Parameters
    ----------
    turn : about the vertical, see `turn_rad`.
    """
    x, y, z = _blank_unseen(pose, pose.xyz_m) * ((1,), (-1,), (-1,))
    cos, sin = math.cos(turn), math.sin(turn)
    return Markers(pose.time_s, np.column_stack([x * cos + z * sin, y, z * cos - x * sin]))


def place_in_picture(pose: PoseFrame) -> Markers:
    """Return a pose in Sports2D's axes: pixels, x right, y down, z = 0."""
    x, y = _blank_unseen(pose, pose.xy_px)
    return Markers(pose.time_s, np.column_stack([x, y, np.where(np.isfinite(x), 0.0, math.nan)]))


def _blank_unseen(pose: PoseFrame, points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the coordinates (axes, 33) of seen landmarks; landmarks the pose model guesses become gaps."""
    seen = seen_share(pose) >= MIN_VISIBILITY
    return np.where(seen, points.T.astype(np.float64), math.nan)


def write_trc(path: Path, frames: Iterable[Markers], *, name: str, count: int, rate_hz: float, units: Units) -> None:
    """Write a marker file.

    Parameters
    ----------
    frames : in order of time; a gap is written nan, as OpenSim writes it: OpenSim reads an empty field at the end of
        a row as a missing one.
    name : the name that is written into the file.
    count, rate_hz : number of frames, and frames a second. Times are written unchanged, also where they are not
        quite even.
    units : m, or px; OpenSim reads metres.
    """
    rate = f"{rate_hz:.6g}"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"PathFileType\t4\t(X/Y/Z)\t{keep_on_a_line(name)}\n")
        file.write(
            "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n"
        )
        file.write("\t".join([rate, rate, str(count), str(len(MARKERS)), units, rate, "1", str(count)]) + "\n")
        file.write("Frame#\tTime\t" + "\t\t\t".join(MARKERS) + "\t\t\n")
        axes = (f"{axis}{number}" for number in range(1, len(MARKERS) + 1) for axis in "XYZ")
        file.write("\t\t" + "\t".join(axes) + "\n\n")
        for number, one in enumerate(frames, start=1):
            values = one.points.ravel().tolist()
            decimals = _EXPORT_DECIMALS[units]
            fields = [f"{value:.{decimals}f}" if math.isfinite(value) else "nan" for value in values]
            file.write(f"{number}\t{one.time_s:.6f}\t" + "\t".join(fields) + "\n")
