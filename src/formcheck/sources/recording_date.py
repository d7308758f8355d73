"""Read when a recording was made, from the tags of its file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

_TAGS = ("com.apple.quicktime.creationdate", "creation_time")
"""The first knows the place's own time and survives copying on a phone; the second is that of every MP4 and MOV."""
_EARLIEST_YEAR = 1990
"""Cameras without a clock write the first day of their calendar, such as 1904 or 1970."""
_AHEAD = timedelta(days=1)
"""A clock may be set to another part of the world; a later day is a wrong clock."""


def read_recording_date(tags: Mapping[str, str]) -> datetime | None:
    """Return when a recording was made, in UTC; None if unknown.

    Parameters
    ----------
    tags : of the file, as FFmpeg reads them. A time without a zone is taken as UTC, as MP4 defines it.

    Examples
    --------
    >>> read_recording_date({"creation_time": "2024-05-03T08:15:00.000000Z"}).isoformat()
    '2024-05-03T08:15:00+00:00'
    >>> read_recording_date({"creation_time": "1904-01-01T00:00:00.000000Z"}) is None
    True
    """
    for name in _TAGS:
        try:
            made = datetime.fromisoformat(tags.get(name, ""))
            made = made.replace(tzinfo=UTC) if made.tzinfo is None else made.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        if made.year >= _EARLIEST_YEAR and made <= datetime.now(UTC) + _AHEAD:
            return made
    return None
