"""Measurements of stick figures with known angles, and of joints that are not seen."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.measure import back, camera_view
from formcheck.core.measure.joint_angles import MEASUREMENTS, Reference
from formcheck.core.measure.joint_correction import Corrected
from formcheck.core.measure.measure import (
    AGAINST_START,
    BACK_NAMES,
    CURVE_NAMES,
    MEASUREMENT_NAMES,
    measure_pose,
)
from formcheck.core.measure.uncertainty import compute_back_causes, compute_back_half_width, compute_half_widths
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import BACK_T, PoseFrame
from formcheck.core.skeleton import INDEX, PAIRS


def measured(pose, *, joints=None, reference=None, **view):
    """Measure a pose; what is given of the view replaces what this pose alone shows."""
    seen = camera_view.find_view_of_pose(pose)._replace(**view)
    return measure_pose(pose, view=seen, joints=joints, reference=reference)


def numbers_of(measurements):
    return {name: one.value for name, one in measurements.values.items()}


def widths_of(measurements):
    return {name: one.uncertainty for name, one in measurements.values.items()}


SEEN_FROM = {way: {name for name, row in MEASUREMENTS.items() if row.seen == way} for way in ("side", "front", "any")}
SURE = 5.0
"""Votes for a front that is beyond doubt."""
SAGITTAL = SEEN_FROM["side"] | set(BACK_NAMES)
UNFITTED = (SEEN_FROM["front"] | SEEN_FROM["any"] | {"hip_shift_tl"}) - {"knee_lift_tl"}
UNFITTED |= {name for name in MEASUREMENTS if "toes" in name or "shank_inclination" in name}
"""Landmarks that no rendered skeleton has, and what is seen from the front: their half-widths stand in the table."""


def begun(pose):
    """The reference that a start posture gives, without a neutral back."""
    points = [(x, y) for x, y in np.asarray(pose.xy_px, float).tolist()]
    middle = {part: np.mean([points[i] for i in PAIRS[part]], axis=0) for part in ("shoulder", "hip")}
    return Reference(
        trunk_px=math.dist(middle["shoulder"], middle["hip"]),
        shoulders_px=math.dist(*(points[i] for i in PAIRS["shoulder"])),
        xy=points,
    )


def swapped(name):
    """The name of the same measurement on the other side."""
    return name.replace("left", "?").replace("right", "left").replace("?", "right")


CASES = [
    ("STANDING", "trunk_inclination_deg", 0, "standing tall does not lean"),
    ("STANDING", "knee_left_deg", 180, "standing with straight knees"),
    ("STANDING", "trunk_thigh_right_deg", 180, "standing with straight hips"),
    ("STANDING", "body_line_left_deg", 180, "standing in one line"),
    ("STANDING", "head_trunk_deg", 0, "the head over the trunk"),
    ("STANDING", "arm_elevation_left_deg", math.degrees(math.atan2(5, 50)), "the arm hangs a little forward"),
    ("STANDING", "shank_inclination_left_deg", 0, "upright shins"),
    ("STANDING", "thigh_elevation_left_deg", -90, "thighs point down"),
    ("STANDING", "leg_elevation_left_deg", -90, "legs point down"),
    ("STANDING", "wrist_below_knee_left_tl", -0.8, "hands 80 px above the knees"),
    ("STANDING", "knee_ahead_of_hip_left_tl", 0, "knees below the hips"),
    ("STANDING", "wrist_ahead_of_shoulder_left_tl", 0.1, "hands 10 px ahead of the shoulders"),
    ("STANDING", "knee_above_toes_left_tl", 0.9, "knees 90 px above the toes"),
    ("STANDING", "hip_above_toes_left_tl", 1.7, "hips 170 px above the toes"),
    ("STANDING", "ear_above_toes_tl", 3.0, "ears 300 px above the toes"),
    ("STANDING", "trunk_length_tl", 1, "a trunk is one trunk long"),
    ("STANDING", "thigh_inclination_left_deg", 0, "upright thighs"),
    ("STANDING", "hip_to_ankle_left_tl", 1.6, "hips 160 px from the ankles"),
    ("STANDING", "ankle_to_opposite_knee_left_tl", 0.8, "shins of 80 px side by side"),
    ("STANDING", "hip_above_shoulder_tl", -1, "hips a trunk below the shoulders"),
    ("STANDING", "trunk_slope_deg", 90, "the trunk rises straight up"),
    ("STANDING", "trunk_lean_deg", 0, "upright in space"),
    ("STANDING", "ear_to_shoulder_tl", 0.3, "ears 30 px from the shoulders"),
    ("STANDING", "ear_above_shoulder_tl", 0.3, "ears 30 px above the shoulders"),
    ("STANDING", "head_forward_tl", 0, "ears above the shoulders are not ahead of them"),
    ("STANDING", "knee_lift_tl", 0, "knees at one height"),
    ("HINGED", "trunk_inclination_deg", 90, "hinged until the trunk is level"),
    ("HINGED", "trunk_thigh_left_deg", 90, "hinged to a right angle, over the front"),
    ("HINGED", "knee_right_deg", 180, "hinged with straight knees"),
    ("HINGED", "head_trunk_deg", 0, "the head in line with the level trunk"),
    ("HINGED", "trunk_slope_deg", 0, "a level trunk does not rise"),
    ("HINGED", "trunk_lean_deg", 90, "level in space"),
    ("HINGED", "hip_above_shoulder_tl", 0, "hinged: hips as high as the shoulders"),
    ("HINGED", "ear_above_shoulder_tl", 0, "hinged: ears as high as the shoulders"),
    ("PLANK", "trunk_inclination_deg", 90, "plank: face down and level"),
    ("PLANK", "body_line_left_deg", 180, "plank: one line"),
    ("PLANK", "leg_elevation_right_deg", 0, "plank: level legs"),
    ("PLANK", "elbow_ahead_of_shoulder_left_tl", 0, "plank: elbows under the shoulders"),
    ("PLANK", "hip_above_toes_left_tl", 0.3, "plank: hips 30 px above the toes"),
]


@pytest.mark.parametrize(("posture", "name", "expected"), [pytest.param(*c[:3], id=c[3]) for c in CASES])
def test_known_angles(figures, posture, name, expected):
    pose = figures.make(getattr(figures, posture))
    assert measured(pose).values[name].value == pytest.approx(expected, abs=0.01)
    assert measured(pose.mirrored()).values[swapped(name)].value == pytest.approx(expected, abs=0.01)


CROSSED = {"left_ankle": (330, 290), "left_knee": (360, 330)}
"""The left ankle 30 px ahead of the right knee and 40 above it; the left knee 60 and 80 px from the right ankle."""
LOW_HEAD = {"ear": (340, 180), "nose": (360, 190)}


@pytest.mark.parametrize(
    ("moved", "name", "expected"),
    [
        pytest.param({"knee": (340, 330)}, "knee_left_deg", 2 * math.degrees(math.atan2(80, 40)), id="a bent knee"),
        pytest.param({"ear": (400, 150), "nose": (405, 165)}, "head_trunk_deg", 90, id="chin on the chest is positive"),
        pytest.param({"ear": (200, 150), "nose": (205, 135)}, "head_trunk_deg", -90, id="head thrown back is negative"),
        pytest.param({"ear": (300, 120), "nose": (330, 120)}, "face_trunk_deg", 0, id="looking straight out"),
        pytest.param({"ear": (300, 120), "nose": (300, 150)}, "face_trunk_deg", 90, id="looking at the floor"),
        pytest.param({"elbow": (350, 150)}, "arm_elevation_left_deg", 90, id="arm level in front"),
        pytest.param(
            {"shoulder": (300, 150), "elbow": (300, 200), "wrist": (350, 200)}, "elbow_left_deg", 90, id="a bent elbow"
        ),
        pytest.param({"knee": (380, 250)}, "thigh_elevation_left_deg", 0, id="thigh level"),
        pytest.param({"knee": (380, 250)}, "thigh_inclination_right_deg", -90, id="hips behind the knees"),
        pytest.param(
            {"hip": (320, 230)}, "thigh_inclination_right_deg", math.degrees(math.atan2(1, 5)), id="hips ahead"
        ),
        pytest.param({"ear": (320, 120)}, "head_forward_tl", 0.2, id="ears 20 px ahead of the shoulders"),
        pytest.param({"ear": (285, 120)}, "head_forward_tl", -0.15, id="ears 15 px behind the shoulders"),
        pytest.param(LOW_HEAD, "ear_to_shoulder_tl", 0.5, id="ears 40 px ahead and 30 px below"),
        pytest.param(LOW_HEAD, "ear_above_shoulder_tl", -0.3, id="ears 30 px below the shoulders"),
        pytest.param({"left_wrist": (330, 370)}, "wrist_to_ankle_left_tl", 0.5, id="hand 30 px ahead, 40 above ankle"),
        pytest.param({"left_index": (330, 370)}, "fingers_above_toes_left_tl", 0.5, id="fingers 50 px above the toes"),
        pytest.param({"left_wrist": (330, 160)}, "wrist_to_ear_left_tl", 0.5, id="hand 30 px ahead, 40 below the ear"),
        pytest.param({"left_ankle": (330, 370)}, "hip_to_ankle_left_tl", math.hypot(0.3, 1.2), id="one heel drawn up"),
        pytest.param(CROSSED, "ankle_to_opposite_knee_left_tl", 0.5, id="left ankle, right knee"),
        pytest.param(CROSSED, "ankle_to_opposite_knee_right_tl", 1.0, id="right ankle, left knee"),
        pytest.param({"hip": (260, 180)}, "trunk_slope_deg", math.degrees(math.atan2(3, 4)), id="a rising trunk"),
        pytest.param({"hip": (260, 120)}, "trunk_slope_deg", -math.degrees(math.atan2(3, 4)), id="a falling trunk"),
        pytest.param({"hip": (220, 90)}, "hip_above_shoulder_tl", 0.6, id="hips 60 of 100 px above the shoulders"),
    ],
)
def test_one_joint_moved(figures, moved, name, expected):
    pose = figures.make(**moved)
    assert measured(pose).values[name].value == pytest.approx(expected, abs=0.01)
    assert measured(pose.mirrored()).values[swapped(name)].value == pytest.approx(expected, abs=0.01)


# Left against right ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moved", "name", "expected"),
    [
        pytest.param({}, "hands_apart_tl", 0.5, id="hands 54 of 108 px apart"),
        pytest.param({"left_wrist": (246, 240)}, "hands_apart_tl", 0.25, id="crossed hands are apart too"),
        pytest.param({}, "trunk_height_pct", 100, id="shoulders 108 px above the hips"),
        pytest.param(
            {"left_shoulder": (340, 223), "right_shoulder": (260, 223)}, "trunk_height_pct", 25, id="folded forward"
        ),
        pytest.param(
            {"left_shoulder": (340, 277), "right_shoulder": (260, 277)}, "trunk_height_pct", -25, id="head down"
        ),
        pytest.param({}, "trunk_lean_deg", 0, id="upright"),
    ],
)
def test_from_the_front_either_way_round(figures, moved, name, expected):
    pose = figures.make(figures.FRONT, **moved)
    assert measured(pose).values[name].value == pytest.approx(expected, abs=0.01)
    assert measured(pose.mirrored()).values[name].value == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("moved", "name", "expected"),
    [
        pytest.param({"left_knee": (320, 303)}, "knee_lift_tl", 0.25, id="left knee 27 of 108 px higher"),
        pytest.param({"right_knee": (280, 303)}, "knee_lift_tl", -0.25, id="right knee 27 of 108 px higher"),
        pytest.param(
            {"left_shoulder": (340, 112), "right_shoulder": (260, 172)},
            "shoulder_tilt_deg",
            math.degrees(math.atan2(3, 4)),
            id="left shoulder 60 px higher, 80 px away",
        ),
        pytest.param({}, "shoulder_tilt_deg", 0, id="level shoulders"),
        pytest.param(
            {"left_hip": (347, 250), "right_hip": (307, 250)}, "hips_sideways_tl", 0.25, id="hips to the left"
        ),
        pytest.param(
            {"left_hip": (293, 250), "right_hip": (253, 250)}, "hips_sideways_tl", -0.25, id="hips to the right"
        ),
    ],
)
def test_what_has_a_sign_by_side_turns_it_in_the_mirror(figures, moved, name, expected):
    """Plus is the person's left; a mirror makes their left their right."""
    start, pose = figures.make(figures.FRONT), figures.make(figures.FRONT, **moved)
    assert measured(pose, reference=begun(start)).values[name].value == pytest.approx(expected, abs=0.01)
    mirrored = measured(pose.mirrored(), reference=begun(start.mirrored()))
    assert mirrored.values[name].value == pytest.approx(-expected, abs=0.01)


