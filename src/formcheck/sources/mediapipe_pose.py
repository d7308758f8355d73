"""Frames → poses with MediaPipe, and the back's contour from its mask.

The mask stops here: the contour is traced at once, and only its points travel on. Normalised
coordinates become pixels here and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.core.contour import trace_back, trunk_axis
from formcheck.core.records import N_BACK, Frame, Landmarks, PoseFrame

from .found_people import FILL, Found, jumped, overlap, painted_over, same_trunk
from .landmarkers import as_picture, give_back_memory, hushed, open_landmarker
from .pose_bundle import PoseBundle

MAX_SIDE_PX = 640
"""The network sees a 256x256 crop: larger pictures cost time and give the same landmarks."""
SCAN_EVERY_S = 10.0
"""How often the picture is searched for a second person."""
MIRROR_EVERY = 12
"""One frame in so many is looked at a second time, mirrored: 8 % more time, at any frame rate."""
_MIRROR_GAP_MS = 10_000
"""By its own clock the second model's looks lie far apart: it would steady landmarks from one to the next."""
_SECOND_VISIBILITY = 0.6

Choose = Callable[[Sequence[PoseFrame]], int]
"""Picks the subject among the people found; returns its index."""


def largest(people: Sequence[PoseFrame]) -> int:
    """Return the index of the person who takes most room in the picture."""
    extents = [np.ptp(np.asarray(p.xy_px, np.float64), axis=0).max() for p in people]
    return int(np.argmax(extents))


