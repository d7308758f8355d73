"""Store a set if the person asks for it: the landmarks, or the video too.

During practice, poses (and the JPEGs as received) are only written to disk, in pieces that can be read after a kill.
Verdict and tables, and then the annotated video, are made afterwards by replaying them, as for the check of a
recording. What a killed app leaves, the next start finishes.
"""

from __future__ import annotations

import logging
import secrets
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from formcheck.core.calibration import Calibration
from formcheck.core.errors import FormCheckError, SourceError, StoreError
from formcheck.core.movement.load import load_movement, read_movement_bytes
from formcheck.core.movement.schema import Movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import Side
from formcheck.drivers.atomic_files import explain_write_errors, write_one_file
from formcheck.drivers.own_movements import locate_movement
from formcheck.drivers.patients.practice import keep_practised_set
from formcheck.drivers.recording.judge import judge_poses, write_result
from formcheck.drivers.recording.pose_stream import PoseStream
from formcheck.drivers.results_store import KEY, find_result, make_unfinished_folder, open_new_result
from formcheck.drivers.user_data import FIRST, find_person_key
from formcheck.sinks.overlay.draw import draw_overlay
from formcheck.sinks.video_writer import VideoWriter
from formcheck.sources.owned_files import remove_owned
from formcheck.sources.pose_track import TrackWriter, open_track

from . import words
from .messages import MAX_MESSAGE_BYTES, decode_picture
from .pace import resize_picture

log = logging.getLogger(__name__)

Mode = Literal["landmarks", "video"]
RecordingStage = Literal["judging", "drawing", "failed"]
POSES_PER_PIECE = 32
"""A kill loses at most this many poses, two to three seconds."""
_PICTURES, _SET_FILE, _PIECES = "pictures", "set.json", "poses-*.parquet"
_LENGTH = struct.Struct("<I")
_MOST_ATTEMPTS = 3
_INTERRUPTED = " (interrupted)"

_stages: dict[str, RecordingStage] = {}
"""Result -> how far it is; for the sets whose result is being made."""


class RecordedSet(BaseModel):
    """What `set.json` says of a set, so that another process can finish it.

    Parameters
    ----------
    key : the name of its result.
    mode, movement, side, calibration : as for `LiveRecorder`.
    created_utc, model : as in the header of a track.
    attempts : how often its result was begun.
    person : key of the person whose set it is.
    """

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(pattern=rf"^{KEY.pattern}$")]
    mode: Mode
    movement: str
    side: Side | None
    calibration: Calibration | None
    created_utc: str
    model: dict[str, str]
    ended: bool = False
    attempts: int = 0
    person: str = FIRST


