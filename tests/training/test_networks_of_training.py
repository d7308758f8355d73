"""The poses of several networks for one picture are stored, read back and compared. Nothing is rendered or learned."""

import sys
import zlib
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from formcheck.core.measure.contour import find_trunk_axis  # noqa: E402 - training is not installed
from formcheck.core.measure.uncertainty import CAUSES  # noqa: E402
from formcheck.sources.pose.crop import Region  # noqa: E402
from formcheck.sources.pose.landmarks import CROP_SIZE_PX  # noqa: E402
from formcheck.sources.pose.people import Silhouette  # noqa: E402
from formcheck.sources.pose_track import open_track  # noqa: E402
from training import compare_networks, postures  # noqa: E402
from training.fit_uncertainty import ErrorRow, recordings_factor  # noqa: E402
from training.samples import read_person  # noqa: E402

TRACK = ROOT / "tests" / "data" / "hinge_good.parquet"
REGION = Region(320.0, 240.0, 400.0, 0.1)
CARD = {
    "width": 640, "height": 480, "movement": "hinge", "near_side": "right", "facing_image": "right",
    "kinds": ["start", "random"], "moments": [-1, 0], "moved": [1.0, 0.0, 0.0], "body": {}, "clothing": {}, "spec": {},
    "camera": {"yaw_deg": 5.0, "distance_m": 3.0, "height_m": 0.8, "fov_deg": 50.0, "roll_deg": 1.0},
    "frames": {
        "spine": {"lumbar_flexion_deg": [1.0, 20.0], "thoracic_flexion_deg": [0.0, 10.0]},
        "joints_px": {"hip_left": [[300.0, 250.0]] * 2, "hip_right": [[302.0, 250.0]] * 2},
        "angles_deg": {"trunk_inclination": [3.0, 40.0]},
    },
}  # fmt: skip


@pytest.fixture
def pose():
    return next(iter(open_track(TRACK)))


def disc():
    """A mask: a disc in the middle of the crop."""
    y, x = np.indices((CROP_SIZE_PX, CROP_SIZE_PX))
    return np.where(np.hypot(x - CROP_SIZE_PX / 2, y - CROP_SIZE_PX / 2) < CROP_SIZE_PX / 4, 255, 0).astype(np.uint8)


def row_of(pose, *, mirror):
    own = {"xy": pose.xy_px, "xyz": pose.xyz_m, "vis": pose.visibility}
    seen = {f"m_{k}": v if mirror else np.full_like(v, np.nan) for k, v in own.items()}
    mask = np.frombuffer(zlib.compress(disc().tobytes(), 1), np.uint8)
    return own | seen | {"region": np.array(astuple(REGION)), "mask": mask}


def test_network_inputs_are_read_back_with_their_contour(pose, tmp_path):
    path = tmp_path / "000001_hinge.npz"
    joints = np.random.default_rng(0).normal(size=(2, len(postures.JOINT_NAMES), 3)).astype(np.float32)
    rows = {0: row_of(pose, mirror=False), 1: row_of(pose, mirror=True)}
    postures._write(path, CARD, joints, rows)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    start, bent = read_person(path)
    assert (start.kind, bent.kind) == ("start", "random")
    assert (start.spine_deg, bent.spine_deg) == (1.0, 30.0)
    assert start.mirror is None
    assert np.array_equal(bent.mirror.xy_px, pose.xy_px)
    silhouette = Silhouette(disc().astype(np.float32) / 255, REGION.placement(CROP_SIZE_PX))
    expected = silhouette.trace_back(find_trunk_axis(pose.xy_px, pose.xyz_m), (640, 480))
    assert np.isfinite(expected).any()
    assert bent.pose.back_xy_px == pytest.approx(expected, abs=0.01, nan_ok=True)


def test_fewer_backs_can_be_asked_for(tmp_path):
    assert postures.Job(1, "dev", ("full",), tmp_path).backs == postures.BACKS
    assert postures.Job(1, "dev", ("full",), tmp_path, 1).backs == 1


# Comparing ------------------------------------------------------------------------------------------------------------


def errors(size, *, people=6, half_width=5.0):
    causes = np.zeros(len(CAUSES))
    return [ErrorRow(size, causes, 5.0, half_width, f"person {k}", 0.0) for k in range(people)]


def test_bands_are_compared_as_they_are_in_single_pictures():
    factor = recordings_factor("knee_near_deg")
    assert factor < 1
    inside, outside = 5.0 / factor - 0.01, 5.0 / factor + 0.01
    assert compare_networks.inside(errors(inside), "knee") == 1.0
    assert compare_networks.inside(errors(outside), "knee") == 0.0


def test_a_difference_has_the_mean_and_the_range_of_people():
    assert compare_networks._difference(errors(4.0), errors(3.0)) == "-1.00 (-1.00 … -1.00)"
    mixed = [*errors(4.0, people=3), *(r._replace(person=f"other {r.person}") for r in errors(-2.0, people=3))]
    low, high = compare_networks._difference(mixed, [r._replace(error=3.0) for r in mixed])[7:-1].split(" … ")
    assert float(low) < 0 < float(high)


def test_each_network_is_tested_raw_with_full_and_its_own():
    found = [(network, corrections) for _, network, corrections in compare_networks.ways()]
    assert found.count(("full", "full")) == 1
    for network in ("heavy", "lite"):
        assert {(network, None), (network, "full"), (network, network)} <= set(found)
