"""Saved pose tracks played otherwise: at another rate, faster, with a stop, to and fro, with fidgeting.

A track is asked for the pose at any time between two of its pictures, so that one recording done well makes many whose
truth is known: what is played twice as fast is twice as fast.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import PAIRS

Times = NDArray[np.float64]

JITTER_TL = 0.003
"""Unrest of the pose model's points from picture to picture: quiet real people read 0.002 to 0.005 trunk lengths."""
_ARRAYS = ("xy_px", "xyz_m", "visibility", "back_xy_px")
_UPPER = [i for part in PAIRS if not part.startswith(("hip", "knee", "ankle", "heel", "foot")) for i in PAIRS[part]]


@dataclass(frozen=True, slots=True)
class Clock:
    """When which moment of a recording is played: the time of the new recording -> the time of the old one.

    Between the given points it runs evenly.
    """

    played_s: tuple[float, ...]
    source_s: tuple[float, ...]

    def source(self, played_s: Times) -> Times:
        """Return the moment of the recording that is played at each time."""
        return np.interp(played_s, self.played_s, self.source_s)

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.played_s[-1]


def as_recorded(poses: Sequence[PoseFrame]) -> Clock:
    """Return the clock of the recording itself."""
    return Clock((poses[0].time_s, poses[-1].time_s), (poses[0].time_s, poses[-1].time_s))


def stretched(clock: Clock, from_s: float, to_s: float, factor: float) -> Clock:
    """Return a clock in which one stretch of the recording takes `factor` times as long.

    Parameters
    ----------
    from_s, to_s : in the recording's own time; before any other change of the clock.
    """
    more = (factor - 1) * (to_s - from_s)
    ends = (from_s, to_s)
    source = tuple(sorted({*clock.source_s, *ends}))
    played = tuple(
        float(np.interp(s, clock.source_s, clock.played_s)) + more * min(1.0, max(0.0, (s - from_s) / (to_s - from_s)))
        for s in source
    )
    return Clock(played, source)


def with_stop(clock: Clock, at_s: float, for_s: float) -> Clock:
    """Return a clock that stands still at one moment of the recording."""
    i = int(np.searchsorted(clock.source_s, at_s))
    at = float(np.interp(at_s, clock.source_s, clock.played_s))
    played = (*clock.played_s[:i], at, at + for_s, *(t + for_s for t in clock.played_s[i:]))
    return Clock(played, (*clock.source_s[:i], at_s, at_s, *clock.source_s[i:]))


def to_and_fro(clock: Clock, at_s: float, back_s: float, *, hz: float, for_s: float) -> Clock:
    """Return a clock that swings between two moments of the recording before it goes on.

    Parameters
    ----------
    at_s : where the swing begins and ends. back_s : its other end; earlier than `at_s`.
    hz : swings a second, evenly as a sine.
    """
    count = max(1, round(for_s * hz))
    steps = np.linspace(0, count / hz, 24 * count + 1)[1:]
    swing = at_s - (at_s - back_s) * (1 - np.cos(2 * math.pi * hz * steps)) / 2
    i = int(np.searchsorted(clock.source_s, at_s, "right"))
    at = float(np.interp(at_s, clock.source_s, clock.played_s))
    played = (*clock.played_s[:i], at, *(at + steps).tolist(), *(t + count / hz for t in clock.played_s[i:]))
    return Clock(played, (*clock.source_s[:i], at_s, *swing.tolist(), *clock.source_s[i:]))


def played(
    poses: Sequence[PoseFrame], clock: Clock, fps: float, *, jitter_tl: float = JITTER_TL, seed: int = 0
) -> list[PoseFrame]:
    """Return the recording as a camera of another rate would have seen it.

    Parameters
    ----------
    jitter_tl : spread of the noise that is added to every point, trunk lengths: poses between two pictures have
        less of it than those that were seen.
    """
    start_s = clock.played_s[0]
    times = start_s + np.arange(math.floor((clock.end_s - start_s) * fps + 1e-6) + 1) / fps
    noise = np.random.default_rng(seed)
    between = _Between(poses)
    return [_shaken(between.at(s, t), jitter_tl, noise) for t, s in zip(times, clock.source(times), strict=True)]


def dropped(poses: Sequence[PoseFrame], fps: float) -> list[PoseFrame]:
    """Return the pictures that are left when a recording is thinned; steps are uneven where the rates do not divide."""
    period_s = (poses[-1].time_s - poses[0].time_s) / (len(poses) - 1)
    kept, tick = [], 0
    for pose in poses:
        ticks = (pose.time_s - poses[0].time_s + period_s / 2) * fps
        if ticks >= tick:
            kept.append(pose)
            tick = math.floor(ticks) + 1
    return kept


def fidgeting(poses: Sequence[PoseFrame], from_s: float, to_s: float, *, size_tl: float, hz: float) -> list[PoseFrame]:
    """Return the recording with a trunk, head and arms that shift to and fro by `size_tl` for a while."""
    out = []
    for pose in poses:
        t = pose.time_s
        if not (pose.seen and from_s <= t <= to_s):
            out.append(pose)
            continue
        fade = min(1.0, (t - from_s) / 0.5, (to_s - t) / 0.5)
        angle = 2 * math.pi * hz * (t - from_s)
        shift = trunk_px(pose) * size_tl / 2 * fade * np.array([math.sin(angle), math.cos(angle)])
        xy = np.array(pose.xy_px)
        xy[_UPPER] += shift
        out.append(replace(pose, xy_px=xy, back_xy_px=pose.back_xy_px + shift.astype(np.float32)))
    return out


def trunk_px(pose: PoseFrame) -> float:
    """Return the distance from the middle of the hips to that of the shoulders."""
    shoulder, hip = (np.mean(pose.xy_px[list(PAIRS[part])], axis=0) for part in ("shoulder", "hip"))
    return float(np.hypot(*(shoulder - hip)))


class _Between:
    """Poses at any time; where a person is missing on either side, the nearer picture."""

    def __init__(self, poses: Sequence[PoseFrame]) -> None:
        self._poses = poses
        self._times = np.array([pose.time_s for pose in poses])

    def at(self, source_s: float, time_s: float) -> PoseFrame:
        i = min(max(int(np.searchsorted(self._times, source_s, "right")) - 1, 0), len(self._poses) - 2)
        a, b = self._poses[i], self._poses[i + 1]
        share = min(1.0, max(0.0, (source_s - self._times[i]) / (self._times[i + 1] - self._times[i])))
        if not (a.seen and b.seen):
            return replace(a if share < 0.5 else b, time_s=time_s)
        parts = {name: (1 - share) * getattr(a, name) + share * getattr(b, name) for name in _ARRAYS}
        return replace(a, time_s=time_s, **parts)


def _shaken(pose: PoseFrame, jitter_tl: float, noise: np.random.Generator) -> PoseFrame:
    if not pose.seen or not jitter_tl:
        return pose
    shake = noise.normal(0.0, jitter_tl * trunk_px(pose), pose.xy_px.shape)
    return replace(pose, xy_px=pose.xy_px + shake.astype(np.float32))
