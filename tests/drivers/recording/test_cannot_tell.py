"""An unknown result is a success: exit code 0, verdict cannot_tell, its reason, and all files."""

from __future__ import annotations

import math
import subprocess
import sys

import av
import numpy as np
import pytest
from PIL import Image

from formcheck.apps.cli import commands
from formcheck.core.summary.schema import RunSummary
from formcheck.sources import decode
from formcheck.sources.video import open_video

pytestmark = pytest.mark.slow

HINGE = "hamstring_hinge_standing"


@pytest.fixture
def verdict_of(monkeypatch, capsys, tmp_path):
    """Return a function that runs the command on a recording and returns its summary and what was on stderr."""

    def run(recording, *words):
        out = tmp_path / "out"
        monkeypatch.setattr(sys, "argv", ["formcheck", "check", str(recording), "--movement", HINGE, "--out", str(out)])
        with pytest.raises(SystemExit) as ended:
            commands.main()
        said = capsys.readouterr()
        assert ended.value.code == 0, said.err
        assert (out / "frames.parquet").stat().st_size > 0
        assert (out / "poses.parquet").stat().st_size > 0
        return RunSummary.model_validate_json((out / "summary.json").read_text("utf-8")), said.err

    return run


def write_clip(path, images, *, rate=15, options=None):
    with av.open(str(path), "w", container_options=options or {}) as out:
        stream = out.add_stream("libx264", rate=rate)
        stream.height, stream.width, stream.pix_fmt = *images[0].shape[:2], "yuv420p"
        for image in images:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), "rgb24")))
        out.mux(stream.encode(None))
    return path


def pictures(clip, until_s=math.inf):
    with open_video(clip) as video:
        return [frame.image for frame in video if frame.time_s < until_s]


@pytest.fixture
def clips(bench_dir):
    return bench_dir / "clips"


def test_clip_of_one_frame(verdict_of, clips, tmp_path):
    clip = write_clip(tmp_path / "one.mp4", pictures(clips / "dev_00_hinge_good.mp4", 0.05)[:1])
    summary, _ = verdict_of(clip)
    assert (summary.verdict, summary.source.frames, summary.seen_share) == ("cannot_tell", 1, 1.0)


def test_nobody_in_view(verdict_of, clips):
    summary, _ = verdict_of(clips / "dev_60_empty_room.mp4")
    assert (summary.verdict, summary.seen_share) == ("cannot_tell", 0.0)
    assert summary.why == "Nobody was seen in the recording. Try: Step into the picture."
    assert (summary.faults, summary.repetitions, summary.view.verdict) == ([], [], "refused")


def test_person_who_leaves_mid_way(verdict_of, clips, tmp_path):
    person = pictures(clips / "dev_00_hinge_good.mp4", 3.0)
    room = pictures(clips / "dev_60_empty_room.mp4", 4.0)
    summary, _ = verdict_of(write_clip(tmp_path / "leaves.mp4", person + room))
    assert summary.verdict == "cannot_tell"
    assert summary.faults == []
    assert summary.seen_share == pytest.approx(len(person) / (len(person) + len(room)), abs=0.05)


def test_recording_cut_off_says_so(verdict_of, clips, tmp_path):
    images = pictures(clips / "dev_00_hinge_good.mp4", 4.0)
    clip = write_clip(tmp_path / "cut.mp4", images, options={"movflags": "faststart"})
    content = clip.read_bytes()
    clip.write_bytes(content[: int(0.6 * len(content))])
    summary, stderr = verdict_of(clip)
    assert summary.verdict == "cannot_tell"
    assert "formcheck: cut.mp4: expected 4.0 s, the last " in stderr
    assert "the file looks cut off, copy it again\n" in stderr


def test_all_black(verdict_of, tmp_path):
    summary, _ = verdict_of(write_clip(tmp_path / "black.mp4", [np.zeros((240, 320, 3), np.uint8)] * 20))
    assert (summary.verdict, summary.seen_share) == ("cannot_tell", 0.0)


def test_8k_photograph_without_anybody(verdict_of, tmp_path):
    Image.new("RGB", (7680, 4320), (90, 110, 130)).save(tmp_path / "8k.png", compress_level=1)
    summary, _ = verdict_of(tmp_path / "8k.png")
    assert (summary.verdict, summary.source.width, summary.source.height) == ("cannot_tell", 7680, 4320)


def test_8k_clip_of_the_start_posture(verdict_of, clips, tmp_path):
    small = Image.fromarray(pictures(clips / "dev_00_hinge_good.mp4", 0.05)[0])
    large = np.asarray(small.resize((7680, 4320)))
    summary, _ = verdict_of(write_clip(tmp_path / "8k.mp4", [large] * 2))
    assert (summary.verdict, summary.source.width, summary.seen_share) == ("cannot_tell", 7680, 1.0)


def test_time_stamps_that_are_no_numbers(verdict_of, clips, tmp_path, monkeypatch):
    clip = write_clip(tmp_path / "nan.mp4", pictures(clips / "dev_00_hinge_good.mp4", 1.0))
    monkeypatch.setattr(decode, "_read_seconds", lambda frame: math.nan)
    summary, _ = verdict_of(clip)
    assert (summary.verdict, summary.seen_share) == ("cannot_tell", 1.0)


def test_json_is_alone_on_stdout(clips):
    command = [
        sys.executable,
        "-m",
        "formcheck.apps.cli",
        "check",
        clips / "dev_60_empty_room.mp4",
        "--movement",
        HINGE,
    ]
    ran = subprocess.run([*map(str, command), "--json"], capture_output=True, text=True, check=True)
    assert RunSummary.model_validate_json(ran.stdout).verdict == "cannot_tell"
    assert ran.stdout.startswith("{\n")
    assert ran.stdout.endswith("}\n")
    assert ran.stderr == ""
