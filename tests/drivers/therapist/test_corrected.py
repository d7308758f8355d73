"""Corrections beside a result: kept whole or not at all, judged again, never in what was measured."""

from __future__ import annotations

import json
from datetime import date

import pytest

from formcheck.core.errors import MovementFileError, SourceError
from formcheck.drivers.recording.check import check_recording
from formcheck.drivers.recording.judge import judge_poses
from formcheck.drivers.therapist import judged_again
from formcheck.drivers.therapist.corrected import (
    CORRECTED,
    CORRECTIONS,
    add_correction,
    keep_prescription,
    load_corrections,
    load_kept,
    load_measured,
    load_shown,
    load_shown_frames,
    take_back_last,
)
from formcheck.drivers.therapist.export import export_result
from formcheck.program.therapist.prescription import write_prescription

HINGE = "hamstring_hinge_standing"
ME = "A. Therapist"


@pytest.fixture
def result(tmp_path, checkout):
    folder = tmp_path / "result"
    check_recording(checkout / "tests" / "data" / "hinge_knee_bent.parquet", movement=HINGE, out=folder)
    return folder


def reject_all(folder):
    """Reject every fault that was reported; return the last summary and how many there were."""
    faults = load_measured(folder).faults
    for fault in faults:
        found = add_correction(folder, "reject_fault", by=ME, fault=fault.id, from_s=fault.from_s)
    return found, len(faults)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_what_was_measured_is_never_touched(result):
    before = contents(result)
    fault = load_measured(result).faults[0]
    add_correction(result, "reject_fault", by=ME, fault=fault.id, from_s=fault.from_s)
    add_correction(result, "cut_span", by=ME, from_s=0.0, to_s=1.0)
    after = contents(result)
    assert set(after) - set(before) == {CORRECTIONS, CORRECTED}
    assert {name: after[name] for name in before} == before


def test_a_rejected_fault_and_its_return(result):
    found, count = reject_all(result)
    assert (found.verdict, load_shown(result).verdict) == ("ok", "ok")
    entries = load_corrections(result).entries
    assert [(entry.by, entry.at_utc.utcoffset().total_seconds()) for entry in entries] == [(ME, 0)] * count
    returned = [take_back_last(result, by=ME) for _ in range(count)]
    assert returned[-1] == load_measured(result)
    with pytest.raises(SourceError, match="expected a correction to take back, got none"):
        take_back_last(result, by=ME)


def test_a_joint_put_right_changes_the_angle_that_it_belongs_to(result):
    measured = load_measured(result)
    side = measured.repetitions[0].side
    hold = measured.repetitions[0]
    at_s = (hold.hold_start_s + hold.hold_end_s) / 2
    found = add_correction(result, "move_joint", by=ME, landmark=f"{side}_knee", at_s=at_s, x_px=0.0, y_px=0.0)
    name = f"knee_{side}_deg"
    assert found.measurements[name].p05 < measured.measurements[name].p05 - 20
    elbows = [one.measurements[f"elbow_{side}_deg"].median for one in (found, measured)]
    assert elbows[0] == pytest.approx(elbows[1], abs=0.1)


def test_a_span_that_is_cut_out_is_not_judged(result):
    measured = load_measured(result)
    found = add_correction(result, "cut_span", by=ME, from_s=0.0, to_s=measured.source.duration_s)
    assert found.repetitions == []
    assert found.verdict == "cannot_tell"


def test_a_correction_does_not_change_the_side_asked_for(tmp_path, checkout):
    folder = tmp_path / "result"
    measured = check_recording(
        checkout / "tests" / "data" / "hinge_good.parquet", movement=HINGE, out=folder, side="left"
    )
    found = add_correction(folder, "cut_span", by=ME, from_s=0.0, to_s=0.2)
    assert [one.side for one in found.repetitions] == [one.side for one in measured.repetitions]


def test_another_neutral_moment_is_taken_from_there(result):
    measured = load_measured(result)
    found = add_correction(result, "set_neutral", by=ME, at_s=0.5)
    assert found.measurements["back_bend_deg"].median == pytest.approx(
        measured.measurements["back_bend_deg"].median, abs=8
    )  # the same quiet start, seen a little earlier
    late_s = measured.repetitions[0].hold_start_s + 1.0
    bent = add_correction(result, "set_neutral", by=ME, at_s=late_s)
    assert abs(bent.measurements["back_bend_deg"].in_hold_median) < 8  # against itself nothing bends


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("reject_fault", {"fault": "wings", "from_s": 1}),
        ("set_neutral", {"at_s": 1e5}),
        ("move_joint", {"landmark": "left_knee"}),
    ],
)
def test_a_wrong_correction_leaves_nothing_behind(result, kind, about):
    before = contents(result)
    with pytest.raises(SourceError) as raised:
        add_correction(result, kind, by=ME, **about)
    assert "\n" not in str(raised.value)
    assert contents(result) == before


