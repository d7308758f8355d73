"""The style that all drawings, plots and texts share: colours, lines, icons, words.

A state is never shown by colour alone. The colours are those of Okabe and Ito, which colour-blind eyes can tell apart
(https://jfly.uni-koeln.de/color/).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from formcheck.core.movement.schema import Movement
from formcheck.languages.phrase import Phrase, join, lower_first

from .records import Severity

DisplayState = Literal["ok", "warn", "fix", "cannot_tell", "info"]
LinePattern = Literal["solid", "dashed", "dotted", "hatched"]


@dataclass(frozen=True, slots=True)
class StateStyle:
    """How one state is shown.

    Parameters
    ----------
    colour : "#RRGGBB".
    line : pattern of a line that has this state.
    icon : one character; sinks whose font lacks it draw the shape.
    word : short enough for a table.
    """

    colour: str
    line: LinePattern
    icon: str
    word: str

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Return the colour as three numbers, 0..255."""
        red, green, blue = bytes.fromhex(self.colour[1:])
        return red, green, blue


STATE_STYLES: Mapping[DisplayState, StateStyle] = {
    "ok": StateStyle("#009E73", "solid", "●", "ok"),
    "warn": StateStyle("#E69F00", "dashed", "▲", "warn"),
    "fix": StateStyle("#D55E00", "dotted", "■", "fix"),
    "cannot_tell": StateStyle("#8A8A8A", "hatched", "?", "?"),
    "info": StateStyle("#0072B2", "solid", "i", "info"),
}
_SEVERITY_STATES: Mapping[Severity, DisplayState] = {"info": "info", "adjust": "warn", "fix": "fix", "stop": "fix"}
_WORST_FIRST: tuple[DisplayState, ...] = ("fix", "warn", "info", "ok", "cannot_tell")
_VIEW_PROBLEMS = {
    "bad_view": Phrase("the camera is not side-on"),
    "not_in_front": Phrase("the camera is not in front"),
    "out_of_view": Phrase("nobody is seen"),
}
_UNIT_SUFFIXES = {"deg": "°", "pct": " %", "s": " s", "deg_per_s": "°/s", "per_min": "/min", "n": ""}
_TRUNK_UNIT = Phrase("{number} trunk")
_DECIMALS_OF_UNIT = {"tl": 2, "s": 1}


def find_state(severity: Severity | None) -> DisplayState:
    """Return the state in which a cue of this severity is shown.

    A cue without a severity is praise.

    Examples
    --------
    >>> find_state("adjust")
    'warn'
    """
    return _SEVERITY_STATES[severity] if severity else "ok"


def pick_worst(states: list[DisplayState]) -> DisplayState | None:
    """Return the state that represents several checks of one thing; None without any.

    A known state comes before `cannot_tell`: two ways to measure a back need not both work.

    Examples
    --------
    >>> pick_worst(["ok", "cannot_tell"])
    'ok'
    """
    return next((state for state in _WORST_FIRST if state in states), None)


def format_number(value: float, unit: str) -> str:
    """Return a number with its unit, rounded as far as it can be trusted.

    Parameters
    ----------
    value : the number; the sign is kept, minus zero is not.
    unit : deg, pct, tl (lengths of the trunk), s, deg_per_s, per_min or n (a count).

    Examples
    --------
    >>> format_number(171.3, "deg"), format_number(-0.2, "pct"), format_number(0.214, "tl")
    ('171°', '0 %', '0.21 trunk')
    """
    digits = format_digits(value, unit)
    return _TRUNK_UNIT.format(number=digits) if unit == "tl" else digits + _UNIT_SUFFIXES.get(unit, f" {unit}".rstrip())


def format_digits(value: float, unit: str) -> str:
    """Return a number alone, rounded as far as that unit can be trusted.

    Examples
    --------
    >>> format_digits(165.2, "deg"), format_digits(-0.001, "tl")
    ('165', '0.00')
    """
    decimals = _DECIMALS_OF_UNIT.get(unit, 0)
    return f"{round(value, decimals) or 0.0:.{decimals}f}"


def format_number_with_doubt(value: float, unit: str, uncertainty: float | None, *, gap: str = " ") -> str:
    """Return a number with its unit and half-width, the latter in the same unit.

    Parameters
    ----------
    value, unit : as in `format_number`.
    uncertainty : half-width; None or NaN leaves it out.
    gap : text between ± and the half-width.

    Examples
    --------
    >>> format_number_with_doubt(74.2, "pct", 8.8)
    '74 % ± 9'
    """
    if uncertainty is None or not math.isfinite(uncertainty):
        return format_number(value, unit)
    return join("", [format_number(value, unit), f" ±{gap}{format_digits(uncertainty, unit)}"])


def format_clock(time_s: float) -> str:
    """Return a time of a recording as mm:ss.

    Examples
    --------
    >>> format_clock(12.7), format_clock(3725)
    ('00:12', '62:05')
    """
    whole = max(0, math.floor(time_s))
    return f"{whole // 60:02d}:{whole % 60:02d}"


def name_check(check: str, movement: Movement) -> str:
    """Return the everyday name of a check.

    That is the measure's name, or the fault's id in words.
    """
    measure = movement.measures.get(check)
    name = measure.name if measure else _VIEW_PROBLEMS.get(check) or Phrase(check.replace("_", " "))
    return lower_first(name) if name[1:2].islower() else name


_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def disarm_formula(text: str) -> str:
    """Return a text that a spreadsheet does not take for a formula.

    A text from a stranger could read other cells, or fetch from the net. Numbers stay as they are.

    Examples
    --------
    >>> disarm_formula("=1+1"), disarm_formula("-2.5"), disarm_formula("ok")
    ("'=1+1", '-2.5', 'ok')
    """
    if not text.startswith(_FORMULA_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text
