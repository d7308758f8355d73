"""From a demonstration to numbers: what moves, how far, and the bands of each measure.

A demonstration is a few good repetitions. It shows where a person starts, which angle moves, how long they hold, and
how far repetitions lie apart. It does not show which deviation would matter.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.movement.signals import find_unit, resolve
from formcheck.core.skeleton import SIDES, Side
from formcheck.program.change import TWO_SIDED_95

Samples = NDArray[np.float64]
START_S = 1.0
"""A demonstration begins with the start posture; this much of it is looked at."""
DRIVES = ("trunk_inclination_deg", "trunk_thigh_near_deg", "thigh_inclination_near_deg", "leg_elevation_near_deg",
          "knee_near_deg", "arm_elevation_near_deg", "elbow_near_deg", "trunk_slope_deg")  # fmt: skip
"""The angles among which the one that moves is looked for; of equals, the first."""
START_SIGNALS = ("trunk_inclination_deg", "thigh_elevation_near_deg", "knee_near_deg")
LEAST_SIGNAL = 2.0
"""A way shorter than this many uncertainties is standing still."""
AS_GOOD = 0.9
"""An earlier angle of `DRIVES` with this share of the best one's way is preferred."""
_DEPARTS, _LEAST, _LEAVES, _LEAST_OF_CYCLE = 0.15, 0.35, 0.15, 0.2
"""Shares of the way at which a repetition begins, counts, and a hold ends, as in the shipped movements."""
_LEAST_SPREAD = {"deg": 3.0, "pct": 3.0, "tl": 0.03}
"""Least margin around what was shown: one person on one day is not all people."""
_SPARE_ROOM = {"deg": 8.0, "pct": 8.0, "tl": 0.08}
"""Least distance from the target band to the end of the warn band."""
_START_SPARE_DEG = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Demonstrated:
    """The measurements of one recording.

    Parameters
    ----------
    time_s : (N,) of the frames.
    values, uncertainties : by measurement, (N,) each; NaN where missing.
    near : side next to the camera.
    """

    time_s: Samples
    values: Mapping[str, Samples]
    uncertainties: Mapping[str, Samples]
    near: Side | None


class DriveNumbers(NamedTuple):
    """The drive of a drafted movement, in the unit of its signal."""

    kind: Literal["reach", "cycle", "pose"]
    signal: str
    least: float
    departs: float
    leaves: float
    nominal: float


class ShownBand(NamedTuple):
    """The bands of one measure, and what they come from."""

    target: tuple[float, float]
    warn: tuple[float, float]
    repetitions: int
    spread: float
    uncertainty: float


def find_way(shown: Demonstrated, signal: str) -> tuple[float, float, float] | None:
    """Return start value, furthest value and uncertainty of a signal.

    None if it was hardly seen. A signal with a role is read on the side on which it moves more.
    """
    found = []
    for side in SIDES if "_working_" in signal or "_other_" in signal else (shown.near,):
        name = resolve(signal, working=side, near=shown.near) or ""
        value = shown.values.get(name, np.array([]))
        known = np.isfinite(value)
        first = known & (shown.time_s <= shown.time_s[0] + START_S)
        if 2 * known.sum() < len(shown.time_s) or not first.any():
            continue
        start = float(np.median(value[first]))
        low, high = np.percentile(value[known], (2, 98)).tolist()
        furthest = high if high - start >= start - low else low
        found.append((start, furthest, float(np.nanmedian(shown.uncertainties[name]))))
    return max(found, key=lambda one: abs(one[1] - one[0]), default=None)


def choose_drive(demonstrations: Sequence[Demonstrated]) -> DriveNumbers:
    """Return the angle that moves most, measured by its uncertainty; a pose if none does."""
    ways = {signal: _measure_ways(demonstrations, signal) for signal in DRIVES}
    sizes = {signal: abs(way) / max(doubt, 1.0) for signal, (_, way, doubt) in ways.items() if math.isfinite(way)}
    best = max(sizes.values(), default=0.0)
    if best < LEAST_SIGNAL:
        return DriveNumbers("pose", DRIVES[0], 15.0, 8.0, 15.0, 0.0)
    signal = next(one for one, size in sizes.items() if size >= AS_GOOD * best)
    return size_drive(demonstrations, "reach", signal) or DriveNumbers("reach", signal, 15.0, 8.0, 6.0, 0.0)


