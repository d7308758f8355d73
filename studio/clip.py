"""Clip lists in, films and sidecars out."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import av

from .camera import HEIGHT, WIDTH
from .check import annotate
from .film import FPS, Film, Image

if TYPE_CHECKING:
    from .render import Renderer

SETS = Path(__file__).with_name("sets")


def load_set(name: str, only: str = "") -> tuple[str, list[dict[str, Any]]]:
    """Return the world and the clips of a list; each clip has a seed and a name.

    Parameters
    ----------
    name : a list in `studio/sets`, or the path of a `.json` file.
    only : comma-separated parts of names; clips without any of them are left out.
    """
    path = Path(name) if name.endswith(".json") else SETS / f"{name}.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    clips = [
        {"seed": card["seed_base"] + i, "clip": f"{card['set']}_{i:02d}_{c.get('name')}", **c}
        for i, c in enumerate(card["clips"])
    ]
    return card["world"], [c for c in clips if any(part in c["clip"] for part in only.split(","))]


class Mp4Writer:
    """Writes H.264 in MP4 beside the target and moves it there when the `with` block ends well."""

    def __init__(self, path: Path, crf: int) -> None:
        self._path, self._part = path, path.with_suffix(".part.mp4")
        self._container = av.open(str(self._part), "w", options={"movflags": "+faststart"})
        options = {"crf": str(crf), "preset": "medium", "threads": "1"}
        self._stream = self._container.add_stream("libx264", rate=FPS, options=options)
        self._stream.width, self._stream.height, self._stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"

    def write(self, image: Image) -> None:
        """Append a picture, (HEIGHT, WIDTH, 3) RGB."""
        self._container.mux(self._stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._container.mux(self._stream.encode(None))
        self._container.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink(missing_ok=True)


def write_sidecar(card: dict[str, Any], path: Path) -> None:
    """Write the truth of a clip as one line of JSON."""
    path.write_text(json.dumps(card, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")


def render_clip(spec: dict[str, Any], world: str, folder: Path, *, renderer: Renderer, crf: int) -> int:
    """Write one clip and its sidecar into the folder and return the number of frames."""
    film = Film(spec, world)
    with Mp4Writer(folder / f"{spec['clip']}.mp4", crf) as writer:
        for image in film.images(renderer):
            writer.write(image)
    write_sidecar(annotate(film.sidecar()), folder / f"{spec['clip']}.json")
    return len(film.times)
