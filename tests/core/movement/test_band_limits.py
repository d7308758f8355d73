"""A limit is written once: if a band of a measure moves, the faults that name it move too."""

from __future__ import annotations

from pathlib import Path

import pytest

import formcheck as fc
from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import fill_in_bands, load_movement, parse_movement, read_movement_bytes

DATA = Path(__file__).resolve().parent.parent.parent / "data"
BACK = {"signal": "back_bend_deg", "target": ["open", 25.0], "warn": ["open", 40.0]}
STRONG = {**BACK, "strong_signal": "back_bend_agreed_deg", "strong_target": ["open", 8.0]}
KNEE = {"signal": "knee_near_deg", "target": [165.0, 190.0], "warn": [150.0, 200.0]}
LEAN = {"signal": "trunk_inclination_deg", "target": [10.0, "open"], "warn": [0.0, "open"], "change": True}


def filled(condition, measure):
    document = {"measures": {"one": measure}, "faults": [{"id": "bent", "when": [{"measure": "one", **condition}]}]}
    problems = fill_in_bands(document)
    return document["faults"][0]["when"][0], problems


@pytest.mark.parametrize(
    ("condition", "measure", "expected"),
    [
        pytest.param(
            {"above": "warn"},
            BACK,
            {"signal": "back_bend_deg", "above": 40.0, "clear": 25.0},
            id="the upper end",
        ),
        pytest.param(
            {"below": "warn"}, KNEE, {"signal": "knee_near_deg", "below": 150.0, "clear": 165.0}, id="the lower end"
        ),
        pytest.param(
            {"above": "warn", "clear": 30.0},
            BACK,
            {"signal": "back_bend_deg", "above": 40.0, "clear": 30.0},
            id="with an own clear",
        ),
        pytest.param(
            {"above": "warn", "strong": True},
            STRONG,
            {"signal": "back_bend_agreed_deg", "above": 40.0, "clear": 8.0},
            id="the strong signal has its own target",
        ),
        pytest.param(
            {"below": "target"},
            LEAN,
            {"signal": "trunk_inclination_deg", "below": 10.0, "clear": 10.0, "change": True},
            id="a change stays a change",
        ),
    ],
)
def test_a_condition_takes_signal_and_limits_from_its_measure(condition, measure, expected):
    assert filled(condition, measure) == (expected, [])


@pytest.mark.parametrize(
    ("condition", "measure", "problem"),
    [
        pytest.param(
            {"above": "warn", "measure": "two"}, BACK, "expected a measure of one, got 'two'", id="no such measure"
        ),
        pytest.param({"above": 40.0}, BACK, "above: expected one of warn, target", id="a number"),
        pytest.param({"below": "warn"}, BACK, "below: expected a warn band of one", id="an open end"),
        pytest.param({"above": "warn"}, {"signal": "x", "warn": [40.0]}, "above: expected a warn band", id="one end"),
        pytest.param({}, BACK, "below: expected one of warn, target", id="no limit"),
    ],
)
def test_what_cannot_be_filled_in_is_one_line(condition, measure, problem):
    _, problems = filled(condition, measure)
    assert len(problems) == 1
    assert problems[0].startswith(f"faults.bent: {problem}")


@pytest.mark.parametrize("broken", [{}, {"measures": 3, "faults": []}, {"measures": {}, "faults": [3, {"when": 4}]}])
def test_a_broken_file_is_left_to_the_other_checks(broken):
    assert fill_in_bands(broken) == []


def test_a_wrong_measure_in_a_file_is_refused():
    text = (
        read_movement_bytes("seated_forward_bend").decode().replace('{ measure = "knees", ', '{ measure = "elbows", ')
    )
    with pytest.raises(MovementFileError, match=r"faults\.knees_bent: expected a measure of .*got 'elbows'"):
        parse_movement(text.encode(), "mine.toml")


def test_moving_a_band_in_a_copied_file_moves_the_verdict(tmp_path):
    """The seated bend rounds by about 60 degrees: with the limit at 100 it is no fault."""
    track = DATA / "seated_back_rounding.parquet"
    text = read_movement_bytes("seated_forward_bend").decode()
    wider = text.replace('target = ["open", 25]\nwarn = ["open", 40]', 'target = ["open", 90]\nwarn = ["open", 100]')
    assert wider != text
    copy = tmp_path / "wider.toml"
    copy.write_text(wider, "utf-8")
    assert "back_rounding" in {fault.id for fault in fc.check(track, movement="seated_forward_bend").faults}
    assert "back_rounding" not in {fault.id for fault in fc.check(track, movement=copy).faults}


def test_the_back_of_every_movement_has_one_limit():
    for movement in ("seated_forward_bend", "hamstring_hinge_standing"):
        spec = load_movement(movement)
        rounding = spec.fault("back_rounding")
        assert {rounding.groups[0][0].limit, rounding.groups[1][0].limit} == {spec.measures["back"].warn[1]}
