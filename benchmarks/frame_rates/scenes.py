"""The scenes of `benchmarks.frame_rates`: each track as it is, and with what is to be found put into it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.core.movement.load import load_movement
from formcheck.core.movement.schema import FaultSpec, Movement
from formcheck.core.movement.signals import Roles, look_up_value
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import PoseFrame, Repetition, StepResult
from formcheck.sources.pose_track import open_track

from .tracks import Clock, as_recorded, dropped, fidgeting, played, stretched, to_and_fro, with_stop

SIGNALS = {
    "bounce": "bounce_deg",
    "speed": "speed_deg_per_s",
    "unrest": "unrest_tl",
    "pace": "repetition_s",
    "hesitation": "hesitations_n",
}
"""What is judged, and the signal it is judged by."""
BOUNCE_DEG, BREATH_DEG = 6.0, 4.0
TOO_FAST, BRISK = 1.5, 0.8
"""Times the limit, and times the end of the target band."""
STOP_S, BACK_DEG = 1.2, 8.0
FIDGET_TL = 0.3


@dataclass(frozen=True, slots=True)
class Scene:
    """One way of playing one track.

    Parameters
    ----------
    shows : what is to be seen in it. hides : what may be said of it as well, or left out.
    at : the poses as a camera of a rate would see them.
    """

    name: str
    movement: Movement
    header: dict[str, Any]
    shows: frozenset[str]
    hides: frozenset[str]
    at: Callable[[str], list[PoseFrame]]
    from_s: float = -math.inf
    to_s: float = math.inf


def kinds_of(movement: Movement) -> dict[str, set[str]]:
    """Return which faults of a movement judge what of the time."""
    return {
        kind: {f.id for f in movement.faults if any(c.signal == signal for group in f.groups for c in group)}
        for kind, signal in SIGNALS.items()
    }


def scenes(path: Path, jitter_tl: float) -> Iterator[Scene]:
    """Yield every way of playing one track."""
    track = open_track(path)
    header, poses = track.header, list(track)
    movement = load_movement(header["movement"])
    kinds = kinds_of(movement)
    injected = {fault["id"] for fault in header.get("faults", [])}
    shows = {kind for kind, faults in kinds.items() if faults & injected}
    if "bounce" in injected:
        shows |= {"bounce"} if kinds["bounce"] else set()
    timed = shows or injected & {"too_fast", "bounce"}
    # what bounces is restless and may be fast; what is fast may look like a bounce
    hides = frozenset(SIGNALS) - shows if timed else frozenset()

    def recorded(rate: str) -> list[PoseFrame]:
        return at_rate(poses, as_recorded(poses), rate, jitter_tl)

    yield Scene(f"{path.stem}", movement, header, frozenset(shows), hides, recorded)
    if path.stem.endswith("-good"):
        yield from _played_scenes(path.stem, movement, header, poses, jitter_tl)


def at_rate(poses: Sequence[PoseFrame], clock: Clock, rate: str, jitter_tl: float) -> list[PoseFrame]:
    """Return a scene as a camera of a rate sees it; `10d` is 15 pictures a second thinned to 10."""
    if rate.endswith("d"):
        return dropped(played(poses, clock, 15.0, jitter_tl=jitter_tl), float(rate[:-1]))
    return played(poses, clock, float(rate), jitter_tl=jitter_tl)


@dataclass(frozen=True, slots=True)
class _Way:
    """The first way into a hold of a good track: times and the drive signal on it, degrees from the start."""

    repetition: Repetition
    times_s: np.ndarray
    drive: np.ndarray

    def when(self, away_deg: float) -> float:
        """When the signal was this far from the start for the last time on the way in."""
        before = self.times_s <= self.repetition.hold_start_s + 0.3
        near = self.times_s[before][self.drive[before] < away_deg]
        return float(near[-1]) if len(near) else float(self.times_s[0])

    @property
    def level(self) -> float:
        held = (self.times_s >= self.repetition.hold_start_s + 0.3) & (self.times_s <= self.repetition.hold_end_s)
        return float(np.median(self.drive[held]))

    @property
    def peak_deg_per_s(self) -> float:
        """The fastest quarter of a second on the way in."""
        way = (self.times_s >= self.repetition.start_s - 0.3) & (self.times_s <= self.repetition.hold_start_s + 0.3)
        t, y = self.times_s[way], self.drive[way]
        return float(max(abs(np.interp(t + 0.125, t, y) - np.interp(t - 0.125, t, y)) / 0.25))


def _first_way(movement: Movement, header: dict[str, Any], poses: Sequence[PoseFrame]) -> _Way | None:
    results = list(run(poses, FormChecker(movement, side=header["side"])))
    ended = [r.phase.ended for r in results if r.phase.ended and r.phase.ended.hold_start_s is not None]
    if movement.drive.kind != "reach" or not movement.drive.signal.endswith("_deg") or not ended:
        return None
    one = ended[0]
    sign = math.copysign(1, movement.drive.least)
    series = [(r.pose.time_s, sign * _drive(movement, r, one)) for r in results]
    t, y = np.array([s for s in series if math.isfinite(s[1])]).T
    return _Way(one, t, y - float(np.median(y[t <= one.start_s])))


def _drive(movement: Movement, result: StepResult, one: Repetition) -> float:
    return look_up_value(movement.drive.signal, result.measurements.unchecked, Roles(one.side, result.phase.near))


def _played_scenes(
    name: str, movement: Movement, header: dict[str, Any], poses: list[PoseFrame], jitter_tl: float
) -> Iterator[Scene]:
    way = _first_way(movement, header, poses)
    if way is None:
        return
    one, clock, kinds = way.repetition, as_recorded(poses), kinds_of(movement)
    start, begins, ends = one.start_s, one.hold_start_s + 0.5, one.hold_end_s

    def scene(called: str, shows: str, hides: str, new: Clock, *, fidget: tuple[float, float] | None = None) -> Scene:
        def at(rate: str) -> list[PoseFrame]:
            seen = at_rate(poses, new, rate, jitter_tl)
            return fidgeting(seen, *fidget, size_tl=FIDGET_TL, hz=0.7) if fidget else seen

        wanted = {kind for kind in shows.split() if kinds[kind] or kind == "hesitation"}
        return Scene(f"{name}, {called}", movement, header, frozenset(wanted), frozenset(hides.split()), at)

    for hz in (0.7, 1.5, 2.5):
        bounced = to_and_fro(clock, begins, way.when(way.level - BOUNCE_DEG), hz=hz, for_s=4.0)
        yield scene(f"bouncing {BOUNCE_DEG:.0f} deg at {hz} Hz", "bounce", "unrest hesitation speed", bounced)
    breath = to_and_fro(clock, begins, way.when(way.level - BREATH_DEG), hz=0.25, for_s=8.0)
    yield scene(f"breathing {BREATH_DEG:.0f} deg", "", "hesitation", breath)
    limit = _speed_limit(movement)
    if limit is not None:
        above, clear = limit
        fast = stretched(clock, start - 0.3, one.hold_start_s, way.peak_deg_per_s / (TOO_FAST * above))
        yield scene(f"{TOO_FAST * above:.0f} deg/s", "speed", "unrest hesitation bounce", fast)
        brisk = stretched(clock, start - 0.3, one.hold_start_s, way.peak_deg_per_s / (BRISK * clear))
        yield scene(f"{BRISK * clear:.0f} deg/s", "", "", brisk)
    half = way.when(0.5 * way.level)
    yield scene("a stop on the way", "hesitation", "", with_stop(clock, half, STOP_S))
    back = to_and_fro(clock, half, way.when(0.5 * way.level - BACK_DEG), hz=0.7, for_s=1.4)
    yield scene("a step back on the way", "hesitation", "unrest", back)
    if ends - begins > 1:
        longer = stretched(clock, begins, ends, 8.0 / (ends - begins))
        yield scene("fidgeting", "unrest", "hesitation bounce speed", longer, fidget=(begins + 0.5, begins + 7.5))


def _speed_limit(movement: Movement) -> tuple[float, float] | None:
    """Return the limit and the end of the target band of the plain fault of speed on the way in."""
    for fault in movement.faults:
        alone: list[FaultSpec] = [fault] if len(fault.when) == 1 and {"move", "hold"} & set(fault.phases) else []
        for condition in (one.when[0] for one in alone):
            if condition.signal == SIGNALS["speed"] and condition.above is not None and fault.severity != "info":
                return condition.above, condition.clear or condition.above
    return None
