"""Write a report as PDF, on A4 or Letter, with fonts that come with matplotlib."""

from __future__ import annotations

import io
import logging
from collections.abc import Container, Iterator, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .content import Block, Heading, KeyPicture, Paragraph, Signature, Table
from .html_page import Paper
from .leftward import begins_leftwards, list_pieces, runs_leftwards

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.line_break import Fragment

_MARGIN_MM, _FOOT_MM = 17.0, 15.0
_GAP_MM = 4.0
"""Between pictures beside each other."""
_LONE_HIGH_MM, _MOST_HIGH_MM = 50.0, 66.0
"""Most height of a picture that has a row to itself, and of others; phones film upright."""
_SMALLEST_SHARE = 0.75
"""Of their height, to which pictures shrink to fit on the page."""
_CELL_MM = 1.8
"""Between the columns of a table."""
_MOST_SHARE = 0.5
"""Of the width, for one column of a table; longer text goes into further lines."""
_INK, _SOFT_INK, _MARK = (27, 27, 27), (90, 90, 90), (31, 95, 91)
_FONT = "DejaVu"
_PDF_DATE = datetime(2000, 1, 1, tzinfo=UTC)
"""The same report gives the same bytes: the day of the check stands in its text."""


def write_pdf(blocks: Sequence[Block], *, title: str, paper: Paper = "A4", foot: str = "") -> bytes:
    """Return the pages.

    Parameters
    ----------
    title : stands above everything, and in the file's own data.
    paper : the size of a page.
    foot : stands at the foot of each page, so that loose pages can be captions apart.
    """
    from fpdf import FPDF
    from fpdf.enums import TextDirection, XPos, YPos

    logging.getLogger("fontTools").setLevel(logging.WARNING)  # it reports every table of a font

    class Pages(FPDF):
        def _preload_bidirectional_text(self, text: str, markdown: bool) -> Sequence[Fragment]:  # noqa: FBT001
            if not self.text_shaping or begins_leftwards(text) or not runs_leftwards(text):
                return super()._preload_bidirectional_text(text, markdown)
            self.text_shaping["paragraph_direction"] = TextDirection.LTR
            fragments: list[Fragment] = []
            for piece, is_leftward in list_pieces(text):
                self.text_shaping["fragment_direction"] = TextDirection.RTL if is_leftward else TextDirection.LTR
                fragments += self._preload_font_styles(piece, markdown)
            return fragments

        def footer(self) -> None:
            self.set_font(_FONT, size=8)
            self.set_text_color(*_SOFT_INK)
            self.set_xy(self.l_margin, -11)
            self.cell(0.8 * self.epw, 5, _cut_to_width(self, foot, 0.8 * self.epw))
            self.set_x(self.l_margin)
            self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="R")

    pdf = Pages(format=paper.lower() if paper == "Letter" else "A4")
    pdf.set_creation_date(_PDF_DATE)
    pdf.set_margin(_MARGIN_MM)
    pdf.c_margin = 0.0  # text begins where lines and pictures begin
    pdf.set_auto_page_break(auto=True, margin=_FOOT_MM)
    folder = _find_fonts()
    pdf.add_font(_FONT, fname=folder / "DejaVuSans.ttf")
    pdf.add_font(_FONT, style="B", fname=folder / "DejaVuSans-Bold.ttf")
    foot, blocks = _prepare_texts(pdf, foot, blocks)
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
            every = list(takewhile(lambda one: isinstance(one, KeyPicture), blocks[place:]))
            in_a_row = 3 if len(every) == 3 else 2
            row = [one for one in every[:in_a_row] if isinstance(one, KeyPicture)]
            _put_pictures(pdf, row, in_a_row)
            place += len(row)
            continue
        if place == _find_closing(blocks):
            _keep_together(pdf, blocks[place:])
        _put(pdf, block)
        place += 1
    return bytes(pdf.output())


def _prepare_texts(pdf: FPDF, foot: str, blocks: Sequence[Block]) -> tuple[str, list[Block]]:
    """Return the texts as they can be printed.

    Start the engine for letters that run leftwards, if there are any. Each text then runs as its first letter does.
    """
    known = pdf.fonts[_FONT.lower()].cmap  # type: ignore[union-attr]  # this font has one
    foot, found = _box_unknown(foot, known), [_box_block(block, known) for block in blocks]
    if any(map(runs_leftwards, _list_texts(found, foot))) and find_spec("uharfbuzz") is not None:
        pdf.set_text_shaping(use_shaping_engine=True)
    return foot, found


def _list_texts(blocks: Sequence[Block], foot: str) -> Iterator[str]:
    yield foot
    for block in blocks:
        if isinstance(block, Table):
            yield from (cell for row in (block.head, *block.rows) for cell in row)
        elif isinstance(block, KeyPicture):
            yield block.caption
        else:
            yield block[0]


def _box_block(block: Block, known: Container[int]) -> Block:
    """Return a block with a box for each letter that the font lacks."""
    if isinstance(block, Table):
        return Table(
            tuple(_box_unknown(cell, known) for cell in block.head),
            tuple(tuple(_box_unknown(cell, known) for cell in row) for row in block.rows),
        )
    if isinstance(block, KeyPicture):
        return block._replace(caption=_box_unknown(block.caption, known))
    return type(block)(_box_unknown(block[0], known), *block[1:])


def _box_unknown(text: str, known: Container[int]) -> str:
    return "".join(one if ord(one) in known or one.isspace() else "□" for one in text)


def _choose_align(text: str) -> Literal["L", "R"]:
    return "R" if begins_leftwards(text) else "L"


