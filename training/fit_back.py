"""Learn the bend of the back from its contour and the person's own neutral; without one, see `fit_back_alone`."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from formcheck.core.geometry import inclination_deg, turn_deg
from formcheck.core.measure import back
from formcheck.core.measure.camera_view import find_near_side, near_vote
from formcheck.core.measure.contour import find_trunk_axis
from formcheck.core.measure.joint_correction import list_moved_rows, trunk_frame
from formcheck.core.skeleton import PAIRS

from .fit_joints import PULL
from .samples import Sample
from .save import distance

Array = NDArray[np.float64]


@dataclass(slots=True)
class Seen:
    """What one picture tells of the back, its joints put right."""

    contour: Array
    stance: back.Stance


def seen(sample: Sample, points: Array) -> Seen | None:
    """Return the contour of a picture and how hip and trunk stand, None where the edge cannot be read.

    Parameters
    ----------
    points : (N_MOVED, 2) corrected joints in the frame of the seen trunk, trunk lengths.
    """
    pose = sample.pose
    axis, near = find_trunk_axis(pose.xy_px, pose.xyz_m), find_near_side(near_vote(pose.xyz_m))
    if (
        axis is None
        or near is None
        or not axis.sure
        or back.explain_spoilt(back.contour_offsets(pose.back_xy_px, axis))
    ):
        return None
    xy = pose.xy_px.astype(float)
    xy[list_moved_rows(near)] = points @ trunk_frame(axis) * axis.length_px + axis.hip
    true_axis = find_trunk_axis(xy, pose.xyz_m, steady_votes=axis.signed_votes)
    if true_axis is None:
        return None
    k = 0 if near == "left" else 1
    shoulder, hip, knee = (tuple(xy[PAIRS[part][k]]) for part in ("shoulder", "hip", "knee"))
    contour = back.sample_contour(back.smooth_offsets(back.contour_from(pose.back_xy_px, true_axis)))
    up = inclination_deg(true_axis.hip, true_axis.shoulder, front=true_axis.front)
    return Seen(contour, back.Stance(up, turn_deg(shoulder, hip, knee, front=true_axis.front)))


NAMES = ("own", "alone", "bend", "absolute", "yaw", "person", "movement", "same")


def rows_of(samples: Sequence[Sample], points: Mapping[int, Array]) -> dict[str, Any]:
    """Return every picture beside the person's own neutral (start, or the same moment), one row each.

    Parameters
    ----------
    points : id of a sample -> its corrected joints, by a network that has not seen the person.
    """
    of_person: dict[str, list[tuple[Sample, Seen]]] = defaultdict(list)
    for s in samples:
        if id(s) in points and (found := seen(s, points[id(s)])) is not None:
            of_person[s.person].append((s, found))
    out: dict[str, list[Any]] = {k: [] for k in NAMES}
    for rows in of_person.values():
        neutrals = {s.moment: (s, f) for s, f in rows if s.kind in ("start", "neutral")}
        for s, f in rows:
            for moment in sorted({-1, s.moment} & neutrals.keys()):
                ref, then = neutrals[moment]
                if ref is not s:
                    _add(out, s, f, ref, then)
    return {k: np.array(v) for k, v in out.items()}


def _add(out: dict[str, list[Any]], s: Sample, now: Seen, ref: Sample, then: Seen) -> None:
    own = back.build_own_neutral_inputs(now.contour, then.contour, now.stance, then.stance)
    same = ref.moment >= 0
    values = own, now.contour, s.spine_deg - ref.spine_deg, s.spine_deg, s.yaw_deg, s.person, s.movement, same
    for name, value in zip(NAMES, values, strict=True):
        out[name].append(value)


class BackNet(torch.nn.Module):
    """A small perceptron beside a straight line: inputs → bend, degrees."""

    unit = 20.0

    def __init__(self, mean: Array, scale: Array, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("scale", torch.tensor(scale, dtype=torch.float32))
        n, layer = len(mean), torch.nn.Linear
        self.line = layer(n, 1, bias=False)
        self.body = torch.nn.Sequential(
            layer(n, width), torch.nn.SiLU(), torch.nn.Dropout(0.1),
            layer(width, width), torch.nn.SiLU(), layer(width, 1),
        )  # fmt: skip

    def forward(self, x: Any) -> Any:
        """Return the bend of each row, degrees."""
        z = ((x - self.mean) / self.scale).clamp(-4, 4)
        return (self.line(z) + self.body(z))[:, 0] * self.unit


def train(
    x: Array,
    y: Array,
    *,
    seed: int = 0,
    width: int = 32,
    noise: float = 0.1,
    epochs: int = 40,
    decay: float = 0.1,
    rate: float = 4e-3,
    start: BackNet | None = None,
    pull: float = PULL,
) -> BackNet:
    """Return a network that has learned y from x; `start` and `pull` as for `fit_joints.train`."""
    torch.manual_seed(seed)
    g = torch.Generator().manual_seed(seed)
    net = BackNet(x.mean(0), x.std(0) + 0.01, width) if start is None else copy.deepcopy(start)
    xt, yt = torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
    opt = torch.optim.AdamW(net.parameters(), lr=rate / 4, weight_decay=decay if start is None else 0.0)
    batch = 128
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, rate, total_steps=epochs * (len(xt) // batch + 1))
    for _ in range(epochs):
        net.train()
        order = torch.randperm(len(xt), generator=g)
        for i in range(0, len(xt), batch):
            k = order[i : i + batch]
            xb = xt[k] + noise * net.scale * torch.randn(len(k), xt.shape[1], generator=g)
            loss = torch.nn.functional.smooth_l1_loss(net(xb) / 8, yt[k] / 8)
            if start is not None:
                loss = loss + pull * distance(net, start)
            opt.zero_grad()
            loss.backward()
            opt.step()
            sched.step()
    net.eval()
    return net


def predict(nets: Sequence[BackNet], x: Array) -> Array:
    """Return the mean of what the networks say of each row."""
    with torch.no_grad():
        rows = torch.tensor(x, dtype=torch.float32)
        return np.asarray(np.mean([n(rows).numpy() for n in nets], 0))


def learn(
    x: Array, y: Array, fold: NDArray[np.int64], *, starts: Sequence[BackNet] | None = None, **options: Any
) -> tuple[list[BackNet], Array]:
    """Return one network per fold, and for each row the estimate of the one that has not seen it.

    Parameters
    ----------
    starts : one network per fold to go on from; None = each begins from nothing.
    """
    nets, out = [], np.empty(len(y))
    for k in range(int(fold.max()) + 1):
        net = train(x[fold != k], y[fold != k], seed=k, start=starts[k] if starts else None, **options)
        nets.append(net)
        out[fold == k] = predict([net], x[fold == k])
    return nets, out
