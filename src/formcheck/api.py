"""What `import formcheck` offers besides the classes: check, measure, open_pose_model."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from formcheck.core.movement import Movement
    from formcheck.core.summary import RunSummary
    from formcheck.sources.mediapipe_pose import MediaPipePose


def check(video: str | Path, *, movement: str | Path | Movement, **options: Any) -> RunSummary:
    """Return the summary of one recording; options are those of `apps.check.check_recording`."""
    from formcheck.apps.check import check_recording

    return check_recording(Path(video), movement=movement, **options)


def measure(video: str | Path, **options: Any) -> pd.DataFrame:
    """Return every measurement of every frame, one row each; `<name>_unc` is its uncertainty.

    Options are those of `apps.check.measure_recording`, without `out`.
    """
    import pandas as pd

    from formcheck.apps.check import measure_recording

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "measurements.parquet"
        measure_recording(Path(video), out=out, **options)
        return pd.read_parquet(out)


def open_pose_model(model: str = "full", *, still: bool = False) -> MediaPipePose:
    """Return the pose model as a context manager with `estimate(frame)`."""
    from formcheck.sources.mediapipe_pose import MediaPipePose
    from formcheck.sources.pose_bundle import find_pose_bundle

    return MediaPipePose(find_pose_bundle(model), still=still)
