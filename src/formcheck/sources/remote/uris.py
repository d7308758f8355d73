"""Addresses of remote recordings: recognise them, redact them, find the file name."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, unquote_to_bytes
from urllib.request import url2pathname

from formcheck.core.errors import SourceError

PROTOCOLS = ("s3", "gs", "https", "http", "file", "memory")
"""Protocols of addresses; memory is for tests."""

_ADDRESS = re.compile(rf"({'|'.join(PROTOCOLS)})://", re.IGNORECASE)
_UNKNOWN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_WEB = ("http", "https")
_NO_FILE_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
"""Characters that at least one common system does not allow in a file name."""
_LONGEST_NAME = 100


def is_uri(text: str) -> bool:
    r"""Return whether a text is an address such as `s3://bucket/clip.mp4`.

    `C:\clip.mp4` and `a:b.mp4` are files.
    """
    return _ADDRESS.match(text) is not None


def find_protocol(uri: str) -> str:
    """Return the part before `://`, in small letters."""
    return uri.partition("://")[0].lower()


def is_on_the_web(uri: str) -> bool:
    """Return whether an address is http or https."""
    return find_protocol(uri) in _WEB


def redact_uri(uri: str) -> str:
    """Return an address without user, password, query and fragment, for display.

    It may be written in a line, a row or a log.

    Two addresses that differ in the query alone look the same: it cannot be a key.
    """
    protocol, mark, rest = uri.partition("://")
    if not mark:
        return uri
    if is_on_the_web(uri):
        rest = re.split(r"[?#]", rest, maxsplit=1)[0]
    host, slash, path = rest.partition("/")
    return re.sub(r"[\x00-\x1f\x7f]", "?", f"{protocol.lower()}://{host.rpartition('@')[2]}{slash}{path}")


def make_file_name(uri: str) -> str:
    """Return the file name at the end of an address.

    It has only characters that every file system allows.
    """
    path = redact_uri(uri).partition("://")[2].partition("/")[2]
    name = PurePosixPath(unquote(path) if is_on_the_web(uri) else path).name
    name = _NO_FILE_NAME.sub("_", name).strip(". ") or "recording"
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    return stem[: _LONGEST_NAME - len(suffix)] + suffix if len(name) > _LONGEST_NAME else name


def resolve_local_path(uri: str) -> Path:
    """Return the path that a `file://` address names.

    Raise SourceError if it is on another host.
    """
    host, slash, path = uri.partition("://")[2].partition("/")
    if host.lower() not in {"", "localhost"}:
        came = f"the host {host.rpartition('@')[2]!r}"
        raise SourceError(f"{redact_uri(uri)}: expected a file of this computer, got {came}; write file:///path")
    if os.name == "nt":
        return Path(url2pathname(slash + path))
    return Path(os.fsdecode(unquote_to_bytes(slash + path)))  # a name need not be UTF-8


def check_protocol(text: str) -> None:
    """Raise SourceError if a text looks like an address of an unsupported kind."""
    if not is_uri(text) and _UNKNOWN.match(text) and not Path(text).exists():
        kinds = ", ".join(f"{p}://" for p in PROTOCOLS if p != "memory")
        raise SourceError(
            f"{redact_uri(text)}: expected a path or one of {kinds}, got {find_protocol(text)}://; copy it first"
        )
