"""Drawn drive signals and the phases, repetitions and holds that they must produce."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.movement.schema import Condition
from formcheck.core.movement.signals import Roles
from formcheck.core.phases.repetitions import Repetitions, measure_timing
from formcheck.core.phases.start_posture import StartPosture, is_posture_condition_met
from formcheck.core.phases.tracker import ABSENT_S, PhaseTracker
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import PoseFrame, Repetition, Value

from ..conftest import LEFT_OUT

LEAN = "trunk_inclination_deg"


def phase_starts(states):
    """Name and time of each phase that was entered."""
    names = [None, *(s.name for s in states)]
    return [(s.name, s.since_s) for before, s in zip(names, states, strict=False) if s.name != before]


# Reach: stand 2 s, bow by 60 degrees in 2 s, stay 10 s, come up in 2 s, stand 1 s -------------------------------------

BOW = ([0, 2, 4, 14, 16, 17], [0, 0, 60, 60, 0, 0])


def test_one_bow_is_one_repetition_with_one_hold(follow, make_movement):
    states, ended, _ = follow(make_movement(), BOW)
    assert [name for name, _ in phase_starts(states)] == ["setup", "move", "hold", "return", "setup"]
    (bow,) = ended
    assert bow.index == 1
    assert bow.counts
    assert bow.start_s == pytest.approx(2 + 8 / 30, abs=0.05)  # 8 degrees at 30 degrees a second
    assert 4.0 <= bow.hold_start_s <= 4.5  # settled half a second after arriving, at the latest
    assert bow.hold_end_s == pytest.approx(14.0, abs=0.1)  # dated back to when it was left, not when that was noticed
    assert bow.end_s == pytest.approx(14 + 52 / 30, abs=0.05)


def test_the_own_start_posture_is_the_base(follow, make_movement):
    """Someone who stands at 15 degrees has bowed by 8 at 23, not at 8."""
    states, _, tracker = follow(make_movement(), ([0, 2, 4, 10], [15, 15, 75, 75]))
    assert tracker.reference.values[LEAN] == pytest.approx(15)
    assert dict(phase_starts(states))["move"] == pytest.approx(2 + 8 / 30, abs=0.05)


def test_without_a_start_the_movements_own_is_the_base(follow, make_movement):
    states, ended, tracker = follow(make_movement(), ([0, 6, 7, 7.5], [50, 50, 0, 0]))
    assert tracker.reference.values == {}
    assert phase_starts(states)[1] == ("hold", pytest.approx(0.25, abs=0.05))
    assert [r.hold_start_s is not None for r in ended] == [True]


def test_a_shallow_bow_is_no_repetition_and_frees_its_number(follow, make_movement):
    timid = ([0, 2, 3, 4, 6, 8, 14, 16, 17], [0, 0, 14, 0, 0, 60, 60, 0, 0])
    states, ended, _ = follow(make_movement(), timid)
    assert [name for name, _ in phase_starts(states)][:3] == ["setup", "move", "setup"]
    assert [r.index for r in ended] == [1]
    assert ended[0].start_s > 6


def test_a_glance_far_away_is_no_repetition(follow, make_movement):
    """One frame of the pose model at 60 degrees, and back."""
    _, ended, _ = follow(make_movement(), ([0, 2, 2.03, 2.06, 2.09, 5], [0, 0, 60, 60, 0, 0]))
    assert ended == []


def test_a_bow_without_a_rest_is_a_repetition_with_hardly_a_hold(follow, make_movement):
    _, ended, _ = follow(make_movement(), ([0, 2, 4, 6, 8], [0, 0, 60, 0, 0]))
    (bow,) = ended
    assert bow.hold_end_s - bow.hold_start_s < 0.5
    assert bow.hold_start_s == pytest.approx(4.2, abs=0.1)


def test_two_bows_are_two_repetitions(follow, make_movement):
    twice = ([0, 2, 4, 8, 10, 12, 14, 18, 20, 22], [0, 0, 60, 60, 0, 0, 50, 50, 0, 0])
    _, ended, _ = follow(make_movement(), twice)
    assert [r.index for r in ended] == [1, 2]
    assert [round(r.hold_end_s) for r in ended] == [8, 18]


def test_a_dip_in_a_hold_stays_in_the_same_repetition(follow, make_movement):
    dip = ([0, 2, 4, 8, 8.5, 9, 14, 16, 17], [0, 0, 60, 60, 45, 60, 60, 0, 0])
    _, ended, _ = follow(make_movement(), dip)
    (bow,) = ended
    assert (round(bow.hold_start_s), round(bow.hold_end_s)) == (4, 14)


@pytest.mark.parametrize("rest_s", [0.0, 5.0])
def test_two_bows_need_no_full_return_between(follow, make_movement, rest_s):
    """Back to 12 of 60 degrees: the first bow ends there, and the second begins."""
    again_s = 10 + rest_s
    course = ([0, 2, 4, 8, 10, again_s, again_s + 2, again_s + 6, again_s + 8], [0, 0, 60, 60, 12, 12, 60, 60, 0])
    _, ended, _ = follow(make_movement(), course)
    assert [r.index for r in ended] == [1, 2]
    assert ended[0].end_s == pytest.approx(10.0, abs=0.1)
    assert ended[1].start_s == pytest.approx(10.0, abs=0.1)


def test_half_a_return_is_a_dip_of_the_same_bow(follow, make_movement):
    course = ([0, 2, 4, 8, 10, 12, 16, 18], [0, 0, 60, 60, 25, 60, 60, 0])
    _, ended, _ = follow(make_movement(), course)
    assert [r.index for r in ended] == [1]


def test_drifting_deeper_does_not_leave_the_hold(follow, make_movement):
    states, _, _ = follow(make_movement(), ([0, 2, 4, 14], [0, 0, 50, 75]))
    assert [name for name, _ in phase_starts(states)] == ["setup", "move", "hold"]


def test_the_end_of_the_recording_ends_the_hold(follow, make_movement):
    _, ended, _ = follow(make_movement(), ([0, 2, 4, 12], [0, 0, 60, 60]))
    (bow,) = ended
    assert bow.hold_end_s == bow.end_s == 12.0


def test_a_recording_that_ends_on_the_way_back_keeps_its_hold(follow, make_movement):
    _, ended, _ = follow(make_movement(), ([0, 2, 4, 12, 13], [0, 0, 60, 60, 30]))
    assert ended[0].hold_end_s == pytest.approx(12, abs=0.1)


def test_a_recording_that_ends_early_has_no_repetition(follow, make_movement):
    assert follow(make_movement(), ([0, 2, 2.5], [0, 0, 14]))[1] == []
    assert follow(make_movement(), ([0, 2], [0, 0]))[1] == []


def test_a_reach_backwards_counts_the_other_way(follow, make_movement):
    back_bend = make_movement(drive={"least": -20.0})
    _, ended, _ = follow(back_bend, (BOW[0], [-x for x in BOW[1]]))
    assert [round(r.hold_end_s) for r in ended] == [14]
    assert follow(back_bend, BOW)[1] == []


# Rest in another posture than the movement's own start ---------------------------------------------------------------


@pytest.fixture(scope="session")
def lean(make_movement):
    """A bow whose start posture is any lean up to 60 degrees, and which is known by a lean of 80."""
    start = {"when": [Condition(signal=LEAN, below=60.0)]}
    return make_movement(start=start, recognise=[Condition(signal=LEAN, above=80.0)])


def test_who_rests_in_the_start_posture_has_not_begun(follow, lean):
    """Leaning at 50 degrees for 3 s is far from the movement's own start, and yet no hold."""
    states, ended, tracker = follow(lean, ([0, 3], [50, 50]))
    assert {s.name for s in states[15:]} == {"setup"}  # in the first pictures nobody can see that this is a rest
    assert "hold" not in {s.name for s in states}
    assert ended == []
    assert tracker.reference.values[LEAN] == pytest.approx(50)


