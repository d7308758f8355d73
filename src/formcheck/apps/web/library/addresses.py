"""The addresses of the library's pages. Plain links, so that Back goes back and a page can be kept as a bookmark."""

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
    """Return the address at which a movement is followed beside its clip, without a camera."""
    return f"/{LIBRARY_PATH}?movement={movement_id}&practise=1"


def live_url(movement_id: str = "") -> str:
    """Return the address at which the camera coaches, and a movement where one is named."""
    return f"/practise?movement={movement_id}" if movement_id else "/practise"


def review_url(movement_id: str) -> str:
    """Return the address at which a recording of this movement is checked."""
    return f"/review?movement={movement_id}"


_LIBRARY_FOLDER = Path(__file__).parent


def read(name: str) -> str:
    """Return one of the files beside this one."""
    return (_LIBRARY_FOLDER / name).read_text(encoding="utf-8")


def read_style(name: str) -> str:
    """Return the style of one part, after what all parts share."""
    return read("base.css") + read(name)
