"""Answers stay on this machine, are stored safely, are asked again when old or broken, and come only from our page."""

from __future__ import annotations

import json
import os
import stat
import sys
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from formcheck.apps.web.access import tokens
from formcheck.apps.web.access.tokens import TOKEN_HEADER
from formcheck.apps.web.live.answer_routes import MAX_BODY_BYTES, ROUTES
from formcheck.core.errors import AnswerError, FormCheckError
from formcheck.core.movement.load import load_movement
from formcheck.drivers import answer_record
from formcheck.drivers.answer_record import ANSWERS_FILE, BROKEN_FILE, MOST_SESSIONS
from formcheck.drivers.answers import (
    NOT_KEPT,
    answer,
    find_offer,
    find_offers,
    keep_draft,
    keep_pain,
    keep_pain_today,
    keep_session,
    read_screening_state,
)
from formcheck.drivers.user_data import find_data_dir
from formcheck.program.screening import ADVICE, EMERGENCY, QUESTIONS, STOP

NO = {question.id: False for question in QUESTIONS}
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DECISION = {"route", "locked", "text", "confirm", "hidden", "notes"}
GO = {"route": "go", "locked": False, "text": "", "confirm": False, "hidden": [], "notes": []}


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    monkeypatch.setenv("FORMCHECK_DATA", str(folder))
    return folder


def on_disk(data):
    return json.loads((data / ANSWERS_FILE).read_text(encoding="utf-8"))


def test_folder_is_the_users_own_where_none_is_named(data, monkeypatch):
    assert find_data_dir() == data
    monkeypatch.delenv("FORMCHECK_DATA")
    assert find_data_dir().name == "formcheck"
    assert find_data_dir().is_absolute()


# The long questions ---------------------------------------------------------------------------------------------------


def test_first_use_asks(data):
    state = read_screening_state(NOW)
    assert set(state) == {
        "questions", "answers", "draft", "answers_needed", "why", "decision", "offers", "cards", "pain",
        "session_questions", "body", "about", "for_you", "next_day",
        "reminders", "easier", "plan", "carried", "last_time",
    }  # fmt: skip
    assert [set(question) for question in state["questions"]] == [{"id", "text", "short", "tell", "is_first"}] * 13
    assert [question["is_first"] for question in state["questions"]] == [True] * 3 + [False] * 10
    assert {offer["reasons"][0]["code"] for offer in state["offers"].values()} == {"ask_first"}
    assert (state["answers_needed"], state["why"], state["decision"]) == (True, "first", None)
    assert [question["id"] for question in state["session_questions"]] == [
        "pain", "areas", "new_signs", "felt", "effort", "breath",
    ]  # fmt: skip
    assert json.loads(json.dumps(state)) == state
    assert not data.exists()


def test_round_trip(data):
    assert answer(NO, NOW) == {"decision": GO}
    state = read_screening_state(NOW + timedelta(days=30))
    assert (state["answers_needed"], state["why"], state["decision"]) == (False, "", GO)
    assert on_disk(data)["schema_version"] == 1
    assert [path.name for path in data.iterdir()] == [ANSWERS_FILE]


def test_decision_names_what_is_hidden():
    decision = answer(NO | {"R9": True}, NOW)["decision"]
    assert set(decision) == DECISION
    assert decision["hidden"] == ["plough", "spinal_twist"]
    assert read_screening_state(NOW)["decision"] == decision


def test_old_answers_are_asked_again_and_a_lock_stays_meanwhile():
    answer(NO | {"R4": True}, NOW)
    state = read_screening_state(NOW + timedelta(days=31))
    assert (state["answers_needed"], state["why"]) == (True, "old")
    assert state["decision"]["locked"]


