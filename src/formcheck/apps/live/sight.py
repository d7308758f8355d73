"""The pose model of one live session."""

from __future__ import annotations

from typing import Protocol

from formcheck.apps.process_engine import APP_ENGINE
from formcheck.apps.seeing import subject_chooser
from formcheck.core.movement import Movement
from formcheck.core.records import Frame, PoseFrame

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


def open_sight(movement: Movement) -> Sight:
    """Return a pose estimator for one session: it follows one person; the networks behind it are shared.

    Raises
    ------
    BackendError
        Where it cannot be opened.
    """
    return APP_ENGINE.load().follow(choose=who_raises_a_hand(subject_chooser(movement)))
