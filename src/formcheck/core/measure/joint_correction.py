"""Move landmarks to the joints: correct the pose model's repeatable errors.

The pose model's points are not joint centres: its shoulder lies 8 % of the trunk too high, its hip too high and too far
forward, its elbow on the floor is bent too much, and an oblique camera shortens all parts that point towards it. A
small network, trained on rendered people, gives the correction of each joint. Its inputs are the landmarks, their depth
and visibility and the back's contour, all in the frame of the trunk. The result lies in the person's sagittal plane, as
an exact side view would show it. If a pose also has the landmarks of the mirrored picture, the networks use those, too
(`MirrorCorrection`). ``training/README.md`` describes the training and the measured effect.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from formcheck.core.records import CameraView, Landmarks, PoseFrame
from formcheck.core.skeleton import INDEX, LANDMARKS, PAIRS, Side

from . import back
from .camera_view import settle_yaw_deg, trunk_yaw_deg
from .contour import TrunkAxis, find_trunk_axis
from .networks import DEFAULT_NETWORK, Networks, choose_corrections, load_networks, name_network_file
from .smoothing import FORGET_S, RecentMedian

TAU_S = 0.7
"""How fast a newer difference replaces an older one of the same posture."""
ALIKE_TL = 0.2
"""Joint movement after which a third of a difference is left: it fades.

Root mean square, trunk lengths.
"""
MOST_MIRROR_TL = 0.2
"""No joint is moved further than this because of the mirror image."""


class MirrorCorrection:
    """Half of the difference between picture and mirror image, for joints and yaw."""

    def __init__(self) -> None:
        self._time_s = -math.inf
        self._posture: NDArray[np.float64] | None = None
        self._joints: NDArray[np.float64] | None = None
        self._yaw_deg = 0.0

    def learn(
        self,
        time_s: float,
        posture: NDArray[np.float64],
        yaw_deg: float,
        joints: NDArray[np.float64],
        mirror_deg: float,
    ) -> None:
        """Add one look at the mirror image.

        Parameters
        ----------
        posture, yaw_deg : joints (n, 2) in the frame of the trunk, trunk lengths, and yaw, from the picture itself.
        joints, mirror_deg : the same from its mirror image.
        """
        kept, kept_deg = self.at(posture)
        share = 1 - math.exp(-(time_s - self._time_s) / TAU_S)
        half = np.clip((joints - posture) / 2, -MOST_MIRROR_TL, MOST_MIRROR_TL)
        self._joints = kept + share * (half - kept)
        self._yaw_deg = kept_deg + share * ((mirror_deg - yaw_deg) / 2 - kept_deg)
        self._time_s, self._posture = time_s, posture

    def at(self, posture: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Return the correction of the joints (n, 2) and of the yaw for a posture.

        In trunk lengths and degrees.
        """
        if self._joints is None or self._posture is None:
            return np.zeros_like(posture), 0.0
        apart = np.square(posture - self._posture).sum(axis=1).mean()
        alike = math.exp(-apart / ALIKE_TL**2)
        return alike * self._joints, alike * self._yaw_deg


MOVED_PARTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "ear")
"""Parts that are moved on both sides; the nose is moved, too."""
N_MOVED = 2 * len(MOVED_PARTS) + 1
_SEEN_PARTS = ("ear", "shoulder", "elbow", "wrist", "index", "hip", "knee", "ankle", "heel", "foot_index")
N_INPUTS = 21 * (2 + 3 + 1) + 2 + 33 + 1
FLOAT = np.float64


@cache
def _list_input_rows(near: Side) -> NDArray[np.int64]:
    """Return the rows of the input landmarks.

    The nose first, then the near and the far one of each part.
    """
    first = 0 if near == "left" else 1
    pairs = [PAIRS[part] for part in _SEEN_PARTS]
    return np.array([INDEX["nose"], *(pair[k] for pair in pairs for k in (first, 1 - first))])


@cache
def list_moved_rows(near: Side) -> NDArray[np.int64]:
    """Return the rows of the moved points, (`N_MOVED`,).

    The near, then the far one of each part; the nose last.
    """
    first = 0 if near == "left" else 1
    return np.array([*(PAIRS[part][k] for part in MOVED_PARTS for k in (first, 1 - first)), INDEX["nose"]])


def trunk_frame(axis: TrunkAxis) -> NDArray[np.float64]:
    """Return the rotation (2, 2) from the picture to the trunk.

    Its rows: hip → shoulder, and to the front.
    """
    return np.array([axis.along, (-axis.dorsal[0], -axis.dorsal[1])])


def turn_into_trunk(xy_px: NDArray[np.floating], axis: TrunkAxis) -> NDArray[np.float64]:
    """Return points of the picture (n, 2) in the frame of the trunk.

    In trunk lengths from the hips.
    """
    return np.asarray((xy_px.astype(FLOAT) - axis.hip) @ trunk_frame(axis).T / axis.length_px)


