"""One body over another: the same phase, the same size of the trunk, hips on hips."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.records import N_BACK, PoseFrame
from formcheck.core.skeleton import INDEX, N_LANDMARKS
from formcheck.program.therapist.ghost import lay_over, match_times_s

SIZE_PX = (640, 480)
HIPS, SHOULDERS = ["left_hip", "right_hip"], ["left_shoulder", "right_shoulder"]


def body(time_s: float, hips: tuple[float, float] = (320, 300), trunk_px: float = 100.0, **points) -> PoseFrame:
    """Return an upright body whose other landmarks all lie on the hips."""
    xy_px = np.tile(np.array(hips, np.float32), (N_LANDMARKS, 1))
    xy_px[[INDEX[name] for name in SHOULDERS], 1] -= trunk_px
    for name, offset in points.items():
        xy_px[INDEX[name]] = np.array(hips) + offset
    back = np.tile(np.array(hips, np.float32), (N_BACK, 1))
    return PoseFrame(time_s, SIZE_PX, xy_px, np.zeros((N_LANDMARKS, 3)), np.ones(N_LANDMARKS), back)


def nobody(time_s: float = 0.0) -> PoseFrame:
    return PoseFrame.nobody(time_s, SIZE_PX)


def test_phases_meet_however_long_they_took():
    own, other = [[0.0, 2.0, 6.0, 8.0]], [[10.0, 11.0, 13.0, 17.0]]
    time_s = np.array([-1.0, 0.0, 1.0, 2.0, 4.0, 6.0, 7.0, 8.0, 9.0])
    expected = [np.nan, 10.0, 10.5, 11.0, 12.0, 13.0, 15.0, 17.0, np.nan]
    assert match_times_s(time_s, own, other) == pytest.approx(expected, nan_ok=True)


def test_a_repetition_without_its_like_takes_the_last_one():
    own = [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    assert match_times_s(np.array([0.5, 2.5, 4.5]), own, [[10.0, 11.0], [20.0, 22.0]]).tolist() == [10.5, 21.0, 21.0]
    assert np.isnan(match_times_s(np.array([0.5]), own, [])).all()
    assert np.isnan(match_times_s(np.array([0.5]), [], [[1.0, 2.0]])).all()


@given(scale=st.floats(0.2, 5.0), x=st.floats(-500, 500), y=st.floats(-500, 500))
def test_the_same_body_elsewhere_is_laid_on_itself(scale, x, y):
    own = body(1.0, nose=(30, -140), left_ankle=(10, 180))
    points = {"nose": (30 * scale, -140 * scale), "left_ankle": (10 * scale, 180 * scale)}
    other = body(7.0, (x, y), 100.0 * scale, **points)
    [laid] = lay_over([own], [other], np.array([7.0]))
    assert laid.xy_px == pytest.approx(own.xy_px, abs=0.5)
    assert (laid.time_s, laid.size_px, bool(np.isnan(laid.xyz_m).all())) == (1.0, SIZE_PX, True)


def test_who_looks_the_other_way_is_turned_around():
    own, other = body(0.0), body(0.0, (100, 100), 50.0, nose=(20, -70))
    [laid] = lay_over([own], [other], np.array([0.0]), mirrored=True)
    assert laid.xy_px[INDEX["nose"]].tolist() == [320 - 40, 300 - 140]


def test_a_lean_stays_to_be_seen():
    own, other = body(0.0), body(0.0, left_shoulder=(80, -60), right_shoulder=(80, -60))  # as long, and leaning
    [laid] = lay_over([own], [other], np.array([0.0]))
    assert laid.xy_px[INDEX["left_shoulder"]].tolist() == [400, 240]


@pytest.mark.parametrize(
    ("own", "other", "at_s"),
    [
        pytest.param(body(0.0), body(0.0), np.nan, id="outside of every repetition"),
        pytest.param(body(0.0), nobody(), 0.0, id="the other one is not seen"),
        pytest.param(nobody(), body(0.0), 0.0, id="this one is not seen"),
        pytest.param(body(0.0), body(0.0, trunk_px=1.0), 0.0, id="the other trunk is a point"),
    ],
)
def test_nothing_is_drawn_without_both(own, other, at_s):
    [laid] = lay_over([own], [other], np.array([at_s]))
    assert not laid.seen


def test_a_gap_in_one_recording_is_left_empty():
    poses, times_s = [body(0.0), body(1.0), body(2.0)], np.array([0.0, 1.0, 2.0])
    assert [one.seen for one in lay_over(poses, [body(0.0), body(2.0)], times_s)] == [True, False, True]
    assert [one.seen for one in lay_over(poses, [body(0.0), nobody(1.0), body(2.0)], times_s)] == [True, False, True]
    assert [one.seen for one in lay_over(poses, [], times_s)] == [False] * 3
