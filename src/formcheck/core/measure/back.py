"""From the back's contour to its curve and bend.

All describe the same edge. `back_curve` and `back_turn` are geometry: the signed largest distance between contour and
chord, and how far the edge turns from hip to shoulder. `back_bend_deg` is an estimate in degrees by small networks that
were trained on rendered people; their inputs are the contour, the person's own neutral contour, and the angles of the
trunk and the hip. Without the person's own neutral, a strongly shrunk straight line on the contour gives
`back_bend_no_neutral`: networks fitted the rendered people better and real people worse. Landmark ratios are left out,
because they did not carry over to unseen postures (``training/README.md``).
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.geometry import wrap_deg
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import BACK_T, N_BACK

from .contour import TrunkAxis
from .networks import Networks, load_networks

GRID: NDArray[np.float64] = np.round(np.arange(-0.20, 1.09, 0.04), 2)
"""Where the contour descriptor is sampled (33,).

In trunk lengths from the hip towards the shoulder.
"""

BEND_RANGE_DEG = (-60.0, 110.0)
"""The range that a back can reach; estimates are clipped to it."""
ALONE_MODEL = "back_alone_model.npz"
"""The straight lines for people without a known neutral; ``python -m training.fit_back_alone`` writes them."""
ALONE_MODEL_SHA256 = "ddb7d54dc154b49cf2bdc1ba3df6919c35707889bdb4f03b128a5159252dd38d"
BACK_MODEL_SHA256 = "1a3b7f619780bff26582b605fe3451917c9e6b7a66f859083da0b31f1c5a1d30"

PLAUSIBLE_NEUTRAL_DEG = 32.0
"""A start posture that looks rounder than this cannot be a neutral.

Upright rendered starts read -14 to 17, neutral real people in all postures up to 29 in most pictures.
"""

HOLLOW_NEUTRAL_DEG = -20.0
"""A start posture that looks more hollow than this cannot be a neutral either.

Rendered starts on the feet, on a chair, on the knees and on all fours read -14 to 17; a deep cow reads -25 to -20.
"""
ROUND_CLOTH_DEG, LEAST_CHANGE_DEG = (25.0, 55.0), 12.0
"""A start posture that reads between the first two is doubtful: the person may slump, or the shirt may hang loose.

Then only a back that reads rounder than that by the last is believed to round.
"""
MOST_BELIEVED_DEG = 95.0
"""A back that reads rounder than this is something else: an elbow or a bag behind it. Rounded people read up to 90."""
WITNESS_FROM_DEG, WITNESS_TURN_DEG = 25.0, 15.0
"""A back that reads rounder than the first needs an edge that turns by the second from hip to shoulder.

The edge of rounded real people turns by 24 degrees and more; an arm, a plate or loose cloth that bulges at one end
often gives a high reading without a turn.
"""
READ_ALIKE_DEG, SHRUNK = 5.0, 0.6
"""Two readings of one change agree within the first.

The plain reading is shrunk: of a large change it shows the second part, or more.
"""


@cache
def _select_samples(low: float, high: float) -> slice:
    """Return the samples of `BACK_T` from low to high, both included."""
    return slice(int(np.searchsorted(BACK_T, low - 1e-9)), int(np.searchsorted(BACK_T, high + 1e-9)))


_CORE = _select_samples(-0.1, 0.9)
"""The part of the contour that must be seen nearly whole."""
_MAX_GAPS = 0.10
_LEAST_KNOWN = 0.8
_MAX_STEP_TL = 0.06
"""A larger step between samples is an arm, hair or cloth on the contour."""
_NEIGHBOURS = np.clip(np.arange(N_BACK) + np.arange(-2, 3)[:, None], 0, N_BACK - 1)
"""The five neighbours of each sample, (5, 71).

