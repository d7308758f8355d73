"""A second user of the machine, for real: nothing by a route, nothing with a stolen ticket, no file."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
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


@pytest.fixture
def port(owner):
    routes = [Route("/{rest:path}", lambda _: PlainTextResponse("come in"))]
    app = Starlette(routes=routes, middleware=[Middleware(DoorGuard, owner=owner)])
    listener = listening.bind("127.0.0.1", 21_000)
    server = listening.QuietServer(listening.configure_server(app, lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def ask_as(user: int, port: int, path: str) -> str:
    """Return the answer's first line to a request of another user; bash needs no file of ours."""
    head = f"GET {path} HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nConnection: close\\r\\n\\r\\n"
    script = f"exec 3<>/dev/tcp/127.0.0.1/{port}; printf '{head}' >&3; head -n 1 <&3"
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
