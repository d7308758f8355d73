"""The pose model of one live session."""

from __future__ import annotations

from typing import Protocol

from formcheck.apps.seeing import subject_chooser
from formcheck.core.movement import Movement
from formcheck.core.records import Frame, PoseFrame
from formcheck.sources.mediapipe_pose import MediaPipePose
from formcheck.sources.pose_bundle import find_pose_bundle

from .gestures import who_raises_a_hand


class Sight(Protocol):
    """What a live session asks of a pose model: it can be told to look for a second person, and to choose anew."""

    name: str
    sha256: str
    scan_every_s: float

    def estimate(self, frame: Frame) -> PoseFrame:
        """Return the person in this frame."""
        ...

    def choose_again(self) -> None:
        """Let the subject be chosen anew."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


def open_sight(movement: Movement, pose_model: str = "full") -> Sight:
    """Return a pose model of its own for one session: it follows one person, and must not be shared.

    Raises
    ------
    BackendError
        Where it cannot be opened.
    """
    return MediaPipePose(find_pose_bundle(pose_model), choose=who_raises_a_hand(subject_chooser(movement)))
