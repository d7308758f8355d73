"""Load a movement file, list the catalogue.

A movement is a TOML file that a therapist can read; adding one needs no Python. Every number in it
carries a source. All problems of a bad file are reported at once.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from formcheck.core.errors import MovementFileError

from .band_limits import fill_in_bands
from .schema import (
    Movement,
)
from .validate import explain_unknown_key, find_contradictions, label_fault

MOST_LEVELS = 20
"""Nesting of tables and lists; a movement file needs five levels."""
MOST = 1e15
"""A larger number overflows later, so it is treated as infinite.

The schema then reports its place.
"""

_DEEP_KEY = re.compile(rf"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){{{MOST_LEVELS}}}""")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_file_bytes(path: Path, most_bytes: int) -> bytes:
    """Return the content of a plain file of at most `most_bytes`.

    MovementFileError otherwise. Folders, devices and pipes are not opened: reading them might never end.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise _bad_movement_file(
                path, f"expected a readable file, got: {_describe_mode(found.st_mode)}; check the path"
            )
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise _bad_movement_file(path, f"expected a readable file, got: {why}; check the path") from None
    if len(content) > most_bytes:
        size = max(found.st_size, len(content)) // 1000
        raise _bad_movement_file(
            path, f"expected at most {most_bytes // 1000} kB, got {size} kB; a movement file is text"
        )
    return content


def parse_toml(content: bytes, where: str) -> dict[str, Any]:
    """Return the tables of a TOML file; MovementFileError if it is not TOML."""
    text = _decode_text(content, where)
    if (deep := _DEEP_KEY.search(text)) is not None:
        line = text.count("\n", 0, deep.start()) + 1
        raise MovementFileError(where, [f"expected keys of at most {MOST_LEVELS} parts, got more (at line {line})"])
    try:
        document = tomllib.loads(text)
    except RecursionError:
        raise MovementFileError(where, ["expected TOML, got a syntax error: too many nested brackets"]) from None
    except tomllib.TOMLDecodeError as error:
        raise MovementFileError(where, [f"expected TOML, got a syntax error: {error}"]) from None
    except ValueError:
        digits = sys.get_int_max_str_digits()
        raise MovementFileError(where, [f"expected shorter numbers, got one of over {digits} digits"]) from None
    _limit_numbers(document, where, 0)
    return document


def _bad_movement_file(path: Path, problem: str) -> MovementFileError:
    return MovementFileError(path.name or str(path), [problem])


def _describe_mode(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "Is a directory"
    return "a pipe or socket" if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else "a device"


def _decode_text(content: bytes, where: str) -> str:
    came = "UTF-16 text; save it as UTF-8" if content.startswith(_UTF16) else "binary data"
    try:
        text = content.decode("utf-8-sig")  # some editors begin a file with a mark
    except UnicodeDecodeError:
        raise MovementFileError(where, [f"expected UTF-8 text in TOML, got {came}"]) from None
    if "\0" in text:
        came = "UTF-16 text; save it as UTF-8" if text.count("\0") > len(text) // 4 else "binary data"
        raise MovementFileError(where, [f"expected UTF-8 text in TOML, got {came}"])
    return text


def _limit_numbers(part: Any, where: str, level: int) -> Any:
    """Replace numbers that overflow by infinity, in place; refuse too deep nesting.

    Deeply nested content cannot be shown in a message.
    """
    if level > MOST_LEVELS:
        raise MovementFileError(where, [f"expected at most {MOST_LEVELS} levels of lists and tables, got more"])
    if isinstance(part, dict | list):
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            part[key] = _limit_numbers(value, where, level + 1)
    elif isinstance(part, int) and not -MOST <= part <= MOST:
        return float("inf") if part > 0 else -float("inf")
    return part


AUTO = "auto"
"""Used instead of a movement id: find the movement from the recording."""
MAX_FILE_BYTES = 200_000


def catalogue() -> list[str]:
    """Return the ids of all movements that formcheck includes, sorted.

    Examples
    --------
    >>> import formcheck as fc
    >>> [movement for movement in fc.catalogue() if "stretch" in movement]
    ['chair_back_stretch', 'quadriceps_stretch']
    """
    folder = resources.files("formcheck.movements")
    return sorted(
        entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml") and entry.name[0] != "_"
    )


@cache
def load_unrecognised() -> Movement:
    """Return the movement that ``auto`` uses if it recognises none.

    It measures and judges nothing.
    """
    return parse_movement(_read_packaged("_unrecognised.toml"), "_unrecognised.toml")


def load_movement(movement: str | Path) -> Movement:
    """Return a movement by id or from a file.

    Parameters
    ----------
    movement : id of the catalogue, or path of a TOML file.

    Returns
    -------
    The content of the file: phases, measures with their target bands, faults, dose, camera, each number with its
    source.

    Raises
    ------
    MovementFileError
        With every problem of the file: key, what was expected, what came.

    Examples
    --------
    >>> import formcheck as fc
    >>> hinge = fc.load_movement("hamstring_hinge_standing")
    >>> hinge.name, hinge.posture, hinge.dose.hold_s
    ('Standing hamstring stretch', 'standing', 20.0)
    >>> back = hinge.measures["back"]
    >>> back.signal, back.target, back.warn
    ('back_bend_deg', ['open', 25.0], ['open', 40.0])
    """
    content = read_movement_bytes(movement)
    return parse_movement(content, f"{movement}.toml" if str(movement) in catalogue() else Path(movement).name)


def read_movement_bytes(movement: str | Path) -> bytes:
    """Return the bytes of a movement file, by id or path; errors as in `load_movement`."""
    name = str(movement)
    if name in (*catalogue(), "_unrecognised"):
        return _read_packaged(f"{name}.toml")
    path = Path(movement)
    if not path.suffix and not os.path.lexists(path):
        raise MovementFileError(name, [f"expected a movement id or a .toml file; known ids: {', '.join(catalogue())}"])
    return read_file_bytes(path, MAX_FILE_BYTES)


def parse_movement(content: bytes, where: str) -> Movement:
    """Return the movement that the bytes of a file describe.

    See `load_movement` for errors.
    """
    document = parse_toml(content, where)
    problems = ["sha256: unknown key; remove it; formcheck computes it on loading"] if "sha256" in document else []
    shared_bytes = _read_packaged("_shared.toml")
    problems += _take_over_shared(document, tomllib.loads(shared_bytes.decode("utf-8"))["faults"])
    problems += fill_in_bands(document)
    document["sha256"] = hashlib.sha256(content + shared_bytes).hexdigest()
    movement = None
    try:
        movement = Movement.model_validate(document, strict=True)
    except ValidationError as error:
        problems += [_describe_problem(e, document) for e in error.errors()]
    problems += find_contradictions(document)
    if problems or movement is None:
        raise MovementFileError(where, problems)
    return movement


def _read_packaged(name: str) -> bytes:
    return resources.files("formcheck.movements").joinpath(name).read_bytes()


def _take_over_shared(document: dict[str, Any], shared: list[dict[str, Any]]) -> list[str]:
    """Append the shared faults that a file names to its own.

    Return the problems of the names.
    """
    known = {fault["id"]: fault for fault in shared}
    named = document.get("shared", [])
    if not isinstance(named, list) or not isinstance(document.get("faults"), list):
        return []
    names = [name for name in named if isinstance(name, str)]
    document["faults"] = document["faults"] + [known[name] for name in names if name in known]
    return [f"shared: unknown fault {name!r}; expected of {', '.join(known)}" for name in names if name not in known]


_WORDING = (
    (r"^Value error, ", ""),
    (r"^String should match pattern .*", "expected small letters, digits and _, beginning with a letter"),
    (r"^Input should be a valid dictionary.*", "expected a table"),
    (r"^Input should be a valid integer", "expected a whole number"),
    (r"^Input should be a valid", "expected a"),
    (r"^(?:Input|String|List|Dictionary) should (?:be|have)", "expected"),
    (r" after validation, not \d+$", ""),
)


def _describe_problem(error: Any, document: Mapping[str, Any]) -> str:
    """Return one line for one problem: where, what was expected, what came."""
    place = _describe_place(error["loc"], document)
    if error["type"] == "missing":
        return f"{place}: expected a value, the key is missing"
    if error["type"] == "extra_forbidden":
        return f"{place}: {explain_unknown_key(error['loc'][-1])}"
    message = str(error["msg"])
    for pattern, words in _WORDING:
        message = re.sub(pattern, words, message)
    came = str(error["input"])
    shown = came if len(came) <= 60 else f"{came[:57]}..."
    return f"{place}: {message}" + ("" if error["type"] == "value_error" else f", got {shown!r}")


def _describe_place(loc: tuple[int | str, ...], document: Mapping[str, Any]) -> str:
    """Return the place of a problem; a fault is named by its id."""
    parts = [str(part) for part in loc if part != "[key]"]
    if len(loc) > 1 and loc[0] == "faults" and isinstance(loc[1], int):
        parts[1] = label_fault(document["faults"][loc[1]], loc[1])
    return ".".join(parts)


_LIKE_AN_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")


class Checked(NamedTuple):
    """One checked movement file: its movement, or its problems."""

    name: str
    movement: Movement | None
    problems: list[str]


def check_files(files: Iterable[str | Path]) -> list[Checked]:
    """Return each file with every problem it has.

    This includes conflicts with the other files and with the catalogue.

    Parameters
    ----------
    files : paths of movement files, or ids of the catalogue; the same file twice is checked once.
    """
    checked: list[Checked] = []
    seen: dict[str, str] = {}
    read = [(file, *_read_tables(file)) for file in dict.fromkeys(map(str, files))]
    ids = {*catalogue(), *(str(tables["id"]) for _, _, tables, _ in read if "id" in tables)}
    for file, content, tables, unreadable in read:
        name = _name_file(file)
        movement, problems = (None, unreadable) if unreadable else _parse_movement(content, name)
        is_packaged = tables.get("id") in catalogue() and content == read_movement_bytes(tables["id"])
        if not is_packaged:
            problems = [*problems, *_find_double_ids(tables, seen), *_check_swap(tables, ids)]
        checked.append(Checked(name, None if problems else movement, problems))
        if isinstance(tables.get("id"), str):
            seen.setdefault(tables["id"], name)
    return checked


def _read_tables(file: str) -> tuple[bytes, dict[str, Any], list[str]]:
    """Return the content of a file and its tables, or why there are none."""
    try:
        content = read_movement_bytes(file)
        return content, parse_toml(content, _name_file(file)), []
    except MovementFileError as error:
        return b"", {}, error.problems


def _parse_movement(content: bytes, name: str) -> tuple[Movement | None, list[str]]:
    """Return the movement that a file describes, or its problems."""
    try:
        return parse_movement(content, name), []
    except MovementFileError as error:
        return None, error.problems


def _name_file(file: str) -> str:
    return Path(file).name or file


def _find_double_ids(tables: dict[str, Any], seen: dict[str, str]) -> list[str]:
    """Return the problems of an id that another given file or the catalogue already uses."""
    name = tables.get("id")
    if not isinstance(name, str):
        return []
    if name in seen:
        return [f"id: expected a unique id, got {name!r}, which {seen[name]} uses too"]
    if name in catalogue():
        return [f"id: expected a unique id, got {name!r}, which a movement of the catalogue uses"]
    return []


def _check_swap(tables: dict[str, Any], ids: set[str]) -> list[str]:
    """Return the problem of a swap that looks like an id but is not one.

    A swap is an id or plain words.
    """
    swap = tables.get("swap")
    if not isinstance(swap, str) or not swap:
        return []
    if swap == tables.get("id"):
        return [f"swap: expected another movement, got {swap!r}, the id of this one"]
    if swap not in ids and _LIKE_AN_ID.fullmatch(swap):
        return [f"swap: expected plain words or an id of {', '.join(sorted(ids))}, got {swap!r}"]
    return []
