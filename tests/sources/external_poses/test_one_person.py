"""Rows are of one person, or refused; a bystander never replaces the followed person."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.errors import SourceError
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import LANDMARKS
from formcheck.sources.external_poses import open_foreign
from formcheck.sources.external_poses.following import PersonFollower
from formcheck.sources.pose_track import open_track

from .pose_files import DATA, write_long_csv, write_openpose, write_trc, write_wide_csv

BYSTANDER_PX = (210, 20)


@pytest.fixture(scope="module")
def poses():
    """Eight seconds of the hinge."""
    return list(open_track(DATA / "hinge_good.parquet"))[:120]


def bystander(pose, by_px=BYSTANDER_PX, scale=0.6):
    xy = (pose.xy_px - pose.xy_px[23]) * scale + pose.xy_px[23] + np.float32(by_px)
    return replace(pose, xy_px=xy)


def standing(poses):
    """A bystander who does not move."""
    return [replace(bystander(poses[0]), time_s=pose.time_s) for pose in poses]


def refused(path, match):
    with pytest.raises(SourceError, match=match) as caught:
        open_foreign(path)
    assert "\n" not in str(caught.value)


def sized(path):
    path.with_suffix(".json").write_text('{"width": 640, "height": 480, "fps": 15}')
    return path


def long_rows(people, *, column="person_id", first="timestamp_sec"):
    """Rows of several people: each frame has all of one person's landmarks, then those of the next."""
    rows = [f"{first},{column},landmark_id,landmark_name,x,y,z,visibility".replace(",,", ",").split(",")]
    for k in range(len(people[0])):
        for number, one in enumerate(people):
            pose = one[k]
            for i, name in enumerate(LANDMARKS):
                x, y = pose.xy_px[i].tolist()
                values = [round(pose.time_s, 3), *([number] if column else []), i, name, x, y, 0, pose.visibility[i]]
                rows.append([str(value) for value in values])
    return rows


