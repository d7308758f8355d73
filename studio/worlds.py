"""Palettes of bodies, clothes and rooms.

The worlds share no colour, so that what was tuned on one can be tested on another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .body import Body

Rng = np.random.Generator

WORLDS: dict[str, dict[str, Any]] = dict(
    dev=dict(
        skins=[(0.82, 0.60, 0.49), (0.62, 0.40, 0.28), (0.36, 0.21, 0.14)],
        shirts=[
            (0.16, 0.32, 0.55), (0.62, 0.25, 0.28), (0.75, 0.75, 0.72), (0.30, 0.42, 0.28), (0.10, 0.10, 0.11),
        ],
        trousers=[(0.10, 0.10, 0.12), (0.20, 0.22, 0.30), (0.35, 0.35, 0.37)],
        hairs=[(0.03, 0.025, 0.02), (0.25, 0.16, 0.08), (0.40, 0.40, 0.40)],
        walls=[(0.78, 0.76, 0.72), (0.66, 0.70, 0.74), (0.80, 0.70, 0.62), (0.52, 0.56, 0.52)],
        floors=[((0.50, 0.36, 0.24), "wood"), ((0.34, 0.24, 0.16), "wood")],
        wall_kinds=["plain"],
        props=[("shelf", "chest", "picture"), ("picture", "chest"), ("shelf", "picture")],
        heights=(1.56, 1.84),
        weights=(0.2, 0.75),
        key=(0.75, 1.1),
    ),
    heldout=dict(
        skins=[(0.78, 0.52, 0.40), (0.45, 0.27, 0.18), (0.28, 0.165, 0.11), (0.70, 0.50, 0.38)],
        shirts=[
            (0.55, 0.45, 0.20), (0.35, 0.25, 0.45), (0.08, 0.35, 0.35), (0.85, 0.55, 0.35), (0.70, 0.30, 0.55),
            (0.30, 0.32, 0.34),
        ],
        trousers=[(0.12, 0.20, 0.30), (0.40, 0.33, 0.25), (0.06, 0.06, 0.07), (0.30, 0.12, 0.16)],
        hairs=[(0.09, 0.06, 0.04), (0.45, 0.36, 0.22), (0.18, 0.06, 0.03)],
        walls=[
            (0.45, 0.50, 0.58), (0.84, 0.82, 0.74), (0.60, 0.50, 0.46), (0.38, 0.44, 0.36), (0.72, 0.76, 0.70),
        ],
        floors=[
            ((0.42, 0.40, 0.38), "carpet"), ((0.55, 0.53, 0.50), "tile"), ((0.30, 0.30, 0.36), "carpet"),
            ((0.46, 0.30, 0.20), "wood"),
        ],
        wall_kinds=["plain", "stripes"],
        props=[
            ("window", "sofa"), ("door", "plant"), ("bed", "picture"), ("window", "plant", "sofa"), ("door", "bed"),
        ],
        heights=(1.50, 1.93),
        weights=(0.1, 1.0),
        key=(0.5, 1.2),
    ),
    fresh=dict(
        skins=[
            (0.86, 0.66, 0.57), (0.72, 0.50, 0.37), (0.52, 0.33, 0.22), (0.32, 0.19, 0.125), (0.19, 0.115, 0.08),
            (0.11, 0.068, 0.05),
        ],
        shirts=[
            (0.48, 0.10, 0.12), (0.12, 0.22, 0.34), (0.62, 0.68, 0.40), (0.80, 0.78, 0.80), (0.20, 0.12, 0.10),
            (0.42, 0.52, 0.62), (0.045, 0.05, 0.055),
        ],
        trousers=[(0.16, 0.14, 0.24), (0.28, 0.30, 0.22), (0.50, 0.48, 0.46), (0.04, 0.045, 0.05)],
        hairs=[(0.05, 0.04, 0.035), (0.32, 0.22, 0.12), (0.55, 0.52, 0.50), (0.24, 0.09, 0.05)],
        walls=[
            (0.70, 0.62, 0.58), (0.58, 0.62, 0.60), (0.88, 0.86, 0.84), (0.34, 0.36, 0.42), (0.64, 0.56, 0.44),
            (0.26, 0.24, 0.24),
        ],
        floors=[
            ((0.60, 0.46, 0.32), "wood"), ((0.26, 0.20, 0.16), "wood"), ((0.50, 0.46, 0.40), "carpet"),
            ((0.38, 0.38, 0.40), "tile"),
        ],
        wall_kinds=["plain", "plain", "stripes"],
        props=[
            ("window", "chest"), ("door", "shelf"), ("picture", "plant"), ("sofa", "picture"), ("bed", "window"),
            ("plant", "shelf", "picture"),
        ],
        heights=(1.48, 1.95),
        weights=(0.08, 1.0),
        key=(0.45, 1.2),
    ),
)  # fmt: skip
FITS = dict(
    tight=(0.003, 2, 0.0), normal=(0.011, 8, 0.008), loose=(0.024, 25, 0.045), baggy=(0.052, 45, 0.11)
)  # fmt: skip
"""Fit -> how far cloth stands off (m), how often it is smoothed, how far it hangs (m). Nobody is baggy by chance."""


def pick(rng: Rng, options: Sequence[Any]) -> Any:
    """Return one of the options."""
    return options[int(rng.integers(len(options)))]


def make_body(rng: Rng, world: str) -> Body:
    """Return a body of this world."""
    w = WORLDS[world]
    return Body(
        gender=float(rng.choice([rng.uniform(0, 0.3), rng.uniform(0.7, 1)])),
        age=float(rng.uniform(0, 0.8)),
        muscle=float(rng.uniform(0.3, 0.75)),
        weight=float(rng.uniform(*w["weights"])),
        height=float(rng.uniform(*w["heights"])),
        ancestry=rng.dirichlet([1, 1, 1]),
    )


def cut(fit: str) -> dict[str, Any]:
    """Return what a fit means for `dress.DressedBody`."""
    return dict(zip(("loose", "smooth", "droop"), FITS[fit], strict=True)) | (dict(hem=0.07) if fit == "baggy" else {})


def make_clothes(rng: Rng, world: str) -> tuple[str, dict[str, Any]]:
    """Return the fit, and the keyword arguments of `dress.DressedBody`."""
    w = WORLDS[world]
    fit = pick(rng, ["tight", "normal", "normal", "loose"])
    return fit, dict(
        skin=pick(rng, w["skins"]),
        shirt=pick(rng, w["shirts"]),
        trousers=pick(rng, w["trousers"]),
        hair=pick(rng, w["hairs"]),
        sleeve=pick(rng, ["short", "short", "long", "none"]),
        legs=pick(rng, ["long", "long", "knee", "shorts"]),
        **cut(fit),
        hairstyle=pick(rng, ["short", "short", "bun", "pony"]),
    )