LEANS_LEFT = {"left_shoulder": (340, 172), "right_shoulder": (260, 112)}
HIPS_LEAN_TOO = {"left_hip": (320, 280), "right_hip": (280, 250)}
AS_3_TO_4 = math.degrees(math.atan2(3, 4))


@pytest.mark.parametrize(
    ("moved", "name", "expected"),
    [
        pytest.param({}, "side_bend_left_deg", 0, id="shoulders and hips level"),
        pytest.param(LEANS_LEFT, "side_bend_left_deg", AS_3_TO_4, id="left shoulder 60 px lower, 80 px away"),
        pytest.param(LEANS_LEFT, "side_bend_right_deg", -AS_3_TO_4, id="to the left is not to the right"),
        pytest.param(LEANS_LEFT | HIPS_LEAN_TOO, "side_bend_left_deg", 0, id="the hips lean as much"),
        pytest.param({"left_ankle": (360, 410)}, "shank_outward_left_deg", math.degrees(math.atan2(1, 2)), id="out"),
        pytest.param({"left_ankle": (280, 410)}, "shank_outward_left_deg", -math.degrees(math.atan2(1, 2)), id="in"),
        pytest.param(
            {"right_ankle": (240, 410)}, "shank_outward_right_deg", math.degrees(math.atan2(1, 2)), id="right"
        ),
    ],
)
def test_to_the_side_from_the_front(figures, moved, name, expected):
    pose = figures.make(figures.FRONT, **moved)
    assert measured(pose).values[name].value == pytest.approx(expected, abs=0.01)
    assert measured(pose.mirrored()).values[swapped(name)].value == pytest.approx(expected, abs=0.01)


