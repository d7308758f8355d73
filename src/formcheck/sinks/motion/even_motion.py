"""Write motion for biomechanics programs: C3D with the markers, OpenSim .mot with the angles.

Axes of the markers are those of `markers`: x forward, y up, z to the person's right, origin between the hips. C3D knows
even times only, so its points are put on an even grid; nothing is bridged that was not seen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import BackendError, keep_on_a_line

from .markers import MARKERS, Markers

if TYPE_CHECKING:
    import pandas as pd

_MM = 1000.0
LONGEST_GAP_STEPS = 3.0
"""Between two frames that are further apart than this many steps, nothing is put."""
_ENDING = "_deg"


def make_even_grid(times_s: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    """Return even times from the first to the last, one step apart.

    Examples
    --------
    >>> make_even_grid(np.array([0.0, 0.4, 1.0]), 2.0).tolist()
    [0.0, 0.5, 1.0]
    """
    count = math.floor((times_s[-1] - times_s[0]) * rate_hz + 1e-6) + 1
    grid_s: NDArray[np.float64] = times_s[0] + np.arange(count) / rate_hz
    return grid_s


def resample(
    times_s: NDArray[np.float64], values: NDArray[np.float64], grid_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return values (frames, columns) at the times of a grid, straight between neighbours.

    A place is NaN where a neighbour is, and where the neighbours are more than `LONGEST_GAP_STEPS` steps apart.
    """
    after = np.clip(np.searchsorted(times_s, grid_s - 1e-9), 0, len(times_s) - 1)
    before = np.where(np.isclose(times_s[after], grid_s, rtol=0, atol=1e-9), after, np.maximum(after - 1, 0))
    gap_s = times_s[after] - times_s[before]
    share = np.where(gap_s > 0, (grid_s - times_s[before]) / np.where(gap_s > 0, gap_s, 1.0), 0.0)[:, None]
    found: NDArray[np.float64] = values[before] * (1 - share) + values[after] * share
    step_s = float(np.median(np.diff(grid_s))) if len(grid_s) > 1 else math.inf
    found[gap_s > LONGEST_GAP_STEPS * step_s] = math.nan
    return found


def write_c3d(path: Path, frames: Sequence[Markers], *, rate_hz: float) -> None:
    """Write the markers as C3D, millimetres.

    Parameters
    ----------
    frames : points in metres, in order of time; a gap stays a gap.
    rate_hz : of the even grid.
    """
    try:
        import ezc3d
    except ImportError:
        problem = "expected the library ezc3d, which is not installed; run: pip install 'formcheck[research]'"
        raise BackendError(problem) from None
    times_s = np.array([one.time_s for one in frames])
    points = np.array([one.points for one in frames], dtype=float).reshape(len(frames), -1)
    even = resample(times_s, points, make_even_grid(times_s, rate_hz)).reshape(-1, len(MARKERS), 3)
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [rate_hz]
    file["parameters"]["POINT"]["LABELS"]["value"] = list(MARKERS)
    file["parameters"]["POINT"]["UNITS"]["value"] = ["mm"]
    file.add_parameter("POINT", "X_SCREEN", ["+X"])
    file.add_parameter("POINT", "Y_SCREEN", ["+Y"])
    whole = np.full((4, len(MARKERS), len(even)), 1.0)
    whole[:3] = even.transpose(2, 1, 0) * _MM
    file["data"]["points"] = whole
    beside = path.with_name(f"{path.name}.c3d")  # the library adds the ending where it is missing
    file.write(str(beside))
    beside.replace(path)


def list_angles(columns: Sequence[str]) -> list[str]:
    """Return the columns of a table of frames that are angles.

    Examples
    --------
    >>> list_angles(["time_s", "knee_left_deg", "knee_left_deg_unc", "hip_rise_tl"])
    ['knee_left_deg']
    """
    return [name for name in columns if name.endswith(_ENDING)]


def write_mot(path: Path, frames: pd.DataFrame, *, name: str) -> None:
    """Write angles and their uncertainties as an OpenSim motion, degrees.

    Parameters
    ----------
    frames : as `frames.parquet` holds them. Columns keep formcheck's names: an angle of formcheck is the one between
        two segments, 180 for a straight knee, and no coordinate of an OpenSim model.
    name : the name that is written into the file.
    """
    angles = list_angles(list(frames.columns))
    wide = [f"{one}_unc" for one in angles if f"{one}_unc" in frames]
    table = frames[["time_s", *angles, *wide]].to_numpy(float)
    lines = [
        keep_on_a_line(name), "version=1", f"nRows={len(table)}", f"nColumns={table.shape[1]}", "inDegrees=yes", "",
        "Angles of formcheck: 180 is a straight joint; _unc is the half-width of the 95 % interval.", "endheader",
        "\t".join(["time", *angles, *wide]),
    ]  # fmt: skip
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines) + "\n")
        for row in table.tolist():
            file.write("\t".join(f"{value:.6f}" if math.isfinite(value) else "nan" for value in row) + "\n")
