"""Poses that are read more than once: the same from memory and from a file."""

import numpy as np
import pytest

from formcheck.core.measure.person import PersonTracker
from formcheck.core.measure.smoothing import Smoother
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.recording.kept_poses import KeptPoses
from formcheck.sources.pose_track import open_track


@pytest.mark.parametrize("most_in_memory", [10_000, 20])
def test_poses_come_back_as_they_were_as_often_as_asked(checkout, most_in_memory):
    track = open_track(checkout / "tests" / "data" / "hinge_good.parquet")
    with KeptPoses(dict(track.header), most_in_memory=most_in_memory) as kept:
        for pose in track:
            kept.add(pose)
        kept.finish({**track.header, "source": {"frames": 7}})
        assert (kept.frames, kept.header["source"]) == (track.frames, {"frames": 7})
        for _ in range(2):
            again = list(kept)
            assert len(again) == track.frames
            for one, other in zip(again, track, strict=True):
                assert (one.time_s, one.size_px, one.people) == (other.time_s, other.size_px, other.people)
                for name in ("xy_px", "xyz_m", "visibility", "back_xy_px"):
                    assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
                assert (one.mirror is None) == (other.mirror is None)


def test_file_of_a_long_recording_goes_when_it_is_done(checkout, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    track = open_track(checkout / "tests" / "data" / "hinge_good.parquet")
    poses = list(track)
    with KeptPoses(dict(track.header), most_in_memory=5) as kept:
        for pose in poses[:5]:
            kept.add(pose)
        assert not list(tmp_path.iterdir())
        kept.add(poses[5])
        assert len(list(tmp_path.rglob("poses.parquet"))) == 1
        kept.finish(track.header)
        assert len(list(kept)) == 6
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("most_in_memory", "is_kept"), [(6, True), (5, False)])
def test_the_person_is_kept_of_short_recordings(checkout, most_in_memory, is_kept):
    track = open_track(checkout / "tests" / "data" / "hinge_good.parquet")
    poses, person = list(track)[:6], PersonTracker()
    with KeptPoses(dict(track.header), most_in_memory=most_in_memory) as kept:
        assert kept.people is None
        found = []
        for pose in poses:
            kept.add(pose)
            found.append(person.step(pose))
            kept.add_person(found[-1])
        assert kept.people == (found if is_kept else None)


def test_a_check_follows_the_person_once(checkout, monkeypatch):
    """Both passes need the smoothed pose; the second takes that of the first."""
    steps = []
    monkeypatch.setattr(Smoother, "step", lambda self, pose, step=Smoother.step: steps.append(pose) or step(self, pose))
    track = checkout / "tests" / "data" / "hinge_good.parquet"
    summary = check_recording(track, movement="hamstring_hinge_standing")
    assert len(steps) == summary.source.frames == open_track(track).frames


def test_a_long_recording_is_judged_alike(checkout, monkeypatch):
    track = checkout / "tests" / "data" / "hinge_good.parquet"
    short = check_recording(track, movement="hamstring_hinge_standing")
    monkeypatch.setattr(KeptPoses.__init__, "__kwdefaults__", {"most_in_memory": 5})
    assert check_recording(track, movement="hamstring_hinge_standing") == short
