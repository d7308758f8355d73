"""Store a batch's results: rows are safe at once, the table complete or absent.

::

    results.parquet   one row for each recording of the last run
    run.json          how to repeat it
    frames/, poses/   only if asked for
    before/           results that the last run did not use: a folder for each earlier run, with its table and run
    journal.jsonl     rows of a run that is under way, or was killed
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Annotated, Any

import pyarrow as pa
from filelock import FileLock, Timeout
from pydantic import BaseModel, Field

from formcheck.core.errors import StoreError
from formcheck.drivers.atomic_files import explain_write_errors, require_no_link, write_one_file
from formcheck.sinks.results_table import (
    TABLE_DAMAGE,
    make_storable,
    read_about_table,
    read_results,
    read_row,
    write_results,
)
from formcheck.sources.owned_files import sweep_folder

from .files import is_result_name, write_result_file
from .plan import Key, ResultRow, make_key

RESULTS, RUN, JOURNAL, BEFORE = "results.parquet", "run.json", "journal.jsonl", "before"
_RESULT_PARTS = ("frames", "poses")
_ROW_KEYS = ("input_uri", "movement_asked", "side_asked")
_ROW_COLUMNS = ("error", "error_kind", "input_sha256", "input_stamp", "identity")
"""The columns that planning needs; a row without them cannot be reused."""
_STARTED = "started_utc"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(\+00:00|Z)")
_FILE_KINDS: dict[str, Callable[[int], bool]] = {
    **dict.fromkeys((RESULTS, RUN, JOURNAL, ".lock"), stat.S_ISREG),
    **dict.fromkeys((BEFORE, *_RESULT_PARTS), stat.S_ISDIR),
}
_LONGEST_ROW = 10_000_000
_MOST_RUN_BYTES = 10_000_000
"""It holds the command, which may name thousands of recordings."""


class Store:
    """The folder of results of one batch.

    To write to it, use `open_store`, which keeps other runs out.

    Raises
    ------
    StoreError
        It is not a folder.
    """

    def __init__(self, folder: Path) -> None:
        with explain_write_errors(folder):
            if folder.exists() and not folder.is_dir():
                raise StoreError(f"{folder.name}: expected a folder for the results, got a file; choose another --out")
            for name, is_kind in _FILE_KINDS.items():
                _require_kind(folder, name, is_kind)
        self.folder = folder
        self._journal: IO[str] | None = None

    # reading ----------------------------------------------------------------------------------------------------------

    def rows(self) -> list[ResultRow]:
        """Return the rows of the last run, and of a killed run.

        Of each recording, return only the last row.

        Raises
        ------
        StoreError
            The table is damaged, or not a table of a batch.
        """
        found: dict[Key, ResultRow] = {make_key(row): row for row in self._read_rows()}
        return list(found.values())

    def _read_rows(self) -> Iterator[ResultRow]:
        for row in (*_read_table(self.folder / RESULTS), *_read_journal(self.folder / JOURNAL)):
            if all(isinstance(row.get(name), str) for name in _ROW_KEYS):
                yield {**dict.fromkeys(_ROW_COLUMNS), **row}

    def engine(self) -> str:
        """Return the pose engine of the last or killed run; empty if not known.

        The rows do not show it: a saved track names the engine that analysed it first.
        """
        return _read_run(self.folder / RUN).settings.engine

    def older(self) -> list[ResultRow]:
        """Return the rows that were put aside, the oldest first.

        A table that cannot be read is skipped.
        """
        rows: list[ResultRow] = []
        for folder in sorted((self.folder / BEFORE).glob("*")):
            with suppress(StoreError):
                require_no_link(self.folder, folder)
                rows += Store(folder)._read_rows()
        return rows

    # writing ----------------------------------------------------------------------------------------------------------

    def add(self, row: ResultRow, files: Mapping[str, bytes]) -> None:
        """Keep a row and its files.

        The row is written last: if it is there, its files are there too.
        """
        for name, content in files.items():
            write_result_file(str(self.folder), name, content)
        with explain_write_errors(self.folder / JOURNAL):
            if self._journal is None:
                self._journal = _open_journal(self.folder / JOURNAL)
            self._journal.write(json.dumps(row, ensure_ascii=True, allow_nan=False) + "\n")
            self._journal.flush()
            os.fsync(self._journal.fileno())  # a power cut must not lose it

    def write_run(self, run: Mapping[str, Any]) -> None:
        """Write how to repeat this run, and its counts."""
        with write_one_file(self.folder / RUN) as part:
            part.write_text(json.dumps(make_storable(run), indent=1) + "\n", "utf-8")

    def finish(
        self, rows: Iterable[ResultRow], types: Mapping[str, pa.DataType], *, started: str, files: Collection[str]
    ) -> None:
        """Write the table in place of the last one; then remove the journal.

        Parameters
        ----------
        started : when the run began; stored with the table.
        files : names of the files of frames and poses that belong to its rows; others go to `before`.
        """
        aside = self._before(_read_started_of_table(self.folder / RESULTS))
        with write_one_file(self.folder / RESULTS) as part:
            write_results(part, rows, types, {_STARTED: started})
        self.close()
        with explain_write_errors(self.folder):
            (self.folder / JOURNAL).unlink(missing_ok=True)
            self._tidy(files, aside)

    def _tidy(self, files: Collection[str], aside: Path) -> None:
        for file in _list_plain_files(self.folder):
            name = file.relative_to(self.folder)
            if is_result_name(name.as_posix()) and name.as_posix() not in files:
                require_no_link(self.folder, aside / name)
                (aside / name).parent.mkdir(parents=True, exist_ok=True)
                file.replace(aside / name)

    def set_aside(self) -> Path | None:
        """Copy the last table and a killed run's rows; return their folder."""
        run = _read_run(self.folder / RUN).started_utc
        table = _read_started_of_table(self.folder / RESULTS)
        copies = [(RESULTS, table)]
        if (self.folder / JOURNAL).exists() or table == run:
            copies += [(JOURNAL, run), (RUN, run)]
        kept = [(self.folder / name, self._before(of) / name) for name, of in copies if (self.folder / name).exists()]
        for file, copy in kept:
            require_no_link(self.folder, copy)
            with write_one_file(copy) as part:
                shutil.copyfile(file, part)
        return self.folder / BEFORE if kept else None

    def _before(self, started: str) -> Path:
        # the date may come from a file of a stranger, whose words are no path
        name = started if _DATE.fullmatch(started) else "unknown"
        return self.folder / BEFORE / name.replace(":", "").replace("+0000", "Z")

    def close(self) -> None:
        """Close the journal; its rows stay for the next run."""
        if self._journal is not None:
            with suppress(OSError):  # a full disk was reported when the row was written
                self._journal.close()
            self._journal = None


