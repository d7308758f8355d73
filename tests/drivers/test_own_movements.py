"""The user's own movement files: found by their id; what cannot be used is named and left out."""

import os
import re
import sys
from datetime import UTC, datetime

import pytest

import formcheck as fc
from formcheck.core.errors import MovementFileError
from formcheck.core.movement.load import catalogue, load_movement, read_movement_bytes
from formcheck.drivers import answers, own_movements
from formcheck.drivers.history.keeper import SetKeeper, check_session_under_way, keep_set
from formcheck.drivers.own_movements import (
    MOST_OWN_BYTES,
    MOST_OWN_MOVEMENTS,
    find_movement,
    find_own_movements_dir,
    is_own,
    keep_own_movement,
    load_own_movements,
    locate_movement,
    name_with_origin,
)
from formcheck.drivers.therapist import own_plan
from formcheck.drivers.todays_routines import find_todays_offers, load_known_routines
from formcheck.program.routines.fit import plan_routine
from formcheck.program.screening import QUESTIONS

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HINGE = "hamstring_hinge_standing"
needs_links = pytest.mark.skipif(sys.platform == "win32", reason="making a link needs rights there")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Return the folder of own movements; it does not exist yet."""
    monkeypatch.setenv("FORMCHECK_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "movements"


def write_own(folder, movement_id, *, file="", more=""):
    """Write a movement file like the hinge, with another id."""
    folder.mkdir(parents=True, exist_ok=True)
    text = read_movement_bytes(HINGE).decode("utf-8").replace(f'id = "{HINGE}"', f'id = "{movement_id}"', 1)
    path = folder / (file or f"{movement_id}.toml")
    path.write_text(text + more, "utf-8")
    return path


def test_without_a_folder_there_are_none(folder):
    assert find_own_movements_dir() == folder
    assert load_own_movements() == ({}, {}, [], {})


def test_an_own_movement_is_found_by_its_id(folder):
    path = write_own(folder, "wall_bow", file="of_anna.toml")
    own = load_own_movements()
    assert own.movements == {"wall_bow": load_movement(path)}
    assert own.refused == []
    assert locate_movement("wall_bow") == own.paths["wall_bow"] == path


def test_the_app_finds_both_kinds_and_marks_own_ones(folder):
    write_own(folder, "wall_bow")
    own, shipped = find_movement("wall_bow"), find_movement(HINGE)
    assert (own.id, name_with_origin(own)) == ("wall_bow", "Standing hamstring stretch (own)")
    assert (shipped, name_with_origin(shipped)) == (load_movement(HINGE), "Standing hamstring stretch")
    assert (is_own("wall_bow"), is_own(HINGE), find_movement("nod")) == (True, False, None)


def test_a_changed_own_file_counts_at_once(folder):
    write_own(folder, "wall_bow")
    before = load_own_movements().movements["wall_bow"].sha256
    write_own(folder, "wall_bow", more="\n# another number")
    assert load_own_movements().movements["wall_bow"].sha256 != before


def test_ids_and_files_known_already_stay_as_they_are(folder, tmp_path, monkeypatch):
    write_own(folder, "wall_bow")
    monkeypatch.chdir(tmp_path)
    for name in ("wall_bow", "bow"):
        (tmp_path / name).write_text("here", "utf-8")
    for name in (HINGE, "my.toml", tmp_path / "my.toml", "bow"):
        assert locate_movement(name) == name
    assert locate_movement("wall_bow") == folder / "wall_bow.toml"


def test_an_unknown_id_names_own_ids_too(folder):
    write_own(folder, "wall_bow")
    with pytest.raises(MovementFileError) as caught:
        locate_movement("bow")
    known = ", ".join([*catalogue(), "wall_bow"])
    assert caught.value.problems == [f"expected a movement id or a .toml file; known ids: {known}"]


def test_a_broken_file_is_left_out_and_named(folder):
    write_own(folder, "wall_bow")
    write_own(folder, "nod", more="\n[more]\nkey = 1")
    own = load_own_movements()
    assert list(own.movements) == ["wall_bow"]
    (line,) = own.list_refused_lines()
    assert line.startswith("nod.toml: left out: more: unknown key")
    with pytest.raises(MovementFileError, match=r"nod\.toml: 1 problem\n  more: unknown key"):
        locate_movement("nod")


@pytest.mark.parametrize(("taken", "by"), [(HINGE, "a movement of the catalogue"), ("test_t1", "a test")])
def test_an_id_that_is_taken_is_refused(folder, taken, by):
    write_own(folder, taken)
    own = load_own_movements()
    assert own.movements == {}
    assert own.list_refused_lines() == [
        f"{taken}.toml: left out: id: expected a unique id, got {taken!r}, which {by} uses"
    ]


def test_a_large_file_is_not_read(folder):
    write_own(folder, "wall_bow", more="#" * MOST_OWN_BYTES)
    (line,) = load_own_movements().list_refused_lines()
    assert line.startswith("wall_bow.toml: left out: expected at most 100 kB, got 1")


def test_more_files_than_allowed_are_left_out(folder):
    folder.mkdir(parents=True)
    for number in range(MOST_OWN_MOVEMENTS + 1):
        (folder / f"b{number:03}.toml").write_text("]", "utf-8")
    write_own(folder, "wall_bow", file="a.toml")
    own = load_own_movements()
    assert list(own.movements) == ["wall_bow"]
    assert own.refused[0] == (
        "movements", None, ["expected at most 200 files, got 202; those after b198.toml are left out"],
    )  # fmt: skip
    assert len(own.refused) == 1 + MOST_OWN_MOVEMENTS - 1


@needs_links
def test_no_link_is_followed(folder, tmp_path):
    folder.mkdir(parents=True)
    (folder / "bow.toml").symlink_to(write_own(tmp_path / "elsewhere", "wall_bow"))
    own = load_own_movements()
    assert own.movements == {}
    assert own.list_refused_lines() == ["bow.toml: left out: expected a file, got a link; put the file itself here"]


@needs_links
def test_a_folder_that_is_a_link_is_not_followed(folder, tmp_path):
    folder.parent.mkdir()
    folder.symlink_to(write_own(tmp_path / "elsewhere", "wall_bow").parent)
    own = load_own_movements()
    assert own.movements == {}
    assert own.list_refused_lines() == [
        "movements: left out: expected a folder, got a link; put the files themselves here"
    ]


def test_a_file_in_place_of_the_folder_stops_nothing(folder):
    folder.parent.mkdir()
    folder.write_text("", "utf-8")
    (line,) = load_own_movements().list_refused_lines()
    assert line.startswith("movements: left out: expected a readable folder, got: ")


@pytest.mark.skipif(sys.platform == "win32", reason="names of files are narrower there")
def test_other_files_are_not_read_and_odd_names_stay_on_a_line(folder):
    write_own(folder, "wall_bow", file="._wall_bow.toml")
    write_own(folder, "nod", file="nod.txt")
    os.mkfifo(folder / "pipe.toml")
    (folder / "two\nlines.toml").write_text("]", "utf-8")
    own = load_own_movements()
    assert own.movements == {}
    assert [one.name for one in own.refused] == ["pipe.toml", r"two\nlines.toml"]
    assert all("\n" not in line for line in own.list_refused_lines())


# The gate -------------------------------------------------------------------------------------------------------------


def without_table(folder, movement_id):
    """Write an own movement whose file does not decide for whom it suits."""
    path = write_own(folder, movement_id)
    text = re.sub(r"\n\[avoid_if\]\n(?:.+\n)+", "\n", path.read_text("utf-8"))
    path.write_text(text, "utf-8")
    assert load_own_movements().movements[movement_id].avoid_if is None


def say(*yes):
    answers.answer({one.id: one.id in yes for one in QUESTIONS}, NOW)
    return answers.read_screening_state(NOW)


def test_own_movements_are_offered_as_their_file_says(folder):
    write_own(folder, "wall_bow")
    assert say()["offers"]["wall_bow"]["state"] == "open"
    state = say("R12")
    assert (state["offers"]["wall_bow"]["state"], state["decision"]["hidden"].count("wall_bow")) == ("softened", 0)
    state = say("R8")
    assert (state["offers"]["wall_bow"]["state"], state["decision"]["hidden"].count("wall_bow")) == ("closed", 1)
    assert any("Standing hamstring stretch" in card["closes"] for card in state["cards"])


@pytest.mark.parametrize("sign", [one.id for one in QUESTIONS if one.sign])
def test_without_a_decision_any_sign_closes_an_own_movement(folder, sign):
    without_table(folder, "wall_bow")
    assert say()["offers"]["wall_bow"]["state"] == "open"
    state = say(sign)
    assert state["offers"]["wall_bow"]["state"] == "closed"
    assert "wall_bow" in state["decision"]["hidden"]


def test_an_own_movement_is_closed_while_it_is_still_sore(folder):
    without_table(folder, "wall_bow")
    say()
    answers.keep_pain({"movement": "wall_bow"}, NOW)
    assert answers.read_screening_state(NOW)["pain"]["name"] == "Standing hamstring stretch"
    answers.keep_pain_today({"today": "little"}, NOW)
    assert answers.read_screening_state(NOW)["offers"]["wall_bow"]["state"] == "closed"


PLAN_HEAD = """
schema_version = 1
patient = "A-17"
by = "J. Peeters"
written_on = 2026-11-29

