"""Write an agreement as tidy rows: one for each statistic."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.core.display import disarm_formula
from formcheck.core.errors import SourceError, keep_on_a_line
from formcheck.drivers.atomic_files import stage_files
from formcheck.program.agreement import VERDICT_WORDS, FaultAgreement, NumberAgreement, VerdictAgreement
from formcheck.program.agreement_statistics import Estimate

from .compare import ALL_RATERS, Agreement, Among, compare, list_all_faults
from .outcomes import MEASURED_COLUMN, read_outcomes
from .read import match, read_labels, read_sheet
from .tables import PrintTable, build_tables, choose_decimals, find_column_unit, write_opening

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Drawn
if TYPE_CHECKING:
    from formcheck.sinks.plots.agreement import Panel

CSV_COLUMNS = ("what", "between", "statistic", "value", "low", "high", "n", "note")
FORMCHECK = "formcheck"


@dataclass(frozen=True, slots=True)
class StatisticRow:
    """One statistic.

    Parameters
    ----------
    what : "verdict", "fault ID" or the name of a column. between : the two compared, "A – B".
    statistic : its name. found : its value with interval, count and note.
    """

    what: str
    between: str
    statistic: str
    found: Estimate


def list_statistics(agreement: Agreement) -> list[StatisticRow]:
    """Return every statistic of an agreement."""
    found: list[StatisticRow] = []
    for rater in agreement.raters:
        two = f"{FORMCHECK} – {rater}"
        for fault, one in agreement.faults.get(rater, {}).items():
            found += (StatisticRow(f"fault {fault}", two, name, e) for name, e in _list_fault_rows(one))
        if rater in agreement.verdicts:
            found += (
                StatisticRow("verdict", two, name, e) for name, e in _list_verdict_rows(agreement.verdicts[rater])
            )
        for column, by_rater in agreement.numbers.items():
            if rater in by_rater:
                found += (StatisticRow(column, two, name, e) for name, e in _list_number_rows(by_rater[rater]))
    return found + (list(_list_rater_rows(agreement.among)) if agreement.among else [])


def write_rows(agreement: Agreement, path: Path) -> None:
    """Write the statistics as CSV; an undefined one is an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(CSV_COLUMNS)
        for row in list_statistics(agreement):
            e = row.found
            ends = ("" if math.isnan(x) else f"{x:.6g}" for x in (e.value, e.low, e.high))
            words = map(disarm_formula, (row.what, row.between, row.statistic))
            writer.writerow((*words, *ends, e.n, disarm_formula(e.note)))


def _list_fault_rows(one: FaultAgreement) -> Iterator[tuple[str, Estimate]]:
    counts = {
        "true": one.true, "false": one.false, "missed": one.missed, "neither": one.neither,
        "cannot tell, named": one.not_judged_named, "cannot tell, not named": one.not_judged_other,
    }  # fmt: skip
    yield from ((name, _count(count, one.judged + one.not_judged)) for name, count in counts.items())
    yield "precision", one.precision
    yield "recall", one.recall
    yield "kappa", one.kappa
    yield "recall, cannot tell as not found", one.recall_all
    yield "kappa, cannot tell as not found", one.kappa_all


def _list_verdict_rows(one: VerdictAgreement) -> Iterator[tuple[str, Estimate]]:
    yield from one.kappas.items()
    yield "cannot tell", _count(one.not_judged, one.judged + one.not_judged)
    for first, counts in zip(VERDICT_WORDS, one.counts, strict=True):
        for second, count in zip(VERDICT_WORDS, counts, strict=True):
            yield f"count {first}, {second}", _count(int(count), one.judged + one.not_judged)


def _list_number_rows(one: NumberAgreement) -> Iterator[tuple[str, Estimate]]:
    yield from one.icc.items()
    d = one.differences
    yield "bias", d.bias
    yield "sd of differences", d.sd
    yield "lower limit of agreement", d.lower
    yield "upper limit of agreement", d.upper
    yield "slope of differences over means", d.slope
    yield "sem", d.sem
    yield "mdc", d.mdc
    yield "cannot tell", _count(one.not_judged, one.not_judged + len(d.mean))