def _read_table(path: Path) -> list[ResultRow]:
    if not path.exists():
        return []
    try:
        return list(read_results(path))
    except TABLE_DAMAGE as error:
        came = "another table" if isinstance(error, pa.ArrowKeyError) else "one that cannot be read"
        where, todo = f"{path.parent.name}/{path.name}", "move it away, or choose another --out"
        raise StoreError(f"{where}: expected the table of a batch, got {came}; {todo}") from None


def _read_journal(path: Path) -> Iterator[ResultRow]:
    if not path.exists():
        return
    with explain_write_errors(path), path.open(encoding="utf-8", errors="replace") as lines:
        while line := lines.readline(_LONGEST_ROW):
            try:
                row = read_row(line)
            except TABLE_DAMAGE:  # the line that was being written when the run was killed
                continue
            yield row


def _open_journal(path: Path) -> IO[str]:
    """Open the journal after its last complete line."""
    journal = path.open("ab+")
    if journal.tell() > 0:
        journal.seek(-1, os.SEEK_END)
        if journal.read(1) != b"\n":
            journal.write(b"\n")
    journal.close()
    return path.open("a", encoding="utf-8")


class _Settings(BaseModel):
    engine: Annotated[str, Field(max_length=100)] = ""


class _Run(BaseModel):
    """The part of `run.json` that a later run needs."""

    started_utc: Annotated[str, Field(max_length=100)] = "unknown"
    settings: _Settings = _Settings()


def _read_run(path: Path) -> _Run:
    try:
        with path.open("rb") as file:
            return _Run.model_validate_json(file.read(_MOST_RUN_BYTES))
    except (OSError, ValueError):
        return _Run()


def _read_started_of_table(path: Path) -> str:
    try:
        return read_about_table(path).get(_STARTED, "unknown")
    except TABLE_DAMAGE:
        return "unknown"


def _require_kind(folder: Path, name: str, is_kind: Callable[[int], bool]) -> None:
    """Raise StoreError if a part of the results is of another kind."""
    require_no_link(folder, folder / name)
    try:
        mode = (folder / name).lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    if not is_kind(mode):
        came = "a folder" if stat.S_ISDIR(mode) else "a file" if stat.S_ISREG(mode) else "a device or pipe"
        expected = "a folder" if is_kind(stat.S_IFDIR) else "a file"
        raise StoreError(f"{folder.name}/{name}: expected {expected}, got {came}; choose another --out")


def _list_plain_files(folder: Path) -> list[Path]:
    """Return the files of frames and poses by name; links are left out."""
    found: list[Path] = []
    for kind in _RESULT_PARTS:
        for parent, inner, names in os.walk(folder / kind, followlinks=False):
            inner[:] = [name for name in inner if not Path(parent, name).is_symlink()]
            found += [path for name in names if not (path := Path(parent, name)).is_symlink()]
    return sorted(found)


@contextmanager
def open_store(folder: Path) -> Iterator[Store]:
    """Open a folder of results for one run.

    If there is no result, a folder that was made for it is removed.

    Raises
    ------
    StoreError
        It cannot be written to, or another run uses it.
    """
    store = Store(folder)
    with explain_write_errors(folder):
        made = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        lock = _lock_folder(folder)
    _sweep_killed_runs(folder)
    try:
        yield store
    finally:
        store.close()
        lock.release()
        with suppress(OSError):
            if made and [one.name for one in folder.iterdir()] in ([], [".lock"]):
                (folder / ".lock").unlink(missing_ok=True)
                for one in made:
                    one.rmdir()


def _sweep_killed_runs(folder: Path) -> None:
    """Remove the unfinished files of runs that were killed."""
    sweep_folder(folder)
    for kind in (*_RESULT_PARTS, BEFORE):
        for inner, _, _ in os.walk(folder / kind):
            sweep_folder(Path(inner))


def _lock_folder(folder: Path) -> FileLock:
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        came, todo = "a folder that another run uses", "wait for it, or choose another --out"
    except NotImplementedError:
        came, todo = "a folder on a disk without file locks", "choose another --out and copy the results there"
    else:
        return lock
    raise StoreError(f"{folder.name}: expected a free folder, got {came}; {todo}")
