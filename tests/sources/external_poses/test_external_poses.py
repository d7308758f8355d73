"""Poses of other programs are read as they are in their files; what cannot be read is reported in one line."""

from __future__ import annotations

import hashlib
import json
import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.errors import SourceError
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import INDEX, LANDMARKS
from formcheck.sources.external_poses import is_foreign, open_foreign
from formcheck.sources.external_poses.landmark_names import BODY_25, COCO_18, find_landmark_index
from formcheck.sources.pose_track import open_track

from .pose_files import DATA, SPORTS2D, write_long_csv, write_openpose, write_trc, write_wide_csv

FOUND = [name for name in SPORTS2D.values() if name]


@pytest.fixture(scope="module")
def poses():
    """Thirty poses of the hinge, at 15 a second; in the fourth nobody is seen, in the fifth one wrist is not."""
    out = list(open_track(DATA / "hinge_good.parquet"))[:30]
    out[3] = PoseFrame.nobody(out[3].time_s, out[3].size_px)
    xy, seen = np.array(out[4].xy_px), np.array(out[4].visibility)
    xy[INDEX["left_wrist"]], seen[INDEX["left_wrist"]] = np.nan, 0
    out[4] = replace(out[4], xy_px=xy, visibility=seen)
    return out


def only(pose, names):
    """The pose's points with these names, (n, 2)."""
    return pose.xy_px[[INDEX[name] for name in names]]


def refused(path, match, **options):
    with pytest.raises(SourceError, match=match) as told:
        list(open_foreign(path, **options))
    assert "\n" not in str(told.value)
    assert str(told.value).startswith(path.name)


# All formats ----------------------------------------------------------------------------------------------------------

WRITERS = [
    pytest.param(lambda folder, poses: write_trc(folder / "a_px_person00.trc", poses), "trc", id="TRC of Sports2D"),
    pytest.param(lambda folder, poses: write_openpose(folder / "a", poses), "openpose", id="OpenPose BODY_25"),
    pytest.param(lambda folder, poses: write_wide_csv(folder / "a.csv", poses), "mediapipe_csv", id="CSV, row a frame"),
    pytest.param(lambda folder, poses: write_long_csv(folder / "a.csv", poses), "mediapipe_csv", id="CSV, row a point"),
]


@pytest.mark.parametrize(("write", "model"), WRITERS)
def test_points_come_back_where_they_were(tmp_path, poses, write, model):
    path = write(tmp_path, poses)
    (path.parent / "a.json").write_text('{"width": 640, "height": 480, "fps": 15}')
    (path.parent / "a_px_person00.json").write_text('{"width": 640, "height": 480}')
    assert is_foreign(path)
    track = open_foreign(path)
    came = {round(pose.time_s, 3): pose for pose in track}
    assert track.header["model"] == {"name": model, "sha256": ""}
    assert track.header["source"]["fps"] == pytest.approx(15, rel=1e-3)
    assert (track.header["still"], track.warnings) == (False, ())
    for pose in poses:
        seen = came.get(round(pose.time_s, 3))
        assert pose.seen == (seen is not None and seen.seen)
        if seen is not None and pose.seen:
            np.testing.assert_allclose(only(seen, FOUND), only(pose, FOUND), rtol=1e-6, atol=1e-3)
            assert (seen.size_px, seen.people) == ((640, 480), 1)
            assert np.isnan(seen.back_xy_px).all()
            assert np.isnan(seen.xyz_m).all()
            assert ((seen.visibility == 0) == np.isnan(seen.xy_px[:, 0])).all()


