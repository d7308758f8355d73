"""The notebook runs from start to end on a copy of its folder, and its text matches its numbers."""

from __future__ import annotations

import json
import os
import shutil

import nbformat
import pandas as pd
import pytest
from filelock import FileLock
from nbclient import NotebookClient

NOTEBOOK = "from_videos_to_a_table.ipynb"
EXECUTED = "executed.ipynb"
BEND = "back_bend_deg_in_hold_median"
KEY_NUMBERS = """
import json
json.dumps({
    "change": fit.params["after"], "low": low_deg, "high": high_deg, "people": study["subject"].nunique(),
    "converged": bool(fit.converged), "fitted": int(fit.nobs),
    "peak": {name: float(course.loc[name, "mean"].max()) for name in COLOURS},
    "start": {name: float(course.loc[name, "mean"][0]) for name in COLOURS},
    "most": {name: int(recordings[name].max()) for name in COLOURS},
    "mdc": mdc_deg, "apart": apart_deg, "above_mdc": int(change["above_mdc"].sum()),
    "above_uncertainty": int(change["above_uncertainty"].sum()),
})
"""


@pytest.fixture(scope="module")
def folder(checkout, tmp_path_factory):
    """Return a copy of the folder of examples in which the notebook ran, once for all processes of the tests."""
    place = tmp_path_factory.getbasetemp()
    place = (place.parent if "PYTEST_XDIST_WORKER" in os.environ else place) / "notebook"
    with FileLock(f"{place}.lock"):
        if not (place / EXECUTED).exists():
            shutil.rmtree(place, ignore_errors=True)
            without = shutil.ignore_patterns("study", "__pycache__", ".*")
            shutil.copytree(checkout / "examples", place, ignore=without)
            _execute(place)
    return place


def _execute(place):
    """Run the notebook, with a last cell that prints its numbers."""
    book = nbformat.read(place / NOTEBOOK, as_version=4)
    book.cells.append(nbformat.v4.new_code_cell(KEY_NUMBERS, id="key-numbers"))
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(place)}}).execute()
    nbformat.write(book, place / EXECUTED)


@pytest.fixture(scope="module")
def executed(folder):
    """Return the outputs of each cell."""
    return {cell.id: cell.get("outputs", []) for cell in nbformat.read(folder / EXECUTED, as_version=4).cells}


@pytest.fixture(scope="module")
def told(executed):
    """Return the numbers that the notebook came to."""
    (output,) = executed["key-numbers"]
    return json.loads(output["data"]["text/plain"].strip("'"))


@pytest.fixture(scope="module")
def results(executed, folder):
    """Return the table that the notebook scored."""
    return pd.read_parquet(folder / "study" / "results" / "results.parquet").set_index("name")


@pytest.fixture(scope="module")
def agreement(executed, folder):
    """Return what was found to agree, by what, between whom and statistic."""
    table = pd.read_csv(folder / "study" / "agreement" / "agreement.csv")
    return table.set_index(["what", "between", "statistic"])


def test_it_is_committed_without_outputs(checkout):
    book = nbformat.read(checkout / "examples" / NOTEBOOK, as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.id for cell in code if cell.outputs or cell.execution_count is not None] == []
    assert set(book.metadata) == {"kernelspec", "language_info"}


def test_it_prints_nothing_but_how_far_it_is(executed):
    printed = [out.text for outputs in executed.values() for out in outputs if out.output_type == "stream"]
    lines = "".join(printed).splitlines()
    assert lines
    assert [line for line in lines if not line.startswith("formcheck: ")] == []


def test_every_recording_has_a_row_and_failed_ones_say_so(results):
    assert len(results) == 32
    assert list(results.index[results["error"].notna()]) == ["p07_before_left.parquet"]
    assert results.loc["p02_after_left.parquet", "verdict"] == "cannot_tell"
    assert results.loc["p05_after_right.parquet", "verdict"] == "cannot_tell"
    assert list(results.index[results[BEND].isna()]) == [
        "p02_after_left.parquet", "p05_after_right.parquet", "p07_before_left.parquet",
    ]  # fmt: skip
    assert set(results["verdict"].dropna()) == {"ok", "warn", "fix", "cannot_tell"}


def test_the_manifest_is_in_the_table(results):
    assert results.groupby("condition").size().to_dict() == {"after": 16, "before": 16}
    assert results["subject"].nunique() == 8
    assert set(results["side_asked"]) == {"left", "right"}


def test_both_figures_came_out(executed, folder):
    pictures = [
        name for name, outputs in executed.items() if any("image/png" in out.get("data", {}) for out in outputs)
    ]
    assert pictures == ["curve", "bland-altman"]
    assert (folder / "study" / "back_bend.pdf").read_bytes().startswith(b"%PDF")


def test_the_curves_rest_on_what_could_be_judged_and_lie_apart(told):
    assert told["most"] == {"before": 15, "after": 14}
    assert told["peak"]["before"] - told["peak"]["after"] > 8
    assert max(told["start"].values()) < 15


def test_the_mixed_model_finds_the_change_that_was_put_in(told):
    assert told["converged"]
    assert (told["people"], told["fitted"]) == (8, 29)
    assert told["low"] < -16 < told["high"]
    assert told["low"] < told["change"] < told["high"] < 0


def test_uncertainty_is_far_larger_than_scatter(told):
    assert told["apart"] > 2 * told["mdc"]
    assert told["above_uncertainty"] < told["above_mdc"] <= 8


@pytest.mark.parametrize("rater", ["Ana", "Ben"])
def test_agreement_is_as_the_words_say(agreement, rater):
    def value(what, statistic):
        return agreement.loc[(what, f"formcheck – {rater}", statistic), "value"]

    assert 0 < value(BEND, "bias") < 12
    assert value(BEND, "slope of differences over means") < 0
    assert value("fault back_rounding", "recall") > 0.9
    assert value("fault back_rounding", "precision") < value("fault back_rounding", "recall")
    assert value("fault back_rounding", "kappa") < agreement.loc[("fault back_rounding", "Ana – Ben", "kappa"), "value"]
    assert value("fault stretch_knee_bent", "kappa") == 1


def test_the_command_in_run_json_is_the_one_to_repeat_it_with(executed, folder):
    run = json.loads((folder / "study" / "results" / "run.json").read_text("utf-8"))
    assert run["command"][:5] == ["formcheck", "batch", "study/recordings", "--out", "study/results"]
    assert "--frames" in run["command"]
    shown = "".join(out["data"].get("text/markdown", "") for out in executed["repeat"])
    assert "formcheck batch study/recordings --out study/results" in shown
