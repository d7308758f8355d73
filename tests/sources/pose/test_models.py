"""The pose networks: found, fetched once, and never used unless they are the ones expected."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.errors import BackendError
from formcheck.sources.pose import models
from formcheck.sources.pose.models import IN_TASK, PoseModel, find_pose_model, models_dir, read_manifest

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


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder for the networks; the manifest expects those of these tests."""
    path = tmp_path / "models"
    manifest = manifest_of_fakes()
    monkeypatch.setenv("FORMCHECK_MODELS", str(path))
    monkeypatch.setattr(models, "read_manifest", lambda: manifest)
    return path


# Packages -------------------------------------------------------------------------------------------------------------


def _members(package: str) -> dict[str, bytes]:
    manifest = read_manifest()
    entries = (manifest["detector"], *manifest["landmarks"].values())
    return {one["member"]: FILES[one["file"]] for one in entries if one["package"] == package}


def wheel(files: dict[str, bytes] | None = None) -> bytes:
    """Return a wheel with the networks of these tests, or with other files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (_members("wheel") if files is None else files).items():
            archive.writestr(name, content)
    return out.getvalue()


def npm_package(files: dict[str, bytes] | None = None) -> bytes:
    """Return an npm package with the networks of these tests, or with other files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in (_members("npm") if files is None else files).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[list[str]]]:
    """Return a function that sets what pip, npm and the web give: bytes, or None where they fail."""
    run: list[list[str]] = []

    def install(*, pip: bytes | None = None, npm: bytes | None = None, web: bytes | None = None) -> list[list[str]]:
        def run_tool(command: list[str], *, cwd: Path | None = None, **_: object) -> subprocess.CompletedProcess[str]:
            run.append(command)
            if "pip" in command:
                place, content = Path(command[command.index("--dest") + 1]) / "mediapipe.whl", pip
            else:
                place, content = Path(str(cwd)) / "mediapipe-pose.tgz", npm
            if content is None:
                return subprocess.CompletedProcess(command, 1, "", "WARNING: retrying\nERROR: No matching found\n")
            place.write_bytes(content)
            return subprocess.CompletedProcess(command, 0, "", "")

        def urlopen(url: str, timeout: float) -> io.BytesIO:
            run.append([url])
            if web is None:
                raise OSError("no route")
            return io.BytesIO(web)

        run.clear()
        monkeypatch.setattr(models.subprocess, "run", run_tool)
        monkeypatch.setattr(models.shutil, "which", lambda name: None if npm is None else f"/usr/bin/{name}")
        monkeypatch.setattr(models.urllib.request, "urlopen", urlopen)
        return run

    return install


