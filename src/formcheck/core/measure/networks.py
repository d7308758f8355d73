"""Small learned networks: read from a checked file, run with plain numpy."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import BackendError

DEFAULT_NETWORK = "full"
NETWORKS = (DEFAULT_NETWORK, "heavy", "lite")
"""The pose networks whose landmarks corrections and uncertainties were learned for."""
FARTHEST = 4.0
"""Inputs are clipped to this many standard deviations from the training mean."""


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """Several perceptrons of one shape, each trained without some of the people.

    Their spread is the doubt.

    Parameters
    ----------
    mean, scale : (networks, inputs) of what each was learned from.
    weights, offsets : of each layer, (networks, in, out) and (networks, out).
    line : (networks, inputs, out) a linear term added to the layers, or None.
    unit : the size of an output of 1.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: tuple[NDArray[np.float64], ...]
    offsets: tuple[NDArray[np.float64], ...]
    line: NDArray[np.float64] | None
    unit: float

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the output of each network for an input (inputs,): (networks, outputs)."""
        z = (x - self.mean) / self.scale
        np.minimum(np.maximum(z, -FARTHEST, out=z), FARTHEST, out=z)
        z = z[:, None, :]
        straight = 0.0 if self.line is None else z @ self.line
        last = len(self.weights) - 1
        for i, (w, b) in enumerate(zip(self.weights, self.offsets, strict=True)):
            z = z @ w
            z += b[:, None, :]
            if i < last:
                z /= 1 + np.exp(-z)
        return np.asarray((z + straight)[:, 0] * self.unit)


def choose_corrections(pose_model: str) -> str:
    """Return the network whose corrections serve a pose model.

    That is its own, else "full".

    Examples
    --------
    >>> choose_corrections("heavy"), choose_corrections("my_own.task")
    ('heavy', 'full')
    """
    return pose_model if pose_model in NETWORKS else DEFAULT_NETWORK


def name_network_file(name: str, network: str) -> str:
    """Return the name of the file with the values learned for a network.

    Examples
    --------
    >>> name_network_file("joints_model.npz", "full"), name_network_file("joints_model.npz", "heavy")
    ('joints_model.npz', 'joints_model_heavy.npz')
    """
    stem, dot, suffix = name.partition(".")
    return name if network == DEFAULT_NETWORK else f"{stem}_{network}{dot}{suffix}"


def load_networks(name: str, sha256: str) -> dict[str, Networks]:
    """Return the networks of a file in this package, by name.

    Raises
    ------
    BackendError
        If the file is not the one that was measured.
    """
    content = resources.files("formcheck.core.measure").joinpath(name).read_bytes()
    came = hashlib.sha256(content).hexdigest()
    if came != sha256:
        raise BackendError(f"{name}: expected sha256 {sha256[:12]}…, got {came[:12]}…; install formcheck again")
    parts: dict[str, dict[str, Any]] = {}
    with np.load(io.BytesIO(content)) as file:
        for key in file.files:
            network, part = key.split(".")
            parts.setdefault(network, {})[part] = file[key].astype(np.float64)
    return {network: _read_networks(part) for network, part in parts.items()}


def _read_networks(part: dict[str, Any]) -> Networks:
    layers = range(sum(name.startswith("w") for name in part))
    weights, offsets = (tuple(part[f"{letter}{i}"] for i in layers) for letter in "wb")
    return Networks(part["mean"], part["scale"], weights, offsets, part.get("line"), float(part["unit"]))
