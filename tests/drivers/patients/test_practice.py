"""What a person practises goes to the patient's folder that they chose."""

from __future__ import annotations

import pytest

from formcheck.core.errors import StoreError
from formcheck.drivers.history.history import History
from formcheck.drivers.patients import vault as vaults
from formcheck.drivers.patients.folders import add_patient, delete_patient, open_patient
from formcheck.drivers.patients.practice import (
    choose_practice_folder,
    find_practice_folder,
    keep_diary,
    keep_practised_set,
)
from formcheck.drivers.results_store import find_result, open_new_result
from formcheck.drivers.user_data import GUEST, run_as

from ..test_my_data import A_SET, NOW

SECRET, KEY, BEN = "correct horse battery", "a" * 32, "b" * 16


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch, results):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(vaults, "_COST", 2**14)


def record_set(person=None):
    with open_new_result(KEY, recording="Practised", movement="Plank", person=person) as work:
        (work / "summary.json").write_text("{}")


@pytest.mark.parametrize("passphrase", [None, SECRET])
def test_a_recorded_set_goes_to_the_chosen_folder_as_a_copy(passphrase):
    folder = add_patient("A-17", passphrase=passphrase)
    record_set(BEN)
    keep_practised_set(KEY)
    run_as(BEN, choose_practice_folder, folder.path)
    assert (run_as(BEN, find_practice_folder), find_practice_folder()) == (folder.path, None)
    keep_practised_set(KEY)
    assert find_result(KEY) is not None  # it is still theirs
    opened = open_patient("A-17", passphrase=passphrase)
    assert [(one.name, one.label) for one in opened.read_index().results] == [(f"practised {KEY}", "Practised · Plank")]
    run_as(BEN, choose_practice_folder, None)
    assert run_as(BEN, find_practice_folder) is None


def test_without_a_folder_nothing_happens(caplog):
    folder = add_patient("A-17")
    choose_practice_folder(folder.path)
    keep_practised_set(KEY)  # there is no such set
    delete_patient("A-17")
    record_set()
    keep_practised_set(KEY)
    assert (find_practice_folder(), caplog.text) == (None, "")
    with pytest.raises(StoreError, match="expected a person, got a guest"):
        run_as(GUEST, choose_practice_folder, folder.path)


def test_a_set_that_cannot_be_kept_is_still_there(caplog):
    folder = add_patient("A-17")
    choose_practice_folder(folder.path)
    (folder.path / "index.json").write_text("damaged")
    record_set()
    keep_practised_set(KEY)
    assert "was not kept for the patient" in caplog.text
    assert find_result(KEY) is not None


def test_the_diary_is_kept_as_tables(tmp_path):
    folder = add_patient("A-17", passphrase=SECRET)
    with pytest.raises(StoreError, match="expected a person who has practised"):
        keep_diary(folder)
    with History() as history:
        history.add_set(history.begin_session(history.find_first_person(), NOW), A_SET)
    keep_diary(folder)
    kept = keep_diary(folder)
    assert [one.name for one in folder.read_index().results] == [kept.name]
    taken = folder.take_out(kept.name, tmp_path / "out")
    assert {"sessions.csv", "sets.csv"} <= {file.name for file in taken.iterdir()}
    assert "plank" in (taken / "sets.csv").read_text()
