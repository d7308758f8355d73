"""Serve the page that takes many recordings, and the list of what is stored."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from formcheck.apps.web.access import tokens
from formcheck.apps.web.access.guard import OTHER_PAGE, is_from_our_page, read_body
from formcheck.apps.web.jobs import BOOK, CheckJob
from formcheck.apps.web.language import send_json
from formcheck.apps.web.page_files import PRIVATE_HEADERS, send_page_file
from formcheck.apps.web.review.checks import (
    CheckRequest,
    date_upload,
    explain_failure,
    load_all_movements,
    start_check,
)
from formcheck.apps.web.review.result_routes import FOLDER_PATH
from formcheck.apps.web.review.script_page import show_script_page
from formcheck.apps.web.review.uploads import (
    MOST_DURATION_S,
    MOST_UPLOAD_BYTES,
    UPLOAD_PATH,
    UPLOAD_SUFFIXES,
    UPLOADS,
)
from formcheck.core.display import STATE_STYLES
from formcheck.core.errors import FormCheckError
from formcheck.core.movement.load import load_movement, load_unrecognised
from formcheck.core.summary.phrases import say_verdict
from formcheck.drivers.own_movements import name_with_origin
from formcheck.drivers.results_store import KEY, StoredResult, find_result, list_results
from formcheck.drivers.user_data import find_person_key

from .words import FOLDER_TITLE, FOLDER_WORDS, NEEDS_SCRIPT

if TYPE_CHECKING:
    from starlette.requests import Request

log = logging.getLogger(__name__)

MOST_FILES = 100
"""So many recordings are taken at a time: a check takes minutes, so these are hours."""
MOST_ASKED = 8
"""The page has two checks under way; more questions at a time come from something else."""
MOST_LISTED = 500
_MOST_BODY_BYTES = 4_000
_PICTURE_ENDINGS = ("gif", "jpg", "jpeg", "png")
"""Left out of a folder: a phone keeps its photographs next to its videos."""
_OFFERED_SIDES = ("auto", "left", "right")
_MANY_WEB = Path(__file__).with_name("web")
_TOO_OLD_TO_SEND = "This page is too old to take a recording. Please load it again."


def many_page(request: Request) -> Response:
    """Answer with the page."""
    find_out = load_unrecognised()
    movements = [
        {"id": one.id, "name": name_with_origin(one), "sides": one.two_sided} for one in load_all_movements().values()
    ]
    config = {
        "words": FOLDER_WORDS,
        "movements": [{"id": find_out.id, "name": FOLDER_WORDS["find_out"], "sides": False}, *movements],
        "upload": UPLOAD_PATH,
        "suffixes": UPLOAD_SUFFIXES,
        "pictures": _PICTURE_ENDINGS,
        "most_bytes": MOST_UPLOAD_BYTES,
        "most_minutes": round(MOST_DURATION_S / 60),
        "most_files": MOST_FILES,
    }
    return show_script_page(
        request,
        _MANY_WEB / "many.html",
        config,
        path=FOLDER_PATH,
        styles=["many.css"],
        title=FOLDER_TITLE,
        no_script=NEEDS_SCRIPT,
    )


def send_many_file(request: Request) -> Response:
    """Answer with one of the page's own files."""
    return send_page_file(_MANY_WEB, request.path_params["name"])


def send_stored(request: Request) -> Response:
    """Answer with the results of this person, the recording made last first."""
    if not is_from_our_page(request):
        return PlainTextResponse(OTHER_PAGE, 403)
    found = sorted(list_results(), key=lambda result: -result.dated_s)
    return send_json(request, {"results": [_describe_stored(one) for one in found[:MOST_LISTED]]}, PRIVATE_HEADERS)


def send_states(request: Request) -> Response:
    """Answer how far the checks are that a page asks for."""
    if not is_from_our_page(request):
        return PlainTextResponse(OTHER_PAGE, 403)
    keys = [key for key in request.query_params.get("results", "").split(",") if KEY.fullmatch(key)][:MOST_ASKED]
    visitor = request.query_params.get("visitor", "")[:40]
    return send_json(request, {key: _describe_state(key, visitor) for key in keys}, PRIVATE_HEADERS)


async def take_check(request: Request) -> Response:
    """Begin the check of an uploaded recording; answer with the name of its result."""
    return await _take_order(request, _begin_check)


