"""Build the addresses of the library's pages.

They are plain links, so that Back and bookmarks work.
"""

from __future__ import annotations

from pathlib import Path

LIBRARY_PATH = "library"


def library_url() -> str:
    """Return the address of the list."""
    return f"/{LIBRARY_PATH}"


def movement_url(movement_id: str) -> str:
    """Return the address of a movement's own page."""
    return f"/{LIBRARY_PATH}?movement={movement_id}"


def practise_url(movement_id: str) -> str:
    """Return the address for practising along with a clip."""
    return f"/{LIBRARY_PATH}?movement={movement_id}&practise=1"


def live_url(movement_id: str = "") -> str:
    """Return the address of the live page, with a movement if one is named."""
    return f"/practise?movement={movement_id}" if movement_id else "/practise"


def ask_url(movement_id: str) -> str:
    """Return the address of the questions before following along; afterwards the page leads back."""
    return f"/practise?movement={movement_id}&ask=follow"


def review_url(movement_id: str) -> str:
    """Return the address for checking a recording of this movement."""
    return f"/review?movement={movement_id}"


_LIBRARY_FOLDER = Path(__file__).parent


def read(name: str) -> str:
    """Return the text of a file in this folder."""
    return (_LIBRARY_FOLDER / name).read_text(encoding="utf-8")


def read_style(name: str) -> str:
    """Return the style of one part, after the shared style."""
    return read("base.css") + read(name)
