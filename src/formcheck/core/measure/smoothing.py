"""Smooth landmarks, camera yaw, near side and front on real time steps.

One Euro filter (Casiez, Roussel & Vogel 2012, doi:10.1145/2207676.2208639), with the exact exponential
step so that 15, 30 and 60 frames per second are smoothed alike. Speeds are in trunk lengths per
second, so that size and resolution do not matter.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formcheck.core.geometry import mid
from formcheck.core.records import CameraView, PoseFrame
from formcheck.core.skeleton import Side

from .camera_view import arms_apart_deg, find_near_in_profile, find_near_side, near_vote, yaw_of_pose_deg
from .contour import MIN_SIDE_VOTES, TrunkAxis, find_trunk_axis

MIN_CUTOFF_HZ = 1.5
CUTOFF_PER_SPEED = 4.0
"""Hz of cutoff for each trunk length per second.

Fast movement is followed, stillness is smoothed.
"""
SPEED_CUTOFF_HZ = 2.0
HOLD_GAP_S = 0.25
"""A person lost for no longer than this keeps the last place."""
FORGET_S = 0.6
"""After a longer gap the filters restart."""
CUT_TL_PER_S = 5.0
"""A trunk that moves faster than this did not move: the film was cut, or another person is seen."""
LEAST_CUT_S = 0.2
"""Shorter times count as this long: in a few milliseconds, the noise of a landmark is a speed."""
CUT_GROWTH = 1.7
"""A trunk that is so many times as long or as short in the next picture did not bend: the film changed to a close-up.

Rendered people in side views grow by 1.1 at most, folded people from the front by 1.45.
"""
CUT_GROWTH_S = 0.25
"""... and the two pictures are no further apart than this."""
SLOW_TAU_S = 0.8
VIEW_S = 1.0
"""The camera's yaw is the median of this time.

A mean would keep wrong readings of a body that is half outside the picture for longer, and would follow a turn later.
"""
FRONT_TAU_S = 2.0
TURNED_VOTES = -0.5
"""A sure front is given up if the smoothed votes contradict it this much."""
ARMS_APART_DEG = 60.0


def _step_share(cutoff_hz: NDArray[np.float64] | float, dt_s: float) -> NDArray[np.float64]:
    return np.asarray(1.0 - np.exp(-2 * math.pi * cutoff_hz * dt_s))


def _arms_together(pose: PoseFrame) -> bool:
    """Return whether the shoulder line shows how the person is turned.

    If one arm reaches forward, only that line turns.
    """
    if np.isfinite(pose.xyz_m).any():
        return arms_apart_deg(pose.xyz_m) < ARMS_APART_DEG
    return not arms_apart_deg(pose.xy_px) >= ARMS_APART_DEG  # not every skeleton has arms


def _is_too_fast(before: TrunkAxis, now: TrunkAxis, gap_s: float) -> bool:
    """Return whether a trunk moved further, or grew more, than a person's can."""
    shorter_px, longer_px = sorted((before.length_px, now.length_px))
    if gap_s <= CUT_GROWTH_S and longer_px > CUT_GROWTH * shorter_px:
        return True
    way_px = math.dist(mid(before.hip, before.shoulder), mid(now.hip, now.shoulder))
    return way_px > CUT_TL_PER_S * max(gap_s, LEAST_CUT_S) * max(before.length_px, now.length_px)


class RecentMedian:
    """The median of a value over the last `VIEW_S` in which it was read.

    Attributes
    ----------
    value : the median; NaN before the first reading.
    """

    def __init__(self) -> None:
        self.value = math.nan
        self._read: deque[tuple[float, float]] = deque()

    def restart(self) -> None:
        """Forget all readings, but keep the median until the next one."""
        self._read.clear()

    def add(self, time_s: float, reading: float) -> None:
        """Add one reading. Time must rise."""
        self._read.append((time_s, reading))
        while self._read[0][0] < time_s - VIEW_S:
            self._read.popleft()
        self.value = statistics.median(value for _, value in self._read)


