"""The messages and exit codes of `formcheck batch`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from formcheck.drivers.batch.job import Outcome, make_error_row

from .batches import CHECKOUT, HINGE


def listing(folder):
    return sorted(p.relative_to(folder).as_posix() for p in Path(folder).rglob("*"))


# Exit codes -----------------------------------------------------------------------------------------------------------


def test_all_that_ran_ends_with_0_and_says_where_the_table_is(bench, command):
    bench.tracks("a.parquet", "b.parquet")
    code, stdout, stderr = command("in", "--out", "out", "--movement", HINGE)
    assert (code, stdout) == (0, f"{Path('out/results.parquet')}: 2 recordings, 2 scored now, 0 unchanged\n")
    assert stderr.startswith("formcheck: 2 of 2 recordings, ")
    assert stderr.endswith(" frames/s, 0 errors, 0 s left\n")
    said = f"{Path('out/results.parquet')}: 2 recordings, 0 scored now, 2 unchanged\n"
    assert command("in", "--out", "out", "--movement", HINGE) == (0, said, "")


def test_recordings_that_cannot_be_read_end_with_2_and_one_line(bench, command):
    bench.tracks("a.parquet")
    for name in ("bad.parquet", "empty.mp4"):
        Path("in", name).touch()
    for _ in range(2):
        code, stdout, stderr = command("in", "--out", "out", "--movement", HINGE)
        assert code == 2
        assert stdout.startswith(f"{Path('out/results.parquet')}: 3 recordings, ")
        assert stderr.splitlines()[-1] == "formcheck: of 3 recordings 2 could not be read; see the column `error`"


def test_what_failed_on_our_side_ends_with_1(bench, command):
    bench.tracks("a.parquet")
    Path("in/bad.parquet").touch()
    kinds = {"a.parquet": "machine", "bad.parquet": "input"}
    bench.workers.outcome = lambda job: Outcome(make_error_row("x", kinds[Path(job.place).name]))
    code, _, stderr = command("in", "--out", "out", "--movement", HINGE)
    assert code == 1
    told = "1 could not be read, 1 failed; run again to retry them; see the column `error`"
    assert stderr.splitlines()[-1] == f"formcheck: of 2 recordings {told}"


def test_ctrl_c_is_one_line_and_what_is_done_stays(bench, command):
    bench.tracks("a.parquet", "b.parquet")
    bench.workers.stops_after = 1
    code, stdout, stderr = command("in", "--out", "out", "--movement", HINGE)
    assert (code, stdout) == (2, "")
    assert stderr == "formcheck: stopped; finished results are complete, the unfinished one was not written\n"
    assert bench.names() == ["a.parquet"]


def test_rows_that_are_put_aside_are_reported(bench, command):
    bench.tracks("a.parquet", "b.parquet")
    command("in", "--out", "out", "--movement", HINGE)
    _, _, stderr = command("in/a.parquet", "--out", "out", "--movement", HINGE)
    assert stderr == f"formcheck: 1 row of an earlier run is not part of this run; it is kept in {Path('out/before')}\n"
    bench.tracks("c.parquet")
    command("in", "--out", "out", "--movement", HINGE)
    _, _, stderr = command("in/a.parquet", "--out", "out", "--movement", HINGE)
    assert (
        stderr == f"formcheck: 2 rows of earlier runs are not part of this run; they are kept in {Path('out/before')}\n"
    )


def test_profile_tells_the_stages(bench, command):
    bench.tracks("a.parquet")
    bench.workers.outcome = lambda _: Outcome(
        {"frames_analysed": 8, "worker": "here:1"}, stages_s={"decode": 0.4, "pose": 2.0}
    )
    _, stdout, _ = command("in", "--out", "out", "--movement", HINGE, "--profile")
    assert stdout.splitlines()[1:] == [
        "  decode        0.4 s    50.00 ms a frame",
        "  pose          2.0 s   250.00 ms a frame",
    ]


# Nothing is done ------------------------------------------------------------------------------------------------------


def test_dry_run_lists_what_would_be_done_and_writes_nothing(bench, command):
    bench.tracks("a.parquet", "b.parquet")
    before = listing(".")
    code, stdout, stderr = command("in", "--out", "out", "--movement", HINGE, "--dry-run")
    assert stdout.splitlines() == [
        f"to do\t{Path('in', name)}\t{HINGE}\tauto\tnew" for name in ("a.parquet", "b.parquet")
    ]
    assert (code, stderr) == (0, "2 of 2 recordings would be scored\n")
    assert listing(".") == before
    assert bench.scored == []


def test_dry_run_says_why(bench, command):
    bench.tracks("a.parquet", "b.parquet", "c.parquet")
    Path("in/d.parquet").touch()
    command("in", "--out", "out", "--movement", HINGE)
    bench.tracks("b.parquet", "e.parquet")
    before = listing(".")
    _, stdout, _ = command("in", "--out", "out", "--movement", HINGE, "--dry-run")
    assert [line.split("\t")[::4] for line in stdout.splitlines()] == [
        ["unchanged"], ["to do", "the recording changed"], ["unchanged"], ["unchanged"], ["to do", "new"],
    ]  # fmt: skip
    _, stdout, _ = command("in/a.parquet", "--out", "out", "--movement", HINGE, "--dry-run", "--poses")
    assert stdout.split("\t")[4] == "a file of its result is missing\n"
    _, stdout, _ = command("in/a.parquet", "--out", "out", "--movement", HINGE, "--dry-run", "--fps", "10")
    assert stdout.split("\t")[4] == "the movement, the model, the version or the settings changed\n"
    assert listing(".") == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not take this name")
def test_dry_run_prints_one_line_per_recording_for_any_name(bench, command):
    bench.tracks("two\nlines.parquet")
    _, stdout, _ = command("in", "--out", "out", "--movement", HINGE, "--dry-run")
    assert stdout == f"to do\tin/two\\nlines.parquet\t{HINGE}\tauto\tnew\n"


def test_dry_run_refuses_what_the_run_would_refuse(bench, command):
    bench.tracks("a.parquet")
    Path("file").write_text("mine")
    told = "formcheck: file: expected a folder for the results, got a file; choose another --out\n"
    for more in ([], ["--dry-run"]):
        assert command("in", "--out", "file", "--movement", HINGE, *more) == (2, "", told)


# Usage ----------------------------------------------------------------------------------------------------------------

SEE = "; see `formcheck batch --help`"
BAD_USAGE = [
    (["in"], f"missing option '--out'{SEE}"),
    (["--out", "out"], f"invalid value for INPUT: expected recordings, or a --manifest that names them{SEE}"),
    (["in", "--out", "out", "--side", "up"], f"invalid value for --side: expected left, right or auto, got 'up'{SEE}"),
    (
        ["in", "--out", "out", "--workers", "2", "--scheduler", "tcp://host:1"],
        f"invalid value for --workers: expected one of --workers and --scheduler, got both{SEE}",
    ),
    (
        ["in", "--out", "out", "--files-to", "elsewhere"],
        f"invalid value for --files-to: expected --frames or --poses as well{SEE}",
    ),
    (["none", "--out", "out"], None),
    (
        ["none/*.mp4", "--out", "out"],
        "none/*.mp4: expected recordings, got a pattern without a match; check the spelling",
    ),
    (["ftp://host/a.mp4", "--out", "out"], None),
    (
        ["--manifest", "m.csv", "--out", "out"],
        "m.csv: expected a manifest, got: No such file or directory; check the path",
    ),
    (["in", "--out", "out", "--movement", "cat"], None),
    (["in", "--out", "in/a.parquet"], "a.parquet: expected a folder for the results, got a file; choose another --out"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "told"), BAD_USAGE, ids=lambda v: " ".join(v) if isinstance(v, list) else "")
def test_bad_usage_ends_with_one_line_and_leaves_nothing(bench, command, words, told):
    bench.tracks("a.parquet")
    before = listing(".")
    code, stdout, stderr = command(*words)
    assert (code, stdout, stderr.count("\n")) == (2, "", 1)
    assert stderr.startswith("formcheck: ")
    if told is not None:
        assert stderr == f"formcheck: {told}\n"
    assert listing(".") == before


# The real processes ---------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="Windows closes handles in another way")
def test_closed_stderr_makes_no_difference(tmp_path):
    (tmp_path / "empty.parquet").write_bytes((CHECKOUT / "tests" / "data" / "empty_room.parquet").read_bytes())
    words = [
        sys.executable,
        "-m",
        "formcheck.apps.cli",
        "batch",
        "empty.parquet",
        "--movement",
        HINGE,
        "--workers=1",
    ]
    run = subprocess.run(
        ["sh", "-c", 'exec "$@" --out out 2>&-', "sh", *words],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(CHECKOUT / "src")},
        stdout=subprocess.PIPE, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (0, "out/results.parquet: 1 recording, 1 scored now, 0 unchanged\n")
