"""The phase machine: where in the movement the person is, which repetition, which hold.

One drive signal makes the phases; the movement file says which and how far. Three kinds:

========  ===========================================  =====================================================
reach     setup → move → hold → return → setup         leave the start posture, stay, come back
cycle     setup → low ⇄ high                           to and fro; a repetition is one low and one high
pose      setup ⇄ hold                                 be in a posture; the hold begins once it is settled
========  ===========================================  =====================================================

``absent`` can be entered from anywhere and leads back to where the machine was. A hold's ends are
dated back to when they happened, not to when they were noticed.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from . import back, motion
from .measure import Reference, contour_of
from .movement import Condition, Movement, resolve
from .records import Measurements, PhaseState, PoseFrame, Repetition
from .skeleton import INDEX, PAIRS, Side

QUIET_S = 0.8
"""The start posture must be kept this long before it serves as the reference."""
QUIET_TL = 0.06
"""... and no joint may stray further than this meanwhile."""
SETTLE_S = 0.5
SPEED_S = 0.25
MEMORY_S = 3.2
LEVEL_S = 2.0
BACKDATE_DEG = 1.2
CONFIRM_S = 0.2
STAY_S = 0.4
MAX_SPEED_DEG_PER_S = 300.0
"""Nobody bows faster: the pose model has lost the person."""
LOST_S = 3.0
"""A posture lost for longer than this ends the repetition."""
ABSENT_S = 0.5
STRONG_DEG = 45.0
"""A single picture without an own neutral shows one end of a cycle only where it is this strong."""

_QUIET_JOINTS = [INDEX[f"{s}_{p}"] for s in ("left", "right") for p in ("shoulder", "hip")]


def holds_now(condition: Condition, values: Mapping[str, float], *, working: Side | None, near: Side | None) -> bool:
    """Whether a posture condition is met by the plain value; uncertainty is for verdicts, not for phases."""
    name = resolve(condition.signal, working=working, near=near)
    value = values.get(name, math.nan) if name else math.nan
    return value > condition.limit if condition.above is not None else value < condition.limit


class PhaseTracker:
    """Follows one person through one movement.

    Attributes
    ----------
    reference : the person's own start posture, once it was seen.
    """

    def __init__(
        self, movement: Movement, *, side: Side | None = None, neutral: NDArray[np.float64] | None = None, still: bool = False
    ) -> None:
        self.movement = movement
        self.reference = Reference(neutral=neutral)
        self._own_neutral = neutral
        self._side, self._still = side, still
        self._name, self._since_s = "setup", 0.0
        self._t: deque[float] = deque()
        self._drive: deque[float] = deque()
        self._poses: deque[tuple[Measurements, PoseFrame]] = deque()
        self._repetition: Repetition | None = None
        self._count = 0
        self._hold_from_s = math.nan
        self._seen_s = -math.inf
        self._off_since_s = math.nan
        self._turn: tuple[int, float, float, float, float] = (0, math.nan, 0.0, math.nan, 0.0)
        self._halves = 0
        self._captured_s = -math.inf

    # -- one frame ---------------------------------------------------------------------------------

    def step(self, measurements: Measurements, pose: PoseFrame, near: Side | None) -> PhaseState:
        """Take one frame in; return the state after it. Time must rise."""
        t = measurements.time_s
        working = self._working(near)
        told = math.isfinite(self._drive_value(measurements.values, working, near))
        # a bow can be followed from anywhere; whether a back rounds or sinks cannot
        follow = measurements.values if self.movement.drive.kind == "cycle" else measurements.rough
        drive = self._drive_value(follow, working, near)
        if pose.seen:
            self._seen_s = t
        if t - self._seen_s > ABSENT_S or (not pose.seen and self._seen_s == -math.inf):
            return PhaseState("absent", t, working, near, motion={}, repetition=self._repetition, still=self._still)
        self._remember(t, drive, measurements, pose)
        if self._still:
            return self._still_state(t, drive, measurements, working, near)
        before, ended = self._name, None
        if self._repetition is None or self._name == "setup":
            self._capture_reference(t, measurements, working, near)
        if math.isfinite(drive):
            ended = getattr(self, f"_step_{self.movement.drive.kind}")(t, drive, measurements, working, near)
        self._note_extremes(t, measurements, working, near)
        if self._name != before:
            self._since_s = t
        return PhaseState(
            self._name, self._since_s, working, near, self._name != before, self._motion(t, ended) if told else {}, self._repetition, ended
        )

    def finish(self, time_s: float) -> Repetition | None:
        """Close what still runs at the end of the recording; return the repetition that it ended."""
        running = self._repetition
        if running is None or not running.counts:
            return None
        if math.isfinite(self._hold_from_s) and running.hold_end_s is None:
            running = replace(running, hold_end_s=time_s)
        self._repetition = None
        return replace(running, end_s=time_s)

    # -- kinds of drive ----------------------------------------------------------------------------

    def _step_reach(self, t: float, drive: float, m: Measurements, working: Side | None, near: Side | None) -> Repetition | None:
        spec = self.movement.drive
        sign = math.copysign(1.0, spec.least)
        x = (drive - self._base(working, near)) * sign
        least = abs(spec.least)
        if self._name == "setup":
            if x > spec.departs:
                self._begin(t, working)
                self._name = "move"
        elif self._name in ("move", "return"):
            self._count_if(self._stays(x >= least, t))
            if x >= least and abs(self._slope(SETTLE_S)) < spec.settle_deg_per_s:
                self._count_if(True)
                self._enter_hold(t)
            elif x < min(spec.departs, least / 2):
                return self._end(t)
        elif self._name == "hold" and self._left_hold(t, drive, sign):
            self._leave_hold("return")
        return None

    def _step_pose(self, t: float, drive: float, m: Measurements, working: Side | None, near: Side | None) -> Repetition | None:
        spec = self.movement.drive
        formed = all(holds_now(c, m.rough, working=working, near=near) for c in spec.hold_when)
        if self._name == "setup":
            if formed and abs(self._slope(SETTLE_S)) < spec.settle_deg_per_s:
                if self._repetition is None:
                    self._begin(t, working)
                self._count_if(True)
                self._enter_hold(t)
            elif self._repetition is not None and t - (self._repetition.hold_end_s or t) > LOST_S:
                return self._end(t)
        elif not formed or self._left_hold(t, drive, 0.0):
            if self._off(t):
                self._leave_hold("setup")
        else:
            self._off_since_s = math.nan
        return None

    def _step_cycle(self, t: float, drive: float, m: Measurements, working: Side | None, near: Side | None) -> Repetition | None:
        direction, low, low_s, high, high_s = self._turn
        low, low_s = (drive, t) if not drive >= low else (low, low_s)
        high, high_s = (drive, t) if not drive <= high else (high, high_s)
        least, ended = abs(self.movement.drive.least), None
        if direction <= 0 and drive - low >= least:
            ended = self._half("high", low_s, working)
            direction, high, high_s = 1, drive, t
        elif direction >= 0 and high - drive >= least:
            ended = self._half("low", high_s, working)
            direction, low, low_s = -1, drive, t
        self._turn = (direction, low, low_s, high, high_s)
        return ended

    def _half(self, name: str, turned_s: float, working: Side | None) -> Repetition | None:
        """A half of a cycle has begun; every third one begins the next repetition."""
        self._name = name
        self._halves += 1
        if self._halves == 3:
            self._halves = 1
            ended = self._end(turned_s, name=name)
            self._begin(turned_s, working)
            return ended
        if self._repetition is None:
            self._begin(turned_s, working)
        self._count_if(self._halves == 2)
        return None

    # -- repetitions and holds ---------------------------------------------------------------------

    def _begin(self, t: float, working: Side | None) -> None:
        self._count += 1
        self._repetition = Repetition(self._count, working, t)
        self._hold_from_s = self._off_since_s = math.nan

    def _count_if(self, far_enough: bool) -> None:
        if self._repetition is not None and far_enough and not self._repetition.counts:
            self._repetition = replace(self._repetition, counts=True)

    def _stays(self, far: bool, t: float) -> bool:
        """Whether the person has been far enough for a moment; a glance of the pose model is no repetition."""
        if not far:
            self._off_since_s = math.nan
            return False
        if not math.isfinite(self._off_since_s):
            self._off_since_s = t
        return t - self._off_since_s >= STAY_S

    def _end(self, t: float, *, name: str = "setup") -> Repetition | None:
        """The repetition is over; one that did not go far enough is dropped and its number used again."""
        ended, self._repetition, self._name = self._repetition, None, name
        if ended is None or not ended.counts:
            self._count -= 1 if ended else 0
            return None
        return replace(ended, end_s=t)

    def _enter_hold(self, t: float) -> None:
        assert self._repetition is not None
        self._name, self._hold_from_s, self._off_since_s = "hold", t, math.nan
        start = self._repetition.hold_start_s
        self._repetition = replace(self._repetition, hold_start_s=t if start is None else start, hold_end_s=None)

    def _left_hold(self, t: float, drive: float, sign: float) -> bool:
        """Whether the drive has fallen (sign ±1) or strayed (0) from the hold's own level."""
        away = self._level() - drive
        return (away * sign if sign else abs(away)) > self.movement.drive.leaves

    def _level(self) -> float:
        """The hold's own level: the median of its last two seconds."""
        times, values = np.array(self._t), np.array(self._drive)
        part = (times >= max(self._hold_from_s, times[-1] - LEVEL_S)) & np.isfinite(values)
        return float(np.median(values[part])) if part.any() else math.nan

    def _off(self, t: float) -> bool:
        if not math.isfinite(self._off_since_s):
            self._off_since_s = t
        return t - self._off_since_s >= CONFIRM_S

    def _leave_hold(self, name: str) -> None:
        """End the hold, dated back to the last moment at its own level."""
        assert self._repetition is not None
        level = self._level()
        end = self._hold_from_s
        for t, drive in zip(self._t, self._drive, strict=True):
            if t >= self._hold_from_s and abs(drive - level) <= BACKDATE_DEG:
                end = t
        self._repetition = replace(self._repetition, hold_end_s=end)
        self._name, self._hold_from_s, self._off_since_s = name, math.nan, math.nan


    # -- signals -----------------------------------------------------------------------------------

    def _working(self, near: Side | None) -> Side | None:
        if not self.movement.two_sided:
            return None
        return self._side or near

    def _drive_value(self, values: Mapping[str, float], working: Side | None, near: Side | None) -> float:
        for signal in filter(None, (self.movement.drive.signal, self.movement.drive.fallback)):
            name = resolve(signal, working=working, near=near)
            value = values.get(name, math.nan) if name else math.nan
            if math.isfinite(value):
                return value
        return math.nan

    def _base(self, working: Side | None, near: Side | None) -> float:
        name = resolve(self.movement.drive.signal, working=working, near=near)
        value = self.reference.values.get(name, math.nan) if name else math.nan
        return value if math.isfinite(value) else self.movement.start.nominal

    def _remember(self, t: float, drive: float, m: Measurements, pose: PoseFrame) -> None:
        self._t.append(t)
        self._drive.append(drive)
        self._poses.append((m, pose))
        while self._t and self._t[0] < t - MEMORY_S:
            self._t.popleft()
            self._drive.popleft()
        while self._poses and self._poses[0][0].time_s < t - QUIET_S - 0.1:
            self._poses.popleft()

    def _slope(self, window_s: float) -> float:
        return motion.slope_per_s(np.array(self._t), np.array(self._drive), window_s)

    def _motion(self, t: float, ended: Repetition | None) -> dict[str, float]:
        speed = abs(self._slope(SPEED_S))
        out = {"speed_deg_per_s": speed if speed <= MAX_SPEED_DEG_PER_S else math.nan, "bounce_deg": 0.0, "unrest_tl": self._unrest_tl()}
        if self._name == "hold":
            since = np.array(self._t) >= self._hold_from_s
            out["bounce_deg"] = motion.bounce_deg(np.array(self._t)[since], np.array(self._drive)[since])
        return out | timing(ended or self._repetition, t)

    def _note_extremes(self, t: float, m: Measurements, working: Side | None, near: Side | None) -> None:
        running = self._repetition
        if running is None:
            return
        extremes = dict(running.extremes)
        for signal in self.movement.reduced_signals:
            name = resolve(signal, working=working, near=near)
            value = m.values.get(name, math.nan) if name else math.nan
            if math.isfinite(value):
                low, low_s, high, high_s = extremes.get(signal, (value, t, value, t))
                low, low_s = (value, t) if value < low else (low, low_s)
                high, high_s = (value, t) if value > high else (high, high_s)
                extremes[signal] = (low, low_s, high, high_s)
        self._repetition = replace(running, extremes=extremes)

    # -- the start posture -------------------------------------------------------------------------

    def _unrest_tl(self) -> float:
        """How far shoulders and hips strayed within the quiet window, trunk lengths; NaN while it is too short."""
        if len(self._poses) < 3 or self._poses[-1][0].time_s - self._poses[0][0].time_s < QUIET_S - 1e-6:
            return math.nan
        xy = np.stack([np.asarray(p.xy_px, np.float64)[_QUIET_JOINTS] for _, p in self._poses])
        last = xy[-1]
        trunk = math.hypot(*(last[[0, 2]].mean(axis=0) - last[[1, 3]].mean(axis=0)))
        spread = xy.max(axis=0) - xy.min(axis=0)
        return float(np.hypot(spread[:, 0], spread[:, 1]).max() / trunk) if trunk > 0 else math.nan

    def _in_start(self, m: Measurements, working: Side | None, near: Side | None) -> bool:
        return all(holds_now(c, m.rough, working=working, near=near) for c in self.movement.start.when)

    def _capture_reference(self, t: float, m: Measurements, working: Side | None, near: Side | None) -> None:
        """Take the quiet start posture as the person's own reference, once a second until the first repetition."""
        if self._count > 0 and self.reference.values or t - self._captured_s < 1.0:
            return
        if not self._unrest_tl() <= QUIET_TL or not all(self._in_start(p, working, near) for p, _ in self._poses):
            return
        self._captured_s = t
        values = {k: _median(p.rough.get(k, math.nan) for p, _ in self._poses) for k in m.values}
        xy = np.median(np.stack([np.asarray(p.xy_px, np.float64) for _, p in self._poses]), axis=0)
        shoulder, hip, ankle = (tuple(xy[list(PAIRS[p])].mean(axis=0).tolist()) for p in ("shoulder", "hip", "ankle"))
        neutral, reason = self._neutral()
        self.reference = Reference(values, neutral, reason, math.dist(shoulder, hip), hip, ankle)

    def _neutral(self) -> tuple[NDArray[np.float64] | None, str]:
        """The own neutral back: from the calibration, else from this start if it is plausible."""
        if self._own_neutral is not None:
            return self._own_neutral, ""
        contours = [c for c in (contour_of(p) for _, p in self._poses) if c is not None]
        if len(contours) < max(3, len(self._poses) // 2):
            return None, "the edge of the back was not clear in the start posture"
        contour = np.median(np.stack(contours), axis=0)
        if back.bend_no_neutral_deg(contour) > back.PLAUSIBLE_NEUTRAL_DEG:
            return None, "the start posture already looked rounded, so it cannot serve as your neutral"
        return contour, ""

    # -- one picture -------------------------------------------------------------------------------

    def _still_state(self, t: float, drive: float, m: Measurements, working: Side | None, near: Side | None) -> PhaseState:
        spec = self.movement.drive
        name = "setup"
        if spec.kind == "pose":
            name = "hold" if all(holds_now(c, m.rough, working=working, near=near) for c in spec.hold_when) else name
        elif spec.kind == "reach":
            x = (drive - self.movement.start.nominal) * math.copysign(1, spec.least)
            name = "hold" if x >= abs(spec.least) else name
        elif abs(drive) > STRONG_DEG:
            name = "high" if drive > 0 else "low"
        return PhaseState(name, t, working, near, True, still=True)


def timing(repetition: Repetition | None, now_s: float, *, whole: bool = True) -> dict[str, float]:
    """Return how long a repetition and its hold have lasted, s; empty where there is none.

    A repetition that the end of the recording cut short (`whole` False) says nothing about its pace.
    """
    if repetition is None:
        return {}
    out = {"repetition_s": (repetition.end_s or now_s) - repetition.start_s} if whole else {}
    if repetition.hold_start_s is not None:
        out["hold_s"] = (repetition.hold_end_s or now_s) - repetition.hold_start_s
    return out


def _median(values: Iterable[float]) -> float:
    known = np.array([v for v in values if math.isfinite(v)])
    return float(np.median(known)) if len(known) else math.nan
