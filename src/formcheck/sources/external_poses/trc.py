"""Read marker files (.trc) in pixels, as Sports2D writes them.

x points to the right, y down; one person to a file. Sports2D writes "Units m" into its pixel files, too, so the trunk's
length distinguishes pixels from metres.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from formcheck.core.errors import SourceError
from formcheck.core.skeleton import N_LANDMARKS

from .landmark_names import find_landmark_index, require_trunk
from .text_files import hash_files, parse_numbers, read_text_lines
from .track import PoseFile, PoseRow

_HEAD = 5
_PIXELS = {"px", "pixel", "pixels"}
_TRC_HELP = "write it anew, or give Sports2D's file that ends in _px_person00.trc"


def read_trc(path: Path) -> PoseFile:
    """Return a marker file in pixels, opened but not yet read.

    Raises
    ------
    SourceError
        If it is no marker file, is really in metres, or has no shoulders and hips.
    """
    head = [line for _, line in zip(range(_HEAD), read_text_lines(path, _TRC_HELP), strict=False)]
    if len(head) < _HEAD or not head[0].startswith("PathFileType"):
        raise _bad_trc(path, "another file, or a damaged one")
    described = dict(zip(head[1].split("\t"), head[2].split("\t"), strict=False))
    units = described.get("Units", "").strip().lower()
    if units not in _PIXELS | {"m"}:
        raise _bad_trc(path, f"Units {units or 'missing'}: a picture's size and view cannot be told from it")
    names = [name.strip() for name in head[3].rstrip().split("\t")[2::3]]
    index = [find_landmark_index(name) for name in names]
    require_trunk({i for i in index if i is not None}, path.name, "markers")
    frames = described.get("NumFrames", "").strip()
    promised = int(frames) if frames.isascii() and frames.isdigit() else None
    return PoseFile(path, "trc", hash_files([path]), partial(_read_trc_rows, path, index), "s", promised=promised)


def _read_trc_rows(path: Path, index: list[int | None]) -> Iterator[PoseRow]:
    columns = np.array([k for k, i in enumerate(index) if i is not None])
    places = np.array([i for i in index if i is not None])
    width = 2 + 3 * len(index)
    for count, line in enumerate(read_text_lines(path, _TRC_HELP), start=1):
        if count <= _HEAD or not line.strip():
            continue
        fields = line.split("\t")
        if len(fields) < width or any(field.strip() for field in fields[width:]):
            raise _bad_trc(path, f"{len(fields)} instead of {width} fields in line {count}")
        values = parse_numbers(fields[:width], path, f"line {count}", _TRC_HELP)
        if not math.isfinite(values[1]):
            raise _bad_trc(path, f"no time in line {count}")
        points = values[2:].reshape(-1, 3)[columns, :2]
        # gaps may have been filled with zeros; no joint lies exactly in the corner of a picture
        points[(points == 0).all(axis=1)] = math.nan
        xy = np.full((N_LANDMARKS, 2), math.nan)
        xy[places] = points
        seen = int(np.isfinite(points).any())
        yield PoseRow(f"line {count}", float(values[1]), xy, np.full(N_LANDMARKS, math.nan), people=seen)


def _bad_trc(path: Path, came: str) -> SourceError:
    return SourceError(f"{path.name}: expected a .trc file in pixels, got {came}; {_TRC_HELP}")
