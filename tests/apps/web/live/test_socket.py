"""The socket answers any message clearly, closes cleanly and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import socket as sockets
import struct
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest

pytest.importorskip("streamlit")

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from formcheck.apps.web import demonstrations
from formcheck.apps.web.access import tokens
from formcheck.apps.web.access.guard import DoorGuard
from formcheck.apps.web.access.owner import OwnerKey
from formcheck.apps.web.live import page, socket
from formcheck.apps.web.live import socket as live_socket
from formcheck.apps.web.live.session_pool import SessionPool
from formcheck.drivers.answers import answer
from formcheck.drivers.live import words
from formcheck.drivers.live.session import LiveSession

from ....drivers.live.conftest import Replay, claim_size_px, jpeg_of, track
from ...browsing import PATIENCE_S
from ...conftest import write_own_movement

HINGE = "hamstring_hinge_standing"
OWNER = OwnerKey("of-a-test")
COOKIE = {"Cookie": f"{OWNER.cookie_name}={OWNER.cookie_value}"}


class Server:
    """The live routes behind the guard, served for real; sessions see saved poses."""

    def __init__(self, most: int = 3) -> None:
        self.poses = track("hinge_good")
        self.opened: list[LiveSession] = []
        self.desk = SessionPool(self._open, most=most)
        with sockets.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        app = Starlette(routes=[*page.ROUTES, *live_socket.ROUTES], middleware=[Middleware(DoorGuard, owner=OWNER)])
        config = uvicorn.Config(
            app,
            port=self.port,
            log_level="error",
            ws_per_message_deflate=False,
            ws="websockets-sansio",
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def _open(self, request):
        session = LiveSession(request, Replay(iter(self.poses)))
        self.opened.append(session)
        return session

    def connect(self, *, token=None, origin=True, **options):
        address = f"127.0.0.1:{self.port}"
        return connect(
            f"ws://{address}{socket.SOCKET_PATH}", origin=f"http://{address}" if origin is True else origin,
            max_size=None, compression=None, legacy=True, additional_headers=COOKIE, **options,
        )  # fmt: skip


@contextmanager
def serving(most=3):
    one = Server(most)
    before, live_socket.LiveSessions.pool = live_socket.LiveSessions.pool, one.desk
    one.thread.start()
    try:
        while not one.server.started:
            time.sleep(0.01)
        yield one
    finally:
        one.server.should_exit = True
        one.thread.join(10)
        asyncio.run(one.desk.close())
        live_socket.LiveSessions.pool = before


@pytest.fixture(scope="module")
def shared():
    with serving() as one:
        yield one


@pytest.fixture
def server(shared):
    """The one server, with every seat free."""
    for seat in list(shared.desk._slots.values()):
        shared.desk._slots.pop(seat.id)
        seat.session.close()
    return shared


def hello(**changes):
    """Return a hello of a set that is practised; where it begins with a clip it is a demonstration."""
    return json.dumps({
        "type": "hello", "version": 1, "token": tokens.make_token(), "movement": HINGE, "camera": "camera",
        "from": "practise", **changes,
    })  # fmt: skip


@pytest.fixture(autouse=True)
def answered(tmp_path, monkeypatch):
    """A person who has answered the questions before first use with no."""
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "answered"))
    answer({f"R{n}": False for n in range(1, 14)}, datetime.now(UTC))


def greeted(server, sock=None, **changes):
    line = server.connect(sock=sock)
    line.send(hello(**changes))
    welcome = json.loads(line.recv(PATIENCE_S))
    assert welcome["type"] == "welcome", welcome
    return line, welcome


def picture(number, jpeg, time_s=None):
    return struct.pack("<dI", number / 15 if time_s is None else time_s, number) + jpeg


def ask(line, message):
    line.send(message)
    return json.loads(line.recv(PATIENCE_S))


def close_code(line):
    with pytest.raises(ConnectionClosed) as closed:
        line.recv(PATIENCE_S)
    return closed.value.rcvd.code


def test_pictures_are_answered_one_by_one(server, jpeg):
    line, _ = greeted(server)
    for number in range(20):
        reply = ask(line, picture(number, jpeg))
        assert (reply["type"], reply["frame"], reply["stage"]) == ("seen", number, "practise")
    assert ask(line, '{"type": "ping"}') == {"type": "pong"}
    line.close()


@pytest.mark.parametrize(
    "bad", ["10 MB", "text", "truncated", "1x1", "8000x8000", "bomb", "scans", "empty", "no header", "backwards"]
)
def test_bad_messages_get_a_clear_answer_and_the_session_goes_on(server, jpeg, bad):
    line, _ = greeted(server)
    assert ask(line, picture(5, jpeg))["type"] == "seen"
    messages = {
        "10 MB": (picture(6, b"\0" * 10_000_000), "too_big", "2000 kB"),
        "text": ("this is no JSON", "bad_message", "this is no JSON"),
        "truncated": (picture(6, jpeg[: len(jpeg) // 2]), "bad_picture", "an incomplete one"),
        "1x1": (picture(6, jpeg_of(1, 1)), "bad_picture", "1×1"),
        "8000x8000": (picture(6, jpeg_of(8000, 8000)), "bad_picture", "8000×8000"),
        "bomb": (picture(6, claim_size_px(jpeg, 30_000)), "bad_picture", "30000×30000"),
        "scans": (picture(6, jpeg[:-2] + b"\xff\xda" * 200 + b"\xff\xd9"), "bad_picture", "201 scans"),
        "empty": (b"", "bad_picture", "0 bytes"),
        "no header": (b"abc", "bad_picture", "3 bytes"),
        "backwards": (picture(6, jpeg, time_s=0.1), "bad_picture", "increasing times"),
    }
    message, code, words = messages[bad]
    reply = ask(line, message)
    assert (reply["type"], reply["code"]) == ("error", code)
    assert words in reply["text"]
    assert reply["frame"] == (None if bad in {"text", "empty", "no header"} else 6)
    assert ask(line, picture(7, jpeg))["type"] == "seen"
    line.close()


BAD_HELLOS = {
    "guessed token": lambda: hello(token="guessed"),
    "no JSON": lambda: "no JSON",
    "a list": lambda: "[]",
    "a ping": lambda: '{"type": "ping"}',
    "no such movement": lambda: hello(movement="no_such_movement"),
    "another version": lambda: hello(version=2),
    "bytes": lambda: b"\0\0",
    "a set that does not exist": lambda: hello(carried={"movement": "x" * 100}),
    "very deep": lambda: '{"type":' * 50_000,
}


@pytest.mark.parametrize("first", list(BAD_HELLOS))
def test_who_does_not_greet_properly_is_shown_out(server, first):
    with server.connect() as line:
        line.send(BAD_HELLOS[first]())
        bye = json.loads(line.recv(PATIENCE_S))
        assert bye["type"] == "bye"
        assert bye["text"]
        assert close_code(line) == socket.CODES[bye["code"]]
    assert len(server.desk) == 0


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://127.0.0.1:1", "null"])
def test_a_page_of_another_origin_is_not_let_in(server, origin):
    with pytest.raises(InvalidStatus), server.connect(origin=origin):
        pass


def test_a_session_waits_for_a_page_that_comes_back(server, jpeg):
    line, first = greeted(server)
    for number in range(100):
        held = ask(line, picture(number, jpeg))["practise"]["hold"]
    line.close()
    line, again = greeted(server, session=first["session"])
    assert again["resumed"] is True
    assert ask(line, picture(101, jpeg))["practise"]["hold"]["valid_s"] >= held["valid_s"] > 0
    line.close()
    assert len(server.desk) == 1


def test_a_session_that_is_gone_goes_on_from_what_the_page_knows(server, jpeg):
    carried = {"movement": HINGE, "spent_s": 9.0, "repetitions": [{"valid_s": 7.0, "total_s": 8.0, "side": "right"}]}
    line, welcome = greeted(server, session="gone", carried=carried)
    assert welcome["resumed"] is False
    assert ask(line, picture(1, jpeg))["practise"]["repetition"]["done"] == 1
    line.close()


def test_the_newest_page_of_a_session_wins(server, jpeg):
    old, first = greeted(server)
    new, again = greeted(server, session=first["session"])
    assert again["session"] == first["session"]
    assert json.loads(old.recv(PATIENCE_S))["code"] == "taken_over"
    assert close_code(old) == socket.CODES["taken_over"]
    assert ask(new, picture(3, jpeg))["type"] == "seen"
    new.close()


def test_one_client_too_many_is_informed_and_enters_later(server, jpeg):
    lines = [greeted(server)[0] for _ in range(3)]
    with server.connect() as fourth:
        fourth.send(hello())
        full = json.loads(fourth.recv(PATIENCE_S))
        assert (full["type"], "3 people" in full["text"]) == ("full", True)
        assert json.loads(fourth.recv(PATIENCE_S))["type"] == "bye"
        assert close_code(fourth) == socket.CODES["full"]
    lines[0].close()
    until(lambda: sum(seat.taken is None for seat in server.desk._slots.values()) == 1)
    line, _ = greeted(server)
    for one in (*lines[1:], line):
        assert ask(one, picture(9, jpeg))["type"] == "seen"
        one.close()


def test_three_pages_share_fairly(server, jpeg):
    lines = [greeted(server)[0] for _ in range(3)]
    counts = [0, 0, 0]

    def drive(index):
        while max(counts) < 100:
            ask(lines[index], picture(counts[index], jpeg))
            counts[index] += 1

    threads = [threading.Thread(target=drive, args=(index,)) for index in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(counts) > 0.7 * max(counts)
    for line in lines:
        line.close()


def test_hundreds_of_connects_and_drops_leave_nothing_behind(server, jpeg):
    line, first = greeted(server)
    line.close()
    for number in range(300):
        one = server.connect()
        with suppress(ConnectionClosed):  # shown out already
            if number % 3:
                one.send(hello(session=first["session"]) if number % 3 == 1 else "nonsense")
            if number % 10 == 1:
                one.send(picture(1000 + number, jpeg))
        one.socket.close()  # dropped, not closed
    until(lambda: len(server.desk) == 1 and all(seat.taken is None for seat in server.desk._slots.values()))
    until(lambda: sum(not session._sight.closed for session in server.opened) == 1)

    def is_seen():
        line, again = greeted(server, session=first["session"])
        assert again["resumed"] is True
        answer = ask(line, picture(9000, jpeg))
        line.close()
        # a dropped line whose hello was still to be read may take the session over once more
        assert answer["type"] == "seen" or answer["code"] == "taken_over", answer
        return answer["type"] == "seen"

    until(is_seen)
    until(lambda: len(lines_left()) == 0)


def lines_left():
    """Return the connections that are still in memory."""
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, live_socket.Connection)]


def test_a_client_that_does_not_read_is_dropped_others_served(server, jpeg, monkeypatch):
    monkeypatch.setattr(live_socket, "SEND_S", 0.5)
    for listening in (one for each in server.server.servers for one in each.sockets):
        listening.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, 4096)  # else thousands of replies fit into it
    small = sockets.socket()
    small.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    small.connect(("127.0.0.1", server.port))
    line, _ = greeted(server, sock=small)
    threading.Thread(target=send_on_and_on, args=(line, jpeg), daemon=True).start()
    until(lambda: all(seat.taken is None for seat in server.desk._slots.values()))
    other, _ = greeted(server)
    assert ask(other, picture(0, jpeg))["type"] == "seen"
    other.close()
    small.shutdown(sockets.SHUT_RDWR)  # else a thread that reads from it keeps it open
    small.close()


def send_on_and_on(line, jpeg):
    """Send without ever reading, until the line ends."""
    with suppress(ConnectionClosed, OSError, TimeoutError):
        for number in range(100_000):
            line.send(picture(number, jpeg))


def test_silence_is_ended_and_the_session_is_kept(server, jpeg, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(live_socket, "IDLE_S", 0.3)
        line, first = greeted(server)
        bye = json.loads(line.recv(PATIENCE_S))
        assert bye["code"] == "idle"
        assert close_code(line) == socket.CODES["idle"]
    line, again = greeted(server, session=first["session"])
    assert again["resumed"] is True
    line.close()


def let_pass(server, seconds):
    """Be as long after the last use of each session as if this time had passed."""
    for seat in server.desk._slots.values():
        seat.used_s -= seconds


def test_a_page_that_only_pings_loses_its_session(server, jpeg):
    line, first = greeted(server)
    reply = ask(line, picture(0, jpeg))
    let_pass(server, 0.6 * live_socket.UNUSED_S)
    assert ask(line, '{"type": "ping"}')["type"] == "pong"
    ask(line, picture(1, jpeg))  # a picture is use
    let_pass(server, 0.6 * live_socket.UNUSED_S)
    assert ask(line, '{"type": "ping"}')["type"] == "pong"
    let_pass(server, 0.6 * live_socket.UNUSED_S)
    bye = ask(line, '{"type": "ping"}')
    assert (bye["code"], bye["text"]) == ("away", words.AWAY)
    assert close_code(line) == socket.CODES["away"]
    until(lambda: len(server.desk) == 0)
    until(lambda: server.opened[-1]._sight.closed)  # the set goes into the history first
    line, again = greeted(server, session=first["session"], carried=reply["carried"])
    assert again["resumed"] is False
    assert ask(line, picture(2, jpeg))["type"] == "seen"
    line.close()


def test_coming_back_does_not_keep_an_unused_session_for_ever(server, jpeg):
    line, first = greeted(server)
    ask(line, picture(0, jpeg))
    line.close()
    let_pass(server, live_socket.UNUSED_S)
    line, again = greeted(server, session=first["session"])
    assert again["resumed"] is True
    assert ask(line, '{"type": "ping"}')["code"] == "away"
    line.close()
    until(lambda: len(server.desk) == 0)


def test_nobody_comes_back_and_the_place_is_free(monkeypatch):
    with serving(most=1) as server:
        line, _ = greeted(server)
        line.close()
        until(lambda: all(seat.taken is None for seat in server.desk._slots.values()))
        monkeypatch.setattr("formcheck.apps.web.live.session_pool.KEEP_S", 0.0)
        line, _ = greeted(server)
        until(lambda: server.opened[0]._sight.closed)
        line.close()


@pytest.mark.parametrize(
    ("answers", "movement", "words"),
    [
        (None, HINGE, "answer a few questions"),
        ({"R1": True}, HINGE, "urgent care"),
        ({"R12": True}, "plough", "because you said: pregnancy"),
        ({"R8": True}, "partial_crunch", "because you said: pain, tingling"),
        ({"R8": True}, "hamstring_doorway_supine", "because you said: pain, tingling"),
        ({"R8": True}, "figure_four_supine", "because you said: pain, tingling"),
    ],
)
def test_the_camera_waits_for_the_questions_whatever_a_page_says(
    server, tmp_path, monkeypatch, answers, movement, words
):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    if answers is not None:
        answer({**{f"R{n}": False for n in range(1, 14)}, **answers}, datetime.now(UTC))
    with server.connect() as line:
        line.send(hello(movement=movement))
        bye = json.loads(line.recv(PATIENCE_S))
        assert (bye["code"], words in bye["text"]) == ("locked", True)
        assert close_code(line) == socket.CODES["locked"]
    line, _ = greeted(server, movement=movement, camera="sample")  # a clip may be watched all the same
    line.close()


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The answers of a person who said no to everything; the gate is asked for real."""
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    answer({f"R{n}": False for n in range(1, 14)}, datetime.now(UTC))
    return lambda: json.loads((tmp_path / "screening.json").read_text("utf-8"))


