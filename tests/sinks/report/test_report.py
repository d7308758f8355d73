"""A report says the same on paper and on the screen, and every text in it is text."""

from __future__ import annotations

import html
import re

import cv2
import numpy as np
import pypdfium2
import pytest

from formcheck.core.display import format_clock, format_number_with_doubt
from formcheck.core.movement.load import load_movement
from formcheck.core.summary.schema import MeasurementRecord
from formcheck.drivers.recording.check import check_recording
from formcheck.sinks.report.content import (
    Heading,
    KeyPicture,
    Paragraph,
    ReportDetails,
    Signature,
    Table,
    build_report,
    is_clear_change,
)
from formcheck.sinks.report.html_page import write_html
from formcheck.sinks.report.pdf_pages import write_pdf

from ...conftest import keep_pages

HINGE = "hamstring_hinge_standing"
HOSTILE = '=1+1 "><script>alert(1)</script> \u05e9\u05dc\u05d5\u05dd ' + "long " * 55


@pytest.fixture(scope="module")
def summaries(checkout):
    tracks = checkout / "tests" / "data"
    names = ("hinge_back_rounding", "hinge_good", "empty_room")
    return {name: check_recording(tracks / f"{name}.parquet", movement=HINGE) for name in names}


def build(summaries, name="hinge_back_rounding", *, before=None, **about):
    details = ReportDetails(**{"patient": "A-17", "when": "29 November 2026", **about})
    return build_report(summaries[name], load_movement(HINGE), details, before=summaries.get(before))


def list_texts(blocks):
    """Return every text of the blocks, in order."""
    found = []
    for block in blocks:
        if isinstance(block, Table):
            found += [cell for row in (block.head, *block.rows) for cell in row]
        elif isinstance(block, Heading | Paragraph):
            found.append(block.text)
        elif isinstance(block, KeyPicture):
            found.append(block.caption)
        else:
            found.append(block.label)
    return [text for text in found if text]


def read_pdf(content):
    """Return the words of all pages, without the breaks between lines."""
    document = pypdfium2.PdfDocument(content)
    return " ".join(" ".join(page.get_textpage().get_text_bounded() for page in document).split())


def read_html(content):
    body = content.partition("<body>")[2]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


@pytest.mark.parametrize(
    ("name", "before"), [("hinge_back_rounding", "hinge_good"), ("hinge_good", None), ("empty_room", None)]
)
def test_paper_and_screen_say_the_same(summaries, name, before):
    blocks = build(summaries, name, before=before, goal="Tie my shoes", plan=["Three days a week."])
    on_paper = read_pdf(write_pdf(blocks, title="T")).replace(" ", "")
    on_screen = read_html(write_html(blocks, title="T")).replace(" ", "")
    for text in list_texts(blocks):
        plain = "".join(text.split())
        assert plain in on_screen, text
        assert plain in on_paper, text


def test_every_text_of_a_stranger_is_text(summaries):
    blocks = build(summaries, patient=HOSTILE, complaint=HOSTILE, goal=HOSTILE, plan=[HOSTILE])
    page = write_html(blocks, title=HOSTILE)
    assert "<script" not in page
    assert "http" not in page
    assert "<script>alert(1)</script>" in read_pdf(write_pdf(blocks, title="T"))


def test_the_report_names_verdict_faults_and_what_was_unseen(summaries):
    blocks = build(summaries)
    texts = list_texts(blocks)
    assert "Something to work on" in texts
    assert "back rounding" in texts
    assert "Hinge at your hips, keep back long" in texts
    assert isinstance(blocks[-1], Signature)
    assert any("not a medical device" in text for text in texts)


def test_nothing_is_claimed_of_an_empty_room(summaries):
    blocks = build(summaries, "empty_room")
    assert "Cannot tell from this recording" in list_texts(blocks)
    (measures,) = [block for block in blocks if isinstance(block, Table) and block.head[0] == "Measure"]
    assert measures.rows == ()


def measured(value, uncertainty):
    return MeasurementRecord(
        unit="deg", median=value, p05=value, p95=value, in_hold_median=None, uncertainty=uncertainty
    )


@pytest.mark.parametrize(("change", "clear"), [(4.9, False), (5.1, True), (-5.1, True), (0.0, False)])
def test_a_change_is_clear_beyond_both_uncertainties(change, clear):
    assert is_clear_change(measured(100 + change, 3.0), measured(100.0, 4.0)) is clear  # 3, 4, 5


def test_beside_the_target_of_a_change_stands_the_change(summaries):
    """The head's own angle, 25 degrees, was printed beside the target of its change."""
    found = summaries["hinge_good"]
    (check,) = [one for one in found.checks if one.id == "head"]
    (table,) = [
        block for block in build(summaries, "hinge_good") if isinstance(block, Table) and "Target" in block.head
    ]
    (row,) = [row for row in table.rows if "from the start" in row[1]]
    assert row[2] == format_number_with_doubt(check.value, "deg", check.uncertainty)


