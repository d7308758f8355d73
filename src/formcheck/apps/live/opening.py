"""A live session with everything it needs: a tracker of its own, and what is kept of this person."""

from __future__ import annotations

from formcheck.core.calibration import Calibration

from .own_calibration import keep_calibration, kept_calibration
from .pace import PaceMeter
from .session import LiveSession, Wish
from .sight import choose_engine, open_lighter_sight, open_sight


def open_session(wish: Wish) -> LiveSession:
    """Return a new session.

    Raises
    ------
    BackendError
        Where the pose model cannot be opened.
    """
    own: Calibration | None = None if wish.is_sample else kept_calibration()
    engine, per_s = choose_engine()
    return LiveSession(
        wish,
        open_sight(wish.movement, engine),
        calibration=own,
        keep=keep_calibration,
        meter=PaceMeter(per_s),
        lighter=lambda: open_lighter_sight(wish.movement),
    )
