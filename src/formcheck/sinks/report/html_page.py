"""Write a report as one HTML file with its styles and pictures in it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from typing import Literal, NamedTuple

from .content import Block, Heading, KeyPicture, Paragraph, Signature, Table

Paper = Literal["A4", "Letter"]


class Drawing(NamedTuple):
    """A drawing (SVG), and its words for those who do not see it."""

    svg: str
    label: str


_PAGE_STYLE = """
@page { size: %s; margin: 18mm }
* { box-sizing: border-box }
body { font: 11pt/1.45 "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; color: #1b1b1b; background: #fff;
  max-width: 174mm; margin: 10mm auto; padding: 0 5mm }
h1 { font-size: 18pt; font-weight: 600; margin: 0 0 5mm; border-bottom: 0.5mm solid #1f5f5b; padding-bottom: 2mm }
h2 { font-size: 12.5pt; font-weight: 600; margin: 6mm 0 2mm; break-after: avoid }
p { margin: 1.5mm 0; overflow-wrap: anywhere }
.small { font-size: 8.5pt; color: #555 }
table { width: 100%%; border-collapse: collapse; margin: 2mm 0; font-size: 10pt; break-inside: avoid }
th { text-align: left; font-weight: 600; border-bottom: 0.3mm solid #999; padding: 1mm 2mm 1mm 0 }
td { border-bottom: 0.1mm solid #ddd; padding: 1mm 2mm 1mm 0; vertical-align: top; overflow-wrap: anywhere }
.pictures { display: flex; gap: 4mm; flex-wrap: wrap }
figure { margin: 2mm 0; width: 84mm; break-inside: avoid }
figure img { width: 100%% }
figcaption { font-size: 8.5pt; color: #555 }
.drawing { display: block; width: 100%%; margin: 3mm 0; break-inside: avoid }
.sign { margin-top: 14mm; border-top: 0.3mm solid #1b1b1b; width: 80mm; font-size: 9pt; padding-top: 1mm }
@media (max-width: 600px) { table { font-size: 9pt } figure { width: 100%% } }
"""


def write_html(blocks: Sequence[Block | Drawing], *, title: str, paper: Paper = "A4") -> str:
    """Return the page.

    Parameters
    ----------
    title : stands above everything.
    paper : the size of a printed page.
    """
    body = [f"<h1>{escape(title)}</h1>"]
    pictures: list[str] = []
    for block in blocks:
        if pictures and not isinstance(block, KeyPicture):
            body.append(f'<div class="pictures">{"".join(pictures)}</div>')
            pictures = []
        if isinstance(block, KeyPicture):
            pictures.append(_show_picture(block))
        else:
            body.append(_show(block))
    if pictures:
        body.append(f'<div class="pictures">{"".join(pictures)}</div>')
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_PAGE_STYLE % paper}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )


def _show(block: Heading | Paragraph | Table | Signature | Drawing) -> str:
    if isinstance(block, Drawing):
        # as a picture of its own: drawings on one page would share their ids
        data = base64.b64encode(block.svg.encode()).decode()
        return f'<img class="drawing" alt="{escape(block.label)}" src="data:image/svg+xml;base64,{data}">'
    if isinstance(block, Heading):
        return f"<h2>{escape(block.text)}</h2>"
    if isinstance(block, Paragraph):
        kind = ' class="small"' if block.is_small else ""
        return f'<p dir="auto"{kind}>{escape(block.text)}</p>'
    if isinstance(block, Signature):
        return f'<p class="sign">{escape(block.label)}</p>'
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in block.head)
    rows = "".join(
        "<tr>" + "".join(f'<td dir="auto">{escape(cell)}</td>' for cell in row) + "</tr>" for row in block.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _show_picture(block: KeyPicture) -> str:
    data = base64.b64encode(block.png).decode()
    caption = escape(block.caption)
    return (
        f'<figure><img alt="{caption}" src="data:image/png;base64,{data}"><figcaption>{caption}</figcaption></figure>'
    )
