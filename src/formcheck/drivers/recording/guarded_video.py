"""Read a recording that a child process decodes, under limits of memory and time."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

import numpy as np
import psutil
from numpy.typing import NDArray

from formcheck.core.errors import FormCheckError, SourceError
from formcheck.core.records import Frame
from formcheck.sources.decode import bad_recording, check_kind, name_recording, read_head
from formcheck.sources.pixels import THUMBNAIL_PX
from formcheck.sources.video import VideoInfo, make_video_info

from .decode_child import (
    END,
    FAULT,
    FRAME,
    HEAD,
    INFO,
    LEFT_OUT,
    MOST_MEMORY_BYTES,
    OUT_OF_MEMORY,
    PENDING,
    REFUSED,
    THUMBNAIL,
    WANTED,
)

FEW_RESOURCES = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
"""The child hardly uses NumPy; glibc keeps a heap for each thread otherwise, which counts as memory of the child."""
CHILD_COMMAND = [sys.executable, "-P", "-m", f"{__package__}.decode_child"]
"""With -P, no module of the present folder is loaded: it may be a stranger's, too."""
_PACKAGE_ROOT = Path(__file__).parents[3]
MOST_SILENCE_S = 120.0
"""So long the child may send nothing, for example while a network drive does not answer."""
_WATCH_EVERY_S = 0.5
_PIPE_BYTES = 1 << 20
"""About one picture; with the usual 64 kB reader and writer would wake each other fifteen times."""
_MOST_TEXT_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class PendingPicture:
    """A picture that the child has decoded and not sent; as `PendingFrame`.

    Parameters
    ----------
    index, time_s : as of `Frame`.
    video : where it comes from.
    """

    index: int
    time_s: float
    video: GuardedVideo

    def develop(self) -> Frame:
        """Fetch the picture."""
        return self.video.fetch()

    def make_thumbnail(self) -> NDArray[np.uint8]:
        """Fetch a small picture, as `pixels.make_thumbnail` makes it; before `develop`."""
        return self.video.fetch_thumbnail()