class LiveRecorder:
    """Storage of a set, and of its result for the review page.

    Parameters
    ----------
    mode : what to store.
    movement, side, calibration : as for the judging of the set.
    model : name and sha256 of the pose model.

    Raises
    ------
    StoreError
        Nothing can be stored.
    """

    def __init__(
        self, mode: Mode, movement: Movement, side: Side | None, calibration: Calibration | None, model: dict[str, str]
    ) -> None:
        self.key = secrets.token_hex(16)
        self._about = RecordedSet(
            key=self.key, mode=mode, movement=movement.id, side=side, calibration=calibration, model=model,
            created_utc=datetime.now(UTC).isoformat(timespec="seconds"), person=find_person_key(),
        )  # fmt: skip
        self._movement, self._note = movement, ""
        self._folder = make_unfinished_folder()
        self._rows: list[PoseFrame] = []
        self._frames = self._pieces = 0
        self._lock = threading.Lock()
        self._pictures = None
        try:
            _write_about(self._folder, self._about)
            if mode == "video":
                self._pictures = (self._folder / _PICTURES).open("wb")
        except (StoreError, OSError):
            self.drop()
            raise

    def add(self, pose: PoseFrame, jpeg: bytes) -> None:
        """Store one frame.

        Raises
        ------
        StoreError
            The disk is full. The frames before are stored; if it was the video that did not fit, the landmarks go on.
        """
        with self._lock:
            self._frames += 1
            self._rows.append(pose)
            try:
                self._write_picture(jpeg)
            except StoreError:
                self._give_up_video()
            if len(self._rows) >= POSES_PER_PIECE:
                self._write_piece()

    def _write_picture(self, jpeg: bytes) -> None:
        if self._pictures is not None:
            with explain_write_errors(self._folder):
                self._pictures.write(_LENGTH.pack(len(jpeg)) + jpeg)

    def _give_up_video(self) -> None:
        """Go on without the pictures; they take nearly all of the space."""
        log.warning("a set is recorded without its video: the disk is full")
        self._close_pictures()
        remove_owned(self._folder / _PICTURES)
        self._note = words.RECORDED_WITHOUT_VIDEO
        self._about = self._about.model_copy(update={"mode": "landmarks"})

    def _write_piece(self) -> None:
        """Write the poses since the last piece: a complete track, or nothing."""
        path = self._folder / f"poses-{self._pieces:06d}.parquet"
        try:
            with write_one_file(path) as part, TrackWriter(part, _make_header(self._about)) as track:
                for pose in self._rows:
                    track.write(pose)
        except StoreError:
            self._note = words.RECORDED_IN_PART
            self._frames -= len(self._rows)
            self._rows = []
            raise
        self._rows, self._pieces = [], self._pieces + 1

    def keep(self) -> dict[str, str] | None:
        """Start making the result in the background; return its place, None if there is none."""
        if not self._frames:
            self.drop()
            return None
        self._end()
        _stages[self.key] = "judging"
        threading.Thread(target=self.finish, name="keep-recording").start()
        note = words.RECORDED_VIDEO if self._about.mode == "video" else words.RECORDED
        return {"url": f"/review?result={self.key}", "words": self._note or note}

    def finish(self) -> None:
        """Make the result; with video this takes a while."""
        self._end()
        finish_set(self._folder, self._about, self._movement)

    def _end(self) -> None:
        """Store what is still in memory, and that the set has ended."""
        with self._lock, suppress(StoreError):
            self._close_pictures()
            self._about = self._about.model_copy(update={"ended": True})
            _write_about(self._folder, self._about)
            if self._rows:
                self._write_piece()

    def drop(self) -> None:
        """Store nothing."""
        with self._lock:
            self._close_pictures()
            remove_owned(self._folder)

    def _close_pictures(self) -> None:
        pictures, self._pictures = self._pictures, None
        if pictures is not None:
            with suppress(OSError):  # its last picture did not fit
                pictures.close()


# After the set --------------------------------------------------------------------------------------------------------


def find_recording_stage(key: str) -> RecordingStage | None:
    """Return how far the result of a recorded set is.

    None if nothing is being made.
    """
    return _stages.get(key)


def finish_left_sets(folders: Sequence[Path]) -> None:
    """Finish the sets that a killed app left in these folders.

    Other folders are removed.
    """
    for folder in folders:
        try:
            about = RecordedSet.model_validate_json((folder / _SET_FILE).read_bytes())
            movement = load_movement(locate_movement(about.movement))
        except (OSError, ValidationError, FormCheckError):
            remove_owned(folder)
            continue
        finish_set(folder, about, movement)


def finish_set(folder: Path, about: RecordedSet, movement: Movement) -> None:
    """Make the result of a stored set, then its video.

    After that, what was stored for it is removed.

    If the disk is full, everything stays for the next start of the app.
    """
    about = about.model_copy(update={"attempts": about.attempts + 1})
    try:
        _write_about(folder, about)
        _stages[about.key] = "judging"
        if find_result(about.key) is None:
            _judge_set(folder, about, movement)
        if about.mode == "video":
            _stages[about.key] = "drawing"
            _add_video(folder, about, movement)
    except Exception as error:  # no caller waits for this thread: the error would be lost
        expected = isinstance(error, FormCheckError)
        log.warning("the recording of a set could not be finished: %s", error, exc_info=None if expected else error)
        _stages[about.key] = "failed"
        if isinstance(error, StoreError) and about.attempts < _MOST_ATTEMPTS:
            return
    else:
        keep_practised_set(about.key)
        _stages.pop(about.key, None)
    remove_owned(folder)


