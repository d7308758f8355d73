"""Exported values equal the measured ones, in the axes of the other program."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.records import N_BACK, PoseFrame
from formcheck.core.skeleton import INDEX, LANDMARKS, MIRROR
from formcheck.sinks.csv_table import write_csv
from formcheck.sinks.motion.markers import MARKERS, Markers, place_in_picture, place_in_space, turn_rad, write_trc

FORWARD, UP, RIGHT = 0, 1, 2


def person(heading_deg=0.0, *, visibility=None, xy=(320.0, 240.0)):
    """An upright person who faces right in the picture, turned towards the camera by a heading; m, y down, z away.

    The shoulders stand 0.5 m above the hips, the toes 0.2 m ahead of them, all pairs 0.4 m apart.
    """
    points = {"shoulder": (0.0, -0.5), "hip": (0.0, 0.0), "foot_index": (0.2, 0.9)}
    xyz = np.full((33, 3), np.nan)
    turn = math.radians(heading_deg)
    for part, (ahead, down) in points.items():
        for side, right in (("left", -0.2), ("right", 0.2)):
            x = ahead * math.cos(turn) - right * math.sin(turn)
            towards = ahead * math.sin(turn) + right * math.cos(turn)
            xyz[INDEX[f"{side}_{part}"]] = x, down, -towards
    seen = np.ones(33) if visibility is None else visibility
    return PoseFrame(0.0, (640, 480), np.tile(xy, (33, 1)), xyz, seen, np.full((N_BACK, 2), np.nan))


def place(pose, name, turn=None):
    points = place_in_space(pose, turn_rad([pose]) if turn is None else turn).points
    return points[INDEX[name]]


# Axes -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("heading_deg", [0, 90, 180, 225, 359])
def test_a_person_faces_x_with_y_up_and_z_to_the_right(heading_deg):
    pose = person(heading_deg)
    assert place(pose, "right_shoulder") == pytest.approx([0, 0.5, 0.2], abs=1e-6)
    assert place(pose, "left_shoulder") == pytest.approx([0, 0.5, -0.2], abs=1e-6)
    assert place(pose, "left_foot_index") == pytest.approx([0.2, -0.9, -0.2], abs=1e-6)


def test_who_faces_right_in_the_picture_needs_no_turn():
    assert turn_rad([person()]) == pytest.approx(0, abs=1e-6)


def test_one_turn_holds_for_the_whole_recording():
    """A body that turns keeps turning: only the mean is laid along the axes."""
    turn = turn_rad([person(10), person(30)])
    assert math.degrees(turn) == pytest.approx(-20) or math.degrees(turn) == pytest.approx(20)
    ahead = [place(person(heading), "right_hip", turn) for heading in (10, 30)]
    assert ahead[0][FORWARD] == pytest.approx(-ahead[1][FORWARD])
    assert ahead[0][RIGHT] == pytest.approx(ahead[1][RIGHT]) == pytest.approx(0.2 * math.cos(math.radians(10)))


def test_a_person_on_their_side_and_nobody_are_not_turned():
    lying = np.full((33, 3), np.nan)
    for part in ("shoulder", "hip"):
        for side, y in (("left", -0.2), ("right", 0.2)):
            lying[INDEX[f"{side}_{part}"]] = 0.1, y, 0.01
    one = person()
    pose = PoseFrame(0.0, one.size_px, one.xy_px, lying, one.visibility, one.back_xy_px)
    assert turn_rad([pose]) == 0
    assert turn_rad([PoseFrame.nobody(0.0, (640, 480))]) == 0
    assert turn_rad([]) == 0


@given(st.floats(0, 360), st.floats(-math.pi, math.pi))
def test_the_change_of_axes_keeps_distances_and_does_not_mirror(heading_deg, turn):
    pose = person(heading_deg)
    before, after = np.asarray(pose.xyz_m, float), place_in_space(pose, turn).points
    known = np.isfinite(before).all(axis=1)
    a, b = before[known], after[known]
    np.testing.assert_allclose(
        np.linalg.norm(a[:, None] - a[None], axis=2), np.linalg.norm(b[:, None] - b[None], axis=2), atol=1e-6
    )
    axes = [INDEX["right_shoulder"], INDEX["left_shoulder"], INDEX["left_foot_index"]]
    assert np.linalg.det(before[axes]) == pytest.approx(np.linalg.det(after[axes]), abs=1e-6)


# What is not seen -----------------------------------------------------------------------------------------------------


def test_what_is_hidden_or_outside_the_picture_is_a_gap():
    seen = np.ones(33)
    seen[INDEX["left_hip"]] = 0.39
    pose = person(visibility=seen)
    for markers in (place_in_space(pose, 0.0), place_in_picture(pose)):
        assert np.isnan(markers.points[INDEX["left_hip"]]).all()
        assert np.isfinite(markers.points[INDEX["right_hip"]]).all()
    assert np.isnan(place_in_picture(person(xy=(2.0, 240.0))).points).all()


def test_pixels_stay_where_they_were():
    assert place_in_picture(person()).points[0].tolist() == [320, 240, 0]


# The file -------------------------------------------------------------------------------------------------------------


def test_markers_use_opensim_names_and_keep_their_side():
    assert len(set(MARKERS)) == 33
    assert [MARKERS[INDEX[name]] for name in ("nose", "left_foot_index", "right_eye_inner", "mouth_left")] == [
        "Nose", "LBigToe", "REyeInner", "LMouth"
    ]  # fmt: skip
    for marker, mirrored in zip(MARKERS, (MARKERS[k] for k in MIRROR), strict=True):
        assert marker == mirrored == "Nose" or {marker[0], mirrored[0]} == {"L", "R"}
    assert len(MARKERS) == len(LANDMARKS)


def test_a_marker_file_reads_as_opensim_wants_it(tmp_path):
    points = np.zeros((33, 3))
    points[0] = 1, -2.5, 3e-7
    points[32] = np.nan
    frames = [Markers(0.0, points), Markers(0.04, np.full((33, 3), np.nan))]
    write_trc(tmp_path / "part", frames, name="a.trc", count=2, rate_hz=25.0, units="m")
    lines = (tmp_path / "part").read_text("utf-8").split("\n")
    assert lines[0] == "PathFileType\t4\t(X/Y/Z)\ta.trc"
    assert lines[2] == "25\t25\t2\t33\tm\t25\t1\t2"
    assert lines[3].split("\t")[:6] == ["Frame#", "Time", "Nose", "", "", "LEyeInner"]
    assert lines[4].split("\t")[-1] == "Z33"
    assert lines[5] == ""
    assert lines[6].split("\t")[:5] == ["1", "0.000000", "1.000000", "-2.500000", "0.000000"]
    assert lines[6].endswith("\tnan\tnan\tnan")
    assert lines[7] == "2\t0.040000" + "\tnan" * 99
    assert {line.count("\t") for line in lines[6:8]} == {2 + 99 - 1}


def test_a_table_becomes_csv_with_empty_fields_for_missing(tmp_path):
    table = pd.DataFrame({
        "time_s": [0.0, 1 / 3], "phase": ["hold", None], "repetition": pd.array([1, None], "Int32"),
        "knee_left_deg": [np.nan, 171.25],
    })  # fmt: skip
    table.to_parquet(tmp_path / "a.parquet")
    write_csv(tmp_path / "a.parquet", tmp_path / "a.csv")
    text = (tmp_path / "a.csv").read_text("utf-8")
    assert text == '"time_s","phase","repetition","knee_left_deg"\n0,"hold",1,\n0.3333333333333333,,,171.25\n'
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "a.csv").astype({"repetition": "Int32"}), table)
