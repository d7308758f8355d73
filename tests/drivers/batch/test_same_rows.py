"""The real pose model in workers: a row depends on its recording, not on what the process saw before."""

from __future__ import annotations

import shutil
import sys
from itertools import islice

import av
import pytest

from formcheck.sources.pose.engine import is_installed
from formcheck.sources.video import open_video

from .batches import CHECKOUT, assert_right, dask_cluster, desk_in, judged, rows_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="a cluster here is ended by signals that Windows does not have"),
]

SAMPLES = CHECKOUT / "sample_videos"
FRAMES = 16


def cut(name, path):
    """Write the middle of a sample as a clip of its own."""
    with open_video(SAMPLES / name) as video, av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=15)
        stream.width, stream.height, stream.pix_fmt = video.info.width, video.info.height, "yuv420p"
        for frame in islice(video, 60, 60 + FRAMES):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame.image, "rgb24")))
        out.mux(stream.encode(None))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two clips, one of them twice, and a photograph, in an order in which each follows something else."""
    with desk_in(tmp_path_factory.mktemp("seen") / "desk") as desk:
        folder = desk.folder / "in"
        folder.mkdir()
        cut("hinge_good.mp4", folder / "1_hinge.mp4")
        cut("cat_cow_good.mp4", folder / "2_cat.mp4")
        shutil.copy(folder / "1_hinge.mp4", folder / "3_hinge.mp4")
        with open_video(SAMPLES / "hinge_back_rounding.mp4") as video:
            av.VideoFrame.from_ndarray(next(islice(video, 90, None)).image, "rgb24").to_image().save(folder / "4.png")
        shutil.copy(folder / "2_cat.mp4", folder / "5_cat.mp4")
        assert desk.batch("in", "--workers", 1).code == 0
        yield desk


def test_rows_of_a_used_process_equal_those_of_a_fresh_check(folder):
    rows = rows_of(folder.out)
    assert all(row["seen_share"] == 1 for row in rows.values())
    assert_right(rows, [folder.folder / "in" / name for name in ("1_hinge.mp4", "2_cat.mp4", "4.png")], fps="auto")
    assert judged(rows["3_hinge.mp4"]) == judged(rows["1_hinge.mp4"])
    assert judged(rows["5_cat.mp4"]) == judged(rows["2_cat.mp4"])


@pytest.mark.parametrize("engine", ["openvino", "mediapipe"])
def test_rows_of_the_other_engines_are_those_of_a_fresh_check(folder, engine):
    if not is_installed(engine):
        pytest.skip(f"no {engine} engine: its package is not installed")
    out = folder.folder / engine
    words = ("in/1_hinge.mp4", "in/2_cat.mp4", "in/3_hinge.mp4", "--workers", 1, "--engine", engine, "--out", out)
    assert folder.batch(*words).code == 0
    rows = rows_of(out)
    assert {(row["model_engine"], row["seen_share"]) for row in rows.values()} == {(engine, 1)}
    assert_right(rows, [folder.folder / "in" / name for name in ("1_hinge.mp4", "2_cat.mp4")], "auto", engine)
    assert judged(rows["3_hinge.mp4"]) == judged(rows["1_hinge.mp4"])


def test_rows_do_not_depend_on_process_count_or_order(folder):
    words = [f"in/{name}" for name in ("5_cat.mp4", "4.png", "1_hinge.mp4", "3_hinge.mp4", "2_cat.mp4")]
    assert folder.batch(*words, "--workers", 2, "--out", folder.folder / "out2").code == 0
    assert rows_of(folder.folder / "out2") == rows_of(folder.out)


def test_rows_of_a_cluster_with_two_threads_are_the_same(folder):
    with dask_cluster(folder, workers=0) as cluster:
        cluster.add_worker("--nthreads", "2")
        assert folder.batch("in", "--scheduler", cluster.address, "--out", folder.folder / "out4").code == 0
    assert rows_of(folder.folder / "out4") == rows_of(folder.out)


def test_a_lower_frame_rate_equals_a_check_and_is_kept_apart(folder):
    out = folder.folder / "out10"
    told = folder.batch("in/1_hinge.mp4", "in/2_cat.mp4", "--fps", 10, "--workers", 1, "--out", out)
    assert told.code == 0
    rows = rows_of(out)
    assert_right(rows, [folder.folder / "in" / name for name in rows], fps=10)
    assert rows["1_hinge.mp4"]["identity"] != rows_of(folder.out)["1_hinge.mp4"]["identity"]
