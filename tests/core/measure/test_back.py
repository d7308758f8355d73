"""From the contour to its curve and bend."""

import math

import numpy as np
import pytest

from formcheck.core.measure import back
from formcheck.core.measure.contour import TrunkAxis
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import BACK_T

FLAT = np.full(71, 0.15)
NAN = math.nan


def arc(height_tl, low=0.0, high=0.9):
    """A parabola of this height between two places on the trunk, which goes on beyond them."""
    s = (BACK_T - low) / (high - low)
    return 0.15 + 4 * height_tl * s * (1 - s)


@pytest.mark.parametrize(
    ("offsets", "expected_pct"),
    [
        pytest.param(FLAT, 0.0, id="a flat back has no curve"),
        pytest.param(arc(0.09), 10.0, id="a tenth of its chord outwards is 10 percent rounded"),
        pytest.param(arc(-0.09), -10.0, id="a tenth of its chord inwards is 10 percent hollow"),
        pytest.param(arc(0.045), 5.0, id="half the height is half the curve"),
    ],
)
def test_curve_of_arcs(offsets, expected_pct):
    assert back.curve_pct(back.smooth_offsets(offsets)) == pytest.approx(expected_pct, abs=0.2)


def test_a_leaning_flat_back_is_as_flat_as_an_upright_one():
    assert back.curve_pct(back.smooth_offsets(0.15 + 0.4 * BACK_T)) == pytest.approx(0, abs=1e-9)


def test_low_and_upper_curve_tell_where_it_bends():
    low = back.smooth_offsets(np.where(BACK_T < 0.5, arc(0.05, 0.0, 0.5), 0.15))
    assert back.curve_pct(low, 0.0, 0.54) > 5 * abs(back.curve_pct(low, 0.5, 0.9))


def test_a_part_of_the_back_is_measured_over_its_own_chord():
    """An arc over the upper 0.54 trunk lengths, a tenth of them high."""
    upper = back.smooth_offsets(arc(0.054, 0.36, 0.9))
    assert back.curve_pct(upper, 0.36, 0.9) == pytest.approx(10, abs=0.2)


def test_smoothing_takes_the_mean_of_five_and_repeats_the_ends():
    offsets = np.zeros(71)
    offsets[35], offsets[0] = 1.0, 1.0
    smooth = back.smooth_offsets(offsets)
    assert smooth[33:38] == pytest.approx(0.2)
    assert (smooth[32], smooth[38]) == (0, 0)
    assert smooth[:4] == pytest.approx([0.6, 0.4, 0.2, 0])


def test_smoothing_bridges_gaps_in_a_straight_line():
    offsets = 0.1 + 0.2 * BACK_T
    gapped = np.where((BACK_T > 0.3) & (BACK_T < 0.38), np.nan, offsets)
    assert back.smooth_offsets(gapped) == pytest.approx(back.smooth_offsets(offsets))


def test_descriptor_samples_and_clips_the_contour_on_its_grid():
    smooth = back.smooth_offsets(0.5 * BACK_T)
    contour = back.sample_contour(smooth)
    assert contour.shape == back.GRID.shape == (33,)
    assert contour[5:20] == pytest.approx(0.5 * back.GRID[5:20])
    assert back.sample_contour(np.full(71, 3.0)) == pytest.approx(0.9)
    assert back.sample_contour(np.full(71, -3.0)) == pytest.approx(-0.5)


def gap(first, last, offsets=FLAT):
    return np.where((first - 1e-9 <= BACK_T) & (last + 1e-9 >= BACK_T), np.nan, offsets)


