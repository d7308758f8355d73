"""The one gate: what is offered now, and why.

Practise, Library, following along, a routine, an old tab and the live socket all ask here, through `drivers.answers`.
A code decides; the words for the person come last. A set that hurt is asked about next time, and the answer decides
what is offered: only the person's own report enters (they pressed Pain, or their pain rose by two points).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from formcheck.core.movement.schema import AvoidSign, Movement, find_limits
from formcheck.languages.phrase import Phrase, lower_first

from .person.about_me import OwnWords
from .screening import (
    ADVICE,
    NEW_SIGNS,
    TEXTS,
    Decision,
    Kept,
    MovementFacts,
    PainToday,
    Question,
    explain_due_questions,
    find_standing,
    list_yes,
)

_LEVEL_DEG = 90.0
"""At this lean the trunk is level: the head is as low as the hips."""
PainWhy = Literal["pressed", "rose"]
PainLock = Literal["", "pain_unasked", "pain_worse"]

ANSWER_HOLDS = timedelta(hours=12)
"""[E] "Still there" is true for today; tomorrow it is asked again."""
PAIN_REST = timedelta(hours=4)
"""[E] What has just hurt is not offered again in the same session, however quickly it eased."""
REMEMBERED = timedelta(days=14)
"""[E] For two weeks after it is gone, the movement that hurt is offered with a word of caution."""


def collect_facts(movement: Movement) -> MovementFacts:
    """Return the facts about a movement that the screening needs."""

    def signs(offer: Literal["closed", "softened"]) -> frozenset[AvoidSign]:
        return frozenset(sign for sign, rule in movement.avoided.items() if rule.offer == offer)

    return MovementFacts(
        id=movement.id,
        name=movement.name,
        closed_by=signs("closed"),
        softened_by=signs("softened"),
        advanced=movement.advanced,
        head_down=_is_head_down(movement),
        spine_rule=movement.spine_rule,
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


@dataclass(frozen=True, slots=True)
class PainNote:
    """One set that hurt.

    Parameters
    ----------
    at_utc : when.
    movement : id of the movement, None if it is not known.
    why : the person pressed Pain, or the pain rose by two points.
    today : the newest answer to "How is it today?", None if it was not asked.
    today_utc : when that was answered.
    """

    at_utc: datetime
    movement: str | None = None
    why: PainWhy = "pressed"
    today: PainToday | None = None
    today_utc: datetime | None = None


@dataclass(frozen=True, slots=True)
class PainEffect:
    """What a set that hurt means now.

    Parameters
    ----------
    lock : nothing is offered, and why: it was not asked yet, or the pain is worse.
    rests : the movement that hurt is left out.
    softens : the movement that hurt is offered with a word of caution.
    is_sore : only what is gentle is offered.
    confirm : go on gently, and only after advice was read.
    """

    lock: PainLock = ""
    rests: str | None = None
    softens: str | None = None
    is_sore: bool = False
    confirm: bool = False


def is_pain_asked(note: PainNote | None, now_utc: datetime) -> bool:
    """Return whether to ask "How is it today?".

    It is asked as well if the clock was set back since the last answer.
    """
    if note is None or note.today in {"gone", "mistake"}:
        return False
    is_fresh = note.today_utc is not None and timedelta(0) <= now_utc - note.today_utc <= ANSWER_HOLDS
    return note.today is None or not is_fresh


def find_pain_effect(note: PainNote | None, now_utc: datetime) -> PainEffect:
    """Return what the newest set that hurt means now.

    Examples
    --------
    >>> from datetime import UTC
    >>> now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> find_pain_effect(PainNote(now, "plank"), now).lock
    'pain_unasked'
    >>> find_pain_effect(PainNote(now - PAIN_REST * 2, "plank", today="gone", today_utc=now), now).softens
    'plank'
    """
    if note is None or note.today == "mistake":
        return PainEffect()
    if is_pain_asked(note, now_utc):
        return PainEffect(lock="pain_unasked")
    if note.today == "worse":
        return PainEffect(lock="pain_worse")
    if note.today in {"little", "same"}:
        return PainEffect(rests=note.movement, is_sore=True, confirm=note.today == "same")
    if timedelta(0) <= now_utc - note.at_utc <= PAIN_REST:
        return PainEffect(rests=note.movement)
    is_recent = note.today_utc is not None and now_utc - note.today_utc <= REMEMBERED
    return PainEffect(softens=note.movement if is_recent else None)


OfferState = Literal["open", "softened", "closed"]

WORDS: Mapping[str, Phrase] = {
    "ask_first": Phrase("Please answer a few questions first."),
    "new_signs": Phrase("You have reported new signs. Please get help first."),
    "pain_unasked": Phrase("Last time it hurt. Please say first how it is today."),
    "pain_worse": Phrase("It hurts more than last time. Please rest, and ask a doctor or physiotherapist."),
    "rests": Phrase("It hurt last time. It can rest today."),
    "hurt_before": Phrase("It hurt last time. Begin gently, and stop early."),
    "sore_closed": Phrase("Left out while it is still sore."),
    "sore_softened": Phrase("It is still sore: begin with less."),
    "therapist": Phrase("Only if a therapist advised it."),
    "not_prescribed": Phrase("Your therapist's plan leaves it out."),
    "closed": Phrase("Left out, because you said: {short}."),
    "softened": Phrase("Begin gently and with little, because you said: {short}."),
}


@dataclass(frozen=True, slots=True)
class GateReason:
    """Why a movement is closed or softened.

    Parameters
    ----------
    code : the id of a question, or a key of `WORDS`.
    effect : what it does.
    text : the same in words for the person.
    """

    code: str
    effect: Literal["closed", "softened"]
    text: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Whether one movement is offered; the reasons that close it come first."""

    reasons: tuple[GateReason, ...] = ()

    @property
    def state(self) -> OfferState:
        """Return open, softened or closed; the strictest reason counts."""
        return self.reasons[0].effect if self.reasons else "open"


