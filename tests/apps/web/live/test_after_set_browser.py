"""After a set: the questions lead to help if they must, and a page that is loaded again still has them."""

from __future__ import annotations

from typing import Any

import pytest

from ...browsing import expect

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROUTINE = """
schema_version = 1
id = "short"
name = "A short one"
about = "A bow, and a breath."
time_s = 68
source = "E: made for a test"
[sources]
E = "own choice"
[[parts]]
movement = "hamstring_hinge_standing"
why = "The back of the legs."
hold_s = 3
repetitions = 1
source = "E: short"
[[parts]]
kind = "breath"
why = "To end."
duration_s = 5
"""


def hold_and_end(one: Any) -> None:
    """Hold for a moment, and end the set."""
    one.until_held(2)
    one.page.keyboard.press("Escape")
    one.until("formcheck.state === 'stopped'")
    one.press("I am done")
    one.until("formcheck.state === 'summary'")


def load_again(one: Any, state: str = "summary") -> None:
    one.page.reload()
    one.until(f"formcheck.state === '{state}'")


def test_questions_are_asked_again_after_a_reload(person, server):
    one = person("hold").go()
    one.practise()
    hold_and_end(one)
    asked, title = one.page.locator("#summary .asker h2"), one.page.locator("#summary h1")
    said = title.inner_text()
    expect(asked).to_have_text("Where do you feel it?")

    load_again(one)
    expect(title).to_have_text(said)
    expect(asked).to_have_text("Where do you feel it?")
    one.page.locator("#summary .asker .answers button").first.click()
    expect(one.page.locator("#summary .asker [role=status]")).to_have_text("Thank you. Your answers are saved.")

    load_again(one)
    expect(one.page.locator("#summary .asker")).to_be_hidden()
    one.press("Done")  # the other side is left out: now comes how it was
    first = asked.inner_text()
    one.page.locator("#summary .asker .answers button").first.click()
    expect(asked).not_to_have_text(first)
    second = asked.inner_text()

    load_again(one)
    expect(asked).to_have_text(second)
    one.press("No")  # no new signs
    one.press("The same")
    one.page.locator("#summary .asker .answers button").nth(4).click()
    expect(one.page.locator("#summary .asker [role=status]")).to_have_text("Thank you. Your answers are saved.")
    found = str(server.kept())
    assert "Middle of the back of the thigh" in found
    assert "'pain_after': 0" in found
    assert "'effort': 4" in found

    one.press("Done")
    one.until("formcheck.state === 'done'")
    load_again(one, "welcome")


def test_new_signs_after_a_set_lead_to_help_that_stays(person):
    one = person("hold").go()
    one.practise()
    hold_and_end(one)
    one.press("Done")
    one.page.locator("#summary .asker .answers button").first.click()
    one.press("Yes")  # new signs
    one.press("The same")
    one.page.locator("#summary .asker .answers button").nth(4).click()
    one.until("formcheck.state === 'emergency'")
    one.page.wait_for_timeout(300)
    expect(one.page.locator("#emergency")).to_be_visible()


def test_routine_goes_on_after_the_set_that_was_done(person, server):
    folder = server.folder / "data" / "routines"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "short.toml").write_text(ROUTINE, "utf-8")
    one = person("hold").go("/practise")
    one.page.locator("[data-routine=short]").click()
    one.to_camera()
    one.skip_to_practice()
    hold_and_end(one)
    said = one.page.locator("#summary h1").inner_text()

    load_again(one, "resume")
    one.press("Go on")
    one.until("formcheck.state === 'summary'")
    expect(one.page.locator("#summary h1")).to_have_text(said)
    expect(one.page.locator("#summary .asker h2")).to_have_text("Where do you feel it?")
    expect(one.page.locator("#summary .result .button.first")).to_contain_text("Other side")
