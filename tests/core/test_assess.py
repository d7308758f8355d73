"""The interval rule as tables, and the phases in which each check applies."""

import math
from dataclasses import replace

import pytest

from formcheck.core.assess import assess, is_met, judge
from formcheck.core.measure.joint_angles import Reference
from formcheck.core.movement.schema import Condition, FaultSpec, MeasureSpec
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import Measurements, PhaseState, Repetition, Value

from .conftest import LEFT_OUT

KNEE = MeasureSpec(name="Knee", signal="knee_near_deg", unit="deg", target=[165, 180], warn=[155, 190], source="E")


@pytest.mark.parametrize(
    ("value", "u", "status"),
    [
        pytest.param(172, 4, "ok", id="well within the target"),
        pytest.param(165, 10, "ok", id="on the target's edge, the interval ends on the warn band's edge"),
        pytest.param(165, 10.1, "cannot_tell", id="in the target, but the interval reaches into fix"),
        pytest.param(178, 13, "cannot_tell", id="in the target, the interval reaches into fix on the other side"),
        pytest.param(160, 4, "warn", id="in warn, the interval does not reach back into the target"),
        pytest.param(160, 5, "cannot_tell", id="in warn, the interval touches the target"),
        pytest.param(185, 4, "warn", id="in warn on the other side"),
        pytest.param(150, 4, "fix", id="in fix, clear of the target"),
        pytest.param(150, 12, "fix", id="in fix, reaching into warn is allowed"),
        pytest.param(150, 15, "cannot_tell", id="in fix, but reaching back into the target"),
        pytest.param(200, 19, "fix", id="in fix on the other side"),
    ],
)
def test_bands_and_intervals(value, u, status):
    assert judge(value, u, KNEE) == (status, Reason(ReasonCode.TOO_CLOSE_TO_LIMIT) if status == "cannot_tell" else None)


def test_without_a_warn_band_all_beyond_the_target_is_fix():
    strict = KNEE.model_copy(update={"warn": None})
    assert judge(160, 4, strict)[0] == "fix"
    assert judge(170, 6, strict)[0] == "cannot_tell"
    assert judge(172, 6, strict)[0] == "ok"


def test_without_bands_everything_is_ok():
    assert judge(-500, 99, KNEE.model_copy(update={"warn": None, "target": None})) == ("ok", None)


@pytest.mark.parametrize(
    ("limits", "value", "u", "met"),
    [
        pytest.param(
            {"below": 155, "clear": 165}, 140, 9, True, id="below, and the interval stays clear of the target"
        ),
        pytest.param({"below": 155, "clear": 165}, 154, 12, None, id="below, but the interval reaches the target"),
        pytest.param({"below": 155, "clear": 165}, 155, 1, False, id="on the limit is not below it"),
        pytest.param({"below": 155}, 150, 4, True, id="without clear the limit itself must be clear"),
        pytest.param({"below": 155}, 150, 5, None, id="touching the limit cannot be judged"),
        pytest.param({"above": 40, "clear": 25}, 50, 20, True, id="above, and clear"),
        pytest.param({"above": 40, "clear": 25}, 41, 16, None, id="above, but reaching back"),
        pytest.param({"above": 40, "clear": 25}, 39, 1, False, id="not above"),
        pytest.param({"above": 40}, math.nan, 1, None, id="what is missing cannot be judged"),
    ],
)
def test_conditions(limits, value, u, met):
    assert is_met(Condition(signal="knee_near_deg", **limits), value, u) is met


# Values that are compared ---------------------------------------------------------------------------------------------


def phase(name="hold", **changes):
    return PhaseState(**({"name": name, "since_s": 0.0, "side": None, "near": "left"} | changes))


def one_measure(make_movement, **changes):
    measure = MeasureSpec(**(KNEE.model_dump() | changes))
    return make_movement(measures={"knee": measure}, faults=[])


def finding(make_movement, measurements, state, reference=None, **changes):
    (found,) = assess(measurements, state, one_measure(make_movement, **changes), reference or Reference()).findings
    return found


def test_a_finding_carries_value_band_and_uncertainty(make_movement, make_measured):
    found = finding(make_movement, make_measured(1.0, knee_left_deg=170), phase())
    assert (found.check, found.status, found.value, found.low, found.high, found.uncertainty) == (
        "knee",
        "ok",
        170,
        165,
        180,
        1,
    )