def fill(folder: Path, *names: str) -> None:
    """Put networks into the folder as an earlier run left them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or FILES:
        (folder / name).write_bytes(FILES[name])


def inside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# Finding --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "landmarks"), [("full", FULL), ("lite", LITE), ("heavy", HEAVY)])
def test_networks_that_are_here_need_no_network(folder, tools, name, landmarks):
    run = tools()
    fill(folder)
    assert find_pose_model(name) == PoseModel(name, sha256(DETECTOR + landmarks), DETECTOR, landmarks)
    assert run == []


def test_full_is_the_default(folder):
    fill(folder)
    assert find_pose_model() == find_pose_model("full")


def test_wheel_is_fetched_once_and_gives_both_networks(folder, tools):
    run = tools(pip=wheel())
    first, second = find_pose_model(), find_pose_model("full")
    assert first == second == PoseModel("full", sha256(DETECTOR + FULL), DETECTOR, FULL)
    assert len(run) == 1
    assert run[0][-1] == "mediapipe==0.10.21"
    assert inside(folder) == [LOCK, "pose_detection.tflite", "pose_landmark_full.tflite"]


@pytest.mark.parametrize("by", ["npm", "web"])
def test_npm_package_gives_lite_and_heavy_at_once(folder, tools, by):
    fill(folder, "pose_detection.tflite")
    run = tools(**{by: npm_package()})
    assert find_pose_model("lite").landmarks == LITE
    assert find_pose_model("heavy").landmarks == HEAVY
    assert len(run) == 1
    told = "@mediapipe/pose@0.5.1675469404" if by == "npm" else read_manifest()["packages"]["npm"]["url"]
    assert run[0][-1] == told


def test_npm_that_fails_leaves_it_to_the_web(folder, tools, monkeypatch):
    fill(folder, "pose_detection.tflite")
    run = tools(web=npm_package())
    monkeypatch.setattr(models.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert find_pose_model("lite").landmarks == LITE
    assert [command[0] for command in run] == ["/usr/bin/npm", read_manifest()["packages"]["npm"]["url"]]


def test_lite_takes_its_detector_from_the_wheel(folder, tools):
    run = tools(pip=wheel(), web=npm_package())
    assert find_pose_model("lite") == PoseModel("lite", sha256(DETECTOR + LITE), DETECTOR, LITE)
    assert len(run) == 2


@pytest.mark.parametrize("name", sorted(FILES))
def test_changed_file_is_refused(folder, name):
    fill(folder)
    (folder / name).write_bytes(b"something else")
    model = name.removesuffix(".tflite").rpartition("_")[2]
    expected = (
        f"pose model {folder / name}: expected sha256 {sha256(FILES[name])}, got {sha256(b'something else')}; delete "
        "the file and it is fetched again, or name your own .task file with --pose-model"
    )
    with pytest.raises(BackendError, match=f"^{re.escape(expected)}$"):
        find_pose_model("full" if model == "detection" else model)


def test_unknown_name_lists_what_there_is(folder):
    message = r"^pose model: expected full, lite, heavy or the path of a \.task file, got 'huge': no such file$"
    with pytest.raises(BackendError, match=message):
        find_pose_model("huge")


def test_user_cache_is_used_unless_a_folder_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("FORMCHECK_MODELS", raising=False)
    assert models_dir().parts[-2:] == ("formcheck", "models")
    monkeypatch.setenv("FORMCHECK_MODELS", str(tmp_path / "elsewhere"))
    assert models_dir() == tmp_path / "elsewhere"


# The user's own file --------------------------------------------------------------------------------------------------


def task(**changed: bytes) -> bytes:
    """Return a .task file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in zip(IN_TASK, (DETECTOR, FULL), strict=True):
            archive.writestr(name, changed.get(name, content))
    return out.getvalue()


@pytest.mark.parametrize("kind", [str, Path])
def test_own_file_is_taken_as_it_is_and_its_hash_recorded(folder, tmp_path, kind):
    own = tmp_path / "mine.task"
    own.write_bytes(task())
    assert find_pose_model(kind(own)) == PoseModel("mine.task", sha256(DETECTOR + FULL), DETECTOR, FULL)


@pytest.mark.parametrize(
    "content", [b"", b"not a model", wheel(), task()[:-30]], ids=["empty", "text", "other zip", "half"]
)
def test_own_file_that_is_no_bundle_is_refused(tmp_path, content):
    own = tmp_path / "mine.task"
    own.write_bytes(content)
    message = (
        r"^mine\.task: expected a pose landmarker bundle, a zip with pose_detector\.tflite and "
        r"pose_landmarks_detector\.tflite, got: .+; name another file$"
    )
    with pytest.raises(BackendError, match=message):
        find_pose_model(own)


def test_folder_is_no_model(tmp_path):
    with pytest.raises(BackendError, match="no such file"):
        find_pose_model(tmp_path)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_spoilt_bundle_gives_a_model_or_our_error(tmp_path_factory, data):
    content = bytearray(task())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    own = tmp_path_factory.getbasetemp() / "spoilt.task"
    own.write_bytes(content)
    complaint = ""
    try:
        found = find_pose_model(own)
    except BackendError as error:
        complaint = str(error)
    else:
        assert found.sha256 == sha256(found.detector + found.landmarks)
    assert complaint == "" or complaint.startswith("spoilt.task: expected a pose landmarker bundle")


