"""Small and large windows: type grows with a large one; on a phone held sideways the person has the height."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import pytest

from ...browsing import SCHEMES, keep_picture
from .walking import OVERLAPS_JS

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LARGE = {"wide": (1920, 1080), "wall": (2560, 1440)}
SIDEWAYS = (844, 390)
STANDING_PX = 270
"""At least this much of the 390 px of a phone is for a standing person."""
FONTS_PX_JS = """() => ['h1', '.answer', '.lesson[aria-current] p', '.button'].map(place => {
  const one = document.querySelector(`#${document.body.dataset.view} ${place}`);
  return one ? parseFloat(getComputedStyle(one).fontSize) : 0;
})"""
BELOW_JS = """() => [...document.querySelectorAll(`#${document.body.dataset.view} button`)].filter(one => {
  const box = one.getBoundingClientRect();
  return box.height > 0 && box.bottom > document.querySelector('.privacy').getBoundingClientRect().top + 1;
}).map(one => one.textContent.trim())"""
PERSON_PX_JS = """() => {
  const [, top, , bottom] = formcheck.last.place;
  return (bottom - top) * document.querySelector('#stage .frame').clientHeight;
}"""


def measure_growth(one: Any, checkout: Any, view: str) -> list[list[float]]:
    """Return how many times larger the type of this view is in each large window; all of it must be in sight."""
    usual_px = one.page.evaluate(FONTS_PX_JS)
    found = []
    for (name, (width, height)), scheme in zip(LARGE.items(), cycle(SCHEMES), strict=False):
        one.page.set_viewport_size({"width": width, "height": height})
        one.page.emulate_media(color_scheme=scheme)
        keep_picture(checkout, one, f"sizes-{view}-{name}-{scheme}")
        assert one.page.evaluate(OVERLAPS_JS) == []
        assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert one.page.evaluate(BELOW_JS) == []
        found.append([px / usual for px, usual in zip(one.page.evaluate(FONTS_PX_JS), usual_px, strict=True) if usual])
    one.page.set_viewport_size({"width": 1280, "height": 800})
    return found


def test_questions_and_lesson_grow_with_the_window(person, checkout):
    one = person(taught=False).go()
    one.press("Start with my camera")
    one.until("formcheck.state === 'before'")
    views = [measure_growth(one, checkout, "pain")]
    one.page.keyboard.press("3")
    one.until("document.querySelector('#before .body-map')")
    views.append(measure_growth(one, checkout, "where"))
    one.press("Skip")
    one.until("document.querySelector('.lesson[aria-current]')?.dataset.part === 'how'")
    views.append(measure_growth(one, checkout, "lesson"))
    for wide, wall in views:
        assert min(wide) > 1.35
        assert min(wall) > 1.8


def test_a_standing_person_has_the_height_of_a_phone(person, checkout):
    one = person(size=SIDEWAYS).go()
    one.to_camera()
    one.until(f"({PERSON_PX_JS})() > {STANDING_PX}")
    one.skip_to_practice()
    one.until_replies()
    keep_picture(checkout, one, "sizes-stage-sideways")
    assert one.page.evaluate(PERSON_PX_JS) > STANDING_PX
    assert one.page.evaluate(OVERLAPS_JS) == []
