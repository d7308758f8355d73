"""Holds: a rest on the way in is not a hold; the depth of each hold; speeds that are only flicker."""

import itertools
import math

import numpy as np
import pytest

from formcheck.core.feedback import CueSelector
from formcheck.core.movement.schema import Condition
from formcheck.core.phases.drive_signal import DriveSignal
from formcheck.core.records import Assessment

LEAN = "trunk_inclination_deg"


def names(states):
    return [s.name for before, s in zip([None, *states], states, strict=False) if not before or s.name != before.name]


# A rest on the way in: bow by 30 degrees, rest, go on to 60, stay until 12 s ------------------------------------------


def rested(rest_s, *, at=30, to=60):
    return [0, 2, 3, 3 + rest_s, 4 + rest_s, 12, 14, 15], [0, 0, at, at, to, to, 0, 0]


@pytest.mark.parametrize("fps", [15, 30, 60])
@pytest.mark.parametrize("rest_s", [1.0, 2.0, 4.0])
def test_a_rest_on_the_way_in_is_no_hold(follow, make_movement, rest_s, fps):
    states, (bow,), _ = follow(make_movement(), rested(rest_s), fps=fps)
    assert names(states) == ["setup", "move", "hold", "move", "hold", "return", "setup"]
    assert bow.hold_start_s == pytest.approx(4 + rest_s, abs=0.7)
    assert bow.hold_start_s >= 3.9 + rest_s
    assert bow.hold_end_s == pytest.approx(12, abs=0.1)


def test_the_repetition_still_begins_where_the_start_was_left(follow, make_movement):
    _, (bow,), _ = follow(make_movement(), rested(2.0))
    assert bow.start_s == pytest.approx(2 + 8 / 30, abs=0.1)
    assert (bow.index, bow.counts) == (1, True)


def test_two_rests_are_taken_back_too(follow, make_movement):
    course = [0, 2, 3, 5, 5.5, 7.5, 8, 14, 16, 17], [0, 0, 25, 25, 42, 42, 60, 60, 0, 0]
    states, (bow,), _ = follow(make_movement(), course)
    assert names(states).count("hold") == 3
    assert bow.hold_start_s == pytest.approx(8.4, abs=0.5)


def test_easing_in_by_less_than_leaves_is_the_same_hold(follow, make_movement):
    """7 degrees further, of 8 that would leave it."""
    states, (bow,), _ = follow(make_movement(), rested(2.0, at=53))
    assert names(states) == ["setup", "move", "hold", "return", "setup"]
    assert bow.hold_start_s < 4


def test_a_glance_further_in_takes_no_hold_back(follow, make_movement):
    """A third of a second of the pose model 20 degrees further."""
    course = [0, 2, 4, 8, 8.03, 8.33, 8.36, 12, 14, 15], [0, 0, 40, 40, 60, 60, 40, 40, 0, 0]
    states, (bow,), _ = follow(make_movement(), course)
    assert "move" not in names(states)[3:]
    assert bow.hold_start_s < 5


def test_a_rest_on_the_way_out_stays_part_of_the_way_out(follow, make_movement):
    course = [0, 2, 4, 10, 11, 13, 14, 16], [0, 0, 60, 60, 30, 30, 0, 0]
    _, (bow,), _ = follow(make_movement(), course)
    assert bow.hold_start_s < 5


def test_a_bow_that_ends_at_its_rest_keeps_that_hold(follow, make_movement):
    _, (bow,), _ = follow(make_movement(), ([0, 2, 3, 9, 10, 11], [0, 0, 30, 30, 0, 0]))
    assert (round(bow.hold_start_s), round(bow.hold_end_s)) == (3, 9)


def test_the_hold_clock_forgets_the_rest(follow, make_movement, make_measured):
    movement = make_movement()
    states, _, _ = follow(movement, rested(3.0))
    cues, valid = CueSelector(movement), {}
    for i, state in enumerate(states):
        t = i / 30
        said = cues.step(Assessment(t, state.name, (), {}), state)
        valid[t] = said.hold.valid_s
    assert valid[6.0] == pytest.approx(2.6, abs=0.5)  # the rest counts for as long as it may be the hold
    assert valid[12.0] == pytest.approx(5.0, abs=0.6)


