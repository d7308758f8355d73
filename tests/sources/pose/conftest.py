"""Estimators of coloured figures, and the true engines, opened once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck.sources.pose.direct import DirectLooks
from formcheck.sources.pose.engine import EngineName, PoseEngine, is_installed, open_engine
from formcheck.sources.pose.mediapipe import looks as mediapipe_looks
from formcheck.sources.pose.subject import SubjectPose
from formcheck.sources.video import open_video

from .figures import ColourLandmarker, ColourLooks, ColourNetworks


@pytest.fixture
def landmarkers(monkeypatch: pytest.MonkeyPatch) -> list[ColourLandmarker]:
    """Let MediaPipe's landmarkers see coloured figures; return those that are made."""
    made: list[ColourLandmarker] = []

    def open_landmarker(task: bytes, *, video: bool, masks: bool = True) -> ColourLandmarker:
        made.append(ColourLandmarker(video, masks))
        return made[-1]

    monkeypatch.setattr(mediapipe_looks, "open_landmarker", open_landmarker)
    return made


def _looks(*, still: bool) -> ColourLooks:
    return ColourLooks()


def _landmarker_looks(*, still: bool) -> mediapipe_looks.MediaPipeLooks:
    return mediapipe_looks.MediaPipeLooks(b"", still=still)


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
