"""Use the live page like a person: with its own server, a real Chromium and a fake camera."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree
from typing import Any

import pytest

from formcheck.apps.web.access.owner import KEY_FILE

from ...browsing import FLAGS, PATIENCE_S, SCREENS, Owner, Visit, wait_for, wait_until_up
from ...conftest import wait_until
from .films import COUNTER_JS, STILLS, write_film

HINGE = "hamstring_hinge_standing"
PLACES = 3
AWAKE = ["--disable-background-timer-throttling", "--disable-renderer-backgrounding",
         "--disable-backgrounding-occluded-windows"]  # fmt: skip
FAKE = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
REFUSED = ["--use-fake-device-for-media-stream", "--deny-permission-prompts"]
MISSING = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=0"]

# Notes what a person would notice: each new cue with the moment of the film, how many pictures of the screen a stop
# takes (a busy machine draws fewer), and the held seconds in the first reply after `first` was cleared.
WITNESS_JS = """
window.witness = {cues: [], stopFrames: null, best: 0, first: 0, newest: null};
addEventListener('formcheck:reply', () => {
  const {witness} = window, valid = formcheck.last?.practise?.hold?.valid_s;
  witness.best = Math.max(witness.best, valid ?? 0);
  witness.first ??= valid ?? null;
  witness.newest = valid ?? witness.newest;
});
let shown = '', began = null, draws = false;
const draw = () => {
  draws = began !== null;
  if (draws) { began += 1; requestAnimationFrame(draw); }
};
for (const kind of ['keydown', 'click']) addEventListener(kind, event => {
  const {view} = document.body.dataset;
  if (!event.isTrusted || view !== 'stage') return;
  began = 0;
  if (!draws) requestAnimationFrame(draw);
}, {capture: true});
new MutationObserver(() => {
  const cue = document.querySelector('#cue'), calm = document.querySelector('#stopped h1');
  if (!cue || !calm) return;
  if (began !== null && document.body.dataset.view === 'stopped' && calm.getBoundingClientRect().height > 0) {
    witness.stopFrames = began;
    began = null;
  }
  const text = cue.hidden || document.body.dataset.view !== 'stage' ? '' : cue.lastChild?.textContent ?? '';
  if (text === shown) return;
  shown = text;
  if (!text) return;
  const said = formcheck.said.map(one => one.text), box = cue.getBoundingClientRect();
  witness.cues.push({text, state: cue.dataset.state, count: counter(), said, height: box.height});
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ['hidden', 'data-view']});
"""

# As after a first visit: the stretch is known, so that its lesson does not come before each set.
KNOWN_JS = f"""try {{
  const place = 'formcheck.today';
  if (!localStorage.getItem(place)) localStorage.setItem(place, JSON.stringify({{known: ['{HINGE}']}}));
}} catch {{ /* a page of another origin */ }}
"""

# What lies on something else: plates of text and buttons that share a place, leave the window, or are covered.
OVERLAPS_JS = """() => {
  const wrong = [], view = document.querySelector(`#${document.body.dataset.view}`);
  const isSeen = one => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && getComputedStyle(one).visibility !== 'hidden';
  };
  const whole = 'button, .ring, .breath';
  const hasText = one => [...one.childNodes].some(part => part.nodeType === 3 && part.textContent.trim());
  const all = [...view.querySelectorAll('*')].filter(one => isSeen(one) && (one.matches(whole) || hasText(one)));
  const plates = all.filter(one => !all.some(other => other !== one && other.contains(one)));
  const name = one => one.textContent.trim().replace(/\\s+/g, ' ').slice(0, 30) || one.className;
  const boxes = plates.map(one => {
    if (one.matches(whole)) return one.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(one);
    return range.getBoundingClientRect();
  });
  boxes.forEach((a, i) => {
    const isFixed = view.id === 'stage';
    const isOut = a.left < -1 || a.top < -1 || a.right > innerWidth + 1 || a.bottom > innerHeight + 1;
    if (isFixed && isOut) wrong.push(`${name(plates[i])} is cut`);
    boxes.slice(i + 1).forEach((b, k) => {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 2 && down > 2) wrong.push(`${name(plates[i])} lies on ${name(plates[i + 1 + k])}`);
    });
    const at = document.elementFromPoint((a.left + a.right) / 2, (a.top + a.bottom) / 2);
    const isCovered = at && isFixed && plates[i].matches('button') && !plates[i].contains(at);
    if (isCovered) wrong.push(`${name(plates[i])} is covered`);
  });
  return wrong;
}"""

# A route of the app under test. A set that is left in the middle is stored when its place is needed, minutes later; one
# that could not be stored is stored with the next one. Both would come into the history of another test.
END_SETS = """
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from formcheck.apps.web.live import socket
from formcheck.drivers.history.keeper import KEEPER

