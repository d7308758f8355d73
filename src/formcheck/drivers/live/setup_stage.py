"""Lead a person from the first picture to the set, hands free."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.core.calibration import Calibration
from formcheck.core.camera.advice import Problem
from formcheck.core.guided_calibration import GuidedCalibration, needs_calibration
from formcheck.core.movement.schema import Movement
from formcheck.core.pipeline import FormChecker
from formcheck.core.records import PoseFrame, StepResult
from formcheck.core.skeleton import Side

from . import words
from .messages import Stage
from .practice import Saying
from .screen import find_facing
from .watch.camera_coach import Advice, CameraCoach, is_too_dark, measure_light

COUNTDOWN_S = 3.0
GONE_S = 0.7
"""The countdown stops when the person has not been seen for this long."""
QUIET_START_S = 3.0
"""The set begins with the poses of this time before it."""
GUIDED_S = 10.0
"""The guided calibration takes at most this long."""
SAY_AGAIN_S, SAY_POSTURE_AGAIN_S = 8.0, 15.0


class SetupStage:
    """Leads a person through set-up and countdown.

    Nothing good is said, and nothing is counted down, without a person in the picture. The person's own long back is
    learned quietly meanwhile: the set begins with the poses of the countdown, and one still second of them is enough.

    Parameters
    ----------
    movement : the movement that follows.
    side : the requested working side; None = the side next to the camera.
    calibration : the person's stored calibration.
    is_sample : a clip plays instead of a camera.
    keep : called with a new calibration; returns the complete calibration then.

    Attributes
    ----------
    stage : the present stage; PRACTISE when the set may begin.
    say : what to speak; the code that speaks it empties it.
    calibration : what is known of this person's back now.
    refused : the problem of the view with which the person wanted to start anyway.
    recent : the last poses: they show the start posture and the person's own long back.
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
        self.refused: Problem | None = None
        self.recent: deque[PoseFrame] = deque()
        self._side, self._is_sample, self._keep = side, is_sample, keep
        self._watch = FormChecker(movement, side=side)
        self._camera_coach = CameraCoach(movement, side)
        self._advised_s: dict[str, float] = {}
        self._guided: GuidedCalibration | None = None
        self._guided_said = ""
        self._people = 0
        self._wanted = False
        self._seen_s = math.nan
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
        self.recent.append(pose)
        while self.recent[0].time_s < pose.time_s - QUIET_START_S:
            self.recent.popleft()
        return self._watch.step(pose)

    def step(self, result: StepResult, image: NDArray[np.uint8]) -> dict[str, Any]:
        """Go on from one picture; return what the page shows."""
        if result.pose.seen:
            self._seen_s = result.pose.time_s
        if self.stage is Stage.CALIBRATION and self._guided is not None:
            return self._calibrate(self._guided, result)
        advice = self._camera_coach.step(result, dark=is_too_dark(*measure_light(image, result.pose)))
        if self.stage is Stage.COUNTDOWN:
            return self._count_down(result.pose.time_s, advice)
        return self._set_up(result, advice)

    def _speak(self, name: str, text: str) -> None:
        self.say.append({"id": name, "text": text, "kind": "coach"})

    # -- set-up --------------------------------------------------------------------------------------------------------

    def _set_up(self, result: StepResult, advice: Advice) -> dict[str, Any]:
        t, is_seen = result.pose.time_s, result.pose.seen
        begins = is_seen and (advice.go or self._wanted)
        if not begins:
            self._speak_advice(advice, t)
        elif advice.share_is_full and not advice.posture:
            self._speak("in_place", words.IN_PLACE)
        elif advice.go:
            self._speak("hand_seen", words.HAND_SEEN)
        if begins:
            problem = advice.problem
            self.refused = problem if self._wanted and problem is not None and not problem.slight else None
            self.count_down()
        return {"setup": {**self._describe(advice, is_seen=is_seen), "faces": find_facing(result.pose)}}

    def _describe(self, advice: Advice, *, is_seen: bool) -> dict[str, Any]:
        """Return what set-up shows; its headline says nothing good while nobody is seen."""
        text = advice.text or advice.posture
        if not text:
            text = words.STAY if is_seen and advice.ready > 0 else words.LOOKING
        joints = [{"name": name, "seen": seen and is_seen} for name, seen in advice.joints]
        if needs_calibration(self.movement):
            known = self.calibrated or self._watch.neutral is not None
            joints.append({"name": words.LONG_BACK, "seen": known, "learns": is_seen and not known})
        return {
            "text": text,
            "advice": advice.text,
            "posture": advice.posture,
            "ready": round(advice.ready, 3),
            "hand": round(advice.hand, 3),
            "turn": advice.turn,
            "joints": joints,
            "people": advice.people,
        }

    def _speak_advice(self, advice: Advice, t: float) -> None:
        """Say the advice, and again when it was not followed for a while."""
        text = advice.text or advice.posture
        pause_s = SAY_AGAIN_S if advice.text else SAY_POSTURE_AGAIN_S
        if text and t - self._advised_s.get(text, -math.inf) >= pause_s:
            self._advised_s[text] = t
            self._speak("coach", text)

    # -- calibration ---------------------------------------------------------------------------------------------------

    def calibrate(self) -> None:
        """Begin the guided calibration, also when the person has one already."""
        if self._is_sample or not needs_calibration(self.movement):
            return
        self._guided, self._guided_said = GuidedCalibration(self.movement, most_s=GUIDED_S), ""
        self.stage = Stage.CALIBRATION

    def _calibrate(self, guided: GuidedCalibration, result: StepResult) -> dict[str, Any]:
        state = guided.step(result.measurements)
        if state.done:
            self._end_calibration(guided)
            return {}
        text = state.problem or state.text
        if text != self._guided_said:
            self._guided_said = text
            self._speak(f"calibration_{state.id}", text)
        shown = {"id": state.id, "text": text, "index": state.index, "of": state.of}
        return {"calibration": {**shown, "share": round(state.share, 3)}}

    def _end_calibration(self, guided: GuidedCalibration) -> None:
        """Keep the postures that were shown; go back to the view.

        It may have changed meanwhile.
        """
        found = guided.result()
        if found is not None:
            self.calibration = self._keep(found) if self._keep else found
        self._speak("calibrated", words.CALIBRATED if found is not None else words.NOT_CALIBRATED)
        self._guided = None
        self._look_again()

    # -- countdown -----------------------------------------------------------------------------------------------------

    def count_down(self) -> None:
        """Begin the countdown."""
        self.stage, self._count_from_s, self._counted = Stage.COUNTDOWN, math.nan, 0

    def _count_down(self, t: float, advice: Advice) -> dict[str, Any]:
        self._count_from_s = t if math.isnan(self._count_from_s) else self._count_from_s
        problem = advice.problem
        is_gone = not t - self._seen_s < GONE_S
        is_refused = problem is not None and problem.refused and self.refused is None
        if is_gone or is_refused:
            self._speak("count_stopped", words.COUNT_STOPPED_GONE if is_gone else words.COUNT_STOPPED_VIEW)
            self._look_again()
            return {"setup": self._describe(advice, is_seen=not is_gone)}
        left = math.ceil(COUNTDOWN_S - (t - self._count_from_s) - 1e-9)
        if self._seen_s < t:
            return {"count": max(1, left)}  # lost for a moment: nothing is said to nobody
        if left <= 0:
            self._speak("begin", words.BEGIN)
            self.stage = Stage.PRACTISE
        elif left != self._counted:
            self._counted = left
            self._speak(f"count_{left}", words.COUNTS.get(left, str(left)))
        return {"count": max(0, left)}

    def _look_again(self) -> None:
        self.stage = Stage.SETUP
        self._camera_coach = CameraCoach(self.movement, self._side)

    # -- commands ------------------------------------------------------------------------------------------------------

    def go(self) -> None:
        """Start as soon as a person is seen, whatever the view; leave a calibration."""
        if self.stage is Stage.CALIBRATION and self._guided is not None:
            self._end_calibration(self._guided)
        elif self.stage is Stage.SETUP:
            self._wanted = True

    def skip(self) -> None:
        """Skip this step."""
        self.go()
