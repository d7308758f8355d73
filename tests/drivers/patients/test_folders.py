"""Patients' folders: nothing readable, nothing lost, clear words."""

from __future__ import annotations

import errno
import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.errors import StoreError
from formcheck.drivers.patients import folders as store
from formcheck.drivers.patients import vault as vaults
from formcheck.drivers.patients.folders import (
    add_patient,
    delete_patient,
    find_patient,
    list_patients,
    open_patient,
)
from formcheck.drivers.patients.vault import PIECE_BYTES, make_vault
from formcheck.drivers.results_store import KEY, find_result, open_new_result

SECRET, OTHER = "correct horse battery", "wrong horse battery"
FILES = {"summary.json": b'{"verdict": "READABLE"}', "poses.parquet": b"READABLE" * 300_000, "note.txt": b""}


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(vaults, "_COST", 2**14)  # the cost of a try is not what is tested


@pytest.fixture
def result(tmp_path):
    folder = tmp_path / "monday"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder


def read_all(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def require_whole(code: str, out: Path, passphrase: str | None) -> None:
    taken = open_patient(code, passphrase=passphrase).take_out("monday", out)
    assert {file.name: file.read_bytes() for file in taken.iterdir()} == FILES


@pytest.mark.parametrize("passphrase", [None, SECRET])
def test_what_is_kept_comes_back_and_is_logged(result, tmp_path, passphrase):
    folder = add_patient("A-17", passphrase=passphrase)
    folder.keep_result(result)
    folder.keep_result(result)  # again: replaced, and the first copy is swept
    require_whole("A-17", tmp_path / "out", passphrase)
    index = open_patient("A-17", passphrase=passphrase).read_index()
    assert [one.name for one in index.results] == ["monday"]
    assert [(one.what, one.to) for one in index.exports] == [("monday", "out")]
    assert (b"READABLE" in read_all(folder.path)) == (passphrase is None)
    stored = [file for file in folder.path.rglob("*") if len(file.stem) == 32]
    assert len(stored) == len(FILES)
    delete_patient("A-17")
    assert (list_patients(), folder.path.exists()) == ({}, False)


def test_another_passphrase_opens_nothing(result):
    add_patient("A-17", passphrase=SECRET).keep_result(result)
    for wrong in (OTHER, "", SECRET + " "):
        with pytest.raises(StoreError, match="got another one; a forgotten passphrase cannot be found again"):
            open_patient("A-17", passphrase=wrong)
    with pytest.raises(StoreError, match="A-17: expected the passphrase of this patient, got none"):
        open_patient("A-17")


@pytest.mark.parametrize("where", [0, 4, 25, -1])
def test_a_changed_file_is_refused_and_nothing_is_written(result, tmp_path, where):
    folder = add_patient("A-17", passphrase=SECRET)
    kept = folder.keep_result(result)
    file = folder.path / f"{kept.files['poses.parquet']}.enc"
    content = bytearray(file.read_bytes())
    content[where] ^= 1
    file.write_bytes(content)
    with pytest.raises(StoreError, match="got one that was damaged, changed or exchanged; put back a copy"):
        folder.take_out("monday", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_pieces_and_files_cannot_be_exchanged(tmp_path):
    vault, plain = make_vault(), tmp_path / "plain"
    plain.write_bytes(bytes(3 * PIECE_BYTES))
    for name in ("a", "b"):
        vault.encrypt_file(plain, tmp_path / name, name=name)
    with pytest.raises(StoreError, match="changed or exchanged"):
        vault.decrypt_bytes(tmp_path / "b", name="a")
    whole, piece = (tmp_path / "a").read_bytes(), PIECE_BYTES + 16
    for changed in (whole[:-piece], whole[:20], whole[:20] + whole[20 + piece : 20 + 2 * piece] + whole[20:], b""):
        (tmp_path / "a").write_bytes(changed)
        with pytest.raises(StoreError, match="changed or exchanged"):
            vault.decrypt_bytes(tmp_path / "a", name="a")


@given(content=st.binary(max_size=300), extra=st.integers(-2, 2))
def test_every_content_comes_back(tmp_path_factory, content, extra):
    folder = tmp_path_factory.mktemp("vault")
    whole = content + bytes(max(0, PIECE_BYTES - len(content) + extra)) if extra else content
    vault = make_vault()
    vault.encrypt_bytes(whole, folder / "x", name="x")
    assert vault.decrypt_bytes(folder / "x", name="x") == whole


def test_a_new_passphrase_holds_at_once(result, tmp_path):
    add_patient("A-17", passphrase=SECRET).keep_result(result)
    open_patient("A-17", passphrase=SECRET).change_passphrase(OTHER)
    with pytest.raises(StoreError, match="expected the passphrase"):
        open_patient("A-17", passphrase=SECRET)
    require_whole("A-17", tmp_path / "out", OTHER)
    with pytest.raises(StoreError, match="expected a passphrase of at least 10 characters, got 5"):
        open_patient("A-17", passphrase=OTHER).change_passphrase("short")
    require_whole("A-17", tmp_path / "out", OTHER)


def test_encryption_may_stop_at_any_write(result, tmp_path, monkeypatch):
    add_patient("A-17").keep_result(result)
    real, before = store.write_one_file, read_all(list_patients()["A-17"])
    for most in itertools.count():
        left = iter(range(most))

        def stop(path, left=left):
            if next(left, None) is None:
                raise KeyboardInterrupt
            return real(path)

        monkeypatch.setattr(vaults, "write_one_file", stop)
        try:
            open_patient("A-17").encrypt(SECRET)
        except KeyboardInterrupt:
            monkeypatch.setattr(vaults, "write_one_file", real)
            require_whole("A-17", tmp_path / f"out{most}", None)
            continue
        break
    monkeypatch.setattr(vaults, "write_one_file", real)
    folder = list_patients()["A-17"]
    assert (most >= len(FILES) + 2, b"READABLE" in before, b"READABLE" in read_all(folder)) == (True, True, False)
    require_whole("A-17", tmp_path / "out", SECRET)


def test_encryption_is_finished_on_opening(result, tmp_path, monkeypatch):
    folder = add_patient("A-17")
    folder.keep_result(result)
    monkeypatch.setattr(store, "finish_encryption", lambda path: None)
    folder.encrypt(SECRET)
    monkeypatch.undo()
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    assert b"READABLE" in read_all(folder.path)
    require_whole("A-17", tmp_path / "out", SECRET)
    assert b"READABLE" not in read_all(folder.path)


@pytest.mark.parametrize("passphrase", [None, SECRET])
def test_a_full_disk_loses_nothing(result, tmp_path, monkeypatch, passphrase):
    folder = add_patient("A-17", passphrase=passphrase)
    folder.keep_result(result)
    (result / "summary.json").write_bytes(b'{"verdict": "new"}')
    real = Path.open

    def open_full(path, mode="r", *args, **options):
        if "w" in mode:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, mode, *args, **options)

    monkeypatch.setattr(Path, "open", open_full)
    monkeypatch.setattr(store.shutil, "copyfile", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    with pytest.raises(StoreError, match="got a full disk; free some space"):
        folder.keep_result(result)
    monkeypatch.undo()
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    require_whole("A-17", tmp_path / "out", passphrase)


def test_what_is_not_a_patient_or_a_result_is_refused(tmp_path):
    folder = add_patient('"><script>=1')
    with pytest.raises(StoreError, match="expected a new patient"):
        add_patient('"><script>=1')
    with pytest.raises(StoreError, match="expected a code of 1 to 200 characters, got 0"):
        add_patient("")
    with pytest.raises(StoreError, match="expected the code of a patient, got 'B'"):
        open_patient("B")
    with pytest.raises(StoreError, match="expected a result of formcheck check --out, got no such folder"):
        folder.keep_result(tmp_path / "nothing")
    with pytest.raises(StoreError, match=r"expected one of the kept results \(none\), got 'x'"):
        folder.take_out("x", tmp_path / "out")
    with pytest.raises(StoreError, match="at least 10 characters"):
        add_patient("C", passphrase="short")
    with pytest.raises(StoreError, match="expected an encrypted patient"):
        folder.change_passphrase(SECRET)
    assert list(list_patients()) == ['"><script>=1']


def test_the_commands_keep_and_hand_over(formcheck, result, tmp_path):
    for name, text in (("a", SECRET), ("b", OTHER)):
        (tmp_path / name).write_text(f"{text}\n", "utf-8")
    secret = ("--passphrase-file", tmp_path / "a")
    code, out, _ = formcheck("patient", "add", "A-17", "--encrypt", *secret)
    assert (code, "a forgotten passphrase cannot be found again" in out) == (0, True)
    assert formcheck("patient", "keep", "A-17", result, *secret)[:2] == (0, "monday: 3 files kept for A-17\n")
    assert formcheck("patient", "take-out", "A-17", "monday", "--out", tmp_path / "out", *secret)[0] == 0
    out = formcheck("patient", "show", "A-17", *secret)[1]
    assert ("kept\t" in out, "exported\t" in out, "monday to out" in out) == (True, True, True)
    code, _, err = formcheck("patient", "show", "A-17", "--passphrase-file", tmp_path / "b")
    assert (code, err.startswith("formcheck: expected the passphrase of this patient, got another")) == (2, True)
    assert formcheck("patient", "list")[1] == "A-17\tencrypted\n"
    assert formcheck("patient", "passphrase", "A-17", *secret, "--new-file", tmp_path / "b")[0] == 0
    assert formcheck("patient", "add", "B")[0] == 0
    assert formcheck("patient", "encrypt", "B", *secret)[0] == 0
    assert formcheck("patient", "delete", "A-17", "--yes")[0] == 0
    assert formcheck("patient", "list")[1] == "B\tencrypted\n"


def test_without_faces_nothing_that_may_show_one_leaves(result, tmp_path):
    for name in ("film.mp4", "film_to_share.MP4", "report.pdf", "compare.html", "key.png", "unknown"):
        (result / name).write_bytes(b"a face")
    folder = add_patient("A-17")
    folder.keep_result(result)
    taken = folder.take_out("monday", tmp_path / "out", blur_faces=True)
    assert sorted(file.name for file in taken.iterdir()) == ["poses.parquet", "summary.json"]


@pytest.mark.parametrize("name", ["..", "../a", "C:a", "a/b", "\\\\a"])
def test_a_list_with_a_path_in_it_is_refused(result, name):
    folder = add_patient("A-17")
    folder.keep_result(result)
    index = folder.path / "index.json"
    index.write_text(index.read_text().replace('"note.txt"', f'"{name}"'))
    with pytest.raises(StoreError, match="expected the list of what is kept"):
        folder.read_index()


# Results of the app ---------------------------------------------------------------------------------------------------


KEY_OF_RESULT = "a" * 32


@pytest.fixture
def stored(results):
    """Return a result of the app that has a part, as a session has."""
    with open_new_result(KEY_OF_RESULT, recording='=1 "><script>.mp4', movement="Plank") as work:
        for name, content in FILES.items():
            (work / name).write_bytes(content)
        (work / "01_plank").mkdir()
        (work / "01_plank" / "summary.json").write_bytes(b"PART READABLE")
        (work / "other").mkdir()
        (work / "other" / "x.txt").write_bytes(b"not of a result")
    return find_result(KEY_OF_RESULT)


@pytest.mark.parametrize("passphrase", [None, SECRET])
def test_a_result_moves_in_and_is_worked_on_in_a_copy(stored, passphrase):
    folder = add_patient("A-17", passphrase=passphrase)
    kept = folder.move_in(stored)
    assert (kept.label, kept.name) == ('=1 "><script>.mp4 · Plank', KEY_OF_RESULT)
    assert not stored.folder.exists()
    assert (b"READABLE" in read_all(folder.path)) == (passphrase is None)
    assert folder.open_copy(KEY_OF_RESULT) == folder.open_copy(KEY_OF_RESULT) == KEY_OF_RESULT
    copy = find_result(KEY_OF_RESULT)
    assert (copy.recording, copy.movement) == (stored.recording, stored.movement)
    assert (copy.folder / "01_plank" / "summary.json").read_bytes() == b"PART READABLE"
    (copy.folder / "note.txt").write_bytes(b"changed READABLE")
    folder.move_in(copy, name=kept.name)
    assert find_result(KEY_OF_RESULT) is None
    [again] = folder.read_index().results
    assert again.name == kept.name
    folder.open_copy(again.name)
    assert (find_result(KEY_OF_RESULT).folder / "note.txt").read_bytes() == b"changed READABLE"
    assert folder.read_index().exports == []  # nothing left the computer


def test_what_cannot_be_kept_whole_stays_where_it_was(stored, monkeypatch):
    folder = add_patient("A-17", passphrase=SECRET)

    def is_full(*_args, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(vaults.Vault, "encrypt_file", is_full)
    with pytest.raises((OSError, StoreError)):
        folder.move_in(stored)
    assert find_result(KEY_OF_RESULT) is not None
    assert folder.read_index().results == []


def test_a_copy_of_a_folder_from_elsewhere_gets_a_key(result, results):
    folder = add_patient("A-17")
    folder.keep_result(result)
    key = folder.open_copy("monday")
    assert (KEY.fullmatch(key) is not None, find_result(key).recording) == (True, key)
    with pytest.raises(StoreError, match="expected one of the kept results"):
        folder.open_copy("tuesday")


@pytest.mark.parametrize("name", ["", "..", "../x", "a" * 16, "A" * 16, "0" * 17])
def test_a_patient_is_found_by_the_name_of_the_folder_alone(name):
    folder = add_patient("A-17")
    assert find_patient(folder.path.name) == folder.path
    assert find_patient(name) is None
