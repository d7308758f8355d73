"""Draft a movement file from a demonstration: a few good repetitions in recordings."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tomlkit

from formcheck.core.errors import SourceError
from formcheck.core.measure.camera_view import MAX_YAW_DEG
from formcheck.core.measure.measure import MEASUREMENT_NAMES
from formcheck.core.measure.person import PersonTracker
from formcheck.core.movement.load import load_movement, parse_movement
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import MOTION_SIGNALS
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import Finding, PoseFrame
from formcheck.core.skeleton import Side
from formcheck.drivers.atomic_files import write_one_file
from formcheck.drivers.recording.pose_stream import open_poses
from formcheck.languages.phrase import Phrase
from formcheck.program.therapist import draft as file_of
from formcheck.program.therapist.demonstration import (
    Demonstrated,
    DriveNumbers,
    ShownBand,
    choose_drive,
    draft_band,
    list_start_limits,
    name_posture,
    size_drive,
)

LEAST_REPETITIONS = 3
"""With fewer, the spread between repetitions is hardly known, and the draft says so."""
LEAST_SHARE = 0.5
"""Of the frames of its phases in which a measure must be known."""
_POSTURE = Phrase("Posture at the start: taken for {posture}; correct `posture` and `place`.")
_ONE_SIDE = Phrase("Does one side work at a time? Then write dose.each_side = true, and working for near.")
_FEW = Phrase("{count} repetitions were seen; {wanted} show how far they lie apart.")
_MOVES = Phrase("What moves: taken to be {signal} ({kind}).")
_HOW_FAR = Phrase("How far it goes: the numbers of the drive are those of {movement}.")
_HOW_LONG = Phrase("How long: held for {seconds} s in the demonstration; write the dose that you want.")


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted movement file, what it is unsure of, and its repetitions."""

    text: str
    unsure: list[str]
    repetitions: int


@dataclass(frozen=True, slots=True)
class _Demonstration:
    """The poses of one recording, and the pose model that found them."""

    name: str
    poses: list[PoseFrame]
    model: str


@dataclass(slots=True)
class _Judged:
    """What a movement file says of the demonstration."""

    values: dict[str, dict[tuple[int, int], list[float]]] = field(default_factory=dict)
    doubts: dict[str, list[float]] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)
    holds_s: list[float] = field(default_factory=list)
    repetitions: set[tuple[int, int]] = field(default_factory=set)
    faults: set[str] = field(default_factory=set)

    def note(self, finding: Finding, of: tuple[int, int]) -> None:
        """Add the value of one measure in one frame of a repetition."""
        if math.isfinite(finding.value):
            self.values.setdefault(finding.check, {}).setdefault(of, []).append(finding.value)
            self.doubts.setdefault(finding.check, []).append(finding.uncertainty)
        else:
            self.unknown[finding.check] += 1


def draft_movement(
    recordings: Sequence[Path], *, name: str, like: str | None = None, called: Sequence[str] = ()
) -> Draft:
    """Return a movement file drafted from demonstrations of one movement.

    Parameters
    ----------
    recordings : results of checks, saved poses or videos; together about three good repetitions.
    name : of the new movement.
    like : id of the shipped movement whose measures, faults and texts it takes over; None = a bare one.
    called : how the recordings are named to people; default: as their files.

    Raises
    ------
    FormCheckError
        A recording cannot be read, shows nobody, or shows no repetition.
    """
    base = None if like is None else load_movement(like)
    names = called or [path.stem for path in recordings]
    shown = [_open_demonstration(path, one) for path, one in zip(recordings, names, strict=True)]
    measured = [_measure_all(one) for one in shown]
    unsure: list[str] = []
    _require_view(measured, base, shown)
    document = file_of.open_base(name, like)
    drive = _draft_drive(measured, base, unsure)
    if drive is not None:
        file_of.set_drive(document, drive, has_like=base is not None)
    if limits := list_start_limits(measured):
        file_of.set_posture(document, limits, name_posture(measured) if base is None else None)
    if base is None:
        unsure.append(_POSTURE.format(posture=str(document["posture"])))
        unsure.append(_ONE_SIDE)
    judged = _judge_all(shown, _parse(file_of.open_bands(document)))
    if not judged.repetitions:
        came = "none that goes far enough and comes to rest" if base is None else f"none as of {base.id}"
        wanted = f"expected about {LEAST_REPETITIONS} good repetitions"
        raise SourceError(f"{', '.join(names)}: {wanted}, got {came}; film them again")
    _set_dose(document, judged, base, unsure)
    file_of.set_bands(document, _find_bands(judged, _parse(file_of.open_bands(document))), unsure)
    file_of.set_faults(document, base, unsure)
    seen = _judge_all(shown, _parse(document)).faults
    file_of.drop_faults(document, sorted(seen), file_of.SHOWN_ITSELF, unsure)
    count = len(judged.repetitions)
    if count < LEAST_REPETITIONS:
        unsure.insert(0, _FEW.format(count=count, wanted=LEAST_REPETITIONS))
    made_from = f"{count} repetitions in {', '.join(names)}"
    text = file_of.finish_text(document, made_from, unsure)
    parse_movement(text.encode("utf-8"), f"{document['id']!s}.toml")
    return Draft(text, file_of.list_unsure(unsure), count)


