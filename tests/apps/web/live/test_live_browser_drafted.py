"""A movement is drafted at the desk from a good recording, kept, and practised live at once."""

from __future__ import annotations

import json

import pytest

from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.results_store import open_new_result

from ...browsing import expect, keep_picture
from .walking import HINGE

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KEY, OWN = "d" * 32, "bow_at_the_wall"
LONG_BACK = "Hinge at your hips, keep back long"


@pytest.fixture
def drafted(server, checkout, monkeypatch):
    """Return a function with which a person drafts a movement at the desk and goes on to practise it."""
    monkeypatch.setenv("FORMCHECK_RESULTS", str(server.folder / "results"))
    track = checkout / "tests" / "data" / "hinge_good.parquet"
    with open_new_result(KEY, recording="three bows.mp4", movement="Standing hamstring stretch") as work:
        check_recording(track, movement=HINGE, out=work)

    def draft(one):
        page = one.page
        page.add_init_script(f"localStorage.setItem('formcheck.today', {json.dumps(json.dumps({'known': [OWN]}))})")
        page.goto(one.owner.knock(f"{one.address}/review/desk?result={KEY}"))
        page.wait_for_selector("body[data-ready]")
        page.get_by_role("tab", name="Draft").click()
        page.get_by_label("Name of the new movement").fill("Bow at the wall")
        page.get_by_role("button", name="Draft it").click()
        expect(page.locator(".draft .unsure li").first).to_be_visible()
        page.locator(".draft").get_by_role("button", name="Keep it").click()
        expect(page.locator(".draft .state")).to_contain_text("is kept")
        page.get_by_role("link", name="Try it live").click()
        page.wait_for_url(f"**/practise?movement={OWN}")
        one.until("formcheck.state === 'welcome'")
        return one

    return draft


def test_a_drafted_movement_counts_a_good_repetition_live(person, drafted, checkout):
    one = drafted(person("good"))
    one.practise()
    one.until_held(1)
    keep_picture(checkout, one, "live-drafted")
    one.until("formcheck.last?.practise?.repetition?.done >= 1")
    assert {cue["state"] for cue in one.cues} <= {"ok", "info"}, one.cues


def test_a_drafted_movement_shows_a_round_back_live(person, drafted):
    one = drafted(person("rounding"))
    one.practise()
    one.until(f"witness.cues.some(cue => cue.text === '{LONG_BACK}')")
    assert any(LONG_BACK in cue["said"] for cue in one.cues)
