"""Many scored clips as one row of numbers: for all, for a movement, and for each group of a breakdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .score import Clip, Compared
from .setting import ANY_YAW, BREAKDOWNS, in_order
from .view import total_blind, total_yaw

ORDER = (
    "knee", "trunk_thigh", "elbow", "trunk_inclination", "back_bend", "back_curve", "back_curve_low", "back_curve_up",
)  # fmt: skip
"""The measurements, in the order of the tables."""
MEASUREMENTS = ("knee", "trunk_thigh", "elbow", "trunk_inclination", "back_bend", "back_curve")
"""The measurements that the breakdowns show."""


def total(clips: Sequence[Clip]) -> dict[str, Any]:
    """Return all numbers of some clips, of measurements those in side views; NaN where there is nothing to divide."""
    scored = [clip for clip in clips if not clip.problem]
    good = [clip for clip in scored if clip.good]
    hits = sum(sum(clip.faults.found) for clip in scored)
    injected = sum(len(clip.faults.injected) for clip in clips)
    false = sum(len(clip.faults.false) for clip in scored)
    precision, recall = share(hits, hits + false), share(hits, injected)
    holds = [off for clip in scored for off in clip.holds_off_s]
    repetitions = [clip.repetitions_off for clip in scored if clip.repetitions_off is not None]
    blind = [clip for clip in scored if clip.untellable]
    return {
        "clips": len(clips),
        "broken": len(clips) - len(scored),
        "faults_injected": injected,
        "faults_found": hits,
        "faults_false": false,
        "fault_precision": precision,
        "fault_recall": recall,
        "fault_f1": 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall),
        "false_serious_on_good": sum(len(clip.faults.false_serious) for clip in good),
        "false_cues_per_good_minute": share(
            sum(len(clip.faults.false) for clip in good), sum(clip.duration_s for clip in good) / 60
        ),
        "holds": len(holds),
        "hold_error_p90_s": float(np.percentile(holds, 90)) if holds else math.nan,
        "repetitions_exact": share(sum(off == 0 for off in repetitions), len(repetitions)),
        "untellable_clips": len(blind),
        "abstained_rightly": share(sum(not clip.faults.guessed for clip in blind), len(blind)),
        "recognised": recognised(clips),
        "numbers": numbers([clip for clip in scored if clip.setting.side_on]),
    }


def share(part: float, whole: float) -> float:
    """Return a part of a whole, NaN of nothing."""
    return part / whole if whole else math.nan


def recognised(clips: Sequence[Clip]) -> dict[str, int]:
    """Return how often the movement was named correctly, not at all, and wrongly; empty if it was given."""
    asked = [clip.recognised for clip in clips if clip.recognised]
    return {word: asked.count(word) for word in ("right", "unsure", "wrong")} if asked else {}


def numbers(clips: Sequence[Clip]) -> dict[str, dict[str, float]]:
    """Return the errors of each measurement; every frame weighs the same, for `told` every clip."""
    return mean_numbers([clip.compared for clip in clips])


def mean_numbers(clips: Sequence[Sequence[Compared]]) -> dict[str, dict[str, float]]:
    """Return the same from what was compared of each clip."""
    rows = {name: [row for clip in clips for row in clip if row.name == name] for name in ORDER}
    return {name: _number(found) for name, found in rows.items() if found}


def _number(rows: Sequence[Compared]) -> dict[str, float]:
    known = [row for row in rows if row.frames]
    frames = sum(row.frames for row in known)
    means = {
        key: share(sum(getattr(r, key) * r.frames for r in known), frames) for key in ("mae", "bias", "p95", "inside")
    }
    return {"clips": len(rows), "frames": frames, **means, "told": float(np.mean([row.told for row in rows]))}


# Group by group ----------------------------------------------------------------------------------------------------


def breakdowns(clips: Sequence[Clip]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return breakdown -> group -> numbers and faults of the clips in that group; a clip may be in several."""
    return {name: _groups(name, clips) for name in BREAKDOWNS}


def _groups(name: str, clips: Sequence[Clip]) -> dict[str, dict[str, Any]]:
    groups = {group for clip in clips for group in clip.setting.groups.get(name, ())}
    members = {group: [c for c in clips if group in c.setting.groups.get(name, ())] for group in in_order(name, groups)}
    return {group: group_total(some, any_yaw=name in ANY_YAW) for group, some in members.items()}


def group_total(clips: Sequence[Clip], *, any_yaw: bool) -> dict[str, Any]:
    """Return the numbers and faults of some clips.

    Parameters
    ----------
    any_yaw : compare the numbers of oblique clips too; otherwise only those of side views. Faults are of all clips.
    """
    scored = [clip for clip in clips if not clip.problem]
    compared = scored if any_yaw else [clip for clip in scored if clip.setting.side_on]
    return {
        "clips": len(clips),
        "frames": sum(clip.frames for clip in compared),
        "numbers": numbers(compared),
        "yaw": total_yaw([clip.yaw for clip in compared if clip.yaw is not None]),
        "faults_injected": sum(len(clip.faults.injected) for clip in clips),
        "faults_found": sum(sum(clip.faults.found) for clip in scored),
        "faults_false": sum(len(clip.faults.false) for clip in scored),
    }


def view_total(clips: Sequence[Clip]) -> dict[str, Any]:
    """Return how well the camera's place was read from the side and obliquely, and what was said from too far round."""
    read = [clip for clip in clips if clip.yaw is not None and clip.setting.view != "front"]
    return {
        "yaw": total_yaw([clip.yaw for clip in read if clip.yaw is not None]),
        "gate_wrong": [clip.name for clip in read if clip.yaw is not None and not clip.yaw.gate_right],
        "blind": total_blind([clip.blind for clip in clips if clip.blind is not None]),
    }
