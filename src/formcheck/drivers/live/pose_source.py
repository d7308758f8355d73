"""The pose model of one live session."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from formcheck.core.errors import BackendError
from formcheck.core.movement.schema import Movement
from formcheck.core.phases.timeseries import MIN_FPS
from formcheck.core.records import Frame, PoseFrame
from formcheck.drivers.recording.pose_stream import make_subject_chooser
from formcheck.drivers.recording.process_engine import APP_ENGINE, LITE_ENGINE, ProcessEngine
from formcheck.sources.pose.models import is_present

from .pace import measure_engine_rate
from .watch.gestures import raises_a_hand


def who_raises_a_hand(otherwise: Callable[[Sequence[PoseFrame]], int]) -> Callable[[Sequence[PoseFrame]], int]:
    """Return a rule that picks the one person who raises a hand.

    If no person raises a hand, or more than one does, it asks another rule.
    """

    def choose(people: Sequence[PoseFrame]) -> int:
        raised = [i for i, pose in enumerate(people) if raises_a_hand(pose)]
        return raised[0] if len(raised) == 1 else otherwise(people)

    return choose


log = logging.getLogger(__name__)

LIGHT_MODEL = "lite"
"""The pose model for computers that are too slow for the usual one."""


class Sight(Protocol):
    """What a live session needs of a pose model.

    It can look for a second person, and choose the subject again.
    """

    name: str
    sha256: str
    scan_every_s: float
    mirror_every: int

    def estimate(self, frame: Frame) -> PoseFrame:
        """Return the person in this frame."""
        ...

    def choose_again(self) -> None:
        """Choose the subject again at the next frame."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...


def choose_live_engine() -> tuple[ProcessEngine, float]:
    """Return the engine for a new session, and its rate in pictures a second.

    If the usual model cannot follow ten, the lighter one is taken, if it is on this computer already.

    Raises
    ------
    BackendError
        If the usual one cannot be opened.
    """
    per_s = measure_engine_rate(APP_ENGINE.load())
    lighter_per_s = measure_light_engine_rate() if per_s < MIN_FPS else None
    return (APP_ENGINE, per_s) if lighter_per_s is None else (LITE_ENGINE, lighter_per_s)


def choose_desk_engine() -> ProcessEngine:
    """Return the engine for one look a second: the lightest one here."""
    return LITE_ENGINE if is_present(LIGHT_MODEL) else APP_ENGINE


def measure_light_engine_rate() -> float | None:
    """Return the lighter model's rate in pictures a second.

    None if the model is not on this computer.
    """
    if not is_present(LIGHT_MODEL):
        return None  # nothing is downloaded while a person waits in front of the camera
    try:
        return measure_engine_rate(LITE_ENGINE.load())
    except BackendError:
        log.exception("the simpler pose model cannot be used")
        return None


def open_lighter_sight(movement: Movement) -> tuple[Sight, float] | None:
    """Return an estimator with the lighter model, and its rate.

    None if the model is not on this computer.
    """
    per_s = measure_light_engine_rate()
    return None if per_s is None else (open_sight(movement, LITE_ENGINE), per_s)


def open_sight(movement: Movement, engine: ProcessEngine = APP_ENGINE) -> Sight:
    """Return a pose estimator for one session.

    It follows one person; the networks behind it are shared.

    Raises
    ------
    BackendError
        If it cannot be opened.
    """
    return engine.load().follow(choose=who_raises_a_hand(make_subject_chooser(movement)))
