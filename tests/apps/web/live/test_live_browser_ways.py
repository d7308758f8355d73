"""Starting and ending practice: the questions, the keyboard alone, and three ways to stop."""

from __future__ import annotations

import pytest

from ...browsing import expect
from .walking import HINGE, focus, tab_to

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REST = "Come out slowly and rest. If this does not settle, or you notice numbness or weakness, get medical advice."
AT_ONCE_FRAMES = 18
"""300 ms on a screen that is drawn 60 times a second."""
STOPS = {
    "Escape": lambda one: one.page.keyboard.press("Escape"),
    "Space": lambda one: one.page.keyboard.press("Space"),
    "button": lambda one: one.page.locator("#stop").click(),
}


def test_three_ways_to_stop_are_calm_and_a_break_loses_nothing(person):
    one = person("hold").go().practise()
    one.until_held(2)
    for way, stop in STOPS.items():
        stop(one)
        one.until("formcheck.state === 'stopped' && witness.stopFrames !== null")
        assert one.page.evaluate("witness.stopFrames") <= AT_ONCE_FRAMES, way
        expect(one.page.get_by_role("heading", name="Come out slowly and rest.")).to_be_visible()
        expect(one.page.locator("#stage")).to_be_hidden()
        before = one.valid_s
        one.page.evaluate("window.witness.stopFrames = window.witness.first = null")
        one.press("Just a break")
        one.until("witness.first !== null")
        assert before <= one.page.evaluate("witness.first") < before + 1, way
        one.until(f"formcheck.last.practise?.hold.valid_s > {before + 0.5}")
    one.press("Pain")
    one.page.get_by_text(REST).wait_for()
    one.until("witness.stopFrames !== null")
    assert one.page.evaluate("witness.stopFrames") <= AT_ONCE_FRAMES
    expect(one.page.locator("#stopped .buttons button:visible")).to_have_text(["Show what I did"])
    one.press("Show what I did")
    one.until("formcheck.state === 'summary'")
    expect(one.page.locator("#summary .result .buttons button:visible")).to_have_text(["Done"])


@pytest.mark.parametrize("where", ["lesson", "break", "summary"])
def test_pain_is_remembered_wherever_its_key_is_pressed(person, server, where):
    one = person("hold", taught=where != "lesson").go()
    one.press("Start with my camera")
    one.press("Skip")
    if where == "lesson":
        one.until("formcheck.state === 'teach'")
    else:
        one.skip_to_practice()
        one.page.keyboard.press("Escape")
        one.until("formcheck.state === 'stopped'")
    if where == "summary":
        one.press("I am done")
        one.until("formcheck.state === 'summary'")
    one.page.keyboard.press("p")
    one.page.get_by_text(REST).locator("visible=true").first.wait_for()
    one.until(f"formcheck.said.some(one => one.text === '{REST}')")
    one.page.goto(f"{one.address}/practise")
    one.until("formcheck.state === 'howis'")
    assert [pain["movement"] for pain in server.kept()["pains"]] == [HINGE]


def test_the_keyboard_alone_leads_from_first_page_to_summary(person):
    one = person(answered=False).go()
    tab_to(one, "Start with my camera", "Enter")
    one.until("formcheck.state === 'screening'")
    for number in range(13):
        assert focus(one)["tag"] == "H1"
        if number % 2:
            tab_to(one, "No", "Enter")
        else:
            one.page.keyboard.press("n")
    one.until("formcheck.state === 'before'")
    tab_to(one, "Skip", "Space")
    one.until("formcheck.last?.stage === 'setup' && counter() !== null")
    assert focus(one)["tag"] == "H1"
    one.page.keyboard.press("Enter")
    one.until("formcheck.state === 'practise' && formcheck.last.practise")
    one.page.keyboard.press("m")
    expect(one.page.locator("#mute span")).to_have_text("Sound is off")
    one.page.keyboard.press("Space")
    one.until("formcheck.state === 'stopped'")
    tab_to(one, "Just a break", "Enter")
    one.until("formcheck.state === 'practise'")
    tab_to(one, "Stop", "Enter")
    one.until("formcheck.state === 'stopped'")
    tab_to(one, "I am done", "Space")
    one.until("formcheck.state === 'summary'")
    tab_to(one, "Done", "Enter")
    one.until("formcheck.state === 'welcome'")
