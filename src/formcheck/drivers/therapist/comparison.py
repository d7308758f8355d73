"""Compare two results of one movement, or the two sides of one result.

The repetitions are laid over each other by phase. A difference is clear if it is larger than both uncertainties
together, as in the report.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from formcheck.core.errors import SourceError
from formcheck.core.movement.schema import MeasureSpec, Movement
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import SIDES, Side
from formcheck.core.summary.phrases import find_spec, list_worked_sides
from formcheck.core.summary.schema import CANNOT_TELL_SHARE, MeasurementRecord, RunSummary
from formcheck.drivers.atomic_files import require_no_link
from formcheck.drivers.recording.judge import POSES
from formcheck.program.change import Change
from formcheck.program.therapist.alignment import AlignedCurve, align_repetitions, find_marks_s, list_sections
from formcheck.program.therapist.comparison import ComparedBodies, ComparedMeasure, Comparison
from formcheck.program.therapist.ghost import lay_over, match_times_s
from formcheck.sinks.plots.measures import CourseData, read_courses
from formcheck.sinks.report.content import find_reported_value, is_clear_change

from .corrected import load_corrections, load_shown_frames, open_shown
from .export import explain_damage
from .judged_again import load_corrected_poses

_Sides = tuple[Side | None, Side | None]


@dataclass(frozen=True, slots=True, eq=False)
class _OpenResult:
    """One result: what it says, its frames, and the poses if they are stored."""

    folder: Path
    name: str
    summary: RunSummary
    movement: Movement
    frames: pd.DataFrame

    def load_poses(self) -> list[PoseFrame]:
        """Return the poses, every joint where a person put it; empty without them."""
        if not (self.folder / POSES).is_file():
            return []
        return load_corrected_poses(self.folder, load_corrections(self.folder).list_active())


def compare_results(result: Path, other: Path | None = None, *, called: tuple[str, str] = ("", "")) -> Comparison:
    """Return how two results differ, or the left and the right side of one.

    Parameters
    ----------
    result, other : folders of checks with --out. A difference is `result` − `other`. Without `other`, left − right.
    called : how both are named to people; empty = as their folders.

    Raises
    ------
    FormCheckError
        They are of different movements or views, there is no such result, or a result has one side only.
    """
    both, pairs, names = _open_pair(result, other, called)
    movement = both[0].movement
    measures = [
        _compare_one(measure, both, pair, (pair[0] or "") if other is not None and len(pairs) > 1 else "")
        for pair in (pairs if other is not None else pairs[:1])
        for measure in movement.measures
    ]
    sections = list_sections(movement)
    bodies = _choose_bodies(both, pairs, sections)
    return Comparison(movement, names, sections, tuple(measures), bodies)


def load_ghost(result: Path, other: Path | None = None) -> list[PoseFrame]:
    """Return the body of another recording in the pictures of this one, phase by phase.

    Parameters
    ----------
    result, other : as of `compare_results`; without `other`, each side shows the other one.

    Returns
    -------
    One pose for each saved pose of `result`; nobody outside the repetitions.

    Raises
    ------
    FormCheckError
        As of `compare_results`, or the poses of one are not stored.
    """
    both, pairs, _ = _open_pair(result, other, ("", ""))
    poses = both[0].load_poses()
    others = poses if other is None else both[1].load_poses()
    for seen, found in zip(both, (poses, others), strict=True):
        if not found:
            raise SourceError(
                "expected the poses of the recording, got none; check it again with --out", about=seen.name
            )
    return _lay_bodies(both, pairs, (poses, others))


def _lay_bodies(
    both: tuple[_OpenResult, _OpenResult], pairs: list[_Sides], poses: tuple[list[PoseFrame], list[PoseFrame]]
) -> list[PoseFrame]:
    """Return the second body in the pictures of the first, side by side."""
    times_s = np.array([pose.time_s for pose in poses[0]])
    laid = [PoseFrame.nobody(pose.time_s, pose.size_px) for pose in poses[0]]
    for pair in pairs:
        at_s = match_times_s(times_s, *(_list_marks(seen, side) for seen, side in zip(both, pair, strict=True)))
        found = lay_over(*poses, at_s, mirrored=_look_apart(both, pair))
        laid = [new if new.seen else old for old, new in zip(laid, found, strict=True)]
    return laid


def _look_apart(both: tuple[_OpenResult, _OpenResult], sides: _Sides) -> bool:
    """Return whether one has to be turned around to look as the other does."""
    first, second = (seen.summary.view for seen in both)
    if first.kind == "side":
        return None not in (first.near, second.near) and first.near != second.near
    return sides[0] != sides[1]


def _choose_bodies(
    both: tuple[_OpenResult, _OpenResult], pairs: list[_Sides], sections: tuple[str, ...]
) -> tuple[ComparedBodies, ...]:
    """Return both bodies in the middle of each section of a repetition."""
    poses = both[0].load_poses()
    others = poses if both[0] is both[1] else both[1].load_poses()
    if not poses or not others:
        return ()
    laid = _lay_bodies(both, pairs[:1], (poses, others))
    times_s = np.array([pose.time_s for pose in poses])
    for marks_s in _list_marks(both[0], pairs[0][0]):
        middles_s = [(a + b) / 2 for a, b in itertools.pairwise(marks_s)]
        at = [int(np.abs(times_s - middle_s).argmin()) for middle_s in middles_s]
        if all(laid[index].seen for index in at):
            return tuple(
                ComparedBodies(name, poses[index], laid[index]) for name, index in zip(sections, at, strict=True)
            )
    return ()


def _open_pair(
    result: Path, other: Path | None, called: tuple[str, str]
) -> tuple[tuple[_OpenResult, _OpenResult], list[_Sides], tuple[str, str]]:
    """Return both results, the sides that are compared, and what both are called."""
    first = _open_result(result, called[0])
    if other is None:
        return (first, first), _require_both_sides(first), SIDES
    second = _open_result(other, called[1])
    if first.movement.id != second.movement.id:
        came = f"{first.movement.id} and {second.movement.id}"
        raise SourceError(
            f"expected two results of one movement, got {came}; compare like with like", about=second.name
        )
    kinds = (first.summary.view.kind, second.summary.view.kind)
    if kinds[0] != kinds[1]:
        came = f"{kinds[0]} and {kinds[1]}"
        raise SourceError(
            f"expected two results filmed from one direction, got {came}; film both alike", about=second.name
        )
    names = (first.name, second.name) if first.name != second.name else (f"{first.name} (1)", f"{first.name} (2)")
    pairs = _pair_sides(list_worked_sides(first.summary), list_worked_sides(second.summary))
    if pairs[0][0] != pairs[0][1]:
        names = (_name_with_side(names[0], pairs[0][0]), _name_with_side(names[1], pairs[0][1]))
    return (first, second), pairs, names


def _require_both_sides(seen: _OpenResult) -> list[_Sides]:
    sides = list_worked_sides(seen.summary)
    if len(sides) < 2:
        came = f"only the {sides[0]} one" if sides else "a movement without a working side"
        raise SourceError(f"expected a result with both sides, got {came}; name a second result", about=seen.name)
    return [(SIDES[0], SIDES[1]), (SIDES[1], SIDES[0])]


def _name_with_side(name: str, side: Side | None) -> str:
    return f"{name}, {side}" if side else name


def _pair_sides(first: list[Side], second: list[Side]) -> list[_Sides]:
    """Return the sides to compare: each with itself, or across if they share none."""
    shared = [side for side in first if side in second]
    if shared:
        return [(side, side) for side in shared]
    return [(first[0] if first else None, second[0] if second else None)]


def _open_result(result: Path, called: str) -> _OpenResult:
    opened = open_shown(result)
    table = result / "frames.parquet"
    if not table.is_file():
        raise SourceError("expected the frames of a check, got none; check the recording with --out", about=result.name)
    require_no_link(result, table)
    with explain_damage(table, "the frames of a check", "check the recording again"):
        frames = load_shown_frames(result)
    return _OpenResult(result, called or result.name, opened.shown, opened.movement, frames)


def _compare_one(
    measure: str, both: tuple[_OpenResult, _OpenResult], sides: _Sides, of_side: str = ""
) -> ComparedMeasure:
    spec = both[0].movement.measures[measure]
    courses = [_read_course(seen, measure, side) for seen, side in zip(both, sides, strict=True)]
    records = [
        _find_record(seen, measure, side, course) for seen, side, course in zip(both, sides, courses, strict=True)
    ]
    curves = [_align(seen, side, course) for seen, side, course in zip(both, sides, courses, strict=True)]
    return ComparedMeasure(
        measure=measure,
        name=f"{spec.name}, {of_side}" if of_side else spec.name,
        unit=spec.unit,
        sides=sides,
        values=(_find_value(records[0]), _find_value(records[1])),
        uncertainties=(_find_doubt(records[0]), _find_doubt(records[1])),
        change=_decide(records[0], records[1]),
        curves=(curves[0], curves[1]),
    )


def _find_value(record: MeasurementRecord | None) -> float | None:
    return None if record is None else find_reported_value(record)


def _find_doubt(record: MeasurementRecord | None) -> float | None:
    return None if record is None else record.uncertainty


def _decide(first: MeasurementRecord | None, second: MeasurementRecord | None) -> Change:
    if first is None or second is None:
        return Change.UNKNOWN
    return Change.OTHER if is_clear_change(first, second) else Change.NONE


def _read_course(seen: _OpenResult, measure: str, side: Side | None) -> CourseData | None:
    frames = seen.frames if side is None else seen.frames.assign(side=side)
    courses = read_courses(frames, seen.movement, measure)
    return courses[0] if courses else None


def _list_marks(seen: _OpenResult, side: Side | None) -> list[list[float]]:
    time_s, phase = seen.frames["time_s"].to_numpy(np.float64), seen.frames["phase"].tolist()
    marks = [
        find_marks_s(one, seen.movement, time_s, phase)
        for one in seen.summary.repetitions
        if side is None or one.side == side
    ]
    return [one for one in marks if one]


def _align(seen: _OpenResult, side: Side | None, course: CourseData | None) -> AlignedCurve:
    marks = _list_marks(seen, side)
    if course is None:
        empty = np.array([])
        return align_repetitions(empty, empty, empty, [])
    return align_repetitions(course.time_s, course.value, course.uncertainty, marks)


def _find_record(
    seen: _OpenResult, measure: str, side: Side | None, course: CourseData | None
) -> MeasurementRecord | None:
    """Return the number of a measure; None if it could mostly not be judged.

    It is the number of the report wherever that is about one side and about the value itself.
    """
    check = next((one for one in seen.summary.checks if one.id == measure), None)
    if course is None or (check is not None and check.cannot_tell_share > CANNOT_TELL_SHARE):
        return None
    spec, sides = seen.movement.measures[measure], list_worked_sides(seen.summary)
    if not spec.change and not spec.reduce and sides in ([], [side]):
        for name, record in seen.summary.measurements.items():
            if find_spec(name, seen.movement, sides) is spec:
                return record
    return _measure_repetitions(seen, side, spec, course)


def _measure_repetitions(
    seen: _OpenResult, side: Side | None, spec: MeasureSpec, course: CourseData
) -> MeasurementRecord | None:
    """Return the median over the repetitions of one side.

    It is that of the judged phases, or of the extremes of each repetition.
    """
    known = np.isfinite(course.value)
    inside = np.zeros(len(known), bool)
    extremes = []
    for one in seen.summary.repetitions:
        if side is not None and one.side != side:
            continue
        mine = known & (course.time_s >= one.start_s) & (course.time_s <= one.end_s)
        inside |= mine
        if mine.any():
            low, high = float(course.value[mine].min()), float(course.value[mine].max())
            extremes.append({"min": low, "max": high, "range": high - low}.get(spec.reduce or "range", high))
    judged = inside & course.judged
    values = np.array(extremes) if spec.reduce else course.value[judged]
    widths = course.uncertainty[inside & np.isfinite(course.uncertainty)]
    if not len(values) or not len(widths):
        return None
    doubt = float(np.median(widths)) * (math.sqrt(2) if spec.reduce == "range" else 1.0)  # a range has two ends
    low, median, high = np.percentile(values, (5, 50, 95)).tolist()
    return MeasurementRecord(
        unit=spec.unit, median=median, p05=low, p95=high, in_hold_median=median, uncertainty=round(doubt, 4)
    )