def _judge_set(folder: Path, about: RecordedSet, movement: Movement) -> None:
    poses = list(_read_pieces(folder))
    if not poses:
        raise SourceError("expected a set with poses, got one without any; nothing is kept of it")
    length_s = poses[-1].time_s - poses[0].time_s
    header = _make_header(about, poses[-1].size_px, len(poses), length_s)
    recording = PoseStream(lambda: header, len(poses), _shift_to_zero(iter(poses)), still=False)
    name = header["source"]["name"]
    with (
        explain_write_errors(folder),
        open_new_result(about.key, recording=name, movement=movement.name, person=about.person) as result,
    ):
        summary = judge_poses(recording, _make_set_checker(about, movement), movement, result, None)
        write_result(result, summary, read_movement_bytes(locate_movement(movement.id)))


def _add_video(folder: Path, about: RecordedSet, movement: Movement) -> None:
    """Draw on the pictures; put the video with its result."""
    found = find_result(about.key)
    if found is None:  # deleted meanwhile
        return
    track = open_track(found.folder / "poses.parquet")
    source = track.header["source"]
    size_px = (source["width"], source["height"])
    results = run(track, _make_set_checker(about, movement))
    film = folder / "annotated.mp4"
    with VideoWriter(film, fps=max(1.0, source["fps"]), size_px=size_px) as writer:
        for result, jpeg in zip(results, _read_pictures(folder / _PICTURES), strict=False):
            image = resize_picture(decode_picture(jpeg), size_px)  # a slow computer gets smaller pictures
            writer.write(draw_overlay(image, result, movement), result.pose.time_s)
    with suppress(FileNotFoundError):  # the result was deleted meanwhile
        film.replace(found.folder / film.name)


def _make_set_checker(about: RecordedSet, movement: Movement) -> FormChecker:
    return FormChecker(movement, calibration=about.calibration, side=about.side, pose_model=about.model["name"])


def _write_about(folder: Path, about: RecordedSet) -> None:
    with write_one_file(folder / _SET_FILE) as part:
        part.write_text(about.model_dump_json(), "utf-8")


def _make_header(
    about: RecordedSet, size_px: tuple[int, int] = (0, 0), frames: int = 0, length_s: float = 0.0
) -> dict[str, Any]:
    """Return the header of a set's track; the length is known only at the end."""
    name = f"Practised {about.created_utc[:16].replace('T', ' ')}{'' if about.ended else _INTERRUPTED}"
    source = {
        "name": name,
        "sha256": "",
        "width": size_px[0],
        "height": size_px[1],
        "fps": round((frames - 1) / length_s, 3) if length_s > 0 else 0.0,
        "duration_s": round(length_s, 3),
        "frames": frames,
    }
    return {"created_utc": about.created_utc, "model": about.model, "still": False, "source": source}


def _read_pieces(folder: Path) -> Iterator[PoseFrame]:
    """Yield the poses of the stored pieces in order; a damaged piece ends them."""
    last_s = -float("inf")
    for piece in sorted(folder.glob(_PIECES)):
        try:
            poses = list(open_track(piece))
        except SourceError as error:
            log.warning("a recorded set is kept up to a damaged piece: %s", error)
            return
        for pose in poses:
            if pose.time_s > last_s:
                last_s = pose.time_s
                yield pose


def _shift_to_zero(poses: Iterator[PoseFrame]) -> Iterator[PoseFrame]:
    """Shift the times so that the recording starts at zero; the page's clock started earlier."""
    first_s: float | None = None
    for pose in poses:
        first_s = pose.time_s if first_s is None else first_s
        yield replace(pose, time_s=pose.time_s - first_s)


def _read_pictures(path: Path) -> Iterator[bytes]:
    """Yield the stored pictures.

    The last one may be incomplete after a kill; it is left out.
    """
    with path.open("rb") as file:
        while len(head := file.read(_LENGTH.size)) == _LENGTH.size:
            (length,) = _LENGTH.unpack(head)
            jpeg = file.read(min(length, MAX_MESSAGE_BYTES))
            if len(jpeg) == length:
                yield jpeg