def build_inputs(pose: PoseFrame, axis: TrunkAxis, near: Side) -> NDArray[np.float64]:
    """Return the network's inputs for a pose, (N_INPUTS,).

    They are the same for a pose and its mirror image.

    Parameters
    ----------
    pose : all landmarks finite.
    axis : its trunk axis.
    near : side next to the camera.
    """
    rows, frame = _list_input_rows(near), trunk_frame(axis)
    flat = turn_into_trunk(pose.xy_px[rows], axis)
    (ls, rs), (lh, rh) = PAIRS["shoulder"], PAIRS["hip"]
    world = pose.xyz_m.astype(FLOAT)
    hip = (world[lh] + world[rh]) / 2
    trunk = (world[ls] + world[rs]) / 2 - hip
    size = max(float(np.sqrt(trunk @ trunk)), 1e-3)
    space = (world[rows] - hip) / size
    up = frame @ (0.0, -1.0)
    offsets = back.contour_offsets(pose.back_xy_px, axis)
    known = not back.explain_spoilt(offsets)
    contour = back.sample_contour(back.smooth_offsets(offsets)) if known else np.zeros(33)
    return np.concatenate(
        (
            flat.ravel(),
            (space[:, :2] @ frame.T).ravel(),
            space[:, 2],
            pose.visibility[rows].astype(FLOAT),
            up,
            contour,
            (float(known),),
        )
    )


# The network ----------------------------------------------------------------------------------------------------------

JOINT_MODEL_SHA256 = {
    "full": "068be24925aec7b769b626ca221e38f91821450417b21d652e904866a75dbc21",
    "heavy": "8d0e42a2e7c2ce9b566d6ba988dbd43ddeafd226caf03a58155e772d4d27e423",
    "lite": "9b41299055b758a5bfa65b0bc3676b8e435d670a56ccbfac8610dd539622b25f",
}
"""Pose network -> checksum of its `joints_model` file."""
MOST_TL = 0.35
"""No joint is moved further than this."""
FULL_YAW_DEG, NONE_YAW_DEG = 45.0, 60.0
"""Between these yaws the correction fades out.

From the front there is no sagittal plane.
"""
CORRECTION_STEADY_S = 0.2
UNCORRECTED_TL = {"near": 0.05, "far": 0.1}
"""How far an uncorrected joint may be off, by side.

BlazePose's landmarks lay 0.04-0.09 (near) and 0.06-0.13 (far) from the joints of rendered people in the median; other
pose models were not measured.
"""


@cache
def _load_joint_networks(network: str) -> dict[str, Networks]:
    return load_networks(name_network_file("joints_model.npz", network), JOINT_MODEL_SHA256[network])


def _ask_joint_networks(
    pose: PoseFrame, axis: TrunkAxis, near: Side, network: str
) -> tuple[NDArray[np.float64], float]:
    """Return each network's move of each joint, and the yaw of all together.

    The moves are (networks, N_MOVED, 2).
    """
    seen = build_inputs(pose, axis, near)
    joints, yaws = (_load_joint_networks(network)[name](seen) for name in ("joints", "yaw"))
    return joints.reshape(-1, N_MOVED, 2), float(yaws.sum() / len(yaws))


def _mirror_posture(
    pose: PoseFrame, mirror: Landmarks, axis: TrunkAxis, near: Side, network: str
) -> tuple[NDArray[np.float64], float] | None:
    """Return joints and yaw as the mirror image shows them.

    The joints are in the frame of the pose's own trunk. None if the mirror image shows no trunk.
    """
    other = replace(pose, xy_px=mirror.xy_px, xyz_m=mirror.xyz_m, visibility=mirror.visibility)
    its_axis = find_trunk_axis(other.xy_px, other.xyz_m, steady_votes=axis.signed_votes)
    if its_axis is None:
        return None
    said, yaw = _ask_joint_networks(other, its_axis, near, network)
    move = _no_further(said.mean(axis=0), MOST_TL)
    joints = other.xy_px[list_moved_rows(near)] + its_axis.length_px * move @ trunk_frame(its_axis)
    return turn_into_trunk(joints, axis), yaw


class Corrected(NamedTuple):
    """Corrected joints.

    Parameters
    ----------
    xy_px : (33, 2) landmarks; shoulders, elbows, wrists, hips, knees, ankles, ears and nose are corrected.
    doubt_tl : (33,) how far the networks disagree about each corrected joint, trunk lengths; 0 for the others.
    yaw_deg : camera's angle from an exact side view, smoothed over about a second; NaN if no person is seen.
    uncorrected : the joints are the landmarks of another program's pose model, for which the networks were not trained.
    network : the pose network whose corrections were used; its uncertainties apply.
    """

    xy_px: NDArray[np.float64]
    doubt_tl: NDArray[np.float64]
    yaw_deg: float = math.nan
    uncorrected: bool = False
    network: str = DEFAULT_NETWORK