# Fetching -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (wheel({"something.py": b""}), r"expected mediapipe/modules/.*\.tflite in mediapipe\.whl, got: .+; try again"),
        (b"<html>", r"expected mediapipe/modules/.*\.tflite in mediapipe\.whl, got: .+; try again"),
        (
            wheel({**_members("wheel"), "mediapipe/modules/pose_detection/pose_detection.tflite": b"other"}),
            r"pose_detection\.tflite of mediapipe\.whl: expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}; nothing was",
        ),
    ],
    ids=["a network is absent", "not a zip", "another network"],
)
def test_wheel_that_is_another_leaves_nothing(folder, tools, content, message):
    tools(pip=content)
    with pytest.raises(BackendError, match=message):
        find_pose_model()
    assert inside(folder) == [LOCK]
    tools(pip=wheel())
    assert find_pose_model().landmarks == FULL


@pytest.mark.parametrize(
    "content",
    [npm_package({"package/readme": b""}), b"<html>", npm_package()[:-40]],
    ids=["a network is absent", "not a tar", "half"],
)
def test_npm_package_that_is_another_leaves_nothing(folder, tools, content):
    fill(folder, "pose_detection.tflite")
    tools(web=content)
    with pytest.raises(BackendError, match=r"expected package/pose_landmark_.*\.tflite in package\.tgz, got: .+; try"):
        find_pose_model("lite")
    assert inside(folder) == [LOCK, "pose_detection.tflite"]
    tools(web=npm_package())
    assert find_pose_model("lite").landmarks == LITE


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([wheel(), npm_package()]), st.data())
def test_spoilt_package_gives_its_file_or_our_error(tmp_path_factory, content, data):
    spoilt = bytearray(content)
    for _ in range(data.draw(st.integers(1, 8))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    kind = "wheel" if content == wheel() else "npm"
    path = tmp_path_factory.getbasetemp() / f"spoilt.{'whl' if kind == 'wheel' else 'tgz'}"
    path.write_bytes(spoilt)
    complaint = ""
    try:
        for member in _members(kind):
            models._read_member(path, member)  # whether it is the right one is decided by its sha256
    except BackendError as error:
        complaint = str(error)
    assert complaint == "" or complaint.startswith("pose model: expected ")
    assert "\n" not in complaint


def test_interrupted_write_leaves_nothing(folder, tools, monkeypatch):
    tools(pip=wheel())

    def interrupted(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        find_pose_model()
    assert inside(folder) == [LOCK]


def test_folder_that_cannot_be_made_says_what_to_set(tmp_path, monkeypatch):
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setenv("FORMCHECK_MODELS", str(in_the_way / "models"))
    message = r"^pose model: expected to write .*pose_detection\.tflite, got .+; set FORMCHECK_MODELS to a folder you"
    with pytest.raises(BackendError, match=message):
        find_pose_model()


def test_disk_that_is_full_says_what_to_set(folder, tools, monkeypatch):
    tools(pip=wheel())

    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full, raising=True)
    monkeypatch.setattr(models, "_fetch_wheel", lambda model, source, place: _written(place, wheel()))
    with pytest.raises(BackendError, match=r"expected to write .*pose_detection\.tflite, got No space left on device;"):
        find_pose_model()
    assert inside(folder) == [LOCK]


def _written(folder: Path, content: bytes) -> Path:
    path = folder / "some.whl"
    with path.open("wb") as file:
        file.write(content)
    return path


def test_offline_message_says_which_files_to_put_where(folder, tools):
    tools()
    expected = (
        "pose model 'full' is not on this machine and pip could not download mediapipe==0.10.21 "
        "(ERROR: No matching found); connect to the network once, "
        f"or copy pose_detection.tflite and pose_landmark_full.tflite from another machine into {folder}"
    )
    with pytest.raises(BackendError, match=f"^{re.escape(expected)}$"):
        find_pose_model()


def test_pip_that_says_nothing_is_known_by_its_exit_code(folder, monkeypatch):
    monkeypatch.setattr(models.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 7, "", ""))
    with pytest.raises(BackendError, match=r"\(pip ended with exit code 7\)"):
        find_pose_model()


