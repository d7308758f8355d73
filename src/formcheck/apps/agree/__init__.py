"""`formcheck agree`: what formcheck said of recordings, held against what people said of them."""

from __future__ import annotations

from pathlib import Path

from .comparing import Agreement, compare
from .labels import labels_of, read_sheet
from .match import match
from .movement_faults import all_faults
from .outcomes import read_outcomes
from .printing import markdown, print_agreement
from .writing import write_agreement


def agree(labels: Path, results: Path, *, out: Path | None = None) -> Agreement:
    """Return how far formcheck agrees with human raters, and they with each other.

    Parameters
    ----------
    labels : CSV file, one row for each recording and rater; docs/agreement.md says what its columns are.
    results : `results.parquet` of a batch, or the folder it is in.
    out : folder for `agreement.csv`, `agreement.md` and the figures.

    Raises
    ------
    SourceError
        If a file cannot be read, or the two do not fit each other.
    BackendError
        If statsmodels or scipy is not installed.
    StoreError
        If `out` cannot be written to.
    """
    sheet = read_sheet(labels)
    outcomes = read_outcomes(results, asked=sheet.columns)
    found = frozenset(fault for row in outcomes.rows for fault in row.faults)
    rated = labels_of(sheet, faults=all_faults() | found, measured=outcomes.measured)
    agreement = compare(sheet, outcomes, match(sheet, rated, outcomes))
    if out is not None:
        write_agreement(agreement, out)
    return agreement


__all__ = ["Agreement", "agree", "markdown", "print_agreement", "write_agreement"]
