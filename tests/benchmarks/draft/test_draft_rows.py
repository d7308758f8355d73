"""The benchmark of drafted movements counts what it says."""

from __future__ import annotations

import pytest

from benchmarks.draft.__main__ import Row, count_found, is_from_the_side, judge, print_rows
from formcheck.core.movement.load import load_movement

ROUNDING = {"id": "back_rounding", "from_s": 3.0, "to_s": 7.0}


def test_a_fault_counts_once_and_only_at_its_time(checkout):
    said = judge(
        checkout / "tests" / "data" / "hinge_back_rounding.parquet", load_movement("hamstring_hinge_standing"), None
    )
    (first, *_) = [one for one in said if one.id == "back_rounding"]
    here = {**ROUNDING, "from_s": first.from_s, "to_s": first.to_s}
    never = {**ROUNDING, "from_s": 900.0, "to_s": 901.0}
    assert count_found({"faults": [here, never]}, said) == (2, 1)
    assert count_found({"faults": [here], "expect_cannot_tell": ["back_rounding"]}, said) == (0, 0)


@pytest.mark.parametrize(("clip", "view", "counts"), [("a_good", "side", True), ("a_feet_cut", "side", False),
                                                      ("a_good", "front", False)])  # fmt: skip
def test_only_clips_that_show_the_movement_count(clip, view, counts):
    assert is_from_the_side({"clip": clip, "camera": {"view": view}}) == counts


def test_the_share_is_of_what_the_shipped_files_find(capsys):
    print_rows([Row("a", 1, 3, 5, 4, 3, 0, 1), Row("b", 1, 3, 5, 4, 4, 1, 1)])
    said = capsys.readouterr().out
    assert "recall of the drafted files is 0.88 of the shipped ones' (aim 0.8); serious faults on good clips: 1" in said
