"""How sure each measurement is: half-widths that hold the truth 95 times in 100.

Every half-width is a base that grows with what makes measuring harder: a camera that stands oblique,
landmarks that are hidden, a person who is small in the picture, networks that disagree about where a
joint is. Base and growth were fitted on rendered people, and the base then widened until people who
had no part in the fit were held (``training/README.md``).
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from .joints import TABLE
from .skeleton import INDEX, N_LANDMARKS, SIDES, Side

CAUSES = ("oblique", "hidden", "small", "doubt", "level")
"""What makes a half-width grow; each 0 at its best."""
MID_PARTS = frozenset(INDEX[f"{side}_{part}"] for side in SIDES for part in ("shoulder", "hip", "ear"))
"""The far one of these is always hidden in a side view, and only enters through a mid point."""
_WIDEST = math.log(4.0)
"""No half-width grows to more than four times its base."""


def role_name(name: str, near: Side) -> str:
    """Return a measurement's name with near and far instead of left and right.

    Examples
    --------
    >>> role_name("knee_left_deg", "right")
    'knee_far_deg'
    """
    far = "right" if near == "left" else "left"
    return name.replace(f"_{near}_", "_near_").replace(f"_{far}_", "_far_")


@cache
def _table() -> dict[str, list[float]]:
    text = resources.files("formcheck.core").joinpath("uncertainty.json").read_text("utf-8")
    return {name: row for name, row in json.loads(text).items() if name != "about"}


@cache
def _fitted(near: Side) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Log base (n,), growth (n, causes) and whether there is a fit (n,), in the order of `TABLE`."""
    rows = [_table().get(role_name(name, near)) for name in TABLE]
    known = np.array([row is not None for row in rows])
    table = np.array([row or [0.0] * (1 + len(CAUSES)) for row in rows])
    return table[:, 0], table[:, 1:], known


@cache
def _parts() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Which landmarks a measurement takes, (n, 33): those whose hiding counts, and all."""
    every, own = np.zeros((len(TABLE), N_LANDMARKS)), np.zeros((len(TABLE), N_LANDMARKS))
    for i, row in enumerate(TABLE.values()):
        every[i, list(row.index)] = 1
        own[i, [k for k in row.index if k not in MID_PARTS]] = 1
    return own, every


def general_causes(yaw_deg: float, share: float, level: float) -> tuple[float, float, float]:
    """Return oblique, small and level, which are alike for all measurements of a picture.

    Parameters
    ----------
    yaw_deg : camera yaw.
    share : the person's part of the picture's width or height, 0..1.
    level : 0 = the trunk stands upright, 1 = it lies level.
    """
    oblique = min(60.0, max(0.0, yaw_deg)) / 30 if math.isfinite(yaw_deg) else 1.0
    small = max(0.0, math.log(0.6 / max(share, 0.05))) if math.isfinite(share) else 1.0
    return oblique, small, level


def causes(
    visibility: NDArray[np.floating], doubt_tl: NDArray[np.float64], *, yaw_deg: float, share: float, level: float
) -> NDArray[np.float64]:
    """Return what makes each measurement of `TABLE` harder, (n, causes)."""
    own, every = _parts()
    oblique, small, level = general_causes(yaw_deg, share, level)
    out = np.empty((len(TABLE), len(CAUSES)))
    out[:, 0] = oblique
    out[:, 1] = (own * (1.0 - np.asarray(visibility, np.float64))).max(axis=1)
    out[:, 2] = small
    out[:, 3] = np.log1p((every * doubt_tl).max(axis=1) / 0.02)
    out[:, 4] = level
    return out


def half_widths(
    visibility: NDArray[np.floating],
    doubt_tl: NDArray[np.float64],
    *,
    near: Side,
    yaw_deg: float,
    share: float,
    level: float,
) -> dict[str, float]:
    """Return name -> half-width of every measurement of `TABLE` that was fitted.

    Parameters
    ----------
    visibility : (33,) 0..1.
    doubt_tl : (33,) how far the networks disagree, see `correction.Corrected`.
    near : side next to the camera.
    yaw_deg, share, level : see `general_causes`.
    """
    base, growth, known = _fitted(near)
    grown = (growth * causes(visibility, doubt_tl, yaw_deg=yaw_deg, share=share, level=level)).sum(axis=1)
    widths = np.exp(base + np.clip(grown, -_WIDEST, _WIDEST)).tolist()
    return {name: width for name, width, is_known in zip(TABLE, widths, known.tolist(), strict=True) if is_known}


BACK_CAUSES = ("oblique", "small", "folded", "bent", "doubt")
"""What makes the half-width of a measurement of the back grow."""


def back_causes(
    *, yaw_deg: float, share: float, folded_deg: float, bent: float, doubt_deg: float = 0.0
) -> tuple[float, ...]:
    """Return what makes a measurement of the back harder, in the order of `BACK_CAUSES`.

    Parameters
    ----------
    yaw_deg, share : see `general_causes`.
    folded_deg : how far the hip has folded since the own neutral; NaN where not seen.
    bent : the measurement itself: degrees, or % of the chord.
    doubt_deg : how far the networks disagree.
    """
    oblique, small, _ = general_causes(yaw_deg, share, 0.0)
    folded = abs(folded_deg) / 50 if math.isfinite(folded_deg) else 0.5
    return oblique, small, folded, abs(bent) / 50, math.log1p(doubt_deg / 2)


def back_half_width(name: str, harder: tuple[float, ...]) -> float:
    """Return the half-width of a measurement of the back, from its `back_causes`; NaN where none was fitted."""
    row = _table().get(name)
    if row is None:
        return math.nan
    grown = sum(w * h for w, h in zip(row[1:], harder, strict=True))
    return math.exp(row[0] + min(_WIDEST, max(-_WIDEST, grown)))
