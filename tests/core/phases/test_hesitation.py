"""Hesitation on drawn signals: none on a smooth one, one for each stop and step back, at every frame rate."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.phases.turns import LEAST_STEP, ApproachAndReturn, count_hesitations
from formcheck.core.reasons import Reason, ReasonCode

RATES = [10, 15, 30, 60]
STEP = LEAST_STEP["deg"]


def way(seconds, course, fps=30):
    """A course drawn through points, straight between them."""
    t = np.arange(round(seconds[-1] * fps) + 1) / fps
    return t, np.interp(t, seconds, course)


def eased(duration_s, fps, *, least=0.0, most=60.0):
    """From one posture to another as people move: slowly off, quickly through the middle, slowly there."""
    t = np.arange(round(duration_s * fps) + 1) / fps
    return t, least + (most - least) * (1 - np.cos(math.pi * t / duration_s)) / 2


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("duration_s", [0.8, 2.0, 6.0, 20.0])
def test_a_smooth_way_has_none_however_slow(fps, duration_s):
    assert count_hesitations(*eased(duration_s, fps), least_step=STEP) == 0


STOPS = {
    "a second at half way": ([0, 1, 2, 3], [0, 30, 30, 60], 1),
    "two stops": ([0, 1, 2, 2.5, 3.5, 4.5], [0, 20, 20, 40, 40, 60], 2),
    "a fifth of a second is none": ([0, 1, 1.2, 2.2], [0, 30, 30, 60], 0),
    "a step back of ten degrees": ([0, 1, 1.5, 2, 3], [0, 30, 20, 30, 60], 1),
    "to and fro for a while is one": ([0, 1, 1.3, 1.6, 1.9, 2.2, 3.2], [0, 30, 25, 30, 25, 30, 60], 1),
    "late at the start is none": ([0, 2, 4], [0, 0, 60], 0),
    "waiting at the end is none": ([0, 2, 6], [0, 60, 60], 0),
}


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("name", STOPS)
def test_each_stop_and_step_back_counts_once(name, fps):
    seconds, course, count = STOPS[name]
    assert count_hesitations(*way(seconds, course, fps), least_step=STEP) == count


@given(
    st.sampled_from(sorted(STOPS)), st.sampled_from([-1, 1]), st.floats(-300, 300), st.floats(1, 3), st.floats(0, 5000)
)
def test_neither_direction_nor_place_nor_size_nor_time_matters(name, sign, place, factor, later_s):
    seconds, course, count = STOPS[name]
    t, values = way(seconds, course)
    assert count_hesitations(t + later_s, place + sign * factor * values, least_step=STEP) == count


@pytest.mark.parametrize("name", STOPS)
def test_the_way_back_hesitates_as_the_way_there(name):
    seconds, course, count = STOPS[name]
    t, values = way(seconds, course)
    assert count_hesitations(t, values[::-1], least_step=STEP) == count


@pytest.mark.parametrize("seed", range(10))
def test_noise_is_no_hesitation(seed):
    t, values = eased(3.0, 30)
    noise = np.random.default_rng(seed).normal(0, 0.5, len(t))
    assert count_hesitations(t, values + noise, least_step=STEP, noise=0.5) == 0


NOTHING_TOLD = {
    "five pictures a second": (eased(3.0, 5), 0.0),
    "a way too short for its noise": (eased(3.0, 30, most=20.0), 1.0),
    "hardly a way": (eased(3.0, 30, most=5.0), 0.0),
    "one picture": ((np.zeros(1), np.zeros(1)), 0.0),
    "nobody for half a second": (
        tuple(part[(eased(3.0, 30)[0] < 1) | (eased(3.0, 30)[0] > 1.5)] for part in eased(3.0, 30)),
        0.0,
    ),
}


@pytest.mark.parametrize("name", NOTHING_TOLD)
def test_what_cannot_be_judged(name):
    (t, values), noise = NOTHING_TOLD[name]
    assert math.isnan(count_hesitations(t, values, least_step=STEP, noise=noise))


# Both ways ------------------------------------------------------------------------------------------------------------


def ways(seconds, course, *, left_s=(), none_s=math.nan):
    kept = ApproachAndReturn("deg")
    for t, value in zip(*way(seconds, course), strict=True):
        kept.add(float(t), float(value))
        if any(abs(t - s) < 1e-6 for s in left_s):
            kept.left_hold(float(t))
        if abs(t - none_s) < 1e-6:
            kept.was_no_hold()
    return kept


BOTH = [0, 1, 2, 3, 8, 9, 10, 11], [0, 30, 30, 60, 60, 30, 30, 0]
"""A stop of a second on the way in and on the way out of a hold from 3 to 8 s."""


def test_stops_on_both_ways_add_up():
    assert ways(*BOTH, left_s=(8.0,)).hesitations(3.0, noise=0.0) == 2


def test_a_rest_on_the_way_out_does_not_begin_the_hold_again():
    assert ways(*BOTH, left_s=(8.0, 10.0)).hesitations(3.0, noise=0.0) == 2


def test_a_rest_on_the_way_in_was_no_hold():
    """A hold was seen from 1 to 2 s and taken back."""
    assert ways(*BOTH, left_s=(2.0, 8.0), none_s=2.5).hesitations(3.0, noise=0.0) == 2


def test_one_way_is_known_without_the_other():
    assert ways(*BOTH).hesitations(3.0, noise=0.0) == 1


def test_a_repetition_begins_with_nothing():
    kept = ways(*BOTH, left_s=(8.0,))
    kept.begin()
    assert math.isnan(kept.hesitations(3.0, noise=0.0))


# In the whole course --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize(("course", "count"), [
    pytest.param(([0, 2, 4, 9, 11, 13], [0, 0, 60, 60, 0, 0]), 0, id="smoothly"),
    pytest.param(([0, 2, 2.6, 3.6, 4.6, 9, 11, 13], [0, 0, 18, 18, 60, 60, 0, 0]), 1, id="a stop before it counts"),
    pytest.param(([0, 2, 3, 4.5, 5.5, 11, 13, 15], [0, 0, 40, 40, 60, 60, 0, 0]), 1, id="a rest taken for a hold"),
    pytest.param(([0, 2, 4, 9, 10, 11.5, 12.5, 15], [0, 0, 60, 60, 30, 30, 0, 0]), 1, id="a rest on the way out"),
])  # fmt: skip
def test_a_repetition_says_how_often(follow, make_movement, course, count, fps):
    states, (bow,), _ = follow(make_movement(), course, fps=fps)
    assert bow.hesitations == count
    told = [s.motion["hesitations_n"].value for s in states if s.ended is not None]
    assert told == [count]
    assert all(math.isnan(s.motion["hesitations_n"].value) for s in states if s.ended is None)


def test_a_recording_that_ends_in_the_hold_tells_the_way_in(follow, make_movement):
    _, (bow,), _ = follow(make_movement(), ([0, 2, 2.6, 3.6, 4.6, 9], [0, 0, 18, 18, 60, 60]))
    assert bow.hesitations == 1


def test_below_ten_pictures_a_second_it_cannot_be_judged(follow, make_movement):
    states, (bow,), _ = follow(make_movement(), ([0, 2, 4, 9, 11, 13], [0, 0, 60, 60, 0, 0]), fps=8)
    assert math.isnan(bow.hesitations)
    assert states[-1].motion["speed_deg_per_s"].reason == Reason(ReasonCode.TOO_FEW_PICTURES)
