"""Checks run next to the page: shared, stopped, and without disturbing each other."""

from __future__ import annotations

import threading
from typing import Any

from formcheck.apps.web.jobs import JobBook
from formcheck.core.errors import SourceError

from ..conftest import wait_until


def test_two_equal_requests_are_one_job_and_one_may_be_cancelled():
    book, go = JobBook(workers=1), threading.Event()
    job = book.start("k", "bow.mp4", lambda progress: until_stopped(progress, go))
    assert book.start("k", "bow.mp4", lambda progress: None) is job
    assert book.find("k", "one") is book.find("k", "two") is job
    book.leave("k", "one")
    threading.Event().wait(0.1)
    assert not job.over
    book.leave("k", "two")
    wait_until(lambda: job.over)
    assert job.state == "stopped"
    book.stop_all()


def test_two_recordings_do_not_disturb_each_other():
    book, go = JobBook(workers=2), threading.Event()
    long = book.start("long", "long.mp4", lambda progress: until_stopped(progress, go))
    bad = book.start("bad", "bad.mp4", fail)
    wait_until(lambda: bad.over)
    assert (bad.state, str(bad.error)) == ("failed", "no pictures in it")
    assert not long.over
    go.set()
    wait_until(lambda: long.over)
    assert long.state == "finished"
    book.stop_all()


def test_closing_the_app_stops_what_runs():
    book = JobBook(workers=1)
    job = book.start("k", "bow.mp4", lambda progress: until_stopped(progress, threading.Event()))
    book.stop_all()
    wait_until(lambda: job.over)
    assert job.state == "stopped"


def until_stopped(progress: Any, go: threading.Event) -> None:
    done = 0
    while not go.wait(0.01):
        progress(done := done + 1, 1000)


def fail(_progress: Any) -> None:
    raise SourceError("no pictures in it")
