"""Write a recording's files besides its row: frames of the dataset, saved tracks of poses."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from formcheck.core.errors import SourceError, StoreError
from formcheck.drivers.atomic_files import require_no_link, write_one_file
from formcheck.drivers.recording.judge import FRAMES, POSES
from formcheck.sources.remote.remote_store import call_patiently, store_of

from .job import Job
from .names import find_local_file, redact_place

_MOVEMENT_ID = re.compile(r"[a-z][a-z0-9_]{1,40}")
_OWN_NAME = re.compile(r"(poses|frames/movement=(None|[a-z][a-z0-9_]{1,40}))/[0-9a-f]{20}\.parquet")


def is_result_name(name: str) -> bool:
    """Return whether a place below the folder of results is one that `name_files` gives."""
    return _OWN_NAME.fullmatch(name) is not None


def name_part(place: str, movement: str, side: str) -> str:
    """Return the name, without suffix, of the files that belong to one row."""
    return hashlib.sha256(f"{place}\0{movement}\0{side}".encode("utf-8", "surrogatepass")).hexdigest()[:20]


def name_files(job: Job, row: dict[str, Any], files: Iterable[str] | None = None) -> dict[str, str]:
    """Return file of a result -> its place below the folder of results.

    None = the files that the job asks for.
    """
    part, movement = name_part(redact_place(job.place), job.movement, job.side), row.get("movement_id")
    # the row may come from a table of a stranger, whose words are no path
    movement = movement if isinstance(movement, str) and _MOVEMENT_ID.fullmatch(movement) else None
    places = {FRAMES: f"frames/movement={movement}/{part}.parquet", POSES: f"poses/{part}.parquet"}
    return {name: places[name] for name in (job.settings.files if files is None else files)}


def read_file_contents(job: Job, row: dict[str, Any], folder: Path) -> dict[str, bytes]:
    """Return place -> content of the files in a worker's folder."""
    contents = {}
    for name, place in name_files(job, row).items():
        contents[place] = _add_keys(folder / name, job, row) if name == FRAMES else (folder / name).read_bytes()
    return contents


def _add_keys(file: Path, job: Job, row: dict[str, Any]) -> bytes:
    """Return the table of frames with its keys in the table of recordings."""
    table = pq.read_table(file)
    for column, value in (("input_sha256", row["input_sha256"]), ("input_uri", redact_place(job.place))):
        repeated = pa.DictionaryArray.from_arrays(pa.array([0] * len(table), pa.int32()), pa.array([value]))
        table = table.add_column(0, column, repeated)
    out = BytesIO()
    pq.write_table(table, out, compression="zstd", use_dictionary=["input_uri", "input_sha256", "phase", "side"])
    return out.getvalue()


def write_result_file(root: str, name: str, content: bytes) -> None:
    """Write a file below a folder or address, complete or not; replace an older one."""
    folder = find_local_file(root)
    if folder is not None:
        require_no_link(folder, folder / name)
        with write_one_file(folder / name) as part:
            part.write_bytes(content)
        return
    # An object store shows an object only when it is complete.
    _ask_store(root, lambda store, base: store.pipe_file(f"{base}/{name}", content))


def is_there(root: str, name: str) -> bool:
    """Return whether a file is below a folder or address."""
    folder = find_local_file(root)
    if folder is not None:
        require_no_link(folder, folder / name)
        return (folder / name).is_file()
    return bool(_ask_store(root, lambda store, base: store.exists(f"{base}/{name}")))


def _ask_store(root: str, call: Callable[[Any, str], Any]) -> Any:
    """Return a store's answer; if it cannot be written, that is not the recording's fault."""
    try:
        store, base = store_of(root)
        return call_patiently(root, lambda: call(store, base.rstrip("/")))
    except SourceError as error:
        raise StoreError(str(error).replace("expected a recording", "expected a place for files", 1)) from None
