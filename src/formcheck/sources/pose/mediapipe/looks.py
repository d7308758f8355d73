"""The reference engine: pictures → people with MediaPipe's own pose landmarker.

For comparison, and for machines that have no other runtime. It needs three landmarkers for each recording, because
what they remember cannot be reset.
"""

from __future__ import annotations

import os
import threading
from contextlib import nullcontext
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import BackendError
from formcheck.core.skeleton import MIRROR
from formcheck.sources.pose.people import IN_PICTURE, Found, Silhouette, blank, paint_over
from formcheck.sources.pose.quiet import give_back_memory, suppress_native_stderr

_MIRROR_GAP_MS = 10_000
"""By its own clock the mirror's looks lie far apart: it would smooth landmarks from one to the next."""
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")
_BLOCKING = {"https_proxy": "invalid://", "no_proxy": "amazonaws.com,storage.googleapis.com,localhost,127.0.0.1"}


class MediaPipeLooks:
    """Looks at the pictures of one recording with three landmarkers: tracker, scanner for single pictures, mirror.

    Parameters
    ----------
    task : a .task file, as `build_task` makes it.
    still : the recording is a single picture.
    """

    def __init__(self, task: bytes, *, still: bool) -> None:
        NoReports.begin()
        self._models: list[Any] = []
        try:
            self._scanner = self._open(task, video=False)
            self._tracker = None if still else self._open(task, video=True)
            self._mirror = None if still else self._open(task, video=True, masks=False)
        except BaseException:
            for model in self._models:
                model.close()
            NoReports.end()
            raise
        # those that still have their first notes to print
        self._talkative = {id(model) for model in self._models}
        self._stamp_ms = self._mirror_ms = -1

    def _open(self, task: bytes, *, video: bool, masks: bool = True) -> Any:
        model = open_landmarker(task, video=video, masks=masks)
        self._models.append(model)
        return model

    def follow(self, image: NDArray[np.uint8], time_s: float) -> Found | None:
        """Return the followed person in the next picture; None where nobody is found. Times must rise."""
        if self._tracker is None:
            return self._ask(self._scanner, image)
        self._stamp_ms = max(self._stamp_ms + 1, round(time_s * 1000))
        return self._ask(self._tracker, image, self._stamp_ms)

    def search(self, image: NDArray[np.uint8], besides: Found) -> Found | None:
        """Return another person in a single picture, None where there is none."""
        return self._ask(self._scanner, paint_over(image, besides))

    def switch(self, image: NDArray[np.uint8], time_s: float, *, to: Found, besides: Found) -> Found | None:
        """Follow another person from now on; return that one in this picture, None where the switch failed.

        The tracker cannot be told where to look. Shown one person painted over, it finds the other one, and stays.
        """
        self.follow(blank(image), time_s)
        return self.follow(paint_over(image, besides), time_s)

    def mirror(self, image: NDArray[np.uint8], found: Found) -> Found | None:
        """Return the followed person as seen in the mirrored picture, left and right put back."""
        mirrored = image[:, ::-1]
        if self._mirror is None:
            seen = self._ask(self._scanner, mirrored)
        else:
            self._mirror_ms += _MIRROR_GAP_MS
            seen = self._ask(self._mirror, mirrored, self._mirror_ms)
        if seen is None:
            return None
        flip, shift = np.array([-1.0, 1.0]), np.array([image.shape[1] - 1.0, 0.0])
        return Found(
            seen.xy_px[MIRROR] * flip + shift,
            seen.xyz_m[MIRROR] * np.array([-1.0, 1.0, 1.0]),
            seen.visibility[MIRROR],
            None,
        )

    def _ask(self, model: Any, image: NDArray[np.uint8], stamp_ms: int | None = None) -> Found | None:
        picture = _as_picture(image)
        with suppress_native_stderr() if id(model) in self._talkative else nullcontext():
            result = model.detect(picture) if stamp_ms is None else model.detect_for_video(picture, stamp_ms)
        if not result.pose_landmarks:
            return None
        self._talkative.discard(id(model))
        height, width = image.shape[:2]
        marks, world, masks = result.pose_landmarks[0], result.pose_world_landmarks[0], result.segmentation_masks
        return Found(
            np.array([(m.x * width, m.y * height) for m in marks]),
            np.array([(m.x, m.y, m.z) for m in world]),
            np.array([m.visibility for m in marks]),
            # a copy: the view dies with the result
            Silhouette(np.array(masks[0].numpy_view()[..., 0]), IN_PICTURE) if masks else None,
        )

    def close(self) -> None:
        """Free the landmarkers, without their report."""
        models, self._models = self._models, []
        if models:
            for model in models:
                model.close()
            NoReports.end()
        give_back_memory()


class NoReports:
    """Keeps MediaPipe from reporting its use to its vendor, as long as a landmarker is open.

    It reports while it runs and when a landmarker is closed, and has no setting for it. The reports go out with
    libcurl, which reads its proxy from the environment: one of an unknown kind makes it give up before it looks up any
    name. When the last landmarker is closed the environment is put back. Addresses of stored recordings are exempt.

    Notes
    -----
    It remembers how many recordings are open, and the user's own proxies.
    """

    _lock = threading.Lock()
    _open = 0
    _kept: ClassVar[dict[str, str]] = {}

    @classmethod
    def begin(cls) -> None:
        """Block the reports."""
        with cls._lock:
            cls._open += 1
            if cls._open == 1:
                cls._kept = {name: os.environ.pop(name) for name in _PROXIES if name in os.environ}
                os.environ.update(_BLOCKING)

    @classmethod
    def end(cls) -> None:
        """Put the environment back if nobody needs the block any more."""
        with cls._lock:
            cls._open -= 1
            if cls._open == 0:
                for name in _BLOCKING:
                    os.environ.pop(name, None)
                os.environ.update(cls._kept)


def open_landmarker(task: bytes, *, video: bool, masks: bool = True) -> Any:
    """Return MediaPipe's pose landmarker: for a recording, or for single pictures.

    Only between `NoReports.begin` and `NoReports.end`.

    Raises
    ------
    BackendError
        A library is missing, or the networks cannot be used.
    """
    try:
        with suppress_native_stderr():
            from mediapipe.tasks.python import BaseOptions, vision

            options = vision.PoseLandmarkerOptions(
                base_options=BaseOptions(model_asset_buffer=task),
                running_mode=vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE,
                output_segmentation_masks=masks,
            )
            return vision.PoseLandmarker.create_from_options(options)
    except (ImportError, OSError) as error:
        came = f"expected it to load, got: {error}; `formcheck doctor` names what is missing"
        raise BackendError(f"MediaPipe: {came}") from None
    except (RuntimeError, ValueError) as error:
        came = f"expected networks of a pose landmarker, got: {str(error).splitlines()[0]}"
        raise BackendError(f"MediaPipe: {came}; name another file with --pose-model") from None


def _as_picture(image: NDArray[np.uint8]) -> Any:
    """Return an RGB array (H, W, 3) as MediaPipe takes it."""
    import mediapipe as mp

    return mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(image))