At the ends, the missing neighbours are the end itself.
"""
_GRID_INDEX = np.searchsorted(BACK_T, GRID - 1e-9)


class Stance(NamedTuple):
    """The angles of a trunk: its inclination and its angle to the thigh.

    In degrees; NaN if not seen.
    """

    inclination_deg: float
    trunk_thigh_deg: float


class Bend(NamedTuple):
    """An estimate of the back's bend, and how far the networks disagree about it.

    In degrees, + = rounded.
    """

    value_deg: float
    doubt_deg: float


@cache
def _load_back_networks() -> dict[str, Networks]:
    return load_networks("back_model.npz", BACK_MODEL_SHA256) | load_networks(ALONE_MODEL, ALONE_MODEL_SHA256)


def contour_offsets(back_xy_px: NDArray[np.floating], axis: TrunkAxis) -> NDArray[np.float64]:
    """Return the distance of the contour from the trunk axis, (71,), trunk lengths.

    Positive = outwards.
    """
    points, (x, y), (dorsal_x, dorsal_y) = np.asarray(back_xy_px, np.float64), axis.hip, axis.dorsal
    return ((points[:, 0] - x) * dorsal_x + (points[:, 1] - y) * dorsal_y) / axis.length_px


def contour_from(back_xy_px: NDArray[np.floating], axis: TrunkAxis) -> NDArray[np.float64]:
    """Return the contour's distance from any trunk axis, (71,) at `BACK_T`.

    In trunk lengths, + = outwards. The points were traced from the axis of the pose model's landmarks; once the joints
    are corrected, this measures them again from the axis between the corrected joints.
    """
    points = np.asarray(back_xy_px, np.float64)
    rel = (points[np.isfinite(points[:, 0] + points[:, 1])] - axis.hip) / axis.length_px
    along, out = rel @ axis.along, rel @ axis.dorsal
    order = np.argsort(along, kind="stable")
    return np.interp(BACK_T, along[order], out[order])


def explain_spoilt(offsets: NDArray[np.float64]) -> Reason | None:
    """Return why this contour cannot be the back's; None if it can.

    Parameters
    ----------
    offsets : (71,), trunk lengths; NaN at samples without an edge.
    """
    known = np.isfinite(offsets)
    core, core_known = offsets[_CORE], known[_CORE]
    if 1 - _measure_share(core_known) > _MAX_GAPS or _measure_share(known) < _LEAST_KNOWN:
        return Reason(ReasonCode.BACK_EDGE_HIDDEN)
    core = core[core_known]
    if np.abs(core[1:] - core[:-1]).max() > _MAX_STEP_TL:
        return Reason(ReasonCode.BACK_EDGE_COVERED)
    return None


def _measure_share(so: NDArray[np.bool_]) -> float:
    return np.count_nonzero(so) / len(so)


def smooth_offsets(offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the contour as the mean of five neighbours, (71,); gaps are bridged.

    Parameters
    ----------
    offsets : (71,), trunk lengths; NaN at samples without an edge; at least one sample is known.
    """
    known = np.isfinite(offsets)
    y = offsets if np.count_nonzero(known) == N_BACK else np.interp(BACK_T, BACK_T[known], offsets[known])
    return np.asarray(y[_NEIGHBOURS].sum(axis=0) / 5)


