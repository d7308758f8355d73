"""Readers: decoded pictures of a file or a folder, each with its time stamp."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Protocol

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from formcheck.core.errors import SourceError

from .files.heartbeat import report_step
from .files.natural_order import natural_key
from .files.regular_files import open_bytes
from .frame_times import (
    MAX_TIME_S,
    MOST_SCANNED_PACKETS,
    SAMPLED_PACKETS,
    PacketTimes,
    find_slowness,
    is_stated_rate_right,
    read_packet_times_s,
    read_stated_duration_s,
)
from .pixels import EXIF_TURNS, UPRIGHT, Turn, turn_of_frame
from .recording_date import read_recording_date
from .remote.remote_file import RemoteFile, open_for_reading

Source = Path | RemoteFile
"""The place of a recording: a local file or folder, or a remote file."""

HEAD_BYTES = 4096
PICTURE_FORMATS = ("image2", "ico")
"""Names of FFmpeg's still picture formats that do not end in _pipe."""

_NOT_RECORDINGS = frozenset(
    {"tty", "hls", "concat", "concatf", "dash", "imf", "sdp", "lavfi", "rtsp", "rtp", "sap", "svg_pipe"}
)
"""Formats that are refused.

Text drawn as a picture, and lists that would make the reader open other files or hosts.
"""


def bad_recording(name: str, came: str, todo: str) -> SourceError:
    """Return the error for something that is not a usable recording."""
    return SourceError(f"expected a video or picture, got {came}; {todo}", about=name)


def name_recording(path: Source) -> str:
    """Return the display name of a recording: its file or folder name."""
    return path.name if isinstance(path, RemoteFile) else path.name or str(path.resolve())


def check_kind(path: Source) -> str:
    """Return "file" or "folder"; raise SourceError if it is neither or missing."""
    if isinstance(path, RemoteFile):
        return "file"
    name = path.name or str(path)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        where = f"{path.absolute().parent}" + ("" if path.parent.is_dir() else ", which is not a folder")
        raise bad_recording(name, f"no file with that name in {where}", "check the spelling") from None
    except PermissionError:
        raise bad_recording(name, "a folder that you may not open", "check the file permissions") from None
    except (OSError, ValueError) as e:
        raise bad_recording(name, f"a name that cannot be opened ({_explain_error(e)})", "check the spelling") from None
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        raise bad_recording(name, "a device or pipe", "save the recording as a file first")
    return "file"


def read_head(path: Source) -> bytes:
    """Return the first bytes of a file.

    Raise SourceError if it is empty or not readable.
    """
    try:
        if isinstance(path, RemoteFile):
            head = path.read_at(0, HEAD_BYTES)
        else:
            with open_bytes(path) as file:
                head = file.read(HEAD_BYTES)
    except PermissionError:
        raise bad_recording(path.name, "a file that you may not read", "check the file permissions") from None
    except OSError as e:
        raise bad_recording(path.name, f"a file that cannot be read ({_explain_error(e)})", "copy it again") from None
    if not head:
        raise bad_recording(path.name, "an empty file (0 bytes)", "copy or record it again")
    return head


