"""Send the questions and receive their answers, for the live page alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from formcheck.apps.web.access import tokens
from formcheck.core.errors import AnswerError
from formcheck.drivers import answers

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_BODY_BYTES = 10_000
TOO_OLD = "This page is too old to take answers. Please load it again."
_ANSWER_HEADERS = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}

Taken = Callable[[Any, datetime], dict[str, Any]]


def send_questions(_request: Request) -> Response:
    """Answer with the questions and the earlier answers.

    It is not a coroutine, because it reads a file.
    """
    return JSONResponse(answers.read_screening_state(datetime.now(UTC)), headers=_ANSWER_HEADERS)


async def take_answers(request: Request) -> Response:
    """Keep the answers to the long questions; answer with the decision."""
    return await _take(request, _keep_long_form)


async def take_session(request: Request) -> Response:
    """Keep one short form; answer with the decision after it."""
    return await _take(request, answers.keep_session)


def _keep_long_form(body: Any, now: datetime) -> dict[str, Any]:
    if not isinstance(body, dict) or set(body) != {"answers"}:
        raise AnswerError('expected {"answers": {"R1": false, …}}, got something else; load the page again')
    return answers.answer(body["answers"], now)


async def _take(request: Request, taken: Taken) -> Response:
    if not tokens.is_valid_token(request.headers.get(tokens.TOKEN_HEADER, "")):
        return PlainTextResponse(TOO_OLD, 403)
    content = await _read_body(request)
    if content is None:
        return PlainTextResponse(f"expected at most {MAX_BODY_BYTES // 1000} kB, got more; load the page again", 413)
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return PlainTextResponse("expected JSON, got something else; load the page again", 400)
    try:
        return JSONResponse(await run_in_threadpool(taken, body, datetime.now(UTC)), headers=_ANSWER_HEADERS)
    except AnswerError as error:
        return PlainTextResponse(str(error), 400)


async def _read_body(request: Request) -> bytes | None:
    """Return the body of a request, None if it is too large.

    No more than the limit is ever in memory.
    """
    content = b""
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_BODY_BYTES:
            return None
    return content


ROUTES = [
    Route("/live/screening", send_questions, methods=["GET"]),
    Route("/live/screening", take_answers, methods=["POST"]),
    Route("/live/session", take_session, methods=["POST"]),
]
