"""Recordings are decoded in a child: the same pictures, and its crash costs one clear line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from formcheck.core.errors import BackendError, SourceError
from formcheck.drivers.recording import decode_child, guarded_video
from formcheck.drivers.recording import open_recording as open_recording_module
from formcheck.drivers.recording.guarded_video import GuardedVideo
from formcheck.sources.video import open_video

from .naughty_decoder import GOOD_FRAMES

CLIP = "hinge_good.mp4"
NAUGHTY = Path(__file__).with_name("naughty_decoder.py")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no limit of a process")


@pytest.fixture
def clip(checkout):
    return checkout / "sample_videos" / CLIP


@pytest.fixture
def naughty(monkeypatch):
    """Return a function that lets every decoder misbehave: what, and at once or after five pictures."""

    def choose(deed, moment):
        monkeypatch.setattr(guarded_video, "CHILD_COMMAND", [sys.executable, str(NAUGHTY), deed, moment])

    return choose


@pytest.fixture
def pictures(tmp_path):
    """A folder of twelve pictures, one of them damaged."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for k in range(12):
        Image.fromarray(np.full((48, 64, 3), 20 * k, np.uint8)).save(folder / f"picture{k}.png")
    (folder / "picture7.png").write_bytes(b"no picture")
    return folder


@pytest.mark.parametrize("kind", ["video", "folder", "photograph"])
def test_child_gives_the_same_pictures_and_facts(kind, clip, pictures):
    path = {"video": clip, "folder": pictures, "photograph": pictures / "picture3.png"}[kind]
    with open_video(path, max_side_px=320) as here, GuardedVideo(path, max_side_px=320) as there:
        assert there.info == here.info
        assert there.info.sha256 == here.info.sha256
        assert (there.is_picture, there.expected_frames) == (here.is_picture, here.expected_frames)
        pairs = list(zip(here, there, strict=True))
        assert len(pairs) == {"video": 168, "folder": 11, "photograph": 1}[kind]
        for one, other in pairs:
            assert (one.index, one.time_s) == (other.index, other.time_s)
            assert np.array_equal(one.image, other.image)
        assert there.warnings == here.warnings


def test_only_developed_pictures_are_fetched(clip):
    with open_video(clip) as here, GuardedVideo(clip, asks=True) as there:
        frames = list(here)
        fetched = [one.develop() if one.index % 3 == 1 else one for one in there.pending_frames()]
    assert [one.time_s for one in fetched] == [one.time_s for one in frames]
    for k in range(1, len(frames), 3):
        assert np.array_equal(fetched[k].image, frames[k].image)


def test_photograph_is_sent_without_being_asked_for(pictures):
    with GuardedVideo(pictures / "picture3.png", asks=True) as video:
        assert len(list(video)) == 1


def test_thumbnails_can_be_fetched_before_the_picture(clip):
    with open_video(clip) as here, GuardedVideo(clip, asks=True) as there:
        for k, (one, other) in enumerate(zip(here.pending_frames(), there.pending_frames(), strict=True)):
            if k % 2 == 0:
                assert np.array_equal(one.make_thumbnail(), other.make_thumbnail())
            if k % 3 == 0:
                assert np.array_equal(one.develop().image, other.develop().image)


@pytest.mark.parametrize("moment", ["at once", "later"])
@pytest.mark.parametrize(
    ("deed", "came"),
    [
        pytest.param("crashes", "makes the decoder crash", id="crash"),
        pytest.param("spins", "takes too long to decode", id="spin", marks=LINUX),
        pytest.param("eats", r"needs more than 0\.6 GB of memory to decode", id="memory"),
        pytest.param("sleeps", "gives no picture for 5 s", id="sleep"),
        pytest.param("babbles", "makes the decoder crash", id="babble"),
    ],
)
def test_misbehaving_decoder_costs_one_line(clip, naughty, monkeypatch, deed, came, moment):
    monkeypatch.setattr(guarded_video, "MOST_SILENCE_S", 5.0 if deed == "sleeps" else 120.0)
    naughty(deed, moment)
    seen = []
    line = rf"^hinge_good\.mp4: expected a video or picture, got one that {came}; convert it to MP4 \(H\.264\)$"
    with pytest.raises(SourceError, match=line):
        read_all(clip, seen)
    assert seen == ([] if moment == "at once" else list(range(GOOD_FRAMES)))
    assert_no_children()


