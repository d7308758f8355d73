"""A summary in words: what was good, what to work on, what was unclear.

Values in, sentences out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from formcheck.core.camera.advice import Problem, ProblemCode
from formcheck.core.display import DisplayState, find_state, format_clock, format_number_with_doubt, name_check
from formcheck.core.movement.schema import MeasureSpec, Movement, find_limits
from formcheck.core.movement.signals import resolve
from formcheck.core.reasons import Reason, ReasonCode, describe_reason
from formcheck.core.skeleton import SIDES, Side
from formcheck.languages.phrase import Phrase, capitalise, join

from .schema import CheckRecord, RunSummary, ViewRecord, WhyCode
from .verdict import judge_check

NOT_MEDICAL = Phrase(
    "formcheck compares visible body positions with a form description. It is not a medical device, does not diagnose, "
    "treat or monitor any condition, and does not replace a professional."
)
NOT_RECOGNISED = Phrase("It is not clear which stretch this is. Please name it.")
_HEADLINES: dict[DisplayState, str] = {
    "ok": Phrase("This went well"),
    "warn": Phrase("Nearly there"),
    "fix": Phrase("Something to work on"),
    "cannot_tell": Phrase("Cannot tell from this recording"),
    "info": Phrase("Measured"),
}
_GRAVEST_FIRST: tuple[DisplayState, ...] = ("fix", "warn", "info", "cannot_tell", "ok")
_MEASUREMENT_NAMES = {
    "back_curve_pct": "Back curve",
    "back_curve_low_pct": "Back curve, lower half",
    "back_curve_up_pct": "Back curve, upper half",
    "back_bend_deg": "Back bend from own neutral",
    "back_round_pct": "Back, between own tall and round",
    "trunk_inclination_deg": "Trunk from upright",
    "trunk_thigh_deg": "Hip (trunk to thigh)",
    "head_trunk_deg": "Head to trunk",
    "yaw_deg": "Turned from the camera",
    "hip_shift_tl": "Hip shift",
    "face_trunk_deg": "Face to trunk",
    "back_bend_no_neutral_deg": "Back bend without own neutral",
    "back_bend_agreed_deg": "Back bend measured in two ways",
    "speed_tl_per_s": "Speed",
}


_NO_FAULT = Phrase("No {fault}")
_AND_TRY = Phrase("{why} Try: {advice}.")
OUTSIDE_STILL = Phrase("{measure}: outside the target band. No other fault was seen.")
OUTSIDE_OFTEN = Phrase("{measure}: outside the target band for {percent} % of the time. No other fault was seen.")
_HEADLINES_OF_WHY = {WhyCode.PART_DONE: Phrase("A good start")}
_WITH_ADVICE = frozenset(WhyCode) - {
    WhyCode.FAULT, WhyCode.NOT_RECOGNISED, WhyCode.OUT_OF_BAND, WhyCode.PART_DONE, WhyCode.NOTHING_TO_CORRECT
}  # fmt: skip
"""Verdicts whose sentence ends with the advice for the camera position."""


@dataclass(frozen=True, slots=True)
class LiveWords:
    """What is said otherwise to a person in front of the camera.

    Parameters
    ----------
    few_pictures : that few pictures arrive, and what can be judged all the same.
    advice : what to do about it.
    """

    few_pictures: str
    advice: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One mark on the timeline, in words."""

    state: DisplayState
    name: str
    cue: str
    detail: str
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The first words on the page."""

    state: DisplayState
    headline: str
    title: str
    why: str
    facts: list[tuple[str, str]]
    good: list[str]
    work_on: list[tuple[DisplayState, str]]
    unseen: list[str]


def format_quantity(value: float | None, unit: str, uncertainty: float | None = None) -> str:
    """Return a number with its uncertainty and unit; a dash if it is missing.

    Examples
    --------
    >>> format_quantity(171.2, "deg", 4.1), format_quantity(None, "deg")
    ('171° ± 4', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    shown = format_number_with_doubt(value, unit, uncertainty)
    return shown.replace("-", "−") if "-" in shown else shown


def name_measurement(name: str) -> str:
    """Return the name of a measurement in words.

    Examples
    --------
    >>> name_measurement("knee_left_deg")
    'Knee, left'
    """
    for side in ("left", "right"):
        if f"_{side}_" in name:
            plain = name.replace(f"_{side}_", "_")
            return f"{_MEASUREMENT_NAMES.get(plain, _name_plainly(plain))}, {side}"
    return _MEASUREMENT_NAMES.get(name, _name_plainly(name))


def _name_plainly(name: str) -> str:
    for unit in ("_tl_per_s", "_deg_per_s", "_deg", "_pct", "_tl", "_s"):
        name = name.removesuffix(unit)
    return name.replace("_", " ").capitalize()


def find_spec(measurement: str, movement: Movement, sides: list[Side]) -> MeasureSpec | None:
    """Return what the movement requires of a measurement, for the sides that worked.

    None if it requires nothing.
    """
    for spec in movement.measures.values():
        stands_for = {resolve(spec.signal, working=side, near=near) for side in (*sides, None) for near in SIDES}
        if measurement in stands_for:
            return spec
    return None


def describe_target(spec: MeasureSpec | None) -> str:
    """Return a target band in words; empty without one."""
    if spec is None or spec.target is None:
        return ""
    low, high = find_limits(spec.target)
    change = " from the start" if spec.change else ""
    if low == -float("inf"):
        return f"up to {format_quantity(high, spec.unit)}{change}"
    if high == float("inf"):
        return f"{format_quantity(low, spec.unit)} or more{change}"
    return f"{format_quantity(low, spec.unit)} to {format_quantity(high, spec.unit)}{change}"


def is_still(summary: RunSummary) -> bool:
    """Return whether the recording is a single picture, which has no times."""
    return summary.source.frames == 1


def list_worked_sides(summary: RunSummary) -> list[Side]:
    """Return the sides that worked, in order of appearance."""
    return list(dict.fromkeys(r.side for r in summary.repetitions if r.side is not None))


def list_marks(summary: RunSummary, movement: Movement) -> list[Fault]:
    """Return the marks of the timeline, the most serious first, then in order of time."""
    names = {spec.id: spec for spec in movement.faults}
    found = []
    for fault in summary.faults:
        spec = names.get(fault.id)
        detail = ""
        if fault.value is not None:
            unit = fault.unit
            held = f" (limit {format_quantity(fault.limit, unit)})"
            detail = f"{format_quantity(fault.value, unit, fault.uncertainty)}{held}"
        state = find_state(fault.severity)
        cue = spec.cue if spec else fault.cue
        found.append(Fault(state, name_check(fault.id, movement), cue, detail, fault.from_s, fault.to_s))
    return sorted(found, key=lambda fault: (_GRAVEST_FIRST.index(fault.state), fault.from_s))


def say_verdict(summary: RunSummary, movement: Movement, *, live: LiveWords | None = None) -> Verdict:
    """Return the verdict of a recording in words.

    Parameters
    ----------
    live : the words for a person in front of the camera; None for a recording.
    """
    state = cast("DisplayState", summary.verdict)
    faults = list_marks(summary, movement)
    work_on: dict[str, DisplayState] = {}
    for fault in faults:
        work_on.setdefault(fault.cue or fault.name, fault.state)
    if summary.why_code is WhyCode.OUT_OF_BAND:  # no fault says it, and the verdict is about it
        name = movement.measures[summary.why_about].name
        work_on.setdefault(Phrase("{measure}: outside the target band").format(measure=capitalise(name)), state)
    good, unseen = _describe_checks(summary, movement, {f.id for f in summary.faults}, live)
    return Verdict(
        state=state,
        headline=_write_headline(summary),
        title=_write_title(summary, movement),
        why=describe_why(summary, movement, live=live),
        facts=_collect_facts(summary),
        good=good,
        work_on=[(fault_state, words) for words, fault_state in work_on.items()],
        unseen=_list_view_reasons(summary, live) + unseen,
    )


def _write_headline(summary: RunSummary) -> str:
    """Return the first words, which promise no more than the verdict and the checks say."""
    if summary.why_code in _HEADLINES_OF_WHY:
        return _HEADLINES_OF_WHY[summary.why_code]
    state = cast("DisplayState", summary.verdict)
    states = {judge_check(check) for check in summary.checks}
    if state == "ok" and "warn" in states:
        # only a dose may be out of its band in an "ok": it was held, and not for as long as is asked for
        return _HEADLINES_OF_WHY[WhyCode.PART_DONE]
    if state == "ok" and "cannot_tell" in states:
        return Phrase("Good, as far as the camera could see")
    return _HEADLINES.get(state, _HEADLINES["info"])


def _write_title(summary: RunSummary, movement: Movement) -> str:
    parts = [", ".join([movement.name, *list_worked_sides(summary)])]
    source, view = summary.source, summary.view
    if source.duration_s:
        parts.append(format_clock(source.duration_s))
    if view.kind != "unknown":
        turned = format_quantity(view.yaw_deg, "deg", view.yaw_uncertainty_deg)
        parts.append(f"{view.kind} view" + (f" (turned {turned})" if turned != "–" else ""))
    return " · ".join(parts)


def _collect_facts(summary: RunSummary) -> list[tuple[str, str]]:
    """Return hold, repetitions and how much was seen, each as a label and words."""
    if is_still(summary):
        return [("Photograph", "posture only, no times")]
    dose, facts = summary.dose, []
    hold, repetitions = dose.hold_s, dose.repetitions
    if hold.target:
        asked_s = hold.target * (repetitions.target or 1)  # what is done is that of all repetitions, too
        facts.append(("Held", f"{hold.done or 0:.0f} of {asked_s:.0f} s in good form"))
    if repetitions.target:
        facts.append(("Repetitions", f"{repetitions.done or 0:.0f} of {repetitions.target:.0f}"))
    facts.append(("Person seen", f"{100 * summary.seen_share:.0f} % of the time"))
    return facts


def _describe_checks(
    summary: RunSummary, movement: Movement, faulty: set[str], live: LiveWords | None
) -> tuple[list[str], list[str]]:
    """Return what was good and what could not be seen."""
    good: list[str] = []
    unseen: dict[str, list[str]] = {}
    for check in summary.checks:
        spec = movement.measures.get(check.id)
        if spec is None and check.id not in {fault.id for fault in movement.faults}:
            continue
        name = spec.name if spec else _NO_FAULT.format(fault=name_check(check.id, movement))
        known_share = 1 - check.cannot_tell_share
        if judge_check(check) == "cannot_tell":
            unseen.setdefault(_describe_reason_of(check, live), []).append(name_check(check.id, movement))
        elif check.id not in faulty and check.fix_share == 0 and check.ok_share >= 0.8 * known_share:
            good.append(capitalise(name))
    rows = [[join(", ", names), why] if why else [join(", ", names)] for why, names in unseen.items()]
    return good, [capitalise(join(": ", row)) for row in rows]


def describe_why(summary: RunSummary, movement: Movement, *, live: LiveWords | None = None) -> str:
    """Return what decided the verdict, in one or two sentences.

    Parameters
    ----------
    live : the words for a person in front of the camera; None for a recording.
    """
    if summary.why_code is None:
        return summary.why
    sentence = _SENTENCES[summary.why_code]
    why = sentence if isinstance(sentence, str) else sentence(summary, movement, live)
    advice = find_view_advice(summary, live=live)
    return _AND_TRY.format(why=why, advice=advice) if advice and summary.why_code in _WITH_ADVICE else why


def find_view_advice(summary: RunSummary, *, live: LiveWords | None = None) -> str:
    """Return what to do about the first problem of the camera position; empty for none.

    Parameters
    ----------
    live : the words for a person in front of the camera; None for a recording.
    """
    return next((problem.advice for problem in _list_view_problems(summary.view, live).values()), "")


def _say_fault(summary: RunSummary, movement: Movement, _live: LiveWords | None) -> str:
    fault = movement.fault(summary.why_about)
    return Phrase("Seen: {seen}. Try: {cue}.").format(seen=fault.seen, cue=fault.cue)


def _say_nothing_to_correct(summary: RunSummary, _movement: Movement, live: LiveWords | None) -> str:
    unsure = sum(judge_check(check) == "cannot_tell" for check in summary.checks)
    slow = _list_view_problems(summary.view, live).get(ProblemCode.TOO_FEW_PICTURES)
    said: list[str] = [Phrase("Nothing to correct was seen.")]
    if unsure:
        count = len(summary.checks)
        said.append(Phrase("{unsure} of {count} checks could not be judged.").format(unsure=unsure, count=count))
    return join(" ", [*said, join("", [capitalise(slow.reason), "."])] if slow else said)


def _say_out_of_band(summary: RunSummary, movement: Movement, _live: LiveWords | None) -> str:
    check = next(check for check in summary.checks if check.id == summary.why_about)
    share = (check.warn_share + check.fix_share) / (1 - check.cannot_tell_share)
    name, percent = movement.measures[check.id].name, f"{100 * share:.0f}"
    return (OUTSIDE_STILL if is_still(summary) else OUTSIDE_OFTEN).format(measure=name, percent=percent)


def _say_part_done(summary: RunSummary, movement: Movement, live: LiveWords | None) -> str:
    hold, repetitions = summary.dose.hold_s, summary.dose.repetitions
    asked = repetitions.target or 1
    if hold.target is not None:
        done = Phrase("{done} of {of} s held.").format(done=f"{hold.done or 0:.0f}", of=f"{hold.target * asked:.0f}")
    else:
        counts = {"done": f"{repetitions.done or 0:.0f}", "of": f"{asked:.0f}"}
        done = Phrase("{done} of {of} repetitions done.").format(**counts)
    return join(" ", [_say_nothing_to_correct(summary, movement, live), done])


def _say_nobody(_summary: RunSummary, _movement: Movement, live: LiveWords | None) -> str:
    return Phrase("Nobody was seen by the camera.") if live else "Nobody was seen in the recording."


def _say_view_refused(summary: RunSummary, _movement: Movement, live: LiveWords | None) -> str:
    first = next(iter(_list_view_problems(summary.view, live).values()))
    return Phrase("This cannot be judged from here: {why}.").format(why=first.reason)


def _say_picture_bend(summary: RunSummary, _movement: Movement, _live: LiveWords | None) -> str:
    bend = summary.measurements["back_bend_no_neutral_deg"]
    shape = "rounded" if summary.why_code is WhyCode.ROUND_PICTURE else "hollow"
    about = f"(about {bend.median:.0f}°, give or take {bend.uncertainty:.0f})"
    return f"The back looks clearly {shape} {about}; one picture cannot show the movement."


def _say_check_unknown(summary: RunSummary, movement: Movement, live: LiveWords | None) -> str:
    check = next((check for check in summary.checks if check.id == summary.why_about), None)
    reason = _describe_reason_of(check, live) if check else ""
    reason = reason or describe_reason(Reason(ReasonCode.NOT_SEEN_LONG_ENOUGH))
    name = movement.measures[summary.why_about].name
    return Phrase("{measure} could not be judged: {why}.").format(measure=name, why=reason)


_SENTENCES: dict[WhyCode, str | Callable[[RunSummary, Movement, LiveWords | None], str]] = {
    WhyCode.FAULT: _say_fault,
    WhyCode.OUT_OF_BAND: _say_out_of_band,
    WhyCode.PART_DONE: _say_part_done,
    WhyCode.NOTHING_TO_CORRECT: _say_nothing_to_correct,
    WhyCode.NOBODY_SEEN: _say_nobody,
    WhyCode.VIEW_REFUSED: _say_view_refused,
    WhyCode.NO_REPETITION: Phrase("No complete repetition was seen."),
    WhyCode.ROUND_PICTURE: _say_picture_bend,
    WhyCode.HOLLOW_PICTURE: _say_picture_bend,
    WhyCode.PICTURE_OF_START: Phrase("This picture shows the start posture; the stretch itself was not seen."),
    WhyCode.CHECK_UNKNOWN: _say_check_unknown,
    WhyCode.NOT_RECOGNISED: NOT_RECOGNISED,
}


def _describe_reason_of(check: CheckRecord, live: LiveWords | None) -> str:
    """Return why a check is unknown, in words."""
    if live is not None and check.reason_code == ReasonCode.TOO_FEW_PICTURES:
        return live.few_pictures
    return check.reason


def _list_view_problems(view: ViewRecord, live: LiveWords | None) -> dict[ProblemCode, Problem]:
    """Return the problems of the camera position in words, the most important first."""
    coded = zip(view.codes, view.reasons, strict=False)
    problems = {
        ProblemCode(code): Problem(ProblemCode(code), reason, view.advice if not number else "")
        for number, (code, reason) in enumerate(coded)
    }
    few = problems.get(ProblemCode.TOO_FEW_PICTURES)
    if live is not None and few is not None:
        advice = live.advice if few.advice else ""
        problems[ProblemCode.TOO_FEW_PICTURES] = few._replace(reason=live.few_pictures, advice=advice)
    return problems


def _list_view_reasons(summary: RunSummary, live: LiveWords | None) -> list[str]:
    """Return the view problems and the advice, unless the verdict already states them."""
    view = summary.view
    if view.verdict not in {"degraded", "refused"}:
        return []
    problems = _list_view_problems(view, live)
    stated: set[ProblemCode] = set()
    if summary.why_code is WhyCode.VIEW_REFUSED:
        stated = {next(iter(problems))}
    elif summary.why_code in (WhyCode.NOTHING_TO_CORRECT, WhyCode.PART_DONE):
        stated = {ProblemCode.TOO_FEW_PICTURES}
    advised = summary.why_code in _WITH_ADVICE
    unsaid: list[str] = [capitalise(problem.reason) for code, problem in problems.items() if code not in stated]
    advice = next((problem.advice for problem in problems.values()), "")
    if unsaid and advice and not advised:
        unsaid[0] = join("", [unsaid[0], ". ", advice, "."])
    return unsaid
