"""Tests on recordings whose truth differs by a known angle: 3 degrees are no clear change, 15 are."""

from __future__ import annotations

from pathlib import Path

import pytest

from formcheck.core.errors import MovementFileError
from formcheck.drivers.body_tests.recordings import read_trials
from formcheck.program.body_tests.protocol import load_protocol
from formcheck.program.body_tests.results import collect_trials, compare_taken
from formcheck.program.change import Change, OwnError

DATA = Path(__file__).parents[2] / "data" / "body_tests"
UNKNOWN = OwnError(None, None, 0)


TRUE_DEG = {"bow_42": 47.9, "bow_45": 50.9, "bow_57": 62.9}
"""The true lean of the trunk in three rendered clips of one person; the pose model has seen them."""


@pytest.mark.parametrize(("clip", "change"), [("bow_45", Change.NONE), ("bow_57", Change.BETTER)])
def test_three_degrees_are_no_clear_change_fifteen_are(clip, change):
    bow = load_protocol("T1")
    before, after = (collect_trials(bow, read_trials(bow, [DATA / f"{name}.parquet"] * 2)) for name in ("bow_42", clip))
    one = compare_taken(bow, before, after, own=UNKNOWN, same_setup=True)
    assert one.after - one.before == pytest.approx(TRUE_DEG[clip] - TRUE_DEG["bow_42"], abs=1.5)
    assert one.before == pytest.approx(TRUE_DEG["bow_42"], abs=before.uncertainty)
    assert one.change is change
    back = compare_taken(bow, after, before, own=UNKNOWN, same_setup=True)
    assert back.change is (Change.WORSE if change is Change.BETTER else Change.NONE)


def test_several_recordings_are_one_test(bows):
    bow = load_protocol("T1")
    found = read_trials(bow, [bows(0), bows(3)])  # four bows: the first one is practice
    assert len(found) == 3
    assert found[2].value - found[0].value == pytest.approx(3, abs=1.0)


def test_a_test_without_a_camera_reads_no_recording(bows):
    with pytest.raises(MovementFileError, match="expected a test that the camera measures"):
        read_trials(load_protocol("T13"), [bows(0)])


def test_the_commands_run_and_compare(bows, formcheck, tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    code, out, _ = formcheck("tests", "run", "T1", bows(0), "--keep", "before")
    assert (code, out.startswith("Flat-back bow. Bow with a long back: about 5")) == (0, True)
    code, out, _ = formcheck("tests", "compare", "T1", "--before", bows(0), "--after", bows(15))
    assert code == 0
    assert "clear change in the measured number" in out
    assert "8°*" in out
    formcheck("tests", "run", "T1", bows(3), "--keep", "after")
    code, out, _ = formcheck("tests", "compare")
    assert "no clear change" in out.splitlines()[0]
    assert "provisional" in out
