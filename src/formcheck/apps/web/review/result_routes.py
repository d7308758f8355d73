"""Serve the files of a result to the page.

Videos are served with byte ranges, without which a browser cannot jump. A file is named by a token that only this
process can make, so that knowing a recording is not enough to fetch its result.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from formcheck.apps.web.access.guard import is_from_our_page
from formcheck.core.errors import FormCheckError
from formcheck.drivers.patients.unlocked import OPEN_PATIENTS
from formcheck.drivers.results_store import FILES, find_result

if TYPE_CHECKING:
    from starlette.requests import Request

DESK_PATH = "/review/desk"
"""Where a result is corrected; see the folder `desk`."""
FOLDER_PATH = "/review/folder"
"""Where many recordings are checked, one after the other; see the folder `many`."""
PATIENTS_PATH = "/review/patients"
"""Where a therapist keeps the folders of patients; see the folder `patients`."""
_SECRET = secrets.token_bytes(32)
_KEY_OF_TOKEN: dict[str, str] = {}
_RESULT_TYPES = {".mp4": "video/mp4", ".json": "application/json", ".parquet": "application/vnd.apache.parquet"}


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
    is_download = bool(request.query_params.get("keep"))
    if is_download:
        try:
            await run_in_threadpool(OPEN_PATIENTS.log_download, result, name, "Review")
        except FormCheckError as error:
            return PlainTextResponse(str(error), 400)
    stem = "".join(c if c.isalnum() or c in "-_" else "_" for c in result.recording.rsplit(".", 1)[0])[:60]
    return FileResponse(
        path,
        media_type=_RESULT_TYPES[path.suffix],
        filename=f"{stem}-{name}" if is_download else None,
        headers={"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"},
    )


ROUTES = [Route("/results/{token}/{name}", send_file, methods=["GET"])]
