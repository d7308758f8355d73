"""A person whose recorded sets go to a patient's folder practises while that folder is locked."""

from __future__ import annotations

import json

import pytest

from formcheck.drivers.patients import vault as vaults
from formcheck.drivers.patients.folders import add_patient, open_patient
from formcheck.drivers.patients.practice import choose_practice_folder

from ...browsing import expect
from ...conftest import wait_until

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SECRET = "correct horse battery"


def test_a_recorded_set_is_in_the_locked_folder(person, server, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(server.folder / "data"))
    monkeypatch.setenv("FORMCHECK_RESULTS", str(server.folder / "results"))
    monkeypatch.setattr(vaults, "_COST", 2**14)
    locked = add_patient("A-17", passphrase=SECRET).path
    choose_practice_folder(locked)
    one = person("good").go()
    one.press("Settings")
    one.page.get_by_label("Body points only").check()
    one.page.keyboard.press("Escape")
    one.practise()
    one.until_counted(1)
    one.page.keyboard.press("Escape")
    one.press("I am done")
    one.until("formcheck.state === 'summary'")
    wait_until(lambda: list(locked.glob("sealed-*")))
    [own] = [path for path in (server.folder / "results").iterdir() if not path.name.startswith(".")]
    [kept] = open_patient("A-17", passphrase=SECRET).read_index().results
    assert (kept.name, "summary.json" in kept.files) == (f"practised {own.name}", True)
    with one.owner.ask(f"{one.address}/live/data") as answer:
        counts = {part["code"]: part["count"] for part in json.load(answer)["parts"]}
    assert (counts["folder"], counts["results"]) == (1, 1)
    expect(one.page.locator("#summary")).to_be_visible()
