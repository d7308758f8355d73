"""The first pass over other programs' poses: one person, in order of time.

Damaged rows are rows without a body, and counted; too many are refused with the first place.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import SourceError
from formcheck.core.measure.camera_view import GOOD_VISIBILITY, MIN_VISIBILITY
from formcheck.core.skeleton import PAIRS
from formcheck.sources.track_header import LONGEST_GAP_S

from .clocks import Clock
from .following import PersonFollower
from .text_files import DAMAGE_ADVICE, Damage, DamageKind, show_name

UNKNOWN_VISIBILITY = GOOD_VISIBILITY
"""Visibility of a point for which the file gives none: just well seen."""
MOST_DAMAGED_SHARE = 0.1
"""With more damaged rows it is not known what the table is."""
MOST_LOST_SHARE = 0.1
"""If the person is elsewhere in more of the frames, the rows are not of one person."""
LEAST_CLOCK_STEP_S = 2e-6
"""Closer rows are of the same moment. Above what a saved track asks for, so that each row can be saved."""
MOST_FRAMES_PER_S = 1000.0
_FARTHEST = 1e7
"""A point further away is an error in the file, and counts as missing."""
_FILLED = (0.0, -1.0)
"""Programs write (0, 0) or (-1, -1) for a point that was not found."""
LandmarkValues = NDArray[np.float64]
CoordinateUnit = Literal["px", "share", "unknown"]


class PersonPoints(NamedTuple):
    """One person of a frame as the file gives it.

    Parameters
    ----------
    xy : (33, 2) in the unit of the file; NaN for a missing point.
    visibility : (33,) 0..1; NaN if the file does not say.
    xyz_m : (33, 3) as in `PoseFrame`, or None.
    """

    xy: LandmarkValues
    visibility: LandmarkValues
    xyz_m: LandmarkValues | None = None


class PoseRow(NamedTuple):
    """One frame as the file gives it.

    Parameters
    ----------
    where : place in the file, for errors.
    clock : time, in the unit of `PoseFile.clock`; NaN if it has none.
    bodies : the people in it.
    damage : what is wrong with it, or None.
    """

    where: str
    clock: float
    bodies: tuple[PersonPoints, ...] = ()
    damage: Damage | None = None


@dataclass(frozen=True, slots=True)
class PoseFile:
    """A file of another program's poses, opened but not yet surveyed.

    Parameters
    ----------
    path : file or folder.
    model : the format of the file; used as the model name in the results.
    sha256 : of the file, or of the files in the folder.
    rows : gives all rows again with each call.
    clock : unit of the rows' time.
    size_px : picture size, if the file says so.
    unit : unit of the coordinates, if the file says so.
    shares_allowed : coordinates may be shares of the picture's width and height.
    promised : how many frames the file says it has, or None.
    notes : what was assumed when it was opened.
    """

    path: Path
    model: str
    sha256: str
    rows: Callable[[], Iterator[PoseRow]]
    clock: Clock
    size_px: tuple[int, int] | None = None
    unit: CoordinateUnit = "unknown"
    shares_allowed: bool = False
    promised: int | None = None
    notes: tuple[str, ...] = ()


class FollowedRow(NamedTuple):
    """One frame with the followed person only.

    Parameters
    ----------
    where, damage : as of `PoseRow`.
    time_s : from the first frame; NaN if the row has no place in time, and gives no frame.
    body : the followed person, or None.
    people : how many people were found in the picture.
    crowded : whether two people were in one picture so far.
    is_restarted : whether the person followed first was given up as an error.
    """

    where: str
    time_s: float
    body: PersonPoints | None = None
    people: int = 0
    crowded: bool = False
    is_restarted: bool = False
    damage: Damage | None = None


# Rows in order of time ------------------------------------------------------------------------------------------------


def order_rows(rows: Iterator[PoseRow], longest_gap: float, least_step: float = 0.0) -> Iterator[PoseRow]:
    """Yield the rows so that time rises.

    A row without a place in time comes with NaN as its clock and the damage. Of two rows that contradict each other,
    the one that also contradicts its other neighbour is damaged.

    Parameters
    ----------
    longest_gap : a last row that is further away is damaged, in the unit of the clock.
    least_step : rows that are closer are of the same moment, in the unit of the clock.
    """
    before, held = -math.inf, None
    for row in rows:
        if not math.isfinite(row.clock):
            yield _displace(row, DamageKind.TIME, "no time or frame")
        elif held is not None and abs(row.clock - held.clock) <= least_step:
            yield _displace_as_too_close(row, held)
        elif held is None or row.clock > held.clock:
            if held is not None:
                yield held
                before = held.clock
            held = row
        elif row.clock > before:
            yield _displace(held, DamageKind.ORDER, f"{held.clock:.15g} before {row.clock:.15g}")
            held = row
        else:
            yield _displace(row, DamageKind.ORDER, f"{row.clock:.15g} after {held.clock:.15g}")
    if held is not None:
        is_far = math.isfinite(before) and held.clock - before > longest_gap
        yield _displace(held, DamageKind.ORDER, f"{held.clock:.15g} after {before:.15g}") if is_far else held


def _displace_as_too_close(row: PoseRow, held: PoseRow) -> PoseRow:
    """Displace a row of the same moment as the row before.

    Times that differ by nearly nothing have another unit.
    """
    if row.clock == held.clock:
        return _displace(row, DamageKind.TWICE, f"a second row for {row.clock:.15g}")
    return _displace(row, DamageKind.STEP, f"{row.clock:.15g} next to {held.clock:.15g}")


def _displace(row: PoseRow, kind: DamageKind, came: str) -> PoseRow:
    return PoseRow(row.where, math.nan, (), row.damage or Damage(kind, came, row.where))


def follow_rows(recording: PoseFile, tick_s: float) -> Iterator[FollowedRow]:
    """Yield the frames of a recording with the followed person.

    Parameters
    ----------
    tick_s : how long one unit of the rows' clock is.
    """
    follower, first = PersonFollower(), math.nan
    for row in order_rows(recording.rows(), LONGEST_GAP_S / tick_s, LEAST_CLOCK_STEP_S / tick_s):
        if math.isnan(row.clock):
            yield FollowedRow(row.where, math.nan, damage=row.damage)
            continue
        first = row.clock if math.isnan(first) else first
        # a recording may begin at any time of day; times count from its first frame
        time_s = round((row.clock - first) * tick_s, 9)
        bodies = [body for body in map(_clean_body, row.bodies) if np.isfinite(body.xy).any()]
        chosen = follower.choose([body.xy for body in bodies], time_s)
        body = None if chosen is None else bodies[chosen]
        yield FollowedRow(row.where, time_s, body, len(bodies), follower.crowded, follower.is_restarted, row.damage)


def _clean_body(body: PersonPoints) -> PersonPoints:
    """Return the body without values that mark missing points."""
    xy = blank_unknown(body.xy)
    for filled in _FILLED:
        xy = np.where((xy == filled).all(axis=1, keepdims=True), np.nan, xy)
    there = xy[np.isfinite(xy[:, 0])]
    if len(there) > 1 and (there == there[0]).all():  # one number fills a row without a person
        xy = np.full_like(xy, np.nan)
    visibility = np.where(np.isfinite(body.visibility), np.clip(body.visibility, 0.0, 1.0), UNKNOWN_VISIBILITY)
    xyz_m = None if body.xyz_m is None else blank_unknown(body.xyz_m)
    return PersonPoints(xy, np.where(np.isfinite(xy[:, 0]), visibility, 0.0), xyz_m)


def blank_unknown(points: LandmarkValues) -> LandmarkValues:
    """Return the points; NaN if one of a point's numbers is missing or invalid."""
    with np.errstate(invalid="ignore"):
        return np.where((np.abs(points) < _FARTHEST).all(axis=1, keepdims=True), points, np.nan)


