"""Each pose network has its own corrections and uncertainties; any other model gets those of "full"."""

import hashlib
import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from formcheck.core.measure import joint_correction
from formcheck.core.measure.joint_correction import N_INPUTS, N_MOVED, Corrector
from formcheck.core.measure.measure import measure_pose
from formcheck.core.measure.networks import (
    DEFAULT_NETWORK,
    NETWORKS,
    choose_corrections,
    load_networks,
    name_network_file,
)
from formcheck.core.measure.person import PersonTracker
from formcheck.core.measure.uncertainty import compute_back_causes, compute_back_half_width, compute_half_widths
from formcheck.core.records import CameraView
from formcheck.sources.pose.models import list_model_names
from formcheck.sources.pose_track import open_track

CORE = resources.files("formcheck.core.measure")
TRACK = Path(__file__).resolve().parent.parent.parent / "data" / "hinge_good.parquet"
MOST_BYTES = 1_500_000


def contents(name):
    return CORE.joinpath(name).read_bytes()


def table_of(network):
    return json.loads(contents(name_network_file("uncertainty.json", network)))


@pytest.fixture(scope="module")
def seen():
    """A pose in which everything is measured, as input of the networks."""
    person = PersonTracker()
    poses = list(open_track(TRACK))[:60]
    for pose in poses:
        person.step(pose)
    return person.seen.pose, CameraView(5.0, person.seen.view.near)


def test_every_network_that_can_be_fetched_has_its_corrections():
    assert set(NETWORKS) == set(list_model_names()) == set(joint_correction.JOINT_MODEL_SHA256)


@pytest.mark.parametrize("network", NETWORKS)
def test_its_model_is_small_and_the_one_that_was_measured(network):
    name = name_network_file("joints_model.npz", network)
    assert hashlib.sha256(contents(name)).hexdigest() == joint_correction.JOINT_MODEL_SHA256[network]
    assert len(contents(name)) < MOST_BYTES
    found = load_networks(name, joint_correction.JOINT_MODEL_SHA256[network])
    sizes = {key: (found[key].mean.shape, found[key](found[key].mean[0]).shape) for key in found}
    assert sizes == {"joints": ((5, N_INPUTS), (5, 2 * N_MOVED)), "yaw": ((5, N_INPUTS), (5, 1))}


@pytest.mark.parametrize("network", NETWORKS)
def test_its_uncertainties_have_the_same_rows_and_are_finite(network):
    table, full = table_of(network), table_of(DEFAULT_NETWORK)
    assert list(table) == list(full)
    for name in full.keys() - {"about"}:
        assert len(table[name]) == len(full[name])
        assert np.isfinite(table[name]).all()


def test_each_network_has_its_own():
    models = {contents(name_network_file("joints_model.npz", network)) for network in NETWORKS}
    tables = {contents(name_network_file("uncertainty.json", network)) for network in NETWORKS}
    assert len(models) == len(tables) == len(NETWORKS)


@pytest.mark.parametrize("name", ["", "my_own.task", "openpose", "Heavy", "../full"])
def test_an_unknown_model_gets_those_of_full(name, seen):
    assert choose_corrections(name) == DEFAULT_NETWORK
    pose, view = seen
    own, usual = (Corrector(model).step(pose, view) for model in (name, DEFAULT_NETWORK))
    assert own.network == DEFAULT_NETWORK
    assert np.array_equal(own.xy_px, usual.xy_px)


def test_joints_are_moved_as_the_network_needs(seen):
    pose, view = seen
    found = {network: Corrector(network).step(pose, view) for network in NETWORKS}
    assert [joints.network for joints in found.values()] == list(NETWORKS)
    for network in ("heavy", "lite"):
        assert not np.array_equal(found[network].xy_px, found[DEFAULT_NETWORK].xy_px)


@pytest.mark.parametrize("network", NETWORKS)
def test_bands_are_those_of_the_network_that_corrected(network, seen):
    pose, view = seen
    joints = Corrector(network).step(pose, view)
    m = measure_pose(pose, joints=joints, view=view)
    share = {"yaw_deg": 5.0, "share": 0.6, "level": 0.0}
    widths = compute_half_widths(np.ones(33), np.zeros(33), near=view.near, network=network, **share)
    base = table_of(network)["knee_near_deg"][0]
    assert widths[f"knee_{view.near}_deg"] == pytest.approx(np.exp(base), rel=0.5)
    best = compute_back_causes(yaw_deg=0.0, share=0.6, folded_deg=0.0, bent=0.0)
    assert compute_back_half_width("back_bend_deg", best, network) == pytest.approx(
        np.exp(table_of(network)["back_bend_deg"][0])
    )
    assert np.isfinite(m.values[f"knee_{view.near}_deg"].uncertainty)


def test_a_person_gets_the_uncertainties_of_their_pose_model():
    poses = list(open_track(TRACK))[:30]
    told = {}
    for network in NETWORKS:
        person = PersonTracker(network)
        for pose in poses:
            person.step(pose)
        told[network] = {name: value.uncertainty for name, value in person.measured().values.items()}
    near = "knee_right_deg" if person.seen.view.near == "right" else "knee_left_deg"
    assert len({told[network][near] for network in NETWORKS}) == len(NETWORKS)
