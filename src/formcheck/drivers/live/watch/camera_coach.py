"""Watch the view: can the person be judged, and what would help?

It does not wait for perfection: a slight problem, or a start posture that differs a little from the file, is mentioned
and then accepted. A raised hand or a key goes on at once.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.core.camera import advice
from formcheck.core.camera.advice import Problem, ProblemCode, find_problems, list_parts_seen
from formcheck.core.camera.framing import MOSTLY, Framing, FramingTally
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import Roles
from formcheck.core.phases.start_posture import is_posture_met
from formcheck.core.records import PoseFrame, StepResult
from formcheck.core.skeleton import Side
from formcheck.languages.phrase import Phrase

from .gestures import GestureWatcher

GOOD_S = 2.0
"""After the view was good for this long, the next step begins."""
LOOK_BACK_S = 1.0
_LOOK_AGAIN_S = 0.25
ADVICE_STEADY_S = 0.6
"""Advice must be right for this long before it is shown, so that it does not flicker."""
PATIENCE_S = 8.0
"""After this time, a slight problem is accepted."""
DARK_PICTURE, DIM_PERSON, BRIGHT_ROOM = 42.0, 50.0, 120.0
"""Grey levels, 0..255: a picture that is too dark; a person much darker than the room behind [E]."""
_BRIGHTER = 80
_TURNS = frozenset({ProblemCode.TURNED, ProblemCode.OTHER_SIDE_WANTED, ProblemCode.WORKING_SIDE_AWAY})
_LOW_IN_PICTURE = 0.72
"""If the middle of a body on the floor lies below this share of the picture, the camera looks down on it."""


@dataclass(frozen=True, slots=True)
class Advice:
    """The coach's advice about one picture.

    Parameters
    ----------
    text : what to do about the camera's place or the light; empty if all is well.
    posture : the words for the start posture; empty when the person is in it.
    ready : the share of the good time that has passed, 0 to 1.
    joints : everyday name of a joint that matters -> seen.
    people : number of people in the picture.
    go : the view was good for long enough, or a hand was raised.
    turn : the side that should be turned to the camera, if turning is the advice.
    problem : the most important problem of the view, None if there is none.
    hand : the share of the time for which a hand must be held up, 0 to 1.
    """

    text: str
    posture: str
    ready: float
    joints: tuple[tuple[str, bool], ...]
    people: int
    go: bool
    turn: Side | None = None
    problem: Problem | None = None
    hand: float = 0.0

    @property
    def share_is_full(self) -> bool:
        """Return whether the view was good for long enough."""
        return self.ready >= 1.0


def measure_light(image: NDArray[np.uint8], pose: PoseFrame) -> tuple[float, float]:
    """Return the brightness of the picture, and of the person's brighter joints.

    Grey levels 0..255; NaN for the person if there is none. Joints, not the trunk alone: a dark shirt is not darkness.
    """
    room = float(image[::8, ::8].mean())
    xy = np.asarray(pose.xy_px, np.float64)
    inside = (xy >= 0).all(axis=1) & (xy < (image.shape[1], image.shape[0])).all(axis=1)
    if not inside.any():
        return room, math.nan
    x, y = xy[inside].astype(int).T
    return room, float(np.percentile(image[y, x].mean(axis=1), _BRIGHTER))


def is_too_dark(room: float, person: float) -> bool:
    """Return whether more light in front would help."""
    return room < DARK_PICTURE or (person < DIM_PERSON and room > BRIGHT_ROOM)


class CameraCoach:
    """Watches the set-up, picture by picture.

    Parameters
    ----------
    movement : the movement that follows.
    side : the requested working side; None = the side next to the camera.
    """

    def __init__(self, movement: Movement, side: Side | None = None) -> None:
        self.movement, self._side = movement, side
        self._recent: deque[StepResult] = deque()
        self._looked_s = -math.inf
        self._framing = Framing(math.nan, math.nan, 0.0, None, 0.0)
        self._found: Problem | None = None
        self._shown = ""
        self._wanted, self._wanted_s = "", -math.inf
        self._good_s = self._slight_s = math.nan
        self._gestures = GestureWatcher()
        self.chosen = False

    def step(self, result: StepResult, *, dark: bool) -> Advice:
        """Take in one result; return what to say and whether to go on.

        Times must rise.
        """
        t = result.pose.time_s
        self._recent.append(result)
        while self._recent[0].pose.time_s < t - LOOK_BACK_S:
            self._recent.popleft()
        if t - self._looked_s >= _LOOK_AGAIN_S:
            self._looked_s = t
            self._found = self._look(dark=dark)
        gesture = self._gestures.step(result.pose)
        hand = gesture.done is not None
        self.chosen = self.chosen or (hand and result.pose.people > 1)
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
            joints=tuple(list_parts_seen(self._framing, self.movement)),
            people=result.pose.people if result.pose.seen else 0,
            go=share >= 1.0 or (hand and may_go),
            turn=self._find_turn(),
            problem=self._found,
            hand=gesture.share,
        )

    def _find_turn(self) -> Side | None:
        """Return the side to be turned to the camera, if turning is the advice."""
        found = self._found
        return (self._side or self._framing.near) if found is not None and found.code in _TURNS else None

    def _look(self, *, dark: bool) -> Problem | None:
        """Return the most important problem of the last few seconds."""
        tally = FramingTally(self.movement)
        for result in self._recent:
            tally.add(result)
        self._framing = tally.summarise(still=True)
        found = find_problems(self._framing, self.movement)
        if dark and (not found or not found[0].refused or found[0].code is ProblemCode.UNSEEN):
            return Problem(ProblemCode.TOO_DARK, Phrase("it is too dark"), advice.MORE_LIGHT, slight=True)
        if self._framing.crowded_share > MOSTLY:
            found = [one for one in found if one.code is not ProblemCode.CROWDED]
            if not self.chosen:
                return Problem(ProblemCode.WHO_STRETCHES, Phrase("two people are in the picture"), advice.WHO_STRETCHES)
        if self._away():
            return Problem(
                ProblemCode.OTHER_SIDE_WANTED,
                Phrase("the other side is requested"),
                advice.TURN_SIDE[self._side or "left"],
            )
        return found[0] if found else self._looked_down_upon()

    def _away(self) -> bool:
        near = self._framing.near
        fixed = self.movement.view.near == "working" and not self.movement.dose.alternating
        return bool(fixed and self._side and near and near != self._side)

    def _looked_down_upon(self) -> Problem | None:
        room = self._framing.room
        on_the_floor = self.movement.view.camera_height in {"mat", "knee"}
        if not on_the_floor or "top" not in room or "bottom" not in room:
            return None
        middle = (room["top"] + 1.0 - room["bottom"]) / 2
        return (
            Problem(ProblemCode.LOOKED_DOWN_UPON, Phrase("the camera looks down"), advice.LOWER, slight=True)
            if middle > _LOW_IN_PICTURE
            else None
        )

    def _in_place(self, result: StepResult) -> bool:
        roles = Roles(result.phase.side or self._side, result.phase.near)
        return result.pose.seen and is_posture_met(self.movement.start.when, result.measurements, roles)

    def _waited(self, t: float) -> bool:
        """Return whether the view has had no serious problem for long enough."""
        serious = self._found is not None and not self._found.slight
        self._slight_s = math.nan if serious else t if math.isnan(self._slight_s) else self._slight_s
        return not serious and t - self._slight_s >= PATIENCE_S

    def _steady(self, advice: str, t: float) -> str:
        if advice != self._wanted:
            self._wanted, self._wanted_s = advice, t
        if t - self._wanted_s >= ADVICE_STEADY_S:
            self._shown = advice
        return self._shown


# The view throughout the set ------------------------------------------------------------------------------------------


LOOK_BACK_S, LOOK_EVERY_S = 1.5, 1.0
_THIN_S = 0.2
"""Five pictures a second show a view."""
LASTS_S = 2.0
"""A problem that passes by itself is not said."""
VIEW_AGAIN_S = 12.0
_TOLD = frozenset({ProblemCode.CROPPED, ProblemCode.SMALL, ProblemCode.TURNED})


class ViewWatch:
    """Watches the view during practice.

    Attributes
    ----------
    problem : what prevents judging, or part of it, for some time already; None if nothing does.
    """

    def __init__(self, movement: Movement, problem: Problem | None = None) -> None:
        self.movement, self.problem = movement, problem
        self._told = _TOLD if problem is None else _TOLD | {problem.code}  # what was refused stays so while it lasts
        self._recent: deque[StepResult] = deque()
        self._looked_s = self._told_s = -math.inf
        self._found_s = math.nan

    def step(self, result: StepResult) -> str:
        """Take in one result; return the advice to speak now, mostly empty."""
        t = result.pose.time_s
        if self._recent and t - self._recent[-1].pose.time_s < _THIN_S:
            return ""
        self._recent.append(result)
        while self._recent[0].pose.time_s < t - LOOK_BACK_S:
            self._recent.popleft()
        if t - self._looked_s < LOOK_EVERY_S:
            return ""
        self._looked_s = t
        found = self._look()
        self._found_s = math.nan if found is None else t if math.isnan(self._found_s) else self._found_s
        lasts = found is not None and t - self._found_s >= LASTS_S
        self.problem = found if lasts or found is None or self.problem is not None else None
        if self.problem is None or not lasts or t - self._told_s < VIEW_AGAIN_S or result.feedback.text:
            return ""
        self._told_s = t
        return self.problem.advice

    def _look(self) -> Problem | None:
        if not all(result.pose.seen for result in self._recent):
            return None  # a person who is not seen is called back by the cue
        tally = FramingTally(self.movement)
        for result in self._recent:
            tally.add(result)
        found = find_problems(tally.summarise(still=True), self.movement)
        return next((one for one in found if one.code in self._told), None)
