"""Small networks: a hand-made one with answers that are easy to compute, and the file they are read from."""

import hashlib
import math
from importlib import resources

import numpy as np
import pytest

from formcheck.core.errors import BackendError
from formcheck.core.measure import back, joint_correction, networks
from formcheck.core.measure.networks import FARTHEST, Networks, load_networks

MEAN, SCALE = [1.0, 2.0], [2.0, 4.0]
FILE = {
    "toy.mean": [MEAN, MEAN],
    "toy.scale": [SCALE, SCALE],
    "toy.unit": 10.0,
    "toy.w0": [[[1, 0], [0, 1]], [[0, 0], [0, 0]]],
    "toy.b0": [[0, 0], [50, 0]],
    "toy.w1": [[[2], [-1]], [[0.1], [7]]],
    "toy.b1": [[0.5], [-1]],
}
"""Two networks, two inputs, two hidden, one output. The first passes its inputs on; the second hears nothing."""


def swish(x):
    """What a hidden unit makes of its sum."""
    return x / (1 + math.exp(-x))


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Write a file of networks and read it as formcheck does."""

    def read(parts=FILE, *, sha256=None):
        path = tmp_path / "toy.npz"
        np.savez(path, **{name: np.asarray(part, np.float32) for name, part in parts.items()})
        monkeypatch.setattr(networks.resources, "files", lambda package: tmp_path)
        return load_networks("toy.npz", sha256 or hashlib.sha256(path.read_bytes()).hexdigest())

    return read


@pytest.fixture
def toy(load):
    return load()["toy"]


def test_two_layers_give_what_can_be_done_by_hand(toy):
    """(3, 6) is one scale above both means: 10 · (2 swish(1) − swish(1) + 0.5). The other says 10 · (0.1 · 50 − 1)."""
    said = toy(np.array([3.0, 6.0]))
    assert said.shape == (2, 1)
    assert said[0, 0] == pytest.approx(10 * (swish(1) + 0.5))
    assert said[0, 0] == pytest.approx(12.3106, abs=1e-4)
    assert said[1, 0] == pytest.approx(40)


def test_at_the_mean_nothing_but_the_offsets_is_left(toy):
    assert toy(np.array(MEAN))[:, 0] == pytest.approx([5, 40])


def test_the_last_layer_is_not_bent(toy):
    """Two scales below the mean: 10 · (2 swish(−2) + 0.5) is below 0, which a bent one could hardly say."""
    said = toy(np.array([-3.0, 2.0]))[0, 0]
    assert said == pytest.approx(10 * (2 * swish(-2) + 0.5))
    assert said == pytest.approx(0.232, abs=1e-3)
    assert toy(np.array([MEAN[0], 40.0]))[0, 0] == pytest.approx(10 * (0.5 - swish(4)))


def test_each_network_has_its_own_mean_and_scale(load):
    own = {"toy.mean": [MEAN, [0.0, 0.0]], "toy.w0": [FILE["toy.w0"][0]] * 2, "toy.b0": [[0, 0]] * 2}
    said = load(FILE | own)["toy"](np.array([2.0, 0.0]))
    assert said[0, 0] == pytest.approx(10 * (2 * swish(0.5) - swish(-0.5) + 0.5))
    assert said[1, 0] == pytest.approx(10 * (0.1 * swish(1) - 1))


@pytest.mark.parametrize("sign", [1, -1])
def test_no_input_counts_for_more_than_four_scales(toy, sign):
    """What was never seen is taken for the last thing that was."""
    edge = np.array(MEAN) + sign * FARTHEST * np.array(SCALE)
    assert toy(edge + sign * np.array([1000.0, 1e6])) == pytest.approx(toy(edge))
    assert toy(edge - sign * np.array([0.5, 0.0]))[0] != pytest.approx(toy(edge)[0])
    assert FARTHEST == 4


def test_a_straight_line_lies_beside_the_layers(load, toy):
    """3 per scale of the first input, of the first network alone; clipped as the layers' inputs are."""
    lined = load(FILE | {"toy.line": [[[3], [0]], [[0], [0]]]})["toy"]
    assert toy.line is None
    for x in ((3.0, 6.0), (0.0, -4.0), (100.0, 2.0)):
        beside = 30 * min(4, (x[0] - 1) / 2)
        assert (lined(np.array(x)) - toy(np.array(x)))[:, 0] == pytest.approx([beside, 0])


def test_a_single_layer_is_a_straight_line():
    one = Networks(np.zeros((1, 1)), np.ones((1, 1)), (np.full((1, 1, 1), 2.0),), (np.ones((1, 1)),), None, 1.0)
    assert one(np.array([3.0])) == pytest.approx(7)


def test_several_networks_in_one_file_are_kept_apart(load):
    both = load(FILE | {name.replace("toy", "other"): part for name, part in FILE.items()} | {"other.unit": 1.0})
    assert set(both) == {"toy", "other"}
    x = np.array([3.0, 6.0])
    assert both["toy"](x) == pytest.approx(10 * both["other"](x))


def test_a_file_with_another_checksum_is_refused_with_advice(load):
    with pytest.raises(BackendError) as raised:
        load(sha256="0" * 64)
    said = str(raised.value)
    assert said.startswith("toy.npz: expected sha256 000000000000…, got ")
    assert said.endswith("; install formcheck again")


@pytest.mark.parametrize(
    ("name", "sha256", "sizes"),
    [
        pytest.param(
            "joints_model.npz",
            joint_correction.JOINT_MODEL_SHA256["full"],
            {
                "joints": (joint_correction.N_INPUTS, 2 * joint_correction.N_MOVED),
                "yaw": (joint_correction.N_INPUTS, 1),
            },
            id="joints",
        ),
        pytest.param("back_model.npz", back.BACK_MODEL_SHA256, {"own_neutral": (71, 1)}, id="back"),
        pytest.param(back.ALONE_MODEL, back.ALONE_MODEL_SHA256, {"no_neutral": (33, 1)}, id="back alone"),
    ],
)
def test_the_shipped_networks_fit_their_inputs(name, sha256, sizes):
    found = load_networks(name, sha256)
    assert set(found) == set(sizes)
    for key, (inputs, outputs) in sizes.items():
        said = found[key](found[key].mean[0])
        assert said.shape == (5, outputs)
        assert found[key].mean.shape == found[key].scale.shape == (5, inputs)
        assert np.isfinite(said).all()
        assert (found[key].scale > 0).all()


@pytest.mark.parametrize("name", ["joints_model.npz", "back_model.npz", back.ALONE_MODEL])
def test_a_file_needs_no_pickle(name):
    """A pickle could run anything."""
    with np.load(resources.files("formcheck.core.measure").joinpath(name), allow_pickle=False) as file:
        assert all(file[key].dtype.kind == "f" for key in file.files)
