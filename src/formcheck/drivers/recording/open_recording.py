"""Hold an open recording: pictures that are being decoded, or poses found earlier."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.core.errors import SourceError
from formcheck.core.records import Frame, PoseFrame
from formcheck.sources.decode import check_kind
from formcheck.sources.external_poses import is_foreign, open_foreign
from formcheck.sources.external_poses.track import ForeignTrack
from formcheck.sources.frame_times import Picker
from formcheck.sources.locations import open_local
from formcheck.sources.pose.subject import MAX_PICTURE_SIDE_PX
from formcheck.sources.prefetch import prefetch
from formcheck.sources.remote.remote_file import RemoteFile
from formcheck.sources.video import PendingFrame, Video, hash_recording, open_video

from .decode_child import check_size_px
from .guarded_video import GuardedVideo, PendingPicture
from .look_rate import SLOW_FPS, Fps, LookRate
from .stage_times import StageTimer

if TYPE_CHECKING:
    from formcheck.sources.pose_track import Track


AnyFrame = Frame | PendingFrame | PendingPicture

LARGE_BYTES = 512 << 20
"""A larger local file is always decoded in a child process with limits: some of FFmpeg's parsers keep all that they
read until the next picture begins."""


class OpenRecording:
    """A video, photograph or folder of pictures, or a track of poses; made by `open_recording`.

    Attributes
    ----------
    track : the poses, if they exist already; None for pictures.
    frames : the pictures, decoded ahead of time; empty for a track. If the rate adapts to the movement, they are
        pending: only those that are analysed become arrays.
    look_rate : decides which frames are analysed; None = all that come.
    is_picture : whether it is a single photograph.
    expected_frames : the number of frames; may be an estimate.
    """

    def __init__(
        self,
        place: Path | RemoteFile,
        video: Video | GuardedVideo | None,
        track: Track | ForeignTrack | None,
        fps: Fps,
        timer: StageTimer | None,
    ) -> None:
        self._place, self._video, self.track = place, video, track
        self._fps = None if fps == "auto" else fps
        self.look_rate: LookRate | None = None
        self._notes: list[str] = []
        self.frames: Iterator[AnyFrame] = iter(())
        if video is not None:
            frames: Iterator[AnyFrame] = iter(video)
            if fps == "auto" and not video.is_picture:
                frames, self.look_rate = video.pending_frames(), LookRate(1 / (video.info.fps or 1.0))
            # a child that is asked for each picture decodes ahead by itself
            is_ahead = isinstance(video, GuardedVideo) and self.look_rate is not None
            self.frames = frames if is_ahead else prefetch(frames if timer is None else timer.each("decode", frames))
        self._ahead = self.frames
        self.is_picture = video.is_picture if video is not None else False
        self.expected_frames = video.expected_frames if video is not None else track.frames if track is not None else 0
        if video is not None and self.look_rate is not None:
            self.expected_frames = max(1, min(self.expected_frames, round(video.info.duration_s * SLOW_FPS)))

    @property
    def size_px(self) -> tuple[int, int]:
        """Return (width, height) of the upright picture; of a video or photograph only."""
        if self._video is None:
            return (0, 0)
        return (self._video.info.width, self._video.info.height)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return the problems of a recording that could be read; complete after the last frame."""
        return (*getattr(self._video or self.track, "warnings", ()), *self._notes)

    def note(self, warning: str) -> None:
        """Add a warning about the recording."""
        if warning not in self._notes:
            self._notes.append(warning)

    def poses(self) -> Iterator[PoseFrame]:
        """Yield the poses of a track at the requested rate."""
        track = self.track if self.track is not None else ()
        recorded_fps = 0.0 if self.track is None else float(self.track.header["source"]["fps"])
        picker = Picker(self._fps, 1 / recorded_fps if recorded_fps > 0 else 1.0)
        return (pose for pose in track if picker.wants(pose.time_s))

    def look_ahead(self) -> None:
        """Decode the first pictures now, and hash a local file."""
        if self._video is None:
            return
        first = next(self._ahead, None)  # from here on, its background thread goes on by itself
        self.frames = chain([] if first is None else [first], self._ahead)
        if isinstance(self._place, Path):
            _ = self.sha256

    @property
    def sha256(self) -> str:
        """Return the hash of the given bytes: the video, the pictures in order, the poses."""
        if self._video is not None:
            return self._video.info.sha256
        if isinstance(self.track, ForeignTrack):
            return str(self.track.header["source"]["sha256"])
        return hash_recording((Path(self._place),), with_names=False) if isinstance(self._place, Path) else ""

    def source(self) -> dict[str, Any]:
        """Return the record of the recording, as in `SourceRecord`; of pictures only."""
        if self._video is None:
            raise ValueError("source: expected a recording of pictures, got a track, whose header has it")
        info = self._video.info
        return {
            "name": info.name.encode("utf-8", "backslashreplace").decode(),  # a header is text, a file name need not be
            "sha256": info.sha256,
            "width": info.width,
            "height": info.height,
            "fps": round(info.fps, 3),
            "duration_s": round(info.duration_s, 3),
            "frames": info.frames,
        }

    def close(self) -> None:
        """Stop decoding."""
        close = getattr(self._ahead, "close", None)
        if close is not None:
            close()


