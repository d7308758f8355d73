"""Container statements are checked against the pictures: rate, slow motion, picture size."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.sources.stated_times import find_slowness, is_stated_rate_right
from formcheck.sources.video import open_video

RED, BLUE = (230, 20, 20), (20, 20, 120)


def disc(width, height, radius=24):
    """A red disc in the middle of a blue picture."""
    y, x = np.mgrid[:height, :width]
    inside = (x - width / 2) ** 2 + (y - height / 2) ** 2 <= radius**2
    return np.where(inside[..., None], np.uint8(RED), np.uint8(BLUE))


def write_clip(path, times_s, *, rate, codec="mpeg4", tags=None, options=None, sizes=((96, 64),)):
    """Write a clip whose container states `rate`; `sizes` are those of equal parts of it, one after the other."""
    with av.open(str(path), "w", options=options or {}) as out:
        out.metadata.update(tags or {})
        stream = out.add_stream(codec, rate=rate)
        stream.width, stream.height = sizes[0]
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        ticks = Fraction(1, rate)
        stream.codec_context.time_base = ticks
        if codec != "mjpeg":
            stream.codec_context.max_b_frames = 0
        for time_s in times_s:
            frame = av.VideoFrame.from_ndarray(disc(*sizes[0]), "rgb24").reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = round(time_s * rate), ticks
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def write_parts(path, sizes, *, per_part=8, rate=15):
    """Write an MPEG-TS whose picture size changes, as a phone does that is turned: the encoder starts again."""
    with path.open("wb") as file:
        for part, size in enumerate(sizes):
            piece = path.with_suffix(f".{part}.ts")
            with av.open(
                str(piece), "w", format="mpegts", options={"output_ts_offset": str(part * per_part / rate)}
            ) as out:
                stream = out.add_stream("libx264", rate=rate, options={"tune": "zerolatency"})
                stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
                for k in range(per_part):
                    frame = av.VideoFrame.from_ndarray(disc(*size), "rgb24").reformat(format="yuv420p")
                    frame.pts, frame.time_base = k, Fraction(1, rate)
                    out.mux(stream.encode(frame))
                out.mux(stream.encode(None))
            file.write(piece.read_bytes())
    return path


# Rate -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stated", "real"), [(600, 15), (1000, 25), (120, 30), (90, 15)])
@pytest.mark.parametrize("suffix", ["avi", "mkv"])
def test_a_stated_rate_that_the_pictures_do_not_have_is_measured(tmp_path, stated, real, suffix):
    codec = "mjpeg" if suffix == "avi" else "mpeg4"
    path = write_clip(tmp_path / f"a.{suffix}", [k / real for k in range(3 * real)], rate=stated, codec=codec)
    with open_video(path) as video:
        assert video.info.fps == pytest.approx(real, rel=0.02)
        assert video.info.frames == video.expected_frames == 3 * real
        assert video.info.duration_s == pytest.approx(3, abs=0.1)
        assert [frame.time_s for frame in video] == pytest.approx([k / real for k in range(3 * real)], abs=2e-3)


@pytest.mark.parametrize("suffix", ["avi", "mkv", "mp4", "ts"])
def test_a_right_rate_is_kept(tmp_path, suffix):
    path = write_clip(tmp_path / f"a.{suffix}", [k / 25 for k in range(50)], rate=25)
    with open_video(path) as video:
        assert video.info.fps == pytest.approx(25, rel=1e-3)
        assert len(list(video)) == 50
        assert video.warnings == ()


@given(fps=st.floats(5, 120), stated=st.floats(0.2, 5).filter(lambda f: not 0.7 < f < 1.4), jitter=st.floats(0, 0.2))
def test_any_rate_that_is_far_off_is_noticed(fps, stated, jitter):
    chance = np.random.default_rng(0)
    times_s = [(k + jitter * chance.uniform(-1, 1)) / fps for k in range(60)]
    assert is_stated_rate_right(times_s, fps)
    assert not is_stated_rate_right(times_s, fps * stated)
    assert is_stated_rate_right([], fps)


# Slow motion ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("captured", "played", "seconds"),
    [
        ("240.000000", 30, 0.5),
        ("120", 30, 1),
        ("60", 30, 2),
        ("960", 30, 0.125),
        ("240", 240, 4),
        ("30", 30, 4),
        ("2", 30, 60),
    ],
)
def test_slow_motion_of_android_has_the_times_of_the_movement(tmp_path, captured, played, seconds):
    tags = {"com.android.capture.fps": captured}
    options = {"movflags": "use_metadata_tags"}
    path = write_clip(
        tmp_path / "a.mp4", [k / played for k in range(4 * played)], rate=played, tags=tags, options=options
    )
    with open_video(path) as video:
        frames = 4 * played
        assert video.info.duration_s == pytest.approx(seconds, rel=0.02)
        assert video.info.fps == pytest.approx(frames / seconds, rel=0.02)
        times_s = [frame.time_s for frame in video]
        assert len(times_s) == frames
        assert times_s[-1] == pytest.approx(seconds * (frames - 1) / frames, rel=0.02)
        assert len(video.warnings) == (float(captured) != played)


@pytest.mark.parametrize(("captured", "fps", "factor"), [("30", 15, 1), ("30", 29.9, 1), ("30", 24, 1), ("24", 12, 1)])
def test_fewer_pictures_in_the_dark_are_no_slow_motion(captured, fps, factor):
    found, warnings = find_slowness({"com.android.capture.fps": captured}, fps, "a.mp4")
    assert found == factor
    assert bool(warnings) == (float(captured) / fps >= 1.5)


@given(st.text(max_size=20), st.floats(0.05, 1000))
def test_any_tag_gives_a_bounded_factor_and_one_line(text, fps):
    factor, warnings = find_slowness({"com.android.capture.fps": text}, fps, "a.mp4")
    assert 1 / 1000 <= factor <= 2000 / 0.05
    assert all("\n" not in warning for warning in warnings)


# Picture size ---------------------------------------------------------------------------------------------------------


def measure_disc(image):
    """Width and height of what is red."""
    red = (image[..., 0] > 120) & (image[..., 2] < 90)
    return int(red.any(0).sum()), int(red.any(1).sum())


@pytest.mark.parametrize("sizes", [((128, 96), (96, 128)), ((96, 128), (128, 96), (160, 96)), ((128, 96), (64, 48))])
@pytest.mark.parametrize("most", [None, 64])
def test_a_picture_that_changes_its_shape_keeps_its_proportions(tmp_path, sizes, most):
    path = write_parts(tmp_path / "a.ts", sizes)
    with open_video(path, max_side_px=most) as video:
        images = [frame.image for frame in video]
        assert (video.info.width, video.info.height) == sizes[0]
        assert len(images) >= 8 * len(sizes) - 1
        assert len({image.shape for image in images}) == 1
        for image in images:
            width, height = measure_disc(image)
            assert width == pytest.approx(height, abs=2)
        changes = any(width * sizes[0][1] != height * sizes[0][0] for width, height in sizes)
        assert sum("later pictures were scaled" in warning for warning in video.warnings) == changes


def test_pictures_of_a_folder_may_have_other_shapes(tmp_path):
    from PIL import Image

    for k, size in enumerate([(128, 96), (96, 128), (400, 100)]):
        Image.fromarray(disc(*size)).save(tmp_path / f"{k}.png")
    with open_video(tmp_path) as video:
        for frame in video:
            assert frame.image.shape == (96, 128, 3)
            width, height = measure_disc(frame.image)
            assert width == pytest.approx(height, abs=2)
