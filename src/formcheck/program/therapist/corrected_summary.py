"""Put corrections of faults and holds into a summary, and decide its verdict again."""

from __future__ import annotations

from collections.abc import Sequence

from formcheck.core.movement.schema import Movement
from formcheck.core.records import SEVERITIES
from formcheck.core.summary.phrases import describe_why, is_still
from formcheck.core.summary.schema import CheckRecord, DosePart, FaultRecord, RepetitionRecord, RunSummary, SidesRecord
from formcheck.core.summary.verdict import decide_verdict

from .corrections import SAME_START_S, Correction, FaultAdded, FaultJudged, HoldMoved, list_moved_measures


def correct_summary(summary: RunSummary, movement: Movement, active: Sequence[Correction]) -> RunSummary:
    """Return the summary with corrected faults and holds, and the verdict that follows.

    Parameters
    ----------
    summary : what was measured, from poses that are corrected already.
    movement : the movement that the recording was judged as.
    active : the corrections that hold.
    """
    faults = _correct_faults(summary.faults, movement, active)
    silenced = _find_silenced(movement, active, {fault.id for fault in faults})
    # without the pauses of rejected faults: that time of the hold counts
    resumed = [
        _resume(one, silenced) if any(pause.check in silenced for pause in one.pauses) else one
        for one in summary.repetitions
    ]
    repetitions = _correct_holds(resumed, active)
    dose = summary.dose
    if repetitions != summary.repetitions:
        held = [one for one in repetitions if one.valid_hold_s is not None]
        by_side = {s: sum(one.valid_hold_s or 0.0 for one in held if one.side == s) for s in ("left", "right")}
        dose = dose.model_copy(
            update={
                "hold_s": DosePart(target=dose.hold_s.target, done=round(sum(o.valid_hold_s or 0.0 for o in held), 3)),
                "sides": SidesRecord(left_s=round(by_side["left"], 3), right_s=round(by_side["right"], 3)),
                "held_s": round(sum(one.held_s or 0.0 for one in held), 3),
            }
        )
    checks = _settle_checks(summary, silenced)
    bend = summary.measurements.get("back_bend_no_neutral_deg")
    still_bend = None if not is_still(summary) else (bend.median, bend.uncertainty) if bend else (float("nan"),) * 2
    decision = decide_verdict(
        movement,
        summary.view,
        faults,
        checks,
        repetitions,
        dose=dose,
        still_bend=still_bend,
    )
    corrected = summary.model_copy(
        update={
            "faults": faults,
            "repetitions": repetitions,
            "dose": dose,
            "checks": checks,
            "verdict": decision.verdict,
            "why_code": decision.why,
            "why_about": decision.about,
        }
    )
    return corrected.model_copy(update={"why": describe_why(corrected, movement)})


def _correct_faults(
    faults: Sequence[FaultRecord], movement: Movement, active: Sequence[Correction]
) -> list[FaultRecord]:
    rejected = _list_rejected(active)
    kept = [fault for fault in faults if not any(is_about(one, fault) for one in rejected)]
    for one in active:
        if isinstance(one, FaultAdded):
            spec = movement.fault(one.fault)
            kept.append(
                FaultRecord(
                    id=one.fault,
                    severity=spec.severity,
                    cue=spec.cue,
                    from_s=one.from_s,
                    to_s=one.to_s,
                    repetition=None,
                    side=one.side,
                    value=None,
                    unit="",
                    limit=0.0,
                    uncertainty=None,
                )
            )
    return sorted(kept, key=lambda fault: (fault.from_s, -SEVERITIES.index(fault.severity), fault.id))


def _list_rejected(active: Sequence[Correction]) -> list[FaultJudged]:
    """Return what is rejected in the end: the last who judged a fault decides."""
    judged = [one for one in active if isinstance(one, FaultJudged)]
    return [
        one
        for place, one in enumerate(judged)
        if one.kind == "reject_fault" and not any(_is_same_fault(one, later) for later in judged[place + 1 :])
    ]


def _is_same_fault(one: FaultJudged, other: FaultJudged) -> bool:
    return one.fault == other.fault and abs(one.from_s - other.from_s) <= SAME_START_S


def is_about(correction: FaultJudged, fault: FaultRecord) -> bool:
    """Return whether a correction is about this report of a fault."""
    return correction.fault == fault.id and abs(correction.from_s - fault.from_s) <= SAME_START_S


def _correct_holds(repetitions: Sequence[RepetitionRecord], active: Sequence[Correction]) -> list[RepetitionRecord]:
    edges: dict[int, dict[str, float]] = {}
    for one in active:
        if isinstance(one, HoldMoved):
            edges.setdefault(one.repetition, {})[one.edge] = one.to_s
    return [_move_hold(one, edges[one.index]) if one.index in edges else one for one in repetitions]


def _move_hold(one: RepetitionRecord, edges: dict[str, float]) -> RepetitionRecord:
    start_s = edges.get("start", one.hold_start_s if one.hold_start_s is not None else one.start_s)
    end_s = max(start_s, edges.get("end", one.hold_end_s if one.hold_end_s is not None else one.end_s))
    paused_s = sum(max(0.0, min(p.to_s, end_s) - max(p.from_s, start_s)) for p in one.pauses)
    held_s = end_s - start_s
    return one.model_copy(
        update={
            "start_s": min(one.start_s, start_s),
            "end_s": max(one.end_s, end_s),
            "hold_start_s": round(start_s, 3),
            "hold_end_s": round(end_s, 3),
            "held_s": round(held_s, 3),
            "valid_hold_s": round(max(0.0, held_s - paused_s), 3),
        }
    )


def _find_silenced(movement: Movement, active: Sequence[Correction], still_there: set[str]) -> set[str]:
    """Return the faults that were rejected altogether, and the measures that they are about."""
    rejected = {one.fault for one in _list_rejected(active)} - still_there
    specs = [fault for fault in movement.faults if fault.id in rejected]
    return rejected | {measure for fault in specs for measure in list_moved_measures(fault, movement)}


def _resume(one: RepetitionRecord, silenced: set[str]) -> RepetitionRecord:
    kept = [pause for pause in one.pauses if pause.check not in silenced]
    if one.hold_start_s is None or one.hold_end_s is None:
        return one.model_copy(update={"pauses": kept})
    paused_s = sum(max(0.0, min(p.to_s, one.hold_end_s) - max(p.from_s, one.hold_start_s)) for p in kept)
    held_s = one.held_s if one.held_s is not None else one.hold_end_s - one.hold_start_s
    return one.model_copy(update={"pauses": kept, "valid_hold_s": round(max(0.0, held_s - paused_s), 3)})


def _settle_checks(summary: RunSummary, silenced: set[str]) -> list[CheckRecord]:
    """Return the checks without the bands of rejected faults.

    Otherwise the verdict would go on to name the band that the person just called a false alarm.
    """
    return [
        check.model_copy(
            update={"ok_share": round(1.0 - check.cannot_tell_share, 3), "warn_share": 0.0, "fix_share": 0.0}
        )
        if check.id in silenced
        else check
        for check in summary.checks
    ]
