"""The patient among several people: pointed at, followed, and kept in the result."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from formcheck.core.errors import SourceError
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import N_LANDMARKS
from formcheck.core.summary.schema import PatientRecord
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.recording.patient import PatientChoice, PatientPoint, blank_before
from formcheck.drivers.recording.process_engine import ProcessEngine
from formcheck.sources.pose_track import TrackWriter, open_track

HINGE, PLANK = "hamstring_hinge_standing", "plank"
SIZE_PX = (100, 100)


def body(x, time_s=0.0):
    """Return a pose whose every landmark is at one place."""
    return replace(PoseFrame.nobody(time_s, SIZE_PX), xy_px=np.full((N_LANDMARKS, 2), (x, 50), np.float32))


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("0.3,0.5@2.0", PatientPoint(x=0.3, y=0.5, at_s=2.0)),
        (" 1 , 0 ", PatientPoint(x=1, y=0)),
        ("0,0@0", PatientPoint(x=0, y=0)),
    ],
)
def test_point_is_read_from_its_text(text, point):
    assert PatientPoint.parse(text) == point


@pytest.mark.parametrize("text", ["", "0.3", "30,50", "0.3,0.5@-1", "nan,0", "0.1,0.2@inf", "x" * 300])
def test_text_that_is_no_point_says_what_is_expected(formcheck, text):
    with pytest.raises(SourceError, match=r"^patient: expected X,Y@SECONDS, got .{0,45}; x and y are shares"):
        PatientPoint.parse(text)
    code, _, said = formcheck("check", "clip.mp4", "--movement", PLANK, f"--patient-at={text}")
    assert code != 0
    assert "expected X,Y@SECONDS" in said


def test_nearest_person_is_chosen_also_after_they_have_moved():
    choice = PatientChoice(PatientPoint(x=0.2, y=0.5, at_s=1.0))
    assert choice.choose([body(80), body(30)]) == 1
    choice.note(body(90))  # before the moment of the point, it may be another person
    assert choice.choose([body(80), body(30)]) == 1
    choice.follow(SimpleNamespace(follow_at=lambda x, y: None), 1.0)
    choice.note(PoseFrame.nobody(1.1, SIZE_PX))
    choice.note(body(70))
    assert choice.choose([body(80), body(30)]) == 0


def blanked(choice, model, times_s, notes):
    def look():
        for time_s in times_s:
            choice.follow(model, time_s)
            yield body(10, time_s)

    header = open_track("tests/data/hinge_good.parquet").header
    return list(blank_before(look(), choice, model, header, notes.append))


@pytest.mark.parametrize("is_other", [True, False])
def test_another_person_before_the_point_is_left_out(monkeypatch, checkout, is_other):
    monkeypatch.chdir(checkout)
    asked, notes = [], []
    model = SimpleNamespace(follow_at=lambda x, y: asked.append((x, y)), has_switched=is_other)
    choice = PatientChoice(PatientPoint(x=0.1, y=0.5, at_s=0.2))
    poses = blanked(choice, model, [0, 0.1, 0.2, 0.3], notes)
    assert asked == [(0.1, 0.5)]
    assert [pose.time_s for pose in poses] == [0, 0.1, 0.2, 0.3]
    assert [pose.seen for pose in poses] == [not is_other, not is_other, True, True]
    assert [note.split(",")[0] for note in notes] == ["patient: before 0.2 s another person was followed"] * is_other


def test_moment_after_the_end_is_an_error(monkeypatch, checkout):
    monkeypatch.chdir(checkout)
    choice = PatientChoice(PatientPoint(x=0.1, y=0.5, at_s=5))
    with pytest.raises(SourceError, match=r"within the recording \(0 to 0\.1 s\), got 5\.0 s"):
        blanked(choice, SimpleNamespace(), [0, 0.1], [])


def test_saved_poses_have_nobody_to_choose(formcheck, checkout):
    track = checkout / "tests" / "data" / "hinge_good.parquet"
    code, _, said = formcheck("check", track, "--movement", HINGE, "--patient-at", "0.5,0.5")
    assert code != 0
    assert "got saved poses of one person" in said


def test_choice_travels_with_the_poses(tmp_path, checkout):
    track = open_track(checkout / "tests" / "data" / "hinge_good.parquet")
    with TrackWriter(tmp_path / "a.parquet", track.header | {"patient": {"x": 0.3, "y": 0.5, "at_s": 2.0}}) as written:
        for pose in track:
            written.write(pose)
    summary = check_recording(tmp_path / "a.parquet", movement=HINGE, out=tmp_path / "out")
    assert summary.patient == PatientRecord(x=0.3, y=0.5, at_s=2.0)
    assert open_track(tmp_path / "out" / "poses.parquet").header["patient"] == {"x": 0.3, "y": 0.5, "at_s": 2.0}
    with TrackWriter(tmp_path / "bad.parquet", track.header | {"patient": {"x": 3}}):
        pass
    with pytest.raises(SourceError, match="patient"):
        open_track(tmp_path / "bad.parquet")


@pytest.mark.slow
def test_two_people_are_judged_by_who_is_pointed_at(pair, tmp_path):
    warnings = []
    with ProcessEngine() as engine:
        for x, movement in ((0.25, HINGE), (0.75, PLANK)):
            point = PatientPoint(x=x, y=0.65, at_s=1.0)
            out = tmp_path / movement
            summary = check_recording(
                pair, movement="auto", engine=engine, patient=point, out=out, tell=warnings.append
            )
            assert (summary.movement.id, summary.patient) == (movement, point.record())
            middles = {
                np.nanmean(pose.xy_px[:, 0]) / pose.size_px[0] < 0.5 for pose in open_track(out / "poses.parquet")
            }
            assert middles == {x < 0.5}
    assert warnings == []
