"""The direct engine: pictures → people with our own tracker around MediaPipe's networks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .networks import PoseNetworks
from .people import Found, paint_over
from .tracker import Tracker, choose_region


class DirectLooks:
    """Looks at the pictures of one recording; the networks are shared with all others.

    Parameters
    ----------
    networks : of this process.
    """

    def __init__(self, networks: PoseNetworks) -> None:
        self._tracker = Tracker(networks)

    def follow(self, image: NDArray[np.uint8], time_s: float) -> Found | None:
        """Return the followed person in the next picture; None where nobody is found. Times must rise."""
        return self._tracker.look(image, time_s)

    def search(self, image: NDArray[np.uint8], besides: Found) -> Found | None:
        """Return another person in a single picture, None where there is none."""
        region = choose_region(self._tracker.detect(paint_over(image, besides)))
        return None if region is None else self._tracker.look_at(image, region)

    def switch(self, image: NDArray[np.uint8], time_s: float, *, to: Found, besides: Found) -> Found | None:
        """Follow another person from now on; return that one in this picture, None where the switch failed."""
        self._tracker.follow(to)
        return to

    def mirror(self, image: NDArray[np.uint8], found: Found) -> Found | None:
        """Return the followed person as seen in the mirrored picture, left and right put back."""
        return self._tracker.look_in_mirror()

    def close(self) -> None:
        """Nothing is held."""
