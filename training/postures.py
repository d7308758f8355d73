"""Single pictures of drawn people in every posture, with backs bent at random, as the pose networks see them.

``python -m training.postures --world dev --people 300 --pose-models full heavy --out DIR`` writes one ``.npz`` per
person and network, ``DIR/full/…`` and ``DIR/heavy/…``: a start posture, then three moments of one movement, each with
a neutral back and with three random ones. All networks look at the same pictures: drawing costs more than looking.
"""

from __future__ import annotations

import argparse
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.sources.pose.crop import Region
from formcheck.sources.pose.landmarks import make_landmark_input, mirror_input, read_mirrored, read_person
from formcheck.sources.pose.models import find_pose_model, list_model_names
from formcheck.sources.pose.networks import LiteRtRuntime, PoseNetworks
from formcheck.sources.pose.people import Found
from formcheck.sources.pose.tracker import Tracker, choose_region
from studio.film import Film, Image
from studio.geometry import Controls
from studio.movement import Placed
from studio.movements import MOVEMENTS
from studio.poses.limbs import Builder
from studio.script import DEFAULTS, Script
from studio.spoil import far_share, spoil

MOMENTS, BACKS = 3, 3
LYING_SHARE = 0.4
"""The floor holds a lying back: its random bends are this share of the others'."""
SPINE = ("lumbar", "thoracic")
LIFT, LIFT_POSE = "lift", "hamstring_hinge_standing"
"""A hinge with knees bent by up to 75° and often hanging arms, as people lift; no movement of the catalogue."""
Row = dict[str, NDArray[Any]]
"""What one network sees in one picture."""
_IDLE = ("setup", "rest", "walk", "out_of_view")


