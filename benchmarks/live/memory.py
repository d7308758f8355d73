"""Does the live server keep memory or handles of sessions that are over?

    python -m benchmarks.live.memory                    # all three loads; about five minutes on two cores
    python -m benchmarks.live.memory --minutes 2 --sessions 10 --pages 40

A server of its own process is played with by this one: ten minutes of practice at ten times speed and more, fifty
sessions after each other (each fifth is recorded), two hundred pages that are closed without a word. The poses come
from a saved track, because the networks are shared and keep nothing; `--real` runs the true pose model. After each load
the sessions are freed, and memory (RSS), open handles and threads of the server are printed with those before. "Before"
is after a warm-up with a little of each load, which fills the heaps of all threads.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import psutil
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parent.parent.parent
TRACK = ROOT / "tests" / "data" / "hinge_good.parquet"
MOVEMENT, FPS = "hamstring_hinge_standing", 15.0
MOST_GROWTH = 0.05
KEPT_S = 1.0
"""The server frees a session this long after its page has left; the app's own time is five minutes."""


# The server -----------------------------------------------------------------------------------------------------------


def serve(port: int, *, real: bool) -> None:
    """Serve the live routes until the process is ended."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    from formcheck.apps.web.live import page, session_pool
    from formcheck.apps.web.live import socket as live_socket
    from formcheck.drivers.answers import answer
    from formcheck.drivers.live.session import open_session

    answer({f"R{number}": False for number in range(1, 14)}, datetime.now(UTC))
    session_pool.KEEP_S = KEPT_S
    pool = session_pool.SessionPool(open_session if real else _open_replayed, most=3)
    live_socket.LiveSessions.pool = pool

    async def send_state(_: Request) -> JSONResponse:
        await pool.sweep()
        gc.collect()
        process = psutil.Process()
        handles = process.num_fds() if hasattr(process, "num_fds") else process.num_handles()
        state = {"rss_mb": process.memory_info().rss / 2**20, "handles": handles, "threads": process.num_threads()}
        return JSONResponse({**state, "sessions": len(pool)})

    app = Starlette(routes=[*page.ROUTES, *live_socket.ROUTES, Route("/state", send_state)])
    uvicorn.run(app, port=port, log_level="error", ws_per_message_deflate=False, ws="websockets-sansio")


class Replay:
    """Gives the poses of a track, over and over; stands in for a pose model."""

    name, sha256, scan_every_s, mirror_every = "full", "0" * 64, 10.0, 12

    def __init__(self, poses: list[Any]) -> None:
        self._poses = cycle(poses)

    def estimate(self, frame: Any) -> Any:
        """Return the next pose, at the time of the picture."""
        return replace(next(self._poses), time_s=frame.time_s)

    def choose_again(self) -> None:
        """Do nothing: a track has one person."""

    def close(self) -> None:
        """Do nothing: there is no model."""


def _open_replayed(request: Any) -> Any:
    from formcheck.drivers.live.session import LiveSession
    from formcheck.sources.pose_track import open_track

    return LiveSession(request, Replay(list(open_track(TRACK))))


# The pages ------------------------------------------------------------------------------------------------------------


class Visitor:
    """Plays a page's part at the socket."""

    def __init__(self, port: int, jpeg: bytes) -> None:
        self._address, self._jpeg = f"127.0.0.1:{port}", jpeg

    def state(self) -> dict[str, float]:
        """Return what the server holds, once no session is left."""
        end_s = time.monotonic() + 60
        while True:
            with urllib.request.urlopen(f"http://{self._address}/state") as answer:
                state = json.loads(answer.read())
            if not state["sessions"] or time.monotonic() > end_s:
                return state
            time.sleep(0.5)

    def greet(self, record: str = "none", **options: Any) -> ClientConnection:
        """Open a connection and begin to practise."""
        with urllib.request.urlopen(f"http://{self._address}/live/token") as answer:
            token = json.loads(answer.read())["token"]
        line = connect(
            f"ws://{self._address}/pose/ws", origin=f"http://{self._address}", compression=None, max_size=None
        )
        hello = {"type": "hello", "version": 1, "token": token, "movement": MOVEMENT, "camera": "camera"}
        line.send(json.dumps({**hello, "from": "practise", "record": record, **options}))
        welcome = json.loads(line.recv(30))
        if welcome["type"] != "welcome":
            raise RuntimeError(f"expected a welcome, got {welcome}")
        return line

    def show(self, line: ClientConnection, pictures: range) -> None:
        """Send pictures, each after the answer to the one before; begin again when a set is over."""
        for number in pictures:
            line.send(struct.pack("<dI", 1 + number / FPS, number) + self._jpeg)
            while (reply := json.loads(line.recv(60)))["type"] not in {"seen", "error"}:
                pass
            if reply.get("stage") == "over":
                line.send('{"type": "command", "name": "finish"}')
                line.send('{"type": "command", "name": "restart"}')

    def practise(self, minutes: float) -> str:
        """Practise for this many minutes of the camera's time."""
        began_s = time.monotonic()
        line = self.greet()
        self.show(line, range(round(60 * minutes * FPS)))
        line.close()
        return f"{60 * minutes / (time.monotonic() - began_s):.1f} times speed"

    def take_turns(self, sessions: int) -> str:
        """Practise a short set in one session after the other."""
        for number in range(sessions):
            line = self.greet(record="landmarks" if number % 5 == 0 else "none")
            self.show(line, range(60))
            line.send('{"type": "command", "name": "finish"}')
            while json.loads(line.recv(60))["type"] != "summary":
                pass
            line.close()
        return "each fifth recorded"

    def close_pages(self, pages: int) -> str:
        """Open pages and drop their connections without closing them."""
        for _ in range(pages):
            line = self.greet()
            self.show(line, range(3))
            line.socket.close()
        return "without a goodbye"


