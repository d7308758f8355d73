"""A finished check is exported; an independent reader of OpenSim's format reads the same values."""

from __future__ import annotations

import shutil
import sys
import warnings

import numpy as np
import pandas as pd
import pytest

from formcheck.core.errors import FormCheckError
from formcheck.core.measure.camera_view import MIN_VISIBILITY, seen_share
from formcheck.core.skeleton import INDEX
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.therapist.export import export_result
from formcheck.sinks.motion.markers import MARKERS
from formcheck.sources.external_poses import open_foreign
from formcheck.sources.pose_track import TrackWriter, open_track

from ...sources.external_poses.pose_files import DATA, write_trc

HINGE = "hamstring_hinge_standing"


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """A result of the hinge whose back rounds; the far knee is hidden for most of it."""
    folder = tmp_path_factory.mktemp("checked") / "result"
    check_recording(DATA / "hinge_back_rounding.parquet", movement=HINGE, out=folder)
    return folder


@pytest.fixture
def result(checked, tmp_path):
    return shutil.copytree(checked, tmp_path / "result")


@pytest.fixture(scope="module")
def opensim(tmp_path_factory):
    """Return OpenSim's own Python package; it keeps a log in the folder where it is loaded."""
    if sys.platform == "darwin":
        pytest.skip("OpenSim 4.6 has a wheel for the newest macOS only")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.chdir(tmp_path_factory.mktemp("log"))
        warnings.simplefilter("ignore", DeprecationWarning)  # its bindings predate Python 3.12
        import opensim

        opensim.Logger.setLevelString("error")
    return opensim


def expected(folder):
    """Times (n,), what is seen (n, 33) and the landmarks in metres (n, 33, 3) as the track has them."""
    poses = list(open_track(folder / "poses.parquet"))
    seen = np.array([seen_share(pose) >= MIN_VISIBILITY for pose in poses])
    return np.array([pose.time_s for pose in poses]), seen, np.array([pose.xyz_m for pose in poses], float)


def read_by_opensim(opensim, path):
    """Marker names, times (n,) and points (n, markers, 3)."""
    table = opensim.TimeSeriesTableVec3(str(path))
    times = np.array(table.getIndependentColumn())
    rows = [table.getRowAtIndex(k) for k in range(table.getNumRows())]
    points = [[[row[j][axis] for axis in range(3)] for j in range(table.getNumColumns())] for row in rows]
    return tuple(table.getColumnLabels()), times, np.array(points)


def test_opensim_reads_the_same_trajectories_and_gaps(result, opensim):
    path = export_result(result, to="trc")
    names, times, points = read_by_opensim(opensim, path)
    times_s, seen, xyz = expected(result)
    assert (path, names) == (result / "poses.trc", MARKERS)
    np.testing.assert_allclose(times, times_s, atol=1e-6)
    assert (np.isfinite(points).all(axis=2) == seen).all()
    assert 0.02 < 1 - seen.mean() < 0.5  # there are gaps to survive
    # up is y; the axes are turned about it, which changes no distance
    np.testing.assert_allclose(points[..., 1][seen], -xyz[..., 1][seen], atol=1e-6)
    both = seen[:, :, None] & seen[:, None, :]
    far = np.linalg.norm(points[:, :, None] - points[:, None], axis=3)
    true = np.linalg.norm(xyz[:, :, None] - xyz[:, None], axis=3)
    assert np.abs(far - true)[both].max() < 2e-6
    # forward is x: bowed, the shoulders are ahead of the hips; z is right: there lies the right hip
    bowed = points[80]
    assert bowed[INDEX["right_shoulder"], 0] - bowed[INDEX["right_hip"], 0] > 0.2
    assert bowed[INDEX["right_hip"], 2] > bowed[INDEX["left_hip"], 2] + 0.1


def test_opensim_reads_every_coordinate_to_the_last_digit(result, opensim):
    names, times, points = read_by_opensim(opensim, export_result(result, to="trc"))
    body = [line.split("\t") for line in (result / "poses.trc").read_text().splitlines()[6:]]
    written = np.array([[float(cell) for cell in row] for row in body])
    np.testing.assert_array_equal(times, written[:, 1])
    np.testing.assert_array_equal(points.reshape(len(points), -1), written[:, 2:])
    assert len(names) == 33


def test_opensim_reads_a_person_who_comes_and_goes(result, opensim):
    """Frames in which nobody is seen are gaps of all markers at once."""
    track = open_track(DATA / "empty_room.parquet")
    poses = list(open_track(result / "poses.parquet"))[:20]
    with TrackWriter(result / "poses.parquet", track.header) as writer:
        for k, pose in enumerate(poses):
            empty = type(pose).nobody(pose.time_s, pose.size_px)
            writer.write(empty if k in {0, 7, 8, 19} else pose)
    _, times, points = read_by_opensim(opensim, export_result(result, to="trc"))
    assert len(times) == 20
    assert np.flatnonzero(np.isnan(points).all(axis=(1, 2))).tolist() == [0, 7, 8, 19]


def test_pixels_go_out_and_come_back_to_the_same_verdict(result, tmp_path):
    path = export_result(result, to="trc", out=tmp_path / "hinge_px.trc", units="px")
    (tmp_path / "hinge_px.json").write_text('{"width": 640, "height": 480}')
    poses = list(open_track(result / "poses.parquet"))
    came = list(open_foreign(path))
    assert len(came) == len(poses)
    for pose, again in zip(poses, came, strict=True):
        seen = seen_share(pose) >= MIN_VISIBILITY
        assert (np.isfinite(again.xy_px).all(axis=1) == seen).all()
        np.testing.assert_allclose(again.xy_px[seen], pose.xy_px[seen], atol=1e-3)
        assert again.time_s == pytest.approx(pose.time_s, abs=1e-6)
    summary = check_recording(path, movement=HINGE)
    assert len(summary.repetitions) == 1


