"""Hide faces in pictures and films that leave the machine."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import SourceError
from formcheck.drivers.atomic_files import require_no_link
from formcheck.drivers.recording.guarded_video import GuardedVideo
from formcheck.program.therapist.faces import FaceCircle, FaceFinder, Hidden
from formcheck.sinks.video_writer import MAX_VIDEO_SIDE_PX, VideoWriter
from formcheck.sources.pose_track import open_track

PictureArray = NDArray[np.uint8]
_CELLS = 4
"""A hidden place keeps only as many colours in each direction."""
OTHERS = "Other people in the picture are not found, and their faces stay."


class FaceHider:
    """Hides the face of the followed person in pictures of one result.

    Parameters
    ----------
    result : folder of a check, with its poses.

    Attributes
    ----------
    counts : in how many pictures a face was hidden in which way.
    """

    def __init__(self, result: Path) -> None:
        source = result / "poses.parquet"
        if not source.is_file():
            came = "none; check it again with --out"
            raise SourceError(f"expected the poses of the recording to hide faces, got {came}", about=result.name)
        require_no_link(result, source)
        track = open_track(source)
        self._width_px = int(track.header["source"]["width"])
        self._finder = FaceFinder(list(track), int(track.header["source"]["height"]))
        self.counts: Counter[Hidden] = Counter()

    def hide(self, picture: PictureArray, time_s: float) -> PictureArray:
        """Return a picture (H, W, 3) without the face.

        Its size may differ from that of the recording.
        """
        how, circle = self._finder.find(time_s)
        self.counts[how] += 1
        if circle is None:
            return _coarsen(picture)
        scale = picture.shape[1] / self._width_px
        return _hide_circle(picture, FaceCircle(*(part * scale for part in circle)))

    def describe(self) -> str:
        """Return in one line what was hidden, and what this cannot do."""
        said = ((Hidden.FACE, "face hidden"), (Hidden.LAST_PLACE, "last place of the face hidden"),
                (Hidden.WHOLE, "whole picture hidden, no face was found"))  # fmt: skip
        parts = [f"{self.counts[how]} × {words}" for how, words in said if self.counts[how]]
        return f"{', '.join(parts) or 'no picture'}. {OTHERS}"


def write_hidden_film(result: Path, target: Path) -> FaceHider:
    """Write the annotated film of a result with hidden faces; return what hid them."""
    film = result / "annotated.mp4"
    if not film.is_file():
        raise SourceError("expected an annotated film, got none; check it again with --annotate", about=result.name)
    require_no_link(result, film)
    hider = FaceHider(result)
    with GuardedVideo(film, max_side_px=MAX_VIDEO_SIDE_PX) as frames:
        first = next(iter(frames), None)
        if first is None:
            raise SourceError("expected a film, got one without pictures; check the recording again", about=film.name)
        height, width = first.image.shape[:2]
        with VideoWriter(target, fps=30.0, size_px=(width, height)) as writer:
            writer.write(hider.hide(first.image, first.time_s), first.time_s)
            for frame in frames:
                writer.write(hider.hide(frame.image, frame.time_s), frame.time_s)
    return hider


def _coarsen(picture: PictureArray) -> PictureArray:
    """Return a picture with so few colours that nobody can be recognised."""
    import cv2

    height, width = picture.shape[:2]
    small = cv2.resize(picture, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _hide_circle(picture: PictureArray, circle: FaceCircle) -> PictureArray:
    height, width = picture.shape[:2]
    left, right = (int(np.clip(circle.x_px + k * circle.radius_px, 0, width)) for k in (-1, 1))
    top, bottom = (int(np.clip(circle.y_px + k * circle.radius_px, 0, height)) for k in (-1, 1))
    hidden = picture.copy()
    if right <= left or bottom <= top:
        return hidden
    rows, columns = np.mgrid[top:bottom, left:right]
    inside = np.hypot(columns + 0.5 - circle.x_px, rows + 0.5 - circle.y_px) <= circle.radius_px
    part = hidden[top:bottom, left:right]
    hidden[top:bottom, left:right] = np.where(inside[..., None], _coarsen(part), part)
    return hidden