def test_an_own_movement_is_practised_as_its_file_allows(server, kept, jpeg, tmp_path):
    with server.connect() as line:
        line.send(hello(movement="wall_bow"))
        assert json.loads(line.recv(PATIENCE_S))["code"] == "message"
    write_own_movement(tmp_path / "movements")
    line, _ = greeted(server, movement="wall_bow")
    assert ask(line, picture(0, jpeg))["type"] == "seen"
    assert server.opened[-1].movement.name == "Wall bow"
    line.close()
    answer({f"R{n}": n == 8 for n in range(1, 14)}, datetime.now(UTC))
    with server.connect() as line:
        line.send(hello(movement="wall_bow"))
        assert json.loads(line.recv(PATIENCE_S))["code"] == "locked"


def test_the_page_offers_own_movements(kept, tmp_path):
    write_own_movement(tmp_path / "movements")
    write_own_movement(tmp_path / "movements", "nod", more="odd = 1\n")
    visitor = TestClient(Starlette(routes=[*page.ROUTES, *demonstrations.ROUTES]), base_url="http://127.0.0.1")
    (config,) = re.findall(r'id="config">(.*?)</script>', visitor.get("/practise?movement=wall_bow").text)
    config = json.loads(config)
    *_, own = config["movements"]
    assert (config["movement"], own["id"], own["name"], own["picture_url"]) == (
        "wall_bow", "wall_bow", "Wall bow (own)", "",
    )  # fmt: skip
    assert visitor.get(own["drawing_url"]).status_code == 200
    assert visitor.get("/demonstrations/nod.svg").status_code == 404
    assert "nod" not in {one["id"] for one in config["movements"]}


