"""Pictures and the person found in them: the first of the values that flow.

Arrays are made read-only. Missing is NaN, never zero. Times are seconds from the start of the recording.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .skeleton import MIRROR, N_LANDMARKS, SKELETON

BACK_T: NDArray[np.float64] = np.round(np.arange(-0.20, 1.2001, 0.02), 2)
"""Where the back contour is sampled (71,): along the hip-shoulder axis, in trunk lengths from the hip."""
BACK_T.flags.writeable = False
N_BACK = len(BACK_T)


def _frozen(array: Any, dtype: type, shape: tuple[int, ...], what: str) -> NDArray[Any]:
    frozen = isinstance(array, np.ndarray) and array.base is None and not array.flags.writeable
    out: NDArray[Any] = array if frozen and array.dtype == dtype else np.array(array, dtype=dtype)
    if out.shape != shape:
        raise ValueError(f"{what}: expected shape {shape}, got {out.shape}")
    out.flags.writeable = False
    return out


_LANDMARK_SHAPES: dict[str, tuple[int, ...]] = {
    "xy_px": (N_LANDMARKS, 2),
    "xyz_m": (N_LANDMARKS, 3),
    "visibility": (N_LANDMARKS,),
}
_POSE_SHAPES: dict[str, tuple[int, ...]] = {**_LANDMARK_SHAPES, "back_xy_px": (N_BACK, 2)}


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of a recording.

    Parameters
    ----------
    index : 0-based number of the frame in the source.
    time_s : seconds from the start of the recording; strictly rising.
    image : (H, W, 3) uint8, RGB, upright.

    Examples
    --------
    >>> import formcheck as fc, numpy as np
    >>> frame = fc.Frame(index=0, time_s=0.0, image=np.zeros((480, 640, 3), np.uint8))
    >>> frame.image.shape
    (480, 640, 3)
    """

    index: int
    time_s: float
    image: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Landmarks of one person in one frame, units and axes as in `PoseFrame`.

    Parameters
    ----------
    xy_px : (33, 2) float32.
    xyz_m : (33, 3) float32.
    visibility : (33,) float32.
    """

    xy_px: NDArray[np.float32]
    xyz_m: NDArray[np.float32]
    visibility: NDArray[np.float32]

    def __post_init__(self) -> None:
        for name, shape in _LANDMARK_SHAPES.items():
            object.__setattr__(self, name, _frozen(getattr(self, name), np.float32, shape, name))

    def mirrored(self, width_px: int) -> Landmarks:
        """Return the landmarks as a mirrored picture would show them: x flipped, left and right exchanged."""
        flip, shift = np.array([-1, 1], np.float32), np.array([width_px, 0], np.float32)
        return Landmarks(
            self.xy_px[MIRROR] * flip + shift,
            self.xyz_m[MIRROR] * np.array([-1, 1, 1], np.float32),
            self.visibility[MIRROR],
        )


@dataclass(frozen=True, slots=True, eq=False)
class PoseFrame:
    """One person in one frame, in pixels of the upright source picture.

    Parameters
    ----------
    time_s : seconds from the start of the recording.
    size_px : (width, height) of the source picture.
    xy_px : (33, 2) float32, origin top left, y down; NaN where nobody is seen.
    xyz_m : (33, 3) float32, metres, origin between the hips, z away from the camera.
    visibility : (33,) float32, 0..1.
    back_xy_px : (71, 2) float32, the traced back contour at `BACK_T`; NaN where it is not seen.
    people : how many people were last seen in the picture.
    skeleton : name of the landmark vocabulary.
    mirror : where the same person was found in the mirrored picture, left and right put back; None in most frames.

    Raises
    ------
    ValueError
        An array has another shape.

    Notes
    -----
    Arrays are copied and made read-only; those of another pose, which are read-only already, are shared. The 33
    landmarks are those of BlazePose, by `formcheck.core.skeleton.INDEX`; left and right are the person's own.

    Examples
    --------
    >>> import formcheck as fc
    >>> from formcheck.core.skeleton import INDEX
    >>> first = next(iter(fc.open_track("examples/tracks/hinge_good.parquet")))
    >>> first.seen, first.size_px, first.xy_px.shape, first.back_xy_px.shape
    (True, (640, 480), (33, 2), (71, 2))
    >>> bool(first.xy_px[INDEX["nose"], 1] < first.xy_px[INDEX["left_hip"], 1])  # y points down
    True
    >>> fc.PoseFrame.nobody(0.5, (640, 480)).seen
    False
    """

    time_s: float
    size_px: tuple[int, int]
    xy_px: NDArray[np.float32]
    xyz_m: NDArray[np.float32]
    visibility: NDArray[np.float32]
    back_xy_px: NDArray[np.float32]
    people: int = 1
    skeleton: str = SKELETON
    mirror: Landmarks | None = None

    def __post_init__(self) -> None:
        for name, shape in _POSE_SHAPES.items():
            object.__setattr__(self, name, _frozen(getattr(self, name), np.float32, shape, name))

    @classmethod
    def nobody(cls, time_s: float, size_px: tuple[int, int], *, people: int = 0) -> PoseFrame:
        """Return the PoseFrame of a picture in which nobody is seen."""
        nan = np.float32(np.nan)
        return cls(
            time_s,
            size_px,
            np.full((N_LANDMARKS, 2), nan),
            np.full((N_LANDMARKS, 3), nan),
            np.zeros(N_LANDMARKS, np.float32),
            np.full((N_BACK, 2), nan),
            people,
        )

    @property
    def seen(self) -> bool:
        """Whether a person was found."""
        return bool(np.count_nonzero(np.isfinite(self.xy_px)))

    def mirrored(self) -> PoseFrame:
        """Return the pose as a mirrored picture would show it: x flipped, left and right exchanged."""
        width_px = self.size_px[0]
        flipped = Landmarks(self.xy_px, self.xyz_m, self.visibility).mirrored(width_px)
        return PoseFrame(
            self.time_s,
            self.size_px,
            flipped.xy_px,
            flipped.xyz_m,
            flipped.visibility,
            self.back_xy_px * np.array([-1, 1], np.float32) + np.array([width_px, 0], np.float32),
            self.people,
            self.skeleton,
            None if self.mirror is None else self.mirror.mirrored(width_px),
        )


__all__ = ["BACK_T", "N_BACK", "Frame", "Landmarks", "PoseFrame"]