def test_open_ends_are_none(make_movement, make_measured):
    found = finding(make_movement, make_measured(1.0, knee_left_deg=170), phase(), target=[165, "open"], warn=None)
    assert (found.low, found.high) == (165, None)


def test_what_is_not_seen_keeps_its_reason(make_movement, make_measured):
    found = finding(make_movement, make_measured(1.0), phase())
    assert (found.status, found.reason) == ("cannot_tell", LEFT_OUT)
    silent = make_measured(1.0)
    bare = Measurements(1.0, {name: one._replace(reason=None) for name, one in silent.values.items()})
    assert finding(make_movement, bare, phase()).reason == Reason(ReasonCode.NOT_SEEN)


def test_an_unknown_side_cannot_be_judged(make_movement, make_measured):
    found = finding(make_movement, make_measured(1.0, knee_left_deg=170), phase(near=None))
    assert (found.status, found.reason) == ("cannot_tell", Reason(ReasonCode.WORKING_SIDE_UNKNOWN))


def test_a_change_is_taken_from_the_start(make_movement, make_measured):
    now = make_measured(1.0, knee_left_deg=150)
    bands = {"change": True, "target": [-40, 0], "warn": None}
    found = finding(make_movement, now, phase(), Reference(values={"knee_left_deg": 178.0}), **bands)
    assert (found.value, found.status) == (-28, "ok")
    assert finding(make_movement, now, phase(), **bands).reason == Reason(ReasonCode.NO_START)


@pytest.mark.parametrize(("how", "value"), [("min", 150), ("max", 175), ("range", 25)])
def test_a_reduced_measure_halves_its_uncertainty(make_movement, make_measured, how, value):
    repetition = Repetition(1, None, 0.0, extremes={"knee_near_deg": (150.0, 1.0, 175.0, 2.0)})
    found = finding(make_movement, make_measured(1.0), phase(repetition=repetition), reduce=how)
    assert (found.value, found.uncertainty) == (value, 0.5)


def test_a_reduced_measure_without_a_repetition_cannot_be_judged(make_movement, make_measured):
    found = finding(make_movement, make_measured(1.0, knee_left_deg=170), phase(), reduce="min")
    assert found.reason == Reason(ReasonCode.NO_REPETITION)


def test_signals_of_the_course(make_movement, make_measured):
    speed = {"signal": "speed_deg_per_s", "unit": "deg_per_s", "target": ["open", 60], "warn": None}
    found = finding(
        make_movement, make_measured(1.0), phase(motion={"speed_deg_per_s": Value(20.0, math.nan)}), **speed
    )
    assert (found.status, found.value, found.uncertainty) == ("ok", 20, 15)
    rare = phase(motion={"speed_deg_per_s": Value(math.nan, math.nan, Reason(ReasonCode.TOO_FEW_PICTURES))})
    assert finding(make_movement, make_measured(1.0), rare, **speed).reason == Reason(ReasonCode.TOO_FEW_PICTURES)
    noisy = phase(motion={"speed_deg_per_s": Value(50.0, 50.0)})
    found = finding(make_movement, make_measured(1.0), noisy, **speed)
    assert (found.status, found.uncertainty) == ("cannot_tell", 50)


def test_a_strong_signal_speaks_only_for_silence_and_says_fix(make_movement, make_measured):
    signals = {"signal": "back_bend_deg", "strong_signal": "back_bend_no_neutral_deg"}
    bend = signals | {"target": ["open", 25], "warn": ["open", 40]}
    strong = finding(make_movement, make_measured(1.0, back_bend_no_neutral_deg=60), phase(), **bend)
    assert (strong.status, strong.value) == ("fix", 60)
    weak = finding(make_movement, make_measured(1.0, back_bend_no_neutral_deg=35), phase(), **bend)
    assert (weak.status, weak.reason) == ("cannot_tell", LEFT_OUT)
    both = finding(make_movement, make_measured(1.0, back_bend_no_neutral_deg=60, back_bend_deg=10), phase(), **bend)
    assert (both.status, both.value) == ("ok", 10)


