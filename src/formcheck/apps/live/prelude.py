"""Everything before a set: the camera is set up, the own back is shown, it counts down. Nothing is judged here."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.core.calibration import Calibration
from formcheck.core.guided import GuidedCalibration
from formcheck.core.movement import Movement
from formcheck.core.pipeline import FormChecker
from formcheck.core.records import PoseFrame, StepResult
from formcheck.core.skeleton import Side

from . import words
from .announcer import Saying
from .coach import Advice, Coach, light_of, too_dark

Stage = Literal["setup", "calibration", "countdown", "over"]
COUNTDOWN_S = 3.0
SAY_AGAIN_S, SAY_POSTURE_AGAIN_S = 8.0, 15.0


class Prelude:
    """Leads somebody from the first look at the room to the first second of the set.

    Parameters
    ----------
    movement : what is going to be done.
    side : the working side that was asked for; None = whichever is next to the camera.
    calibration : what is kept of this person.
    is_sample : a clip plays instead of a camera: nobody there can be asked to round their back.
    keep : called with a new calibration; returns all that is known then.

    Attributes
    ----------
    stage : where it is; "over" when the set may begin.
    say : what is to be spoken; whoever speaks it empties it.
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
        self.stage: Stage = "setup"
        self.say: list[Saying] = []
        self._is_sample, self._keep = is_sample, keep
        self._watch = FormChecker(movement, side=side)
        self._coach = Coach(movement, side)
        self._advised_s: dict[str, float] = {}
        self._guided: GuidedCalibration | None = None
        self._guided_told = ""
        self._people = 0
        self._count_from_s = math.nan
        self._counted = 0

    @property
    def calibrated(self) -> bool:
        """Whether a neutral back of this posture is known."""
        return self.calibration is not None and self.calibration.neutral_for(self.movement.posture) is not None

    @property
    def asks_who(self) -> bool:
        """Whether there are two people, and none has raised a hand yet."""
        return self.stage == "setup" and self._people > 1 and not self._coach.chosen

    def watch(self, pose: PoseFrame) -> StepResult:
        """Take one pose in; measures, but judges nothing."""
        self._people = pose.people if pose.seen else 0
        return self._watch.step(pose)

    def step(self, result: StepResult, image: NDArray[np.uint8]) -> dict[str, Any]:
        """Go on from one picture; return what the page shows."""
        if self.stage == "setup":
            return self._set_up(result, image)
        if self.stage == "calibration" and self._guided is not None:
            return self._calibrate(self._guided, result)
        return self._count_down(result.pose.time_s)

    def _speak(self, name: str, text: str) -> None:
        self.say.append({"id": name, "text": text, "kind": "coach"})

    # -- set-up --------------------------------------------------------------------------------------------------------

    def _set_up(self, result: StepResult, image: NDArray[np.uint8]) -> dict[str, Any]:
        advice = self._coach.step(result, dark=too_dark(*light_of(image, result.pose)))
        self._speak_advice(advice, result.pose.time_s)
        if advice.go:
            self._speak("in_place", words.IN_PLACE)
            self.go()
        shown = {"advice": advice.text, "posture": advice.posture, "ready": round(advice.ready, 3)}
        joints = [{"name": name, "seen": seen} for name, seen in advice.joints]
        return {"setup": {**shown, "joints": joints, "people": advice.people}}

    def _speak_advice(self, advice: Advice, t: float) -> None:
        """Say the advice, and again when it has not been followed for a while."""
        text = advice.text or advice.posture
        pause_s = SAY_AGAIN_S if advice.text else SAY_POSTURE_AGAIN_S
        if text and t - self._advised_s.get(text, -math.inf) >= pause_s:
            self._advised_s[text] = t
            self._speak("coach", text)

    # -- calibration ---------------------------------------------------------------------------------------------------

    def calibrate(self) -> None:
        """Let the own back be shown, anew if it was."""
        self._guided, self._guided_told = GuidedCalibration(self.movement), ""
        self.stage = "calibration"

    def _calibrate(self, guided: GuidedCalibration, result: StepResult) -> dict[str, Any]:
        state = guided.step(result.measurements, result.phase.near)
        told = state.problem or ("" if state.done else state.text)
        if told and told != self._guided_told:
            self._guided_told = told
            self._speak(f"calibration_{state.id}", told)
        if state.done:
            self._end_calibration(guided)
            return {}
        shown = {"id": state.id, "text": state.text, "problem": state.problem, "index": state.index, "of": state.of}
        return {"calibration": {**shown, "share": round(state.share, 3)}}

    def _end_calibration(self, guided: GuidedCalibration) -> None:
        """Keep what was shown; what was left out is left as it was."""
        found = guided.result()
        if found is not None:
            self.calibration = self._keep(found) if self._keep else found
            self._speak("calibrated", words.CALIBRATED)
        self._guided = None
        self.count_down()

    # -- countdown -----------------------------------------------------------------------------------------------------

    def count_down(self) -> None:
        """Begin the countdown."""
        self.stage, self._count_from_s, self._counted = "countdown", math.nan, 0

    def _count_down(self, t: float) -> dict[str, Any]:
        self._count_from_s = t if math.isnan(self._count_from_s) else self._count_from_s
        left = math.ceil(COUNTDOWN_S - (t - self._count_from_s) - 1e-9)
        if left <= 0:
            self._speak("begin", words.BEGIN)
            self.stage = "over"
        elif left != self._counted:
            self._counted = left
            self._speak(f"count_{left}", words.COUNTS.get(left, str(left)))
        return {"count": max(0, left)}

    # -- what the person asks for --------------------------------------------------------------------------------------

    def go(self) -> None:
        """Go on to the next step."""
        if self.stage == "setup" and not self._is_sample and not self.calibrated:
            self.calibrate()
        elif self.stage == "calibration" and self._guided is not None:
            self._end_calibration(self._guided)
        elif self.stage == "setup":
            self.count_down()

    def skip(self) -> None:
        """Leave this step out."""
        self.count_down() if self.stage == "setup" else self.go()


__all__ = ["COUNTDOWN_S", "Prelude", "Stage"]
