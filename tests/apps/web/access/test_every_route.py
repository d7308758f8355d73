"""A second user of the machine gets nothing: every route is taken from the app itself, so none can be forgotten."""

from __future__ import annotations

import re
from itertools import product

import pytest

pytest.importorskip("streamlit")

import streamlit
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from streamlit.runtime.runtime import Runtime

from formcheck.apps.web import server
from formcheck.apps.web.access.guard import NOT_OPEN, DoorGuard
from formcheck.apps.web.access.owner import load_owner_key

BASE = "127.0.0.1:8501"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
KNOWN = {"/", "/practise", "/live/web/{name}", "/live/web/{folder}/{name}",
         "/live/token", "/live/screening", "/live/session", "/pose/ws",
         "/live/screening/draft", "/live/pain", "/live/pain/today", "/live/data", "/live/data/export",
         "/live/data/delete", "/live/people", "/live/people/choose", "/live/people/change", "/live/people/delete",
         "/live/about", "/live/next-day", "/live/desk", "/live/desk/end", "/live/reminders",
         "/live/reminders.ics",
         "/review/upload", "/review/desk", "/review/desk/data", "/review/desk/correct", "/review/desk/made",
         "/live/phone/ws",
         "/results/{token}/{name}", "/demonstrations/{movement}.mp4", "/_stcore/health", "/_stcore/stream",
         "/_stcore/upload_file/{session_id}/{file_id}", "/media/{file_id:path}"}  # fmt: skip
ALLOWED = {"content-length", "content-type", "connection", "content-security-policy", "x-content-type-options",
           "referrer-policy", "cache-control", "cross-origin-resource-policy",
           "cross-origin-opener-policy"}  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Return the whole app as it is served, Streamlit's routes included."""
    folder = tmp_path_factory.mktemp("owner")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FORMCHECK_DATA", str(folder / "data"))
        patch.setenv("FORMCHECK_RESULTS", str(folder / "results"))
        patch.setattr(Runtime, "_instance", None)  # Streamlit allows one in a process
        parts = server.build_app_parts(port=8501, owner=load_owner_key())
        yield streamlit.App(server.PAGES, **parts)._build_starlette_app()


def paths_of(routes, before=""):
    """Yield (path, route) of every route, also of mounted ones."""
    for one in routes:
        if isinstance(one, Mount):
            yield f"{before}{one.path}/", one
            yield from paths_of(one.routes, before + one.path)
        else:
            yield before + one.path, one


def filled(path):
    return re.sub(r"\{[^}]*\}", "plank", path)


def test_every_known_route_is_there(app):
    assert {path for path, _ in paths_of(app.routes)} >= KNOWN


def test_stranger_gets_nothing_by_any_route(app):
    client = TestClient(app, base_url=f"http://{BASE}", client=("127.0.0.1", 50000), follow_redirects=False)
    asked = {filled(path) for path, one in paths_of(app.routes) if isinstance(one, Route | Mount)}
    assert len(asked) > 15
    for path, method in product(sorted({*asked, "/nowhere", "/library", "/review"}), METHODS):
        answer = client.request(method, path)
        assert answer.status_code == 403, (method, path)
        assert answer.text in {NOT_OPEN, ""}, (method, path)
        assert set(answer.headers) <= ALLOWED, (method, path)


def test_stranger_gets_nothing_by_any_socket(app):
    client = TestClient(app, base_url=f"http://{BASE}", client=("127.0.0.1", 50000))
    sockets = [filled(path) for path, one in paths_of(app.routes) if isinstance(one, WebSocketRoute)]
    assert {"/pose/ws", "/_stcore/stream"} <= set(sockets)
    for path in [*sockets, "/nowhere"]:
        with pytest.raises(WebSocketDisconnect) as refused, client.websocket_connect(f"ws://{BASE}{path}"):
            pass
        assert refused.value.code == 1008


def enter(app):
    """Return the browser of the owner."""
    owner = load_owner_key()
    client = TestClient(app, base_url=f"http://{BASE}", client=("127.0.0.1", 50000), raise_server_exceptions=False)
    client.cookies.set(owner.cookie_name, owner.cookie_value)
    return client


def test_owner_gets_the_page_by_the_same_way(app):
    client = enter(app)
    assert "<h1" in client.get("/practise").text
    assert client.get("/live/screening").json()["questions"]
    with client.websocket_connect(f"ws://{BASE}/pose/ws") as line:
        line.send_text("{}")
        assert line.receive_json()["code"] == "message"


def test_each_answer_has_its_policy_and_its_rule_of_keeping(app):
    client = enter(app)
    for path in sorted({filled(path) for path, one in paths_of(app.routes) if isinstance(one, Route | Mount)}):
        headers = client.get(path, follow_redirects=False).headers
        assert headers["content-security-policy"].startswith("default-src 'self'"), path
        assert headers["referrer-policy"] == "no-referrer", path
        assert headers["cache-control"], path
    for path in ("/live/token", "/live/screening", "/results/plank/summary.json", "/media/plank"):
        assert client.get(path).headers["cache-control"] == "no-store", path


@pytest.mark.parametrize(
    "folder", ["live/web", "live/web/camera", "results/a", "demonstrations", "static", "media", "component/a.b", "app"]
)
def test_no_path_leads_out_of_what_is_served(app, folder):
    client = enter(app)
    up = ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "....//", "%252e%252e%252f", "%00/../")
    for way, deep in product(up, (1, 8)):
        for name in ("page.py", "etc/passwd", "index.html"):
            answer = client.get(f"/{folder}/{way * deep}{name}", headers={"Accept": "*/*"})
            assert "def practise_page" not in answer.text
            assert "root:" not in answer.text


def test_nothing_is_asked_before_the_guard(app):
    assert app.user_middleware[0].cls is DoorGuard
