"""Look at a person at the desk, one picture a second.

Minutes and few reminders go out; nothing is stored.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from formcheck.apps.web.access.guard import is_from_our_page, read_body
from formcheck.apps.web.language import send_json
from formcheck.apps.web.page_files import PRIVATE_HEADERS
from formcheck.core.errors import BackendError, SourceError
from formcheck.core.movement.load import load_movement
from formcheck.drivers import answers
from formcheck.drivers.desk.desk_camera import DeskSession
from formcheck.drivers.live.messages import decode_picture, read_picture
from formcheck.drivers.live.pose_source import choose_desk_engine, open_sight

from .answer_routes import TOO_OLD

if TYPE_CHECKING:
    from starlette.requests import Request

MOVEMENT = "desk_posture"
MAX_PICTURE_BYTES = 400_000
DESK_IDLE_S = 30.0
"""A page that sends nothing for so long has gone; its pose model is freed."""
_MOST_ID = 40


class Desk:
    """The one desk of this computer; the newest page has it."""

    session: DeskSession | None = None
    page = ""
    used_s = 0.0
    turn = asyncio.Lock()

    @classmethod
    async def look(cls, page: str, content: bytes) -> dict[str, Any] | None:
        """Return what a picture shows."""
        async with cls.turn:
            if cls.page != page:
                await cls.free()
                cls.page = page
            cls.used_s = time.monotonic()
            asyncio.get_running_loop().call_later(DESK_IDLE_S + 1, cls._free_if_idle)
            return await run_in_threadpool(cls._look, content)

    @classmethod
    def _look(cls, content: bytes) -> dict[str, Any] | None:
        picture = read_picture(content)
        image = decode_picture(picture.jpeg)
        if cls.session is None:
            cls.session = DeskSession(open_sight(load_movement(MOVEMENT), choose_desk_engine()))
        return cls.session.look(image, picture.time_s)

    @classmethod
    def _free_if_idle(cls) -> None:
        if cls.session is not None and time.monotonic() - cls.used_s > DESK_IDLE_S:
            session, cls.session, cls.page = cls.session, None, ""
            session.close()

    @classmethod
    async def free(cls) -> None:
        """Free the pose model."""
        session, cls.session, cls.page = cls.session, None, ""
        if session is not None:
            await run_in_threadpool(session.close)


async def take_desk_picture(request: Request) -> Response:
    """Look at one picture; answer with minutes, and a reminder if one is due."""
    if not is_from_our_page(request):
        return PlainTextResponse(TOO_OLD, 403)
    content = await read_body(request, MAX_PICTURE_BYTES)
    if content is None:
        return PlainTextResponse(f"expected at most {MAX_PICTURE_BYTES // 1000} kB, got more", 413)
    if Desk.session is None:
        offer = await run_in_threadpool(answers.find_offer, load_movement(MOVEMENT), datetime.now(UTC))
        if offer.state == "closed":
            return JSONResponse(
                {"code": offer.reasons[0].code, "text": offer.reasons[0].text}, 409, headers=PRIVATE_HEADERS
            )
    try:
        seen = await Desk.look(request.query_params.get("page", "")[:_MOST_ID], content)
    except SourceError as error:
        return PlainTextResponse(str(error), 400)
    except BackendError as error:
        return PlainTextResponse(str(error), 503)
    return send_json(request, seen, PRIVATE_HEADERS)


async def end_desk(request: Request) -> Response:
    """Free the pose model: the page has stopped."""
    if not is_from_our_page(request):
        return PlainTextResponse(TOO_OLD, 403)
    if Desk.page == request.query_params.get("page", "")[:_MOST_ID]:
        await Desk.free()
    return JSONResponse({}, headers=PRIVATE_HEADERS)


ROUTES = [
    Route("/live/desk", take_desk_picture, methods=["POST"]),
    Route("/live/desk/end", end_desk, methods=["POST"]),
]