@pytest.mark.parametrize(("write", "model"), WRITERS)
def test_a_track_may_be_gone_through_twice_and_says_what_it_is(tmp_path, poses, write, model):
    path = write(tmp_path, poses)
    track = open_foreign(path, recorded_fps=15)
    first, second = list(track), list(track)
    assert len(first) == len(second) == track.frames == track.header["source"]["frames"]
    assert all(np.array_equal(a.xy_px, b.xy_px, equal_nan=True) for a, b in zip(first, second, strict=True))
    assert [a.time_s for a in first] == sorted({a.time_s for a in first})
    assert first[0].time_s == 0
    source = track.header["source"]
    assert source["name"] == path.name
    if path.is_file():
        assert source["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source["duration_s"] == pytest.approx(2.0, abs=0.01)
    assert model == track.header["model"]["name"]


def test_pictures_videos_and_own_tracks_are_not_external_poses(tmp_path):
    assert not is_foreign(tmp_path)
    assert not is_foreign(tmp_path / "a.mp4")
    assert not is_foreign(DATA / "hinge_good.parquet")
    assert is_foreign(tmp_path / "A.TRC")


def test_what_is_not_there_or_no_format_of_poses_is_refused(tmp_path):
    refused(tmp_path / "gone.csv", "got no such file; check the path")
    (tmp_path / "a.mot").write_text("")
    refused(tmp_path / "a.mot", r"expected .trc, .csv or OpenPose's folder, got a file that ends in '.mot'")
    (tmp_path / "b").mkdir()
    refused(tmp_path / "b", "got a folder without")


def test_one_frame_is_a_still(tmp_path, poses):
    track = open_foreign(write_trc(tmp_path / "a.trc", poses[:1]))
    assert track.header["still"]
    assert (track.header["source"]["fps"], track.header["source"]["duration_s"]) == (0, 0)


@pytest.mark.parametrize(
    ("name", "landmark"),
    [
        ("RAnkle", "right_ankle"), ("LHip", "left_hip"), ("LBigToe", "left_foot_index"), ("Nose", "nose"),
        ("LEFT_EYE_INNER", "left_eye_inner"), ("left_eye_(outer)", "left_eye_outer"), ("mouth_right", "mouth_right"),
        ("RIGHT_FOOT_INDEX", "right_foot_index"), ("left shoulder", "left_shoulder"), ("ankle_left", "left_ankle"),
        ("subject:LHeel", "left_heel"), ("Lknee", "left_knee"), ("REar", "right_ear"),
        ("right_big_toe", "right_foot_index"),
        ("Neck", None), ("Head", None), ("Hip", None), ("RSmallToe", None), ("", None),
    ],
)  # fmt: skip
def test_landmarks_are_known_however_they_are_spelt(name, landmark):
    assert find_landmark_index(name) == (None if landmark is None else INDEX[landmark])


def test_every_landmark_is_known_by_its_own_name():
    assert [find_landmark_index(name) for name in LANDMARKS] == list(range(33))


# Picture size and rate ------------------------------------------------------------------------------------------------


def test_without_a_size_the_smallest_usual_picture_is_reported(tmp_path, poses):
    track = open_foreign(write_trc(tmp_path / "a.trc", poses))
    assert (track.header["source"]["width"], track.header["source"]["height"]) == (640, 480)
    (warning,) = track.warnings
    assert warning.startswith("a.trc: it has no picture size; 640×480 was assumed; write ")
    assert warning.endswith("into a.json next to it")


def test_openpose_says_that_its_rate_is_not_known(tmp_path, poses):
    track = open_foreign(write_openpose(tmp_path / "clip", poses))
    assert any("clip: it has no frame rate; 30 frames a second were assumed" in told for told in track.warnings)
    assert track.header["source"]["fps"] == 30
    assert open_foreign(tmp_path / "clip", recorded_fps=25).header["source"]["fps"] == 25
    (tmp_path / "clip.json").write_text('{"fps": 10, "note": "others may stand here"}')
    assert open_foreign(tmp_path / "clip", recorded_fps=25).header["source"]["fps"] == 10  # the file beside it wins


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[1]", "got JSON that is not an object"), ("{", "got a file that is not JSON"),
        ('{"width": 640}', "only one of width and"),
        ('{"fps": 0}', "got fps = 0"), ('{"width": "x", "height": 3}', 'got width = "x"'),
        ('{"fps": true}', "fps = true"),
        ('{"width": 0.5, "height": 480}', "got a picture of 0.5×480"), ('{"fps": NaN}', "got fps = NaN"),
    ],
)  # fmt: skip
def test_a_bad_file_beside_the_poses_is_refused(tmp_path, poses, text, match):
    path = write_trc(tmp_path / "a.trc", poses[:2])
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(SourceError, match=match) as told:
        open_foreign(path)
    assert str(told.value).startswith('a.json: expected {"width": 1920, "height": 1080, "fps": 30} next to the poses')


# TRC ------------------------------------------------------------------------------------------------------------------


def metres(pose):
    return replace(pose, xy_px=pose.xy_px / 250)


@pytest.mark.parametrize("units", ["m", "px"])
def test_metres_are_refused_whatever_the_header_says(tmp_path, poses, units):
    path = write_trc(tmp_path / "a.trc", [metres(pose) for pose in poses], units=units)
    refused(path, "expected coordinates in pixels, got a trunk 0.[0-9]+ long: metres")


