"""Remote recordings, read like local files: each byte is fetched once, when needed."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any, Self

from formcheck.core.errors import SourceError

from ..files.heartbeat import report_step
from .remote_store import call_patiently, make_file_name, open_remote, redact_uri

BLOCK_BYTES = 4 << 20
"""Size of one request.

About 15 s of a phone's video; it is large enough to keep the number of paid requests low.
"""
MAX_REMOTE_BYTES = 8 << 30
"""The maximum space in the temporary folder for one recording."""
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class RemoteFile:
    """A remote file; a context manager.

    Fetched data stays in a temporary file until it is closed.

    If the server gives ranges, blocks are fetched when they are needed; otherwise the whole file is fetched first.
    Several threads may read it. Closing waits for a running request, which a silent server delays for a minute or two.

    Parameters
    ----------
    uri : its address.
    most_bytes : its maximum size.

    Attributes
    ----------
    name, suffix : its file name without the address, and the part after the last dot.
    size : in bytes.

    Raises
    ------
    SourceError
        In one line, if it cannot be fetched, is too large, or does not fit on the disk.
    BackendError
        If the package for this kind of address is missing.
    """

    def __init__(self, uri: str, *, most_bytes: int = MAX_REMOTE_BYTES) -> None:
        self._uri = uri
        self._most_bytes = most_bytes
        self.name = make_file_name(uri)
        self.suffix = PurePosixPath(self.name).suffix
        self._lock = threading.RLock()
        self._closed = False
        self._failure: SourceError | None = None
        self._blocks: set[int] = set()
        self._sha256: str | None = None
        self._file, size, ranges = open_remote(uri, BLOCK_BYTES)
        try:
            self._check_size(size or 0)
            with self._disk():
                self._kept: IO[bytes] = tempfile.TemporaryFile(prefix="formcheck-")  # noqa: SIM115 - closed in close
        except BaseException:
            self._file.close()
            raise
        try:
            self.size = int(size) if ranges and size is not None else call_patiently(uri, self._fetch_all)
        except BaseException:
            self.close()
            raise

    def _check_size(self, size: int) -> None:
        if size > self._most_bytes:
            raise SourceError(
                f"{redact_uri(self._uri)}: expected at most {_format_gb(self._most_bytes)}, got {_format_gb(size)}; "
                "cut it into parts, or copy it to this computer first"
            )

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as e:
            came = "a full disk" if e.errno in _NO_SPACE else f"none: {e.strerror}"
            raise SourceError(
                f"{redact_uri(self._uri)}: expected room in the temporary folder, got {came}; "
                "free some space, or name another folder in TMPDIR"
            ) from None

    def _fetch_all(self) -> int:
        """Fetch the whole file from the start; return its size.

        This is for servers that do not support ranges.
        """
        if self._file.closed:  # an earlier attempt failed
            self._file = open_remote(self._uri, BLOCK_BYTES)[0]
        digest, size = hashlib.sha256(), 0
        try:
            while piece := self._file.read(BLOCK_BYTES):
                self._check_size(size + len(piece))
                self._keep(size, piece)
                digest.update(piece)
                size += len(piece)
        finally:
            self._file.close()
        self._blocks = set(range(-(-size // BLOCK_BYTES)))
        self._sha256 = digest.hexdigest()
        return size

    def _keep(self, start: int, piece: bytes) -> None:
        report_step()
        with self._disk():
            self._kept.seek(start)
            self._kept.write(piece)
            self._kept.flush()

    def read_at(self, start: int, count: int) -> bytes:
        """Return up to `count` bytes from `start` on.

        Fewer at the end of the file.
        """
        with self._lock:
            self.check()
            if self._closed:
                raise SourceError(f"{self.name}: expected an open recording, got a closed one")
            stop = min(start + count, self.size)
            if stop <= start:
                return b""
            try:
                for block in range(start // BLOCK_BYTES, (stop - 1) // BLOCK_BYTES + 1):
                    self._fetch(block)
                with self._disk():
                    self._kept.seek(start)
                    return self._kept.read(stop - start)
            except SourceError as e:
                self._failure = e
                raise

    def _fetch(self, block: int) -> None:
        if block in self._blocks:
            return
        start = block * BLOCK_BYTES
        stop = min(start + BLOCK_BYTES, self.size)

        def call() -> bytes:
            self._file.seek(start)
            piece: bytes = self._file.read(stop - start)
            if len(piece) != stop - start:
                raise EOFError
            return piece

        self._keep(start, call_patiently(self._uri, call))
        self._blocks.add(block)

    def check(self) -> None:
        """Raise the error that stopped an earlier read, if there was one."""
        if self._failure is not None:
            raise self._failure

    def tap(self) -> Tap:
        """Return a new read position in the file, for decoders."""
        return Tap(self)

    def sha256(self) -> str:
        """Return the SHA-256 of the content; fetch the missing parts first."""
        if self._sha256 is None:
            digest = hashlib.sha256()
            for start in range(0, self.size, BLOCK_BYTES):
                digest.update(self.read_at(start, BLOCK_BYTES))
            self._sha256 = digest.hexdigest()
        return self._sha256

    def copy_to(self, path: Path) -> None:
        """Write the content to a file; raise SourceError if it does not fit."""
        with self._disk(), path.open("wb") as copy:
            for start in range(0, self.size, BLOCK_BYTES):
                copy.write(self.read_at(start, BLOCK_BYTES))

    def close(self) -> None:
        """Close the connection and remove the fetched data."""
        with self._lock:
            self._closed = True
            self._file.close()
            with suppress(OSError):  # data that a full disk did not take
                self._kept.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Tap:
    """A remote file as FFmpeg and Pillow read one: a position that reading moves.

    It never raises. FFmpeg's own thread would drop the exception, or raise it in another recording: if fetching fails,
    the file seems to end, and `RemoteFile.check` raises the reason.
    """

    def __init__(self, file: RemoteFile) -> None:
        self.name = file.name
        self._file = file
        self._at = 0

    def read(self, count: int = -1) -> bytes:
        """Return the next bytes, empty at the end."""
        try:
            piece = self._file.read_at(self._at, count if count >= 0 else self._file.size)
        except SourceError:
            return b""
        self._at += len(piece)
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position and return it.

        Return FFmpeg's error number for a position before the start.
        """
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._file.size}.get(whence)
        if base is None or base + offset < 0:
            return -errno.EINVAL
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at


def _format_gb(size: int) -> str:
    return f"{size / 1e9:.3g} GB"


def open_for_reading(source: Path | RemoteFile) -> Any:
    """Return the input for a picture library.

    That is the path, or a position in the remote file.
    """
    return source.tap() if isinstance(source, RemoteFile) else source
