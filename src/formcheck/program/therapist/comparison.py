"""What a comparison of two results says, measure by measure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from formcheck.core.movement.schema import Movement
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import Side
from formcheck.program.change import Change

from .alignment import POINTS_OF_A_SECTION, AlignedCurve


@dataclass(frozen=True, slots=True, eq=False)
class ComparedMeasure:
    """One measure of two results.

    Parameters
    ----------
    measure, name, unit : key in the movement file, everyday name, unit.
    sides : working side of each; None where none works.
    values, uncertainties : of each; None where it could not be judged.
    change : what became of it.
    curves : of each, over the phases of a repetition.
    """

    measure: str
    name: str
    unit: str
    sides: tuple[Side | None, Side | None]
    values: tuple[float | None, float | None]
    uncertainties: tuple[float | None, float | None]
    change: Change
    curves: tuple[AlignedCurve, AlignedCurve]

    @property
    def difference(self) -> float | None:
        """Return first − second."""
        first, second = self.values
        return None if first is None or second is None else first - second

    @property
    def least_detectable(self) -> float | None:
        """Return the minimal detectable change at 95 %.

        Half-widths of 95 % intervals add up as the sides of a right angle.
        """
        first, second = self.uncertainties
        return None if first is None or second is None else math.hypot(first, second)


@dataclass(frozen=True, slots=True, eq=False)
class ComparedBodies:
    """Two bodies over each other in one section.

    Parameters
    ----------
    section : its name.
    first, second : as it was seen, and the other one laid over it.
    """

    section: str
    first: PoseFrame
    second: PoseFrame


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two results, or two sides, measure by measure.

    Parameters
    ----------
    movement : of both.
    names : what the two are called, in order.
    sections : of a repetition.
    measures : in the order of the movement file, for each pair of sides.
    bodies : both bodies in the middle of each section; empty without saved poses.
    """

    movement: Movement
    names: tuple[str, str]
    sections: tuple[str, ...]
    measures: tuple[ComparedMeasure, ...]
    bodies: tuple[ComparedBodies, ...] = ()


def find_widest_difference(one: ComparedMeasure) -> tuple[int, float, float] | None:
    """Return where the mean courses differ most beyond both bands.

    Returns
    -------
    Number of the section from 0, share of it that is over (0..1), and first − second there. None if the bands explain
    every difference.
    """
    first, second = one.curves
    difference = first.mean - second.mean
    beyond = np.abs(difference) - np.hypot(first.half_width, second.half_width)
    if not np.isfinite(beyond).any() or np.nanmax(beyond) <= 0:
        return None
    at = int(np.nanargmax(np.where(beyond > 0, np.abs(difference), np.nan)))
    sections = (len(first.place) - 1) // POINTS_OF_A_SECTION
    section = min(at // POINTS_OF_A_SECTION, sections - 1)
    return section, float(first.place[at]) - section, float(difference[at])
