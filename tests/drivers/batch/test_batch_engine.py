"""The engine of a batch; a continued table keeps it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from formcheck.drivers.batch import run as running
from formcheck.drivers.batch.job import Settings
from formcheck.sources.pose import engine as engines
from formcheck.sources.pose_track import TrackWriter, open_track

from .batches import CHECKOUT


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """Let all engines be installed; return a function that says which are."""

    def install(*names):
        monkeypatch.setattr(engines, "is_installed", lambda name: name in names)

    install(*engines.ENGINES)
    return install


def some(bench, count, start=0):
    bench.tracks(*(f"r{k:02}.parquet" for k in range(start, start + count)))


def used(bench):
    """Return the engine that the last run names, and that it gave to every worker."""
    run = bench.run()
    assert run["model"]["engine"] == run["settings"]["engine"]
    return run["model"]["engine"]


@pytest.mark.parametrize(("count", "name"), [(9, "direct"), (10, "openvino")])
def test_engine_that_starts_slowly_is_for_many_recordings(bench, count, name):
    some(bench, count)
    bench.batch()
    assert used(bench) == name


def test_cluster_takes_the_engine_that_every_worker_has(bench):
    some(bench, 10)
    bench.batch(scheduler="tcp://host:8786")
    assert used(bench) == "direct"


@pytest.mark.parametrize("name", engines.ENGINES)
def test_engine_that_was_asked_for_is_used(bench, name):
    some(bench, 10)
    bench.batch(settings=Settings(engine=name))
    assert used(bench) == name


def test_engine_reaches_the_workers(bench):
    some(bench, 1)
    asked, honest = [], bench.workers.outcome
    bench.workers.outcome = lambda job: asked.append(job.settings.engine) or honest(job)
    bench.batch(settings=Settings(engine="openvino"))
    bench.batch(settings=Settings(engine="direct"))
    assert asked == ["openvino", "direct"]


def test_table_that_grows_keeps_its_engine(bench):
    some(bench, 9)
    bench.batch()
    some(bench, 3, start=9)
    report = bench.batch()
    assert (used(bench), report.scored, report.reused) == ("direct", 3, 9)


def test_table_that_shrinks_keeps_its_engine(bench):
    some(bench, 10)
    bench.batch()
    report = bench.batch("in/r00.parquet")
    assert (used(bench), report.scored, report.reused) == ("openvino", 0, 1)


def test_other_engine_is_another_result_and_the_first_comes_back(done):
    assert done.batch(settings=Settings(engine="openvino")).scored == 3
    assert done.batch(settings=Settings(engine="openvino")).scored == 0
    assert done.batch(settings=Settings(engine="direct")).scored == 0
    assert done.batch().scored == 0


def test_engine_that_saw_a_saved_track_is_not_that_of_the_table(bench):
    saved = open_track(CHECKOUT / "tests" / "data" / "hinge_good.parquet")
    (bench.folder / "in").mkdir()
    model = {**saved.header["model"], "engine": "mediapipe", "runtime": "MediaPipe 1.2.2"}
    with TrackWriter(bench.folder / "in" / "a.parquet", {**saved.header, "model": model}) as writer:
        for pose in saved:
            writer.write(pose)
    bench.batch()
    row = bench.rows()[0]
    assert (row["model_engine"], row["model_runtime"]) == ("mediapipe", "MediaPipe 1.2.2")
    assert bench.batch().scored == 0
    assert used(bench) == "direct"


def test_engine_that_is_gone_is_replaced(bench, installed):
    some(bench, 10)
    bench.batch()
    installed("direct")
    report = bench.batch()
    assert (used(bench), report.scored) == ("direct", 10)


def test_folder_without_a_run_file_still_goes_on(done):
    for content in (None, "", "[]", '{"settings": 3}', '{"settings": {"engine": 7}}'):
        if content is None:
            (done.out / "run.json").unlink()
        else:
            (done.out / "run.json").write_text(content)
        assert done.batch().scored == 0


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("onnx", "engine: expected auto, direct, openvino, mediapipe, got 'onnx'; see `formcheck doctor`"),
        (
            "openvino",
            "engine openvino: expected the package openvino, got none; install it with `pip install openvino`",
        ),
    ],
)
def test_unusable_engine_is_reported_before_anything_runs(bench, command, installed, name, told):
    installed("direct", "mediapipe")
    some(bench, 1)
    code, stdout, stderr = command("in", "--out", "out", "--engine", name)
    assert (code, stdout, stderr) == (2, "", f"formcheck: {told}\n")
    assert bench.scored == []


def test_dry_run_says_nothing_of_engines_and_starts_none(bench, monkeypatch):
    some(bench, 10)
    request = running.Request([str(bench.folder / "in")], bench.out)
    plan, _ = running.plan_batch(request, None)
    assert plan.engine == "openvino"
    plan, _ = running.plan_batch(replace(request, settings=Settings(engine="mediapipe")), None)
    assert plan.engine == "mediapipe"
