"""Keep the results of each patient in a folder, encrypted if wanted.

The folders are on this machine. `index` lists what is kept and every export. It is written last and at once, so an
interrupted work leaves the state before. An encrypted patient has only encrypted files; the code by which the folder is
found stays readable.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from formcheck.core.errors import StoreError
from formcheck.drivers.atomic_files import require_no_link, stage_files, write_one_file
from formcheck.drivers.results_store import KEY, StoredResult, adopt_result, find_result
from formcheck.drivers.user_data import find_data_dir, make_private_folder

from .copy_marks import COPY_MARK, list_working_copies, mark_copy
from .inbox import list_sealed, seal_item, write_inbox_address
from .records import MOST_PATIENT_NAME, SESSION_PART, ExportEntry, KeptResult, PatientCard, PatientIndex
from .vault import Vault, make_vault, open_vault

PATIENTS = "patients"
_PATIENT, _INDEX_FILE, _LOCKED_INDEX, _LOCK, _PLAIN = "patient.json", "index.json", "index.enc", "lock.json", "results"
_WITHOUT_PICTURES = frozenset({".json", ".parquet", ".toml", ".csv", ".xlsx", ".trc", ".c3d", ".mot"})
_MOST_PATIENT_BYTES = 20_000_000
FOLDERS_LOCK = threading.RLock()
"""Held while a folder is read and written: two changes at once would lose one."""


@dataclass(frozen=True, slots=True)
class PatientFolder:
    """One patient's folder, open for work.

    Parameters
    ----------
    path : the folder.
    vault : what encrypts it; None = it is not encrypted.
    """

    path: Path
    vault: Vault | None

    def read_index(self) -> PatientIndex:
        """Return what is kept."""
        try:
            if self.vault is not None:
                content = self.vault.decrypt_bytes(self.path / _LOCKED_INDEX, name=_LOCKED_INDEX)
            else:
                with (self.path / _INDEX_FILE).open("rb") as file:
                    content = file.read(_MOST_PATIENT_BYTES)
            return PatientIndex.model_validate_json(content)
        except (OSError, ValidationError):
            came = "a damaged file; put back a copy of it"
            raise StoreError(f"{self.path.name}: expected the list of what is kept, got {came}") from None

    def keep_result(self, result: Path, *, name: str = "", label: str = "") -> KeptResult:
        """Copy a result's files into the folder; one of the same name is replaced.

        Parameters
        ----------
        result : folder of a check; the parts of a session within it are kept, too.
        name : by which it is found again; default: that of its folder.
        label : what it is called to people.
        """
        if not (result / "summary.json").is_file():
            came = "no summary.json in it" if result.is_dir() else "no such folder"
            raise StoreError(f"{result.name}: expected a result of formcheck check --out, got {came}; check the path")
        return self.keep_files(result, name=name or result.name, label=label)

    def keep_files(self, folder: Path, *, name: str, label: str) -> KeptResult:
        """Copy the files of a folder that need not be a result.

        One of the same name is replaced.
        """
        kept = self._take_files(folder, name, label)
        self._add_kept(kept)
        return kept

    def _take_files(self, folder: Path, name: str, label: str) -> KeptResult:
        files = {}
        for file in _list_result_files(folder):
            within = file.relative_to(folder).as_posix()
            files[within] = secrets.token_hex(16)
            self._put(file, files[within])
        texts = {"name": name[:MOST_PATIENT_NAME], "label": label[:MOST_PATIENT_NAME]}
        return KeptResult(**texts, kept_utc=datetime.now(UTC), files=files)

    def _add_kept(self, kept: KeptResult) -> None:
        index = self.read_index()
        others = [one for one in index.results if one.name != kept.name]
        self._write_index(index.model_copy(update={"results": [*others, kept]}))

    def move_in(self, result: StoredResult, *, name: str = "") -> KeptResult:
        """Keep a stored result, then delete it where it was.

        It is deleted once all of it can be read back.
        """
        kept = self.keep_result(result.folder, name=name, label=name_kept(result))
        self._require_all(kept, result.folder)
        shutil.rmtree(result.folder)
        return kept

    def take_in(self) -> None:
        """Add what came in while the folder was locked.

        If this is interrupted, the next opening goes on with it.
        """
        if self.vault is None:
            return
        for item in list_sealed(self.path, self.vault):
            for kept in PatientFolder(item.path, item.vault).read_index().results:
                for blob in kept.files.values():
                    if (item.path / f"{blob}.enc").is_file():
                        (item.path / f"{blob}.enc").replace(self.path / f"{blob}.enc")
                self._add_kept(kept.model_copy(update={"key": item.vault.key.hex()}))
            shutil.rmtree(item.path)

    def open_copy(self, name: str) -> str:
        """Copy a kept result to the results of this computer; return its key there.

        The copy is readable, and stays until `move_in` takes it back. If there is one, it is used.
        """
        kept, key = self._find_kept(name), make_copy_key(name)
        if find_result(key) is None:
            with adopt_result(key) as work:
                mark_copy(work, patient=self.path.name, name=name)
                self._write_files(kept, work)
        return key

    def _find_kept(self, name: str) -> KeptResult:
        index = self.read_index()
        kept = next((one for one in index.results if one.name == name), None)
        if kept is None:
            known = ", ".join(one.name for one in index.results) or "none"
            raise StoreError(f"{self.path.name}: expected one of the kept results ({known}), got {name!r}")
        return kept

    def _write_files(self, kept: KeptResult, folder: Path) -> None:
        reads = PatientFolder(self.path, Vault(bytes.fromhex(kept.key))) if kept.key else self
        for within, blob in kept.files.items():
            (folder / within).parent.mkdir(exist_ok=True)
            reads._get(blob, folder / within)

    def take_out(self, name: str, out: Path, *, blur_faces: bool = False) -> Path:
        """Write the files of a kept result to a folder, readable.

        The log of exports says so first.

        Parameters
        ----------
        blur_faces : hide the face in the annotated film; what else may show it stays behind.
        """
        kept = self._find_kept(name)
        self.log_export(kept.label or name, out.name)
        with stage_files(out) as part:
            if part is not None:
                self._write_files(kept, part)
                if blur_faces:
                    _hide_faces(part)
        return out

    def log_export(self, what: str, to: str) -> None:
        """Add a line to the log of exports."""
        index = self.read_index()
        entry = ExportEntry(at_utc=datetime.now(UTC), what=what[:MOST_PATIENT_NAME], to=to[:MOST_PATIENT_NAME])
        self._write_index(index.model_copy(update={"exports": [*index.exports, entry]}))

    def change_passphrase(self, passphrase: str) -> None:
        """Let another passphrase open the folder; the one before opens it no longer."""
        if self.vault is None:
            raise StoreError(f"{self.path.name}: expected an encrypted patient, got a readable one; encrypt it first")
        self.vault.lock_with(passphrase, self.path / _LOCK)

    def encrypt(self, passphrase: str) -> PatientFolder:
        """Encrypt everything that is kept.

        The readable files go only when all of it can be read back. If this is interrupted, everything is as before,
        and it can be started again.
        """
        if self.vault is not None:
            raise StoreError(f"{self.path.name}: expected a readable patient, got one that is encrypted already")
        index, locked = self.read_index(), PatientFolder(self.path, make_vault())
        if locked.vault is None:
            return self
        locked.vault.lock_with(passphrase, self.path / _LOCK)
        write_inbox_address(self.path, locked.vault)
        for kept in index.results:
            for blob in kept.files.values():
                locked._put(self.path / _PLAIN / blob, blob)
                locked._require_same(self.path / _PLAIN / blob, blob)
        locked._write_index(index)
        finish_encryption(self.path)
        return locked

    def _put(self, file: Path, blob: str) -> None:
        if self.vault is not None:
            self.vault.encrypt_file(file, self.path / f"{blob}.enc", name=blob)
            return
        with write_one_file(self.path / _PLAIN / blob) as part:
            shutil.copyfile(file, part)

    def _get(self, blob: str, target: Path) -> None:
        if self.vault is not None:
            self.vault.decrypt_file(self.path / f"{blob}.enc", target, name=blob)
            return
        with write_one_file(target) as part:
            shutil.copyfile(self.path / _PLAIN / blob, part)

    def _require_all(self, kept: KeptResult, folder: Path) -> None:
        for within, blob in kept.files.items():
            self._require_same(folder / within, blob)

    def _require_same(self, file: Path, blob: str) -> None:
        if self.vault is None:
            return
        hashed = hashlib.sha256()
        for piece in self.vault.decrypt_pieces(self.path / f"{blob}.enc", name=blob):
            hashed.update(piece)
        with file.open("rb") as plain:
            if hashlib.file_digest(plain, "sha256").digest() != hashed.digest():
                raise StoreError(f"{self.path.name}: expected a copy equal to the file, got another; nothing is lost")

    def _write_index(self, index: PatientIndex) -> None:
        content = index.model_dump_json(indent=1).encode("utf-8")
        if self.vault is not None:
            self.vault.encrypt_bytes(content, self.path / _LOCKED_INDEX, name=_LOCKED_INDEX)
        else:
            with write_one_file(self.path / _INDEX_FILE) as part:
                part.write_bytes(content)
        self._sweep({blob for kept in index.results for blob in kept.files.values()})

    def _sweep(self, used: set[str]) -> None:
        """Remove files that nothing lists, such as those of an interrupted work."""
        places = self.path.glob("*.enc") if self.vault is not None else (self.path / _PLAIN).glob("*")
        for file in places:
            if file.name != _LOCKED_INDEX and file.name.removesuffix(".enc") not in used:
                file.unlink(missing_ok=True)


def make_copy_key(name: str) -> str:
    """Return the key of the working copy of a kept result.

    A result of the app keeps its own.
    """
    return name if KEY.fullmatch(name) else hashlib.sha256(f"patient {name}".encode()).hexdigest()[:32]


def name_kept(result: StoredResult) -> str:
    """Return what a kept result is called: its recording and movement."""
    movement = result.movement
    with suppress(StoreError):  # the card of a movement that was found does not say which
        movement = result.summary().movement.name
    return f"{result.recording} · {movement}"


def keep_without_passphrase(path: Path, result: StoredResult, *, name: str = "") -> None:
    """Keep a copy of a stored result, also while the folder is locked."""
    with FOLDERS_LOCK:
        if not is_encrypted(path):
            PatientFolder(path, None).keep_result(result.folder, name=name, label=name_kept(result))
            return
    with seal_item(path) as item:
        sealed = PatientFolder(item.path, item.vault)
        kept = sealed._take_files(result.folder, name or result.folder.name, name_kept(result))
        sealed._require_all(kept, result.folder)
        sealed._write_index(PatientIndex(results=[kept]))


def _list_result_files(result: Path) -> list[Path]:
    """Return the files of a result and of its parts; links are refused."""
    parts = [one for one in result.iterdir() if one.is_dir() and SESSION_PART.fullmatch(one.name)]
    found = (file for folder in (result, *parts) for file in folder.iterdir() if file.is_file())
    files = sorted(file for file in found if file.name != COPY_MARK)
    for file in files:
        require_no_link(result, file)
    return files


def _hide_faces(part: Path) -> None:
    """Replace the film of a result by one without the face.

    Everything else that could show it goes: reports, other films, pictures. Only kinds without pictures stay.
    """
    film = part / "annotated.mp4"
    for other in part.rglob("*"):
        if other.is_file() and other != film and other.suffix.lower() not in _WITHOUT_PICTURES:
            other.unlink()
    if film.is_file():
        from formcheck.drivers.therapist.hidden_faces import write_hidden_film

        write_hidden_film(part, part / "hidden.mp4")
        (part / "hidden.mp4").replace(film)


def finish_encryption(path: Path) -> None:
    """Remove the readable files of a patient whose encrypted list is complete."""
    if (path / _LOCKED_INDEX).is_file():
        (path / _INDEX_FILE).unlink(missing_ok=True)
        shutil.rmtree(path / _PLAIN, ignore_errors=True)


def add_patient(code: str, *, passphrase: str | None = None) -> PatientFolder:
    """Make the folder of a new patient.

    Parameters
    ----------
    code : a name, or better a code that only you can resolve; it is never encrypted.
    passphrase : encrypts what is kept; None = readable files.
    """
    if code in list_patients():
        raise StoreError(f"expected a new patient, got {code!r}, who has a folder; choose another code")
    try:
        card = PatientCard(code=code)
    except ValidationError:
        raise StoreError(f"expected a code of 1 to {MOST_PATIENT_NAME} characters, got {len(code)}") from None
    path = find_patients_dir() / secrets.token_hex(8)
    make_private_folder(path)
    vault = None
    if passphrase is not None:
        vault = make_vault()
        try:
            vault.lock_with(passphrase, path / _LOCK)
            write_inbox_address(path, vault)
        except StoreError:
            with suppress(OSError):
                path.rmdir()
            raise
    folder = PatientFolder(path, vault)
    folder._write_index(PatientIndex())
    with write_one_file(path / _PATIENT) as part:
        part.write_text(card.model_dump_json(indent=1) + "\n", "utf-8")
    return folder


def find_patients_dir() -> Path:
    """Return the folder with a folder for each patient. It need not exist."""
    return find_data_dir() / PATIENTS


def find_patient(folder_id: str) -> Path | None:
    """Return the folder of a patient by its own name, or None."""
    path = find_patients_dir() / folder_id
    is_one = re.fullmatch(r"[0-9a-f]{16}", folder_id) and not path.is_symlink() and (path / _PATIENT).is_file()
    return path if is_one else None


def list_patients() -> dict[str, Path]:
    """Return the folder of each patient, by code."""
    found = {}
    for file in sorted(find_patients_dir().glob(f"*/{_PATIENT}")):
        with suppress(OSError, ValidationError), file.open("rb") as opened:
            found[PatientCard.model_validate_json(opened.read(10_000)).code] = file.parent
    return found


def is_encrypted(path: Path) -> bool:
    """Return whether a patient's folder asks for a passphrase."""
    return (path / _LOCKED_INDEX).is_file()


