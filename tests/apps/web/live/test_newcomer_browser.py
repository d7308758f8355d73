"""One evening of a new person: questions, warm-up, two stretches, pain, advice, and what is kept of it."""

from __future__ import annotations

import pytest

from formcheck.drivers.history.history import History

from ...browsing import expect, wait_for
from .walking import HINGE, grave_violations

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROUTINE = """
schema_version = 1
id = "first"
name = "A first evening"
about = "A walk, and {stretches}."
time_s = 109
source = "E: made for a test"
[sources]
E = "own choice"
[[parts]]
kind = "walk"
why = "So that you are warm."
say = "Walk a few steps."
duration_s = 5
warm_up = true
[[parts]]
movement = "hamstring_hinge_standing"
why = "The back of the legs."
hold_s = 3
repetitions = 1
source = "E: short"
[[parts]]
movement = "chair_back_stretch"
why = "The whole back."
hold_s = 10
repetitions = 2
source = "E: short"
"""
MOST_S = 300
"""The film takes 47 s, and what is missed in one round comes in the next one."""


def test_first_evening_from_the_questions_to_the_history(person, server):
    folder = server.folder / "data" / "routines"
    folder.mkdir(parents=True)
    (folder / "first.toml").write_text(ROUTINE, "utf-8")
    one = person("bow_both_ways", answered=False, taught=False).go("/practise")
    one.page.locator("[data-routine=first]").click()
    expect(one.page.locator("#welcome h1")).to_have_text("A first evening")
    one.press("Start with my camera")

    one.until("formcheck.state === 'screening'")
    for number in range(1, 14):
        one.until(f"document.querySelector('#screening .progress').ariaLabel === 'Question {number} of 13'")
        one.page.keyboard.press("n")
    one.until("formcheck.state === 'before'")
    one.page.keyboard.press("3")
    one.page.locator("#before [data-area=low_back]").first.click()
    one.press("Go on")
    one.until("document.querySelector('#before h1').textContent.includes('new numbness')")
    one.page.keyboard.press("n")

    one.until("formcheck.state === 'step_walk'")
    for teaches in (True, False):  # each side of the first stretch; the lesson comes once
        if teaches:
            one.until("formcheck.state === 'teach'")
            assert grave_violations(one.page) == []
            one.page.keyboard.press("Enter")
        wait_for(one.page, "formcheck.state === 'practise'", MOST_S)
        wait_for(one.page, "formcheck.state === 'summary'", MOST_S)
        one.page.keyboard.press("Enter")  # the other side, the next stretch
        one.until("formcheck.state !== 'summary'")

    one.until("formcheck.state === 'teach'")
    one.page.keyboard.press("Enter")
    one.until("formcheck.state === 'setup' && formcheck.last?.stage === 'setup'")
    one.page.keyboard.press("g")  # no chair in this film
    one.until("formcheck.state === 'practise'")
    one.page.keyboard.press("p")
    one.until("formcheck.state === 'pain_now'")
    for answer in ("same", "false"):  # as before, and no new signs
        one.page.locator(f"#howis [data-value={answer}]").click()
    one.until("formcheck.state === 'pain_end'")
    expect(one.page.locator("#message")).to_contain_text("get medical advice")
    assert grave_violations(one.page) == []

    with History(server.folder / "data" / "history.db") as history:
        sets = [done for _, done in history.list_sets(history.find_first_person())]
    hinges = [done for done in sets if done.movement_id == HINGE]
    assert {done.side for done in hinges} == {"left", "right"}, hinges
    assert len(hinges) == 2, hinges
    assert all(done.held_s for done in hinges)
    assert server.kept()["sessions"][-1]["pain_before"] == 3
    assert [pain["movement"] for pain in server.kept()["pains"]] == ["chair_back_stretch"]
    one.page.goto(one.owner.knock(f"{one.address}/progress"))
    expect(one.page.get_by_text("Nothing to compare yet.").first).to_be_visible()
