"""The progress of a batch is reliable and never blocks the run."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest
from rich.console import Console

from formcheck.drivers.batch import progress as progressing
from formcheck.drivers.batch.progress import BatchProgress, format_duration


class Clock:
    def __init__(self):
        self.now_s = 1000.0

    def monotonic(self):
        return self.now_s


@pytest.fixture
def time(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progressing, "time", clock)
    return clock


def lane(place, done=0, expected=0):
    return SimpleNamespace(job=SimpleNamespace(place=place), progress=(done, expected))


def workers(*lanes):
    return SimpleNamespace(count=len(lanes), watched=list(lanes))


def test_the_line_counts_recordings_frames_errors_and_the_rest(time):
    lanes = workers(lane("/in/a.mp4", done=50))
    progress = BatchProgress(4, 2, lanes)
    assert progress.line() == "0 of 4 recordings, 2 unchanged, 50000 frames/s, 0 errors"
    time.now_s += 10
    progress.add(250, failed=False)
    assert progress.line() == "1 of 4 recordings, 2 unchanged, 30 frames/s, 0 errors, 30 s left"
    lanes.watched[0].job = None
    time.now_s += 50
    progress.add(0, failed=True)
    assert progress.line() == "2 of 4 recordings, 2 unchanged, 4 frames/s, 1 error, 1 min 0 s left"
    time.now_s += 61
    progress.add(0, failed=True)
    assert "0 frames/s, 2 errors, 40 s left" in progress.line()


def test_plain_lines_come_every_ten_seconds_and_at_the_end(time, capsys):
    with BatchProgress(30, 0, workers()) as progress:
        for _ in range(30):
            time.now_s += 1
            progress.add(10, failed=False)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" recordings")[0] for line in lines] == [f"formcheck: {k} of 30" for k in (10, 20, 30)]


def test_stderr_that_is_shut_gone_or_not_there_stops_nothing(monkeypatch):
    class Gone(io.StringIO):
        def write(self, _):
            raise BrokenPipeError

    shut = io.StringIO()
    shut.close()
    for stream in (None, shut, Gone()):
        monkeypatch.setattr(sys, "stderr", stream)
        with BatchProgress(1, 0, workers()) as progress:
            progress.add(1, failed=False)
        assert progress.done == 1


def shown(progress):
    console = Console(file=io.StringIO(), width=100)
    console.print(progress.table())
    return console.file.getvalue().splitlines()


def test_table_has_a_line_for_each_worker_at_work():
    idle = SimpleNamespace(job=None, progress=(0, 0))
    head, first, third, total, *_ = shown(
        BatchProgress(9, 0, workers(lane("/in/a.mp4", 3, 40), idle, lane("https://h/b.mp4?sig=secret", 7)))
    )
    assert head.split() == ["worker", "recording", "frames"]
    assert first.split() == ["1", "a.mp4", "3/40"]
    assert third.split() == ["3", "b.mp4", "7/?"]
    assert total.split()[:3] == ["0", "of", "9"]


@pytest.mark.parametrize("name", ["[red]a[b].mp4", "two\nlines.mp4", "C:\\in\\a.mp4"])
def test_table_shows_names_as_they_are_on_one_line(name):
    _, line, *_ = shown(BatchProgress(1, 0, workers(lane(f"/in/{name}"))))
    assert line.split() == ["1", name.rpartition("\\")[2].replace("\n", "\\n"), "0/?"]


def test_a_recording_that_ends_during_drawing_is_left_out():
    class Ending:
        progress = (1, 2)
        asked = 0

        @property
        def job(self):
            self.asked += 1
            return SimpleNamespace(place="/in/a.mp4") if self.asked == 2 else None

    progress = BatchProgress(1, 0, workers(ending := Ending()))
    ending.asked = 1
    assert len(shown(progress)) > 1


def test_terminal_gets_the_live_table(monkeypatch, capsys):
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with BatchProgress(1, 0, workers(lane("/in/a.mp4"))) as progress:
        progress.add(1, failed=False)
        progress._live.refresh()
    assert "a.mp4" in terminal.getvalue()
    assert "formcheck: " not in terminal.getvalue()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 0 min"),
        (360_000, "100 h 0 min"),
    ],
)
def test_duration_is_read_at_a_glance(seconds, words):
    assert format_duration(seconds) == words
