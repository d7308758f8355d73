"""Poses of another program as a track.

The file is read twice: once to survey it, once to give its poses. Missing data stays missing. A sidecar holds the
picture size and the frame rate that a file lacks. Such files hold no silhouette, so the back is never read from them,
and most hold no depth: the view is then found from the picture alone (`camera_view.flat_yaw_deg`), and the joints stay
where that program put them, with the wider uncertainty of joints that were not corrected.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import SourceError
from formcheck.core.records import N_BACK, PoseFrame
from formcheck.core.skeleton import N_LANDMARKS
from formcheck.sources.files.regular_files import open_text

from .clocks import TICKS_S
from .survey import FollowedRow, PoseFile, Survey, follow_rows, survey, warn_of_loss
from .text_files import show_name

_USUAL = [(640, 480), (1280, 720), (1920, 1080), (3840, 2160)]
USUAL_SIZES = [size for wide in _USUAL for size in (wide, wide[::-1])]
"""Usual camera sizes, smallest first, landscape and portrait."""
_MOST_CHARACTERS = 1_000_000
MOST_PX, MOST_TRACK_FPS = 100_000, 10_000.0


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The content of a JSON file next to the poses; None for missing values."""

    size_px: tuple[int, int] | None = None
    fps: float | None = None


def find_sidecar_path(path: Path) -> Path:
    """Return the path of the file that may give size and rate.

    It has the same name, ending in .json.
    """
    return path.with_suffix(".json") if path.is_file() else path.parent / f"{path.resolve().name}.json"


def read_sidecar(path: Path) -> Sidecar:
    """Return the content of the file next to the poses at `path`.

    Empty if there is no such file.

    Raises
    ------
    SourceError
        If such a file exists but has other content.
    """
    sidecar_path = find_sidecar_path(path)
    try:
        with open_text(sidecar_path, encoding="utf-8-sig") as file:
            content = json.loads(file.read(_MOST_CHARACTERS))
    except FileNotFoundError:
        return Sidecar()
    except (OSError, ValueError, RecursionError):
        raise _bad_sidecar(sidecar_path, "a file that is not JSON") from None
    if not isinstance(content, dict):
        raise _bad_sidecar(sidecar_path, "JSON that is not an object")
    width, height, fps = (_read_sidecar_number(sidecar_path, content, key) for key in ("width", "height", "fps"))
    if (width is None) != (height is None):
        raise _bad_sidecar(sidecar_path, "only one of width and height")
    if width is None or height is None:
        return Sidecar(None, fps)
    if not all(1 <= side <= MOST_PX and side == int(side) for side in (width, height)):
        raise _bad_sidecar(sidecar_path, f"a picture of {width:g}×{height:g}")
    return Sidecar((int(width), int(height)), fps)


def _read_sidecar_number(sidecar_path: Path, content: dict[str, Any], key: str) -> float | None:
    value = content.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= max(MOST_PX, MOST_TRACK_FPS):
        raise _bad_sidecar(sidecar_path, f"{key} = {json.dumps(value)[:40]}")
    return float(value)


def _bad_sidecar(sidecar_path: Path, came: str) -> SourceError:
    what = 'expected {"width": 1920, "height": 1080, "fps": 30} next to the poses'
    return SourceError(f"{show_name(sidecar_path)}: {what}, got {came}; correct or remove it")


def choose_usual_size(reach_px: tuple[float, float]) -> tuple[int, int]:
    """Return the smallest usual picture that holds all points.

    Parameters
    ----------
    reach_px : largest x and largest y of all points.

    Examples
    --------
    >>> choose_usual_size((900.0, 500.0)), choose_usual_size((700.0, 1000.0)), choose_usual_size((5000.0, 200.0))
    ((1280, 720), (720, 1280), (5000, 200))
    """
    x, y = reach_px
    fits = (size for size in USUAL_SIZES if x <= size[0] and y <= size[1])
    return next(fits, (max(1, math.ceil(x)), max(1, math.ceil(y))))


