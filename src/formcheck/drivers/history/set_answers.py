"""Find what a person answered around a recorded set, as forms for a bundle.

The session's form and the day after are about the whole session; the questions of a movement file are about the set.
Only the person whose result it is is asked for: a copy in a patient's folder comes without answers.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from formcheck.core.errors import StoreError
from formcheck.core.movement.schema import Movement
from formcheck.drivers.answer_record import NextDayEntry, SessionEntry, SetAnswers, read_record
from formcheck.drivers.results_store import find_result
from formcheck.drivers.user_data import run_as
from formcheck.languages.phrase import Phrase
from formcheck.languages.translate import NAMES, load_language, translate
from formcheck.program.person.about_me import NEXT_DAY_ANSWERS, NEXT_DAY_TEXT
from formcheck.program.person.body_areas import BY_CODE
from formcheck.program.screening import SESSION_QUESTIONS
from formcheck.sinks.fhir import Answer, AnsweredForm, AnsweredQuestion, Choice

from .database import history_path
from .history import History
from .keeper import SESSION_GAP
from .records import PractisedSet, Session
from .reports import BREATH, EFFORT, FELT, HURTS, NEXT_DAY, PAIN_AFTER, PAIN_BEFORE

log = logging.getLogger(__name__)

SESSION_FORM, MOVEMENT_FORM, NEXT_DAY_FORM, PAIN_FORM = "session", "movement", "next_day", "pain_now"
"""Names of the forms; the id of the movement follows `movement`, after a point."""
PAIN_NOW = Phrase("Pain now, 0 to 10")
_IS_WORSE, _HAS_SIGNS = "worse", "new_signs"
_QUESTION_TEXTS = {question.id: str(question.text) for question in SESSION_QUESTIONS}
_CHOICES = {question.id: dict(question.answers) for question in SESSION_QUESTIONS}


def make_pain_form(pain: int, now: datetime) -> AnsweredForm:
    """Return what a person says about pain while the bundle is made."""
    at = _write_moment(now)
    return AnsweredForm(PAIN_FORM, [AnsweredQuestion(PAIN_FORM, PAIN_NOW, [pain], at)], at)


def find_answers(result: Path, movement: Movement) -> list[AnsweredForm]:
    """Return the forms that were answered around a set; none for any other result.

    Parameters
    ----------
    result : folder of the result.
    movement : that was practised, with its questions.
    """
    found = find_result(result.resolve().name)
    if found is None or found.folder.resolve() != result.resolve() or not history_path().is_file():
        return []
    try:
        return run_as(found.person, _collect_forms, found.key, movement)
    except StoreError as error:
        log.warning("the answers around a set are not exported: %s", error)
        return []


def _collect_forms(key: str, movement: Movement) -> list[AnsweredForm]:
    with History() as history:
        person = history.find_current_person()
        sets = [] if person is None else history.list_sets(person)
        sessions = {} if person is None else {one.id: one for one in history.list_sessions(person)}
    which = next((number for number, (_, one) in enumerate(sets) if one.recording == key), None)
    if which is None:
        return []
    session_id, one = sets[which]
    session, record = sessions[session_id], read_record()
    again = next((later.begun for _, later in sets[which + 1 :] if later.movement_id == one.movement_id), None)
    entry = choose_entry(record.sessions, session, one)
    of_set = _choose_said(record.set_answers, one, again)
    after = _choose_next_day(record.next_days, session, one)
    forms = [
        None if entry is None else _fill_session_form(entry),
        None if of_set is None else _fill_movement_form(of_set, movement),
        None if after is None else _fill_next_day_form(after),
    ]
    return [form for form in forms if form is not None and form.questions]


# Which answers --------------------------------------------------------------------------------------------------------


def choose_entry(entries: Sequence[SessionEntry], session: Session, one: PractisedSet) -> SessionEntry | None:
    """Return the answers around the session of a set; None if none were given.

    The last ones before the set count. Without those, the first ones after it do, unless they begin another session.
    """
    end = one.begun + timedelta(seconds=one.duration_s)
    ended = session.ended or end
    near = [
        entry
        for entry in entries
        if session.begun - SESSION_GAP <= entry.at_utc <= ended + SESSION_GAP
        and (_begins_session(entry) or entry.at_utc >= session.begun)
    ]
    earlier = [entry for entry in near if entry.at_utc <= end]
    later = [entry for entry in near if entry.at_utc > end and not _begins_session(entry)]
    return earlier[-1] if earlier else later[0] if later else None


def _begins_session(entry: SessionEntry) -> bool:
    return entry.pain_before is not None or entry.areas is not None or entry.worse is not None


def _choose_said(answers: Sequence[SetAnswers], one: PractisedSet, again: datetime | None) -> SetAnswers | None:
    """Return what was said after a set, before the next set of the same movement."""
    latest = one.begun + timedelta(seconds=one.duration_s) + SESSION_GAP
    end = latest if again is None else min(latest, again)
    found = [said for said in answers if said.movement == one.movement_id and one.begun <= said.at_utc <= end]
    return found[-1] if found else None


def _choose_next_day(entries: Sequence[NextDayEntry], session: Session, one: PractisedSet) -> NextDayEntry | None:
    day = session.begun.astimezone().date()
    found = [entry for entry in entries if entry.day == day and one.movement_id in entry.movements]
    return found[-1] if found else None


# Forms ----------------------------------------------------------------------------------------------------------------


def _fill_session_form(entry: SessionEntry) -> AnsweredForm:
    before, after = _write_moment(entry.at_utc), _write_moment(entry.after_utc)
    if not after and not _begins_session(entry):
        after = before  # the form after the session was the first one
    is_after = any(said is not None for said in (entry.pain_after, entry.felt, entry.effort, entry.breath))
    return AnsweredForm(
        SESSION_FORM, list(_list_answered(entry, before, after)), after if is_after else after or before
    )


def _list_answered(entry: SessionEntry, before: str, after: str) -> Iterator[AnsweredQuestion]:
    places = [Choice(code, BY_CODE[code].name) for code in entry.areas or ()]
    asked: tuple[tuple[str, str, Answer | None, str | None], ...] = (
        (PAIN_BEFORE, "pain", entry.pain_before, before),
        (_IS_WORSE, _IS_WORSE, entry.worse, None),
        (_HAS_SIGNS, _HAS_SIGNS, entry.new_signs, None),
        (PAIN_AFTER, "pain", entry.pain_after, after),
        (FELT, FELT, _choose(FELT, entry.felt), None),
        (EFFORT, EFFORT, entry.effort, None),
        (BREATH, BREATH, _choose(BREATH, entry.breath), None),
    )
    for link, question, answer, pain_utc in asked:
        if answer is not None:
            yield AnsweredQuestion(link, _QUESTION_TEXTS[question], [answer], pain_utc)
        if link == PAIN_BEFORE and places:
            yield AnsweredQuestion(HURTS, _QUESTION_TEXTS["areas"], places)


def _choose(question: str, code: str | None) -> Choice | None:
    return None if code is None else Choice(code, _CHOICES[question].get(code, ""))


def _fill_movement_form(said: SetAnswers, movement: Movement) -> AnsweredForm:
    """Return the movement's own questions, in the words in which they were asked."""
    numbers = {
        translate(question.ask, load_language(code)): number
        for code in NAMES
        for number, question in enumerate(movement.questions, 1)
    }
    links = {ask: f"question_{numbers[ask]}" if ask in numbers else f"asked_{k}" for k, ask in enumerate(said.said, 1)}
    questions = [AnsweredQuestion(links[ask], ask, [answer]) for ask, answer in said.said.items()]
    return AnsweredForm(f"{MOVEMENT_FORM}.{movement.id}", questions, _write_moment(said.at_utc))


def _fill_next_day_form(entry: NextDayEntry) -> AnsweredForm:
    answer = Choice(entry.lasted, dict(NEXT_DAY_ANSWERS)[entry.lasted])
    return AnsweredForm(
        NEXT_DAY_FORM, [AnsweredQuestion(NEXT_DAY, NEXT_DAY_TEXT, [answer])], _write_moment(entry.at_utc)
    )


def _write_moment(at: datetime | None) -> str:
    return "" if at is None else at.isoformat(timespec="seconds")
