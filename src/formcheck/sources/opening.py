"""Opens recordings and pictures, or says in one line why they cannot be read."""

from __future__ import annotations

import stat
from functools import cache
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from formcheck.core.errors import SourceError

from .remote_file import RemoteFile

Source = Path | RemoteFile
"""Where a recording lies: a file or folder here, or a file elsewhere."""

HEAD_BYTES = 4096
PICTURE_FORMATS = ("image2", "ico")
"""Names of FFmpeg's still picture formats that do not end in _pipe."""

_NOT_RECORDINGS = frozenset(
    {"tty", "hls", "concat", "concatf", "dash", "imf", "sdp", "lavfi", "rtsp", "rtp", "sap", "svg_pipe"}
)
"""Text drawn as a picture, and lists that would make the reader open other files or hosts."""


def refusal(name: str, came: str, todo: str) -> SourceError:
    """Return the error for something that is not a usable recording."""
    return SourceError(f"{name}: expected a video or picture, got {came}; {todo}")


def name_of(path: Source) -> str:
    """Return what a recording is called: its file or folder name."""
    return path.name if isinstance(path, RemoteFile) else path.name or str(path.resolve())


def checked_kind(path: Source) -> str:
    """Return "file" or "folder"; raise SourceError for what is neither or is not there."""
    if isinstance(path, RemoteFile):
        return "file"
    name = path.name or str(path)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        where = f"{path.absolute().parent}" + ("" if path.parent.is_dir() else ", which is no folder")
        raise refusal(name, f"no file of that name in {where}", "check the spelling") from None
    except PermissionError:
        raise refusal(name, "a place that you may not look into", "give yourself the right to read it") from None
    except (OSError, ValueError) as e:
        raise refusal(name, f"a name that cannot be opened ({_reason(e)})", "check the spelling") from None
    if stat.S_ISDIR(mode):
        return "folder"
    if not stat.S_ISREG(mode):
        raise refusal(name, "a device or pipe", "save the recording as a file first")
    return "file"


def read_head(path: Source) -> bytes:
    """Return the first bytes of a file; raise SourceError where it is empty or may not be read."""
    try:
        if isinstance(path, RemoteFile):
            head = path.read_at(0, HEAD_BYTES)
        else:
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
    except PermissionError:
        raise refusal(path.name, "a file that you may not read", "give yourself the right to read it") from None
    except OSError as e:
        raise refusal(path.name, f"a file that cannot be read ({_reason(e)})", "copy it again") from None
    if not head:
        raise refusal(path.name, "an empty file (0 bytes)", "copy or record it again")
    return head


def open_container(path: Source) -> InputContainer:
    """Open a file with FFmpeg.

    The name is always taken as a file, whatever it looks like (`a:b.mp4` is no protocol, `%d.jpg` no
    pattern), and nothing but this file is read: of one that lies elsewhere, FFmpeg sees the bytes alone.
    """
    head = read_head(path)
    file, protocols = (path.tap(), "none") if isinstance(path, RemoteFile) else (f"file:{path}", "file")
    options = {"protocol_whitelist": protocols, "format_whitelist": _readable_formats(), "pattern_type": "none"}
    try:
        # Not `options`: PyAV hands those to each stream as well, which crashes where streams show up late (MPEG-PS).
        container = av.open(file, "r", container_options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as e:
        check_connection(path)
        raise _not_opened(path.name, head, e) from None
    return container


def check_connection(path: Source) -> None:
    """Raise SourceError where a recording from elsewhere ended because it could not be fetched any further."""
    if isinstance(path, RemoteFile):
        path.check()


@cache
def _readable_formats() -> str:
    return ",".join(sorted(av.formats_available - _NOT_RECORDINGS))


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).lower()


def _not_opened(name: str, head: bytes, error: Exception) -> SourceError:
    if _is_text(head):
        return refusal(name, "a text file", "pick another file")
    if head[4:8] == b"ftyp":
        todo = "record it again, or mend it with a repair program"
        return refusal(name, "a recording that was cut off before its index was written", todo)
    if not isinstance(error, av.error.InvalidDataError | av.error.ArgumentError):
        return refusal(name, f"a file that cannot be read ({_reason(error)})", "copy it again")
    return refusal(name, "data in no known video format", "pick another file, or convert it to MP4 (H.264)")


def _is_text(head: bytes) -> bool:
    # A character may be cut in two at the end of the head.
    text = head.decode("utf-8", "ignore")
    printable = sum(c.isprintable() or c in "\r\n\t\f" for c in text)
    return printable >= 0.99 * max(1, len(text)) and len(text.encode()) >= 0.95 * (len(head) - 3)


def is_picture(container: InputContainer) -> bool:
    """Return whether the container is a still picture."""
    return container.format.name.endswith("_pipe") or container.format.name in PICTURE_FORMATS


def video_stream(container: InputContainer, name: str) -> VideoStream:
    """Return the stream that shows the person; raise SourceError where there is none.

    The cover picture of a song does not count. Of several streams the default one is taken, then the largest.
    """
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        if container.streams.audio:
            raise refusal(name, "an audio-only file", "record with the camera on, or pick another file")
        raise refusal(name, "a file without any picture", "pick another file")
    # A stream whose codec is unknown to this FFmpeg has no codec context.
    known = [s for s in streams if getattr(s, "codec_context", None) is not None]
    if not known:
        raise refusal(name, "a codec that cannot be decoded here", "convert it to MP4 (H.264)")
    if len(known) > 1 and all(s.disposition & Disposition.dependent for s in known[:2]):
        raise refusal(name, "a picture stored in tiles (HEIC)", "save it as JPEG")
    return max(known, key=lambda s: (bool(s.disposition & Disposition.default), s.width * s.height))
