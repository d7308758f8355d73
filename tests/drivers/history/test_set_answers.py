"""What a person answered around a recorded set is in its bundle, read by another library; nothing of other sets is."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from fhirclient.models.bundle import Bundle

from formcheck.core.errors import StoreError
from formcheck.core.movement.load import load_movement
from formcheck.drivers.about_me import keep_next_day
from formcheck.drivers.answer_record import SessionEntry, read_record, write_record
from formcheck.drivers.answers import keep_session
from formcheck.drivers.history.history import History
from formcheck.drivers.history.keeper import SetKeeper, keep_set
from formcheck.drivers.my_data import delete_chosen
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.results_store import open_new_result
from formcheck.drivers.therapist.corrected import load_measured
from formcheck.drivers.therapist.export import export_result
from formcheck.drivers.user_data import run_as
from formcheck.languages.translate import load_language, translate

HINGE, KEY, OTHER = "hamstring_hinge_standing", "a" * 32, "b" * 32
NOW = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
ASK = "Where do you feel it?"
HOSTILE_TEXTS = [
    '"><script>alert(1)</script>',
    "\u202e\u05e9\u05dc\u05d5\u05dd", "🙂👩\u200d🦽", "w" * 300, "=1", " ", "' OR 1=1 --",
]  # fmt: skip


@pytest.fixture(scope="module")
def checked(tmp_path_factory, checkout):
    folder = tmp_path_factory.mktemp("checked") / "result"
    check_recording(checkout / "tests" / "data" / "hinge_good.parquet", movement=HINGE, out=folder)
    return folder


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch, results):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("formcheck.drivers.history.keeper.KEEPER", SetKeeper())


@pytest.fixture
def record_set(checked, results):
    """Return a function that puts a recorded set into the history and among the results."""

    def record(ended=NOW, key=KEY):
        with open_new_result(key, recording="Practised", movement="Hinge") as work:
            shutil.copytree(checked, work, dirs_exist_ok=True)
        summary = load_measured(results / key)
        keep_set(summary, load_movement(HINGE), ended=ended, recording=key)
        return results / key

    return record


def read_resources(folder, **asked):
    """Return the resources of the bundle by kind, as the other library reads them."""
    path = export_result(folder, to="fhir", patient="A-17", **asked)
    bundle = json.loads(path.read_text("utf-8"))
    found = [one.resource for one in Bundle(bundle).entry]
    urls = {one["fullUrl"] for one in bundle["entry"]}
    assert len(urls) == len(bundle["entry"])
    derived = [one.derivedFrom[0].reference for one in found if getattr(one, "derivedFrom", None)]
    assert set(derived) <= urls
    forms = {one.questionnaire.rsplit(":", 1)[1]: one for one in found if one.resource_type == "QuestionnaireResponse"}
    pains = [one for one in found if one.resource_type == "Observation" and one.code.coding[0].code == "72514-3"]
    return forms, pains


def describe(form):
    """Return link -> what was answered."""
    kinds = ("valueInteger", "valueBoolean", "valueString")
    return {
        item.linkId: [
            one.valueCoding.code
            if one.valueCoding
            else next(value for kind in kinds if (value := getattr(one, kind)) is not None)
            for one in item.answer
        ]
        for item in form.item
    }


def ask_before(minutes=20, **said):
    keep_session({"when": "before", "pain": 4, "areas": ["low_back", "calf"], "worse": False, **said},
                 NOW - timedelta(minutes=minutes))  # fmt: skip


def ask_after(minutes=2, **said):
    keep_session({"when": "after", "movement": HINGE, **said}, NOW + timedelta(minutes=minutes))


def test_everything_that_was_said_is_in_the_bundle(record_set):
    ask_before()
    folder = record_set()
    ask_after(pain=3, felt="better", effort=5, breath="easy", said={ASK: "In the low back"})
    keep_next_day({"lasted": "hours"}, NOW + timedelta(days=1))
    forms, pains = read_resources(folder)
    assert {name: describe(form) for name, form in forms.items()} == {
        "session": {
            "pain_before": [4], "hurts": ["low_back", "calf"], "worse": [False], "pain_after": [3],
            "felt": ["better"], "effort": [5], "breath": ["easy"],
        },
        f"movement.{HINGE}": {"question_1": ["In the low back"]},
        "next_day": {"next_day": ["hours"]},
    }  # fmt: skip
    after = (NOW + timedelta(minutes=2)).isoformat()
    assert forms["session"].authored.isostring == forms[f"movement.{HINGE}"].authored.isostring == after
    assert [(one.valueInteger, one.effectiveDateTime.isostring) for one in pains] == [
        (4, (NOW - timedelta(minutes=20)).isoformat()), (3, after),
    ]  # fmt: skip
    assert {one.derivedFrom[0].reference for one in pains} == {f"urn:uuid:{forms['session'].id}"}
    assert forms["session"].item[0].text == "How much pain is there now, from 0 (none) to 10?"
    assert forms["next_day"].item[0].answer[0].valueCoding.display == "Better for some hours"


def test_a_result_without_answers_has_none(record_set, checked, tmp_path):
    ask_before(minutes=300)  # of another session
    assert read_resources(record_set()) == ({}, [])
    ask_after(pain=3, said={ASK: "In the low back"})
    same = shutil.copytree(checked, tmp_path / KEY)  # no result of the app
    assert read_resources(same) == ({}, [])


def test_pain_of_the_export_is_an_answer_too(checked, tmp_path):
    forms, [pain] = read_resources(shutil.copytree(checked, tmp_path / "result"), pain=0)
    assert describe(forms["pain_now"]) == {"pain_now": [0]}
    assert (pain.valueInteger, pain.derivedFrom[0].reference) == (0, f"urn:uuid:{forms['pain_now'].id}")
    assert forms["pain_now"].authored.isostring == pain.effectiveDateTime.isostring


def test_texts_go_through_letter_by_letter(record_set):
    folder = record_set()
    said = {f"{k} {text}": text for k, text in enumerate(HOSTILE_TEXTS)}
    ask_after(said=said)
    forms, _ = read_resources(folder)
    found = forms[f"movement.{HINGE}"]
    assert [(item.text, item.answer[0].valueString) for item in found.item] == list(said.items())
    assert len({item.linkId for item in found.item}) == len(said)


def test_a_question_keeps_its_code_in_every_language(record_set):
    folder = record_set()
    german = translate(load_movement(HINGE).questions[0].ask, load_language("de"))
    assert german != ASK
    ask_after(said={german: "Im unteren Rücken"})
    forms, _ = read_resources(folder)
    [item] = forms[f"movement.{HINGE}"].item
    assert (item.linkId, item.text) == ("question_1", german)


def test_each_set_of_a_session_has_its_own_answers(record_set):
    ask_before()
    first = record_set()
    ask_after(minutes=1, said={ASK: "In the low back"})
    second = record_set(NOW + timedelta(minutes=10), OTHER)
    ask_after(minutes=11, pain=5, said={ASK: "Near the sit bone or the knee"})
    said = [describe(read_resources(one)[0][f"movement.{HINGE}"]) for one in (first, second)]
    assert said == [{"question_1": ["In the low back"]}, {"question_1": ["Near the sit bone or the knee"]}]
    of_session = [describe(read_resources(one)[0]["session"]) for one in (first, second)]
    assert of_session[0] == of_session[1]  # that form is about the whole session


def test_answers_of_another_person_stay_out(record_set):
    folder = record_set()
    run_as("b" * 16, keep_session, {"when": "before", "pain": 9}, NOW - timedelta(minutes=5))
    assert read_resources(folder) == ({}, [])


def test_the_first_answers_after_a_set_count_if_none_were_before(record_set):
    folder = record_set()
    ask_after(pain=2)
    forms, [pain] = read_resources(folder)
    assert describe(forms["session"]) == {"pain_after": [2]}
    assert pain.effectiveDateTime.isostring == (NOW + timedelta(minutes=2)).isoformat()


def test_answers_before_the_next_session_are_not_of_this_one(record_set):
    folder = record_set()
    ask_before(minutes=-30)
    assert read_resources(folder) == ({}, [])


def test_answers_of_an_older_version_have_no_moment(record_set):
    entry = SessionEntry(at_utc=NOW - timedelta(minutes=20), pain_before=4, pain_after=3)
    write_record(read_record().model_copy(update={"sessions": [entry]}))
    forms, [before, after] = read_resources(record_set())
    assert (forms["session"].authored, after.effectiveDateTime) == (None, None)
    assert before.effectiveDateTime.isostring == entry.at_utc.isoformat()


def test_deleted_answers_are_gone(record_set):
    folder = record_set()
    ask_after(pain=2, said={ASK: "In the low back"})
    delete_chosen({"parts": ["sessions"]}, NOW)
    assert read_record().set_answers == []
    assert read_resources(folder) == ({}, [])


def test_a_history_that_cannot_be_read_costs_the_answers_only(record_set, monkeypatch, caplog):
    folder = record_set()
    ask_before()

    def refuse(*_):
        raise StoreError("expected a history, got a locked one; close other windows")

    monkeypatch.setattr(History, "list_sets", refuse)
    assert read_resources(folder) == ({}, [])
    assert "the answers around a set are not exported: expected a history" in caplog.text
