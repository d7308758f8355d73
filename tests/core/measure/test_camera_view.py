"""The place of the camera decides what can be judged."""

import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck.core.measure import camera_view
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import INDEX, PAIRS


@pytest.mark.parametrize(("yaw_deg", "expected"), [(0, 1.5), (15, 16.8), (30, 32.0), (60, 62.6), (90, 90.0)])
def test_yaw_of_a_turned_figure(figures, yaw_deg, expected):
    """The fitted line is 1.018 x tilt + 1.5, capped at 90."""
    assert camera_view.camera_yaw_deg(figures.make(yaw_deg=yaw_deg).xyz_m) == pytest.approx(expected, abs=0.05)


def test_yaw_does_not_tell_left_from_right(figures):
    pose = figures.make(yaw_deg=20)
    assert camera_view.camera_yaw_deg(pose.mirrored().xyz_m) == pytest.approx(camera_view.camera_yaw_deg(pose.xyz_m))


def test_yaw_of_nobody_is_missing():
    assert math.isnan(camera_view.camera_yaw_deg(PoseFrame.nobody(0, (640, 480)).xyz_m))


@pytest.mark.parametrize(
    ("elbow", "apart"),
    [
        pytest.param((300, 200), 0, id="both hang"),
        pytest.param((350, 150), 90, id="one level in front, one hanging"),
        pytest.param((300, 100), 180, id="one straight up, one hanging"),
        pytest.param((335, 185), 45, id="half-way"),
        pytest.param((300, 150), math.nan, id="an upper arm without length"),
        pytest.param((math.nan, 200), math.nan, id="an elbow that is missing"),
    ],
)
def test_angle_between_the_upper_arms(figures, elbow, apart):
    pose = figures.make(elbow=(300, 200), left_elbow=elbow)
    world = np.array(pose.xyz_m)
    world[[INDEX["left_shoulder"], INDEX["left_elbow"]], 2] = 0.0
    assert camera_view.arms_apart_deg(world) == pytest.approx(apart, abs=0.01, nan_ok=True)


def test_the_nearer_side_is_the_one_with_less_depth(figures):
    pose = figures.make()  # faces right, so its right side is next to the camera, 0.2 m nearer
    assert camera_view.near_vote(pose.xyz_m) == pytest.approx(-0.2)
    assert camera_view.find_near_side(camera_view.near_vote(pose.xyz_m)) == "right"
    assert camera_view.find_near_side(camera_view.near_vote(pose.mirrored().xyz_m)) == "left"


@pytest.mark.parametrize("vote", [math.nan, 0.0])
def test_no_vote_no_side(vote):
    assert camera_view.find_near_side(vote) is None


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        pytest.param((320, 240), True, id="the middle is inside"),
        pytest.param((13, 240), True, id="2 percent from the edge is inside"),
        pytest.param((12, 240), False, id="nearer to the left edge is outside"),
        pytest.param((628, 240), False, id="nearer to the right edge is outside"),
        pytest.param((320, 9), False, id="nearer to the top is outside"),
        pytest.param((320, 471), False, id="nearer to the bottom is outside"),
        pytest.param((-50, 240), False, id="beyond the picture is outside"),
        pytest.param((math.nan, 240), False, id="what is missing is not inside"),
    ],
)
def test_inside_the_picture(figures, point, inside):
    pose = figures.make(wrist=point)
    assert camera_view.find_in_picture(pose)[INDEX["left_wrist"]] == inside
    assert camera_view.seen_share(pose)[INDEX["left_wrist"]] == (1.0 if inside else 0.0)


@pytest.mark.parametrize(
    ("changes", "inside"),
    [
        pytest.param({}, True, id="a whole shank and a clear ankle"),
        pytest.param({"hidden": ("left_ankle",)}, False, id="the ankle is hardly visible"),
        pytest.param({"knee": (300, 400)}, False, id="a shank of 60 px below a thigh of 150 px"),
        pytest.param({"hidden": ("left_ankle",), "foot_index": (325, 460)}, True, id="the toes are inside too"),
    ],
)
def test_an_ankle_that_is_a_guess_at_the_edge_is_outside(figures, changes, inside):
    """The toes lie below the picture, which ends at 480 px; ankle and heel lie above its edge of 2 percent."""
    feet = {"ankle": (300, 460), "heel": (290, 465), "foot_index": (325, 475)}
    found = camera_view.find_in_picture(figures.make(**feet | changes))
    assert [bool(found[INDEX[f"left_{part}"]]) for part in ("ankle", "heel")] == [inside] * 2


def test_hidden_landmarks_keep_their_visibility(figures):
    assert camera_view.seen_share(figures.make(hidden=("left_knee",)))[INDEX["left_knee"]] == pytest.approx(0.1)


def test_person_share_is_the_larger_of_both_directions(figures):
    # from the ear at 120 to the toes at 420: 300 of 480 px high; 35 of 640 px wide
    assert camera_view.person_share(figures.make()) == pytest.approx(300 / 480)