async def end_sets(_request):
    pool = socket.LiveSessions.now()
    for slot in [slot for slot in pool._slots.values() if slot.taken is None]:
        await pool.free(slot)
    KEEPER.try_again()
    return PlainTextResponse(str(len(pool) + pool._coming))

socket.ROUTES.append(Route("/live/of_a_test/end_sets", end_sets))
"""

FOCUS_JS = """() => {
  const on = document.activeElement, box = on.getBoundingClientRect();
  const within = box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const ringed = style => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const around = [on, on.closest('label')].filter(Boolean);
  const ring = on.matches(':focus-visible') && around.some(one => ringed(getComputedStyle(one)));
  return {tag: on.tagName, name: on.getAttribute('aria-label') || on.value || on.textContent.trim(), within, ring};
}"""


def grave_violations(page: Any) -> list[str]:
    """Return what axe-core finds serious or critical on what is shown now."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {', '.join(str(node['target']) for node in one['nodes'])}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def focus(one: Any) -> dict[str, Any]:
    """Return what has the focus; it must be in sight."""
    found: dict[str, Any] = one.page.evaluate(FOCUS_JS)
    assert found["tag"] != "BODY"
    assert found["within"], found
    return found


def tab_to(one: Any, name: str, key: str) -> None:
    """Go there with the tabulator, always seeing where one is, and press a key."""
    focus(one)
    met = []
    for _ in range(40):
        one.page.keyboard.press("Tab")
        found = focus(one)
        assert found["ring"], found
        met.append(found["name"])
        if found["name"].startswith(name):
            break
    else:
        raise AssertionError(f"no way to {name}: {met}")
    one.page.keyboard.press(key)


class Server:
    """The app with the true pose model in a process of its own; what it keeps lies in `folder`."""

    before = ""
    """Code that runs in its process before the app starts."""

    def __init__(self, folder: Path, checkout: Path) -> None:
        from formcheck.sources.pose.models import find_models_dir

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.folder, self.address = folder, f"http://127.0.0.1:{self.port}"
        paths = [str(checkout / "src"), os.environ.get("PYTHONPATH", "")]
        self._environment = {
            **{name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}},
            "PYTHONPATH": os.pathsep.join(paths), "HOME": str(folder), "FORMCHECK_MODELS": str(find_models_dir()),
            "FORMCHECK_DATA": str(folder / "data"), "FORMCHECK_RESULTS": str(folder / "results"),
            "FORMCHECK_LIVE_PLACES": str(PLACES),
        }  # fmt: skip
        self.start()

    def start(self) -> None:
        code = f"{END_SETS}\n{self.before}\nfrom formcheck.apps.web.server import run_app\nrun_app(port={self.port})"
        self.process = subprocess.Popen([sys.executable, "-c", code], env=self._environment, cwd=self.folder)
        wait_until_up(self.address)
        self.owner = Owner(self.folder / "data")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        """End it without a word to anybody, as when the power fails."""
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def kept(self) -> dict[str, Any]:
        """Return the answers that are stored, an empty dict for none."""
        path = self.folder / "data" / "screening.json"
        found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        return found

    def forget(self) -> None:
        """Start from nothing kept but the owner's key, when the pages that were closed are gone."""
        wait_until(self._has_ended_sets)
        key = self.folder / "data" / KEY_FILE
        for kept in (*key.parent.glob("*"), self.folder / "results"):
            if kept.is_dir():
                rmtree(kept, ignore_errors=True)
            elif kept != key:
                kept.unlink(missing_ok=True)

    def _has_ended_sets(self) -> bool:
        with self.owner.ask(f"{self.address}/live/of_a_test/end_sets") as left:
            return bool(left.read() == b"0")

    def answer(self, *yes: str) -> None:
        """Answer the questions before first use: no, except to these."""
        with self.owner.ask(f"{self.address}/live/screening") as answer:
            questions = json.load(answer)["questions"]
        with self.owner.ask(f"{self.address}/live/token") as answer:
            token = json.load(answer)["token"]
        body = json.dumps({"answers": {one["id"]: one["id"] in yes for one in questions}}).encode()
        headers = {"Content-Type": "application/json", "X-Formcheck-Token": token}
        self.owner.ask(f"{self.address}/live/screening", body, **headers).close()


