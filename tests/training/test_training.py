"""The training data: its people, the worsened pictures, the truth. Nothing is rendered or learned."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from studio.camera import Camera  # noqa: E402 - neither studio nor training is installed
from studio.movement import Movement, hold_script  # noqa: E402
from studio.movements import MOVEMENTS  # noqa: E402
from training.postures import JOINT_NAMES, VariedScript, spec_of, spoilt  # noqa: E402
from training.samples import _side_view  # noqa: E402

SEEDS = range(400_000, 400_600)
WHITE = 240


@pytest.fixture(scope="module")
def specs():
    """Six hundred people."""
    return [spec_of(seed) for seed in SEEDS]


# Who is drawn ---------------------------------------------------------------------------------------------------------


def test_the_same_seed_is_the_same_person_and_can_be_saved(specs):
    for seed, spec in zip(SEEDS, specs, strict=True):
        assert spec == spec_of(seed) == json.loads(json.dumps(spec))
    assert len({spec["clip"] for spec in specs}) == len(specs)
    assert len({spec["distance"] for spec in specs}) == len(specs)


def test_every_movement_seen_from_the_side_comes_as_often(specs):
    counts = Counter(spec["movement"] for spec in specs)
    assert set(counts) == {m.id for m in MOVEMENTS.values() if m.view == "side"}
    assert max(counts.values()) - min(counts.values()) <= 1


def test_cameras_stand_where_the_readme_says(specs):
    """60 % within 15 degrees of side-on, 25 % up to 35, the others up to 60; either way round."""
    yaw = np.array([spec["yaw"] for spec in specs])
    assert np.mean(np.abs(yaw) <= 15) == pytest.approx(0.6, abs=0.06)  # three standard errors of 600
    assert np.abs(yaw).max() <= 60
    assert (np.abs(yaw) > 35).mean() > 0.03
    assert np.mean(yaw > 0) == pytest.approx(0.5, abs=0.06)
    assert np.std([spec["roll"] for spec in specs]) == pytest.approx(2, rel=0.1)
    assert all(1.9 <= spec["distance"] <= 4.0 for spec in specs)
    assert {spec["side"] for spec in specs} == {"left", "right"}


def test_faults_belong_to_the_movement_and_show_in_one_picture(specs):
    faulty = [spec for spec in specs if "faults" in spec]
    assert 0.25 < len(faulty) / len(specs) < 0.6
    for spec in faulty:
        (fault,) = spec["faults"]
        known = MOVEMENTS[spec["movement"]].faults[fault["id"]]
        assert not known.speed
        share = fault["magnitude"] / known.usual
        assert 0.4 - 1e-9 <= share <= 1.2 + 1e-9


def test_half_of_the_pictures_are_spoilt(specs):
    kinds = Counter(spec["spoilt"] for spec in specs)
    assert set(kinds) == {"", "dim", "noise", "blur", "far"}
    assert kinds[""] / len(specs) == pytest.approx(0.52, abs=0.06)


# Backs ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def bow():
    """A bow of 40 degrees that rounds the back by 20, from a start whose back is rounded by 5."""
    postures = {"start": {"lean": 0.0, "lumbar": 5.0}, "end": {"lean": 40.0, "lumbar": 20.0}}
    steps = hold_script(hold=4.0, move=2.0, back=2.0, setup=1.0, rest=1.0)
    movement = Movement("bow", lambda *_: ({}, ("hip", 0.0)), lambda *_: postures, steps, {})
    return VariedScript(movement, SimpleNamespace(scale=1.0), "R", seed=1)


def test_a_back_is_bent_on_top_of_the_script_whose_posture_stays(bow):
    plain, _, _ = bow.placement(5.0)
    bow.extra = {"lumbar": 30.0, "thoracic": -10.0}
    bent, _, _ = bow.placement(5.0)
    changed = {name: bent[name] - plain.get(name, 0.0) for name in bent if bent[name] != plain.get(name, 0.0)}
    assert changed == pytest.approx({"lumbar": 30.0, "thoracic": -10.0})
    assert plain["lean"] == pytest.approx(40, abs=3)  # people do not stand like statues


def test_a_neutral_back_is_the_start_back_in_the_current_posture(bow):
    bow.neutral_back = True
    controls, _, _ = bow.placement(5.0)
    assert controls["lumbar"] == 5.0
    assert controls["thoracic"] == 0.0
    assert controls["lean"] == pytest.approx(40, abs=3)


# Spoilt pictures ------------------------------------------------------------------------------------------------------


def picture(x, y):
    """A dark picture of 320 × 240 with a bright square of 11 × 11 round a point."""
    image = np.full((240, 320, 3), 20, np.uint8)
    image[y - 5 : y + 6, x - 5 : x + 6] = WHITE
    return image


def bright_point(image):
    """The centre of the clearly brighter area, weighted by brightness, px."""
    grey = image.mean(axis=2)
    floor = np.median(grey)
    weight = np.where(grey > floor + 0.4 * (grey.max() - floor), grey - floor, 0)
    y, x = np.indices(grey.shape)
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


@pytest.mark.parametrize("kind", ["", "dim", "noise", "blur", "far"])
@pytest.mark.parametrize("amount", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("point", [(60, 50), (250, 190), (160, 120)])
def test_points_move_as_it_says(kind, amount, point):
    """A pixel's middle is half a pixel into it, so scaling moves whole numbers by up to half a pixel more."""
    rng = np.random.default_rng(1)
    worse, scale, *shift = spoilt(picture(*point), kind, amount, rng)
    assert (worse.shape, worse.dtype) == ((240, 320, 3), np.uint8)
    assert bright_point(worse) == pytest.approx(np.array(point) * scale + shift, abs=0.6)
    if kind != "far":
        assert (scale, shift) == (1.0, [0.0, 0.0])


