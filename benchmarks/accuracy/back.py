"""How well the back's estimates separate rounded, neutral and hollow, and how steady they are."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .setting import Setting

Series = NDArray[np.float64]

ROUNDED_DEG, NEUTRAL_DEG, HOLLOW_DEG = 30.0, 10.0, -15.0
"""Extra flexion of the whole spine: rounded from here, neutral within, hollow down to here."""
MOST_YAW_DEG = 30.0
OWN_NEUTRAL, NO_NEUTRAL = "back_bend_deg", "back_bend_no_neutral_deg"


@dataclass(frozen=True, slots=True, eq=False)
class BackCourse:
    """The back of one clip, frame by frame.

    Parameters
    ----------
    posture : posture of the movement.
    yaw_deg : true camera yaw.
    against_start_deg : true flexion against the clip's own start; NaN where it is not known.
    against_rest_deg : true flexion against relaxed standing.
    said : estimate -> its values; NaN where it was unknown.
    """

    posture: str
    yaw_deg: float
    against_start_deg: Series
    against_rest_deg: Series
    said: Mapping[str, Series] = field(default_factory=dict)

    def truth_of(self, estimate: str) -> Series:
        """Return what an estimate is compared with: without the neutral, that is relaxed standing."""
        return self.against_start_deg if estimate == OWN_NEUTRAL else self.against_rest_deg


def back_course(truth: Mapping[str, Any], setting: Setting, frames: pd.DataFrame) -> BackCourse | None:
    """Return the true and the estimated back of a clip; None where the truth has no spine."""
    flexion, start_deg = flexion_deg(truth)
    if flexion is None:
        return None
    when_s = frames["time_s"].to_numpy(float)
    rest = np.interp(when_s, np.asarray(truth["frames"]["time_s"], float), flexion)
    said = {name: frames[name].to_numpy(float) for name in (OWN_NEUTRAL, NO_NEUTRAL) if name in frames}
    (posture,) = setting.groups.get("posture", ("",))
    return BackCourse(posture, setting.yaw_deg, rest - start_deg, rest, said)


def flexion_deg(truth: Mapping[str, Any]) -> tuple[Series | None, float]:
    """Return the true flexion of the whole spine, deg, and that of the clip's start; None where there is no spine."""
    spine = truth["frames"].get("spine")
    if not spine:
        return None, math.nan
    parts = (spine["lumbar_flexion_deg"], spine["thoracic_flexion_deg"])
    whole: Series = np.sum([[math.nan if v is None else v for v in part] for part in parts], axis=0)
    start = whole[np.array([phase == "setup" for phase in truth["frames"].get("phase", [])], bool)]
    return whole, float(np.nanmedian(start)) if np.isfinite(start).any() else math.nan


# Keeping apart --------------------------------------------------------------------------------------------------------


def auc(positive: Series, negative: Series) -> float:
    """Return how often a value of `positive` is above one of `negative`; a tie counts half.

    Examples
    --------
    >>> auc(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    0.875
    """
    if not len(positive) or not len(negative):
        return math.nan
    order = np.sort(negative)
    below, up_to = np.searchsorted(order, positive, "left"), np.searchsorted(order, positive, "right")
    return float(np.mean((below + up_to) / 2) / len(negative))


def separation(courses: Sequence[BackCourse]) -> dict[str, dict[str, Any]]:
    """Return how well each estimate keeps rounded and hollow backs from neutral ones, with yaw below `MOST_YAW_DEG`."""
    near = [course for course in courses if course.yaw_deg < MOST_YAW_DEG]
    return {estimate: _separation(near, estimate) for estimate in (OWN_NEUTRAL, NO_NEUTRAL)}


def _separation(courses: Sequence[BackCourse], estimate: str) -> dict[str, Any]:
    rounded, neutral, hollow = ([part[i] for part in _parts(courses, estimate)] for i in range(3))
    flat = _joined(neutral)
    return {
        "rounded_auc": auc(_joined(rounded), flat),
        "hollow_auc": auc(-_joined(hollow), -flat),
        **{f"{name}_frames": len(_joined(parts)) for name, parts in _named(rounded, neutral, hollow)},
        **{f"{name}_clips": sum(len(part) > 0 for part in parts) for name, parts in _named(rounded, neutral, hollow)},
    }


def _named(rounded: list[Series], neutral: list[Series], hollow: list[Series]) -> Iterator[tuple[str, list[Series]]]:
    yield from (("rounded", rounded), ("neutral", neutral), ("hollow", hollow))


def _parts(courses: Sequence[BackCourse], estimate: str) -> list[tuple[Series, Series, Series]]:
    """Return what was said of each clip while its back was rounded, neutral and hollow."""
    found = []
    for course in courses:
        known = np.isfinite(course.said[estimate]) if estimate in course.said else np.zeros(0, bool)
        if known.any():
            said, true = course.said[estimate][known], course.truth_of(estimate)[known]
            found.append((said[true >= ROUNDED_DEG], said[np.abs(true) <= NEUTRAL_DEG], said[true <= HOLLOW_DEG]))
    return found


def _joined(parts: Sequence[Series]) -> Series:
    return np.concatenate([np.empty(0), *parts])


def separation_by_posture(courses: Sequence[BackCourse]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the same for each posture, sorted by its name."""
    postures = sorted({course.posture for course in courses})
    return {posture: separation([c for c in courses if c.posture == posture]) for posture in postures}


# Steadiness -----------------------------------------------------------------------------------------------------------


def tremble(courses: Sequence[Series]) -> float:
    """Return the robust standard deviation of the noise of single frames, from the second differences of courses."""
    bends = np.abs(np.concatenate([np.diff(course, 2) for course in courses])) if courses else np.empty(0)
    known = bends[np.isfinite(bends)]
    return float(1.4826 * np.median(known) / math.sqrt(6)) if len(known) else math.nan
