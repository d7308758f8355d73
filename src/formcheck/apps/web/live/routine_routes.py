"""Send the routines of today to the live page; take a therapist's plan.

Each is a plan of steps that the page only has to follow. The person can let go of the therapist's plan.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from formcheck.apps.guide.routine_words import (
    describe_plan,
    list_changes,
    name_plan,
    name_routine_part,
    say_how,
    say_step,
    say_way,
    write_session_line,
)
from formcheck.apps.guide.words import describe_dose
from formcheck.apps.web.access import tokens
from formcheck.apps.web.access.guard import read_body
from formcheck.apps.web.language import send_json
from formcheck.apps.web.library.practise import write_parts
from formcheck.apps.web.page_files import PRIVATE_HEADERS
from formcheck.core.errors import MovementFileError, StoreError
from formcheck.drivers.answers import find_what_suits
from formcheck.drivers.history.keeper import check_session_under_way
from formcheck.drivers.own_movements import load_own_movements
from formcheck.drivers.reminders import is_support_due
from formcheck.drivers.therapist.own_plan import ROUTINE_ID, delete_own_plan, keep_own_plan
from formcheck.drivers.todays_routines import find_todays_offers, find_todays_routine, load_todays_routines
from formcheck.program.person.about_me import choose_routine
from formcheck.program.routines.fit import CALM_BREATH_S, Choices, RoutinePlan, plan_routine
from formcheck.program.routines.schema import MOST_PARTS
from formcheck.program.routines.set_clock import BREATH_IN_S, BREATH_OUT_S
from formcheck.program.routines.steps import PlannedPart, RoutineStep

from .answer_routes import TOO_OLD

if TYPE_CHECKING:
    from starlette.datastructures import QueryParams
    from starlette.requests import Request

SUPPORT_ROUTINE = "support"
_MOST_MINUTES = 120
_SHORTER_MINUTES = (5, 10)
"""What the page offers where a routine takes longer."""


def send_routines(request: Request) -> Response:
    """Answer with today's plans of all routines, or of the one that `id` names.

    It is not a coroutine, because it reads files.
    """
    try:
        choices = read_choices(request.query_params)
        asked = request.query_params.get("id")
        known = load_todays_routines()
        routines = [find_todays_routine(asked)] if asked else known.routines
    except (MovementFileError, ValueError) as error:
        return PlainTextResponse(str(error).splitlines()[-1].strip(), 400)
    offers = find_todays_offers(datetime.now(UTC))
    own = load_own_movements()
    plans = [plan_routine(one, choices, offers, own.movements) for one in routines]
    refused = [
        {"kind": kind, "name": one.name, "problems": len(one.problems)}
        for kind, files in (("routine", known.refused), ("movement", own.refused))
        for one in files
    ]
    has_camera = request.query_params.get("camera") != "0"
    shown = [describe_plan_of_today(plan, has_camera=has_camera) for plan in plans if plan.stretches]
    held = [
        (plan.routine.id, [part.movement.id for part in plan.parts if part.movement])
        for plan in plans
        if plan.stretches
    ]
    suits = choose_routine(find_what_suits(datetime.now(UTC)), held)
    if not suits and is_support_due(datetime.now(UTC)) and any(plan.routine.id == SUPPORT_ROUTINE for plan in plans):
        suits = SUPPORT_ROUTINE
    if any(plan.routine.id == ROUTINE_ID and plan.stretches for plan in plans):
        suits = ROUTINE_ID
    return send_json(request, {"routines": shown, "refused": refused, "suits": suits}, PRIVATE_HEADERS)


def read_choices(query: QueryParams) -> Choices:
    """Return the choices that an address names.

    Raises
    ------
    ValueError
        One of them is not what it should be.
    """
    minutes = query.get("minutes", "")
    if minutes and not (minutes.isascii() and minutes.isdecimal() and 1 <= int(minutes[:4]) <= _MOST_MINUTES):
        raise ValueError(f"minutes: expected a whole number from 1 to {_MOST_MINUTES}, got {ascii(minutes)[:20]}")
    return Choices(
        minutes=int(minutes) if minutes else None,
        calm=query.get("calm") == "1",
        less=query.get("less") == "1",
        is_warm=query.get("warm") == "1",
        without=_read_parts(query.get("without", "")),
        harder=_read_parts(query.get("harder", "")),
    )


def _read_parts(text: str) -> frozenset[int]:
    numbers = [one for one in text[:200].split(",") if one]
    if not all(one.isascii() and one.isdecimal() and len(one) <= 2 and int(one) <= MOST_PARTS for one in numbers):
        raise ValueError(f"expected numbers of parts with commas between them, got {ascii(text)[:40]}")
    return frozenset(map(int, numbers))


def describe_plan_of_today(plan: RoutinePlan, *, has_camera: bool = True) -> dict[str, Any]:
    """Return what the page gets of a plan.

    Codes to follow, and words to show and speak.
    """
    breath_s = CALM_BREATH_S if plan.is_calm else (BREATH_IN_S, BREATH_OUT_S)
    by_index = {one.index: one for one in plan.parts}

    def say(step: RoutineStep) -> str:
        return say_step(plan, by_index[step.part], step, breath_s, has_camera=has_camera)

    return {
        "id": plan.routine.id,
        "name": name_plan(plan),
        "about": describe_plan(plan),
        "minutes": max(1, round(plan.time_s / 60)),
        "shorter": _list_shorter(plan),
        "calm": plan.is_calm,
        "rounds": plan.routine.rounds,
        "breath_s": list(breath_s),
        "changes": list(list_changes(plan)),
        "parts": [_describe_part(one, has_camera=has_camera) for one in plan.parts],
        "steps": [_describe_step(by_index[step.part], step, say(step)) for step in plan.steps],
    }


def _list_shorter(plan: RoutinePlan) -> list[int]:
    """Return the minutes to which the routine can be shortened.

    A stretch of it is left then.
    """
    own = load_own_movements().movements
    whole_s = plan_routine(plan.routine, own=own).time_s
    found = []
    for minutes in _SHORTER_MINUTES:
        short = plan_routine(plan.routine, Choices(minutes=minutes), own=own)
        if short.time_s < whole_s and short.stretches:
            found.append(minutes)
    return found


def _describe_part(one: PlannedPart, *, has_camera: bool) -> dict[str, Any]:
    dose = one.dose
    return {
        "index": one.index,
        "kind": one.part.kind,
        "name": name_routine_part(one),
        "why": one.part.why,
        "say": say_how(one, has_camera=has_camera),
        "movement": one.movement.id if one.movement else None,
        "way": one.way,
        "way_words": say_way(one),
        "has_harder": bool(one.movement and one.movement.harder) and one.way == "usual",
        "dose": {"hold_s": dose.hold_s, "repetitions": dose.repetitions} if dose else None,
        "amount": describe_dose(one.movement.model_copy(update={"dose": dose})) if one.movement and dose else "",
        "first_side": one.part.first_side,
    }


def _describe_step(part: PlannedPart, step: RoutineStep, say: str) -> dict[str, Any]:
    clock: list[dict[str, Any]] = []
    if part.movement is not None and part.dose is not None:
        clock = [asdict(one) for one in write_parts(part.movement, part.dose, list(step.clock))]
    return {
        "id": step.id,
        "kind": step.kind,
        "part": step.part,
        "length_s": step.length_s,
        "side": step.side,
        "changes_place": step.changes_place,
        "moves_camera": step.moves_camera,
        "camera": part.movement.teach.camera if step.moves_camera and part.movement and part.movement.teach else "",
        "say": say,
        "clock": clock,
    }


def send_session_lines(request: Request) -> Response:
    """Answer with the four lines of the session that has just ended.

    `warm` says that the person had walked. It is not a coroutine, because it reads a file.
    """
    found = check_session_under_way(datetime.now(UTC), is_warm=request.query_params.get("warm") == "1")
    lines = [{"code": one.code, "state": one.state, "text": write_session_line(one)} for one in found]
    return send_json(request, {"lines": lines}, PRIVATE_HEADERS)


MOST_PLAN_BYTES = 64_000
MOST_PROBLEMS = 5


async def take_own_plan(request: Request) -> Response:
    """Keep the plan that the body holds, a TOML file.

    A bad one is refused with its first problems.
    """
    if not tokens.is_valid_token(request.headers.get(tokens.TOKEN_HEADER, "")):
        return PlainTextResponse(TOO_OLD, 403)
    content = await read_body(request, MOST_PLAN_BYTES)
    if content is None:
        return PlainTextResponse(f"expected at most {MOST_PLAN_BYTES // 1000} kB, got more", 413)
    try:
        plan = await run_in_threadpool(keep_own_plan, content, "plan")
    except MovementFileError as error:
        return send_json(request, {"problems": error.problems[:MOST_PROBLEMS]}, PRIVATE_HEADERS)
    except StoreError as error:
        return PlainTextResponse(str(error), 507)  # a full disk, or a guest
    return send_json(request, {"problems": [], "movements": len(plan.movements)}, PRIVATE_HEADERS)


async def forget_own_plan(request: Request) -> Response:
    """Forget the plan."""
    if not tokens.is_valid_token(request.headers.get(tokens.TOKEN_HEADER, "")):
        return PlainTextResponse(TOO_OLD, 403)
    return send_json(request, {"gone": await run_in_threadpool(delete_own_plan)}, PRIVATE_HEADERS)


ROUTES = [
    Route("/live/routines", send_routines, methods=["GET"]),
    Route("/live/session/lines", send_session_lines, methods=["GET"]),
    Route("/live/plan", take_own_plan, methods=["POST"]),
    Route("/live/plan", forget_own_plan, methods=["DELETE"]),
]
