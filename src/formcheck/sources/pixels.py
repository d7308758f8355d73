"""Decoded pictures of any format → upright 8-bit RGB arrays of the wanted size."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

import av
import cv2
import numpy as np
from av.sidedata.sidedata import SideDataContainer
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

Turn = tuple[int, int, int, int]
"""A turn or mirroring of a picture: (a, b, c, d), each -1, 0 or 1.

The stored point (x, y) is shown at (a x + c y, b x + d y), y down.
"""

UPRIGHT: Turn = (1, 0, 0, 1)
QUARTER_TURNS: dict[int, Turn] = {0: UPRIGHT, 90: (0, -1, 1, 0), 180: (-1, 0, 0, -1), 270: (0, 1, -1, 0)}
"""Turn of a rotation in degrees, anticlockwise."""
EXIF_TURNS: dict[int, Turn] = {
    1: UPRIGHT, 2: (-1, 0, 0, 1), 3: (-1, 0, 0, -1), 4: (1, 0, 0, -1),
    5: (0, 1, 1, 0), 6: (0, 1, -1, 0), 7: (0, -1, -1, 0), 8: (0, -1, 1, 0),
}  # fmt: skip
"""Turn of each value of the EXIF tag Orientation."""

_UNSPECIFIED_COLOUR = 2
_TRC_PQ, _TRC_HLG = 16, 18
_HD_HEIGHT_PX = 720
"""Height from which video without a colour tag is BT.709; below it is BT.601.

Players assume the same.
"""


def turn_of_frame(frame: av.VideoFrame, rotate_tag: str | None) -> Turn:
    """Return how a frame is turned for display.

    The display matrix takes precedence. The `rotate` tag of old files (degrees, clockwise) is used if there is no
    matrix.
    """
    try:
        # `frame.side_data` would make frame and container refer to each other: pictures would wait for the collector.
        matrix: Any = SideDataContainer(frame).get("DISPLAYMATRIX")  # type: ignore[call-arg] # its stub forgets it
        if matrix is not None:
            return _find_nearest_turn(np.frombuffer(bytes(matrix), np.int32)[[0, 1, 3, 4]])
    except ValueError:
        # Side data of a kind that this PyAV does not know (EXIF) hides all the rest; the angle is still there.
        return QUARTER_TURNS[round(frame.rotation / 90) * 90 % 360]
    try:
        return QUARTER_TURNS[round(-float(rotate_tag or 0) / 90) * 90 % 360]
    except (ValueError, OverflowError):
        return UPRIGHT


def _find_nearest_turn(matrix: NDArray[np.int32]) -> Turn:
    a, b, c, d = (int(v) for v in matrix)
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return (-1 if a < 0 else 1, 0, 0, -1 if d < 0 else 1)
    return (0, -1 if b < 0 else 1, -1 if c < 0 else 1, 0)


@dataclass(frozen=True)
class Picture:
    """How the pictures of one recording become RGB arrays.

    Parameters
    ----------
    stored_px : (width, height) as stored.
    pixel_aspect : width of a pixel over its height.
    turn : how the stored picture is turned for display.
    max_side_px : bound of the longer side of the array; None keeps the size.
    canvas_px : (width, height) of the array, if the picture is fitted into one of another shape; see `refit`.
    """

    stored_px: tuple[int, int]
    pixel_aspect: Fraction = Fraction(1)
    turn: Turn = UPRIGHT
    max_side_px: int | None = None
    canvas_px: tuple[int, int] | None = None
    _scaler: VideoReformatter = field(default_factory=VideoReformatter, repr=False, compare=False)

    @property
    def size_px(self) -> tuple[int, int]:
        """Return (width, height) of the upright picture with square pixels, at full size."""
        width, height = self._square_px
        return (width, height) if self.turn[0] else (height, width)

    @property
    def _square_px(self) -> tuple[int, int]:
        aspect = float(self.pixel_aspect)
        # Beyond 4:1 the tag is damaged, and within 1 % it is a rounding error of an encoder: not worth a blur.
        if not 0.25 <= aspect <= 4 or abs(aspect - 1) < 0.01:
            aspect = 1.0
        return max(1, round(self.stored_px[0] * aspect)), self.stored_px[1]

    def refit(self, stored_px: tuple[int, int], turn: Turn) -> Picture:
        """Return the same for pictures of another size or turn.

        They are fitted into the array of this one: proportions are kept, the rest is black. A body must not become
        wider because a phone was turned.
        """
        width, height = self._scaled_px()
        canvas_px = (width, height) if self.turn[0] else (height, width)
        return Picture(stored_px, self.pixel_aspect, turn, self.max_side_px, canvas_px)

    def _scaled_px(self) -> tuple[int, int]:
        width, height = self._square_px
        if self.canvas_px is not None:
            canvas = self.canvas_px if self.turn[0] else self.canvas_px[::-1]
            scale = min(canvas[0] / width, canvas[1] / height)
            return max(1, min(canvas[0], round(width * scale))), max(1, min(canvas[1], round(height * scale)))
        if self.max_side_px is None or max(width, height) <= self.max_side_px:
            return width, height
        scale = self.max_side_px / max(width, height)
        return max(1, round(width * scale)), max(1, round(height * scale))

    def to_rgb(self, frame: av.VideoFrame) -> NDArray[np.uint8]:
        """Return the upright picture, (H, W, 3) uint8 RGB.

        It is scaled while it is converted: a small picture costs far less than converting at full size and scaling
        afterwards.
        """
        width, height = self._scaled_px()
        tone = _make_tone_table(getattr(frame, "color_trc", _UNSPECIFIED_COLOUR))
        hd_untagged = frame.colorspace == _UNSPECIFIED_COLOUR and frame.height >= _HD_HEIGHT_PX
        # Pictures (full range) without a tag are BT.601 at every size, as JPEG is.
        full_range = frame.format.name.startswith("yuvj") or frame.color_range == 2
        rgb = self._scaler.reformat(
            frame,
            width=width,
            height=height,
            format="rgb24" if tone is None else "rgb48le",
            src_colorspace=Colorspace.ITU709 if hd_untagged and not full_range else None,
            # Averaging keeps thin limbs of a large picture, where two taps would skip them.
            interpolation=Interpolation.AREA if width < frame.width else Interpolation.BILINEAR,
        ).to_ndarray()
        image = rgb.astype(np.uint8, copy=False) if tone is None else tone[rgb.astype(np.uint16, copy=False)]
        upright = turn_picture(image, self.turn)
        return upright if self.canvas_px is None else _place_on_canvas(upright, self.canvas_px)


THUMBNAIL_PX = (80, 60)
"""Width and height of a small picture that shows whether something moved: a twentieth of a trunk in each pixel."""


def make_thumbnail(frame: av.VideoFrame) -> NDArray[np.uint8]:
    """Return the brightness of a decoded picture, (60, 80) uint8, as it is stored.

    Averaging takes the camera's noise away, so that two thumbnails differ only where something moved.
    """
    width, height = THUMBNAIL_PX
    if frame.format.name in _BRIGHTNESS_FIRST:
        plane = frame.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
        return np.asarray(cv2.resize(rows, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    small = frame.reformat(width=width, height=height, format="gray", interpolation=Interpolation.AREA)
    return np.asarray(small.to_ndarray(), np.uint8)


_BRIGHTNESS_FIRST = {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"}
"""Formats whose first plane has the brightness of each pixel, one byte each."""


def _place_on_canvas(image: NDArray[np.uint8], canvas_px: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the image in the middle of a black one."""
    height, width = image.shape[:2]
    if (width, height) == canvas_px:
        return image
    canvas = np.zeros((canvas_px[1], canvas_px[0], 3), np.uint8)
    left, top = (canvas_px[0] - width) // 2, (canvas_px[1] - height) // 2
    canvas[top : top + height, left : left + width] = image
    return canvas


