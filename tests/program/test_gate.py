"""The one gate: open, softened or closed, with the code of each reason; and what a set that hurt changes."""

from __future__ import annotations

import doctest
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.program import gate
from formcheck.program.gate import (
    ANSWER_HOLDS,
    PAIN_REST,
    REMEMBERED,
    WORDS,
    PainNote,
    find_pain_effect,
    is_pain_asked,
    list_cards,
    open_gate,
)
from formcheck.program.person.about_me import OwnWords
from formcheck.program.screening import ADVICE, EMERGENCY, PAIN_ANSWERS, QUESTIONS, Kept, MovementFacts

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NO = {question.id: False for question in QUESTIONS}
PLANK = MovementFacts("plank", "Plank", frozenset({"floor_or_joint", "sore_today"}))
BOW = MovementFacts("bow", "Bow", frozenset({"radiating_signs"}), frozenset({"sore_today"}))
WALK = MovementFacts("walk", "Walk")
ROLL = MovementFacts("roll", "Roll", frozenset({"radiating_signs"}), advanced=True)
ALL = (PLANK, BOW, WALK, ROLL)
HURT = PainNote(NOW - timedelta(days=1), "plank")


def gate_of(*said, note=None, **kept):
    answers = NO | dict.fromkeys(said, True)
    return open_gate(Kept(answers, NOW, **kept), note, ALL, NOW)


def states(opened):
    return [(opened.offer(one).state, *(reason.code for reason in opened.offer(one).reasons)) for one in ALL]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", [("open",), ("open",), ("open",), ("softened", "therapist")]),
        ("R13", [("closed", "R13"), ("open",), ("open",), ("softened", "therapist")]),
        ("R7", [("softened", "R7"), ("softened", "R7"), ("softened", "R7"), ("softened", "R7", "therapist")]),
        ("R7 R8", [
            ("softened", "R7", "R8"), ("closed", "R8", "R7"), ("softened", "R7", "R8"),
            ("closed", "R8", "R7", "therapist"),
        ]),
    ],
)  # fmt: skip
def test_each_movement_has_a_state_and_its_reasons(said, expected):
    assert states(gate_of(*said.split())) == expected


@pytest.mark.parametrize(
    ("kept", "code"),
    [
        (Kept({}, None), "ask_first"),
        (Kept(NO, NOW - timedelta(days=31)), "ask_first"),
        (Kept(NO, NOW, new_signs=True), "new_signs"),
        (Kept(NO | {"R1": True}, NOW), "emergency"),
        (Kept(NO | {"R4": True}, NOW), "urgent"),
        (Kept(NO, NOW, draft={"R5": True}), "urgent"),
    ],
)
def test_a_lock_closes_everything_and_names_the_gravest_reason(kept, code):
    opened = open_gate(kept, None if code == "ask_first" else HURT, ALL, NOW)
    assert {(opened.offer(one).state, opened.offer(one).reasons[0].code) for one in ALL} == {("closed", code)}
    if code in {"new_signs", "emergency"}:
        assert opened.offer(WALK).reasons[0].text == EMERGENCY


def test_a_plan_of_a_therapist_closes_and_opens():
    own = OwnWords(left_out=frozenset({"walk"}), prescribed=frozenset({"roll"}))
    opened = open_gate(Kept(NO, NOW), None, ALL, NOW, own=own)
    assert states(opened) == [("open",), ("open",), ("closed", "not_prescribed"), ("open",)]
    assert opened.decision.hidden == ("walk",)


# A set that hurt ------------------------------------------------------------------------------------------------------


def answered(today, ago=timedelta(0), note=HURT):
    return replace(note, today=today, today_utc=NOW - ago)


def test_pain_that_was_not_asked_about_closes_everything():
    opened = gate_of(note=HURT)
    assert {offer[1] for offer in states(opened)} == {"pain_unasked"}
    assert (opened.decision.locked, opened.decision.route) == (True, "advice")
    assert opened.decision.hidden == ()


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        (answered("gone"), [("softened", "hurt_before"), ("open",), ("open",)]),
        (answered("gone", note=PainNote(NOW - PAIN_REST / 2, "plank")), [("closed", "rests"), ("open",), ("open",)]),
        (answered("gone", REMEMBERED + timedelta(1)), [("open",), ("open",), ("open",)]),
        (answered("mistake", note=PainNote(NOW, "plank")), [("open",), ("open",), ("open",)]),
        (answered("little"), [("closed", "rests", "sore_today"), ("softened", "sore_today"), ("open",)]),
        (answered("same"), [("closed", "rests", "sore_today"), ("softened", "sore_today"), ("open",)]),
        (answered("worse"), [("closed", "pain_worse")] * 3),
        (answered("little", ANSWER_HOLDS + timedelta(1)), [("closed", "pain_unasked")] * 3),
        (answered("little", timedelta(hours=-1)), [("closed", "pain_unasked")] * 3),
    ],
)
def test_the_answer_decides_what_is_offered(note, expected):
    assert states(gate_of(note=note))[:3] == expected


def test_the_same_pain_gives_advice_before_going_on():
    decision = gate_of(note=answered("same")).decision
    assert (decision.route, decision.text, decision.confirm, decision.locked) == ("advice", ADVICE, True, False)
    assert gate_of(note=answered("little")).decision.confirm is False


@given(st.sampled_from([code for code, _ in PAIN_ANSWERS] + [None]), st.integers(-30, 30), st.integers(-30, 30))
def test_pain_never_opens_what_the_answers_close(today, at_days, today_days):
    note = PainNote(NOW - timedelta(days=at_days), "walk", today=today, today_utc=NOW - timedelta(days=today_days))
    without, with_pain = gate_of("R8"), gate_of("R8", note=note)
    for one in ALL:
        assert without.offer(one).state != "closed" or with_pain.offer(one).state == "closed"
    assert set(without.decision.hidden) <= set(with_pain.decision.hidden)


def test_nothing_is_asked_without_a_set_that_hurt():
    assert not is_pain_asked(None, NOW)
    assert find_pain_effect(None, NOW) == gate.PainEffect()


# Cards ----------------------------------------------------------------------------------------------------------------


def test_cards_say_what_each_answer_closes_and_softens():
    cards = {card.code: card for card in list_cards(gate_of("R8", "R4", "R7", note=answered("little")), ALL)}
    assert list(cards) == ["R4", "R7", "R8", "pain"]
    assert (cards["R4"].closes_all, cards["R8"].closes_all) == (True, False)
    assert cards["R8"].closes == ("Bow", "Roll")
    assert (cards["pain"].closes, cards["pain"].softens) == (("Plank",), ("Bow",))
    assert cards["R7"].text == ADVICE
    (urgent,) = list_cards(gate_of("R1"), ALL)
    assert (urgent.text, urgent.closes_all) == (EMERGENCY, True)
    assert list_cards(gate_of(), ALL) == []


@pytest.mark.parametrize(("today", "code"), [("gone", "hurt_before"), ("worse", "pain_worse"), (None, "pain_unasked")])
def test_card_of_pain_names_its_reason(today, code):
    note = answered(today) if today else HURT
    (card,) = list_cards(gate_of(note=note), ALL)
    assert card.text == WORDS[code]
    assert card.closes_all == (code != "hurt_before")


def test_examples_in_the_docstrings():
    assert doctest.testmod(gate).failed == 0
    assert doctest.testmod(gate).attempted >= 3
