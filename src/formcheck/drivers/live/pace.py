"""Measure how many pictures a second this computer can follow, and choose settings for ten."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.core.phases.timeseries import MIN_FPS, RATE_SLACK
from formcheck.sources.pose.engine import PoseEngine

PaceName = Literal["easy", "tight", "slow"]


@dataclass(frozen=True, slots=True)
class Pace:
    """The settings of page and pose model at one rate.

    Parameters
    ----------
    least_per_s : lowest rate for this pace, pictures a second.
    side_px : the long side of the pictures that the page sends.
    mirror_every : the interval, in looks, at which a second, mirrored look is done.
    scan_factor : factor on the usual time between two searches for a second person.
    """

    name: PaceName
    least_per_s: float
    side_px: int
    mirror_every: int
    scan_factor: float


PACES = (
    Pace("easy", 13.0, side_px=640, mirror_every=12, scan_factor=1.0),
    Pace("tight", MIN_FPS, side_px=480, mirror_every=24, scan_factor=2.0),
    Pace("slow", 0.0, side_px=384, mirror_every=48, scan_factor=4.0),
)
"""The fastest first. A slower pace saves about a tenth of a look, so "easy" needs a reserve of three pictures [E]."""
_BETTER = 1.25
"""A faster pace is chosen only with this much reserve: smaller pictures make the looks themselves a little faster."""
_RATE_LOOKS, _FEWEST_LOOKS, _STRAY_LOOKS = 24, 12, 2
"""The rate is the mean of the last looks without the slowest two, and is known after twelve."""
_REST = 1.25
"""Time of a whole look, in times of its network [measured: network 13.7 ms, crop 1.7, decoding 0.65, contour 0.8; the
rest is for judging and drawing]."""


class PaceMeter:
    """Measures the looks of one session, and chooses its pace.

    Parameters
    ----------
    per_s : the rate that was measured before its first look; infinite if not measured.
    clock : in seconds.

    Attributes
    ----------
    pace : the present pace.
    per_s : the number of pictures a second that the computer can follow.
    """

    def __init__(self, per_s: float = math.inf, clock: Callable[[], float] = time.perf_counter) -> None:
        self.per_s, self.pace = per_s, choose_pace(per_s)
        self._clock = clock
        self._looks_s: deque[float] = deque(maxlen=_RATE_LOOKS)

    @contextmanager
    def look(self) -> Iterator[None]:
        """Measure the look inside the `with` block."""
        begun_s = self._clock()
        yield
        self._add(self._clock() - begun_s)

    def start_again(self, per_s: float = math.inf) -> None:
        """Forget the looks: another pose model is used now."""
        self._looks_s.clear()
        self.per_s, self.pace = per_s, choose_pace(per_s)

    @property
    def is_measured(self) -> bool:
        """Return whether the rate comes from the session's own looks at this pace."""
        return len(self._looks_s) >= _FEWEST_LOOKS

    @property
    def is_too_slow(self) -> bool:
        """Return whether the session's own looks are too rare to measure speed and bounce."""
        return self.is_measured and self.per_s < RATE_SLACK * MIN_FPS

    def _add(self, spent_s: float) -> None:
        self._looks_s.append(max(spent_s, 1e-6))
        if not self.is_measured:
            return
        usual_s = sorted(self._looks_s)[:-_STRAY_LOOKS]
        self.per_s = len(usual_s) / sum(usual_s)
        wanted, cautious = choose_pace(self.per_s), choose_pace(self.per_s / _BETTER)
        if PACES.index(wanted) > PACES.index(self.pace):
            self._change(wanted)
        elif PACES.index(cautious) < PACES.index(self.pace):
            self._change(cautious)

    def _change(self, pace: Pace) -> None:
        """Change to another pace; forget the looks at the old one."""
        self.pace = pace
        self._looks_s.clear()

    def message(self) -> dict[str, Any]:
        """Return the pace as a message to the page; an unknown rate is null."""
        per_s = round(self.per_s, 1) if math.isfinite(self.per_s) else None
        return {"class": self.pace.name, "per_s": per_s, "side_px": self.pace.side_px}


def choose_pace(per_s: float) -> Pace:
    """Return the pace for a rate in pictures a second."""
    return next(pace for pace in PACES if per_s >= pace.least_per_s)


# The rate of this computer --------------------------------------------------------------------------------------------

_WARM_UPS, _MOST_WARM_UP_S = 5, 0.4
_LEAST_S = 1e-4
"""No network is faster: a shorter time means that this engine had no network to run yet."""
_measured_rates: dict[str, float] = {}
_measuring = threading.Lock()


def measure_engine_rate(engine: PoseEngine) -> float:
    """Return the number of pictures a second that an engine can follow alone.

    It is measured once per process and pose model.
    """
    with _measuring:
        if engine.model.name not in _measured_rates:
            run_s = _time_fastest_s(engine)
            _measured_rates[engine.model.name] = 1 / (_REST * run_s) if run_s > _LEAST_S else math.inf
        return _measured_rates[engine.model.name]


def _time_fastest_s(engine: PoseEngine, clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the fastest of a few runs, s.

    Time that another program takes in between says nothing about this computer.
    """
    engine.warm_up()  # the first run also allocates memory
    fastest_s, end_s = math.inf, clock() + _MOST_WARM_UP_S
    for _ in range(_WARM_UPS):
        begun_s = clock()
        engine.warm_up()
        now_s = clock()
        fastest_s = min(fastest_s, now_s - begun_s)
        if now_s > end_s:
            break
    return fastest_s


_LARGEST_SIDE_PX = PACES[0].side_px
_REDUCED_PX = {pace.side_px for pace in PACES[1:]}


class PictureSize:
    """Keeps the pictures of one session at one size, also when the pace changes.

    Notes
    -----
    It remembers the size of the first picture. A picture of another shape comes from another camera and sets a new one.
    """

    def __init__(self) -> None:
        self._size_px = (0, 0)

    def fit(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the picture at the session's size."""
        width, height = image.shape[1], image.shape[0]
        # width and height have the same ratio, as far as whole pixels allow
        is_alike = abs(width * self._size_px[1] - height * self._size_px[0]) <= max(self._size_px)
        if not is_alike or min(self._size_px) == 0:
            longest = max(width, height)
            scale = _LARGEST_SIDE_PX / longest if longest in _REDUCED_PX else 1.0
            self._size_px = (round(scale * width), round(scale * height))
        return resize_picture(image, self._size_px)


def resize_picture(image: NDArray[np.uint8], size_px: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the picture at this size (width, height); the same object if unchanged."""
    width, height = image.shape[1], image.shape[0]
    if (width, height) == size_px:
        return image
    way = cv2.INTER_AREA if width > size_px[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size_px, interpolation=way), np.uint8)