def make_jpeg() -> bytes:
    """Return a bright grey picture of 640x480."""
    import cv2
    import numpy as np

    done, jpeg = cv2.imencode(".jpg", np.full((480, 640, 3), 140, np.uint8))
    if not done:
        raise RuntimeError("no JPEG encoder")
    return jpeg.tobytes()


@contextmanager
def run_server(*, real: bool) -> Iterator[int]:
    """Run the server in a process and a home of its own; give its port."""
    with socket.socket() as probe, tempfile.TemporaryDirectory() as home:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {**os.environ, "FORMCHECK_DATA": f"{home}/data", "FORMCHECK_RESULTS": f"{home}/results"}
        command = [sys.executable, __file__, "--serve", str(port), *(["--real"] if real else [])]
        server = subprocess.Popen(command, env=environment)
        try:
            end_s = time.monotonic() + 120
            while server.poll() is None and time.monotonic() < end_s:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield port
        finally:
            server.terminate()
            server.wait(30)


def main() -> None:
    """Play the three loads and print what the server holds after each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--real", action="store_true", help="the true pose model instead of a saved track")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, real=options.real)
        return
    with run_server(real=options.real) as port:
        visitor = Visitor(port, make_jpeg())
        visitor.practise(0.5)
        visitor.take_turns(5)
        visitor.close_pages(10)
        before = visitor.state()
        print(f"{'':34}RSS MB   handles   threads   growth", flush=True)
        print_state("before", before, before)
        for name, load in (
            (f"{options.minutes:g} min of practice", lambda: visitor.practise(options.minutes)),
            (f"{options.sessions} sessions", lambda: visitor.take_turns(options.sessions)),
            (f"{options.pages} closed pages", lambda: visitor.close_pages(options.pages)),
        ):
            how = load()
            print_state(f"{name}, {how}", visitor.state(), before)


def print_state(name: str, now: dict[str, float], before: dict[str, float]) -> None:
    """Print one line, and whether memory and handles are back where they were."""
    growth = max(now[key] / before[key] - 1 for key in ("rss_mb", "handles"))
    verdict = "" if now is before else "back" if growth <= MOST_GROWTH else "NOT back"
    numbers = f"{now['rss_mb']:6.0f}   {now['handles']:7.0f}   {now['threads']:7.0f}   {growth:+6.1%}"
    print(f"{name:34}{numbers}   {verdict}", flush=True)


if __name__ == "__main__":
    main()
