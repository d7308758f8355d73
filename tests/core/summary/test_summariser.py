"""From hand-made results to the summary, and from the summary to the verdict's sentence."""

import json
import math
from dataclasses import replace

import pytest

from formcheck.core.camera.framing import Framing
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import (
    NOT_JUDGED,
    ActiveFault,
    Assessment,
    FaultFinding,
    Feedback,
    Finding,
    HoldState,
    PhaseState,
    PoseFrame,
    Repetition,
    StepResult,
    Value,
)
from formcheck.core.summary.phrases import describe_why, say_verdict
from formcheck.core.summary.schema import (
    CheckRecord,
    DosePart,
    DoseRecord,
    FaultRecord,
    JudgedRecord,
    MeasurementRecord,
    ModelRecord,
    MovementRecord,
    RecognisedRecord,
    RepetitionRecord,
    RunSummary,
    SidesRecord,
    SourceRecord,
    SpanRecord,
    WhyCode,
    make_summary_row,
)
from formcheck.core.summary.summariser import Summariser, summarise
from formcheck.core.summary.verdict import decide_verdict, is_part_done, judge_check, judge_view

SOURCE = SourceRecord(name="a.mp4", sha256="0", width=640, height=480, fps=30, duration_s=4, frames=4)
ABOUT = {"model": ModelRecord(name="full", sha256="1"), "formcheck_version": "0.1", "created_utc": "now"}


@pytest.fixture(scope="session")
def result(figures, make_measured):
    """Build one result; what is not given is an uneventful hold."""

    def build(time_s, *, seen=True, name="hold", findings=(), active=(), hold=None, **changes):
        faults, reasons = changes.pop("faults", {}), changes.pop("reasons", {})
        values = {"yaw_deg": 3.0} | changes.pop("values", {})
        pose = (
            figures.make(time_s=time_s, people=changes.pop("people", 1))
            if seen
            else PoseFrame.nobody(time_s, figures.SIZE)
        )
        phase = PhaseState(name, 0.0, changes.pop("side", None), "right" if seen else None, **changes)
        m = make_measured(time_s, **values) if seen else make_measured(time_s)
        return StepResult(
            pose,
            m,
            phase,
            Assessment(
                time_s,
                name,
                tuple(findings),
                {one: FaultFinding(present=met, reason=reasons.get(one)) for one, met in faults.items()},
            ),
            Feedback(None, "", None, 0.0, tuple(active), hold),
        )

    return build


def summary_of(results, movement, source=SOURCE):
    return summarise(results, movement, source=source, **ABOUT)


HIDDEN = Reason(ReasonCode.LANDMARK_HIDDEN, "left_knee")


def knee(status, value=170.0, reason=None):
    return Finding("knee", status, value, 165, 190, 9.0, reason)


DONE = Repetition(1, "left", 0.0, hold_start_s=1.0, hold_end_s=3.0, end_s=3.5, counts=True)


# What is gathered -----------------------------------------------------------------------------------------------------


def test_of_nothing_there_is_a_summary_too(make_movement):
    summary = summary_of([], make_movement())
    assert (summary.verdict, summary.why) == (
        "cannot_tell",
        "Nobody was seen in the recording. Try: Step into the picture.",
    )
    assert (summary.seen_share, summary.view.kind, summary.view.verdict) == (0, "unknown", "refused")
    assert summary.repetitions == summary.faults == summary.checks == []


def test_who_was_seen_how_often(result, make_movement):
    summary = summary_of(
        [result(0.0), result(1.0, seen=False, name="absent"), result(2.0), result(3.0)], make_movement()
    )
    assert summary.seen_share == 0.75
    assert summary.view.near == "right"
    assert summary.view.yaw_deg == 3


def test_a_closing_result_of_the_same_time_is_not_counted_twice(result, make_movement):
    twice = [result(0.0), result(1.0, values={"knee_left_deg": 170}), result(1.0, values={"knee_left_deg": 90})]
    assert summary_of(twice, make_movement()).measurements["knee_left_deg"].median == 170


def test_measurements_as_median_and_spread_and_in_the_hold(result, make_movement):
    values = [100.0, 110.0, 120.0, 130.0]
    results = [result(t, name="hold" if t > 1 else "move", values={"knee_left_deg": v}) for t, v in enumerate(values)]
    record = summary_of(results, make_movement()).measurements["knee_left_deg"]
    assert (record.unit, record.median, record.in_hold_median, record.uncertainty) == ("deg", 115, 125, 1)
    assert (record.p05, record.p95) == (101.5, 128.5)
    outside = summary_of([result(0.0, name="move", values={"knee_left_deg": 1.0})], make_movement())
    assert outside.measurements["knee_left_deg"].in_hold_median is None


