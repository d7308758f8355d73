"""Draw a frames table and summary as matplotlib figures, for app, report and notebook."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from formcheck.core.display import STATE_STYLES, find_state, format_number, name_check
from formcheck.core.movement.schema import MeasureSpec, Movement, find_limits
from formcheck.core.movement.signals import resolve
from formcheck.core.skeleton import SIDES, Side, find_other_side
from formcheck.core.summary.schema import RunSummary

from .style import SMALL_PT, THEMES, TITLE_PT, Theme, ThemeName, dress, make_figure, strip_axes

UNIT_WORDS = {"deg": "degrees", "pct": "%", "tl": "trunk lengths", "s": "seconds", "deg_per_s": "degrees per second"}
_SIDE_LINES = {"left": "-", "right": "--", None: "-"}
_HATCH = "////"
_SVG_LOCK = Lock()


def plot_measure(
    frames: pd.DataFrame, summary: RunSummary, movement: Movement, measure_id: str, *, theme: ThemeName = "light"
) -> Figure:
    """Return the course of one measure over the recording, with its bands.

    Parameters
    ----------
    frames : the table of `frames.parquet`.
    summary : the contents of `summary.json`.
    movement : the movement that made both.
    measure_id : key of `movement.measures`.
    theme : colours for light or dark paper.

    Returns
    -------
    Figure of three axes with the ids "holds", "measure" and "faults", time in seconds from left to right.

    Raises
    ------
    KeyError
        If the movement has no such measure.
    """
    measure, look = movement.measures[measure_id], THEMES[theme]
    figure = make_figure(look, size_in=(8.0, 4.2))
    faults = list(dict.fromkeys(fault.id for fault in summary.faults))
    ratios = {"height_ratios": [0.09, 1.0, max(0.05, 0.085 * len(faults))]}
    holds, main, marks = figure.subplots(3, 1, sharex=True, gridspec_kw=ratios)
    for axes, name in ((holds, "holds"), (main, "measure"), (marks, "faults")):
        axes.set_gid(name)
    lines = read_courses(frames, movement, measure_id)
    _draw_courses(main, lines, look)
    if measure.reduce == "range":  # Its band limits the span between least and greatest, not a single value.
        _draw_ranges(main, list_ranges(lines, summary), measure, look)
    else:
        _draw_bands(main, measure, lines, look)
    _draw_gaps(main, lines)
    _draw_holds(holds, summary, look)
    _draw_faults(marks, summary, movement, faults, look)
    _label_axes(main, measure, frames, look)
    title = measure_title(summary, movement, measure_id, lines)
    figure.suptitle(title, x=0.01, ha="left", size=TITLE_PT, color=look.ink)
    return figure


def measure_title(summary: RunSummary, movement: Movement, measure_id: str, lines: Sequence[CourseData] = ()) -> str:
    """Return the title of a plot of this measure with these courses."""
    measure = movement.measures[measure_id]
    name = measure.name
    if measure.reduce == "range":
        ways = [format_number(high - low, measure.unit) for _, low, high in list_ranges(lines, summary)]
        return f"{name}: {', '.join(ways)} from end to end" if ways else f"{name} over time"
    check = next((c for c in summary.checks if c.id == measure_id), None)
    if check is None:
        return f"{name} over time"
    known_share = 1.0 - check.cannot_tell_share
    if known_share < 0.5:
        return f"{name} could not be judged: {check.reason}" if check.reason else f"{name} could not be judged"
    share = check.ok_share / known_share
    if share >= 0.995:
        return f"{name} stayed in its target band"
    if share < 0.005:
        return f"{name} was never in its target band"
    return f"{name} was in its target band for {100 * share:.0f} % of the judged time"


def write_figure_svg(figure: Figure) -> str:
    """Return a figure as SVG.

    The same figure gives the same text; letters stay letters.
    """
    stream = io.StringIO()
    # These two settings exist only globally; the lock keeps other threads from using them.
    with _SVG_LOCK, mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "formcheck"}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    svg = stream.getvalue()
    return _number_ids(svg[svg.index("<svg") :])


def _number_ids(svg: str) -> str:
    """Return the SVG with its generated ids numbered in order.

    Some ids of Matplotlib hash a memory address.
    """
    numbers: dict[str, str] = {}
    return re.sub(r"\b[phm][0-9a-f]{10}\b", lambda found: numbers.setdefault(found[0], f"id{len(numbers)}"), svg)


def _draw_courses(axes: Axes, lines: list[CourseData], look: Theme) -> None:
    for line in lines:
        style, known = _SIDE_LINES[line.side], np.isfinite(line.value)
        low, high = line.value - line.uncertainty, line.value + line.uncertainty
        axes.fill_between(line.time_s, low, high, color=look.ink, alpha=look.ribbon_alpha, lw=0, gid="uncertainty")
        axes.plot(line.time_s, line.value, style, color=look.ink, lw=0.9, alpha=0.7, gid="course")
        judged = np.where(line.judged, line.value, np.nan)
        marker = "o" if known.sum() == 1 else None  # A photograph is one point, and a line cannot show one point.
        axes.plot(line.time_s, judged, style, color=look.ink, lw=2.2, marker=marker, gid="judged")
        if line.side is not None and len(lines) > 1 and known.any():
            at = np.flatnonzero(known)[-1]
            axes.annotate(line.side, (line.time_s[at], line.value[at]), (4, 0), textcoords="offset points",
                          size=SMALL_PT, color=look.ink)  # fmt: skip


def _find_heights(measure: MeasureSpec, lines: list[CourseData]) -> tuple[float, float]:
    """Return lower and upper end of the axis.

    It holds the courses with their uncertainty and every end of a band, with some space around them.
    """
    ends = [*find_limits(measure.target), *find_limits(measure.warn)]
    edges = [line.value + k * np.nan_to_num(line.uncertainty) for line in lines for k in (-1, 1)]
    shown = np.concatenate([ends, *edges])
    shown = shown[np.isfinite(shown)] if np.isfinite(shown).any() else np.zeros(1)
    pad = max(3.0 if measure.unit in {"deg", "pct"} else 0.05, 0.06 * float(np.ptp(shown)))
    return float(shown.min()) - pad, float(shown.max()) + pad


def _draw_bands(axes: Axes, measure: MeasureSpec, lines: list[CourseData], look: Theme) -> None:
    """Draw target green, warn hatched orange; open ends reach to the edge of the axes."""
    (low, high), (warn_low, warn_high) = find_limits(measure.target), find_limits(measure.warn)
    bottom, top = _find_heights(measure, lines)
    axes.set_ylim(bottom, top)
    if measure.target is not None:
        target = (max(low, bottom), min(high, top))
        axes.axhspan(*target, color=STATE_STYLES["ok"].colour, alpha=look.band_alpha, lw=0, gid="target")
        axes.annotate("target", (1.005, sum(target) / 2), xycoords=("axes fraction", "data"), va="center",
                      size=SMALL_PT, color=look.ink)  # fmt: skip
    if measure.warn is not None:
        for a, b in ((max(warn_low, bottom), max(low, bottom)), (min(high, top), min(warn_high, top))):
            if b > a:
                axes.axhspan(
                    a, b, fill=False, hatch=_HATCH, ec=STATE_STYLES["warn"].colour, alpha=0.8, lw=0, gid="warn"
                )


def _draw_gaps(axes: Axes, lines: list[CourseData]) -> None:
    """Draw grey where no course is known."""
    if not lines:
        return
    known = np.any([np.isfinite(line.value) for line in lines], axis=0)
    for start, end in find_spans(lines[0].time_s, ~known):
        axes.axvspan(start, end, fc=STATE_STYLES["cannot_tell"].colour, alpha=0.25, lw=0, zorder=0.5, gid="cannot_tell")


def _draw_holds(axes: Axes, summary: RunSummary, look: Theme) -> None:
    """Draw a bar for each hold, green while valid, hatched grey while paused."""
    strip_axes(axes, look)
    axes.set_ylim(0, 1)
    target = summary.dose.hold_s.target
    for one in summary.repetitions:
        if one.hold_start_s is None or one.hold_end_s is None:
            continue
        start, end = one.hold_start_s, one.hold_end_s
        axes.broken_barh([(start, end - start)], (0.1, 0.8), color=STATE_STYLES["ok"].colour, lw=0, gid="hold")
        for pause in one.pauses:
            width = pause.to_s - pause.from_s
            axes.broken_barh([(pause.from_s, width)], (0.1, 0.8), fc=STATE_STYLES["cannot_tell"].colour,
                             ec=look.paper, hatch=_HATCH, lw=0, gid="pause")  # fmt: skip
        place = (max([end, *(pause.to_s for pause in one.pauses)]), 0.5)
        of = f" of {target:.0f}" if target else ""
        axes.annotate(f"held {int(one.valid_hold_s or 0)}{of} s", place, (4, 0), textcoords="offset points",
                      va="center",
                      size=SMALL_PT, color=look.ink)  # fmt: skip


def _draw_faults(axes: Axes, summary: RunSummary, movement: Movement, ids: list[str], look: Theme) -> None:
    """Draw a row of marks for each fault, with the name at its first mark."""
    strip_axes(axes, look)
    axes.set_ylim(len(ids) - 0.4, -0.6)
    shapes = {"warn": "^", "fix": "s", "info": "o"}
    for row, fault_id in enumerate(ids):
        mine = [fault for fault in summary.faults if fault.id == fault_id]
        for fault in mine:
            state = find_state(fault.severity)
            times = [fault.from_s, max(fault.to_s, fault.from_s)]
            axes.plot(times, [row, row], color=STATE_STYLES[state].colour, lw=4, marker=shapes[state], markersize=7,
                      solid_capstyle="butt", clip_on=False, gid=f"fault:{fault_id}")  # fmt: skip
        last = max(fault.to_s for fault in mine)
        axes.annotate(name_check(fault_id, movement), (last, row), (8, 0), textcoords="offset points", va="center",
                      size=SMALL_PT, color=look.ink)  # fmt: skip


def _draw_ranges(axes: Axes, found: list[tuple[float, float, float]], measure: MeasureSpec, look: Theme) -> None:
    """Draw the range of each repetition from end to end, with its length."""
    low, high = find_limits(measure.target)
    for time_s, least, greatest in found:
        inside = low <= greatest - least <= high
        colour = STATE_STYLES["ok" if inside else "warn"].colour
        axes.plot([time_s, time_s], [least, greatest], "-" if inside else "--", color=colour, lw=3, gid="range")
        text = format_number(greatest - least, measure.unit)
        axes.annotate(text, (time_s, greatest), (0, 3), textcoords="offset points", ha="center",
                      size=SMALL_PT, color=look.ink)  # fmt: skip


def _label_axes(axes: Axes, measure: MeasureSpec, frames: pd.DataFrame, look: Theme) -> None:
    dress(axes, look)
    axes.tick_params(labelbottom=True)
    axes.set_xlabel("time (s)")
    change = "change of " if measure.change else ""
    name = measure.name[:1].lower() + measure.name[1:]
    axes.set_ylabel(f"{change}{name} ({UNIT_WORDS.get(measure.unit, measure.unit)})")
    times = frames["time_s"].to_numpy(np.float64)
    start, end = (float(times.min()), float(times.max())) if len(times) else (0.0, 0.0)
    axes.set_xlim(start, end) if end > start else axes.set_xlim(start - 0.5, start + 0.5)


# The course of one measure, from the frames table ---------------------------------------------------------------------


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
