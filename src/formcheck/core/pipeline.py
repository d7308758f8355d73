"""The pipeline for one person: pose → measurements → phase → assessment → feedback.

Live, review and batch all use it; they differ only in the source of the frames and the destination of the results.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from formcheck.core.measure.networks import DEFAULT_NETWORK
from formcheck.core.measure.person import PersonTracker, SeenPerson
from formcheck.core.movement.schema import Movement
from formcheck.core.phases.drive_signal import wrap_values
from formcheck.core.phases.repetitions import measure_timing
from formcheck.core.phases.tracker import PhaseTracker

from .assess import assess
from .calibration import Calibration
from .feedback import CueSelector
from .records import NOT_JUDGED, Assessment, Feedback, Frame, Measurements, PhaseState, PoseFrame, StepResult
from .skeleton import Side


class PoseEstimator(Protocol):
    """Finds one person in each frame.

    Another pose model needs one file that implements this.
    """

    name: str
    sha256: str

    def estimate(self, frame: Frame) -> PoseFrame:
        """Return the person in this frame, or `PoseFrame.nobody`. Times must rise."""
        ...

    def close(self) -> None:
        """Free the model."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class FormChecker:
    """Checks one person doing one movement, frame by frame.

    It holds the only state: the person, phase tracker, cue selector.

    Parameters
    ----------
    movement : the movement that the person does.
    calibration : the person's own neutral and rounded back, if they are known.
    side : the working side; None = found from the recording.
    still : the whole recording is one picture.
    spans_s : from when to when the person does this movement, seconds; the rest is measured but not judged. None =
        the whole recording.
    pose_model : name of the model that sees the person, as a track's header has it; lite, full and heavy have
        corrections of their own, any other gets those of "full".
    earlier : what a `PersonTracker` returned for the same poses; saves following the person again.

    Notes
    -----
    It reads no clock and counts no frames: time comes from the poses, so 15, 30 and 60 frames a second give the same
    verdict. Use one checker for each recording, and add its poses in order.

    Examples
    --------
    >>> import formcheck as fc
    >>> checker = fc.FormChecker(fc.load_movement("hamstring_hinge_standing"))
    >>> for pose in fc.open_track("examples/tracks/hinge_stretch_knee_bent.parquet"):
    ...     result = checker.step(pose)
    ...     if result.feedback.cue == "stretch_knee_bent":
    ...         break
    >>> result.phase.name, result.feedback.text
    ('hold', 'Straighten the front leg gently')
    """

    def __init__(
        self,
        movement: Movement,
        *,
        calibration: Calibration | None = None,
        side: Side | None = None,
        still: bool = False,
        spans_s: Sequence[tuple[float, float]] | None = None,
        pose_model: str = DEFAULT_NETWORK,
        earlier: Iterable[SeenPerson] | None = None,
    ) -> None:
        self.movement, self.side, self.spans_s = movement, side, spans_s
        neutral = calibration.neutral_for(movement.posture) if calibration else None
        rounded = calibration.rounded_for(movement.posture) if calibration else None
        self._person = PersonTracker(pose_model, earlier=earlier)
        self._tracker = PhaseTracker(movement, side=side, neutral=neutral, rounded=rounded, still=still)
        self._cues = CueSelector(movement)
        self._last: StepResult | None = None

    def step(self, pose: PoseFrame) -> StepResult:
        """Add one pose, return all results for it.

        Time must rise from call to call.
        """
        steady = self._person.step(pose).pose
        measurements = self._person.measured(self._tracker.reference)
        if self.spans_s is not None and not any(from_s <= pose.time_s <= to_s for from_s, to_s in self.spans_s):
            return self._not_judged(steady, measurements)
        phase = self._tracker.step(measurements)
        return self._judged(steady, measurements, phase)

    def finish(self) -> StepResult | None:
        """End the recording; return the last result again if a repetition ended with it."""
        last = self._last
        is_over = last is None or last.phase.name == NOT_JUDGED
        ended = None if last is None or is_over else self._tracker.finish(last.pose.time_s)
        if last is None or ended is None:
            return None
        motion = wrap_values(measure_timing(ended, last.pose.time_s, whole=False))
        phase = replace(last.phase, just_entered=False, repetition=None, ended=ended, motion=motion)
        return self._judged(last.pose, last.measurements, phase)

    def _not_judged(self, pose: PoseFrame, measurements: Measurements) -> StepResult:
        """Return the result of a frame before or after the movement.

        The first one after it ends what runs.
        """
        closing, t = self.finish(), pose.time_s
        if closing is not None:
            phase = replace(closing.phase, name=NOT_JUDGED, since_s=t)
            self._last = replace(closing, pose=pose, measurements=measurements, phase=phase)
            return self._last
        phase = PhaseState(NOT_JUDGED, t, None, measurements.view.near)
        self._last = StepResult(
            pose, measurements, phase, Assessment(t, NOT_JUDGED, (), {}), Feedback(None, "", None, t, (), None)
        )
        return self._last

    def _judged(self, pose: PoseFrame, measurements: Measurements, phase: PhaseState) -> StepResult:
        assessment = assess(measurements, phase, self.movement, self._tracker.reference)
        feedback = self._cues.step(assessment, phase)
        self._last = StepResult(pose, measurements, phase, assessment, feedback)
        return self._last

    @property
    def neutral(self) -> NDArray[np.float64] | None:
        """Return the own neutral back in use, (33,), or None."""
        return self._tracker.reference.neutral


def run(poses: Iterable[PoseFrame], checker: FormChecker) -> Iterator[StepResult]:
    """Yield the result of every pose, then the closing one.

    The closing result exists if the recording ends within a repetition.
    """
    for pose in poses:
        yield checker.step(pose)
    closing = checker.finish()
    if closing is not None:
        yield closing
