"""The start posture of a movement filmed from the front: which rest is used, and what is stored."""

import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck.core.measure import back
from formcheck.core.movement.schema import Condition
from formcheck.core.movement.signals import Roles
from formcheck.core.phases.start_posture import StartPosture, is_posture_outside
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import Value
from formcheck.core.skeleton import INDEX


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


def test_unrest_from_the_front_is_in_trunks_scaled_by_shoulders(stay, figures):
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


# The own rounded back -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def begin(figures, make_measured, make_movement):
    """Return the start posture after a second of standing still, with a calibrated neutral and rounded back or none."""

    def watch(*, neutral=None, rounded=None, bulge_tl=0.0):
        start, pose = StartPosture(make_movement(), neutral, rounded), figures.make(bulge_tl=bulge_tl)
        seen = make_measured(0.0, seen=pose, trunk_inclination_deg=5.0, trunk_thigh_right_deg=180.0)
        before = start.reference
        for i in range(30):
            start.remember(replace(seen, time_s=i / 30))
            start.take(i / 30, Roles(None, "right"))
        return before, start.reference

    return watch


@pytest.fixture(scope="session")
def contour_of(figures, make_measured):
    """Return the contour of a back that bulges by this much."""
    return lambda bulge_tl: make_measured(0.0, seen=figures.make(bulge_tl=bulge_tl)).contour


@pytest.mark.parametrize("kept", [True, False])
def test_rounding_is_relative_to_the_own_neutral_at_the_start(begin, contour_of, kept):
    """Whether the neutral was kept or is this start."""
    neutral, rounded = contour_of(0.0), contour_of(0.12)
    before, reference = begin(neutral=neutral if kept else None, rounded=rounded)
    assert (before.rounded, before.rounded_reason) == (None, Reason(ReasonCode.NO_START))
    stood = back.Stance(5.0, 180.0)
    assert reference.rounded == pytest.approx(back.estimate_bend(rounded, neutral, stood, stood))
    assert reference.rounded.value_deg > 15
    assert reference.rounded_reason is None


def test_without_a_calibration_there_is_no_rounded_back(begin):
    for reference in begin():
        assert (reference.rounded, reference.rounded_reason) == (None, Reason(ReasonCode.NO_ROUNDED))


@pytest.mark.parametrize("bulge_tl", [-0.05, 0.0, 0.02])
def test_a_rounded_back_like_the_tall_one_gives_no_scale(begin, contour_of, bulge_tl):
    _, reference = begin(neutral=contour_of(0.0), rounded=contour_of(bulge_tl))
    assert (reference.rounded, reference.rounded_reason) == (None, Reason(ReasonCode.TALL_AND_ROUND_ALIKE))


def test_without_a_neutral_there_is_no_scale(begin, contour_of):
    _, reference = begin(rounded=contour_of(0.2), bulge_tl=0.35)
    assert (reference.neutral_reason, reference.rounded_reason) == (
        Reason(ReasonCode.START_ALREADY_ROUND),
        Reason(ReasonCode.START_ALREADY_ROUND),
    )


OUTSIDE = Value(math.nan, math.nan, Reason(ReasonCode.LANDMARK_OUTSIDE, "left_hip"))
HIDDEN = Value(math.nan, math.nan, Reason(ReasonCode.LANDMARK_HIDDEN, "left_knee"))


@pytest.mark.parametrize(
    ("knee", "lean", "outside"),
    [
        pytest.param(OUTSIDE, OUTSIDE, True, id="a close-up"),
        pytest.param(HIDDEN, OUTSIDE, True, id="what is hidden shows nothing either"),
        pytest.param(Value(170.0, 5.0), OUTSIDE, False, id="the knee shows"),
        pytest.param(HIDDEN, HIDDEN, False, id="all joints are in the picture"),
    ],
)
def test_a_posture_outside_the_picture(make_measured, knee, lean, outside):
    conditions = [Condition(signal="knee_left_deg", above=100.0), Condition(signal="trunk_inclination_deg", below=20.0)]
    values = {"knee_left_deg": knee, "trunk_inclination_deg": lean}
    measurements = replace(make_measured(0.0), values=values)
    assert is_posture_outside(conditions, measurements, Roles(None, None)) == outside
