"""Coach the set-up: check the view before judging, and say what to do next.

It does not wait for perfection: a slight problem, or a start posture that differs a little from the file, is mentioned
and then accepted. A raised hand or a key goes on at once.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.core.calibration import Calibration
from formcheck.core.camera import advice
from formcheck.core.camera.advice import Problem, ProblemCode, find_problems, list_parts_seen
from formcheck.core.camera.framing import MOSTLY, Framing, FramingTally
from formcheck.core.guided_calibration import GuidedCalibration
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import Roles
from formcheck.core.phases.start_posture import is_posture_met
from formcheck.core.pipeline import FormChecker
from formcheck.core.records import PoseFrame, StepResult
from formcheck.core.skeleton import Side

from . import words
from .announcer import Saying
from .messages import Stage
from .pose_source import RAISED_S, raises_a_hand

GOOD_S = 2.0
"""After the view was good for this long, the next step begins."""
LOOK_BACK_S = 1.0
_LOOK_AGAIN_S = 0.25
ADVICE_STEADY_S = 0.6
"""Advice must be right for this long before it is shown, so that it does not flicker."""
PATIENCE_S = 8.0
"""After this time, a slight problem is accepted."""
DARK, DIM_PERSON, BRIGHT_ROOM = 42.0, 50.0, 120.0
"""Grey levels, 0..255: a picture that is too dark; a person much darker than the room behind [E]."""
_BRIGHTER = 80
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
    """

    text: str
    posture: str
    ready: float
    joints: tuple[tuple[str, bool], ...]
    people: int
    go: bool


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
    return room < DARK or (person < DIM_PERSON and room > BRIGHT_ROOM)


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
        self._good_s = self._begun_s = self._hand_s = self._slight_s = math.nan
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
            joints=tuple(list_parts_seen(self._framing, self.movement)),
            people=result.pose.people if result.pose.seen else 0,
            go=share >= 1.0 or (hand and may_go),
        )

    def _look(self, *, dark: bool) -> Problem | None:
        """Return the most important problem of the last few seconds."""
        tally = FramingTally(self.movement)
        for result in self._recent:
            tally.add(result)
        self._framing = tally.summarise(still=True)
        found = find_problems(self._framing, self.movement)
        if dark and (not found or not found[0].refused or found[0].code is ProblemCode.UNSEEN):
            return Problem(ProblemCode.TOO_DARK, "it is too dark", advice.MORE_LIGHT, slight=True)
        if self._framing.crowded_share > MOSTLY:
            found = [one for one in found if one.code is not ProblemCode.CROWDED]
            if not self.chosen:
                return Problem(ProblemCode.WHO_STRETCHES, "two people are in the picture", advice.WHO_STRETCHES)
        if self._away():
            return Problem(
                ProblemCode.OTHER_SIDE_WANTED, "the other side is requested", advice.TURN_SIDE[self._side or "left"]
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
            Problem(ProblemCode.LOOKED_DOWN_UPON, "the camera looks down", advice.LOWER, slight=True)
            if middle > _LOW_IN_PICTURE
            else None
        )

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


COUNTDOWN_S = 3.0
SAY_AGAIN_S, SAY_POSTURE_AGAIN_S = 8.0, 15.0


