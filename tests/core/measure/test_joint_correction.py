"""The joint correction: properties that hold for any learned networks, on saved tracks of rendered people."""

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.measure import joint_correction
from formcheck.core.measure.contour import MIN_SIDE_VOTES, find_trunk_axis
from formcheck.core.measure.joint_correction import (
    CORRECTION_STEADY_S,
    FULL_YAW_DEG,
    MOST_TL,
    MOVED_PARTS,
    N_INPUTS,
    N_MOVED,
    NONE_YAW_DEG,
    Corrector,
    build_inputs,
    list_moved_rows,
    trunk_frame,
)
from formcheck.core.measure.smoothing import FORGET_S, VIEW_S, Smoother
from formcheck.core.records import CameraView, PoseFrame
from formcheck.core.skeleton import INDEX, LANDMARKS, MIRROR, find_other_side
from formcheck.sources.pose_track import open_track

DATA = Path(__file__).resolve().parent.parent.parent / "data"
TRACKS = ("hinge_good", "hinge_back_rounding", "seated_back_rounding", "cat_cow_good", "plank_sag")
ROUNDED_TL = 2e-5
"""Moves are rounded to five decimals, so that two ways to one answer may lie so far apart."""


@pytest.fixture(scope="module")
def seen():
    """Every second pose of the tracks, steadied, with what the smoother says of the view; the networks are read."""
    out = []
    for name in TRACKS:
        smoother = Smoother()
        for pose in list(open_track(DATA / f"{name}.parquet"))[::2]:
            steady = smoother.step(pose)
            view = {"near": smoother.near, "front_votes": smoother.front_votes, "yaw_deg": smoother.yaw_deg}
            if steady.seen:
                out.append(SimpleNamespace(pose=steady, view=view, axis=axis_of(steady, view)))
    assert len(out) > 300
    Corrector().step(out[0].pose, CameraView(**out[0].view))
    return out


any_pose = st.integers(0, 10_000)
"""Which of the poses, counted round and round."""


def axis_of(pose, view):
    return find_trunk_axis(pose.xy_px, pose.xyz_m, steady_votes=view["front_votes"])


def corrected(pose, **view):
    """The joints of a single pose."""
    return Corrector().step(pose, CameraView(**view))


def moved_tl(one, joints):
    """How far each landmark was moved, trunk lengths."""
    return np.hypot(*(joints.xy_px - one.pose.xy_px).T) / one.axis.length_px


# What the networks see ------------------------------------------------------------------------------------------------


def test_the_inputs_have_the_right_number_and_are_finite(seen):
    """21 landmarks in the picture and in space, seen or not; up; 33 of the contour, known or not."""
    assert N_INPUTS == 21 * 6 + 2 + 33 + 1 == 162
    for one in seen:
        x = build_inputs(one.pose, one.axis, one.view["near"])
        assert x.shape == (N_INPUTS,)
        assert np.isfinite(x).all()


def test_a_hidden_back_is_unknown_and_nothing_else_changes(seen):
    one = seen[0]
    bare = replace(one.pose, back_xy_px=np.full((71, 2), np.nan))
    known, unknown = (build_inputs(pose, one.axis, one.view["near"]) for pose in (one.pose, bare))
    assert (known[-1], unknown[-1]) == (1, 0)
    assert (unknown[-34:-1] == 0).all()
    assert (known[-34:-1] != 0).any()
    assert (known[:-34] == unknown[:-34]).all()


def test_landmarks_are_seen_in_the_frame_of_the_trunk(figures):
    """Standing: the nose 128 px above the hips and 15 in front of them, of 100 px; the shoulders exactly above."""
    pose = figures.make()
    x = build_inputs(pose, find_trunk_axis(pose.xy_px, pose.xyz_m), "right")
    assert x[:2] == pytest.approx([1.28, 0.15])
    assert x[2 * 3 : 2 * 5] == pytest.approx([1, 0, 1, 0])  # after the nose and both ears
    assert x[126:128] == pytest.approx([1, 0])  # up is where the trunk points


def test_up_turns_with_the_trunk(figures):
    """The trunk is level and the front of it points down: up is where the back lies."""
    pose = figures.make(figures.HINGED)
    assert build_inputs(pose, find_trunk_axis(pose.xy_px, pose.xyz_m), "right")[126:128] == pytest.approx(
        [0, -1], abs=1e-6
    )


