"""Keep the answers to the first questions and the short form on this machine.

They are one small JSON file in the user's data folder. A file that cannot be read is set aside and the questions are
asked again. If answers cannot be written, the person still gets the decision.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from formcheck.core.errors import AnswerError, StoreError
from formcheck.core.movement.load import catalogue, load_movement
from formcheck.core.movement.schema import Movement, find_limits
from formcheck.program.screening import (
    Decision,
    Felt,
    Kept,
    MovementFacts,
    SessionReport,
    decide_screening,
    decide_session,
    explain_due_questions,
    find_standing,
    list_unanswered,
)
from formcheck.program.screening_questions import QUESTIONS, SESSION_QUESTIONS

from .user_data import find_data_dir, write_private_file

_LEVEL_DEG = 90.0
"""At this lean the trunk is level: the head is as low as the hips."""


@cache
def collect_catalogue_facts() -> tuple[MovementFacts, ...]:
    """Return the facts of all movements that come with formcheck."""
    return tuple(collect_facts(load_movement(movement_id)) for movement_id in catalogue())


def collect_facts(movement: Movement) -> MovementFacts:
    """Return the facts about a movement that the screening needs."""
    return MovementFacts(
        id=movement.id,
        spine_rule=movement.spine_rule,
        place=movement.place,
        advanced=movement.advanced,
        head_down=_is_head_down(movement),
    )


def _is_head_down(movement: Movement) -> bool:
    """Return whether the head comes as low as the hips.

    It does when the hips are rolled up above it. In standing, on all fours and kneeling it also does when the trunk may
    lean until level, or the back is rounded.
    """
    targets = [
        (measure.signal, *find_limits(measure.target)) for measure in movement.measures.values() if measure.target
    ]
    if any(signal == "hip_above_shoulder_tl" and low > 0 for signal, low, _ in targets):
        return True
    bows = any(signal == "trunk_inclination_deg" and high >= _LEVEL_DEG for signal, _, high in targets)
    rounds = movement.spine_rule == "flexion_intended"
    return (bows or rounds) and movement.posture in {"standing", "all_fours", "kneeling"}


log = logging.getLogger(__name__)

FILE = "screening.json"
SET_ASIDE = "screening.broken.json"
MOST_SESSIONS = 500
"""A year and more of daily use; the oldest are dropped."""
ONE_SESSION = timedelta(hours=4)
"""[E] An answer "after" belongs to the answer "before" of the last four hours."""
NOT_KEPT = "Your answers could not be stored here, so you will be asked again next time."
ASK_FIRST = "Please answer a few questions first. Reload the page."
HIDDEN_MESSAGE = "With your answers, this movement is not offered. Please choose another one."
_MOST_BYTES = 1_000_000
_IDS = tuple(question.id for question in QUESTIONS)
_answers_lock = threading.Lock()

Pain = Annotated[StrictInt, Field(ge=0, le=10)]
_Words = Annotated[str, Field(min_length=1, max_length=200)]
SaidBySymptom = Annotated[dict[_Words, _Words], Field(max_length=10)]
"""Question of a movement file -> the chosen answer."""


class _AnswerPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AnswerReport(_AnswerPart):
    """The short form as the page sends it; null = not answered."""

    when: Literal["before", "after"]
    pain: Pain | None = None
    worse: StrictBool | None = None
    new_signs: StrictBool | None = None
    felt: Felt | None = None
    movement: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")] | None = None
    said: SaidBySymptom | None = None


class SessionEntry(_AnswerPart):
    """The answers about one session, before and after it."""

    at_utc: AwareDatetime
    pain_before: Pain | None = None
    pain_after: Pain | None = None
    worse: StrictBool | None = None
    new_signs: StrictBool | None = None
    felt: Felt | None = None
    movement: str | None = None
    said: SaidBySymptom | None = None


class SessionRecord(_AnswerPart):
    """The contents of `screening.json`."""

    schema_version: Literal[1] = 1
    answered_utc: AwareDatetime | None = None
    answers: dict[str, StrictBool] = {}
    new_signs: StrictBool = False
    """New signs were reported after the long questions were answered."""
    sessions: Annotated[list[SessionEntry], Field(max_length=MOST_SESSIONS)] = []

    @property
    def kept(self) -> Kept:
        """Return the part that the decision needs."""
        return Kept(self.answers, self.answered_utc, self.new_signs)


def read_screening_state(now: datetime) -> dict[str, Any]:
    """Return the questions, whether to ask them, and earlier answers, as the page reads it.

    Parameters
    ----------
    now : with a time zone.
    """
    with _answers_lock:
        kept = _read_record().kept
    why = explain_due_questions(kept, now)
    decision = find_standing(kept, collect_catalogue_facts())
    return {
        "questions": [{"id": question.id, "text": question.text} for question in QUESTIONS],
        "answers_needed": bool(why),
        "why": why,
        "decision": _make_reply(decision) if decision else None,
        "session_questions": [{**asdict(question), "when": list(question.when)} for question in SESSION_QUESTIONS],
    }


def explain_refusal(movement_id: str, now: datetime) -> str:
    """Return why the person must not practise this movement now; empty if allowed.

    The page asks before it comes here; the server asks again, so that an old tab cannot avoid the check.
    """
    with _answers_lock:
        kept = _read_record().kept
    decision = find_standing(kept, collect_catalogue_facts())
    if decision is not None and decision.locked:
        return decision.text
    if decision is None or explain_due_questions(kept, now):
        return ASK_FIRST
    place = next((one.place for one in collect_catalogue_facts() if one.id == movement_id), "")
    elsewhere = decision.places is not None and place not in decision.places
    return HIDDEN_MESSAGE if elsewhere or movement_id in decision.hidden else ""


def answer(answers: object, now: datetime) -> dict[str, Any]:
    """Keep the answers to the long questions; return the decision, as the page reads it.

    Raises
    ------
    AnswerError
        An answer is not true or false, fits no question, or is missing and could change the decision.
    """
    said = _check_answers(answers)
    decision = decide_screening(said, collect_catalogue_facts())
    if decision is None:
        raise AnswerError(f"expected an answer to every question, got none to {', '.join(list_unanswered(said))}")
    with _answers_lock:
        record = _read_record()
        stored = _write(record.model_copy(update={"answers": said, "answered_utc": now, "new_signs": False}))
    return {"decision": _make_reply(decision, stored=stored)}


def keep_session(entry: object, now: datetime) -> dict[str, Any]:
    """Keep one short form; return the decision after it, as the page reads it.

    Raises
    ------
    AnswerError
        The form is not as described; the message names the value, what was expected and what came.
    """
    report = _report(entry)
    with _answers_lock:
        record = _read_record()
        said = _merge_session(_find_session_under_way(record, now), report, now)
        new_signs = record.new_signs or bool(report.new_signs)
        earlier = [other for other in record.sessions if other.at_utc != said.at_utc]
        stored = _write(
            record.model_copy(update={"new_signs": new_signs, "sessions": [*earlier, said][-MOST_SESSIONS:]})
        )
    before = said.pain_before if report.when == "after" else None
    short = SessionReport(report.pain, before, report.worse, report.new_signs, report.felt)
    decision = decide_session(short, find_standing(record.kept, collect_catalogue_facts()))
    return {"decision": _make_reply(decision, stored=stored)}


# Input --------------------------------------------------------------------------------------------------------------


def _check_answers(answers: object) -> dict[str, bool]:
    if not isinstance(answers, Mapping):
        raise AnswerError(f"answers: expected true or false for each question, got {_shorten_value(answers)}")
    for key, value in answers.items():
        if key not in _IDS:
            raise AnswerError(f"answers: expected questions {_IDS[0]} to {_IDS[-1]}, got {_shorten_value(key)}")
        if not isinstance(value, bool):
            raise AnswerError(f"{key}: expected true or false, got {_shorten_value(value)}")
    return dict(answers)


def _report(entry: object) -> AnswerReport:
    try:
        return AnswerReport.model_validate(entry)
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
    "movement": "the id of a movement, or null",
    "said": "answers to the movement's questions, or null",
}


def _shorten_value(value: object) -> str:
    shown = ascii(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."


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
    return begun.model_copy(update={key: value for key, value in said.items() if value is not None})


# Storage ------------------------------------------------------------------------------------------------------------


def _read_record() -> SessionRecord:
    """Return the stored record.

    A file that cannot be read is set aside, and the record is empty.
    """
    path = find_data_dir() / FILE
    try:
        with path.open("rb") as file:
            return SessionRecord.model_validate_json(file.read(_MOST_BYTES + 1))
    except FileNotFoundError:
        return SessionRecord()
    except ValidationError:
        log.warning("%s holds no readable answers; it is kept as %s, the questions are asked again", path, SET_ASIDE)
        with suppress(OSError):
            path.replace(path.with_name(SET_ASIDE))
    except OSError as error:
        log.warning("%s could not be read (%s); the questions are asked again", path, error.strerror)
    return SessionRecord()


def _write(record: SessionRecord) -> bool:
    """Write the record, readable for this user only; return whether that succeeded."""
    path: Path = find_data_dir() / FILE
    try:
        write_private_file(path, record.model_dump_json(indent=1))
    except (StoreError, OSError) as error:
        log.warning("the answers could not be stored; FORMCHECK_DATA can name another folder: %s", error)
        return False
    return True


def _make_reply(decision: Decision, *, stored: bool = True) -> dict[str, Any]:
    """Return a decision for the page, with a note if it could not be stored."""
    return {
        "route": decision.route,
        "locked": decision.locked,
        "text": decision.text,
        "confirm": decision.confirm,
        "hidden": list(decision.hidden),
        "notes": [*decision.notes, *([] if stored else [NOT_KEPT])],
        "places": None if decision.places is None else list(decision.places),
    }
