"""Poses of another program as a track.

The file is read twice: once to survey it, once to give its poses. Missing data stays missing. Such files hold no
silhouette, so the back is never read from them, and most hold no depth: the view is then found from the picture alone
(`camera_view.picture_yaw_deg`), and the joints stay where that program put them, with the wider uncertainty of joints
that were not corrected.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import SourceError
from formcheck.core.measure.camera_view import GOOD_VISIBILITY, MIN_VISIBILITY
from formcheck.core.records import N_BACK, PoseFrame
from formcheck.core.skeleton import N_LANDMARKS, PAIRS

from .sidecar import Sidecar, choose_usual_size, find_sidecar_path

DEFAULT_FPS = 30.0
UNKNOWN_VISIBILITY = GOOD_VISIBILITY
"""Visibility of a point for which the file gives none: just well seen."""
LEAST_TRUNK_PX = 10.0
"""A shorter trunk is not a picture of a person."""
MOST_NORMALISED = 3.0
"""No trunk is longer than three picture widths.

A value below this is a share of the picture, or metres.
"""
_FARTHEST = 1e7
"""A point further away is an error in the file, and counts as missing."""
_LONGEST_STEP_S = 2.0
LandmarkValues = NDArray[np.float64]


class PoseRow(NamedTuple):
    """One frame as the file gives it.

    Parameters
    ----------
    where : place in the file, for errors.
    clock : time, in the unit of `PoseFile.clock`.
    xy : (33, 2) in the unit of the file; NaN for a missing point.
    visibility : (33,) 0..1; NaN if the file does not say.
    xyz_m : (33, 3) as in `PoseFrame`, or None.
    people : how many people were found in the picture.
    """

    where: str
    clock: float
    xy: LandmarkValues
    visibility: LandmarkValues
    xyz_m: LandmarkValues | None = None
    people: int = 1


@dataclass(frozen=True, slots=True)
class PoseFile:
    """A file of another program's poses, opened but not yet surveyed.

    Parameters
    ----------
    path : file or folder.
    model : the format of the file; used as the model name in the results.
    sha256 : of the file, or of the files in the folder.
    rows : gives all rows again with each call.
    clock : unit of the rows' time; "unknown" is determined from its steps.
    size_px : picture size, if the file says so.
    shares_allowed : coordinates may be shares of the picture's width and height.
    promised : how many frames the file says it has, or None.
    """

    path: Path
    model: str
    sha256: str
    rows: Callable[[], Iterator[PoseRow]]
    clock: Literal["s", "ms", "frame", "unknown"]
    size_px: tuple[int, int] | None = None
    shares_allowed: bool = False
    promised: int | None = None


@dataclass(slots=True)
class Survey:
    """The result of the first pass over all rows."""

    frames: int = 0
    first: float = math.nan
    last: float = math.nan
    reach: tuple[float, float] = (0.0, 0.0)
    steps: array[float] = field(default_factory=lambda: array("d"))
    trunks: array[float] = field(default_factory=lambda: array("d"))

    @property
    def step(self) -> float:
        """Return the usual step of the clock, NaN of a single frame."""
        return float(np.median(self.steps)) if self.steps else math.nan

    @property
    def trunk(self) -> float:
        """Return the usual length from hips to shoulders.

        In the unit of the file; NaN if no trunk was seen.
        """
        return float(np.median(self.trunks)) if self.trunks else math.nan

    def add(self, row: PoseRow, name: str) -> None:
        """Add one row; refuse time that does not rise."""
        if self.frames and not row.clock > self.last:
            raise SourceError(
                f"{name}: expected time that rises from frame to frame, got {row.clock:g} after {self.last:g} "
                f"at {row.where}; give one recording to a file"
            )
        if self.frames:
            self.steps.append(row.clock - self.last)
        self.frames, self.last = self.frames + 1, row.clock
        self.first = row.clock if self.frames == 1 else self.first
        xy, visibility = _clean_row(row)
        seen = xy[visibility >= MIN_VISIBILITY]
        if len(seen):
            x, y = seen.max(axis=0).tolist()
            self.reach = max(self.reach[0], x), max(self.reach[1], y)
        hips, shoulders = (xy[list(PAIRS[part])].mean(axis=0) for part in ("hip", "shoulder"))
        trunk = math.dist(hips, shoulders)
        if math.isfinite(trunk):
            self.trunks.append(trunk)


def survey(recording: PoseFile) -> Survey:
    """Return the survey of all rows of a recording.

    Raises
    ------
    SourceError
        If time does not rise, or no frame has a person with a trunk.
    """
    found, name = Survey(), recording.path.name
    for row in recording.rows():
        found.add(row, name)
    if not found.frames:
        raise SourceError(f"{name}: expected poses, got an empty file; write them anew")
    if not found.trunks:
        came = f"none in any of {found.frames} frames"
        raise SourceError(f"{name}: expected a person with shoulders and hips, got {came}; write them anew")
    return found


@dataclass(frozen=True, slots=True)
class ForeignTrack:
    """Poses of another program: header and frames like a saved track, and assumptions.

    Attributes
    ----------
    warnings : what the file did not say and what was assumed instead.
    """

    recording: PoseFile
    header: dict[str, Any]
    frames: int
    size_px: tuple[int, int]
    scale: tuple[float, float]
    tick_s: float
    first: float
    warnings: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[PoseFrame]:
        for row in self.recording.rows():
            # a recording may begin at any time of day; times count from its first frame
            yield self._pose(row, round((row.clock - self.first) * self.tick_s, 9))

    def _pose(self, row: PoseRow, time_s: float) -> PoseFrame:
        xy, visibility = _clean_row(row)
        if not np.isfinite(xy).any():
            return PoseFrame.nobody(time_s, self.size_px, people=row.people)
        xyz_m = np.full((N_LANDMARKS, 3), math.nan) if row.xyz_m is None else _blank_unknown(row.xyz_m)
        no_back = np.full((N_BACK, 2), math.nan)
        points = [each.astype(np.float32) for each in (xy * self.scale, xyz_m, visibility, no_back)]
        return PoseFrame(time_s, self.size_px, points[0], points[1], points[2], points[3], row.people)


def _blank_unknown(points: LandmarkValues) -> LandmarkValues:
    """Return the points; NaN if one of a point's numbers is missing or invalid."""
    with np.errstate(invalid="ignore"):
        return np.where((np.abs(points) < _FARTHEST).all(axis=1, keepdims=True), points, np.nan)


