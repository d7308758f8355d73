"""A whole routine by raised hands alone: a filmed person, the true pose model, no key and no click."""

from __future__ import annotations

import json
import sqlite3

import pytest

from ...browsing import expect, wait_for

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROUTINE = """
schema_version = 1
id = "by_hand"
name = "By hand"
about = "A walk, a bow on each side, and a breath."
time_s = 477
source = "E: made for a test; what waits for a hand waits long"
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
rest_s = 100
source = "E: short"
[[parts]]
kind = "breath"
why = "To end."
duration_s = 300
"""
KNOWN = {"known": ["hamstring_hinge_standing"]}
MOST_S = 600
"""The film takes a minute, and what is missed in one round comes in the next one."""

# Each gesture that the pose model saw to its end, with the view and the step it came to, and what came of it; and
# whatever a person, or a test, would do with keys or a mouse.
NOTES_JS = """
window.notes = {hands: [], views: [], touched: []};
const seen = () => `${document.body.dataset.view} ${formcheck.state}`;
addEventListener('formcheck:reply', () => {
  const done = formcheck.last?.gesture?.done;
  if (done) notes.hands.push([seen(), done]);
});
document.addEventListener('formcheck:act', ({detail}) => notes.views.push([seen(), detail]));
for (const kind of ['keydown', 'pointerdown', 'click'])
  addEventListener(kind, () => notes.touched.push(kind), {capture: true});
"""


def test_raised_hands_lead_through_a_whole_routine(person, server):
    folder = server.folder / "data" / "routines"
    folder.mkdir(parents=True)
    (folder / "by_hand.toml").write_text(ROUTINE, "utf-8")
    one = person("bow_hand")
    one.page.add_init_script(f"localStorage.setItem('formcheck.today', '{json.dumps(KNOWN)}')")
    one.page.add_init_script(NOTES_JS)
    one.go("/practise")
    one.page.locator("[data-routine=by_hand]").click()
    expect(one.page.locator("#welcome h1")).to_have_text("By hand")
    one.press("Start with my camera")
    one.press("Skip")
    one.until("formcheck.state === 'step_walk'")
    one.page.evaluate("notes.touched.length = 0")  # from here on, the person stands in front of the camera
    wait_for(one.page, "document.body.dataset.view === 'message'", MOST_S)
    notes = one.page.evaluate("notes")
    assert notes["touched"] == []
    expect(one.page.get_by_role("heading", name="Done for now")).to_be_visible()
    expect(one.page.locator("#message")).to_contain_text("3 of 3 parts done.")
    led = {view.split()[0] for view, _ in notes["hands"]}
    assert led >= {"summary", "step"}, notes  # each waits longer than the film takes
    assert ["step step_breath", "go"] in notes["views"] or ["step step_breath", "next"] in notes["views"], notes
    with sqlite3.connect(server.folder / "data" / "history.db") as history:
        (kept,) = history.execute("SELECT count(*) FROM sets WHERE movement_id = 'hamstring_hinge_standing'").fetchone()
    assert kept >= 1
