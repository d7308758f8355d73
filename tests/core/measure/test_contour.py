"""The trunk's axis, which side is the back, and the contour of drawn masks."""

import numpy as np
import pytest

from formcheck.core.measure import back
from formcheck.core.measure.contour import MIN_SIDE_VOTES, TrunkAxis, dorsal_votes, find_trunk_axis, trace_back
from formcheck.core.records import BACK_T

HIP, TRUNK = (200.0, 300.0), 100.0
UPRIGHT = TrunkAxis(HIP, (200.0, 200.0), (0.0, -1.0), (-1.0, 0.0), TRUNK, 5.0, 1)  # the back to the left


def body_mask(left_edge, *, right=260, size=(480, 400)):
    """A body whose left outline lies at `left_edge(y)` px; its edge is four pixels wide."""
    y, x = np.mgrid[: size[0], : size[1]]
    return np.clip((x - left_edge(y)) / 4 + 0.5, 0, 1).astype(np.float32) * (x <= right)


def offsets_of(mask, axis=UPRIGHT):
    return back.contour_offsets(trace_back(mask, axis), axis)


# The axis -------------------------------------------------------------------------------------------------------------


def test_axis_of_an_upright_figure(figures):
    axis = find_trunk_axis(figures.make().xy_px, figures.make().xyz_m)
    assert axis.hip == (300, 250)
    assert axis.shoulder == (300, 150)
    assert axis.along == (0, -1)
    assert axis.dorsal == (-1, 0)  # it faces right, so its back is to the left
    assert axis.length_px == 100
    assert axis.front == 1
    assert axis.sure


@pytest.mark.parametrize("posture", ["STANDING", "HINGED", "PLANK"])
def test_a_mirrored_figure_has_its_back_on_the_other_side(figures, posture):
    pose = figures.make(getattr(figures, posture))
    axis, mirrored = (
        find_trunk_axis(pose.xy_px, pose.xyz_m),
        find_trunk_axis(pose.mirrored().xy_px, pose.mirrored().xyz_m),
    )
    assert mirrored.dorsal == pytest.approx((-axis.dorsal[0], axis.dorsal[1]))
    assert mirrored.front == -axis.front
    assert mirrored.votes == pytest.approx(axis.votes, abs=1e-5)


def test_votes_change_sign_with_the_side_asked_for(figures):
    pose = figures.make()
    votes = dorsal_votes(pose.xy_px, pose.xyz_m, (-1.0, 0.0))
    assert votes >= MIN_SIDE_VOTES
    assert dorsal_votes(pose.xy_px, pose.xyz_m, (1.0, 0.0)) == pytest.approx(-votes)


def test_a_single_witness_is_not_sure(figures):
    # all limbs on the trunk's line, no world axes: only the face votes, with weight 1
    straight = {part: (300, y) for part, (_, y) in figures.STANDING.items()} | {"nose": (330, 122)}
    pose = figures.make(straight)
    axis = find_trunk_axis(pose.xy_px, np.zeros((33, 3), np.float32))
    assert axis.front == 1
    assert axis.votes == pytest.approx(0.9)
    assert not axis.sure


@pytest.mark.parametrize("part", ["hip", "shoulder"])
def test_no_axis_without_hips_or_shoulders(figures, part):
    pose = figures.make(**{part: (np.nan, np.nan)})
    assert find_trunk_axis(pose.xy_px, pose.xyz_m) is None


def test_no_axis_where_hips_and_shoulders_coincide(figures):
    pose = figures.make()
    xy = np.array(pose.xy_px)
    xy[11:13] = xy[23:25]
    assert find_trunk_axis(xy, pose.xyz_m) is None


def test_a_witness_that_is_not_seen_abstains(figures):
    pose = figures.make()
    whole = find_trunk_axis(pose.xy_px, pose.xyz_m)
    without_world = find_trunk_axis(pose.xy_px, np.full((33, 3), np.nan, np.float32))
    assert without_world.front == whole.front
    # the world axes weigh 2; without them the others count three times, without ears 2.2 times
    assert without_world.votes == pytest.approx(3.0 * (whole.votes - 2))
    xy = np.array(pose.xy_px)
    xy[7:9] = np.nan
    face = 3 * (pose.xy_px[0, 0] - pose.xy_px[7:9, 0].mean()) / whole.length_px
    without_ears = find_trunk_axis(xy, np.full((33, 3), np.nan, np.float32))
    assert without_ears.votes == pytest.approx(2.2 * (whole.votes - 2 - min(1.0, abs(face))), abs=1e-4)


