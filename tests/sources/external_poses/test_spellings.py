"""A format is recognised by its content, not by one spelling: clocks, column names, folders, skeletons."""

from __future__ import annotations

import json
import math
import shutil
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.errors import SourceError
from formcheck.core.skeleton import INDEX, LANDMARKS
from formcheck.sources.external_poses import is_foreign, open_foreign
from formcheck.sources.external_poses.clocks import find_clock_of_name, parse_clock_text
from formcheck.sources.external_poses.landmark_names import BODY_25, COCO_17, COCO_18, COCO_133, HALPE_26, HALPE_136
from formcheck.sources.pose_track import open_track

from .pose_files import DATA, write_long_csv, write_openpose, write_trc, write_wide_csv

SIZE = '{"width": 640, "height": 480, "fps": 15}'


@pytest.fixture(scope="module")
def poses():
    """Thirty poses of the hinge, at 15 a second."""
    return list(open_track(DATA / "hinge_good.parquet"))[:30]


def refused(path, match):
    with pytest.raises(SourceError, match=match) as caught:
        open_foreign(path)
    assert "\n" not in str(caught.value)


def sized(path):
    (path.parent / f"{path.stem if path.is_file() else path.name}.json").write_text(SIZE)
    return path


def check_same(track, poses, names=LANDMARKS):
    for came, pose in zip(track, poses, strict=True):
        index = [INDEX[name] for name in names]
        np.testing.assert_allclose(came.xy_px[index], pose.xy_px[index], atol=0.02)
        assert came.time_s == pytest.approx(pose.time_s - poses[0].time_s, abs=2e-3)


# Clocks ---------------------------------------------------------------------------------------------------------------

START = datetime(2025, 11, 27, 23, 59, 59, tzinfo=UTC)
CLOCKS = {
    "time": lambda s: 1e3 * s,
    "Timestamp": lambda s: 1e6 * s,
    "timestamps": lambda s: 1.7e18 + 1e9 * s,
    "t": lambda s: s,
    "ts": lambda s: 1.7e9 + s,
    "time_s": lambda s: s,
    "t_ms": lambda s: round(1e3 * s),
    "timestamp_us": lambda s: round(1e6 * s),
    "Time (µs)": lambda s: round(1e6 * s),
    "timestamp_ns": lambda s: round(1e9 * s),
    "video_time_sec": lambda s: s,
    "frame_timestamp_ms": lambda s: 1e3 * s,
    "elapsed_seconds": lambda s: s,
    "time_min": lambda s: s / 60,
    "clock": lambda s: str(timedelta(seconds=s)),
    "timecode": lambda s: f"{int(s // 60):02}:{s % 60:06.3f}",
    "time ": lambda s: f"0 days {timedelta(seconds=s)}",
    "datetime": lambda s: (START + timedelta(seconds=s)).isoformat(),
    "TIMESTAMP": lambda s: (START + timedelta(seconds=s)).strftime("%Y-%m-%d %H:%M:%S.%f"),
    "Frame": lambda s: round(15 * s),
    "frame_idx": lambda s: f"frame_{round(15 * s):04}.jpg",
    "image": lambda s: f"{round(15 * s):06}.png",
}  # fmt: skip


def clocked(path, poses, name, clock, *, more=""):
    """A wide table with another clock in its first column; `more` are further columns, the same in all rows."""
    head, *rows = (line.split(",", 1)[1] for line in write_wide_csv(path, poses).read_text().splitlines())
    extra = [f",{one}" for one in more.split("=")] if more else ["", ""]
    lines = [
        f"{name}{extra[0]},{head}",
        *(f"{clock(p.time_s)}{extra[1]},{r}" for p, r in zip(poses, rows, strict=True)),
    ]
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("name", CLOCKS)
def test_a_clock_is_read_in_its_unit(tmp_path, poses, name):
    check_same(open_foreign(sized(clocked(tmp_path / "a.csv", poses, name, CLOCKS[name]))), poses)