def test_emergency_is_kept_although_not_all_is_answered():
    assert answer({"R1": True}, NOW)["decision"]["text"] == EMERGENCY
    assert read_screening_state(NOW)["decision"]["locked"]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"R1": False}, "expected an answer to every question, got none to R2, R3"),
        ({}, "got none to R1"),
        (NO | {"R14": True}, "answers: expected questions R1 to R13, got 'R14'"),
        (NO | {3: True}, "got 3"),
        (NO | {"R2": "no"}, "R2: expected true or false, got 'no'"),
        (NO | {"R2": None}, "R2: expected true or false, got None"),
        (NO | {"R2": 0}, "R2: expected true or false, got 0"),
        (["R1"], "answers: expected true or false for each question"),
        (None, "got None"),
        (NO | {"x\n" * 500: True}, r"got 'x\\nx"),
    ],
)
def test_nonsense_is_one_plain_line_and_changes_nothing(data, said, line):
    with pytest.raises(AnswerError, match=line) as raised:
        answer(said, NOW)
    assert isinstance(raised.value, FormCheckError)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 200
    assert not data.exists()


# The file -------------------------------------------------------------------------------------------------------------


def test_a_record_is_never_too_large_to_be_read_again(data):
    keep_session({"when": "before", "pain": 1, "areas": ["calf"]}, NOW)
    said = {f"{k}{'ü' * 599}": "🙂" * 600 for k in range(10)}
    for day in range(100):
        keep_session({"when": "after", "movement": "plank", "said": said}, NOW + timedelta(days=day))
    assert (data / ANSWERS_FILE).stat().st_size <= 1_000_000
    kept = answer_record.read_record()
    assert kept.sessions[-1].said == said
    assert kept.sessions[-1].at_utc == NOW + timedelta(days=99)


def test_a_question_may_be_as_long_as_in_a_movement_file():
    said = {"w" * 600: "w" * 600}
    assert keep_session({"when": "after", "movement": "plank", "said": said}, NOW)["decision"] == GO
    assert answer_record.read_record().set_answers[-1].said == said
    with pytest.raises(AnswerError, match="said"):
        keep_session({"when": "after", "movement": "plank", "said": {"w" * 601: "w"}}, NOW)


def test_the_answers_of_the_newest_sets_are_kept(monkeypatch):
    monkeypatch.setattr(answer_record, "MOST_SETS", 3)
    for minute in range(5):
        said = {"Where?": str(minute)}
        keep_session({"when": "after", "movement": "plank", "said": said}, NOW + timedelta(minutes=minute))
    assert [one.said["Where?"] for one in answer_record.read_record().set_answers] == ["2", "3", "4"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"schema_version": 2}',
        b'{"schema_version": 1, "answers": {"R1": 1}}',
        b'{"schema_version": 1, "answered_utc": "2026-03-01T12:00:00"}', b'{"schema_version": 1, "other": 1}',
        b'{"schema_version": 1, "sessions": [{"at_utc": "2026-03-01T12:00:00Z", "pain_before": 11}]}', b"[" * 100_000,
        b" " * 1_000_001 + b'{"schema_version": 1}',
    ],
)  # fmt: skip
def test_broken_file_is_set_aside_and_asked_again(data, content):
    data.mkdir()
    (data / ANSWERS_FILE).write_bytes(content)
    state = read_screening_state(NOW)
    assert (state["why"], state["decision"]) == ("first", None)
    assert [path.name for path in data.iterdir()] == [BROKEN_FILE]
    assert (data / BROKEN_FILE).read_bytes() == content
    answer(NO, NOW)
    assert not read_screening_state(NOW)["answers_needed"]


def test_answer_that_is_not_a_question_any_more_does_no_harm(data):
    answer(NO, NOW)
    (data / ANSWERS_FILE).write_text(json.dumps(on_disk(data) | {"answers": NO | {"R99": True}}))
    assert read_screening_state(NOW)["decision"] == GO


def test_file_is_whole_or_as_it_was(data, monkeypatch):
    answer(NO, NOW)
    before = (data / ANSWERS_FILE).read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    decision = answer(NO | {"R1": True}, NOW)["decision"]
    assert decision["locked"], "who needs care hears it, also where nothing can be kept"
    assert decision["notes"] == [NOT_KEPT]
    monkeypatch.undo()
    assert (data / ANSWERS_FILE).read_bytes() == before
    assert [path.name for path in data.iterdir()] == [ANSWERS_FILE]


def test_folder_that_is_a_file_keeps_nobody_from_an_answer(data):
    data.write_text("not a folder")
    assert read_screening_state(NOW)["why"] == "first"
    assert answer(NO, NOW)["decision"] == GO | {"notes": [NOT_KEPT]}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such rights")
