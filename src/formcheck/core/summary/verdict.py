"""A recording's verdict: the camera position, then the findings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from formcheck.core.camera.advice import find_problems
from formcheck.core.camera.framing import MOSTLY, Framing
from formcheck.core.display import DisplayState
from formcheck.core.measure.camera_view import MAX_YAW_DEG, YAW_UNCERTAINTY_DEG
from formcheck.core.movement.schema import Movement
from formcheck.core.phases.start_posture import STRONG_DEG

from .schema import (
    CANNOT_TELL_SHARE,
    CheckRecord,
    DoseRecord,
    FaultRecord,
    RepetitionRecord,
    ViewRecord,
    WhyCode,
)

FRONT_YAW_DEG = 65.0
STRAIGHT_BACK = frozenset({"neutral_hold", "long_back"})
"""Rules of movements that ask for a straight back; in the others, a rounded one in a picture is no finding."""
OUT_SHARE, SOMETIMES_OUT_SHARE = 0.5, 0.1
"""Out of its band for a larger share of the time than the first, a check is named in the verdict ("warn").

From the second share on, it is not called good ("info").
"""
LEAST_DONE_SHARE = 0.5
"""With less of the dose done, the verdict speaks of a part."""


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
    dose: DoseRecord,
    still_bend: tuple[float, float] | None,
) -> VerdictDecision:
    """Return the verdict and what decided it: the first row that applies.

    =============================================================  ===========  ==================
    what was found                                                 verdict      why
    =============================================================  ===========  ==================
    a fault of severity fix or stop                                fix          FAULT
    a fault of severity adjust, and the view is not refused        warn         FAULT
    nobody, a refused view, no repetition, a picture of the start  cannot_tell  its own code
    an essential check is unknown for most of the time             cannot_tell  CHECK_UNKNOWN
    a check is out of its band for most of the time it is known    warn         OUT_OF_BAND
    less than half of what is asked for was done                   ok           PART_DONE
    none of these                                                  ok           NOTHING_TO_CORRECT
    =============================================================  ===========  ==================

    Parameters
    ----------
    still_bend : bend of the back without the person's own neutral and its uncertainty, degrees (NaN if not seen), if
        the recording is one picture; None for a film.
    """
    for severities, verdict in ((("fix", "stop"), "fix"), (("adjust",), "warn")):
        found = next((f for f in faults if f.severity in severities), None)
        # a person who walks by may look side-on for a moment: from a refused view only serious faults are reported
        if found and (verdict == "fix" or view.verdict != "refused"):
            return VerdictDecision(verdict, WhyCode.FAULT, found.id)
    why = _find_nothing_to_judge(movement, view, checks, repetitions, still_bend)
    if why is not None:
        return VerdictDecision("cannot_tell", why)
    unknown = _find_unknown_essential(movement, checks)
    if unknown:
        return VerdictDecision("cannot_tell", WhyCode.CHECK_UNKNOWN, unknown)
    outside = next((check.id for check in checks if judge_check(check) == "warn" and not _is_dose(movement, check)), "")
    if outside:
        return VerdictDecision("warn", WhyCode.OUT_OF_BAND, outside)
    if is_part_done(dose):
        return VerdictDecision("ok", WhyCode.PART_DONE)
    return VerdictDecision("ok", WhyCode.NOTHING_TO_CORRECT)


def judge_check(check: CheckRecord) -> DisplayState:
    """Return the state of a check for most of the known time.

    Only a fault, which lasts, may say "fix".
    """
    known_share = 1.0 - check.cannot_tell_share
    if known_share < 1.0 - CANNOT_TELL_SHARE:
        return "cannot_tell"
    out_share = (check.warn_share + check.fix_share) / known_share
    return "warn" if out_share > OUT_SHARE else "info" if out_share >= SOMETIMES_OUT_SHARE else "ok"


def _is_dose(movement: Movement, check: CheckRecord) -> bool:
    """Return whether a check is about how long something was held.

    The dose speaks of that.
    """
    measure = movement.measures.get(check.id)
    return measure is not None and measure.signal == "hold_s"


def is_part_done(dose: DoseRecord) -> bool:
    """Return whether less than half of what is asked for was done.

    That is seconds of hold, or repetitions of a movement without a hold.
    """
    hold, repetitions = dose.hold_s, dose.repetitions
    if hold.target is not None:
        return hold.done is not None and hold.done < LEAST_DONE_SHARE * hold.target * (repetitions.target or 1)
    if repetitions.target is None or repetitions.done is None:
        return False
    return repetitions.done < LEAST_DONE_SHARE * repetitions.target


def _find_nothing_to_judge(
    movement: Movement,
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
    if abs(still_bend[0]) > STRONG_DEG and movement.spine_rule in STRAIGHT_BACK:
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
