"""Saved pose tracks read back exactly; a file that is not a track is reported in one line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from formcheck.core.errors import SourceError
from formcheck.core.records import N_BACK, Landmarks, PoseFrame
from formcheck.sources import pose_track
from formcheck.sources.pose_track import FARTHEST_POINT, TRACK_VERSION, TrackWriter, open_track

HEADER = {
    "created_utc": "2026-11-21T11:00:00+00:00", "still": False, "model": {"name": "full", "sha256": "0" * 64},
    "source": {"name": "Ärmel ✓.mp4", "sha256": "1" * 64, "width": 640, "height": 480, "fps": 29.97,
               "duration_s": 1.234, "frames": 37},
}  # fmt: skip
FIELDS = ("xy_px", "xyz_m", "visibility", "back_xy_px")


def some_pose(time_s, seed=0):
    noise = np.random.default_rng(seed)
    back = noise.normal(300, 90, (N_BACK, 2)).astype(np.float32)
    back[:7] = np.nan
    return PoseFrame(
        time_s, (640, 480), noise.normal(300, 90, (33, 2)), noise.normal(size=(33, 3)), noise.random(33), back, 2
    )


def saved(path, poses, header=HEADER):
    with TrackWriter(path, header) as track:
        for pose in poses:
            track.write(pose)
    return path


def assert_same_bits(a, b):
    assert (a.time_s, a.size_px, a.people, a.skeleton) == (b.time_s, b.size_px, b.people, b.skeleton)
    for name in FIELDS:
        one, two = getattr(a, name), getattr(b, name)
        assert (one.dtype, one.shape) == (two.dtype, two.shape) == (np.float32, one.shape)
        assert one.tobytes() == two.tobytes(), name


# Round trip -----------------------------------------------------------------------------------------------------------


def test_track_comes_back_exact_to_the_bit(tmp_path, monkeypatch):
    monkeypatch.setattr(pose_track, "_POSES_PER_GROUP", 3)  # several groups of rows and a rest
    poses = [some_pose(k / 29.97, seed=k) for k in range(7)]
    poses[4] = PoseFrame.nobody(4 / 29.97, (640, 480), people=0)
    track = open_track(saved(tmp_path / "poses.parquet", poses))
    again = list(track)
    assert track.frames == len(again) == len(poses)
    for a, b in zip(poses, again, strict=True):
        assert_same_bits(a, b)
    assert [p.seen for p in again] == [k != 4 for k in range(7)]


@settings(max_examples=25, deadline=None)
@given(
    xy_px=arrays(np.float32, (33, 2), elements=st.floats(-1e7, 1e7, width=32) | st.just(np.nan)),
    time_s=st.floats(0, 1e6, allow_nan=False),
)
def test_any_number_comes_back_exact(tmp_path_factory, xy_px, time_s):
    path = tmp_path_factory.mktemp("track") / "poses.parquet"
    nan = np.nan
    pose = PoseFrame(time_s, (1, 1), xy_px, np.full((33, 3), nan), np.zeros(33), np.full((N_BACK, 2), nan))
    (again,) = open_track(saved(path, [pose]))
    assert_same_bits(pose, again)


def test_track_can_be_read_twice(tmp_path):
    track = open_track(saved(tmp_path / "poses.parquet", [some_pose(0.0)]))
    assert [p.time_s for p in track] == [p.time_s for p in track] == [0.0]


def test_track_without_poses_is_a_track(tmp_path):
    track = open_track(saved(tmp_path / "poses.parquet", []))
    assert (track.frames, list(track)) == (0, [])


def test_replayed_arrays_cannot_be_written(tmp_path):
    (pose,) = open_track(saved(tmp_path / "poses.parquet", [some_pose(0.0)]))
    with pytest.raises(ValueError, match="read-only"):
        pose.xy_px[0, 0] = 1


# The mirrored picture -------------------------------------------------------------------------------------------------


def test_mirror_comes_back_exact_where_there_was_one(tmp_path, monkeypatch):
    monkeypatch.setattr(pose_track, "_POSES_PER_GROUP", 3)
    poses = [some_pose(k / 15, seed=k) for k in range(7)]
    for k in (0, 4, 6):
        seen = some_pose(0.0, seed=100 + k)
        poses[k] = replace(poses[k], mirror=Landmarks(seen.xy_px, seen.xyz_m, seen.visibility))
    again = list(open_track(saved(tmp_path / "poses.parquet", poses)))
    assert [k for k, pose in enumerate(again) if pose.mirror is not None] == [0, 4, 6]
    for k in (0, 4, 6):
        for name in ("xy_px", "xyz_m", "visibility"):
            one, two = getattr(poses[k].mirror, name), getattr(again[k].mirror, name)
            assert (one.dtype, one.shape, one.tobytes()) == (two.dtype, two.shape, two.tobytes()), name


def test_track_of_the_first_version_still_opens():
    track = open_track(Path(__file__).parents[1] / "data" / "hinge_good.parquet")
    assert track.header["track_version"] == 1
    assert all(pose.mirror is None for pose in track)


def test_track_saved_again_is_one_of_this_version(tmp_path):
    first = open_track(Path(__file__).parents[1] / "data" / "hinge_good.parquet")
    again = open_track(saved(tmp_path / "poses.parquet", first, first.header))
    assert again.header == {**first.header, "track_version": TRACK_VERSION}
    assert again.frames == first.frames


# Header ---------------------------------------------------------------------------------------------------------------


def test_header_comes_back_with_version_and_skeleton(tmp_path):
    header = open_track(saved(tmp_path / "poses.parquet", [])).header
    assert header == {**HEADER, "track_version": TRACK_VERSION, "skeleton": "blazepose33"}


def test_other_programs_read_the_table(tmp_path):
    table = pq.read_table(saved(tmp_path / "poses.parquet", [some_pose(0.5)]))
    mirror = ["mirror_xy_px", "mirror_xyz_m", "mirror_visibility"]
    assert table.column_names == ["time_s", "width", "height", "people", *FIELDS, *mirror]
    assert table["time_s"].to_pylist() == [0.5]
    assert len(table["xy_px"][0]) == 66


# Not a track ----------------------------------------------------------------------------------------------------------


def with_header(path, text):
    table = pq.read_table(saved(path, [some_pose(0.0)]))
    pq.write_table(table.replace_schema_metadata({b"formcheck_track": text}), path)


def rewrite(path, **changes):
    header = {**HEADER, "track_version": TRACK_VERSION, "skeleton": "blazepose33", **changes}
    with_header(path, json.dumps({k: v for k, v in header.items() if v is not None}).encode())


NO_TRACKS = [
    pytest.param(lambda p: None, "no such file; check the path", id="missing"),
    pytest.param(lambda p: p.write_text("time_s,x"), "a file that is not Parquet; give the poses", id="no Parquet"),
    pytest.param(lambda p: p.touch(), "a file that is not Parquet; give the poses", id="empty"),
    pytest.param(
        lambda p: pq.write_table(pa.table({"a": [1]}), p), "another kind of table; give the poses", id="other table"
    ),
    pytest.param(lambda p: with_header(p, b"{"), "a header that cannot be read; give", id="broken header"),
    pytest.param(lambda p: with_header(p, b"[1]"), "a header that cannot be read; give", id="header of another kind"),
    pytest.param(lambda p: rewrite(p, track_version=None), "a header that cannot be read; give", id="no version"),
    pytest.param(
        lambda p: rewrite(p, track_version=9),
        "version 9, this formcheck reads 2 or older; update formcheck",
        id="newer version",
    ),
    pytest.param(lambda p: rewrite(p, source=None, model=None), "one without source, model; give", id="no source"),
]


@pytest.mark.parametrize(("make", "came"), NO_TRACKS)
def test_what_is_not_a_track_is_reported_in_one_line(tmp_path, make, came):
    path = tmp_path / "poses.parquet"
    make(path)
    with pytest.raises(SourceError, match=rf"^poses\.parquet: expected .*, got {came}") as e:
        open_track(path)
    assert "\n" not in str(e.value)


def test_track_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "poses.parquet"
    table = pq.read_table(saved(path, [some_pose(0.0)]))
    pq.write_table(table.drop_columns(["xyz_m"]), path)
    with pytest.raises(SourceError, match=r"got one without its columns; give the poses\.parquet of a result"):
        open_track(path)


def changed(path, column, values, kind=None):
    """Save a track of three poses with other values in one column."""
    table = pq.read_table(saved(path, [some_pose(k / 30, k) for k in range(3)]))
    kind = kind or table.schema.field(column).type
    at = table.column_names.index(column)
    pq.write_table(table.set_column(at, pa.field(column, kind), pa.array(values, kind)), path)
    return path


NAN = float("nan")
BAD_ROWS = [
    ("time_s", [0.0, NAN, 0.2], "an impossible time, nan in row 2"),
    ("time_s", [0.0, float("inf"), 0.2], "an impossible time, inf in row 2"),
    ("time_s", [0.0, 0.1, -1e300], "an impossible time, -1e.300 in row 3"),
    ("time_s", [0.0, 0.1, 0.1], "a time that does not rise, 0.1 in row 3"),
    ("time_s", [0.2, 0.1, 0.0], "a time that does not rise, 0.1 in row 2"),
    ("time_s", [0.0, 1e-9, 0.1], "a time that does not rise, 1e-09 in row 2"),
    ("time_s", [0.0, 0.1, 3601.0], "a gap of more than an hour before the time, 3601 in row 3"),
    ("time_s", [0.0, None, 0.2], "nothing for time_s in row 2"),
    ("width", [640, 0, 640], "an impossible width of the picture, 0 in row 2"),
    ("height", [480, 480, -5], "an impossible height of the picture, -5 in row 3"),
    ("people", [1, None, 1], "nothing for people in row 2"),
    ("people", [-1, 1, 1], "an impossible number of people, -1 in row 1"),
    ("xy_px", [[1.0] * 66, [1e30] + [1.0] * 65, [1.0] * 66], "a number out of range for xy_px, 1e.30 in row 2"),
    ("xyz_m", [[1.0] * 99, [1.0] * 99, None], "nothing for xyz_m in row 3"),
    ("xyz_m", [[1.0] * 99, [None] * 99, [1.0] * 99], "a list with missing numbers for xyz_m in row 1"),
    ("visibility", [[1.5] * 33] * 3, "a number out of range for visibility, 1.5 in row 1"),
    ("mirror_xy_px", [None, [1.0] * 65, None], "another row with mirror_xyz_m, 0 in row 2|a list with missing"),
]


@pytest.mark.parametrize(("column", "values", "came"), BAD_ROWS)
def test_row_that_no_track_holds_is_reported(tmp_path, column, values, came):
    path = changed(tmp_path / "poses.parquet", column, values)
    with pytest.raises(SourceError, match=rf"^poses\.parquet: expected .*, got ({came}).*; make the track again$"):
        list(open_track(path))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("source", {}), ("source", False), ("source", {**HEADER["source"], "fps": 10**400}), ("still", -1),
        ("source", {**HEADER["source"], "fps": "\ud800"}), ("source", {**HEADER["source"], "duration_s": -1.0}),
        ("model", {"name": 3, "sha256": ""}), ("created_utc", {"a": 1}), ("created_utc", "../../x"),
        ("skeleton", "coco"), ("track_version", True),
    ],
)  # fmt: skip
def test_header_of_other_values_is_reported(tmp_path, key, value):
    path = tmp_path / "poses.parquet"
    rewrite(path, **{key: value})
    with pytest.raises(SourceError, match=r"^poses\.parquet: expected .*, got a header .*; give the poses\.parquet"):
        open_track(path)


def test_header_nested_without_end_is_reported(tmp_path):
    with_header(tmp_path / "poses.parquet", b"[" * 100_000)
    with pytest.raises(SourceError, match="got a header that cannot be read"):
        open_track(tmp_path / "poses.parquet")


def test_a_landmark_at_the_limit_is_kept(tmp_path):
    far = changed(tmp_path / "poses.parquet", "xy_px", [[FARTHEST_POINT] * 66, [-FARTHEST_POINT] * 66, [NAN] * 66])
    assert [pose.seen for pose in open_track(far)] == [True, True, False]


def test_too_many_frames_are_reported_before_reading(tmp_path, monkeypatch):
    path = saved(tmp_path / "poses.parquet", [some_pose(k / 30) for k in range(3)])
    monkeypatch.setattr(pose_track, "MOST_FRAMES", 2)
    with pytest.raises(SourceError, match="got one of 3 frames instead of 2 at most; cut the recording"):
        open_track(path)
    monkeypatch.setattr(pose_track, "MOST_FRAMES", 3)
    monkeypatch.setattr(pose_track, "_MOST_GROUP_BYTES", 100)
    with pytest.raises(SourceError, match="MB in one piece instead of 0 at most; save it again"):
        open_track(path)


def test_track_cut_off_is_reported_in_one_line(tmp_path):
    path = saved(tmp_path / "poses.parquet", [some_pose(k / 30, k) for k in range(50)])
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(SourceError, match="got a file that is not Parquet"):
        open_track(path)


def test_track_damaged_in_the_middle_is_reported_when_it_is_read(tmp_path):
    path = saved(tmp_path / "poses.parquet", [some_pose(k / 30, k) for k in range(50)])
    content = bytearray(path.read_bytes())
    content[400:3000] = b"\xff" * 2600
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"^poses.parquet: expected .*, got a damaged file; copy it again$"):
        list(open_track(path))
