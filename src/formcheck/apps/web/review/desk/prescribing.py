"""Read the form of a prescription: problems as the person types, differences, and the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

from formcheck.apps.web.review.checks import load_all_movements
from formcheck.core.errors import FormCheckError, MovementFileError, SourceError
from formcheck.core.movement.load import load_movement
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.toml_files import MAX_FILE_BYTES, read_file_bytes
from formcheck.drivers.own_movements import find_movement
from formcheck.drivers.results_store import find_result, list_results
from formcheck.drivers.therapist.corrected import PRESCRIPTION, keep_prescription, list_prescribable, load_kept
from formcheck.drivers.therapist.own_plan import keep_own_plan
from formcheck.drivers.user_data import find_person_key
from formcheck.languages.phrase import Phrase, capitalise
from formcheck.program.therapist.prescription import (
    OwnFiles,
    PrescribedMovement,
    Prescription,
    describe_change,
    list_as_form,
    list_prescribed_changes,
    parse_prescription,
    personalise,
    write_prescription,
)

from .opened import OpenedResult

_NO_DATE = Phrase("Please choose a day.")
_PLAN_ONE = Phrase("{patient}, {day}, one movement")
_PLAN = Phrase("{patient}, {day}, {count} movements")
DOSE_KEYS = ("hold_s", "repetitions")
_MOST_PLANS, _MOST_MOVEMENTS = 20, 39


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
        "dose": {key: {"usual": getattr(usual.dose, key), "now": getattr(now.dose, key)} for key in DOSE_KEYS},
        "easier": usual.easier,
        "variant": one.variant if one else "usual",
        "note": one.note if one else "",
        "patient": kept.patient if kept else "",
        "goal": kept.goal if kept else "",
        "days_a_week": kept.days_a_week if kept else 3,
        "review_on": str(kept.review_on or "") if kept else "",
        "kept": kept is not None,
        **_describe_rest_of_plan(found, usual.id, kept),
    }


def _describe_rest_of_plan(found: OpenedResult, own_id: str, kept: Prescription | None) -> dict[str, Any]:
    """Return the other movements of the plan, what may be added, and other results' plans."""
    known = load_all_movements()
    others = [one for one in kept.movements if one.movement != own_id and one.movement in known] if kept else []
    return {
        "others": [_describe_other(known[one.movement], one) for one in others],
        "choices": [_describe_other(one) for one in known.values() if one.id != own_id],
        "plans": [] if kept else list_plans(found),
    }


def _describe_other(movement: Movement, one: PrescribedMovement | None = None) -> dict[str, Any]:
    usual = {key: getattr(movement.dose, key) for key in DOSE_KEYS}
    now = {key: getattr(one, key, None) or usual[key] for key in DOSE_KEYS}
    return {"id": movement.id, "name": movement.name, "usual": usual, **now, "has_limits": bool(one and one.limits)}


def list_plans(found: OpenedResult) -> list[dict[str, str]]:
    """Return the plans of other results of this person, the newest first."""
    plans: dict[bytes, dict[str, str]] = {}
    for one in list_results():
        path = one.folder / PRESCRIPTION
        if one.key == found.key or not path.is_file() or path.is_symlink() or len(plans) >= _MOST_PLANS:
            continue
        with suppress(OSError, FormCheckError):
            plan = load_kept(one.folder)
            if plan is not None:
                count = len(plan.movements)
                words = _PLAN_ONE if count == 1 else _PLAN
                text = words.format(patient=plan.patient, day=plan.written_on.isoformat(), count=count)
                plans.setdefault(path.read_bytes(), {"key": one.key, "words": text})
    return list(plans.values())


def copy_plan(found: OpenedResult, key: str) -> None:
    """Keep the plan of another result with this one.

    Raises
    ------
    SourceError
        The other result has none (any more).
    """
    other = find_result(key)
    path = None if other is None or other.person != find_person_key() else other.folder / PRESCRIPTION
    if path is None or path.is_symlink() or not path.is_file():
        raise SourceError("expected a result with a plan, got none; load the page again")
    keep_prescription(found.folder, read_file_bytes(path, MAX_FILE_BYTES))


def give_plan_home(found: OpenedResult) -> None:
    """Let the person who is served practise by the plan of this result.

    Raises
    ------
    SourceError
        There is none.
    StoreError
        The person is a guest, of whom nothing is stored.
    """
    path = found.folder / PRESCRIPTION
    if path.is_symlink() or not path.is_file():
        raise SourceError("expected a plan that was kept, got none; keep it first")
    keep_own_plan(read_file_bytes(path, MAX_FILE_BYTES), PRESCRIPTION)


def check_form(found: OpenedResult, form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the problems of a form, or the differences in words."""
    movement = load_movement(found.folder / "movement.toml")
    own = list_prescribable(found.folder)
    kept = load_kept(found.folder)
    try:
        prescription = parse_prescription(_write_form(form, movement, own, kept), PRESCRIPTION, own)
    except MovementFileError as error:
        place = _find_place_in_plan(movement.id, form, kept)
        return {"problems": [_name_field(problem, place) for problem in error.problems], "changes": []}
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
    keep_prescription(found.folder, _write_form(form, movement, own, load_kept(found.folder)))


def _write_form(form: Mapping[str, Any], movement: Movement, own: OwnFiles, kept: Prescription | None) -> bytes:
    values = {key: form.get(key) for key in ("patient", "by", "goal", "days_a_week")}
    values["patient"] = values["patient"] or "–"
    values["by"] = values["by"] or (kept.by if kept else "")
    values["written_on"] = datetime.now(UTC).astimezone().date()
    values["review_on"] = _read_day(str(form.get("review_on") or ""))
    asked = {key: form.get(key) for key in ("variant", "hold_s", "repetitions", "note", "limits")}
    movements = [_merge_other(one, kept) for one in _list_others(form)]
    movements.insert(_find_place_in_plan(movement.id, form, kept), {"movement": movement.id, **asked})
    return write_prescription(values, movements, own)


def _list_others(form: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    others = form.get("others") or []
    if not isinstance(others, list) or len(others) > _MOST_MOVEMENTS or not all(isinstance(o, Mapping) for o in others):
        raise TypeError
    return others


def _merge_other(one: Mapping[str, Any], kept: Prescription | None) -> dict[str, Any]:
    """Return another movement as prescribed before, with the amounts of the form."""
    before = kept.find(str(one["movement"])) if kept else None
    return {**(list_as_form(before) if before else {}), **{key: one.get(key) for key in ("movement", *DOSE_KEYS)}}


def _find_place_in_plan(own_id: str, form: Mapping[str, Any], kept: Prescription | None) -> int:
    """Return the place of this movement in the plan: where it was, or the first."""
    order = [one.movement for one in kept.movements] if kept else []
    before = set(order[: order.index(own_id)]) if own_id in order else set()
    return sum(str(one.get("movement")) in before for one in _list_others(form))


def _read_day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MovementFileError(PRESCRIPTION, [f"review_on: {_NO_DATE}"]) from None


def _name_field(problem: str, own_place: int) -> dict[str, str]:
    """Return the field that a problem is about, and the text."""
    field, _, text = problem.partition(": ")
    found = re.fullmatch(r"movements\.(\d+)\.?(.*)", field)
    if found:
        place = int(found[1])
        others = f"others.{place - (place > own_place)}."
        field = found[2] if place == own_place else f"{others}{found[2]}"
    return {"field": field, "text": capitalise(text)}
