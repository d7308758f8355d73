"""A set without touching the computer and without seeing it: what is heard, what hands do, what a reload keeps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from formcheck.drivers.live import words

from ...browsing import expect

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Notes every sentence that was on the screen, also for a moment.
SHOWN_JS = """() => {
  window.shown = new Set();
  const look = () => {
    for (const one of document.querySelectorAll('#cue, #advice, #heard, #stopped h1'))
      if (!one.hidden) window.shown.add((one.id === 'cue' ? one.lastChild?.textContent : one.textContent) ?? '');
  };
  const all = {subtree: true, childList: true, characterData: true, attributes: true};
  new MutationObserver(look).observe(document.body, all);
}"""
HELD_UP = {"hands": "one_hand", "share": 1.0, "done": "one_hand"}


def test_a_whole_set_is_heard_and_a_reload_keeps_it(person):
    """Nobody touches anything between the start and the summary, but for the reload in the middle."""
    one = person("good").go()
    one.page.evaluate(SHOWN_JS)
    one.to_camera()
    one.until(f"formcheck.said.some(one => one.text === '{words.REPETITION.format(done=1, of=2)}')")
    heard = [said["text"] for said in one.page.evaluate("formcheck.said")]
    wanted = [words.IN_PLACE, *words.COUNTS.values(), words.BEGIN]
    assert [text for text in heard if text in wanted] == wanted
    unshown = set(heard) - set(one.page.evaluate("[...shown]")) - set(words.COUNTS.values())
    assert unshown == set()  # of the countdown, the number stands there
    one.until("JSON.parse(localStorage.getItem('formcheck:set'))?.carried?.repetitions?.some(one => one.whole)")

    one.page.reload()
    one.page.get_by_role("heading", name="Go on where you were?").wait_for()
    expect(one.page.locator("#message")).to_contain_text("1 of 2 done")
    one.press("Go on")
    one.until("formcheck.last?.practise?.repetition?.done === 1")
    one.until("formcheck.state === 'summary'")
    said = {one["text"] for one in one.page.evaluate("formcheck.said")}
    assert words.SET_DONE in said
    if one.page.evaluate("witness.best") > 1:  # a machine with too few pictures a second sees no hold of so few seconds
        assert words.HOLD_BEGINS in {*heard, *said}  # or not its beginning
    one.go()  # what is done is not asked about again
    expect(one.page.locator("#message")).to_be_hidden()


def test_nothing_good_is_said_to_an_empty_room(person):
    one = person("nobody").go()
    one.press("Start with my camera")
    one.press("Skip")
    one.until("formcheck.last?.setup?.text === 'Step into the picture'")
    one.page.keyboard.press("g")
    one.until_replies(8)
    assert one.page.evaluate("formcheck.state") == "setup"
    expect(one.page.locator(".count")).to_be_hidden()
    assert {said["text"] for said in one.page.evaluate("formcheck.said")} == {"Step into the picture"}


class Hands:
    """Stands between server and page, and lets the person raise a hand."""

    def __init__(self, page: Any) -> None:
        self.raised: dict[str, Any] | None = None
        page.route_web_socket("**/pose/ws", self._connect)

    def _connect(self, page_side: Any) -> None:
        server_side = page_side.connect_to_server()
        page_side.on_message(server_side.send)
        server_side.on_message(lambda message: page_side.send(self._down(message)))

    def _down(self, message: Any) -> Any:
        if self.raised is None or '"seen"' not in message:
            return message
        told, self.raised = {**json.loads(message), "gesture": self.raised}, None
        return json.dumps(told)


def test_a_raised_hand_stops_goes_on_ends_and_leads_to_the_next(person):
    one = person("hold").go()
    hands = Hands(one.page)
    one.practise()
    for state in ("stopped", "practise", "stopped"):
        hands.raised = HELD_UP
        one.until(f"formcheck.state === '{state}'")
    hands.raised = {**HELD_UP, "hands": "both_hands", "done": "both_hands"}
    one.until("formcheck.state === 'summary'")
    one.page.evaluate("document.addEventListener('formcheck:act', event => { window.asked = event.detail; })")
    hands.raised = HELD_UP
    one.until("window.asked === 'next'")