# What all rows together show ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Survey:
    """The result of the first pass over all rows.

    Attributes
    ----------
    rows, frames, seen : rows; those with a place in time; those with the followed person.
    last_s : time of the last frame.
    damaged, first_damage : rows with damage, and the first.
    lost, first_lost : frames with people, but without the followed person, and the first place.
    lost_at_start : those before the person followed first was given up as an error.
    boxes : of each frame, least x and y and largest x and y of the shoulders and hips that are well seen.
    reaches : of each frame, largest x and y of all points that are seen.
    centred : frames in which the middle of the hips is the origin.
    upright, inverted : frames with the legs below the hips; with shoulders lowest, and hips, knees and ankles above.
    depth_trunks : lengths of the trunk in space.
    depth_agrees, depth_differs : frames in which up is the same in picture and space, or is not.
    """

    rows: int = 0
    frames: int = 0
    seen: int = 0
    last_s: float = 0.0
    longest_gap: tuple[float, str] = (0.0, "")
    damaged: int = 0
    first_damage: Damage | None = None
    lost: int = 0
    first_lost: str = ""
    lost_at_start: int = 0
    crowded: bool = False
    is_restarted: bool = False
    steps: array[float] = field(default_factory=lambda: array("d"))
    trunks: array[float] = field(default_factory=lambda: array("d"))
    boxes: array[float] = field(default_factory=lambda: array("d"))
    reaches: array[float] = field(default_factory=lambda: array("d"))
    centred: int = 0
    upright: int = 0
    inverted: int = 0
    depth_trunks: array[float] = field(default_factory=lambda: array("d"))
    depth_agrees: int = 0
    depth_differs: int = 0

    @property
    def step_s(self) -> float:
        """Return the usual time between frames, NaN of a single frame."""
        return float(np.median(self.steps)) if self.steps else math.nan

    @property
    def trunk(self) -> float:
        """Return the usual length from hips to shoulders, in the unit of the file."""
        return float(np.median(self.trunks)) if self.trunks else math.nan

    @property
    def reach(self) -> tuple[float, float]:
        """Return the largest x and y. A few frames that reach much further are errors."""
        if not self.reaches:
            return 0.0, 0.0
        most = np.array(self.reaches).reshape(-1, 2)
        usual = np.quantile(most, 0.98, axis=0)
        x, y = (
            float(values[values <= 1.5 * abs(limit)].max(initial=0.0))
            for values, limit in zip(most.T, usual, strict=True)
        )
        return x, y

    def share_inside(self, least: tuple[float, float], most: tuple[float, float]) -> float:
        """Return the share of frames whose shoulders and hips are in a rectangle."""
        if not self.boxes:
            return 1.0
        boxes = np.array(self.boxes).reshape(-1, 4)
        return float(((boxes[:, :2] >= least) & (boxes[:, 2:] <= most)).all(axis=1).mean())

    def add(self, row: FollowedRow) -> None:
        """Add one row."""
        self.rows += 1
        if row.damage is not None:
            self.damaged += 1
            self.first_damage = self.first_damage or row.damage
        if math.isnan(row.time_s):
            return
        if self.frames:
            gap_s = row.time_s - self.last_s
            self.steps.append(gap_s)
            self.longest_gap = max(self.longest_gap, (gap_s, row.where))
        self.frames, self.last_s = self.frames + 1, row.time_s
        self.crowded, self.is_restarted = row.crowded, row.is_restarted
        if not row.is_restarted:
            self.lost_at_start = self.lost + (row.body is None and row.people > 0)
        if row.body is not None:
            self.seen += 1
            self._add_body(row.body)
        elif row.people:
            self.lost += 1
            self.first_lost = self.first_lost or row.where

    def _add_body(self, body: PersonPoints) -> None:
        xy, is_seen = body.xy, body.visibility >= MIN_VISIBILITY
        if is_seen.any():
            self.reaches.extend(xy[is_seen].max(axis=0).tolist())
        trunk = [i for part in ("shoulder", "hip") for i in PAIRS[part] if is_seen[i]]
        if trunk:
            self.boxes.extend([*xy[trunk].min(axis=0).tolist(), *xy[trunk].max(axis=0).tolist()])
        shoulders, hips, knees, ankles = (
            xy[list(PAIRS[part])].mean(axis=0) for part in ("shoulder", "hip", "knee", "ankle")
        )
        length = math.dist(shoulders, hips)
        if not length > 0:
            return
        self.trunks.append(length)
        self.centred += math.hypot(*hips.tolist()) < 0.05 * length
        rise = float(hips[1] - shoulders[1])  # y points down: positive if upright
        legs_y = [float(hips[1]), float(knees[1]), float(ankles[1])]
        self.upright += legs_y[2] > legs_y[1] > legs_y[0]
        self.inverted += rise < -0.7 * length and legs_y[2] < legs_y[1] < legs_y[0]
        if body.xyz_m is not None:
            self._add_depth(body.xyz_m, rise / length)

    def _add_depth(self, xyz_m: LandmarkValues, rise: float) -> None:
        shoulders, hips = (xyz_m[list(PAIRS[part])].mean(axis=0) for part in ("shoulder", "hip"))
        length = math.dist(shoulders, hips)
        if not length > 0:
            return
        self.depth_trunks.append(length)
        in_space = float(hips[1] - shoulders[1]) / length
        if min(abs(rise), abs(in_space)) > 0.4:
            self.depth_agrees += rise * in_space > 0
            self.depth_differs += rise * in_space < 0


