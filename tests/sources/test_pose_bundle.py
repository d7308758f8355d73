"""The pose model: found, prepared once, and never used unless it is the one expected."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from formcheck.core.errors import BackendError
from formcheck.sources import pose_assembly, pose_bundle
from formcheck.sources.pose_bundle import find_pose_bundle, read_manifest

CONTENT = b"a pose model"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty models folder; the manifest expects `CONTENT` as model "full"."""
    folder = tmp_path / "models"
    monkeypatch.setenv("FORMCHECK_MODELS", str(folder))
    manifest = read_manifest()
    manifest["full"]["sha256"] = SHA256
    monkeypatch.setattr(pose_bundle, "read_manifest", lambda: manifest)
    return folder


def _prepare_with(monkeypatch: pytest.MonkeyPatch, result: bytes | Exception) -> list[str]:
    """Replace the download and assembly; return the list of the names asked for."""
    asked: list[str] = []

    def assemble(name: str, wheel: object) -> bytes:
        asked.append(name)
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(pose_bundle, "_assemble_from_wheel", assemble)
    return asked


# Finding ------------------------------------------------------------------------------------------------------------


def test_model_is_prepared_once_and_found_afterwards(models, monkeypatch):
    asked = _prepare_with(monkeypatch, CONTENT)
    first, second = find_pose_bundle(), find_pose_bundle("full")
    assert first == second == pose_bundle.PoseBundle(models / "pose_landmarker_full.task", "full", SHA256)
    assert first.path.read_bytes() == CONTENT
    assert asked == ["full"]


def test_many_starts_at_once_prepare_it_once(models, monkeypatch):
    asked = _prepare_with(monkeypatch, CONTENT)
    threads = [threading.Thread(target=find_pose_bundle) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == ["full"]


def test_changed_file_is_refused(models):
    models.mkdir()
    path = models / "pose_landmarker_full.task"
    path.write_bytes(b"something else")
    found = hashlib.sha256(b"something else").hexdigest()
    expected = (
        f"pose model {path}: expected sha256 {SHA256}, got {found}; delete the file and it is prepared anew, "
        "or name it with its path if you mean to use another model"
    )
    with pytest.raises(BackendError, match=f"^{re.escape(expected)}$"):
        find_pose_bundle()


def test_own_file_is_taken_as_it_is_and_its_hash_recorded(models, tmp_path):
    own = tmp_path / "mine.task"
    own.write_bytes(b"mine")
    assert find_pose_bundle(str(own)) == pose_bundle.PoseBundle(own, "mine.task", hashlib.sha256(b"mine").hexdigest())
    assert find_pose_bundle(own).path == own


def test_unknown_name_lists_what_there_is(models):
    with pytest.raises(BackendError, match=r"expected full, lite, heavy or the path of a \.task file, got 'huge': no"):
        find_pose_bundle("huge")


def test_user_cache_is_used_unless_a_folder_is_named(monkeypatch):
    monkeypatch.delenv("FORMCHECK_MODELS", raising=False)
    assert pose_bundle.models_dir().name == "models"
    assert "formcheck" in str(pose_bundle.models_dir())


# Preparing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(BackendError("the wheel lacks a network"), id="assembly fails"),
        pytest.param(b"not the bytes of the manifest", id="assembly gives another file"),
    ],
)
def test_failed_preparation_leaves_nothing_and_the_next_one_works(models, monkeypatch, result):
    _prepare_with(monkeypatch, result)
    with pytest.raises(BackendError, match=r"lacks a network|it was put together, but expected sha256"):
        find_pose_bundle()
    assert [path.name for path in models.iterdir()] == ["pose_landmarker_full.lock"]
    _prepare_with(monkeypatch, CONTENT)
    assert find_pose_bundle().sha256 == SHA256


