"""Draw the body: thin limbs, a thick back, and nothing where nothing is seen."""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.display import STATE_STYLES, DisplayState, LinePattern, pick_worst
from formcheck.core.measure.camera_view import MIN_VISIBILITY
from formcheck.core.measure.joint_angles import MEASUREMENTS
from formcheck.core.records import BACK_T
from formcheck.core.skeleton import BONES, INDEX

from .canvas import Canvas, Rgb, draw_halo, draw_stroke, split_runs

LIMB_PX, UNJUDGED_PX = 4.0, 2.0
"""Widths at a picture height of 720."""
BACK_PX: dict[DisplayState | None, float] = {
    "ok": 7.0,
    "info": 7.0,
    "warn": 7.0,
    "fix": 9.0,
    "cannot_tell": 2.5,
    None: 2.5,
}
BACK_FROM, BACK_TO = -0.1, 0.9
"""The part of the contour that is judged; above it, hair and the head become part of the contour."""
LIMB_RGB: Rgb = (245, 245, 245)
GUESSED = 0.1
"""Below this visibility the pose model guesses, and nothing is drawn."""

_ENDS = np.array([[INDEX[name] for name in bone] for bone in BONES])
_JOINT_BETWEEN = {frozenset({"hip", "ankle"}): "knee", frozenset({"shoulder", "wrist"}): "elbow"}


class Stroke(NamedTuple):
    """One line of the drawing.

    Parameters
    ----------
    kind : limb or back.
    points : (N, 2) px.
    state : state of the finding about it; None for a limb without a finding.
    width_px : at a picture height of 720.
    """

    kind: Literal["limb", "back"]
    points: NDArray[np.float64]
    state: DisplayState | None
    width_px: float

    @property
    def rgb(self) -> Rgb:
        """Return the colour; a judged limb without a fault is white.

        Green is kept for the back, the most important line.
        """
        if self.state is None:
            return STATE_STYLES["cannot_tell"].rgb
        return LIMB_RGB if self.kind == "limb" and self.state in {"ok", "info"} else STATE_STYLES[self.state].rgb

    @property
    def line(self) -> LinePattern:
        """Return the line pattern; a thin grey line needs none."""
        if self.state is None or (self.kind == "limb" and self.state == "cannot_tell"):
            return "solid"
        return STATE_STYLES[self.state].line


def collect_body_strokes(canvas: Canvas) -> list[Stroke]:
    """Return the lines of the body, the back last so that it lies on top."""
    return [*_list_limbs(canvas), *_list_back_strokes(canvas)]


def draw_body(canvas: Canvas) -> None:
    """Draw limbs and back."""
    strokes = collect_body_strokes(canvas)
    for one in strokes:
        draw_halo(canvas.image, one.points, one.width_px * canvas.unit, canvas.unit)
    for one in strokes:
        draw_stroke(canvas.image, one.points, one.rgb, one.width_px * canvas.unit, one.line)


def _list_limbs(canvas: Canvas) -> list[Stroke]:
    judged = _list_judged_joints(canvas)
    points = canvas.xy[_ENDS]
    seen = canvas.result.pose.visibility[_ENDS].min(axis=1) >= GUESSED
    drawn = np.isfinite(points).all(axis=(1, 2)) & seen & _reaches_in(canvas, points)
    visible = canvas.seen[_ENDS].min(axis=1) >= MIN_VISIBILITY
    strokes = []
    for number in np.flatnonzero(drawn).tolist():
        joints = set(BONES[number])
        state = pick_worst([state for about, state in judged if joints <= about]) if visible[number] else None
        width_px = UNJUDGED_PX if state in {None, "cannot_tell"} else LIMB_PX
        strokes.append(Stroke("limb", points[number], state, width_px))
    return strokes


def _list_judged_joints(canvas: Canvas) -> list[tuple[frozenset[str], DisplayState]]:
    """Return the joints that each measure uses, with the state of its finding."""
    judged: list[tuple[frozenset[str], DisplayState]] = []
    for check, measure in canvas.movement.measures.items():
        row = MEASUREMENTS.get(canvas.signal(measure) or "")
        if row is None:
            continue
        finding = canvas.finding(check)
        judged.append((_complete_line(row.landmarks), canvas.state(finding) if finding else "ok"))
    return judged


@cache
def _complete_line(landmarks: tuple[str, ...]) -> frozenset[str]:
    """Add the knee to a line from hip to ankle."""
    joints = set(landmarks)
    for side in ("left", "right"):
        parts = {name.removeprefix(f"{side}_") for name in landmarks if name.startswith(side)}
        joints |= {f"{side}_{middle}" for ends, middle in _JOINT_BETWEEN.items() if ends <= parts}
    return frozenset(joints)


def _reaches_in(canvas: Canvas, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether an end of each line (n, 2, 2) lies in the picture."""
    inside = np.all((points >= 0) & (points <= (canvas.width, canvas.height)), axis=2)
    return np.asarray(np.any(inside, axis=1), np.bool_)


def _list_back_strokes(canvas: Canvas) -> list[Stroke]:
    state = pick_worst([canvas.state(finding) for finding in canvas.back_findings()])
    part = (BACK_T >= BACK_FROM - 1e-9) & (BACK_T <= BACK_TO + 1e-9)
    return [Stroke("back", _smooth_run(run), state, BACK_PX[state]) for run in split_runs(canvas.back[part])]


def _smooth_run(run: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of five neighbours, as for the judged curve; the ends stay."""
    padded = np.pad(run, ((2, 2), (0, 0)), mode="edge")
    mean = np.asarray(sum(padded[i : i + len(run)] for i in range(5)) / 5)
    mean[[0, -1]] = run[[0, -1]]
    return mean
