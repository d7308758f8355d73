"""The answers decide what is allowed: the table, the most serious route, combinations, and no other input."""

from __future__ import annotations

import ast
import doctest
import inspect
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.drivers.answers import collect_catalogue_facts
from formcheck.program import gate, screening
from formcheck.program.screening import (
    ADVICE,
    ASKED_AGAIN_AFTER,
    EMERGENCY,
    NEW_SIGNS,
    QUESTIONS,
    SCREENING_ROUTES,
    SESSION_QUESTIONS,
    STOP,
    Decision,
    Kept,
    MovementFacts,
    SessionReport,
    decide_screening,
    decide_session,
    explain_due_questions,
    find_standing,
    list_unanswered,
)

NO = {question.id: False for question in QUESTIONS}
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def facts(name, *closed, softened=(), **more):
    return MovementFacts(name, name.title(), frozenset(closed), frozenset(softened), **more)


RADIATING, FLOOR, HEAD = "radiating_signs", "floor_or_joint", "pregnancy_pressure_neck"
MARCH = facts("march")
CAT = facts("cat", RADIATING, FLOOR, softened=[HEAD], head_down=True)
HINGE = facts("hinge", RADIATING, softened=[HEAD], head_down=True)
COBRA = facts("cobra", FLOOR, softened=[RADIATING])
TWIST = facts("twist", RADIATING, FLOOR, "lasting_pain", "known_condition", advanced=True)
ROLL = facts("roll", RADIATING, FLOOR, HEAD, "lasting_pain", "known_condition", advanced=True, head_down=True)
ALL = (MARCH, CAT, HINGE, COBRA, TWIST, ROLL)
BENDING = ("cat", "hinge", "roll", "twist")
ADVANCED = ("roll", "twist")
ON_FLOOR = ("cat", "cobra", "roll", "twist")


def yes(*ids):
    return decide_screening(NO | dict.fromkeys(ids, True), ALL)


@pytest.mark.parametrize(
    ("ids", "route", "text", "locked", "confirm", "hidden"),
    [
        ("", "go", "", False, False, ()),
        ("R1", "emergency", EMERGENCY, True, False, ()),
        ("R2", "emergency", EMERGENCY, True, False, ()),
        ("R3", "emergency", EMERGENCY, True, False, ()),
        ("R4", "urgent", ADVICE, True, False, ()),
        ("R5", "urgent", ADVICE, True, False, ()),
        ("R6", "advice", ADVICE, False, True, ()),
        ("R7", "advice", ADVICE, False, True, ()),
        ("R8", "advice", ADVICE, False, True, BENDING),
        ("R9", "advice", ADVICE, False, True, ADVANCED),
        ("R10", "advice", ADVICE, False, True, ADVANCED),
        ("R11", "advice", ADVICE, False, True, ()),
        ("R12", "go", "", False, False, ("roll",)),
        ("R13", "go", "", False, False, ON_FLOOR),
        ("R12 R13", "go", "", False, False, ON_FLOOR),
        ("R8 R12 R13", "advice", ADVICE, False, True, ("cat", "cobra", "hinge", "roll", "twist")),
        ("R4 R9", "urgent", ADVICE, True, False, ADVANCED),
        ("R5 R6 R13", "urgent", ADVICE, True, False, ON_FLOOR),
        ("R3 R4 R8", "emergency", EMERGENCY, True, False, BENDING),
        (" ".join(NO), "emergency", EMERGENCY, True, False, ("cat", "cobra", "hinge", "roll", "twist")),
    ],
)
def test_table(ids, route, text, locked, confirm, hidden):
    decision = yes(*ids.split())
    assert (decision.route, decision.text, decision.locked, decision.confirm) == (route, text, locked, confirm)
    assert decision.hidden == hidden


def test_notes_add_up_and_none_comes_twice():
    assert yes("R4", "R5").notes == yes("R4").notes
    assert yes("R8", "R12", "R13").notes == yes("R8").notes + yes("R12").notes + yes("R13").notes
    assert [question.id for question in QUESTIONS if question.note] == ["R4", "R5", "R8", "R9", "R10", "R12", "R13"]


def test_texts_are_the_catalogues_word_for_word(shared_dir):
    catalogue = (shared_dir / "design" / "movements.md").read_text(encoding="utf-8")
    assert all(f'"{text}"' in catalogue for text in (EMERGENCY, ADVICE, STOP))


def test_questions_are_thirteen_short_and_sourced():
    assert [question.id for question in QUESTIONS] == [f"R{n}" for n in range(1, 14)]
    assert [question.id for question in QUESTIONS if question.tell] == ["R1", "R2", "R3"], "the emergencies come first"
    assert [question.route == "emergency" for question in QUESTIONS] == [True] * 3 + [False] * 10
    for question in QUESTIONS:
        assert 1 <= len(question.short.split()) <= 10
        assert question.text.endswith("?")
        assert len(question.text.split()) <= 35
        assert len(question.note.split()) <= 15
        assert question.source.startswith("catalogue 3.1: ")


