"""Unit and origin of the coordinates are proven, or the table is refused; one length alone proves nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.errors import SourceError
from formcheck.sources.external_poses import open_foreign
from formcheck.sources.pose_track import open_track

from .pose_files import DATA, cell_text, write_openpose, write_trc

SIZE = '{"width": 640, "height": 480, "fps": 15}'


@pytest.fixture(scope="module")
def poses():
    """Eight seconds of the hinge."""
    return list(open_track(DATA / "hinge_good.parquet"))[:120]


def write_places(path, poses, place, *, names=("x_{}", "y_{}"), size=SIZE, space=None):
    """A table with one row a frame; `place` gives what it holds of a pose."""
    head = ["time_s", *(name.format(k) for k in range(33) for name in names)]
    head += [f"world_{axis}_{k}" for k in range(33) for axis in "xyz"] if space else []
    rows = [",".join(head)]
    for pose in poses:
        values = [pose.time_s, *place(pose).ravel().tolist(), *(space(pose).ravel().tolist() if space else [])]
        rows.append(",".join(cell_text(value) for value in values))
    path.write_text("\n".join(rows) + "\n")
    if size:
        path.with_suffix(".json").write_text(size)
    return path


def refused(path, match):
    with pytest.raises(SourceError, match=match) as caught:
        open_foreign(path)
    assert "\n" not in str(caught.value)


def in_world(pose):
    return pose.xyz_m[:, :2]


def in_shares(pose):
    return pose.xy_px / np.float32(pose.size_px)


NOT_THE_PICTURE = {
    "world landmarks": (in_world, "metres of the world"),
    "world landmarks in millimetres": (lambda pose: 1000 * in_world(pose), "points in space around the hips"),
    "world landmarks in centimetres": (lambda pose: 100 * in_world(pose), "points in space around the hips"),
    "world landmarks, moved": (lambda pose: in_world(pose) + np.float32((2.0, 1.2)), "they may be metres, or"),
    "metres with y up": (lambda pose: (1, -1) * in_world(pose) + np.float32((0, 0.9)), "y seems to point up|metres"),
    "from -1 to 1": (lambda pose: 2 * in_shares(pose) - 1, "shares of the picture, from 0 to 1"),
    "percent": (lambda pose: 100 * in_shares(pose), "percent"),
    "y from the bottom": (lambda pose: pose.xy_px * (1, -1) + np.float32((0, 480)), "y seems to point up"),
    "shares with y from the bottom": (lambda pose: in_shares(pose) * (1, -1) + np.float32((0, 1)), "y seems to point"),
    "origin in the middle": (lambda pose: pose.xy_px - np.float32((320, 240)), "pixels of a picture of 640×480"),
    "pixels of a larger picture": (lambda pose: 3 * pose.xy_px, "pixels of a picture of 640×480, got shoulders"),
    "y negative": (lambda pose: pose.xy_px * (1, -1), "upside down|pixels of a picture"),
    "trunk of five": (lambda pose: pose.xy_px / 25, "a trunk 4|a trunk 5"),
}


@pytest.mark.parametrize("kind", NOT_THE_PICTURE)
def test_coordinates_that_are_not_in_a_picture_are_refused(tmp_path, poses, kind):
    place, match = NOT_THE_PICTURE[kind]
    refused(write_places(tmp_path / "a.csv", poses, place), match)


def test_metres_named_as_such_are_points_in_space(tmp_path, poses):
    names = ("left_{}_x_m", "y_{}_m")
    refused(write_places(tmp_path / "a.csv", poses, in_world, names=("x_{}_m", "y_{}_m")), "points in space")
    refused(write_places(tmp_path / "a.csv", poses, in_world, names=("world_x_{}", "world_y_{}")), "points in space")
    refused(write_places(tmp_path / "a.csv", poses, in_world, names=("x_{}_mm", "y_{}_mm")), "got columns")
    assert len(names) == 2


@pytest.mark.parametrize(
    ("place", "names", "match"),
    [
        (in_shares, ("x_{}_px", "y_{}_px"), "expected pixels as its names say"),
        (lambda pose: pose.xy_px, ("x_{}_norm", "y_{}_norm"), "expected shares of the picture as its names say"),
    ],
)
def test_names_that_contradict_the_values_are_refused(tmp_path, poses, place, names, match):
    refused(write_places(tmp_path / "a.csv", poses, place, names=names), match)


@settings(max_examples=15, deadline=None)
@given(scale=st.floats(0.3, 1.3), left=st.floats(-150, 250), top=st.floats(0, 60))
def test_a_person_anywhere_in_the_picture_is_read(tmp_path_factory, poses, scale, left, top):
    """Also small ones, and ones whose arms or feet leave the picture."""

    def place(pose):
        return (pose.xy_px - (340, 240)) * np.float32(scale) + np.float32((340 + left * 0.9, 240 + top))

    folder = tmp_path_factory.mktemp("anywhere")
    for name, of in (("px", place), ("share", lambda pose: place(pose) / np.float32(pose.size_px))):
        came = next(iter(open_foreign(write_places(folder / f"{name}.csv", poses[:9], of))))
        np.testing.assert_allclose(came.xy_px, place(poses[0]), atol=0.01)


def test_a_person_with_hips_guessed_below_the_picture_is_read(tmp_path, poses):
    """A close view of the upper body: MediaPipe gives hips outside, and says that it does not see them."""
    head = ["time_s", *(f"{name}_{k}" for k in range(33) for name in ("x", "y", "v"))]
    rows = [",".join(head)]
    for pose in poses[:30]:
        xy = (pose.xy_px - (320, 0)) * 2 + np.float32((320, 60))
        seen = np.where(xy[:, 1] < 480, 0.9, 0.05)
        rows.append(",".join(map(str, [pose.time_s, *np.column_stack([xy, seen]).ravel().tolist()])))
    (tmp_path / "a.csv").write_text("\n".join(rows))
    (tmp_path / "a.json").write_text(SIZE)
    assert open_foreign(tmp_path / "a.csv").frames == 30


def test_of_pixels_and_shares_in_one_table_pixels_are_taken(tmp_path, poses):
    def both(pose):
        return np.column_stack([in_shares(pose), pose.xy_px])

    names = ("x_{}_norm", "y_{}_norm", "x_{}_px", "y_{}_px")
    came = next(iter(open_foreign(write_places(tmp_path / "a.csv", poses[:9], both, names=names))))
    np.testing.assert_allclose(came.xy_px, poses[0].xy_px, atol=1e-3)


@pytest.mark.parametrize(
    ("change", "match"),
    [(lambda m: 1000 * m, "not metres; depth was not"), (lambda m: m * (1, -1, 1), "up in space is down")],
)
def test_depth_in_another_unit_or_turned_over_is_not_used(tmp_path, poses, change, match):
    path = write_places(tmp_path / "a.csv", poses, lambda p: p.xy_px, space=lambda p: change(p.xyz_m))
    track = open_foreign(path)
    assert match in track.warnings[-1]
    assert all(np.isnan(pose.xyz_m).all() for pose in track)
    right = open_foreign(write_places(tmp_path / "b.csv", poses, lambda p: p.xy_px, space=lambda p: p.xyz_m))
    assert right.warnings == ()
    np.testing.assert_allclose(next(iter(right)).xyz_m, poses[0].xyz_m, atol=1e-6)


def test_openpose_in_shares_is_read_but_refused_from_minus_one(tmp_path, poses):
    """OpenPose's keypoint_scale 3 and 4."""
    for name, change in (("a", in_shares), ("b", lambda pose: 2 * in_shares(pose) - 1)):
        write_openpose(tmp_path / name, [replace(pose, xy_px=change(pose)) for pose in poses[:30]])
        (tmp_path / f"{name}.json").write_text(SIZE)
    np.testing.assert_allclose(next(iter(open_foreign(tmp_path / "a"))).xy_px[23], poses[0].xy_px[23], atol=1e-3)
    refused(tmp_path / "b", "expected shares of the picture, from 0 to 1")