def _clean_row(row: PoseRow) -> tuple[LandmarkValues, LandmarkValues]:
    """Return points and visibility of a row; if one is missing, so is the other."""
    xy = _blank_unknown(row.xy)
    visibility = np.where(np.isfinite(row.visibility), np.clip(row.visibility, 0.0, 1.0), UNKNOWN_VISIBILITY)
    return xy, np.where(np.isfinite(xy[:, 0]), visibility, 0.0)


def make_track(recording: PoseFile, sidecar: Sidecar, fps: float | None) -> ForeignTrack:
    """Return a recording of another program's poses as a track.

    Parameters
    ----------
    fps : rate of the recording, if neither the file nor the sidecar says it.

    Raises
    ------
    SourceError
        One line: what the file lacks and how to give it.
    """
    found = survey(recording)
    warnings: list[str] = []
    size_px = _decide_size_px(recording, sidecar, found, warnings)
    scale = (1.0, 1.0) if found.trunk >= LEAST_TRUNK_PX else (float(size_px[0]), float(size_px[1]))
    tick_s = _tick_s(recording, sidecar.fps or fps, found, warnings)
    if recording.promised not in (None, found.frames):
        problem = f"{recording.promised} frames are announced in it, {found.frames} are there"
        warnings.append(f"{recording.path.name}: {problem}; its end may be missing")
    rate_fps = 1 / (found.step * tick_s) if found.frames > 1 else 0.0
    header = {
        "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": {"name": recording.model, "sha256": ""},
        "still": found.frames == 1,
        "source": {
            "name": recording.path.name,
            "sha256": recording.sha256,
            "width": size_px[0],
            "height": size_px[1],
            "fps": round(rate_fps, 3),
            "duration_s": round((found.last - found.first) * tick_s + (1 / rate_fps if rate_fps else 0.0), 3),
            "frames": found.frames,
        },
    }
    return ForeignTrack(recording, header, found.frames, size_px, scale, tick_s, found.first, tuple(warnings))


def _decide_size_px(recording: PoseFile, sidecar: Sidecar, found: Survey, warnings: list[str]) -> tuple[int, int]:
    name, size_px = recording.path.name, sidecar.size_px or recording.size_px
    how = f'write {{"width": 1920, "height": 1080}} into {find_sidecar_path(recording.path).name} beside it'
    if found.trunk >= LEAST_TRUNK_PX:
        if size_px is not None:
            return size_px
        size = choose_usual_size(found.reach)
        warnings.append(f"{name}: the picture's size is not in it; {size[0]}×{size[1]} was taken, {how}")
        return size
    if not recording.shares_allowed or found.trunk > MOST_NORMALISED:
        came = f"a trunk {found.trunk:.3g} long: metres, or shares of the picture"
        raise SourceError(f"{name}: expected coordinates in pixels, got {came}; give the file in pixels")
    if size_px is None:
        came = "shares of the picture without its size"
        raise SourceError(f"{name}: expected pixels, or columns width and height, got {came}; {how}")
    return size_px


def _tick_s(recording: PoseFile, fps: float | None, found: Survey, warnings: list[str]) -> float:
    """Return how long one unit of the rows' clock is, seconds."""
    name, clock = recording.path.name, recording.clock
    if clock == "frame":
        if fps is None:
            how = f'write {{"fps": 25}} into {find_sidecar_path(recording.path).name} beside it if that is wrong'
            warnings.append(f"{name}: frames a second are not in it; {DEFAULT_FPS:g} were taken, {how}")
        return 1 / (fps or DEFAULT_FPS)
    if clock == "unknown" and found.frames > 1 and found.step >= _LONGEST_STEP_S:
        warnings.append(f"{name}: its time stamps were taken as milliseconds")
        clock = "ms"
    tick_s = 1e-3 if clock == "ms" else 1.0
    if found.frames > 1 and found.step * tick_s > _LONGEST_STEP_S:
        came = f"{found.step * tick_s:g} seconds from frame to frame"
        raise SourceError(f"{name}: expected a recording of movement, got {came}; give time in seconds or milliseconds")
    return tick_s
