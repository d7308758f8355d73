"""Find the pose model, or prepare it; its sha256 is checked each time it is found.

MediaPipe ships no model. The bundle "full" is put together from two networks which an older MediaPipe wheel
carries, so no host but the package registry is needed; "lite" and "heavy" are fetched from MediaPipe's model
storage when someone asks for them. What is expected stands in `pose_manifest.json` beside this file.

Importing this module imports neither MediaPipe nor anything that touches the network.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TypedDict, cast

import platformdirs
from filelock import FileLock

from formcheck.core.errors import BackendError

from .pose_assembly import Network, assemble, sha256_of

log = logging.getLogger(__name__)

_DOWNLOAD_TIMEOUT_S = 60


@dataclass(frozen=True, slots=True)
class PoseBundle:
    """A pose model which can be loaded.

    Parameters
    ----------
    path : the .task file.
    name : "lite", "full" or "heavy"; the file name where it is the user's own file.
    sha256 : of the file as it was found, in hex; goes into every result.
    dense : a copy which loads faster and gives the same results to the bit; None where there is none.
    """

    path: Path
    name: str
    sha256: str
    dense: Path | None = None


class Wheel(TypedDict):
    """Where the networks of an assembled bundle come from."""

    requirement: str
    python_version: str
    platform: str
    networks: list[Network]


class Entry(TypedDict, total=False):
    """What the manifest says about one bundle: it has either `wheel` or `url`."""

    file: str
    sha256: str | None
    dense_sha256: str
    licence: str
    wheel: Wheel
    url: str


def find_pose_bundle(model: str | Path = "full") -> PoseBundle:
    """Return the pose model, prepared first where this machine does not have it yet.

    Parameters
    ----------
    model : "lite", "full", "heavy", or the path of a .task file, which is taken as it is.

    Raises
    ------
    BackendError
        No such file; the file is not the one expected; it cannot be prepared, for instance without a network.
    """
    entry = read_manifest().get(str(model))
    if entry is None:
        return _own_file(Path(model))
    path = models_dir() / entry["file"]
    if not path.is_file():
        with _one_process_at_a_time(path):
            if not path.is_file():  # another process may have prepared it while this one waited
                _write_whole(path, _prepare(str(model), entry))
    return _checked(path, str(model), entry)


def read_manifest() -> dict[str, Entry]:
    """Return name -> what is expected of each bundle."""
    text = Path(__file__).with_name("pose_manifest.json").read_text(encoding="utf-8")
    return cast("dict[str, Entry]", json.loads(text)["bundles"])


def models_dir() -> Path:
    """Return the folder the bundles live in: FORMCHECK_MODELS, else the user's cache."""
    own = os.environ.get("FORMCHECK_MODELS")
    return Path(own) if own else platformdirs.user_cache_path("formcheck", appauthor=False) / "models"


def _own_file(path: Path) -> PoseBundle:
    if not path.is_file():
        names = ", ".join(read_manifest())
        raise BackendError(f"pose model: expected {names} or the path of a .task file, got {str(path)!r}: no such file")
    return PoseBundle(path, path.name, sha256_of(path.read_bytes()))


def _checked(path: Path, name: str, entry: Entry) -> PoseBundle:
    """Return the bundle if its sha256 is the expected one; None = the manifest does not pin it."""
    content, expected = path.read_bytes(), entry["sha256"]
    found = sha256_of(content)
    if expected is not None and found != expected:
        raise BackendError(
            f"pose model {path}: expected sha256 {expected}, got {found}; delete the file and it is prepared anew, "
            "or name it with its path if you mean to use another model"
        )
    pinned = entry.get("dense_sha256")
    return PoseBundle(path, name, found, _dense_copy(path, content, pinned) if pinned else None)