DEFAULT_FPS = 30.0
LEAST_TRUNK_PX = 10.0
"""A shorter trunk is not a picture of a person."""
MOST_NORMALISED = 3.0
"""No trunk is longer than three picture widths."""
LEAST_REACH_PX = 101.0
"""Coordinates that stay below may be percent of the picture."""
MARGIN_SHARE = 0.1
"""Shoulders and hips that are seen may be this far outside the picture, as a share of it."""
LEAST_INSIDE_SHARE = 0.8
"""In fewer frames inside the picture, the unit or the origin is another."""
MOST_CENTRED_SHARE = 0.5
"""If the hips are the origin in more of the frames, the points are in space."""
LEAST_INVERTED_SHARE = 0.2
TRUNK_M = (0.15, 1.2)
"""Shortest and longest trunk in space, metres."""
_LONGEST_STEP_S = 2.0
_FAR_OUTSIDE = 2.0
"""A point further outside, in picture sizes, is an error in the file, and counts as missing."""


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
    has_depth: bool = True
    warnings: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[PoseFrame]:
        for row in follow_rows(self.recording, self.tick_s):
            if not math.isnan(row.time_s):
                yield self._pose(row)

    def _pose(self, row: FollowedRow) -> PoseFrame:
        body = row.body
        if body is None:
            return PoseFrame.nobody(row.time_s, self.size_px, people=row.people)
        xy, size = body.xy * self.scale, np.array(self.size_px)
        with np.errstate(invalid="ignore"):
            near: NDArray[np.bool_] = np.all(np.abs(xy - size / 2) < (0.5 + _FAR_OUTSIDE) * size, axis=1)
        xyz_m = body.xyz_m if body.xyz_m is not None and self.has_depth else np.full((N_LANDMARKS, 3), math.nan)
        no_back = np.full((N_BACK, 2), math.nan)
        points = [
            each.astype(np.float32)
            for each in (np.where(near[:, None], xy, np.nan), xyz_m, np.where(near, body.visibility, 0.0), no_back)
        ]
        return PoseFrame(row.time_s, self.size_px, points[0], points[1], points[2], points[3], row.people)


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
    name, warnings = show_name(recording.path), list(recording.notes)
    tick_s = _find_tick_s(recording, sidecar.fps or fps, warnings)
    found = survey(recording, tick_s)
    if found.frames > 1 and found.step_s > _LONGEST_STEP_S:
        came = f"{found.step_s:g} seconds from frame to frame"
        raise SourceError(f"{name}: expected a recording of movement, got {came}; give time in seconds or milliseconds")
    in_pixels = _is_in_pixels(recording, found)
    size_px = _decide_size_px(recording, sidecar, found, warnings, in_pixels=in_pixels)
    has_depth = _has_depth(found, name, warnings)
    warnings += warn_of_loss(found, name)
    if recording.promised not in (None, found.frames):
        problem = f"it announces {recording.promised} frames and has {found.frames}"
        warnings.append(f"{name}: {problem}; its end may be missing")
    rate_fps = 1 / found.step_s if found.frames > 1 else 0.0
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
            "duration_s": round(found.last_s + (1 / rate_fps if rate_fps else 0.0), 3),
            "frames": found.frames,
        },
    }
    scale = (1.0, 1.0) if in_pixels else (float(size_px[0]), float(size_px[1]))
    return ForeignTrack(recording, header, found.frames, size_px, scale, tick_s, has_depth, tuple(warnings))


def _find_tick_s(recording: PoseFile, fps: float | None, warnings: list[str]) -> float:
    """Return how long one unit of the rows' clock is, seconds."""
    if recording.clock != "frame":
        return TICKS_S[recording.clock]
    if fps is None:
        how = f'write {{"fps": 25}} into {find_sidecar_path(recording.path).name} next to it if that is wrong'
        warnings.append(
            f"{show_name(recording.path)}: it has no frame rate; {DEFAULT_FPS:g} frames a second were assumed; {how}"
        )
    return 1 / (fps or DEFAULT_FPS)


# Unit and origin ------------------------------------------------------------------------------------------------------


