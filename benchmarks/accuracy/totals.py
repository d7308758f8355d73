"""Many scored clips as one row of numbers, for a movement or for all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .score import Clip, Compared

ORDER = (
    "knee", "trunk_thigh", "elbow", "trunk_inclination", "back_bend", "back_curve", "back_curve_low", "back_curve_up",
)  # fmt: skip
"""The measurements, in the order of the tables."""


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
    """Return how often the movement was named rightly, not at all, and wrongly; empty where it was not asked."""
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