@pytest.mark.parametrize("units", ["mm", ""])
def test_millimetres_are_refused(tmp_path, poses, units):
    refused(
        write_trc(tmp_path / "a.trc", poses, units=units), "got Units .*Sports2D's file that ends in _px_person00.trc"
    )


def test_gaps_filled_with_zeros_are_gaps(tmp_path, poses):
    zeros = [replace(pose, xy_px=np.nan_to_num(pose.xy_px, nan=0.0)) for pose in poses]
    came = list(open_foreign(write_trc(tmp_path / "a.trc", zeros)))
    assert not came[3].seen
    assert np.isnan(only(came[4], ["left_wrist"])).all()


def test_a_marker_without_confidence_is_seen_just_well_enough(tmp_path, poses):
    first = next(iter(open_foreign(write_trc(tmp_path / "a.trc", poses))))
    assert first.visibility[INDEX["left_hip"]] == pytest.approx(0.6)
    assert first.visibility[INDEX["left_ear"]] == 0


def test_a_missing_end_is_reported(tmp_path, poses):
    path = write_trc(tmp_path / "a.trc", poses)
    path.write_text("\n".join(path.read_text().splitlines()[:-4]) + "\n")
    assert open_foreign(path).warnings[-1] == ("a.trc: it announces 30 frames and has 26; its end may be missing")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        pytest.param(lambda _: [], "got another kind of file, or a damaged one", id="empty"),
        pytest.param(lambda lines: lines[:4], "got another kind of file, or a damaged one", id="half a head"),
        pytest.param(lambda lines: lines[:5], "got an empty file", id="no frames"),
        pytest.param(lambda lines: ["x", *lines], "got another kind of file, or a damaged one", id="another file"),
        pytest.param(
            lambda lines: [*lines[:3], lines[3].replace("LHip", "Tail"), *lines[4:]],
            "expected markers for both shoulders and hips, got none for left hip", id="no hip",
        ),
        pytest.param(
            lambda lines: [*lines[:5], *("\t".join([*line.split("\t")[:2], *["nan"] * 66]) for line in lines[5:])],
            "expected a person with shoulders and hips, got none in 30 frames", id="nothing but gaps",
        ),
        pytest.param(lambda lines: ["\0".join(lines)], "expected text, got other data", id="zero bytes"),
    ],
)  # fmt: skip
def test_a_damaged_trc_is_refused(tmp_path, poses, change, match):
    path = write_trc(tmp_path / "a.trc", poses)
    path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")
    refused(path, match)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    for name in ("a.trc", "a.csv"):
        (tmp_path / name).write_bytes(b"PathFileType\xff\xfe\x00")
        refused(tmp_path / name, "expected text, got other data")


# OpenPose -------------------------------------------------------------------------------------------------------------


def shifted(pose, by_px, scale=1.0):
    return replace(pose, xy_px=(pose.xy_px - pose.xy_px[0]) * scale + pose.xy_px[0] + np.float32(by_px))


def test_coco_points_go_where_they_belong(tmp_path, poses):
    names = COCO_18
    came = list(open_foreign(write_openpose(tmp_path / "a", poses, names=names)))
    np.testing.assert_allclose(only(came[0], [n for n in names if n]), only(poses[0], [n for n in names if n]))
    assert np.isnan(only(came[0], ["left_heel", "left_foot_index"])).all()


def test_body_25_has_25_points_and_coco_18():
    assert (len(BODY_25), len(COCO_18)) == (25, 18)
    assert len({name for name in BODY_25 if name}) == 25 - 4  # without neck, mid hip and two small toes


def test_the_largest_of_several_people_is_followed_throughout(tmp_path, poses):
    """The other one stands 200 px to the right, half as large at first, twice as large from the tenth frame on."""
    other = [shifted(pose, (200, 0), 0.5 if k < 10 else 2.0) for k, pose in enumerate(poses)]
    came = list(open_foreign(write_openpose(tmp_path / "a", poses, others=(other,))))
    assert came[0].people == 2
    for pose, seen in zip(poses, came, strict=True):
        if pose.seen:
            np.testing.assert_allclose(only(seen, ["nose", "left_hip"]), only(pose, ["nose", "left_hip"]), atol=1e-3)