def write_draft(draft: Draft, out: Path) -> Path:
    """Write a draft to a new file.

    A file that is there already stays, because a person may have changed it.
    """
    if out.exists():
        raise SourceError(f"{out.name}: expected a new file, got one that exists; choose another name")
    with write_one_file(out) as part:
        part.write_text(draft.text, "utf-8")
    return out


def _open_demonstration(path: Path, name: str) -> _Demonstration:
    source = path / "poses.parquet" if (path / "summary.json").is_file() else path
    with open_poses(source, movement=None) as stream:
        poses = list(stream)
        return _Demonstration(name, poses, stream.pose_model)


def _measure_all(shown: _Demonstration) -> Demonstrated:
    person = PersonTracker(shown.model)
    rows, sides = [], Counter[Side]()
    for pose in shown.poses:
        person.step(pose)
        measurements = person.measured()
        rows.append([measurements.values[name][:2] for name in MEASUREMENT_NAMES])
        if measurements.view.near is not None:
            sides[measurements.view.near] += 1
    if not sides:
        raise SourceError(f"{shown.name}: expected a person who shows a movement, got nobody; check the recording")
    table = np.array(rows, np.float64)
    values = {name: table[:, at, 0] for at, name in enumerate(MEASUREMENT_NAMES)}
    doubts = {name: table[:, at, 1] for at, name in enumerate(MEASUREMENT_NAMES)}
    times_s = np.array([pose.time_s for pose in shown.poses])
    return Demonstrated(times_s, values, doubts, sides.most_common(1)[0][0])


def _require_view(measured: Sequence[Demonstrated], base: Movement | None, shown: Sequence[_Demonstration]) -> None:
    """Raise SourceError if a demonstration is not filmed from the needed side."""
    if base is not None and base.view.camera != "side":
        return
    for one, recording in zip(measured, shown, strict=True):
        yaw = one.values["yaw_deg"]
        turned = float(np.nanmedian(np.abs(yaw))) if np.isfinite(yaw).any() else math.nan
        if not turned <= MAX_YAW_DEG:
            came = f"a camera turned by {turned:.0f}°" if math.isfinite(turned) else "an unknown direction"
            raise SourceError(f"{recording.name}: expected a demonstration from the side, got {came}; film it side-on")


def _draft_drive(measured: Sequence[Demonstrated], base: Movement | None, unsure: list[str]) -> DriveNumbers | None:
    if base is None:
        found = choose_drive(measured)
        unsure.append(_MOVES.format(signal=found.signal, kind=found.kind))
        return found
    kind = base.drive.kind
    sized = None
    if kind in {"reach", "cycle"}:
        signals = filter(None, (base.drive.signal, base.drive.fallback))
        sized = next((one for signal in signals if (one := size_drive(measured, kind, signal)) is not None), None)
    if sized is not None and sized.least * base.drive.least < 0:
        came = f"one in which {sized.signal} goes the other way"
        raise SourceError(f"expected a movement like {base.id}, got {came}; name another one with --like")
    if sized is None:
        unsure.append(_HOW_FAR.format(movement=base.id))
        return None
    return sized._replace(signal=base.drive.signal)


def _parse(document: Any) -> Movement:
    return parse_movement(tomlkit.dumps(document).encode("utf-8"), f"{document['id']!s}.toml")


def _judge_all(shown: Sequence[_Demonstration], movement: Movement) -> _Judged:
    judged = _Judged()
    for number, recording in enumerate(shown):
        for result in run(iter(recording.poses), FormChecker(movement, pose_model=recording.model)):
            repetition = result.phase.ended or result.phase.repetition
            judged.faults |= {one.id for one in result.feedback.active if one.severity != "info"}
            if repetition is None:
                continue
            of = (number, repetition.index)
            if result.phase.ended is not None and repetition.counts:
                judged.repetitions.add(of)
                if repetition.hold_start_s is not None and repetition.hold_end_s is not None:
                    judged.holds_s.append(repetition.hold_end_s - repetition.hold_start_s)
            for finding in result.assessment.findings:
                # a measure over a repetition counts once it is over: until then it may still change
                if result.phase.ended is not None or not movement.measures[finding.check].reduce:
                    judged.note(finding, of)
    return judged


def _find_bands(judged: _Judged, movement: Movement) -> Mapping[str, ShownBand]:
    bands = {}
    for measure, spec in movement.measures.items():
        if spec.signal in MOTION_SIGNALS:
            continue
        repetitions = [values for of, values in judged.values.get(measure, {}).items() if of in judged.repetitions]
        known = sum(map(len, repetitions))
        if not known or known < LEAST_SHARE * (known + judged.unknown[measure]):
            continue
        band = draft_band(repetitions, float(np.median(judged.doubts[measure])), spec.unit)
        if band is not None:
            bands[measure] = band
    return bands


def _set_dose(document: Any, judged: _Judged, base: Movement | None, unsure: list[str]) -> None:
    if judged.holds_s and document["drive"]["kind"] != "cycle":
        held_s = max(1, round(float(np.median(judged.holds_s))))
        document["dose"]["hold_s"] = held_s
        if float(document["dose"].get("least_hold_s", 0)) > held_s:
            document["dose"]["least_hold_s"] = held_s
        document["dose"]["source"] = "D: as long as it was held"
        unsure.append(_HOW_LONG.format(seconds=held_s))
    if base is None:
        document["dose"]["repetitions"] = len(judged.repetitions)
