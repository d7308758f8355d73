"""What `summary.json` holds: the records of one recording's result."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from formcheck.core.records import Severity
from formcheck.core.skeleton import Side
from formcheck.languages.phrase import PhraseText

SUMMARY_VERSION = 1


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="null")


class ModelRecord(_Record):
    """The pose model that saw the recording, and the engine that ran it."""

    name: str
    sha256: str
    engine: str = ""
    runtime: str = ""


class MovementRecord(_Record):
    """The movement file that the recording was compared with."""

    id: str
    name: str
    version: int
    sha256: str


class SourceRecord(_Record):
    """The recording."""

    name: str
    sha256: str
    width: int
    height: int
    fps: float
    duration_s: float
    frames: int


class PatientRecord(_Record):
    """Where someone pointed at the patient: shares of width and height, and seconds."""

    x: float
    y: float
    at_s: float


class WhyCode(StrEnum):
    """What decided a verdict. Released members keep their value."""

    FAULT = "fault"
    NOT_RECOGNISED = "not_recognised"
    NOBODY_SEEN = "nobody_seen"
    VIEW_REFUSED = "view_refused"
    NO_REPETITION = "no_repetition"
    ROUND_PICTURE = "round_picture"
    HOLLOW_PICTURE = "hollow_picture"
    PICTURE_OF_START = "picture_of_start"
    CHECK_UNKNOWN = "check_unknown"
    OUT_OF_BAND = "out_of_band"
    PART_DONE = "part_done"
    NOTHING_TO_CORRECT = "nothing_to_correct"


class ViewRecord(_Record):
    """The position of the camera."""

    kind: str
    yaw_deg: float | None
    yaw_uncertainty_deg: float
    near: Side | None
    verdict: str
    reasons: list[PhraseText]
    codes: list[str] = []
    """Of each reason its code, one of `camera.advice.ProblemCode`; empty in older files."""
    advice: PhraseText = ""
    """The one advice, in at most eight words; empty if the camera position is good."""
    roll_deg: float | None = None
    """How far the camera was turned, clockwise as seen from behind it.

    None if the pictures do not show it.
    """
    roll_uncertainty_deg: float | None = None


class Pause(_Record):
    """A part of a hold that did not count, and why."""

    check: str
    from_s: float
    to_s: float


class RepetitionRecord(_Record):
    """One repetition."""

    index: int
    side: Side | None
    start_s: float
    hold_start_s: float | None
    hold_end_s: float | None
    end_s: float
    valid_hold_s: float | None
    pauses: list[Pause]
    held_s: float | None = None
    """From the first to the last moment of the hold; `valid_hold_s` leaves its pauses out. None without a hold."""
    hesitations: int | None = None
    """Stops and steps back on the way into the hold and out of it.

    None if they are unknown.
    """


class FaultRecord(_Record):
    """One fault, with its start and end."""

    id: str
    severity: Severity
    cue: str
    from_s: float
    to_s: float
    repetition: int | None
    side: Side | None
    value: float | None
    unit: str
    limit: float
    uncertainty: float | None


class CheckRecord(_Record):
    """The share of each status of one check, and the median of its values."""

    id: str
    ok_share: float
    warn_share: float
    fix_share: float
    cannot_tell_share: float
    reason: PhraseText
    reason_code: str = ""
    """Code of the reason, one of `reasons.ReasonCode`; empty without one, and in older files."""
    reason_landmark: str = ""
    """The landmark that the reason is about; empty if it is about none."""
    value: float | None = None
    uncertainty: float | None = None


class MeasurementRecord(_Record):
    """One measurement over the recording."""

    unit: str
    median: float
    p05: float
    p95: float
    in_hold_median: float | None
    uncertainty: float


class DosePart(_Record):
    """The target and what was done."""

    target: float | None
    done: float | None


class SidesRecord(_Record):
    """Valid hold seconds of each side."""

    left_s: float
    right_s: float


class DoseRecord(_Record):
    """Durations and numbers of repetitions."""

    hold_s: DosePart
    repetitions: DosePart
    sides: SidesRecord
    held_s: float | None = None
    """Seconds held in all, pauses included; `hold_s.done` counts the valid ones. None without a hold."""


class SpanRecord(_Record):
    """One movement that ``--movement auto`` found in a recording."""

    movement: str
    side: Side | None
    from_s: float
    to_s: float
    certainty: float
    folder: str
    """Folder of its own result, next to this one; empty for this one."""


class RecognisedRecord(_Record):
    """The result of ``--movement auto``; `unsure` = no movement was certain enough."""

    certainty: float
    unsure: bool
    spans: list[SpanRecord]


class JudgedRecord(_Record):
    """The parts of a recording that were judged.

    `side` works in them; None if both sides do, or none.
    """

    spans_s: list[tuple[float, float]]
    side: Side | None


class RunSummary(_Record):
    """The result of one recording; the contents of `summary.json`.

    Parameters
    ----------
    schema_version, formcheck_version, created_utc : of this record; ISO 8601.
    model, movement, source : the pose model, the movement file and the recording; each with its SHA-256.
    view : the position of the camera: turn and tilt in degrees, and whether it is good enough.
    seen_share : share of frames with a person, 0..1.
    repetitions : with their holds, seconds from the start of the recording.
    faults : each fault with its time and size: `value` and `limit` in `unit`.
    checks : for each check the shares of its time that were ok, warn, fix and cannot_tell, and the reason.
    measurements : by name; the unit ends the name. `uncertainty` is the half-width of the interval that should hold
        the truth 95 times in 100, the median of all frames.
    dose : seconds held and repetitions done, with their targets.
    verdict : ok, warn, fix or cannot_tell. why : the same in one sentence.
    why_code, why_about : what decided the verdict, and the id of the fault or check that it is about.
    judged : the parts of the recording that show the movement; None = the whole recording was judged.
    recognised : how certain the movement is; only if it was not named but found.
    patient : where someone pointed at the person to follow; None = formcheck chose.

    Examples
    --------
    >>> import formcheck as fc
    >>> summary = fc.check("examples/tracks/hinge_good.parquet", movement="hamstring_hinge_standing")
    >>> summary.verdict, summary.view.verdict, summary.seen_share
    ('ok', 'ok', 1.0)
    >>> hold = summary.repetitions[0]
    >>> hold.side, round(hold.hold_end_s - hold.hold_start_s)
    ('right', 4)
    >>> fc.RunSummary.model_validate_json(summary.model_dump_json()) == summary
    True
    """

    schema_version: int
    formcheck_version: str
    created_utc: str
    model: ModelRecord
    movement: MovementRecord
    source: SourceRecord
    view: ViewRecord
    seen_share: float
    repetitions: list[RepetitionRecord]
    faults: list[FaultRecord]
    checks: list[CheckRecord]
    measurements: dict[str, MeasurementRecord]
    dose: DoseRecord
    verdict: str
    why: PhraseText
    why_code: WhyCode | None = None
    """What decided the verdict; None in older files."""
    why_about: str = ""
    """Id of the fault or check that it is about; empty if it is about none."""
    judged: JudgedRecord | None = None
    recognised: RecognisedRecord | None = None
    """Only if the movement was not named but found."""
    patient: PatientRecord | None = None
    """Only if someone pointed at the person to follow."""


OF_A_MEASUREMENT = ("median", "p05", "p95", "in_hold_median", "uncertainty")
CANNOT_TELL_SHARE = 0.5
"""A check that was cannot_tell for a larger share is listed as such."""


def make_summary_row(summary: RunSummary) -> dict[str, Any]:
    """Return the columns that a summary fills; values it lacks are missing."""
    source, view, dose = summary.source, summary.view, summary.dose
    stops = [r.hesitations for r in summary.repetitions if r.hesitations is not None]
    sides = {r.side for r in summary.repetitions if r.valid_hold_s is not None}
    row: dict[str, Any] = {
        "name": source.name, "source_sha256": source.sha256, "width": source.width, "height": source.height,
        "fps": source.fps, "duration_s": source.duration_s, "frames": source.frames,
        "movement_id": summary.movement.id, "movement_version": summary.movement.version,
        "movement_sha256": summary.movement.sha256, "model_name": summary.model.name,
        "model_sha256": summary.model.sha256, "model_engine": summary.model.engine,
        "model_runtime": summary.model.runtime, "formcheck_version": summary.formcheck_version,
        "verdict": summary.verdict, "why": summary.why,
        "why_code": summary.why_code,
        "faults": list(dict.fromkeys(fault.id for fault in summary.faults if fault.severity != "info")),
        "notes": list(dict.fromkeys(fault.id for fault in summary.faults if fault.severity == "info")),
        "fault_records": [fault.model_dump(mode="json", exclude={"cue"}) for fault in summary.faults],
        "checks_cannot_tell": [c.id for c in summary.checks if c.cannot_tell_share > CANNOT_TELL_SHARE],
        **{f"view_{name}": getattr(view, name) for name in _OF_THE_VIEW}, "seen_share": summary.seen_share,
        "repetitions": dose.repetitions.done, "repetitions_target": dose.repetitions.target,
        "side": _name_judged_side(summary), "held_s": dose.held_s, "valid_s": dose.hold_s.done,
        "hold_s": dose.hold_s.done, "hold_target_s": dose.hold_s.target,
        "hold_left_s": dose.sides.left_s if "left" in sides else None,
        "hold_right_s": dose.sides.right_s if "right" in sides else None,
        "hesitations": sum(stops) if stops else None,
    }  # fmt: skip
    for name, measured in summary.measurements.items():
        row.update({f"{name}_{what}": getattr(measured, what) for what in OF_A_MEASUREMENT})
    if summary.judged is not None:
        row["judged_spans"] = [{"from_s": from_s, "to_s": to_s} for from_s, to_s in summary.judged.spans_s]
    if summary.recognised is not None:
        row["recognised_certainty"] = summary.recognised.certainty
        row["recognised_spans"] = [s.model_dump(mode="json", exclude={"folder"}) for s in summary.recognised.spans]
    return row


def _name_judged_side(summary: RunSummary) -> str | None:
    """Return the side that worked; "both" if they took turns.

    None if the movement has no working side.
    """
    sides = sorted({r.side for r in summary.repetitions if r.side is not None})
    return "both" if len(sides) > 1 else sides[0] if sides else None


_OF_THE_VIEW = (
    "kind", "yaw_deg", "yaw_uncertainty_deg", "near", "verdict", "reasons", "advice", "roll_deg", "roll_uncertainty_deg"
)  # fmt: skip
