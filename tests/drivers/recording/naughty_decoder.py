"""A child that decodes as `decode_child.py` does, until it misbehaves as its first argument says."""

from __future__ import annotations

import os
import signal
import sys
import time

from formcheck.drivers.recording import decode_child

GOOD_FRAMES = 5


def spin():
    while True:
        pass


def eat():
    hoard = []
    while True:
        hoard.append(bytearray(os.urandom(1 << 20) * 16))


DEEDS = {
    "crashes": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "spins": spin,
    "eats": eat,
    "sleeps": lambda: time.sleep(600),
    "fails": lambda: {}["a fault of ours"],
    "babbles": lambda: os.write(OUT, b"?" * 4096) and os._exit(0),
}


def misbehave(what: str, *, at_once: bool) -> None:
    send_frame, sent = decode_child._send_frame, []

    def send_some(out, frame):
        sent.append(frame.index)
        if at_once or len(sent) > GOOD_FRAMES:
            DEEDS[what]()
        send_frame(out, frame)

    decode_child._send_frame = send_some
    if at_once:
        decode_child.describe_video = lambda video: DEEDS[what]()


if __name__ == "__main__":
    deed, moment = sys.argv[1:3]
    OUT = os.dup(sys.stdout.fileno())
    decode_child.MOST_CPU_S = 2
    misbehave(deed, at_once=moment == "at once")
    decode_child.main()
