"""What a column of a landmark table holds, by the words in its name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from formcheck.core.skeleton import N_LANDMARKS

from .landmark_names import landmark_index

KINDS = ("x", "y", "visibility", "wx", "wy", "wz")
"""What is known of a landmark, in this order: place in the picture, visibility, place in space."""
_SAME = {"v": "visibility", "vis": "visibility", "conf": "visibility", "confidence": "visibility",
         "score": "visibility", "likelihood": "visibility"}  # fmt: skip
_DEPTH = "z"
_FILLERS = {"landmark", "landmarks", "lm", "pose", "kp", "keypoint", "point", "world"}
_SECONDS = {"time", "times", "timeseconds", "timesec", "timestamps", "timestampsec", "timestampseconds", "t", "seconds"}
_MILLISECONDS = {"timems", "timestampms", "ms", "milliseconds", "timemilliseconds"}
_FRAME = {"frame", "framenumber", "frameindex", "frameidx", "frameid", "frameno", "framenum"}
_LANDMARK = {"landmark", "landmarkid", "landmarkindex", "landmarkidx", "landmarkname", "name", "joint", "keypoint",
             "keypointid", "bodypart", "marker", "point"}  # fmt: skip
_WIDTH, _HEIGHT = ({side, f"image{side}", f"frame{side}", f"video{side}"} for side in ("width", "height"))
Clock = Literal["s", "ms", "frame", "unknown"]


class Cell(NamedTuple):
    """A column: where it stands, whose landmark's it is, which of `KINDS` it holds."""

    column: int
    landmark: int
    kind: int


@dataclass(frozen=True, slots=True)
class Columns:
    """Where everything stands in a table of landmarks; None = there is no such column.

    Parameters
    ----------
    cells : the columns of a table with one row a frame.
    of_row : kind -> (its place in `KINDS`, column) of a table with one row a landmark.
    landmark : column that names a row's landmark.
    when, clock : column of time or frame, and its unit.
    width, height : columns of the picture's size.
    """

    cells: tuple[Cell, ...]
    of_row: dict[str, tuple[int, int]]
    landmark: int | None
    when: int | None
    clock: Clock
    width: int | None
    height: int | None


def column_names(names: Sequence[str]) -> Columns:
    """Return what the columns of a table hold; those that mean nothing here are left out."""
    plain = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in names]
    found = [(k, *_meaning(name)) for k, name in enumerate(names)]
    # MediaPipe counts from 0; tables that begin with x1 count from 1
    numbered = {int(whose) for _, whose, kind in found if kind and whose.isdigit()}
    shift = 1 if numbered and min(numbered) == 1 and max(numbered) == N_LANDMARKS else 0
    cells = []
    for k, whose, kind in found:
        landmark = landmark_place(whose, shift) if whose and kind else None
        if landmark is not None:
            cells.append(Cell(k, landmark, KINDS.index(kind)))
    of_row = {kind: (KINDS.index(kind), k) for k, whose, kind in found if kind and not whose}
    when, clock = _when(plain)
    landmark = None if cells else _one_of(plain, _LANDMARK)
    return Columns(tuple(cells), of_row, landmark, when, clock, _one_of(plain, _WIDTH), _one_of(plain, _HEIGHT))


def landmark_place(whose: str, shift: int = 0) -> int | None:
    """Return where a landmark stands, by its name or number; None for others."""
    whose = whose.strip()
    if not whose.isdigit():
        return landmark_index(whose)
    number = int(whose) - shift
    return number if 0 <= number < N_LANDMARKS else None


def _meaning(name: str) -> tuple[str, str]:
    """Whose landmark's column this is, and which kind; "" for what is not said."""
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]
    world = "world" in words
    rest = [word for word in words if word not in _FILLERS]
    for place in (-1, 0):
        kind = _kind(rest[place], world=world) if rest else ""
        if kind:
            del rest[place]
            return "".join(rest), "" if kind == _DEPTH else kind
    return "", ""


def _kind(word: str, *, world: bool) -> str:
    word = _SAME.get(word, word)
    if world and word in ("x", "y", "z"):
        return f"w{word}"
    return word if word in KINDS or word == _DEPTH else ""


def _when(plain: Sequence[str]) -> tuple[int | None, Clock]:
    words: tuple[tuple[set[str], Clock], ...] = (
        (_SECONDS, "s"), (_MILLISECONDS, "ms"), ({"timestamp"}, "unknown"), (_FRAME, "frame"),
    )  # fmt: skip
    for names, clock in words:
        column = _one_of(plain, names)
        if column is not None:
            return column, clock
    return None, "frame"


def _one_of(plain: Sequence[str], names: set[str]) -> int | None:
    return next((k for k, name in enumerate(plain) if name in names), None)
