"""Where the face is, and what happens if it is not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import INDEX
from formcheck.program.therapist.faces import FACE_POINTS, LAST_SEEN_S, FaceFinder, Hidden


def stand(time_s: float, *, x_px: float = 300.0, face: float = 0.9, seen: bool = True) -> PoseFrame:
    """Return a person whose head is at (x, 100), whose trunk is 100 px long."""
    xy = np.full((33, 2), np.nan, np.float32)
    if seen:
        xy[:] = (x_px, 300.0)
        for name, y in (("shoulder", 150.0), ("hip", 250.0)):
            xy[[INDEX[f"left_{name}"], INDEX[f"right_{name}"]]] = (x_px, y)
        xy[list(FACE_POINTS)] = np.array([x_px, 100.0]) + np.linspace(-12, 12, len(FACE_POINTS))[:, None]
    visibility = np.full(33, 0.9 if seen else 0.0, np.float32)
    visibility[list(FACE_POINTS)] = face if seen else 0.0
    contour = np.full((71, 2), np.nan, np.float32)
    return PoseFrame(time_s, (640, 480), xy, np.zeros((33, 3), np.float32), visibility, contour)


@given(st.floats(0.0, 640.0), st.floats(-12.0, 12.0))
def test_every_point_of_a_seen_face_is_hidden(x_px, turn_px):
    pose = stand(0.0, x_px=x_px)
    xy = pose.xy_px.copy()
    xy[FACE_POINTS[0], 0] += turn_px
    how, circle = FaceFinder([replace(pose, xy_px=xy)], 480).find(0.0)
    away = np.hypot(*(xy[list(FACE_POINTS)] - [circle.x_px, circle.y_px]).T)
    assert (how, bool((away < circle.radius_px).all())) == (Hidden.FACE, True)
    assert circle.radius_px >= 45.0  # a head is wider than the points in its middle


def test_a_face_that_turns_away_is_hidden_where_it_was():
    poses = [stand(k / 10, face=0.9 if k < 3 else 0.0) for k in range(30)]
    finder = FaceFinder(poses, 480)
    found = [finder.find(pose.time_s) for pose in poses]
    last_s = poses[2].time_s + LAST_SEEN_S
    assert [how for how, _ in found] == [
        Hidden.FACE if k < 3 else Hidden.LAST_PLACE if pose.time_s <= last_s + 1e-9 else Hidden.WHOLE
        for k, pose in enumerate(poses)
    ]
    radii = [circle.radius_px for _, circle in found if circle is not None]
    assert radii == sorted(radii)  # the longer ago, the wider
    assert radii[-1] > 2 * radii[0]


@pytest.mark.parametrize(("poses", "at_s"), [([stand(0.0, seen=False)], 0.0), ([stand(0.0)], 5.0), ([], 0.0)])
def test_without_a_person_or_a_pose_the_whole_picture_is_hidden(poses, at_s):
    assert FaceFinder(poses, 480).find(at_s) == (Hidden.WHOLE, None)
