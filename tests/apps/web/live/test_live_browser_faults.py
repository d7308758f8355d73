"""The live page when something goes wrong: it says so in plain words, and nothing of the set is lost."""

from __future__ import annotations

import psutil
import pytest

from ...browsing import expect
from .films import FPS
from .walking import MISSING, PLACES, REFUSED, Server

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NO_CONNECTION = "ERR_CONNECTION_REFUSED|WebSocket connection|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE"
RECONNECTING = "Reconnecting … stay as you are, nothing is lost."
NOT_LOST = "Nothing is lost. What you did so far still counts."
UNPLUG_JS = """() => {
  const [track] = document.querySelector('#stage video').srcObject.getVideoTracks();
  track.stop();
  track.dispatchEvent(new Event('ended'));
}"""

# A browser without a screen never hides a tab, so the test sets the page to hidden.
HIDE_JS = """hidden => {
  for (const [name, value] of [['hidden', hidden], ['visibilityState', hidden ? 'hidden' : 'visible']])
    Object.defineProperty(document, name, {configurable: true, get: () => value});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.mark.parametrize(
    ("media", "title", "words"),
    [
        (REFUSED, "The camera is not allowed", "set Camera to Allow, then try again."),
        (MISSING, "No camera found", "Plug one in or turn it on, then try again."),
    ],
    ids=["refused", "missing"],
)
def test_without_a_camera_the_page_helps_and_offers_a_clip(person, media, title, words):
    one = person(None if media is MISSING else "standing", media=media).go()
    one.press("Start with my camera")
    one.press("Skip")
    one.page.get_by_role("heading", name=title).wait_for()
    expect(one.page.locator("#camera .said")).to_contain_text(words)
    one.press("Try again")
    one.page.get_by_role("heading", name=title).wait_for()
    one.press("Use a sample clip instead")
    one.until("formcheck.last?.stage === 'setup' && formcheck.last.setup.people === 1")
    one.page.keyboard.press("g")
    one.until("formcheck.last?.stage === 'practise' && (formcheck.last.practise?.phase ?? 'absent') !== 'absent'")
    expect(one.page.locator("#stage .dots li")).to_have_count(3)


def test_an_unplugged_camera_is_reported_and_the_set_can_go_on(person):
    one = person("good").go().practise()
    one.until_counted(1)
    one.page.evaluate(UNPLUG_JS)
    one.page.get_by_role("heading", name="The camera stopped").wait_for()
    expect(one.page.locator("#camera .said")).to_contain_text(NOT_LOST)
    one.press("Try again")
    one.until("document.body.dataset.view === 'stage'")
    one.until_replies()
    assert one.reply("stage") == "practise"
    assert one.reply("practise.phase") != "absent"
    assert one.reply("practise.repetition") == {"done": 1, "of": 2}
    one.until_counted(1)


def test_a_restarted_server_is_found_again_with_the_whole_set(person, own_server):
    one = person("good", server=own_server).go().practise()
    one.forgiven = NO_CONNECTION
    one.until_counted(1)
    before_s = one.page.evaluate("witness.best")
    own_server.kill()
    one.page.get_by_text(RECONNECTING).locator("visible=true").first.wait_for()
    own_server.start()
    one.until("document.querySelector('#banner').hidden")
    said = [said["text"] for said in one.page.evaluate("formcheck.said")]
    assert said.index(RECONNECTING) < said.index("Welcome back")  # who lies on the floor hears it
    one.until_replies()
    assert one.reply("stage") == "practise"
    assert one.reply("practise.repetition") == {"done": 1, "of": 2}
    one.until_counted(1)

    # it goes on, up to the end of the set
    one.page.evaluate("window.witness.best = 0")
    one.until("formcheck.state === 'summary'")
    after_s = one.page.evaluate("witness.best")
    one.page.locator("#summary details summary").click()
    expect(one.page.locator("#summary")).to_contain_text("2 of 2")
    # and both holds are in the summary, the one before the server died and the one after
    if min(before_s, after_s) >= 1:  # a machine with too few pictures a second sees no hold of so few seconds
        held = one.page.locator("#summary dt", has_text="Held in good form").locator("+ dd").inner_text()
        assert int(held.split(" of ")[0]) >= int(before_s + after_s) - 1


def test_a_silent_server_is_reported_and_the_set_goes_on(person, own_server):
    one = person("hold", server=own_server).go().practise()
    one.forgiven = NO_CONNECTION  # the app ends before the page
    one.until_held(1)
    before = one.valid_s
    psutil.Process(own_server.process.pid).suspend()
    one.until(f"document.querySelector('#banner').textContent === '{RECONNECTING}'")
    psutil.Process(own_server.process.pid).resume()
    one.until("document.querySelector('#banner').hidden && formcheck.said.some(one => one.text === 'Welcome back')")
    assert RECONNECTING in [said["text"] for said in one.page.evaluate("formcheck.said")]
    one.until_replies()
    assert one.reply("stage") == "practise"
    assert one.page.evaluate("witness.best") >= before


def test_a_set_that_rested_goes_on_after_a_reload(person):
    one = person("hold").go().practise()
    one.until_held(2)
    one.page.keyboard.press("Escape")
    one.until("formcheck.state === 'stopped' && localStorage.getItem('formcheck:set')")
    one.page.reload()
    one.press("Go on")
    one.until("formcheck.state === 'practise' && formcheck.last.stage === 'practise'")
    # the clip of the first page does not share the coach
    assert one.page.evaluate("document.querySelector('.demo video').getAttribute('src')") is None


def test_a_hidden_page_sends_nothing_until_it_is_visible_again(person):
    one = person("hold").go()
    pictures: list[bytes] = []

    def note(socket):
        socket.on("framesent", lambda sent: pictures.append(sent))  # noqa: PLW0108 - Playwright takes no builtin

    one.page.on("websocket", note)
    one.practise().until_held(1)
    one.page.evaluate(HIDE_JS, True)
    one.until("formcheck.stats.sent === formcheck.stats.replies")
    began = one.page.evaluate("counter()")
    one.until(f"counter() >= {began + FPS}")  # what was sent before has come to the test
    sent, before = len(pictures), one.valid_s
    one.until(f"counter() >= {began + 3 * FPS}")
    assert (len(pictures), one.valid_s) == (sent, before)
    expect(one.page).to_have_title("paused · formcheck")

    one.page.evaluate(HIDE_JS, False)
    one.until("document.querySelector('#cue').textContent.includes('Welcome back')")
    one.until(f"formcheck.last.practise?.hold.valid_s >= {before + 1}")
    assert len(pictures) > sent
    assert one.reply("practise.phase") == "hold"
    expect(one.page).to_have_title("Practise · formcheck")


def test_three_people_are_served_and_a_fourth_gets_a_kind_answer(person):
    first = person(moving=True).go()
    others = [first.another().go() for _ in range(PLACES - 1)]
    for one in (first, *others):
        one.until("formcheck.last?.practise && document.querySelector('.demo .caption').textContent")
    for one in (first, *others):
        one.until_replies()
    last = first.another().go()
    last.page.get_by_text("All places are taken").wait_for()
    last.press("Start with my camera")
    last.press("Skip")
    last.page.get_by_role("heading", name="Others are practising right now").wait_for()
    expect(last.page.locator("#message")).to_contain_text("this computer can follow 3 people at once")
    others[0].page.close()
    last.press("Try again")
    last.until("formcheck.last?.stage === 'setup'")


@pytest.fixture
def own_server(tmp_path, checkout):
    """Start an app that the test may end."""
    server = Server(tmp_path, checkout)
    yield server
    server.stop()
