"""Store the person's answers on this machine.

They are one small JSON file in the user's data folder. A file that cannot be read is set aside,
and the questions are asked again.
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from formcheck.core.errors import StoreError
from formcheck.core.movement.schema import MOST_TEXT
from formcheck.program.effort import BreathSaid, PractiseWay
from formcheck.program.gate import PainNote, PainWhy
from formcheck.program.person.about_me import MOST_ANSWERS, Lasted
from formcheck.program.person.body_areas import BY_CODE
from formcheck.program.person.reminders import MOST_BREAKS
from formcheck.program.screening import Felt, Kept, PainToday

from .user_data import GUEST, find_own_dir, find_person_key, write_private_file

log = logging.getLogger(__name__)

ANSWERS_FILE = "screening.json"
BROKEN_FILE = "screening.broken.json"
MOST_SESSIONS = 500
"""A year and more of daily use; the oldest are dropped."""
MOST_SETS = 200
"""The answers to movements' questions are kept of so many sets, the newest ones."""
_MOST_ANSWER_BYTES = 1_000_000
"""A larger file is not read, so none is written: what is oldest goes first."""
answers_lock = threading.Lock()
"""Held while the record is read, changed and written."""

Pain = Annotated[StrictInt, Field(ge=0, le=10)]
Effort = Pain


def _require_area(code: str) -> str:
    if code not in BY_CODE:
        raise ValueError(f"expected one of {', '.join(BY_CODE)}")
    return code


AreaCode = Annotated[str, AfterValidator(_require_area)]
_Words = Annotated[str, Field(min_length=1, max_length=MOST_TEXT)]
SaidBySymptom = Annotated[dict[_Words, _Words], Field(max_length=10)]
"""Question of a movement file -> the chosen answer."""
Areas = Annotated[list[AreaCode], Field(max_length=MOST_ANSWERS)]
MovementId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]


AboutId = Annotated[str, Field(max_length=40)]
AboutAnswers = Annotated[list[AboutId], Field(max_length=MOST_ANSWERS)]