def test_frames_are_reported_by_the_number_in_their_name(tmp_path, poses):
    folder = write_openpose(tmp_path / "a", poses)
    (folder / "clip_000000000007_keypoints.json").unlink()
    times = [pose.time_s for pose in open_foreign(folder, recorded_fps=10)]
    assert times == pytest.approx([k / 10 for k in range(30) if k != 7])


def test_two_recordings_in_one_folder_are_refused(tmp_path, poses):
    folder = write_openpose(tmp_path / "a", poses)
    (folder / "other_000000000007_keypoints.json").write_text('{"people": []}')
    with pytest.raises(SourceError, match="got a second file for the same frame"):
        open_foreign(folder)


def test_an_empty_room_is_refused_since_nothing_is_known_of_it(tmp_path, poses):
    nobody = [PoseFrame.nobody(pose.time_s, pose.size_px) for pose in poses]
    refused(write_openpose(tmp_path / "a", nobody), "expected a person with shoulders and hips, got none in 30")


# CSV ------------------------------------------------------------------------------------------------------------------

HEADS = [
    pytest.param(lambda k: (f"x_{k}", f"y_{k}", f"z_{k}", f"visibility_{k}"), id="x_0"),
    pytest.param(lambda k: (f"x{k}", f"y{k}", f"z{k}", f"v{k}"), id="x0"),
    pytest.param(lambda k: (f"x{k + 1}", f"y{k + 1}", f"z{k + 1}", f"v{k + 1}"), id="x1 to x33"),
    pytest.param(lambda k: tuple(f"{LANDMARKS[k].upper()}_{a}" for a in ("x", "y", "z", "visibility")), id="NOSE_x"),
    pytest.param(lambda k: tuple(f"landmark_{k}_{a}" for a in ("x", "y", "z", "v")), id="landmark_0_x"),
    pytest.param(lambda k: tuple(f"{a}_{LANDMARKS[k]}" for a in ("x", "y", "z", "vis")), id="x_nose"),
    pytest.param(lambda k: tuple(f"{LANDMARKS[k]}.{a}" for a in ("X", "Y", "Z", "Score")), id="nose.X"),
]


@pytest.mark.parametrize("head", HEADS)
def test_columns_are_known_however_they_are_spelt(tmp_path, poses, head):
    came = list(open_foreign(write_wide_csv(tmp_path / "a.csv", poses, head=head)))
    np.testing.assert_allclose(came[0].xy_px, poses[0].xy_px, atol=1e-3)
    np.testing.assert_allclose(came[0].visibility, poses[0].visibility, atol=1e-6)
    assert not came[3].seen
    assert came[4].visibility[INDEX["left_wrist"]] == 0


def test_landmarks_in_space_come_in_where_a_table_has_them(tmp_path, poses):
    came = list(open_foreign(write_wide_csv(tmp_path / "a.csv", poses, world=True)))
    np.testing.assert_allclose(came[0].xyz_m, poses[0].xyz_m, atol=1e-6)
    assert np.isnan(came[3].xyz_m).all()


def test_a_table_by_landmark_numbers_is_read(tmp_path, poses):
    came = list(open_foreign(write_long_csv(tmp_path / "a.csv", poses, names=range(33))))
    np.testing.assert_allclose(came[0].xy_px, poses[0].xy_px, atol=1e-3)
    assert len(came) == 29  # the empty frame has no rows


def test_shares_without_the_pictures_size_are_refused(tmp_path, poses):
    path = write_wide_csv(tmp_path / "a.csv", poses)
    path.write_text(path.read_text().replace("width,height", "a,b", 1))
    refused(path, r'got shares of the picture without its size; write {"width": 1920, .* into a.json next to it')
    (tmp_path / "a.json").write_text('{"width": 640, "height": 480}')
    np.testing.assert_allclose(next(iter(open_foreign(path))).xy_px, poses[0].xy_px, atol=1e-3)


def column(path, name, values, *, new=None):
    """Change a column of a wide table; `new` renames it."""
    head, *rows = (line.split(",") for line in path.read_text().splitlines())
    k = head.index(name)
    head[k] = new or name
    for row, value in zip(rows, values, strict=True):
        row[k] = str(value)
    path.write_text("\n".join(",".join(line) for line in [head, *rows]))
    return path


