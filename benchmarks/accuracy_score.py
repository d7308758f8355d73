"""One rendered clip held against its truth: what was off, what was found, what was said though it is not there.

The definitions are those the benchmark has used from the start, so that numbers of different versions compare.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Series = NDArray[np.float64]

MOST_YAW_DEG = 15.0
"""Numbers are compared in side views up to here; beyond it formcheck itself widens its uncertainty."""
SLACK_S = 1.0
"""A fault is found where what was said comes this close to it: the truth dates it from three quarters of its size."""
ALIKE: tuple[frozenset[str], ...] = (
    frozenset({"back_rounding", "toe_touch_flop", "toe_grab", "slumped_start"}),
    frozenset({"bounce", "yanking", "too_fast", "restless", "rushed", "jerking"}),
    frozenset({
        "head_drop", "head_hanging", "head_lifted", "head_up", "chin_poke", "neck_crank", "head_lifts", "neck_only",
    }),
    frozenset({"hips_sag", "over_arch", "back_arching", "hips_off_floor"}),
    frozenset({"knees_bent", "stretch_knee_bent", "raised_knee_bent", "knees_drop", "knees_bend"}),
    frozenset({"other_leg_lifts", "other_knee_bends"}),
    frozenset({"hips_rocking", "off_stack", "hips_follow", "hips_lift"}),
    frozenset({"shallow_cat", "shallow_cow", "neck_only"}),
    frozenset({"slumped", "head_forward"}),
    frozenset({"full_situp", "neck_pull"}),
    frozenset({"leaning_forward", "leaning_back"}),
)  # fmt: skip
"""Faults that name the same visible mistake: one found is the other found, and neither is a false alarm beside it."""
SAID = frozenset({"adjust", "fix", "stop"})
"""Severities that ask for a change; `info` is a remark."""
SERIOUS = frozenset({"fix", "stop"})
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
    inside : share of the frames whose error lies within the stated uncertainty.
    told : share of all frames with a value.
    """

    name: str
    frames: int
    mae: float
    bias: float
    p95: float
    inside: float
    told: float


@dataclass(frozen=True, slots=True)
class Faults:
    """What was injected and what was said.

    Parameters
    ----------
    found : for each injected fault that can be told, whether it was said.
    false : faults said (`adjust` and up) that the truth does not show.
    false_serious : those of them that stop the clock.
    guessed : faults said though they cannot be told in this clip.
    """

    injected: tuple[str, ...]
    found: tuple[bool, ...]
    false: tuple[str, ...]
    false_serious: tuple[str, ...]
    guessed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clip:
    """All that is scored of one clip; `problem` says why nothing could be."""

    name: str
    movement: str
    problem: str = ""
    verdict: str = ""
    compared: tuple[Compared, ...] = ()
    faults: Faults = Faults((), (), (), (), ())
    untellable: bool = False
    duration_s: float = 0.0
    repetitions_off: int | None = None
    holds_off_s: tuple[float, ...] = ()
    recognised: str = ""
    """right, unsure or wrong; empty where it was not asked."""

    @property
    def good(self) -> bool:
        """Whether there is no fault in it that could be told."""
        return not self.faults.injected


def score(name: str, truth: Mapping[str, Any], summary: Mapping[str, Any], frames: pd.DataFrame) -> Clip:
    """Return the scores of a clip from its truth, its `summary.json` and its `frames.parquet`."""
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
    )


def unscored(name: str, truth: Mapping[str, Any], problem: str) -> Clip:
    """Return a clip that could not be checked: its faults count as missed."""
    injected = tuple(fault["id"] for fault in truth.get("faults", []))
    missed = Faults(injected, (False,) * len(injected), (), (), ())
    return Clip(name, truth["movement"] or "nobody", problem, faults=missed)


# Numbers --------------------------------------------------------------------------------------------------------------


def compare(truth: Mapping[str, Any], frames: pd.DataFrame) -> Iterator[Compared]:
    """Yield each measurement that the truth of a side view knows too."""
    camera, course = truth["camera"], truth["frames"]
    if camera.get("view") != "side" or abs(camera.get("yaw_deg", 0)) > MOST_YAW_DEG or "angles_deg" not in course:
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
    """Name, column of ours and true values; of a pair of joints the one next to the camera."""
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
    spine = truth["frames"].get("spine")
    if not spine:
        return None
    whole = _numbers(spine["lumbar_flexion_deg"]) + _numbers(spine["thoracic_flexion_deg"])
    start = whole[np.array([phase == "setup" for phase in truth["frames"].get("phase", [])], bool)]
    return list(whole - np.nanmedian(start)) if np.isfinite(start).any() else None


# Faults, repetitions, holds -------------------------------------------------------------------------------------------


def alike(one: str, another: str) -> bool:
    """Whether two faults name the same visible mistake."""
    return one == another or any(one in group and another in group for group in ALIKE)


def compare_faults(truth: Mapping[str, Any], said: list[Mapping[str, Any]]) -> Faults:
    """Return which injected faults were said, and which were said that are not there.

    What the true geometry itself puts outside its target band (`true_bands`: warn or fix) is no false alarm; nor is
    what names the same mistake as an injected fault.
    """
    untellable = set(truth.get("expect_cannot_tell", []))
    injected = [fault for fault in truth.get("faults", []) if fault["id"] not in untellable]
    there = {fault["id"] for fault in truth.get("faults", [])}
    there |= {name for name, band in truth.get("true_bands", {}).items() if band in ("warn", "fix")}
    asked = [fault for fault in said if fault["severity"] in SAID]
    false = [fault for fault in asked if not any(alike(fault["id"], name) for name in there)]
    return Faults(
        tuple(fault["id"] for fault in injected),
        tuple(any(alike(fault["id"], s["id"]) and _meet(fault, s) for s in said) for fault in injected),
        tuple(fault["id"] for fault in false),
        tuple(fault["id"] for fault in false if fault["severity"] in SERIOUS),
        tuple(fault["id"] for fault in asked if any(alike(fault["id"], name) for name in untellable)),
    )


def _meet(true: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    return bool(said["from_s"] <= true["to_s"] + SLACK_S and said["to_s"] >= true["from_s"] - SLACK_S)


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