BOTH_TO_THE_LEFT = {"left_wrist": (381, 240), "right_wrist": (327, 240)}
ONE_TO_THE_LEFT = {"left_wrist": (381, 240)}
BACK_TO_US = {"left_shoulder": (260, 142), "right_shoulder": (340, 142)}


@pytest.mark.parametrize(
    ("moved", "left"),
    [
        pytest.param(BOTH_TO_THE_LEFT, 0.5, id="both hands 54 px"),
        pytest.param(ONE_TO_THE_LEFT, 0.25, id="one hand, so half the way"),
        pytest.param(BOTH_TO_THE_LEFT | BACK_TO_US, -0.5, id="seen from behind right in the picture is their right"),
    ],
)
def test_hands_to_one_side(figures, moved, left):
    start, pose = figures.make(figures.FRONT), figures.make(figures.FRONT, **moved)
    seen = measured(pose, reference=begun(start)).values
    mirrored = measured(pose.mirrored(), reference=begun(start.mirrored())).values
    assert seen["hands_sideways_left_tl"].value == pytest.approx(left)
    assert seen["hands_sideways_right_tl"].value == pytest.approx(-left)
    assert mirrored["hands_sideways_right_tl"].value == pytest.approx(left)
    assert mirrored["hands_sideways_left_tl"].value == pytest.approx(-left)


def test_hips_to_one_side_of_a_person_seen_from_behind(figures):
    """Right in the picture is their right."""
    start = figures.make(figures.FRONT, **BACK_TO_US)
    pose = figures.make(figures.FRONT, left_hip=(347, 250), right_hip=(307, 250), **BACK_TO_US)
    assert measured(pose, reference=begun(start)).values["hips_sideways_tl"].value == pytest.approx(-0.25)


def test_the_width_of_the_start_is_the_measure_from_the_front(figures):
    """Who turns away meanwhile narrows in the picture, and has not grown."""
    narrow = figures.make(figures.FRONT, left_shoulder=(320, 142), right_shoulder=(280, 142))
    assert measured(narrow).values["hands_apart_tl"].value == pytest.approx(1.0)
    wide = begun(figures.make(figures.FRONT))
    assert measured(narrow, reference=wide).values["hands_apart_tl"].value == pytest.approx(0.5)


@pytest.mark.parametrize(("depth_m", "lean"), [(-0.54, 45), (0.54, 45), (0.0, 0)])
def test_a_lean_towards_or_away_from_the_camera_shows_in_space(figures, depth_m, lean):
    """The shoulders are 108 px and so 0.54 m above the hips, and as much nearer or farther."""
    pose = figures.make(figures.FRONT)
    world = np.array(pose.xyz_m)
    world[[INDEX["left_shoulder"], INDEX["right_shoulder"]], 2] = depth_m
    assert measured(replace(pose, xyz_m=world), yaw_deg=90).values["trunk_lean_deg"].value == pytest.approx(
        lean, abs=0.01
    )


def test_shoulders_in_one_place_have_no_width(figures):
    m = measured(figures.make(), yaw_deg=90)
    assert m.values["hands_apart_tl"].reason == m.values["trunk_height_pct"].reason == Reason(ReasonCode.NO_ANGLE)


