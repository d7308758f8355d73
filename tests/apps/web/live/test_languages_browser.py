"""Practise in another language, with a real browser: every view fits in German, the longest of the four."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from formcheck.languages.translate import COOKIE

from ...browsing import expect, settle
from .walking import HINGE, OVERLAPS_JS, grave_violations

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = {"laptop": (1366, 768), "phone": (390, 844), "wide": (1920, 1080)}
CHOSEN = f".stretch[data-movement={HINGE}]"

# Texts that do not fit: wider than their box or the window, or cut by a box that hides what is too much.
UNFIT_JS = """() => {
  const wrong = [], name = one => (one.textContent || one.value || '').trim().replace(/\\s+/g, ' ').slice(0, 40);
  const root = document.querySelector('dialog[open]') ?? document.body;
  const across = document.documentElement.scrollWidth;
  if (across > innerWidth + 1) wrong.push(`page is ${across} px wide`);
  for (const one of root.querySelectorAll('*')) {
    const hasText = [...one.childNodes].some(part => part.nodeType === 3 && part.textContent.trim());
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    const isSeen = box.width > 1 && box.height > 1 && style.visibility !== 'hidden';
    const scrolls = one.closest('.row') && getComputedStyle(one.closest('.row')).overflowX === 'auto';
    if (!hasText || !isSeen || scrolls || one.matches('option, kbd, .brand')) continue;
    const range = document.createRange();
    range.selectNodeContents(one);
    const text = range.getBoundingClientRect();
    if (text.right > innerWidth + 1 || text.left < -1) wrong.push(`${name(one)} leaves the window`);
    const holder = one.closest('a, button, .dot, td, th, li, dd, dt, p, h1, h2, h3, legend, label') ?? one;
    const around = holder.getBoundingClientRect();
    if (text.right > around.right + 1 || text.left < around.left - 1) wrong.push(`${name(one)} leaves its box`);
    for (let at = one; at && at !== root; at = at.parentElement) {
      const clips = getComputedStyle(at).overflowX === 'hidden' || getComputedStyle(at).textOverflow === 'ellipsis';
      const isCut = at.scrollWidth > at.clientWidth + 1 || at.scrollHeight > at.clientHeight + 1;
      if (clips && isCut && at.clientWidth > 2 && !at.matches('.screen, .frame')) wrong.push(`${name(one)} is cut`);
    }
  }
  return [...new Set(wrong)];
}"""


def speak(one: Any, code: str) -> Any:
    """Choose a language, as the switch in Settings does."""
    one.page.context.add_cookies([{"name": COOKIE, "value": code, "url": one.address}])
    return one


def look(one: Any, view: str, folder: str | None = os.environ.get("FORMCHECK_PICTURES")) -> list[str]:
    """Return what does not fit in the present view, on a laptop and on a phone; keep a picture if a folder is named."""
    found = []
    for name, (width, height) in SIZES.items():
        one.page.set_viewport_size({"width": width, "height": height})
        one.page.evaluate("document.querySelector('#banner').hidden = true")  # a remark that goes by itself
        settle(one.page)
        found += [f"{view}, {name}: {problem}" for problem in one.page.evaluate(UNFIT_JS)]
        if view.startswith("stage"):
            found += [f"{view}, {name}: {problem}" for problem in one.page.evaluate(OVERLAPS_JS)]
        if folder:
            language = one.page.evaluate("document.documentElement.lang")
            one.page.screenshot(
                path=Path(folder) / f"{language}_{view}_{name}.png", full_page=not view.startswith("stage")
            )
    width, height = SIZES["laptop"]
    one.page.set_viewport_size({"width": width, "height": height})
    return found


def click(one: Any, place: str) -> None:
    one.page.locator(place).locator("visible=true").first.click()


def walk_through_a_set(one: Any) -> Iterator[str]:
    """Go from Today through a whole set; yield the name of each view when it is shown."""
    one.go("/practise")
    yield "today"
    click(one, CHOSEN)
    click(one, "[data-opens=settings]")
    one.until("document.querySelector('#settings').open")
    yield "settings"
    one.page.keyboard.press("Escape")
    click(one, "#start")
    one.until("formcheck.state === 'before'")
    yield "before"
    click(one, "#before .buttons .button:last-child")
    one.until("document.querySelector('.lesson[aria-current]')?.dataset.part === 'how'")
    yield "lesson"
    click(one, "#teach-go")
    one.until("formcheck.last?.stage === 'setup' && counter() !== null")
    yield "stage_setup"
    one.skip_to_practice()
    one.until_replies(25)
    one.until("document.querySelector('#status').textContent.trim() !== ''")
    yield "stage_practise"
    one.page.keyboard.press("Escape")
    one.until("formcheck.state === 'stopped'")
    yield "stopped"
    click(one, "#stopped .buttons .button:last-child")
    one.until("formcheck.state === 'summary'")
    click(one, "#summary summary")
    yield "summary"


def walk_through_the_questions(one: Any) -> Iterator[str]:
    """Answer the questions with a sign of an emergency; then see the answers and what is stored."""
    one.go("/practise")
    click(one, "#start")
    one.until("formcheck.state === 'screening'")
    yield "question"
    one.page.keyboard.press("j" if one.page.evaluate("document.documentElement.lang") in {"de", "nl"} else "o")
    one.until("formcheck.state === 'emergency'")
    yield "emergency"
    click(one, "#emergency .change")
    one.until("formcheck.state === 'answers'")
    yield "answers"
    click(one, "#answers .buttons .first")
    one.until("formcheck.state === 'welcome'")
    click(one, "[data-opens=settings]")
    click(one, "[data-leads-to=data]")
    one.until("formcheck.state === 'data'")
    yield "data"


def test_every_view_of_a_set_fits_in_german(person):
    one = speak(person("hold", taught=False), "de")
    assert "\n".join(problem for view in walk_through_a_set(one) for problem in look(one, view)) == ""
    assert grave_violations(one.page) == []


def test_questions_and_answers_fit_in_german(person):
    one = speak(person(answered=False), "de")
    assert "\n".join(problem for view in walk_through_the_questions(one) for problem in look(one, view)) == ""


def test_what_does_not_fit_is_found(person):
    one = person().go("/practise")
    assert look(one, "today") == []
    one.page.evaluate("document.querySelector('#start').textContent = 'Donaudampfschifffahrt'.repeat(9)")
    assert look(one, "today") != []


def test_the_switch_in_the_settings_is_remembered(person):
    one = person().go("/practise")
    expect(one.page.locator("#start")).to_have_text("Start with my camera")
    for code, start, language in (("nl", "Start met mijn camera", "nl"), ("en", "Start with my camera", "en-GB")):
        click(one, "[data-opens=settings]")
        one.page.locator("#settings select[name=language]").select_option(code)
        expect(one.page.locator("#start")).to_have_text(start)
        one.go("/practise")  # also at the next visit
        assert one.page.evaluate("document.documentElement.lang") == language


@pytest.mark.parametrize(("code", "said"), [("de", "Keine Stimme für Deutsch hier"), ("en", "")])
def test_only_a_voice_of_the_language_speaks(person, code, said):
    one = speak(person("hold"), code)
    one.page.add_init_script(
        "const voice = {name: 'Anna', lang: 'en-GB', localService: true};"
        "speechSynthesis.getVoices = () => [voice]; speechSynthesis.speak = one => setTimeout(() => one.onstart?.());"
    )
    one.go()
    click(one, "#start")
    click(one, "#before .buttons .button:last-child")
    one.until("formcheck.last?.stage === 'setup' && counter() !== null")
    voiceless = one.page.locator("#voiceless")
    if said:
        expect(voiceless).to_contain_text(said)
    else:
        expect(voiceless).to_be_hidden()
    assert one.page.evaluate("formcheck.said.every(one => one.aloud === %s)" % ("false" if said else "true"))
