"""The mirror look: half of its difference is added, for the posture in which it was seen."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck.core.measure.joint_correction import (
    ALIKE_TL,
    MOST_MIRROR_TL,
    TAU_S,
    Corrector,
    MirrorCorrection,
    list_moved_rows,
)
from formcheck.core.measure.smoothing import HOLD_GAP_S, Smoother
from formcheck.core.records import CameraView, Landmarks, PoseFrame
from formcheck.core.skeleton import INDEX, MIRROR

from ..conftest import HINGED, STANDING, figure

HERE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
THERE = np.array([[0.0, 0.2], [1.0, 0.0], [0.9, 1.0]])
HALF = np.array([[0.0, 0.1], [0.0, 0.0], [-0.05, 0.0]])


def landmarks(pose):
    return Landmarks(pose.xy_px, pose.xyz_m, pose.visibility)


def with_mirror(pose, other):
    return replace(pose, mirror=landmarks(other))


def stepped(corrector, pose, **known):
    return corrector.step(pose, CameraView(0.0, "right", 3.0)._replace(**known))


# Half of the difference -----------------------------------------------------------------------------------------------


def test_without_a_look_nothing_is_added():
    joints, yaw_deg = MirrorCorrection().at(HERE)
    assert (joints == 0).all()
    assert yaw_deg == 0


def test_first_look_is_taken_whole_and_half_of_it_added():
    half = MirrorCorrection()
    half.learn(5.0, HERE, 10.0, THERE, 16.0)
    joints, yaw_deg = half.at(HERE)
    np.testing.assert_allclose(joints, HALF)
    assert yaw_deg == pytest.approx(3.0)


def test_second_look_replaces_the_first_with_time():
    half = MirrorCorrection()
    half.learn(0.0, HERE, 10.0, THERE, 10.0)
    half.learn(TAU_S, HERE, 10.0, HERE, 10.0)  # the mirror image now agrees
    np.testing.assert_allclose(half.at(HERE)[0], HALF / math.e)


def test_it_fades_as_the_posture_changes():
    half = MirrorCorrection()
    half.learn(0.0, HERE, 10.0, THERE, 16.0)
    joints, yaw_deg = half.at(HERE + np.array([ALIKE_TL, 0.0]))
    np.testing.assert_allclose(joints, HALF / math.e)
    assert yaw_deg == pytest.approx(3.0 / math.e)
    assert np.abs(half.at(HERE + np.array([4 * ALIKE_TL, 0.0]))[0]).max() < 1e-6


def test_in_another_posture_the_old_difference_is_ignored():
    half, far = MirrorCorrection(), HERE + 2.0
    half.learn(0.0, HERE, 0.0, HERE + 0.3, 0.0)
    half.learn(100.0, far, 0.0, far + np.array([0.0, 0.1]), 0.0)
    np.testing.assert_allclose(half.at(far)[0], np.tile([0.0, 0.05], (3, 1)), atol=1e-9)


def test_no_joint_is_moved_far():
    half = MirrorCorrection()
    half.learn(0.0, HERE, 0.0, HERE + 3.0, 0.0)
    assert (half.at(HERE)[0] == MOST_MIRROR_TL).all()


# Through the corrector ------------------------------------------------------------------------------------------------


def test_mirror_that_agrees_changes_nothing():
    pose = figure(HINGED)
    alone, both = (stepped(Corrector(), p) for p in (pose, with_mirror(pose, pose)))
    np.testing.assert_allclose(both.xy_px, alone.xy_px, atol=1e-3)
    assert both.yaw_deg == pytest.approx(alone.yaw_deg, abs=1e-3)


def test_joints_lie_halfway_between_both():
    pose, other = figure(HINGED), figure(HINGED, knee=(304, 330), wrist=(408, 350))
    one, two = stepped(Corrector(), pose), stepped(Corrector(), other)
    both = stepped(Corrector(), with_mirror(pose, other))
    rows = list_moved_rows("right")
    np.testing.assert_allclose(both.xy_px[rows], ((one.xy_px + two.xy_px) / 2)[rows], atol=0.01)


def test_only_moved_joints_move():
    pose, other = figure(HINGED), figure(HINGED, knee=(304, 330), heel=(260, 415))
    both = stepped(Corrector(), with_mirror(pose, other))
    still = np.setdiff1d(np.arange(33), list_moved_rows("right"))
    np.testing.assert_array_equal(both.xy_px[still], pose.xy_px[still])


def test_difference_is_kept_for_the_frames_after():
    pose, other = figure(HINGED), figure(HINGED, knee=(304, 330))
    corrector = Corrector()
    first = stepped(corrector, with_mirror(pose, other))
    later = stepped(corrector, replace(pose, time_s=0.5))
    np.testing.assert_allclose(later.xy_px, first.xy_px, atol=1e-3)


@pytest.mark.parametrize("change", [{"time_s": 5.0}, {"time_s": 0.1, "near": "left"}])
def test_difference_is_forgotten_after_a_gap_and_with_the_side(change):
    pose, other = figure(HINGED), figure(HINGED, knee=(304, 330))
    corrector, near = Corrector(), change.get("near", "right")
    stepped(corrector, with_mirror(pose, other))
    after = replace(pose, time_s=change["time_s"])
    np.testing.assert_array_equal(
        stepped(corrector, after, near=near).xy_px, stepped(Corrector(), after, near=near).xy_px
    )


def test_mirrored_recording_gives_mirrored_joints():
    poses = [
        with_mirror(figure(parts, time_s=i / 10), figure(parts, knee=(304, 330)))
        for i, parts in enumerate([STANDING, HINGED, HINGED])
    ]
    one, two = Corrector(), Corrector()
    for pose in poses:
        joints = stepped(one, pose)
        flipped = stepped(two, pose.mirrored(), near="left", front_votes=-3.0)
        np.testing.assert_allclose(flipped.xy_px[MIRROR] * [-1, 1] + [pose.size_px[0], 0], joints.xy_px, atol=0.02)


def test_mirror_that_shows_no_trunk_is_passed_over():
    pose = figure(HINGED)
    flat = Landmarks(np.full((33, 2), 300.0), pose.xyz_m, pose.visibility)
    np.testing.assert_array_equal(
        stepped(Corrector(), replace(pose, mirror=flat)).xy_px, stepped(Corrector(), pose).xy_px
    )


# The record and the smoother ------------------------------------------------------------------------------------------


def test_mirrored_pose_has_its_mirror_mirrored():
    pose = with_mirror(figure(HINGED), figure(HINGED, left_wrist=(100, 200)))
    turned = pose.mirrored()
    assert turned.mirror is not None
    np.testing.assert_array_equal(turned.mirror.xy_px[INDEX["right_wrist"]], [pose.size_px[0] - 100, 200])
    again = turned.mirrored()
    assert again.mirror is not None
    np.testing.assert_array_equal(again.mirror.xy_px, pose.mirror.xy_px)
    assert figure(HINGED).mirrored().mirror is None


def test_pose_that_is_held_over_a_gap_holds_no_mirror():
    smoother, pose = Smoother(), figure(HINGED)
    assert smoother.step(with_mirror(pose, pose)).mirror is not None
    held = smoother.step(PoseFrame.nobody(HOLD_GAP_S / 2, pose.size_px))
    assert held.seen
    assert held.mirror is None
