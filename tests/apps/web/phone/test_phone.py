"""The phone: paired once, known for its pictures alone, and behind a door of its own."""

from __future__ import annotations

import asyncio
import io
import json
import re
import socket
import ssl
import struct
import time
from http.client import HTTPSConnection
from posixpath import dirname, normpath
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("streamlit")
pytest.importorskip("segno")

import cv2
import numpy as np
import segno
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from formcheck.apps.web.access import tokens
from formcheck.apps.web.phone import page_socket
from formcheck.apps.web.phone.page_socket import PHONE_SOCKET_PATH, PhoneCamera, draw_code
from formcheck.apps.web.phone.phone_door import CAMERA_FILES, PAIRING_S, PhoneLink, build_camera_app, is_usable_jpeg

from ....drivers.live.conftest import claim_size_px

HOST = "127.0.0.2:8543"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def picture_of(width: int = 320, height: int = 240, kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(file, kind)
    return struct.pack("<dI", 1.5, 7) + file.getvalue()


@pytest.fixture
def link():
    return PhoneLink()


@pytest.fixture
def door(link):
    return TestClient(
        build_camera_app(link, HOST), base_url=f"https://{HOST}", client=("127.0.0.1", 5), follow_redirects=False
    )


@pytest.fixture
def phone(link, door):
    door.get(f"/camera?pair={link.begin_pairing()}")
    return door


def test_code_pairs_one_phone_once(link, door):
    code = link.begin_pairing()
    answer = door.get(f"/camera?pair={code}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/camera")
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/camera"} <= set(answer.headers["set-cookie"].split("; "))
    assert "<video" in door.get("/camera").text
    door.cookies.clear()
    again = door.get(f"/camera?pair={code}")
    assert again.status_code == 403
    assert "new code" in again.text


def test_old_code_pairs_nothing(link, monkeypatch):
    code = link.begin_pairing()
    late_s = time.monotonic() + PAIRING_S + 1
    monkeypatch.setattr("formcheck.apps.web.phone.phone_door.time.monotonic", lambda: late_s)
    assert link.pair(code) == ""


def test_new_code_ends_the_one_before(link):
    first, second = link.begin_pairing(), link.begin_pairing()
    assert link.pair(first) == ""
    assert link.pair(second)


def test_second_phone_takes_the_place_of_the_first(link):
    first = link.pair(link.begin_pairing())
    second = link.pair(link.begin_pairing())
    assert not link.is_phone(first)
    assert link.is_phone(second)


def test_nothing_is_a_phone_before_one_is_paired(link):
    assert not link.is_phone("")
    assert link.pair("") == ""
    link.begin_pairing()
    assert link.pair("") == ""


def test_stranger_gets_nothing_by_any_route_of_the_door(link, door):
    paths = []
    for one in door.app.routes:
        assert isinstance(one, Route | Mount)
        paths.append(re.sub(r"\{[^}]*\}", "camera_page.js", one.path))
    link.pair(link.begin_pairing())
    link.begin_pairing()
    door.cookies.set("formcheck-camera", "0" * 32)
    for path in [*paths, "/", "/practise", "/live/screening", "/camera?pair=", "/camera?pair=abc"]:
        for method in METHODS:
            answer = door.request(method, path)
            assert answer.status_code == 403, (method, path)
            assert "video" not in answer.text
            assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Host": "127.0.0.1:8543"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
)
def test_phone_under_a_foreign_name_gets_nothing(phone, headers):
    assert phone.get("/camera", headers=headers).status_code == 403
    assert phone.post("/camera/picture", content=picture_of(), headers=headers).status_code == 403


def test_phone_reaches_nothing_of_the_owner(phone):
    for path in ("/", "/practise", "/live/screening", "/live/token", "/results/a/summary.json", "/_stcore/health"):
        assert phone.get(path).status_code in {403, 404}
    for name in ("main.js", "..%2f..%2fserver.py", "practise.html", "%2e%2e/practise.html"):
        assert phone.get(f"/camera/web/{name}").status_code == 404


