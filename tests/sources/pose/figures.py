"""Coloured figures instead of people, and three substitutes that find them: for looks, landmarkers and networks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.core.records import Frame, PoseFrame
from formcheck.sources.pose.landmarks import NetworkOutput
from formcheck.sources.pose.people import IN_PICTURE, Found, Silhouette, is_same_trunk, paint_over

RED, GREEN = (255, 0, 0), (0, 255, 0)
WIDTH, HEIGHT = 320, 240
VISIBILITY = 0.9


def picture(**figures: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a dark picture with figures 100 px high: name of the colour -> (left edge, width), px."""
    image = np.full((HEIGHT, WIDTH, 3), 20, np.uint8)
    for colour, (x, width) in figures.items():
        image[60:160, x : x + width] = {"red": RED, "green": GREEN}[colour]
    return image


def follow(estimator: Any, pictures: Sequence[NDArray[np.uint8]], *, fps: float = 10) -> list[PoseFrame]:
    return [estimator.estimate(Frame(k, k / fps, image)) for k, image in enumerate(pictures)]


def middle_x(pose: Any) -> float:
    """Return where a trunk is, px from the left."""
    return float(np.mean(pose.xy_px[[11, 12, 23, 24], 0]))


def leftmost(people: Sequence[PoseFrame]) -> int:
    return int(np.argmin([middle_x(p) for p in people]))


@dataclass(frozen=True)
class Figure:
    """One figure: its mask (h, w), landmarks (33, 2) px, world landmarks (33, 3), and the two points of its circle."""

    mask: NDArray[np.bool_]
    xy_px: NDArray[np.float64]
    world: NDArray[np.float64]
    circle: NDArray[np.float64]


def figures_in(image: NDArray[Any]) -> dict[tuple[int, int, int], Figure]:
    """Return colour -> figure; colours may be mixed with what is beside them, as in a crop."""
    red, green = image[..., 0] > 138, image[..., 1] > 138
    found = {colour: _figure(mask) for colour, mask in ((RED, red & ~green), (GREEN, green & ~red))}
    return {colour: figure for colour, figure in found.items() if figure is not None}


def _figure(mask: NDArray[np.bool_]) -> Figure | None:
    if mask.sum() < 500:
        return None
    rows, columns = np.nonzero(mask)
    left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
    y = np.full(33, top + 0.1 * (bottom - top))
    y[11:13], y[23:25], y[25:] = (top + share * (bottom - top) for share in (0.25, 0.6, 0.9))
    x = np.where(np.arange(33) % 2, left, right - 1).astype(float)
    world = np.stack([x / 100, y / 100, -0.1 + 0.2 * (np.arange(33) % 2)], axis=1)
    centre = ((left + right) / 2, (top + bottom) / 2)
    return Figure(mask, np.stack([x, y], axis=1), world, np.array([centre, (centre[0], top)]))


def _found(figure: Figure) -> Found:
    silhouette = Silhouette(figure.mask.astype(np.float32), IN_PICTURE)
    return Found(figure.xy_px, figure.world, np.full(33, VISIBILITY), silhouette)


# A runtime ------------------------------------------------------------------------------------------------------------


class ColourLooks:
    """Implements `Looks`: finds the largest figure, and stays with the one it has.

    Attributes
    ----------
    kept : colour of the figure that it follows.
    mirror_sees, switch_gives : colour of the figure that it takes for the right one there; None = the right one.
    sure : visibility of the landmarks of others that it finds.
    masks : whether each followed picture was to have a silhouette.
    """

    def __init__(self) -> None:
        self.kept: tuple[int, int, int] | None = None
        self.mirror_sees: tuple[int, int, int] | None = None
        self.switch_gives: tuple[int, int, int] | None = None
        self.sure = VISIBILITY
        self.asked: list[str] = []
        self.masks: list[bool] = []
        self.closed = False
        self._time_s = -1.0

    def follow(self, image: NDArray[np.uint8], time_s: float, *, mask: bool = True) -> Found | None:
        assert time_s > self._time_s, "times must rise"
        self._time_s = time_s
        self.asked.append("follow")
        self.masks.append(mask)
        figures = figures_in(image)
        if self.kept not in figures:
            self.kept = max(figures, key=lambda colour: figures[colour].mask.sum(), default=None)
        if self.kept is None:
            return None
        found = _found(figures[self.kept])
        return found if mask else replace(found, silhouette=None)

    def search(self, image: NDArray[np.uint8], besides: Found) -> Found | None:
        self.asked.append("search")
        others = figures_in(paint_over(image, besides)).values()
        largest = max(map(_found, others), key=lambda one: one.silhouette.mask.sum(), default=None)
        return None if largest is None else replace(largest, visibility=np.full(33, self.sure))

    def switch(self, image: NDArray[np.uint8], time_s: float, *, to: Found, besides: Found) -> Found | None:
        self.asked.append("switch")
        figures = figures_in(image)
        self.kept = next(colour for colour, one in figures.items() if is_same_trunk(one.xy_px, to.xy_px))
        return _found(figures[self.switch_gives or self.kept])

    def mirror(self, image: NDArray[np.uint8], found: Found) -> Found | None:
        self.asked.append("mirror")
        figure = figures_in(image).get(self.mirror_sees or self.kept)
        return None if figure is None else _found(figure)

    def close(self) -> None:
        self.closed = True


