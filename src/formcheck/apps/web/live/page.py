"""Serve the live page: one HTML file, its scripts and styles, and its configuration.

It is separate from Streamlit: Streamlit redraws its pages, and covers them with a dialog when its own connection drops;
neither may come between a person on the floor and the coach.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from formcheck.apps.guide.words import describe_dose
from formcheck.apps.web.access import tokens
from formcheck.apps.web.access.guard import OTHER_PAGE, is_from_our_page
from formcheck.apps.web.before_after.test_card import describe_asked_test, describe_lesson
from formcheck.apps.web.demonstrations import (
    clip_url,
    describe_caught,
    drawing_url,
    find_picture_facing,
    find_picture_url,
)
from formcheck.apps.web.language import fill_page, find_language, write_script_json
from formcheck.apps.web.library.addresses import practise_url
from formcheck.apps.web.library.practise import build_sequence, sum_length_s
from formcheck.apps.web.library.search_words import load_search_words
from formcheck.apps.web.page_files import send_page_file
from formcheck.core.guided_calibration import needs_calibration
from formcheck.core.movement.load import catalogue
from formcheck.core.movement.schema import Movement
from formcheck.core.summary.phrases import NOT_MEDICAL
from formcheck.drivers.own_movements import find_movement, load_own_movements, name_with_origin
from formcheck.drivers.therapist.own_plan import list_prescribed_and_left_out, prescribe
from formcheck.languages.phrase import Phrase
from formcheck.languages.translate import translate
from formcheck.program.body_tests.protocol import load_protocol, load_test_movement
from formcheck.program.effort import lessen_dose
from formcheck.program.gate import collect_facts
from formcheck.program.routines.schema import load_known_movement
from formcheck.program.routines.set_clock import BREATH_IN_S, BREATH_OUT_S

if TYPE_CHECKING:
    from starlette.requests import Request

PRACTISE_PATH = "/practise"
WEB = Path(__file__).with_name("web")
_WEB_FOLDERS = {"", "camera", "person", "practice", "stage", "voice"}
_PAGE_HEADERS = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "same-origin"}
_NO_SCRIPT = Phrase("Practise needs JavaScript. The Library shows every movement without a camera:")
_LOCAL = {"127.0.0.1", "::1", "localhost"}


def practise_page(request: Request) -> Response:
    """Answer with the page."""
    asked = request.query_params.get("movement", "")
    test = describe_asked_test(request.query_params)
    host = request.url.hostname or "127.0.0.1"
    config = {
        "movements": collect_todays_cards() if test is None else [describe_test_card(test)],
        "test": test,
        "movement": asked if find_movement(asked) is not None else "",
        "wishes": [
            {"id": one.id, "name": Phrase(one.name), "movements": one.movements}
            for one in load_search_words().groups
            if one.today
        ],
        "demo": describe_caught(),
        "ask": request.query_params.get("ask", "")[:20],
        "local": host in _LOCAL,
        "host": host,
        "not_medical": NOT_MEDICAL,
    }
    language = find_language(request)
    texts = {
        "__CONFIG__": write_script_json(translate(config, language)),
        "__NO_SCRIPT__": str(translate(_NO_SCRIPT, language)),
    }
    html = fill_page((WEB / "practise.html").read_text(encoding="utf-8"), language, texts)
    return HTMLResponse(html, headers={**_PAGE_HEADERS, "Vary": "Accept-Language, Cookie"})


@lru_cache(maxsize=1)
def collect_movement_cards() -> tuple[dict[str, Any], ...]:
    """Return the page's data about every movement, the most useful first."""
    ids = sorted(catalogue(), key=load_search_words().rank)
    return tuple(describe_movement(load_known_movement(name)) for name in ids)


def collect_todays_cards() -> list[dict[str, Any]]:
    """Return the same, with the numbers of a therapist's plan, then own movements."""
    prescribed, _ = list_prescribed_and_left_out()
    own = load_own_movements().movements.values()
    ours = [
        describe_movement(prescribe(load_known_movement(card["id"]))) if card["id"] in prescribed else card
        for card in collect_movement_cards()
    ]
    return [*ours, *(describe_movement(prescribe(one)) | {"name": name_with_origin(one)} for one in own)]


def describe_movement(movement: Movement) -> dict[str, Any]:
    """Return the page's data about one movement."""
    less = lessen_dose(movement.dose)
    return {
        "id": movement.id,
        "name": movement.name,
        "about": movement.about,
        "place": movement.place,
        "posture": movement.posture,
        "camera": movement.view.camera,
        "camera_height": movement.view.camera_height,
        "view_text": movement.view.text,
        "start_text": movement.start.text,
        "breath": movement.breath,
        "breath_s": [BREATH_IN_S, BREATH_OUT_S] if movement.drive.kind != "rhythm" else None,
        "steps": list(movement.steps),
        "two_sided": movement.two_sided,
        "alternating": movement.dose.alternating,
        "advanced": movement.advanced,
        "head_down": collect_facts(movement).head_down,
        "learns_back": needs_calibration(movement),
        "less": {"hold_s": less.hold_s, "repetitions": less.repetitions},
        "hold_s": movement.dose.hold_s,
        "repetitions": movement.dose.repetitions,
        "dose_words": describe_dose(movement),
        "stop_if": list(movement.stop_if),
        "teach": movement.teach.model_dump() if movement.teach else None,
        "easier": movement.easier,
        "harder": movement.harder,
        "drawing_url": drawing_url(movement.id),
        "follow_url": practise_url(movement.id),
        "minutes": max(1, round(sum_length_s(build_sequence(movement)) / 60)),
        "sample_url": clip_url(movement.id),
        "picture_url": find_picture_url(movement.id),
        "picture_faces": find_picture_facing(movement.id),
    }


def describe_test_card(test: dict[str, Any]) -> dict[str, Any]:
    """Return the page's data about the movement of a test."""
    protocol = load_protocol(test["id"])
    movement = load_test_movement(protocol)
    lesson = describe_lesson(protocol, movement, test["side"])
    return describe_movement(movement) | {"teach": lesson, "sample_url": "", "picture_url": ""}


def send_web_file(request: Request) -> Response:
    """Answer with one of the page's own files."""
    folder, name = request.path_params.get("folder", ""), request.path_params["name"]
    return send_page_file(WEB / folder, name if folder in _WEB_FOLDERS else "")


def send_token(request: Request) -> Response:
    """Answer with a token for the next connection.

    A page of another origin cannot read it.
    """
    if not is_from_our_page(request):
        return PlainTextResponse(OTHER_PAGE, 403)
    return JSONResponse({"token": tokens.make_token()}, headers={**_PAGE_HEADERS, "Cache-Control": "no-store"})


def redirect_first_page(request: Request) -> Response:
    """Redirect to the live page; an old address of a result leads to that result."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/review{query}" if "result" in request.query_params else f"{PRACTISE_PATH}{query}", 307)


ROUTES = [
    Route("/", redirect_first_page, methods=["GET"]),
    Route(PRACTISE_PATH, practise_page, methods=["GET"]),
    Route("/live/web/{name}", send_web_file, methods=["GET"]),
    Route("/live/web/{folder}/{name}", send_web_file, methods=["GET"]),
    Route("/live/token", send_token, methods=["GET"]),
]