def test_a_change_that_is_not_known_is_not_printed(summaries):
    good = summaries["hinge_good"]
    unknown = good.model_copy(update={"checks": [one.model_copy(update={"value": None}) for one in good.checks]})
    blocks = build({"now": unknown, "then": good}, "now", before="then")
    (table,) = [block for block in blocks if isinstance(block, Table) and "Target" in block.head]
    (row,) = [row for row in table.rows if "from the start" in row[1]]
    assert (row[2], row[4], row[5]) == ("–", "–", "not measured this time")


def test_the_change_is_that_of_the_printed_numbers(summaries):
    blocks = build(summaries, before="hinge_good")
    (table,) = [block for block in blocks if isinstance(block, Table) and block.head[0] == "Measure"]
    for row in table.rows:
        new, old, change = (re.match(r"[+-]?\d+", cell.replace("\u2212", "-")) for cell in (row[2], row[3], row[4]))
        if new and old and change:
            assert int(new[0]) - int(old[0]) == int(change[0])


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_pages_have_the_size_of_the_paper(summaries, checkout, paper):
    content = write_pdf(
        build(summaries, before="hinge_good", goal="Tie my shoes"), title="Movement report", paper=paper
    )
    document = pypdfium2.PdfDocument(content)
    keep_pages(checkout, content, f"report-{paper}")
    size_mm = [side * 25.4 / 72 for side in document[0].get_size()]
    assert size_mm == pytest.approx({"A4": [210, 297], "Letter": [215.9, 279.4]}[paper], abs=0.5)
    assert 1 <= len(document) <= 3


def a_picture(colour=(60, 110, 160), size_px=(640, 480)):
    image = np.full((size_px[1], size_px[0], 3), colour, np.uint8)
    return cv2.imencode(".png", image)[1].tobytes()


WORDS = "Low back pain for three weeks after gardening, worse in the morning and when tying shoes. "
LONG = {"patient": "Jan-Willem van der Heijden-Schoonbeek, 12 May 1961", "complaint": WORDS * 3, "goal": WORDS,
        "plan": [WORDS] * 30, "review_on": "2026-12-20", "adherence": "7 of 9", "corrected_by": "J. P."}  # fmt: skip


@pytest.mark.parametrize("paper", ["A4", "Letter"])
@pytest.mark.parametrize(
    ("pictures", "about", "pages"), [(0, {}, 1), (3, {"goal": "Tie my shoes", "plan": ["A", "B"]}, 2), (4, LONG, 3)]
)
def test_no_page_is_left_to_the_signature_alone(summaries, checkout, pictures, about, pages, paper):
    shown = [(a_picture(), f"Stretch knee bent, at 00:0{number}") for number in range(pictures)]
    name, before = ("hinge_back_rounding", "hinge_good") if about else ("hinge_good", None)
    blocks = build(summaries, name, before=before, pictures=shown, **about)
    content = write_pdf(blocks, title="Movement report", paper=paper, foot="Movement report · A-17")
    keep_pages(checkout, content, f"report-{paper}-of-{pages}")
    document = pypdfium2.PdfDocument(content)
    texts = [page.get_textpage().get_text_bounded() for page in document]
    assert len(texts) == pages
    assert "Limits of the method" in texts[-1]
    assert "Date, name, signature" in texts[-1]
    assert all("Movement report · A-17" in text for text in texts)
    assert [f"{number + 1} / {len(texts)}" in text for number, text in enumerate(texts)] == [True] * len(texts)


def repeat_faults(summary, times):
    """Return a summary of a long session: each fault again every ten seconds, the last one the largest."""
    faults = [
        fault.model_copy(update={"from_s": fault.from_s + 10 * number, "to_s": fault.to_s + 10 * number,
                                 "value": fault.value if fault.value is None else fault.value + number})
        for number in range(times) for fault in summary.faults
    ]  # fmt: skip
    return summary.model_copy(update={"faults": sorted(faults, key=lambda one: one.from_s)})


def test_many_faults_of_a_kind_share_a_row(summaries, checkout):
    summary, movement = repeat_faults(summaries["hinge_back_rounding"], 30), load_movement(HINGE)
    kinds = {fault.id for fault in summary.faults}
    shown = [(a_picture(), f"Back rounding, at 00:0{number}") for number in range(4)]
    details = ReportDetails(**{"patient": "A-17", "when": "29 November 2026", "pictures": shown, **LONG})
    blocks = build_report(summary, movement, details, before=summaries["hinge_good"])
    [table] = [block for block in blocks if isinstance(block, Table) and block.head[0] == "What"]
    assert len(table.rows) == len(kinds)
    row = next(row for row in table.rows if row[0].startswith("back rounding"))
    largest = next(fault for fault in reversed(summary.faults) if fault.id == "back_rounding")
    assert row[0] == "back rounding, 30 times"
    assert row[1].endswith(f"and 24 more, last {format_clock(largest.from_s)}")
    size = format_number_with_doubt(largest.value, largest.unit, largest.uncertainty)
    assert row[2] == f"{size} at worst"
    content = write_pdf(blocks, title="Movement report", foot="Movement report · A-17")
    keep_pages(checkout, content, "report-of-a-long-session")
    assert len(pypdfium2.PdfDocument(content)) <= 3


