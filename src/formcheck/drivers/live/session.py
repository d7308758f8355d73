"""Lead one person in front of one camera through set-up, set and end.

It has no clock: pictures come in with their times, replies go out. Only `PaceMeter` measures how long a look takes. The
socket around it is in `socket.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.core.calibration import Calibration, Contour
from formcheck.core.errors import SourceError
from formcheck.core.movement.schema import Movement
from formcheck.core.phases.timeseries import MIN_FPS, RATE_SLACK
from formcheck.core.records import Frame, PoseFrame
from formcheck.core.skeleton import Side
from formcheck.core.summary.schema import RunSummary
from formcheck.drivers.body_tests.live_tests import BodyTest, describe_trials, keep_live_trials, open_reader
from formcheck.drivers.history.database import SET_ASIDE, describe_problem
from formcheck.drivers.history.keeper import CLOCK_BACK, KeptSet, keep_set
from formcheck.drivers.user_data import find_person_key, keep_calibration, load_kept_calibration, run_as
from formcheck.program.body_tests.trials import TrialValue, pick_trials
from formcheck.sinks.overlay.canvas import Canvas

from . import words
from .messages import CommandName, PictureMessage, RecordChoice, Stage, decode_picture
from .pace import Pace, PaceMeter, PictureSize
from .pose_source import LIGHT_MODEL, Sight, choose_live_engine, open_lighter_sight, open_sight
from .practice import Practice, Saying
from .screen import describe_place, describe_plain_drawing
from .set_progress import SetProgress
from .setup_stage import SetupStage
from .watch.gestures import GestureWatcher, RestWatch, describe_gesture

STOP_RAISED_S = 1.5
"""A hand that stops a running set must be held up longer than one that starts it [E]."""
_NOTHING_DRAWN: dict[str, Any] = {"strokes": [], "arc": None, "size": [0, 0]}
SCAN_IN_SETUP_S, SCAN_IN_PRACTICE_S = 1.5, 10.0
CARRY_EVERY_S = 2.0
NEW_CLOCK_S = 0.2
"""The time between the last picture of a page and the first one after it was loaded again."""
LONGEST_BREAK_S = 1.0
"""A longer break, or time without pictures, counts as this long in a set: what was held meanwhile is not known."""


KeepSet = Callable[[RunSummary, SetProgress, str | None], KeptSet]
"""Stores a set: its summary, the whole set counted, and the name of its recording, None for none."""


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """The request of a page at its beginning.

    Parameters
    ----------
    movement : the movement to do.
    side : the working side; None = the one next to the camera.
    is_sample : a clip plays instead of a camera.
    from_stage : the first stage.
    ends : the set ends when its repetitions are done; a demonstration repeats without end.
    record : what to store.
    carried : the set so far, from a lost session.
    test : the test that the set is; None for practice.
    """

    movement: Movement
    side: Side | None = None
    is_sample: bool = False
    from_stage: Stage = Stage.SETUP
    ends: bool = True
    record: RecordChoice = "none"
    carried: SetProgress | None = None
    test: BodyTest | None = None


class LiveSession:
    """Follows one person from the first picture to the end of the set.

    Parameters
    ----------
    request : the page's request.
    sight : the pose model, for this session alone.
    calibration : the person's stored calibration.
    keep : called with a new calibration; returns the complete calibration then.
    meter : measures the rate and chooses the pace; None = nothing is adapted.
    lighter : opens a lighter pose model and returns it with its rate; None if there is none.
    keep_set : called at the end of a set before a camera, with its summary and the whole set counted.
    keep_trials : called instead of it at the end of a test, with its trials; returns why they were not kept.

    Attributes
    ----------
    has_news : the set has ended by itself, and its summary can be fetched (`finish`).
    """

    def __init__(
        self,
        request: SessionRequest,
        sight: Sight,
        *,
        calibration: Calibration | None = None,
        keep: Callable[[Calibration], Calibration] | None = None,
        meter: PaceMeter | None = None,
        lighter: Callable[[], tuple[Sight, float] | None] | None = None,
        keep_set: KeepSet | None = None,
        keep_trials: Callable[[Sequence[TrialValue]], str] | None = None,
    ) -> None:
        self.request, self.movement = request, request.movement
        self.has_news = False
        self._sight, self._meter, self._lighter, self._keep_set = sight, meter, lighter, keep_set
        self._keep_trials = keep_trials
        self._size = PictureSize()
        self._sent_pace: Pace | None = None
        self._notes: list[str] = []
        self._noted: set[str] = set()
        if sight.name == LIGHT_MODEL:
            self._note("lighter_model")
        self._rest_watch = RestWatch(request.movement, request.side)
        self._practice_gestures = GestureWatcher(STOP_RAISED_S)
        self._practice: Practice | None = None
        self._summary: dict[str, Any] | None = None
        self._paused = self._over = False
        self._index, self._last_s = 0, -math.inf
        self._is_new_clock, self._ahead_s = False, 0.0
        self._practised_s, self._idle_s = math.nan, 0.0
        self._carried_s, self._carried_done = -math.inf, 0
        same = request.carried is not None and request.carried.movement == request.movement.id
        self._progress = request.carried if same and request.carried else SetProgress(movement=request.movement.id)
        if request.from_stage is Stage.PRACTISE:  # without set-up: nothing is learned before it
            calibration = _add_back(calibration, self.movement, self._progress.back)
        self._setup_stage = SetupStage(
            request.movement, request.side, calibration, is_sample=request.is_sample, keep=keep
        )
        self._adapt()
        if request.from_stage is Stage.PRACTISE:
            self._begin_practice()

    @property
    def stage(self) -> Stage:
        """Return the stage of the session."""
        if self._over:
            return Stage.OVER
        if self._paused:
            return Stage.PAUSED
        return self._setup_stage.stage if self._practice is None else Stage.PRACTISE

    @property
    def calibrated(self) -> bool:
        """Return whether a neutral back of this posture is known."""
        return self._setup_stage.calibrated

    @property
    def is_spent(self) -> bool:
        """Return whether the session is of no more use.

        Its summary was sent, or it was a demonstration.
        """
        return (self._over and not self.has_news) or (self.request.is_sample and not self.request.ends)

    # -- pictures ------------------------------------------------------------------------------------------------------

    def picture(self, picture: PictureMessage) -> dict[str, Any]:
        """Analyse one picture and return the reply.

        Raises
        ------
        SourceError
            The picture cannot be used; the session goes on.
        """
        if self.stage in {Stage.PAUSED, Stage.OVER} and self.request.is_sample:
            self._last_s = max(self._last_s, picture.time_s)
            return self._reply(picture, _NOTHING_DRAWN, [])
        picture = self._set_clock(picture)
        if not picture.time_s > self._last_s:
            came = f"{picture.time_s:.3f} s after {self._last_s:.3f} s"
            raise SourceError(words.BAD_MESSAGE.format(wanted="increasing times", came=came))
        image = decode_picture(picture.jpeg) if picture.image is None else picture.image
        self._last_s = picture.time_s
        if self._meter is None:
            return self._look_at(picture, image)
        before = self._meter.pace
        with self._meter.look():
            reply = self._look_at(picture, self._size.fit(image))
        if self._meter.pace is not before:
            self._adapt()
        self._take_lighter_model()
        return reply | self._of_the_rate(self._meter)

    def expect_new_clock(self) -> None:
        """Expect pictures of a page that was loaded again: its clock began again."""
        self._is_new_clock = True

    def _set_clock(self, picture: PictureMessage) -> PictureMessage:
        """Return the picture with the time of this session's own clock."""
        if self._is_new_clock:
            self._is_new_clock = False
            if not picture.time_s + self._ahead_s > self._last_s:
                self._ahead_s = self._last_s + NEW_CLOCK_S - picture.time_s
        return picture._replace(time_s=picture.time_s + self._ahead_s) if self._ahead_s else picture

    def _look_at(self, picture: PictureMessage, image: NDArray[np.uint8]) -> dict[str, Any]:
        pose = self._sight.estimate(Frame(self._index, picture.time_s, image))
        self._index += 1
        if self.stage in {Stage.PAUSED, Stage.OVER}:
            return self._reply(picture, {**_NOTHING_DRAWN, **self._rest_watch.step(pose)}, [])
        size = {"size": list(pose.size_px), "place": describe_place(pose)}
        if self._practice is not None:
            pose = self._shorten_gap(pose)
            gesture = self._practice_gestures.step(pose)
            canvas = Canvas.unpainted(self._practice.check(pose, picture.jpeg), self.movement)
            shown, say = self._practice.show(canvas, image)
            if self.request.ends and self._practice.done:
                self._over = self.has_news = True
                self._rest_watch.begin(awaits_return=False)
            return self._reply(picture, {**size, **shown, **describe_gesture(gesture)}, say)
        canvas = Canvas.unpainted(self._setup_stage.watch(pose), self.movement)
        setup = self._setup_stage.step(canvas.result, image)
        if self._setup_stage.asks_who:
            self._sight.choose_again()
        return self._reply(picture, {**size, **describe_plain_drawing(canvas), **setup}, self._spoken())

    def _shorten_gap(self, pose: PoseFrame) -> PoseFrame:
        """Return the pose with the time of the set, in which breaks are short."""
        gap_s = pose.time_s - self._idle_s - self._practised_s
        if gap_s > LONGEST_BREAK_S:
            self._idle_s += gap_s - LONGEST_BREAK_S
        self._practised_s = pose.time_s - self._idle_s
        return replace(pose, time_s=self._practised_s)

    def _spoken(self) -> list[Saying]:
        say, self._setup_stage.say = self._setup_stage.say, []
        if self._setup_stage.stage is Stage.PRACTISE and self._practice is None:
            self._begin_practice()
        return say

    def _reply(self, picture: PictureMessage, parts: dict[str, Any], say: list[Saying]) -> dict[str, Any]:
        reply = {"type": "seen", "frame": picture.number, "stage": self.stage, "say": say, **parts}
        if self._practice is not None:
            done, again = self._practice.tally.done, picture.time_s - self._carried_s >= CARRY_EVERY_S
            if again or done != self._carried_done:
                self._carried_s, self._carried_done = picture.time_s, done
                reply["carried"] = self._practice.collect_progress().model_dump()
        return reply

    def _begin_practice(self) -> None:
        if self._practice is not None:
            self._practice.close()
        self._paused = self._over = self.has_news = False
        self._summary = None
        self._practice = Practice(
            self.movement,
            side=self.request.side,
            calibration=self._setup_stage.calibration,
            progress=self._progress,
            model={"name": self._sight.name, "sha256": self._sight.sha256},
            record=self.request.record,
            refused=self._setup_stage.refused,
            before=self._setup_stage.recent,
            reader=open_reader(self.request.test) if self.request.test is not None else None,
        )
        self._practice_gestures.forget()
        self._practised_s = math.nan
        self._adapt()

    # -- the pace ------------------------------------------------------------------------------------------------------

    @property
    def rate(self) -> dict[str, Any] | None:
        """Return the message about the rate for a new connection; None if nothing is measured."""
        if self._meter is None:
            return None
        self._sent_pace = self._meter.pace
        return self._meter.message()

    def _adapt(self) -> None:
        """Set the pose model to the present pace."""
        scan_every_s = SCAN_IN_SETUP_S if self._practice is None else SCAN_IN_PRACTICE_S
        pace = self._meter.pace if self._meter is not None else None
        self._sight.scan_every_s = scan_every_s * pace.scan_factor if pace else scan_every_s
        if pace:
            self._sight.mirror_every = pace.mirror_every

    def _take_lighter_model(self) -> None:
        """Change to the lighter pose model if the looks are too slow.

        Only in set-up, before anything is judged.
        """
        if self._meter is None or self._lighter is None or self.stage is not Stage.SETUP or not self._meter.is_too_slow:
            return
        lighter, self._lighter = (None if self._sight.name == LIGHT_MODEL else self._lighter()), None
        if lighter is None:
            return
        self._sight.close()
        self._sight, per_s = lighter
        self._note("lighter_model")
        self._meter.start_again(per_s)
        self._adapt()

    def _of_the_rate(self, meter: PaceMeter) -> dict[str, Any]:
        """Return news for the page: a changed pace, and a note, each once."""
        news: dict[str, Any] = {}
        if meter.pace is not self._sent_pace:
            news["rate"] = self.rate
        if meter.is_too_slow and (self.stage is not Stage.SETUP or self._lighter is None):
            self._note("posture_only")
        if self._notes:
            code = self._notes.pop(0)
            news["note"] = {"code": code, "text": words.NOTES[code]}
        return news

    def _note(self, code: str) -> None:
        """Add a note for the page, once in a session."""
        if code not in self._noted:
            self._noted.add(code)
            self._notes.append(code)

    # -- commands ------------------------------------------------------------------------------------------------------

    def command(self, name: CommandName) -> dict[str, Any] | None:
        """Carry out a command; return a message if there is one to send."""
        if name == "finish":
            return self.finish()
        if name in {"pause", "pain"}:
            self._paused = True
            self._rest_watch.begin(awaits_return=name == "pause")
        elif name == "resume":
            self._paused = False
            self._practice_gestures.forget()
        elif name == "restart":
            self._progress = SetProgress(movement=self.movement.id)
            self._begin_practice()
        elif self._practice is None:
            {"go": self._setup_stage.go, "skip": self._setup_stage.skip, "calibrate": self._setup_stage.calibrate}[
                name
            ]()
        return None

    def finish(self) -> dict[str, Any]:
        """End the set and return its summary, empty if it never began.

        A set ends once: a page whose line was lost for a moment asks again, and gets the same summary.
        """
        if self._practice is None:
            self._begin_practice()
        assert self._practice is not None  # noqa: S101 - just begun
        self._over, self.has_news = True, False
        if self._summary is None:
            self._summary = self._end_set(self._practice)
        return self._summary

    def _end_set(self, practice: Practice) -> dict[str, Any]:
        self._rest_watch.begin(awaits_return=False)
        said = {"type": "summary", **practice.finish(slow_computer=self._is_slow)}
        if self.request.test is not None and practice.reader is not None:
            return said | self._end_test(self.request.test, practice.reader.trials)
        return said | {"kept": describe_kept(self._keep(practice.practised))}

    def _end_test(self, test: BodyTest, done: Sequence[TrialValue]) -> dict[str, Any]:
        """Keep the trials; return what the page shows of them."""
        trials = pick_trials(test.protocol, done)
        unkept = "" if self._keep_trials is None or self.request.is_sample else self._keep_trials(trials)
        return describe_trials(test, trials, unkept=unkept)

    def _keep(self, practised: tuple[RunSummary, SetProgress] | None) -> KeptSet:
        if self._keep_set is None or self.request.is_sample or practised is None or self._practice is None:
            return KeptSet()
        return self._keep_set(*practised, self._practice.recording_key)

    @property
    def _is_slow(self) -> bool:
        return self._meter is not None and self._meter.per_s < RATE_SLACK * MIN_FPS

    def close(self) -> None:
        """Free the pose model; delete recorded data that is not finished."""
        if self._practice is not None:
            is_unfinished = self._practice.practised is None and self.request.test is None
            if is_unfinished:  # left before its summary: what was done counts, as numbers only
                self._keep(self._practice.count())
            self._practice.close()
        self._sight.close()


