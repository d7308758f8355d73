"""Bows of a saved track, with the trunk turned by a known angle at the lowest point of each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.core.records import PoseFrame
from formcheck.core.skeleton import PAIRS
from formcheck.sources.pose_track import TrackWriter, open_track

from ..live.conftest import jpeg  # noqa: F401 - a fixture

TRACK = Path(__file__).parents[2] / "data" / "hinge_good.parquet"
UPPER = slice(0, 23)
"""Head, trunk from the shoulders up, and arms."""


def middle(points, part):
    return points[list(PAIRS[part])].mean(axis=0)


def lean_deg(pose: PoseFrame) -> float:
    """Return the lean of the trunk in the picture, + = to the right."""
    along = middle(pose.xy_px, "shoulder") - middle(pose.xy_px, "hip")
    return float(np.degrees(np.arctan2(along[0], -along[1])))


def turn_trunk(pose: PoseFrame, by_deg: float) -> PoseFrame:
    """Return the pose with everything above the hips turned about them, + = to the right."""
    cos, sin = np.cos(np.radians(by_deg)), np.sin(np.radians(by_deg))
    turned = np.array([[cos, -sin], [sin, cos]])

    def turn(points, about):
        return ((points - about) @ turned.T + about).astype(np.float32)

    xy, xyz, hip = pose.xy_px.copy(), pose.xyz_m.copy(), middle(pose.xy_px, "hip")
    xy[UPPER] = turn(xy[UPPER], hip)
    xyz[UPPER, :2] = turn(xyz[UPPER, :2], middle(pose.xyz_m, "hip")[:2])
    return replace(pose, xy_px=xy, xyz_m=xyz, back_xy_px=turn(pose.back_xy_px, hip), mirror=None)


def make_bows(more_deg: float, *, count: int = 2) -> list[PoseFrame]:
    """Return `count` bows, each with its lowest point `more_deg` lower than in the track."""
    poses = list(open_track(TRACK))
    leans = [lean_deg(pose) for pose in poses]
    lowest = max(leans, key=abs)
    shares = np.clip(np.array(leans) / lowest, 0.0, 1.0)
    turned = [
        turn_trunk(pose, float(share * more_deg * np.sign(lowest))) for pose, share in zip(poses, shares, strict=True)
    ]
    length_s = poses[-1].time_s + poses[1].time_s - poses[0].time_s
    return [replace(pose, time_s=pose.time_s + number * length_s) for number in range(count) for pose in turned]


@pytest.fixture(scope="session")
def bows(tmp_path_factory):
    """Return a function: degrees lower -> path of a track of two bows."""
    folder, header = tmp_path_factory.mktemp("bows"), open_track(TRACK).header
    made: dict[float, Path] = {}

    def make(more_deg: float) -> Path:
        if more_deg not in made:
            made[more_deg] = folder / f"bow_{more_deg:g}.parquet"
            with TrackWriter(made[more_deg], header) as track:
                for pose in make_bows(more_deg):
                    track.write(pose)
        return made[more_deg]

    return make
