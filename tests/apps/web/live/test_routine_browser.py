"""A whole routine in a real browser: hands alone, without a camera, and what one leaves out on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ...browsing import expect
from ...conftest import wait_until
from .walking import OVERLAPS_JS, grave_violations

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHORT = """
schema_version = 1
id = "short"
name = "A short one"
about = "A walk, a bow, and a breath."
time_s = 131
rounds = 2
source = "E: made for a test"
[sources]
E = "own choice"
[[parts]]
kind = "walk"
why = "So that you are warm."
say = "Walk a few steps."
duration_s = 6
warm_up = true
[[parts]]
movement = "hamstring_hinge_standing"
why = "The back of the legs."
hold_s = 3
repetitions = 1
rest_s = 5
source = "E: short"
[[parts]]
movement = "cat_cow"
why = "Both ways."
repetitions = 2
priority = 2
source = "E: short"
[[parts]]
kind = "breath"
why = "To end."
duration_s = 5
"""
# Each state in its turn, also one that is over before the test looks.
NOTE_STATES_JS = """() => {
  let now = formcheck.state;
  window.states = [now];
  Object.defineProperty(formcheck, 'state', {get: () => now, set: state => {
    if (state !== now) window.states.push(state);
    now = state;
  }});
}"""
ONE = {"hands": "one_hand", "share": 1.0, "done": "one_hand"}
BOTH = {"hands": "both_hands", "share": 1.0, "done": "both_hands"}


class Hands:
    """Stands between server and page, lets the person raise hands, and notes what the page asks for."""

    def __init__(self, page: Any) -> None:
        self.raised: dict[str, Any] | None = None
        self.hellos: list[dict[str, Any]] = []
        self._summary: tuple[Any, Any] | None = None
        page.route_web_socket("**/pose/ws", self._connect)

    def _connect(self, page_side: Any) -> None:
        server_side = page_side.connect_to_server()

        def up(message: Any) -> None:
            if isinstance(message, str) and '"hello"' in message:
                self.hellos.append(json.loads(message))
            server_side.send(message)

        page_side.on_message(up)
        server_side.on_message(lambda message: page_side.send(self._down(message, page_side)))

    def repeat_summary(self) -> None:
        """Send the last summary again, as a server does that is asked twice because it was slow."""
        assert self._summary is not None
        page_side, message = self._summary
        page_side.send(message)

    def _down(self, message: Any, page_side: Any) -> Any:
        if '"summary"' in message[:40]:
            self._summary = (page_side, message)
        if self.raised is None or '"seen"' not in message:
            return message
        shown, self.raised = {**json.loads(message), "gesture": self.raised}, None
        return json.dumps(shown)


@pytest.fixture
def own(server):
    """Put a short routine into the person's data folder; return a function that chooses it on Today."""
    folder = server.folder / "data" / "routines"
    folder.mkdir(parents=True)
    (folder / "short.toml").write_text(SHORT, "utf-8")
    (folder / "bad.toml").write_text("schema_version = 1", "utf-8")

    def choose(one, known=("hamstring_hinge_standing", "cat_cow")):
        one.page.add_init_script(f"localStorage.setItem('formcheck.today', '{json.dumps({'known': list(known)})}')")
        one.go("/practise")
        one.page.locator("[data-routine=short]").click()
        expect(one.page.locator("#welcome h1")).to_have_text("A short one")

    return choose


def heard(one) -> list[str]:
    return [said["text"] for said in one.page.evaluate("formcheck.said")]