@pytest.mark.parametrize(
    ("offsets", "reason"),
    [
        pytest.param(FLAT, None, id="a whole contour is fine"),
        pytest.param(gap(0.2, 0.28), None, id="five samples of the trunk may be missing"),
        pytest.param(gap(0.2, 0.3), Reason(ReasonCode.BACK_EDGE_HIDDEN), id="six are too many"),
        pytest.param(gap(-0.2, -0.12), None, id="what lies below the hip may be missing"),
        pytest.param(
            gap(0.92, 1.2, gap(-0.2, -0.12)),
            Reason(ReasonCode.BACK_EDGE_HIDDEN),
            id="but not all that lies outside the trunk",
        ),
        pytest.param(np.full(71, np.nan), Reason(ReasonCode.BACK_EDGE_HIDDEN), id="nothing at all is hidden"),
        pytest.param(FLAT + 0.05 * (BACK_T > 0.5), None, id="a step of 0.05 may be cloth"),
        pytest.param(
            FLAT + 0.07 * (BACK_T > 0.5), Reason(ReasonCode.BACK_EDGE_COVERED), id="a step of 0.07 is an arm or hair"
        ),
        pytest.param(FLAT + 0.07 * (BACK_T > 1.0), None, id="above the shoulder a step may be the head"),
    ],
)
def test_which_contours_can_be_the_backs(offsets, reason):
    assert back.explain_spoilt(offsets) == reason


def contour(height_tl):
    return back.sample_contour(back.smooth_offsets(arc(height_tl)))


UPRIGHT, LEVEL = back.Stance(0.0, 180.0), back.Stance(90.0, 90.0)


@pytest.mark.parametrize("now", [UPRIGHT, back.Stance(45.0, 135.0), LEVEL])
def test_bend_grows_with_the_curve_and_against_the_own_neutral(now):
    heights = (-0.05, 0.0, 0.05, 0.1)
    bends = [back.estimate_bend(contour(h), contour(0.0), now, UPRIGHT).value_deg for h in heights]
    alone = [back.estimate_bend_no_neutral(contour(h)).value_deg for h in heights]
    assert bends == sorted(bends)
    assert alone == sorted(alone)
    assert bends[3] - bends[1] > 10


def test_the_own_neutral_is_next_to_no_bend():
    """Within the narrowest half-width that is ever given for a bend, 8 degrees."""
    assert back.estimate_bend(contour(0.0), contour(0.0), UPRIGHT, UPRIGHT).value_deg == pytest.approx(0, abs=8)


def test_what_the_network_with_the_own_neutral_sees():
    """Folding by 60 degrees is 1.2; the way a trunk points is cosine and sine, 90 degrees now and 0 then."""
    seen = back.build_own_neutral_inputs(contour(0.05), contour(0.0), back.Stance(90.0, 120.0), UPRIGHT)
    assert seen[:33] == pytest.approx(contour(0.05))
    assert seen[33:66] == pytest.approx(contour(0.05) - contour(0.0))
    assert seen[66:] == pytest.approx([-1.2, 0, 1, 1, 0])


def test_the_fold_goes_the_short_way_round():
    seen = back.build_own_neutral_inputs(FLAT[:33], FLAT[:33], back.Stance(0.0, -170.0), back.Stance(0.0, 170.0))
    assert seen[66] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("now", "then", "expected"),
    [
        pytest.param((90.0, NAN), (0.0, 180.0), [0, 0, 1, 1, 0], id="a leg that is not seen has not folded"),
        pytest.param((90.0, 120.0), (0.0, NAN), [0, 0, 1, 1, 0], id="nor one that was not seen at the start"),
        pytest.param((90.0, 120.0), (NAN, 180.0), [-1.2, 0, 1, 0, 1], id="a start that is not known was as now"),
    ],
)
def test_what_is_not_seen_changes_nothing(now, then, expected):
    seen = back.build_own_neutral_inputs(FLAT[:33], FLAT[:33], back.Stance(*now), back.Stance(*then))
    assert seen[66:] == pytest.approx(expected)


def test_the_reader_without_a_neutral_is_a_straight_line():
    """Half of the way between two contours it reads half of the way between their bends."""
    near, far = contour(0.02), contour(0.08)
    bends = [back.estimate_bend_no_neutral(c).value_deg for c in (near, (near + far) / 2, far)]
    assert bends[1] == pytest.approx((bends[0] + bends[2]) / 2, abs=0.01)


@pytest.mark.parametrize("turn_deg", [-20.0, 0.0, 30.0])
def test_the_turn_of_a_parabola_is_the_turn_of_its_tangent(turn_deg):
    """From t = 0 to 0.9 the slope of a t² falls by 1.8 a; a tilt and a shift change nothing."""
    bend = -math.radians(turn_deg) / 1.8
    edge = 0.2 + 0.3 * BACK_T + bend * BACK_T**2
    assert back.turn_of_edge_deg(edge) == pytest.approx(turn_deg)


