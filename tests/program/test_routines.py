"""Routine files: every problem is reported, and a routine takes the time it says."""

from __future__ import annotations

import doctest
from importlib import resources

import pytest

from formcheck.apps.web.library.practise import build_sequence, sum_length_s
from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import load_movement
from formcheck.program import routines
from formcheck.program.routines import list_routines, load_routine, parse_routine

TEACH_S, SET_UP_S = 15.0, 15.0
"""Before each stretch: it is explained, and the person gets into the picture."""
GOOD = resources.files("formcheck.routines").joinpath("six_stretches.toml").read_text("utf-8")


def refused(text: str) -> list[str]:
    with pytest.raises(MovementFileError, match="problem") as raised:
        parse_routine(text.encode(), "mine.toml")
    return raised.value.problems


@pytest.mark.parametrize("routine_id", list_routines())
def test_a_routine_takes_the_time_it_says(routine_id):
    routine = load_routine(routine_id)
    parts = [load_movement(part.movement) for part in routine.parts]
    whole_s = sum(sum_length_s(build_sequence(one)) + TEACH_S + SET_UP_S for one in parts)
    assert whole_s == pytest.approx(routine.time_s, rel=0.1)


@pytest.mark.parametrize("routine_id", list_routines())
def test_a_routine_offers_nothing_advanced(routine_id):
    routine = load_routine(routine_id)
    assert routine.id == routine_id
    assert not any(load_movement(part.movement).advanced for part in routine.parts)


def test_the_starter_begins_with_the_warm_up():
    assert load_routine("six_stretches").parts[0].movement == "warmup_march"
    assert len(load_routine("six_stretches").parts) == 7


def test_every_problem_is_reported_at_once():
    bad = GOOD.replace("time_s = 900", "time_s = -1").replace('why = "To end', 'who = "To end')
    problems = refused(bad)
    assert [one.partition(":")[0] for one in problems] == ["time_s", "parts.6.why", "parts.6.who"]


def test_unknown_movements_sources_and_promises_are_refused():
    bad = GOOD.replace('"cat_cow"', '"cat_dog"').replace("S001: 3", "S009: 3").replace("One round", "It relieves pain.")
    problems = refused(bad)
    assert problems[0].startswith("parts.1.movement: expected the id of a movement, got 'cat_dog'")
    assert problems[1].startswith("source: ")
    assert "S009" in problems[1]
    assert problems[2].startswith("about: ")
    assert len(problems) == 3


def test_an_unknown_routine_names_those_that_exist():
    with pytest.raises(MovementFileError, match="six_stretches"):
        load_routine("seven")


def test_examples_in_docstrings():
    assert doctest.testmod(routines).failed == 0
