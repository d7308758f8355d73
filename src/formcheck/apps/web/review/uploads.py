"""Take a recording from the browser: streamed to disk, checked before anything is decoded.

Streamlit's own upload holds the whole file in memory, whatever its limit is. Here no file is in memory as a whole; its
hash is made while it comes in.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from formcheck.apps.web.access import tokens
from formcheck.apps.web.access.tokens import TOKEN_HEADER
from formcheck.core.errors import FormCheckError, SourceError, StoreError
from formcheck.drivers.results_store import make_unfinished_folder
from formcheck.sources.owned_files import remove_owned

if TYPE_CHECKING:
    from starlette.requests import Request

UPLOAD_PATH = "/review/upload"
UPLOAD_SUFFIXES = ("mp4", "mov", "m4v", "avi", "mkv", "webm", "mpg", "mpeg", "3gp", "gif", "jpg", "jpeg", "png")
MOST_UPLOAD_BYTES = 500_000_000
"""Ten minutes of a phone's video at its usual quality take 400 MB."""
MOST_DURATION_S = 3600.0
"""Longer recordings take hours here; `formcheck check` has no such limit."""
MOST_UPLOADS = 4
"""No more files wait for their check at a time; the oldest goes."""
KEPT_S = 1800.0
"""A file for which no check was started is deleted after this time."""
SILENCE_S = 60.0
"""A browser that sends nothing for this time has gone."""
_PIECE_BYTES = 1 << 20
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NOT_STORED = {"Cache-Control": "no-store"}
_OLD_PAGE = "This page is too old to take a recording. Please load it again."


@dataclass(frozen=True, slots=True)
class Upload:
    """A recording that came from the browser.

    Parameters
    ----------
    name : as the person knows it.
    path : our copy, alone in a private folder.
    sha256 : of its bytes.
    recorded_at : when it was made, as the recording itself says, in UTC; None if it does not.
    came_s : when it was complete, on the monotonic clock.
    """

    name: str
    path: Path
    sha256: str
    recorded_at: datetime | None = None
    came_s: float = field(default_factory=time.monotonic)

    def delete(self) -> None:
        """Delete the copy."""
        remove_owned(self.path.parent)


class UploadBook:
    """The recordings that wait for their check."""

    def __init__(self) -> None:
        self._waiting: dict[str, Upload] = {}

    def add(self, upload: Upload) -> str:
        """Keep a recording; return the secret name by which its page asks for it."""
        self.tidy()
        while len(self._waiting) >= MOST_UPLOADS:
            self._waiting.pop(next(iter(self._waiting))).delete()
        key = secrets.token_urlsafe(16)
        self._waiting[key] = upload
        return key

    def find(self, key: str) -> Upload | None:
        """Return a recording that waits, None if it is gone."""
        self.tidy()
        return self._waiting.get(key)

    def claim(self, key: str) -> Upload | None:
        """Return a recording and forget it; who claims it deletes it."""
        return self._waiting.pop(key, None)

    def tidy(self) -> None:
        """Delete what has waited for too long."""
        for key, upload in list(self._waiting.items()):
            if time.monotonic() - upload.came_s > KEPT_S:
                self._waiting.pop(key, upload).delete()

    def close(self) -> None:
        """Delete everything, when the app closes."""
        for key in list(self._waiting):
            self._waiting.pop(key).delete()


UPLOADS = UploadBook()
"""The uploads of this app."""


