"""Make time stamps rise, choose frames by time, and test what a container states.

The first word of a container is not believed for the whole recording.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from .files.heartbeat import report_step

MIN_STEP_S = 0.0005
"""Frames closer than this are the same moment: no camera takes 2000 pictures a second."""
JUMP_BACK_S = 1.0
"""A larger step back is a clock reset, not two frames out of order."""
JUMP_AHEAD_S = 3600.0
"""A larger step ahead is a wrong stamp or another recording, not a pause."""
MAX_DROPPED = 8
"""This many frames in a row without progress mean that the clock does not run."""
MAX_TIME_S = 1e7
"""Four months: a larger stamp is damage, not a time."""


class RisingClock:
    """Make raw time stamps rise strictly, whatever the file says.

    A frame without a usable time comes one average frame after the one before. A frame that is not later than the one
    before is dropped, because its place in time is taken. If the clock jumps back by more than a second, ahead by more
    than an hour, or does not run (joined recordings, faulty muxers), the frame is kept and follows the last one, and
    all later stamps are shifted by the same amount.

    Parameters
    ----------
    period_s : average time between two frames.

    Attributes
    ----------
    jumped_s : time of the frame before the first jump ahead; None without one.
    """

    def __init__(self, period_s: float) -> None:
        self._period_s = max(period_s, 2 * MIN_STEP_S)
        self._last_s: float | None = None
        self._shift_s = 0.0
        self._dropped = 0
        self.jumped_s: float | None = None

    def read(self, raw_s: float | None) -> float | None:
        """Return the time of the next frame in seconds; None = leave it out."""
        known = raw_s is not None and math.isfinite(raw_s) and abs(raw_s) < MAX_TIME_S
        if self._last_s is None:
            time_s = max(raw_s or 0.0, 0.0) if known else 0.0
        elif not known or raw_s is None:
            time_s = self._last_s + self._period_s
        else:
            time_s = raw_s + self._shift_s
            if time_s < self._last_s + MIN_STEP_S:
                self._dropped += 1
                if time_s > self._last_s - JUMP_BACK_S and self._dropped < MAX_DROPPED:
                    return None
                # The frames left out also took their time.
                follows_s = self._last_s + self._dropped * self._period_s
                self._shift_s += follows_s - time_s
                time_s = follows_s
            elif time_s > self._last_s + JUMP_AHEAD_S:
                self.jumped_s = self._last_s if self.jumped_s is None else self.jumped_s
                follows_s = self._last_s + self._period_s
                self._shift_s += follows_s - time_s
                time_s = follows_s
        self._dropped = 0
        self._last_s = time_s
        return time_s


class Picker:
    """Choose frames at a steady rate, by time and never by counting.

    The frame at or after each tick k / fps is chosen, with a tolerance of half a source frame, so that jitter does not
    skip a frame and 30 fps out of 29.97 keeps every one. A gap is not filled.

    Parameters
    ----------
    fps : frames wanted per second; None keeps all.
    period_s : average time between two frames of the source.
    """

    def __init__(self, fps: float | None, period_s: float) -> None:
        fps = None if fps is None else min(fps, 1 / MIN_STEP_S)
        self._fps = fps
        self._early_s = 0.0 if fps is None else 0.5 * min(period_s, 1 / fps)
        self._tick = 0

    def wants(self, time_s: float) -> bool:
        """Return whether the frame at this time is chosen; times must rise."""
        if self._fps is None:
            return True
        ticks = (time_s + self._early_s) * self._fps
        if ticks < self._tick:
            return False
        self._tick = math.floor(ticks) + 1
        return True


# What a container states ----------------------------------------------------------------------------------------------


MOST_SCANNED_PACKETS = 100_000
"""Nearly an hour; of a longer file the rest is estimated from its bytes."""
SAMPLED_PACKETS = 60
"""The first pictures, which show whether the stated rate is theirs."""
_LEAST_SHARE = 0.01
"""A file of which less was read after this many packets is damaged; its length is not estimated further."""
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
    """What the packets of a file say.

    Parameters
    ----------
    times_s : of those with a picture and a time.
    pictures : number of those with a picture.
    share : how much of the file was read, 0 to 1.
    """

    times_s: list[float]
    pictures: int
    share: float

    @property
    def span_s(self) -> float:
        """Return the time between the first and the last."""
        return max(self.times_s) - min(self.times_s) if self.times_s else 0.0


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
