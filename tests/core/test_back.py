"""From the contour to its curve and bend."""

import numpy as np
import pytest

from formcheck.core import back
from formcheck.core.records import BACK_T

FLAT = np.full(71, 0.15)


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
    assert back.curve_pct(back.smoothed(offsets)) == pytest.approx(expected_pct, abs=0.2)


def test_a_leaning_flat_back_is_as_flat_as_an_upright_one():
    assert back.curve_pct(back.smoothed(0.15 + 0.4 * BACK_T)) == pytest.approx(0, abs=1e-9)


def test_low_and_upper_curve_tell_where_it_bends():
    low = back.smoothed(np.where(BACK_T < 0.5, arc(0.05, 0.0, 0.5), 0.15))
    assert back.curve_pct(low, 0.0, 0.54) > 5 * abs(back.curve_pct(low, 0.5, 0.9))


def test_a_part_of_the_back_is_measured_over_its_own_chord():
    """An arc over the upper 0.54 trunk lengths, a tenth of them high."""
    upper = back.smoothed(arc(0.054, 0.36, 0.9))
    assert back.curve_pct(upper, 0.36, 0.9) == pytest.approx(10, abs=0.2)


def test_smoothing_takes_the_mean_of_five_and_repeats_the_ends():
    offsets = np.zeros(71)
    offsets[35], offsets[0] = 1.0, 1.0
    smooth = back.smoothed(offsets)
    assert smooth[33:38] == pytest.approx(0.2)
    assert (smooth[32], smooth[38]) == (0, 0)
    assert smooth[:4] == pytest.approx([0.6, 0.4, 0.2, 0])


def test_smoothing_bridges_gaps_in_a_straight_line():
    offsets = 0.1 + 0.2 * BACK_T
    gapped = np.where((BACK_T > 0.3) & (BACK_T < 0.38), np.nan, offsets)
    assert back.smoothed(gapped) == pytest.approx(back.smoothed(offsets))


def test_descriptor_samples_the_contour_on_its_own_grid_and_clips_it():
    smooth = back.smoothed(0.5 * BACK_T)
    contour = back.descriptor(smooth)
    assert contour.shape == back.GRID.shape == (33,)
    assert contour[5:20] == pytest.approx(0.5 * back.GRID[5:20])
    assert back.descriptor(np.full(71, 3.0)) == pytest.approx(0.9)
    assert back.descriptor(np.full(71, -3.0)) == pytest.approx(-0.5)


def gap(first, last, offsets=FLAT):
    return np.where((first - 1e-9 <= BACK_T) & (last + 1e-9 >= BACK_T), np.nan, offsets)


@pytest.mark.parametrize(
    ("offsets", "reason"),
    [
        pytest.param(FLAT, "", id="a whole contour is fine"),
        pytest.param(gap(0.2, 0.28), "", id="five samples of the trunk may be missing"),
        pytest.param(gap(0.2, 0.3), back.HIDDEN_EDGE, id="six are too many"),
        pytest.param(gap(-0.2, -0.12), "", id="what lies below the hip may be missing"),
        pytest.param(gap(0.92, 1.2, gap(-0.2, -0.12)), back.HIDDEN_EDGE, id="but not all that lies outside the trunk"),
        pytest.param(np.full(71, np.nan), back.HIDDEN_EDGE, id="nothing at all is hidden"),
        pytest.param(FLAT + 0.05 * (BACK_T > 0.5), "", id="a step of 0.05 may be cloth"),
        pytest.param(FLAT + 0.07 * (BACK_T > 0.5), back.COVERED_EDGE, id="a step of 0.07 is an arm or hair"),
        pytest.param(FLAT + 0.07 * (BACK_T > 1.0), "", id="above the shoulder a step may be the head"),
    ],
)
def test_which_contours_can_be_the_backs(offsets, reason):
    assert back.spoilt_reason(offsets) == reason


def test_bend_grows_with_the_curve_and_against_the_own_neutral():
    neutral = back.descriptor(back.smoothed(FLAT))
    bends = [
        back.bend_deg(back.descriptor(back.smoothed(arc(h))), neutral, float("nan")) for h in (-0.05, 0.0, 0.05, 0.1)
    ]
    alone = [back.bend_no_neutral_deg(back.descriptor(back.smoothed(arc(h)))) for h in (-0.05, 0.0, 0.05, 0.1)]
    assert bends == sorted(bends)
    assert alone == sorted(alone)
    assert bends[3] - bends[1] > 10


def test_folding_at_the_hip_is_taken_off_the_bend():
    """The correction is 1.135 x bend + 0.162 x change of the hip angle - 2.5."""
    neutral = back.descriptor(back.smoothed(FLAT))
    contour = back.descriptor(back.smoothed(arc(0.05)))
    raw = back.bend_deg(contour, neutral, float("nan"))
    assert back.bend_deg(contour, neutral, 0.0) == pytest.approx(1.135 * raw - 2.5)
    assert back.bend_deg(contour, neutral, -60.0) == pytest.approx(1.135 * raw - 60 * 0.162 - 2.5)


@pytest.mark.parametrize(("height", "expected"), [(5.0, 110.0), (-5.0, -60.0)])
def test_bends_no_back_can_reach_are_clipped(height, expected):
    neutral = np.zeros(33)
    contour = height * back._models()["own_neutral"][0][:33]
    assert back.bend_deg(contour * 100, neutral, float("nan")) == expected
    assert back.bend_no_neutral_deg(height * 100 * back._models()["no_neutral"][0]) == expected


def test_offsets_are_distances_from_the_axis_in_trunk_lengths(figures):
    from formcheck.core.contour import trunk_axis

    pose = figures.make(bulge_tl=0.1)
    offsets = back.contour_offsets(pose.back_xy_px, trunk_axis(pose.xy_px, pose.xyz_m))
    middle = int(np.flatnonzero(BACK_T == 0.46)[0])
    assert offsets[10] == pytest.approx(0.15, abs=1e-6)  # at the hip
    assert offsets[middle] == pytest.approx(0.25, abs=1e-3)  # 0.15 + the whole bulge
