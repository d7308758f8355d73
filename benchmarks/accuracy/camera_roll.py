"""Whether a pose shows how far the camera is turned, and whether a strongly turned camera is noticed.

    python -m benchmarks.accuracy.camera_roll FOLDER --replay DIR [--turned 0,10,15,20] [--list]

FOLDER holds clips' truth (`*.json`, with the camera's roll), DIR what `benchmarks.accuracy --out DIR` kept of each
clip, or the results of recordings whose camera was level (then give DIR alone: the roll is taken to be 0). Each clip is
also looked at with every point turned about the middle of the picture, both ways.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from formcheck.core.camera.advice import LEVEL_ADVICE, find_problems
from formcheck.core.camera.framing import FramingTally, Roll
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import Movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import PoseFrame
from formcheck.sources.pose_track import open_track


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of one clip with its camera turned by this much more."""

    clip: str
    posture: str
    turned_deg: float
    true_deg: float
    roll: Roll | None
    warned: bool


def turned(poses: Sequence[PoseFrame], roll_deg: float) -> list[PoseFrame]:
    """Return the poses as a camera turned clockwise by `roll_deg` would show them: turned the other way."""
    angle = math.radians(-roll_deg)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]], np.float32)
    out = []
    for pose in poses:
        middle = np.array(pose.size_px, np.float32) / 2
        xy, back = ((points - middle) @ turn + middle for points in (pose.xy_px, pose.back_xy_px))
        world = np.array(pose.xyz_m)
        world[:, :2] = world[:, :2] @ turn
        out.append(replace(pose, xy_px=xy, back_xy_px=back, xyz_m=world))
    return out


def look(clip: Path, truth: Path | None, angles: Sequence[float]) -> Iterator[Seen]:
    """Yield the result of one clip at each angle."""
    known = json.loads(truth.read_text("utf-8")) if truth else {}
    summary = json.loads((clip / "summary.json").read_text("utf-8"))
    name = known.get("movement") or summary["movement"]["id"]
    if name not in catalogue():
        return
    movement = load_movement(name)
    poses = list(open_track(clip / "poses.parquet"))
    true_deg = float(known.get("camera", {}).get("roll_deg", 0.0))
    for angle in angles:
        for by in sorted({angle, -angle}):
            roll, warned = find_roll(turned(poses, by) if by else poses, movement)
            yield Seen(clip.name, movement.posture, by, true_deg + by, roll, warned)


def find_roll(poses: Sequence[PoseFrame], movement: Movement) -> tuple[Roll | None, bool]:
    """Return the roll that was found and whether the camera was said to be turned."""
    tally = FramingTally(movement)
    for result in run(poses, FormChecker(movement)):
        tally.add(result)
    framing = tally.summarise(still=len(poses) == 1)
    return framing.roll, any(problem.advice == LEVEL_ADVICE for problem in find_problems(framing, movement))


def table(seen: Sequence[Seen]) -> Iterator[str]:
    """Yield the tables: how near the cues come to the truth, and how often a turned camera was noticed."""
    yield f"{'posture':12}{'clips':>7}{'known':>7}{'off by':>9}{'off if 0':>10}{'in band':>10}   as the camera was"
    for posture in sorted({s.posture for s in seen}):
        here = [s for s in seen if s.posture == posture and s.turned_deg == 0]
        known = [(s.roll, s.true_deg) for s in here if s.roll]
        row = f"{posture:12}{len(here):7}{len(known):7}"
        if known:
            off = np.array([abs(roll.deg - true) for roll, true in known])
            inside = sum(d <= roll.uncertainty_deg for d, (roll, _) in zip(off, known, strict=True))
            zero = float(np.mean([abs(true) for _, true in known]))
            row += f"{off.mean():8.1f}°{zero:9.1f}°{f'{inside} of {len(known)}':>10}"
        yield row
    yield f"{'turned by':12}{'clips':>7}{'known':>7}{'said':>7}"
    for angle in sorted({abs(s.turned_deg) for s in seen}):
        here = [s for s in seen if abs(s.turned_deg) == angle]
        yield f"{f'{angle:g}°':12}{len(here):7}{sum(s.roll is not None for s in here):7}{sum(s.warned for s in here):7}"


def main(words: Sequence[str] | None = None) -> int:
    """Look, and print; return the exit code."""
    options = _options(words)
    angles = [float(angle) for angle in options.turned.split(",")]
    clips = sorted(path.parent for path in options.replay.rglob("poses.parquet"))
    seen: list[Seen] = []
    for number, clip in enumerate(clips, start=1):
        truth = options.folder / f"{clip.name}.json" if options.folder else None
        if truth is None or truth.is_file():
            print(f"{number}/{len(clips)} {clip.name}", file=sys.stderr, flush=True)
            seen += look(clip, truth, angles)
    if not seen:
        print("camera_roll: expected clips with their results, got none; give --replay DIR", file=sys.stderr)
        return 2
    print(*table(seen), sep="\n")
    for one in seen if options.list else []:
        roll = f"{one.roll.deg:6.1f} ± {one.roll.uncertainty_deg:.0f}" if one.roll else "     -"
        print(f"{one.clip:40} {one.posture:10} true {one.true_deg:6.1f}  read {roll}{'  said' if one.warned else ''}")
    return 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", help="the clips' truth; without it the cameras were level")
    parser.add_argument("--replay", type=Path, required=True, metavar="DIR", help="results kept of the clips")
    parser.add_argument("--turned", default="0,10,15,20", metavar="LIST", help="degrees; default: 0,10,15,20")
    parser.add_argument("--list", action="store_true", help="also print every clip")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
