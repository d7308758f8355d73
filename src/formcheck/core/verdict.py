"""A recording's verdict in one sentence: how the camera stood, then what was found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .movement import Movement
from .skeleton import Side
from .still import STRONG_DEG
from .summary_records import CheckRecord, FaultRecord, RepetitionRecord, ViewRecord
from .view import GOOD_PERSON_SHARE, GOOD_YAW_DEG, MAX_YAW_DEG, MIN_FRONT_YAW_DEG, MIN_PERSON_SHARE, YAW_UNCERTAINTY_DEG

MIN_FPS = 10.0
FRONT_YAW_DEG = 65.0
MOSTLY = 0.5
"""A check that could not be told more often than this was not told."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """How the camera saw the person, over the whole recording.

    Parameters
    ----------
    yaw_deg, person_share : medians; NaN where nobody was seen.
    crowded_share : share of pictures with more than one person.
    near : side next to the camera most of the time.
    fps : pictures a second, 0 where there is no such thing.
    """

    yaw_deg: float
    person_share: float
    crowded_share: float
    near: Side | None
    fps: float


def judge_view(outlook: Outlook, movement: Movement) -> ViewRecord:
    """Return how well the movement can be judged from where the camera stood."""
    if not math.isfinite(outlook.yaw_deg):
        nobody = ["nobody was seen"]
        return _view_record("unknown", None, None, "refused", nobody)
    yaw_refused, yaw_degraded = _yaw_reasons(outlook.yaw_deg, movement)
    size_refused, size_degraded = _size_reasons(outlook.person_share, movement)
    degraded = yaw_degraded + size_degraded
    if 0 < outlook.fps < MIN_FPS:
        degraded.append("too few pictures a second for speed and bounce")
    if outlook.crowded_share > MOSTLY:
        degraded.append("two people are in the picture; one was followed")
    refused = yaw_refused + size_refused
    kind = "side" if outlook.yaw_deg <= MAX_YAW_DEG else "oblique" if outlook.yaw_deg < FRONT_YAW_DEG else "front"
    verdict = "refused" if refused else "degraded" if degraded else "ok"
    return _view_record(kind, round(outlook.yaw_deg, 3), outlook.near, verdict, refused + degraded)


def _view_record(kind: str, yaw_deg: float | None, near: Side | None, verdict: str, reasons: list[str]) -> ViewRecord:
    return ViewRecord(
        kind=kind,
        yaw_deg=yaw_deg,
        yaw_uncertainty_deg=YAW_UNCERTAINTY_DEG,
        near=near,
        verdict=verdict,
        reasons=reasons,
    )


def _yaw_reasons(yaw_deg: float, movement: Movement) -> tuple[list[str], list[str]]:
    """What the camera's yaw refuses and what it degrades."""
    if movement.view.camera == "front" and yaw_deg < MIN_FRONT_YAW_DEG:
        return [f"the camera stands about {90 - yaw_deg:.0f}° from straight in front; turn to face it"], []
    about = f"the camera stands about {yaw_deg:.0f}° from side-on"
    if movement.view.camera != "side" or yaw_deg <= GOOD_YAW_DEG:
        return [], []
    return ([f"{about}; turn sideways to it"], []) if yaw_deg > MAX_YAW_DEG else ([], [about])


def _size_reasons(person_share: float, movement: Movement) -> tuple[list[str], list[str]]:
    """What the person's size in the picture refuses and what it degrades."""
    if movement.view.camera == "front":
        # somebody who folds towards the camera is foreshortened, not far away
        person_share *= 2
    if person_share < MIN_PERSON_SHARE:
        return ["you are small in the picture; come closer"], []
    return [], ["you are rather small in the picture"] if person_share < GOOD_PERSON_SHARE else []


def decide(
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
    still_bend : bend of the back without an own neutral and its uncertainty, degrees (NaN where not seen), if the
        recording is one picture; None for a film.
    """
    for severities, verdict in ((("fix", "stop"), "fix"), (("adjust",), "warn")):
        found = next((f for f in faults if f.severity in severities), None)
        # a walker who is side-on for a moment is not a fast bow: from a refused view only what is serious is said
        if found and (verdict == "fix" or view.verdict != "refused"):
            return verdict, f"Seen: {movement.fault(found.id).seen}. Try: {found.cue}."
    why = _nothing_to_judge(view, checks, repetitions, still_bend) or _main_untold(movement, checks)
    if why:
        return "cannot_tell", why
    unsure = sum(c.cannot_tell_share > MOSTLY for c in checks)
    rest = f" {unsure} of {len(checks)} checks could not be told." if unsure else ""
    return "ok", f"Nothing to correct was seen.{rest}"


def _nothing_to_judge(
    view: ViewRecord,
    checks: Sequence[CheckRecord],
    repetitions: Sequence[RepetitionRecord],
    still_bend: tuple[float, float] | None,
) -> str:
    """Why the recording shows nothing that could be judged; empty where it does."""
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


def _main_untold(movement: Movement, checks: Sequence[CheckRecord]) -> str:
    """Why a check without which nothing can be said could not be told; empty where all could."""
    by_id = {check.id: check for check in checks}
    for needed in movement.essential or [movement.main]:
        check = by_id.get(needed)
        if check is None or check.cannot_tell_share > MOSTLY:
            reason = check.reason if check and check.reason else "it was not seen long enough"
            return f"{movement.measures[needed].name} could not be told: {reason}."
    return ""
