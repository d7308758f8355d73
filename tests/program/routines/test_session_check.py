"""The four lines at the end of a session, on sessions whose answer is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.movement.load import catalogue, load_movement
from formcheck.program.routines.session_check import CheckedSet, LineCode, LineState, check_session

HOLD, MOVING = load_movement("kneeling_hip_flexor"), load_movement("cat_cow")


def make_set(movement=HOLD, *, judged=True, faults=(), whole=True):
    return CheckedSet(movement, judged, frozenset(faults), whole)


def read(sets, **how):
    return {one.code: (one.state.value, one.good, one.of) for one in check_session(sets, **how)}


def test_nothing_is_said_of_no_session():
    assert check_session([]) == []


@pytest.mark.parametrize(
    ("sets", "warm", "state"),
    [
        ([make_set(MOVING), make_set()], False, "yes"),
        ([make_set(), make_set(MOVING)], False, "no"),
        ([make_set(), make_set(MOVING)], True, "yes"),
        ([make_set(MOVING)], False, "yes"),
    ],
)
def test_warm_up_is_movement_before_the_first_long_hold(sets, warm, state):
    assert read(sets, is_warm=warm)[LineCode.WARM_UP][0] == state


def test_a_bounce_is_no_matter_of_alignment():
    assert "bounce" in HOLD.shared
    found = read([make_set(faults=["bounce"]), make_set(faults=["back_arching"]), make_set()])
    assert found[LineCode.ALIGNMENT] == ("partly", 2, 3)
    assert found[LineCode.NO_BOUNCE] == ("partly", 2, 3)


def test_what_was_not_judged_is_unknown():
    found = read([make_set(judged=False, whole=None)])
    assert found[LineCode.ALIGNMENT] == found[LineCode.DURATION] == ("unknown", 0, 0)


def test_duration_counts_what_was_done_as_asked():
    assert read([make_set(whole=False), make_set(whole=False)])[LineCode.DURATION] == ("no", 0, 2)


@given(
    st.lists(
        st.builds(
            CheckedSet,
            st.sampled_from([load_movement(one) for one in catalogue()]),
            st.booleans(),
            st.frozensets(st.sampled_from(["bounce", "too_fast", "back_rounding"])),
            st.sampled_from([None, True, False]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_session_has_its_four_lines(sets):
    lines = check_session(sets)
    assert [one.code for one in lines] == list(LineCode)
    for one in lines[1:]:
        assert 0 <= one.good <= one.of <= len(sets)
        assert (one.state is LineState.UNKNOWN) == (one.of == 0)
