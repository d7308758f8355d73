"""The guided calibration: what it requests, accepts and leaves out, and how long it may take."""

import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core import guided_calibration as guided
from formcheck.core.guided_calibration import GuidedCalibration
from formcheck.core.measure import back
from formcheck.core.measure.person import PersonTracker
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import Condition
from formcheck.core.pipeline import FormChecker, run
from formcheck.core.reasons import Reason, ReasonCode, describe_reason
from formcheck.core.records import PoseFrame, Value
from formcheck.sources.pose_track import open_track

DATA = Path(__file__).resolve().parent.parent / "data"
TALL, SLUMPED, ROUNDED, HOLLOW, A_LITTLE = 0.0, 0.2, 0.06, -0.05, 0.02
"""Bulges of the back, trunk lengths: they read as 0, 99, 28, -24 and 8 degrees against the own neutral, and without
one as -7, 47, 11, -26 and -1; what reads more than 32 cannot be a neutral."""
SPEND_S = guided.THERE_S + guided.COLLECT_S


@pytest.fixture(scope="session")
def seen(figures, make_measured):
    """Return what is measured of a person with such a back; some are hidden, away, turned or elsewhere."""

    @cache
    def standing(bulge, why, shoulder_px):
        pose = figures.make(bulge_tl=bulge, shoulder=(300 + shoulder_px, 150))
        if why == Reason(ReasonCode.NOBODY_SEEN):
            return make_measured(0.0)
        if why == Reason(ReasonCode.BACK_EDGE_HIDDEN):
            pose = PoseFrame(0.0, pose.size_px, pose.xy_px, pose.xyz_m, pose.visibility, np.full((71, 2), np.nan))
        lean = 60.0 if why == Reason(ReasonCode.NOT_IN_START) else 5.0
        values = {"trunk_inclination_deg": lean, "trunk_thigh_right_deg": 180.0, "back_curve_pct": 0.0}
        m = make_measured(0.0, seen=pose, near="right", **values)
        return (
            m
            if why in (None, Reason(ReasonCode.NOT_IN_START))
            else replace(m, values={**m.values, "back_curve_pct": Value(math.nan, 1.0, why)})
        )

    def measured(time_s, bulge=TALL, why=None, shoulder_px=0):
        return replace(standing(bulge, why, shoulder_px), time_s=time_s)

    return measured


@pytest.fixture(scope="session")
def guide(seen, make_movement):
    """Guide a person who answers each state with a back; return the calibration and all (time, state)."""

    def run_through(person, *, fps=30.0, movement=None, from_s=0.0, until_s=60.0):
        guidance, states = GuidedCalibration(movement or make_movement()), []
        for i in range(round(until_s * fps) + 1):
            t = from_s + i / fps
            answer = person(i / fps, guidance.state)
            shown = {"bulge": answer} if isinstance(answer, float) else answer
            states.append((i / fps, guidance.step(seen(t, **shown))))
            if guidance.state.done:
                break
        return guidance, states

    return run_through


def obedient(_, state):
    """A person who does what is asked."""
    return {"tall": TALL, "round": ROUNDED}[state.id]


def changes(states):
    """Each step with its problem, as they follow each other."""
    told = [(s.id, s.problem) for _, s in states]
    return [one for i, one in enumerate(told) if i == 0 or one != told[i - 1]]


def kept(guidance):
    """Bulges of the contours that were kept: neutral and rounded."""
    made = guidance.result()
    contours = (made.neutral_for("standing"), made.rounded_for("standing")) if made else (None, None)
    middle = int(np.flatnonzero(np.isclose(back.GRID, 0.44))[0])
    return tuple(None if c is None else pytest.approx(float(c[middle]) - 0.15, abs=0.003) for c in contours)


