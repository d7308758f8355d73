"""Draw text on translucent plates: readable on any picture, drawn once and cached."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from formcheck.core.display import STATE_STYLES, DisplayState

PLATE_RGB = (16, 18, 22)
PLATE_ALPHA = 0.74
"""White text on this plate has a contrast of at least 7:1, even where the picture behind it is white."""
INK_RGB = (255, 255, 255)
QUIET_RGB = (225, 225, 225)
MIN_TEXT_PX = 6
"""Smaller text cannot be read, so it is not written."""

_FINE = 2
"""Plates are drawn this much larger and then reduced, because Pillow's shapes have hard edges."""


Rect = tuple[float, float, float, float]
"""Left, top, right, bottom, px."""


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """A picture with transparency, ready to be blended.

    Parameters
    ----------
    light : (h, w, 3) uint8, RGB times its own opacity.
    keep : (h, w, 3) uint8, share of the background that stays, 0..255.
    """

    light: NDArray[np.uint8]
    keep: NDArray[np.uint8]

    @property
    def size_px(self) -> tuple[int, int]:
        """Return (width, height)."""
        return self.light.shape[1], self.light.shape[0]


@lru_cache(maxsize=64)
def _load_font(size_px: int, bold: bool) -> ImageFont.FreeTypeFont:  # noqa: FBT001 - a key of the cache
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / name, size_px)


def _break_words(words: list[str], font: ImageFont.FreeTypeFont, width_px: float) -> list[str]:
    """Break words into lines, each as full as fits."""
    lines = [words[0]]
    for word in words[1:]:
        longer = f"{lines[-1]} {word}"
        if font.getlength(longer) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


@lru_cache(maxsize=512)
def break_lines(text: str, size_px: int, width_px: int, *, bold: bool = False) -> tuple[str, ...]:
    """Return the text in as few lines as fit the width, about equally long.

    Parameters
    ----------
    text : words; a word that is wider than the line gets its own line and is not cut.
    size_px : height of the text.
    width_px : width of a line.
    """
    words = text.split()
    if not words:
        return ()
    font = _load_font(size_px, bold)
    lines = _break_words(words, font, width_px)
    for tighter in range(width_px - size_px // 2, 0, -max(1, size_px // 2)):
        tried = _break_words(words, font, tighter)
        if len(tried) > len(lines) or max(map(font.getlength, tried)) > tighter:
            break
        lines = tried
    return tuple(lines)


@lru_cache(maxsize=512)
def make_text_plate(
    lines: tuple[str, ...],
    size_px: int,
    *,
    bold: bool = False,
    icon: DisplayState | None = None,
    ink: tuple[int, int, int] = INK_RGB,
    bare: bool = False,
) -> Plate:
    """Return lines of text on a plate with round corners, cached.

    Parameters
    ----------
    lines : at least one line.
    size_px : height of the text.
    bold, ink : weight and colour of the text.
    icon : state whose shape is drawn left of the text.
    bare : leave out the plate, for text that already has a dark background.
    """
    font = _load_font(size_px * _FINE, bold)
    step, pad = round(1.22 * size_px * _FINE), 0 if bare else round(0.38 * size_px * _FINE)
    icon_px = round(0.86 * size_px * _FINE) if icon else 0
    left = pad + (icon_px + round(0.4 * size_px * _FINE) if icon else 0)
    width = left + round(max(map(font.getlength, lines))) + pad
    height = step * len(lines) + pad
    image = Image.new("RGBA", (width + width % _FINE, height + height % _FINE))
    draw = ImageDraw.Draw(image)
    if not bare:
        radius = round(0.3 * size_px * _FINE)
        draw.rounded_rectangle((0, 0, width - 1, height - 1), radius, fill=(*PLATE_RGB, round(255 * PLATE_ALPHA)))
    for i, line in enumerate(lines):
        draw.text((left, pad / 2 + (i + 0.5) * step), line, font=font, fill=(*ink, 255), anchor="lm")
    if icon:
        draw_icon(draw, icon, (pad + icon_px / 2, pad / 2 + step / 2), icon_px)
    return _make_ready(image)


def _make_ready(image: Image.Image) -> Plate:
    rgba = np.asarray(image.reduce(_FINE), np.float32)
    alpha = rgba[..., 3:] / 255
    keep = np.repeat(255 - rgba[..., 3:], 3, axis=2)
    return Plate((rgba[..., :3] * alpha + 0.5).astype(np.uint8), np.ascontiguousarray(keep.astype(np.uint8)))


def draw_icon(draw: ImageDraw.ImageDraw, state: DisplayState, centre: tuple[float, float], size_px: float) -> None:
    """Draw a state's shape: disc, triangle, square, or a ringed ? or i.

    No font needs to contain it.

    Parameters
    ----------
    centre : (x, y), px.
    size_px : width of the shape.
    """
    (x, y), r = centre, size_px / 2
    fill, edge = STATE_STYLES[state].rgb, max(1, round(size_px * 0.06))
    if state == "warn":
        corners = [(x, y - 0.95 * r), (x + 1.05 * r, y + 0.85 * r), (x - 1.05 * r, y + 0.85 * r)]
        draw.polygon(corners, fill=fill, outline=INK_RGB, width=edge)
    elif state == "fix":
        draw.rectangle((x - 0.9 * r, y - 0.9 * r, x + 0.9 * r, y + 0.9 * r), fill=fill, outline=INK_RGB, width=edge)
    else:
        draw.ellipse((x - r, y - r, x + r, y + r), fill=fill, outline=INK_RGB, width=edge)
    if state in {"cannot_tell", "info"}:
        font = _load_font(max(1, round(1.5 * r)), bold=True)
        draw.text((x, y), STATE_STYLES[state].icon, font=font, fill=INK_RGB, anchor="mm")


def blend(image: NDArray[np.uint8], plate: Plate, x: float, y: float) -> Rect:
    """Blend a plate into the picture (H, W, 3), upper left corner at (x, y).

    Parts outside the picture are cut.

    Returns
    -------
    The place of the plate.
    """
    left, top = round(x), round(y)
    width, height = plate.size_px
    where = (left, top, left + width, top + height)
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(image.shape[1], left + width), min(image.shape[0], top + height)
    if x0 >= x1 or y0 >= y1:
        return where
    part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    behind = image[y0:y1, x0:x1]
    image[y0:y1, x0:x1] = cv2.add(cv2.multiply(behind, plate.keep[part], scale=1 / 255), plate.light[part])
    return where
