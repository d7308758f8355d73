"""Fairness rows, on clips and pictures whose numbers can be done in the head."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest


@pytest.fixture
def groups(script):
    return script("fairness.groups")


@pytest.fixture
def fairness(script):
    return script("fairness.__main__")


@pytest.fixture
def scoring(script):
    return script("accuracy.score")


@pytest.fixture
def shown(fairness, scoring, script):
    """Make a clip of a group whose knee is off by so many degrees."""
    setting = script("accuracy.setting").Setting

    def make(group, mae, *, told=1.0, view="side", question="skin"):
        knee = scoring.Compared("knee", 100, mae, 0.0, mae, 1.0, told)
        clip = scoring.Clip("one", "plank", compared=(knee,), setting=setting(view, 5.0, {}))
        return fairness.Shown(clip, {question: group})

    return make


# Who is shown ---------------------------------------------------------------------------------------------------------


def test_an_older_clip_is_drawn_again_from_its_seed(groups, checkout):
    truth = json.loads((checkout / "sample_videos" / "hinge_good.json").read_text("utf-8"))
    look = groups.look_of({key: value for key, value in truth.items() if key != "look"})
    assert tuple(look["skin"]) in {tuple(skin) for skin in groups.WORLDS[truth["world"]]["skins"]}
    assert look["sleeve"] == truth["clothing"]["top"]


def test_a_look_that_does_not_fit_the_clip_is_not_known(groups, checkout):
    truth = json.loads((checkout / "sample_videos" / "hinge_good.json").read_text("utf-8"))
    truth = {key: value for key, value in truth.items() if key != "look"} | {"seed": truth["seed"] + 1}
    assert groups.look_of(truth) == {}


def test_what_the_truth_says_of_the_look_is_believed(groups):
    assert groups.look_of({"look": {"face": "mask"}}) == {"face": "mask"}


@pytest.mark.parametrize(
    ("rgb", "name"),
    [((0.11, 0.068, 0.05), "dark"), ((0.36, 0.21, 0.14), "brown"), ((0.62, 0.4, 0.28), "medium"), ((1, 1, 1), "light")],
)
def test_skin_is_sorted_by_its_lightness(groups, rgb, name):
    assert groups.bin_of(groups.lightness(rgb), groups.SKIN_BINS) == f"{name} skin"


@pytest.mark.parametrize(("facing", "behind"), [("right", 40.0), ("left", 200.0)])
def test_the_background_is_looked_at_behind_the_back(groups, facing, behind):
    """A person stands upright in the middle: the wall is dark on the left and bright on the right."""
    grey = np.full((100, 100), 40, np.uint8)
    grey[:, 50:] = 200
    grey[:, 44:57] = 120
    joints = {"hip_left": [[50, 80]], "shoulder_left": [[50, 30]]}
    truth = {"frames": {"joints_px": joints}, "near_side": "left", "facing_image": facing}
    picture = groups.measure_picture(grey, truth, 0)
    assert (picture.top, picture.background) == (120.0, behind)


def test_nobody_has_no_top(groups):
    joints = {"hip_left": [None], "shoulder_left": [None]}
    picture = groups.measure_picture(
        np.zeros((9, 9), np.uint8), {"frames": {"joints_px": joints}, "near_side": "left"}, 0
    )
    assert picture.whole == 0.0
    assert math.isnan(picture.top)


def test_every_group_has_its_place_in_the_table(groups):
    bins = (
        groups.SKIN_BINS, groups.TOP_BINS, groups.PICTURE_BINS, groups.CONTRAST_BINS, groups.BODY_BINS,
        groups.SEX_BINS, groups.HEIGHT_BINS,
    )  # fmt: skip
    names = [name for some in bins for _, name in some] + [*groups.FACES.values(), *groups.SLEEVES.values()]
    assert set(names) <= set(groups.ORDER)
    assert len(set(groups.ORDER)) == len(groups.ORDER)


# Numbers --------------------------------------------------------------------------------------------------------------


def test_a_row_is_the_mean_over_clips_of_the_side_views(fairness, shown):
    clips = [shown("dark skin", 2.0), shown("dark skin", 4.0, told=0.5), shown("dark skin", 90.0, view="oblique")]
    row = fairness.rows_of(clips)["skin"]["dark skin"]
    assert (row["clips"], row["side_on"], row["told"]) == (3, 2, 0.75)
    assert row["errors"]["knee"]["value"] == 3.0
    assert math.isnan(row["errors"]["knee"]["low"])  # of two clips
    assert fairness.json_text({"row": row})


def test_the_interval_lies_around_the_mean_and_inside_the_values(fairness):
    mean = fairness.mean_of([1.0, 2.0, 3.0, 6.0])
    assert 1.0 <= mean.low < mean.value == 3.0 < mean.high <= 6.0


def test_a_group_that_is_clearly_worse_is_reported(fairness, shown):
    worse = [shown("dark skin", 9.0 + 0.1 * k) for k in range(8)]
    rest = [shown("light skin", 2.0 + 0.1 * k) for k in range(8)]
    assert [(group, name, round(off, 1)) for group, name, off in fairness.differences([*worse, *rest])] == [
        ("dark skin", "knee", 7.0),
        ("light skin", "knee", -7.0),
    ]
    assert "dark skin (knee +7.0°)" in fairness.answer(fairness.differences([*worse, *rest]))


def test_alike_groups_do_not_differ(fairness, shown):
    alike = [shown(skin, 2.0 + k) for k in range(8) for skin in ("dark skin", "light skin")]
    assert fairness.differences(alike) == []
    assert "no group's mean error differs" in fairness.answer([])


def test_two_clips_are_too_few_to_differ(fairness, shown):
    few = [shown("dark skin", 50.0)] * 2
    assert fairness.differences([*few, *(shown("light skin", 2.0) for _ in range(8))]) == []
