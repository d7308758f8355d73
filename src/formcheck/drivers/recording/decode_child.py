"""Decode one recording in a process of its own; pictures go out through a pipe.

Recordings come from strangers, and decoders are large programs in C. Here a decoder that crashes, takes all memory or
never ends costs this process alone. `guarded_video.py` starts it and reads from it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import struct
import sys
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from formcheck.core.errors import SourceError
from formcheck.core.records import Frame
from formcheck.sources.decode import bad_recording, check_kind, find_video_stream, open_container
from formcheck.sources.prefetch import prefetch
from formcheck.sources.video import Video, open_video

T = TypeVar("T")
HEAD = struct.Struct("<cqdII")
"""Begins each message: kind, number of the frame, its time in s, and two sizes (see the kinds)."""
INFO, FRAME, PENDING, END, REFUSED, FAULT = b"I", b"F", b"P", b"E", b"R", b"X"
"""Kinds of messages.

FRAME: height and width, then the pixels. PENDING: a frame that is sent only if WANTED comes back. The others: the
length of the JSON that follows; INFO opens, END closes, REFUSED is an error of the recording, FAULT one of formcheck.
"""
WANTED, LEFT_OUT, THUMBNAIL = b"y", b"n", b"t"
"""Answers to PENDING. After THUMBNAIL the child sends the small picture alone, and waits for the next answer."""
MOST_CHILD_PIXELS = 40_000_000
"""The largest picture that is decoded; 8K video has 33 million pixels."""
MOST_MEMORY_BYTES = 3 << 30
"""Address space. H.264 of 8K takes 2.0 GB of it, a phone's recording 0.4 GB."""
MOST_CPU_S = 20
"""Processor time for each picture. The slowest real ones take 2 s."""
MOST_USUAL_CPU_S = 7
"""The same for opening a recording, and for each picture of a usual size."""
MOST_USUAL_PIXELS = 2_500_000
"""What counts as a usual size: Full HD has 2.1 million pixels."""
MOST_USUAL_MEMORY_BYTES = 1_200_000_000
"""Address space for opening a recording, and for pictures of a usual size; a third of it is programs.

Some parsers of FFmpeg keep all that they read until the next picture begins, and a file can be 100 GB of zeros.
"""


def main() -> None:
    """Serve the recording that the first line of standard input names."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else may write between the messages
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    order = json.loads(sys.stdin.buffer.readline())
    limit_resources(order["most_memory_bytes"])
    with contextlib.suppress(BrokenPipeError):  # the parent has gone
        try:
            _serve(order, sys.stdin.buffer, out)
        except SourceError as error:
            _send_text(out, REFUSED, error.to_parts())
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except BrokenPipeError:
            raise
        except Exception:  # noqa: BLE001 - the parent reports it; here nobody would see it
            _send_text(out, FAULT, traceback.format_exc())
    os._exit(0)  # decoders' threads need not be waited for


OUT_OF_MEMORY = 77
"""Exit code of a child that was refused more memory."""


def limit_resources(most_memory_bytes: int) -> None:
    """Limit memory, processor time and files of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows; there the parent watches the memory
        return
    _set_limit(resource.RLIMIT_AS, min(most_memory_bytes, MOST_USUAL_MEMORY_BYTES))  # large pictures may have more
    _set_limit(resource.RLIMIT_FSIZE, 0)  # a decoder has nothing to write
    _set_limit(resource.RLIMIT_CORE, 0)
    renew_processor_time(min(MOST_CPU_S, MOST_USUAL_CPU_S))


def limit_by_size(pixels: int, most_memory_bytes: int) -> int:
    """Allow more memory to large pictures; return the processor time for each, in s.

    Parameters
    ----------
    pixels : of one picture; 0 if they are not known.
    """
    if 0 < pixels <= MOST_USUAL_PIXELS:
        return min(MOST_CPU_S, MOST_USUAL_CPU_S)
    with contextlib.suppress(ImportError):  # Windows; there the parent watches the memory
        import resource

        _set_limit(resource.RLIMIT_AS, most_memory_bytes)
    return MOST_CPU_S


