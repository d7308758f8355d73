"""Marching: steps are counted, the hold lasts as long as the steps, and the cadence is correct."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.movement.schema import Condition

LIFT = "knee_lift_tl"


@pytest.fixture(scope="session")
def march(make_movement):
    """Knees lifted in turn, at least 40 a minute."""
    drive = {"kind": "rhythm", "signal": LIFT, "least": 0.14, "least_per_min": 40.0}
    return make_movement(drive=drive, start={"when": [Condition(signal=LIFT, below=0.15)]}, dose={"hold_s": 180})


def steps(*spans, until, lift=0.3, fps=30):
    """Course of the knees: stand, and in each span (from, to, steps a minute) lift left and right in turn.

    The first knee is highest a quarter of a swing of two steps after the span begins.
    """
    t = np.arange(round(until * fps) + 1) / fps
    course = np.zeros_like(t)
    for first, last, per_min in spans:
        within = (t >= first) & (t < last)
        course[within] = lift * np.sin(math.pi * per_min / 60 * (t[within] - first))
    return t, course


@pytest.fixture(scope="session")
def follow_march(follow, march):
    """Run a tracker over a course of the knees."""

    def run(*spans, until, lift=0.3, fps=30, movement=march):
        return follow(movement, steps(*spans, until=until, lift=lift, fps=fps), signal=LIFT, fps=fps)[:2]

    return run


def names(states):
    return [s.name for before, s in zip([None, *states], states, strict=False) if not before or s.name != before.name]


def cadence(states, time_s, fps=30):
    return states[round(time_s * fps)].motion["steps_per_min"].value


@pytest.mark.parametrize("fps", [15, 30, 60])
@pytest.mark.parametrize("per_min", [60, 90, 120, 150])
def test_the_hold_lasts_from_the_first_to_the_last_step(follow_march, per_min, fps):
    states, (one,) = follow_march((4, 24, per_min), until=32, fps=fps)
    half_step_s = 30 / per_min
    assert names(states) == ["setup", "hold", "setup"]
    assert (one.index, one.counts) == (1, True)
    assert one.start_s == one.hold_start_s == pytest.approx(4 + half_step_s, abs=0.1)
    assert one.hold_end_s == pytest.approx(24 - half_step_s, abs=0.1)
    assert one.end_s == one.hold_end_s


@pytest.mark.parametrize("stood_s", [0.2, 1.0, 2.0, 4.0, 10.0])
def test_how_long_a_person_stood_before_makes_no_difference(follow_march, stood_s):
    """The way out of the rest is no step: neither the hold nor the cadence begins with it."""
    states, (one,) = follow_march((stood_s, stood_s + 10, 120), until=stood_s + 16)
    assert one.hold_start_s == pytest.approx(stood_s + 0.25, abs=0.1)
    told = [s.motion["steps_per_min"].value for s in states if s.name == "hold"]
    assert told == pytest.approx([120.0] * len(told), abs=6)


@pytest.mark.parametrize("per_min", [50, 60, 90, 120, 150])
def test_the_cadence_is_that_of_the_last_steps(follow_march, per_min):
    states, _ = follow_march((2, 22, per_min), until=28)
    assert cadence(states, 20) == pytest.approx(per_min, abs=2)


def test_the_cadence_follows_a_change_within_nine_steps(follow_march):
    states, _ = follow_march((2, 12, 60), (12, 22, 120), until=28)
    assert cadence(states, 11.5) == pytest.approx(60, abs=2)
    assert cadence(states, 18) == pytest.approx(120, abs=4)


def test_no_cadence_before_three_steps_and_after_the_last(follow_march):
    states, _ = follow_march((4, 14, 60), until=24)
    assert {math.isnan(s.motion["steps_per_min"].value) for s in states if s.name == "setup"} == {True}
    assert {math.isnan(s.motion["steps_per_min"].value) for s in states if s.name == "hold"} == {False}


@pytest.mark.parametrize(
    ("spans", "lift"),
    [
        pytest.param([(2, 20, 35)], 0.3, id="slower than the least"),
        pytest.param([(2, 20, 120)], 0.06, id="lifted by too little"),
        pytest.param([(2, 3, 120)], 0.3, id="two steps"),
        pytest.param([], 0.3, id="standing"),
        pytest.param([(2, 2.5, 120), (6, 6.5, 120), (10, 10.5, 120), (14, 14.5, 120)], 0.3, id="now and then a step"),
    ],
)
def test_what_is_no_rhythm(follow_march, spans, lift):
    states, ended = follow_march(*spans, until=24, lift=lift)
    assert names(states) == ["setup"]
    assert ended == []


def test_a_pause_shorter_than_the_slowest_step_is_none(follow_march):
    states, (one,) = follow_march((2, 10, 120), (10.8, 19.8, 120), until=26)
    assert names(states) == ["setup", "hold", "setup"]
    assert (one.hold_start_s, one.hold_end_s) == (pytest.approx(2.25, abs=0.1), pytest.approx(19.55, abs=0.1))


def test_a_long_pause_stops_the_clock_and_the_march_goes_on(follow_march):
    states, (one,) = follow_march((2, 10, 120), (13, 22, 120), until=28)
    assert names(states) == ["setup", "hold", "setup", "hold", "setup"]
    assert (one.hold_start_s, one.hold_end_s) == (pytest.approx(2.25, abs=0.1), pytest.approx(21.75, abs=0.1))


def test_a_rest_ends_the_march_and_the_next_one_is_another(follow_march):
    _, ended = follow_march((2, 10, 120), (18, 28, 90), until=36)
    assert [r.index for r in ended] == [1, 2]
    assert [r.hold_start_s for r in ended] == pytest.approx([2.25, 18.33], abs=0.1)
    assert [r.hold_end_s for r in ended] == pytest.approx([9.75, 27.67], abs=0.1)


def test_the_cadence_knows_nothing_of_the_march_before_the_pause(follow_march):
    """Eight slow steps, four seconds of rest, then fast ones."""
    states, _ = follow_march((2, 10, 60), (14, 22, 120), until=28)
    told = [s.motion["steps_per_min"].value for s in states if s.name == "hold" and s.since_s > 12]
    assert told == pytest.approx([120.0] * len(told), abs=6)


def test_a_shift_of_weight_long_before_belongs_to_no_march(follow_march):
    states, (one,) = follow_march((0.5, 1.0, 60), (6, 16, 120), until=22)
    assert one.hold_start_s == pytest.approx(6.25, abs=0.1)
    assert cadence(states, 8) == pytest.approx(120, abs=6)


def test_the_end_of_the_recording_ends_the_march(follow_march):
    states, (one,) = follow_march((2, 20, 120), until=12)
    assert names(states) == ["setup", "hold"]
    assert one.hold_end_s == one.end_s == 12.0


@settings(max_examples=10, deadline=None)
@given(per_min=st.floats(50, 140), lift=st.floats(0.15, 0.6))
def test_right_before_left_is_the_same_march(follow_march, per_min, lift):
    """The mirror image has the other knee first."""
    left, right = (follow_march((3, 13, per_min), until=20, lift=sign * lift)[1] for sign in (1, -1))
    assert len(left) == len(right) == 1
    for field in ("hold_start_s", "hold_end_s"):
        assert getattr(left[0], field) == pytest.approx(getattr(right[0], field), abs=0.04)


def test_the_knees_highest_are_kept(follow_march, march):
    measure = march.measures["knee"].model_copy(update={"signal": LIFT, "reduce": "max"})
    lifted = march.model_copy(update={"measures": {"knee": measure}})
    _, (one,) = follow_march((2, 12, 60), until=18, movement=lifted)
    low, _, high, _ = one.extremes[LIFT]
    assert (low, high) == (pytest.approx(-0.3, abs=0.01), pytest.approx(0.3, abs=0.01))


@pytest.mark.parametrize(
    ("other_side", "is_march"),
    [
        pytest.param(0.0, False, id="one knee bends again and again"),
        pytest.param(0.03, False, id="the other one hardly lifts: a quarter of the least step is 0.035"),
        pytest.param(0.05, True, id="the other one lifts a little"),
        pytest.param(0.3, True, id="left and right alike"),
    ],
)
def test_steps_go_left_and_right(follow, march, other_side, is_march):
    t, course = steps((2, 20, 120), until=26)
    states, ended, _ = follow(march, (t, np.where(course < 0, course * other_side / 0.3, course)), signal=LIFT)
    assert names(states) == (["setup", "hold", "setup"] if is_march else ["setup"])
    assert len(ended) == is_march


def test_a_march_that_becomes_the_bending_of_one_knee_ends_there(follow, march):
    """From 12 s on the right knee stays down."""
    t, course = steps((2, 22, 120), until=28)
    states, (one,), _ = follow(march, (t, np.where((t > 12) & (course < 0), 0, course)), signal=LIFT)
    assert names(states) == ["setup", "hold", "setup"]
    assert one.hold_end_s == pytest.approx(12, abs=0.6)


def test_a_march_that_ends_on_one_leg_ends_with_its_last_step(follow, march):
    """From 12 s on the left knee stays up: nothing more turns, and the last step was the right one at 11.75 s."""
    t, course = steps((2, 12, 120), until=22)
    course = np.where(t > 11.75, np.interp(t, [11.75, 12.0, 12.25, 22], [-0.3, 0, 0.3, 0.3]), course)
    states, (one,), _ = follow(march, (t, course), signal=LIFT)
    assert names(states) == ["setup", "hold", "setup"]
    assert one.hold_end_s == one.end_s == pytest.approx(11.75, abs=0.1)


def test_two_lifts_of_one_knee_end_the_march_at_its_last_step(follow, march):
    """The left knee lifts at 11.25 and 12.25 s, with the right one down between, and stays up."""
    t, course = steps((2, 12, 120), until=22)
    course = np.where(t > 11.25, np.interp(t, [11.25, 11.75, 12.25, 22], [0.3, 0, 0.3, 0.3]), course)
    _, (one,), _ = follow(march, (t, course), signal=LIFT)
    assert one.hold_end_s == one.end_s == pytest.approx(11.25, abs=0.1)
