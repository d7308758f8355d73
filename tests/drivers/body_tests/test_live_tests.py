"""A test before the live camera: its repetitions are the trials, and they reach the visit."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

import pytest

from formcheck.drivers.body_tests.live_tests import BodyTest, describe_trials, keep_live_trials, open_reader
from formcheck.drivers.body_tests.visits import HEIGHT, add_answer, begin_visit, read_visits
from formcheck.drivers.history.history import History
from formcheck.drivers.live.messages import Stage
from formcheck.drivers.live.session import LiveSession, SessionRequest
from formcheck.program.body_tests.protocol import Complaint, load_protocol, load_test_movement
from formcheck.program.body_tests.trials import TrialValue
from formcheck.program.body_tests.visit import VisitStage, compare_before_after, find_stage
from formcheck.program.change import Change

from ..live.conftest import Live, Replay
from .conftest import make_bows

BOW = load_protocol("T1").model_copy(update={"practice": 0, "trials": 2})
"""The bow with two tries, to be quick."""


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def do_live(jpeg, more_deg, moment, *, is_sample=False):
    """Do the bow before a camera; return what the page gets at its end."""
    test = BodyTest(BOW, moment, None)
    poses = make_bows(more_deg)
    request = SessionRequest(load_test_movement(BOW), is_sample=is_sample, from_stage=Stage.PRACTISE, test=test)
    session = LiveSession(request, Replay(iter(poses)), keep_trials=partial(keep_live_trials, test))
    one = Live(session, Replay(iter(())), poses, jpeg)
    one.send_all()
    said = session.finish()
    session.close()
    return said


def test_from_live_trials_to_no_clear_change_and_to_a_clear_one(jpeg):
    """The same visit: first 3 degrees more, then the test once more with 15."""
    with History() as history:
        begin_visit(history, history.find_first_person(), datetime.now(UTC), Complaint.HAMSTRING, ["T1"])
    changes = []
    for moment, more_deg in (("before", 0), ("after", 3), ("after", 15)):
        said = do_live(jpeg, more_deg, moment)
        assert said["sentence"].startswith("Bow with a long back: about")
        assert said["tip"]["text"].startswith("Tries: ")
        assert (said["ring"], said["questions"], said["next"]) == (None, [], None)
        with History() as history:
            person = history.find_first_person()
            [visit] = read_visits(history, person).values()
            assert history.list_sets(person) == []  # a test is no practice
        assert find_stage(visit) is VisitStage.INTERVENE
        changes += [one.change for one in compare_before_after([visit])]
    assert changes == [Change.NONE, Change.BETTER]


def test_a_test_on_a_clip_is_not_kept(jpeg):
    do_live(jpeg, 0, "before", is_sample=True)
    with History() as history:
        assert read_visits(history, history.find_first_person()) == {}


def test_a_test_without_a_visit_begins_one():
    keep_live_trials(BodyTest(BOW, "before", None), [TrialValue(None, 40.0, 4.0, "deg")] * 3)
    with History() as history:
        [one] = read_visits(history, history.find_first_person()).values()
    assert (one.tests, one.complaint) == (("T1",), Complaint.HAMSTRING)


def test_the_height_that_was_entered_is_used():
    with History() as history:
        person, now = history.find_first_person(), datetime.now(UTC)
        session_id = begin_visit(history, person, now, Complaint.STIFF, ["T2"])
        add_answer(history, person, session_id, HEIGHT, 172.0, now=now)
    assert open_reader(BodyTest(load_protocol("T2"), "before", None))._height_cm == 172.0


def test_a_history_that_cannot_be_written_stops_no_test(data):
    data.write_text("a file", "utf-8")
    test = BodyTest(BOW, "before", None)
    assert open_reader(test)._height_cm is None
    why = keep_live_trials(test, [TrialValue(None, 40.0, 4.0, "deg")])
    assert why
    assert describe_trials(test, [], unkept=why)["tip"] == {"code": "unkept", "text": why}


def test_both_sides_are_described():
    leg = BodyTest(load_protocol("T4"), "before", "left")
    trials = [TrialValue(side, 60.0, 4.0, "deg") for side in ("left", "right") for _ in range(2)]
    said = describe_trials(leg, trials)["sentence"]
    assert "Leg raise (left)" in said
    assert "Leg raise (right)" in said
