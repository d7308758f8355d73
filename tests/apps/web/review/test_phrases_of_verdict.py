"""A summary in words, and on the timeline."""

from __future__ import annotations

from formcheck.apps.web.review.player import collect_player_data, hold_parts, split_phases
from formcheck.core.movement.load import load_movement
from formcheck.core.summary.phrases import list_marks, say_verdict
from formcheck.core.summary.schema import RunSummary

from ...conftest import MOVEMENT, hand_made_summary


def test_verdict_says_good_to_work_on_and_unseen():
    verdict = say_verdict(RunSummary.model_validate(hand_made_summary()), load_movement(MOVEMENT))
    assert verdict.headline == "Something to work on"
    assert [state for state, _ in verdict.work_on] == ["fix", "warn"]
    assert len(verdict.good) == 1
    assert verdict.unseen == ["Supporting knee: hidden by the near leg"]
    assert ("Held", "3 of 20 s in good form") in verdict.facts


def test_verdict_of_a_recording_without_anybody_is_kind():
    summary = {**hand_made_summary(), "faults": [], "checks": [], "repetitions": [], "verdict": "cannot_tell"}
    summary["view"] |= {"kind": "unknown", "verdict": "refused", "reasons": ["nobody is seen"], "codes": ["unseen"]}
    summary["why_code"] = "no_repetition"
    verdict = say_verdict(RunSummary.model_validate(summary), load_movement(MOVEMENT))
    assert verdict.headline == "Cannot tell from this recording"
    assert verdict.unseen == ["Nobody is seen"]


def test_marks_come_gravest_first_with_value_and_limit():
    faults = list_marks(RunSummary.model_validate(hand_made_summary()), load_movement(MOVEMENT))
    assert [fault.from_s for fault in faults] == [5.5, 6.4]
    assert faults[0].detail == "14 % ± 4 (limit 6 %)"


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


def test_photograph_tells_no_times():
    source = {**hand_made_summary()["source"], "frames": 1}
    verdict = say_verdict(RunSummary.model_validate({**hand_made_summary(), "source": source}), load_movement(MOVEMENT))
    assert verdict.facts == [("Photograph", "posture only, no times")]


def test_checks_that_share_a_reason_share_a_line():
    reason = {"ok_share": 0, "warn_share": 0, "fix_share": 0, "cannot_tell_share": 1, "reason": "the camera is oblique"}
    checks = [{"id": "stretch_knee", **reason}, {"id": "support_knee", **reason}]
    verdict = say_verdict(RunSummary.model_validate({**hand_made_summary(), "checks": checks}), load_movement(MOVEMENT))
    assert verdict.unseen == ["Stretched knee, supporting knee: the camera is oblique"]


def test_nothing_is_praised_where_nothing_could_be_told():
    summary = {**hand_made_summary(), "verdict": "cannot_tell"}
    data = collect_player_data(
        video_url="", summary=RunSummary.model_validate(summary), phases=[], faults=[], pauses={}
    )
    assert data["nothing"]["state"] == "cannot_tell"
