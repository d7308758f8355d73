"""Find the movements of this computer: those of formcheck, and own files.

Own files are drafts of a therapist (`formcheck draft`) or written by hand. They are in one folder of the user's data
and are read when they are asked for, so a changed file counts at once. A bad file is left out, with its problems.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from formcheck.core.errors import FormCheckError, MovementFileError, keep_on_a_line
from formcheck.core.movement.load import Checked, check_own_files, make_unknown_id_error
from formcheck.core.movement.schema import Movement
from formcheck.core.movement.toml_files import read_file_bytes
from formcheck.languages.phrase import Phrase
from formcheck.program.body_tests.protocol import find_test
from formcheck.program.routines.schema import list_known_movements, load_known_movement

from .user_data import find_data_dir, write_private_file

MOST_OWN_MOVEMENTS = 200
MOST_OWN_BYTES = 100_000
"""A shipped file has about 10 kB."""
REFUSED_SHOWN = 5
"""A page names at most this many files that cannot be used."""
OWN_NAME = Phrase("{name} (own)")
_MOVEMENT_FOLDER = "movements"


class OwnMovements(NamedTuple):
    """The user's own movements, their files and bytes by id, and refused files."""

    movements: dict[str, Movement]
    paths: dict[str, Path]
    refused: list[Checked]
    contents: dict[str, bytes]

    def list_refused_lines(self) -> list[str]:
        """Return one line for each file that cannot be used, with its problems."""
        return [str(FormCheckError(f"{one.name}: left out: {'; '.join(one.problems)}")) for one in self.refused]


def find_own_movements_dir() -> Path:
    """Return the folder of the user's own movement files. It need not exist."""
    return find_data_dir() / _MOVEMENT_FOLDER


def load_own_movements() -> OwnMovements:
    """Return the user's own movements.

    A bad file is left out, with its problems.
    """
    folder = find_own_movements_dir()
    names, refused = _list_files(folder)
    contents: dict[str, bytes] = {}
    for name in names:
        try:
            contents[name] = _read_own_file(folder / name)
        except MovementFileError as error:
            refused.append(Checked(name, None, error.problems))
    checked = _check_contents(tuple(contents.items()))
    good = {one.movement.id: (one.movement, one.name) for one in checked if one.movement is not None}
    refused += [one for one in checked if one.movement is None]
    refused = [one._replace(name=keep_on_a_line(one.name)) for one in refused]
    return OwnMovements(
        movements={one: movement for one, (movement, _) in good.items()},
        paths={one: folder / name for one, (_, name) in good.items()},
        refused=refused,
        contents={one: contents[name] for one, (_, name) in good.items()},
    )


def keep_own_movement(content: bytes, *, replaces: bool = False) -> Movement:
    """Keep a movement file among the own movements of this computer.

    It is named by its id.

    Parameters
    ----------
    replaces : an own movement of this id may be overwritten.

    Raises
    ------
    MovementFileError
        With every problem of the file; nothing was kept.
    StoreError
        It cannot be written.
    """
    if len(content) > MOST_OWN_BYTES:
        came = f"{len(content) / 1000:.0f} kB"
        raise MovementFileError("draft", [f"expected at most {MOST_OWN_BYTES // 1000} kB, got {came}"])
    [checked] = _check_contents((("draft.toml", content),))
    if checked.movement is None:
        raise MovementFileError(checked.name, checked.problems)
    folder, own = find_own_movements_dir(), load_own_movements()
    name = checked.movement.id
    path = own.paths.get(name, folder / f"{name}.toml")
    if folder.is_symlink():
        raise MovementFileError(folder.name, ["expected a folder, got a link; put the files themselves here"])
    if os.path.lexists(path) and not replaces:
        raise MovementFileError(path.name, [f"id: expected a new one, got {name!r}, which is kept already; rename it"])
    if not os.path.lexists(path) and len(own.paths) + len(own.refused) >= MOST_OWN_MOVEMENTS:
        raise MovementFileError(path.name, [f"expected at most {MOST_OWN_MOVEMENTS} files; take one out first"])
    write_private_file(path, content.decode("utf-8"))
    return checked.movement


def locate_movement(movement: str | Path) -> str | Path:
    """Return the file of an own movement in place of its id.

    Anything else is returned as it is.

    Raises
    ------
    MovementFileError
        The own file cannot be used, with every problem; or there is no movement of this id.
    """
    name = str(movement)
    if name in list_known_movements() or Path(movement).suffix:
        return movement
    own = load_own_movements()
    if name in own.paths:
        return own.paths[name]
    if os.path.lexists(name):
        return movement
    for one in own.refused:
        if one.name == f"{name}.toml":
            raise MovementFileError(one.name, one.problems)
    raise make_unknown_id_error(name, own.paths)


def find_movement(movement_id: str) -> Movement | None:
    """Return a movement of formcheck or of an own file by its id, or None."""
    if not is_own(movement_id):
        return load_known_movement(movement_id)
    return load_own_movements().movements.get(movement_id)


def name_with_origin(movement: Movement) -> str:
    """Return the name of a movement for a list of all; own ones are marked."""
    return OWN_NAME.format(name=movement.name) if is_own(movement.id) else movement.name


def is_own(movement_id: str) -> bool:
    """Return whether a movement is not one of those that formcheck includes."""
    return movement_id not in list_known_movements()


def _list_files(folder: Path) -> tuple[list[str], list[Checked]]:
    """Return the names of the files to read, and what is wrong with the folder."""
    if folder.is_symlink():
        return [], [Checked(folder.name, None, ["expected a folder, got a link; put the files themselves here"])]
    try:
        every = sorted(path.name for path in folder.iterdir() if path.suffix == ".toml" and path.name[0] != ".")
    except FileNotFoundError:
        return [], []
    except OSError as error:
        came = error.strerror or type(error).__name__
        return [], [Checked(folder.name, None, [f"expected a readable folder, got: {came}; check it"])]
    most = MOST_OWN_MOVEMENTS
    too_many = (
        f"expected at most {most} files, got {len(every)}; those after {every[most - 1]} are left out"
        if len(every) > most
        else ""
    )
    return every[:most], [Checked(folder.name, None, [too_many])] if too_many else []


def _read_own_file(path: Path) -> bytes:
    if path.is_symlink():
        raise MovementFileError(path.name, ["expected a file, got a link; put the file itself here"])
    return read_file_bytes(path, MOST_OWN_BYTES)


@lru_cache(maxsize=2)
def _check_contents(contents: tuple[tuple[str, bytes], ...]) -> tuple[Checked, ...]:
    """Return the checked files; their bytes are the key, because every page asks for them."""
    return tuple(map(_refuse_test_id, check_own_files(dict(contents))))


def _refuse_test_id(one: Checked) -> Checked:
    if one.movement is None or find_test(one.movement.id) is None:
        return one
    return Checked(one.name, None, [f"id: expected a unique id, got {one.movement.id!r}, which a test uses"])
