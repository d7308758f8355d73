"""A person who is away for long: the place is freed, and the set goes on when they come back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from formcheck.drivers.live.words import AWAY

from .test_live_browser_faults import HIDE_JS
from .walking import Server

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class ImpatientServer(Server):
    """The app, which takes a silent page for an empty place after two seconds."""

    before = "from formcheck.apps.web.live import socket; socket.UNUSED_S = 2.0"


@pytest.fixture
def impatient_server(tmp_path_factory, checkout):
    server = ImpatientServer(tmp_path_factory.mktemp("app"), checkout)
    yield server
    server.stop()


def listen(page: Any) -> list[dict[str, Any]]:
    """Return the list that grows with every welcome and goodbye of the server."""
    heard: list[dict[str, Any]] = []

    def hear(frame: Any) -> None:
        message = json.loads(frame)
        if message["type"] in {"welcome", "bye"}:
            heard.append(message)

    page.on("websocket", lambda line: line.on("framereceived", hear))
    return heard


def test_freed_session_opens_again_with_what_was_done(impatient_server, person):
    one = person("hold", server=impatient_server).go()
    heard = listen(one.page)
    one.practise().until_held(5)
    one.page.evaluate(HIDE_JS, True)
    one.until("formcheck.stats.sent === formcheck.stats.replies")
    # the next signs of life come after ten and twenty seconds, and find the place freed
    one.until(f"document.querySelector('#banner').textContent === {json.dumps(AWAY)}")
    assert [(told["type"], told.get("code")) for told in heard] == [("welcome", None), ("bye", "away")]

    one.page.evaluate("window.witness.first = null")
    one.page.evaluate(HIDE_JS, False)
    one.until("witness.first !== null")
    one.until("formcheck.last.practise?.hold?.valid_s > 0.5")  # the same hold of the film, counted as a new one
    first, _, second = heard
    assert (second["type"], second["resumed"]) == ("welcome", False)
    assert second["session"] != first["session"]

    one.page.keyboard.press("Escape")
    one.until("formcheck.state === 'stopped'")
    one.press("I am done")
    one.until("formcheck.state === 'summary'")
    one.page.locator("#summary details summary").click()
    held = one.page.locator("#summary dt", has_text="Held").locator("+ dd").inner_text()
    assert int(held.split(" of ")[0]) >= 3  # what was held before is carried over every two seconds
