"""What a poor camera and a poor light make of a picture; amounts go from 0 (a little) to 1 (very much)."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
KINDS = ("dim", "noise", "blur", "far")
"""What a clip's `picture` may ask for. `far` moves the camera, see `far_share`; the others change the pixels."""


def spoil(image: Image, kind: str, amount: float, rng: np.random.Generator) -> Image:
    """Return the picture made worse; nothing in it moves.

    Parameters
    ----------
    kind : dim (half to a fifth of the light, and its noise), noise (of the sensor) or blur (out of focus).
    """
    if kind == "dim":
        return _clipped(image * (0.5 - 0.32 * amount) + rng.normal(0, 3 + 5 * amount, image.shape))
    if kind == "noise":
        return _clipped(image + rng.normal(0, 8 + 16 * amount, image.shape))
    if kind == "blur":
        return np.asarray(cv2.GaussianBlur(image, (0, 0), 1.5 + 2.5 * amount), np.uint8)
    raise ValueError(f"expected dim, noise or blur, got {kind!r}: `far` is the camera's")


def spoil_all(image: Image, picture: Mapping[str, float], rng: np.random.Generator) -> Image:
    """Return the picture with everything done to it that a clip's `picture` asks of its pixels."""
    for kind, amount in picture.items():
        if kind != "far":
            image = spoil(image, kind, amount, rng)
    return image


def far_share(picture: Mapping[str, float]) -> float:
    """Return how large the person is drawn: 1 where the camera stays, 0.85 (amount 0) to 0.4 (amount 1) where far."""
    return 0.85 - 0.45 * picture["far"] if "far" in picture else 1.0


def _clipped(values: NDArray[np.float64]) -> Image:
    return np.clip(values, 0, 255).astype(np.uint8)