def test_near_comes_before_far(figures):
    pose = figures.make(left_elbow=(350, 200))
    axis = find_trunk_axis(pose.xy_px, pose.xyz_m)
    near, far = slice(2 * 5, 2 * 6), slice(2 * 6, 2 * 7)  # after nose, ears and shoulders
    x = {side: build_inputs(pose, axis, side) for side in ("left", "right")}
    assert (x["left"][near] == x["right"][far]).all()
    assert (x["left"][near] != x["left"][far]).any()


def test_what_is_moved(seen):
    names = [LANDMARKS[i] for i in list_moved_rows("right")]
    assert names == [*(f"{side}_{part}" for part in MOVED_PARTS for side in ("right", "left")), "nose"]
    assert len(names) == N_MOVED == 15
    one = seen[0]
    joints = corrected(one.pose, **one.view)
    still = sorted({*range(33)} - {*list_moved_rows("left").tolist()})
    assert (joints.xy_px[still] == one.pose.xy_px[still]).all()
    assert (joints.doubt_tl[still] == 0).all()
    assert (joints.doubt_tl[list_moved_rows("left")] > 0).all()


# Whatever they say ----------------------------------------------------------------------------------------------------


@given(k=any_pose)
@settings(deadline=None)
def test_a_mirrored_picture_gives_mirrored_joints(seen, k):
    one = seen[k % len(seen)]
    view = one.view
    turned = {"near": find_other_side(view["near"]), "front_votes": -view["front_votes"], "yaw_deg": view["yaw_deg"]}
    plain, mirror = corrected(one.pose, **view), corrected(one.pose.mirrored(), **turned)
    expected = plain.xy_px[MIRROR] * [-1, 1] + [one.pose.size_px[0], 0]
    assert mirror.xy_px == pytest.approx(expected, abs=ROUNDED_TL * one.axis.length_px + 1e-3)
    assert mirror.doubt_tl == pytest.approx(plain.doubt_tl[MIRROR], abs=2e-4)
    assert mirror.yaw_deg == pytest.approx(plain.yaw_deg, abs=1e-3)


@given(
    k=any_pose,
    scale=st.floats(0.25, 4.0),
    shift=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)
@settings(deadline=None)
def test_size_and_place_in_the_picture_change_nothing(seen, k, scale, shift):
    """Points are kept to 32 bits: a ten-thousandth of a pixel at 1000 px, and more of a trunk the smaller it is."""
    one = seen[k % len(seen)]
    pose = one.pose
    xy, contour = (np.asarray(points, float) * scale + shift for points in (pose.xy_px, pose.back_xy_px))
    elsewhere = replace(pose, xy_px=xy, back_xy_px=contour)
    plain, moved = corrected(pose, **one.view), corrected(elsewhere, **one.view)
    near_enough = (ROUNDED_TL * one.axis.length_px + 2e-3) * max(1.0, scale)
    assert moved.xy_px == pytest.approx(plain.xy_px * scale + shift, abs=near_enough)
    assert moved.doubt_tl == pytest.approx(plain.doubt_tl, abs=3e-4)
    assert moved.yaw_deg == pytest.approx(plain.yaw_deg, abs=2e-2)


def test_well_seen_joints_are_corrected_by_little(seen):
    """The shoulder lies 8 % of the trunk too high: it is brought down, everywhere."""
    for one in seen:
        joints = corrected(one.pose, **one.view)
        away = moved_tl(one, joints)
        assert 0 < away.max() <= MOST_TL
        down = (joints.xy_px - one.pose.xy_px)[[INDEX["left_shoulder"], INDEX["right_shoulder"]]] @ one.axis.along
        assert down.mean() < 0


def scattered(one, seed):
    """An impossible pose, of the size of a real one."""
    rng = np.random.default_rng(seed)
    return replace(
        one.pose,
        xy_px=one.pose.xy_px + rng.normal(0, 0.5 * one.axis.length_px, (33, 2)),
        xyz_m=one.pose.xyz_m + rng.normal(0, 0.3, (33, 3)),
        visibility=rng.uniform(0, 1, 33),
    )


@given(k=any_pose, seed=st.integers(0, 1000))
@settings(deadline=None)
def test_a_correction_is_bounded_even_for_an_odd_pose(seen, k, seed):
    one = seen[k % len(seen)]
    pose = scattered(one, seed)
    axis = axis_of(pose, one.view)
    joints = corrected(pose, **one.view)
    moves = (joints.xy_px - pose.xy_px) @ trunk_frame(axis).T / axis.length_px
    assert np.isfinite(moves).all()
    assert np.abs(moves).max() <= MOST_TL + ROUNDED_TL
    assert 0 <= joints.yaw_deg <= 90