class VariedScript(Script):
    """A script whose controls can be changed from outside."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.extra: Controls = {}
        self.neutral_back = False

    def placement(self, t: float) -> tuple[Controls, str, Builder]:
        """Return controls, working side and builder at time t (seconds), with `extra` added."""
        c, side, build = super().placement(t)
        if self.neutral_back:
            first = next(iter(self.states.values()))
            c |= {k: first.get(k, 0.0) for k in SPINE}
        for k, v in self.extra.items():
            c[k] = c.get(k, DEFAULTS.get(k, 0.0)) + v
        return c, side, build


class Postures(Film):
    """A person in a start posture, and in moments of a movement with different backs."""

    def _script_of(self, part: dict[str, Any], seed: int) -> Script:
        options = {k: part[k] for k in ("faults", "depth", "tempo") if k in part}
        side = "L" if part.get("side") == "left" else "R"
        return VariedScript(MOVEMENTS[part["movement"]], self.body, side, seed=seed, **options)

    def _place_all(self) -> list[Placed]:
        rng = np.random.default_rng(self.spec["seed"] + 11)
        script, backs = self.script, self.spec["backs"]
        assert isinstance(script, VariedScript)
        share = LYING_SHARE if script.movement.on_back else 1.0
        spans = [(script.begin[k], s) for k, (s, _) in enumerate(script.steps) if s.phase not in _IDLE]
        holds = [span for span in spans if span[1].phase == "hold"]
        moments = []
        for i in range(MOMENTS):  # one of them is held: furniture is put where that is
            choice = holds if holds and i == 0 else spans
            begin, _ = choice[int(rng.integers(len(choice)))]
            end = script.begin[script.begin.index(begin) + 1]
            moments.append(float(rng.uniform(begin, end - 0.01)))
        plans: list[tuple[float, bool, Controls, str]] = [(0.3, False, {}, "start")]
        for t in moments:
            head = {"neck": rng.normal(0, 12), "head": rng.normal(0, 6)}
            bent = {"knee": rng.uniform(0, 25), "elbow": rng.uniform(0, 35)} if rng.uniform() < 0.4 else {}
            if self.spec.get("lifting"):
                bent = {"knee": rng.uniform(0, 75), "hands": -float(rng.uniform() < 0.6)}
            plans.append((t, True, head | bent, "neutral"))
            for _ in range(backs):
                back = {"lumbar": share * rng.uniform(-30, 48), "thoracic": share * rng.uniform(-20, 40)}
                neck = {"neck": head["neck"] - 0.5 * sum(back.values()) * rng.uniform(0, 1), "head": head["head"]}
                plans.append((t, True, back | neck | bent, "random"))
        placed = []
        for t, neutral, extra, _ in plans:
            script.neutral_back, script.extra = neutral, extra
            placed.append(self._place(t))
        self.kinds = [kind for *_, kind in plans]
        self.moments = [-1] + [i for i in range(MOMENTS) for _ in range(backs + 1)]
        self.times = np.array([t for t, *_ in plans])
        js = np.array([[v[0] for v in p.joints.values()] for p in placed])
        move = np.array([-(js.min() + js.max()) / 2, 0, 0])
        self.furniture = [dict(m, v=m["v"] + move) for s in self.scripts for m in s.movement.furniture(s, placed)]
        return [p._replace(joints={k: v + move for k, v in p.joints.items()}, shift=p.shift + move) for p in placed]


def spec_of(seed: int, movements: Sequence[str] = ()) -> dict[str, Any]:
    """Return the description of one person: movement, fault, camera and spoilt picture, all from the seed.

    Parameters
    ----------
    movements : names to take in turn, `LIFT` among them; default: every movement that is seen from the side.
    """
    rng = np.random.default_rng(seed)
    names = list(movements) or [m.id for m in MOVEMENTS.values() if m.view == "side"]
    lifting = names[seed % len(names)] == LIFT
    names = [LIFT_POSE if name == LIFT else name for name in names]
    movement = MOVEMENTS[names[seed % len(names)]]
    kind = rng.uniform()
    yaw = rng.uniform(-15, 15) if kind < 0.6 else rng.choice([-1, 1]) * rng.uniform(15, 35 if kind < 0.85 else 60)
    spec: dict[str, Any] = dict(
        clip=f"{seed:06d}_{movement.id}",
        seed=seed,
        movement=movement.id,
        side=str(rng.choice(["left", "right"])),
        yaw=float(yaw),
        depth=float(rng.uniform(0.5, 1.2)),
        distance=float(rng.uniform(1.9, 4.0)),
        height=str(rng.choice(["mat", "laptop", "laptop", "table"])),
        roll=float(rng.normal(0, 2)),
    )
    faults = [n for n, f in movement.faults.items() if not f.speed]
    if faults and rng.uniform() < 0.5:
        name = str(rng.choice(faults))
        spec["faults"] = [dict(id=name, magnitude=movement.faults[name].usual * float(rng.uniform(0.4, 1.2)))]
    spec["spoilt"] = str(rng.choice(["", "dim", "noise", "blur", "far"], p=[0.52, 0.1, 0.1, 0.1, 0.18]))
    spec["amount"] = float(rng.uniform())
    return {**spec, "lifting": True, "clip": f"{seed:06d}_{LIFT}"} if lifting else spec


def spoilt(image: Image, kind: str, amount: float, rng: np.random.Generator) -> tuple[Image, float, float, float]:
    """Return a worse picture, and how its points moved: scale, and shift in x and y, px."""
    if kind != "far":
        return spoil(image, kind, amount, rng) if kind else image, 1.0, 0.0, 0.0
    height, width = image.shape[:2]
    s = far_share({"far": amount})
    small = cv2.resize(image, None, fx=s, fy=s, interpolation=cv2.INTER_AREA)
    x, y = (width - small.shape[1]) // 2, (height - small.shape[0]) // 2
    rest = (y, height - small.shape[0] - y, x, width - small.shape[1] - x)
    return np.asarray(cv2.copyMakeBorder(small, *rest, cv2.BORDER_REPLICATE), np.uint8), s, float(x), float(y)


class Seer:
    """Pose networks on single pictures and on their mirror images, as the direct engine runs them.

    A tracker that is shown one posture after the other keeps looking where the last one was, and is wrong in ways
    that no recording shows; so every picture is searched.

    Parameters
    ----------
    names : of the networks; all look at the same crop of a picture.
    """

    def __init__(self, names: Sequence[str]) -> None:
        runtime = LiteRtRuntime()
        self.networks = {name: PoseNetworks(find_pose_model(name), runtime, threads=1) for name in names}
        self.tracker = Tracker(next(iter(self.networks.values())))  # the detector is the same for all

    def see(self, image: Image) -> dict[str, Row]:
        """Return name of a network -> what it sees in a picture and in its mirror image; nobody found: no entry."""
        region = choose_region(self.tracker.detect(image))
        if region is None:
            return {}
        crop = make_landmark_input(image, region)
        rows = ((name, _look(one, crop, region)) for name, one in self.networks.items())
        return {name: row for name, row in rows if row is not None}


def _look(networks: PoseNetworks, crop: NDArray[np.float32], region: Region) -> Row | None:
    found = read_person(networks.find_landmarks(crop, mask=True), region)
    if found is None or found.silhouette is None:
        return None
    mirror = read_mirrored(networks.find_landmarks(mirror_input(crop), mask=False), region)
    out = dict(zip(("xy", "xyz", "vis"), _arrays(found), strict=True))
    seen = tuple(np.full_like(v, np.nan) for v in out.values()) if mirror is None else _arrays(mirror)
    mask = np.rint(found.silhouette.mask * 255).astype(np.uint8)
    return (
        out
        | dict(zip(("m_xy", "m_xyz", "m_vis"), seen, strict=True))
        | {"region": np.array(astuple(region)), "mask": np.frombuffer(zlib.compress(mask.tobytes(), 1), np.uint8)}
    )


def _arrays(found: Found) -> tuple[NDArray[np.float32], ...]:
    return tuple(v.astype(np.float32) for v in (found.xy_px, found.xyz_m, found.visibility))


class Job(NamedTuple):
    """One person to draw: who, in which world, for which networks, into which folder."""

    seed: int
    world: str
    networks: tuple[str, ...]
    folder: Path
    backs: int = BACKS
    movements: tuple[str, ...] = ()


_shared: dict[str, Any] = {}
"""Renderer and pose networks of this worker process."""


def see_person(job: Job) -> str:
    """Draw one person, let the pose networks look, and write what each saw beside the truth."""
    from studio.render import Renderer

    spec = {**spec_of(job.seed, job.movements), "backs": job.backs}
    paths = {name: job.folder / name / f"{spec['clip']}.npz" for name in job.networks}
    if all(path.exists() for path in paths.values()):
        return f"{spec['clip']}: is there already"
    if not _shared:
        _shared.update(renderer=Renderer(), seer=Seer(job.networks))
    try:
        film = Postures(spec, job.world)
    except (ValueError, FloatingPointError) as error:
        return f"{spec['clip']}: {error}"
    rng = np.random.default_rng(job.seed + 12)
    seen: dict[str, dict[int, Row]] = {name: {} for name in job.networks}
    moved = (1.0, 0.0, 0.0)
    for i, image in enumerate(film.images(_shared["renderer"])):
        worse, *moved = spoilt(image, spec["spoilt"], spec["amount"], rng)
        for name, row in _shared["seer"].see(worse).items():
            seen[name][i] = row
    card = {**film.sidecar(), "spec": spec, "moved": moved, "kinds": film.kinds, "moments": film.moments}
    j3 = np.array([[p.joints[k] for k in JOINT_NAMES] for p in film.placed], np.float32)
    for name, rows in seen.items():
        if rows:
            _write(paths[name], card, j3, rows)
    return f"{spec['clip']}: {', '.join(f'{name} {len(rows)}' for name, rows in seen.items())} of {len(film.kinds)}"


def _write(path: Path, card: dict[str, Any], j3: NDArray[np.float32], rows: dict[int, Row]) -> None:
    """Write what one network saw of one person; all of it or nothing."""
    kept, found = list(rows), list(rows.values())
    columns = {k: np.stack([row[k] for row in found]) for k in found[0] if k != "mask"}
    masks = [row["mask"].tobytes() for row in found]
    part = path.with_suffix(".part.npz")
    np.savez(
        part,
        card=json.dumps(card),
        kept=np.array(kept),
        j3=j3[kept],
        mask_sizes=np.array([len(mask) for mask in masks]),
        masks=np.frombuffer(b"".join(masks), np.uint8),
        **columns,
    )
    part.replace(path)


JOINT_NAMES = (
    "hipL", "hipR", "kneeL", "kneeR", "ankleL", "ankleR", "shoulderL", "shoulderR", "elbowL", "elbowR",
    "wristL", "wristR", "earL", "earR", "nose", "heelL", "heelR", "toeL", "toeR",
)  # fmt: skip


def jobs(args: argparse.Namespace) -> Iterator[Job]:
    """Yield one job per person."""
    for i in range(args.people):
        yield Job(args.seed + i, args.world, tuple(args.pose_models), args.out, args.backs, tuple(args.movements))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m training.postures", description=__doc__)
    parser.add_argument("--world", required=True, choices=("dev", "heldout"))
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--seed", type=int, default=400_000)
    parser.add_argument("--pose-models", nargs="+", default=["full"], choices=list_model_names(), help="who looks")
    parser.add_argument("--backs", type=int, default=BACKS, help="random backs at each moment")
    parser.add_argument(
        "--movements", nargs="+", default=[], choices=(*MOVEMENTS, LIFT), help="default: all from the side"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    for name in args.pose_models:
        find_pose_model(name)  # fetched once, not by every worker
        (args.out / name).mkdir(parents=True, exist_ok=True)
    os.environ["LP_NUM_THREADS"] = "1"  # the software renderer: one thread per worker
    with ProcessPoolExecutor(args.workers) as pool:
        for line in pool.map(see_person, jobs(args)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
