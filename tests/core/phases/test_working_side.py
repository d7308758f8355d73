"""The working side: given, shown by a posture, shown by the movement, or the one next to the camera."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from formcheck.core.movement.schema import Condition
from formcheck.core.phases.working_side import WorkingSide
from formcheck.core.skeleton import find_other_side

LEG = "trunk_thigh_{}_deg"
DRIVE = {"signal": "trunk_thigh_working_deg", "departs": 14.0, "least": 38.0, "leaves": 12.0, "settle_deg_per_s": 12.0}
START = {LEG.format("left"): 100.0, LEG.format("right"): 110.0}


@pytest.fixture(scope="session")
def lifting(make_movement):
    """Build a movement in which one leg is lifted: the trunk-thigh angle opens by 38 degrees and more."""

    def build(*, alternating=False, **drive):
        start = {"nominal": 105.0, "when": [Condition(signal="knee_left_deg", above=-1.0)]}
        dose = {"each_side": True, "alternating": alternating}
        return make_movement(drive=DRIVE | drive, dose=dose, start=start)

    return build


@pytest.fixture(scope="session")
def look(make_measured):
    """Return the side of one frame in which the legs moved this far from the start."""

    def ask(working, left, right, *, near="right", start=START, sure=False, **others):
        values = {LEG.format("left"): START[LEG.format("left")] + left, LEG.format("right"): 110.0 + right}
        return working.step(make_measured(0.0, near=near, **values, **others), start, sure=sure)

    return ask


# Without a look at the person -----------------------------------------------------------------------------------------


def test_where_both_sides_work_none_is_the_working_one(make_movement, look):
    assert look(WorkingSide(make_movement(), "left"), 60, 0) is None


@pytest.mark.parametrize("sure", [False, True])
def test_the_side_that_was_given_stays(lifting, look, sure):
    working = WorkingSide(lifting(), "left")
    assert [look(working, 0, 60, sure=sure) for _ in range(3)] == ["left"] * 3


@pytest.mark.parametrize("near", ["left", "right", None])
def test_without_a_side_the_drive_uses_the_one_near_the_camera(make_movement, look, near):
    bow = make_movement(dose={"each_side": True})
    assert look(WorkingSide(bow, None), 0, 0, near=near) == near
    assert look(WorkingSide(bow, "left"), 0, 0, near=near) == "left"


# By what moves --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "side"),
    [
        pytest.param(8, 0, "left", id="left by more than half of what departs"),
        pytest.param(7, 0, "right", id="half of what departs is nothing yet: the side next to the camera"),
        pytest.param(30, 40, "right", id="both, right further"),
        pytest.param(40, 30, "left", id="both, left further"),
        pytest.param(-60, 0, "right", id="left the other way is not the movement"),
        pytest.param(-60, 10, "right", id="right in the movement's way"),
        pytest.param(math.nan, 20, "right", id="left is not known"),
        pytest.param(20, math.nan, "left", id="right is not known"),
        pytest.param(math.nan, math.nan, "right", id="neither is known"),
    ],
)
def test_the_side_that_moves_works(lifting, look, left, right, side):
    assert look(WorkingSide(lifting(), None), left, right) == side


def test_a_movement_that_goes_down_counts_the_other_way(lifting, look):
    working = WorkingSide(lifting(least=-38.0), None)
    assert look(working, -20, 30) == "left"
    assert look(working, 30, -20) == "right"


def test_each_side_is_held_against_its_own_start(lifting, look):
    """108 degrees are 8 more than the left leg began with, and 118 are 8 more than the right one."""
    working = WorkingSide(lifting(), None)
    assert look(working, 8, 7.5) == "left"
    assert look(working, 8, 8.5) == "right"


def test_without_a_start_the_movements_own_is_the_base(lifting, look):
    """From 105 degrees on, the left leg at 110 has moved by 5 and the right one at 113 by 8."""
    assert look(WorkingSide(lifting(), None), 10, 3, near="left", start={}) == "right"
    assert look(WorkingSide(lifting(), None), 10, 1, near="left", start={}) == "left"


def test_a_turn_past_the_end_of_the_scale_goes_on(lifting, make_measured):
    """From 350 degrees to 10 are 20 degrees onwards, not 340 back."""
    start = {LEG.format("left"): 350.0, LEG.format("right"): 350.0}
    m = make_measured(0.0, near="right", **{LEG.format("left"): 10.0, LEG.format("right"): 350.0})
    assert WorkingSide(lifting(), None).step(m, start, sure=False) == "left"


def test_distances_do_not_wrap(lifting, make_measured):
    rise = lifting(signal="ankle_rise_working_tl", least=0.1, departs=0.06)
    start = {"ankle_rise_left_tl": 0.0, "ankle_rise_right_tl": 0.0}
    for left, side in ((0.04, "left"), (0.02, "right"), (400.0, "left")):
        m = make_measured(0.0, near="right", ankle_rise_left_tl=left, ankle_rise_right_tl=0.0)
        assert WorkingSide(rise, None).step(m, start, sure=False) == side


def test_the_other_sides_signal_shows_the_working_side_too(lifting, look):
    """Where the drive is the leg that stays, the leg that moves belongs to the other side."""
    assert look(WorkingSide(lifting(signal="trunk_thigh_other_deg"), None), 30, 0, near="left") == "right"


# Once, and in turn ----------------------------------------------------------------------------------------------------


def test_the_side_stays_once_it_is_sure_and_while_nothing_moves(lifting, look):
    working = WorkingSide(lifting(), None)
    assert look(working, 0, 0) == "right"
    assert look(working, 30, 0) == "left"
    assert look(working, 30, 50, sure=True) == "left"
    assert look(working, 0, 0) == "left"
    assert look(working, 0, 20) == "right"


def test_a_side_that_was_never_known_is_looked_for_even_then(lifting, look):
    working = WorkingSide(lifting(), None)
    assert look(working, 0, 0, near=None, sure=True) is None
    assert look(working, 30, 0, near=None, sure=True) == "left"


def test_where_sides_take_turns_the_given_side_only_begins(lifting, look):
    working = WorkingSide(lifting(alternating=True), "left")
    assert look(working, 0, 0) == "left"
    assert look(working, 0, 60) == "right"
    assert look(working, 60, 0, sure=True) == "right"
    assert look(working, 60, 0) == "left"


# By a posture ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def crossed(lifting):
    """A movement whose working side is the one whose ankle lies on the other knee."""
    return lifting(side_when=[Condition(signal="ankle_to_opposite_knee_working_tl", below=0.42)])


@pytest.mark.parametrize(
    ("left_tl", "right_tl", "side"),
    [
        pytest.param(0.2, 0.9, "left", id="the left ankle"),
        pytest.param(0.9, 0.2, "right", id="the right ankle"),
        pytest.param(0.9, 0.9, "right", id="neither: the side next to the camera"),
        pytest.param(0.2, 0.2, "right", id="both: the side next to the camera"),
        pytest.param(0.2, math.nan, "left", id="the right one is not seen"),
    ],
)
def test_a_posture_shows_the_side_whatever_moves(crossed, look, left_tl, right_tl, side):
    seen = {"ankle_to_opposite_knee_left_tl": left_tl, "ankle_to_opposite_knee_right_tl": right_tl}
    assert look(WorkingSide(crossed, None), 60 if side == "right" else 0, 60 if side == "left" else 0, **seen) == side


def test_a_posture_that_shows_no_side_keeps_the_one_before(crossed, look):
    working = WorkingSide(crossed, None)
    assert look(working, 0, 0, ankle_to_opposite_knee_left_tl=0.2) == "left"
    assert look(working, 0, 60, ankle_to_opposite_knee_left_tl=0.9) == "left"


@given(left=st.floats(-90, 90), right=st.floats(-90, 90), near=st.sampled_from(["left", "right", None]))
def test_the_mirrored_person_works_with_the_other_side(lifting, make_measured, left, right, near):
    assume(left != right)
    both = {"left": left, "right": right}
    start = dict.fromkeys(START, 100.0)

    def side_of(flip):
        values = {LEG.format(s): 100.0 + both[find_other_side(s) if flip else s] for s in both}
        beside = find_other_side(near) if flip and near else near
        return WorkingSide(lifting(), None).step(make_measured(0.0, near=beside, **values), start, sure=False)

    assert side_of(flip=True) == (side_of(flip=False) and find_other_side(side_of(flip=False)))


# In the course of a movement ------------------------------------------------------------------------------------------


IN_TURN = (
    [0, 2, 3, 6, 7, 9, 10, 13, 14, 16],
    [0, 0, 60, 60, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 60, 60, 0, 0],
)


@pytest.mark.parametrize("told", [None, "left", "right"])
def test_sides_that_take_turns_are_kept_apart(follow_legs, lifting, told):
    states, ended = follow_legs(lifting(alternating=True), *IN_TURN, side=told)
    assert [r.side for r in ended] == ["left", "right"]
    assert [round(r.hold_end_s) for r in ended] == [6, 13]
    assert states[0].side == (told or "right")


def test_a_side_that_was_given_leaves_the_other_one_out(follow_legs, lifting):
    _, ended = follow_legs(lifting(), *IN_TURN, side="left")
    assert [(r.side, round(r.hold_end_s)) for r in ended] == [("left", 6)]


def test_the_side_is_kept_for_as_long_as_a_repetition_counts(follow_legs, lifting):
    """In the hold of the left leg the right one goes up further: still the left one's hold."""
    seconds, left = [0, 2, 3, 6, 6.5, 9, 10, 12], [0, 0, 50, 50, 50, 50, 0, 0]
    states, ended = follow_legs(lifting(alternating=True), seconds, left, [0, 0, 0, 0, 90, 90, 0, 0])
    assert [(r.side, round(r.hold_end_s)) for r in ended] == [("left", 9)]
    assert {s.side for s in states if s.name in ("hold", "return")} == {"left"}


def test_an_uncounted_repetition_moves_to_the_side_that_goes_on(follow_legs, lifting):
    """The left leg begins and goes back, the right one goes all the way."""
    seconds = [0, 2, 2.5, 3, 4, 7, 8, 10]
    _, ended = follow_legs(lifting(alternating=True), seconds, [0, 0, 22, 0, 0, 0, 0, 0], [0, 0, 0, 20, 60, 60, 0, 0])
    assert [(r.index, r.side) for r in ended] == [(1, "right")]
