"""Who and what a rendered clip shows, as a person would ask of themselves: skin, face, cloth, light, body."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.setting import HEIGHT_BINS, UNKNOWN, Truth, bin_of
from studio.worlds import WORLDS, make_body, make_clothes

SKIN_BINS = ((45.0, "dark skin"), (58.0, "brown skin"), (75.0, "medium skin"), (math.inf, "light skin"))
TOP_BINS = ((45.0, "dark top"), (70.0, "top of middle brightness"), (math.inf, "light top"))
"""By lightness L* of the surface's own colour, 0 (black) .. 100 (white)."""
PICTURE_BINS = ((80.0, "dim picture"), (140.0, "picture of middle brightness"), (math.inf, "bright picture"))
CONTRAST_BINS = ((20.0, "top like the background"), (50.0, "top a little different"), (math.inf, "top very different"))
"""Grey levels, 0..255, between the middle of the trunk and the background of the back."""
BODY_BINS = ((0.4, "light body"), (0.6, "body of middle weight"), (math.inf, "heavy body"))
SEX_BINS = ((0.5, "female body"), (math.inf, "male body"))
"""On the body model's own scales, 0..1."""
FACES = {"open": "open face", "mask": "mask", "scarf": "scarf round the head", "hair": "hair over the cheeks"}
SLEEVES = {"none": "no sleeves", "short": "short sleeves", "long": "long sleeves"}
_BEHIND_TL = 0.45
"""So far behind the trunk's middle the background is looked at, trunk lengths."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Grey levels of one picture of a clip, 0..255; NaN where nobody is in it."""

    whole: float = math.nan
    top: float = math.nan
    background: float = math.nan


def look_of(truth: Truth) -> Mapping[str, Any]:
    """Return the colours and the face of the rendered person; empty where they are not known.

    Older clips do not say it. Their seed draws it again, and body and clothes must then be those of the clip.
    """
    if "look" in truth:
        return truth["look"]
    if truth.get("world") not in WORLDS or "seed" not in truth:
        return {}
    rng = np.random.default_rng(truth["seed"])
    body = make_body(rng, truth["world"])
    fit, clothes = make_clothes(rng, truth["world"])
    same_body = all(abs(truth["body"][key] - float(body.params[key])) < 2e-3 for key in ("gender", "weight", "age"))
    same_clothes = (truth["clothing"]["fit"], truth["clothing"]["top"]) == (fit, clothes["sleeve"])
    return {**clothes, "face": "open"} if same_body and same_clothes else {}


def lightness(rgb: Any) -> float:
    """Return the lightness L* of a linear colour, 0..100.

    Examples
    --------
    >>> round(lightness((1, 1, 1))), round(lightness((0.18, 0.18, 0.18))), round(lightness((0, 0, 0)))
    (100, 49, 0)
    """
    luminance = float(np.dot(rgb, (0.2126, 0.7152, 0.0722)))
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


def look_at(clip: Path, truth: Truth) -> Picture:
    """Return the grey levels of the picture in the middle of a clip."""
    middle = len(truth["frames"]["time_s"]) // 2
    with av.open(str(clip)) as film:
        grey = next(f.to_ndarray(format="gray") for i, f in enumerate(film.decode(video=0)) if i == middle)
    return measure_picture(grey, truth, middle)


def measure_picture(grey: NDArray[np.uint8], truth: Truth, frame: int) -> Picture:
    """Return the grey levels of one picture: of the whole, of the top, and of what lies behind the back.

    Parameters
    ----------
    grey : (height, width), 0..255.
    frame : which of the truth's frames it is.
    """
    whole, course, near = float(grey.mean()), truth["frames"], truth.get("near_side", "right")
    ends = [course.get("joints_px", {}).get(f"{part}_{near}", {frame: None}) for part in ("hip", "shoulder")]
    hip, shoulder = (np.array(end[frame], float) if end[frame] is not None else None for end in ends)
    if hip is None or shoulder is None:
        return Picture(whole)
    along = shoulder - hip
    # a person who looks to the right has the back on the left: a quarter turn of the trunk, against the clock
    back = np.array([along[1], -along[0]]) * (1 if truth.get("facing_image") == "right" else -1)
    middle = hip + 0.55 * along
    return Picture(whole, _level(grey, middle), _level(grey, middle + _BEHIND_TL * back))


