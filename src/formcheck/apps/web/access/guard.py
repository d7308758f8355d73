"""Let only the owner in, and set what pages may load.

Every request and every socket passes here first, those of Streamlit included, so that no route can be forgotten.
"""

from __future__ import annotations

import ipaddress
import socket
from base64 import b64encode
from contextlib import suppress
from functools import cache
from hashlib import sha256
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from formcheck.apps.web.language import find_language, name_markup_language
from formcheck.languages.phrase import Phrase
from formcheck.languages.translate import translate

from .owner import KEY_PARAMETER, OwnerKey, is_other_user

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from formcheck.languages.translate import Language

OWN_PATHS = ("/practise", "/live", "/pose", "/results", "/demonstrations", "/review/upload", "/review/desk")
"""What we serve ourselves; everything else is Streamlit's."""

_BOTH = (
    "default-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' data: blob:",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "base-uri 'self'",
)
_STREAMLIT = (
    # Streamlit starts components from blobs, compiles validators at run time and writes styles into its pages.
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self' data:",
    "connect-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "frame-src 'self' blob:",
)
OWN_POLICY = "; ".join(_BOTH)
STREAMLIT_POLICY = "; ".join((*_BOTH, *_STREAMLIT))
"""Both prevent that a page loads from, or sends to, another host. Ours also forbids scripts within the page."""

_REFUSAL_STYLE = (
    "body{margin:0;padding:1.5rem;font:1.15rem/1.5 system-ui,sans-serif;background:#fbf9f5;color:#23211d}"
    "main{max-width:40rem;margin:5vh auto 0}h1{font-size:1.7rem;line-height:1.25;margin:0 0 1rem}"
    ".brand{display:flex;gap:.5rem;align-items:center;margin:0 0 2rem;font-weight:700}svg{width:1.9rem;height:1.9rem}"
    "@media(prefers-color-scheme:dark){body{background:#171614;color:#efebe4}}"
)
_REFUSAL_PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title} · formcheck</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light dark">'
    f"<style>{_REFUSAL_STYLE}</style></head><body><main>"
    '<p class="brand">{mark}formcheck</p>{body}</main></body></html>'
)
_MARK_FILE = Path(__file__).parent.parent / "icon.svg"
_REFUSAL_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_REFUSAL_STYLE.encode()).digest()).decode()}'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
_FORWARDED = {"forwarded", "x-forwarded-for"}
"""Headers in which anyone can write where a request comes from."""
NOT_OPEN = "This page is not open any more. Open formcheck again: start it, or use the address in its window."
WRONG_NAME = "formcheck answers only under the name it was started with."


class DoorGuard:
    """Refuses everyone but the owner, and requests under foreign host names.

    It also sets what pages may load.

    A web page elsewhere can let its own name point to this machine (DNS rebinding); its requests then carry that
    name in `Host`. A numeric address cannot be made to point elsewhere.

    Parameters
    ----------
    app : the app that is protected.
    owner : who may come in.
    bound_host : the address the server listens on; on 127.0.0.1 only this machine's own names are accepted.
    """

    def __init__(self, app: ASGIApp, owner: OwnerKey, bound_host: str = "127.0.0.1") -> None:
        self.app, self.owner = app, owner
        self.bound_host = bound_host.strip("[]").lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        answer = self._find_refusal(HTTPConnection(scope))
        if answer is not None:
            await _refuse(answer, scope, receive, send)
            return
        with suppress(ClientDisconnect):  # the browser went away while it was sending; no one waits for an answer
            await self.app(scope, receive, add_headers(send, choose_policy(scope["path"])))

    def _find_refusal(self, connection: HTTPConnection) -> Response | None:
        """Return the answer for a request that goes no further; None if the owner asks."""
        if not self._is_welcome(connection):
            return PlainTextResponse(WRONG_NAME, HTTPStatus.FORBIDDEN)
        if not is_asked_by_us(connection):
            return PlainTextResponse(OTHER_PAGE, HTTPStatus.FORBIDDEN)
        is_page = connection.scope.get("method") == "GET"
        key = connection.query_params.get(KEY_PARAMETER) if is_page else None
        is_owner = self.owner.is_owner(connection.cookies)
        # Asked first: a ticket is used up also by who is in already, as the browser keeps the address.
        if key is not None and (self._is_opened(connection, key) or is_owner):
            return self._let_in(connection)
        if is_owner:
            return None
        if not is_page or "text/html" not in connection.headers.get("accept", ""):
            return PlainTextResponse(NOT_OPEN, HTTPStatus.FORBIDDEN)
        if connection.url.hostname == "localhost" and self.bound_host == "127.0.0.1":
            # A browser keeps cookies by name: the owner may be known under the other name of this machine.
            return RedirectResponse(str(connection.url.replace(hostname="127.0.0.1")), HTTPStatus.TEMPORARY_REDIRECT)
        return write_refusal_page(find_language(connection), is_used_up=key is not None)

    def _is_opened(self, connection: HTTPConnection, key: str) -> bool:
        """Return whether a key opens the app.

        Another user of this machine may have read a ticket from the command line of the owner's browser.
        """
        if _FORWARDED & set(connection.headers):
            return False  # a server other than ours believes these, so the caller is not known
        caller = connection.scope.get("client")
        if is_other_user(tuple(caller) if caller else None, connection.scope.get("server")):
            return False
        return self.owner.is_opened_by(key)

    def _let_in(self, connection: HTTPConnection) -> Response:
        """Give the cookie, and the same address without the key."""
        kept = [pair for pair in parse_qsl(connection.url.query, keep_blank_values=True) if pair[0] != KEY_PARAMETER]
        # One slash alone: an address that begins with two would lead to another host.
        path = quote("/" + connection.url.path.lstrip("/\\"), safe="/")
        answer = RedirectResponse(path + (f"?{urlencode(kept)}" if kept else ""), HTTPStatus.SEE_OTHER)
        is_https = connection.url.scheme in {"https", "wss"}
        answer.headers["set-cookie"] = self.owner.write_cookie(is_https=is_https)
        answer.headers["cache-control"] = "no-store"
        return answer

    def _is_welcome(self, connection: HTTPConnection) -> bool:
        host, origin = connection.headers.get("host", ""), connection.headers.get("origin")
        if not is_own_name(host, self.bound_host) or (origin is not None and read_origin_host(origin) != host):
            return False
        # A server other than ours may be set to listen on all addresses.
        caller = connection.client.host if connection.client else "127.0.0.1"
        return not is_loopback(self.bound_host) or is_loopback(caller)