def test_a_strong_signal_may_have_a_target_of_its_own(make_movement, make_measured):
    """45 +- 30 reaches down to 15: into a target up to 25, and not into one up to 8."""
    bend = {"signal": "back_bend_deg", "strong_signal": "back_bend_agreed_deg", "warn": ["open", 40]}
    measured = make_measured(1.0, back_bend_agreed_deg=45)
    unsure = measured.values["back_bend_agreed_deg"]._replace(uncertainty=30.0)
    measured = replace(measured, values={**measured.values, "back_bend_agreed_deg": unsure})
    assert finding(make_movement, measured, phase(), target=["open", 25], **bend).status == "cannot_tell"
    own = {"target": ["open", 25], "strong_target": ["open", 8]}
    assert finding(make_movement, measured, phase(), **own, **bend).status == "fix"


def test_how_far_something_moves_needs_no_neutral(make_movement, make_measured):
    signals = {"signal": "back_bend_deg", "strong_signal": "back_bend_no_neutral_deg", "reduce": "range"}
    bend = signals | {"target": [30, "open"], "warn": [18, "open"]}
    repetition = Repetition(1, None, 0.0, extremes={"back_bend_no_neutral_deg": (-20.0, 1.0, 25.0, 2.0)})
    found = finding(make_movement, make_measured(1.0), phase(repetition=repetition), **bend)
    assert (found.status, found.value) == ("ok", 45)


# Which checks are due -------------------------------------------------------------------------------------------------

ENDED = Repetition(1, None, 0.0, end_s=9.0, counts=True, extremes={"knee_near_deg": (150.0, 1.0, 175.0, 2.0)})


@pytest.mark.parametrize(
    ("state", "reduce", "due"),
    [
        pytest.param(phase("hold"), None, True, id="in its phase"),
        pytest.param(phase("move"), None, False, id="in another phase"),
        pytest.param(phase("setup", ended=ENDED), "range", True, id="over a repetition, when it ends"),
        pytest.param(phase("setup", ended=ENDED), None, False, id="not over a repetition, when one ends"),
        pytest.param(phase("absent"), None, False, id="nobody there"),
    ],
)
def test_when_a_measure_is_due(make_movement, make_measured, state, reduce, due):
    movement = one_measure(make_movement, reduce=reduce)
    assert bool(assess(make_measured(1.0, knee_left_deg=170), state, movement, Reference()).findings) == due


def fault(**changes):
    condition = {"signal": "knee_near_deg", "below": 155, "clear": 165}
    base = {
        "id": "bent",
        "seen": "a bent knee",
        "when": [condition],
        "severity": "adjust",
        "cue": "Straighten it",
        "source": "E",
    }
    return FaultSpec(**(base | changes))


def shows(make_movement, spec, measurements, state):
    assessment = assess(measurements, state, make_movement(faults=[spec]), Reference())
    found = assessment.faults.get("bent")
    return ("not due", None) if found is None else (found.present, found.reason)


LEAN = {"signal": "trunk_inclination_deg", "above": 20, "clear": 10}
BEND = {"signal": "back_bend_deg", "above": 40}


@pytest.mark.parametrize(
    ("spec", "values", "expected"),
    [
        pytest.param({}, {"knee_left_deg": 140}, (True, None), id="shown"),
        pytest.param({}, {"knee_left_deg": 175}, (False, None), id="not shown"),
        pytest.param({}, {}, (None, LEFT_OUT), id="not seen is not wrong"),
        pytest.param({}, {"knee_left_deg": 154.5}, (True, None), id="just beyond its limit, clear of the target"),
        pytest.param(
            {"when": [{"signal": "knee_near_deg", "below": 155}]},
            {"knee_left_deg": 154.5},
            (None, Reason(ReasonCode.TOO_CLOSE_TO_LIMIT)),
            id="too close",
        ),
    ],
)
def test_a_fault_shows_is_absent_or_cannot_be_judged(make_movement, make_measured, spec, values, expected):
    assert shows(make_movement, fault(**spec), make_measured(1.0, **values), phase()) == expected