def _find_closing(blocks: Sequence[Block]) -> int:
    """Return where the last part begins, if it ends with a signature; -1 without one."""
    if not blocks or not isinstance(blocks[-1], Signature):
        return -1
    return max((at for at, block in enumerate(blocks) if isinstance(block, Heading)), default=len(blocks) - 1)


def _keep_together(pdf: FPDF, closing: Sequence[Block]) -> None:
    """Begin a new page if the last part would leave its signature alone on one."""
    with pdf.offset_rendering() as trial:
        for block in closing:
            if not isinstance(block, KeyPicture):
                _put(trial, block)  # type: ignore[arg-type]  # a recorder of the pages
    if trial.page_break_triggered:
        pdf.add_page()


def _cut_to_width(pdf: FPDF, text: str, width: float) -> str:
    """Return a text that fits on a line of this width, mm."""
    plain = " ".join(text.split())
    while plain and pdf.get_string_width(plain) > width:
        plain = plain[: -max(2, len(plain) // 20)].rstrip() + "…"
    return plain


def _find_fonts() -> Path:
    """Return the folder of the fonts that matplotlib brings.

    They have Latin, Greek, Cyrillic, Hebrew and Arabic letters.
    """
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf"


def _put(pdf: FPDF, block: Heading | Paragraph | Table | Signature) -> None:
    from fpdf.enums import XPos, YPos

    if isinstance(block, Heading):
        pdf.ln(2.5)
        if pdf.will_page_break(22):
            pdf.add_page()
        pdf.set_font(_FONT, "B", 12)
        pdf.set_text_color(*_INK)
        pdf.multi_cell(0, 6.5, block.text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    elif isinstance(block, Paragraph):
        pdf.set_font(_FONT, size=8 if block.is_small else 10)
        pdf.set_text_color(*(_SOFT_INK if block.is_small else _INK))
        pdf.multi_cell(
            0,
            3.8 if block.is_small else 5.0,
            block.text,
            align=_choose_align(block.text),
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        pdf.ln(0.8)
    elif isinstance(block, Signature):
        if pdf.will_page_break(20):
            pdf.add_page()
        pdf.ln(13)
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
    with pdf.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        col_widths=_choose_widths(pdf, block),
        headings_style=FontFace(emphasis="BOLD"),
        line_height=4.6,
        padding=(0.7, _CELL_MM, 0.7, 0),
        text_align="LEFT",
    ) as table:
        for cells in (block.head, *block.rows):
            row = table.row()
            for cell in cells:
                row.cell(cell, align=_choose_align(cell))
    pdf.ln(1.5)


def _choose_widths(pdf: FPDF, block: Table) -> list[float]:
    """Return the widths of the columns, mm.

    Each gets what it needs, and an equal share of the rest. If there is too little room, the widest give way.
    """
    every = [block.head, *block.rows]
    needs = []
    for column in range(len(block.head)):
        pdf.set_font(_FONT, "B", 9)
        widest = pdf.get_string_width(block.head[column])
        pdf.set_font(_FONT, size=9)
        widest = max(widest, *(pdf.get_string_width(row[column]) for row in every))
        needs.append(min(widest + _CELL_MM + 0.5, _MOST_SHARE * pdf.epw))
    spare = pdf.epw - sum(needs)
    if spare >= 0:
        return [need + spare / len(needs) for need in needs]
    left, widths = pdf.epw, {}
    for place, (column, need) in enumerate(sorted(enumerate(needs), key=lambda one: one[1])):
        widths[column] = min(need, left / (len(needs) - place))
        left -= widths[column]
    return [widths[column] for column in range(len(needs))]


def _put_pictures(pdf: FPDF, pictures: Sequence[KeyPicture], in_a_row: int) -> None:
    """Put pictures beside each other, each with its caption."""
    from fpdf.enums import MethodReturnValue

    width = (pdf.epw - (in_a_row - 1) * _GAP_MM) / in_a_row
    most = _LONE_HIGH_MM if len(pictures) == 1 else _MOST_HIGH_MM
    sizes = [min(most, _measure_height(one.png, width)) for one in pictures]
    pdf.set_font(_FONT, size=8)
    lines = MethodReturnValue.LINES
    captions = [pdf.multi_cell(width, 3.8, one.caption, align="L", dry_run=True, output=lines) for one in pictures]
    high = max(size + 1 + 3.8 * len(list(one)) for size, one in zip(sizes, captions, strict=True))  # type: ignore[arg-type]
    room = pdf.page_break_trigger - pdf.get_y() - 2
    if high > room >= _SMALLEST_SHARE * high:  # a little smaller, and no hole on the page
        sizes = [size - (high - room) for size in sizes]
        high = room
    elif high > room:
        pdf.add_page()
    top = pdf.get_y()
    for number, one in enumerate(pictures):
        left, size = pdf.l_margin + number * (width + _GAP_MM), sizes[number]
        wide = width * size / max(size, _measure_height(one.png, width))  # a lower one begins at the left, too
        pdf.image(io.BytesIO(one.png), x=left, y=top, w=wide, h=size, alt_text=one.caption)
        pdf.set_xy(left, top + sizes[number] + 1)
        pdf.set_text_color(*_SOFT_INK)
        pdf.multi_cell(width, 3.8, one.caption, align=_choose_align(one.caption))
    pdf.set_xy(pdf.l_margin, top + high + 2)


def _measure_height(png: bytes, width: float) -> float:
    wide, high = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))  # of every PNG
    return width * high / max(wide, 1)