def test_after_such_a_rest_the_first_bow_is_the_first_repetition(follow, lean):
    _, (bow,), _ = follow(lean, ([0, 3, 5, 10, 12, 13], [50, 50, 110, 110, 50, 50]))
    assert bow.index == 1
    assert bow.start_s == pytest.approx(3 + 8 / 30, abs=0.05)  # 8 degrees beyond the own 50, at 30 a second
    assert (bow.hold_start_s, bow.hold_end_s) == (pytest.approx(5.2, abs=0.3), pytest.approx(10, abs=0.1))


def test_a_person_in_the_movement_from_frame_one_is_not_at_rest(follow, lean):
    """At 85 degrees the posture is the one by which the movement is known, whatever the start allows."""
    wide = lean.model_copy(update={"start": lean.start.model_copy(update={"when": [Condition(signal=LEAN, below=90)]})})
    states, _, _ = follow(wide, ([0, 3], [85, 85]))
    assert states[15].name == "hold"


def test_who_comes_back_to_such_a_rest_keeps_the_hold(follow, lean):
    """The film begins in the hold, and the person then rests in a posture that is not the movement's own start."""
    _, (bow,), _ = follow(lean, ([0, 4, 6, 9], [110, 110, 50, 50]))
    assert (bow.index, bow.hold_end_s) == (1, pytest.approx(4, abs=0.1))


# A film that begins on the way back -----------------------------------------------------------------------------------


def test_only_a_way_back_is_no_repetition(follow, make_movement):
    """From 60 degrees down to 0 in 1.5 s: it went far enough for long enough, but it was never near the start."""
    states, ended, _ = follow(make_movement(), ([0, 1.5, 4], [60, 0, 0]))
    assert states[25].repetition.counts
    assert ended == []


def test_the_bow_after_a_way_back_is_the_first(follow, make_movement):
    _, (bow,), _ = follow(make_movement(), ([0, 1.5, 4, 6, 10, 12, 13], [60, 0, 0, 60, 60, 0, 0]))
    assert bow.index == 1
    assert bow.start_s == pytest.approx(4 + 8 / 30, abs=0.05)


