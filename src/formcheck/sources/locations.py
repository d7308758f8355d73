"""Find the recordings of an input, local or remote; detect changes; open them."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

from formcheck.core.errors import FormCheckError, SourceError

from .files.natural_order import natural_key
from .owned_files import name_temp_folder
from .remote.remote_file import MAX_REMOTE_BYTES, RemoteFile
from .remote.remote_store import (
    call_patiently,
    check_protocol,
    find_protocol,
    is_on_the_web,
    is_uri,
    make_file_name,
    redact_uri,
    resolve_local_path,
    store_of,
)

TABLE_SUFFIXES = frozenset({".parquet", ".csv", ".tsv", ".trc", ".json", ".zip"})
"""Suffixes of files that libraries can read only from a path."""

_CONTENT_KEYS = ("ETag", "etag", "md5Hash", "Content-MD5", "crc32c", "Digest", "generation")
_TIME_KEYS = ("LastModified", "Last-Modified", "mtime", "updated", "created")
"""Keys under which stores describe a file, the most reliable first."""


# ---- which recordings ------------------------------------------------------------------------------------------------


def expand_inputs(text: str, suffixes: Iterable[str]) -> list[str]:
    """Return the recordings that an input names.

    Parameters
    ----------
    text : a file, with any suffix; a folder, with its recordings; or a pattern with `*`, `**`, `?` or `[a-z]`. Each
        also as an address. A web address is a folder if it ends with `/`.
    suffixes : those of recordings, with the dot and in small letters: they select from folders, and from patterns that
        contain no suffix.

    Returns
    -------
    Paths and addresses in natural order (clip9 before clip10), each once. A `file://` address comes back as a path.

    Raises
    ------
    SourceError
        In one line, if nothing is there, or it cannot be read.
    BackendError
        If the package for this kind of address is missing.
    """
    from .decode import check_kind

    wanted = frozenset(suffixes)
    check_protocol(text)
    if is_uri(text) and find_protocol(text) != "file":
        return _list_remote(text, wanted)
    path = str(resolve_local_path(text)) if is_uri(text) else text
    if glob.has_magic(path) and not os.path.lexists(path):
        found = glob.glob(path, recursive=True)  # noqa: PTH207 - Path.glob wants the pattern apart from its folder
        matches = [name for match in found for name in _expand_path(match, wanted)]
        return _sort_names(path, _pick_names(matches, path, wanted))
    check_kind(Path(path))
    return _sort_names(path, _expand_path(path, wanted))


def _expand_path(path: str, wanted: frozenset[str]) -> list[str]:
    """Return a file itself, or the recordings in a folder."""
    if not Path(path).is_dir():
        return [path]
    folders = os.walk(path, onerror=_not_looked_into)
    return _filter_suffixes([str(Path(folder, name)) for folder, _, names in folders for name in names], wanted)


def _not_looked_into(error: OSError) -> NoReturn:
    name = Path(str(error.filename)).name
    raise SourceError(
        f"{name}: expected a folder of recordings, got one that you may not open; check the folder permissions"
    )


def _list_remote(text: str, wanted: frozenset[str]) -> list[str]:
    store, path = store_of(text)
    pattern = _is_pattern(text)

    def find() -> list[str] | None:
        """Return the files in a folder or of a pattern, None for a file."""
        store.invalidate_cache()
        if is_on_the_web(text):
            if pattern:
                return _match_names(store, path)
            if path.endswith("/"):
                return list(store.find(path))
            store.info(path)
            return None
        if not pattern or store.exists(path):
            kind = store.info(path)["type"]
            return None if kind == "file" else list(store.find(path))
        return _match_names(store, path)

    found = call_patiently(text, find)
    if found is None:
        return [text]
    names = [name if is_on_the_web(text) else f"{find_protocol(text)}://{name.lstrip('/')}" for name in found]
    return _sort_names(text, _pick_names(names, text, wanted) if pattern else _filter_suffixes(names, wanted))


def _match_names(store: Any, pattern: str) -> list[str]:
    """Return the matching files, and the files in matching folders."""
    found = store.glob(pattern, detail=True)
    folders = [name for name, info in found.items() if info["type"] == "directory"]
    return [name for name in found if name not in folders] + [file for name in folders for file in store.find(name)]


def _is_pattern(uri: str) -> bool:
    # In a web address ? begins the query, and brackets hold a host number.
    return "*" in redact_uri(uri) if is_on_the_web(uri) else glob.has_magic(uri)


def _pick_names(names: list[str], pattern: str, wanted: frozenset[str]) -> list[str]:
    suffix = PurePosixPath(redact_uri(pattern)).suffix
    return names if suffix and not glob.has_magic(suffix) else _filter_suffixes(names, wanted)


def _filter_suffixes(names: list[str], wanted: frozenset[str]) -> list[str]:
    return [name for name in names if PurePosixPath(redact_uri(name)).suffix.lower() in wanted]


def _sort_names(text: str, names: list[str]) -> list[str]:
    if not names:
        came = "a pattern without a match" if _is_pattern(text) else "a folder without recordings"
        raise SourceError(f"{redact_uri(text)}: expected recordings, got {came}; check the spelling")
    return sorted(set(names), key=lambda name: ([natural_key(part) for part in Path(name).parts], name))


# ---- changes ---------------------------------------------------------------------------------------------------------


def fingerprint(text: str | os.PathLike[str]) -> str:
    """Return a short text that differs if a recording has changed; "" if unknown.

    It is made without reading the file. Local files: size, times and inode; a folder of pictures: those of its
    pictures; remote files: size and the store's key of the content, or else the time it was written. It never raises: a
    problem is reported when the recording is opened.
    """
    try:
        if isinstance(text, str) and is_uri(text) and find_protocol(text) != "file":
            marks = _read_remote_marks(text)
        else:
            marks = _read_local_marks(
                resolve_local_path(text) if isinstance(text, str) and is_uri(text) else Path(text)
            )
    except (FormCheckError, OSError, ValueError):
        return ""
    return hashlib.sha256(json.dumps(marks).encode()).hexdigest()[:32] if marks else ""


def _read_local_marks(path: Path) -> list[Any]:
    from .decode import PICTURE_SUFFIXES

    if not path.is_dir():
        return _read_file_marks(path)
    suffixes = PICTURE_SUFFIXES | {".json"}  # of OpenPose
    pictures = [p for p in path.iterdir() if p.suffix.lower() in suffixes and p.name[0] != "."]
    return [[os.fsencode(p.name).hex(), *_read_file_marks(p)] for p in sorted(pictures)]


def _read_file_marks(path: Path) -> list[Any]:
    info = path.stat()
    return [info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino]


def _read_remote_marks(uri: str) -> list[Any]:
    store, path = store_of(uri)
    info = call_patiently(uri, lambda: store.info(path))
    marks = [f"{key.lower()} {info[key]}" for key in (*_CONTENT_KEYS, *_TIME_KEYS) if info.get(key)]
    return [info.get("size"), marks[0]] if marks else []


# ---- opening ---------------------------------------------------------------------------------------------------------


@contextmanager
def open_local(place: str | os.PathLike[str], *, most_bytes: int = MAX_REMOTE_BYTES) -> Iterator[Path | RemoteFile]:
    """Give the object that `open_video` and `open_track` take for a path or an address.

    Parameters
    ----------
    place : a local place is given as its path, unchanged.
    most_bytes : how much of the temporary folder a remote recording may use.

    Returns
    -------
    A path, also for remote pictures and tables, which are fetched to a temporary folder; for any other address a
    `RemoteFile`, fetched block by block while it is decoded. Both are removed afterwards.

    Raises
    ------
    SourceError
        In one line that begins with the address, without its secret parts.
    BackendError
        If the package for this kind of address is missing.
    """
    text = os.fspath(place)
    if not (isinstance(place, str) and is_uri(text)):
        yield Path(text)
    elif find_protocol(text) == "file":
        yield resolve_local_path(text)
    else:
        with (
            _copy_remote(text, most_bytes) if _needs_path(text) else RemoteFile(text, most_bytes=most_bytes) as fetched
        ):
            yield fetched


def _needs_path(uri: str) -> bool:
    from .decode import PICTURE_SUFFIXES

    suffix = PurePosixPath(make_file_name(uri)).suffix.lower()
    return suffix in TABLE_SUFFIXES or suffix in PICTURE_SUFFIXES


@contextmanager
def _copy_remote(uri: str, most_bytes: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=name_temp_folder()) as folder:
        path = Path(folder, make_file_name(uri))
        with RemoteFile(uri, most_bytes=most_bytes) as remote:
            remote.copy_to(path)
        yield path
