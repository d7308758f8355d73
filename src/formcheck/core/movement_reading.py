"""From a movement file to its tables: what is no file, no text or no TOML is told, and nothing hangs or blows up."""

from __future__ import annotations

import re
import stat
import sys
import tomllib
from pathlib import Path
from typing import Any

from .errors import MovementFileError

MOST_LEVELS = 20
"""Tables in tables, lists in lists: a movement file needs five."""
MOST = 1e15
"""A number beyond this overflows somewhere; it is taken for infinite, and the schema says where it stands."""

_DEEP_KEY = re.compile(rf"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){{{MOST_LEVELS}}}""")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def file_bytes(path: Path, most_bytes: int) -> bytes:
    """Return the content of a plain file of at most so many bytes; MovementFileError otherwise.

    What is no plain file (a folder, a device, a pipe) is not opened: reading it might never end.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise _refused(path, f"expected a readable file, got: {_kind(found.st_mode)}; check the path")
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise _refused(path, f"expected a readable file, got: {why}; check the path") from None
    if len(content) > most_bytes:
        size = max(found.st_size, len(content)) // 1000
        raise _refused(path, f"expected at most {most_bytes // 1000} kB, got {size} kB; a movement file is text")
    return content


def toml_tables(content: bytes, where: str) -> dict[str, Any]:
    """Return the tables of a TOML file; MovementFileError where it is none."""
    text = _text(content, where)
    if (deep := _DEEP_KEY.search(text)) is not None:
        line = text.count("\n", 0, deep.start()) + 1
        raise MovementFileError(where, [f"expected keys of at most {MOST_LEVELS} parts, got more (at line {line})"])
    try:
        document = tomllib.loads(text)
    except RecursionError:
        raise MovementFileError(where, ["expected TOML, got a syntax error: brackets nested without end"]) from None
    except tomllib.TOMLDecodeError as error:
        raise MovementFileError(where, [f"expected TOML, got a syntax error: {error}"]) from None
    except ValueError:
        digits = sys.get_int_max_str_digits()
        raise MovementFileError(where, [f"expected numbers that can be, got one of over {digits} digits"]) from None
    _tame(document, where, 0)
    return document


def _refused(path: Path, problem: str) -> MovementFileError:
    return MovementFileError(path.name or str(path), [problem])


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "Is a directory"
    return "a pipe or socket" if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else "a device"


def _text(content: bytes, where: str) -> str:
    came = "UTF-16 text; save it as UTF-8" if content.startswith(_UTF16) else "binary data"
    try:
        text = content.decode("utf-8-sig")  # some editors begin a file with a mark
    except UnicodeDecodeError:
        raise MovementFileError(where, [f"expected UTF-8 text in TOML, got {came}"]) from None
    if "\0" in text:
        came = "UTF-16 text; save it as UTF-8" if text.count("\0") > len(text) // 4 else "binary data"
        raise MovementFileError(where, [f"expected UTF-8 text in TOML, got {came}"])
    return text


def _tame(part: Any, where: str, level: int) -> Any:
    """Take the numbers that overflow for infinite, in place; refuse what is nested too deeply to be shown."""
    if level > MOST_LEVELS:
        raise MovementFileError(where, [f"expected at most {MOST_LEVELS} levels of lists and tables, got more"])
    if isinstance(part, dict | list):
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            part[key] = _tame(value, where, level + 1)
    elif isinstance(part, int) and not -MOST <= part <= MOST:
        return float("inf") if part > 0 else -float("inf")
    return part
