"""The noise of drawn signals: zero if smooth, the right size if noise was added, at every frame rate."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.phases.timeseries import LEAST_COUNT, MOST_STEP_S, Noise, compute_shared_noise, slope_std

RATES = [10, 15, 20, 25, 30, 60]


def spread(times_s, values, count=1):
    noise = Noise(count)
    for t, value in zip(times_s, values, strict=True):
        noise.add(float(t), value)
    return noise.std


def smoothed_noise(fps, seconds, seed):
    """What the smoother makes of white noise: each sample shares `compute_shared_noise` of the one before; spread 1."""
    rng, kept = np.random.default_rng(seed), float(compute_shared_noise((0.0, 1 / fps))[0, 1])
    fresh = rng.normal(0, math.sqrt(1 - kept * kept), round(seconds * fps))
    out = [rng.normal()]
    for x in fresh:
        out.append(kept * out[-1] + x)
    return np.arange(len(out)) / fps, np.array(out)


@pytest.mark.parametrize("fps", RATES)
def test_the_noise_that_was_put_in_is_found(fps):
    """Three seconds hold some forty looks, so that a single one is off by a quarter now and then; twenty are not."""
    found = [spread(*smoothed_noise(fps, 4, seed)) for seed in range(20)]
    assert np.median(found) == pytest.approx(1.0, rel=0.12)


@given(st.sampled_from(RATES), st.floats(-90, 90), st.floats(-60, 60), st.floats(-40, 40), st.floats(-20, 20))
def test_a_person_who_moves_smoothly_has_no_noise(fps, place, speed, gain, jerk):
    """A cubic is followed exactly."""
    t = np.arange(round(1.3 * fps)) / fps
    assert spread(t, place + speed * t + gain * t**2 + jerk * t**3) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(("fps", "hz"), [(10, 1.5), (15, 2.5), (30, 4.0), (60, 4.0)])
def test_a_bounce_is_a_movement_not_noise(fps, hz):
    """Six spreads of what is taken for noise are less than the bounce, peak to peak."""
    t = np.arange(4 * fps) / fps
    assert 6 * spread(t, np.sin(2 * math.pi * hz * t)) < 2


@given(st.floats(0.01, 100), st.floats(-90, 90), st.integers(0, 20))
def test_noise_grows_with_the_signal_and_knows_no_place(factor, place, seed):
    t, values = smoothed_noise(15, 3, seed)
    assert spread(t, factor * values + place) == pytest.approx(factor * spread(t, values), rel=1e-6)


def test_of_several_numbers_the_noisiest_counts():
    t, values = smoothed_noise(30, 3, 1)
    both = np.column_stack([0 * t, values])
    assert spread(t, both, 2) == spread(t, values)


def test_uneven_steps_are_no_noise():
    """Every third picture is missing: the steps are one, two, one, two fifteenths of a second."""
    t = np.delete(np.arange(60) / 15, np.arange(2, 60, 3))
    assert spread(t, 3 * t**3) == pytest.approx(0, abs=1e-3)


def test_a_single_jump_is_no_noise():
    t = np.arange(45) / 15
    assert spread(t, np.where(t < 1.5, 0.0, 20.0)) == pytest.approx(0, abs=1e-9)


def test_missing_samples_are_left_out():
    t, values = smoothed_noise(15, 3, 2)
    gone = np.where(np.arange(len(t)) % 7 == 3, np.nan, values)
    assert math.isfinite(spread(t, gone))


def test_before_enough_was_seen_there_is_no_noise():
    t = np.arange(LEAST_COUNT + 3) / 15
    assert math.isnan(spread(t, t))


def test_samples_far_apart_say_nothing_about_each_other():
    t = np.arange(60) * (MOST_STEP_S + 0.05)
    assert math.isnan(spread(t, t))


@pytest.mark.parametrize("fps", RATES)
def test_a_slope_over_250_ms_is_equally_sure_at_every_rate(fps):
    """Three samples at 10 pictures a second: a fifth of the difference of two that share exp(-0.6 pi) of their noise,
    5 * sqrt(2 - 2 * 0.152) = 6.5. Samples close together share more, so that more of them help little.
    """
    t = np.arange(math.floor(0.25 * fps) + 1) / fps
    assert 5.4 < slope_std(t) < 6.6