def test_a_long_hold_goes_on_where_the_person_sinks_further_in(follow, make_movement):
    """Its seconds were lost, and a set with 16 good ones ended with "0 of 40"."""
    movement = make_movement()
    states, (bow,), _ = follow(movement, ([0, 2, 4, 12, 13, 17, 19, 20], [0, 0, 40, 40, 60, 60, 0, 0]))
    assert names(states) == ["setup", "move", "hold", "move", "hold", "return", "setup"]
    assert bow.hold_start_s == pytest.approx(4, abs=0.7)
    assert bow.hold_end_s == pytest.approx(17, abs=0.1)
    cues = CueSelector(movement)
    said = [cues.step(Assessment(i / 30, state.name, (), {}), state) for i, state in enumerate(states)]
    shown = [one.hold.valid_s for one, state in zip(said, states, strict=True) if state.repetition is not None]
    assert min(after - before for before, after in itertools.pairwise(shown)) > -0.5
    assert shown[-1] == pytest.approx(12, abs=1)
    assert not math.isfinite(states[-1].motion["deeper_deg"].value) or deeper(states) == [pytest.approx(0, abs=1)]


# How deep -------------------------------------------------------------------------------------------------------------


def bows(*depths):
    """Stand 2 s, then for each depth 1 s in, 4 s there, 1 s out, 2 s standing."""
    seconds, course = [0.0, 2.0], [0.0, 0.0]
    for depth in depths:
        seconds += [seconds[-1] + s for s in (1, 5, 6, 8)]
        course += [depth, depth, 0, 0]
    return seconds, course


def deeper(states):
    """What was reported for each repetition that ended."""
    return [s.motion["deeper_deg"].value for s in states if s.ended is not None]


@pytest.mark.parametrize("sign", [1, -1], ids=["forward", "backward"])
@pytest.mark.parametrize(("depths", "told"), [((40, 60), 20), ((60, 45), -15), ((50, 50), 0)])
def test_each_hold_is_held_against_the_one_before(follow, make_movement, sign, depths, told):
    movement = make_movement(drive={"least": sign * 20.0})
    seconds, course = bows(*depths)
    states, _, _ = follow(movement, (seconds, [sign * x for x in course]))
    first, second = deeper(states)
    assert math.isnan(first)
    assert second == pytest.approx(told, abs=0.5)


def test_the_third_hold_is_held_against_the_second(follow, make_movement):
    states, _, _ = follow(make_movement(), bows(40, 60, 50))
    assert deeper(states)[1:] == pytest.approx([20, -10], abs=0.5)


def test_nothing_is_deeper_before_two_holds(follow, make_movement):
    states, _, _ = follow(make_movement(), bows(50))
    assert all(math.isnan(s.motion["deeper_deg"].value) for s in states)


def test_a_rest_on_the_way_in_is_no_depth(follow, make_movement):
    seconds, course = rested(2.0)
    more, again = bows(70)
    states, _, _ = follow(make_movement(), ([*seconds, *(16 + s for s in more)], [*course, *again]))
    assert deeper(states)[-1] == pytest.approx(10, abs=0.5)


def test_each_side_is_held_against_itself(follow_legs, make_movement):
    """Left 40, right 60, left 45: the left one went 5 degrees further, the right one was never there before."""
    movement = make_movement(
        drive={"signal": "trunk_thigh_working_deg"},
        dose={"each_side": True, "alternating": True},
        start={"nominal": 105.0, "when": [Condition(signal="knee_left_deg", above=0.0)]},
    )
    seconds, left = bows(40, 0, 45)
    states, ended = follow_legs(movement, seconds, left, bows(0, 60, 0)[1])
    assert [r.side for r in ended] == ["left", "right", "left"]
    told = deeper(states)
    assert [math.isnan(x) for x in told] == [True, True, False]
    assert told[2] == pytest.approx(5, abs=0.5)