@pytest.mark.parametrize(("amount", "scale"), [(0.0, 0.85), (1.0, 0.40)])
def test_a_distant_person_is_smaller_in_a_room_that_continues(amount, scale):
    worse, told, x, y = spoilt(picture(160, 120), "far", amount, np.random.default_rng(1))
    assert told == pytest.approx(scale)
    assert (x, y) == pytest.approx(((1 - scale) / 2 * 320, (1 - scale) / 2 * 240), abs=1)
    assert (worse[:, 0] == 20).all()
    share = (worse[..., 0] > 130).sum() / (picture(160, 120)[..., 0] > 130).sum()
    assert share == pytest.approx(scale**2, rel=0.25)


def test_a_good_picture_stays_as_it_is():
    image = picture(160, 120)
    assert spoilt(image, "", 0.7, np.random.default_rng(1))[0] is image


@pytest.mark.parametrize(
    ("kind", "amount", "brightness", "grain"),
    [
        pytest.param("dim", 0.0, 0.5, 3, id="half as bright"),
        pytest.param("dim", 1.0, 0.18, 8, id="very dim"),
        pytest.param("noise", 0.0, 1.0, 8, id="some grain"),
        pytest.param("noise", 1.0, 1.0, 24, id="much grain"),
    ],
)
def test_dim_and_grainy_pictures(kind, amount, brightness, grain):
    grey = np.full((240, 320, 3), 120, np.uint8)
    worse = spoilt(grey, kind, amount, np.random.default_rng(1))[0].astype(float)
    assert worse.mean() == pytest.approx(120 * brightness, abs=1.5)  # whole grey levels, cut off twice
    assert worse.std() == pytest.approx(grain, rel=0.05)


def test_spoiling_twice_from_one_seed_gives_one_picture():
    one, two = (spoilt(picture(160, 120), "dim", 0.5, np.random.default_rng(3))[0] for _ in range(2))
    assert (one == two).all()


# What is true ---------------------------------------------------------------------------------------------------------


HIPS_PX = np.array([300.0, 200.0])


def side_view(*, yaw_deg=0.0, roll_deg=0.0, facing="right", near="right", height_m=1.0, moved=(1.0, 0.0, 0.0)):
    """Where the joints lie of a person whose hips are 1 m above the floor; the camera is 2 m away and sees 90 degrees.

    240 px of 480 are half of what it sees, 2 m at 2 m: 120 px a metre. The knee is 0.5 m in front of and 0.25 m below
    the hips, and a quarter of a metre beside them, which a side view does not show.
    """
    joints = np.tile([0.0, 0.0, 1.0], (len(JOINT_NAMES), 1))
    joints[JOINT_NAMES.index("hipL"), 1], joints[JOINT_NAMES.index("hipR"), 1] = 0.1, -0.1
    joints[JOINT_NAMES.index("kneeL")] = (0.5, 0.25, 0.75)
    camera = {"yaw_deg": yaw_deg, "roll_deg": roll_deg, "distance_m": 2.0, "height_m": height_m, "fov_deg": 90.0}
    card = {"camera": camera, "moved": moved, "near_side": near, "facing_image": facing, "height": 480}
    flat = _side_view(joints, HIPS_PX, card)
    return flat[JOINT_NAMES.index("kneeL")] - flat[JOINT_NAMES.index("hipL")], flat


def test_an_exact_side_view_shows_the_sagittal_plane():
    knee, flat = side_view()
    assert knee == pytest.approx([60, 30])
    assert flat[JOINT_NAMES.index("hipL")] == pytest.approx(HIPS_PX)


@pytest.mark.parametrize("near", ["left", "right"])
@pytest.mark.parametrize("yaw_deg", [-50.0, 20.0, 60.0])
def test_truth_is_that_of_an_exact_side_view_from_any_camera(yaw_deg, near):
    assert side_view(yaw_deg=yaw_deg, near=near)[0] == pytest.approx([60, 30])


def test_who_faces_left_has_the_knee_left():
    assert side_view(facing="left")[0] == pytest.approx([-60, 30])


def test_a_higher_camera_is_further_from_the_hips():
    """1.5 m above them and 2 m away are 2.5 m."""
    assert side_view(height_m=2.5)[0] == pytest.approx([48, 24])


@pytest.mark.parametrize("roll_deg", [0.0, -5.0, 40.0])
@pytest.mark.parametrize(("near", "facing"), [("right", "right"), ("left", "left")])
def test_an_in_plane_point_is_where_the_studio_camera_shows_it(near, facing, roll_deg):
    """A camera exactly beside the hips, rolled or not, sees the plane through them without distortion."""
    away_m = -2.0 if near == "right" else 2.0
    camera = Camera((0.0, away_m, 1.0), (0.0, 0.0, 1.0), 90.0, roll_deg)
    hips, knee = camera.project([(0.0, 0.0, 1.0), (0.5, 0.0, 0.75)])
    assert side_view(roll_deg=roll_deg, near=near, facing=facing)[0] == pytest.approx(knee - hips)


def test_the_truth_moves_as_the_spoilt_picture_does():
    knee, flat = side_view(moved=(0.5, 10.0, 20.0))
    assert knee == pytest.approx([30, 15])
    assert flat[JOINT_NAMES.index("hipR")] == pytest.approx(HIPS_PX / 2 + [10, 20])
