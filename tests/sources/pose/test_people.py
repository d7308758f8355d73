"""One found person: the place of the silhouette, the traced back, and whether two finds are one person."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.measure.contour import TrunkAxis, trace_back
from formcheck.core.records import N_BACK
from formcheck.sources.pose.crop import Region
from formcheck.sources.pose.people import (
    IN_PICTURE,
    Found,
    Silhouette,
    has_jumped,
    is_same_trunk,
    make_blank,
    measure_overlap,
    paint_over,
)

SIZE = (640, 480)


def marks(shoulder, hip):
    xy = np.zeros((33, 2))
    xy[11:13], xy[23:25] = shoulder, hip
    return xy


def found(shoulder=(100, 50), hip=(100, 150), silhouette=None):
    return Found(marks(shoulder, hip), np.zeros((33, 3)), np.ones(33), silhouette)


def box(x0, y0, x1, y1):
    """Return a silhouette that fills a box of the picture."""
    mask = np.zeros((SIZE[1], SIZE[0]), np.float32)
    mask[y0:y1, x0:x1] = 1
    return Silhouette(mask, IN_PICTURE)


# Where a mask lies ----------------------------------------------------------------------------------------------------


def test_mask_of_a_crop_lies_where_its_region_lies():
    mask = np.zeros((256, 256), np.float32)
    mask[64:192, 32:96] = 1
    upright = Silhouette(mask, Region(300, 200, 256, 0).placement(256)).on_picture(*SIZE)
    assert upright.shape == (480, 640)
    expected = np.zeros((480, 640), np.float32)
    expected[72 + 64 : 72 + 192, 172 + 32 : 172 + 96] = 1
    np.testing.assert_allclose(upright, expected, atol=1e-6)
    lying = Silhouette(mask, Region(300, 200, 256, math.pi / 2).placement(256)).on_picture(*SIZE)
    turned = np.zeros((480, 640), np.float32)
    turned[72 + 32 : 72 + 96, 428 - 191 : 428 - 63] = 1  # u goes down, v to the left
    np.testing.assert_allclose(lying, turned, atol=1e-6)


def test_mask_that_reaches_beyond_the_picture_is_cut_there():
    whole = Silhouette(np.ones((256, 256), np.float32), Region(0, 0, 100, 0).placement(256)).on_picture(*SIZE)
    assert whole[:49, :49].min() == 1
    assert whole[51:].max() == whole[:, 51:].max() == 0


# The back -------------------------------------------------------------------------------------------------------------


def body(size=256):
    """Return the mask of a back that bends: left of a wavy line it is empty; the edge is four pixels wide."""
    y, x = np.mgrid[:size, :size]
    left = 80 + 12 * np.sin(y / 30)
    return np.clip((x - left) / 4 + 0.5, 0, 1).astype(np.float32) * (x < 200)


def axis_of(place):
    """Return the trunk axis of that body, px of the picture."""
    hip, shoulder, back = (place.to_picture(np.array(p, np.float64)) for p in ((110, 190), (110, 80), (80, 190)))
    length_px = math.hypot(*(shoulder - hip))
    along, dorsal = (shoulder - hip) / length_px, (back - hip) / math.hypot(*(back - hip))
    return TrunkAxis(tuple(hip), tuple(shoulder), tuple(along), tuple(dorsal), length_px, 5.0, 1)


def silhouettes():
    inside = st.builds(Region, st.floats(250, 390), st.floats(200, 280), st.floats(150, 250), st.floats(-3.1, 3.1))
    return inside.map(lambda region: Silhouette(body(), region.placement(256)))


@settings(deadline=None)
@given(silhouettes())
def test_back_traced_in_the_mask_is_that_of_the_enlarged_one(silhouette):
    axis = axis_of(silhouette.place)
    ours = silhouette.trace_back(axis, SIZE)
    enlarged = trace_back(silhouette.on_picture(*SIZE), axis)
    assert ours.shape == (N_BACK, 2)
    both = np.isfinite(ours).all(axis=1) & np.isfinite(enlarged).all(axis=1)
    assert both.sum() >= N_BACK - 6
    assert np.hypot(*(ours - enlarged)[both].T).max() < 1


def test_back_by_hand():
    silhouette = Silhouette(body(), Region(128, 128, 256, 0).placement(256))
    points = silhouette.trace_back(axis_of(silhouette.place), (256, 256))
    on = np.isfinite(points).all(axis=1)
    assert on.sum() > 60
    np.testing.assert_allclose(points[on, 0], 80 + 12 * np.sin(points[on, 1] / 30), atol=0.3)


@pytest.mark.parametrize("angle_rad", [0.0, math.pi / 2, -2.0])
def test_outside_the_picture_the_back_is_not_seen(angle_rad):
    region = Region(320, 240, 256, angle_rad)
    silhouette = Silhouette(body(), region.placement(256))
    axis = axis_of(silhouette.place)
    whole = silhouette.trace_back(axis, SIZE)
    hip = np.array(axis.hip)
    for size in ((int(hip[0]), 480), (640, int(hip[1]))):  # the picture ends at the hips
        cut = silhouette.trace_back(axis, size)
        beyond = (whole > np.array(size) - 1).any(axis=1)
        assert np.isnan(cut[beyond]).all()
        np.testing.assert_array_equal(cut[~beyond], whole[~beyond])
    assert np.isnan(silhouette.trace_back(axis, (1, 1))).all()


@pytest.mark.parametrize("centre", [(48, 240), (320, 40)], ids=["left", "above"])
def test_left_of_and_above_the_picture_the_back_is_not_seen(centre):
    near, inside = (Region(*one, 256, 0).placement(256) for one in (centre, (320, 240)))
    moved = np.array(near.corner) - np.array(inside.corner)
    whole = Silhouette(body(), inside).trace_back(axis_of(inside), SIZE) + moved
    cut = Silhouette(body(), near).trace_back(axis_of(near), SIZE)
    beyond = (whole < 0).any(axis=1)
    assert 10 < beyond.sum() < 60
    assert np.isnan(cut[beyond]).all()
    np.testing.assert_allclose(cut[~beyond], whole[~beyond], atol=1e-9)


def test_mask_of_the_picture_is_traced_as_it_is():
    mask = body(480)
    axis = axis_of(IN_PICTURE)
    expected = trace_back(mask, axis)
    np.testing.assert_allclose(Silhouette(mask, IN_PICTURE).trace_back(axis, (480, 480)), expected, atol=1e-9)


# Painting over --------------------------------------------------------------------------------------------------------


def test_person_is_painted_over_with_a_little_room():
    image = np.full((480, 640, 3), 20, np.uint8)
    out = paint_over(image, found(silhouette=box(100, 50, 200, 150)))
    assert (out[46:154, 96:204] == 127).all()
    assert (out[:46] == 20).all()
    assert (out[:, 204:] == 20).all()
    assert (image == 20).all()


def test_person_without_a_silhouette_cannot_be_painted_over():
    image = np.full((480, 640, 3), 20, np.uint8)
    np.testing.assert_array_equal(paint_over(image, found()), image)
    assert (make_blank(image) == 127).all()


# One person or two ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shoulder", "hip", "same"),
    [
        ((100, 50), (100, 150), True),
        ((120, 55), (115, 150), True),
        ((100, 150), (100, 50), False),  # upside down
        ((160, 50), (160, 150), False),  # beside
        ((100, 75), (100, 125), False),  # half as long
        ((150, 100), (50, 100), False),  # lying
    ],
)
def test_trunk_of_the_same_person(shoulder, hip, same):
    one, other = marks((100, 50), (100, 150)), marks(shoulder, hip)
    assert is_same_trunk(one, other) is same
    assert is_same_trunk(one.astype(np.float32), other.astype(np.float32)) is same


@pytest.mark.parametrize(("shift", "jump"), [(0, False), (99, False), (101, True)])
def test_trunk_that_moves_by_its_length_is_another(shift, jump):
    assert has_jumped(found(), found((100 + shift, 50), (100 + shift, 150))) is jump


def test_trunk_without_length_does_not_count_as_none():
    assert not has_jumped(found((100, 100), (100, 100)), found((100, 100), (100, 100)))


@pytest.mark.parametrize(
    ("other", "share"),
    [
        (box(100, 100, 200, 200), 1.0),
        (box(150, 100, 250, 200), 0.5),
        (box(150, 150, 160, 160), 1.0),  # all of the smaller one
        (box(300, 100, 400, 200), 0.0),
        (box(0, 0, 0, 0), 1.0),
        (None, 1.0),
    ],
    ids=["same", "half", "inside", "apart", "empty", "not known"],
)
def test_share_of_the_smaller_silhouette_in_the_other(other, share):
    one = found(silhouette=box(100, 100, 200, 200))
    assert measure_overlap(one, found(silhouette=other), SIZE) == pytest.approx(share)
    assert measure_overlap(found(silhouette=other), one, SIZE) == pytest.approx(share)
