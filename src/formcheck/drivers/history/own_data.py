"""Export a person's own data, as JSON or as CSV tables."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from formcheck.core.display import disarm_formula
from formcheck.drivers.atomic_files import stage_files, write_one_file

from .history import History
from .records import Person


def export_json(history: History, person: Person, out: Path) -> int:
    """Write every row about a person into one JSON file; return the number of rows.

    Raises
    ------
    StoreError
        The file cannot be written; then there is none.
    """
    rows = history.export_rows(person)
    with write_one_file(out) as part:
        part.touch(mode=0o600)
        part.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return sum(map(len, rows.values()))


def export_csv(history: History, person: Person, out: Path) -> int:
    """Write one CSV file for each table into a folder; return the number of rows.

    Raises
    ------
    StoreError
        The folder cannot be written; then nothing is in it.
    """
    rows = history.export_rows(person)
    with stage_files(out) as part:
        for table, found in rows.items():
            if found and part is not None:
                with (part / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                    writer = csv.DictWriter(file, list(found[0]))
                    writer.writeheader()
                    writer.writerows({key: _guard_cell(value) for key, value in row.items()} for row in found)
    return sum(map(len, rows.values()))


def _guard_cell(value: object) -> object:
    return disarm_formula(value) if isinstance(value, str) else value