def test_camera_page_has_all_its_files(phone):
    asked, seen = {"camera_page.js"}, set()
    while asked:
        name = asked.pop()
        seen.add(name)
        answer = phone.get(f"/camera/web/{name}")
        assert answer.status_code == 200, name
        assert "unsafe" not in answer.headers["content-security-policy"]
        found = re.findall(r'"(\.{1,2}/[\w/]+\.js)"', answer.text)
        asked |= {normpath(f"{dirname(name)}/{one}" if dirname(name) else one) for one in found} - seen
    assert seen == {name for name in CAMERA_FILES if name.endswith(".js")}
    html = phone.get("/camera").text
    assert set(re.findall(r"/camera/web/([\w.]+)", html)) <= set(CAMERA_FILES)


def test_picture_reaches_the_page_and_the_newest_wins(link, phone):
    link.page = object()
    for width in (320, 640):
        answer = phone.post("/camera/picture", content=picture_of(width))
        assert answer.json() == {"watched": True}
    assert link.is_here
    assert asyncio.run(link.next_picture(1)) == picture_of(640)
    assert asyncio.run(link.next_picture(0.01)) is None


def test_picture_that_no_page_shows_is_dropped(link, phone):
    assert phone.post("/camera/picture", content=picture_of()).json() == {"watched": False}
    assert asyncio.run(link.next_picture(0.01)) is None
    assert not link.is_here


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"short", 400),
        (struct.pack("<dI", float("nan"), 1) + picture_of()[12:], 400),
        (picture_of()[:12] + b"no picture", 400),
        (picture_of(32, 32), 400),
        (picture_of(4200, 64), 400),
        (picture_of(kind="PNG"), 400),
        (b"\0" * 2_100_000, 413),
    ],
    ids=["nothing", "short", "no time", "text", "small", "wide", "png", "large"],
)
def test_what_is_no_usable_picture_is_refused(link, phone, body, status):
    link.page = object()
    assert phone.post("/camera/picture", content=body).status_code == status
    assert not link.is_here


def test_head_of_a_picture_is_enough_to_judge_it():
    assert is_usable_jpeg(picture_of())
    assert not is_usable_jpeg(picture_of()[12:])
    for side in (0, 12_000, 30_000, 65_535):  # no error, and no warning
        assert not is_usable_jpeg(claim_size_px(picture_of(), side))


def test_code_can_be_read_by_a_camera():
    url = "https://192.168.178.34:8543/camera?pair=0123456789abcdefghijkl"
    picture = draw_code(url)
    assert picture.startswith("data:image/svg+xml")
    assert "http" not in unquote(picture).replace("http://www.w3.org/2000/svg", "")
    file = io.BytesIO()
    segno.make(url, error="m", micro=False).save(file, kind="png", scale=8, border=3)
    found, *_ = cv2.QRCodeDetector().detectAndDecode(cv2.imdecode(np.frombuffer(file.getvalue(), np.uint8), 1))
    assert found == url


# The owner's socket -----------------------------------------------------------------------------------------------


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A client of the owner's socket; the door opens on a second address of this machine."""
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(page_socket, "list_network_addresses", lambda: ["127.0.0.2", "127.0.0.3"])
    with TestClient(Starlette(routes=page_socket.ROUTES)) as client:
        yield client
        client.portal.call(PhoneCamera.close)


def hello() -> str:
    return json.dumps({"type": "hello", "version": 1, "token": tokens.make_token()})


@pytest.fixture
def trusting(tmp_path):
    """What a phone trusts whose person has accepted the certificate."""

    def context():
        return ssl.create_default_context(cafile=str(tmp_path / "data" / "https.pem"))

    return context


