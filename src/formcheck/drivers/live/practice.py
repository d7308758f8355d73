"""Run one set: the form checker, what is said, and all that uses its results.

What is said is the form checker's cue, and short announcements of the progress.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.core.calibration import Calibration
from formcheck.core.camera.advice import Problem
from formcheck.core.errors import StoreError
from formcheck.core.movement.schema import Movement
from formcheck.core.pipeline import FormChecker
from formcheck.core.records import PoseFrame, StepResult
from formcheck.core.skeleton import Side
from formcheck.core.summary.schema import RunSummary
from formcheck.core.summary.summariser import Summariser
from formcheck.program.body_tests.trials import TrialReader
from formcheck.sinks.overlay.canvas import Canvas

from . import words
from .recorder import LiveRecorder
from .screen import StatusLine, count_asked, describe_drawing, describe_ghost, describe_screen, find_status
from .set_progress import SetProgress, SetTally
from .set_summary import Highlights, run_summary, set_summary
from .watch.camera_coach import ViewWatch

PRAISE_EVERY_S = 20.0
CALLS, CALL_EVERY_S = 3, 30.0
"""Who is not in the picture is called back so often; after that more rarely."""
_LEAST_FOR_HALFWAY_S = 16.0

Saying = dict[str, str]


class Announcer:
    """Choice of the sayings to speak now, each once.

    Parameters
    ----------
    movement : the movement of the set.
    """

    def __init__(self, movement: Movement) -> None:
        self.movement = movement
        self._cues_s: dict[str, float] = {}
        self._repetition = 0
        self._said_of: set[str] = set()
        self._done = 0
        self._paused = ""
        self._praised_s = self._called_s = -math.inf
        self._calls = 0
        self._set_over = False

    def step(self, result: StepResult, tally: SetTally) -> list[Saying]:
        """Take in one result; return what to say."""
        return [*self._cues(result), *self._events(result, tally), *self._praise(result)]

    def _cues(self, result: StepResult) -> Iterator[Saying]:
        feedback = result.feedback
        cue = feedback.cue
        if result.phase.name != "absent":
            self._calls, self._called_s = 0, -math.inf
        # words that were said a moment ago are shown again, but not spoken again
        if cue is None or self._cues_s.get(cue) == feedback.since_s:
            return
        self._cues_s[cue] = feedback.since_s
        if self._may_call(result):
            yield {"id": cue, "text": feedback.text, "kind": "cue"}

    def _may_call(self, result: StepResult) -> bool:
        """Return whether a cue is spoken; an empty room is not called again and again."""
        t = result.pose.time_s
        if result.phase.name != "absent":
            return True
        if self._calls >= CALLS and t - self._called_s < CALL_EVERY_S:
            return False
        self._calls, self._called_s = self._calls + 1, t
        return True

    def _events(self, result: StepResult, tally: SetTally) -> Iterator[Saying]:
        running = result.phase.repetition
        if running is not None and running.index != self._repetition:
            self._repetition, self._said_of = running.index, set()
        yield from self._of_the_hold(result)
        if tally.done > self._done and result.pose.seen:  # nothing is counted aloud in an empty room
            self._done, of = tally.done, count_asked(self.movement)
            if self._done < of:
                yield {"id": "repetition", "text": words.REPETITION.format(done=self._done, of=of), "kind": "event"}
            elif not self._set_over:
                self._set_over = True
                yield {"id": "set_done", "text": words.SET_DONE, "kind": "event"}

    def _of_the_hold(self, result: StepResult) -> Iterator[Saying]:
        running, hold = result.phase.repetition, result.feedback.hold
        if hold is None or not hold.target_s or running is None or running.hold_start_s is None:
            return
        # Said when the clock has run: a person who rounds from the first moment should change something, not stay.
        runs = hold.valid_s > 0 and not hold.paused_by
        if result.phase.name == "hold" and runs and result.pose.seen and not result.feedback.text:
            yield from self._once("hold_begins", words.HOLD_BEGINS)
        if hold.target_s >= _LEAST_FOR_HALFWAY_S and hold.valid_s >= hold.target_s / 2:
            yield from self._once("halfway", words.HALFWAY)
        if hold.valid_s >= hold.target_s:
            yield from self._once("hold_done", words.HOLD_DONE)

    def _once(self, name: str, text: str) -> Iterator[Saying]:
        """Say it once in each repetition."""
        if name not in self._said_of:
            self._said_of.add(name)
            yield {"id": name, "text": text, "kind": "event"}

    def _praise(self, result: StepResult) -> Iterator[Saying]:
        """Praise when the form is good again after a fault; at most every 20 s."""
        hold, t = result.feedback.hold, result.pose.time_s
        paused = hold.paused_by if hold else ""
        is_good = result.pose.seen and result.phase.name == "hold" and not result.feedback.text
        found_again = self._paused and not paused and is_good
        if found_again and t - self._praised_s >= PRAISE_EVERY_S:
            self._praised_s = t
            yield {"id": "clock_runs", "text": words.CLOCK_RUNS, "kind": "praise"}
        if paused or not result.feedback.text:
            self._paused = paused


log = logging.getLogger(__name__)


class Practice:
    """A set from its first picture to its summary.

    Parameters
    ----------
    movement, side, calibration : as for `FormChecker`.
    progress : the set so far, from a lost session.
    model : name and sha256 of the pose model.
    record : what to store.
    refused : the problem of the view with which the person started anyway.
    before : the poses just before: they teach the start posture and the person's own long back, and are not judged.
    reader : reads the trials, if the set is a test.
    """

    def __init__(
        self,
        movement: Movement,
        *,
        side: Side | None,
        calibration: Calibration | None,
        progress: SetProgress,
        model: dict[str, str],
        record: Literal["none", "landmarks", "video"],
        refused: Problem | None = None,
        before: Iterable[PoseFrame] = (),
        reader: TrialReader | None = None,
    ) -> None:
        self.movement, self._model, self.reader = movement, model, reader
        self._status_line, self._view = StatusLine(), ViewWatch(movement, refused)
        self._checker = FormChecker(movement, calibration=calibration, side=side, pose_model=model["name"])
        for pose in before:
            self._checker.step(pose)
        self.gathered = Summariser(movement)
        self.tally = SetTally(progress)
        self._announcer = Announcer(movement)
        self._highlights = Highlights(movement)
        self._recorder: LiveRecorder | None = None
        self._stopped: LiveRecorder | None = None
        self._not_kept = ""
        if record != "none":
            try:
                self._recorder = LiveRecorder(record, movement, side, calibration, model)
            except StoreError as error:  # a full disk must not keep the person from stretching
                self._not_kept = str(error)
        self._begun_s = math.nan
        self.practised: tuple[RunSummary, SetProgress] | None = None
        """At the end: the summary of this session of the set, and the whole set counted."""
        self.recording_key: str | None = None
        """At the end: the name of the recording of the set, None for none."""
        self._between = True
        self._is_here = False

    def check(self, pose: PoseFrame, jpeg: bytes) -> StepResult:
        """Take in one pose."""
        self._record(pose, jpeg)
        result = self._checker.step(pose)
        self._begun_s = pose.time_s if math.isnan(self._begun_s) else self._begun_s
        self._between = result.phase.repetition is None
        self._is_here = pose.seen and result.phase.name != "absent"
        self.gathered.add(result)
        self.tally.add(result)
        if self.reader is not None:
            self.reader.add(result)
        return result

    def _record(self, pose: PoseFrame, jpeg: bytes) -> None:
        if self._recorder is None:
            return
        try:
            self._recorder.add(pose, jpeg)
        except StoreError as error:  # as at the beginning; what was stored before is kept
            log.warning("a set is no longer recorded: %s", error)
            self._stopped, self._recorder = self._recorder, None

    def show(self, canvas: Canvas, image: NDArray[np.uint8]) -> tuple[dict[str, Any], list[Saying]]:
        """Return the contents of the screen, and what to say."""
        result = canvas.result
        self._highlights.add(result, image)
        advice = self._view.step(result)
        status = self._status_line.step(find_status(canvas, self._view.problem), result.pose.time_s)
        say = self._announcer.step(result, self.tally)
        if advice:
            say.append({"id": "view", "text": advice, "kind": "coach"})
        drawing = describe_drawing(canvas, status.back)
        ghost = describe_ghost(result, self.movement, self._checker.neutral)
        return {**drawing, "ghost": ghost, "practise": describe_screen(canvas, self.tally, status)}, say

    @property
    def done(self) -> bool:
        """Return whether all repetitions of the set are over.

        In an empty room it is not over: it waits for the person.
        """
        return self._between and self._is_here and self.tally.done >= count_asked(self.movement)

    def collect_progress(self) -> SetProgress:
        """Return the set so far, with the own long back in use.

        A session that takes its place has not seen the start.
        """
        progress, back = self.tally.collect_progress(), self._checker.neutral
        return progress if back is None else progress.model_copy(update={"back": [round(float(x), 4) for x in back]})

    def finish(self, *, slow_computer: bool = False) -> dict[str, Any]:
        """End the set; return its summary, pictures and stored files.

        Parameters
        ----------
        slow_computer : the computer cannot follow ten pictures a second.
        """
        closing = self._checker.finish()
        if closing is not None:
            self.gathered.add(closing)
            if self.reader is not None:
                self.reader.add(closing)
        progress = self.tally.collect_progress()
        begun = not math.isnan(self._begun_s)
        gathered = self.gathered if begun else None
        self.practised = self.count()
        summary = set_summary(self.movement, progress, gathered, self._model, slow_computer=slow_computer)
        recorder, self._recorder, self._stopped = self._recorder or self._stopped, None, None
        recording = recorder.keep() if recorder is not None else None
        if recorder is not None and recording is not None:
            self.recording_key = recorder.key
        return {
            **summary,
            **self._highlights.pictures(self._begun_s if begun else 0.0),
            "recording": self._why_not_kept() if recorder is None else recording,
        }

    def count(self) -> tuple[RunSummary, SetProgress] | None:
        """Return the summary of this session of the set, and the whole set counted.

        None before the first picture.
        """
        if math.isnan(self._begun_s):
            return None
        progress = self.tally.collect_progress()
        return run_summary(self.gathered, progress, self._model), progress

    def _why_not_kept(self) -> dict[str, str] | None:
        return {"url": "", "words": self._not_kept} if self._not_kept else None

    def close(self) -> None:
        """Delete stored data that is not finished."""
        for recorder in (self._recorder, self._stopped):
            if recorder is not None:
                recorder.drop()