class SetupStage:
    """Leads a person from the first picture to the first second of the set.

    Parameters
    ----------
    movement : the movement that follows.
    side : the requested working side; None = the side next to the camera.
    calibration : the person's stored calibration.
    is_sample : a clip plays instead of a camera: the person in it cannot be asked to round the back.
    keep : called with a new calibration; returns the complete calibration then.

    Attributes
    ----------
    stage : the present stage; PRACTISE when the set may begin.
    say : what to speak; the code that speaks it empties it.
    calibration : what is known of this person's back now.
    """

    def __init__(
        self,
        movement: Movement,
        side: Side | None,
        calibration: Calibration | None,
        *,
        is_sample: bool,
        keep: Callable[[Calibration], Calibration] | None = None,
    ) -> None:
        self.movement, self.calibration = movement, calibration
        self.stage = Stage.SETUP
        self.say: list[Saying] = []
        self._is_sample, self._keep = is_sample, keep
        self._watch = FormChecker(movement, side=side)
        self._camera_coach = CameraCoach(movement, side)
        self._advised_s: dict[str, float] = {}
        self._guided: GuidedCalibration | None = None
        self._guided_said = ""
        self._people = 0
        self._count_from_s = math.nan
        self._counted = 0

    @property
    def calibrated(self) -> bool:
        """Return whether a neutral back of this posture is known."""
        return self.calibration is not None and self.calibration.neutral_for(self.movement.posture) is not None

    @property
    def asks_who(self) -> bool:
        """Return whether there are two people, and neither has raised a hand yet."""
        return self.stage is Stage.SETUP and self._people > 1 and not self._camera_coach.chosen

    def watch(self, pose: PoseFrame) -> StepResult:
        """Take in one pose; measure, but judge nothing."""
        self._people = pose.people if pose.seen else 0
        return self._watch.step(pose)

    def step(self, result: StepResult, image: NDArray[np.uint8]) -> dict[str, Any]:
        """Go on from one picture; return what the page shows."""
        if self.stage is Stage.SETUP:
            return self._set_up(result, image)
        if self.stage is Stage.CALIBRATION and self._guided is not None:
            return self._calibrate(self._guided, result)
        return self._count_down(result.pose.time_s)

    def _speak(self, name: str, text: str) -> None:
        self.say.append({"id": name, "text": text, "kind": "coach"})

    # -- set-up --------------------------------------------------------------------------------------------------------

    def _set_up(self, result: StepResult, image: NDArray[np.uint8]) -> dict[str, Any]:
        advice = self._camera_coach.step(result, dark=is_too_dark(*measure_light(image, result.pose)))
        self._speak_advice(advice, result.pose.time_s)
        if advice.go:
            self._speak("in_place", words.IN_PLACE)
            self.go()
        shown = {"advice": advice.text, "posture": advice.posture, "ready": round(advice.ready, 3)}
        joints = [{"name": name, "seen": seen} for name, seen in advice.joints]
        return {"setup": {**shown, "joints": joints, "people": advice.people}}

    def _speak_advice(self, advice: Advice, t: float) -> None:
        """Say the advice, and again when it was not followed for a while."""
        text = advice.text or advice.posture
        pause_s = SAY_AGAIN_S if advice.text else SAY_POSTURE_AGAIN_S
        if text and t - self._advised_s.get(text, -math.inf) >= pause_s:
            self._advised_s[text] = t
            self._speak("coach", text)

    # -- calibration ---------------------------------------------------------------------------------------------------

    def calibrate(self) -> None:
        """Begin the calibration, also when the person has one already."""
        self._guided, self._guided_said = GuidedCalibration(self.movement), ""
        self.stage = Stage.CALIBRATION

    def _calibrate(self, guided: GuidedCalibration, result: StepResult) -> dict[str, Any]:
        state = guided.step(result.measurements)
        text = state.problem or ("" if state.done else state.text)
        if text and text != self._guided_said:
            self._guided_said = text
            self._speak(f"calibration_{state.id}", text)
        if state.done:
            self._end_calibration(guided)
            return {}
        shown = {"id": state.id, "text": state.text, "problem": state.problem, "index": state.index, "of": state.of}
        return {"calibration": {**shown, "share": round(state.share, 3)}}

    def _end_calibration(self, guided: GuidedCalibration) -> None:
        """Keep the postures that were shown; postures that were skipped stay as they were."""
        found = guided.result()
        if found is not None:
            self.calibration = self._keep(found) if self._keep else found
            self._speak("calibrated", words.CALIBRATED)
        self._guided = None
        self.count_down()

    # -- countdown -----------------------------------------------------------------------------------------------------

    def count_down(self) -> None:
        """Begin the countdown."""
        self.stage, self._count_from_s, self._counted = Stage.COUNTDOWN, math.nan, 0

    def _count_down(self, t: float) -> dict[str, Any]:
        self._count_from_s = t if math.isnan(self._count_from_s) else self._count_from_s
        left = math.ceil(COUNTDOWN_S - (t - self._count_from_s) - 1e-9)
        if left <= 0:
            self._speak("begin", words.BEGIN)
            self.stage = Stage.PRACTISE
        elif left != self._counted:
            self._counted = left
            self._speak(f"count_{left}", words.COUNTS.get(left, str(left)))
        return {"count": max(0, left)}

    # -- commands ------------------------------------------------------------------------------------------------------

    def go(self) -> None:
        """Go on to the next step."""
        if self.stage is Stage.SETUP and not self._is_sample and not self.calibrated:
            self.calibrate()
        elif self.stage is Stage.CALIBRATION and self._guided is not None:
            self._end_calibration(self._guided)
        elif self.stage is Stage.SETUP:
            self.count_down()

    def skip(self) -> None:
        """Skip this step."""
        self.count_down() if self.stage is Stage.SETUP else self.go()
