"""Write complete results or none: write aside first, then move to the final place."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from formcheck.core.errors import StoreError
from formcheck.sources.owned_files import make_part_folder, name_unfinished_file, sweep_once

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENOENT, errno.ENAMETOOLONG)


@contextmanager
def stage_files(out: Path | None, *, replaces: tuple[str, ...] = ()) -> Iterator[Path | None]:
    """Give a folder to write into; move its files to `out` once all are complete.

    None for none. Files named in `replaces` that an earlier run left in `out` and this run did not write are removed:
    an old film with a new verdict would mislead.
    """
    if out is None:
        yield None
        return
    if out.exists() and not out.is_dir():
        raise StoreError(f"{out.name}: expected a folder for the results, got a file; choose another name")
    with explain_write_errors(out), _make_folder_for(out):
        sweep_once(out.parent)
        part = make_part_folder(out)
        try:
            yield part
            out.mkdir(exist_ok=True)
            for name in replaces:
                if not (part / name).exists():
                    _remove(out / name)
            # The old summary goes first and the new one comes last: a summary never lies with files of another run.
            if (part / "summary.json").exists():
                _remove(out / "summary.json")
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
    """Give a name to write to; the complete file takes its final name."""
    if path.is_dir():
        raise StoreError(f"{path.name}: expected a file name, got a folder; name a file in it")
    part = name_unfinished_file(path)
    with explain_write_errors(path), _make_folder_for(path):
        sweep_once(path.parent)
        try:
            yield part
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _make_folder_for(path: Path) -> Iterator[None]:
    """Make the folders above a result; remove them again if there is no result."""
    missing = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for folder in missing:
            try:
                folder.rmdir()
            except OSError:  # another program put something there meanwhile
                break
        raise


@contextmanager
def explain_write_errors(path: Path) -> Iterator[None]:
    """Turn the system's errors about a place that cannot be written into one clear line."""
    try:
        yield
    except OSError as error:
        if error.errno in _DISK_FULL:
            message = "expected room for the results, got a full disk; free some space and run again"
            raise StoreError(f"{path.name}: {message}") from None
        if error.errno in _CLOSED:
            message = f"expected a place to write to, got: {error.strerror}; choose another with --out"
            raise StoreError(f"{path.name}: {message}") from None
        raise
