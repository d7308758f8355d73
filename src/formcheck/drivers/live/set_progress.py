"""Count a set in page and session: if one is lost, the other still knows."""

from __future__ import annotations

import secrets
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from formcheck.core.calibration import Contour
from formcheck.core.records import ActiveFault, Repetition, Severity, StepResult
from formcheck.core.skeleton import Side

MOST_FAULTS, MOST_REPETITIONS = 50, 500
_MOST_S = 86_400.0
_Seconds = Annotated[float, Field(ge=0, le=_MOST_S, allow_inf_nan=False)]


class _ProgressPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProgressFault(_ProgressPart):
    """One reported fault; times from the start of the set."""

    id: Annotated[str, Field(max_length=60)]
    severity: Severity
    from_s: _Seconds
    to_s: _Seconds
    side: Side | None = None


class DoneRepetition(_ProgressPart):
    """One repetition: valid and whole seconds of its hold.

    Parameters
    ----------
    whole : it was completed; an incomplete one gives its seconds, but does not count.
    """

    side: Side | None = None
    valid_s: _Seconds = 0.0
    total_s: _Seconds = 0.0
    whole: bool = True


class SetProgress(_ProgressPart):
    """A set so far.

    Parameters
    ----------
    movement : the movement of the set; the set of another movement is not continued.
    spent_s : its duration.
    repetitions, faults : in order of time.
    back : the own long back (33,), as it was learned before the set, trunk lengths; None if it was not.
    key : 16 hex digits that name this set; it is stored once, however many sessions it took.
    """

    movement: Annotated[str, Field(max_length=60)]
    spent_s: _Seconds = 0.0
    repetitions: Annotated[list[DoneRepetition], Field(max_length=MOST_REPETITIONS)] = []
    faults: Annotated[list[ProgressFault], Field(max_length=MOST_FAULTS)] = []
    back: Contour | None = None
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")] = Field(default_factory=lambda: secrets.token_hex(8))

    @property
    def done(self) -> int:
        """Return the number of completed repetitions."""
        return sum(one.whole for one in self.repetitions)

    def held_s(self, side: Side | None = None) -> tuple[float, float]:
        """Return valid and whole seconds of all holds, or of those of one side."""
        mine = [one for one in self.repetitions if side is None or one.side == side]
        return sum(one.valid_s for one in mine), sum(one.total_s for one in mine)


class SetTally:
    """Counts a set, frame by frame, on top of the earlier progress.

    Parameters
    ----------
    before : the set so far, from a lost session.
    """

    def __init__(self, before: SetProgress) -> None:
        self._before = before
        self._done: list[DoneRepetition] = []
        self._faults: dict[tuple[str, float], ProgressFault] = {}
        self._running: DoneRepetition | None = None
        self._hold_s = 0.0
        self._begun_s: float | None = None
        self._last_s = 0.0

    def add(self, result: StepResult) -> None:
        """Take in one result.

        A repetition that ended only because the set was stopped is not added: it is incomplete. So is one whose hold
        was broken off because the person left: its seconds count.
        """
        phase, hold = result.phase, result.feedback.hold
        self._last_s = result.pose.time_s
        self._begun_s = self._last_s if self._begun_s is None else self._begun_s
        if phase.ended is not None and phase.ended.counts:
            if phase.repetition is None and hold is not None:
                self._hold_s = hold.valid_s  # at the end of the hold, which is dated back
            left = phase.name == "absent" and hold is not None and hold.valid_s < (hold.target_s or 0.0)
            self._done = [*self._done, self._describe_ended(phase.ended, whole=not left)][-MOST_REPETITIONS:]
            self._running, self._hold_s = None, 0.0
        running = phase.repetition
        if running is not None and running.hold_start_s is not None:
            self._hold_s = hold.valid_s if hold else 0.0
            until_s = running.hold_end_s if running.hold_end_s is not None else self._last_s
            self._running = DoneRepetition(
                side=running.side,
                valid_s=min(self._hold_s, _MOST_S),
                total_s=min(max(0.0, until_s - running.hold_start_s), _MOST_S),
                whole=False,
            )
        for fault in result.feedback.active:
            self._note(fault, phase.side)

    def _describe_ended(self, ended: Repetition, *, whole: bool) -> DoneRepetition:
        if ended.hold_start_s is None:
            return DoneRepetition(side=ended.side, whole=whole)
        until_s = ended.hold_end_s if ended.hold_end_s is not None else self._last_s
        return DoneRepetition(
            side=ended.side,
            valid_s=min(self._hold_s, _MOST_S),
            total_s=min(max(self._hold_s, until_s - ended.hold_start_s), _MOST_S),
            whole=whole,
        )

    def _note(self, fault: ActiveFault, side: Side | None) -> None:
        key = (fault.id, round(fault.from_s, 3))
        if key in self._faults or len(self._faults) < MOST_FAULTS:
            from_s, to_s = (max(0.0, self._set_s(t)) for t in (fault.from_s, fault.said_s))
            self._faults[key] = ProgressFault(id=fault.id, severity=fault.severity, from_s=from_s, to_s=to_s, side=side)

    def _set_s(self, time_s: float) -> float:
        """Return the time since the beginning of the set, at most a day."""
        return min(round(self._before.spent_s + time_s - (self._begun_s or 0.0), 3), _MOST_S)

    @property
    def done(self) -> int:
        """Return the number of completed repetitions, the earlier ones included."""
        return self._before.done + sum(one.whole for one in self._done)

    def collect_progress(self) -> SetProgress:
        """Return the set so far; the running repetition is included as incomplete."""
        mine = [*self._done, *([self._running] if self._running else [])]
        return SetProgress(
            movement=self._before.movement,
            key=self._before.key,
            spent_s=self._set_s(self._last_s),
            repetitions=[*self._before.repetitions, *mine][-MOST_REPETITIONS:],
            faults=[*self._before.faults, *self._faults.values()][-MOST_FAULTS:],
        )
