"""What the columns of a table of landmarks are, by the words of their names.

Columns are identified in any order, case and with any separators: ``x_0``, ``x0``, ``NOSE_x``, ``landmark_0_x``,
``nose_x_px``, ``world_x_0``, ``wx_m``. Two columns for one number, or for two people, prove nothing and are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from formcheck.core.skeleton import INDEX, LANDMARKS, N_LANDMARKS

from .clocks import Clock, find_clock_of_name
from .landmark_names import NEEDED_LANDMARKS, find_landmark_index
from .survey import CoordinateUnit

KINDS = ("x", "y", "visibility", "wx", "wy", "wz")
"""The values of a landmark: place in the picture, visibility, place in space."""
_PLACE, _SPACE = ("x", "y"), ("wx", "wy", "wz")
_SAME = {
    "v": "visibility", "vis": "visibility", "conf": "visibility", "confidence": "visibility", "score": "visibility",
    "likelihood": "visibility", "c": "visibility", "prob": "visibility", "probability": "visibility",
}  # fmt: skip
_IGNORED = {"z", "presence", "pres"}
_FILLERS = {
    "landmark", "landmarks", "lm", "lmk", "pose", "kp", "kpt", "keypoint", "keypoints", "point", "pt", "joint", "body",
    "coord", "coordinate", "pos", "position", "image", "img",
}  # fmt: skip
_PEOPLE = {"person", "persons", "people", "subject", "player", "actor", "human"}
_COLUMN_UNITS: dict[str, CoordinateUnit] = {
    **dict.fromkeys(("px", "pix", "pixel", "pixels"), "px"),
    **dict.fromkeys(("norm", "normalized", "normalised", "rel", "relative"), "share"),
}
_METRES = {"m", "meter", "meters", "metre", "metres"}
_OTHER_UNITS = {"mm", "cm", "millimeter", "millimeters", "millimetres", "percent", "pct", "inch", "in"}
_NUMBERED = "(?:s|id|ids|index|idx|num|number|no|nr|name|label)?"
_LANDMARK = re.compile(rf"(?:pose)?(?:landmark|lm|lmk|joint|keypoint|kp|kpt|bodypart|marker|point){_NUMBERED}|name")
_PERSON_COLUMN = re.compile(
    rf"(?:person|subject|player|actor|human){_NUMBERED}|pid|"
    "(?:track|tracking|instance|pose|body|skeleton|detection)(?:id|index|idx|num|number|no|nr)"
)
_PART = re.compile(r"(?:landmark)?(?:type|part|kind|group|source|category|model|set|region)|hand(?:edness)?|face")
_RECORDING = re.compile(
    r"(?:video|file|clip|recording|camera|cam|view|trial|session|take)(?:name|id|file|path|number)?"
)
_WIDTH, _HEIGHT = (re.compile(rf"(?:image|img|frame|video|picture)?{side}(?:px)?") for side in ("width", "height"))


class ColumnError(ValueError):
    """Raised for columns that do not prove a landmark's place; its text says what came."""


class Cell(NamedTuple):
    """One column: its index, its landmark, and its kind in `KINDS`."""

    column: int
    landmark: int
    kind: int


class ColumnMeaning(NamedTuple):
    """What the name of a column says.

    Parameters
    ----------
    whose : name or number of the landmark, "" if the name has none.
    kind : in `KINDS`, "" for other columns.
    unit : of the coordinates.
    group : what distinguishes a second person.
    """

    whose: str = ""
    kind: str = ""
    unit: CoordinateUnit = "unknown"
    group: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """The column indices of a table of landmarks; None = no such column.

    Parameters
    ----------
    cells : the columns of a table with one row a frame.
    of_row : kind -> (its place in `KINDS`, column) of a table with one row a landmark.
    landmark : column that names a row's landmark.
    part : column that names the part of the body: pose, face or hand.
    same : columns that are the same in rows of one person and recording, with what they name.
    clocks : columns of time or frame with their units, the most exact first.
    width, height : columns of the picture's size.
    unit : unit of the picture's coordinates, if the names say so.
    """

    cells: tuple[Cell, ...]
    of_row: dict[str, tuple[int, int]]
    landmark: int | None
    part: int | None
    same: tuple[tuple[int, Literal["person", "recording"]], ...]
    clocks: tuple[tuple[int, Clock], ...]
    width: int | None
    height: int | None
    unit: CoordinateUnit


