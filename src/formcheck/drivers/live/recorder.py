"""Store a set if the person asks for it: the landmarks, or the video too.

During practice, poses (and the JPEGs as received) are only written to disk. Verdict, tables and the annotated video are
made afterwards by replaying them, as for the check of a recording.
"""

from __future__ import annotations

import base64
import logging
import math
import secrets
import shutil
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.core.calibration import Calibration
from formcheck.core.display import format_clock, name_check
from formcheck.core.movement.load import read_movement_bytes
from formcheck.core.movement.schema import Movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import SEVERITIES, PoseFrame, StepResult
from formcheck.core.skeleton import Side
from formcheck.drivers.recording.judge import judge_poses, write_result
from formcheck.drivers.recording.pose_stream import PoseStream
from formcheck.drivers.results_store import make_unfinished_folder, open_new_result
from formcheck.sinks.overlay.draw import draw_overlay
from formcheck.sinks.video_writer import VideoWriter
from formcheck.sources.pose_track import TrackWriter, open_track

from . import words
from .messages import decode_picture
from .pace import resize_picture

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
        states = {one.status for one in moment.result.assessment.findings}
        # a good second is one of the stretch itself, not of the way there and back
        if not faulty and moment.result.phase.name in _SHOWS_IT and states.isdisjoint({"warn", "fix"}):
            self._good = sorted([*self._good, moment], key=lambda one: -one.points)[:_CANDIDATES]
        if faulty and (self._worst is None or moment.points < self._worst.points):
            self._worst = moment

    def pictures(self, begun_s: float) -> dict[str, Any]:
        """Return best and worst picture as the page shows them, None if there is none."""
        self._close()
        # a fault is reported after it has lasted a while: the second in which it began was not a good one
        best = next((one for one in self._good if not self._in_a_fault(one.result.pose.time_s)), None)
        return {"best": self._shown(best, begun_s), "worst": self._shown(self._worst, begun_s)}

    def _in_a_fault(self, t: float) -> bool:
        return any(from_s - SECOND_S <= t <= to_s for (_, from_s), to_s in self._faulty_s.items())

    def _shown(self, moment: _Moment | None, begun_s: float) -> dict[str, str] | None:
        if moment is None:
            return None
        when = format_clock(moment.result.pose.time_s - begun_s)
        active = moment.result.feedback.active
        worst = max(active, key=lambda one: SEVERITIES.index(one.severity), default=None)
        said = words.WORK.format(clock=when, fault=name_check(worst.id, self.movement)) if worst else ""
        picture = draw_overlay(moment.image, moment.result, self.movement)
        return {"picture": _encode_url(picture), "words": said or words.WELL.format(clock=when)}


def _encode_url(image: NDArray[np.uint8]) -> str:
    longest = max(image.shape[:2])
    if longest > _SIDE_PX:
        scale = _SIDE_PX / longest
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    _, jpeg = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(jpeg.tobytes()).decode()


log = logging.getLogger(__name__)

Mode = Literal["landmarks", "video"]
_LENGTH = struct.Struct("<I")