def _add_back(known: Calibration | None, movement: Movement, back: Contour | None) -> Calibration | None:
    """Return the calibration with the back of a lost session.

    A calibrated posture stays as it is.
    """
    if back is None or (known is not None and known.neutral_for(movement.posture) is not None):
        return known
    carried = Calibration(neutral={movement.posture: back})
    return known.merge(carried) if known is not None else carried


def open_session(request: SessionRequest) -> LiveSession:
    """Return a new session.

    Raises
    ------
    BackendError
        If the pose model cannot be opened.
    """
    own: Calibration | None = None if request.is_sample else load_kept_calibration()
    engine, per_s = choose_live_engine()
    person, test = find_person_key(), request.test

    def keep_in_history(summary: RunSummary, progress: SetProgress, recording: str | None) -> KeptSet:
        return _keep_in_history(summary, request.movement, progress, person=person, recording=recording)

    return LiveSession(
        request,
        open_sight(request.movement, engine),
        calibration=own,
        keep=lambda new: run_as(person, keep_calibration, new),
        meter=PaceMeter(per_s),
        lighter=lambda: open_lighter_sight(request.movement),
        keep_set=keep_in_history,
        keep_trials=None if test is None else lambda trials: run_as(person, keep_live_trials, test, trials),
    )


def _keep_in_history(
    summary: RunSummary, movement: Movement, progress: SetProgress, *, person: str, recording: str | None
) -> KeptSet:
    """Store a set as it was counted from its first picture.

    What was before a lost line counts.
    """
    valid_s, held_s = progress.held_s()
    has_hold = summary.dose.held_s is not None
    return keep_set(
        summary, movement, ended=datetime.now(UTC), person=person, recording=recording, repetitions=progress.done,
        held_s=held_s if has_hold else None, valid_s=valid_s if has_hold else None, key=progress.key,
    )  # fmt: skip


def describe_kept(kept: KeptSet) -> dict[str, str] | None:
    """Return what the page says about the history; None if all is well."""
    parts = [SET_ASIDE.format(name=kept.aside)] if kept.aside else []
    if kept.code == CLOCK_BACK:
        parts.append(words.CLOCK_BACK_TEXT)
    elif kept.code:
        parts += [describe_problem(kept.code), words.NOT_IN_HISTORY]
    return {"code": kept.code or "set_aside", "text": " ".join(parts)} if parts else None
