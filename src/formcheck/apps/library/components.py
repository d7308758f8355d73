"""How the library's parts are put together from files of their own: HTML, CSS, JavaScript."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def read(name: str) -> str:
    """Return one of the files beside this one."""
    return (_HERE / name).read_text(encoding="utf-8")


def style(name: str) -> str:
    """Return the style of one part, after what all parts share."""
    return read("base.css") + read(name)
