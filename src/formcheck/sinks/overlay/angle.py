"""Draw the one judged angle: an arc at its joint, with its number."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.display import STATE_STYLES, DisplayState, format_number_with_doubt
from formcheck.core.measure.camera_view import MIN_VISIBILITY
from formcheck.core.movement.signals import MOTION_SIGNALS
from formcheck.core.records import BACK_T
from formcheck.core.skeleton import INDEX

from .canvas import Canvas, Points, draw_halo, draw_stroke
from .plates import INK_RGB, MIN_TEXT_PX, Plate, Rect, blend, make_text_plate

ARC_PX, RADIUS_PX = 4.0, 52.0
NUMBER_PX = 0.05
"""Type of the number, share of the picture's base size."""
_ARC_JOINTS = {
    "knee": ("hip", "knee", "ankle"),
    "trunk_thigh": ("shoulder", "hip", "knee"),
    "elbow": ("shoulder", "elbow", "wrist"),
    "arm_elevation": ("hip", "shoulder", "elbow"),
    "body_line": ("shoulder", "hip", "ankle"),
}
_SEGMENTS = {
    "shank_inclination": ("ankle", "knee"),
    "thigh_elevation": ("hip", "knee"),
    "leg_elevation": ("hip", "ankle"),
}


class MainMeasure(NamedTuple):
    """The movement's main measure as it is drawn.

    Parameters
    ----------
    text : its number and uncertainty.
    state : state of its finding.
    at : (2,) px, the point it belongs to.
    away : (2,) px, from that point to its number.
    start, sweep : of the arc, rad, y down; the sweep is 0 where there is no arc to draw.
    radius_px : of the arc.
    has_legs : whether the two legs of the arc are drawn too; a knee's legs lie along the limbs.
    """

    text: str
    state: DisplayState
    at: Points
    away: Points
    start: float = 0.0
    sweep: float = 0.0
    radius_px: float = 0.0
    has_legs: bool = False


def find_main_measure(canvas: Canvas) -> MainMeasure | None:
    """Return the main measure if it has a value and a place in the picture."""
    main = canvas.movement.measures[canvas.movement.main]
    signal, amount = canvas.signal(main), canvas.amount(canvas.movement.main)
    if signal is None or signal in MOTION_SIGNALS or amount is None:
        return None
    finding = canvas.finding(canvas.movement.main)
    state: DisplayState = canvas.state(finding) if finding else "info"
    text = format_number_with_doubt(amount[0], main.unit, amount[1], gap="")
    if signal.startswith("back_"):
        place = _find_back_place(canvas)
    elif (legs := _find_legs(canvas, signal)) is not None:
        return _make_arc(canvas, signal, amount[0], MainMeasure(text, state, *legs[:2]), legs)
    else:
        place = _find_joint_of(canvas, signal)
    return None if place is None else MainMeasure(text, state, *place)


def _make_arc(
    canvas: Canvas, signal: str, value: float, plain: MainMeasure, legs: tuple[Points, Points, Points]
) -> MainMeasure:
    vertex, first, second = legs
    start, sweep = _compute_sweep(vertex, first, second, value)
    reach = min(float(np.hypot(*(first - vertex))), float(np.hypot(*(second - vertex))))
    radius, middle = min(RADIUS_PX * canvas.unit, 0.6 * reach), start + sweep / 2
    away = 1.25 * radius * np.array([math.cos(middle), math.sin(middle)])
    has_legs = signal.split("_", maxsplit=1)[0] not in {"knee", "elbow"}  # These lie between limbs that are drawn.
    return plain._replace(away=away, start=start, sweep=sweep, radius_px=radius, has_legs=has_legs)


def draw_main_measure(canvas: Canvas, taken: Sequence[Rect]) -> None:
    """Draw the movement's main measure; draw nothing where it has no value.

    Parameters
    ----------
    taken : (left, top, right, bottom) of the panels, which the number does not cover.
    """
    shown = find_main_measure(canvas)
    if shown is None:
        return
    if shown.radius_px:
        _draw_arc(canvas, shown)
    size_px = round(NUMBER_PX * canvas.type_px)
    if size_px >= MIN_TEXT_PX:
        plate = make_text_plate((shown.text,), size_px, bold=True, icon=shown.state)
        _draw_next_to(canvas, plate, shown.at, shown.away, taken)


def _draw_arc(canvas: Canvas, shown: MainMeasure) -> None:
    angles = shown.start + np.linspace(0.0, shown.sweep, 33)
    points = shown.at + shown.radius_px * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    look, width_px = STATE_STYLES[shown.state], ARC_PX * canvas.unit
    if shown.has_legs:
        for leg in (points[0], points[-1]):
            _draw_leg(canvas, shown.at, shown.at + 1.3 * (leg - shown.at))
    draw_halo(canvas.image, points, width_px, canvas.unit)
    draw_stroke(canvas.image, points, look.rgb, width_px, "solid" if look.line == "hatched" else look.line)


def _draw_leg(canvas: Canvas, start: Points, end: Points) -> None:
    points, width_px = np.array([start, end]), 2.0 * canvas.unit
    draw_halo(canvas.image, points, width_px, canvas.unit)
    draw_stroke(canvas.image, points, INK_RGB, width_px, "solid")


