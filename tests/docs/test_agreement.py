"""The example in docs/agreement.md is what the command prints."""

from __future__ import annotations

import csv
import io
import re

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console

from formcheck.apps.agree.report import print_agreement, run_agreement

WIDTH = 100
LISTS = ("faults", "checks_cannot_tell")


def test_the_example_prints_what_the_page_shows(checkout, tmp_path):
    page = (checkout / "docs" / "agreement.md").read_text(encoding="utf-8")
    labels, results = re.findall(r"^```csv\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (shown,) = re.findall(r"^```text\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "labels.csv").write_text(labels, encoding="utf-8")
    rows = [
        {name: cell.split() if name in LISTS else _cell(cell) for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(results))
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "results.parquet")
    stream = io.StringIO()
    found = run_agreement(tmp_path / "labels.csv", tmp_path / "results.parquet")
    print_agreement(found, console=Console(file=stream, width=WIDTH))
    printed = "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"
    assert shown == printed, f"put this into docs/agreement.md:\n{printed}"


def _cell(text):
    try:
        return float(text)
    except ValueError:
        return text or None