[[movements]]
"""


def test_a_plan_leaves_own_movements_out(folder):
    write_own(folder, "wall_bow")
    say()
    own_plan.keep_own_plan(f'{PLAN_HEAD}movement = "plank"'.encode(), "plan.toml")
    offer = answers.find_offer(load_own_movements().movements["wall_bow"], NOW)
    assert [reason.code for reason in offer.reasons] == ["not_prescribed"]


PLAN = f"""{PLAN_HEAD}
movement = "wall_bow"
hold_s = 12
limits.back.warn = ["open", 30]
"""


def test_a_plan_names_own_movements(folder):
    say()
    with pytest.raises(MovementFileError, match="expected the id of a movement, got 'wall_bow'"):
        own_plan.keep_own_plan(PLAN.encode(), "plan.toml")
    path = write_own(folder, "wall_bow")
    own_plan.keep_own_plan(PLAN.encode(), "plan.toml")
    movement = own_plan.prescribe(load_own_movements().movements["wall_bow"])
    assert (movement.dose.hold_s, movement.measures["back"].warn) == (12, ["open", 30])
    assert answers.find_offer(movement, NOW).state == "open"
    routine = load_known_routines().routines[0]
    assert (routine.id, [one.movement for one in routine.parts][-1]) == (own_plan.ROUTINE_ID, "wall_bow")
    [shown] = own_plan.describe_own_plan(NOW.date())["movements"]
    assert shown == {"id": "wall_bow", "name": "Standing hamstring stretch", "note": ""}
    path.unlink()  # the person practises as without a plan, and nothing breaks
    assert own_plan.read_own_plan() is None
    assert own_plan.ROUTINE_ID not in [one.id for one in load_known_routines().routines]


def test_the_gate_decides_about_own_movements_in_a_routine(folder):
    write_own(folder, "wall_bow")
    say()
    own_plan.keep_own_plan(PLAN.encode(), "plan.toml")
    own = load_own_movements().movements

    def plan():
        return plan_routine(load_known_routines().routines[0], None, find_todays_offers(NOW), own)

    assert [one.movement.id for one in plan().parts if one.movement] == ["wall_bow"]
    say("R8")
    assert "wall_bow" not in [one.movement.id for one in plan().parts if one.movement]
    assert next(change.code for change in plan().changes if change.movement is not None) in {"left_out", "swapped"}


def test_the_session_check_counts_sets_of_own_movements(folder, checkout, monkeypatch):
    monkeypatch.setattr("formcheck.drivers.history.keeper.KEEPER", SetKeeper())
    path = write_own(folder, "wall_bow")
    summary = fc.check(checkout / "examples/tracks/hinge_good.parquet", movement=path)
    assert keep_set(summary, load_movement(path), ended=NOW).code == ""
    lines = check_session_under_way(NOW)
    assert {one.code.value: one.of for one in lines}["alignment"] == 1
    path.unlink()
    assert check_session_under_way(NOW) == []


# Keeping a draft ------------------------------------------------------------------------------------------------------


def content_of(movement_id, more=b""):
    return read_movement_bytes(HINGE).replace(f'id = "{HINGE}"'.encode(), f'id = "{movement_id}"'.encode(), 1) + more


def test_a_kept_movement_is_not_overwritten_by_chance(folder):
    assert keep_own_movement(content_of("wall_bow")).id == "wall_bow"
    assert load_own_movements().paths == {"wall_bow": folder / "wall_bow.toml"}
    with pytest.raises(MovementFileError, match="got 'wall_bow', which is kept already; rename it"):
        keep_own_movement(content_of("wall_bow", b"\n# changed\n"))
    keep_own_movement(content_of("wall_bow", b"\n# changed\n"), replaces=True)
    assert (folder / "wall_bow.toml").read_text("utf-8").endswith("# changed\n")


def test_a_file_of_another_name_is_replaced_where_it_lies(folder):
    path = write_own(folder, "wall_bow", file="of_anna.toml")
    keep_own_movement(content_of("wall_bow", b"\n# changed\n"), replaces=True)
    assert [one.name for one in folder.iterdir()] == ["of_anna.toml"]
    assert path.read_text("utf-8").endswith("# changed\n")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (content_of(HINGE), "id: expected"),
        (content_of("auto"), "id: expected a unique id"),
        (content_of("../../evil"), "id: "),
        (b"]", "TOML"),
        (b"\xff", "UTF-8"),
        (b"# " + b"x" * MOST_OWN_BYTES, "expected at most 100 kB"),
    ],
    ids=["shipped", "auto", "path", "no TOML", "no text", "too long"],
)
def test_what_cannot_be_used_is_not_kept(folder, content, problem):
    with pytest.raises(MovementFileError, match=problem):
        keep_own_movement(content, replaces=True)
    assert not folder.exists()


def test_no_more_are_kept_than_are_read(folder, monkeypatch):
    monkeypatch.setattr(own_movements, "MOST_OWN_MOVEMENTS", 1)
    keep_own_movement(content_of("wall_bow"))
    with pytest.raises(MovementFileError, match="expected at most 1 files; take one out first"):
        keep_own_movement(content_of("wall_nod"))
    keep_own_movement(content_of("wall_bow"), replaces=True)


@needs_links
def test_a_link_in_the_place_of_the_folder_is_refused(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    folder.parent.mkdir(parents=True)
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(MovementFileError, match="got a link"):
        keep_own_movement(content_of("wall_bow"))
    assert list((tmp_path / "elsewhere").iterdir()) == []
