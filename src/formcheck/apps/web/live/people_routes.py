"""Say who practises at this computer: choose, add, change, delete."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from formcheck.apps.web.access import tokens
from formcheck.apps.web.access.guard import read_body
from formcheck.apps.web.access.owner import load_owner_key
from formcheck.apps.web.access.people import FORGET_CHOICE, needs_choice, write_choice
from formcheck.apps.web.language import send_json
from formcheck.apps.web.page_files import PRIVATE_HEADERS
from formcheck.core.errors import AnswerError, StoreError
from formcheck.drivers import people
from formcheck.drivers.history.database import describe_problem
from formcheck.drivers.history.records import Person
from formcheck.drivers.user_data import GUEST, find_person_key

from .answer_routes import MAX_BODY_BYTES, TOO_OLD

if TYPE_CHECKING:
    from starlette.requests import Request


def send_people(request: Request) -> Response:
    """Answer with the people of this computer, and who practises.

    It is not a coroutine, because it reads a file.
    """
    found = people.describe_people(needs_choice)
    answer = send_json(request, found, PRIVATE_HEADERS)
    if not found["choose"] and found["now"] != GUEST and found["trouble"] is None:
        one = next((one for one in found["people"] if one["key"] == found["now"]), None)
        if one is None or not one["locked"]:  # known from now on, also while the history cannot be read
            _set_cookie(answer, request, found["now"])
    return answer


async def take_choice(request: Request) -> Response:
    """Choose who practises."""
    return await _answer_with(request, lambda body: people.choose_person(people.read_form(people.ChooseForm, body)))


async def take_new_person(request: Request) -> Response:
    """Add a person, who practises from now on."""
    return await _answer_with(request, lambda body: people.add_person(people.read_form(people.AddForm, body)))


async def take_change(request: Request) -> Response:
    """Change name or passcode of the person who practises."""
    return await _answer_with(request, lambda body: people.change_person(people.read_form(people.ChangeForm, body)))


async def take_leave(request: Request) -> Response:
    """Delete a person with all that is stored about them; answer with what went."""
    return await _answer_with(
        request, lambda body: {"gone": people.remove_person(people.read_form(people.DeleteForm, body))}
    )


async def _answer_with(request: Request, does: Any) -> Response:
    if not tokens.is_valid_token(request.headers.get(tokens.TOKEN_HEADER, "")):
        return PlainTextResponse(TOO_OLD, 403)
    content = await read_body(request, MAX_BODY_BYTES)
    if content is None:
        return PlainTextResponse(f"expected at most {MAX_BODY_BYTES // 1000} kB, got more; load the page again", 413)
    try:
        done = await run_in_threadpool(does, json.loads(content))
    except AnswerError as error:
        return PlainTextResponse(str(error), 400)
    except StoreError as error:
        return JSONResponse({"code": error.code, "text": describe_problem(error.code)}, 507, headers=PRIVATE_HEADERS)
    except (ValueError, RecursionError):
        return PlainTextResponse("expected JSON, got something else; load the page again", 400)
    if isinstance(done, dict):
        answer = send_json(request, done, PRIVATE_HEADERS)
        keys = {one["key"] for one in people.describe_people(needs_choice)["people"]}
        if done["gone"].get("profile") and find_person_key() not in keys:
            answer.headers.append("set-cookie", FORGET_CHOICE)
        return answer
    answer = JSONResponse({"now": done.key if done else GUEST}, headers=PRIVATE_HEADERS)
    _set_cookie(answer, request, done.key if done else GUEST, person=done)
    return answer


def _set_cookie(answer: Response, request: Request, key: str, *, person: Person | None = None) -> None:
    is_https = request.url.scheme == "https"
    has_passcode = person is not None and person.locked
    cookie = write_choice(key, load_owner_key(), has_passcode=has_passcode, is_https=is_https)
    answer.headers.append("set-cookie", cookie)


ROUTES = [
    Route("/live/people", send_people, methods=["GET"]),
    Route("/live/people", take_new_person, methods=["POST"]),
    Route("/live/people/choose", take_choice, methods=["POST"]),
    Route("/live/people/change", take_change, methods=["POST"]),
    Route("/live/people/delete", take_leave, methods=["POST"]),
]