def test_a_film_that_begins_in_the_hold_keeps_that_hold(follow, make_movement):
    _, (bow,), _ = follow(make_movement(), ([0, 4, 6, 7], [60, 60, 0, 0]))
    assert bow.hold_end_s == pytest.approx(4, abs=0.1)


# Cuts -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def follow_cut(figures, make_measured):
    """Run a tracker over a course of the lean at 30 pictures a second; the film is cut at some times."""

    def run(movement, course, *cuts_s):
        tracker, states, standing = PhaseTracker(movement), [], figures.make()
        for t in (np.arange(round(course[0][-1] * 30) + 1) / 30).tolist():
            m = make_measured(t, seen=standing, **{LEAN: float(np.interp(t, *course))})
            cuts = sum(cut_s <= t for cut_s in cuts_s)
            states.append(tracker.step(replace(m, cuts=cuts)))
        return states, tracker

    return run


def test_a_cut_ends_what_runs_at_the_last_picture_before_it(follow_cut, make_movement):
    """The bow runs on, on both sides of the cut at 8 s; the film shows two bows, and the first was cut off."""
    states, _ = follow_cut(make_movement(), BOW, 8.0)
    ended = [s.ended for s in states if s.ended is not None]
    assert [one.index for one in ended] == [1, 2]
    assert ended[0].is_cut_off
    assert ended[0].hold_end_s == ended[0].end_s == pytest.approx(8 - 1 / 30)
    assert ended[1].hold_end_s == pytest.approx(14, abs=0.1)
    assert not ended[1].is_cut_off


@pytest.mark.parametrize(("outside_s", "bows"), [((8, 12), 1), ((8, 9), 2)])
def test_a_close_up_of_a_hold_is_no_other_repetition(figures, make_measured, make_movement, outside_s, bows):
    """The film is cut to a close-up at 8 s and back at 12 s, after the bow; one that shows the lean counts."""
    tracker, standing, ended = PhaseTracker(make_movement()), figures.make(), []
    for t in (np.arange(15 * 30) / 30).tolist():
        lean = 60.0 if 4 <= t < 12 else 0.0
        m = make_measured(t, seen=standing, **{LEAN: lean})
        if outside_s[0] <= t < outside_s[1]:
            m = replace(m, values={LEAN: Value(math.nan, math.nan, Reason(ReasonCode.LANDMARK_OUTSIDE, "left_hip"))})
        ended += filter(None, [tracker.step(replace(m, cuts=(t >= 8) + (t >= 12))).ended])
    assert [bow.is_cut_off for bow in ended] == [True] * bows


def test_a_cut_on_the_way_ends_a_repetition_that_does_not_count(follow_cut, make_movement):
    """At 2.5 s the lean is 15 degrees, and the way to a repetition is 20."""
    states, _ = follow_cut(make_movement(), BOW, 2.5)
    ended = [s.ended for s in states if s.ended is not None]
    assert [(one.index, one.is_cut_off) for one in ended] == [(1, False)]


def test_after_a_cut_the_own_start_posture_is_another(follow_cut, make_movement):
    """Before the cut the person stands at 15 degrees, after it at 5."""
    _, tracker = follow_cut(make_movement(), ([0, 2.99, 3, 6], [15, 15, 5, 5]), 3.0)
    assert tracker.reference.values[LEAN] == pytest.approx(5)
    assert follow_cut(make_movement(), ([0, 2.9], [15, 15]))[1].reference.values[LEAN] == pytest.approx(15)


def test_right_after_a_cut_there_is_no_start_posture(follow_cut, make_movement):
    tracker = follow_cut(make_movement(), ([0, 3], [0, 0]), 2.8)[1]
    assert tracker.reference.values == {}


def test_a_repetition_that_the_end_of_the_film_cuts_is_cut_off(follow, make_movement):
    assert [bow.is_cut_off for bow in follow(make_movement(), ([0, 2, 4, 12], [0, 0, 60, 60]))[1]] == [True]
    assert [bow.is_cut_off for bow in follow(make_movement(), BOW)[1]] == [False]
    # on the way back, the extent of the bow is known
    way_back = ([0, 2, 4, 12, 13], [0, 0, 60, 60, 30])
    assert [bow.is_cut_off for bow in follow(make_movement(), way_back)[1]] == [False]


# Frame rates ----------------------------------------------------------------------------------------------------------


