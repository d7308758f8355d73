"""What formcheck itself costs behind the pose model: judging, recognising, writing the tables, tracing the contour.

    python -m benchmarks.speed.judging [TRACK …] [--runs 7]

Prints a table with processor milliseconds a frame, for each track the median of several runs; without TRACK for the
tracks of tests/data. The processor of a busy machine works slower, so each run is compared with a fixed loop of NumPy
and Python that runs right before and right after it. The second number of each cell, milliseconds a frame over
milliseconds of that loop in thousandths, can be compared between machines and between days; the first cannot.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.core.measure.contour import TrunkAxis, find_trunk_axis, trace_back
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import Movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.recognise import Recogniser
from formcheck.core.records import PoseFrame, StepResult
from formcheck.core.summary.summariser import Summariser
from formcheck.sinks.frame_table import FrameTable
from formcheck.sources.pose_track import TrackWriter, open_track

DATA = Path(__file__).parents[2] / "tests" / "data"
PARTS = ("judge", "recognise", "both tables", "contour")
MASK_EVERY = 10
"""One frame in this many gets a silhouette that is traced: drawing takes longer than tracing."""
HALF_WIDTH_TL = 0.25
"""Half the width of a drawn trunk, trunk lengths."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tracks", nargs="*", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    movements = {name: load_movement(name) for name in catalogue()}
    tracks = options.tracks or sorted(p for p in DATA.glob("*.parquet") if p.stem != "empty_room")
    print("processor milliseconds a frame (in brackets: thousandths of the fixed loop)\n")
    print(f"| track | {' | '.join(PARTS)} |\n|---|{'---:|' * len(PARTS)}")
    rows = [cost(path, movements, options.runs) for path in tracks]
    for path, row in zip(tracks, rows, strict=True):
        print(f"| {path.stem} | {' | '.join(cell(*one) for one in row)} |")
    medians = [
        [statistics.median(values) for values in zip(*column, strict=True)] for column in zip(*rows, strict=True)
    ]
    print(f"| **median** | {' | '.join(cell(*one) for one in medians)} |")


def cell(ms: float, share: float) -> str:
    """Return one cell of the table."""
    return f"{ms:.2f} ({1000 * share:.0f})"


def cost(path: Path, movements: dict[str, Movement], runs: int) -> list[tuple[float, float]]:
    """Return for each of `PARTS` the milliseconds a frame, and the same over those of the fixed loop."""
    poses = list(open_track(path))
    movement = movement_of(path, movements)
    results = list(run(iter(poses), FormChecker(movement)))
    silhouettes = drawn(poses)
    works: list[tuple[Callable[[], object], int]] = [
        (lambda: judge(poses, movement), len(poses)),
        (lambda: recognise(poses, movements), len(poses)),
        (lambda: write_tables(poses, results), len(poses)),
        (lambda: [trace_back(mask, axis) for mask, axis in silhouettes], len(silhouettes)),
    ]
    return [measured(work, count, runs) for work, count in works]


def movement_of(path: Path, movements: dict[str, Movement]) -> Movement:
    """Return the movement that a track of tests/data is named after."""
    short = {"hinge": "hamstring_hinge_standing", "seated": "seated_forward_bend"}
    stem = short.get(path.stem.split("_")[0], path.stem)
    return next(one for name, one in movements.items() if stem.startswith(name))


def measured(work: Callable[[], object], count: int, runs: int) -> tuple[float, float]:
    """Return the median of some runs: milliseconds for each of `count`, and their share of the fixed loop."""
    work()  # warm: networks and tables are read once
    found = []
    for _ in range(runs):
        before = seconds(fixed_loop)
        taken = seconds(work)
        found.append((1000 * taken / count, 2 * taken / count / (before + seconds(fixed_loop))))
    return statistics.median(ms for ms, _ in found), statistics.median(share for _, share in found)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time that a call takes in this thread."""
    start_s = time.thread_time()
    work()
    return time.thread_time() - start_s


def fixed_loop() -> float:
    """Do the same work every time: half small arrays, half plain numbers, as judging does."""
    matrix = np.linspace(0.0, 1.0, 900).reshape(30, 30)
    vector, total = matrix[0], 0.0
    for _ in range(3000):
        vector = np.minimum(matrix @ vector, 1.0)
    for i in range(60000):
        total += i * 0.5
    return total + float(vector[0])


def judge(poses: list[PoseFrame], movement: Movement) -> None:
    """Judge a track as a movement that was named."""
    gathered = Summariser(movement)
    for result in run(iter(poses), FormChecker(movement)):
        gathered.add(result)


def recognise(poses: list[PoseFrame], movements: dict[str, Movement]) -> None:
    """Find out which movement a track shows; judging comes on top of it."""
    recogniser = Recogniser(movements.values())
    for pose in poses:
        recogniser.step(pose)
    recogniser.spans()


def write_tables(poses: list[PoseFrame], results: list[StepResult]) -> None:
    """Write frames.parquet and poses.parquet."""
    with tempfile.TemporaryDirectory() as folder:
        with FrameTable(Path(folder) / "frames.parquet") as table:
            for result in results:
                table.write(result)
        with TrackWriter(Path(folder) / "poses.parquet", {}) as track:
            for pose in poses:
                track.write(pose)


def drawn(poses: list[PoseFrame]) -> list[tuple[NDArray[np.float32], TrunkAxis]]:
    """Return a silhouette of the trunk with a soft edge, and its axis, for some of the poses."""
    axes = [(pose.size_px, find_trunk_axis(pose.xy_px, pose.xyz_m)) for pose in poses[::MASK_EVERY]]
    return [(trunk_mask(size_px, axis), axis) for size_px, axis in axes if axis is not None]


def trunk_mask(size_px: tuple[int, int], axis: TrunkAxis) -> NDArray[np.float32]:
    """Return a mask (h, w) of all that is near the line from hip to shoulder, made longer at both ends."""
    y, x = np.indices((size_px[1], size_px[0]), np.float32)
    x, y = x - axis.hip[0], y - axis.hip[1]
    along = np.clip(x * axis.along[0] + y * axis.along[1], -0.4 * axis.length_px, 1.4 * axis.length_px)
    away_px = np.hypot(x - along * axis.along[0], y - along * axis.along[1])
    return np.clip(0.5 + (HALF_WIDTH_TL * axis.length_px - away_px) / 3, 0, 1).astype(np.float32)


if __name__ == "__main__":
    main()
