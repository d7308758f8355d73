"""Define the option --fps for all commands that analyse recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from formcheck.drivers.recording.look_rate import Fps

LEAST_FPS, MOST_FPS = 1.0, 240.0


def parse_fps(text: str) -> Fps:
    """Return the value of --fps: a number, "auto", or None for all frames."""
    if text == "all":
        return None
    if text == "auto":
        return "auto"
    try:
        fps = float(text)
    except ValueError:
        fps = 0.0
    if not LEAST_FPS <= fps <= MOST_FPS:
        raise typer.BadParameter(f"expected auto, all, or a number from 1 to 240, got {text!r}")
    return fps


FpsOption = Annotated[
    Any,
    typer.Option(
        parser=parse_fps,
        metavar="auto|all|NUMBER",
        help="Frames to analyse per second: all, a number, or auto (ten, and more during fast movement).",
    ),
]
