"""Draw one number over the days, with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import matplotlib.dates as mdates
from matplotlib.figure import Figure

from .measures import UNIT_WORDS
from .style import THEMES, TITLE_PT, ThemeName, dress, make_figure

_LINE = "#0072B2"


def plot_weeks(
    course: Sequence[tuple[date, float, float]], *, title: str, unit: str, theme: ThemeName = "light"
) -> Figure:
    """Return the course of a number over the days.

    Parameters
    ----------
    course : day, value and half-width of its 95 % interval; the oldest first.
    title : of the figure.
    unit : of value and half-width, as in `format_number`.
    theme : colours for light or dark paper.

    Returns
    -------
    Figure with one axes: a dot for each set, its interval as a line.
    """
    look = THEMES[theme]
    figure = make_figure(look, size_in=(6.0, 2.8))
    axes = figure.subplots()
    dress(axes, look)
    days = mdates.date2num([day for day, *_ in course])  # type: ignore[no-untyped-call]
    values = [value for _, value, _ in course]
    around = [half for *_, half in course]
    axes.errorbar(days, values, yerr=around, fmt="none", ecolor=look.quiet, elinewidth=1.2, alpha=0.6)
    axes.plot(days, values, "o-", color=_LINE, markersize=5, linewidth=1.0)
    locator = mdates.AutoDateLocator(maxticks=6)  # type: ignore[no-untyped-call]
    axes.xaxis_date()
    axes.xaxis.set_major_locator(locator)
    formatter = mdates.ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(formatter)
    axes.set_ylabel(UNIT_WORDS.get(unit, unit))
    figure.suptitle(title.replace("$", r"\$"), x=0.01, ha="left", size=TITLE_PT, color=look.ink)
    return figure
