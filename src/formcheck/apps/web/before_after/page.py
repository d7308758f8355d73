"""Lead through one visit: ask, test, try one thing, test again, and see what changed.

Every step is stored in the history as soon as it is taken, so the page can be left for the camera and comes back to
where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

import streamlit as st

from formcheck.apps.web.library.addresses import live_url
from formcheck.apps.web.library.practise import build_sequence, sum_length_s
from formcheck.core.errors import StoreError
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import Movement
from formcheck.core.summary.phrases import NOT_MEDICAL
from formcheck.drivers.answers import find_offer, find_offers
from formcheck.drivers.body_tests.visits import (
    COMPLAINT,
    FEELING,
    HEIGHT,
    INPUT,
    INPUT_DONE,
    INPUT_MOVEMENT,
    NEW_SIGNS_ANSWER,
    SKIP,
    TEST,
    TIGHTNESS,
    YES,
    add_answer,
    begin_visit,
    find_visit_under_way,
    keep_trials,
    read_height_cm,
    read_visits,
)
from formcheck.drivers.history.history import History
from formcheck.drivers.history.records import Moment, Person
from formcheck.drivers.history.reports import PAIN_AFTER, PAIN_BEFORE
from formcheck.program.body_tests.phrases import (
    COMPLAINTS,
    INPUT_NOTES,
    INPUTS,
    LATE,
    LOW_TRUST,
    name_test,
    write_median,
    write_tries,
)
from formcheck.program.body_tests.protocol import load_protocol, load_protocols, load_test_movement
from formcheck.program.body_tests.results import TestKey
from formcheck.program.body_tests.trials import TrialValue
from formcheck.program.body_tests.visit import (
    LEAST_INPUT_S,
    MOST_INPUT_S,
    Input,
    Visit,
    VisitStage,
    choose_tests,
    classify_movement,
    decide_visit,
    find_stage,
    is_late,
    suggest_input,
)
from formcheck.program.change import Feeling

from .outcome import CSS, render_carried, render_outcome
from .test_card import write_test_url

LEAD = "Test, try one thing, test again. Then you see what changed, and what is only the error of measuring."
STAGE_NAMES = {
    VisitStage.ASK: "Ask",
    VisitStage.ASSESS: "Test",
    VisitStage.INTERVENE: "Try one thing",
    VisitStage.REASSESS: "Test again",
    VisitStage.FEEL: "How it feels",
    VisitStage.DECIDED: "What changed",
}
HISTORY_CLOSED = "The history cannot be written: {why}. You can practise all the same."
NOT_ASKED = "No answer"
FEELINGS = {Feeling.BETTER: "Better", Feeling.SAME: "The same", Feeling.WORSE: "Worse"}
SAME_PLACE = (
    "Begin within five minutes. Leave the camera where it is, and wear the same: then the error of the camera is "
    "in both, and cancels."
)
ONE_THING = "Now one thing only, two to six minutes. Then the same tests again."
AS_GUEST = (
    "You are here as a guest, and nothing of a guest is kept. Choose who you are on Today to compare before and after."
)
NEW_VISIT = "new_visit"


def show_before_after() -> None:
    """Show the page."""
    st.html(f"<style>{CSS}</style>")
    st.html('<h1 class="fc">Before and after</h1>')
    try:
        with History() as history:
            person = history.find_current_person()
            if person is None:
                st.info(AS_GUEST)
            else:
                _show_visit(history, person, datetime.now(UTC))
    except StoreError as error:
        st.warning(HISTORY_CLOSED.format(why=error))
    st.caption(NOT_MEDICAL)


def _show_visit(history: History, person: Person, now: datetime) -> None:
    visits = read_visits(history, person)
    session_id = find_visit_under_way(history, person, now)
    visit = visits.get(session_id) if session_id is not None else None
    if session_id is None or visit is None or st.session_state.get(NEW_VISIT) == session_id:
        _show_steps(VisitStage.ASK)
        _ask(history, person, now)
        return
    stage = find_stage(visit)
    _show_steps(stage)
    desk = _Desk(history, person, session_id, now)
    if stage in (VisitStage.ASSESS, VisitStage.REASSESS):
        _show_tests(desk, visit, "after" if stage is VisitStage.REASSESS else "before")
    elif stage is VisitStage.INTERVENE:
        _show_input(desk, visit, [one for key, one in visits.items() if key != session_id])
    elif stage is VisitStage.FEEL:
        _ask_feeling(desk, visit)
    else:
        until_now = [one for key, one in visits.items() if key <= session_id]
        st.html(render_outcome(until_now, decide_visit(until_now)))
        if st.button("Begin another visit", type="primary"):
            st.session_state[NEW_VISIT] = session_id
            st.rerun()


class _Desk:
    """Where the answers of the visit under way go."""

    def __init__(self, history: History, person: Person, session_id: int, now: datetime) -> None:
        self.history, self._person, self.session_id, self.now = history, person, session_id, now

    def note(self, **answers: str | float | None) -> None:
        """Store answers by question; None is no answer."""
        for question, answer in answers.items():
            if answer is not None:
                add_answer(self.history, self._person, self.session_id, question, answer, now=self.now)


def _show_steps(stage: VisitStage) -> None:
    items = "".join(
        f"<li{' aria-current=step' if one is stage else ''}>{number}. {words}</li>"
        for number, (one, words) in enumerate(STAGE_NAMES.items(), start=1)
    )
    st.html(f'<ol class="fc-steps">{items}</ol>')


# Ask ------------------------------------------------------------------------------------------------------------------


def _ask(history: History, person: Person, now: datetime) -> None:
    st.html(f'<p class="fc-lead">{LEAD}</p>')
    known_cm = read_height_cm(history, person)
    with st.form("ask"):
        complaint = st.radio("What is it today?", list(COMPLAINTS), format_func=COMPLAINTS.__getitem__, key=COMPLAINT)
        pain = _ask_number("Pain now, 0 to 10", PAIN_BEFORE)
        tightness = _ask_number("Tightness now, 0 to 10", TIGHTNESS)
        height = st.number_input(
            "Your height in cm, for results in cm (may stay empty)", 80, 250, key=HEIGHT,
            value=None if known_cm is None else int(known_cm),
        )  # fmt: skip
        begins = st.form_submit_button("Choose my tests", type="primary")
    if not begins:
        return
    closed = _list_closed(now)
    tests = choose_tests(complaint, load_protocols(), closed)
    if not tests:
        st.warning("Your answers leave these tests out. Please choose something else, or change your answers.")
        return
    desk = _Desk(history, person, begin_visit(history, person, now, complaint, tests), now)
    desk.note(**{PAIN_BEFORE: pain, TIGHTNESS: tightness, HEIGHT: height})
    st.session_state.pop(NEW_VISIT, None)
    st.rerun()


def _ask_number(words: str, key: str) -> float | None:
    chosen = st.selectbox(words, [None, *range(11)], format_func=lambda n: NOT_ASKED if n is None else str(n), key=key)
    return None if chosen is None else float(chosen)


def _list_closed(now: datetime) -> set[str]:
    """Return the tests that the person's answers leave out.

    Before the first answers none is: the live page asks.
    """
    closed = set()
    for one in load_protocols():
        if one.movement:
            offer = find_offer(load_test_movement(one), now)
            if offer.state == "closed" and offer.reasons[0].code != "ask_first":
                closed.add(one.id)
    return closed


# Test -----------------------------------------------------------------------------------------------------------------


def _show_tests(desk: _Desk, visit: Visit, moment: Moment) -> None:
    if moment == "after":
        st.html(f'<p class="fc-lead">The same tests again. {SAME_PLACE}</p>')
        if is_late(visit, desk.now):
            st.caption(LATE)
    wanted = visit.wanted if moment == "before" else [key for key in visit.wanted if key in visit.before]
    left = visit.list_left(again=moment == "after")
    for key in wanted:
        _show_test(desk, visit, key, moment, is_next=bool(left) and key == left[0])
    if moment == "before":
        st.caption("Only what is measured now can be compared afterwards.")
        _offer_more(desk, visit)


def _offer_more(desk: _Desk, visit: Visit) -> None:
    """Offer the tests that the complaint did not choose."""
    closed = _list_closed(desk.now)
    others = [one for one in load_protocols() if one.id not in (*visit.tests, *closed) and one.measured != "no"]
    with st.expander("Another test"):
        chosen = st.selectbox("Test", others, format_func=lambda one: f"{one.name}: {one.about}", key=TEST)
        if st.button("Add it") and chosen is not None:
            desk.note(**{TEST: chosen.id})
            st.rerun()


def _show_test(desk: _Desk, visit: Visit, key: TestKey, moment: Moment, *, is_next: bool) -> None:
    test_id, side = key
    protocol = load_protocol(test_id)
    taken = (visit.before if moment == "before" else visit.after).get(key)
    with st.container(border=True, key=f"test-{test_id}-{side or 'whole'}"):
        low = f' <span class="fc-badge">{LOW_TRUST}</span>' if protocol.trust == "low" else ""
        words = escape(protocol.about)
        if taken is not None:
            words = escape(f"{write_median(protocol, taken)} {write_tries(protocol, taken)}")
        name = escape(name_test(protocol, side))
        link = ""
        if protocol.movement:
            label = "Do it with the camera" if taken is None else "Do it once more"
            style = "fc-go first" if is_next else "fc-go"
            address = escape(write_test_url(key, moment, asks=not visit.before))
            link = f'<a class="{style}" href="{address}" target="_self">{label}</a>'
        st.html(f'<div class="fc-test"><h2 class="fc">{name}{low}</h2><p>{words}</p>{link}</div>')
        if not protocol.movement and taken is None:
            _ask_count(desk, key, moment)
        if taken is None and moment == "before" and st.button("Leave this one out", key=f"skip-{test_id}-{side}"):
            desk.note(**{SKIP: test_id})
            st.rerun()


def _ask_count(desk: _Desk, key: TestKey, moment: Moment) -> None:
    test_id, side = key
    protocol = load_protocol(test_id)
    st.html("".join(f'<p class="fc-line">{escape(one)}</p>' for one in protocol.instruction))
    count = st.number_input(protocol.ask, 0, 200, value=None, key=f"count-{test_id}-{moment}")
    if st.button("Keep", key=f"keep-{test_id}-{moment}") and count is not None and protocol.measure is not None:
        trial = TrialValue(side, float(count), 0.5, protocol.measure.unit)
        keep_trials(desk.history, desk.session_id, test_id, moment, [trial], now=desk.now)
        st.rerun()


# Try one thing --------------------------------------------------------------------------------------------------------


def _show_input(desk: _Desk, visit: Visit, earlier: Sequence[Visit]) -> None:
    st.html(f'{render_carried([*earlier, visit])}<p class="fc-lead">{ONE_THING}</p>')
    step = decide_visit(list(earlier)).step if earlier else None
    suggested = visit.input or (suggest_input(earlier, step, visit.complaint) if visit.complaint else Input.MOVEMENT)
    kinds = list(Input)
    kind = st.radio(
        "What would you like to try?", kinds, index=kinds.index(suggested), format_func=INPUTS.__getitem__, key=INPUT,
        captions=[INPUT_NOTES[one] for one in kinds],
    )  # fmt: skip
    movement = None
    if kind is not Input.REST:
        fitting = list_fitting(kind, desk.now)
        movement = st.selectbox("With", fitting, format_func=describe_dose_of_input, key=INPUT_MOVEMENT)
        if movement is not None:
            address = escape(live_url(movement.id))
            st.html(f'<p><a class="fc-go" href="{address}" target="_self">Do it with the camera</a></p>')
            st.html(f'<p class="fc-soft">{escape(movement.about)} Effort three to five of ten, no more.</p>')
    if st.button("I have done it: test again", type="primary"):
        desk.note(**{INPUT: kind, INPUT_MOVEMENT: movement.id if movement else None, INPUT_DONE: YES})
        st.rerun()


def list_fitting(kind: Input, now: datetime) -> list[Movement]:
    """Return the movements of a type that the person's answers leave open, by name."""
    every = [load_movement(one) for one in catalogue()]
    fitting = [one for one in every if classify_movement(one) is kind and not one.advanced]
    offers = find_offers(fitting, now)
    open_ones = [
        one for one in fitting if offers[one.id].state != "closed" or offers[one.id].reasons[0].code == "ask_first"
    ]
    return sorted(open_ones, key=lambda one: one.name)