def test_answers_are_for_this_user_only(data):
    answer(NO, NOW)
    assert stat.S_IMODE(os.stat(data / ANSWERS_FILE).st_mode) == 0o600  # noqa: PTH116


# The short form -------------------------------------------------------------------------------------------------------


def test_before_and_after_make_one_entry(data):
    answer(NO, NOW)
    assert keep_session({"when": "before", "pain": 3, "worse": False, "new_signs": False, "felt": None}, NOW) == {
        "decision": GO
    }
    later = NOW + timedelta(minutes=20)
    assert keep_session({"when": "after", "pain": 4, "felt": "same"}, later)["decision"] == GO
    (entry,) = on_disk(data)["sessions"]
    assert (entry["pain_before"], entry["pain_after"], entry["felt"], entry["worse"]) == (3, 4, "same", False)


def test_a_rise_by_two_points_ends_the_session_and_is_kept(data):
    answer(NO, NOW)
    keep_session({"when": "before", "pain": 3}, NOW)
    decision = keep_session({"when": "after", "pain": 5}, NOW + timedelta(minutes=9))["decision"]
    assert (decision["route"], decision["text"], decision["locked"]) == ("advice", STOP, True)
    assert on_disk(data)["sessions"][0]["pain_after"] == 5
    state = read_screening_state(NOW + timedelta(days=1))
    assert state["decision"]["locked"], "it is asked about next time, also by a page that was loaded again"
    assert (state["pain"]["why"], state["pain"]["name"]) == ("rose", "")


@pytest.mark.parametrize("after", [timedelta(hours=5), timedelta(hours=-1)])
def test_pain_is_not_compared_with_another_days(data, after):
    keep_session({"when": "before", "pain": 0}, NOW)
    assert keep_session({"when": "after", "pain": 9}, NOW + after)["decision"]["route"] == "go"
    assert len(on_disk(data)["sessions"]) == 2


def test_worse_than_last_time_is_advice():
    answer(NO, NOW)
    decision = keep_session({"when": "before", "pain": 3, "worse": True}, NOW)["decision"]
    assert (decision["route"], decision["text"], decision["confirm"]) == ("advice", ADVICE, True)


def test_new_signs_lock_until_the_long_questions_are_answered():
    answer(NO, NOW)
    assert keep_session({"when": "before", "new_signs": True}, NOW)["decision"]["text"] == EMERGENCY
    later = NOW + timedelta(days=2)
    state = read_screening_state(later)
    assert (state["answers_needed"], state["why"], state["decision"]["locked"]) == (True, "old", True)
    assert keep_session({"when": "before", "new_signs": False}, later)["decision"]["locked"], (
        "a later no does not open it"
    )
    answer(NO, later)
    assert read_screening_state(later)["decision"] == GO


def test_what_is_hidden_stays_hidden_in_the_session():
    answer(NO | {"R8": True}, NOW)
    hidden = read_screening_state(NOW)["decision"]["hidden"]
    assert hidden
    assert keep_session({"when": "before", "pain": 1}, NOW)["decision"]["hidden"] == hidden


def test_sessions_are_bounded(data, monkeypatch):
    monkeypatch.setattr(answer_record, "MOST_SESSIONS", 3)
    for day in range(5):
        keep_session({"when": "before", "pain": day, "new_signs": day == 0}, NOW + timedelta(days=day))
    assert [entry["pain_before"] for entry in on_disk(data)["sessions"]] == [2, 3, 4]
    assert read_screening_state(NOW)["decision"]["locked"], "the lock does not fall out of the list"
    assert MOST_SESSIONS == 500


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ({}, 'when: expected "before" or "after", got nothing'),
        ({"when": "now"}, 'when: expected "before" or "after", got \'now\''),
        ({"when": "after", "pain": 11}, "pain: expected a whole number from 0 to 10, or null, got 11"),
        ({"when": "after", "pain": -1}, "pain: expected"),
        ({"when": "after", "pain": 2.5}, "pain: expected"),
        ({"when": "after", "pain": True}, "pain: expected"),
        ({"when": "after", "pain": "3"}, "pain: expected"),
        ({"when": "before", "worse": "yes"}, "worse: expected true, false or null, got 'yes'"),
        ({"when": "before", "new_signs": 1}, "new_signs: expected true, false or null, got 1"),
        ({"when": "after", "felt": "great"}, "felt: expected"),
        ({"when": "after", "back_bend_deg": 50}, "back_bend_deg: expected a key of the short form, got 50"),
        ([], r"session: expected an object, got \[\]"),
        (None, "session: expected an object, got None"),
    ],
)
def test_nonsense_in_the_short_form_is_one_plain_line(data, entry, line):
    with pytest.raises(AnswerError, match=line) as raised:
        keep_session(entry, NOW)
    assert "\n" not in str(raised.value)
    assert not data.exists()


