"""Find the routines of this computer: those of formcheck, and own files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from formcheck.core.errors import MovementFileError
from formcheck.program.gate import Offer, collect_facts
from formcheck.program.routines.load import CheckedRoutine, check_routine_files, list_routines, load_routine
from formcheck.program.routines.schema import Routine, list_known_movements, load_known_movement

from .answers import open_todays_gate
from .own_movements import load_own_movements
from .therapist.own_plan import make_own_routine, read_own_plan
from .user_data import find_data_dir

FIRST_ROUTINE = "six_stretches"
"""The routine of the first page."""
_FOLDER = "routines"
MOST_OWN_FILES = 50


class KnownRoutines(NamedTuple):
    """All routines, formcheck's first one first, and own files that cannot be used."""

    routines: list[Routine]
    refused: list[CheckedRoutine]


def find_own_routines_dir() -> Path:
    """Return the folder of the person's own routine files. It need not exist."""
    return find_data_dir() / _FOLDER


def list_own_files() -> list[Path]:
    """Return the person's own routine files, sorted; none if their folder cannot be read."""
    try:
        return sorted(find_own_routines_dir().glob("*.toml"))[:MOST_OWN_FILES]
    except OSError:
        return []


def load_known_routines() -> KnownRoutines:
    """Return all routines of this computer; the plan of a therapist comes first.

    A bad own file is left out, with its problems.
    """
    ours = sorted((load_routine(name) for name in list_routines()), key=lambda one: one.id != FIRST_ROUTINE)
    plan = read_own_plan()
    if plan is not None:
        ours.insert(0, make_own_routine(plan))
    checked = check_routine_files(list_own_files(), load_own_movements().movements)
    taken = {one.id for one in ours}
    own = [one.routine for one in checked if one.routine is not None and one.routine.id not in taken]
    return KnownRoutines([*ours, *own], [one for one in checked if one.routine is None])


def load_todays_routines() -> KnownRoutines:
    """Return what Today offers: a therapist's plan alone while there is one, else all routines.

    The others have amounts and movements that the therapist did not choose.
    """
    known = load_known_routines()
    return known if read_own_plan() is None else known._replace(routines=known.routines[:1])


def find_known_routine(routine_id: str) -> Routine:
    """Return a routine of this computer by its id.

    Raises
    ------
    MovementFileError
        There is no routine with this id.
    """
    return _find_routine(routine_id, load_known_routines())


def find_todays_routine(routine_id: str) -> Routine:
    """Return a routine that Today offers by its id.

    Raises
    ------
    MovementFileError
        There is none, or a therapist's plan leaves it out.
    """
    return _find_routine(routine_id, load_todays_routines())


def _find_routine(routine_id: str, among: KnownRoutines) -> Routine:
    known = {one.id: one for one in among.routines}
    if routine_id not in known:
        raise MovementFileError(routine_id[:60], [f"expected the id of a routine: {', '.join(known)}"])
    return known[routine_id]


def find_todays_offers(now: datetime) -> dict[str, Offer]:
    """Return what the gate says of each movement.

    Nothing while it has not decided, or closes everything. Then no routine can begin anyway, and the page leads to
    what must come first.
    """
    gate = open_todays_gate(now)
    if gate.lock is not None:
        return {}
    known = [*map(load_known_movement, list_known_movements()), *load_own_movements().movements.values()]
    return {one.id: gate.offer(collect_facts(one)) for one in known}
