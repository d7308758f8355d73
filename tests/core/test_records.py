"""The values of the line cannot be changed; a mirrored pose is the pose of a mirrored picture."""

import dataclasses

import numpy as np
import pytest

from formcheck.core.records import BACK_T, N_BACK, PoseFrame
from formcheck.core.skeleton import BONES, INDEX, LANDMARKS, MIRROR, PAIRS, find_other_side


def pose(**changes):
    rng = np.random.default_rng(7)
    fields = {
        "time_s": 1.5,
        "size_px": (640, 480),
        "xy_px": rng.uniform(0, 400, (33, 2)),
        "xyz_m": rng.normal(size=(33, 3)),
        "visibility": rng.uniform(0, 1, 33),
        "back_xy_px": rng.uniform(0, 400, (N_BACK, 2)),
    }
    return PoseFrame(**(fields | changes))


def test_the_contour_is_sampled_every_fiftieth_of_the_trunk():
    assert N_BACK == 71
    assert (BACK_T[0], BACK_T[10], BACK_T[-1]) == (-0.2, 0.0, 1.2)
    assert np.diff(BACK_T) == pytest.approx(0.02)


@pytest.mark.parametrize("name", ["xy_px", "xyz_m", "visibility", "back_xy_px"])
def test_arrays_are_copies_that_nobody_can_write(name):
    given = np.array(getattr(pose(), name))
    kept = pose(**{name: given})
    given[...] = -1
    assert not (getattr(kept, name) == -1).any()
    with pytest.raises(ValueError, match="read-only"):
        getattr(kept, name)[...] = 0


def test_fields_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        pose().time_s = 2.0


@pytest.mark.parametrize(
    ("name", "shape", "expected"),
    [
        ("xy_px", (33, 3), "(33, 2)"),
        ("xyz_m", (33, 2), "(33, 3)"),
        ("visibility", (32,), "(33,)"),
        ("back_xy_px", (70, 2), "(71, 2)"),
    ],
)
def test_a_wrong_shape_is_turned_away_with_both_shapes(name, shape, expected):
    with pytest.raises(ValueError) as raised:  # noqa: PT011 the whole text is compared below
        pose(**{name: np.zeros(shape)})
    assert str(raised.value) == f"{name}: expected shape {expected}, got {shape}"


def test_nobody_is_not_seen_and_all_missing():
    nobody = PoseFrame.nobody(2.0, (640, 480))
    assert not nobody.seen
    assert nobody.people == 0
    assert np.isnan(nobody.xy_px).all()
    assert np.isnan(nobody.back_xy_px).all()
    assert (nobody.visibility == 0).all()


def test_one_landmark_is_enough_to_be_seen():
    xy = np.full((33, 2), np.nan)
    xy[5] = 1.0
    assert pose(xy_px=xy).seen


def test_mirrored_twice_is_the_same_pose():
    one = pose()
    twice = one.mirrored().mirrored()
    for name in ("xy_px", "xyz_m", "visibility", "back_xy_px"):
        assert getattr(twice, name) == pytest.approx(getattr(one, name), abs=1e-4)


def test_mirroring_swaps_sides_and_measures_x_from_the_right():
    one, other_way = pose(), pose().mirrored()
    left, right = INDEX["left_knee"], INDEX["right_knee"]
    assert other_way.xy_px[right] == pytest.approx([640 - one.xy_px[left, 0], one.xy_px[left, 1]])
    assert other_way.xyz_m[right] == pytest.approx(one.xyz_m[left] * [-1, 1, 1])
    assert other_way.visibility[right] == one.visibility[left]
    assert other_way.back_xy_px[3] == pytest.approx([640 - one.back_xy_px[3, 0], one.back_xy_px[3, 1]])


def test_every_landmark_has_its_mirror_image():
    assert (MIRROR[MIRROR] == np.arange(33)).all()
    assert LANDMARKS[MIRROR[INDEX["mouth_left"]]] == "mouth_right"
    assert MIRROR[INDEX["nose"]] == INDEX["nose"]


def test_pairs_and_bones_name_landmarks():
    assert PAIRS["hip"] == (23, 24)
    assert all(
        LANDMARKS[left] == f"left_{part}" and LANDMARKS[right] == f"right_{part}"
        for part, (left, right) in PAIRS.items()
    )
    assert all(a in INDEX and b in INDEX for a, b in BONES)
    assert (find_other_side("left"), find_other_side("right")) == ("right", "left")
