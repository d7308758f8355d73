"""Choose what to say during practice: the form checker's cue, and short progress announcements."""

from __future__ import annotations

import math
from collections.abc import Iterator

from formcheck.core.movement.schema import Movement
from formcheck.core.records import StepResult

from . import words
from .screen import count_asked
from .set_progress import SetTally

PRAISE_EVERY_S = 20.0
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
        self._cue: tuple[str, float] | None = None
        self._repetition = 0
        self._said_of: set[str] = set()
        self._done = 0
        self._paused = ""
        self._praised_s = -math.inf
        self._set_over = False

    def step(self, result: StepResult, tally: SetTally) -> list[Saying]:
        """Take in one result; return what to say."""
        return [*self._cues(result), *self._events(result, tally), *self._praise(result)]

    def _cues(self, result: StepResult) -> Iterator[Saying]:
        feedback = result.feedback
        now = (feedback.cue, feedback.since_s) if feedback.cue else None
        if now and now != self._cue:
            yield {"id": now[0], "text": feedback.text, "kind": "cue"}
        self._cue = now or self._cue

    def _events(self, result: StepResult, tally: SetTally) -> Iterator[Saying]:
        running = result.phase.repetition
        if running is not None and running.index != self._repetition:
            self._repetition, self._said_of = running.index, set()
        yield from self._of_the_hold(result)
        if tally.done > self._done:
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
        # Said when the clock has run: who rounds from the first moment is to change something, not to stay.
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
