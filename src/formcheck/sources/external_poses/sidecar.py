"""How large the picture was that others' poses were found in, and how fast it was filmed, where their files lack it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formcheck.core.errors import SourceError

_USUAL = [(640, 480), (1280, 720), (1920, 1080), (3840, 2160)]
USUAL_SIZES = [size for wide in _USUAL for size in (wide, wide[::-1])]
"""What cameras make, smallest first, lying and upright."""
MOST_PX, MOST_FPS = 100_000, 10_000.0


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a JSON file beside the poses says of the recording; None where it says nothing."""

    size_px: tuple[int, int] | None = None
    fps: float | None = None


def find_sidecar_path(path: Path) -> Path:
    """Return where the file lies that may tell size and rate: the same name, ending in .json."""
    return path.with_suffix(".json") if path.is_file() else path.parent / f"{path.resolve().name}.json"


def read_sidecar(path: Path) -> Sidecar:
    """Return what is said beside the poses at `path`, an empty one where nothing lies there.

    Raises
    ------
    SourceError
        Where a file lies there that says something else.
    """
    beside = find_sidecar_path(path)
    try:
        told = json.loads(beside.read_text("utf-8-sig"))
    except FileNotFoundError:
        return Sidecar()
    except (OSError, ValueError, RecursionError):
        raise _bad_sidecar(beside, "a file that is not JSON") from None
    if not isinstance(told, dict):
        raise _bad_sidecar(beside, "no object")
    width, height, fps = (_read_sidecar_number(beside, told, key) for key in ("width", "height", "fps"))
    if (width is None) != (height is None):
        raise _bad_sidecar(beside, "only one of width and height")
    if width is None or height is None:
        return Sidecar(None, fps)
    if not all(1 <= side <= MOST_PX and side == int(side) for side in (width, height)):
        raise _bad_sidecar(beside, f"a picture of {width:g}×{height:g}")
    return Sidecar((int(width), int(height)), fps)


def _read_sidecar_number(beside: Path, told: dict[str, Any], key: str) -> float | None:
    value = told.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= max(MOST_PX, MOST_FPS):
        raise _bad_sidecar(beside, f"{key} = {json.dumps(value)[:40]}")
    return float(value)


def _bad_sidecar(beside: Path, came: str) -> SourceError:
    what = 'expected {"width": 1920, "height": 1080, "fps": 30} beside the poses'
    return SourceError(f"{beside.name}: {what}, got {came}; correct or remove it")


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
