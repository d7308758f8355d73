"""`PersonTracker` follows one person and keeps nothing from one person to the next."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.core.measure import camera_view
from formcheck.core.measure.joint_angles import Reference
from formcheck.core.measure.joint_correction import Corrector
from formcheck.core.measure.measure import MEASUREMENT_NAMES, measure_pose
from formcheck.core.measure.person import COVERED, JUMPED, JumpWatch, PersonTracker
from formcheck.core.measure.smoothing import FORGET_S, HOLD_GAP_S, Smoother
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import CameraView, Measurements, PoseFrame, Value
from formcheck.core.skeleton import find_other_side
from formcheck.sources.pose_track import open_track

DATA = Path(__file__).resolve().parent.parent.parent / "data"


@pytest.fixture(scope="module")
def track():
    """A hinge of ten seconds, from the side."""
    return list(open_track(DATA / "hinge_good.parquet"))


def followed(poses):
    person = PersonTracker()
    for pose in poses:
        person.step(pose)
    return person


def same(one, two):
    for part in (0, 1):
        numbers, others = ({name: value[part] for name, value in m.values.items()} for m in (one, two))
        assert numbers == pytest.approx(others, nan_ok=True)
    reasons, others = ({name: value.reason for name, value in m.values.items()} for m in (one, two))
    assert (one.time_s, reasons) == (two.time_s, others)


def test_before_the_first_pose_there_is_nothing_to_measure():
    person = PersonTracker()
    assert person.seen is None
    with pytest.raises(ValueError, match="expected a pose before the first measurement, got none; call step first"):
        person.measured()


def test_a_person_is_smoothed_then_put_right_then_measured(track):
    """What it says is what its three parts say one after the other, also where depth is the wrong way round."""
    person, smoother, corrector = PersonTracker(), Smoother(), Corrector()
    for i, plain in enumerate(track[:40]):
        pose = replace(plain, xyz_m=plain.xyz_m * [1, 1, -1]) if i % 10 == 9 else plain
        steady = smoother.step(pose)
        joints = corrector.step(steady, smoother.view)
        view = CameraView(joints.yaw_deg, smoother.near, smoother.front_votes)
        assert (person.step(pose).pose.xy_px == steady.xy_px).all()
        assert (person.seen.joints.xy_px == joints.xy_px).all()
        assert person.measured().view == view
        same(person.measured(), measure_pose(steady, joints=joints, view=view))
    assert person.measured().joints_px is person.seen.joints.xy_px
    assert (person.seen.joints.xy_px != person.seen.pose.xy_px).any()


def test_asking_twice_changes_nothing(track):
    person = followed(track[:10])
    same(person.measured(), person.measured())


def test_the_steadied_yaw_is_what_is_reported(track):
    """Of one picture that shows the person face-on nothing is left."""
    person = followed(track[:30])
    before = person.measured().values["yaw_deg"].value
    xyz = np.array(track[30].xyz_m)[:, [2, 1, 0]]
    person.step(replace(track[30], xyz_m=xyz))
    assert person.measured().values["yaw_deg"].value == pytest.approx(before, abs=8)
    assert camera_view.camera_yaw_deg(xyz) > 60


def test_change_is_reported_against_the_persons_own_start(track):
    person = followed(track[:15])
    assert math.isnan(person.measured().values["hip_drift_tl"].value)
    points = [tuple(point) for point in person.seen.joints.xy_px.tolist()]
    assert person.measured(Reference(xy=points)).values["hip_drift_tl"].value == pytest.approx(0, abs=1e-4)


TURNS_ITS_SIGN = ("knee_lift_tl", "shoulder_tilt_deg", "hips_sideways_tl")
BY_SHOULDERS = ("trunk_height_pct", "hands_apart_tl", "hands_sideways_left_tl", "hands_sideways_right_tl")
"""Counted in widths of the shoulders, which lie on each other from the side: large numbers, exact to their share."""


def test_a_mirrored_person_measures_the_same_on_the_other_side(track):
    one, mirror = PersonTracker(), PersonTracker()
    for pose in track[::2]:
        one.step(pose)
        mirror.step(pose.mirrored())
        assert mirror.seen.view.near == find_other_side(one.seen.view.near)
        plain, turned = one.measured(), mirror.measured()
        for name in MEASUREMENT_NAMES:
            swapped = name.replace("_left_", "_?_").replace("_right_", "_left_").replace("_?_", "_right_")
            expected = plain.unchecked.get(name, math.nan) * (-1 if name in TURNS_ITS_SIGN else 1)
            near_enough = {"rel": 1e-3} if name in BY_SHOULDERS else {"abs": 0.02}
            assert turned.unchecked.get(swapped, math.nan) == pytest.approx(expected, nan_ok=True, **near_enough), name
            assert turned.values[swapped].uncertainty == pytest.approx(
                plain.values[name].uncertainty, abs=0.02, nan_ok=True
            ), name


def test_nobody_measures_nothing_and_says_so():
    person = followed([PoseFrame.nobody(0.0, (640, 480))])
    m = person.measured()
    assert {one.reason for one in m.values.values()} == {Reason(ReasonCode.NOBODY_SEEN)}
    assert (m.joints_px, m.contour, person.seen.view.near) == (None, None, None)


def test_over_a_blink_of_the_pose_model_the_person_stays(track):
    person = followed(track[:20])
    before = person.seen.joints.xy_px
    person.step(PoseFrame.nobody(track[19].time_s + HOLD_GAP_S, track[0].size_px))
    assert person.measured().time_s == pytest.approx(track[19].time_s + HOLD_GAP_S)
    assert person.seen.joints.xy_px == pytest.approx(before, abs=0.05 * 100)
    assert not person.measured().values["trunk_inclination_deg"].reason


def test_who_comes_back_after_a_while_is_another_person(track):
    """Nothing of the one who left clings to the one who comes."""
    there = track[60].time_s
    person = followed([*track[:60], replace(track[90].mirrored(), time_s=there + FORGET_S + 0.1)])
    alone = followed([replace(track[90].mirrored(), time_s=there + FORGET_S + 0.1)])
    assert person.seen.view.near == alone.seen.view.near
    same(person.measured(), alone.measured())


def test_from_the_front_nothing_is_moved(figures):
    person = followed([figures.make(figures.FRONT, yaw_deg=90)])
    assert (person.seen.joints.xy_px == person.seen.pose.xy_px).all()
    assert person.measured().values["yaw_deg"].value == pytest.approx(90)


# A back that jumps ----------------------------------------------------------------------------------------------------

TRUNK_PX = 100.0
ALONE = "back_bend_no_neutral_deg"


def seen_back(time_s, bend_deg, moved_tl=0.0, *, covered=False):
    """A picture of a person whose trunk is 100 px long and who stands `moved_tl` trunk lengths further right."""
    joints = np.zeros((33, 2))
    joints[[11, 12]] = 0.0, -TRUNK_PX
    joints[[7, 8]] = 0.0, -1.3 * TRUNK_PX
    joints[:, 0] += moved_tl * TRUNK_PX
    unchecked = {} if covered else {ALONE: bend_deg}
    values = {ALONE: Value(math.nan, math.nan, COVERED) if covered else Value(bend_deg, math.nan)}
    return Measurements(time_s, values, unchecked, joints_px=joints)


def whys(pictures):
    watch = JumpWatch()
    return [watch.step(seen_back(*picture)) for picture in pictures]


def test_a_back_that_jumps_in_a_still_body_is_not_believed():
    """From -37 to 17 degrees within 0.4 s, as a hand on the back made it look; -30 is near enough again."""
    bends = (-37.0, -36.0, 17.0, 16.0, 18.0, -30.0)
    assert whys((0.2 * i, bend) for i, bend in enumerate(bends)) == [None, None, JUMPED, JUMPED, JUMPED, None]


def test_a_back_that_rounds_while_the_body_moves_is_believed():
    assert whys([(0.0, 0.0, 0.0), (0.4, 50.0, 0.2)]) == [None, None]
    assert whys([(0.0, 0.0, 0.0), (0.4, 50.0, 0.03)]) == [None, JUMPED]


def test_a_slow_change_is_no_jump():
    """Thirty degrees in half a second is the limit; this is 20 in half a second."""
    assert set(whys((0.1 * i, 4.0 * i) for i in range(20))) == {None}


def test_a_jump_is_over_once_the_body_has_moved_on():
    assert whys([(0.0, 0.0, 0.0), (0.2, 50.0, 0.0), (0.4, 50.0, 0.08), (0.6, 50.0, 0.12)]) == [
        None,
        JUMPED,
        JUMPED,
        None,
    ]


def test_no_back_jumps_by_more_than_seventy_degrees():
    """A leap is forgotten after a second, for the trunk may have been lost before it and not after it."""
    pictures = [(0.0, 0.0, 0.0), (0.4, 75.0, 0.5), (1.3, 75.0, 0.9), (1.5, 75.0, 0.9)]
    assert whys(pictures) == [None, JUMPED, JUMPED, None]


@pytest.mark.parametrize(
    ("covered_s", "moved_tl", "expected"),
    [
        pytest.param(0.6, 0.0, COVERED, id="covered for long, body still"),
        pytest.param(0.2, 0.0, None, id="covered for a moment"),
        pytest.param(0.6, 0.2, None, id="the body has moved since"),
    ],
)
def test_an_edge_that_was_covered_is_not_believed_at_once(covered_s, moved_tl, expected):
    watch = JumpWatch()
    watch.step(seen_back(0.0, 10.0))
    for i in range(round(covered_s / 0.1) + 1):
        watch.step(seen_back(0.1 + 0.1 * i, 0.0, covered=True))
    now_s = 0.2 + covered_s
    assert watch.step(seen_back(now_s, 10.0, moved_tl)) == expected
    assert watch.step(seen_back(now_s + 2.5, 10.0, moved_tl)) is None


def test_what_is_not_believed_has_a_reason_and_no_value(track, monkeypatch):
    monkeypatch.setattr(JumpWatch, "step", lambda self, measurements: JUMPED)
    m = followed(track[:3]).measured()
    assert math.isnan(m.values[ALONE].value)
    assert m.values[ALONE].reason == JUMPED
    assert math.isfinite(m.unchecked[ALONE])
    assert m.contour is None
    assert math.isfinite(m.values["trunk_inclination_deg"].value)


# What another tracker found -------------------------------------------------------------------------------------------


def test_a_person_who_was_followed_is_not_followed_again(track, monkeypatch):
    first = PersonTracker()
    found = [first.step(pose) for pose in track[:20]]
    monkeypatch.setattr(Smoother, "step", lambda self, pose: pytest.fail("smoothed again"))
    again = PersonTracker(earlier=found)
    assert [again.step(pose) for pose in track[:20]] == found
    same(again.measured(), first.measured())


def test_what_was_found_must_be_of_the_same_poses(track):
    found = followed(track[:1]).seen
    with pytest.raises(ValueError, match=r"expected the pose of 0\.0 s, as before, got that of"):
        PersonTracker(earlier=[found]).step(track[1])
