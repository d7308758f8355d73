"""Files that are not networks, and their packages."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

from formcheck.sources.pose.models import IN_TASK, read_manifest

DETECTOR, FULL, LITE, HEAVY = b"a detector", b"a full network", b"a lite network", b"a heavy network" * 99
FILES = {
    "pose_detection.tflite": DETECTOR,
    "pose_landmark_full.tflite": FULL,
    "pose_landmark_lite.tflite": LITE,
    "pose_landmark_heavy.tflite": HEAVY,
}
LOCK = "fetching.lock"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def manifest_of_fakes() -> dict:
    """Return the true manifest, except that it expects the networks of these tests."""
    manifest = read_manifest()
    for entry in (manifest["detector"], *manifest["landmarks"].values()):
        entry["sha256"] = sha256(FILES[entry["file"]])
    return manifest


def members(package: str) -> dict[str, bytes]:
    manifest = read_manifest()
    entries = (manifest["detector"], *manifest["landmarks"].values())
    return {one["member"]: FILES[one["file"]] for one in entries if one["package"] == package}


def wheel(files: dict[str, bytes] | None = None) -> bytes:
    """Return a wheel with the networks of these tests, or with other files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (members("wheel") if files is None else files).items():
            archive.writestr(name, content)
    return out.getvalue()


def npm_package(files: dict[str, bytes] | None = None) -> bytes:
    """Return an npm package with the networks of these tests, or with other files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in (members("npm") if files is None else files).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def task(**changed: bytes) -> bytes:
    """Return a .task file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in zip(IN_TASK, (DETECTOR, FULL), strict=True):
            archive.writestr(name, changed.get(name, content))
    return out.getvalue()


def write_package(folder: Path, content: bytes) -> Path:
    path = folder / "some.whl"
    with path.open("wb") as file:
        file.write(content)
    return path


def fill(folder: Path, *names: str) -> None:
    """Put networks into the folder as an earlier run left them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or FILES:
        (folder / name).write_bytes(FILES[name])


def inside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
