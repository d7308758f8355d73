"""Write a routine in words.

Its name today, what was changed, what is said at each step, and the four lines at its end.
"""

from __future__ import annotations

from collections.abc import Iterator

from formcheck.languages.phrase import Phrase, capitalise, join
from formcheck.program.routines.fit import ChangeCode, PlanChange, RoutinePlan
from formcheck.program.routines.load import MARK
from formcheck.program.routines.session_check import LineCode, LineState, SessionLine
from formcheck.program.routines.steps import PlannedPart, RoutineStep

_NUMBERS = (
    Phrase("no"),
    Phrase("one"),
    Phrase("two"),
    Phrase("three"),
    Phrase("four"),
    Phrase("five"),
    Phrase("six"),
    Phrase("seven"),
    Phrase("eight"),
    Phrase("nine"),
    Phrase("ten"),
    Phrase("eleven"),
    Phrase("twelve"),
)
PLAN_CHANGE_WORDS: dict[ChangeCode, str] = {
    "left_out": Phrase("Left out today: {names}."),
    "swapped": Phrase("{instead} instead of {names}."),
    "gentle": Phrase("Gently today: {names}."),
    "not_today": Phrase("Not today: {names}."),
    "no_time": Phrase("Left out to fit your time: {names}."),
    "short_warm_up": Phrase("A shorter warm-up, to fit your time."),
    "less": Phrase("A little less of everything today."),
    "walk_added": Phrase("A walk comes first, because nothing else here warms you up."),
}
ALL = Phrase("all of it")
KIND_NAMES = {
    "breath": Phrase("Breathe"),
    "rest": Phrase("Rest"),
    "walk": Phrase("Walk"),
    "information": Phrase("Before you go on"),
}
_NEXT, _FIRST = Phrase("Next: {name}. {why}"), Phrase("First: {name}. {why}")
_EASIER, _HARDER = Phrase("Gently: {words}"), Phrase("A little more: {words}")
SWITCH = Phrase("Now the other side. Turn round, slowly.")
REST = Phrase("Rest for a moment.")
ROUTINE_DONE = Phrase("That was the routine. Get up slowly, and move on gently.")
BREATHE = Phrase("In for {in_s:g}, out for {out_s:g}.")


def count_stretches(plan: RoutinePlan) -> str:
    """Return the number of stretches of today's plan in words.

    Examples
    --------
    >>> from formcheck.program.routines.fit import plan_routine
    >>> from formcheck.program.routines.load import load_routine
    >>> count_stretches(plan_routine(load_routine("six_stretches")))
    'six stretches'
    """
    number = plan.stretches
    word = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return (Phrase("{number} stretch") if number == 1 else Phrase("{number} stretches")).format(number=word)


def name_plan(plan: RoutinePlan) -> str:
    """Return the name of a routine, with the true number of stretches of today."""
    return _fill_number(plan.routine.name, plan)


def describe_plan(plan: RoutinePlan) -> str:
    """Return what a routine is about, with the true number of stretches of today.

    Of a routine that is cut down to one stretch, that stretch is named, with its reason.
    """
    left = [one for one in plan.parts if one.movement and not one.part.warm_up]
    if len(left) == 1 and sum(bool(part.movement) and not part.warm_up for part in plan.routine.parts) > 1:
        return join(". ", [name_routine_part(left[0]), left[0].part.why])
    return _fill_number(plan.routine.about, plan)


def _fill_number(text: str, plan: RoutinePlan) -> str:
    return capitalise(Phrase(text).format(stretches=count_stretches(plan))) if MARK in text else text


def name_routine_part(part: PlannedPart) -> str:
    """Return the name of one part."""
    return part.movement.name if part.movement else KIND_NAMES[part.part.kind]


def list_changes(plan: RoutinePlan) -> Iterator[str]:
    """Yield how today's plan differs from the file.

    One sentence for each kind of difference, with its reason.
    """
    grouped: dict[tuple[ChangeCode, str, str], list[PlanChange]] = {}
    for one in plan.changes:
        reason = one.reason.text if one.reason else ""
        instead = one.instead.name if one.instead else ""
        grouped.setdefault((one.code, reason, instead), []).append(one)
    for (code, reason, instead), changes in grouped.items():
        names = "" if code == "less" else join_names([_name_changed(plan, one) for one in changes])
        if code == "gentle" and len(changes) == sum(one.movement is not None for one in plan.parts):
            names = ALL
        yield join(" ", filter(None, [PLAN_CHANGE_WORDS[code].format(names=names, instead=instead), reason]))


