"""StepResult → the few words and numbers that stand around the person: one cue, one ring, three dots."""

from __future__ import annotations

import math
from typing import Any

from formcheck.core.look import State, called, number_with_doubt, state_of, worst
from formcheck.core.movement import Movement
from formcheck.core.records import Feedback, StepResult
from formcheck.core.view import GOOD_YAW_DEG, MAX_YAW_DEG, MIN_FRONT_YAW_DEG
from formcheck.sinks.overlay import Canvas

from . import words
from .carried import SetTally


def hud(canvas: Canvas, tally: SetTally) -> dict[str, Any]:
    """Return what the page shows of one result while somebody practises."""
    result, movement = canvas.result, canvas.movement
    feedback, phase = result.feedback, result.phase
    turns = {"low": movement.drive.low_name, "high": movement.drive.high_name}
    shown = {"text": feedback.text, "s": state_of(feedback.severity)} if feedback.text else None
    return {
        "cue": shown,
        "dots": _dots(canvas),
        "hold": _hold(feedback, movement),
        "phase": phase.name,
        "phase_word": words.PHASES.get(phase.name) or turns.get(phase.name, phase.name).capitalize(),
        "repetition": {"done": tally.done, "of": asked(movement)},
        "side": phase.side if movement.two_sided else None,
    }


def asked(movement: Movement) -> int:
    """Return how many repetitions make a set of one side; of both, where they take turns."""
    dose = movement.dose
    return dose.repetitions * (2 if dose.alternating else 1)


def _hold(feedback: Feedback, movement: Movement) -> dict[str, Any] | None:
    hold = feedback.hold
    if hold is None:
        return None
    return {
        "valid_s": round(hold.valid_s, 2),
        "target_s": hold.target_s,
        "why": called(hold.paused_by, movement) if hold.paused_by else "",
    }


def _dots(canvas: Canvas) -> list[dict[str, Any]]:
    """Return the back, the main measure and the view, each with its state and a word."""
    result, movement, dots = canvas.result, canvas.movement, []
    if not result.pose.seen:
        return [{"name": "view", "s": "cannot_tell", "word": words.VIEW["cannot_tell"]}]
    backs: list[State] = [canvas.state(one) for one in canvas.back_findings()]
    main = movement.measures[movement.main]
    if any(spec.signal.startswith("back_") for spec in movement.measures.values()):
        state = worst(backs) or "info"
        wanted_round = movement.spine_rule in {"flexion_intended", "extension_intended", "flatten_to_floor", "free"}
        word = words.MEASURE[state] if wanted_round or state not in words.BACK else words.BACK[state]
        dots.append({"name": "back", "s": state, "word": word if backs else words.MEASURE["info"]})
    if not main.signal.startswith("back_"):
        finding, amount = canvas.finding(movement.main), canvas.amount(movement.main)
        shown: State = canvas.state(finding) if finding else "info"
        number = number_with_doubt(*_in_order(amount, main.unit), gap="") if amount else words.MEASURE["cannot_tell"]
        dots.append({"name": main.name.lower(), "s": shown if amount else "cannot_tell", "word": number})
    return [*dots, _view(result, movement)]


def _in_order(amount: tuple[float, float], unit: str) -> tuple[float, str, float]:
    return amount[0], unit, amount[1]


def _view(result: StepResult, movement: Movement) -> dict[str, Any]:
    yaw_deg, camera = result.measurements.values.get("yaw_deg", math.nan), movement.view.camera
    state: State = "ok"
    if not math.isfinite(yaw_deg):
        state = "cannot_tell"
    elif camera == "side":
        state = "ok" if yaw_deg <= GOOD_YAW_DEG else "warn" if yaw_deg <= MAX_YAW_DEG else "fix"
    elif camera == "front" and yaw_deg < MIN_FRONT_YAW_DEG:
        state = "fix"
    return {"name": "view", "s": state, "word": words.VIEW[state]}
