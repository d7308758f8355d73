"""How fast `formcheck batch` is, compared with the pose model, a plain MediaPipe loop, and Sports2D's angles.

    python -m benchmarks.speed.throughput CLIP [CLIP …] [--rounds 3] [--workers 1 2] [--engine direct]
    python -m benchmarks.speed.throughput CLIP … --fps auto      hours of video an hour, and whether the verdicts stay
    python -m benchmarks.speed.throughput CLIP --tiny 1000       what a recording costs outside its frames
    python -m benchmarks.speed.throughput TRACK --tiny 10000     the same without the pose model
    python -m benchmarks.speed.throughput --sports2d             their angle stage and ours, on the same keypoints

What is compared runs in turn, round after round, so that a busy machine slows all alike; quote the ratios. Each
process has a core of its own. "model alone" is MediaPipe's pose model, handed pictures that are decoded already. "plain
loop" decodes them as MediaPipe's own examples do, and keeps nothing. Both are timed from their first to their last
picture, formcheck batch from the end of each worker's first recording, or as a whole. Rates count the frames of the
recordings, whether they are looked at or not.

Sports2D needs an environment of its own (1.9 GB, made at first; FORMCHECK_SPORTS2D says where).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pandas as pd
import psutil

from formcheck.drivers.batch.local import list_cores
from formcheck.sources.pose_track import TrackWriter, open_track

MOVEMENT = "auto"
_CHILD = "benchmarks.speed.plain_loop"


@dataclass(frozen=True)
class Rate:
    """What one way of looking at the clips came to.

    Parameters
    ----------
    fps : frames of the recordings in a second, all processes together.
    whole_fps : the same over the whole command, its start included.
    busy_ms : processor time of a frame.
    peak_mb : the most memory that one process held.
    start_s : until the first frame was done.
    """

    fps: float
    whole_fps: float
    busy_ms: float
    peak_mb: float
    start_s: float


def main() -> None:
    """Print the tables that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--movement", default=MOVEMENT, help="for all clips; default: each is recognised")
    parser.add_argument("--fps", help="frames to analyse each second, or auto; compares the verdicts")
    parser.add_argument("--engine", default="auto", help="of formcheck batch")
    parser.add_argument("--tiny", type=int, metavar="COUNT", help="recordings of 3 frames to cut from the first")
    parser.add_argument("--sports2d", action="store_true")
    options = parser.parse_args()
    if options.sports2d:
        from benchmarks.sports2d.__main__ import print_sports2d_table

        print_sports2d_table(options.clips or sorted(Path("tests/data").glob("*.parquet")))
    elif options.tiny:
        print_tiny(options.clips[0], options.tiny, max(options.workers))
    elif options.fps:
        print_thinned(options.clips, options.fps, options.movement, max(options.workers))
    else:
        print_rates(options.clips, options.rounds, options.workers, options.movement, options.engine)


# formcheck batch and the pose model -----------------------------------------------------------------------------------


EVERY, AUTO = "batch, every frame", "batch, --fps auto"


def print_rates(clips: Sequence[Path], rounds: int, workers: Sequence[int], movement: str, engine: str) -> None:
    """Print frames a second of each way, and the ratios that matter."""
    ways = {f"{name}, {n}": (name, n) for n in workers for name in ("model alone", "plain loop", EVERY, AUTO)}
    rates: dict[str, list[Rate]] = {way: [] for way in ways}
    for number in range(rounds):
        for way, (name, n) in ways.items():
            if name in (EVERY, AUTO):
                looks = "all" if name == EVERY else "auto"
                rate = batch_rate(clips, n, movement, "--fps", looks, "--engine", engine)
            else:
                rate = loop_rate(name, clips, n)
            rates[way].append(rate)
            print(f"  round {number + 1}: {way:<20}{rate.fps:7.1f} frames/s", file=sys.stderr, flush=True)
    print(f"\n{len(clips)} clips, {rounds} rounds, {len(list_cores())} processors\n")
    print("| way, processes | frames/s | whole command | processor ms a frame | peak MB of one | first frame after s |")
    print("|---|---|---|---|---|---|")
    for way, found in rates.items():
        columns = [middle(getattr(r, name) for r in found) for name in Rate.__dataclass_fields__]
        print(
            f"| {way} | {columns[0]:.1f} | {columns[1]:.1f} | {columns[2]:.1f} | {columns[3]:.0f} | {columns[4]:.1f} |"
        )
    print_ratios(rates, workers)


