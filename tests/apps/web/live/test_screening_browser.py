"""Care in a real browser: questions, help in an emergency, one gate for every way in, pain remembered, my data."""

from __future__ import annotations

import json
import re
import time
from itertools import cycle
from typing import Any

import pytest

from ...browsing import PATIENCE_S, SCHEMES, SCREENS, expect, keep_picture
from .walking import HINGE, focus, grave_violations, tab_to

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EMERGENCY = "Please stop and contact emergency services or an emergency department now."
LEFT_OUT_OF_RADIATING = ("partial_crunch", "hamstring_doorway_supine", "figure_four_supine")
STANDS_OUT_JS = """[...document.querySelectorAll('body, body *')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width > 0 && one.textContent.trim() && (box.right > innerWidth + 1 || box.left < -1);
}).map(one => one.textContent.trim().slice(0, 40))"""
SIZES = {**SCREENS, "landscape": (844, 390), "zoomed": (640, 400), "wide": (1920, 1080)}
"""A window of 1280×800 at 200 % is the one called zoomed."""


def begin(one: Any) -> None:
    """Press Start and wait for the first question."""
    one.press("Start with my camera")
    one.until("formcheck.state === 'screening'")


def asks(one: Any, words: str) -> None:
    """Wait until the question on the screen has these words."""
    one.until(f"document.querySelector('section.view:not([hidden]) h1').textContent.includes({json.dumps(words)})")


def list_offered(one: Any) -> set[str]:
    """Return the ids of the stretches that the first page offers."""
    return set(one.page.locator("#welcome .stretch").evaluate_all("all => all.map(one => one.dataset.movement)"))


def looks_right(one: Any, checkout: Any, view: str) -> None:
    """On each screen, one in each scheme, nothing is cut off, and axe-core finds nothing serious."""
    wrong = []
    for (screen, (width, height)), scheme in zip(SIZES.items(), cycle(SCHEMES), strict=False):
        one.page.set_viewport_size({"width": width, "height": height})
        one.page.emulate_media(color_scheme=scheme)
        keep_picture(checkout, one, f"care-{view}-{screen}-{scheme}")
        wrong += [f"{screen}: {text} stands out" for text in one.page.evaluate(STANDS_OUT_JS)]
        wrong += [f"{screen} {scheme}: {told}" for told in grave_violations(one.page)]
    one.page.set_viewport_size({"width": 1280, "height": 800})
    assert wrong == []


# Screening ------------------------------------------------------------------------------------------------------------


def test_one_question_a_screen_and_each_is_answered_alone(person, server, checkout):
    one = person(answered=False).go()
    begin(one)
    looks_right(one, checkout, "question")
    questions = one.page.evaluate("fetch('/live/screening').then(one => one.json()).then(one => one.questions)")
    for number, question in enumerate(questions):
        asks(one, question["text"])
        progress = one.page.locator("#screening .progress")
        expect(progress).to_have_attribute("aria-label", f"Question {number + 1} of 13")
        expect(one.page.locator("#screening .answers button")).to_have_count(2)
        one.page.keyboard.press("n")
    one.until("formcheck.state === 'before'")
    until(one, lambda: server.kept()["answers"] == {question["id"]: False for question in questions})
    asks(one, "How much pain")
    looks_right(one, checkout, "before")
    expect(one.page.locator("#before .answers button")).to_have_count(11)
    one.page.keyboard.press("3")
    asks(one, "Where does it hurt")
    looks_right(one, checkout, "where")
    one.page.locator("#before [data-area=low_back]").first.click()
    one.press("Go on")
    asks(one, "any new numbness")  # "worse than last time" needs a last time
    one.go()
    one.to_camera()  # nothing is asked again
    expect(one.page.locator("#screening")).to_be_hidden()


def test_worse_than_last_time_is_asked_where_there_was_one(person, server):
    one = person().go()
    for expected in ("any new numbness", "worse than last time"):
        one.press("Start with my camera")
        asks(one, "How much pain")
        one.page.keyboard.press("2")
        one.press("Nowhere in particular")
        asks(one, expected)
        one.page.keyboard.press("n")
        until(one, lambda: server.kept()["sessions"])
        one.go()


def test_a_half_filled_form_is_kept_over_a_reload(person, server):
    one = person(answered=False).go()
    begin(one)
    for _ in range(4):
        one.page.keyboard.press("n")
    asks(one, "fall, a crash")
    one.page.keyboard.press("ArrowLeft")
    asks(one, "fever")
    one.page.keyboard.press("ArrowRight")
    asks(one, "fall, a crash")
    until(one, lambda: len(server.kept().get("draft", {})) == 4)
    one.go()
    begin(one)
    asks(one, "fall, a crash")
    one.press("Back")
    asks(one, "fever")
    expect(one.page.locator("#screening .answers button[aria-pressed=true]")).to_have_text(re.compile("^No"))


def until(one: Any, true: Any) -> None:
    """Wait until something is so outside the page."""
    end_s = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end_s, "waited in vain"
        one.page.wait_for_timeout(50)


