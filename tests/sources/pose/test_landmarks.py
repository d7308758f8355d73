"""The landmark network's outputs, computed by hand: heat maps, presence, pixels, world points, mirror."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from formcheck.core.skeleton import MIRROR
from formcheck.sources.pose.crop import Region
from formcheck.sources.pose.landmarks import NetworkOutput, _refine_points, read_mirrored, read_person

AS_PICTURE = Region(128, 128, 256, 0)
"""The region whose crop px are px of the picture."""
COLD, HOT = -100.0, 100.0
HALF = 0.0
"""Before the sigmoid: 0, 1 and a half."""


def output(points=None, *, presence=1.0, visibility=0.0, world=None, heat=None, mask=None):
    """Return what the network gives for points (39, 2) in px of the crop; its heat is cold unless given."""
    values = np.zeros((39, 5), np.float32)
    values[:, :2] = np.arange(78).reshape(39, 2) if points is None else points
    values[:, 3] = visibility
    metres = np.zeros((39, 3), np.float32)
    metres[:33] = np.zeros((33, 3)) if world is None else world
    return NetworkOutput(
        values.reshape(1, 195),
        np.array([[presence]], np.float32),
        np.full((1, 64, 64, 39), COLD, np.float32) if heat is None else heat,
        metres.reshape(1, 117),
        mask,
    )


# Heat -----------------------------------------------------------------------------------------------------------------


def refined(share, cells):
    """Return where a point goes that is at `share` of the crop's side, with heat in cells: (row, column) -> logit."""
    heat = np.full((64, 64, 39), COLD, np.float32)
    for (row, column), logit in cells.items():
        heat[row, column, 5] = logit
    shares = np.full((39, 2), 0.5)
    shares[5] = share
    moved = _refine_points(shares, heat)
    np.testing.assert_array_equal(np.delete(moved, 5, axis=0), 0.5)  # each point has heat of its own
    return moved[5]


@pytest.mark.parametrize(
    ("cells", "cell"),
    [
        ({}, (33.5, 31.25)),
        ({(31, 33): HOT}, (33, 31)),
        ({(31, 33): HOT, (31, 34): HOT}, (33.5, 31)),
        ({(31, 33): HOT, (33, 33): HALF}, (33, 31 + 2 / 3)),
        ({(31, 33): HALF}, (33, 31)),
        ({(31, 33): HALF - 0.01}, (33.5, 31.25)),
        ({(28, 30): HOT}, (30, 28)),
        ({(34, 36): HOT}, (36, 34)),
        ({(27, 33): HOT, (31, 37): HOT, (35, 33): HOT, (31, 29): HOT}, (33.5, 31.25)),
        ({(31, 33): HOT, (31, 37): HOT}, (33, 31)),
    ],
    ids=[
        "cold", "one cell", "two cells", "weighted", "just warm enough", "not warm enough", "first of the seven",
        "last of the seven", "too far away", "only what is near counts",
    ],
)  # fmt: skip
def test_point_moves_to_the_middle_of_its_heat(cells, cell):
    # the point lies in row 31, column 33: seven cells around it count, 28 to 34 and 30 to 36
    np.testing.assert_allclose(64 * refined((33.5 / 64, 31.25 / 64), cells), cell, atol=1e-9)


@pytest.mark.parametrize(
    ("share", "hot", "moves"),
    [
        ((0.0, 0.0), (2, 1), True),
        ((63.9 / 64, 63.9 / 64), (63, 61), True),
        ((1.0, 0.5), (32, 63), False),
        ((-1.0 / 64, 0.5), (32, 0), False),
        ((-0.5 / 64, 0.5), (32, 0), True),  # the reference graph cuts towards zero
        ((math.nan, 0.5), (32, 0), False),
    ],
)
def test_points_at_the_rim_of_the_heat_map(share, hot, moves):
    with np.errstate(invalid="ignore"):
        moved = refined(share, {hot: HOT})
    np.testing.assert_allclose(moved, (hot[1] / 64, hot[0] / 64) if moves else share, atol=1e-12)


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.float64, (39, 2), elements=st.floats(-3, 3)), st.integers(0, 2**32 - 1))
def test_no_point_moves_further_than_its_heat_reaches(shares, seed):
    heat = np.random.default_rng(seed).normal(0, 3, (64, 64, 39)).astype(np.float32)
    moved = _refine_points(shares, heat)
    assert (np.abs(moved - shares) <= 4 / 64).all()
    outside = ((shares <= -1 / 64) | (shares >= 1)).any(axis=1)
    np.testing.assert_array_equal(moved[outside], shares[outside])


# One person -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("presence", "there"), [(0.5, True), (0.499, False), (math.nan, False), (1.0, True)])
def test_presence_must_be_a_half(presence, there):
    for read in (read_person, read_mirrored):
        assert (read(output(presence=presence), AS_PICTURE) is not None) is there