def test_door_is_open_while_a_page_asks_and_leads_pictures_to_it(page, trusting):
    with page.websocket_connect(PHONE_SOCKET_PATH) as line:
        line.send_text(hello())
        code = line.receive_json()
        assert code["type"] == "code"
        assert code["url"].startswith("https://127.0.0.2:")
        assert code["addresses"] == ["127.0.0.2", "127.0.0.3"]
        assert line.receive_json() == {"type": "phone", "is_here": False, "number": 0}
        parts = urlsplit(code["url"])
        phone = HTTPSConnection(parts.hostname, parts.port, timeout=90, context=trusting())
        phone.request("GET", f"{parts.path}?{parts.query}")
        answer = phone.getresponse()
        answer.read()
        assert answer.status == 303
        cookie = answer.headers["set-cookie"].split(";")[0]
        phone.close()
        phone.request("POST", "/camera/picture", picture_of(), {"Cookie": cookie})
        answer = phone.getresponse()
        assert json.loads(answer.read()) == {"watched": True}
        said = []
        while "bytes" not in (message := line.receive()):
            said.append(json.loads(message["text"]))
        assert message["bytes"] == picture_of()
        assert said[-1] == {"type": "phone", "is_here": True, "number": 1}
        phone.close()


def test_other_network_gets_a_door_of_its_own(page):
    with page.websocket_connect(PHONE_SOCKET_PATH) as line:
        line.send_text(hello())
        first = line.receive_json()["url"]
        line.send_text(json.dumps({"type": "code", "address": "127.0.0.3"}))
        while (message := line.receive_json())["type"] != "code":
            pass
        assert message["url"].startswith("https://127.0.0.3:")
        assert not is_open(first)


@pytest.mark.parametrize("address", ["0.0.0.0", "10.9.8.7", "evil.example"])
def test_door_opens_on_an_offered_address_alone(page, address):
    with page.websocket_connect(PHONE_SOCKET_PATH) as line:
        line.send_text(hello())
        line.receive_json()
        line.send_text(json.dumps({"type": "code", "address": address}))
        while (message := line.receive_json())["type"] != "code":
            pass
        assert message["address"] == "127.0.0.2"


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("{}", "message"),
        ("no json", "message"),
        ('{"type": "code"}', "message"),
        ('{"type": "hello", "version": 1, "token": "x"}', "token"),
        ("[" * 9000, "message"),
    ],
)
def test_page_without_a_proper_hello_opens_no_door(page, first, code):
    with page.websocket_connect(PHONE_SOCKET_PATH) as line:
        line.send_text(first)
        assert line.receive_json() == {"type": "bye", "code": code}
    assert PhoneCamera.now().address == ""


def test_newer_page_takes_the_phone(page):
    with page.websocket_connect(PHONE_SOCKET_PATH) as first:
        first.send_text(hello())
        assert first.receive_json()["type"] == "code"
        with page.websocket_connect(PHONE_SOCKET_PATH) as second:
            second.send_text(hello())
            assert second.receive_json()["type"] == "code"
            while (message := first.receive_json())["type"] == "phone":
                pass
            assert message == {"type": "bye", "code": "taken_over"}


def test_machine_without_a_network_says_so(page, monkeypatch):
    monkeypatch.setattr(page_socket, "list_network_addresses", list)
    with page.websocket_connect(PHONE_SOCKET_PATH) as line:
        line.send_text(hello())
        assert line.receive_json() == {"type": "bye", "code": "network"}


def test_door_closes_after_the_last_page(page, monkeypatch):
    monkeypatch.setattr(page_socket, "KEEP_PHONE_S", 0.3)
    with page.websocket_connect(PHONE_SOCKET_PATH) as line:
        line.send_text(hello())
        url = line.receive_json()["url"]
    end_s = time.monotonic() + 90
    while is_open(url):
        assert time.monotonic() < end_s, "the door stays open"
        time.sleep(0.05)
    assert PhoneCamera.door is None


def is_open(url: str) -> bool:
    """Return whether something listens there."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=2).close()
    except OSError:
        return False
    return True