def test_times_without_a_unit_that_count_frames_are_reported(tmp_path, poses):
    track = open_foreign(sized(clocked(tmp_path / "a.csv", poses, "time", lambda s: round(15 * s))))
    check_same(track, poses)
    assert track.warnings == ("a.csv: its times increase by one and were read as frame numbers",)


@pytest.mark.parametrize("empty", ["", "nan", "None"])
def test_an_empty_column_of_times_is_no_clock(tmp_path, poses, empty):
    path = clocked(tmp_path / "a.csv", poses, "frame", lambda s: round(15 * s), more=f"timestamp={empty}")
    check_same(open_foreign(sized(path)), poses)


@pytest.mark.parametrize(
    ("name", "clock", "match"),
    [
        (
            "time",
            lambda s: "noon",
            "expected a time or frame in each row, got 'noon' at line 2 and 29 more of 30 similar rows",
        ),
        ("time_s", lambda s: 1e3 * s, "a recording of movement, got 66.6"),
        ("timestamp_ms", lambda s: s, "expected times of a recording, got 6.7e-05 seconds"),
        ("time", lambda s: 45988.6 + s / 86400, "expected times of a recording"),
        ("time", lambda s: 5, "each frame once, of one person, got a second row for 5"),
    ],
)
def test_times_that_are_none_are_refused(tmp_path, poses, name, clock, match):
    refused(sized(clocked(tmp_path / "a.csv", poses, name, clock)), match)


