"""One rendered clip compared with its truth: errors, faults found, and false alarms.

The definitions are those the benchmark has used from the start, so that numbers of different versions compare.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .back import flexion_deg
from .faults import Faults, compare_faults
from .setting import Setting, setting_of
from .view import Blind, Yaw, compare_blind, compare_yaw

Series = NDArray[np.float64]

WITHOUT_HOLDS = frozenset({
    "cat_cow", "glute_bridge", "bird_dog", "partial_crunch", "pelvic_tilt_supine", "warmup_march", "desk_posture",
})  # fmt: skip
"""Movements judged by their repetitions."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One measurement of one clip against the truth.

    Parameters
    ----------
    frames : frames compared.
    mae, bias, p95 : of the error; NaN where no frame was.
    inside : share of the frames whose error is within the stated uncertainty.
    `told` : share of all frames with a value.
    """

    name: str
    frames: int
    mae: float
    bias: float
    p95: float
    inside: float
    told: float


@dataclass(frozen=True, slots=True)
class Clip:
    """All that is scored of one clip; `problem` says why nothing could be."""

    name: str
    movement: str
    problem: str = ""
    verdict: str = ""
    compared: tuple[Compared, ...] = ()
    faults: Faults = field(default_factory=lambda: Faults((), (), (), (), ()))
    untellable: bool = False
    duration_s: float = 0.0
    repetitions_off: int | None = None
    holds_off_s: tuple[float, ...] = ()
    frames: int = 0
    setting: Setting = field(default_factory=Setting)
    yaw: Yaw | None = None
    blind: Blind | None = None
    recognised: str = ""
    """right, unsure or wrong; empty where it was not asked."""

    @property
    def good(self) -> bool:
        """Return whether it has no fault that can be judged."""
        return not self.faults.injected


def score(name: str, truth: Mapping[str, Any], summary: Mapping[str, Any], frames: pd.DataFrame) -> Clip:
    """Return the scores of a clip from its truth, its `summary.json` and its `frames.parquet`."""
    setting = setting_of(truth)
    return Clip(
        name,
        truth["movement"] or "nobody",
        verdict=summary["verdict"],
        compared=tuple(compare(truth, frames)),
        faults=compare_faults(truth, summary["faults"]),
        untellable=bool(truth.get("expect_cannot_tell")),
        duration_s=float(summary["source"].get("duration_s") or 0.0),
        repetitions_off=repetitions_off(truth, summary["repetitions"]),
        holds_off_s=tuple(holds_off_s(truth, summary["repetitions"])),
        frames=len(frames),
        setting=setting,
        yaw=compare_yaw(setting, frames),
        blind=compare_blind(truth, setting, summary["faults"], frames),
    )


def unscored(name: str, truth: Mapping[str, Any], problem: str) -> Clip:
    """Return a clip that could not be checked: its faults count as missed."""
    injected = tuple(fault["id"] for fault in truth.get("faults", []))
    missed = Faults(injected, (False,) * len(injected), (), (), ())
    return Clip(name, truth["movement"] or "nobody", problem, faults=missed, setting=setting_of(truth))


# Numbers --------------------------------------------------------------------------------------------------------------


def compare(truth: Mapping[str, Any], frames: pd.DataFrame) -> Iterator[Compared]:
    """Yield each measurement that the truth knows too, from the side and obliquely."""
    course = truth["frames"]
    if truth["camera"].get("view") == "front" or "angles_deg" not in course:
        return
    times_s = np.asarray(course["time_s"], float)
    for name, column, true in _pairs(truth):
        if true is None or column not in frames:
            continue
        value = frames[column].to_numpy(float)
        seen = np.isfinite(value)
        when_s = frames["time_s"].to_numpy(float)[seen]
        ours, theirs = value[seen], np.interp(when_s, times_s, _numbers(true))
        if name.startswith("back_curve"):
            # clothes and definitions of the contour differ: what is compared is the change since the start
            start = when_s < _start_ends_s(truth)
            if not start.any():
                continue
            ours, theirs = ours - np.median(ours[start]), theirs - np.median(theirs[start])
        band = frames[f"{column}_unc"].to_numpy(float)[seen] if f"{column}_unc" in frames else None
        yield _compared(name, ours - theirs, band, float(seen.mean()))


def _pairs(truth: Mapping[str, Any]) -> Iterator[tuple[str, str, list[float | None] | None]]:
    """Yield name, our column and true values; of a pair of joints the one next to the camera."""
    near, course = truth.get("near_side", "right"), truth["frames"]
    angles = course["angles_deg"]
    yield "knee", f"knee_{near}_deg", angles.get(f"knee_{near}")
    yield "trunk_thigh", f"trunk_thigh_{near}_deg", angles.get(f"trunk_thigh_{near}_sag")
    yield "elbow", f"elbow_{near}_deg", angles.get(f"elbow_{near}")
    yield "trunk_inclination", "trunk_inclination_deg", angles.get("trunk_inclination")
    for part in ("", "_low", "_up"):
        yield f"back_curve{part}", f"back_curve{part}_pct", course.get(f"back_curve{part}_sag_pct")
    yield "back_bend", "back_bend_deg", _extra_flexion(truth)


def _compared(name: str, error: Series, band: Series | None, told: float) -> Compared:
    known = np.isfinite(error)
    if not known.any():
        return Compared(name, 0, math.nan, math.nan, math.nan, math.nan, 0.0)
    off = np.abs(error[known])
    inside = math.nan if band is None else float(np.mean(off <= band[known]))
    bias, p95 = float(np.mean(error[known])), float(np.percentile(off, 95))
    return Compared(name, int(known.sum()), float(np.mean(off)), bias, p95, inside, told)


def _numbers(values: list[float | None]) -> Series:
    return np.array([math.nan if value is None else value for value in values], float)


def _start_ends_s(truth: Mapping[str, Any]) -> float:
    """When the clip leaves its start posture."""
    course = truth["frames"]
    times_s = course["time_s"]
    return next(
        (t for t, phase in zip(times_s, course.get("phase", []), strict=False) if phase != "setup"), times_s[-1]
    )


def _extra_flexion(truth: Mapping[str, Any]) -> list[float | None] | None:
    """True bend of the whole spine against the clip's own start, deg; None where the truth has no spine."""
    whole, start_deg = flexion_deg(truth)
    return None if whole is None or math.isnan(start_deg) else list(whole - start_deg)


# Repetitions, holds, the movement -------------------------------------------------------------------------------------


def repetitions_off(truth: Mapping[str, Any], said: list[Mapping[str, Any]]) -> int | None:
    """Return how many repetitions too many were counted; None where the truth has none."""
    true = truth.get("repetitions", [])
    return len(said) - len(true) if true else None


def holds_off_s(truth: Mapping[str, Any], said: list[Mapping[str, Any]]) -> Iterator[float]:
    """Yield how far the valid hold of each repetition of a good clip is off."""
    if truth.get("faults") or truth["movement"] in WITHOUT_HOLDS:
        return
    for true, ours in zip(truth.get("repetitions", []), said, strict=False):
        if true.get("hold_start_s") is not None:
            yield abs((ours.get("valid_hold_s") or 0.0) - (true["hold_end_s"] - true["hold_start_s"]))


def recognition(truth: Mapping[str, Any], summary: Mapping[str, Any]) -> str:
    """Return whether `--movement auto` was right, unsure or wrong; an empty room is rightly left unnamed."""
    sure = not (summary.get("recognised") or {"unsure": True})["unsure"]
    if not sure:
        return "unsure" if truth["movement"] else "right"
    return "right" if summary["movement"]["id"] == truth["movement"] else "wrong"