def open_container(path: Source) -> InputContainer:
    """Open a file with FFmpeg.

    The name is always taken as a file, whatever it looks like (`a:b.mp4` is no protocol, `%d.jpg` no pattern), and only
    this file is read: of a remote file, FFmpeg sees the bytes alone.
    """
    head = read_head(path)
    file, protocols = (path.tap(), "none") if isinstance(path, RemoteFile) else (f"file:{path}", "file")
    options = {"protocol_whitelist": protocols, "format_whitelist": _list_readable_formats(), "pattern_type": "none"}
    try:
        # Not `options`: PyAV hands those to each stream as well, which crashes where streams show up late (MPEG-PS).
        container = av.open(file, "r", container_options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as e:
        check_connection(path)
        raise _not_opened(path.name, head, e) from None
    return container


def check_connection(path: Source) -> None:
    """Raise SourceError if a remote recording ended because fetching it failed."""
    if isinstance(path, RemoteFile):
        path.check()


@cache
def _list_readable_formats() -> str:
    return ",".join(sorted(av.formats_available - _NOT_RECORDINGS))


def _explain_error(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).lower()


def _not_opened(name: str, head: bytes, error: Exception) -> SourceError:
    if _is_text(head):
        return bad_recording(name, "a text file", "pick another file")
    if head[4:8] == b"ftyp":
        todo = "record it again, or use a video repair program"
        return bad_recording(name, "a recording that was cut off before its index was written", todo)
    if not isinstance(error, av.error.InvalidDataError | av.error.ArgumentError):
        return bad_recording(name, f"a file that cannot be read ({_explain_error(error)})", "copy it again")
    return bad_recording(name, "data in an unknown format", "pick another file, or convert it to MP4 (H.264)")


def _is_text(head: bytes) -> bool:
    # A character may be cut in two at the end of the head.
    text = head.decode("utf-8", "ignore")
    printable = sum(c.isprintable() or c in "\r\n\t\f" for c in text)
    return printable >= 0.99 * max(1, len(text)) and len(text.encode()) >= 0.95 * (len(head) - 3)


def is_picture(container: InputContainer) -> bool:
    """Return whether the container is a still picture."""
    return container.format.name.endswith("_pipe") or container.format.name in PICTURE_FORMATS


def find_video_stream(container: InputContainer, name: str) -> VideoStream:
    """Return the stream that shows the person; raise SourceError without one.

    The cover picture of a song does not count. Of several streams the default one is taken, then the largest.
    """
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        if container.streams.audio:
            raise bad_recording(name, "an audio-only file", "record with the camera on, or pick another file")
        raise bad_recording(name, "a file without any picture", "pick another file")
    # A stream whose codec is unknown to this FFmpeg has no codec context.
    known = [s for s in streams if getattr(s, "codec_context", None) is not None]
    if not known:
        raise bad_recording(name, "a codec that cannot be decoded here", "convert it to MP4 (H.264)")
    if len(known) > 1 and all(s.disposition & Disposition.dependent for s in known[:2]):
        raise bad_recording(name, "a picture stored in tiles (HEIC)", "save it as JPEG")
    return max(known, key=lambda s: (bool(s.disposition & Disposition.default), s.width * s.height))


Stamped = tuple[av.VideoFrame, float | None]
"""A decoded picture and its time in seconds from the start, None without a time."""

FOLDER_FPS = 30.0
PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".tga", ".jp2", ".avif", ".exr"}
)
MOST_PIXELS = 150_000_000
"""A decoded picture takes one and a half bytes for each. The largest of phones have 108 million."""
_AVERAGE_FPS = 30.0
"""Used if a file does not state its number of frames per second."""
_LATE_START_S = 10.0
"""A picture that starts later than this after the sound is on another clock."""
_MISSING_S = 1.0
"""A file that is shorter than stated by at least this much was cut off.

Sound that is longer than the picture differs by less.
"""


class Reader(Protocol):
    """The interface of a file or a folder that `Video` uses."""

    fps: float
    duration_s: float
    frames: int
    is_picture: bool
    recorded_at: datetime | None
    pixel_aspect: Fraction
    files: tuple[Source, ...]
    warnings: list[str]

    def stamped(self) -> Iterator[Stamped]:
        """Yield the pictures in order, once."""

    def turn(self, frame: av.VideoFrame) -> Turn:
        """Return how a picture is turned for display."""

    def close(self) -> None:
        """Close the files."""


