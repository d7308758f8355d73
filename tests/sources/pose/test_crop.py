"""Regions and crops: hand-computed cases, and properties of any region and picture."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from formcheck.sources.pose.crop import Region, _compute_fixed_point, cut
from formcheck.sources.pose.landmarks import make_landmark_input, mirror_input
from formcheck.sources.pose.tracker import make_detector_input

CENTRE = np.array([100.0, 200.0])

sizes_px = st.integers(1, 700)
reals = st.floats(allow_nan=False, allow_infinity=False)
places = st.floats(-2000, 2000)
regions = st.builds(Region, places, places, st.floats(1, 4000), st.floats(-math.pi, math.pi))


def gradient(width: int, height: int) -> np.ndarray:
    """Return a picture whose first channel is 4 x, whose second is 4 y, and whose third is 7."""
    y, x = np.mgrid[:height, :width]
    return np.stack([4 * x, 4 * y, np.full_like(x, 7)], axis=-1).astype(np.uint8)


# Regions --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edge", "angle_deg"),
    [((100, 120), 0), ((180, 200), 90), ((20, 200), -90), ((100, 280), 180), ((156.568542, 143.431458), 45)],
    ids=["upright", "lying, head to the right", "lying, head to the left", "upside down", "leaning right"],
)
def test_region_around_a_body_turns_with_it(edge, angle_deg):
    region = Region.around_body(CENTRE, np.array(edge, np.float64))
    assert (region.x, region.y) == (100, 200)
    assert region.side_px == pytest.approx(1.25 * 2 * 80)
    turned = math.degrees(region.angle_rad) - angle_deg
    assert turned % 360 == pytest.approx(0, abs=1e-5) or turned % 360 == pytest.approx(360, abs=1e-5)
    # in the crop the body is upright, and its circle fills four fifths of it
    assert region.placement(256).to_crop(*edge) == pytest.approx((128, 128 - 0.4 * 256), abs=1e-3)


@settings(deadline=None)
@given(places, places, st.floats(-math.pi, math.pi), st.floats(1, 500))
def test_body_is_upright_in_its_region_however_it_lies(x, y, angle_rad, reach_px):
    edge = np.array([x + reach_px * math.sin(angle_rad), y - reach_px * math.cos(angle_rad)])
    region = Region.around_body(np.array([x, y]), edge)
    assert abs(region.angle_rad) <= math.pi + 1e-12  # the last bit of a half turn
    assert region.placement(100).to_crop(*edge) == pytest.approx((50, 10), abs=1e-6)


@pytest.mark.parametrize(("width", "height", "side_px"), [(640, 480, 640), (480, 640, 640), (3, 1, 3)])
def test_region_of_a_whole_picture_is_its_square(width, height, side_px):
    assert Region.whole_picture(width, height) == Region(width / 2, height / 2, side_px, 0)


@pytest.mark.parametrize(
    ("region", "usable"),
    [
        (Region(10, 10, 1, 0), True),
        (Region(10, 10, 0.99, 0), False),
        (Region(10, 10, 0, 0), False),
        (Region(10, 10, 8192, 0), False),
        (Region(-1e6, 10, 100, 0), True),
        (Region(math.nan, 10, 100, 0), False),
        (Region(10, math.inf, 100, 0), False),
        (Region(10, 10, math.nan, 0), False),
        (Region(10, 10, 100, math.nan), False),
    ],
)
def test_region_without_a_crop_is_not_usable(region, usable):
    assert region.usable is usable


# Placements -----------------------------------------------------------------------------------------------------------


def test_crop_pixels_count_from_the_corner_of_the_region():
    place = Region(100, 200, 64, 0).placement(128)
    assert (place.corner, place.across, place.down, place.scale) == ((68, 168), (0.5, 0), (0, 0.5), 0.5)
    np.testing.assert_array_equal(
        place.to_picture(np.array([[0, 0], [128, 0], [64, 128]])), [[68, 168], [132, 168], [100, 232]]
    )


def test_turned_a_quarter_the_way_across_the_crop_goes_down():
    place = Region(100, 200, 64, math.pi / 2).placement(128)
    np.testing.assert_allclose(
        place.to_picture(np.array([[0, 0], [128, 0], [0, 128]])), [[132, 168], [132, 232], [68, 168]]
    )
    np.testing.assert_allclose(place.turn_to_picture(np.array([[1, 0], [0, 1]])), [[0, 1], [-1, 0]], atol=1e-15)
    assert place.turn_to_crop(0, 1) == pytest.approx((1, 0))


@settings(deadline=None)
@given(regions, st.integers(1, 512), st.floats(-1000, 1000), st.floats(-1000, 1000))
def test_way_to_the_picture_and_back_is_none(region, size, x, y):
    place = region.placement(size)
    assert place.to_crop(*place.to_picture(np.array([x, y]))) == pytest.approx((x, y), abs=1e-6 * size)
    assert place.turn_to_crop(*place.turn_to_picture(np.array([x, y]))) == pytest.approx((x, y), abs=1e-6)
    turned = place.turn_to_picture(np.array([x, y]))
    assert math.hypot(*turned) == pytest.approx(math.hypot(x, y))  # turned, not scaled


# Crops ----------------------------------------------------------------------------------------------------------------


def test_wide_picture_stands_between_black_bars():
    square = make_detector_input(np.full((480, 640, 3), 255, np.uint8))[0]
    assert square.shape == (224, 224, 3)
    # 480 of 640 px are 168 of 224: from 28 to 195
    assert (square[28:196] == 1).all()
    assert (square[:28] == -1).all()
    assert (square[196:] == -1).all()


def test_tall_picture_stands_between_black_bars():
    square = make_detector_input(np.full((640, 480, 3), 255, np.uint8))[0]
    assert (square[:, 28:196] == 1).all()
    assert (square[:, :28] == -1).all()
    assert (square[:, 196:] == -1).all()


def test_upright_crop_of_a_gradient():
    # half a pixel to the next: x = 16 + u / 2
    crop = cut(gradient(64, 48), Region(32, 24, 32, 0).placement(64), 64, repeat_border=True)
    u, v = np.arange(64), np.arange(64)
    np.testing.assert_array_equal(crop[..., 0], np.broadcast_to(64 + 2 * u, (64, 64)))
    np.testing.assert_array_equal(crop[..., 1], np.broadcast_to((32 + 2 * v)[:, None], (64, 64)))
    assert (crop[..., 2] == 7).all()


def test_crop_turned_a_quarter_and_a_half():
    image, u = gradient(64, 64), np.arange(32)
    quarter = cut(image, Region(32, 32, 32, math.pi / 2).placement(32), 32, repeat_border=True)
    np.testing.assert_array_equal(quarter[..., 1], np.broadcast_to(64 + 4 * u, (32, 32)))  # y rises across
    np.testing.assert_array_equal(quarter[..., 0], np.broadcast_to((192 - 4 * u)[:, None], (32, 32)))  # x falls down
    half = cut(image, Region(32, 32, 32, math.pi).placement(32), 32, repeat_border=True)
    np.testing.assert_array_equal(half[..., 0], np.broadcast_to(192 - 4 * u, (32, 32)))
    np.testing.assert_array_equal(half[..., 1], np.broadcast_to((192 - 4 * u)[:, None], (32, 32)))


@settings(deadline=None)
@given(st.floats(24, 40), st.floats(24, 40), st.floats(4, 24), st.floats(-math.pi, math.pi))
def test_turned_crop_of_a_gradient_is_where_it_lies(x, y, side_px, angle_rad):
    place = Region(x, y, side_px, angle_rad).placement(16)
    crop = cut(gradient(64, 64), place, 16, repeat_border=True)
    v, u = np.mgrid[:16, :16]
    lies = place.to_picture(np.stack([u, v], axis=-1).astype(np.float64))
    # places are rounded to 1/32 px, which is 1/8 grey level here, and values to whole ones
    np.testing.assert_allclose(crop[..., :2], 4 * lies, atol=0.5 + 1 / 16 + 1e-2)


@pytest.mark.parametrize("repeat", [True, False])
def test_left_of_the_picture_is_its_border_or_black(repeat):
    image = gradient(64, 64)
    crop = cut(image, Region(0, 32, 32, 0).placement(32), 32, repeat_border=repeat)
    np.testing.assert_array_equal(crop[0, :, 0], [0] * 16 + [4 * k for k in range(16)])
    assert (crop[:, :16, 2] == (7 if repeat else 0)).all()
    np.testing.assert_array_equal(crop[:, :16, 1], (image[16:48, :1, 1] if repeat else np.zeros((32, 1))) * np.ones(16))


def test_networks_get_their_ranges():
    image = np.zeros((8, 8, 3), np.uint8)
    image[:, 4:] = 255
    whole = Region.whole_picture(8, 8)
    assert (make_detector_input(image).min(), make_detector_input(image).max()) == (-1, 1)
    crop = make_landmark_input(image, whole)
    assert crop.shape == (1, 256, 256, 3)
    assert (crop.dtype, crop.min(), crop.max()) == (np.float32, 0, 1)


@settings(deadline=None)
@given(st.floats(-700, 700), st.floats(-8, 8), st.floats(-8, 8), st.integers(1, 256))
def test_fixed_point_places_are_those_of_floats(corner, across, down, size):
    steps = np.arange(size)
    exact = 32 * (corner + down * steps[:, None] + across * steps[None, :])
    near_half = np.abs(exact - np.floor(exact) - 0.5) < 2 / 1024
    places_32 = _compute_fixed_point(corner, across, down, size)
    assert places_32.dtype == np.int32
    np.testing.assert_array_equal(places_32[~near_half], np.floor(exact + 0.5)[~near_half])
    assert (np.abs(places_32 - exact) < 0.5 + 2 / 1024).all()


@settings(max_examples=300, deadline=None)
@given(sizes_px, sizes_px, st.builds(Region, reals, reals, reals, reals), st.booleans())
def test_every_usable_region_has_a_crop_in_every_picture(width, height, region, repeat):
    image = np.full((height, width, 3), 99, np.uint8)
    if region.usable:
        crop = cut(image, region.placement(32), 32, repeat_border=repeat)
        assert (crop.shape, crop.dtype) == ((32, 32, 3), np.uint8)
        assert (crop == 99).all() or not repeat


@settings(max_examples=200, deadline=None)
@given(sizes_px, sizes_px, regions)
def test_outside_a_picture_a_crop_repeats_its_border(width, height, region):
    image = np.full((height, width, 3), 99, np.uint8)
    assert (cut(image, region.placement(64), 64, repeat_border=True) == 99).all()


@settings(max_examples=50, deadline=None)
@given(sizes_px, sizes_px)
def test_detector_takes_pictures_of_every_size(width, height):
    square = make_detector_input(np.full((height, width, 3), 255, np.uint8))
    assert square.shape == (1, 224, 224, 3)
    assert -1 <= square.min() <= square.max() <= 1


# Mirrors --------------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(hnp.arrays(np.float32, (1, 8, 8, 3), elements=st.floats(0, 1, width=32)))
def test_crop_mirrored_twice_is_the_same(crop):
    once = mirror_input(crop)
    assert once.flags.c_contiguous
    np.testing.assert_array_equal(once[0, :, 0], crop[0, :, -1])
    np.testing.assert_array_equal(mirror_input(once), crop)