def test_hands_alone_lead_through_a_whole_routine(person, own):
    """Time and raised hands lead from step to step; keys only cut waits short, and for what the film does not show."""
    one = person("good")
    hands = Hands(one.page)
    own(one)
    expect(one.page.locator(".routines")).to_contain_text("Your routine file bad.toml cannot be used")
    one.press("Start with my camera")
    one.press("Skip")
    one.until("formcheck.state === 'step_walk'")
    assert grave_violations(one.page) == []
    one.until("formcheck.state === 'step_position'")  # by its own clock
    expect(one.page.locator("#step .place-in")).to_have_text("2 of 4 · A short one")
    expect(one.page.locator("#step .camera-hint")).to_have_text("Camera at hip height, your side to it.")
    one.page.keyboard.press("Enter")
    one.until("formcheck.state === 'practise'")
    assert hands.hellos[-1]["dose"] == {"hold_s": 3.0, "repetitions": 1}
    one.until("formcheck.state === 'summary'")
    one.until("document.querySelector('#summary .result .button.first').textContent.startsWith('Other side')")
    # a machine with too few pictures a second sees no hold of three seconds
    is_seen = float(one.page.locator("#summary .ring .number").first.inner_text()) > 0
    hands.raised = ONE  # the other side
    one.until("formcheck.state === 'setup' && formcheck.last?.stage === 'setup'")
    one.page.keyboard.press("g")  # the person in the film does not turn round
    one.until("formcheck.state === 'practise'")
    assert hands.hellos[-1]["side"] in {"left", "right"}
    for state in ("stopped", "summary"):  # one hand stops, both end the set
        hands.raised = ONE if state == "stopped" else BOTH
        one.until(f"formcheck.state === '{state}'")
    expect(one.page.locator("#summary .result .button.first")).to_have_text("Next: Cat-cow")
    one.until("formcheck.state === 'step_position'")  # the rest is over
    expect(one.page.locator("#step .hands")).to_be_visible()
    assert any(text.startswith("Next: Cat-cow. Both ways. Come onto hands") for text in heard(one))
    hands.repeat_summary()
    one.until_replies(2)  # it has come before them
    assert one.page.evaluate("formcheck.state") == "step_position"
    hands.raised = BOTH
    expect(one.page.locator("#step .now-words")).to_have_text("Paused")
    one.page.keyboard.press("Enter")
    one.until("formcheck.state === 'setup' && formcheck.last?.stage === 'setup'")
    one.page.keyboard.press("g")
    one.until("formcheck.state === 'practise'")
    hands.raised = ONE
    one.press("Not today")
    one.until("formcheck.state === 'step_breath'")
    hands.raised = ONE
    one.page.get_by_role("heading", name="Done for now").wait_for()
    expect(one.page.locator("#message")).to_contain_text(f"{3 if is_seen else 2} of 3 parts done.")
    expect(one.page.locator("#message")).to_contain_text("Not today: Cat-cow.")
    lines = one.page.locator("#message .session-line")
    expect(lines).to_have_count(4)
    expect(lines.first).to_contain_text("You warmed up first.")


def test_a_routine_without_a_camera_says_what_it_loses(person, own):
    one = person(None, moving=True)
    one.page.clock.install()
    own(one)
    one.page.locator("#follow").click()
    one.press("Skip")
    one.until("formcheck.state === 'step_walk'")
    assert heard(one)[0].startswith("Without a camera, nothing is counted or corrected.")
    one.page.evaluate(NOTE_STATES_JS)
    for _ in range(70):
        one.page.clock.run_for(2000)
        if one.page.evaluate("formcheck.state") == "routine":
            break
    assert one.page.evaluate("states") == [
        "step_walk", "step_position", "step_set", "step_switch", "step_set", "step_rest", "step_position", "step_set",
        "step_rest", "step_breath", "routine",
    ]  # fmt: skip
    assert "Hold, first side" in heard(one)
    assert "Cow, 1 of 2" in heard(one)
    expect(one.page.locator("#message")).to_contain_text("4 of 4 parts done.")
    expect(one.page.locator("#message .session-line")).to_have_count(0)  # nothing was seen
    one.press("Once more")
    one.until("formcheck.state === 'step_position'")  # the walk is not done again
    expect(one.page.locator("#step .place-in")).to_have_text("1 of 3 · A short one")


def test_start_pressed_twice_on_a_slow_machine_begins_once(person, own):
    one = person(None, moving=True)
    own(one)
    held: list[Any] = []
    one.page.route("**/live/screening", lambda route: held.append(route))  # noqa: PLW0108 - Playwright takes no builtin
    for number in (1, 2):
        one.page.locator("#follow").click()
        wait_until(lambda: one.page.wait_for_timeout(20) or len(held) == number)  # noqa: B023 - called at once
    held[0].continue_()
    one.press("Skip")
    one.until("formcheck.state === 'step_walk'")
    with one.page.expect_response("**/live/screening") as late:
        held[1].continue_()
    late.value.finished()
    one.page.evaluate("fetch('/live/token').then(() => null)")  # time for what would come of it
    assert one.page.evaluate("formcheck.state") == "step_walk"


