"""The questions before first use and around a session, in our own words.

Each question can be read alone: "yes" is always the answer that asks for care. The table is catalogue 3.1; `screening`
decides the combined result of the answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formcheck.core.movement.schema import AvoidSign

Route = Literal["go", "advice", "urgent", "emergency"]

_SOON = "Please ask a doctor for advice today or tomorrow. Exercise can wait until then."
_GENTLE = "Begin gently. Do only what feels comfortable."


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
        "R1", "Have you recently lost control of your bladder or bowels, or is it now hard to start or to stop?",
        "Bladder or bowel control has changed",
        "emergency", "catalogue 3.1: S001, S002, P41",
        tell="I cannot control my bladder or bowels as usual, or it is hard to start or to stop.",
    ),
    Question(
        "R2", "Do you have new numbness or tingling between your legs, around the genitals or in the buttocks?",
        "New numbness between the legs",
        "emergency", "catalogue 3.1: P41",
        tell="I have new numbness or tingling between my legs, around the genitals or in the buttocks.",
    ),
    Question(
        "R3", "Has a leg recently become weak, or is a weakness spreading (a foot drags, legs give way, both "
        "legs are weak)?",
        "New weakness in a leg",
        "emergency", "catalogue 3.1: S001, S002, P41",
        tell="A leg has become weak, or both legs are weak.",
    ),
    Question(
        "R4", "Along with the back pain, do you have a fever, do you feel ill, or have you lost weight "
        "without knowing why?",
        "Fever, feeling ill or weight loss",
        "urgent", "catalogue 3.1: S002, P41", note=_SOON,
    ),
    Question(
        "R5", "Have you recently had a fall, a crash or a hard blow, or, with weak bones, even a small strain?",
        "A recent fall or blow",
        "urgent", "catalogue 3.1: P41", note=_SOON,
    ),
    Question(
        "R6", "Have you ever had cancer, or do you have a weak immune system, long treatment with steroids "
        "(cortisone), a recent serious infection, or injected drugs?",
        "An illness or treatment that matters here",
        "advice", "catalogue 3.1: P41",
    ),
    Question(
        "R7", "Do you have severe pain at night or when you lie down, and rest does not ease it?",
        "Severe pain at night",
        "advice", "catalogue 3.1: S002, P41",
    ),
    Question(
        "R8", "Does a sharp or shooting pain go down a leg, or do your legs or arms tingle or feel numb?",
        "Pain, tingling or numbness in a leg or arm",
        "advice", "catalogue 3.1: S001, S002; gentle and without bending, if a clinician agreed",
        note="What bends the back or pulls strongly on the leg is left out.", sign="radiating_signs",
    ),
    Question(
        "R9", "Has the pain lasted more than two weeks, has it got worse over a few days, or does it keep "
        "you from daily tasks?",
        "Pain that lasts or grows",
        "advice", "catalogue 3.1: S001, S002; gentle use", note=_GENTLE, sign="lasting_pain",
    ),
    Question(
        "R10", "Has a doctor found a disc problem, a narrow spinal canal, sciatica, arthritis or weak bones, or "
        "have you recently had an operation or a broken bone?",
        "A known condition or operation",
        "advice", "catalogue 3.1: S001, S002, S004, E; P45 for what is advanced",
        note="A routine that your therapist has chosen suits you best.", sign="known_condition",
    ),
    Question(
        "R11", "Is this the first back pain of your life, and are you under 20 or over 50?",
        "A first back pain, under 20 or over 50",
        "advice", "catalogue 3.1: P41",
    ),
    Question(
        "R12", "Are you pregnant, or do you have blood pressure that is not under control, glaucoma, dizziness or a "
        "neck problem?",
        "Pregnancy, blood pressure, eyes, dizziness or neck",
        "go", "catalogue 3.1: P45, P49",
        note="Where the head is low, come up slowly, or choose something else.", sign="pregnancy_pressure_neck",
    ),
    Question(
        "R13", "Do you have trouble with a knee, wrist or shoulder, or is it hard to get down to the floor "
        "and up again?",
        "A sore joint, or the floor is hard to reach",
        "go", "catalogue 3.1: S003, P49",
        note="Stretches on the floor are left out. Skip what hurts a joint.", sign="floor_or_joint",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SessionQuestion:
    """One question of the short form.

    Parameters
    ----------
    id : the key of its answer.
    text : the question as it is asked.
    kind : a number from 0 to 10, yes or no, better, same or worse, or a map of the body.
    when : asked before a session, after it, or both.
    """

    id: str
    text: str
    kind: Literal["0-10", "yes_no", "felt", "map"]
    when: tuple[Literal["before", "after"], ...]


SESSION_QUESTIONS: tuple[SessionQuestion, ...] = (
    SessionQuestion("pain", "How much pain is there now, from 0 (none) to 10?", "0-10", ("before", "after")),
    SessionQuestion("areas", "Where does it hurt?", "map", ("before",)),
    SessionQuestion("worse", "Is it worse than last time?", "yes_no", ("before",)),
    SessionQuestion(
        "new_signs", "Do you have any new numbness, tingling or weakness, or a change in bladder or bowel control?",
        "yes_no", ("before", "after"),
    ),
    SessionQuestion("felt", "Do you feel better, the same or worse than before?", "felt", ("after",)),
)  # fmt: skip

PainToday = Literal["gone", "little", "same", "worse", "mistake"]
PAIN_ANSWERS: tuple[tuple[PainToday, str], ...] = (
    ("gone", "It is gone"),
    ("little", "Better, but still there"),
    ("same", "The same"),
    ("worse", "Worse"),
    ("mistake", "Nothing hurt. I pressed it by mistake."),
)
"""The answers to "How is it today?", which is asked after a set that hurt."""
