"""The pose model of one process: found and loaded once, for one recording after the other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from typing import Any, Self

from formcheck.sources.mediapipe_pose import Choose, MediaPipePose
from formcheck.sources.pose_bundle import PoseBundle, find_pose_bundle

from .watch import Watch


class Eyes:
    """The pose model of this process, for one recording at a time.

    Others wait for their turn; meanwhile they may open their recording and decode its first pictures.

    Parameters
    ----------
    pose_model : as for `find_pose_bundle`.
    watch : told where the time goes; None = nobody asks.
    """

    def __init__(self, pose_model: str = "full", watch: Watch | None = None) -> None:
        self._pose_model, self.watch = pose_model, watch
        self._turn = threading.Lock()
        self._scanner: Any = None

    @cached_property
    def bundle(self) -> PoseBundle:
        """The pose model's file; it is checked once."""
        return find_pose_bundle(self._pose_model)

    @contextmanager
    def on(self, *, still: bool, choose: Choose, size_px: tuple[int, int]) -> Iterator[MediaPipePose]:
        """Give the model for one recording; parameters as for `MediaPipePose`."""
        with self._turn:
            model = MediaPipePose(self.bundle, still=still, choose=choose, size_px=size_px, scanner=self._scanner)
            with model:
                self._scanner = model.lend_scanner()
                yield model

    def close(self) -> None:
        """Free the model."""
        with self._turn:
            if self._scanner is not None:
                self._scanner.close()
                self._scanner = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def own_or(eyes: Eyes | None, pose_model: str) -> AbstractContextManager[Eyes]:
    """Return eyes that stay open after use, or new ones that are closed."""
    return Eyes(pose_model) if eyes is None else nullcontext(eyes)
