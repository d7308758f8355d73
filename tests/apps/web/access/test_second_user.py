"""A second user of the machine, for real: nothing by a route, nothing with a stolen ticket, no file."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree

import pytest

pytest.importorskip("streamlit")

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from formcheck.apps.web.access import listening
from formcheck.apps.web.access.certificates import prepare_own_certificate
from formcheck.apps.web.access.guard import DoorGuard
from formcheck.apps.web.access.owner import is_other_user, load_owner_key

NOBODY = 65534
HAS_IPV6 = Path("/proc/net/if_inet6").exists()
can_be_two = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only the administrator can play a second user"
)


@pytest.fixture
def data():
    """Return a data folder in a place that every user can look into."""
    around = Path(tempfile.mkdtemp(prefix="two-users-"))
    around.chmod(0o755)
    yield around / "data"
    rmtree(around)


@pytest.fixture
def owner(data):
    return load_owner_key(data)


@contextmanager
def serve(owner, host="127.0.0.1", **settings):
    """Serve a page behind the guard; give the port."""
    routes = [Route("/{rest:path}", lambda _: PlainTextResponse("come in"))]
    app = Starlette(routes=routes, middleware=[Middleware(DoorGuard, owner=owner, bound_host=host)])
    listener = listening.bind(host, 21_000)
    server = listening.QuietServer(listening.configure_server(app, lifespan="off", **settings))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def port(owner):
    with serve(owner) as port:
        yield port


def ask_as(user: int, port: int, path: str, at: str = "127.0.0.1", more: str = "") -> str:
    """Return the answer's first line to a request of another user; bash needs no file of ours."""
    name = "[::1]" if at == "::1" else "127.0.0.1"
    head = f"GET {path} HTTP/1.1\\r\\nHost: {name}:{port}\\r\\n{more}Connection: close\\r\\n\\r\\n"
    script = f"exec 3<>/dev/tcp/{at}/{port}; printf '{head}' >&3; head -n 1 <&3"
    run = subprocess.run(
        ["bash", "-c", script], user=user, group=user, cwd="/", capture_output=True, timeout=120, check=False
    )
    return run.stdout.decode().strip()


@can_be_two
@pytest.mark.parametrize("path", ["/", "/practise", "/live/screening", "/_stcore/health"])
def test_second_user_gets_no_page(port, path):
    assert ask_as(NOBODY, port, path) == "HTTP/1.1 403 Forbidden"


@can_be_two
def test_ticket_and_key_that_another_user_has_seen_open_nothing(port, owner):
    ticket = owner.make_ticket()
    for key in (ticket, owner.key):
        assert ask_as(NOBODY, port, f"/?key={key}") == "HTTP/1.1 403 Forbidden"
    # The owner's browser comes second, and still in.
    assert ask_as(os.getuid(), port, f"/?key={ticket}") == "HTTP/1.1 303 See Other"


@can_be_two
@pytest.mark.parametrize("form", ["127.0.0.1", *(["::ffff:127.0.0.1"] if HAS_IPV6 else [])])
def test_second_user_hides_behind_no_form_of_address(port, owner, form):
    ticket = owner.make_ticket()
    assert ask_as(NOBODY, port, f"/?key={ticket}", at=form) == "HTTP/1.1 403 Forbidden"
    assert ask_as(os.getuid(), port, f"/?key={ticket}", at=form) == "HTTP/1.1 303 See Other"


@can_be_two
@pytest.mark.parametrize("believes", [False, True], ids=["our server", "a server that believes headers"])
@pytest.mark.parametrize("header", ["X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: [::1]:80", "Forwarded: for=::1"])
def test_second_user_hides_behind_no_header(owner, header, believes):
    ticket = owner.make_ticket()
    with serve(owner, **({"proxy_headers": True} if believes else {})) as port:
        assert ask_as(NOBODY, port, f"/?key={ticket}", more=f"{header}\\r\\n") == "HTTP/1.1 403 Forbidden"
        assert ask_as(os.getuid(), port, f"/?key={ticket}") == "HTTP/1.1 303 See Other"


@can_be_two
@pytest.mark.parametrize("host", ["127.0.0.1", *(["::1"] if HAS_IPV6 else [])])
def test_second_user_gets_no_page_at_any_own_address(owner, host):
    ticket = owner.make_ticket()
    with serve(owner, host) as port:
        assert ask_as(NOBODY, port, f"/?key={ticket}", at=host) == "HTTP/1.1 403 Forbidden"
        assert ask_as(os.getuid(), port, f"/?key={ticket}", at=host) == "HTTP/1.1 303 See Other"


@can_be_two
def test_second_user_reads_no_file(data, owner):
    prepare_own_certificate(["localhost"], data)
    assert {path.name for path in data.iterdir()} == {"owner.key", "owner.lock", "https.pem"}
    for path in (data, *data.iterdir()):
        run = subprocess.run(["cat", str(path)], user=NOBODY, group=NOBODY, cwd="/", capture_output=True, check=False)
        assert run.stdout == b""
        assert b"denied" in run.stderr
    assert (
        subprocess.run(["ls", str(data)], user=NOBODY, group=NOBODY, cwd="/", capture_output=True, check=False).stdout
        == b""
    )


@pytest.mark.parametrize("caller", [None, ("127.0.0.1", 1), ("::1", 50000), ("no address", 5), ("127.0.0.1", None)])
def test_caller_that_is_not_listed_is_no_other_user(caller):
    assert not is_other_user(caller, ("127.0.0.1", 8501))
