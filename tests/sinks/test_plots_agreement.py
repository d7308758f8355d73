"""The figures of agreement show each recording, the limits with their intervals, and separately what was not judged."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

from formcheck.sinks.plots.agreement import Panel, plot_bland_altman, plot_confusion

NONE = (math.nan, math.nan, math.nan)


def panel(rater="Ana", **more):
    shown = {
        "mean": np.array([10.0, 20.0, 30.0]), "difference": np.array([1.0, -1.0, 3.0]),
        "bias": (1.0, -1.5, 3.5), "lower": (-2.9, -7.0, 1.2), "upper": (4.9, 0.8, 9.0),
    }  # fmt: skip
    return Panel(rater, **{**shown, **more})


def axes_of(figure, name):
    return next(axes for axes in figure.axes if axes.get_gid() == name)


def artist(axes, gid):
    return next((one for one in axes.get_children() if one.get_gid() == gid), None)


def words(axes):
    return " ".join(text.get_text() for text in axes.texts)


def test_each_recording_is_a_dot_and_the_limits_have_intervals():
    axes = axes_of(plot_bland_altman("knee", "°", [panel()]), "bland_altman:Ana")
    assert artist(axes, "recordings").get_offsets().tolist() == [[10, 1], [20, -1], [30, 3]]
    assert artist(axes, "upper limit").get_ydata()[0] == 4.9
    box = artist(axes, "lower limit interval").get_extents().transformed(axes.transData.inverted())
    assert (box.y0, box.y1) == pytest.approx((-7.0, 1.2))
    assert words(axes) == "bias 1.0 upper limit 4.9 lower limit −2.9"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("mean of formcheck and Ana (°)", "formcheck − Ana (°)")
    assert axes.get_title(loc="left") == "n = 3"


def test_coinciding_recordings_are_one_larger_dot_noted_in_title():
    one = panel(mean=np.array([3.0, 3.0, 4.0]), difference=np.array([0.0, 0.0, 1.0]))
    axes = axes_of(plot_bland_altman("repetitions", "", [one]), "bland_altman:Ana")
    small, large = sorted(artist(axes, "recordings").get_sizes())
    assert large == 2 * small
    assert axes.get_title(loc="left") == "n = 3; larger dots are several recordings"
    assert axes.get_xlabel() == "mean of formcheck and Ana"


def test_raters_share_their_axes_and_no_empty_panel_shows():
    figure = plot_bland_altman("knee", "°", [panel(name) for name in ("A", "B", "C", "D")])
    assert sum(axes.get_visible() for axes in figure.axes) == 4
    assert axes_of(figure, "bland_altman:A").get_ylim() == axes_of(figure, "bland_altman:D").get_ylim()


@pytest.mark.parametrize(
    "one",
    [
        panel(mean=np.empty(0), difference=np.empty(0), bias=NONE, lower=NONE, upper=NONE),
        panel(mean=np.array([5.0]), difference=np.array([1.0]), bias=NONE, lower=NONE, upper=NONE),
    ],
    ids=["no recording", "one recording"],
)
def test_without_limits_none_are_drawn(one, tmp_path):
    figure = plot_bland_altman("knee", "°", [one])
    figure.savefig(tmp_path / "figure.png")
    axes = axes_of(figure, "bland_altman:Ana")
    assert artist(axes, "bias") is None
    assert not words(axes)


def test_equal_differences_have_a_bias_and_no_limits():
    same = (1.0, math.nan, math.nan)
    axes = axes_of(plot_bland_altman("knee", "°", [panel(bias=same, lower=same, upper=same)]), "bland_altman:Ana")
    assert words(axes) == "bias 1.0"


def test_confusion_names_its_sides_and_sets_unknown_apart():
    counts = np.array([[5, 1, 0, 0], [0, 3, 2, 0], [0, 0, 4, 1], [0, 0, 1, 0]])
    axes = axes_of(plot_confusion(("ok", "warn", "fix", "cannot_tell"), [("Ana", counts)]), "confusion:Ana")
    assert [int(text.get_text()) for text in axes.texts] == counts.ravel().tolist()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Ana", "formcheck")
    assert [label.get_text() for label in axes.get_xticklabels()][-1] == "cannot tell"
    assert [line.get_xdata()[0] for line in axes.lines][-1] == 2.5
    assert axes.get_title(loc="left") == "n = 17"


def test_confusion_of_nothing_is_drawn(tmp_path):
    plot_confusion(("ok", "warn", "fix", "cannot_tell"), [("Ana", np.zeros((4, 4), int))]).savefig(tmp_path / "f.png")


def test_pyplot_is_not_loaded():
    code = "import sys, formcheck.sinks.plots.agreement; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
