"""One look a second at the desk: saved poses replace the pose model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.core.records import PoseFrame
from formcheck.drivers.desk.desk_camera import LOOK_AGAIN_S, DeskCamera, DeskSession
from formcheck.sources.pose_track import open_track

SLOWER = 8.0
"""The saved clip of 12 seconds is spread over a minute and a half."""


class SavedSight:
    """Gives saved poses in the place of a pose model."""

    name, sha256 = "full", ""

    def __init__(self, poses):
        self.poses, self.closed, self.asked = poses, False, 0

    def estimate(self, frame):
        self.asked += 1
        if not self.poses:
            return PoseFrame.nobody(frame.time_s, (640, 480))
        nearest = min(self.poses, key=lambda pose: abs(pose.time_s * SLOWER - frame.time_s))
        return replace(nearest, time_s=frame.time_s)

    def choose_again(self):
        pass

    def close(self):
        self.closed = True


def picture(number):
    """Return a picture that differs from the one before."""
    return np.full((36, 48, 3), 40 + 20 * (number % 2), np.uint8)


@pytest.mark.parametrize(("clip", "forward"), [("good", False), ("slumped", True), ("head_forward", True)])
def test_a_slump_is_seen_at_one_look_a_second(checkout, clip, forward):
    poses = list(open_track(checkout / f"tests/data/catalogue/desk_posture-{clip}.parquet"))
    session = DeskSession(SavedSight(poses))
    seen = [session.look(picture(number), float(number)) for number in range(90)]
    assert seen[0]["state"] == "learning"
    assert (seen[-1]["forward_s"] > 20) is forward
    assert (seen[-1]["tall_s"] > 60) is not forward
    session.close()


def test_an_unchanged_picture_is_not_analysed_again():
    sight = SavedSight([])
    camera = DeskCamera(sight)
    for number in range(60):
        camera.look(picture(0), float(number))
    assert sight.asked == camera.analysed == 60 // LOOK_AGAIN_S
    camera.look(picture(1), 60.0)
    camera.look(picture(0), 61.0)
    assert sight.asked == 60 // LOOK_AGAIN_S + 2


def test_an_older_picture_changes_nothing():
    session = DeskSession(SavedSight([]))
    assert session.look(picture(0), 5.0)["state"] == "nobody"
    assert session.look(picture(1), 5.0) is None
