"""Read, bring up to date and compile the catalogues, with Babel.

The program itself reads the compiled catalogues with Python's own gettext, so Babel is needed only to change them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from formcheck.drivers.atomic_files import write_one_file
from formcheck.languages.translate import DOMAIN, FOLDER, NAMES

from .extract import FoundText

TRANSLATED = tuple(code for code in NAMES if code != "en")
_MADE = datetime(2026, 11, 29, tzinfo=UTC)
"""Not the present time: a catalogue that says the same is the same file."""
_HEAD = "# Translations of formcheck. docs/languages.md has the tone and the glossary."
_LINE_LENGTH = 118


def find_catalogue(code: str, ending: str = "po") -> Path:
    """Return the path of a language's catalogue: `po` to edit, `mo` to run."""
    return FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.{ending}"


def read_catalogue(code: str) -> Catalog:
    """Return a language's catalogue; an empty one if it has none yet."""
    path = find_catalogue(code)
    if not path.is_file():
        return Catalog(locale=code)
    return read_po(io.BytesIO(path.read_bytes()), locale=code, domain=DOMAIN)


def update_catalogue(code: str, found: Sequence[FoundText]) -> list[FoundText]:
    """Write and compile a language's catalogue of these texts; return those without a translation."""
    new = merge_texts(code, found, read_catalogue(code))
    _write(find_catalogue(code), _write_text(new))
    _write(find_catalogue(code, "mo"), compile_catalogue(new))
    return list(list_missing(found, new))


def merge_texts(code: str, found: Iterable[FoundText], before: Catalog) -> Catalog:
    """Return a catalogue with exactly these texts, in their order, and the translations from before."""
    made = Catalog(
        locale=code,
        project="formcheck",
        version="1",
        header_comment=_HEAD,
        last_translator="formcheck",
        language_team=NAMES[code],
        msgid_bugs_address="formcheck",
        creation_date=_MADE,
        revision_date=_MADE,
        fuzzy=False,
    )
    for one in found:
        kept = before.get(one.text, one.context or None)
        notes = ["spoken: at most eight words"] if one.is_cue else []
        made.add(
            one.text,
            kept.string if kept else "",
            auto_comments=[one.place, *notes],
            context=one.context or None,
        )
    return made


def list_missing(found: Iterable[FoundText], catalogue: Catalog) -> Iterator[FoundText]:
    """Yield the texts without a translation."""
    for one in found:
        kept = catalogue.get(one.text, one.context or None)
        if kept is None or not kept.string:
            yield one


def compile_catalogue(catalogue: Catalog) -> bytes:
    """Return a catalogue as gettext reads it."""
    content = io.BytesIO()
    write_mo(content, catalogue)
    return content.getvalue()


def _write_text(catalogue: Catalog) -> bytes:
    content = io.BytesIO()
    write_po(content, catalogue, width=_LINE_LENGTH, ignore_obsolete=True)
    return content.getvalue()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_one_file(path) as part:
        part.write_bytes(content)
