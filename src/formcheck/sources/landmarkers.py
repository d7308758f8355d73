"""MediaPipe's pose landmarkers: loaded, kept quiet, and their memory given back."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import BackendError

from .pose_bundle import PoseBundle


@contextmanager
def hushed() -> Iterator[None]:
    """Keep the native library's start-up notes, which mean nothing to a user, from standard error."""
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (OSError, ValueError, AttributeError):  # no standard error at all, as under pythonw
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def give_back_memory() -> None:
    """Hand freed memory to the system: glibc would keep up to 150 MB of every model that was closed."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have no such thing
        if trim is not None:
            trim(0)


def load_mediapipe() -> None:
    """Import MediaPipe without the plots that it brings: half a second and 28 MB less, for a process that draws none.

    Not for a process in which another thread may be importing matplotlib at this moment.
    """
    names = [name for name in ("matplotlib", "matplotlib.pyplot") if name not in sys.modules]
    sys.modules.update({name: ModuleType(name) for name in names})
    try:
        from mediapipe.tasks.python import vision  # noqa: F401 - once imported it stays
    finally:
        for name in names:
            del sys.modules[name]


def open_landmarker(bundle: PoseBundle, *, video: bool, masks: bool = True) -> Any:
    """Return MediaPipe's pose landmarker: for a recording, or for single pictures; a fifth of a second's work.

    Raises
    ------
    BackendError
        A library is missing, or the bundle is none.
    """
    try:
        from mediapipe.tasks.python import BaseOptions, vision

        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_path=str(bundle.dense or bundle.path)),
            running_mode=vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE,
            output_segmentation_masks=masks,
        )
        return vision.PoseLandmarker.create_from_options(options)
    except (ImportError, OSError) as error:
        told = f"expected it to load, got: {error}; `formcheck doctor` names what is missing"
        raise BackendError(f"MediaPipe: {told}") from None
    except (RuntimeError, ValueError) as error:
        told = f"expected a pose landmarker bundle, got: {str(error).splitlines()[0]}"
        raise BackendError(f"{bundle.path.name}: {told}") from None


def as_picture(image: NDArray[np.uint8]) -> Any:
    """Return an RGB array (H, W, 3) as MediaPipe takes it."""
    import mediapipe as mp

    return mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(image))
