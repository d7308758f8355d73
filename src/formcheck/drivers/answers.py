"""Take the person's answers, and tell what they allow.

What is kept lies in `answer_record`. If answers cannot be written, the person still gets the decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from pydantic import AwareDatetime, StrictBool, ValidationError

from formcheck.core.errors import AnswerError
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import Movement
from formcheck.program.effort import BreathSaid, PractiseWay
from formcheck.program.gate import Gate, Offer, collect_facts, is_pain_asked, list_cards, open_gate
from formcheck.program.screening import (
    NEW_SIGNS,
    PAIN_ANSWERS,
    QUESTIONS,
    RISE,
    SESSION_QUESTIONS,
    Decision,
    Felt,
    MovementFacts,
    PainToday,
    SessionReport,
    decide_screening,
    decide_session,
    find_standing,
    list_unanswered,
)

from . import answer_record
from .about_me import describe_about, find_own_words, make_plain
from .answer_record import (
    AnswerPart,
    Areas,
    Effort,
    MovementId,
    Pain,
    PainEntry,
    SaidBySymptom,
    SessionEntry,
    SessionRecord,
    SetAnswers,
    answers_lock,
    read_record,
    write_record,
)
from .body_tests.carry_over import describe_carry_over
from .history.last_practice import describe_last_practice
from .history.reports import store_reports
from .own_movements import load_own_movements
from .reminders import describe_reminders

ONE_SESSION = timedelta(hours=4)
"""[E] An answer "after" belongs to the answer "before" of the last four hours."""
SAME_PRESS = timedelta(seconds=90)
"""[E] The socket, the page and a page that comes back report the same press of Pain."""
NOT_KEPT = "Your answers could not be stored here, so you will be asked again next time."
_IDS = tuple(question.id for question in QUESTIONS)
_ASKED_AFTER = ("pain_after", "new_signs", "felt", "effort", "breath")
_FIRST_ROUND = tuple(question.id for question in QUESTIONS if question.route == "emergency")


# Facts of movements ---------------------------------------------------------------------------------------------------


@cache
def collect_catalogue_facts() -> tuple[MovementFacts, ...]:
    """Return the facts of all movements that come with formcheck."""
    return tuple(collect_facts(load_movement(movement_id)) for movement_id in catalogue())


def collect_known_facts() -> tuple[MovementFacts, ...]:
    """Return the facts of all movements of this computer, own files last."""
    own = load_own_movements().movements.values()
    return (*collect_catalogue_facts(), *map(collect_facts, own))


# The gate -------------------------------------------------------------------------------------------------------------


def read_screening_state(now: datetime) -> dict[str, Any]:
    """Return the questions, the earlier answers and what they allow, as the page reads it.

    Parameters
    ----------
    now : with a time zone.
    """
    with answers_lock:
        record = read_record()
    facts = collect_known_facts()
    gate = _open_gate_now(record, now)
    return {
        "questions": [
            {"id": one.id, "text": one.text, "short": one.short, "tell": one.tell, "is_first": one.id in _FIRST_ROUND}
            for one in QUESTIONS
        ],
        "answers": record.answers,
        "draft": record.draft,
        "answers_needed": bool(gate.due),
        "why": gate.due,
        "decision": _make_reply(gate.decision) if gate.decision else None,
        "offers": {
            one.id: {"state": offer.state, "reasons": [asdict(reason) for reason in offer.reasons]}
            for one, offer in ((one, gate.offer(one)) for one in facts)
        },
        "cards": [asdict(card) for card in list_cards(gate, facts)],
        "pain": _describe_pain(record, now),
        **describe_about(record, gate, facts, now),
        "reminders": describe_reminders(record, now),
        "carried": describe_carry_over(now),
        "last_time": describe_last_practice(now),
        "session_questions": _list_session_questions(record),
    }


def find_offer(movement: Movement, now: datetime) -> Offer:
    """Return whether a movement is offered now: open, softened or closed, with the reasons.

    Every page, a routine and the live socket ask here. It may be a movement of the person's own file.
    """
    return open_todays_gate(now).offer(collect_facts(movement))


def open_todays_gate(now: datetime) -> Gate:
    """Return the gate with all that the person said, and a therapist's plan."""
    with answers_lock:
        record = read_record()
    return _open_gate_now(record, now)


def find_what_suits(now: datetime) -> list[str]:
    """Return the movements that suit what the person said about themselves, the most useful first."""
    with answers_lock:
        record = read_record()
    facts = collect_catalogue_facts()
    suits: list[str] = describe_about(record, _open_gate_now(record, now), facts, now)["for_you"]["movements"]
    return suits


def find_offers(movements: list[Movement], now: datetime) -> dict[str, Offer]:
    """Return id -> offer of several movements, as `find_offer`, from one reading."""
    gate = open_todays_gate(now)
    return {movement.id: gate.offer(collect_facts(movement)) for movement in movements}


def _open_gate_now(record: SessionRecord, now: datetime) -> Gate:
    return open_gate(record.kept, record.note, collect_known_facts(), now, own=find_own_words(record, now))


