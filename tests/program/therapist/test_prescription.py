"""A prescription changes only the numbers that it names, and says which."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import catalogue, load_movement, read_movement_bytes
from formcheck.program.therapist.prescription import (
    PrescribedMovement,
    describe_change,
    list_as_form,
    list_prescribed_changes,
    parse_prescription,
    personalise,
    personalise_bytes,
    write_prescription,
)

HINGE = "hamstring_hinge_standing"
FILE = """
schema_version = 1
patient = "A-17"
by = "A. Therapist"
written_on = 2026-11-29
review_on = 2026-12-20
goal = "Tie my shoes"

[[movements]]
movement = "hamstring_hinge_standing"
hold_s = 15
limits.back.warn = ["open", 30]

[[movements]]
movement = "cat_cow"
"""


def problems_of(text):
    with pytest.raises(MovementFileError) as raised:
        parse_prescription(text.encode(), "a.toml")
    return raised.value.problems


def test_a_prescription_is_read():
    found = parse_prescription(FILE.encode(), "a.toml")
    assert [one.movement for one in found.movements] == [HINGE, "cat_cow"]
    assert found.find(HINGE).limits["back"].warn == ["open", 30]
    assert found.find("plank") is None


def test_only_what_is_named_differs():
    one = parse_prescription(FILE.encode(), "a.toml").find(HINGE)
    usual, own = load_movement(HINGE), personalise(one)
    assert own.measures["back"].warn == ["open", 30]
    assert own.dose.hold_s == 15
    same = {"sha256", "measures", "dose", "faults"}
    assert own.model_dump(exclude=same) == usual.model_dump(exclude=same)
    assert own.sha256 != usual.sha256
    assert {name: m for name, m in own.measures.items() if name != "back"} == {
        name: m for name, m in usual.measures.items() if name != "back"
    }


def test_a_fault_follows_the_limit_of_its_measure():
    one = parse_prescription(FILE.encode(), "a.toml").find(HINGE)
    limits = [movement.fault("back_rounding").when[0].above for movement in (load_movement(HINGE), personalise(one))]
    assert limits == [40.0, 30.0]


def test_the_differences_are_said_in_plain_words():
    one = parse_prescription(FILE.encode(), "a.toml").find(HINGE)
    said = [describe_change(change, load_movement(HINGE)) for change in list_prescribed_changes(one)]
    assert said == ["Back shape warns from 30° instead of 40°", "Hold: 15 s instead of 20 s"]


def test_an_end_that_was_open_is_no_limit():
    one = PrescribedMovement(movement=HINGE, limits={"hinge": {"target": [20, 60]}})
    (change,) = list_prescribed_changes(one)
    assert (change.code, change.before, change.after) == ("target_high", None, 60.0)
    assert describe_change(change, load_movement(HINGE)) == "Forward lean is on target up to 60° instead of no limit"


@pytest.mark.parametrize("movement_id", catalogue())
def test_without_own_numbers_the_file_is_the_same(movement_id):
    plain = PrescribedMovement(movement=movement_id)
    assert list_prescribed_changes(plain) == []
    assert personalise(plain).sha256 == load_movement(movement_id).sha256


@settings(max_examples=30, deadline=None)  # each reads a movement file several times
@given(st.floats(26, 90).map(lambda x: round(x, 1)), st.integers(1, 60))
def test_any_sensible_numbers_give_a_valid_file(limit, hold_s):
    one = PrescribedMovement(movement=HINGE, hold_s=hold_s, limits={"back": {"warn": ["open", limit]}})
    own = personalise(one)
    assert (own.measures["back"].warn[1], own.dose.hold_s) == (limit, hold_s)
    assert own.dose.least_hold_s <= hold_s
    assert b"# " in personalise_bytes(one) or b"source" in personalise_bytes(one)


def test_every_problem_is_reported_at_once():
    text = FILE.replace('"cat_cow"', '"dance"').replace("limits.back.warn", "limits.wings.warn")
    text = text.replace("review_on = 2026-12-20", "review_on = 2026-01-01")
    found = problems_of(text)
    assert [problem.split(":")[0] for problem in found] == [
        "movements.0.limits.wings", "movements.1.movement", "review_on",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"cat_cow"', f'"{HINGE}"', f"movements.1.movement: expected each movement once, got '{HINGE}' twice"),
        (
            'limits.back.warn = ["open", 30]',
            "limits.back = {}",
            "movements.0.limits.back: expected target or warn, got neither",
        ),
    ],
)
def test_what_says_nothing_or_twice_is_refused(old, new, problem):
    assert problems_of(FILE.replace(old, new)) == [problem]


def test_a_limit_that_contradicts_the_band_is_refused():
    found = problems_of(FILE.replace('["open", 30]', '["open", 10]'))  # the target reaches to 25
    assert any("warn" in problem for problem in found)


@pytest.mark.parametrize(
    "line", ["goal = 3", 'goal = "it cures your back"', "days_a_week = 9", "unknown = 1", "schema_version = 2"]
)
def test_a_wrong_value_is_refused(line):
    key = line.split(" ")[0]
    lines = [one for one in FILE.splitlines() if not one.startswith(key)]
    assert problems_of("\n".join([line, *lines]))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300).filter(str.strip), st.text(max_size=300), st.floats(1, 600))
def test_a_form_is_written_as_the_file_that_it_means(patient, goal, hold_s):
    own = {"movement": HINGE, "hold_s": hold_s, "note": "", "limits": {"back": {"warn": ["open", 30.0]}}}
    values = {"patient": patient, "written_on": date(2026, 11, 29), "review_on": None, "goal": goal}
    found = parse_prescription(write_prescription(values, [own]), "x.toml")
    assert (found.patient, found.goal, found.movements[0].hold_s) == (patient, goal, hold_s)
    assert found.movements[0].limits["back"].warn == ["open", 30.0]


def test_a_form_leaves_out_what_is_as_in_the_movement():
    usual = load_movement(HINGE)
    own = {"movement": HINGE, "variant": "usual", "hold_s": usual.dose.hold_s, "repetitions": usual.dose.repetitions,
           "limits": {"back": {"warn": usual.measures["back"].warn}}}  # fmt: skip
    text = write_prescription({"patient": "A", "written_on": date(2026, 11, 29)}, [own]).decode()
    assert text.partition("[[movements]]")[2].split() == ["movement", "=", f'"{HINGE}"']


def test_a_prescribed_movement_goes_through_the_form_unchanged():
    before = parse_prescription(FILE.encode(), "a.toml")
    form = [list_as_form(one) for one in before.movements]
    written = write_prescription({"patient": "A", "written_on": date(2026, 11, 29)}, form)
    assert parse_prescription(written, "a.toml").movements == before.movements


def own_file() -> bytes:
    """Return the hinge under another id, as an own movement of this computer."""
    return read_movement_bytes(HINGE).replace(f'id = "{HINGE}"'.encode(), b'id = "wall_bow"', 1)


def test_an_own_movement_is_prescribed_like_the_others():
    own, text = {"wall_bow": own_file()}, FILE.replace(HINGE, "wall_bow")
    with pytest.raises(MovementFileError, match=r"expected the id of a movement, got 'wall_bow'"):
        parse_prescription(text.encode(), "a.toml")
    one = parse_prescription(text.encode(), "a.toml", own).find("wall_bow")
    usual = parse_prescription(FILE.encode(), "a.toml").find(HINGE)
    assert list_prescribed_changes(one, own) == list_prescribed_changes(usual)
    assert (personalise(one, own).id, personalise(one, own).measures) == ("wall_bow", personalise(usual).measures)


def test_the_form_of_an_own_movement_leaves_out_what_is_usual():
    own = {"wall_bow": own_file()}
    form = {"movement": "wall_bow", "hold_s": 20, "limits": {"back": {"warn": ["open", 30], "target": ["open", 25]}}}
    written = write_prescription({"patient": "A", "written_on": date(2026, 11, 29)}, [form], own)
    [change] = list_prescribed_changes(parse_prescription(written, "a.toml", own).movements[0], own)
    assert (change.code, change.before, change.after) == ("warn_high", 40.0, 30.0)


def test_an_own_file_never_takes_the_place_of_a_shipped_one():
    own = {HINGE: b"not a movement"}
    one = parse_prescription(FILE.encode(), "a.toml", own).find(HINGE)
    assert personalise(one, own) == personalise(one)
