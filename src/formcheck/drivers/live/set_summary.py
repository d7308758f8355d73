"""Summarise a set at its end in words, numbers and two pictures."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.core.display import find_state, format_clock, name_check
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import Movement
from formcheck.core.records import SEVERITIES, StepResult
from formcheck.core.skeleton import SIDES, Side, find_other_side
from formcheck.core.summary.phrases import LiveWords, find_view_advice, say_verdict
from formcheck.core.summary.schema import ModelRecord, RunSummary, SourceRecord
from formcheck.core.summary.summariser import Summariser
from formcheck.core.summary.verdict import STRAIGHT_BACK, judge_check
from formcheck.sinks.overlay.body import draw_body
from formcheck.sinks.overlay.canvas import Canvas

from . import words
from .screen import count_asked, find_facing
from .set_progress import SetProgress

_MOST_SHOWN = 8

NEARLY_WHOLE = 0.9
"""From this share on a set is whole: a second or two less are no reason to do more [E]."""


def set_summary(
    movement: Movement,
    progress: SetProgress,
    gathered: Summariser | None,
    model: dict[str, str],
    *,
    slow_computer: bool = False,
) -> dict[str, Any]:
    """Return what the page shows of a set.

    Parameters
    ----------
    progress : the whole set, counted.
    gathered : the results of the last session; None if it had none.
    model : name and sha256 of the pose model.
    slow_computer : too few pictures are the fault of the computer, not of the camera.
    """
    live = LiveWords(words.POSTURE_ONLY if slow_computer else words.FEW_PICTURES, words.BUSY)
    record = run_summary(gathered, progress, model) if gathered else None
    verdict = say_verdict(record, movement, live=live) if record else None
    valid_s, total_s = progress.held_s()
    target_s = movement.dose.hold_s and movement.dose.hold_s * count_asked(movement)
    unseen = verdict.unseen[:_MOST_SHOWN] if verdict else []
    faults = [
        {
            "name": name_check(one.id, movement),
            "cue": movement.fault(one.id).cue,
            "s": find_state(one.severity),
            "from": format_clock(one.from_s),
            "to": format_clock(one.to_s),
            "side": one.side,
        }
        for one in progress.faults[:_MOST_SHOWN]
    ]
    return {
        "state": verdict.state if verdict else "cannot_tell",
        "headline": words.HEADLINES.get(verdict.state, verdict.headline) if verdict else words.NOTHING_YET,
        "why": verdict.why if verdict else words.NOTHING_SEEN,
        **_sum_up(movement, progress, record, live),
        "held": {"valid_s": round(valid_s, 1), "total_s": round(total_s, 1), "target_s": target_s}
        if target_s
        else None,
        "repetitions": {"done": progress.done, "of": count_asked(movement)},
        "sides": [
            _describe_side(progress, side) for side in SIDES if any(one.side == side for one in progress.repetitions)
        ]
        if movement.two_sided
        else [],
        "faults": faults,
        "unseen": unseen,
        "other_side": _find_undone_side(movement, progress),
        "next": _find_next_movement(movement),
        "questions": [
            {
                "ask": one.ask,
                "answers": one.answers,
                "leads": one.leads or ["on"] * len(one.answers),
                "wait_s": one.wait_s,
            }
            for one in movement.questions
        ],
        "easier": movement.easier,
        "swap": _find_swap(movement),
        "feel": movement.teach.feel if movement.teach else "",
        "carried": progress.model_dump(),
    }


def _sum_up(movement: Movement, progress: SetProgress, record: RunSummary | None, live: LiveWords) -> dict[str, Any]:
    """Return the set in one ring, one sentence and one tip."""
    asked, (valid_s, total_s) = count_asked(movement), progress.held_s()
    target_s = round((movement.dose.hold_s or 0) * asked)
    is_unjudged = record is None or record.verdict == "cannot_tell"
    done_s, done = round(total_s if is_unjudged else valid_s), progress.done
    if target_s:
        ring = {"done": done_s, "of": target_s, "unit": "s"}
        if is_unjudged:
            sentence = words.HELD_UNJUDGED if total_s else words.NOTHING_HELD
        else:
            sentence = words.HELD_LONG_BACK if record and _is_back_seen_long(movement, record) else words.HELD
    else:
        ring = {"done": done, "of": asked, "unit": "times"}
        sentence = words.DONE if done else words.NOTHING_DONE
    share = (done_s / target_s) if target_s else done / asked
    tip = _choose_fault_tip(movement, progress) or _choose_tip(record, share, live) if record else None
    return {"ring": ring, "sentence": sentence.format(**ring), "tip": tip}


def _is_back_seen_long(movement: Movement, record: RunSummary) -> bool:
    """Return whether a straight back was asked for and really seen."""
    backs = {name for name, one in movement.measures.items() if one.signal.startswith("back_")}
    return movement.spine_rule in STRAIGHT_BACK and any(
        check.id in backs and judge_check(check) != "cannot_tell" for check in record.checks
    )


def _choose_fault_tip(movement: Movement, progress: SetProgress) -> dict[str, str] | None:
    """Return the cue of the gravest fault; None without one."""
    worst = max(progress.faults, key=lambda one: (SEVERITIES.index(one.severity), -one.from_s), default=None)
    if worst is None or SEVERITIES.index(worst.severity) <= SEVERITIES.index("info"):
        return None
    return {"code": "fault", "text": words.TRY.format(tip=movement.fault(worst.id).cue)}


def _choose_tip(record: RunSummary, share: float, live: LiveWords) -> dict[str, str] | None:
    """Return the one thing to try after a set without a fault: code and words."""
    if record.verdict == "cannot_tell":
        advice = find_view_advice(record, live=live)
        return {"code": "view", "text": words.TRY.format(tip=advice)} if advice else None
    if share < NEARLY_WHOLE:
        return {"code": "part", "text": words.TIP_PART}
    return {"code": "whole", "text": words.TIP_WHOLE}


def _find_swap(movement: Movement) -> dict[str, str] | None:
    """Return the milder movement, if formcheck has it."""
    if movement.swap not in catalogue():
        return None
    return {"id": movement.swap, "name": load_movement(movement.swap).name}


def run_summary(gathered: Summariser, progress: SetProgress, model: dict[str, str]) -> RunSummary:
    """Return the summary that a recording of the same pictures would have."""
    return gathered.summary(
        source=SourceRecord(
            name="", sha256="", width=0, height=0, fps=0.0, duration_s=progress.spent_s, frames=gathered.frames
        ),
        model=ModelRecord(**model),
        formcheck_version=version("formcheck"),
        created_utc=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _describe_side(progress: SetProgress, side: Side) -> dict[str, Any]:
    valid_s, _ = progress.held_s(side)
    mine = sum(one.whole and one.side == side for one in progress.repetitions)
    return {"side": side, "valid_s": round(valid_s, 1), "repetitions": mine}


def _find_undone_side(movement: Movement, progress: SetProgress) -> Side | None:
    """Return the side not done yet, if both sides are done in turn."""
    sides = {one.side for one in progress.repetitions if one.side}
    in_turn = movement.dose.each_side and not movement.dose.alternating
    return find_other_side(sides.pop()) if in_turn and len(sides) == 1 else None


def _find_next_movement(movement: Movement) -> dict[str, str] | None:
    """Return the next movement in the same place, without getting up."""
    ids = catalogue()
    after = ids[ids.index(movement.id) + 1 :] + ids[: ids.index(movement.id)] if movement.id in ids else ids
    for name in after:
        one = load_movement(name)
        if one.place == movement.place and not one.advanced:
            return {"id": one.id, "name": one.name}
    return None


# Pictures -----------------------------------------------------------------------------------------------------------

SECOND_S = 1.0
_CANDIDATES, _MOST_FAULTS = 6, 20
_SIDE_PX, _QUALITY = 640, 80
_STATE_POINTS = {"ok": 1.0, "warn": -0.5, "fix": -1.0, "cannot_tell": -0.25}


@dataclass(frozen=True, slots=True)
class _Moment:
    """One picture and its result."""

    points: float
    result: StepResult
    image: NDArray[np.uint8]


_SHOWS_IT = frozenset({"hold", "low", "high"})
"""Phases that show the stretch itself."""


def _rank_worst(moment: _Moment) -> tuple[bool, float]:
    """Rank seconds with a fault: those of the stretch itself first, then the worst."""
    return moment.result.phase.name not in _SHOWS_IT, moment.points


class Highlights:
    """Watches a set and keeps the middle picture of its best and its worst second."""

    def __init__(self, movement: Movement) -> None:
        self.movement = movement
        self._from_s = math.nan
        self._points: list[float] = []
        self._middle: _Moment | None = None
        self._good: list[_Moment] = []
        self._worst: _Moment | None = None
        self._faulty_s: dict[tuple[str, float], float] = {}

    def add(self, result: StepResult, image: NDArray[np.uint8]) -> None:
        """Take in one frame; only frames within a repetition can be best or worst."""
        if not result.pose.seen or result.phase.repetition is None:
            return
        t = result.pose.time_s
        for fault in result.feedback.active[:_MOST_FAULTS]:
            if fault.severity != "info":
                self._faulty_s[fault.id, fault.from_s] = t
        if not t - self._from_s < SECOND_S:
            self._close()
            self._from_s = t
        self._points.append(self._points_of(result))
        if self._middle is None and t - self._from_s >= SECOND_S / 2:
            self._middle = _Moment(0.0, result, image)

    def _points_of(self, result: StepResult) -> float:
        """Return how well this frame shows the movement.

        The best is in the hold and seen well; a serious fault is the worst.
        """
        faults = [SEVERITIES.index(one.severity) for one in result.feedback.active]
        points = sum(_STATE_POINTS[one.status] for one in result.assessment.findings)
        return (
            points / max(1, len(result.assessment.findings))
            + (result.phase.name == "hold")
            - 3.0 * max(faults, default=-1)
        )

    def _close(self) -> None:
        """Judge the second that is over."""
        middle, points = self._middle, self._points
        self._middle, self._points = None, []
        if middle is None or len(points) < 3:
            return
        moment = _Moment(float(np.mean(points)), middle.result, middle.image)
        faulty = bool(moment.result.feedback.active)
        # a good second is one of the stretch itself, not of the way there and back
        if not faulty and moment.result.phase.name in _SHOWS_IT and self._is_seen_to_be_good(moment):
            self._good = sorted([*self._good, moment], key=lambda one: -one.points)[:_CANDIDATES]
        if faulty and (self._worst is None or _rank_worst(moment) < _rank_worst(self._worst)):
            self._worst = moment

    def _is_seen_to_be_good(self, moment: _Moment) -> bool:
        """Return whether nothing is wrong and what matters most is known: unseen is not good."""
        status = {one.check: one.status for one in moment.result.assessment.findings}
        needed = self.movement.essential or [self.movement.main]
        return not {"warn", "fix"} & set(status.values()) and all(status.get(one, "ok") == "ok" for one in needed)

    def pictures(self, begun_s: float) -> dict[str, Any]:
        """Return best and worst picture as the page shows them, None if there is none."""
        self._close()
        # a fault is reported after it has lasted a while: the second in which it began was not a good one
        best = next((one for one in self._good if not self._in_a_fault(one.result.pose.time_s)), None)
        return {"best": self._shown(best, begun_s), "worst": self._shown(self._worst, begun_s)}

    def _in_a_fault(self, t: float) -> bool:
        return any(from_s - SECOND_S <= t <= to_s for (_, from_s), to_s in self._faulty_s.items())

    def _shown(self, moment: _Moment | None, begun_s: float) -> dict[str, str | None] | None:
        if moment is None:
            return None
        when = format_clock(moment.result.pose.time_s - begun_s)
        active = moment.result.feedback.active
        worst = max(active, key=lambda one: SEVERITIES.index(one.severity), default=None)
        said = words.WORK.format(clock=when, fault=name_check(worst.id, self.movement)) if worst else ""
        # without words in it, so that the page can show it mirrored like the camera
        canvas = Canvas.of(np.array(moment.image, order="C"), moment.result, self.movement)
        draw_body(canvas)
        state = find_state(worst.severity if worst else None)
        return {
            "picture": _encode_url(canvas.image),
            "words": said or words.WELL.format(clock=when),
            "state": state,
            "faces": find_facing(moment.result.pose),
        }


def _encode_url(image: NDArray[np.uint8]) -> str:
    longest = max(image.shape[:2])
    if longest > _SIDE_PX:
        scale = _SIDE_PX / longest
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    _, jpeg = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode()
