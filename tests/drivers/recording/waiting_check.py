"""Run `formcheck` and wait to be killed at a moment: `waiting_check.py MOMENT WORDS…`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from formcheck.drivers import atomic_files
from formcheck.drivers.recording import auto
from formcheck.drivers.recording.kept_poses import KeptPoses
from formcheck.sinks.frame_table import FrameTable

ROWS = 5


def wait(*_):
    sys.stdout.write("waiting\n")
    sys.stdout.flush()
    time.sleep(600)


def wait_after(function, times):
    calls = []

    def counted(*args, **options):
        result = function(*args, **options)
        calls.append(1)
        if len(calls) == times:
            wait()
        return result

    return counted


def main() -> None:
    moment, *words = sys.argv[1:]
    KeptPoses.__init__.__kwdefaults__["most_in_memory"] = ROWS
    if moment == "poses kept":
        auto.Recogniser.find_span = wait
    elif moment == "half judged":
        FrameTable.write = wait_after(FrameTable.write, ROWS)
    elif moment == "all written":
        atomic_files._publish = wait
    elif moment == "half moved":
        Path.replace = wait_after(Path.replace, 2)
    sys.argv = ["formcheck", *words]
    from formcheck.apps.cli import main as run

    run()


if __name__ == "__main__":
    main()
