"""Lay repetitions over each other, the same phase at the same place.

However long it took, each repetition is cut at its phase marks, such as the beginning and the end of its hold. Every
section between two marks is stretched to the same number of points. The mean of the repetitions and the width of their
band follow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.core.movement.schema import Movement
from formcheck.core.summary.schema import RepetitionRecord
from formcheck.program.change import TWO_SIDED_95

Samples = NDArray[np.float64]
POINTS_OF_A_SECTION = 25
MOST_GAP_S = 0.5
"""Between samples further apart than this the course is unknown."""
LEAST_SECTION_S = 0.1
"""A shorter section shows no course."""


@dataclass(frozen=True, slots=True, eq=False)
class AlignedCurve:
    """The mean course of some repetitions.

    Parameters
    ----------
    place : (P,) from 0 to the number of sections; whole numbers are the phase marks.
    mean : (P,) NaN where fewer than half of the repetitions are known.
    half_width : (P,) of the band that should hold a repetition 95 times in 100: uncertainty of the measurement and
        spread of the repetitions together.
    repetitions : how many there are.
    """

    place: Samples
    mean: Samples
    half_width: Samples
    repetitions: int


def list_sections(movement: Movement) -> tuple[str, ...]:
    """Return the names of the sections of a repetition, in order."""
    if movement.drive.kind == "reach":
        return "on the way", "hold", "on the way back"
    return ("first half", "second half") if movement.drive.kind == "cycle" else ("hold",)


def find_marks_s(one: RepetitionRecord, movement: Movement, time_s: Samples, phase: Sequence[str]) -> list[float]:
    """Return the times of a repetition's phase marks, one more than it has sections.

    Empty if a mark is missing, such as the hold of a repetition that had none.

    Parameters
    ----------
    time_s, phase : (N,) of the frames of the recording.
    """
    start_s, end_s, hold_from_s, hold_to_s = one.start_s, one.end_s, one.hold_start_s, one.hold_end_s
    if movement.drive.kind == "cycle":
        inside = [at for at, seen_s in enumerate(time_s) if start_s < seen_s < end_s]
        turns = [float(time_s[at]) for at in inside[1:] if phase[at] != phase[at - 1]]
        middle_s = (start_s + end_s) / 2
        return [start_s, min(turns, key=lambda at_s: abs(at_s - middle_s)), end_s] if turns else []
    if hold_from_s is None or hold_to_s is None:
        return []
    return [start_s, hold_from_s, hold_to_s, end_s] if movement.drive.kind == "reach" else [hold_from_s, hold_to_s]


def align_repetitions(
    time_s: Samples, value: Samples, uncertainty: Samples, marks_s: Sequence[Sequence[float]]
) -> AlignedCurve:
    """Return the mean course of repetitions over their phases.

    Parameters
    ----------
    time_s, value, uncertainty : (N,) of a recording; NaN where a value is missing.
    marks_s : the phase marks of each repetition, all with the same number of sections.
    """
    sections = len(marks_s[0]) - 1 if marks_s else 1
    place = np.linspace(0.0, sections, sections * POINTS_OF_A_SECTION + 1)
    if not marks_s:
        return AlignedCurve(place, np.full_like(place, np.nan), np.full_like(place, np.nan), 0)
    values = np.stack([_stretch(time_s, value, marks, place) for marks in marks_s])
    widths = np.stack([_stretch(time_s, uncertainty, marks, place) for marks in marks_s])
    known = np.isfinite(values)
    count = known.sum(axis=0)
    enough = 2 * count >= len(marks_s)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean = np.where(enough, total / np.maximum(count, 1), np.nan)
    squares = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0)
    spread = np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), 0.0)
    doubt = np.where(known & np.isfinite(widths), widths, 0.0).sum(axis=0) / np.maximum(count, 1)
    half_width = np.where(enough, np.hypot(doubt, TWO_SIDED_95 * spread), np.nan)
    return AlignedCurve(place, mean, half_width, len(marks_s))


def _stretch(time_s: Samples, values: Samples, marks_s: Sequence[float], place: Samples) -> Samples:
    """Return the values of one repetition at the places.

    NaN in gaps, and in sections without length.
    """
    at_s = np.interp(place, np.arange(len(marks_s)), marks_s)
    known = np.isfinite(values)
    if known.sum() < 2:
        return np.full_like(place, np.nan)
    seen_s = time_s[known]
    found = np.interp(at_s, seen_s, values[known], left=np.nan, right=np.nan)
    after = np.clip(np.searchsorted(seen_s, at_s), 1, len(seen_s) - 1)
    found[seen_s[after] - seen_s[after - 1] > MOST_GAP_S] = np.nan
    section = np.minimum(place.astype(int), len(marks_s) - 2)
    found[np.diff(marks_s)[section] < LEAST_SECTION_S] = np.nan
    return np.asarray(found)
