"""What a container states about time, compared with its pictures: length, rate, slow motion.

The first word of a container is not believed for the whole recording.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from .frame_times import MAX_TIME_S
from .heartbeat import report_step

MOST_SCANNED_PACKETS = 100_000
"""Nearly an hour; of a longer file the rest is estimated from its bytes."""
SAMPLED_PACKETS = 60
"""The first pictures, which show whether the stated rate is theirs."""
_LEAST_SHARE = 0.01
"""A file of which less was read after so many packets is damaged; its length is not estimated further."""
_WRONG_RATE = 1.3
"""A rate that is off by more than this factor is measured over the whole file."""
_SLOW_FACTOR = 1.5
"""If the rate of capture differs by less, the camera only took fewer pictures in the dark."""
_DARK_FACTOR, _USUAL_FPS = 3.0, 31.0
"""Up to this rate of capture, a smaller factor may still be a dark room."""
_LEAST_CAPTURE_FPS, _MOST_CAPTURE_FPS = 1.0, 2000.0
_CAPTURE_TAG = re.compile(r"capture[._]?(?:fps|frame_?rate)$", re.IGNORECASE)


def read_stated_duration_s(container: av.container.InputContainer, stream: VideoStream) -> float | None:
    """Return how long the pictures last according to the file.

    None if it does not say, or says what cannot be: a length below zero or of months.
    """
    tags = {key.lower(): value for key, value in stream.metadata.items()}
    match = re.match(r"([0-9]{1,6}):([0-9]{1,6}):([0-9]{1,6}(?:\.[0-9]{1,12})?)", tags.get("duration", ""))
    if stream.duration and stream.time_base:
        stated_s = float(stream.duration * stream.time_base)
    elif match:  # Matroska states it for each stream as a tag.
        hours, minutes, seconds = match.groups()
        stated_s = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    else:
        stated_s = (container.duration or 0) / av.time_base
    return stated_s if 0 < stated_s < MAX_TIME_S else None


class PacketTimes(NamedTuple):
    """The times of the packets that hold a picture, and their number.

    Parameters
    ----------
    share : how much of the file was read, 0 to 1.
    """

    times_s: list[float]
    count: int
    share: float


def read_packet_times_s(container: InputContainer, stream: VideoStream, most: int) -> PacketTimes:
    """Return the times of the first packets that hold a picture.

    Parameters
    ----------
    most : how many packets are read.
    """
    times_s, count, share = [], 0, 1.0
    try:
        for packet in container.demux(stream):
            report_step()
            if packet.size > 0:
                count += 1
                stamp = packet.pts if packet.pts is not None else packet.dts
                if stamp is not None and packet.time_base is not None:
                    times_s.append(float(stamp * packet.time_base))
            if count >= most:
                share = min(1.0, max(_LEAST_SHARE, (packet.pos or 0) / max(container.size, 1)))
                break
    except av.error.FFmpegError:
        pass  # Damage is reported when the pictures are decoded.
    return PacketTimes(times_s, count, share)


def is_stated_rate_right(times_s: Sequence[float], fps: float) -> bool:
    """Return whether pictures come at about the stated rate.

    True if there are too few to know. An AVI may state the clock of the camera, 600 a second, where 15 pictures are
    taken.

    Examples
    --------
    >>> is_stated_rate_right([k / 15 for k in range(20)], 600.0), is_stated_rate_right([0.0, 0.04, 0.08], 24.0)
    (False, True)
    """
    steps_s = sorted(later - one for one, later in pairwise(sorted(times_s)) if later > one)
    if len(steps_s) < 2:
        return True
    usual_s = steps_s[len(steps_s) // 2]
    return 1 / _WRONG_RATE <= usual_s * fps <= _WRONG_RATE


def find_slowness(tags: Mapping[str, str], fps: float, name: str) -> tuple[float, list[str]]:
    """Return how much slower than in life a recording plays, 1 for most, and warnings.

    Android cameras write the rate of capture next to pictures that are played slowly, or fast as a time lapse.

    Parameters
    ----------
    tags : of the file and its stream.
    fps : the rate at which it plays.
    name : of the file, for warnings.
    """
    text = next((value for key, value in tags.items() if _CAPTURE_TAG.search(key)), "")
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,12})?", text):
        return 1.0, []
    captured_fps = float(text)
    factor = captured_fps / fps
    if not _LEAST_CAPTURE_FPS <= captured_fps <= _MOST_CAPTURE_FPS or 1 / _SLOW_FACTOR < factor < _SLOW_FACTOR:
        return 1.0, []
    said = f"{name}: it states {captured_fps:g} recorded pictures per second, but plays {fps:.3g}"
    if max(factor, 1 / factor) < _DARK_FACTOR and captured_fps <= _USUAL_FPS:
        return 1.0, [f"{said}; its times were not changed; that is wrong if it is slow motion"]
    return factor, [f"{said}; times are those of the real movement, not of the player"]