def describe_dose_of_input(movement: Movement) -> str:
    """Return a movement and how many rounds of it take two to six minutes."""
    once_s = max(1.0, sum_length_s(build_sequence(movement)))
    rounds = max(1, min(round(MOST_INPUT_S / once_s), -(-LEAST_INPUT_S // round(once_s))))
    minutes = max(2, min(MOST_INPUT_S // 60, round(rounds * once_s / 60)))
    times = "once" if rounds == 1 else f"{rounds} rounds"
    return f"{movement.name}, {times}, about {minutes} minutes"


# How it feels ---------------------------------------------------------------------------------------------------------


def _ask_feeling(desk: _Desk, visit: Visit) -> None:
    with st.form("feel"):
        feeling = st.radio(
            "How does it feel now?", list(FEELINGS), index=None, format_func=FEELINGS.__getitem__, key=FEELING
        )
        pain = _ask_number("Pain now, 0 to 10", PAIN_AFTER) if visit.pain_before is not None else None
        signs = st.radio(
            "Any new tingling, numbness or weakness?",
            ["no", YES],
            index=None,
            format_func=str.capitalize,
            key=NEW_SIGNS_ANSWER,
        )
        shows = st.form_submit_button("Show what changed", type="primary")
    if not shows:
        return
    if feeling is None or signs is None:
        st.warning("Please answer both questions first.")
        return
    desk.note(**{FEELING: feeling, PAIN_AFTER: pain, NEW_SIGNS_ANSWER: signs})
    st.rerun()
