"""A page, its answers and its socket speak the language of the request."""

from __future__ import annotations

import json
import re

import pytest

from formcheck.apps.web.language import fill_page, read_page_words, translate_page_words, write_script_json
from formcheck.languages.translate import COOKIE, NAMES, load_language

pytest.importorskip("starlette")
pytest.importorskip("httpx2")

from starlette.applications import Starlette
from starlette.testclient import TestClient

from formcheck.apps.web import demonstrations
from formcheck.apps.web.live import answer_routes, page, routine_routes, socket


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    routes = [*page.ROUTES, *answer_routes.ROUTES, *routine_routes.ROUTES, *socket.ROUTES, *demonstrations.ROUTES]
    return TestClient(Starlette(routes=routes))


def read_script(html: str, name: str) -> dict:
    return json.loads(re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', html)[1])


def test_a_page_speaks_what_the_browser_asks_for(client):
    html = client.get("/practise", headers={"Accept-Language": "de-AT,en;q=0.5"}).text
    assert '<html lang="de">' in html
    assert "__" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    words = read_script(html, "page-words")
    assert words["words"]["today_kicker"] == "Heute"
    assert words["languages"] == dict(NAMES)
    cards = {one["id"]: one for one in read_script(html, "config")["movements"]}
    assert cards["plank"]["name"] == "Unterarmstütz"
    assert cards["plank"]["posture"] == "prone"  # codes stay codes


def test_english_is_the_page_as_it_is(client):
    html = client.get("/practise", headers={"Accept-Language": "en-GB"}).text
    assert '<html lang="en-GB">' in html
    assert read_script(html, "page-words")["words"] == {}


def test_the_own_choice_comes_first(client):
    client.cookies.set(COOKIE, "fr")
    html = client.get("/practise", headers={"Accept-Language": "de"}).text
    assert '<html lang="fr">' in html


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/live/screening", "Ben je sinds kort de controle over je blaas of darmen kwijt"),
        ("/live/routines", "zes oefeningen"),
        ("/demonstrations/plank.svg", "Hoogte van de camera"),
    ],
)
def test_answers_are_in_the_language(client, path, said):
    assert said in client.get(path, headers={"Accept-Language": "nl"}).text
    assert said not in client.get(path, headers={"Accept-Language": "en"}).text


def test_the_socket_speaks_the_language(client):
    with client.websocket_connect(socket.SOCKET_PATH, headers={"Accept-Language": "de"}) as connection:
        connection.send_text(json.dumps({"type": "hello", "version": 1, "token": "old", "movement": "plank"}))
        bye = connection.receive_json()
    assert bye == {"type": "bye", "code": "token", "text": "Diese Seite ist zu alt für eine Verbindung. Lade sie neu."}


def test_only_what_is_said_otherwise_is_sent():
    assert translate_page_words("en") == {}
    assert {"key_mute"}.isdisjoint(translate_page_words("de"))
    assert set(translate_page_words("de")) < set(read_page_words())


def test_a_text_cannot_end_its_script():
    assert "<" not in write_script_json({"a": "</script><script>"})
    assert json.loads(write_script_json({"a": "</script>"})) == {"a": "</script>"}
    assert fill_page("__LANGUAGE__ __A__", load_language("nl"), {"__A__": "b"}) == "nl b"
