"""Kill the true server at random moments of a practice, and count what is lost.

    python -m benchmarks.history.kills                  # 50 kills
    python -m benchmarks.history.kills --kills 10

The server runs with its pose model in a process of its own. A page practises one short set after the other through the
socket: pictures of a sample clip, then the summary. At a random moment the server gets SIGKILL. Then the history is
opened as at the next start, and every set whose summary had arrived must be in it. Printed are the kills by what they
hit, the sets that were finished, stored and lost, and how often the file could not be opened.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import cv2
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from formcheck.apps.web.access.owner import load_owner_key
from formcheck.drivers.history.history import History
from formcheck.sources.video import open_video

MOVEMENT = "hamstring_hinge_standing"
CLIP = Path("sample_videos/hinge_good.mp4")
PICTURES, LONGEST_WAIT_S = 12, 120.0
EARLIEST_S, LATEST_S = 0.05, 2.5
"""When the kill comes, after the first set of a server began."""


@dataclass(slots=True)
class PractisedSets:
    """What a page has seen: finished sets, and what it was doing at the kill."""

    finished: int = 0
    doing: str = "opening"


def main() -> None:
    """Kill the server again and again; print what was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    seeded, pictures = random.Random(options.seed), read_pictures()
    hit: Counter[str] = Counter()
    finished = stored = damaged = lost = 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"FORMCHECK_DATA": f"{folder}/data", "FORMCHECK_RESULTS": f"{folder}/results"}
        for number in range(options.kills):
            seen = practise_until_killed(seeded, pictures, answer=number == 0)
            before, finished = stored, finished + seen.finished
            with History() as history:
                damaged += history.aside is not None
                stored = len(history.list_sets(history.find_first_person()))
            lost += max(0, before + seen.finished - stored)
            hit[seen.doing] += 1
            print(f"kill {number + 1}: while {seen.doing}; {seen.finished} finished, {stored} stored", flush=True)
    print(f"{options.kills} kills: {', '.join(f'{times} while {doing}' for doing, times in hit.most_common())}")
    print(f"sets finished {finished}, stored {stored}, lost {lost}; files that could not be opened {damaged}")


def practise_until_killed(seeded: random.Random, pictures: list[bytes], *, answer: bool) -> PractisedSets:
    """Start a server, practise, kill it at a random moment; return what the page had seen."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = f"from formcheck.apps.web.server import run_app\nrun_app(port={port})"
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen = PractisedSets()
    try:
        ask = _Page(port)
        ask.wait_until_up()
        if answer:
            ask.answer_questions()
        begun = threading.Event()
        killer = threading.Thread(target=_kill_later, args=(server, begun, seeded.uniform(EARLIEST_S, LATEST_S)))
        killer.start()
        with contextlib.suppress(OSError, WebSocketException, TimeoutError):
            ask.practise(pictures, seen, begun)
        begun.set()
        killer.join()
    finally:
        server.kill()
        server.wait()
    return seen


def _kill_later(server: subprocess.Popen[bytes], begun: threading.Event, after_s: float) -> None:
    begun.wait(LONGEST_WAIT_S)
    time.sleep(after_s)
    server.send_signal(signal.SIGKILL)


class _Page:
    """A page without a browser."""

    def __init__(self, port: int) -> None:
        self.address, self.port = f"http://127.0.0.1:{port}", port

    def _open(self, path: str, body: object = None, **headers: str) -> bytes:
        owner = load_owner_key()
        cookie = {"Cookie": f"{owner.cookie_name}={owner.cookie_value}", "Sec-Fetch-Site": "same-origin", **headers}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, headers=cookie)
        with urllib.request.urlopen(request, timeout=LONGEST_WAIT_S) as answer:
            content: bytes = answer.read()
            return content

    def wait_until_up(self) -> None:
        end_s = time.monotonic() + LONGEST_WAIT_S
        while True:
            try:
                self._open("/live/token")
            except OSError:
                if time.monotonic() > end_s:
                    raise
                time.sleep(0.1)
            else:
                return

    def token(self) -> str:
        token: str = json.loads(self._open("/live/token"))["token"]
        return token

    def answer_questions(self) -> None:
        questions = json.loads(self._open("/live/screening"))["questions"]
        body = {"answers": {one["id"]: False for one in questions}}
        self._open("/live/screening", body, **{"X-Formcheck-Token": self.token(), "Content-Type": "application/json"})

    def practise(self, pictures: list[bytes], seen: PractisedSets, begun: threading.Event) -> None:
        """Practise set after set until the server is gone."""
        owner = load_owner_key()
        headers = {"Cookie": f"{owner.cookie_name}={owner.cookie_value}"}
        for _ in count():
            seen.doing = "opening a set"
            address = f"ws://127.0.0.1:{self.port}/pose/ws"
            with connect(address, additional_headers=headers, origin=self.address, max_size=None) as link:  # type: ignore[arg-type]
                hello = {"type": "hello", "version": 1, "token": self.token(), "movement": MOVEMENT, "from": "practise"}
                link.send(json.dumps(hello))
                link.recv(LONGEST_WAIT_S)
                begun.set()
                seen.doing = "practising"
                for number, jpeg in enumerate(pictures):
                    link.send(struct.pack("<dI", number / 10, number) + jpeg)
                    link.recv(LONGEST_WAIT_S)
                seen.doing = "storing a set"
                link.send(json.dumps({"type": "command", "name": "finish"}))
                while json.loads(link.recv(LONGEST_WAIT_S))["type"] != "summary":
                    pass
                seen.finished += 1


def read_pictures() -> list[bytes]:
    """Return the first pictures of a sample clip as JPEG."""
    found = []
    with open_video(CLIP) as video:
        for frame in video:
            found.append(cv2.imencode(".jpg", cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR))[1].tobytes())
            if len(found) == PICTURES:
                break
    return found


if __name__ == "__main__":
    main()
