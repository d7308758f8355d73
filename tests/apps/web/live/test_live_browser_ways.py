"""Starting and ending practice: the questions, the keyboard alone, and three ways to stop."""

from __future__ import annotations

from typing import Any

import pytest

from ...browsing import expect
from .walking import FOCUS_JS, grave_violations

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EMERGENCY = "Please stop and contact emergency services or an emergency department now."
REST = "Come out slowly and rest. If this does not settle, or you notice numbness or weakness, get medical advice."
STOPS = {
    "Escape": lambda one: one.page.keyboard.press("Escape"),
    "Space": lambda one: one.page.keyboard.press("Space"),
    "button": lambda one: one.page.locator("#stop").click(),
}


def test_first_visit_asks_before_the_camera_and_only_once(person):
    one = person(answered=False).go()
    one.press("Start with my camera")
    one.page.get_by_role("heading", name="Before you begin").wait_for()
    expect(one.page.locator("#screening fieldset")).to_have_count(13)
    for scheme in ("light", "dark"):
        one.page.emulate_media(color_scheme=scheme)
        assert grave_violations(one.page) == []
    one.press("Continue")
    one.page.get_by_text("Please answer every question: 13 left.").wait_for()
    one.press("Answer “no” to all")
    one.press("Continue")
    one.page.get_by_role("heading", name="How is your back right now?").wait_for()
    one.go()
    one.to_camera()  # nothing is asked again
    expect(one.page.locator("#screening")).to_be_hidden()


def test_emergency_signs_lock_the_camera_until_answers_change(person):
    one = person(answered=False).go()
    one.press("Start with my camera")
    one.press("Answer “no” to all")
    one.page.locator("#screening fieldset").first.get_by_label("Yes").check()
    one.press("Continue")
    for _ in range(2):
        one.page.get_by_role("heading", name="Please get help now").wait_for()
        expect(one.page.locator("#decision")).to_contain_text(EMERGENCY)
        expect(one.page.locator("#decision button")).to_have_text(["Back", "Change my answers"])
        one.go()
        expect(one.page.locator("#welcome .decision")).to_contain_text(EMERGENCY)
        one.press("Start with my camera")
    assert one.page.evaluate("document.querySelector('#stage video').srcObject") is None


def test_three_ways_to_stop_are_calm_and_a_break_loses_nothing(person):
    one = person("hold").go().practise()
    one.until_held(2)
    for way, stop in STOPS.items():
        stop(one)
        one.until("formcheck.state === 'stopped' && witness.stopMs !== null")
        assert one.page.evaluate("witness.stopMs") <= 300, way
        expect(one.page.get_by_role("heading", name="Come out slowly and rest.")).to_be_visible()
        expect(one.page.locator("#stage")).to_be_hidden()
        before = one.valid_s
        one.page.evaluate("window.witness.stopMs = window.witness.first = null")
        one.press("Just a break")
        one.until("witness.first !== null")
        assert before <= one.page.evaluate("witness.first") < before + 1, way
        one.until(f"formcheck.last.practise?.hold.valid_s > {before + 0.5}")
    one.press("Pain")
    one.page.get_by_text(REST).wait_for()
    one.until("witness.stopMs !== null")
    assert one.page.evaluate("witness.stopMs") <= 300
    expect(one.page.locator("#stopped .buttons button:visible")).to_have_text(["Show what I did"])
    one.press("Show what I did")
    one.until("formcheck.state === 'summary'")
    expect(one.page.locator("#summary > .buttons button:visible")).to_have_text(["Done"])


def test_the_keyboard_alone_leads_from_first_page_to_summary(person):
    one = person(answered=False).go()
    tab_to(one, "Start with my camera", "Enter")
    one.until("formcheck.state === 'screening'")
    tab_to(one, "yes", "ArrowRight")  # from Yes to No with the arrows, as radio buttons go
    assert focus(one)["name"] == "no"
    tab_to(one, "Answer “no” to all", "Space")
    assert focus(one)["name"] == "Continue"
    one.page.keyboard.press("Enter")
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


def focus(one: Any) -> dict[str, Any]:
    """Return what has the focus; it must be in sight."""
    found: dict[str, Any] = one.page.evaluate(FOCUS_JS)
    assert found["tag"] != "BODY"
    assert found["within"], found
    return found


def tab_to(one: Any, name: str, key: str) -> None:
    """Go there with the tabulator, always seeing where one is, and press a key."""
    focus(one)
    met = []
    for _ in range(40):
        one.page.keyboard.press("Tab")
        found = focus(one)
        assert found["ring"], found
        met.append(found["name"])
        if found["name"].startswith(name):
            break
    else:
        raise AssertionError(f"no way to {name}: {met}")
    one.page.keyboard.press(key)