# A form that is not finished ------------------------------------------------------------------------------------------


def test_a_draft_is_kept_and_ends_with_the_answers(data):
    assert keep_draft({"R1": False, "R2": False}, NOW) == {"decision": None}
    state = read_screening_state(NOW)
    assert (state["draft"], state["answers"], state["why"]) == ({"R1": False, "R2": False}, {}, "first")
    answer(NO, NOW)
    state = read_screening_state(NOW)
    assert (state["draft"], state["answers"]) == ({}, NO)


def test_an_emergency_in_a_draft_is_decided_at_once():
    assert keep_draft({"R1": False, "R2": True}, NOW)["decision"]["text"] == EMERGENCY
    assert read_screening_state(NOW)["decision"]["locked"]


def test_a_yes_in_a_draft_counts_for_a_page_that_closes():
    answer(NO, NOW)
    assert keep_draft(NO | {"R8": True}, NOW)["decision"]["route"] == "advice"
    assert find_offer(load_movement("figure_four_supine"), NOW).state == "closed"


def test_a_draft_is_checked_like_the_answers(data):
    with pytest.raises(AnswerError, match="R2: expected true or false"):
        keep_draft({"R2": "no"}, NOW)
    assert not data.exists()


# Worse than last time -------------------------------------------------------------------------------------------------


def test_worse_than_last_time_is_asked_only_after_a_first_time():
    def asked():
        return [one["id"] for one in read_screening_state(NOW)["session_questions"] if "before" in one["when"]]

    answer(NO, NOW)
    assert asked() == ["pain", "areas", "new_signs"]
    keep_session({"when": "before", "pain": 2}, NOW)
    assert asked() == ["pain", "areas", "worse", "new_signs"]


# Pain -----------------------------------------------------------------------------------------------------------------


def test_pain_closes_until_it_is_asked_about(data):
    answer(NO, NOW)
    assert keep_pain({"movement": "plank"}, NOW)["decision"]["locked"]
    state = read_screening_state(NOW + timedelta(days=3))
    assert (state["pain"]["name"], state["pain"]["why"]) == ("Plank", "pressed")
    assert {offer["state"] for offer in state["offers"].values()} == {"closed"}
    assert keep_pain_today({"today": "little"}, NOW)["decision"] == GO | {
        "hidden": ["bird_dog", "cobra", "partial_crunch", "plank", "plough", "seated_forward_bend", "spinal_twist"]
    }
    assert read_screening_state(NOW)["pain"] is None
    assert on_disk(data)["pains"][0]["today"] == "little"


def test_one_press_that_is_reported_twice_is_one(data):
    answer(NO, NOW)
    for second in (0, 1, 60):
        keep_pain({"movement": "plank"}, NOW + timedelta(seconds=second))
    keep_pain({"movement": "cobra"}, NOW + timedelta(hours=1))
    assert [entry["movement"] for entry in on_disk(data)["pains"]] == ["plank", "cobra"]


