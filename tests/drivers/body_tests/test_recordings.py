"""Tests on recordings whose truth differs by a known angle: 3 degrees are no clear change, 15 are."""

from __future__ import annotations

import pytest

from formcheck.core.errors import MovementFileError
from formcheck.drivers.body_tests.recordings import read_trials
from formcheck.program.body_tests.protocol import load_protocol
from formcheck.program.body_tests.results import collect_trials, compare_taken
from formcheck.program.change import Change, OwnError

UNKNOWN = OwnError(None, None, 0)


@pytest.mark.parametrize(("more_deg", "change"), [(3, Change.NONE), (15, Change.BETTER)])
def test_three_degrees_are_no_clear_change_fifteen_are(bows, more_deg, change):
    bow = load_protocol("T1")
    before, after = (collect_trials(bow, read_trials(bow, [bows(deg)])) for deg in (0, more_deg))
    one = compare_taken(bow, before, after, own=UNKNOWN, same_setup=True)
    assert one.after - one.before == pytest.approx(more_deg, abs=1.0)
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
    assert (code, out.splitlines()[0].startswith("Flat-back bow: bow with a long back about 5")) == (0, True)
    code, out, _ = formcheck("tests", "compare", "T1", "--before", bows(0), "--after", bows(15))
    assert code == 0
    assert "clear change in the measured number" in out
    assert "8°*" in out
    formcheck("tests", "run", "T1", bows(3), "--keep", "after")
    code, out, _ = formcheck("tests", "compare")
    assert "no clear change" in out.splitlines()[0]
    assert "provisional" in out
