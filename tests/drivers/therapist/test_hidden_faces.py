"""Faces in pictures and films that leave the machine."""

from __future__ import annotations

import json

import numpy as np
import pytest

from formcheck.core.errors import SourceError
from formcheck.drivers.patients.folders import add_patient
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.recording.guarded_video import GuardedVideo
from formcheck.drivers.therapist.hidden_faces import OTHERS, FaceHider, write_hidden_film
from formcheck.program.therapist.faces import FACE_POINTS, Hidden
from formcheck.sinks.video_writer import VideoWriter
from formcheck.sources.pose_track import open_track

HINGE = "hamstring_hinge_standing"
PICTURES = 8


@pytest.fixture(scope="module")
def result(tmp_path_factory, checkout):
    """A result with a film of loud stripes: where they stay, nothing is hidden."""
    folder = tmp_path_factory.mktemp("results") / "monday"
    check_recording(checkout / "tests" / "data" / "hinge_good.parquet", movement=HINGE, out=folder)
    poses = list(open_track(folder / "poses.parquet"))
    width, height = poses[0].size_px
    stripes = np.zeros((height, width, 3), np.uint8)
    stripes[:, ::8] = stripes[:, 1::8] = stripes[:, 2::8] = stripes[:, 3::8] = 255
    with VideoWriter(folder / "annotated.mp4", fps=15, size_px=(width, height)) as writer:
        for pose in poses[:PICTURES]:
            writer.write(stripes, pose.time_s)
    return folder


def measure_contrast(picture, x_px, y_px, half_px=10):
    rows, columns = slice(int(y_px) - half_px, int(y_px) + half_px), slice(int(x_px) - half_px, int(x_px) + half_px)
    return float(np.ptp(picture[rows, columns].astype(float).mean(axis=(0, 2))))


def read_film(path):
    with GuardedVideo(path) as frames:
        return [(frame.time_s, frame.image.copy()) for frame in frames]


def test_the_face_is_gone_and_the_rest_stays(result, tmp_path):
    hider = write_hidden_film(result, tmp_path / "film.mp4")
    before, after = read_film(result / "annotated.mp4"), read_film(tmp_path / "film.mp4")
    assert (len(after), hider.counts) == (PICTURES, {Hidden.FACE: PICTURES})
    for pose, (_, old), (_, new) in zip(open_track(result / "poses.parquet"), before, after, strict=False):
        x, y = pose.xy_px[list(FACE_POINTS)].mean(axis=0)
        assert measure_contrast(old, x, y) > 150
        assert measure_contrast(new, x, y) < 30
        knee = pose.xy_px[25]
        assert measure_contrast(new, *knee) > 150
    assert hider.describe() == f"{PICTURES} × face hidden. {OTHERS}"


def test_a_picture_without_a_pose_is_hidden_as_a_whole(result):
    hider, picture = FaceHider(result), np.zeros((480, 640, 3), np.uint8)
    picture[:, ::2] = 255
    assert np.ptp(hider.hide(picture, 1000.0)) < 10
    assert hider.describe().startswith("1 × whole picture hidden, no face was found. ")


def test_a_result_leaves_the_patients_folder_without_its_face(result, tmp_path, monkeypatch, formcheck):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    (result / "report.html").write_text("a picture with a face", "utf-8")
    folder = add_patient("A-17")
    folder.keep_result(result)
    code, _, _ = formcheck("patient", "take-out", "A-17", "monday", "--out", tmp_path / "out", "--blur-faces")
    assert (code, (tmp_path / "out" / "report.html").exists()) == (0, False)
    pose = next(iter(open_track(result / "poses.parquet")))
    (_, picture), *_ = read_film(tmp_path / "out" / "annotated.mp4")
    assert measure_contrast(picture, *pose.xy_px[list(FACE_POINTS)].mean(axis=0)) < 30
    (_, kept), *_ = read_film(result / "annotated.mp4")
    assert measure_contrast(kept, *pose.xy_px[list(FACE_POINTS)].mean(axis=0)) > 150


def test_the_command_says_that_others_stay(formcheck, result, tmp_path):
    code, _, err = formcheck("report", result, "--blur-faces", "--out", tmp_path / "r.html")
    assert (code, OTHERS in err) == (0, True)
    code, _, err = formcheck("export", result, "--to", "mp4", "--blur-faces", "--out", tmp_path / "film.mp4")
    assert (code, OTHERS in err, len(read_film(tmp_path / "film.mp4"))) == (0, True, PICTURES)
    formcheck("export", result, "--to", "mp4", "--out", tmp_path / "plain.mp4")
    assert (tmp_path / "plain.mp4").read_bytes() == (result / "annotated.mp4").read_bytes()


def test_without_poses_or_film_nothing_is_written(result, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "summary.json").write_text(json.dumps({}), "utf-8")
    with pytest.raises(SourceError, match="expected an annotated film, got none"):
        write_hidden_film(empty, tmp_path / "film.mp4")
    with pytest.raises(SourceError, match="expected the poses of the recording to hide faces, got none"):
        FaceHider(empty)
    assert not (tmp_path / "film.mp4").exists()
