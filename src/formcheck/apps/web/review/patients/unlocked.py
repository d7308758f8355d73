"""Hold which patients' folders are open in this process, and whose new results go where.

An open folder holds its key in memory only. It is locked again by hand, after half an hour without use, and when the
app ends.
"""

from __future__ import annotations

import logging
import shutil
import threading
import time
from pathlib import Path

from formcheck.core.errors import FormCheckError, StoreError
from formcheck.drivers.results_store import find_result
from formcheck.drivers.therapist.patients import (
    PatientFolder,
    find_patient,
    finish_encryption,
    is_encrypted,
    list_patients,
    make_copy_key,
    open_patient_at,
)
from formcheck.drivers.user_data import find_person_key

log = logging.getLogger(__name__)
LOCKED_AFTER_S = 1800.0
"""[E] Without use for so long, a folder is locked again."""


class OpenPatients:
    """The folders that are open.

    Attributes
    ----------
    lock : held while a folder is read and written: two changes at once would lose one.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._open: dict[str, tuple[PatientFolder, float]] = {}
        self._active: dict[str, str] = {}

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
            folder = self.find(path)
            copies = [one.name for one in folder.read_index().results if self.find_copy(one.name) is not None]
            for name in copies:
                self.put_back(folder, name)
            self._open.pop(path.name, None)
            self._active = {who: of for who, of in self._active.items() if of != path.name}
            return len(copies)

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
            self._open[path.name] = (found, time.monotonic())
        return found

    def _find_open(self, path: Path) -> PatientFolder | None:
        with self.lock:
            found, used_s = self._open.get(path.name, (None, 0.0))
            if found is not None and time.monotonic() - used_s > LOCKED_AFTER_S:
                del self._open[path.name]
                return None
            return found

    def remember(self, folder: PatientFolder) -> None:
        """Keep a folder open that was just encrypted."""
        with self.lock:
            self._open[folder.path.name] = (folder, time.monotonic())

    # Copies to work on ----------------------------------------------------------------------------------------------

    def find_copy(self, name: str) -> str | None:
        """Return the key of the working copy of a kept result, if there is one."""
        found = find_result(make_copy_key(name))
        return found.key if found is not None and found.person == find_person_key() else None

    def put_back(self, folder: PatientFolder, name: str) -> None:
        """Keep a working copy as it is now, and delete it."""
        found = find_result(make_copy_key(name))
        if found is None or found.person != find_person_key():
            raise StoreError("expected a copy to put back, got none; load the page again")
        folder.move_in(found, name=name)

    def delete_copies(self, path: Path) -> None:
        """Delete the working copies of a patient, and take no new results."""
        for one in self.find(path).read_index().results:
            found = find_result(make_copy_key(one.name))
            if found is not None and found.person == find_person_key():
                shutil.rmtree(found.folder)
        self._active = {who: of for who, of in self._active.items() if of != path.name}

    def log_download(self, key: str, what: str) -> None:
        """Log that something made of a working copy was downloaded.

        A folder that is locked meanwhile cannot take the line.
        """
        with self.lock:
            for path in list_patients().values():
                if not self.is_open(path):
                    continue
                folder = self.find(path)
                for kept in folder.read_index().results:
                    if make_copy_key(kept.name) == key:
                        folder.log_export(f"{kept.label or kept.name}: {what}", "download from the desk")

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

    def keep_finished(self, key: str) -> None:
        """Keep a result that was just made, if a folder takes new ones.

        It stays where it is, as the working copy.
        What goes wrong is written to the log: the result itself is there, and the page lists it.
        """
        path, found = find_patient(self.find_active()), find_result(key)
        if path is None or found is None:
            return
        try:
            with self.lock:
                self.find(path).keep_result(found.folder, label=f"{found.recording} · {found.movement}")
        except (FormCheckError, OSError) as error:
            log.warning("a new result was not kept for the patient: %s", error)


OPEN_PATIENTS = OpenPatients()
"""The open folders of this app."""