def _describe_pain(record: SessionRecord, now: datetime) -> dict[str, Any] | None:
    """Return what to ask about the last set that hurt; None for nothing."""
    note = record.note
    if note is None or not is_pain_asked(note, now):
        return None
    names = {one.id: one.name for one in collect_known_facts()}
    answers = [list(one) for one in PAIN_ANSWERS]
    return {"movement": note.movement, "name": names.get(note.movement or "", ""), "why": note.why, "answers": answers}


def _list_session_questions(record: SessionRecord) -> list[dict[str, Any]]:
    """Return the short form; "worse than last time" only if there was a last time."""
    asked = [one for one in SESSION_QUESTIONS if one.id != "worse" or record.sessions]
    return [make_plain(asdict(question)) for question in asked]


# The long questions ---------------------------------------------------------------------------------------------------


def answer(answers: object, now: datetime) -> dict[str, Any]:
    """Keep the answers to the long questions; return the decision, as the page reads it.

    Raises
    ------
    AnswerError
        An answer is not true or false, fits no question, or is missing and could change the decision.
    """
    said = _check_answers(answers)
    if decide_screening(said) is None:
        raise AnswerError(f"expected an answer to every question, got none to {', '.join(list_unanswered(said))}")
    with answers_lock:
        changes = {"answers": said, "draft": {}, "answered_utc": now, "new_signs": False}
        record = read_record().model_copy(update=changes)
        stored = write_record(record)
    return _reply(record, now, stored=stored)


def keep_draft(answers: object, now: datetime) -> dict[str, Any]:
    """Keep the answers of a form that is not finished; return the decision that stands.

    A "yes" counts at once, also if the page is closed then; an emergency is decided at once.

    Raises
    ------
    AnswerError
        An answer is not true or false, or fits no question.
    """
    said = _check_answers(answers)
    if decide_screening(said) is not None and any(said.get(key) for key in _FIRST_ROUND):
        return answer(said, now)
    with answers_lock:
        record = read_record().model_copy(update={"draft": said})
        stored = write_record(record)
    return _reply(record, now, stored=stored)


def _reply(record: SessionRecord, now: datetime, *, stored: bool) -> dict[str, Any]:
    decision = _open_gate_now(record, now).decision
    return {"decision": _make_reply(decision, stored=stored) if decision else None}


# Around a session -----------------------------------------------------------------------------------------------------


class AnswerReport(AnswerPart):
    """The short form as the page sends it; null = not answered."""

    when: Literal["before", "after"]
    pain: Pain | None = None
    worse: StrictBool | None = None
    new_signs: StrictBool | None = None
    felt: Felt | None = None
    movement: MovementId | None = None
    said: SaidBySymptom | None = None
    areas: Areas | None = None
    effort: Effort | None = None
    breath: BreathSaid | None = None
    way: PractiseWay | None = None


def keep_session(entry: object, now: datetime) -> dict[str, Any]:
    """Keep one short form; return the decision after it, as the page reads it.

    A rise of the pain by two points is remembered like a press of Pain.

    Raises
    ------
    AnswerError
        The form is not as described; the message names the value, what was expected and what came.
    """
    report: AnswerReport = _check_form(AnswerReport, entry)
    with answers_lock:
        record = read_record()
        said = _merge_session(_find_session_under_way(record, now), report, now)
        earlier = [other for other in record.sessions if other.at_utc != said.at_utc]
        sessions = [*earlier, said][-answer_record.MOST_SESSIONS :]
        changes: dict[str, Any] = {"sessions": sessions, "new_signs": record.new_signs or bool(report.new_signs)}
        if report.movement and report.said:
            of_set = SetAnswers(at_utc=now, movement=report.movement, said=report.said)
            changes["set_answers"] = [*record.set_answers, of_set][-answer_record.MOST_SETS :]
        if _has_risen(report, said):
            changes["pains"] = _add_pain(record, PainEntry(at_utc=now, movement=said.movement, why="rose"))
        record = record.model_copy(update=changes)
        stored = write_record(record)
    store_reports(record)
    before = said.pain_before if report.when == "after" else None
    short = SessionReport(report.pain, before, report.worse, report.new_signs, report.felt)
    # After a set that hurt, what is said is about now; "how is it today" comes next time.
    facts = collect_known_facts()
    standing = _open_gate_now(record, now).decision if report.when == "before" else find_standing(record.kept, facts)
    return {"decision": _make_reply(decide_session(short, standing), stored=stored)}


def _has_risen(report: AnswerReport, said: SessionEntry) -> bool:
    if report.when != "after" or report.pain is None or said.pain_before is None:
        return False
    return report.pain - said.pain_before >= RISE


def _find_session_under_way(record: SessionRecord, now: datetime) -> SessionEntry | None:
    """Return the last session if it began within the last four hours."""
    last = record.sessions[-1] if record.sessions else None
    return last if last is not None and timedelta(0) <= now - last.at_utc <= ONE_SESSION else None