@dataclass(frozen=True, slots=True)
class Card:
    """What one answer of the person does.

    Parameters
    ----------
    code : the id of the question, or `pain`.
    title : the answer in a few words.
    text : what follows from it.
    closes, softens : names of movements.
    closes_all : nothing is offered.
    """

    code: str
    title: str
    text: str
    closes: tuple[str, ...] = ()
    softens: tuple[str, ...] = ()
    closes_all: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """What the kept answers mean now.

    Parameters
    ----------
    due : why the long questions must be asked, empty if they need not be.
    decision : the decision of the answers and of the last set that hurt; None while nothing is decided.
    lock : the reason that closes every movement, None without one.
    effect : what the last set that hurt means.
    said : the questions that were answered with "yes".
    own : what else the person said that softens a movement.
    """

    due: Literal["", "first", "old"]
    decision: Decision | None
    lock: GateReason | None
    effect: PainEffect
    said: tuple[Question, ...]
    own: OwnWords = field(default_factory=OwnWords)

    def offer(self, facts: MovementFacts) -> Offer:
        """Return whether one movement is offered."""
        reasons = [*([self.lock] if self.lock else []), *self._list_pain_reasons(facts)]
        for question in self.said:
            if question.sign in facts.closed_by:
                reasons.append(_write_reason(question, "closed"))
            elif question.sign in facts.softened_by or question.route == "advice":
                reasons.append(_write_reason(question, "softened"))
        reasons += [GateReason(code, "softened", text) for code, text in self.own.soften(facts.id, facts.spine_rule)]
        if facts.id in self.own.left_out:
            reasons.append(GateReason("not_prescribed", "closed", WORDS["not_prescribed"]))
        if facts.advanced and facts.id not in self.own.prescribed:
            reasons.append(GateReason("therapist", "softened", WORDS["therapist"]))
        return Offer(tuple(sorted(reasons, key=lambda reason: reason.effect != "closed")))

    def _list_pain_reasons(self, facts: MovementFacts) -> list[GateReason]:
        found = []
        if self.effect.rests == facts.id:
            found.append(GateReason("rests", "closed", WORDS["rests"]))
        if self.effect.softens == facts.id:
            found.append(GateReason("hurt_before", "softened", WORDS["hurt_before"]))
        if self.effect.is_sore and "sore_today" in facts.closed_by:
            found.append(GateReason("sore_today", "closed", WORDS["sore_closed"]))
        elif self.effect.is_sore and "sore_today" in facts.softened_by:
            found.append(GateReason("sore_today", "softened", WORDS["sore_softened"]))
        return found


