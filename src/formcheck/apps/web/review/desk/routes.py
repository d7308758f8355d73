"""Serve the desk: its page, what it shows, and the corrections that come back."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from formcheck.apps.web.access import tokens
from formcheck.apps.web.access.guard import OTHER_PAGE, is_from_our_page, read_body
from formcheck.apps.web.language import send_json
from formcheck.apps.web.page_files import PRIVATE_HEADERS, send_page_file
from formcheck.apps.web.review.result_routes import DESK_PATH
from formcheck.apps.web.review.script_page import show_script_page
from formcheck.core.errors import FormCheckError, MovementFileError, SourceError
from formcheck.drivers.patients.unlocked import OPEN_PATIENTS
from formcheck.drivers.therapist.corrected import add_correction, load_corrections, take_back_last
from formcheck.drivers.therapist.judged_again import load_corrected_poses

from . import drafting, making, prescribing
from .opened import OpenedResult, find_opened
from .patient import follow_patient
from .shown import collect_desk, collect_fixed, pack_poses
from .words import DESK_NO_SCRIPT, DESK_TITLE, DESK_WORDS

if TYPE_CHECKING:
    from starlette.requests import Request

    from formcheck.core.records import PoseFrame

MOST_BODY_BYTES = 120_000
"""A drafted movement file comes back as text."""
_WEB = Path(__file__).with_name("web")
_GONE = (
    "This result is not stored here (any more). If it is a patient's, open the patient's folder again; otherwise check "
    "the recording again."
)
_TOO_OLD = "This page is too old to take changes. Please load it again."
_one_at_a_time = threading.Lock()
"""Corrections are read, lengthened and written: two at once would lose one."""

ApplyChange = Callable[[OpenedResult, dict[str, Any]], dict[str, Any]]


def desk_page(request: Request) -> Response:
    """Answer with the page."""
    found = find_opened(request)
    if found is None:
        return PlainTextResponse(_GONE, 404)
    config = {
        "result": found.key,
        "part": found.part,
        "recording": found.recording,
        "film": found.describe_film(),
        "words": DESK_WORDS,
    }
    return show_script_page(
        request,
        _WEB / "desk.html",
        config,
        path=DESK_PATH,
        styles=["desk.css", "panels.css"],
        title=DESK_TITLE,
        no_script=DESK_NO_SCRIPT,
    )


def send_desk_file(request: Request) -> Response:
    """Answer with one of the page's own files."""
    return send_page_file(_WEB, request.path_params["name"])


def send_desk(request: Request) -> Response:
    """Answer with everything that the page shows of a result.

    It is not a coroutine, because it reads files.
    """
    return _answer_of(request, lambda found: {**collect_fixed(found.folder), **collect_all(found)})


def collect_all(found: OpenedResult) -> dict[str, Any]:
    """Return what changes: the result, and what can be prescribed and compared."""
    return {
        **collect_desk(found.folder),
        "form": prescribing.describe_form(found),
        "whose": OPEN_PATIENTS.find_code(found.stored),
        "others": making.list_others(found),
        "drafting": drafting.describe_drafting(found),
    }


def send_poses(request: Request) -> Response:
    """Answer with the poses, every joint where a person put it; see `pack_poses`."""
    return _send_packed(
        request, lambda found: load_corrected_poses(found.folder, load_corrections(found.folder).list_active())
    )


def send_ghost(request: Request) -> Response:
    """Answer with the body of another result in each picture of this one; see `pack_poses`."""
    return _send_packed(request, lambda found: making.find_ghost(found, request.query_params.get("other", "")))


def _send_packed(request: Request, load: Callable[[OpenedResult], list[PoseFrame]]) -> Response:
    if not is_from_our_page(request):
        return PlainTextResponse(OTHER_PAGE, 403)
    found = find_opened(request)
    if found is None:
        return PlainTextResponse(_GONE, 404)
    try:
        content = pack_poses(load(found))
    except FormCheckError as error:
        return PlainTextResponse(_name_recording(error, found), 400)
    return Response(content, media_type="application/octet-stream", headers=PRIVATE_HEADERS)


