"""The questions before first use and around a session, in our own words.

Each question can be read alone: "yes" is always the answer that asks for care. The table is catalogue 3.1; `screening`
decides the combined result of the answers.
"""

from __future__ import annotations

from dataclasses import dataclass
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
