"""The stages from a pose to its numbers; each adds one step.

A stage is a list of steps that poses go through before they are measured, and of steps that their measurements go
through afterwards; both call the core's own pieces. A new one is a function here and a line in `STAGES`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from formcheck.core.measure import camera_view
from formcheck.core.measure.joint_correction import Corrected, Corrector
from formcheck.core.measure.measure import measure_pose
from formcheck.core.measure.smoothing import Smoother
from formcheck.core.movement.schema import Movement
from formcheck.core.phases.tracker import PhaseTracker
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import UNKNOWN_VIEW, CameraView, Measurements, PoseFrame
from formcheck.core.skeleton import Side


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A pose on its way to be measured.

    Parameters
    ----------
    pose : as the steps before left it.
    view : how the camera sees the person; of this pose alone before a step smooths it.
    joints : corrected joints, None while no step has corrected them.
    """

    pose: PoseFrame
    view: CameraView = UNKNOWN_VIEW
    joints: Corrected | None = None


Step = Callable[[Seen], Seen]
Finish = Callable[[Measurements, Seen], Measurements]


@dataclass(frozen=True, slots=True)
class Stage:
    """One row of the table.

    Parameters
    ----------
    name : what it adds to the row before.
    steps : each makes a fresh step for a clip, since a step may remember; poses go through them in this order.
    finish : what happens to the measurements afterwards, in this order.
    whole : formcheck's own pipeline instead of the steps.
    """

    name: str
    steps: tuple[Callable[[], Step], ...] = ()
    finish: tuple[Finish, ...] = ()
    whole: bool = False


# Steps ----------------------------------------------------------------------------------------------------------------


def smoothing() -> Step:
    """Return the step that steadies poses over time."""
    smoother = Smoother()

    def step(seen: Seen) -> Seen:
        pose = smoother.step(seen.pose)
        return replace(seen, pose=pose, view=smoother.view)

    return step


def joints() -> Step:
    """Return the step that puts the joints where they are."""
    corrector = Corrector()

    def step(seen: Seen) -> Seen:
        found = corrector.step(seen.pose, seen.view)
        return replace(seen, joints=found, view=seen.view._replace(yaw_deg=found.yaw_deg))

    return step


def one_picture() -> Step:
    """Return the step that forgets what was seen in the mirrored picture."""
    return lambda seen: replace(seen, pose=replace(seen.pose, mirror=None))


UNCALIBRATED: dict[str, float] = {
    **{f"knee_{side}_deg": 9.0 for side in ("left", "right")},
    **{f"trunk_thigh_{side}_deg": 12.0 for side in ("left", "right")},
    **{f"elbow_{side}_deg": 16.0 for side in ("left", "right")},
    "trunk_inclination_deg": 7.0,
    "back_curve_pct": 6.0,
    "back_curve_low_pct": 6.0,
    "back_curve_up_pct": 6.0,
    "back_bend_deg": 16.0,
}
"""Half-widths of the bands before they were calibrated: one for each measurement, for a well placed camera."""
_GOOD_YAW_DEG, _RAMP_DEG, _WIDEST = 15.0, 5.0, 5 / 3


def one_band_for_all(measurements: Measurements, _: Seen) -> Measurements:
    """Return measurements with the bands they had before calibration: wider with the yaw and with nothing else."""
    yaw = measurements.values["yaw_deg"].value
    beyond = 0.0 if math.isnan(yaw) else min(1.0, max(0.0, (yaw - _GOOD_YAW_DEG) / _RAMP_DEG))
    wider = 1 + (_WIDEST - 1) * beyond
    values = dict(measurements.values)
    for name, width in UNCALIBRATED.items():
        values[name] = values[name]._replace(uncertainty=width * wider)
    return replace(measurements, values=values)


STAGES: tuple[Stage, ...] = (
    Stage("raw model", finish=(one_band_for_all,)),
    Stage("+ smoothing", (smoothing,), (one_band_for_all,)),
    Stage("+ joints put right", (one_picture, smoothing, joints), (one_band_for_all,)),
    Stage("+ mirror", (smoothing, joints), (one_band_for_all,)),
    Stage("+ calibrated bands", (smoothing, joints)),
    Stage("formcheck as it is", whole=True),
)
"""The rows of the table. Each lists all its steps, so that a step may also stand before those of earlier rows."""


# Measuring ------------------------------------------------------------------------------------------------------------


def measured(poses: Iterable[PoseFrame], stage: Stage, movement: Movement, side: Side | None) -> Iterator[Measurements]:
    """Yield the measurements of each pose after a stage.

    Parameters
    ----------
    side : the working side; None = found from the recording.
    """
    if stage.whole:
        yield from _whole(poses, movement, side)
        return
    steps = [make() for make in stage.steps]
    tracker = PhaseTracker(movement, side=side)
    for pose in poses:
        seen = Seen(pose, camera_view.find_view_of_pose(pose))
        for step in steps:
            seen = step(seen)
        numbers = measure_pose(seen.pose, view=seen.view, joints=seen.joints, reference=tracker.reference)
        for finish in stage.finish:
            numbers = finish(numbers, seen)
        tracker.step(numbers)  # keeps the start posture, the reference of change and bend
        yield numbers


def _whole(poses: Iterable[PoseFrame], movement: Movement, side: Side | None) -> Iterator[Measurements]:
    last_s = -math.inf
    for result in run(poses, FormChecker(movement, side=side)):
        if result.pose.time_s > last_s:  # the closing result repeats the last frame
            last_s = result.pose.time_s
            yield result.measurements


def table_of(measurements: Iterable[Measurements]) -> pd.DataFrame:
    """Return the compared measurements as `frames.parquet` has them: a value, and its band where there is a value."""
    rows = []
    for one in measurements:
        values = {name: one.values[name].value for name in UNCALIBRATED}
        bands = {
            f"{n}_unc": one.values[n].uncertainty if math.isfinite(value) else math.nan for n, value in values.items()
        }
        rows.append({"time_s": one.time_s, **values, **bands})
    return pd.DataFrame(rows, columns=["time_s", *(c for n in UNCALIBRATED for c in (n, f"{n}_unc"))])
