"""Many recordings in a real browser: a folder goes in, one bad file stops nothing, one line is cancelled."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

from formcheck.drivers.results_store import RecordingDate, open_new_result

from .....sources.test_video import make_clip
from ....browsing import LOOKS, SCREENS, expect, keep_picture
from ....conftest import make_result, wait_until

pytest.importorskip("playwright.sync_api")

pytestmark = [pytest.mark.browser]
MADE = {"creation_time": "2024-05-03T08:15:00Z"}


@pytest.fixture
def folder(tmp_path):
    """Return a folder as it comes from a phone: three videos, one of them broken, a photograph and a note."""
    phone = tmp_path / "phone"
    (phone / "May").mkdir(parents=True)
    wall = np.full((240, 320, 3), 150, np.uint8)
    make_clip(phone / "May" / "VID_2.mp4", [k / 10 for k in range(8)], image=wall, made=MADE)
    make_clip(phone / "May" / "VID_10.mp4", [k / 10 for k in range(9)], image=wall)
    (phone / "VID_3 <b>.mp4").write_text("Thursday: hamstrings", encoding="utf-8")
    (phone / "IMG_1.jpg").write_bytes(b"a photograph")
    (phone / "notes.txt").write_text("x", encoding="utf-8")
    os.utime(phone / "May" / "VID_10.mp4", (1_600_000_000, 1_600_000_000))
    return phone


def open_many(visit, **how):
    visitor = visit("/review/folder", **how)
    visitor.page.wait_for_selector("body[data-ready]")
    return visitor


def answer(route, **content):
    route.fulfill(json=content)


def row_of(page, name):
    return page.locator("#rows > li", has=page.locator(".name", has_text=name))


def test_folder_goes_in_and_one_bad_file_stops_nothing(visit, app, folder, checkout):
    visitor = open_many(visit)
    page = visitor.page
    page.locator("#folder").set_input_files(folder)
    expect(page.locator("#notes")).to_contain_text("not videos: 2.")
    assert page.locator("#rows .name").all_inner_texts() == ["VID_2.mp4", "VID_10.mp4", "VID_3 <b>.mp4"]
    for name in ("VID_2.mp4", "VID_10.mp4"):
        expect(row_of(page, name).get_by_role("link")).to_be_visible(timeout=240_000)
    expect(row_of(page, "VID_3")).to_contain_text("a text file")
    expect(page.locator("#total")).to_have_text("2 of 3 done, 1 could not be checked")
    expect(page.locator("#results > li")).to_have_count(2)
    assert page.locator("#results .name").all_inner_texts() == ["VID_2.mp4", "VID_10.mp4"]
    assert page.locator("#results .by").all_inner_texts() == ["recorded", "date of the file"]
    keep_picture(checkout, visitor, "many-desk-light")
    wait_until(lambda: not [path for path in app.results.iterdir() if path.name.startswith(".")])  # no copy is left
    row_of(page, "VID_2.mp4").get_by_role("link").click()
    page.get_by_role("region", name="Verdict").wait_for()


def test_two_files_of_one_name_show_their_folders(visit, app, folder):
    (folder / "June").mkdir()
    (folder / "June" / "VID_2.mp4").write_text("x", encoding="utf-8")
    page = open_many(visit).page
    page.route("**/review/upload*", lambda _: None)
    page.locator("#folder").set_input_files(folder)
    expect(page.locator("#rows .name", has_text="VID_2.mp4")).to_have_text(
        ["VID_2.mp4 in phone/June", "VID_2.mp4 in phone/May"]
    )
    expect(page.locator("#rows .name", has_text="VID_10")).to_have_text(["VID_10.mp4"])
    page.get_by_role("button", name="Cancel all").click()


def test_lines_are_cancelled_singly_and_all_at_once(visit, app, folder, checkout):
    page = open_many(visit).page
    page.route("**/review/upload*", lambda _: None)  # a copy that never arrives
    page.locator("#files").set_input_files([*sorted((folder / "May").iterdir()), folder / "VID_3 <b>.mp4"])
    page.get_by_role("button", name="Cancel VID_2.mp4").click()
    expect(row_of(page, "VID_2.mp4")).to_contain_text("cancelled, nothing was stored")
    expect(row_of(page, "VID_3")).to_contain_text("is copied")  # the next one has begun
    page.get_by_role("button", name="Cancel all").click()
    expect(page.locator("#rows .state", has_text="cancelled")).to_have_count(3)
    expect(page.get_by_role("button", name="Cancel all")).to_be_hidden()
    page.unroute("**/review/upload*")
    page.get_by_role("button", name="Try VID_3 <b>.mp4 again").click()
    expect(row_of(page, "VID_3")).to_contain_text("a text file")
    assert not [path for path in app.results.iterdir() if not path.name.startswith(".")]


def test_a_list_that_comes_late_replaces_no_newer_one(visit, app, folder):
    page = visit("/review/folder").page
    page.wait_for_selector("body[data-ready]")
    checked = iter("ab")
    page.route("**/review/upload*", lambda route: answer(route, key="k", problem=""))
    page.route("**/review/folder/check", lambda route: answer(route, result=next(checked) * 32))
    ended = {"state": "finished", "verdict": "Good form", "movement": "Bow", "icon": "", "result": "a" * 32}
    page.route("**/review/folder/states*", lambda route: answer(route, **{key * 32: ended for key in "ab"}))
    lists: list[Any] = []
    page.route("**/review/folder/stored", lambda route: lists.append(route))  # noqa: PLW0108 - Playwright takes no builtin
    for number, path in enumerate(sorted((folder / "May").iterdir()), start=1):
        page.locator("#files").set_input_files(path)
        expect(row_of(page, path.name).get_by_role("link")).to_be_visible()
        wait_until(lambda: page.wait_for_timeout(20) or len(lists) == number)  # noqa: B023 - called at once
    one = {**ended, "name": "one.mp4", "dated_s": 1.7e9, "dated_by": "file"}
    answer(lists[1], results=[one, one])
    expect(page.locator("#results > li")).to_have_count(2)
    with page.expect_response("**/review/folder/stored") as late:
        answer(lists[0], results=[one])
    late.value.finished()
    page.evaluate("fetch('/live/token').then(() => null)")  # time for what would come of it
    expect(page.locator("#results > li")).to_have_count(2)


def test_too_many_are_bounded_and_an_empty_folder_says_so(visit, folder, tmp_path):
    page = open_many(visit).page
    page.route("**/review/upload*", lambda _: None)
    page.locator("#files").set_input_files([{"name": f"{k}.mp4", "mimeType": "", "buffer": b"x"} for k in range(103)])
    expect(page.locator("#notes")).to_contain_text("These are 103 recordings. The first 100 by name go in.")
    expect(page.locator("#rows > li")).to_have_count(100)
    page.get_by_role("button", name="Cancel all").click()
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "a.txt").write_text("x", encoding="utf-8")
    page.locator("#folder").set_input_files(tmp_path / "empty")
    expect(page.locator("#notes")).to_contain_text("There is no video in it.")


@pytest.mark.parametrize(("screen", "scheme"), LOOKS)
def test_page_fits_its_screen(visit, app, folder, checkout, monkeypatch, screen, scheme):
    monkeypatch.setenv("FORMCHECK_RESULTS", str(app.results))
    for number, source in enumerate(("recording", "file")):
        recorded = RecordingDate(1_700_000_000.0 + 1e6 * number, source)
        name = f"{'a long name of a recording ' * number}<i>{number}.mp4"
        with open_new_result(str(number) * 32, recording=name, movement="m", recorded=recorded) as made:
            make_result(made, exist_ok=True)
    visitor = open_many(visit, size=SCREENS[screen], scheme=scheme)
    page = visitor.page
    page.route("**/review/upload*", lambda _: None)
    page.locator("#folder").set_input_files(folder)
    expect(row_of(page, "VID_2.mp4")).to_contain_text("is copied")
    expect(page.locator("#results > li")).to_have_count(2)
    keep_picture(checkout, visitor, f"many-{screen}-{scheme}")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.get_by_role("button", name="Cancel all").click()


def test_several_recordings_dropped_on_review_are_pointed_here(visit, folder):
    page = visit("/review").page
    page.locator("input[type=file]").evaluate("field => { field.multiple = true; }")
    page.locator("input[type=file]").set_input_files(sorted((folder / "May").iterdir()))
    expect(page.get_by_role("alert").filter(has_text="One recording at a time here")).to_be_visible()
    page.get_by_role("link", name="A folder, or several recordings at once").click()
    page.wait_for_selector("body[data-ready]")
