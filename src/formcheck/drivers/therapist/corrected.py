"""Keep a person's corrections beside a result, and judge the result again with them.

The measured files are never changed: `corrections.json` holds what was corrected, `corrected.json` the summary that
follows from it.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from formcheck.core.calibration import Calibration
from formcheck.core.errors import SourceError
from formcheck.core.measure.person import PersonTracker
from formcheck.core.movement.load import load_movement
from formcheck.core.movement.schema import Movement
from formcheck.core.pipeline import FormChecker
from formcheck.core.records import PoseFrame
from formcheck.core.summary.schema import JudgedRecord, RunSummary
from formcheck.drivers.atomic_files import require_no_link, write_one_file
from formcheck.drivers.recording.judge import judge_poses
from formcheck.drivers.recording.pose_stream import PoseStream
from formcheck.program.therapist.corrected_summary import correct_summary
from formcheck.program.therapist.corrections import (
    Correction,
    Corrections,
    correct_poses,
    find_contradiction,
    find_neutral_time_s,
    list_judged_spans,
    make_correction,
)
from formcheck.sources.pose_track import Track, open_track

CORRECTIONS, CORRECTED = "corrections.json", "corrected.json"
NEUTRAL_WITHIN_S = 0.5
"""The own long back is the median of the pictures this near to the chosen moment."""
_MOST_BYTES = 5_000_000


def load_corrections(result: Path) -> Corrections:
    """Return the corrections of a result; an empty list if there are none.

    Raises
    ------
    SourceError
        The file is damaged, or is about another recording.
    """
    summary = load_measured(result)
    path = result / CORRECTIONS
    if not path.exists():
        return Corrections(recording_sha256=summary.source.sha256)
    require_no_link(result, path)
    try:
        with path.open("rb") as file:
            found = Corrections.model_validate_json(file.read(_MOST_BYTES))
    except (OSError, ValidationError, ValueError):
        wanted = "expected the corrections of a result, got a damaged file; put it aside to start again"
        raise SourceError(f"{result.name}/{CORRECTIONS}: {wanted}") from None
    if found.recording_sha256 != summary.source.sha256:
        came = "those of another one; move them to its result"
        raise SourceError(f"{result.name}/{CORRECTIONS}: expected corrections of this recording, got {came}")
    return found


def load_measured(result: Path) -> RunSummary:
    """Return what was measured, without any correction.

    Raises
    ------
    SourceError
        There is no such result.
    """
    path = result / "summary.json"
    require_no_link(result, path)
    try:
        with path.open("rb") as file:
            return RunSummary.model_validate_json(file.read(20_000_000))
    except (OSError, ValueError):
        came = "no summary.json that can be read"
        raise SourceError(f"{result.name}: expected a result of formcheck check --out, got {came}") from None


def load_shown(result: Path) -> RunSummary:
    """Return the summary that a person sees: with the corrections, where there are any."""
    measured, active = load_measured(result), load_corrections(result).list_active()
    return judge_corrected(result, active, measured, load_movement(result / "movement.toml")) if active else measured


def add_correction(result: Path, kind: str, *, by: str, **about: object) -> RunSummary:
    """Add a correction to a result; return the summary that follows.

    Parameters
    ----------
    result : folder of a check, with its poses.
    kind, about : see `formcheck.program.therapist.corrections.make_correction`.
    by : who corrects, as they want to be named.

    Raises
    ------
    SourceError
        The correction is not about this result, in one line; nothing was kept.
    """
    corrections, summary = load_corrections(result), load_measured(result)
    movement = load_movement(result / "movement.toml")
    try:
        new = make_correction(kind, entry_id=secrets.token_hex(8), by=by, at_utc=datetime.now(UTC), **about)
    except ValueError as error:
        raise SourceError(f"{result.name}: {error}; correct it") from None
    why = find_contradiction(new, movement, summary.source.duration_s)
    if why:
        raise SourceError(f"{result.name}: {why}")
    return _keep_corrections(result, corrections.add(new), summary, movement)


def take_back_last(result: Path, *, by: str) -> RunSummary:
    """Take the newest correction back; return the summary that follows."""
    last = load_corrections(result).find_last()
    if last is None:
        raise SourceError(f"{result.name}: expected a correction to take back, got none")
    return add_correction(result, "take_back", by=by, of=last.id)


def _keep_corrections(result: Path, corrections: Corrections, measured: RunSummary, movement: Movement) -> RunSummary:
    corrected = judge_corrected(result, corrections.list_active(), measured, movement)
    with write_one_file(result / CORRECTIONS) as part:
        part.write_text(corrections.model_dump_json(indent=1) + "\n", "utf-8")
    with write_one_file(result / CORRECTED) as part:
        part.write_text(corrected.model_dump_json(indent=1) + "\n", "utf-8")
    return corrected


def judge_corrected(result: Path, active: list[Correction], measured: RunSummary, movement: Movement) -> RunSummary:
    """Return the summary of a result with these corrections.

    Without a correction that touches the poses, the spans or the neutral back nothing is judged again.
    """
    summary = measured
    neutral_s = find_neutral_time_s(active)
    if neutral_s is not None or any(one.kind in ("move_joint", "cut_span") for one in active):
        summary = _judge_again(result, active, measured, movement, neutral_s)
    return correct_summary(summary, movement, active)


def _judge_again(
    result: Path, active: list[Correction], measured: RunSummary, movement: Movement, neutral_s: float | None
) -> RunSummary:
    path = result / "poses.parquet"
    if not path.is_file():
        raise SourceError(f"{result.name}: expected the poses of the recording, got none; check it again with --out")
    require_no_link(result, path)
    track = open_track(path)
    poses = list(correct_poses(track, active))
    own = _find_own_neutral(poses, track, movement, neutral_s) if neutral_s is not None else None
    judged = measured.judged
    whole = [(0.0, measured.source.duration_s + 1.0)]
    spans_s = list_judged_spans(active, judged.spans_s if judged else whole)
    was_cut = judged is not None or spans_s != whole
    checker = FormChecker(
        movement,
        calibration=own,
        side=judged.side if judged else None,
        still=bool(track.header["still"]),
        spans_s=spans_s if was_cut else None,
        pose_model=track.header["model"]["name"],
    )
    stream = PoseStream(lambda: track.header, track.frames, iter(poses), still=bool(track.header["still"]))
    summary = judge_poses(stream, checker, movement, None, None)
    return summary.model_copy(
        update={
            "created_utc": measured.created_utc,
            "recognised": measured.recognised,
            "judged": JudgedRecord(spans_s=spans_s, side=checker.side) if was_cut else None,
        }
    )


def _find_own_neutral(poses: list[PoseFrame], track: Track, movement: Movement, at_s: float) -> Calibration:
    """Return the own long back around one moment."""
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
