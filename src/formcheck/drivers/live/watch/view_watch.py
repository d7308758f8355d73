"""Judge the view throughout the set: it may change while the person moves."""

from __future__ import annotations

import math
from collections import deque

from formcheck.core.camera.advice import Problem, ProblemCode, find_problems
from formcheck.core.camera.framing import FramingTally
from formcheck.core.movement.schema import Movement
from formcheck.core.records import StepResult

LOOK_BACK_S, LOOK_EVERY_S = 1.5, 1.0
_THIN_S = 0.2
"""Five pictures a second show a view."""
LASTS_S = 2.0
"""A problem that passes by itself is not said."""
SAY_AGAIN_S = 12.0
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
        if self.problem is None or not lasts or t - self._told_s < SAY_AGAIN_S or result.feedback.text:
            return ""
        self._told_s = t
        return self.problem.advice

    def _look(self) -> Problem | None:
        if not all(result.pose.seen for result in self._recent):
            return None  # who is not seen is called back by the cue
        tally = FramingTally(self.movement)
        for result in self._recent:
            tally.add(result)
        found = find_problems(tally.summarise(still=True), self.movement)
        return next((one for one in found if one.code in self._told), None)
