"""Each answer about oneself changes something, and nothing is said that was not answered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.movement.load import catalogue, load_movement
from formcheck.program.person.about_me import (
    ABOUT_QUESTIONS,
    FEW_TO_BEGIN,
    MOST_FOR_YOU,
    NEXT_DAY_ANSWERS,
    SUPPORT,
    OwnWords,
    advise_next_day,
    choose_for_you,
    choose_routine,
    is_next_day_asked,
    read_answers,
)
from formcheck.program.person.body_areas import AREAS, BY_CODE, name_areas

IDS = list(catalogue())
RULES = {name: load_movement(name).spine_rule for name in IDS}
ANY = st.fixed_dictionaries(
    {},
    optional={
        one.id: st.lists(
            st.sampled_from([code for code, _ in one.answers]), unique=True, max_size=1 if one.kind == "one" else 4
        )
        for one in ABOUT_QUESTIONS
    },
)


def soften(own):
    return {name: [code for code, _ in own.soften(name, RULES[name])] for name in IDS if own.soften(name, RULES[name])}


def test_every_place_leads_to_stretches_of_the_catalogue():
    assert all(area.movements and set(area.movements) <= set(IDS) for area in AREAS)
    assert {code for one in ABOUT_QUESTIONS if one.kind == "map" for code, _ in one.answers} == set(BY_CODE)


@pytest.mark.parametrize(
    ("question", "code"),
    [(one.id, code) for one in ABOUT_QUESTIONS for code, _ in one.answers if code != "none"],
)
def test_every_answer_changes_what_is_offered_or_said(question, code):
    """Compared with the same person who did not answer this question, or gave another of its answers."""
    base = {"where": ["low_back"], "keeps_from": [], "does": ["walks"], "sitting": ["half"]}
    others = [{**base, question: []}, *({**base, question: [other]} for other, _ in one_of(question) if other != code)]
    said = {**base, question: [code]}
    with_worse = OwnWords(worse=said["worse"][0] if said.get("worse") else "")
    outcome = choose_for_you(said, IDS), soften(with_worse)
    assert any(
        (choose_for_you(other, IDS), soften(OwnWords(worse=(other.get("worse") or [""])[0].replace("none", ""))))
        != outcome
        for other in others
    )


def one_of(question):
    return next(one.answers for one in ABOUT_QUESTIONS if one.id == question)


def test_places_come_first_and_what_is_worse_comes_later():
    chosen = choose_for_you({"where": ["thigh_back"]}, IDS).movements
    assert chosen == ("hamstring_hinge_standing", "hamstring_doorway_supine", "seated_forward_bend")
    later = choose_for_you({"where": ["thigh_back"], "worse": ["bend"]}, IDS).movements
    assert later[0] == "hamstring_doorway_supine"


def test_who_stretches_daily_gets_support_first():
    chosen = choose_for_you({"where": ["low_back"], "does": ["stretches_much"]}, IDS)
    assert set(chosen.movements[:4]) == set(SUPPORT)
    assert "support comes first" in chosen.text


def test_who_does_little_begins_with_few():
    said = {"where": ["low_back"], "keeps_from": ["turning"]}
    assert len(choose_for_you(said, IDS).movements) == MOST_FOR_YOU
    assert len(choose_for_you({**said, "does": ["nothing"]}, IDS).movements) == FEW_TO_BEGIN


def test_the_desk_is_offered_to_who_sits():
    base = {"where": ["neck"]}
    found = {code: "desk_microbreak" in choose_for_you({**base, "sitting": [code]}, IDS).movements
             for code in ("little", "half", "much")}  # fmt: skip
    assert found == {"little": False, "half": True, "much": True}


def test_the_routine_follows_what_suits():
    routines = [("six", ["cat_cow", "knee_to_chest_single", "pelvic_tilt_supine"]), ("support", [*SUPPORT, "cat_cow"])]
    chosen = {
        does: choose_routine(choose_for_you({"where": ["low_back"], "does": [does]}, IDS).movements, routines)
        for does in ("walks", "stretches_much")
    }
    assert chosen == {"walks": "six", "stretches_much": "support"}
    assert choose_routine([], routines) == ""


def test_reasons_are_said_in_the_persons_own_words():
    said = {"where": ["low_back", "thigh_back"], "keeps_from": ["shoes"], "sitting": ["much"]}
    assert choose_for_you(said, IDS).text == (
        "For your low back and back of the thighs and for bending down. A minute at the desk each hour is part of it."
    )
    assert choose_for_you({}, IDS).text == ""


@given(said=ANY, offered=st.lists(st.sampled_from(IDS), unique=True))
def test_only_what_the_gate_offers_is_chosen(said, offered):
    chosen = choose_for_you(said, offered).movements
    assert set(chosen) <= set(offered)
    assert len(set(chosen)) == len(chosen) <= MOST_FOR_YOU
    assert read_answers(said) == {key: codes for key, codes in said.items() if codes}


@pytest.mark.parametrize(
    "said", [{"colour": ["red"]}, {"where": ["elbow"]}, {"does": ["walks", "strength"]}, {"sitting": ["x" * 1000]}]
)
def test_an_unknown_answer_is_refused(said):
    with pytest.raises(ValueError, match="expected"):
        read_answers(said)


def test_what_hurts_or_was_worse_is_offered_gently():
    assert soften(OwnWords(worse="arch"))["cobra"] == ["worse_arch"]
    assert "cobra" not in soften(OwnWords(worse="bend"))
    assert soften(OwnWords(hurts=frozenset({"hip_front"}))) == {
        name: ["hurts_here"] for name in ("cobra", "kneeling_hip_flexor", "quadriceps_stretch")
    }
    assert soften(OwnWords(after_worse=frozenset({"plank"}))) == {"plank": ["after_worse"]}
    assert soften(OwnWords()) == {}


def test_a_movement_of_ones_own_is_known_by_its_rule():
    assert [code for code, _ in OwnWords(worse="bend").soften("of_my_own", "flexion_intended")] == ["worse_bend"]
    assert OwnWords(worse="bend").soften("of_my_own", "neutral_hold") == []


MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("last", "answered", "days", "asked"),
    [(None, None, 1, False), (MONDAY, None, 0, False), (MONDAY, None, 1, True), (MONDAY, MONDAY, 1, False),
     (MONDAY, MONDAY - timedelta(days=3), 2, True), (MONDAY, None, 8, False), (MONDAY, None, -3, False)],
)  # fmt: skip
def test_the_day_after_is_asked_once(last, answered, days, asked):
    assert is_next_day_asked(last, answered, MONDAY + timedelta(days=days)) is asked


def test_each_answer_of_the_day_after_is_used():
    assert {advise_next_day([code]) for code, _ in NEXT_DAY_ANSWERS}.isdisjoint({("", "")})
    assert len({advise_next_day([code])[1] for code, _ in NEXT_DAY_ANSWERS}) == 4
    assert advise_next_day([]) == ("", "")
    assert advise_next_day(["hours", "lasted", "hours", "hours"])[0] == "hours"
    assert advise_next_day(["hours"] * 3)[0] == "support"


def test_names_of_places_make_a_phrase():
    assert name_areas(["neck", "low_back", "calf"]) == "your neck and shoulders, low back and calves"
    assert name_areas(["elbow"]) == ""
