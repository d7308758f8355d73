"""The results stored on this machine."""

from __future__ import annotations

import pytest

from formcheck.drivers.results_store import RecordingDate, find_result, make_result_key, open_new_result

from ..apps.conftest import HAND_KEY, make_result


@pytest.fixture
def hand_key(results):
    """Return the name of the one result that is stored."""
    make_result(results / HAND_KEY)
    return HAND_KEY


def test_result_is_there_whole_or_not_at_all(results):
    def half() -> None:
        with open_new_result("a" * 32, recording="r.mp4", movement="m") as folder:
            (folder / "summary.json").write_text("{}", encoding="utf-8")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        half()
    assert find_result("a" * 32) is None
    assert list(results.iterdir()) == []


def test_same_question_finished_twice_keeps_the_first(results, hand_key):
    with open_new_result(hand_key, recording="other.mp4", movement="m"):
        pass
    found = find_result(hand_key)
    assert found is not None
    assert found.recording == "a <b>bow</b>.mp4"


@pytest.mark.parametrize("changed", ["recording_sha256", "movement_sha256", "model", "side"])
def test_key_changes_with_everything_that_changes_the_answer(changed):
    same = {"recording_sha256": "r", "movement_sha256": "m", "model": "p", "side": "auto"}
    assert make_result_key(**same) == make_result_key(**same)
    assert make_result_key(**same) != make_result_key(**{**same, changed: "other"})


def test_day_of_the_recording_is_kept_with_its_result(results, hand_key):
    recorded = RecordingDate(1_714_723_200.5, "recording")
    with open_new_result("a" * 32, recording="r.mp4", movement="m", recorded=recorded):
        pass
    found, undated = find_result("a" * 32), find_result(hand_key)
    assert (found.recorded, found.dated_s) == (recorded, recorded.at_s)
    assert (undated.recorded, undated.dated_s) == (None, undated.created_s)
