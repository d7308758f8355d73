"""From a demonstration to numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.core.measure.measure import MEASUREMENT_NAMES
from formcheck.program.therapist.demonstration import (
    Demonstrated,
    choose_drive,
    draft_band,
    find_way,
    list_start_limits,
    name_posture,
    size_drive,
)
from formcheck.program.therapist.draft import make_id

STANDING = {"trunk_inclination_deg": 3.0, "thigh_elevation_left_deg": -85.0, "knee_left_deg": 175.0}


def demonstrate(moves: dict[str, float], starts: dict[str, float]) -> Demonstrated:
    """Return ten seconds: a second of rest, then each signal goes to its own way and back."""
    time_s = np.linspace(0.0, 10.0, 201)
    share = np.interp(time_s, [1.5, 4.0, 7.0, 9.5], [0.0, 1.0, 1.0, 0.0])
    values = {name: np.full_like(time_s, np.nan) for name in MEASUREMENT_NAMES}
    values |= {name: start + moves.get(name, 0.0) * share for name, start in starts.items()}
    return Demonstrated(time_s, values, {name: np.full_like(time_s, 5.0) for name in MEASUREMENT_NAMES}, "left")


@given(st.floats(20.0, 100.0) | st.floats(-100.0, -20.0))
def test_the_angle_that_moves_is_the_drive(way_deg):
    shown = [demonstrate({"trunk_inclination_deg": way_deg}, STANDING)]
    drive = choose_drive(shown)
    assert (drive.kind, drive.signal, drive.nominal) == ("reach", "trunk_inclination_deg", 3.0)
    assert drive.least * way_deg > 0
    assert 0 < drive.departs <= abs(drive.least) < abs(way_deg)


def test_who_keeps_still_shows_a_pose():
    assert choose_drive([demonstrate({}, STANDING)]).kind == "pose"
    assert size_drive([demonstrate({}, STANDING)], "reach", "trunk_thigh_near_deg") is None
    assert find_way(demonstrate({}, STANDING), "elbow_near_deg") is None


def test_a_side_that_works_is_the_one_that_moves():
    starts = {"knee_left_deg": 170.0, "knee_right_deg": 170.0}
    shown = demonstrate({"knee_right_deg": -80.0}, starts)
    start, furthest, doubt = find_way(shown, "knee_working_deg")
    assert (start, furthest, doubt) == (170.0, pytest.approx(90.0), 5.0)


@pytest.mark.parametrize(("trunk", "thigh", "posture"), [(3, -85, "standing"), (3, 0, "sitting"),
                                                         (85, -85, "all_fours"), (85, 0, "supine")])  # fmt: skip
def test_the_posture_is_named_from_trunk_and_thigh(trunk, thigh, posture):
    starts = {"trunk_inclination_deg": trunk, "thigh_elevation_left_deg": thigh}
    shown = [demonstrate({}, starts)]
    assert name_posture(shown) == posture
    assert list_start_limits(shown) == {
        "trunk_inclination_deg": (trunk - 20.0, trunk + 20.0), "thigh_elevation_near_deg": (thigh - 20.0, thigh + 20.0)
    }  # fmt: skip


@given(st.lists(st.lists(st.floats(0.0, 180.0), min_size=1, max_size=9), min_size=1, max_size=5), st.floats(0.0, 20.0))
def test_every_repetition_lies_in_its_own_band(repetitions, uncertainty):
    band = draft_band(repetitions, uncertainty, "deg")
    assert all(band.target[0] <= np.median(one) <= band.target[1] for one in repetitions)
    assert band.warn[0] < band.target[0] < band.target[1] < band.warn[1]
    assert (band.repetitions, draft_band([[]], 5.0, "deg")) == (len(repetitions), None)


def test_more_spread_or_doubt_makes_a_wider_band():
    calm, wild = draft_band([[90.0], [91.0]], 4.0, "deg"), draft_band([[80.0], [101.0]], 4.0, "deg")
    unsure = draft_band([[90.0], [91.0]], 12.0, "deg")
    widths = [one.target[1] - one.target[0] for one in (calm, wild, unsure)]
    assert widths[0] < min(widths[1:])
    assert draft_band([[0.2]], 0.01, "tl").target == (0.17, 0.23)


def test_an_id_is_made_from_any_name():
    assert [make_id(one) for one in ("Bow", "a" * 60, "7 steps", "")] == [
        "bow",
        "a" * 40,
        "own_movement",
        "own_movement",
    ]
