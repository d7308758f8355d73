"""A recording is judged with the corrections of its pose model; if there are none, a warning says so."""

from pathlib import Path

import pandas as pd
import pytest

from formcheck.drivers.recording.check import check_recording, measure_recording
from formcheck.sources.pose_track import TrackWriter, open_track

DATA = Path(__file__).resolve().parent.parent.parent / "data" / "hinge_good.parquet"
HINGE = "hamstring_hinge_standing"
FRAMES = 45


@pytest.fixture
def track_of(tmp_path):
    """Makes a track whose header names another pose model."""

    def make(model):
        track = open_track(DATA)
        header = track.header | {"model": {"name": model, "sha256": ""}}
        path = tmp_path / f"{model}.parquet"
        with TrackWriter(path, header) as writer:
            for pose, _ in zip(track, range(FRAMES), strict=False):
                writer.write(pose)
        return path

    return make


def frames_of(track, out, warnings=None, movement=HINGE):
    on_warning = warnings.append if warnings is not None else None
    check_recording(track, movement=movement, out=out, tell=on_warning)
    return pd.read_parquet(out / "frames.parquet")


def test_the_model_that_a_track_names_chooses_the_corrections(track_of, tmp_path):
    tables, warnings = {}, []
    for model in ("full", "heavy", "lite", "my_own.task"):
        tables[model] = frames_of(
            track_of(model), tmp_path / f"{model}-out", warnings if model != "my_own.task" else None
        )
    assert warnings == []
    assert tables["my_own.task"].equals(tables["full"])
    for column in ("knee_right_deg", "knee_right_deg_unc"):
        means = {model: tables[model][column].mean() for model in ("full", "heavy", "lite")}
        assert len(set(means.values())) == 3, column


@pytest.mark.parametrize("movement", [HINGE, "auto"])
def test_a_model_without_corrections_of_its_own_is_said_once(movement, track_of, tmp_path):
    warnings = []
    check_recording(track_of("my_own.task"), movement=movement, out=tmp_path / "out", tell=warnings.append)
    assert len(warnings) == 1
    assert warnings[0].startswith("pose model my_own.task: ")
    assert "full, heavy, lite" in warnings[0]


def test_measuring_uses_them_too(track_of, tmp_path):
    for model in ("full", "heavy"):
        measure_recording(track_of(model), out=tmp_path / f"{model}-m.parquet")
    one, other = (pd.read_parquet(tmp_path / f"{model}-m.parquet") for model in ("full", "heavy"))
    assert len(one) == len(other) == FRAMES
    assert not one.equals(other)
