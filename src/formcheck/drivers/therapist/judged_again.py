"""Judge the saved poses of a result again, with what was corrected.

What was judged last is kept in memory: a result is judged again once for each change that touches it, and not for a
change of faults and holds.
"""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from formcheck.core.calibration import Calibration
from formcheck.core.errors import SourceError
from formcheck.core.measure.person import PersonTracker
from formcheck.core.movement.schema import Movement
from formcheck.core.pipeline import FormChecker
from formcheck.core.records import PoseFrame, StepResult
from formcheck.core.summary.schema import JudgedRecord, RunSummary
from formcheck.drivers.atomic_files import require_no_link
from formcheck.drivers.recording.judge import FRAMES, POSES, judge_poses
from formcheck.drivers.recording.pose_stream import PoseStream
from formcheck.program.therapist.corrections import (
    Correction,
    correct_poses,
    find_neutral_time_s,
    list_judged_spans,
)
from formcheck.sources.pose_track import Track, open_track

if TYPE_CHECKING:
    import pandas as pd

NEUTRAL_WITHIN_S = 0.5
"""The person's own long back is the median of the pictures this near to the chosen moment."""
TOUCHES_POSES = ("move_joint", "cut_span", "set_neutral")
"""The corrections after which the poses are judged again."""
_MOST_KEPT = 6
_kept_checks: OrderedDict[tuple[object, ...], JudgedAgain] = OrderedDict()
_kept_lock = threading.Lock()


class JudgedAgain(NamedTuple):
    """What follows from the poses.

    Parameters
    ----------
    summary : as in `summary.json`.
    frames : as in `frames.parquet`.
    """

    summary: RunSummary
    frames: pd.DataFrame


def needs_judging(active: list[Correction], *, is_own: bool) -> bool:
    """Return whether the poses have to be judged again.

    Parameters
    ----------
    is_own : this person has limits of their own.
    """
    return is_own or any(one.kind in TOUCHES_POSES for one in active)


def judge_corrected_poses(
    result: Path, active: list[Correction], measured: RunSummary, movement: Movement
) -> JudgedAgain:
    """Return what follows from the corrected poses.

    Parameters
    ----------
    result : folder of a check, with its poses.
    active : the corrections that hold.
    measured : what was measured.
    movement : the movement to judge them by.

    Raises
    ------
    SourceError
        The poses are missing or damaged, or no back is seen at the chosen neutral moment.
    """
    path = _find_poses(result)
    touching = tuple(one.id for one in active if one.kind in TOUCHES_POSES)
    about = path.stat()
    key = (str(path.resolve()), about.st_mtime_ns, about.st_size, touching, movement.sha256)
    with _kept_lock:
        if key in _kept_checks:
            _kept_checks.move_to_end(key)
            return _kept_checks[key]
    found = _judge(path, active, measured, movement)
    with _kept_lock:
        _kept_checks[key] = found
        while len(_kept_checks) > _MOST_KEPT:
            _kept_checks.popitem(last=False)
    return found


def find_corrected_steps(
    result: Path, active: list[Correction], measured: RunSummary, movement: Movement, times_s: Sequence[float]
) -> list[StepResult]:
    """Return what the corrected poses show at some moments, to be drawn.

    Parameters
    ----------
    result, active, measured, movement : as of `judge_corrected_poses`.
    times_s : rising; each gets the first picture from it on, or the last one.
    """
    track = open_track(_find_poses(result))
    poses = list(correct_poses(track, active))
    checker = _prepare_checker(poses, track, active, measured, movement)
    found: list[StepResult] = []
    step = None
    for pose in poses:
        step = checker.step(pose)
        found += [step] * sum(time_s <= pose.time_s for time_s in times_s[len(found) :])
        if len(found) == len(times_s):
            break
    return found if step is None else [*found, *[step] * (len(times_s) - len(found))]


def load_corrected_poses(result: Path, active: list[Correction]) -> list[PoseFrame]:
    """Return the poses of a result with every joint where a person put it."""
    return list(correct_poses(open_track(_find_poses(result)), active))


def read_frames(result: Path) -> pd.DataFrame:
    """Return the measured table of frames."""
    import pandas as pd
    import pyarrow as pa

    from formcheck.sinks.bounded_table import read_batches

    path = result / FRAMES
    require_no_link(result, path)
    try:
        found: pd.DataFrame = pd.concat([batch.to_pandas() for batch in read_batches(path)], ignore_index=True)
    except (OSError, pa.ArrowException, ValueError, TypeError):
        came = "none that can be read; check the recording again"
        raise SourceError(f"{result.name}/{FRAMES}: expected the frames of a check, got {came}") from None
    return found


def _find_poses(result: Path) -> Path:
    path = result / POSES
    if not path.is_file():
        raise SourceError(f"{result.name}: expected the poses of the recording, got none; check it again with --out")
    require_no_link(result, path)
    return path


def _judge(path: Path, active: list[Correction], measured: RunSummary, movement: Movement) -> JudgedAgain:
    track = open_track(path)
    poses = list(correct_poses(track, active))
    checker = _prepare_checker(poses, track, active, measured, movement)
    spans_s = _list_spans_s(active, measured)
    stream = PoseStream(lambda: track.header, track.frames, iter(poses), still=bool(track.header["still"]))
    with tempfile.TemporaryDirectory(prefix="formcheck-") as folder:
        summary = judge_poses(stream, checker, movement, Path(folder), None, files=(FRAMES,))
        frames = read_frames(Path(folder))
    found = summary.model_copy(
        update={
            "created_utc": measured.created_utc,
            "recognised": measured.recognised,
            "judged": None if spans_s is None else JudgedRecord(spans_s=spans_s, side=checker.side),
        }
    )
    return JudgedAgain(found, frames)


def _prepare_checker(
    poses: list[PoseFrame], track: Track, active: list[Correction], measured: RunSummary, movement: Movement
) -> FormChecker:
    neutral_s = find_neutral_time_s(active)
    return FormChecker(
        movement,
        calibration=_find_own_neutral(poses, track, movement, neutral_s) if neutral_s is not None else None,
        side=measured.judged.side if measured.judged else None,
        still=bool(track.header["still"]),
        spans_s=_list_spans_s(active, measured),
        pose_model=track.header["model"]["name"],
    )


def _list_spans_s(active: list[Correction], measured: RunSummary) -> list[tuple[float, float]] | None:
    """Return the spans to judge; None for all of it."""
    whole = [(0.0, measured.source.duration_s + 1.0)]
    spans_s = list_judged_spans(active, measured.judged.spans_s if measured.judged else whole)
    return spans_s if measured.judged is not None or spans_s != whole else None


def _find_own_neutral(poses: list[PoseFrame], track: Track, movement: Movement, at_s: float) -> Calibration:
    """Return the person's own long back around one moment."""
    person = PersonTracker(track.header["model"]["name"])
    contours = []
    for pose in poses:
        person.step(pose)
        contour = person.measured().contour
        if contour is not None and abs(pose.time_s - at_s) <= NEUTRAL_WITHIN_S:
            contours.append(contour)
    if not contours:
        came = f"none that can be read near {at_s:.1f} s"
        raise SourceError(f"expected a moment at which the edge of the back is seen, got {came}; choose another")
    neutral = np.median(np.stack(contours), axis=0)
    return Calibration(neutral={movement.posture: [round(float(x), 5) for x in neutral]})
