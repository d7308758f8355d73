"""Recordings of any kind → frames.

Video files, photographs, folders of numbered pictures.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import SourceError
from formcheck.core.records import Frame

from .decode import (
    FOLDER_FPS,
    FileReader,
    FolderReader,
    Reader,
    Source,
    Stamped,
    bad_recording,
    check_kind,
    name_recording,
)
from .files.heartbeat import report_step
from .files.regular_files import open_bytes
from .frame_times import Picker, RisingClock
from .pixels import Picture, make_thumbnail
from .remote.remote_file import RemoteFile

MIN_SIDE_PX = 32
"""In a smaller picture no person can be found."""
_MAX_THREADS = 4
"""More decoders hardly help, and each holds pictures: an 8K one takes 50 MB."""
_HASH_BYTES = 1 << 20
_MOST_FPS = 1e5
"""More frames a second than any source has."""


@dataclass(frozen=True)
class VideoInfo:
    """The properties of a recording.

    Parameters
    ----------
    name : file or folder name without its path.
    sha256 : of the bytes of the file; of a folder, of the names and bytes of its pictures in order.
    width, height : of the upright picture with square pixels, in px.
    fps : average frames per second; 0 for a photograph.
    duration_s : as the file states it; 0 for a photograph.
    frames : number of frames in the source; may be an estimate.
    recorded_at : when it was made, in UTC, as the file states it; None if it does not.
    """

    name: str
    sha256: str
    width: int
    height: int
    fps: float
    duration_s: float
    frames: int
    recorded_at: datetime | None = None


@dataclass(frozen=True)
class _FileInfo(VideoInfo):
    """A `VideoInfo` that computes the hash when it is first used.

    Hashing an hour of video must not delay its first frame.
    """

    files: tuple[Source, ...] = field(default=(), repr=False, compare=False)
    is_folder: bool = field(default=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        del self.__dict__["sha256"]

    def __getattr__(self, name: str) -> str:
        # Called only for missing attributes: once for the hash.
        if name != "sha256":
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        self.__dict__[name] = hash_recording(self.files, with_names=self.is_folder)
        return self.sha256


def make_video_info(about: VideoInfo, files: tuple[Source, ...], *, is_folder: bool) -> VideoInfo:
    """Return the properties of a recording of these files.

    The files are hashed when the hash is first used.
    """
    return _FileInfo(
        about.name, "", about.width, about.height, about.fps, about.duration_s, about.frames, about.recorded_at,
        files, is_folder,
    )  # fmt: skip


def hash_recording(files: tuple[Source, ...], *, with_names: bool) -> str:
    """Return the SHA-256 of the bytes of files.

    They are read in small pieces; on request each file's name comes before its bytes.
    """
    digest = hashlib.sha256()
    for file in files:
        if isinstance(file, RemoteFile):
            return file.sha256()
        if with_names:
            digest.update(file.name.encode("utf-8", "surrogateescape") + b"\0")
        try:
            with open_bytes(file) as stream:
                while piece := stream.read(_HASH_BYTES):
                    digest.update(piece)
                    report_step()
        except OSError as e:
            raise bad_recording(file.name, f"a file that cannot be read ({e.strerror})", "copy it again") from None
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class PendingFrame:
    """A decoded picture that is not an array yet.

    Decoding is most of the work; the array is not always needed.

    Parameters
    ----------
    index, time_s : as of `Frame`.
    decoded, picture : the picture as the codec gave it, and how it becomes an array.
    """

    index: int
    time_s: float
    decoded: av.VideoFrame
    picture: Picture

    def develop(self) -> Frame:
        """Return the frame with its picture."""
        return Frame(self.index, self.time_s, self.picture.to_rgb(self.decoded))

    def make_thumbnail(self) -> NDArray[np.uint8]:
        """Return a small picture, as `pixels.make_thumbnail` does."""
        return make_thumbnail(self.decoded)


class Video:
    """A recording: a context manager, and an iterable of `Frame`.

    `open_video` makes it.

    Iterating again starts from the beginning. Frames may be read in another thread than the one that
    closes the recording; one iteration at a time.

    Attributes
    ----------
    info : properties of the recording. Its hash is computed when it is first used.
    is_picture : whether it is a single photograph.
    expected_frames : expected number of frames, for a progress bar; may be an estimate.
    """

    def __init__(self, path: Source, fps: float | None, max_side_px: int | None) -> None:
        self._path = path
        self._is_folder = check_kind(path) == "folder"
        self._fps = fps
        self._lock = threading.Lock()
        self._closed = False
        self._reader = self._open()
        try:
            self._fresh: Iterator[Stamped] | None = self._from_first(max_side_px)
        except BaseException:
            self._reader.close()
            raise
        reader, (width, height) = self._reader, self._picture.size_px
        self.is_picture = reader.is_picture
        self.info: VideoInfo = _FileInfo(
            name_recording(path), "", width, height, reader.fps, reader.duration_s, reader.frames,
            reader.recorded_at, reader.files, self._is_folder,
        )  # fmt: skip
        thinned = None if fps is None or self._is_folder else round(reader.duration_s * fps)
        self.expected_frames = reader.frames if thinned is None else max(1, min(reader.frames, thinned))

    def _open(self) -> Reader:
        if isinstance(self._path, Path) and self._is_folder:
            return FolderReader(self._path, self._fps or FOLDER_FPS)
        # One core is left for the pose model if there are three; with two, the decoder waits for it anyway.
        return FileReader(self._path, threads=max(2, min(_MAX_THREADS, (os.cpu_count() or 2) - 1)))

    def _from_first(self, max_side_px: int | None) -> Iterator[Stamped]:
        """Decode the first picture, so that opening reports a bad recording."""
        stamped = self._reader.stamped()
        first = next(stamped, None)
        if first is None:
            todo = "record it again, or convert it to MP4 (H.264)"
            raise bad_recording(self._path.name, "a recording of which no picture can be decoded", todo)
        frame = first[0]
        self._picture = Picture(
            (frame.width, frame.height), self._reader.pixel_aspect, self._reader.turn(frame), max_side_px
        )
        self._other, self._is_reshaped = self._picture, False
        width, height = self._picture.size_px
        if min(width, height) < MIN_SIDE_PX:
            raise SourceError(
                f"expected at least {MIN_SIDE_PX}x{MIN_SIDE_PX} pixels, got {width}x{height}; record at a larger size",
                about=self._path.name,
            )
        return chain([first], stamped)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return the problems of a recording that could still be read.

        They are complete after the last frame.
        """
        return tuple(self._reader.warnings)

    def __iter__(self) -> Iterator[Frame]:
        return (pending.develop() for pending in self.pending_frames())

    def pending_frames(self) -> Iterator[PendingFrame]:
        """Yield the frames without their arrays.

        For callers who do not need every picture.
        """
        with self._lock:
            if self._closed:
                raise ValueError(f"{self._path.name}: expected an open recording, got a closed one")
            if self._fresh is None:
                self._reader.close()
                self._reader = self._open()
                self._fresh = self._reader.stamped()
            stamped, self._fresh = self._fresh, None
        return self._frames(stamped)

    def _frames(self, stamped: Iterator[Stamped]) -> Iterator[PendingFrame]:
        period_s = 1 / self._reader.fps if self._reader.fps else 1.0
        clock = RisingClock(period_s)
        # For a folder, fps is the rate at which the pictures were taken: all are used.
        picker = Picker(None if self._is_folder else self._fps, period_s)
        index = 0
        while True:
            # Closing while a picture is being decoded would crash the decoder.
            with self._lock:
                decoded = None if self._closed else next(stamped, None)
            if decoded is None:
                return
            was_whole = clock.jumped_s is None
            time_s = 0.0 if self.is_picture else clock.read(decoded[1])
            if was_whole and clock.jumped_s is not None:
                self._reader.warnings.append(
                    f"{self._path.name}: its time jumps by more than an hour after {clock.jumped_s:.1f} s; "
                    "the pictures after it were taken to follow at once"
                )
            if time_s is not None and picker.wants(time_s):
                yield PendingFrame(index, time_s, decoded[0], self._find_picture(decoded[0], time_s))
            index += 1

    def _find_picture(self, frame: av.VideoFrame, time_s: float) -> Picture:
        """Return how a frame becomes an array; its size or turn may be another."""
        first, size_px, turn = self._picture, (frame.width, frame.height), self._reader.turn(frame)
        if (size_px, turn) == (first.stored_px, first.turn):
            return first
        if (self._other.stored_px, self._other.turn) != (size_px, turn):
            self._other = first.refit(size_px, turn)
            shapes = [one.size_px[0] / one.size_px[1] for one in (first, self._other)]
            if not self._is_reshaped and max(shapes) > 1.02 * min(shapes):
                self._is_reshaped = True
                before, after = ("×".join(map(str, one.size_px)) for one in (first, self._other))
                self._reader.warnings.append(
                    f"{self._path.name}: the picture changes from {before} to {after} at {time_s:.1f} s; "
                    "later pictures were scaled to fit the first size"
                )
        return self._other

    def close(self) -> None:
        """Close the file; a running iteration ends."""
        with self._lock:
            self._closed = True
            self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_video(
    path: str | os.PathLike[str] | RemoteFile, *, fps: float | None = None, max_side_px: int | None = None
) -> Video:
    """Open a video file, a photograph or a folder of numbered pictures.

    Parameters
    ----------
    path : any container and codec that FFmpeg reads; a picture; or a folder of pictures, taken in natural order (frame9
        before frame10). `formcheck.sources.locations.open_local` opens remote recordings.
    fps : analyse this many frames per second, chosen by their times; None = all. For a folder: how many pictures were
        taken per second, None = 30, and all are used.
    max_side_px : bound of the longer side of the images, for callers who only feed a model: the small picture is made
        directly from the decoded one. `Video.info` keeps the size of the source.

    Returns
    -------
    A context manager that yields `Frame`: upright, square pixels, 8-bit RGB, times in seconds from the start
    of the file and strictly rising (see `formcheck.sources.frame_times.RisingClock` for broken time stamps).

    Raises
    ------
    SourceError
        In one line, if nothing can be read. A recording that ends early gives the frames it has and then reports it in
        `Video.warnings`.

    Notes
    -----
    Time 0 is the start of the file, as in players: a picture that starts 0.1 s after the sound is at 0.1 s. Without
    sound, it is the first frame.

    Examples
    --------
    >>> import formcheck as fc
    >>> with fc.open_video("sample_videos/hinge_good.mp4", fps=5) as video:
    ...     print(video.info.width, video.info.height, video.info.fps, video.info.duration_s)
    ...     print([round(frame.time_s, 1) for frame in video][:4])
    640 480 15.0 11.2
    [0.0, 0.2, 0.4, 0.6]
    """
    source = path if isinstance(path, RemoteFile) else Path(path)
    if fps is not None and not 0 < fps < float("inf"):
        raise SourceError(
            f"{source.name}: expected frames per second above 0, got {fps:g}; leave it out to use every frame"
        )
    if max_side_px is not None and max_side_px < MIN_SIDE_PX:
        raise ValueError(f"max_side_px: expected at least {MIN_SIDE_PX}, got {max_side_px}")
    return Video(source, None if fps is None else min(fps, _MOST_FPS), max_side_px)