OTHER_PAGE = "This belongs to another page."
"""The answer to a page of another site."""


def is_asked_by_us(connection: HTTPConnection) -> bool:
    """Return whether our own page asks, or a person opens a page.

    A page of another port of this machine is of the same site: the browser sends our cookie along, and names no origin
    where it loads a picture or a script.
    """
    if is_from_our_page(connection):
        return True
    is_opened = (connection.headers.get("sec-fetch-mode"), connection.headers.get("sec-fetch-dest"))
    return connection.scope.get("method") == "GET" and is_opened == ("navigate", "document")


def is_from_our_page(request: HTTPConnection) -> bool:
    """Return whether the browser says that our own page, or the address bar, asks."""
    return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}


async def read_body(request: Request, most_bytes: int) -> bytes | None:
    """Return the body of a request, None if it is too large.

    No more than the limit is ever in memory.
    """
    content = b""
    async for piece in request.stream():
        content += piece
        if len(content) > most_bytes:
            return None
    return content


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
        return not is_loopback(bound_host) and name == socket.gethostname().lower()
    return address.is_loopback or not is_loopback(bound_host)


def read_origin_host(origin: str) -> str:
    """Return the host and port of an `Origin`; empty if it is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Return whether an address is one by which a machine reaches only itself."""
    try:
        address = ipaddress.ip_address(host)
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return (mapped or address).is_loopback
    except ValueError:
        return host == "localhost"


def choose_policy(path: str) -> str:
    """Return the content policy of an address.

    Examples
    --------
    >>> "unsafe" in choose_policy("/practise"), "unsafe" in choose_policy("/review")
    (False, True)
    """
    return OWN_POLICY if is_own_path(path) else STREAMLIT_POLICY


def is_own_path(path: str) -> bool:
    """Return whether we serve an address ourselves; the others are Streamlit's."""
    return any(path == one or path.startswith(f"{one}/") for one in OWN_PATHS)


def write_refusal_page(language: Language, *, is_used_up: bool = False) -> Response:
    """Return the page that says in plain words how to open the app again."""
    return write_plain_page(
        language,
        Phrase("Please open formcheck again"),
        Phrase("This address has been used already, or it is too old.")
        if is_used_up
        else Phrase(
            "formcheck opens only for the person who started it on this computer, and it does not know this browser."
        ),
        Phrase(
            "If that is you: use the address in the window in which formcheck was started. Or start it again with "
            "“python3 run.py”; it opens the right page by itself."
        ),
        Phrase("Nothing is lost."),
    )


def write_plain_page(language: Language, title: Phrase, *lines: Phrase) -> Response:
    """Return a page of words alone, for a person who is not let in."""
    heading, *said = (escape(translate(one, language)) for one in (title, *lines))
    body = f"<h1>{heading}</h1>" + "".join(f"<p>{one}</p>" for one in said)
    marks = {"language": name_markup_language(language), "title": heading, "mark": _read_mark(), "body": body}
    page = _REFUSAL_PAGE
    for mark, text in marks.items():
        page = page.replace(f"{{{mark}}}", text)
    headers = {"Content-Security-Policy": _REFUSAL_POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(page, HTTPStatus.FORBIDDEN, headers=headers)


@cache
def _read_mark() -> str:
    return _MARK_FILE.read_text("utf-8").strip().replace("<svg ", '<svg aria-hidden="true" ', 1)


async def _refuse(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    if answer.status_code == HTTPStatus.FORBIDDEN:
        answer.headers["connection"] = "close"  # what a stranger still wants to send is not read
    await answer(scope, receive, add_headers(send, OWN_POLICY))


def add_headers(send: Send, policy: str) -> Send:
    """Return a `send` that adds the headers that keep other hosts out."""

    async def send_with_policy(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            headers.setdefault("content-security-policy", policy)
            headers.setdefault("cache-control", "no-store")
            headers.update(_ALWAYS)
            message["headers"] = headers.raw
        await send(message)

    return send_with_policy
