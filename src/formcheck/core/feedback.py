"""One steady cue at a time, and the hold clock that counts only valid time.

A fault is spoken once it has lasted long enough (`for_s` of the movement file). The most serious fault comes first, and
the same words are not repeated within six seconds.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from dataclasses import dataclass, replace

from formcheck.core.camera import advice
from formcheck.core.movement.schema import FaultSpec, Movement
from formcheck.core.reasons import ReasonCode

from .records import SEVERITIES, ActiveFault, Assessment, FaultFinding, Feedback, HoldState, PhaseState, Severity

REPEAT_S = 6.0
"""The same cue is not spoken again within this time (catalogue 0.3)."""
HOLD_OFF_S = 1.0
"""A cue stays at least this long, unless a more serious one comes [E].

So it can be read.
"""
GAP_S = 0.3
"""A fault that vanishes for no longer than this has not ended."""
BLIND_S = 1.0
"""A view in which nothing can be judged is said after this long; the hold clock runs on."""
STOPPED_S = 1.4
"""A stopped clock is explained within this time, and a picture more.

A fault that must last longer stops it only then.
"""
MAX_TICK_S = 0.5

VIEW_CUES = {
    "bad_view": advice.TURN_SIDEWAYS,
    "not_in_front": advice.TURN_TO_CAMERA,
    "out_of_view": advice.STEP_BACK_INTO,
}
VIEW_REASONS = {
    "bad_view": ReasonCode.NOT_SIDE_ON,
    "not_in_front": ReasonCode.NOT_IN_FRONT,
    "out_of_view": ReasonCode.NOBODY_SEEN,
}
"""View problem -> the reason by which it is known."""
_WRONG_VIEW = {"side": "bad_view", "front": "not_in_front"}
"""By where the camera should stand: the problem if it does not."""
_ABSENT = FaultFinding(present=False)
PAUSING = frozenset({"fix", "stop"})


@dataclass(frozen=True, slots=True)
class _Timer:
    """How long a fault has been present."""

    from_s: float
    last_s: float
    fault: ActiveFault


@dataclass(frozen=True, slots=True)
class _SpokenCue:
    """The current cue: id of a fault or of a view problem, and its severity."""

    cue: str
    severity: Severity


class HoldClock:
    """Counts the valid seconds of one hold, and knows its earlier values.

    The end of a hold is noticed late and dated back. The clock must not keep what it counted in between.

    Attributes
    ----------
    valid_s : valid seconds so far.
    """

    def __init__(self) -> None:
        self.valid_s = self._withheld_s = 0.0
        self._times_s, self._seconds = array("d"), array("d")

    def count(self, time_s: float, tick_s: float, *, is_paused: bool, is_reported: bool) -> None:
        """Add one picture of the hold.

        The time of a pause that is never reported counts after all.
        """
        if not is_paused:
            self.valid_s += self._withheld_s + tick_s
        self._withheld_s = self._withheld_s + tick_s if is_paused and not is_reported else 0.0
        self._times_s.append(time_s)
        self._seconds.append(self.valid_s)

    def read(self, at_s: float | None) -> float:
        """Return the valid seconds at a moment; None = now."""
        if at_s is None:
            return self.valid_s
        number = bisect_right(self._times_s, at_s + 1e-6)
        return self._seconds[number - 1] if number else 0.0


class CueSelector:
    """Turns assessments into cues, and runs the hold clock."""

    def __init__(self, movement: Movement) -> None:
        self.movement = movement
        self._timers: dict[str, _Timer] = {}
        self._said_s: dict[str, float] = {}
        self._shown: _SpokenCue | None = None
        self._since_s = self._changed_s = -math.inf
        self._hold = HoldClock()
        self._hold_end_s: float | None = None
        self._repetition: tuple[int, float] | None = None
        self._is_running = False
        self._last_s = math.nan
        self._seen_s = -math.inf

    def step(self, assessment: Assessment, phase: PhaseState) -> Feedback:
        """Take one assessment in; return what is to be said and shown."""
        t = assessment.time_s
        for fault in self.movement.faults:
            self._time(fault, assessment, phase)
        active = tuple(
            timer.fault
            for timer in self._timers.values()
            if phase.still or timer.last_s - timer.from_s >= self._needed(timer) - 1e-6
        )
        view = self._view_problem(assessment, t)
        hold = self._clock(t, assessment, phase, frozenset(fault.id for fault in active))
        self._last_s = t
        return self._say(t, active, view, hold)

    # -- faults ------------------------------------------------------------------------------------

    def _needed(self, timer: _Timer) -> float:
        fault = self.movement.fault(timer.fault.id)
        return 0.0 if fault.at_end_of_repetition else fault.for_s

    def _time(self, spec: FaultSpec, assessment: Assessment, phase: PhaseState) -> None:
        t, timer = assessment.time_s, self._timers.get(spec.id)
        found = assessment.faults.get(spec.id, _ABSENT)
        if found.present is not True:
            if timer is not None and t - timer.last_s > (2.0 if spec.at_end_of_repetition else GAP_S):
                del self._timers[spec.id]
            return
        from_s, to_s = _find_span(spec, phase, t)
        if timer is None or spec.at_end_of_repetition:
            fault = ActiveFault(
                spec.id, spec.severity, from_s, to_s, found.value, found.limit, found.unit, found.uncertainty
            )
            self._timers[spec.id] = _Timer(from_s, t, fault)
            return
        worse = found.value > timer.fault.value if found.is_above else found.value < timer.fault.value
        fault = replace(timer.fault, value=found.value, uncertainty=found.uncertainty) if worse else timer.fault
        self._timers[spec.id] = _Timer(timer.from_s, t, replace(fault, said_s=t))

    # -- hold clock --------------------------------------------------------------------------------

    def _view_problem(self, assessment: Assessment, t: float) -> str:
        """Return the problem that prevents all judging, once it has lasted.

        Empty while something can be judged.
        """
        codes = {f.reason.code for f in assessment.findings if f.status == "cannot_tell" and f.reason}
        said = _WRONG_VIEW.get(self.movement.view.camera, "out_of_view")
        blind = assessment.phase == "absent" or not codes.isdisjoint({VIEW_REASONS[said], ReasonCode.NOBODY_SEEN})
        if not blind:
            self._seen_s = t
        elif t - max(self._seen_s, 0.0) >= BLIND_S:
            return "out_of_view" if assessment.phase == "absent" else said
        return ""

    def _clock(self, t: float, assessment: Assessment, phase: PhaseState, active: frozenset[str]) -> HoldState | None:
        """Return the state of the hold clock.

        It stops for a fault and when the person leaves the picture. It never stops for a view that cannot be judged:
        what is not seen is not wrong. A fault that ends before it has lasted long enough to be reported was none: then
        its time counts after all. Once a hold is over, the clock shows what it was at its end, which is dated back.
        """
        target = self.movement.dose.hold_s
        if target is None or phase.still:
            return None
        self._follow_repetition(phase)
        if phase.name != "hold":
            running = phase.repetition
            left = (
                phase.name == "absent"
                and running is not None
                and running.hold_start_s is not None
                and running.hold_end_s is None
            )
            return HoldState(round(self._hold.read(self._hold_end_s), 3), target, "out_of_view" if left else "")
        shown = {fault_id for fault_id, found in assessment.faults.items() if found.present}
        paused = next((f.id for f in self.movement.faults if self._stops(f, shown, t)), "")
        tick_s = 0.0 if phase.just_entered or not math.isfinite(self._last_s) else min(t - self._last_s, MAX_TICK_S)
        self._hold.count(t, tick_s, is_paused=bool(paused), is_reported=paused in active)
        return HoldState(round(self._hold.valid_s, 3), target, paused)

    def _follow_repetition(self, phase: PhaseState) -> None:
        """Set the clock to 0 for a new repetition.

        Also where the last one, or its hold, was none.
        """
        one = phase.repetition or phase.ended
        if one is None:
            if self._is_running:
                self._hold, self._hold_end_s = HoldClock(), None
        else:
            was_rest = phase.name == "move" and one is phase.repetition and one.hold_start_s is None
            if was_rest or (one.index, one.start_s) != self._repetition:
                self._hold = HoldClock()
            self._repetition, self._hold_end_s = (one.index, one.start_s), one.hold_end_s
        self._is_running = phase.repetition is not None

    def _stops(self, fault: FaultSpec, shown: set[str], t: float) -> bool:
        """Return whether a fault stops the clock now: its cue follows within `STOPPED_S`."""
        if fault.severity not in PAUSING or fault.id not in shown:
            return False
        timer = self._timers.get(fault.id)
        return timer is None or t - timer.from_s >= fault.for_s - STOPPED_S - 1e-6

    # -- words -------------------------------------------------------------------------------------

    def _say(self, t: float, active: tuple[ActiveFault, ...], view: str, hold: HoldState | None) -> Feedback:
        wanted = self._wanted(active, view)
        if wanted != self._shown and (_rank(wanted) > _rank(self._shown) or t - self._changed_s >= HOLD_OFF_S):
            self._shown, self._changed_s, self._since_s = wanted, t, t
            if wanted is not None:
                # words that were said a moment ago are shown again, but not spoken again
                self._since_s = (
                    t if t - self._said_s.get(wanted.cue, -math.inf) >= REPEAT_S else self._said_s[wanted.cue]
                )
        shown = self._shown
        if shown is None:
            return Feedback(None, "", None, t, active, hold)
        if t - self._since_s >= REPEAT_S:
            self._since_s = t
        self._said_s[shown.cue] = self._since_s
        text = VIEW_CUES.get(shown.cue) or self.movement.fault(shown.cue).cue
        return Feedback(shown.cue, text, shown.severity, self._since_s, active, hold)

    def _wanted(self, active: tuple[ActiveFault, ...], view: str) -> _SpokenCue | None:
        """Return the cue for this moment, regardless of what was said before.

        A view that shows nothing comes first, then the most serious fault.
        """
        if view:
            return _SpokenCue(view, "info")
        order = [f.id for f in self.movement.faults]
        worst = min(active, key=lambda f: (-SEVERITIES.index(f.severity), order.index(f.id)), default=None)
        return None if worst is None else _SpokenCue(worst.id, worst.severity)


def _rank(cue: _SpokenCue | None) -> int:
    return -1 if cue is None else SEVERITIES.index(cue.severity)


def _find_span(spec: FaultSpec, phase: PhaseState, t: float) -> tuple[float, float]:
    """Return the time span in which a fault shows.

    That is this moment, or the whole repetition over which it was judged: of how long it was held, the hold.
    """
    ended = phase.ended
    if not spec.at_end_of_repetition or ended is None:
        return t, t
    is_of_hold = any(condition.signal == "hold_s" for condition in spec.when)
    if is_of_hold and ended.hold_start_s is not None and ended.hold_end_s is not None:
        return ended.hold_start_s, ended.hold_end_s
    return ended.start_s, t if ended.end_s is None else ended.end_s
