"""Lines, numbers and hashes of text files; damage is reported in one line."""

from __future__ import annotations

import codecs
import hashlib
import math
import os
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import SourceError

from ..files.heartbeat import report_step
from ..files.regular_files import open_bytes, open_text

MOST_BYTES = 2_000_000_000
"""Of one recording: a table of an hour takes 0.4 GB."""
_MOST_LINE_BYTES = 1_000_000
"""A longer line is refused: a file without line ends must not fill the memory."""


MISSING_WORDS = frozenset(
    {"", "na", "n/a", "#n/a", "nan", "none", "null", "nil", "nat", "-", "--", "?", ".", "missing", "inf", "-inf",
     "#div/0!", "#value!", "#num!", "#null!", "<na>", "undefined"}
)  # fmt: skip
"""What programs write into a cell without a value."""
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def show_name(path: Path) -> str:
    """Return the name of a file for a message of one line."""
    name = path.name or path.resolve().name
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)


def shorten(text: str, most: int = 40) -> str:
    """Return a piece of a file for a message of one line."""
    shown = "".join(c if c.isprintable() else " " for c in text[: most + 1])
    return shown if len(shown) <= most else f"{shown[:most]}…"


def read_text_lines(path: Path, todo: str) -> Iterator[str]:
    """Yield the lines of a text file without their ends: UTF-8, or UTF-16 with mark.

    Parameters
    ----------
    todo : what the user can do if it is no text.
    """
    try:
        with open_bytes(path) as file:
            encoding = _MARKS.get(file.read(2), "utf-8-sig")
        with open_text(path, encoding=encoding) as file:
            while line := file.readline(_MOST_LINE_BYTES):
                if len(line) == _MOST_LINE_BYTES or "\0" in line:
                    raise _no_text(path, todo)
                yield line.rstrip("\n")
    except UnicodeError:
        raise _no_text(path, todo) from None
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: OSError) -> SourceError:
    """Return the error for a file that the system cannot read."""
    return SourceError(f"{show_name(path)}: expected a file of poses, got: {error.strerror}; check the path")


def _no_text(path: Path, todo: str) -> SourceError:
    return SourceError(f"{show_name(path)}: expected text, got other data; save it as UTF-8, and {todo}")


def parse_numbers(fields: Sequence[str]) -> tuple[NDArray[np.float64], str | None]:
    """Return fields as numbers, NaN if missing, and the first text without a number."""
    try:
        return np.array([float(field) for field in fields]), None
    except ValueError:
        pass
    wrong: str | None = None
    values = np.full(len(fields), math.nan)
    for k, field in enumerate(fields):
        try:
            values[k] = float(field)
        except ValueError:
            if wrong is None and field.strip().lower() not in MISSING_WORDS:
                wrong = shorten(field.strip())
    return values, wrong


def hash_files(files: Iterable[Path]) -> str:
    """Return the SHA-256 of a file.

    Of several files, that of their hashes and names in order.
    """
    found, size = [], 0
    for path in files:
        try:
            with open_bytes(path) as file:
                size += os.fstat(file.fileno()).st_size
                if size > MOST_BYTES:
                    most = f"expected poses of at most {MOST_BYTES // 1_000_000_000} GB, got more"
                    raise SourceError(f"{show_name(path)}: {most}; give them in parts")
                found.append((path.name, hashlib.file_digest(file, "sha256").hexdigest()))
            report_step()
        except OSError as error:
            raise unreadable(path, error) from None
    if len(found) == 1:
        return found[0][1]
    return hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in found).encode()).hexdigest()


# What can be wrong with a row of poses --------------------------------------------------------------------------------


class DamageKind(StrEnum):
    """Why a row, or a part of it, was not used."""

    NUMBER = "number"
    FIELDS = "fields"
    TIME = "time"
    ORDER = "order"
    TWICE = "twice"
    STEP = "step"
    PERSON = "person"
    RECORDING = "recording"
    LANDMARK = "landmark"
    SKELETON = "skeleton"
    FILE = "file"
    SIZE = "size"


class Damage(NamedTuple):
    """One thing that is wrong with a row.

    Parameters
    ----------
    kind : what it is.
    came : what is there, in words for people.
    where : place in the file.
    """

    kind: DamageKind
    came: str
    where: str


DAMAGE_ADVICE: dict[DamageKind, tuple[str, str]] = {
    DamageKind.NUMBER: ("numbers", "correct these cells or leave them empty"),
    DamageKind.FIELDS: ("as many fields as columns in each row", "write the table again"),
    DamageKind.TIME: ("a time or frame in each row", "give time in seconds, or a column frame"),
    DamageKind.ORDER: (
        "time that increases from frame to frame",
        "sort the rows by time, and write one file for each recording and person",
    ),
    DamageKind.TWICE: (
        "each frame once, of one person",
        "keep the rows of one person, of the pose without hands and face, with times as fine as the frames",
    ),
    DamageKind.STEP: ("times of a recording", "give time in seconds or milliseconds"),
    DamageKind.PERSON: ("rows of one person", "keep the rows of one person"),
    DamageKind.RECORDING: ("rows of one recording", "write one file for each recording"),
    DamageKind.LANDMARK: ("MediaPipe's 33 landmarks", "keep the rows of the pose"),
    DamageKind.SKELETON: (
        "25 or 18 points of OpenPose, 26 of HALPE, 17 or 133 of COCO for each person",
        "write the poses with one of these models",
    ),
    DamageKind.FILE: ('a file with "people" and their "pose_keypoints_2d"', "write it again"),
    DamageKind.SIZE: ("one picture size", "write one file for each picture size"),
}
"""Kind -> what was expected, and what to do."""