# The straight way -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", [6.0, 7.0, 8.0, 10.0, 15.0, 30.0])
@pytest.mark.parametrize("from_s", [0.0, 1234.5])
def test_tall_then_rounded(guide, fps, from_s):
    """Two seconds to get there and two and a half at rest, twice; a picture more begins the second step."""
    guidance, states = guide(obedient, fps=fps, from_s=from_s)
    assert changes(states) == [("tall", ""), ("round", ""), ("done", "")]
    assert kept(guidance) == (TALL, ROUNDED)
    assert 2 * SPEND_S < states[-1][0] < 2 * SPEND_S + 2.5 / fps
    texts = list(dict.fromkeys(s.text for _, s in states))
    assert texts == ["Stand tall and relaxed", "Now round your back gently", "Thank you, that is all"]
    assert next(s.index for _, s in states if s.share == 0) == 1
    assert {(s.id, s.index, s.of) for _, s in states} == {("tall", 1, 2), ("round", 2, 2), ("done", 2, 2)}


def test_the_share_grows_from_nothing_while_the_back_is_shown(guide):
    _, states = guide(obedient)
    tall = [(t, s.share) for t, s in states if s.id == "tall"]
    assert all(share == 0 for t, share in tall if t <= guided.THERE_S)
    assert [share for _, share in tall] == sorted(share for _, share in tall)
    assert 0.9 < tall[-1][1] < 1
    assert states[-1][1].share == 1


def test_what_is_asked_for_is_known_before_the_first_pose(make_movement):
    state = GuidedCalibration(make_movement()).state
    assert (state.id, state.text, state.index, state.of, state.done) == ("tall", "Stand tall and relaxed", 1, 2, False)


def test_the_contour_is_the_middle_of_what_was_seen(guide):
    """One picture in three bulges by 0.05 more: no single picture decides."""
    guidance, _ = guide(lambda t, state: obedient(t, state) + (0.05 if round(30 * t) % 3 == 0 else 0.0))
    assert kept(guidance) == (TALL, ROUNDED)


def test_the_time_is_kept_as_given(guide):
    guidance, _ = guide(obedient)
    assert guidance.result("2026-11-21T11:00:00+00:00").created_utc == "2026-11-21T11:00:00+00:00"
    assert guidance.result().created_utc is None


def test_after_the_end_nothing_changes(guide, seen):
    guidance, _ = guide(obedient)
    before = guidance.result()
    assert guidance.step(seen(99.0, SLUMPED)).done
    assert guidance.result() == before


# What is needed -------------------------------------------------------------------------------------------------------

NEEDED = {
    "bird_dog": "On all fours, back level",
    "cat_cow": "On all fours, back level",
    "chair_back_stretch": "Stand tall and relaxed",
    "desk_posture": "Sit tall and relaxed",
    "hamstring_hinge_standing": "Stand tall and relaxed",
    "kneeling_hip_flexor": "Kneel tall and relaxed",
    "seated_forward_bend": "Sit tall and relaxed",
}


@pytest.mark.parametrize("name", catalogue())
def test_only_movements_that_judge_the_back_from_the_side_ask(name):
    state = GuidedCalibration(load_movement(name)).state
    if name in NEEDED:
        assert (state.text, state.of, state.done) == (NEEDED[name], 2, False)
    else:
        assert (state.id, state.text, state.of, state.done, state.share, state.problem) == ("done", "", 0, True, 1, "")


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"view": {"camera": "front"}}, id="from the front no back is seen"),
        pytest.param({"posture": "supine"}, id="who lies on the back shows none"),
        pytest.param({"posture": "prone"}, id="who lies on the belly has nothing to straighten"),
        pytest.param({"faults": []}, id="a movement that does not judge the back needs none"),
    ],
)
def test_what_needs_no_calibration_is_done_at_once(make_movement, seen, changed):
    guidance = GuidedCalibration(make_movement(**changed))
    assert guidance.step(seen(0.0)).done
    assert guidance.result() is None


@pytest.mark.parametrize("text", [*guided.TALL.values(), guided.ROUND, guided.THANKS])
def test_instructions_are_short(text):
    assert len(text.split()) <= 8


@pytest.mark.parametrize("text", [guided.ROUNDED_ALREADY, guided.LITTLE_CHANGE])
def test_so_is_each_sentence_that_asks_again(text):
    assert all(len(sentence.split()) <= 8 for sentence in text.split("."))


# What is requested again ----------------------------------------------------------------------------------------------


