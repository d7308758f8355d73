"""Many recordings: what begins a check, what is refused, and in which order results are listed."""

from __future__ import annotations

import json
import re
import sys
import time
from types import ModuleType

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from formcheck.apps.web.access import tokens
from formcheck.apps.web.jobs import BOOK, StoppedError
from formcheck.apps.web.review import uploads
from formcheck.apps.web.review.many.routes import ROUTES
from formcheck.apps.web.review.many.words import FOLDER_WORDS
from formcheck.apps.web.review.script_page import NAVIGATION_WORDS
from formcheck.apps.web.review.uploads import UPLOAD_PATH, UPLOADS
from formcheck.core.errors import SourceError
from formcheck.drivers.results_store import find_result, open_new_result

from .....sources.test_video import make_clip
from ....conftest import HAND_KEY, MOVEMENT, make_result, wait_until, write_own_movement

MADE = {"creation_time": "2024-05-03T08:15:00Z"}
MADE_S = 1_714_724_100.0


@pytest.fixture
def client(results):
    yield TestClient(Starlette(routes=[*ROUTES, *uploads.ROUTES]), base_url="http://127.0.0.1")
    BOOK.stop_all()
    UPLOADS.close()


@pytest.fixture
def does(monkeypatch):
    """Return the list of what the next checks do, instead of a pose model.

    None = a result; a list takes the movement asked for; a text is a warning; or an error.
    """
    check, todo = ModuleType("formcheck.drivers.recording.check"), []

    def check_recording(video, *, movement, out, progress, tell=None, **_):
        assert video.is_file()
        what = todo.pop(0) if todo else None
        if isinstance(what, list):
            what.append(movement)
            what = None
        while what == "wait":
            progress(3, 10)
            time.sleep(0.01)
        if isinstance(what, str):
            tell(f"{video.name}: {what}")
            what = None
        if what is not None:
            raise what
        make_result(out, exist_ok=True)

    check.check_recording = check_recording
    monkeypatch.setitem(sys.modules, "formcheck.drivers.recording.check", check)
    return todo


def post(client, name, body, token=None):
    headers = {tokens.TOKEN_HEADER: tokens.make_token() if token is None else token}
    return client.post(f"/review/folder/{name}", content=json.dumps(body), headers=headers)


def put(client, tmp_path, name="a.mp4", made=None, seconds=1):
    content = make_clip(tmp_path / name, [k / 10 for k in range(10 * seconds)], made=made).read_bytes()
    headers = {tokens.TOKEN_HEADER: tokens.make_token()}
    return client.put(UPLOAD_PATH, params={"name": name}, content=content, headers=headers).json()["key"]


def begin(client, copied, **other):
    order = {"upload": copied, "movement": MOVEMENT, "side": "auto", "file_date_s": 1_600_000_000.0, **other}
    return post(client, "check", order)


def ask(client, *keys, visitor="me"):
    return client.get("/review/folder/states", params={"results": ",".join(keys), "visitor": visitor}).json()


def wait_for_state(client, key, *states):
    found = {}

    def is_so():
        found.update(ask(client, key)[key])
        return found["state"] in states

    wait_until(is_so)
    return found


def test_the_page_has_all_its_words_and_no_script_within(client):
    page = client.get("/review/folder").text
    assert "__" not in page
    assert page.count("<script") == page.count('type="application/json"') + page.count('type="module"')
    for key in (one.split('"')[0] for mark in ('data-w="', 'data-w-label="') for one in page.split(mark)[1:]):
        assert key in {**NAVIGATION_WORDS, **FOLDER_WORDS}
    assert client.get("/review/folder/web/main.js").status_code == 200
    assert client.get("/review/folder/web/..%2Froutes.py").status_code == 404


def test_the_page_speaks_the_language_of_the_browser(client):
    assert "Mehrere Aufnahmen" in client.get("/review/folder", headers={"Accept-Language": "de"}).text


