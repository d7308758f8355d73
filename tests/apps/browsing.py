"""Open one browser on the app, for the tests of what people see."""

from __future__ import annotations

import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from formcheck.apps.web.access.owner import KEY_PARAMETER, load_owner_key

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
SCREENS = {"desk": (1280, 800), "phone": (390, 844)}
SCHEMES = ("light", "dark")
LOOKS = tuple(zip(SCREENS, SCHEMES, strict=True))
"""Each screen and each scheme once: what fits does not depend on the colours."""
PATIENCE_S = 90
"""A busy machine may take its time: what is waited for must come, but not soon."""
NOT_YET = ("ReferenceError", "TypeError", "Execution context was destroyed", "Cannot find context")
"""What a browser says of a page that is not there yet, or no more."""
VIDEO_STATE = """() => {
  const roots = [...document.querySelectorAll('*')].map(element => element.shadowRoot).filter(Boolean);
  const video = [document, ...roots].map(root => root.querySelector('video')).find(Boolean);
  if (!video || video.readyState < 2) return {time_s: -1, ready: 0, playing: false, brightest: 0};
  const canvas = Object.assign(document.createElement('canvas'), {width: 32, height: 24});
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 32, 24);
  const brightest = Math.max(...context.getImageData(0, 0, 32, 24).data.filter((_, index) => index % 4 < 3));
  return {time_s: video.currentTime, ready: video.readyState, playing: !video.paused, brightest};
}"""
SETTLE_JS = """() => {
  document.body.getBoundingClientRect();  // what a change of size or scheme begins, begins now
  for (const one of document.getAnimations())
    if (Number.isFinite(one.effect?.getComputedTiming().endTime)) one.finish();
}"""
NOTE_SEEKS = """() => {
  const roots = [...document.querySelectorAll('*')].map(element => element.shadowRoot).filter(Boolean);
  const video = [document, ...roots].map(root => root.querySelector('video')).find(Boolean);
  window.seeksOfTest = [];
  video.addEventListener('seeking', () => window.seeksOfTest.push(video.currentTime));
}"""


class Visit:
    """One browser on the app, and everything it complained about."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        page.set_default_timeout(1000 * PATIENCE_S)
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._request)
        page.on("websocket", self._request)

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} {message.location.get('url', '')}")

    def _request(self, request: Any) -> None:
        host = self.address.removeprefix("http")
        if not request.url.startswith((f"http{host}", f"ws{host}", "data:", "blob:")):
            self.foreign.append(request.url)

    def video(self) -> dict[str, Any]:
        """Return where the video is and whether it paints."""
        found: dict[str, Any] = self.page.evaluate(VIDEO_STATE)
        return found

    def wait_for_video(self, true: Any) -> dict[str, Any]:
        end_s = time.monotonic() + PATIENCE_S
        while not true(state := self.video()):
            assert time.monotonic() < end_s, state
            self.page.wait_for_timeout(100)
        return state

    def note_seeks(self) -> None:
        """Keep where the video is sent from now on: it plays on while a busy machine comes to look."""
        self.page.evaluate(NOTE_SEEKS)

    @property
    def seeks_s(self) -> list[float]:
        """Where the video was sent."""
        found: list[float] = self.page.evaluate("window.seeksOfTest")
        return found


def expect(what: Any) -> Any:
    """Return Playwright's assertions about a part of a page, which wait until they are so."""
    from playwright.sync_api import expect as assertions

    assertions.set_options(timeout=1000 * PATIENCE_S)
    return assertions(what)


def wait_for(page: Any, script: str, seconds: float = PATIENCE_S) -> None:
    """Wait until something is so in the page; Playwright's own way compiles text there, which our pages forbid.

    A page that is just being loaded, or left for another one, may miss what the script asks for: it is asked again.
    """
    from playwright.sync_api import Error

    end_s = time.monotonic() + seconds
    while True:
        try:
            if page.evaluate(f"document.body !== null && ({script})"):
                return
            why = ""
        except Error as error:
            if not any(sign in str(error) for sign in NOT_YET):
                raise
            why = f", at last: {error}"
        assert time.monotonic() < end_s, f"waited in vain for: {script}{why}"
        page.wait_for_timeout(30)


def wait_until_up(address: str) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=20).close()
        except HTTPError:  # it answers, and knows nothing of us
            return
        except OSError:
            assert time.monotonic() < end_s, "the app did not start"
            time.sleep(0.2)


class Owner:
    """The person who started an app, known by the key in the folder of their data."""

    def __init__(self, data: Path) -> None:
        self.key = load_owner_key(data)

    @property
    def cookie(self) -> dict[str, str]:
        """Return the header by which the app knows them."""
        return {"Cookie": f"{self.key.cookie_name}={self.key.cookie_value}"}

    def ask(self, url: str, body: bytes | None = None, **headers: str) -> Any:
        """Return the open answer to a request."""
        return urllib.request.urlopen(urllib.request.Request(url, body, {**self.cookie, **headers}), timeout=PATIENCE_S)

    def knock(self, url: str) -> str:
        """Return the address with which the app is opened, as `run.py` does."""
        return f"{url}{'&' if '?' in url else '?'}{KEY_PARAMETER}={self.key.key}"


def settle(page: Any) -> None:
    """Bring what moves or fades in a page to its end, instead of waiting for it."""
    page.evaluate(SETTLE_JS)


def keep_picture(checkout: Path, visitor: Visit, name: str) -> None:
    """Keep what the browser shows, for people to look at."""
    folder = checkout / "ci-artifacts"
    folder.mkdir(exist_ok=True)
    settle(visitor.page)
    visitor.page.screenshot(path=folder / f"{name}.png", animations="disabled")
