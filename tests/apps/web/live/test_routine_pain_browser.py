"""Pain in the middle of a routine: that movement stops, and the person ends or goes on more gently."""

from __future__ import annotations

import json

import pytest

from formcheck.core.movement.load import load_movement
from formcheck.drivers.history.history import History

from ...browsing import expect
from ...conftest import wait_until
from .walking import HINGE, Person, grave_violations

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROUTINE = """
schema_version = 1
id = "sore"
name = "A sore one"
about = "A bow, a breath, and a cat."
time_s = 142
source = "E: made for a test"
[sources]
E = "own choice"
[[parts]]
movement = "hamstring_hinge_standing"
why = "The back of the legs."
hold_s = 6
repetitions = 2
source = "E: short"
[[parts]]
movement = "cat_cow"
why = "Both ways."
repetitions = 2
source = "E: short"
"""
KNOWN = {"known": [HINGE, "cat_cow", "hamstring_doorway_supine"]}


@pytest.fixture
def begin(server, person):
    """Return a function that begins the routine, with a camera that shows a film or without one."""
    folder = server.folder / "data" / "routines"
    folder.mkdir(parents=True)
    (folder / "sore.toml").write_text(ROUTINE, "utf-8")

    def open_page(film: str | None = None) -> Person:
        one = person(film, moving=True)
        one.page.add_init_script(f"localStorage.setItem('formcheck.today', '{json.dumps(KNOWN)}')")
        one.go("/practise")
        one.page.locator("[data-routine=sore]").click()
        one.page.locator("#start" if film else "#follow").click()
        one.press("Skip")
        return one

    return open_page


def answer(one: Person, how: str, *, signs: bool | None = False) -> None:
    """Answer how it is now, and whether there are new signs."""
    one.until("formcheck.state === 'pain_now'")
    one.page.locator(f"#howis [data-value={how}]").click()
    if signs is not None:
        one.page.locator(f"#howis [data-value={str(signs).lower()}]").click()


def kept_pains(server) -> list[tuple[str, str]]:
    return [(one["movement"], one["today"]) for one in server.kept()["pains"]]


def kept_sets(server) -> list[str]:
    with History(server.folder / "data" / "history.db") as history:
        return [done.movement_id for _, done in history.list_sets(history.find_first_person())]


def test_pain_in_a_set_stops_it_and_the_rest_goes_gently(begin, server):
    one = begin("hold")
    one.until("formcheck.state === 'step_position'")
    one.page.keyboard.press("Enter")
    one.until("formcheck.state === 'practise'")
    one.until_held(1)
    one.page.keyboard.press("p")
    one.until("['stopped', 'howis'].includes(document.body.dataset.view)")
    one.until("formcheck.state === 'pain_now'")
    one.until("!document.querySelector('#stage video').srcObject")  # nothing looks any more
    assert grave_violations(one.page) == []
    answer(one, "little")
    one.until("formcheck.state === 'pain_offer'")
    assert kept_pains(server) == [(HINGE, "little")]
    wait_until(lambda: kept_sets(server) == [HINGE])  # its own connection stores it meanwhile
    buttons = one.page.locator("#message .buttons button")
    expect(buttons).to_have_count(2)
    assert grave_violations(one.page) == []
    buttons.last.click()
    one.until("formcheck.state === 'step_position'")
    kept = one.page.evaluate("JSON.parse(localStorage.getItem('formcheck:routine'))")
    assert kept["less"] is True
    expect(one.page.locator("#step h1")).not_to_have_text("Standing hamstring stretch")


def test_what_hurt_gives_way_to_its_milder_movement(begin):
    milder = load_movement(load_movement(HINGE).swap)
    one = begin()
    sent = []
    one.page.on("request", lambda request: request.url.endswith("/live/pain/today") and sent.append(request))
    one.until("formcheck.state === 'step_position'")
    one.page.locator("#step-pain").click()
    answer(one, "gone", signs=None)
    one.page.locator("#howis [data-value=false]").dblclick()  # as on a slow machine, where nothing happens at first
    one.until("formcheck.state === 'pain_offer'")
    assert len(sent) == 1
    one.page.locator("#message .buttons button").last.click()
    one.until("formcheck.state === 'step_position'")
    expect(one.page.locator("#step h1")).to_have_text(milder.name)


def test_after_a_mistake_the_routine_is_where_it_was(begin, server):
    one = begin()
    one.until("formcheck.state === 'step_position'")
    one.page.locator("#step-pain").click()
    answer(one, "mistake", signs=None)
    one.until("formcheck.state === 'step_position'")
    expect(one.page.locator("#step h1")).to_have_text("Standing hamstring stretch")
    assert kept_pains(server) == [(HINGE, "mistake")]


@pytest.mark.parametrize(("how", "signs", "state"), [
    ("worse", False, "pain_end"), ("same", False, "pain_end"), ("gone", True, "emergency"),
])  # fmt: skip
def test_pain_that_stays_and_new_signs_end_the_session(begin, server, how, signs, state):
    one = begin()
    one.until("formcheck.state === 'step_position'")
    one.page.locator("#step-pain").click()
    answer(one, how, signs=signs)
    one.until(f"formcheck.state === '{state}'")
    assert server.kept()["new_signs"] is signs
    one.go("/practise") if state == "pain_end" else one.page.reload()
    assert one.page.evaluate("JSON.parse(localStorage.getItem('formcheck:routine')).isLeft") is True


def test_the_person_may_end_although_it_has_eased(begin):
    one = begin()
    one.until("formcheck.state === 'step_position'")
    one.page.locator("#step-pain").click()
    answer(one, "gone")
    one.until("formcheck.state === 'pain_offer'")
    one.page.locator("#message .buttons button").first.click()
    one.until("formcheck.state === 'pain_end'")
    one.press("Back to Today")
    one.until("formcheck.state === 'welcome'")


def test_a_reload_while_it_is_asked_loses_nothing(begin):
    one = begin()
    one.until("formcheck.state === 'step_position'")
    one.page.locator("#step-pain").click()
    one.until("formcheck.state === 'pain_now'")
    one.page.reload()
    one.until("formcheck.state === 'howis'")
    one.page.locator("#howis [data-value=gone]").click()
    one.until("formcheck.state === 'decision'")
    one.page.locator("#decision .buttons button").first.click()
    one.until("formcheck.state === 'resume'")
    one.page.locator("#message .buttons button").first.click()
    one.until("formcheck.state === 'step_position'")
    expect(one.page.locator("#step h1")).not_to_have_text("Standing hamstring stretch")
