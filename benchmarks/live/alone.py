"""The pose model alone on the pictures of the live benchmark, in a process of its own: the limit for `benchmarks.live`.

    python -m benchmarks.live.alone ours hinge_good.mp4 10        # prints one line of JSON

"ours" is a look of the app's own engine as a live session has it, with contour and mirror; "MediaPipe" is its
landmarker as its examples use it.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np

from .film import Image, pictures

Model = Literal["ours", "MediaPipe"]
MODELS: tuple[Model, ...] = ("ours", "MediaPipe")
_STEP_S = 0.05
Look = Callable[[int, Image], None]


@contextmanager
def our_look() -> Iterator[Look]:
    """Give a look of the app's engine."""
    from formcheck.core.records import Frame
    from formcheck.drivers.recording.process_engine import APP_ENGINE

    with APP_ENGINE.follow() as model:
        yield lambda number, image: void(model.estimate(Frame(number, number * _STEP_S, image)))


@contextmanager
def mediapipe_look() -> Iterator[Look]:
    """Give a look of MediaPipe's landmarker."""
    import mediapipe as mp

    from benchmarks.speed.plain_model import plain_landmarker

    with plain_landmarker() as model:
        yield lambda number, image: void(
            model.detect_for_video(
                mp.Image(image_format=mp.ImageFormat.SRGB, data=image), round(1000 * number * _STEP_S)
            )
        )


def void(_: Any) -> None:
    """Drop a result."""


def model_alone(model: Model, clip: Path, seconds: float) -> dict[str, float]:
    """Look at the pictures of a clip one after the other and do nothing else; return the rate and the times."""
    images = [np.ascontiguousarray(image[..., ::-1]) for image in pictures(clip)[::2]]
    spent_ms: list[float] = []
    with our_look() if model == "ours" else mediapipe_look() as look:
        look(0, images[0])
        begun_s, number = time.perf_counter(), 0
        while (now_s := time.perf_counter()) - begun_s < seconds:
            number += 1
            look(number, images[number % len(images)])
            spent_ms.append(1000 * (time.perf_counter() - now_s))
    return {
        "results_per_s": 1000 / statistics.mean(spent_ms),
        "picture_ms_p50": statistics.median(spent_ms),
        "picture_ms_p95": float(np.percentile(spent_ms, 95)),
    }


def in_a_process(model: Model, clip: Path, seconds: float) -> dict[str, float]:
    """Run `model_alone` in a process of its own, as the server is one; without figures where it cannot run."""
    command = [sys.executable, "-m", "benchmarks.live.alone", model, str(clip), str(seconds)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return dict(json.loads(run.stdout.splitlines()[-1])) if run.returncode == 0 else {"results_per_s": float("nan")}


if __name__ == "__main__":
    print(json.dumps(model_alone(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))))  # type: ignore[arg-type]