def test_markers_in_shares_are_refused(tmp_path, poses):
    refused(
        write_trc(tmp_path / "a.trc", [replace(p, xy_px=in_shares(p)) for p in poses[:9]]), "in pixels, got a trunk"
    )


def test_one_cell_far_away_does_not_make_the_picture_larger(tmp_path, poses):
    def place(pose):
        xy = np.array(pose.xy_px)
        if pose is poses[7]:
            xy[15] = 90_000, 90_000
        return xy

    track = open_foreign(write_places(tmp_path / "a.csv", poses, place, size=""))
    assert track.size_px == (640, 480)
    assert np.isnan(list(track)[7].xy_px[15]).all()


def test_a_picture_size_that_changes_is_refused(tmp_path, poses):
    rows = ["time_s,width,height," + ",".join(f"x_{k},y_{k}" for k in range(33))]
    for k, pose in enumerate(poses[:40]):
        size = (640, 480) if k < 30 else (480, 640)
        rows.append(",".join(map(str, [pose.time_s, *size, *in_shares(pose).ravel().tolist()])))
    (tmp_path / "a.csv").write_text("\n".join(rows))
    refused(
        tmp_path / "a.csv",
        "expected one picture size, got a picture of 480×640 at line 32 and 9 more of 40 similar",
    )
