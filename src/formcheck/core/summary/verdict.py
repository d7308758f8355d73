"""A recording's verdict: the camera position, then the findings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from formcheck.core.camera.advice import find_problems
from formcheck.core.camera.framing import MOSTLY, Framing
from formcheck.core.measure.camera_view import MAX_YAW_DEG, YAW_UNCERTAINTY_DEG
from formcheck.core.movement.schema import Movement
from formcheck.core.phases.start_posture import STRONG_DEG

from .schema import CheckRecord, FaultRecord, RepetitionRecord, ViewRecord, WhyCode

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


class VerdictDecision(NamedTuple):
    """The verdict of a recording, and what it rests on.

    Parameters
    ----------
    verdict : ok, warn, fix or cannot_tell.
    why : what decided it; `phrases.describe_why` makes a sentence of it.
    about : id of the fault or check that `why` is about; empty if it is about none.
    """

    verdict: str
    why: WhyCode
    about: str = ""


def decide_verdict(
    movement: Movement,
    view: ViewRecord,
    faults: Sequence[FaultRecord],
    checks: Sequence[CheckRecord],
    repetitions: Sequence[RepetitionRecord],
    *,
    still_bend: tuple[float, float] | None,
) -> VerdictDecision:
    """Return the verdict and what decided it.

    Parameters
    ----------
    still_bend : bend of the back without an own neutral and its uncertainty, degrees (NaN if not seen), if the
        recording is one picture; None for a film.
    """
    for severities, verdict in ((("fix", "stop"), "fix"), (("adjust",), "warn")):
        found = next((f for f in faults if f.severity in severities), None)
        # a person who walks by may look side-on for a moment: from a refused view only serious faults are reported
        if found and (verdict == "fix" or view.verdict != "refused"):
            return VerdictDecision(verdict, WhyCode.FAULT, found.id)
    why = _find_nothing_to_judge(view, checks, repetitions, still_bend)
    if why is not None:
        return VerdictDecision("cannot_tell", why)
    unknown = _find_unknown_essential(movement, checks)
    if unknown:
        return VerdictDecision("cannot_tell", WhyCode.CHECK_UNKNOWN, unknown)
    return VerdictDecision("ok", WhyCode.NOTHING_TO_CORRECT)


def _find_nothing_to_judge(
    view: ViewRecord,
    checks: Sequence[CheckRecord],
    repetitions: Sequence[RepetitionRecord],
    still_bend: tuple[float, float] | None,
) -> WhyCode | None:
    """Return why nothing in the recording can be judged; None if something can."""
    if view.kind == "unknown":
        return WhyCode.NOBODY_SEEN
    if view.verdict == "refused":
        return WhyCode.VIEW_REFUSED
    if still_bend is None:
        return None if repetitions else WhyCode.NO_REPETITION
    if abs(still_bend[0]) > STRONG_DEG:
        return WhyCode.ROUND_PICTURE if still_bend[0] > 0 else WhyCode.HOLLOW_PICTURE
    return None if checks else WhyCode.PICTURE_OF_START


def _find_unknown_essential(movement: Movement, checks: Sequence[CheckRecord]) -> str:
    """Return the first essential check that is unknown; empty if all are known."""
    by_id = {check.id: check for check in checks}
    for needed in movement.essential or [movement.main]:
        check = by_id.get(needed)
        if check is None or check.cannot_tell_share > MOSTLY:
            return needed
    return ""
