"""The detector's outputs, computed by hand: box positions, and merging the boxes of one body."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from formcheck.sources.pose.crop import Region
from formcheck.sources.pose.tracker import _list_anchors, _overlaps, read_detections

N = 2254


def outputs(*found, size=224):
    """Return the network's outputs: (score, (x, y, width, height) of the box, centre, edge) each, px of its input.

    The boxes are given by the first cells, whose centres are 4 px from the top and 4, 12, 20, … px from the left.
    """
    boxes, scores = np.zeros((1, N, 12), np.float32), np.full((1, N, 1), -100, np.float32)
    for k, (score, box, centre, edge) in enumerate(found):
        anchor = np.array([4.0 + 8 * (k // 2), 4.0])
        boxes[0, k, :2] = np.array(box[:2]) - anchor
        boxes[0, k, 2:4] = box[2:]
        boxes[0, k, 4:] = (np.array([centre, edge, (0, 0), (0, 0)]) - anchor).ravel()
        scores[0, k] = math.log(score / (1 - score))
    return boxes, scores


# Anchors --------------------------------------------------------------------------------------------------------------


def test_there_are_2254_boxes():
    assert _list_anchors().shape == (2 * 28 * 28 + 2 * 14 * 14 + 6 * 7 * 7, 2) == (N, 2)


@pytest.mark.parametrize(
    ("index", "px"),
    [
        (0, (4, 4)), (1, (4, 4)), (2, (12, 4)), (56, (4, 12)), (1567, (220, 220)),  # cells of 8 px, two boxes each
        (1568, (8, 8)), (1569, (8, 8)), (1570, (24, 8)), (1596, (8, 24)), (1959, (216, 216)),  # 16 px, two
        (1960, (16, 16)), (1965, (16, 16)), (1966, (48, 16)), (2002, (16, 48)), (2253, (208, 208)),  # 32 px, six
    ],
)  # fmt: skip
def test_boxes_lie_at_the_middle_of_their_cells(index, px):
    np.testing.assert_allclose(224 * _list_anchors()[index], px)


# Detections -----------------------------------------------------------------------------------------------------------

BODY = ((100, 100, 40, 80), (100, 110), (100, 60))


def test_one_body_by_hand():
    (one,) = read_detections(*outputs((0.9, *BODY)), 224, 224)
    assert one.score == pytest.approx(0.9)
    assert (one.region.x, one.region.y) == pytest.approx((100, 110))
    assert one.region.side_px == pytest.approx(1.25 * 2 * 50)
    assert one.region.angle_rad == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("size", "place", "scale"), [((640, 480), (0, -80), 640 / 224), ((480, 640), (-80, 0), 640 / 224)]
)
def test_letterbox_is_taken_away_again(size, place, scale):
    (one,) = read_detections(*outputs((0.9, *BODY)), *size)
    assert (one.region.x, one.region.y) == pytest.approx((place[0] + 100 * scale, place[1] + 110 * scale))
    assert one.region.side_px == pytest.approx(125 * scale)


def test_boxes_of_one_body_are_averaged_by_their_scores():
    # 36 of 44 px in common; and a second body far away
    other = ((20, 20, 20, 40), (20, 30), (20, 10))
    beside = ((104, 100, 40, 80), (104, 110), (108, 60))
    found = read_detections(*outputs((0.6, *beside), (0.8, *other), (0.9, *BODY)), 224, 224)
    assert [one.score for one in found] == pytest.approx([0.9, 0.8])
    mean = Region.around_body(
        np.array([(0.9 * 100 + 0.6 * 104) / 1.5, 110]), np.array([(0.9 * 100 + 0.6 * 108) / 1.5, 60])
    )
    for name in ("x", "y", "side_px", "angle_rad"):
        assert getattr(found[0].region, name) == pytest.approx(getattr(mean, name), abs=1e-5), name
    assert (found[1].region.x, found[1].region.y) == pytest.approx((20, 30))


def test_box_lies_the_same_whichever_cell_gives_it():
    boxes, scores = outputs((0.9, *BODY))
    boxes[0, 2253] = boxes[0, 0]
    for part in (slice(0, 2), *(slice(k, k + 2) for k in range(4, 12, 2))):
        boxes[0, 2253, part] += 4 - 208  # from the first cell to the last
    scores[0, 2253] = scores[0, 0]
    (one,) = read_detections(boxes, scores, 224, 224)
    assert (one.region.x, one.region.y, one.region.side_px) == pytest.approx((100, 110, 125))


@pytest.mark.parametrize(("shift", "people"), [(13, 1), (14, 2)])
def test_boxes_that_share_less_than_half_are_two_people(shift, people):
    # of 40 px: 27 / 53 = 0.509 is one body, 26 / 54 = 0.481 is two
    beside = ((100 + shift, 100, 40, 80), *BODY[1:])
    assert len(read_detections(*outputs((0.9, *BODY), (0.8, *beside)), 224, 224)) == people


def test_chain_of_boxes_is_cut_at_the_most_certain():
    # b shares enough with a and with c, but a and c share too little
    a, b, c = (((100 + shift, 100, 40, 80), *BODY[1:]) for shift in (0, 12, 24))
    assert len(read_detections(*outputs((0.9, *b), (0.8, *a), (0.7, *c)), 224, 224)) == 1
    assert [d.score for d in read_detections(*outputs((0.9, *a), (0.8, *b), (0.7, *c)), 224, 224)] == pytest.approx(
        [0.9, 0.7]
    )


@pytest.mark.parametrize(("logit", "found"), [(0.0, 1), (-0.001, 0), (math.nan, 0)])
def test_score_must_be_a_half(logit, found):
    boxes, scores = outputs((0.9, *BODY))
    scores[0, 0] = logit
    assert len(read_detections(boxes, scores, 224, 224)) == found


def test_box_without_a_circle_is_nobody():
    point = ((100, 100, 40, 80), (100, 110), (100, 110))
    assert read_detections(*outputs((0.9, *point)), 224, 224) == []
    assert read_detections(*outputs(), 224, 224) == []


def test_boxes_without_any_area_are_not_looked_at_for_ever():
    flat = ((100, 100, 0, 0), *BODY[1:])
    assert len(read_detections(*outputs((0.9, *flat), (0.8, *flat)), 224, 224)) == 2


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 9), st.integers(1, 3000), st.integers(1, 3000), st.data())
def test_whatever_the_network_says_people_are_usable_in_order(count, width, height, data):
    boxes, scores = np.zeros((1, N, 12), np.float32), np.full((1, N, 1), -9, np.float32)
    wild = st.floats(-1e4, 1e4, width=32)
    boxes[0, :count] = data.draw(hnp.arrays(np.float32, (count, 12), elements=wild))
    scores[0, :count] = data.draw(hnp.arrays(np.float32, (count, 1), elements=wild))
    found = read_detections(boxes, scores, width, height)
    assert len(found) <= count
    assert all(one.region.usable for one in found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_share_in_common_by_hand():
    box = np.array([0.0, 0, 4, 4])
    others = np.array([[0, 0, 4, 4], [2, 0, 6, 4], [2, 2, 6, 6], [4, 0, 8, 4], [5, 5, 6, 6], [1, 1, 3, 3]], np.float64)
    np.testing.assert_allclose(_overlaps(box, others), [1, 8 / 24, 4 / 28, 0, 0, 4 / 16])
