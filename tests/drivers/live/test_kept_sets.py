"""What a set before a camera leaves in the history."""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime

import pytest
from fhirclient.models.bundle import Bundle

from formcheck.drivers.answers import keep_session
from formcheck.drivers.history.database import StoreProblem
from formcheck.drivers.history.history import History
from formcheck.drivers.history.keeper import CLOCK_BACK, KeptSet, SetKeeper
from formcheck.drivers.live import session as live_session
from formcheck.drivers.live.set_progress import DoneRepetition, SetProgress
from formcheck.drivers.therapist.export import export_result

from .conftest import track

HINGE = "hamstring_hinge_standing"


@pytest.fixture
def kept(live, tmp_path, monkeypatch):
    """Return a function that practises a set, ends it after so many pictures, and returns what is stored."""
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    monkeypatch.setattr("formcheck.drivers.history.keeper.KEEPER", SetKeeper())

    def practise(pictures, end="finish", **wish):
        one = live(track("hinge_good"), **wish)
        one.session._keep_set = lambda summary, progress, recording: live_session._keep_in_history(
            summary, one.session.movement, progress, person="me", recording=recording
        )
        for _ in range(pictures):
            one.send()
        said = one.session.command("finish") if end == "finish" else one.session.close()
        with History() as history:
            return said, [stored for _, stored in history.list_sets(history.find_first_person())]

    return practise


def test_a_set_before_a_camera_is_stored_as_it_is_shown(kept):
    said, [stored] = kept(100, is_sample=False)
    assert stored.movement_id == HINGE
    assert stored.held_s == pytest.approx(said["held"]["total_s"], abs=0.06)
    assert stored.valid_s == pytest.approx(said["held"]["valid_s"], abs=0.06)
    assert stored.repetitions == said["repetitions"]["done"]


def test_a_recorded_set_is_exported_with_what_was_said(kept, results):
    keep_session({"when": "before", "pain": 4}, datetime.now(UTC))
    said, [stored] = kept(100, is_sample=False, record="landmarks")
    for thread in threading.enumerate():
        if thread.name == "keep-recording":
            thread.join()
    ask, answer = said["questions"][0]["ask"], said["questions"][0]["answers"][0]
    form = {"when": "after", "movement": said["carried"]["movement"], "said": {ask: answer}, "pain": 3}
    keep_session(form, datetime.now(UTC))  # as the page sends it
    bundle = export_result(results / stored.recording, to="fhir").read_text("utf-8")
    found = [one.resource for one in Bundle(json.loads(bundle)).entry]
    forms = [one for one in found if one.resource_type == "QuestionnaireResponse"]
    assert [[item.linkId for item in form.item] for form in forms] == [["pain_before", "pain_after"], ["question_1"]]
    assert (forms[1].item[0].text, forms[1].item[0].answer[0].valueString) == (ask, answer)
    assert [one.valueInteger for one in found if getattr(one, "derivedFrom", None)] == [4, 3]


@pytest.mark.parametrize(
    ("kept_as", "code", "says"),
    [
        (KeptSet(), None, ""),
        (KeptSet(StoreProblem.FULL, "…"), "full", "disk is full.*not in your history yet.*can go on"),
        (KeptSet(StoreProblem.LOCKED, "…"), "locked", "close other formcheck windows.*try again"),
        (KeptSet(CLOCK_BACK), "clock_back", "clock is before your last session.*stored all the same"),
        (KeptSet(aside="history.damaged-1.db"), "set_aside", "kept as history.damaged-1.db, and a new one begins"),
    ],
)
def test_the_page_hears_what_became_of_a_set(live, kept_as, code, says):
    one = live(track("hinge_good"), is_sample=False)
    one.session._keep_set = lambda *_: kept_as
    one.send()
    said = one.session.command("finish")["kept"]
    assert (said and said["code"]) == code
    assert not code or re.search(says, said["text"])


def test_a_clip_leaves_nothing(kept):
    _, stored = kept(100, is_sample=True)
    assert stored == []


def test_a_set_that_never_began_leaves_nothing(kept):
    _, stored = kept(0, is_sample=False)
    assert stored == []


def test_a_set_that_is_left_in_the_middle_is_stored(kept):
    _, [stored] = kept(100, end="close", is_sample=False)
    assert stored.held_s > 1


@pytest.mark.parametrize("ends", ["summary", "page is gone", "asked twice"])
def test_a_set_is_stored_once(live, ends):
    stored = []
    one = live(track("hinge_good"), is_sample=False)
    one.session._keep_set = lambda *practised: stored.append(practised) or KeptSet()
    one.send_all()
    if ends != "page is gone":
        said = one.session.command("finish")
    if ends == "asked twice":  # by a page whose line was silent for a moment
        assert one.session.command("finish") == said
    one.session.close()
    assert len(stored) == 1


def test_a_set_that_goes_on_is_stored_once(kept):
    """A session is freed after minutes without its page; the page comes back with what it knows."""
    _, [part] = kept(100, end="close", is_sample=False)
    carried = SetProgress(movement=HINGE, key=part.key, repetitions=[DoneRepetition(valid_s=30.0, total_s=31.0)])
    said, [whole] = kept(100, is_sample=False, carried=carried)
    assert (whole.key, whole.held_s) == (part.key, pytest.approx(said["held"]["total_s"], abs=0.06))
    assert whole.held_s > 31 > part.held_s
    _, both = kept(100, is_sample=False)
    assert len(both) == 2
