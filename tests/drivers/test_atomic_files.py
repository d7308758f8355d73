"""Results are complete or absent, and never mixed with those of an older run."""

from __future__ import annotations

import pytest

from formcheck.drivers.atomic_files import stage_files, write_one_file


def test_files_move_once_all_are_whole(tmp_path):
    with stage_files(tmp_path / "out") as folder:
        (folder / "summary.json").write_text("{}")
        assert not (tmp_path / "out").exists()
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["summary.json"]


def fail_after_writing(path):
    path.write_text("new")
    raise RuntimeError


def test_nothing_is_left_of_a_run_that_failed(tmp_path):
    with pytest.raises(RuntimeError), stage_files(tmp_path / "deep" / "out") as folder:
        fail_after_writing(folder / "summary.json")
    assert list(tmp_path.iterdir()) == []


def test_an_older_film_does_not_stay_beside_a_new_verdict(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "annotated.mp4").write_bytes(b"old")
    (out / "notes.txt").write_text("mine")
    with stage_files(out, replaces=("annotated.mp4",)) as folder:
        (folder / "summary.json").write_text("{}")
    assert sorted(f.name for f in out.iterdir()) == ["notes.txt", "summary.json"]


def test_a_file_takes_its_place_once_it_is_whole(tmp_path):
    path = tmp_path / "table.parquet"
    path.write_text("old")
    with pytest.raises(RuntimeError), write_one_file(path) as part:
        fail_after_writing(part)
    assert path.read_text() == "old"
    with write_one_file(path) as part:
        part.write_text("new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]
