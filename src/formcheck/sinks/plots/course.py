"""Read the course of one measure from the frames table: column, side, known values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from formcheck.core.movement.schema import MeasureSpec, Movement
from formcheck.core.movement.signals import resolve
from formcheck.core.skeleton import SIDES, Side, find_other_side
from formcheck.core.summary.schema import RunSummary

MOST_POINTS = 4000
"""More points than a plot can show; longer recordings are thinned."""

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class CourseData:
    """One line of a plot.

    Parameters
    ----------
    side : body side of the column, None if it has none.
    time_s, value, uncertainty : (N,), NaN where the value is missing.
    judged : (N,) bool, whether the movement checks this measure in that phase.
    """

    side: Side | None
    time_s: Samples
    value: Samples
    uncertainty: Samples
    judged: NDArray[np.bool_]


def read_courses(frames: pd.DataFrame, movement: Movement, measure_id: str) -> list[CourseData]:
    """Return the course of a measure, one for each side on which it was measured.

    Parameters
    ----------
    frames : the table of `frames.parquet`.
    movement : its movement. measure_id : one of its measures.
    """
    measure = movement.measures[measure_id]
    step = max(1, -(-len(frames) // MOST_POINTS))
    table = frames.iloc[::step]
    signals = [_find_signal(measure, side, movement, frames) for side in dict.fromkeys(_find_working_side(frames))]
    found = []
    for signal in dict.fromkeys(s for s in signals if s in frames.columns):
        mine = np.array(
            [signal == _find_signal(measure, side, movement, frames) for side in _find_working_side(table)], bool
        )
        value = np.where(mine, _read_column(table, signal), np.nan)
        if measure.change:
            value = value - _find_start_value(frames, signal)
        doubt = _read_column(table, f"{signal}_unc") if f"{signal}_unc" in table else np.full(len(table), np.nan)
        judged = table["phase"].isin(measure.phases).to_numpy(bool)
        own_side = next((side for side in SIDES if f"_{side}_" in signal), None)
        found.append(CourseData(own_side, _read_column(table, "time_s"), value, doubt, judged))
    return found


def list_ranges(lines: Sequence[CourseData], summary: RunSummary) -> list[tuple[float, float, float]]:
    """Return (middle time, smallest, largest value) of each repetition of the summary that has values."""
    found = []
    for one in summary.repetitions:
        for line in lines:
            inside = (line.time_s >= one.start_s) & (line.time_s <= one.end_s) & np.isfinite(line.value)
            if inside.any():
                value, middle = line.value[inside], (one.start_s + one.end_s) / 2
                found.append((middle, float(value.min()), float(value.max())))
    return found


def find_spans(time_s: Samples, where: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Return start and end of each span in which a condition (N,) holds.

    Each span reaches to the next frame.

    Examples
    --------
    >>> find_spans(np.arange(5.0), np.array([False, True, True, False, True]))
    [(1.0, 3.0), (4.0, 4.0)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], where.astype(np.int8), [0]])))
    last = len(time_s) - 1
    return [(float(time_s[a]), float(time_s[min(b, last)])) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _read_column(table: pd.DataFrame, name: str) -> Samples:
    return np.asarray(pd.to_numeric(table[name], errors="coerce"), np.float64)


def _find_working_side(table: pd.DataFrame) -> list[Side | None]:
    """Return the working side of each row; early rows get the side found later."""
    known: pd.Series[str] = table["side"].where(table["side"].isin(SIDES)).bfill().ffill()
    return ["left" if side == "left" else "right" if side == "right" else None for side in known]


def _find_signal(measure: MeasureSpec, side: Side | None, movement: Movement, frames: pd.DataFrame) -> str:
    """Return the column behind a measure.

    The near side is the working side, or else the side that is seen more.
    """
    near = side if movement.view.near == "working" and side else _find_better_seen(measure.signal, frames)
    return resolve(measure.signal, working=side, near=near) or ""


def _find_better_seen(signal: str, frames: pd.DataFrame) -> Side | None:
    counts: dict[Side, int] = {}
    for side in SIDES:
        name = resolve(signal, working=None, near=side)
        counts[side] = int(frames[name].notna().sum()) if name in frames.columns else 0
    if not any(counts.values()):
        return None
    best = max(counts, key=lambda side: counts[side])
    return find_other_side(best) if "_far_" in signal else best


def _find_start_value(frames: pd.DataFrame, signal: str) -> float:
    """Return the value in the start posture.

    It is the median of the first set-up, else the first known value.
    """
    known = frames[frames[signal].notna()]
    setup = known[known["phase"] == "setup"]
    if len(setup):
        return float(setup[signal].median())
    return float(known[signal].iloc[0]) if len(known) else float("nan")
