"""Who practises: the cookie, the choice, the passcode; nobody sees what is another person's."""

from __future__ import annotations

import time

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from formcheck.apps.web.access import people as door
from formcheck.apps.web.access import tokens
from formcheck.apps.web.access.owner import load_owner_key
from formcheck.apps.web.access.people import PERSON_COOKIE, PeopleDoor, read_choice, write_choice
from formcheck.apps.web.live import answer_routes, people_routes
from formcheck.drivers import people
from formcheck.drivers.history.history import History
from formcheck.drivers.user_data import GUEST

NAMES = [
    '"><script>alert(1)</script>',
    "\u0639\u0627\u0626\u0634\u0629",
    "\U0001f469\u200d\U0001f467",
    "Zoë O'Neill; DROP TABLE people",
]


@pytest.fixture
def browser(tmp_path, monkeypatch):
    """Return a function that opens another browser on the same computer."""
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FORMCHECK_RESULTS", str(tmp_path / "results"))
    monkeypatch.setattr("formcheck.drivers.history.database._set_aside_here", [])
    monkeypatch.setattr(people, "_tries", people.PasscodeTries())
    app = Starlette(
        routes=[*people_routes.ROUTES, *answer_routes.ROUTES],
        middleware=[Middleware(PeopleDoor, owner=load_owner_key())],
    )

    def open_browser():
        return TestClient(app, headers={tokens.TOKEN_HEADER: tokens.make_token()})

    return open_browser


def add(one, name, passcode=""):
    answer = one.post("/live/people", json={"name": name, "passcode": passcode})
    assert answer.status_code == 200, answer.text
    return answer.json()["now"]


def say_pain(one, number):
    assert one.post("/live/session", json={"when": "before", "pain": number}).status_code == 200


def count_sessions(one):
    [part] = [part for part in one.get("/live/data").json()["parts"] if part["code"] == "sessions"]
    return part["count"]


def test_one_person_is_never_asked(browser):
    one = browser()
    assert one.get("/live/people").json() == {"people": [], "now": "me", "name": "", "choose": False, "trouble": None}
    say_pain(one, 3)
    assert count_sessions(one) == 1


def test_each_person_has_their_own_answers(browser):
    one = browser()
    say_pain(one, 3)
    ben = add(one, "Ben")
    assert count_sessions(one) == 0
    say_pain(one, 5)
    say_pain(one, 6)
    other = browser()  # it has not chosen: it sees nobody's
    assert (other.get("/live/people").json()["choose"], count_sessions(other)) == (True, 0)
    other.post("/live/people/choose", json={"key": "me"})
    assert count_sessions(other) == 1
    other.post("/live/people/choose", json={"key": ben})
    assert count_sessions(other) == 2


def test_who_has_typed_no_name_is_named_in_the_language(browser):
    one = browser()
    add(one, "Ben")
    found = one.get("/live/people", headers={"Accept-Language": "de"}).json()
    assert [one["name"] for one in found["people"]] == ["Ich", "Ben"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_plain_data(browser, name):
    one = browser()
    add(one, name)
    state = one.get("/live/people").json()
    assert [person["name"] for person in state["people"]] == ["Me", name]
    assert state["name"] == name


@pytest.mark.parametrize("name", ["", " ", "x" * 300, "Me"])
def test_a_name_is_refused_in_a_line(browser, name):
    answer = browser().post("/live/people", json={"name": name})
    assert (answer.status_code, answer.text[:14]) == (400, "name: expected")


def test_a_passcode_guards_the_choice(browser):
    one, other = browser(), browser()
    ana = add(one, "Ana", "1234")
    say_pain(one, 4)
    for passcode in ("", "1235"):
        assert other.post("/live/people/choose", json={"key": ana, "passcode": passcode}).status_code == 400
    assert count_sessions(other) == 0
    assert other.post("/live/people/choose", json={"key": ana, "passcode": "1234"}).status_code == 200
    assert count_sessions(other) == 1
    assert other.post("/live/people/delete", json={"key": ana}).status_code == 400  # asked again


def test_guessing_has_to_wait(browser, monkeypatch):
    one, now_s = browser(), [100.0]
    monkeypatch.setattr(people.time, "monotonic", lambda: now_s[0])
    ana = add(one, "Ana", "1234")
    for _ in range(people.TRIES):
        one.post("/live/people/choose", json={"key": ana, "passcode": "no"})
    assert "wait half a minute" in one.post("/live/people/choose", json={"key": ana, "passcode": "1234"}).text
    now_s[0] += people.PASSCODE_WAIT_S
    assert one.post("/live/people/choose", json={"key": ana, "passcode": "1234"}).status_code == 200


def test_a_cookie_cannot_be_made_by_hand(browser, monkeypatch):
    one, owner = browser(), load_owner_key()
    ana = add(one, "Ana")
    good = write_choice(ana, owner).split(";")[0].partition("=")[2]
    assert read_choice({PERSON_COOKIE: good}) == ana
    for bad in (
        good[:-1] + "x",
        good.replace(ana, "0123456789abcdef"),
        "me.99999999999.",
        "..",
        "",
        "a.b.c",
        "\u0663." * 3,
    ):
        assert read_choice({PERSON_COOKIE: bad}) == GUEST
    monkeypatch.setattr(door.time, "time", lambda: time.monotonic() + 9e9)
    assert read_choice({PERSON_COOKIE: good}) == GUEST  # it has ended


def test_a_deleted_person_takes_all_along_and_is_asked_again(browser):
    one = browser()
    say_pain(one, 3)
    ana = add(one, "Ana")
    say_pain(one, 4)
    answer = one.post("/live/people/delete", json={"key": ana})
    assert answer.json() == {"gone": {"sessions": 1, "profile": 1}}
    state = one.get("/live/people").json()
    assert (state["now"], [person["name"] for person in state["people"]]) == ("me", ["Me"])


def test_an_old_browser_of_a_deleted_person_sees_nobody(browser):
    one, other = browser(), browser()
    ana = add(one, "Ana")
    other.post("/live/people/choose", json={"key": ana})
    one.post("/live/people/choose", json={"key": "me"})
    one.post("/live/people/delete", json={"key": ana})
    add(one, "Ana")  # another person with that name
    say_pain(one, 4)
    assert (other.get("/live/people").json()["choose"], count_sessions(other)) == (True, 0)


def test_a_history_that_cannot_be_read_is_said_with_a_code(browser):
    one = browser()
    add(one, "Ana")
    with History() as history:
        history._database.execute("PRAGMA user_version = 99")
    state = one.get("/live/people").json()
    assert state["trouble"]["code"] == "newer"
    assert not state["choose"]
    say_pain(one, 2)  # practice goes on, for the same person
    assert count_sessions(one) == 1
    refused = one.post("/live/people", json={"name": "Ben"})
    assert (refused.status_code, refused.json()["code"]) == (507, "newer")
