"""Watch a person who rests, or has finished.

A raised hand, or standing in place again, leads on.
"""

from __future__ import annotations

import math
from typing import Any

from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import Roles
from formcheck.core.phases.start_posture import QUIET_TL, Rest, is_posture_met
from formcheck.core.pipeline import FormChecker
from formcheck.core.records import PoseFrame, StepResult
from formcheck.core.skeleton import Side

from .gestures import Gesture, GestureWatcher

IN_PLACE_S = 3.0
"""Who came back and stands still in the start posture for this long goes on."""
LONGEST_STEP_S = 0.4
"""A page at rest sends few pictures."""
AWAY_S = 1.0
"""Who has not left the place for this long has not come back."""


class RestWatch:
    """Watches for a gesture while nothing is judged.

    Parameters
    ----------
    movement, side : as for the set.
    """

    def __init__(self, movement: Movement, side: Side | None) -> None:
        self.movement, self._side = movement, side
        self.begin(awaits_return=False)

    def begin(self, *, awaits_return: bool) -> None:
        """Start to watch.

        Parameters
        ----------
        awaits_return : standing in place again goes on as well.
        """
        self._gestures = GestureWatcher()
        self._watch = FormChecker(self.movement, side=self._side) if awaits_return else None
        self._rest = Rest(self.movement.view.camera, longest_step_s=LONGEST_STEP_S)
        self._away_s = self._place_s = math.nan
        self._was_away = False

    def step(self, pose: PoseFrame) -> dict[str, Any]:
        """Take in one pose; return what the page gets of it."""
        gesture = self._gestures.step(pose)
        if gesture.hands is not None or self._watch is None:
            return describe_gesture(gesture)
        share = self._come_back(self._watch.step(pose))
        return {"gesture": {"hands": "still" if share else None, "share": round(share, 2),
                            "done": "still" if share >= 1.0 else None}}  # fmt: skip

    def _come_back(self, result: StepResult) -> float:
        """Return how much of the needed time a person has been still in place again."""
        t = result.pose.time_s
        if not self._is_in_place(result):
            self._place_s = math.nan
            self._away_s = t if math.isnan(self._away_s) else self._away_s
            self._was_away = self._was_away or t - self._away_s >= AWAY_S
            return 0.0
        self._away_s = math.nan
        if not self._was_away:
            return 0.0
        self._place_s = t if math.isnan(self._place_s) else self._place_s
        share = min(1.0, (t - self._place_s) / IN_PLACE_S)
        self._was_away = share < 1.0
        return share

    def _is_in_place(self, result: StepResult) -> bool:
        if not result.pose.seen:
            return False
        self._rest.step(result.measurements)
        if not self._rest.unrest_tl <= QUIET_TL:
            return False
        roles = Roles(result.phase.side or self._side, result.phase.near)
        return is_posture_met(self.movement.start.when, result.measurements, roles)


def describe_gesture(gesture: Gesture) -> dict[str, Any]:
    """Return a gesture as the page gets it; nothing while no hand is up."""
    if gesture.hands is None:
        return {}
    return {"gesture": {"hands": gesture.hands, "share": round(gesture.share, 2), "done": gesture.done}}
