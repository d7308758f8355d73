"""Learned networks to a file that `formcheck.core.network` reads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch


def save(networks: Mapping[str, Sequence[Any]], path: Path) -> str:
    """Write ensembles by name; return the file's sha256.

    Parameters
    ----------
    networks : name -> networks with `mean`, `scale`, `body`, `unit` and perhaps `line`.
    """
    parts: dict[str, Any] = {}
    for name, nets in networks.items():
        parts[f"{name}.mean"] = np.stack([n.mean.numpy() for n in nets])
        parts[f"{name}.scale"] = np.stack([n.scale.numpy() for n in nets])
        parts[f"{name}.unit"] = np.float32(nets[0].unit)
        layers = [[m for m in n.body if isinstance(m, torch.nn.Linear)] for n in nets]
        for i in range(len(layers[0])):
            parts[f"{name}.w{i}"] = np.stack([m[i].weight.detach().numpy().T for m in layers]).astype(np.float16)
            parts[f"{name}.b{i}"] = np.stack([m[i].bias.detach().numpy() for m in layers])
        if hasattr(nets[0], "line"):
            parts[f"{name}.line"] = np.stack([n.line.weight.detach().numpy().T for n in nets]).astype(np.float16)
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, **parts)
    part.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()
