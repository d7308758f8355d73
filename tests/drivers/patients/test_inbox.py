"""What comes to a locked folder is encrypted without its passphrase, and is there when it is opened."""

from __future__ import annotations

import json
import shutil

import pytest

from formcheck.core.errors import StoreError
from formcheck.drivers.patients import vault as vaults
from formcheck.drivers.patients.folders import PatientFolder, add_patient, keep_without_passphrase, open_patient
from formcheck.drivers.results_store import find_result, open_new_result

from .test_folders import FILES, OTHER, SECRET, read_all

KEY = "a" * 32


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(vaults, "_COST", 2**14)


@pytest.fixture
def stored(results):
    with open_new_result(KEY, recording="set.mp4", movement="Plank") as work:
        for name, content in FILES.items():
            (work / name).write_bytes(content)
    return find_result(KEY)


@pytest.fixture
def locked():
    return add_patient("A-17", passphrase=SECRET).path


def list_items(path):
    return sorted(path.glob("sealed-*"))


def require_kept(tmp_path, count=1):
    folder = open_patient("A-17", passphrase=SECRET)
    assert [one.label for one in folder.read_index().results] == ["set.mp4 · Plank"] * count
    taken = folder.take_out(folder.read_index().results[0].name, tmp_path / "out")
    assert FILES.items() <= {file.name: file.read_bytes() for file in taken.iterdir()}.items()


def test_a_result_comes_in_without_the_passphrase(stored, locked, tmp_path):
    keep_without_passphrase(locked, stored)
    [item] = list_items(locked)
    assert b"READABLE" not in read_all(locked)
    assert b"set.mp4" not in read_all(locked)
    assert stored.folder.is_dir()  # a copy
    require_kept(tmp_path)
    assert not item.exists()
    require_kept(tmp_path / "again")  # and the list remembers its key


def test_the_newer_one_takes_the_place_of_the_older(stored, locked, tmp_path):
    open_patient("A-17", passphrase=SECRET).keep_result(stored.folder, label="older")
    keep_without_passphrase(locked, stored)
    require_kept(tmp_path)
    keep_without_passphrase(locked, stored, name="other")
    require_kept(tmp_path / "two", count=2)


def test_a_readable_folder_takes_it_at_once(stored):
    folder = add_patient("B")
    keep_without_passphrase(folder.path, stored)
    assert [one.name for one in folder.read_index().results] == [KEY]


def test_taking_in_may_stop_anywhere(stored, locked, tmp_path, monkeypatch):
    keep_without_passphrase(locked, stored)
    monkeypatch.setattr(PatientFolder, "_add_kept", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        open_patient("A-17", passphrase=SECRET)
    monkeypatch.undo()
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    require_kept(tmp_path)


def test_a_full_disk_leaves_nothing_half(stored, locked, monkeypatch):
    def is_full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vaults.Vault, "encrypt_file", is_full)
    with pytest.raises(OSError, match="No space"):
        keep_without_passphrase(locked, stored)
    assert (list_items(locked), stored.folder.is_dir()) == ([], True)
    assert not list(locked.glob(".*"))


@pytest.mark.parametrize("change", ["key", "cut", "foreign"])
def test_what_is_damaged_or_foreign_stays_outside(stored, locked, caplog, change):
    keep_without_passphrase(locked, stored)
    [item] = list_items(locked)
    about = json.loads((item / "key.json").read_text())
    if change == "foreign":
        other = add_patient("B", passphrase=OTHER).path
        keep_without_passphrase(other, stored)
        shutil.copy(list_items(other)[0] / "key.json", item / "key.json")
    else:
        about["key"] = about["key"][::-1] if change == "key" else about["key"][:8]
        (item / "key.json").write_text(json.dumps(about))
    assert open_patient("A-17", passphrase=SECRET).read_index().results == []
    assert "expected a result for this patient, got a damaged or a foreign one" in caplog.text
    assert item.is_dir()


def test_a_folder_of_before_gets_its_address_on_opening(stored, locked, tmp_path):
    (locked / "inbox.json").unlink()
    with pytest.raises(StoreError, match="expected a patient that was opened before"):
        keep_without_passphrase(locked, stored)
    open_patient("A-17", passphrase=SECRET)
    keep_without_passphrase(locked, stored)
    require_kept(tmp_path)


def test_an_address_that_was_exchanged_is_put_right(stored, locked, tmp_path):
    other = add_patient("B", passphrase=OTHER).path
    shutil.copy(other / "inbox.json", locked / "inbox.json")
    open_patient("A-17", passphrase=SECRET)
    keep_without_passphrase(locked, stored)
    require_kept(tmp_path)
