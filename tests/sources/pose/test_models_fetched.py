"""Missing networks are fetched once, completely or not at all, also for several processes at once."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.errors import BackendError
from formcheck.sources.pose import models
from formcheck.sources.pose.models import PoseModel, find_pose_model, read_manifest

from .packages import (
    DETECTOR,
    FULL,
    HEAVY,
    LITE,
    LOCK,
    fill,
    inside,
    members,
    npm_package,
    sha256,
    wheel,
    write_package,
)


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


# What goes wrong ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (wheel({"something.py": b""}), r"expected mediapipe/modules/.*\.tflite in mediapipe\.whl, got: .+; try again"),
        (b"<html>", r"expected mediapipe/modules/.*\.tflite in mediapipe\.whl, got: .+; try again"),
        (
            wheel({**members("wheel"), "mediapipe/modules/pose_detection/pose_detection.tflite": b"other"}),
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
        for member in members(kind):
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
    monkeypatch.setattr(models, "_fetch_wheel", lambda model, source, place: write_package(place, wheel()))
    with pytest.raises(BackendError, match=r"expected to write .*pose_detection\.tflite, got No space left on device;"):
        find_pose_model()
    assert inside(folder) == [LOCK]


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
import packages
from formcheck.sources.pose import models

def fetch_slowly(model, source, folder):
    with Path(sys.argv[2], "fetched").open("a") as file:
        file.write("once ")
    time.sleep(float(sys.argv[3]))
    return packages.write_package(folder, packages.wheel())

manifest = packages.manifest_of_fakes()
models.read_manifest, models._fetch_wheel = lambda: manifest, fetch_slowly
print(models.find_pose_model().landmarks.decode())
"""


def _child(tmp_path: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _CHILD, str(Path(__file__).parent), str(tmp_path), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_many_processes_at_once_fetch_it_once(folder, tmp_path):
    children = [_child(tmp_path, 1.0) for _ in range(3)]
    assert [child.communicate(timeout=240)[0] for child in children] == [f"{FULL.decode()}\n"] * 3
    assert (tmp_path / "fetched").read_text() == "once "


def test_lock_of_a_process_that_died_holds_nobody_up(folder, tmp_path, tools):
    child = _child(tmp_path, 600.0)
    try:
        end_s = time.monotonic() + 240
        while not (tmp_path / "fetched").exists():
            assert time.monotonic() < end_s, "the other process did not begin"
            time.sleep(0.02)
    finally:
        child.kill()
        child.communicate()
    tools(pip=wheel())
    assert find_pose_model().landmarks == FULL