def send_film(request: Request) -> Response:
    """Answer with the recording, or with the requested part of it."""
    if not is_from_our_page(request):
        return PlainTextResponse(OTHER_PAGE, 403)
    found = find_opened(request)
    film = found.find_film() if found else None
    if film is None:
        return PlainTextResponse(_GONE, 404)
    return FileResponse(film, media_type="video/mp4", headers=PRIVATE_HEADERS)


async def take_correction(request: Request) -> Response:
    """Add a correction; answer with what follows."""
    return await _take_change(request, _correct)


async def take_undo(request: Request) -> Response:
    """Take the newest correction back; answer with what follows."""
    return await _take_change(request, _undo)


async def take_form_draft(request: Request) -> Response:
    """Answer with the problems of a prescription that is being written, and with its differences."""
    return await _take_change(request, lambda found, body: prescribing.check_form(found, body["form"]))


async def take_prescription(request: Request) -> Response:
    """Keep a prescription with the result, or remove it; answer with what follows."""
    return await _take_change(request, _prescribe)


async def take_plan_over(request: Request) -> Response:
    """Keep the plan of another result with this one; answer with what follows."""
    return await _take_change(request, _take_plan)


async def take_plan_home(request: Request) -> Response:
    """Let the person who is served practise by the plan of this result."""
    return await _take_change(request, _give_plan)


async def take_patient(request: Request) -> Response:
    """Check the recording again, following another person; answer with the name of the result."""
    return await _take_change(request, follow_patient)


async def take_drafting(request: Request) -> Response:
    """Draft a movement from this recording; answer with its text and what is unsure."""
    return await _take_change(request, lambda found, body: drafting.draft_from_opened(found, body["form"]))


async def take_drafted(request: Request) -> Response:
    """Keep a drafted movement; answer with the places where it is now."""
    return await _take_change(request, lambda found, body: drafting.keep_drafted(found, body["form"]))


async def take_report(request: Request) -> Response:
    """Make the report; answer with its address."""
    return await _take_change(request, lambda found, body: making.make_one_report(found, body["form"]))


async def take_comparison(request: Request) -> Response:
    """Make the page of a comparison; answer with its address."""
    return await _take_change(request, lambda found, body: making.make_one_comparison(found, body["form"]))


async def take_export(request: Request) -> Response:
    """Make one export; answer with its address."""
    return await _take_change(request, lambda found, body: making.make_one_export(found, body["form"]))


def send_made(request: Request) -> Response:
    """Answer with a report, an export or the prescription that was made before."""
    if not is_from_our_page(request):
        return PlainTextResponse(OTHER_PAGE, 403)
    found = find_opened(request)
    path = making.find_made(found, request.query_params.get("name", "")) if found else None
    if found is None or path is None:
        return PlainTextResponse(_GONE, 404)
    try:
        OPEN_PATIENTS.log_download(found.stored, path.name, "the desk")
    except FormCheckError as error:
        return PlainTextResponse(str(error), 500)
    return FileResponse(path, filename=f"{found.stem}-{path.name}", headers=PRIVATE_HEADERS)


def _correct(found: OpenedResult, body: dict[str, Any]) -> dict[str, Any]:
    about = {str(key): value for key, value in dict(body["about"]).items()}
    if {"id", "by", "at_utc", "kind"} & set(about):
        raise SourceError("about: expected the keys of the correction alone, got who or when; load the page again")
    add_correction(found.folder, str(body["kind"]), by=str(body["by"]), **about)
    return collect_all(found)


def _undo(found: OpenedResult, body: dict[str, Any]) -> dict[str, Any]:
    take_back_last(found.folder, by=str(body["by"]))
    return collect_all(found)


def _prescribe(found: OpenedResult, body: dict[str, Any]) -> dict[str, Any]:
    prescribing.keep_form(found, body["form"])
    return collect_all(found)


