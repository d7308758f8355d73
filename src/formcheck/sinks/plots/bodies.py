"""Draw two bodies over each other, in some moments of a repetition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import BONES, INDEX

from .aligned import COURSE_LINES
from .style import PAIR_COLOURS, SMALL_PT, THEMES, ThemeName, make_figure, strip_axes, write_label

LEAST_DRAWN_VISIBILITY = 0.1
"""Below this visibility the pose model guesses, and nothing is drawn."""
_MARGIN = 0.08


def plot_bodies(
    moments: Sequence[tuple[str, PoseFrame, PoseFrame]], names: tuple[str, str], *, theme: ThemeName = "light"
) -> Figure:
    """Return both bodies in each moment.

    Parameters
    ----------
    moments : name, first body, second body, all in the pixels of one picture.
    names : what the two bodies are called.
    theme : colours for light or dark paper.

    Returns
    -------
    Figure with one axes for each moment; bones have the id "first" or "second".
    """
    look = THEMES[theme]
    figure = make_figure(look, size_in=(7.2, 2.8))
    every = figure.subplots(1, len(moments), squeeze=False)[0]
    for axes, (name, first, second) in zip(every, moments, strict=True):
        strip_axes(axes, look)
        for which, pose, colour, line in zip(
            ("first", "second"), (first, second), PAIR_COLOURS[theme], COURSE_LINES, strict=True
        ):
            _draw_stick_body(axes, pose, which=which, style={"color": colour, "ls": line})
        _frame(axes, [first, second])
        axes.set_xlabel(name, size=SMALL_PT, color=look.ink)
    handles = [next(line for line in every[0].lines if line.get_gid() == which) for which in ("first", "second")]
    labels = [write_label(name) for name in names]
    figure.legend(handles, labels, frameon=False, fontsize=SMALL_PT, labelcolor=look.ink, loc="outside upper left")
    return figure


def _draw_stick_body(axes: Axes, pose: PoseFrame, *, which: str, style: dict[str, Any]) -> None:
    """Draw the bones, the way from hips to shoulders, and the edge of the back."""
    bones = [(INDEX[a], INDEX[b]) for a, b in BONES]
    for ends in bones:
        if min(pose.visibility[list(ends)]) >= LEAST_DRAWN_VISIBILITY:
            axes.plot(*pose.xy_px[list(ends)].T, lw=1.8, solid_capstyle="round", gid=which, **style)
    trunk = np.array([pose.xy_px[[INDEX[f"left_{part}"], INDEX[f"right_{part}"]]].mean(axis=0)
                      for part in ("hip", "shoulder")])  # fmt: skip
    axes.plot(*trunk.T, lw=1.8, gid=which, **style)
    axes.plot(*pose.back_xy_px.T, lw=2.6, gid=which, **style)
    nose = pose.xy_px[INDEX["nose"]]
    axes.plot(*nose, "o", ms=6, mfc="none", gid=which, color=style["color"])


def _frame(axes: Axes, poses: Sequence[PoseFrame]) -> None:
    """Show both bodies whole, in the proportions of the picture, y down."""
    seen = np.concatenate([pose.xy_px[pose.visibility >= LEAST_DRAWN_VISIBILITY] for pose in poses])
    low, high = np.nanmin(seen, axis=0), np.nanmax(seen, axis=0)
    room = _MARGIN * float((high - low).max())
    axes.set_xlim(low[0] - room, high[0] + room)
    axes.set_ylim(high[1] + room, low[1] - room)
    axes.set_aspect("equal")
