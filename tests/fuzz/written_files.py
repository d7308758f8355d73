"""Cases for the files that people write or carry: routines, prescriptions, a patient's list of what is kept."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from random import Random

from formcheck.apps.guide.routine_words import list_changes, name_plan
from formcheck.core.movement.toml_files import MAX_FILE_BYTES
from formcheck.drivers.patients.folders import PatientFolder
from formcheck.drivers.therapist.own_plan import make_own_routine
from formcheck.program.routines.fit import Choices, plan_routine
from formcheck.program.routines.load import list_routines, parse_routine
from formcheck.program.therapist.prescription import list_prescribed_changes, parse_prescription

from .mutations import mutate_bytes, mutate_json, mutate_toml

PLAN = b"""schema_version = 1
patient = "A-17"
by = "J. Peeters"
written_on = 2026-11-29
review_on = 2026-12-20
goal = "Tie my shoes"
days_a_week = 3

[[movements]]
movement = "hamstring_hinge_standing"
variant = "easier"
hold_s = 15
repetitions = 2
limits.back.warn = ["open", 30]
note = "Slowly."

[[movements]]
movement = "pelvic_tilt_supine"
"""
INDEX = {
    "schema_version": 1,
    "results": [{"name": "monday", "kept_utc": "2026-11-29T10:00:00Z", "files": {"summary.json": "0" * 32}}],
    "exports": [{"at_utc": "2026-11-29T10:00:00Z", "what": "monday", "to": "out"}],
}


@cache
def _read_routines() -> tuple[bytes, ...]:
    folder = resources.files("formcheck.routines")
    return tuple(folder.joinpath(f"{name}.toml").read_bytes() for name in list_routines())


def _change(rng: Random, content: bytes) -> bytes:
    for _ in range(rng.choice((1, 2, 5))):
        way = rng.randrange(3)
        if way == 0:
            content = mutate_bytes(rng, content)
        else:
            content = mutate_toml(rng, content.decode("utf-8", "replace"), whole=way == 1).encode("utf-8", "replace")
    return content[:MAX_FILE_BYTES]


def change_routine(rng: Random, folder: Path) -> None:
    """Give a routine file with other words, lines or damaged bytes; plan what is read."""
    routine = parse_routine(_change(rng, rng.choice(_read_routines())), "my.toml")
    for choices in (Choices(), Choices(minutes=5, less=True), Choices(calm=True, is_warm=True)):
        plan = plan_routine(routine, choices)
        assert plan.time_s >= 0
        assert name_plan(plan)
        list(list_changes(plan))


def change_prescription(rng: Random, folder: Path) -> None:
    """Give a prescription with other words, lines or damaged bytes; practise by what is read."""
    plan = parse_prescription(_change(rng, PLAN), "plan.toml")
    assert make_own_routine(plan).time_s > 0
    for one in plan.movements:
        list_prescribed_changes(one)


def change_patient_index(rng: Random, folder: Path) -> None:
    """Give a patient's list with other values or damaged bytes; no name in it is a path."""
    content = mutate_json(rng, INDEX)
    (folder / "index.json").write_bytes(mutate_bytes(rng, content) if rng.randrange(3) == 0 else content)
    for kept in PatientFolder(folder, None).read_index().results:
        for name in kept.files:
            assert Path(name).name == name
