"""Draw numbers over the days, with their uncertainty and the band of no clear change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from textwrap import wrap

import matplotlib.dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .measures import UNIT_WORDS
from .style import PAIR_COLOURS, SMALL_PT, THEMES, TITLE_PT, Theme, ThemeName, dress, make_figure

Course = Sequence[tuple[date, float, float]]
"""Day, value and half-width of its 95 % interval (0 if unknown); the oldest first."""
_MARKERS = ("o", "s")
"""Two courses differ in shape as well as in colour."""
_SHORT_TITLE_WIDTH = 48
BAND_WORDS = "grey: no clear change"


def plot_weeks(
    courses: Mapping[str, Course] | Course,
    *,
    title: str,
    unit: str,
    theme: ThemeName = "light",
    band: tuple[float, float] | None = None,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Return the course of one number over the days, or of two in comparison.

    Parameters
    ----------
    courses : of one number; or name and course of each.
    title : of the figure.
    unit : of values and half-widths, as in `format_number`.
    theme : colours for light or dark paper.
    band : from and to: within it, nothing has changed beyond measurement error.
    limits : of the axis; None to fit what is drawn.

    Returns
    -------
    Figure with one axes: a dot for each value, its interval as a line, the band as an area.
    """
    look = THEMES[theme]
    figure = make_figure(look, size_in=(4.6, 2.6))
    axes = figure.subplots()
    dress(axes, look)
    named = courses if isinstance(courses, Mapping) else {"": courses}
    if band is not None:
        axes.axhspan(*band, color=look.quiet, alpha=look.band_alpha, linewidth=0)
        axes.set_title(BAND_WORDS, loc="right", size=SMALL_PT, color=look.quiet)
    for (name, course), colour, mark in zip(named.items(), PAIR_COLOURS[theme], _MARKERS, strict=False):
        _draw_course(axes, course, look=look, style=(colour, mark, name))
    _name_days(axes)
    if limits is not None:
        axes.set_ylim(*limits)
    axes.set_ylabel(UNIT_WORDS.get(unit, unit))
    if len(named) > 1:
        axes.legend(frameon=False, fontsize=SMALL_PT, labelcolor=look.ink, loc="best")
    lines = "\n".join(wrap(title, _SHORT_TITLE_WIDTH)).replace("$", r"\$")
    figure.suptitle(lines, x=0.01, ha="left", size=TITLE_PT, color=look.ink)
    return figure


def _draw_course(axes: Axes, course: Course, *, look: Theme, style: tuple[str, str, str]) -> None:
    colour, mark, name = style
    days = mdates.date2num([day for day, *_ in course])  # type: ignore[no-untyped-call]
    values = [value for _, value, _ in course]
    around = [half for *_, half in course]
    if any(around):
        axes.errorbar(days, values, yerr=around, fmt="none", ecolor=look.quiet, elinewidth=1.2, alpha=0.6)
    axes.plot(days, values, f"{mark}-", color=colour, markersize=5, linewidth=1.0, label=name or None)


def _name_days(axes: Axes) -> None:
    locator = mdates.AutoDateLocator(maxticks=6)  # type: ignore[no-untyped-call]
    axes.xaxis_date()
    axes.xaxis.set_major_locator(locator)
    formatter = mdates.ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)
