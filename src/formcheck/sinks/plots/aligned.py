"""Draw the mean courses of two recordings over a repetition, with their bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .measures import UNIT_WORDS
from .style import PAIR_COLOURS, SMALL_PT, THEMES, TITLE_PT, ThemeName, dress, make_figure, write_label

Samples = NDArray[np.float64]
COURSE_LINES = ("-", "--")
"""Two courses differ in pattern as well as in colour."""
_TITLE_WIDTH = 90


@dataclass(frozen=True, slots=True, eq=False)
class CourseOverPhases:
    """One line of the plot: name, values (P,), half-width of their band."""

    name: str
    mean: Samples
    half_width: Samples


def plot_over_phases(
    place: Samples,
    courses: Sequence[CourseOverPhases],
    sections: Sequence[str],
    *,
    title: str,
    unit: str,
    target: tuple[float, float] | None = None,
    theme: ThemeName = "light",
) -> Figure:
    """Return the mean courses laid over each other.

    Parameters
    ----------
    place : (P,) from 0 to the number of sections.
    courses : one or two.
    sections : name of each section.
    title, unit : of the figure.
    target : lower and upper end of the target band, infinite where open.
    theme : colours for light or dark paper.

    Returns
    -------
    Figure of one axes; lines have the id "course", bands "band".
    """
    look = THEMES[theme]
    figure = make_figure(look, size_in=(7.2, 3.0))
    axes = figure.subplots()
    dress(axes, look)
    for course, colour, line in zip(courses, PAIR_COLOURS[theme], COURSE_LINES, strict=False):
        low, high = course.mean - course.half_width, course.mean + course.half_width
        axes.fill_between(place, low, high, color=colour, alpha=look.ribbon_alpha, lw=0, gid="band")
        axes.plot(place, course.mean, line, color=colour, lw=2.0, label=write_label(course.name), gid="course")
    if target is not None:
        for end in target:
            if np.isfinite(end):
                axes.axhline(end, color=look.quiet, lw=0.9, ls=":", gid="target")
    for mark in range(1, len(sections)):
        axes.axvline(mark, color=look.quiet, lw=0.7, alpha=0.6)
    axes.set_xticks([at + 0.5 for at in range(len(sections))], sections)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(0, len(sections))
    axes.set_ylabel(UNIT_WORDS.get(unit, unit))
    axes.legend(frameon=False, fontsize=SMALL_PT, labelcolor=look.ink, loc="best")
    words = "\n".join(wrap(title, _TITLE_WIDTH)).replace("$", r"\$")
    figure.suptitle(words, x=0.01, ha="left", size=TITLE_PT, color=look.ink)
    return figure
