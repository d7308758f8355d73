"""Poses of other programs: Sports2D, Pose2Sim, OpenPose, tables of MediaPipe's landmarks.

The formats are marker files of Sports2D, OpenPose's JSON, which Pose2Sim also writes, and tables of landmarks.
`open_foreign` returns the same as a saved track, so the same movement files judge them. A file `<name>.json` next to
them may give ``{"width": 1920, "height": 1080, "fps": 30}`` if they do not.
"""

from __future__ import annotations

from pathlib import Path

from formcheck.core.errors import SourceError

from .mediapipe_csv import read_landmark_csv
from .openpose import find_pose_place, holds_keypoints, is_pose_folder, read_openpose
from .text_files import show_name
from .track import ForeignTrack, make_track, read_sidecar
from .trc import read_trc

_FILES = {".trc": read_trc, ".csv": read_landmark_csv, ".tsv": read_landmark_csv}


def is_foreign(path: Path) -> bool:
    """Return whether a path holds poses of another program.

    That is a .trc, .csv or .tsv file, or a folder of OpenPose, Pose2Sim or Sports2D. A single JSON file of poses counts
    as well, though only a folder of them can be read: so the refusal can say what to do.
    """
    try:
        if path.is_dir():
            return is_pose_folder(path)
        if path.suffix.lower() == ".json":
            return holds_keypoints(path)
    except (OSError, ValueError):  # for example a name that is too long: reported when it is opened
        return False
    return path.suffix.lower() in _FILES


def open_foreign(path: Path, *, recorded_fps: float | None = None) -> ForeignTrack:
    """Return poses of another program as a track.

    Parameters
    ----------
    path : .trc in pixels, table of landmarks, or a folder of OpenPose, Pose2Sim or Sports2D.
    recorded_fps : frames a second, if neither the file nor the one next to it says so; default 30, with a warning.

    Raises
    ------
    SourceError
        In one line: what was expected, what came, where, and what to do.
    """
    name = show_name(path)
    if not path.exists():
        raise SourceError(f"{name}: expected a file of poses, got no such file; check the path")
    if path.suffix.lower() == ".json" and path.is_file():
        came, todo = "one JSON file", "give the folder, with one file for each frame"
        raise SourceError(f"{name}: expected a folder of OpenPose's files, got {came}; {todo}")
    place = find_pose_place(path) if path.is_dir() else path
    reader = None if place is None else read_openpose if place.is_dir() else _FILES.get(place.suffix.lower())
    if place is None or reader is None:
        came = "a folder without *_keypoints.json" if path.is_dir() else f"a file that ends in {path.suffix!r}"
        raise SourceError(f"{name}: expected .trc, .csv or OpenPose's folder, got {came}; check the path")
    return make_track(reader(place), read_sidecar(place), recorded_fps)