# Speed ----------------------------------------------------------------------------------------------------------------


def test_a_signal_that_flickers_has_no_speed(follow, make_movement):
    """From 6 s on every other picture has left and right swapped: 12 degrees to and fro."""
    t = np.arange(0, 10, 1 / 30)
    bow = np.interp(t, [0, 2, 4, 10], [0, 0, 60, 60])
    swapping = bow + np.where((t >= 6) & (np.arange(len(t)) % 2 == 0), -12, 0)
    steady, _, _ = follow(make_movement(), (t, bow))
    flickering, _, _ = follow(make_movement(), (t, swapping))
    assert all(math.isfinite(s.motion["speed_deg_per_s"].value) for s in steady[200:290])
    assert all(math.isnan(s.motion["speed_deg_per_s"].value) for s in flickering[200:290])


def test_a_hidden_leg_that_is_found_again_has_no_speed(make_movement):
    """It reads 138, 132, 106 and 110 degrees in four pictures: a jump and a way back, which no leg does."""
    course = DriveSignal(make_movement())
    for k, value in enumerate([138.0] * 10 + [132.0, 106.0, 110.0]):
        course.add(k / 15, value)
    assert math.isnan(course.speed(*course.last_second()).value)


def test_a_jump_between_two_pictures_has_no_speed(make_movement):
    """From 77 to 140 degrees in two steps of a thirtieth of a second: the film was cut; a leg needs longer."""
    course = DriveSignal(make_movement())
    for k, value in enumerate([77.0] * 30 + [101.0, 140.0, 139.0, 139.0]):
        course.add(k / 30, value)
    assert math.isnan(course.speed(*course.last_second()).value)


@pytest.mark.parametrize(("uncertainty_deg", "doubt_deg"), [(0.0, 1.0), (4.0, 1.414), (16.0, 4.123)])
def test_a_bounce_of_a_joint_seen_badly_is_doubtful(make_movement, uncertainty_deg, doubt_deg):
    """Pulses of 6 degrees once a second; a quarter of the angle's own uncertainty is left in them."""
    course = DriveSignal(make_movement())
    for k in range(90):
        course.add(k / 30, 60.0 + 3.0 * math.sin(2 * math.pi * k / 30))
    found = course.bounce(89 / 30, 0.0, often_enough=True, uncertainty_deg=uncertainty_deg)
    assert found.value == pytest.approx(6.0, abs=0.1)
    assert found.uncertainty == pytest.approx(doubt_deg, abs=0.01)


@pytest.mark.parametrize("per_s", [30, 90, 180])
def test_a_fast_way_is_no_flicker(follow, make_movement, per_s):
    states, _, _ = follow(make_movement(), ([0, 2, 2 + 90 / per_s, 6], [0, 0, 90, 90]))
    middle = round((2 + 45 / per_s + 0.12) * 30)
    assert states[middle].motion["speed_deg_per_s"].value == pytest.approx(per_s, rel=0.05)


# Other units ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signal", "least", "settle"), [("hip_rise_tl", 0.2, 0.1), ("trunk_height_pct", 20.0, 6.0)], ids=["tl", "pct"]
)
def test_a_distance_or_a_share_drives_as_well(follow, make_movement, signal, least, settle):
    drive = {"signal": signal, "departs": least / 4, "least": least, "leaves": least / 3, "settle_deg_per_s": settle}
    movement = make_movement(drive=drive, start={"when": [Condition(signal="knee_left_deg", above=0.0)]})
    states, (one,), _ = follow(
        movement, ([0, 2, 4, 14, 16, 17], [0, 0, 2 * least, 2 * least, 0, 0]), signal=signal, knee_left_deg=170.0
    )
    assert names(states) == ["setup", "move", "hold", "return", "setup"]
    assert (one.hold_start_s, one.hold_end_s) == (pytest.approx(4.25, abs=0.3), pytest.approx(14, abs=0.1))
    assert not {"speed_deg_per_s", "bounce_deg", "deeper_deg"} & set().union(*(s.motion for s in states))
