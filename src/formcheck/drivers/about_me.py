"""Take what the person says about themselves and about the day after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from formcheck.core.errors import AnswerError, StoreError
from formcheck.languages.phrase import Phrase
from formcheck.program.effort import was_hard
from formcheck.program.gate import ANSWER_HOLDS, REMEMBERED, Gate
from formcheck.program.person.about_me import (
    ABOUT_QUESTIONS,
    NEXT_DAY_ANSWERS,
    NEXT_DAY_TEXT,
    Lasted,
    OwnWords,
    advise_next_day,
    choose_for_you,
    is_next_day_asked,
    read_answers,
)
from formcheck.program.person.body_areas import AREAS
from formcheck.program.screening import MovementFacts

from .answer_record import AnswerPart, NextDayEntry, SessionRecord, answers_lock, read_record, write_record
from .history.database import history_path
from .history.history import History
from .history.reports import store_reports
from .therapist.own_plan import describe_own_plan, list_prescribed_and_left_out

HARD_TEXT = Phrase("Last time it was hard. Today a little less.")
BREATH_TEXT = Phrase("Last time your breath was not easy. Today the calm way: a longer breath out, less to hold.")


def find_own_words(record: SessionRecord, now: datetime) -> OwnWords:
    """Return what the person said that softens a movement now."""
    last = record.sessions[-1] if record.sessions else None
    is_now = last is not None and timedelta(0) <= now - last.at_utc <= ANSWER_HOLDS
    after = record.next_days[-1] if record.next_days else None
    is_worse = after is not None and after.lasted == "worse" and timedelta(0) <= now - after.at_utc <= REMEMBERED
    prescribed, left_out = list_prescribed_and_left_out()
    return OwnWords(
        worse=next((code for code in record.about.get("worse", []) if code != "none"), ""),
        hurts=frozenset(last.areas or ()) if last is not None and is_now else frozenset(),
        after_worse=frozenset(after.movements) if after is not None and is_worse else frozenset(),
        prescribed=prescribed,
        left_out=left_out,
    )


def describe_about(
    record: SessionRecord, gate: Gate, movements: Iterable[MovementFacts], now: datetime
) -> dict[str, Any]:
    """Return the questions about the person, the answers, and what follows."""
    offered = [one.id for one in movements if gate.offer(one).state != "closed"]
    said = {**record.about}
    now_hurts = sorted(gate.own.hurts)
    if now_hurts:  # today's places come before those of some weeks ago
        said["where"] = [*now_hurts, *(one for one in said.get("where", []) if one not in now_hurts)]
    return {
        "body": [make_plain(asdict(area)) for area in AREAS],
        "about": {
            "questions": [make_plain(asdict(one)) for one in ABOUT_QUESTIONS],
            "said": record.about,
            "asked": record.about_utc is not None,
        },
        "for_you": make_plain(asdict(choose_for_you(said, offered))),
        "next_day": describe_next_day(record, now),
        "plan": describe_own_plan(now.astimezone().date()),
        "easier": _describe_easier(record, now),
    }


def _describe_easier(record: SessionRecord, now: datetime) -> dict[str, str] | None:
    """Return the way that the last session suggests for today, and why; None for nothing."""
    last = record.sessions[-1] if record.sessions else None
    if last is None or not timedelta(0) <= now - last.at_utc <= REMEMBERED:
        return None
    if last.breath in {"strained", "held"}:
        return {"way": "calm", "at": last.at_utc.isoformat(), "text": BREATH_TEXT}
    if was_hard([one.effort for one in record.sessions]):
        return {"way": "less", "at": last.at_utc.isoformat(), "text": HARD_TEXT}
    return None


def make_plain(value: Any) -> Any:
    """Return a value as JSON has it: lists instead of tuples."""
    if isinstance(value, dict):
        return {key: make_plain(one) for key, one in value.items()}
    return [make_plain(one) for one in value] if isinstance(value, tuple) else value


def keep_about(body: object, now: datetime) -> dict[str, Any]:
    """Keep what the person said about themselves; all answers at once, none is "rather not".

    Raises
    ------
    AnswerError
        A question or an answer is unknown.
    """
    said = body.get("said") if isinstance(body, Mapping) else None
    if not isinstance(said, Mapping) or not all(
        isinstance(key, str) and isinstance(codes, list) and all(isinstance(code, str) for code in codes)
        for key, codes in said.items()
    ):
        raise AnswerError("said: expected a list of codes for each question, got something else; load the page again")
    try:
        known = read_answers({str(key): list(codes) for key, codes in said.items()})
    except ValueError as error:
        raise AnswerError(str(error)) from None
    with answers_lock:
        record = read_record().model_copy(update={"about": known, "about_utc": now})
        stored = write_record(record)
    return {"stored": stored}


# The day after --------------------------------------------------------------------------------------------------------


class NextDayReport(AnswerPart):
    """How it was after the last session, as the page sends it."""

    lasted: Lasted


def describe_next_day(record: SessionRecord, now: datetime) -> dict[str, Any] | None:
    """Return what to ask about the day after the last session; None for nothing."""
    last = find_last_session()
    answered = record.next_days[-1].day if record.next_days else None
    if last is None or not is_next_day_asked(last[0], answered, now.astimezone().date()):
        return None
    return {"text": NEXT_DAY_TEXT, "day": last[0].isoformat(), "answers": [list(one) for one in NEXT_DAY_ANSWERS]}


def keep_next_day(body: object, now: datetime) -> dict[str, Any]:
    """Keep how it was after the last session; return what follows: a code and words.

    Raises
    ------
    AnswerError
        The answer is not one of those that are offered.
    """
    try:
        report = NextDayReport.model_validate(body)
    except ValidationError:
        known = ", ".join(code for code, _ in NEXT_DAY_ANSWERS)
        raise AnswerError(f"lasted: expected one of {known}, got something else; load the page again") from None
    last = find_last_session()
    day, movements = last or (now.astimezone().date(), [])
    entry = NextDayEntry(at_utc=now, day=day, lasted=report.lasted, movements=movements)
    with answers_lock:
        record = read_record()
        others = [one for one in record.next_days if one.day != day]
        record = record.model_copy(update={"next_days": [*others, entry][-500:]})
        stored = write_record(record)
    store_reports(record)
    code, text = advise_next_day([one.lasted for one in record.next_days])
    return {"code": code, "text": text, "stored": stored}


_LAST = """
SELECT date(sets.begun_utc, 'localtime'), movement_id FROM sets WHERE session_id = (
    SELECT sessions.id FROM sessions JOIN sets ON sets.session_id = sessions.id
    WHERE person_id = ? ORDER BY sessions.begun_utc DESC LIMIT 1
) ORDER BY sets.begun_utc
"""


def find_last_session() -> tuple[date, list[str]] | None:
    """Return the local day of the last session, and what was done in it.

    It is that of the person who practises; None without one.
    """
    if not history_path().is_file():
        return None
    with suppress(StoreError), History(patience_s=0.5) as history:
        person = history.find_current_person()
        rows = history.read_plain(_LAST, person.id) if person else []
        if rows:
            return date.fromisoformat(rows[0][0]), list(dict.fromkeys(row[1] for row in rows))
    return None