def _list_rater_rows(among: Among) -> Iterator[StatisticRow]:
    for two, one in among.verdicts.items():
        yield from (StatisticRow("verdict", two, name, e) for name, e in _list_verdict_rows(one))
    if among.all_verdicts:
        yield StatisticRow("verdict", ALL_RATERS, "kappa of Fleiss", among.all_verdicts)
    for fault, by_pair in among.faults.items():
        for who, e in by_pair.items():
            yield StatisticRow(f"fault {fault}", who, "kappa of Fleiss" if who == ALL_RATERS else "kappa", e)
    for column, found in among.numbers.items():
        yield from (StatisticRow(column, ALL_RATERS, name, e) for name, e in found.items())


def _count(count: int, n: int) -> Estimate:
    return Estimate(count, math.nan, math.nan, n)


_NUMBER_FIRST = re.compile(r"[-+]?[0-9.]")
"""Such as "-0.40 (-0.60 to -0.20)"."""
_ASCII_LETTERS = str.maketrans({"–": "-", "°": "deg", "…": "..."})


def write_markdown(agreement: Agreement) -> str:
    """Return an agreement as Markdown."""
    lines = ["# Agreement", "", *(line for sentence in write_opening(agreement) for line in (sentence, ""))]
    for table in build_tables(agreement):
        lines += [f"## {table.title}", "", _write_row(table.head), _write_row("---" for _ in table.head)]
        lines += [*map(_write_row, table.rows), ""]
        lines += [*(f"- {note}" for note in table.notes), ""] if table.notes else []
    return "\n".join(lines)


def _write_row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(_write_cell, cells))} |"


def _write_cell(cell: str) -> str:
    """Return a cell that stays one cell, in a spreadsheet too."""
    plain = keep_on_a_line(cell).replace("|", "/").replace("<", "&lt;")
    return plain if _NUMBER_FIRST.match(plain) else disarm_formula(plain)


def print_agreement(agreement: Agreement, *, console: Console | None = None) -> None:
    """Print an agreement: tables as wide as the terminal, in ASCII if needed.

    Parameters
    ----------
    agreement : what `run_agreement` returned.
    console : output; standard output by default.
    """
    from rich.console import Console

    console = console or Console(highlight=False)
    for sentence in write_opening(agreement):
        console.print(_encode_for_console(sentence, console), markup=False, highlight=False)
    for table in build_tables(agreement):
        console.print()
        console.print(_encode_for_console(table.title, console), markup=False, highlight=False, style="bold")
        console.print(_draw_table(table, console))
        for note in table.notes:
            console.print(f"  {_encode_for_console(note, console)}", markup=False, highlight=False)


