"""Serve the clips in which movements are done well, and a picture of each."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from formcheck.apps.guide.drawings import draw_camera, translate_drawing
from formcheck.apps.guide.page import cut_pictures, encode_jpeg
from formcheck.apps.web.language import find_language
from formcheck.core.errors import FormCheckError
from formcheck.drivers.own_movements import find_movement
from formcheck.drivers.samples import find_caught, find_demonstration
from formcheck.program.body_tests.protocol import find_test, load_test_movement

if TYPE_CHECKING:
    from starlette.requests import Request

_DEMONSTRATION_PX = 640
_PICTURE_BYTES = 60_000
_CLIP_HEADERS = {"Cache-Control": "private, no-cache", "Cross-Origin-Resource-Policy": "same-origin"}


def clip_url(movement_id: str) -> str:
    """Return the address of a movement's clip, empty if there is none."""
    return f"/demonstrations/{movement_id}.mp4" if find_demonstration(movement_id) else ""


def find_picture_url(movement_id: str) -> str:
    """Return the address of a movement's picture, empty if there is none."""
    return f"/demonstrations/{movement_id}.jpg" if find_demonstration(movement_id) else ""


def find_picture_facing(movement_id: str) -> str:
    """Return which way the person of a movement's picture faces.

    Left, right, or empty if it is not known.
    """
    clip = find_demonstration(movement_id)
    return clip.faces if clip else ""


def send_clip(request: Request) -> Response:
    """Answer with a clip, or with the requested part of it."""
    clip = find_demonstration(request.path_params["movement"])
    if clip is None:
        return _answer_missing()
    return FileResponse(clip.path, media_type="video/mp4", headers=_CLIP_HEADERS)


def send_picture(request: Request) -> Response:
    """Answer with the picture of a clip.

    It is not a coroutine, so that decoding does not delay other requests.
    """
    clip = find_demonstration(request.path_params["movement"])
    jpeg = cut_picture(clip.path, clip.path.stat().st_mtime_ns, clip.shown_s) if clip else b""
    return Response(jpeg, media_type="image/jpeg", headers=_CLIP_HEADERS) if jpeg else _answer_missing()


@lru_cache(maxsize=100)
def cut_picture(path: Path, changed_ns: int, time_s: float) -> bytes:
    """Return a JPEG of one moment of a clip, empty if unreadable.

    It is cached under the time of the clip's last change.
    """
    del changed_ns
    try:
        pictures = cut_pictures(path, [time_s], side_px=_DEMONSTRATION_PX)
    except FormCheckError:
        return b""
    return encode_jpeg(pictures[0], most_bytes=_PICTURE_BYTES)


def describe_caught() -> dict[str, str] | None:
    """Return movement and address of the clip of a corrected fault, None without one."""
    clip = find_caught()
    return {"movement": clip.movement, "url": "/demonstrations/caught/clip.mp4"} if clip else None


def send_caught(_request: Request) -> Response:
    """Answer with the clip of a fault and its correction."""
    clip = find_caught()
    return FileResponse(clip.path, media_type="video/mp4", headers=_CLIP_HEADERS) if clip else _answer_missing()


def drawing_url(movement_id: str) -> str:
    """Return the address of the drawing that shows where the camera goes."""
    return f"/demonstrations/{movement_id}.svg"


def send_drawing(request: Request) -> Response:
    """Answer with the drawing of the camera's place and height."""
    name = request.path_params["movement"]
    test = find_test(name)
    movement = find_movement(name) if test is None else load_test_movement(test)
    if movement is None:
        return _answer_missing()
    drawing = translate_drawing(draw_camera(movement), find_language(request))
    return Response(drawing, media_type="image/svg+xml", headers=_CLIP_HEADERS)


def _answer_missing() -> Response:
    return PlainTextResponse("There is no clip of this movement here.", 404)


ROUTES = [
    Route("/demonstrations/{movement}.mp4", send_clip, methods=["GET"]),
    Route("/demonstrations/{movement}.jpg", send_picture, methods=["GET"]),
    Route("/demonstrations/caught/clip.mp4", send_caught, methods=["GET"]),
    Route("/demonstrations/{movement}.svg", send_drawing, methods=["GET"]),
]
