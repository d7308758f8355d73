"""The questions before first use and each session, and the result of the answers.

Only the person's own answers decide here. No measurement of a camera may enter, neither as an answer nor together with
one: advice to seek care that is driven by measurements would make a medical device of formcheck, and a camera cannot
know anyway (catalogue 3.3; P42: FDA General Wellness guidance of 6 January 2026). Questions and routes are catalogue
3.1. Each question can be read alone: "yes" is always the answer that asks for care.

A missing answer is not "no": as long as an open answer could still change the route, nothing is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from formcheck.core.movement.schema import AvoidSign
from formcheck.languages.phrase import Phrase

Route = Literal["go", "advice", "urgent", "emergency"]

_SOON = Phrase("Please ask a doctor for advice today or tomorrow. Exercise can wait until then.")
_GENTLE = Phrase("Begin gently. Do only what feels comfortable.")


@dataclass(frozen=True, slots=True)
class Question:
    """One question before first use, and the result of a "yes".

    Parameters
    ----------
    id : R1 to R13, as in catalogue 3.1; the three that may mean an emergency come first.
    text : the question as it is asked; "yes" is always the answer that asks for care.
    short : what a "yes" says, in a few words, for the list of answers.
    route : the least serious route after a "yes".
    source : where the question comes from.
    note : one short line for the person who said "yes".
    sign : the answer by which movement files leave themselves out or soften themselves (`avoid_if`).
    tell : what the person can say to a doctor; only of questions that may mean an emergency.
    """

    id: str
    text: str
    short: str
    route: Route
    source: str
    note: str = ""
    sign: AvoidSign | None = None
    tell: str = ""


QUESTIONS: tuple[Question, ...] = (
    Question(
        "R1", Phrase("Have you recently lost control of your bladder or bowels, or is it now hard to start or "
            "to stop?"),
        Phrase("Bladder or bowel control has changed"),
        "emergency", "catalogue 3.1: S001, S002, P41",
        tell=Phrase("I cannot control my bladder or bowels as usual, or it is hard to start or to stop."),
    ),
    Question(
        "R2", Phrase("Do you have new numbness or tingling between your legs, around the genitals or in the buttocks?"),
        Phrase("New numbness between the legs"),
        "emergency", "catalogue 3.1: P41",
        tell=Phrase("I have new numbness or tingling between my legs, around the genitals or in the buttocks."),
    ),
    Question(
        "R3", Phrase("Has a leg recently become weak, or is a weakness spreading (a foot drags, legs give way, both "
        "legs are weak)?"),
        Phrase("New weakness in a leg"),
        "emergency", "catalogue 3.1: S001, S002, P41",
        tell=Phrase("A leg has become weak, or both legs are weak."),
    ),
    Question(
        "R4", Phrase("Along with the back pain, do you have a fever, do you feel ill, or have you lost weight "
        "without knowing why?"),
        Phrase("Fever, feeling ill or weight loss"),
        "urgent", "catalogue 3.1: S002, P41", note=_SOON,
    ),
    Question(
        "R5", Phrase("Have you recently had a fall, a crash or a hard blow, or, with weak bones, even a small strain?"),
        Phrase("A recent fall or blow"),
        "urgent", "catalogue 3.1: P41", note=_SOON,
    ),
    Question(
        "R6", Phrase("Have you ever had cancer, or do you have a weak immune system, long treatment with steroids "
        "(cortisone), a recent serious infection, or injected drugs?"),
        Phrase("An illness or treatment that matters here"),
        "advice", "catalogue 3.1: P41",
    ),
    Question(
        "R7", Phrase("Do you have severe pain at night or when you lie down, and rest does not ease it?"),
        Phrase("Severe pain at night"),
        "advice", "catalogue 3.1: S002, P41",
    ),
    Question(
        "R8", Phrase("Does a sharp or shooting pain go down a leg, or do your legs or arms tingle or feel numb?"),
        Phrase("Pain, tingling or numbness in a leg or arm"),
        "advice", "catalogue 3.1: S001, S002; gentle and without bending, if a clinician agreed",
        note=Phrase("What bends the back or pulls strongly on the leg is left out."), sign="radiating_signs",
    ),
    Question(
        "R9", Phrase("Has the pain lasted more than two weeks, has it got worse over a few days, or does it keep "
        "you from daily tasks?"),
        Phrase("Pain that lasts or grows"),
        "advice", "catalogue 3.1: S001, S002; gentle use", note=_GENTLE, sign="lasting_pain",
    ),
    Question(
        "R10", Phrase("Has a doctor found a disc problem, a narrow spinal canal, sciatica, arthritis or weak bones, or "
        "have you recently had an operation or a broken bone?"),
        Phrase("A known condition or operation"),
        "advice", "catalogue 3.1: S001, S002, S004, E; P45 for what is advanced",
        note=Phrase("A routine that your therapist has chosen suits you best."), sign="known_condition",
    ),
    Question(
        "R11", Phrase("Is this the first back pain of your life, and are you under 20 or over 50?"),
        Phrase("A first back pain, under 20 or over 50"),
        "advice", "catalogue 3.1: P41",
    ),
    Question(
        "R12", Phrase("Are you pregnant, or do you have blood pressure that is not under control, glaucoma, "
            "dizziness or a "
        "neck problem?"),
        Phrase("Pregnancy, blood pressure, eyes, dizziness or neck"),
        "go", "catalogue 3.1: P45, P49",
        note=Phrase("Where the head is low, come up slowly, or choose something else."), sign="pregnancy_pressure_neck",
    ),
    Question(
        "R13", Phrase("Do you have trouble with a knee, wrist or shoulder, or is it hard to get down to the floor "
        "and up again?"),
        Phrase("A sore joint, or the floor is hard to reach"),
        "go", "catalogue 3.1: S003, P49",
        note=Phrase("Stretches on the floor are left out. Skip what hurts a joint."), sign="floor_or_joint",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SessionQuestion:
    """One question of the short form.

    Parameters
    ----------
    id : the key of its answer.
    text : the question as it is asked.
    kind : a number from 0 to 10, yes or no, better, same or worse, a map of the body, or one of the `answers`.
    when : asked before a session, after it, or both.
    ends : what 0 and 10 stand for; empty = as for pain.
    answers : code and words of each.
    way : asked only after a session of this way; empty = after each.
    """

    id: str
    text: str
    kind: Literal["0-10", "yes_no", "felt", "map", "choice"]
    when: tuple[Literal["before", "after"], ...]
    ends: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    way: str = ""


SESSION_QUESTIONS: tuple[SessionQuestion, ...] = (
    SessionQuestion("pain", Phrase("How much pain is there now, from 0 (none) to 10?"), "0-10", ("before", "after")),
    SessionQuestion("areas", Phrase("Where does it hurt?"), "map", ("before",)),
    SessionQuestion("worse", Phrase("Is it worse than last time?"), "yes_no", ("before",)),
    SessionQuestion(
        "new_signs", Phrase("Do you have any new numbness, tingling or weakness, or a change in bladder or "
            "bowel control?"),
        "yes_no", ("before", "after"),
    ),
    SessionQuestion("felt", Phrase("Do you feel better, the same or worse than before?"), "felt", ("after",)),
    SessionQuestion(
        "effort", Phrase("How hard was it, from 0 (no effort) to 10? Around 4 is a good stretch."), "0-10", ("after",),
        ends=(Phrase("0, no effort"), Phrase("10, as hard as can be")),
    ),
    SessionQuestion(
        "breath", Phrase("How did you breathe?"), "choice", ("after",), way="calm",
        answers=(
            ("easy", Phrase("Easily")), ("strained", Phrase("With effort")), ("held", Phrase("I held my breath")),
        ),
    ),
)  # fmt: skip

PainToday = Literal["gone", "little", "same", "worse", "mistake"]
PAIN_ANSWERS: tuple[tuple[PainToday, str], ...] = (
    ("gone", Phrase("It is gone")),
    ("little", Phrase("Better, but still there")),
    ("same", Phrase("The same")),
    ("worse", Phrase("Worse")),
    ("mistake", Phrase("Nothing hurt. I pressed it by mistake.")),
)
"""The answers to "How is it today?", which is asked after a set that hurt."""

Felt = Literal["better", "same", "worse"]

SCREENING_ROUTES: tuple[Route, ...] = ("go", "advice", "urgent", "emergency")
"""The most serious last."""
EMERGENCY = Phrase(
    "These answers can be signs of a problem that needs urgent care. Please stop and contact emergency services or an "
    "emergency department now."
)
ADVICE = Phrase(
    "Please speak with a doctor or physiotherapist before you continue. formcheck cannot tell what causes your pain."
)
STOP = Phrase(
    "Come out slowly and rest. If this does not settle, or you notice numbness or weakness, get medical advice."
)
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
    notes=(Phrase("Before you exercise again, please answer the longer questions once more."),),
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
