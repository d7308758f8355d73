"""Open a second door for the phone alone, and know the phone that is paired.

It listens with https on one address of the network, while a page asks for it. Only the camera page and the way for its
pictures are behind it. Nothing else of the app can be reached from there.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from formcheck.apps.web.access.certificates import list_own_names, prepare_own_certificate
from formcheck.apps.web.access.guard import OWN_POLICY, add_headers, write_plain_page
from formcheck.apps.web.access.listening import QuietServer, bind, configure_server, write_address
from formcheck.apps.web.access.owner import is_same_secret
from formcheck.apps.web.language import fill_page, find_language
from formcheck.apps.web.page_files import FILE_TYPES
from formcheck.core.errors import SourceError
from formcheck.drivers.live.messages import (
    LEAST_SIDE_PX,
    MAX_MESSAGE_BYTES,
    MOST_PICTURE_SIDE_PX,
    read_jpeg_size_px,
    read_picture,
)
from formcheck.languages.phrase import Phrase

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

PAIRING_S = 300.0
SILENT_S = 4.0
"""A phone that sends nothing for this long counts as away."""


class PhoneLink:
    """Knows the paired phone, and holds its newest picture."""

    def __init__(self) -> None:
        self.page: object | None = None
        """Who shows the pictures; the newest page wins."""
        self._pairing, self._pairing_ends_s = "", 0.0
        self._phone = ""
        self.number = 0
        """How many phones have been paired."""
        self._picture: bytes | None = None
        self._picture_s = -SILENT_S
        self._changed = asyncio.Event()

    # Pairing ----------------------------------------------------------------------------------------------------------

    def begin_pairing(self) -> str:
        """Return a new secret for pairing; an earlier one is no longer valid."""
        self._pairing, self._pairing_ends_s = secrets.token_urlsafe(16), time.monotonic() + PAIRING_S
        return self._pairing

    def pair(self, secret: str) -> str:
        """Return the new name of the phone; empty if the secret is not valid.

        The secret is used up, and an earlier phone is known no more.
        """
        if not self._pairing or time.monotonic() > self._pairing_ends_s or not is_same_secret(secret, self._pairing):
            return ""
        self._pairing = ""
        self._phone = secrets.token_urlsafe(24)
        self.number += 1
        self._picture, self._picture_s = None, -SILENT_S  # those of an earlier phone
        return self._phone

    def is_phone(self, name: str) -> bool:
        """Return whether this is the paired phone."""
        return bool(self._phone) and is_same_secret(name, self._phone)

    def forget(self) -> None:
        """Know no phone and no pairing any more."""
        self._pairing = self._phone = ""
        self._picture = None

    # Pictures ---------------------------------------------------------------------------------------------------------

    @property
    def is_here(self) -> bool:
        """Return whether the phone has sent something a moment ago."""
        return time.monotonic() - self._picture_s < SILENT_S

    def put(self, picture: bytes) -> None:
        """Take in a picture; one that still waits is dropped."""
        self._picture, self._picture_s = picture, time.monotonic()
        self._changed.set()

    async def next_picture(self, wait_s: float) -> bytes | None:
        """Return the newest picture once there is one; None if none came in this time."""
        try:
            async with asyncio.timeout(wait_s):
                while self._picture is None:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return None
        picture, self._picture = self._picture, None
        return picture


CAMERA_PATH = "/camera"
PAIR_PARAMETER = "pair"
FIRST_PORT = 8543
MOST_CONNECTIONS = 20
COOKIE_NAME = "formcheck-camera"
_PHONE_WEB = Path(__file__).with_name("web")
_LIVE_WEB = Path(__file__).parent.parent / "live" / "web"
CAMERA_FILES = {
    "camera_page.js": _PHONE_WEB, "camera_page.css": _PHONE_WEB, "words.js": _LIVE_WEB, "icon.svg": _LIVE_WEB,
    "camera/camera.js": _LIVE_WEB, "camera/encoder.js": _LIVE_WEB, "camera/grabber.js": _LIVE_WEB,
    "camera/picture.js": _LIVE_WEB,
}  # fmt: skip
"""Every file of the camera page -> its folder."""
_BODY_S = 10.0
OLD_CODE = (
    Phrase("Please take a new code"),
    Phrase("This code was used already, or it is too old."),
    Phrase("On your computer choose “Use your phone as the camera” and point this phone at the new code."),
)


class PhoneGuard:
    """Lets in the paired phone, and a phone that brings a valid code.

    Parameters
    ----------
    app : the camera page.
    link : knows the phone.
    host : address and port of this door.
    """

    def __init__(self, app: ASGIApp, link: PhoneLink, host: str) -> None:
        self.app, self.link, self.host = app, link, host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        send = add_headers(send, OWN_POLICY)
        answer = self._find_answer(HTTPConnection(scope))
        if answer is None:
            with suppress(ClientDisconnect):
                await self.app(scope, receive, send)
            return
        answer.headers["connection"] = "close"
        await answer(scope, receive, send)

    def _find_answer(self, connection: HTTPConnection) -> Response | None:
        origin = connection.headers.get("origin", f"https://{self.host}")
        if connection.headers.get("host") != self.host or origin != f"https://{self.host}":
            return PlainTextResponse("", HTTPStatus.FORBIDDEN)
        is_page = connection.scope["method"] == "GET" and connection.url.path == CAMERA_PATH
        code = connection.query_params.get(PAIR_PARAMETER)
        name = self.link.pair(code) if is_page and code else ""
        if name:
            answer = RedirectResponse(CAMERA_PATH, HTTPStatus.SEE_OTHER)
            answer.headers["set-cookie"] = (
                f"{COOKIE_NAME}={name}; Path={CAMERA_PATH}; HttpOnly; Secure; SameSite=Strict"
            )
            answer.headers["cache-control"] = "no-store"
            return answer
        if self.link.is_phone(connection.cookies.get(COOKIE_NAME, "")):
            return RedirectResponse(CAMERA_PATH, HTTPStatus.SEE_OTHER) if is_page and code else None
        if not is_page:
            return PlainTextResponse("", HTTPStatus.FORBIDDEN)
        return write_plain_page(find_language(connection), *OLD_CODE)


def send_camera_page(request: Request) -> Response:
    """Answer with the page that turns a phone into the camera."""
    html = (_PHONE_WEB / "camera_page.html").read_text(encoding="utf-8")
    return HTMLResponse(fill_page(html, find_language(request)), headers={"Cache-Control": "no-store"})


def send_camera_file(request: Request) -> Response:
    """Answer with one of the camera page's own files."""
    name = request.path_params["name"]
    folder = CAMERA_FILES.get(name)
    if folder is None:
        return PlainTextResponse("", HTTPStatus.NOT_FOUND)
    return FileResponse(folder / name, media_type=FILE_TYPES[Path(name).suffix], headers={"Cache-Control": "no-cache"})


