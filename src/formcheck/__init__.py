"""formcheck: a second pair of eyes for people who stretch their back.

>>> import formcheck as fc
>>> summary = fc.check("examples/tracks/hinge_good.parquet", movement="hamstring_hinge_standing")
>>> summary.verdict
'ok'

Importing this loads no video, model or plotting library and writes nothing; each name is fetched
when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from formcheck.api import batch, check, measure, open_pose_model
    from formcheck.core.calibration import load_calibration
    from formcheck.core.errors import FormCheckError
    from formcheck.core.movement.load import catalogue, load_movement
    from formcheck.core.pipeline import FormChecker
    from formcheck.core.records import Frame, PoseFrame
    from formcheck.core.summary.schema import RunSummary
    from formcheck.sources.pose_track import open_track
    from formcheck.sources.video import open_video

_HOMES = {
    "batch": "formcheck.api",
    "check": "formcheck.api",
    "measure": "formcheck.api",
    "open_pose_model": "formcheck.api",
    "load_calibration": "formcheck.core.calibration",
    "FormCheckError": "formcheck.core.errors",
    "catalogue": "formcheck.core.movement.load",
    "load_movement": "formcheck.core.movement.load",
    "FormChecker": "formcheck.core.pipeline",
    "Frame": "formcheck.core.records",
    "PoseFrame": "formcheck.core.records",
    "RunSummary": "formcheck.core.summary.schema",
    "open_track": "formcheck.sources.pose_track",
    "open_video": "formcheck.sources.video",
}

__all__ = [
    "FormCheckError",
    "FormChecker",
    "Frame",
    "PoseFrame",
    "RunSummary",
    "batch",
    "catalogue",
    "check",
    "load_calibration",
    "load_movement",
    "measure",
    "open_pose_model",
    "open_track",
    "open_video",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'formcheck' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
