"""The comparison with Sports2D: formcheck's side is real, Sports2D is replaced because it takes 1.9 GB."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from formcheck.core.errors import BackendError
from formcheck.core.records import PoseFrame
from formcheck.sources.pose_track import open_track

NAN = np.nan


@pytest.fixture
def angles(script):
    return script("sports2d.__main__")


@pytest.fixture
def sports2d(script):
    return script("sports2d.run")


@pytest.fixture
def child(script):
    return script("sports2d.child")


@pytest.fixture
def track(checkout):
    return checkout / "tests" / "data" / "hinge_good.parquet"


# Definitions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "ours_deg", "theirs", "theirs_deg"),
    [
        ("knee_left_deg", 180.0, "left knee", 0.0),
        ("knee_right_deg", 90.0, "right knee", 90.0),
        ("knee_right_deg", 90.0, "right knee", -90.0),
        ("elbow_left_deg", 120.0, "left elbow", 60.0),
        ("trunk_thigh_left_deg", 70.0, "left hip", 110.0),
        ("trunk_thigh_left_deg", 190.0, "left hip", -10.0),
        ("arm_elevation_right_deg", 30.0, "right shoulder", -30.0),
        ("shank_inclination_left_deg", 0.0, "left shank", -90.0),
        ("thigh_inclination_left_deg", 20.0, "left thigh", -110.0),
        ("thigh_inclination_left_deg", 100.0, "left thigh", 170.0),
        ("trunk_inclination_deg", 0.0, "trunk", 90.0),
        ("trunk_inclination_deg", 120.0, "trunk", -30.0),
    ],
)
def test_the_same_posture_is_no_difference(angles, ours, ours_deg, theirs, theirs_deg):
    assert angles.differences({ours: np.array([ours_deg])}, {theirs: np.array([theirs_deg])})[ours] == pytest.approx(0)


def test_an_angle_difference_wraps_or_is_missing(angles):
    ours = {"trunk_inclination_deg": np.array([-175.0, 10.0, NAN, 10.0])}
    theirs = {"trunk": np.array([-90.0, 83.0, 80.0, NAN]), "head": np.zeros(4)}
    apart = angles.differences(ours, theirs)
    assert list(apart) == ["trunk_inclination_deg"]
    assert apart["trunk_inclination_deg"] == pytest.approx([5.0, 3.0, NAN, NAN], nan_ok=True)


def test_bare_angles_are_those_of_each_pose_by_itself(angles, track):
    """The same pose first and last: steadying makes it another one, bare it stays the same."""
    poses = [*open_track(track)]
    there_and_back = [poses[0], poses[80], replace(poses[0], time_s=poses[81].time_s)]
    bare, steady = (angles.our_angles(there_and_back, bare=bare)["trunk_inclination_deg"] for bare in (True, False))
    assert bare[0] == bare[2] != bare[1]
    assert steady[0] != steady[2]


def test_keypoints_are_missing_where_nobody_is(angles, track):
    first, second, *_ = open_track(track)
    xy_px, fps = angles.keypoints([first, PoseFrame.nobody(second.time_s, first.size_px)])
    assert np.array_equal(xy_px[0], first.xy_px)
    assert np.isnan(xy_px[1]).all()
    assert fps == pytest.approx(15)


# What a run is made of ------------------------------------------------------------------------------------------------


def test_costs_are_the_median_run_and_functions_add_up(sports2d, child):
    """Two frames, three runs: every function takes 1, 2 and 9 ms on the clock, half of that of the processor."""
    names = (*child.PER_FRAME, *child.AFTERWARDS, child.WHOLE)
    runs = [dict.fromkeys(names, (ms / 1000, ms / 2000)) for ms in (9, 1, 2)]
    told = {"bare": ["trunk"], "written": ["trunk"], "runs": json.loads(json.dumps(runs))}
    read = sports2d._read(told, np.array([[1.0], [2.0]]), np.array([[3.0], [4.0]]))
    costs = [(cost.clock_ms, cost.busy_ms) for cost in (read.whole, read.angles, read.stage)]
    assert np.array(costs) == pytest.approx(np.array([(1.0, 0.5), (2.0, 1.0), (6.0, 3.0)]))
    assert (read.bare_deg["trunk"].tolist(), read.written_deg["trunk"].tolist()) == ([1, 2], [3, 4])


def test_a_watched_function_does_what_it_did_and_tells_its_time(child):
    module = SimpleNamespace(**{name: lambda value: (None, [value, 7.0]) for name in child.PER_FRAME})
    for name in child.AFTERWARDS:
        setattr(module, name, sum)
    watch = child.Watch(module)
    assert module.filter1d([1, 2]) == 3
    assert [module.compute_angles_for_person(value)[1] for value in (1.0, 2.0)] == [[1.0, 7.0], [2.0, 7.0]]
    assert watch.frames_deg == [[1.0, 7.0], [2.0, 7.0]]
    assert set(watch.spent_s) == {"filter1d", "compute_angles_for_person"}
    assert all(clock_s > 0 for clock_s, _ in watch.spent_s.values())


# Without Sports2D -----------------------------------------------------------------------------------------------------


@pytest.fixture
def no_index(sports2d, monkeypatch, tmp_path):
    """Make the installation fail as it does where the package index cannot be reached."""
    text = "WARNING: Retrying\nERROR: No matching distribution found for sports2d==0.8.34\n[notice] try again\n"
    monkeypatch.setenv(sports2d.FOLDER_VARIABLE, str(tmp_path / "its_own"))
    monkeypatch.setattr(sports2d.venv, "create", lambda folder, **_: folder.mkdir())
    monkeypatch.setattr(sports2d, "_run", lambda command: subprocess.CompletedProcess(command, 1, "", text))


def test_what_cannot_be_installed_is_said_in_one_line(sports2d, no_index):
    with pytest.raises(BackendError, match=r"^expected .*, got: ERROR: No matching .*; give FORMCHECK_SPORTS2D .*$"):
        sports2d.sports2d_python()


def test_an_environment_that_has_it_is_taken_as_it_is(sports2d, monkeypatch, tmp_path):
    monkeypatch.setenv(sports2d.FOLDER_VARIABLE, str(tmp_path))
    python = tmp_path / ("Scripts/python.exe" if sports2d.os.name == "nt" else "bin/python")
    python.parent.mkdir()
    python.touch()
    ran = []

    def installed(command):
        ran.append(command)
        return subprocess.CompletedProcess(command, 0, f"{sports2d.VERSION}\n", "")

    monkeypatch.setattr(sports2d, "_run", installed)
    assert sports2d.sports2d_python() == python
    assert len(ran) == 1


def test_the_table_has_our_side_where_sports2d_is_missing(angles, no_index, track, capsys):
    angles.print_sports2d_table([track], runs=1)
    *_, row = capsys.readouterr().out.splitlines()
    assert row.split()[:2] == ["hinge_good", "168"]
    assert row.count("(") == 3
    assert "left out: expected to install sports2d==" in row


def test_the_table_leaves_out_frames_that_face_the_other_way(angles, track, monkeypatch, capsys):
    """A stand-in that has our own angles, 2° off, and mirrors every second frame."""
    ours = angles.our_angles([*open_track(track)], bare=True)
    trunk = 90 - ours["trunk_inclination_deg"]
    trunk[::2] = 180 - trunk[::2]
    cost = angles.Cost(2.0, 1.0)
    leaning = ours["thigh_inclination_right_deg"]
    thighs = {"bare_deg": -90 - leaning, "written_deg": -92 - leaning}
    found = {kind: {"trunk": trunk, "right thigh": thigh} for kind, thigh in thighs.items()}
    stand_in = angles.Sports2DAngles(cost, cost, cost, {"hampel_filter": cost}, **found)
    monkeypatch.setattr(angles, "sports2d_angle_ms", lambda *_, **__: stand_in)
    monkeypatch.setattr(angles, "our_angles", lambda *_, **__: ours)
    angles.print_sports2d_table([track], runs=1)
    lines = capsys.readouterr().out.splitlines()
    thigh = next(line for line in lines if line.split()[:1] == ["thigh_inclination_right_deg"])
    assert thigh.split()[1:4] == ["0.00", "2.00", "84"]
    assert lines[-1].split()[:3] == ["not", "compared:", "50%"]