def write_rows(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return sized(path)


# Tables ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["person_id", "Person", "track_id", "poseIndex", "subject", "player_id"])
def test_two_people_in_a_long_table_are_refused_by_their_column(tmp_path, poses, column):
    rows = long_rows([poses[:20], standing(poses[:20])], column=column)
    refused(write_rows(tmp_path / "a.csv", rows), "rows of one person, got person 1 and person 0 at line 35")


def test_one_person_in_a_table_with_a_column_for_people_is_read(tmp_path, poses):
    track = open_foreign(write_rows(tmp_path / "a.csv", long_rows([poses[:20]])))
    np.testing.assert_allclose(next(iter(track)).xy_px, poses[0].xy_px, atol=1e-3)
    assert track.warnings == ()


def test_two_people_in_a_long_table_without_ids_are_refused(tmp_path, poses):
    rows = long_rows([poses[:20], standing(poses[:20])], column="")
    refused(write_rows(tmp_path / "a.csv", rows), "one person, got landmark nose twice in frame 0 at line 35")


def test_two_people_in_turn_in_a_wide_table_are_refused(tmp_path, poses):
    both = [one for pair in zip(poses, standing(poses), strict=True) for one in pair]
    refused(sized(write_wide_csv(tmp_path / "a.csv", both)), "of one person, got a second row for 0 at line 3")


def test_alternating_people_without_times_are_refused_by_jump(tmp_path, poses):
    both = [one for pair in zip(poses, standing(poses), strict=True) for one in pair]
    path = sized(write_wide_csv(tmp_path / "a.csv", both))
    path.write_text(path.read_text().replace("time_s", "label", 1))
    refused(path, "expected one person from frame to frame, got a jump at line 3")


@pytest.mark.parametrize("write", [write_wide_csv, write_long_csv, write_trc], ids=["wide", "long", "trc"])
def test_another_person_from_the_middle_on_is_refused(tmp_path, poses, write):
    half = [*poses[:60], *standing(poses)[60:]]
    path = sized(write(tmp_path / ("a.trc" if write is write_trc else "a.csv"), half))
    refused(path, "one person from frame to frame, got a jump at line .* in 60 of 120 frames; keep the rows of one")


def test_columns_of_two_people_are_refused(tmp_path, poses):
    names = ["time_s", *(f"p{p}_{axis}_{k}" for p in (0, 1) for k in range(33) for axis in "xy")]
    rows = [names]
    for one, other in zip(poses[:20], standing(poses[:20]), strict=True):
        rows.append([str(one.time_s), *(str(v) for pose in (one, other) for v in pose.xy_px.ravel().tolist())])
    refused(write_rows(tmp_path / "a.csv", rows), "columns")
    rows[0] = [name.replace("p", "person") for name in names]
    refused(write_rows(tmp_path / "a.csv", rows), "columns of 2 people, the second from 'person1_x_0'")
    rows[0] = ["time_s", *(f"{axis}_{k}" + p for p in ("", ".1") for k in range(33) for axis in "xy")]
    refused(write_rows(tmp_path / "a.csv", rows), "columns of 2 people, the second from 'x_0.1'")


def test_a_doubled_face_point_is_missing_a_doubled_hip_refused(tmp_path, poses):
    """Older Masked-Piper tables name the right eye's outer corner twice."""

    def head(k, names=LANDMARKS):
        return tuple(f"{axis}_{names[k].upper()}" for axis in ("X", "Y", "Z", "visibility"))

    double = ["right_eye_outer" if name == "right_eye_inner" else name for name in LANDMARKS]
    track = open_foreign(sized(write_wide_csv(tmp_path / "a.csv", poses[:20], head=lambda k: head(k, double))))
    first = next(iter(track))
    assert np.isnan(first.xy_px[[4, 6]]).all()
    np.testing.assert_allclose(first.xy_px[23], poses[0].xy_px[23], atol=1e-3)
    hips = ["left_hip" if name == "right_hip" else name for name in LANDMARKS]
    refused(
        sized(write_wide_csv(tmp_path / "b.csv", poses[:20], head=lambda k: head(k, hips))), "two columns for left_hip"
    )


def test_two_subjects_in_one_marker_file_are_refused(tmp_path, poses):
    names = {f"{who}:{name}": name for who in ("Ana", "Ben") for name in LANDMARKS}
    refused(
        write_trc(tmp_path / "a.trc", poses[:9], names=names), r"one landmark twice \(Ana:left_shoulder and Ben:left_"
    )


# Parts of the body ----------------------------------------------------------------------------------------------------


def holistic(poses, *, column="type", pose="pose"):
    """What MediaPipe Holistic's rows look like: 33 of the pose, then 21 of a hand."""
    rows = [["frame", column, "landmark_id", "x", "y", "visibility"]]
    for k, one in enumerate(poses):
        rows += [[k, pose, i, *one.xy_px[i].tolist(), float(one.visibility[i])] for i in range(33)]
        rows += [[k, "left_hand", i, 300 + i, 200 + i, ""] for i in range(21)]
    return [[str(value) for value in row] for row in rows]


@pytest.mark.parametrize(("column", "pose"), [("type", "pose"), ("part", "Pose"), ("landmark_type", "pose_landmarks")])
def test_of_pose_and_hands_only_the_pose_is_read(tmp_path, poses, column, pose):
    track = open_foreign(write_rows(tmp_path / "a.csv", holistic(poses[:20], column=column, pose=pose)))
    for one, came in zip(poses, track, strict=False):
        np.testing.assert_allclose(came.xy_px, one.xy_px, atol=1e-3)


def test_pose_and_hands_without_a_separating_column_are_refused(tmp_path, poses):
    rows = holistic(poses[:20], column="colour")
    refused(write_rows(tmp_path / "a.csv", rows), "got landmark 0 twice in frame 0 at line 35")


@pytest.mark.parametrize("numbers", [range(1, 502), range(468), range(1, 55), range(1, 30), range(2, 33)])
def test_numbers_that_are_not_33_landmarks_are_refused(tmp_path, numbers):
    names = [f"{axis}{k}" for k in numbers for axis in ("x", "y")]
    (tmp_path / "a.csv").write_text("\n".join([",".join(names), ",".join(["0.5"] * len(names))]))
    refused(tmp_path / "a.csv", r"numbered \d+ to \d+")


def test_landmarks_without_the_face_may_begin_with_the_shoulder(tmp_path, poses):
    names = ["frame", *(f"{axis}{k}" for k in range(11, 33) for axis in "xy")]
    rows = [names, *([str(k), *map(str, p.xy_px[11:].ravel().tolist())] for k, p in enumerate(poses[:20]))]
    came = next(iter(open_foreign(write_rows(tmp_path / "a.csv", rows))))
    np.testing.assert_allclose(came.xy_px[11:], poses[0].xy_px[11:], atol=1e-3)
    assert np.isnan(came.xy_px[:11]).all()


def test_rows_of_several_recordings_are_refused(tmp_path, poses):
    path = sized(write_wide_csv(tmp_path / "a.csv", poses[:40]))
    head, *rows = path.read_text().splitlines()
    named = [f"video,{head}", *(f"{'a.mp4' if k < 25 else 'b.mp4'},{row}" for k, row in enumerate(rows))]
    path.write_text("\n".join(named))
    refused(path, "rows of one recording, got recording b.mp4 and recording a.mp4 at line 27 and 14 more of 40 similar")


def test_picture_labels_and_files_are_no_people_or_recordings(tmp_path, poses):
    path = sized(write_wide_csv(tmp_path / "a.csv", poses[:40]))
    head, *rows = path.read_text().splitlines()
    named = [f"pose,class,file_name,{head}"]
    named += [f"{'up' if k < 20 else 'down'},{k // 15},frame_{k:04}.jpg,{row}" for k, row in enumerate(rows)]
    path.write_text("\n".join(named))
    track = open_foreign(path)
    assert (sum(pose.seen for pose in track), track.warnings) == (40, ())


# Following ------------------------------------------------------------------------------------------------------------


def centres(track):
    return [float(np.nanmean(pose.xy_px[[11, 12, 23, 24], 0])) if pose.seen else None for pose in track]


@pytest.mark.parametrize("gap", [(40, 44), (40, 75), (100, 120)])
@pytest.mark.parametrize("moves", [False, True])
def test_while_the_subject_is_lost_no_bystander_takes_the_place(tmp_path, poses, gap, moves):
    others = [bystander(pose) for pose in poses] if moves else standing(poses)
    mine = [PoseFrame.nobody(p.time_s, p.size_px) if gap[0] <= k < gap[1] else p for k, p in enumerate(poses)]
    folder = write_openpose(tmp_path / "a", mine, others=(others,))
    (tmp_path / "a.json").write_text('{"width": 640, "height": 480, "fps": 15}')
    track = open_foreign(folder)
    for k, (came, pose) in enumerate(zip(track, poses, strict=True)):
        if gap[0] <= k < gap[1]:
            assert (came.seen, came.people) == (False, 1)
        else:
            np.testing.assert_allclose(came.xy_px[23], pose.xy_px[23], atol=1e-3)
    assert f"the followed person is missing in {gap[1] - gap[0]} of 120 frames" in track.warnings[-1]


def test_a_person_who_leaves_and_returns_alone_is_followed_again(tmp_path, poses):
    away = [PoseFrame.nobody(p.time_s, p.size_px) if 40 <= k < 75 else p for k, p in enumerate(poses)]
    back = [bystander(p, scale=1.0) if k >= 75 and p.seen else p for k, p in enumerate(away)]
    track = open_foreign(sized(write_wide_csv(tmp_path / "a.csv", back)))
    assert sum(pose.seen for pose in track) == 85


def test_a_first_detection_elsewhere_is_given_up(tmp_path, poses):
    """Such as a poster on the wall, for a third of a second."""
    poster = [*standing(poses)[:5], *poses[5:]]
    track = open_foreign(sized(write_wide_csv(tmp_path / "a.csv", poster)))
    assert sum(pose.seen for pose in track) > 90
    assert list(track)[-1].seen


@settings(max_examples=30, deadline=None)
@given(
    speed=st.floats(0, 2.5), jitter=st.floats(0, 0.1), rate=st.sampled_from([5, 15, 30, 60]), seed=st.integers(0, 99)
)
def test_a_walking_person_is_never_lost(speed, jitter, rate, seed):
    """Speed and jitter in trunk lengths; half of the frames hold another person as well."""
    chance = np.random.default_rng(seed)
    body = np.full((33, 2), np.nan)
    body[[11, 12, 23, 24]] = [[-20, -50], [20, -50], [-15, 50], [15, 50]]
    follower = PersonFollower()
    for k in range(3 * rate):
        place = np.array([100 * speed * k / rate, 0]) + chance.normal(0, 1, 2).clip(-1, 1) * 100 * jitter
        people = [body + place, *([0.8 * body + place + (0, 900)] if k % 2 else [])]
        assert follower.choose(people, k / rate) == 0


@settings(max_examples=30, deadline=None)
@given(k=st.integers(10, 50), distance=st.floats(1.5, 20), rate=st.sampled_from([10, 15, 30, 60]))
def test_a_jump_of_one_frame_is_never_followed(k, distance, rate):
    body = np.full((33, 2), np.nan)
    body[[11, 12, 23, 24]] = [[-20, -50], [20, -50], [-15, 50], [15, 50]]
    follower = PersonFollower()
    for frame in range(60):
        jumped = frame >= k
        chosen = follower.choose([body + np.array([100 * distance * jumped, 0])], frame / rate)
        was_short = k / rate <= 1.1  # a person seen for less than a second may have been an error
        assert chosen == (None if jumped else 0) or (jumped and was_short)


def test_work_does_not_grow_with_the_square_of_a_crowd(tmp_path, poses):
    crowd = [[float(v) for v in np.random.default_rng(k).uniform(0, 400, 51)] for k in range(500)]
    people = [{"pose_keypoints_2d": one} for one in crowd]
    folder = tmp_path / "a"
    folder.mkdir()
    for k in range(5):
        (folder / f"a_{k:06}.json").write_text(json.dumps({"people": people}))
    with pytest.raises(SourceError, match=r"points in another order|jump"):
        open_foreign(folder)
