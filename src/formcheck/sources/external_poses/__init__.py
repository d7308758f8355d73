"""Poses of other programs: Sports2D, OpenPose, tables of MediaPipe's landmarks.

The formats are marker files of Sports2D, OpenPose's JSON, and tables of landmarks. `open_foreign` returns the same as a
saved track, so the same movement files judge them. A file `<name>.json` next to them may give ``{"width": 1920,
"height": 1080, "fps": 30}`` if they do not.
"""

from __future__ import annotations

from pathlib import Path

from formcheck.core.errors import SourceError

from .mediapipe_csv import read_landmark_csv
from .openpose import PATTERN, read_openpose
from .sidecar import read_sidecar
from .track import ForeignTrack, make_track
from .trc import read_trc

_FILES = {".trc": read_trc, ".csv": read_landmark_csv}


def is_foreign(path: Path) -> bool:
    """Return whether a path holds poses of another program.

    That is a .trc or .csv file, or a folder of OpenPose's JSON.
    """
    try:
        if path.is_dir():
            return next(path.glob(PATTERN), None) is not None
    except (OSError, ValueError):  # for example a name that is too long: reported when it is opened
        return False
    return path.suffix.lower() in _FILES


def open_foreign(path: Path, *, recorded_fps: float | None = None) -> ForeignTrack:
    """Return poses of another program as a track.

    Parameters
    ----------
    path : .trc in pixels, .csv of landmarks, or OpenPose's folder.
    recorded_fps : frames a second, if neither the file nor the one next to it says so; default 30, with a warning.

    Raises
    ------
    SourceError
        In one line: what was expected, what came, where, and what to do.
    """
    if not path.exists():
        raise SourceError(f"{path.name}: expected a file of poses, got no such file; check the path")
    reader = read_openpose if path.is_dir() else _FILES.get(path.suffix.lower())
    if reader is None or (path.is_dir() and not is_foreign(path)):
        came = "a folder without *_keypoints.json" if path.is_dir() else f"a file that ends in {path.suffix!r}"
        raise SourceError(f"{path.name}: expected .trc, .csv or OpenPose's folder, got {came}; check the path")
    return make_track(reader(path), read_sidecar(path), recorded_fps)