@pytest.mark.parametrize(
    ("number", "say"), [(1, "bladder or bowels"), (2, "numbness or tingling"), (3, "leg has become weak")]
)
def test_a_yes_to_an_emergency_leads_to_help_at_once(person, server, checkout, number, say):
    one = person(answered=False).go()
    begin(one)
    for _ in range(number - 1):
        one.page.keyboard.press("n")
    one.page.keyboard.press("y")
    one.until("formcheck.state === 'emergency'")
    shown = one.page.locator("#emergency")
    expect(shown).to_contain_text(EMERGENCY)
    expect(shown.locator(".say")).to_contain_text(say)
    expect(shown.locator(".call").first).to_have_attribute("href", re.compile("^tel:"))
    one.press("Show this to the doctor")
    expect(one.page.locator("#doctor .report")).to_contain_text(say)
    if number == 1:
        assert grave_violations(one.page) == []
        one.page.keyboard.press("Escape")
        looks_right(one, checkout, "emergency")
    until(one, lambda: server.kept().get("answers", {}).get(f"R{number}") is True)
    one.go()
    one.press("Start with my camera")  # a lock survives a reload
    one.until("formcheck.state === 'emergency'")
    assert one.page.evaluate("document.querySelector('#stage video').srcObject") is None


def test_a_slip_to_yes_is_changed_and_the_questions_go_on(person, server):
    one = person(answered=False).go()
    begin(one)
    one.page.keyboard.press("y")
    one.until("formcheck.state === 'emergency'")
    one.press("See or change my answers")
    expect(one.page.locator("#answers .care")).to_contain_text(EMERGENCY)
    one.page.get_by_role("button", name=re.compile("^Change")).first.click()
    one.until("formcheck.state === 'screening'")
    one.page.keyboard.press("n")
    asks(one, "numbness")
    for _ in range(12):
        one.page.keyboard.press("n")
    one.until("formcheck.state === 'before'")
    assert set(server.kept()["answers"].values()) == {False}


NUMBERS = {
    ("Europe/Berlin", "en-US"): "112", ("Europe/London", "en-GB"): "999", ("America/Chicago", "de-DE"): "911",
    ("Australia/Sydney", "en-US"): "000", ("Pacific/Auckland", "en-NZ"): "111", ("America/Sao_Paulo", "en-US"): "",
    ("UTC", "en-GB"): "999", ("UTC", "en"): "", ("", "xx"): "",
}  # fmt: skip
"""Time zone and language of a browser -> the emergency number of its place, if it is known."""


def test_emergency_number_is_that_of_the_place(person):
    one = person().go()
    found = one.page.evaluate(
        """places => import('/live/web/person/care.js').then(care =>
          places.map(([zone, language]) => care.emergencyNumber(zone, language)))""",
        [list(place) for place in NUMBERS],
    )
    assert dict(zip(NUMBERS, found, strict=True)) == NUMBERS


def test_answers_are_seen_and_changed_and_say_what_they_do(person, server, checkout):
    server.answer("R8")
    one = person(answered=False).go()
    one.press("Settings")
    one.press("My answers")
    one.until("formcheck.state === 'answers'")
    looks_right(one, checkout, "answers")
    card = one.page.locator(".care-cards li")
    expect(card).to_have_count(1)
    for name in ("Partial crunch", "Doorway hamstring stretch", "Figure four on the back"):
        expect(card).to_contain_text(name)
    expect(card).to_contain_text("What bends the back or pulls strongly on the leg is left out.")
    one.page.get_by_role("button", name="Change: Pain, tingling").click()
    asks(one, "shooting pain")
    one.page.keyboard.press("n")
    one.until("formcheck.state === 'answers'")
    expect(one.page.locator(".care-cards li")).to_have_count(0)
    until(one, lambda: server.kept()["answers"] == {f"R{number}": False for number in range(1, 14)})


# One gate -------------------------------------------------------------------------------------------------------------


def test_radiating_signs_leave_out_the_same_everywhere(person, server):
    server.answer("R8")
    one = person(answered=False).go()
    offered = list_offered(one)
    assert not set(LEFT_OUT_OF_RADIATING) & offered
    one.page.goto(f"{one.address}/library")
    for name in ("Partial crunch", "Doorway hamstring stretch", "Figure four on the back"):
        one.page.locator(".cards li", has_text=name).locator(".badge.closed").wait_for()
    for movement in LEFT_OUT_OF_RADIATING:
        one.page.goto(f"{one.address}/library?movement={movement}&practise=1")
        one.page.locator(".offer.closed").wait_for()
        expect(one.page.get_by_role("button", name="Start", exact=True)).to_have_count(0)
        expect(one.page.get_by_role("link", name="Practise with the camera")).to_have_count(0)
        assert speak(one, movement)["code"] == "locked"


def speak(one: Any, movement: str) -> Any:
    """Return the first answer of the socket to a hello for a set with the camera."""
    return one.page.evaluate(
        """async movement => {
          const {token} = await (await fetch('/live/token')).json();
          const socket = new WebSocket(`ws://${location.host}/pose/ws`);
          socket.onopen = () => socket.send(JSON.stringify(
            {type: 'hello', version: 1, token, movement, camera: 'camera', from: 'setup'}));
          const {data} = await new Promise(resolve => { socket.onmessage = resolve; });
          socket.close();
          return JSON.parse(data);
        }""",
        movement,
    )