def open_patient(code: str, *, passphrase: str | None = None) -> PatientFolder:
    """Open a patient's folder.

    Raises
    ------
    StoreError
        There is no such patient, or the passphrase is missing or another one.
    """
    path = list_patients().get(code)
    if path is None:
        raise StoreError(f"expected the code of a patient, got {code!r}; see formcheck patient list")
    if passphrase is None and is_encrypted(path):
        raise StoreError(f"{code}: expected the passphrase of this patient, got none")
    return open_patient_at(path, passphrase=passphrase or "")


def open_patient_at(path: Path, *, passphrase: str) -> PatientFolder:
    """Open the folder of a patient; one that is not encrypted needs no passphrase.

    Raises
    ------
    StoreError
        The passphrase is another one.
    """
    if not is_encrypted(path):
        return PatientFolder(path, None)
    vault = open_vault(path / _LOCK, passphrase)
    finish_encryption(path)
    write_inbox_address(path, vault)
    folder = PatientFolder(path, vault)
    with FOLDERS_LOCK:
        folder.take_in()
    return folder


def delete_patient(code: str) -> None:
    """Delete everything of a patient, working copies too; it cannot be taken back."""
    path = list_patients().get(code)
    if path is None:
        raise StoreError(f"expected the code of a patient, got {code!r}; see formcheck patient list")
    for copy, _ in list_working_copies(path.name):
        shutil.rmtree(copy.folder)
    shutil.rmtree(path)