@pytest.mark.parametrize(
    ("bend_deg", "turn_deg", "agreed"),
    [
        pytest.param(50.0, 20.0, True, id="both say rounded"),
        pytest.param(50.0, 10.0, False, id="the edge hardly turns"),
        pytest.param(20.0, -10.0, True, id="a back that is not called rounded needs no witness"),
    ],
)
def test_a_rounded_back_needs_a_second_witness(bend_deg, turn_deg, agreed):
    assert back.is_agreed(bend_deg, turn_deg) == agreed


@pytest.mark.parametrize(
    ("bend_deg", "agreed"),
    [(95.0, True), (95.1, False), (25.0, True)],
)
def test_a_back_rounder_than_people_can_is_something_else(bend_deg, agreed):
    assert back.is_agreed(bend_deg, 30.0) == agreed


@pytest.mark.parametrize(
    ("bend_deg", "start_deg", "agreed"),
    [
        pytest.param(45.0, 38.0, False, id="a start of 38 reads like a loose shirt, and 45 is only 7 more"),
        pytest.param(49.9, 38.0, False, id="11.9 more is not enough"),
        pytest.param(50.0, 38.0, True, id="12 more is"),
        pytest.param(45.0, 24.9, True, id="a start below 25 is no loose shirt; nothing more is asked"),
        pytest.param(30.0, 25.0, False, id="a start of 25 is one"),
        pytest.param(60.0, 55.0, False, id="a start of 55 is one"),
        pytest.param(60.0, 56.0, True, id="a start beyond 55 is a rounded person"),
        pytest.param(45.0, math.nan, True, id="a start that was not seen is no witness"),
        pytest.param(20.0, 38.0, True, id="a back that is not called rounded needs no witness"),
    ],
)
def test_the_start_posture_is_a_witness_too(bend_deg, start_deg, agreed):
    assert back.is_agreed(bend_deg, 30.0, start_deg) == agreed


@pytest.mark.parametrize(("said", "expected"), [((200.0, 300.0), 110.0), ((-70.0, -90.0), -60.0), ((1.0, 3.0), 2.0)])
def test_impossible_bends_are_clipped_and_disagreement_reported(monkeypatch, said, expected):
    """Two networks that say a and b disagree by half of what lies between them."""
    told = dict.fromkeys(("own_neutral", "no_neutral"), lambda inputs: np.array(said)[:, None])
    monkeypatch.setattr(back, "_load_back_networks", lambda: told)
    bend = (expected, pytest.approx(abs(said[1] - said[0]) / 2))
    assert back.estimate_bend(contour(0.0), contour(0.0), UPRIGHT, UPRIGHT) == bend
    assert back.estimate_bend_no_neutral(contour(0.0)) == bend


@pytest.mark.parametrize(("height", "expected"), [(5.0, 110.0), (-5.0, -60.0)])
def test_an_impossible_contour_reads_as_the_largest_bend(height, expected):
    assert back.estimate_bend(contour(height), contour(0.0), UPRIGHT, UPRIGHT).value_deg == expected


# The contour from another axis ----------------------------------------------------------------------------------------


def axis(hip, shoulder):
    """A trunk axis whose back lies left of the way up in the picture, as in `figures`."""
    trunk = np.subtract(shoulder, hip)
    length = float(np.hypot(*trunk))
    along = trunk / length
    return TrunkAxis(hip, shoulder, tuple(along), (along[1], -along[0]), length, 5.0, 1)


AS_SEEN = axis((300.0, 250.0), (300.0, 150.0))


def straight(slope=0.0):
    """A back as a straight line, 15 px behind the hip of `AS_SEEN` with this slope."""
    t = 100 * BACK_T
    return np.column_stack([285 - slope * t, 250 - t])


