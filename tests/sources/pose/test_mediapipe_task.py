"""The .task file for MediaPipe: networks on 64-byte boundaries, with the metadata that it requires."""

from __future__ import annotations

import zipfile

import pytest

from formcheck.core.errors import BackendError
from formcheck.sources.pose.mediapipe_engine import _add_metadata, _zip_aligned, build_task
from formcheck.sources.pose.models import IN_TASK, find_pose_model


def test_networks_lie_stored_on_64_byte_boundaries(tmp_path):
    files = {"a.tflite": b"a" * 101, "longer name.tflite": b"b" * 7}
    task = _zip_aligned(list(files.items()))
    assert {name: task.find(content) % 64 for name, content in files.items()} == dict.fromkeys(files, 0)
    (tmp_path / "mine.task").write_bytes(task)
    with zipfile.ZipFile(tmp_path / "mine.task") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


@pytest.mark.slow
@pytest.mark.parametrize("network", [b"", b"no network", b"\x1c\0\0\0TFL3", b"\x10\0\0\0TFL3" + bytes(60)])
def test_landmark_network_that_is_none_is_refused(network):
    with pytest.raises(
        BackendError, match=r"^MediaPipe: expected networks of a pose landmarker, got: .+; name another"
    ):
        _add_metadata(network)


@pytest.mark.slow
def test_same_networks_give_the_same_bytes_and_are_found_again(tmp_path):
    model = find_pose_model()
    task = build_task(model)
    assert build_task(model) == task
    path = tmp_path / "full.task"
    path.write_bytes(task)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == list(IN_TASK)
        assert b"TFLITE_METADATA" not in model.landmarks
        assert b"TFLITE_METADATA" in archive.read(IN_TASK[1])
    again = find_pose_model(path)
    assert again.detector == model.detector
    assert _add_metadata(again.landmarks) == again.landmarks  # what has some keeps it
