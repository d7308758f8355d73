"""Slope, turning points and bounce of drawn signals; the memory of a time window."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.phases.timeseries import (
    Duration,
    TimeWindow,
    TurnDetector,
    bounce_deg,
    drop_missing,
    find_turning_points,
    measure_flicker,
    slope_per_s,
    take_median,
)


def times(duration_s, fps=30):
    return np.arange(round(duration_s * fps) + 1) / fps


# Course ---------------------------------------------------------------------------------------------------------------


def test_a_course_forgets_what_is_older_than_its_memory():
    course = TimeWindow(1.0)
    for i in range(31):
        course.add(i / 10, float(i))
    assert course.times_s == pytest.approx(np.arange(20, 31) / 10)
    assert course.values == pytest.approx(np.arange(20, 31))


@pytest.mark.parametrize("count", [255, 256, 257, 2000])
def test_a_course_keeps_all_it_should_however_long_it_grows(count):
    course = TimeWindow(1e9, (2,))
    for i in range(count):
        course.add(float(i), np.array([i, -i], float))
    assert course.values[:, 1] == pytest.approx(-np.arange(count))


def test_since_and_recent_leave_out_what_is_missing():
    course = TimeWindow(10.0)
    for i, value in enumerate([1.0, math.nan, 3.0, 4.0]):
        course.add(float(i), value)
    assert [list(part) for part in course.since(1.0)] == [[2, 3], [3, 4]]
    assert [list(part) for part in course.recent(3.0)] == [[0, 2, 3], [1, 3, 4]]


def test_known_keeps_whole_series_as_they_are():
    t = np.arange(3.0)
    assert drop_missing(t, t)[0] is t


# Slope and median -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_slope_of_a_line(fps):
    t = times(0.5, fps)
    assert slope_per_s(t, 7 - 20 * t, 0.5) == pytest.approx(-20)


@pytest.mark.parametrize(
    "t",
    [
        pytest.param(np.array([0.0, 0.1]), id="two samples are too few"),
        pytest.param(np.array([0.0, 0.05, 0.36, 0.41]), id="a longer gap than is accepted"),
        pytest.param(np.array([0.0, 0.05, 0.1]), id="less than half of the window says nothing"),
    ],
)
def test_no_slope_of_too_little(t):
    assert math.isnan(slope_per_s(t, t, 0.5, max_step_s=0.25))


def test_a_longer_step_may_be_accepted():
    t = np.array([0.0, 0.25, 0.5])
    assert slope_per_s(t, 3 * t, 0.5, max_step_s=0.25) == pytest.approx(3)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_median_is_numpys(values):
    assert take_median(np.array(values)) == np.median(values)


def test_median_of_nothing_is_missing():
    assert math.isnan(take_median(np.array([])))


# Flicker --------------------------------------------------------------------------------------------------------------


@given(st.floats(-200, 200), st.floats(-400, 400), st.floats(-2000, 2000), st.sampled_from([15, 30, 60]))
def test_even_movement_at_any_speed_does_not_flicker(place, speed, gain, fps):
    t = times(0.25, fps)
    assert measure_flicker(t, place + speed * t + gain * t * t) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("fps", [30, 60])
def test_what_jumps_to_and_fro_flickers_by_as_much(fps):
    """Every other picture 10 degrees up and down from a line."""
    t = times(0.25, fps)
    assert measure_flicker(t, 40 * t + 10 * (-1.0) ** np.arange(len(t))) == pytest.approx(10, rel=0.05)


@given(st.lists(st.floats(-90, 90), min_size=4, max_size=16), st.floats(-90, 90), st.floats(0.1, 5))
def test_flicker_knows_no_place_and_grows_with_its_size(values, place, factor):
    t, series = np.arange(len(values)) / 30, np.array(values)
    assert measure_flicker(t, series + place) == pytest.approx(measure_flicker(t, series), abs=1e-6)
    assert measure_flicker(t + 1800, factor * series) == pytest.approx(factor * measure_flicker(t, series), abs=1e-6)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_of_a_handful_of_samples_nothing_is_said_to_flicker(count):
    assert measure_flicker(times(1)[:count], np.array([0.0, 90.0, 0.0])[:count]) == 0


# Lasting --------------------------------------------------------------------------------------------------------------


def test_how_long_it_has_been_so():
    lasting = Duration()
    told = [
        lasting.step(t, active=active)
        for t, active in ((1.0, True), (1.5, True), (2.0, False), (3.0, True), (3.2, True))
    ]
    assert told == pytest.approx([0, 0.5, math.nan, 0, 0.2], nan_ok=True)


# Turns ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "turns"),
    [
        pytest.param([0, 5, 1, 6, 0], [1, 2, 3], id="each end is a turn"),
        pytest.param([0, 2, 0, 2, 0], [], id="small ripples are none"),
        pytest.param([0, 5, 5, 5], [], id="a way without a way back has no turn"),
        pytest.param([5, 0, 5], [1], id="down first"),
        pytest.param([0, 5, 3, 6, 1], [3], id="a ripple on the way up is none"),
        pytest.param([], [], id="nothing has no turns"),
    ],
)
def test_turning_points(values, turns):
    assert find_turning_points(np.array(values, float), 3.0) == turns


@given(st.lists(st.floats(-50, 50), max_size=80), st.floats(0.5, 20))
def test_turns_alternate_and_lie_far_enough_apart(values, least):
    series = np.array(values)
    turns = find_turning_points(series, least)
    assert turns == sorted(set(turns))
    ways = np.diff(series[turns])
    assert (np.abs(ways) >= least).all()
    assert (ways[:-1] * ways[1:] < 0).all()


@pytest.mark.parametrize("fps", [15, 30, 60])
@pytest.mark.parametrize(
    ("hertz", "amplitude", "expected"),
    [
        pytest.param(1.0, 3.0, 6.0, id="pulsing once a second by six degrees"),
        pytest.param(2.0, 2.5, 5.0, id="pulsing twice a second"),
        pytest.param(1.0, 1.0, 0.0, id="a tremble of two degrees"),
        pytest.param(0.7, 3.0, 6.0, id="pulsing slowly"),
        pytest.param(0.5, 5.0, 0.0, id="swaying once in two seconds"),
        pytest.param(0.25, 5.0, 0.0, id="slow breathing"),
    ],
)
def test_bounce(fps, hertz, amplitude, expected):
    t = times(3.0, fps)
    assert bounce_deg(t, amplitude * np.sin(2 * np.pi * hertz * t)) == pytest.approx(expected, abs=0.35)


@pytest.mark.parametrize(
    ("course_deg", "expected"),
    [
        pytest.param([0, 6, 0, 6, 0, 6], 6.0, id="half a second each way"),
        pytest.param([0, 6, 6, 6, 0, 6], 0.0, id="a rest between two swings"),
        pytest.param([0, 10, 6, 10, 10, 10], 0.0, id="down, and settling"),
        pytest.param([0, 0, 6, 0, 0, 0], 0.0, id="there and back once"),
        pytest.param([0, 12, 7, 12, 7, 7], 5.0, id="down, then half a second each way"),
    ],
)
def test_a_bounce_is_quick_and_even(course_deg, expected):
    """Given is the angle each half second."""
    t = times(2.5, 30)
    assert bounce_deg(t, np.interp(t, np.arange(6) / 2, course_deg)) == pytest.approx(expected, abs=0.5)


def test_no_bounce_can_be_judged_from_few_or_rare_pictures():
    assert math.isnan(bounce_deg(times(0.1), times(0.1)))
    assert math.isnan(bounce_deg(times(3, 5), times(3, 5)))


# Swing ----------------------------------------------------------------------------------------------------------------


def swing_turns(values, fps=30, least=12.0):
    swing = TurnDetector(least)
    return [turn for i, value in enumerate(values) if (turn := swing.step(i / fps, float(value)))]


def test_a_swing_turns_once_at_each_end():
    t = times(8.0)
    turns = swing_turns(20 * np.sin(2 * np.pi * t / 4))
    assert [direction for direction, _ in turns[1:]] == [-1, 1, -1, 1]
    assert [turned_s for _, turned_s in turns[1:]] == pytest.approx([1, 3, 5, 7], abs=0.1)


def test_a_rest_at_the_end_of_a_swing_turns_in_its_middle():
    t = times(8.0)
    rested = np.interp(t, [0, 1, 4, 5, 8], [0, 30, 30, 0, 0])
    assert swing_turns(rested)[-1] == (-1, pytest.approx(2.5, abs=0.2))


def test_noise_smaller_than_least_never_turns():
    rng = np.random.default_rng(5)
    assert swing_turns(rng.uniform(-5, 5, 500)) == []
