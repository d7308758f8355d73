"""Serve the files of a result to the page, and guard all requests.

Videos are served with byte ranges, without which a browser cannot jump. A file is named by a token that only this
process can make, so that knowing a recording is not enough to fetch its result.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from formcheck.drivers.results_store import FILES, find_result

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SECRET = secrets.token_bytes(32)
_KEY_OF_TOKEN: dict[str, str] = {}
_RESULT_TYPES = {".mp4": "video/mp4", ".json": "application/json", ".parquet": "application/vnd.apache.parquet"}

_POLICY = (
    "default-src 'self'",
    # Streamlit starts components from blobs and compiles validators at run time.
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "frame-src 'self' blob:",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "base-uri 'self'",
)
CONTENT_POLICY = "; ".join(_POLICY)
"""With it, the browser prevents that a page loads from, or sends to, another host."""


def grant(key: str) -> str:
    """Return a new token for fetching the files of this result."""
    token = hmac.new(_SECRET, key.encode(), sha256).hexdigest()
    _KEY_OF_TOKEN[token] = key
    return token


def file_url(key: str, name: str, *, keep: bool = False) -> str:
    """Return the address of one file of a result.

    `keep` = the browser saves it instead of showing it.
    """
    return f"/results/{grant(key)}/{name}{'?keep=1' if keep else ''}"


async def send_file(request: Request) -> Response:
    """Answer with one file of a result, or with the requested part of it."""
    key = _KEY_OF_TOKEN.get(request.path_params["token"])
    name = request.path_params["name"]
    result = find_result(key) if key and name in FILES else None
    path = result.folder / name if result else None
    if not is_from_our_page(request):
        return PlainTextResponse("This file belongs to another page.", 403)
    if result is None or path is None or not path.is_file():
        return PlainTextResponse("This result is not stored here (any more). Please check the recording again.", 404)
    stem = "".join(c if c.isalnum() or c in "-_" else "_" for c in result.recording.rsplit(".", 1)[0])[:60]
    return FileResponse(
        path,
        media_type=_RESULT_TYPES[path.suffix],
        filename=f"{stem}-{name}" if request.query_params.get("keep") else None,
        headers={"Cache-Control": "private, no-cache", "Cross-Origin-Resource-Policy": "same-origin"},
    )


def is_from_our_page(request: Request) -> bool:
    """Return whether the browser says that our own page, or the address bar, asks."""
    return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}


ROUTES = [Route("/results/{token}/{name}", send_file, methods=["GET"])]


class DoorGuard:
    """Refuses requests for foreign host names, and sets what pages may load.

    A web page elsewhere can let its own name point to this machine (DNS rebinding); its requests then carry that
    name in `Host`. A numeric address cannot be made to point elsewhere.

    Parameters
    ----------
    app : the app that is protected.
    bound_host : the address the server listens on; on 127.0.0.1 only this machine's own names are accepted.
    """

    def __init__(self, app: ASGIApp, bound_host: str = "127.0.0.1") -> None:
        self.app = app
        self.bound_host = bound_host.strip("[]").lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        if not self._is_welcome(connection):
            await _send_refusal(scope, receive, send)
            return
        await self.app(scope, receive, _add_policy(send))

    def _is_welcome(self, connection: HTTPConnection) -> bool:
        host, origin = connection.headers.get("host", ""), connection.headers.get("origin")
        if not is_own_name(host, self.bound_host) or (origin is not None and urlsplit(origin).netloc != host):
            return False
        # A server other than ours may be set to listen on all addresses.
        caller = connection.client.host if connection.client else "127.0.0.1"
        return not _is_loopback(self.bound_host) or _is_loopback(caller)


def is_own_name(host: str, bound_host: str) -> bool:
    """Return whether the `Host` of a request is a name of this app.

    Examples
    --------
    >>> is_own_name("localhost:8501", "127.0.0.1"), is_own_name("evil.example:8501", "127.0.0.1")
    (True, False)
    """
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not name or parts.username is not None or parts.path or parts.query or parts.fragment:
        return False
    if name in {"localhost", bound_host}:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return not _is_loopback(bound_host) and name == socket.gethostname().lower()
    return address.is_loopback or not _is_loopback(bound_host)


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return (mapped or address).is_loopback
    except ValueError:
        return host == "localhost"


async def _send_refusal(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    await PlainTextResponse("formcheck answers only at the address it was started with.", 403)(scope, receive, send)


def _add_policy(send: Send) -> Send:
    """Return a `send` that adds the headers which forbid other hosts."""

    async def send_with_policy(message: Message) -> None:
        if message["type"] == "http.response.start":
            extra = {
                "content-security-policy": CONTENT_POLICY,
                "x-content-type-options": "nosniff",
                "referrer-policy": "no-referrer",
            }
            message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in extra.items())]
        await send(message)

    return send_with_policy
