"""StepResults → RunSummary: the content of `summary.json`."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.camera.advice import ProblemCode
from formcheck.core.camera.framing import FramingTally
from formcheck.core.measure.measure import MEASUREMENT_NAMES
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import find_unit
from formcheck.core.reasons import Reason, describe_reason
from formcheck.core.records import NOT_JUDGED, SEVERITIES, ActiveFault, Finding, Measurements, Repetition, StepResult
from formcheck.core.skeleton import Side

from .phrases import describe_why
from .schema import (
    SUMMARY_VERSION,
    CheckRecord,
    DosePart,
    DoseRecord,
    FaultRecord,
    MeasurementRecord,
    ModelRecord,
    MovementRecord,
    Pause,
    RepetitionRecord,
    RunSummary,
    SidesRecord,
    SourceRecord,
    ViewRecord,
)
from .verdict import decide_verdict, judge_view

LEAST_OBLIQUE_S = 1.0
"""In a recording from too far round, a fault counts from this time on: readings at the limit come and go."""


class Spread(NamedTuple):
    """The distribution of one measurement.

    Parameters
    ----------
    median, p05, p95 : over all frames in which it was known.
    in_hold_median : over the frames of the holds; None if there are none.
    uncertainty : the median of the frames' uncertainties.
    """

    median: float
    p05: float
    p95: float
    in_hold_median: float | None
    uncertainty: float


@dataclass(slots=True)
class MeasurementTally:
    """Counts over the whole recording, filled frame by frame so that memory stays flat."""

    times: list[float] = field(default_factory=list)
    seen: int = 0
    values: array[float] = field(default_factory=lambda: array("f"))
    """All measurements of each frame with a person, in the order of `MEASUREMENT_NAMES`."""
    held: array[int] = field(default_factory=lambda: array("b"))
    """For each such frame, whether it belongs to a hold."""
    widths: array[float] = field(default_factory=lambda: array("f"))
    """The uncertainty of each of these values."""

    def add(self, measurements: Measurements, *, held: bool) -> None:
        """Add the measurements of one frame."""
        values, widths, _ = zip(*map(measurements.values.__getitem__, MEASUREMENT_NAMES), strict=True)
        self.values.extend(values)
        self.widths.extend(widths)
        self.held.append(held)

    def spreads(self) -> dict[str, Spread]:
        """Return the spread of each measurement that was ever known.

        Measurements that are known in the same frames, as most are, are computed together: one by one takes longer than
        judging a short recording.
        """
        table, in_hold = np.asarray(self.values).reshape(-1, len(MEASUREMENT_NAMES)), np.asarray(self.held) == 1
        known, widths = np.isfinite(table), np.asarray(self.widths).reshape(-1, len(MEASUREMENT_NAMES))
        together: dict[bytes, list[int]] = {}
        for column in np.flatnonzero(known.any(axis=0)).tolist():
            together.setdefault(known[:, column].tobytes(), []).append(column)
        found: dict[int, Spread] = {}
        for columns in together.values():
            rows = known[:, columns[0]]
            values, held = table[np.ix_(rows, columns)], table[np.ix_(rows & in_hold, columns)]
            numbers = [np.median(values, axis=0), *np.percentile(values, (5, 95), axis=0)]
            in_holds = np.median(held, axis=0).tolist() if len(held) else [None] * len(columns)
            numbers.append(_find_medians(widths[np.ix_(rows, columns)]))
            each = (columns, *(number.tolist() for number in numbers), in_holds)
            for column, median, p05, p95, width, of_holds in zip(*each, strict=True):
                found[column] = Spread(median, p05, p95, of_holds, width)
        return {name: found[column] for column, name in enumerate(MEASUREMENT_NAMES) if column in found}


def _find_medians(widths: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the median of each column.

    It is 0 where no uncertainty is known, as for a count.
    """
    medians = np.median(widths, axis=0).astype(float)
    for column in np.flatnonzero(np.isnan(medians)).tolist():
        known = widths[~np.isnan(widths[:, column]), column]
        medians[column] = np.median(known) if len(known) else 0.0
    return medians


