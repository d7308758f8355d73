"""Starting the app."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib

import pytest

from formcheck.apps.web import server
from formcheck.apps.web.access.owner import OwnerKey, load_owner_key
from formcheck.core.errors import BackendError


def test_settings_keep_the_app_to_itself():
    settings = server.choose_settings("127.0.0.1")
    assert settings["browser.gatherUsageStats"] is False
    assert settings["server.address"] == "127.0.0.1"
    assert settings["server.maxUploadSize"] == 1
    assert settings["theme.dark.backgroundColor"] != settings["theme.light.backgroundColor"]


def test_app_without_streamlit_names_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "streamlit", None)
    with pytest.raises(BackendError, match=r"formcheck\[app\]"):
        server.run_app()


def test_streamlit_run_finds_the_app_and_is_as_private(checkout):
    from streamlit.web.server.app_discovery import discover_asgi_app

    assert discover_asgi_app(checkout / "app.py").import_string == "app:app"
    told = tomllib.loads((checkout / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    settings = server.choose_settings("127.0.0.1")
    flat = {f"{section}.{key}": value for section, keys in told.items() for key, value in keys.items()}
    assert flat == {name: settings[name] for name in flat}


def test_app_py_makes_the_same_app(checkout, tmp_path):
    code = (
        "from app import app; "
        "print(*(one.path for one in app._user_routes), *(one.cls.__name__ for one in app._user_middleware))"
    )
    environment = {**os.environ, "FORMCHECK_DATA": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=checkout, capture_output=True, text=True, check=True, env=environment
    )
    said, made = run.stdout.splitlines()
    *paths, outer, people, inner = made.split()
    assert re.fullmatch(r"formcheck: add this to the address of the app to open it: /\?key=[\w-]{43}", said)
    assert load_owner_key(tmp_path).key not in said
    assert {"/", "/practise", "/pose/ws", "/live/screening", "/results/{token}/{name}"} < set(paths)
    assert (outer, people, inner) == ("DoorGuard", "PeopleDoor", "PageOrigin")


class StreamlitRun:
    """Streamlit's settings while `streamlit run` serves the app."""

    _server_mode = "starlette-app"

    def __init__(self, port: int, certificate: str = "") -> None:
        self._options = {"server.port": port, "server.sslCertFile": certificate}

    def get_option(self, name: str) -> object:
        return self._options[name]


@pytest.mark.parametrize(("certificate", "scheme"), [("", "http"), ("own.pem", "https")])
def test_streamlit_run_prints_the_address_that_opens_the_app(certificate, scheme):
    owner = OwnerKey("k" * 43)
    printed = server.describe_foreign_start(StreamlitRun(8777, certificate), "127.0.0.1", owner)
    found = re.fullmatch(rf"formcheck is open at {scheme}://127\.0\.0\.1:8777/\?key=([\w-]{{43}})  \(.*\)", printed)
    assert found
    assert owner.is_opened_by(found[1])


def test_streamlit_run_says_no_address_without_the_ticket(checkout):
    about = tomllib.loads((checkout / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert about["logger"]["hideWelcomeMessage"] is True