def test_no_joint_is_moved_further_than_the_most(seen):
    one = seen[0]
    for seed in range(200):
        pose = scattered(one, seed)
        away = np.hypot(*(corrected(pose, **one.view).xy_px - pose.xy_px).T) / axis_of(pose, one.view).length_px
        assert away.max() <= MOST_TL + ROUNDED_TL


# Where nothing is known -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "view",
    [
        pytest.param({"yaw_deg": NONE_YAW_DEG}, id="seen from the front"),
        pytest.param({"yaw_deg": 90.0}, id="face-on"),
        pytest.param({"yaw_deg": math.nan}, id="the camera's place is not known"),
        pytest.param({"near": None}, id="the nearer side is not known"),
        pytest.param({"front_votes": MIN_SIDE_VOTES - 0.01}, id="it is not clear which way the body faces"),
    ],
)
def test_nothing_is_moved(seen, view):
    one = seen[0]
    joints = corrected(one.pose, **one.view | view)
    assert (joints.xy_px == one.pose.xy_px).all()
    assert (joints.doubt_tl == 0).all()
    assert joints.yaw_deg == pytest.approx(view.get("yaw_deg", one.view["yaw_deg"]), nan_ok=True)


def test_nobody_has_no_joints(seen):
    joints = corrected(PoseFrame.nobody(0.0, (640, 480)), **seen[0].view)
    assert np.isnan(joints.xy_px).all()
    assert (joints.doubt_tl == 0).all()


def test_between_side_and_front_the_moves_fade_out(seen):
    """Half-way between the two yaws half of each move is left, and half of the yaw comes from the networks."""
    one = seen[0]
    half_deg = (FULL_YAW_DEG + NONE_YAW_DEG) / 2
    near, whole, half = (corrected(one.pose, **one.view | {"yaw_deg": yaw}) for yaw in (0.0, FULL_YAW_DEG, half_deg))
    moves, half_moves = (joints.xy_px - one.pose.xy_px for joints in (whole, half))
    assert (near.xy_px == whole.xy_px).all()
    assert half_moves == pytest.approx(moves / 2)
    assert half.yaw_deg == pytest.approx((whole.yaw_deg + half_deg) / 2, abs=1e-4)


# Steadied over time ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(seen):
    """Two postures of one person: upright, and hinged five seconds later; both seen from the first's place."""
    first, second = seen[0], seen[40]
    assert second.pose.time_s > 4
    return SimpleNamespace(first=first.pose, second=second.pose, view=first.view, axis=axis_of(second.pose, first.view))


def moves_after(two, fps, *, left_out=0):
    """How the second posture's joints are moved at each fifteenth of a second after the first was last seen at 1 s."""
    corrector, out = Corrector(), {}
    for i in [*range(fps + 1), *range(fps + 1 + left_out, round(2.2 * fps) + 1)]:
        pose = two.first if i <= fps else two.second
        joints = corrector.step(replace(pose, time_s=i / fps), CameraView(**two.view))
        if i > fps and i * 15 % fps == 0:
            out[round(i / fps - 1, 4)] = joints.xy_px - pose.xy_px, joints.yaw_deg
    return out


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_a_change_is_followed_by_time_and_not_by_frames(two, fps):
    """Exponentially: what is left of the old moves after t is exp(−t / 0.2 s), at any rate, but for the rounding.

    The steps are exact, so that no rate is nearer to the truth than another; all that may differ is the fifth decimal.
    """
    old, new = (correction_tl(two, pose) for pose in (two.first, two.second))
    assert np.abs(old - new).max() > 0.02
    frame = trunk_frame(two.axis) * two.axis.length_px
    for t, (moves, _) in moves_after(two, fps).items():
        expected = new + math.exp(-t / CORRECTION_STEADY_S) * (old - new)
        assert moves == pytest.approx(expected @ frame, abs=ROUNDED_TL * two.axis.length_px), t


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_the_yaw_is_a_median_by_the_clock_too(two, fps):
    old, new = (corrected(pose, **two.view).yaw_deg for pose in (two.first, two.second))
    assert abs(old - new) > 0.5
    for t, (_, yaw_deg) in moves_after(two, fps).items():
        if abs(t - VIEW_S / 2) > 0.05:  # in between, half of the pictures show each
            assert yaw_deg == pytest.approx(old if t < VIEW_S / 2 else new, abs=2e-4), t