@settings(max_examples=6, deadline=None)
@given(depth=st.floats(35, 85), tempo_s=st.floats(1.2, 4.0), noise=st.floats(0, 0.8), seed=st.integers(0, 99))
def test_phases_do_not_depend_on_the_frame_rate(follow, make_movement, depth, tempo_s, noise, seed):
    """The same course, with the same slow wobble, at 15, 30 and 60 pictures a second."""
    wobble = np.random.default_rng(seed).normal(0, noise, 200)
    ends = np.cumsum([2, tempo_s, 8, tempo_s, 1.5])
    fine = np.arange(0, ends[-1], 0.1)
    path = np.interp(fine, [0, *ends], [0, 0, depth, depth, 0, 0]) + wobble[: len(fine)] * 0.5
    results = [follow(make_movement(), (fine, path), fps=fps)[1] for fps in (15, 30, 60)]
    assert [len(r) for r in results] == [1, 1, 1]
    for field in ("start_s", "hold_end_s", "end_s"):
        times = [getattr(r[0], field) for r in results]
        assert max(times) - min(times) <= 0.1 + 1 / 15 * (noise > 0)


@pytest.mark.parametrize("tempo_s", [1.5, 3.0])
@pytest.mark.parametrize("depth", [40, 80])
def test_smooth_signals_give_the_same_phases_within_100_ms(follow, make_movement, depth, tempo_s):
    ends = np.cumsum([2, tempo_s, 8, tempo_s, 1.5])
    runs = [follow(make_movement(), ([0, *ends], [0, 0, depth, depth, 0, 0]), fps=fps)[0] for fps in (15, 30, 60)]
    starts = [phase_starts(states) for states in runs]
    assert {tuple(name for name, _ in s) for s in starts} == {("setup", "move", "hold", "return", "setup")}
    for at in zip(*starts, strict=True):
        assert max(t for _, t in at) - min(t for _, t in at) <= 0.1


# Cycle: to and fro by 40 degrees in 8 s -------------------------------------------------------------------------------

BEND = "back_bend_deg"


@pytest.fixture(scope="session")
def cycle(make_movement):
    """A movement to and fro."""
    drive = {"kind": "cycle", "signal": BEND, "fallback": "back_bend_no_neutral_deg", "least": 12.0}
    return make_movement(drive=drive, dose={"hold_s": None})


def wave(cycles, rest_s=2.0, half_s=4.0):
    times = [0.0, rest_s, *(rest_s + half_s / 2 + half_s * np.arange(2 * cycles)), rest_s + half_s * 2 * cycles]
    return times, [0, 0, *([20, -20] * cycles), 0]


def test_a_repetition_is_one_way_up_and_one_way_down(follow, cycle):
    states, ended, _ = follow(cycle, wave(3), signal=BEND)
    assert [name for name, _ in phase_starts(states)] == ["setup", "high", "low", "high", "low", "high", "low", "high"]
    assert [r.index for r in ended] == [1, 2, 3]
    assert all(r.hold_start_s is None for r in ended)
    # turns at 4, 8, 12 ... s: each repetition but the first lasts from low to low, 8 s
    assert ended[1].end_s - ended[1].start_s == pytest.approx(8, abs=0.2)


@pytest.mark.parametrize("half_s", [1.5, 4.0])
def test_the_pace_of_the_first_cycle_is_that_from_end_to_end(follow, cycle, half_s):
    """It begins at the start posture, so that its own length says nothing."""
    states, (first, second, *_), _ = follow(cycle, wave(3, half_s=half_s), signal=BEND)
    told = [s.motion["repetition_s"].value for s in states if s.ended is not None]
    assert told[:2] == pytest.approx([2 * half_s, 2 * half_s], abs=0.1)
    assert second.end_s - second.start_s == pytest.approx(2 * half_s, abs=0.1)
    assert first.end_s - first.start_s == pytest.approx(1.5 * half_s + 1, abs=0.2)  # from the middle of the rest


def test_extremes_of_each_repetition_are_kept_with_their_times(follow, cycle, make_movement):
    reduced = cycle.measures["knee"].model_copy(update={"signal": BEND, "reduce": "range", "phases": ["low", "high"]})
    movement = cycle.model_copy(update={"measures": {"knee": reduced}})
    _, ended, _ = follow(movement, wave(2), signal=BEND)
    low, low_s, high, high_s = ended[1].extremes[BEND]
    assert (low, high) == (pytest.approx(-20, abs=0.5), pytest.approx(20, abs=0.5))
    assert high_s == pytest.approx(12, abs=0.1)
    assert low_s in (pytest.approx(8, abs=0.3), pytest.approx(16, abs=0.1))


def test_the_fallback_drives_while_the_signal_cannot_be_judged(follow, cycle):
    _, ended, _ = follow(cycle, wave(2), signal="back_bend_no_neutral_deg")
    assert [r.index for r in ended] == [1, 2]


def test_small_ripples_are_no_cycles(follow, cycle):
    states, ended, _ = follow(cycle, (np.arange(0, 10, 0.5), [0, 5] * 10), signal=BEND)
    assert ended == []
    assert {s.name for s in states} == {"setup"}


# Pose: lie 2 s, lift into the line in 1 s, hold 10 s, come down -------------------------------------------------------

LINE, TOES = "body_line_right_deg", "hip_above_toes_right_tl"