def test_points_outside_the_picture_do_not_enlarge_a_person(figures):
    assert camera_view.person_share(figures.make(foot_index=(325, 4000))) == pytest.approx(360 / 480)


def test_nobody_has_no_size():
    assert math.isnan(camera_view.person_share(PoseFrame.nobody(0, (640, 480))))
    half = np.full((33, 2), np.nan)
    half[0] = 100, 100
    pose = PoseFrame(0, (640, 480), half, np.zeros((33, 3)), np.ones(33), np.full((71, 2), np.nan))
    assert camera_view.person_share(pose) == 0


# Without depth --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("apart_px", "yaw_deg"),
    [
        pytest.param(0, 0, id="the shoulders on each other: side-on"),
        pytest.param(50 / 1.35, 30, id="half a pair of shoulders: the sine of 30 degrees"),
        pytest.param(100 / 1.35, 90, id="whole shoulders: face-on"),
        pytest.param(200, 90, id="wider than anybody's: no more than face-on"),
        pytest.param(math.nan, math.nan, id="no shoulders: not known"),
    ],
)
def test_without_depth_the_width_of_the_shoulders_tells_the_yaw(figures, apart_px, yaw_deg):
    xy = np.array(figures.make().xy_px)  # its trunk is 100 px long
    xy[INDEX["left_shoulder"], 0] += apart_px / 2
    xy[INDEX["right_shoulder"], 0] -= apart_px / 2
    assert camera_view.flat_yaw_deg(xy) == pytest.approx(yaw_deg, abs=1e-4, nan_ok=True)


def test_a_person_without_a_trunk_has_no_yaw(figures):
    xy = np.array(figures.make().xy_px)
    xy[[INDEX[name] for name in ("left_shoulder", "right_shoulder")]] = xy[INDEX["left_hip"]]
    assert math.isnan(camera_view.flat_yaw_deg(xy))


def test_depth_is_believed_before_the_picture(figures):
    turned = figures.make(yaw_deg=40)
    flat = replace(turned, xyz_m=np.full((33, 3), np.nan))
    assert camera_view.yaw_of_pose_deg(turned) == pytest.approx(camera_view.camera_yaw_deg(turned.xyz_m)) != 0
    assert camera_view.yaw_of_pose_deg(flat) == pytest.approx(0, abs=1e-4)
    assert camera_view.yaw_uncertainty_deg(turned) == 10 < camera_view.yaw_uncertainty_deg(flat) == 15


@pytest.mark.parametrize(
    ("votes", "near"),
    [
        pytest.param(2.5, "right", id="the front lies right: the right side shows"),
        pytest.param(-2.5, "left", id="the front lies left"),
        pytest.param(1.9, None, id="not sure of the front"),
        pytest.param(math.nan, None, id="nobody's vote"),
        pytest.param(None, None, id="nobody was seen"),
    ],
)
def test_without_depth_the_front_tells_the_near_side(votes, near):
    assert camera_view.find_near_in_profile(votes) == near


@pytest.mark.parametrize("yaw_deg", [0.0, 20.0, 50.0, 90.0])
def test_the_trunks_axis_gives_the_yaw(yaw_deg):
    """Shoulders and hips 0.4 m apart on an upright trunk; one reaching shoulder turns the axis by half as much."""
    across = 0.2 * np.array([math.sin(math.radians(yaw_deg)), 0.0, math.cos(math.radians(yaw_deg))])
    xyz = np.zeros((33, 3))
    for part, height in (("shoulder", -0.5), ("hip", 0.0)):
        left, right = PAIRS[part]
        xyz[left], xyz[right] = np.array([0.0, height, 0.0]) + across, np.array([0.0, height, 0.0]) - across
    assert camera_view.trunk_yaw_deg(xyz) == pytest.approx(yaw_deg, abs=0.01)


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        pytest.param((33.0, 16.0, 12.0), 16.0, id="both axes say side-on"),
        pytest.param((33.0, 26.0, 12.0), 33.0, id="one of them does not"),
        pytest.param((29.0, 5.0, 5.0), 29.0, id="what is not refused stays"),
        pytest.param((33.0, math.nan, 12.0), 33.0, id="one is not known"),
        pytest.param((20.0, 39.0, 35.0), 35.0, id="both axes say oblique"),
        pytest.param((20.0, 39.0, 32.0), 20.0, id="one of them says it may be side-on"),
        pytest.param((20.0, 39.0, 28.0, 36.0), 31.0, id="it was refused before, and both say that it still may be"),
        pytest.param((20.0, 39.0, 26.0, 36.0), 20.0, id="it was refused before, and one says that it is over"),
        pytest.param((20.0, math.nan, 39.0), 20.0, id="one is not known, so nothing is refused"),
    ],
)
def test_two_axes_overrule_the_networks(readings, expected):
    assert camera_view.settle_yaw_deg(*readings) == expected
