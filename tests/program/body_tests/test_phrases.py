"""The sentences: numbers with their doubt, no praise, no cause, and a star where a limit is provisional."""

from __future__ import annotations

import doctest
import math
import re

import pytest

from formcheck.program.body_tests import phrases
from formcheck.program.body_tests.patterns import Pattern, WayOn
from formcheck.program.body_tests.protocol import Complaint, load_protocol
from formcheck.program.body_tests.results import ChangedTest, SidesFinding
from formcheck.program.body_tests.trials import NoValue
from formcheck.program.body_tests.visit import Input, decide_visit
from formcheck.program.change import Change, NextStep, Sides, Threshold

T1, T4, T8 = map(load_protocol, ("T1", "T4", "T8"))
PROVISIONAL = Threshold(8.0, own=False)


def changed(change, before=40.0, after=43.0, *, threshold=PROVISIONAL, side=None):
    return ChangedTest("T1", side, before, after, "deg", threshold, change)


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (phrases.COMPLAINTS, Complaint), (phrases.INPUTS, Input), (phrases.INPUT_NOTES, Input),
        (phrases.NEXT_STEPS, NextStep), (phrases.NO_VALUES, NoValue), (phrases.PATTERNS, Pattern),
        (phrases.WAYS_ON, WayOn),
    ],
)  # fmt: skip
def test_every_code_has_its_words(table, codes):
    assert set(table) == set(codes)


def test_a_change_in_one_sentence():
    assert phrases.write_change(T1, changed(Change.NONE)) == (
        "Flat-back bow: no clear change, 40° and 43° (a change counts from 8°*)."
    )
    own = Threshold(9.5, own=True)
    assert phrases.write_change(T1, changed(Change.BETTER, after=55.0, threshold=own, side="left")) == (
        "Flat-back bow (left): clear change in the measured number, 40° then 55° (a change counts from 10°)."
    )
    assert "the other way" in phrases.write_change(T1, changed(Change.WORSE, after=20.0))
    assert phrases.write_change(T1, changed(Change.UNKNOWN, after=None)) == (
        "Flat-back bow: cannot be compared, 40° and not measured. At least half of the tries must be read, both times."
    )


def test_the_headline_over_the_weeks():
    said = phrases.write_carry_over(T1, changed(Change.NONE))
    assert said == "Flat-back bow: no clear change, 40° on the first day and 43° today (a change counts from 8°*)."
    assert phrases.write_carry_over(T1, changed(Change.BETTER)).startswith(
        "Flat-back bow: clear change in the measured number, 40° on the first day and 43° today"
    )
    assert "cannot be compared" in phrases.write_carry_over(T1, changed(Change.UNKNOWN, after=None))


@pytest.mark.parametrize("change", [Change.NONE, Change.BETTER, Change.WORSE, Change.OTHER], ids=str)
def test_the_headline_of_today_names_test_and_numbers(change):
    said = phrases.write_headline_of_today(T1, changed(change))
    assert all(part in said for part in ("Flat-back bow", "40°", "43°"))
    assert ("no clear change" in said) == (change is Change.NONE)
    assert ("the other way" in said) == (change is Change.WORSE)
    assert "(left)" in phrases.write_headline_of_today(T4, changed(change, side="left"))


def test_a_result_names_its_doubt_and_its_tries(hand):
    assert phrases.write_taken(T1, hand.taken(40, 42, 44), None) == (
        "Flat-back bow. Bow with a long back: about 42°, give or take 4°. Tries: 40°, 42°, 44°."
    )
    assert "fewer than half" in phrases.write_taken(T1, hand.taken(40), "left")
    assert phrases.write_taken(load_protocol("T11"), hand.taken(32, asked=1, unit="s", uncertainty=math.nan), None) == (
        "Plank in good form. Plank in good form: 32 s."
    )


def test_sides_are_never_a_finding_of_one_day():
    one = SidesFinding("T4", 60.0, 75.0, "deg", Sides.CLEAR, 2, 3)
    assert phrases.write_sides(T4, one) == (
        "Leg raise, left 60° and right 75°: a clear difference, seen on 2 of 3 days."
    )
    labels = {phrases.write_sides(T4, SidesFinding("T4", 60.0, 61.0, "deg", label, 0, 1)) for label in Sides}
    assert len(labels) == len(Sides)


def test_the_table_says_what_can_be_trusted_little():
    [row] = phrases.list_rows([ChangedTest("T8", "left", 170.0, None, "deg", PROVISIONAL, Change.UNKNOWN)], [T8])
    assert row == (
        "Half-kneeling hip extension (left) (little can be concluded from this one)", "170°", "not measured", "8°*",
        "cannot tell",
    )  # fmt: skip
    words = {phrases.list_rows([changed(change)], [T1])[0][4] for change in Change}
    assert "no clear change" in words


def test_provisional_limits_are_named(hand):
    assert phrases.is_provisional([changed(Change.NONE)])
    assert not phrases.is_provisional([changed(Change.NONE, threshold=Threshold(9.0, own=True))])
    outcome = decide_visit([hand.visit(before=(40, 40), after=(43, 43))])
    assert phrases.write_headline(outcome) == "No clear change. That is a normal answer."


def test_no_sentence_praises_or_names_a_cause():
    every = " ".join(
        [*phrases.PATTERNS.values(), *phrases.NEXT_STEPS.values(), *phrases.CHANGES.values()]
        + [text for pair in phrases.WAYS_ON.values() for text in pair]
    )
    assert not re.search(
        r"great|well done|improve|success|because your|caused|\bweak\b|guarding|deeper", every, re.IGNORECASE
    )


def test_a_test_without_a_measure_says_so(hand):
    nothing = T1.model_copy(update={"measure": None})
    assert phrases.write_taken(nothing, hand.taken(40, 41), None) == "Flat-back bow. Not measured. Tries: 40°, 41°."
    assert "40°" in phrases.write_change(nothing, changed(Change.NONE))


def test_examples_in_docstrings():
    assert doctest.testmod(phrases).failed == 0
