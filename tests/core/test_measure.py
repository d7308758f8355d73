"""Stick figures whose angles are known, and what becomes of what is not seen."""

import math

import numpy as np
import pytest

from formcheck.core import back, view
from formcheck.core.measure import FRONT_UNKNOWN, NAMES, NO_ANGLE, NO_START, TABLE, Reference, contour_of, measure
from formcheck.core.records import PoseFrame

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
    ("STANDING", "trunk_length_tl", 1, "a trunk is one trunk long"),
    ("HINGED", "trunk_inclination_deg", 90, "hinged until the trunk is level"),
    ("HINGED", "trunk_thigh_left_deg", 90, "hinged to a right angle, over the front"),
    ("HINGED", "knee_right_deg", 180, "hinged with straight knees"),
    ("HINGED", "head_trunk_deg", 0, "the head in line with the level trunk"),
    ("PLANK", "trunk_inclination_deg", 90, "plank: face down and level"),
    ("PLANK", "body_line_left_deg", 180, "plank: one line"),
    ("PLANK", "leg_elevation_right_deg", 0, "plank: level legs"),
    ("PLANK", "elbow_ahead_of_shoulder_left_tl", 0, "plank: elbows under the shoulders"),
    ("PLANK", "hip_above_toes_left_tl", 0.3, "plank: hips 30 px above the toes"),
]


@pytest.mark.parametrize(("posture", "name", "expected"), [pytest.param(*c[:3], id=c[3]) for c in CASES])
def test_known_angles(figures, posture, name, expected):
    pose = figures.make(getattr(figures, posture))
    assert measure(pose).values[name] == pytest.approx(expected, abs=0.01)
    other_side = name.replace("left", "right") if "left" in name else name.replace("right", "left")
    assert measure(pose.mirrored()).values[other_side] == pytest.approx(expected, abs=0.01)


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
    ],
)
def test_one_joint_moved(figures, moved, name, expected):
    assert measure(figures.make(**moved)).values[name] == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(("hip_y", "expected"), [(320, 166), (280, 194)])
def test_body_line_is_below_180_where_the_hips_sag_and_above_where_they_pike(figures, hip_y, expected):
    """20 px off the line, 100 px from the shoulder and 160 from the ankle: atan(.2) + atan(.125) = 18.4 degrees."""
    line = measure(figures.make(figures.PLANK, hip=(300, hip_y))).values["body_line_left_deg"]
    assert line == pytest.approx(180 - math.copysign(18.435, hip_y - 300), abs=0.1)
    assert (line < expected) == (hip_y > 300)


def test_every_name_has_a_value_or_a_reason_and_never_both(figures):
    seen = [figures.make(), figures.make(yaw_deg=50), figures.make(hidden=("left_knee",))]
    for pose in (*seen, PoseFrame.nobody(0, figures.SIZE)):
        m = measure(pose)
        assert set(m.values) == set(m.uncertainty) == set(NAMES)
        assert all(math.isnan(m.values[name]) == bool(m.reason.get(name)) for name in NAMES)


def test_nobody_measures_nothing():
    m = measure(PoseFrame.nobody(1.0, (640, 480)))
    assert all(map(math.isnan, m.values.values()))
    assert set(m.reason.values()) == {view.NOBODY}
    assert m.rough == {}


def test_hidden_and_outside_landmarks_say_which(figures):
    hidden = measure(figures.make(hidden=("left_knee",)))
    assert math.isnan(hidden.values["knee_left_deg"])
    assert hidden.reason["knee_left_deg"] == "left knee hidden from the camera"
    assert hidden.values["knee_right_deg"] == pytest.approx(180)
    outside = measure(figures.make(ankle=(300, 479)))
    assert outside.reason["knee_right_deg"] == "right ankle outside the picture"
    assert outside.rough["knee_right_deg"] == pytest.approx(180)  # good enough to follow, not to judge


def test_a_missing_landmark_is_outside(figures):
    m = measure(figures.make(wrist=(math.nan, math.nan)))
    assert m.reason["elbow_left_deg"] == "left wrist outside the picture"
    assert math.isnan(m.rough["elbow_left_deg"])


def test_the_far_shoulder_hip_and_ear_may_be_hidden(figures):
    far = tuple(f"left_{part}" for part in ("shoulder", "hip", "ear"))
    m = measure(figures.make(hidden=far))
    assert m.values["head_trunk_deg"] == pytest.approx(0, abs=0.01)
    assert m.values["knee_left_deg"] == pytest.approx(180)


def test_two_joints_in_one_place_have_no_angle_and_say_so(figures):
    m = measure(figures.make(knee=(300, 410)))
    assert m.reason["knee_left_deg"] == NO_ANGLE


def test_beyond_30_degrees_of_yaw_nothing_is_judged_but_the_course_can_be_followed(figures):
    m = measure(figures.make(figures.HINGED, yaw_deg=40))
    sagittal = set(NAMES) - {"yaw_deg"}
    assert {m.reason[name] for name in sagittal} == {view.NOT_SIDE_ON}
    assert m.rough["trunk_inclination_deg"] == pytest.approx(90)
    assert m.values["yaw_deg"] == pytest.approx(42.2, abs=0.1)


def test_the_steadied_yaw_decides_where_it_is_given(figures):
    assert not measure(figures.make(yaw_deg=40), yaw_deg=10.0).reason.get("knee_left_deg")
    assert measure(figures.make(), yaw_deg=math.nan).reason["knee_left_deg"] == view.NOT_SIDE_ON


