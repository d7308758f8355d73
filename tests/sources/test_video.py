"""Clips of every awkward kind, made here with PyAV, and read back."""

from __future__ import annotations

import gc
import hashlib
import itertools
import os
import re
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from formcheck.core.errors import SourceError
from formcheck.drivers.recording.guarded_video import GuardedVideo
from formcheck.sources import decode
from formcheck.sources.recording_date import read_recording_date
from formcheck.sources.video import VideoInfo, open_video

RED, GREEN, BLUE = (230, 20, 20), (20, 200, 20), (20, 20, 120)


def card(width=96, height=64):
    """A blue picture with a red corner top left and a green one top right."""
    image = np.full((height, width, 3), BLUE, np.uint8)
    image[: height // 3, : width // 3] = RED
    image[: height // 3, -(width // 3) :] = GREEN
    return image


def make_clip(
    path,
    times_s=None,
    *,
    image=None,
    codec="libx264",
    pix_fmt="yuv420p",
    options=None,
    rotation=None,
    tags=None,
    made=None,
    **ctx,
):
    """Write a clip that shows `image` at each of the times; returns the path."""
    image = card() if image is None else image
    times_s = [k / 30 for k in range(6)] if times_s is None else times_s
    # MPEG-1 and -2 know no other time base than one of the standard rates.
    ticks = 30 if codec.startswith("mpeg") else 30_000
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"} if made else {}) as out:
        out.metadata.update(made or {})
        stream = out.add_stream(codec, rate=30, options=options or {})
        stream.height, stream.width = image.shape[:2]
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = Fraction(1, ticks)
        for name, value in ctx.items():
            setattr(stream.codec_context, name, value)
        for name, value in (tags or {}).items():
            stream.metadata[name] = value
        if rotation is not None:
            stream.set_display_rotation(*rotation)
        for time_s in times_s:
            frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format=pix_fmt)
            frame.pts, frame.time_base = round(time_s * ticks), Fraction(1, ticks)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def frames_of(path, **options):
    with open_video(path, **options) as video:
        return list(video)


def near(pixel, colour, within=45):
    return bool(np.all(np.abs(pixel.astype(int) - colour) <= within))


def assert_upright(image, within=45):
    assert near(image[4, 4], RED, within), image[4, 4]
    assert near(image[4, -5], GREEN, within), image[4, -5]
    assert near(image[-5, -5], BLUE, within), image[-5, -5]


def stored_for(rotation_deg):
    """The card as a camera stores it that was turned: showing it needs `rotation_deg` anticlockwise."""
    return np.ascontiguousarray(np.rot90(card(), -rotation_deg // 90))


def count_decoded_pictures():
    return sum(isinstance(one, av.VideoFrame) and one.format is not None for one in gc.get_objects())


def test_a_picture_is_freed_when_it_is_let_go(tmp_path):
    """Cycles of references would keep a second of 1080p pictures: 250 MB in each worker of a batch."""
    path = make_clip(tmp_path / "long.mp4", [k / 15 for k in range(40)])
    gc.collect()
    before = count_decoded_pictures()
    gc.disable()
    try:
        with open_video(path) as video:
            for _ in video:
                pass
        after = count_decoded_pictures()
    finally:
        gc.enable()
    assert after <= before + 1, "pictures wait for the collector"


# ---- times -----------------------------------------------------------------------------------------------------------


def test_variable_frame_rate_keeps_every_time_stamp(tmp_path):
    times_s = [0, 0.033, 0.1, 0.4, 0.41, 0.5]
    frames = frames_of(make_clip(tmp_path / "vfr.mp4", times_s))
    assert [f.time_s for f in frames] == pytest.approx(times_s, abs=1e-4)
    assert [f.index for f in frames] == list(range(6))


def test_recording_that_starts_late_on_its_clock_starts_at_zero(tmp_path):
    path = make_clip(tmp_path / "late.ts", [5 + k / 30 for k in range(6)], codec="mpeg2video")
    times_s = [f.time_s for f in frames_of(path)]
    assert times_s == pytest.approx([k / 30 for k in range(6)], abs=1e-3)


def test_picture_that_starts_after_the_sound_keeps_its_delay(tmp_path):
    path = tmp_path / "delay.mkv"
    with av.open(str(path), "w") as out:
        sound, stream = out.add_stream("aac", rate=48_000), out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        write_silence(out, sound)
        for k in range(3, 6):
            frame = av.VideoFrame.from_ndarray(card(), "rgb24")
            frame.pts, frame.time_base = k, Fraction(1, 10)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert [f.time_s for f in frames_of(path)] == pytest.approx([0.3, 0.4, 0.5], abs=0.03)


def write_silence(out, sound, blocks=30):
    sound.layout = "mono"
    for k in range(blocks):
        block = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        block.sample_rate, block.pts = 48_000, 1024 * k
        out.mux(sound.encode(block))
    out.mux(sound.encode(None))


@pytest.mark.parametrize(
    "stamps_s",
    [
        pytest.param([0.0, 0.1, 0.2, 0.1, 0.2, 0.3], id="a step back"),
        pytest.param([0.0, 0.1, 0.1, 0.1, 0.2, 0.3], id="the same time thrice"),
        pytest.param([None, None, None], id="no times at all"),
        pytest.param([0.0, None, float("nan"), 0.3, None], id="times missing here and there"),
        pytest.param([50.0, 50.1, 0.0, 0.1], id="a clock set again"),
    ],
)
def test_broken_time_stamps_never_stop_the_reading(tmp_path, monkeypatch, stamps_s):
    path = make_clip(tmp_path / "clip.mp4", [k / 30 for k in range(len(stamps_s))])
    left = iter(stamps_s)
    monkeypatch.setattr(decode, "_read_seconds", lambda frame: next(left))
    times_s = [f.time_s for f in frames_of(path)]
    assert len(times_s) >= len(stamps_s) - 3
    assert all(b > a for a, b in itertools.pairwise(times_s))


def test_raw_stream_without_time_stamps_is_counted_at_its_rate(tmp_path):
    path = make_clip(tmp_path / "raw.h264", options={"bf": "0"})
    with open_video(path) as video:
        frames = list(video)
        assert (video.info.frames, video.expected_frames) == (6, 6)
        assert video.info.duration_s == pytest.approx(6 / video.info.fps, rel=0.2)
    assert len(frames) == 6
    assert np.all(np.diff([f.time_s for f in frames]) > 0)


def test_fewer_frames_are_picked_by_time(tmp_path):
    path = make_clip(tmp_path / "sixty.mp4", [k / 60 for k in range(60)])
    with open_video(path, fps=15) as video:
        frames = list(video)
        assert video.expected_frames == len(frames) == 15
    assert [f.time_s for f in frames] == pytest.approx([k / 15 for k in range(15)], abs=0.5 / 60)
    assert [f.index for f in frames[:3]] == [0, 4, 8]


# ---- the picture -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
@pytest.mark.parametrize("max_side_px", [None, 48])
def test_rotation_of_the_display_matrix_is_applied(tmp_path, rotation_deg, max_side_px):
    path = make_clip(tmp_path / "turned.mp4", image=stored_for(rotation_deg), rotation=(rotation_deg,))
    with open_video(path, max_side_px=max_side_px) as video:
        assert (video.info.width, video.info.height) == (96, 64)
        image = next(iter(video)).image
    assert image.shape == ((64, 96, 3) if max_side_px is None else (32, 48, 3))
    assert image.flags.c_contiguous
    assert_upright(image)


def test_mirrored_display_matrix_is_applied(tmp_path):
    path = make_clip(tmp_path / "selfie.mp4", image=card()[:, ::-1].copy(), rotation=(0, True))
    assert_upright(frames_of(path)[0].image)


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
def test_rotate_tag_of_old_files_is_applied(tmp_path, rotation_deg):
    # The tag counts clockwise.
    path = make_clip(tmp_path / "old.mkv", image=stored_for(360 - rotation_deg), tags={"ROTATE": str(rotation_deg)})
    assert_upright(frames_of(path)[0].image)


def test_rotate_tag_that_is_no_number_is_passed_over(tmp_path):
    assert_upright(frames_of(make_clip(tmp_path / "old.mkv", tags={"ROTATE": "sideways"}))[0].image)


@pytest.mark.parametrize(
    ("aspect", "size_px"),
    [
        pytest.param(Fraction(2), (192, 64), id="wide pixels"),
        pytest.param(Fraction(3, 4), (72, 64), id="narrow pixels"),
        pytest.param(Fraction(1000, 999), (96, 64), id="rounding of an encoder"),
    ],
)
def test_pixels_that_are_not_square_are_squared(tmp_path, aspect, size_px):
    path = make_clip(tmp_path / "sar.mp4", sample_aspect_ratio=aspect)
    with open_video(path) as video:
        assert (video.info.width, video.info.height) == size_px
        image = next(iter(video)).image
    assert image.shape[1::-1] == size_px
    assert_upright(image)


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("a.mkv", "libx264", "yuv420p"),
        ("a.webm", "libvpx-vp9", "yuv420p"),
        ("a.avi", "mpeg4", "yuv420p"),
        ("a.avi", "rawvideo", "bgr24"),
        ("a.mov", "mjpeg", "yuvj420p"),
        ("a.mov", "prores_ks", "yuv422p10le"),
        ("a.gif", "gif", "rgb8"),
        ("a.mkv", "ffv1", "yuv444p10le"),
        ("a.mkv", "ffv1", "bgr0"),
        ("a.mkv", "ffv1", "rgb48le"),
        ("a.mp4", "libx264", "yuv444p"),
        ("a.mp4", "libx264", "yuv420p10le"),
        ("a.mpg", "mpeg1video", "yuv420p"),
        ("a.ts", "mpeg2video", "yuv420p"),
    ],
)
def test_containers_codecs_and_pixel_formats_decode_alike(tmp_path, name, codec, pix_fmt):
    path = make_clip(tmp_path / name, codec=codec, pix_fmt=pix_fmt, options={"deadline": "realtime"})
    frames = frames_of(path)
    assert len(frames) == 6
    assert frames[0].image.dtype == np.uint8
    # Eight bits for three colours leave four steps of blue.
    assert_upright(frames[0].image, within=70 if pix_fmt == "rgb8" else 45)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p", "yuv420p10le", "gray"])
def test_thumbnail_has_the_brightness_of_each_part(tmp_path, pix_fmt):
    codec = "ffv1" if pix_fmt == "gray" else "libx264"
    path = make_clip(tmp_path / "card.mkv", [0, 0.1], codec=codec, pix_fmt=pix_fmt)
    with open_video(path) as video:
        pending = next(iter(video.pending_frames()))
        thumbnail, image = pending.make_thumbnail(), pending.develop().image
    assert thumbnail.shape == (60, 80)
    light = image @ np.array([0.299, 0.587, 0.114])
    corners = [light[4, 4], light[4, -5], light[-5, -5]]
    assert np.corrcoef(corners, [thumbnail[2, 2], thumbnail[2, -3], thumbnail[-3, -3]])[0, 1] > 0.98


@pytest.mark.parametrize(("codec", "pix_fmt"), [("ffv1", "gray"), ("ffv1", "gray16le"), ("libx264", "gray")])
def test_grey_video_is_read(tmp_path, codec, pix_fmt):
    image = frames_of(make_clip(tmp_path / "grey.mkv", codec=codec, pix_fmt=pix_fmt))[0].image
    assert np.ptp(image[4, 4].astype(int)) <= 2
    assert image[4, -5].mean() > image[-5, -5].mean()


@pytest.mark.parametrize("pix_fmt", ["yuv444p", "rgb24"])
def test_odd_sizes_are_read_to_the_last_row(tmp_path, pix_fmt):
    codec = "ffv1" if pix_fmt == "yuv444p" else "rawvideo"
    suffix = "mkv" if codec == "ffv1" else "nut"
    path = make_clip(tmp_path / f"odd.{suffix}", image=card(97, 63), codec=codec, pix_fmt=pix_fmt)
    image = frames_of(path)[0].image
    assert image.shape == (63, 97, 3)
    assert_upright(image)


@pytest.mark.parametrize(("transfer", "white"), [(16, 0.58), (18, 0.75)], ids=["PQ", "HLG"])
def test_hdr_becomes_a_picture_of_normal_brightness(tmp_path, transfer, white):
    # Diffuse white has this code value (BT.2408); a tenth of its light must come out dark but not black.
    level = np.full((64, 96), round(64 + white * 876), np.uint16)
    path = tmp_path / "hdr.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace, context.color_range = transfer, 9, 9, 1
        frame = av.VideoFrame(96, 64, "yuv420p10le")
        frame.color_trc, frame.color_primaries, frame.colorspace, frame.color_range = transfer, 9, 9, 1
        for plane, values in zip(frame.planes, (level, np.full((32, 48), 512), np.full((32, 48), 512)), strict=True):
            rows = np.zeros((values.shape[0], plane.line_size // 2), np.uint16)
            rows[:, : values.shape[1]] = values
            plane.update(rows.tobytes())
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    pixel = frames_of(path)[0].image[32, 48].astype(int)
    assert np.ptp(pixel) <= 3
    assert 215 <= pixel[0] <= 245


def test_hd_without_a_colour_tag_is_read_as_bt709(tmp_path):
    image = np.full((720, 1280, 3), (200, 30, 30), np.uint8)
    path = tmp_path / "hd.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format="yuv420p", dst_colorspace="itu709")
        frame.colorspace = 2
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert near(frames_of(path)[0].image[300, 300], (200, 30, 30), within=4)


def test_8k_picture_is_scaled_down_at_once(tmp_path):
    path = tmp_path / "8k.jpg"
    Image.fromarray(card()).resize((7680, 4320), Image.Resampling.NEAREST).save(path, quality=50)
    with open_video(path, max_side_px=640) as video:
        assert (video.info.width, video.info.height) == (7680, 4320)
        image = next(iter(video)).image
    assert image.shape == (360, 640, 3)
    assert_upright(image)


def test_small_pictures_are_never_enlarged(tmp_path):
    assert frames_of(make_clip(tmp_path / "a.mp4"), max_side_px=640)[0].image.shape == (64, 96, 3)


# ---- photographs and folders -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "bmp", "tif"])
def test_photograph_is_one_frame_at_time_zero(tmp_path, suffix):
    path = tmp_path / f"photo.{suffix}"
    Image.fromarray(card()).save(path)
    with open_video(path, fps=5) as video:
        frames = list(video)
        assert video.is_picture
        assert (video.info.frames, video.info.duration_s, video.info.fps, video.expected_frames) == (1, 0.0, 0.0, 1)
    assert [(f.index, f.time_s) for f in frames] == [(0, 0.0)]
    assert_upright(frames[0].image)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_of_a_photograph_is_applied(tmp_path, orientation):
    undo = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "photo.jpg"
    Image.fromarray(np.ascontiguousarray(undo(card()))).save(path, exif=exif, quality=95)
    with open_video(path) as video:
        assert (video.info.width, video.info.height) == (96, 64)
        assert_upright(next(iter(video)).image)


def test_palette_picture_is_read(tmp_path):
    path = tmp_path / "palette.png"
    Image.fromarray(card()).convert("P", palette=Image.Palette.ADAPTIVE).save(path)
    assert_upright(frames_of(path)[0].image)


def test_second_picture_inside_a_photograph_is_passed_over(tmp_path):
    path = tmp_path / "gainmap.jpg"
    Image.fromarray(card()).save(path, quality=95)
    path.write_bytes(path.read_bytes() * 2)
    assert len(frames_of(path)) == 1


def test_names_that_look_like_patterns_or_protocols_are_files(tmp_path):
    for name in ("a%d.jpg", "[x].jpg", "é 1.jpg") + (("http:x.jpg",) if os.name == "posix" else ()):
        Image.fromarray(card()).save(tmp_path / name)
        assert len(frames_of(tmp_path / name)) == 1


def make_folder(folder, names=("f1.png", "f2.png", "f10.png")):
    folder.mkdir()
    for k, name in enumerate(names):
        image = card()
        image[-10:, :10] = 40 * (k + 1)
        Image.fromarray(image).save(folder / name)
    return folder


@pytest.mark.parametrize(("fps", "step_s"), [(None, 1 / 30), (10, 0.1)])
def test_folder_of_pictures_is_a_recording_in_natural_order(tmp_path, fps, step_s):
    folder = make_folder(tmp_path / "frames")
    (folder / "notes.txt").write_text("left knee")
    (folder / ".hidden.png").write_bytes(b"")
    with open_video(folder, fps=fps) as video:
        frames = list(video)
        assert (video.info.name, video.info.frames) == ("frames", 3)
        assert video.info.duration_s == pytest.approx(3 * step_s)
    assert [f.time_s for f in frames] == pytest.approx([0, step_s, 2 * step_s])
    assert [int(f.image[-5, 5, 0]) for f in frames] == [40, 80, 120]


def test_an_unreadable_picture_is_skipped_with_a_warning(tmp_path):
    folder = make_folder(tmp_path / "frames")
    (folder / "f2.png").write_bytes(b"")
    with open_video(folder) as video:
        assert [f.time_s for f in video] == pytest.approx([0, 2 / 30])
        assert video.warnings == (
            "f2.png: expected a video or picture, got an empty file (0 bytes); copy or record it again",
        )


# ---- the whole -------------------------------------------------------------------------------------------------------


def test_info_tells_what_the_recording_is(tmp_path):
    path = make_clip(tmp_path / "clip.mp4")
    with open_video(path) as video:
        info = video.info
    assert isinstance(info, VideoInfo)
    assert (info.name, info.width, info.height, info.frames) == ("clip.mp4", 96, 64, 6)
    assert info.fps == pytest.approx(30)
    assert info.duration_s == pytest.approx(0.2, abs=0.001)
    assert info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert info.sha256 in repr(info)


def test_hash_is_not_taken_before_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr("formcheck.sources.video.hash_recording", lambda *_, **__: pytest.fail("the hash was taken"))
    with open_video(make_clip(tmp_path / "clip.mp4")) as video:
        assert video.info.width == 96
        assert len(list(video)) == 6


def test_hash_of_a_folder_covers_names_and_bytes(tmp_path):
    hashes = []
    for folder, names in [("a", ("1.png", "2.png")), ("b", ("1.png", "2.png")), ("c", ("1.png", "3.png"))]:
        with open_video(make_folder(tmp_path / folder, names)) as video:
            hashes.append(video.info.sha256)
    assert hashes[0] == hashes[1] != hashes[2]


def test_iterating_again_starts_from_the_beginning(tmp_path):
    with open_video(make_clip(tmp_path / "clip.mp4")) as video:
        assert next(iter(video)).index == 0
        assert [f.index for f in video] == [f.index for f in video] == list(range(6))


def test_closed_recording_says_so(tmp_path):
    with open_video(make_clip(tmp_path / "clip.mp4")) as video:
        frames = iter(video)
        next(frames)
    assert list(frames) == []
    with pytest.raises(ValueError, match=r"clip\.mp4: expected an open recording, got a closed one"):
        iter(video)


def test_recording_without_a_stated_length_is_measured(tmp_path):
    path = tmp_path / "live.webm"
    make_clip(path, [k / 30 for k in range(45)], codec="libvpx", options={"deadline": "realtime", "cpu-used": "8"})
    data = path.read_bytes()
    # Browsers leave out the length: blank the Duration element and the tag of the stream.
    data = re.sub(rb"\x44\x89\x88.{8}", b"\xec\x89" + bytes(9), data, flags=re.DOTALL)
    path.write_bytes(re.sub(rb"\d\d:\d\d:\d\d\.\d+", lambda m: b"x" * len(m.group()), data))
    with open_video(path) as video:
        assert video.info.duration_s == pytest.approx(1.5, abs=0.05)
        assert video.info.frames == 45
        assert len(list(video)) == 45


# ---- what cannot be read ---------------------------------------------------------------------------------------------


def noise_clip(path, seconds=4):
    rng = np.random.default_rng(1)
    with av.open(str(path), "w", container_options={"movflags": "faststart"}) as out:
        stream = out.add_stream("mpeg4", rate=15)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for k in range(15 * seconds):
            frame = av.VideoFrame.from_ndarray(rng.integers(0, 255, (64, 96, 3), np.uint8), "rgb24")
            frame.pts = k
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def test_a_truncated_recording_gives_its_frames_and_a_warning(tmp_path):
    path = noise_clip(tmp_path / "cut.mp4")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with open_video(path) as video:
        frames = list(video)
        told = video.warnings[-1]
    assert 20 <= len(frames) <= 40
    missing_s = float(re.search(r"the last (\d+\.\d) s are missing", told).group(1))
    assert missing_s == pytest.approx(4 - len(frames) / 15, abs=0.1)
    assert told == (
        f"cut.mp4: expected 4.0 s, the last {missing_s:.1f} s are missing or cannot be decoded; "
        "the file looks cut off, copy it again"
    )


def test_whole_recording_has_no_warnings(tmp_path):
    with open_video(noise_clip(tmp_path / "whole.mp4")) as video:
        assert len(list(video)) == 60
        assert video.warnings == ()


def test_trimmed_recording_shows_only_what_was_kept(tmp_path):
    # A gallery trims without encoding again: the first second stays in the file, and an edit list hides it.
    whole, trimmed = noise_clip(tmp_path / "whole.mp4"), tmp_path / "trimmed.mp4"
    with av.open(str(whole)) as source, av.open(str(trimmed), "w") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                shift = round(1 / packet.time_base)
                packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, stream
                out.mux(packet)
    with open_video(trimmed) as video:
        frames = list(video)
        assert (len(frames), frames[0].time_s) == (45, 0.0)
        assert video.info.duration_s == pytest.approx(3, abs=0.1)
        assert video.info.frames == pytest.approx(45, abs=2)
        assert video.warnings == ()


def test_a_long_last_picture_is_not_a_missing_end(tmp_path):
    path = make_clip(tmp_path / "still.mkv", [0.0, 0.1, 0.2, 3.0], codec="mjpeg", pix_fmt="yuvj420p")
    with open_video(path) as video:
        assert [f.time_s for f in video] == pytest.approx([0.0, 0.1, 0.2, 3.0], abs=1e-3)
        assert video.warnings == ()


def test_damage_in_the_middle_does_not_stop_the_reading(tmp_path):
    path = noise_clip(tmp_path / "hurt.mp4")
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(4000)
    path.write_bytes(data)
    times_s = [f.time_s for f in frames_of(path)]
    assert times_s[-1] == pytest.approx(59 / 15, abs=1e-3)


def audio_only(path):
    with av.open(str(path), "w") as out:
        write_silence(out, out.add_stream("aac", rate=48_000))


def unfinished(path):
    noise_clip(path, 1)
    data = path.read_bytes()
    path.write_bytes(data[:28] + data[data.index(b"mdat") - 4 :][:2000])


def undecodable(path):
    make_clip(path, codec="mpeg4")
    data = path.read_bytes()
    start = data.index(b"mdat") + 4
    end = data.index(b"moov") - 4
    path.write_bytes(data[:start] + bytes(end - start) + data[end:])


def no_frames(path):
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        out.start_encoding()


BAD = {
    "gone.mp4": (lambda p: None, "got no file with that name in {folder}; check the spelling"),
    "empty.mp4": (lambda p: p.write_bytes(b""), "got an empty file (0 bytes); copy or record it again"),
    "text.mp4": (lambda p: p.write_text("dear diary\n" * 50), "got a text file; pick another file"),
    "list.m3u8": (
        lambda p: p.write_text("#EXTM3U\n#EXTINF:9,\nother.mp4\n#EXT-X-ENDLIST\n"),
        "got a text file; pick another file",
    ),
    "notes.txt": (lambda p: p.write_text("dear diary\n" * 50), "got a text file; pick another file"),
    "noise.mp4": (
        lambda p: p.write_bytes(np.random.default_rng(3).bytes(5000)),
        "got data in an unknown format; pick another file, or convert it to MP4 (H.264)",
    ),
    "song.mp4": (audio_only, "got an audio-only file; record with the camera on, or pick another file"),
    "unfinished.mp4": (
        unfinished,
        (
            "got a recording that was cut off before its index was written; "
            "record it again, or use a video repair program"
        ),
    ),
    "undecodable.mp4": (
        undecodable,
        "got a recording of which no picture can be decoded; record it again, or convert it to MP4 (H.264)",
    ),
    "folder": (
        lambda p: p.mkdir(),
        "got a folder without pictures; name a file, or a folder of JPEG or PNG pictures",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gives_one_clear_line(tmp_path, name):
    make, message = BAD[name]
    make(tmp_path / name)
    with pytest.raises(SourceError) as caught:
        open_video(tmp_path / name)
    assert str(caught.value) == f"{name}: expected a video or picture, {message.format(folder=tmp_path)}"


def test_recording_without_a_single_frame_is_refused_in_one_line(tmp_path):
    no_frames(tmp_path / "zero.mkv")
    with pytest.raises(SourceError, match=r"^zero\.mkv: expected a video or picture, got .*; [^\n]+$"):
        open_video(tmp_path / "zero.mkv")


def test_cover_of_a_song_is_no_video(tmp_path):
    path = tmp_path / "song.mp4"
    audio_only(path)
    with av.open(str(path)) as source, av.open(str(tmp_path / "cover.mp4"), "w") as out:
        stream = out.add_stream_from_template(source.streams.audio[0])
        cover = out.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 96, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        out.mux(cover.encode(av.VideoFrame.from_ndarray(card(), "rgb24").reformat(format="yuvj420p")))
        for packet in source.demux(audio=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    with pytest.raises(SourceError, match=r"cover\.mp4: .* got an audio-only file; record with the camera on"):
        open_video(tmp_path / "cover.mp4")


def test_too_small_picture_is_refused(tmp_path):
    Image.fromarray(card(16, 16)).save(tmp_path / "icon.png")
    with pytest.raises(SourceError) as caught:
        open_video(tmp_path / "icon.png")
    assert str(caught.value) == "icon.png: expected at least 32x32 pixels, got 16x16; record at a larger size"


@pytest.mark.skipif(os.name != "posix", reason="devices are files on POSIX systems only")
def test_device_is_refused():
    with pytest.raises(SourceError) as caught:
        open_video("/dev/null")
    assert str(caught.value) == (
        "null: expected a video or picture, got a device or pipe; save the recording as a file first"
    )


def test_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    path = make_clip(tmp_path / "mine.mp4")

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("formcheck.sources.decode.open_bytes", denied)
    with pytest.raises(SourceError) as caught:
        open_video(path)
    assert str(caught.value) == (
        "mine.mp4: expected a video or picture, got a file that you may not read; check the file permissions"
    )


def test_folder_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", denied)
    with pytest.raises(SourceError, match=r"got a folder that you may not open; check the folder permissions$"):
        open_video(tmp_path)


@pytest.mark.parametrize("fps", [0, -5, float("nan"), float("inf")])
def test_impossible_rate_is_refused(tmp_path, fps):
    with pytest.raises(SourceError, match=r"^a\.mp4: expected frames per second above 0, got "):
        open_video(tmp_path / "a.mp4", fps=fps)


# ---- the day ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"creation_time": "2024-05-03T08:15:00.000000Z"}, datetime(2024, 5, 3, 8, 15, tzinfo=UTC)),
        (
            # a phone's own tag, in its own zone, counts before the time at which a program wrote the file
            {"com.apple.quicktime.creationdate": "2024-05-03T10:15:00+0200", "creation_time": "2024-06-01T00:00:00Z"},
            datetime(2024, 5, 3, 8, 15, tzinfo=UTC),
        ),
        ({"creation_time": "1904-01-01T00:00:00.000000Z"}, None),
        ({"creation_time": "2999-01-01T00:00:00.000000Z"}, None),
        ({"creation_time": "yesterday"}, None),
        ({}, None),
    ],
    ids=["utc", "phone", "no clock", "future", "words", "nothing"],
)
def test_the_day_of_a_recording_is_what_its_file_says(made, expected):
    assert read_recording_date(made) == expected


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_the_day_is_read_from_the_file_by_the_child_too(tmp_path, suffix):
    path = make_clip(tmp_path / f"a.{suffix}", made={"creation_time": "2024-05-03T08:15:00Z"})
    with open_video(path) as video, GuardedVideo(path) as guarded:
        assert video.info.recorded_at == guarded.info.recorded_at == datetime(2024, 5, 3, 8, 15, tzinfo=UTC)
