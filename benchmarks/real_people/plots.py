"""The back of one recording over time, as a small plot of numbers: its bend and its curve, with their doubt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from formcheck.sinks.plots.measures import write_figure_svg
from formcheck.sinks.plots.style import SMALL_PT, TEXT_PT, THEMES, Theme, dress, make_figure

MOST_POINTS = 240
"""More than a plot of this size shows."""
SIZE_IN = (6.4, 3.4)


@dataclass(frozen=True, slots=True)
class Line:
    """One course of a plot: its column, how it is drawn, what it is called."""

    column: str
    style: str
    name: str


BEND = (
    Line("back_bend_deg", "-", "against the own start"),
    Line("back_bend_no_neutral_deg", "--", "own neutral not known"),
)
CURVE = (Line("back_curve_pct", "-", ""),)


def back_figure(frames: pd.DataFrame, title: str) -> Figure:
    """Return the course of the back's bend and curve with their uncertainty; a gap is where it is unknown.

    Parameters
    ----------
    frames : the table of `frames.parquet`.
    """
    look = THEMES["light"]
    figure = make_figure(look, size_in=SIZE_IN)
    bend, curve = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [3, 2]})
    thin = frames.iloc[:: max(1, -(-len(frames) // MOST_POINTS))]
    for axes, lines, label in ((bend, BEND, "bend (°)"), (curve, CURVE, "curve (%)")):
        dress(axes, look)
        axes.set_ylabel(label)
        drawn = [line for line in lines if _draw(axes, thin, line, look)]
        if drawn:
            axes.axhline(0, color=look.quiet, lw=0.6)
        if drawn and drawn[-1].name:
            axes.legend(frameon=False, fontsize=SMALL_PT, labelcolor=look.ink, loc="best")
        if not drawn:
            axes.set_yticks([])
            axes.text(0.5, 0.5, "not known", transform=axes.transAxes, ha="center", size=TEXT_PT, color=look.quiet)
    curve.set_xlabel("time (s)")
    if len(frames) > 1:
        curve.set_xlim(float(frames["time_s"].iloc[0]), float(frames["time_s"].iloc[-1]))
    figure.suptitle(title, x=0.01, ha="left", size=TEXT_PT, color=look.ink)
    return figure


def _draw(axes: Axes, frames: pd.DataFrame, line: Line, look: Theme) -> bool:
    """Draw one course with its ribbon of doubt; return whether any of it is known."""
    value, doubt = _numbers(frames, line.column), _numbers(frames, f"{line.column}_unc")
    if not np.isfinite(value).any():
        return False
    time_s, rather = _numbers(frames, "time_s"), np.nan_to_num(doubt)
    axes.fill_between(time_s, value - rather, value + rather, color=look.ink, alpha=look.ribbon_alpha, lw=0)
    axes.plot(time_s, value, line.style, color=look.ink, lw=1.4, label=line.name)
    return True


def _numbers(frames: pd.DataFrame, column: str) -> NDArray[np.float64]:
    return frames[column].to_numpy(np.float64).round(2) if column in frames else np.full(len(frames), np.nan)


def back_svg(frames: pd.DataFrame, title: str) -> str:
    """Return the plot as SVG, the same text for the same numbers."""
    return write_figure_svg(back_figure(frames, title))
