"""What angles cost and say: Sports2D's angle stage and formcheck on the same keypoints.

`python -m benchmarks.sports2d TRACK…` takes saved pose tracks: poses.parquet of a result, tests/data/*.parquet.
What of Sports2D is counted stands at the top of run.py. Of formcheck:

measures
    `PersonTracker.step` and `PersonTracker.measured`: steadied, joints corrected, every measurement of
    `measure.MEASUREMENT_NAMES` with its uncertainty, or the reason why it has no value.
judged
    `FormChecker` from the first frame to the last: besides, phases, repetitions, checks, cues.
whole
    From track to table: all that `formcheck measure` does behind the pose model.

Angles are compared twice. Bare: both from the same keypoints, nothing steadied or corrected, so that only the
definition differs. As handed out: Sports2D's .mot, filtered forwards and backwards when the film is over, and
formcheck's table, steadied while the film runs, joints put where they are in the body. Frames in which the two see the
person face opposite ways are counted, not compared: Sports2D goes by the toes, which lie behind the heels on all fours.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import BackendError
from formcheck.core.measure.measure import MEASUREMENT_NAMES, measure_pose
from formcheck.core.measure.person import PersonTracker
from formcheck.core.movement.load import load_movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import PoseFrame
from formcheck.sinks.frame_table import MeasureTable
from formcheck.sources.pose_track import open_track

from .child import Seconds, now_s, since_s
from .run import RUNS, VERSION, Cost, Series, Sports2DAngles, sports2d_angle_ms, sports2d_python

MOVEMENT = "hamstring_hinge_standing"
OURS, THEIRS = ("measures", "judged", "whole"), ("angles", "stage", "whole")

THEIR_TRUNK = "their trunk runs from mid hips to mid shoulders"
SAME: dict[str, tuple[str, str, Callable[[Series], Series]]] = {
    "knee_{side}_deg": ("{side} knee", "180 − |theirs|", lambda a: 180 - np.abs(a)),
    "elbow_{side}_deg": ("{side} elbow", "180 − |theirs|", lambda a: 180 - np.abs(a)),
    "trunk_thigh_{side}_deg": ("{side} hip", f"180 − theirs; {THEIR_TRUNK}", lambda a: 180 - a),
    "arm_elevation_{side}_deg": ("{side} shoulder", f"|theirs|; {THEIR_TRUNK}", np.abs),
    "shank_inclination_{side}_deg": ("{side} shank", "−90 − theirs", lambda a: -90 - a),
    "thigh_inclination_{side}_deg": ("{side} thigh", "−90 − theirs", lambda a: -90 - a),
    "trunk_inclination_deg": ("trunk", "90 − theirs", lambda a: 90 - a),
}
"""Our angle -> theirs, how ours follows from it in words and as a function; all in degrees, round the circle."""
TRUNK, SAME_FACING_DEG = "trunk_inclination_deg", 1.0
"""From the same keypoints the leaning of the trunk is the same, or mirrored."""


# Our side -------------------------------------------------------------------------------------------------------------


def keypoints(poses: Sequence[PoseFrame]) -> tuple[NDArray[np.float32], float]:
    """Return (frames, 33, 2) in px, NaN where nobody is seen, and frames per second."""
    xy_px = np.stack([pose.xy_px if pose.seen else np.full_like(pose.xy_px, np.nan) for pose in poses])
    return xy_px, float(1 / np.median(np.diff([pose.time_s for pose in poses])))


def our_costs(track: Path, movement: str, *, runs: int = RUNS) -> dict[str, Cost]:
    """Return what formcheck takes behind the pose model: each name of `OURS`."""
    poses, spec = list(open_track(track)), load_movement(movement)
    works: tuple[Callable[[], object], ...] = (
        lambda: our_angles(poses),
        lambda: list(run(poses, FormChecker(spec))),
        lambda: _track_to_table(track),
    )
    # In turns: whatever else the machine does meanwhile falls on all of them. The first turn warms up.
    turns = [[_seconds(work) for work in works] for _ in range(runs + 1)][1:]
    return {name: Cost.median(each, len(poses)) for name, each in zip(OURS, zip(*turns, strict=True), strict=True)}


def _seconds(work: Callable[[], object]) -> Seconds:
    start_s = now_s()
    work()
    return since_s(start_s)


def _track_to_table(track: Path) -> None:
    person = PersonTracker()
    with tempfile.TemporaryDirectory() as folder, MeasureTable(Path(folder) / "measures.parquet") as table:
        for pose in open_track(track):
            person.step(pose)
            table.write(person.measured())


def our_angles(poses: Sequence[PoseFrame], *, bare: bool = False) -> dict[str, Series]:
    """Return every measurement as (frames,): steadied and corrected, or straight from the keypoints."""
    rows, person = [], PersonTracker()
    for pose in poses:
        if not bare:
            person.step(pose)
        rows.append((measure_pose(pose) if bare else person.measured()).values)
    return {name: np.array([row[name].value for row in rows]) for name in MEASUREMENT_NAMES}


# Side by side ---------------------------------------------------------------------------------------------------------


def differences(ours: dict[str, Series], theirs: dict[str, Series]) -> dict[str, Series]:
    """Return our name of an angle -> how far theirs is from it, (frames,) in degrees, NaN where either has none."""
    found = {}
    for name, side in _each_name():
        their_name, _, to_ours = SAME[name]
        if (theirs_deg := theirs.get(their_name.format(side=side))) is not None:
            apart = to_ours(theirs_deg) - ours[name.format(side=side)]
            found[name.format(side=side)] = np.abs((apart + 180) % 360 - 180)
    return found


def _each_name() -> list[tuple[str, str]]:
    """Every key of `SAME` with every side it has."""
    return [(name, side) for name in SAME for side in (("left", "right") if "{side}" in name else ("",))]


def print_sports2d_table(tracks: Sequence[Path], *, movement: str = MOVEMENT, runs: int = RUNS) -> None:
    """Print what angles cost in both for each track, and how far they are apart over all tracks.

    A track whose turn at Sports2D fails says why, and has our side only.
    """
    print(f"\nAngles from the same keypoints: ms per frame of the processor (on the clock), medians of {runs} runs")
    print(
        f"  formcheck: {len(MEASUREMENT_NAMES)} measures with uncertainty, judged by {movement}; "
        f"Sports2D {VERSION}: 26 angles"
    )
    print(f"  {'':<34}{'formcheck':^48}{'Sports2D':^48}")
    print(f"  {'':<28}{'frames':>6}{''.join(f'{name:>16}' for name in (*OURS, *THEIRS))}")
    found: list[Sports2DAngles] = []
    apart: list[tuple[dict[str, Series], dict[str, Series]]] = []
    for track in tracks:
        poses = list(open_track(track))
        row = [str(cost) for cost in our_costs(track, movement, runs=runs).values()]
        try:
            one = sports2d_angle_ms(*keypoints(poses), runs=runs)
        except BackendError as error:
            row.append(f"  left out: {error}")
        else:
            row += [str(one.angles), str(one.stage), str(one.whole)]
            found.append(one)
            bare = differences(our_angles(poses, bare=True), one.bare_deg)
            apart.append((bare, differences(our_angles(poses), one.written_deg)))
        print(f"  {track.stem:<28}{len(poses):>6}{''.join(f'{text:>16}' for text in row)}", flush=True)
    if found:
        _print_steps(found)
        _print_differences(apart)


def _print_steps(found: Sequence[Sports2DAngles]) -> None:
    print("\n  the functions of Sports2D's stage: ms per frame of the processor, medians of the tracks")
    for name in found[0].steps:
        print(f"    {name:<40}{np.median([one.steps[name].busy_ms for one in found]):6.2f}")


def _print_differences(apart: Sequence[tuple[dict[str, Series], dict[str, Series]]]) -> None:
    trunk = np.concatenate([bare[TRUNK] for bare, _ in apart])
    same = [bare[TRUNK] < SAME_FACING_DEG for bare, _ in apart]
    share = np.sum(trunk >= SAME_FACING_DEG) / np.sum(np.isfinite(trunk))
    print("\n  mean absolute difference, degrees   bare keypoints   as handed out   frames   ours from theirs")
    for key, side in _each_name():
        name = key.format(side=side)
        pairs = [(bare[name][i], given[name][i]) for (bare, given), i in zip(apart, same, strict=True) if name in given]
        each = [np.concatenate([[], *column]) for column in zip(*pairs, strict=True)]
        if each and np.isfinite(each[1]).any():
            means = "".join(f"{np.nanmean(one):>16.2f}" for one in each)
            print(f"    {name:<32}{means}{np.isfinite(each[1]).sum():>9}   {SAME[key][1]}")
    print(f"    not compared: {share:.0%} of the frames, in which the two see the person face opposite ways")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sports2d", description=__doc__.splitlines()[0])
    parser.add_argument("tracks", nargs="+", type=Path)
    parser.add_argument("--movement", default=MOVEMENT)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    print_sports2d_table(options.tracks, movement=options.movement, runs=options.runs)


if __name__ == "__main__":
    main()

__all__ = ["differences", "print_sports2d_table", "sports2d_angle_ms", "sports2d_python"]
