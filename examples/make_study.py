"""A made-up study: eight people bow to the left and to the right, before and after four weeks of practice.

Nobody was filmed. Two rendered clips of formcheck's samples were seen by the pose model once (`tracks/`); here each is
made into several "people" by another size in the picture, another pace, noise, and a mirror for the other side. Then
the edge of the back is bent by an angle that we choose, so the truth is known. Only the way through formcheck is real.

    python make_study.py [FOLDER]
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import formcheck as fc
from formcheck.core.measure.contour import find_trunk_axis
from formcheck.core.records import BACK_T, Landmarks
from formcheck.sources.pose_track import TrackWriter

TRACKS = Path(__file__).resolve().parent / "tracks"
MOVEMENT = "hamstring_hinge_standing"
CLIP_SIDE = {"hinge_good": "right", "hinge_stretch_knee_bent": "left"}
TRUE_BEND_DEG = {"hinge_good": 4.3, "hinge_stretch_knee_bent": 4.8}
"""Bend of the back in the hold against the start, as it was rendered: lumbar and thoracic flexion in sample_videos."""
ROUNDED_DEG = 40.0
"""From here on the movement file calls a back rounded."""
CHANGE_DEG, CHANGE_SD_DEG = -16.0, 4.0
"""What practice does to the bend of these people; the mixed model should find it again."""
PEOPLE, LEAST_DEG, MOST_DEG = 8, 24.0, 66.0
"""How many there are, and how far they bend their backs before, from the least to the most."""
BETWEEN_BOWS_SD_DEG = 4.0
RATER_SD_DEG = 4.0
RATERS = ("Ana", "Ben")
EMPTY, COAT, BROKEN = "p02_after_left", "p05_after_right", "p07_before_left"
"""Recordings that went wrong, as some always do: nobody in the picture, a coat that hides the back, half a file."""


@dataclass(frozen=True, slots=True)
class Bow:
    """One recording that is to be made.

    Parameters
    ----------
    name : of its file, without ending. subject, condition, side : for the manifest.
    clip : which track it is made of.
    bend_deg : true bend of the back in the hold.
    size, pace : against the clip: 1.1 is larger in the picture, or slower.
    """

    name: str
    subject: str
    condition: str
    side: str
    clip: str
    bend_deg: float
    size: float
    pace: float


def make_study(folder: Path, *, seed: int = 1) -> list[Bow]:
    """Write recordings/*.parquet, manifest.csv and labels.csv; return what was made."""
    rng = np.random.default_rng(seed)
    bows = list(_bows(rng))
    (folder / "recordings").mkdir(parents=True, exist_ok=True)
    for bow in bows:
        _write_track(folder / "recordings" / f"{bow.name}.parquet", bow, rng)
    columns = ("subject", "condition", "side")
    manifest = [
        {"recording": f"recordings/{b.name}.parquet", "movement": MOVEMENT, **{c: getattr(b, c) for c in columns}}
        for b in bows
    ]
    _write_csv(folder / "manifest.csv", manifest)
    _write_csv(folder / "labels.csv", [_label(bow, rater, rng) for bow in bows for rater in RATERS])
    return bows


def _bows(rng: np.random.Generator) -> Iterator[Bow]:
    for number, own_deg in enumerate(rng.permutation(np.linspace(LEAST_DEG, MOST_DEG, PEOPLE)), start=1):
        clip = "hinge_stretch_knee_bent" if number % 4 == 0 else "hinge_good"
        size, pace = rng.uniform(0.85, 1.1), rng.uniform(0.9, 1.2)
        after_deg = own_deg + rng.normal(CHANGE_DEG, CHANGE_SD_DEG)
        for condition, mean_deg in (("before", own_deg), ("after", after_deg)):
            for side in ("left", "right"):
                subject, bend_deg = f"p{number:02d}", max(0.0, rng.normal(mean_deg, BETWEEN_BOWS_SD_DEG))
                yield Bow(f"{subject}_{condition}_{side}", subject, condition, side, clip, bend_deg, size, pace)


# Tracks ---------------------------------------------------------------------------------------------------------------


def _write_track(path: Path, bow: Bow, rng: np.random.Generator) -> None:
    track = fc.open_track(TRACKS / f"{bow.clip}.parquet")
    source = {**track.header["source"], "name": path.name, "sha256": ""}
    source |= {"fps": source["fps"] / bow.pace, "duration_s": source["duration_s"] * bow.pace}
    with TrackWriter(path, {**track.header, "source": source}) as writer:
        for pose in track:
            writer.write(_changed(pose, bow, rng))
    if bow.name == BROKEN:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _changed(pose: fc.PoseFrame, bow: Bow, rng: np.random.Generator) -> fc.PoseFrame:
    """The same moment of another person."""
    time_s = pose.time_s * bow.pace
    if bow.name == EMPTY:
        return fc.PoseFrame.nobody(time_s, pose.size_px)
    edge = _bent(pose, bow.bend_deg - TRUE_BEND_DEG[bow.clip])
    if bow.name == COAT:
        edge = np.full_like(edge, np.nan)
    centre = np.array(pose.size_px) / 2

    def placed(points: NDArray[Any]) -> NDArray[Any]:
        return centre + (points - centre) * bow.size

    mirror = pose.mirror
    own = replace(
        pose,
        time_s=time_s,
        xy_px=(placed(pose.xy_px) + rng.normal(0, 0.4, pose.xy_px.shape)).astype(np.float32),
        back_xy_px=(placed(edge) + rng.normal(0, 0.2, edge.shape)).astype(np.float32),
        mirror=None if mirror is None else Landmarks(placed(mirror.xy_px), mirror.xyz_m, mirror.visibility),
    )
    return own if bow.side == CLIP_SIDE[bow.clip] else own.mirrored()


def _bent(pose: fc.PoseFrame, bend_deg: float) -> NDArray[np.float64]:
    """The edge of the back (71, 2), px, bent further into an arc as the trunk leans from 5° to 45°.

    An arc of angle a over a chord c bulges by a c / 8 (a in radians, small): that much is added halfway up, and as a
    parabola less towards hip and shoulder.
    """
    axis = find_trunk_axis(pose.xy_px, pose.xyz_m)
    edge: NDArray[np.float64] = pose.back_xy_px.astype(np.float64)
    if axis is None:
        return edge
    lean_deg = np.degrees(np.arctan2(abs(axis.along[0]), -axis.along[1]))
    bulge_px = np.radians(bend_deg) / 8 * axis.length_px * np.clip((lean_deg - 5) / 40, 0, 1)
    up = np.clip(BACK_T, 0, 1)
    bent: NDArray[np.float64] = edge + (bulge_px * 4 * up * (1 - up))[:, None] * np.array(axis.dorsal)
    return bent


# Labels ---------------------------------------------------------------------------------------------------------------


def _label(bow: Bow, rater: str, rng: np.random.Generator) -> dict[str, str]:
    """What a rater says, who measures the true bend with an error; nothing of a recording that shows nobody."""
    label = {"recording": f"{bow.name}.parquet", "rater": rater}
    if bow.name == EMPTY:
        said = dict.fromkeys(("fault_back_rounding", "fault_stretch_knee_bent", "back_bend_deg_in_hold_median"), "")
        return {**label, "verdict": "cannot_tell", **said}
    bend_deg = bow.bend_deg + rng.normal(0, RATER_SD_DEG)
    rounded, bent_knee = bend_deg > ROUNDED_DEG, bow.clip == "hinge_stretch_knee_bent"
    return {
        **label,
        "verdict": "fix" if rounded else "warn" if bent_knee else "ok",
        "fault_back_rounding": str(int(rounded)),
        "fault_stretch_knee_bent": str(int(bent_knee)),
        "back_bend_deg_in_hold_median": f"{bend_deg:.0f}",
    }


def _write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    make_study(Path(sys.argv[1] if len(sys.argv) > 1 else "study"))
