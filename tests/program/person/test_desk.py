"""At the desk: minutes are counted, and reminders are few."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.program.person.desk import (
    EMPTY_SEAT_S,
    FORWARD_AFTER_S,
    LEARN_LOOKS,
    MOST_REMINDERS,
    PAUSE_S,
    STAND_AFTER_S,
    DeskLook,
    DeskReminder,
    DeskWatch,
    Sitting,
)

TALL, FORWARD, NOBODY, UP = (
    {"head_forward_tl": 0.1, "bend_deg": 2.0},
    {"head_forward_tl": 0.4},
    None,
    {"thigh_deg": -80.0},
)


class Day:
    """A day at the desk, one look a second."""

    def __init__(self):
        self.watch, self.time_s, self.said = DeskWatch(), 0, []

    def sit(self, seconds, how=TALL):
        for _ in range(int(seconds)):
            self.time_s += 1
            look = DeskLook(self.time_s, is_there=False) if how is None else DeskLook(self.time_s, **how)
            state = self.watch.step(look)
            if state.reminder:
                self.said.append((self.time_s, state.reminder))
        return state


def test_first_looks_teach_the_tall_sitting():
    day = Day()
    assert day.sit(LEARN_LOOKS).sitting is Sitting.LEARNING
    assert day.sit(1).sitting is Sitting.TALL
    assert day.sit(1, FORWARD).sitting is Sitting.FORWARD
    assert day.sit(1, {"head_forward_tl": 0.1, "bend_deg": 40.0}).sitting is Sitting.FORWARD
    day.watch.learn_again()
    day.sit(LEARN_LOOKS, FORWARD)
    assert day.sit(1, FORWARD).sitting is Sitting.TALL


def test_between_the_edges_nothing_changes():
    day, between = Day(), {"head_forward_tl": 0.22, "bend_deg": 2.0}
    day.sit(LEARN_LOOKS + 1)
    assert day.sit(1, between).sitting is Sitting.TALL
    day.sit(1, FORWARD)
    assert day.sit(1, between).sitting is Sitting.FORWARD


def test_after_an_hour_it_is_time_to_stand_and_then_quiet():
    day = Day()
    day.sit(STAND_AFTER_S + 100)
    assert [one for _, one in day.said] == [DeskReminder.STAND]
    assert day.said[0][0] == pytest.approx(STAND_AFTER_S, abs=3)
    assert day.sit(60, UP).sat_s == 0
    day.sit(600)
    assert len(day.said) == 1


def test_a_short_look_away_is_no_break():
    day = Day()
    day.sit(600)
    assert day.sit(10, NOBODY).sat_s > 590
    assert day.sit(60, NOBODY).sat_s == 0


def test_leaning_forward_is_said_after_a_while_only():
    day = Day()
    day.sit(20)
    day.sit(FORWARD_AFTER_S - 10, FORWARD)
    day.sit(5)
    day.sit(FORWARD_AFTER_S - 10, FORWARD)
    assert day.said == []
    day.sit(30, FORWARD)
    assert [one for _, one in day.said] == [DeskReminder.TALL]


def test_the_camera_goes_off_while_nobody_is_there():
    day = Day()
    day.sit(60)
    assert not day.sit(EMPTY_SEAT_S - 2, NOBODY).is_away
    assert day.sit(3, NOBODY).is_away


def test_who_is_not_seen_well_is_not_judged():
    day = Day()
    day.sit(20)
    state = day.sit(3600 - 100, {})
    assert state.sitting is Sitting.UNSURE
    assert state.forward_s == 0


def test_sums_are_the_seconds_that_were_seen():
    day = Day()
    day.sit(LEARN_LOOKS + 100)
    state = day.sit(50, FORWARD)
    assert (state.tall_s, state.forward_s) == (100, 50)
    day.time_s += 3600  # the computer slept
    assert day.sit(1).tall_s == 100


@settings(max_examples=20)
@given(
    parts=st.lists(
        st.tuples(st.sampled_from([TALL, FORWARD, NOBODY, UP, {}]), st.integers(1, 3000)), min_size=1, max_size=8
    )
)
def test_it_never_nags(parts):
    day = Day()
    for how, seconds in parts:
        day.sit(seconds, how)
    times = [time_s for time_s, _ in day.said]
    assert len(times) <= MOST_REMINDERS
    assert all(later - earlier >= PAUSE_S for earlier, later in pairwise(times))


def test_a_day_without_a_break_ends_in_silence():
    day = Day()
    day.sit(MOST_REMINDERS * PAUSE_S * 4)
    assert len(day.said) == MOST_REMINDERS
