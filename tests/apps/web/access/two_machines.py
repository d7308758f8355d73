"""Two machines in one home network, in a network of their own: the app runs on one, a stranger asks from the other.

    unshare --net --mount python two_machines.py FOLDER

Prints one line of JSON: for each case what came of every request.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.exceptions import InvalidHandshake
from websockets.sync.client import connect

HERE, THERE, PORT = "10.77.0.1", "10.77.0.2", 8950
PAGES = (
    "/", "/practise", "/review", "/library", "/live/token", "/live/screening", "/live/web/main.js",
    "/static/index.html", "/_stcore/health", "/_stcore/host-config", "/demonstrations/plank.mp4",
    "/camera", "/camera/web/camera_page.js",
)  # fmt: skip
SOCKETS = ("/pose/ws", "/_stcore/stream", "/live/phone/ws")
TRUSTING = ssl._create_unverified_context()


def main(folder: Path) -> None:
    """Set up both machines, ask, print."""
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run"], check=True)  # `ip` leaves a file there
    for line in (
        "link set lo up", "netns add there", "link add home0 type veth peer name home1", "link set home1 netns there",
        f"addr add {HERE}/24 dev home0", "link set home0 up", f"-n there addr add {THERE}/24 dev home1",
        "-n there link set home1 up", "-n there link set lo up",
    ):  # fmt: skip
        subprocess.run(["ip", *line.split()], check=True)
    came = {"alone": run(folder, "--port", str(PORT)), "open": run(folder, "--port", str(PORT), "--host", "0.0.0.0")}
    sys.stdout.write(json.dumps(came) + "\n")


def run(folder: Path, *options: str) -> dict[str, Any]:
    """Start the app, ask from the other machine as stranger and as owner, and ask the phone's door."""
    command = [sys.executable, "-m", "formcheck.apps.cli", "app", *options]
    environment = {**os.environ, "FORMCHECK_DATA": str(folder / "data"), "FORMCHECK_RESULTS": str(folder / "results")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as app:
        try:
            said = [app.stdout.readline().strip()]
            scheme = "https" if "https://" in said[0] else "http"
            wait_until_up(f"{scheme}://127.0.0.1:{PORT}")
            cookie = read_cookie(folder)
            code = pair(f"{scheme}://127.0.0.1:{PORT}", cookie)
            wanted = {"app": f"{scheme}://{HERE}:{PORT}", "door": code.split("/camera")[0], "cookie": cookie}
            there = subprocess.run(
                ["ip", "netns", "exec", "there", sys.executable, __file__, "ask", json.dumps(wanted)],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            return {"said": said, "door": wanted["door"], **json.loads(there.stdout)}
        finally:
            app.terminate()


def read_cookie(folder: Path) -> dict[str, str]:
    """Return the header of the owner."""
    from formcheck.apps.web.access.owner import load_owner_key

    owner = load_owner_key(folder / "data")
    return {"Cookie": f"{owner.cookie_name}={owner.cookie_value}"}


def wait_until_up(address: str) -> None:
    """Wait for an answer of any kind."""
    end_s = time.monotonic() + 90
    while not isinstance(ask(f"{address}/", {}), int):
        assert time.monotonic() < end_s, "the app did not start"
        time.sleep(0.2)


def pair(address: str, cookie: dict[str, str]) -> str:
    """Open the phone's door as the owner's page does; the door stays open for a while after the page has gone."""
    token = json.loads(ask(f"{address}/live/token", cookie, whole=True))["token"]
    with open_socket(f"{address}/live/phone/ws", cookie, address) as line:
        line.send(json.dumps({"type": "hello", "version": 1, "token": token}))
        return str(json.loads(line.recv(120))["url"])


def ask(url: str, headers: dict[str, str], *, whole: bool = False) -> Any:
    """Return the status of an answer, or why there is none."""
    parts = urlsplit(url)
    line = (
        http.client.HTTPSConnection(parts.netloc, timeout=120, context=TRUSTING)
        if parts.scheme == "https"
        else http.client.HTTPConnection(parts.netloc, timeout=120)
    )
    try:
        line.request("GET", f"{parts.path}{'?' if parts.query else ''}{parts.query}", headers=headers)
        answer = line.getresponse()
        body = answer.read()
        return body if whole else answer.status
    except OSError as error:
        return type(error).__name__
    finally:
        line.close()


def open_socket(url: str, headers: dict[str, str], origin: str) -> Any:
    """Open a socket as a browser does."""
    return connect(
        url.replace("http", "ws", 1), additional_headers=headers, origin=origin, compression=None,
        ssl=TRUSTING if url.startswith("https") else None, open_timeout=120,
    )  # fmt: skip


def knock(url: str, headers: dict[str, str], origin: str) -> str:
    """Return whether a socket opens."""
    try:
        open_socket(url, headers, origin).close()
    except (OSError, InvalidHandshake) as error:
        return type(error).__name__
    return "open"


def ask_from_there(app: str, door: str, cookie: dict[str, str]) -> dict[str, Any]:
    """Return what a stranger and the owner get on the other machine."""
    nobody: dict[str, str] = {}
    return {
        "stranger": {path: ask(app + path, nobody) for path in PAGES}
        | {path: knock(app + path, nobody, app) for path in SOCKETS},
        "owner": {path: ask(app + path, cookie) for path in ("/practise", "/live/screening", "/review")}
        | {path: knock(app + path, cookie, app) for path in SOCKETS},
        "at the door": {path: ask(door + path, cookie) for path in PAGES}
        | {path: knock(door + path, cookie, door) for path in SOCKETS},
    }


if __name__ == "__main__":
    if sys.argv[1] == "ask":
        sys.stdout.write(json.dumps(ask_from_there(**json.loads(sys.argv[2]))))
    else:
        main(Path(sys.argv[1]))
