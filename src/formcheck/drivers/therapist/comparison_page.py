"""Show a comparison: a table, a page with curves over each other, JSON and CSV."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.core.display import disarm_formula, format_digits, format_number, format_number_with_doubt
from formcheck.core.movement.schema import find_limits
from formcheck.core.summary.phrases import NOT_MEDICAL
from formcheck.drivers.atomic_files import stage_files
from formcheck.program.change import Change
from formcheck.program.therapist.comparison import ComparedMeasure, Comparison, find_widest_difference
from formcheck.sinks.plots.aligned import CourseOverPhases, plot_over_phases
from formcheck.sinks.plots.bodies import plot_bodies
from formcheck.sinks.plots.measures import write_figure_svg
from formcheck.sinks.report.content import CLEAR, NO_CLEAR, ONCE, Block, Heading, Paragraph, Table
from formcheck.sinks.report.html_page import Drawing, write_html

COMPARISON_VERSION = 1
CHANGE_WORDS = {Change.NONE: NO_CLEAR, Change.OTHER: CLEAR, Change.UNKNOWN: "cannot tell"}
METHOD = (
    "A difference is clear if it is larger than both uncertainties together, √(a² + b²): the minimal detectable change "
    "at 95 %. Repetitions are laid over each other by phase, however long they took. The band of a curve should hold a "
    "repetition 95 times in 100. Another camera position, clothes or another time of day change numbers, too."
)
BODIES = (
    "The middle of each part of a repetition. The second body has the size of the first one's trunk and lies on its "
    "hips; it is not turned."
)
_NOT_DRAWN = "No repetition of both has all its phases, so no curve is drawn."


def tabulate_differences(found: Comparison) -> Table:
    """Return the table of differences, a row for each measure."""
    rows = []
    for one in found.measures:
        numbers = [
            ONCE if value is None else format_number_with_doubt(value, one.unit, doubt).replace("-", "−")
            for value, doubt in zip(one.values, one.uncertainties, strict=True)
        ]
        least = ONCE if one.least_detectable is None else format_number(one.least_detectable, one.unit)
        rows.append((one.name, *numbers, _format_difference(one), least, CHANGE_WORDS[one.change]))
    head = ("Measure", "First", "Second", "Difference", "Least detectable", "Verdict")
    return Table(head, tuple(rows))


def _format_difference(one: ComparedMeasure) -> str:
    first, second = one.values
    if first is None or second is None:
        return ONCE
    # of the numbers as they are printed, so that a reader who subtracts gets the same
    difference = float(format_digits(first, one.unit)) - float(format_digits(second, one.unit))
    return _format_signed(difference, one.unit)


def _format_signed(difference: float, unit: str) -> str:
    return f"{'+' if difference > 0 else ''}{format_number(difference, unit)}".replace("-", "−")


def describe_courses(one: ComparedMeasure, sections: tuple[str, ...]) -> str:
    """Return in words where two courses differ most."""
    if not np.isfinite(one.curves[0].mean - one.curves[1].mean).any():
        return f"{one.name}: never seen at the same phase of both"
    widest = find_widest_difference(one)
    if widest is None:
        return f"{one.name}: the bands explain every difference along the way"
    section, share, difference = widest
    size = _format_signed(difference, one.unit)
    return f"{one.name}: they differ most at {100 * share:.0f} % of “{sections[section]}”, {size}"


def build_comparison_page(found: Comparison) -> str:
    """Return the page: differences, then the courses of each measure."""
    first, second = found.names
    blocks: list[Block | Drawing] = [
        Paragraph(
            f"{found.movement.name}. First: {first}. Second: {second}. A difference is the first minus the second."
        ),
        Heading("Differences"),
        tabulate_differences(found),
    ]
    if found.bodies:
        moments = [(one.section, one.first, one.second) for one in found.bodies]
        bodies = Drawing(write_figure_svg(plot_bodies(moments, found.names)), BODIES)
        blocks += [Heading("Bodies over each other"), bodies, Paragraph(BODIES, is_small=True)]
    blocks.append(Heading("Along a repetition"))
    drawn = [drawing for one in found.measures if (drawing := _draw_courses_of(one, found)) is not None]
    blocks += drawn or [Paragraph(_NOT_DRAWN)]
    blocks += [Heading("Limits of the method"), Paragraph(METHOD, is_small=True), Paragraph(NOT_MEDICAL, is_small=True)]
    return write_html(blocks, title="Comparison")


def _draw_courses_of(one: ComparedMeasure, found: Comparison) -> Drawing | None:
    if not all(curve.repetitions for curve in one.curves) or not any(np.isfinite(c.mean).any() for c in one.curves):
        return None
    spec = found.movement.measures[one.measure]
    courses = [
        CourseOverPhases(f"{name} ({curve.repetitions}×)", curve.mean, curve.half_width)
        for name, curve in zip(found.names, one.curves, strict=True)
    ]
    title = describe_courses(one, found.sections)
    figure = plot_over_phases(
        one.curves[0].place, courses, found.sections, title=title, unit=one.unit,
        target=None if spec.reduce else find_limits(spec.target),
    )  # fmt: skip
    return Drawing(write_figure_svg(figure), title)


# Files ----------------------------------------------------------------------------------------------------------------


def describe_as_json(found: Comparison) -> dict[str, Any]:
    """Return a comparison as plain values; a missing number is None."""
    return {
        "schema_version": COMPARISON_VERSION,
        "movement": found.movement.id,
        "first": found.names[0],
        "second": found.names[1],
        "sections": list(found.sections),
        "measures": [
            {
                "measure": one.measure,
                "name": one.name,
                "unit": one.unit,
                "sides": list(one.sides),
                "values": list(one.values),
                "uncertainties": list(one.uncertainties),
                "difference": one.difference,
                "least_detectable": one.least_detectable,
                "change": one.change.value,
            }
            for one in found.measures
        ],
    }


def write_comparison(found: Comparison, out: Path) -> Path:
    """Write a page, a JSON file and two tables into a folder; return the page.

    `compare.html`, `compare.json`, `differences.csv` and `curves.csv`.
    """
    with stage_files(out) as part:
        if part is None:
            return out
        page = build_comparison_page(found)
        (part / "compare.html").write_text(page, "utf-8")
        text = json.dumps(describe_as_json(found), indent=1, ensure_ascii=False, allow_nan=False)
        (part / "compare.json").write_text(text + "\n", "utf-8")
        _write_rows(part / "differences.csv", _list_differences(found))
        _write_rows(part / "curves.csv", _list_points(found))
    return out / "compare.html"


def _write_rows(path: Path, rows: Iterator[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in rows:
            writer.writerow([disarm_formula(cell) if isinstance(cell, str) else cell for cell in row])


def _list_differences(found: Comparison) -> Iterator[list[object]]:
    yield ["measure", "unit", "first_side", "second_side", "first", "first_unc", "second", "second_unc", "difference",
           "least_detectable", "change"]  # fmt: skip
    for one in found.measures:
        pairs = zip(one.values, one.uncertainties, strict=True)
        yield [one.measure, one.unit, *one.sides, *(n for pair in pairs for n in pair), one.difference,
               one.least_detectable, one.change.value]  # fmt: skip


def _list_points(found: Comparison) -> Iterator[list[object]]:
    yield ["measure", "which", "side", "repetitions", "place", "mean", "half_width"]
    for one in found.measures:
        for which, side, curve in zip(("first", "second"), one.sides, one.curves, strict=True):
            for at, mean, width in zip(curve.place, curve.mean, curve.half_width, strict=True):
                numbers = [None if math.isnan(n) else round(float(n), 4) for n in (at, mean, width)]
                yield [one.measure, which, side, curve.repetitions, *numbers]
