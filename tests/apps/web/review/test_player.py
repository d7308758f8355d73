"""A result in the player: holds, phases and what it says where nothing was found."""

from __future__ import annotations

from formcheck.apps.web.review.player import collect_player_data, hold_parts, split_phases
from formcheck.core.summary.schema import RunSummary

from ...conftest import hand_made_summary


def test_hold_is_cut_where_its_clock_paused():
    parts = hold_parts(RunSummary.model_validate(hand_made_summary()).repetitions, {"back_rounding": "back rounding"})
    assert [(part["from_s"], part["to_s"], part["paused"]) for part in parts] == [
        (4.0, 5.5, ""),
        (5.5, 7.2, "back rounding"),
        (7.2, 8.5, ""),
    ]


def test_phase_without_a_name_is_absent():
    parts = split_phases([0.0, 1.0, 2.0], ["setup", None, float("nan")])
    assert [part["name"] for part in parts] == ["setup", "absent"]


def test_nothing_is_praised_where_nothing_could_be_judged():
    summary = {**hand_made_summary(), "verdict": "cannot_tell"}
    data = collect_player_data(
        video_url="", summary=RunSummary.model_validate(summary), phases=[], faults=[], pauses={}
    )
    assert data["nothing"]["state"] == "cannot_tell"
