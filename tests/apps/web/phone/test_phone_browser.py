"""The way from the code on the computer to a set that a phone films, in two real browsers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("segno")

from ...browsing import LOOKS, SCREENS, expect, keep_picture, wait_for
from ..live.walking import FAKE, MISSING, Server, grave_violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BRIGHT_JS = """(() => {
  const shown = document.querySelector('#stage-screen video');
  const canvas = Object.assign(document.createElement('canvas'), {width: 8, height: 6});
  canvas.getContext('2d').drawImage(shown, 0, 0, 8, 6);
  return Math.max(...canvas.getContext('2d').getImageData(0, 0, 8, 6).data.filter((_, i) => i % 4 < 3));
})()"""


class ServerWithPhone(Server):
    """The app on a machine whose home network is its own second loopback address."""

    before = (
        "from formcheck.apps.web.phone import page_socket\npage_socket.list_network_addresses = lambda: ['127.0.0.2']"
    )


@pytest.fixture
def server(tmp_path: Path, checkout: Path) -> Iterator[Server]:
    """Start the app."""
    one = ServerWithPhone(tmp_path, checkout)
    yield one
    one.stop()


def pair(laptop: Any, phone: Any) -> None:
    """Point the phone at the code that the laptop shows."""
    laptop.page.locator("#phone").click()
    point_at_code(laptop, phone)


def point_at_code(laptop: Any, phone: Any) -> None:
    code = laptop.page.locator("#phone-dialog img")
    code.wait_for()
    picture = cv2.imdecode(np.frombuffer(code.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    url, *_ = cv2.QRCodeDetector().detectAndDecode(picture)
    assert url.startswith("https://127.0.0.2:")
    phone.address = url.split("/camera")[0]
    phone.page.goto(url)
    assert phone.page.url == f"{phone.address}/camera"


def two(person: Any, shown: str) -> tuple[Any, Any]:
    """Return a laptop without a camera, and a phone."""
    laptop = person(None, media=MISSING).go()
    phone = person(shown, media=[*FAKE, "--ignore-certificate-errors"], size=SCREENS["phone"])
    return laptop, phone


def test_phone_films_a_set_of_a_computer_without_a_camera(person):
    laptop, phone = two(person, "good")
    pair(laptop, phone)
    laptop.press("Use this camera")
    expect(laptop.page.locator("#start")).to_have_text("Start with my phone's camera")
    laptop.press("Start with my phone's camera")
    laptop.press("Skip")
    laptop.until("formcheck.last?.setup?.joints.every(joint => joint.seen)")
    wait_for(phone.page, "document.body.dataset.state === 'sending'")
    laptop.page.keyboard.press("g")
    laptop.until("formcheck.state === 'practise'")
    laptop.until("formcheck.last?.strokes?.length > 0")
    laptop.until(f"{BRIGHT_JS} > 40")

    phone.page.get_by_role("button", name="Stop").click()
    laptop.until("document.querySelector('#banner').textContent.startsWith('No pictures from your phone')")
    phone.page.get_by_role("button", name="Start the camera").click()
    laptop.until("document.querySelector('#banner').hidden")
    laptop.until_replies()
    assert laptop.page.evaluate("formcheck.state") == "practise"


def test_code_and_camera_page_look_right_and_can_be_read_by_all(person, checkout):
    laptop, phone = two(person, "standing")
    laptop.page.locator("#phone").click()
    laptop.page.locator("#phone-dialog img").wait_for()
    wrong = look_at(laptop, checkout, "phone-code")
    laptop.page.keyboard.press("Escape")
    pair(laptop, phone)
    laptop.page.locator("#phone-dialog .preview").wait_for()
    wrong += look_at(laptop, checkout, "phone-picture")
    wait_for(phone.page, "document.body.dataset.state === 'sending'")
    wrong += look_at(phone, checkout, "phone-camera")
    phone.page.get_by_role("button", name="Stop").click()
    phone.page.get_by_role("button", name="Start the camera").wait_for()
    wrong += look_at(phone, checkout, "phone-stopped")
    assert wrong == []


def test_second_phone_takes_the_place_of_the_first(person):
    laptop, phone = two(person, "standing")
    other = person("standing", media=[*FAKE, "--ignore-certificate-errors"], size=SCREENS["phone"])
    phone.forgiven = "403"
    pair(laptop, phone)
    laptop.press("Use this camera")
    wait_for(phone.page, "document.body.dataset.state === 'sending'")
    laptop.page.locator("#phone").click()
    laptop.press("Another phone")
    point_at_code(laptop, other)
    wait_for(phone.page, "document.body.innerText.includes('This phone is no longer the camera')")
    wait_for(other.page, "document.body.dataset.state === 'sending'")
    laptop.page.locator("#phone-dialog .preview").wait_for()


def test_page_that_is_loaded_again_keeps_its_phone(person):
    laptop, phone = two(person, "standing")
    pair(laptop, phone)
    laptop.press("Use this camera")
    laptop.page.reload()
    laptop.until("formcheck.state === 'welcome'")
    expect(laptop.page.locator("#start")).to_have_text("Start with my phone's camera")
    laptop.press("Start with my phone's camera")
    laptop.press("Skip")
    laptop.until("formcheck.last?.setup?.joints.every(joint => joint.seen)")


def test_start_without_the_phone_asks_for_it(person):
    laptop, phone = two(person, "standing")
    pair(laptop, phone)
    laptop.press("Use this camera")
    phone.page.close()
    laptop.page.locator("#phone").click()
    laptop.page.locator("#phone-dialog img").wait_for()
    laptop.page.keyboard.press("Escape")
    laptop.press("Start with my phone's camera")
    laptop.page.locator("#phone-dialog img").wait_for()


def test_camera_page_fits_a_phone_on_its_side(person, checkout):
    laptop, phone = two(person, "standing")
    pair(laptop, phone)
    wait_for(phone.page, "document.body.dataset.state === 'sending'")
    phone.page.set_viewport_size({"width": 844, "height": 390})
    keep_picture(checkout, phone, "phone-camera-landscape")
    for part in ("#stop", ".screen", "footer"):
        box = phone.page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= 391, part


OLD_CODE = {"de": "Bitte nimm einen neuen Code", "en": "Please take a new code"}


@pytest.mark.parametrize(("language", "title"), OLD_CODE.items())
def test_old_code_is_explained_in_the_phones_language(person, language, title):
    laptop, phone = two(person, "standing")
    pair(laptop, phone)
    phone.forgiven = "403"
    phone.page.context.clear_cookies()
    phone.page.set_extra_http_headers({"Accept-Language": language})
    phone.page.goto(f"{phone.address}/camera?pair=used")
    expect(phone.page.locator("h1")).to_have_text(title)
    assert grave_violations(phone.page) == []


def look_at(one: Any, checkout: Path, view: str) -> list[str]:
    """Keep pictures of a view; return what keeps people out of it."""
    wrong = []
    for screen, scheme in LOOKS:
        width, height = SCREENS[screen]
        one.page.set_viewport_size({"width": width, "height": height})
        one.page.emulate_media(color_scheme=scheme)
        keep_picture(checkout, one, f"{view}-{screen}-{scheme}")
        wrong += [f"{view} {screen} {scheme}: {found}" for found in grave_violations(one.page)]
        if one.page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            wrong.append(f"{view} {screen}: wider than the screen")
    return wrong


def test_page_that_is_not_known_says_how_to_open_formcheck_again(person, checkout):
    one = person().go()
    one.forgiven = "403"
    one.page.context.clear_cookies()
    one.press("Start with my camera")
    one.until("document.querySelector('#message p')?.textContent.includes('Open it again with the address')")
    one.page.goto(f"{one.address}/review")
    expect(one.page.locator("h1")).to_contain_text("Please open formcheck again")
    assert look_at(one, checkout, "stranger") == []


def test_open_page_outlives_a_restart_of_the_app(person, server):
    one = person().go()
    one.forgiven = "ERR_CONNECTION|WebSocket"
    server.stop()
    server.start()
    one.page.reload()
    one.until("formcheck.state === 'welcome'")
    one.page.goto(f"{one.address}/practise")
    one.until("formcheck.state === 'welcome'")
