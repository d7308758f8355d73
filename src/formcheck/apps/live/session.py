"""One person in front of one camera: set-up, calibration, countdown, practice, and the end of the set.

Plain and without a clock: pictures come in with their times, replies go out. The socket around it lives in `socket.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.core.calibration import Calibration
from formcheck.core.errors import SourceError
from formcheck.core.guided import GuidedCalibration
from formcheck.core.movement import Movement
from formcheck.core.pipeline import FormChecker
from formcheck.core.records import Frame, StepResult
from formcheck.core.skeleton import Side
from formcheck.sinks.overlay import Canvas

from . import words
from .announcer import Saying
from .carried import Carried
from .coach import Advice, Coach, light_of, too_dark
from .drawing import drawing, plain_drawing
from .messages import CommandName, Picture, Record, decoded
from .practice import Practice
from .sight import Sight

Stage = Literal["setup", "calibration", "countdown", "practise", "paused", "over"]
COUNTDOWN_S = 3.0
SCAN_IN_SETUP_S, SCAN_IN_PRACTICE_S = 1.5, 10.0
CARRY_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What a page asks for when it begins.

    Parameters
    ----------
    movement : what to do.
    side : the working side; None = the one next to the camera.
    is_sample : a clip plays instead of a camera: nobody there can be calibrated.
    from_stage : where to begin.
    ends : the set ends when its repetitions are done; a demonstration goes on and on.
    record : what to keep.
    carried : the set so far, from a session that is gone.
    """

    movement: Movement
    side: Side | None = None
    is_sample: bool = False
    from_stage: Literal["setup", "practise"] = "setup"
    ends: bool = True
    record: Record = "none"
    carried: Carried | None = None


