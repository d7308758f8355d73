"""Open files for reading, and nothing but files.

A pipe would be waited for, and a device may never end.
"""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader, TextIOWrapper
from pathlib import Path


def open_bytes(path: Path) -> BufferedReader:
    """Open a file of bytes.

    Raises
    ------
    OSError
        It cannot be opened, or it is a folder, a device or a pipe.
    """
    return open(path, "rb", opener=_open_regular)


def open_text(path: Path, *, encoding: str) -> TextIOWrapper:
    """Open a file of text, with any kind of line ends; raises as `open_bytes`."""
    return open(path, encoding=encoding, opener=_open_regular)


def _open_regular(name: str, flags: int) -> int:
    # Without O_NONBLOCK, opening a pipe waits for its other end.
    handle = os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
        if not stat.S_ISREG(mode):
            raise OSError(errno.ENXIO, "a device or pipe", name)
    except BaseException:
        os.close(handle)
        raise
    return handle
