"""Read the form of a prescription: problems as the person types, differences, and the file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import load_movement
from formcheck.core.movement.schema import Movement
from formcheck.drivers.own_movements import find_movement
from formcheck.drivers.therapist.corrected import PRESCRIPTION, keep_prescription, list_prescribable, load_kept
from formcheck.languages.phrase import Phrase, capitalise
from formcheck.program.therapist.prescription import (
    OwnFiles,
    Prescription,
    describe_change,
    list_prescribed_changes,
    parse_prescription,
    personalise,
    write_prescription,
)

from .opened import OpenedResult

_NO_DATE = Phrase("Please choose a day.")


def describe_form(found: OpenedResult) -> dict[str, Any] | None:
    """Return what can be prescribed, with the numbers that hold now.

    None if the movement is neither in the catalogue nor an own one that is still there.
    """
    usual = find_movement(load_movement(found.folder / "movement.toml").id)
    if usual is None:
        return None
    kept = load_kept(found.folder)
    one = kept.find(usual.id) if kept else None
    now = personalise(one, list_prescribable(found.folder)) if one else usual
    return {
        "measures": [
            {
                "id": measure_id,
                "name": measure.name,
                "unit": measure.unit,
                "bands": {
                    band: {"usual": getattr(measure, band), "now": getattr(now.measures[measure_id], band)}
                    for band in ("target", "warn")
                    if getattr(measure, band) is not None
                },
            }
            for measure_id, measure in usual.measures.items()
            if measure.target is not None or measure.warn is not None
        ],
        "dose": {
            key: {"usual": getattr(usual.dose, key), "now": getattr(now.dose, key)} for key in ("hold_s", "repetitions")
        },
        "easier": usual.easier,
        "variant": one.variant if one else "usual",
        "note": one.note if one else "",
        "patient": kept.patient if kept else "",
        "goal": kept.goal if kept else "",
        "days_a_week": kept.days_a_week if kept else 3,
        "review_on": str(kept.review_on or "") if kept else "",
        "kept": kept is not None,
    }


def check_form(found: OpenedResult, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the problems of a form, or the differences in words."""
    movement = load_movement(found.folder / "movement.toml")
    own = list_prescribable(found.folder)
    try:
        prescription = _read_form(form, movement, own)
    except MovementFileError as error:
        return {"problems": [_name_field(problem) for problem in error.problems], "changes": []}
    one = prescription.find(movement.id)
    changes = [] if one is None else [describe_change(c, movement) for c in list_prescribed_changes(one, own)]
    return {"problems": [], "changes": changes}


def keep_form(found: OpenedResult, form: Mapping[str, Any] | None) -> None:
    """Keep the prescription of a form with the result; None removes it.

    Raises
    ------
    MovementFileError
        With every problem of the form; nothing was kept.
    """
    if form is None:
        keep_prescription(found.folder, None)
        return
    movement = load_movement(found.folder / "movement.toml")
    own = list_prescribable(found.folder)
    _read_form(form, movement, own)
    keep_prescription(found.folder, _write_form(form, movement, own))


def _read_form(form: Mapping[str, Any], movement: Movement, own: OwnFiles) -> Prescription:
    return parse_prescription(_write_form(form, movement, own), PRESCRIPTION, own)


def _write_form(form: Mapping[str, Any], movement: Movement, own: OwnFiles) -> bytes:
    values = {key: form.get(key) for key in ("patient", "by", "goal", "days_a_week")}
    values["patient"] = values["patient"] or "–"
    values["written_on"] = datetime.now(UTC).astimezone().date()
    values["review_on"] = _read_day(str(form.get("review_on") or ""))
    asked = {key: form.get(key) for key in ("variant", "hold_s", "repetitions", "note", "limits")}
    return write_prescription(values, {"movement": movement.id, **asked}, own)


def _read_day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MovementFileError(PRESCRIPTION, [f"review_on: {_NO_DATE}"]) from None


def _name_field(problem: str) -> dict[str, str]:
    """Return the field that a problem is about, and the text."""
    place, _, text = problem.partition(": ")
    return {"field": place.removeprefix("movements.0."), "text": capitalise(text)}