@pytest.mark.parametrize(
    ("each", "uncertainty"),
    [((2.0, 4.0, 9.0), 4.0), ((2.0, math.nan, 4.0), 3.0), ((math.nan, math.nan, math.nan), 0.0)],
)
def test_uncertainty_is_the_median_of_those_known(result, make_movement, each, uncertainty):
    results = []
    for t, width in enumerate(each):
        one = result(float(t))
        values = {**one.measurements.values, "knee_left_deg": Value(170.0, width)}
        results.append(replace(one, measurements=replace(one.measurements, values=values)))
    assert summary_of(results, make_movement()).measurements["knee_left_deg"].uncertainty == uncertainty


def test_checks_as_shares_with_the_commonest_reason(result, make_movement):
    findings = [
        knee("ok"),
        knee("warn", 160.0),
        knee("cannot_tell", math.nan, HIDDEN),
        knee("cannot_tell", 166.0, Reason(ReasonCode.TOO_CLOSE_TO_LIMIT)),
    ]
    findings += [knee("cannot_tell", math.nan, HIDDEN)]
    (check,) = summary_of([result(t, findings=[f]) for t, f in enumerate(findings)], make_movement()).checks
    assert (check.ok_share, check.warn_share, check.fix_share, check.cannot_tell_share) == (0.2, 0.2, 0, 0.6)
    assert check.reason == "left knee hidden from the camera"
    assert (check.reason_code, check.reason_landmark) == (ReasonCode.LANDMARK_HIDDEN, "left_knee")
    assert (check.value, check.uncertainty) == (166, 9)  # the median of 160, 166, 170


def test_a_check_of_which_no_value_is_known_has_none(result, make_movement):
    (check,) = summary_of([result(0.0, findings=[knee("cannot_tell", math.nan, HIDDEN)])], make_movement()).checks
    assert (check.value, check.uncertainty) == (None, None)


def test_a_check_over_a_repetition_counts_when_it_ends(result, make_movement):
    movement = make_movement()
    whole = movement.measures["knee"].model_copy(update={"reduce": "range"})
    movement = movement.model_copy(update={"measures": {"knee": whole}})
    running = [result(t, findings=[knee("fix")], repetition=DONE) for t in range(3)]
    ended = result(3.0, findings=[knee("ok")], ended=DONE)
    (check,) = summary_of([*running, ended], movement).checks
    assert check.ok_share == 1


def test_a_fault_is_one_record_from_its_beginning_to_its_end(result, make_movement):
    fault = ActiveFault("rounding", "fix", 0.5, 1.0, 50.0, 40.0, "deg", 8.0)
    later = replace(fault, said_s=2.0, value=60.0)
    results = [
        result(1.0, active=[fault], repetition=DONE, side="left"),
        result(2.0, active=[later], repetition=DONE, side="left"),
    ]
    (record,) = summary_of(results, make_movement()).faults
    assert (record.from_s, record.to_s, record.value, record.limit, record.uncertainty) == (0.5, 2.0, 60, 40, 8)
    assert (record.repetition, record.side, record.cue) == (1, "left", "Keep your back long")


@pytest.mark.parametrize(
    ("yaw_deg", "lasted_s", "kept"),
    [
        pytest.param(8.0, 0.4, True, id="side-on: a moment is enough for a rule that asks for no more"),
        pytest.param(40.0, 0.4, False, id="too far round: a reading at the limit came and went"),
        pytest.param(40.0, 1.2, True, id="too far round, but seen for more than a second"),
    ],
)
def test_a_moment_of_a_fault_from_too_far_round_is_left_out(result, make_movement, yaw_deg, lasted_s, kept):
    fault = ActiveFault("rounding", "fix", 1.0, 1.0 + lasted_s, 50.0, 40.0, "deg", 8.0)
    results = [result(t / 5, active=[fault] if t == 10 else [], values={"yaw_deg": yaw_deg}) for t in range(20)]
    summary = summary_of(results, make_movement())
    assert [f.id for f in summary.faults] == (["rounding"] if kept else [])
    assert (summary.verdict == "fix") == kept


def test_faults_stand_in_order_of_time_then_of_gravity(result, make_movement):
    bent = ActiveFault("knee_bent", "adjust", 1.0, 2.0, math.nan, 155.0, "deg", math.nan)
    rounding = ActiveFault("rounding", "fix", 1.0, 2.0, 50.0, 40.0, "deg", 8.0)
    early = replace(bent, from_s=0.0)
    records = summary_of([result(2.0, active=[bent, rounding, early])], make_movement()).faults
    assert [(f.id, f.from_s) for f in records] == [("knee_bent", 0), ("rounding", 1), ("knee_bent", 1)]
    assert (records[0].value, records[0].uncertainty, records[0].repetition) == (None, None, None)


