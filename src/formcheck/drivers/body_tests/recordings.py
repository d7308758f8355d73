"""Read the trials of a test from recordings.

One recording holds several repetitions, or each has its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from formcheck.core.calibration import Calibration
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.skeleton import Side
from formcheck.drivers.recording.look_rate import Fps
from formcheck.drivers.recording.pose_stream import OnWarning, open_poses, report_warnings
from formcheck.drivers.recording.process_engine import ProcessEngine
from formcheck.program.body_tests.protocol import Protocol, load_test_movement
from formcheck.program.body_tests.trials import TrialReader, TrialValue, pick_trials


def read_trials(
    protocol: Protocol,
    recordings: Sequence[Path],
    *,
    side: Side | None = None,
    height_cm: float | None = None,
    calibration: Calibration | None = None,
    engine: ProcessEngine | None = None,
    fps: Fps = None,
    on_warning: OnWarning | None = None,
) -> list[TrialValue]:
    """Return the trials of one side of a test, practice left out.

    Parameters
    ----------
    protocol : of the test; one that the camera measures.
    recordings : in order; each video or saved pose track holds one or several repetitions.
    side : that is tested; None = as it is seen, or a test without sides.
    height_cm : the person's height, for a result in cm.
    calibration : the person's own neutral back.
    engine : the pose engine to use; None = one is opened.
    fps : frames to analyse per second; None = all.
    on_warning : called with each problem of a recording that could be read.

    Raises
    ------
    FormCheckError
        In one line, if a recording cannot be read or the camera does not measure this test.
    """
    movement = load_test_movement(protocol)
    found: list[TrialValue] = []
    for recording in recordings:
        reader = TrialReader(protocol, side=side, height_cm=height_cm)
        with open_poses(recording, movement=movement, fps=fps, engine=engine) as poses:
            checker = FormChecker(
                movement, calibration=calibration, side=side, still=poses.still, pose_model=poses.pose_model
            )
            for result in run(poses, checker):
                reader.add(result)
            report_warnings(poses, on_warning)
        found += reader.trials
    return pick_trials(protocol, found)
