"""By how much the half-widths must change in recordings: ``python -m training.recordings CLIPS RESULTS``.

CLIPS holds rendered clips with their truth, RESULTS what `benchmarks.accuracy CLIPS --out RESULTS` kept of them. In
a recording the pose model follows a movement, and errs less than on single pictures of random postures; the factors
that this prints are `fit_uncertainty.RECORDINGS`.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .fit_uncertainty import LEVEL

MAX_YAW_DEG = 15


def _pairs(truth: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield name by role, our column, and the true values of each frame."""
    frames, near = truth["frames"], truth["near_side"]
    angles, spine = frames["angles_deg"], frames["spine"]
    for name, plane in (("knee", ""), ("trunk_thigh", "_sag"), ("elbow", ""), ("arm_elevation", "")):
        yield f"{name}_near_deg", f"{name}_{near}_deg", angles[f"{name}_{near}{plane}"]
    yield "trunk_inclination_deg", "trunk_inclination_deg", angles["trunk_inclination"]
    bend = np.array(spine["lumbar_flexion_deg"], float) + np.array(spine["thoracic_flexion_deg"], float)
    start = np.array([phase == "setup" for phase in frames["phase"]])
    yield "back_bend_no_neutral_deg", "back_bend_no_neutral_deg", bend
    yield "back_bend_deg", "back_bend_deg", bend - (np.nanmedian(bend[start]) if start.any() else np.nan)
    for part in ("", "_low", "_up"):
        curve = np.array(frames[f"back_curve{part}_sag_pct"], float)
        change = curve - (np.nanmedian(curve[start]) if start.any() else np.nan)
        yield f"back_curve{part}_pct", f"back_curve{part}_pct", change


def ratios(clip: Path, results: Path) -> Iterator[tuple[str, Any]]:
    """Yield name by role and how many half-widths each frame of a clip is off."""
    truth = json.loads(clip.read_text("utf-8"))
    camera, table = truth["camera"], results / clip.stem / "frames.parquet"
    if camera["view"] != "side" or abs(camera["yaw_deg"]) > MAX_YAW_DEG or not table.exists():
        return
    if "spine" not in truth["frames"]:
        return
    frames, times = pd.read_parquet(table), np.array(truth["frames"]["time_s"])
    setup = [t for t, phase in zip(times, truth["frames"]["phase"], strict=True) if phase != "setup"]
    for name, column, values in _pairs(truth):
        if column not in frames:
            continue
        told = frames[frames[column].notna()]
        ours = told[column].to_numpy(float)
        if name.startswith("back_curve"):
            before = ours[told["time_s"] < setup[0]] if setup else ours[:0]
            ours = ours - (np.median(before) if len(before) else np.nan)
        error = ours - np.interp(told["time_s"], times, np.array(values, float))
        error = np.abs((error + 180) % 360 - 180) / told[f"{column}_unc"].to_numpy(float)
        yield name, error[np.isfinite(error)]


def main() -> None:
    """Print the share inside and the factor of each measurement."""
    parser = argparse.ArgumentParser(prog="python -m training.recordings", description=__doc__)
    parser.add_argument("clips", type=Path)
    parser.add_argument("results", type=Path)
    args = parser.parse_args()
    found: dict[str, list[Any]] = defaultdict(list)
    for clip in sorted(args.clips.glob("*.json")):
        for name, ratio in ratios(clip, args.results):
            found[name].append(ratio)
    for name, rows in found.items():
        whole = np.concatenate(rows)
        inside, factor = np.mean(whole <= 1), np.quantile(whole, LEVEL)
        print(f"{name:28s} {len(rows):4d} clips  inside {inside:.3f}  factor {factor:.2f}")


if __name__ == "__main__":
    main()
