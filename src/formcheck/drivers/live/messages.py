"""Read a page's messages: three kinds of text, and pictures; reject other input."""

from __future__ import annotations

import io
import json
import math
import struct
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.JpegImagePlugin import JpegImageFile
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from formcheck.core.errors import SourceError
from formcheck.core.skeleton import Side

from . import words
from .set_progress import SetProgress

MAX_MESSAGE_BYTES = 2_000_000
LEAST_SIDE_PX, MOST_PICTURE_SIDE_PX = 64, 4096
_HEADER = struct.Struct("<dI")
MOST_SCANS = 16
"""A progressive JPEG has about ten scans; one with thousands takes minutes to decode, however small it is."""
_SCAN_BEGINS = b"\xff\xda"
_JPEG_ENDS = (b"\xff\xd8", b"\xff\xd9")

RecordChoice = Literal["none", "landmarks", "video"]
CommandName = Literal["go", "skip", "calibrate", "pause", "resume", "pain", "finish", "restart"]


class Stage(StrEnum):
    """Where a live session is; a session begins with SETUP or with PRACTISE."""

    SETUP = "setup"
    CALIBRATION = "calibration"
    COUNTDOWN = "countdown"
    PRACTISE = "practise"
    PAUSED = "paused"
    OVER = "over"


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class LiveDose(_Message):
    """How much of a movement a routine asks for; None = as its file says."""

    hold_s: Annotated[float, Field(ge=1, le=600, allow_inf_nan=False)] | None = None
    repetitions: Annotated[int, Field(ge=1, le=100)] | None = None


class Hello(_Message):
    """The first message of every connection.

    Parameters
    ----------
    session : the session to continue, None for a new one.
    from_stage : the first stage of a new session.
    carried : the page's record of a set, in case its session was lost with a restarted server.
    dose : how much of it, within a routine.
    calm : the calm way: only what stops the clock is corrected.
    moment : before or after the input, if the movement is that of a test.
    """

    type: Literal["hello"]
    version: Literal[1]
    token: Annotated[str, Field(max_length=200)]
    session: Annotated[str, Field(max_length=64)] | None = None
    movement: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    side: Side | None = None
    camera: Literal["camera", "sample"] = "camera"
    from_stage: Annotated[Literal["setup", "practise"], Field(alias="from")] = "setup"
    record: RecordChoice = "none"
    carried: SetProgress | None = None
    dose: LiveDose | None = None
    calm: bool = False
    moment: Literal["before", "after"] = "before"


class Command(_Message):
    """A command of the person."""

    type: Literal["command"]
    name: CommandName


class Ping(_Message):
    """A sign of life from a page that sends no pictures now."""

    type: Literal["ping"]


_TEXTS: TypeAdapter[Hello | Command | Ping] = TypeAdapter(
    Annotated[Hello | Command | Ping, Field(discriminator="type")]
)


class PictureMessage(NamedTuple):
    """One picture of a page's camera.

    Parameters
    ----------
    time_s : when it was taken, by the page's own clock.
    number : the page's number for it.
    jpeg : the bytes as received.
    image : (H, W, 3) uint8 RGB, if it is decoded already.
    """

    time_s: float
    number: int
    jpeg: bytes
    image: NDArray[np.uint8] | None = None


def read_text(text: str) -> Hello | Command | Ping:
    """Return the contents of a text message.

    Raises
    ------
    SourceError
        With one plain line, if it is not one of our messages.
    """
    try:
        return _TEXTS.validate_python(json.loads(text))
    except (ValueError, ValidationError, RecursionError):
        came = repr(text[:40]) + ("…" if len(text) > 40 else "")
        raise SourceError(words.BAD_MESSAGE.format(wanted="a message of this page", came=came)) from None


def read_picture(data: bytes) -> PictureMessage:
    """Return the picture in a binary message, not decoded yet.

    Raises
    ------
    SourceError
        If it has no header.
    """
    if len(data) < _HEADER.size:
        raise SourceError(words.BAD_MESSAGE.format(wanted="a picture", came=f"{len(data)} bytes"))
    time_s, number = _HEADER.unpack_from(data)
    if not math.isfinite(time_s):
        raise SourceError(words.BAD_MESSAGE.format(wanted="the time of a picture", came=str(time_s)))
    return PictureMessage(time_s, number, data[_HEADER.size :])


def decode_picture(jpeg: bytes) -> NDArray[np.uint8]:
    """Return the picture, (H, W, 3) uint8 RGB.

    Raises
    ------
    SourceError
        If it is not a complete JPEG of a usable size; size and scans are read before it is decoded.
    """
    size_px = read_jpeg_size_px(jpeg)
    if size_px is None:
        raise _bad_picture("something else")
    if not (jpeg.startswith(_JPEG_ENDS[0]) and jpeg.rstrip(b"\0").endswith(_JPEG_ENDS[1])):
        raise _bad_picture("an incomplete one")
    if min(size_px) < LEAST_SIDE_PX or max(size_px) > MOST_PICTURE_SIDE_PX:
        raise _bad_picture(f"{size_px[0]}×{size_px[1]}")
    if (scans := jpeg.count(_SCAN_BEGINS)) > MOST_SCANS:
        raise _bad_picture(f"one of {scans} scans")
    image: Any = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
    if image is None:
        raise _bad_picture("one that cannot be read")
    return np.asarray(image, np.uint8)


def read_jpeg_size_px(jpeg: bytes) -> tuple[int, int] | None:
    """Return the width and height that a JPEG states, None if it is no JPEG.

    Only its head is read. Pillow's own way to open a picture raises, or warns, for sizes that it takes for an attack.
    """
    try:
        with JpegImageFile(io.BytesIO(jpeg)) as head:
            return head.size
    except (OSError, ValueError, SyntaxError):
        return None


def _bad_picture(came: str) -> SourceError:
    return SourceError(words.BAD_PICTURE.format(least=LEAST_SIDE_PX, most=MOST_PICTURE_SIDE_PX, came=came))
