"""Patients in a real browser: a folder is made, locked, unlocked, worked on, and what leaves it is listed."""

from __future__ import annotations

import shutil

import pytest

from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.results_store import find_result, open_new_result

from ....browsing import LOOKS, SCREENS, expect, keep_picture, wait_for

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser]
KEY, HINGE = "b" * 32, "hamstring_hinge_standing"
SECRET = "correct horse battery"
HOSTILE = '"><script>document.title="broken"</script>'
LONG = "Maria-Magdalena " * 10


@pytest.fixture(scope="module")
def checked(tmp_path_factory, checkout):
    made = tmp_path_factory.mktemp("checked") / KEY
    check_recording(checkout / "tests" / "data" / "hinge_knee_bent.parquet", movement=HINGE, out=made)
    return made


@pytest.fixture
def open_patients(visit, app, checked, monkeypatch):
    """Return a function that opens the page of patients; one result lies among those of the computer."""
    monkeypatch.setenv("FORMCHECK_RESULTS", str(app.results))
    with open_new_result(KEY, recording=f"bent {HOSTILE}.mp4", movement="Standing hamstring stretch") as work:
        shutil.copytree(checked, work, dirs_exist_ok=True)

    def open_page(**how):
        visitor = visit("/review/patients", **how)
        visitor.page.wait_for_selector("body[data-ready]")
        return visitor

    return open_page


def add(page, code, passphrase=""):
    page.get_by_label("Name, or better a code").fill(code)
    page.get_by_label("Passphrase, if the folder").fill(passphrase)
    page.get_by_label("The same once more").fill(passphrase)
    page.get_by_role("button", name="Make the folder").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(" ".join(code.split()))


def test_a_patient_from_the_new_folder_to_the_log(open_patients, app, checkout):
    visitor = open_patients()
    page = visitor.page
    expect(page.get_by_text("A forgotten passphrase cannot be found again")).to_be_visible()
    page.get_by_label("Passphrase, if the folder").fill(SECRET)
    page.get_by_role("button", name="Make the folder").click()
    expect(page.locator("#status")).to_contain_text("differ")
    add(page, HOSTILE, SECRET)
    page.get_by_role("button", name="Move bent").click()
    expect(page.locator("#status")).to_contain_text("and nowhere else")
    assert find_result(KEY) is None
    page.get_by_role("button", name="Lock").click()
    expect(page.locator("#status")).to_contain_text("Locked.")
    expect(page.get_by_text("bent")).to_have_count(0)
    page.get_by_label("Passphrase").fill("wrong horse battery")
    page.get_by_role("button", name="Unlock").click()
    expect(page.locator("#status")).to_contain_text("cannot be found again")
    keep_picture(checkout, visitor, "patients-locked")
    page.get_by_label("Passphrase").fill(SECRET)
    page.get_by_role("button", name="Unlock").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Take bent").click()
    assert download.value.path().read_bytes().startswith(b"PK")
    expect(page.locator(".exports li")).to_contain_text("zip file")
    page.get_by_role("button", name="Look at bent").click()
    page.wait_for_url("**/review/desk?result=*")
    page.wait_for_selector("body[data-ready]")
    page.get_by_role("tab", name="Report").click()
    expect(page.get_by_label("Patient, as it is")).to_have_value(HOSTILE)
    page.get_by_role("tab", name="Faults").click()
    page.get_by_label("Who corrects").fill("A. Therapist")
    page.get_by_role("button", name="Reject Stretch knee bent").click()
    expect(page.locator(".fault.rejected")).to_have_count(1)
    page.go_back()
    page.wait_for_selector("body[data-ready]")
    keep_picture(checkout, visitor, "patients-one")
    page.get_by_role("button", name="Put bent").click()
    expect(page.get_by_role("button", name="Put bent")).to_have_count(0)
    assert find_result(KEY) is None
    page.get_by_role("button", name="Look at bent").click()
    page.wait_for_url("**/review/desk?result=*")
    expect(page.locator(".fault.rejected")).to_have_count(1)  # the correction was put back, too
    visitor.complaints = [one for one in visitor.complaints if "400" not in one]  # the wrong passphrase


def test_a_patient_without_a_passphrase_is_deleted_on_purpose(open_patients, checkout):
    visitor = open_patients()
    page = visitor.page
    add(page, "A-17")
    expect(page.get_by_text("not encrypted")).to_be_visible()
    page.get_by_text("What Review checks from now on is kept here").click()
    expect(page.locator("#status")).to_have_text("")  # what follows is shown
    expect(page.locator("#active")).to_be_checked()
    page.get_by_text("Encrypt, passphrase, delete").click()
    page.get_by_label("Write the name or code").fill("A-18")
    page.get_by_role("button", name="Delete everything").click()
    expect(page.locator("#status")).to_contain_text("nothing was deleted")
    page.get_by_label("Write the name or code").fill("A-17")
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_text("There is no patient yet.")).to_be_visible()
    assert page.title() == "Patients · formcheck"
    visitor.complaints = [one for one in visitor.complaints if "400" not in one]


@pytest.mark.parametrize(("screen", "scheme"), LOOKS)
def test_patients_fit_their_screen(open_patients, checkout, screen, scheme):
    visitor = open_patients(size=SCREENS[screen], scheme=scheme)
    page = visitor.page
    keep_picture(checkout, visitor, f"patients-none-{screen}-{scheme}")
    add(page, LONG + "x" * 40)
    keep_picture(checkout, visitor, f"patients-{screen}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.get_by_role("link", name="All patients").click()
    wait_for(page, "document.querySelectorAll('ol > li').length === 1")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
