"""Write landmarks as the CSV table of DeepLabCut.

Three lines of head (scorer, bodyparts, coords), then a row for each picture.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable
from pathlib import Path

from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import LANDMARKS

SCORER = "formcheck"
COORDS = ("x", "y", "likelihood")
_DLC_DECIMALS = 3


def write_deeplabcut(path: Path, poses: Iterable[PoseFrame]) -> None:
    """Write the landmarks of each picture, px; `likelihood` is the pose model's visibility.

    A landmark without a place has empty cells and the likelihood 0. The table has no times: its rows are the pictures
    in order, as DeepLabCut counts them.

    Parameters
    ----------
    path : file to write.
    poses : of a recording, in order.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["scorer", *[SCORER] * (len(LANDMARKS) * len(COORDS))])
        writer.writerow(["bodyparts", *(name for name in LANDMARKS for _ in COORDS)])
        writer.writerow(["coords", *COORDS * len(LANDMARKS)])
        for number, pose in enumerate(poses):
            cells: list[object] = [number]
            for (x, y), visibility in zip(pose.xy_px.tolist(), pose.visibility.tolist(), strict=True):
                known = math.isfinite(x) and math.isfinite(y)
                likelihood = visibility if known and math.isfinite(visibility) else 0.0
                cells += [round(x, _DLC_DECIMALS), round(y, _DLC_DECIMALS)] if known else ["", ""]
                cells.append(round(likelihood, _DLC_DECIMALS))
            writer.writerow(cells)
