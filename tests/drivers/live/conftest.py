"""A live session without a camera: saved pose tracks replace the pose model, tiny pictures the camera."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from formcheck.core.movement.load import load_movement
from formcheck.core.records import Frame, PoseFrame
from formcheck.drivers.live.messages import PictureMessage, Stage
from formcheck.drivers.live.session import LiveSession, SessionRequest
from formcheck.sources.pose_track import open_track

DATA = Path(__file__).parent.parent.parent / "data"
MOVEMENTS = {"hinge": "hamstring_hinge_standing", "cat": "cat_cow", "plank": "plank", "seated": "seated_forward_bend"}


class Replay:
    """A pose model that has seen everything before: gives the poses of a track, one after the other.

    Parameters
    ----------
    poses : what it gives; after the last one, nobody.
    """

    name, sha256, scan_every_s = "replay", "0" * 64, 10.0

    def __init__(self, poses: Iterator[PoseFrame]) -> None:
        self._poses = poses
        self.chosen_again = 0
        self.closed = False

    def estimate(self, frame: Frame) -> PoseFrame:
        pose = next(self._poses, None)
        return replace(pose, time_s=frame.time_s) if pose else PoseFrame.nobody(frame.time_s, (640, 480))

    def choose_again(self) -> None:
        self.chosen_again += 1

    def close(self) -> None:
        self.closed = True


def track(name: str) -> list[PoseFrame]:
    """Return the poses of a saved track."""
    return list(open_track(DATA / f"{name}.parquet"))


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    """Return a grey picture, bright enough to see by."""
    return jpeg_of(640, 480)


def jpeg_of(width: int, height: int, grey: int = 140) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), grey, np.uint8)).save(out, "JPEG")
    return out.getvalue()


def claim_size_px(jpeg: bytes, side: int) -> bytes:
    """Return a small JPEG that states these sides."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", side, side) + jpeg[at + 4 :]


@pytest.fixture
def live(jpeg: bytes) -> Callable[..., Live]:
    """Return a function that opens a session on saved poses."""

    def open_live(poses: list[PoseFrame], movement: str = "hamstring_hinge_standing", **wish: object) -> Live:
        options = {"from_stage": "practise", "is_sample": True, **wish}
        options["from_stage"] = Stage(options["from_stage"])
        keep = options.pop("keep", None)
        calibration = options.pop("calibration", None)
        sight = Replay(iter(poses))
        session = LiveSession(
            SessionRequest(load_movement(movement), **options), sight, calibration=calibration, keep=keep
        )
        return Live(session, sight, poses, jpeg)

    return open_live


class Live:
    """A session, and the pictures that go into it."""

    def __init__(self, session: LiveSession, sight: Replay, poses: list[PoseFrame], jpeg: bytes) -> None:
        self.session, self.sight, self._poses, self._jpeg = session, sight, poses, jpeg
        self.sent = 0
        self.replies: list[dict] = []

    def send(self, time_s: float | None = None, jpeg: bytes | None = None) -> dict:
        """Send the next picture, at the time of its pose."""
        t = self._poses[self.sent].time_s if time_s is None else time_s
        reply = self.session.picture(PictureMessage(t, self.sent, jpeg or self._jpeg))
        self.sent += 1
        self.replies.append(reply)
        return reply

    def send_all(self) -> list[dict]:
        """Send every picture that is left, or until the set is over."""
        while self.sent < len(self._poses) and self.session.stage != "over":
            self.send()
        return self.replies

    @property
    def said(self) -> list[tuple[float, str]]:
        """The spoken texts with their times."""
        return [
            (self._poses[reply["frame"]].time_s, saying["text"]) for reply in self.replies for saying in reply["say"]
        ]
