"""Where the app listens, and that a connection which sends nothing whole does not stay."""

from __future__ import annotations

import logging
import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

pytest.importorskip("streamlit")

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from formcheck.apps.web.access import listening, tokens
from formcheck.apps.web.access.guard import DoorGuard
from formcheck.apps.web.access.owner import OwnerKey
from formcheck.apps.web.live import answer_routes
from formcheck.core.errors import BackendError

from ...browsing import PATIENCE_S

SOON_S = 0.5
OWNER = OwnerKey("k" * 43)
COOKIE = f"Cookie: {OWNER.cookie_name}={OWNER.cookie_value}\r\n"


@contextmanager
def serving(routes):
    """Serve some routes behind the guard, for real; give the port."""
    app = Starlette(routes=routes, middleware=[Middleware(DoorGuard, owner=OWNER)])
    listener = listening.bind("127.0.0.1", 20_000)
    server = listening.QuietServer(listening.configure_server(app, lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def port(monkeypatch):
    monkeypatch.setattr(listening, "HEADERS_S", SOON_S)
    routes = [Route("/", lambda _: PlainTextResponse("come in")), *answer_routes.ROUTES]
    with serving(routes) as one:
        yield one


def wait_until_closed(line: socket.socket) -> None:
    """Wait until the server closes a connection that sends nothing more; by itself it would stay open."""
    line.settimeout(PATIENCE_S)
    with suppress(ConnectionResetError):
        while line.recv(4096):
            pass


def head_of(port: int, method: str = "GET", path: str = "/", more: str = "") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{COOKIE}{more}\r\n".encode()


@pytest.mark.parametrize("sent", [b"", b"GET", b"GET / HTTP/1.1\r\nHost: a\r\nX: "], ids=["nothing", "word", "half"])
def test_half_a_request_does_not_stay(port, sent):
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(sent)
        wait_until_closed(line)


def test_request_that_comes_byte_by_byte_does_not_stay(port):
    with socket.create_connection(("127.0.0.1", port)) as line:
        end_s, is_open = time.monotonic() + PATIENCE_S, True
        line.setblocking(False)
        while is_open:
            assert time.monotonic() < end_s, "the connection stays open"
            time.sleep(0.1)
            with suppress(BlockingIOError):
                line.send(b"a")
                is_open = line.recv(10) != b""


def test_second_request_may_take_its_time_but_not_for_ever(port):
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.settimeout(PATIENCE_S)
        for _ in range(2):
            line.sendall(head_of(port))
            came = b""
            while b"come in" not in came:
                more = line.recv(4096)
                assert more, came
                came += more
            time.sleep(2 * SOON_S)  # between two requests a connection may rest
        line.sendall(b"GET")
        wait_until_closed(line)


def test_stranger_who_goes_on_sending_is_not_read(port):
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 1000000\r\n\r\nabc".encode())
        wait_until_closed(line)


def test_answers_that_break_off_log_nothing(port, caplog, capfd, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    with caplog.at_level(logging.INFO):
        for _ in range(5):
            with socket.create_connection(("127.0.0.1", port)) as line:
                more = f"X-Formcheck-Token: {tokens.make_token()}\r\nContent-Length: 500\r\n"
                line.sendall(head_of(port, "POST", "/live/screening", more) + b'{"answers"')
        time.sleep(1)
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING] == []
    assert "Traceback" not in capfd.readouterr().err


def test_port_that_is_taken_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with listening.bind("127.0.0.1", port) as found:
            assert found.getsockname()[1] > port


def test_address_of_another_machine_is_reported():
    with pytest.raises(BackendError, match="no-such-host"):
        listening.bind("no-such-host.invalid", 8501)


def test_networks_of_the_machine_are_listed_without_tunnels(monkeypatch):
    def addresses(*texts):
        return [type("A", (), {"family": socket.AF_INET, "address": text}) for text in texts]

    up = type("S", (), {"isup": True})
    found = {"lo": ["127.0.0.1"], "docker0": ["172.17.0.1"], "wlan0": ["192.168.1.5"], "eth0": ["10.0.0.2"],
             "eth1": ["169.254.3.4"], "tun0": ["10.8.0.1"], "off0": ["192.168.9.9"]}  # fmt: skip
    monkeypatch.setattr("psutil.net_if_addrs", lambda: {name: addresses(*texts) for name, texts in found.items()})
    monkeypatch.setattr("psutil.net_if_stats", lambda: {name: up for name in found if name != "off0"})
    assert listening.list_network_addresses() == ["192.168.1.5", "10.0.0.2"]
