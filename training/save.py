"""Learned networks to a file that `formcheck.core.measure.networks` reads, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
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


def load(path: Path, name: str, make: Callable[[Any, Any, int], Any]) -> list[Any]:
    """Return the networks of one name, so that learning can go on from them.

    Parameters
    ----------
    make : returns a new network for mean (inputs,), scale (inputs,) and the width of its first layer.
    """
    with np.load(path) as file:
        parts = {key.split(".")[1]: file[key].astype(np.float32) for key in file.files if key.startswith(f"{name}.")}
    nets = []
    for k, (mean, scale) in enumerate(zip(parts["mean"], parts["scale"], strict=True)):
        net = make(mean, scale, parts["w0"].shape[-1])
        layers = [m for m in net.body if isinstance(m, torch.nn.Linear)]
        with torch.no_grad():
            for i, layer in enumerate(layers):
                layer.weight.copy_(torch.from_numpy(parts[f"w{i}"][k].T))
                layer.bias.copy_(torch.from_numpy(parts[f"b{i}"][k]))
            if "line" in parts:
                net.line.weight.copy_(torch.from_numpy(parts["line"][k].T))
        nets.append(net.eval())
    return nets


def distance(net: torch.nn.Module, start: torch.nn.Module) -> torch.Tensor:
    """Return how far a network's weights have gone from where they began: the sum of squares."""
    pairs = zip(net.parameters(), start.parameters(), strict=True)
    return torch.stack([((new - old.detach()) ** 2).sum() for new, old in pairs]).sum()
