"""The page from the complaint to the decision, with trials as the live page stores them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from formcheck.apps.web.before_after import page
from formcheck.apps.web.before_after.test_card import describe_asked_test, describe_lesson, write_test_url
from formcheck.apps.web.live.page import describe_test_card
from formcheck.core.movement.load import load_movement
from formcheck.drivers.body_tests.visits import begin_visit, find_visit_under_way, keep_trials, read_visits
from formcheck.drivers.history.history import History
from formcheck.program.body_tests.phrases import CHANGES, NEXT_STEPS, WAYS_ON
from formcheck.program.body_tests.protocol import Complaint, load_protocol, load_protocols, load_test_movement
from formcheck.program.body_tests.trials import TrialValue
from formcheck.program.body_tests.visit import Input
from formcheck.program.change import Change, NextStep


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def open_page():
    def script():
        from formcheck.apps.web.before_after.page import show_before_after

        show_before_after()

    return AppTest.from_function(script, default_timeout=60).run()


def read_text(app):
    return re.sub(r"<[^>]+>", " ", " ".join(str(one.value) for one in [*app.get("html"), *app.warning, *app.caption]))


def press(app, label):
    next(one for one in app.button if one.label == label).click()
    app.run()
    assert not app.exception
    return app


def measure(moment, values, *, test="T1", side=None, unit="deg"):
    """Store trials of the visit under way, as the live page does."""
    with History() as history:
        person, now = history.find_first_person(), datetime.now(UTC)
        session_id = find_visit_under_way(history, person, now)
        trials = [TrialValue(side, value, 4.0, unit) for value in values]
        keep_trials(history, session_id, test, moment, trials, now=now)


def measure_all(moment, bow):
    measure(moment, [bow] * 3)
    measure(moment, [30.0] * 3, test="T3", unit="cm")
    for side in ("left", "right"):
        measure(moment, [60.0] * 3, test="T4", side=side)


@pytest.mark.parametrize(
    ("bow_after", "change", "step"),
    [(43.0, Change.NONE, NextStep.OTHER_TYPE), (55.0, Change.BETTER, NextStep.KEEP)],
    ids=["3 degrees", "15 degrees"],
)
def test_from_the_complaint_to_the_decision(bow_after, change, step):
    app = open_page()
    app.selectbox[0].set_value(2)
    app.number_input[0].set_value(170)
    press(app, "Choose my tests")
    assert all(load_protocol(one).name in read_text(app) for one in ("T1", "T3", "T4"))
    measure_all("before", 40.0)
    app.run()
    assert "Now one thing only" in read_text(app)
    press(app, "I have done it: test again")
    assert page.SAME_PLACE in read_text(app)
    measure_all("after", bow_after)
    app.run()
    app.radio[0].set_value("same")
    app.radio[1].set_value("no")
    app.selectbox[0].set_value(2)
    press(app, "Show what changed")
    said = read_text(app)
    assert CHANGES[change] in said
    assert NEXT_STEPS[step] in said
    assert all(name in said for name, _ in WAYS_ON.values())
    assert not re.search(r"great|well done|deeper|improve|success|your back is", said, re.IGNORECASE)
    with History() as history:
        [kept] = read_visits(history, history.find_first_person()).values()
    assert (kept.complaint, kept.input, kept.pain_before, kept.pain_after) == (Complaint.HAMSTRING, Input.STRETCH, 2, 2)
    press(app, "Begin another visit")
    assert page.LEAD in read_text(app)


def test_new_signs_stop_whatever_the_number_says():
    begin_with_bow(before=40.0, after=60.0)
    app = open_page()
    app.radio[0].set_value("better")
    app.radio[1].set_value("yes")
    press(app, "Show what changed")
    assert NEXT_STEPS[NextStep.STOP] in read_text(app)
    assert "Left and right" not in read_text(app)


def test_both_questions_are_asked_for():
    begin_with_bow(before=40.0, after=60.0)
    app = press(open_page(), "Show what changed")
    assert "Please answer both questions first." in read_text(app)


def begin_with_bow(*, before, after=None, at=None):
    """Store a visit with the bow only, up to how it feels."""
    from formcheck.drivers.body_tests.visits import INPUT, INPUT_DONE, YES, add_answer

    with History() as history:
        person, now = history.find_first_person(), at or datetime.now(UTC)
        session_id = begin_visit(history, person, now, Complaint.HAMSTRING, ["T1"])
        for moment, value in (("before", before), ("after", after)):
            if value is not None:
                keep_trials(history, session_id, "T1", moment, [TrialValue(None, value, 4.0, "deg")] * 3, now=now)
        if after is not None:
            for question, answer in ((INPUT, "stretch"), (INPUT_DONE, YES)):
                add_answer(history, person, session_id, question, answer, now=now)


def test_the_next_visit_says_what_stayed():
    begin_with_bow(before=40.0, after=55.0, at=datetime.now(UTC) - timedelta(days=2))
    begin_with_bow(before=41.0)
    said = read_text(open_page())
    assert "What stayed since the first day" in said
    assert "no clear change, 40° on the first day and 41° today" in said


def test_a_test_that_is_left_out_is_not_asked_for_again():
    press(open_page(), "Choose my tests")
    app = press(open_page(), "Leave this one out")
    with History() as history:
        [kept] = read_visits(history, history.find_first_person()).values()
    assert kept.skipped == {"T1"}
    assert load_protocol("T1").name not in read_text(app)


def test_another_test_can_be_added():
    press(open_page(), "Choose my tests")
    app = open_page()
    app.selectbox(key="visit_test").set_value(load_protocol("T13"))
    press(app, "Add it")
    assert "Resting breath" in read_text(app)
    with History() as history:
        [kept] = read_visits(history, history.find_first_person()).values()
    assert kept.tests == ("T1", "T3", "T4", "T13")


def test_a_count_is_typed_in():
    with History() as history:
        begin_visit(history, history.find_first_person(), datetime.now(UTC), Complaint.DESK, ["T13"])
    app = open_page()
    app.number_input[0].set_value(14)
    press(app, "Keep")
    with History() as history:
        [kept] = read_visits(history, history.find_first_person()).values()
    assert kept.before[("T13", None)].values == (14.0,)


def test_a_history_that_cannot_be_written_is_one_sentence(data):
    data.write_text("a file", "utf-8")
    app = open_page()
    assert not app.exception
    assert "You can practise all the same" in read_text(app)


@pytest.mark.parametrize("movement", ["cat_cow", "plank", "warmup_march", "childs_pose", "hamstring_hinge_standing"])
def test_an_input_takes_two_to_six_minutes(movement):
    said = page.describe_dose_of_input(load_movement(movement))
    assert 2 <= int(re.search(r"about (\d+) minutes", said)[1]) <= 6


def test_every_type_of_input_has_something_open():
    for kind in set(Input) - {Input.REST}:
        found = page.list_fitting(kind, datetime.now(UTC))
        assert found
        assert not any(one.advanced for one in found)


# What the live page gets ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", [one for one in load_protocols() if one.movement], ids=lambda one: one.id)
def test_the_live_page_can_teach_every_test(one):
    for side in one.sides:
        card = describe_test_card(describe_asked_test({"test": one.id, "side": side or ""}))
        assert card["id"] == load_test_movement(one).id
        assert card["repetitions"] == one.repetitions
        assert set(card["teach"]) == {"camera", "how", "feel", "stop"}
        assert (side or "") in card["teach"]["camera"]


def test_an_address_names_test_moment_and_side():
    address = write_test_url(("T4", "left"), "after", asks=True)
    query = dict(pair.split("=") for pair in address.split("?")[1].split("&"))
    assert describe_asked_test(query) == {
        "id": "T4", "movement": "test_t4", "moment": "after", "side": "left", "asks": True, "back_url": "/before_after",
        "back_words": "Back",
    }  # fmt: skip
    strange = describe_asked_test({"test": "T1", "moment": "later", "side": "left"})
    assert (strange["moment"], strange["side"]) == ("before", None)
    assert describe_asked_test({"test": "T13"}) is None
    assert describe_asked_test({}) is None


def test_a_lesson_says_which_side_goes_next_to_the_camera():
    leg = load_protocol("T4")
    assert "left side is next to the camera" in describe_lesson(leg, load_test_movement(leg), "left")["camera"]
    bend = load_protocol("T5")
    assert "This is for your right side" in describe_lesson(bend, load_test_movement(bend), "right")["camera"]
