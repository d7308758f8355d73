"""A therapist's plan at home: what is offered, how much of it, and by which limits."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formcheck.core.errors import MovementFileError, StoreError
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.drivers import answers
from formcheck.drivers.therapist import own_plan
from formcheck.drivers.todays_routines import (
    find_known_routine,
    find_todays_offers,
    find_todays_routine,
    load_todays_routines,
)
from formcheck.drivers.user_data import GUEST, run_as
from formcheck.program.routines.fit import Choices, plan_routine
from formcheck.program.screening import QUESTIONS
from formcheck.program.therapist.prescription import PrescribedMovement, Prescription

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
PLAN = """
schema_version = 1
patient = "A-17"
by = "J. Peeters"
written_on = 2026-11-29
review_on = 2026-12-20
goal = "Tie my shoes"

[[movements]]
movement = "hamstring_hinge_standing"
hold_s = 15
limits.back.warn = ["open", 30]

[[movements]]
movement = "pelvic_tilt_supine"
variant = "easier"
note = "Slowly."
"""


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path))
    answers.answer({one.id: False for one in QUESTIONS}, NOW)


def keep():
    return own_plan.keep_own_plan(PLAN.encode(), "plan.toml")


def test_the_coach_judges_by_the_limits_of_the_plan():
    before = load_movement("hamstring_hinge_standing")
    assert own_plan.prescribe(before) is before
    keep()
    own = own_plan.prescribe(before)
    assert (own.dose.hold_s, own.measures["back"].warn) == (15, ["open", 30])
    other = load_movement("cat_cow")
    assert own_plan.prescribe(other) is other


def test_only_what_the_plan_names_is_offered():
    keep()
    offers = answers.read_screening_state(NOW)["offers"]
    assert {name for name, one in offers.items() if one["state"] != "closed"} == {
        "hamstring_hinge_standing", "pelvic_tilt_supine",
    }  # fmt: skip
    assert {one["reasons"][0]["code"] for one in offers.values() if one["state"] == "closed"} == {"not_prescribed"}
    assert own_plan.delete_own_plan()
    offers = answers.read_screening_state(NOW)["offers"]
    assert offers["cat_cow"]["state"] == "open"


def test_the_plan_is_a_routine_in_its_order():
    keep()
    plan = plan_routine(find_known_routine(own_plan.ROUTINE_ID), Choices())
    assert [(one.movement.id, one.way) for one in plan.parts if one.movement] == [
        ("hamstring_hinge_standing", "usual"), ("pelvic_tilt_supine", "easier"),
    ]  # fmt: skip
    assert plan.parts[0].part.kind == "walk"  # nothing in it warms up before the first hold
    assert plan.parts[1].dose.hold_s == 15


def test_a_routine_offers_what_the_plan_names_only():
    assert "closed" not in {one.state for one in find_todays_offers(NOW).values()}
    keep()
    offers = find_todays_offers(NOW)
    assert {name for name, one in offers.items() if one.state != "closed"} == {
        "hamstring_hinge_standing", "pelvic_tilt_supine",
    }  # fmt: skip
    plan = plan_routine(find_known_routine("six_stretches"), Choices(), offers)
    assert {one.movement.id for one in plan.parts if one.movement} <= {"pelvic_tilt_supine"}


def test_today_offers_the_plan_alone():
    assert len(load_todays_routines().routines) > 1
    keep()
    assert [one.id for one in load_todays_routines().routines] == [own_plan.ROUTINE_ID]
    assert find_todays_routine(own_plan.ROUTINE_ID).name == own_plan.NAME
    with pytest.raises(MovementFileError, match="expected the id of a routine"):
        find_todays_routine("six_stretches")  # of an old tab
    own_plan.delete_own_plan()
    assert find_todays_routine("six_stretches").id == "six_stretches"


def test_a_bad_plan_names_every_problem_and_changes_nothing():
    keep()
    bad = PLAN.replace("hold_s = 15", "hold_s = -1").replace("pelvic_tilt_supine", "headstand")
    with pytest.raises(MovementFileError) as caught:
        own_plan.keep_own_plan(bad.encode(), "plan.toml")
    assert len(caught.value.problems) >= 1
    assert own_plan.read_own_plan().movements[0].hold_s == 15


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"movements = 3", b"[" * 500])
def test_a_damaged_file_is_no_plan(content):
    keep()
    own_plan.find_own_plan_path().write_bytes(content)
    assert own_plan.read_own_plan() is None
    assert answers.read_screening_state(NOW)["offers"]["cat_cow"]["state"] == "open"


def test_the_plan_of_one_person_is_not_that_of_another():
    keep()
    other = "0123456789abcdef"
    assert run_as(other, own_plan.read_own_plan) is None
    own_plan.keep_own_plan(PLAN.replace("Tie my shoes", "Garden").encode(), "plan.toml", other)
    assert run_as(other, own_plan.read_own_plan).goal == "Garden"
    assert own_plan.read_own_plan().goal == "Tie my shoes"


@pytest.mark.parametrize(("day", "due"), [(date(2026, 12, 19), False), (date(2026, 12, 20), True)])
def test_the_day_of_review_is_said_once_it_has_come(day, due):
    keep()
    assert bool(own_plan.describe_own_plan(day)["review_due"]) is due


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(catalogue()),
    st.one_of(st.none(), st.floats(0.1, 600)),
    st.one_of(st.none(), st.integers(1, 100)),
    st.text(max_size=300),
)
def test_every_plan_that_may_be_written_can_be_practised(movement, hold_s, repetitions, note):
    one = PrescribedMovement(movement=movement, hold_s=hold_s, repetitions=repetitions, note=note)
    routine = own_plan.make_own_routine(
        Prescription(schema_version=1, patient="A-17", written_on=date(2026, 11, 29), movements=[one])
    )
    assert [part.movement for part in routine.parts] == [movement]
    assert routine.time_s > 0


def test_nothing_of_a_guest_is_stored(tmp_path):
    with pytest.raises(StoreError, match="got a guest"):
        run_as(GUEST, own_plan.keep_own_plan, PLAN.encode(), "plan.toml")
    assert not list(tmp_path.rglob("prescription.toml"))
