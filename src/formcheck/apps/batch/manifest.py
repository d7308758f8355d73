"""The manifest: a CSV file that says of each recording which movement, side, subject and condition it is."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from formcheck.core.errors import SourceError
from formcheck.sinks.results_table import COLUMNS
from formcheck.sources.places import at_hand, is_uri, shown

NAMES_OF_THE_RECORDING = ("recording", "video", "file", "path", "uri", "input")
_SIDES = ("left", "right", "auto", "")


@dataclass(frozen=True, slots=True)
class Said:
    """One line: the recording, and what is said of it; empty = not said."""

    recording: str
    place: str
    movement: str = ""
    side: str = ""
    carried: dict[str, str] = field(default_factory=dict)


class Manifest:
    """A manifest that was read and found to be in order.

    Parameters
    ----------
    file : path or address. Names in it are looked up beside it, and among the inputs of the command.

    Raises
    ------
    SourceError
        With the line and what is wrong in it.
    """

    def __init__(self, file: str) -> None:
        self._name = PurePosixPath(shown(file).replace("\\", "/")).name
        self._base = file[: -len(self._name)] if is_uri(file) and file.endswith(self._name) else str(Path(file).parent)
        self.lines = self._read(file)
        self._used: set[int] = set()

    @property
    def columns(self) -> dict[str, list[str]]:
        """Carried column -> its values."""
        names = self.lines[0].carried if self.lines else {}
        return {name: [line.carried[name] for line in self.lines] for name in names}

    def matched(self, places: Iterable[str]) -> dict[str, list[Said]]:
        """Return place -> what is said of it; a line matches by the whole name, or by the end of the path."""
        said: dict[str, list[Said]] = {}
        by_end = _by_end(places)
        for number, line in enumerate(self.lines):
            found = by_end.get(line.place) or by_end.get(_plain(line.recording)) or []
            if len(found) > 1:
                came = f"{line.recording!r}, which {len(found)} recordings are called"
                raise self._wrong(number, "a recording", came, "name more of its path")
            for place in found:
                said.setdefault(place, []).append(line)
                self._used.add(number)
        return said

    def others(self, places: Iterable[str]) -> list[Said]:
        """Return the lines that no input matched; where there are inputs, their files lie beside the manifest."""
        self.matched(places)
        return [line for number, line in enumerate(self.lines) if number not in self._used]

    # reading ----------------------------------------------------------------------------------------------------------

    def _read(self, file: str) -> list[Said]:
        try:
            with at_hand(file) as here:
                text = Path(str(here)).read_text("utf-8-sig")
        except OSError as error:
            raise SourceError(f"{self._name}: expected a manifest, got: {error.strerror}; check the path") from None
        except UnicodeDecodeError:
            raise SourceError(f"{self._name}: expected a CSV file in UTF-8, got another; save it as UTF-8") from None
        lines = text.splitlines()
        comma = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
        rows = list(csv.reader(lines, delimiter=comma))
        if len(rows) < 2:
            raise SourceError(
                f"{self._name}: expected a line of names and one for each recording, got none; fill it in"
            )
        names = [name.strip() for name in rows[0]]
        which = self._name_column(names)
        return [
            self._said(k, dict(zip(names, row, strict=False)), which, len(names), row)
            for k, row in enumerate(rows[1:])
            if any(row)
        ]

    def _name_column(self, names: list[str]) -> str:
        which = next((name for name in names if name.lower() in NAMES_OF_THE_RECORDING), None)
        if which is None:
            came = ", ".join(names) or "none"
            raise SourceError(f"{self._name}: expected a column `recording`, got {came}; add it")
        taken = sorted((set(names) & set(COLUMNS)) - {which})
        twice = sorted({name for name in names if names.count(name) > 1})
        if taken or twice or "" in names:
            came = ", ".join(taken or twice) or "a column without a name"
            raise SourceError(
                f"{self._name}: expected names that the results do not use, each once, got {came}; rename it"
            )
        return which

    def _said(self, number: int, row: dict[str, str], which: str, width: int, cells: list[str]) -> Said:
        if len(cells) != width:
            raise self._wrong(number, f"{width} values", str(len(cells)), "put quotes around a value with a comma")
        row = {name: value.strip() for name, value in row.items()}
        recording, side = row.pop(which), row.pop("side", "").lower()
        if not recording:
            raise self._wrong(number, "a recording", "none", "fill it in")
        if side not in _SIDES:
            raise self._wrong(number, "left, right or auto", repr(side), "correct it")
        movement = row.pop("movement", "")
        if movement.endswith(".toml"):
            movement = self._beside(movement)
        return Said(shown(recording), self._beside(recording), movement, side, row)

    def _beside(self, name: str) -> str:
        """A name in the manifest is meant beside it, unless it says all."""
        if is_uri(name) or Path(name).is_absolute():
            return name
        return f"{self._base}{name}" if is_uri(self._base) else str(Path(self._base) / name)

    def _wrong(self, number: int, expected: str, came: str, todo: str) -> SourceError:
        return SourceError(f"{self._name}, line {number + 2}: expected {expected}, got {came}; {todo}")


def _plain(place: str) -> str:
    return shown(place).replace("\\", "/").removeprefix("./")


def _by_end(places: Iterable[str]) -> dict[str, list[str]]:
    """Every way to end a place's path -> the places that end so; the whole name counts before all others."""
    ends: dict[str, list[str]] = {}
    for place in places:
        parts = _plain(place).split("/")
        for k in range(len(parts)):
            ends.setdefault("/".join(parts[k:]), []).append(place)
    return {**ends, **{place: [place] for place in places}}
