"""Load a movement file, list the catalogue.

A movement is a TOML file that a therapist can read; adding one needs no Python. Every number in it
carries a source. All problems of a bad file are reported at once.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .errors import MovementFileError
from .movement_checks import contradictions, fault_name, unknown_key
from .movement_reading import file_bytes, toml_tables
from .movement_schema import (
    PHASES,
    Band,
    Condition,
    Dose,
    Drive,
    FaultSpec,
    MeasureSpec,
    Movement,
    Question,
    Start,
    View,
    limits,
)
from .signals import MOTION_SIGNALS, ROLES, is_signal, resolve, unit_of
from .skeleton import SIDES

AUTO = "auto"
"""In place of a movement: which one it is, is found from the recording."""
MAX_FILE_BYTES = 200_000


def catalogue() -> list[str]:
    """Return the ids of all movements that come with formcheck, sorted.

    Examples
    --------
    >>> import formcheck as fc
    >>> [movement for movement in fc.catalogue() if "stretch" in movement]
    ['chair_back_stretch', 'quadriceps_stretch']
    """
    folder = resources.files("formcheck.movements")
    return sorted(
        entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml") and entry.name[0] != "_"
    )


@cache
def unrecognised() -> Movement:
    """Return the movement that stands in where ``auto`` could not tell which it is: it measures and judges nothing."""
    return parse_movement(_packaged("_unrecognised.toml"), "_unrecognised.toml")


def load_movement(movement: str | Path) -> Movement:
    """Return a movement by id or from a file.

    Parameters
    ----------
    movement : id of the catalogue, or path of a TOML file.

    Returns
    -------
    What the file says: phases, measures with their target bands, faults, dose, camera, each number with its source.

    Raises
    ------
    MovementFileError
        With every problem of the file: key, what was expected, what came.

    Examples
    --------
    >>> import formcheck as fc
    >>> hinge = fc.load_movement("hamstring_hinge_standing")
    >>> hinge.name, hinge.posture, hinge.dose.hold_s
    ('Standing hamstring stretch', 'standing', 20.0)
    >>> back = hinge.measures["back"]
    >>> back.signal, back.target, back.warn
    ('back_bend_deg', ['open', 25.0], ['open', 40.0])
    """
    content = movement_bytes(movement)
    return parse_movement(content, f"{movement}.toml" if str(movement) in catalogue() else Path(movement).name)


def movement_bytes(movement: str | Path) -> bytes:
    """Return the bytes of a movement file, by id or path; errors as in `load_movement`."""
    name = str(movement)
    if name in (*catalogue(), "_unrecognised"):
        return _packaged(f"{name}.toml")
    path = Path(movement)
    if not path.suffix and not os.path.lexists(path):
        raise MovementFileError(name, [f"expected a movement id or a .toml file; known ids: {', '.join(catalogue())}"])
    return file_bytes(path, MAX_FILE_BYTES)


def parse_movement(content: bytes, where: str) -> Movement:
    """Return the movement that the bytes of a file describe; see `load_movement` for errors."""
    document = toml_tables(content, where)
    problems = ["sha256: unknown key; remove it, it is filled in on loading"] if "sha256" in document else []
    shared_bytes = _packaged("_shared.toml")
    problems += _take_over_shared(document, tomllib.loads(shared_bytes.decode("utf-8"))["faults"])
    document["sha256"] = hashlib.sha256(content + shared_bytes).hexdigest()
    movement = None
    try:
        movement = Movement.model_validate(document, strict=True)
    except ValidationError as error:
        problems += [_problem(e, document) for e in error.errors()]
    problems += contradictions(document)
    if problems or movement is None:
        raise MovementFileError(where, problems)
    return movement


def _packaged(name: str) -> bytes:
    return resources.files("formcheck.movements").joinpath(name).read_bytes()


def _take_over_shared(document: dict[str, Any], shared: list[dict[str, Any]]) -> list[str]:
    """Append the shared faults that a file names to its own; return what is wrong with the names."""
    known = {fault["id"]: fault for fault in shared}
    named = document.get("shared", [])
    if not isinstance(named, list) or not isinstance(document.get("faults"), list):
        return []
    names = [name for name in named if isinstance(name, str)]
    document["faults"] = document["faults"] + [known[name] for name in names if name in known]
    return [f"shared: unknown fault {name!r}; expected of {', '.join(known)}" for name in names if name not in known]


_WORDING = (
    (r"^Value error, ", ""),
    (r"^String should match pattern .*", "expected small letters, digits and _, beginning with a letter"),
    (r"^Input should be a valid dictionary.*", "expected a table"),
    (r"^Input should be a valid integer", "expected a whole number"),
    (r"^Input should be a valid", "expected a"),
    (r"^(?:Input|String|List|Dictionary) should (?:be|have)", "expected"),
    (r" after validation, not \d+$", ""),
)


def _problem(error: Any, document: Mapping[str, Any]) -> str:
    """One line for one problem: where, what was expected, what came."""
    place = _place(error["loc"], document)
    if error["type"] == "missing":
        return f"{place}: expected a value, the key is missing"
    if error["type"] == "extra_forbidden":
        return f"{place}: {unknown_key(error['loc'][-1])}"
    message = str(error["msg"])
    for pattern, words in _WORDING:
        message = re.sub(pattern, words, message)
    came = str(error["input"])
    shown = came if len(came) <= 60 else f"{came[:57]}..."
    return f"{place}: {message}" + ("" if error["type"] == "value_error" else f", got {shown!r}")


def _place(loc: tuple[int | str, ...], document: Mapping[str, Any]) -> str:
    """Where a problem is; a fault is named by its id."""
    parts = [str(part) for part in loc if part != "[key]"]
    if len(loc) > 1 and loc[0] == "faults" and isinstance(loc[1], int):
        parts[1] = fault_name(document["faults"][loc[1]], loc[1])
    return ".".join(parts)


__all__ = [
    "AUTO",
    "MOTION_SIGNALS",
    "PHASES",
    "ROLES",
    "SIDES",
    "Band",
    "Condition",
    "Dose",
    "Drive",
    "FaultSpec",
    "MeasureSpec",
    "Movement",
    "Question",
    "Start",
    "View",
    "catalogue",
    "is_signal",
    "limits",
    "load_movement",
    "movement_bytes",
    "parse_movement",
    "resolve",
    "unit_of",
    "unrecognised",
]