def sample_contour(smooth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the descriptor (33,) at `GRID` of the smoothed contour (71,).

    In trunk lengths, clipped to -0.5..0.9, as the models take it.
    """
    return np.asarray(np.minimum(np.maximum(smooth[_GRID_INDEX], -0.5), 0.9))


def estimate_bend_no_neutral(contour: NDArray[np.float64]) -> Bend:
    """Return the estimated bend of the back from its contour (33,) alone.

    Use it for plausibility and for strong findings only: people's own backs differ by more than faults do.
    """
    return _ask_back_networks("no_neutral", contour)


def is_agreed(bend_deg: float, turn_deg: float, start_deg: float = math.nan) -> bool:
    """Return whether nothing contradicts an estimate of the bend without the person's own neutral.

    Parameters
    ----------
    bend_deg : the estimate.
    turn_deg : how far the edge turns from hip to shoulder.
    start_deg : the estimate in the start posture; NaN if that was not seen.

    Examples
    --------
    >>> is_agreed(50.0, 30.0), is_agreed(50.0, 5.0), is_agreed(10.0, 5.0), is_agreed(45.0, 30.0, start_deg=38.0)
    (True, False, True, False)
    """
    if bend_deg <= WITNESS_FROM_DEG:
        return True
    reads_alike = ROUND_CLOTH_DEG[0] <= start_deg <= ROUND_CLOTH_DEG[1] and bend_deg - start_deg < LEAST_CHANGE_DEG
    return turn_deg >= WITNESS_TURN_DEG and bend_deg <= MOST_BELIEVED_DEG and not reads_alike


def estimate_bend(contour: NDArray[np.float64], neutral: NDArray[np.float64], now: Stance, then: Stance) -> Bend:
    """Return the bend of the back against the person's own neutral.

    Parameters
    ----------
    contour, neutral : (33,) descriptors from the same camera position.
    now, then : stance of the trunk now, and in the neutral.
    """
    return _ask_back_networks("own_neutral", build_own_neutral_inputs(contour, neutral, now, then))


def widen_by_second_reading(own: Bend, alone: Bend, neutral: NDArray[np.float64]) -> Bend:
    """Return a bend with more doubt where a second reading changed otherwise.

    Parameters
    ----------
    own : the bend against the own neutral.
    alone : the reading of the same contour without a neutral.
    neutral : (33,) descriptor of the own neutral.

    Examples
    --------
    >>> tall = np.zeros(33)
    >>> now = Bend(estimate_bend_no_neutral(tall).value_deg, 0.0)
    >>> widen_by_second_reading(Bend(8.0, 3.0), now, tall), widen_by_second_reading(Bend(15.0, 3.0), now, tall)
    (Bend(value_deg=8.0, doubt_deg=3.0), Bend(value_deg=15.0, doubt_deg=5.0))
    """
    changed_deg = alone.value_deg - estimate_bend_no_neutral(neutral).value_deg
    nearest_deg = sorted((SHRUNK * own.value_deg, changed_deg, own.value_deg))[1]
    beyond_deg = max(0.0, abs(nearest_deg - changed_deg) - READ_ALIKE_DEG)
    return Bend(own.value_deg, math.hypot(own.doubt_deg, beyond_deg))


def build_own_neutral_inputs(
    contour: NDArray[np.float64], neutral: NDArray[np.float64], now: Stance, then: Stance
) -> NDArray[np.float64]:
    """Return the inputs of the network with the own neutral, (71,)."""
    folded = wrap_deg(now.trunk_thigh_deg - then.trunk_thigh_deg) / 50
    before = then.inclination_deg if math.isfinite(then.inclination_deg) else now.inclination_deg
    turns = (*_direction(now.inclination_deg), *_direction(before))
    return np.concatenate((contour, contour - neutral, (folded if math.isfinite(folded) else 0.0,), turns))


def _direction(angle_deg: float) -> tuple[float, float]:
    return math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))


def _ask_back_networks(name: str, inputs: NDArray[np.float64]) -> Bend:
    said = _load_back_networks()[name](inputs)[:, 0]
    mean = said.sum() / len(said)
    low, high = BEND_RANGE_DEG
    return Bend(min(high, max(low, float(mean))), math.sqrt(np.square(said - mean).sum() / len(said)))


def turn_of_edge_deg(smooth: NDArray[np.float64], low: float = 0.0, high: float = 0.9) -> float:
    """Return how far the contour turns from the hip to the shoulder.

    In degrees, + = rounded. It is the bend of the parabola that fits the contour best. Nothing in it is learned, so it
    is a second witness of a back that the learned estimate calls rounded.

    Parameters
    ----------
    smooth : (71,), smoothed contour, trunk lengths.
    low, high : ends of the part that is fitted, trunk lengths from the hip towards the shoulder.
    """
    part, square, size, run = _make_parabola(low, high)
    # on an even grid the square has no part in common with the slope
    bend = float(square @ smooth[part]) / size
    return math.degrees(-2 * bend * run)


@cache
def _make_parabola(low: float, high: float) -> tuple[slice, NDArray[np.float64], float, float]:
    """Return the parabola that `turn_of_edge_deg` fits.

    The samples from low to high, their centred squares, the sum of the squares' squares, and the way between the ends.
    """
    part = _select_samples(low, high)
    t = BACK_T[part] - BACK_T[part].mean()
    square = t * t - (t * t).mean()
    return part, square, float(square @ square), float(t[-1] - t[0])


def curve_pct(smooth: NDArray[np.float64], low: float = 0.0, high: float = 0.9) -> float:
    """Return the signed largest distance of the contour from its own chord.

    In % of the chord, + = rounded.

    Parameters
    ----------
    smooth : (71,), smoothed contour, trunk lengths.
    low, high : ends of the chord, trunk lengths from the hip towards the shoulder.
    """
    part, way, run = _make_chord(low, high)
    y = smooth[part]
    y0, rise = float(y[0]), float(y[-1] - y[0])
    chord = math.hypot(run, rise)
    away = (y - (y0 + rise * way / run)) * run / chord
    return float(away[np.abs(away).argmax()]) / chord * 100


@cache
def _make_chord(low: float, high: float) -> tuple[slice, NDArray[np.float64], float]:
    """Return the samples from low to high, and the lengths to them."""
    part = _select_samples(low, high)
    t = BACK_T[part]
    return part, t - t[0], float(t[-1] - t[0])
