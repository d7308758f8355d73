"""The uncertainty of each measurement: a small table with easy answers, and the fitted one."""

import itertools
import json
import math
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.measure import uncertainty
from formcheck.core.measure.joint_angles import MEASUREMENTS
from formcheck.core.measure.measure import BACK_NAMES
from formcheck.core.measure.uncertainty import (
    BACK_CAUSES,
    CAUSES,
    compute_back_causes,
    compute_back_half_width,
    compute_causes,
    compute_general_causes,
    compute_half_widths,
    name_role,
)
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.signals import MOTION_SIGNALS, resolve
from formcheck.core.skeleton import INDEX, SIDES, find_other_side

FITTED = {
    name: row
    for name, row in json.loads(
        resources.files("formcheck.core.measure").joinpath("uncertainty.json").read_text("utf-8")
    ).items()
    if name != "about"
}
JOINT_ROWS = {name: row for name, row in FITTED.items() if name not in BACK_NAMES}
MAY_SHRINK = {"level"}
"""A trunk that lies level is no harder to see than one that stands; it may be easier."""
BEST = {"yaw_deg": 0.0, "share": 0.6, "level": 0.0}


def widths(*, near="left", hidden=(), doubt=(), doubt_tl=0.0, **view):
    """Half-widths from the best place, but for what is given otherwise."""
    visibility, doubts = np.ones(33), np.zeros(33)
    visibility[[INDEX[name] for name in hidden]] = 0.0
    doubts[[INDEX[name] for name in doubt]] = doubt_tl
    return compute_half_widths(visibility, doubts, near=near, **BEST | view)


@pytest.fixture
def own_table(monkeypatch):
    """Exchange the fitted table: a near knee of 10 degrees, a far one of 20."""
    rows = {
        "knee_near_deg": [math.log(10), math.log(2), math.log(3), 0.5, 1.0, -math.log(2)],
        "knee_far_deg": [math.log(20), 0, 0, 0, 0, 0],
        "trunk_inclination_deg": [math.log(3), 5.0, math.log(3), 0, 1.0, -5.0],
        "back_bend_deg": [math.log(8), math.log(2), 0.5, math.log(1.5), 1.0, 0.5],
    }
    monkeypatch.setattr(uncertainty, "_load_table", lambda network: rows)
    uncertainty._load_fitted.cache_clear()
    yield rows
    uncertainty._load_fitted.cache_clear()


# A table of three rows ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("harder", "expected"),
    [
        pytest.param({}, 10, id="at its best"),
        pytest.param({"yaw_deg": 30.0}, 20, id="30 degrees of yaw are one"),
        pytest.param({"yaw_deg": 15.0}, 10 * 2**0.5, id="15 are half of it"),
        pytest.param({"yaw_deg": 90.0, "level": 1.0}, 20, id="beyond 60 it grows no more"),
        pytest.param({"yaw_deg": math.nan}, 20, id="a yaw that is not known is 30"),
        pytest.param({"hidden": ["left_knee"]}, 30, id="its own knee is hidden"),
        pytest.param({"hidden": ["right_knee", "left_wrist"]}, 10, id="no other one counts"),
        pytest.param({"hidden": ["left_hip"]}, 10, id="nor does a hip, the far one of which is always hidden"),
        pytest.param({"share": 0.3}, 10 * 2**0.5, id="half as large as in a good picture"),
        pytest.param({"share": 1.0}, 10, id="larger than in a good picture is not better"),
        pytest.param({"share": 0.0}, 10 * 12**0.5, id="smaller than a twentieth is a twentieth"),
        pytest.param({"share": math.nan}, 10 * math.exp(0.5), id="a size that is not known"),
        pytest.param({"doubt": ["left_ankle"], "doubt_tl": 0.02}, 20, id="doubt about its ankle"),
        pytest.param({"doubt": ["left_hip"], "doubt_tl": 0.04}, 30, id="twice as much, about its hip"),
        pytest.param({"doubt": ["left_ear"], "doubt_tl": 0.04}, 10, id="doubt about an ear"),
        pytest.param({"level": 1.0}, 5, id="lying may be easier"),
        pytest.param({"yaw_deg": 30.0, "level": 1.0}, 10, id="two causes"),
        pytest.param({"yaw_deg": 60.0, "hidden": ["left_knee"]}, 40, id="never more than four times"),
    ],
)
def test_a_half_width_is_its_base_times_what_makes_it_harder(own_table, harder, expected):
    assert widths(**harder)["knee_left_deg"] == pytest.approx(expected)


