"""Share one pose engine in a process: opened at first need, used for all recordings."""

from __future__ import annotations

import os
import threading
from typing import Any, Self

from formcheck.sources.pose.engine import EngineName, PoseEngine, choose_engine, find_runtime_version, open_engine
from formcheck.sources.pose.models import DEFAULT_MODEL
from formcheck.sources.pose.networks import count_cores
from formcheck.sources.pose.subject import Choose, SubjectPose

from .stage_times import StageTimer


class ProcessEngine:
    """The pose engine of this process.

    A saved track needs none, so it is only opened when a picture has to be analysed.

    Parameters
    ----------
    engine, pose_model, threads : as for `open_engine`.
    timer : measures the time of each stage; None = not measured.

    Notes
    -----
    It remembers the open engine. Several threads may analyse recordings at the same time.
    """

    def __init__(
        self,
        engine: str = "auto",
        pose_model: str = DEFAULT_MODEL,
        *,
        threads: int | None = None,
        timer: StageTimer | None = None,
    ) -> None:
        self.timer = timer
        self._wanted, self._pose_model, self._threads = engine, pose_model, threads
        self._opening = threading.Lock()
        self._engine: PoseEngine | None = None
        self._record: dict[str, Any] | None = None

    @property
    def name(self) -> EngineName:
        """Return the name of the engine that is, or would be, opened."""
        return choose_engine(self._wanted).name if self._engine is None else self._engine.name

    def load(self) -> PoseEngine:
        """Return the engine with its networks; open it first if necessary."""
        with self._opening:
            if self._engine is None:
                self._engine = open_engine(self._wanted, self._pose_model, threads=self._threads)
            return self._engine

    @property
    def identity(self) -> str:
        """Return what a result depends on besides the recording and the movement.

        The networks need not be loaded for it.
        """
        return f"{self._pose_model} {self.name} {find_runtime_version(self.name)}"

    def follow(
        self, *, still: bool = False, choose: Choose | None = None, size_px: tuple[int, int] | None = None
    ) -> SubjectPose:
        """Return an estimator for one recording; parameters as for `PoseEngine.follow`."""
        if self.timer is None:
            return self.load().follow(still=still, choose=choose, size_px=size_px)
        engine = self.timer.calls("pose", self.load)()
        model = self.timer.calls("pose", engine.follow)(still=still, choose=choose, size_px=size_px)
        model.estimate = self.timer.calls("pose", model.estimate)  # type: ignore[method-assign]
        return model

    def record(self) -> dict[str, Any]:
        """Return the record of pose model and engine for results."""
        engine = self.load()
        if self._record is None:  # asking for the version of a package takes longer than judging a picture
            self._record = describe_model(engine.model.name, engine.model.sha256, engine.name)
        return dict(self._record)

    def close(self) -> None:
        """Free the networks."""
        with self._opening:
            engine, self._engine, self._record = self._engine, None, None
        if engine is not None:
            engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


THREADS_SETTING = "FORMCHECK_LIVE_THREADS"
_MOST_APP_THREADS = 4


def choose_app_threads() -> int:
    """Return how many threads one look of the app uses.

    The browser on the same machine needs a core of its own, so that is one less than there are cores: at least one, at
    most four. The environment variable FORMCHECK_LIVE_THREADS sets another number. Results do not depend on it.
    """
    wanted = os.environ.get(THREADS_SETTING, "")
    return int(wanted) if wanted.isdecimal() and int(wanted) else max(1, min(_MOST_APP_THREADS, count_cores() - 1))


APP_ENGINE = ProcessEngine(threads=choose_app_threads())
"""The engine of the app: shared by live practice and review."""

LITE_ENGINE = ProcessEngine(pose_model="lite", threads=choose_app_threads())
"""A lighter engine for live practice on a slow computer; opened only if its networks are here already."""


def describe_model(name: str, sha256: str, engine: EngineName) -> dict[str, Any]:
    """Return the record of a pose model and its engine, as in `ModelRecord`."""
    return {"name": name, "sha256": sha256, "engine": engine, "runtime": find_runtime_version(engine)}