def turn_picture(image: NDArray[np.uint8], turn: Turn) -> NDArray[np.uint8]:
    """Return an image (H, W, 3) as the turn shows it, contiguous."""
    a, b, c, d = turn
    if not a:
        image = image.transpose(1, 0, 2)
    x_sign, y_sign = a or c, d or b
    return np.ascontiguousarray(image[::y_sign, ::x_sign])


@cache
def _make_tone_table(transfer: int) -> NDArray[np.uint8] | None:
    """Return 16-bit HDR code value → 8-bit SDR value for PQ and HLG, else None.

    Notes
    -----
    ITU-R BT.2100 gives the curves; diffuse white (203 cd/m² for PQ, 75 % signal for HLG, BT.2408) becomes 80 % of full
    light and highlights are compressed above 60 %. Each channel is converted separately and without a change of
    primaries: colours become a little pale, which does not disturb a pose model.
    """
    if transfer not in (_TRC_PQ, _TRC_HLG):
        return None
    code = np.linspace(0.0, 1.0, 65536)
    if transfer == _TRC_PQ:
        m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
        root = code ** (1 / m2)
        light = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * 10000 / 203
    else:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
        light = scene**1.2 / 0.265**1.2
    knee = 0.6
    above = np.maximum(light - knee, 0)
    shown = np.minimum(light, knee) + (1 - knee) * above / (above + 1 - knee)
    table: NDArray[np.uint8] = np.round(255 * np.clip(shown, 0, 1) ** (1 / 2.2)).astype(np.uint8)
    return table
