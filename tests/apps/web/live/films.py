"""What the fake camera of a browser shows: sample clips with a counter burnt into the upper left corner.

The counter says which moment of the film a page sees, whatever the machine is busy with: Chromium plays such a file at
30 pictures a second, over and over.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

ROOT = Path(__file__).parent.parent.parent.parent.parent
sys.path.append(str(ROOT))

from benchmarks.live import film as live_film  # noqa: E402 - the benchmarks are not installed
from benchmarks.live.film import COUNTER_JS, FPS, SIZE_PX, Image  # noqa: E402

STILL_S = 8.5
"""A person stands this long before a clip begins: time to set up and count down."""
CLIPS = ROOT / "sample_videos"
BOWS = ROOT / "tests" / "data" / "body_tests"
"""One bow each, as `studio/sets/bows.json` has them: 42 degrees, and three and fifteen more."""
HANDS = ROOT / "tests" / "data" / "hands"
"""Raised hands, as `studio/sets/hands.json` has them."""


def truth(clip: str) -> dict[str, Any]:
    """Return what is known of a clip."""
    known: dict[str, Any] = json.loads((_find_folder(clip) / f"{clip}.json").read_text(encoding="utf-8"))
    return known


def pictures(clip: str) -> tuple[Image, ...]:
    """Return the pictures of a clip, 30 a second."""
    return live_film.pictures(_find_folder(clip) / f"{clip}.mp4")


def _find_folder(clip: str) -> Path:
    return next(folder for folder in (CLIPS, BOWS, HANDS) if (folder / f"{clip}.mp4").exists())


def still(image: Image, seconds: float) -> list[Image]:
    """Return one picture, repeated for this time."""
    return [image] * round(seconds * FPS)


def stand_then(clip: str, until_s: float | None = None) -> list[Image]:
    """Return a person who stands for a while and then does what the clip shows."""
    shown = pictures(clip)
    return [*still(shown[0], STILL_S), *shown[: None if until_s is None else round(until_s * FPS)]]


def stand_then_stay(clip: str, at_s: float, seconds: float) -> list[Image]:
    """Return a person who stays at one moment of the clip."""
    return [*stand_then(clip, at_s), *still(pictures(clip)[round(at_s * FPS)], seconds)]


def stand_then_again(clip: str, times: int) -> list[Image]:
    """Return a person who stands for a while and then does what the clip shows, several times."""
    return [*stand_then(clip), *(times - 1) * pictures(clip)]


def stand_then_both_ways(clip: str, until_s: float | None = None) -> list[Image]:
    """Return a person who stands for a while and does what the clip shows; then the same, facing the other way."""
    shown = stand_then(clip, until_s)
    return [*shown, *turn_round(shown)]


def turn_round(shown: Iterable[Image]) -> list[Image]:
    """Return the person facing the other way."""
    return [np.ascontiguousarray(one[:, ::-1]) for one in shown]


def empty_room() -> Image:
    """Return a room with nobody in it: wall and floor, as at the right edge of the clip."""
    return np.repeat(pictures("hinge_good")[0][:, -1:], SIZE_PX[0], axis=1)


def without_feet() -> Image:
    """Return a standing person whose head touches the upper edge and whose feet lie below the lower one."""
    width, height = SIZE_PX
    top, bottom = 15, 375
    left = 300 - (bottom - top) * width // height // 2
    cut = pictures("hinge_good")[0][top:bottom, left : left + (bottom - top) * width // height]
    return cv2.resize(cut, SIZE_PX)


HOLD_S, LEFT_S, ROUND_S = 6.0, 6.5, 7.5
UP_AGAIN_S = 14.8
"""In `bow_hand` the bow is over, and no hand is up yet."""
FILMS: dict[str, Callable[[], list[Image]]] = {
    "good": lambda: stand_then("hinge_good"),
    # bows, and then stays there: with a round back, with a long one
    "rounding": lambda: stand_then_stay("hinge_back_rounding", ROUND_S, 30.0),
    "hold": lambda: stand_then_stay("hinge_good", HOLD_S, 45.0),
    # stands for a moment only, and bows
    "soon": lambda: [*still(pictures("hinge_good")[0], 4.0), *pictures("hinge_good")],
    # bows, and is gone in the middle of the hold
    "leaving": lambda: [*stand_then("hinge_good", LEFT_S), *still(empty_room(), 30.0)],
    # a plank that is held, left, and not taken up again
    "plank": lambda: [*stand_then("plank_good"), *still(pictures("plank_good")[-1], 10.0)],
    # a test: one bow for practice and three that count
    **{name: partial(stand_then_again, name, 4) for name in ("bow_42", "bow_45", "bow_57")},
    # bows, and raises a hand; turns round, bows, and raises the other one, twice
    "bow_hand": lambda: [
        *stand_then_both_ways("bow_hand"),
        *turn_round(pictures("bow_hand")[round(UP_AGAIN_S * FPS) :]),
    ],
    "bow_both_ways": lambda: stand_then_both_ways("bow_hand", UP_AGAIN_S),
    "standing": lambda: still(pictures("hinge_good")[0], 3.0),
    "nobody": lambda: still(empty_room(), 3.0),
    "oblique": lambda: still(pictures("hinge_oblique")[0], 3.0),
    "without_feet": lambda: still(without_feet(), 3.0),
}

STILLS = {"standing", "nobody", "oblique", "without_feet"}
"""Films in which nothing happens."""


def write_film(name: str, folder: Path) -> Path:
    """Write a film for the fake camera, if it is not there yet, and return its path."""
    path = folder / f"{name}.mjpeg"
    if not path.exists():
        path.write_bytes(b"".join(live_film.film(FILMS[name]())))
    return path


__all__ = ["COUNTER_JS", "FPS", "LEFT_S", "STILLS", "STILL_S", "truth", "write_film"]
