"""The videos of a check: one with the verdict drawn on it, one as the recording is, in step with the poses."""

from __future__ import annotations

import av
import numpy as np

from formcheck.core.movement.load import load_movement
from formcheck.core.pipeline import FormChecker
from formcheck.drivers.recording.check import ANNOTATED, FILM, _list_films, _write_films
from formcheck.sinks.video_writer import VideoWriter
from formcheck.sources.pose_track import TrackWriter, open_track

FRAMES, GREY = 30, 120


def make_recording(folder, checkout):
    """Write a grey video and the poses of its pictures."""
    track = open_track(checkout / "tests" / "data" / "hinge_good.parquet")
    poses = list(track)[:FRAMES]
    width, height = poses[0].size_px
    with TrackWriter(folder / "poses.parquet", track.header) as writer:
        for pose in poses:
            writer.write(pose)
    with VideoWriter(folder / "recording.mp4", fps=15, size_px=(width, height)) as video:
        for pose in poses:
            video.write(np.full((height, width, 3), GREY, np.uint8), pose.time_s)
    return folder / "recording.mp4", poses


def read_film(path):
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [(frame.time, frame.to_ndarray(format="rgb24").astype(int), frame.key_frame) for frame in frames]


def test_the_film_is_the_recording_without_drawing(tmp_path, checkout):
    video, poses = make_recording(tmp_path, checkout)
    judge = FormChecker(load_movement("hamstring_hinge_standing"))
    films = _list_films(annotate=True, keep_film=True)
    assert set(films) == {ANNOTATED, FILM}
    _write_films(video, tmp_path, judge, films, fps=None, progress=None)
    drawn, plain = (read_film(tmp_path / name) for name in (ANNOTATED, FILM))
    assert [round(time_s, 4) for time_s, _, _ in plain] == [round(pose.time_s, 4) for pose in poses]
    assert max(np.abs(picture - GREY).max() for _, picture, _ in plain) < 12
    assert all((np.abs(picture - GREY) > 60).any() for _, picture, _ in drawn)
    gaps = np.diff([index for index, (_, _, is_key) in enumerate(plain) if is_key] + [len(plain)])
    assert gaps.max() <= 12  # one step back decodes at most this many pictures


def test_the_film_is_kept_only_when_asked_for():
    assert _list_films(annotate=True, keep_film=False) == (ANNOTATED,)
    assert _list_films(annotate=False, keep_film=True) == ()
