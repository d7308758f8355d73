"""Draw a StepResult on a picture: body, judged back, one angle, one cue, one ring.

Nothing is drawn for what is not seen; a thin grey limb is not judged. Each state has its own
colour, line and shape (`core.display`), so that it can be recognised without colours.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.core.display import STATE_STYLES, find_state, name_check
from formcheck.core.feedback import VIEW_REASONS
from formcheck.core.movement.schema import Movement
from formcheck.core.reasons import describe_reason
from formcheck.core.records import HoldState, PoseFrame, StepResult
from formcheck.core.skeleton import INDEX

from .angle import draw_main_measure
from .body import draw_body
from .canvas import Canvas
from .plates import (
    INK_RGB,
    MIN_TEXT_PX,
    PLATE_ALPHA,
    PLATE_RGB,
    QUIET_RGB,
    Plate,
    Rect,
    blend,
    break_lines,
    make_text_plate,
)

CUE_PX, LEAST_CUE_PX = 0.066, 0.06
"""Text size of the cue, share of the picture's height; the smaller one where the cue would take three lines."""
SMALL_PX = 0.034
RING_PX, RING_NUMBER_PX = 0.1, 0.1
RING_BAND_PX = 0.022
RING_JOINT_PX = 0.025
RING_JOINT_RGB = (240, 228, 66)
TRACK_RGB = (70, 74, 80)
PHASE_WORDS = {
    "setup": "start position",
    "move": "going in",
    "hold": "hold",
    "return": "coming back",
    "absent": "nobody in view",
}


def draw_cue(canvas: Canvas) -> list[Rect]:
    """Write the one cue at the top, with its state's shape; return its place."""
    feedback = canvas.result.feedback
    words = feedback.text.split()
    if not words:
        return []
    icon, width_px = find_state(feedback.severity), 0.97 * canvas.width
    for size, bold in ((CUE_PX, True), (LEAST_CUE_PX, False)):
        size_px = min(round(size * canvas.height), int(width_px / (0.7 * max(map(len, words)) + 2.1)))
        if size_px < MIN_TEXT_PX:
            return []
        lines = break_lines(feedback.text, size_px, round(width_px - 2.1 * size_px), bold=bold)
        if len(lines) <= 2:
            break
    plate = make_text_plate(lines, size_px, bold=bold, icon=icon)
    return [blend(canvas.image, plate, (canvas.width - plate.size_px[0]) / 2, 0.6 * canvas.margin)]


def draw_foot(canvas: Canvas) -> list[Rect]:
    """Draw hold ring, phase and missing values along the bottom; return their places."""
    size_px = round(SMALL_PX * canvas.type_px)
    hold, taken = canvas.result.feedback.hold, []
    left, bottom = canvas.margin, canvas.height - canvas.margin
    if hold is not None:
        taken.append(_draw_ring(canvas, hold))
        left = taken[0][2] + 0.5 * canvas.margin
    if size_px < MIN_TEXT_PX:
        return taken
    room = max(1, round(canvas.width - left - canvas.margin - size_px))
    phase = make_text_plate(break_lines(describe_phase(canvas), size_px, room), size_px, ink=QUIET_RGB)
    taken.append(blend(canvas.image, phase, left, bottom - phase.size_px[1]))
    if hold is not None and hold.paused_by:
        above = round(1.25 * size_px)
        why = f"paused: {name_check(hold.paused_by, canvas.movement)}"
        lines = break_lines(why, above, max(1, round(room - 1.5 * above)))
        plate = make_text_plate(lines, above, icon="cannot_tell")
        top = taken[-1][1] - 0.3 * size_px - plate.size_px[1]
        taken.append(blend(canvas.image, plate, left, top))
    return taken + _draw_doubts(canvas, size_px, taken)


