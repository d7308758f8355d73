"""The contour of a back at rest: when it is traced again, and how it is carried along."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.core.records import N_BACK, Frame
from formcheck.sources.pose.people import Found
from formcheck.sources.pose.resting_contour import REST_TL, TRACED_EVERY_S, RestingContour

from .figures import picture

TRUNK_PX = 100.0


def lying(*, shift=(0.0, 0.0), turn_deg=0.0, size=1.0):
    """Return a person with hips at (300, 300) and shoulders 100 px above them, then moved."""
    xy = np.zeros((33, 2))
    xy[11:13], xy[23:25] = (0, -TRUNK_PX), (0, 0)
    angle = np.radians(turn_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return Found(size * xy @ turn.T + 300 + np.array(shift), np.zeros((33, 3)), np.ones(33), None)


def line(bulge_px=0.0):
    """Return a contour behind the trunk, with a bulge in its middle."""
    along = np.linspace(0, 1, N_BACK)
    return np.stack([320 + bulge_px * np.sin(np.pi * along), 300 - TRUNK_PX * along], axis=1)


@pytest.fixture
def at_rest():
    resting = RestingContour()
    resting.note(lying(), line(), 0.0)
    resting.note(lying(), line(0.3), 0.1)
    return resting


def test_first_contours_are_always_traced():
    resting = RestingContour()
    assert resting.is_due(0.0)
    resting.note(lying(), line(), 0.0)
    assert resting.is_due(0.03), "one contour says nothing about rest"


def test_back_at_rest_is_traced_every_so_often(at_rest):
    assert not at_rest.is_due(0.13)
    assert at_rest.is_due(0.1 + TRACED_EVERY_S)


@pytest.mark.parametrize(
    ("found", "contour"),
    [
        pytest.param(lying(shift=(2, 0)), line(), id="the body moves"),
        pytest.param(lying(turn_deg=2), line(), id="the body turns"),
        pytest.param(lying(), line(8), id="the back bends, hips and shoulders stay"),
        pytest.param(lying(), np.full((N_BACK, 2), np.nan), id="the back is not seen any more"),
    ],
)
def test_back_that_moves_is_traced_at_each_look(at_rest, found, contour):
    at_rest.note(found, contour, 0.2)
    assert at_rest.is_due(0.21)


def test_back_that_is_never_seen_is_not_at_rest():
    resting = RestingContour()
    for k in range(3):
        resting.note(lying(), np.full((N_BACK, 2), np.nan), k / 10)
    assert resting.is_due(0.21)


@pytest.mark.parametrize(
    "moved",
    [{"shift": (0.5, -0.4)}, {"turn_deg": 0.3}, {"size": 1.004}, {"shift": (30, 7), "turn_deg": 5, "size": 1.1}],
)
def test_contour_is_carried_as_the_trunk_moves(at_rest, moved):
    own = RestingContour()
    for k in range(2):
        own.note(lying(), line(), k / 10)
    carried = own.carry(lying(**moved))
    angle, size = np.radians(moved.get("turn_deg", 0)), moved.get("size", 1.0)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    expected = size * (line() - 300) @ turn.T + 300 + np.array(moved.get("shift", (0, 0)))
    np.testing.assert_allclose(carried, expected, atol=1e-9)


def test_trunk_that_has_moved_needs_the_next_mask(at_rest):
    at_rest.carry(lying(shift=(0.9 * REST_TL * TRUNK_PX, 0)))
    assert not at_rest.is_due(0.14)
    at_rest.carry(lying(shift=(1.1 * REST_TL * TRUNK_PX, 0)))
    assert at_rest.is_due(0.14)


def test_person_who_is_forgotten_is_traced_again(at_rest):
    at_rest.forget()
    assert at_rest.is_due(0.11)


def test_still_subject_is_seen_without_masks_in_between(subject, looks):
    subject.trace = lambda silhouette, axis, size: np.tile(axis.hip + np.array([5.0, 0.0]), (N_BACK, 1))
    poses = [subject.estimate(Frame(k, k / 30, picture(red=(100, 40)))) for k in range(30)]
    assert looks.masks[:2] == [True, True]
    assert 6 <= sum(looks.masks) <= 9, "a mask each 0.15 s"
    for pose in poses[1:]:
        np.testing.assert_allclose(pose.back_xy_px, poses[0].back_xy_px, atol=1e-3)


def test_two_people_are_always_seen_with_masks(subject, looks):
    for k in range(10):
        subject.estimate(Frame(k, k / 30, picture(red=(60, 40), green=(200, 40))))
    assert all(looks.masks)
