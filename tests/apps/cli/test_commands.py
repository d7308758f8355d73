"""The real command: a user's error ends with one line and exit code 2, and leaves no half-written file."""

from __future__ import annotations

import errno
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import partial
from importlib import resources
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.core.errors import SourceError
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.records import PoseFrame
from formcheck.sinks import frame_table
from formcheck.sources import pose_track
from formcheck.sources.pose_track import TrackWriter
from formcheck.sources.video import open_video

HINGE = "hamstring_hinge_standing"
WANTED = "expected a video or picture, got"
HEADER = {
    "created_utc": "2026-11-21T11:00:00+00:00", "still": False, "model": {"name": "full", "sha256": "0" * 64},
    "source": {"name": "a.mp4", "sha256": "0" * 64, "width": 64, "height": 48, "fps": 15.0, "duration_s": 2.0,
               "frames": 30},
}  # fmt: skip


def write_clip(path, *, frames=30, size_px=(64, 48), options=None):
    """Write a grey clip that looks a little different in each picture."""
    with av.open(str(path), "w", container_options=options or {}) as out:
        stream = out.add_stream("libx264", rate=15)
        stream.width, stream.height, stream.pix_fmt = *size_px, "yuv420p"
        noise = np.random.default_rng(0)
        for _ in range(frames):
            image = noise.integers(0, 255, (size_px[1], size_px[0], 3), np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        out.mux(stream.encode(None))
    return path


def write_sound(path):
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 44100
        for _ in range(20):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def write_track(path, poses=()):
    with TrackWriter(path, HEADER) as track:
        for pose in poses:
            track.write(pose)
    return path


def cut(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def index_first(path):
    """A film whose index lists 30 pictures that do not exist."""
    content = write_clip(path, options={"movflags": "faststart"}).read_bytes()
    path.write_bytes(content[: content.index(b"mdat") + 4])
    return path


def listing(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


# Recordings that cannot be read ---------------------------------------------------------------------------------------

BAD_RECORDINGS = [
    pytest.param(
        "none.mp4", lambda p: None, f"{WANTED} no file with that name in {{folder}}; check the spelling", id="missing"
    ),
    pytest.param(
        "empty.mp4", lambda p: p.touch(), f"{WANTED} an empty file (0 bytes); copy or record it again", id="empty"
    ),
    pytest.param(
        "cut.mp4", lambda p: cut(write_clip(p), 0.5),
        f"{WANTED} a recording that was cut off before its index was written; "
        "record it again, or use a video repair program", id="cut off before its index",
    ),
    pytest.param(
        "cut.mp4", index_first,
        f"{WANTED} a recording of which no picture can be decoded; record it again, or convert it to MP4 (H.264)",
        id="cut off before its first picture",
    ),
    pytest.param(
        "text.mp4", lambda p: p.write_text("A letter, not a film.\n" * 9),
        f"{WANTED} a text file; pick another file", id="text with another name",
    ),
    pytest.param(
        "noise.mp4", lambda p: p.write_bytes(np.random.default_rng(1).bytes(5000)),
        f"{WANTED} data in an unknown format; pick another file, or convert it to MP4 (H.264)", id="noise",
    ),
    pytest.param(
        "sound.m4a", write_sound, None, id="sound alone",
    ),
    pytest.param("zero.mp4", lambda p: write_clip(p, frames=0), None, id="no frames"),
    pytest.param(
        "tiny.mp4", lambda p: write_clip(p, size_px=(16, 16)),
        "expected at least 32x32 pixels, got 16x16; record at a larger size", id="16x16 pixels",
    ),
    pytest.param(
        "folder", lambda p: p.mkdir(),
        f"{WANTED} a folder without pictures; name a file, or a folder of JPEG or PNG pictures", id="empty folder",
    ),
    pytest.param(
        "poses.parquet", lambda p: p.write_bytes(b"PAR1 no"),
        "expected a pose track saved by formcheck, got a file that is not Parquet; give the poses.parquet of a result",
        id="no pose track",
    ),
]  # fmt: skip


@pytest.mark.parametrize("command", ["check", "measure"])
@pytest.mark.parametrize(("name", "make", "told"), BAD_RECORDINGS)
def test_bad_recording_ends_with_one_line(formcheck, tmp_path, name, make, told, command):
    make(tmp_path / name)
    before = listing(tmp_path)
    out = tmp_path / "new" / "deeper" / ("out" if command == "check" else "out.parquet")
    options = ["--movement", HINGE] if command == "check" else []
    code, stdout, stderr = formcheck(command, tmp_path / name, *options, "--out", out)
    assert (code, stdout) == (2, "")
    assert stderr.count("\n") == 1
    if told is None:
        assert re.match(rf"formcheck: {re.escape(name)}: {WANTED} .+; .+\n", stderr)
    else:
        assert stderr == f"formcheck: {name}: {told.format(folder=tmp_path)}\n"
    assert listing(tmp_path) == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_folder_that_may_not_be_looked_into_ends_with_one_line(formcheck, tmp_path, monkeypatch):
    folder = tmp_path / "private"
    folder.mkdir(mode=0)
    expected = f"private: {WANTED} a folder that you may not open; check the folder permissions"
    if os.access(folder, os.R_OK):  # root may look into everything, and so may the child that decodes
        listed = type(folder).iterdir
        monkeypatch.setattr(type(folder), "iterdir", lambda p: _not_allowed(p) if p == folder else listed(p))
        with pytest.raises(SourceError, match=re.escape(expected)):
            open_video(folder)
    else:
        code, _, stderr = formcheck("check", folder, "--movement", HINGE)
        assert (code, stderr) == (2, f"formcheck: {expected}\n")


def _not_allowed(path):
    raise PermissionError(errno.EACCES, "Permission denied", str(path))


# Usage ----------------------------------------------------------------------------------------------------------------

BAD_USAGE = [
    (
        ["check", "a.mp4", "--movement", HINGE, "--annotate"],
        "invalid value for --annotate: expected --out DIR too, a folder for the video; see `formcheck check --help`",
    ),
    (
        ["check", "a.mp4", "--movement", HINGE, "--side", "up"],
        "invalid value for --side: expected left, right or auto, got 'up'; see `formcheck check --help`",
    ),
    (
        ["check", "a.mp4", "--movement", "cat"],
        f"cat: expected a movement id or a .toml file; known ids: {', '.join(catalogue())}",
    ),
    (
        ["check", "a.mp4", "--movement", "auto", "--keep-neutral", "own.json"],
        "a.mp4: expected a named movement with --keep-neutral, got auto; name it with --movement",
    ),
    (["check"], "missing argument 'video'; see `formcheck check --help`"),
    (["bogus"], "no such command 'bogus'; see `formcheck --help`"),
    (
        ["check", "a.mp4", "--movement", HINGE, "--pose-model", "huge"],
        "pose model: expected full, lite, heavy or the path of a .task file, got 'huge': no such file",
    ),
    (
        ["check", "a.mp4", "--movement", HINGE, "--calibration", "own.json"],
        "own.json: expected a calibration file written by formcheck, got: No such file or directory; check the path",
    ),
    (
        ["check", "poses.parquet", "--movement", HINGE, "--out", "out", "--annotate"],
        "poses.parquet: expected the recording itself to draw on, got a pose track; leave out --annotate",
    ),
    (
        ["movements", "show", "none.toml"],
        "none.toml: expected a readable file, got: No such file or directory; check the path",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("words", "told"), BAD_USAGE, ids=[" ".join(words) for words, _ in BAD_USAGE])
def test_bad_usage_ends_with_one_line(formcheck, tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "a.mp4")
    write_track(tmp_path / "poses.parquet")
    before = listing(tmp_path)
    assert formcheck(*words) == (2, "", f"formcheck: {told}\n")
    assert listing(tmp_path) == before


def test_rate_out_of_range_ends_with_one_line(formcheck):
    code, stdout, stderr = formcheck("check", "a.mp4", "--movement", HINGE, "--fps", "0")
    assert (code, stdout, stderr.count("\n")) == (2, "", 1)
    assert "'--fps'" in stderr


def test_bad_movement_file_tells_every_problem_at_once(formcheck, tmp_path):
    (tmp_path / "mine.toml").write_text('schema_version = 1\nid = "Mine"\n')
    for words in (["check", write_clip(tmp_path / "a.mp4"), "--movement"], ["movements", "validate"]):
        code, stdout, stderr = formcheck(*words, tmp_path / "mine.toml")
        assert (code, stdout) == (2, "")
        head, *problems = stderr.removeprefix("formcheck: ").splitlines()
        assert head == f"mine.toml: {len(problems)} problems"
        assert len(problems) > 5


def test_movement_file_that_is_no_toml_ends_with_one_line(formcheck, tmp_path):
    (tmp_path / "mine.toml").write_text("not toml")
    code, _, stderr = formcheck("check", write_clip(tmp_path / "a.mp4"), "--movement", tmp_path / "mine.toml")
    assert (code, stderr.count("\n")) == (2, 1)
    assert stderr.startswith("formcheck: mine.toml: expected TOML, got a syntax error: ")


# Places that cannot be written ----------------------------------------------------------------------------------------


@pytest.fixture
def track(tmp_path):
    """Return a saved track in which nobody is seen for two seconds."""
    return write_track(tmp_path / "poses.parquet", [PoseFrame.nobody(k / 15, (64, 48)) for k in range(30)])


def test_out_that_is_a_file_ends_with_one_line(formcheck, tmp_path, track):
    (tmp_path / "out").write_text("mine")
    told = "formcheck: out: expected a folder for the results, got a file; choose another name\n"
    assert formcheck("check", track, "--movement", HINGE, "--out", tmp_path / "out") == (2, "", told)
    assert (tmp_path / "out").read_text() == "mine"


def test_measure_into_a_folder_ends_with_one_line(formcheck, tmp_path, track):
    told = f"formcheck: {tmp_path.name}: expected a file name, got a folder; name a file in it\n"
    assert formcheck("measure", track, "--out", tmp_path) == (2, "", told)


@pytest.mark.parametrize(("home", "writer"), [(pose_track, "TrackWriter"), (frame_table, "FrameTable")])
def test_full_disk_ends_with_one_line_and_leaves_nothing(formcheck, tmp_path, track, monkeypatch, home, writer):
    class Full(getattr(home, writer)):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(home, writer, Full)
    before = listing(tmp_path)
    code, stdout, stderr = formcheck("check", track, "--movement", HINGE, "--out", tmp_path / "new" / "out")
    told = "formcheck: out: expected room for the results, got a full disk; free some space and run again\n"
    assert (code, stdout, stderr) == (2, "", told)
    assert listing(tmp_path) == before


def test_failed_run_leaves_the_older_result_as_it_was(formcheck, tmp_path, track, monkeypatch):
    out = tmp_path / "out"
    assert formcheck("check", track, "--movement", HINGE, "--out", out)[0] == 0
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    monkeypatch.setattr(
        frame_table.FrameTable, "write", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full"))
    )
    assert formcheck("check", track, "--movement", "plank", "--out", out)[0] == 2
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before


# What the commands say ------------------------------------------------------------------------------------------------


def test_result_holds_four_files_and_json_alone_on_stdout(formcheck, tmp_path, track):
    code, stdout, stderr = formcheck("check", track, "--movement", HINGE, "--out", tmp_path / "out", "--json")
    assert (code, stderr) == (0, "")
    assert json.loads(stdout)["verdict"] == "cannot_tell"
    assert stdout == (tmp_path / "out" / "summary.json").read_text("utf-8")
    names = ["frames.parquet", "movement.toml", "poses.parquet", "summary.json"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == names


def test_measure_says_what_it_wrote(formcheck, tmp_path, track):
    out = tmp_path / "m.parquet"
    assert formcheck("measure", track, "--out", out) == (0, f"{out}: 30 frames\n", "")


COMMANDS = [
    ["check"], ["measure"], ["batch"], ["agree"], ["export"], ["doctor"], ["app"],
    ["movements", "list"], ["movements", "show"], ["movements", "signals"], ["movements", "validate"],
    ["routines", "list"], ["routines", "show"], ["routines", "validate"],
    ["history", "list"], ["history", "export"], ["history", "delete"], ["tests", "list"], ["tests", "show"],
    ["tests", "run"], ["tests", "compare"], ["tests", "validate"],
    ["report"], ["compare"], ["draft"], ["correct"], ["prescription", "show"], ["prescription", "write"],
    ["prescription", "give"], ["prescription", "take-back"],
    *[["patient", one] for one in ("add", "list", "keep", "show", "take-out", "encrypt", "passphrase", "delete")],
]  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_has_an_example(formcheck, words):
    code, stdout, _ = formcheck(*words, "--help")
    assert code == 0
    assert f"Example: formcheck {' '.join(words)}" in stdout


def test_every_command_is_known_to_these_tests(formcheck):
    for words in ([], ["movements"], ["routines"], ["history"], ["tests"], ["prescription"], ["patient"]):
        listed = re.search(r"Commands:\n(.*)", formcheck(*words, "--help")[1], re.DOTALL)[1]
        names = {line.split()[0] for line in listed.splitlines() if re.match(r"  \w", line)}
        assert names == {c[len(words)] for c in COMMANDS if c[: len(words)] == words}


def test_called_without_anything_it_shows_the_help(formcheck):
    code, stdout, stderr = formcheck()
    assert (code, stdout) == (2, "")
    assert "Commands:" in stderr


def test_movements_are_listed_shown_and_valid(formcheck, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    listed = formcheck("movements", "list")[1].splitlines()
    assert [line.split()[0] for line in listed] == catalogue()
    for name in catalogue():
        movement = load_movement(name)
        assert (
            formcheck("movements", "show", name)[1].splitlines()[0]
            == f"{movement.name}  ({name}, version {movement.version})"
        )


def test_an_own_movement_works_everywhere_and_a_bad_one_is_named(formcheck, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    (tmp_path / "movements").mkdir()
    text = resources.files("formcheck.movements").joinpath(f"{HINGE}.toml").read_text("utf-8")
    mine, bad = (tmp_path / "movements" / name for name in ("mine.toml", "bad.toml"))
    mine.write_text(text.replace(f'id = "{HINGE}"', 'id = "wall_bow"', 1), "utf-8")
    bad.write_text(text.replace(f'id = "{HINGE}"', 'id = "bad"\nodd = 1', 1), "utf-8")

    code, stdout, stderr = formcheck("movements", "list")
    assert (code, stdout.splitlines()[-1].split()[0], stdout.endswith(", own\n")) == (0, "wall_bow", True)
    assert stderr.startswith("bad.toml: left out: odd: unknown key")
    assert stderr.count("\n") == 1
    assert formcheck("movements", "show", "wall_bow")[1].startswith("Standing hamstring stretch  (wall_bow, ")
    assert formcheck("movements", "validate", "wall_bow")[:2] == (
        0, "mine.toml: good (Standing hamstring stretch, 5 measures, 11 faults)\n",
    )  # fmt: skip
    code, _, stderr = formcheck("movements", "validate", "bad", "wall_bow")
    assert (code, stderr.splitlines()[0]) == (2, "bad.toml: 1 problem")

    track = Path("examples/tracks/hinge_stretch_knee_bent.parquet").resolve()
    code, stdout, _ = formcheck("check", track, "--movement", "wall_bow", "--json")
    summary = json.loads(stdout)
    assert (code, summary["movement"]["id"], summary["verdict"]) == (0, "wall_bow", "warn")
    assert formcheck("check", track, "--movement", "wall_bow")[0] == 0
    code, _, stderr = formcheck("check", track, "--movement", "bad")
    assert (code, stderr.count("\n")) == (2, 1)
    assert stderr.startswith("formcheck: bad.toml: odd: unknown key")
    assert formcheck("batch", track, "--movement", "wall_bow", "--out", tmp_path / "out")[0] == 0
    again = formcheck("batch", track, "--movement", "wall_bow", "--out", tmp_path / "out", "--dry-run")
    assert again[1] == f"unchanged\t{track}\twall_bow\tauto\n"


def test_movement_files_of_the_catalogue_are_good(formcheck):
    files = sorted(Path(str(resources.files("formcheck.movements"))).glob("[a-z]*.toml"))
    code, stdout, stderr = formcheck("movements", "validate", *files)
    assert (code, stderr) == (0, "")
    assert [line.split(": ")[0] for line in stdout.splitlines()] == [f.name for f in files]
    assert all(": good (" in line for line in stdout.splitlines())


def test_routines_are_listed_shown_and_valid(formcheck, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    files = sorted(Path(str(resources.files("formcheck.routines"))).glob("*.toml"))
    code, stdout, stderr = formcheck("routines", "validate", *files)
    assert (code, stderr) == (0, "")
    assert stdout.count(": good (") == len(files)
    listed = [line.split()[0] for line in formcheck("routines", "list")[1].splitlines()]
    assert sorted(listed) == [file.stem for file in files]
    assert listed[0] == "six_stretches"
    shown = formcheck("routines", "show", "six_stretches", "--minutes", "10")[1]
    assert "Cat-cow · get into position, the camera moves (26 s)" in shown
    assert "  ! Left out to fit your time: Seated forward bend" in shown


def test_an_own_routine_is_listed_and_a_bad_one_is_named(formcheck, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    (tmp_path / "routines").mkdir()
    own = resources.files("formcheck.routines").joinpath("support.toml").read_text("utf-8")
    mine, bad = (tmp_path / "routines" / name for name in ("mine.toml", "bad.toml"))
    mine.write_text(own.replace('id = "support"', 'id = "mine"'), "utf-8")
    bad.write_text(own.replace("time_s = ", "time_s = 1"), "utf-8")
    code, stdout, stderr = formcheck("routines", "list")
    assert (code, stdout.splitlines()[-1].split()[0]) == (0, "mine")
    assert stderr == "bad.toml: cannot be used; check it with `formcheck routines validate`\n"
    assert formcheck("routines", "show", "mine")[1].startswith("Strength for your back  (mine, ")
    code, _, stderr = formcheck("routines", "validate", bad)
    assert code == 2
    assert "time_s: expected 472 within 10 %, by its own clock, got 1470" in stderr


def test_every_signal_of_a_movement_file_is_listed(formcheck):
    known = set(formcheck("movements", "signals")[1].split())
    specs = itertools.chain.from_iterable(load_movement(m).measures.values() for m in catalogue())
    signals = {re.sub(r"_(working|other|near|far)_", "_left_", spec.signal) for spec in specs}
    assert signals <= known


# The process itself ---------------------------------------------------------------------------------------------------

HEAVY = (
    "ai_edge_litert", "av", "cv2", "matplotlib", "mediapipe", "numpy", "openvino", "pandas", "pyarrow", "streamlit",
)  # fmt: skip


def test_help_loads_no_heavy_library():
    # Which is what keeps --help under 0.5 s on any machine.
    script = (
        f"import sys; from formcheck.apps import cli; print([m for m in {HEAVY} if m in sys.modules]); "
        "sys.argv = ['formcheck', 'check', '--help']; "
        f"import atexit; atexit.register(lambda: print([m for m in {HEAVY} if m in sys.modules])); cli.main()"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    lines = ran.stdout.splitlines()
    assert (lines[0], lines[-1]) == ("[]", "[]")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to whole consoles only")
def test_ctrl_c_ends_with_one_line_and_leaves_nothing(tmp_path, bench_dir):
    clip = bench_dir / "clips" / "dev_00_hinge_good.mp4"
    command = [
        sys.executable,
        "-m",
        "formcheck.apps.cli",
        "check",
        clip,
        "--movement",
        HINGE,
        "--out",
        tmp_path / "out",
    ]
    # a job in the background of a shell would ignore Ctrl-C, and so would what it starts
    heed_ctrl_c = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed_ctrl_c)  # noqa: PLW1509 - no other thread
    deadline = time.monotonic() + 60
    while not listing(tmp_path):  # the folder in which the files are made
        assert time.monotonic() < deadline, "the run did not begin"
        time.sleep(0.02)
    time.sleep(1.0)
    run.send_signal(signal.SIGINT)
    stdout, stderr = run.communicate(timeout=240)
    told = "formcheck: stopped; finished results are complete, the unfinished one was not written\n"
    assert (run.returncode, stdout, stderr) == (2, "", told)
    assert listing(tmp_path) == []
