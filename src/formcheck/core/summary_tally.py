"""The measurements of a whole recording, frame by frame, for the medians of its summary."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .measure import NAMES
from .records import Measurements


class Spread(NamedTuple):
    """Where the values of one measurement lie.

    Parameters
    ----------
    median, p05, p95 : over all frames in which it was known.
    in_hold_median : over those of the holds; None where there are none.
    """

    median: float
    p05: float
    p95: float
    in_hold_median: float | None


@dataclass(slots=True)
class MeasurementTally:
    """Counts over the whole recording, filled frame by frame so that memory stays flat."""

    times: list[float] = field(default_factory=list)
    seen: int = 0
    values: array[float] = field(default_factory=lambda: array("f"))
    """Of each frame in which somebody is seen all measurements, in the order of `NAMES`."""
    held: array[int] = field(default_factory=lambda: array("b"))
    """Of each such frame whether it belongs to a hold."""
    uncertainty: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(NAMES)))
    """The widest of each measurement that was known."""

    def add(self, measurements: Measurements, *, held: bool) -> None:
        """Take the measurements of one frame in."""
        values = [measurements.values.get(name, math.nan) for name in NAMES]
        widths = np.array([measurements.uncertainty.get(name, math.nan) for name in NAMES])
        self.values.extend(values)
        self.held.append(held)
        np.fmax(self.uncertainty, widths, out=self.uncertainty, where=np.isfinite(values))

    def known(self, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the values of one measurement wherever it was known, and those of the holds."""
        values = np.asarray(self.values).reshape(-1, len(NAMES))[:, NAMES.index(name)]
        known = np.isfinite(values)
        return values[known], values[known & (np.asarray(self.held) == 1)]

    def spreads(self) -> dict[str, Spread]:
        """Return the spread of each measurement that was ever known.

        Measurements that are known in the same frames, and most are, are taken together: one by one takes longer than
        judging a short recording.
        """
        table, in_hold = np.asarray(self.values).reshape(-1, len(NAMES)), np.asarray(self.held) == 1
        known = np.isfinite(table)
        together: dict[bytes, list[int]] = {}
        for column in np.flatnonzero(known.any(axis=0)).tolist():
            together.setdefault(known[:, column].tobytes(), []).append(column)
        found: dict[int, Spread] = {}
        for columns in together.values():
            rows = known[:, columns[0]]
            values, held = table[np.ix_(rows, columns)], table[np.ix_(rows & in_hold, columns)]
            numbers = [np.median(values, axis=0), *np.percentile(values, (5, 95), axis=0)]
            in_holds = np.median(held, axis=0).tolist() if len(held) else [None] * len(columns)
            each = (columns, *(number.tolist() for number in numbers), in_holds)
            for column, median, p05, p95, of_holds in zip(*each, strict=True):
                found[column] = Spread(median, p05, p95, of_holds)
        return {name: found[column] for column, name in enumerate(NAMES) if column in found}
