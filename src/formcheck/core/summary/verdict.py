"""A recording's verdict in one sentence: the camera position, then the findings."""

from __future__ import annotations

import math
from collections.abc import Sequence

from formcheck.core.camera.advice import ProblemCode, find_problems
from formcheck.core.camera.framing import MOSTLY, Framing
from formcheck.core.measure.camera_view import MAX_YAW_DEG, YAW_UNCERTAINTY_DEG
from formcheck.core.movement.schema import Movement
from formcheck.core.phases.start_posture import STRONG_DEG

from .schema import CheckRecord, FaultRecord, RepetitionRecord, ViewRecord

FRONT_YAW_DEG = 65.0


def judge_view(framing: Framing, movement: Movement) -> ViewRecord:
    """Return how well the camera position allows judging, and the advice."""
    found = find_problems(framing, movement)
    refused = any(problem.refused for problem in found)
    kind, yaw_deg = "unknown", None
    if math.isfinite(framing.yaw_deg):
        yaw_deg = round(framing.yaw_deg, 3)
        kind = "side" if yaw_deg <= MAX_YAW_DEG else "oblique" if yaw_deg < FRONT_YAW_DEG else "front"
    roll = framing.roll
    return ViewRecord(
        kind=kind,
        yaw_deg=yaw_deg,
        yaw_uncertainty_deg=YAW_UNCERTAINTY_DEG,
        near=framing.near if yaw_deg is not None else None,
        verdict="refused" if refused else "degraded" if found else "ok",
        reasons=[problem.reason for problem in found],
        codes=[problem.code for problem in found],
        advice=found[0].advice if found else "",
        roll_deg=round(roll.deg, 3) if roll else None,
        roll_uncertainty_deg=roll.uncertainty_deg if roll else None,
    )


def decide_verdict(
    movement: Movement,
    view: ViewRecord,
    faults: Sequence[FaultRecord],
    checks: Sequence[CheckRecord],
    repetitions: Sequence[RepetitionRecord],
    *,
    still_bend: tuple[float, float] | None,
) -> tuple[str, str]:
    """Return the verdict (ok, warn, fix, cannot_tell) and its one sentence.

    Parameters
    ----------
    still_bend : bend of the back without an own neutral and its uncertainty, degrees (NaN if not seen), if the
        recording is one picture; None for a film.
    """
    for severities, verdict in ((("fix", "stop"), "fix"), (("adjust",), "warn")):
        found = next((f for f in faults if f.severity in severities), None)
        # a person who walks by may look side-on for a moment: from a refused view only serious faults are reported
        if found and (verdict == "fix" or view.verdict != "refused"):
            return verdict, f"Seen: {movement.fault(found.id).seen}. Try: {found.cue}."
    why = _explain_nothing_to_judge(view, checks, repetitions, still_bend) or _explain_missing_main(movement, checks)
    if why:
        return "cannot_tell", f"{why} Try: {view.advice}." if view.advice else why
    unsure = sum(c.cannot_tell_share > MOSTLY for c in checks)
    rest = f" {unsure} of {len(checks)} checks could not be told." if unsure else ""
    slow = _explain_few_pictures(view)
    return "ok", f"Nothing to correct was seen.{rest}{slow}"


def _explain_nothing_to_judge(
    view: ViewRecord,
    checks: Sequence[CheckRecord],
    repetitions: Sequence[RepetitionRecord],
    still_bend: tuple[float, float] | None,
) -> str:
    """Return why nothing in the recording can be judged; empty if something can."""
    if view.kind == "unknown":
        return "Nobody was seen in the recording."
    if view.verdict == "refused":
        return f"This cannot be told from here: {view.reasons[0]}."
    if still_bend is None:
        return "" if repetitions else "No whole repetition was seen."
    bend, u = still_bend
    if abs(bend) > STRONG_DEG:
        shape = "rounded" if bend > 0 else "hollow"
        about = f"(about {bend:.0f}°, give or take {u:.0f})"
        return f"The back looks clearly {shape} {about}; one picture cannot show the movement."
    return "" if checks else "This picture shows the start posture; the stretch itself was not seen."


def _explain_missing_main(movement: Movement, checks: Sequence[CheckRecord]) -> str:
    """Return why an essential check is unknown; empty if all are known."""
    by_id = {check.id: check for check in checks}
    for needed in movement.essential or [movement.main]:
        check = by_id.get(needed)
        if check is None or check.cannot_tell_share > MOSTLY:
            reason = check.reason if check and check.reason else "it was not seen long enough"
            return f"{movement.measures[needed].name} could not be told: {reason}."
    return ""


def _explain_few_pictures(view: ViewRecord) -> str:
    """Return what a slow recording leaves out; empty if it has enough pictures."""
    coded = zip(view.codes, view.reasons, strict=True)
    return next((f" {reason.capitalize()}." for code, reason in coded if code == ProblemCode.TOO_FEW_PICTURES), "")
