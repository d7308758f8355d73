"""From the back's contour to its curve and bend.

Two views of the same edge: `back_curve` is geometry (the largest distance between contour and chord,
signed), `back_bend_deg` an estimate in degrees by a linear model that was trained on rendered bodies
and reads the contour alone, because landmark ratios did not carry over to unseen postures.
"""

from __future__ import annotations

import json
import math
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from .contour import TrunkAxis
from .records import BACK_T

GRID: NDArray[np.float64] = np.round(np.arange(-0.20, 1.09, 0.04), 2)
"""Where the contour descriptor is sampled (33,), trunk lengths from the hip towards the shoulder."""

BEND_UNCERTAINTY_DEG = 16.0
"""95 % half-width with the own neutral, on rendered side views of 9 movements (``benchmarks/accuracy.py``)."""
BEND_NO_NEUTRAL_UNCERTAINTY_DEG = 23.0
"""90 % half-width without it; real people may lie further out."""
BEND_RANGE_DEG = (-60.0, 110.0)
"""The linear models run away beyond what a back can do; estimates are clipped to this."""
CURVE_UNCERTAINTY_PCT = 6.0

PLAUSIBLE_NEUTRAL_DEG = 32.0
"""A start posture that reads rounder than this cannot be taken as anyone's neutral: upright rendered
starts read -43 to 17 and side-on lifters with a correct back up to 40 without their own neutral."""

HIDDEN_EDGE = "the edge of the back is hidden or blurred"
COVERED_EDGE = "something covers the edge of the back"

_SLOPE, _HIP_GAIN, _OFFSET_DEG = 1.135, 0.162, -2.5
"""Correction for the change of hip angle since the neutral: folding at the hip draws the buttocks' edge
out and reads as 10-16 degrees of rounding in a flat-backed hinge. Fitted on 3,730 frames of 9 movements;
leaving a movement out of the fit the error falls from 7.8 to 6.8 degrees."""


@cache
def _between(low: float, high: float) -> slice:
    """The samples of `BACK_T` from low to high, both included."""
    return slice(int(np.searchsorted(BACK_T, low - 1e-9)), int(np.searchsorted(BACK_T, high + 1e-9)))


_CORE = _between(-0.1, 0.9)
"""The part that must be seen nearly whole."""
_MAX_GAPS = 0.10
_LEAST_KNOWN = 0.8
_MAX_STEP_TL = 0.06
"""A larger step from one sample to the next is an arm, hair or cloth on the contour."""
_GRID_INDEX = np.searchsorted(BACK_T, GRID - 1e-9)


@cache
def _models() -> dict[str, tuple[NDArray[np.float64], float]]:
    text = resources.files("formcheck.core").joinpath("back_model.json").read_text("utf-8")
    return {
        name: (np.array(model["coef"]), float(model["intercept"]))
        for name, model in json.loads(text).items()
        if name != "about"
    }


def _predict(name: str, inputs: NDArray[np.float64]) -> float:
    coef, intercept = _models()[name]
    return float((coef * inputs).sum() + intercept)


def contour_offsets(back_xy_px: NDArray[np.floating], axis: TrunkAxis) -> NDArray[np.float64]:
    """Return the distance of the contour from the trunk axis, (71,), trunk lengths, + = outwards."""
    points, along_px = np.asarray(back_xy_px, np.float64), BACK_T * axis.length_px
    x = points[:, 0] - axis.hip[0] - along_px * axis.along[0]
    y = points[:, 1] - axis.hip[1] - along_px * axis.along[1]
    return np.asarray((x * axis.dorsal[0] + y * axis.dorsal[1]) / axis.length_px)


def spoilt_reason(offsets: NDArray[np.float64]) -> str:
    """Return why this contour cannot be the back's, empty where it can.

    Parameters
    ----------
    offsets : (71,), trunk lengths; NaN where no edge was found.
    """
    core = offsets[_CORE]
    known = np.isfinite(core)
    if 1 - known.mean() > _MAX_GAPS or np.isfinite(offsets).mean() < _LEAST_KNOWN:
        return HIDDEN_EDGE
    if np.abs(np.diff(core[known])).max() > _MAX_STEP_TL:
        return COVERED_EDGE
    return ""


def smoothed(offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the contour as the mean of five neighbours, (71,); gaps are bridged.

    Parameters
    ----------
    offsets : (71,), trunk lengths; NaN where no edge was found, but not everywhere.
    """
    known = np.isfinite(offsets)
    y = offsets if known.all() else np.interp(BACK_T, BACK_T[known], offsets[known])
    y = np.concatenate((y[:1], y[:1], y, y[-1:], y[-1:]))
    return np.asarray((y[:-4] + y[1:-3] + y[2:-2] + y[3:-1] + y[4:]) / 5)


def descriptor(smooth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the smoothed contour (71,) as the models take it: (33,) at `GRID`, trunk lengths, clipped to -0.5..0.9."""
    return np.clip(smooth[_GRID_INDEX], -0.5, 0.9)


def bend_no_neutral_deg(contour: NDArray[np.float64]) -> float:
    """Return the estimated bend of the back from its contour (33,) alone, + = rounded.

    Good for plausibility and for strong findings only: the error is 13 degrees on rendered bodies,
    and hollow backs are not told from neutral ones.
    """
    return _clipped(_predict("no_neutral", contour))


def bend_deg(contour: NDArray[np.float64], neutral: NDArray[np.float64], hip_change_deg: float) -> float:
    """Return the bend of the back against the person's own neutral, + = rounded.

    Parameters
    ----------
    contour, neutral : (33,) descriptors from the same camera position.
    hip_change_deg : trunk-thigh angle now minus that of the neutral, - = more folded; NaN where not seen.
    """
    raw = _predict("own_neutral", np.concatenate([contour, contour - neutral]))
    if not math.isfinite(hip_change_deg):
        return _clipped(raw)
    return _clipped(_SLOPE * raw + _HIP_GAIN * hip_change_deg + _OFFSET_DEG)


def _clipped(bend: float) -> float:
    return min(BEND_RANGE_DEG[1], max(BEND_RANGE_DEG[0], bend))


def curve_pct(smooth: NDArray[np.float64], low: float = 0.0, high: float = 0.9) -> float:
    """Return the signed largest distance of the contour from its own chord, % of the chord, + = rounded.

    Parameters
    ----------
    smooth : (71,), smoothed contour, trunk lengths.
    low, high : ends of the chord, trunk lengths from the hip towards the shoulder.
    """
    part = _between(low, high)
    t, y = BACK_T[part], smooth[part]
    run, rise = float(t[-1] - t[0]), float(y[-1] - y[0])
    chord = math.hypot(run, rise)
    away = (y - (y[0] + rise * (t - t[0]) / run)) * run / chord
    return float(away[np.abs(away).argmax()]) / chord * 100
