"""Times of other programs' tables: numbers in some unit, clocks as text, or frame numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import numpy as np

Clock = Literal["s", "ms", "us", "ns", "min", "frame", "unknown"]
TICKS_S: dict[Clock, float] = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0}
"""How long one unit of a clock is, seconds."""
CLOCK_NAMES: dict[Clock, str] = {"ms": "milliseconds", "us": "microseconds", "ns": "nanoseconds"}
_UNIT_WORDS: dict[Clock, str] = {
    "ms": "ms|msec|msecs|millis|millisecond|milliseconds",
    "us": "us|usec|usecs|micros|microsecond|microseconds",
    "ns": "ns|nsec|nsecs|nanos|nanosecond|nanoseconds",
    "min": "min|minute|minutes",
    "s": "s|sec|secs|second|seconds",
}
_TIME_WORD = "t|ts|time|times|timestamp|timestamps|timecode|elapsed|clock|datetime"
_FRAME_NAME = re.compile(r"(frame|frames|img|image|picture)(number|nummer|num|index|idx|id|no|nr|count|n|i)?")
_CLOCK_FILLERS = re.compile(
    r"(video|pose|capture|recording|relative|media|pts|presentation|system|unix|epoch|since|start)"
)
_TEXT_CLOCK = re.compile(
    r"(?:(\d{1,5}) days?,? \+?)?(?:(\d{1,5}):)?(\d{1,4}):(\d{1,2})(?:[.,](\d{1,9})\d*)?", re.ASCII | re.IGNORECASE
)
_LAST_NUMBER = re.compile(r"(\d{1,15})(?!.*\d)", re.ASCII)
_CHANGE_S = {"s": (2e-3, 2.0), "ms": (2.0, 2e3), "us": (2e3, 2e6), "ns": (2e6, 2e9)}


def find_clock_of_name(name: str) -> Clock | None:
    """Return the clock that the name of a column says, None for another column.

    Examples
    --------
    >>> [find_clock_of_name(name) for name in ("Time (ms)", "timestamp_µs", "t", "Frame#", "nose_x")]
    ['ms', 'us', 'unknown', 'frame', None]
    """
    name = re.sub("[µμ]", "u", name.lower())
    name = re.sub(r"(?<=[\W_])s(?=\W*$)", "sec", name)  # "time_s", not "times"
    plain = re.sub(r"[^a-z0-9]", "", name)
    if _FRAME_NAME.fullmatch(plain):
        return "frame"
    bare = _CLOCK_FILLERS.sub("", plain)
    bare = re.sub(r"^frame(?=t)", "", bare)
    if re.fullmatch(_TIME_WORD, bare):
        return "unknown"
    for unit, words in _UNIT_WORDS.items():
        if re.fullmatch(rf"(?:{_TIME_WORD})?(?:in)?(?:{words})", bare) and bare != "min":
            return unit
    return None


def parse_stamp(text: str, clock: Clock) -> float:
    """Return a time or frame number, NaN if the text holds none.

    A clock ("0:00:01.5", "2025-11-27 15:30:45.067") gives seconds, whatever the column says.
    """
    try:
        return float(text)
    except ValueError:
        pass
    if clock == "frame":  # for example frame_0012.jpg
        found = _LAST_NUMBER.search(text)
        return float(found[1]) if found else math.nan
    return parse_clock_text(text)


def parse_clock_text(text: str) -> float:
    """Return the seconds of a clock or date written as text, NaN for other text.

    Examples
    --------
    >>> parse_clock_text("0:01:02.5"), parse_clock_text("01:02,25"), parse_clock_text("1970-01-01T00:00:03Z")
    (62.5, 62.25, 3.0)
    """
    text = text.strip()
    found = _TEXT_CLOCK.fullmatch(text)
    if found:
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[:4])
        return days * 86400 + hours * 3600 + minutes * 60 + seconds + float(f"0.{found[5] or 0}")
    if len(text) < len("2025-11-27T15") or len(text) > 40:
        return math.nan
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return math.nan
    since = (when if when.tzinfo else when.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    return since.total_seconds()


def is_clock_text(text: str) -> bool:
    """Return whether a time is written as text instead of a number."""
    try:
        float(text)
    except ValueError:
        return math.isfinite(parse_clock_text(text))
    return False


def choose_clock(stamps: Sequence[float]) -> Clock:
    """Return the unit in which numbers without a unit are times of a recording.

    Numbers that rise by one are frames: nobody films a movement with one picture a second. The units are three powers
    of ten apart, so for steps of 2 ms to 2 s one unit fits.

    Examples
    --------
    >>> choose_clock([0, 33.3, 66.7]), choose_clock([0.0, 0.04]), choose_clock([0, 1, 2]), choose_clock([0, 66666])
    ('ms', 's', 'frame', 'us')
    """
    steps = np.diff(np.array(stamps, np.float64))
    steps = steps[np.isfinite(steps) & (steps > 0)]
    if not len(steps):
        return "s"
    step = float(np.median(steps))
    if step == 1 and all(float(stamp).is_integer() for stamp in stamps if math.isfinite(stamp)):
        return "frame"
    fits: list[Clock] = [unit for unit, (least, most) in _CHANGE_S.items() if least <= step < most]  # type: ignore[misc]
    return fits[0] if fits else "s"
