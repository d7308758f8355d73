"""Generated clips are readable, have different hashes, and have the requested length and size."""

from __future__ import annotations

import hashlib
import itertools

import av
import numpy as np
import pytest

from formcheck.sources.video import open_video


@pytest.fixture
def clips(script):
    return script("speed.tiny_clips")


@pytest.fixture
def second_at_15(tmp_path):
    """Return a clip of 1 s: 15 pictures of 96 × 64 px, a white bar that moves 4 px a picture."""
    path = tmp_path / "bar.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=15, options={"crf": "10", "bf": "2"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for i in range(15):
            picture = np.zeros((64, 96, 3), np.uint8)
            picture[:, 8 + 4 * i : 24 + 4 * i] = 255
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    return path


def read(path):
    """Return times and pictures as formcheck sees them, and what the file says of itself."""
    with open_video(path) as video:
        frames = [(frame.time_s, frame.image.copy()) for frame in video]
        return [time_s for time_s, _ in frames], [image for _, image in frames], video.info


# Tiny ones ------------------------------------------------------------------------------------------------------------


def test_tiny_clips_are_as_many_as_asked_and_no_two_hash_alike(clips, tmp_path):
    paths = clips.make_tiny_clips(tmp_path / "new", 300)
    assert paths == sorted((tmp_path / "new").iterdir())
    assert len({hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}) == len(paths) == 300


@pytest.mark.parametrize("number", [0, 299])
def test_a_tiny_clip_has_its_pictures_at_their_times(clips, tmp_path, number):
    times_s, images, info = read(clips.make_tiny_clips(tmp_path, 300)[number])
    assert times_s == pytest.approx([0, 1 / 30, 2 / 30])
    assert info.duration_s == pytest.approx(0.1)
    assert (info.width, info.height, info.frames) == (128, 96, 3)
    assert not np.array_equal(images[0], images[2])


def test_tiny_clips_differ_in_their_number_alone(clips, tmp_path):
    first, later = (path.read_bytes() for path in clips.make_tiny_clips(tmp_path, 2))
    assert first[:-8] == later[:-8]
    assert (first[-16:], later[-16:]) == (b"\0\0\0\x10free" + bytes(8), b"\0\0\0\x10free" + bytes(7) + b"\1")


def test_tiny_clips_sample_their_source_evenly(clips, second_at_15, tmp_path):
    """Of 15 pictures, three: the 3rd, 8th and 13th; the bar's middle has moved 4 px a picture, halved with the size."""
    path = clips.make_tiny_clips(tmp_path / "cut", 1, source=second_at_15, height=32)[0]
    _, images, info = read(path)
    assert (info.width, info.height) == (48, 32)
    columns = np.arange(48) + 0.5
    middles = [np.average(columns, weights=image.mean(axis=(0, 2))) for image in images]
    assert middles == pytest.approx([(16 + 4 * i) / 2 for i in (2, 7, 12)], abs=0.7)


# A long one -----------------------------------------------------------------------------------------------------------


def test_a_long_clip_is_its_source_over_and_over(clips, second_at_15, tmp_path):
    _, once, _ = read(second_at_15)
    times_s, images, info = read(clips.make_long_clip(second_at_15, tmp_path / "long", 0.1))
    assert times_s == pytest.approx(np.arange(90) / 15)
    assert info.duration_s == pytest.approx(6.0)
    assert all(np.array_equal(image, once[i % 15]) for i, image in enumerate(images))


def test_a_long_clip_ends_with_a_whole_round(clips, second_at_15, tmp_path):
    assert read(clips.make_long_clip(second_at_15, tmp_path, 2.5 / 60))[2].duration_s == pytest.approx(3.0)


# A large one ----------------------------------------------------------------------------------------------------------


def test_a_scaled_clip_has_the_height_asked_for_and_30_fps(clips, second_at_15, tmp_path):
    times_s, _, info = read(clips.scaled_clip(second_at_15, tmp_path / "large", 128))
    assert (info.width, info.height, info.fps) == (192, 128, 30)
    assert times_s == pytest.approx(np.arange(30) / 30)
    with av.open(str(tmp_path / "large" / "bar_128p.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "h264"


def test_a_scaled_clip_blends_what_it_puts_in_between(clips, second_at_15, tmp_path, monkeypatch):
    """Without grain a repeated picture would be the same; the last one has nothing to be blended with."""
    monkeypatch.setattr(clips, "NOISE", 0)
    _, images, _ = read(clips.scaled_clip(second_at_15, tmp_path, 128))
    steps = [np.abs(b.astype(int) - a).mean() for a, b in itertools.pairwise(images[:-1])]
    assert min(steps) > 3


def test_grain_gives_a_scaled_clip_more_to_decode(clips, second_at_15, tmp_path, monkeypatch):
    grainy = clips.scaled_clip(second_at_15, tmp_path / "grainy", 256).stat().st_size
    monkeypatch.setattr(clips, "NOISE", 0)
    assert grainy > 1.3 * clips.scaled_clip(second_at_15, tmp_path / "smooth", 256).stat().st_size