def test_without_depth_there_is_no_lean_in_space(figures):
    pose = figures.make(figures.FRONT)
    m = measured(replace(pose, xyz_m=np.full((33, 3), np.nan)), yaw_deg=90)
    assert m.values["trunk_lean_deg"].reason == Reason(ReasonCode.NO_DEPTH)


# From where it is seen ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("yaw_deg", "told"),
    [
        pytest.param(0, {"side", "any"}, id="side-on"),
        pytest.param(30, {"side", "any"}, id="at the limit of the side view"),
        pytest.param(30.1, {"any"}, id="neither"),
        pytest.param(44.9, {"any"}, id="not yet in front"),
        pytest.param(45, {"front", "any"}, id="at the limit of the front view"),
        pytest.param(90, {"front", "any"}, id="face-on"),
        pytest.param(math.nan, {"any"}, id="not known"),
    ],
)
def test_each_measurement_is_reported_from_where_it_is_seen(figures, yaw_deg, told):
    pose = figures.make(figures.FRONT)
    m = measured(pose, reference=begun(pose), yaw_deg=yaw_deg, front_votes=SURE)
    refused = {"side": Reason(ReasonCode.NOT_SIDE_ON), "front": Reason(ReasonCode.NOT_IN_FRONT)}
    for way, names in SEEN_FROM.items():
        assert {m.values[name].reason for name in names} == ({None} if way in told else {refused[way]}), way
        assert {math.isfinite(m.unchecked[name]) for name in names} == {
            True
        }  # the course can be followed from anywhere


@given(yaw_deg=st.floats(0, 90))
def test_side_and_front_are_never_reported_together(figures, yaw_deg):
    pose = figures.make(figures.FRONT)
    m = measured(pose, reference=begun(pose), yaw_deg=yaw_deg, front_votes=SURE)
    told = {way for way, names in SEEN_FROM.items() if all(math.isfinite(m.values[name].value) for name in names)}
    assert told == {"any"} | ({"side"} if yaw_deg <= 30 else {"front"} if yaw_deg >= 45 else set())
    assert all(math.isfinite(m.values[name].value) == (m.values[name].reason is None) for name in MEASUREMENTS)


def test_front_and_back_need_not_be_known_from_the_front(figures):
    pose = figures.make(figures.FRONT)
    m = measured(pose, reference=begun(pose), yaw_deg=90, front_votes=0.0)
    assert {m.values[name].reason for name in SEEN_FROM["front"] | SEEN_FROM["any"]} == {None}
    assert {measured(pose, yaw_deg=0, front_votes=0.0).values[name].reason for name in SAGITTAL} == {
        Reason(ReasonCode.FRONT_UNKNOWN)
    }


def test_the_steadied_front_decides_where_it_is_given(figures):
    """Leaning by 45 degrees forward, or backward if the front were on the other side."""
    pose = figures.make(shoulder=(370, 180))
    assert measured(pose).values["trunk_inclination_deg"].value == pytest.approx(45, abs=0.01)
    assert measured(pose, front_votes=2.0).values["trunk_inclination_deg"].value == pytest.approx(45, abs=0.01)
    assert measured(pose, front_votes=-2.0).values["trunk_inclination_deg"].value == pytest.approx(-45, abs=0.01)


def test_only_the_side_view_loses_certainty_with_yaw(figures):
    """What was never fitted keeps its table: five thirds of it beyond a good yaw, from the side."""
    pose = figures.make(figures.FRONT)
    sharp, oblique, front = (widths_of(measured(pose, yaw_deg=yaw)) for yaw in (0, 20, 60))
    for name, row in MEASUREMENTS.items():
        if name in UNFITTED:
            assert oblique[name] == pytest.approx(row.uncertainty * (5 / 3 if row.seen == "side" else 1), abs=1e-3)
        else:
            assert sharp[name] <= oblique[name] <= front[name]
        if row.seen != "side":
            assert front[name] == sharp[name]
    assert oblique["trunk_inclination_deg"] > 1.2 * sharp["trunk_inclination_deg"]


@pytest.mark.parametrize(("hip_y", "expected"), [(320, 166), (280, 194)])
def test_body_line_is_below_180_for_sagging_and_above_for_piking(figures, hip_y, expected):
    """20 px off the line, 100 px from the shoulder and 160 from the ankle: atan(.2) + atan(.125) = 18.4 degrees."""
    line = measured(figures.make(figures.PLANK, hip=(300, hip_y))).values["body_line_left_deg"].value
    assert line == pytest.approx(180 - math.copysign(18.435, hip_y - 300), abs=0.1)
    assert (line < expected) == (hip_y > 300)


def test_every_name_has_a_value_or_a_reason_and_never_both(figures):
    seen = [figures.make(), figures.make(yaw_deg=50), figures.make(hidden=("left_knee",))]
    for pose in (*seen, PoseFrame.nobody(0, figures.SIZE)):
        m = measured(pose)
        assert tuple(m.values) == MEASUREMENT_NAMES
        assert all(math.isnan(m.values[name].value) == bool(m.values[name].reason) for name in MEASUREMENT_NAMES)


def test_nobody_measures_nothing():
    m = measured(PoseFrame.nobody(1.0, (640, 480)))
    assert all(math.isnan(one.value) for one in m.values.values())
    assert {one.reason for one in m.values.values()} == {Reason(ReasonCode.NOBODY_SEEN)}
    assert m.unchecked == {}


def test_hidden_and_outside_landmarks_say_which(figures):
    hidden = measured(figures.make(hidden=("left_knee",)))
    assert math.isnan(hidden.values["knee_left_deg"].value)
    assert hidden.values["knee_left_deg"].reason == Reason(ReasonCode.LANDMARK_HIDDEN, "left_knee")
    assert hidden.values["knee_right_deg"].value == pytest.approx(180)
    outside = measured(figures.make(ankle=(300, 479)))
    assert outside.values["knee_right_deg"].reason == Reason(ReasonCode.LANDMARK_OUTSIDE, "right_ankle")
    assert outside.unchecked["knee_right_deg"] == pytest.approx(180)  # good enough to follow, not to judge