def hold_results(result, paused=(), *, reported=True):
    """Four seconds at ten pictures a second; the clock runs in the hold from 1 to 3 s.

    The end is noticed after 3.2 s; then the clock goes back to it.
    """
    results, valid, at_end = [], 0.0, 0.0
    for i in range(40):
        t = i / 10
        running = replace(DONE, hold_start_s=1.0 if t >= 1 else None, hold_end_s=3.0 if t > 3.2 else None, end_s=None)
        stopped = "rounding" if any(a <= t < b for a, b in paused) else ""
        valid += 0.1 if 1 < t <= 3.2 and not stopped else 0
        active = [ActiveFault("rounding", "fix", t, t, 50.0, 40.0, "deg", 8.0)] if stopped and reported else []
        at_end = valid if t <= 3 else at_end
        hold = HoldState(round(valid if t <= 3.2 else at_end, 3), 20, stopped)
        results.append(result(t, repetition=running, side="left", hold=hold, active=active))
    return [*results, result(4.0, name="setup", ended=replace(DONE, end_s=4.0), side="left")]


def test_a_repetition_with_its_hold_and_what_of_it_was_valid(result, make_movement):
    summary = summary_of(hold_results(result), make_movement())
    (record,) = summary.repetitions
    assert (record.start_s, record.hold_start_s, record.hold_end_s, record.end_s) == (0, 1, 3, 4)
    assert record.valid_hold_s == pytest.approx(2.0)  # not the 0.2 s that ran on until the end was noticed
    assert record.pauses == []
    assert (summary.dose.hold_s.target, summary.dose.hold_s.done) == (20, 2.0)
    assert (summary.dose.repetitions.target, summary.dose.repetitions.done) == (2, 1)
    assert (summary.dose.sides.left_s, summary.dose.sides.right_s) == (2, 0)


def test_pauses_are_joined_over_blinks_and_kept_apart_over_more(result, make_movement):
    summary = summary_of(hold_results(result, paused=[(1.2, 1.5), (1.7, 1.9), (2.5, 2.7)]), make_movement())
    (record,) = summary.repetitions
    assert [(p.check, p.from_s, p.to_s) for p in record.pauses] == [("rounding", 1.2, 1.8), ("rounding", 2.5, 2.6)]
    assert record.valid_hold_s == pytest.approx(1.3)


def test_a_pause_for_what_was_not_reported_is_no_pause(result, make_movement):
    """A fault that showed for a moment is not in the list of faults, so nothing else speaks of it."""
    summary = summary_of(hold_results(result, paused=[(2.5, 2.7)], reported=False), make_movement())
    assert (summary.faults, summary.repetitions[0].pauses) == ([], [])


def test_a_hold_that_runs_at_the_end_of_the_recording_ends_there(result, make_movement):
    running = Repetition(1, None, 0.0, hold_start_s=1.0, counts=True)
    (record,) = summary_of([result(t, repetition=running) for t in range(5)], make_movement()).repetitions
    assert (record.hold_end_s, record.end_s, record.valid_hold_s) == (4, 4, 0)


def test_what_did_not_go_far_enough_is_no_repetition(result, make_movement):
    assert summary_of([result(0.0, repetition=replace(DONE, counts=False))], make_movement()).repetitions == []


def test_a_repetition_without_a_hold_has_no_valid_time(result, make_movement):
    (record,) = summary_of(
        [result(1.0, ended=Repetition(1, None, 0.0, end_s=1.0, counts=True))], make_movement()
    ).repetitions
    assert (record.hold_start_s, record.hold_end_s, record.valid_hold_s) == (None, None, None)


def test_a_still_picture_has_no_dose(result, make_movement):
    dose = summary_of([result(0.0, still=True)], make_movement()).dose
    assert (dose.hold_s.done, dose.repetitions.done) == (None, None)


def test_it_becomes_json_without_nan(result, make_movement):
    summary = summary_of(hold_results(result), make_movement())
    text = summary.model_dump_json()
    assert "NaN" not in text
    assert json.loads(text)["movement"] == {
        "id": "bow",
        "name": "Bow",
        "version": 3,
        "sha256": make_movement().sha256,
    }


def test_summariser_and_summarise_agree(result, make_movement):
    gathered = Summariser(make_movement())
    for one in hold_results(result):
        gathered.add(one)
    assert gathered.summary(source=SOURCE, **ABOUT) == summary_of(hold_results(result), make_movement())
    assert gathered.frames == 41