def survey(recording: PoseFile, tick_s: float) -> Survey:
    """Return the survey of all rows of a recording.

    Raises
    ------
    SourceError
        If too many rows are damaged, if the rows are not of one person and one recording, or if no frame has a person
        with a trunk.
    """
    found, name = Survey(), show_name(recording.path)
    for row in follow_rows(recording, tick_s):
        found.add(row)
    if not found.rows:
        raise SourceError(f"{name}: expected poses, got an empty file; write it again")
    _refuse_damage(found, name)
    if found.longest_gap[0] > LONGEST_GAP_S:
        gap_s, where = found.longest_gap
        raise SourceError(
            f"{name}: expected one recording, got a gap of {gap_s:.3g} s before {where}; "
            "write one file for each recording"
        )
    if not found.trunks:
        came = f"none in {found.frames} frames"
        raise SourceError(f"{name}: expected a person with shoulders and hips, got {came}; write the poses again")
    lost = found.lost - (found.lost_at_start if found.is_restarted else 0)
    if not found.crowded and lost > max(1, MOST_LOST_SHARE * (lost + found.seen)):
        came = f"a jump at {found.first_lost} that no person can make, in {found.lost} of {found.frames} frames"
        raise SourceError(f"{name}: expected one person from frame to frame, got {came}; keep the rows of one person")
    if found.frames > 1 and found.step_s * MOST_FRAMES_PER_S < 1:
        came = f"{found.step_s:.2g} seconds from frame to frame"
        raise SourceError(f"{name}: expected times of a recording, got {came}; give time in seconds or milliseconds")
    return found


def _refuse_damage(found: Survey, name: str) -> None:
    first = found.first_damage
    if first is None or (found.damaged <= max(1, MOST_DAMAGED_SHARE * found.rows) and found.damaged < found.rows):
        return
    expected, todo = DAMAGE_ADVICE[first.kind]
    count = "" if found.damaged == 1 else f" and {found.damaged - 1} more of {found.rows} similar rows"
    raise SourceError(f"{name}: expected {expected}, got {first.came} at {first.where}{count}; {todo}")


def warn_of_loss(found: Survey, name: str) -> list[str]:
    """Return what was left out, for people."""
    warnings = []
    if found.first_damage is not None:
        first = found.first_damage
        warnings.append(
            f"{name}: {found.damaged} of {found.rows} rows are damaged and were left out, the first at {first.where}: "
            f"expected {DAMAGE_ADVICE[first.kind][0]}, got {first.came}"
        )
    if found.lost:
        warnings.append(
            f"{name}: the followed person is missing in {found.lost} of {found.frames} frames that show others, "
            f"the first at {found.first_lost}"
        )
    return warnings
