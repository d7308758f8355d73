"""Repetitions laid over each other: the same phase at the same place, however long it took."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.movement.load import load_movement
from formcheck.core.summary.schema import RepetitionRecord
from formcheck.program.change import Change
from formcheck.program.therapist.alignment import (
    POINTS_OF_A_SECTION,
    align_repetitions,
    find_marks_s,
    list_sections,
)
from formcheck.program.therapist.comparison import ComparedMeasure, find_widest_difference

HINGE, CAT_COW, PLANK = (load_movement(one) for one in ("hamstring_hinge_standing", "cat_cow", "plank"))
SECONDS = st.floats(0.5, 20.0)


def repetition(**about: object) -> RepetitionRecord:
    whole = {"index": 1, "side": None, "start_s": 1.0, "hold_start_s": None, "hold_end_s": None, "end_s": 9.0,
             "valid_hold_s": None, "pauses": []}  # fmt: skip
    return RepetitionRecord.model_validate(whole | about)


def course(marks_s: list[float], shift: float = 0.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a bow: up on the way, level in the hold, down on the way back."""
    time_s = np.linspace(marks_s[0], marks_s[-1], 400)
    value = np.interp(time_s, marks_s, [0.0, 60.0, 60.0, 0.0]) + shift
    return time_s, value, np.full_like(time_s, 4.0)


def test_marks_of_a_reach_are_its_hold():
    one = repetition(hold_start_s=3.0, hold_end_s=7.0)
    none = np.array([])
    assert find_marks_s(one, HINGE, none, []) == [1.0, 3.0, 7.0, 9.0]
    assert find_marks_s(one, PLANK, none, []) == [3.0, 7.0]
    assert find_marks_s(repetition(), HINGE, none, []) == []
    assert [len(list_sections(one)) for one in (HINGE, CAT_COW, PLANK)] == [3, 2, 1]


def test_marks_of_a_cycle_are_its_turn():
    time_s = np.arange(0.0, 10.0)
    phases = ["setup", "high", *["high"] * 4, *["low"] * 4]
    assert find_marks_s(repetition(), CAT_COW, time_s, phases) == [1.0, 6.0, 9.0]
    assert find_marks_s(repetition(), CAT_COW, time_s, ["low"] * 10) == []


@given(st.tuples(SECONDS, SECONDS, SECONDS))
def test_the_pace_does_not_change_the_course(lengths):
    marks = [0.0, *np.cumsum(lengths).tolist()]
    curve = align_repetitions(*course(marks), [marks])
    expected = np.interp(curve.place, [0, 1, 2, 3], [0.0, 60.0, 60.0, 0.0])
    assert np.allclose(curve.mean, expected, atol=60.0 / 400 / min(np.diff(marks)) * marks[-1])
    assert np.allclose(curve.half_width, 4.0)  # a single repetition has no spread


@given(st.floats(-50.0, 50.0), st.tuples(SECONDS, SECONDS, SECONDS))
def test_a_known_shift_is_found_at_every_place(shift, lengths):
    marks = [0.0, *np.cumsum(lengths).tolist()]
    one, other = align_repetitions(*course(marks), [marks]), align_repetitions(*course(marks, shift), [marks])
    assert np.allclose(other.mean - one.mean, shift)


def test_two_repetitions_give_their_mean_and_spread():
    time_s = np.linspace(0.0, 4.0, 81)
    value = np.where(time_s < 2.0, 10.0, 20.0)
    curve = align_repetitions(time_s, value, np.zeros_like(time_s), [[0.0, 1.9], [2.1, 4.0]])
    assert curve.mean == pytest.approx(15.0)
    assert curve.half_width == pytest.approx(1.96 * np.std([10.0, 20.0], ddof=1))
    assert (curve.repetitions, len(curve.place)) == (2, POINTS_OF_A_SECTION + 1)


def test_what_was_not_seen_stays_unknown():
    time_s = np.linspace(0.0, 9.0, 181)
    value = np.where((time_s > 3.0) & (time_s < 6.0), np.nan, 5.0)
    curve = align_repetitions(time_s, value, np.zeros_like(time_s), [[0.0, 3.0, 6.0, 9.0]])
    middle = slice(POINTS_OF_A_SECTION + 1, 2 * POINTS_OF_A_SECTION)
    assert np.isnan(curve.mean[middle]).all()
    assert np.nanmax(curve.mean) == 5.0
    cut_off = align_repetitions(time_s, value, np.zeros_like(time_s), [[0.0, 3.0, 9.0, 9.0]])
    assert np.isnan(cut_off.mean[-1])
    assert np.isnan(align_repetitions(time_s, value, value, []).mean).all()
    assert np.isnan(align_repetitions(time_s, value * np.nan, value, [[0.0, 9.0]]).mean).all()


def compared(shift: float) -> ComparedMeasure:
    marks = [0.0, 2.0, 6.0, 8.0]
    curves = [align_repetitions(*course(marks, by), [marks]) for by in (shift, 0.0)]
    return ComparedMeasure("hinge", "Forward lean", "deg", (None, None), (60.0 + shift, 60.0), (3.0, 4.0), Change.NONE,
                           (curves[0], curves[1]))  # fmt: skip


@given(st.floats(-50.0, 50.0).filter(lambda shift: abs(abs(shift) - np.hypot(4.0, 4.0)) > 0.01))
def test_only_a_shift_beyond_both_bands_is_named(shift):
    found = find_widest_difference(compared(shift))
    if abs(shift) < np.hypot(4.0, 4.0):
        assert found is None
    else:
        section, share, difference = found
        assert difference == pytest.approx(shift)
        assert (section in (0, 1, 2), 0.0 <= share <= 1.0) == (True, True)


def test_difference_and_least_detectable_are_computed():
    one = compared(7.0)
    assert (one.difference, one.least_detectable) == (7.0, 5.0)
    missing = ComparedMeasure("hinge", "", "deg", (None, None), (None, 1.0), (None, 1.0), Change.UNKNOWN, one.curves)
    assert (missing.difference, missing.least_detectable) == (None, None)
