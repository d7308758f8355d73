"""The server is killed at random moments of a routine, and the page is opened again: it goes on where it was.

A few kills by default; `FORMCHECK_KILLS=50` does more, `FORMCHECK_KILLS_SEED` takes other moments. With
`--log-cli-level=INFO` each is named.
"""

from __future__ import annotations

import json
import logging
import os
import random
from collections import Counter
from typing import Any

import pytest

from formcheck.drivers.history.history import History

from .walking import HINGE, Person, Server

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

log = logging.getLogger(__name__)
KILLS = int(os.environ.get("FORMCHECK_KILLS", "5"))
SEED = int(os.environ.get("FORMCHECK_KILLS_SEED", "1"))
EARLIEST_S, LATEST_S = 0.3, 20.0
"""When the kill comes, after the routine began or went on."""
IN_POSITION_S = 1.5
GONE = "ERR_|WebSocket connection|Failed to (fetch|load)|NetworkError"
"""What a browser says of a server that is not there."""
ROUTINE = """
schema_version = 1
id = "killed"
name = "A killed one"
about = "A walk, a bow, and a breath."
time_s = 63
source = "E: made for a test"
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
rest_s = 5
source = "E: short"
[[parts]]
kind = "breath"
why = "To end."
duration_s = 5
"""
KNOWN_JS = f"localStorage.setItem('formcheck.today', '{json.dumps({'known': [HINGE]})}')"
NOTE_KEPT_JS = """() => {
  const set = Storage.prototype.setItem;
  window.keptOnes = [];
  Storage.prototype.setItem = function (name, value) {
    if (name === 'formcheck:routine') window.keptOnes.push(JSON.parse(value));
    set.call(this, name, value);
  };
}"""
KEPT_JS = "JSON.parse(localStorage.getItem('formcheck:routine'))"
HINGE_STATES = {"setup", "countdown", "calibration", "practise"}


class Finished:
    """Counts the sets whose summary has come to a page."""

    def __init__(self) -> None:
        self.sets = 0

    def watch(self, one: Person) -> None:
        one.page.on("websocket", lambda socket: socket.on("framereceived", self._take))

    def _take(self, message: Any) -> None:
        if isinstance(message, str) and '"summary"' in message[:40]:
            repetitions = json.loads(message)["carried"]["repetitions"]
            self.sets += any(one["whole"] for one in repetitions)


def begin(one: Person) -> None:
    """Begin the routine from Today, with the camera."""
    one.until("formcheck.state === 'welcome'")
    one.page.locator("[data-routine=killed]").click()
    one.page.locator("#start").click()
    one.until("document.body.dataset.view === 'before'")
    one.press("Skip")
    one.until("formcheck.state.startsWith('step_')")


def follow(one: Person, seconds: float) -> str:
    """Do the routine for so long; return where it is."""
    waited_s = 0.0
    one.page.evaluate(f"window.over = false; setTimeout(() => window.over = true, {1000 * seconds})")
    while not one.page.evaluate("window.over"):
        state = one.page.evaluate("formcheck.state")
        waited_s = waited_s + 0.2 if state == "step_position" else 0.0
        if state == "setup":
            one.page.keyboard.press("g")  # the person in the film does not turn round
        elif waited_s > IN_POSITION_S or state == "summary":
            one.page.keyboard.press("Enter")
        elif state == "routine":
            break
        one.page.wait_for_timeout(200)
    return str(one.page.evaluate("formcheck.state"))


def open_again(one: Person, server: Server, finished: Finished) -> Person:
    """Start the server on the same folder, and open the page in another tab."""
    one.page.close()
    server.start()
    again = one.another()
    again.forgiven = GONE
    finished.watch(again)
    again.page.goto(again.owner.knock(f"{again.address}/practise"))
    again.until("['resume', 'welcome'].includes(formcheck.state)")
    return again


def go_on(one: Person) -> str:
    """Go on if the page asks, and check that it is where it was; return what happened."""
    kept = one.page.evaluate(KEPT_JS)
    is_running = kept is not None and not kept["isLeft"]
    assert one.page.evaluate("formcheck.state") == ("resume" if is_running else "welcome"), kept
    if not is_running:
        begin(one)
        return "ended before; begun again"
    one.page.evaluate(NOTE_KEPT_JS)
    one.page.locator("#message .buttons .first").click()
    one.until("/^(step_|setup|countdown|calibration|practise|camera)/.test(formcheck.state)")
    now = one.page.evaluate("keptOnes[0]")  # a short step may be over by now
    assert now["at"] == kept["at"]
    assert set(kept["done"]) <= set(now["done"])
    return f"goes on at {now['at']}"


@pytest.fixture
def own_server(tmp_path, checkout):
    """Return a server of its own, to be killed."""
    server = Server(tmp_path, checkout)
    yield server
    server.stop()


def test_a_killed_server_loses_no_routine(person, own_server):
    folder = own_server.folder / "data" / "routines"
    folder.mkdir(parents=True)
    (folder / "killed.toml").write_text(ROUTINE, "utf-8")
    seeded, finished, met = random.Random(SEED), Finished(), Counter()
    one = person("soon", server=own_server)
    one.forgiven = GONE
    finished.watch(one)
    one.page.context.add_init_script(KNOWN_JS)
    one.page.goto(one.owner.knock(f"{one.address}/practise"))
    begin(one)
    for number in range(KILLS):
        moment = follow(one, seeded.uniform(EARLIEST_S, LATEST_S))
        own_server.kill()
        with History(own_server.folder / "data" / "history.db") as history:
            assert history.aside is None
            stored = len(history.list_sets(history.find_first_person()))
        one.page.wait_for_timeout(300)  # what had come is counted
        assert stored >= finished.sets
        one = open_again(one, own_server, finished)
        how = go_on(one)
        met[moment] += 1
        log.info("kill %d: in %s; %s; %d sets finished, %d stored", number + 1, moment, how, finished.sets, stored)
    log.info("kills: %s", ", ".join(f"{times} in {moment}" for moment, times in met.most_common()))