def test_a_back_that_looks_rounded_is_no_tall_one(guide):
    guidance, states = guide(lambda *_: SLUMPED)
    assert changes(states) == [
        ("tall", ""),
        ("tall", guided.ROUNDED_ALREADY),
        ("done", guided.STILL_ROUNDED),
    ]
    assert guidance.result() is None
    assert states[-1][0] < 2 * SPEND_S + 0.1


def test_who_grows_tall_when_asked_again_is_taken(guide):
    guidance, states = guide(lambda t, s: SLUMPED if t < SPEND_S + 0.1 else obedient(t, s))
    assert changes(states) == [("tall", ""), ("tall", guided.ROUNDED_ALREADY), ("round", ""), ("done", "")]
    assert kept(guidance) == (TALL, ROUNDED)


@pytest.mark.parametrize("instead", [TALL, A_LITTLE, HOLLOW])
def test_little_change_is_asked_for_once_more_and_then_left(guide, instead):
    """Hollowing is not rounding either."""
    guidance, states = guide(lambda _, s: TALL if s.id == "tall" else instead)
    assert changes(states) == [
        ("tall", ""), ("round", ""), ("round", guided.LITTLE_CHANGE), ("done", guided.STILL_LITTLE),
    ]  # fmt: skip
    assert kept(guidance) == (TALL, None)


def test_who_rounds_a_little_more_when_asked_again_is_taken(guide):
    guidance, states = guide(lambda t, s: obedient(t, s) if s.id == "tall" or s.problem else A_LITTLE)
    assert [p for _, p in changes(states)] == ["", "", guided.LITTLE_CHANGE, ""]
    assert kept(guidance) == (TALL, ROUNDED)


# What cannot be seen --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "why",
    [
        Reason(ReasonCode.NOBODY_SEEN),
        Reason(ReasonCode.NOT_SIDE_ON),
        Reason(ReasonCode.BACK_EDGE_HIDDEN),
        Reason(ReasonCode.BACK_EDGE_COVERED),
        Reason(ReasonCode.NOT_IN_START),
    ],
)
def test_a_back_that_is_not_seen_is_given_up_with_the_reason(guide, why):
    guidance, states = guide(lambda *_: {"why": why})
    assert changes(states) == [("tall", ""), ("done", guided.NOT_SEEN.format(why=describe_reason(why)))]
    assert states[-1][0] == pytest.approx(guided.STEP_TIME_LIMIT_S)
    assert guidance.result() is None


def test_a_rounded_back_that_is_not_seen_leaves_the_tall_one(guide):
    guidance, states = guide(lambda _, s: TALL if s.id == "tall" else {"why": Reason(ReasonCode.BACK_EDGE_HIDDEN)})
    assert changes(states)[-1] == (
        "done",
        guided.NOT_SEEN.format(why=describe_reason(Reason(ReasonCode.BACK_EDGE_HIDDEN))),
    )
    assert states[-1][0] == pytest.approx(SPEND_S + guided.STEP_TIME_LIMIT_S, abs=0.05)
    assert kept(guidance) == (TALL, None)


@pytest.mark.parametrize(("hidden_of_ten", "taken"), [(3, True), (4, True), (5, False)])
@pytest.mark.parametrize("fps", [6.0, 10.0, 15.0, 30.0])
def test_the_back_must_be_read_in_six_pictures_of_ten(guide, hidden_of_ten, taken, fps):
    def blinking(t, state):
        i = round(t * fps)
        hides = (i * hidden_of_ten) % 10 < hidden_of_ten
        return {"bulge": obedient(t, state), "why": Reason(ReasonCode.BACK_EDGE_HIDDEN) if hides else None}

    guidance, states = guide(blinking, fps=fps)
    assert kept(guidance) == ((TALL, ROUNDED) if taken else (None, None))
    assert taken or states[-1][1].problem == guided.NOT_SEEN.format(
        why=describe_reason(Reason(ReasonCode.BACK_EDGE_HIDDEN))
    )


@pytest.mark.parametrize("fps", [6.0, 7.0, 10.0, 30.0])
@pytest.mark.parametrize("sways_per_s", [0.5, 1.0, 2.0])
def test_who_sways_is_not_at_rest(guide, fps, sways_per_s):
    guidance, states = guide(lambda t, _: {"shoulder_px": 10 * (math.floor(2 * sways_per_s * t) % 2)}, fps=fps)
    assert changes(states) == [("tall", ""), ("done", guided.RESTLESS)]
    assert guidance.result() is None