def test_uneven_times_are_kept_and_the_rate_is_the_usual_one(result):
    poses = list(open_track(result / "poses.parquet"))
    header = open_track(result / "poses.parquet").header
    with TrackWriter(result / "poses.parquet", header) as writer:
        for pose in [*poses[:5], *poses[9:20]]:  # four frames were dropped
            writer.write(pose)
    lines = export_result(result, to="trc").read_text().splitlines()
    assert float(lines[2].split("\t")[0]) == pytest.approx(15, rel=1e-3)
    times = [float(line.split("\t")[1]) for line in lines[6:]]
    assert times[5] - times[4] == pytest.approx(5 / 15, abs=1e-3)


def test_the_table_of_frames_becomes_csv(result, tmp_path):
    path = export_result(result, to="csv", out=tmp_path / "deep" / "frames.csv")
    table, frames = pd.read_csv(path), pd.read_parquet(result / "frames.parquet")
    assert list(table) == list(frames)
    assert "nan" not in path.read_text().lower()
    pd.testing.assert_frame_equal(table, frames, check_dtype=False, check_exact=True)


@pytest.mark.parametrize(
    ("spoil", "to", "match"),
    [
        pytest.param(lambda _: None, "docx", "result: expected one of trc, c3d, .*got 'docx'", id="format"),
        pytest.param(shutil.rmtree, "csv", "result: expected a result .*got no such folder", id="no folder"),
        pytest.param(lambda r: (r / "poses.parquet").unlink(), "trc", "got no poses.parquet in it", id="no track"),
        pytest.param(lambda r: (r / "frames.parquet").write_text("x"), "csv", "got a damaged file", id="damaged table"),
        pytest.param(lambda r: (r / "poses.parquet").write_text("x"), "trc", "not Parquet", id="damaged track"),
    ],
)  # fmt: skip
def test_a_failed_export_is_reported_in_one_line_without_files(result, spoil, to, match):
    spoil(result)
    before = sorted(result.parent.rglob("*"))
    with pytest.raises(FormCheckError, match=match) as told:
        export_result(result, to=to)
    assert "\n" not in str(told.value)
    assert sorted(result.parent.rglob("*")) == before


def test_poses_without_depth_have_no_metres(tmp_path):
    poses = list(open_track(DATA / "hinge_good.parquet"))[:20]
    check_recording(write_trc(tmp_path / "a.trc", poses), movement=HINGE, out=tmp_path / "result")
    with pytest.raises(FormCheckError, match="expected landmarks in metres, got poses that have no depth"):
        export_result(tmp_path / "result", to="trc")
    assert export_result(tmp_path / "result", to="trc", units="px").stat().st_size > 1000


def test_the_table_of_deeplabcut_is_read_by_pandas(result):
    table = pd.read_csv(export_result(result, to="dlc"), header=[0, 1, 2], index_col=0)
    poses = list(open_track(result / "poses.parquet"))
    assert (table.columns.names, len(table)) == (["scorer", "bodyparts", "coords"], len(poses))
    knee = table["formcheck"]["left_knee"]
    x, y = poses[5].xy_px[INDEX["left_knee"]]
    assert knee.loc[5, ["x", "y"]].tolist() == pytest.approx([x, y], abs=0.001)
    assert knee["likelihood"].between(0.0, 1.0).all()
    missing = table["formcheck"].xs("x", axis=1, level="coords").isna()
    unlikely = table["formcheck"].xs("likelihood", axis=1, level="coords") == 0.0
    assert (missing & ~unlikely).to_numpy().sum() == 0


def test_nwb_is_valid_and_read_by_h5py(result):
    pynwb, h5py = pytest.importorskip("pynwb"), pytest.importorskip("h5py")
    pytest.importorskip("ndx_pose")
    path = export_result(result, to="nwb", patient='A-17 "><script> =1+1 🙂')
    assert pynwb.validate(path=str(path)) == []
    poses = list(open_track(result / "poses.parquet"))
    knee = INDEX["left_knee"]
    with h5py.File(path) as file:
        assert file["general/subject/subject_id"][()].decode() == 'A-17 "><script> =1+1 🙂'
        found = file["processing/behavior/PoseEstimation"]
        assert found.attrs["neurodata_type"] == "PoseEstimation"
        one = found["left_knee"]
        np.testing.assert_array_equal(one["data"][:], np.array([pose.xy_px[knee] for pose in poses], float))
        np.testing.assert_array_equal(one["timestamps"][:], [pose.time_s for pose in poses])
        confidence, known = one["confidence"][:], np.isfinite(one["data"][:]).all(axis=1)
        assert ((confidence >= 0) & (confidence <= 1)).all()
        assert (confidence[~known] == 0).all()
        nodes = file["processing/behavior/Skeletons/body/nodes"].asstr()[:]
        assert list(nodes) == list(INDEX)


def test_without_the_library_of_nwb_it_says_what_to_install(result, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynwb", None)
    with pytest.raises(FormCheckError, match=r"which are not installed; run: pip install 'formcheck\[nwb\]'"):
        export_result(result, to="nwb")
    assert not (result / "poses.nwb").exists()


def test_pain_is_in_the_bundle(result):
    text = export_result(result, to="fhir", pain=3).read_text("utf-8")
    assert ('"72514-3"' in text, '"valueInteger": 3' in text) == (True, True)
    assert '"72514-3"' not in export_result(result, to="fhir").read_text("utf-8")
    with pytest.raises(FormCheckError, match="expected pain from 0 to 10, got 11"):
        export_result(result, to="fhir", pain=11)
