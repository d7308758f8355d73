"""MediaPipe's pose landmarker as its own examples open it: what ours is measured against. Its reports are blocked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mediapipe.tasks.python import BaseOptions, vision

from formcheck.sources.pose.mediapipe_engine import NoReports, build_task
from formcheck.sources.pose.models import find_pose_model


@contextmanager
def plain_landmarker() -> Iterator[Any]:
    """Open the full model for pictures of a film, with masks."""
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_buffer=build_task(find_pose_model("full"))),
        running_mode=vision.RunningMode.VIDEO,
        output_segmentation_masks=True,
    )
    NoReports.begin()
    try:
        with vision.PoseLandmarker.create_from_options(options) as model:
            yield model
    finally:
        NoReports.end()