def test_sides_are_known_by_which_is_nearer(own_table):
    assert widths(near="left") == pytest.approx({"knee_left_deg": 10, "knee_right_deg": 20, "trunk_inclination_deg": 3})
    assert widths(near="right")["knee_left_deg"] == pytest.approx(20)


def test_what_was_not_fitted_is_left_out(own_table):
    assert set(widths()) == {"knee_left_deg", "knee_right_deg", "trunk_inclination_deg"}
    assert math.isnan(compute_back_half_width("back_round_pct", (0.0,) * 5))


def test_no_half_width_shrinks_to_less_than_a_quarter(own_table):
    assert widths(level=1.0)["trunk_inclination_deg"] == pytest.approx(0.75)


def test_hidden_halves_do_not_count_for_points_between_the_sides(own_table):
    far = ["right_shoulder", "right_hip", "left_shoulder", "left_hip"]
    assert widths(hidden=far)["trunk_inclination_deg"] == pytest.approx(3)
    assert widths(doubt=["right_hip"], doubt_tl=0.02)["trunk_inclination_deg"] == pytest.approx(6)


@pytest.mark.parametrize(
    ("harder", "expected"),
    [
        pytest.param({}, 8, id="at its best"),
        pytest.param({"yaw_deg": 30.0}, 16, id="oblique"),
        pytest.param({"folded_deg": 50.0}, 12, id="folded by 50 degrees"),
        pytest.param({"folded_deg": -50.0}, 12, id="opened by 50"),
        pytest.param({"folded_deg": math.nan}, 8 * 1.5**0.5, id="a fold that is not known is 25"),
        pytest.param({"bent": -50.0 * math.log(2)}, 16, id="bent either way"),
        pytest.param({"doubt_deg": 6.0}, 16, id="networks that disagree by 6 degrees"),
        pytest.param({"bent": 1000.0}, 32, id="never more than four times"),
    ],
)
def test_a_half_width_of_the_back(own_table, harder, expected):
    told = {"yaw_deg": 0.0, "share": 0.6, "folded_deg": 0.0, "bent": 0.0} | harder
    assert compute_back_half_width("back_bend_deg", compute_back_causes(**told)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "near", "expected"),
    [
        ("knee_left_deg", "left", "knee_near_deg"),
        ("knee_left_deg", "right", "knee_far_deg"),
        ("knee_right_deg", "right", "knee_near_deg"),
        ("ankle_to_opposite_knee_left_tl", "left", "ankle_to_opposite_knee_near_tl"),
        ("trunk_inclination_deg", "left", "trunk_inclination_deg"),
    ],
)
def test_roles_stand_in_the_place_of_sides(name, near, expected):
    assert name_role(name, near) == expected


@given(near=st.sampled_from(SIDES), name=st.sampled_from(sorted(MEASUREMENTS)))
def test_a_mirrored_name_has_the_same_role(near, name):
    mirrored = name.replace("_left_", "_?_").replace("_right_", "_left_").replace("_?_", "_right_")
    assert name_role(mirrored, find_other_side(near)) == name_role(name, near)


# The table that was fitted --------------------------------------------------------------------------------------------


def test_every_row_is_known_with_a_base_and_a_growth_per_cause():
    known = {name_role(name, "left") for name in MEASUREMENTS} | set(BACK_NAMES)
    assert set(FITTED) <= known
    for name, row in FITTED.items():
        assert len(row) == 1 + len(BACK_CAUSES if name in BACK_NAMES else CAUSES), name
        assert all(map(math.isfinite, row)), name


def test_nothing_that_makes_seeing_harder_narrows_a_band():
    for name, row in FITTED.items():
        of = BACK_CAUSES if name in BACK_NAMES else CAUSES
        for cause, growth in zip(of, row[1:], strict=True):
            assert growth >= 0 or cause in MAY_SHRINK, (name, cause)


def test_bases_are_what_a_person_would_believe():
    """From the best place: no angle surer than a degree, none so unsure that it says nothing; nor any distance."""
    for name, row in FITTED.items():
        least, most = (0.02, 0.25) if name.endswith("_tl") else (1.0, 20.0)
        assert least <= math.exp(row[0]) <= most, name