@pytest.fixture(scope="session")
def plank(make_movement):
    """A posture to be held: hips above the toes."""
    condition = (
        make_movement()
        .start.when[0]
        .model_copy(update={"signal": "hip_above_toes_near_tl", "above": 0.1, "below": None})
    )
    start = {"when": [condition.model_copy(update={"above": -1.0})]}
    drive = {"kind": "pose", "signal": "body_line_near_deg", "hold_when": [condition], "leaves": 7.0}
    return make_movement(drive=drive, start=start)


@pytest.fixture(scope="session")
def follow_pose(figures, make_measured):
    """Run a tracker over a body line and a height of the hips."""

    def run(movement, line, height, fps=30):
        times = np.arange(round(line[0][-1] * fps) + 1) / fps
        tracker, states, ended = PhaseTracker(movement), [], []
        standing = figures.make()
        for t in times.tolist():
            values = {LINE: float(np.interp(t, *line)), TOES: float(np.interp(t, *height))}
            states.append(tracker.step(make_measured(t, seen=standing, near="right", **values)))
            ended += filter(None, [states[-1].ended])
        closing = tracker.finish(float(times[-1]))
        return states, ended + ([closing] if closing else [])

    return run


UP = ([0, 2, 3, 13, 14, 20], [0, 0, 0.3, 0.3, 0, 0])


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_a_posture_held_is_one_repetition(follow_pose, plank, fps):
    line = ([0, 2, 3, 13, 14, 20], [150, 150, 180, 180, 150, 150])
    states, ended = follow_pose(plank, line, UP, fps)
    assert [name for name, _ in phase_starts(states)] == ["setup", "hold", "setup"]
    (one,) = ended
    assert 3.0 <= one.hold_start_s <= 3.5
    assert one.hold_end_s == pytest.approx(13, abs=0.1)
    assert one.end_s == pytest.approx(one.hold_end_s + 3, abs=0.1)  # three seconds out of the posture end it


def test_hips_that_sink_within_the_posture_leave_the_hold(follow_pose, plank):
    line = ([0, 2, 3, 8, 9, 20], [150, 150, 180, 180, 165, 165])
    height = ([0, 2, 3, 20], [0, 0, 0.3, 0.3])
    states, ended = follow_pose(plank, line, height)
    assert [name for name, _ in phase_starts(states)][:3] == ["setup", "hold", "setup"]
    assert len(ended) == 1  # it continues when the signal is settled again: one repetition


def test_a_blink_of_the_pose_model_does_not_leave_the_hold(follow_pose, plank):
    line = ([0, 2, 3, 8, 8.03, 8.1, 8.13, 15], [150, 150, 180, 180, 120, 120, 180, 180])
    states, _ = follow_pose(plank, line, ([0, 2, 3, 15], [0, 0, 0.3, 0.3]))
    assert [name for name, _ in phase_starts(states)] == ["setup", "hold"]


# Absence, stills, motion ----------------------------------------------------------------------------------------------


def test_absence_leads_back_to_where_it_was(follow, make_movement):
    states, ended, _ = follow(make_movement(), BOW, gone=[(7.0, 9.0)])
    assert [name for name, _ in phase_starts(states)] == ["setup", "move", "hold", "absent", "hold", "return", "setup"]
    absent = [s for s in states if s.name == "absent"]
    assert absent[0].since_s == pytest.approx(7 + ABSENT_S, abs=0.05)
    assert {s.since_s for s in absent} == {absent[0].since_s}
    assert [s.just_entered for s in absent] == [True] + [False] * (len(absent) - 1)
    assert len(ended) == 1


def test_who_was_away_for_long_begins_again(follow, make_movement):
    """The first bow ends when the person was last seen; the one after it is a second."""
    twice = ([0, 2, 4, 24, 26, 28, 30, 34, 36, 38], [0, 0, 60, 60, 0, 0, 50, 50, 0, 0])
    _, ended, _ = follow(make_movement(), twice, gone=[(7.0, 25.5)])
    assert [r.index for r in ended] == [1, 2]
    assert ended[0].hold_end_s == pytest.approx(7.0, abs=0.05)
    assert ended[0].end_s == pytest.approx(7.0, abs=0.05)
    assert ended[1].start_s == pytest.approx(28.3, abs=0.3)


def test_two_absences_begin_twice(follow, make_movement):
    states, _, _ = follow(make_movement(), BOW, gone=[(5.0, 7.0), (9.0, 11.0)])
    assert sum(s.just_entered for s in states if s.name == "absent") == 2


def test_nobody_yet_is_absent_at_once(follow, make_movement):
    states, ended, _ = follow(make_movement(), ([0, 2], [0, 0]), gone=[(0, 3)])
    assert {s.name for s in states} == {"absent"}
    assert states[0].since_s == 0
    assert ended == []


@pytest.mark.parametrize(("lean", "name"), [(60, "hold"), (19, "setup"), (21, "hold")])
def test_a_still_picture_of_a_reach(follow, make_movement, lean, name):
    (state,), ended, _ = follow(make_movement(), ([0], [lean]), still=True)
    assert (state.name, state.still, state.just_entered) == (name, True, True)
    assert ended == []


