"""The best and the worst second of a set, as pictures. A handful is kept, no more; they leave with the session."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.core.look import called, clock
from formcheck.core.movement import Movement
from formcheck.core.records import SEVERITIES, StepResult
from formcheck.sinks.overlay import draw_overlay

from . import words

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


class Highlights:
    """Watches a set and keeps the picture in the middle of its best and of its worst second."""

    def __init__(self, movement: Movement) -> None:
        self.movement = movement
        self._from_s = math.nan
        self._points: list[float] = []
        self._middle: _Moment | None = None
        self._good: list[_Moment] = []
        self._worst: _Moment | None = None
        self._faulty_s: dict[tuple[str, float], float] = {}

    def add(self, result: StepResult, image: NDArray[np.uint8]) -> None:
        """Take one frame in; only those within a repetition can be best or worst."""
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
        """How well this frame shows the movement: in the hold and seen well is best, a serious fault is worst."""
        faults = [SEVERITIES.index(one.severity) for one in result.feedback.active]
        told = sum(_STATE_POINTS[one.status] for one in result.assessment.findings)
        return (
            told / max(1, len(result.assessment.findings))
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
        if not faulty and moment.result.phase.name != "move":
            self._good = sorted([*self._good, moment], key=lambda one: -one.points)[:_CANDIDATES]
        if faulty and (self._worst is None or moment.points < self._worst.points):
            self._worst = moment

    def pictures(self, begun_s: float) -> dict[str, Any]:
        """Return best and worst as the page shows them, None where there is none."""
        self._close()
        # a fault is said once it has lasted: the second in which it began was not a good one
        best = next((one for one in self._good if not self._in_a_fault(one.result.pose.time_s)), None)
        return {"best": self._shown(best, begun_s), "worst": self._shown(self._worst, begun_s)}

    def _in_a_fault(self, t: float) -> bool:
        return any(from_s - SECOND_S <= t <= to_s for (_, from_s), to_s in self._faulty_s.items())

    def _shown(self, moment: _Moment | None, begun_s: float) -> dict[str, str] | None:
        if moment is None:
            return None
        when = clock(moment.result.pose.time_s - begun_s)
        active = moment.result.feedback.active
        worst = max(active, key=lambda one: SEVERITIES.index(one.severity), default=None)
        said = words.WORK.format(clock=when, fault=called(worst.id, self.movement)) if worst else ""
        picture = draw_overlay(moment.image, moment.result, self.movement)
        return {"picture": _as_url(picture), "words": said or words.WELL.format(clock=when)}


def _as_url(image: NDArray[np.uint8]) -> str:
    longest = max(image.shape[:2])
    if longest > _SIDE_PX:
        scale = _SIDE_PX / longest
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    _, jpeg = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode()