@contextmanager
def open_recording(
    place: str | Path,
    *,
    fps: Fps,
    timer: StageTimer | None = None,
    in_child: bool = False,
    meanwhile: Callable[[], object] | None = None,
) -> Iterator[OpenRecording]:
    """Open a recording, photograph, folder of pictures, saved track or external poses.

    Parameters
    ----------
    place : path or address.
    fps : frames to analyse per second; None = all; "auto" = as many as the movement needs. For a folder of
        pictures: the rate at which they were taken.
    timer : measures how long decoding takes.
    meanwhile : what this process can do while the child starts.
    in_child : decode in a child process, which may crash; for local recordings. A worker of a batch is such a process
        itself, but has no limit of memory: there only large files go to a child.

    Raises
    ------
    SourceError
        In one line, if it cannot be read.
    """
    with ExitStack() as stack:
        here = stack.enter_context(open_local(place))
        video: Video | GuardedVideo | None = None
        track: Track | ForeignTrack | None = None
        if isinstance(here, Path) and os.access(here, os.F_OK):
            check_kind(here)  # opening a pipe would wait for data
        if isinstance(here, Path) and here.suffix.lower() == ".parquet":
            from formcheck.sources.pose_track import open_track

            track = open_track(here)
        elif isinstance(here, Path) and is_foreign(here):
            track = open_foreign(here)
        else:
            video = _open_pictures(here, fps, in_child=in_child, meanwhile=meanwhile)
            stack.callback(video.close)
        opened = OpenRecording(here, video, track, fps, timer)
        stack.callback(opened.close)
        yield opened


def _is_large(place: Path | RemoteFile) -> bool:
    return isinstance(place, Path) and place.is_file() and place.stat().st_size > LARGE_BYTES


def _open_pictures(
    place: Path | RemoteFile, fps: Fps, *, in_child: bool, meanwhile: Callable[[], object] | None
) -> Video | GuardedVideo:
    every = None if fps == "auto" else fps
    in_child = in_child or _is_large(place)
    if in_child and isinstance(place, Path) and sys.executable:  # a program that embeds Python may have none
        return GuardedVideo(place, fps=every, max_side_px=MAX_PICTURE_SIDE_PX, asks=fps == "auto", meanwhile=meanwhile)
    try:
        return open_video(place, fps=every, max_side_px=MAX_PICTURE_SIDE_PX)
    except SourceError:
        if isinstance(place, Path):
            check_size_px(place)  # says so if the pictures are too large, as the child does
        raise