def test_a_missing_landmark_was_not_found(figures):
    m = measured(figures.make(wrist=(math.nan, math.nan)))
    assert m.values["elbow_left_deg"].reason == Reason(ReasonCode.LANDMARK_NOT_FOUND, "left_wrist")
    assert math.isnan(m.unchecked["elbow_left_deg"])


def test_the_far_shoulder_hip_and_ear_may_be_hidden(figures):
    far = tuple(f"left_{part}" for part in ("shoulder", "hip", "ear"))
    m = measured(figures.make(hidden=far))
    assert m.values["head_trunk_deg"].value == pytest.approx(0, abs=0.01)
    assert m.values["knee_left_deg"].value == pytest.approx(180)


def test_two_joints_in_one_place_have_no_angle_and_say_so(figures):
    m = measured(figures.make(knee=(300, 410)))
    assert m.values["knee_left_deg"].reason == Reason(ReasonCode.NO_ANGLE)


def test_above_30_degrees_of_yaw_the_signal_is_only_followed(figures):
    m = measured(figures.make(figures.HINGED, yaw_deg=40))
    assert {m.values[name].reason for name in SAGITTAL} == {Reason(ReasonCode.NOT_SIDE_ON)}
    assert m.unchecked["trunk_inclination_deg"] == pytest.approx(90)
    assert m.values["yaw_deg"].value == pytest.approx(42.2, abs=0.1)


def test_the_steadied_yaw_decides_where_it_is_given(figures):
    assert not measured(figures.make(yaw_deg=40), yaw_deg=10.0).values["knee_left_deg"].reason
    assert measured(figures.make(), yaw_deg=math.nan).values["knee_left_deg"].reason == Reason(ReasonCode.NOT_SIDE_ON)


def test_where_front_and_back_look_alike_nothing_is_judged(figures):
    column = {part: (300, y) for part, (_, y) in figures.STANDING.items()}
    pose = figures.make(column)
    blind = PoseFrame(0, pose.size_px, pose.xy_px, pose.xyz_m * 0, pose.visibility, pose.back_xy_px)
    m = measured(blind, yaw_deg=0)
    assert {m.values[name].reason for name in SAGITTAL} == {Reason(ReasonCode.FRONT_UNKNOWN)}


@pytest.mark.parametrize(
    ("yaw_deg", "hidden_share", "factor"),
    [
        pytest.param(0, 1.0, 1, id="side-on and well seen"),
        pytest.param(20, 1.0, 5 / 3, id="oblique"),
        pytest.param(0, 0.5, 1.5, id="badly seen"),
        pytest.param(20, 0.5, 2.5, id="both"),
    ],
)
def test_uncertainty_without_a_fit_grows_with_yaw_and_doubt(figures, yaw_deg, hidden_share, factor):
    pose = figures.make()
    visibility = np.array(pose.visibility)
    visibility[25] = hidden_share  # left knee
    m = measured(replace(pose, visibility=visibility), yaw_deg=yaw_deg)
    expected = MEASUREMENTS["shank_inclination_left_deg"].uncertainty * factor
    assert m.values["shank_inclination_left_deg"].uncertainty == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("posture", "share", "level"), [("STANDING", (420 - 120) / 960, 0.0), ("HINGED", (420 - 250) / 960, 1.0)]
)
def test_uncertainty_is_given_as_it_was_fitted(figures, posture, share, level):
    """What makes measuring harder is read off the pose: 30 degrees of yaw, half hidden, small, upright or level."""
    pose = figures.make(getattr(figures, posture))
    visibility = np.array(pose.visibility)
    visibility[25] = 0.5  # left knee
    m = measured(replace(pose, visibility=visibility, size_px=(1280, 960)), yaw_deg=30.0)
    told = {"near": "right", "yaw_deg": 30.0, "share": share, "level": level}
    widths = compute_half_widths(visibility, np.zeros(33), **told)
    assert widths["knee_left_deg"] > compute_half_widths(np.ones(33), np.zeros(33), **told)["knee_left_deg"]
    assert {name: m.values[name].uncertainty for name in widths} == pytest.approx(widths, abs=1e-3)
    for name in CURVE_NAMES:
        harder = compute_back_causes(yaw_deg=30.0, share=share, folded_deg=math.nan, bent=m.unchecked[name])
        assert m.values[name].uncertainty == pytest.approx(compute_back_half_width(name, harder), abs=1e-3)


# Joints that have been put right --------------------------------------------------------------------------------------


def put(pose, *, doubt_tl=0.0, **moved):
    """The joints of a pose, some of them (of both sides) put elsewhere."""
    xy = np.array(pose.xy_px, float)
    for part, point in moved.items():
        xy[list(PAIRS[part])] = point
    return Corrected(xy, np.full(33, doubt_tl))


def test_corrected_joints_are_measured_and_not_the_landmarks(figures):
    """The knee belongs 40 px further forward; the trunk leans by 45 degrees once the shoulder is put there."""
    pose = figures.make()
    joints = put(pose, knee=(340, 330), shoulder=(370, 180))
    m = measured(pose, joints=joints)
    assert m.values["knee_left_deg"].value == pytest.approx(2 * math.degrees(math.atan2(80, 40)), abs=0.01)
    assert m.values["trunk_inclination_deg"].value == pytest.approx(45, abs=0.01)
    assert m.joints_px is joints.xy_px
    assert measured(pose).joints_px == pytest.approx(np.asarray(pose.xy_px, float))
    assert measured(PoseFrame.nobody(0, figures.SIZE)).joints_px is None


def test_the_back_is_read_from_the_axis_between_the_joints(figures):
    """Hips and shoulders belong 5 px further forward: the flat back lies 0.2 instead of 0.15 trunks behind them."""
    pose = figures.make()
    m = measured(pose, joints=put(pose, hip=(305, 250), shoulder=(305, 150)))
    assert measured(pose).contour == pytest.approx(0.15, abs=1e-4)
    assert m.contour == pytest.approx(0.2, abs=1e-4)
    assert m.values["back_curve_pct"].value == pytest.approx(0, abs=0.01)