# MediaPipe ------------------------------------------------------------------------------------------------------------


@dataclass
class ColourLandmarker:
    """Stands in for MediaPipe's landmarker: finds the largest figure; as a tracker it stays with the one it has."""

    video: bool
    masks: bool = True
    kept: tuple[int, int, int] | None = None
    closed: bool = False

    def detect_for_video(self, picture: Any, stamp_ms: int) -> SimpleNamespace:
        assert self.video
        assert stamp_ms > getattr(self, "stamp_ms", -1), "MediaPipe refuses times that do not rise"
        self.stamp_ms = stamp_ms
        return self._result(picture.numpy_view())

    def detect(self, picture: Any) -> SimpleNamespace:
        assert not self.video
        return self._result(picture.numpy_view())

    def _result(self, image: NDArray[np.uint8]) -> SimpleNamespace:
        figures = figures_in(image)
        if self.kept not in figures:
            self.kept = max(figures, key=lambda colour: figures[colour].mask.sum(), default=None)
        figure = figures.get(self.kept)
        if not self.video:
            self.kept = None
        if figure is None:
            return SimpleNamespace(pose_landmarks=[])
        height, width = image.shape[:2]
        marks = [SimpleNamespace(x=x / width, y=y / height, visibility=VISIBILITY) for x, y in figure.xy_px]
        world = [SimpleNamespace(x=x, y=y, z=z) for x, y, z in figure.world]
        view = SimpleNamespace(numpy_view=lambda: figure.mask[..., None].astype(np.float32))
        return SimpleNamespace(
            pose_landmarks=[marks], pose_world_landmarks=[world], segmentation_masks=[view] if self.masks else None
        )

    def close(self) -> None:
        self.closed = True


# The networks ---------------------------------------------------------------------------------------------------------

_FIRST_ANCHOR_PX = 4.0
"""Centre of the first two boxes of the detector: the first cell of 8 px."""
_SURE, _UNSURE = 10.0, -10.0


class ColourNetworks:
    """Stands in for `PoseNetworks`: detector and landmark network see figures, and remember nothing.

    Attributes
    ----------
    runs : what was run, in order: "detector", "landmarks", "landmarks without mask".
    """

    def __init__(self) -> None:
        self.runs: list[str] = []

    def detect(self, picture: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        self.runs.append("detector")
        boxes, scores = np.zeros((1, 2254, 12), np.float32), np.full((1, 2254, 1), _UNSURE, np.float32)
        for k, figure in enumerate(figures_in((picture[0] + 1) * 127.5).values()):
            rows, columns = np.nonzero(figure.mask)
            centre, size = (columns.mean(), rows.mean()), (np.ptp(columns), np.ptp(rows))
            points = np.concatenate([figure.circle, figure.circle]) - _FIRST_ANCHOR_PX
            boxes[0, k] = *(np.array(centre) - _FIRST_ANCHOR_PX), *size, *points.ravel()
            scores[0, k] = 1 + figure.mask.mean()
        return boxes, scores

    def find_landmarks(self, crop: NDArray[np.float32], *, mask: bool) -> NetworkOutput:
        self.runs.append("landmarks" if mask else "landmarks without mask")
        points, world = np.zeros((39, 5), np.float32), np.zeros((39, 3), np.float32)
        heat = np.full((1, 64, 64, 39), _UNSURE, np.float32)
        silhouette = np.full((1, 256, 256, 1), _UNSURE, np.float32)
        figures = sorted(figures_in(crop[0] * 255).values(), key=lambda one: float(np.abs(one.circle[0] - 128).sum()))
        if figures:
            figure = figures[0]
            points[:33, :2], points[33:35, :2] = figure.xy_px, figure.circle
            points[:, 3] = np.log(VISIBILITY / (1 - VISIBILITY))
            world[:33] = figure.world
            silhouette[0, figure.mask, 0] = _SURE
        return NetworkOutput(
            points.reshape(1, -1), np.full((1, 1), 1.0 if figures else 0.0, np.float32), heat, world.reshape(1, -1),
            silhouette if mask else None,
        )  # fmt: skip
