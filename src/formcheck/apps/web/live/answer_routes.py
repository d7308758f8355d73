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
from formcheck.apps.web.access.guard import is_from_our_page, read_body
from formcheck.apps.web.language import send_json
from formcheck.apps.web.page_files import PRIVATE_HEADERS
from formcheck.core.errors import AnswerError, BackendError
from formcheck.drivers import about_me, answers, my_data, reminders

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_BODY_BYTES = 10_000
TOO_OLD = "This page is too old to take answers. Please load it again."

TakeAnswer = Callable[[Any, datetime], dict[str, Any]]


def send_questions(request: Request) -> Response:
    """Answer with the questions and the earlier answers.

    It is not a coroutine, because it reads a file.
    """
    return send_json(request, answers.read_screening_state(datetime.now(UTC)), PRIVATE_HEADERS)


async def take_answers(request: Request) -> Response:
    """Keep the answers to the long questions; answer with the decision."""
    return await _take(request, _keep_long_form)


async def take_session(request: Request) -> Response:
    """Keep one short form; answer with the decision after it."""
    return await _take(request, answers.keep_session)


async def take_draft(request: Request) -> Response:
    """Keep answers of a form that is not finished; answer with what stands."""
    return await _take(request, _keep_draft)


async def take_pain_today(request: Request) -> Response:
    """Keep the answer to "How is it today?"; answer with the decision after it."""
    return await _take(request, answers.keep_pain_today)


async def take_pain(request: Request) -> Response:
    """Keep a press of Pain.

    It comes as the page closes, when no token can be asked for: that the browser names our own page is enough. All
    that it can do is to offer less.
    """
    if not is_from_our_page(request):
        return PlainTextResponse(TOO_OLD, 403)
    return await _take_body(request, answers.keep_pain)


async def take_about(request: Request) -> Response:
    """Keep what the person said about themselves."""
    return await _take(request, about_me.keep_about)


async def take_next_day(request: Request) -> Response:
    """Keep how it was on the day after; answer with what follows."""
    return await _take(request, about_me.keep_next_day)


async def take_plan(request: Request) -> Response:
    """Keep when the person wants to be reminded."""
    return await _take(request, reminders.keep_plan)


def send_calendar(_request: Request) -> Response:
    """Answer with the plan as a calendar file."""
    try:
        content = reminders.write_calendar(datetime.now(UTC))
    except BackendError as error:
        return PlainTextResponse(str(error), 503)
    headers = {**PRIVATE_HEADERS, "Content-Disposition": 'attachment; filename="formcheck.ics"'}
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


async def take_deletion(request: Request) -> Response:
    """Delete what the person chose; answer with what went."""
    return await _take(request, my_data.delete_chosen)


def send_my_data(_request: Request) -> Response:
    """Answer with a list of what is stored about the person."""
    return JSONResponse({"parts": my_data.list_parts()}, headers=PRIVATE_HEADERS)


def export_my_data(_request: Request) -> Response:
    """Answer with everything that is stored about the person, as one JSON file."""
    headers = {**PRIVATE_HEADERS, "Content-Disposition": 'attachment; filename="formcheck-my-data.json"'}
    return JSONResponse(my_data.export_all(datetime.now(UTC)), headers=headers)


def _keep_draft(body: Any, now: datetime) -> dict[str, Any]:
    return answers.keep_draft(_read_answers(body), now)


def _keep_long_form(body: Any, now: datetime) -> dict[str, Any]:
    return answers.answer(_read_answers(body), now)


def _read_answers(body: Any) -> Any:
    if not isinstance(body, dict) or set(body) != {"answers"}:
        raise AnswerError('expected {"answers": {"R1": false, …}}, got something else; load the page again')
    return body["answers"]


async def _take(request: Request, taken: TakeAnswer) -> Response:
    if not tokens.is_valid_token(request.headers.get(tokens.TOKEN_HEADER, "")):
        return PlainTextResponse(TOO_OLD, 403)
    return await _take_body(request, taken)


async def _take_body(request: Request, taken: TakeAnswer) -> Response:
    content = await read_body(request, MAX_BODY_BYTES)
    if content is None:
        return PlainTextResponse(f"expected at most {MAX_BODY_BYTES // 1000} kB, got more; load the page again", 413)
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return PlainTextResponse("expected JSON, got something else; load the page again", 400)
    try:
        return send_json(request, await run_in_threadpool(taken, body, datetime.now(UTC)), PRIVATE_HEADERS)
    except AnswerError as error:
        return PlainTextResponse(str(error), 400)


ROUTES = [
    Route("/live/screening", send_questions, methods=["GET"]),
    Route("/live/screening", take_answers, methods=["POST"]),
    Route("/live/screening/draft", take_draft, methods=["POST"]),
    Route("/live/session", take_session, methods=["POST"]),
    Route("/live/pain", take_pain, methods=["POST"]),
    Route("/live/pain/today", take_pain_today, methods=["POST"]),
    Route("/live/about", take_about, methods=["POST"]),
    Route("/live/next-day", take_next_day, methods=["POST"]),
    Route("/live/reminders", take_plan, methods=["POST"]),
    Route("/live/reminders.ics", send_calendar, methods=["GET"]),
    Route("/live/data", send_my_data, methods=["GET"]),
    Route("/live/data/export", export_my_data, methods=["GET"]),
    Route("/live/data/delete", take_deletion, methods=["POST"]),
]