def parse_column_names(names: Sequence[str]) -> Columns:
    """Return the content of the columns of a table; unknown ones are left out.

    Raises
    ------
    ColumnError
        If it is not proven which landmark a column belongs to.
    """
    plain = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in names]
    known = frozenset(names)
    found = _choose_unit([_parse_meaning(name, known) for name in names])
    units = {meaning.unit for meaning in found if meaning.kind in _PLACE}
    unit: CoordinateUnit = units.pop() if len(units) == 1 else "unknown"
    cells = _find_cells(names, found)
    of_row = {} if cells else {m.kind: (KINDS.index(m.kind), k) for k, m in enumerate(found) if m.kind and not m.whose}
    by_landmark = [k for k, name in enumerate(plain) if _LANDMARK.fullmatch(name)] if not cells else []
    # a name proves more than a number
    by_landmark.sort(key=lambda k: not plain[k].endswith(("name", "label")))
    same: list[tuple[int, Literal["person", "recording"]]] = []
    for k, name in enumerate(plain):
        if k not in by_landmark and _PERSON_COLUMN.fullmatch(name):
            same.append((k, "person"))
        elif _RECORDING.fullmatch(name):
            same.append((k, "recording"))
    return Columns(
        cells,
        of_row,
        by_landmark[0] if by_landmark else None,
        next((k for k, name in enumerate(plain) if _PART.fullmatch(name)), None),
        tuple(same),
        _find_clocks(names),
        next((k for k, name in enumerate(plain) if _WIDTH.fullmatch(name)), None),
        next((k for k, name in enumerate(plain) if _HEIGHT.fullmatch(name)), None),
        unit,
    )


def find_landmark(whose: str, shift: int = 0) -> int | None:
    """Return the index of a landmark, by its name or number; None for others."""
    whose = whose.strip().removesuffix(".0")
    if not re.fullmatch(r"[0-9]{1,4}", whose):
        return find_landmark_index(whose)
    number = int(whose) - shift
    return number if 0 <= number < N_LANDMARKS else None


def find_first_number(numbers: set[int]) -> int:
    """Return whether landmarks are numbered from 0 or from 1.

    MediaPipe counts from 0. All 33 from 1 to 33 prove the other. A part of the numbers is from 0 if it holds 0, or
    leaves out the face and begins with the left shoulder, 11.

    Raises
    ------
    ColumnError
        If neither is proven, or there are more than 33.
    """
    if not numbers:
        return 0
    least, most = min(numbers), max(numbers)
    if most > N_LANDMARKS or (most == N_LANDMARKS and least == 0):
        raise ColumnError(f"points numbered {least} to {most} instead of 33 landmarks")
    if numbers == set(range(1, N_LANDMARKS + 1)):
        return 1
    if most < N_LANDMARKS and (least == 0 or least == INDEX["left_shoulder"]):
        return 0
    raise ColumnError(f"landmarks numbered {least} to {most}, which may count from 0 or from 1")


def _find_clocks(names: Sequence[str]) -> tuple[tuple[int, Clock], ...]:
    clocks = [(k, clock) for k, name in enumerate(names) if (clock := find_clock_of_name(name)) is not None]
    rank = {"unknown": 1, "frame": 2}
    return tuple(sorted(clocks, key=lambda one: rank.get(one[1], 0)))


