"""The start posture of a movement filmed from the front: whose rest is watched, and what is kept of it."""

import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck.core.movement import Condition
from formcheck.core.signals import Roles
from formcheck.core.skeleton import INDEX
from formcheck.core.start import StartPosture


@pytest.fixture(scope="session")
def stay(figures, make_measured, make_movement):
    """Return the start posture after a second before a camera, in which one landmark sways by so many pixels."""

    def watch(camera, landmark, sway_px, posture=figures.FRONT):
        movement = make_movement(
            view={"camera": camera}, start={"when": [Condition(signal="knee_left_deg", above=100.0)]}
        )
        start, still = StartPosture(movement, None), figures.make(posture)
        for i in range(30):
            xy = np.array(still.xy_px)
            xy[INDEX[landmark], 0] += sway_px * (i % 2)
            pose = replace(still, time_s=i / 30, xy_px=xy)
            start.remember(make_measured(i / 30, seen=pose, knee_left_deg=170.0))
            start.take(i / 30, Roles(None, None))
        return start

    return watch


@pytest.mark.parametrize(
    ("camera", "landmark", "quiet"),
    [
        pytest.param("front", "left_hip", True, id="from the front the hips of a folded person are a guess"),
        pytest.param("front", "left_wrist", False, id="from the front the hands must rest"),
        pytest.param("front", "right_shoulder", False, id="and the shoulders"),
        pytest.param("side", "left_hip", False, id="from the side the hips must rest"),
        pytest.param("side", "left_wrist", True, id="from the side the hands may move"),
        pytest.param("any", "left_hip", False, id="from anywhere the hips must rest"),
    ],
)
def test_whose_rest_is_watched(stay, camera, landmark, quiet):
    start = stay(camera, landmark, 20)
    assert bool(start.reference.values) == quiet
    assert (start.unrest_tl == 0) == quiet


def test_unrest_from_the_front_is_counted_in_trunks_as_long_as_the_shoulders_tell(stay, figures):
    """Folded towards the camera the trunk is 27 px long in the picture; of 80 px of shoulders follow 108."""
    folded = figures.FRONT | {"left_shoulder": (340, 223), "right_shoulder": (260, 223), "shoulder": (300, 223)}
    assert stay("front", "left_wrist", 27, folded).unrest_tl == pytest.approx(0.25)


@pytest.mark.parametrize(("sway_px", "quiet"), [(6, True), (7, False)])
def test_a_little_sway_is_rest(stay, sway_px, quiet):
    """0.06 of 108 px are 6.5."""
    assert bool(stay("front", "left_wrist", sway_px).reference.values) == quiet


def test_the_reference_keeps_every_point_and_both_scales(stay, figures):
    reference = stay("front", "left_hip", 0).reference
    pose = figures.make(figures.FRONT)
    assert np.array(reference.xy) == pytest.approx(np.asarray(pose.xy_px, float))
    assert (reference.trunk_px, reference.shoulders_px) == (108, 80)
    assert reference.mid("wrist") == (300, 240)
    assert reference.values["knee_left_deg"] == 170


def test_before_the_start_was_seen_there_is_no_point(make_movement):
    reference = StartPosture(make_movement(), None).reference
    assert reference.xy == []
    assert all(map(math.isnan, (*reference.mid("hip"), reference.trunk_px, reference.shoulders_px)))