def test_the_axis_it_was_traced_from_gives_the_contour_as_it_was():
    assert back.contour_from(straight(), AS_SEEN) == pytest.approx(FLAT)
    assert back.contour_from(straight(0.1), AS_SEEN) == pytest.approx(0.15 + 0.1 * BACK_T)
    assert back.contour_from(straight(0.1), AS_SEEN) == pytest.approx(back.contour_offsets(straight(0.1), AS_SEEN))


@pytest.mark.parametrize(
    ("hip", "shoulder", "at_hip", "per_trunk"),
    [
        pytest.param((305.0, 250.0), (305.0, 150.0), 0.2, 0.0, id="5 px further in"),
        pytest.param((300.0, 250.0), (300.0, 130.0), 0.125, 0.0, id="a trunk of 120 px"),
        pytest.param((300.0, 270.0), (300.0, 170.0), 0.15, 0.0, id="20 px lower"),
        pytest.param((300.0, 250.0), (310.0, 150.0), 0.15, 0.1, id="leaning by a tenth"),
    ],
)
def test_a_straight_back_is_straight_from_every_axis(hip, shoulder, at_hip, per_trunk):
    """Leaning by the angle a, a trunk is 100 / cos a px long and the line 15 / cos a from the hip: 0.15."""
    offsets = back.contour_from(straight(), axis(hip, shoulder))
    core = (BACK_T >= 0) & (BACK_T <= 0.9)  # beyond what was traced the last point goes on
    assert offsets[core] == pytest.approx(at_hip + per_trunk * BACK_T[core])
    assert back.curve_pct(back.smooth_offsets(offsets)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("hip", "shoulder"),
    [((300.0, 250.0), (300.0, 150.0)), ((306.0, 256.0), (300.0, 158.0)), ((297.0, 245.0), (303.0, 141.0))],
)
def test_a_circular_back_stays_on_its_circle(hip, shoulder):
    """200 px round a point 170 px in front of the axis: each sample, put back into the picture, lies on the circle.

    Between two traced points the contour is a straight line, which leaves the circle by 2² / (8 · 200) = 0.0025 px.
    """
    centre, radius = np.array((470.0, 200.0)), 200.0
    y = 250 - 100 * BACK_T
    points = np.column_stack([centre[0] - np.sqrt(radius**2 - (y - centre[1]) ** 2), y])
    new = axis(hip, shoulder)
    offsets = back.contour_from(points, new)
    px = new.length_px * (BACK_T[:, None] * np.array(new.along) + offsets[:, None] * np.array(new.dorsal)) + hip
    core = (BACK_T >= -0.1) & (BACK_T <= 1.0)
    away = np.hypot(*(px[core] - centre).T) - radius
    assert away == pytest.approx(0, abs=0.01)


def test_gaps_in_the_trace_are_bridged_and_its_ends_extended():
    points = straight(0.1)
    points[:5] = points[30:34] = points[-3:] = np.nan
    offsets = back.contour_from(points, AS_SEEN)
    assert offsets[5:-3] == pytest.approx(0.15 + 0.1 * BACK_T[5:-3])
    assert offsets[:5] == pytest.approx(0.15 + 0.1 * BACK_T[5])
    assert offsets[-3:] == pytest.approx(0.15 + 0.1 * BACK_T[-4])


def test_points_count_by_their_place_on_the_axis_not_their_order():
    """A much tilted axis may meet points that were traced later earlier."""
    points = np.column_stack([285 - 8 * np.sin(4 * BACK_T), 250 - 100 * BACK_T])
    assert back.contour_from(points[::-1], AS_SEEN) == pytest.approx(back.contour_from(points, AS_SEEN))


def test_offsets_are_distances_from_the_axis_in_trunk_lengths(figures):
    from formcheck.core.measure.contour import find_trunk_axis

    pose = figures.make(bulge_tl=0.1)
    offsets = back.contour_offsets(pose.back_xy_px, find_trunk_axis(pose.xy_px, pose.xyz_m))
    middle = int(np.flatnonzero(BACK_T == 0.46)[0])
    assert offsets[10] == pytest.approx(0.15, abs=1e-6)  # at the hip
    assert offsets[middle] == pytest.approx(0.25, abs=1e-3)  # 0.15 + the whole bulge