def used_signals():
    """Every measurement a movement file names, whichever side works and is nearer."""
    out = set()
    for movement in map(load_movement, catalogue()):
        conditions = [*movement.start.when, *movement.drive.hold_when, *movement.subject, *movement.recognise]
        conditions += [c for fault in movement.faults for c in fault.when]
        signals = {c.signal for c in conditions} | {m.signal for m in movement.measures.values()}
        for signal in (signals | {movement.drive.signal}) - MOTION_SIGNALS.keys():
            out |= {resolve(signal, working=w, near=n) for w, n in itertools.product(SIDES, SIDES)}
    return out


def test_every_measurement_that_movements_use_has_a_half_width():
    """A few were never fitted: what no rendered skeleton has, and what is seen from the front: see `MEASUREMENTS`."""
    used = used_signals()
    assert len(used) > 20
    for near in SIDES:
        fitted = widths(near=near)
        assert all(math.isfinite(width) and width > 0 for width in fitted.values())
        for name in used & MEASUREMENTS.keys():
            unfitted = "toes" in name or "shank_inclination" in name or name == "hip_shift_tl"
            unfitted = unfitted or (MEASUREMENTS[name].seen != "side" and name != "knee_lift_tl")
            assert (name not in fitted) == unfitted, name
            assert MEASUREMENTS[name].uncertainty > 0
    best = compute_back_causes(yaw_deg=0.0, share=0.6, folded_deg=0.0, bent=0.0)
    told = used & set(BACK_NAMES) - {"back_round_pct", "back_bend_agreed_deg"}
    assert "back_bend_deg" in told
    assert all(compute_back_half_width(name, best) > 0 for name in told)


views = st.fixed_dictionaries({"yaw_deg": st.floats(0, 90), "share": st.floats(0, 1), "level": st.floats(0, 1)})
portions = st.lists(st.floats(0, 1), min_size=33, max_size=33).map(np.array)


@given(near=st.sampled_from(SIDES), view=views, visibility=portions, doubt=portions)
@settings(deadline=None)
def test_no_half_width_is_more_than_four_times_its_base(near, view, visibility, doubt):
    base = {name: math.exp(JOINT_ROWS[name_role(name, near)][0]) for name in widths(near=near)}
    for name, width in compute_half_widths(visibility, doubt, near=near, **view).items():
        assert base[name] / 4 - 1e-9 <= width <= base[name] * 4 + 1e-9


@given(
    near=st.sampled_from(SIDES),
    view=views,
    visibility=portions,
    doubt=portions,
    worse=st.sampled_from(["yaw_deg", "share", "visibility", "doubt"]),
    by=st.floats(0, 1),
)
@settings(deadline=None)
def test_what_is_harder_to_see_is_never_surer(near, view, visibility, doubt, worse, by):
    plain = compute_half_widths(visibility, doubt, near=near, **view)
    if worse == "visibility":
        visibility = visibility * (1 - by)
    elif worse == "doubt":
        doubt = doubt + by
    else:
        view = view | {worse: view[worse] + 60 * by if worse == "yaw_deg" else view[worse] * (1 - by)}
    for name, width in compute_half_widths(visibility, doubt, near=near, **view).items():
        assert width >= plain[name] - 1e-9, name


@given(
    name=st.sampled_from(sorted(set(FITTED) & set(BACK_NAMES))),
    best=st.tuples(*[st.floats(0, 2)] * 5),
    by=st.tuples(*[st.floats(0, 2)] * 5),
)
def test_a_harder_view_of_the_back_is_less_sure_up_to_four_times(name, best, by):
    plain, harder = (compute_back_half_width(name, row) for row in (best, tuple(map(sum, zip(best, by, strict=True)))))
    assert math.exp(FITTED[name][0]) - 1e-9 <= plain <= harder <= 4 * math.exp(FITTED[name][0]) + 1e-9


def test_causes_are_those_of_each_row():
    doubt = np.zeros(33)
    doubt[INDEX["left_wrist"]] = 0.02
    visibility = np.ones(33)
    visibility[INDEX["left_elbow"]] = 0.25
    table = compute_causes(visibility, doubt, yaw_deg=30.0, share=0.6, level=0.5)
    rows = dict(zip(MEASUREMENTS, table.tolist(), strict=True))
    assert rows["elbow_left_deg"] == pytest.approx([1, 0.75, 0, math.log(2), 0.5])
    assert rows["elbow_right_deg"] == pytest.approx([1, 0, 0, 0, 0.5])
    assert compute_general_causes(30.0, 0.6, 0.5) == pytest.approx((1, 0, 0.5))