def test_pain_is_kept_although_the_page_closes_right_then(server, kept, jpeg):
    line, _ = greeted(server)
    line.send(picture(0, jpeg))  # it is analysed while the command comes
    line.send('{"type": "command", "name": "pain"}')
    line.close()
    until(lambda: [one["movement"] for one in kept()["pains"]] == [HINGE])


def test_pain_waits_for_its_thread_although_the_page_is_gone(server, kept, jpeg):
    """All threads for such work are busy as the page closes."""
    line, _ = greeted(server)
    loop, free = server.server.servers[0].get_loop(), threading.Event()
    for _ in range(64):
        loop.call_soon_threadsafe(loop.run_in_executor, None, free.wait)
    try:
        line.send(picture(0, jpeg))
        line.send('{"type": "command", "name": "pain"}')
        line.close()
        until(lambda: all(slot.taken is None for slot in server.desk._slots.values()))
    finally:
        free.set()
    until(lambda: [one["movement"] for one in kept()["pains"]] == [HINGE])


def test_after_pain_a_set_shows_what_was_done_and_does_not_go_on(server, kept, jpeg):
    line, welcome = greeted(server)
    ask(line, picture(0, jpeg))
    line.send('{"type": "command", "name": "pain"}')
    until(lambda: kept()["pains"])
    until(lambda: server.opened[-1].stage == "paused")
    line.close()
    line, again = greeted(server, session=welcome["session"])  # the line broke, or another tab
    assert again["resumed"]
    line.send('{"type": "command", "name": "resume"}')
    bye = json.loads(line.recv(PATIENCE_S))
    assert (bye["code"], "how it is today" in bye["text"]) == ("locked", True)
    with server.connect() as other:
        other.send(hello())
        assert json.loads(other.recv(PATIENCE_S))["code"] == "locked"
    line, _ = greeted(server, session=welcome["session"])
    assert ask(line, '{"type": "command", "name": "finish"}')["type"] == "summary"
    line.close()


