"""Send the scripts, styles and marks of a page that is our own, not Streamlit's."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import FileResponse, PlainTextResponse, Response

FILE_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
PRIVATE_HEADERS = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}
"""For answers that hold what a person said or did."""
_PAGE_FILE_HEADERS = {**PRIVATE_HEADERS, "Cache-Control": "no-cache"}


def send_page_file(folder: Path, name: str) -> Response:
    """Answer with a file that lies in this folder itself, or that there is none."""
    path = folder / name
    if path.parent != folder or path.suffix not in FILE_TYPES or not path.is_file():
        return PlainTextResponse("There is no such file.", 404)
    return FileResponse(path, media_type=FILE_TYPES[path.suffix], headers=_PAGE_FILE_HEADERS)
