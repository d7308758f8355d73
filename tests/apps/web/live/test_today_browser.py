"""Before and after a set, with a real browser: the first page, the lesson, the result, what comes next."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from formcheck.drivers.history.history import History

from ....drivers.history.test_history import A_SET
from ...browsing import expect
from ...conftest import write_own_movement
from .test_routine_routes import PLAN
from .walking import HINGE, grave_violations

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHOSEN = f".stretch[data-movement={HINGE}]"
SAID = "formcheck.said.map(one => one.text)"


def title(one, view):
    return expect(one.page.locator(f"#{view} h1"))


def test_a_newcomer_is_taught_does_a_set_and_gets_the_easier_way(person):
    one = person("hold", taught=False).go("/practise")
    title(one, "welcome").to_have_text("Six stretches for your back")
    expect(one.page.locator("#welcome .row img")).to_have_count(7)
    assert grave_violations(one.page) == []
    one.page.locator(CHOSEN).click()
    one.page.reload()  # the choice is remembered
    one.until("formcheck.state === 'welcome'")
    title(one, "welcome").to_have_text("Standing hamstring stretch")

    one.press("Start with my camera")
    one.press("Skip")
    one.until("document.querySelector('.lesson[aria-current]')?.dataset.part === 'how'")
    one.until(f"{SAID}.some(text => text.startsWith('Push your bottom back'))")
    assert grave_violations(one.page) == []
    one.page.keyboard.press("Enter")
    one.until("formcheck.last?.stage === 'setup' && counter() !== null")
    one.skip_to_practice()
    one.until_held(3)
    one.page.keyboard.press("Escape")
    one.press("I am done")
    one.until("formcheck.state === 'summary'")
    title(one, "summary").to_have_text(re.compile("of 40 seconds (with a long back|in good form)$"))
    assert one.page.locator("#summary .pair img").count() in {0, 2}  # never one without the other
    assert grave_violations(one.page) == []

    one.press("In the low back")
    one.page.locator("#summary").get_by_text("Next time, the easier way: Put your hands on a chair").wait_for()
    assert one.page.locator("#summary .time").inner_text() in {"", "I wait for you"}  # nothing begins while one answers
    one.press("Try it now")
    one.until("document.querySelector('.lesson[data-part=easier]')")  # known by now, but not the easier way
    one.page.keyboard.press("Escape")
    one.until("formcheck.state === 'welcome'")


def test_after_one_side_it_is_asked_how_it_was_and_ends(person):
    one = person("hold").go()
    one.practise()
    one.until_held(2)
    one.page.keyboard.press("Escape")
    one.press("I am done")
    one.until("formcheck.state === 'summary'")
    facing = one.page.locator("#summary .pair img").evaluate_all(
        "all => all.map(one => getComputedStyle(one).transform)"
    )
    assert len(facing) in {0, 2}  # the example is turned: the person faces the same way in both
    assert {value.split(",")[0] for value in facing} <= {"matrix(-1"}
    asker = one.page.locator("#summary .asker")
    expect(asker.locator("h2")).to_have_text("Where do you feel it?")
    expect(asker).not_to_contain_text("Question")  # the others come at the end
    tip = one.page.locator("#summary .tip")
    expect(tip).to_be_visible()
    one.press("Near the sit bone or the knee")
    expect(tip).to_be_hidden()  # "the same again" is not so any more
    one.press("Done")
    expect(asker.locator("h2")).to_contain_text("How much pain is there now")
    one.press("Done")
    title(one, "message").to_have_text("Done for now")
    expect(one.page.locator("#message .said")).to_contain_text("See you tomorrow")
    assert grave_violations(one.page) == []
    one.press("Back to Today")
    one.until("formcheck.state === 'welcome'")


def test_an_own_movement_is_chosen_held_and_closed_by_a_sign(person, server):
    write_own_movement(server.folder / "data" / "movements")
    one = person("hold").go("/practise")
    one.page.locator(".stretch[data-movement=wall_bow]").click()
    title(one, "welcome").to_have_text("Wall bow (own)")
    assert grave_violations(one.page) == []
    one.practise()
    one.until_held(2)
    server.answer("R8")
    one.go("/practise")
    one.page.locator(".stretch").first.wait_for()
    expect(one.page.locator(".stretch[data-movement=wall_bow]")).to_have_count(0)


def test_today_says_what_was_done_yesterday(person, server, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(server.folder / "data"))
    yesterday = datetime.now().astimezone() - timedelta(days=1)
    with History() as history:
        session = history.begin_session(history.find_first_person(), yesterday)
        history.add_set(session, replace(A_SET, begun=yesterday))
    one = person().go()
    lines = one.page.locator("#lines .line")
    expect(lines).to_have_count(1)  # one question at a time, so that the large button stays in sight
    expect(lines.locator("p").first).to_have_text("Yesterday: Standing hamstring stretch, 32 s held.")
    expect(lines).to_contain_text("How was it after last time?")
    one.page.set_viewport_size({"width": 1280, "height": 800})
    expect(one.page.get_by_role("button", name="Start with my camera")).to_be_in_viewport(ratio=0.9)


def test_today_shows_what_the_therapist_wants(person, server, monkeypatch, tmp_path):
    monkeypatch.setenv("FORMCHECK_DATA", str(server.folder / "data"))
    one = person().go("/practise")
    one.press("Settings")
    one.press("My therapist's plan")
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    one.page.locator("#own-plan input[type=file]").set_input_files(tmp_path / "plan.toml")
    expect(one.page.locator("#own-plan .plan-movements")).to_contain_text("Hold 8 seconds, 2 times on each side")
    one.go("/practise")
    title(one, "welcome").to_have_text("Your therapist's plan")
    for words in ("Your goal: Tie my shoes", "3 days a week.", "Your therapist looks again on ", "2126"):
        expect(one.page.locator("#welcome .therapist")).to_contain_text(words)
    expect(one.page.locator("#welcome .row")).to_contain_text("Hold 8 seconds")
    expect(one.page.locator("#welcome .others")).to_be_hidden()
    expect(one.page.locator(".stretch")).to_have_count(1)
    expect(one.page.get_by_role("button", name="Start with my camera")).to_be_in_viewport(ratio=0.9)
    assert grave_violations(one.page) == []
    one.go("/practise?movement=plank")  # a link from elsewhere to what the plan leaves out
    title(one, "welcome").to_have_text("Your therapist's plan")


def test_a_routine_goes_on_by_itself_with_the_next_lesson(person):
    one = person(taught=False, moving=True).go("/practise")
    one.press("Use a sample clip instead of a camera")
    one.until("formcheck.state === 'teach'")
    title(one, "teach").to_have_text("March on the spot")
    act = "document.dispatchEvent(new CustomEvent('formcheck:act', {detail: '%s'}))"
    one.page.evaluate(act % "go")  # as a gesture asks
    one.until("formcheck.state === 'practise'")
    one.until("formcheck.state === 'summary'")
    expect(one.page.locator("#summary .result .button.first")).to_have_text("Next: Cat-cow")
    one.until("/^next in 0:(0.|1[0-3])$/.test(document.querySelector('#summary .time').textContent)")
    one.page.evaluate(act % "no")
    expect(one.page.locator("#summary .time")).to_have_text("I wait for you")
    one.page.evaluate(act % "next")
    one.until("formcheck.state === 'teach'")
    title(one, "teach").to_have_text("Cat-cow")
    expect(one.page.locator("#teach .place-in")).to_have_text("2 of 7")