def test_pain_during_a_clip_is_nobodys_pain(server, kept):
    line, _ = greeted(server, camera="sample", **{"from": "setup"})
    line.send('{"type": "command", "name": "pain"}')
    assert ask(line, '{"type": "ping"}')["type"] == "pong"
    assert kept()["pains"] == []
    line.close()


def test_answers_that_changed_meanwhile_end_an_old_tab(server, kept, jpeg):
    line, _ = greeted(server)
    ask(line, picture(0, jpeg))
    answer({f"R{n}": n == 8 for n in range(1, 14)}, datetime.now(UTC))
    line.send('{"type": "command", "name": "restart"}')
    assert json.loads(line.recv(PATIENCE_S))["code"] == "locked"


def test_a_demonstration_and_a_finished_set_are_not_kept(server, jpeg):
    for last, changes in (('{"type": "ping"}', {"camera": "sample"}), ('{"type": "command", "name": "finish"}', {})):
        line, _ = greeted(server, **changes)
        ask(line, picture(0, jpeg))
        ask(line, last)
        line.close()
        until(lambda: len(server.desk) == 0)


def test_a_set_that_ends_sends_its_summary(server, jpeg):
    line, _ = greeted(server)
    ask(line, picture(0, jpeg))
    summary = ask(line, '{"type": "command", "name": "finish"}')
    assert (summary["type"], summary["repetitions"]) == ("summary", {"done": 0, "of": 2})
    line.close()


def until(true, seconds=PATIENCE_S):
    end_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end_s, "waited in vain"
        time.sleep(0.02)
