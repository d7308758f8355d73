"""List, add, change and delete the people at this computer, as the pages show them.

Names are plain data. The passcode is checked here, a few tries at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from formcheck.core.errors import AnswerError, StoreError
from formcheck.languages.phrase import Phrase

from . import my_data
from .answer_record import forget_unwritten
from .history.database import SET_ASIDE, describe_problem, list_set_aside
from .history.history import History
from .history.people import ME
from .history.records import Person
from .user_data import FIRST, GUEST, find_person_key, run_as

MOST_PEOPLE = 50
TRIES, PASSCODE_WAIT_S = 5, 30.0
"""[E] Number of wrong passcodes, and the pause after them."""
_FIRST_NAME = Phrase("Me")
_Key = Annotated[str, Field(max_length=40)]
_Typed = Annotated[str, Field(max_length=1000)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChooseForm(_Form):
    """Who practises from now on."""

    key: _Key
    passcode: _Typed = ""


class AddForm(_Form):
    """A person who is new here."""

    name: _Typed
    passcode: _Typed = ""


class ChangeForm(_Form):
    """What changes about the person who practises; what is not named stays."""

    name: _Typed | None = None
    passcode: _Typed | None = None


class DeleteForm(_Form):
    """The person to delete; the passcode is asked for again."""

    key: _Key
    passcode: _Typed = ""


F = TypeVar("F", bound=_Form)


def read_form(form: type[F], body: object) -> F:
    """Return a form that a page has sent.

    Raises
    ------
    AnswerError
        It is not as described.
    """
    try:
        return form.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])[:40] or "form"
        raise AnswerError(f"{where}: expected a value of its form, got something else; load the page again") from None


def describe_people(needs_choice: Callable[[list[Person]], bool]) -> dict[str, Any]:
    """Return who is here, who practises, and whether a person must be chosen first.

    Parameters
    ----------
    needs_choice : the rule of the door.
    """
    now = find_person_key()
    try:
        with History(patience_s=1.0) as history:
            people = history.list_people()
    except StoreError as error:
        trouble = {"code": error.code, "text": describe_problem(error.code)}
        return {"people": [], "now": now, "name": "", "choose": False, "trouble": trouble}
    chosen = next((one for one in people if one.key == now), None)
    is_gone = chosen is None and now != GUEST and bool(people)
    return {
        "people": [{"key": one.key, "name": _show_name(one), "locked": one.locked} for one in people],
        "now": now,
        "name": _show_name(chosen) if chosen else "",
        "choose": is_gone or (chosen is None and now == GUEST and needs_choice(people)),
        "trouble": {"code": "set_aside", "text": SET_ASIDE.format(name=aside[-1])}
        if (aside := list_set_aside())
        else None,
    }


def _show_name(one: Person) -> str:
    """Return a name; that of a person who has typed none can be translated."""
    return _FIRST_NAME if one.name == ME else one.name


class PasscodeTries:
    """Counts wrong passcodes for each person; after some, it asks to wait."""

    def __init__(self) -> None:
        self._wrong: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def open(self, history: History, person: Person, passcode: str) -> None:
        """Check a passcode.

        Raises
        ------
        AnswerError
            It is wrong, or was wrong too often just now.
        """
        with self._lock:  # one at a time: each try takes memory
            count, since_s = self._wrong.get(person.key, (0, 0.0))
            if count >= TRIES and time.monotonic() - since_s < PASSCODE_WAIT_S:
                raise AnswerError(f"passcode: expected the right one, got {TRIES} wrong ones; wait half a minute")
            if history.accepts_passcode(person, passcode):
                self._wrong.pop(person.key, None)
                return
            self._wrong[person.key] = (count % TRIES + 1, time.monotonic())
        raise AnswerError("passcode: expected the one of this person, got another one; try again")


_tries = PasscodeTries()


def choose_person(form: ChooseForm) -> Person | None:
    """Return the person who practises from now on; None for a guest.

    Raises
    ------
    AnswerError
        There is no such person, or the passcode is wrong.
    """
    if form.key == GUEST:
        run_as(GUEST, forget_unwritten)  # what the guest before answered is not theirs
        return None
    with _reach_history() as history:
        person = _find(history, form.key)
        _tries.open(history, person, form.passcode)
        return person


def add_person(form: AddForm) -> Person:
    """Add a person and return it.

    Who practised here before keeps what is theirs: the first person gets a row as well.

    Raises
    ------
    AnswerError
        The name is empty, too long or taken, or the history cannot be written.
    """
    with _reach_history() as history:
        history.find_first_person()
        if len(history.list_people()) >= MOST_PEOPLE:
            raise AnswerError(f"people: expected at most {MOST_PEOPLE}, got one more; delete one first")
        return _change(lambda: history.add_person(form.name, passcode=form.passcode))


def change_person(form: ChangeForm) -> Person:
    """Change name or passcode of the person who practises.

    Raises
    ------
    AnswerError
        As in `add_person`.
    """
    with _reach_history() as history:
        person = history.find_current_person()
        if person is None:
            raise AnswerError("people: expected a person of this computer, got a guest; choose who you are first")
        if form.name is not None:
            _change(lambda: history.rename_person(person, form.name or ""))
        if form.passcode is not None:
            _change(lambda: history.set_passcode(person, form.passcode or ""))
        return _find(history, person.key)


def remove_person(form: DeleteForm) -> dict[str, int]:
    """Delete a person with everything about them; return how many of each kind were deleted.

    Raises
    ------
    AnswerError
        There is no such person, the passcode is wrong, or the history cannot be written.
    """
    with _reach_history() as history:
        _tries.open(history, _find(history, form.key), form.passcode)
    return _change(lambda: my_data.delete_person(form.key))


def _reach_history() -> History:
    return _change(History)


def _find(history: History, key: str) -> Person:
    person = history.find_first_person() if key == FIRST else history.find_person(key)
    if person is None:
        raise AnswerError("people: expected a person of this computer, got one who was deleted; choose again")
    return person


T = TypeVar("T")


def _change(work: Callable[[], T]) -> T:
    """Do some work; a name that is refused becomes an answer to the page.

    Raises
    ------
    StoreError
        The history cannot be used now; its code says why.
    """
    try:
        return work()
    except StoreError as error:
        if error.code:
            raise
        raise AnswerError(str(error)) from None