def _parse_meaning(name: str, names: frozenset[str]) -> ColumnMeaning:
    """Return what a column is.

    The mark that pandas gives to a second column of the same name is a group.
    """
    group = ""
    repeated = re.fullmatch(r"(.*)(\.[0-9]{1,3})", name, re.DOTALL)
    if repeated and repeated[1] in names:
        name, group = repeated.groups()
    if len(name) > 200:
        return ColumnMeaning()
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+", name)]
    is_space = "world" in words
    unit: CoordinateUnit = next((_COLUMN_UNITS[word] for word in words if word in _COLUMN_UNITS), "unknown")
    rest = [word for word in words if word not in _FILLERS and word not in _COLUMN_UNITS and word != "world"]
    if len(rest) > 1 and rest[-1] in _OTHER_UNITS:
        return ColumnMeaning()
    if len(rest) > 1 and rest[-1] in _METRES:
        is_space = True
        del rest[-1]
    for place in (-1, 0, *range(1, len(rest) - 1)):
        kind = _parse_kind(rest[place], is_space=is_space) if rest else ""
        if kind:
            del rest[place]
            return ColumnMeaning() if kind in _IGNORED else _split_owner(rest, kind, unit, group)
    return ColumnMeaning()


def _split_owner(rest: list[str], kind: str, unit: CoordinateUnit, group: str) -> ColumnMeaning:
    """Return the meaning of a column from the words that are left: person and landmark."""
    numbers = [word for word in rest if word.isdigit()]
    letters = [word for word in rest if not word.isdigit() and word not in _PEOPLE]
    if letters:
        return ColumnMeaning("".join(letters), kind, unit, group + "".join(numbers))
    if len(numbers) > 2:
        return ColumnMeaning()
    return ColumnMeaning(numbers[-1] if numbers else "", kind, unit, group + "".join(numbers[:-1]))


def _parse_kind(word: str, *, is_space: bool) -> str:
    word = _SAME.get(word, word)
    if is_space and word in ("x", "y", "z"):
        return f"w{word}"
    return word if word in KINDS or word in _IGNORED else ""


def _choose_unit(found: list[ColumnMeaning]) -> list[ColumnMeaning]:
    """Return the columns without places in a second unit.

    Pixels are taken first, then columns that name no unit.
    """
    units = {meaning.unit for meaning in found if meaning.kind in _PLACE}
    best = next((unit for unit in ("px", "unknown", "share") if unit in units), "unknown")
    return [ColumnMeaning() if m.kind in _PLACE and m.unit != best else m for m in found]


def _find_cells(names: Sequence[str], found: list[ColumnMeaning]) -> tuple[Cell, ...]:
    """Return the columns of a table with one row a frame."""
    numbers = {int(m.whose) for m in found if m.kind in _PLACE and re.fullmatch(r"[0-9]{1,9}", m.whose)}
    shift = find_first_number(numbers) if len(numbers) > 1 else 0
    groups: dict[str, dict[tuple[int, str], list[int]]] = {}
    for k, meaning in enumerate(found):
        landmark = find_landmark(meaning.whose, shift) if meaning.whose and meaning.kind else None
        if landmark is not None:
            groups.setdefault(meaning.group, {}).setdefault((landmark, meaning.kind), []).append(k)
    people = [group for group, columns in groups.items() if any(i in NEEDED_LANDMARKS for i, _ in columns)]
    if len(people) > 1:
        column = next(iter(groups[people[1]].values()))[0]
        raise ColumnError(f"columns of {len(people)} people, the second from {names[column]!r}")
    chosen = groups[people[0]] if people else next(iter(groups.values()), {})
    # a face point that is named twice is doubtful: it counts as missing
    doubtful = {landmark for (landmark, _), columns in chosen.items() if len(columns) > 1}
    for landmark in sorted(doubtful & NEEDED_LANDMARKS):
        raise ColumnError(f"two columns for {LANDMARKS[landmark]}")
    return tuple(
        Cell(columns[0], landmark, KINDS.index(kind))
        for (landmark, kind), columns in chosen.items()
        if landmark not in doubtful
    )
