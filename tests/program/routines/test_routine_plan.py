"""The plan of a day: the gate, the minutes, the calm way, and what the person leaves out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.apps.guide.routine_words import describe_plan, list_changes, name_plan, say_step
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.program.effort import lessen_dose
from formcheck.program.gate import GateReason, Offer
from formcheck.program.routines.fit import ADDED_WALK, Choices, calm_dose, is_warmed, plan_routine, quiet_movement
from formcheck.program.routines.load import list_routines, load_routine
from formcheck.program.routines.schema import find_dose
from formcheck.program.routines.set_clock import BETWEEN_SETS_S, count_dose_holds, time_movement
from formcheck.program.routines.steps import find_place_kind, sum_steps_s

SIX = load_routine("six_stretches")
ALL = [load_routine(one) for one in list_routines()]


def closed(*movements: str, code: str = "R8") -> dict[str, Offer]:
    return {one: Offer((GateReason(code, "closed", "Left out, because you said: so."),)) for one in movements}


def ids(plan) -> list[str]:
    return [one.movement.id if one.movement else one.part.kind for one in plan.parts]


def test_the_camera_is_mentioned_only_where_it_must_move():
    plan = plan_routine(SIX)
    moves = [plan.routine.parts[step.part].movement for step in plan.steps if step.moves_camera]
    assert moves == ["warmup_march", "cat_cow", "childs_pose_side_reach", "seated_forward_bend"]
    said = [say_step(plan, plan.parts[step.part], step, (4, 6)) for step in plan.steps if step.kind == "position"]
    assert ["Camera" in text for text in said] == [True, True, False, True, True, False, False]
    assert said[1].startswith("Next: Cat-cow. Your back moves before it holds still. Come onto hands and knees")


def test_a_place_is_a_posture_family():
    assert find_place_kind(load_movement("hamstring_hinge_standing")) == "standing"
    assert find_place_kind(load_movement("desk_posture")) == "chair"
    assert {find_place_kind(load_movement(one)) for one in ("cobra", "cat_cow", "seated_forward_bend")} == {"floor"}


def test_what_the_gate_closes_is_swapped_or_left_out_and_said():
    plan = plan_routine(SIX, Choices(), closed("cat_cow", "seated_forward_bend"))
    assert ids(plan)[:2] == ["warmup_march", "kneeling_hip_flexor"]
    assert "hamstring_doorway_supine" in ids(plan)  # the milder one of the seated bend
    swapped = next(one for one in plan.parts if one.movement and one.movement.id == "hamstring_doorway_supine")
    assert swapped.way == "easier"
    assert list(list_changes(plan)) == [
        "Left out today: Cat-cow. Left out, because you said: so.",
        "Doorway hamstring stretch instead of Seated forward bend. Left out, because you said: so.",
    ]
    assert name_plan(plan) == "Five stretches for your back"


def test_a_swap_that_is_closed_as_well_is_left_out():
    plan = plan_routine(SIX, Choices(), closed("seated_forward_bend", "hamstring_doorway_supine"))
    assert [one.code for one in plan.changes] == ["left_out"]
    assert len(plan.parts) == 6


def test_without_a_warm_up_a_walk_comes_first():
    plan = plan_routine(load_routine("s002_suggested"), Choices(), closed("cat_cow"))
    assert plan.parts[0].index == ADDED_WALK
    assert ids(plan)[0] == "walk"
    assert plan.changes[-1].code == "walk_added"


def test_the_plan_shrinks_to_the_minutes_by_its_written_priority():
    plan = plan_routine(SIX, Choices(minutes=10))
    assert plan.time_s <= 10 * 60 * 1.05
    # the priorities of the file: 5 and 4 go first, then the highest that are left
    assert [change.movement.id for change in plan.changes][:2] == ["seated_forward_bend", "childs_pose_side_reach"]
    assert ids(plan)[:2] == ["warmup_march", "cat_cow"]


@pytest.mark.parametrize("routine", ALL, ids=lambda one: one.id)
def test_every_routine_can_be_had_in_five_minutes(routine):
    plan = plan_routine(routine, Choices(minutes=5))
    assert plan.time_s <= 5 * 60 * 1.05
    assert plan.stretches >= 1


def test_what_is_cut_down_to_one_stretch_names_it():
    plan = plan_routine(SIX, Choices(minutes=5))
    assert name_plan(plan) == "One stretch for your back"
    assert describe_plan(plan) == "Cat-cow. Your back moves before it holds still."
    assert describe_plan(plan_routine(SIX)).startswith("Warm up, then six stretches")


def test_a_warm_up_is_shorter_where_nothing_else_can_go():
    plan = plan_routine(SIX, Choices(minutes=5))
    assert ids(plan) == ["warmup_march", "cat_cow"]
    assert plan.parts[0].dose.least_hold_s <= plan.parts[0].dose.hold_s < 180.0
    assert plan.changes[-1].code == "short_warm_up"
    assert "A shorter warm-up, to fit your time." in list(list_changes(plan))
    assert plan_routine(SIX, Choices(minutes=1)).parts[0].dose.hold_s == plan.parts[0].dose.least_hold_s


@given(st.sampled_from(ALL), st.integers(1, 30), st.booleans(), st.sets(st.sampled_from(catalogue())))
def test_a_hold_never_loses_its_warm_up(routine, minutes, calm, gone):
    offers = closed(*gone)
    plan = plan_routine(routine, Choices(minutes=minutes, calm=calm), offers)
    assert not {one.movement.id for one in plan.parts if one.movement} & gone
    assert routine.starts_warm or is_warmed(plan.parts)
    whole = plan_routine(routine, Choices(calm=calm), offers)
    assert plan.time_s <= whole.time_s
    kept = {one.index for one in plan.parts}
    dropped = {change.part for change in plan.changes if change.code == "no_time"}
    assert kept.isdisjoint(dropped)
    assert all(routine.parts[index].priority > 1 for index in dropped)
    assert [step.id for step in plan.steps] == list(dict.fromkeys(step.id for step in plan.steps))
    assert plan.steps[-1].kind == "done"


@given(st.sampled_from(ALL), st.sets(st.integers(0, 8)))
def test_a_part_that_is_left_out_changes_no_other_name(routine, without):
    plan = plan_routine(routine, Choices(without=frozenset(without)))
    assert {one.index for one in plan.parts} - {ADDED_WALK} == set(range(len(routine.parts))) - without
    said = {change.part for change in plan.changes if change.code == "not_today"}
    assert said == without & set(range(len(routine.parts)))


def test_too_easy_asks_for_the_harder_way_of_the_movement_file():
    plan = plan_routine(load_routine("support"), Choices(harder=frozenset({3})))
    assert [one.way for one in plan.parts] == ["usual", "usual", "usual", "harder"]
    step = next(one for one in plan.steps if one.id == "3.position")
    assert "A little more: Stay for ten more seconds" in say_step(plan, plan.parts[3], step, (4, 6))


def test_a_softened_movement_goes_the_easier_way():
    offers = {"cat_cow": Offer((GateReason("R12", "softened", "Begin gently."),))}
    plan = plan_routine(SIX, Choices(harder=frozenset({1})), offers)
    assert plan.parts[1].way == "easier"
    assert list(list_changes(plan)) == ["Gently today: Cat-cow. Begin gently."]


# The calm way ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("movement", [load_movement(one) for one in catalogue()], ids=catalogue())
def test_the_calm_way_never_asks_for_more(movement):
    usual, calm = movement.dose, calm_dose(movement, movement.dose)
    (hold_s, times), (calm_hold_s, calm_times) = count_dose_holds(usual), count_dose_holds(calm)
    assert (calm_hold_s or 0) <= (hold_s or 0)
    assert (calm_hold_s or 1) * calm_times <= (hold_s or 1) * times
    if movement.drive.kind == "reach":
        assert (calm_hold_s or 0) < 10.0  # moving instead of holding
    quiet = quiet_movement(movement)
    said = {one.id for one in quiet.faults if one.severity in {"info", "adjust"}}
    assert said <= {"bad_view", "not_in_front", "out_of_view"}
    assert {one.id for one in movement.faults if one.severity == "fix"} <= {one.id for one in quiet.faults}


def test_a_routine_goes_the_calm_way_with_fewer_words():
    usual, calm = plan_routine(SIX), plan_routine(SIX, Choices(calm=True))
    assert plan_routine(load_routine("gentle")).is_calm
    pairs = [
        (say_step(usual, one, step, (4, 6)), say_step(calm, other, step, (4, 8)))
        for one, other in zip(usual.parts, calm.parts, strict=True)
        for step in usual.steps
        if step.kind == "position" and step.part == one.index
    ]
    assert all(len(quiet.split()) < len(said.split()) for said, quiet in pairs)
    assert calm.time_s < usual.time_s


# The clock of a set ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("movement", [load_movement(one) for one in catalogue()], ids=catalogue())
def test_a_set_is_as_long_as_its_movement_alone(movement):
    """Side by side, it is the timer of the movement, without getting ready and without the way to the other side."""
    steps = [step for step in plan_routine(_only(movement)).steps if step.kind == "set"]
    alone = [part for part in time_movement(movement) if part.kind in {"work", "rest"}]
    if len(steps) == 2:
        alone.pop(
            next(
                n for n, part in enumerate(alone) if n and alone[n - 1].side == "first" and alone[n + 1].side == "other"
            )
        )
    assert [part for step in steps for part in step.clock] == alone
    assert sum_steps_s(steps) == 7.0 * len(steps) + sum(part.length_s for part in alone)


def _only(movement):
    part = SIX.parts[0].model_copy(update={"movement": movement.id})
    return SIX.model_copy(update={"parts": [part], "starts_warm": True})


def test_the_many_short_holds_of_a_movement_are_its_repetitions():
    movement = load_movement("pelvic_tilt_supine")
    part = SIX.parts[6].model_copy(update={"repetitions": 4})
    assert count_dose_holds(find_dose(movement, part)) == (5.0, 4)


def test_between_two_sets_is_a_rest():
    plank = load_movement("plank")
    twice = plank.model_copy(update={"dose": plank.dose.model_copy(update={"sets": 2})})
    rests = [part.length_s for part in time_movement(twice) if part.code == "next_set"]
    assert rests == [BETWEEN_SETS_S]


@pytest.mark.parametrize(
    ("movement_id", "repetitions", "drive", "work"),
    [
        pytest.param("plank", 1, {}, [("stay", 60.0)], id="a posture is kept for a minute"),
        pytest.param(
            "cat_cow", 2, {}, [("low", 4.0), ("high", 6.0)] * 2, id="a breath in at one end, out at the other"
        ),
        pytest.param(
            "cat_cow", 2, {"low_name": "low", "high_name": "high"}, [("once", 10.0)] * 2, id="ends without names"
        ),
    ],
)
def test_without_a_time_the_clock_breathes(movement_id, repetitions, drive, work):
    movement = load_movement(movement_id)
    changes = {"dose": {"hold_s": None, "repetitions": repetitions}, "drive": drive}
    parts = {key: getattr(movement, key).model_copy(update=value) for key, value in changes.items()}
    found = [(part.code, part.length_s) for part in time_movement(movement.model_copy(update=parts))]
    assert found == [("get_ready", 10.0), *work, ("done", 0.0)]


# A little less, and another round -------------------------------------------------------------------------------------


@pytest.mark.parametrize("routine_id", list_routines())
def test_a_little_less_changes_doses_and_nothing_else(routine_id):
    usual, less = (plan_routine(load_routine(routine_id), Choices(less=one)) for one in (False, True))
    assert [one.index for one in less.parts] == [one.index for one in usual.parts]
    if usual.is_calm:
        assert less == usual
        return
    assert less.time_s < usual.time_s
    assert [one.code for one in less.changes] == [*(one.code for one in usual.changes), "less"]
    for one, other in zip(usual.parts, less.parts, strict=True):
        if one.part.warm_up or one.dose is None:
            assert other == one
        else:
            assert other.dose == lessen_dose(one.dose)


def test_another_round_begins_warm():
    routine = load_routine("six_stretches")
    first, again = plan_routine(routine), plan_routine(routine, Choices(is_warm=True))
    assert routine.rounds == 3
    assert [one.index for one in again.parts] == [one.index for one in first.parts if not one.part.warm_up]
    assert again.changes == ()


def test_the_easier_way_of_a_part_is_said():
    routine = load_routine("six_stretches")
    part = routine.parts[2].model_copy(update={"way": "easier"})
    plan = plan_routine(routine.model_copy(update={"parts": [*routine.parts[:2], part]}))
    assert [one.way for one in plan.parts] == ["usual", "usual", "easier"]
