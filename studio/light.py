"""The light: a lamp that throws a shadow, and what comes from above and below."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .camera import look_at
from .geometry import unit

_LIT_M = 2.6
"""Half width of the region that can receive a shadow."""


class Light:
    """The key light's direction and colour, and the light from above and below."""

    def __init__(self, direction: ArrayLike, *, color: ArrayLike, sky: ArrayLike, ground: ArrayLike) -> None:
        self.direction, self.color, self.sky, self.ground = unit(direction), color, sky, ground
        centre, near, far = np.array([0, 0, 0.6]), 0.1, 12
        box = np.diag([1 / _LIT_M, 1 / _LIT_M, -2 / (far - near), 1.0])
        box[2, 3] = -(far + near) / (far - near)
        self.matrix = box @ look_at(centre + self.direction * 6, centre, (0, 1, 0.01))
