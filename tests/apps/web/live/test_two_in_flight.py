"""Two pictures at once: one is analysed, the next is decoded and waits; answers stay in order, old ones are dropped."""

from __future__ import annotations

import json
import threading

import pytest

pytest.importorskip("streamlit")

from formcheck.apps.web.live import session_pool
from formcheck.drivers.live import words

from ....drivers.live.conftest import Replay, jpeg_of
from ...browsing import PATIENCE_S
from .test_socket import answered, ask, greeted, picture, server, shared, until  # noqa: F401 - fixtures


class Gate:
    """Lets each look through only on request; records which picture is analysed."""

    def __init__(self, monkeypatch):
        self.open, self.looking = threading.Semaphore(0), threading.Event()
        self.seen = []
        estimate = Replay.estimate

        def wait(replay, frame):
            self.seen.append(round(frame.time_s * 15))
            self.looking.set()
            assert self.open.acquire(timeout=PATIENCE_S)
            return estimate(replay, frame)

        monkeypatch.setattr(Replay, "estimate", wait)

    def let(self, looks=1):
        for _ in range(looks):
            self.open.release()


@pytest.fixture
def gate(monkeypatch):
    return Gate(monkeypatch)


@pytest.fixture
def decodings(monkeypatch):
    """Note when a picture is decoded ahead."""
    done, before = [], session_pool.decode_picture

    def note(jpeg):
        image = before(jpeg)
        done.append(image.shape[1::-1])
        return image

    monkeypatch.setattr(session_pool, "decode_picture", note)
    return done


def answer_of(line):
    reply = json.loads(line.recv(PATIENCE_S))
    return reply["type"], reply.get("code"), reply.get("frame")


def test_the_second_picture_is_decoded_during_the_first(server, jpeg, gate, decodings):  # noqa: F811
    line, _ = greeted(server)
    line.send(picture(1, jpeg))
    assert gate.looking.wait(PATIENCE_S)
    assert decodings == []  # the first goes straight to the model
    line.send(picture(2, jpeg))
    until(lambda: decodings == [(640, 480)])
    assert gate.seen == [1]
    gate.let(2)
    assert [answer_of(line), answer_of(line)] == [("seen", None, 1), ("seen", None, 2)]
    line.close()


def test_a_third_takes_the_place_of_the_one_that_waits(server, jpeg, gate):  # noqa: F811
    line, _ = greeted(server)
    line.send(picture(1, jpeg))
    assert gate.looking.wait(PATIENCE_S)
    for number in (2, 3, 4):
        line.send(picture(number, jpeg))
    assert ask_quietly(line, server)
    gate.let(2)
    answers = [answer_of(line) for _ in range(4)]
    assert answers == [("seen", None, 1), ("error", "overtaken", 2), ("error", "overtaken", 3), ("seen", None, 4)]
    assert gate.seen == [1, 4]
    gate.let()
    assert ask(line, picture(5, jpeg))["frame"] == 5
    line.close()


def ask_quietly(line, server):  # noqa: F811
    """Wait until the server has read all that was sent."""
    (seat,) = server.desk._slots.values()
    until(lambda: len(seat.taken._inbox._waiting) == 3)
    return True


def test_commands_keep_their_place_between_pictures(server, jpeg, gate):  # noqa: F811
    line, _ = greeted(server)
    line.send(picture(1, jpeg))
    assert gate.looking.wait(PATIENCE_S)
    line.send('{"type": "command", "name": "pause"}')
    line.send(picture(2, jpeg))
    line.send('{"type": "ping"}')
    gate.let(2)  # in a break, only hands are looked at
    replies = [json.loads(line.recv(PATIENCE_S)) for _ in range(3)]
    assert [(one["type"], one.get("frame"), one.get("stage")) for one in replies] == [
        ("seen", 1, "practise"), ("seen", 2, "paused"), ("pong", None, None)
    ]  # fmt: skip
    assert gate.seen == [1, 2]
    line.close()


@pytest.mark.parametrize(
    ("bad", "code"), [(b"no picture", "bad_picture"), (jpeg_of(1, 1), "bad_picture"), (b"\0" * 3_000_000, "too_big")]
)
def test_a_bad_picture_that_waited_is_answered_in_its_turn(server, jpeg, gate, bad, code):  # noqa: F811
    line, _ = greeted(server)
    line.send(picture(1, jpeg))
    assert gate.looking.wait(PATIENCE_S)
    line.send(picture(2, bad))
    gate.let(2)
    assert [answer_of(line), answer_of(line)] == [("seen", None, 1), ("error", code, 2)]
    assert ask(line, picture(3, jpeg))["frame"] == 3
    line.close()


def test_who_leaves_while_a_picture_waits_leaves_nothing_behind(server, jpeg, gate):  # noqa: F811
    line, _ = greeted(server)
    line.send(picture(1, jpeg))
    assert gate.looking.wait(PATIENCE_S)
    line.send(picture(2, jpeg))
    line.close()
    gate.let(2)
    until(lambda: all(seat.taken is None for seat in server.desk._slots.values()))
    assert gate.seen in ([1], [1, 2])


def test_the_page_knows_what_overtaken_means():
    assert "newer picture" in words.OVERTAKEN
