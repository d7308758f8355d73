"""Name a recording: its place, its name in the table and on the terminal."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from formcheck.core.errors import FormCheckError, SourceError
from formcheck.sources.remote.remote_store import find_protocol, is_on_the_web, is_uri, redact_uri, resolve_local_path

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
