"""Results are whole or not there: they are written aside and take their place at the end."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from formcheck.core.errors import StoreError

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENOENT, errno.ENAMETOOLONG)


@contextmanager
def stage_files(out: Path | None, *, replaces: tuple[str, ...] = ()) -> Iterator[Path | None]:
    """Give a folder to write into, whose files move to `out` once all of them are whole; None for none.

    What is named in `replaces`, was left in `out` by an earlier run and not written by this one, is removed: an old
    film beside a new verdict would mislead.
    """
    if out is None:
        yield None
        return
    if out.exists() and not out.is_dir():
        raise StoreError(f"{out.name}: expected a folder for the results, got a file; choose another name")
    with explain_write_errors(out), _make_folder_for(out):
        part = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".part", dir=out.parent))
        try:
            yield part
            out.mkdir(exist_ok=True)
            for name in replaces:
                if not (part / name).exists():
                    _remove(out / name)
            # the summary comes last: where it stands, everything else stands too
            for file in sorted(part.iterdir(), key=lambda f: f.name == "summary.json"):
                if file.is_dir():
                    _remove(out / file.name)
                file.replace(out / file.name)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def write_one_file(path: Path) -> Iterator[Path]:
    """Give a name to write to; the file takes its place once it is whole."""
    if path.is_dir():
        raise StoreError(f"{path.name}: expected a file name, got a folder; name a file in it")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with explain_write_errors(path), _make_folder_for(path):
        try:
            yield part
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _make_folder_for(path: Path) -> Iterator[None]:
    """Make the folders above a result; those that were made go again where nothing came of it."""
    missing = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for folder in missing:
            try:
                folder.rmdir()
            except OSError:  # somebody else put something there meanwhile
                break
        raise


@contextmanager
def explain_write_errors(path: Path) -> Iterator[None]:
    """Turn what the system says about a place that cannot be written into one clear line."""
    try:
        yield
    except OSError as error:
        if error.errno in _DISK_FULL:
            told = "expected room for the results, got a full disk; free some space and run again"
            raise StoreError(f"{path.name}: {told}") from None
        if error.errno in _CLOSED:
            told = f"expected a place to write to, got: {error.strerror}; choose another with --out"
            raise StoreError(f"{path.name}: {told}") from None
        raise