@pytest.mark.parametrize(("bend", "name"), [(60, "high"), (-50, "low"), (20, "setup")])
def test_a_still_picture_of_a_cycle_has_only_strong_ends(follow, cycle, bend, name):
    (state,), _, _ = follow(cycle, ([0], [bend]), signal=BEND, still=True)
    assert state.name == name


@pytest.mark.parametrize(("height", "name"), [(0.3, "hold"), (0.0, "setup")])
def test_a_still_picture_of_a_posture(follow, plank, height, name):
    (state,), _, _ = follow(plank, ([0], [180]), signal=LINE, still=True, **{TOES: height})
    assert state.name == name


def test_the_working_side_is_given_or_near_or_none_for_both(follow, make_movement):
    one_sided = make_movement(dose={"each_side": True})
    assert follow(one_sided, BOW, side="left")[1][0].side == "left"
    assert follow(one_sided, BOW)[1][0].side == "right"
    assert follow(make_movement(), BOW, side="left")[1][0].side is None


def test_speed_is_that_of_the_drive_signal(follow, make_movement):
    states, _, _ = follow(make_movement(), BOW)
    assert states[90].motion["speed_deg_per_s"].value == pytest.approx(30)
    assert states[300].motion["speed_deg_per_s"].value == pytest.approx(0)
    assert math.isnan(follow(make_movement(), BOW, fps=5)[0][20].motion["speed_deg_per_s"].value)


def test_a_speed_nobody_has_is_not_reported(follow, make_movement):
    states, _, _ = follow(make_movement(), ([0, 2, 2.1, 5], [0, 0, 120, 120]))
    assert math.isnan(states[66].motion["speed_deg_per_s"].value)


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_speed_and_unrest_are_known_at_any_rate_from_ten(follow, make_movement, fps):
    states, _, _ = follow(make_movement(), BOW, fps=fps)
    assert states[3 * fps].motion["speed_deg_per_s"].value == pytest.approx(30, abs=0.5)
    assert states[10 * fps].motion["unrest_tl"].value == 0
    assert not {"speed_deg_per_s", "bounce_deg", "unrest_tl"} & {
        name for name, one in states[10 * fps].motion.items() if one.reason
    }


@pytest.mark.parametrize("fps", [4, 5, 8])
def test_below_ten_pictures_a_second_the_reason_is_said(follow, make_movement, fps):
    states, (bow,), _ = follow(make_movement(), BOW, fps=fps)
    held = next(s for s in states if s.name == "hold" and s.since_s < bow.hold_end_s - 2)
    for signal in ("speed_deg_per_s", "bounce_deg", "unrest_tl"):
        assert held.motion[signal].reason == Reason(ReasonCode.TOO_FEW_PICTURES)
        assert math.isnan(held.motion[signal].value)


def test_ten_uneven_pictures_a_second_are_enough(figures, make_measured, make_movement):
    """Every third of fifteen is missing: the steps are one and two fifteenths of a second."""
    tracker, told = PhaseTracker(make_movement()), []
    for t in np.delete(np.arange(0, 180) / 15, slice(2, None, 3)).tolist():
        lean = float(np.interp(t, [0, 2, 4, 12], [0, 0, 60, 60]))
        state = tracker.step(make_measured(t, seen=figures.make(time_s=t), near="right", **{LEAN: lean}))
        told.append((t, state.motion["speed_deg_per_s"].value))
    assert {round(v) for t, v in told if 2.5 < t < 3.9} == {30}
    assert all(math.isfinite(v) for t, v in told if t > 1)


def test_noise_makes_speed_and_bounce_less_sure(follow, make_movement):
    t = np.arange(0, 12, 1 / 15)
    bow, rng = np.interp(t, [0, 2, 4, 12], [0, 0, 60, 60]), np.random.default_rng(5)
    calm, _, _ = follow(make_movement(), (t, bow), fps=15)
    noisy, _, _ = follow(make_movement(), (t, bow + rng.normal(0, 1.5, len(t))), fps=15)
    for signal in ("speed_deg_per_s", "bounce_deg"):
        assert noisy[150].motion[signal].uncertainty > 1.3 * calm[150].motion[signal].uncertainty
    assert max(s.motion["bounce_deg"].value for s in noisy[90:170]) == 0


@pytest.mark.parametrize("fps", [10, 15, 30, 60])
def test_a_bounce_is_the_same_at_every_rate(follow, make_movement, fps):
    t = np.arange(0, 12, 1 / fps)
    pulse = np.interp(t, [0, 2, 4, 12], [0, 0, 60, 60]) + 3 * np.sin(2 * np.pi * 1.3 * t) * (t > 6)
    states, _, _ = follow(make_movement(), (t, pulse), fps=fps)
    assert states[round(11 * fps)].motion["bounce_deg"].value == pytest.approx(6, abs=0.6)


