"""Find or fetch the pose networks, and check their sha256 each time.

MediaPipe ships no model. The detector and the landmark network "full" are in an older MediaPipe wheel, which pip
fetches; "lite" and "heavy" are in MediaPipe's npm package. `models.json` lists the files and their hashes. The files
are used unchanged.

Importing this module loads no runtime and uses no network.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, TypedDict, cast

import platformdirs
from filelock import FileLock

from formcheck.core.errors import BackendError
from formcheck.sources.owned_files import name_temp_folder, name_unfinished_file, sweep_once

log = logging.getLogger(__name__)

DEFAULT_MODEL = "full"
IN_TASK = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
"""The names of detector and landmark network in a .task file of MediaPipe."""
_DOWNLOAD_TIMEOUT_S = 60
_UNREADABLE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, KeyError, OSError, EOFError, RuntimeError, ValueError)
"""Errors of the archive modules for damaged files or unknown packing."""


@dataclass(frozen=True, slots=True)
class PoseModel:
    """A pose model: two networks.

    Parameters
    ----------
    name : "lite", "full" or "heavy"; for the user's own file, its file name.
    sha256 : of the two networks one after the other, in hex; goes into every result.
    detector, landmarks : the bytes of the networks.
    """

    name: str
    sha256: str
    detector: bytes
    landmarks: bytes


class NetworkEntry(TypedDict):
    """One network's entry in `models.json`."""

    file: str
    sha256: str
    package: str
    member: str


def find_pose_model(model: str | Path = DEFAULT_MODEL) -> PoseModel:
    """Return the pose model; fetch it first if this machine does not have it yet.

    Parameters
    ----------
    model : "lite", "full", "heavy", or the path of a .task file, which is used unchanged.

    Raises
    ------
    BackendError
        A file does not exist, is not the one expected, or cannot be fetched, for instance without a network.
    """
    manifest = read_manifest()
    entry = manifest["landmarks"].get(str(model))
    if entry is None:
        return _read_task(Path(model))
    detector, landmarks = (_find_network(str(model), one) for one in (manifest["detector"], entry))
    return PoseModel(str(model), _hash_content(detector + landmarks), detector, landmarks)