def test_where_front_and_back_cannot_be_told_nothing_is_judged(figures):
    column = {part: (300, y) for part, (_, y) in figures.STANDING.items()}
    pose = figures.make(column)
    blind = PoseFrame(0, pose.size_px, pose.xy_px, pose.xyz_m * 0, pose.visibility, pose.back_xy_px)
    m = measure(blind, yaw_deg=0)
    assert {m.reason[name] for name in (*TABLE, "back_curve_pct")} == {FRONT_UNKNOWN}


@pytest.mark.parametrize(
    ("yaw_deg", "hidden_share", "factor"),
    [
        pytest.param(0, 1.0, 1, id="side-on and well seen"),
        pytest.param(20, 1.0, 5 / 3, id="oblique"),
        pytest.param(0, 0.5, 1.5, id="badly seen"),
        pytest.param(20, 0.5, 2.5, id="both"),
    ],
)
def test_uncertainty_grows_with_yaw_and_doubt(figures, yaw_deg, hidden_share, factor):
    pose = figures.make()
    visibility = np.array(pose.visibility)
    visibility[25] = hidden_share  # left knee
    pose = PoseFrame(0, pose.size_px, pose.xy_px, pose.xyz_m, visibility, pose.back_xy_px)
    m = measure(pose, yaw_deg=yaw_deg)
    assert m.uncertainty["knee_left_deg"] == pytest.approx(TABLE["knee_left_deg"].uncertainty * factor, abs=1e-3)
    assert m.uncertainty["back_curve_pct"] == pytest.approx(
        back.CURVE_UNCERTAINTY_PCT * (5 / 3 if yaw_deg else 1), abs=1e-3
    )


# Against the start posture --------------------------------------------------------------------------------------------


def test_changes_need_a_start(figures):
    m = measure(figures.make())
    assert m.reason["hip_shift_tl"] == m.reason["hip_drift_tl"] == NO_START


@pytest.mark.parametrize("mirrored", [False, True])
def test_hips_pushed_back_shift_and_drift(figures, mirrored):
    """The hips go 30 px back over standing feet: 0.3 trunk lengths; the drift is measured along the trunk's lean."""
    start, hinged = figures.make(), figures.make(figures.HINGED, hip=(270, 250), knee=(290, 330))
    if mirrored:
        start, hinged = start.mirrored(), hinged.mirrored()
    x = 340.0 if mirrored else 300.0
    reference = Reference(trunk_px=100.0, hip=(x, 250.0), ankle=(x, 410.0))
    m = measure(hinged, reference=reference)
    assert m.values["hip_shift_tl"] == pytest.approx(0.3)
    assert m.values["hip_drift_tl"] == pytest.approx(-0.3)
    assert m.values["trunk_length_tl"] == pytest.approx(1.3)  # the landmarks now stand 130 px apart


def test_only_half_a_start_gives_no_shift(figures):
    m = measure(figures.make(), reference=Reference(trunk_px=100.0, hip=(300.0, 250.0)))
    assert m.reason["hip_shift_tl"] == NO_START
    assert m.values["hip_drift_tl"] == 0


# The back -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("bulge", "sign"), [(0.09, 1), (-0.09, -1)])
@pytest.mark.parametrize("posture", ["STANDING", "HINGED", "PLANK"])
def test_a_bulge_outwards_is_rounded_in_every_posture_and_either_way_round(figures, posture, bulge, sign):
    pose = figures.make(getattr(figures, posture), bulge_tl=bulge)
    for one in (pose, pose.mirrored()):
        assert measure(one).values["back_curve_pct"] == pytest.approx(sign * 10, abs=0.2)


def test_a_hidden_back_says_so(figures):
    pose = figures.make()
    bare = PoseFrame(0, pose.size_px, pose.xy_px, pose.xyz_m, pose.visibility, np.full((71, 2), np.nan))
    m = measure(bare)
    assert {m.reason[n] for n in ("back_curve_pct", "back_bend_deg", "back_round_pct")} == {back.HIDDEN_EDGE}
    assert contour_of(bare) is None


def test_bend_is_told_against_the_own_neutral_and_the_change_at_the_hip(figures):
    standing, hinged = figures.make(), figures.make(figures.HINGED)
    neutral = contour_of(standing)
    without = measure(hinged)
    assert without.reason["back_bend_deg"] == "your own neutral back was not seen"
    assert without.reason["back_round_pct"] == "tall and round back have not been calibrated"
    reference = Reference(values={"trunk_thigh_right_deg": 180.0}, neutral=neutral)
    expected = back.bend_deg(neutral, neutral, -90.0)
    assert measure(hinged, reference=reference).values["back_bend_deg"] == pytest.approx(expected, abs=0.01)


def test_the_farther_leg_tells_the_hip_where_the_nearer_is_not_known(figures):
    hinged, neutral = figures.make(figures.HINGED), contour_of(figures.make())
    far = Reference(values={"trunk_thigh_left_deg": 180.0}, neutral=neutral)
    neither = Reference(neutral=neutral)
    assert measure(hinged, reference=far).values["back_bend_deg"] == pytest.approx(
        back.bend_deg(neutral, neutral, -90.0), abs=0.01
    )
    assert measure(hinged, reference=neither).values["back_bend_deg"] == pytest.approx(
        back.bend_deg(neutral, neutral, math.nan), abs=0.01
    )


def test_no_contour_of_nobody_or_of_an_unsure_side(figures):
    assert contour_of(PoseFrame.nobody(0, (640, 480))) is None
    column = figures.make({part: (300, y) for part, (_, y) in figures.STANDING.items()})
    assert (
        contour_of(PoseFrame(0, column.size_px, column.xy_px, column.xyz_m * 0, column.visibility, column.back_xy_px))
        is None
    )
    assert contour_of(figures.make()).shape == (33,)