def test_following_along_asks_the_questions_first_and_leads_back(person):
    one = person(answered=False)
    one.page.goto(one.owner.knock(f"{one.address}/library?movement={HINGE}&practise=1"))
    one.page.get_by_role("link", name="Answer now").click()
    one.until("window.formcheck?.state === 'screening'")
    for number in range(13):
        progress = one.page.locator("#screening .progress")
        expect(progress).to_have_attribute("aria-label", f"Question {number + 1} of 13")
        one.page.keyboard.press("n")
    one.page.get_by_role("button", name="Start", exact=True).wait_for()


def test_an_old_tab_is_asked_again(person, server):
    one = person().go()
    server.answer("R1")  # as another tab does
    one.press("Start with my camera")
    one.until("formcheck.state === 'emergency'")


# Pain -----------------------------------------------------------------------------------------------------------------


def test_pain_is_kept_although_the_page_closes_right_then(person, server):
    one = person().go()
    old = one.another().go()
    one.to_camera()
    one.page.keyboard.press("p")
    one.page.close()
    until(old, lambda: [entry["movement"] for entry in server.kept()["pains"]] == [HINGE])
    old.press("Start with my camera")  # an old tab knows it, too
    asks(old, "“Standing hamstring stretch” hurt. How is it today?")
    assert speak(old, HINGE)["code"] == "locked"


def test_pain_is_asked_about_and_a_gentler_list_offered(person, server, checkout):
    one = person().go()
    one.to_camera()
    one.page.keyboard.press("p")
    one.until("formcheck.state === 'stopped'")
    until(one, lambda: server.kept()["pains"])
    for _ in range(2):  # reloading opens nothing
        one.page.goto(f"{one.address}/practise")
        asks(one, "“Standing hamstring stretch” hurt. How is it today?")
    looks_right(one, checkout, "pain-today")
    one.press("Better, but still there")
    one.until("formcheck.state === 'decision'")
    looks_right(one, checkout, "gentler")
    expect(one.page.locator("#decision")).to_contain_text("Left out while it is still sore.")
    one.press("Continue")
    one.until("formcheck.state === 'welcome'")
    offered = list_offered(one)
    assert not {HINGE, "plank", "partial_crunch", "cobra", "bird_dog"} & offered
    assert {"warmup_march", "pelvic_tilt_supine", "cat_cow"} <= offered
    assert speak(one, "plank")["code"] == "locked"


def test_worse_pain_with_new_signs_leads_to_help(person, server):
    one = person().go()
    one.page.evaluate("fetch('/live/pain', {method: 'POST', body: JSON.stringify({movement: 'plank'})})")
    until(one, lambda: server.kept()["pains"])
    one.page.goto(f"{one.address}/practise")
    asks(one, "“Plank” hurt")
    one.press("Worse")
    asks(one, "any new numbness")
    one.page.keyboard.press("y")
    one.until("formcheck.state === 'emergency'")
    assert server.kept()["new_signs"] is True


# My data --------------------------------------------------------------------------------------------------------------


def test_my_data_is_seen_saved_and_really_deleted(person, server, checkout):
    one = person().go()
    one.press("Settings")
    assert grave_violations(one.page) == []
    one.press("My data")
    one.page.locator("#data li").first.wait_for()
    looks_right(one, checkout, "data")
    with one.page.expect_download() as download:
        one.page.get_by_role("link", name="Save a copy").click()
    copy = json.loads(download.value.path().read_text("utf-8"))
    assert copy["answers"]["answers"] == {f"R{number}": False for number in range(1, 14)}
    one.page.get_by_role("button", name="Delete: My answers").click()
    one.press("Keep")
    assert server.kept()["answers"]
    one.page.get_by_role("button", name="Delete: My answers").click()
    one.press("Yes, delete")
    one.page.get_by_text("Deleted: 13 answers.").wait_for()
    assert server.kept() == {}
    one.press("Back")
    one.press("Start with my camera")
    one.until("formcheck.state === 'screening'")


# Keys -----------------------------------------------------------------------------------------------------------------


def test_keys_alone_lead_through_questions_and_to_my_data(person):
    one = person(answered=False).go()
    tab_to(one, "Start with my camera", "Enter")
    one.until("formcheck.state === 'screening'")
    one.page.keyboard.press("n")
    asks(one, "numbness or tingling between")
    assert focus(one)["tag"] == "H1"
    tab_to(one, "Back", "Enter")
    asks(one, "bladder")
    tab_to(one, "Yes", "Space")
    one.until("formcheck.state === 'emergency'")
    tab_to(one, "See or change my answers", "Enter")
    one.until("formcheck.state === 'answers'")
    tab_to(one, "Back", "Enter")
    one.until("formcheck.state === 'welcome'")
    tab_to(one, "Settings", "Enter")
    one.until("document.querySelector('#settings').open")
    tab_to(one, "My data", "Enter")
    one.until("formcheck.state === 'data'")