def _take_plan(found: OpenedResult, body: dict[str, Any]) -> dict[str, Any]:
    prescribing.copy_plan(found, str(body["from"]))
    return collect_all(found)


def _give_plan(found: OpenedResult, _body: dict[str, Any]) -> dict[str, Any]:
    prescribing.give_plan_home(found)
    return collect_all(found)


async def _take_change(request: Request, does: ApplyChange) -> Response:
    if not tokens.is_valid_token(request.headers.get(tokens.TOKEN_HEADER, "")):
        return PlainTextResponse(_TOO_OLD, 403)
    content = await read_body(request, MOST_BODY_BYTES)
    if content is None:
        return PlainTextResponse(f"expected at most {MOST_BODY_BYTES // 1000} kB, got more", 413)
    try:
        body = json.loads(content)
        if not isinstance(body, dict):
            raise TypeError
    except (ValueError, TypeError, RecursionError):
        return PlainTextResponse("expected JSON, got something else; load the page again", 400)

    def work() -> Response:
        with _one_at_a_time:
            return _answer_of(request, lambda found: does(found, body))

    return await run_in_threadpool(work)


def _answer_of(request: Request, does: Callable[[OpenedResult], dict[str, Any]]) -> Response:
    if not is_from_our_page(request):
        return PlainTextResponse(OTHER_PAGE, 403)
    found = find_opened(request)
    if found is None:
        return PlainTextResponse(_GONE, 404)
    try:
        return send_json(request, does(found), PRIVATE_HEADERS)
    except MovementFileError as error:
        return JSONResponse({"problems": list(error.problems)}, 400, headers=PRIVATE_HEADERS)
    except FormCheckError as error:
        return JSONResponse({"problems": [_name_recording(error, found)]}, 400, headers=PRIVATE_HEADERS)
    except (KeyError, TypeError, ValueError):
        text = "expected a change of this result, got something else; load the page again"
        return JSONResponse({"problems": [text]}, 400, headers=PRIVATE_HEADERS)


def _name_recording(error: FormCheckError, found: OpenedResult) -> str:
    """Return an error's text with the recording's name instead of our folder's."""
    if isinstance(error, SourceError) and error.about == found.folder.name:
        error = error.rename(found.recording)
    return str(error)


ROUTES = [
    Route(DESK_PATH, desk_page, methods=["GET"]),
    Route(f"{DESK_PATH}/web/{{name}}", send_desk_file, methods=["GET"]),
    Route(f"{DESK_PATH}/data", send_desk, methods=["GET"]),
    Route(f"{DESK_PATH}/poses", send_poses, methods=["GET"]),
    Route(f"{DESK_PATH}/ghost", send_ghost, methods=["GET"]),
    Route(f"{DESK_PATH}/film", send_film, methods=["GET"]),
    Route(f"{DESK_PATH}/made", send_made, methods=["GET"]),
    Route(f"{DESK_PATH}/correct", take_correction, methods=["POST"]),
    Route(f"{DESK_PATH}/undo", take_undo, methods=["POST"]),
    Route(f"{DESK_PATH}/draft", take_form_draft, methods=["POST"]),
    Route(f"{DESK_PATH}/prescribe", take_prescription, methods=["POST"]),
    Route(f"{DESK_PATH}/take", take_plan_over, methods=["POST"]),
    Route(f"{DESK_PATH}/give", take_plan_home, methods=["POST"]),
    Route(f"{DESK_PATH}/patient", take_patient, methods=["POST"]),
    Route(f"{DESK_PATH}/movement/draft", take_drafting, methods=["POST"]),
    Route(f"{DESK_PATH}/movement/keep", take_drafted, methods=["POST"]),
    Route(f"{DESK_PATH}/report", take_report, methods=["POST"]),
    Route(f"{DESK_PATH}/compare", take_comparison, methods=["POST"]),
    Route(f"{DESK_PATH}/export", take_export, methods=["POST"]),
]
