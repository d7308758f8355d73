"""Draw agreement as figures: Bland–Altman plots, and verdict tables of two raters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from formcheck.core.display import STATE_STYLES

from .style import SMALL_PT, TEXT_PT, THEMES, TITLE_PT, Theme, ThemeName, dress, make_figure

ReferenceLine = tuple[float, float, float]
"""Value and the ends of its interval; NaN if it has none."""
MOST_ACROSS = 3
_PANEL_IN = (5.0, 3.7)
_DOT = 26.0
"""Area of the dot of one recording, points²."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """The data of one Bland–Altman panel.

    Parameters
    ----------
    rater : the rater that formcheck is compared with.
    mean, difference : (N,), one for each recording.
    bias, lower, upper : mean difference and limits of agreement.
    """

    rater: str
    mean: NDArray[np.float64]
    difference: NDArray[np.float64]
    bias: ReferenceLine
    lower: ReferenceLine
    upper: ReferenceLine


def plot_bland_altman(
    name: str, unit: str, panels: Sequence[Panel], *, decimals: int = 1, theme: ThemeName = "light"
) -> Figure:
    """Return the differences between formcheck and each rater over their means.

    Parameters
    ----------
    name : what was measured. unit : its unit in print, empty for a count.
    panels : one for each rater; all have the same axes.
    decimals : of the numbers next to the lines.
    theme : colours for light or dark paper.

    Returns
    -------
    Figure with the axes ids "bland_altman:RATER": a dot for each recording, larger where several have the same values;
    the bias as a line, the limits of agreement dashed, their intervals shaded.
    """
    look = THEMES[theme]
    across = min(MOST_ACROSS, len(panels))
    down = -(-len(panels) // across)
    figure = make_figure(look, size_in=(_PANEL_IN[0] * across + 0.6, _PANEL_IN[1] * down + 0.4))
    grid = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
    of = f" ({unit})" if unit else ""
    for axes, panel in zip(grid, panels, strict=False):
        axes.set_gid(f"bland_altman:{panel.rater}")
        dress(axes, look)
        axes.tick_params(labelbottom=True, labelleft=True)
        who = _escape_math(panel.rater)
        axes.set_xlabel(f"mean of formcheck and {who}{of}")
        axes.set_ylabel(f"formcheck − {who}{of}")
        _draw_lines(axes, panel, look, decimals)
        several = _draw_dots(axes, panel)
        title = f"n = {len(panel.mean)}" + ("; larger dots are several recordings" if several else "")
        axes.set_title(title, loc="left", size=TEXT_PT, color=look.ink)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    figure.suptitle(f"{name}: differences over means", x=0.01, ha="left", size=TITLE_PT, color=look.ink)
    return figure


def _draw_lines(axes: Axes, panel: Panel, look: Theme, decimals: int) -> None:
    """Draw bias and limits with their intervals; name each at the right."""
    axes.axhline(0, color=look.quiet, lw=0.8, zorder=1, gid="zero")
    for words, line, style, state in (
        ("bias", panel.bias, "-", "info"),
        ("upper limit", panel.upper, "--", "fix"),
        ("lower limit", panel.lower, "--", "fix"),
    ):
        value, low, high = line
        if math.isnan(value) or (words != "bias" and value == panel.bias[0]):
            continue  # limits equal to the bias: all differences are the same
        colour = STATE_STYLES[state].colour  # type: ignore[index]
        axes.axhline(value, color=colour, ls=style, lw=1.5, zorder=2, gid=words)
        if not math.isnan(low):
            axes.axhspan(low, high, fc=colour, alpha=0.12, lw=0, zorder=0, gid=f"{words} interval")
        number = f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")
        axes.annotate(f"{words} {number}", (1, value), (4, 0), xycoords=("axes fraction", "data"),
                      textcoords="offset points", va="center", size=SMALL_PT, color=look.ink)  # fmt: skip


def _draw_dots(axes: Axes, panel: Panel) -> bool:
    """Draw the recordings; return whether some of them have the same place."""
    if not len(panel.mean):
        return False
    points, counts = np.unique(np.column_stack([panel.mean, panel.difference]), axis=0, return_counts=True)
    axes.scatter(points[:, 0], points[:, 1], s=_DOT * counts, c=STATE_STYLES["info"].colour, alpha=0.65, lw=0, zorder=3,
                 gid="recordings")  # fmt: skip
    axes.margins(x=0.06, y=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    return bool(counts.max() > 1)


def plot_confusion(
    words: Sequence[str], tables: Sequence[tuple[str, NDArray[np.int64]]], *, theme: ThemeName = "light"
) -> Figure:
    """Return a figure of formcheck's verdicts against each rater's verdicts, as counts.

    Parameters
    ----------
    words : the verdicts in their order, the undecided one last.
    tables : name of the rater, and (K, K) counts with formcheck in the rows.
    theme : colours for light or dark paper.

    Returns
    -------
    Figure with the axes ids "confusion:RATER"; a line separates the counts where one of the two could not decide.
    """
    look = THEMES[theme]
    across = min(MOST_ACROSS, len(tables))
    down = -(-len(tables) // across)
    figure = make_figure(look, size_in=(3.9 * across, 3.7 * down))
    grid = figure.subplots(down, across, squeeze=False).ravel()
    shown = [word.replace("_", " ") for word in words]
    for axes, (rater, counts) in zip(grid, tables, strict=False):
        axes.set_gid(f"confusion:{rater}")
        _draw_counts(axes, counts, look)
        axes.set_xticks(range(len(words)), shown)
        axes.set_yticks(range(len(words)), shown)
        axes.set_xlabel(_escape_math(rater))
        axes.set_ylabel("formcheck")
        axes.set_title(f"n = {counts.sum()}", loc="left", size=TEXT_PT, color=look.ink)
    for axes in grid[len(tables) :]:
        axes.set_visible(False)
    figure.suptitle("Verdicts, recordings", x=0.01, ha="left", size=TITLE_PT, color=look.ink)
    return figure


def _draw_counts(axes: Axes, counts: NDArray[np.int64], look: Theme) -> None:
    dress(axes, look)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)
    most = max(1, int(counts.max()))
    for (row, column), count in np.ndenumerate(counts):
        apart = max(row, column) == len(counts) - 1
        state = STATE_STYLES["cannot_tell" if apart else "ok" if row == column else "warn"]
        axes.fill_between([column - 0.5, column + 0.5], row - 0.5, row + 0.5, color=state.colour,
                          alpha=0.65 * count / most, lw=0)  # fmt: skip
        axes.annotate(str(count), (column, row), ha="center", va="center", size=TEXT_PT, color=look.ink,
                      weight="bold" if row == column and not apart else "normal")  # fmt: skip
    edge = len(counts) - 1.5
    axes.axhline(edge, color=look.quiet, lw=1)
    axes.axvline(edge, color=look.quiet, lw=1)
    axes.set(xlim=(-0.5, len(counts) - 0.5), ylim=(len(counts) - 0.5, -0.5), aspect="equal")


def _escape_math(text: str) -> str:
    """Return a name that the figure does not take for a formula."""
    return text.replace("$", r"\$")