def _find_legs(canvas: Canvas, signal: str) -> tuple[Points, Points, Points] | None:
    """Return vertex and both ends of an angle; None if they are not seen.

    Also None if the signal is not an angle between landmarks.
    """
    kind, side = _split_signal(signal)
    up = np.array([0.0, -RADIUS_PX * 2 * canvas.unit])
    if kind in _ARC_JOINTS:
        first, vertex, second = (_find_joint(canvas, f"{side}_{part}") for part in _ARC_JOINTS[kind])
    elif kind == "trunk_inclination":
        vertex, second = (_find_middle(canvas, part) for part in ("hip", "shoulder"))
        first = vertex + up
    elif kind in _SEGMENTS:
        vertex, second = (_find_joint(canvas, f"{side}_{part}") for part in _SEGMENTS[kind])
        ahead = np.array([math.copysign(abs(up[1]), second[0] - vertex[0]), 0.0])
        first = vertex + (up if kind == "shank_inclination" else ahead)
    else:
        return None
    return (vertex, first, second) if np.isfinite([vertex, first, second]).all() else None


def _split_signal(signal: str) -> tuple[str, str]:
    stem = signal.rsplit("_", 1)[0]
    kind, _, side = stem.rpartition("_")
    return (kind, side) if side in {"left", "right"} else (stem, "")


def _find_joint(canvas: Canvas, name: str) -> Points:
    """Return a joint that is seen well enough to be judged, else NaN."""
    return canvas.at(name) if canvas.seen[INDEX[name]] >= MIN_VISIBILITY else np.full(2, np.nan)


def _find_middle(canvas: Canvas, part: str) -> Points:
    return np.asarray((canvas.at(f"left_{part}") + canvas.at(f"right_{part}")) / 2)


def _find_joint_of(canvas: Canvas, signal: str) -> tuple[Points, Points] | None:
    """Return the place for a number without an arc.

    It is the first joint in the signal's name, else the hips.
    """
    kind, side = _split_signal(signal)
    if kind in _ARC_JOINTS or kind in _SEGMENTS or kind == "trunk_inclination":
        return None
    if kind in {"head_trunk", "face_trunk"}:
        place = _find_middle(canvas, "ear")
    else:
        part = next((p for p in ("wrist", "elbow", "knee", "hip") if kind.startswith(p)), "hip")
        place = _find_joint(canvas, f"{side}_{part}") if side else _find_middle(canvas, part)
    away = np.array([0.0, -RADIUS_PX * canvas.unit])
    return (place, away) if np.isfinite(place).all() else None


def _compute_sweep(vertex: Points, first: Points, second: Points, value: float) -> tuple[float, float]:
    """Return start and signed sweep, rad.

    Of the two ways round the vertex, take the one whose length fits the value.
    """
    start, end = (math.atan2(*(point - vertex)[::-1]) for point in (first, second))
    short = math.remainder(end - start, 2 * math.pi)
    long = short - math.copysign(2 * math.pi, short)
    true = math.radians(abs(value))
    return start, min(short, long, key=lambda sweep: abs(abs(sweep) - true))


def _find_back_place(canvas: Canvas) -> tuple[Points, Points] | None:
    """Return the middle of the back and the direction away from the body there."""
    seen = np.flatnonzero(np.isfinite(canvas.back).all(axis=1) & (BACK_T >= 0) & (BACK_T <= 0.9))
    hip, shoulder = _find_middle(canvas, "hip"), _find_middle(canvas, "shoulder")
    if len(seen) == 0 or not np.isfinite([hip, shoulder]).all():
        return None
    middle = seen[len(seen) // 2]
    out = canvas.back[middle] - (hip + BACK_T[middle] * (shoulder - hip))
    length = float(np.hypot(*out)) or 1.0
    return canvas.back[middle], out / length * 24 * canvas.unit


def _draw_next_to(canvas: Canvas, plate: Plate, place: Points, away: Points, taken: Sequence[Rect]) -> None:
    """Draw the plate next to `place + away`, in the first direction that hides nothing."""
    size: NDArray[np.float64] = np.array(plate.size_px, np.float64)
    edge = 0.5 * canvas.margin
    room = np.maximum(edge, np.array([canvas.width, canvas.height]) - size - edge)
    clear_px = 0.7 * float(np.hypot(*away))
    best, least = np.zeros(2), math.inf
    for turn in (0, 45, -45, 90, -90, 180, 135, -135):
        cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        turned = np.array([cos * away[0] - sin * away[1], sin * away[0] + cos * away[1]])
        way = turned / (float(np.hypot(*turned)) or 1.0)
        corner = np.clip(place + turned + way * (np.abs(way) @ size) / 2 - size / 2, edge, room)
        near = np.hypot(*(np.clip(place, corner, corner + size) - place)) < clear_px
        hidden = _rate_hiding(canvas, corner, corner + size, taken) + 2 * near
        if hidden < least:
            best, least = corner, hidden
    blend(canvas.image, plate, *best)


def _rate_hiding(canvas: Canvas, corner: Points, opposite: Points, taken: Sequence[Rect]) -> int:
    """Rate what a plate would hide: the back is bad, a panel is worse.

    Joints do not count: the plate would jump from side to side while the person moves.
    """
    panels = sum(
        bool(corner[0] < right and left < opposite[0] and corner[1] < bottom and top < opposite[1])
        for left, top, right, bottom in taken
    )
    with np.errstate(invalid="ignore"):
        back = bool(((canvas.back >= corner) & (canvas.back <= opposite)).all(axis=1).any())
    return 4 * panels + back
