"""Hold what all parts of the drawing share: picture, scale and this frame's findings."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.core.display import DisplayState, pick_worst
from formcheck.core.measure import camera_view
from formcheck.core.movement.schema import MeasureSpec, Movement
from formcheck.core.movement.signals import resolve
from formcheck.core.reasons import Reason
from formcheck.core.records import Finding, StepResult, Value
from formcheck.core.skeleton import INDEX

FAR_OUT = 3.0
"""Points that are more than this many picture sizes outside are errors of the model, not joints."""


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """One frame during drawing.

    Parameters
    ----------
    image : (H, W, 3) uint8 RGB, changed in place.
    result, movement : what to draw.
    xy : (33, 2) landmarks in pixels of `image`, NaN where they are not known.
    back : (71, 2) the back's contour, likewise.
    seen : (33,) visibility, 0 outside the picture.
    """

    image: NDArray[np.uint8]
    result: StepResult
    movement: Movement
    xy: NDArray[np.float64]
    back: NDArray[np.float64]
    seen: NDArray[np.float64]

    @classmethod
    def of(cls, image: NDArray[np.uint8], result: StepResult, movement: Movement) -> Canvas:
        """Return the canvas of a picture; scale landmarks from the source's size to the picture's."""
        height, width = image.shape[:2]
        pose = result.pose
        scale = np.array([width / pose.size_px[0], height / pose.size_px[1]])
        xy, back = (_scale_points(points, scale, (width, height)) for points in (pose.xy_px, pose.back_xy_px))
        return cls(image, result, movement, xy, back, np.nan_to_num(camera_view.seen_share(pose)))

    @classmethod
    def unpainted(cls, result: StepResult, movement: Movement) -> Canvas:
        """Return a canvas of the source's own size, to ask what would be drawn.

        Nothing can be drawn on it.
        """
        width, height = result.pose.size_px
        return cls.of(np.broadcast_to(np.zeros(3, np.uint8), (height, width, 3)), result, movement)

    @property
    def width(self) -> int:
        """Return the width of the picture, px."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """Return the height of the picture, px."""
        return int(self.image.shape[0])

    @property
    def unit(self) -> float:
        """Return the pixels per unit of a picture of height 720."""
        return self.height / 720

    @property
    def type_px(self) -> float:
        """Return the base size of all text but the cue; upright pictures are narrow."""
        return min(self.height, 1.25 * self.width)

    @property
    def margin(self) -> float:
        """Return the distance of panels from the edge, px."""
        return 0.028 * self.type_px

    def at(self, name: str) -> NDArray[np.float64]:
        """Return a landmark (2,), NaN where it is not known."""
        return np.asarray(self.xy[INDEX[name]])

    def signal(self, measure: MeasureSpec) -> str | None:
        """Return the signal behind a measure now, None while the side is not known."""
        phase = self.result.phase
        return resolve(measure.signal, working=phase.side, near=phase.near)

    def measured(self, measure: MeasureSpec) -> Value | None:
        """Return what this frame shows of a measure; None while the side is unknown."""
        return self.result.measurements.values.get(self.signal(measure) or "")

    def finding(self, check: str) -> Finding | None:
        """Return this frame's finding about a measure, None where it was not checked."""
        return next((f for f in self.result.assessment.findings if f.check == check), None)

    def state(self, finding: Finding) -> DisplayState:
        """Return the state in which a finding is shown.

        A measure of a whole repetition that has not gone far enough yet is not a fault: it may still get there.
        """
        running = self.movement.measures[finding.check].reduce is not None
        return "info" if running and finding.status in {"warn", "fix"} else finding.status

    def back_findings(self) -> list[Finding]:
        """Return this frame's findings about the back."""
        measures = self.movement.measures
        return [
            f
            for f in self.result.assessment.findings
            if f.check in measures and measures[f.check].signal.startswith("back_")
        ]

    def doubts(self) -> dict[str, Reason | None]:
        """Return the important values that are missing: "back" or the main measure → the reason."""
        found: dict[str, Reason | None] = {}
        backs = self.back_findings()
        if pick_worst([f.status for f in backs]) == "cannot_tell":
            found["back"] = next((f.reason for f in backs if f.reason), None)
        main = self.movement.measures[self.movement.main]
        finding = self.finding(self.movement.main)
        if main.signal.startswith("back_"):
            return found
        if finding is not None and finding.status == "cannot_tell":
            found[main.name] = finding.reason
        elif finding is None and (value := self.measured(main)) is not None and value.reason:
            found[main.name] = value.reason
        return found

    def amount(self, check: str) -> tuple[float, float] | None:
        """Return a measure's judged value and half-width, None if there is none to show."""
        measure, finding = self.movement.measures[check], self.finding(check)
        if finding is not None:
            value, doubt = finding.value, finding.uncertainty
        elif measure.change or measure.reduce:  # The result does not hold its reference value.
            return None
        else:
            value, doubt, _ = self.measured(measure) or (math.nan, math.nan, None)
        return (value, doubt) if math.isfinite(value) else None


def _scale_points(
    points: NDArray[np.float32], scale: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.float64]:
    scaled = np.asarray(points, np.float64) * scale
    with np.errstate(invalid="ignore"):
        far = ~(np.abs(scaled) <= FAR_OUT * max(size)).all(axis=1)
    scaled[far] = np.nan
    return scaled
