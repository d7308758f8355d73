"""StepResults → RunSummary: what `summary.json` holds."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from pydantic import BaseModel, ConfigDict

from .measure import NAMES
from .movement import Movement, unit_of
from .phases import STRONG_DEG
from .records import SEVERITIES, ActiveFault, Repetition, Severity, StepResult
from .skeleton import Side
from .view import GOOD_PERSON_SHARE, GOOD_YAW_DEG, MAX_YAW_DEG, MIN_PERSON_SHARE, YAW_UNCERTAINTY_DEG, person_share

SCHEMA_VERSION = 1
MIN_FPS = 10.0


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="null")


class ModelRecord(_Record):
    """Which pose model saw the recording."""

    name: str
    sha256: str


class MovementRecord(_Record):
    """Which movement file it was held against."""

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


class ViewRecord(_Record):
    """How the camera stood."""

    kind: str
    yaw_deg: float | None
    yaw_uncertainty_deg: float
    near: Side | None
    verdict: str
    reasons: list[str]


class Pause(_Record):
    """A stretch of a hold that did not count, and why."""

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


class FaultRecord(_Record):
    """One fault, from when to when."""

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
    """How often one check came out which way."""

    id: str
    ok_share: float
    warn_share: float
    fix_share: float
    cannot_tell_share: float
    reason: str


class MeasurementRecord(_Record):
    """One measurement over the recording."""

    unit: str
    median: float
    p05: float
    p95: float
    in_hold_median: float | None
    uncertainty: float


class DosePart(_Record):
    """Asked for and done."""

    target: float | None
    done: float | None


class SidesRecord(_Record):
    """Valid hold seconds of each side."""

    left_s: float
    right_s: float


class DoseRecord(_Record):
    """How long and how often."""

    hold_s: DosePart
    repetitions: DosePart
    sides: SidesRecord


class RunSummary(_Record):
    """What one recording gave; the contents of `summary.json`."""

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
    why: str


@dataclass(slots=True)
class _Tally:
    """Counts over the whole recording, filled frame by frame so that memory stays flat."""

    times: list[float] = field(default_factory=list)
    seen: int = 0
    values: dict[str, array[float]] = field(default_factory=lambda: {n: array("d") for n in NAMES})
    held: dict[str, array[float]] = field(default_factory=lambda: {n: array("d") for n in NAMES})
    uncertainty: dict[str, float] = field(default_factory=dict)
    shares: list[float] = field(default_factory=list)
    people: list[int] = field(default_factory=list)
    near: Counter[Side | None] = field(default_factory=Counter)


class Summariser:
    """Gathers StepResults into a RunSummary; `add` each in order, then `summary`."""

    def __init__(self, movement: Movement) -> None:
        self.movement = movement
        self._tally = _Tally()
        self._checks: dict[str, Counter[str]] = {}
        self._reasons: dict[str, Counter[str]] = {}
        self._repetitions: dict[int, Repetition] = {}
        self._valid: dict[int, list[tuple[float, float]]] = {}
        self._pauses: dict[int, list[Pause]] = {}
        self._faults: dict[tuple[str, float], tuple[ActiveFault, int | None, Side | None]] = {}
        self._still = False

    def add(self, result: StepResult) -> None:
        """Take one result in."""
        t, tally, phase = result.pose.time_s, self._tally, result.phase
        self._still = self._still or phase.still
        if not tally.times or t > tally.times[-1]:
            self._count_frame(result)
        for finding in result.assessment.findings:
            # what is measured over a repetition counts once it is over: until then it may still get there
            if self.movement.measures[finding.check].reduce and phase.ended is None:
                continue
            self._note_check(finding.check, finding.status, finding.reason)
        for fault_id, present in result.assessment.faults.items():
            if present is None:
                self._reasons.setdefault(fault_id, Counter())[result.assessment.reasons.get(fault_id, "")] += 1
        repetition = phase.ended or phase.repetition
        for one in filter(None, (phase.ended, phase.repetition)):
            self._repetitions[one.index] = one
        for fault in result.feedback.active:
            key = (fault.id, round(fault.from_s, 6))
            known = self._faults.get(key)
            self._faults[key] = (fault, known[1] if known else repetition.index if repetition else None, phase.side)
        hold = result.feedback.hold
        if hold is not None and phase.repetition is not None:
            self._valid.setdefault(phase.repetition.index, []).append((t, hold.valid_s))
            if hold.paused_by:
                self._pause(phase.repetition.index, hold.paused_by, t)

    def _count_frame(self, result: StepResult) -> None:
        tally, m = self._tally, result.measurements
        tally.times.append(m.time_s)
        tally.people.append(result.pose.people)
        if not result.pose.seen:
            return
        tally.seen += 1
        tally.near[result.phase.near] += 1
        tally.shares.append(person_share(result.pose))
        for name, value in m.values.items():
            if math.isfinite(value):
                tally.values[name].append(value)
                if result.phase.name == "hold":
                    tally.held[name].append(value)
                tally.uncertainty[name] = max(tally.uncertainty.get(name, 0.0), m.uncertainty[name])

    def _note_check(self, check: str, status: str, reason: str) -> None:
        self._checks.setdefault(check, Counter())[status] += 1
        if reason:
            self._reasons.setdefault(check, Counter())[reason] += 1

    def _pause(self, index: int, check: str, t: float) -> None:
        pauses = self._pauses.setdefault(index, [])
        if pauses and pauses[-1].check == check and t - pauses[-1].to_s < 0.5:
            pauses[-1] = pauses[-1].model_copy(update={"to_s": _r(t)})
        else:
            pauses.append(Pause(check=check, from_s=_r(t), to_s=_r(t)))

    # -- the summary -------------------------------------------------------------------------------

    def summary(
        self, *, source: SourceRecord, model: ModelRecord, formcheck_version: str, created_utc: str
    ) -> RunSummary:
        """Return the summary of everything added."""
        movement, tally = self.movement, self._tally
        repetitions = [self._repetition(r) for r in self._repetitions.values() if r.counts]
        faults = self._fault_records()
        checks = [self._check(c) for c in self._checks]
        view = self._view(source)
        verdict, why = self._verdict(view, faults, checks, repetitions)
        return RunSummary(
            schema_version=SCHEMA_VERSION,
            formcheck_version=formcheck_version,
            created_utc=created_utc,
            model=model,
            movement=MovementRecord(
                id=movement.id, name=movement.name, version=movement.version, sha256=movement.sha256
            ),
            source=source,
            view=view,
            seen_share=_r(tally.seen / len(tally.times)) if tally.times else 0.0,
            repetitions=repetitions,
            faults=faults,
            checks=checks,
            measurements={n: self._measurement(n) for n in NAMES if tally.values[n]},
            dose=self._dose(repetitions),
            verdict=verdict,
            why=why,
        )

    def _repetition(self, one: Repetition) -> RepetitionRecord:
        last = self._tally.times[-1]
        hold_end = one.hold_end_s if one.hold_end_s is not None else last
        valid = None
        pauses: list[Pause] = []
        if one.hold_start_s is not None:
            clock = [v for t, v in self._valid.get(one.index, []) if t <= hold_end + 1e-6]
            valid = _r(clock[-1]) if clock else 0.0
            pauses = [p for p in self._pauses.get(one.index, []) if p.from_s <= hold_end]
        return RepetitionRecord(
            index=one.index,
            side=one.side,
            start_s=_r(one.start_s),
            hold_start_s=None if one.hold_start_s is None else _r(one.hold_start_s),
            hold_end_s=None if one.hold_start_s is None else _r(hold_end),
            end_s=_r(one.end_s if one.end_s is not None else last),
            valid_hold_s=valid,
            pauses=pauses,
        )

    def _fault_records(self) -> list[FaultRecord]:
        records = [
            FaultRecord(
                id=f.id,
                severity=f.severity,
                cue=self.movement.fault(f.id).cue,
                from_s=_r(f.from_s),
                to_s=_r(f.said_s),
                repetition=index,
                side=side,
                value=_number(f.value),
                unit=f.unit,
                limit=f.limit,
                uncertainty=_number(f.uncertainty),
            )
            for f, index, side in self._faults.values()
        ]
        return sorted(records, key=lambda f: (f.from_s, -SEVERITIES.index(f.severity), f.id))

    def _check(self, check: str) -> CheckRecord:
        counts = self._checks[check]
        total = counts.total()
        reasons = self._reasons.get(check)
        return CheckRecord(
            id=check,
            ok_share=_r(counts["ok"] / total),
            warn_share=_r(counts["warn"] / total),
            fix_share=_r(counts["fix"] / total),
            cannot_tell_share=_r(counts["cannot_tell"] / total),
            reason=reasons.most_common(1)[0][0] if reasons else "",
        )

    def _measurement(self, name: str) -> MeasurementRecord:
        values = np.array(self._tally.values[name])
        held = self._tally.held[name]
        return MeasurementRecord(
            unit=unit_of(name),
            median=_r(float(np.median(values))),
            p05=_r(float(np.percentile(values, 5))),
            p95=_r(float(np.percentile(values, 95))),
            in_hold_median=_r(float(np.median(held))) if held else None,
            uncertainty=_r(self._tally.uncertainty[name]),
        )

    def _dose(self, repetitions: list[RepetitionRecord]) -> DoseRecord:
        dose = self.movement.dose
        held = [r for r in repetitions if r.valid_hold_s is not None]
        by_side = {s: sum(r.valid_hold_s or 0.0 for r in held if r.side == s) for s in ("left", "right")}
        hold = None if self._still or dose.hold_s is None else _r(sum(r.valid_hold_s or 0.0 for r in held))
        return DoseRecord(
            hold_s=DosePart(target=dose.hold_s, done=hold),
            repetitions=DosePart(target=dose.repetitions, done=None if self._still else len(repetitions)),
            sides=SidesRecord(left_s=_r(by_side["left"]), right_s=_r(by_side["right"])),
        )

    def _view(self, source: SourceRecord) -> ViewRecord:
        tally = self._tally
        yaws = tally.values["yaw_deg"]
        if not yaws:
            return ViewRecord(
                kind="unknown",
                yaw_deg=None,
                yaw_uncertainty_deg=YAW_UNCERTAINTY_DEG,
                near=None,
                verdict="refused",
                reasons=["nobody was seen"],
            )
        yaw, share = float(np.median(yaws)), float(np.median(tally.shares))
        refused, degraded = [], []
        if self.movement.view.camera == "side" and yaw > MAX_YAW_DEG:
            refused.append(f"the camera stands about {yaw:.0f}° from side-on; turn sideways to it")
        elif self.movement.view.camera == "side" and yaw > GOOD_YAW_DEG:
            degraded.append(f"the camera stands about {yaw:.0f}° from side-on")
        if share < MIN_PERSON_SHARE:
            refused.append("you are small in the picture; come closer")
        elif share < GOOD_PERSON_SHARE:
            degraded.append("you are rather small in the picture")
        if not self._still and 0 < source.fps < MIN_FPS:
            degraded.append("too few pictures a second for speed and bounce")
        if float(np.mean(np.array(tally.people) > 1)) > 0.5:
            degraded.append("two people are in the picture; one was followed")
        kind = "side" if yaw <= MAX_YAW_DEG else "oblique" if yaw < 65 else "front"
        return ViewRecord(
            kind=kind,
            yaw_deg=_r(yaw),
            yaw_uncertainty_deg=YAW_UNCERTAINTY_DEG,
            near=tally.near.most_common(1)[0][0],
            verdict="refused" if refused else "degraded" if degraded else "ok",
            reasons=refused + degraded,
        )

    def _verdict(
        self,
        view: ViewRecord,
        faults: list[FaultRecord],
        checks: list[CheckRecord],
        repetitions: list[RepetitionRecord],
    ) -> tuple[str, str]:
        """The verdict and its one sentence."""
        serious = [f for f in faults if f.severity in ("fix", "stop")]
        adjust = [f for f in faults if f.severity == "adjust"]
        for found, verdict in ((serious, "fix"), (adjust, "warn")):
            if found:
                seen = self.movement.fault(found[0].id).seen
                return verdict, f"Seen: {seen}. Try: {found[0].cue}."
        if view.kind == "unknown":
            return "cannot_tell", "Nobody was seen in the recording."
        if view.verdict == "refused":
            return "cannot_tell", f"This cannot be told from here: {view.reasons[0]}."
        if self._still:
            reading = self._still_reading()
            if reading:
                return "cannot_tell", reading
            if not checks:
                return "cannot_tell", "This picture shows the start posture; the stretch itself was not seen."
        if not self._still and not repetitions:
            return "cannot_tell", "No whole repetition was seen."
        by_id = {c.id: c for c in checks}
        for needed in self.movement.essential or [self.movement.main]:
            check = by_id.get(needed)
            if check is None or check.cannot_tell_share > 0.5:
                reason = check.reason if check and check.reason else "it was not seen long enough"
                return "cannot_tell", f"{self.movement.measures[needed].name} could not be told: {reason}."
        unsure = [c for c in checks if c.cannot_tell_share > 0.5]
        rest = f" {len(unsure)} of {len(checks)} checks could not be told." if unsure else ""
        return "ok", f"Nothing to correct was seen.{rest}"

    def _still_reading(self) -> str:
        """What a single picture without an own neutral says about the back, where it says it strongly."""
        bends = self._tally.values["back_bend_no_neutral_deg"]
        if not bends or abs(bends[0]) <= STRONG_DEG:
            return ""
        shape, u = "rounded" if bends[0] > 0 else "hollow", self._tally.uncertainty["back_bend_no_neutral_deg"]
        return f"The back looks clearly {shape} (about {bends[0]:.0f}°, give or take {u:.0f}); one picture cannot show the movement."


def summarise(results: Iterable[StepResult], movement: Movement, **about: object) -> RunSummary:
    """Return the summary of results; see `Summariser.summary` for the rest of the parameters."""
    gathered = Summariser(movement)
    for result in results:
        gathered.add(result)
    return gathered.summary(**about)  # type: ignore[arg-type]


def _r(value: float) -> float:
    """Round for the file; three decimals say more than any of these numbers knows."""
    return round(float(value), 3)


def _number(value: float) -> float | None:
    return _r(value) if math.isfinite(value) else None
