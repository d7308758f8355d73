"""Uncertainty of each measurement: half-widths that hold the truth 95 times in 100.

Every half-width is a base that grows with the causes that make measuring harder: an oblique camera, hidden landmarks, a
person who is small in the picture, networks that disagree about a joint. Base and growth were fitted on rendered
people; the base was then widened until it also held for people who were not part of the fit (``training/README.md``).
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from formcheck.core.skeleton import INDEX, N_LANDMARKS, SIDES, Side

from .joint_angles import MEASUREMENTS
from .networks import DEFAULT_NETWORK, name_network_file

CAUSES = ("oblique", "hidden", "small", "doubt", "level")
"""The causes that make a half-width grow; each is 0 at its best."""
MID_PARTS = frozenset(INDEX[f"{side}_{part}"] for side in SIDES for part in ("shoulder", "hip", "ear"))
"""The far one of these is always hidden in a side view.

It is used only in a mid point.
"""
_WIDEST = math.log(4.0)
"""No half-width grows to more than four times its base."""


def name_role(name: str, near: Side) -> str:
    """Return a measurement's name with near and far instead of left and right.

    Examples
    --------
    >>> name_role("knee_left_deg", "right")
    'knee_far_deg'
    """
    far = "right" if near == "left" else "left"
    return name.replace(f"_{near}_", "_near_").replace(f"_{far}_", "_far_")


@cache
def _load_table(network: str) -> dict[str, list[float]]:
    text = (
        resources.files("formcheck.core.measure")
        .joinpath(name_network_file("uncertainty.json", network))
        .read_text("utf-8")
    )
    return {name: row for name, row in json.loads(text).items() if name != "about"}


@cache
def _load_fitted(
    near: Side, network: str
) -> tuple[list[str], NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Return the fitted measurements.

    Names (n), their rows in `MEASUREMENTS` (n,), log base (n,) and growth (n, causes).
    """
    rows = {name: _load_table(network).get(name_role(name, near)) for name in MEASUREMENTS}
    index = np.flatnonzero([row is not None for row in rows.values()])
    table = np.array([row for row in rows.values() if row is not None])
    return [name for name, row in rows.items() if row is not None], index, table[:, 0], table[:, 1:]


@cache
def _list_landmarks() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the landmarks that each measurement takes, (most, n).

    Filled up with `N_LANDMARKS`: first those whose hiding counts, then all.
    """
    most = max(len(row.index) for row in MEASUREMENTS.values())
    own, every = (np.full((most + 1, len(MEASUREMENTS)), N_LANDMARKS) for _ in range(2))
    for i, row in enumerate(MEASUREMENTS.values()):
        hiding = [k for k in row.index if k not in MID_PARTS]
        own[: len(hiding), i], every[: len(row.index), i] = hiding, row.index
    return own, every


def compute_general_causes(yaw_deg: float, share: float, level: float) -> tuple[float, float, float]:
    """Return oblique, small and level, which all measurements of a picture share.

    Parameters
    ----------
    yaw_deg : camera yaw.
    share : the person's share of the picture's width or height, 0..1.
    level : 0 = the trunk is upright, 1 = it is level.
    """
    oblique = min(60.0, max(0.0, yaw_deg)) / 30 if math.isfinite(yaw_deg) else 1.0
    small = max(0.0, math.log(0.6 / max(share, 0.05))) if math.isfinite(share) else 1.0
    return oblique, small, level


def compute_causes(
    visibility: NDArray[np.floating], doubt_tl: NDArray[np.float64], *, yaw_deg: float, share: float, level: float
) -> NDArray[np.float64]:
    """Return the causes for each measurement of `MEASUREMENTS`, (n, causes)."""
    own, every = _list_landmarks()
    oblique, small, level = compute_general_causes(yaw_deg, share, level)
    out = np.empty((len(MEASUREMENTS), len(CAUSES)))
    # the last column means no landmark
    hidden, doubted = np.zeros((2, N_LANDMARKS + 1))
    hidden[:-1] = 1.0 - np.asarray(visibility, np.float64)
    doubted[:-1] = doubt_tl
    out[:, 0] = oblique
    out[:, 1] = hidden[own].max(axis=0)
    out[:, 2] = small
    out[:, 3] = np.log1p(doubted[every].max(axis=0) / 0.02)
    out[:, 4] = level
    return out


def compute_half_widths(
    visibility: NDArray[np.floating],
    doubt_tl: NDArray[np.float64],
    *,
    near: Side,
    yaw_deg: float,
    share: float,
    level: float,
    network: str = DEFAULT_NETWORK,
) -> dict[str, float]:
    """Return name -> half-width of every fitted measurement of `MEASUREMENTS`.

    Parameters
    ----------
    visibility : (33,) 0..1.
    doubt_tl : (33,) how far the networks disagree, see `correction.Corrected`.
    near : side next to the camera.
    yaw_deg, share, level : see `compute_general_causes`.
    network : the network whose corrections were used.
    """
    names, index, base, growth = _load_fitted(near, network)
    harder = compute_causes(visibility, doubt_tl, yaw_deg=yaw_deg, share=share, level=level)[index]
    grown = (growth * harder).sum(axis=1)
    widths = np.exp(base + np.minimum(np.maximum(grown, -_WIDEST), _WIDEST))
    return dict(zip(names, widths.tolist(), strict=True))


BACK_CAUSES = ("oblique", "small", "folded", "bent", "doubt")
"""The causes that make the half-width of a back measurement grow."""


def compute_back_causes(
    *, yaw_deg: float, share: float, folded_deg: float, bent: float, doubt_deg: float = 0.0
) -> tuple[float, ...]:
    """Return the causes for a back measurement, in the order of `BACK_CAUSES`.

    Parameters
    ----------
    yaw_deg, share : see `compute_general_causes`.
    folded_deg : how far the hip has folded since the own neutral; NaN if not seen.
    bent : the measurement itself: degrees, or % of the chord.
    doubt_deg : how far the networks disagree.
    """
    oblique, small, _ = compute_general_causes(yaw_deg, share, 0.0)
    folded = abs(folded_deg) / 50 if math.isfinite(folded_deg) else 0.5
    return oblique, small, folded, abs(bent) / 50, math.log1p(doubt_deg / 2)


def compute_back_half_width(name: str, harder: tuple[float, ...], network: str = DEFAULT_NETWORK) -> float:
    """Return the half-width of a back measurement from its `compute_back_causes`.

    NaN if it has no fit.
    """
    row = _load_table(network).get(name)
    if row is None:
        return math.nan
    grown = sum([w * h for w, h in zip(row[1:], harder, strict=True)])
    return math.exp(row[0] + min(_WIDEST, max(-_WIDEST, grown)))
