"""Routine files: every problem is reported at once, and a routine takes the time it says."""

from __future__ import annotations

from importlib import resources

import pytest

from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.program.routines.fit import plan_routine
from formcheck.program.routines.load import (
    check_routine_files,
    list_routines,
    load_routine,
    parse_routine,
    read_routine,
)

FOLDER = resources.files("formcheck.routines")
GOOD = FOLDER.joinpath("six_stretches.toml").read_text("utf-8")
WANTED = {
    "six_stretches", "back_ten_minutes", "desk_minute", "after_a_drive", "gentle", "support", "after_sport",
    "s002_suggested", "s002_beginner",
}  # fmt: skip


def refused(text: str) -> list[str]:
    with pytest.raises(MovementFileError, match="problem") as raised:
        parse_routine(text.encode(), "mine.toml")
    return raised.value.problems


def test_a_routine_is_named_by_its_id_or_its_file(tmp_path):
    (tmp_path / "mine.toml").write_text(GOOD, "utf-8")
    assert read_routine("six_stretches") == read_routine(tmp_path / "mine.toml")
    with pytest.raises(MovementFileError, match=r"expected the id of a routine: .*six_stretches"):
        read_routine("seven_stretches")


@pytest.mark.parametrize("routine_id", list_routines())
def test_a_routine_takes_the_time_it_says(routine_id):
    """The clock adds up every step; the sum of the steps is checked by hand below."""
    routine = load_routine(routine_id)
    assert plan_routine(routine).time_s == pytest.approx(routine.time_s, rel=0.1)


def test_the_clock_of_a_short_table_added_up_by_hand():
    steps = plan_routine(load_routine("s002_suggested")).steps
    assert [(step.id, step.length_s) for step in steps] == [
        ("0.position", 18.0),  # 8 to hear it, 10 for the camera
        ("0.1", 37.0),  # 7 to be found, three cycles of 4 + 6
        ("0.rest", 15.0),
        ("1.position", 8.0),  # on the floor already, and the camera is low
        ("1.1", 37.0),  # 7 + 30
        ("1.rest", 15.0),
        ("2.position", 8.0),
        ("2.1.first", 37.0),
        ("2.1.other.switch", 10.0),
        ("2.1.other", 37.0),
        ("done", 0.0),
    ]


def test_the_files_are_those_of_the_catalogue():
    assert set(list_routines()) == WANTED


@pytest.mark.parametrize("routine_id", list_routines())
def test_a_routine_offers_nothing_advanced_and_gives_sources(routine_id):
    routine = load_routine(routine_id)
    assert routine.id == routine_id
    movements = [load_movement(part.movement) for part in routine.parts if part.movement]
    assert movements
    assert not any(one.advanced for one in movements)
    changed = [part for part in routine.parts if part.repetitions or part.hold_s]
    assert all(part.source for part in changed)


def test_the_doses_are_those_of_the_articles():
    """S002's two tables, as the catalogue quotes them (2.3)."""

    def held(routine_id: str) -> list[tuple[str, float]]:
        plan = plan_routine(load_routine(routine_id))
        found = [(one, next(s for s in plan.steps if s.kind == "set" and s.part == one.index)) for one in plan.parts]
        return [(one.movement.id, step.length_s - 7.0) for one, step in found]

    assert held("s002_suggested") == [("cat_cow", 30.0), ("childs_pose", 30.0), ("knee_to_chest_single", 30.0)]
    assert held("s002_beginner") == [("cat_cow", 60.0), ("seated_forward_bend", 30.0), ("childs_pose", 60.0)]


def test_every_problem_is_reported_at_once():
    bad = GOOD.replace("time_s = 900", "time_s = -1").replace('why = "To end', 'who = "To end')
    problems = refused(bad)
    assert [one.partition(":")[0] for one in problems] == ["time_s", "parts.6.why", "parts.6.who"]


def test_a_wrong_value_hides_no_other_problem():
    """What a part, a movement or a source has wrong is found although keys and types elsewhere are wrong too."""
    bad = written(
        'movement = "cat_dog"',
        'movement = "childs_pose"\nhold_s = 900\nduration_s = 5\nsource = "Q: a book"',
        'kind = "walk"\nmovement = "cat_cow"',
        'movement = "plank"\nfirst_side = "left"\nrounds = 3',
        "movement = 3",
        'kind = ["walk"]',
        more='colour = "red"',
    )
    places = [one.partition(":")[0] for one in refused(bad)]
    assert sorted(places) == [
        "colour", "parts.0.movement", "parts.1.duration_s", "parts.1.hold_s", "parts.1.source", "parts.2.duration_s",
        "parts.2.movement", "parts.2.say", "parts.3.first_side", "parts.3.rounds", "parts.4.movement", "parts.5.kind",
    ]  # fmt: skip


def test_parts_and_sources_of_a_wrong_type_hide_nothing_else():
    parts = refused('id = "mine"\nname = "Mine"\nparts = [7, {movement = "no_such"}]\nsources = "a book"\n')
    assert any("parts.0" in one for one in parts)
    assert any("no_such" in one for one in parts)
    assert any(one.startswith("sources") for one in parts)


def test_unknown_movements_sources_and_promises_are_refused():
    bad = GOOD.replace('"cat_cow"', '"cat_dog"').replace("S001: 3", "S009: 3").replace("One round", "It relieves pain.")
    problems = refused(bad)
    assert problems[0].startswith("parts.1.movement: expected the id of a movement, got 'cat_dog'")
    assert problems[1].startswith("source: ")
    assert "S009" in problems[1]
    assert problems[2].startswith("about: ")
    assert len(problems) == 3


