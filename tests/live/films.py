"""What the fake camera of a browser shows: sample clips with a counter burnt into the upper left corner.

The counter says which moment of the film a page sees, whatever the machine is busy with: Chromium plays such a file at
30 pictures a second, over and over.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

FPS, BITS, BLOCK_PX = 30, 11, 10
SIZE_PX = (640, 480)
STILL_S = 8.0
"""So long somebody stands before a clip begins: time to set up and count down."""
CLIPS = Path(__file__).parent.parent.parent / "sample_videos"

Image = NDArray[np.uint8]

COUNTER_JS = """
window.counter = (() => {
  const canvas = new OffscreenCanvas(BITS * BLOCK, BLOCK), pen = canvas.getContext('2d', {willReadFrequently: true});
  return () => {
    const video = document.querySelector('#stage video');
    if (!video || !video.srcObject || !video.videoWidth) return null;
    pen.drawImage(video, 0, 0, BITS * BLOCK, BLOCK, 0, 0, BITS * BLOCK, BLOCK);
    const row = pen.getImageData(0, BLOCK / 2, BITS * BLOCK, 1).data;
    let count = 0;
    for (let bit = 0; bit < BITS; bit++) count = count * 2 + (row[4 * (bit * BLOCK + BLOCK / 2)] > 127 ? 1 : 0);
    return count;
  };
})();
""".replace("BITS", str(BITS)).replace("BLOCK", str(BLOCK_PX))
"""`counter()` in the page: the number of the picture that the camera shows now."""


def truth(clip: str) -> dict[str, Any]:
    """Return what is known of a sample clip."""
    known: dict[str, Any] = json.loads((CLIPS / f"{clip}.json").read_text(encoding="utf-8"))
    return known


@cache
def pictures(clip: str) -> tuple[Image, ...]:
    """Return the pictures of a sample clip, 30 a second."""
    with av.open(str(CLIPS / f"{clip}.mp4")) as container:
        stream = container.streams.video[0]
        own = [frame.to_ndarray(format="bgr24") for frame in container.decode(stream)]
        rate = float(stream.average_rate)
    made = [cv2.resize(image, SIZE_PX) for image in own]
    return tuple(made[int(count * rate / FPS)] for count in range(int(len(made) * FPS / rate)))


def still(image: Image, seconds: float) -> list[Image]:
    """Return one picture for so long."""
    return [image] * round(seconds * FPS)


def stand_then(clip: str, until_s: float | None = None) -> list[Image]:
    """Return somebody who stands for a while and then does what the clip shows."""
    shown = pictures(clip)
    return [*still(shown[0], STILL_S), *shown[: None if until_s is None else round(until_s * FPS)]]


def stand_then_stay(clip: str, at_s: float, seconds: float) -> list[Image]:
    """Return somebody who stays at one moment of the clip."""
    return [*stand_then(clip, at_s), *still(pictures(clip)[round(at_s * FPS)], seconds)]


def empty_room() -> Image:
    """Return a room with nobody in it: wall and floor, as at the right edge of the clip."""
    return np.repeat(pictures("hinge_good")[0][:, -1:], SIZE_PX[0], axis=1)


def without_feet() -> Image:
    """Return somebody standing whose head touches the upper edge and whose feet lie below the lower one."""
    width, height = SIZE_PX
    top, bottom = 15, 375
    left = 300 - (bottom - top) * width // height // 2
    cut = pictures("hinge_good")[0][top:bottom, left : left + (bottom - top) * width // height]
    return cv2.resize(cut, SIZE_PX)


HOLD_S, LEFT_S, ROUND_S = 6.0, 6.5, 7.5
FILMS: dict[str, Callable[[], list[Image]]] = {
    "good": lambda: stand_then("hinge_good"),
    # bows, and then stays there: with a round back, with a long one
    "rounding": lambda: stand_then_stay("hinge_back_rounding", ROUND_S, 12.0),
    "hold": lambda: stand_then_stay("hinge_good", HOLD_S, 20.0),
    # bows, and is gone in the middle of the hold
    "leaving": lambda: [*stand_then("hinge_good", LEFT_S), *still(empty_room(), 8.0)],
    "standing": lambda: still(pictures("hinge_good")[0], 3.0),
    "oblique": lambda: still(pictures("hinge_oblique")[0], 3.0),
    "without_feet": lambda: still(without_feet(), 3.0),
}


def write_film(name: str, folder: Path) -> Path:
    """Write a film for the fake camera, if it is not there yet, and return its path."""
    path = folder / f"{name}.mjpeg"
    if not path.exists():
        path.write_bytes(b"".join(_jpeg(image, count) for count, image in enumerate(FILMS[name]())))
    return path


def _jpeg(image: Image, count: int) -> bytes:
    burnt = image.copy()
    for bit in range(BITS):
        burnt[:BLOCK_PX, bit * BLOCK_PX : (bit + 1) * BLOCK_PX] = 255 * (count >> (BITS - 1 - bit) & 1)
    return cv2.imencode(".jpg", burnt, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()
