"""The questions before first use and each session, and the result of the answers.

Only the person's own answers decide here. No measurement of a camera may enter, neither as an answer nor together with
one: advice to seek care that is driven by measurements would make a medical device of formcheck, and a camera cannot
know anyway (catalogue 3.3; P42: FDA General Wellness guidance of 6 January 2026). Questions and routes are catalogue
3.1.

A missing answer is not "no": as long as an open answer could still change the route, nothing is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from formcheck.core.movement.schema import AvoidSign

from .screening_questions import QUESTIONS, Question, Route

Felt = Literal["better", "same", "worse"]

SCREENING_ROUTES: tuple[Route, ...] = ("go", "advice", "urgent", "emergency")
"""The most serious last."""
EMERGENCY = (
    "These answers can be signs of a problem that needs urgent care. Please stop and contact emergency services or an "
    "emergency department now."
)
ADVICE = (
    "Please speak with a doctor or physiotherapist before you continue. formcheck cannot tell what causes your pain."
)
STOP = "Come out slowly and rest. If this does not settle, or you notice numbness or weakness, get medical advice."
"""The three texts are those of catalogue 3.2, word for word."""
TEXTS: Mapping[Route, str] = {"go": "", "advice": ADVICE, "urgent": ADVICE, "emergency": EMERGENCY}
ASKED_AGAIN_AFTER = timedelta(days=30)
"""[E] Bodies change: a month is short enough to notice.

It is long enough not to annoy.
"""
RISE = 2
"""P40: on a scale from 0 to 10, a rise by two is meaningful."""


@dataclass(frozen=True, slots=True)
class MovementFacts:
    """The facts of a movement that the questions use.

    Parameters
    ----------
    id : id of the catalogue, or of the person's own file.
    name : its name, for the words.
    closed_by : answers that leave it out, from its table `avoid_if`.
    softened_by : answers that offer it with a word of caution.
    advanced : offered only if a therapist has asked for it.
    head_down : the head comes down to the height of the hips or below.
    spine_rule : of its file: whether the back bends, arches or stays long.
    """

    id: str
    name: str
    closed_by: frozenset[AvoidSign] = frozenset()
    softened_by: frozenset[AvoidSign] = frozenset()
    advanced: bool = False
    head_down: bool = False
    spine_rule: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The result of the answers.

    Parameters
    ----------
    route : the most serious route of all answers.
    locked : no exercise now.
    text : the message to the person, empty without one.
    confirm : go on gently, and only if the person confirms that a clinician agreed.
    hidden : ids of movements that are not offered, sorted.
    notes : short lines in addition to the text.
    """

    route: Route = "go"
    locked: bool = False
    text: str = ""
    confirm: bool = False
    hidden: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


NEW_SIGNS = Decision(
    "emergency",
    locked=True,
    text=EMERGENCY,
    notes=("Before you exercise again, please answer the longer questions once more.",),
)
"""The decision after new signs were reported.

It applies until the long questions are answered again.
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """The stored data from earlier.

    Parameters
    ----------
    answers : to the long questions, by id.
    answered_utc : when; None for never.
    new_signs : new signs were reported since then.
    draft : answers of a form that is not finished. A "yes" in it counts at once, a "no" only at the end.
    """

    answers: Mapping[str, bool]
    answered_utc: datetime | None
    new_signs: bool = False
    draft: Mapping[str, bool] = field(default_factory=dict)

    @property
    def careful(self) -> Mapping[str, bool]:
        """Return the answers that count now."""
        return {**self.answers, **{key: True for key, said in self.draft.items() if said}}


@dataclass(frozen=True, slots=True)
class SessionReport:
    """One person's answers about one session; None = not answered.

    Parameters
    ----------
    pain : now, 0 to 10.
    pain_before : before the session, 0 to 10; only if this report is after it.
    worse : worse than last time.
    new_signs : new numbness, tingling, weakness, or a change of bladder or bowel.
    felt : after the session, compared with before.
    """

    pain: int | None = None
    pain_before: int | None = None
    worse: bool | None = None
    new_signs: bool | None = None
    felt: Felt | None = None


def list_unanswered(answers: Mapping[str, bool]) -> tuple[str, ...]:
    """Return the ids of the questions without an answer.

    Examples
    --------
    >>> list_unanswered({f"R{n}": False for n in range(1, 13)})
    ('R13',)
    """
    return tuple(question.id for question in QUESTIONS if question.id not in answers)


def list_yes(answers: Mapping[str, bool]) -> list[Question]:
    """Return the questions that were answered with "yes", in their order."""
    return [question for question in QUESTIONS if answers.get(question.id)]


def decide_screening(answers: Mapping[str, bool], movements: Iterable[MovementFacts] = ()) -> Decision | None:
    """Return the result of the long questions, or None while answers are missing.

    The most serious route wins; hidden movements and notes add up. An emergency does not wait for the other answers.

    Examples
    --------
    >>> nothing = {question.id: False for question in QUESTIONS}
    >>> cases = (nothing, nothing | {"R9": True}, nothing | {"R9": True, "R1": True})
    >>> [decide_screening(answers).route for answers in cases]
    ['go', 'advice', 'emergency']
    >>> decide_screening({"R9": True}) is None
    True
    """
    said = list_yes(answers)
    route = SCREENING_ROUTES[max((SCREENING_ROUTES.index(question.route) for question in said), default=0)]
    if list_unanswered(answers) and route != SCREENING_ROUTES[-1]:
        return None
    signs = {question.sign for question in said if question.sign}
    return Decision(
        route=route,
        locked=route in {"urgent", "emergency"},
        text=TEXTS[route],
        confirm=route == "advice",
        hidden=tuple(sorted(facts.id for facts in movements if facts.closed_by & signs)),
        notes=tuple(dict.fromkeys(question.note for question in said if question.note)),
    )


def explain_due_questions(kept: Kept | None, now_utc: datetime) -> Literal["", "first", "old"]:
    """Return why the long questions must be asked; empty if they need not be.

    They were never (fully) answered, or too long ago.

    New signs make older answers old. So does a clock that was set back: then the age of the answers is unknown.
    """
    if kept is None or kept.answered_utc is None or decide_screening(kept.careful) is None:
        return "first"
    fresh = timedelta(0) <= now_utc - kept.answered_utc <= ASKED_AGAIN_AFTER
    return "" if fresh and not kept.new_signs else "old"


def find_standing(kept: Kept | None, movements: Iterable[MovementFacts] = ()) -> Decision | None:
    """Return the earlier decision that still applies, however old.

    A lock opens by new answers, not by waiting.
    """
    if kept is None:
        return None
    return NEW_SIGNS if kept.new_signs else decide_screening(kept.careful, movements)


def decide_session(report: SessionReport, earlier: Decision | None = None) -> Decision:
    """Return the result of the short form, added to the earlier decision.

    A lock stays, and hidden movements stay hidden; advice that was given with the long questions is not repeated.

    Parameters
    ----------
    report : the short form, before or after the session.
    earlier : the result of `find_standing`.

    Examples
    --------
    >>> decide_session(SessionReport(pain=5, pain_before=3)).text == STOP
    True
    """
    if report.new_signs:
        return NEW_SIGNS
    if earlier is not None and earlier.locked:
        return earlier
    said = Decision()
    before, after = report.pain_before, report.pain
    if after is not None and before is not None and after - before >= RISE:
        said = Decision("advice", locked=True, text=STOP)
    elif report.worse or report.felt == "worse":
        said = Decision("advice", text=ADVICE, confirm=True)
    return replace(said, hidden=earlier.hidden, notes=earlier.notes) if earlier else said