class AnswerPart(BaseModel):
    """A part of a form or of the record; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SetAnswers(AnswerPart):
    """The answers to the questions of a movement file, after one set of it."""

    at_utc: AwareDatetime
    movement: MovementId
    said: SaidBySymptom


class SessionEntry(AnswerPart):
    """The answers about one session, before and after it."""

    at_utc: AwareDatetime
    after_utc: AwareDatetime | None = None
    """When the short form after it was answered last; None also for what an older version kept."""
    pain_before: Pain | None = None
    pain_after: Pain | None = None
    worse: StrictBool | None = None
    new_signs: StrictBool | None = None
    felt: Felt | None = None
    movement: str | None = None
    said: SaidBySymptom | None = None
    areas: Areas | None = None
    """Where it hurts."""
    effort: Effort | None = None
    """How hard it was, 0 to 10."""
    breath: BreathSaid | None = None
    way: PractiseWay | None = None


class NextDayEntry(AnswerPart):
    """How it was on the day after a session.

    Parameters
    ----------
    day : the local day of the session.
    movements : ids of what was done in it.
    """

    at_utc: AwareDatetime
    day: date
    lasted: Lasted
    movements: Annotated[list[MovementId], Field(max_length=40)] = []


class PlanEntry(AnswerPart):
    """When the person wants to be reminded: weekdays, time of day, hours of breaks."""

    days: Annotated[list[Annotated[StrictInt, Field(ge=0, le=6)]], Field(max_length=7)] = []
    at: time = time(18, 0)
    breaks: Annotated[list[Annotated[StrictInt, Field(ge=0, le=23)]], Field(max_length=MOST_BREAKS)] = []


class PainEntry(AnswerPart):
    """One set that hurt, and the newest answer to "How is it today?"."""

    at_utc: AwareDatetime
    movement: MovementId | None = None
    why: PainWhy = "pressed"
    today: PainToday | None = None
    today_utc: AwareDatetime | None = None

    @property
    def note(self) -> PainNote:
        """Return the part that the decision needs."""
        return PainNote(self.at_utc, self.movement, self.why, self.today, self.today_utc)


class SessionRecord(AnswerPart):
    """The contents of `screening.json`."""

    schema_version: Literal[1] = 1
    answered_utc: AwareDatetime | None = None
    answers: dict[str, StrictBool] = {}
    draft: dict[str, StrictBool] = {}
    """Answers of a form that is not finished."""
    new_signs: StrictBool = False
    """New signs were reported after the long questions were answered."""
    sessions: Annotated[list[SessionEntry], Field(max_length=MOST_SESSIONS)] = []
    set_answers: Annotated[list[SetAnswers], Field(max_length=MOST_SETS)] = []
    """What was said after each set to the questions of its movement, the newest last."""
    pains: Annotated[list[PainEntry], Field(max_length=MOST_SESSIONS)] = []
    """The sets that hurt, the newest last."""
    about: Annotated[dict[AboutId, AboutAnswers], Field(max_length=10)] = {}
    """What the person said about themselves."""
    about_utc: AwareDatetime | None = None
    """When the person was asked about themselves, also if nothing was answered."""
    next_days: Annotated[list[NextDayEntry], Field(max_length=MOST_SESSIONS)] = []
    """How it was on the days after, the newest last."""
    plan: PlanEntry | None = None
    """When the person wants to be reminded."""

    @property
    def kept(self) -> Kept:
        """Return the part that the decision needs."""
        return Kept(self.answers, self.answered_utc, self.new_signs, self.draft)

    @property
    def note(self) -> PainNote | None:
        """Return the newest set that hurt, None without one."""
        return self.pains[-1].note if self.pains else None


_unwritten: dict[Path, SessionRecord] = {}
"""Records that could not be written, or belong to a guest: they count until the app ends."""


def read_record() -> SessionRecord:
    """Return the record of the person who practises.

    A file that cannot be read is set aside, and the record is empty.
    """
    path = find_own_dir() / ANSWERS_FILE
    if path in _unwritten:
        return _unwritten[path]
    try:
        with path.open("rb") as file:
            return SessionRecord.model_validate_json(file.read(_MOST_ANSWER_BYTES + 1))
    except FileNotFoundError:
        return SessionRecord()
    except ValidationError:
        log.warning("%s holds no readable answers; it is kept as %s, the questions are asked again", path, BROKEN_FILE)
        with suppress(OSError):
            path.replace(path.with_name(BROKEN_FILE))
    except OSError as error:
        log.warning("%s could not be read (%s); the questions are asked again", path, error.strerror)
    return SessionRecord()


def write_record(record: SessionRecord) -> bool:
    """Write the record, readable for this user only; return whether that succeeded.

    One that cannot be written counts all the same, until the app ends: a full disk keeps nobody from practising.
    """
    path: Path = find_own_dir() / ANSWERS_FILE
    if find_person_key() == GUEST:
        _unwritten[path] = record
        return True
    try:
        write_private_file(path, _dump_to_fit(record))
    except (StoreError, OSError) as error:
        log.warning("the answers could not be stored; FORMCHECK_DATA can name another folder: %s", error)
        _unwritten[path] = record
        return False
    _unwritten.pop(path, None)
    return True


def _dump_to_fit(record: SessionRecord) -> str:
    """Return a record as text that can be read back.

    The oldest answers about sets are dropped until it fits, then those about sessions.
    """
    text = record.model_dump_json(indent=1)
    while len(text.encode()) > _MOST_ANSWER_BYTES and (record.set_answers or record.sessions):
        key = "set_answers" if record.set_answers else "sessions"
        kept = getattr(record, key)
        record = record.model_copy(update={key: kept[len(kept) // 10 + 1 :]})
        text = record.model_dump_json(indent=1)
    return text


def forget_unwritten() -> None:
    """Forget what the person who practises answered and could not be written."""
    _unwritten.pop(find_own_dir() / ANSWERS_FILE, None)
