"""What a fake camera shows: a clip at 30 pictures a second, with a counter burnt into the upper left corner.

The counter tells which moment of the film a page sees, whatever the machine is busy with. Chromium plays such a file
over and over.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

FPS, SIZE_PX = 30, (640, 480)
BITS, BLOCK_PX = 14, 10

Image = NDArray[np.uint8]

COUNTER_JS = """
window.counter = (() => {
  const BITS = BITS_HERE, BLOCK = BLOCK_HERE;
  const canvas = new OffscreenCanvas(BITS * BLOCK, BLOCK), pen = canvas.getContext('2d', {willReadFrequently: true});
  return () => {
    const video = document.querySelector('#stage video');
    if (!video?.srcObject || !video.videoWidth) return null;
    pen.drawImage(video, 0, 0, BITS * BLOCK, BLOCK, 0, 0, BITS * BLOCK, BLOCK);
    const row = pen.getImageData(0, BLOCK / 2, BITS * BLOCK, 1).data;
    let count = 0;
    for (let bit = 0; bit < BITS; bit++) count = count * 2 + (row[4 * (bit * BLOCK + BLOCK / 2)] > 127 ? 1 : 0);
    return count;
  };
})();
""".replace("BITS_HERE", str(BITS)).replace("BLOCK_HERE", str(BLOCK_PX))
"""`counter()` in the page: the number of the picture that the camera shows now, null where it shows none."""


@cache
def pictures(clip: Path) -> tuple[Image, ...]:
    """Return the pictures of a clip, 30 a second, BGR."""
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate)
        own = [np.asarray(cv2.resize(one.to_ndarray(format="bgr24"), SIZE_PX)) for one in container.decode(stream)]
    return tuple(own[int(count * rate / FPS)] for count in range(int(len(own) * FPS / rate)))


def film(images: Iterable[Image], quality: int = 85) -> list[bytes]:
    """Return the pictures as JPEG, each with its number burnt in."""
    return [_jpeg(image, count, quality) for count, image in enumerate(images)]


def _jpeg(image: Image, count: int, quality: int) -> bytes:
    burnt = image.copy()
    for bit in range(BITS):
        burnt[:BLOCK_PX, bit * BLOCK_PX : (bit + 1) * BLOCK_PX] = 255 * (count >> (BITS - 1 - bit) & 1)
    return cv2.imencode(".jpg", burnt, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
