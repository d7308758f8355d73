"""Write a result as an Excel workbook: verdict, repetitions, faults, checks, measurements and every frame."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.core.display import name_check
from formcheck.core.movement.schema import Movement
from formcheck.core.summary.phrases import NOT_MEDICAL, describe_target, find_spec, list_worked_sides, say_verdict
from formcheck.core.summary.schema import RunSummary

if TYPE_CHECKING:
    import pandas as pd

MOST_SHEET_ROWS = 1_048_575
"""Of a sheet, without its head."""
_COLUMN_WIDTH = 18


def write_workbook(path: Path, summary: RunSummary, movement: Movement, frames: pd.DataFrame) -> None:
    """Write the workbook of one result.

    Parameters
    ----------
    path : file to write, .xlsx.
    frames : as `frames.parquet` holds them.

    Notes
    -----
    Text is written as text: a name that begins with "=" is no formula.
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True})
        for title, columns, rows in list_sheets(summary, movement):
            _write_sheet(book.add_worksheet(title), bold, columns, rows)
        few = frames.head(MOST_SHEET_ROWS)
        _write_sheet(book.add_worksheet("Frames"), bold, list(few.columns), few.itertuples(index=False, name=None))


def list_sheets(summary: RunSummary, movement: Movement) -> list[tuple[str, list[str], list[Sequence[Any]]]]:
    """Return the sheets without the frames, each with its title, its columns and its rows."""
    return [
        ("Summary", ["what", "value"], _list_book_facts(summary, movement)),
        ("Repetitions", *_tabulate(one.model_dump(mode="json", exclude={"pauses"}) for one in summary.repetitions)),
        (
            "Faults",
            *_tabulate({"name": name_check(one.id, movement), **one.model_dump(mode="json")} for one in summary.faults),
        ),
        (
            "Checks",
            *_tabulate({"name": name_check(one.id, movement), **one.model_dump(mode="json")} for one in summary.checks),
        ),
        ("Measurements", *_tabulate(_list_measurements(summary, movement))),
    ]


def _list_book_facts(summary: RunSummary, movement: Movement) -> list[Sequence[Any]]:
    verdict = say_verdict(summary, movement)
    source = summary.source
    return [
        ("Recording", source.name), ("SHA-256 of the recording", source.sha256), ("Length, s", source.duration_s),
        ("Movement", movement.name), ("Movement file, SHA-256", summary.movement.sha256),
        ("Verdict", verdict.headline), ("Why", summary.why), *verdict.facts,
        *(("To work on", words) for _, words in verdict.work_on), *(("Good", words) for words in verdict.good),
        *(("Could not be judged", words) for words in verdict.unseen),
        ("Pose model", summary.model.name), ("Pose model, SHA-256", summary.model.sha256),
        ("formcheck", summary.formcheck_version), ("Made, UTC", summary.created_utc), ("Note", NOT_MEDICAL),
    ]  # fmt: skip


def _list_measurements(summary: RunSummary, movement: Movement) -> Iterable[Mapping[str, Any]]:
    sides = list_worked_sides(summary)
    for name, measured in summary.measurements.items():
        spec = find_spec(name, movement, sides)
        yield {
            "measurement": name, "asked as": spec.name if spec else "", "target": describe_target(spec) if spec else "",
            **measured.model_dump(mode="json"),
        }  # fmt: skip


def _tabulate(rows: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[Sequence[Any]]]:
    every = list(rows)
    columns = list(dict.fromkeys(name for row in every for name in row))
    return columns, [[row.get(name) for name in columns] for row in every]


def _write_sheet(sheet: Any, bold: Any, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(columns) - 1, 0), _COLUMN_WIDTH)
    for place, name in enumerate(columns):
        sheet.write_string(0, place, name, bold)
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            _put_cell(sheet, number, place, value)


def _put_cell(sheet: Any, row: int, column: int, value: Any) -> None:
    """Write one value; what is missing stays an empty cell."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))