class Summariser:
    """Collects StepResults into a RunSummary; `add` each in order, then `summary`."""

    def __init__(self, movement: Movement) -> None:
        self.movement = movement
        self._tally = MeasurementTally()
        self._framing = FramingTally(movement)
        self._checks: dict[str, Counter[str]] = {}
        self._compared: dict[str, tuple[array[float], array[float]]] = {}
        self._reasons: dict[str, Counter[Reason]] = {}
        self._repetitions: dict[int, Repetition] = {}
        self._valid: dict[int, float] = {}
        self._pauses: dict[int, list[Pause]] = {}
        self._faults: dict[tuple[str, float], tuple[ActiveFault, int | None, Side | None]] = {}
        self._reported: list[tuple[ActiveFault, int | None, Side | None]] = []
        self._still = False

    @property
    def frames(self) -> int:
        """Return how many frames were added."""
        return len(self._tally.times)

    def add(self, result: StepResult) -> None:
        """Add one result."""
        tally = self._tally
        self._still = self._still or result.phase.still
        if not tally.times or result.pose.time_s > tally.times[-1]:
            self._count_frame(result)
        self._count_checks(result)
        for one in filter(None, (result.phase.ended, result.phase.repetition)):
            self._repetitions[one.index] = one
        self._keep_faults(result)
        self._keep_clock(result)

    def _count_frame(self, result: StepResult) -> None:
        tally, m = self._tally, result.measurements
        tally.times.append(m.time_s)
        tally.seen += result.pose.seen
        if result.phase.name == NOT_JUDGED:
            return
        self._framing.add(result)
        if not result.pose.seen:
            return
        tally.add(m, held=result.phase.name == "hold")

    def _count_checks(self, result: StepResult) -> None:
        for finding in result.assessment.findings:
            # a measure over a repetition counts once it is over: until then it may still change
            if result.phase.ended is not None or not self.movement.measures[finding.check].reduce:
                self._note_check(finding)
        for fault_id, found in result.assessment.faults.items():
            if found.present is None and found.reason is not None:
                self._reasons.setdefault(fault_id, Counter())[found.reason] += 1

    def _keep_faults(self, result: StepResult) -> None:
        phase = result.phase
        repetition = phase.ended or phase.repetition
        for fault in result.feedback.active:
            key = (fault.id, round(fault.from_s, 6))
            first = self._faults[key][1] if key in self._faults else repetition.index if repetition else None
            self._faults[key] = (fault, first, phase.side)

    def _keep_clock(self, result: StepResult) -> None:
        hold, one = result.feedback.hold, result.phase.repetition or result.phase.ended
        if hold is None or one is None:
            return
        self._valid[one.index] = hold.valid_s
        if hold.paused_by and result.phase.repetition is not None:
            self._pause(one.index, hold.paused_by, result.pose.time_s)

    def _note_check(self, finding: Finding) -> None:
        check = finding.check
        self._checks.setdefault(check, Counter())[finding.status] += 1
        if finding.reason is not None:
            self._reasons.setdefault(check, Counter())[finding.reason] += 1
        if math.isfinite(finding.value):
            values, u = self._compared.setdefault(check, (array("f"), array("f")))
            values.append(finding.value)
            u.append(finding.uncertainty)

    def _pause(self, index: int, check: str, t: float) -> None:
        pauses = self._pauses.setdefault(index, [])
        if pauses and pauses[-1].check == check and t - pauses[-1].to_s < 0.5:
            pauses[-1] = pauses[-1].model_copy(update={"to_s": _round(t)})
        else:
            pauses.append(Pause(check=check, from_s=_round(t), to_s=_round(t)))

    # -- the summary -------------------------------------------------------------------------------

    def summary(
        self, *, source: SourceRecord, model: ModelRecord, formcheck_version: str, created_utc: str
    ) -> RunSummary:
        """Return the summary of everything added."""
        movement, tally = self.movement, self._tally
        view = judge_view(self._framing.summarise(still=self._still), movement)
        self._reported = [one for one in self._faults.values() if self._is_shown_long_enough(one[0], view)]
        repetitions = [self._repetition(r) for r in self._repetitions.values() if r.counts]
        faults = self._fault_records()
        checks = [self._check(c) for c in self._checks]
        still_bend = self._still_bend()
        dose = self._dose(repetitions)
        decision = decide_verdict(movement, view, faults, checks, repetitions, dose=dose, still_bend=still_bend)
        summary = RunSummary(
            schema_version=SUMMARY_VERSION,
            formcheck_version=formcheck_version,
            created_utc=created_utc,
            model=model,
            movement=MovementRecord(
                id=movement.id, name=movement.name, version=movement.version, sha256=movement.sha256
            ),
            source=source,
            view=view,
            seen_share=_round(tally.seen / len(tally.times)) if tally.times else 0.0,
            repetitions=repetitions,
            faults=faults,
            checks=checks,
            measurements=self._measurements(),
            dose=dose,
            verdict=decision.verdict,
            why="",
            why_code=decision.why,
            why_about=decision.about,
        )
        return summary.model_copy(update={"why": describe_why(summary, movement)})

    def _repetition(self, one: Repetition) -> RepetitionRecord:
        last = self._tally.times[-1]
        hold_end = one.hold_end_s if one.hold_end_s is not None else last
        valid = None
        pauses: list[Pause] = []
        if one.hold_start_s is not None:
            valid = _round(self._valid.get(one.index, 0.0))
            pauses = [p for p in self._pauses.get(one.index, []) if p.from_s <= hold_end and self._is_reported(p)]
        return RepetitionRecord(
            index=one.index,
            side=one.side,
            start_s=_round(one.start_s),
            hold_start_s=None if one.hold_start_s is None else _round(one.hold_start_s),
            hold_end_s=None if one.hold_start_s is None else _round(hold_end),
            end_s=_round(one.end_s if one.end_s is not None else last),
            valid_hold_s=valid,
            held_s=None if one.hold_start_s is None else _round(hold_end - one.hold_start_s),
            pauses=pauses,
            hesitations=int(one.hesitations) if math.isfinite(one.hesitations) else None,
        )

    def _is_reported(self, pause: Pause) -> bool:
        """Return whether a pause belongs to a reported fault.

        A person who left the picture is a pause as well.
        """
        same = [fault for fault, _, _ in self._reported if fault.id == pause.check]
        seen = any(fault.from_s <= pause.to_s + 1e-3 and fault.said_s >= pause.from_s - 1e-3 for fault in same)
        return seen or pause.check not in {fault.id for fault in self.movement.faults}

    def _is_shown_long_enough(self, fault: ActiveFault, view: ViewRecord) -> bool:
        """Return whether a fault is believed from this camera position."""
        is_oblique = view.verdict == "refused" and ProblemCode.TURNED in view.codes and not self._still
        return not is_oblique or fault.said_s - fault.from_s >= LEAST_OBLIQUE_S

    def _fault_records(self) -> list[FaultRecord]:
        records = [
            FaultRecord(
                id=f.id,
                severity=f.severity,
                cue=self.movement.fault(f.id).cue,
                from_s=_round(f.from_s),
                to_s=_round(f.said_s),
                repetition=index,
                side=side,
                value=_round_known(f.value),
                unit=f.unit,
                limit=f.limit,
                uncertainty=_round_known(f.uncertainty),
            )
            for f, index, side in self._reported
        ]
        return sorted(records, key=lambda f: (f.from_s, -SEVERITIES.index(f.severity), f.id))

    def _check(self, check: str) -> CheckRecord:
        counts = self._checks[check]
        total = counts.total()
        reasons, compared = self._reasons.get(check), self._compared.get(check)
        reason = reasons.most_common(1)[0][0] if reasons else None
        return CheckRecord(
            id=check,
            ok_share=_round(counts["ok"] / total),
            warn_share=_round(counts["warn"] / total),
            fix_share=_round(counts["fix"] / total),
            cannot_tell_share=_round(counts["cannot_tell"] / total),
            reason=describe_reason(reason),
            reason_code=reason.code if reason else "",
            reason_landmark=reason.landmark if reason else "",
            value=_round(float(np.median(compared[0]))) if compared else None,
            uncertainty=_round(float(np.median(compared[1]))) if compared else None,
        )

    def _measurements(self) -> dict[str, MeasurementRecord]:
        return {
            name: MeasurementRecord(
                unit=find_unit(name),
                median=_round(found.median),
                p05=_round(found.p05),
                p95=_round(found.p95),
                in_hold_median=_round(found.in_hold_median) if found.in_hold_median is not None else None,
                uncertainty=_round(found.uncertainty),
            )
            for name, found in self._tally.spreads().items()
        }

    def _dose(self, repetitions: list[RepetitionRecord]) -> DoseRecord:
        dose = self.movement.dose
        held = [r for r in repetitions if r.valid_hold_s is not None]
        by_side = {s: sum(r.valid_hold_s or 0.0 for r in held if r.side == s) for s in ("left", "right")}
        hold = None if self._still or dose.hold_s is None else _round(sum(r.valid_hold_s or 0.0 for r in held))
        return DoseRecord(
            hold_s=DosePart(target=dose.hold_s, done=hold),
            repetitions=DosePart(target=dose.repetitions, done=None if self._still else len(repetitions)),
            sides=SidesRecord(left_s=_round(by_side["left"]), right_s=_round(by_side["right"])),
            held_s=None if hold is None else _round(sum(r.held_s or 0.0 for r in held)),
        )

    def _still_bend(self) -> tuple[float, float] | None:
        """Return the bend that a single picture shows, and its uncertainty; None for a film."""
        if not self._still:
            return None
        found = self._tally.spreads().get("back_bend_no_neutral_deg")
        return (found.median, found.uncertainty) if found else (math.nan, math.nan)


def summarise(results: Iterable[StepResult], movement: Movement, **about: object) -> RunSummary:
    """Return the summary of results.

    See `Summariser.summary` for the other parameters.
    """
    gathered = Summariser(movement)
    for result in results:
        gathered.add(result)
    return gathered.summary(**about)  # type: ignore[arg-type]


def _round(value: float) -> float:
    """Return a value rounded for the file.

    Three decimals are more than the precision of any of these numbers.
    """
    return round(float(value), 3)


def _round_known(value: float) -> float | None:
    return _round(value) if math.isfinite(value) else None