def test_points_that_are_no_numbers_are_nobody():
    points = np.zeros((39, 2))
    points[7] = math.nan
    with np.errstate(invalid="ignore"):
        assert read_person(output(points), AS_PICTURE) is None


def test_points_are_given_in_px_of_the_picture():
    points = np.zeros((39, 2))
    points[3], points[4] = (128, 128), (128, 28)
    upright = read_person(output(points), Region(300, 200, 512, 0))
    np.testing.assert_allclose(upright.xy_px[[3, 4]], [(300, 200), (300, 0)])
    lying = read_person(output(points), Region(300, 200, 512, math.pi / 2))
    np.testing.assert_allclose(lying.xy_px[[3, 4]], [(300, 200), (500, 200)])


def test_heat_counts_in_the_crop_before_it_is_placed():
    heat = np.full((1, 64, 64, 39), COLD, np.float32)
    heat[0, 30, 34, 3] = HOT
    points = np.zeros((39, 2))
    points[3] = (128, 128)
    found = read_person(output(points, heat=heat), AS_PICTURE)
    np.testing.assert_allclose(found.xy_px[3], (4 * 34, 4 * 30))


def test_next_region_is_that_of_the_two_points_at_the_end():
    points = np.zeros((39, 2))
    points[33], points[34] = (130, 140), (130, 60)
    found = read_person(output(points), AS_PICTURE)
    assert found.region == Region.around_body(np.array([130.0, 140.0]), np.array([130.0, 60.0]))
    assert found.region.side_px == pytest.approx(200)


def test_world_is_turned_with_the_picture_and_keeps_its_depth():
    world = np.tile([0.3, -0.4, 0.5], (33, 1))
    upright = read_person(output(world=world), Region(10, 20, 77, 0))
    np.testing.assert_allclose(upright.xyz_m, world, rtol=1e-6)
    lying = read_person(output(world=world), Region(10, 20, 77, math.pi / 2))
    np.testing.assert_allclose(lying.xyz_m, np.tile([0.4, 0.3, 0.5], (33, 1)), rtol=1e-6)


@pytest.mark.parametrize(("logit", "share"), [(0.0, 0.5), (math.log(9), 0.9), (-1000.0, 0.0), (1000.0, 1.0)])
def test_visibility_is_a_share(logit, share):
    np.testing.assert_allclose(read_person(output(visibility=logit), AS_PICTURE).visibility, share, atol=1e-6)


def test_silhouette_is_a_share_and_lies_where_the_crop_lies():
    mask = np.full((1, 256, 256, 1), COLD, np.float32)
    mask[0, 100:150, 80:120, 0] = HOT
    found = read_person(output(mask=mask), AS_PICTURE)
    on_picture = found.silhouette.on_picture(256, 256)
    assert on_picture.dtype == np.float32
    np.testing.assert_allclose(on_picture, mask[0, :, :, 0] > 0, atol=1e-6)
    assert read_person(output(), AS_PICTURE).silhouette is None


# The mirror -----------------------------------------------------------------------------------------------------------

numbers = hnp.arrays(np.float64, (39, 2), elements=st.floats(-50, 300))


def as_a_mirror_shows_it(seen: NetworkOutput) -> NetworkOutput:
    """Return what networks that make no difference between left and right see in the mirrored crop."""
    values = seen.points.reshape(39, 5).copy()
    values[:33] = values[:33][MIRROR]
    values[:, 0] = 255 - values[:, 0]
    world = seen.world.reshape(39, 3).copy()
    world[:33] = world[:33][MIRROR] * np.array([-1, 1, 1])
    return replace(seen, points=values.reshape(1, 195), world=world.reshape(1, 117))


@settings(max_examples=50, deadline=None)
@given(
    numbers,
    hnp.arrays(np.float32, (33, 3), elements=st.floats(-2, 2, width=32)),
    hnp.arrays(np.float32, 39, elements=st.floats(-9, 9, width=32)),
    st.builds(Region, st.floats(-700, 700), st.floats(-700, 700), st.floats(10, 900), st.floats(-3, 3)),
)
def test_person_in_the_mirror_is_put_back_to_the_picture(points, world, visibility, region):
    seen = output(points, world=world, visibility=visibility)
    found, back = read_person(seen, region), read_mirrored(as_a_mirror_shows_it(seen), region)
    np.testing.assert_allclose(back.xy_px, found.xy_px, atol=1e-3)
    np.testing.assert_allclose(back.xyz_m, found.xyz_m, atol=1e-6)
    np.testing.assert_allclose(back.visibility, found.visibility, atol=1e-6)
    assert back.silhouette is None


def test_left_hip_of_the_mirror_is_the_right_hip_of_the_picture():
    points = np.full((39, 2), 100.0)
    points[23], points[24] = (90, 50), (60, 51)  # in the mirrored crop
    back = read_mirrored(output(points), AS_PICTURE)
    np.testing.assert_allclose(back.xy_px[[23, 24]], [(255 - 60, 51), (255 - 90, 50)])
