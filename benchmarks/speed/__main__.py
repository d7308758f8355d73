"""How fast `formcheck check` is, compared with a plain MediaPipe loop over the same recording.

    python -m benchmarks.speed CLIP [CLIP …] [--pairs 5] [--engine auto]

A is the least anyone can do: decode at native size, RGB, MediaPipe's video mode with a mask. B is what `formcheck
check --out` does. They run in one process, in turn (A B A B …), so that a busy machine slows both alike. After that
comes what formcheck adds behind the pose model, from a replay of the saved track and the real masks.

B can be the faster one on the clock: it decodes, looks and judges at the same time, and hands the model smaller
pictures where they are larger than 640 px.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import mediapipe as mp

from formcheck.core.movement.load import load_movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import PoseFrame
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.recording.process_engine import ProcessEngine
from formcheck.sinks.frame_table import FrameTable
from formcheck.sources.pose.engine import open_engine
from formcheck.sources.pose.subject import MAX_PICTURE_SIDE_PX
from formcheck.sources.pose_track import TrackWriter, open_track
from formcheck.sources.video import open_video

from .plain_model import plain_landmarker

MOVEMENT = "hamstring_hinge_standing"


def main() -> None:
    """Print the table of every clip."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--pairs", type=int, default=5, help="how often A and B run")
    parser.add_argument("--movement", default=MOVEMENT)
    parser.add_argument("--engine", default="auto", help="what runs the pose model for B")
    options = parser.parse_args()
    for clip in options.clips:
        compare(clip, options.movement, options.pairs, options.engine)


def compare(clip: Path, movement: str, pairs: int, engine: str) -> None:
    """Print what one clip takes with A and with B, and what comes after the pose model."""
    frames = plain_loop(clip)  # warm: file cache, model, libraries
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result"
        check(clip, movement, out, engine)
        plain, ours = [], []
        for _ in range(pairs):
            plain.append(both_seconds(lambda: plain_loop(clip)))
            ours.append(both_seconds(lambda: check(clip, movement, out, engine)))
        print(f"\n{clip.name}: {frames} frames, {pairs} pairs")
        for kind, what in enumerate(("on the clock", "of the processor")):
            a_ms, b_ms = ([1000 * run[kind] / frames for run in runs] for runs in (plain, ours))
            print(f"  A plain MediaPipe   {spread(a_ms)} ms per frame {what}")
            print(f"  B formcheck check   {spread(b_ms)} ms per frame {what}")
            print(f"  B / A               {spread([b / a for a, b in zip(a_ms, b_ms, strict=True)])}")
        report_after_model(clip, out / "poses.parquet", movement, engine)


def check(clip: Path, movement: str, out: Path, engine: str) -> None:
    """Do what the command does, with an engine that is opened for it."""
    with ProcessEngine(engine) as own:
        check_recording(clip, movement=movement, out=out, engine=own)


def spread(values: list[float]) -> str:
    """Return median and range as text."""
    return f"{statistics.median(values):6.2f}  ({min(values):.2f} to {max(values):.2f})"


def both_seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long it takes, and how much processor time: a busy machine changes that far less."""
    start_s, busy_s = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start_s, time.process_time() - busy_s


def thread_seconds(work: Callable[[], object]) -> float:
    """Return the processor time of this thread."""
    start_s = time.thread_time()
    work()
    return time.thread_time() - start_s


def plain_loop(clip: Path) -> int:
    """Run MediaPipe over a clip as its own examples do; return the number of frames."""
    stamps_ms = []
    with plain_landmarker() as model, av.open(str(clip)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            stamps_ms.append(round(frame.time * 1000))
            picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=frame.to_ndarray(format="rgb24"))
            model.detect_for_video(picture, stamps_ms[-1])
    return len(stamps_ms)


# After the pose model -------------------------------------------------------------------------------------------------


def report_after_model(clip: Path, track: Path, movement: str, engine: str) -> None:
    """Print ms per frame of each step behind the pose model."""
    poses = list(open_track(track))
    spec = load_movement(movement)
    steps = {
        "trace the back": trace_seconds(clip, engine) * 1000,
        "FormChecker.step": per_frame_ms(poses, lambda: list(run(poses, FormChecker(spec)))),
        "both tables": table_ms(poses, track, movement),
    }
    for name, ms in steps.items():
        print(f"    {name:<18}{ms:6.2f} ms per frame")
    print(f"    {'together':<18}{sum(steps.values()):6.2f} ms per frame after the pose model")


def per_frame_ms(poses: list[PoseFrame], work: Callable[[], Any], *, times: int = 3) -> float:
    """Return the best of some runs, processor ms per frame."""
    return 1000 * min(thread_seconds(work) for _ in range(times)) / len(poses)


def table_ms(poses: list[PoseFrame], track: Path, movement: str) -> float:
    """Return what saving poses and measurements costs."""
    results = list(run(poses, FormChecker(load_movement(movement))))

    def write() -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            TrackWriter(Path(folder) / "poses.parquet", open_track(track).header) as saved,
            FrameTable(Path(folder) / "frames.parquet") as table,
        ):
            for result in results:
                saved.write(result.pose)
                table.write(result)

    return per_frame_ms(poses, write)


def trace_seconds(clip: Path, engine: str, *, most: int = 60) -> float:
    """Return the median seconds of tracing the back in the first silhouettes of a clip."""
    taken: list[float] = []
    with (
        open_video(clip, max_side_px=MAX_PICTURE_SIDE_PX) as video,
        open_engine(engine) as networks,
        networks.follow() as model,
    ):
        trace = model.trace

        def timed(*asked: Any) -> Any:
            taken.append(thread_seconds(lambda: trace(*asked)))
            return trace(*asked)

        model.trace = timed
        for frame in video:
            model.estimate(frame)
            if len(taken) >= most:
                break
    return statistics.median(taken) if taken else 0.0


if __name__ == "__main__":
    main()