async def take_upload(request: Request) -> Response:
    """Stream a recording to disk, check it, and answer with its name here."""
    if not tokens.is_valid_token(request.headers.get(TOKEN_HEADER, "")):
        return PlainTextResponse(_OLD_PAGE, 403)
    name = request.query_params.get("name", "")[:255] or "recording"
    stated = request.headers.get("content-length", "")
    if stated.isascii() and stated.isdecimal() and int(stated) > MOST_UPLOAD_BYTES:
        return PlainTextResponse(_explain_size(name), 413)
    try:
        folder = await run_in_threadpool(make_unfinished_folder)
    except StoreError as error:
        return PlainTextResponse(str(error), 507)
    upload = None
    try:
        path = folder / clean_file_name(name)
        sha256 = await _stream_to_disk(request.stream(), path, name)
        recorded_at = await run_in_threadpool(check_upload, path, name)
        upload = Upload(name, path, sha256, recorded_at)
    except StoreError as error:
        return PlainTextResponse(str(error), 507)
    except FormCheckError as error:  # an answer, not an error: a browser would log that
        return JSONResponse({"problem": str(error)}, headers=_NOT_STORED)
    except (ClientDisconnect, TimeoutError):
        return PlainTextResponse("The recording did not arrive as a whole. Please try again.", 400)
    finally:
        if upload is None:
            await run_in_threadpool(remove_owned, folder)
    return JSONResponse({"key": UPLOADS.add(upload), "name": name}, headers=_NOT_STORED)


async def _stream_to_disk(pieces: AsyncIterator[bytes], path: Path, name: str) -> str:
    """Write the pieces of a file as they come; return its hash."""
    digest, size, waiting = hashlib.sha256(), 0, bytearray()

    def write(data: bytes) -> None:
        digest.update(data)
        with _explain_disk_errors(name):
            file.write(data)

    with path.open("xb", buffering=0) as file:
        while (piece := await _next_piece(pieces)) is not None:
            size += len(piece)
            if size > MOST_UPLOAD_BYTES:
                raise SourceError(_explain_size(name))
            waiting += piece
            if len(waiting) >= _PIECE_BYTES:
                await asyncio.to_thread(write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(write, bytes(waiting))
    if not size:
        raise SourceError(f"{name}: expected a video or picture, got an empty file (0 bytes); copy or record it again")
    return digest.hexdigest()


@contextmanager
def _explain_disk_errors(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        came = "a full disk" if error.errno in _NO_ROOM else f"none: {error.strerror}"
        raise StoreError(f"{name}: expected room for a copy, got {came}; free some space, then try again") from None


async def _next_piece(pieces: AsyncIterator[bytes]) -> bytes | None:
    async with asyncio.timeout(SILENCE_S):
        return await anext(pieces, None)


def check_upload(path: Path, name: str) -> datetime | None:
    """Return when a recording was made; raise SourceError unless it can be checked here.

    A child process opens it: type, number of pixels and length are known before more than its first picture is decoded.
    """
    from formcheck.drivers.recording.guarded_video import GuardedVideo

    try:
        with GuardedVideo(path, max_side_px=64) as video:
            duration_s, recorded_at = video.info.duration_s, video.info.recorded_at
    except SourceError as error:
        raise error.rename(name) from None  # of the file, not of our copy
    if duration_s > MOST_DURATION_S:
        minutes = f"expected at most {MOST_DURATION_S / 60:.0f} minutes, got {duration_s / 60:.0f}"
        raise SourceError(f"{name}: {minutes}; cut it, or use “formcheck check” in a terminal")
    return recorded_at


def _explain_size(name: str) -> str:
    most = MOST_UPLOAD_BYTES // 1_000_000
    return f"{name}: expected at most {most} MB, got more; cut it, or use “formcheck check” in a terminal"


def clean_file_name(name: str) -> str:
    """Return a recording's name as a safe file name for every system.

    Examples
    --------
    >>> clean_file_name("../Übung 1.MP4"), clean_file_name("...")
    ('Übung 1.mp4', 'recording')
    """
    path = PureWindowsPath(name)  # it accepts both kinds of slashes
    stem = "".join(letter for letter in path.stem if letter.isalnum() or letter in " -_()").strip()[:80]
    suffix = path.suffix.lower()
    return f"{stem or 'recording'}{suffix if suffix.removeprefix('.') in UPLOAD_SUFFIXES else ''}"


ROUTES = [Route(UPLOAD_PATH, take_upload, methods=["PUT"])]