class Person(Visit):
    """A person on the live page."""

    forgiven = ""
    """Complaints of the browser that belong to what the test does, as a pattern."""

    owner: Owner
    all: list[Person]
    """Everybody in this test; their complaints count at its end."""

    def another(self) -> Person:
        """Return another person, in another tab of this browser."""
        one = Person(self.page.context.new_page(), self.address)
        one.owner = self.owner
        one.all = self.all
        self.all.append(one)
        return one

    def go(self, path: str = f"/practise?movement={HINGE}") -> Person:
        self.page.goto(self.owner.knock(self.address + path))
        self.until("formcheck.state === 'welcome'")
        return self

    def until(self, script: str) -> None:
        """Wait until this is so in the page."""
        wait_for(self.page, script)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).locator("visible=true").first.click()

    def practise(self) -> Person:
        """Go through the pages to practice, and begin while the film shows a standing person."""
        self.to_camera()
        self.skip_to_practice()
        return self

    def to_camera(self) -> None:
        self.press("Start with my camera")
        self.press("Skip")
        self.until("formcheck.last?.stage === 'setup' && counter() !== null")

    def skip_to_practice(self) -> None:
        """Wait: a person who stands in a good view is counted down to practice."""
        self.until("formcheck.state === 'practise'")

    def reply(self, script: str) -> Any:
        """Return something of the newest reply."""
        return self.page.evaluate(f"formcheck.last.{script}")

    @property
    def cues(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate("witness.cues")
        return found

    @property
    def valid_s(self) -> float:
        """The seconds of the hold that count, as the newest reply of the set has them; a break sends others."""
        return float(self.page.evaluate("witness.newest"))

    def until_held(self, seconds: int) -> None:
        """Wait until the ring on the screen shows so many seconds, and runs."""
        self.until(
            "document.querySelector('.ring').classList.contains('running')"
            f" && Number(document.querySelector('.ring .number').textContent) >= {seconds}"
        )

    def until_counted(self, done: int) -> None:
        """Wait until the screen says that so many repetitions are done."""
        self.until(f"document.querySelector('.counts').innerText.toLowerCase().includes('repetition\\n{done} of 2')")

    def until_replies(self, more: int = 5) -> None:
        """Wait for some more replies."""
        before = self.page.evaluate("formcheck.stats.replies")
        self.until(f"formcheck.stats.replies >= {before + more}")


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return a function that gives the path of a film for the fake camera."""
    folder = tmp_path_factory.mktemp("films")
    return lambda name: write_film(name, folder)


@pytest.fixture(scope="session")
def one_server(tmp_path_factory: pytest.TempPathFactory, checkout: Path) -> Iterator[Server]:
    """Start the app once for all tests."""
    server = Server(tmp_path_factory.mktemp("app"), checkout)
    yield server
    server.stop()


@pytest.fixture
def server(one_server: Server) -> Server:
    """Return the app with nothing kept."""
    one_server.forget()
    return one_server


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    """Start Playwright once for a file of tests: its event loop must not be there in other files."""
    with pytest.importorskip("playwright.sync_api").sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browsers(driver: Any, chromium: Path) -> Iterator[Callable[..., Any]]:
    """Return a function that gives the browser with these flags, started once for a file of tests."""
    started: dict[tuple[str, ...], Any] = {}

    def get_browser(*flags: str) -> Any:
        if flags not in started:
            started[flags] = driver.chromium.launch(executable_path=chromium, headless=True, args=list(flags))
        return started[flags]

    yield get_browser
    for one in started.values():
        one.close()


@pytest.fixture
def person(server: Server, film: Any, browsers: Any, driver: Any, chromium: Path) -> Iterator[Callable[..., Person]]:
    """Return a function that opens a page whose camera shows a film; complaints at the end fail the test."""
    people: list[Person] = []
    contexts: list[Any] = []
    own: list[Any] = []

    def open_browser(
        shown: str | None = "standing", *, size: tuple[int, int] = SCREENS["desk"], scheme: str = "light",
        media: list[str] = FAKE, answered: bool = True, taught: bool = True, moving: bool = False,
        server: Server = server,
    ) -> Person:  # fmt: skip
        if answered:
            server.answer()
        shows = [f"--use-file-for-fake-video-capture={film(shown)}"] if shown else []
        flags = [*FLAGS, *AWAKE, *media, *shows]
        is_still = shown is None or shown in STILLS
        if is_still:
            browser = browsers(*flags)
        else:  # a film with a story begins with its first picture
            browser = driver.chromium.launch(executable_path=chromium, headless=True, args=flags)
            own.append(browser)
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": size[0], "height": size[1]},
            # the first page does not begin its demonstration, which keeps a processor busy
            reduced_motion="reduce" if is_still and not moving else "no-preference",
        )  # fmt: skip
        context.add_init_script(COUNTER_JS + WITNESS_JS + (KNOWN_JS if taught else ""))
        contexts.append(context)
        people.append(Person(context.new_page(), server.address))
        people[-1].owner = server.owner
        people[-1].all = people
        return people[-1]

    yield open_browser
    for opened in (*contexts, *own):
        opened.close()
    for one in people:
        unforgiven = [text for text in one.complaints if not (one.forgiven and re.search(one.forgiven, text))]
        assert unforgiven == [], unforgiven
        assert one.foreign == [], one.foreign