def test_the_edge_is_checked_against_the_axis_it_was_traced_from(figures):
    """A step of 5.5 px may be cloth on a trunk of 100 px; that the joints stand 80 px apart makes no arm of it."""
    step = np.column_stack([285 - 5.5 * (BACK_T > 0.5), 250 - 100 * BACK_T])
    pose = replace(figures.make(), back_xy_px=step)
    assert measured(pose).values["back_curve_pct"].reason is None
    assert measured(pose, joints=put(pose, shoulder=(300, 170))).values["back_curve_pct"].reason is None
    bare = replace(pose, back_xy_px=np.full((71, 2), np.nan))
    m = measured(bare, joints=put(bare, hip=(330, 250)))
    assert m.contour is None
    assert m.values["back_curve_pct"].reason == Reason(ReasonCode.NO_SILHOUETTE)


def test_hidden_parts_come_from_the_pose_and_not_from_the_joints(figures):
    pose = figures.make(hidden=("left_knee",))
    assert measured(pose, joints=put(pose, knee=(340, 330))).values["knee_left_deg"].reason == Reason(
        ReasonCode.LANDMARK_HIDDEN, "left_knee"
    )


def test_doubt_about_a_joint_widens_only_its_own_measurements(figures):
    pose = figures.make()
    doubt = np.zeros(33)
    doubt[INDEX["left_wrist"]] = 0.05
    plain, doubtful = measured(pose), measured(pose, joints=Corrected(put(pose).xy_px, doubt))
    wider = {name for name in MEASUREMENTS if doubtful.values[name].uncertainty > plain.values[name].uncertainty}
    assert wider == {
        name for name, row in MEASUREMENTS.items() if INDEX["left_wrist"] in row.index and name not in UNFITTED
    }
    assert "elbow_left_deg" in wider
    assert numbers_of(doubtful) == pytest.approx(numbers_of(plain), nan_ok=True)


def test_the_nearer_side_is_the_one_that_was_steadied(figures):
    """A stick figure stands with its right side nearer; with `near` given, left and right change their half-widths."""
    pose = figures.make()
    own, told, left = measured(pose), measured(pose, near="right"), measured(pose, near="left")
    assert widths_of(own) == pytest.approx(widths_of(told), nan_ok=True)
    assert left.values["knee_left_deg"].uncertainty == own.values["knee_right_deg"].uncertainty
    assert left.values["knee_right_deg"].uncertainty == own.values["knee_left_deg"].uncertainty
    assert own.values["knee_left_deg"].uncertainty != own.values["knee_right_deg"].uncertainty


# Against the start posture --------------------------------------------------------------------------------------------


def test_changes_need_a_start(figures):
    pose = figures.make(figures.FRONT)
    for yaw_deg in (0, 90):
        m = measured(pose, yaw_deg=yaw_deg, front_votes=SURE)
        assert {name for name, one in m.values.items() if one.reason == Reason(ReasonCode.NO_START)} == {
            name for name in AGAINST_START if MEASUREMENTS[name].seen == ("front" if yaw_deg else "side")
        }


def test_nothing_has_changed_at_the_start(figures):
    pose = figures.make(figures.FRONT)
    for yaw_deg in (0, 90):
        m = measured(pose, reference=begun(pose), yaw_deg=yaw_deg, front_votes=SURE)
        assert {m.values[name].value for name in AGAINST_START if m.values[name].reason is None} == {0.0}


@pytest.mark.parametrize(
    ("moved", "name", "expected"),
    [
        pytest.param({"left_knee": (330, 370)}, "knee_travel_left_tl", 0.5, id="the left knee 30 px on and 40 down"),
        pytest.param({"left_knee": (330, 370)}, "knee_travel_right_tl", 0, id="the right knee stays"),
        pytest.param({"left_ankle": (300, 380)}, "ankle_rise_left_tl", 0.3, id="the left ankle 30 px up"),
        pytest.param({"left_ankle": (300, 420)}, "ankle_rise_left_tl", -0.1, id="the left ankle 10 px down"),
        pytest.param({"left_ankle": (300, 380)}, "ankle_rise_right_tl", 0, id="the right ankle stays"),
        pytest.param({"hip": (300, 220)}, "hip_rise_tl", 0.3, id="the hips 30 px up"),
        pytest.param({"left_hip": (300, 220)}, "hip_rise_tl", 0.15, id="one hip 30 px up"),
        pytest.param({"ear": (300, 140)}, "ear_rise_tl", -0.2, id="the ears 20 px down"),
    ],
)
def test_rises_and_travels_are_counted_from_the_start(figures, moved, name, expected):
    start, pose = figures.make(), figures.make(**moved)
    assert measured(pose, reference=begun(start)).values[name].value == pytest.approx(expected, abs=0.001)
    mirrored = measured(pose.mirrored(), reference=begun(start.mirrored()))
    assert mirrored.values[swapped(name)].value == pytest.approx(expected, abs=0.001)


@pytest.mark.parametrize("mirrored", [False, True])
def test_hips_pushed_back_shift_and_drift(figures, mirrored):
    """The hips go 30 px back over standing feet: 0.3 trunk lengths; the drift is measured along the trunk's lean."""
    start, hinged = figures.make(), figures.make(figures.HINGED, hip=(270, 250), knee=(290, 330))
    if mirrored:
        start, hinged = start.mirrored(), hinged.mirrored()
    m = measured(hinged, reference=begun(start))
    assert m.values["hip_shift_tl"].value == pytest.approx(0.3)
    assert m.values["hip_drift_tl"].value == pytest.approx(-0.3)
    assert m.values["trunk_length_tl"].value == pytest.approx(1.3)  # the landmarks now stand 130 px apart


