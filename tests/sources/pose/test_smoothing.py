"""The filters, against plain formulas written here."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from formcheck.sources.pose.tracker import LowPassFilter, OneEuroFilter

PICTURE, WORLD = (0.05, 80.0), (0.1, 40.0)
values = st.floats(-1000, 1000)
times = st.lists(st.floats(0.001, 3), min_size=1, max_size=20).map(lambda steps: np.cumsum(steps).tolist())


def one_euro(points, times_s, scales, cutoff_hz, speed_gain):
    """Return a number smoothed over time, after Casiez, Roussel and Vogel, with the speed in units of `scales`."""

    def share(hz, period_s):
        return 1 / (1 + 1 / (2 * math.pi * hz * period_s))

    smoothed, raw, speed, last_s = [], None, 0.0, None
    for point, time_s, scale in zip(points, times_s, scales, strict=True):
        if raw is None:
            smoothed.append(point)
        else:
            period_s = time_s - last_s
            now = (point - raw) / period_s / scale
            a = share(1.0, period_s)
            speed = a * now + (1 - a) * speed
            b = share(cutoff_hz + speed_gain * abs(speed), period_s)
            smoothed.append(b * point + (1 - b) * smoothed[-1])
        raw, last_s = point, time_s
    return smoothed


@settings(deadline=None)
@given(st.sampled_from([PICTURE, WORLD]), times, st.data())
def test_one_euro_is_the_plain_formula_at_any_steps(filter_of, times_s, data):
    shape = (len(times_s), 4, 2)
    points = data.draw(hnp.arrays(np.float64, shape, elements=values))
    scales = data.draw(st.lists(st.floats(1, 1000), min_size=len(times_s), max_size=len(times_s)))
    one = OneEuroFilter(*filter_of)
    ours = np.array([one.smooth(p, t, scale=s) for p, t, s in zip(points, times_s, scales, strict=True)])
    for k in np.ndindex(4, 2):
        plain = one_euro(points[(slice(None), *k)], times_s, scales, *filter_of)
        np.testing.assert_allclose(ours[(slice(None), *k)], plain, rtol=1e-9, atol=1e-9)


@settings(deadline=None)
@given(times, hnp.arrays(np.float64, (5, 3), elements=values))
def test_what_rests_stays_where_it_is(times_s, points):
    one, low = OneEuroFilter(*PICTURE), LowPassFilter(0.1)
    for time_s in times_s:
        np.testing.assert_array_equal(one.smooth(points, time_s, scale=7.0), points)
        np.testing.assert_array_equal(low.smooth(points), points)


def test_step_by_hand():
    # From 0 to 30 px in a second, at a scale of 60 px: a speed of 0.5, of which 2π / (2π + 1) counts at once.
    one = OneEuroFilter(0.05, 80.0)
    one.smooth(np.array([0.0]), 1.0, scale=60.0)
    speed = 0.5 * 2 * math.pi / (2 * math.pi + 1)
    radians = 2 * math.pi * (0.05 + 80 * speed)
    assert one.smooth(np.array([30.0]), 2.0, scale=60.0) == pytest.approx(30 * radians / (radians + 1))


def test_slow_tremble_is_smoothed_and_fast_movement_hardly():
    tremble, run = OneEuroFilter(*PICTURE), OneEuroFilter(*PICTURE)
    times_s = np.arange(60) / 30
    shaken = [tremble.smooth(np.array([100 + 0.3 * (-1) ** k]), t, scale=300.0)[0] for k, t in enumerate(times_s)]
    far = [run.smooth(np.array([100 + 20.0 * k]), t, scale=300.0)[0] for k, t in enumerate(times_s)]
    assert np.ptp(shaken[30:]) < 0.3  # of 0.6
    np.testing.assert_allclose(far[30:], 100 + 20 * np.arange(30, 60), atol=1.0)


@pytest.mark.parametrize("forget", ["reset", "again"])
def test_after_a_reset_the_first_points_come_back_as_they_are(forget):
    one = OneEuroFilter(*WORLD)
    one.smooth(np.array([1.0]), 0.0)
    one.smooth(np.array([2.0]), 0.1)
    if forget == "reset":
        one.reset()
    else:
        one = OneEuroFilter(*WORLD)
    assert one.smooth(np.array([50.0]), 0.2) == 50.0
    assert 50.0 < one.smooth(np.array([60.0]), 0.3) < 60.0


def test_time_that_does_not_rise_counts_as_a_thirtieth():
    late, even = OneEuroFilter(*PICTURE), OneEuroFilter(*PICTURE)
    for one, times_s in ((late, (1.0, 1.0)), (even, (1.0, 1.0 + 1 / 30))):
        for x, time_s in zip((0.0, 6.0), times_s, strict=True):
            one.last = one.smooth(np.array([x]), time_s, scale=100.0)
    assert late.last == pytest.approx(even.last)


def test_points_that_were_given_are_not_changed():
    one, first, second = OneEuroFilter(*PICTURE), np.array([1.0, 2.0]), np.array([3.0, 4.0])
    one.smooth(first, 0.0)
    one.smooth(second, 0.1)
    np.testing.assert_array_equal([first, second], [[1, 2], [3, 4]])


def test_low_pass_moves_a_tenth_of_the_way():
    low = LowPassFilter(0.1)
    assert low.smooth(np.array([0.5])) == 0.5
    assert low.smooth(np.array([1.0])) == pytest.approx(0.55)
    assert low.smooth(np.array([1.0])) == pytest.approx(0.595)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.01, 1))
def test_low_pass_stays_between_what_it_was_given(given_values, share):
    low = LowPassFilter(share)
    smoothed = [float(low.smooth(np.array([x]))[0]) for x in given_values]
    assert min(given_values) - 1e-12 <= min(smoothed)
    assert max(smoothed) <= max(given_values) + 1e-12