def test_examples_in_the_docstrings():
    assert doctest.testmod(screening).failed == 0
    assert doctest.testmod(screening).attempted >= 5


# Not answered is not "no" ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("left_out", NO)
def test_one_answer_missing_is_not_decided(left_out):
    answers = {key: value for key, value in NO.items() if key != left_out}
    assert list_unanswered(answers) == (left_out,)
    assert decide_screening(answers, ALL) is None


@pytest.mark.parametrize("answers", [{}, {"R4": True}, {"R1": False}, {"R99": False}])
def test_few_answers_are_not_decided(answers):
    assert decide_screening(answers) is None


def test_emergency_does_not_wait_for_the_other_answers():
    assert decide_screening({"R2": True}) == Decision("emergency", locked=True, text=EMERGENCY)


# Properties -----------------------------------------------------------------------------------------------------------

ANSWERS = st.fixed_dictionaries({key: st.booleans() for key in NO})
PARTLY = st.dictionaries(st.sampled_from(list(NO)), st.booleans())


@given(ANSWERS, st.sampled_from(list(NO)))
def test_one_more_yes_never_allows_more(answers, more):
    before, after = decide_screening(answers, ALL), decide_screening(answers | {more: True}, ALL)
    assert SCREENING_ROUTES.index(before.route) <= SCREENING_ROUTES.index(after.route)
    assert before.locked <= after.locked
    assert set(before.hidden) <= set(after.hidden)
    assert set(before.notes) <= set(after.notes)


@given(PARTLY, st.sampled_from(list(NO)))
def test_an_early_decision_is_not_softened_by_later_answers(answers, more):
    before, after = decide_screening(answers), decide_screening(answers | {more: True})
    if before is not None:
        assert after is not None
        assert SCREENING_ROUTES.index(before.route) <= SCREENING_ROUTES.index(after.route)


@given(ANSWERS)
def test_route_is_that_of_the_gravest_answer(answers):
    decision = decide_screening(answers, ALL)
    routes = [question.route for question in QUESTIONS if answers[question.id]]
    assert decision.route == max(routes, key=SCREENING_ROUTES.index, default="go")
    assert decision.locked == (decision.route in {"urgent", "emergency"})
    assert decision.confirm == (decision.route == "advice")


@given(ANSWERS, st.lists(st.sampled_from(ALL), unique=True))
def test_movements_change_nothing_but_what_is_hidden(answers, movements):
    some, none = decide_screening(answers, movements), decide_screening(answers)
    assert none.hidden == ()
    assert set(some.hidden) <= {facts.id for facts in movements}
    assert (some.route, some.locked, some.text, some.confirm, some.notes) == (
        none.route, none.locked, none.text, none.confirm, none.notes,
    )  # fmt: skip


def test_nothing_but_answers_can_enter():
    assert set(SessionReport.__dataclass_fields__) == {"pain", "pain_before", "worse", "new_signs", "felt"}
    for module in (screening, gate):
        imports = [n for n in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(n, ast.ImportFrom)]
        assert {(n.level, n.module) for n in imports} <= {
            (0, "__future__"), (0, "collections.abc"), (0, "dataclasses"), (0, "datetime"), (0, "typing"),
            (0, "formcheck.core.movement.schema"), (0, "formcheck.languages.phrase"),
            (1, "screening"), (1, "person.about_me"),
        }  # fmt: skip
    assert "P42" in screening.__doc__


# When to ask ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        pytest.param(None, "first", id="never"),
        pytest.param(Kept({}, None), "first", id="nothing kept"),
        pytest.param(Kept(NO, None), "first", id="no time"),
        pytest.param(Kept({"R1": False}, NOW), "first", id="not all answered"),
        pytest.param(Kept(NO, NOW), "", id="just now"),
        pytest.param(Kept({"R1": True}, NOW), "", id="an emergency is decided"),
        pytest.param(Kept(NO, NOW - ASKED_AGAIN_AFTER), "", id="thirty days"),
        pytest.param(Kept(NO, NOW - ASKED_AGAIN_AFTER - timedelta(seconds=1)), "old", id="longer than thirty days"),
        pytest.param(Kept(NO, NOW + timedelta(hours=1)), "old", id="the clock was set back"),
        pytest.param(Kept(NO, NOW, new_signs=True), "old", id="new signs since"),
    ],
)
def test_when_to_ask(kept, why):
    assert ASKED_AGAIN_AFTER.days == 30
    assert explain_due_questions(kept, NOW) == why


