"""Record a set in a process that can be killed: `recording_child.py MODE POSES WHAT`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from formcheck.core.movement.load import load_movement
from formcheck.drivers.live import recorder as recording
from formcheck.drivers.live.recorder import LiveRecorder
from formcheck.sources.pose_track import open_track

TRACK = Path(__file__).parents[2] / "data" / "hinge_good.parquet"
MODEL = {"name": "full", "sha256": "0" * 64}


def main() -> None:
    mode, count, what = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    recorder = LiveRecorder(mode, load_movement("hamstring_hinge_standing"), None, None, MODEL)
    jpeg = sys.stdin.buffer.read()
    for pose in list(open_track(TRACK))[:count]:
        recorder.add(pose, jpeg)
    if what == "judging":
        recording._judge_set = wait
    elif what == "drawing":
        recording._add_video = wait
    if what != "recording":
        recorder.keep()
    while what in {"judging", "drawing"} and recording.find_recording_stage(recorder.key) != what:
        time.sleep(0.01)
    sys.stdout.write(f"{recorder.key}\n")
    sys.stdout.flush()
    time.sleep(600)


def wait(*_: object) -> None:
    time.sleep(600)


if __name__ == "__main__":
    main()
