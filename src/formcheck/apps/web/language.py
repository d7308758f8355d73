"""Give a page its language, its own words and its messages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from formcheck.languages.translate import COOKIE, NAMES, Language, choose_language, load_language, translate

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

WORDS_FILE = Path(__file__).with_name("live") / "web" / "words.js"
_TABLE = re.compile(r"^const WORDS = (\{.*?^\});", re.DOTALL | re.MULTILINE)
_MARKUP_LANGUAGES = {"en": "en-GB"}


def find_language(connection: HTTPConnection) -> Language:
    """Return the language of a request: the person's own choice, or what their browser accepts."""
    return choose_language(connection.cookies.get(COOKIE), connection.headers.get("accept-language"))


@cache
def read_page_words() -> dict[str, str]:
    """Return the page's own words in English, by key, as `words.js` has them."""
    found = _TABLE.search(WORDS_FILE.read_text("utf-8"))
    if found is None:
        raise ValueError(f"{WORDS_FILE.name}: expected `const WORDS = {{…}};` around plain JSON, got something else")
    words: dict[str, str] = json.loads(found[1])
    return words


@cache
def translate_page_words(code: str) -> dict[str, str]:
    """Return the page's own words that a language says otherwise, by key."""
    language = load_language(code)
    found = {key: language.find_page_word(text) for key, text in read_page_words().items()}
    return {key: text for key, text in found.items() if text != read_page_words()[key]}


def fill_page(html: str, language: Language, texts: Mapping[str, str] | None = None) -> str:
    """Return a page in a language: its mark, its own words and other texts.

    Parameters
    ----------
    html : with `__LANGUAGE__` and `__WORDS__` where they go.
    texts : what stands for other marks; translated already.
    """
    marks = {
        "__LANGUAGE__": name_markup_language(language),
        "__WORDS__": write_script_json({"words": translate_page_words(language.code), "languages": dict(NAMES)}),
        **(texts or {}),
    }
    for mark, text in marks.items():
        html = html.replace(mark, text)
    return html


def name_markup_language(language: Language) -> str:
    """Return a language as markup names it."""
    return _MARKUP_LANGUAGES.get(language.code, language.code)


def write_script_json(value: Any) -> str:
    """Return JSON for a script element, which a `<` in a string would end."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def send_json(connection: HTTPConnection, content: Any, headers: Mapping[str, str]) -> JSONResponse:
    """Answer with JSON in the language of the request."""
    return JSONResponse(translate(content, find_language(connection)), headers=headers)
