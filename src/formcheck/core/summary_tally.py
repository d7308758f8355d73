"""The measurements of a whole recording, frame by frame, for the medians of its summary."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .measure import NAMES
from .records import Measurements


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