def _dense_copy(path: Path, content: bytes, expected: str) -> Path | None:
    """Return the copy beside `path` that loads faster, made first where it is not there whole; None if it cannot be.

    Results do not depend on it, so whatever goes wrong costs time and nothing else.
    """
    copy = path.with_name(f"{path.stem}.dense-{expected[:8]}.task")
    try:
        if not _is_whole(copy, expected):
            with _one_process_at_a_time(path):
                if not _is_whole(copy, expected):  # another process may have made it while this one waited
                    _write_whole(copy, _densified(content, expected))
    except (BackendError, OSError) as error:
        log.info("the pose model loads slowly on this machine: %s", error)
        return None
    return copy


def _is_whole(copy: Path, expected: str) -> bool:
    if not copy.is_file():
        return False
    with copy.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == expected


def _densified(content: bytes, expected: str) -> bytes:
    from .dense_networks import densified

    dense = densified(content)
    if sha256_of(dense) != expected:
        raise BackendError(f"its dense copy: expected sha256 {expected}, got {sha256_of(dense)}")
    return dense


# Preparing ----------------------------------------------------------------------------------------------------------


def _prepare(name: str, entry: Entry) -> bytes:
    """Return the bytes of the bundle, checked, but not yet on disk."""
    started_s = time.monotonic()
    content = _assemble_from_wheel(name, entry["wheel"]) if "wheel" in entry else _fetch(name, entry)
    expected = entry["sha256"]
    if expected is not None and sha256_of(content) != expected:
        raise BackendError(
            f"pose model {name!r}: it was put together, but expected sha256 {expected}, got {sha256_of(content)}; "
            "install the versions of mediapipe and flatbuffers that pyproject.toml asks for and try again"
        )
    log.info("pose model %r prepared in %.1f s", name, time.monotonic() - started_s)
    return content


def _assemble_from_wheel(name: str, wheel: Wheel) -> bytes:
    with tempfile.TemporaryDirectory(prefix="formcheck-") as folder:
        downloaded = _download_wheel(name, wheel, Path(folder))
        return assemble(downloaded, wheel["networks"])


def _download_wheel(name: str, wheel: Wheel, folder: Path) -> Path:
    """Return the wheel, fetched with pip so that the user's own mirrors and certificates are honoured."""
    log.info("pose model %r: downloading %s (35 MB, only once)", name, wheel["requirement"])
    # The platform is fixed because only data is taken out of the wheel: it serves every operating system.
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--only-binary=:all:", "--python-version", wheel["python_version"], "--platform", wheel["platform"],
        "--dest", str(folder), wheel["requirement"],
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    found = list(folder.glob("*.whl"))
    if run.returncode or len(found) != 1:
        said = run.stderr.strip().splitlines() or [f"pip ended with exit code {run.returncode}"]
        raise _unreachable(name, f"pip could not download {wheel['requirement']} ({said[-1]})")
    return found[0]


def _fetch(name: str, entry: Entry) -> bytes:
    url = entry["url"]
    log.info("pose model %r: downloading %s", name, url)
    try:
        with urllib.request.urlopen(url, timeout=_DOWNLOAD_TIMEOUT_S) as reply:  # noqa: S310 - https, from our manifest
            return cast("bytes", reply.read())
    except (OSError, HTTPException) as error:  # URLError and time-outs are OSErrors
        raise _unreachable(name, f"{url} could not be downloaded ({error})") from error


def _unreachable(name: str, what: str) -> BackendError:
    file = read_manifest()[name]["file"]
    return BackendError(
        f"pose model {name!r} is not on this machine and {what}; connect to the network once, "
        f"or copy {file} from another machine into {models_dir()}"
    )


@contextmanager
def _one_process_at_a_time(path: Path) -> Iterator[None]:
    """Hold a lock beside `path`. The system releases it when a process dies, so it can never go stale."""
    lock = FileLock(path.with_suffix(".lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def _write_whole(path: Path, content: bytes) -> None:
    """Write the file so that it is there whole or not at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        part.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> BackendError:
    return BackendError(
        f"pose model: expected to write {path}, got {error.strerror or error}; "
        "set FORMCHECK_MODELS to a folder you can write to"
    )
