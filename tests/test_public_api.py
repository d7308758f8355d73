"""`import formcheck` has about a dozen names and loads nothing heavy."""

from __future__ import annotations

import dataclasses
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import formcheck as fc
from formcheck.drivers.batch.job import Settings
from formcheck.drivers.batch.run import Request
from formcheck.drivers.recording.check import check_recording
from formcheck.sources.pose.engine import open_engine

HEAVY = (
    "ai_edge_litert", "av", "cv2", "matplotlib", "mediapipe", "numpy", "openvino", "pandas", "pyarrow", "pydantic",
    "streamlit",
)  # fmt: skip


def test_all_equals_what_is_exported():
    assert fc.__all__ == sorted(fc.__all__)
    assert set(fc.__all__) == set(fc._HOMES)
    for name in fc.__all__:
        assert getattr(fc, name).__name__ == name


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'formcheck' has no attribute 'chek'"):
        fc.chek  # noqa: B018


def test_importing_loads_no_heavy_library_and_writes_nothing(tmp_path):
    script = f"import sys, formcheck; print([m for m in {HEAVY} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("[]\n", "")
    assert list(tmp_path.iterdir()) == []


def test_types_are_known_to_type_checkers():
    # The names under TYPE_CHECKING are what mypy sees; the table is what Python sees.
    assert not TYPE_CHECKING
    source = fc.__spec__.loader.get_source("formcheck")
    typed = source.split("if TYPE_CHECKING:\n", 2)[1].split("\n\n")[0]
    for name, home in fc._HOMES.items():
        line = next(line for line in typed.splitlines() if line.strip().startswith(f"from {home} import"))
        assert name in line.split(" import ")[1].split(", ")


def _defaults(function):
    return {name: one.default for name, one in inspect.signature(function).parameters.items()}


def test_check_has_the_options_of_the_check_it_stands_for():
    ours, theirs = _defaults(fc.check), _defaults(check_recording)
    assert {name: ours.pop(name) for name in ("pose_model", "engine")} == {"pose_model": "full", "engine": "auto"}
    assert theirs.pop("engine") is None  # a `ProcessEngine`, which fc.check makes of the two
    assert theirs.pop("keep_film") is False  # for the desk of the app alone
    assert ours == theirs


@pytest.mark.parametrize("function", [fc.check, fc.measure, fc.batch, fc.open_pose_model])
def test_every_function_that_sees_pictures_takes_an_engine(function):
    assert _defaults(function)["engine"] == _defaults(open_engine)["engine"] == "auto"


def test_batch_has_the_defaults_of_the_batch_it_stands_for():
    theirs = {**_field_defaults(Request), **_field_defaults(Settings)}
    shared = {name: default for name, default in _defaults(fc.batch).items() if name in theirs}
    assert shared.keys() >= {"movement", "side", "manifest", "workers", "scheduler", "fps", "files_to", "timeout_s"}
    assert shared == {name: theirs[name] for name in shared}


def _field_defaults(record):
    return {one.name: one.default for one in dataclasses.fields(record) if one.default is not dataclasses.MISSING}


@pytest.fixture
def track(checkout):
    """Return a saved track of a bow that is done well."""
    return checkout / "examples" / "tracks" / "hinge_good.parquet"


def test_batch_takes_one_or_several_paths_and_returns_its_table(track, tmp_path):
    table = fc.batch(track, out=tmp_path / "one", movement="hamstring_hinge_standing", workers=1, frames=True)
    assert table["verdict"].tolist() == ["ok"]
    pd.testing.assert_frame_equal(table, pd.read_parquet(tmp_path / "one" / "results.parquet"))
    assert len(pd.read_parquet(tmp_path / "one" / "frames")) == 168
    again = fc.batch([str(track)], out=str(tmp_path / "one"), movement="hamstring_hinge_standing", frames=True)
    assert again["wall_s"].tolist() == table["wall_s"].tolist()  # it is unchanged


def test_batch_notes_the_line_that_does_the_same(track, tmp_path, monkeypatch):
    monkeypatch.chdir(track.parent)
    fc.batch(track.name, out=tmp_path, movement="auto", side="left", fps=5, workers=1, poses=True, timeout_s=60)
    command = json.loads((tmp_path / "run.json").read_text("utf-8"))["command"]
    assert command[:3] == ["formcheck", "batch", track.name]
    options = dict(zip(command[3:-1:2], command[4:-1:2], strict=True))
    assert options == {
        "--out": str(tmp_path), "--movement": "auto", "--side": "left", "--workers": "1", "--fps": "5",
        "--pose-model": "full", "--engine": "auto", "--timeout": "60",
    }  # fmt: skip
    assert command[-1] == "--poses"


@pytest.mark.parametrize("function", ["check", "batch"])
def test_a_side_that_is_none_is_refused(function, track, tmp_path):
    with pytest.raises(ValueError, match="side: expected left, right or auto, got 'Left'"):
        getattr(fc, function)(track, movement="hamstring_hinge_standing", side="Left", out=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_paths_may_be_text(track, tmp_path):
    neutral, out = tmp_path / "neutral.json", tmp_path / "result"
    kept = fc.check(str(track), movement="hamstring_hinge_standing", keep_neutral=str(neutral), out=str(out))
    assert fc.load_calibration(str(neutral)).neutral.keys() == {"standing"}
    assert fc.open_track(str(out / "poses.parquet")).frames == 168
    own = fc.check(track, movement=Path(out / "movement.toml"), calibration=str(neutral))
    assert (own.verdict, own.movement.sha256) == (kept.verdict, kept.movement.sha256)


def test_errors_of_text_paths_are_of_formcheck():
    with pytest.raises(fc.FormCheckError, match=r"nowhere.json: expected a calibration file .* check the path"):
        fc.load_calibration("nowhere.json")
    with pytest.raises(fc.FormCheckError, match=r"nowhere.parquet: expected a pose track .* check the path"):
        fc.open_track("nowhere.parquet")
