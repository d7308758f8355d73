"""Turn a StepResult into the screen's words and numbers: one cue, one ring, three dots."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.camera.advice import Problem
from formcheck.core.display import DisplayState, find_state, format_number_with_doubt, name_check, pick_worst
from formcheck.core.feedback import PAUSING, VIEW_CUES
from formcheck.core.measure.back import GRID
from formcheck.core.measure.camera_view import GOOD_YAW_DEG, MAX_YAW_DEG, MIN_FRONT_YAW_DEG
from formcheck.core.measure.contour import find_trunk_axis
from formcheck.core.movement.schema import Movement, find_limits
from formcheck.core.phases.start_posture import LYING
from formcheck.core.records import Feedback, PoseFrame, StepResult
from formcheck.core.skeleton import INDEX, PAIRS, Side
from formcheck.languages.phrase import Phrase, capitalise, lower_first
from formcheck.sinks.overlay.angle import MainMeasure, find_main_measure
from formcheck.sinks.overlay.body import GUESSED, Stroke, collect_body_strokes
from formcheck.sinks.overlay.canvas import Canvas

from . import words
from .set_progress import SetTally


def describe_screen(canvas: Canvas, tally: SetTally, status: ShownStatus | None = None) -> dict[str, Any]:
    """Return what the page shows of one result during practice.

    Parameters
    ----------
    status : the steady status of this moment; None = that of this result alone.
    """
    result, movement = canvas.result, canvas.movement
    feedback, phase = result.feedback, result.phase
    status = find_status(canvas) if status is None else status
    turns = {"low": movement.drive.low_name, "high": movement.drive.high_name}
    shown = {"text": feedback.text, "s": find_state(feedback.severity)} if feedback.text else None
    label = words.PHASE_LABELS.get(phase.name) or capitalise(turns.get(phase.name, phase.name))
    # who is lost for a moment is not called absent before the status says so
    is_glance = phase.name == "absent" and status.code != "unseen"
    return {
        "cue": shown,
        "status": {"code": status.code, "s": status.state, "text": status.text},
        "dots": _describe_dots(canvas, status),
        "hold": _hold(feedback, movement, status),
        "phase": phase.name,
        "phase_word": "" if is_glance else label,
        "repetition": {"done": tally.done, "of": count_asked(movement)},
        "side": phase.side if movement.two_sided else None,
    }


def count_asked(movement: Movement) -> int:
    """Return the number of repetitions in a set of one side.

    Of both sides, if they alternate.
    """
    dose = movement.dose
    return dose.repetitions * (2 if dose.alternating else 1)


def _hold(feedback: Feedback, movement: Movement, status: ShownStatus) -> dict[str, Any] | None:
    hold = feedback.hold
    if hold is None:
        return None
    return {
        "valid_s": round(hold.valid_s, 2),
        "target_s": hold.target_s,
        "why": name_check(status.paused_by, movement) if status.paused_by else "",
    }


def _describe_dots(canvas: Canvas, status: ShownStatus) -> list[dict[str, Any]]:
    """Return back, main measure and view, each with its state and a word."""
    result, movement, dots = canvas.result, canvas.movement, []
    if not result.pose.seen:
        if status.code != "unseen":
            return []  # lost for a moment, as at a turn
        return [{"name": words.DOTS["view"], "s": "cannot_tell", "word": words.VIEW["cannot_tell"]}]
    main = movement.measures[movement.main]
    if any(spec.signal.startswith("back_") for spec in movement.measures.values()):
        dots.append({"name": words.DOTS["back"], **_describe_back(status)})
    if not main.signal.startswith("back_"):
        finding, amount = canvas.finding(movement.main), canvas.amount(movement.main)
        shown: DisplayState = canvas.state(finding) if finding else "info"
        if status.state != "fix":
            shown = _soften(shown) or shown
        number = (
            format_number_with_doubt(amount[0], main.unit, amount[1], gap="")
            if amount
            else words.MEASURE["cannot_tell"]
        )
        dots.append({"name": lower_first(main.name), "s": shown if amount else "cannot_tell", "word": number})
    return [*dots, _describe_view(result, movement, status.view)]


def _describe_back(status: ShownStatus) -> dict[str, str]:
    """Return state and word of the back, as the status has them."""
    if status.back is not None:
        return {"s": status.back, "word": status.back_word}
    return {"s": "info", "word": words.MEASURE["info"]}


# The one status -------------------------------------------------------------------------------------------------------

_LONG_BACK = frozenset({"neutral_hold", "long_back"})
STATUS_LASTS_S = 0.7
"""A status stays at least this long, unless something to correct comes."""
UNJUDGED_S = 1.2
"""What cannot be judged is shown only after this long: at a turn the view is lost for a moment."""


class ShownStatus(NamedTuple):
    """What the screen says of this moment, in a few words.

    Ring and dots follow it.

    Parameters
    ----------
    code : what it is about: unseen, ready, view, back, form, or the id of a fault.
    state, text : how and what is shown.
    paused_by : what the ring shows as the reason for a stopped clock; empty while it runs.
    back, back_word : the back's own state and word, None if it is not judged now.
    view : the problem of the view, None if there is none.
    """

    code: str
    state: DisplayState
    text: str
    paused_by: str = ""
    back: DisplayState | None = None
    back_word: str = ""
    view: Problem | None = None


def find_status(canvas: Canvas, problem: Problem | None = None) -> ShownStatus:
    """Return the status of one result.

    The cue and the clock decide first, so that no word contradicts them.

    Parameters
    ----------
    problem : what is wrong with the view now.
    """
    result, movement = canvas.result, canvas.movement
    feedback, phase = result.feedback, result.phase
    paused_by = feedback.hold.paused_by if feedback.hold else ""
    if not result.pose.seen or phase.name == "absent":
        return ShownStatus("unseen", "cannot_tell", words.VIEW["cannot_tell"], paused_by, view=problem)
    state, word = _read_back(canvas)
    cue = feedback.cue or ""
    if cue in VIEW_CUES:
        return ShownStatus("view", "cannot_tell", name_check(cue, movement), paused_by, "cannot_tell", word, problem)
    if problem is not None and problem.refused:
        return ShownStatus("view", "cannot_tell", words.FORM["cannot_tell"], paused_by, "cannot_tell", word, problem)
    fault = paused_by or (cue if feedback.severity != "info" else "")
    if fault:
        severity = movement.fault(fault).severity
        # the words of a cue stay for a moment after the fault: so does the ring
        stops = paused_by or (cue if severity in PAUSING and phase.name == "hold" else "")
        shown = find_state(severity)
        about_back = any(
            one.id == fault and any(condition.signal.startswith("back_") for group in one.groups for condition in group)
            for one in movement.faults
        )
        back: DisplayState | None = shown if about_back else _soften(state)
        name = name_check(fault, movement)
        return ShownStatus(
            fault, shown, name, stops, back, Phrase(name.removeprefix("back ")) if about_back else word, problem
        )
    if phase.repetition is None and phase.name == "setup":
        return ShownStatus("ready", "info", words.READY, view=problem)
    return _find_quiet_status(canvas, state, word, problem)


def _find_quiet_status(canvas: Canvas, state: DisplayState | None, word: str, problem: Problem | None) -> ShownStatus:
    """Return the status while nothing is to be corrected."""
    if state is not None and canvas.movement.spine_rule in _LONG_BACK:
        soft = _soften(state) or "info"
        text = words.BACK_UNSEEN if soft == "cannot_tell" else words.BACK_IS.format(word=word)
        return ShownStatus("back", soft, text, "", soft, word, problem)
    states = [canvas.state(one) for one in canvas.result.assessment.findings]
    form = _soften(pick_worst(states)) or "info"
    text = words.WAYS.get(canvas.result.phase.name, words.FORM[form]) if form == "info" else words.FORM[form]
    return ShownStatus("form", form, text, "", _soften(state), word, problem)


def _soften(state: DisplayState | None) -> DisplayState | None:
    """Return the state without a fault.

    What is not said cannot be shown as a fault.
    """
    return "warn" if state == "fix" else state


def _read_back(canvas: Canvas) -> tuple[DisplayState | None, str]:
    """Return state and word of the back; None if it is not judged."""
    state = pick_worst([canvas.state(one) for one in canvas.back_findings()])
    if state is None:
        return None, words.MEASURE["info"]
    wanted_round = canvas.movement.spine_rule not in _LONG_BACK
    shapes = words.BACK[_find_back_direction(canvas, state)]
    soft = _soften(state) or state
    return state, words.MEASURE[soft] if wanted_round or soft not in shapes else shapes[soft]


class StatusLine:
    """The status over time.

    It does not flicker, and it never comes later than what is to be corrected.
    """

    def __init__(self) -> None:
        self._shown: ShownStatus | None = None
        self._wanted = ""
        self._since_s = self._wanted_s = -math.inf

    def step(self, now: ShownStatus, t: float) -> ShownStatus:
        """Take in the status of one result; return the one to show."""
        shown = self._shown
        if now.code != self._wanted:
            self._wanted, self._wanted_s = now.code, t
        if shown is None or self._may_change(shown, now, t):
            if shown is None or (shown.code, shown.state) != (now.code, now.state):
                self._since_s = t
            self._shown = now
        assert self._shown is not None  # noqa: S101 - just set
        return self._shown

    def _may_change(self, shown: ShownStatus, now: ShownStatus, t: float) -> bool:
        if (shown.code, shown.state, shown.paused_by) == (now.code, now.state, now.paused_by):
            return True
        if now.state in {"warn", "fix"} and now.code not in {"back", "form"}:
            return True
        if now.paused_by and not shown.paused_by:
            return True
        is_blind = now.state == "cannot_tell" and now.code in {"back", "form", "unseen"}
        return t - self._since_s >= STATUS_LASTS_S and (not is_blind or t - self._wanted_s >= UNJUDGED_S)


# Back and view --------------------------------------------------------------------------------------------------------


def _find_back_direction(canvas: Canvas, state: DisplayState) -> str:
    """Return whether the back looks rounded or hollow.

    It follows the finding with this state, as the cue does.
    """
    for one in canvas.back_findings():
        if canvas.state(one) == state and one.low is not None and one.value < one.low:
            return "hollow"
    return "rounded"


def _describe_view(result: StepResult, movement: Movement, problem: Problem | None) -> dict[str, Any]:
    if problem is not None and not problem.slight:
        return {"name": words.DOTS["view"], "s": "cannot_tell", "word": problem.reason}
    yaw_deg, camera = result.measurements.values["yaw_deg"].value, movement.view.camera
    state: DisplayState = "ok"
    if not math.isfinite(yaw_deg):
        state = "cannot_tell"
    elif camera == "side":
        state = "ok" if yaw_deg <= GOOD_YAW_DEG else "warn" if yaw_deg <= MAX_YAW_DEG else "fix"
    elif camera == "front" and yaw_deg < MIN_FRONT_YAW_DEG:
        state = "fix"
    return {"name": words.DOTS["view"], "s": state, "word": words.VIEW[state]}


_TO_THE_PIXEL = 1
OPEN_DEG = 20.0


def describe_drawing(canvas: Canvas, back: DisplayState | None = None) -> dict[str, Any]:
    """Return the lines and the arc, px of the picture that was sent.

    Parameters
    ----------
    back : the state in which the back is drawn; None = that of its finding.
    """
    if not canvas.result.pose.seen:
        return {"strokes": [], "arc": None}
    strokes = [
        {"k": one.kind, "s": _choose_state(one), "w": one.width_px, "p": _round_points(one.points)}
        for one in collect_body_strokes(canvas)
    ]
    if back is not None:  # the line of the back says what the status says
        strokes = [{**one, "s": back} if one["k"] == "back" else one for one in strokes]
    return {"strokes": strokes, "arc": _describe_arc(canvas)}


_BOX_SPARE = 0.04
_HEAD_TL = 0.3
"""The top of the head lies this far above the nose, trunk lengths."""


def describe_place(pose: PoseFrame) -> list[float] | None:
    """Return where the person is; None if nobody is seen.

    Left, top, right and bottom, as shares of the picture.
    """
    xy = np.concatenate([pose.xy_px[pose.visibility >= GUESSED], pose.back_xy_px]).astype(np.float64)
    if not pose.seen:
        return None
    low, high = np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)
    nose, trunk = pose.xy_px[INDEX["nose"]], pose.xy_px[[*PAIRS["shoulder"], *PAIRS["hip"]]]
    if np.isfinite(trunk).all() and np.isfinite(nose).all():
        trunk_px = float(np.hypot(*(trunk[:2].mean(axis=0) - trunk[2:].mean(axis=0))))
        low, high = np.minimum(low, nose - _HEAD_TL * trunk_px), np.maximum(high, nose + _HEAD_TL * trunk_px)
    spare, size = _BOX_SPARE * (high - low), np.array(pose.size_px, np.float64)
    box = np.clip(np.concatenate([(low - spare) / size, (high + spare) / size]), 0.0, 1.0)
    return [float(edge) for edge in box.round(3)]


def find_facing(pose: PoseFrame) -> Side | None:
    """Return on which side of the hips the head is in the picture.

    None if it is not known.
    """
    ahead = float(pose.xy_px[INDEX["nose"], 0] - pose.xy_px[[*PAIRS["hip"]], 0].mean())
    return None if math.isnan(ahead) else "right" if ahead > 0 else "left"


_GHOST_PART = (GRID >= -0.1 - 1e-9) & (GRID <= 0.9 + 1e-9)
_AIMING = frozenset({"move", "hold"})


def describe_ghost(result: StepResult, movement: Movement, neutral: NDArray[np.float64] | None) -> Any:
    """Return the person's own long back where the back is now, px.

    It is a line to aim for; None if there is none to show.
    """
    joints = result.measurements.joints_px
    if neutral is None or joints is None or movement.spine_rule not in _LONG_BACK or result.phase.name not in _AIMING:
        return None
    if movement.posture in LYING:  # the start is hollow there, and no aim
        return None
    if movement.view.camera != "side" or not result.measurements.values["yaw_deg"].value <= MAX_YAW_DEG:
        return None
    axis = find_trunk_axis(joints, result.pose.xyz_m, steady_votes=result.measurements.view.front_votes)
    if axis is None or not axis.sure:
        return None
    contour = result.measurements.contour
    if contour is None:
        return None
    # the ends of the person's own long back are laid on the ends of the back as it is now
    part, now, aim = GRID[_GHOST_PART], contour[_GHOST_PART], neutral[_GHOST_PART]
    share = (part - part[0]) / (part[-1] - part[0])
    aim = aim + (1 - share) * (now[0] - aim[0]) + share * (now[-1] - aim[-1])
    along, out = axis.length_px * part, axis.length_px * aim
    points = np.array(axis.hip) + np.outer(along, axis.along) + np.outer(out, axis.dorsal)
    return _round_points(points)


def describe_plain_drawing(canvas: Canvas) -> dict[str, Any]:
    """Return the lines alone, without a verdict: before a set, nothing is judged."""
    lines = describe_drawing(canvas)["strokes"]
    shown = {"limb": "plain", "back": "info"}
    return {
        "strokes": [{**one, "s": one["s"] if one["s"] == "faint" else shown[one["k"]]} for one in lines],
        "arc": None,
    }


def _choose_state(stroke: Stroke) -> DisplayState | str:
    """Return a stroke's state; a good limb is plain, so that the back dominates."""
    if stroke.state is None:
        return "faint"
    if stroke.kind == "limb" and stroke.state in {"ok", "info"}:
        return "plain"
    return "faint" if stroke.kind == "limb" and stroke.state == "cannot_tell" else stroke.state


