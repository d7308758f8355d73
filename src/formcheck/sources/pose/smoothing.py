"""Smooth landmarks over pictures, as MediaPipe's graph does.

It uses One Euro filters and a low pass.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_FIRST_PERIOD_S = 1 / 30
_SPEED_CUTOFF_HZ = 1.0


class OneEuroFilter:
    """Smooths points: strongly while they rest, little while they move.

    Parameters
    ----------
    cutoff_hz : cut-off frequency at rest.
    speed_gain : how much the cut-off rises with speed.

    Notes
    -----
    It remembers the last points as given and as smoothed, their smoothed speed, and the last time.
    Casiez, Roussel, Vogel: 1€ Filter, CHI 2012.
    """

    def __init__(self, cutoff_hz: float, speed_gain: float) -> None:
        self._cutoff_hz, self._speed_gain = cutoff_hz, speed_gain
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._time_s = math.nan
        self._raw: NDArray[np.float64] | None = None
        self._speed = self._smooth = np.zeros(0)

    def smooth(self, points: NDArray[np.float64], time_s: float, *, scale: float = 1.0) -> NDArray[np.float64]:
        """Return the points smoothed.

        Parameters
        ----------
        points : any shape, the same in every call.
        time_s : must rise from call to call.
        scale : size of the body in the unit of the points; speeds are measured in it.
        """
        if self._raw is None:
            self._raw = self._smooth = points
            self._speed, self._time_s = np.zeros_like(points), time_s
            return points
        period_s = time_s - self._time_s if time_s > self._time_s else _FIRST_PERIOD_S
        speed = (points - self._raw) / (scale * period_s)
        self._speed = self._speed + _compute_share(_SPEED_CUTOFF_HZ, period_s) * (speed - self._speed)
        cutoff_hz = self._cutoff_hz + self._speed_gain * np.abs(self._speed)
        self._smooth = self._smooth + _compute_share(cutoff_hz, period_s) * (points - self._smooth)
        self._raw, self._time_s = points, time_s
        return self._smooth


class LowPassFilter:
    """Moves a fixed share of the way to each new value."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._smooth: NDArray[np.float64] | None = None

    def smooth(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values smoothed; the first values are returned unchanged."""
        before = values if self._smooth is None else self._smooth
        self._smooth = before + self._share * (values - before)
        return self._smooth


def _compute_share(cutoff_hz: float | NDArray[np.float64], period_s: float) -> float | NDArray[np.float64]:
    """Return the share of the way to a new value that the filter moves."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff_hz * period_s))