class LiveRecorder:
    """Storage of a set, and of its result for the review page.

    Parameters
    ----------
    mode : what to store.
    movement, side, calibration : as for the judging of the set.
    model : name and sha256 of the pose model.
    """

    def __init__(
        self, mode: Mode, movement: Movement, side: Side | None, calibration: Calibration | None, model: dict[str, str]
    ) -> None:
        self.mode, self.movement, self._side, self._calibration = mode, movement, side, calibration
        self.key = secrets.token_hex(16)
        created_utc = datetime.now(UTC).isoformat(timespec="seconds")
        self._header: dict[str, Any] = {
            "created_utc": created_utc, "model": model, "still": False, "source": _make_source(created_utc)
        }  # fmt: skip
        self._folder = make_unfinished_folder()
        self._track = TrackWriter(self._folder / "poses.parquet", self._header)
        self._pictures = (self._folder / "pictures").open("wb") if mode == "video" else None
        self._first_s = self._last_s = 0.0
        self._frames = 0
        self._size_px = (0, 0)
        self._lock = threading.Lock()

    def add(self, pose: PoseFrame, jpeg: bytes) -> None:
        """Store one frame."""
        with self._lock:
            self._first_s = self._first_s if self._frames else pose.time_s
            self._last_s, self._size_px = pose.time_s, pose.size_px
            self._frames += 1
            self._track.write(pose)
            if self._pictures is not None:
                self._pictures.write(_LENGTH.pack(len(jpeg)))
                self._pictures.write(jpeg)

    def keep(self) -> dict[str, str] | None:
        """Start making the result in the background; return its place, None if there is none."""
        if not self._frames:
            self.drop()
            return None
        threading.Thread(target=self.finish, name="keep-recording").start()
        note = words.RECORDED_VIDEO if self.mode == "video" else words.RECORDED
        return {"url": f"/review?result={self.key}", "words": note}

    def finish(self) -> None:
        """Make the result; with video this takes a while."""
        with self._lock:
            self._shut()
            try:
                self._make()
            except Exception:  # no caller waits for this thread: the error would be lost
                log.exception("the recording of a set could not be saved")
            finally:
                shutil.rmtree(self._folder, ignore_errors=True)

    def drop(self) -> None:
        """Store nothing."""
        with self._lock:
            self._shut()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _shut(self) -> None:
        self._track.close()
        if self._pictures is not None:
            self._pictures.close()

    def _make(self) -> None:
        length_s = self._last_s - self._first_s
        source = _make_source(self._header["created_utc"], self._size_px, self._frames, length_s)
        name = source["name"]
        poses = open_track(self._folder / "poses.parquet")
        header = {**self._header, "source": source}
        recording = PoseStream(lambda: header, self._frames, _shift_to_zero(iter(poses)), still=False)
        with open_new_result(self.key, recording=name, movement=self.movement.name) as folder:
            summary = judge_poses(recording, self._checker(), self.movement, folder, None)
            write_result(folder, summary, read_movement_bytes(self.movement.id))
            if self._pictures is not None:
                self._annotate(folder)

    def _checker(self) -> FormChecker:
        name = self._header["model"]["name"]
        return FormChecker(self.movement, calibration=self._calibration, side=self._side, pose_model=name)

    def _annotate(self, folder: Path) -> None:
        """Draw on the pictures, as for the annotated video of a recording."""
        rate = max(1.0, (self._frames - 1) / max(self._last_s - self._first_s, 1e-3))
        results = run(open_track(folder / "poses.parquet"), self._checker())
        with VideoWriter(folder / "annotated.mp4", fps=rate, size_px=self._size_px) as writer:
            for result, jpeg in zip(results, _read_pictures(self._folder / "pictures"), strict=False):
                image = resize_picture(decode_picture(jpeg), self._size_px)  # a slow computer gets smaller pictures
                writer.write(draw_overlay(image, result, self.movement), result.pose.time_s)


def _make_source(
    created_utc: str, size_px: tuple[int, int] = (0, 0), frames: int = 0, length_s: float = 0.0
) -> dict[str, Any]:
    """Return the record of the source.

    The length is known only at the end.
    """
    return {
        "name": f"Practised {created_utc[:16].replace('T', ' ')}",
        "sha256": "",
        "width": size_px[0],
        "height": size_px[1],
        "fps": round((frames - 1) / length_s, 3) if length_s > 0 else 0.0,
        "duration_s": round(length_s, 3),
        "frames": frames,
    }


def _shift_to_zero(poses: Iterator[PoseFrame]) -> Iterator[PoseFrame]:
    """Shift the times so that the recording starts at zero; the page's clock started earlier."""
    first_s: float | None = None
    for pose in poses:
        first_s = pose.time_s if first_s is None else first_s
        yield replace(pose, time_s=pose.time_s - first_s)


def _read_pictures(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while len(head := file.read(_LENGTH.size)) == _LENGTH.size:
            yield file.read(_LENGTH.unpack(head)[0])
