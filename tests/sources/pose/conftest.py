"""Estimators of coloured figures, and the real engines, opened once."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck.sources.pose import mediapipe_engine, models
from formcheck.sources.pose.engine import DirectLooks, EngineName, PoseEngine, is_installed, open_engine
from formcheck.sources.pose.subject import SubjectPose
from formcheck.sources.video import open_video

from .figures import ColourLandmarker, ColourLooks, ColourNetworks
from .packages import manifest_of_fakes


@pytest.fixture
def landmarkers(monkeypatch: pytest.MonkeyPatch) -> list[ColourLandmarker]:
    """Let MediaPipe's landmarkers see coloured figures; return those that are made."""
    made: list[ColourLandmarker] = []

    def open_landmarker(task: bytes, *, video: bool, masks: bool = True) -> ColourLandmarker:
        made.append(ColourLandmarker(video, masks))
        return made[-1]

    monkeypatch.setattr(mediapipe_engine, "open_landmarker", open_landmarker)
    return made


def _looks(*, still: bool) -> ColourLooks:
    return ColourLooks()


def _landmarker_looks(*, still: bool) -> mediapipe_engine.MediaPipeLooks:
    return mediapipe_engine.MediaPipeLooks(b"", still=still)


def _network_looks(*, still: bool) -> DirectLooks:
    networks: Any = ColourNetworks()
    return DirectLooks(networks)


_KINDS = {"looks": _looks, "landmarkers": _landmarker_looks, "networks": _network_looks}


@pytest.fixture(params=list(_KINDS))
def colour_pose(request: pytest.FixtureRequest, landmarkers: Any) -> Callable[..., SubjectPose]:
    """Return a function that makes an estimator of coloured figures: a stand-in at each of three depths."""

    def make(*, still: bool = False, **options: Any) -> SubjectPose:
        return SubjectPose(_KINDS[request.param](still=still), name="colours", sha256="0" * 64, **options)

    return make


@pytest.fixture
def looks() -> ColourLooks:
    """Return a runtime that records its calls."""
    return ColourLooks()


@pytest.fixture
def subject(looks: ColourLooks) -> SubjectPose:
    """Return an estimator with this runtime."""
    return SubjectPose(looks, name="colours", sha256="0" * 64)


@pytest.fixture(scope="session")
def engine() -> Iterator[Callable[[EngineName], PoseEngine]]:
    """Return a function that gives a true engine, opened once."""
    opened: dict[EngineName, PoseEngine] = {}

    def give(name: EngineName) -> PoseEngine:
        if not is_installed(name):
            pytest.skip(f"no {name} engine: its package is not installed")
        if name not in opened:
            opened[name] = open_engine(name)
        return opened[name]

    yield give
    for one in opened.values():
        one.close()


@pytest.fixture(scope="session")
def standing(checkout: Path) -> NDArray[np.uint8]:
    """Return a picture of one person who stands."""
    with open_video(checkout / "sample_videos" / "hinge_good.mp4") as video:
        return next(iter(video)).image


# Networks that are not fetched ----------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder for the networks; the manifest expects those of these tests."""
    path = tmp_path / "models"
    manifest = manifest_of_fakes()
    monkeypatch.setenv("FORMCHECK_MODELS", str(path))
    monkeypatch.setattr(models, "read_manifest", lambda: manifest)
    return path


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[list[str]]]:
    """Return a function that sets what pip, npm and the web give: bytes, or None where they fail."""
    run: list[list[str]] = []

    def install(*, pip: bytes | None = None, npm: bytes | None = None, web: bytes | None = None) -> list[list[str]]:
        def run_tool(command: list[str], *, cwd: Path | None = None, **_: object) -> subprocess.CompletedProcess[str]:
            run.append(command)
            if "pip" in command:
                place, content = Path(command[command.index("--dest") + 1]) / "mediapipe.whl", pip
            else:
                place, content = Path(str(cwd)) / "mediapipe-pose.tgz", npm
            if content is None:
                return subprocess.CompletedProcess(command, 1, "", "WARNING: retrying\nERROR: No matching found\n")
            place.write_bytes(content)
            return subprocess.CompletedProcess(command, 0, "", "")

        def urlopen(url: str, timeout: float) -> io.BytesIO:
            run.append([url])
            if web is None:
                raise OSError("no route")
            return io.BytesIO(web)

        run.clear()
        monkeypatch.setattr(models.subprocess, "run", run_tool)
        monkeypatch.setattr(models.shutil, "which", lambda name: None if npm is None else f"/usr/bin/{name}")
        monkeypatch.setattr(models.urllib.request, "urlopen", urlopen)
        return run

    return install