async def take_picture(request: Request) -> Response:
    """Pass a picture on; answer whether a page shows it."""
    link: PhoneLink = request.app.state.link
    content = bytearray()
    try:
        async with asyncio.timeout(_BODY_S):
            async for piece in request.stream():
                content += piece
                if len(content) > MAX_MESSAGE_BYTES:
                    return PlainTextResponse("", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    except TimeoutError:
        return PlainTextResponse("", HTTPStatus.REQUEST_TIMEOUT)
    if not is_usable_jpeg(bytes(content)):
        return PlainTextResponse("", HTTPStatus.BAD_REQUEST)
    if link.page is not None:
        link.put(bytes(content))
    return JSONResponse({"watched": link.page is not None}, headers={"Cache-Control": "no-store"})


def is_usable_jpeg(message: bytes) -> bool:
    """Return whether a message holds a JPEG of a usable size.

    Only its head is read.
    """
    try:
        size_px = read_jpeg_size_px(read_picture(message).jpeg)
    except SourceError:
        return False
    return size_px is not None and min(size_px) >= LEAST_SIDE_PX and max(size_px) <= MOST_PICTURE_SIDE_PX


def build_camera_app(link: PhoneLink, host: str) -> Starlette:
    """Return what is behind the door.

    Parameters
    ----------
    host : address and port of the door.
    """
    routes = [
        Route(CAMERA_PATH, send_camera_page, methods=["GET"]),
        Route(f"{CAMERA_PATH}/web/{{name:path}}", send_camera_file, methods=["GET"]),
        Route(f"{CAMERA_PATH}/picture", take_picture, methods=["POST"]),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(PhoneGuard, link=link, host=host)])
    app.state.link = link
    return app


class PhoneDoor:
    """The listener for the phone; it is closed until a page opens it.

    Parameters
    ----------
    link : knows the phone.
    """

    def __init__(self, link: PhoneLink) -> None:
        self.link = link
        self.address, self._port = "", 0
        self._turn = asyncio.Lock()
        self._server: QuietServer | None = None
        self._serving: asyncio.Task[Any] | None = None

    async def open(self, address: str) -> str:
        """Listen on this address of the network; return the beginning of the door's address.

        Raises
        ------
        BackendError
            No port is free there, or a package is missing.
        """
        async with self._turn:
            if self._server is not None and self.address != address:
                await self._close()
            if self._server is None:
                await self._open(address)
        return write_address(address, self._port, is_https=True)

    async def _open(self, address: str) -> None:
        certificate = await asyncio.to_thread(prepare_own_certificate, [*list_own_names(), address])
        listener = bind(address, FIRST_PORT)
        self.address, self._port = address, listener.getsockname()[1]
        app = build_camera_app(self.link, f"{address}:{self._port}")
        config = configure_server(
            app, certificate, lifespan="off", limit_concurrency=MOST_CONNECTIONS, timeout_keep_alive=30,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = QuietServer(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))

    async def close(self) -> None:
        """Listen no more; the phone is forgotten."""
        async with self._turn:
            await self._close()

    async def _close(self) -> None:
        self.link.forget()
        server, serving, self._server, self._serving = self._server, self._serving, None, None
        if server is not None and serving is not None:
            server.should_exit = True
            with suppress(Exception):
                await serving
