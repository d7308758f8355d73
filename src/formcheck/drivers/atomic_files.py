"""Write complete results or none: write aside first, then move to the final place."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from formcheck.core.errors import StoreError
from formcheck.sources.owned_files import make_part_folder, name_unfinished_file, sweep_once

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT,
    errno.ENAMETOOLONG, errno.ELOOP, errno.ENXIO,
)  # fmt: skip
OWN_FILES = frozenset(
    {"summary.json", "frames.parquet", "poses.parquet", "movement.toml", "annotated.mp4", "undrawn.mp4"}
)
"""What a check writes: only these files of an earlier result are ever removed."""


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
            _publish(part, out, replaces)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _publish(part: Path, out: Path, replaces: tuple[str, ...]) -> None:
    """Move all files of a folder to their final place."""
    files = sorted(part.iterdir(), key=lambda file: file.name == "summary.json")
    folders = [file for file in files if file.is_dir()]
    for file in folders:
        require_no_link(out, out / file.name)
    out.mkdir(exist_ok=True)
    for name in replaces:
        if not (part / name).exists():
            _remove_earlier(out / name)
    if (part / "summary.json").exists():
        _remove_earlier(out / "summary.json")  # a summary never lies next to files of another run
    for file in folders:
        _remove_earlier(out / file.name)
    for file in files:  # the summary comes last: if it is there, all other files are there too
        _move(file, out / file.name)


def _move(file: Path, target: Path) -> None:
    """Move a file or folder; what else is in the target folder stays."""
    if file.is_dir() and target.is_dir():
        for inner in file.iterdir():
            inner.replace(target / inner.name)
    else:
        file.replace(target)


def _remove_earlier(path: Path) -> None:
    """Remove a file of an earlier result, or a folder with nothing else in it.

    Links, and what formcheck did not write, stay.
    """
    if path.is_symlink():
        return
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for name in OWN_FILES:
        if (path / name).is_file():
            (path / name).unlink()
    with suppress(OSError):
        path.rmdir()


def require_no_link(root: Path, path: Path) -> None:
    """Raise StoreError if a path below a folder of results leads through a link.

    The folder may come from a stranger, and its links anywhere.
    """
    for place in (path, *path.parents):
        if place == root or not place.is_relative_to(root):
            return
        if place.is_symlink():
            where = f"{root.name}/{place.relative_to(root).as_posix()}"
            raise StoreError(
                f"{where}: expected results without links, got a link; remove it, or choose another folder"
            )


@contextmanager
def write_one_file(path: Path) -> Iterator[Path]:
    """Give a name to write to; the complete file takes its final name."""
    if path.is_dir():
        raise StoreError(f"{path.name}: expected a file name, got a folder; name a file in it")
    if path.exists() and not path.is_file():  # the file would take its place, for all programs
        raise StoreError(f"{path.name}: expected a file name, got a device or pipe; choose another name")
    part = name_unfinished_file(path)
    with explain_write_errors(path), _make_folder_for(path):
        sweep_once(path.parent)
        try:
            if part.is_symlink():  # it would lead the writing elsewhere
                part.unlink()
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
