"""Send a page of Review that scripts of our own fill.

Head, row of pages and its words are the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, Response

from formcheck.apps.web.language import fill_page, find_language, write_script_json
from formcheck.apps.web.page_files import PRIVATE_HEADERS
from formcheck.languages.phrase import Phrase
from formcheck.languages.translate import translate

if TYPE_CHECKING:
    from starlette.requests import Request

_FRAME = Path(__file__).with_name("script_page.html")
NAVIGATION_WORDS = {
    "nav_label": Phrase("Pages"),
    "nav_practise": Phrase("Today"),
    "nav_library": Phrase("Library"),
    "nav_tests": Phrase("Tests"),
    "nav_progress": Phrase("Progress"),
    "nav_review": Phrase("Review"),
}


def show_script_page(
    request: Request,
    main: Path,
    config: Mapping[str, Any],
    *,
    path: str,
    styles: Sequence[str],
    title: Phrase,
    no_script: Phrase,
) -> Response:
    """Answer with a page in the language of the request.

    Parameters
    ----------
    main : HTML of its middle.
    config : what its scripts read, with its words under `words`.
    path : address of the page; its files are below `web`.
    styles : names of its own style sheets.
    no_script : said where scripts do not run, before a link to Review.
    """
    language = find_language(request)
    files = f"{path}/web"
    links = "\n".join(f'<link rel="stylesheet" href="{files}/{name}">' for name in styles)
    html = _FRAME.read_text(encoding="utf-8")
    for mark, text in (("__STYLES__", links), ("__FILES__", files), ("__MAIN__", main.read_text(encoding="utf-8"))):
        html = html.replace(mark, text)
    words = {**NAVIGATION_WORDS, **config["words"]}
    texts = {
        "__CONFIG__": write_script_json(translate({**config, "words": words}, language)),
        "__NO_SCRIPT__": str(translate(no_script, language)),
        "__TITLE__": str(translate(title, language)),
    }
    return HTMLResponse(
        fill_page(html, language, texts), headers={**PRIVATE_HEADERS, "Vary": "Accept-Language, Cookie"}
    )
