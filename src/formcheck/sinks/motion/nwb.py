"""Write landmarks as NWB, the format of neuroscience, with the extension `ndx-pose`.

Each landmark is a series of places in the picture with the pose model's visibility as confidence; a skeleton says which
belong together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.core.errors import BackendError, SourceError
from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import BONES, INDEX, LANDMARKS

_CONFIDENCE = "visibility as the pose model gives it, 0 to 1"
_ORIGIN = "upper left corner of the upright picture; x to the right, y down"


def write_nwb(path: Path, poses: Sequence[PoseFrame], header: dict[str, Any], *, patient: str) -> None:
    """Write the landmarks of each picture, px.

    A landmark without a place is NaN, with confidence 0.

    Parameters
    ----------
    path : file to write.
    poses : of one recording, in order.
    header : of their track: recording, model, when they were found.
    patient : name or code of the person.

    Raises
    ------
    BackendError
        The libraries are not installed.
    SourceError
        There is no pose, or nobody knows when the poses were found.
    """
    try:
        import ndx_pose
        import pynwb
    except ImportError:
        todo = "run: pip install 'formcheck[nwb]'"
        raise BackendError(f"expected the libraries pynwb and ndx-pose, which are not installed; {todo}") from None
    source, model = header["source"], header["model"]
    try:
        began = datetime.fromisoformat(header["created_utc"])
    except (TypeError, ValueError):
        began = None
    if began is None or began.tzinfo is None or not poses:
        raise SourceError(f"{source['name']}: expected poses with a day, got none; check the recording again")
    file = pynwb.NWBFile(
        session_description="A movement on video. The start of the session is when the poses were found.",
        identifier=f"{source['sha256']} {model['sha256']}",
        session_start_time=began,
        subject=pynwb.file.Subject(subject_id=patient, species="Homo sapiens"),
    )
    edges = np.array([(INDEX[a], INDEX[b]) for a, b in BONES], np.uint8)
    skeleton = ndx_pose.Skeleton(name="body", nodes=list(LANDMARKS), edges=edges)
    times_s = np.array([pose.time_s for pose in poses])
    xy_px = np.array([pose.xy_px for pose in poses], np.float64)
    seen = np.nan_to_num(np.array([pose.visibility for pose in poses], np.float64))
    seen[~np.isfinite(xy_px).all(axis=2)] = 0.0
    series: list[Any] = []
    for name, number in INDEX.items():
        one = ndx_pose.PoseEstimationSeries(
            name=name,
            description=f"{name} of the person who was followed",
            data=xy_px[:, number],
            unit="pixels",
            reference_frame=_ORIGIN,
            timestamps=series[0] if series else times_s,
            confidence=seen[:, number],
            confidence_definition=_CONFIDENCE,
        )
        series.append(one)
    width, height = poses[0].size_px
    found = ndx_pose.PoseEstimation(
        pose_estimation_series=series,
        description=f"Landmarks found in {source['name']}, {width} x {height} px",
        scorer="formcheck",
        source_software=f"formcheck, pose model {model['name']}",
        skeleton=skeleton,
    )
    behavior = file.create_processing_module(name="behavior", description="poses")
    behavior.add(ndx_pose.Skeletons(skeletons=[skeleton]))
    behavior.add(found)
    beside = path.with_name(f"{path.name}.nwb")  # the library warns of any other ending
    try:
        with pynwb.NWBHDF5IO(str(beside), "w") as out:
            out.write(file)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
