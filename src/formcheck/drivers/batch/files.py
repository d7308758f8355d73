"""Name a recording, and write its files besides its row.

Its name in the table and on the terminal comes from its place. The files are frames of the dataset and saved tracks of
poses.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

from formcheck.core.errors import FormCheckError, SourceError, StoreError
from formcheck.drivers.atomic_files import require_no_link, write_one_file
from formcheck.drivers.recording.judge import FRAMES, POSES
from formcheck.sources.remote.remote_store import (
    call_patiently,
    find_protocol,
    is_on_the_web,
    is_uri,
    redact_uri,
    resolve_local_path,
    store_of,
)

from .job import Job

_SIGNS = re.compile(
    r"(x-(amz|goog)-[^=]*|awsaccesskeyid|googleaccessid|key-pair-id|expires|policy|signature)=|$", re.IGNORECASE
)
"""What the stores of Amazon and Google, and CloudFront, add to an address to sign it."""


def resolve_place(text: str) -> str:
    r"""Return the place of a recording: an address, or a path valid from every folder.

    It is always text that can be stored: a file whose name is not UTF-8 is given by its `file://` address.
    """
    try:
        path = resolve_local_path(text) if is_uri(text) and find_protocol(text) == "file" else Path(text)
    except SourceError:  # of another computer: reported when it is opened
        return text
    if is_uri(text) and find_protocol(text) != "file":
        return text
    path = path.absolute()
    plain = Path(os.path.normpath(path))
    if ".." in path.parts and is_same_file(plain, path):  # not behind a link, whose `..` leads elsewhere
        path = plain
    return str(path) if make_readable(str(path)) == str(path) else path.as_uri()


def is_same_file(one: Path, other: Path) -> bool:
    """Return whether two paths lead to the same existing file."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False


def find_local_file(place: str) -> Path | None:
    """Return the path of a place on this computer, None for other places."""
    if not is_uri(place):
        return Path(place)
    try:
        return resolve_local_path(place) if find_protocol(place) == "file" else None
    except SourceError:
        return None


def hash_local_file(place: str) -> str:
    """Return the hash of a file on this computer, empty if it cannot be read."""
    from formcheck.sources.video import hash_recording

    path = find_local_file(place)
    try:
        return hash_recording((path,), with_names=False) if path is not None and path.is_file() else ""
    except (FormCheckError, OSError, ValueError):
        return ""


def redact_place(place: str) -> str:
    """Return a place as the table shows it: without password and signature.

    A query leaves a mark, so that two addresses that differ only in the query stay different. Signature and expiry do
    not count: next week's link leads to the same recording.

    Examples
    --------
    >>> redact_place("s3://me:secret@bucket/clip.mp4")
    's3://bucket/clip.mp4'
    >>> redact_place("https://host/get?video=1") == redact_place("https://host/get?video=2")
    False
    >>> redact_place("https://host/clip.mp4?Expires=1&Signature=abc")
    'https://host/clip.mp4'
    """
    if not is_uri(place):
        return place
    _, *query = re.split(r"[?#]", place, maxsplit=1) if is_on_the_web(place) else [place]
    unsigned = "&".join(part for text in query for part in text.split("&") if not _SIGNS.match(part))
    mark = f"?{hashlib.sha256(unsigned.encode()).hexdigest()[:12]}" if unsigned else ""
    return make_readable(redact_uri(place)) + mark


def make_readable(text: str) -> str:
    r"""Return a text as valid UTF-8; invalid bytes in file names become \udcff."""
    return text.encode("utf-8", "backslashreplace").decode()


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
    import pyarrow as pa  # most runs want rows only, and Arrow takes 36 MB of each worker
    import pyarrow.parquet as pq

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
    wanted = "a place for files"
    try:
        store, base = store_of(root, wanted=wanted)
        return call_patiently(root, lambda: call(store, base.rstrip("/")), wanted=wanted)
    except SourceError as error:
        raise StoreError(str(error)) from None