# The view -------------------------------------------------------------------------------------------------------------

GOOD = Framing(yaw_deg=5.0, person_share=0.7, crowded_share=0.0, near="left", fps=30.0)
SLOW = "too few pictures a second (about 8) to measure speed, bounce, stillness and hesitation"
TURNED = (
    "This cannot be judged from here: the camera is about 40° away from a side view. "
    "Try: Turn your left side to the camera."
)


@pytest.mark.parametrize(
    ("changes", "kind", "verdict", "reasons"),
    [
        pytest.param({}, "side", "ok", [], id="side-on and whole"),
        pytest.param(
            {"yaw_deg": 20.0},
            "side",
            "degraded",
            ["the camera is about 20° away from a side view"],
            id="a little turned",
        ),
        pytest.param(
            {"yaw_deg": 40.0},
            "oblique",
            "refused",
            ["the camera is about 40° away from a side view"],
            id="turned",
        ),
        pytest.param(
            {"yaw_deg": 80.0},
            "front",
            "refused",
            ["the camera is about 80° away from a side view"],
            id="from the front",
        ),
        pytest.param(
            {"person_share": 0.3}, "side", "degraded", ["you are rather small in the picture"], id="rather small"
        ),
        pytest.param({"person_share": 0.2}, "side", "refused", ["you are small in the picture"], id="small"),
        pytest.param({"fps": 8.0}, "side", "degraded", [SLOW], id="slow pictures"),
        pytest.param({"fps": 0.0}, "side", "ok", [], id="a photograph has no rate"),
        pytest.param(
            {"crowded_share": 0.6},
            "side",
            "degraded",
            ["two people are in the picture; one was followed"],
            id="a crowd",
        ),
        pytest.param({"yaw_deg": math.nan}, "unknown", "refused", ["nobody was seen"], id="nobody"),
        pytest.param(
            {"yaw_deg": 20.0, "person_share": 0.2},
            "side",
            "refused",
            ["you are small in the picture", "the camera is about 20° away from a side view"],
            id="refusals first",
        ),
    ],
)
def test_views(make_movement, changes, kind, verdict, reasons):
    view = judge_view(replace(GOOD, **changes), make_movement())
    assert (view.kind, view.verdict, view.reasons) == (kind, verdict, reasons)
    assert view.near == (None if kind == "unknown" else "left")


@pytest.mark.parametrize(
    ("camera", "changes", "verdict", "reasons"),
    [
        pytest.param("front", {"yaw_deg": 90.0}, "ok", [], id="face-on"),
        pytest.param("front", {"yaw_deg": 45.0}, "ok", [], id="half turned is enough"),
        pytest.param(
            "front",
            {"yaw_deg": 44.0},
            "refused",
            ["the camera is about 46° away from a front view"],
            id="more than half turned away",
        ),
        pytest.param(
            "front",
            {"yaw_deg": 5.0},
            "refused",
            ["the camera is about 85° away from a front view"],
            id="side-on",
        ),
        pytest.param("front", {"yaw_deg": 90.0, "person_share": 0.2}, "ok", [], id="folded towards the camera"),
        pytest.param(
            "front",
            {"yaw_deg": 90.0, "person_share": 0.15},
            "degraded",
            ["you are rather small in the picture"],
            id="folded and rather small",
        ),
        pytest.param(
            "front",
            {"yaw_deg": 90.0, "person_share": 0.12},
            "refused",
            ["you are small in the picture"],
            id="folded and small",
        ),
        pytest.param(
            "front",
            {"yaw_deg": 90.0, "fps": 8.0},
            "degraded",
            [SLOW],
            id="slow pictures from the front",
        ),
        *(pytest.param("any", {"yaw_deg": yaw}, "ok", [], id=f"any at {yaw}") for yaw in (0.0, 20.0, 40.0, 90.0)),
        pytest.param(
            "any",
            {"yaw_deg": 40.0, "person_share": 0.2},
            "refused",
            ["you are small in the picture"],
            id="any and small",
        ),
    ],
)
def test_views_of_movements_that_are_not_seen_from_the_side(make_movement, camera, changes, verdict, reasons):
    view = judge_view(replace(GOOD, **changes), make_movement(view={"camera": camera}))
    assert (view.verdict, view.reasons) == (verdict, reasons)


@pytest.mark.parametrize(("yaw_deg", "kind"), [(30.0, "side"), (31.0, "oblique"), (64.0, "oblique"), (65.0, "front")])
@pytest.mark.parametrize("camera", ["side", "front", "any"])
def test_the_view_is_called_alike_whatever_the_movement_asks_for(make_movement, camera, yaw_deg, kind):
    assert judge_view(replace(GOOD, yaw_deg=yaw_deg), make_movement(view={"camera": camera})).kind == kind


