"""The live page in a real browser, with a real pose model: what a person in front of the camera sees and hears."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import pytest

from ...browsing import SCHEMES, SCREENS, expect, keep_picture, wait_for
from .films import FPS, LEFT_S, STILL_S, truth
from .walking import OVERLAPS_JS, grave_violations

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG_BACK = "Hinge at your hips, keep back long"
LATE_S = 2.0
MOST_S = 300
"""The film takes 46 s."""
STEP_BACK_IN = "Step back into the picture"
STANDS_OUT_JS = """[...document.querySelectorAll('body, body *')].filter(one => {
  const box = one.getBoundingClientRect();
  return box.width > 0 && one.textContent.trim() && (box.right > innerWidth + 1 || box.left < -1);
}).map(one => one.textContent.trim().slice(0, 40))"""


def test_a_good_hinge_is_held_and_counted_and_no_fault_is_shown(person):
    one = person("good").go().practise()
    one.until_held(3)
    one.until_counted(1)
    assert one.page.evaluate("witness.best") > 3
    assert {cue["state"] for cue in one.cues} <= {"ok", "info"}, one.cues


def test_a_person_who_leaves_is_called_back_and_the_clock_stops(person):
    one = person("leaving").go().practise()
    one.until_held(1)
    one.until(f"document.querySelector('#cue').textContent.includes('{STEP_BACK_IN}')")
    expect(one.page.locator("#cue")).to_be_visible()
    assert STEP_BACK_IN in one.cues[-1]["said"]
    assert one.cues[-1]["count"] >= FPS * (STILL_S + LEFT_S)
    expect(one.page.locator(".ring.paused .why")).to_have_text("paused: nobody is seen")
    assert one.reply("practise.dots.map(dot => dot.word)") == ["can't see you"]
    expect(one.page.locator("#status")).to_contain_text("can't see you")
    before = one.valid_s
    one.until_replies(10)
    assert one.reply("practise.phase") == "absent"
    assert one.valid_s == before


def test_a_rounding_back_is_shown_and_spoken_within_two_seconds(person, checkout):
    one = person("rounding", size=SCREENS["phone"]).go()
    look = Look(one, checkout, SCREENS)
    one.until("formcheck.last?.practise && document.querySelector('.demo .ring:not([hidden])')")
    look.keep("welcome")
    one.press("Start with my camera")
    one.until("formcheck.state === 'before'")
    look.keep("before")
    one.press("Skip")
    one.skip_to_practice()

    began, late = FPS * (STILL_S + truth("hinge_back_rounding")["faults"][0]["from_s"]), FPS * LATE_S
    in_time = f"cue.text === '{LONG_BACK}' && cue.count > {began} && cue.count <= {began + late}"
    # the film is shown over and over: a busy machine has its chance
    wait_for(one.page, f"witness.cues.some(cue => {in_time})", MOST_S)
    cue = next(cue for cue in one.cues if cue["text"] == LONG_BACK)
    assert cue["count"] > began
    assert cue["state"] == "fix"
    assert LONG_BACK in cue["said"]
    assert cue["height"] > 0
    one.until("formcheck.last?.practise?.phase === 'hold'")
    one.until_replies(10)  # a short rest on the way in is taken back
    expect(one.page.locator(".ring.paused .why")).to_have_text("paused: back rounding")
    before = one.valid_s
    one.until_replies(5)
    assert one.reply("practise.phase") == "hold"
    assert one.reply("practise.hold.why") == "back rounding"
    assert one.valid_s == before
    look.keep("practise")

    one.page.keyboard.press("Escape")
    one.until("formcheck.state === 'stopped'")
    look.keep("stopped")
    one.press("I am done")
    one.until("formcheck.state === 'summary'")
    expect(one.page.locator("#summary .tip")).to_have_text(f"Next time: {LONG_BACK}.")
    one.page.locator("#summary details summary").click()
    expect(one.page.get_by_text("Back rounding", exact=True)).to_be_visible()
    look.keep("summary")
    assert look.wrong == []


class Look:
    """Pictures of the views for people to look at, and what is wrong with them for people who see little."""

    def __init__(self, one: Any, checkout: Any, screens: dict[str, tuple[int, int]]) -> None:
        self.one, self.checkout, self.screens = one, checkout, screens
        self.wrong: list[str] = []

    def keep(self, view: str) -> None:
        """Look at a view on each screen, one in each scheme."""
        for (screen, (width, height)), scheme in zip(self.screens.items(), cycle(SCHEMES), strict=False):
            self.one.page.set_viewport_size({"width": width, "height": height})
            self.one.page.emulate_media(color_scheme=scheme)
            keep_picture(self.checkout, self.one, f"live-{view}-{screen}-{scheme}")
            self.check(f"{view} {screen} {scheme}")

    def check(self, view: str) -> None:
        page = self.one.page
        self.wrong += [f"{view} stands out to the side: {text}" for text in page.evaluate(STANDS_OUT_JS)]
        self.wrong += [f"{view}: {told}" for told in grave_violations(page)]
        if page.evaluate("document.body.dataset.view") in {"stage", "stopped"}:
            self.wrong += [f"{view}: {told}" for told in page.evaluate(OVERLAPS_JS)]


def test_set_up_asks_to_turn_sideways(person, checkout):
    one = person("oblique").go()
    one.to_camera()
    one.until("/^Turn your (left|right) side to the camera$/.test(document.querySelector('#advice').innerText)")
    heard(one)
    look = Look(one, checkout, {**SCREENS, "zoomed": (640, 400), "sideways": (844, 390)})
    look.keep("set-up")
    assert look.wrong == []


def test_set_up_asks_to_step_back_where_the_feet_are_cut_off(person):
    one = person("without_feet").go()
    one.to_camera()
    one.until("document.querySelector('#advice').innerText === 'Step back until I see your feet'")
    expect(one.page.locator(".joints li", has_text="feet").locator("span").last).to_have_text("not seen")
    heard(one)


def heard(one: Any) -> None:
    """What is on the screen is also spoken, and nothing starts by itself."""
    advice = one.page.locator("#advice").inner_text()
    assert advice in one.page.evaluate("formcheck.said.map(one => one.text)")
    one.until_replies(5)
    assert one.page.evaluate("formcheck.state") == "setup"
    assert one.reply("setup.ready") == 0