def test_measures_of_both_sides_say_which(summaries):
    summary = summaries["hinge_back_rounding"]
    [repetition] = summary.repetitions
    other = {"left": "right", "right": "left"}[repetition.side]
    knee = summary.measurements[f"knee_{repetition.side}_deg"]
    both = summary.model_copy(
        update={
            "repetitions": [repetition, repetition.model_copy(update={"side": other})],
            "measurements": {**summary.measurements, f"knee_{other}_deg": knee},
        }
    )
    blocks = build_report(both, load_movement(HINGE), ReportDetails(patient="A", when="today"))
    [table] = [block for block in blocks if isinstance(block, Table) and block.head[0] == "Measure"]
    assert {"Stretched knee, left", "Stretched knee, right"} <= {row[0] for row in table.rows}


@pytest.mark.parametrize(("lines", "pages"), [(30, 1), (33, 1), (36, 2)])
def test_pictures_shrink_a_little_before_they_leave_a_hole(lines, pages):
    """At their full size they fit below 30 lines of text."""
    blocks = [*[Paragraph("x")] * lines, *[KeyPicture(a_picture(), "a")] * 2]
    assert len(pypdfium2.PdfDocument(write_pdf(blocks, title="T"))) == pages


def test_a_long_name_at_the_foot_is_cut(summaries):
    content = write_pdf(build(summaries), title="T", foot="Wide " * 100)
    assert all("…" in page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(content))


def test_hebrew_and_arabic_letters_run_leftwards(summaries):
    """The first letter of a name stands at the right of the others."""
    pytest.importorskip("uharfbuzz")
    for name in ("\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627"):
        pdf = write_pdf([Paragraph(f"Name: {name} 12")], title="T", foot=name)
        page = pypdfium2.PdfDocument(pdf)[0].get_textpage()
        letters = [page.get_text_range(at, 1) for at in range(page.count_chars())]
        boxes = {one: page.get_charbox(at) for at, one in enumerate(letters) if one in name}
        assert boxes[name[0]][0] > boxes[name[-1]][0]
        assert "12" in page.get_text_bounded()


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("Name: \u05e9\u05dc 23 \u05e2\u05dd by", "N\u05dd\u05e223\u05dc\u05e9b", id="between words"),
        pytest.param(
            "\u05e9\u05dc 23 \u05e2\u05dd", "\u05dd\u05e223\u05dc\u05e9", id="a text that begins at the right"
        ),
        pytest.param(
            "Lean \u0645\u0631 45\u00b0 \u00b1 7 \u0633\u0644", "L\u0644\u06337\u00b145\u0631\u0645", id="plus or minus"
        ),
        pytest.param(
            "\u05e9\u05dc 23-07-65 \u05e2\u05dd (9)", "9\u05dd\u05e2230765\u05dc\u05e9", id="a date, and brackets"
        ),
        pytest.param("\u05e9\u05dc left 23 \u05e2\u05dd", "\u05dd\u05e2left23\u05dc\u05e9", id="English inside"),
    ],
)
def test_numbers_between_leftward_words(text, seen):
    """What is seen from left to right, by Unicode's rules; browsers and FriBidi draw the same."""
    pytest.importorskip("uharfbuzz")
    page = pypdfium2.PdfDocument(write_pdf([Paragraph(text)], title="-"))[0].get_textpage()
    left = {page.get_text_range(at, 1): page.get_charbox(at)[0] for at in range(page.count_chars())}
    assert [left[one] for one in seen] == sorted(left[one] for one in seen)


def test_what_begins_at_the_right_ends_at_the_left():
    pytest.importorskip("uharfbuzz")
    name = "\u05e9\u05dc\u05d5\u05dd"
    pdf = write_pdf([Paragraph(f"{name} 12"), Table(("a", "b"), (("c", f"{name} 34"),))], title="-")
    page = pypdfium2.PdfDocument(pdf)[0]
    text = page.get_textpage()
    boxes = [text.get_charbox(at) for at in range(text.count_chars()) if text.get_text_range(at, 1) == name[0]]
    edge = page.get_width() - 17 * 72 / 25.4  # within the margin
    assert [edge - box[2] < 8 for box in boxes] == [True, True]


def test_what_the_font_lacks_is_a_box(summaries, caplog):
    text = read_pdf(write_pdf(build(summaries, patient="Anna 🙂 伸 12"), title="T", foot="🙂"))
    assert "Anna □ □ 12" in text
    assert "missing" not in caplog.text


def test_a_picture_of_any_shape_stays_on_the_page(summaries):
    for size_px in ((720, 1280), (1280, 200), (4, 900)):
        shown = [(a_picture(size_px=size_px), "tall or wide")] * 2
        assert len(pypdfium2.PdfDocument(write_pdf(build(summaries, pictures=shown), title="T"))) <= 4


def test_the_same_report_gives_the_same_bytes(summaries):
    blocks = build(summaries)
    assert write_pdf(blocks, title="T") == write_pdf(blocks, title="T")
