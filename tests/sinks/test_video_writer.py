"""Films that a browser plays, with the given times, complete or absent."""

from __future__ import annotations

import errno

import av
import numpy as np
import pytest

from formcheck.core.errors import StoreError
from formcheck.sinks import video_writer
from formcheck.sinks.video_writer import VideoWriter

RED = (200, 30, 40)


def picture(width=96, height=64):
    image = np.zeros((height, width, 3), np.uint8)
    image[:] = RED
    return image


def write(path, times_s, size_px=(96, 64), **options):
    with VideoWriter(path, fps=30, size_px=size_px, **options) as writer:
        for time_s in times_s:
            writer.write(picture(*size_px), time_s)


def read(path):
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        return stream, [(f.time, f.to_ndarray(format="rgb24")) for f in source.decode(stream)]


def test_film_is_what_browsers_play(tmp_path):
    write(tmp_path / "out.mp4", [k / 30 for k in range(5)])
    stream, _ = read(tmp_path / "out.mp4")
    assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_times_are_kept_as_they_were_given(tmp_path):
    times_s = [0.0, 0.04, 0.1, 0.5, 0.51]
    write(tmp_path / "out.mp4", times_s)
    assert [t for t, _ in read(tmp_path / "out.mp4")[1]] == pytest.approx(times_s, abs=1e-4)


def test_times_that_do_not_rise_are_moved_on(tmp_path):
    write(tmp_path / "out.mp4", [0.1, 0.1, 0.05, 0.2])
    times_s = [t for t, _ in read(tmp_path / "out.mp4")[1]]
    assert times_s == pytest.approx([0.1, 0.1, 0.1, 0.2], abs=1e-3)
    assert all(np.diff(times_s) > 0)


@pytest.mark.parametrize(
    ("size_px", "film_px"),
    [
        pytest.param((96, 64), (96, 64), id="even sizes stay"),
        pytest.param((97, 63), (98, 64), id="odd sizes are padded"),
        pytest.param((97, 64), (98, 64), id="an odd width is padded"),
        pytest.param((1920, 1080), (1280, 720), id="large ones are scaled down"),
        pytest.param((719, 1283), (718, 1280), id="portrait, scaled to even sizes"),
    ],
)
def test_size_and_colour_of_the_film(tmp_path, size_px, film_px):
    write(tmp_path / "out.mp4", [0.0, 0.1], size_px)
    image = read(tmp_path / "out.mp4")[1][0][1]
    assert image.shape[1::-1] == film_px
    for pixel in (image[0, 0], image[-1, -1]):
        assert np.all(np.abs(pixel.astype(int) - RED) <= 6)


def test_picture_of_another_size_is_fitted(tmp_path):
    with VideoWriter(tmp_path / "out.mp4", fps=30, size_px=(96, 64)) as writer:
        writer.write(picture(48, 32)[:, ::-1], 0.0)
    assert read(tmp_path / "out.mp4")[1][0][1].shape == (64, 96, 3)


def test_film_that_was_there_stays_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / "out.mp4"
    path.write_bytes(b"old")
    with VideoWriter(path, fps=30, size_px=(96, 64)) as writer:
        writer.write(picture(), 0.0)
        assert path.read_bytes() == b"old"
    assert path.read_bytes() != b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_after_a_failure(tmp_path, failure):
    def times_s():
        yield 0.0
        raise failure

    with pytest.raises(failure):
        write(tmp_path / "out.mp4", times_s())
    assert list(tmp_path.iterdir()) == []


def test_film_without_a_picture_is_refused(tmp_path):
    with pytest.raises(StoreError, match=r"^out\.mp4: expected at least one picture to write, got none"):
        VideoWriter(tmp_path / "out.mp4", fps=30, size_px=(96, 64)).close()
    assert list(tmp_path.iterdir()) == []


class FullDisk:
    """A container on a disk without room."""

    def __init__(self, container, code=errno.ENOSPC):
        self._container, self._code = container, code

    def mux(self, packets):
        raise av.error.OSError(self._code, "No space left on device")

    def close(self):
        self._container.close()


@pytest.mark.parametrize("fails_at", ["write", "close"])
def test_full_disk_is_reported_and_nothing_is_left(tmp_path, fails_at):
    writer = VideoWriter(tmp_path / "out.mp4", fps=30, size_px=(96, 64))
    if fails_at == "close":
        writer.write(picture(), 0.0)
    writer._container = FullDisk(writer._container)
    with pytest.raises(StoreError) as caught:
        writer.write(picture(), 0.1) if fails_at == "write" else writer.close()
    assert str(caught.value) == "out.mp4: the disk is full while writing out.mp4; free 20 MB and run again"
    assert list(tmp_path.iterdir()) == []


def test_other_failure_of_the_disk_is_reported(tmp_path):
    writer = VideoWriter(tmp_path / "out.mp4", fps=30, size_px=(96, 64))
    writer._container = FullDisk(writer._container, errno.EIO)
    with pytest.raises(
        StoreError, match=r"^out\.mp4: expected to write a video, got: .*; check the disk and run again$"
    ):
        writer.write(picture(), 0.0)
    assert list(tmp_path.iterdir()) == []


def test_missing_folder_is_reported(tmp_path):
    with pytest.raises(StoreError) as caught:
        VideoWriter(tmp_path / "no" / "out.mp4", fps=30, size_px=(96, 64))
    folder = tmp_path / "no"
    assert str(caught.value) == (
        f"out.mp4: expected a folder to write into, got {folder}, which does not exist; create it first"
    )


def test_folder_that_may_not_be_written_is_reported(tmp_path, monkeypatch):
    def denied(*_, **__):
        raise av.error.PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(video_writer.av, "open", denied)
    with pytest.raises(StoreError, match=r"^out\.mp4: expected a folder with write permission, got .*; pick another"):
        VideoWriter(tmp_path / "out.mp4", fps=30, size_px=(96, 64))


def test_folder_as_target_is_refused(tmp_path):
    with pytest.raises(StoreError, match="expected a file name, got a folder; name a file such as out"):
        VideoWriter(tmp_path, fps=30, size_px=(96, 64))


def test_next_encoder_is_taken_where_the_first_is_missing(monkeypatch):
    monkeypatch.setattr(video_writer, "ENCODERS", {"no_such_encoder": {}, "aac": {}, "libx264": {}})
    assert video_writer.find_h264_encoder((96, 64)) == "libx264"


def test_encoder_without_constant_quality_gets_a_rate(tmp_path, monkeypatch):
    monkeypatch.setattr(video_writer, "ENCODERS", {"libx264": {}})
    write(tmp_path / "out.mp4", [0.0, 0.1])
    assert len(read(tmp_path / "out.mp4")[1]) == 2


def test_machine_without_any_encoder_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(video_writer, "ENCODERS", {"no_such_encoder": {}})
    with pytest.raises(
        StoreError, match=r"^expected an H\.264 encoder \(no_such_encoder\), got none in PyAV .*; install"
    ):
        VideoWriter(tmp_path / "out.mp4", fps=30, size_px=(96, 64))
    assert list(tmp_path.iterdir()) == []
