"""One cue at a time, steady and not too often; the hold clock counts only valid time."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.core.feedback import BLIND_S, GAP_S, HOLD_OFF_S, REPEAT_S, VIEW_CUES, CueSelector
from formcheck.core.movement.schema import FaultSpec
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import SEVERITIES, Assessment, FaultFinding, Finding, PhaseState, Repetition

FPS = 20
BEND = {"signal": "back_bend_deg", "above": 40}


def fault(fault_id, severity, **changes):
    base = {
        "id": fault_id,
        "seen": fault_id,
        "when": [BEND],
        "severity": severity,
        "cue": f"Mind the {fault_id}",
        "source": "E",
    }
    return FaultSpec(**(base | {"for_s": 1.0} | changes))


FAULTS = [
    fault("bent", "adjust"),
    fault("round", "fix"),
    fault("bounce", "fix", for_s=0.0),
    fault("early", "info", for_s=0.0),
]


@pytest.fixture(scope="session")
def play(make_movement):
    """Run the selector over (seconds, faults that show, phase) and return its feedback, picture by picture."""

    def run(
        *parts, faults=FAULTS, fps=FPS, bends=None, findings=(), still=False, ended=None, repetition=1, camera="side"
    ):
        movement = make_movement(faults=faults, view={"camera": camera})
        selector, said, i, before = CueSelector(movement), [], 0, None
        for seconds, present, name in parts:
            for _ in range(round(seconds * fps)):
                t = i / fps
                bend = bends[i] if bends else 60.0
                shown = {
                    f.id: FaultFinding(
                        present=None if present is None else f.id in present,
                        value=bend,
                        uncertainty=1.0,
                        limit=f.when[0].limit,
                        unit="deg",
                        is_above=f.when[0].above is not None,
                    )
                    for f in faults
                }
                assessment = Assessment(t, name, tuple(findings), shown)
                running = Repetition(repetition, None, 0.0, hold_start_s=0.0)
                state = PhaseState(
                    name, 0.0, None, "left", name != before, repetition=running, still=still, ended=ended
                )
                said.append(selector.step(assessment, state))
                i, before = i + 1, name
        return said

    return run


def changes(said):
    """Index, old and new cue of every change."""
    cues = [None, *(f.cue for f in said)]
    return [(i, a, b) for i, (a, b) in enumerate(pairwise(cues)) if a != b]


# Cues -----------------------------------------------------------------------------------------------------------------


def test_a_fault_is_said_once_it_has_lasted(play):
    said = play((3, {"bent"}, "hold"))
    assert changes(said) == [(20, None, "bent")]  # after 1 s at 20 pictures a second
    assert said[20].text == "Mind the bent"
    assert said[20].severity == "adjust"
    assert said[20].since_s == 1.0
    assert said[19].active == ()


def test_a_fault_that_vanishes_in_time_is_never_said(play):
    assert changes(play((0.9, {"bent"}, "hold"), (2, set(), "hold"))) == []


def test_a_gap_shorter_than_a_blink_does_not_start_it_again(play):
    said = play((0.5, {"bent"}, "hold"), (GAP_S - 0.1, set(), "hold"), (1, {"bent"}, "hold"))
    assert said[20].active[0].from_s == 0
    longer = play((0.5, {"bent"}, "hold"), (GAP_S + 0.1, set(), "hold"), (0.9, {"bent"}, "hold"))
    assert changes(longer) == []


def test_what_cannot_be_judged_is_not_a_fault(play):
    assert changes(play((3, None, "hold"))) == []


def test_the_most_serious_fault_speaks_first_then_file_order(play):
    said = play((2, {"bent", "early"}, "hold"), (2, {"bent", "round", "bounce"}, "hold"))
    assert said[30].cue == "bent"
    assert said[41].cue == "bounce"  # at once: it needs no time, and is more serious
    assert said[-1].cue == "round"  # is listed before bounce in the file
    assert {f.id for f in said[-1].active} == {"bent", "round", "bounce"}


def test_a_cue_stays_until_it_can_be_read(play):
    said = play((0.1, {"early"}, "hold"), (3, set(), "hold"))
    assert changes(said) == [(0, None, "early"), (round(HOLD_OFF_S * FPS), "early", None)]


def test_a_more_serious_cue_does_not_wait(play):
    said = play((0.2, {"early"}, "hold"), (1, {"bounce"}, "hold"))
    assert changes(said)[:2] == [(0, None, "early"), (4, "early", "bounce")]


def test_the_same_words_are_not_said_again_within_six_seconds(play):
    said = play((0.1, {"bounce"}, "hold"), (2, set(), "hold"), (4.9, {"bounce"}, "hold"))
    assert said[45].cue == "bounce"
    assert said[45].since_s == 0  # shown again, not spoken again
    starts = sorted({f.since_s for f in said if f.cue})
    assert starts == [0, pytest.approx(REPEAT_S)]


def test_a_fault_that_stays_is_said_every_six_seconds(play):
    said = play((14, {"bounce"}, "hold"))
    assert sorted({f.since_s for f in said}) == [0, pytest.approx(REPEAT_S), pytest.approx(2 * REPEAT_S)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 25), st.sets(st.sampled_from([f.id for f in FAULTS]))), min_size=1, max_size=25)
)
def test_a_cue_never_flickers_and_never_nags(play, course):
    """Whatever shows when: a cue gives way early only to a more serious one, and is said at most every six seconds."""
    said = play(*((frames / FPS, present, "hold") for frames, present in course))
    rank = {None: -1} | {f.id: SEVERITIES.index(f.severity) for f in FAULTS}
    changed = changes(said)
    for (i, _, _), (j, before, after) in pairwise(changed):
        assert rank[after] > rank[before] or (j - i) / FPS >= HOLD_OFF_S - 1e-6
    for cue in {f.cue for f in said} - {None}:
        starts = sorted({f.since_s for f in said if f.cue == cue})
        assert all(b - a >= REPEAT_S - 1e-6 for a, b in pairwise(starts))
        assert all(said[round(s * FPS)].cue == cue for s in starts)


def test_the_worst_value_is_kept_with_the_limit_it_broke(play):
    bends = [50.0, 70.0, 60.0, *([55.0] * 40)]
    said = play((2, {"round"}, "hold"), bends=bends)
    worst = said[-1].active[0]
    assert (worst.value, worst.limit, worst.unit) == (70, 40, "deg")
    assert (worst.from_s, worst.said_s) == (0, pytest.approx(39 / FPS))


def test_the_worst_value_of_a_lower_limit_is_the_least(play):
    low = fault("hollow", "adjust", when=[{"signal": "back_bend_deg", "below": -20}], for_s=0.0)
    said = play((1, {"hollow"}, "hold"), faults=[low], bends=[-25.0, -40.0, *([-30.0] * 18)])
    assert said[-1].active[0].value == -40


def test_a_fault_of_a_whole_repetition_is_spoken_for_two_seconds(play):
    early = fault("early", "info", at_end_of_repetition=True)
    over = Repetition(3, None, -9.0, end_s=-1.0, counts=True)  # it ended a second before the film begins
    said = play((1 / FPS, {"early"}, "setup"), (4, set(), "setup"), faults=[early], ended=over)
    assert (said[0].active[0].from_s, said[0].active[0].said_s) == (-9.0, -1.0)
    assert said[39].active
    assert not said[42].active


def test_how_long_it_was_held_is_said_of_the_hold(play):
    """A hold of 0.3 s was shown with the ten seconds of its repetition."""
    early = fault("early", "info", at_end_of_repetition=True, when=[{"signal": "hold_s", "below": 10.0}])
    over = Repetition(1, None, -12.0, end_s=-1.0, hold_start_s=-3.0, hold_end_s=-2.7, counts=True)
    said = play((1, {"early"}, "setup"), faults=[early], ended=over)
    assert (said[0].active[0].from_s, said[0].active[0].said_s) == (-3.0, -2.7)


def test_a_still_picture_says_at_once(play):
    assert play((1 / FPS, {"round"}, "hold"), still=True)[0].cue == "round"


# The view -------------------------------------------------------------------------------------------------------------


def unseen(reason):
    return [Finding("knee", "cannot_tell", float("nan"), None, None, 1.0, reason)]


@pytest.mark.parametrize("reason", [Reason(ReasonCode.NOT_SIDE_ON), Reason(ReasonCode.NOBODY_SEEN)])
def test_a_view_that_shows_nothing_is_said_after_a_second(play, reason):
    said = play((2, set(), "hold"), findings=unseen(reason))
    assert changes(said) == [(round(BLIND_S * FPS), None, "bad_view")]
    assert (said[-1].text, said[-1].severity) == (VIEW_CUES["bad_view"], "info")


@pytest.mark.parametrize(
    ("camera", "reason", "cue"),
    [
        pytest.param("front", Reason(ReasonCode.NOT_IN_FRONT), "not_in_front", id="from the front: face it"),
        pytest.param("front", Reason(ReasonCode.NOT_SIDE_ON), None, id="from the front nobody need be side-on"),
        pytest.param("side", Reason(ReasonCode.NOT_IN_FRONT), None, id="from the side nobody need face it"),
        pytest.param("any", Reason(ReasonCode.NOT_SIDE_ON), None, id="from anywhere is from anywhere"),
        pytest.param("any", Reason(ReasonCode.NOT_IN_FRONT), None, id="from anywhere too"),
        pytest.param("any", Reason(ReasonCode.NOBODY_SEEN), "out_of_view", id="from anywhere a person must be seen"),
    ],
)
def test_each_movement_is_asked_for_its_own_view(play, camera, reason, cue):
    said = play((2, set(), "hold"), findings=unseen(reason), camera=camera)
    assert said[-1].cue == cue
    assert said[-1].text == (VIEW_CUES[cue] if cue else "")


@pytest.mark.parametrize("camera", ["side", "front", "any"])
def test_leaving_the_picture_is_said(play, camera):
    said = play((1, set(), "hold"), (2, set(), "absent"), camera=camera)
    assert said[-1].text == VIEW_CUES["out_of_view"]


def test_a_hidden_knee_is_no_bad_view(play):
    assert changes(play((3, set(), "hold"), findings=unseen(Reason(ReasonCode.LANDMARK_HIDDEN, "left_knee")))) == []


# The hold clock -------------------------------------------------------------------------------------------------------


def test_the_clock_counts_the_hold(play):
    said = play((1, set(), "move"), (3, set(), "hold"), (1, set(), "return"))
    assert said[19].hold.valid_s == 0
    assert said[79].hold.valid_s == pytest.approx(3, abs=1.5 / FPS)
    assert said[-1].hold.valid_s == said[79].hold.valid_s
    assert {f.hold.target_s for f in said} == {20}
    assert {f.hold.paused_by for f in said} == {""}


@pytest.mark.parametrize(
    ("present", "paused_by"), [({"round"}, "round"), ({"bounce"}, "bounce"), ({"bent"}, ""), ({"early"}, "")]
)
def test_serious_faults_stop_the_clock_and_say_so(play, present, paused_by):
    said = play((2, set(), "hold"), (2, present, "hold"), (2, set(), "hold"))
    assert said[60].hold.paused_by == paused_by
    assert said[-1].hold.valid_s == pytest.approx(4 if paused_by else 6, abs=2 / FPS)
    assert said[-1].hold.paused_by == ""


def test_leaving_the_picture_stops_the_clock_and_says_so(play):
    said = play((2, set(), "hold"), (3, set(), "absent"), (2, set(), "hold"))
    assert said[60].hold.paused_by == "out_of_view"
    assert said[-1].hold.valid_s == pytest.approx(4, abs=0.6)


def test_a_view_that_cannot_be_judged_stops_nothing(play):
    said = play((4, set(), "hold"), findings=unseen(Reason(ReasonCode.NOT_SIDE_ON)))
    assert said[-1].hold.valid_s == pytest.approx(4, abs=1.5 / FPS)


def test_dropped_pictures_count_half_a_second_at_most(play):
    said = play((10, set(), "hold"), fps=0.5)
    assert said[-1].hold.valid_s == 2.0  # five pictures: four steps


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_the_clock_does_not_depend_on_the_frame_rate(play, fps):
    assert play((10, set(), "hold"), fps=fps)[-1].hold.valid_s == pytest.approx(10, abs=0.1)


def test_the_next_repetition_begins_at_nought(make_movement):
    selector = CueSelector(make_movement(faults=FAULTS))
    for i in range(60):
        running = Repetition(1 if i < 40 else 2, None, 0.0)
        state = PhaseState("hold", 0.0, None, "left", i in (0, 40), repetition=running)
        feedback = selector.step(Assessment(i / FPS, "hold", (), {}), state)
    assert feedback.hold.valid_s == pytest.approx(19 / FPS)


def follow_clock(make_movement, *frames):
    """Return what the clock shows after each frame: name of the phase, running repetition, and one that ended."""
    selector, shown, before = CueSelector(make_movement(faults=FAULTS)), [], None
    for i, (name, running, ended) in enumerate(frames):
        state = PhaseState(name, 0.0, None, "left", name != before, repetition=running, ended=ended)
        shown.append(selector.step(Assessment(i / 10, name, (), {}), state).hold.valid_s)
        before = name
    return shown


HELD = Repetition(1, None, 0.0, hold_start_s=0.0)


def test_a_hold_that_is_over_shows_its_dated_back_end(make_movement):
    over = replace(HELD, hold_end_s=1.5)
    frames = [("hold", HELD, None)] * 20 + [("return", over, None), ("setup", None, over), ("setup", None, None)]
    shown = follow_clock(make_movement, *frames)
    assert shown[19] == pytest.approx(1.9)
    assert shown[20:] == pytest.approx([1.5] * 3)


def test_a_hold_that_is_taken_up_again_goes_on_where_it_was(make_movement):
    frames = [("hold", HELD, None)] * 20 + [("setup", replace(HELD, hold_end_s=1.5), None)] * 5
    shown = follow_clock(make_movement, *frames, *[("hold", HELD, None)] * 11)
    assert shown[-1] == pytest.approx(1.9 + 1.0)


@pytest.mark.parametrize("again", [None, Repetition(1, None, 2.5)], ids=["nothing", "the next one"])
def test_a_repetition_that_was_none_leaves_no_seconds(make_movement, again):
    """Its number is used again."""
    frames = [("hold", HELD, None)] * 20 + [("setup", again, None)]
    assert follow_clock(make_movement, *frames)[-1] == 0


def test_no_clock_where_nothing_is_held(make_movement, play):
    selector = CueSelector(make_movement(faults=FAULTS, dose={"hold_s": None}))
    state = PhaseState("hold", 0.0, None, "left")
    assert selector.step(Assessment(0.0, "hold", (), {}), state).hold is None
    assert play((0.1, set(), "hold"), still=True)[0].hold is None


def test_a_fault_that_ends_before_it_is_reported_costs_no_time(play):
    """It stops the clock at once; when it turns out to be a moment only, its time counts after all."""
    said = play((2, set(), "hold"), (0.5, {"round"}, "hold"), (1, set(), "hold"))
    assert any(one.hold.paused_by == "round" for one in said)
    assert not any(one.active for one in said)
    assert said[-1].hold.valid_s == pytest.approx(play((3.5, set(), "hold"))[-1].hold.valid_s)
