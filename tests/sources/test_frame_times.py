"""Times always increase; frames are picked by time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.sources.frame_times import JUMP_AHEAD_S, Picker, RisingClock

PERIOD_S = 1 / 30
stamps = st.lists(st.one_of(st.none(), st.floats(), st.floats(-5, 100), st.sampled_from([0.0, 0.1, 7.0])), max_size=60)


def read(stamps_s, period_s=PERIOD_S):
    clock = RisingClock(period_s)
    return [clock.read(t) for t in stamps_s]


@settings(deadline=None)  # a busy machine is no fault of the code
@given(stamps, st.floats(0, 10))
def test_times_always_rise_and_are_finite(stamps_s, period_s):
    times_s = [t for t in read(stamps_s, period_s) if t is not None]
    assert np.all(np.isfinite(times_s))
    assert all(b > a for a, b in itertools.pairwise(times_s))
    assert all(t >= 0 for t in times_s)
    assert all(b - a <= max(JUMP_AHEAD_S, 9 * period_s) + 1e-6 for a, b in itertools.pairwise(times_s))


@settings(deadline=None)  # a busy machine is no fault of the code
@given(st.lists(st.floats(0.001, 5), min_size=1, max_size=50))
def test_times_that_rise_are_left_as_they_are(steps_s):
    stamps_s = np.cumsum(steps_s).tolist()
    assert read(stamps_s) == stamps_s


def test_first_frame_is_never_before_zero():
    assert read([-0.02, 0.01]) == [0.0, 0.01]


def test_frames_out_of_order_are_dropped():
    assert read([0.0, 0.1, 0.05, 0.1, 0.2]) == [0.0, 0.1, None, None, 0.2]


def test_missing_time_follows_after_one_period():
    assert read([0.0, None, float("nan"), 0.5]) == pytest.approx([0.0, PERIOD_S, 2 * PERIOD_S, 0.5])


def test_clock_set_again_goes_on_where_it_was():
    assert read([10.0, 10.1, 0.0, 0.1]) == pytest.approx([10.0, 10.1, 10.1 + PERIOD_S, 10.2 + PERIOD_S])


def test_stamp_far_ahead_is_no_time():
    """One wrong stamp once made a recording of four months."""
    follows_s = 0.1 + PERIOD_S
    expected = [0.0, 0.1, follows_s, follows_s + PERIOD_S, follows_s + PERIOD_S + 0.1]
    assert read([0.0, 0.1, 9e6, 0.2, 0.3]) == pytest.approx(expected)
    assert read([0.0, 9e6, 9e6 + 0.1]) == pytest.approx([0.0, PERIOD_S, PERIOD_S + 0.1])
    assert read([0.0, JUMP_AHEAD_S - 1]) == [0.0, JUMP_AHEAD_S - 1]  # a pause


def test_clock_that_stands_still_keeps_the_speed_of_the_motion():
    times_s = [t for t in read([0.0] * 33) if t is not None]
    assert times_s == pytest.approx([k * 8 * PERIOD_S for k in range(5)])


def picked(times_s, fps, period_s):
    picker = Picker(fps, period_s)
    return [t for t in times_s if picker.wants(t)]


def test_all_frames_are_wanted_without_a_rate():
    assert picked([0.0, 0.01, 5.0], None, PERIOD_S) == [0.0, 0.01, 5.0]


@pytest.mark.parametrize("source_fps", [30, 60, 120, 59.94])
def test_same_motion_is_picked_within_half_a_frame(source_fps):
    times_s = np.arange(0, 9.98, 1 / source_fps)
    ticks_s = picked(times_s, 15, 1 / source_fps)
    assert len(ticks_s) == 150
    assert np.max(np.abs(np.array(ticks_s) - np.arange(150) / 15)) <= 0.5 / source_fps + 1e-9


@settings(deadline=None)  # a busy machine is no fault of the code
@given(st.floats(5, 120), st.floats(1, 240), st.randoms())
def test_jitter_never_picks_more_than_asked_for(source_fps, fps, random):
    times_s = [max(0.0, (k + random.uniform(-0.3, 0.3)) / source_fps) for k in range(200)]
    chosen = picked(times_s, fps, 1 / source_fps)
    assert len(chosen) <= times_s[-1] * fps + 2
    if fps >= source_fps * 3:
        assert chosen == times_s


@pytest.mark.parametrize("fps", [30, 29.97, 60])
def test_rate_of_the_source_or_more_keeps_every_frame(fps):
    times_s = np.arange(900) * 1001 / 30000
    assert len(picked(times_s, fps, 1001 / 30000)) == 900


def test_gap_is_not_filled():
    assert picked([0.0, 0.1, 3.0, 3.1], 10, 0.1) == [0.0, 0.1, 3.0, 3.1]
