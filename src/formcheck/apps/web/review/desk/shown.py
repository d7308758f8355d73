"""Collect what the desk shows of one result: verdict, timeline, curves, tables, corrections."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.apps.theme import STATE_WORDS
from formcheck.apps.web.review.player import hold_parts, split_phases
from formcheck.core.display import STATE_STYLES, find_state, format_clock, name_check
from formcheck.core.errors import SourceError
from formcheck.core.measure.joint_angles import MEASUREMENTS
from formcheck.core.movement.schema import MeasureSpec, Movement
from formcheck.core.movement.signals import resolve
from formcheck.core.records import NOT_JUDGED, PoseFrame
from formcheck.core.skeleton import BONES, INDEX, LANDMARKS, SIDES
from formcheck.core.summary.phrases import (
    describe_target,
    find_spec,
    format_quantity,
    is_still,
    list_marks,
    list_worked_sides,
    name_measurement,
    say_verdict,
)
from formcheck.core.summary.schema import FaultRecord, MeasurementRecord, RunSummary
from formcheck.drivers.therapist.corrected import ShownResult, list_prescribable, load_shown_frames, open_shown
from formcheck.drivers.therapist.judged_again import load_corrected_poses, read_frames
from formcheck.languages.phrase import Phrase, capitalise
from formcheck.program.therapist.corrected_summary import is_about
from formcheck.program.therapist.corrections import (
    Correction,
    FaultAdded,
    FaultJudged,
    HoldMoved,
    JointMoved,
    NeutralSet,
    NoteDrawn,
    SpanCut,
)
from formcheck.program.therapist.prescription import describe_change, list_prescribed_changes
from formcheck.sinks.plots.measures import UNIT_WORDS, find_spans, read_courses

_ARC_POINTS = 3
_TRUNK_SIDES = (("left_shoulder", "left_hip"), ("right_shoulder", "right_hip"), ("left_shoulder", "right_shoulder"))
"""What closes the outline of a body without a film."""
_PHASES = {
    "absent": Phrase("not seen"),
    "setup": Phrase("setting up"),
    "move": Phrase("moving in"),
    "hold": Phrase("hold"),
    "return": Phrase("moving out"),
    NOT_JUDGED: Phrase("not judged"),
}
_REJECTED = Phrase("Rejected: {fault}, {clock}")
_ACCEPTED = Phrase("Accepted: {fault}, {clock}")
_ADDED = Phrase("Added: {fault}, {clock} to {end}")
_HOLD_START = Phrase("Hold {number} begins at {clock}")
_HOLD_END = Phrase("Hold {number} ends at {clock}")
_CUT = Phrase("Not judged: {clock} to {end}")
_NEUTRAL = Phrase("Own long back at {clock}")
_MOVED = Phrase("Moved: {joint}, {clock}")
_NOTED = Phrase("Note at {clock}: {text}")
_DRAWN = Phrase("Drawing at {clock}")


def collect_desk(folder: Path) -> dict[str, Any]:
    """Return all that changes when something is corrected.

    Parameters
    ----------
    folder : of the result.
    """
    opened, frames = open_shown(folder), load_shown_frames(folder)
    shown, movement = opened.shown, opened.movement
    active = opened.corrections.list_active()
    return {
        "verdict": {
            **asdict(say_verdict(shown, movement)),
            "icon": STATE_STYLES[shown.verdict].icon,  # type: ignore[index]
            "word": STATE_WORDS[shown.verdict],  # type: ignore[index]
        },
        "faults": _collect_faults(opened, active),
        "phases": _collect_phases(frames, movement),
        "holds": _list_holds(shown, movement),
        "unknown": _list_unknown(frames, movement),
        "series": [] if is_still(shown) else _list_series(frames, opened.judged, movement),
        "table": _list_rows(shown, movement),
        "cuts": [{"from_s": one.from_s, "to_s": one.to_s} for one in active if isinstance(one, SpanCut)],
        "neutral_s": next((one.at_s for one in reversed(active) if isinstance(one, NeutralSet)), None),
        "notes": [
            {"id": one.id, "at_s": one.at_s, "text": one.text, "points": [list(point) for point in one.points_px]}
            for one in active
            if isinstance(one, NoteDrawn)
        ],
        "moved": [{"joint": one.landmark, "at_s": one.at_s} for one in active if isinstance(one, JointMoved)],
        "corrections": [_describe_entry(one, movement) for one in reversed(active)],
        "prescription": _describe_prescription(opened, folder),
        "has_both_sides": len(list_worked_sides(shown)) == len(SIDES),
    }


def collect_fixed(folder: Path) -> dict[str, Any]:
    """Return what stays as it is: the recording, the skeleton, and what can be chosen."""
    opened = open_shown(folder)
    source, movement = opened.measured.source, opened.movement
    poses, times_s = _read_times(folder)
    return {
        "movement": movement.name,
        "movement_id": movement.id,
        "width": source.width or (poses[0].size_px[0] if poses else 4),
        "height": source.height or (poses[0].size_px[1] if poses else 3),
        "duration_s": source.duration_s,
        "patient": None if opened.measured.patient is None else opened.measured.patient.model_dump(),
        "still": is_still(opened.measured),
        "times": times_s,
        "landmarks": list(LANDMARKS),
        "joints": _name_joints(),
        "bones": [[INDEX[name] for name in bone] for bone in BONES],
        "trunk": [[INDEX[name] for name in bone] for bone in _TRUNK_SIDES],
        "fault_choices": [{"id": one.id, "name": capitalise(name_check(one.id, movement))} for one in movement.faults],
    }


def _read_times(folder: Path) -> tuple[list[PoseFrame], list[float]]:
    """Return the saved poses, if there are any, and the time of every picture."""
    try:
        poses = load_corrected_poses(folder, [])
    except SourceError:
        return [], [float(time_s) for time_s in read_frames(folder)["time_s"]]
    return poses, [pose.time_s for pose in poses]


def pack_poses(poses: Iterable[PoseFrame]) -> bytes:
    """Return the poses as bytes of float32, little-endian.

    Of each frame 33 times x, y and visibility, then the back contour, x and y. Missing numbers are NaN.
    """
    rows = [np.concatenate([np.column_stack([pose.xy_px, pose.visibility]).ravel(), pose.back_xy_px.ravel()])
            for pose in poses]  # fmt: skip
    return np.asarray(rows, dtype="<f4").tobytes()


def _name_joints() -> list[dict[str, Any]]:
    """Return the landmarks that can be moved: those of the drawn skeleton."""
    ends = dict.fromkeys(name for bone in BONES for name in bone)
    return [{"id": name, "index": INDEX[name], "name": Phrase(name.replace("_", " "))} for name in ends]


# Verdict and faults ---------------------------------------------------------------------------------------------------


def _collect_faults(opened: ShownResult, active: Sequence[Correction]) -> list[dict[str, Any]]:
    """Return every fault that was reported, rejected or added, in order of time."""
    judged = [one for one in active if isinstance(one, FaultJudged)]
    added = [(one.fault, one.from_s) for one in active if isinstance(one, FaultAdded)]
    found = []
    for fault in [*opened.judged.faults, *opened.shown.faults]:
        is_added = (fault.id, fault.from_s) in added and fault.value is None
        if fault in opened.judged.faults or is_added:
            mine = [one for one in judged if is_about(one, fault)]
            status = "added" if is_added else "reported"
            if mine:
                status = "rejected" if mine[-1].kind == "reject_fault" else "accepted"
            found.append(_collect_fault(fault, opened.shown, opened.movement) | {"status": status})
    unique = {(one["id"], one["from_s"], one["to_s"]): one for one in found}
    return sorted(unique.values(), key=lambda one: (one["from_s"], one["id"]))


def _collect_fault(fault: FaultRecord, shown: RunSummary, movement: Movement) -> dict[str, Any]:
    state = find_state(fault.severity)
    [mark] = list_marks(shown.model_copy(update={"faults": [fault]}), movement)
    return {
        "id": fault.id, "from_s": fault.from_s, "to_s": fault.to_s, "state": state, "icon": STATE_STYLES[state].icon,
        "word": STATE_WORDS[state], "name": capitalise(mark.name), "cue": mark.cue, "detail": mark.detail,
        "side": fault.side, "when": f"{format_clock(fault.from_s)}–{format_clock(fault.to_s)}",
    }  # fmt: skip


# Timeline -------------------------------------------------------------------------------------------------------------


def _collect_phases(frames: Any, movement: Movement) -> list[dict[str, Any]]:
    turns = {"low": movement.drive.low_name, "high": movement.drive.high_name}
    return [
        {**part, "label": turns.get(part["name"]) or _PHASES.get(part["name"], part["name"])}
        for part in split_phases(frames["time_s"], frames["phase"])
    ]


def _list_holds(shown: RunSummary, movement: Movement) -> list[dict[str, Any]]:
    names = {p.check: name_check(p.check, movement) for one in shown.repetitions for p in one.pauses}
    return [
        {
            "repetition": one.index,
            "from_s": one.hold_start_s,
            "to_s": one.hold_end_s,
            "valid_s": one.valid_hold_s,
            "parts": hold_parts([one], names),
        }
        for one in shown.repetitions
        if one.hold_start_s is not None and one.hold_end_s is not None
    ]


def _list_unknown(frames: Any, movement: Movement) -> list[dict[str, Any]]:
    """Return where a measure is asked for and not known."""
    found = []
    for measure_id, measure in movement.measures.items():
        lines = read_courses(frames, movement, measure_id)
        if not lines:
            continue
        known = np.any([np.isfinite(line.value) for line in lines], axis=0)
        spans = find_spans(lines[0].time_s, lines[0].judged & ~known)
        found += [{"name": measure.name, "from_s": a, "to_s": b} for a, b in spans if b > a]
    return sorted(found, key=lambda one: one["from_s"])


# Curves ---------------------------------------------------------------------------------------------------------------


def _list_series(frames: Any, judged: RunSummary, movement: Movement) -> list[dict[str, Any]]:
    """Return the curves, first those of faults.

    Rejected ones too, so that the order stays as it is.
    """
    faulty = [fault.id for fault in judged.faults]
    by_fault = [
        measure_id
        for measure_id, measure in movement.measures.items()
        for fault in movement.faults
        if fault.id in faulty and any(part.signal == measure.signal for group in fault.groups for part in group)
    ]
    back = [measure_id for measure_id, measure in movement.measures.items() if measure.signal.startswith("back_")]
    order = dict.fromkeys([*by_fault, movement.main, *back, *movement.measures])
    return [found for measure_id in order if (found := _describe_series(frames, movement, measure_id))]


def _describe_series(frames: Any, movement: Movement, measure_id: str) -> dict[str, Any] | None:
    measure, lines = movement.measures[measure_id], read_courses(frames, movement, measure_id)
    lines = [line for line in lines if np.isfinite(line.value).any()]
    if not lines:
        return None
    return {
        "id": measure_id,
        "name": measure.name,
        "unit": measure.unit,
        "axis": UNIT_WORDS.get(measure.unit, measure.unit),
        "target": _list_ends(measure.target),
        "warn": _list_ends(measure.warn),
        "target_words": describe_target(measure),
        "range": measure.reduce == "range",
        "isBack": measure.signal.startswith("back_"),
        "time_s": _round_all(lines[0].time_s, 3),
        "lines": [
            {
                "side": line.side,
                "value": _round_all(line.value, 2),
                "unc": _round_all(line.uncertainty, 2),
                "judged": [int(one) for one in line.judged],
                "arc": _find_arc(measure, line.side),
            }
            for line in lines
        ],
    }


def _round_all(values: NDArray[np.float64], digits: int) -> list[float | None]:
    return [round(float(one), digits) if math.isfinite(one) else None for one in values]


def _list_ends(band: Sequence[Any] | None) -> list[float | None] | None:
    return None if band is None else [None if end == "open" else float(end) for end in band]


def _find_arc(measure: MeasureSpec, side: Any) -> list[int] | None:
    """Return the three landmarks of an angle; None for other measures."""
    name = resolve(measure.signal, working=side, near=side)
    spec = MEASUREMENTS.get(name or "")
    if spec is None or measure.unit != "deg" or measure.change or len(spec.index) != _ARC_POINTS:
        return None
    return list(spec.index)


# Tables and lists -----------------------------------------------------------------------------------------------------


def _list_rows(shown: RunSummary, movement: Movement) -> list[dict[str, Any]]:
    """Return the measurements: first what the movement asks for."""
    sides = list_worked_sides(shown)
    rows = [_describe_row(name, found, find_spec(name, movement, sides)) for name, found in shown.measurements.items()]
    return sorted(rows, key=lambda row: not row["asked"])


def _describe_row(name: str, found: MeasurementRecord, spec: MeasureSpec | None) -> dict[str, Any]:
    unit = found.unit
    return {
        "name": spec.name if spec else name_measurement(name),
        "called": name_measurement(name) if spec else "",
        "asked": spec is not None,
        "hold": format_quantity(found.in_hold_median, unit, found.uncertainty),
        "median": format_quantity(found.median, unit, found.uncertainty),
        "most": f"{format_quantity(found.p05, unit)} – {format_quantity(found.p95, unit)}",
        "target": describe_target(spec),
    }


def _describe_entry(one: Correction, movement: Movement) -> dict[str, Any]:
    words, at_s = _say_entry(one, movement)
    fault = one.fault if isinstance(one, FaultJudged | FaultAdded) else ""
    return {"id": one.id, "words": words, "at_s": at_s, "fault": fault, "by": one.by, "at_utc": one.at_utc.isoformat()}


def _say_entry(one: Correction, movement: Movement) -> tuple[str, float]:
    match one:
        case FaultJudged():
            template = _REJECTED if one.kind == "reject_fault" else _ACCEPTED
            words = template.format(fault=name_check(one.fault, movement), clock=format_clock(one.from_s))
            return words, one.from_s
        case FaultAdded():
            ends = {"clock": format_clock(one.from_s), "end": format_clock(one.to_s)}
            return _ADDED.format(fault=name_check(one.fault, movement), **ends), one.from_s
        case HoldMoved():
            template = _HOLD_START if one.edge == "start" else _HOLD_END
            return template.format(number=one.repetition, clock=format_clock(one.to_s)), one.to_s
        case SpanCut():
            return _CUT.format(clock=format_clock(one.from_s), end=format_clock(one.to_s)), one.from_s
        case NeutralSet():
            return _NEUTRAL.format(clock=format_clock(one.at_s)), one.at_s
        case JointMoved():
            joint = Phrase(one.landmark.replace("_", " "))
            return _MOVED.format(joint=joint, clock=format_clock(one.at_s)), one.at_s
        case NoteDrawn():
            template = _NOTED if one.text else _DRAWN
            return template.format(clock=format_clock(one.at_s), text=one.text), one.at_s
    raise AssertionError(one.kind)  # a correction that was taken back is not active


def _describe_prescription(opened: ShownResult, folder: Path) -> dict[str, Any] | None:
    found = opened.prescription
    if found is None:
        return None
    one = found.find(opened.movement.id)
    changes = [] if one is None else list_prescribed_changes(one, list_prescribable(folder))
    return {
        **found.model_dump(mode="json", exclude={"movements"}),
        "own": None if one is None else one.model_dump(mode="json"),
        "changes": [describe_change(change, opened.movement) for change in changes],
    }
