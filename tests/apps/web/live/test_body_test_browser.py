"""A test before the camera, from the page of tests and back to it, with the true pose model."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from formcheck.drivers.body_tests.visits import begin_visit
from formcheck.drivers.history.history import History
from formcheck.program.body_tests.protocol import Complaint

from ...browsing import expect
from .walking import grave_violations

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_plank_is_measured_and_comes_back_to_the_visit(person, server):
    one = person("plank")
    with History(server.folder / "data" / "history.db") as history:
        begin_visit(history, history.find_first_person(), datetime.now(UTC), Complaint.STIFF, ["T11"])
    one.page.goto(one.owner.knock(f"{one.address}/before_after"))
    one.page.get_by_role("link", name="Do it with the camera").click()
    one.until("document.body.dataset.view === 'before'")
    one.press("Skip")
    one.until("document.body.dataset.view === 'teach'")
    expect(one.page.locator("#teach-title")).to_have_text("Plank in good form")
    one.page.locator("#teach-go").click()
    one.until("document.body.dataset.view === 'summary'")
    expect(one.page.locator("#summary-title")).to_contain_text("Plank in good form: about")
    assert grave_violations(one.page) == []
    one.press("Done")
    expect(one.page.get_by_role("heading", name="Before and after")).to_be_visible()
    expect(one.page.get_by_text("Now one thing only")).to_be_visible()
    with History(server.folder / "data" / "history.db") as history:
        [(_, trial)] = history.list_trials(history.find_first_person())
    assert (trial.test_id, trial.moment, trial.unit) == ("T11", "before", "s")
    assert 3 < trial.value < 12