def _name_changed(plan: RoutinePlan, change: PlanChange) -> str:
    if change.movement is not None:
        return change.movement.name
    parts = plan.routine.parts
    return KIND_NAMES[parts[change.part].kind] if change.part < len(parts) else KIND_NAMES["walk"]


def join_names(names: list[str]) -> str:
    """Return names as a person lists them.

    Examples
    --------
    >>> join_names(["Plank"]), join_names(["Plank", "Cobra", "Bridge"])
    ('Plank', 'Plank, Cobra and Bridge')
    """
    if len(names) < 2:
        return names[0] if names else ""
    return Phrase("{first} and {last}").format(first=join(", ", names[:-1]), last=names[-1])


def say_step(
    plan: RoutinePlan,
    part: PlannedPart,
    step: RoutineStep,
    breath_s: tuple[float, float],
    *,
    has_camera: bool = True,
) -> str:
    """Return what the coach says as a step begins.

    A set is led by the coach itself.
    """
    if step.kind == "position" and part.movement is not None:
        return _say_position(plan, part, step, has_camera=has_camera)
    said = {
        "switch": SWITCH,
        "rest": REST,
        "done": ROUTINE_DONE,
        "walk": _join_sentences(part.part.why, part.part.say),
        "information": part.part.say or "",
        "breath": _join_sentences(part.part.say or part.part.why, BREATHE.format(in_s=breath_s[0], out_s=breath_s[1])),
    }
    return said.get(step.kind, "")


def _join_sentences(*sentences: str | None) -> str:
    """Return sentences with a blank between them, without those that are empty."""
    return join(" ", [one for one in sentences if one])


def say_how(part: PlannedPart, *, has_camera: bool) -> str:
    """Return how to get into a part, or what to do.

    Without a camera, the movement itself.
    """
    if part.part.say or part.movement is None:
        return part.part.say or ""
    teach = part.movement.teach
    return teach.how if teach and not has_camera else part.movement.steps[0]


def _say_position(plan: RoutinePlan, part: PlannedPart, step: RoutineStep, *, has_camera: bool) -> str:
    """Return what comes next and why, and how to get there.

    Where the camera goes is added only if it must move. In the calm way, only what is needed is said.
    """
    is_first = plan.parts[0].index == part.index
    how, name, teach = (
        say_how(part, has_camera=has_camera),
        name_routine_part(part),
        part.movement and part.movement.teach,
    )
    camera = teach.camera if teach and step.moves_camera and has_camera else ""
    way = say_way(part)
    if plan.is_calm:
        return _join_sentences(join("", [name, "."]), how, camera)
    begin = (_FIRST if is_first else _NEXT).format(name=name, why=part.part.why)
    return _join_sentences(begin, how, way, camera)


def say_way(part: PlannedPart) -> str:
    """Return the easier or the harder way of a part.

    Empty where it goes as usual.
    """
    if part.movement is None or part.way == "usual":
        return ""
    if part.way == "harder":
        return _HARDER.format(words=part.movement.harder) if part.movement.harder else ""
    return _EASIER.format(words=part.movement.easier)


_ALL: dict[LineCode, str] = {
    LineCode.WARM_UP: Phrase("You warmed up first."),
    LineCode.ALIGNMENT: Phrase("Your form needed no correction."),
    LineCode.NO_BOUNCE: Phrase("Nothing bounced."),
    LineCode.DURATION: Phrase("Everything was held as long as planned."),
}
_SOME: dict[LineCode, str] = {
    LineCode.ALIGNMENT: Phrase("Your form needed no correction in {good} of {of} sets."),
    LineCode.NO_BOUNCE: Phrase("Nothing bounced in {good} of {of} sets."),
    LineCode.DURATION: Phrase("{good} of {of} sets were as long as planned. Less is fine, too."),
}
_NOT_JUDGED_WORDS: dict[LineCode, str] = {
    LineCode.ALIGNMENT: Phrase("Your form could not be judged from there."),
    LineCode.NO_BOUNCE: Phrase("Whether anything bounced could not be judged."),
    LineCode.DURATION: Phrase("Nothing was to be held or counted."),
}
_NO_WARM_UP = Phrase("Next time, walk for a few minutes first.")


def write_session_line(line: SessionLine) -> str:
    """Return one line in words.

    Examples
    --------
    >>> str(write_session_line(SessionLine(LineCode.NO_BOUNCE, LineState.PARTLY, 2, 3)))
    'Nothing bounced in 2 of 3 sets.'
    """
    if line.state is LineState.YES:
        return _ALL[line.code]
    if line.state is LineState.UNKNOWN:
        return _NOT_JUDGED_WORDS[line.code]
    if line.code is LineCode.WARM_UP:
        return _NO_WARM_UP
    return _SOME[line.code].format(good=line.good, of=line.of)