class FileReader:
    """Read one video or picture file.

    Parameters
    ----------
    path : the file, here or elsewhere.
    threads : how many threads may decode.
    """

    def __init__(self, path: Source, threads: int) -> None:
        self.path = path
        self.files: tuple[Source, ...] = (path,)
        self.warnings: list[str] = []
        self._container = open_container(path)
        try:
            self._stream = find_video_stream(self._container, path.name)
            width, height = self._stream.width, self._stream.height
            if width * height > MOST_PIXELS:
                came, most = f"a picture of {width}×{height} pixels", f"{MOST_PIXELS // 1_000_000} million"
                raise bad_recording(path.name, came, f"make it smaller than {most} pixels")
            self._stream.thread_type = "AUTO"
            self._stream.thread_count = threads
            self._describe()
        except BaseException:
            self._container.close()
            raise

    def _describe(self) -> None:
        stream = self._stream
        self.is_picture = is_picture(self._container)
        self.recorded_at = read_recording_date(self._container.metadata)
        self.pixel_aspect = Fraction(stream.sample_aspect_ratio or 1)
        rate = float(stream.average_rate or stream.guessed_rate or 0)
        self.fps = rate if 0.05 <= rate <= 1000 else _AVERAGE_FPS
        if self.is_picture:
            self.fps, self.duration_s, self.frames, self._slowness = 0.0, 0.0, 1, 1.0
            return
        self._stated_s = read_stated_duration_s(self._container, stream)
        if self._stated_s is None or not self._is_rate_right():
            self.duration_s, self.frames = self._scan()
        else:
            self.duration_s = self._stated_s
            estimate = max(1, round(self.duration_s * self.fps))
            # The index of a trimmed recording still counts the frames that are not shown.
            stated = stream.frames or estimate
            self.frames = stated if abs(stated - estimate) <= max(2, 0.05 * estimate) else estimate
        tags = {**self._container.metadata, **stream.metadata}
        self._slowness, warnings = find_slowness(tags, self.fps, self.path.name)
        self.warnings += warnings
        self.fps, self.duration_s = self.fps * self._slowness, self.duration_s / self._slowness

    def _is_rate_right(self) -> bool:
        # The index of MP4 counts every picture; others state one number.
        is_counted = "mp4" in self._container.format.name and self._stream.frames > 0
        return is_counted or is_stated_rate_right(self._read_packet_times_s(SAMPLED_PACKETS).times_s, self.fps)

    def _read_packet_times_s(self, most: int) -> PacketTimes:
        with open_container(self.path) as container:
            found = read_packet_times_s(container, find_video_stream(container, self.path.name), most)
        check_connection(self.path)
        return found

    def _scan(self) -> tuple[float, int]:
        """Return length and number of pictures from the packets, and correct the rate.

        For files that do not state their length, as browsers record them, or that state a wrong rate.
        """
        packets = self._read_packet_times_s(MOST_SCANNED_PACKETS)
        if self._stated_s is not None and packets.pictures > 1 and packets.span_s > 0:
            rate = (packets.pictures - 1) / packets.span_s
            self.fps = rate if 0.05 <= rate <= 1000 else self.fps
        length_s = packets.span_s + 1 / self.fps if packets.times_s else packets.pictures / self.fps
        return min(length_s / packets.share, MAX_TIME_S), max(1, round(packets.pictures / packets.share))

    def stamped(self) -> Iterator[Stamped]:
        """Yield the pictures in order, once."""
        start_s: float | None = None
        end_s = 0.0
        damaged = 0
        for packet in _read_packets(self._container, self._stream):
            report_step()
            if packet.is_corrupt:
                damaged += 1
            try:
                frames = packet.decode()
            except av.error.EOFError:
                break
            except (av.error.FFmpegError, ValueError):
                damaged += 1
                continue
            for frame in frames:
                time_s = _read_seconds(frame)
                if time_s is not None:
                    start_s = self._start_s(time_s) if start_s is None else start_s
                    time_s -= start_s
                    end_s = max(end_s, time_s + self._shown_s(frame))
                yield frame, None if time_s is None else time_s / self._slowness
                if self.is_picture:  # The rest is a gain map or a preview of the same picture.
                    return
        check_connection(self.path)
        self._warn(damaged, end_s)

    def _start_s(self, first_s: float) -> float:
        """Return the stamp that is time 0.

        It is the start of the file, as in players, if that stamp is plausible.
        """
        container_start = self._container.start_time
        if container_start is None:
            return first_s
        start_s = max(0.0, container_start / av.time_base)
        return start_s if 0 <= first_s - start_s <= _LATE_START_S else first_s

    def _shown_s(self, frame: av.VideoFrame) -> float:
        # The last picture of a still scene may be shown for long: that is not a missing end.
        duration_s = float((getattr(frame, "duration", None) or 0) * (frame.time_base or 0))
        return max(duration_s, self._slowness / self.fps if self.fps else 0.0)

    def _warn(self, damaged: int, end_s: float) -> None:
        if damaged:
            count = "1 damaged packet was" if damaged == 1 else f"{damaged} damaged packets were"
            self.warnings.append(f"{self.path.name}: {count} left out; times are not affected")
        stated_s = None if self.is_picture else self._stated_s
        missing_s = 0.0 if stated_s is None else stated_s - end_s
        if stated_s is not None and missing_s > _MISSING_S:
            self.warnings.append(
                f"{self.path.name}: expected {stated_s:.1f} s, the last {missing_s:.1f} s are missing or cannot be "
                "decoded; the file looks cut off, copy it again"
            )

    def turn(self, frame: av.VideoFrame) -> Turn:
        """Return how a picture is turned for display."""
        if self.is_picture:
            orientation = read_exif_orientation(self.path)
            if orientation is not None:
                return EXIF_TURNS[orientation]
        tags = {key.lower(): value for key, value in self._stream.metadata.items()}
        return turn_of_frame(frame, tags.get("rotate"))

    def close(self) -> None:
        """Close the file."""
        self._container.close()


