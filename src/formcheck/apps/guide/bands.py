"""Draw the bands of a measure to scale: as a drawing, and as text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from formcheck.core.movement.schema import MeasureSpec, Movement, find_limits

from .drawings import GREEN, ORANGE, VERMILION, draw_words, write_svg
from .words import UNIT_ENDINGS, describe_band, measure_when

Zone = Literal["target", "warn", "fix"]
LETTERS: dict[Zone, str] = {"target": "=", "warn": "~", "fix": "x"}
LEGEND = "= target (good)   ~ warn (nearly)   x fix (to work on)"
_WIDTH_PX, _LEFT_PX, _BAR_PX, _ROW_PX = 640, 24, 26, 92
_LEAST_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Stretch:
    """One part of a scale; an end is infinite where the band is open."""

    zone: Zone
    low: float
    high: float


def split_scale(measure: MeasureSpec) -> list[Stretch]:
    """Return the parts of a measure's scale, from low to high; empty if only noted.

    Examples
    --------
    >>> from formcheck.core.movement.load import load_movement
    >>> [part.zone for part in split_scale(load_movement("plank").measures["body_line"])]
    ['fix', 'warn', 'target', 'warn', 'fix']
    """
    if measure.target is None:
        return []
    (low, high), (warn_low, warn_high) = find_limits(measure.target), find_limits(measure.warn)
    if measure.warn is None:
        warn_low, warn_high = low, high
    warn_low, warn_high = min(warn_low, low), max(warn_high, high)
    # A target without a warn band ends in a band of unlimited width.
    outer: Zone = "fix" if measure.warn is not None else "warn"
    parts = [
        Stretch(outer, -math.inf, warn_low),
        Stretch("warn", warn_low, low),
        Stretch("target", low, high),
        Stretch("warn", high, warn_high),
        Stretch(outer, warn_high, math.inf),
    ]
    return [part for part in parts if part.high > part.low]


def find_scale_span(parts: list[Stretch], *, never_below: float = -math.inf) -> tuple[float, float]:
    """Return the ends of the drawn scale: a little beyond the edges of the bands."""
    edges = [edge for part in parts for edge in (part.low, part.high) if math.isfinite(edge)]
    if not edges:
        return 0.0, 1.0
    low, high = min(edges), max(edges)
    # A band that is open on one side shows more of that side than a band with two ends.
    share = 0.3 if len(parts) > 3 else 0.7
    room = share * (high - low) or 0.6 * abs(high) or 10.0
    return max(low - room, min(never_below, low)), high + room


def describe_bands(movement: Movement) -> str:
    """Return the bands of a movement in words, for people who cannot see the drawing."""
    bands = [
        f"{one.name}: target {describe_band(one.target, one.unit)}"
        + (f", warn {describe_band(one.warn, one.unit)}, fix beyond" if one.warn else "")
        for one in movement.measures.values()
        if one.target
    ]
    return f"Bands of {movement.name}. " + "; ".join(bands) + "."


def draw_bands(movement: Movement) -> str:
    """Return the bands of every measure, each to its own scale."""
    shown = [one for one in movement.measures.values() if split_scale(one)]
    rows = "".join(
        f'<g transform="translate(0 {8 + number * _ROW_PX})">{_draw_row(one)}</g>' for number, one in enumerate(shown)
    )
    bottom = 8 + len(shown) * _ROW_PX
    return write_svg(_WIDTH_PX, bottom + 44, describe_bands(movement), rows + _draw_legend(bottom + 12), _PATTERNS)


_PATTERNS = (
    '<pattern id="warn" width="10" height="10" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="10" height="10" fill="{ORANGE}" fill-opacity="0.35"/><rect width="5" height="10" fill="{ORANGE}"/>'
    f'</pattern><pattern id="fix" width="8" height="8" patternUnits="userSpaceOnUse">'
    f'<rect width="8" height="8" fill="{VERMILION}" fill-opacity="0.35"/>'
    f'<circle cx="4" cy="4" r="2.6" fill="{VERMILION}"/></pattern>'
)
_FILLS: dict[Zone, str] = {"target": GREEN, "warn": "url(#warn)", "fix": "url(#fix)"}


def _draw_row(measure: MeasureSpec) -> str:
    parts = split_scale(measure)
    low, high = find_scale_span(parts, never_below=0.0 if measure.reduce == "range" else -math.inf)
    scale = (_WIDTH_PX - 2 * _LEFT_PX) / (high - low)

    def place(value: float) -> float:
        return _LEFT_PX + (min(max(value, low), high) - low) * scale

    details = ", ".join(filter(None, [UNIT_ENDINGS.get(measure.unit, measure.unit).strip(), measure_when(measure)]))
    drawn = [draw_words(_LEFT_PX, 22, f"{measure.name} ({details})", bold=True)]
    for part in parts:
        at, wide = place(part.low), place(part.high) - place(part.low)
        if wide <= 0:
            continue
        drawn.append(f'<rect x="{at:.1f}" y="32" width="{wide:.1f}" height="{_BAR_PX}" fill="{_FILLS[part.zone]}"/>')
        if wide > 58:
            drawn.append(_draw_plate(at + wide / 2, part.zone))
    for edge in sorted({edge for part in parts for edge in (part.low, part.high) if low < edge < high}):
        drawn += [f'<path class="d-line" stroke-width="2" d="M{place(edge):.1f} 29 v{_BAR_PX + 6}"/>',
                  draw_words(place(edge), 78, f"{edge:g}".replace("-", "−"), size=16, middle=True)]  # fmt: skip
    return "".join(drawn)


def _draw_plate(x: float, zone: Zone) -> str:
    wide = 12 + 8.2 * len(zone)
    return (
        f'<rect class="d-paper" x="{x - wide / 2:.1f}" y="36" width="{wide:.1f}" height="18" rx="4"/>'
        f"{draw_words(x, 50, zone, size=14, middle=True)}"
    )


def _draw_legend(y: float) -> str:
    zones: tuple[tuple[Zone, str], ...] = (("target", "target: good"), ("warn", "warn: nearly"),
                                           ("fix", "fix: to work on"))  # fmt: skip
    drawn = []
    for number, (zone, meaning) in enumerate(zones):
        x = _LEFT_PX + number * 196
        drawn.append(f'<rect x="{x}" y="{y}" width="22" height="16" fill="{_FILLS[zone]}"/>')
        drawn.append(draw_words(x + 29, y + 13, meaning, size=14))
    return "".join(drawn)


def write_bands_lines(measure: MeasureSpec, width: int = 56) -> list[str]:
    r"""Return the scale of one measure in letters, its edges as numbers below.

    Empty if the measure is only noted.

    Examples
    --------
    >>> from formcheck.core.movement.load import load_movement
    >>> print(*write_bands_lines(load_movement("plank").measures["knees"], 40), sep="\n")
    xxxxxxx|~~~~~~|============|~~~~~|xxxxxxx
          152    165          190   200
    """
    parts = split_scale(measure)
    if not parts:
        return []
    low, high = find_scale_span(parts, never_below=0.0 if measure.reduce == "range" else -math.inf)
    drawn = [part for part in parts if part.high > low and part.low < high]
    bar, marks = "", []
    for part in drawn:
        share = (min(part.high, high) - max(part.low, low)) / (high - low)
        bar += LETTERS[part.zone] * max(round(share * (width - len(drawn) + 1)), _LEAST_LETTERS)
        if part is not drawn[-1]:
            marks.append((len(bar), f"{part.high:g}"))
            bar += "|"
    under = ""
    for at, number in marks:
        under = under.ljust(max(at - len(number) // 2, len(under) + 1 if under else 0)) + number
    return [bar, under] if marks else [bar]