def test_resting_begins_again_after_every_stir(guide):
    """A person who stirs at 4 s; of the 0.9 s that show rest the last stirred picture must be gone."""
    _, states = guide(lambda t, s: {"bulge": obedient(t, s), "shoulder_px": 10 if 3.9 < t < 4.0 else 0})
    shares = [s.share for t, s in states if 4.0 < t < 4.8]
    assert not any(shares)
    assert next(t for t, s in states if s.id == "round") == pytest.approx(4.9 + guided.COLLECT_S, abs=0.1)


@pytest.mark.parametrize("fps", [6.0, 7.0, 10.0, 30.0])
def test_a_back_on_its_way_is_not_shown_yet(guide, fps):
    """On all fours the back can round while shoulders and hips hardly move."""

    def rounds_and_comes_back(t, state):
        return TALL if state.id == "tall" else round(0.06 * abs((t - 1.0) % 4.0 - 2.0), 3)

    guidance, states = guide(rounds_and_comes_back, fps=fps)
    assert kept(guidance) == (TALL, None)
    assert changes(states)[-1] == ("done", guided.RESTLESS)


@pytest.mark.parametrize("fps", [1.0, 2.0, 4.0, 5.0, 5.5])
def test_a_computer_that_is_too_slow_is_named(guide, fps):
    guidance, states = guide(obedient, fps=fps)
    assert changes(states)[-1] == ("done", guided.TOO_SLOW)
    assert guidance.result() is None


@pytest.mark.parametrize("fps", [6.5, 7.0, 8.0, 9.0])
def test_pictures_that_come_unevenly_will_do(seen, make_movement, fps):
    """A busy computer: a picture comes up to a third of a step early or late, and each tenth not at all."""
    random = np.random.default_rng(3)
    steps = np.arange(round(15 * 1.1 * fps))
    times = np.sort((steps + random.uniform(-0.3, 0.3, len(steps))) / (1.1 * fps))[steps % 10 != 9]
    guidance = GuidedCalibration(make_movement())
    for t in times:
        answer = obedient(t, guidance.state) if not guidance.state.done else TALL
        guidance.step(seen(float(t), answer))
    assert kept(guidance) == (TALL, ROUNDED)


def test_a_break_in_the_pictures_counts_as_nothing(seen, make_movement):
    """A person sends the page to the back for 2 s: what was before it is not mixed with what comes after."""
    guidance = GuidedCalibration(make_movement())
    times = [*np.arange(0, 4.0, 0.1), *np.arange(6.0, 12.0, 0.1)]
    ids = [(t, guidance.step(seen(float(t))).id) for t in times]
    assert next(t for t, step in ids if step == "round") == pytest.approx(6.8 + guided.COLLECT_S, abs=0.11)


def test_a_posture_that_has_a_side_is_not_waited_for(guide, make_movement):
    """Which side works is not known yet."""
    when = [Condition(signal="knee_working_deg", above=300.0), Condition(signal="trunk_inclination_deg", below=20.0)]
    guidance, _ = guide(obedient, movement=make_movement(start={"when": when}))
    assert kept(guidance) == (TALL, ROUNDED)


# Skipping -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after_s", "expected"), [(0.0, None), (3.0, None), (6.0, TALL), (8.0, TALL)])
def test_skipping_keeps_what_is_there(guide, after_s, expected):
    guidance, _ = guide(obedient, until_s=after_s)
    without_skipping = guidance.result()
    state = guidance.skip()
    assert (state.done, state.problem) == (True, "")
    assert kept(guidance) == (expected, None)
    assert guidance.result() == without_skipping


def test_it_can_be_skipped_before_it_begins(make_movement):
    guidance = GuidedCalibration(make_movement())
    assert guidance.skip().done
    assert guidance.result() is None


# Whatever a person does -----------------------------------------------------------------------------------------------

