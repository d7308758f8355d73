"""The body: limbs thin, the back thick, and nothing where nothing is seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formcheck.core.look import LOOKS, Line, State, worst
from formcheck.core.measure import TABLE
from formcheck.core.records import BACK_T
from formcheck.core.skeleton import BONES, INDEX
from formcheck.core.view import MIN_VISIBILITY

from .canvas import Canvas
from .strokes import Rgb, halo, runs, stroke

LIMB_PX, UNJUDGED_PX = 4.0, 2.0
"""Widths at a picture height of 720."""
BACK_PX: dict[State | None, float] = {"ok": 7.0, "info": 7.0, "warn": 7.0, "fix": 9.0, "cannot_tell": 2.5, None: 2.5}
BACK_FROM, BACK_TO = -0.1, 0.9
"""The part of the contour that is judged; above it hair and the head join in."""
LIMB_RGB: Rgb = (245, 245, 245)
"""A limb that is judged and well; green is kept for the back, which is the hero."""
GUESSED = 0.1
"""Below this visibility the pose model is guessing, and nothing is drawn."""

_BETWEEN = {frozenset({"hip", "ankle"}): "knee", frozenset({"shoulder", "wrist"}): "elbow"}
Stroke = tuple[NDArray[np.float64], Rgb, float, Line]


def draw_body(canvas: Canvas) -> None:
    """Draw limbs and back, the back last so that it lies on top."""
    strokes = [*_limbs(canvas), *_back(canvas)]
    for points, _, width_px, _ in strokes:
        halo(canvas.image, points, width_px, canvas.unit)
    for points, colour, width_px, line in strokes:
        stroke(canvas.image, points, colour, width_px, line)


def _limbs(canvas: Canvas) -> list[Stroke]:
    judged = _judged_joints(canvas)
    strokes = []
    for bone in BONES:
        points = np.array([canvas.at(name) for name in bone])
        seen = min(canvas.result.pose.visibility[INDEX[name]] for name in bone)
        if not np.isfinite(points).all() or not seen >= GUESSED or _outside(canvas, points):
            continue
        visible = min(canvas.seen[INDEX[name]] for name in bone) >= MIN_VISIBILITY
        states = [state for joints, state in judged if set(bone) <= joints]
        strokes.append(_limb(canvas, points, states if visible else []))
    return strokes


def _limb(canvas: Canvas, points: NDArray[np.float64], states: list[State]) -> Stroke:
    state = worst(states)
    if state is None or state == "cannot_tell":
        return points, LOOKS["cannot_tell"].rgb, UNJUDGED_PX * canvas.unit, "solid"
    if state in {"ok", "info"}:
        return points, LIMB_RGB, LIMB_PX * canvas.unit, "solid"
    return points, LOOKS[state].rgb, LIMB_PX * canvas.unit, LOOKS[state].line


def _judged_joints(canvas: Canvas) -> list[tuple[set[str], State]]:
    """The joints that each measure looks at, and what it says about them."""
    judged: list[tuple[set[str], State]] = []
    for check, measure in canvas.movement.measures.items():
        row = TABLE.get(canvas.signal(measure) or "")
        if row is None:
            continue
        finding = canvas.finding(check)
        judged.append((_completed(row.landmarks), canvas.state(finding) if finding else "ok"))
    return judged


def _completed(landmarks: tuple[str, ...]) -> set[str]:
    """A line from hip to ankle is about the knee too."""
    joints = set(landmarks)
    for side in ("left", "right"):
        parts = {name.removeprefix(f"{side}_") for name in landmarks if name.startswith(side)}
        joints |= {f"{side}_{middle}" for ends, middle in _BETWEEN.items() if ends <= parts}
    return joints


def _outside(canvas: Canvas, points: NDArray[np.float64]) -> bool:
    """Whether no end lies in the picture."""
    size = np.array([canvas.width, canvas.height])
    return not ((points >= 0) & (points <= size)).all(axis=1).any()


def _back(canvas: Canvas) -> list[Stroke]:
    state = worst([canvas.state(finding) for finding in canvas.back_findings()])
    part = (BACK_T >= BACK_FROM - 1e-9) & (BACK_T <= BACK_TO + 1e-9)
    look = LOOKS[state or "cannot_tell"]
    line: Line = look.line if state else "solid"
    width_px = BACK_PX[state] * canvas.unit
    return [(_smoothed(run), look.rgb, width_px, line) for run in runs(canvas.back[part])]


def _smoothed(run: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of five neighbours, as the curve is judged; the ends stay."""
    padded = np.pad(run, ((2, 2), (0, 0)), mode="edge")
    mean = np.asarray(sum(padded[i : i + len(run)] for i in range(5)) / 5)
    mean[[0, -1]] = run[[0, -1]]
    return mean
