"""Hands that speak: one raised hand, or both, held for a second.

A stretch has hands of its own. So a hand counts only if it points up over everything else of the body: in no posture of
the catalogue does it, and a hand that rests on a raised knee or reaches ahead on the floor does not. What a gesture
means depends on where the person is on the page; the page decides that. A person who rests, or has finished, leads on
by a raised hand, or by standing in place again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from formcheck.core.geometry import mid
from formcheck.core.measure.camera_view import MIN_VISIBILITY
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import Roles
from formcheck.core.phases.start_posture import QUIET_TL, Rest, is_posture_met
from formcheck.core.pipeline import FormChecker
from formcheck.core.records import PoseFrame, StepResult
from formcheck.core.skeleton import INDEX, PAIRS, Side

RAISED_S = 1.0
"""A hand must be held up for this long [E]."""
LOWERED_S = 0.4
"""After a gesture, all hands must be down for this long before the next one counts."""
GESTURE_GAP_S = 0.3
"""A hand that is lost for no longer is still up."""
_ABOVE_TL = 0.15
_ELBOW_BELOW_TL = 0.05
_STEEPEST = 1.0
"""The forearm points up: it goes no further to the side than up."""
_APART_TL = 0.3
"""Two hands closer together may be one hand that the pose model sees twice, as from the side."""
_BODY = [INDEX["nose"], *PAIRS["shoulder"], *PAIRS["hip"], *PAIRS["knee"], *PAIRS["ankle"]]
_TRUNK_POINTS = [*PAIRS["shoulder"], *PAIRS["hip"]]
_BOTH_SIDES: tuple[Side, Side] = ("left", "right")


class GestureCode(StrEnum):
    """What the hands say."""

    ONE_HAND = "one_hand"
    BOTH_HANDS = "both_hands"


@dataclass(frozen=True, slots=True)
class Gesture:
    """The hands in one picture.

    Parameters
    ----------
    hands : what is being shown now; None = no hand is up.
    share : the share of the time that a gesture needs, 0 to 1.
    done : the gesture that this picture completed, each once.
    """

    hands: GestureCode | None = None
    share: float = 0.0
    done: GestureCode | None = None


NO_GESTURE = Gesture()


def find_raised_hands(pose: PoseFrame) -> frozenset[Side]:
    """Return the hands that clearly point up over the whole body."""
    xy = np.asarray(pose.xy_px, np.float64)
    if not np.isfinite(xy[_TRUNK_POINTS]).all():
        return frozenset()
    points = [(float(x), float(y)) for x, y in xy]
    trunk_px = math.dist(*(mid(points[PAIRS[part][0]], points[PAIRS[part][1]]) for part in ("shoulder", "hip")))
    top = float(np.nanmin(xy[_BODY, 1])) - _ABOVE_TL * trunk_px
    return frozenset(side for side in _BOTH_SIDES if _points_up(pose, side, top, trunk_px))


def _points_up(pose: PoseFrame, side: Side, top: float, trunk_px: float) -> bool:
    wrist, elbow, shoulder = (INDEX[f"{side}_{part}"] for part in ("wrist", "elbow", "shoulder"))
    if min(pose.visibility[wrist], pose.visibility[elbow]) < MIN_VISIBILITY:
        return False
    across, up = (float(v) for v in np.abs(pose.xy_px[wrist] - pose.xy_px[elbow]))
    return bool(
        pose.xy_px[wrist, 1] < top
        and pose.xy_px[wrist, 1] < pose.xy_px[elbow, 1] < pose.xy_px[shoulder, 1] + _ELBOW_BELOW_TL * trunk_px
        and across <= _STEEPEST * up
    )


def raises_a_hand(pose: PoseFrame) -> bool:
    """Return whether a hand clearly points up over the whole body."""
    return bool(find_raised_hands(pose))


def _read_hands(pose: PoseFrame) -> GestureCode | None:
    raised = find_raised_hands(pose)
    if len(raised) < len(_BOTH_SIDES):
        return GestureCode.ONE_HAND if raised else None
    points = [(float(x), float(y)) for x, y in pose.xy_px]
    trunk_px = math.dist(*(mid(points[PAIRS[part][0]], points[PAIRS[part][1]]) for part in ("shoulder", "hip")))
    left, right = (points[i] for i in PAIRS["wrist"])
    return GestureCode.BOTH_HANDS if math.dist(left, right) > _APART_TL * trunk_px else GestureCode.ONE_HAND


class GestureWatcher:
    """Watches for a hand that is held up, picture by picture; each gesture counts once."""

    def __init__(self, needed_s: float = RAISED_S) -> None:
        self._needed_s = needed_s
        self.forget()

    def forget(self) -> None:
        """Start again: what a hand means has changed.

        A hand that is still up must go down first.
        """
        self._hands: GestureCode | None = None
        self._from_s = self._seen_s = math.nan
        self._down_s = math.nan
        self._waits = True

    def step(self, pose: PoseFrame) -> Gesture:
        """Take in one pose. Time must rise."""
        t, hands = pose.time_s, _read_hands(pose)
        if self._waits:
            self._wait_for_rest(hands, t)
            return NO_GESTURE
        if hands is None and t - self._seen_s <= GESTURE_GAP_S:
            hands = self._hands
        elif hands is not None:
            self._seen_s = t
        if hands is not self._hands:
            self._hands, self._from_s = hands, t
        if hands is None:
            return NO_GESTURE
        share = min(1.0, (t - self._from_s) / self._needed_s)
        if share < 1.0:
            return Gesture(hands, share)
        self.forget()
        return Gesture(hands, 1.0, hands)

    def _wait_for_rest(self, hands: GestureCode | None, t: float) -> None:
        """Wait until all hands were down for a moment."""
        self._down_s = t if hands is not None or math.isnan(self._down_s) else self._down_s
        self._waits = hands is not None or t - self._down_s < LOWERED_S


IN_PLACE_S = 3.0
"""Who came back and stands still in the start posture for this long goes on."""
LONGEST_LOOK_GAP_S = 0.4
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
        self._rest = Rest(self.movement.view.camera, longest_step_s=LONGEST_LOOK_GAP_S)
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
