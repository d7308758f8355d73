"""Find the person in a recording: poses from pose model or saved track."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from formcheck.core.errors import SourceError
from formcheck.core.measure.camera_view import find_near_side, near_vote
from formcheck.core.measure.measure import measure_pose
from formcheck.core.measure.networks import DEFAULT_NETWORK, NETWORKS
from formcheck.core.movement.schema import Movement
from formcheck.core.phases.start_posture import is_posture_condition_met
from formcheck.core.records import Frame, PoseFrame
from formcheck.sources.external_poses.track import ForeignTrack
from formcheck.sources.pose.subject import Choose, SubjectPose, choose_largest
from formcheck.sources.prefetch import prefetch

from .look_rate import Fps, LookRate
from .open_recording import AnyFrame, OpenRecording, open_recording
from .patient import PatientChoice, PatientPoint, blank_before
from .process_engine import ProcessEngine
from .stage_times import StageTimer

OnWarning = Callable[[str], None]
"""Called with each problem of a recording that could be read all the same."""


class PoseStream:
    """The poses of one recording, from pose model or saved track; iterate once.

    Parameters
    ----------
    about : makes the header when it is first needed: the hash of a recording may have to wait for its end.
    expected : the number of frames; may be an estimate.
    poses : the poses.
    still : whether the recording is a single picture.
    pose_model : name of the model that found the poses.
    opened : the recording itself, if it is available.
    """

    def __init__(
        self,
        about: Callable[[], dict[str, Any]],
        expected: int,
        poses: Iterator[PoseFrame],
        *,
        still: bool,
        pose_model: str = DEFAULT_NETWORK,
        opened: OpenRecording | None = None,
    ) -> None:
        self._about, self.expected, self._poses, self.still, self._opened = about, expected, poses, still, opened
        self.pose_model = pose_model

    @cached_property
    def header(self) -> dict[str, Any]:
        """Return what a replay needs: source, model, created_utc, still."""
        return self._about()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return the problems of a recording that could be read; complete after the last frame."""
        return self._opened.warnings if self._opened is not None else ()

    def __iter__(self) -> Iterator[PoseFrame]:
        return self._poses


def make_subject_chooser(movement: Movement | None) -> Choose:
    """Return the rule that picks the subject among several people.

    It picks the person who looks most like doing this movement.
    """
    conditions = movement.subject if movement is not None else []

    def likeness(pose: PoseFrame) -> float:
        near = find_near_side(near_vote(pose.xyz_m))
        unchecked = measure_pose(pose).unchecked
        met = [is_posture_condition_met(c, unchecked, working=near, near=near) for c in conditions]
        return sum(met) / max(1, len(met))

    def choose(people: Sequence[PoseFrame]) -> int:
        scores = [likeness(p) for p in people]
        best = [i for i, s in enumerate(scores) if s == max(scores)]
        return best[0] if len(best) == 1 else choose_largest(people)

    return choose if conditions else choose_largest


@contextmanager
def open_poses(
    recording: str | Path | OpenRecording,
    *,
    movement: Movement | None,
    fps: Fps = None,
    engine: ProcessEngine | None = None,
    patient: PatientPoint | None = None,
) -> Iterator[PoseStream]:
    """Open a recording and find the person in it.

    Parameters
    ----------
    recording : as for `open_recording`, or one that is open already.
    movement : picks the subject among several people; None = the largest.
    engine : the pose engine of this process; None = one is opened for this recording.
    patient : where someone pointed at the person to follow; None = formcheck chooses.
    """
    with ExitStack() as stack:
        own = engine if engine is not None else stack.enter_context(ProcessEngine())
        one = (
            recording
            if isinstance(recording, OpenRecording)
            else stack.enter_context(open_recording(recording, fps=fps, in_child=True, meanwhile=own.load))
        )
        if (track := one.track) is not None:
            if patient is not None:
                came = "expected the recording itself to choose the patient in, got saved poses of one person"
                raise SourceError(f"{came}; check the recording again")
            still = bool(track.header["still"])
            name = track.header["model"]["name"]
            if not isinstance(track, ForeignTrack):  # external poses report their differences themselves
                _note_unlearned(one, name)
            yield PoseStream(lambda: track.header, track.frames, one.poses(), still=still, pose_model=name, opened=one)
            return
        pointed = None if patient is None else PatientChoice(patient)
        choose = make_subject_chooser(movement) if pointed is None else pointed.choose
        model = stack.enter_context(own.follow(still=one.is_picture, choose=choose, size_px=one.size_px))
        about = {
            "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
            "model": own.record(),
            "still": one.is_picture,
            **({"patient": patient.model_dump()} if patient is not None else {}),
        }
        # Decoding, pose model and judging run at the same time: two threads ahead of this one.
        looked = _look_at_frames(model, one, own.timer, pointed)
        if pointed is not None:
            looked = blank_before(looked, pointed, model, {**about, "source": one.source()}, one.note)
        poses = prefetch(looked)
        stack.callback(poses.close)  # type: ignore[attr-defined]
        header = lambda: {**about, "source": one.source()}  # noqa: E731 - made when it is needed
        _note_unlearned(one, model.name)
        yield PoseStream(header, one.expected_frames, poses, still=one.is_picture, pose_model=model.name, opened=one)


def _note_unlearned(recording: OpenRecording, pose_model: str) -> None:
    """Warn that corrections of another pose model are used."""
    if pose_model not in NETWORKS:
        recording.note(
            f"pose model {pose_model}: formcheck has corrections for {', '.join(NETWORKS)} only; "
            f"it uses those of {DEFAULT_NETWORK} for the joints and uncertainties"
        )


def _look_at_frames(
    model: SubjectPose, recording: OpenRecording, timer: StageTimer | None, pointed: PatientChoice | None
) -> Iterator[PoseFrame]:
    """Yield the pose of each analysed frame."""
    develop, rate = _develop, recording.look_rate
    if timer is not None:
        model.trace, develop = timer.calls("contour", model.trace), timer.calls("decode", develop)
    for frame in recording.frames:
        if rate is not None and not rate.wants(frame.time_s):
            continue
        same = _repeat_pose(rate, frame, pointed)
        if same is not None:
            yield same
            continue
        if pointed is not None:
            pointed.follow(model, frame.time_s)
        pose = model.estimate(develop(frame))
        if pointed is not None:
            pointed.note(pose)
        if rate is not None:
            rate.note(pose)
        yield pose


def _repeat_pose(rate: LookRate | None, frame: AnyFrame, pointed: PatientChoice | None) -> PoseFrame | None:
    """Return the last pose if it counts for this frame, too; None = look."""
    waits_for_point = pointed is not None and not pointed.is_settled
    return None if rate is None or isinstance(frame, Frame) or waits_for_point else rate.repeat(frame)


def _develop(frame: AnyFrame) -> Frame:
    return frame if isinstance(frame, Frame) else frame.develop()


def report_warnings(recording: PoseStream, on_warning: OnWarning | None) -> None:
    """Report each problem of a recording that could be read."""
    if on_warning is not None:
        for warning in recording.warnings:
            on_warning(warning)
