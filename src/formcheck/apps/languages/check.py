"""Find what is wrong with the catalogues; each problem says what to do."""

from __future__ import annotations

import gettext
import re
import string
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from babel.messages.catalog import Catalog

from formcheck.core.movement.schema import MOST_CUE_WORDS
from formcheck.core.summary.phrases import NOT_MEDICAL

from .catalogues import find_catalogue, list_missing, read_catalogue
from .extract import SOURCE, FoundText

COMMAND = "python -m formcheck.apps.languages update"
_MAY_SAY_DIAGNOSE = frozenset({str(NOT_MEDICAL)})
"""The one sentence that says what formcheck is not."""


def list_problems(code: str, found: Sequence[FoundText]) -> list[str]:
    """Return all problems of a language's catalogue, one line each."""
    catalogue = read_catalogue(code)
    problems = [*_check_complete(code, found, catalogue), *_check_translations(code, found, catalogue)]
    if not _is_compiled(code, catalogue):
        problems.append(f"{code}: expected a compiled catalogue that says the same, got another; run `{COMMAND}`")
    return problems


def _is_compiled(code: str, catalogue: Catalog) -> bool:
    """Return whether the program reads what the editable catalogue says."""
    path = find_catalogue(code, "mo")
    if not path.is_file():
        return False
    with path.open("rb") as file:
        texts = gettext.GNUTranslations(file)
    return all(
        (texts.pgettext(entry.context, str(entry.id)) if entry.context else texts.gettext(str(entry.id)))
        == entry.string
        for entry in catalogue
        if entry.id and entry.string
    )


def _check_complete(code: str, found: Sequence[FoundText], catalogue: Catalog) -> Iterator[str]:
    place = find_catalogue(code).relative_to(SOURCE.parent.parent).as_posix()
    for one in list_missing(found, catalogue):
        yield (
            f"{code}: expected a translation of {one.text!r} ({one.place}), got none; run `{COMMAND}`, write it in "
            f"{place} and run it again"
        )
    wanted = {(one.context, one.text) for one in found}
    for entry in catalogue:
        if entry.id and (entry.context or "", entry.id) not in wanted:
            yield f"{code}: expected a text of the program, got {entry.id!r}, which it has no more; run `{COMMAND}`"


def _check_translations(code: str, found: Sequence[FoundText], catalogue: Catalog) -> Iterator[str]:
    for one in found:
        kept = catalogue.get(one.text, one.context or None)
        said = str(kept.string) if kept and kept.string else ""
        if said and list_placeholders(said) != list_placeholders(one.text):
            marks = ", ".join(sorted(list_placeholders(one.text))) or "none"
            yield f"{code}: expected the placeholders {marks} in the translation of {one.text!r}, got {said!r}"
        if one.is_cue and len(said.split()) > MOST_CUE_WORDS:
            yield f"{code}: expected at most {MOST_CUE_WORDS} words in a cue, got {said!r}; say it shorter"
        if said and one.text not in _MAY_SAY_DIAGNOSE and (bad := find_forbidden_words(code, said)):
            yield f"{code}: expected words that neither promise nor threaten, got {bad!r} in {said!r}; say what is seen"


def list_placeholders(text: str) -> set[str]:
    """Return the names of a text's placeholders.

    Examples
    --------
    >>> sorted(list_placeholders("{done} of {of}"))
    ['done', 'of']
    """
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


# What formcheck never says --------------------------------------------------------------------------------------------


NEVER_SAID_IN: Mapping[str, tuple[str, ...]] = {
    "de": (
        r"(un)?sicher(e|er|es|en|em)?",
        r"gefähr\w*|gefahr\w*|riskant\w*|risik\w*",
        r"verletz\w*",
        r"diagnos\w*",
        r"heilt|heilen|heilung|geheilt|lindert|lindern|linderung|beseitigt|beseitigen",
        r"schmerzfrei\w*",
        r"(gute|schlechte|falsche|richtige|perfekte|korrekte) haltung",
        r"bandscheibenvorf\w*|bandscheibendruck",
        r"garantiert?|wunder\w*|klinisch \w+|wissenschaftlich bewiesen",
        r"korrigier\w* (deine|die) (haltung|wirbelsäule)",
    ),
    "fr": (
        r"sûre?s?|sécuritaires?",
        r"danger\w*|risqu\w*",
        r"blessures?|blesser",
        r"diagnosti\w*",
        r"guér\w*|soulag\w*|soign\w*|élimin\w*",
        r"sans douleurs?",
        r"(bonne|mauvaise|parfaite|fausse) posture",
        r"hernies?|pression (du|des|sur les?) disques?",
        r"garanti\w*|miracle\w*|cliniquement|scientifiquement",
        r"corrige[rz]? (la|votre) (posture|colonne)",
        r"plus profond\w*",
    ),
    "nl": (
        r"(on)?veilige?r?",
        r"gevaar\w*|risico\w*|riskant\w*",
        r"blessures?|letsel",
        r"diagnos\w*",
        r"genees\w*|genez\w*|verlicht\w*|verhelp\w*",
        r"pijnvrij\w*",
        r"(goede|slechte|foute|verkeerde|perfecte|juiste) houding",
        r"hernia\w*|schijfdruk",
        r"garand\w*|garantie|wonder\w*|klinisch \w+|wetenschappelijk bewezen",
        r"corrigeer\w* (je|de) (houding|rug|wervelkolom)",
        r"dieper",
    ),
}


@cache
def _compile(code: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(NEVER_SAID_IN[code])})(?!\w)", re.IGNORECASE)


def find_forbidden_words(code: str, text: str) -> str:
    """Return words that are never said in a language; empty if a text has none.

    Examples
    --------
    >>> find_forbidden_words("de", "Das ist gefährlich"), find_forbidden_words("nl", "Hou je rug lang")
    ('gefährlich', '')
    """
    found = _compile(code).search(text)
    return found[0] if found else ""
