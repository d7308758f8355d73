"""Choose and open the engine that runs the pose networks: direct, openvino or mediapipe."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from formcheck.core.errors import BackendError

from .landmarks import CROP_SIZE_PX
from .models import DEFAULT_MODEL, PoseModel, find_models_dir, find_pose_model
from .networks import LiteRtRuntime, OpenVinoRuntime, PoseNetworks, Runtime, give_back_memory
from .people import Found, paint_over
from .subject import Choose, SubjectPose
from .tracker import Tracker, choose_region


class DirectLooks:
    """Analyses the pictures of one recording; all recordings share the networks.

    Parameters
    ----------
    networks : of this process.
    """

    def __init__(self, networks: PoseNetworks) -> None:
        self._tracker = Tracker(networks)

    def follow(self, image: NDArray[np.uint8], time_s: float, *, mask: bool = True) -> Found | None:
        """Return the followed person in the next picture, or None. Times must rise."""
        return self._tracker.look(image, time_s, mask=mask)

    def search(self, image: NDArray[np.uint8], besides: Found) -> Found | None:
        """Return another person in a single picture, or None."""
        region = choose_region(self._tracker.detect(paint_over(image, besides)))
        return None if region is None else self._tracker.look_at(image, region)

    def switch(self, image: NDArray[np.uint8], time_s: float, *, to: Found, besides: Found) -> Found | None:
        """Follow another person from now on.

        Return that person in this picture, or None if the switch failed.
        """
        self._tracker.follow(to)
        return to

    def mirror(self, image: NDArray[np.uint8], found: Found) -> Found | None:
        """Return the followed person as seen in the mirrored picture.

        Left and right are exchanged back.
        """
        return self._tracker.look_in_mirror()

    def close(self) -> None:
        """Do nothing: this engine holds nothing per recording."""


EngineName = Literal["direct", "openvino", "mediapipe"]
ENGINES: tuple[EngineName, ...] = ("direct", "openvino", "mediapipe")
_ENGINE_PACKAGES: dict[EngineName, tuple[str, str, str]] = {
    "direct": ("ai_edge_litert", "ai-edge-litert", "LiteRT"),
    "openvino": ("openvino", "openvino", "OpenVINO"),
    "mediapipe": ("mediapipe", "mediapipe", "MediaPipe"),
}
"""Engine -> module, package, name of the runtime."""
LONG_WORK_RECORDINGS = 10
"""A batch of so many recordings gains more by the fastest engine than its start costs."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The engine that is used, and the reason.

    Parameters
    ----------
    name : the engine.
    why : the reason in a few words, for people.
    """

    name: EngineName
    why: str


class PoseEngine(Protocol):
    """The pose networks of one process; every recording has its own estimator."""

    name: EngineName
    model: PoseModel

    def follow(
        self, *, still: bool = False, choose: Choose | None = None, size_px: tuple[int, int] | None = None
    ) -> SubjectPose:
        """Return an estimator for one recording; parameters as for `SubjectPose`.

        Parameters
        ----------
        still : the recording is a single picture.
        """
        ...

    def warm_up(self) -> None:
        """Run the landmark network once on a grey crop.

        This shows how long a look takes.
        """
        ...

    def close(self) -> None:
        """Free the networks."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class _Engine:
    """The common part of both kinds of engines."""

    def __init__(self, name: EngineName, model: PoseModel) -> None:
        self.name, self.model = name, model

    def warm_up(self) -> None:
        """Do nothing: MediaPipe has no networks before a recording begins."""

    def close(self) -> None:
        """Free the networks."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class DirectEngine(_Engine):
    """Our own tracker around networks that one process compiles once.

    Parameters
    ----------
    name : direct or openvino.
    networks : shared by all recordings, also by simultaneous ones.
    """

    def __init__(self, name: EngineName, networks: PoseNetworks) -> None:
        super().__init__(name, networks.model)
        self._networks = networks

    def follow(
        self, *, still: bool = False, choose: Choose | None = None, size_px: tuple[int, int] | None = None
    ) -> SubjectPose:
        """Return an estimator for one recording.

        A single picture needs no other treatment.
        """
        looks = DirectLooks(self._networks)
        return SubjectPose(looks, name=self.model.name, sha256=self.model.sha256, choose=choose, size_px=size_px)

    def warm_up(self) -> None:
        """Run the landmark network once on a grey crop.

        This shows how long a look takes.
        """
        self._networks.find_landmarks(np.full((1, CROP_SIZE_PX, CROP_SIZE_PX, 3), 0.5, np.float32), mask=True)

    def close(self) -> None:
        """Free the networks."""
        del self._networks
        give_back_memory()


class MediaPipeEngine(_Engine):
    """MediaPipe's own tracker: the reference.

    Parameters
    ----------
    model : the networks.
    """

    def __init__(self, model: PoseModel) -> None:
        super().__init__("mediapipe", model)
        from .mediapipe_engine import build_task

        self._task = build_task(model)

    def follow(
        self, *, still: bool = False, choose: Choose | None = None, size_px: tuple[int, int] | None = None
    ) -> SubjectPose:
        """Return an estimator for one recording.

        It loads three landmarkers, a fifth of a second each.
        """
        from .mediapipe_engine import MediaPipeLooks

        looks = MediaPipeLooks(self._task, still=still)
        return SubjectPose(looks, name=self.model.name, sha256=self.model.sha256, choose=choose, size_px=size_px)


def open_engine(
    engine: str = "auto", pose_model: str | Path = DEFAULT_MODEL, *, threads: int | None = None
) -> PoseEngine:
    """Return an engine with its networks loaded.

    Parameters
    ----------
    engine : direct, openvino, mediapipe, or auto: the best that is installed for a single recording.
    pose_model : as for `find_pose_model`.
    threads : how many threads one look uses; None = the cores of this process, at most four.

    Raises
    ------
    BackendError
        The engine is not installed, or the model cannot be found or used.
    """
    name = choose_engine(engine).name
    model = find_pose_model(pose_model)
    if name == "mediapipe":
        return MediaPipeEngine(model)
    runtime: Runtime = LiteRtRuntime() if name == "direct" else OpenVinoRuntime(_find_compiled_networks())
    return DirectEngine(name, PoseNetworks(model, runtime, threads=threads))


def choose_engine(engine: str = "auto", *, long_work: bool = False) -> EngineChoice:
    """Return which engine is used on this machine, and why.

    Parameters
    ----------
    engine : an engine's name, which is then used, or auto.
    long_work : thousands of frames wait, so a fast engine may take seconds to start.

    Raises
    ------
    BackendError
        There is no such engine, or none is installed.
    """
    if engine != "auto":
        if engine not in ENGINES:
            raise BackendError(f"engine: expected auto, {', '.join(ENGINES)}, got {engine!r}; see `formcheck doctor`")
        name = next(one for one in ENGINES if one == engine)
        if not is_installed(name):
            package = _ENGINE_PACKAGES[name][1]
            raise BackendError(
                f"engine {name}: expected the package {package}, got none; install it with `pip install {package}`"
            )
        return EngineChoice(name, "you chose it")
    if long_work and is_installed("openvino"):
        return EngineChoice("openvino", "the fastest for long runs")
    for name in ENGINES:
        if is_installed(name):
            return EngineChoice(name, _WHY[name])
    raise BackendError("engine: expected LiteRT, OpenVINO or MediaPipe, got none; `formcheck doctor` shows what to do")


_WHY: dict[EngineName, str] = {
    "direct": "fast, small, and nothing leaves this machine",
    "openvino": "LiteRT has no package for this machine",
    "mediapipe": "neither LiteRT nor OpenVINO has a package for this machine",
}


def is_installed(engine: EngineName) -> bool:
    """Return whether the engine's package is installed; nothing is loaded."""
    return importlib.util.find_spec(_ENGINE_PACKAGES[engine][0]) is not None


def find_runtime_version(engine: EngineName) -> str:
    """Return an engine's runtime and its version, for results: "LiteRT 2.3.0"."""
    _, package, name = _ENGINE_PACKAGES[engine]
    try:
        return f"{name} {version(package)}"
    except PackageNotFoundError:
        return name


def _find_compiled_networks() -> Path | None:
    """Return the folder in which OpenVINO keeps compiled networks.

    None if it cannot be written.
    """
    folder = find_models_dir() / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder
