"""Load a movement file, list the catalogue.

A movement is a TOML file that a therapist can read; adding one needs no Python. Every number in it
carries a source. All problems of a bad file are reported at once.
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from formcheck.core.errors import MovementFileError

from .schema import Movement
from .toml_files import MAX_FILE_BYTES, describe_value_error, parse_toml, read_file_bytes
from .validate import explain_unknown_key, find_contradictions, label_fault

AUTO = "auto"
"""Used instead of a movement id: find the movement from the recording."""


def catalogue() -> list[str]:
    """Return the ids of all movements that formcheck includes, sorted.

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
def load_unrecognised() -> Movement:
    """Return the movement that ``auto`` uses if it recognises none.

    It measures and judges nothing.
    """
    return parse_movement(_read_packaged("_unrecognised.toml"), "_unrecognised.toml")


def load_movement(movement: str | Path) -> Movement:
    """Return a movement by id or from a file.

    Parameters
    ----------
    movement : id of the catalogue, or path of a TOML file.

    Returns
    -------
    The content of the file: phases, measures with their target bands, faults, dose, camera, each number with its
    source.

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
    content = read_movement_bytes(movement)
    return parse_movement(content, f"{movement}.toml" if str(movement) in catalogue() else Path(movement).name)


def read_movement_bytes(movement: str | Path) -> bytes:
    """Return the bytes of a movement file, by id or path; errors as in `load_movement`."""
    name = str(movement)
    if name in (*catalogue(), "_unrecognised"):
        return _read_packaged(f"{name}.toml")
    path = Path(movement)
    if not path.suffix and not os.path.lexists(path):
        raise make_unknown_id_error(name)
    return read_file_bytes(path, MAX_FILE_BYTES)


def make_unknown_id_error(name: str, own: Iterable[str] = ()) -> MovementFileError:
    """Return the error for a movement that is neither a known id nor a file.

    Parameters
    ----------
    own : the ids of the user's own movement files.
    """
    known = ", ".join([*catalogue(), *own])
    return MovementFileError(name, [f"expected a movement id or a .toml file; known ids: {known}"])


def parse_movement(content: bytes, where: str) -> Movement:
    """Return the movement that the bytes of a file describe.

    See `load_movement` for errors.
    """
    document = parse_toml(content, where)
    problems = ["sha256: unknown key; remove it; formcheck computes it on loading"] if "sha256" in document else []
    shared_bytes = _read_packaged("_shared.toml")
    problems += _take_over_shared(document, tomllib.loads(shared_bytes.decode("utf-8"))["faults"])
    problems += fill_in_bands(document)
    document["sha256"] = hashlib.sha256(content + shared_bytes).hexdigest()
    movement = None
    try:
        movement = Movement.model_validate(document, strict=True)
    except ValidationError as error:
        problems += [_describe_problem(e, document) for e in error.errors()]
    problems += find_contradictions(document)
    if problems or movement is None:
        raise MovementFileError(where, problems)
    return movement


def _read_packaged(name: str) -> bytes:
    return resources.files("formcheck.movements").joinpath(name).read_bytes()


def _take_over_shared(document: dict[str, Any], shared: list[dict[str, Any]]) -> list[str]:
    """Append the shared faults that a file names to its own.

    Return the problems of the names.
    """
    known = {fault["id"]: fault for fault in shared}
    named = document.get("shared", [])
    if not isinstance(named, list) or not isinstance(document.get("faults"), list):
        return []
    names = [name for name in named if isinstance(name, str)]
    document["faults"] = document["faults"] + [known[name] for name in names if name in known]
    return [f"shared: unknown fault {name!r}; expected of {', '.join(known)}" for name in names if name not in known]


def _describe_problem(error: Any, document: Mapping[str, Any]) -> str:
    """Return one line for one problem: where, what was expected, what came."""
    place = _describe_place(error["loc"], document)
    if error["type"] == "missing":
        return f"{place}: expected a value, the key is missing"
    if error["type"] == "extra_forbidden":
        return f"{place}: {explain_unknown_key(error['loc'][-1])}"
    return f"{place}: {describe_value_error(error)}"


def _describe_place(loc: tuple[int | str, ...], document: Mapping[str, Any]) -> str:
    """Return the place of a problem; a fault is named by its id."""
    parts = [str(part) for part in loc if part != "[key]"]
    if len(loc) > 1 and loc[0] == "faults" and isinstance(loc[1], int):
        parts[1] = label_fault(document["faults"][loc[1]], loc[1])
    return ".".join(parts)


_LIKE_AN_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")


class Checked(NamedTuple):
    """One checked movement file: its movement, or its problems."""

    name: str
    movement: Movement | None
    problems: list[str]


def check_files(files: Iterable[str | Path]) -> list[Checked]:
    """Return each file with every problem it has.

    This includes conflicts with the other files and with the catalogue.

    Parameters
    ----------
    files : paths of movement files, or ids of the catalogue; the same file twice is checked once.
    """
    read = [_read_tables(file) for file in dict.fromkeys(map(str, files))]
    return _check_together(read, may_copy=True)


def check_own_files(contents: Mapping[str, bytes]) -> list[Checked]:
    """Return each of the user's own movement files with every problem it has.

    An id of the catalogue is refused, also in a copy of a shipped file: it would be unclear which of the two is meant.

    Parameters
    ----------
    contents : the bytes of each file by its name; the caller knows where they lie.
    """
    read = [_Read(name, content, *_parse_tables(content, name)) for name, content in contents.items()]
    checked = _check_together(read, may_copy=False)
    taken = [f"id: expected a unique id, got {AUTO!r}, which asks for the movement to be found"]
    return [Checked(one.name, None, taken) if one.movement and one.movement.id == AUTO else one for one in checked]


class _Read(NamedTuple):
    """A file that was read: its bytes and tables, or why there are none."""

    name: str
    content: bytes
    tables: dict[str, Any]
    problems: list[str]


def _read_tables(file: str) -> _Read:
    name = Path(file).name or file
    try:
        content = read_movement_bytes(file)
    except MovementFileError as error:
        return _Read(name, b"", {}, error.problems)
    return _Read(name, content, *_parse_tables(content, name))


def _parse_tables(content: bytes, name: str) -> tuple[dict[str, Any], list[str]]:
    """Return the tables of a file, or why there are none."""
    try:
        return parse_toml(content, name), []
    except MovementFileError as error:
        return {}, error.problems


def _check_together(read: list[_Read], *, may_copy: bool) -> list[Checked]:
    """Return each file with its problems; `may_copy` allows copies of shipped files."""
    checked: list[Checked] = []
    seen: dict[str, str] = {}
    ids = {*catalogue(), *(str(tables["id"]) for _, _, tables, _ in read if "id" in tables)}
    for name, content, tables, unreadable in read:
        movement, problems = (None, unreadable) if unreadable else _parse_movement(content, name)
        is_copy = may_copy and tables.get("id") in catalogue() and content == read_movement_bytes(tables["id"])
        if not is_copy:
            problems = [*problems, *_find_double_ids(tables, seen), *_check_swap(tables, ids)]
        checked.append(Checked(name, None if problems else movement, problems))
        if isinstance(tables.get("id"), str):
            seen.setdefault(tables["id"], name)
    return checked


def _parse_movement(content: bytes, name: str) -> tuple[Movement | None, list[str]]:
    """Return the movement that a file describes, or its problems."""
    try:
        return parse_movement(content, name), []
    except MovementFileError as error:
        return None, error.problems


def _find_double_ids(tables: dict[str, Any], seen: dict[str, str]) -> list[str]:
    """Return the problems of an id that another given file or the catalogue already uses."""
    name = tables.get("id")
    if not isinstance(name, str):
        return []
    if name in seen:
        return [f"id: expected a unique id, got {name!r}, which {seen[name]} uses too"]
    if name in catalogue():
        return [f"id: expected a unique id, got {name!r}, which a movement of the catalogue uses"]
    return []


def _check_swap(tables: dict[str, Any], ids: set[str]) -> list[str]:
    """Return the problem of a swap that looks like an id but is not one.

    A swap is an id or plain words.
    """
    swap = tables.get("swap")
    if not isinstance(swap, str) or not swap:
        return []
    if swap == tables.get("id"):
        return [f"swap: expected another movement, got {swap!r}, the id of this one"]
    if swap not in ids and _LIKE_AN_ID.fullmatch(swap):
        return [f"swap: expected plain words or an id of {', '.join(sorted(ids))}, got {swap!r}"]
    return []


# Limits of faults from the bands of their measures --------------------------------------------------------------------
#
# A condition of a fault may name a measure instead of a signal. `{ measure = "back", above = "warn" }` is met beyond
# the upper end of the measure's warn band, and the uncertainty must not reach back into its target band. A moved
# band moves the fault with it. With `strong = true` the condition reads the measure's strong signal.

BANDS = ("warn", "target")


def fill_in_bands(document: dict[str, Any]) -> list[str]:
    """Replace the measures that conditions name by signals and numbers; return the problems.

    Parameters
    ----------
    document : the tables of a movement file; conditions are changed in place.
    """
    measures = document.get("measures")
    faults = document.get("faults")
    if not isinstance(measures, dict) or not isinstance(faults, list):
        return []
    problems = []
    for fault in faults:
        for conditions in _list_groups(fault):
            for place, condition in enumerate(conditions):
                if isinstance(condition, dict) and "measure" in condition:
                    filled, problem = _fill_in(condition, measures)
                    conditions[place] = filled
                    if problem:
                        problems.append(f"faults.{fault.get('id', '?')}: {problem}")
    return problems


def _list_groups(fault: Any) -> Iterator[list[Any]]:
    """Yield every list of conditions of a fault."""
    if not isinstance(fault, dict):
        return
    groups = fault.get("or_when")
    for group in (fault.get("when"), *(groups if isinstance(groups, list) else [])):
        if isinstance(group, list):
            yield group


def _fill_in(condition: Mapping[str, Any], measures: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return a condition with signal and numbers, and its problem; empty without one."""
    rest = {key: value for key, value in condition.items() if key not in ("measure", "strong")}
    name, is_strong = condition["measure"], condition.get("strong", False)
    measure = measures.get(name) if isinstance(name, str) else None
    if not isinstance(measure, dict):
        return rest, f"expected a measure of {', '.join(map(str, measures))}, got {name!r}"
    side = "above" if "above" in condition else "below"
    band = condition.get(side)
    if band not in BANDS:
        return rest, f"{side}: expected one of {', '.join(BANDS)} next to a measure, got {band!r}"
    end = 1 if side == "above" else 0
    limit = _read_end(measure, band, end)
    if limit is None:
        return rest, f"{side}: expected a {band} band of {name} with this end closed, got none"
    target = "strong_target" if is_strong and "strong_target" in measure else "target"
    clear = rest.get("clear", limit if band == "target" else _read_end(measure, target, end))
    filled = {**rest, "signal": measure.get("strong_signal" if is_strong else "signal"), side: limit}
    if clear is not None:
        filled["clear"] = clear
    filled.update({key: measure[key] for key in ("change", "reduce") if key in measure and not is_strong})
    return filled, ""


def _read_end(measure: Mapping[str, Any], band: str, end: int) -> float | None:
    """Return one end of a band; None if it is open, missing or no number."""
    ends = measure.get(band)
    if not isinstance(ends, list) or len(ends) != 2:
        return None
    value = ends[end]
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
