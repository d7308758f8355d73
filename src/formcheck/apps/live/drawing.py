"""StepResult → the lines and the arc that the page paints over its camera: the same that a recording gets."""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from formcheck.core.look import State
from formcheck.core.movement import limits
from formcheck.sinks.overlay import Canvas, MainMeasure, Stroke, body_strokes, main_measure

_TO_THE_PIXEL = 1
OPEN_DEG = 20.0


def drawing(canvas: Canvas) -> dict[str, Any]:
    """Return the lines and the arc, px of the picture that was sent."""
    if not canvas.result.pose.seen:
        return {"strokes": [], "arc": None}
    return {"strokes": [_line(one) for one in body_strokes(canvas)], "arc": _arc(canvas)}


def plain_drawing(canvas: Canvas) -> dict[str, Any]:
    """Return the lines alone, without a verdict: before a set begins nothing is judged."""
    lines = drawing(canvas)["strokes"]
    shown = {"limb": "plain", "back": "info"}
    return {
        "strokes": [{**one, "s": one["s"] if one["s"] == "faint" else shown[one["k"]]} for one in lines],
        "arc": None,
    }


def _line(stroke: Stroke) -> dict[str, Any]:
    return {"k": stroke.kind, "s": _shown(stroke), "w": stroke.width_px, "p": _rounded(stroke.points)}


def _shown(stroke: Stroke) -> State | str:
    """A limb that is judged and well is plain: the back is the hero."""
    if stroke.state is None:
        return "faint"
    if stroke.kind == "limb" and stroke.state in {"ok", "info"}:
        return "plain"
    return "faint" if stroke.kind == "limb" and stroke.state == "cannot_tell" else stroke.state


def _arc(canvas: Canvas) -> dict[str, Any] | None:
    shown = main_measure(canvas)
    if shown is None:
        return None
    return {
        "at": _rounded(shown.at),
        "from": round(shown.start, 3),
        "sweep": round(shown.sweep, 3),
        "r": round(shown.radius_px, _TO_THE_PIXEL),
        "s": shown.state,
        "text": shown.text,
        "band": _band(canvas, shown),
    }


def _band(canvas: Canvas, shown: MainMeasure) -> list[float] | None:
    """Where along the arc the target lies, rad from its start; None where it is no plain angle that the arc spans."""
    main = canvas.movement.measures[canvas.movement.main]
    if not shown.radius_px or main.unit != "deg" or main.change or main.reduce or main.target is None:
        return None
    low, high = limits(main.target)
    # of an open end only the beginning is shown: where it ends is nobody's aim
    high = min(high, max(low, 0.0) + OPEN_DEG) if math.isinf(high) else high
    low = max(low, high - OPEN_DEG) if math.isinf(low) else low
    low, high = (min(180.0, max(0.0, end)) for end in (low, high))
    way = math.copysign(1.0, shown.sweep)
    return [round(way * math.radians(low), 3), round(way * math.radians(high), 3)]


def _rounded(points: NDArray[Any]) -> Any:
    return points.round(_TO_THE_PIXEL).tolist()
