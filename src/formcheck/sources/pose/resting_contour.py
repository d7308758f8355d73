"""Keep the contour of a back that rests, so that fewer looks need a mask.

The network takes a quarter less time without it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .people import Found, find_trunk

TRACED_EVERY_S = 0.15
"""A contour is traced at least this often; a back that starts to bend is seen with the next one."""
REST_TL = 0.01
"""[E] A back rests if hips, shoulders and contour have moved less than this.

In trunk lengths, since the contour before. The contour of a body at rest varies by about half of it.
"""


class RestingContour:
    """Decides whether a look needs the mask, and carries the contour along if not.

    Notes
    -----
    It remembers the last contour that was traced, the trunk it belongs to, and whether the back rested since the one
    before.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Forget the person."""
        self._traced_s = -math.inf
        self._contour: NDArray[np.float64] | None = None
        self._trunk: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        self._rests = False

    def is_due(self, time_s: float) -> bool:
        """Return whether the look at this time needs the mask."""
        return not self._rests or time_s - self._traced_s >= TRACED_EVERY_S

    def note(self, found: Found, contour: NDArray[np.float64], time_s: float) -> None:
        """Take in a contour that was traced.

        Parameters
        ----------
        contour : (71, 2), px; NaN where nothing is seen.
        """
        trunk = find_trunk(found.xy_px)
        rests = self._contour is not None and self._is_near(trunk)
        if rests and self._contour is not None:
            moved_px = np.hypot(*(contour - self._contour).T)
            # a point that is seen in only one of them has moved, too
            moved_px = moved_px[~(np.isnan(contour[:, 0]) & np.isnan(self._contour[:, 0]))]
            near = moved_px <= REST_TL * _measure_length(trunk)
            rests = len(moved_px) > 0 and bool(near.mean() >= _SHARE_AT_REST)
        self._contour, self._trunk, self._traced_s, self._rests = contour, trunk, time_s, rests

    def carry(self, found: Found) -> NDArray[np.float64]:
        """Return the last contour, moved, turned and scaled as the trunk has been since."""
        assert self._contour is not None  # noqa: S101 - `is_due` asked for a mask otherwise
        assert self._trunk is not None  # noqa: S101
        now = find_trunk(found.xy_px)
        if not self._is_near(now):
            self._rests = False  # the next look needs the mask
        (middle, way), (new_middle, new_way) = self._trunk, now
        turn = complex(*new_way) / complex(*way) if np.hypot(*way) > 1.0 else 1.0
        away = (self._contour - middle) @ np.array([1.0, 1.0j])
        moved = away * turn
        return np.stack([moved.real, moved.imag], axis=1) + new_middle

    def _is_near(self, trunk: tuple[NDArray[np.float64], NDArray[np.float64]]) -> bool:
        """Return whether both ends of the trunk are where they were."""
        assert self._trunk is not None  # noqa: S101 - a contour is remembered with its trunk
        (middle, way), (new_middle, new_way) = self._trunk, trunk
        ends = (new_middle + sign * new_way / 2 - middle - sign * way / 2 for sign in (1, -1))
        return max(float(np.hypot(*end)) for end in ends) <= REST_TL * _measure_length(trunk)


_SHARE_AT_REST = 0.9
"""So many points of the contour must rest; its ends are uncertain."""


def _measure_length(trunk: tuple[NDArray[np.float64], NDArray[np.float64]]) -> float:
    return max(1.0, float(np.hypot(*trunk[1])))
