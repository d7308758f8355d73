"""Define the one style of all plots, light and dark; never change matplotlib's global style."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font

ThemeName = Literal["light", "dark"]
TITLE_PT, TEXT_PT, SMALL_PT = 12, 10, 8.5
LONGEST_LABEL = 40
"""Longer names would leave no room for the drawing."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours that depend on the background; the state colours do not.

    Parameters
    ----------
    paper, ink, quiet : background; text and line; axes.
    band_alpha, ribbon_alpha : opacity of the target band and of the uncertainty ribbon.
    """

    paper: str
    ink: str
    quiet: str
    band_alpha: float
    ribbon_alpha: float


THEMES: Mapping[ThemeName, Theme] = {
    "light": Theme("#FFFFFF", "#1B1F24", "#5A636E", 0.20, 0.14),
    "dark": Theme("#14181D", "#ECEFF2", "#A3ADB8", 0.34, 0.20),
}
PAIR_COLOURS: Mapping[ThemeName, tuple[str, str]] = {"light": ("#0072B2", "#D55E00"), "dark": ("#56B4E9", "#E69F00")}
"""Of two courses in one drawing."""


def write_label(text: str) -> str:
    r"""Return a text that a person wrote, for a legend.

    It is short, has no formula, and a box for what the font lacks.

    Examples
    --------
    >>> write_label("a $5 bow 🙂"), len(write_label("x" * 300))
    ('a \\$5 bow □', 40)
    """
    short = text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"
    font = get_font(findfont("DejaVu Sans"))
    return "".join(one if font.get_char_index(ord(one)) else "□" for one in short).replace("$", r"\$")


def make_figure(theme: Theme, *, size_in: tuple[float, float]) -> Figure:
    """Return an empty figure of that size, inches, with the theme's background."""
    return Figure(figsize=size_in, facecolor=theme.paper, layout="constrained")


def dress(axes: Axes, theme: Theme) -> None:
    """Give axes the colours of the theme; keep only the left and lower line."""
    axes.set_facecolor(theme.paper)
    for side, spine in axes.spines.items():
        spine.set_color(theme.quiet)
        spine.set_visible(side in {"left", "bottom"})
    axes.tick_params(colors=theme.quiet, labelcolor=theme.ink, labelsize=SMALL_PT)
    axes.xaxis.label.set(color=theme.ink, size=TEXT_PT)
    axes.yaxis.label.set(color=theme.ink, size=TEXT_PT)


def strip_axes(axes: Axes, theme: Theme) -> None:
    """Make axes a strip: no lines, no ticks."""
    axes.set_facecolor(theme.paper)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
