"""What a person says about themselves is kept, used by the gate, and copied into the history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from formcheck.core.errors import AnswerError
from formcheck.core.movement.load import load_movement
from formcheck.drivers import answers
from formcheck.drivers.about_me import keep_about, keep_next_day
from formcheck.drivers.answer_record import read_record
from formcheck.drivers.history.history import History
from formcheck.drivers.history.reports import store_reports
from formcheck.drivers.history.weeks import read_next_days, read_next_days_of, read_pain, read_places
from formcheck.program.progress import PainAnswer
from formcheck.program.screening import QUESTIONS

from .history.test_history import A_SET, HINGE

NO = {question.id: False for question in QUESTIONS}
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    answers.answer(NO, NOW)


def practise(at):
    with History() as history:
        history.add_set(history.begin_session(history.find_first_person(), at), A_SET)


def codes_of(movement_id, at=NOW):
    return [reason.code for reason in answers.find_offer(load_movement(movement_id), at).reasons]


def test_answers_choose_and_soften():
    assert answers.read_screening_state(NOW)["about"] == {
        **answers.read_screening_state(NOW)["about"], "said": {}, "asked": False
    }  # fmt: skip
    keep_about({"said": {"where": ["thigh_back"], "worse": ["bend"], "does": []}}, NOW)
    state = answers.read_screening_state(NOW)
    assert state["for_you"]["movements"][0] == "hamstring_doorway_supine"
    assert (state["about"]["said"], state["about"]["asked"]) == ({"where": ["thigh_back"], "worse": ["bend"]}, True)
    assert codes_of(HINGE) == ["worse_bend"]
    assert state["offers"][HINGE]["state"] == "softened"


def test_where_it_hurts_counts_today_only():
    answers.keep_session({"when": "before", "pain": 4, "areas": ["hip_front"]}, NOW)
    assert codes_of("kneeling_hip_flexor") == ["hurts_here"]
    assert answers.read_screening_state(NOW)["for_you"]["movements"][0] == "kneeling_hip_flexor"
    assert codes_of("kneeling_hip_flexor", NOW + timedelta(days=1)) == []


@pytest.mark.parametrize(
    "body", [{}, [], None, {"said": 3}, {"said": {"where": "neck"}}, {"said": {"where": ["elbow"]}}]
)
def test_nonsense_about_oneself_is_refused(body):
    with pytest.raises(AnswerError):
        keep_about(body, NOW)
    assert read_record().about == {}


def test_the_day_after_is_asked_kept_and_used():
    practise(NOW - timedelta(days=1))
    asked = answers.read_screening_state(NOW)["next_day"]
    assert [code for code, _ in asked["answers"]] == ["lasted", "hours", "same", "worse"]
    assert keep_next_day({"lasted": "worse"}, NOW)["code"] == "worse"
    assert answers.read_screening_state(NOW)["next_day"] is None
    assert codes_of(HINGE) == ["after_worse"]
    assert codes_of(HINGE, NOW + timedelta(days=20)) == []
    with History() as history:
        me = history.find_first_person()
        assert read_next_days(history, me) == ["worse"]
        assert read_next_days_of(history, me) == {HINGE: ["worse"]}


def test_a_wrong_answer_about_the_day_after_is_refused():
    with pytest.raises(AnswerError, match="expected one of lasted"):
        keep_next_day({"lasted": "very much"}, NOW)


def test_pain_goes_into_the_history_as_one_answer():
    answers.keep_session({"when": "before", "pain": 5, "areas": ["neck", "low_back"]}, NOW)
    answers.keep_session({"when": "after", "pain": 3, "felt": "better"}, NOW + timedelta(minutes=20))
    with History() as history:
        me = history.find_first_person()
        day = NOW.astimezone().date()
        assert read_pain(history, me) == [PainAnswer(day, 5, 3)]
        assert read_places(history, me) == [(day, frozenset({"neck", "low_back"}))]
        assert len(history.list_reports(me)) == 5


def test_a_history_that_was_away_gets_the_answers_later(tmp_path):
    path = tmp_path / "data" / "history.db"
    with History() as history:
        history._database.execute("PRAGMA user_version = 99")
    answers.keep_session({"when": "before", "pain": 5}, NOW)
    assert store_reports(read_record()) == "newer"
    path.unlink()
    assert store_reports(read_record()) == ""
    with History() as history:
        assert [one.before for one in read_pain(history, history.find_first_person())] == [5]
