"""Write a report as PDF, on A4 or Letter, with fonts that come with matplotlib."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .content import Block, Heading, KeyPicture, Paragraph, Signature, Table
from .html_page import Paper

if TYPE_CHECKING:
    from fpdf import FPDF

_MARGIN_MM = 18.0
_INK, _SOFT, _MARK = (27, 27, 27), (90, 90, 90), (31, 95, 91)
_FONT = "DejaVu"
_MADE = datetime(2000, 1, 1, tzinfo=UTC)
"""The same report gives the same bytes: the day of the check stands in its text."""


def write_pdf(blocks: Sequence[Block], *, title: str, paper: Paper = "A4") -> bytes:
    """Return the pages.

    Parameters
    ----------
    title : stands above everything, and in the file's own data.
    paper : the size of a page.
    """
    from fpdf import FPDF
    from fpdf.enums import XPos, YPos

    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it reports every table of a font

    class Pages(FPDF):
        def footer(self) -> None:
            self.set_y(-12)
            self.set_font(_FONT, size=8)
            self.set_text_color(*_SOFT)
            self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="C")

    pdf = Pages(format=paper.lower() if paper == "Letter" else "A4")
    pdf.set_creation_date(_MADE)
    pdf.set_margin(_MARGIN_MM)
    pdf.set_auto_page_break(auto=True, margin=_MARGIN_MM)
    folder = _find_fonts()
    pdf.add_font(_FONT, fname=folder / "DejaVuSans.ttf")
    pdf.add_font(_FONT, style="B", fname=folder / "DejaVuSans-Bold.ttf")
    pdf.set_title(title)
    pdf.set_creator("formcheck")
    pdf.set_lang("en")
    pdf.add_page()
    pdf.set_font(_FONT, "B", 17)
    pdf.set_text_color(*_INK)
    pdf.multi_cell(0, 9, title, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_draw_color(*_MARK)
    pdf.set_line_width(0.5)
    pdf.line(pdf.l_margin, pdf.get_y() + 1, pdf.w - pdf.r_margin, pdf.get_y() + 1)
    pdf.ln(5)
    place = 0
    while place < len(blocks):
        block = blocks[place]
        if isinstance(block, KeyPicture):
            pair = [one for one in blocks[place : place + 2] if isinstance(one, KeyPicture)]
            _put_pictures(pdf, pair)
            place += len(pair)
            continue
        _put(pdf, block)
        place += 1
    return bytes(pdf.output())


def _find_fonts() -> Path:
    """Return the folder of the fonts that matplotlib brings.

    They have Latin, Greek, Cyrillic, Hebrew and Arabic letters.
    """
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf"


def _put(pdf: FPDF, block: Heading | Paragraph | Table | Signature) -> None:
    from fpdf.enums import XPos, YPos

    if isinstance(block, Heading):
        pdf.ln(3)
        if pdf.will_page_break(24):
            pdf.add_page()
        pdf.set_font(_FONT, "B", 12)
        pdf.set_text_color(*_INK)
        pdf.multi_cell(0, 6.5, block.text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    elif isinstance(block, Paragraph):
        pdf.set_font(_FONT, size=8 if block.is_small else 10)
        pdf.set_text_color(*(_SOFT if block.is_small else _INK))
        pdf.multi_cell(0, 4 if block.is_small else 5.2, block.text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        pdf.ln(1)
    elif isinstance(block, Signature):
        pdf.ln(16)
        pdf.set_draw_color(*_INK)
        pdf.set_line_width(0.3)
        pdf.line(pdf.l_margin, pdf.get_y(), pdf.l_margin + 80, pdf.get_y())
        pdf.set_font(_FONT, size=9)
        pdf.cell(80, 5, block.label)
    else:
        _put_table(pdf, block)


def _put_table(pdf: FPDF, block: Table) -> None:
    from fpdf.enums import TableBordersLayout
    from fpdf.fonts import FontFace

    pdf.set_font(_FONT, size=9)
    pdf.set_text_color(*_INK)
    pdf.set_draw_color(190, 190, 190)
    pdf.set_line_width(0.1)
    widths = (3, *(2 for _ in block.head[1:]))
    with pdf.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        col_widths=widths,
        headings_style=FontFace(emphasis="BOLD"),
        line_height=5,
        padding=(0.8, 1.5, 0.8, 0),
        text_align="LEFT",
    ) as table:
        for cells in (block.head, *block.rows):
            row = table.row()
            for cell in cells:
                row.cell(cell)
    pdf.ln(2)


def _put_pictures(pdf: FPDF, pictures: Sequence[KeyPicture]) -> None:
    """Put one picture or two beside each other, each with its caption."""
    width = (pdf.epw - 4) / 2
    sizes = [_measure_height(one.png, width) for one in pictures]
    if pdf.will_page_break(max(sizes) + 8):
        pdf.add_page()
    top = pdf.get_y()
    for number, one in enumerate(pictures):
        left = pdf.l_margin + number * (width + 4)
        pdf.image(io.BytesIO(one.png), x=left, y=top, w=width, alt_text=one.caption)
        pdf.set_xy(left, top + sizes[number] + 1)
        pdf.set_font(_FONT, size=8)
        pdf.set_text_color(*_SOFT)
        pdf.multi_cell(width, 4, one.caption, align="L")
    pdf.set_xy(pdf.l_margin, top + max(sizes) + 8)


def _measure_height(png: bytes, width: float) -> float:
    wide, high = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))  # of every PNG
    return width * high / max(wide, 1)
