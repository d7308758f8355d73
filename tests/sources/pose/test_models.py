"""The pose networks: found, fetched once, and used only if they are the expected ones."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.errors import BackendError
from formcheck.sources.pose.models import PoseModel, find_models_dir, find_pose_model, is_present, read_manifest

from .packages import DETECTOR, FILES, FULL, HEAVY, LITE, fill, sha256, task, wheel

# Finding --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "landmarks"), [("full", FULL), ("lite", LITE), ("heavy", HEAVY)])
def test_networks_that_are_here_need_no_network(folder, tools, name, landmarks):
    run = tools()
    fill(folder)
    assert find_pose_model(name) == PoseModel(name, sha256(DETECTOR + landmarks), DETECTOR, landmarks)
    assert run == []


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ([], set()),
        (["pose_detection.tflite", "pose_landmark_full.tflite"], {"full"}),
        (["pose_landmark_full.tflite", "pose_landmark_lite.tflite"], set()),
        (list(FILES), {"full", "lite", "heavy"}),
    ],
)
def test_model_is_here_where_both_of_its_networks_are(folder, tools, files, names):
    run = tools()
    if files:
        fill(folder, *files)
    assert {name for name in ("full", "lite", "heavy", "huge", "mine.task") if is_present(name)} == names
    assert run == []


def test_full_is_the_default(folder):
    fill(folder)
    assert find_pose_model() == find_pose_model("full")


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
    assert find_models_dir().parts[-2:] == ("formcheck", "models")
    monkeypatch.setenv("FORMCHECK_MODELS", str(tmp_path / "elsewhere"))
    assert find_models_dir() == tmp_path / "elsewhere"


# The user's own file --------------------------------------------------------------------------------------------------


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
