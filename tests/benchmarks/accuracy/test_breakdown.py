"""The breakdowns of the accuracy benchmark on made-up clips with numbers that are easy to compute."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

NAN = math.nan


@pytest.fixture
def setting(script):
    return script("accuracy.setting")


@pytest.fixture
def view(script):
    return script("accuracy.view")


@pytest.fixture
def back(script):
    return script("accuracy.back")


@pytest.fixture
def scoring(script):
    return script("accuracy.score")


def truth(yaw_deg=10.0, view="side", **changes):
    """A hinge of four seconds: the first two are the start, then the back rounds to 40 degrees more."""
    return {
        "movement": "hamstring_hinge_standing", "near_side": "left", "faults": [], "repetitions": [],
        "camera": {"view": view, "yaw_deg": yaw_deg, "distance_m": 2.6},
        "body": {"weight": 0.7, "gender": 0.2, "height_m": 1.7},
        "clothing": {"fit": "loose"},
        "frames": {
            "time_s": [0.0, 1.0, 2.0, 3.0], "phase": ["setup", "setup", "move", "hold"],
            "angles_deg": {"knee_left": [180.0, 180.0, 170.0, 170.0]},
            "spine": {"lumbar_flexion_deg": [5.0, 5.0, 5.0, 25.0], "thoracic_flexion_deg": [1.0, 1.0, 1.0, 21.0]},
        },
    } | changes  # fmt: skip


def frames(**columns):
    return pd.DataFrame({"time_s": [0.0, 1.0, 2.0, 3.0]} | columns)


def said(name, from_s, to_s, severity="fix"):
    return {"id": name, "from_s": from_s, "to_s": to_s, "severity": severity}


# Groups ---------------------------------------------------------------------------------------------------------------


def test_a_clip_belongs_to_the_groups_of_its_truth(setting):
    groups = setting.setting_of(truth()).groups
    assert groups == {
        "yaw": ("0 to 15°",),
        "picture": ("plain",),
        "clothing": ("loose",),
        "body": ("heavy", "female", "1.65 to 1.75 m tall"),
        "distance": ("2.5 to 3 m",),
        "posture": ("standing",),
        "movement": ("hamstring_hinge_standing",),
    }


@pytest.mark.parametrize(
    ("yaw_deg", "view", "group", "true_deg", "side_on"),
    [
        (-15.0, "side", "0 to 15°", 15.0, True),
        (16.0, "side", "15 to 30°", 16.0, False),
        (-45.0, "oblique", "30 to 45°", 45.0, False),
        (46.0, "oblique", "over 45°", 46.0, False),
        (-4.0, "front", "from the front", 86.0, False),
    ],
)
def test_the_camera_stands_as_far_off_as_its_yaw(setting, yaw_deg, view, group, true_deg, side_on):
    found = setting.setting_of(truth(yaw_deg, view))
    assert (found.groups["yaw"], found.yaw_deg, found.side_on) == ((group,), true_deg, side_on)


@pytest.mark.parametrize(
    ("hard", "groups"),
    [
        (None, ("plain",)),
        ([], ("plain",)),
        ("dim", ("dim",)),
        (["dim", "far"], ("dim", "far")),
        ({"blur": 0.3}, ("blur",)),
    ],
)
def test_a_picture_may_be_hard_in_several_ways(setting, hard, groups):
    assert setting.setting_of(truth(hard=hard)).groups["picture"] == groups


def test_an_oblique_or_cut_off_picture_counts_as_hard(setting):
    oblique = truth(40.0, "oblique", hard={"dim": 1.0, "oblique": 40})
    assert setting.setting_of(oblique).groups["picture"] == ("dim", "oblique")
    cut = truth(camera={"view": "side", "yaw_deg": 4.0, "crop": "feet"})
    assert setting.setting_of(cut).groups["picture"] == ("cut_off",)


def test_what_the_truth_does_not_say_is_not_known(setting):
    bare = truth(body=None, clothing={}, movement=None, camera={"view": "side"})
    groups = setting.setting_of(bare).groups
    assert {groups[name] for name in ("clothing", "body", "distance", "posture")} == {("not known",)}
    assert groups["movement"] == ("nobody",)


def test_groups_stand_in_the_order_a_reader_expects(setting):
    assert setting.in_order("picture", {"far", "plain", "rain", "dim"}) == ["plain", "dim", "far", "rain"]
    assert setting.in_order("movement", {"plank", "cobra"}) == ["cobra", "plank"]


def test_each_group_has_the_numbers_of_its_own_clips(script, scoring):
    summary = {"verdict": "good", "faults": [], "source": {"duration_s": 4.0}, "repetitions": []}
    settings = (
        (truth(5.0), [182.0, 182.0, 172.0, 172.0]),  # off by 2
        (truth(5.0, hard=["dim"], clothing={"fit": "tight"}), [184.0, 184.0, 174.0, NAN]),  # off by 4
        (truth(40.0, "oblique", hard=["dim", "oblique"]), [190.0, NAN, NAN, NAN]),  # off by 10
    )
    clips = [scoring.score(str(i), t, summary, frames(knee_left_deg=knee)) for i, (t, knee) in enumerate(settings)]
    found = script("accuracy.totals").breakdowns(clips)

    def knee(breakdown, group):
        row = found[breakdown][group]
        number = row["numbers"].get("knee", {})
        return row["clips"], row["frames"], number.get("frames"), number.get("mae"), number.get("told")

    assert knee("clothing", "tight") == (1, 4, 3, pytest.approx(4.0), pytest.approx(3 / 4))
    assert knee("clothing", "loose") == (2, 4, 4, pytest.approx(2.0), 1.0)  # the oblique one is not compared
    assert knee("yaw", "30 to 45°") == (1, 4, 1, pytest.approx(10.0), pytest.approx(1 / 4))
    assert knee("picture", "dim") == (2, 8, 4, pytest.approx((3 * 4 + 10) / 4), pytest.approx(1 / 2))
    assert list(found["yaw"]) == ["0 to 15°", "30 to 45°"]


def test_faults_are_counted_in_every_group_of_a_clip(script, scoring):
    faults = scoring.Faults(("bounce", "bounce"), (True, False), ("head_drop",), (), ())
    clip = scoring.Clip("a", "plank", faults=faults, setting=script("accuracy.setting").setting_of(truth(40.0)))
    found = script("accuracy.totals").breakdowns([clip])
    for row in (
        found["yaw"]["30 to 45°"],
        found["body"]["heavy"],
        found["body"]["female"],
        found["posture"]["standing"],
    ):
        assert (row["faults_injected"], row["faults_found"], row["faults_false"]) == (2, 1, 1)


# The camera -----------------------------------------------------------------------------------------------------------


def test_the_yaw_is_off_by_frame_and_by_clip(setting, view):
    read = frames(yaw_deg=[12.0, 20.0, 4.0, NAN], yaw_deg_unc=[5.0, 5.0, 5.0, NAN])  # the truth is 10
    yaw = view.compare_yaw(setting.setting_of(truth(-10.0)), read)
    assert yaw.frames == 3
    assert yaw.mae == pytest.approx((2 + 10 + 6) / 3)
    assert yaw.bias == pytest.approx((2 + 10 - 6) / 3)
    assert yaw.median_error == pytest.approx(2.0)
    assert yaw.inside == pytest.approx(1 / 3)
    assert view.compare_yaw(setting.setting_of(truth()), frames(yaw_deg=[NAN] * 4)) is None


@pytest.mark.parametrize(
    ("true_deg", "read_deg", "right"),
    [(28.0, 30.0, True), (28.0, 31.0, False), (32.0, 31.0, True), (32.0, 25.0, False)],
)
def test_the_gate_is_right_if_median_and_truth_are_on_one_side(setting, view, true_deg, read_deg, right):
    yaw = view.compare_yaw(setting.setting_of(truth(true_deg)), frames(yaw_deg=[read_deg] * 4))
    assert yaw.gate_right is right


def test_frames_weigh_equally_per_frame_and_clips_per_clip(view):
    yaws = [view.Yaw(10, 2.0, 1.0, -4.0, 1.0, True), view.Yaw(30, 6.0, -1.0, 2.0, 0.8, False)]
    row = view.total_yaw(yaws)
    assert (row["clips"], row["frames"]) == (2, 40)
    assert row["mae"] == pytest.approx(5.0)
    assert row["bias"] == pytest.approx(-0.5)
    assert row["inside"] == pytest.approx(0.85)
    assert row["clip_mae"] == pytest.approx(3.0)
    assert row["gate_right"] == pytest.approx(0.5)
    assert math.isnan(view.total_yaw([])["clip_mae"])


@pytest.mark.parametrize(
    ("faults", "wrong", "not_there"),
    [
        pytest.param([said("bounce", 1.0, 2.0)], 2, 2, id="not there"),
        pytest.param([said("toe_touch_flop", 1.0, 3.0)], 3, 0, id="there, but it cannot be judged"),
        pytest.param([said("knees_bent", 0.0, 3.0)], 0, 0, id="there, and it can be judged"),
        pytest.param([said("bounce", 1.0, 2.0, "info")], 0, 0, id="a remark"),
        pytest.param([said("bounce", 1.0, 2.0), said("back_rounding", 2.0, 3.0)], 3, 2, id="two at a time"),
    ],
)
def test_beyond_35_degrees_what_cannot_be_judged_is_wrong_to_say(setting, view, faults, wrong, not_there):
    there = [{"id": name, "from_s": 0.0, "to_s": 3.0} for name in ("back_rounding", "stretch_knee_bent")]
    blind = truth(40.0, "oblique", faults=there, expect_cannot_tell=["back_rounding"])
    found = view.compare_blind(blind, setting.setting_of(blind), faults, frames())
    assert (found.frames, found.wrong, found.not_there) == (4, wrong, not_there)
    assert view.total_blind([found])["wrong"] == pytest.approx(wrong / 4)


@pytest.mark.parametrize(("yaw_deg", "view_name"), [(35.0, "oblique"), (4.0, "front")])
def test_a_clip_that_can_be_judged_is_not_blind(setting, view, yaw_deg, view_name):
    seen = truth(yaw_deg, view_name)
    assert view.compare_blind(seen, setting.setting_of(seen), [said("bounce", 1.0, 2.0)], frames()) is None


# The back -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [([3.0, 4.0], [1.0, 2.0], 1.0), ([1.0, 4.0], [2.0], 0.5), ([2.0], [2.0], 0.5), ([1.0], [2.0, 3.0], 0.0)],
)
def test_auc_is_how_often_one_is_above_the_other(back, positive, negative, expected):
    assert back.auc(np.array(positive), np.array(negative)) == pytest.approx(expected)
    assert math.isnan(back.auc(np.empty(0), np.array(negative)))


def test_the_own_neutral_is_the_start_of_the_clip_or_true_rest(setting, back):
    course = back.back_course(truth(), setting.setting_of(truth()), frames(back_bend_deg=[0.0] * 4))
    assert course.truth_of(back.OWN_NEUTRAL).tolist() == [0.0, 0.0, 0.0, 40.0]
    assert course.truth_of(back.NO_NEUTRAL).tolist() == [6.0, 6.0, 6.0, 46.0]
    without = truth(frames=truth()["frames"] | {"spine": None})
    assert back.back_course(without, setting.setting_of(without), frames()) is None


def course(back, true, own, none, *, yaw_deg=10.0, posture="standing"):
    parts = {back.OWN_NEUTRAL: np.array(own), back.NO_NEUTRAL: np.array(none)}
    return back.BackCourse(posture, yaw_deg, np.array(true), np.array(true), parts)


def test_rounded_and_hollow_compare_with_neutral_over_all_clips(back):
    true = [-20.0, -12.0, 0.0, 10.0, 20.0, 30.0]  # one hollow, two neutral, one rounded, two of neither
    clips = [
        course(back, true, [-9.0, 99.0, 0.0, 5.0, -99.0, 20.0], [3.0, 0.0, 2.0, 4.0, 0.0, 3.0]),
        course(back, true, [1.0, 99.0, 0.0, 5.0, -99.0, NAN], [1.0, 0.0, 2.0, 4.0, 0.0, 5.0]),
        course(back, true, [50.0, 0.0, 50.0, 50.0, 0.0, -50.0], [0.0] * 6, yaw_deg=30.0),  # too far round
    ]
    own, none = (back.separation(clips)[name] for name in (back.OWN_NEUTRAL, back.NO_NEUTRAL))
    assert (own["rounded_frames"], own["neutral_frames"], own["hollow_frames"]) == (1, 4, 2)
    assert (own["rounded_clips"], own["neutral_clips"], own["hollow_clips"]) == (1, 2, 2)
    assert own["rounded_auc"] == 1.0
    assert own["hollow_auc"] == pytest.approx((4 + 2) / 8)  # -9 lies below all four, 1 below the two 5
    assert none["rounded_auc"] == pytest.approx((2 + 4) / 8)  # 3 lies above the two 2, 5 above all four
    assert none["hollow_auc"] == pytest.approx((2 + 4) / 8)


def test_each_posture_is_held_apart_by_itself(back):
    clips = [
        course(back, [0.0, 40.0], [0.0, 30.0], [0.0, 30.0]),
        course(back, [0.0, 40.0], [50.0, 10.0], [50.0, 10.0], posture="prone"),
    ]
    found = back.separation_by_posture(clips)
    assert {name: row[back.OWN_NEUTRAL]["rounded_auc"] for name, row in found.items()} == {
        "prone": 0.0,
        "standing": 1.0,
    }
    assert math.isnan(found["prone"][back.OWN_NEUTRAL]["hollow_auc"])