def test_bounce_is_looked_for_within_the_hold(follow, make_movement):
    t = np.arange(0, 12, 1 / 30)
    pulse = np.interp(t, [0, 2, 4, 12], [0, 0, 60, 60]) + 3 * np.sin(2 * np.pi * t) * (t > 6)
    states, _, _ = follow(make_movement(), (t, pulse))
    assert states[170].motion["bounce_deg"].value == 0
    assert states[345].name == "hold"
    assert states[345].motion["bounce_deg"].value == pytest.approx(6, abs=0.5)


def test_motion_is_unknown_without_an_angle_but_is_followed(figures, make_measured, make_movement):
    tracker, standing = PhaseTracker(make_movement()), figures.make()
    for i in range(150):
        t = i / 30
        unchecked = {LEAN: float(np.interp(t, [0, 2, 4, 5], [0, 0, 60, 60]))}
        m = make_measured(t, seen=standing)
        state = tracker.step(replace(m, unchecked=dict(m.unchecked) | unchecked))
    assert state.name == "hold"
    assert {one.reason for one in state.motion.values()} == {LEFT_OUT}
    assert all(math.isnan(one.value) for one in state.motion.values())


# The start posture ----------------------------------------------------------------------------------------------------


def quiet_start(figures, make_measured, movement, *, poses=None, neutral=None, lean=0.0):
    start = StartPosture(movement, neutral)
    for i in range(30):
        pose = poses(i) if poses else figures.make(time_s=i / 30)
        start.remember(make_measured(i / 30, seen=pose, trunk_inclination_deg=lean + (i % 3), knee_left_deg=170))
        start.take(i / 30, Roles(None, "right"))
    return start


def test_a_quiet_start_becomes_the_reference(figures, make_measured, make_movement):
    reference = quiet_start(figures, make_measured, make_movement()).reference
    assert reference.values[LEAN] == 1  # the median of 0, 1, 2
    assert math.isnan(reference.values["elbow_left_deg"])
    assert reference.trunk_px == 100
    assert (reference.mid("hip"), reference.mid("ankle")) == ((300, 250), (300, 410))
    assert reference.neutral.shape == (33,)
    assert reference.neutral_reason is None


def test_a_restless_start_is_no_reference(figures, make_measured, make_movement):
    def sway(i):
        return figures.make(time_s=i / 30, shoulder=(300 + i, 150))

    start = quiet_start(figures, make_measured, make_movement(), poses=sway)
    assert start.reference.values == {}
    assert start.unrest_tl > 0.2


def test_another_posture_is_no_reference(figures, make_measured, make_movement):
    start = quiet_start(figures, make_measured, make_movement(), lean=30.0)
    assert start.reference.values == {}
    assert start.unrest_tl == 0


def test_unrest_needs_the_whole_window_and_a_trunk(figures, make_measured, make_movement):
    start = StartPosture(make_movement(), None)
    start.remember(make_measured(0.0, seen=figures.make()))
    assert math.isnan(start.unrest_tl)
    joints = np.array(figures.make().xy_px, float)
    joints[[11, 12]] = joints[[23, 24]]
    for i in range(1, 30):
        start.remember(replace(make_measured(i / 30), joints_px=joints))
    assert math.isnan(start.unrest_tl)


def test_where_nobody_is_seen_there_is_no_rest(figures, make_measured, make_movement):
    """One picture without anybody among a second of stillness: nobody knows what happened in it."""
    start = StartPosture(make_movement(), None)
    for i in range(30):
        start.remember(make_measured(i / 30, seen=None if i == 15 else figures.make()))
    assert math.isnan(start.unrest_tl)


def test_a_start_that_is_already_round_is_no_neutral(figures, make_measured, make_movement):
    start = quiet_start(
        figures, make_measured, make_movement(), poses=lambda i: figures.make(time_s=i / 30, bulge_tl=0.35)
    )
    assert start.reference.values[LEAN] == 1
    assert (start.reference.neutral, start.reference.neutral_reason) == (None, Reason(ReasonCode.START_ALREADY_ROUND))


def test_a_hollow_start_is_no_neutral(figures, make_measured, make_movement):
    """A deep cow would make every later cow read as a neutral back."""
    start = quiet_start(
        figures, make_measured, make_movement(), poses=lambda i: figures.make(time_s=i / 30, bulge_tl=-0.25)
    )
    assert (start.reference.neutral, start.reference.neutral_reason) == (None, Reason(ReasonCode.START_ALREADY_HOLLOW))


def test_a_neutral_that_the_start_did_not_give_is_taken_later(figures, make_measured, make_movement):
    start = quiet_start(
        figures, make_measured, make_movement(), poses=lambda i: figures.make(time_s=i / 30, bulge_tl=0.35)
    )
    before = start.reference.values
    for i in range(60):
        start.remember(make_measured(5 + i / 30, seen=figures.make(time_s=5 + i / 30), trunk_inclination_deg=0.0))
        start.take_neutral(5 + i / 30, Roles(None, "right"))
    assert start.reference.neutral is not None
    assert start.reference.neutral_reason is None
    assert start.reference.values == before


