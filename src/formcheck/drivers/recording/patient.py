"""Follow the person whom someone pointed at in the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from formcheck.core.errors import SourceError
from formcheck.core.records import PoseFrame
from formcheck.core.summary.schema import PatientRecord
from formcheck.sources.pose.subject import SubjectPose

from .kept_poses import KeptPoses

_SAME_MOMENT_S = 1e-3


class PatientPoint(BaseModel):
    """Where the patient is in the picture at one moment.

    Parameters
    ----------
    x, y : shares of the width and height of the picture, from its upper left corner.
    at_s : seconds from the start of the recording.

    Examples
    --------
    >>> PatientPoint.parse("0.3,0.5@2.0")
    PatientPoint(x=0.3, y=0.5, at_s=2.0)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    x: Annotated[float, Field(ge=0, le=1)]
    y: Annotated[float, Field(ge=0, le=1)]
    at_s: Annotated[float, Field(ge=0)] = 0.0

    @classmethod
    def parse(cls, text: str) -> PatientPoint:
        """Return the point of a text such as 0.3,0.5@2.0.

        Without @ it is in the first picture.

        Raises
        ------
        SourceError
            It is no such text.
        """
        place, _, moment = text.partition("@")
        x, _, y = place.partition(",")
        try:
            return cls(x=float(x), y=float(y), at_s=float(moment or 0))
        except ValueError:
            todo = "x and y are shares of width and height, such as 0.3,0.5@2.0"
            raise SourceError(f"patient: expected X,Y@SECONDS, got {text[:40]!r}; {todo}") from None

    def record(self) -> PatientRecord:
        """Return what the result keeps."""
        return PatientRecord(**self.model_dump())


class PatientChoice:
    """Picks the patient among several people, by the place where they were seen last.

    Parameters
    ----------
    point : where someone pointed.

    Notes
    -----
    It remembers the last place of the patient, and whether the moment of the point has come.
    """

    def __init__(self, point: PatientPoint) -> None:
        self.point, self.is_settled = point, False
        self._place = np.array([point.x, point.y])

    def choose(self, people: Sequence[PoseFrame]) -> int:
        """Return the index of the person who is nearest to the patient's last place."""
        return int(np.argmin([np.hypot(*(_find_place(one) - self._place)) for one in people]))

    def follow(self, model: SubjectPose, time_s: float) -> None:
        """Point at the patient when the moment has come; called before each look."""
        if not self.is_settled and time_s >= self.point.at_s - _SAME_MOMENT_S:
            self.is_settled = True
            model.follow_at(self.point.x, self.point.y)

    def note(self, pose: PoseFrame) -> None:
        """Remember where the patient is; called after each look."""
        if self.is_settled and pose.seen:
            self._place = _find_place(pose)


def _find_place(pose: PoseFrame) -> Any:
    """Return the middle of a person's trunk, as shares of width and height."""
    return np.nanmean(np.asarray(pose.xy_px, np.float64)[[11, 12, 23, 24]], axis=0) / pose.size_px


def blank_before(
    poses: Iterator[PoseFrame],
    choice: PatientChoice,
    model: SubjectPose,
    header: dict[str, Any],
    note: Callable[[str], None],
) -> Iterator[PoseFrame]:
    """Yield the poses, without another person before the moment of the point.

    Poses wait until that moment, in a private file if they are many.

    Parameters
    ----------
    header : of the recording, as a saved track needs it.
    note : takes the warning that a part was left out.

    Raises
    ------
    SourceError
        The recording ends before that moment.
    """
    with KeptPoses(header) as early:
        time_s = 0.0
        for pose in poses:
            time_s = pose.time_s
            early.add(pose)
            if choice.is_settled:
                break
        if not choice.is_settled:
            came = f"expected a moment within the recording (0 to {time_s:.1f} s), got {choice.point.at_s:.1f} s"
            raise SourceError(f"patient: {came}; point at the patient where they are seen")
        early.finish({})
        if model.has_switched:
            at = f"{choice.point.at_s:.1f} s"
            note(f"patient: before {at} another person was followed, and that part is left out; point at them earlier")
        for number, pose in enumerate(early, start=1):
            is_other = model.has_switched and number < early.frames
            yield PoseFrame.nobody(pose.time_s, pose.size_px) if is_other else pose
    yield from poses
