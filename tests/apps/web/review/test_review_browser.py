"""The review page in a real browser: a sample, the true pose model, a verdict, a click, a picture."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from formcheck.drivers.samples import list_samples

from ...browsing import LOOKS, SCREENS, expect, keep_picture
from ...conftest import HAND_KEY, make_result, wait_until

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser]


@pytest.mark.slow
def test_sample_is_checked_and_a_click_on_its_fault_shows_it(visit, app, checkout):
    visitor = visit("/review")
    page = visitor.page
    page.get_by_text("rounds in the middle of the hold").wait_for()
    page.get_by_role("button", name="Try this sample: Standing hamstring stretch, back rounds").click()
    page.get_by_role("region", name="Verdict").wait_for(timeout=240_000)
    from_s = min(fault["from_s"] for fault in stored_faults(app.results) if fault["id"] == "back_rounding")
    visitor.wait_for_video(lambda state: state["ready"] >= 2)
    visitor.note_seeks()
    page.get_by_role("button", name=re.compile("back rounding, from")).first.click()
    visitor.wait_for_video(
        lambda state: state["playing"] and state["time_s"] >= from_s - 0.05 and state["brightest"] > 40
    )
    assert visitor.seeks_s == pytest.approx([from_s], abs=0.05)
    keep_picture(checkout, visitor, "review-sample-desk-light")
    shown = visit(page.url.removeprefix(visitor.address), size=SCREENS["phone"], scheme="dark")
    shown.page.get_by_role("button", name=re.compile("back rounding, from")).first.click()
    shown.wait_for_video(lambda state: state["time_s"] > from_s + 0.5)
    keep_picture(checkout, shown, "review-sample-phone-dark")


def stored_faults(results: Path) -> list[dict[str, Any]]:
    """Return the faults of the one result that was stored."""
    [folder] = (path for path in results.iterdir() if not path.name.startswith("."))
    found: list[dict[str, Any]] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["faults"]
    return found


@pytest.mark.parametrize(("screen", "scheme"), LOOKS)
def test_first_page_fits_its_screen_and_shows_every_sample(visit, checkout, screen, scheme):
    count = len(list_samples())
    assert count >= 10
    visitor = visit("/review", size=SCREENS[screen], scheme=scheme)
    pictures = visitor.page.locator(".fc-still img")
    # Streamlit fetches the code of its buttons when the first one is drawn: they can come after the text below them.
    expect(visitor.page.get_by_role("button", name="Try this sample")).to_have_count(count)
    expect(visitor.page.get_by_text("It is not a medical device")).to_be_visible()
    expect(pictures).to_have_count(count)
    wait_until(lambda: pictures.evaluate_all("all => all.every(one => one.complete && one.naturalWidth > 200)"))
    tops = pictures.evaluate_all("all => all.map(one => Math.round(one.getBoundingClientRect().top))")
    assert tops.count(tops[0]) == {"desk": 4, "phone": 2}[screen]
    keep_picture(checkout, visitor, f"review-first-{screen}-{scheme}")
    assert visitor.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_sample_is_started_with_the_keyboard_or_by_its_picture(visit):
    page = visit("/review").page
    button = page.get_by_role("button", name="Try this sample: Plank, done well")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Checking plank_good.mp4").wait_for()
    page.get_by_role("button", name="Cancel").click()
    # the button lies over its picture, and takes the click
    page.get_by_role("button", name="Try this sample: Cat-cow, done well").wait_for()
    page.locator(".fc-card", has_text="Cat-cow, done well").locator("img").click(force=True)
    page.get_by_text("Checking cat_cow_good.mp4").wait_for()
    page.get_by_role("button", name="Cancel").click()
    button.wait_for()


def test_dropped_file_that_is_no_recording_is_reported_kindly(visit, app, tmp_path):
    notes = tmp_path / "notes.mp4"
    notes.write_text("Thursday: hamstrings", encoding="utf-8")
    page = visit("/review").page
    page.locator("input[type=file]").set_input_files(notes)
    alert = page.get_by_role("alert").filter(has_text="notes.mp4 could not be checked")
    alert.wait_for()
    assert "your recording is unchanged" in alert.inner_text()
    assert "a text file" in alert.inner_text()
    assert page.get_by_role("button", name="Check this recording").count() == 0
    assert not list(app.results.iterdir())


def test_uploaded_recording_is_streamed_to_disk_and_then_checked(visit, app, checkout):
    page = visit("/review?movement=plank").page
    page.locator("input[type=file]").set_input_files(checkout / "sample_videos" / "plank_good.mp4")
    page.get_by_text("plank_good.mp4 is ready to be checked").wait_for()
    (folder,) = app.results.iterdir()
    assert [path.name for path in folder.iterdir()] == ["plank_good.mp4"]
    page.get_by_role("button", name="Check this recording").click()
    page.get_by_text("Checking plank_good.mp4").wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.locator("input[type=file]").wait_for()
    wait_until(lambda: not list(app.results.iterdir()), seconds=60)


@pytest.mark.parametrize(("screen", "scheme"), LOOKS)
def test_result_fits_its_screen(visit, app, checkout, screen, scheme):
    make_result(app.results / HAND_KEY)
    visitor = visit(f"/review?result={HAND_KEY}", size=SCREENS[screen], scheme=scheme)
    visitor.page.get_by_role("region", name="Verdict").wait_for()
    visitor.wait_for_video(lambda state: state["ready"] >= 2)
    wide = visitor.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    keep_picture(checkout, visitor, f"review-{screen}-{scheme}")
    assert wide <= 0


def test_everything_can_be_reached_and_moved_with_the_keyboard(visit, app):
    make_result(app.results / HAND_KEY)
    visitor = visit(f"/review?result={HAND_KEY}")
    page = visitor.page
    page.get_by_role("region", name="Verdict").wait_for()
    visitor.wait_for_video(lambda state: state["ready"] >= 2)
    place = page.get_by_role("slider", name="Position in the recording")
    place.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    visitor.wait_for_video(lambda state: abs(state["time_s"] - 2) < 0.2)
    expect(place).to_have_attribute("aria-valuetext", "00:02 of 00:12")
    reached = tab_through(page, "head hanging, from")
    assert any("back rounding, from" in label for label in reached)
    visitor.note_seeks()
    page.keyboard.press("Enter")
    visitor.wait_for_video(lambda state: state["playing"] and state["time_s"] >= 6.4)
    assert visitor.seeks_s == pytest.approx([6.4], abs=0.05)
    page.keyboard.press("Tab")


def tab_through(page: Any, until: str) -> list[str]:
    """Press Tab until a control of that name has the focus; return the names on the way."""
    focused = """() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
    }"""
    page.locator("video").focus()
    names: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        names.append(page.evaluate(focused))
        if until in names[-1]:
            return names
    raise AssertionError(names)


def test_result_is_still_there_after_loading_the_page_again(visit, app):
    make_result(app.results / HAND_KEY)
    visitor = visit("/review")
    visitor.page.get_by_role("link", name="<b>bow</b>").click()
    visitor.page.get_by_role("region", name="Verdict").wait_for()
    visitor.page.reload()
    visitor.page.get_by_role("region", name="Verdict").wait_for()
    visitor.wait_for_video(lambda state: state["ready"] >= 2)
