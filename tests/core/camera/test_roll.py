"""The roll of the camera, on figures that stand, lie and kneel as gravity requires."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.camera.framing import camera_roll, pictures_per_s
from formcheck.core.records import PoseFrame

PLANK_ON_HANDS = {
    "elbow": (400, 365), "wrist": (400, 430), "shoulder": (400, 300), "hip": (300, 320), "knee": (210, 350),
    "ankle": (120, 400), "heel": (110, 395), "foot_index": (120, 430), "ear": (430, 290), "nose": (440, 300),
}  # fmt: skip
"""Hands and toes on one floor at 430."""
ALL_FOURS = {
    "shoulder": (400, 300), "elbow": (400, 350), "wrist": (400, 400), "hip": (300, 300), "knee": (300, 398),
    "ankle": (210, 398), "heel": (205, 390), "foot_index": (200, 400), "ear": (440, 300), "nose": (450, 310),
}  # fmt: skip
ON_THE_BACK = {
    "hip": (300, 400), "shoulder": (400, 400), "ear": (430, 395), "nose": (435, 380), "elbow": (370, 405),
    "wrist": (330, 410), "knee": (240, 320), "ankle": (200, 405), "heel": (195, 412), "foot_index": (170, 412),
}  # fmt: skip
POSTURES = {"standing": None, "prone": PLANK_ON_HANDS, "all_fours": ALL_FOURS, "supine": ON_THE_BACK}


def posed(figures, posture, **changes):
    parts = POSTURES[posture]
    return figures.make(**changes) if parts is None else figures.make(figures.STANDING | parts, **changes)


def rolled(pose, roll_deg):
    """The pose as a camera shows it that is turned clockwise: the picture turns the other way."""
    angle = -math.radians(roll_deg)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    middle = np.array(pose.size_px) / 2
    xy = (np.asarray(pose.xy_px, np.float64) - middle) @ turn + middle
    return replace(pose, xy_px=xy.astype(np.float32))


@pytest.mark.parametrize("posture", POSTURES)
def test_a_level_camera_is_level(figures, posture):
    roll = camera_roll(posed(figures, posture), posture, near="right", yaw_deg=5.0)
    assert roll.deg == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize("posture", POSTURES)
@given(angle=st.floats(-30, 30))
def test_a_turned_camera_is_turned_by_as_much(figures, posture, angle):
    pose = posed(figures, posture)
    roomy = replace(pose, xy_px=(pose.xy_px - 240) / 2 + 240)  # so that nothing is turned out of the picture
    plain = camera_roll(roomy, posture, near="right", yaw_deg=5.0)
    roll = camera_roll(rolled(roomy, angle), posture, near="right", yaw_deg=5.0)
    assert roll.deg == pytest.approx(plain.deg + angle, abs=0.01)
    assert roll.uncertainty_deg == plain.uncertainty_deg


@pytest.mark.parametrize("posture", POSTURES)
@pytest.mark.parametrize("angle", [-20, -5, 10])
def test_a_mirror_turns_it_the_other_way(figures, posture, angle):
    pose = posed(figures, posture)
    pose = rolled(replace(pose, xy_px=(pose.xy_px - 240) / 2 + 240), angle)
    plain = camera_roll(pose, posture, near="right", yaw_deg=5.0)
    mirrored = camera_roll(pose.mirrored(), posture, near="left", yaw_deg=5.0)
    assert mirrored.deg == pytest.approx(-plain.deg, abs=0.01)


def test_clockwise_is_positive(figures):
    """The shoulders of an upright person lie left of the ankles in the picture of a camera turned clockwise."""
    leaning = figures.make(shoulder=(265, 150), hip=(282, 250), knee=(291, 330))
    assert camera_roll(leaning, "standing", near="right", yaw_deg=0.0).deg == pytest.approx(
        math.degrees(math.atan2(35, 260)), abs=0.01
    )


NOT_TOLD = {
    "bent knees": ("standing", {"knee": (340, 330)}, {}),
    "a bow": ("standing", {"shoulder": (400, 250)}, {}),
    "a hidden ankle": ("standing", {"hidden": ("right_ankle",)}, {}),
    "no nearer side": ("standing", {}, {"near": None}),
    "sitting": ("sitting", {}, {}),
    "kneeling": ("kneeling", {}, {}),
}


@pytest.mark.parametrize("name", NOT_TOLD)
def test_what_does_not_tell_it(figures, name):
    posture, changes, about = NOT_TOLD[name]
    assert camera_roll(figures.make(**changes), posture, **({"near": "right", "yaw_deg": 5.0} | about)) is None


@pytest.mark.parametrize(("roll_deg", "known"), [(39.0, True), (41.0, False), (-39.0, True), (-41.0, False)])
def test_a_camera_is_not_turned_by_more_than_forty_degrees(figures, roll_deg, known):
    """A line of the body that is further off shows another posture, such as lying."""
    pose = posed(figures, "standing")
    roomy = replace(pose, xy_px=(pose.xy_px - 240) / 2 + 240)
    roll = camera_roll(rolled(roomy, roll_deg), "standing", near="right", yaw_deg=5.0)
    assert (roll is not None) is known


def test_nobody_tells_nothing():
    assert camera_roll(PoseFrame.nobody(0.0, (640, 480)), "standing", near="left", yaw_deg=0.0) is None


@pytest.mark.parametrize(("posture", "told"), [("standing", True), ("prone", False), ("supine", False)])
def test_floor_lines_show_no_roll_from_an_oblique_camera(figures, posture, told):
    roll = camera_roll(posed(figures, posture), posture, near="right", yaw_deg=25.0)
    assert (roll is not None) is told


# The rate -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", [5, 8, 10, 15, 30, 60])
def test_the_rate_of_even_pictures(fps):
    assert pictures_per_s(np.arange(10 * fps) / fps) == pytest.approx(fps, rel=0.05)


def test_a_gap_is_no_low_rate():
    """Thirty a second, with nothing at all for ten of sixty seconds."""
    t = np.arange(1800) / 30
    assert pictures_per_s(t[(t < 20) | (t > 30)]) == pytest.approx(30, rel=0.02)


def test_pictures_that_come_in_pairs_count_as_they_come():
    t = np.arange(100) / 10
    assert pictures_per_s(np.sort(np.concatenate([t, t + 0.01]))) == pytest.approx(20, rel=0.03)


@pytest.mark.parametrize(("times", "fps"), [([], 0), ([3.0], 0), ([0.0, 0.5, 1.0], 2)])
def test_the_rate_of_few_pictures(times, fps):
    assert pictures_per_s(np.array(times)) == fps