@pytest.mark.parametrize(
    ("knee", "lean", "expected"),
    [
        pytest.param(140, 40, True, id="both met"),
        pytest.param(140, 5, False, id="one surely not met"),
        pytest.param(140, None, None, id="one met, one not seen"),
        pytest.param(175, None, False, id="one surely not met, the other not seen"),
    ],
)
def test_all_conditions_of_a_group_must_hold(make_movement, make_measured, knee, lean, expected):
    spec = fault(when=[{"signal": "knee_near_deg", "below": 155, "clear": 165}, LEAN])
    values = {"knee_left_deg": knee} | ({} if lean is None else {"trunk_inclination_deg": lean})
    assert shows(make_movement, spec, make_measured(1.0, **values), phase())[0] is expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({"knee_left_deg": 140}, True, id="the first group alone"),
        pytest.param({"knee_left_deg": 175, "back_bend_deg": 60}, True, id="the second group alone"),
        pytest.param({"knee_left_deg": 175, "back_bend_deg": 10}, False, id="neither"),
        pytest.param({"knee_left_deg": 175}, None, id="one surely not, the other not seen"),
    ],
)
def test_any_group_is_enough(make_movement, make_measured, values, expected):
    spec = fault(or_when=[[BEND]])
    assert shows(make_movement, spec, make_measured(1.0, **values), phase())[0] is expected


def test_a_fault_is_checked_in_its_phases_or_at_the_end_of_a_rep(make_movement, make_measured):
    bent = make_measured(1.0, knee_left_deg=140)
    assert shows(make_movement, fault(), bent, phase("move"))[0] == "not due"
    late = fault(at_end_of_repetition=True)
    assert shows(make_movement, late, bent, phase("hold"))[0] == "not due"
    assert shows(make_movement, late, bent, phase("setup", ended=ENDED))[0] is True


def test_one_picture_is_judged_by_the_faults_of_its_phase(make_movement, make_measured):
    bent = make_measured(0.0, knee_left_deg=140)
    assert shows(make_movement, fault(), bent, phase("hold", still=True))[0] is True
    assert shows(make_movement, fault(at_end_of_repetition=True), bent, phase("hold", still=True))[0] == "not due"


def test_a_fault_is_reported_with_the_first_true_condition(make_movement, make_measured):
    m = make_measured(1.0, knee_left_deg=175, back_bend_deg=60)
    assessment = assess(m, phase(), make_movement(faults=[fault(or_when=[[BEND]])]), Reference())
    found = assessment.faults["bent"]
    assert (found.present, found.value, found.uncertainty) == (True, 60, 1)
    assert (found.limit, found.unit, found.is_above) == (40, "deg", True)


def test_a_fault_that_does_not_show_has_no_value(make_movement, make_measured):
    for m in (make_measured(1.0), make_measured(1.0, knee_left_deg=175)):
        found = assess(m, phase(), make_movement(faults=[fault()]), Reference()).faults["bent"]
        assert found.present is not True
        assert math.isnan(found.value)
        assert math.isnan(found.uncertainty)


def test_the_range_of_a_repetition_is_unknown_after_a_cut(make_movement, make_measured):
    """Its greatest bend so far is 30, half a second ago; the limit of 40 might still have been passed."""
    movement = one_measure(make_movement, signal="back_bend_deg", reduce="max", target=[0, 40], warn=[0, 45])
    cut = replace(ENDED, end_s=3.0, extremes={"back_bend_deg": (0.0, 1.0, 30.0, 2.5)})
    m = make_measured(3.0, back_bend_deg=5)
    whole, cut_off = (
        assess(m, phase("setup", ended=one), movement, Reference()).findings[0]
        for one in (cut, replace(cut, is_cut_off=True))
    )
    assert (whole.status, whole.value, whole.reason) == ("ok", 30, None)
    assert (cut_off.status, cut_off.reason) == ("cannot_tell", Reason(ReasonCode.REPETITION_CUT_OFF))
    assert math.isnan(cut_off.value)


def test_an_extreme_that_was_passed_before_the_cut_is_known(make_movement, make_measured):
    movement = one_measure(make_movement, signal="back_bend_deg", reduce="max", target=[0, 40], warn=[0, 45])
    cut = replace(ENDED, end_s=3.5, is_cut_off=True, extremes={"back_bend_deg": (0.0, 1.0, 30.0, 2.0)})
    found = assess(make_measured(3.5, back_bend_deg=5), phase("setup", ended=cut), movement, Reference()).findings[0]
    assert (found.status, found.value) == ("ok", 30)
