"""The pose engine of a process: opened on first use, shared, closed once."""

from __future__ import annotations

import threading
import time

import pytest

from formcheck.core.errors import BackendError
from formcheck.drivers.recording import process_engine
from formcheck.drivers.recording.process_engine import ProcessEngine, describe_model
from formcheck.sources.pose.engine import EngineChoice
from formcheck.sources.pose.models import PoseModel


class Engine:
    """Stands in for an open engine."""

    name, model = "direct", PoseModel("mine.task", "a" * 64, b"", b"")

    def __init__(self):
        self.followed, self.closed = [], 0

    def follow(self, **options):
        self.followed.append(options)
        return options

    def close(self):
        self.closed += 1


@pytest.fixture
def opened(monkeypatch):
    """Open engines without networks; return the requests and the engines."""
    asked, engines = [], []

    def open_engine(engine, pose_model, *, threads):
        time.sleep(0.05)
        asked.append((engine, pose_model, threads))
        engines.append(Engine())
        return engines[-1]

    monkeypatch.setattr(process_engine, "open_engine", open_engine)
    monkeypatch.setattr(process_engine, "choose_engine", lambda wanted: EngineChoice("openvino", "for the test"))
    monkeypatch.setattr(process_engine, "find_runtime_version", lambda name: f"{name} 1.0")
    return asked, engines


def test_nothing_is_opened_before_a_picture_is_to_be_seen(opened):
    asked, _ = opened
    with ProcessEngine("openvino", "lite") as engine:
        assert engine.name == "openvino"
        assert engine.identity == "lite openvino openvino 1.0"
    assert asked == []


def test_recordings_share_one_engine(opened):
    asked, engines = opened
    with ProcessEngine("auto", "mine.task", threads=1) as engine:
        assert engine.follow(still=True) == {"still": True, "choose": None, "size_px": None}
        engine.follow(size_px=(640, 480))
        assert engine.load() is engines[0]
        assert engine.name == "direct"  # what was opened, not what would be
    assert asked == [("auto", "mine.task", 1)]
    assert [one.closed for one in engines] == [1]


def test_many_threads_open_it_once(opened):
    asked, _ = opened
    engine = ProcessEngine()
    threads = [threading.Thread(target=engine.load) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == [("auto", "full", None)]


def test_closed_engine_opens_again_when_it_is_needed(opened):
    asked, engines = opened
    engine = ProcessEngine()
    engine.close()
    engine.load()
    engine.close()
    engine.close()
    engine.load()
    assert len(asked) == 2
    assert [one.closed for one in engines] == [1, 0]


def test_results_name_the_networks_and_the_runtime(opened):
    record = {"name": "mine.task", "sha256": "a" * 64, "engine": "direct", "runtime": "direct 1.0"}
    assert ProcessEngine("auto", "some/where/mine.task").record() == record
    assert describe_model("mine.task", "a" * 64, "direct") == record


def test_engine_that_cannot_be_opened_is_tried_again(opened, monkeypatch):
    engine, honest = ProcessEngine(), process_engine.open_engine

    def fails(*_, **__):
        raise BackendError("connect to the network once")

    monkeypatch.setattr(process_engine, "open_engine", fails)
    with pytest.raises(BackendError, match="connect to the network once"):
        engine.load()
    monkeypatch.setattr(process_engine, "open_engine", honest)
    assert engine.load().name == "direct"