def size_drive(
    demonstrations: Sequence[Demonstrated], kind: Literal["reach", "cycle", "pose"], signal: str
) -> DriveNumbers | None:
    """Return the numbers of a drive whose signal is known.

    None if it was not seen. The way is the median of the recordings.
    """
    start, way, doubt = _measure_ways(demonstrations, signal)
    if not math.isfinite(way) or way == 0.0:
        return None
    digits = 0 if find_unit(signal) == "deg" else 2
    size, smallest = abs(way), 10.0**-digits
    share = _LEAST_OF_CYCLE if kind == "cycle" else _LEAST
    departs = max(_DEPARTS * size, min(doubt, _LEAST * size) / 2, smallest)
    return DriveNumbers(
        kind,
        signal,
        math.copysign(max(round(share * size, digits), round(departs, digits), smallest), way),
        round(departs, digits) or smallest,
        round(max(_LEAVES * size, doubt / 2), digits) or smallest,
        round(start, digits),
    )


def _measure_ways(demonstrations: Sequence[Demonstrated], signal: str) -> tuple[float, float, float]:
    """Return start, way and uncertainty of a signal, the median of the recordings."""
    ways = [way for one in demonstrations if (way := find_way(one, signal)) is not None]
    if not ways:
        return math.nan, math.nan, math.nan
    start, furthest, doubt = np.median(np.array(ways), axis=0).tolist()
    return start, furthest - start, doubt


def list_start_limits(demonstrations: Sequence[Demonstrated]) -> dict[str, tuple[float, float]]:
    """Return the limits of the start posture: the first second, with room around it."""
    limits = {}
    for signal in START_SIGNALS:
        ways = [way for one in demonstrations if (way := find_way(one, signal)) is not None]
        if ways:
            starts, doubts = [start for start, _, _ in ways], [doubt for *_, doubt in ways]
            spare = max(_START_SPARE_DEG, 2 * max(doubts))
            limits[signal] = (float(round(min(starts) - spare)), float(round(max(starts) + spare)))
    return limits


def name_posture(demonstrations: Sequence[Demonstrated]) -> Literal["standing", "sitting", "all_fours", "supine"]:
    """Return the posture at the start, as far as three angles show it.

    Three angles do not separate kneeling, or lying on the front from lying on the back; the therapist corrects that.
    """
    trunk, thigh, _ = (
        float(np.median([way[0] for one in demonstrations if (way := find_way(one, signal)) is not None] or [0.0]))
        for signal in START_SIGNALS
    )
    if abs(trunk) < 45.0:
        return "standing" if thigh < -45.0 else "sitting"
    return "all_fours" if thigh < -45.0 else "supine"


def draft_band(repetitions: Sequence[Sequence[float]], uncertainty: float, unit: str) -> ShownBand | None:
    """Return the bands that follow from the values of each repetition.

    The target band holds what was shown, with the spread of repetitions and the uncertainty around it. The warn band
    leaves the same room again.

    Parameters
    ----------
    repetitions : the judged values of each repetition.
    uncertainty : half-width of a value, same unit.

    Examples
    --------
    >>> draft_band([[170.0], [172.0], [174.0]], 5.0, "deg").target
    (164.0, 180.0)
    """
    known = [np.asarray(one, np.float64) for one in repetitions if len(one)]
    if not known:
        return None
    ends = np.array([np.percentile(one, (10, 90)) for one in known])
    medians = np.array([np.median(one) for one in known])
    spread = float(np.std(medians, ddof=1)) if len(medians) > 1 else 0.0
    margin = max(math.hypot(uncertainty, TWO_SIDED_95 * spread), _LEAST_SPREAD.get(unit, 0.0))
    spare = max(uncertainty, _SPARE_ROOM.get(unit, margin))
    digits = 0 if unit in ("deg", "pct") else 2
    low, high = float(ends[:, 0].min()) - margin, float(ends[:, 1].max()) + margin
    target = (round(low, digits), round(high, digits))
    return ShownBand(target, (round(low - spare, digits), round(high + spare, digits)), len(known), spread, uncertainty)
