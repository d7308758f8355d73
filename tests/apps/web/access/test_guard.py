"""Who is let in: the owner, by key, ticket or cookie; nobody else, by no route, no socket and no name."""

from __future__ import annotations

import pytest

pytest.importorskip("streamlit")

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from formcheck.apps.web.access.guard import OWN_PATHS, DoorGuard, is_own_name
from formcheck.apps.web.access.owner import OwnerKey
from formcheck.apps.web.server import make_printed_address

KEY = "k" * 43
HTML = {"Accept": "text/html"}
TALK = "ws://127.0.0.1:8501/talk"


async def greet(request):
    return PlainTextResponse(f"come in {request.url.query}")


async def count(request):
    read = 0
    async for piece in request.stream():
        read += len(piece)
    return PlainTextResponse(str(read))


async def talk(socket):
    await socket.accept()
    await socket.send_text("come in")
    await socket.close()


@pytest.fixture
def owner():
    return OwnerKey(KEY)


def client_of(owner, bound="127.0.0.1", caller="127.0.0.1", base="http://127.0.0.1:8501"):
    routes = [Route("/{rest:path}", greet, methods=["GET"]), Route("/count", count, methods=["POST"]),
              WebSocketRoute("/talk", talk)]  # fmt: skip
    app = Starlette(routes=routes, middleware=[Middleware(DoorGuard, owner=owner, bound_host=bound)])
    return TestClient(app, base_url=base, client=(caller, 50000), follow_redirects=False)


@pytest.fixture
def stranger(owner):
    return client_of(owner)


@pytest.fixture
def client(owner):
    one = client_of(owner)
    one.cookies.set(owner.cookie_name, owner.cookie_value)
    return one


def test_key_opens_and_leaves_the_address(stranger):
    answer = stranger.get(f"/practise?movement=plank&key={KEY}&empty=")
    assert (answer.status_code, answer.headers["location"]) == (303, "/practise?movement=plank&empty=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(answer.headers["set-cookie"].split("; "))
    assert KEY not in answer.headers["set-cookie"]
    assert stranger.get(answer.headers["location"]).text == "come in movement=plank&empty="


@pytest.mark.parametrize("origin", ["http://[", "http://]", "//[::1", "http://[v1.x]:1", "null", "", "\x7f"])
def test_origin_that_is_no_address_is_refused(client, origin):
    assert client.get("/practise", headers={"Origin": origin}).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(TALK, headers={"Origin": origin}):
        pass


def test_cookie_over_https_is_sent_over_https_only(owner):
    answer = client_of(owner, base="https://127.0.0.1:8501").get(f"/?key={KEY}")
    assert answer.headers["set-cookie"].endswith("; Secure")


def test_ticket_opens_once(owner):
    ticket = owner.make_ticket()
    assert client_of(owner).get(f"/?key={ticket}").status_code == 303
    assert client_of(owner).get(f"/?key={ticket}", headers=HTML).status_code == 403


def test_ticket_is_used_up_by_who_is_in_already(owner, client):
    ticket = owner.make_ticket()
    assert client.get(f"/?key={ticket}").status_code == 303
    assert client_of(owner).get(f"/?key={ticket}", headers=HTML).status_code == 403


def test_printed_address_is_followed_by_the_next_one(owner, capsys):
    first = make_printed_address("", owner)
    assert client_of(owner).get(first).status_code == 303
    told, _, second = capsys.readouterr().out.strip().rpartition(" ")
    assert told == "formcheck: for another browser:"
    assert client_of(owner).get(first, headers=HTML).status_code == 403
    assert client_of(owner).get(second).status_code == 303
    assert owner.key not in first + second


def test_answers_are_not_kept_by_a_browser_unless_said(client):
    assert client.get("/practise").headers["cache-control"] == "no-store"


def test_old_ticket_opens_nothing(owner, monkeypatch):
    ticket = owner.make_ticket()
    monkeypatch.setattr("formcheck.apps.web.access.owner.time.monotonic", lambda: 1e12)
    assert not owner.is_opened_by(ticket)


def test_owner_with_an_old_address_comes_in_all_the_same(client):
    assert client.get("/practise?key=old").headers["location"] == "/practise"


@pytest.mark.parametrize("path", ["//evil.example/", "/\\evil.example", "/%5Cevil.example", "/%0d%0aX: y"])
def test_key_leads_to_no_other_host(stranger, path):
    answer = stranger.get(f"http://127.0.0.1:8501{path}?key={KEY}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/")
    assert answer.headers["location"][1] not in "/\\"
    assert "x" not in answer.headers


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Cookie": "formcheck=1"},
        {"Cookie": f"formcheck={KEY}"},
        {"Cookie": "{name}="},
        {"Cookie": "{name}=" + "0" * 64},
        {"Cookie": "{name}=" + KEY},
        {"Cookie": "{name}=é"},
        {"Authorization": f"Bearer {KEY}"},
    ],
    ids=str,
)
def test_stranger_gets_nothing(stranger, owner, sent):
    headers = {name: value.replace("{name}", owner.cookie_name).encode() for name, value in sent.items()}
    for ask in (stranger.get, stranger.post, stranger.put, stranger.delete, stranger.options, stranger.head):
        answer = ask("/count", headers=headers)
        assert answer.status_code == 403
        assert "come in" not in answer.text
        assert answer.headers["connection"] == "close"
    with pytest.raises(WebSocketDisconnect), stranger.websocket_connect(TALK, headers=headers):
        pass


