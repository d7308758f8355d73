"""The bend of real people's backs over time: on made-up numbers, and on a sample track in place of a clip."""

from __future__ import annotations

import json
import math
import shutil

import numpy as np
import pandas as pd
import pytest

NAN = math.nan


@pytest.fixture
def real(script):
    return script("real_people.__main__")


@pytest.fixture
def plots(script):
    return script("real_people.plots")


def backs(own, none, curve):
    columns = {"back_bend_deg": own, "back_bend_no_neutral_deg": none, "back_curve_pct": curve}
    bands = {f"{name}_unc": [10.0] * len(own) for name in columns}
    return pd.DataFrame({"time_s": [0.5 * i for i in range(len(own))]} | columns | bands)


def test_a_gap_in_the_course_is_a_gap_in_the_plot(plots):
    figure = plots.back_figure(backs([NAN] * 4, [1.0, NAN, 3.0, 4.0], [NAN] * 4), "a clip")
    bend, curve = figure.axes
    (line,) = [one for one in bend.lines if one.get_label() == "own neutral not known"]
    assert line.get_xdata().tolist() == [0.0, 0.5, 1.0, 1.5]
    assert np.isnan(line.get_ydata()).tolist() == [False, True, False, False]
    assert len(bend.collections) == 1  # the ribbon of its doubt
    assert [text.get_text() for text in curve.texts] == ["not known"]
    assert not curve.collections


def test_a_long_course_is_thinned(plots):
    figure = plots.back_figure(backs([0.0] * 5000, [1.0] * 5000, [2.0] * 5000), "a clip")
    lengths = {len(line.get_xdata()) for axes in figure.axes for line in axes.lines if len(line.get_xdata()) > 2}
    assert len(lengths) == 1
    assert lengths.pop() <= plots.MOST_POINTS


def test_equal_numbers_make_an_equal_plot_without_any_picture(plots):
    frames = backs([0.0, 1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 3.0, 4.0])
    svg = plots.back_svg(frames, "a clip")
    assert svg == plots.back_svg(frames, "a clip")
    assert "<image" not in svg


def test_a_reading_has_the_range_and_the_jitter_of_the_back(real):
    recording = real.Recording("x", None, "plank", "", "a/b 1", "none stated")
    summary = {"verdict": "ok", "faults": [{"id": "bounce"}, {"id": "bounce"}]}
    frames = backs([NAN] * 5, [0.0, 1.0, 0.0, 1.0, NAN], [NAN] * 5)
    one = real.reading(recording, frames, summary)
    assert (one.frames, one.faults, one.told) == (5, ("bounce",), pytest.approx(0.8))
    assert all(math.isnan(value) for value in one.bend)
    assert one.bend_no_neutral == pytest.approx((0.0, 0.5, 1.0))
    assert one.tremble_deg == pytest.approx(1.4826 * 2 / math.sqrt(6))
    (row,) = real.reading_table([recording], [one]).rows
    assert row[2:] == ("a/b 1", "none stated", "5", "ok", "bounce", "80 %", "not known", "0°, 0°, 1°", "1.2°")


# The command ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def footage(tmp_path, checkout):
    """A folder of footage with one clip whose poses are known, one photograph, and one clip that is not there."""
    (tmp_path / "real" / "clips").mkdir(parents=True)
    (tmp_path / "real" / "clips" / "hinge.mp4").write_bytes(b"never opened")
    rows = [
        "file movement shows repository commit licence sha256",
        "photos/plank_0.jpg plank hold one/else 12ab Unlicense 00",
        "clips/hinge.mp4 hamstring_hinge_standing side some/body 34cd BSD-3-Clause 00",
        "clips/gone.mp4 plank side some/body 34cd BSD-3-Clause 00",
    ]
    (tmp_path / "real" / "MANIFEST.tsv").write_text("\n".join(rows).replace(" ", "\t") + "\n", "utf-8")
    (tmp_path / "kept" / "hinge").mkdir(parents=True)
    shutil.copy(checkout / "tests" / "data" / "hinge_good.parquet", tmp_path / "kept" / "hinge" / "poses.parquet")
    return tmp_path


def test_each_clip_of_the_manifest_is_plotted_and_listed(real, script, footage, monkeypatch, capsys):
    monkeypatch.setattr(script("accuracy.page"), "PAGE", footage / "docs" / "accuracy.md")
    (footage / "docs").mkdir()
    words = [str(footage / "real"), "--tracks", str(footage / "kept"), "--json", str(footage / "real.json")]
    assert real.main([*words, "--out", str(footage / "out"), "--write-docs"]) == 0
    assert capsys.readouterr().err == "1/1 hinge\n"
    numbers = json.loads((footage / "real.json").read_text("utf-8"))
    assert numbers.keys() == {"hinge"}
    assert numbers["hinge"]["told"] > 0.9
    assert (footage / "docs" / "pictures" / "back_hinge.svg").read_text("utf-8").startswith("<svg")
    page = (footage / "docs" / "accuracy.md").read_text("utf-8")
    assert "| hinge | hamstring_hinge_standing | some/body 34cd | BSD-3-Clause | " in page
    assert "![The back of hinge over time](pictures/back_hinge.svg)\n<!-- /real -->\n" in page
    assert (footage / "out" / "hinge" / "summary.json").is_file()


def test_without_the_folder_there_is_nothing_to_do(real, tmp_path, capsys):
    assert real.main([str(tmp_path / "none")]) == 0
    said = capsys.readouterr()
    assert said.out == "real: no MANIFEST.tsv in none; no footage of real people here, nothing to do\n"
    assert said.err == ""


def test_a_track_that_is_not_there_is_reported(real, footage, capsys):
    assert real.main([str(footage / "real"), "--tracks", str(footage)]) == 2
    assert "real: hinge: poses.parquet: expected" in capsys.readouterr().err