def test_an_own_movement_is_offered_and_checked(client, does, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    write_own_movement(tmp_path / "data" / "movements")
    write_own_movement(tmp_path / "data" / "movements", "nod", more="odd = 1\n")
    (config,) = re.findall(r'id="config">(.*?)</script>', client.get("/review/folder").text)
    names = {one["id"]: one["name"] for one in json.loads(config)["movements"]}
    assert (names["wall_bow"], names[MOVEMENT], "nod" in names) == (
        "Wall bow (own)",
        "Standing hamstring stretch",
        False,
    )
    asked = []
    does.append(asked)
    key = begin(client, put(client, tmp_path), movement="wall_bow").json()["result"]
    assert wait_for_state(client, key, "finished")["name"] == "a.mp4"
    assert asked == ["wall_bow"]


@pytest.mark.parametrize(
    ("made", "expected"), [(MADE, (MADE_S, "recording")), (None, (1_600_000_000.0, "file"))], ids=["recording", "file"]
)
def test_result_keeps_the_day_and_where_it_comes_from(client, does, tmp_path, made, expected):
    key = begin(client, put(client, tmp_path, made=made)).json()["result"]
    found = wait_for_state(client, key, "finished")
    assert (found["dated_s"], found["dated_by"]) == expected
    assert (found["name"], found["state_of"]) == ("a.mp4", "fix")


def test_a_missing_end_is_listed_without_the_name_of_our_copy(client, does, tmp_path):
    does.append("the last 5.1 s are missing")
    key = begin(client, put(client, tmp_path)).json()["result"]
    assert wait_for_state(client, key, "finished")["warnings"] == ["the last 5.1 s are missing"]
    assert find_result(key).warnings == ("the last 5.1 s are missing",)


def test_impossible_day_of_a_file_is_left_out(client, does, tmp_path):
    key = begin(client, put(client, tmp_path), file_date_s=9e12).json()["result"]
    assert wait_for_state(client, key, "finished")["dated_by"] == "checked"


def test_bad_recording_says_why_and_the_others_go_on(client, does, tmp_path):
    does[:] = [SourceError("expected a person, got a wall", about="copy.mp4"), None]
    bad = begin(client, put(client, tmp_path, "bad.mp4", seconds=2)).json()["result"]
    good = begin(client, put(client, tmp_path, "good.mp4")).json()["result"]
    assert wait_for_state(client, bad, "failed")["why"][0] == "bad.mp4: expected a person, got a wall"
    assert wait_for_state(client, good, "finished")["name"] == "good.mp4"
    assert ask(client, bad)[bad]["state"] == "gone"  # it was reported, and is forgotten


def test_cancelled_check_leaves_nothing(client, does, tmp_path, results):
    does[:] = ["wait"]
    key = begin(client, put(client, tmp_path)).json()["result"]
    assert wait_for_state(client, key, "running")["total"] in {0, 10}
    assert post(client, "cancel", {"result": key, "visitor": "me"}).status_code == 200
    wait_for_state(client, key, "stopped", "gone")
    wait_until(lambda: list(results.iterdir()) == [])


def test_check_goes_on_while_another_page_waits_for_it(client, does, tmp_path):
    does[:] = ["wait"]
    key = begin(client, put(client, tmp_path)).json()["result"]
    ask(client, key, visitor="other")
    post(client, "cancel", {"result": key, "visitor": "me"})
    assert ask(client, key, visitor="other")[key]["state"] in {"waiting", "running"}
    assert not BOOK.find(key, "other")._stop.is_set()


@pytest.mark.parametrize(
    "wrong",
    [{"upload": "?"}, {"movement": "dance"}, {"side": "up"}, {"file_date_s": "x"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_order_that_is_wrong_is_refused(client, tmp_path, wrong):
    answer = begin(client, put(client, tmp_path), **wrong)
    assert answer.status_code == 400
    assert answer.json()["problem"].startswith("expected a recording that was just copied")


def test_page_without_a_token_begins_nothing(client, tmp_path):
    upload = put(client, tmp_path)
    assert post(client, "check", {"upload": upload}, token="x").status_code == 403
    assert UPLOADS.find(upload) is not None


def test_results_are_listed_by_the_day_of_the_recording(client, does, tmp_path, results):
    make_result(results / HAND_KEY)  # of today, as far as is known
    for name, made, seconds in (("old.mp4", MADE, 1), ("new.mp4", {"creation_time": "2025-01-02T03:04:05Z"}, 2)):
        wait_for_state(client, begin(client, put(client, tmp_path, name, made, seconds)).json()["result"], "finished")
    listed = client.get("/review/folder/stored").json()["results"]
    assert [one["name"] for one in listed] == ["a <b>bow</b>.mp4", "new.mp4", "old.mp4"]
    assert [one["dated_by"] for one in listed] == ["checked", "recording", "recording"]


def test_result_of_another_version_is_listed_without_verdict(client, results):
    with open_new_result("a" * 32, recording="r.mp4", movement="m"):
        pass
    [listed] = client.get("/review/folder/stored").json()["results"]
    assert (listed["name"], "verdict" in listed) == ("r.mp4", False)
    assert find_result("a" * 32) is not None


def test_stopped_work_is_no_failure(client, does, tmp_path):
    does[:] = [StoppedError()]
    key = begin(client, put(client, tmp_path)).json()["result"]
    assert wait_for_state(client, key, "stopped", "gone")