behaviour = st.fixed_dictionaries(
    {
        "bulge": st.sampled_from([TALL, SLUMPED, ROUNDED, HOLLOW, A_LITTLE]),
        "why": st.sampled_from(
            [
                None,
                None,
                None,
                None,
                Reason(ReasonCode.NOBODY_SEEN),
                Reason(ReasonCode.BACK_EDGE_HIDDEN),
                Reason(ReasonCode.NOT_IN_START),
            ]
        ),
        "shoulder_px": st.sampled_from([0, 0, 0, 0, 10]),
    }
)
courses = st.lists(st.tuples(st.integers(1, 14), behaviour), min_size=1, max_size=12)


@given(course=courses, fps=st.sampled_from([7.0, 10.0, 15.0, 30.0]))
@settings(deadline=None, max_examples=60)
def test_it_ends_in_time_and_keeps_only_what_is_plausible(guide, course, fps):
    ends = np.cumsum([lasts for lasts, _ in course])

    def person(t, _):
        return course[min(int(np.searchsorted(ends, t, side="right")), len(course) - 1)][1]

    guidance, states = guide(person, fps=fps)
    assert states[-1][1].done
    assert states[-1][0] <= guided.WHOLE_S + 1 / fps
    indices = [s.index for _, s in states]
    assert indices == sorted(indices)
    made = guidance.result()
    if made is None:
        return
    neutral, rounded = made.neutral_for("standing"), made.rounded_for("standing")
    stood = back.Stance(5.0, 180.0)
    assert back.estimate_bend_no_neutral(neutral).value_deg <= back.PLAUSIBLE_NEUTRAL_DEG
    if rounded is not None:
        bends = [back.estimate_bend(c, neutral, stood, stood).value_deg for c in (rounded, neutral)]
        assert bends[0] - bends[1] >= guided.LEAST_ROUNDING_DEG - 0.1


def test_forty_seconds_are_the_end_even_of_what_goes_well(guide):
    """Each back is shown as late as it may be: what was shown until then is kept."""

    def slow(t, state):
        quiet = (9.0 < t < 14.5) or (22.0 < t < 29.0) or t > 39.0
        bulge = SLUMPED if t < 14.0 else obedient(t, state)
        return {"bulge": bulge, "shoulder_px": 0 if quiet else 10 * (round(2 * t) % 2)}

    guidance, states = guide(slow)
    assert [step for step, _ in changes(states)] == ["tall", "tall", "round", "done"]
    assert states[-1][0] <= guided.WHOLE_S + 1 / 30
    assert kept(guidance) == (TALL, None)


# A real start posture -------------------------------------------------------------------------------------------------


def calibrated_on_a_tracked_hinge(fps):
    """Return what a guided calibration keeps of the start of a tracked hinge, thinned to so many pictures a second.

    Its first second, to and fro.
    """
    track = open_track(DATA / "hinge_good.parquet")
    movement = load_movement(track.header["movement"])
    poses = list(track)
    first = [p for p in poses if p.time_s < 1.0]
    there_and_back = first + first[-2:0:-1]
    guidance, person = GuidedCalibration(movement), PersonTracker()
    for i in range(round(6 * fps)):
        pose = there_and_back[round(i / fps * 15) % len(there_and_back)]
        person.step(replace(pose, time_s=i / fps))
        guidance.step(person.measured())
    assert guidance.state.id == "round"
    return guidance.result(), movement, poses


@cache
def calibrated_at_every_picture():
    return calibrated_on_a_tracked_hinge(15.0)[0].neutral_for("standing")


@pytest.mark.parametrize("fps", [6.0, 7.0, 10.0, 15.0, 30.0])
def test_the_start_of_a_tracked_hinge_gives_its_neutral(fps):
    """The same neutral that the start posture gives by itself, and within 2 degrees at every rate."""
    made, movement, poses = calibrated_on_a_tracked_hinge(fps)
    checker = FormChecker(movement)
    list(run(poses, checker))
    neutral, stood = made.neutral_for("standing"), back.Stance(5.0, 176.0)
    assert np.abs(neutral - checker.neutral).max() < 0.03
    assert back.estimate_bend(neutral, checker.neutral, stood, stood).value_deg == pytest.approx(0, abs=5)
    same = calibrated_at_every_picture()
    assert back.estimate_bend(neutral, same, stood, stood).value_deg == pytest.approx(0, abs=2)
