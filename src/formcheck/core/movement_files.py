"""Movement files checked one by one and against each other: ids stand once, swaps exist."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from .errors import MovementFileError
from .movement import catalogue, movement_bytes, parse_movement
from .movement_reading import toml_tables
from .movement_schema import Movement

_LIKE_AN_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")


class Checked(NamedTuple):
    """One movement file, checked: the movement it describes, or what is wrong with it."""

    name: str
    movement: Movement | None
    problems: list[str]


def check_files(files: Iterable[str | Path]) -> list[Checked]:
    """Return each file with every problem it has, by itself and beside the others and the catalogue.

    Parameters
    ----------
    files : paths of movement files, or ids of the catalogue; the same file twice is checked once.
    """
    checked: list[Checked] = []
    seen: dict[str, str] = {}
    read = [(file, *_read(file)) for file in dict.fromkeys(map(str, files))]
    ids = {*catalogue(), *(str(tables["id"]) for _, _, tables, _ in read if "id" in tables)}
    for file, content, tables, unreadable in read:
        name = _name(file)
        movement, problems = (None, unreadable) if unreadable else _parsed(content, name)
        if not _is_of_the_catalogue(tables, content):
            problems = [*problems, *_not_alone(tables, seen), *_swap(tables, ids)]
        checked.append(Checked(name, None if problems else movement, problems))
        if isinstance(tables.get("id"), str):
            seen.setdefault(tables["id"], name)
    return checked


def _read(file: str) -> tuple[bytes, dict[str, Any], list[str]]:
    """The content of a file and its tables, or why there are none."""
    try:
        content = movement_bytes(file)
        return content, toml_tables(content, _name(file)), []
    except MovementFileError as error:
        return b"", {}, error.problems


def _parsed(content: bytes, name: str) -> tuple[Movement | None, list[str]]:
    """The movement that a file describes, or what is wrong with it."""
    try:
        return parse_movement(content, name), []
    except MovementFileError as error:
        return None, error.problems


def _name(file: str) -> str:
    return Path(file).name or file


def _is_of_the_catalogue(tables: dict[str, Any], content: bytes) -> bool:
    """Whether this is a file that comes with formcheck, unchanged."""
    return tables.get("id") in catalogue() and content == movement_bytes(tables["id"])


def _not_alone(tables: dict[str, Any], seen: dict[str, str]) -> list[str]:
    """An id that another file given together with this one has, or one of the catalogue's."""
    name = tables.get("id")
    if not isinstance(name, str):
        return []
    if name in seen:
        return [f"id: expected an id of its own, got {name!r}, the id of {seen[name]} too"]
    if name in catalogue():
        return [f"id: expected an id of its own, got {name!r}, which a movement of the catalogue has"]
    return []


def _swap(tables: dict[str, Any], ids: set[str]) -> list[str]:
    """A swap is an id or plain words; what looks like an id must be one."""
    swap = tables.get("swap")
    if not isinstance(swap, str) or not swap:
        return []
    if swap == tables.get("id"):
        return [f"swap: expected another movement, got {swap!r}, the id of this one"]
    if swap not in ids and _LIKE_AN_ID.fullmatch(swap):
        return [f"swap: expected plain words or an id of {', '.join(sorted(ids))}, got {swap!r}"]
    return []