def describe_phase(canvas: Canvas) -> str:
    """Return phase, repetition and side in words."""
    phase, movement = canvas.result.phase, canvas.movement
    turns = {"low": movement.drive.low_name, "high": movement.drive.high_name}
    words = [turns.get(phase.name) or PHASE_WORDS.get(phase.name, phase.name.replace("_", " "))]
    if phase.name != "absent":
        if phase.repetition:
            number, target = phase.repetition.index, movement.dose.repetitions
            words.append(f"repetition {number}" + (f" of {target}" if 1 < target >= number else ""))
        words += [f"{phase.side} side"] if phase.side and movement.two_sided else []
    return " · ".join(words)


def _draw_doubts(canvas: Canvas, size_px: int, taken: list[Rect]) -> list[Rect]:
    """Draw a small mark at the lower right: which value is missing, and why."""
    hold = canvas.result.feedback.hold
    said = VIEW_REASONS.get(hold.paused_by) if hold else None
    doubts = {
        name: describe_reason(why)
        for name, why in canvas.doubts().items()
        if why is None or said is None or why.code != said
    }
    if not doubts:
        return []
    whys = {why for why in doubts.values() if why}
    what = next(iter(whys)) if len(whys) == 1 and len(doubts) > 1 else ""
    texts = [what] if what else [f"{name.lower()}: {why}" if why else name.lower() for name, why in doubts.items()]
    room = 0.42 * canvas.width - 2 * size_px
    lines = tuple(line for text in texts for line in break_lines(text, size_px, max(1, round(room))))
    plate = make_text_plate(lines, size_px, icon="cannot_tell", ink=QUIET_RGB)
    bottom = canvas.height - canvas.margin
    left = canvas.width - canvas.margin - plate.size_px[0]
    for rect in sorted(taken, key=lambda rect: -rect[3]):
        if rect[2] > left and rect[1] < bottom and rect[3] > bottom - plate.size_px[1]:
            bottom = rect[1] - 0.3 * size_px  # No room next to it: above it.
    return [blend(canvas.image, plate, left, bottom - plate.size_px[1])]


def _draw_ring(canvas: Canvas, hold: HoldState) -> Rect:
    """Draw the ring at the lower left; return its place."""
    radius = RING_PX * canvas.type_px
    band = max(2, round(RING_BAND_PX * canvas.type_px))
    size = 2 * (round(radius) + band)
    left, top = round(canvas.margin), round(canvas.height - canvas.margin - size)
    where = blend(canvas.image, _make_ring_plate(size, band), left, top)
    share = min(1.0, max(0.0, hold.valid_s / hold.target_s)) if hold.target_s else 0.0
    if share > 0:
        colour = STATE_STYLES["cannot_tell" if hold.paused_by else "ok"].rgb
        centre = (round((left + size / 2) * 16), round((top + size / 2) * 16))
        axes = (round((size / 2 - band) * 16),) * 2
        cv2.ellipse(canvas.image, centre, axes, -90, 0, 360 * share, colour, band, cv2.LINE_AA, 4)
    if hold.paused_by:
        blend(canvas.image, _make_hatch_plate(size, band), left, top)
    _write_seconds(canvas, hold, (left + size / 2, top + size / 2))
    return where


def count_ring_s(hold: HoldState, *, is_over: bool) -> int:
    """Return the seconds written in the ring.

    One counts when it is full. Once the hold is over, they are rounded as in the summary.

    Examples
    --------
    >>> count_ring_s(HoldState(4.7, 20.0), is_over=False), count_ring_s(HoldState(4.7, 20.0), is_over=True)
    (4, 5)
    """
    return round(hold.valid_s) if is_over else int(hold.valid_s)


def _write_seconds(canvas: Canvas, hold: HoldState, centre: tuple[float, float]) -> None:
    seconds = str(count_ring_s(hold, is_over=canvas.result.phase.name != "hold"))
    size_px = round(RING_NUMBER_PX * canvas.type_px * (1.0 if len(seconds) < 3 else 0.72))
    below_px = round(0.3 * size_px)
    if below_px < MIN_TEXT_PX:
        return
    plate = make_text_plate((seconds,), size_px, bold=True, bare=True)
    below = make_text_plate(
        (f"of {hold.target_s:.0f} s" if hold.target_s else "s",), below_px, ink=QUIET_RGB, bare=True
    )
    x, y = centre
    blend(canvas.image, plate, x - plate.size_px[0] / 2, y - 0.62 * plate.size_px[1])
    blend(canvas.image, below, x - below.size_px[0] / 2, y + 0.28 * plate.size_px[1])