# The verdict ----------------------------------------------------------------------------------------------------------


def fault(fault_id, severity, cue):
    return FaultRecord(
        id=fault_id,
        severity=severity,
        cue=cue,
        from_s=1,
        to_s=2,
        repetition=1,
        side=None,
        value=1,
        unit="deg",
        limit=2,
        uncertainty=1,
    )


def dose_of(hold=(None, None), repetitions=(None, None)):
    hold, repetitions = (DosePart(target=target, done=done) for target, done in (hold, repetitions))
    return DoseRecord(hold_s=hold, repetitions=repetitions, sides=SidesRecord(left_s=0, right_s=0))


ALL_DONE = dose_of()


def check(check_id="knee", untold=0.0, reason="", out=0.0):
    return CheckRecord(
        id=check_id,
        ok_share=1 - untold - out,
        warn_share=out / 2,
        fix_share=out / 2,
        cannot_tell_share=untold,
        reason=reason,
    )


REPETITION = RepetitionRecord(
    index=1, side=None, start_s=0, hold_start_s=1, hold_end_s=2, end_s=3, valid_hold_s=1, pauses=[]
)
ROUNDING, BENT = fault("rounding", "fix", "Keep your back long"), fault("knee_bent", "adjust", "Straighten your knee")
HINT = fault("too_fast", "info", "Slow down, move smoothly")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, ("ok", "Nothing to correct was seen."), id="nothing to correct"),
        pytest.param(
            {"view": {"fps": 8.0}},
            (
                "ok",
                f"Nothing to correct was seen. {SLOW.capitalize()}.",
            ),
            id="not all could be judged from so few pictures",
        ),
        pytest.param({"faults": [HINT]}, ("ok", "Nothing to correct was seen."), id="a hint is nothing to correct"),
        pytest.param(
            {"faults": [BENT]}, ("warn", "Seen: the knee bending. Try: Straighten your knee."), id="to adjust"
        ),
        pytest.param(
            {"faults": [BENT, ROUNDING]},
            ("fix", "Seen: the back rounding. Try: Keep your back long."),
            id="the serious one speaks",
        ),
        pytest.param(
            {"checks": []}, ("cannot_tell", "Knee could not be judged: it was not seen long enough."), id="never judged"
        ),
        pytest.param(
            {"checks": [check(untold=0.6, reason="hidden")]},
            ("cannot_tell", "Knee could not be judged: hidden."),
            id="mostly unknown",
        ),
        pytest.param(
            {"checks": [check(), check("back", 0.9), check("head", 0.2)]},
            ("ok", "Nothing to correct was seen. 1 of 3 checks could not be judged."),
            id="another check unknown",
        ),
        pytest.param({"repetitions": []}, ("cannot_tell", "No complete repetition was seen."), id="no repetition"),
        pytest.param(
            {"view": {"yaw_deg": 40.0}},
            (
                "cannot_tell",
                TURNED,
            ),
            id="a refused view",
        ),
        pytest.param(
            {"view": {"yaw_deg": math.nan}},
            ("cannot_tell", "Nobody was seen in the recording. Try: Step into the picture."),
            id="nobody",
        ),
        pytest.param(
            {"view": {"yaw_deg": 40.0}, "faults": [ROUNDING]},
            ("fix", "Seen: the back rounding. Try: Keep your back long."),
            id="what was seen is said even so",
        ),
        pytest.param(
            {"view": {"yaw_deg": 40.0}, "faults": [BENT]},
            (
                "cannot_tell",
                TURNED,
            ),
            id="a refused view says nothing small",
        ),
        pytest.param(
            {"still_bend": (60.4, 23.0), "repetitions": []},
            (
                "cannot_tell",
                "The back looks clearly rounded (about 60°, give or take 23); one picture cannot show the movement.",
            ),
            id="a picture of a round back",
        ),
        pytest.param(
            {"still_bend": (-50.0, 23.0), "repetitions": []},
            (
                "cannot_tell",
                "The back looks clearly hollow (about -50°, give or take 23); one picture cannot show the movement.",
            ),
            id="a picture of a hollow back",
        ),
        pytest.param(
            {"still_bend": (math.nan, math.nan), "repetitions": []},
            ("ok", "Nothing to correct was seen."),
            id="a good picture",
        ),
        pytest.param(
            {"checks": [check(out=0.6), check("back")]},
            ("warn", "Knee: outside the target band for 60 % of the time. No other fault was seen."),
            id="mostly out of its band",
        ),
        pytest.param(
            {"checks": [check(out=0.5)]},
            ("ok", "Nothing to correct was seen."),
            id="half the time is not most",
        ),
        pytest.param(
            {"checks": [check(untold=0.4, out=0.35)]},
            ("warn", "Knee: outside the target band for 58 % of the time. No other fault was seen."),
            id="out of its band for most of the time it is known",
        ),
        pytest.param(
            {"dose": dose_of((20.0, 4.0), (2, 1))},
            ("ok", "Nothing to correct was seen. 4 of 40 s held."),
            id="a part of the hold",
        ),
        pytest.param(
            {"dose": dose_of((20.0, 20.0), (2, 1))},
            ("ok", "Nothing to correct was seen."),
            id="half of the hold is enough",
        ),
        pytest.param(
            {"dose": dose_of(repetitions=(10, 3))},
            ("ok", "Nothing to correct was seen. 3 of 10 repetitions done."),
            id="a part of the repetitions",
        ),
        pytest.param(
            {"dose": dose_of((20.0, 4.0), (2, 1)), "faults": [BENT], "checks": [check(out=1.0)]},
            ("warn", "Seen: the knee bending. Try: Straighten your knee."),
            id="a fault comes before a band and a part",
        ),
        pytest.param(
            {"still_bend": (5.0, 23.0), "repetitions": [], "checks": []},
            ("cannot_tell", "This picture shows the start posture; the stretch itself was not seen."),
            id="a picture of the start",
        ),
    ],
)
def test_verdicts(make_movement, changes, expected):
    movement = make_movement()
    view = judge_view(replace(GOOD, **changes.get("view", {})), movement)
    parts = {"faults": [], "checks": [check()], "repetitions": [REPETITION], "still_bend": None} | {
        k: v for k, v in changes.items() if k != "view"
    }
    assert decide(movement, view, **parts) == expected


