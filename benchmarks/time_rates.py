"""Bounce, speed, unrest, pace and hesitation at every rate of pictures, on saved pose tracks.

    python benchmarks/time_rates.py [FOLDER] [--rates 7.5,10,15,30,60] [--only TEXT] [--jitter 0.003] [--list]

FOLDER holds pose tracks `<movement>-good.parquet` and `<movement>-<fault>.parquet` whose header names the faults
that were put in; default: those of the tests. Each is played as cameras of other rates would have seen it: thinned for
a rate marked with d (10d), else every pose between two pictures, with the unrest of a real pose model added at every
rate. Every good track is also played with a bounce, too fast, briskly, with a stop or a step back on the way, with deep
breathing and with fidgeting, so that each is known to be there or not.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from time_tracks import (
    JITTER_TL,
    Clock,
    as_recorded,
    dropped,
    fidgeting,
    played,
    stretched,
    to_and_fro,
    with_stop,
)

from formcheck.core.movement import FaultSpec, Movement, load_movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import PoseFrame, Repetition, StepResult
from formcheck.core.signals import Roles, value_of
from formcheck.core.summary import ModelRecord, RunSummary, SourceRecord, summarise
from formcheck.sources.recorded import open_track

TRACKS = Path(__file__).resolve().parent.parent / "tests" / "data" / "catalogue"
RATES = "7.5,10d,10,15,30,60"
SIGNALS = {
    "bounce": "bounce_deg",
    "speed": "speed_deg_per_s",
    "unrest": "unrest_tl",
    "pace": "repetition_s",
    "hesitation": "hesitations_n",
}
"""What is judged, and the signal it is judged by."""
SLACK_S = 1.0
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


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of one scene at one rate."""

    scene: str
    rate: str
    expected: dict[str, bool]
    said: dict[str, bool]
    told_too_few: bool


# Scenes ---------------------------------------------------------------------------------------------------------------


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
    return value_of(movement.drive.signal, result.measurements.rough, Roles(one.side, result.phase.near))


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


# Hearing --------------------------------------------------------------------------------------------------------------


def hear(scene: Scene, rate: str) -> Heard:
    """Return what formcheck makes of a scene at a rate."""
    poses = scene.at(rate)
    summary = judged(poses, scene)
    kinds = kinds_of(scene.movement)
    said = {kind: any(f.id in faults for f in summary.faults) for kind, faults in kinds.items()}
    hesitated = [one.hesitations for one in summary.repetitions if one.hesitations is not None]
    said["hesitation"] = any(hesitated)
    judged_kinds = {kind for kind, faults in kinds.items() if faults} | ({"hesitation"} if hesitated else set())
    expected = {
        kind: kind in scene.shows for kind in SIGNALS if kind in judged_kinds | scene.shows and kind not in scene.hides
    }
    told = any("too few pictures" in reason for reason in summary.view.reasons)
    return Heard(scene.name, rate, expected, said, told)


def judged(poses: list[PoseFrame], scene: Scene) -> RunSummary:
    """Return the summary of a scene."""
    span_s = poses[-1].time_s - poses[0].time_s
    fps = (len(poses) - 1) / span_s
    source = scene.header["source"] | {"fps": fps, "frames": len(poses), "duration_s": span_s}
    results = run(poses, FormChecker(scene.movement, side=scene.header["side"]))
    return summarise(
        results,
        scene.movement,
        source=SourceRecord(**source),
        model=ModelRecord(**scene.header["model"]),
        formcheck_version="0",
        created_utc="",
    )


# Reporting ------------------------------------------------------------------------------------------------------------


def table(heard: Sequence[Heard], rates: Sequence[str]) -> Iterator[str]:
    """Yield the table: of those that show it, how many were found; of those that do not, in how many it was said."""
    yield f"{'':24}" + "".join(f"{rate:>12}" for rate in rates)
    for kind in SIGNALS:
        for wanted, word in ((True, "found"), (False, "false alarm")):
            cells = []
            for rate in rates:
                of = [h for h in heard if h.rate == rate and h.expected.get(kind) is wanted]
                cells.append(f"{sum(h.said[kind] for h in of)} of {len(of)}" if of else "-")
            yield f"{kind + ', ' + word:24}" + "".join(f"{cell:>12}" for cell in cells)
    cells = [[h.told_too_few for h in heard if h.rate == rate] for rate in rates]
    yield f"{'told: too few pictures':24}" + "".join(f"{f'{sum(c)} of {len(c)}':>12}" for c in cells)


def wrong(heard: Sequence[Heard]) -> Iterator[str]:
    """Yield a line for each scene and kind that came out wrong, with the rates."""
    rows: dict[tuple[str, str, bool], list[str]] = {}
    for one in heard:
        for kind, wanted in one.expected.items():
            if one.said[kind] is not wanted:
                rows.setdefault((kind, one.scene, wanted), []).append(one.rate)
    for (kind, scene, wanted), rates in sorted(rows.items()):
        yield f"{'missed' if wanted else 'false'} {kind} at {', '.join(rates)}: {scene}"


def main(words: Sequence[str] | None = None) -> int:
    """Play, judge and print; return the exit code."""
    options = _options(words)
    only = [part for part in options.only.split(",") if part]
    paths = [p for p in sorted(options.folder.glob("*.parquet")) if not only or any(part in p.stem for part in only)]
    if not paths:
        print(
            f"time_rates: {options.folder.name}: expected pose tracks (*.parquet), got none; name another",
            file=sys.stderr,
        )
        return 2
    rates = [rate for rate in options.rates.split(",") if rate]
    heard: list[Heard] = []
    for number, path in enumerate(paths, start=1):
        print(f"{number}/{len(paths)} {path.stem}", file=sys.stderr, flush=True)
        heard += [hear(scene, rate) for scene in scenes(path, options.jitter) for rate in rates]
    print(*table(heard, rates), sep="\n")
    if options.list:
        print(*wrong(heard), sep="\n")
    if options.json:
        options.json.write_text(
            json.dumps([{k: getattr(h, k) for k in h.__slots__} for h in heard], indent=1) + "\n", "utf-8"
        )
    return 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=TRACKS, help="pose tracks; default: those of the tests")
    parser.add_argument("--rates", default=RATES, metavar="LIST", help=f"pictures a second; default: {RATES}")
    parser.add_argument("--only", default="", metavar="TEXT", help="only tracks whose name contains it (several: a,b)")
    parser.add_argument(
        "--jitter", type=float, default=JITTER_TL, metavar="TL", help="unrest of the points, trunk lengths"
    )
    parser.add_argument("--list", action="store_true", help="also name every scene that came out wrong")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was said of every scene")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