def test_a_lock_opens_by_answers_and_not_by_waiting():
    assert find_standing(None) is None
    assert find_standing(Kept(NO | {"R1": True}, NOW - timedelta(days=400))).locked
    assert find_standing(Kept(NO, NOW, new_signs=True)) == NEW_SIGNS
    assert find_standing(Kept({}, None, new_signs=True)).locked
    assert find_standing(Kept(NO | {"R8": True}, NOW), ALL) == yes("R8")


# The short form -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "route", "text", "locked"),
    [
        (SessionReport(), "go", "", False),
        (SessionReport(pain=9), "go", "", False),
        (SessionReport(pain=3, worse=False, new_signs=False), "go", "", False),
        (SessionReport(new_signs=True), "emergency", EMERGENCY, True),
        (SessionReport(pain=8, pain_before=2, worse=True, new_signs=True, felt="worse"), "emergency", EMERGENCY, True),
        (SessionReport(worse=True), "advice", ADVICE, False),
        (SessionReport(felt="worse"), "advice", ADVICE, False),
        (SessionReport(pain=4, pain_before=3, felt="same"), "go", "", False),
        (SessionReport(pain=5, pain_before=3), "advice", STOP, True),
        (SessionReport(pain=10, pain_before=0, felt="better"), "advice", STOP, True),
        (SessionReport(pain=1, pain_before=8, felt="better"), "go", "", False),
    ],
)
def test_short_form(report, route, text, locked):
    decision = decide_session(report)
    assert (decision.route, decision.text, decision.locked) == (route, text, locked)


def test_short_form_keeps_what_stands():
    earlier = yes("R8", "R13")
    decision = decide_session(SessionReport(pain=2), earlier)
    assert (decision.route, decision.confirm) == ("go", False)
    assert (decision.hidden, decision.notes) == (earlier.hidden, earlier.notes)
    assert decide_session(SessionReport(worse=True), earlier).hidden == earlier.hidden
    assert decide_session(SessionReport(pain=0), yes("R4")) == yes("R4")
    assert decide_session(SessionReport(new_signs=True), yes("R4")) == NEW_SIGNS


def test_questions_of_the_short_form():
    asked = {when: [q.id for q in SESSION_QUESTIONS if when in q.when] for when in ("before", "after")}
    assert asked == {
        "before": ["pain", "areas", "worse", "new_signs"],
        "after": ["pain", "new_signs", "felt", "effort", "breath"],
    }
    assert [one.id for one in SESSION_QUESTIONS if one.way] == ["breath"]


# A form that is not finished ------------------------------------------------------------------------------------------


@given(ANSWERS, PARTLY)
def test_a_draft_never_opens_anything(answers, draft):
    before = find_standing(Kept(answers, NOW), ALL)
    after = find_standing(Kept(answers, NOW, draft=draft), ALL)
    assert SCREENING_ROUTES.index(before.route) <= SCREENING_ROUTES.index(after.route)
    assert set(before.hidden) <= set(after.hidden)


def test_in_a_draft_a_yes_counts_at_once_and_a_no_at_the_end():
    assert find_standing(Kept(NO, NOW, draft={"R4": True})).locked
    assert find_standing(Kept(NO | {"R4": True}, NOW, draft={"R4": False})).locked


# The catalogue --------------------------------------------------------------------------------------------------------


def hidden(question):
    return set(decide_screening(NO | {question: True}, collect_catalogue_facts()).hidden)


def test_catalogue_without_what_bends_or_pulls_on_the_leg():
    left = {one.id for one in collect_catalogue_facts()} - hidden("R8")
    assert left == {
        "bird_dog", "cobra", "desk_microbreak", "desk_posture", "glute_bridge", "kneeling_hip_flexor",
        "pelvic_tilt_supine", "plank", "quadriceps_stretch", "warmup_march",
    }  # fmt: skip
    assert hidden("R8") >= {"partial_crunch", "hamstring_doorway_supine", "figure_four_supine"}


def test_catalogue_of_the_other_answers():
    assert hidden("R12") == {"plough"}
    assert hidden("R9") == hidden("R10") == {"plough", "spinal_twist"}
    assert {one.id for one in collect_catalogue_facts()} - hidden("R13") == {
        "chair_back_stretch", "desk_microbreak", "desk_posture", "hamstring_hinge_standing", "quadriceps_stretch",
        "warmup_march",
    }  # fmt: skip


def test_catalogue_softens_or_closes_every_low_head():
    low = {one.id for one in collect_catalogue_facts() if one.head_down}
    assert low == {
        "cat_cow", "chair_back_stretch", "childs_pose", "childs_pose_side_reach", "hamstring_hinge_standing", "plough",
    }  # fmt: skip
    for one in collect_catalogue_facts():
        assert not one.head_down or HEAD in one.closed_by | one.softened_by