def decide(movement, view, *, faults, checks, repetitions, still_bend, dose=ALL_DONE):
    """Return the verdict and its sentence."""
    decision = decide_verdict(movement, view, faults, checks, repetitions, dose=dose, still_bend=still_bend)
    bend, u = still_bend or (0.0, 0.0)
    seen = MeasurementRecord(unit="deg", median=bend, p05=bend, p95=bend, in_hold_median=None, uncertainty=u)
    summary = RunSummary(
        schema_version=1,
        formcheck_version="0.1",
        created_utc="now",
        model=ABOUT["model"],
        movement=MovementRecord(id=movement.id, name=movement.name, version=1, sha256=""),
        source=SOURCE,
        view=view,
        seen_share=1.0,
        repetitions=repetitions,
        faults=faults,
        checks=checks,
        measurements={"back_bend_no_neutral_deg": seen},
        dose=dose,
        verdict=decision.verdict,
        why="",
        why_code=decision.why,
        why_about=decision.about,
    )
    return decision.verdict, describe_why(summary, movement)


def test_every_essential_check_must_be_reported(make_movement):
    movement = make_movement()
    back = movement.measures["knee"].model_copy(update={"name": "Back shape"})
    movement = movement.model_copy(
        update={"measures": movement.measures | {"back": back}, "essential": ["knee", "back"]}
    )
    view = judge_view(GOOD, movement)
    checks = [check(), check("back", 1.0, "hidden")]
    verdict = decide(movement, view, faults=[], checks=checks, repetitions=[REPETITION], still_bend=None)
    assert verdict == ("cannot_tell", "Back shape could not be judged: hidden.")


@pytest.mark.parametrize(("bend", "words"), [(60.0, "clearly rounded"), (None, "start posture")])
def test_a_still_picture_through_the_summary(result, make_movement, bend, words):
    values = {} if bend is None else {"back_bend_no_neutral_deg": bend}
    summary = summary_of([result(0.0, name="setup", still=True, values=values)], make_movement())
    assert summary.verdict == "cannot_tell"
    assert words in summary.why


@pytest.mark.parametrize("rule", ["flexion_intended", "extension_intended", "free"])
def test_a_round_back_is_no_finding_where_the_form_rounds(make_movement, rule):
    movement = make_movement().model_copy(update={"spine_rule": rule})
    view = judge_view(GOOD, movement)
    parts = {"faults": [], "checks": [], "repetitions": []}
    verdict, why = decide(movement, view, **parts, still_bend=(60.0, 20.0))
    assert (verdict, "rounded" in why) == ("cannot_tell", False)