def _draw_table(table: PrintTable, console: Console) -> Drawn:
    from rich.table import Table as Drawn
    from rich.text import Text

    drawn = Drawn(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for i, name in enumerate(table.head):
        drawn.add_column(
            Text(_encode_for_console(name, console)), justify="right" if i else "left", overflow="fold", no_wrap=not i
        )
    for row in table.rows:
        drawn.add_row(*(Text(_encode_for_console(cell, console)) for cell in row))
    return drawn


def _encode_for_console(text: str, console: Console) -> str:
    """Return the text in characters that the output can show."""
    try:
        text.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return text.translate(_ASCII_LETTERS).encode("ascii", "replace").decode()
    return text


ROWS, PAGE, CONFUSION = "agreement.csv", "agreement.md", "verdict_confusion.png"
TO_PRINT = "agreement.html"
_FIGURE = "bland_altman_{}.png"
_OWN_FIGURE = re.compile(_FIGURE.format(f"({MEASURED_COLUMN.pattern})"))
_DPI = 200


def write_agreement(agreement: Agreement, out: Path) -> None:
    """Write all files of an agreement; delete older figures that it lacks.

    Raises
    ------
    StoreError
        If the folder cannot be written to.
    """
    old = (
        [file.name for file in out.glob(_FIGURE.format("*")) if _OWN_FIGURE.fullmatch(file.name)]
        if out.is_dir()
        else []
    )
    with stage_files(out, replaces=(CONFUSION, *old)) as folder:
        if folder is None:
            return
        write_rows(agreement, folder / ROWS)
        (folder / PAGE).write_text(write_markdown(agreement), encoding="utf-8")
        _write_figures(agreement, folder)
        (folder / TO_PRINT).write_text(write_page(agreement, folder), encoding="utf-8")


def write_page(agreement: Agreement, figures: Path) -> str:
    """Return an agreement as one HTML page with its figures in it."""
    from formcheck.sinks.report.content import Block, Heading, KeyPicture, Paragraph, Table
    from formcheck.sinks.report.html_page import write_html

    blocks: list[Block] = [Paragraph(sentence) for sentence in write_opening(agreement)]
    for table in build_tables(agreement):
        rows = tuple(tuple(map(str, row)) for row in table.rows)
        blocks += [Heading(table.title), Table(tuple(map(str, table.head)), rows)]
        blocks += [Paragraph(note, is_small=True) for note in table.notes]
    pictures = sorted(figures.glob("*.png"))
    blocks += [KeyPicture(file.read_bytes(), file.stem.replace("_", " ")) for file in pictures]
    return write_html(blocks, title="Agreement")


def _write_figures(agreement: Agreement, folder: Path) -> None:
    from formcheck.sinks.plots.agreement import plot_bland_altman, plot_confusion

    for column, by_rater in agreement.numbers.items():
        panels = [_make_panel(rater, one) for rater, one in by_rater.items()]
        figure = plot_bland_altman(column, find_column_unit(column), panels, decimals=choose_decimals(column))
        figure.savefig(folder / _FIGURE.format(column), dpi=_DPI)
    if agreement.verdicts:
        plot_confusion(VERDICT_WORDS, [(r, one.counts) for r, one in agreement.verdicts.items()]).savefig(
            folder / CONFUSION, dpi=_DPI
        )


def _make_panel(rater: str, one: NumberAgreement) -> Panel:
    from formcheck.sinks.plots.agreement import Panel

    d = one.differences
    return Panel(rater, d.mean, d.difference, *((e.value, e.low, e.high) for e in (d.bias, d.lower, d.upper)))


def run_agreement(labels: Path, results: Path | None, *, out: Path | None = None) -> Agreement:
    """Return the agreement of formcheck with human raters, and among them.

    Parameters
    ----------
    labels : CSV file, one row for each recording and rater; docs/agreement.md describes its columns. Or results of
        checks that people have corrected: a folder of them.
    results : `results.parquet` of a batch, or the folder it is in. With corrected results, another copy of them, which
        another rater has corrected; or None.
    out : folder for the tables, the page and the figures.

    Raises
    ------
    SourceError
        If a file cannot be read, or the two do not fit each other.
    BackendError
        If statsmodels or scipy is not installed.
    StoreError
        If `out` cannot be written to.
    """
    if labels.is_dir():
        from .corrected_labels import NOT_BLIND, read_corrected_labels

        sheet, rated, outcomes = read_corrected_labels([labels] if results is None else [labels, results])
        agreement = replace(compare(sheet, outcomes, match(sheet, rated, outcomes)), remark=NOT_BLIND)
        if out is not None:
            write_agreement(agreement, out)
        return agreement
    if results is None:
        came = "no results; name those of formcheck batch"
        raise SourceError(f"{labels.name}: expected a CSV file with labels and the results to compare, got {came}")
    sheet = read_sheet(labels)
    outcomes = read_outcomes(results, asked=sheet.columns)
    found = frozenset(fault for row in outcomes.rows for fault in row.faults)
    rated = read_labels(sheet, faults=list_all_faults() | found, measured=outcomes.measured)
    agreement = compare(sheet, outcomes, match(sheet, rated, outcomes))
    if out is not None:
        write_agreement(agreement, out)
    return agreement
