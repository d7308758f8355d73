"""Use the app like a person: open it, view each page, practise, open stored results. Print the answers."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect
from websockets.typing import Origin

CHECKOUT = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(CHECKOUT))

from benchmarks.live.app import answer_no, ask, cookie, token, until_up  # noqa: E402 - the benchmarks are not installed
from benchmarks.live.film import film, pictures  # noqa: E402

PAGES = ("/", "/practise", "/review", "/library")
CLIP = CHECKOUT / "sample_videos" / "hinge_good.mp4"
MOVEMENT = "hamstring_hinge_standing"
PICTURES_PER_S, SECONDS = 3, 7


def main() -> None:
    """Print one line of JSON."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "formcheck.apps.cli", "app", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as app:
        try:
            until_up(address)
            came = {"pages": {page: load(address + page) for page in PAGES}, **practise(address)}
            kept = came["summary"]["recording"]["url"].partition("?")[2]
            until_kept(kept.removeprefix("result="))
            came["scripts"] = [run_script(address, "review", kept), run_script(address, "library")]
        finally:
            app.send_signal(signal.SIGINT)
    sys.stdout.write(json.dumps(came) + "\n")


def load(url: str) -> int:
    """Return the status with which a page is answered."""
    with ask(url) as answer:
        answer.read()
        return int(answer.status)


def until_kept(key: str) -> None:
    """Wait for the result that is made of a set after its end."""
    end_s = time.monotonic() + 60
    while not (Path(os.environ["FORMCHECK_RESULTS"]) / key).exists():
        assert time.monotonic() < end_s, "the set was not kept"
        time.sleep(0.1)


def run_script(address: str, page: str, query: str = "") -> list[str]:
    """Let Streamlit run the script of a page, as a browser does; return what it drew and how it ended."""
    drawn = []
    stream = f"{address.replace('http', 'ws')}/_stcore/stream"
    with connect(stream, origin=Origin(address), max_size=None, additional_headers=cookie()) as line:
        wish = BackMsg()
        wish.rerun_script.page_name, wish.rerun_script.query_string = page, query
        line.send(wish.SerializeToString())
        while True:
            message = ForwardMsg.FromString(line.recv(60))
            kind = message.WhichOneof("type")
            if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
                drawn.append(str(message.delta.new_element.WhichOneof("type")))
            if kind == "script_finished":
                return [*drawn, ForwardMsg.ScriptFinishedStatus.Name(message.script_finished)]


def practise(address: str) -> dict[str, Any]:
    """Answer the questions, do a short set, keep its landmarks; return what came."""
    answer_no(address)
    sent = film(pictures(CLIP)[:: 30 // PICTURES_PER_S])[: PICTURES_PER_S * SECONDS]
    hello = {
        "type": "hello", "version": 1, "token": token(address), "movement": MOVEMENT, "camera": "camera",
        "from": "practise", "record": "landmarks",
    }  # fmt: skip
    with connect(
        f"{address.replace('http', 'ws')}/pose/ws", origin=Origin(address), max_size=None, compression=None,
        additional_headers=cookie(),
    ) as line:  # fmt: skip
        line.send(json.dumps(hello))
        welcome = json.loads(line.recv(60))
        seen = []
        for number, jpeg in enumerate(sent):
            line.send(struct.pack("<dI", number / PICTURES_PER_S, number) + jpeg)
            seen.append(json.loads(line.recv(60)))
        line.send(json.dumps({"type": "command", "name": "finish"}))
        summary = json.loads(line.recv(60))
    return {"welcome": welcome, "seen": seen, "summary": summary}


if __name__ == "__main__":
    main()
