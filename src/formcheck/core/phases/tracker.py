"""The phase machine: phase of the movement, repetition and hold.

One drive signal defines the phases; the movement file names it and its distances. Four kinds:

========  ===========================================  =====================================================
reach     setup → move → hold → return → setup         leave the start posture, stay, come back
cycle     setup → low ⇄ high                           to and fro; a repetition is one low and one high
pose      setup ⇄ hold                                 be in a posture; the hold begins once it is settled
rhythm    setup ⇄ hold                                 keep a rhythm; the hold lasts as long as the steps come
========  ===========================================  =====================================================

``absent`` can follow any phase and leads back to the phase before it. A person who was away for longer than
`RESTART_AFTER_S` starts again from ``setup``. A hold's ends are dated back to when they happened, not to when they were
noticed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.measure.joint_angles import Reference
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.signals import Roles
from formcheck.core.records import Measurements, PhaseState, Repetition, Value
from formcheck.core.skeleton import Side

from . import timeseries
from .drive_signal import DriveSignal, collect_motion_values, missing_reasons, wrap_values
from .repetitions import Repetitions, measure_timing
from .start_posture import QUIET_TL, Rest, StartPosture, find_phase_of_picture, is_posture_met
from .turns import ApproachAndReturn, Cycle, Steps, Valley
from .working_side import WorkingSide

ABSENT_S = 0.5
RESTART_AFTER_S = 10.0
"""After a longer absence the movement starts again."""


class Absence:
    """Watches whether a person is seen.

    Attributes
    ----------
    seen_s : when a person was last seen.
    since_s : when the current or last absence began; NaN before the first.
    has_begun : the absence began with the last picture.
    has_left : the absence is so long that the movement starts again afterwards.
    """

    def __init__(self) -> None:
        self.seen_s, self.since_s = -math.inf, math.nan
        self.has_begun = self.has_left = False

    def step(self, time_s: float, *, seen: bool) -> bool:
        """Add one picture; return whether the person is absent.

        A glance aside is no absence.
        """
        if seen:
            self.seen_s = time_s
        if time_s - self.seen_s <= ABSENT_S:
            return False
        self.has_begun = not self.since_s > self.seen_s
        self.since_s = time_s if self.has_begun else self.since_s
        self.has_left = time_s - self.seen_s > RESTART_AFTER_S
        return True


CONFIRM_S = 0.2
STAY_S = 0.4
LONGEST_REST_S = 5.0
"""A stay on the way in that is longer was a hold: people ease further in, or sink, after a while [E]."""
LOST_S = 3.0
"""A posture lost for longer than this ends the repetition."""


class _Now(NamedTuple):
    """The values of one frame."""

    time_s: float
    drive: float
    base: float
    measurements: Measurements
    roles: Roles


class PhaseTracker:
    """Follows one person through one movement.

    Parameters
    ----------
    movement : the movement that the person does.
    side : the working side; None = the one next to the camera.
    neutral, rounded : the person's own neutral and gently rounded back (33,), if they are known.
    still : the whole recording is one picture.
    rest : how still the body is, if other movements watch it too.
    tells : also compute the motion signals: speed, bounce, noise, extremes. Recognising a movement does not need them.
    """

    def __init__(
        self,
        movement: Movement,
        *,
        side: Side | None = None,
        neutral: NDArray[np.float64] | None = None,
        rounded: NDArray[np.float64] | None = None,
        still: bool = False,
        rest: Rest | None = None,
        tells: bool = True,
    ) -> None:
        self.movement = movement
        kinds = {"reach": self._step_reach, "cycle": self._step_cycle, "pose": self._step_pose}
        self._rule = kinds.get(movement.drive.kind, self._step_rhythm)
        self._reduced = movement.reduced_signals
        self._side, self._still = WorkingSide(movement, side), still
        self._start = StartPosture(movement, neutral, rounded, rest=rest)
        self._tells = tells
        self._repetitions = Repetitions()
        self._drive_signal = DriveSignal(movement)
        self._approach_and_return = ApproachAndReturn(self._drive_signal.unit)
        self._name, self._since_s = "setup", 0.0
        self._hold_from_s = math.nan
        self._was_near_start = self._was_measured = False
        self._measured = timeseries.Duration()
        self._absence = Absence()
        self._duration = timeseries.Duration()
        self._cycle, self._steps = self._turns()
        self._valley = Valley()
        self._working: Side | None = None
        self._cuts = 0

    def _turns(self) -> tuple[Cycle, Steps]:
        least = abs(self.movement.drive.least)
        return Cycle(least), Steps(least, self.movement.drive.least_per_min)

    @property
    def reference(self) -> Reference:
        """Return the person's own start posture, empty until it was seen."""
        return self._start.reference

    # -- one frame -----------------------------------------------------------------------------------------------------

    def step(self, measurements: Measurements) -> PhaseState:
        """Add one frame; return the new state. Time must rise."""
        near = measurements.view.near
        cut_off = self._begin_again(measurements) if measurements.cuts > self._cuts else None
        running = self._repetitions.running
        sure = running is not None and (running.counts or self._name == "return")
        side = self._side.step(measurements, self.reference.values, sure=sure)
        if not sure:
            self._repetitions.now_on(side)
        if side != self._working:
            self._working = side
            self._drive_signal.restart()
        roles = Roles(side, near)
        base = self._drive_signal.base(self.reference.values, roles)
        # any view can show that a person bows, but not that a back rounds or sinks
        drive = self._drive_signal.value(measurements, roles, base, unchecked=self.movement.drive.kind != "cycle")
        is_measured = math.isfinite(self._drive_signal.value(measurements, roles, base, unchecked=False))
        self._was_measured |= self._measured.step(measurements.time_s, active=is_measured) >= STAY_S
        now = _Now(measurements.time_s, drive, base, measurements, roles)
        if self._absence.step(now.time_s, seen=measurements.joints_px is not None):
            return self._absent_state(now)
        self._drive_signal.add(now.time_s, drive)
        self._start.remember(measurements)
        if self._tells:
            self._drive_signal.note_noise(now.time_s, drive)
            self._start.rest.note_noise()
        if self._still:
            name = find_phase_of_picture(self.movement, measurements, roles, drive)
            return PhaseState(name, now.time_s, side, near, just_entered=True, still=True)
        state = self._moved_state(now)
        return state if cut_off is None else replace(state, ended=cut_off)

    def _moved_state(self, now: _Now) -> PhaseState:
        before, running, ended = self._name, self._repetitions.running, None
        # a person who leans at the start has not begun to bow: their own start posture corrects this
        waiting = running is None or self._name == "setup" or (self._name == "move" and not running.counts)
        waiting = waiting or (self.movement.drive.kind == "pose" and not self.reference.values)
        if waiting and not (self._repetitions.count and self.reference.values):
            self._start.take(now.time_s, now.roles)
            now = now._replace(base=self._drive_signal.base(self.reference.values, now.roles))
        elif self._name == "setup" and self.movement.drive.kind != "cycle":
            self._start.take_neutral(now.time_s, now.roles)
        if math.isfinite(now.drive):
            ended = self._rule(now)
            self._approach_and_return.add(now.time_s, now.drive)
        if self._tells:
            self._repetitions.note_extremes(now.time_s, now.measurements.values, self._reduced, now.roles)
        if self._name != before:
            self._since_s = now.time_s
        motion, entered = self._collect_motion_values(now, ended), self._name != before
        side, near, running = now.roles.working, now.roles.near, self._repetitions.running
        about = self._name, self._since_s, side, near, entered, motion
        return PhaseState(*about, repetition=running, ended=ended)

    def _begin_again(self, measurements: Measurements) -> Repetition | None:
        """End what runs after a cut of the film; return the repetition that it ended.

        Neither the place nor the start posture is that of before.
        """
        self._cuts = measurements.cuts
        self._start.forget()
        self._was_near_start = False
        self._repetitions.was_cut_off()
        return self._leave()

    def _collect_motion_values(self, now: _Now, ended: Repetition | None) -> dict[str, Value]:
        if not self._tells:
            return {}
        if not math.isfinite(self._drive_signal.value(now.measurements, now.roles, now.base, unchecked=False)):
            return missing_reasons(self.movement, now.measurements, now.roles)
        return collect_motion_values(
            self.movement,
            self._drive_signal,
            self._start,
            self._steps,
            timing=self._timing(now.time_s, ended),
            ended=ended,
            time_s=now.time_s,
            hold_from_s=self._hold_from_s,
            uncertainty_deg=self._drive_signal.uncertainty(now.measurements, now.roles),
        )

    def finish(self, time_s: float) -> Repetition | None:
        """Close what is still open at the end of the recording or a part.

        Return the repetition that it ended. What comes later begins in ``setup``.
        """
        running = self._repetitions.running
        if running is not None and running.hold_end_s is None:
            self._repetitions.was_cut_off()
            if math.isfinite(self._hold_from_s):
                self._repetitions.end_hold(time_s)
        ended = self._repetitions.end(time_s, hesitations=self._hesitations())
        self._restart()
        return ended

    # -- absent, and one picture ---------------------------------------------------------------------------------------

    def _absent_state(self, now: _Now) -> PhaseState:
        ended = self._leave() if self._absence.has_left else None
        return PhaseState(
            "absent",
            self._absence.since_s,
            now.roles.working,
            now.roles.near,
            just_entered=self._absence.has_begun,
            motion=wrap_values(self._timing(now.time_s, ended)) if ended else {},
            repetition=self._repetitions.running,
            ended=ended,
            still=self._still,
        )

    def _leave(self) -> Repetition | None:
        """End the repetition that was open when the person was last seen.

        A person who comes back starts again.
        """
        if math.isfinite(self._hold_from_s):
            self._repetitions.end_hold(self._absence.seen_s)
        self._restart()
        return self._end_or_forget(self._absence.seen_s)

    def _restart(self) -> None:
        """Return to ``setup``; nothing that was followed goes on."""
        self._name, self._hold_from_s, self._duration = "setup", math.nan, timeseries.Duration()
        self._cycle, self._steps = self._turns()
        self._drive_signal.restart()

    # -- kinds of drive ------------------------------------------------------------------------------------------------

    def _step_reach(self, now: _Now) -> Repetition | None:
        spec = self.movement.drive
        sign, least = math.copysign(1.0, spec.least), abs(spec.least)
        away = (now.drive - now.base) * sign
        if self._rests_at_start(now):
            if self._name == "return" and self._repetitions.is_counted():
                return self._end(now.time_s, "setup", hesitations=self._hesitations())
            self._repetitions.drop()
            self._name, self._hold_from_s = "setup", math.nan
            self._start.take(now.time_s, now.roles)
            return None
        if self._name == "setup":
            self._was_near_start = self._was_near_start or away <= spec.departs
            if away > spec.departs:
                self._begin(now.time_s, now.roles.working)
                self._name = "move"
        elif self._name in ("move", "return"):
            return self._step_way(now, away, least)
        else:
            self._keep_or_leave_hold(now, sign * (now.drive - self._drive_signal.level(self._hold_from_s)))
        return None

    def _step_way(self, now: _Now, away: float, least: float) -> Repetition | None:
        """Follow the way out or back; return the repetition that it ended."""
        # a single outlier of the pose model is no repetition
        if self._duration.step(now.time_s, active=away >= least) >= STAY_S:
            self._repetitions.went_far_enough()
        valley_s = self._valley.step(now.time_s, away, least)
        if math.isfinite(valley_s) and self._repetitions.is_counted():
            ended = self._end(valley_s, "move", hesitations=self._hesitations())
            self._begin(valley_s, now.roles.working)
            return ended
        if away >= least and self._drive_signal.settled():
            self._begin_hold(now)
        elif away < min(self.movement.drive.departs, least / 2):
            self._forget_if_only_return()
            return self._end(now.time_s, "setup", hesitations=self._hesitations())
        return None

    def _rests_at_start(self, now: _Now) -> bool:
        """Return whether the person rests in the start posture and no reference was taken yet.

        Without a reference the movement's nominal start stands in, and many people rest elsewhere: on the back with
        the feet flat instead of the legs straight. Then resting would count as the hold from the first frame on.
        """
        unrest_tl = self._start.unrest_tl
        if (
            self.reference.values
            or unrest_tl > QUIET_TL
            or (math.isnan(unrest_tl) and not self._drive_signal.settled())
        ):
            return False
        starts = is_posture_met(self.movement.start.when, now.measurements, now.roles)
        return starts and not is_posture_met(self.movement.recognise, now.measurements, now.roles)

    def _forget_if_only_return(self) -> None:
        """Forget a repetition of which only the way back was filmed."""
        running = self._repetitions.running
        if running is not None and running.hold_start_s is None and not self._was_near_start:
            self._repetitions.drop()
        self._was_near_start = True

    def _keep_or_leave_hold(self, now: _Now, further: float) -> None:
        """End a hold that falls back from its own level.

        A rest on the way further in was not a hold; a longer stay was one, and it goes on where the person settles.
        """
        leaves = self.movement.drive.leaves
        if further < -leaves:
            self._end_hold(now, "return")
        elif self._duration.step(now.time_s, active=further > leaves) >= STAY_S:
            if now.time_s - self._hold_from_s > LONGEST_REST_S:
                self._repetitions.end_hold(now.time_s)
            else:
                self._repetitions.take_back_hold()
                self._approach_and_return.was_no_hold()
            self._name, self._hold_from_s, self._duration = "move", math.nan, timeseries.Duration()

    def _step_pose(self, now: _Now) -> Repetition | None:
        formed, running = self._formed(now), self._repetitions.running
        if self._name == "setup":
            if formed and self._drive_signal.settled():
                self._begin_hold(now)
            elif running is not None and running.hold_end_s is not None and now.time_s - running.hold_end_s > LOST_S:
                return self._end(now.time_s, "setup")
            return None
        strayed = (
            not formed or abs(self._drive_signal.level(self._hold_from_s) - now.drive) > self.movement.drive.leaves
        )
        if self._duration.step(now.time_s, active=strayed) >= CONFIRM_S:
            self._end_hold(now, "setup")
        return None

    def _step_rhythm(self, now: _Now) -> Repetition | None:
        steps = self._steps
        steps.step(now.time_s, now.drive)
        if self._name == "setup":
            if math.isfinite(steps.begun_s):
                self._begin_hold(now._replace(time_s=steps.begun_s))
            elif self._repetitions.running is not None and now.time_s - steps.last_s > LOST_S + steps.slowest_s:
                return self._end(steps.last_s, "setup")
        elif steps.rest(now.time_s):
            self._repetitions.end_hold(steps.last_s)
            self._name, self._hold_from_s = "setup", math.nan
        return None

    def _step_cycle(self, now: _Now) -> Repetition | None:
        half, ended = self._cycle.step(now.time_s, now.drive), None
        if half is None:
            return None
        self._name = half.name
        if half.begins and not half.is_first:
            ended = self._end(half.turned_s, half.name)
        if self._repetitions.running is None:
            self._begin(half.turned_s, now.roles.working)
        if not half.begins:
            self._repetitions.went_far_enough()
        return ended

    # -- repetitions and holds -----------------------------------------------------------------------------------------

    def _begin(self, time_s: float, working: Side | None) -> None:
        self._repetitions.begin(time_s, working)
        self._was_measured, self._measured = False, timeseries.Duration()
        self._approach_and_return.begin()
        self._valley = Valley()
        self._hold_from_s, self._duration = math.nan, timeseries.Duration()

    def _end(self, time_s: float, name: str, *, hesitations: float = math.nan) -> Repetition | None:
        self._name = name
        return self._end_or_forget(time_s, hesitations)

    def _end_or_forget(self, time_s: float, hesitations: float = math.nan) -> Repetition | None:
        """End the repetition; forget one of which a close-up showed nothing.

        It began before the cut, and was counted then.
        """
        if self._cuts and not (self._was_near_start or self._was_measured):
            self._repetitions.drop()
        return self._repetitions.end(time_s, hesitations=hesitations)

    def _hesitations(self) -> float:
        running = self._repetitions.running
        arrived_s = running.hold_start_s if running and self.movement.drive.kind == "reach" else None
        return (
            math.nan
            if arrived_s is None
            else self._approach_and_return.hesitations(arrived_s, noise=self._drive_signal.noise)
        )

    def _begin_hold(self, now: _Now) -> None:
        self._repetitions.begin_hold(now.time_s, now.roles.working)
        self._name, self._hold_from_s, self._duration = "hold", now.time_s, timeseries.Duration()

    def _end_hold(self, now: _Now, name: str) -> None:
        """End the hold, dated back to the last moment at its own level."""
        left_s = self._drive_signal.end_of_hold_s(self._hold_from_s, now.base, now.roles.working)
        self._repetitions.end_hold(left_s)
        self._approach_and_return.left_hold(left_s)
        self._name, self._hold_from_s, self._duration = name, math.nan, timeseries.Duration()

    def _formed(self, now: _Now) -> bool:
        return is_posture_met(self.movement.drive.hold_when, now.measurements, now.roles)

    def _timing(self, time_s: float, ended: Repetition | None) -> dict[str, float]:
        timing = measure_timing(ended or self._repetitions.running, time_s)
        if ended is not None and math.isfinite(self._cycle.first_s):
            timing["repetition_s"] = self._cycle.first_s
        return timing
