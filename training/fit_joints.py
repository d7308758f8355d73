"""Learn where the joints are from where the pose model puts its landmarks.

``python -m training.fit_joints DEV_FOLDER --test FOLDER``
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from formcheck.core.measure.camera_view import find_near_side, near_vote
from formcheck.core.measure.contour import TrunkAxis, find_trunk_axis
from formcheck.core.measure.joint_correction import MOVED_PARTS, N_MOVED, build_inputs, list_moved_rows, turn_into_trunk
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import Side, find_other_side

from .samples import JOINT_NAMES, Sample
from .save import distance

Array = NDArray[np.float64]


NEAR_JOINTS = slice(0, 12, 2)
MOST_OFF_TL = 0.6
"""A near joint that lies further off is no error that could be learned: a person was seen upside down."""


def targets(sample: Sample, axis: TrunkAxis, near: Side) -> Array:
    """Return where the moved points truly are, in the frame and the lengths of the seen trunk, (N_MOVED, 2)."""
    first, second = ("L", "R") if near == "left" else ("R", "L")
    names = [*(part + side for part in MOVED_PARTS for side in (first, second)), "nose"]
    rows = [JOINT_NAMES.index(name) for name in names]
    return turn_into_trunk(sample.flat_px[rows], axis)


COLUMNS = ("x", "y", "raw", "knee", "elbow", "hip", "yaw", "person", "movement", "kind", "mirror", "sample")


def rows_of(samples: Sequence[Sample]) -> dict[str, Any]:
    """Return everything that learning and judging need, one row per usable picture and per mirror image."""
    out: dict[str, list[Any]] = {k: [] for k in COLUMNS}
    for s in samples:
        for pose, is_mirror in ((s.pose, False), (s.mirror, True)):
            row = None if pose is None else _row(s, pose)
            if row is not None:
                for name, value in zip(COLUMNS, (*row, is_mirror, id(s)), strict=True):
                    out[name].append(value)
    return {k: np.array(v) for k, v in out.items()}


def _row(s: Sample, pose: PoseFrame) -> tuple[Any, ...] | None:
    # the mask of a mirror image was not kept: the contour of the other one serves
    pose = replace(pose, back_xy_px=s.pose.back_xy_px)
    axis, near = find_trunk_axis(pose.xy_px, pose.xyz_m), find_near_side(near_vote(pose.xyz_m))
    if axis is None or near is None or not axis.sure:
        return None
    x, y = build_inputs(pose, axis, near), targets(s, axis, near)
    raw = turn_into_trunk(pose.xy_px[list_moved_rows(near)], axis)
    if not np.isfinite(x).all() or np.abs(raw - y)[NEAR_JOINTS].max() > MOST_OFF_TL:
        return None
    sides = near, find_other_side(near)
    truths = ([s.truth[key.format(side)] for side in sides] for key in ("knee_{}", "elbow_{}", "trunk_thigh_{}_sag"))
    return x, y, raw, *truths, s.yaw_deg, s.person, s.movement, s.kind


def angle(a: Any, b: Any, c: Any) -> Any:
    """Return the angle at b, degrees, for tensors (..., 2)."""
    u, v = a - b, c - b
    cross, dot = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0], (u * v).sum(-1)
    return torch.rad2deg(torch.atan2(cross.abs() + 1e-6, dot))


def signed(a: Any, b: Any, c: Any) -> Any:
    """Return the angle at b over the front, 0..360; coordinates are (along the trunk, to the front)."""
    u, v = a - b, c - b
    cross, dot = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0], (u * v).sum(-1)
    return torch.rad2deg(torch.atan2(cross, dot)) % 360


def angles_of(points: Any) -> dict[str, Any]:
    """Return knee, elbow, hip (n, 2: near, far) and trunk (n) angles of joints (n, N_MOVED, 2)."""
    part = {p: points[:, 2 * i : 2 * i + 2] for i, p in enumerate(MOVED_PARTS)}
    hip, shoulder = part["hip"].mean(1), part["shoulder"].mean(1)
    axis = shoulder - hip
    return {
        "knee": angle(part["hip"], part["knee"], part["ankle"]),
        "elbow": angle(part["shoulder"], part["elbow"], part["wrist"]),
        "hip": signed(part["shoulder"], part["hip"], part["knee"]),
        "trunk": torch.rad2deg(torch.atan2(axis[:, 1], axis[:, 0])),
    }


def wrapped(e: Any) -> Any:
    """Return differences of angles in -180..180."""
    return (e + 180) % 360 - 180


class Net(torch.nn.Module):
    """A small perceptron: inputs → how far each point must be moved, trunk lengths."""

    unit = 0.1

    def __init__(self, n_in: int, mean: Array, scale: Array, width: int = 96) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("scale", torch.tensor(scale, dtype=torch.float32))
        self.body = torch.nn.Sequential(
            torch.nn.Linear(n_in, width), torch.nn.SiLU(), torch.nn.Dropout(0.1),
            torch.nn.Linear(width, width), torch.nn.SiLU(), torch.nn.Dropout(0.1),
            torch.nn.Linear(width, 2 * N_MOVED),
        )  # fmt: skip

    def forward(self, x: Any) -> Any:
        """Return displacements (n, N_MOVED, 2)."""
        z = ((x - self.mean) / self.scale).clamp(-4, 4)
        return self.body(z).view(-1, N_MOVED, 2) * self.unit


PULL = 0.5
"""What it costs to go far from where learning began: few people must not make a network forget many."""
FEW: dict[str, Any] = {"epochs": 40, "rate": 2e-3}
"""How to go on learning from few people."""
GROUPS = {
    "flat": slice(0, 42),
    "space": slice(42, 105),
    "visible": slice(105, 126),
    "up": slice(126, 128),
    "contour": slice(128, 162),
}


def train(
    d: dict[str, Any],
    use: Array,
    *,
    epochs: int = 80,
    seed: int = 0,
    width: int = 96,
    noise: float = 0.1,
    angle_weight: float = 1.0,
    decay: float = 0.1,
    drop: float = 0.1,
    rate: float = 4e-3,
    start: Net | None = None,
    pull: float = PULL,
) -> Net:
    """Return a network that has learned from the rows in use.

    Parameters
    ----------
    start : learning goes on from this one, another pose network's, instead of from nothing.
    pull : what going far from `start` costs.
    """
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(seed)
    x = torch.tensor(d["x"][use], dtype=torch.float32)
    raw, y = (torch.tensor(d[k][use], dtype=torch.float32) for k in ("raw", "y"))
    truth = {k: torch.tensor(d[k][use].astype(float), dtype=torch.float32) for k in ("knee", "elbow", "hip")}
    weight = torch.tensor(
        np.where(d["yaw"][use] <= 20, 1.0, np.where(d["yaw"][use] <= 40, 0.5, 0.1)), dtype=torch.float32
    )
    mean, scale = d["x"][use].mean(0), d["x"][use].std(0) + 0.02
    net = Net(x.shape[1], mean, scale, width) if start is None else copy.deepcopy(start)
    opt = torch.optim.AdamW(net.parameters(), lr=rate / 2, weight_decay=decay if start is None else 0.0)
    n, batch = len(x), 256
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, rate, total_steps=epochs * (n // batch + 1))
    side_weight = torch.tensor([1.0, 0.5])
    yt = angles_of(y)["trunk"]
    for _ in range(epochs):
        net.train()
        order = torch.randperm(n, generator=g)
        for i in range(0, n, batch):
            k = order[i : i + batch]
            xb = x[k] + noise * net.scale * torch.randn(len(k), x.shape[1], generator=g)
            for name in ("space", "visible", "contour"):  # what a real picture may tell otherwise
                gone = torch.rand(len(k), generator=g) < drop
                xb[gone, GROUPS[name]] = net.mean[GROUPS[name]]
            points = raw[k] + net(xb)
            e = (points - y[k]) / 0.05
            near_far = torch.cat((side_weight.repeat(len(MOVED_PARTS)), torch.ones(1)))[None, :, None]
            loss = (torch.nn.functional.smooth_l1_loss(e, torch.zeros_like(e), reduction="none") * near_far).mean(
                (1, 2)
            )
            found = angles_of(points)
            for name in ("knee", "elbow", "hip"):
                a = wrapped(found[name] - truth[name][k]) / 8
                loss = loss + angle_weight * (
                    torch.nn.functional.smooth_l1_loss(a, torch.zeros_like(a), reduction="none") * side_weight
                ).mean(1)
            a = wrapped(found["trunk"] - yt[k]) / 4
            loss = loss + angle_weight * torch.nn.functional.smooth_l1_loss(a, torch.zeros_like(a), reduction="none")
            total = (loss * weight[k]).mean()
            if start is not None:
                total = total + pull * distance(net, start)
            opt.zero_grad()
            total.backward()
            opt.step()
            sched.step()
    net.eval()
    return net


def errors(d: dict[str, Any], points: Array) -> dict[str, Array]:
    """Return signed errors of the angles, degrees: (n, 2) near and far, trunk (n)."""
    found = {k: v.numpy() for k, v in angles_of(torch.tensor(points)).items()}
    out = {k: wrapped(found[k] - d[k].astype(float)) for k in ("knee", "elbow", "hip")}
    out["trunk"] = wrapped(found["trunk"] - angles_of(torch.tensor(d["y"]))["trunk"].numpy())
    return out


def predict(nets: Sequence[Net], d: dict[str, Any]) -> Array:
    """Return where the networks put the joints of every row, (n, N_MOVED, 2)."""
    with torch.no_grad():
        x = torch.tensor(d["x"], dtype=torch.float32)
        return d["raw"] + np.mean([net(x).numpy() for net in nets], 0)


def folds_of(people: Array, n: int, seed: int = 0) -> NDArray[np.int64]:
    """Return for every row the fold of its person, 0..n-1."""
    names, where = np.unique(people, return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(names)) % n
    return np.asarray(fold[where])


def learn(
    d: dict[str, Any], n: int = 5, *, starts: Sequence[Net] | None = None, **options: Any
) -> tuple[list[Net], Array]:
    """Return one network per fold, and where each row's joints are by the network that has not seen its person.

    Parameters
    ----------
    starts : one network per fold to go on from; None = each begins from nothing.
    """
    fold = folds_of(d["person"], n)
    nets, points = [], np.array(d["raw"])
    for k in range(n):
        net = train(d, fold != k, seed=k, start=starts[k] if starts else None, **options)
        nets.append(net)
        mine = fold == k
        points[mine] = predict([net], {key: v[mine] for key, v in d.items()})
    return nets, points


def told(name: str, d: dict[str, Any], points: Array, use: Array) -> None:
    """Print mean absolute errors of the near side."""
    e = errors(d, points)
    near = {k: (v[:, 0] if v.ndim > 1 else v)[use] for k, v in e.items()}
    print(
        f"{name:24s}",
        *(
            f"{k} {np.abs(v).mean():5.2f} (bias {v.mean():5.2f}, p95 {np.percentile(np.abs(v), 95):5.1f})"
            for k, v in near.items()
        ),
    )
