"""The line of Today about the last day of practice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from formcheck.drivers.history.history import History
from formcheck.drivers.history.last_practice import SHOWN_FOR_DAYS, describe_last_day, describe_last_practice

from .test_history import A_SET, HINGE, MONDAY

EVENING = datetime(2026, 11, 30, 21, tzinfo=timezone(timedelta(hours=1)))
NAME = "Standing hamstring stretch"


def practised(days_ago=0, **changes):
    return replace(
        A_SET, **{"begun": EVENING - timedelta(days=days_ago), "movement_id": HINGE, "valid_s": 4.4, **changes}
    )


@pytest.mark.parametrize(
    ("days_ago", "text"),
    [
        (0, f"Earlier today: {NAME}, 4 s held."),
        (1, f"Yesterday: {NAME}, 4 s held."),
        (5, f"5 days ago: {NAME}, 4 s held."),
    ],
)
def test_last_day_is_named(days_ago, text):
    assert describe_last_day([practised(days_ago)], EVENING) == {"days_ago": days_ago, "text": text}


def test_sides_of_one_stretch_count_together():
    sets = [practised(1, valid_s=10.0), practised(1, side="right", valid_s=12.0)]
    assert describe_last_day(sets, EVENING)["text"] == f"Yesterday: {NAME}, 22 s held."


def test_several_movements_are_counted_and_the_last_is_named():
    sets = [practised(3), practised(1, movement_id="plank"), practised(1, movement_id="cat_cow"), practised(1)]
    assert describe_last_day(sets, EVENING)["text"] == f"Yesterday: {NAME} and 2 more."


@pytest.mark.parametrize("valid_s", [None, 0.0, 0.4])
def test_nothing_held_is_not_counted(valid_s):
    assert describe_last_day([practised(1, valid_s=valid_s)], EVENING)["text"] == f"Yesterday: {NAME}."


def test_day_is_that_of_the_person():
    late = practised(begun=datetime(2026, 11, 29, 23, 30, tzinfo=UTC))  # 0:30 of the 30th there
    assert describe_last_day([late], EVENING)["days_ago"] == 0


@pytest.mark.parametrize(
    "sets",
    [
        pytest.param([], id="nothing"),
        pytest.param([practised(SHOWN_FOR_DAYS + 1)], id="long ago"),
        pytest.param([practised(-2)], id="clock set back"),
        pytest.param([practised(1, movement_id="own_gone")], id="own movement that is gone"),
    ],
)
def test_without_a_known_day_there_is_no_line(sets):
    assert describe_last_day(sets, EVENING) is None


def test_line_comes_from_the_history(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    assert describe_last_practice(MONDAY) is None
    with History() as history:
        person = history.find_first_person()
        assert describe_last_practice(MONDAY) is None
        session = history.begin_session(person, MONDAY)
        history.add_set(session, replace(A_SET, begun=MONDAY, movement_id=HINGE, valid_s=20.0))
    assert describe_last_practice(MONDAY + timedelta(days=1))["text"] == f"Yesterday: {NAME}, 20 s held."


def test_broken_history_costs_only_the_line(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    with History() as history:
        path = history.path
    path.write_bytes(b"no database" * 1000)
    assert describe_last_practice(MONDAY) is None