# The rules of the verdict's table, one by one -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unknown", "out", "state"),
    [
        pytest.param(0.0, 0.0, "ok", id="always in its band"),
        pytest.param(0.0, 0.09, "ok", id="hardly ever out of it"),
        pytest.param(0.0, 0.5, "info", id="half of the time is not most"),
        pytest.param(0.0, 0.52, "warn", id="out of its band for most of the time"),
        pytest.param(0.5, 0.24, "info", id="half is known, and 48 % of that is out"),
        pytest.param(0.5, 0.26, "warn", id="half is known, and 52 % of that is out"),
        pytest.param(0.52, 0.48, "cannot_tell", id="less than half is known, and all of that is out"),
        pytest.param(1.0, 0.0, "cannot_tell", id="nothing is known"),
    ],
)
def test_the_state_of_a_check(unknown, out, state):
    assert judge_check(check(untold=unknown, out=out)) == state
    assert judge_check(check(untold=unknown).model_copy(update={"fix_share": out})) == state  # never "fix"


@pytest.mark.parametrize(
    ("dose", "is_part"),
    [
        pytest.param(dose_of(), False, id="nothing is asked for"),
        pytest.param(dose_of((20, 9.9), (1, 1)), True, id="less than 10 of 20 s"),
        pytest.param(dose_of((20, 10), (1, 1)), False, id="half of it"),
        pytest.param(dose_of((20, 29.9), (3, 3)), True, id="less than 30 of 60 s"),
        pytest.param(dose_of((20, 30), (3, 1)), False, id="one long hold counts as well"),
        pytest.param(dose_of((20, 9.9), (None, 1)), True, id="a hold without repetitions"),
        pytest.param(dose_of((20, None), (1, None)), False, id="a picture shows no time"),
        pytest.param(dose_of((None, None), (10, 4)), True, id="four of ten"),
        pytest.param(dose_of((None, None), (10, 5)), False, id="five of ten"),
        pytest.param(dose_of((None, None), (10, None)), False, id="a picture shows no repetition"),
    ],
)
def test_less_than_half_of_the_dose_is_a_part(dose, is_part):
    assert is_part_done(dose) is is_part


CLOCK = {"name": "Time", "signal": "hold_s", "unit": "s", "target": (60, "open"), "warn": (0, "open")}


@pytest.fixture
def timed(make_movement):
    """The bow, with a check of how long it was held."""
    movement = make_movement()
    clock = movement.measures["knee"].model_copy(update=CLOCK)
    return movement.model_copy(update={"measures": movement.measures | {"clock": clock}})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"faults": [ROUNDING], "checks": [check(untold=1)]}, ("fix", WhyCode.FAULT, "rounding"), id="fix"),
        pytest.param({"faults": [BENT]}, ("warn", WhyCode.FAULT, "knee_bent"), id="adjust"),
        pytest.param({"repetitions": [], "faults": [HINT]}, ("cannot_tell", WhyCode.NO_REPETITION, ""), id="a hint"),
        pytest.param({"checks": [check(untold=0.6)]}, ("cannot_tell", WhyCode.CHECK_UNKNOWN, "knee"), id="unknown"),
        pytest.param({"checks": [check(out=0.6)]}, ("warn", WhyCode.OUT_OF_BAND, "knee"), id="out of its band"),
        pytest.param({"checks": [check(), check("clock", out=1.0)]}, ("ok", WhyCode.NOTHING_TO_CORRECT, ""), id="time"),
        pytest.param({"dose": dose_of((20, 4), (2, 1))}, ("ok", WhyCode.PART_DONE, ""), id="a part"),
        pytest.param({}, ("ok", WhyCode.NOTHING_TO_CORRECT, ""), id="nothing to correct"),
    ],
)
def test_what_decides_the_verdict(timed, changes, expected):
    parts = {"faults": [], "checks": [check()], "repetitions": [REPETITION], "dose": ALL_DONE} | changes
    view = judge_view(GOOD, timed)
    assert decide_verdict(timed, view, **parts, still_bend=None) == expected


def summary_with(result, movement, **changes):
    return summary_of(hold_results(result), movement).model_copy(update=changes)


@pytest.mark.parametrize(
    ("changes", "headline"),
    [
        pytest.param({}, "This went well", id="all was seen and all was good"),
        pytest.param(
            {"checks": [check(), check("back", 0.6)]}, "Good, as far as the camera could see", id="a check unknown"
        ),
        pytest.param({"checks": [check(), check("clock", out=1.0)]}, "A good start", id="held, not for long enough"),
        pytest.param({"why_code": WhyCode.PART_DONE}, "A good start", id="a part of the dose"),
        pytest.param(
            {"verdict": "warn", "why_code": WhyCode.FAULT, "why_about": "knee_bent"}, "Nearly there", id="warn"
        ),
        pytest.param(
            {"verdict": "fix", "why_code": WhyCode.FAULT, "why_about": "rounding"}, "Something to work on", id="fix"
        ),
        pytest.param(
            {"verdict": "cannot_tell", "why_code": WhyCode.NO_REPETITION},
            "Cannot tell from this recording",
            id="cannot tell",
        ),
    ],
)
def test_the_headline_promises_no_more_than_was_seen(result, timed, changes, headline):
    good = {"verdict": "ok", "why_code": WhyCode.NOTHING_TO_CORRECT, "why_about": "", "checks": [check()]}
    assert say_verdict(summary_with(result, timed, **good | changes), timed).headline == headline