def _level(grey: NDArray[np.uint8], at: NDArray[np.float64], reach: int = 4) -> float:
    x, y = (round(float(v)) for v in at)
    part = grey[max(0, y - reach) : max(0, y + reach + 1), max(0, x - reach) : max(0, x + reach + 1)]
    return float(np.median(part)) if part.size else math.nan


# Groups ---------------------------------------------------------------------------------------------------------------


def _skin(truth: Truth, picture: Picture) -> str:  # noqa: ARG001 - every label is asked alike
    look = look_of(truth)
    return bin_of(lightness(look["skin"]), SKIN_BINS) if look else UNKNOWN


def _skin_and_light(truth: Truth, picture: Picture) -> str:
    skin, light = _skin(truth, picture), _light(truth, picture)
    return (
        "dark or brown skin in a dim picture" if skin.startswith(("dark", "brown")) and light == "dim picture" else ""
    )


def _top(truth: Truth, picture: Picture) -> str:  # noqa: ARG001
    look = look_of(truth)
    return bin_of(lightness(look["shirt"]), TOP_BINS) if look else UNKNOWN


def _contrast(truth: Truth, picture: Picture) -> str:  # noqa: ARG001
    return bin_of(abs(picture.top - picture.background), CONTRAST_BINS)


def _light(truth: Truth, picture: Picture) -> str:  # noqa: ARG001
    return bin_of(picture.whole, PICTURE_BINS)


def _face(truth: Truth, picture: Picture) -> str:  # noqa: ARG001
    look = look_of(truth)
    return FACES[look.get("face", "open")] if look else UNKNOWN


def _fit(truth: Truth, picture: Picture) -> str:  # noqa: ARG001
    return f"{truth['clothing']['fit']} top"


def _sleeves(truth: Truth, picture: Picture) -> str:  # noqa: ARG001
    return SLEEVES[truth["clothing"]["top"]]


def _body(key: str, bins: tuple[tuple[float, str], ...]) -> Callable[[Truth, Picture], str]:
    return lambda truth, _: bin_of(truth["body"].get(key), bins)


GROUPS: dict[str, Callable[[Truth, Picture], str]] = {
    "skin": _skin,
    "skin and light": _skin_and_light,
    "face": _face,
    "light": _light,
    "colour of the top": _top,
    "top against the background": _contrast,
    "cut of the top": _fit,
    "sleeves": _sleeves,
    "weight": _body("weight", BODY_BINS),
    "sex of the body": _body("gender", SEX_BINS),
    "height": _body("height_m", HEIGHT_BINS),
}
"""What is asked of each clip -> its group; empty or not known: it is in none."""
ORDER = [
    *(name for bins in (SKIN_BINS, PICTURE_BINS, TOP_BINS, CONTRAST_BINS) for _, name in bins),
    "dark or brown skin in a dim picture",
    *FACES.values(), *SLEEVES.values(), "tight top", "normal top", "loose top", "baggy top",
    *(name for bins in (BODY_BINS, SEX_BINS, HEIGHT_BINS) for _, name in bins),
]  # fmt: skip
"""The order in which groups stand in a table."""


def groups_of(clip: Path, truth: Truth) -> dict[str, str]:
    """Return what is asked -> the group of this clip; an empty room is in no group."""
    if not truth["movement"]:
        return {}
    picture = look_at(clip, truth)
    found = {name: group(truth, picture) for name, group in GROUPS.items()}
    return {name: group for name, group in found.items() if group not in ("", UNKNOWN)}
