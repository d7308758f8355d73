"""The settings: what can be changed has an effect, and the way out is in sight."""

from __future__ import annotations

from typing import Any

import pytest

from ...browsing import SCREENS, expect
from .walking import grave_violations

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_settings(one: Any) -> Any:
    one.press("Settings")
    one.until("document.querySelector('#settings').open")
    return one.page.locator("#settings")


def test_without_sound_what_belongs_to_it_is_grey(person):
    one = person().go("/practise")
    settings = open_settings(one)
    settings.locator("[name=sound]").uncheck()
    for control in ("[name=voice]", "[name=beeps]", "[name=volume]", ".try"):
        expect(settings.locator(control)).to_be_disabled()
    one.press("What the beeps mean")
    expect(one.page.locator("#sounds")).to_be_visible()
    assert grave_violations(one.page) == []
    one.page.keyboard.press("Escape")
    settings.locator("[name=sound]").check()
    expect(settings.locator(".try")).to_be_enabled()


@pytest.mark.parametrize("size", [SCREENS["phone"], (844, 390), (640, 400)])
def test_close_is_in_sight_without_scrolling(person, size):
    one = person(size=size).go("/practise")
    settings = open_settings(one)
    close = settings.get_by_role("button", name="Close")
    box = close.bounding_box()
    assert box["y"] + box["height"] <= size[1]
    close.click()
    one.until("!document.querySelector('#settings').open")