@given(st.timedeltas(timedelta(0), timedelta(days=2)))
def test_every_clock_that_python_writes_is_read(span):
    assert parse_clock_text(str(span)) == pytest.approx(span.total_seconds(), abs=1e-5)


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.none() | st.just(UTC)))  # noqa: DTZ001 - Hypothesis adds them
def test_every_date_that_python_writes_is_read(when):
    since = (when.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    for text in (str(when), when.isoformat()):
        assert parse_clock_text(text) == pytest.approx(since, abs=1e-3)


@given(st.text(max_size=30))
def test_any_text_is_a_clock_or_none(text):
    assert math.isfinite(parse_clock_text(text)) or math.isnan(parse_clock_text(text))
    assert find_clock_of_name(text) in {"s", "ms", "us", "ns", "min", "frame", "unknown", None}


@pytest.mark.parametrize(
    "name", ["nose_x", "x_0", "class", "video", "visibility_3", "id", "min", "frame_rate", "fps", "", "times_seen"]
)
def test_other_columns_are_no_clock(name):
    assert find_clock_of_name(name) is None


# Columns --------------------------------------------------------------------------------------------------------------

WIDE = {
    "units": lambda k: tuple(f"{LANDMARKS[k]}_{a}" for a in ("x_norm", "y_norm", "z_norm", "visibility")),
    "lmk": lambda k: tuple(f"lmk{k}_{a}" for a in ("x", "y", "z", "vis")),
    "masked piper": lambda k: tuple(f"{a}_{LANDMARKS[k].upper()}" for a in ("X", "Y", "Z", "visibility")),
    "keypoint": lambda k: tuple(f"keypoint_{k}_{a}" for a in ("x", "y", "z", "score")),
    "pose of one person": lambda k: tuple(f"pose_0_landmark_{k}_{a}" for a in ("x", "y", "z", "visibility")),
    "person 1": lambda k: tuple(f"person1_{LANDMARKS[k]}_{a}" for a in ("x", "y", "z", "confidence")),
    "dots": lambda k: tuple(f"PoseLandmark.{LANDMARKS[k].upper()}.{a}" for a in ("x", "y", "z", "visibility")),
    "brackets": lambda k: tuple(f"{LANDMARKS[k]} [{a}]" for a in ("x", "y", "z", "v")),
    "camel": lambda k: tuple("".join(w.title() for w in LANDMARKS[k].split("_")) + a for a in ("X", "Y", "Z", "Conf")),
    "quoted": lambda k: tuple(f'"{a}{k}"' for a in ("x", "y", "z", "v")),
    "from one": lambda k: tuple(f"{a}{k + 1}" for a in ("x", "y", "z", "v")),
}


@pytest.mark.parametrize("kind", WIDE)
def test_columns_of_public_scripts_are_known(tmp_path, poses, kind):
    check_same(open_foreign(write_wide_csv(tmp_path / "a.csv", poses, head=WIDE[kind])), poses)


@pytest.mark.parametrize(
    "head",
    [
        "t_ms,lm_id,x_px,y_px,z_norm,visibility", "timestamp_ms,landmark_index,x,y,z,score", "ms,joint,X,Y,Z,conf",
        "time_ms,Landmark Name,x (px),y (px),z,visibility", "timestamp (ms),keypoint_id,px_x,px_y,pz,likelihood",
    ],
)  # fmt: skip
@pytest.mark.parametrize("names", [LANDMARKS, range(33), range(1, 34), [f"{k}.0" for k in range(33)]], ids=str)
def test_long_tables_of_public_scripts_are_known(tmp_path, poses, head, names):
    path = write_long_csv(tmp_path / "a.csv", poses, names=names)
    path.write_text("\n".join([head, *path.read_text().splitlines()[1:]]))
    check_same(open_foreign(sized(path)), poses)


def change_text(text):
    return {
        "sep line": "sep=,\n" + text,
        "quoted sep line": '"sep=;"\n' + text.replace(",", ";"),
        "comment": "# made by a script\n# in 2025\n" + text,
        "tabs": text.replace(",", "\t"),
        "tabs and decimal commas": text.replace(",", "\t").replace(".", ","),
        "bars": text.replace(",", "|"),
        "semicolons": text.replace(",", ";"),
        "index of pandas": "\n".join(f"{k or ''},{line}" for k, line in enumerate(text.splitlines())),
        "trailing commas": "\n".join(f"{line}," for line in text.splitlines()),
        "trailing commas in rows": "\n".join(line + ",," * (k > 0) for k, line in enumerate(text.splitlines())),
        "old Mac line ends": text.replace("\n", "\r"),
        "empty lines": text.replace("\n", "\n\n"),
        "everything quoted": "\n".join(",".join(f'"{f}"' for f in line.split(",")) for line in text.splitlines()),
        "spaces": text.replace(",", ", "),
    }  # fmt: skip


@pytest.mark.parametrize("kind", change_text(""))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_spreadsheets_make_of_a_table_is_read(tmp_path, poses, kind, encoding):
    path = write_wide_csv(tmp_path / "a.csv", poses)
    path.write_bytes(change_text(path.read_text())[kind].encode(encoding))
    check_same(open_foreign(path), poses)


def test_bytes_of_another_encoding_are_refused(tmp_path, poses):
    path = write_wide_csv(tmp_path / "a.csv", poses)
    text = path.read_text()
    path.write_bytes(text.encode("utf-16-le"))  # without the mark
    refused(path, "expected text, got other data; save it as UTF-8")
    path.write_bytes(text.replace("time_s", "Größe").encode("latin-1"))
    refused(path, "expected text, got other data; save it as UTF-8")


@pytest.mark.parametrize(
    ("head", "match"),
    [
        ("frame,landmark,x,z", "got columns frame, landmark, x, z"), ("frame,name,score", "got columns frame, name"),
        ("frame,landmark,wx,wy,wz", "points in space"), ("frame,joint,x_m,y_m,z_m", "points in space"),
        ("0.1,0.2,0.3", "got columns 0.1, 0.2"), ("scorer,DLC,DLC", "got columns scorer, DLC"), (",,", "got columns"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rows", ["", "\n0,nose,0.5,0.5,1\n1,nose,0.5,0.5,1"])
def test_a_table_without_places_in_the_picture_is_refused(tmp_path, head, match, rows):
    (tmp_path / "a.csv").write_text(head + rows)
    refused(tmp_path / "a.csv", match)


@pytest.mark.parametrize("name", ["a.tsv", "A.CSV", "b.TRC"])
def test_suffixes_are_known(tmp_path, name):
    assert is_foreign(tmp_path / name)


# Folders and skeletons ------------------------------------------------------------------------------------------------


def points_of(pose, names, necks=()):
    """The numbers of one person; `necks` are places of the middle of two landmarks."""
    out = []
    for k, name in enumerate(names):
        pair = dict(necks).get(k)
        place = pose.xy_px[INDEX[name]] if name else pose.xy_px[[INDEX[one] for one in pair]].mean(0) if pair else None
        out += [0, 0, 0] if place is None else [*place.tolist(), 0.9]
    return out


SHOULDERS, HIPS = ("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")
SKELETONS = {
    "BODY_25": (BODY_25, [(1, SHOULDERS), (8, HIPS)]), "COCO_18": (COCO_18, [(1, SHOULDERS)]), "COCO_17": (COCO_17, []),
    "HALPE_26": (HALPE_26, [(18, SHOULDERS), (19, HIPS)]), "COCO_133": (COCO_133, []),
    "HALPE_136": (HALPE_136, [(18, SHOULDERS)]), "BlazePose": (LANDMARKS, []),
}  # fmt: skip


def write_frames(folder, poses, numbers, *, name="clip_{:06}.json", key="pose_keypoints_2d"):
    folder.mkdir(parents=True)
    for k, pose in enumerate(poses):
        person = {"person_id": [-1], key: numbers(pose), "face_keypoints_2d": []}
        (folder / name.format(k)).write_text(json.dumps({"version": 1.3, "people": [person]}))
    return sized(folder)


@pytest.mark.parametrize("skeleton", SKELETONS)
@pytest.mark.parametrize(
    "name", ["clip_{:012}_keypoints.json", "clip_{:06}.json", "{}.json", "take 2 {:03}.JSON".lower()]
)
def test_a_skeleton_is_known_by_its_points(tmp_path, poses, skeleton, name):
    names, necks = SKELETONS[skeleton]
    folder = write_frames(tmp_path / "a_json", poses, lambda pose: points_of(pose, names, necks), name=name)
    assert is_foreign(folder)
    track = open_foreign(folder)
    has = [one for one in names if one]
    check_same(track, poses, has)
    lacks = [INDEX[one] for one in LANDMARKS if one not in has]
    assert all(np.isnan(pose.xy_px[lacks]).all() and (pose.visibility[lacks] == 0).all() for pose in track)
    assert {len(SKELETONS[one][0]) for one in SKELETONS} == {25, 18, 17, 26, 133, 136, 33}


@pytest.mark.parametrize("key", ["pose_keypoints_2d", "pose_keypoints"])
def test_the_key_of_openpose_1_0_is_known(tmp_path, poses, key):
    folder = write_frames(tmp_path / "a", poses, lambda p: points_of(p, *SKELETONS["BODY_25"]), key=key)
    check_same(open_foreign(folder), poses, [name for name in BODY_25 if name])


BODY_25B = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle", None, None, "left_foot_index", None, "left_heel", "right_foot_index", None, "right_heel",
)  # fmt: skip
HUMAN36M = (
    None, "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", None, None, "nose", None,
    "left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist",
)  # fmt: skip


@pytest.mark.parametrize(
    ("names", "necks"), [(BODY_25B, [(17, SHOULDERS)]), (HUMAN36M, [(0, HIPS), (8, SHOULDERS)])], ids=["25B", "H36M"]
)
def test_as_many_points_in_another_order_are_refused(tmp_path, poses, names, necks):
    folder = write_frames(tmp_path / "a", poses, lambda pose: points_of(pose, names, necks))
    refused(folder, "expected 25 or 18 points of OpenPose, .* got .* points in another order at clip_000000.json")


@pytest.mark.parametrize("count", [15, 16, 21, 68, 34])
def test_a_skeleton_that_is_not_known_is_refused(tmp_path, poses, count):
    folder = write_frames(tmp_path / "a", poses, lambda _: [1.0, 2.0, 0.9] * count)
    refused(folder, f"got {3 * count} numbers for a person at clip_000000.json and 29 more of 30 similar rows")


def test_a_skeleton_that_changes_within_a_recording_is_refused(tmp_path, poses):
    folder = write_frames(tmp_path / "a", poses[:20], lambda p: points_of(p, *SKELETONS["HALPE_26"]))
    more = write_frames(tmp_path / "b", poses, lambda p: points_of(p, *SKELETONS["BODY_25"]))
    for k in range(20, 30):
        shutil.copy(more / f"clip_{k:06}.json", folder)
    refused(folder, "got 75 numbers for a person after 78 at clip_000020.json")


def write_body_25(folder, poses):
    return write_frames(folder, poses, lambda p: points_of(p, *SKELETONS["BODY_25"]))


@pytest.mark.parametrize("inside", ["cam1_json", "pose/cam1_json", "pose"])
def test_the_folder_around_the_frames_of_one_camera_means_them(tmp_path, poses, inside):
    write_body_25(tmp_path / "trial" / inside, poses)
    assert is_foreign(tmp_path / "trial")
    check_same(open_foreign(tmp_path / "trial"), poses, [name for name in BODY_25 if name])


def test_a_folder_of_two_cameras_is_refused_with_their_names(tmp_path, poses):
    for camera in ("cam1_json", "cam2_json"):
        write_body_25(tmp_path / "trial" / "pose" / camera, poses[:2])
    refused(tmp_path / "trial", r"from one camera, got 2 \(cam1_json, cam2_json\); name one of them")


def test_a_folder_of_sports2d_means_its_markers_in_pixels(tmp_path, poses):
    folder = tmp_path / "clip_Sports2D"
    folder.mkdir()
    write_trc(folder / "clip_Sports2D_px_person00.trc", poses)
    write_trc(folder / "clip_Sports2D_m_person00.trc", poses)
    (folder / "clip_Sports2D_angles_person00.mot").write_text("angles")
    assert is_foreign(folder)
    assert sum(pose.seen for pose in open_foreign(folder)) == 30
    write_trc(folder / "clip_Sports2D_px_person01.trc", poses)
    refused(folder, "expected the poses of one person from one camera, got 2")


def test_a_single_file_of_poses_is_refused_with_what_to_give(tmp_path, poses):
    folder = write_body_25(tmp_path / "a", poses[:2])
    (tmp_path / "alphapose-results.json").write_text('[{"image_id": "0.jpg", "keypoints": [1, 2, 0.9]}]')
    for path in (folder / "clip_000000.json", tmp_path / "alphapose-results.json"):
        assert is_foreign(path)
        refused(path, "expected a folder of OpenPose's files, got one JSON file; give the folder")
    assert not is_foreign(tmp_path / "a.json")


@pytest.mark.parametrize("text", ['{"shapes": []}', "{}", "[1]", '{"width": 640}'])
def test_other_numbered_json_is_no_folder_of_poses(tmp_path, text):
    (tmp_path / "a_000001.json").write_text(text)
    assert not is_foreign(tmp_path)


def test_files_of_two_recordings_in_one_folder_are_refused(tmp_path, poses):
    folder = write_body_25(tmp_path / "a", poses[:9])
    shutil.copy(folder / "clip_000003.json", folder / "other_000020.json")
    refused(folder, "got files of 2 recordings; use one folder for each recording")


def test_a_gap_in_the_numbers_costs_no_more_than_the_files(tmp_path, poses):
    """The last number is an error; it must not become years of empty frames."""
    folder = write_openpose(tmp_path / "a", poses)
    for number in ("9" * 12, "9" * 100):
        shutil.copy(folder / "clip_000000000003_keypoints.json", folder / f"clip_{number}_keypoints.json")
        track = open_foreign(folder, recorded_fps=15)
        assert track.header["source"]["duration_s"] == pytest.approx(2)
        (folder / f"clip_{number}_keypoints.json").unlink()


def test_a_name_with_a_line_end_is_shown_in_one_line(tmp_path, poses):
    folder = write_openpose(tmp_path / "a\nb", poses[:2])
    (folder / "x\ny_1_keypoints.json").write_text("{}")
    refused(folder, "got a second file for the same frame|got files of 2 recordings")
    refused(tmp_path / "no\nfile.csv", "got no such file")