def _is_in_pixels(recording: PoseFile, found: Survey) -> bool:
    """Return whether coordinates are pixels (else shares of the picture).

    Raises
    ------
    SourceError
        If neither is proven.
    """
    name, trunk = show_name(recording.path), found.trunk
    if found.centred > MOST_CENTRED_SHARE * len(found.trunks):
        came = "points in space around the hips (metres of the world landmarks?)"
        raise SourceError(f"{name}: expected positions in the picture, got {came}; give the picture's x and y")
    in_pixels = trunk >= LEAST_TRUNK_PX
    if not in_pixels and (trunk > MOST_NORMALISED or not recording.shares_allowed):
        came = f"a trunk {trunk:.3g} long: metres, or shares of the picture"
        raise SourceError(f"{name}: expected coordinates in pixels, got {came}; give the file in pixels")
    if recording.unit != "unknown" and in_pixels != (recording.unit == "px"):
        came = f"a trunk {trunk:.3g} long"
        said = "pixels" if recording.unit == "px" else "shares of the picture"
        raise SourceError(f"{name}: expected {said} as its names say, got {came}; correct the names or the values")
    if in_pixels and recording.unit == "unknown" and max(found.reach) < LEAST_REACH_PX:
        came = f"coordinates up to {max(found.reach):.3g}: percent of the picture, or a very small one"
        raise SourceError(f"{name}: expected coordinates in pixels, got {came}; give pixels")
    if found.inverted > LEAST_INVERTED_SHARE * len(found.trunks) and not found.upright:
        came = "a person who is upside down: y seems to point up"
        raise SourceError(f"{name}: expected y from the top of the picture, got {came}; write height minus y")
    if not in_pixels:
        _require_inside(found, name, (1.0, 1.0), "shares of the picture, from 0 to 1,")
    return in_pixels


def _require_inside(found: Survey, name: str, size: tuple[float, float], expected: str) -> None:
    margins = (MARGIN_SHARE * size[0], MARGIN_SHARE * size[1])
    inside = found.share_inside((-margins[0], -margins[1]), (size[0] + margins[0], size[1] + margins[1]))
    if inside >= LEAST_INSIDE_SHARE:
        return
    boxes = np.array(found.boxes).reshape(-1, 4)
    (x0, y0), (x1, y1) = np.median(boxes[:, :2], axis=0), np.median(boxes[:, 2:], axis=0)
    came = f"shoulders and hips usually from ({x0:.3g}, {y0:.3g}) to ({x1:.3g}, {y1:.3g})"
    todo = "they may be metres, or have another origin or size; give pixels from the top left corner"
    raise SourceError(f"{name}: expected {expected} got {came}; {todo}")


def _decide_size_px(
    recording: PoseFile, sidecar: Sidecar, found: Survey, warnings: list[str], *, in_pixels: bool
) -> tuple[int, int]:
    name, size_px = show_name(recording.path), sidecar.size_px or recording.size_px
    how = f'write {{"width": 1920, "height": 1080}} into {find_sidecar_path(recording.path).name} next to it'
    if in_pixels:
        size = size_px or choose_usual_size(found.reach)
        _require_inside(found, name, size, f"pixels of a picture of {size[0]}×{size[1]},")
        if size_px is None:
            warnings.append(f"{name}: it has no picture size; {size[0]}×{size[1]} was assumed; {how}")
        return size
    if size_px is None:
        came = "shares of the picture without its size"
        raise SourceError(f"{name}: expected pixels, or columns width and height, got {came}; {how}")
    return size_px


def _has_depth(found: Survey, name: str, warnings: list[str]) -> bool:
    """Return whether the points in space are metres with y down, as MediaPipe's."""
    if not found.depth_trunks:
        return True
    length = float(np.median(found.depth_trunks))
    if not TRUNK_M[0] <= length <= TRUNK_M[1]:
        warnings.append(
            f"{name}: the trunk is {length:.3g} long in space, so the unit is not metres; depth was not used"
        )
        return False
    if found.depth_differs > found.depth_agrees:
        warnings.append(f"{name}: up in space is down in the picture; depth was not used")
        return False
    return True
