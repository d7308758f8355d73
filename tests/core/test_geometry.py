"""Angles of hand-made right angles, and properties of all angles."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from formcheck.core import geometry as g

A, B, C = (0.0, 0.0), (0.0, 1.0), (1.0, 1.0)  # C lies to the right of B, A above it

points = st.tuples(st.floats(-500, 500), st.floats(-500, 500))
fronts = st.sampled_from([1, -1])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(g.length((3.0, 4.0)), 5.0, id="three by four is five long"),
        pytest.param(g.dot((1.0, 2.0), (3.0, 4.0)), 11.0, id="dot product of two vectors"),
        pytest.param(g.mid((0.0, 0.0), (2.0, 4.0)), (1.0, 2.0), id="half-way between two points"),
        pytest.param(g.direction_deg((1.0, 0.0)), 0.0, id="to the right is 0"),
        pytest.param(g.direction_deg((0.0, 1.0)), 90.0, id="down is 90, since y grows downwards"),
        pytest.param(g.direction_deg((0.0, -1.0)), -90.0, id="up is -90"),
        pytest.param(g.direction_deg((-1.0, 0.0)), 180.0, id="to the left is 180"),
        pytest.param(g.wrap_deg(190.0), -170.0, id="190 wraps to -170"),
        pytest.param(g.wrap_deg(-540.0), -180.0, id="one and a half turns wrap to -180"),
        pytest.param(g.interior_angle_deg(A, B, C), 90.0, id="a corner is 90"),
        pytest.param(g.interior_angle_deg(A, B, (0.0, 2.0)), 180.0, id="a straight chain is 180"),
        pytest.param(g.interior_angle_deg(A, B, A), 0.0, id="folded flat is 0"),
        pytest.param(g.turn_deg(A, B, C, front=1), 90.0, id="folded to the front is below 180"),
        pytest.param(g.turn_deg(A, B, C, front=-1), 270.0, id="the same corner folded to the back is above 180"),
        pytest.param(g.turn_deg(A, B, (0.0, 2.0), front=1), 180.0, id="straight is 180 over the front too"),
        pytest.param(g.inclination_deg(B, A, front=1), 0.0, id="upright does not lean"),
        pytest.param(g.inclination_deg(B, C, front=1), 90.0, id="level towards the front leans 90"),
        pytest.param(g.inclination_deg(B, C, front=-1), -90.0, id="level towards the back leans -90"),
        pytest.param(g.inclination_deg(B, (1.0, 2.0), front=1), 135.0, id="hanging below level leans more than 90"),
        pytest.param(g.elevation_deg(B, A), 90.0, id="straight up rises 90"),
        pytest.param(g.elevation_deg(A, B), -90.0, id="straight down falls 90"),
        pytest.param(g.elevation_deg(B, C), 0.0, id="level does not rise"),
        pytest.param(g.elevation_deg((0.0, 1.0), (-1.0, 0.0)), 45.0, id="to the left rises just as to the right"),
    ],
)
def test_hand_checked(value, expected):
    assert value == pytest.approx(expected)


def apart(*chain):
    """Assume that neighbours are far enough apart for an angle to have a meaning."""
    for a, b in pairwise(chain):
        assume(g.length(g.minus(a, b)) > 1)


def same_angle(a, b):
    return abs(g.wrap_deg(a - b)) < 1e-6


def all_angles(a, b, c, front):
    return (
        g.interior_angle_deg(a, b, c),
        g.turn_deg(a, b, c, front=front),
        g.inclination_deg(a, b, front=front),
        g.elevation_deg(a, b),
    )


@given(points, points, points, fronts, points, st.floats(0.1, 10))
def test_no_angle_changes_with_place_or_size(a, b, c, front, shift, scale):
    apart(a, b, c)
    moved = [(p[0] * scale + shift[0], p[1] * scale + shift[1]) for p in (a, b, c)]
    assert all(map(same_angle, all_angles(a, b, c, front), all_angles(*moved, front)))


@given(points, points, points, fronts, st.floats(-180, 180))
def test_a_turned_picture_keeps_joints_and_leans_all_lines_alike(a, b, c, front, turn):
    apart(a, b, c)
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    ta, tb, tc = ((p[0] * cos - p[1] * sin, p[0] * sin + p[1] * cos) for p in (a, b, c))
    assert same_angle(g.interior_angle_deg(ta, tb, tc), g.interior_angle_deg(a, b, c))
    assert same_angle(g.turn_deg(ta, tb, tc, front=front), g.turn_deg(a, b, c, front=front))
    assert same_angle(g.inclination_deg(ta, tb, front=front), g.inclination_deg(a, b, front=front) + turn * front)


@given(points, points, points, fronts)
def test_a_mirrored_picture_swaps_front_and_nothing_else(a, b, c, front):
    apart(a, b, c)
    mirrored = [(-p[0], p[1]) for p in (a, b, c)]
    assert all(map(same_angle, all_angles(a, b, c, front), all_angles(*mirrored, -front)))


@given(points, points, points, fronts)
def test_ranges_and_the_two_sides_of_a_corner(a, b, c, front):
    apart(a, b, c)
    interior, turn, lean, rise = all_angles(a, b, c, front)
    assert 0 <= interior <= 180
    assert 0 <= turn <= 360
    assert -180 <= lean <= 180
    assert -90 <= rise <= 90
    assert min(turn, 360 - turn) == pytest.approx(interior, abs=1e-6)


@given(st.integers(0, 2), st.integers(0, 1), st.sampled_from([math.nan, math.inf, -math.inf]), fronts)
def test_a_missing_coordinate_is_a_missing_angle_never_an_error(which, coordinate, missing, front):
    chain = [list(A), list(B), list(C)]
    chain[which][coordinate] = missing
    interior, turn, lean, rise = all_angles(*map(tuple, chain), front)
    assert math.isnan(interior)
    assert math.isnan(turn)
    assert which == 2 or (math.isnan(lean) and math.isnan(rise))


def test_two_joints_in_one_place_have_no_angle():
    assert all(math.isnan(angle) for angle in all_angles(A, A, A, 1))
