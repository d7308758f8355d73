"""Items arrive in order from another thread, errors too, and no thread is left."""

from __future__ import annotations

import threading
import time

import av
import numpy as np
import pytest

from formcheck.sources.prefetch import prefetch
from formcheck.sources.video import open_video


@pytest.fixture(autouse=True)
def no_thread_stays():
    yield
    assert not [t for t in threading.enumerate() if t.name == "formcheck-prefetch"]


@pytest.mark.parametrize("size", [1, 2, 50])
def test_items_come_in_order(size):
    assert list(prefetch(range(100), size)) == list(range(100))


def test_nothing_comes_out_of_nothing():
    assert list(prefetch([])) == []


def test_items_are_made_in_another_thread_ahead_of_time():
    made = []

    def source():
        for k in range(10):
            made.append((k, threading.current_thread().name))
            yield k

    items = prefetch(source(), 3)
    assert next(items) == 0
    deadline = time.monotonic() + 60
    while len(made) < 4 and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(0.02)
    assert [k for k, _ in made] == [0, 1, 2, 3]
    assert {name for _, name in made} == {"formcheck-prefetch"}
    items.close()


def test_error_of_the_source_comes_after_the_items_before_it():
    def source():
        yield 1
        raise OSError("the drive went away")

    items = prefetch(source())
    assert next(items) == 1
    with pytest.raises(OSError, match="the drive went away"):
        next(items)


def test_error_of_what_cannot_be_iterated_reaches_the_consumer():
    with pytest.raises(TypeError, match="not iterable"):
        list(prefetch(5))


def test_source_is_closed_where_the_consumer_stops_early():
    closed = []

    def endless():
        try:
            while True:
                yield 0
        finally:
            closed.append(threading.current_thread().name)

    for _ in prefetch(endless(), 2):
        break
    assert closed == ["formcheck-prefetch"]


def test_interrupt_ends_the_thread():
    def consume():
        for item in prefetch(iter(int, 1), 2):
            if item == 0:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        consume()


def test_generator_that_is_never_asked_starts_nothing():
    items = prefetch(range(3))
    assert not [t for t in threading.enumerate() if t.name == "formcheck-prefetch"]
    del items


@pytest.mark.parametrize("size", [0, -1])
def test_size_below_one_is_refused(size):
    with pytest.raises(ValueError, match=f"size: expected at least 1, got {size}"):
        prefetch([], size)


def test_recording_may_be_closed_while_frames_are_decoded_ahead(tmp_path):
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for _ in range(60):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((480, 640, 3), np.uint8), "rgb24")))
        out.mux(stream.encode(None))
    with open_video(path) as video:
        frames = prefetch(video)
        assert next(frames).index == 0
    assert len(list(frames)) < 60