def open_gate(
    kept: Kept,
    note: PainNote | None,
    movements: Iterable[MovementFacts],
    now_utc: datetime,
    *,
    own: OwnWords | None = None,
) -> Gate:
    """Return what the kept answers and the last set that hurt mean now.

    Parameters
    ----------
    kept : the answers.
    note : the newest set that hurt.
    movements : whose ids the decision may hide.
    now_utc : with a time zone.
    own : what else the person said that softens a movement.
    """
    due, effect = explain_due_questions(kept, now_utc), find_pain_effect(note, now_utc)
    found = list(movements)
    standing = find_standing(kept, found)
    said = tuple(list_yes(kept.careful))
    gate = Gate(due, standing, _find_lock(kept, standing, effect, due), effect, said, own or OwnWords())
    return replace(gate, decision=_apply_pain(gate, found))


def list_cards(gate: Gate, movements: Iterable[MovementFacts]) -> list[Card]:
    """Return one card for each answer that closes or softens something, with the reason."""
    found, cards = list(movements), []
    signs = {question.sign for question in gate.said}
    left_out = {one.name for one in found if one.closed_by & signs}
    for question in gate.said:
        closes = tuple(one.name for one in found if question.sign in one.closed_by)
        softens = tuple(one.name for one in found if question.sign in one.softened_by and one.name not in left_out)
        text, locks = question.note or TEXTS[question.route] or ADVICE, question.route in {"urgent", "emergency"}
        cards.append(Card(question.id, question.short, text, closes, softens, locks))
    if gate.effect != PainEffect():
        cards.append(_write_pain_card(gate, found))
    return cards


def _write_pain_card(gate: Gate, movements: list[MovementFacts]) -> Card:
    effect = gate.effect
    reasons = {one.name: gate._list_pain_reasons(one) for one in movements}
    closes = tuple(name for name, found in reasons.items() if any(one.effect == "closed" for one in found))
    softens = tuple(name for name, found in reasons.items() if found and name not in closes)
    code = effect.lock or ("sore_closed" if effect.is_sore else "rests" if effect.rests else "hurt_before")
    return Card("pain", Phrase("It hurt last time"), WORDS[code], closes, softens, bool(effect.lock))


def _find_lock(kept: Kept, standing: Decision | None, effect: PainEffect, due: str) -> GateReason | None:
    """Return the gravest reason that closes everything."""
    if kept.new_signs:
        return GateReason("new_signs", "closed", NEW_SIGNS.text)
    if standing is not None and standing.locked:
        return GateReason(standing.route, "closed", standing.text)
    if effect.lock:
        return GateReason(effect.lock, "closed", WORDS[effect.lock])
    return GateReason("ask_first", "closed", WORDS["ask_first"]) if due else None


def _apply_pain(gate: Gate, movements: list[MovementFacts]) -> Decision | None:
    """Return the decision with what the last set that hurt adds."""
    standing, effect = gate.decision, gate.effect
    if standing is None or standing.locked:
        return standing
    sore = {one.id for one in movements if any(r.effect == "closed" for r in gate._list_pain_reasons(one))}
    standing = replace(standing, hidden=tuple(sorted(sore.union(standing.hidden, gate.own.left_out))))
    if effect.lock:
        return replace(standing, route="advice", locked=True, text=WORDS[effect.lock], confirm=False)
    if effect.confirm and standing.route == "go":
        return replace(standing, route="advice", text=ADVICE, confirm=True)
    return standing


def _write_reason(question: Question, effect: Literal["closed", "softened"]) -> GateReason:
    return GateReason(question.id, effect, WORDS[effect].format(short=lower_first(question.short)))