# The trace ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edge_x", [170.0, 170.25, 170.5, 120.0])
def test_a_rectangle_has_a_straight_back_where_its_edge_is(edge_x):
    points = trace_back(body_mask(lambda y: edge_x + 0.0 * y), UPRIGHT)
    assert points[:, 0] == pytest.approx(edge_x, abs=0.02)
    assert points[:, 1] == pytest.approx(300 - 100 * BACK_T)  # each ray leaves the axis at its own height
    assert back.curve_pct(back.smooth_offsets(offsets_of(body_mask(lambda y: edge_x + 0.0 * y)))) == pytest.approx(
        0, abs=0.05
    )


@pytest.mark.parametrize(("sagitta_px", "expected_pct"), [(18.0, 20.0), (9.0, 10.0), (-9.0, -10.0), (-18.0, -20.0)])
def test_an_arc_reads_as_its_height_over_its_chord(sagitta_px, expected_pct):
    """The chord runs from 0 to 0.9 trunk lengths: 90 px. An arc 9 px high is 10 %, + where it bulges outwards."""

    def edge(y):
        s = np.clip((300 - y) / 90.0, -0.4, 1.4)
        return 160 - 4 * sagitta_px * s * (1 - s)

    curve = back.curve_pct(back.smooth_offsets(offsets_of(body_mask(edge))))
    assert curve == pytest.approx(expected_pct, abs=0.5)


def test_a_very_hollow_back_off_the_axis_is_found_inwards():
    points = trace_back(body_mask(lambda y: 215.0 + 0.0 * y), UPRIGHT)
    assert points[:, 0] == pytest.approx(215, abs=0.02)


def test_a_body_that_touches_the_picture_edge_has_no_back_there():
    assert np.isnan(trace_back(body_mask(lambda y: -5.0 + 0.0 * y), UPRIGHT)).all()


def test_a_body_wider_than_any_back_has_none():
    assert np.isnan(trace_back(np.ones((480, 400), np.float32), UPRIGHT)).all()
    assert np.isnan(trace_back(np.zeros((480, 400), np.float32), UPRIGHT)).all()


def test_an_axis_outside_the_picture_has_no_back():
    outside = TrunkAxis((-50.0, 300.0), (-50.0, 200.0), (0.0, -1.0), (-1.0, 0.0), TRUNK, 5.0, 1)
    # a body begins 70 px further in, within reach of the rays, but where they begin nothing is seen
    assert np.isnan(trace_back(body_mask(lambda y: 20.0 + 0.0 * y), outside)).all()


def test_a_slanted_edge_is_found_between_pixels_both_ways():
    """The edge runs through x = 150 + y / 10; the axis stands between the pixels."""
    axis = TrunkAxis((200.3, 300.4), (200.3, 200.4), (0.0, -1.0), (-1.0, 0.0), TRUNK, 5.0, 1)
    points = trace_back(body_mask(lambda y: 150 + y / 10), axis)
    assert points[:, 0] == pytest.approx(150 + points[:, 1] / 10, abs=0.005)


@pytest.mark.parametrize(("width_px", "seen"), [(3, True), (30, False)])
def test_a_soft_edge_is_cloth_or_blur_not_a_back(width_px, seen):
    """100 px of trunk: an edge may take 6 px from 90 % to 10 %."""
    x = np.mgrid[:480, :400][1]
    mask = np.clip((x - 160) / width_px + 0.5, 0, 1).astype(np.float32) * (x <= 260)
    assert np.isfinite(trace_back(mask, UPRIGHT)).all() == seen


def test_a_figure_on_its_side_is_traced_as_an_upright_one():
    standing = body_mask(lambda y: 170 - 6 * np.cos((y - 250) / 40), size=(400, 400))
    lying = np.rot90(standing, -1)  # clockwise: (x, y) becomes (399 - y, x)
    turned = TrunkAxis((99.0, 200.0), (199.0, 200.0), (1.0, 0.0), (0.0, -1.0), TRUNK, 5.0, 1)
    assert offsets_of(np.ascontiguousarray(lying), turned) == pytest.approx(offsets_of(standing), abs=1e-6)
