"""The recordings that the inputs of a batch name: each once, in the order of its inputs, and nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from formcheck.core.errors import SourceError, keep_on_a_line
from formcheck.drivers.batch.files import find_local_file, redact_place, resolve_place
from formcheck.drivers.batch.inputs import gather


def found(*inputs, out="out"):
    """The recordings, by their path below the present folder."""
    entries = gather([str(one) for one in inputs], manifest=None, movement="auto", side="auto", out=Path(out))
    return [os.path.relpath(find_local_file(e.place)) for e in entries]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def fill(*names):
        for name in names:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_bytes(b"not empty")

    return fill


def test_folder_gives_what_can_be_scored_in_natural_order(here):
    here(
        "in/clip10.mp4", "in/clip9.MOV", "in/b/p.jpg", "in/b/t.parquet", "in/m.trc", "in/m.csv", "in/m.json", "in/a.txt"
    )
    assert found("in") == ["in/b/p.jpg", "in/b/t.parquet", "in/clip9.MOV", "in/clip10.mp4", "in/m.trc"]


def test_table_of_landmarks_is_taken_where_it_is_named(here):
    here("in/a.csv", "in/b.csv")
    assert found("in/a.csv", "in/*.csv") == ["in/a.csv", "in/b.csv"]


def test_hidden_files_and_folders_are_skipped_unless_named(here):
    here("in/a.mp4", "in/._a.mp4", "in/.trash/b.mp4", "in/sub/.c/d.mp4")
    assert found("in") == found("./in/") == found("in/**") == ["in/a.mp4"]
    assert found("in/.trash") == ["in/.trash/b.mp4"]
    assert found("in/.trash/*.mp4") == ["in/.trash/b.mp4"]
    assert found("in/.*") == ["in/._a.mp4", "in/.trash/b.mp4"]
    assert found("in/._a.mp4") == ["in/._a.mp4"]


def test_folder_below_a_hidden_one_is_searched(here):
    here(".data/in/a.mp4")
    assert found(".data/in") == found(Path.cwd() / ".data" / "in") == [".data/in/a.mp4"]


def test_what_formcheck_wrote_is_passed_over_but_its_poses(here):
    here("a.mp4", "frames.parquet", "annotated.mp4")
    here("check/summary.json", "check/frames.parquet", "check/annotated.mp4", "check/poses.parquet")
    here("old/results.parquet", "old/frames/movement=cat_cow/1.parquet", "old/poses/1.parquet")
    here("out/results.parquet", "out/poses/1.parquet", "out/new.mp4")
    mine = ["a.mp4", "annotated.mp4", "frames.parquet"]
    assert sorted(found(".")) == sorted([*mine, "check/poses.parquet", "old/poses/1.parquet"])
    assert found("out", out="other") == ["out/new.mp4", "out/poses/1.parquet"]
    assert sorted(found(".", out="../" + Path.cwd().name + "/out")) == sorted(found("."))


def test_folder_with_nothing_to_score_is_reported(here):
    here("out/results.parquet", "in/.a.mp4", "notes/a.json")
    for name in ("out", "in", "notes"):
        with pytest.raises(
            SourceError, match=rf"^{name}: expected recordings, got only hidden files and results of f.+"
        ):
            found(name)


@pytest.mark.parametrize("name", ["none", "none.mp4", "none/*.mp4", "none/"])
def test_input_that_names_nothing_is_one_clear_line(here, name):
    with pytest.raises(SourceError, match=r"^[^\n]+: expected [^\n]+, got [^\n]+; check the spelling$"):
        found(name)


def test_each_recording_comes_once_however_it_is_named(here):
    here("in/a.mp4", "in/b.mp4")
    inputs = ["in/b.mp4", "in", "./in/a.mp4", "in/*.mp4", Path("in/a.mp4").absolute(), "in/../in/b.mp4"]
    assert found(*inputs, Path("in/a.mp4").absolute().as_uri()) == ["in/b.mp4", "in/a.mp4"]


def test_frames_of_openpose_are_their_folder(here):
    here("in/run/a_000_keypoints.json", "in/run/a_001_keypoints.json", "in/b.mp4", "in/other.json")
    assert sorted(found("in")) == ["in/b.mp4", "in/run"]
    assert found("in/run") == found("in/run/*_keypoints.json") == ["in/run"]


def test_frames_of_pose2sim_are_their_folder(here):
    names = [f"in/cam1_json/cam1_{k:06}.json" for k in range(3)]
    here(*names, "in/b.mp4", "in/other.json", "in/shapes/a_1.json")
    for name in names:
        Path(name).write_text('{"version": 1.3, "people": []}')
    assert sorted(found("in")) == ["in/b.mp4", "in/cam1_json"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not take these names")
def test_names_are_taken_as_they_are(here):
    odd = ["a:b.mp4", "ein schöner Film.mp4", "two\nlines.mp4", "[1].mp4", "100%41.mp4", "#1?.mp4", "-x.mp4"]
    here(*(f"in/{name}" for name in odd))
    assert sorted(found("in")) == sorted(f"in/{name}" for name in odd)
    for name in odd:
        assert found(f"in/{name}") == [f"in/{name}"]
        assert found(Path(f"in/{name}").absolute().as_uri()) == [f"in/{name}"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not take this name")
def test_name_at_the_start_is_no_option_of_the_place(here, monkeypatch):
    here("in/a:b.mp4")
    monkeypatch.chdir("in")
    assert found("a:b.mp4") == ["a:b.mp4"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_name_that_is_no_utf8_is_stored_as_text_and_leads_back(here):
    name = os.fsdecode(b"in/a\xff b%41.mp4")
    here(name)
    (entry,) = gather(["in"], manifest=None, movement="auto", side="auto", out=Path("out"))
    assert entry.place.encode("utf-8").endswith(b"/in/a%FF%20b%2541.mp4")
    assert entry.recording == "in/a\\udcff b%41.mp4"
    assert find_local_file(redact_place(entry.place)) == Path(name).absolute()
    assert found(entry.place) == [name]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows needs a right to make links")
def test_links_are_followed_to_files_and_never_round_in_circles(here):
    here("in/a.mp4", "elsewhere/b.mp4")
    Path("in/again").symlink_to(Path("in").absolute())
    Path("in/loop.mp4").symlink_to("loop.mp4")
    Path("in/linked.mp4").symlink_to("../elsewhere/b.mp4")
    Path("whole").symlink_to("elsewhere")
    assert found("in") == ["in/a.mp4", "in/linked.mp4", "in/loop.mp4"]
    assert found("whole") == ["whole/b.mp4"]
    behind = find_local_file(resolve_place("in/again/../elsewhere/b.mp4"))
    assert behind.samefile("elsewhere/b.mp4")


def test_folder_that_may_not_be_looked_into_is_one_clear_line(here, monkeypatch):
    here("in/a.mp4")
    refused = PermissionError(13, "Permission denied", "in/private")
    monkeypatch.setattr(os, "walk", lambda top, onerror: onerror(refused))
    with pytest.raises(SourceError, match=r"^private: expected a folder of recordings, got one that you may not open"):
        found("in")


# Places ---------------------------------------------------------------------------------------------------------------


def test_place_holds_wherever_the_command_is_run(here, monkeypatch):
    here("in/a.mp4")
    first = resolve_place("in/a.mp4")
    monkeypatch.chdir("in")
    assert resolve_place("a.mp4") == resolve_place("../in/a.mp4") == first
    assert resolve_place("none/../a.mp4") != first


@pytest.mark.parametrize("uri", ["s3://bucket/a b%20.mp4", "https://host/a.mp4?sig=1", "file://nas/a.mp4"])
def test_address_is_its_own_place(uri):
    assert resolve_place(uri) == uri


def test_table_holds_no_secret_and_keeps_two_addresses_apart():
    assert redact_place("s3://key:secret@bucket/a.mp4") == "s3://bucket/a.mp4"
    first, second = (redact_place(f"https://me:pw@host/a.mp4?sig=sec{k}") for k in range(2))
    assert first != second
    assert first.startswith("https://host/a.mp4?")
    assert not any(word in first for word in ("sec", "pw", "me"))


def test_line_stays_a_line():
    assert keep_on_a_line("a\nb\t\x1b[31m\u2028\udcffé.mp4") == "a\\nb\\t\\x1b[31m\\u2028\\udcffé.mp4"
