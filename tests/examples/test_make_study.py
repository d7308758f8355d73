"""The made-up study: its truth is that of the rendered clips plus the arc that is drawn onto them."""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import json
import sys

import numpy as np
import pytest

import formcheck as fc
from formcheck.core.measure.contour import find_trunk_axis
from formcheck.core.records import BACK_T


@pytest.fixture(scope="module")
def make_study(checkout):
    """Return the module, which is not part of the package."""
    spec = importlib.util.spec_from_file_location("make_study", checkout / "examples" / "make_study.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def study(make_study, tmp_path_factory):
    """Return the folder of a study, and what was made."""
    folder = tmp_path_factory.mktemp("study")
    return folder, make_study.make_study(folder)


def _rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("clip", ["hinge_good", "hinge_stretch_knee_bent"])
def test_tracks_and_truth_are_those_of_the_sample_clips(checkout, make_study, clip):
    header = fc.open_track(make_study.TRACKS / f"{clip}.parquet").header
    video = checkout / "sample_videos" / f"{clip}.mp4"
    assert header["source"]["sha256"] == hashlib.sha256(video.read_bytes()).hexdigest()
    truth = json.loads(video.with_suffix(".json").read_text("utf-8"))
    spine, phase = truth["frames"]["spine"], np.array(truth["frames"]["phase"])
    bend_deg = np.add(spine["lumbar_flexion_deg"], spine["thoracic_flexion_deg"])
    in_hold_deg = np.median(bend_deg[phase == "hold"]) - np.median(bend_deg[phase == "setup"])
    assert make_study.TRUE_BEND_DEG[clip] == pytest.approx(in_hold_deg, abs=0.05)
    assert make_study.CLIP_SIDE[clip] == truth["side"]


def test_an_arc_of_57_degrees_bulges_by_an_eighth_of_the_trunk(make_study):
    track = fc.open_track(make_study.TRACKS / "hinge_good.parquet")
    pose = list(track)[84]  # in the hold
    axis = find_trunk_axis(pose.xy_px, pose.xyz_m)
    moved = (make_study._bent(pose, np.degrees(1.0)) - pose.back_xy_px) @ np.array(axis.dorsal) / axis.length_px
    seen = np.isfinite(moved)
    assert seen.sum() > 40
    assert np.nanmax(moved) == pytest.approx(1 / 8, abs=0.001)
    assert moved[seen & ((BACK_T <= 0) | (BACK_T >= 1))] == pytest.approx(0, abs=1e-5)


def test_who_stands_tall_is_not_bent(make_study):
    pose = next(iter(fc.open_track(make_study.TRACKS / "hinge_good.parquet")))
    assert make_study._bent(pose, 60.0) == pytest.approx(pose.back_xy_px.astype(float), nan_ok=True)


def test_the_same_seed_makes_the_same_study(make_study, study, tmp_path):
    folder, _ = study
    make_study.make_study(tmp_path)
    names = [path.relative_to(folder) for path in sorted(folder.rglob("*.*"))]
    assert len(names) == 34
    assert [name for name in names if (folder / name).read_bytes() != (tmp_path / name).read_bytes()] == []


def test_the_manifest_names_every_recording_with_its_side(study):
    folder, bows = study
    rows = _rows(folder / "manifest.csv")
    assert [row["recording"] for row in rows] == [f"recordings/{bow.name}.parquet" for bow in bows]
    assert all((folder / row["recording"]).is_file() for row in rows)
    assert {(row["condition"], row["side"]) for row in rows} == {
        ("before", "left"), ("before", "right"), ("after", "left"), ("after", "right"),
    }  # fmt: skip


def test_raters_err_by_a_few_degrees_and_skip_an_empty_room(make_study, study):
    folder, bows = study
    true_deg = {f"{bow.name}.parquet": bow.bend_deg for bow in bows}
    labels = _rows(folder / "labels.csv")
    empty = [row for row in labels if row["recording"] == f"{make_study.EMPTY}.parquet"]
    assert [(row["rater"], row["verdict"], row["fault_back_rounding"]) for row in empty] == [
        ("Ana", "cannot_tell", ""), ("Ben", "cannot_tell", ""),
    ]  # fmt: skip
    told = [row for row in labels if row not in empty]
    errors_deg = [float(row["back_bend_deg_in_hold_median"]) - true_deg[row["recording"]] for row in told]
    assert len(told) == 62
    assert 3 < np.std(errors_deg) < 5
    assert abs(np.mean(errors_deg)) < 1.5


def test_the_three_that_went_wrong_went_wrong(make_study, study):
    folder, _ = study
    empty, coat, broken = (folder / "recordings" / f"{name}.parquet" for name in (
        make_study.EMPTY, make_study.COAT, make_study.BROKEN,
    ))  # fmt: skip
    assert not any(pose.seen for pose in fc.open_track(empty))
    assert all(pose.seen and np.isnan(pose.back_xy_px).all() for pose in fc.open_track(coat))
    with pytest.raises(fc.FormCheckError, match="expected a pose track saved by formcheck"):
        fc.open_track(broken)