def test_a_damaged_list_is_refused_and_kept(result):
    (result / CORRECTIONS).write_text('{"schema_version": 1', "utf-8")
    with pytest.raises(SourceError, match="expected the corrections of a result, got a damaged file"):
        load_corrections(result)
    assert (result / CORRECTIONS).read_text("utf-8") == '{"schema_version": 1'


def test_a_list_of_another_recording_is_refused(result):
    add_correction(result, "cut_span", by=ME, from_s=0.0, to_s=0.5)
    document = json.loads((result / CORRECTIONS).read_text("utf-8"))
    (result / CORRECTIONS).write_text(json.dumps({**document, "recording_sha256": "1" * 64}), "utf-8")
    with pytest.raises(SourceError, match="expected corrections of this recording"):
        load_corrections(result)


def test_an_export_says_what_the_corrected_result_says(result):
    reject_all(result)
    bundle = json.loads(export_result(result, to="fhir", patient="A-17").read_text("utf-8"))
    (verdict,) = [
        one["resource"] for one in bundle["entry"]
        if one["resource"].get("code", {}).get("coding", [{}])[0].get("code") == "verdict"
    ]  # fmt: skip
    assert verdict["valueCodeableConcept"]["coding"][0]["code"] == "ok"
    assert "component" not in verdict


def prescribe(limits):
    own = {"movement": HINGE, "limits": limits}
    return write_prescription({"patient": "A-17", "written_on": date(2026, 11, 29)}, [own])


def test_a_prescription_beside_a_result_is_what_it_is_judged_by(result):
    before = contents(result)
    found = keep_prescription(result, prescribe({"stretch_knee": {"target": [110, 190], "warn": [100, 200]}}))
    assert [fault.id for fault in found.shown.faults] == ["early_release"]
    assert (found.shown.verdict, found.measured.verdict) == ("ok", "warn")
    assert load_shown(result) == found.shown
    with pytest.raises(MovementFileError):
        keep_prescription(result, b"schema_version = 1")
    assert load_kept(result) == found.prescription
    assert keep_prescription(result, None).shown == found.measured
    assert {name: content for name, content in contents(result).items() if name in before} == before


def test_poses_are_judged_again_once_for_what_touches_them(result, monkeypatch):
    judged = []
    monkeypatch.setattr(judged_again, "judge_poses", lambda *a, **k: judged.append(1) or judge_poses(*a, **k))
    fault = load_measured(result).faults[0]
    add_correction(result, "cut_span", by=ME, from_s=0.0, to_s=0.4)
    add_correction(result, "accept_fault", by=ME, fault=fault.id, from_s=fault.from_s)
    add_correction(result, "note", by=ME, at_s=1.0, text="look")
    assert load_shown(result).verdict == "warn"
    assert len(judged) == 1
    add_correction(result, "cut_span", by=ME, from_s=0.5, to_s=0.6)
    assert len(judged) == 2


def test_the_table_of_frames_follows_a_joint(result):
    measured = load_measured(result)
    hold = measured.repetitions[0]
    at_s = (hold.hold_start_s + hold.hold_end_s) / 2
    name = f"knee_{hold.side}_deg"
    before = load_shown_frames(result)
    add_correction(result, "move_joint", by=ME, landmark=f"{hold.side}_knee", at_s=at_s, x_px=0.0, y_px=0.0)
    after = load_shown_frames(result)
    assert list(after.columns) == list(before.columns)
    near = (after["time_s"] - at_s).abs() < 0.1
    assert (after.loc[near, name] < before.loc[near, name] - 20).any()
    far = (after["time_s"] - at_s).abs() > 2
    assert after.loc[far, name].sub(before.loc[far, name]).abs().max() < 0.5


def test_only_a_correction_that_holds_is_taken_back(result):
    with pytest.raises(SourceError, match="expected a correction that holds"):
        add_correction(result, "take_back", by=ME, of="0" * 16)
