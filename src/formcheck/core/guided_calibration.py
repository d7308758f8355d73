"""The guided calibration: a person shows the tall and the gently rounded back.

The person holds each back still for `COLLECT_S`, some seconds after the request; the pictures of that time give its
contour. A back that was not shown clearly is requested once more and then left out, and so is a tall back that has
rounded since the request. The person is never urged to round further.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.measure import back
from formcheck.core.measure.measure import find_stance
from formcheck.core.movement.schema import Condition, Movement
from formcheck.core.movement.signals import find_role
from formcheck.core.phases.start_posture import QUIET_TL, Rest, is_posture_condition_met
from formcheck.core.phases.timeseries import TimeWindow, drop_missing, is_often_enough, take_median
from formcheck.core.reasons import Reason, ReasonCode, describe_reason
from formcheck.languages.phrase import Phrase

from .calibration import Calibration
from .records import Measurements

THERE_S = 2.0
"""Time to get into the posture before pictures count."""
COLLECT_S = 2.5
"""The back is held still for this long."""
STEP_TIME_LIMIT_S = 15.0
WHOLE_S = 40.0
"""Limits: one request ends after `STEP_TIME_LIMIT_S`, everything after `WHOLE_S` (catalogue 7: at most 40 s)."""
LEAST_CALIBRATION_FPS = 6.0
"""Rest is seen at six pictures a second.

A body that sways or a back that rounds takes half a second or more for one way, so it strays within the five pictures
of `QUIET_S`, and each third of `COLLECT_S` has five for its median [E]. Speed and bounce need ten (`motion.MIN_FPS`).
"""
LONGEST_STEP_S = 2 / LEAST_CALIBRATION_FPS
"""One picture may be missing; after a longer gap the rest starts again."""
READABLE_SHARE = 0.6
"""The back must be readable in this share of the pictures."""
STEADY_TL = 0.03
"""Largest difference between the contours of the thirds of `COLLECT_S` for a back at rest.

It is 0.005-0.022 in rendered holds, and 0.02-0.1 in a back that rounds and hollows while shoulders and hips hardly
move.
"""
MAX_TRIES = 2
LEAST_ROUNDING_DEG = 20.0
"""Rounding by less cannot be distinguished from bowing.

A straight hinge reads 10-19 degrees by itself (rendered clips).
"""

Step = Literal["tall", "round", "done"]

TALL = {
    "standing": Phrase("Stand tall and relaxed"),
    "sitting": Phrase("Sit tall and relaxed"),
    "kneeling": Phrase("Kneel tall and relaxed"),
    "all_fours": Phrase("On all fours, back level"),
}
"""The first request, by posture.