def read_manifest() -> dict[str, Any]:
    """Return the expected hash of each network, and its source."""
    text = Path(__file__).with_name("models.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


def list_model_names() -> tuple[str, ...]:
    """Return the names of the models that formcheck knows, the default first."""
    return tuple(read_manifest()["landmarks"])


def is_present(model: str) -> bool:
    """Return whether the networks of a known model are on this machine.

    Nothing is fetched.
    """
    manifest = read_manifest()
    entry = manifest["landmarks"].get(model)
    return entry is not None and all(
        (find_models_dir() / one["file"]).is_file() for one in (manifest["detector"], entry)
    )


def find_models_dir() -> Path:
    """Return the folder of the networks: FORMCHECK_MODELS, else the user's cache."""
    own = os.environ.get("FORMCHECK_MODELS")
    return Path(own) if own else platformdirs.user_cache_path("formcheck", appauthor=False) / "models"


def _read_task(path: Path) -> PoseModel:
    """Return the networks of the user's own .task file, a zip."""
    if not path.is_file():
        names = ", ".join(list_model_names())
        raise BackendError(f"pose model: expected {names} or the path of a .task file, got {str(path)!r}: no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            detector, landmarks = (archive.read(name) for name in IN_TASK)
    except _UNREADABLE as error:
        wanted = " and ".join(IN_TASK)
        raise BackendError(
            f"{path.name}: expected a pose landmarker bundle, a zip with {wanted}, got: {error}; name another file"
        ) from None
    return PoseModel(path.name, _hash_content(detector + landmarks), detector, landmarks)


def _find_network(model: str, entry: NetworkEntry) -> bytes:
    """Return the bytes of one network, checked."""
    path = find_models_dir() / entry["file"]
    if not path.is_file():
        with _lock_beside(path):
            if not path.is_file():  # another process may have fetched it while this one waited
                _fetch(model, entry["package"])
    content = path.read_bytes()
    if (came := _hash_content(content)) != entry["sha256"]:
        raise BackendError(
            f"pose model {path}: expected sha256 {entry['sha256']}, got {came}; delete the file and it is "
            "fetched again, or name your own .task file with --pose-model"
        )
    return content


def _hash_content(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# Fetching -------------------------------------------------------------------------------------------------------------


def _fetch(model: str, package: str) -> None:
    """Fetch a package and keep all of its networks that the manifest names."""
    started_s = time.monotonic()
    manifest = read_manifest()
    source = manifest["packages"][package]
    with tempfile.TemporaryDirectory(prefix=name_temp_folder()) as folder:
        fetch = _fetch_wheel if package == "wheel" else _fetch_npm_package
        archive = fetch(model, source, Path(folder))
        for entry in (manifest["detector"], *manifest["landmarks"].values()):
            if entry["package"] == package:
                content = _read_member(archive, entry["member"])
                if (came := _hash_content(content)) != entry["sha256"]:
                    raise BackendError(
                        f"pose model {model!r}: {entry['member']} of {archive.name}: expected sha256 "
                        f"{entry['sha256']}, got {came}; nothing was written"
                    )
                write_whole(find_models_dir() / entry["file"], content)
    log.info("pose model %r fetched in %.1f s", model, time.monotonic() - started_s)


def _read_member(archive: Path, member: str) -> bytes:
    """Return one file of a wheel (zip) or of an npm package (tar.gz)."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(member)
        with tarfile.open(archive, "r:gz") as package:
            file = package.extractfile(member)
            if file is None:
                raise KeyError(member)
            return file.read()
    except _UNREADABLE as error:
        raise BackendError(f"pose model: expected {member} in {archive.name}, got: {error}; try again") from error


def _fetch_wheel(model: str, source: dict[str, Any], folder: Path) -> Path:
    """Return the wheel, fetched with pip.

    So the user's own mirrors and certificates are used.
    """
    requirement = source["requirement"]
    log.info("pose model %r: downloading %s (%d MB, only once)", model, requirement, source["size_mb"])
    # The platform is fixed because only data is taken out of the wheel: it serves every operating system.
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--only-binary=:all:", "--python-version", source["python_version"], "--platform", source["platform"],
        "--dest", str(folder), requirement,
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    found = list(folder.glob("*.whl"))
    if run.returncode or len(found) != 1:
        said = run.stderr.strip().splitlines() or [f"pip ended with exit code {run.returncode}"]
        raise _unreachable(model, f"pip could not download {requirement} ({said[-1]})")
    return found[0]


def _fetch_npm_package(model: str, source: dict[str, Any], folder: Path) -> Path:
    """Return the npm package.

    It is fetched with npm if that is installed, because npm knows the user's mirrors; else directly.
    """
    requirement = f"{source['name']}@{source['version']}"
    log.info("pose model %r: downloading %s (%d MB, only once)", model, requirement, source["size_mb"])
    npm = shutil.which("npm")
    if npm is not None:
        command = [npm, "pack", "--silent", "--ignore-scripts", requirement]
        subprocess.run(command, capture_output=True, cwd=folder, check=False)
        found = list(folder.glob("*.tgz"))
        if len(found) == 1:
            return found[0]
    url = source["url"]
    try:
        with urllib.request.urlopen(url, timeout=_DOWNLOAD_TIMEOUT_S) as reply:  # noqa: S310 - https, from our manifest
            content = io.BytesIO(reply.read())
    except (OSError, HTTPException) as error:  # URLError and time-outs are OSErrors
        raise _unreachable(model, f"{requirement} could not be downloaded ({error})") from error
    path = folder / "package.tgz"
    path.write_bytes(content.getvalue())
    return path


def _unreachable(model: str, what: str) -> BackendError:
    manifest = read_manifest()
    files = f"{manifest['detector']['file']} and {manifest['landmarks'][model]['file']}"
    return BackendError(
        f"pose model {model!r} is not on this machine and {what}; connect to the network once, "
        f"or copy {files} from another machine into {find_models_dir()}"
    )


@contextmanager
def _lock_beside(path: Path) -> Iterator[None]:
    """Hold a lock next to `path`.

    The system releases it when a process ends, so it can never become stale.
    """
    lock = FileLock(path.with_name("fetching.lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file completely or not at all.

    Raises
    ------
    BackendError
        It cannot be written.
    """
    sweep_once(path.parent)
    part = name_unfinished_file(path)
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