def test_fault_of_ours_in_the_child_is_reported_as_one(clip, naughty):
    naughty("fails", "later")
    with GuardedVideo(clip) as video, pytest.raises(RuntimeError, match="KeyError: 'a fault of ours'"):
        list(video)


def test_check_of_a_crashing_recording_ends_with_exit_2(clip, naughty, formcheck, tmp_path):
    naughty("crashes", "at once")
    code, out, err = formcheck("check", clip, "--out", tmp_path / "out")
    assert (code, out) == (2, "")
    assert err == (
        "formcheck: hinge_good.mp4: expected a video or picture, got one that makes the decoder crash; "
        "convert it to MP4 (H.264)\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_huge_picture_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr(decode_child, "MOST_CHILD_PIXELS", 64 * 48)
    Image.new("L", (64, 49)).save(tmp_path / "large.png")
    line = r"^large\.png: expected a video or picture, got one of 64x49 pixels; save it smaller"
    with pytest.raises(SourceError, match=line):
        decode_child.check_size_px(tmp_path / "large.png")
    Image.new("L", (64, 48)).save(tmp_path / "fits.png")
    decode_child.check_size_px(tmp_path / "fits.png")


def test_real_limit_of_pixels_reaches_the_person(tmp_path):
    Image.new("1", (9000, 5000)).save(tmp_path / "large.png")
    with pytest.raises(SourceError, match=r"got one of 9000x5000 pixels; .* at most 40 million pixels"):
        GuardedVideo(tmp_path / "large.png")


def test_picture_of_400_million_pixels_is_refused_by_its_size(tmp_path):
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    with pytest.raises(SourceError, match=r"got one of many hundred million pixels; .* at most 40 million pixels"):
        GuardedVideo(tmp_path / "bomb.png")


def test_closing_in_the_middle_leaves_no_child(clip):
    video = GuardedVideo(clip)
    frames = iter(video)
    assert next(frames).index == 0
    video.close()
    assert list(frames) == []
    assert_no_children()


def test_modules_of_the_present_folder_are_not_loaded(clip, tmp_path, monkeypatch):
    for name in ("av", "numpy", "json", "formcheck"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'loaded')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    with GuardedVideo(clip.resolve(), max_side_px=64) as video:
        assert next(iter(video)).index == 0
    assert not (tmp_path / "loaded").exists()


def test_error_of_the_recording_comes_before_that_of_the_engine(clip, tmp_path):
    def fail():
        raise BackendError("no model")

    (tmp_path / "noise.mp4").write_bytes(os.urandom(5000))
    with pytest.raises(SourceError, match="in an unknown format"):
        GuardedVideo(tmp_path / "noise.mp4", meanwhile=fail)
    with pytest.raises(BackendError, match="no model"):
        GuardedVideo(clip, meanwhile=fail)
    assert_no_children()


def test_killed_parent_takes_the_decoder_with_it(clip):
    code = (
        "import sys, time; from pathlib import Path;"
        "from formcheck.drivers.recording.guarded_video import GuardedVideo;"
        f"video = GuardedVideo(Path({str(clip)!r})); print(video._child.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        child = int(parent.stdout.readline())
        assert psutil.pid_exists(child)
    finally:
        os.kill(parent.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        parent.wait()
        parent.stdout.close()
    end_s = time.monotonic() + 90
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end_s, "the decoder lives on"
        time.sleep(0.05)


def read_all(clip, seen):
    with GuardedVideo(clip, max_side_px=64, most_memory_bytes=600_000_000) as video:
        for frame in video:
            seen.append(frame.index)


def assert_no_children():
    left = [one for one in psutil.Process().children(recursive=True) if "decode" in " ".join(one.cmdline())]
    assert left == []


@pytest.mark.parametrize("large", [False, True])
def test_a_large_recording_always_goes_to_a_child(clip, monkeypatch, large):
    """A worker of a batch decodes by itself, but has no limit of memory."""
    size = clip.stat().st_size
    monkeypatch.setattr(open_recording_module, "LARGE_BYTES", size - 1 if large else size)
    with open_recording_module.open_recording(clip, fps=None) as recording:
        assert isinstance(recording._video, GuardedVideo) == large
        assert len([frame.index for frame in recording.frames]) == recording.expected_frames
