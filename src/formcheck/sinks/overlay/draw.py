"""Draw a StepResult on a picture: body, judged back, one angle, one cue, one ring.

Nothing is drawn for what is not seen; a thin grey limb is not judged. Each state has its own
colour, line and shape (`core.display`), so that it can be recognised without colours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formcheck.core.movement.schema import Movement
from formcheck.core.records import StepResult

from .angle import draw_main_measure
from .body import draw_body
from .canvas import Canvas
from .panels import draw_cue, draw_foot


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
