"""Turn folders, patterns, addresses and manifests into a list of recordings to score.

A manifest is a CSV file with movement, side, subject and condition of each recording.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path, PurePath

from formcheck.core.errors import SourceError
from formcheck.sinks.results_table import COLUMNS, MOST_ROWS
from formcheck.sources.decode import PICTURE_SUFFIXES
from formcheck.sources.external_poses.openpose import is_folder_of_frames
from formcheck.sources.locations import expand_inputs, open_local
from formcheck.sources.remote.remote_store import is_uri, redact_uri

from .files import find_local_file, is_same_file, make_readable, resolve_place

NAMES_OF_THE_RECORDING = ("recording", "video", "file", "path", "uri", "input")
"""The first of these columns that is there names the recordings; upper or lower case does not matter."""
_SIDE_CHOICES = ("left", "right", "auto", "")
_OWN_COLUMNS = ("movement", "side")
MOST_MANIFEST_BYTES = 50_000_000
MOST_COLUMNS = 1000


@dataclass(frozen=True, slots=True)
class ManifestLine:
    """One line: the recording and its values; empty = not given."""

    recording: str
    place: str
    movement: str = ""
    side: str = ""
    carried: dict[str, str] = field(default_factory=dict)
    line: int = 0


class Manifest:
    """A manifest that was read and found valid.

    Parameters
    ----------
    file : path or address. Names in it are searched in its folder, and among the inputs of the command.

    Raises
    ------
    SourceError
        With the line and what is wrong in it.
    """

    def __init__(self, file: str) -> None:
        here = find_local_file(file)
        plain = redact_uri(file) if here is None else str(here)
        self._name = plain.replace("\\", "/").rpartition("/")[2]
        self._base = plain.removesuffix(self._name) if here is None else str(here.parent)
        self.lines = [self._said(*row) for row in self._rows(file)]
        self._used: set[int] = set()

    @property
    def columns(self) -> dict[str, list[str]]:
        """Return carried column -> its values."""
        names = self.lines[0].carried if self.lines else {}
        return {name: [line.carried[name] for line in self.lines] for name in names}

    def matched(self, places: Iterable[str], seen_in: Mapping[str, str] | None = None) -> dict[str, list[ManifestLine]]:
        """Return place -> its lines; a line matches by whole name or end of path.

        Parameters
        ----------
        seen_in : place of saved poses -> name of the recording in which they were seen. A line about that recording
            is about its poses, unless the recording itself is there too.
        """
        said: dict[str, list[ManifestLine]] = {}
        known = dict.fromkeys(places)
        by_end, by_source = _index_by_end(known), _index_by_source(seen_in or {})
        for line in self.lines:
            found = (
                [line.place]
                if line.place in known
                else _drop_namesakes(line, by_end.get(_normalise_place(line.recording), []))
            )
            found = found or by_source.get(_normalise_place(line.recording).rpartition("/")[2], [])
            if len(found) > 1:
                came = f"{line.recording!r}, the name of {len(found)} recordings"
                raise self._wrong(line.line, "a recording", came, "give more of its path")
            for place in found:
                said.setdefault(place, []).append(line)
                self._used.add(line.line)
        return said

    def others(self) -> list[ManifestLine]:
        """Return the lines that nothing matched.

        If there are inputs, the files of these lines are in the manifest's folder.
        """
        return [line for line in self.lines if line.line not in self._used]

    # reading ----------------------------------------------------------------------------------------------------------

    def _rows(self, file: str) -> Iterator[tuple[int, dict[str, str], str]]:
        """Yield the line number, its values, and the column that names the recording."""
        text = self._text(file)
        if text.count("\n") > MOST_ROWS:
            came = f"expected at most {MOST_ROWS} lines, as many as a table holds, got more"
            raise SourceError(f"{self._name}: {came}; give it in parts")
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_find_separator(text))
        names: list[str] = []
        which, lines = "", 0
        try:
            for cells in reader:
                if not any(cell.strip() for cell in cells):
                    continue
                if not names:
                    names = [cell.strip() for cell in cells]
                    names = [name.lower() if name.lower() in _OWN_COLUMNS else name for name in names]
                    which = self._name_column(names)
                    continue
                if len(cells) != len(names):
                    came, todo = str(len(cells)), "put quotes around a value with a comma"
                    raise self._wrong(reader.line_num, f"{len(names)} values", came, todo)
                lines += 1
                yield reader.line_num, dict(zip(names, (cell.strip() for cell in cells), strict=True)), which
        except csv.Error as error:
            raise self._wrong(reader.line_num, "a line of CSV", str(error), "correct it") from None
        if not lines:
            message = "expected a header line and a line for each recording, got none"
            raise SourceError(f"{self._name}: {message}; fill it in")

    def _text(self, file: str) -> str:
        try:
            with open_local(file) as here:
                if isinstance(here, Path):
                    content = _read_manifest(here)
                else:
                    content = here.read_at(0, min(here.size, MOST_MANIFEST_BYTES + 1))
            if len(content) > MOST_MANIFEST_BYTES:
                came = f"more than {MOST_MANIFEST_BYTES // 1_000_000} MB"
                raise SourceError(f"{self._name}: expected a manifest, got {came}; give it in parts")
            return content.decode("utf-8-sig")
        except (OSError, ValueError) as error:
            if not isinstance(error, UnicodeDecodeError):
                came = getattr(error, "strerror", None) or str(error)
                raise SourceError(f"{self._name}: expected a manifest, got: {came}; check the path") from None
            raise SourceError(f"{self._name}: expected a CSV file in UTF-8, got another; save it as UTF-8") from None

    def _name_column(self, names: Sequence[str]) -> str:
        small = [name.lower() for name in names]
        which = next((names[small.index(name)] for name in NAMES_OF_THE_RECORDING if name in small), None)
        if which is None:
            came = ", ".join(names) or "none"
            raise SourceError(f"{self._name}: expected a column `recording`, got {came}; add it")
        if len(names) > MOST_COLUMNS:
            came = f"{len(names)}; remove those that the results do not need"
            raise SourceError(f"{self._name}: expected at most {MOST_COLUMNS} columns, got {came}")
        # Upper and lower case do not make two names: many tools that read the table ignore the difference.
        taken = [name for name in names if name.lower() in COLUMNS and name != which and name not in _OWN_COLUMNS]
        twice = sorted({name for name in names if small.count(name.lower()) > 1})
        if taken or twice or "" in names:
            came = ", ".join(taken or twice) or "a column without a name"
            raise SourceError(
                f"{self._name}: expected unique column names that the results do not use, got {came}; rename it"
            )
        return which

    def _said(self, line: int, row: dict[str, str], which: str) -> ManifestLine:
        recording, movement, side = row.pop(which), row.pop("movement", ""), row.pop("side", "").lower()
        if not recording:
            raise self._wrong(line, "a recording", "none", "fill it in")
        if side not in _SIDE_CHOICES:
            raise self._wrong(line, "left, right or auto", repr(side), "correct it")
        if movement.endswith(".toml"):
            movement = self._resolve(movement)
        return ManifestLine(
            make_readable(redact_uri(recording)), resolve_place(self._resolve(recording)), movement, side, row, line
        )

    def _resolve(self, name: str) -> str:
        """Return the path of a name in the manifest.

        A relative name starts in the manifest's folder.
        """
        if is_uri(name) or Path(name).is_absolute():
            return name
        if is_uri(self._base):
            return self._base + name.replace("\\", "/").removeprefix("./")
        path = Path(self._base, name)
        # A manifest that was written on Windows is read elsewhere too.
        return str(path if os.path.lexists(path) else Path(self._base, name.replace("\\", "/")))

    def _wrong(self, line: int, expected: str, came: str, todo: str) -> SourceError:
        return SourceError(f"{self._name}, line {line}: expected {expected}, got {came}; {todo}")


def _read_manifest(path: Path) -> bytes:
    if path.exists() and not path.is_file() and not path.is_dir():  # a pipe would be waited for
        raise OSError(errno.ENXIO, "a device or pipe")
    with path.open("rb") as file:
        return file.read(MOST_MANIFEST_BYTES + 1)


def _find_separator(text: str) -> str:
    """Return the separator between the names: comma, semicolon or tab.

    Excel writes a semicolon in languages with a decimal comma.
    """
    first = text.lstrip().partition("\n")[0]
    return max(",", ";", "\t", key=first.count)


def _normalise_place(place: str) -> str:
    """Return a name in the form in which names are compared.

    macOS writes an accent as a character of its own.
    """
    return unicodedata.normalize("NFC", redact_uri(place).replace("\\", "/").removeprefix("./"))


def _index_by_source(seen_in: Mapping[str, str]) -> dict[str, list[str]]:
    """Return recording name -> the places of the poses seen in it."""
    places: dict[str, list[str]] = {}
    for place, name in seen_in.items():
        places.setdefault(_normalise_place(name), []).append(place)
    return places


def _index_by_end(places: Iterable[str]) -> dict[str, list[str]]:
    """Return every end of a place's path -> the places with that end."""
    ends: dict[str, list[str]] = {}
    for place in places:
        parts = _normalise_place(place).split("/")
        for k in range(len(parts)):
            ends.setdefault("/".join(parts[k:]), []).append(place)
    return ends


def _drop_namesakes(line: ManifestLine, found: list[str]) -> list[str]:
    """Drop recordings that only have the same name.

    If the file exists in the manifest's folder, that one is meant.
    """
    meant = find_local_file(line.place)
    if not found or meant is None or not os.path.lexists(meant):
        return found
    return [place for place in found if (here := find_local_file(place)) is not None and is_same_file(here, meant)]


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
    place : path or address at which it is read; see `files.resolve_place`.
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
