"""The folder of a batch's results: rows are safe the moment they are known, the table is whole or not there.

::

    results.parquet   one row for each recording of the last run
    run.json          how to repeat it
    frames/, poses/   only if asked for
    before/           tables that held rows which the last run did not ask for
    journal.jsonl     rows of a run that is under way, or was killed
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from filelock import FileLock, Timeout

from formcheck.apps.whole_files import one_file, told
from formcheck.core.errors import StoreError
from formcheck.sinks.results_table import read_results, write_results

from .files import put_away
from .plan import Key, Row

RESULTS, RUN, JOURNAL, BEFORE = "results.parquet", "run.json", "journal.jsonl", "before"


class Store:
    """The folder of results of one batch; made by `open_store`, which keeps others out meanwhile."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._journal: IO[str] | None = None

    def rows(self) -> dict[Key, Row]:
        """Return every row of earlier runs, also of one that was killed."""
        found: dict[Key, Row] = {}
        for row in (*self._table(), *self._journalled()):
            found[_key(row)] = row
        return found

    def _table(self) -> Iterator[Row]:
        path = self.folder / RESULTS
        if not path.exists():
            return
        try:
            for row in read_results(path):
                yield {**dict.fromkeys(("error", "error_kind", "input_sha256", "input_stamp", "identity")), **row}
        except (OSError, pa.ArrowException, KeyError):
            came = "one that cannot be read"
            raise StoreError(
                f"{path}: expected the table of a batch, got {came}; move it away, or choose another --out"
            ) from None

    def _journalled(self) -> Iterator[Row]:
        path = self.folder / JOURNAL
        if not path.exists():
            return
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                try:
                    row = json.loads(line)
                except ValueError:  # the line that was being written when the run was killed
                    continue
                yield row

    def add(self, row: Row, files: Mapping[str, bytes]) -> None:
        """Keep a row and the files that belong to it; the row comes last: where it stands, they stand too."""
        for name, content in files.items():
            put_away(str(self.folder), name, content)
        with told(self.folder / JOURNAL):
            if self._journal is None:
                self._journal = self._opened_journal()
            self._journal.write(json.dumps(row, ensure_ascii=True, allow_nan=False) + "\n")
            self._journal.flush()

    def _opened_journal(self) -> IO[str]:
        path = self.folder / JOURNAL
        torn = path.exists() and path.stat().st_size > 0 and path.read_bytes()[-1:] != b"\n"
        journal = path.open("a", encoding="utf-8")
        if torn:
            journal.write("\n")
        return journal

    def write_run(self, run: Mapping[str, Any]) -> None:
        """Write how to repeat this run, and what came of it."""
        with one_file(self.folder / RUN) as part:
            part.write_text(json.dumps(run, indent=1) + "\n", "utf-8")

    def finish(self, rows: Iterable[Row], types: Mapping[str, pa.DataType]) -> None:
        """Write the table in place of the last one; then the journal has done its work."""
        with one_file(self.folder / RESULTS) as part:
            write_results(part, rows, types)
        self.close()
        (self.folder / JOURNAL).unlink(missing_ok=True)

    def set_aside(self) -> Path | None:
        """Keep a copy of the table and the run of before, whose rows are not all asked for now."""
        table, run = self.folder / RESULTS, self.folder / RUN
        if not table.exists():
            return None
        try:
            started = str(json.loads(run.read_text("utf-8"))["started_utc"])
        except (OSError, ValueError, KeyError, TypeError):
            started = "unknown"
        folder = self.folder / BEFORE / started.replace(":", "").replace("+0000", "Z")
        for file in (table, run):
            if file.exists() and not (folder / file.name).exists():
                with one_file(folder / file.name) as part:
                    shutil.copyfile(file, part)
        return folder

    def close(self) -> None:
        """Close the journal; its rows stay for the next run."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None


def _key(row: Row) -> Key:
    return (row["input_uri"], row["movement_asked"], row["side_asked"])


@contextmanager
def open_store(folder: Path) -> Iterator[Store]:
    """Open a folder of results for one run.

    Raises
    ------
    StoreError
        It cannot be written to, or another run is at it.
    """
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder.name}: expected a folder for the results, got a file; choose another --out")
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            came = "one that another run is writing to"
            raise StoreError(
                f"{folder.name}: expected a free folder, got {came}; wait for it, or choose another --out"
            ) from None
    store = Store(folder)
    try:
        yield store
    finally:
        store.close()
        lock.release()
