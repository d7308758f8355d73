"""Protocol files: every problem is reported, and each file of formcheck can be done as it says."""

from __future__ import annotations

import doctest
from importlib import resources

import pytest

from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import catalogue
from formcheck.program.body_tests import protocol
from formcheck.program.body_tests.protocol import (
    Complaint,
    list_protocols,
    list_test_movements,
    load_protocol,
    load_protocols,
    load_test_movement,
    parse_protocol,
)

GOOD = resources.files("formcheck.protocols").joinpath("T1.toml").read_text("utf-8")
ALL = ["T1", "T10", "T11", "T12", "T13", "T2", "T3", "T4", "T4b", "T5", "T6", "T7", "T8", "T9"]
CAMERA = [one for one in load_protocols() if one.measured == "camera"]


def refused(text: str) -> list[str]:
    with pytest.raises(MovementFileError, match="problem") as raised:
        parse_protocol(text.encode(), "mine.toml")
    return raised.value.problems


def test_every_test_of_the_design_has_a_file():
    assert sorted(list_protocols()) == ALL
    assert set(list_test_movements()).isdisjoint(catalogue())


def test_standing_comes_before_sitting_before_the_floor():
    places = [load_test_movement(one).place for one in load_protocols() if one.movement]
    assert places == sorted(places, key=["standing", "chair", "floor"].index)


@pytest.mark.parametrize("one", CAMERA, ids=lambda one: one.id)
def test_the_movement_of_a_test_asks_for_its_trials(one):
    movement = load_test_movement(one)
    assert movement.dose.repetitions == one.practice + one.trials == one.repetitions
    assert movement.dose.hold_s == one.hold_s
    assert movement.two_sided == one.each_side == (len(one.sides) == 2)
    assert movement.name == one.name


@pytest.mark.parametrize("complaint", Complaint)
def test_a_complaint_has_three_to_five_tests(complaint):
    assert 3 <= sum(complaint in one.complaints for one in load_protocols()) <= 5


def test_an_answer_that_blocks_a_test_closes_its_movement():
    assert load_test_movement(load_protocol("T2")).avoided["radiating_signs"].offer == "closed"
    assert "radiating_signs" in load_protocol("T2").blocked_by


def test_a_low_trust_test_says_so():
    assert [one.id for one in load_protocols() if one.trust == "low"] == ["T8"]


def test_the_camera_does_not_measure_what_it_cannot():
    with pytest.raises(MovementFileError, match="expected a test that the camera measures"):
        load_test_movement(load_protocol("T13"))


def test_every_problem_is_reported_at_once():
    bad = GOOD.replace("same_day = 8.0", "same_day = -8.0").replace("order = 11", 'order = "first"')
    bad = bad.replace("about = ", "abuot = ").replace("Flat-back bow", "It relieves pain")
    places = {one.partition(":")[0] for one in refused(bad)}
    assert places == {"name", "about", "abuot", "order", "threshold.same_day"}


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('signal = "trunk_inclination_deg"\n', "", "expected a signal exactly for statistics"),
        ('unit = "deg"', 'unit = "cm"', "expected a scale exactly for the unit cm"),
        ("below = 25.0", "below = 25.0, above = 1.0", "expected a limit, either above or below"),
        ("other_day = 12.0", "other_day = 2.0", "another day adds an error"),
        ("hamstring_hinge_standing", "hamstring_hing", "expected an id of `formcheck movements list`"),
        ('movement = "hamstring_hinge_standing"\n', "", "does not go with movement"),
        ("P36, P54", "P99, P54", "P99"),
    ],
)
def test_what_does_not_fit_together_is_refused(good, bad, said):
    assert good in GOOD
    assert any(said in one for one in refused(GOOD.replace(good, bad)))


def test_an_own_file_needs_no_python(tmp_path):
    own = tmp_path / "knee.toml"
    own.write_text(GOOD.replace('id = "T1"', 'id = "Mine"'), "utf-8")
    assert load_protocol(own).id == "Mine"


def test_an_unknown_test_names_those_that_exist():
    with pytest.raises(MovementFileError, match="T4b"):
        load_protocol("T99")


def test_examples_in_docstrings():
    assert doctest.testmod(protocol).failed == 0
