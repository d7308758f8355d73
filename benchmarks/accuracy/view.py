"""The place of the camera: the measured yaw, whether a clip was judged correctly, what was reported from too far."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from formcheck.core.measure.camera_view import MAX_YAW_DEG

from .faults import SAID, alike, shown
from .setting import Setting

BLIND_YAW_DEG = 35.0
"""Beyond this yaw, what a side view shows cannot be judged."""


@dataclass(frozen=True, slots=True)
class Yaw:
    """The camera yaw of one clip against the truth.

    Parameters
    ----------
    frames : frames with a yaw.
    mae : mean absolute error of a frame, deg.
    bias : mean error of a frame, deg, + = read too far round.
    median_error : of the clip's median, deg.
    inside : share of the frames whose error is within the stated uncertainty.
    gate_right : whether the clip's median says rightly if it is side-on enough to be judged.
    """

    frames: int
    mae: float
    bias: float
    median_error: float
    inside: float
    gate_right: bool


@dataclass(frozen=True, slots=True)
class Blind:
    """What was said of a clip that is seen from too far round.

    Parameters
    ----------
    frames : frames of the clip.
    wrong : those in which a fault is reported that is not there or cannot be judged.
    not_there : those of them in which it is not there.
    """

    frames: int
    wrong: int
    not_there: int


def compare_yaw(setting: Setting, frames: pd.DataFrame) -> Yaw | None:
    """Return the error of the yaw in one clip; None where no yaw was read."""
    read = frames["yaw_deg"].to_numpy(float) if "yaw_deg" in frames else np.empty(0)
    seen = np.isfinite(read)
    if not seen.any() or math.isnan(setting.yaw_deg):
        return None
    error = read[seen] - setting.yaw_deg
    band = frames["yaw_deg_unc"].to_numpy(float)[seen] if "yaw_deg_unc" in frames else np.full(len(error), math.nan)
    median = float(np.median(read[seen]))
    inside = math.nan if np.isnan(band).all() else float(np.mean(np.abs(error) <= band))
    right = (median <= MAX_YAW_DEG) == (setting.yaw_deg <= MAX_YAW_DEG)
    mae, bias = float(np.mean(np.abs(error))), float(np.mean(error))
    return Yaw(int(seen.sum()), mae, bias, median - setting.yaw_deg, inside, right)


def compare_blind(
    truth: Mapping[str, Any], setting: Setting, said: Sequence[Mapping[str, Any]], frames: pd.DataFrame
) -> Blind | None:
    """Return what was said of a clip from beyond `BLIND_YAW_DEG`; None of a clip that can be judged.

    A movement that is filmed from the front by intention is no such clip.
    """
    if setting.view == "front" or not setting.yaw_deg > BLIND_YAW_DEG:
        return None
    times_s = frames["time_s"].to_numpy(float)
    untellable, there = set(truth.get("expect_cannot_tell", [])), shown(truth)
    asked = [fault for fault in said if fault["severity"] in SAID]
    absent = [fault for fault in asked if not _among(fault["id"], there)]
    guessed = [fault for fault in asked if _among(fault["id"], untellable)]
    return Blind(len(times_s), int(_during(times_s, [*absent, *guessed]).sum()), int(_during(times_s, absent).sum()))


def _among(fault: str, names: set[str]) -> bool:
    return any(alike(fault, name) for name in names)


def _during(times_s: Any, faults: Sequence[Mapping[str, Any]]) -> Any:
    """Return the times at which one of the faults was reported."""
    spans = [(times_s >= fault["from_s"]) & (times_s <= fault["to_s"]) for fault in faults]
    return np.any(spans, axis=0) if spans else np.zeros(len(times_s), bool)


# Totals ---------------------------------------------------------------------------------------------------------------


def total_yaw(yaws: Sequence[Yaw]) -> dict[str, float]:
    """Return the errors of the yaw: in that of a frame each frame weighs the same, in that of a clip each clip."""
    frames = sum(yaw.frames for yaw in yaws)

    def mean(values: Iterator[float]) -> float:
        weighed = [value * yaw.frames for value, yaw in zip(values, yaws, strict=True)]
        return sum(weighed) / frames if frames else math.nan

    return {
        "clips": len(yaws),
        "frames": frames,
        "mae": mean(yaw.mae for yaw in yaws),
        "bias": mean(yaw.bias for yaw in yaws),
        "inside": mean(yaw.inside for yaw in yaws),
        "clip_mae": float(np.mean([abs(yaw.median_error) for yaw in yaws])) if yaws else math.nan,
        "gate_right": float(np.mean([yaw.gate_right for yaw in yaws])) if yaws else math.nan,
    }


def total_blind(blinds: Sequence[Blind]) -> dict[str, float]:
    """Return the share of frames, seen from too far round, in which something wrong was reported."""
    frames = sum(blind.frames for blind in blinds)
    shares = {key: sum(getattr(blind, key) for blind in blinds) for key in ("wrong", "not_there")}
    return {
        "clips": len(blinds),
        "frames": frames,
        **{key: count / frames if frames else math.nan for key, count in shares.items()},
    }