class LiveSession:
    """Follows one person from the first look at the room to the end of the set.

    Parameters
    ----------
    wish : what the page asked for.
    sight : the pose model, for this session alone.
    calibration : what is kept of this person.
    keep : called with a new calibration.

    Attributes
    ----------
    stage : where the person is.
    has_news : the set has come to its end by itself, and its summary waits to be asked for (`finish`).
    """

    def __init__(
        self,
        wish: Wish,
        sight: Sight,
        *,
        calibration: Calibration | None = None,
        keep: Callable[[Calibration], Calibration] | None = None,
    ) -> None:
        self.wish, self.movement = wish, wish.movement
        self._sight, self._calibration, self._keep = sight, calibration, keep
        self.stage: Stage = "setup"
        self.has_news = False
        self._before_pause: Stage = "setup"
        self._last_s = -np.inf
        self._index = 0
        self._say: list[Saying] = []
        same = wish.carried is not None and wish.carried.movement == wish.movement.id
        self._carried = wish.carried if same and wish.carried else Carried(movement=wish.movement.id)
        self._told_s, self._told_done = -np.inf, 0
        self._practice: Practice | None = None
        self._watch = FormChecker(self.movement, side=wish.side)
        self._coach = Coach(self.movement, wish.side)
        self._advised: dict[str, float] = {}
        self._guided: GuidedCalibration | None = None
        self._guided_told = ""
        self._count_from_s = np.nan
        self._counted = 0
        if wish.from_stage == "practise":
            self._begin_practice()
        else:
            sight.scan_every_s = SCAN_IN_SETUP_S

    @property
    def calibrated(self) -> bool:
        """Whether a neutral back of this posture is kept."""
        return self._calibration is not None and self._calibration.neutral_for(self.movement.posture) is not None

    # -- pictures ------------------------------------------------------------------------------------------------------

    def picture(self, picture: Picture) -> dict[str, Any]:
        """Look at one picture and return the reply.

        Raises
        ------
        SourceError
            It cannot be used; the session goes on.
        """
        if self.stage in {"paused", "over"}:
            self._last_s = max(self._last_s, picture.time_s)
            return self._reply(picture, {"strokes": [], "arc": None, "size": [0, 0]})
        if not picture.time_s > self._last_s:
            came = f"{picture.time_s:.3f} s after {self._last_s:.3f} s"
            raise SourceError(words.BAD_MESSAGE.format(wanted="times that rise", came=came))
        image = decoded(picture.jpeg)
        self._last_s = picture.time_s
        pose = self._sight.estimate(Frame(self._index, picture.time_s, image))
        self._index += 1
        size = {"size": list(pose.size_px)}
        if self.stage == "practise" and self._practice is not None:
            canvas = Canvas.unpainted(self._practice.check(pose, picture.jpeg), self.movement)
            return self._reply(picture, {**size, **drawing(canvas), **self._practised(self._practice, canvas, image)})
        canvas = Canvas.unpainted(self._watch.step(pose), self.movement)
        return self._reply(picture, {**size, **plain_drawing(canvas), **self._watched(canvas.result, image)})

    def _watched(self, result: StepResult, image: NDArray[np.uint8]) -> dict[str, Any]:
        """Before the set begins nothing is judged."""
        if self.stage == "setup":
            return self._step_setup(result, image)
        if self.stage == "calibration":
            return self._step_calibration(result)
        return self._step_countdown(result)

    def _reply(self, picture: Picture, told: dict[str, Any]) -> dict[str, Any]:
        say, self._say = self._say, []
        reply = {"type": "seen", "frame": picture.number, "stage": self.stage, "say": say, **told}
        if self._practice is not None:
            done, anew = self._practice.tally.done, picture.time_s - self._told_s >= CARRY_EVERY_S
            if anew or done != self._told_done:
                self._told_s, self._told_done = picture.time_s, done
                reply["carried"] = self._practice.tally.carried().model_dump()
        return reply

    # -- set-up --------------------------------------------------------------------------------------------------------

    def _step_setup(self, result: StepResult, image: NDArray[np.uint8]) -> dict[str, Any]:
        advice = self._coach.step(result, dark=too_dark(*light_of(image, result.pose)))
        if result.pose.people > 1 and not self._coach.chosen:
            self._sight.choose_again()
        self._speak_advice(advice, result.pose.time_s)
        if advice.go:
            self._speak("in_place", words.IN_PLACE, "coach")
            self._after_setup()
        return {
            "setup": {
                "advice": advice.text, "posture": advice.posture, "ready": round(advice.ready, 3),
                "joints": [{"name": name, "seen": seen} for name, seen in advice.joints], "people": advice.people,
            }
        }  # fmt: skip

    def _speak(self, name: str, text: str, kind: str) -> None:
        self._say.append({"id": name, "text": text, "kind": kind})

    def _speak_advice(self, advice: Advice, t: float) -> None:
        """Say the advice, and again when it has not been followed for a while."""
        text = advice.text or advice.posture
        if text and t - self._advised.get(text, -np.inf) >= (8.0 if advice.text else 15.0):
            self._advised[text] = t
            self._speak("coach", text, "coach")

    def _after_setup(self) -> None:
        if self.wish.is_sample or self.calibrated:
            self._begin_countdown()
        else:
            self._begin_calibration()

    # -- calibration ---------------------------------------------------------------------------------------------------

    def _begin_calibration(self) -> None:
        self._guided = GuidedCalibration(self.movement)
        self._guided_told = ""
        self.stage = "calibration"

    def _step_calibration(self, result: StepResult) -> dict[str, Any]:
        guided = self._guided
        assert guided is not None  # noqa: S101 - set when the stage began
        state = guided.step(result.measurements, result.phase.near)
        told = state.problem or ("" if state.done else state.text)
        if told and told != self._guided_told:
            self._guided_told = told
            self._speak(f"calibration_{state.id}", told, "coach")
        if state.done:
            self._end_calibration()
            return {}
        shown = {"id": state.id, "text": state.text, "problem": state.problem, "index": state.index, "of": state.of}
        return {"calibration": {**shown, "share": round(state.share, 3)}}

    def _end_calibration(self) -> None:
        found = self._guided.result() if self._guided is not None else None
        if found is not None:
            self._calibration = self._keep(found) if self._keep else found
            self._speak("calibrated", words.CALIBRATED, "coach")
        self._guided = None
        self._begin_countdown()

    # -- countdown -----------------------------------------------------------------------------------------------------

    def _begin_countdown(self) -> None:
        self.stage, self._count_from_s, self._counted = "countdown", np.nan, 0

    def _step_countdown(self, result: StepResult) -> dict[str, Any]:
        t = result.pose.time_s
        self._count_from_s = t if np.isnan(self._count_from_s) else self._count_from_s
        left = int(np.ceil(COUNTDOWN_S - (t - self._count_from_s) - 1e-9))
        if left <= 0:
            self._speak("begin", words.BEGIN, "coach")
            self._begin_practice()
            return {"count": 0}
        if left != self._counted:
            self._counted = left
            self._speak(f"count_{left}", words.COUNTS.get(left, str(left)), "coach")
        return {"count": left}

    # -- practice ------------------------------------------------------------------------------------------------------

    def _begin_practice(self) -> None:
        self.stage = "practise"
        self._sight.scan_every_s = SCAN_IN_PRACTICE_S
        if self._practice is not None:
            self._practice.close()
        self._practice = Practice(
            self.movement,
            side=self.wish.side,
            calibration=self._calibration,
            carried=self._carried,
            model={"name": self._sight.name, "sha256": self._sight.sha256},
            record=self.wish.record,
        )

    def _practised(self, practice: Practice, canvas: Canvas, image: NDArray[np.uint8]) -> dict[str, Any]:
        shown, say = practice.show(canvas, image)
        self._say += say
        if self.wish.ends and practice.done:
            self.stage, self.has_news = "over", True
        return {"practise": shown}

    # -- commands ------------------------------------------------------------------------------------------------------

    def command(self, name: CommandName) -> dict[str, Any] | None:
        """Do what was asked for; return a message where there is one to send."""
        if name in {"pause", "pain"} and self.stage not in {"paused", "over"}:
            self._before_pause, self.stage = self.stage, "paused"
        elif name == "resume" and self.stage == "paused":
            self.stage = self._before_pause
        elif name in {"go", "skip"}:
            self._go_on(name)
        elif name == "calibrate" and self.stage in {"setup", "calibration", "countdown"}:
            self._calibration = None
            self._begin_calibration()
        elif name == "restart":
            self._carried = Carried(movement=self.movement.id)
            self._begin_practice()
        elif name == "finish":
            return self.finish()
        return None

    def _go_on(self, name: CommandName) -> None:
        if self.stage == "setup":
            self._begin_countdown() if name == "skip" else self._after_setup()
        elif self.stage == "calibration":
            self._end_calibration()

    # -- the end -------------------------------------------------------------------------------------------------------

    def finish(self) -> dict[str, Any]:
        """End the set and return its summary; a set that never began has an empty one."""
        if self._practice is None:
            self._begin_practice()
        self.stage, self.has_news = "over", False
        assert self._practice is not None  # noqa: S101 - just begun
        return {"type": "summary", **self._practice.finish()}

    def close(self) -> None:
        """Free the pose model; what was put aside for a recording is dropped."""
        if self._practice is not None:
            self._practice.close()
        self._sight.close()
