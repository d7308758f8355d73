"""What a look of each engine costs, compared with MediaPipe's own loop; memory and start of each.

    python -m benchmarks.speed.engines CLIP [CLIP …] [--rounds 5] [--frames 60]

Decoded pictures are handed to each engine in turn, round after round, so that a busy machine slows all alike; quote
the ratios. "plain MediaPipe" gets the picture at its own size, as MediaPipe's examples do; ours get it as `formcheck`
decodes it, at most 640 px, and their look includes the contour of the back and the look in the mirror. Times are
processor time of the whole process, all threads together. Memory and start are taken in processes of their own.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil

from formcheck.sources.pose.engine import ENGINES, is_installed, open_engine
from formcheck.sources.pose.subject import MAX_PICTURE_SIDE_PX
from formcheck.sources.video import open_video

PLAIN = "plain MediaPipe"
AIMS = {"direct": (1.0, 0.6), "openvino": (0.8, None)}
"""Engine -> largest allowed ratio to MediaPipe for pictures up to 640 px, and for 1080p."""

Look = Callable[[int, float], None]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure_start(options.child, options.clips[0])))
        return
    for clip in options.clips:
        print_looks(clip, options.rounds, options.frames)
    print_starts(options.clips[0])


def print_looks(clip: Path, rounds: int, frames: int) -> None:
    """Print processor ms of a look with each engine, and its ratio to MediaPipe."""
    with ExitStack() as stack:
        looks = {PLAIN: stack.enter_context(plain_look(clip, frames))}
        for name in ENGINES:
            if is_installed(name):
                looks[name] = stack.enter_context(engine_look(name, clip, frames))
        spent: dict[str, list[float]] = {name: [] for name in looks}
        for number in range(rounds + 1):
            for name, look in looks.items():
                start_s = time.process_time()
                for k in range(frames):
                    look(k, number * 1000.0 + k / 30)
                if number:  # the first round is warm-up
                    spent[name].append(1000 * (time.process_time() - start_s) / frames)
    with open_video(clip) as video:
        size = f"{video.info.width}x{video.info.height}"
    print(f"\n{clip.name}, {size}, {rounds} rounds of {frames} frames\n")
    print("| engine | processor ms a look | of plain MediaPipe | aim |")
    print("|---|---|---|---|")
    for name, values in spent.items():
        ratios = [a / b for a, b in zip(values, spent[PLAIN], strict=True)]
        aim = AIMS.get(name, (None, None))[max(map(int, size.split("x"))) > MAX_PICTURE_SIDE_PX]
        shown = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"| {name} | {statistics.median(values):.1f} | {shown} | {'' if aim is None else aim} |")


@contextmanager
def plain_look(clip: Path, frames: int) -> Iterator[Look]:
    """Give MediaPipe's own look, at the picture's own size, with a mask."""
    import mediapipe as mp

    from .plain_model import plain_landmarker

    with open_video(clip) as video:
        pictures = [
            mp.Image(image_format=mp.ImageFormat.SRGB, data=f.image) for f, _ in zip(video, range(frames), strict=False)
        ]
    with plain_landmarker() as model:
        yield lambda k, time_s: model.detect_for_video(pictures[k % len(pictures)], round(1000 * time_s)) and None


@contextmanager
def engine_look(name: str, clip: Path, frames: int) -> Iterator[Look]:
    """Give a look of one of our engines."""
    from formcheck.core.records import Frame

    with open_video(clip, max_side_px=MAX_PICTURE_SIDE_PX) as video:
        images = [frame.image for frame, _ in zip(video, range(frames), strict=False)]
    with open_engine(name, threads=1) as engine, engine.follow() as estimator:
        estimator.scan_every_s = float("inf")
        yield lambda k, time_s: estimator.estimate(Frame(k, time_s, images[k % len(images)])) and None


# Start and memory -----------------------------------------------------------------------------------------------------


def print_starts(clip: Path) -> None:
    """Print when the first pose is there, what the next recording costs, and the memory."""
    print("\n| engine | first pose after s | a second recording ready after ms | MB held |")
    print("|---|---|---|---|")
    for name in (one for one in ENGINES if is_installed(one)):
        command = [sys.executable, "-m", "benchmarks.speed.engines", str(clip), "--child", name]
        found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        print(f"| {name} | {found['first_s']:.2f} | {found['again_ms']:.1f} | {found['held_mb']:.0f} |")


def measure_start(name: str, clip: Path) -> dict[str, Any]:
    """Return what it takes until the first pose, in this process."""
    start_s = time.perf_counter()
    with open_video(clip, max_side_px=MAX_PICTURE_SIDE_PX) as video:
        frames = [frame for frame, _ in zip(video, range(20), strict=False)]
    engine = open_engine(name, threads=1)
    with engine.follow() as estimator:
        estimator.estimate(frames[0])
        first_s = time.perf_counter() - start_s
        for frame in frames[1:]:
            estimator.estimate(frame)
    again_s = time.perf_counter()
    with engine.follow() as estimator:
        again_ms = 1000 * (time.perf_counter() - again_s)
        for frame in frames:
            estimator.estimate(frame)
    engine.close()
    return {"first_s": first_s, "again_ms": again_ms, "held_mb": psutil.Process().memory_info().rss / (1 << 20)}


if __name__ == "__main__":
    main()
