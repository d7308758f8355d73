"""A strip of pictures cut from a recording."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.sources.video import open_video

MOST_BYTES = 60_000
_PICTURE_PX = 320
_GAP_PX = 6
_QUALITIES = range(88, 20, -6)


def cut_pictures(path: Path, times_s: list[float], *, side_px: int = _PICTURE_PX) -> list[NDArray[np.uint8]]:
    """Return the pictures of a recording nearest to some times, RGB, in the order of the times.

    Parameters
    ----------
    path : the recording.
    times_s : when, seconds from its start, rising.
    side_px : length of the longer side of each picture.

    Raises
    ------
    SourceError
        The recording cannot be read.
    """
    found: list[NDArray[np.uint8]] = []
    with open_video(path, max_side_px=side_px) as video:
        image = None
        for frame in video:
            image = frame.image
            while len(found) < len(times_s) and frame.time_s >= times_s[len(found)]:
                found.append(image)
            if len(found) == len(times_s):
                break
        # The last moments may lie behind the last frame.
        if image is not None:
            found += [image] * (len(times_s) - len(found))
    return found


def strip_jpeg(path: Path, times_s: list[float]) -> bytes:
    """Return the pictures of a recording side by side as one JPEG of at most 60 kB; errors as in `cut_pictures`."""
    pictures = cut_pictures(path, times_s)
    gap = np.full((pictures[0].shape[0], _GAP_PX, 3), 255, np.uint8)
    row = [part for picture in pictures for part in (gap, picture)][1:]
    return jpeg_of(np.hstack(row), most_bytes=MOST_BYTES)


def jpeg_of(picture: NDArray[np.uint8], *, most_bytes: int) -> bytes:
    """Return an RGB picture as a JPEG, in the best quality that fits."""
    content = b""
    for quality in _QUALITIES:
        _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
        content = jpeg.tobytes()
        if len(content) <= most_bytes:
            break
    return content
