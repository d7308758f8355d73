"""Draw a list of sixty clips that nobody has seen: every movement, well done and with faults, by one seed.

The seed draws faults, sides, cameras, tempos, and with the seed of each clip its body, clothes, room and light. A clip
whose truth does not show its fault, or shows another one, is drawn again: it would test nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np

from .check import problems
from .film import Film
from .movements import MOVEMENTS
from .worlds import Rng, pick

WORLD = "fresh"
MORE_FAULTS = 6
"""Second faults, of movements that have three or more."""
OBLIQUE, FEET_CUT = 4, 3
TRIES = 8
"""A clip is drawn at most so often; the last one stays, and `check` shows it."""
_SEEDS_APART = 100
"""Seeds that one clip may use up."""
_WALK_IN = "walk_in_hinge"
_DEPTHS = ("hamstring_hinge_standing", "seated_forward_bend", "kneeling_hip_flexor")
"""Movements of which a smaller range is still a good one."""
_LEAST_TEMPO = {"cat_cow": 1.0}
"""Quicker than written, its cycle is no longer slow."""

Spec = dict[str, Any]


def draw_list(seed: int, workers: int = 1) -> dict[str, Any]:
    """Return a clip list of sixty clips; the same seed draws the same list."""
    specs = [{**spec, "seed": seed + i * _SEEDS_APART} for i, spec in enumerate(draw_specs(seed))]
    with ProcessPoolExecutor(workers) as pool:
        clips = list(pool.map(with_true_fault, specs))
    return {"set": f"fresh{seed}", "world": WORLD, "seed_base": seed, "clips": clips}


def draw_specs(seed: int) -> list[Spec]:
    """Return the sixty clips before their bodies are drawn."""
    rng = np.random.default_rng(seed)
    ids = [name for name in MOVEMENTS if name != _WALK_IN]
    clips = [clip for name in ids for clip in (_good(rng, name), _faulty(rng, name, ()))]
    clips += _more_faults(rng, clips)
    clips += [_oblique(rng, name) for name in _some(rng, [m for m in ids if MOVEMENTS[m].sagittal_faults], OBLIQUE)]
    clips += [_feet_cut(rng, name) for name in _some(rng, [m for m in ids if MOVEMENTS[m].ankle_faults], FEET_CUT)]
    clips.append({"name": "empty_room", "movement": None, "seconds": 6, "yaw": _yaw(rng)})
    clips += [{**clip, "distance": 3.2} for clip in (_good(rng, _WALK_IN), _faulty(rng, _WALK_IN, ()))]
    return clips


def with_true_fault(spec: Spec) -> Spec:
    """Return the clip with the first seed whose truth shows its faults and no other."""
    for seed in range(spec["seed"], spec["seed"] + TRIES):
        drawn = {**spec, "seed": seed}
        if not drawn["movement"] or not problems(Film({**drawn, "clip": ""}, WORLD).sidecar()):
            break
    return drawn


def list_text(card: Mapping[str, Any]) -> str:
    """Return a clip list as JSON with one clip a line."""
    head = json.dumps({key: value for key, value in card.items() if key != "clips"})
    rows = ",\n".join(f"  {json.dumps(clip)}" for clip in card["clips"])
    return f'{head[:-1]}, "clips": [\n{rows}\n]}}\n'


# One clip -----------------------------------------------------------------------------------------------------------


def _good(rng: Rng, name: str) -> Spec:
    depth = {"depth": round(float(rng.uniform(0.85, 1.0)), 2)} if name in _DEPTHS else {}
    clip = {**_base(rng, name, "good"), **depth}
    return {**clip, "tempo": max(round(float(rng.uniform(0.9, 1.2)), 2), _LEAST_TEMPO.get(name, 0.0))}


def _faulty(rng: Rng, name: str, but: Sequence[str]) -> Spec:
    fault = pick(rng, [fault for fault in MOVEMENTS[name].faults if fault not in but])
    return {**_base(rng, name, fault), "faults": [{"id": fault}]}


def _more_faults(rng: Rng, clips: Sequence[Spec]) -> Iterator[Spec]:
    """Yield a second faulty clip of some movements, with another fault."""
    shown = {clip["movement"]: clip["faults"][0]["id"] for clip in clips if "faults" in clip}
    for name in _some(rng, [name for name in shown if len(MOVEMENTS[name].faults) > 2], MORE_FAULTS):
        yield _faulty(rng, name, (shown[name],))


def _oblique(rng: Rng, name: str) -> Spec:
    """Return a clip from 35 to 50 degrees off, with a fault that cannot be judged from there."""
    fault = pick(rng, MOVEMENTS[name].sagittal_faults)
    yaw = int(rng.integers(35, 51)) * pick(rng, (-1, 1))
    return {**_base(rng, name, f"{fault}_oblique"), "yaw": yaw, "view": "oblique", "faults": [{"id": fault}]}


def _feet_cut(rng: Rng, name: str) -> Spec:
    return {**_base(rng, name, "good_feet_cut"), "crop": "feet"}


def _base(rng: Rng, name: str, kind: str) -> Spec:
    return {"name": f"{name}_{kind}", "movement": name, "side": pick(rng, ("left", "right")), "yaw": _yaw(rng)}


def _yaw(rng: Rng) -> int:
    return int(rng.integers(-12, 13))


def _some(rng: Rng, names: Sequence[str], number: int) -> list[str]:
    return [str(name) for name in rng.choice(names, number, replace=False)]
