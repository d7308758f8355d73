"""The app as people start it: data of its own, and the questions before first use answered with no."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import psutil

from formcheck.apps.web.access.owner import KEY_PARAMETER, load_owner_key

CHECKOUT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def serving(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Start the app as people do, with data of its own; give its address and process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    os.environ["FORMCHECK_DATA"] = str(folder / "data")  # where `ask` finds the owner's key
    environment |= {
        "FORMCHECK_DATA": str(folder / "data"), "FORMCHECK_RESULTS": str(folder / "results"),
        "PYTHONPATH": os.pathsep.join([str(CHECKOUT / "src"), environment.get("PYTHONPATH", "")]),
    }  # fmt: skip
    code = f"from formcheck.apps.web.server import run_app; run_app(port={port})"
    server = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        until_up(address)
        answer_no(address)
        yield address, psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait(20)


def until_up(address: str) -> None:
    """Wait for the app."""
    end_s = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=20).close()
        except HTTPError:  # it answers, and knows nothing of us
            return
        except OSError:
            if time.monotonic() > end_s:
                raise
            time.sleep(0.2)


def answer_no(address: str) -> None:
    """Answer the questions before first use."""
    with ask(f"{address}/live/screening") as answer:
        questions = json.load(answer)["questions"]
    body = json.dumps({"answers": {one["id"]: False for one in questions}}).encode()
    headers = {"Content-Type": "application/json", "X-Formcheck-Token": token(address)}
    ask(f"{address}/live/screening", body, headers).close()


def token(address: str) -> str:
    """Return a fresh token."""
    with ask(f"{address}/live/token") as answer:
        return str(json.load(answer)["token"])


def ask(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    """Return the open answer to a request of the owner."""
    return urllib.request.urlopen(urllib.request.Request(url, body, {**cookie(), **(headers or {})}), timeout=60)


def cookie() -> dict[str, str]:
    """Return the header by which the app knows its owner."""
    owner = load_owner_key()
    return {"Cookie": f"{owner.cookie_name}={owner.cookie_value}"}


def knock(url: str) -> str:
    """Return the address with which the app is opened in a browser."""
    return f"{url}{'&' if '?' in url else '?'}{KEY_PARAMETER}={load_owner_key().key}"