def renew_processor_time(most_s: int) -> None:
    """Give the next picture its processor time, in s."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _set_limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + most_s)


def _set_limit(kind: int, most: int) -> None:
    import resource

    _, hard = resource.getrlimit(kind)
    with contextlib.suppress(OSError, ValueError):  # macOS knows limits that it does not take
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _serve(order: dict[str, Any], answers: BinaryIO, out: BinaryIO) -> None:
    path = Path(os.fsdecode(bytes.fromhex(order["path_hex"])))
    most_s = limit_by_size(check_size_px(path), order["most_memory_bytes"])
    renew_processor_time(most_s)
    with open_video(path, fps=order["fps"], max_side_px=order["max_side_px"]) as video:
        _send_text(out, INFO, describe_video(video))
        if order["asks"] and not video.is_picture:  # a photograph is always wanted
            for pending in _renewing(prefetch(video.pending_frames()), most_s):
                out.write(HEAD.pack(PENDING, pending.index, pending.time_s, 0, 0))
                while (answer := answers.read(1)) == THUMBNAIL:
                    _write_all(out, pending.make_thumbnail().data.cast("B"))
                if answer == WANTED:
                    _send_frame(out, pending.develop())
                elif answer != LEFT_OUT:  # the parent has gone
                    return
        else:
            for frame in _renewing(video, most_s):
                _send_frame(out, frame)
        _send_text(out, END, list(video.warnings))


def check_size_px(path: Path) -> int:
    """Return how many pixels a picture of a file has.

    It is 0 if that is not known. Nothing is decoded. Raise SourceError if they are too many.
    """
    if check_kind(path) != "file":
        return 0
    with open_container(path) as container:
        stream = find_video_stream(container, path.name)
        width, height = stream.width or 0, stream.height or 0
    is_bomb = not width * height and _states_a_bomb(path)
    if is_bomb or width * height > MOST_CHILD_PIXELS:
        came = "one of many hundred million pixels" if is_bomb else f"one of {width}x{height} pixels"
        raise bad_recording(
            path.name, came, f"save it smaller, with at most {MOST_CHILD_PIXELS // 1_000_000} million pixels"
        )
    return width * height


def _states_a_bomb(path: Path) -> bool:
    """Return whether a picture states more pixels than FFmpeg even reports.

    Only its head is read.
    """
    from PIL import Image  # slow to import, and hardly a file needs it

    try:
        with Image.open(path):
            return False
    except Image.DecompressionBombError:
        return True
    except Exception:  # noqa: BLE001 - Pillow raises many kinds; the decoder reports what is wrong
        return False


def describe_video(video: Video) -> dict[str, Any]:
    """Return what the parent needs to know of an open recording."""
    info, reader = video.info, video._reader
    return {
        "size_px": (info.width, info.height),
        "fps": info.fps,
        "duration_s": info.duration_s,
        "frames": info.frames,
        "recorded_at": info.recorded_at.isoformat() if info.recorded_at else None,
        "is_picture": video.is_picture,
        "expected_frames": video.expected_frames,
        "files_hex": [os.fsencode(str(file)).hex() for file in reader.files],
    }


def _renewing(frames: Iterable[T], most_s: int) -> Iterator[T]:
    for frame in frames:
        renew_processor_time(most_s)
        yield frame


def _send_frame(out: BinaryIO, frame: Frame) -> None:
    height, width = frame.image.shape[:2]
    _write_all(out, HEAD.pack(FRAME, frame.index, frame.time_s, height, width))
    _write_all(out, frame.image.data.cast("B"))


def _send_text(out: BinaryIO, kind: bytes, content: Any) -> None:
    data = json.dumps(content).encode()
    _write_all(out, HEAD.pack(kind, 0, 0.0, len(data), 0) + data)


def _write_all(out: BinaryIO, data: bytes | memoryview) -> None:
    """Write all of it: a raw pipe may take a part at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[out.write(rest) :]


if __name__ == "__main__":
    main()