def test_interrupted_write_leaves_nothing(models, monkeypatch):
    _prepare_with(monkeypatch, CONTENT)

    def interrupted(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        find_pose_bundle()
    assert [path.name for path in models.iterdir()] == ["pose_landmarker_full.lock"]


def test_folder_that_cannot_be_written_says_what_to_set(tmp_path, monkeypatch):
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("FORMCHECK_MODELS", str(in_the_way / "models"))
    with pytest.raises(BackendError, match=r"expected to write .*pose_landmarker_full\.task, got .*FORMCHECK_MODELS"):
        find_pose_bundle()


def test_offline_message_says_which_file_to_put_where(models, monkeypatch):
    failed = subprocess.CompletedProcess([], 1, "", "WARNING: retrying\nERROR: No matching distribution found\n")
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: failed)
    expected = (
        "pose model 'full' is not on this machine and pip could not download mediapipe==0.10.21 "
        "(ERROR: No matching distribution found); connect to the network once, "
        f"or copy pose_landmarker_full.task from another machine into {models}"
    )
    with pytest.raises(BackendError, match=f"^{re.escape(expected)}$"):
        find_pose_bundle()


@pytest.mark.parametrize("model", ["lite", "heavy"])
def test_official_bundles_say_which_file_to_put_where_without_a_network(models, monkeypatch, model):
    def offline(*args: object, **kwargs: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr(pose_bundle.urllib.request, "urlopen", offline)
    with pytest.raises(
        BackendError, match=rf"could not be downloaded \(no route\).*copy pose_landmarker_{model}\.task"
    ):
        find_pose_bundle(model)


# Assembling ---------------------------------------------------------------------------------------------------------


def _wheel(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "some.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def _network(content: bytes, name: str = "net.tflite") -> pose_assembly.Network:
    sha256 = hashlib.sha256(content).hexdigest()
    return {"in_wheel": name, "in_bundle": name, "bytes": len(content), "sha256": sha256, "add_metadata": False}


def test_networks_lie_stored_on_64_byte_boundaries(tmp_path):
    files = {"a.tflite": b"a" * 101, "longer name.tflite": b"b" * 7}
    bundle = pose_assembly.assemble(_wheel(tmp_path, files), [_network(files[name], name) for name in files])
    assert {name: bundle.find(content) % 64 for name, content in files.items()} == dict.fromkeys(files, 0)
    (tmp_path / "bundle.task").write_bytes(bundle)
    with zipfile.ZipFile(tmp_path / "bundle.task") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files


def test_another_network_is_refused(tmp_path):
    wheel = _wheel(tmp_path, {"net.tflite": b"other"})
    with pytest.raises(BackendError, match=r"net\.tflite from some\.whl: expected sha256 .*, got .*; nothing was writ"):
        pose_assembly.assemble(wheel, [_network(b"expected")])


@pytest.mark.parametrize("broken", [True, False], ids=["not a zip", "a network is absent"])
def test_another_wheel_is_refused(tmp_path, broken):
    wheel = _wheel(tmp_path, {"something.py": b""})
    if broken:
        wheel.write_bytes(b"<html>")
    with pytest.raises(BackendError, match=r"expected a wheel with the pose networks, got some\.whl"):
        pose_assembly.assemble(wheel, [_network(b"")])


def test_manifest_pins_all_that_is_assembled():
    manifest = read_manifest()
    assert set(manifest) == {"full", "lite", "heavy"}
    pinned = [manifest["full"]["sha256"], *(network["sha256"] for network in manifest["full"]["wheel"]["networks"])]
    assert all(re.fullmatch("[0-9a-f]{64}", str(sha256)) for sha256 in pinned)
    assert all(manifest[name]["url"].startswith("https://") for name in ("lite", "heavy"))


def test_import_loads_no_model_library():
    code = (
        "import sys, json, formcheck.sources.pose_bundle; "
        "print(json.dumps([m for m in ('mediapipe', 'cv2', 'flatbuffers') if m in sys.modules]))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == []


@pytest.mark.slow
def test_true_model_is_the_one_expected_and_has_its_metadata():
    bundle = find_pose_bundle("full")
    assert bundle.sha256 == read_manifest()["full"]["sha256"]
    with zipfile.ZipFile(bundle.path) as archive:
        assert archive.namelist() == ["pose_detector.tflite", "pose_landmarks_detector.tflite"]
        assert b"TFLITE_METADATA" in archive.read("pose_landmarks_detector.tflite")
