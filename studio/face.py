"""What covers a face: a mask over nose and mouth, a scarf round the head, hair that hangs over ears and cheeks."""

from __future__ import annotations

import numpy as np

from .body import Body
from .geometry import Array

FACES = ("open", "mask", "scarf", "hair")
COVER_M = 0.007
"""How much further than the thinnest hair a scarf, or hair over the cheeks, lies from the skin."""
MASK = (0.55, 0.62, 0.68)
"""Linear RGB of the mask."""


def covered(face: str, body: Body) -> Array:
    """Return which vertices of the base mesh the cover lies on; those of other body parts may be among them.

    Parameters
    ----------
    face : one of `FACES`.
    """
    rest = body.rest
    x, y, z = ((rest - body.rest_joint("head") * [1, 0, 1]) / body.scale).T
    y = np.abs(y)
    if face == "mask":
        return (x > 0.01) & (z < 0.018 + 0.15 * (x - 0.07)) & (z > -0.075)
    if face == "scarf":
        return ~((x > 0.045) & ((y / 0.052) ** 2 + ((z - 0.022) / 0.082) ** 2 < 1)) & (z > -0.13)
    if face == "hair":
        return (y > 0.03) & (z > -0.085) & (x > -0.07)
    return np.zeros(len(rest), bool)
