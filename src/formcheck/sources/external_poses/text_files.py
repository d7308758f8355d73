"""Lines, numbers and hashes of text files; damage is reported in one line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import SourceError

_LONGEST_LINE = 1_000_000
"""A longer line is refused: a file without line ends must not fill the memory."""


def read_text_lines(path: Path, todo: str) -> Iterator[str]:
    """Yield the lines of a UTF-8 file without their ends.

    Parameters
    ----------
    todo : what the user can do if it is no text.
    """
    try:
        with path.open(encoding="utf-8-sig", newline=None) as file:
            while line := file.readline(_LONGEST_LINE):
                if len(line) == _LONGEST_LINE or "\0" in line:
                    raise _no_text(path, todo)
                yield line.rstrip("\n")
    except UnicodeDecodeError:
        raise _no_text(path, todo) from None
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: OSError) -> SourceError:
    """Return the error for a file that the system cannot read."""
    return SourceError(f"{path.name}: expected a file of poses, got: {error.strerror}; check the path")


def _no_text(path: Path, todo: str) -> SourceError:
    return SourceError(f"{path.name}: expected text, got bytes that are none; {todo}")


def parse_numbers(fields: Iterable[str], path: Path, where: str, todo: str) -> NDArray[np.float64]:
    """Return fields as numbers, NaN for an empty one."""
    try:
        return np.array([float(field) if field.strip() else np.nan for field in fields])
    except ValueError as error:
        came = str(error).rsplit(":", 1)[-1].strip()[:40]
        raise SourceError(f"{path.name}: expected numbers, got {came} in {where}; {todo}") from None


def hash_files(files: Iterable[Path]) -> str:
    """Return the SHA-256 of a file.

    Of several files, that of their hashes and names in order.
    """
    found = []
    for path in files:
        try:
            with path.open("rb") as file:
                found.append((path.name, hashlib.file_digest(file, "sha256").hexdigest()))
        except OSError as error:
            raise unreadable(path, error) from None
    if len(found) == 1:
        return found[0][1]
    return hashlib.sha256("".join(f"{name} {digest}\n" for name, digest in found).encode()).hexdigest()
