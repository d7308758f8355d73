"""Picture size and frame rate for poses of other programs whose files lack them."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formcheck.core.errors import SourceError

from ..files.regular_files import open_text
from .text_files import show_name

_USUAL = [(640, 480), (1280, 720), (1920, 1080), (3840, 2160)]
USUAL_SIZES = [size for wide in _USUAL for size in (wide, wide[::-1])]
"""Usual camera sizes, smallest first, landscape and portrait."""
_MOST_CHARACTERS = 1_000_000
MOST_PX, MOST_FPS = 100_000, 10_000.0


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The content of a JSON file next to the poses; None for missing values."""

    size_px: tuple[int, int] | None = None
    fps: float | None = None


def find_sidecar_path(path: Path) -> Path:
    """Return the path of the file that may give size and rate.

    It has the same name, ending in .json.
    """
    return path.with_suffix(".json") if path.is_file() else path.parent / f"{path.resolve().name}.json"


def read_sidecar(path: Path) -> Sidecar:
    """Return the content of the file next to the poses at `path`.

    Empty if there is no such file.

    Raises
    ------
    SourceError
        If such a file exists but has other content.
    """
    sidecar_path = find_sidecar_path(path)
    try:
        with open_text(sidecar_path, encoding="utf-8-sig") as file:
            content = json.loads(file.read(_MOST_CHARACTERS))
    except FileNotFoundError:
        return Sidecar()
    except (OSError, ValueError, RecursionError):
        raise _bad_sidecar(sidecar_path, "a file that is not JSON") from None
    if not isinstance(content, dict):
        raise _bad_sidecar(sidecar_path, "JSON that is not an object")
    width, height, fps = (_read_sidecar_number(sidecar_path, content, key) for key in ("width", "height", "fps"))
    if (width is None) != (height is None):
        raise _bad_sidecar(sidecar_path, "only one of width and height")
    if width is None or height is None:
        return Sidecar(None, fps)
    if not all(1 <= side <= MOST_PX and side == int(side) for side in (width, height)):
        raise _bad_sidecar(sidecar_path, f"a picture of {width:g}×{height:g}")
    return Sidecar((int(width), int(height)), fps)


def _read_sidecar_number(sidecar_path: Path, content: dict[str, Any], key: str) -> float | None:
    value = content.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= max(MOST_PX, MOST_FPS):
        raise _bad_sidecar(sidecar_path, f"{key} = {json.dumps(value)[:40]}")
    return float(value)


def _bad_sidecar(sidecar_path: Path, came: str) -> SourceError:
    what = 'expected {"width": 1920, "height": 1080, "fps": 30} next to the poses'
    return SourceError(f"{show_name(sidecar_path)}: {what}, got {came}; correct or remove it")


def choose_usual_size(reach_px: tuple[float, float]) -> tuple[int, int]:
    """Return the smallest usual picture that holds all points.

    Parameters
    ----------
    reach_px : largest x and largest y of all points.

    Examples
    --------
    >>> choose_usual_size((900.0, 500.0)), choose_usual_size((700.0, 1000.0)), choose_usual_size((5000.0, 200.0))
    ((1280, 720), (720, 1280), (5000, 200))
    """
    x, y = reach_px
    fits = (size for size in USUAL_SIZES if x <= size[0] and y <= size[1])
    return next(fits, (max(1, math.ceil(x)), max(1, math.ceil(y))))
