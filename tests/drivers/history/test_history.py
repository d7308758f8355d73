"""What goes into the history comes out again; what is deleted is gone."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import formcheck as fc
from formcheck.core.errors import StoreError
from formcheck.core.movement.load import load_movement
from formcheck.core.summary.schema import FaultRecord
from formcheck.drivers.history.history import History
from formcheck.drivers.history.people import clean_name
from formcheck.drivers.history.records import PractisedRepetition, PractisedSet, Report, SetValue, Trial, describe_set
from formcheck.drivers.my_data import export_csv, export_json

MONDAY = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
HINGE = "hamstring_hinge_standing"
A_SET = PractisedSet(
    MONDAY, HINGE, 3, "left", "ok", None, "", 61.5, 40.0, 31.5, 30.0, 1, 1, "1.0",
    each=(PractisedRepetition(1, "left", 2.0, 48.0, 4.0, 44.0, 40.0, 31.5),),
    values=(SetValue("trunk_inclination_deg", "deg", 52.0, 3.0, 55.0, 6.5),),
)  # fmt: skip


@pytest.fixture
def history(tmp_path):
    with History(tmp_path / "data" / "history.db") as opened:
        yield opened


def test_a_set_comes_back_as_it_was_stored(history):
    session = history.begin_session(history.find_first_person(), MONDAY)
    history.add_set(session, A_SET)
    assert history.list_sets(history.find_first_person()) == [(session, A_SET)]


def test_a_summary_becomes_a_set(checkout):
    summary = fc.check(checkout / "examples/tracks/hinge_stretch_knee_bent.parquet", movement=HINGE)
    one = describe_set(summary, load_movement(HINGE), begun=MONDAY)
    assert (one.verdict, one.movement_id, one.held_s) == (summary.verdict, HINGE, summary.dose.held_s)
    assert [fault.id for fault in one.faults] == [fault.id for fault in summary.faults]
    named = {value.name for value in one.values}
    assert {"trunk_inclination_deg", "back_bend_deg"} <= named
    assert "yaw_deg" not in named  # the camera, not the person


def test_a_set_that_went_on_takes_its_parts_place(history):
    """Its faults stay; the set of another person with the same key does, too."""
    one, other = history.add_person("Ana"), history.add_person("Ben")
    fault = FaultRecord(
        id="rounded_back", severity="fix", cue="", from_s=3.0, to_s=5.0, repetition=1, side="left", value=44.0,
        unit="deg", limit=40.0, uncertainty=6.0,
    )  # fmt: skip
    part = replace(A_SET, key="0123456789abcdef", faults=(fault,))
    for person in (one, other):
        history.add_set(history.begin_session(person, MONDAY), part)
    whole = replace(part, held_s=60.0, faults=(fault.model_copy(update={"id": "stretch_knee_bent"}),))
    history.add_set(history.begin_session(one, MONDAY), whole)
    [(_, stored)] = history.list_sets(one)
    assert stored.held_s == 60.0
    assert sorted(found.id for found in stored.faults) == ["rounded_back", "stretch_knee_bent"]
    assert [found for _, found in history.list_sets(other)] == [part]


def test_a_person_sees_only_their_own_rows(history):
    one, other = history.add_person("Ana"), history.add_person("Ben")
    for person in (one, other, other):
        session = history.begin_session(person, MONDAY)
        history.add_set(session, A_SET)
        history.add_report(person, Report(MONDAY, "pain_before", 3, session_id=session))
        history.add_trial(session, Trial("finger_floor", "before", 1, 12.0, "cm"))
    counts = [len(found(one)) for found in (history.list_sets, history.list_reports, history.list_trials)]
    assert counts == [1, 1, 1]
    assert [len(rows) for rows in history.export_rows(other).values()] == [1, 2, 2, 2, 2, 0, 2, 2, 2, 0]


def test_times_keep_their_order_over_time_zones(history):
    person = history.find_first_person()
    east = datetime.fromisoformat("2026-03-02T23:30:00+09:00")  # before MONDAY in UTC
    first, second = history.begin_session(person, MONDAY), history.begin_session(person, east)
    assert [session.id for session in history.list_sessions(person)] == [second, first]
    assert [session.id for session in history.list_sessions(person, since=MONDAY)] == [first]


def test_a_clock_set_back_ends_no_session_before_its_start(history):
    person = history.find_first_person()
    session = history.begin_session(person, MONDAY)
    history.end_session(session, MONDAY - timedelta(days=400))
    [stored] = history.list_sessions(person)
    assert stored.ended == stored.begun == MONDAY


def test_a_repeated_trial_takes_the_place_of_the_first(history):
    person = history.find_first_person()
    session = history.begin_session(person, MONDAY)
    for value in (10.0, 12.0):
        history.add_trial(session, Trial("slr", "before", 1, value, "deg", "left", 3.0))
        history.add_trial(session, Trial("slr", "before", 1, value + 1, "deg", None, 3.0))
    assert sorted(trial.value for _, trial in history.list_trials(person, "slr")) == [12.0, 13.0]


def test_the_newest_consent_counts(history):
    person = history.find_first_person()
    assert not history.has_consent(person, "record")
    history.set_consent(person, "record", MONDAY, given=True)
    assert history.has_consent(person, "record")
    history.set_consent(person, "record", MONDAY - timedelta(days=1), given=False)  # the clock was set back
    assert not history.has_consent(person, "record")


def test_a_passcode_is_asked_for_and_never_stored(history):
    person = history.add_person("Ana", passcode="kéy 1")
    assert person.locked
    assert history.accepts_passcode(person, "kéy 1")
    assert not history.accepts_passcode(person, "")
    assert b"k\xc3\xa9y 1" not in history.path.read_bytes()
    assert "passcode" not in history.export_rows(person)["people"][0]


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "Ana"])
def test_a_name_is_refused_in_one_line(history, name):
    history.add_person("Ana")
    with pytest.raises(StoreError, match=r"^name: expected") as refused:
        history.add_person(name)
    assert "\n" not in str(refused.value)
    assert len(history.list_people()) == 1


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(clean_name))
@example(name="x\ny")
@example(name='"><script>alert(1)</script>')
@example(name="عائشة \U0001f469\u200d\U0001f469\u200d\U0001f467")
def test_any_name_comes_back_on_one_line(history, name):
    for person in history.list_people():
        history.delete_person(person)
    added = history.add_person(name)
    assert len(added.name.splitlines()) == 1
    assert "\0" not in added.name
    assert history.list_people() == [added]
    assert clean_name(added.name) == added.name


def test_a_name_turns_no_words_around_it():
    assert clean_name("\u202eAna\n\0Maria\u2066") == "Ana Maria"
    family = "\U0001f469\u200d\U0001f467 \u0639"  # a joined picture and Arabic stay whole
    assert clean_name(family) == family


def test_nobody_takes_the_place_of_one_who_was_deleted(history):
    me, ben = history.find_first_person(), history.add_person("Ben")
    history.add_set(history.begin_session(ben, MONDAY), A_SET)
    history.delete_person(me)
    assert history.find_first_person().id != ben.id
    assert history.list_sets(history.find_first_person()) == []
    history.delete_person(ben)
    again = history.add_person("Ben")
    assert again.key != ben.key  # an old cookie or folder of the first Ben leads nowhere
    assert history.find_person(ben.key) is None


def test_practice_goes_and_the_profile_stays(history):
    ana = history.add_person("Ana", passcode="1234")
    history.add_set(history.begin_session(ana, MONDAY), A_SET)
    removed = history.delete_practice(ana)
    assert removed.rows == {"sessions": 1, "sets": 1, "repetitions": 1, "holds": 1, "set_values": 1}
    assert history.list_people() == [ana]


def test_a_new_name_and_passcode(history):
    ana = history.add_person("Ana")
    history.rename_person(ana, "Anna")
    history.set_passcode(ana, "1234")
    [changed] = history.list_people()
    assert (changed.name, changed.locked) == ("Anna", True)
    assert [history.accepts_passcode(changed, code) for code in ("1234", "1235", "")] == [True, False, False]
    history.set_passcode(changed, "")
    assert not history.list_people()[0].locked


def test_delete_leaves_nothing_in_any_file(history):
    ana, ben = history.add_person("Ana-Delete-Me"), history.add_person("Ben")
    for person in (ana, ben):
        history.add_set(history.begin_session(person, MONDAY), A_SET)
    copy = history.path.with_name("history.before-version-9.db")
    copy.write_bytes(b"Ana-Delete-Me")
    removed = history.delete_person(ana)
    assert removed.rows == {
        "people": 1, "sessions": 1, "sets": 1, "repetitions": 1, "holds": 1, "set_values": 1
    }  # fmt: skip
    assert removed.files == (copy.name,)
    assert [len(history.list_sets(person)) for person in (ana, ben)] == [0, 1]
    for file in history.path.parent.iterdir():
        assert b"Ana-Delete-Me" not in file.read_bytes(), file.name


def test_export_holds_what_was_stored(history, tmp_path):
    person = history.add_person("=cmd|' /C calc'!A1")
    history.add_set(history.begin_session(person, MONDAY), A_SET)
    rows = export_json(history, person, tmp_path / "me.json")
    stored = json.loads((tmp_path / "me.json").read_text("utf-8"))
    assert rows == sum(len(found) for found in stored.values()) == 6
    assert stored["sets"][0]["held_s"] == 40.0
    assert export_csv(history, person, tmp_path / "me") == 6
    with (tmp_path / "me" / "people.csv").open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert row["name"] == "'=cmd|' /C calc'!A1"  # a spreadsheet would run it


def test_files_are_for_their_owner_only(history):
    history.find_first_person()
    assert history.path.parent.stat().st_mode & 0o77 == 0
    assert all(file.stat().st_mode & 0o77 == 0 for file in history.path.parent.iterdir())


def test_command_lists_exports_and_deletes(formcheck, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    assert formcheck("history", "list") == (0, "history.db: nothing is stored yet\n", "")
    with History() as stored:
        stored.add_set(stored.begin_session(stored.find_first_person(), MONDAY), A_SET)
    code, said, _ = formcheck("history", "list")
    assert code == 0
    assert said.splitlines()[1:] == [f"  {HINGE}: ok, held 40 s", "Me: 1 sessions, 1 sets"]
    code, said, _ = formcheck("history", "export", "--out", tmp_path / "me.json")
    assert (code, Path(tmp_path / "me.json").is_file()) == (0, True)
    code, _, complaint = formcheck("history", "delete", "--person", "Nobody")
    assert (code, complaint.count("\n")) == (2, 1)
    code, said, _ = formcheck("history", "delete", "--yes")
    assert (code, said) == (
        0, "Me: deleted 1 people, 1 sessions, 1 sets, 1 repetitions, 1 holds, 1 set values\n"
    )  # fmt: skip
    assert formcheck("history", "list")[1] == "history.db: nothing is stored yet\n"
