"""Tell Streamlit's pages where their server is, so that they need not search for it.

Without this, the page of a path such as `/review` first asks for a server below that path, and the browser reports two
addresses that do not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from .access.guard import is_own_path

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BEFORE = b'<script type="module"'
_ORIGIN_SCRIPT = b"<script>window.__streamlit={BACKEND_BASE_URL:location.origin}</script>"
_LEFT_OUT = {b"accept-encoding", b"if-none-match", b"if-modified-since"}
"""The page has to come whole and uncompressed; it has two kilobytes."""


class PageOrigin:
    """Writes the origin into each page of Streamlit's.

    Parameters
    ----------
    app : the app with Streamlit's pages.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; change the answer if it is a page."""
        is_page = scope["type"] == "http" and scope["method"] == "GET" and not is_own_path(scope["path"])
        if not is_page or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        headers = [pair for pair in scope["headers"] if pair[0] not in _LEFT_OUT]
        await self.app({**scope, "headers": headers}, receive, _write_origin(send))


def _write_origin(send: Send) -> Send:
    """Return a `send` that adds the script to a page of HTML."""
    held: list[Message] = []
    page = bytearray()

    async def send_with_origin(message: Message) -> None:
        if message["type"] == "http.response.start":
            if Headers(raw=message["headers"]).get("content-type", "").startswith("text/html"):
                held.append(message)
                return
        elif held and message["type"] == "http.response.body":
            page.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            start, body = held.pop(), bytes(page).replace(_BEFORE, _ORIGIN_SCRIPT + _BEFORE, 1)
            headers = MutableHeaders(raw=list(start["headers"]))
            if "content-length" in headers:
                headers["content-length"] = str(len(body))
            await send({**start, "headers": headers.raw})
            message = {**message, "body": body}
        await send(message)

    return send_with_origin
