"""MediaPipe's pose landmarker as its own examples open it: what ours is measured against."""

from __future__ import annotations

from typing import Any

from mediapipe.tasks.python import BaseOptions, vision

from formcheck.sources.pose_bundle import find_pose_bundle


def plain_landmarker() -> Any:
    """Return the full model for pictures of a film, with masks; a context manager."""
    options = vision.PoseLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(find_pose_bundle("full").path)),
        running_mode=vision.RunningMode.VIDEO,
        output_segmentation_masks=True,
    )
    return vision.PoseLandmarker.create_from_options(options)