@pytest.mark.parametrize("key", ["", "k", KEY[:-1], f"{KEY}k", "é" * 43, "\udcff"])
def test_wrong_key_opens_nothing(stranger, key):
    answer = stranger.get("/", params={"key": key.encode("utf-8", "surrogateescape")}, headers=HTML)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_key_is_taken_from_the_address_of_a_page_alone(stranger):
    assert stranger.post(f"/count?key={KEY}", content=b"a").status_code == 403
    with pytest.raises(WebSocketDisconnect), stranger.websocket_connect(f"{TALK}?key={KEY}"):
        pass


def test_owner_talks_over_the_socket(client):
    with client.websocket_connect(TALK) as line:
        assert line.receive_text() == "come in"


def test_stranger_reads_how_to_open_it_again(stranger):
    answer = stranger.get("/review", headers=HTML)
    assert answer.status_code == 403
    assert "python3 run.py" in answer.text
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert "used already" in stranger.get("/?key=old", headers=HTML).text


def test_other_name_of_this_machine_leads_to_the_known_one(stranger, owner):
    answer = stranger.get("/practise?a=b", headers={**HTML, "Host": "localhost:8501"})
    assert answer.headers["location"] == "http://127.0.0.1:8501/practise?a=b"
    cookie = f"{owner.cookie_name}={owner.cookie_value}"
    assert stranger.get("/", headers={**HTML, "Host": "localhost:8501", "Cookie": cookie}).text == "come in "


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:8501"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "me@127.0.0.1"},
        {"Host": ""},
        {"Host": "192.168.0.7:8501"},
        {"Origin": "http://evil.example"},
    ],
    ids=lambda headers: "{}: {}".format(*next(iter(headers.items()))),
)
def test_foreign_name_is_refused_with_cookie_and_key(client, headers):
    assert client.get("/", headers=headers).status_code == 403
    assert client.get(f"/?key={KEY}", headers=headers).status_code == 403


def test_another_machine_is_refused_by_a_local_server(owner):
    assert client_of(owner, caller="192.168.0.9").get(f"/?key={KEY}").status_code == 403


def test_other_machine_needs_the_key_where_it_may_come_in(owner):
    far = client_of(owner, bound="0.0.0.0", caller="192.168.0.9", base="https://192.168.0.7:8501")
    assert far.get("/practise", headers=HTML).status_code == 403
    assert far.get(f"/practise?key={KEY}").status_code == 303
    assert far.get("/practise").text == "come in "


@pytest.mark.parametrize(
    ("host", "bound", "own"),
    [
        ("127.0.0.1:8501", "127.0.0.1", True),
        ("localhost", "127.0.0.1", True),
        ("[::1]:8501", "127.0.0.1", True),
        ("evil.example", "0.0.0.0", False),
        ("192.168.0.7:8501", "0.0.0.0", True),
        ("clinic.local:8501", "clinic.local", True),
        ("clinic.local:port", "clinic.local", False),
    ],
)
def test_own_names_are_those_of_the_bound_address(host, bound, own):
    assert is_own_name(host, bound) is own


def test_no_page_loads_from_other_hosts(client):
    for path in ("/practise", "/review"):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "http" not in policy


@pytest.mark.parametrize("path", OWN_PATHS)
def test_own_pages_forbid_scripts_within_the_page(client, path):
    assert "unsafe" not in client.get(f"{path}/any").headers["content-security-policy"]


def test_browser_that_goes_away_while_sending_is_no_error(owner):
    import asyncio

    from starlette.requests import ClientDisconnect

    async def torn(scope, receive, send):
        raise ClientDisconnect

    sent = []

    async def send(message):
        sent.append(message)

    cookie = f"{owner.cookie_name}={owner.cookie_value}".encode()
    scope = {"type": "http", "method": "POST", "path": "/live/session", "query_string": b"", "scheme": "http",
             "headers": [(b"host", b"127.0.0.1:1"), (b"cookie", cookie)], "server": ("127.0.0.1", 1)}  # fmt: skip
    asyncio.run(DoorGuard(torn, owner)(scope, None, send))
    assert sent == []
