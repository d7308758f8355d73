"""The aims, and the page that several benchmarks write together."""

from __future__ import annotations

import math

import pytest

NAN = math.nan

# What is aimed at -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("least", "most", "value", "reached"),
    [
        (None, 3.0, 3.0, True),
        (None, 3.0, 3.1, False),
        (0.93, 0.97, 0.98, False),
        (0.95, None, 0.96, True),
        (None, 3.0, NAN, None),
    ],
)
def test_an_aim_is_reached_missed_or_not_shown(script, least, most, value, reached):
    assert script("accuracy.aims").Aim("knee", least, most, value, "deg").reached is reached


def test_the_elbow_must_hold_in_every_posture(script):
    results = script("accuracy.__main__").results([])
    results["breakdowns"]["posture"] = {
        "prone": {"numbers": {"elbow": {"mae": 9.0}}},
        "standing": {"numbers": {"elbow": {"mae": 5.0}}},
        "supine": {"numbers": {}},
    }
    found = {aim.name: aim for aim in script("accuracy.aims").aims(results)}
    assert found["elbow in the worst posture (prone)"].value == 9.0
    assert found["elbow, mean error"].reached is None


def test_of_an_empty_set_every_table_can_be_made(script):
    accuracy = script("accuracy.__main__")
    made = list(accuracy.all_tables(accuracy.results([])))
    assert [table.title for table in made][:2] == ["What it should reach", "Numbers, all movements"]
    assert all(len(row) == len(table.head) for table in made for row in table.rows)


# The page -------------------------------------------------------------------------------------------------------------


def test_parts_of_the_page_are_replaced_in_place_and_in_order(script):
    page_of = script("accuracy.page")
    page = page_of.with_part("# Title\n\nText.\n", "real", "Real 1")
    page = page_of.with_part(page, "ablation", "Stages 1")
    page = page_of.with_part(page, "real", "Real 2")
    assert page == (
        "# Title\n\nText.\n\n<!-- ablation -->\nStages 1\n<!-- /ablation -->\n\n<!-- real -->\nReal 2\n<!-- /real -->\n"
    )
    assert page_of.parts_of(page) == [page_of.part_of(page, "ablation"), page_of.part_of(page, "real")]
    assert page_of.with_part(page, "ablation", r"Stages \1 2") == page.replace("Stages 1", r"Stages \1 2")


def test_one_more_set_is_a_part_of_the_page(script):
    page_of = script("accuracy.page")
    made = page_of.part({"set": "hard cases", "clips": "3"}, [page_of.Table("Numbers", ("a",), (("1",),))])
    assert made == (
        "## Hard cases\n\n| set | clips |\n|---|---|\n| hard cases | 3 |\n\n### Numbers\n\n| a |\n|---|\n| 1 |"
    )
    page = page_of.with_part(page_of.with_part("# T\n", "real", "Plots"), "hard", made)
    assert page.index("## Hard cases") < page.index("<!-- /hard -->") < page.index("<!-- real -->")


def test_a_new_page_keeps_the_parts_that_others_made(script):
    page_of = script("accuracy.page")
    kept = page_of.parts_of(page_of.with_part("# Old\n", "real", "Plots"))
    table = page_of.Table("Numbers", ("a", "b"), (("1", "2"),), "In degrees.")
    page = page_of.page({"set": "x"}, [table], kept)
    assert "## Numbers\n\nIn degrees.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n" in page
    assert page.endswith("\n\n<!-- real -->\nPlots\n<!-- /real -->\n")
    assert page_of.with_part(page, "real", "Plots") == page


def test_writing_one_set_leaves_the_other_on_the_page(script, tmp_path, monkeypatch):
    accuracy, table = script("accuracy.__main__"), script("accuracy.page").Table("Numbers", ("a",), (("1",),))
    monkeypatch.setattr(accuracy, "PAGE", tmp_path / "accuracy.md")
    for about, part in (({"set": "bench"}, ""), ({"set": "hard cases"}, "hard"), ({"set": "bench"}, "")):
        accuracy.write_docs(about, [table], part)
    page = (tmp_path / "accuracy.md").read_text("utf-8")
    assert [page.count(title) for title in ("\n## Numbers", "\n## Hard cases", "\n### Numbers")] == [1, 1, 1]
