"""What is stored about the person is seen, copied and really deleted."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from formcheck.core.errors import AnswerError
from formcheck.core.movement.load import load_movement
from formcheck.drivers import answers, my_data
from formcheck.drivers.answer_record import ANSWERS_FILE, BROKEN_FILE, forget_unwritten
from formcheck.drivers.history.history import History
from formcheck.drivers.history.people import ME
from formcheck.drivers.history.records import PractisedSet
from formcheck.drivers.results_store import make_result_key, open_new_result
from formcheck.drivers.user_data import GUEST, run_as
from formcheck.program.screening import QUESTIONS

NO = {question.id: False for question in QUESTIONS}
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
A_SET = PractisedSet(
    begun=NOW, movement_id="plank", movement_version=1, side=None, verdict="ok", why_code=None, why_about="",
    duration_s=20.0, held_s=20.0, valid_s=18.0, hold_target_s=20.0, repetitions=1, repetitions_target=1,
    formcheck_version="0.1.0",
)  # fmt: skip
KEY = make_result_key(recording_sha256="a", movement_sha256="b", model="c", side="auto")


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    monkeypatch.setenv("FORMCHECK_DATA", str(folder))
    monkeypatch.setenv("FORMCHECK_RESULTS", str(tmp_path / "results"))
    return folder


def fill(data):
    answers.answer(NO, NOW)
    answers.keep_session({"when": "before", "pain": 3, "new_signs": True}, NOW)
    answers.keep_pain({"movement": "plank"}, NOW)
    (data / "calibration.json").write_text('{"own": 1}')
    (data / "prescription.toml").write_text("schema_version = 1\n")
    (data / "practice_folder.json").write_text('{"patient": "0123456789abcdef"}')
    (data / BROKEN_FILE).write_text("broken")
    with History() as history:
        for name in (ME, "A patient"):
            one = history.find_first_person() if name == ME else history.add_person(name)
            history.add_set(history.begin_session(one, NOW), A_SET)
    with open_new_result(KEY, recording="me.mp4", movement="Plank") as folder:
        (folder / "summary.json").write_text('{"a": 1}')


def counts():
    return {part["code"]: part["count"] for part in my_data.list_parts()}


def test_nothing_is_stored_before_first_use(data):
    assert set(counts().values()) == {0}
    assert not data.exists()


def test_everything_is_listed_and_copied(data):
    fill(data)
    assert counts() == {
        "answers": 14,
        "sessions": 2,
        "calibration": 1,
        "plan": 1,
        "folder": 1,
        "history": 1,
        "results": 1,
    }
    assert all(part["bytes"] > 0 for part in my_data.list_parts())
    copy = my_data.export_all(NOW)
    assert json.loads(json.dumps(copy)) == copy
    assert copy["answers"]["pains"][0]["movement"] == "plank"
    assert copy["calibration"] == {"own": 1}
    assert copy["set_aside"] == "broken"
    assert [one["name"] for one in copy["history"]["people"]] == [ME]
    assert [(one["recording"], one["summary"]) for one in copy["results"]] == [("me.mp4", {"a": 1})]


def test_other_people_of_the_history_stay(data):
    fill(data)
    my_data.delete_chosen({"parts": ["history"]}, NOW)
    with History() as history:
        me, other = history.list_people()
        assert (other.name, len(history.list_sets(other)), len(history.list_sets(me))) == ("A patient", 1, 0)
    assert counts()["history"] == 0, "what is left is not mine"


@pytest.mark.parametrize("code", ["answers", "sessions", "calibration", "plan", "folder", "history", "results"])
def test_one_part_goes_and_the_others_stay(data, code):
    fill(data)
    before = counts()
    reply = my_data.delete_chosen({"parts": [code]}, NOW)
    assert reply["gone"] == {code: before[code]}
    assert counts() == before | {code: 0}
    assert reply["parts"] == my_data.list_parts()


def test_all_parts_leave_no_file_behind(data, tmp_path):
    fill(data)
    my_data.delete_chosen({"parts": [part["code"] for part in my_data.list_parts()]}, NOW)
    assert [
        path
        for path in data.iterdir()
        if path.name in {ANSWERS_FILE, BROKEN_FILE, "calibration.json", "prescription.toml", "practice_folder.json"}
    ] == []
    assert [path for path in (tmp_path / "results").iterdir() if path.is_dir()] == []


def test_what_could_not_be_deleted_is_not_called_deleted(data, monkeypatch):
    fill(data)
    monkeypatch.setattr("pathlib.Path.unlink", lambda *_args, **_kwargs: (_ for _ in ()).throw(OSError(13, "denied")))
    assert my_data.delete_chosen({"parts": ["calibration"]}, NOW)["gone"] == {"calibration": 0}


@pytest.mark.parametrize(
    "body", [{}, {"parts": []}, {"parts": ["all"]}, {"parts": "answers"}, [], None, {"parts": [3]}, {"parts": [[]]}]
)
def test_nonsense_deletes_nothing(data, body):
    fill(data)
    before = counts()
    with pytest.raises(AnswerError, match="parts: expected a list of answers"):
        my_data.delete_chosen(body, NOW)
    assert counts() == before


def test_a_person_goes_with_all_of_theirs_and_nothing_else(data):
    fill(data)
    with History() as history:
        ben = history.add_person("Ben")
        history.add_set(history.begin_session(ben, NOW), A_SET)

    def use_it():
        answers.answer(NO, NOW)
        with open_new_result(KEY[::-1], recording="ben.mp4", movement="Plank") as folder:
            (folder / "summary.json").write_text('{"a": 1}')

    run_as(ben.key, use_it)
    before = counts()
    assert run_as(ben.key, counts) == {
        "answers": 13,
        "sessions": 0,
        "calibration": 0,
        "plan": 0,
        "folder": 0,
        "history": 1,
        "results": 1,
    }
    assert my_data.delete_person(ben.key) == {"answers": 13, "history": 1, "results": 1, "profile": 1}
    assert counts() == before
    assert not (data / "people" / ben.key).exists()
    with History() as history:
        assert [one.name for one in history.list_people()] == [ME, "A patient"]


def test_the_command_deletes_what_the_app_keeps_as_well(data, formcheck):
    fill(data)
    code, said, _ = formcheck("history", "delete", "--person", ME, "--yes")
    assert code == 0
    assert (
        said.splitlines()[1]
        == f"{ME}: deleted 14 answers, 2 sessions, 1 calibration, 1 plan, 1 folder, 1 results of the app"
    )
    assert set(counts().values()) == {0}


def test_nothing_of_a_guest_is_stored(data):
    run_as(GUEST, answers.answer, NO, NOW)
    assert run_as(GUEST, answers.read_screening_state, NOW)["answers_needed"] is False
    assert answers.read_screening_state(NOW)["answers_needed"] is True
    assert not data.exists()
    run_as(GUEST, forget_unwritten)
    assert run_as(GUEST, answers.read_screening_state, NOW)["answers_needed"] is True


def test_answers_that_cannot_be_written_count_until_the_end(data):
    data.write_text("a file where the folder should be", "utf-8")
    assert "stored" in " ".join(answers.answer(NO, NOW)["decision"]["notes"])
    assert answers.find_offer(load_movement("plank"), NOW).state == "open"  # practice is possible
    data.unlink()
    answers.answer(NO, NOW)
    assert (data / ANSWERS_FILE).is_file()