def test_a_press_that_comes_late_counts_when_it_was(data):
    answer(NO, NOW)
    pressed = {"movement": "plank", "at_utc": NOW.isoformat()}
    keep_pain({"movement": "plank"}, NOW + timedelta(seconds=1))  # by the socket
    keep_pain_today({"today": "gone"}, NOW + timedelta(days=1))
    keep_pain(pressed, NOW + timedelta(days=2))  # by a page that could not send it before
    assert len(on_disk(data)["pains"]) == 1
    keep_pain({"movement": "cobra", "at_utc": (NOW - timedelta(days=1)).isoformat()}, NOW + timedelta(days=2))
    assert [entry["movement"] for entry in on_disk(data)["pains"]] == ["cobra", "plank"]
    keep_pain({"movement": "plank", "at_utc": (NOW + timedelta(days=9)).isoformat()}, NOW + timedelta(days=2))
    assert read_screening_state(NOW + timedelta(days=2))["pain"]["name"] == "Plank", "no press of the future"


def test_a_press_after_the_answer_is_a_new_one(data):
    answer(NO, NOW)
    keep_pain({"movement": "plank"}, NOW)
    keep_pain_today({"today": "mistake"}, NOW + timedelta(seconds=5))
    keep_pain({"movement": "plank"}, NOW + timedelta(seconds=30))
    assert len(on_disk(data)["pains"]) == 2


def test_new_signs_after_a_set_that_hurt_are_an_emergency():
    answer(NO, NOW)
    keep_pain({"movement": "plank"}, NOW)
    assert keep_pain_today({"today": "worse", "new_signs": True}, NOW)["decision"]["text"] == EMERGENCY
    assert read_screening_state(NOW)["why"] == "old"


def test_pressed_by_mistake_changes_nothing():
    answer(NO, NOW)
    keep_pain({"movement": "plank"}, NOW)
    assert keep_pain_today({"today": "mistake"}, NOW)["decision"] == GO


def test_after_a_set_that_hurt_the_form_is_about_now():
    answer(NO, NOW)
    keep_pain({"movement": "plank"}, NOW)
    assert keep_session({"when": "after", "pain": 3, "felt": "same"}, NOW)["decision"] == GO
    assert keep_session({"when": "before", "pain": 3}, NOW)["decision"]["locked"]


@pytest.mark.parametrize(
    ("form", "entry", "line"),
    [
        (keep_pain, {"movement": "../x"}, "movement: expected the id of a movement"),
        (keep_pain, {"at_utc": "2026-03-01T12:00:00"}, "at_utc: expected a time with its zone, or null"),
        (keep_pain, {"deg": 4}, "deg: expected a key of the short form"),
        (keep_pain_today, {}, 'today: expected "gone" or "little"'),
        (keep_pain_today, {"today": "fine"}, "got 'fine'"),
        (keep_pain_today, {"today": "gone", "new_signs": 1}, "new_signs: expected true"),
    ],
)
def test_nonsense_about_pain_is_one_plain_line(data, form, entry, line):
    with pytest.raises(AnswerError, match=line):
        form(entry, NOW)
    assert not data.exists()


# The gate -------------------------------------------------------------------------------------------------------------


def test_one_movement_and_many_and_the_page_have_the_same_offer():
    answer(NO | {"R8": True, "R13": True}, NOW)
    keep_pain({"movement": "plank"}, NOW - timedelta(days=2))
    keep_pain_today({"today": "gone"}, NOW)
    movements = [load_movement(one) for one in ("plank", "cat_cow", "warmup_march")]
    many, page = find_offers(movements, NOW), read_screening_state(NOW)["offers"]
    for movement in movements:
        assert find_offer(movement, NOW) == many[movement.id]
        assert page[movement.id]["state"] == many[movement.id].state
        assert [one["code"] for one in page[movement.id]["reasons"]] == [one.code for one in many[movement.id].reasons]
    assert [many[movement.id].state for movement in movements] == ["closed", "closed", "softened"]


def test_an_own_file_without_rules_is_closed_by_every_answer():
    own = load_movement("warmup_march").model_copy(update={"id": "own_march", "avoid_if": None})
    answer(NO, NOW)
    assert find_offer(own, NOW).state == "open"
    answer(NO | {"R12": True}, NOW)
    assert find_offer(own, NOW).state == "closed"
    assert find_offer(load_movement("warmup_march"), NOW).state == "open"


# Over the wire --------------------------------------------------------------------------------------------------------


TOKEN_PATHS = ["/live/screening", "/live/screening/draft", "/live/session", "/live/pain/today", "/live/data/delete"]


