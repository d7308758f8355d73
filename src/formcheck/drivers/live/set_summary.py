"""Summarise a set in words and numbers at its end."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from formcheck.core.display import find_state, format_clock, name_check
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import Movement
from formcheck.core.skeleton import SIDES, Side, find_other_side
from formcheck.core.summary.phrases import LiveWords, say_verdict
from formcheck.core.summary.schema import ModelRecord, RunSummary, SourceRecord
from formcheck.core.summary.summariser import Summariser

from . import words
from .screen import count_asked
from .set_progress import SetProgress

_MOST_SHOWN = 8


def set_summary(
    movement: Movement,
    progress: SetProgress,
    gathered: Summariser | None,
    model: dict[str, str],
    *,
    slow_computer: bool = False,
) -> dict[str, Any]:
    """Return what the page shows of a set.

    Parameters
    ----------
    progress : the whole set, counted.
    gathered : the results of the last session; None if it had none.
    model : name and sha256 of the pose model.
    slow_computer : too few pictures are the fault of the computer, not of the camera.
    """
    live = LiveWords(words.POSTURE_ONLY if slow_computer else words.FEW_PICTURES, words.BUSY)
    verdict = say_verdict(run_summary(gathered, progress, model), movement, live=live) if gathered else None
    valid_s, total_s = progress.held_s()
    target_s = movement.dose.hold_s and movement.dose.hold_s * count_asked(movement)
    unseen = verdict.unseen[:_MOST_SHOWN] if verdict else []
    faults = [
        {
            "name": name_check(one.id, movement),
            "cue": movement.fault(one.id).cue,
            "s": find_state(one.severity),
            "from": format_clock(one.from_s),
            "to": format_clock(one.to_s),
            "side": one.side,
        }
        for one in progress.faults[:_MOST_SHOWN]
    ]
    return {
        "state": verdict.state if verdict else "cannot_tell",
        "headline": words.HEADLINES.get(verdict.state, verdict.headline) if verdict else words.NOTHING_YET,
        "why": verdict.why if verdict else words.NOTHING_SEEN,
        "held": {"valid_s": round(valid_s, 1), "total_s": round(total_s, 1), "target_s": target_s}
        if target_s
        else None,
        "repetitions": {"done": progress.done, "of": count_asked(movement)},
        "sides": [
            _describe_side(progress, side) for side in SIDES if any(one.side == side for one in progress.repetitions)
        ]
        if movement.two_sided
        else [],
        "faults": faults,
        "unseen": unseen,
        "other_side": _find_undone_side(movement, progress),
        "next": _find_next_movement(movement),
        "questions": [{"ask": one.ask, "answers": one.answers} for one in movement.questions],
        "carried": progress.model_dump(),
    }


def run_summary(gathered: Summariser, progress: SetProgress, model: dict[str, str]) -> RunSummary:
    """Return the summary that a recording of the same pictures would have."""
    return gathered.summary(
        source=SourceRecord(
            name="", sha256="", width=0, height=0, fps=0.0, duration_s=progress.spent_s, frames=gathered.frames
        ),
        model=ModelRecord(**model),
        formcheck_version=version("formcheck"),
        created_utc=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _describe_side(progress: SetProgress, side: Side) -> dict[str, Any]:
    valid_s, _ = progress.held_s(side)
    mine = sum(one.whole and one.side == side for one in progress.repetitions)
    return {"side": side, "valid_s": round(valid_s, 1), "repetitions": mine}


def _find_undone_side(movement: Movement, progress: SetProgress) -> Side | None:
    """Return the side not done yet, if both sides are done in turn."""
    sides = {one.side for one in progress.repetitions if one.side}
    in_turn = movement.dose.each_side and not movement.dose.alternating
    return find_other_side(sides.pop()) if in_turn and len(sides) == 1 else None


def _find_next_movement(movement: Movement) -> dict[str, str] | None:
    """Return the next movement in the same place, without getting up."""
    ids = catalogue()
    after = ids[ids.index(movement.id) + 1 :] + ids[: ids.index(movement.id)] if movement.id in ids else ids
    for name in after:
        one = load_movement(name)
        if one.place == movement.place and not one.advanced:
            return {"id": one.id, "name": one.name}
    return None
