"""Hold what all parts of the drawing share: picture, scale, findings, lines.

Lines have a pattern, so that colour alone never shows a state.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.core.display import DisplayState, LinePattern, pick_worst
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


# Lines with halo and pattern ------------------------------------------------------------------------------------------


HALO_RGB = (16, 18, 22)
HALO_PX = 2.5
"""Width of the dark halo on each side of a line, at a picture height of 720."""

_SHIFT = 4
"""cv2 takes whole numbers; this many binary places keep lines from moving by a pixel between frames."""

Points = NDArray[np.float64]
Rgb = tuple[int, int, int]


def split_runs(points: Points) -> Iterator[Points]:
    """Yield the pieces of a polyline (N, 2) between NaNs, of at least two points."""
    known = np.isfinite(points).all(axis=1)
    cuts = np.flatnonzero(np.diff(known.astype(np.int8))) + 1
    for piece, kept in zip(np.split(points, cuts), np.split(known, cuts), strict=True):
        if kept[0] and len(piece) >= 2:
            yield piece


def draw_halo(image: NDArray[np.uint8], points: Points, width_px: float, unit: float) -> None:
    """Draw the dark halo of a line.

    Draw all halos before all lines, or they would cut each other at joints.
    """
    _draw_polyline(image, points, HALO_RGB, width_px + 2 * min(HALO_PX * unit, 0.45 * width_px))


def draw_stroke(image: NDArray[np.uint8], points: Points, colour: Rgb, width_px: float, line: LinePattern) -> None:
    """Draw a polyline.

    Parameters
    ----------
    image : (H, W, 3), changed in place.
    points : (N, 2), px, finite.
    colour, width_px : of the line; dots are half as wide again as the line.
    line : solid, dashed, dotted or hatched (a line with short slanting strokes).
    """
    if line == "solid":
        _draw_polyline(image, points, colour, width_px)
    elif line == "dashed":
        for middle in _place_evenly(points, 4.2 * width_px, inset_px=1.3 * width_px):
            _draw_polyline(
                image, cut_between(points, middle - 1.3 * width_px, middle + 1.3 * width_px), colour, width_px
            )
    elif line == "dotted":
        for at in _place_evenly(points, 1.9 * width_px):
            draw_dot(image, cut_between(points, at, at)[0], 0.75 * width_px, colour)
    else:
        _draw_polyline(image, points, colour, width_px)
        _draw_hatch(image, points, colour, width_px)


def draw_dot(image: NDArray[np.uint8], centre: Points, radius_px: float, colour: Rgb) -> None:
    """Draw a filled disc at (2,) px."""
    x, y = _fix_points(centre)
    cv2.circle(image, (int(x), int(y)), max(1, round(radius_px * 2**_SHIFT)), colour, -1, cv2.LINE_AA, _SHIFT)


def cut_between(points: Points, start: float, end: float) -> Points:
    """Return the part of a polyline (N, 2) between two lengths along it, px.

    The result (M, 2) includes both ends.
    """
    along = _measure_lengths(points)
    inner = points[(along > start) & (along < end)]
    ends = [[np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])] for at in (start, end)]
    return np.vstack([ends[0], inner, ends[1]])


def _measure_lengths(points: Points) -> NDArray[np.float64]:
    steps = np.hypot(*np.diff(points, axis=0).T)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _place_evenly(points: Points, step_px: float, *, inset_px: float = 0.0) -> NDArray[np.float64]:
    """Return points along the line, px, about `step_px` apart.

    The first and last one are `inset_px` from its ends.
    """
    total = float(_measure_lengths(points)[-1])
    inset = min(inset_px, total / 2)
    return np.linspace(inset, total - inset, max(1, round((total - 2 * inset) / step_px)) + 1)


def _draw_hatch(image: NDArray[np.uint8], points: Points, colour: Rgb, width_px: float) -> None:
    """Draw short strokes, all at 45 degrees: the sign of a missing value."""
    reach = 3.2 * width_px * np.array([0.7, -0.7])
    for at in _place_evenly(points, 4.0 * width_px):
        centre = cut_between(points, at, at)[0]
        _draw_polyline(image, np.array([centre - reach, centre + reach]), colour, max(1.0, 0.6 * width_px))


def _draw_polyline(image: NDArray[np.uint8], points: Points, colour: Rgb, width_px: float) -> None:
    cv2.polylines(image, [_fix_points(points)], False, colour, max(1, round(width_px)), cv2.LINE_AA, _SHIFT)  # noqa: FBT003


def _fix_points(points: Points) -> NDArray[np.int32]:
    return np.asarray(np.round(points * 2**_SHIFT), np.int32)