class Smoother:
    """Smooths one person's poses; keeps the last pose over short gaps.

    Attributes
    ----------
    near : side next to the camera, None before a person was seen.
    front_votes : signed votes for the direction of the front, smoothed; None before a person was seen. A head thrown
        back or hips high above the shoulders make single poses doubtful.
    cuts : how often the film was cut, or another person was seen.
    """

    def __init__(self) -> None:
        self._yaw = RecentMedian()
        self.near: Side | None = None
        self.front_votes: float | None = None
        self._votes = math.nan
        self._last: PoseFrame | None = None
        self._xy: NDArray[np.float64] | None = None
        self._speed: NDArray[np.float64] | None = None
        self._near_m = 0.0
        self.cuts = 0
        self._trunk: TrunkAxis | None = None

    @property
    def yaw_deg(self) -> float:
        """Return the camera yaw, over about a second; NaN before a person was seen."""
        return self._yaw.value

    @property
    def view(self) -> CameraView:
        """Return how the camera sees the person, by geometry alone."""
        return CameraView(self.yaw_deg, self.near, self.front_votes)

    def step(self, pose: PoseFrame) -> PoseFrame:
        """Return the smoothed pose. Time must rise from call to call."""
        gap_s = pose.time_s - self._last.time_s if self._last else math.inf
        if not pose.seen:
            if self._last is not None and gap_s <= HOLD_GAP_S:
                return replace(self._last, time_s=pose.time_s, people=pose.people, mirror=None)
            return pose
        axis = find_trunk_axis(pose.xy_px, pose.xyz_m)
        is_cut = axis is not None and self._trunk is not None and _is_too_fast(self._trunk, axis, gap_s)
        self.cuts += is_cut
        self._trunk = axis or self._trunk
        if is_cut or gap_s > FORGET_S or self._xy is None or self._speed is None:
            return self._restart(pose)
        if axis is None:
            return pose
        raw = np.asarray(pose.xy_px, np.float64)
        # a landmark that was not found before starts here; a missing one keeps no history
        self._xy = np.where(np.isfinite(self._xy), self._xy, raw)
        self._speed = np.where(np.isfinite(self._speed), self._speed, 0.0)
        speed = (raw - self._xy) / gap_s / axis.length_px
        self._speed = self._speed + _step_share(SPEED_CUTOFF_HZ, gap_s) * (speed - self._speed)
        pace = np.hypot(self._speed[:, :1], self._speed[:, 1:])
        self._xy = self._xy + _step_share(MIN_CUTOFF_HZ + CUTOFF_PER_SPEED * pace, gap_s) * (raw - self._xy)
        self._follow_view(pose, gap_s)
        self._follow_front(axis.signed_votes, gap_s)
        self._follow_profile(pose)
        return self._kept(replace(pose, xy_px=self._xy.astype(np.float32)))

    def _restart(self, pose: PoseFrame) -> PoseFrame:
        self._xy = np.asarray(pose.xy_px, np.float64)
        self._speed = np.zeros_like(self._xy)
        self._follow_view(pose, math.inf)
        axis = find_trunk_axis(pose.xy_px, pose.xyz_m)
        self._votes = axis.signed_votes if axis else math.nan
        self.front_votes = self._votes if axis else None
        self._follow_profile(pose)
        return self._kept(pose)

    def _kept(self, pose: PoseFrame) -> PoseFrame:
        self._last = pose
        return pose

    def _follow_view(self, pose: PoseFrame, gap_s: float) -> None:
        share = 1.0 if math.isinf(gap_s) or math.isnan(self.yaw_deg) else 1 - math.exp(-gap_s / SLOW_TAU_S)
        yaw, vote = yaw_of_pose_deg(pose), near_vote(pose.xyz_m)
        if share == 1.0:
            self._yaw.restart()
        if math.isfinite(yaw) and (share == 1.0 or _arms_together(pose)):
            self._yaw.add(pose.time_s, yaw)
        if math.isfinite(vote):
            self._near_m += share * (vote - self._near_m)
            if self.near is None or share == 1.0 or abs(self._near_m) > 0.05:
                self.near = find_near_side(self._near_m)

    def _follow_profile(self, pose: PoseFrame) -> None:
        """Find the near side from the direction of the front, for poses without depth."""
        if not math.isfinite(near_vote(pose.xyz_m)):
            self.near = find_near_in_profile(self.front_votes) or self.near

    def _follow_front(self, votes: float, gap_s: float) -> None:
        """Smooth the votes; once sure, stay sure until they clearly change sign."""
        share = 1 - math.exp(-gap_s / FRONT_TAU_S)
        self._votes = votes if math.isnan(self._votes) else self._votes + share * (votes - self._votes)
        kept = self.front_votes
        stays = kept is not None and abs(kept) >= MIN_SIDE_VOTES and self._votes * kept > TURNED_VOTES * abs(kept)
        if stays and kept is not None and abs(self._votes) < MIN_SIDE_VOTES:
            self.front_votes = math.copysign(MIN_SIDE_VOTES, kept)
        else:
            self.front_votes = self._votes
