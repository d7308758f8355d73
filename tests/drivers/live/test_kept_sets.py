"""What a set before a camera leaves in the history."""

from __future__ import annotations

import pytest

from formcheck.drivers.history.history import History
from formcheck.drivers.live import session as live_session

from .conftest import track

HINGE = "hamstring_hinge_standing"


@pytest.fixture
def kept(live, tmp_path, monkeypatch):
    """Return a function that practises a set, ends it after so many pictures, and returns what is stored."""
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))

    def practise(pictures, end="finish", **wish):
        one = live(track("hinge_good"), **wish)
        one.session._keep_set = lambda summary, progress: live_session._keep_in_history(
            summary, one.session.movement, progress
        )
        for _ in range(pictures):
            one.send()
        said = one.session.command("finish") if end == "finish" else one.session.close()
        with History() as history:
            return said, [stored for _, stored in history.list_sets(history.find_first_person())]

    return practise


def test_a_set_before_a_camera_is_stored_as_it_is_shown(kept):
    said, [stored] = kept(100, is_sample=False)
    assert stored.movement_id == HINGE
    assert stored.held_s == pytest.approx(said["held"]["total_s"], abs=0.06)
    assert stored.valid_s == pytest.approx(said["held"]["valid_s"], abs=0.06)
    assert stored.repetitions == said["repetitions"]["done"]


def test_a_clip_leaves_nothing(kept):
    _, stored = kept(100, is_sample=True)
    assert stored == []


def test_a_set_that_never_began_leaves_nothing(kept):
    _, stored = kept(0, is_sample=False)
    assert stored == []


def test_a_set_that_is_left_in_the_middle_is_stored(kept):
    _, [stored] = kept(100, end="close", is_sample=False)
    assert stored.held_s > 1


@pytest.mark.parametrize("ends", ["summary", "page is gone"])
def test_a_set_is_stored_once(live, ends):
    stored = []
    one = live(track("hinge_good"), is_sample=False)
    one.session._keep_set = lambda *practised: stored.append(practised)
    one.send_all()
    if ends == "summary":
        one.session.command("finish")
    one.session.close()
    assert len(stored) == 1