def _read_packets(container: av.container.InputContainer, stream: VideoStream) -> Iterator[av.Packet[VideoStream]]:
    try:
        yield from container.demux(stream)
    except (av.error.FFmpegError, OSError):
        return  # The drive was removed, or data between packets is damaged: the part before it counts.


def _read_seconds(frame: av.VideoFrame) -> float | None:
    if frame.pts is None or not frame.time_base:
        return None
    return float(frame.pts * frame.time_base)


def read_exif_orientation(path: Source) -> int | None:
    """Return the EXIF orientation 1..8 of a picture, or None.

    FFmpeg gives its angle, but loses mirroring.
    """
    from PIL import Image  # Slow to import, and only pictures need it.

    try:
        with Image.open(open_for_reading(path)) as image:
            value = image.getexif().get(0x0112)
    except Exception:  # noqa: BLE001 - Pillow raises many kinds for files that FFmpeg reads well
        return None
    return value if value in EXIF_TURNS else None


class FolderReader:
    """Read a folder of numbered pictures as a recording.

    Parameters
    ----------
    path : the folder. Hidden files and files that are no pictures are ignored.
    fps : how many pictures were taken per second.
    """

    is_picture = False
    recorded_at: datetime | None = None

    def __init__(self, path: Path, fps: float) -> None:
        self.name = path.name or str(path.resolve())
        self.fps = fps
        self.warnings: list[str] = []
        try:
            names = [p for p in path.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES and p.name[0] != "."]
        except PermissionError:
            raise bad_recording(self.name, "a folder that you may not open", "check the folder permissions") from None
        self.files: tuple[Source, ...] = tuple(sorted(names, key=lambda p: (natural_key(p.name), p.name)))
        if not self.files:
            raise bad_recording(
                self.name, "a folder without pictures", "name a file, or a folder of JPEG or PNG pictures"
            )
        self.frames = len(self.files)
        self.duration_s = self.frames / fps
        self.pixel_aspect = Fraction(1)

    def stamped(self) -> Iterator[Stamped]:
        """Yield the pictures in order, once.

        A picture that cannot be read is left out with a warning.
        """
        for k, file in enumerate(self.files):
            try:
                reader = FileReader(file, threads=1)
            except SourceError as e:
                self.warnings.append(str(e))
                continue
            try:
                frame = next((f for f, _ in reader.stamped()), None)
                self._turn = UPRIGHT if frame is None else reader.turn(frame)
            finally:
                reader.close()
            if frame is None:
                self.warnings.append(f"{file.name}: expected a picture, got one that cannot be decoded; left out")
            else:
                yield frame, k / self.fps

    def turn(self, frame: av.VideoFrame) -> Turn:  # noqa: ARG002 - the protocol gives it
        """Return how the last picture is turned for display."""
        return self._turn

    def close(self) -> None:
        """Do nothing: no file is kept open."""
