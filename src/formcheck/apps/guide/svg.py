"""The few pieces all our drawings share. A drawing brings its own paper, so that it can be read on any page."""

from __future__ import annotations

from html import escape

from formcheck.apps.theme import DARK, LIGHT, SYSTEM_FONT
from formcheck.core.look import LOOKS

GREEN, ORANGE, VERMILION, BLUE = (LOOKS[state].colour for state in ("ok", "warn", "fix", "info"))

_STYLE = f"""
.d-paper {{ fill: {LIGHT["secondaryBackgroundColor"]} }} .d-ink {{ fill: {LIGHT["textColor"]} }}
.d-line {{ stroke: {LIGHT["textColor"]}; fill: none }} .d-soft {{ fill: #4A535D }}
.d-thin {{ stroke: #5A636E; fill: none }} .d-gap {{ fill: {LIGHT["backgroundColor"]} }}
.d-room {{ fill: {LIGHT["backgroundColor"]}; stroke: #8A939D }} .d-body {{ fill: #0072B2; stroke: #0072B2 }}
.d-mat {{ fill: #DCE6EE; stroke: #8A939D }} .d-cone {{ fill: #E69F00; fill-opacity: 0.22; stroke: #B97F00 }}
@media (prefers-color-scheme: dark) {{
.d-paper {{ fill: {DARK["secondaryBackgroundColor"]} }} .d-ink {{ fill: {DARK["textColor"]} }}
.d-line {{ stroke: {DARK["textColor"]} }} .d-soft {{ fill: #B9C1CA }} .d-thin {{ stroke: #A3ADB8 }}
.d-gap {{ fill: {DARK["backgroundColor"]} }}
.d-room {{ fill: {DARK["backgroundColor"]}; stroke: #6B757F }} .d-body {{ fill: #56B4E9; stroke: #56B4E9 }}
.d-mat {{ fill: #2C3742; stroke: #6B757F }} .d-cone {{ stroke: #E69F00 }}
}}
""".strip().replace("\n", " ")


def drawing(width: int, height: int, title: str, content: str, defs: str = "") -> str:
    """Return a whole SVG.

    Parameters
    ----------
    width, height : its size, px.
    title : what it shows, for who cannot see it.
    content, defs : its elements.
    """
    name = escape(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'font-family="{SYSTEM_FONT.replace(chr(34), chr(39))}" role="img" aria-label="{name}">'
        f"<title>{name}</title><style>{_STYLE}</style><defs>{defs}</defs>"
        f'<rect class="d-paper" width="{width}" height="{height}" rx="10"/>{content}</svg>\n'
    )


def words(x: float, y: float, text: str, *, size: float = 17, middle: bool = False, look: str = "d-ink",
          bold: bool = False) -> str:  # fmt: skip
    """Return one line of text at a place; `middle` centres it there."""
    anchor = ' text-anchor="middle"' if middle else ""
    weight = ' font-weight="600"' if bold else ""
    return f'<text class="{look}" x="{x:g}" y="{y:g}" font-size="{size:g}"{anchor}{weight}>{escape(text)}</text>'
