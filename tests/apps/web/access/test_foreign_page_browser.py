"""A page of someone else, in the browser of the owner, reads nothing of the app and changes nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api")

from ..live.walking import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ASKED = ["/", "/practise", "/live/token", "/live/screening", "/live/data/export", "/live/people", "/live/routines",
         "/live/web/words.js", "/review", "/demonstrations/plank.mp4", "/_stcore/health"]  # fmt: skip
CHANGED = ["/live/screening", "/live/screening/draft", "/live/pain", "/live/session", "/live/data/delete",
           "/live/people/change", "/live/people/delete", "/live/plan", "/review/upload"]  # fmt: skip
SOCKETS = ["/pose/ws", "/live/phone/ws", "/_stcore/stream"]

RECORDER = """
import json
from formcheck.apps.web.access.guard import DoorGuard
inner = DoorGuard.__call__
async def call(self, scope, receive, send):
    headers = {name.decode(): value.decode() for name, value in scope.get("headers", [])}
    one = {"path": scope.get("path"), "method": scope.get("method"), "headers": headers}
    async def noting(message):
        if message["type"] in {"http.response.start", "websocket.accept", "websocket.close"}:
            answer = {**one, "answer": message.get("status", message["type"])}
            with open(FILE, "a") as file:
                file.write(json.dumps(answer) + chr(10))
        await send(message)
    await inner(self, scope, receive, noting)
DoorGuard.__call__ = call
"""

TRY_ALL_JS = """async ([app, asked, changed, sockets]) => {
  const got = [], wait = ms => new Promise(done => setTimeout(done, ms));
  const reads = async (what, url, options) => {
    try {
      const answer = await fetch(url, {credentials: 'include', ...options}), text = await answer.text();
      if (answer.type !== 'opaque' || text) got.push(`${what} ${url}: ${answer.type} ${text.slice(0, 40)}`);
    } catch { /* as it must be */ }
  };
  for (const path of asked)
    for (const mode of ['cors', 'no-cors']) await reads(mode, app + path, {mode});
  const yes = JSON.stringify({answers: {R1: true}}), text = {'Content-Type': 'text/plain'};
  for (const path of changed) {
    await reads('post', app + path, {method: 'POST', body: yes});
    await reads('post', app + path, {method: 'POST', mode: 'no-cors', headers: text, body: yes});
    await reads('delete', app + path, {method: 'DELETE'});
    navigator.sendBeacon(app + path, yes);
    const target = `frame of ${path}`, form = document.createElement('form'), field = document.createElement('input');
    const frame = Object.assign(document.createElement('iframe'), {name: target});
    Object.assign(form, {action: app + path, method: 'post', enctype: 'text/plain', target});
    Object.assign(field, {name: yes, value: ''});
    form.append(field);
    document.body.append(frame, form);
    form.submit();
  }
  const loads = (tag, values) => new Promise(done => {
    const one = Object.assign(document.createElement(tag), values);
    one.onload = one.onloadeddata = () => done(got.push(`${tag} ${values.src ?? values.href} is loaded`));
    one.onerror = done;
    document.body.append(one);
    setTimeout(done, 20_000);
  });
  for (const path of asked) {
    await loads('img', {src: app + path});
    await loads('script', {src: app + path});
    await loads('script', {src: app + path, type: 'module'});
    await loads('link', {href: app + path, rel: 'stylesheet'});
  }
  await loads('video', {src: `${app}/demonstrations/plank.mp4`});
  for (const path of ['/practise', '/review']) {
    document.body.append(Object.assign(document.createElement('iframe'), {src: app + path}));
    const other = window.open(app + path);
    await wait(1500);
    try {
      if (other?.document?.body?.innerText) got.push(`window ${path}: ${other.document.body.innerText.slice(0, 40)}`);
    } catch { /* as it must be */ }
    other?.postMessage({type: 'hello'}, '*');
    other?.close();
  }
  for (const path of sockets)
    await new Promise(done => {
      const socket = new WebSocket(app.replace('http', 'ws') + path);
      socket.onopen = () => done(got.push(`socket ${path} is open`));
      socket.onclose = done;
    });
  await wait(500);
  return got;
}"""


class _Blank(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>someone else</title><body>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(tmp_path: Path, checkout: Path) -> Iterator[Server]:
    """Start an app that notes each request and its answer."""

    class RecordedServer(Server):
        before = f"FILE = {str(tmp_path / 'requests.jsonl')!r}\n{RECORDER}"

    one = RecordedServer(tmp_path, checkout)
    yield one
    one.stop()


@pytest.fixture
def foreign_port() -> Iterator[int]:
    """Serve an empty page of someone else."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Blank)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("host", ["evil.localhost", "127.0.0.1", "localhost"])
def test_foreign_page_reads_and_changes_nothing(person, server, foreign_port, tmp_path, host):
    owner = person("standing").go()
    before = server.kept()
    notes = tmp_path / "requests.jsonl"
    assert any("cookie" in one["headers"] for one in read_notes(notes)), "the owner is known"
    notes.write_text("")

    page = owner.page.context.new_page()
    page.goto(f"http://{host}:{foreign_port}/")
    assert page.evaluate(TRY_ALL_JS, [server.address, ASKED, CHANGED, SOCKETS]) == []
    framed = [frame.url for frame in page.frames if server.address in frame.url]
    assert framed == []

    found = read_notes(notes)
    assert len(found) > 60, "the page has tried"
    let_in = [one for one in found if one["answer"] not in {403, "websocket.close"} and not is_opened_page(one)]
    assert [one for one in let_in if not is_own_request(one)] == []
    if host != "127.0.0.1":  # a browser keeps cookies by name, whatever the port
        assert [one["path"] for one in found if "cookie" in one["headers"] and not is_own_request(one)] == []
    assert server.kept() == before


def test_foreign_name_of_the_app_itself_opens_nothing(person, server):
    owner = person("standing").go()
    page = owner.page.context.new_page()
    answer = page.goto(server.address.replace("127.0.0.1", "evil.localhost") + "/practise")
    assert answer.status == 403
    assert "answers only under the name" in page.content()


def read_notes(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def is_opened_page(one: dict[str, Any]) -> bool:
    """Return whether a window was opened on a page: its maker cannot look into it."""
    return one["method"] == "GET" and one["headers"].get("sec-fetch-dest") == "document"


def is_own_request(one: dict[str, Any]) -> bool:
    """Return whether a page of the app asks; a socket names its origin alone."""
    headers = one["headers"]
    return headers.get("sec-fetch-site") == "same-origin" or headers.get("origin") == f"http://{headers['host']}"