async def take_cancel(request: Request) -> Response:
    """End a check that a page has begun, unless another page waits for it."""
    return await _take_order(request, _cancel_check)


def _begin_check(order: dict[str, Any]) -> dict[str, Any]:
    movement_id, side = str(order["movement"]), str(order["side"])
    find_out = load_unrecognised()
    movement = find_out if movement_id == find_out.id else load_all_movements()[movement_id]
    if side not in _OFFERED_SIDES:
        raise KeyError(side)
    file_date_s = float(order["file_date_s"])
    upload = UPLOADS.claim(str(order["upload"]))
    if upload is None:
        raise KeyError("upload")
    wanted = CheckRequest(
        upload.name,
        upload.path,
        movement,
        side if movement.two_sided else "auto",
        recorded=date_upload(upload, file_date_s),
    )
    return {"result": start_check(wanted, upload.sha256, after=upload.delete)}


def _cancel_check(order: dict[str, Any]) -> dict[str, Any]:
    BOOK.leave(str(order["result"]), str(order["visitor"])[:40])
    return {}


def _describe_state(key: str, visitor: str) -> dict[str, Any]:
    # The job first: when it says "finished", the result is there, unless it was deleted in the meantime.
    job = BOOK.find(key, visitor)
    result = find_result(key)
    if (job is None or job.over) and result is not None and result.person == find_person_key():
        return {"state": "finished", **_describe_stored(result)}
    if job is None:
        return {"state": "gone"}
    described = _describe_job(job)
    if job.over:
        BOOK.forget(key)  # its error holds memory, and the page knows it now
    return described


def _describe_job(job: CheckJob) -> dict[str, Any]:
    if job.state == "failed":
        return {"state": "failed", "why": explain_failure(job.error)}
    state = "gone" if job.state == "finished" else job.state
    return {"state": state, "done": job.done, "total": job.total, "drawing": job.again, "left_s": job.left_s}


def _describe_stored(result: StoredResult) -> dict[str, Any]:
    return {
        "result": result.key,
        "name": result.recording,
        "movement": result.movement,
        "dated_s": result.dated_s,
        "dated_by": result.recorded.source if result.recorded else "checked",
        "warnings": list(result.warnings),
        **_describe_outcome(result),
    }


def _describe_outcome(result: StoredResult) -> dict[str, Any]:
    """Return the verdict in words; nothing of a result that another version stored."""
    try:
        summary, movement = result.summary(), load_movement(result.folder / "movement.toml")
    except (OSError, ValueError, FormCheckError) as error:
        log.warning("listed without its verdict: %s", error)
        return {}
    verdict = say_verdict(summary, movement)
    return {"state_of": verdict.state, "icon": STATE_STYLES[verdict.state].icon, "verdict": verdict.headline,
            "movement": movement.name}  # fmt: skip


async def _take_order(request: Request, does: Any) -> Response:
    if not tokens.is_valid_token(request.headers.get(tokens.TOKEN_HEADER, "")) or not is_from_our_page(request):
        return PlainTextResponse(_TOO_OLD_TO_SEND, 403)
    content = await read_body(request, _MOST_BODY_BYTES)
    if content is None:
        return PlainTextResponse(f"expected at most {_MOST_BODY_BYTES} bytes, got more", 413)
    try:
        order = json.loads(content)
        answer = await run_in_threadpool(does, order)
    except FormCheckError as error:
        return JSONResponse({"problem": str(error)}, 400, headers=PRIVATE_HEADERS)
    except (KeyError, TypeError, ValueError, RecursionError):
        text = "expected a recording that was just copied, got something else; choose it again"
        return JSONResponse({"problem": text}, 400, headers=PRIVATE_HEADERS)
    return send_json(request, answer, PRIVATE_HEADERS)


ROUTES = [
    Route(FOLDER_PATH, many_page, methods=["GET"]),
    Route(f"{FOLDER_PATH}/web/{{name}}", send_many_file, methods=["GET"]),
    Route(f"{FOLDER_PATH}/stored", send_stored, methods=["GET"]),
    Route(f"{FOLDER_PATH}/states", send_states, methods=["GET"]),
    Route(f"{FOLDER_PATH}/check", take_check, methods=["POST"]),
    Route(f"{FOLDER_PATH}/cancel", take_cancel, methods=["POST"]),
]
