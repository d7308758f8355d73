"""Check the words of a movement file: forbidden promises and unnamed sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

NEVER_SAID = (
    r"(un)?safe (for (the|your) )?(back|spine|posture)",
    r"(risk of injur(y|ies)|injury risk|prevents? injur(y|ies))",
    r"slipped dis[ck]s?",
    r"dis[ck] pressure",
    r"neutral zone",
    r"(back|spine) is in danger",
    r"correct (your|the) (spine|posture)",
    r"(fix(es)?|reliev(es?|ing)|cur(es?|ing)|heals?|treats?) (your |the )?(back|pain|sciatica|spine|nerves?|low back)",
    r"sciatic(a| nerve)? relief",
    r"(lasting )?pain relief",
    r"pelvic tilt (of )?\d+ ?(°|deg)",
    r"muscles? activat(ed|ion)",
    r"tight psoas",
    r"(good|bad) posture",
    r"posture score",
    r"clinically (validated|proven)",
    r"diagnos(e[sd]?|is|es|ing)",
)
"""Patterns of wording that promises or threatens what a camera cannot know (catalogue 3.3)."""

TAG = re.compile(r"\b(S\d{3}|P\d{1,2}[a-z]?|E|C|D|M|catalogue)\b")
"""Matches a tag of the catalogue's sources; a file may also have its own tags."""

_NEVER = re.compile(rf"\b({'|'.join(NEVER_SAID)})\b", re.IGNORECASE)
_NO_PROSE = frozenset(
    {"source", "sources", "id", "signal", "strong_signal", "fallback", "phases", "shared", "main", "essential"}
)


def find_never_said(part: Any, where: str = "") -> Iterator[str]:
    """Yield one line for each string with wording that formcheck never uses.

    Sources are skipped: they are quotations.
    """
    if isinstance(part, str):
        if (found := _NEVER.search(part)) is not None:
            yield f"{where}: expected words that neither promise nor threaten, got {found[0]!r}; say what is seen"
    elif isinstance(part, Mapping):
        for key, value in part.items():
            if key not in _NO_PROSE:
                yield from find_never_said(value, f"{where}.{key}" if where else key)
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from find_never_said(value, f"{where}.{_name_entry(where, value, index)}")


def _name_entry(where: str, value: Any, index: int) -> str:
    """Return the name of a list entry: the id of a fault, otherwise its number."""
    name = value.get("id") if where == "faults" and isinstance(value, Mapping) else None
    return name if isinstance(name, str) else str(index)


def find_unnamed_sources(cited: Iterable[tuple[str, str]], named: Iterable[str]) -> Iterator[str]:
    """Yield one line for each source with a missing or unknown reference.

    It cites nothing, or a name that the table `sources` lacks.

    Parameters
    ----------
    cited : place of a source in the file, and its text.
    named : the keys of the file's table `sources`.
    """
    known = sorted(named)
    for where, source in cited:
        unknown = sorted(set(TAG.findall(source)) - set(known))
        for tag in unknown:
            yield f"{where}: expected sources named under [sources], got {tag!r}; name it there"
        if not unknown and not any(re.search(rf"\b{re.escape(tag)}\b", source) for tag in known):
            yield f"{where}: expected one of {', '.join(known)}, the tags under [sources], got {source!r}"
