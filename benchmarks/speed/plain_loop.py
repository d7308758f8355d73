"""The pose model alone, or a plain loop, in a process with one core; prints one line of JSON. See throughput.py."""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from pathlib import Path

START_S = time.perf_counter()


def main() -> None:
    """Look at the clips and print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--core", type=int, required=True)
    parser.add_argument("--decoded", action="store_true", help="decode first, then time the pose model alone")
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, [options.core])  # before MediaPipe counts the processors
    print(json.dumps(look(options.clips, decoded=options.decoded)))


def look(clips: list[Path], *, decoded: bool) -> dict[str, float]:
    """Run MediaPipe over clips as its own examples do, with or without decoding on the clock."""
    import av
    import mediapipe as mp

    from .plain_model import plain_landmarker

    frames, wall_s, busy_s, first_s = 0, 0.0, 0.0, 0.0
    for clip in clips:
        with plain_landmarker() as model, av.open(str(clip)) as container:
            pictures = ((f.time, f.to_ndarray(format="rgb24")) for f in container.decode(video=0))
            ready = list(pictures) if decoded else pictures
            model.detect_for_video(mp.Image(image_format=mp.ImageFormat.SRGB, data=_grey()), 0)  # warm
            start_s, start_busy_s = time.perf_counter(), time.process_time()
            for time_s, picture in ready:
                image = mp.Image(image_format=mp.ImageFormat.SRGB, data=picture)
                model.detect_for_video(image, 1000 + round(time_s * 1000))
                frames += 1
                first_s = first_s or time.perf_counter() - START_S
            wall_s += time.perf_counter() - start_s
            busy_s += time.process_time() - start_busy_s
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    return {"frames": frames, "wall_s": wall_s, "busy_s": busy_s, "peak_mb": peak, "start_s": first_s}


def _grey() -> object:
    import numpy as np

    return np.full((480, 640, 3), 127, np.uint8)


if __name__ == "__main__":
    main()
