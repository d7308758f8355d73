"""Numbers as people read them, and one style for each state."""

from __future__ import annotations

import doctest

import pytest

from formcheck.core import display
from formcheck.core.feedback import VIEW_CUES
from formcheck.core.movement.signals import UNITS


def test_examples_in_the_docstrings():
    assert doctest.testmod(display).failed == 0


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (171.4, "deg", "171°"),
        (-0.4, "deg", "0°"),
        (-12.0, "deg", "-12°"),
        (74.0, "pct", "74 %"),
        (0.2, "tl", "0.20 trunk"),
        (2.04, "s", "2.0 s"),
        (30.0, "deg_per_s", "30°/s"),
        (110.4, "per_min", "110/min"),
        (3.0, "", "3"),
    ],
)
def test_numbers_carry_their_unit(value, unit, text):
    assert display.format_number(value, unit) == text


@pytest.mark.parametrize("unknown", [None, float("nan")])
def test_unknown_doubt_is_left_out(unknown):
    assert display.format_number_with_doubt(171.0, "deg", unknown) == "171°"


def test_every_unit_of_a_signal_has_its_words():
    """Nobody reads `per_min` on a page."""
    assert [unit for unit in UNITS if "_" in display.format_number(1.0, unit)] == []
    assert len({display.format_number(1.0, unit) for unit in UNITS}) == len(UNITS)


def test_what_keeps_the_view_from_being_judged_has_a_name(make_movement):
    for problem in VIEW_CUES:
        assert display.name_check(problem, make_movement()) != problem.replace("_", " ")


def test_states_differ_in_colour_icon_and_word():
    looks = list(display.STATE_STYLES.values())
    for part in ("colour", "icon", "word"):
        assert len({getattr(one, part) for one in looks}) == len(looks)


def test_colour_as_three_numbers():
    assert display.STATE_STYLES["ok"].rgb == (0, 158, 115)


def test_severities_and_praise_have_a_state():
    assert [display.find_state(s) for s in ("info", "adjust", "fix", "stop", None)] == [
        "info",
        "warn",
        "fix",
        "fix",
        "ok",
    ]


def test_worst_of_nothing_is_nothing():
    assert display.pick_worst([]) is None
    assert display.pick_worst(["ok", "warn", "fix"]) == "fix"
    assert display.pick_worst(["ok", "info", "cannot_tell"]) == "info"
