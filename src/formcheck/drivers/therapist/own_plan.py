"""Keep the plan that a therapist gave to the person who practises.

It is one prescription file in the person's own folder. A file that cannot be read changes nothing: the person practises
as without a plan, and the page says so.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from formcheck.core.errors import MovementFileError, StoreError
from formcheck.core.movement.load import catalogue
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.toml_files import MAX_FILE_BYTES, read_file_bytes
from formcheck.drivers.own_movements import find_movement, load_own_movements
from formcheck.drivers.user_data import GUEST, find_own_dir, find_person_key, write_private_file
from formcheck.languages.phrase import Phrase
from formcheck.program.routines.fit import plan_routine
from formcheck.program.routines.schema import MOST_PART_REPETITIONS, Routine, RoutinePart
from formcheck.program.therapist.prescription import PrescribedMovement, Prescription, parse_prescription, personalise

log = logging.getLogger(__name__)

PLAN_FILE = "prescription.toml"
ROUTINE_ID = "prescribed"
"""The id of the routine that a plan is on Today."""
NAME = Phrase("Your therapist's plan")
ABOUT = Phrase("What your therapist chose for you: {stretches}.")
WHY = Phrase("Your therapist chose it for you.")
REVIEW_DUE = Phrase("Your therapist wanted to look at your plan again. Please make an appointment.")


def find_own_plan_path(key: str | None = None) -> Path:
    """Return where the plan of a person lies; by default of the one who practises."""
    return find_own_dir(key) / PLAN_FILE


def read_own_plan() -> Prescription | None:
    """Return the plan of the person who practises; None without a readable one."""
    path = find_own_plan_path()
    if not path.is_file():
        return None
    try:
        return _parse_plan(read_file_bytes(path, MAX_FILE_BYTES), tuple(load_own_movements().contents.items()))
    except MovementFileError as error:
        log.warning("%s cannot be used: %s", path, "; ".join(error.problems[:3]))
    except OSError as error:
        log.warning("%s could not be read: %s", path, error.strerror)
    return None


@lru_cache(maxsize=8)
def _parse_plan(content: bytes, own: tuple[tuple[str, bytes], ...]) -> Prescription:
    """Return a plan.

    The bytes of all files are its key, because every page asks for it.
    """
    return parse_prescription(content, PLAN_FILE, dict(own))


def keep_own_plan(content: bytes, where: str, key: str | None = None) -> Prescription:
    """Check a plan and keep it for a person.

    By default it is for the one who practises.

    Raises
    ------
    MovementFileError
        With every problem of the file; the plan before it stays.
    StoreError
        It cannot be written, or belongs to a guest, of whom nothing is stored.
    """
    if (find_person_key() if key is None else key) == GUEST:
        raise StoreError("expected a person, got a guest, of whom nothing is stored; say on Today who you are")
    plan = parse_prescription(content, where, load_own_movements().contents)
    write_private_file(find_own_plan_path(key), content.decode("utf-8"))
    return plan


def delete_own_plan(key: str | None = None) -> bool:
    """Forget the plan of a person; return whether there was one."""
    path = find_own_plan_path(key)
    was_there = path.is_file()
    with suppress(OSError):
        path.unlink(missing_ok=True)
    return was_there


def prescribe(movement: Movement) -> Movement:
    """Return a movement with the numbers that the plan has for it."""
    plan = read_own_plan()
    one = plan.find(movement.id) if plan else None
    return personalise(one, load_own_movements().contents) if one else movement


def list_prescribed_and_left_out() -> tuple[frozenset[str], frozenset[str]]:
    """Return the movements of the plan, and those that it leaves out, own files included.

    Without a plan, both are empty.
    """
    plan = read_own_plan()
    if plan is None:
        return frozenset(), frozenset()
    prescribed = frozenset(one.movement for one in plan.movements)
    return prescribed, frozenset([*catalogue(), *load_own_movements().movements]) - prescribed


def make_own_routine(plan: Prescription) -> Routine:
    """Return a plan as a routine: its movements in their order.

    A walk comes first if nothing else warms up.
    """
    own = load_own_movements().movements
    parts = [part for one in plan.movements if (part := _make_part(one)) is not None]
    routine = Routine(
        schema_version=1, id=ROUTINE_ID, name=NAME, about=ABOUT, time_s=1.0, source="prescription",
        sources={"prescription": PLAN_FILE}, parts=parts,
    )  # fmt: skip
    return routine.model_copy(update={"time_s": plan_routine(routine, own=own).time_s})


def _make_part(one: PrescribedMovement) -> RoutinePart | None:
    """Return a part for a movement of the plan; None if its file is gone."""
    movement = find_movement(one.movement)
    if movement is None:
        return None
    dose: dict[str, Any] = {"repetitions": one.repetitions}
    if movement.dose.each_s and one.hold_s:
        dose = {"repetitions": min(MOST_PART_REPETITIONS, max(1, round(one.hold_s / movement.dose.each_s)))}
    elif one.hold_s:
        dose["hold_s"] = max(3.0, one.hold_s)
    warms_up = movement.drive.kind == "rhythm"
    return RoutinePart(movement=one.movement, why=one.note or WHY, way=one.variant, warm_up=warms_up, **dose)


def describe_own_plan(today: date) -> dict[str, Any] | None:
    """Return the plan as the page shows it; None without one."""
    plan = read_own_plan()
    if plan is None:
        return None
    due = plan.review_on is not None and plan.review_on <= today
    return {
        "by": plan.by,
        "goal": plan.goal,
        "days_a_week": plan.days_a_week,
        "review_on": plan.review_on.isoformat() if plan.review_on else "",
        "review_due": REVIEW_DUE if due else "",
        "movements": [
            {"id": one.movement, "name": movement.name, "note": one.note}
            for one in plan.movements
            if (movement := find_movement(one.movement)) is not None
        ],
    }
