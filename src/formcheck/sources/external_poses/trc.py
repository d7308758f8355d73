"""Read marker files (.trc) in pixels, as Sports2D writes them.

x points to the right, y down; one person to a file. Sports2D writes "Units m" into its pixel files, too, so the trunk's
length distinguishes pixels from metres.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from formcheck.core.errors import SourceError
from formcheck.core.skeleton import N_LANDMARKS

from .landmark_names import NEEDED_LANDMARKS, find_landmark_index, require_trunk
from .survey import PersonPoints, PoseFile, PoseRow
from .text_files import Damage, DamageKind, hash_files, parse_numbers, read_text_lines, shorten, show_name

_HEAD_LINES = 5
_PIXELS = {"px", "pixel", "pixels"}
_TRC_HELP = "write it again, or give Sports2D's file that ends in _px_person00.trc"


def read_trc(path: Path) -> PoseFile:
    """Return a marker file in pixels, opened but not yet read.

    Raises
    ------
    SourceError
        If it is not a marker file, is really in metres, or has no shoulders and hips.
    """
    head = [line for _, line in zip(range(_HEAD_LINES), read_text_lines(path, _TRC_HELP), strict=False)]
    if len(head) < _HEAD_LINES or not head[0].startswith("PathFileType"):
        raise _bad_trc(path, "another kind of file, or a damaged one")
    described = dict(zip(head[1].split("\t"), head[2].split("\t"), strict=False))
    units = described.get("Units", "").strip().lower()
    if units not in _PIXELS | {"m"}:
        came = f"Units {shorten(units) or 'missing'}: size and view of the picture are not known from it"
        raise _bad_trc(path, came)
    names = [name.strip() for name in head[3].rstrip().split("\t")[2::3]]
    index = _find_places(path, names)
    require_trunk({i for i in index if i is not None}, show_name(path), "markers")
    frames = described.get("NumFrames", "").strip()
    promised = int(frames) if re.fullmatch(r"[0-9]{1,9}", frames) else None
    return PoseFile(path, "trc", hash_files([path]), partial(_read_trc_rows, path, index), "s", promised=promised)


def _find_places(path: Path, names: list[str]) -> list[int | None]:
    """Return the landmark of each marker.

    None for markers that are not used, and for those of the face that come twice.
    """
    index = [find_landmark_index(name) for name in names]
    twice = {i for i, count in Counter(index).items() if i is not None and count > 1}
    for i in sorted(twice & NEEDED_LANDMARKS):
        same = " and ".join(shorten(name) for name, one in zip(names, index, strict=True) if one == i)
        raise _bad_trc(path, f"one landmark twice ({same}), as of two people")
    return [None if i in twice else i for i in index]


def _read_trc_rows(path: Path, index: list[int | None]) -> Iterator[PoseRow]:
    columns = np.array([k for k, i in enumerate(index) if i is not None])
    places = np.array([i for i in index if i is not None])
    width = 2 + 3 * len(index)
    for count, line in enumerate(read_text_lines(path, _TRC_HELP), start=1):
        if count <= _HEAD_LINES or not line.strip():
            continue
        where, fields = f"line {count}", line.split("\t")
        values, wrong = parse_numbers(fields[:width])
        damage = Damage(DamageKind.NUMBER, wrong, where) if wrong is not None else None
        if len(fields) < width or any(field.strip() for field in fields[width:]):
            damage = Damage(DamageKind.FIELDS, f"{len(fields)} instead of {width} fields", where)
        bodies: tuple[PersonPoints, ...] = ()
        if damage is None:
            xy = np.full((N_LANDMARKS, 2), math.nan)
            xy[places] = values[2:].reshape(-1, 3)[columns, :2]
            bodies = (PersonPoints(xy, np.full(N_LANDMARKS, math.nan)),)
        yield PoseRow(where, float(values[1]) if len(values) > 1 else math.nan, bodies, damage)


def _bad_trc(path: Path, came: str) -> SourceError:
    return SourceError(f"{show_name(path)}: expected a .trc file in pixels, got {came}; {_TRC_HELP}")
