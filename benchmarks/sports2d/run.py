"""Sports2D in an environment of its own, and its angle stage over keypoints that are already there.

It brings an OpenCV that would overwrite the one of MediaPipe, so it gets a virtual environment (1.9 GB; where, says
`sports2d_python`), and a small script there, child.py. That runs Sports2D's own `process_fun` with the
keypoints from a file (`load_trc_px`), with its own settings but for those that draw, save pictures, plots or poses, or
turn pixels into metres. One person, 26 angles. What is counted:

angles
    `add_shoulder_neck_hip_coords`, and `compute_angles_for_person` with the flip to the side the feet point to; the
    latter twice for each frame, since Sports2D does so.
stage
    That, and what becomes of the series: gaps (`interpolate_zeros_nans`, `indices_of_first_last_non_nan_chunks`),
    outliers (`hampel_filter`), Butterworth at 6 Hz (`filter1d`). Not counted, in Sports2D's favour: pandas around
    these, unwrapping, padding of lists.
whole
    All of `process_fun`: besides, reading the keypoints and as many black pictures of 64 px, and writing the .mot.

Never counted: pose model, tracking of people, drawing, metres, imports. The first run warms up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import platformdirs
from numpy.typing import NDArray

from formcheck.core.errors import BackendError

from .child import AFTERWARDS, PER_FRAME, WHOLE, Seconds

VERSION = "0.8.34"
FOLDER_VARIABLE = "FORMCHECK_SPORTS2D"
RUNS = 5

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Cost:
    """What something takes: ms per frame, on the clock and of the processor."""

    clock_ms: float
    busy_ms: float

    @classmethod
    def median(cls, runs_s: Sequence[Seconds], frames: int) -> Self:
        """Return the median of some runs over this many frames."""
        clock_ms, busy_ms = (1000 * np.median(np.array(runs_s), axis=0) / frames).tolist()
        return cls(clock_ms, busy_ms)

    def __str__(self) -> str:
        return f"{self.busy_ms:.2f} ({self.clock_ms:.2f})"


@dataclass(frozen=True, slots=True)
class Sports2DAngles:
    """What Sports2D made of keypoints.

    Attributes
    ----------
    angles, stage, whole : what it took; see the top of this file for what is counted.
    steps : each function of Sports2D that was watched, and what all its calls took.
    bare_deg : its name of an angle -> (frames,), straight from the keypoints; NaN where one is missing.
    written_deg : the same as in its .mot file, interpolated and filtered; angles that were never seen are not there.
    """

    angles: Cost
    stage: Cost
    whole: Cost
    steps: dict[str, Cost]
    bare_deg: dict[str, Series]
    written_deg: dict[str, Series]


def sports2d_python() -> Path:
    """Return the Python of an environment with the pinned Sports2D; the first time it is made, which takes minutes.

    It is in the folder for caches, or where the variable `FORMCHECK_SPORTS2D` says.

    Raises
    ------
    BackendError
        Where Sports2D cannot be installed.
    """
    own = os.environ.get(FOLDER_VARIABLE)
    caches = platformdirs.user_cache_path("formcheck", appauthor=False)
    folder = Path(own) if own else caches / "benchmarks" / f"sports2d-{VERSION}"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if _installed(python) != VERSION:
        print(f"Installing Sports2D {VERSION} (1.9 GB) into an environment of its own …", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
        done = _run([python, "-m", "pip", "install", "--quiet", f"sports2d=={VERSION}"])
        if done.returncode:
            raise BackendError(
                f"expected to install sports2d=={VERSION}, got: {_last_error(done.stderr)}; "
                f"give {FOLDER_VARIABLE} the folder of a virtual environment that has it"
            )
    return python


def _installed(python: Path) -> str:
    """The version of Sports2D that this Python has, empty where there is none."""
    if not python.is_file():
        return ""
    return _run([python, "-c", "from importlib.metadata import version as v; print(v('sports2d'))"]).stdout.strip()


def _run(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    # Without a screen Qt ends the process. One thread, as formcheck has behind the pose model.
    told = {"QT_QPA_PLATFORM": "offscreen", "TQDM_DISABLE": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    python, *rest = command
    # -I: formcheck's own libraries, where PYTHONPATH names them, are not Sports2D's.
    return subprocess.run(
        [python, "-I", *rest], env={**os.environ, **told}, capture_output=True, text=True, check=False
    )


def _last_error(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if "error" in line.lower()), lines[-1] if lines else "no message")


def sports2d_angle_ms(xy_px: NDArray[np.float32], fps: float, *, runs: int = RUNS) -> Sports2DAngles:
    """Return what Sports2D's angle stage takes and says on these keypoints of one person.

    Parameters
    ----------
    xy_px : (frames, 33, 2), NaN where nobody is seen. Hidden points belong to it: Sports2D tells by both feet which way
        the person faces, and "left" where a toe is missing.
    fps : frames per second; Sports2D rounds it to a whole number.

    Raises
    ------
    BackendError
        Where Sports2D cannot be installed or ends with an error, and where nobody is seen ten frames in a row.
    """
    python, child = sports2d_python(), Path(__file__).with_name("child.py")
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "keypoints.npz", Path(folder) / "angles.npz"
        np.savez(given, xy_px=xy_px, fps=fps)
        done = _run([python, child, given, made, str(runs)])
        if done.returncode or not made.is_file():
            raise BackendError(f"expected angles from Sports2D {VERSION}, got: {_last_error(done.stderr)}")
        with np.load(made) as found:
            return _read(json.loads(str(found["made"])), found["bare_deg"], found["written_deg"])


def _read(told: Mapping[str, Any], bare: Series, written: Series) -> Sports2DAngles:
    def cost(*names: str) -> Cost:
        """All calls of these functions together."""
        return Cost.median([np.sum([once[name] for name in names], axis=0) for once in told["runs"]], len(bare))

    return Sports2DAngles(
        angles=cost(*PER_FRAME),
        stage=cost(*PER_FRAME, *AFTERWARDS),
        whole=cost(WHOLE),
        steps={name: cost(name) for name in (*PER_FRAME, *AFTERWARDS)},
        bare_deg=dict(zip(told["bare"], bare.T, strict=True)),
        written_deg=dict(zip(told["written"], written.T, strict=True)),
    )