def written(*parts: str, time_s: float = 60, more: str = "") -> str:
    """Return a routine file with these parts."""
    head = f'schema_version = 1\nid = "mine"\nname = "Mine"\nabout = "Mine."\ntime_s = {time_s}\nsource = "E: mine"\n'
    tables = "".join(f'\n[[parts]]\nwhy = "So."\n{part}\n' for part in parts)
    return f'{head}{more}\n[sources]\nE = "own choice"\n{tables}'


WALK = 'kind = "walk"\nsay = "Walk."\nduration_s = 30'
CHILD = 'movement = "childs_pose"\nhold_s = 30'


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (written(CHILD, time_s=55), "parts: expected movement or a walk before the first long hold"),
        (written(WALK, CHILD, time_s=60), "time_s: expected 85 within 10 %"),
        (written('kind = "breath"\nmovement = "cat_cow"\nduration_s = 30'), "parts.0.movement: expected none"),
        (written('kind = "breath"'), "parts.0.duration_s: expected the seconds"),
        (written('kind = "breath"\nduration_s = 60'), "parts: expected at least one movement"),
        (written('kind = "walk"\nduration_s = 30'), "parts.0.say: expected what to do"),
        (written(""), "parts.0.movement: expected the id of a movement, got none"),
        (written(WALK, CHILD + "\nduration_s = 30"), "parts.1.duration_s: expected none for a movement"),
        (written(WALK, CHILD, 'kind = "rest"\nduration_s = 20', time_s=115), "parts.2.kind: expected something after"),
        (written(WALK, 'movement = "plough"', time_s=90), "parts.1.movement: expected a movement that needs no"),
        (written('movement = "cat_cow"\nfirst_side = "left"', time_s=125), "parts.0.first_side: expected none"),
        (written('movement = "cat_cow"\nhold_s = 20', time_s=125), "parts.0.hold_s: expected none"),
        (written('movement = "cat_cow"', time_s=125).replace('"Mine"', '"{stretches} {now}"'), "name: expected no"),
    ],
)
def test_what_no_single_value_shows_is_refused(text, found):
    assert [one for one in refused(text) if one.startswith(found)], refused(text)


def test_an_own_file_is_read_and_who_is_warm_may_hold_first():
    assert parse_routine(written(WALK, CHILD, time_s=85).encode(), "mine.toml").id == "mine"
    warm = written(CHILD, time_s=55, more="starts_warm = true")
    assert parse_routine(warm.encode(), "mine.toml").starts_warm


def test_two_files_with_one_id_and_an_id_of_ours_are_refused(tmp_path):
    one, two, ours = (tmp_path / f"{name}.toml" for name in ("one", "two", "ours"))
    one.write_text(written(WALK, CHILD, time_s=85))
    two.write_text(written(WALK, CHILD, time_s=85))
    ours.write_text(written(WALK, CHILD, time_s=85).replace('"mine"', '"gentle"'))
    problems = {name: found for name, _, found in check_routine_files([one, two, ours, tmp_path / "none.toml"])}
    assert problems["one.toml"] == []
    assert problems["two.toml"] == ["id: expected a unique id, got 'mine', which one.toml uses too"]
    assert problems["ours.toml"] == ["id: expected a unique id, got 'gentle', which a routine of formcheck uses too"]
    assert len(problems["none.toml"]) == 1


def test_the_example_of_the_docs_is_a_good_file(checkout):
    text = (checkout / "docs" / "routines.md").read_text("utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]
    assert parse_routine(example.encode(), "mine.toml").id == "mine"


def test_an_unknown_routine_names_those_that_exist():
    with pytest.raises(MovementFileError, match="six_stretches"):
        load_routine("seven")


def test_what_is_harder_never_asks_for_a_larger_range():
    said = {one: load_movement(one).harder.lower() for one in catalogue()}
    assert sum(map(bool, said.values())) >= 20
    asks = ("deeper", "further", "lower down", "as far as")
    assert not [one for one, text in said.items() if any(word in text for word in asks)]


WALL_BOW = load_movement("cat_cow").model_copy(update={"id": "wall_bow", "name": "Wall bow"})


def test_a_routine_names_own_movements_if_they_are_there():
    text = GOOD.replace('"cat_cow"', '"wall_bow"').replace('id = "six_stretches"', 'id = "mine"')
    assert any("got 'wall_bow'" in problem for problem in refused(text))
    own = {"wall_bow": WALL_BOW}
    routine = parse_routine(text.encode(), "mine.toml", own)
    usual, mine = plan_routine(load_routine("six_stretches")), plan_routine(routine, own=own)
    assert (mine.time_s, mine.stretches) == (usual.time_s, usual.stretches)
    assert "Wall bow" in [one.movement.name for one in mine.parts if one.movement]
    assert plan_routine(routine).stretches == usual.stretches - 1  # its file went meanwhile


def test_own_movements_are_checked_like_the_others(tmp_path):
    text = GOOD.replace('"cat_cow"', '"wall_bow"').replace('id = "six_stretches"', 'id = "mine"')
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    for own, problem in (
        ({"wall_bow": WALL_BOW}, ""),
        ({"wall_bow": WALL_BOW.model_copy(update={"advanced": True})}, "expected a movement that needs no therapist"),
        ({}, "expected the id of a movement"),
    ):
        [found] = check_routine_files([tmp_path / "mine.toml"], own)
        assert bool(found.problems) == bool(problem)
        assert problem in "".join(found.problems)
