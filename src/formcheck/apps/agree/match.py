"""Which label belongs to which result: by the full name of the recording, else by its file name, or by its hash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from formcheck.core.errors import SourceError

from .labels import Label, Sheet
from .outcomes import Outcome, Outcomes, file_name


@dataclass(frozen=True, slots=True)
class Matched:
    """Labels with their results.

    Parameters
    ----------
    pairs : each label that has a result, with it.
    without_result : recordings that were labelled, and have no result.
    without_label : recordings with a result that nobody labelled.
    """

    pairs: Sequence[tuple[Label, Outcome]]
    without_result: Sequence[str]
    without_label: Sequence[str]


def match(sheet: Sheet, labels: Sequence[Label], outcomes: Outcomes) -> Matched:
    """Return labels and results that belong together.

    Parameters
    ----------
    sheet : the file of the labels. labels : its labels. outcomes : the results.

    Raises
    ------
    SourceError
        If a label fits several results, a rater labelled a recording twice, or no label has a result.
    """
    places = _Places(sheet, labels, outcomes)
    found = [(label, places.of(label)) for label in labels]
    _no_label_twice(sheet.name, found)
    pairs = [(label, outcomes.rows[place]) for label, place in found if place is not None]
    without = list(dict.fromkeys(label.key for label, place in found if place is None))
    if not pairs:
        told = f"expected recordings of {outcomes.name}, as {outcomes.rows[0].recording}; got {without[0]}"
        raise SourceError(f"{sheet.name}: {told}{' …' if len(without) > 1 else ''}; none of them has a result")
    labelled = {place for _, place in found}
    return Matched(pairs, without, [row.recording for i, row in enumerate(outcomes.rows) if i not in labelled])


class _Places:
    """Where in the results a recording stands."""

    def __init__(self, sheet: Sheet, labels: Sequence[Label], outcomes: Outcomes) -> None:
        self._where, self._results = sheet.name, outcomes.name
        self._by_hash = "input_sha256" in sheet.columns
        self._full: dict[str, list[int]] = {}
        self._names: dict[str, list[int]] = {}
        for place, row in enumerate(outcomes.rows):
            for text in (row.sha256,) if self._by_hash else row.also:
                self._full.setdefault(text, []).append(place)
            self._names.setdefault(row.name, []).append(place)
        # two recordings of one name in different folders must not both take the one result of that name
        self._alike = Counter(file_name(key) for key in {label.key for label in labels})

    def of(self, label: Label) -> int | None:
        key = label.key.lower() if self._by_hash else label.key
        name = file_name(key)
        found = self._full.get(key, [])
        if not found and not self._by_hash and (key == name or self._alike[name] == 1):
            found = self._names.get(name, [])
        if len(found) > 1:
            told = f"expected a recording that stands once in {self._results}, got {label.key!r}, which stands there"
            mend = "keep one of the rows" if self._by_hash else "write it as in the column recording"
            raise SourceError(f"{self._where}, line {label.line}: {told} {len(found)} times; {mend}")
        return found[0] if found else None


def _no_label_twice(where: str, found: Sequence[tuple[Label, int | None]]) -> None:
    lines: dict[tuple[str, str | int], int] = {}
    for label, place in found:
        mine = (label.rater, label.key if place is None else place)
        if mine in lines:
            told = f"expected one row for each recording and rater, got {label.key!r} by {label.rater!r} in line"
            raise SourceError(f"{where}, line {label.line}: {told} {lines[mine]} too; keep one")
        lines[mine] = label.line


__all__ = ["Matched", "match"]