def test_only_half_a_start_gives_no_shift(figures):
    m = measured(figures.make(), reference=begun(figures.make(ankle=(math.nan, math.nan))))
    assert m.values["hip_shift_tl"].reason == Reason(ReasonCode.NO_START)
    assert m.values["hip_drift_tl"].value == 0


# The back -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bulge", "sign"), [(0.09, 1), (-0.09, -1)])
@pytest.mark.parametrize("posture", ["STANDING", "HINGED", "PLANK"])
def test_an_outward_bulge_is_rounded_in_every_posture(figures, posture, bulge, sign):
    pose = figures.make(getattr(figures, posture), bulge_tl=bulge)
    for one in (pose, pose.mirrored()):
        assert measured(one).values["back_curve_pct"].value == pytest.approx(sign * 10, abs=0.2)


@pytest.mark.parametrize(
    ("edge", "why"),
    [
        pytest.param(slice(0, 20), Reason(ReasonCode.BACK_EDGE_HIDDEN), id="hidden in part"),
        pytest.param(slice(None), Reason(ReasonCode.NO_SILHOUETTE), id="nowhere seen"),
    ],
)
def test_a_hidden_back_says_so(figures, edge, why):
    pose = figures.make()
    back_xy_px = np.array(pose.back_xy_px)
    back_xy_px[edge] = np.nan
    bare = PoseFrame(0, pose.size_px, pose.xy_px, pose.xyz_m, pose.visibility, back_xy_px)
    m = measured(bare)
    assert {m.values[n].reason for n in ("back_curve_pct", "back_bend_deg", "back_round_pct")} == {why}
    assert m.contour is None


LEVEL = back.Stance(90.0, 90.0)
"""How the hinged figure stands."""


def test_bend_is_relative_to_the_own_neutral_and_its_trunk_lean(figures):
    standing, hinged = figures.make(), figures.make(figures.HINGED)
    neutral = measured(standing).contour
    without = measured(hinged)
    assert without.values["back_bend_deg"].reason == Reason(ReasonCode.NO_NEUTRAL)
    assert without.values["back_round_pct"].reason == Reason(ReasonCode.NO_ROUNDED)
    values = {"trunk_thigh_right_deg": 180.0, "trunk_inclination_deg": 5.0}
    m = measured(hinged, reference=Reference(values=values, neutral=neutral))
    expected = back.estimate_bend(neutral, neutral, LEVEL, back.Stance(5.0, 180.0))
    assert m.values["back_bend_deg"].value == pytest.approx(expected.value_deg, abs=0.01)
    alone = back.estimate_bend_no_neutral(neutral)
    assert m.values["back_bend_no_neutral_deg"].value == pytest.approx(alone.value_deg, abs=0.01)
    told = {"yaw_deg": m.unchecked["yaw_deg"], "share": camera_view.person_share(hinged), "folded_deg": -90.0}
    for name, bend in (("back_bend_deg", expected), ("back_bend_no_neutral_deg", alone)):
        harder = compute_back_causes(bent=bend.value_deg, doubt_deg=bend.doubt_deg, **told)
        assert m.values[name].uncertainty == pytest.approx(compute_back_half_width(name, harder), abs=0.01)


def test_the_far_leg_gives_the_hip_where_the_near_one_is_unknown(figures):
    hinged, neutral = figures.make(figures.HINGED), measured(figures.make()).contour
    far = Reference(values={"trunk_thigh_left_deg": 180.0}, neutral=neutral)
    both = Reference(values={"trunk_thigh_left_deg": 180.0, "trunk_thigh_right_deg": 150.0}, neutral=neutral)
    bends = {}
    for hip_deg, reference in ((180.0, far), (150.0, both), (math.nan, Reference(neutral=neutral))):
        bends[hip_deg] = measured(hinged, reference=reference).values["back_bend_deg"].value
        expected = back.estimate_bend(neutral, neutral, LEVEL, back.Stance(math.nan, hip_deg))
        assert bends[hip_deg] == pytest.approx(expected.value_deg, abs=0.01)
    assert len({round(bend, 1) for bend in bends.values()}) == 3


WHOLE = back.Bend(40.0, 2.0)
"""How far the own gently rounded back bends, and how far the networks disagree about it."""


@pytest.mark.parametrize("bulge", [-0.05, 0.0, 0.05, 0.1])
@pytest.mark.parametrize("yaw_deg", [0.0, 25.0])
def test_rounding_is_a_share_of_the_own_fully_rounded_back(figures, bulge, yaw_deg):
    pose, neutral = figures.make(figures.HINGED, bulge_tl=bulge), measured(figures.make()).contour
    values = {"trunk_thigh_right_deg": 180.0, "trunk_inclination_deg": 5.0}
    m = measured(pose, reference=Reference(values=values, neutral=neutral, rounded=WHOLE), yaw_deg=yaw_deg)
    bend, u = m.values["back_bend_deg"].value, m.values["back_bend_deg"].uncertainty
    assert m.values["back_round_pct"].value == pytest.approx(100 * bend / 40, abs=0.01)
    share = camera_view.person_share(pose)
    of_whole = compute_back_causes(yaw_deg=yaw_deg, share=share, folded_deg=0.0, bent=40.0, doubt_deg=2.0)
    doubts = (100 * u / 40, 100 * bend / 40**2 * compute_back_half_width("back_bend_deg", of_whole))
    assert m.values["back_round_pct"].uncertainty == pytest.approx(math.hypot(*doubts), abs=0.01)
    assert m.values["back_round_pct"].reason is None


def test_nothing_else_is_measured_otherwise_with_a_rounded_back(figures, monkeypatch):
    """And no network is asked more often."""
    asked, ask = [], back.estimate_bend
    monkeypatch.setattr(back, "estimate_bend", lambda *given: asked.append(given) or ask(*given))
    pose, neutral = figures.make(figures.HINGED, bulge_tl=0.05), measured(figures.make()).contour
    without = measured(pose, reference=Reference(neutral=neutral))
    calibrated = measured(pose, reference=Reference(neutral=neutral, rounded=WHOLE))
    assert len(asked) == 2
    for part in (numbers_of, widths_of, lambda m: dict(m.unchecked)):
        one, two = part(without), part(calibrated)
        one.pop("back_round_pct", None)
        two.pop("back_round_pct")
        assert one == pytest.approx(two, nan_ok=True)
    assert without.values["back_round_pct"].reason == Reason(ReasonCode.NO_ROUNDED)
    assert math.isnan(without.values["back_round_pct"].value)
    assert math.isnan(without.values["back_round_pct"].uncertainty)


