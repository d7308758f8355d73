"""The library in a real browser: find, see, practise with the timer, and on to a check."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from formcheck.drivers.answer_record import ANSWERS_FILE, SessionRecord
from formcheck.program.screening import QUESTIONS

from ...browsing import LOOKS, SCREENS, expect, keep_picture

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser]

HINGE = "Standing hamstring stretch"


@pytest.fixture
def answered(app):
    """A person who has said no to every question before practice."""
    answers = {question.id: False for question in QUESTIONS}
    record = SessionRecord(answered_utc=datetime.now(UTC), answers=answers)
    (app.data / ANSWERS_FILE).write_text(record.model_dump_json(), encoding="utf-8")


def fits(page: Any) -> bool:
    """Return whether nothing stands out to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0)


def test_the_list_fits_the_screen_with_a_picture_per_movement(visit, checkout):
    for screen, scheme in LOOKS:
        visitor = visit("/library", size=SCREENS[screen], scheme=scheme)
        cards = visitor.page.locator(".cards li:visible")
        cards.first.wait_for()
        visitor.page.get_by_text("It is not a medical device").wait_for()
        # they are fetched as they come near, so the first is enough
        visitor.page.wait_for_function(
            """() => [...document.querySelectorAll('*')].some(
              one => one.shadowRoot?.querySelector('.cards img')?.naturalWidth > 200)"""
        )
        keep_picture(checkout, visitor, f"library-{screen}-{scheme}")
        assert fits(visitor.page)
        expect(visitor.page.locator(".count")).to_have_text(f"{cards.count()} movements")


def test_search_and_filters_find_and_are_kept_on_return(visit):
    page = visit("/library").page
    shown = page.locator(".cards li:visible h2")
    shown.first.wait_for()
    hinge, plank, cat_cow = (shown.filter(has_text=re.compile(f"^{name}$")) for name in (HINGE, "Plank", "Cat-cow"))
    page.get_by_label("Find a stretch").fill("bow hip")
    expect(plank).to_have_count(0)
    expect(hinge).to_have_count(1)
    page.get_by_label("Find a stretch").fill("xyzzy")
    page.get_by_role("button", name="Show all again").click()
    expect(plank).to_have_count(1)
    assert shown.count() > 3
    page.get_by_role("button", name="Standing", exact=True).click()
    expect(cat_cow).to_have_count(0)
    page.get_by_role("button", name="Back of the thighs").click()
    expect(hinge).to_have_count(1)
    page.get_by_role("link", name=HINGE).click()
    page.get_by_role("heading", name=HINGE).wait_for()
    page.go_back()
    expect(page.get_by_role("button", name="Standing", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(hinge).to_have_count(1)
    expect(cat_cow).to_have_count(0)


def test_a_movement_plays_its_clip_muted_and_fits_the_screen(visit, checkout):
    for screen, scheme in LOOKS:
        visitor = visit("/library?movement=cat_cow", size=SCREENS[screen], scheme=scheme)
        visitor.page.get_by_role("heading", name="Cat-cow").wait_for()
        visitor.wait_for_video(lambda state: state["playing"] and state["time_s"] > 0.3 and state["brightest"] > 40)
        assert visitor.page.locator("video").evaluate("video => video.muted && video.loop")
        camera = visitor.page.get_by_role("img", name=re.compile("camera looks at you from the side"))
        expect(camera).to_be_visible()
        keep_picture(checkout, visitor, f"library-movement-{screen}-{scheme}")
        assert fits(visitor.page)


def test_movement_leads_to_a_check_of_a_recording_of_it(visit):
    page = visit("/library?movement=plank").page
    page.get_by_role("link", name="Check a recording of this").click()
    page.get_by_text("Plank is chosen").wait_for()
    page.get_by_role("link", name="Library").click()
    page.get_by_label("Find a stretch").wait_for()


def test_practice_fits_its_screen(answered, visit, checkout):
    for screen, scheme in LOOKS:
        visitor = visit("/library?movement=hamstring_hinge_standing&practise=1", size=SCREENS[screen], scheme=scheme)
        visitor.wait_for_video(lambda state: state["playing"])
        visitor.page.get_by_role("button", name="Start").click()
        visitor.page.get_by_role("button", name="Pause").wait_for()
        keep_picture(checkout, visitor, f"library-practise-{screen}-{scheme}")
        assert fits(visitor.page)
        number = visitor.page.locator(".left").evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
        assert number >= {"desk": 72, "phone": 48}[screen]


def test_timer_is_run_with_the_keys_alone(answered, visit):
    page = visit("/library").page
    page.clock.install()
    page.goto(page.url.split("?")[0] + "?movement=hamstring_hinge_standing&practise=1")
    left, words, detail = page.locator(".left"), page.locator(".words"), page.locator(".detail")
    page.clock.run_for(3000)
    page.get_by_role("button", name="Start").wait_for()
    shows(left, "10", words, "Get into place")
    page.keyboard.press("Space")
    page.clock.run_for(10_500)
    shows(words, "Hold", detail, "1 of 2, first side")
    page.keyboard.press("Space")
    expect(words).to_have_text("Paused: Hold")
    rest_s = left.inner_text()
    page.clock.run_for(30_000)
    assert (left.inner_text(), words.inner_text()) == (rest_s, "Paused: Hold")
    page.keyboard.press("Space")
    page.clock.run_for(200_000)
    shows(left, "✓", words, "Done")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[aria-current=step]")).to_contain_text("Rest your hands")
    page.keyboard.press("r")
    expect(words).to_have_text("Get into place")
    page.keyboard.press("Escape")
    page.clock.run_for(3000)
    page.get_by_role("link", name="Follow along without it").wait_for()


def shows(*parts_and_texts: Any) -> None:
    """Wait until these parts of the page have these texts."""
    for part, text in zip(parts_and_texts[::2], parts_and_texts[1::2], strict=True):
        expect(part).to_have_text(text)


def test_clip_waits_for_a_press_where_less_motion_is_asked_for(visit):
    visitor = visit("/library")
    visitor.page.emulate_media(reduced_motion="reduce")
    visitor.page.goto(visitor.address + "/library?movement=plank")
    state = visitor.wait_for_video(lambda state: state["ready"] >= 2)
    visitor.page.wait_for_timeout(600)
    assert not visitor.video()["playing"]
    assert state["time_s"] < 0.1


def test_pain_while_following_along_leads_to_the_question(answered, app, visit):
    page = visit("/library?movement=hamstring_hinge_standing&practise=1").page
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="Pause").wait_for()
    page.keyboard.press("p")
    page.get_by_role("heading", name="That is enough for now").wait_for()
    expect(page.locator(".timer")).to_be_hidden()
    page.get_by_role("link", name="Back to Today").click()
    page.get_by_role("heading", name="“Standing hamstring stretch” hurt").wait_for()
    (app.data / ANSWERS_FILE).unlink()  # the next visitor is another person