@pytest.mark.parametrize("model", ["lite", "heavy"])
def test_offline_message_of_the_other_models(folder, tools, model):
    fill(folder, "pose_detection.tflite")
    tools()
    expected = (
        f"pose model '{model}' is not on this machine and @mediapipe/pose@0.5.1675469404 could not be downloaded "
        f"(no route); connect to the network once, or copy pose_detection.tflite and pose_landmark_{model}.tflite "
        f"from another machine into {folder}"
    )
    with pytest.raises(BackendError, match=f"^{re.escape(expected)}$"):
        find_pose_model(model)


# Many at once ---------------------------------------------------------------------------------------------------------


def test_many_threads_at_once_fetch_it_once(folder, tools):
    run = tools(pip=wheel())
    found: list[PoseModel] = []
    threads = [threading.Thread(target=lambda: found.append(find_pose_model())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(run) == 1
    assert [model.landmarks for model in found] == [FULL] * 8


_CHILD = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_models
from formcheck.sources.pose import models

def fetch_slowly(model, source, folder):
    with Path(sys.argv[2], "fetched").open("a") as told:
        told.write("once ")
    time.sleep(float(sys.argv[3]))
    return test_models._written(folder, test_models.wheel())

manifest = test_models.manifest_of_fakes()
models.read_manifest, models._fetch_wheel = lambda: manifest, fetch_slowly
print(models.find_pose_model().landmarks.decode())
"""


def _child(tmp_path: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _CHILD, str(Path(__file__).parent), str(tmp_path), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_many_processes_at_once_fetch_it_once(folder, tmp_path):
    children = [_child(tmp_path, 1.0) for _ in range(3)]
    assert [child.communicate(timeout=60)[0] for child in children] == [f"{FULL.decode()}\n"] * 3
    assert (tmp_path / "fetched").read_text() == "once "


def test_lock_of_a_process_that_died_holds_nobody_up(folder, tmp_path, tools):
    child = _child(tmp_path, 600.0)
    try:
        end_s = time.monotonic() + 60
        while not (tmp_path / "fetched").exists():
            assert time.monotonic() < end_s, "the other process did not begin"
            time.sleep(0.02)
    finally:
        child.kill()
        child.communicate()
    tools(pip=wheel())
    assert find_pose_model().landmarks == FULL


# What is shipped ------------------------------------------------------------------------------------------------------


def test_manifest_pins_every_network():
    manifest = read_manifest()
    assert set(manifest["landmarks"]) == {"full", "lite", "heavy"}
    for entry in (manifest["detector"], *manifest["landmarks"].values()):
        assert re.fullmatch("[0-9a-f]{64}", entry["sha256"])
        assert entry["package"] in manifest["packages"]
    assert manifest["packages"]["npm"]["url"].startswith("https://")


def test_import_loads_no_model_library():
    code = (
        "import sys, json, formcheck.sources.pose.models; "
        "heavy = ('mediapipe', 'cv2', 'flatbuffers', 'ai_edge_litert', 'openvino', 'numpy'); "
        "print(json.dumps([m for m in heavy if m in sys.modules]))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == []


@pytest.mark.slow
def test_true_networks_are_the_ones_expected():
    manifest, model = read_manifest(), find_pose_model()
    assert sha256(model.detector) == manifest["detector"]["sha256"]
    assert sha256(model.landmarks) == manifest["landmarks"]["full"]["sha256"]
