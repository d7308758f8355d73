"""Streamlit's pages know where their server is."""

from __future__ import annotations

import gzip

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from formcheck.apps.web.page_origin import PageOrigin

PAGE = '<html><head><script type="module" src="a.js"></script><script type="module"></script></head></html>'
SCRIPT = "<script>window.__streamlit={BACKEND_BASE_URL:location.origin}</script>"


async def send_page(request):
    if "gzip" in request.headers.get("accept-encoding", ""):
        return HTMLResponse(gzip.compress(PAGE.encode()), headers={"content-encoding": "gzip"})
    return HTMLResponse(PAGE)


async def send_pieces(_request):
    return StreamingResponse(iter([PAGE[:20], PAGE[20:]]), media_type="text/html")


@pytest.fixture
def client():
    paths = {"/": send_page, "/pieces": send_pieces, "/practise": send_page}
    app = Starlette(routes=[Route(path, answer) for path, answer in paths.items()])
    return TestClient(PageOrigin(app), headers={"accept": "text/html,*/*"})


@pytest.mark.parametrize("path", ["/", "/pieces"])
def test_page_knows_its_server_before_its_first_module(client, path):
    answer = client.get(path)
    assert answer.text == PAGE.replace('<script type="module" src', f'{SCRIPT}<script type="module" src')
    assert answer.headers.get("content-length", str(len(answer.content))) == str(len(answer.content))


def test_own_pages_and_other_answers_stay_as_they_are(client):
    assert client.get("/practise").text == PAGE
    assert client.get("/", headers={"accept": "*/*"}).text == PAGE
    assert "not found" in client.get("/nowhere").text.lower()
