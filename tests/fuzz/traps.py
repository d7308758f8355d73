"""Traps made by hand: files whose numbers, sizes, names or kinds would stop, fill or mislead a program.

Each trap gives the command that walks into it. `python -m tests.fuzz.hostile` measures them all.
"""

from __future__ import annotations

import os
import re
import shutil
import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..conftest import CHECKOUT
from ..sources.external_poses.pose_files import write_openpose, write_wide_csv
from .readers import MOVEMENT, _good_poses, _good_video

Words = list[str]
Trap = Callable[[Path], Words]
GOOD = CHECKOUT / "tests" / "data" / "hinge_good.parquet"
AS = ("--movement", MOVEMENT)
SPARSE_BYTES = 20 << 30
"""The size that a file claims; on the disk it takes nothing."""


def check(path: Path, *more: object) -> Words:
    return [str(word) for word in ("check", "--json", *AS, path, *more)]


def score(out: Path, *words: object) -> Words:
    return [str(word) for word in ("batch", "--workers", "1", "--out", out, *words)]


def write(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def make_sparse(path: Path, head: bytes = b"") -> Path:
    with write(path, head).open("r+b") as file:
        file.truncate(SPARSE_BYTES)
    return path


def make_pipe(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    return path


# Numbers in the heads of recordings -----------------------------------------------------------------------------------


def patch(container: str, tag: bytes, offset: int, value: bytes) -> Trap:
    """Return a trap with other bytes at an offset from each tag of a good video."""

    def make(folder: Path) -> Words:
        data = bytearray(_good_video(container))
        found = -1
        while (found := data.find(tag, found + 1)) >= 0:
            data[found + offset : found + offset + len(value)] = value
        assert bytes(data) != _good_video(container), "the tag is not in this container"
        return check(write(folder / f"a.{container}", bytes(data)))

    return make


def nest(head: bytes, wrap: Callable[[bytes], bytes], depth: int, name: str) -> Trap:
    """Return a trap of boxes in boxes."""

    def make(folder: Path) -> Words:
        inner = b""
        for _ in range(depth):
            inner = wrap(inner)
        return check(write(folder / name, head + inner))

    return make


def give(name: str, content: bytes | str) -> Trap:
    """Return a trap that is one file."""
    return lambda folder: check(write(folder / name, content))


def _write_png(side_px: int, bits: int, kind: int, row_bytes: int) -> bytes:
    def chunk(tag: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))

    squeeze = zlib.compressobj(9)
    pixels = b"".join(squeeze.compress(bytes(1 + row_bytes)) for _ in range(side_px)) + squeeze.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side_px, side_px, bits, kind, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


_RECORDINGS: dict[str, Trap] = {
    "mp4_clock": patch("mp4", b"mdhd", 16, struct.pack(">II", 1, 2**32 - 1)),
    "mp4_steps": patch("mp4", b"stts", 12, struct.pack(">II", 2**31 - 1, 2**31 - 1)),
    "mp4_sizes": patch("mp4", b"stsz", 12, struct.pack(">I", 2**31 - 1)),
    "mp4_pixels": patch("mp4", b"avc1", 28, struct.pack(">HH", 65535, 65535)),
    "mp4_boxes": nest(struct.pack(">I4s4sI", 16, b"ftyp", b"isom", 0),
                      lambda inner: struct.pack(">I4s", 8 + len(inner), b"moov") + inner, 3000, "h.mp4"),
    "mkv_length": patch("mkv", b"\x44\x89\x88", 3, struct.pack(">d", 1e300)),
    "mkv_no_length": patch("mkv", b"\x44\x89\x88", 3, struct.pack(">d", float("nan"))),
    "mkv_boxes": nest(b"\x1a\x45\xdf\xa3\x80",
                      lambda inner: b"\x18\x53\x80\x67" + struct.pack(">Q", (1 << 56) | len(inner)) + inner,
                      5000, "d.mkv"),
    "avi_no_rate": patch("avi", b"strh", 28, struct.pack("<II", 0, 0)),
    "avi_rate": patch("avi", b"strh", 28, struct.pack("<II", 1, 2**32 - 1)),
    "avi_pixels": patch("avi", b"strf", 12, struct.pack("<II", 2**31 - 1, 2**31 - 1)),
    "avi_frames": patch("avi", b"avih", 24, struct.pack("<I", 2**32 - 1)),
    "gif_canvas": give("a.gif", b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\x80\0\0\0\0\0\xff\xff\xff,"
                                b"\0\0\0\0\1\0\1\0\0\2\2\x44\1\0;"),
    "png_bomb": lambda folder: check(write(folder / "a.png", _write_png(50_000, 1, 0, 50_000 // 8))),
    "png_just_small_enough": lambda folder: check(write(folder / "a.png", _write_png(6300, 16, 6, 6300 * 8))),
    "y4m_pixels": give("a.y4m", b"YUV4MPEG2 W100000 H100000 F30:1 Ip A1:1 C420jpeg\nFRAME\n" + bytes(1000)),
    "y4m_many": give("b.y4m", b"YUV4MPEG2 W2 H2 F1000000:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + bytes(6)) * 400_000),
    "y4m_slow": give("c.y4m", b"YUV4MPEG2 W64 H64 F1:2000000000 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + bytes(6144)) * 9),
    "list_of_files": give("a.mp4", "ffconcat version 1.0\nfile /etc/passwd\n"),
    "playlist": give("a.m3u8", "#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"),
    "session": give("a.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nt=0 0\nm=video 5004 RTP/AVP 96\n"),
}  # fmt: skip


# Sizes that a file only claims ----------------------------------------------------------------------------------------


def _make_mpeg() -> bytes:
    """Return a video without a container; the parser looks for the next picture through all that follows."""
    encoder = av.CodecContext.create("mpeg2video", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 64, 48, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, 25), Fraction(25)
    shown = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 99, np.uint8), format="rgb24")
    packets = [packet for _ in range(3) for packet in encoder.encode(shown.reformat(format="yuv420p"))]
    return b"".join(bytes(packet) for packet in [*packets, *encoder.encode(None)])


def _fill_results(folder: Path) -> Path:
    """Write a table of results in which a text of 100 kB comes thirty thousand times; the file has a kilobyte."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 30_000, pa.int32()), ["x" * 100_000])
    names = pa.DictionaryArray.from_arrays(pa.array([0] * 30_000, pa.int32()), ["a.mp4"])
    place = folder / "res" / "results.parquet"
    place.parent.mkdir()
    table = pa.table({"recording": texts, "input_uri": names, "verdict": texts})
    pq.write_table(table, place, compression="zstd", store_schema=False)
    return place


def _declare_rows(folder: Path) -> Words:
    path = folder / "a.parquet"
    pq.write_table(pq.read_table(GOOD).slice(0, 4), path)
    data = path.read_bytes()
    size = struct.unpack("<I", data[-8:-4])[0]
    footer = data[-8 - size : -8].replace(b"\x16\x08", b"\x16\xfe\xff\xff\xff\x0f")
    return check(write(path, data[: -8 - size] + footer + struct.pack("<I", len(footer)) + b"PAR1"))


def _nest_columns(folder: Path) -> Words:
    kind, value = pa.int8(), 1
    for _ in range(90):
        kind, value = pa.list_(kind), [value]
    pq.write_table(pa.table({"a": pa.array([value], kind)}), folder / "a.parquet")
    return check(folder / "a.parquet")


_SIZES: dict[str, Trap] = {
    "sparse_video": lambda folder: check(make_sparse(folder / "a.mp4", _good_video("mp4")[:200])),
    "sparse_matroska": lambda folder: check(make_sparse(folder / "a.mkv", _good_video("mkv"))),
    "sparse_stream": lambda folder: check(make_sparse(folder / "a.m2v", _make_mpeg())),
    "sparse_track": lambda folder: check(make_sparse(folder / "a.parquet", b"PAR1")),
    "sparse_csv": lambda folder: check(make_sparse(folder / "a.csv", b"a,b\n")),
    "sparse_trc": lambda folder: check(make_sparse(folder / "a.trc", b"PathFileType\t4\n")),
    "sparse_frame": lambda folder: check(make_sparse(folder / "op" / "a_000000000000_keypoints.json", b"{").parent),
    "sparse_movement": lambda folder: ["movements", "show", str(make_sparse(folder / "a.toml"))],
    "sparse_calibration": lambda folder: check(GOOD, "--calibration", make_sparse(folder / "a.json")),
    "sparse_labels": lambda folder: ["agree", str(make_sparse(folder / "a.csv")), str(GOOD)],
    "sparse_manifest": lambda folder: score(folder / "out", "--dry-run", "--manifest", make_sparse(folder / "a.csv")),
    "track_rows": _declare_rows,
    "track_lists": _nest_columns,
    "footer": lambda folder: check(
        write(folder / "a.parquet", GOOD.read_bytes()[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1")
    ),
    "text_agree": lambda folder: [
        "agree", str(write(folder / "l.csv", "recording,verdict\na.mp4,ok\n")), str(_fill_results(folder))
    ],
    "text_export": lambda folder: ["export", str(_fill_results(folder).parent), "--to", "csv"],
    "text_batch": lambda folder: score(_fill_results(folder).parent, GOOD, *AS, "--dry-run"),
}  # fmt: skip


# Kinds of files and names ---------------------------------------------------------------------------------------------


def _add_pipe_sidecar(folder: Path) -> Words:
    path = write_wide_csv(folder / "a.csv", _good_poses(), world=False)
    make_pipe(path.with_suffix(".json"))
    return check(path)


def _copy_track(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(GOOD, folder / name))


def _link_results(folder: Path) -> Words:
    (folder / "res").mkdir()
    (folder / "victim").write_text("mine")
    for name in ("summary.json", "poses.parquet", "frames.parquet"):
        (folder / "res" / name).symlink_to(folder / "victim")
    return check(GOOD, "--out", folder / "res")


_KINDS: dict[str, Trap] = {
    "pipe_video": lambda folder: check(make_pipe(folder / "a.mp4")),
    "pipe_csv": lambda folder: check(make_pipe(folder / "a.csv")),
    "pipe_sidecar": _add_pipe_sidecar,
    "pipe_batch_sidecar": lambda folder: score(folder / "out", "--dry-run", *AS, _add_pipe_sidecar(folder)[-1]),
    "pipe_pictures": lambda folder: check(make_pipe(folder / "pics" / "1.png").parent),
    "pipe_frames": lambda folder: check(make_pipe(folder / "op" / "a_000000000000_keypoints.json").parent),
    "pipe_maybe_frames": lambda folder: check(make_pipe(folder / "op" / "1.json").parent),
    "pipe_movement": lambda folder: ["movements", "show", str(make_pipe(folder / "a.toml"))],
    "pipe_calibration": lambda folder: check(GOOD, "--calibration", make_pipe(folder / "a.json")),
    "pipe_manifest": lambda folder: score(folder / "out", "--dry-run", "--manifest", make_pipe(folder / "a.csv")),
    "pipe_labels": lambda folder: ["agree", str(make_pipe(folder / "a.csv")), str(GOOD)],
    "pipe_table": lambda folder: score(make_pipe(folder / "o" / "results.parquet").parent, GOOD, *AS, "--dry-run"),
    "onto_a_pipe": lambda folder: ["measure", str(GOOD), "--out", str(make_pipe(folder / "a"))],
    "neutral_onto_a_pipe": lambda folder: check(GOOD, "--keep-neutral", make_pipe(folder / "a")),
    "zero_video": lambda _: check(Path("/dev/zero")),
    "zero_movement": lambda _: ["movements", "show", "/dev/zero"],
    "folder_as_track": lambda folder: check(write(folder / "a.parquet" / "x", "").parent),
    "folder_as_movement": lambda folder: ["movements", "show", str(write(folder / "a.toml" / "x", "").parent)],
    "below_a_file": lambda _: check(GOOD, "--out", GOOD / "x" / "y"),
    "name_with_line": lambda folder: check(write(folder / "a\nb\x1b[31m\u202egnp.mp4", "x" * 9)),
    "name_250": lambda folder: check(_copy_track(folder, "y" * 242 + ".parquet"), "--out", folder / ("o" * 250)),
    "name_not_utf8": lambda folder: check(_copy_track(folder, os.fsdecode(b"\xff.parquet")), "--out", folder / "o"),
    "results_are_links": _link_results,
    "out_is_the_input": lambda folder: check(_copy_track(folder, "poses.parquet"), "--out", folder),
    "batch_into_its_input": lambda folder: score(folder, _copy_track(folder, "a.parquet").parent, *AS, "--poses"),
}


# Text without end -----------------------------------------------------------------------------------------------------


def _write_frame(folder: Path, text: str) -> Words:
    return check(write(folder / "op" / "a_000000000000_keypoints.json", text).parent)


def _jump_index(folder: Path) -> Words:
    place = write_openpose(folder / "op", _good_poses())
    last = max(place.iterdir())
    last.rename(last.with_name(re.sub(r"\d+", "9" * 12, last.name)))
    return check(place)


def calibrate(text: str) -> Trap:
    """Return a trap that is a file with one's own back."""
    return lambda folder: check(GOOD, "--calibration", write(folder / "a.json", text))


def validate(text: str) -> Trap:
    """Return a trap that is a movement file."""
    return lambda folder: ["movements", "show", str(write(folder / "a.toml", text))]


_TEXTS: dict[str, Trap] = {
    "csv_nul": give("a.csv", "frame,time,\x00x\n0,0,\x001\n"),
    "csv_long_line": give("a.csv", "a," * 5_000_000),
    "csv_open_quote": give("a.csv", 'frame,x\n0,"' + "a\n" * 2_000_000),
    "csv_utf16": give("a.csv", "frame,x\n0,1\n".encode("utf-16")),
    "manifest_names_itself": lambda folder: score(
        folder / "out", "--manifest", write(folder / "m.csv", "recording,movement\nm.csv,cat_cow\n")
    ),
    "manifest_names_a_pipe": lambda folder: score(
        folder / "out", "--manifest",
        write(folder / "m.csv", f"recording,movement\n{make_pipe(folder / 'p.mp4')},cat_cow\n/dev/zero,cat_cow\n"),
    ),
    "manifest_long_name": lambda folder: score(
        folder / "out", "--dry-run", "--manifest", write(folder / "m.csv", "recording\n" + "a/" * 50_000 + "x.mp4\n")
    ),
    "toml_array": validate("a = [" + "1," * 400_000 + "]\n"),
    "toml_depth": validate("a = " + "[" * 100_000),
    "toml_dots": validate(".".join(["a"] * 100_000) + " = 1\n"),
    "toml_tables": validate("".join("[" + ".".join(["a"] * k) + "]\n" for k in range(1, 600))),
    "json_depth": calibrate("[" * 900_000),
    "json_number": calibrate('{"schema_version": ' + "9" * 900_000 + "}"),
    "json_twice": calibrate('{"schema_version":1,"schema_version":2,"neutral":{},"neutral":NaN}'),
    "json_half_letter": calibrate('{"schema_version":1,"neutral":{"\\ud800":[1]},"rounded":{}}'),
    "json_mark": calibrate("\ufeff{}"),
    "frame_depth": lambda folder: _write_frame(folder, "[" * 5_000_000),
    "frame_numbers": lambda folder: _write_frame(
        folder, '{"people":[{"pose_keypoints_2d":[' + ",".join(["9" * 4000] * 75) + "]}]}"
    ),
    "frame_people": lambda folder: _write_frame(
        folder, '{"people":[' + ",".join(['{"pose_keypoints_2d":[' + ",".join(["1.5"] * 75) + "]}"] * 9000) + "]}"
    ),
    "frame_index": _jump_index,
    "name_of_a_movement": lambda _: ["movements", "show", "../../../etc/passwd"],
    "rate_of_looks": lambda _: check(GOOD, "--fps", "9" * 400),
    "address_of_a_device": lambda _: check(Path("file:///dev/zero")),
}  # fmt: skip

TRAPS: dict[str, Trap] = {**_RECORDINGS, **_SIZES, **_KINDS, **_TEXTS}
"""Name -> what makes the trap in an empty folder, and returns the command."""
