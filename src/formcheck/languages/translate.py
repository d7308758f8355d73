"""Choose the language of a request, and translate what leaves the server.

English is the language of the code. The catalogues are those of gettext, one folder for each other language; what a
catalogue lacks stays English.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .phrase import Phrase

DOMAIN = "formcheck"
FOLDER = Path(__file__).resolve().parent
COOKIE = "formcheck.language"
"""The person's own choice of language, kept by their browser."""
NAMES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "fr": "Français", "nl": "Nederlands"}
"""Every language by its code, named in itself."""
PAGE_CONTEXT = "page"
"""The context of the page's own words: `Back` of a button is no back."""
_KEEPS_CAPITALS = frozenset({"de"})
_ASKED = re.compile(r"\s*([a-zA-Z]{1,8})(?:-[a-zA-Z0-9]{1,8})*\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?")


@dataclass(frozen=True, slots=True)
class Language:
    """One language and its catalogue.

    Parameters
    ----------
    code : two letters.
    keeps_capitals : words keep their capital inside a sentence.
    texts : the catalogue.
    """

    code: str
    keeps_capitals: bool
    texts: gettext.NullTranslations

    @property
    def name(self) -> str:
        """Return the name of the language in itself."""
        return NAMES[self.code]

    def find(self, template: str) -> str:
        """Return the translation of a template; the template itself without one."""
        return self.texts.gettext(template) if template else template  # gettext keeps its header under ""

    def find_page_word(self, template: str) -> str:
        """Return the translation of one of the page's own words."""
        return self.texts.pgettext(PAGE_CONTEXT, template) if template else template


@cache
def load_language(code: str) -> Language:
    """Return a language; English for a code that is not known."""
    code = code if code in NAMES else "en"
    return Language(code, code in _KEEPS_CAPITALS, gettext.translation(DOMAIN, FOLDER, [code], fallback=True))


ENGLISH = load_language("en")


def choose_language(chosen: str | None, accepted: str | None) -> Language:
    """Return the language for a person.

    Parameters
    ----------
    chosen : their own choice, from the cookie; None or unknown if they made none.
    accepted : the browser's header Accept-Language.

    Examples
    --------
    >>> choose_language(None, "nl-BE,nl;q=0.9,en;q=0.8").code, choose_language("fr", "de").code
    ('nl', 'fr')
    >>> choose_language(None, "pl").code
    'en'
    """
    if chosen in NAMES:
        return load_language(chosen)
    parts = [_ASKED.fullmatch(part) for part in (accepted or "").split(",")[:20]]
    wanted = [(float(part[2] or 1.0), part[1].lower()) for part in parts if part]
    known = [one for one in wanted if one[1] in NAMES and one[0] > 0]
    return load_language(max(known, key=lambda one: one[0], default=(0.0, "en"))[1])


def translate(message: Any, language: Language) -> Any:
    """Return a message in a language: every phrase in it, and nothing else.

    This is the last step before a text leaves the server. Codes, names of files and numbers are no phrases.

    Parameters
    ----------
    message : dictionaries, lists and plain values, as they become JSON.
    """
    if isinstance(message, Phrase):
        return message.translate_by(language) if language.code != "en" else message
    if language.code == "en":
        return message
    if isinstance(message, dict):
        return {key: translate(value, language) for key, value in message.items()}
    if isinstance(message, list | tuple):
        if message and isinstance(message[0], int | float):
            return message
        return [translate(value, language) for value in message]
    return message
