"""Landmarks are steadied alike at every frame rate, and short gaps are bridged."""

import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import INDEX
from formcheck.core.smoothing import FORGET_S, HOLD_GAP_S, Smoother

WRIST = INDEX["left_wrist"]


def steadied(figures, path, fps, duration_s=2.0):
    """Smooth a wrist that moves along `path(t)`; return its last place."""
    smoother = Smoother()
    for i in range(round(duration_s * fps) + 1):
        pose = smoother.step(figures.make(wrist=path(i / fps), time_s=i / fps))
    return pose.xy_px[WRIST]


def test_the_first_pose_passes_unchanged(figures):
    pose = figures.make()
    assert Smoother().step(pose).xy_px == pytest.approx(pose.xy_px)


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_a_still_person_stays_and_a_jump_is_reached_within_half_a_second(figures, fps):
    assert steadied(figures, lambda t: (310, 250), fps) == pytest.approx([310, 250])
    # a fifth of a trunk length: fast enough that the filter opens
    assert steadied(figures, lambda t: (310, 250) if t < 1.5 else (330, 250), fps) == pytest.approx([330, 250], abs=0.5)


def test_frame_rates_agree_on_a_moving_hand(figures):
    def swing(t):
        return 310 + 40 * math.sin(math.pi * t), 250

    ends = [steadied(figures, swing, fps, 1.8)[0] for fps in (15, 30, 60)]
    assert max(ends) - min(ends) < 3


def test_jitter_shrinks_to_less_than_half(figures):
    rng = np.random.default_rng(3)
    smoother, xs = Smoother(), []
    for i in range(120):
        pose = smoother.step(figures.make(wrist=(310 + rng.normal(0, 1.0), 250), time_s=i / 30))
        xs.append(pose.xy_px[WRIST, 0])
    assert np.std(xs[30:]) < 0.5


def test_a_short_gap_keeps_the_last_pose_and_a_longer_one_is_absence(figures):
    smoother = Smoother()
    smoother.step(figures.make(time_s=0.0))
    held = smoother.step(PoseFrame.nobody(HOLD_GAP_S, figures.SIZE, people=3))
    assert held.seen
    assert (held.time_s, held.people) == (HOLD_GAP_S, 3)
    assert not smoother.step(PoseFrame.nobody(HOLD_GAP_S + 0.1, figures.SIZE)).seen


def test_nobody_yet_is_nobody(figures):
    smoother = Smoother()
    assert not smoother.step(PoseFrame.nobody(0.0, figures.SIZE)).seen
    assert math.isnan(smoother.yaw_deg)
    assert smoother.near is None


@pytest.mark.parametrize(("gap_s", "fresh"), [(FORGET_S - 0.1, False), (FORGET_S + 0.1, True)])
def test_after_a_long_gap_the_filter_starts_afresh(figures, gap_s, fresh):
    smoother = Smoother()
    smoother.step(figures.make(time_s=0.0))
    pose = smoother.step(figures.make(wrist=(315, 250), time_s=gap_s))
    assert (pose.xy_px[WRIST, 0] == 315) == fresh


def test_a_pose_without_a_trunk_passes_and_is_forgotten(figures):
    smoother = Smoother()
    smoother.step(figures.make(time_s=0.0))
    xy = np.array(figures.make().xy_px)
    xy[[11, 12]] = xy[[23, 24]]  # the shoulders on the hips
    folded = replace(figures.make(time_s=0.1), xy_px=xy)
    assert smoother.step(folded) is folded
    assert smoother.step(figures.make(time_s=0.2)).xy_px == pytest.approx(figures.make().xy_px)


def test_yaw_follows_over_about_a_second(figures):
    smoother = Smoother()
    for i in range(16):
        smoother.step(figures.make(time_s=i / 15, yaw_deg=0 if i == 0 else 40))
    # after 1 s of 0.8 s time constant: 1.5 + (42.2 - 1.5) * (1 - exp(-1 / 0.8))
    assert smoother.yaw_deg == pytest.approx(1.5 + 40.7 * (1 - math.exp(-1.25)), abs=0.2)


def test_the_near_side_does_not_flip_on_one_frame(figures):
    smoother, pose = Smoother(), figures.make()
    smoother.step(pose)
    assert smoother.near == "right"
    turned = pose.mirrored()
    smoother.step(PoseFrame(0.05, turned.size_px, pose.xy_px, turned.xyz_m, pose.visibility, pose.back_xy_px))
    assert smoother.near == "right"
    for i in range(2, 60):
        smoother.step(PoseFrame(i / 20, turned.size_px, pose.xy_px, turned.xyz_m, pose.visibility, pose.back_xy_px))
    assert smoother.near == "left"


def test_a_side_that_is_hardly_nearer_does_not_take_over(figures):
    """Facing the camera the vote is within 5 cm: the side stays what it was, however long that lasts."""
    smoother, pose = Smoother(), figures.make()
    smoother.step(pose)
    faint = pose.mirrored().xyz_m * 0.2
    for i in range(1, 100):
        smoother.step(PoseFrame(i / 20, pose.size_px, pose.xy_px, faint, pose.visibility, pose.back_xy_px))
    assert smoother.near == "right"


def test_a_pose_without_depth_keeps_view_and_side(figures):
    smoother, pose = Smoother(), figures.make()
    smoother.step(pose)
    yaw = smoother.yaw_deg
    flat = PoseFrame(0.1, pose.size_px, pose.xy_px, np.full((33, 3), np.nan), pose.visibility, pose.back_xy_px)
    smoother.step(flat)
    assert (smoother.yaw_deg, smoother.near) == (yaw, "right")
