"""The header of a saved pose track: the one model that it must fit."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

MOST_HEADER_BYTES = 1_000_000
MOST_SIDE_PX = 100_000
MOST_FRAMES = 2_000_000
"""Nine hours at sixty a second."""
LONGEST_GAP_S = 3600.0
"""After a longer gap it is another recording. It also bounds the work by the content, not by a number."""
MOST_TIME_S = 1e10
"""A time of day in seconds is below; a larger one is damage."""


def _require_utf8(text: str) -> str:
    text.encode()
    return text


def _require_date(text: str) -> str:
    datetime.fromisoformat(text)
    return text


_Text = Annotated[str, Field(max_length=1000), AfterValidator(_require_utf8)]
_Side = Annotated[int, Field(ge=0, le=MOST_SIDE_PX)]


class _HeaderPart(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


class SourceHeader(_HeaderPart):
    """The recording that the poses were seen in; 0 for what is not known."""

    name: _Text
    sha256: _Text
    width: _Side
    height: _Side
    fps: Annotated[float, Field(ge=0, le=1e5)]
    duration_s: Annotated[float, Field(ge=0, le=MOST_TIME_S)]
    frames: Annotated[int, Field(ge=0, le=2**53)]


class ModelHeader(_HeaderPart):
    """The pose model that saw them."""

    name: _Text
    sha256: _Text
    engine: _Text = ""
    runtime: _Text = ""


class PatientHeader(_HeaderPart):
    """Where someone pointed at the person who was followed."""

    x: Annotated[float, Field(ge=0, le=1)]
    y: Annotated[float, Field(ge=0, le=1)]
    at_s: Annotated[float, Field(ge=0, le=MOST_TIME_S)]


class TrackHeader(_HeaderPart):
    """All of a header that is used; other keys are kept as they are."""

    model_config = ConfigDict(extra="allow")

    track_version: Annotated[int, Field(ge=1)]
    skeleton: Literal["blazepose33"]
    created_utc: Annotated[str, Field(max_length=40), AfterValidator(_require_date)]
    still: bool
    source: SourceHeader
    model: ModelHeader
    patient: PatientHeader | None = None


class HeaderError(ValueError):
    """Raised for a header that does not fit; its text says what came.

    Parameters
    ----------
    came : what is there instead.
    is_newer : it is of a later version of formcheck.
    """

    def __init__(self, came: str, *, is_newer: bool = False) -> None:
        super().__init__(came)
        self.is_newer = is_newer


def parse_header(text: bytes, newest: int) -> dict[str, Any]:
    """Return the header that the bytes hold.

    Parameters
    ----------
    text : JSON in UTF-8.
    newest : the newest version of the format that can be read.

    Raises
    ------
    HeaderError
        If it is not what formcheck writes.
    """
    if len(text) > MOST_HEADER_BYTES:
        raise HeaderError(f"a header of {len(text) // 1000} kB")
    try:
        header = json.loads(text, parse_constant=_refuse_constant)
        version = header["track_version"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise HeaderError("a header that cannot be read") from None
    if type(version) is not int or not isinstance(header, dict):
        raise HeaderError("a header that cannot be read")
    if version > newest:
        shown = str(version) if version < 10**6 else "of a million and more"
        raise HeaderError(f"version {shown}, this formcheck reads {newest} or older", is_newer=True)
    missing = [key for key, field in TrackHeader.model_fields.items() if field.is_required() and key not in header]
    if missing:
        raise HeaderError(f"one without {', '.join(missing)}")
    try:
        TrackHeader.model_validate(header)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise HeaderError(f"a header with another value for {where[:80]}") from None
    return dict(header)


def _refuse_constant(name: str) -> float:
    raise ValueError(name)
