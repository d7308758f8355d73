"""Read a TOML file that a person wrote, and report all its problems at once."""

from __future__ import annotations

import re
import stat
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from formcheck.core.errors import MovementFileError

from .wording import find_never_said

Content = TypeVar("Content", bound=BaseModel)

MAX_FILE_BYTES = 200_000
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


_BEGINS_WITH_KEY = re.compile(r"[a-z_]+(?:, [a-z_]+)*: ")


def parse_model(
    model: type[Content],
    content: bytes,
    where: str,
    find_problems: Callable[[Content], Iterable[str]],
    *,
    find_in_tables: Callable[[Mapping[str, Any]], Iterable[str]] | None = None,
) -> Content:
    """Return what the bytes of a TOML file describe.

    Parameters
    ----------
    model : the keys and their types.
    where : name of the file, for messages.
    find_problems : yields one line for each problem that no single value shows; only asked if keys and types are right.
    find_in_tables : yields what can be said of the tables as they are; only asked if keys or types are wrong.

    Raises
    ------
    MovementFileError
        With every problem of the file: key, what was expected, what came; also words that formcheck never uses.
    """
    document = parse_toml(content, where)
    found = None
    try:
        found = model.model_validate(document)
    except ValidationError as error:
        problems = [line for one in error.errors() for line in _describe_model_error(one)]
        more = find_in_tables(document) if find_in_tables else ()
        problems += [line for line in more if line not in problems]
    else:
        problems = list(find_problems(found))
    problems += find_never_said(document)
    if problems or found is None:
        raise MovementFileError(where, problems)
    return found


_WORDING = (
    (r"^Value error, ", ""),
    (r"^String should match pattern .*", "expected small letters, digits and _, beginning with a letter"),
    (r"^Input should be a valid dictionary.*", "expected a table"),
    (r"^Input should be a valid integer", "expected a whole number"),
    (r"^Input should be a valid", "expected a"),
    (r"^(?:Input|String|List|Dictionary) should (?:be|have)", "expected"),
    (r" after validation, not \d+$", ""),
)


_OF_KEYS = {
    "missing": "expected a value, the key is missing",
    "extra_forbidden": "unknown key; remove it or correct its spelling",
}


def describe_value_error(error: Mapping[str, Any]) -> str:
    """Return what was expected of one value, and what came."""
    message = str(error["msg"])
    for pattern, words in _WORDING:
        message = re.sub(pattern, words, message)
    came = str(error["input"])
    shown = came if len(came) <= 60 else f"{came[:57]}..."
    return message if error["type"] == "value_error" else f"{message}, got {shown!r}"


def _describe_model_error(error: Mapping[str, Any]) -> list[str]:
    """Return one line for each problem that an error holds."""
    place, text = ".".join(map(str, error["loc"])), str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "value_error" and _BEGINS_WITH_KEY.match(text):
        return [f"{place}.{line}" if place else line for line in text.splitlines()]
    problem = _OF_KEYS.get(error["type"]) or describe_value_error(error)
    return [f"{place or 'file'}: {problem}"]