# The row of a table ---------------------------------------------------------------------------------------------------


def test_a_row_lists_faults_and_notes_apart(result, make_movement):
    row = make_summary_row(summary_with(result, make_movement(), faults=[BENT, HINT, ROUNDING, BENT]))
    assert (row["faults"], row["notes"]) == (["knee_bent", "rounding"], ["too_fast"])
    assert [one["id"] for one in row["fault_records"]] == ["knee_bent", "too_fast", "rounding", "knee_bent"]


def test_a_row_says_what_decided_the_verdict(result, make_movement):
    summary = summary_of(hold_results(result), make_movement())
    row = make_summary_row(summary)
    assert (row["verdict"], row["why"], row["why_code"]) == (summary.verdict, summary.why, summary.why_code)


def test_a_row_counts_held_and_valid_seconds(result, make_movement):
    """Held from 1 to 3 s; from 2 to 2.5 s the clock stopped."""
    summary = summary_of(hold_results(result, paused=[(2.0, 2.5)]), make_movement())
    (one,) = summary.repetitions
    assert (one.held_s, one.valid_hold_s) == (2.0, pytest.approx(1.5))
    row = make_summary_row(summary)
    assert (row["held_s"], row["valid_s"], row["hold_s"]) == (2.0, pytest.approx(1.5), pytest.approx(1.5))


def test_held_seconds_of_all_repetitions_add_up(result, make_movement):
    twice = [
        result(9.0, ended=replace(DONE, end_s=4.0)),
        result(19.0, ended=replace(DONE, index=2, hold_start_s=11.0, hold_end_s=16.0, end_s=17.0)),
    ]
    assert summary_of(twice, make_movement()).dose.held_s == 7.0
    assert summary_of([result(0.0, still=True)], make_movement()).dose.held_s is None


@pytest.mark.parametrize(
    ("sides", "side"), [([], None), ([None], None), (["left", "left"], "left"), (["left", "right"], "both")]
)
def test_the_side_of_a_row_is_the_one_that_worked(result, make_movement, sides, side):
    repetitions = [REPETITION.model_copy(update={"index": k, "side": one}) for k, one in enumerate(sides, 1)]
    assert make_summary_row(summary_with(result, make_movement(), repetitions=repetitions))["side"] == side


def test_a_row_lists_the_judged_parts(result, make_movement):
    judged = JudgedRecord(spans_s=[(1.0, 4.0), (6.0, 9.5)], side="left")
    row = make_summary_row(summary_with(result, make_movement(), judged=judged))
    assert row["judged_spans"] == [{"from_s": 1.0, "to_s": 4.0}, {"from_s": 6.0, "to_s": 9.5}]
    assert "judged_spans" not in make_summary_row(summary_with(result, make_movement()))


def test_a_row_lists_what_auto_found(result, make_movement):
    span = {"movement": "bow", "side": None, "from_s": 1.0, "to_s": 4.0, "certainty": 0.9}
    found = RecognisedRecord(certainty=0.9, unsure=False, spans=[SpanRecord(**span, folder="02_bow")])
    row = make_summary_row(summary_with(result, make_movement(), recognised=found))
    assert (row["recognised_certainty"], row["recognised_spans"]) == (0.9, [span])
    assert "recognised_spans" not in make_summary_row(summary_with(result, make_movement()))


def test_what_is_not_judged_counts_as_seen_and_as_nothing_else(result, make_movement):
    """Two pictures of four are judged; in the other two the camera was turned and the knee was bent."""
    outside = {"name": NOT_JUDGED, "values": {"yaw_deg": 80.0, "knee_left_deg": 90.0}}
    inside = {"values": {"yaw_deg": 5.0, "knee_left_deg": 170.0}}
    times = [(0.0, outside), (1.0, inside), (2.0, inside), (3.0, outside)]
    summary = summary_of([result(t, **about) for t, about in times], make_movement())
    assert summary.seen_share == 1.0
    assert summary.measurements["knee_left_deg"].median == 170
    assert (summary.view.yaw_deg, summary.view.kind) == (5.0, "side")