def test_why_there_is_no_scale_between_tall_and_rounded(figures):
    pose, neutral = figures.make(), measured(figures.make()).contour
    waits = Reference(neutral=neutral, rounded_reason=Reason(ReasonCode.NO_START))
    assert measured(pose, reference=waits).values["back_round_pct"].reason == Reason(ReasonCode.NO_START)
    turned = measured(pose, reference=Reference(neutral=neutral, rounded=WHOLE), yaw_deg=40.0)
    assert turned.values["back_round_pct"].reason == Reason(ReasonCode.NOT_SIDE_ON)
    assert math.isnan(turned.values["back_round_pct"].value)


def test_no_contour_of_nobody_or_of_an_unsure_side(figures):
    assert measured(PoseFrame.nobody(0, (640, 480))).contour is None
    column = figures.make({part: (300, y) for part, (_, y) in figures.STANDING.items()})
    assert measured(replace(column, xyz_m=column.xyz_m * 0), yaw_deg=0).contour is None
    assert measured(figures.make()).contour.shape == (33,)


# Others' poses --------------------------------------------------------------------------------------------------------


def test_uncorrected_joints_are_at_least_half_as_unsure_again(figures):
    pose = figures.make()
    joints = Corrected(pose.xy_px.astype(float), np.zeros(33), uncorrected=True)
    told, found = measured(pose, joints=joints), measured(pose)
    for name, row in MEASUREMENTS.items():
        assert told.values[name].uncertainty == pytest.approx(
            max(1.5 * row.uncertainty, found.values[name].uncertainty)
        )
    assert told.values["knee_left_deg"].value == found.values["knee_left_deg"].value


def test_without_depth_a_side_view_is_measured_all_the_same(figures):
    flat = measured(replace(figures.make(figures.HINGED), xyz_m=np.full((33, 3), np.nan)))
    assert flat.values["trunk_inclination_deg"].value == pytest.approx(90)
    assert (flat.values["yaw_deg"].value, flat.values["yaw_deg"].uncertainty) == (
        0,
        camera_view.FLAT_YAW_UNCERTAINTY_DEG,
    )


def test_without_depth_a_front_view_is_not_taken_for_a_side_view(figures):
    flat = measured(replace(figures.make(figures.FRONT), xyz_m=np.full((33, 3), np.nan)))
    assert flat.values["trunk_inclination_deg"].reason in {
        Reason(ReasonCode.NOT_SIDE_ON),
        Reason(ReasonCode.FRONT_UNKNOWN),
    }
    assert flat.values["yaw_deg"].value > camera_view.MIN_FRONT_YAW_DEG


GONE = (math.nan, math.nan)


def test_without_feet_nobody_knows_where_the_toes_point(figures):
    m = measured(figures.make(heel=GONE, foot_index=GONE))
    assert m.values["shank_inclination_left_deg"].reason == Reason(ReasonCode.NO_FEET)
    assert math.isnan(m.unchecked["hip_shift_tl"])
    assert m.values["knee_left_deg"].value == pytest.approx(180)


@pytest.mark.parametrize("side", ["left", "right"])
def test_one_foot_is_enough_to_know_where_the_toes_point(figures, side):
    whole, one = (measured(figures.make(knee=(320, 330), **points)) for points in ({}, {f"{side}_heel": GONE}))
    name = "shank_inclination_left_deg"
    assert one.values[name].value == whole.values[name].value > 0


@pytest.mark.parametrize(
    ("bend_from_start_deg", "agreed"),
    [pytest.param(5.0, False, id="nearly as at the start"), pytest.param(20.0, True, id="much rounder than that")],
)
def test_a_back_that_was_as_round_at_the_start_is_not_agreed(figures, bend_from_start_deg, agreed):
    """The start reads like a loose shirt, 25 to 55 degrees; the back now reads so much more."""
    pose = figures.make(bulge_tl=0.15)
    bend_deg = measured(pose).values["back_bend_no_neutral_deg"].value
    start_deg = bend_deg - bend_from_start_deg
    assert 25 <= start_deg <= 55
    m = measured(pose, reference=Reference(values={"back_bend_no_neutral_deg": start_deg}))
    assert math.isfinite(m.values["back_bend_agreed_deg"].value) is agreed
    assert m.values["back_bend_agreed_deg"].reason == (None if agreed else Reason(ReasonCode.READINGS_DISAGREE))


def test_the_straighter_knee_is_that_of_the_standing_leg(figures):
    """One knee bent to a right angle: hip, knee and ankle at (300, 250), (300, 330) and (220, 330)."""
    for side, other in (("left", "right"), ("right", "left")):
        m = measured(figures.make(**{f"{side}_ankle": (220, 330)}))
        assert m.values[f"knee_{side}_deg"].value == pytest.approx(90)
        assert m.values["straighter_knee_deg"].value == m.values[f"knee_{other}_deg"].value == pytest.approx(180)
    both = measured(figures.make(left_ankle=(220, 330), right_ankle=(220, 330)))
    assert both.values["straighter_knee_deg"].value == pytest.approx(90)


def test_the_straighter_knee_needs_both_legs_and_no_side_view(figures):
    hidden = measured(figures.make(hidden=("left_knee",)))
    assert hidden.values["straighter_knee_deg"].reason == Reason(ReasonCode.LANDMARK_HIDDEN, "left_knee")
    assert measured(figures.make(), yaw_deg=60.0).values["straighter_knee_deg"].value == pytest.approx(180)
