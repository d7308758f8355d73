"""The camera coach: sees the room before anything is judged, and says the one thing to do next.

It never waits for perfection: what is slight, or a start posture that is not quite the written one, is said and then
let pass, and a raised hand or a key goes on at once.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.core import camera_advice
from formcheck.core.camera_advice import Problem, parts_seen, problems
from formcheck.core.movement import Movement
from formcheck.core.outlook import Outlook, OutlookTally
from formcheck.core.records import PoseFrame, StepResult
from formcheck.core.signals import Roles
from formcheck.core.skeleton import Side
from formcheck.core.start import posture_holds

from .gestures import RAISED_S, raises_a_hand

GOOD_S = 2.0
"""The view must be good for this long; then it goes on by itself."""
LOOK_BACK_S = 1.0
_LOOK_AGAIN_S = 0.25
STEADY_S = 0.6
"""Advice must be right for this long before it is given, so that it does not flicker."""
PATIENCE_S = 8.0
"""After so long, what is slight is let pass."""
DARK, DIM_PERSON, BRIGHT_ROOM = 42.0, 50.0, 120.0
"""Grey levels, 0..255: a picture too dark to see by; a person much darker than the room behind [E]."""
_BRIGHTER = 80
_LOW_IN_PICTURE = 0.72
"""A body on the floor whose middle lies below this share of the picture is looked down upon."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What the coach says of one picture.

    Parameters
    ----------
    text : what to do about the camera's place or the light; empty where it is well.
    posture : how to stand, sit or kneel to begin; empty once that is so.
    ready : how much of the good time has passed, 0 to 1.
    joints : what people call the joints that matter -> seen.
    people : how many are in the picture.
    go : the view was good for long enough, or a hand was raised.
    """

    text: str
    posture: str
    ready: float
    joints: tuple[tuple[str, bool], ...]
    people: int
    go: bool


def light_of(image: NDArray[np.uint8], pose: PoseFrame) -> tuple[float, float]:
    """Return how bright the picture is, and the brighter joints of the person: grey levels 0..255, NaN where nobody is.

    Joints, not the trunk alone: a dark shirt is no darkness.
    """
    room = float(image[::8, ::8].mean())
    xy = np.asarray(pose.xy_px, np.float64)
    inside = (xy >= 0).all(axis=1) & (xy < (image.shape[1], image.shape[0])).all(axis=1)
    if not inside.any():
        return room, math.nan
    x, y = xy[inside].astype(int).T
    return room, float(np.percentile(image[y, x].mean(axis=1), _BRIGHTER))


def too_dark(room: float, person: float) -> bool:
    """Return whether more light in front would help."""
    return room < DARK or (person < DIM_PERSON and room > BRIGHT_ROOM)


class Coach:
    """Watches the set-up, picture by picture.

    Parameters
    ----------
    movement : what is going to be done.
    side : the working side that was asked for; None = whichever is next to the camera.
    """

    def __init__(self, movement: Movement, side: Side | None = None) -> None:
        self.movement, self._side = movement, side
        self._recent: deque[StepResult] = deque()
        self._looked_s = -math.inf
        self._outlook = Outlook(math.nan, math.nan, 0.0, None, 0.0)
        self._found: Problem | None = None
        self._shown = ""
        self._wanted, self._wanted_s = "", -math.inf
        self._good_s = self._begun_s = self._hand_s = self._slight_s = math.nan
        self.chosen = False

    def step(self, result: StepResult, *, dark: bool) -> Advice:
        """Take one result in, return what to say and whether to go on. Time must rise."""
        t = result.pose.time_s
        self._recent.append(result)
        while self._recent[0].pose.time_s < t - LOOK_BACK_S:
            self._recent.popleft()
        if t - self._looked_s >= _LOOK_AGAIN_S:
            self._looked_s = t
            self._found = self._look(dark=dark)
        hand = self._raised(result.pose)
        in_place = self._in_place(result)
        blocked = self._found is not None and not (self._found.slight and self._waited(t))
        good = result.pose.seen and not blocked and (in_place or self._waited(t))
        self._good_s = math.nan if not good else t if math.isnan(self._good_s) else self._good_s
        share = 0.0 if math.isnan(self._good_s) else min(1.0, (t - self._good_s) / GOOD_S)
        posture = self.movement.start.text if not in_place and (self._found is None or self._found.slight) else ""
        may_go = self._found is None or self._found.slight
        return Advice(
            text=self._steady(self._found.advice if self._found else "", t),
            posture=posture if result.pose.seen else "",
            ready=share,
            joints=tuple(parts_seen(self._outlook, self.movement)),
            people=result.pose.people if result.pose.seen else 0,
            go=share >= 1.0 or (hand and may_go),
        )

    def _look(self, *, dark: bool) -> Problem | None:
        """The first thing that is wrong with what was seen lately."""
        tally = OutlookTally(self.movement)
        for result in self._recent:
            tally.add(result)
        self._outlook = tally.outlook(still=True)
        found = problems(self._outlook, self.movement)
        if dark and (not found or not found[0].refused or found[0].advice == camera_advice.STEP_INTO):
            return Problem("it is too dark", camera_advice.MORE_LIGHT, slight=True)
        if self._outlook.crowded_share > camera_advice.MOSTLY:
            found = [one for one in found if one.advice != camera_advice.ALONE]
            if not self.chosen:
                return Problem("two people are in the picture", camera_advice.WHO_STRETCHES)
        if self._away():
            return Problem("the other side is asked for", camera_advice.TURN_SIDE[self._side or "left"])
        return found[0] if found else self._looked_down_upon()

    def _away(self) -> bool:
        near = self._outlook.near
        fixed = self.movement.view.near == "working" and not self.movement.dose.alternating
        return bool(fixed and self._side and near and near != self._side)

    def _looked_down_upon(self) -> Problem | None:
        room = self._outlook.room
        on_the_floor = self.movement.view.camera_height in {"mat", "knee"}
        if not on_the_floor or "top" not in room or "bottom" not in room:
            return None
        middle = (room["top"] + 1.0 - room["bottom"]) / 2
        return Problem("the camera looks down", camera_advice.LOWER, slight=True) if middle > _LOW_IN_PICTURE else None

    def _raised(self, pose: PoseFrame) -> bool:
        if not raises_a_hand(pose):
            self._hand_s = math.nan
            return False
        self._hand_s = pose.time_s if math.isnan(self._hand_s) else self._hand_s
        raised = pose.time_s - self._hand_s >= RAISED_S
        self.chosen = self.chosen or (raised and pose.people > 1)
        return raised

    def _in_place(self, result: StepResult) -> bool:
        roles = Roles(result.phase.side or self._side, result.phase.near)
        return result.pose.seen and posture_holds(self.movement.start.when, result.measurements, roles)

    def _waited(self, t: float) -> bool:
        """Whether somebody has been in a view that will do, for long enough."""
        serious = self._found is not None and not self._found.slight
        self._slight_s = math.nan if serious else t if math.isnan(self._slight_s) else self._slight_s
        return not serious and t - self._slight_s >= PATIENCE_S

    def _steady(self, advice: str, t: float) -> str:
        if advice != self._wanted:
            self._wanted, self._wanted_s = advice, t
        if t - self._wanted_s >= STEADY_S:
            self._shown = advice
        return self._shown
