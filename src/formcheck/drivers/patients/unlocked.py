"""Hold which patients' folders are open in this process, and whose new results go where.

An open folder holds its key in memory only. It is locked again by hand, after half an hour without use, and when the
app ends; each time, its working copies are put back first. What a killed app left is locked by its guard, or by the
next start.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from formcheck.core.errors import FormCheckError, StoreError
from formcheck.drivers.results_store import StoredResult, find_result
from formcheck.drivers.user_data import find_person_key
from formcheck.sources.owned_files import has_ended, mark_owner

from .copy_marks import CopyMark, list_marked, list_working_copies, mark_copy, read_mark, remove_half_made
from .folders import (
    FOLDERS_LOCK,
    PatientFolder,
    find_patient,
    find_patients_dir,
    finish_encryption,
    is_encrypted,
    keep_without_passphrase,
    list_patients,
    make_copy_key,
    name_kept,
    open_patient_at,
)
from .guard import GUARD

log = logging.getLogger(__name__)
LOCKED_AFTER_S = 1800.0
"""[E] Without use for so long, a folder is locked again."""
_LOOKS_EVERY_S = 30.0
_PUT_AWAY_LOCK = ".put_away.lock"
_NOT_PUT_BACK = "the working copy of a patient stays, because it could not be put back: {error}"


class OpenPatients:
    """The folders that are open.

    Attributes
    ----------
    lock : held while a folder is read and written: two changes at once would lose one.
    """

    def __init__(self) -> None:
        self.lock = FOLDERS_LOCK
        self._open: dict[str, tuple[PatientFolder, float]] = {}
        self._active: dict[str, str] = {}
        self._expected: dict[str, str] = {}
        self._ended = threading.Event()

    def is_open(self, path: Path) -> bool:
        """Return whether a folder can be read now."""
        return not is_encrypted(path) or self._find_open(path) is not None

    def unlock(self, path: Path, passphrase: str) -> None:
        """Open a folder with its passphrase."""
        folder = open_patient_at(path, passphrase=passphrase)
        with self.lock:
            self._open[path.name] = (folder, time.monotonic())

    def close(self, path: Path) -> int:
        """Put every working copy back and forget the key; return how many copies there were."""
        with self.lock:
            return self._close(self.find(path))

    def _close(self, folder: PatientFolder) -> int:
        copies = list_working_copies(folder.path.name)
        for copy, mark in copies:
            folder.move_in(copy, name=mark.name)
        self._open.pop(folder.path.name, None)
        self._active = {who: of for who, of in self._active.items() if of != folder.path.name}
        return len(copies)

    # By itself ------------------------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Lock what is not used, until `close_all`."""
        self._ended.clear()
        GUARD.is_wanted = True
        threading.Thread(target=self._watch, name="lock-patients", daemon=True).start()

    def _watch(self) -> None:
        self.lock_left_copies()
        while not self._ended.wait(_LOOKS_EVERY_S):
            self.lock_unused()

    def lock_unused(self) -> None:
        """Lock the folders that were not used for long.

        A copy that cannot be put back is tried again.
        """
        with self.lock:
            for folder, used_s in list(self._open.values()):
                if time.monotonic() - used_s > LOCKED_AFTER_S:
                    self._close_quietly(folder)

    def close_all(self) -> None:
        """Lock every folder, when the app ends; copies of readable ones are put back, too."""
        self._ended.set()
        with self.lock:
            for folder, _ in list(self._open.values()):
                self._close_quietly(folder)
        if self._put_away(lambda mark: mark.owner == mark_owner()):
            GUARD.stop()

    def lock_left_copies(self) -> None:
        """Put back the working copies of a process that was killed."""
        remove_half_made()
        self._put_away(lambda mark: mark.is_left)

    def _put_away(self, is_meant: Callable[[CopyMark], bool]) -> bool:
        """Put copies back without a passphrase; a locked folder shows them when it is opened.

        Return whether none is left. The next start and the guard may do this at once: the second one finds nothing.
        """
        if not list_marked() or not find_patients_dir().is_dir():
            return True
        try:
            with FileLock(find_patients_dir() / _PUT_AWAY_LOCK):
                meant = [(copy, mark) for copy, mark in list_marked() if is_meant(mark)]
                return not [copy for copy, mark in meant if not self._put_one_away(copy, mark)]
        except OSError as error:
            log.warning("%s", _NOT_PUT_BACK.format(error=error))
            return False

    def _put_one_away(self, copy: StoredResult, mark: CopyMark) -> bool:
        path = find_patient(mark.patient)
        if path is None:
            return True
        try:
            with self.lock:
                keep_without_passphrase(path, copy, name=mark.name)
                shutil.rmtree(copy.folder)
        except (FormCheckError, OSError) as error:
            log.warning("%s", _NOT_PUT_BACK.format(error=error))
            return False
        return True

    def _close_quietly(self, folder: PatientFolder) -> None:
        try:
            self._close(folder)
        except (FormCheckError, OSError) as error:
            log.warning("a patient's working copy could not be put back: %s", error)

    def find(self, path: Path) -> PatientFolder:
        """Return an open folder.

        Raises
        ------
        StoreError
            It is locked.
        """
        if not is_encrypted(path):
            return PatientFolder(path, None)
        found = self._find_open(path)
        if found is None:
            raise StoreError("expected an open folder, got a locked one; give its passphrase again")
        finish_encryption(path)
        with self.lock:
            found.take_in()
            self._open[path.name] = (found, time.monotonic())
        return found

    def _find_open(self, path: Path) -> PatientFolder | None:
        with self.lock:
            found, used_s = self._open.get(path.name, (None, 0.0))
            return None if time.monotonic() - used_s > LOCKED_AFTER_S else found

    def remember(self, folder: PatientFolder) -> None:
        """Keep a folder open that was just encrypted."""
        with self.lock:
            self._open[folder.path.name] = (folder, time.monotonic())

    # Copies to work on ----------------------------------------------------------------------------------------------

    def find_copy(self, name: str) -> StoredResult | None:
        """Return the working copy of a kept result, if there is one."""
        found = find_result(make_copy_key(name))
        return found if found is not None and read_mark(found.folder) and found.person == find_person_key() else None

    def put_back(self, folder: PatientFolder, name: str) -> None:
        """Keep a working copy as it is now, and delete it."""
        found = self.find_copy(name)
        if found is None:
            raise StoreError("expected a copy to put back, got none; load the page again")
        folder.move_in(found, name=name)

    def note_use(self, result: StoredResult) -> None:
        """Keep a folder open while a person works on one of its copies."""
        mark = read_mark(result.folder)
        with self.lock:
            if mark is not None and mark.patient in self._open:
                self._open[mark.patient] = (self._open[mark.patient][0], time.monotonic())

    def find_code(self, result: StoredResult) -> str:
        """Return the code of the patient of a working copy, or an empty text."""
        mark = read_mark(result.folder)
        return "" if mark is None else next((c for c, p in list_patients().items() if p.name == mark.patient), "")

    def log_download(self, result: StoredResult, what: str, page: str) -> None:
        """Log that something of a working copy is downloaded from a page.

        Any other result has no log.

        Raises
        ------
        StoreError
            The folder is locked, so the log cannot be written.
        """
        mark = read_mark(result.folder)
        path = None if mark is None else find_patient(mark.patient)
        if path is not None:
            with self.lock:
                self.find(path).log_export(f"{name_kept(result)}: {what}", f"download from {page}")

    # New results ----------------------------------------------------------------------------------------------------

    def choose_active(self, path: Path | None) -> None:
        """Let new results of this person go into a folder, or into none."""
        with self.lock:
            self._active.pop(find_person_key(), None)
            if path is not None:
                self.find(path)
                self._active[find_person_key()] = path.name

    def find_active(self) -> str:
        """Return the name of the folder that takes new results of this person."""
        return self._active.get(find_person_key(), "")

    def expect(self, key: str, source: StoredResult) -> None:
        """Note that a new result is made of a working copy of a patient."""
        mark = read_mark(source.folder)
        if mark is not None:
            self._expected[key] = mark.patient

    def keep_finished(self, key: str) -> None:
        """Keep a result that was just made, if it belongs to a patient.

        A folder takes new ones, or the result was made of a working copy. It stays where it is, as the working copy.
        What goes wrong is written to the log: the result itself is there, and the page lists it.
        """
        path, found = find_patient(self._expected.pop(key, "") or self.find_active()), find_result(key)
        if path is None or found is None:
            return
        try:
            with self.lock:
                self.find(path).keep_result(found.folder, label=name_kept(found))
                mark_copy(found.folder, patient=path.name, name=key)
        except (FormCheckError, OSError) as error:
            log.warning("a new result was not kept for the patient: %s", error)


OPEN_PATIENTS = OpenPatients()
"""The open folders of this app."""


_LONGEST_END_S, _LOOK_S = 60.0, 0.1
"""A process that ends may take so long to be gone."""


def finish(owner: str) -> None:
    """Put back what a process left, once it is gone: the work of its guard."""
    end_s = time.monotonic() + _LONGEST_END_S
    while not has_ended(owner) and time.monotonic() < end_s:
        time.sleep(_LOOK_S)
    OPEN_PATIENTS.lock_left_copies()
