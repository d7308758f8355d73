"""Bad recordings in one folder with good ones: each has the line that a check gives, the others are right."""

from __future__ import annotations

import json
import os
import struct
import sys
import zlib

import av
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from formcheck.core.errors import SourceError
from formcheck.drivers.recording.check import check_recording

from ...sources.test_video import audio_only, make_clip, no_frames, noise_clip, undecodable, unfinished
from .batches import CHECKOUT, HINGE, assert_right, desk_in, rows_of, write_tracks

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither such pipes nor such links"),
]

PAGE = "<!DOCTYPE html>\n<html><title>Sign in</title></html>\n"


def claiming(path):
    """A picture of 60,000 x 60,000 pixels, as its head says, in a hundred bytes."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


def damaged(path):
    """A track whose middle was overwritten."""
    content = bytearray((CHECKOUT / "tests" / "data" / "hinge_good.parquet").read_bytes())
    content[2000:60_000] = b"\xff" * 58_000
    path.write_bytes(content)


def lossless(path, width, height):
    """A clip in a codec that knows no smallest size."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=15)
        stream.width, stream.height, stream.pix_fmt = width, height, "bgr0"
        for _ in range(3):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((height, width, 3), 90, np.uint8), "rgb24")))
        out.mux(stream.encode(None))


def broken_openpose(path):
    path.mkdir()
    (path / "clip_000000000000_keypoints.json").write_text("{ people: none")


BAD = {
    "animation.gif": lambda p: p.write_bytes(b"GIF89a"),
    "claims.png": claiming,
    "damaged.parquet": damaged,
    "dangling.mp4": lambda p: p.symlink_to("nowhere.mp4"),
    "dangling.parquet": lambda p: p.symlink_to("nowhere.parquet"),
    "empty.jpg": lambda p: p.touch(),
    "empty.mp4": lambda p: p.touch(),
    "empty.parquet": lambda p: p.touch(),
    "empty.trc": lambda p: p.touch(),
    "frameless.mkv": no_frames,
    "loop.mp4": lambda p: p.symlink_to("loop.mp4"),
    "noise.mp4": lambda p: p.write_bytes(np.random.default_rng(3).bytes(5000)),
    "openpose": broken_openpose,
    "other.parquet": lambda p: pd.DataFrame({"time_s": [0.0]}).to_parquet(p),
    "page.jpg": lambda p: p.write_text(PAGE),
    "page.mov": lambda p: p.write_text(PAGE),
    "page.trc": lambda p: p.write_text(PAGE),
    "pipe.mp4": os.mkfifo,
    "pipe.parquet": os.mkfifo,
    "pipe.trc": os.mkfifo,
    "pixel.mkv": lambda p: lossless(p, 1, 1),
    "pixel.png": lambda p: Image.new("RGB", (1, 1)).save(p),
    "sixteen.mkv": lambda p: lossless(p, 16, 16),
    "song.mp4": audio_only,
    "text.mp4": lambda p: p.write_text("dear diary\n" * 50),
    "undecodable.mp4": undecodable,
    "unfinished.mp4": unfinished,
}
PASSED_OVER = {
    "folder.mp4": lambda p: p.mkdir(),
    "notes.txt": lambda p: p.write_text("left knee"),
    "card.json": lambda p: p.write_text(json.dumps({"recording": "a"})),
    ".hidden.mp4": lambda p: p.touch(),
}
NOBODY = {
    "nobody.jpg": lambda p: Image.new("RGB", (96, 64), (20, 20, 120)).save(p),
    "nobody.mp4": make_clip,
    "torn.mp4": lambda p: p.write_bytes(noise_clip(p, 1).read_bytes()[:-4000]),
}
"""Recordings that can be read, with nobody in them."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A batch over all of them, its output, and the tracks among them."""
    with desk_in(tmp_path_factory.mktemp("bad") / "desk") as desk:
        tracks = write_tracks(desk.folder / "in", ["a.parquet", "m.parquet", "z.parquet"])
        for name, make in {**BAD, **PASSED_OVER, **NOBODY}.items():
            make(desk.folder / "in" / name)
        yield desk, desk.batch("in", "--workers", 2, "--engine", "direct"), tracks


def test_each_bad_recording_has_the_line_that_a_check_gives(folder):
    desk, _, _ = folder
    rows = rows_of(desk.out)
    assert sorted(name for name, row in rows.items() if row["error"] is not None) == sorted(BAD)
    for name in BAD:
        with pytest.raises(SourceError, match="expected") as told:
            check_recording(desk.folder / "in" / name, movement=HINGE)
        row = rows[name]
        assert (row["error"], row["error_kind"], row["verdict"]) == (str(told.value), "input", None)
        assert "\n" not in row["error"]


def test_good_recordings_beside_them_are_right(folder):
    desk, _, tracks = folder
    rows = rows_of(desk.out)
    assert sorted(rows) == sorted([*BAD, *NOBODY, *(path.name for path in tracks)])
    assert_right(rows, [*tracks, *(desk.folder / "in" / name for name in NOBODY)], engine="direct")
    assert {rows[name]["verdict"] for name in NOBODY} == {"cannot_tell"}
    assert rows["torn.mp4"]["warnings"] != []


def test_end_is_reported_in_one_line_and_the_exit_code_says_so(folder):
    _, told, _ = folder
    count = len(BAD) + len(NOBODY) + 3
    assert told.code == 2
    assert told.told == [f"formcheck: of {count} recordings {len(BAD)} could not be read; see the column `error`"]


def test_what_cannot_be_read_is_not_read_again_until_it_changes(folder):
    desk, _, _ = folder
    write_tracks(desk.folder / "in", ["empty.parquet"], frames=9)
    lines = desk.batch("in", "--dry-run").out.splitlines()
    to_do = {line.split("\t")[1].rpartition("/")[2] for line in lines if line.startswith("to do")}
    # a missing file may appear at any moment
    assert {"empty.parquet"} < to_do <= {"empty.parquet", "dangling.mp4", "dangling.parquet", "loop.mp4", "openpose"}
