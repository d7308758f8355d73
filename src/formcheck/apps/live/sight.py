"""The pose model of one live session."""

from __future__ import annotations

import logging
from typing import Protocol

from formcheck.apps.process_engine import APP_ENGINE, LITE_ENGINE, ProcessEngine
from formcheck.apps.seeing import subject_chooser
from formcheck.core.errors import BackendError
from formcheck.core.motion import MIN_FPS
from formcheck.core.movement import Movement
from formcheck.core.records import Frame, PoseFrame
from formcheck.sources.pose.models import is_present

from .gestures import who_raises_a_hand
from .pace import engine_rate

log = logging.getLogger(__name__)

LIGHT_MODEL = "lite"
"""The pose model for computers that are too slow for the usual one."""


class Sight(Protocol):
    """What a live session asks of a pose model: it can be told to look for a second person, and to choose anew."""

    name: str
    sha256: str
    scan_every_s: float
    mirror_every: int

    def estimate(self, frame: Frame) -> PoseFrame:
        """Return the person in this frame."""
        ...

    def choose_again(self) -> None:
        """Let the subject be chosen anew."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


def choose_engine() -> tuple[ProcessEngine, float]:
    """Return the engine for a new session, and how many pictures a second it can follow.

    Where the usual model cannot follow ten, the lighter one is taken, if it is on this computer already.

    Raises
    ------
    BackendError
        Where the usual one cannot be opened.
    """
    per_s = engine_rate(APP_ENGINE.load())
    lighter_per_s = light_engine_rate() if per_s < MIN_FPS else None
    return (APP_ENGINE, per_s) if lighter_per_s is None else (LITE_ENGINE, lighter_per_s)


def light_engine_rate() -> float | None:
    """Return how many pictures a second the lighter model can follow; None where it is not on this computer."""
    if not is_present(LIGHT_MODEL):
        return None  # nothing is fetched while somebody waits in front of the camera
    try:
        return engine_rate(LITE_ENGINE.load())
    except BackendError:
        log.exception("the lighter pose model cannot be used")
        return None


def open_lighter_sight(movement: Movement) -> tuple[Sight, float] | None:
    """Return an estimator with the lighter model, and its rate; None where it is not on this computer."""
    per_s = light_engine_rate()
    return None if per_s is None else (open_sight(movement, LITE_ENGINE), per_s)


def open_sight(movement: Movement, engine: ProcessEngine = APP_ENGINE) -> Sight:
    """Return a pose estimator for one session: it follows one person; the networks behind it are shared.

    Raises
    ------
    BackendError
        Where it cannot be opened.
    """
    return engine.load().follow(choose=who_raises_a_hand(subject_chooser(movement)))