@pytest.mark.parametrize(
    ("name", "per_frame", "fps"),
    [
        ("time", 1 / 15, 15), ("Timestamp (ms)", 1000 / 15, 15), ("timestamp", 1000 / 15, 15),
        ("timestamp", 1 / 15, 15),
        ("frame", 1, 30), ("Frame_Number", 2, 15), ("something", 7, 30),
    ],
)  # fmt: skip
def test_time_is_known_by_the_name_of_its_column(tmp_path, poses, name, per_frame, fps):
    path = write_wide_csv(tmp_path / "a.csv", poses)
    track = open_foreign(column(path, "time_s", [5 + per_frame * k for k in range(30)], new=name))
    assert track.header["source"]["fps"] == pytest.approx(fps, rel=1e-3)
    assert [pose.time_s for pose in track][:3] == pytest.approx([0, 1 / fps, 2 / fps], abs=1e-6)
    guessed = {"timestamp": per_frame > 2}.get(name, name in {"frame", "Frame_Number", "something"})
    assert len(track.warnings) == guessed


def test_a_table_with_semicolons_has_decimal_commas(tmp_path, poses):
    path = write_wide_csv(tmp_path / "a.csv", poses)
    path.write_text(path.read_text().replace(",", ";").replace(".", ","), "utf-8-sig")
    np.testing.assert_allclose(next(iter(open_foreign(path))).xy_px, poses[0].xy_px, atol=1e-3)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        pytest.param(lambda text: "", "got an empty file", id="empty"),
        pytest.param(lambda text: text.splitlines()[0], "got an empty file; write", id="a head alone"),
        pytest.param(lambda text: "file,movement\na.mp4,plank\n", "got columns file, movement", id="another table"),
        pytest.param(lambda text: text.replace("x_24,", "tail,"), "none for right hip", id="no right hip"),
        pytest.param(lambda text: text.replace("640,480", "0,480"), "got a picture of 0×480; write", id="no size"),
        pytest.param(
            lambda text: text.replace("x_", "x_1"), "points numbered 0 to 132 instead of 33", id="points of a face"
        ),
    ],
)
def test_a_damaged_csv_is_refused(tmp_path, poses, change, match):
    path = write_wide_csv(tmp_path / "a.csv", poses)
    path.write_text(change(path.read_text()))
    refused(path, match)


def test_minutes_between_frames_are_no_recording_of_movement(tmp_path, poses):
    path = column(write_wide_csv(tmp_path / "a.csv", poses), "time_s", range(0, 1800, 60))
    refused(path, "expected a recording of movement, got 60 seconds from frame to frame")


def test_a_point_at_the_end_of_the_world_is_missing(tmp_path, poses):
    """float32 would overflow, and one such point would be the reach of the picture."""
    path = write_wide_csv(tmp_path / "a.csv", poses)
    column(path, "x_15", ["1e300"] * 30)
    column(path, "x_16", ["-inf"] * 30)
    first = next(iter(open_foreign(path)))
    assert np.isnan(first.xy_px[[15, 16]]).all()
    assert (first.visibility[[15, 16]] == 0).all()


# Whatever the bytes ---------------------------------------------------------------------------------------------------


def read(path):
    """The poses of a file, or what it was refused with; nothing else may happen."""
    try:
        return list(open_foreign(path)), ""
    except SourceError as error:
        return [], str(error)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), many=st.integers(1, 40))
def test_flipped_bytes_are_read_or_refused_in_one_line(tmp_path_factory, seed, many):
    folder = tmp_path_factory.mktemp("flipped")
    track = list(open_track(DATA / "hinge_good.parquet"))[:5]
    chance = random.Random(seed)
    for path in (write_trc(folder / "a.trc", track), write_wide_csv(folder / "b.csv", track)):
        spoilt = bytearray(path.read_bytes())
        for _ in range(many):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        path.write_bytes(spoilt)
        came, told = read(path)
        assert "\n" not in told
        for pose in came:
            assert math.isfinite(pose.time_s)
            assert ((pose.visibility >= 0) & (pose.visibility <= 1)).all()


@given(st.recursive(st.none() | st.floats() | st.text(max_size=3), lambda of: st.lists(of, max_size=3)))
@settings(max_examples=60, deadline=None)
def test_any_json_in_openposes_place_is_read_or_refused(tmp_path_factory, told):
    folder = tmp_path_factory.mktemp("any")
    (folder / "a_0_keypoints.json").write_text(json.dumps({"people": [{"pose_keypoints_2d": told}]}))
    with pytest.raises(SourceError):
        open_foreign(folder)
