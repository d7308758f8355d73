"""Read OpenPose's folder of JSON files, one a frame: BODY_25 or COCO-18, in pixels."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import SourceError
from formcheck.core.skeleton import INDEX, N_LANDMARKS

from .landmark_names import BODY_25, COCO_18
from .text_files import hash_files, unreadable
from .track import PoseFile, PoseRow

PATTERN = "*_keypoints.json"
_SKELETONS = {3 * len(names): names for names in (BODY_25, COCO_18)}
_OPENPOSE_HELP = "run OpenPose with --write_json and its model BODY_25 or COCO"
_NO_PERSON = np.full((N_LANDMARKS, 3), math.nan)
PersonPoints = NDArray[np.float64]


def read_openpose(folder: Path) -> PoseFile:
    """Return a folder of OpenPose's files, opened but not yet read.

    Raises
    ------
    SourceError
        If two files belong to the same frame.
    """
    files = sorted((_parse_frame_number(path), path) for path in folder.glob(PATTERN))
    twice = next((later for (one, _), (other, later) in pairwise(files) if one == other), None)
    if twice is not None:
        raise _bad_openpose(twice, "a second file for the same frame, or none numbered")
    return PoseFile(
        folder, "openpose", hash_files(path for _, path in files), partial(_read_openpose_rows, files), "frame"
    )


def _parse_frame_number(path: Path) -> int:
    """Return the frame's number in the file's name, or -1."""
    found = re.search(r"(\d{1,18})_keypoints$", path.stem)
    return int(found[1]) if found else -1


def _read_openpose_rows(files: list[tuple[int, Path]]) -> Iterator[PoseRow]:
    last: PersonPoints | None = None
    for number, path in files:
        people = [person for person in _read_people(path) if np.isfinite(person).any()]
        if people:
            last = _choose_subject(people, last)
        found = last if people and last is not None else _NO_PERSON
        yield PoseRow(path.name, float(number), found[:, :2], found[:, 2], people=len(people))


def _choose_subject(people: list[PersonPoints], last: PersonPoints | None) -> PersonPoints:
    """Return the largest person at first, later the person nearest to the last place."""
    if last is None:
        return max(people, key=_measure_extent)
    was = np.nanmean(last[:, :2], axis=0)
    return min(people, key=lambda person: math.dist(np.nanmean(person[:, :2], axis=0), was))


def _measure_extent(person: PersonPoints) -> float:
    return float(np.ptp(person[np.isfinite(person[:, 0]), :2], axis=0).max())


def _read_people(path: Path) -> list[PersonPoints]:
    try:
        content = json.loads(path.read_text("utf-8"))
        return [_read_points(person["pose_keypoints_2d"]) for person in content["people"]]
    except OSError as error:
        raise unreadable(path, error) from None
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        came = str(error) if isinstance(error, _CountError) else "a damaged file, or another one"
        raise _bad_openpose(path, came) from None


class _CountError(ValueError):
    """A person with a number of points that no known model has."""


def _read_points(numbers: Any) -> PersonPoints:
    """Return one person, (33, 3): x, y, confidence; NaN for a missing point."""
    names = _SKELETONS.get(len(numbers))
    if names is None:
        raise _CountError(f"{len(numbers)} numbers for a person")
    every = np.asarray(numbers, np.float64).reshape(-1, 3)
    every[~(every[:, 2] > 0)] = math.nan
    out = _NO_PERSON.copy()
    for point, name in zip(every, names, strict=True):
        if name is not None:
            out[INDEX[name]] = point
    return out


def _bad_openpose(path: Path, came: str) -> SourceError:
    return SourceError(
        f"{path.name}: expected OpenPose's 25 or 18 points for each person, got {came}; {_OPENPOSE_HELP}"
    )
