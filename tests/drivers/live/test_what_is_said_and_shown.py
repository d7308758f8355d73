"""Words, dots, lines and gestures of the live page, on hand-made or saved poses."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from formcheck.core.camera.advice import Problem, ProblemCode
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.records import HoldState, PoseFrame
from formcheck.core.skeleton import INDEX
from formcheck.drivers.live import words
from formcheck.drivers.live.pose_source import who_raises_a_hand
from formcheck.drivers.live.practice import PRAISE_EVERY_S, Announcer
from formcheck.drivers.live.screen import (
    OPEN_DEG,
    count_asked,
    describe_drawing,
    describe_plain_drawing,
    describe_screen,
    find_status,
)
from formcheck.drivers.live.set_progress import SetProgress, SetTally
from formcheck.drivers.live.watch.camera_coach import ViewWatch, is_too_dark, measure_light
from formcheck.drivers.live.watch.gestures import raises_a_hand
from formcheck.sinks.overlay.canvas import Canvas

from .conftest import track

HINGE = "hamstring_hinge_standing"


@pytest.fixture(scope="module")
def rounding():
    """Return every result of a hinge in which the back rounds."""
    return list(run(track("hinge_back_rounding"), FormChecker(load_movement(HINGE))))


@pytest.fixture(scope="module")
def held():
    """Return one moment of a hold with nothing to say about it."""
    results = run(track("hinge_good"), FormChecker(load_movement(HINGE)))
    return next(r for r in results if r.phase.name == "hold" and not r.feedback.text)


def canvas_of(result, movement=HINGE):
    return Canvas.unpainted(result, load_movement(movement))


def test_who_is_lost_for_a_moment_is_not_called_absent(held):
    canvas, tally = canvas_of(held), SetTally(SetProgress(movement=HINGE))
    gone = replace(held, phase=replace(held.phase, name="absent"))
    lost = describe_screen(canvas_of(gone), tally, find_status(canvas))
    assert (lost["status"]["code"], lost["phase_word"]) == ("back", "")
    assert (
        describe_screen(canvas_of(gone), tally, find_status(canvas_of(gone)))["phase_word"]
        == words.PHASE_LABELS["absent"]
    )


# Drawing --------------------------------------------------------------------------------------------------------------


def test_back_is_drawn_last_and_in_the_state_of_its_verdict(rounding):
    faulty = next(r for r in rounding if r.feedback.cue == "back_rounding" and r.phase.name == "hold")
    strokes = describe_drawing(canvas_of(faulty))["strokes"]
    assert strokes[-1]["k"] == "back"
    assert {one["s"] for one in strokes if one["k"] == "back"} == {"fix"}
    assert {one["s"] for one in strokes if one["k"] == "limb"} <= {"plain", "faint", "warn", "fix"}


def test_nothing_is_judged_before_the_set(rounding):
    faulty = next(r for r in rounding if r.feedback.cue == "back_rounding")
    plain = describe_plain_drawing(canvas_of(faulty))
    assert plain["arc"] is None
    assert {one["s"] for one in plain["strokes"]} <= {"plain", "faint", "info"}


def test_the_arc_spans_the_angle_and_marks_the_target(rounding):
    held = next(r for r in rounding if r.phase.name == "hold")
    arc = describe_drawing(canvas_of(held))["arc"]
    lean_deg = held.measurements.values["trunk_inclination_deg"].value
    assert abs(math.degrees(arc["sweep"])) == pytest.approx(lean_deg, abs=6)  # drawn between joints, reported corrected
    low, high = (abs(math.degrees(end)) for end in arc["band"])
    assert (low, high) == pytest.approx((20, 20 + OPEN_DEG), abs=0.1)
    assert math.copysign(1, arc["band"][0]) == math.copysign(1, arc["sweep"])


def test_nobody_is_drawn_as_nothing():
    result = FormChecker(load_movement("plank")).step(PoseFrame.nobody(0.0, (640, 480)))
    canvas = canvas_of(result, "plank")
    assert describe_drawing(canvas) == {"strokes": [], "arc": None}
    shown = describe_screen(canvas, SetTally(SetProgress(movement="plank")))
    assert shown["dots"] == [{"name": "view", "s": "cannot_tell", "word": words.VIEW["cannot_tell"]}]


def test_never_more_than_three_dots(rounding):
    tally = SetTally(SetProgress(movement=HINGE))
    for result in rounding[::10]:
        dots = describe_screen(canvas_of(result), tally)["dots"]
        assert len(dots) <= 3
        assert all(one["word"] for one in dots)


def test_sides_that_take_turns_count_twice():
    assert count_asked(load_movement("bird_dog")) == 2 * load_movement("bird_dog").dose.repetitions
    assert count_asked(load_movement(HINGE)) == load_movement(HINGE).dose.repetitions


def test_page_that_is_open_for_days_still_counts(held):
    """The sample on the start page repeats without end; a set is kept with at most a day."""
    day_s = 86_400.0
    tally = SetTally(SetProgress(movement=HINGE, spent_s=day_s - 1))
    for time_s in (0.0, 5.0, 3 * day_s):
        tally.add(replace(held, pose=replace(held.pose, time_s=time_s)))
        progress = tally.collect_progress()
    assert progress.spent_s == day_s
    assert SetProgress.model_validate(progress.model_dump()) == progress


# Words ----------------------------------------------------------------------------------------------------------------


def test_what_the_coach_says_is_short():
    lines = [
        value for name, value in vars(words).items()
        if isinstance(value, str) and name in {"BEGIN", "IN_PLACE", "HOLD_BEGINS", "HALFWAY", "HOLD_DONE", "SET_DONE",
                                               "CLOCK_RUNS", "CALIBRATED", "REPETITION"}
    ]  # fmt: skip
    assert len(lines) == 9
    assert all(len(line.split()) <= 8 for line in [*lines, *words.COUNTS.values()])


def test_every_movement_has_a_word_for_each_of_its_phases():
    for name in catalogue():
        movement = load_movement(name)
        result = FormChecker(movement).step(PoseFrame.nobody(0.0, (640, 480)))
        assert describe_screen(canvas_of(result, name), SetTally(SetProgress(movement=name)))["phase_word"]


def test_praise_comes_when_the_form_returns_and_not_too_often(held):
    announcer, tally = Announcer(load_movement(HINGE)), SetTally(SetProgress(movement=HINGE))

    def said(t, paused_by):
        feedback = replace(held.feedback, hold=HoldState(3.0, 20.0, paused_by))
        result = replace(held, pose=replace(held.pose, time_s=t), feedback=feedback)
        return [one["text"] for one in announcer.step(result, tally) if one["kind"] == "praise"]

    assert said(0.0, "") == []
    assert said(1.0, "back_rounding") == []
    assert said(2.0, "") == [words.CLOCK_RUNS]
    assert said(3.0, "back_rounding") + said(4.0, "") == []
    assert said(5.0, "back_rounding") + said(2.0 + PRAISE_EVERY_S, "") == [words.CLOCK_RUNS]


def test_events_of_a_hold_are_said_once(held):
    announcer, tally = Announcer(load_movement(HINGE)), SetTally(SetProgress(movement=HINGE))
    texts = []
    for valid_s in np.arange(0, 25, 0.5):
        result = replace(held, feedback=replace(held.feedback, hold=HoldState(float(valid_s), 20.0)))
        texts += [one["text"] for one in announcer.step(result, tally)]
    assert texts == [words.HOLD_BEGINS, words.HALFWAY, words.HOLD_DONE]


@pytest.mark.parametrize(("refused", "named"), [(ProblemCode.WHO_STRETCHES, True), (None, False)])
def test_a_refused_view_is_named_while_it_lasts(rounding, monkeypatch, refused, named):
    problem = Problem(ProblemCode.WHO_STRETCHES, "there are two people", "Let one person stay", refused=True)
    seen = [[problem]] * 3
    monkeypatch.setattr(
        "formcheck.drivers.live.watch.camera_coach.find_problems", lambda *_: seen.pop() if seen else []
    )
    watch = ViewWatch(load_movement(HINGE), problem if refused else None)
    named_at_s = [r.pose.time_s for r in rounding if (watch.step(r), watch.problem)[1] is not None]
    assert bool(named_at_s) is named
    assert not seen
    assert watch.problem is None  # it ended


def test_nobody_is_asked_to_stay_in_bad_form(held):
    announcer, tally = Announcer(load_movement(HINGE)), SetTally(SetProgress(movement=HINGE))

    def said(valid_s, paused_by):
        result = replace(held, feedback=replace(held.feedback, hold=HoldState(valid_s, 20.0, paused_by)))
        return [one["text"] for one in announcer.step(result, tally)]

    assert said(0.0, "") == said(0.0, "back_rounding") == said(2.0, "back_rounding") == []
    assert words.HOLD_BEGINS in said(2.0, "")


def test_words_that_were_just_said_are_shown_without_a_voice(held):
    announcer, tally = Announcer(load_movement(HINGE)), SetTally(SetProgress(movement=HINGE))

    def said(t, cue, since_s):
        feedback = replace(held.feedback, cue=cue, text=cue, since_s=since_s)
        result = replace(held, pose=replace(held.pose, time_s=t), feedback=feedback)
        return [one["id"] for one in announcer.step(result, tally) if one["kind"] == "cue"]

    assert said(1.0, "head_hanging", 1.0) == ["head_hanging"]
    assert said(2.0, "back_rounding", 2.0) == ["back_rounding"]
    assert said(5.0, "head_hanging", 1.0) == []  # again, within the time of the same words
    assert said(7.0, "head_hanging", 7.0) == ["head_hanging"]


# Gestures and light ---------------------------------------------------------------------------------------------------


def with_wrist_at(pose, side, y, visibility=0.9):
    xy, seen = pose.xy_px.copy(), pose.visibility.copy()
    xy[INDEX[f"{side}_wrist"]] = xy[INDEX["nose"], 0], y
    xy[INDEX[f"{side}_elbow"]] = xy[INDEX["nose"], 0], y + 60
    seen[INDEX[f"{side}_elbow"]] = 0.9
    seen[INDEX[f"{side}_wrist"]] = visibility
    return replace(pose, xy_px=xy, visibility=seen)


@pytest.mark.parametrize(("above_px", "visibility", "raised"), [(60, 0.9, True), (5, 0.9, False), (60, 0.2, False)])
def test_a_hand_is_raised_when_it_is_seen_clearly_above_the_head(above_px, visibility, raised):
    pose = track("hinge_good")[5]
    top = float(np.nanmin(pose.xy_px[[0, 11, 12, 23, 24], 1]))
    assert raises_a_hand(with_wrist_at(pose, "left", top - above_px, visibility)) is raised
    assert not raises_a_hand(pose)


def test_nobody_raises_no_hand():
    assert not raises_a_hand(PoseFrame.nobody(0.0, (640, 480)))


def test_the_one_who_raises_a_hand_is_chosen():
    pose = track("hinge_good")[5]
    raised = with_wrist_at(pose, "right", 0.0)
    choose = who_raises_a_hand(lambda _: 0)
    assert choose([pose, raised]) == 1
    assert choose([raised, pose]) == 0
    assert choose([pose, pose]) == choose([raised, raised]) == 0


def test_a_dark_shirt_is_not_darkness_but_a_backlit_shadow_is():
    pose = track("hinge_good")[5]
    room = np.full((480, 640, 3), 200, np.uint8)
    lit, shadow = room.copy(), room.copy()
    x, y = pose.xy_px.astype(int).T
    trunk = [INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("shoulder", "hip")]
    for image, landmarks in ((lit, trunk), (shadow, range(33))):
        for one in landmarks:
            image[max(0, y[one] - 3) : y[one] + 4, max(0, x[one] - 3) : x[one] + 4] = 20
    assert not is_too_dark(*measure_light(lit, pose))
    assert is_too_dark(*measure_light(shadow, pose))
    assert is_too_dark(*measure_light(room // 8, pose))
    assert not is_too_dark(*measure_light(room, PoseFrame.nobody(0.0, (640, 480))))
