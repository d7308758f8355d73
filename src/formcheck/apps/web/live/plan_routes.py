"""Take the plan that a therapist gave to the person, and let go of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from formcheck.apps.web.access import tokens
from formcheck.apps.web.language import send_json
from formcheck.core.errors import MovementFileError, StoreError
from formcheck.drivers.therapist.own_plan import delete_own_plan, keep_own_plan

from .answer_routes import ANSWER_HEADERS, TOO_OLD, read_body

if TYPE_CHECKING:
    from starlette.requests import Request

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
        return send_json(request, {"problems": error.problems[:MOST_PROBLEMS]}, ANSWER_HEADERS)
    except StoreError as error:
        return PlainTextResponse(str(error), 507)  # a full disk, or a guest
    return send_json(request, {"problems": [], "movements": len(plan.movements)}, ANSWER_HEADERS)


async def forget_own_plan(request: Request) -> Response:
    """Forget the plan."""
    if not tokens.is_valid_token(request.headers.get(tokens.TOKEN_HEADER, "")):
        return PlainTextResponse(TOO_OLD, 403)
    return send_json(request, {"gone": await run_in_threadpool(delete_own_plan)}, ANSWER_HEADERS)


ROUTES = [
    Route("/live/plan", take_own_plan, methods=["POST"]),
    Route("/live/plan", forget_own_plan, methods=["DELETE"]),
]
