"""Keep a person's corrections with a result, and judge the result again with them.

The measured files are never changed: `corrections.json` holds what was corrected, `prescription.toml` this person's
own limits, and `corrected.json` the summary that follows from both.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from formcheck.core.errors import SourceError
from formcheck.core.movement.load import load_movement, read_movement_bytes
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.toml_files import MAX_FILE_BYTES, read_file_bytes
from formcheck.core.summary.schema import RunSummary
from formcheck.drivers.atomic_files import require_no_link, write_one_file
from formcheck.drivers.own_movements import load_own_movements
from formcheck.program.therapist.corrected_summary import correct_summary
from formcheck.program.therapist.corrections import Correction, Corrections, find_contradiction, make_correction
from formcheck.program.therapist.prescription import (
    OwnFiles,
    Prescription,
    list_prescribed_changes,
    parse_prescription,
    personalise,
)

from .judged_again import judge_corrected_poses, needs_judging, read_frames

if TYPE_CHECKING:
    import pandas as pd

CORRECTIONS, CORRECTED, PRESCRIPTION = "corrections.json", "corrected.json", "prescription.toml"
_MOST_CORRECTION_BYTES = 5_000_000


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
            found = Corrections.model_validate_json(file.read(_MOST_CORRECTION_BYTES))
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
        raise SourceError(f"expected a result of formcheck check --out, got {came}", about=result.name) from None


@dataclass(frozen=True, slots=True)
class ShownResult:
    """A result as a person sees it.

    Parameters
    ----------
    measured : without any correction.
    judged : as the corrected poses and the limits have it; faults and holds are not corrected.
    shown : with the corrections, and judged by the limits of this person.
    movement : with the limits of this person.
    corrections : all of them, also those taken back.
    prescription : the prescription kept with this result; None without one.
    """

    measured: RunSummary
    judged: RunSummary
    shown: RunSummary
    movement: Movement
    corrections: Corrections
    prescription: Prescription | None


def open_shown(result: Path) -> ShownResult:
    """Return a result with its corrections and its prescription, where there are any."""
    measured, corrections, prescription = load_measured(result), load_corrections(result), load_kept(result)
    limits = choose_limits(result, prescription)
    active = corrections.list_active()
    judged = _judge_poses_of(result, active, measured, limits)
    shown = correct_summary(judged, limits.movement, active) if active or limits.is_own else measured
    return ShownResult(measured, judged, shown, limits.movement, corrections, prescription)


def load_shown(result: Path) -> RunSummary:
    """Return the summary that a person sees: with the corrections, where there are any."""
    return open_shown(result).shown


def load_shown_frames(result: Path) -> pd.DataFrame:
    """Return the table of frames that belongs to `load_shown`."""
    measured, active = load_measured(result), load_corrections(result).list_active()
    limits = choose_limits(result, load_kept(result))
    if not needs_judging(active, is_own=limits.is_own):
        return read_frames(result)
    return judge_corrected_poses(result, active, measured, limits.movement).frames


def list_prescribable(result: Path) -> OwnFiles:
    """Return the own movement files that a prescription of this result may name.

    They are the own movements of this computer. If the result's own movement is no longer there, its copy in the result
    counts.
    """
    kept = result / "movement.toml"
    return {load_movement(kept).id: read_movement_bytes(kept), **load_own_movements().contents}


def load_kept(result: Path) -> Prescription | None:
    """Return the prescription kept with a result; None without one."""
    path = result / PRESCRIPTION
    if not path.exists():
        return None
    require_no_link(result, path)
    return parse_prescription(read_file_bytes(path, MAX_FILE_BYTES), path.name, list_prescribable(result))


def keep_prescription(result: Path, content: bytes | None) -> ShownResult:
    """Keep a prescription with a result, or remove it; return what follows.

    Parameters
    ----------
    content : the bytes of its file; None takes it away.

    Raises
    ------
    MovementFileError
        With every problem of the file; nothing was kept.
    SourceError
        The result cannot be judged by it; nothing was kept.
    """
    path = result / PRESCRIPTION
    require_no_link(result, path)
    parsed = None if content is None else parse_prescription(content, PRESCRIPTION, list_prescribable(result))
    limits = choose_limits(result, parsed)
    corrected = judge_corrected(result, load_corrections(result).list_active(), load_measured(result), limits)
    if content is None:
        path.unlink(missing_ok=True)
    else:
        with write_one_file(path) as part:
            part.write_bytes(content)
    _write_corrected(result, corrected)
    return open_shown(result)


class Limits(NamedTuple):
    """The movement by which a result is judged.

    Parameters
    ----------
    is_own : the limits are those of this person, not those of the check.
    """

    movement: Movement
    is_own: bool


def choose_limits(result: Path, prescription: Prescription | None) -> Limits:
    """Return the movement of a result, with this person's limits if prescribed."""
    movement = load_movement(result / "movement.toml")
    own = None if prescription is None else prescription.find(movement.id)
    if own is None or not list_prescribed_changes(own, known := list_prescribable(result)):
        return Limits(movement, is_own=False)
    return Limits(personalise(own, known), is_own=True)


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
    limits = choose_limits(result, load_kept(result))
    try:
        new = make_correction(kind, entry_id=secrets.token_hex(8), by=by, at_utc=datetime.now(UTC), **about)
    except ValueError as error:
        raise SourceError(f"{error}; correct it", about=result.name) from None
    why = find_contradiction(new, limits.movement, summary.source.duration_s) or corrections.find_conflict(new)
    if why:
        raise SourceError(f"{why}", about=result.name)
    added = corrections.add(new)
    corrected = judge_corrected(result, added.list_active(), summary, limits)
    with write_one_file(result / CORRECTIONS) as part:
        part.write_text(added.model_dump_json(indent=1) + "\n", "utf-8")
    _write_corrected(result, corrected)
    return corrected


def take_back_last(result: Path, *, by: str) -> RunSummary:
    """Take the newest correction back; return the summary that follows."""
    last = load_corrections(result).find_last()
    if last is None:
        raise SourceError("expected a correction to take back, got none", about=result.name)
    return add_correction(result, "take_back", by=by, of=last.id)


def _write_corrected(result: Path, corrected: RunSummary) -> None:
    with write_one_file(result / CORRECTED) as part:
        part.write_text(corrected.model_dump_json(indent=1) + "\n", "utf-8")


def judge_corrected(result: Path, active: list[Correction], measured: RunSummary, limits: Limits) -> RunSummary:
    """Return the summary of a result with these corrections.

    Without own limits, and without a correction that touches the poses, the spans or the neutral back, nothing is
    judged again.
    """
    if not active and not limits.is_own:
        return measured
    return correct_summary(_judge_poses_of(result, active, measured, limits), limits.movement, active)


def _judge_poses_of(result: Path, active: list[Correction], measured: RunSummary, limits: Limits) -> RunSummary:
    if not needs_judging(active, is_own=limits.is_own):
        return measured
    return judge_corrected_poses(result, active, measured, limits.movement).summary
