"""An agreement as text: Markdown for a file, and tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .comparing import Agreement
from .tables import Table, opening, tables

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Drawn

_PLAIN = str.maketrans({"–": "-", "°": "deg", "…": "..."})


def markdown(agreement: Agreement) -> str:
    """Return an agreement as Markdown."""
    lines = ["# Agreement", "", *(line for sentence in opening(agreement) for line in (sentence, ""))]
    for table in tables(agreement):
        lines += [f"## {table.title}", "", _row(table.head), _row("---" for _ in table.head)]
        lines += [*map(_row, table.rows), ""]
        lines += [*(f"- {note}" for note in table.notes), ""] if table.notes else []
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def print_agreement(agreement: Agreement, *, console: Console | None = None) -> None:
    """Print an agreement: tables as wide as the terminal, in ASCII where the output knows no more.

    Parameters
    ----------
    agreement : what `agree` returned.
    console : where to; standard output by default.
    """
    from rich.console import Console

    console = console or Console(highlight=False)
    for sentence in opening(agreement):
        console.print(_told(sentence, console), markup=False, highlight=False)
    for table in tables(agreement):
        console.print()
        console.print(_told(table.title, console), markup=False, highlight=False, style="bold")
        console.print(_drawn(table, console))
        for note in table.notes:
            console.print(f"  {_told(note, console)}", markup=False, highlight=False)


def _drawn(table: Table, console: Console) -> Drawn:
    from rich.table import Table as Drawn
    from rich.text import Text

    drawn = Drawn(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for i, name in enumerate(table.head):
        drawn.add_column(Text(_told(name, console)), justify="right" if i else "left", overflow="fold", no_wrap=not i)
    for row in table.rows:
        drawn.add_row(*(Text(_told(cell, console)) for cell in row))
    return drawn


def _told(text: str, console: Console) -> str:
    """The text in letters that the output knows."""
    try:
        text.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return text.translate(_PLAIN).encode("ascii", "replace").decode()
    return text


__all__ = ["markdown", "print_agreement"]