class Corrector:
    """Corrects one person's joints frame by frame, and finds the camera's yaw.

    Both are smoothed over time.

    Parameters
    ----------
    pose_model : name of the model that sees the person; an unknown one gets the corrections of "full".
    """

    def __init__(self, pose_model: str = DEFAULT_NETWORK) -> None:
        self._network = choose_corrections(pose_model)
        self._time_s = -math.inf
        self._move: NDArray[np.float64] | None = None
        self._near: Side | None = None
        self._yaw, self._trunk_yaw = RecentMedian(), RecentMedian()
        self._settled_deg = 0.0
        self._mirror_correction = MirrorCorrection()

    def step(self, pose: PoseFrame, view: CameraView) -> Corrected:
        """Return the joints of a pose. Time must rise from call to call.

        Parameters
        ----------
        pose : smoothed pose.
        view : of the `Smoother`, smoothed over time.
        """
        yaw_deg, near, front_votes = view
        xy, doubt = pose.xy_px.astype(FLOAT), np.zeros(len(pose.xy_px))
        axis = find_trunk_axis(pose.xy_px, pose.xyz_m, steady_votes=front_votes) if pose.seen else None
        trusted = _trusted(yaw_deg)
        known = np.isfinite(xy).all() and np.isfinite(pose.xyz_m).all()
        if axis is None or near is None or not axis.sure or trusted == 0 or not known:
            self._move = None
            # poses of other programs lack points or depth, which the networks need
            uncorrected = pose.seen and not known
            return Corrected(
                xy, _doubt_uncorrected(near) if uncorrected else doubt, yaw_deg, uncorrected, self._network
            )
        rows = list_moved_rows(near)
        said, yaw = _ask_joint_networks(pose, axis, near, self._network)
        gap_s = pose.time_s - self._time_s
        restarts = self._move is None or near != self._near or gap_s > FORGET_S
        self._time_s, self._near = pose.time_s, near
        mean = said.sum(axis=0) / len(said)
        move = _no_further(mean, MOST_TL)
        posture = turn_into_trunk(xy[rows], axis) + move
        if restarts:
            self._mirror_correction = MirrorCorrection()
        if pose.mirror is not None:
            mirror = _mirror_posture(pose, pose.mirror, axis, near, self._network)
            if mirror is not None:
                self._mirror_correction.learn(pose.time_s, posture, yaw, *mirror)
        half, half_deg = self._mirror_correction.at(posture)
        move = self._steady_move(move + half, math.inf if restarts else gap_s)
        if gap_s > FORGET_S:
            self._yaw.restart()
            self._trunk_yaw.restart()
        self._yaw.add(pose.time_s, min(90.0, max(0.0, yaw + half_deg)))
        self._trunk_yaw.add(pose.time_s, trunk_yaw_deg(pose.xyz_m))
        yaw = trusted * self._yaw.value + (1 - trusted) * yaw_deg
        xy[rows] += trusted * axis.length_px * move.round(5) @ trunk_frame(axis)
        doubt[rows] = np.sqrt((np.square(said - mean).sum(axis=0) / len(said)).sum(axis=1)).round(4)
        self._settled_deg = settle_yaw_deg(yaw, yaw_deg, self._trunk_yaw.value, self._settled_deg)
        return Corrected(xy, doubt, round(self._settled_deg, 4), network=self._network)

    def _steady_move(self, move: NDArray[np.float64], gap_s: float) -> NDArray[np.float64]:
        before = move if self._move is None or math.isinf(gap_s) else self._move
        self._move = before + (1 - math.exp(-gap_s / CORRECTION_STEADY_S)) * (move - before)
        return self._move


def _doubt_uncorrected(near: Side | None) -> NDArray[np.float64]:
    """Return how far each uncorrected landmark may be from its joint.

    (33,), trunk lengths.
    """
    doubt = np.full(len(LANDMARKS), UNCORRECTED_TL["far"])
    if near is not None:
        doubt[[i for i, name in enumerate(LANDMARKS) if near in name]] = UNCORRECTED_TL["near"]
    return doubt


def _no_further(moves: NDArray[np.float64], most: float) -> NDArray[np.float64]:
    """Return moves (n, 2), each shortened to at most `most`."""
    longest = np.maximum(np.hypot(moves[:, 0], moves[:, 1]), most)
    return np.asarray(moves * (most / longest)[:, None])


def _trusted(yaw_deg: float) -> float:
    """Return the weight of the networks' corrections at a camera yaw, 0..1.

    They were not trained on people seen from the front.
    """
    if not math.isfinite(yaw_deg):
        return 0.0
    return min(1.0, max(0.0, (NONE_YAW_DEG - yaw_deg) / (NONE_YAW_DEG - FULL_YAW_DEG)))
