"""Read a prescription file, and write the movement files that follow from it."""

from __future__ import annotations

from pathlib import Path

from formcheck.core.movement.toml_files import MAX_FILE_BYTES, read_file_bytes
from formcheck.drivers.atomic_files import write_one_file
from formcheck.drivers.own_movements import load_own_movements
from formcheck.program.therapist.prescription import Prescription, parse_prescription, personalise_bytes


def load_prescription(path: Path) -> Prescription:
    """Return a prescription; it may name own movements of this computer.

    Raises
    ------
    MovementFileError
        With every problem of the file.
    """
    return parse_prescription(read_file_bytes(path, MAX_FILE_BYTES), path.name, load_own_movements().contents)


def write_own_movements(prescription: Prescription, folder: Path) -> list[Path]:
    """Write the movement files of one person into a folder; return them."""
    written, own = [], load_own_movements().contents
    for one in prescription.movements:
        target = folder / f"{one.movement}.toml"
        with write_one_file(target) as part:
            part.write_bytes(personalise_bytes(one, own))
        written.append(target)
    return written
