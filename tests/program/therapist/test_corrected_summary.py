"""A verdict follows a person's corrections of faults and holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from formcheck.core.movement.load import load_movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.summary.schema import ModelRecord, SourceRecord
from formcheck.core.summary.summariser import summarise
from formcheck.program.therapist.corrected_summary import correct_summary
from formcheck.program.therapist.corrections import make_correction
from formcheck.sources.pose_track import open_track

HINGE = "hamstring_hinge_standing"
NOW = datetime(2026, 11, 29, tzinfo=UTC)


def make(kind, number=0, **about):
    return make_correction(kind, entry_id=f"{number:08x}", by="A", at_utc=NOW, **about)


@pytest.fixture(scope="module")
def movement():
    return load_movement(HINGE)


@pytest.fixture(scope="module")
def judge(checkout, movement):
    """Return a function that gives the summary of a saved track."""

    def summary_of(name):
        track = open_track(checkout / "tests" / "data" / f"{name}.parquet")
        source = SourceRecord(name=name, sha256="0", width=640, height=480, fps=15, duration_s=20, frames=track.frames)
        model = ModelRecord(name="full", sha256="0")
        results = run(track, FormChecker(movement))
        return summarise(results, movement, source=source, model=model, formcheck_version="0", created_utc="")

    return summary_of


def reject_all(summary):
    return [make("reject_fault", n, fault=one.id, from_s=one.from_s) for n, one in enumerate(summary.faults)]


def test_without_corrections_nothing_changes(judge, movement):
    summary = judge("hinge_knee_bent")
    assert correct_summary(summary, movement, []) == summary


def test_who_judges_a_fault_last_decides(judge, movement):
    summary = judge("hinge_knee_bent")
    rejected = reject_all(summary)
    accepted = [make("accept_fault", 90 + n, fault=one.id, from_s=one.from_s) for n, one in enumerate(summary.faults)]
    assert correct_summary(summary, movement, [*rejected, *accepted]).faults == summary.faults
    assert correct_summary(summary, movement, [*accepted, *rejected]).faults == []
    assert correct_summary(summary, movement, [*rejected, *accepted]).verdict == summary.verdict


def test_a_rejected_fault_no_longer_decides(judge, movement):
    summary = judge("hinge_knee_bent")
    assert (summary.verdict, summary.why_about) == ("warn", "stretch_knee_bent")
    found = correct_summary(summary, movement, reject_all(summary))
    assert (found.verdict, found.faults) == ("ok", [])
    assert found.measurements == summary.measurements  # what was measured stays


def test_an_accepted_fault_stays(judge, movement):
    summary = judge("hinge_knee_bent")
    one = summary.faults[0]
    found = correct_summary(summary, movement, [make("accept_fault", fault=one.id, from_s=one.from_s)])
    assert found == summary


def test_another_start_is_another_fault(judge, movement):
    summary = judge("hinge_knee_bent")
    one = summary.faults[0]
    found = correct_summary(summary, movement, [make("reject_fault", fault=one.id, from_s=one.from_s + 0.5)])
    assert found.faults == summary.faults


def test_an_added_fault_decides(judge, movement):
    summary = judge("hinge_good")
    assert summary.verdict == "ok"
    found = correct_summary(summary, movement, [make("add_fault", fault="back_rounding", from_s=6, to_s=7.5)])
    assert (found.verdict, found.why_about) == ("fix", "back_rounding")
    (fault,) = [one for one in found.faults if one.id == "back_rounding"]
    assert (fault.from_s, fault.to_s, fault.value, fault.severity) == (6.0, 7.5, None, "fix")
    assert "Hinge at your hips" in found.why


def test_a_moved_edge_changes_hold_and_dose(judge, movement):
    summary = judge("hinge_good")
    first = summary.repetitions[0]
    later_s = first.hold_start_s + 1.0
    found = correct_summary(summary, movement, [make("move_hold", repetition=1, edge="start", to_s=later_s)])
    assert found.repetitions[0].held_s == pytest.approx(first.held_s - 1.0, abs=2e-3)
    assert found.dose.held_s == pytest.approx(summary.dose.held_s - 1.0, abs=2e-3)
    assert found.dose.hold_s.done == pytest.approx(found.repetitions[0].valid_hold_s, abs=2e-3)


def test_a_hold_never_ends_before_it_begins(judge, movement):
    summary = judge("hinge_good")
    found = correct_summary(summary, movement, [make("move_hold", repetition=1, edge="end", to_s=0.0)])
    assert found.repetitions[0].held_s == 0.0
    assert found.repetitions[0].valid_hold_s == 0.0


def test_a_hold_counts_while_its_rejected_fault_paused_it(judge, movement):
    summary = judge("hinge_back_rounding")
    before = summary.repetitions[0]
    assert {pause.check for pause in before.pauses} & {"back", "back_rounding"}
    assert before.valid_hold_s < before.held_s - 1
    mine = [one for one in summary.faults if one.id == "back_rounding"]
    found = correct_summary(
        summary, movement, [make("reject_fault", n, fault=one.id, from_s=one.from_s) for n, one in enumerate(mine)]
    )
    after = found.repetitions[0]
    assert after.pauses == []
    assert after.valid_hold_s == pytest.approx(after.held_s)
    assert (after.hold_start_s, after.hold_end_s) == (before.hold_start_s, before.hold_end_s)
    assert found.dose.hold_s.done == pytest.approx(after.valid_hold_s, abs=2e-3)


def test_a_repetition_without_a_hold_has_no_time_to_count(judge, movement):
    """A hold that was taken back leaves its pauses; they go with the rejected fault, and no time comes back."""
    summary = judge("hinge_back_rounding")
    no_hold = dict.fromkeys(("hold_start_s", "hold_end_s", "held_s", "valid_hold_s"))
    one = summary.repetitions[0].model_copy(update=no_hold)
    found = correct_summary(summary.model_copy(update={"repetitions": [one]}), movement, reject_all(summary))
    assert one.pauses
    assert found.repetitions == [one.model_copy(update={"pauses": []})]
    assert (found.dose.hold_s.done, found.dose.held_s) == (0.0, 0.0)
