"""Read folders of JSON files, one a frame, as OpenPose, Pose2Sim and Sports2D write them.

Skeletons are recognised by their number of points; see `landmark_names`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from functools import partial
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.core.errors import SourceError

from ..files.regular_files import open_bytes
from .landmark_names import SKELETONS, place_points
from .survey import PersonPoints, PoseFile, PoseRow
from .text_files import Damage, DamageKind, hash_files, shorten, show_name

PATTERN = "*_keypoints.json"
_NUMBERED_FILE = re.compile(r"(?P<clip>.*?)(?P<number>\d+)(?:_keypoints)?\.json", re.ASCII | re.IGNORECASE | re.DOTALL)
_KEYS = ("pose_keypoints_2d", "pose_keypoints")
"""The second one is of OpenPose 1.0."""
_PIXEL_MARKERS = "*_px*.trc"
_MOST_LOOKED_AT = 200
"""Entries of a folder that are looked at to find out what it is."""
_MOST_DIGITS = 12
_MOST_BYTES = 16_000_000
"""A larger file is not one frame: it must not fill the memory."""


# Which folder ---------------------------------------------------------------------------------------------------------


def is_pose_folder(folder: Path) -> bool:
    """Return whether a folder holds poses of OpenPose, Pose2Sim or Sports2D."""
    return is_folder_of_frames(folder) or bool(_list_inner_places(folder))


def is_folder_of_frames(folder: Path) -> bool:
    """Return whether a folder holds JSON files of poses itself, not in folders inside it."""
    if next(folder.glob(PATTERN), None) is not None:
        return True
    first = next(
        (path for path in islice(folder.glob("*.json"), _MOST_LOOKED_AT) if _NUMBERED_FILE.fullmatch(path.name)), None
    )
    if first is None:
        return False
    try:
        with open_bytes(first) as file:
            return b'"people"' in file.read(10_000)
    except OSError:
        return False


def holds_keypoints(path: Path) -> bool:
    """Return whether a JSON file holds poses, of one frame or of all."""
    try:
        with open_bytes(path) as file:
            return b"keypoints" in file.read(10_000)
    except OSError:
        return False


def _list_inner_places(folder: Path) -> list[Path]:
    """Return the pixel markers of Sports2D, or the folders of Pose2Sim, in a folder."""
    markers = sorted(folder.glob(_PIXEL_MARKERS))
    if markers:
        return markers
    inner = chain(folder.glob("*_json"), folder.glob("pose/*_json"), folder.glob("pose"))
    return sorted(path for path in islice(inner, _MOST_LOOKED_AT) if path.is_dir() and is_folder_of_frames(path))


def find_pose_place(folder: Path) -> Path | None:
    """Return the folder of frames or the marker file that a folder means, or None.

    Raises
    ------
    SourceError
        If it holds several: of several people or cameras.
    """
    if is_folder_of_frames(folder):
        return folder
    inner = _list_inner_places(folder)
    if len(inner) > 1:
        names = shorten(", ".join(show_name(path) for path in inner), 120)
        raise SourceError(
            f"{show_name(folder)}: expected the poses of one person from one camera, got {len(inner)} "
            f"({names}); name one of them"
        )
    return inner[0] if inner else None


# Frames ---------------------------------------------------------------------------------------------------------------


def read_openpose(folder: Path) -> PoseFile:
    """Return a folder of OpenPose's files, opened but not yet read.

    Raises
    ------
    SourceError
        If two files belong to the same frame, or the files to two recordings.
    """
    named = [(found, path) for path in folder.glob("*.json") if (found := _NUMBERED_FILE.fullmatch(path.name))]
    if any(path.match(PATTERN) for _, path in named):
        named = [(found, path) for found, path in named if path.match(PATTERN)]
    unnumbered = [path for path in folder.glob(PATTERN) if not _NUMBERED_FILE.fullmatch(path.name)]
    files = [*((_parse_frame_number(found), path) for found, path in named), *((math.nan, path) for path in unnumbered)]
    files.sort(key=lambda one: (math.isnan(one[0]), one[0], one[1].name))
    twice = next((later for (one, _), (other, later) in pairwise(files) if one == other), None)
    if twice is not None:
        raise _bad_openpose(twice, "a second file for the same frame")
    clips = {found["clip"]: path for found, path in named}
    if len(clips) > 1:
        raise _bad_openpose(list(clips.values())[1], f"files of {len(clips)} recordings")
    rows = partial(_read_openpose_rows, files)
    digest = hash_files(path for _, path in files)
    return PoseFile(folder, "openpose", digest, rows, "frame", shares_allowed=True)


def _parse_frame_number(found: re.Match[str]) -> float:
    """Return the frame's number in the file's name, or NaN."""
    digits = found["number"].lstrip("0") or "0"
    return float(digits) if len(digits) <= _MOST_DIGITS else math.nan


def _read_openpose_rows(files: list[tuple[float, Path]]) -> Iterator[PoseRow]:
    count = 0  # of the points of one person: one recording has one skeleton
    for number, path in files:
        where, bodies = show_name(path), []
        listed, damage = _read_people(path, where)
        for numbers in listed:
            body, wrong = _read_person_points(numbers, count, where)
            damage = damage or wrong
            if body is not None:
                count = len(numbers)
                bodies.append(body)
        yield PoseRow(where, number, tuple(bodies), damage)


def _read_people(path: Path, where: str) -> tuple[list[Any], Damage | None]:
    """Return the numbers of each person, and what is wrong with the file."""
    try:
        with open_bytes(path) as file:
            text = file.read(_MOST_BYTES + 1)
        if len(text) > _MOST_BYTES:
            return [], Damage(DamageKind.FILE, f"more than {_MOST_BYTES // 1_000_000} MB", where)
        people = json.loads(text)["people"]
        listed = [
            next(
                (person[key] for key in _KEYS if key in person),
                shorten(", ".join(person.keys()) or "a person without points"),
            )
            for person in people
        ]
    except OSError as error:
        return [], Damage(DamageKind.FILE, f"a file that cannot be read ({error.strerror})", where)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return [], Damage(DamageKind.FILE, "a damaged file, or another kind of file", where)
    # someone with hands only, or whose points were not found, has an empty list
    return [numbers for numbers in listed if numbers not in (None, [])], None


def _read_person_points(numbers: Any, count: int, where: str) -> tuple[PersonPoints | None, Damage | None]:
    """Return one person, and what is wrong with the list of points.

    Parameters
    ----------
    count : how many numbers a person of this recording has; 0 = not known yet.
    """
    if isinstance(numbers, str):
        return None, Damage(DamageKind.FILE, f"a person with {numbers}", where)
    if not isinstance(numbers, list) or not all(type(number) in (int, float) for number in numbers):
        return None, Damage(DamageKind.FILE, "a damaged file, or another kind of file", where)
    skeleton = SKELETONS.get(len(numbers) // 3) if len(numbers) % 3 == 0 else None
    if skeleton is None or (count and len(numbers) != count):
        came = f"{len(numbers)} numbers for a person" + (f" after {count}" if count and skeleton else "")
        return None, Damage(DamageKind.SKELETON, came, where)
    try:
        points = np.array([float(number) for number in numbers]).reshape(-1, 3)
    except OverflowError:
        return None, Damage(DamageKind.FILE, "a number without end", where)
    points[~(points[:, 2] > 0)] = math.nan
    if not skeleton.has_order(points):
        return None, Damage(DamageKind.SKELETON, f"{len(points)} points in another order", where)
    placed = place_points(points, skeleton)
    return PersonPoints(placed[:, :2], placed[:, 2]), None


def _bad_openpose(path: Path, came: str) -> SourceError:
    todo = "use one folder for each recording, with the frame number in each name"
    return SourceError(f"{show_name(path)}: expected OpenPose's files of one recording, got {came}; {todo}")