def test_the_neutral_is_the_middle_of_what_was_seen(figures, make_measured, make_movement):
    """Bulges of 0, 0.06 and 0.02 trunk lengths by turns: the median is 0.02, and no single picture decides."""
    bulges = (0.0, 0.06, 0.02)
    start = quiet_start(
        figures, make_measured, make_movement(), poses=lambda i: figures.make(time_s=i / 30, bulge_tl=bulges[i % 3])
    )
    expected = make_measured(0.0, seen=figures.make(bulge_tl=0.02)).contour
    assert start.reference.neutral == pytest.approx(expected, abs=1e-4)


def test_a_start_whose_back_is_hidden_gives_no_neutral(figures, make_measured, make_movement):
    def bare(i):
        pose = figures.make(time_s=i / 30)
        return PoseFrame(i / 30, pose.size_px, pose.xy_px, pose.xyz_m, pose.visibility, np.full((71, 2), np.nan))

    start = quiet_start(figures, make_measured, make_movement(), poses=bare)
    assert (start.reference.neutral, start.reference.neutral_reason) == (None, Reason(ReasonCode.NEUTRAL_NOT_CLEAR))


@pytest.mark.parametrize(("every", "clear"), [(2, True), (3, False)])
def test_the_back_must_be_clear_in_half_of_the_start(figures, make_measured, make_movement, every, clear):
    def blinking(i):
        pose = figures.make(time_s=i / 30)
        return pose if i % every == 0 else replace(pose, back_xy_px=np.full((71, 2), np.nan))

    start = quiet_start(figures, make_measured, make_movement(), poses=blinking)
    assert (start.reference.neutral is not None) == clear


def test_a_calibrated_neutral_is_kept(figures, make_measured, make_movement):
    own = np.full(33, 0.2)
    start = quiet_start(figures, make_measured, make_movement(), neutral=own)
    assert start.reference.neutral is own


def test_conditions_compare_the_plain_value(make_movement):
    below = make_movement().start.when[0]
    above = below.model_copy(update={"above": 20.0, "below": None})
    for value, is_below, is_above in (
        (19.0, True, False),
        (20.0, False, False),
        (21.0, False, True),
        (math.nan, False, False),
    ):
        assert is_posture_condition_met(below, {LEAN: value}, working=None, near=None) == is_below
        assert is_posture_condition_met(above, {LEAN: value}, working=None, near=None) == is_above


# Rhythm: the knees lift left and right in turn, from 2 to 8 s, a step each half second --------------------------------


def test_a_march_ends_with_its_last_step_when_it_is_over(follow, make_movement):
    lift = "knee_lift_tl"
    drive = {"kind": "rhythm", "signal": lift, "least": 0.14, "least_per_min": 40.0}
    march = make_movement(drive=drive, start={"when": [Condition(signal=lift, below=0.15)]})
    t = np.arange(16 * 30) / 30
    states, (one,), _ = follow(march, (t, np.where((t >= 2) & (t < 8), 0.3 * np.sin(2 * np.pi * t), 0.0)), signal=lift)
    assert [name for name, _ in phase_starts(states)] == ["setup", "hold", "setup"]
    assert one.start_s == one.hold_start_s == pytest.approx(2.25, abs=0.1)
    assert one.end_s == one.hold_end_s == pytest.approx(7.75, abs=0.1)
    assert states[6 * 30].motion["steps_per_min"].value == pytest.approx(120, abs=4)
    (over_s,) = [k / 30 for k, s in enumerate(states) if s.ended is not None]
    assert over_s == pytest.approx(7.75 + 3.0 + 60 / 40, abs=0.2)  # three seconds after the next step was due


# Repetitions ----------------------------------------------------------------------------------------------------------


def test_timing_of_a_repetition():
    running = Repetition(1, None, 2.0, hold_start_s=4.0)
    assert measure_timing(None, 9.0) == {}
    assert measure_timing(running, 9.0) == {"repetition_s": 7.0, "hold_s": 5.0}
    assert measure_timing(running, 9.0, whole=False) == {"hold_s": 5.0}
    assert measure_timing(Repetition(1, None, -2.0, hold_start_s=-1.0, hold_end_s=0.0, end_s=0.0), 9.0) == {
        "repetition_s": 2.0,
        "hold_s": 1.0,
    }


def test_nothing_runs_so_nothing_ends():
    repetitions = Repetitions()
    repetitions.went_far_enough()
    repetitions.end_hold(1.0)
    repetitions.note_extremes(1.0, {LEAN: Value(3.0, 1.0)}, [LEAN], Roles(None, None))
    assert repetitions.running is None
    assert repetitions.end(2.0) is None
    assert repetitions.count == 0


def test_extremes_leave_out_what_is_missing():
    repetitions = Repetitions()
    repetitions.begin(0.0, None)
    for t, value in enumerate([3.0, math.nan, -1.0, 5.0]):
        repetitions.note_extremes(float(t), {LEAN: Value(value, 1.0)}, [LEAN, "knee_near_deg"], Roles(None, None))
    assert repetitions.running.extremes == {LEAN: (-1.0, 2.0, 5.0, 3.0)}