@lru_cache(maxsize=8)
def _make_ring_plate(size: int, band: int) -> Plate:
    """Return the dark disc and the ring's empty track."""
    track = _track(size, band)
    disc = np.zeros((size, size), np.uint8)
    cv2.circle(disc, (size // 2, size // 2), size // 2 - 1, round(255 * PLATE_ALPHA), -1, cv2.LINE_AA)
    share = track[..., None] / 255
    colour = np.array(PLATE_RGB) * (1 - share) + np.array(TRACK_RGB) * share
    return _make_plate(colour, np.maximum(disc, track))


@lru_cache(maxsize=8)
def _make_hatch_plate(size: int, band: int) -> Plate:
    """Return slanting lines over the ring: the clock is stopped."""
    lines = np.zeros((size, size), np.uint8)
    step = max(4, round(0.9 * band))
    for x in range(-size, size, step):
        cv2.line(lines, (x, size), (x + size, 0), 255, max(1, step // 4), cv2.LINE_AA)
    return _make_plate(np.array(INK_RGB, np.float64), cv2.multiply(_track(size, band), lines, scale=1 / 255))


def _track(size: int, band: int) -> NDArray[np.uint8]:
    mask = np.zeros((size, size), np.uint8)
    cv2.circle(mask, (size // 2, size // 2), max(1, size // 2 - band), 255, band, cv2.LINE_AA)
    return mask


def _make_plate(colour: NDArray[np.float64], opacity: NDArray[np.uint8]) -> Plate:
    """Return a plate of a colour, (3,) or (h, w, 3), and opacity (h, w)."""
    alpha = opacity[..., None]
    return Plate((colour * (alpha / 255)).astype(np.uint8), np.ascontiguousarray(np.repeat(255 - alpha, 3, axis=2)))


def ring_joints(image_rgb: NDArray[np.uint8], pose: PoseFrame, landmarks: Iterable[str]) -> None:
    """Draw a ring around each of these landmarks: a person put them right.

    Parameters
    ----------
    image_rgb : (H, W, 3) uint8, changed in place.
    pose : of this picture; a landmark that is not known gets no ring.
    """
    height, width = image_rgb.shape[:2]
    radius_px = max(4, round(RING_JOINT_PX * height))
    for name in landmarks:
        x, y = pose.xy_px[INDEX[name]] * np.array([width, height]) / pose.size_px
        if np.isfinite([x, y]).all():
            for colour, wide in (((0, 0, 0), 0.4), (RING_JOINT_RGB, 0.2)):
                thick = max(1, round(wide * radius_px))
                cv2.circle(image_rgb, (round(float(x)), round(float(y))), radius_px, colour, thick, cv2.LINE_AA)


def draw_overlay(image_rgb: NDArray[np.uint8], result: StepResult, movement: Movement) -> NDArray[np.uint8]:
    """Return a copy of the picture with the result of its frame drawn on it.

    Parameters
    ----------
    image_rgb : (H, W, 3) uint8; any size of the source's shape. It is not changed.
    result : what `FormChecker.step` gave for this frame.
    movement : the movement that was judged.

    Returns
    -------
    (H, W, 3) uint8 RGB.

    Raises
    ------
    ValueError
        If the picture is not (H, W, 3) uint8.
    """
    if image_rgb.ndim != 3 or image_rgb.shape[2] != 3 or image_rgb.dtype != np.uint8:
        raise ValueError(f"image_rgb: expected (H, W, 3) uint8, got {image_rgb.shape} {image_rgb.dtype}")
    canvas = Canvas.of(np.array(image_rgb, order="C"), result, movement)
    draw_body(canvas)
    panels = [*draw_foot(canvas), *draw_cue(canvas)]
    draw_main_measure(canvas, panels)
    return canvas.image
