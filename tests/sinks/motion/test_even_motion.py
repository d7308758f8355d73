"""What biomechanics programs read back is what was measured."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.sinks.motion.even_motion import LONGEST_GAP_STEPS, make_even_grid, resample, write_c3d, write_mot
from formcheck.sinks.motion.markers import MARKERS, Markers


def frames_at(times_s, height=lambda t: t):
    """Return markers whose y is a function of time, and whose x is the number of the marker."""
    points = np.zeros((len(MARKERS), 3))
    points[:, 0] = np.arange(len(MARKERS))
    return [Markers(t, points + np.array([0, height(t), 0])) for t in times_s]


# C3D ------------------------------------------------------------------------------------------------------------------


def read_c3d(path):
    import ezc3d

    found = ezc3d.c3d(str(path))
    return found["parameters"]["POINT"], found["data"]["points"]


def test_c3d_holds_millimetres_names_and_rate(tmp_path):
    write_c3d(tmp_path / "a.c3d", frames_at([0.0, 0.1, 0.2]), rate_hz=10.0)
    about, points = read_c3d(tmp_path / "a.c3d")
    assert about["LABELS"]["value"] == list(MARKERS)
    assert (about["UNITS"]["value"], about["RATE"]["value"][0]) == (["mm"], pytest.approx(10.0))
    assert points.shape == (4, len(MARKERS), 3)
    assert points[0, 5].tolist() == pytest.approx([5000.0] * 3)
    assert points[1, 0].tolist() == pytest.approx([0.0, 100.0, 200.0], abs=1e-3)


@pytest.mark.filterwarnings("ignore:No analog data")
def test_another_library_reads_the_same_points(tmp_path):
    import c3d

    write_c3d(tmp_path / "a.c3d", frames_at([0.0, 0.1, 0.2]), rate_hz=10.0)
    with (tmp_path / "a.c3d").open("rb") as file:
        reader = c3d.Reader(file)
        assert [label.strip() for label in reader.point_labels] == list(MARKERS)
        found = [points[:, :3] for _, points, _ in reader.read_frames()]
    assert [one[0, 1] for one in found] == pytest.approx([0.0, 100.0, 200.0], abs=1e-3)
    assert [one[7, 0] for one in found] == pytest.approx([7000.0] * 3)


def test_what_was_not_seen_stays_a_gap(tmp_path):
    frames = frames_at([0.0, 0.1, 0.2])
    frames[1].points[3] = math.nan
    write_c3d(tmp_path / "a.c3d", frames, rate_hz=10.0)
    _, points = read_c3d(tmp_path / "a.c3d")
    assert np.isnan(points[:3, 3, 1]).all()
    assert np.isfinite(points[:3, 4, 1]).all()


# Even times -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0.02, 0.1), min_size=3, max_size=40), st.floats(-3, 3))
def test_a_straight_course_stays_straight_on_an_even_grid(steps, slope):
    times_s = np.cumsum([0.0, *steps])
    rate_hz = 1 / float(np.median(steps))
    grid_s = make_even_grid(times_s, rate_hz)
    found = resample(times_s, (slope * times_s)[:, None], grid_s)[:, 0]
    known = np.isfinite(found)
    assert known[0]
    assert found[known] == pytest.approx(slope * grid_s[known], abs=1e-9)


def test_a_long_gap_is_not_bridged():
    times_s = np.array([0.0, 0.1, 0.2, 0.3 + 0.1 * LONGEST_GAP_STEPS, 0.4 + 0.1 * LONGEST_GAP_STEPS])
    grid_s = make_even_grid(times_s, 10.0)
    found = resample(times_s, np.ones((5, 1)), grid_s)[:, 0]
    within = (grid_s > 0.2 + 1e-6) & (grid_s < times_s[3] - 1e-6)
    assert np.isnan(found[within]).all()
    assert (found[~within] == 1).all()


# Motion ---------------------------------------------------------------------------------------------------------------


def test_opensim_reads_the_angles_and_their_uncertainty(tmp_path):
    opensim = pytest.importorskip("opensim", reason="OpenSim has no package for this system")
    table = pd.DataFrame({"time_s": [0.0, 0.1], "knee_left_deg": [171.25, 172.5], "knee_left_deg_unc": [6.0, 6.5],
                          "hip_rise_tl": [0.1, 0.2]})  # fmt: skip
    write_mot(tmp_path / "a.mot", table, name="a")
    found = opensim.TimeSeriesTable(str(tmp_path / "a.mot"))
    assert list(found.getColumnLabels()) == ["knee_left_deg", "knee_left_deg_unc"]
    assert list(found.getIndependentColumn()) == pytest.approx([0.0, 0.1])
    rows = [[found.getRowAtIndex(row)[column] for column in range(2)] for row in range(2)]
    assert rows == [[171.25, 6.0], [172.5, 6.5]]
    assert found.getTableMetaDataAsString("inDegrees") == "yes"


def test_a_name_cannot_break_the_head_of_a_motion(tmp_path):
    table = pd.DataFrame({"time_s": [0.0], "knee_left_deg": [math.nan]})
    write_mot(tmp_path / "a.mot", table, name="a\nendheader\n")
    lines = (tmp_path / "a.mot").read_text("utf-8").splitlines()
    assert lines.count("endheader") == 1
    assert lines[-1] == "0.000000\tnan"