def test_pause_reload_too_easy_and_pain_on_the_way(person, own, server):
    one = person(None, moving=True)
    own(one)
    one.page.locator("#follow").click()
    one.press("Skip")
    one.until("formcheck.state === 'step_walk'")
    one.page.keyboard.press("Enter")
    one.until("formcheck.state === 'step_position'")
    one.page.keyboard.press(" ")
    expect(one.page.locator("#step .now-words")).to_have_text("Paused")
    one.page.keyboard.press("e")  # too easy
    expect(one.page.locator("#step .today-way")).to_contain_text("A little more: Take your hands off the support")
    one.page.reload()
    one.page.get_by_role("heading", name="Go on where you were?").wait_for()
    expect(one.page.locator("#message")).to_contain_text("A short one: 1 of 4 done.")
    one.press("Go on")
    one.until("formcheck.state === 'step_position'")
    expect(one.page.locator("#step .today-way")).to_contain_text("A little more")
    for size in ((390, 844), (844, 390)):
        one.page.set_viewport_size({"width": size[0], "height": size[1]})
        assert one.page.evaluate(OVERLAPS_JS) == []
        assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    one.page.keyboard.press("p")
    one.until("formcheck.state === 'pain_now'")
    assert [pain["movement"] for pain in server.kept()["pains"]] == ["hamstring_hinge_standing"]
    for answer in ("gone", "false"):  # and no new signs
        one.page.locator(f"#howis [data-value={answer}]").click()
    one.press("End here")
    one.press("Back to Today")
    own(one)
    expect(one.page.locator("#welcome .changes")).to_contain_text("It hurt last time. It can rest today.")


def test_today_fits_minutes_and_the_calm_way(person, own):
    one = person(None, size=(390, 844), moving=True)
    one.go("/practise")
    late: list[Any] = []
    one.page.route("**/live/routines*", lambda route: route.continue_() if late else late.append(route))
    one.press("10 min")
    wait_until(lambda: one.page.wait_for_timeout(20) or late)
    changes = one.page.locator("#welcome .changes")
    with one.page.expect_response("**/live/routines*"):
        one.press("All of it")
    expect(one.page.get_by_role("button", name="All of it", exact=True)).to_have_attribute("aria-pressed", "true")
    with one.page.expect_response("**/live/routines*") as old:
        late[0].continue_()  # the first choice is answered after the second one
    old.value.finished()
    one.page.evaluate("fetch('/live/token').then(() => null)")  # time for what would come of it
    expect(changes).to_be_hidden()
    one.press("10 min")
    expect(changes).to_contain_text("Left out to fit your time: Seated forward bend")
    one.page.locator("#calm-way").check()
    expect(one.page.locator("#welcome .amount")).to_contain_text("about 10 minutes")
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert one.page.locator("#welcome .row").evaluate("row => row.scrollWidth <= row.clientWidth + 1")
    assert grave_violations(one.page) == []


PLAN = """
schema_version = 1
patient = "A-17"
by = "J. Peeters"
written_on = 2026-11-29
goal = "Tie my \\"><script>shoes"
[[movements]]
movement = "hamstring_hinge_standing"
hold_s = 15
"""


def test_a_therapists_plan_is_what_today_goes_by(person, server):
    one = person(None)
    one.go("/practise")
    one.page.get_by_role("button", name="Settings").first.click()
    one.page.locator("[data-leads-to=plan]").click()
    expect(one.page.get_by_role("heading", name="My therapist's plan")).to_be_visible()
    files = one.page.locator("#own-plan input[type=file]")
    files.set_input_files({"name": "a.toml", "mimeType": "text/plain", "buffer": b"schema_version = 1"})
    expect(one.page.locator("#own-plan .problems li").first).to_be_visible()
    files.set_input_files({"name": "a.toml", "mimeType": "text/plain", "buffer": PLAN.encode()})
    expect(one.page.locator("#own-plan .status")).to_have_text("The plan is in use. Today follows it.")
    expect(one.page.locator("#own-plan .plan-of")).to_contain_text('Your goal: Tie my "><script>shoes')
    assert grave_violations(one.page) == []
    one.page.locator("#own-plan").get_by_role("button", name="Back").click()
    expect(one.page.locator("#welcome h1")).to_have_text("Your therapist's plan")
    expect(one.page.locator(".stretch")).to_have_count(1)
    one.page.locator(".stretch").click()
    expect(one.page.locator("#welcome .amount")).to_contain_text("Hold 15 seconds")
    one.page.get_by_role("button", name="Settings").first.click()
    one.page.locator("[data-leads-to=plan]").click()
    one.press("Practise without the plan")
    expect(one.page.locator("#own-plan .status")).to_have_text("The plan is deleted. Today is as before.")
    assert not (server.folder / "data" / "prescription.toml").exists()