@pytest.fixture
def client():
    with TestClient(Starlette(routes=ROUTES), base_url="http://127.0.0.1:8501") as client:
        yield client


@pytest.fixture
def pass_():
    return {TOKEN_HEADER: tokens.make_token()}


def test_page_asks_answers_and_practises(client, pass_):
    first = client.get("/live/screening")
    assert first.headers["cache-control"] == "no-store"
    assert first.json()["why"] == "first"
    said = client.post("/live/screening", json={"answers": NO}, headers=pass_)
    assert (said.status_code, said.json()) == (200, {"decision": GO})
    assert client.get("/live/screening").json()["answers_needed"] is False
    short = {"pain": 2, "worse": None, "new_signs": False, "when": "before", "felt": None}
    assert client.post("/live/session", json=short, headers=pass_).json() == {"decision": GO}


@pytest.mark.parametrize("path", TOKEN_PATHS)
@pytest.mark.parametrize("headers", [{}, {TOKEN_HEADER: ""}, {TOKEN_HEADER: "made-up"}])
def test_who_has_no_token_is_not_heard(client, data, path, headers):
    assert client.post(path, json={"answers": NO}, headers=headers).status_code == 403
    assert not data.exists()


@pytest.mark.parametrize("path", TOKEN_PATHS)
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff", b"null", b"[]", b"NaN", b"[" * 9000, b"{}", b'{"answers": 1}', b'{"answers": {}, "x": 1}'],
)
def test_nonsense_is_reported_in_plain_text(client, pass_, data, path, content):
    said = client.post(path, content=content, headers=pass_)
    assert said.status_code == 400
    assert said.headers["content-type"].startswith("text/plain")
    assert "expected" in said.text
    assert not data.exists()


@pytest.mark.parametrize("path", ["/live/screening", "/live/session"])
def test_too_much_is_not_read(client, pass_, path):
    said = client.post(path, content=b" " * (MAX_BODY_BYTES + 1), headers=pass_)
    assert said.status_code == 413
    assert client.post(path, content=b" " * MAX_BODY_BYTES, headers=pass_).status_code == 400


def test_pain_needs_no_token_and_only_our_own_page_is_heard(client, data):
    away = client.post("/live/pain", json={"movement": "plank"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert away.status_code == 403
    assert not data.exists()
    assert (
        client.post("/live/pain", json={"movement": "plank"}, headers={"Sec-Fetch-Site": "same-origin"}).status_code
        == 200
    )
    assert on_disk(data)["pains"][0]["movement"] == "plank"


def test_pages_see_export_and_delete_what_is_stored(client, pass_, data):
    client.post("/live/screening", json={"answers": NO}, headers=pass_)
    parts = {part["code"]: part for part in client.get("/live/data").json()["parts"]}
    assert (parts["answers"]["count"], parts["sessions"]["count"]) == (13, 0)
    copy = client.get("/live/data/export")
    assert copy.headers["content-disposition"] == 'attachment; filename="formcheck-my-data.json"'
    assert copy.json()["answers"]["answers"] == NO
    gone = client.post("/live/data/delete", json={"parts": ["answers"]}, headers=pass_).json()
    assert gone["gone"] == {"answers": 13}
    assert not (data / ANSWERS_FILE).exists()


# What the last session suggests ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "way"),
    [
        ({"effort": 5}, None),
        ({"effort": 6}, "less"),
        ({"effort": 9, "breath": "held", "way": "calm"}, "calm"),
        ({"breath": "easy", "way": "calm"}, None),
    ],
)
def test_a_hard_session_suggests_less_for_two_weeks(data, said, way):
    keep_session({"when": "after", **said}, NOW)
    for later, expected in ((timedelta(days=2), way), (timedelta(days=15), None)):
        easier = read_screening_state(NOW + later)["easier"]
        assert (easier["way"] if easier else None) == expected


@pytest.mark.parametrize("bad", [{"effort": 11}, {"effort": 3.5}, {"breath": "deep"}, {"way": "more"}])
def test_an_unknown_answer_about_effort_is_refused(data, bad):
    with pytest.raises(AnswerError, match=f"{next(iter(bad))}: expected"):
        keep_session({"when": "after", **bad}, NOW)
