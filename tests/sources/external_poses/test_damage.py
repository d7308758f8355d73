"""A damaged row becomes a row without a body; too many refuse the recording and report the first place."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.errors import SourceError
from formcheck.sources.external_poses import open_foreign
from formcheck.sources.pose_track import open_track

from .pose_files import DATA, write_long_csv, write_openpose, write_trc, write_wide_csv

SIZE = '{"width": 640, "height": 480, "fps": 15}'


@pytest.fixture(scope="module")
def poses():
    """Forty poses of the hinge, at 15 a second."""
    return list(open_track(DATA / "hinge_good.parquet"))[:40]


def lines_of(path):
    return path.read_text().splitlines()


def write_lines(path, lines):
    path.write_text("\n".join(lines) + "\n")
    path.with_suffix(".json").write_text(SIZE)
    return path


def replace_cell(line, column, text, mark=","):
    fields = line.split(mark)
    fields[column] = text
    return mark.join(fields)


DAMAGE = {
    "a word": lambda line: replace_cell(line, 11, "abc"),
    "two points in a number": lambda line: replace_cell(line, 11, "0.1.2"),
    "cut off": lambda line: line[:200],
    "too long": lambda line: f"{line},7",
    "no time": lambda line: replace_cell(line, 0, ""),
    "a word for the time": lambda line: replace_cell(line, 0, "later"),
    "a time far ahead": lambda line: replace_cell(line, 0, "9e9"),
    "a time long ago": lambda line: replace_cell(line, 0, "-5"),
    "the time of the row before": lambda line: replace_cell(line, 0, "0.2"),
    "an open quote": lambda line: '"' + line,
    "another size": lambda line: replace_cell(line, 1, "6400"),
    "only words": lambda line: "*** recording paused ***",
}


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("row", [5, 40], ids=["within", "last"])
def test_one_damaged_row_of_a_table_is_a_row_without_a_body(tmp_path, poses, kind, row):
    lines = lines_of(write_wide_csv(tmp_path / "a.csv", poses))
    lines[row] = DAMAGE[kind](lines[row])
    track = open_foreign(write_lines(tmp_path / "a.csv", lines))
    came = {round(pose.time_s, 3): pose for pose in track if pose.seen}
    assert len(came) == 39
    assert track.size_px == (640, 480)
    for pose in poses:
        if round(pose.time_s, 3) in came:
            np.testing.assert_allclose(came[round(pose.time_s, 3)].xy_px, pose.xy_px, atol=1e-3)
    assert len(track.warnings) == 1
    assert "1 of 40 rows are damaged and were left out, the first at line " in track.warnings[0]


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_badly_damaged_table_is_refused_with_the_first_place(tmp_path, poses, kind):
    lines = lines_of(write_wide_csv(tmp_path / "a.csv", poses))
    for row in range(11, 31, 2):
        lines[row] = DAMAGE[kind](lines[row])
    with pytest.raises(
        SourceError, match=r"^a\.csv: expected .* got .* at line 1\d and \d+ more of 40 similar rows; "
    ) as caught:
        open_foreign(write_lines(tmp_path / "a.csv", lines))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("word", ["NA", "None", "null", "NaN", "#N/A", "-", "n/a", "<NA>", "inf", " ", "NULL", "--"])
def test_words_for_a_missing_value_are_no_damage(tmp_path, poses, word):
    lines = lines_of(write_wide_csv(tmp_path / "a.csv", poses))
    for row in range(10, 20):
        fields = lines[row].split(",")
        lines[row] = ",".join([*fields[:3], *[word] * (len(fields) - 3)])
    track = open_foreign(write_lines(tmp_path / "a.csv", lines))
    assert [pose.seen for pose in track] == [not 9 <= k < 19 for k in range(40)]
    assert track.warnings == ()


@pytest.mark.parametrize("number", [0, -1, -999, 0.5])
def test_one_number_in_a_whole_row_is_nobody(tmp_path, poses, number):
    lines = lines_of(write_wide_csv(tmp_path / "a.csv", poses))
    for row in range(1, 30):
        fields = lines[row].split(",")
        lines[row] = ",".join([*fields[:3], *[str(number)] * (len(fields) - 3)])
    track = open_foreign(write_lines(tmp_path / "a.csv", lines))
    assert [pose.seen for pose in track] == [k >= 29 for k in range(40)]


def test_a_damaged_line_of_a_long_table_blanks_its_landmark(tmp_path, poses):
    lines = lines_of(write_long_csv(tmp_path / "a.csv", poses))
    lines[100] = replace_cell(lines[100], 2, "abc")
    track = open_foreign(write_lines(tmp_path / "a.csv", lines))
    missing = [(k, i) for k, pose in enumerate(track) for i in range(33) if math.isnan(pose.xy_px[i, 0])]
    assert missing == [(3, 0)]
    assert "the first at line 101: expected numbers, got abc" in track.warnings[0]


def test_a_long_table_sorted_by_landmark_is_refused_with_advice(tmp_path, poses):
    head, *rows = lines_of(write_long_csv(tmp_path / "a.csv", poses))
    by_landmark = sorted(rows, key=lambda row: row.split(",")[1])
    with pytest.raises(SourceError, match=r"got 0 after 2600 at line 42 .*; sort the rows by time"):
        open_foreign(write_lines(tmp_path / "a.csv", [head, *by_landmark]))


def test_two_recordings_joined_in_one_table_are_refused(tmp_path, poses):
    head, *rows = lines_of(write_wide_csv(tmp_path / "a.csv", poses))
    with pytest.raises(SourceError, match=r"got 0.0 after|got 0 after 2\.6 at line 42|a word"):
        open_foreign(write_lines(tmp_path / "a.csv", [head, *rows, *rows]))


def test_hours_between_two_rows_are_two_recordings(tmp_path, poses):
    head, *rows = lines_of(write_wide_csv(tmp_path / "a.csv", poses))
    later = [replace_cell(row, 0, str(1e6 + k)) for k, row in enumerate(rows[20:])]
    with pytest.raises(SourceError, match=r"expected one recording, got a gap of 1e\+06 s before line 22"):
        open_foreign(write_lines(tmp_path / "a.csv", [head, *rows[:20], *later]))


MARKER_DAMAGE = {
    "cut off": lambda line: line[:40],
    "too long": lambda line: f"{line}\t1",
    "a word": lambda line: line.replace("0.0", "o", 1),
    "no time": lambda line: replace_cell(line, 1, "", "\t"),
    "the time of the row before": lambda line: replace_cell(line, 1, "0.9333333333333333", "\t"),
}


@pytest.mark.parametrize("kind", MARKER_DAMAGE)
def test_one_damaged_row_of_markers_is_a_row_without_a_body(tmp_path, poses, kind):
    path = write_trc(tmp_path / "a.trc", poses)
    lines = lines_of(path)
    lines[20] = MARKER_DAMAGE[kind](lines[20])
    track = open_foreign(write_lines(path, lines))
    assert sum(pose.seen for pose in track) == 39
    assert "1 of 40 rows are damaged" in track.warnings[0]
    for row in range(22, 40, 2):
        lines[row] = MARKER_DAMAGE[kind](lines[row])
    with pytest.raises(SourceError, match=r"at line 21 and 9 more of 40 similar rows"):
        open_foreign(write_lines(path, lines))


FRAMES = [
    "", "{}", "[]", "7", "null", '{"people": 7}', '{"people": [7]}', '{"people": [{}]}', '{"people": {"a": 1}}',
    '{"people": [{"pose_keypoints_2d": [1, 2, 3]}]}', '{"people": [{"pose_keypoints_2d": 7}]}',
    '{"people": [{"pose_keypoints_2d": [' + ",".join(['"x"'] * 75) + "]}]}",
    '{"people": [{"pose_keypoints_2d": [' + ",".join(["true"] * 75) + "]}]}",
    '{"people": [{"pose_keypoints_2d": [' + ",".join(["1" * 400] * 75) + "]}]}",
    '{"people": [{"pose_keypoints_3d": [1, 2, 3, 4]}]}', "[" * 100_000, '{"people": [{"pose_keypoints_2d": "abc"}]}',
]  # fmt: skip


@pytest.mark.parametrize("text", FRAMES, ids=range(len(FRAMES)))
def test_one_damaged_file_of_openpose_is_a_frame_without_a_body(tmp_path, poses, text):
    folder = write_openpose(tmp_path / "a", poses)
    (folder / "clip_000000000007_keypoints.json").write_text(text)
    track = open_foreign(folder, recorded_fps=15)
    assert [pose.seen for pose in track] == [k != 7 for k in range(40)]
    assert "the first at clip_000000000007_keypoints.json: expected " in track.warnings[-1]
    for k in range(10, 20):
        (folder / f"clip_{k:012}_keypoints.json").write_text(text)
    match = r"^a: expected .* at clip_000000000007_keypoints.json and 10 more of 40 similar rows; "
    with pytest.raises(SourceError, match=match) as caught:
        open_foreign(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("listed", [[], None])
def test_a_person_without_points_is_nobody(tmp_path, poses, listed):
    folder = write_openpose(tmp_path / "a", poses)
    for k in range(5, 30):
        file = folder / f"clip_{k:012}_keypoints.json"
        content = json.loads(file.read_text())
        content["people"].insert(0, {"pose_keypoints_2d": listed, "hand_left_keypoints_2d": [1, 2, 0.5] * 21})
        file.write_text(json.dumps(content))
    track = open_foreign(folder, recorded_fps=15)
    assert all(pose.seen and pose.people == 1 for pose in track)
    assert not any("damaged" in warning for warning in track.warnings)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_few_cells_with_any_text_never_refuse_a_recording(tmp_path_factory, poses, data):
    lines = lines_of(write_wide_csv(tmp_path_factory.mktemp("any") / "a.csv", poses))
    text = st.text(
        st.characters(codec="utf-8", exclude_characters='",\n\r\0\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029'), max_size=12
    )
    rows = data.draw(st.lists(st.integers(2, 40), min_size=1, max_size=4, unique=True))
    for row in rows:
        lines[row] = replace_cell(lines[row], data.draw(st.integers(0, 134)), data.draw(text))
    folder = tmp_path_factory.mktemp("any")
    track = open_foreign(write_lines(folder / "a.csv", lines))
    came = {round(pose.time_s, 2): pose for pose in track if pose.seen}
    untouched = [pose for k, pose in enumerate(poses, start=1) if k not in rows]
    assert sum(round(pose.time_s, 2) in came for pose in untouched) >= len(untouched) - len(rows)


@pytest.mark.parametrize("name", ["a.csv", "a.trc"])
def test_work_is_bounded_by_what_a_file_holds(tmp_path, name):
    """A head of many columns and many short lines must not become their product."""
    names = [f"label_{k}" for k in range(19_000)]
    head = ",".join(["frame", *(f"{axis}_{k}" for k in range(33) for axis in "xy"), *names])
    if name == "a.trc":
        markers = ["LShoulder", "RShoulder", "LHip", "RHip", *names]
        head = "PathFileType\nUnits\nm\nFrame#\tTime\t" + "\t\t\t".join(markers) + "\n\tX1"
    (tmp_path / name).write_text(head + "\n" + "1\n" * 50_000)
    with pytest.raises(
        SourceError, match=r"expected as many fields as columns in each row, got 1 instead of \d+ fields"
    ):
        open_foreign(tmp_path / name)


@pytest.mark.parametrize("name", ["a.csv", "a.trc"])
def test_a_million_columns_are_refused(tmp_path, name):
    (tmp_path / name).write_text(",".join(f"x{k}" for k in range(100_000)) + "\n1\n")
    with pytest.raises(SourceError, match=r"got 100000 columns|got another kind of file"):
        open_foreign(tmp_path / name)
