"""Plots by their artists: positions, colours and titles."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from formcheck.core.display import STATE_STYLES
from formcheck.core.summary.schema import RunSummary
from formcheck.sinks.plots.measures import measure_title, plot_measure, write_figure_svg
from formcheck.sinks.plots.style import THEMES


def axes_of(figure, name):
    return next(axes for axes in figure.axes if axes.get_gid() == name)


def artists(axes, gid):
    return [a for a in axes.get_children() if a.get_gid() == gid]


def extent(patch):
    box = patch.get_path().get_extents(patch.get_patch_transform())
    return box.x0, box.y0, box.x1, box.y1


def test_target_is_a_green_area_and_warn_hatched_orange(frames, summary, movement):
    axes = axes_of(plot_measure(frames, RunSummary.model_validate(summary), movement, "stretch_knee"), "measure")
    (target,) = artists(axes, "target")
    assert extent(target)[1::2] == pytest.approx((165, 182))
    assert to_hex(target.get_facecolor()).upper() == STATE_STYLES["ok"].colour
    warn = artists(axes, "warn")
    assert [extent(w)[1::2] for w in warn] == [pytest.approx((155, 165)), pytest.approx((182, 188))]
    assert all(w.get_hatch() and to_hex(w.get_edgecolor()).upper() == STATE_STYLES["warn"].colour for w in warn)


def test_open_end_of_a_band_reaches_to_the_edge(frames, summary, movement):
    axes = axes_of(plot_measure(frames, RunSummary.model_validate(summary), movement, "hinge"), "measure")
    (target,) = artists(axes, "target")
    assert extent(target)[1::2] == pytest.approx((20, axes.get_ylim()[1]))
    assert not artists(axes, "warn")


def test_line_is_the_working_side_s_and_thick_where_it_is_judged(frames, summary, movement):
    axes = axes_of(plot_measure(frames, RunSummary.model_validate(summary), movement, "stretch_knee"), "measure")
    (course,), (judged,) = artists(axes, "course"), artists(axes, "judged")
    assert np.nanmax(course.get_ydata()) == np.nanmin(course.get_ydata()) == 171
    told = judged.get_xdata()[np.isfinite(judged.get_ydata())]
    assert (told.min(), told.max()) == (8, 31)
    assert judged.get_linewidth() > course.get_linewidth()


def test_left_is_solid_and_right_dashed(frames, summary, movement):
    frames.loc[frames["time_s"] > 30, "side"] = "right"
    axes = axes_of(plot_measure(frames, RunSummary.model_validate(summary), movement, "stretch_knee"), "measure")
    assert [line.get_linestyle() for line in artists(axes, "course")] == ["-", "--"]
    assert {"left", "right"} <= {text.get_text() for text in axes.texts}


def test_uncertainty_is_a_ribbon(frames, summary, movement):
    axes = axes_of(plot_measure(frames, RunSummary.model_validate(summary), movement, "stretch_knee"), "measure")
    heights = np.concatenate([p.vertices[:, 1] for p in artists(axes, "uncertainty")[0].get_paths()])
    assert (heights.min(), heights.max()) == (162, 180)


def test_grey_stands_where_it_cannot_be_judged(frames, summary, movement):
    axes = axes_of(plot_measure(frames, RunSummary.model_validate(summary), movement, "stretch_knee"), "measure")
    (gap,) = artists(axes, "cannot_tell")
    assert extent(gap)[::2] == pytest.approx((20, 25))


def test_column_that_is_missing_is_grey_all_through(frames, summary, movement):
    axes = axes_of(plot_measure(frames, RunSummary.model_validate(summary), movement, "back"), "measure")
    assert not artists(axes, "course")


def test_hold_is_a_bar_above_with_its_pause(frames, summary, movement):
    figure = plot_measure(frames, RunSummary.model_validate(summary), movement, "stretch_knee")
    holds, main = axes_of(figure, "holds"), axes_of(figure, "measure")
    (hold,), (pause,) = artists(holds, "hold"), artists(holds, "pause")
    assert hold.get_paths()[0].get_extents().intervalx.tolist() == [8, 31]
    assert pause.get_paths()[0].get_extents().intervalx == pytest.approx([12.1, 19.4])
    assert pause.get_hatch()
    assert holds.texts[0].get_text() == "held 14 of 20 s"
    assert holds.get_position().y0 > main.get_position().y0


def test_faults_are_marked_under_the_axis(frames, summary, movement):
    figure = plot_measure(frames, RunSummary.model_validate(summary), movement, "stretch_knee")
    marks = axes_of(figure, "faults")
    (mark,) = artists(marks, "fault:back_rounding")
    assert list(mark.get_xdata()) == [12.1, 19.4]
    assert (mark.get_color(), mark.get_marker()) == (STATE_STYLES["fix"].colour, "s")
    assert marks.texts[0].get_text() == "back rounding"
    assert marks.get_position().y1 <= axes_of(figure, "measure").get_position().y0


def test_axes_carry_units_and_the_title_says_what_is_seen(frames, summary, movement):
    figure = plot_measure(frames, RunSummary.model_validate(summary), movement, "stretch_knee")
    axes = axes_of(figure, "measure")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (s)", "stretch knee (degrees)")
    assert figure.get_suptitle() == "Stretch knee stayed in its target band"


@pytest.mark.parametrize(
    ("measure_id", "title"),
    [
        ("back", "Back was in its target band for 60 % of the judged time"),
        ("hinge", "Hinge could not be judged: the hip is hidden from the camera"),
    ],
)
def test_titles(measure_id, title, summary, movement):
    assert measure_title(RunSummary.model_validate(summary), movement, measure_id) == title


def test_title_without_a_check(summary, movement):
    summary["checks"] = []
    assert measure_title(RunSummary.model_validate(summary), movement, "hinge") == "Hinge over time"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_themes(theme, frames, summary, movement):
    figure = plot_measure(frames, RunSummary.model_validate(summary), movement, "stretch_knee", theme=theme)
    assert to_hex(figure.get_facecolor()).upper() == THEMES[theme].paper
    assert to_hex(axes_of(figure, "measure").xaxis.label.get_color()).upper() == THEMES[theme].ink


def test_photograph_is_one_point(frames, summary, movement):
    summary.update(repetitions=[], faults=[])
    figure = plot_measure(frames.iloc[10:11], RunSummary.model_validate(summary), movement, "stretch_knee")
    (judged,) = artists(axes_of(figure, "measure"), "judged")
    assert judged.get_marker() == "o"
    assert write_figure_svg(figure)


@pytest.mark.parametrize("rows", [0, 42], ids=["no frame", "nobody in any frame"])
def test_nothing_to_see_still_gives_a_figure(rows, frames, summary, movement):
    summary.update(repetitions=[], faults=[], checks=[])
    empty = frames.iloc[:rows].assign(knee_left_deg=np.nan, knee_right_deg=np.nan, side=None, phase="absent")
    assert write_figure_svg(plot_measure(empty, RunSummary.model_validate(summary), movement, "stretch_knee"))


def test_change_is_drawn_from_the_start_posture(frames, summary, movement):
    hinge = movement.measures["hinge"].model_copy(update={"change": True})
    changed = movement.model_copy(update={"measures": {**movement.measures, "hinge": hinge}})
    axes = axes_of(plot_measure(frames, RunSummary.model_validate(summary), changed, "hinge"), "measure")
    assert np.nanmax(artists(axes, "course")[0].get_ydata()) == 45
    assert axes.get_ylabel() == "change of hinge (degrees)"


def test_measure_of_a_range_shows_the_way_from_end_to_end(frames, summary, movement):
    hinge = movement.measures["hinge"].model_copy(update={"reduce": "range"})
    whole = movement.model_copy(update={"measures": {**movement.measures, "hinge": hinge}})
    figure = plot_measure(frames, RunSummary.model_validate(summary), whole, "hinge")
    axes = axes_of(figure, "measure")
    (way,) = artists(axes, "range")
    assert list(way.get_ydata()) == [5, 50]
    assert not artists(axes, "target")
    assert figure.get_suptitle() == "Hinge: 45° from end to end"


def test_long_recordings_are_thinned(frames, summary, movement):
    long = pd.concat([frames] * 500, ignore_index=True).assign(time_s=np.arange(42 * 500) / 30)
    axes = axes_of(plot_measure(long, RunSummary.model_validate(summary), movement, "stretch_knee"), "measure")
    assert len(artists(axes, "course")[0].get_xdata()) <= 4000


def test_svg_is_the_same_each_time_and_its_letters_can_be_read(frames, summary, movement):
    first, second = (
        write_figure_svg(plot_measure(frames, RunSummary.model_validate(summary), movement, "stretch_knee"))
        for _ in range(2)
    )
    assert first == second
    assert first.startswith("<svg")
    assert ">stretch knee (degrees)</text>" in first


def test_unknown_measure_is_refused(frames, summary, movement):
    with pytest.raises(KeyError, match="elbow"):
        plot_measure(frames, RunSummary.model_validate(summary), movement, "elbow")


def test_pyplot_is_not_loaded():
    code = "import sys, formcheck.sinks.plots.measures; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