A person who lies down does not show the back, so these postures need no calibration.
"""
ROUND = Phrase("Now round your back gently")
THANKS = Phrase("Thank you, that is all")

ROUNDED_ALREADY = Phrase("Your back already looked rounded. Please make it long and try again.")
STILL_ROUNDED = Phrase("Your back still looked rounded. That is fine. We go on without it.")
LITTLE_CHANGE = Phrase("I saw little change. Round a little more, gently.")
STILL_LITTLE = Phrase("I saw little change. That is fine. I remember your tall back.")
NOT_SEEN = Phrase("I could not see your back well: {why}. We can go on without it.")
RESTLESS = Phrase("I could not see you hold still. We can go on without it.")
TOO_SLOW = Phrase("This computer is too slow for this step. We go on without it.")

_TIME_TOLERANCE_S = 1e-6
_NEARLY = 0.95
_PICTURES_OF_LOOK = 3
"""The median of so many pictures in a row is one look at a back: a single one may be wrong."""
_TRUNK_SAMPLES = (back.GRID > -0.1) & (back.GRID < 0.9)


@dataclass(frozen=True, slots=True)
class GuidedState:
    """The state of a guided calibration.

    Parameters
    ----------
    id : the back that is being shown.
    text : the instruction, to be shown and spoken; empty if the movement needs no calibration.
    index, of : number of this step (1-based) and of all steps; 0 of 0 if nothing needs calibrating.
    share : how much of this step has been seen, 0..1; 1 only when all is done.
    done : no further requests follow.
    problem : why a step is repeated or was left out; empty if all went well.
    """

    id: Step
    text: str
    index: int
    of: int
    share: float
    done: bool
    problem: str


class _Shown(NamedTuple):
    """A back as it was shown: its contour (33,) and the stance of the trunk."""

    contour: NDArray[np.float64]
    stance: back.Stance


class _Picture(NamedTuple):
    """One picture while the body rests.

    It holds the contour and the stance, or the reason why the back could not be read.
    """

    time_s: float
    why: Reason | None
    contour: NDArray[np.float64] | None
    stance: back.Stance


class _CalibrationTry:
    """One attempt to show a back, from the request on."""

    def __init__(self, movement: Movement, begun_s: float, posture: list[Condition]) -> None:
        self.begun_s = begun_s
        self._posture = posture
        self._rest = Rest(movement.view.camera, longest_step_s=LONGEST_STEP_S)
        self._pictures = TimeWindow(COLLECT_S)
        self._still_s = math.nan
        self._seen: deque[_Picture] = deque()
        self._whys: Counter[Reason | None] = Counter()
        self.share = 0.0
        self._bends: deque[float] = deque(maxlen=_PICTURES_OF_LOOK)
        self.longest_deg = math.inf
        """The longest back that was seen since the request, also in passing."""

    def step(self, measurements: Measurements) -> _Shown | None:
        """Add one picture; return the back once it was shown for long enough."""
        now_s, near = measurements.time_s, measurements.view.near
        self._pictures.add(now_s, 0.0)
        if measurements.joints_px is not None:
            self._rest.step(measurements)
        why = self._unread(measurements)
        if why is None and measurements.contour is not None:
            self._bends.append(back.estimate_bend_no_neutral(measurements.contour).value_deg)
            if len(self._bends) == _PICTURES_OF_LOOK:
                self.longest_deg = min(self.longest_deg, float(np.median(self._bends)))
        if now_s < self.begun_s + THERE_S - _TIME_TOLERANCE_S:
            return None
        self._whys[why] += 1
        if not self._rest.unrest_tl <= QUIET_TL:
            self._seen.clear()
            self._still_s, self.share = math.nan, 0.0
            return None
        if not self._seen:
            self._still_s = now_s
        self._seen.append(
            _Picture(now_s, why, measurements.contour, find_stance(measurements.unchecked, near or "left"))
        )
        while self._seen[0].time_s < now_s - COLLECT_S - _TIME_TOLERANCE_S:
            self._seen.popleft()
        self.share = min(_NEARLY, (now_s - self._still_s) / COLLECT_S)
        return self._shown() if now_s - self._still_s >= COLLECT_S - _TIME_TOLERANCE_S else None

    def _unread(self, measurements: Measurements) -> Reason | None:
        """Return why this picture does not show the requested back; None if it does."""
        if measurements.joints_px is None:
            return Reason(ReasonCode.NOBODY_SEEN)
        why = measurements.values["back_curve_pct"].reason
        if why or measurements.contour is None:
            return why or Reason(ReasonCode.BACK_EDGE_HIDDEN)
        near, unchecked = measurements.view.near, measurements.unchecked
        there = all(is_posture_condition_met(c, unchecked, working=None, near=near) for c in self._posture)
        return None if there else Reason(ReasonCode.NOT_IN_START)

    def _often_enough(self) -> bool:
        return is_often_enough(self._pictures.times_s, LEAST_CALIBRATION_FPS)

    def _shown(self) -> _Shown | None:
        if not self._often_enough():
            return None
        read = [(p.contour, p.stance) for p in self._seen if not p.why and p.contour is not None]
        if len(read) < max(READABLE_SHARE * len(self._seen), 3):
            return None
        contours = np.stack([contour for contour, _ in read])
        thirds = [np.median(third, axis=0)[_TRUNK_SAMPLES] for third in np.array_split(contours, 3)]
        if np.ptp(thirds, axis=0).max() > STEADY_TL:
            return None
        stances = np.array([how for _, how in read])
        how = back.Stance(*(take_median(drop_missing(column, column)[1]) for column in stances.T))
        return _Shown(np.median(contours, axis=0), how)

    def problem(self) -> str:
        """Return the reason why the back was not shown in time, in friendly words."""
        total = self._whys.total()
        unread = [(why, n) for why, n in self._whys.most_common() if why]
        if sum(n for _, n in unread) > (1 - READABLE_SHARE) * total:
            return NOT_SEEN.format(why=describe_reason(unread[0][0]))
        too_few = not total or math.isnan(self._rest.unrest_tl) or not self._often_enough()
        return TOO_SLOW if too_few else RESTLESS


class GuidedCalibration:
    """Guides a person through the calibration that a movement needs, step by step.

    Times come with the poses.

    Parameters
    ----------
    movement : what the person will do afterwards. If it does not judge the back from the side, no calibration is done.
    most_s : everything ends after this time.

    Attributes
    ----------
    state : the current state; before the first pose, the first instruction.
    """

    def __init__(self, movement: Movement, *, most_s: float = WHOLE_S) -> None:
        self._movement, self._most_s = movement, most_s
        self._steps: tuple[Step, ...] = ("tall", "round") if needs_calibration(movement) else ()
        self._at = 0
        self._tries = 0
        self._begun_s = math.nan
        self._try: _CalibrationTry | None = None
        self._tall: _Shown | None = None
        self._rounded: _Shown | None = None
        self._longest_deg = math.inf
        self._problem = ""
        self.state = self._state_now()

    def step(self, measurements: Measurements) -> GuidedState:
        """Add the measurements of one pose; return the new state. Time must rise."""
        if not self.state.done:
            self._advance(measurements)
            self.state = self._state_now()
        return self.state

    def skip(self) -> GuidedState:
        """Skip the steps that have not been shown yet."""
        self._end("")
        self.state = self._state_now()
        return self.state

    def result(self, created_utc: str | None = None) -> Calibration | None:
        """Return the backs shown so far, or None if there are none.

        Parameters
        ----------
        created_utc : the time now, ISO 8601.
        """
        if self._tall is None:
            return None
        posture = self._movement.posture
        rounded = {} if self._rounded is None else {posture: _kept(self._rounded.contour)}
        return Calibration(created_utc=created_utc, neutral={posture: _kept(self._tall.contour)}, rounded=rounded)

    def _advance(self, measurements: Measurements) -> None:
        now_s = measurements.time_s
        if self._try is None:
            self._try = _CalibrationTry(self._movement, now_s, self._posture())
            self._begun_s = now_s if math.isnan(self._begun_s) else self._begun_s
        shown = self._try.step(measurements)
        self._longest_deg = min(self._longest_deg, self._try.longest_deg)
        if shown is not None:
            self._look_at(shown)
        elif (
            now_s - self._try.begun_s >= STEP_TIME_LIMIT_S - _TIME_TOLERANCE_S
            or now_s - self._begun_s >= self._most_s - _TIME_TOLERANCE_S
        ):
            self._end(self._try.problem())

    def _posture(self) -> list[Condition]:
        """Return the conditions that show that the person is in the posture.

        For the tall back these are the movement's start conditions that name no side.
        """
        if self._steps[self._at] != "tall":
            return []
        return [c for c in self._movement.start.when if find_role(c.signal) not in ("working", "other")]

    def _look_at(self, shown: _Shown) -> None:
        if self._tall is None:
            bend_deg = back.estimate_bend_no_neutral(shown.contour).value_deg
            has_rounded = bend_deg - self._longest_deg >= LEAST_ROUNDING_DEG
            if bend_deg <= back.PLAUSIBLE_NEUTRAL_DEG and not has_rounded:  # it may be a person's own tall back
                self._tall = shown
                self._next()
            else:
                self._again(ROUNDED_ALREADY, STILL_ROUNDED)
        elif _change_deg(self._tall, shown) >= LEAST_ROUNDING_DEG:
            self._rounded = shown
            self._next()
        else:
            self._again(LITTLE_CHANGE, STILL_LITTLE)

    def _next(self) -> None:
        self._at, self._tries, self._try, self._problem = self._at + 1, 0, None, ""

    def _again(self, problem: str, at_last: str) -> None:
        self._tries, self._try, self._problem = self._tries + 1, None, problem
        if self._tries >= MAX_TRIES:
            self._end(at_last)

    def _end(self, problem: str) -> None:
        """End the calibration: without the tall back the rounded one has no meaning."""
        self._at, self._try, self._problem = len(self._steps), None, problem

    def _state_now(self) -> GuidedState:
        of = len(self._steps)
        if self._at >= of:
            return GuidedState("done", THANKS if of else "", of, of, 1.0, done=True, problem=self._problem)
        step = self._steps[self._at]
        text = TALL[self._movement.posture] if step == "tall" else ROUND
        share = self._try.share if self._try else 0.0
        return GuidedState(step, text, self._at + 1, of, share, done=False, problem=self._problem)


def needs_calibration(movement: Movement) -> bool:
    """Return whether a movement needs calibration.

    It does if it judges the back from the side, in a posture in which the back can be shown.
    """
    conditions = [c for fault in movement.faults for group in fault.groups for c in group]
    signals = [*(c.signal for c in conditions), *(measure.signal for measure in movement.measures.values())]
    judged = any(signal.startswith("back_") for signal in signals)
    return judged and movement.view.camera == "side" and movement.posture in TALL


def _change_deg(tall: _Shown, shown: _Shown) -> float:
    """Return how much rounder a back is than the tall one, degrees."""
    bends = (back.estimate_bend(one.contour, tall.contour, one.stance, tall.stance) for one in (shown, tall))
    now, then = (bend.value_deg for bend in bends)
    return now - then


def _kept(contour: NDArray[np.float64]) -> list[float]:
    return [round(float(x), 5) for x in contour]
