"""What picture and mirror image disagree about: half of it is the pose model's error that has a side.

The pose model does not see a person and the person's mirror image alike. Where both were asked, the
truth lies between them more often than in either; so half of their difference is kept, and belongs to
the posture in which it was seen.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

TAU_S = 0.7
"""How fast a newer difference replaces an older one of the same posture."""
ALIKE_TL = 0.2
"""Joints that moved by so much (root mean square, trunk lengths) leave a third of a difference: it fades."""
MOST_TL = 0.2
"""No joint is moved further than this for what the mirror image says."""


class HalfDifference:
    """Half of what the mirror image says otherwise about one person's joints and yaw."""

    def __init__(self) -> None:
        self._time_s = -math.inf
        self._posture: NDArray[np.float64] | None = None
        self._joints: NDArray[np.float64] | None = None
        self._yaw_deg = 0.0

    def learn(
        self,
        time_s: float,
        posture: NDArray[np.float64],
        yaw_deg: float,
        joints: NDArray[np.float64],
        mirror_deg: float,
    ) -> None:
        """Take in one look at the mirror image.

        Parameters
        ----------
        posture, yaw_deg : joints (n, 2) in the frame of the trunk, trunk lengths, and yaw, from the picture itself.
        joints, mirror_deg : the same from its mirror image.
        """
        kept, kept_deg = self.at(posture)
        share = 1 - math.exp(-(time_s - self._time_s) / TAU_S)
        half = np.clip((joints - posture) / 2, -MOST_TL, MOST_TL)
        self._joints = kept + share * (half - kept)
        self._yaw_deg = kept_deg + share * ((mirror_deg - yaw_deg) / 2 - kept_deg)
        self._time_s, self._posture = time_s, posture

    def at(self, posture: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Return what to add to the joints (n, 2) of a posture, trunk lengths, and to the yaw, deg."""
        if self._joints is None or self._posture is None:
            return np.zeros_like(posture), 0.0
        apart = np.square(posture - self._posture).sum(axis=1).mean()
        alike = math.exp(-apart / ALIKE_TL**2)
        return alike * self._joints, alike * self._yaw_deg
