"""Send the scripts, styles and marks of a page that is our own, not Streamlit's."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import FileResponse, PlainTextResponse, Response

_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_HEADERS = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "same-origin"}


def send_page_file(folder: Path, name: str) -> Response:
    """Answer with a file that lies in this folder itself, or that there is none."""
    path = folder / name
    if path.parent != folder or path.suffix not in _TYPES or not path.is_file():
        return PlainTextResponse("There is no such file.", 404)
    return FileResponse(path, media_type=_TYPES[path.suffix], headers=_HEADERS)