class MediaPipePose:
    """Follows one person through a recording with MediaPipe's pose landmarker.

    Where two people are in view the subject is chosen once, by `choose`, and kept: the model is made
    to lock onto the chosen one by showing it one picture with the other painted over.

    Parameters
    ----------
    bundle : the pose model.
    still : the recording is a single picture.
    choose : picks the subject where there are several; default: the one who takes most room.
    size_px : (width, height) of the source where frames come already reduced; poses are in its pixels.
    scanner : what another one lent (`lend_scanner`), so that it need not be loaded again; it stays open.

    Attributes
    ----------
    scan_every_s : how often the picture is searched for a second person; each search costs two looks.
    trace : finds the back's contour in a mask; a profile puts its stopwatch around it.
    """

    def __init__(
        self,
        bundle: PoseBundle,
        *,
        still: bool = False,
        choose: Choose = largest,
        size_px: tuple[int, int] | None = None,
        scanner: Any = None,
    ) -> None:
        self.name, self.sha256 = bundle.name, bundle.sha256
        self._choose, self._size_px = choose, size_px
        self.scan_every_s = SCAN_EVERY_S
        self.trace = trace_back
        self._still = still
        # Each takes a quarter of a second to load: beside each other, not one after the other.
        with hushed(), ThreadPoolExecutor(3) as threads:
            own = None if scanner is not None else threads.submit(open_landmarker, bundle, video=False)
            mirror = None if still else threads.submit(open_landmarker, bundle, video=True, masks=False)
            self._tracker = None if still else open_landmarker(bundle, video=True)
            self._scanner = own.result() if own else scanner
            self._mirror = mirror.result() if mirror else None
        self._own = [m for m in (self._tracker, self._mirror, self._scanner if own else None) if m is not None]
        # those that still have their first notes to print
        self._quiet = {id(model) for model in (self._tracker, self._scanner, self._mirror) if model is not None}
        self._stamp_ms = self._mirror_ms = -1
        self._mirror_in = 0
        self._scanned_s = -math.inf
        self._people = 0
        self._last: Found | None = None

    def estimate(self, frame: Frame) -> PoseFrame:
        """Return the subject in this frame; `PoseFrame.nobody` where nobody is found. Times must rise."""
        image = _reduced(frame.image)
        size_px = self._size_px or (frame.image.shape[1], frame.image.shape[0])
        found = self._look(image, frame.time_s)
        if found is not None and frame.time_s - self._scanned_s >= self.scan_every_s:
            found = self._scan(image, found, frame.time_s, size_px)
        self._last = found
        if found is None:
            self._scanned_s = -math.inf
            return PoseFrame.nobody(frame.time_s, size_px)
        pose = self._pose(found, frame.time_s, image, size_px)
        self._mirror_in -= 1
        if self._mirror_in >= 0 or self._people > 1:
            return pose
        self._mirror_in = MIRROR_EVERY - 1
        return replace(pose, mirror=self._in_mirror(image, pose))

    def choose_again(self) -> None:
        """Search for a second person in the next picture, and let `choose` pick anew."""
        self._scanned_s = -math.inf

    def _in_mirror(self, image: NDArray[np.uint8], pose: PoseFrame) -> Landmarks | None:
        """The same person in the mirrored picture, left and right put back; None where it shows somebody else."""
        mirrored = image[:, ::-1]
        found = self._detect_mirrored(mirrored)
        if found is None:
            return None
        scale = np.array([pose.size_px[0] / image.shape[1], pose.size_px[1] / image.shape[0]])
        arrays = (a.astype(np.float32) for a in (found.xy_px * scale, found.xyz_m, found.visibility))
        seen = Landmarks(*arrays).mirrored(pose.size_px[0])
        if same_trunk(pose.xy_px, seen.xy_px):
            return seen
        if self._mirror is not None:  # look anew, but not at once: a look that is refused costs twice as much
            self._detect_mirrored(np.full_like(image, FILL))
            self._mirror_in += MIRROR_EVERY
        return None

    def _detect_mirrored(self, image: NDArray[np.uint8]) -> Found | None:
        if self._mirror is None:
            return self._ask(self._scanner, image)
        self._mirror_ms += _MIRROR_GAP_MS
        return self._ask(self._mirror, image, self._mirror_ms)

    def _look(self, image: NDArray[np.uint8], time_s: float) -> Found | None:
        """The person the tracker follows; a jump to somebody else is looked at again with that one painted over."""
        found = self._detect(image, time_s)
        if found is None or self._last is None or self._people < 2 or not jumped(self._last, found):
            return found
        again = self._relock(painted_over(image, found), time_s)
        return again if again is not None and not jumped(self._last, again) else None

    def _scan(self, image: NDArray[np.uint8], found: Found, time_s: float, size_px: tuple[int, int]) -> Found:
        """Search for a second person; at the first sight of two, choose the subject."""
        first_sight = not math.isfinite(self._scanned_s)
        self._scanned_s = time_s
        second = self._detect(painted_over(image, found), None)
        if second is None or float(np.median(second.visibility)) < _SECOND_VISIBILITY or overlap(found, second) > 0.5:
            self._people = 1
            return found
        self._people = 2
        if not first_sight:
            return found
        candidates = [found, second]
        chosen = self._choose([self._pose(c, time_s, image, size_px) for c in candidates])
        if chosen == 0:
            return found
        locked = self._relock(painted_over(image, found), time_s)
        return second if locked is None or overlap(locked, found) > 0.5 else locked

    def _relock(self, image: NDArray[np.uint8], time_s: float) -> Found | None:
        """Make the tracker look anew: shown one person painted over, it stays with the silhouette otherwise."""
        self._detect(np.full_like(image, FILL), time_s)
        return self._detect(image, time_s)

    def _detect(self, image: NDArray[np.uint8], time_s: float | None) -> Found | None:
        """Run the model: as the tracker at a time, or (None) as the scanner on a single picture."""
        if time_s is None or self._tracker is None:
            return self._ask(self._scanner, image)
        self._stamp_ms = max(self._stamp_ms + 1, round(time_s * 1000))
        return self._ask(self._tracker, image, self._stamp_ms)

    def _ask(self, model: Any, image: NDArray[np.uint8], stamp_ms: int | None = None) -> Found | None:
        picture = as_picture(image)
        with hushed() if id(model) in self._quiet else nullcontext():
            result = model.detect(picture) if stamp_ms is None else model.detect_for_video(picture, stamp_ms)
        if not result.pose_landmarks:
            return None
        self._quiet.discard(id(model))
        height, width = image.shape[:2]
        marks, world, masks = result.pose_landmarks[0], result.pose_world_landmarks[0], result.segmentation_masks
        return Found(
            np.array([(m.x * width, m.y * height) for m in marks]),
            np.array([(m.x, m.y, m.z) for m in world]),
            np.array([m.visibility for m in marks]),
            # a copy: the view dies with the result
            np.array(masks[0].numpy_view()[..., 0]) if masks else np.zeros((height, width), np.float32),
        )

    def _pose(self, found: Found, time_s: float, image: NDArray[np.uint8], size_px: tuple[int, int]) -> PoseFrame:
        axis = trunk_axis(found.xy_px, found.xyz_m)
        back = np.full((N_BACK, 2), np.nan) if axis is None else self.trace(found.mask, axis)
        scale = np.array([size_px[0] / image.shape[1], size_px[1] / image.shape[0]])
        return PoseFrame(
            time_s,
            size_px,
            (found.xy_px * scale).astype(np.float32),
            found.xyz_m.astype(np.float32),
            found.visibility.astype(np.float32),
            (back * scale).astype(np.float32),
            max(1, self._people),
        )

    def lend_scanner(self) -> Any:
        """Return the model for single pictures, for the next recording; whoever borrows it closes it.

        It keeps nothing from one picture to the next. The tracker does and cannot be made to forget: how well a
        landmark is seen is smoothed from the first picture to the last. So every recording has a tracker of its own,
        and its result does not depend on what was looked at before.
        """
        self._own = [model for model in self._own if model is not self._scanner]
        return self._scanner

    def close(self) -> None:
        """Free the model."""
        for model in self._own:
            model.close()
        give_back_memory()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _reduced(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture with a long side of at most 640 px."""
    longest = max(image.shape[:2])
    if longest <= MAX_SIDE_PX:
        return image
    scale = MAX_SIDE_PX / longest
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


__all__ = ["MAX_SIDE_PX", "Choose", "MediaPipePose", "largest"]
