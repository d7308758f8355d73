"""Several people before one screen, what each says about themselves, and a history that cannot be written."""

from __future__ import annotations

import sqlite3

import pytest

from ...browsing import expect
from .walking import grave_violations

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = '"><script>window.hit = 1</script> \u0639\u0627\u0626\u0634\u0629'


def open_people(one):
    one.page.get_by_role("button", name="Settings").first.click()
    one.press("Who practises")
    one.until("formcheck.state === 'people'")


def test_two_people_have_answers_of_their_own(person):
    one = person().go("/practise")
    one.press("Answer them")
    one.until("formcheck.state === 'about'")
    one.page.locator("svg .place[data-area=low_back]").press("Enter")
    expect(one.page.locator(".places [data-area=low_back]")).to_have_attribute("aria-pressed", "true")
    assert grave_violations(one.page) == []
    one.press("Next")
    one.page.locator("[data-code=shoes]").click()
    for _ in range(5):
        one.page.locator("#about .buttons .first").click()
    one.until("formcheck.state === 'welcome'")
    expect(one.page.locator("#lines")).to_contain_text("For your low back and for bending down.")
    for_you = one.page.get_by_role("button", name="For you", exact=True)
    expect(for_you).to_have_attribute("aria-pressed", "true")
    expect(one.page.locator(".stretches .stretch")).to_have_count(6)

    open_people(one)
    one.press("Add a person")
    one.page.locator("#people input[name=name]").fill(HOSTILE)
    one.page.locator("#people input[name=passcode]").fill("1234")
    assert grave_violations(one.page) == []
    one.page.locator("#people form button").click()
    expect(one.page.locator("#who bdi")).to_have_text(HOSTILE)
    assert one.page.evaluate("window.hit") is None
    expect(one.page.locator("#lines")).to_be_hidden()  # nothing of the first person's
    one.press("Change")
    one.until("formcheck.state === 'people'")
    one.page.locator("#people .big").first.click()
    expect(one.page.locator("#who bdi")).to_have_text("Me")
    expect(one.page.locator("#lines")).to_contain_text("For your low back")

    one.press("Change")
    one.page.locator("#people .big").nth(1).click()
    one.page.locator("#people input[name=passcode]").fill("0000")
    one.press("Open")
    expect(one.page.locator("#people .status")).to_contain_text("check the passcode")
    one.forgiven = "400"


def test_a_set_that_cannot_be_stored_says_so_and_counts(person, server):
    one = person("standing").go().practise()
    other = sqlite3.connect(server.folder / "data" / "history.db", isolation_level=None)
    other.execute("CREATE TABLE IF NOT EXISTS held (x)")
    other.execute("BEGIN EXCLUSIVE")
    try:
        one.until_replies()
        one.page.keyboard.press("Escape")
        one.press("I am done")
        one.until("formcheck.state === 'summary'")
        kept = one.page.locator("#summary .kept")
        expect(kept).to_contain_text("Another program holds your history.")
        expect(kept).to_contain_text("You can go on.")
        assert kept.get_attribute("data-code") == "locked"
    finally:
        other.execute("ROLLBACK")
        other.close()