class GuardedVideo:
    """A recording that is decoded in a child process; reads like `Video`.

    Parameters
    ----------
    path, fps, max_side_px : as for `open_video`; local recordings only.
    asks : the child sends only the pictures that are developed; for `pending_frames`.
    meanwhile : what this process can do while the child starts; its error yields to one about the recording.

    Attributes
    ----------
    info, is_picture, expected_frames : as of `Video`.

    Raises
    ------
    SourceError
        In one line, also if the decoder crashes, needs too much memory or does not come to an end.
    """

    def __init__(
        self,
        path: Path,
        *,
        fps: float | None = None,
        max_side_px: int | None = None,
        asks: bool = False,
        meanwhile: Callable[[], object] | None = None,
        most_memory_bytes: int = MOST_MEMORY_BYTES,
    ) -> None:
        self._name, self._asks = name_recording(path), asks
        self._is_folder = check_kind(path) == "folder"
        if not self._is_folder:
            read_head(path)  # what cannot even be read is reported at once
        self._most_memory_bytes = most_memory_bytes
        self._warnings: tuple[str, ...] = ()
        self._closed = self._ended = False
        self._killed_for = ""
        self._reading = threading.Lock()
        self._waits_since_s: float | None = None
        order = {"path_hex": os.fsencode(path).hex(), "fps": fps, "max_side_px": max_side_px, "asks": asks,
                 "most_memory_bytes": most_memory_bytes}  # fmt: skip
        self._child, self._out = _start_child(order)
        threading.Thread(target=self._watch, name="formcheck-guard", daemon=True).start()
        try:
            problem = _find_problem(meanwhile)
            self.info, self.is_picture, self.expected_frames = self._read_info()
            if problem is not None:
                raise problem
        except BaseException:
            self.close()
            raise

    def _read_info(self) -> tuple[VideoInfo, bool, int]:
        kind, _, _, length, _ = self._read_head()
        about = self._read_text(kind, length)
        width, height = about["size_px"]
        files = tuple(Path(os.fsdecode(bytes.fromhex(name))) for name in about["files_hex"])
        made = about["recorded_at"]
        recorded_at = datetime.fromisoformat(made) if made else None
        plain = VideoInfo(
            self._name, "", width, height, about["fps"], about["duration_s"], about["frames"], recorded_at
        )
        return make_video_info(plain, files, is_folder=self._is_folder), about["is_picture"], about["expected_frames"]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return the problems of a recording that could be read; complete after the last frame."""
        return self._warnings

    def __iter__(self) -> Iterator[Frame]:
        while (head := self._next_head(FRAME)) is not None:
            yield self._read_frame(head)

    def pending_frames(self) -> Iterator[PendingPicture]:
        """Yield the frames without their pictures; develop each before the next, or not at all."""
        while (head := self._next_head(PENDING)) is not None:
            self._is_answered = False
            yield PendingPicture(head[1], head[2], self)
            if not self._is_answered:
                self._answer(LEFT_OUT)

    def fetch(self) -> Frame:
        """Return the picture of the pending frame."""
        self._is_answered = True
        self._answer(WANTED)
        head = self._next_head(FRAME)
        if head is None:
            self._fail()
        return self._read_frame(head)

    def fetch_thumbnail(self) -> NDArray[np.uint8]:
        """Return the thumbnail of the pending frame."""
        self._answer(THUMBNAIL)
        thumbnail = np.empty(THUMBNAIL_PX[::-1], np.uint8)
        self._fill(thumbnail.data.cast("B"))
        return thumbnail

    def _answer(self, answer: bytes) -> None:
        assert self._child.stdin is not None  # noqa: S101 - a pipe
        with suppress(BrokenPipeError, ValueError):  # the next read reports it
            self._child.stdin.write(answer)
            self._child.stdin.flush()

    # messages ---------------------------------------------------------------------------------------------------------

    def _next_head(self, wanted: bytes) -> tuple[Any, ...] | None:
        """Return the head of the next frame.

        None after the last, or when it is closed.
        """
        if self._ended or self._closed:
            return None
        try:
            head = self._read_head()
            if head[0] == wanted:
                return head
            self._warnings = tuple(self._read_text(head[0], head[3]))
            self._ended = True
        except (SourceError, ValueError, OSError):
            if not self._closed:
                raise
        return None

    def _read_head(self) -> tuple[Any, ...]:
        head = bytearray(HEAD.size)
        self._fill(memoryview(head))
        return HEAD.unpack(head)

    def _read_text(self, kind: bytes, length: int) -> Any:
        """Return the content of a message that is not a frame.

        An error is raised.
        """
        if kind not in {INFO, END, REFUSED, FAULT} or length > _MOST_TEXT_BYTES:
            self._fail()
        data = bytearray(length)
        self._fill(memoryview(data))
        content = json.loads(data)
        if kind == REFUSED:
            text, about = content
            raise SourceError(text, about=about)
        if kind == FAULT:
            raise RuntimeError(f"decoding {self._name} failed:\n{content}")
        return content

    def _read_frame(self, head: tuple[Any, ...]) -> Frame:
        _, index, time_s, height, width = head
        image = np.empty((height, width, 3), np.uint8)
        self._fill(image.data.cast("B"))
        return Frame(index, time_s, image)

    def _fill(self, buffer: memoryview) -> None:
        """Read exactly this many bytes; a child that ends before is an error."""
        self._waits_since_s = time.monotonic()
        rest = buffer
        with self._reading:
            while rest and (count := self._out.readinto(rest)):
                rest = rest[count:]
        if rest:
            self._fail()
        self._waits_since_s = None

    def _fail(self) -> NoReturn:
        """Report why the child has ended too early."""
        with suppress(subprocess.TimeoutExpired):
            self._child.wait(5)
        raise bad_recording(self._name, f"one that {self._explain_end()}", "convert it to MP4 (H.264)")

    def _explain_end(self) -> str:
        code = self._child.returncode
        if self._killed_for:
            return self._killed_for
        if code == OUT_OF_MEMORY:
            return self._needs_memory
        if hasattr(signal, "SIGXCPU") and code == -signal.SIGXCPU:
            return "takes too long to decode"
        return "makes the decoder crash"

    @property
    def _needs_memory(self) -> str:
        return f"needs more than {self._most_memory_bytes / 1e9:.1f} GB of memory to decode"

    # the child --------------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Kill a child that is silent for too long, or too large.

        Not every system limits the memory of a process.
        """
        with suppress(psutil.Error):
            process = psutil.Process(self._child.pid)
            while self._child.poll() is None:
                since_s = self._waits_since_s
                if since_s is not None and time.monotonic() - since_s > MOST_SILENCE_S:
                    self._kill(f"gives no picture for {MOST_SILENCE_S:.0f} s")
                elif process.memory_info().rss > self._most_memory_bytes:
                    self._kill(self._needs_memory)
                time.sleep(_WATCH_EVERY_S)

    def _kill(self, why: str) -> None:
        self._killed_for = self._killed_for or why
        self._child.kill()

    def close(self) -> None:
        """End the child; a running iteration ends."""
        self._closed = True
        self._child.kill()
        self._child.wait()
        with self._reading:  # another thread may still read, until the pipe of the dead child ends
            self._close_pipes()

    def _close_pipes(self) -> None:
        for pipe in (self._child.stdin, self._child.stdout):
            with suppress(OSError, ValueError):
                if pipe is not None:
                    pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _find_problem(work: Callable[[], object] | None) -> FormCheckError | None:
    try:
        if work is not None:
            work()
    except FormCheckError as error:
        return error
    return None


def _start_child(order: dict[str, Any]) -> tuple[subprocess.Popen[bytes], io.RawIOBase]:
    """Return the child and the pipe of its messages."""
    # A new interpreter, not a fork: this process has threads.
    search_path = os.pathsep.join(filter(None, [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": search_path, **FEW_RESOURCES}
    child = subprocess.Popen(
        CHILD_COMMAND,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0, env=environment,
    )  # fmt: skip
    assert child.stdin is not None  # noqa: S101 - pipes were asked for
    assert isinstance(child.stdout, io.RawIOBase)  # noqa: S101
    _widen_pipe(child.stdout.fileno())
    with suppress(BrokenPipeError):  # reading reports it
        child.stdin.write(json.dumps(order).encode() + b"\n")
        child.stdin.flush()
    return child, child.stdout


def _widen_pipe(handle: int) -> None:
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # a user may have used up the room for wide pipes
            fcntl.fcntl(handle, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
