"""An agreement as files: tidy rows, a readable page, and figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from formcheck.program.agreement import WORDS, NumberAgreement
from formcheck.program.agreement_statistics import Estimate

from ..whole_files import staged
from .comparing import Agreement
from .printing import markdown
from .rows import write_rows
from .tables import decimals, unit

if TYPE_CHECKING:
    from formcheck.sinks.plots.agreement import Panel

ROWS, PAGE, CONFUSION = "agreement.csv", "agreement.md", "verdict_confusion.png"
_FIGURE = "bland_altman_{}.png"
_DPI = 200


def write_agreement(agreement: Agreement, out: Path) -> None:
    """Write all files of an agreement; figures of an earlier one that this one lacks go.

    Raises
    ------
    StoreError
        If the folder cannot be written to.
    """
    old = [file.name for file in out.glob(_FIGURE.format("*"))] if out.is_dir() else []
    with staged(out, replaces=(CONFUSION, *old)) as folder:
        if folder is None:
            return
        write_rows(agreement, folder / ROWS)
        (folder / PAGE).write_text(markdown(agreement), encoding="utf-8")
        _write_figures(agreement, folder)


def _write_figures(agreement: Agreement, folder: Path) -> None:
    from formcheck.sinks.plots.agreement import plot_bland_altman, plot_confusion

    for column, by_rater in agreement.numbers.items():
        panels = [_panel(rater, one) for rater, one in by_rater.items()]
        figure = plot_bland_altman(column, unit(column), panels, decimals=decimals(column))
        figure.savefig(folder / _FIGURE.format(column), dpi=_DPI)
    if agreement.verdicts:
        plot_confusion(WORDS, [(r, one.counts) for r, one in agreement.verdicts.items()]).savefig(
            folder / CONFUSION, dpi=_DPI
        )


def _panel(rater: str, one: NumberAgreement) -> Panel:
    from formcheck.sinks.plots.agreement import Panel

    d = one.differences
    return Panel(rater, d.mean, d.difference, *(_line(e) for e in (d.bias, d.lower, d.upper)))


def _line(e: Estimate) -> tuple[float, float, float]:
    return e.value, e.low, e.high


__all__ = ["CONFUSION", "PAGE", "ROWS", "write_agreement"]