def _describe_arc(canvas: Canvas) -> dict[str, Any] | None:
    shown = find_main_measure(canvas)
    if shown is None or not shown.radius_px:  # an angle is drawn at its joint or not at all
        return None
    return {
        "at": _round_points(shown.at),
        "from": round(shown.start, 3),
        "sweep": round(shown.sweep, 3),
        "r": round(shown.radius_px, _TO_THE_PIXEL),
        "s": shown.state,
        "text": shown.text,
        "legs": shown.has_legs,
        "band": _locate_band(canvas, shown),
    }


def _locate_band(canvas: Canvas, shown: MainMeasure) -> list[float] | None:
    """Return where the target lies along the arc, rad from its start.

    None if the measure is not a plain angle that the arc shows.
    """
    main = canvas.movement.measures[canvas.movement.main]
    if not shown.radius_px or main.unit != "deg" or main.change or main.reduce or main.target is None:
        return None
    low, high = find_limits(main.target)
    # of an open end only the beginning is shown: the end of the range is not an aim
    high = min(high, max(low, 0.0) + OPEN_DEG) if math.isinf(high) else high
    low = max(low, high - OPEN_DEG) if math.isinf(low) else low
    low, high = (min(180.0, max(0.0, end)) for end in (low, high))
    way = math.copysign(1.0, shown.sweep)
    return [round(way * math.radians(low), 3), round(way * math.radians(high), 3)]


def _round_points(points: NDArray[Any]) -> Any:
    return points.round(_TO_THE_PIXEL).tolist()
