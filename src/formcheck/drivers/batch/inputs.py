"""Turn folders, patterns, addresses and manifests into a list of recordings to score."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path, PurePath

from formcheck.core.errors import SourceError
from formcheck.sources.decode import PICTURE_SUFFIXES
from formcheck.sources.external_poses.openpose import is_folder_of_frames
from formcheck.sources.locations import expand_inputs
from formcheck.sources.remote.remote_store import is_uri, redact_uri

from .manifest import Manifest, ManifestLine
from .names import find_local_file, make_readable, resolve_place

VIDEO_SUFFIXES = frozenset({
    ".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".gif", ".h264", ".h265", ".hevc", ".ivf",
    ".m2ts", ".m2v", ".m4v", ".mjpeg", ".mjpg", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".nut",
    ".ogg", ".ogv", ".rm", ".rmvb", ".ts", ".vob", ".webm", ".wmv", ".y4m",
})  # fmt: skip
INPUT_SUFFIXES = VIDEO_SUFFIXES | PICTURE_SUFFIXES | {".parquet", ".trc", ".json"}
"""The files that are taken from a folder. Tables of landmarks (.csv) must be named one by one or by a pattern: a folder
often holds other tables as well."""
_OPENPOSE = "_keypoints.json"
_OWN_FILES = frozenset({"frames.parquet", "annotated.mp4", "undrawn.mp4"})
"""Files that a check writes with its summary. Its poses are a recording."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One recording, with the movement and side to score.

    Parameters
    ----------
    recording : as it was given, without the secret parts of an address.
    place : path or address at which it is read; see `names.resolve_place`.
    movement : id, "auto" or TOML file.
    side : left, right or auto.
    carried : columns of the manifest that go into its row.
    """

    recording: str
    place: str
    movement: str
    side: str
    carried: dict[str, str] = field(default_factory=dict)


def gather(inputs: Sequence[str], *, manifest: Manifest | None, movement: str, side: str, out: Path) -> list[Entry]:
    """Return the recordings in order: from the inputs, then those only in the manifest.

    Parameters
    ----------
    inputs : files, folders, patterns, addresses.
    manifest : gives details of some of them, and may name others.
    movement, side : for recordings whose manifest line does not give them.
    out : the folder of results, whose own files are skipped.

    Raises
    ------
    SourceError
        An input names nothing; there is no recording at all; the manifest contradicts itself about one.
    """
    given: dict[str, str] = {}
    for text in inputs:
        for found in _find_recordings(text, out):
            given.setdefault(resolve_place(found), make_readable(redact_uri(found)))
    seen_in = {place: name for place in given if (name := _name_source_of_poses(place))} if manifest else {}
    said_of = manifest.matched(given, seen_in) if manifest is not None else {}
    entries: list[Entry] = []
    for place, name in given.items():
        said = [replace(one, place=place, recording=name) for one in said_of.get(place, [ManifestLine(name, place)])]
        entries += [_make_entry(one, movement, side) for one in said]
    if manifest is not None:
        entries += [_make_entry(said, movement, side) for said in manifest.others()]
    if not entries:
        raise SourceError("INPUT: expected recordings, got none; name files, folders, or a --manifest")
    return _drop_repeats(entries)


def _name_source_of_poses(place: str) -> str:
    """Return the name of the recording that saved poses come from.

    Empty if these are no saved poses.
    """
    if not place.lower().endswith(".parquet") or is_uri(place):
        return ""
    from formcheck.sources.pose_track import open_track

    try:
        return str(open_track(place).header["source"]["name"])
    except (SourceError, KeyError, TypeError):
        return ""  # its own row will say what is wrong with it


def _make_entry(said: ManifestLine, movement: str, side: str) -> Entry:
    return Entry(said.recording, said.place, said.movement or movement, said.side or side, said.carried)


def _drop_repeats(entries: Iterable[Entry]) -> list[Entry]:
    kept: dict[tuple[str, str, str], Entry] = {}
    for entry in entries:
        first = kept.setdefault((entry.place, entry.movement, entry.side), entry)
        if first.carried != entry.carried:
            differ = ", ".join(name for name in first.carried if first.carried[name] != entry.carried.get(name))
            raise SourceError(
                f"{entry.recording}: expected one line of the manifest for a recording, a movement and a side, "
                f"got several that differ in {differ}; keep the right one"
            )
    return list(kept.values())


def _find_recordings(text: str, out: Path) -> Iterator[str]:
    """Yield the recordings that one input names; frames of OpenPose count as their folder."""
    itself = str(find_local_file(text) or text)
    inside, holds_poses = cache(partial(_is_inside, out=out.resolve())), cache(is_folder_of_frames)
    count = 0
    for place in expand_inputs(text, INPUT_SUFFIXES):
        name = re.split(r"[/\\]", redact_uri(place))[-1]
        if place == itself:
            yield place
        elif _is_hidden(place, itself) or _is_own(place, name) or (not is_uri(place) and inside(Path(place).parent)):
            continue
        elif name.endswith(_OPENPOSE):
            yield place[: -len(name)].rstrip("/\\") or "."
        elif name.lower().endswith(".json"):
            # Pose2Sim's names say nothing; the folder's content does
            if not is_uri(place) and holds_poses(Path(place).parent):
                yield str(Path(place).parent)
            else:
                continue
        else:
            yield place
        count += 1
    if not count:
        came = "only hidden files and results of formcheck"
        raise SourceError(f"{redact_uri(text)}: expected recordings, got {came}; name them one by one")


def _is_hidden(place: str, text: str) -> bool:
    """Return whether a file, or a folder between the named one and it, is hidden.

    Not if the pattern asks for hidden files.
    """
    fixed = text if os.path.lexists(text) else re.split(r"[*?\[]", text, maxsplit=1)[0]
    base = text if fixed == text else re.sub(r"[^/\\]*$", "", fixed)
    if any(part.startswith(".") for part in PurePath(text[len(base) :]).parts):
        return False
    parts = PurePath(place).parts
    below = parts[len(PurePath(base).parts) :] if PurePath(place).is_relative_to(base) else parts[-1:]
    return any(part.startswith(".") for part in below)


def _is_own(place: str, name: str) -> bool:
    """Return whether formcheck wrote this file: a batch's table, or a file of a check.

    The poses that it wrote are recordings.
    """
    if name == "results.parquet" or (name.endswith(".parquet") and "movement=" in place):
        return True
    return name in _OWN_FILES and (is_uri(place) or Path(place).with_name("summary.json").exists())


def _is_inside(folder: Path, out: Path) -> bool:
    inner = folder.resolve()
    return inner == out or out in inner.parents
