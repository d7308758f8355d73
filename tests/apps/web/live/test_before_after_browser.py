"""Assess, try one thing, reassess, decide: with the true pose model and clips whose truth is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copytree

import pytest

from formcheck.drivers.body_tests.visits import begin_visit, keep_trials, read_visits
from formcheck.drivers.history.history import History
from formcheck.program.body_tests.protocol import Complaint
from formcheck.program.body_tests.trials import TrialValue
from formcheck.program.body_tests.visit import VisitStage, find_stage
from formcheck.program.change import Change, NextStep

from ...browsing import expect
from .films import truth
from .walking import Person, grave_violations

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BEFORE = "bow_42"
WITHIN_DEG = 4.0
"""How far a measured change may be from the true one: half of what counts as a change."""


def keep_first_day(server, deg: float) -> None:
    """Store a visit of two days ago that has the bow only, or give the stored one this bow."""
    with History(server.folder / "data" / "history.db") as history:
        person, then = history.find_first_person(), datetime.now(UTC) - timedelta(days=2)
        session_id = next(iter(read_visits(history, person)), None)
        if session_id is None:
            session_id = begin_visit(history, person, then, Complaint.HAMSTRING, ["T1"])
        keep_trials(history, session_id, "T1", "before", [TrialValue(None, deg, 4.0, "deg")] * 3, now=then)


def read_visit(server):
    """Return the newest visit."""
    with History(server.folder / "data" / "history.db") as history:
        return list(read_visits(history, history.find_first_person()).values())[-1]


def open_tests(one: Person) -> None:
    one.page.goto(one.owner.knock(f"{one.address}/before_after"))
    expect(one.page.locator("h1.fc")).to_be_visible()


def do_bows(one: Person, *, asks: bool) -> None:
    """Do the test that the page offers next, before a camera that shows bows, and come back."""
    one.page.locator("a.fc-go.first").click()
    if asks:
        one.until("document.body.dataset.view === 'before'")
        one.press("Skip")
    one.until("document.body.dataset.view === 'teach'")
    one.page.locator("#teach-go").click()
    one.until("formcheck.state === 'practise'")
    for done in range(1, 5):  # each has its own time: a busy machine shows the film again
        one.until(f"(formcheck.last?.practise?.repetition.done ?? 0) >= {done} || formcheck.state === 'summary'")
    one.until("formcheck.state === 'summary'")
    one.press("Done")
    expect(one.page.locator("h1.fc")).to_be_visible()


@pytest.fixture(scope="module")
def filmed(tmp_path_factory) -> Path:
    """Return the place for what is stored after the first film, which is the same for each second one."""
    return tmp_path_factory.mktemp("before") / "data"


def film_before(person, server, filmed: Path) -> None:
    """Come to the second visit, choose the bow, and do it before the camera; keep what is stored then."""
    keep_first_day(server, 45.0)
    one = person(BEFORE)
    open_tests(one)
    one.press("Choose my tests")
    for test in ("T3", "T4"):  # the complaint asks for three; the clips show one
        one.page.locator(f".st-key-skip-{test}-None button, .st-key-skip-{test}-left button").first.click()
        expect(one.page.locator(f"[class*=st-key-test-{test}]")).to_have_count(0)
    do_bows(one, asks=True)
    one.page.context.close()
    copytree(server.folder / "data", filmed)


@pytest.mark.parametrize(
    ("after", "first_day_deg", "change", "step", "carried"),
    [
        ("bow_45", 45.0, Change.NONE, NextStep.OTHER_TYPE, Change.NONE),
        ("bow_57", 30.0, Change.BETTER, NextStep.KEEP, Change.BETTER),
    ],
    ids=["3 degrees", "15 degrees"],
)
def test_a_visit_with_clips_of_known_truth(person, server, filmed, after, first_day_deg, change, step, carried):
    if filmed.exists():
        copytree(filmed, server.folder / "data", dirs_exist_ok=True)
    else:
        film_before(person, server, filmed)
    keep_first_day(server, first_day_deg)
    visit = read_visit(server)
    assert find_stage(visit) is VisitStage.INTERVENE
    assert len(visit.before["T1", None].values) == 3

    one = person(after, answered=False)  # the same person, who bows further
    open_tests(one)
    expect(one.page.locator(".fc-carried [data-test=T1]")).to_have_attribute("data-change", carried)
    one.press("I have done it: test again")
    expect(one.page.locator("ol.fc-steps [aria-current=step]")).to_contain_text("Test again")
    do_bows(one, asks=False)
    visit = read_visit(server)
    assert find_stage(visit) is VisitStage.FEEL
    taken = {moment: getattr(visit, moment)["T1", None] for moment in ("before", "after")}
    assert len(taken["after"].values) == 3
    true_deg = [truth(clip)["true_measures"]["trunk"] for clip in (BEFORE, after)]
    assert taken["after"].median - taken["before"].median == pytest.approx(true_deg[1] - true_deg[0], abs=WITHIN_DEG)

    for answer in ("The same", "No"):
        one.page.get_by_text(answer, exact=True).click()
    one.press("Show what changed")
    decided = one.page.locator("p.fc-lead[data-change]")
    expect(decided).to_have_attribute("data-change", change)
    expect(decided).to_have_attribute("data-step", step)
    expect(one.page.locator(".fc-changes tr[data-test=T1]")).to_have_attribute("data-change", change)
    assert find_stage(read_visit(server)) is VisitStage.DECIDED
    one.go("/practise")
    headline = one.page.locator("#lines .line").first  # before all other lines of Today
    expect(headline).to_have_attribute("data-code", carried)
    assert grave_violations(one.page) == []