def correction_tl(two, pose):
    """The move of each landmark of a single pose in the frame of its trunk, trunk lengths."""
    axis = axis_of(pose, two.view)
    return (corrected(pose, **two.view).xy_px - pose.xy_px) @ trunk_frame(axis).T / axis.length_px


def test_after_a_long_gap_it_begins_again(two):
    alone = corrected(two.second, **two.view)
    assert FORGET_S == 0.6
    for left_out, anew in ((7, False), (9, True)):  # at 15 a second: 0.53 and 0.67 s from picture to picture
        moves, yaw_deg = next(iter(moves_after(two, 15, left_out=left_out).values()))
        assert bool(np.abs(moves - (alone.xy_px - two.second.xy_px)).max() < 1e-6) == anew
        assert (yaw_deg == alone.yaw_deg) == anew


@pytest.mark.parametrize("view", [{"near": None}, {"yaw_deg": 80.0}])
def test_who_could_not_be_placed_for_a_moment_begins_again(two, view):
    corrector = Corrector()
    corrector.step(replace(two.first, time_s=0.0), CameraView(**two.view))
    corrector.step(replace(two.first, time_s=0.1), CameraView(**two.view | view))
    joints = corrector.step(replace(two.second, time_s=0.2), CameraView(**two.view))
    assert joints.xy_px == pytest.approx(corrected(two.second, **two.view).xy_px)


def test_who_turns_round_begins_again(two):
    """What was learned of the nearer side holds for the other one now."""
    corrector = Corrector()
    corrector.step(replace(two.first, time_s=0.0), CameraView(**two.view))
    turned = two.view | {"near": find_other_side(two.view["near"])}
    joints = corrector.step(replace(two.first, time_s=0.1), CameraView(**turned))
    assert joints.xy_px == pytest.approx(corrected(two.first, **turned).xy_px)


def test_joints_tremble_less_than_they_would_alone(seen):
    """Over a whole track: the mean step of the moves from picture to picture."""
    corrector, steady, alone = Corrector(), [], []
    for one in seen[:70]:
        for moves, joints in (
            (steady, corrector.step(one.pose, CameraView(**one.view))),
            (alone, corrected(one.pose, **one.view)),
        ):
            moves.append((joints.xy_px - one.pose.xy_px) @ trunk_frame(one.axis).T / one.axis.length_px)
    trembles = [np.mean([np.abs(b - a).mean() for a, b in pairwise(moves)]) for moves in (steady, alone)]
    assert trembles[0] < 0.7 * trembles[1]


def test_the_networks_are_read_once():
    assert joint_correction._load_joint_networks("full") is joint_correction._load_joint_networks("full")


# Others' poses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lacking",
    [
        pytest.param({"xyz_m": (33, 3)}, id="no depth"),
        pytest.param({"xy_px": (33, 2)}, id="a heel that its pose model does not look for"),
    ],
)
def test_joints_of_external_poses_stay_and_get_more_uncertainty(seen, lacking):
    one = seen[0]
    ((name, shape),) = lacking.items()
    values = np.array(getattr(one.pose, name))
    values[INDEX["left_heel"] if name == "xy_px" else slice(None)] = np.nan
    assert values.shape == shape
    joints = Corrector().step(replace(one.pose, **{name: values}), CameraView(**one.view))
    assert joints.uncorrected
    np.testing.assert_array_equal(joints.xy_px, np.asarray(values if name == "xy_px" else one.pose.xy_px, float))
    doubt = {side: joints.doubt_tl[INDEX[f"{side}_knee"]] for side in ("left", "right")}
    near = one.view["near"]
    assert (doubt[near], doubt[find_other_side(near)]) == (0.05, 0.1)


def test_without_a_known_near_side_every_joint_is_doubted_most(seen):
    one = seen[0]
    flat = replace(one.pose, xyz_m=np.full((33, 3), np.nan))
    joints = Corrector().step(flat, CameraView(10.0))
    assert set(joints.doubt_tl) == {0.1}


def test_a_pose_that_can_be_corrected_is_not_as_found(seen):
    assert not Corrector().step(seen[0].pose, CameraView(**seen[0].view)).uncorrected