def print_ratios(rates: dict[str, list[Rate]], workers: Sequence[int]) -> None:
    """Print how batch compares with the pose model alone, with a plain loop, and many workers with few."""
    print("\nratios: frames/s in the workers; whole command; processor time")
    few, many = min(workers), max(workers)
    for n in workers:
        for name in (EVERY, AUTO):
            for other in ("model alone", "plain loop"):
                over, under = rates[f"{name}, {n}"], rates[f"{other}, {n}"]
                whole = middle(a.whole_fps / b.whole_fps for a, b in zip(over, under, strict=True))
                busy = middle(b.busy_ms / a.busy_ms for a, b in zip(over, under, strict=True))
                print(f"{name} / {other}, {n} each: {ratio(over, under)}; {whole:.2f}; {busy:.2f}")
    if many > few:
        print(f"{EVERY}, {many} / {few} workers: {ratio(*(rates[f'{EVERY}, {n}'] for n in (many, few)))}")


def middle(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def ratio(over: Sequence[Rate], under: Sequence[Rate]) -> str:
    """Return the ratio of two rates round by round: its median and range."""
    each = [a.fps / b.fps for a, b in zip(over, under, strict=True)]
    return f"{middle(each):.2f} ({min(each):.2f} to {max(each):.2f})"


def loop_rate(name: str, clips: Sequence[Path], count: int) -> Rate:
    """Run the pose model alone or a plain loop in this many processes at once, each with one core and all clips."""
    command = [sys.executable, "-m", _CHILD, "--decoded" if name == "model alone" else "--plain", *map(str, clips)]
    start_s = time.perf_counter()
    children = [
        subprocess.Popen([*command, "--core", str(core)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for core in _cores_for(count)
    ]
    reports = [json.loads(child.communicate()[0]) for child in children]
    wall_s = time.perf_counter() - start_s
    return Rate(
        sum(t["frames"] / t["wall_s"] for t in reports),
        sum(t["frames"] for t in reports) / wall_s,
        1000 * sum(t["busy_s"] for t in reports) / sum(t["frames"] for t in reports),
        max(t["peak_mb"] for t in reports),
        max(t["start_s"] for t in reports),
    )


def _cores_for(count: int) -> list[int]:
    mine = list_cores()
    return [mine[k % len(mine)] for k in range(count)]


def batch_rate(clips: Sequence[Path], workers: int, movement: str, *more: str) -> Rate:
    """Run `formcheck batch` over the clips."""
    with tempfile.TemporaryDirectory() as folder:
        run = Batch(clips, Path(folder) / "out", workers, movement, *more)
        table = run.table
        # all recordings count, also a worker's first, which loads the networks: without it, other clips are compared
        fps = sum(w["frames"].sum() / w["wall_s"].sum() for _, w in table.groupby("worker"))
        frames = table["frames"].sum()
        return Rate(fps, frames / run.wall_s, 1000 * run.busy_s / frames, run.peak_mb, run.start_s)


class Batch:
    """One run of `formcheck batch`, watched from outside.

    Attributes
    ----------
    table : its results, without those that failed.
    wall_s, busy_s : on the clock, and of the processor, all processes together.
    peak_mb : the most memory that one worker held.
    start_s : until the first row was known.
    """

    def __init__(self, inputs: Sequence[Path], out: Path, workers: int, movement: str, *more: str) -> None:
        command = [sys.executable, "-m", "formcheck.apps.cli", "batch", *map(str, inputs), "--out", str(out)]
        command += ["--workers", str(workers), "--movement", movement, *more]
        self.peak_mb = self.busy_s = self.start_s = 0.0
        start_s = time.perf_counter()
        child = psutil.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        busy: dict[int, float] = {}
        while child.poll() is None:
            self._watch(child, busy)
            if not self.start_s and (out / "journal.jsonl").exists():
                self.start_s = time.perf_counter() - start_s
            time.sleep(0.1)
        self.wall_s = time.perf_counter() - start_s
        self.busy_s = sum(busy.values())
        self.said = child.stdout.read().decode()
        table = pd.read_parquet(out / "results.parquet")
        self.table = table[table["error"].isna()]

    def _watch(self, child: psutil.Popen, busy: dict[int, float]) -> None:
        for process in [child, *child.children(recursive=True)]:
            try:
                times = process.cpu_times()
                busy[process.pid] = times.user + times.system
                if process.pid != child.pid:
                    self.peak_mb = max(self.peak_mb, process.memory_info().rss / (1 << 20))
            except psutil.Error:
                continue


# fewer frames a second ------------------------------------------------------------------------------------------------


def print_thinned(clips: Sequence[Path], fps: str, movement: str, workers: int) -> None:
    """Print hours of video that one core does in an hour, and what the verdicts become."""
    with tempfile.TemporaryDirectory() as folder:
        every = Batch(clips, Path(folder) / "every", workers, movement, "--fps", "all")
        some = Batch(clips, Path(folder) / "some", workers, movement, "--fps", fps)
    for name, run in (("every frame", every), (f"--fps {fps}", some)):
        later = run.table.drop(run.table.groupby("worker").head(1).index)
        each = [(w["duration_s"].sum() / w["wall_s"].sum()) for _, w in later.groupby("worker")]
        print(f"{name:<16}{statistics.fmean(each):6.2f} hours of video an hour and core")
    both = every.table.set_index("recording").join(some.table.set_index("recording"), rsuffix="_some", how="inner")
    same = both["verdict"] == both["verdict_some"]
    print(f"verdicts: {same.sum()} of {len(both)} the same")
    for recording, row in both[~same].iterrows():
        faults = [list(map(str, row[f"faults{end}"])) for end in ("", "_some")]
        print(f"  {Path(str(recording)).name}: {row['verdict']} {faults[0]} -> {row['verdict_some']} {faults[1]}")


# many small recordings ------------------------------------------------------------------------------------------------


def print_tiny(source: Path, count: int, workers: int) -> None:
    """Print what a recording costs outside its frames, and how long a table of that size takes to open and continue.

    With a saved track as the source, tracks of three poses are cut: then the pose model has no part in it.
    """
    with tempfile.TemporaryDirectory() as folder:
        clips, out = Path(folder) / "clips", Path(folder) / "out"
        make_tiny(source, clips, count)
        run = Batch([clips], out, workers, "hamstring_hinge_standing")
        later = run.table.drop(run.table.groupby("worker").head(1).index)
        per_file_ms = 1000 * float(later["wall_s"].mean())
        print(f"{len(run.table)} recordings of 3 frames, {workers} workers: {run.wall_s:.0f} s in all")
        print(f"  in its worker a recording takes {per_file_ms:.1f} ms")
        print(f"  of the whole run                {1000 * workers * run.wall_s / count:.1f} ms of a worker")
        if source.suffix != ".parquet":
            look_ms = 1000 * workers / loop_rate("model alone", [source], workers).fps
            print(f"  its three looks                 {3 * look_ms:.1f} ms, as the model alone takes in this run")
            print(f"  outside its frames              {per_file_ms - 3 * look_ms:.1f} ms")
        start_s = time.perf_counter()
        rows = len(pd.read_parquet(out / "results.parquet"))
        print(f"  the table of {rows} rows opens in {time.perf_counter() - start_s:.2f} s")
        again = Batch([clips], out, workers, "hamstring_hinge_standing")
        print(f"  running again: {again.wall_s:.1f} s; {again.said.strip().rpartition(': ')[2]}")


def make_tiny(source: Path, folder: Path, count: int) -> None:
    """Cut this many distinct recordings of three frames from a clip or a saved track."""
    if source.suffix != ".parquet":
        from .tiny_clips import make_tiny_clips

        make_tiny_clips(folder, count, source=source)
        return
    track = open_track(source)
    poses = list(islice(track, 3))
    folder.mkdir()
    for number in range(count):
        with TrackWriter(folder / f"track_{number:05d}.parquet", {**track.header, "number": number}) as writer:
            for pose in poses:
                writer.write(pose)


if __name__ == "__main__":
    main()