def _merge_session(begun: SessionEntry | None, report: AnswerReport, now: datetime) -> SessionEntry:
    """Put the answers before and after a session into one entry.

    A new "before" begins a new session.
    """
    if begun is None or report.when == "before":
        begun = SessionEntry(at_utc=now)
    pain = {f"pain_{report.when}": report.pain}
    rest = report.model_dump(exclude={"when", "pain"})
    said: dict[str, object] = {**pain, **rest}
    if report.when == "after" and any(said[key] is not None for key in _ASKED_AFTER):
        said["after_utc"] = now
    return begun.model_copy(update={key: value for key, value in said.items() if value is not None})


# Pain -----------------------------------------------------------------------------------------------------------------


class PainReport(AnswerPart):
    """A press of Pain, as the page sends it.

    It says when it was, if it could not be sent then.
    """

    movement: MovementId | None = None
    at_utc: AwareDatetime | None = None


class PainTodayReport(AnswerPart):
    """The answer to "How is it today?"."""

    today: PainToday
    new_signs: StrictBool = False


def keep_pain(entry: object, now: datetime) -> dict[str, Any]:
    """Keep a press of Pain; return the decision after it, as the page reads it.

    Raises
    ------
    AnswerError
        It does not name a movement.
    """
    report: PainReport = _check_form(PainReport, entry)
    with answers_lock:
        record = read_record()
        at = min(report.at_utc or now, now)
        changes = {"pains": _add_pain(record, PainEntry(at_utc=at, movement=report.movement))}
        record = record.model_copy(update=changes)
        stored = write_record(record)
    return _reply(record, now, stored=stored)


def _add_pain(record: SessionRecord, entry: PainEntry) -> list[PainEntry]:
    """Return the sets that hurt, with one more.

    The same press or the same session again adds nothing.
    """
    if any(_is_same_pain(other, entry) for other in record.pains):
        return record.pains
    return sorted([*record.pains, entry], key=lambda one: one.at_utc)[-answer_record.MOST_SESSIONS :]


def _is_same_pain(other: PainEntry, entry: PainEntry) -> bool:
    """Return whether two entries are of one set.

    They are close in time, and nothing was answered between them.
    """
    reach = SAME_PRESS if entry.why == "pressed" else ONE_SESSION
    is_answered = other.today_utc is not None and other.today_utc < entry.at_utc
    return abs(entry.at_utc - other.at_utc) <= reach and not is_answered


def keep_pain_today(entry: object, now: datetime) -> dict[str, Any]:
    """Keep the answer to "How is it today?"; return the decision after it.

    Raises
    ------
    AnswerError
        The answer is not one of those that are offered.
    """
    report: PainTodayReport = _check_form(PainTodayReport, entry)
    with answers_lock:
        record = read_record()
        if record.pains:
            last = record.pains[-1].model_copy(update={"today": report.today, "today_utc": now})
            record = record.model_copy(update={"pains": [*record.pains[:-1], last]})
        record = record.model_copy(update={"new_signs": record.new_signs or report.new_signs})
        stored = write_record(record)
    return (
        {"decision": _make_reply(NEW_SIGNS, stored=stored)} if report.new_signs else _reply(record, now, stored=stored)
    )


# Input and output -----------------------------------------------------------------------------------------------------


def _check_answers(answers: object) -> dict[str, bool]:
    if not isinstance(answers, Mapping):
        raise AnswerError(f"answers: expected true or false for each question, got {_shorten_value(answers)}")
    for key, value in answers.items():
        if key not in _IDS:
            raise AnswerError(f"answers: expected questions {_IDS[0]} to {_IDS[-1]}, got {_shorten_value(key)}")
        if not isinstance(value, bool):
            raise AnswerError(f"{key}: expected true or false, got {_shorten_value(value)}")
    return dict(answers)


def _check_form(form: type[Any], entry: object) -> Any:
    try:
        return form.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "session"
        what = "a key of the short form" if first["type"] == "extra_forbidden" else _WANTED.get(where, "an object")
        came = "nothing" if first["type"] == "missing" else _shorten_value(first["input"])
        raise AnswerError(f"{where[:40]}: expected {what}, got {came}") from None


_WANTED = {
    "when": '"before" or "after"',
    "pain": "a whole number from 0 to 10, or null",
    "worse": "true, false or null",
    "new_signs": "true, false or null",
    "felt": '"better", "same", "worse" or null',
    "effort": "a whole number from 0 to 10, or null",
    "breath": '"easy", "strained", "held" or null',
    "way": '"usual", "less", "calm" or null',
    "movement": "the id of a movement, or null",
    "at_utc": "a time with its zone, or null",
    "said": "answers to the movement's questions, or null",
    "areas": "a list of areas of the body, or null",
    "today": " or ".join(f'"{code}"' for code, _ in PAIN_ANSWERS),
}


def _shorten_value(value: object) -> str:
    shown = ascii(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."


def _make_reply(decision: Decision, *, stored: bool = True) -> dict[str, Any]:
    """Return a decision for the page, with a note if it could not be stored."""
    return {
        "route": decision.route,
        "locked": decision.locked,
        "text": decision.text,
        "confirm": decision.confirm,
        "hidden": list(decision.hidden),
        "notes": [*decision.notes, *([] if stored else [NOT_KEPT])],
    }
