"""Corrections are a layer: checked, kept in order, taken back, and applied to poses and spans."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.movement.load import load_movement
from formcheck.core.records import N_BACK, PoseFrame
from formcheck.core.skeleton import INDEX
from formcheck.program.therapist.corrections import (
    MOST_CORRECTIONS,
    REACH_S,
    Corrections,
    correct_poses,
    find_contradiction,
    find_neutral_time_s,
    list_judged_spans,
    list_moved_measures,
    make_correction,
)

HINGE = "hamstring_hinge_standing"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
KNEE = INDEX["left_knee"]


def make(kind, number=0, **about):
    return make_correction(kind, entry_id=f"{number:08x}", by="A. Therapist", at_utc=NOW, **about)


def poses(count=21, step_s=0.1):
    """Return a person who stands still at (100, 200), trunk 50 px and 0.5 m long."""
    found = []
    for number in range(count):
        xy = np.full((33, 2), (100.0, 200.0), np.float32)
        xyz = np.zeros((33, 3), np.float32)
        for side in ("left", "right"):
            xy[INDEX[f"{side}_shoulder"]] = 100, 150
            xyz[INDEX[f"{side}_shoulder"]] = 0, -0.5, 0
        back = np.full((N_BACK, 2), np.nan)
        found.append(PoseFrame(number * step_s, (640, 480), xy, xyz, np.full(33, 0.4, np.float32), back))
    return found


# The list -------------------------------------------------------------------------------------------------------------


def test_what_is_taken_back_stays_in_the_list_and_holds_no_more():
    one, two = make("set_neutral", 1, at_s=1.0), make("set_neutral", 2, at_s=2.0)
    found = Corrections(recording_sha256="0").add(one).add(two)
    assert find_neutral_time_s(found.list_active()) == 2.0
    found = found.add(make("take_back", 3, of=two.id))
    assert [entry.id for entry in found.entries] == [one.id, two.id, f"{3:08x}"]
    assert find_neutral_time_s(found.list_active()) == 1.0
    assert found.find_last() == one


def test_a_list_is_the_same_after_writing_and_reading():
    found = Corrections(recording_sha256="0").add(
        make("note", 1, at_s=1.0, text='"><script> \u05e9', points_px=[(1, 2)])
    )
    assert Corrections.model_validate_json(found.model_dump_json()) == found


def test_only_what_holds_is_taken_back_and_a_full_list_ends():
    one, back = make("set_neutral", 1, at_s=1.0), make("take_back", 2, of=f"{1:08x}")
    found = Corrections(recording_sha256="0").add(one)
    assert found.find_conflict(back) == ""
    twice = "of: expected a correction that holds, got '00000001'; load the page again"
    assert found.add(back).find_conflict(make("take_back", 3, of=one.id)) == twice
    full = Corrections(recording_sha256="0", entries=[one] * MOST_CORRECTIONS)
    assert full.find_conflict(back).startswith(f"expected at most {MOST_CORRECTIONS} corrections, got one more; ")


@pytest.mark.parametrize(
    ("kind", "about", "place"),
    [
        ("move_joint", {"landmark": "left_wing", "at_s": 1, "x_px": 1, "y_px": 1}, "landmark"),
        ("cut_span", {"from_s": -1, "to_s": 2}, "from_s"),
        ("cut_span", {"from_s": float("nan"), "to_s": 2}, "from_s"),
        ("set_neutral", {"at_s": 1, "extra": 1}, "extra"),
        ("praise", {}, "kind"),
        ("note", {"at_s": 1, "text": "x" * 301}, "text"),
    ],
)
def test_a_wrong_correction_is_refused_in_one_line(kind, about, place):
    with pytest.raises(ValueError, match=rf"^\S*{place}\S*: ") as raised:
        make(kind, **about)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "about", "begins"),
    [
        ("reject_fault", {"fault": "wings_flap", "from_s": 1}, "fault: expected one of"),
        ("cut_span", {"from_s": 3, "to_s": 2}, "to_s: expected a time after 3 s"),
        ("set_neutral", {"at_s": 99}, "expected a time within the recording"),
        ("reject_fault", {"fault": "back_rounding", "from_s": 1}, ""),
    ],
)
def test_a_correction_must_be_about_this_result(kind, about, begins):
    found = find_contradiction(make(kind, **about), load_movement(HINGE), 10.0)
    assert found.startswith(begins)
    assert bool(found) == bool(begins)


# Spans ----------------------------------------------------------------------------------------------------------------

times = st.floats(0, 10).map(lambda t: round(t, 2))


@given(st.lists(st.tuples(times, times).filter(lambda one: one[0] < one[1]), max_size=5), times)
def test_exactly_what_was_cut_is_not_judged(cuts, t):
    active = [make("cut_span", number, from_s=a, to_s=b) for number, (a, b) in enumerate(cuts)]
    left = list_judged_spans(active, [(0.0, 10.0)])
    inside = any(a < t < b for a, b in cuts)
    on_edge = any(t in cut for cut in cuts)
    if not on_edge and 0 < t < 10:
        assert any(a <= t <= b for a, b in left) is not inside


def test_other_corrections_cut_nothing():
    active = [make("set_neutral", 1, at_s=1.0), make("cut_span", 2, from_s=4, to_s=5)]
    assert list_judged_spans(active, [(0.0, 10.0)]) == [(0.0, 4.0), (5.0, 10.0)]


# Joints ---------------------------------------------------------------------------------------------------------------


def knees(active):
    return np.array([pose.xy_px[KNEE, 0] for pose in correct_poses(poses(), active)])


def test_a_joint_goes_where_it_was_put_and_its_neighbours_follow():
    found = knees([make("move_joint", landmark="left_knee", at_s=1.0, x_px=140.0, y_px=200.0)])
    assert found[10] == pytest.approx(140.0)
    assert found[8] == pytest.approx(100 + 40 * (1 - 0.2 / REACH_S), abs=1e-3)
    assert found[[0, 5, 15, 20]] == pytest.approx([100.0] * 4)


def test_between_two_corrections_the_joint_goes_straight():
    at = ((1, 0.8, 140.0), (2, 1.1, 160.0))
    found = knees([make("move_joint", n, landmark="left_knee", at_s=t, x_px=x, y_px=200.0) for n, t, x in at])
    assert found[8:12] == pytest.approx([140, 140 + 20 / 3, 140 + 40 / 3, 160], abs=1e-3)


def test_each_joint_follows_its_own_corrections():
    """Both are moved at 1 s, from (100, 200): the knee by 40 px to the right, the ankle by 30 px down."""
    at = {"left_knee": (140.0, 200.0), "left_ankle": (100.0, 230.0)}
    active = [
        make("move_joint", n, landmark=name, at_s=1.0, x_px=x, y_px=y) for n, (name, (x, y)) in enumerate(at.items())
    ]
    pose = list(correct_poses(poses(), active))[10]
    assert [tuple(pose.xy_px[INDEX[name]]) for name in at] == list(at.values())


def test_a_moved_joint_is_seen_and_moves_in_space_too():
    active = [make("move_joint", landmark="left_knee", at_s=1.0, x_px=150.0, y_px=180.0)]
    pose = list(correct_poses(poses(), active))[10]
    assert pose.visibility[KNEE] > 0.9
    assert pose.xyz_m[KNEE] == pytest.approx([0.5, -0.2, 0.0], abs=1e-6)  # 50 px are half a metre
    assert pose.xy_px[INDEX["right_knee"]] == pytest.approx([100, 200])


def test_without_corrections_the_poses_are_the_same():
    every = poses(3)
    assert all(a is b for a, b in zip(correct_poses(every, []), every, strict=True))


def test_a_person_who_is_not_seen_has_no_joint_to_move():
    nobody = [PoseFrame.nobody(t / 10, (640, 480)) for t in range(5)]
    active = [make("move_joint", landmark="left_knee", at_s=0.2, x_px=1.0, y_px=1.0)]
    assert not any(pose.seen for pose in correct_poses(nobody, active))


def test_a_fault_is_about_the_measures_of_its_conditions():
    movement = load_movement(HINGE)
    assert list_moved_measures(movement.fault("back_rounding"), movement) >= {"back"}
    assert list_moved_measures(movement.fault("stretch_knee_bent"), movement) == {"stretch_knee"}
