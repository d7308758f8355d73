"""Turn a StepResult into the screen's words and numbers: one cue, one ring, three dots."""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from formcheck.core.display import DisplayState, find_state, format_number_with_doubt, name_check, pick_worst
from formcheck.core.measure.camera_view import GOOD_YAW_DEG, MAX_YAW_DEG, MIN_FRONT_YAW_DEG
from formcheck.core.movement.schema import Movement, find_limits
from formcheck.core.records import Feedback, StepResult
from formcheck.sinks.overlay.angle import MainMeasure, find_main_measure
from formcheck.sinks.overlay.body import Stroke, collect_body_strokes
from formcheck.sinks.overlay.canvas import Canvas

from . import words
from .set_progress import SetTally


def describe_screen(canvas: Canvas, tally: SetTally) -> dict[str, Any]:
    """Return what the page shows of one result during practice."""
    result, movement = canvas.result, canvas.movement
    feedback, phase = result.feedback, result.phase
    turns = {"low": movement.drive.low_name, "high": movement.drive.high_name}
    shown = {"text": feedback.text, "s": find_state(feedback.severity)} if feedback.text else None
    return {
        "cue": shown,
        "dots": _describe_dots(canvas),
        "hold": _hold(feedback, movement),
        "phase": phase.name,
        "phase_word": words.PHASE_LABELS.get(phase.name) or turns.get(phase.name, phase.name).capitalize(),
        "repetition": {"done": tally.done, "of": count_asked(movement)},
        "side": phase.side if movement.two_sided else None,
    }


def count_asked(movement: Movement) -> int:
    """Return the number of repetitions in a set of one side.

    Of both sides, if they alternate.
    """
    dose = movement.dose
    return dose.repetitions * (2 if dose.alternating else 1)


def _hold(feedback: Feedback, movement: Movement) -> dict[str, Any] | None:
    hold = feedback.hold
    if hold is None:
        return None
    return {
        "valid_s": round(hold.valid_s, 2),
        "target_s": hold.target_s,
        "why": name_check(hold.paused_by, movement) if hold.paused_by else "",
    }


def _describe_dots(canvas: Canvas) -> list[dict[str, Any]]:
    """Return back, main measure and view, each with its state and a word."""
    result, movement, dots = canvas.result, canvas.movement, []
    if not result.pose.seen:
        return [{"name": "view", "s": "cannot_tell", "word": words.VIEW["cannot_tell"]}]
    backs: list[DisplayState] = [canvas.state(one) for one in canvas.back_findings()]
    main = movement.measures[movement.main]
    if any(spec.signal.startswith("back_") for spec in movement.measures.values()):
        state = pick_worst(backs) or "info"
        wanted_round = movement.spine_rule in {"flexion_intended", "extension_intended", "flatten_to_floor", "free"}
        shapes = words.BACK[_find_back_direction(canvas, state)]
        word = words.MEASURE[state] if wanted_round or state not in shapes else shapes[state]
        dots.append({"name": "back", "s": state, "word": word if backs else words.MEASURE["info"]})
    if not main.signal.startswith("back_"):
        finding, amount = canvas.finding(movement.main), canvas.amount(movement.main)
        shown: DisplayState = canvas.state(finding) if finding else "info"
        number = (
            format_number_with_doubt(amount[0], main.unit, amount[1], gap="")
            if amount
            else words.MEASURE["cannot_tell"]
        )
        dots.append({"name": main.name.lower(), "s": shown if amount else "cannot_tell", "word": number})
    return [*dots, _describe_view(result, movement)]


def _find_back_direction(canvas: Canvas, state: DisplayState) -> str:
    """Return whether the back looks rounded or hollow.

    It follows the finding with this state, as the cue does.
    """
    for one in canvas.back_findings():
        if canvas.state(one) == state and one.low is not None and one.value < one.low:
            return "hollow"
    return "rounded"


def _describe_view(result: StepResult, movement: Movement) -> dict[str, Any]:
    yaw_deg, camera = result.measurements.values["yaw_deg"].value, movement.view.camera
    state: DisplayState = "ok"
    if not math.isfinite(yaw_deg):
        state = "cannot_tell"
    elif camera == "side":
        state = "ok" if yaw_deg <= GOOD_YAW_DEG else "warn" if yaw_deg <= MAX_YAW_DEG else "fix"
    elif camera == "front" and yaw_deg < MIN_FRONT_YAW_DEG:
        state = "fix"
    return {"name": "view", "s": state, "word": words.VIEW[state]}


_TO_THE_PIXEL = 1
OPEN_DEG = 20.0


def describe_drawing(canvas: Canvas) -> dict[str, Any]:
    """Return the lines and the arc, px of the picture that was sent."""
    if not canvas.result.pose.seen:
        return {"strokes": [], "arc": None}
    strokes = [
        {"k": one.kind, "s": _choose_state(one), "w": one.width_px, "p": _round_points(one.points)}
        for one in collect_body_strokes(canvas)
    ]
    return {"strokes": strokes, "arc": _describe_arc(canvas)}


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
    if shown is None:
        return None
    return {
        "at": _round_points(shown.at),
        "from": round(shown.start, 3),
        "sweep": round(shown.sweep, 3),
        "r": round(shown.radius_px, _TO_THE_PIXEL),
        "s": shown.state,
        "text": shown.text,
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
