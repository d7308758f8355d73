"""Name unfinished files by their owner; remove those whose owner is dead.

A process that is killed cannot tidy up. The names of what it leaves hold its machine, its number and its start, so that
the next run knows that no process uses them. Age does not decide: a set may be recorded for hours.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import sys
import tempfile
import threading
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

TEMP_PREFIX, UNFINISHED_PREFIX = "formcheck-", ".unfinished-"
_MOST_NAME_BYTES = 120
"""Of a name, so much is repeated in the name of its part: a name may have 255 bytes in all."""
_OWNER = r"fc(?P<machine>[0-9a-f]{8})-(?P<pid>[0-9]{1,10})-(?P<start>[0-9a-f]{1,16})"
_OWNED_NAME = re.compile(
    rf"(?:\..+\.{_OWNER}(?:-\w{{8}})?\.part|(?:formcheck-|\.unfinished-){_OWNER.replace('?P<', '?P<other_')}-\w{{8}})"
)


def mark_owner() -> str:
    """Return the mark of this process for names: machine, number, start."""
    pid = os.getpid()
    return f"fc{_mark_machine()}-{pid}-{_read_start(pid) or '0'}"


def name_unfinished_file(path: Path) -> Path:
    """Return the name under which this process writes a file before it is complete."""
    short = os.fsdecode(os.fsencode(path.name)[:_MOST_NAME_BYTES])
    return path.with_name(f".{short}.{mark_owner()}.part")


def make_part_folder(out: Path) -> Path:
    """Make a folder next to `out` for files that are not complete."""
    short = os.fsdecode(os.fsencode(out.name)[:_MOST_NAME_BYTES])
    return Path(tempfile.mkdtemp(prefix=f".{short}.{mark_owner()}-", suffix=".part", dir=out.parent))


def name_temp_folder() -> str:
    """Return the prefix for a temporary folder of this process."""
    sweep_temp_folder()
    return f"{TEMP_PREFIX}{mark_owner()}-"


def sweep_temp_folder() -> None:
    """Remove the temporary folders of dead processes of formcheck.

    Once in the life of this process.
    """
    sweep_once(Path(tempfile.gettempdir()))


def has_dead_owner(name: str) -> bool:
    """Return whether a name is that of an unfinished file whose process has ended.

    False for all other names, for other machines, and if it is not certain.
    """
    found = _OWNED_NAME.fullmatch(name)
    if found is None:
        return False
    machine, pid, start = (found[key] or found[f"other_{key}"] for key in ("machine", "pid", "start"))
    return _has_ended(machine, pid, start)


def has_ended(mark: str) -> bool:
    """Return whether the process of a mark has ended; False if it is not certain."""
    found = re.fullmatch(_OWNER, mark)
    return found is not None and _has_ended(found["machine"], found["pid"], found["start"])


def _has_ended(machine: str, pid: str, start: str) -> bool:
    return machine == _mark_machine() and not _is_alive(int(pid), start)


def sweep_folder(folder: Path) -> None:
    """Remove from a folder what dead processes of formcheck left.

    No link is followed. Unfinished results stay: a recorded set is among them (`results_store.claim_left_folders`).
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            is_result = entry.name.startswith(UNFINISHED_PREFIX)
            if is_result or not has_dead_owner(entry.name):
                continue
            # the temporary folder is shared with other users
            if not hasattr(os, "getuid") or entry.stat(follow_symlinks=False).st_uid == os.getuid():
                remove_owned(Path(entry.path))


def remove_owned(path: Path) -> None:
    """Remove a file or a folder, as far as the system allows."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


_swept: set[str] = set()
_sweep_lock = threading.Lock()


def sweep_once(folder: Path) -> None:
    """Remove what dead processes left in a folder, once in the life of this process."""
    name = os.path.abspath(folder)  # noqa: PTH100 - links stay as they are
    with _sweep_lock:
        if name in _swept:
            return
        _swept.add(name)
    sweep_folder(folder)


@cache
def _mark_machine() -> str:
    """Return a mark of this machine.

    A container is a machine of its own, as it numbers its processes itself.
    """
    numbering = ""
    with suppress(OSError):
        numbering = os.readlink("/proc/self/ns/pid")  # noqa: PTH115 - not a path
    return hashlib.sha256(f"{platform.node()}\n{numbering}".encode()).hexdigest()[:8]


def _is_alive(pid: int, start: str) -> bool:
    try:
        # an ended process stays listed until its parent has asked; the first process of a container may never ask
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return False
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        pass
    now = _read_start(pid)
    return now is None or now == start


@cache
def _read_own_start(pid: int) -> str | None:
    return _ask_start(pid)


def _read_start(pid: int) -> str | None:
    """Return when a process started, None if that cannot be seen."""
    return _read_own_start(pid) if pid == os.getpid() else _ask_start(pid)


def _ask_start(pid: int) -> str | None:
    # On Linux in ticks since the machine started: psutil's seconds since 1970 move when the clock is set.
    if sys.platform == "linux":
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2]
        except OSError:
            return None
        return f"{int(after_name.split()[19]):x}"
    try:
        return f"{int(psutil.Process(pid).create_time()):x}"
    except psutil.Error:
        return None
