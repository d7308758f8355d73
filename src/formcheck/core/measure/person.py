"""One person followed through a recording: smoothed, joints corrected, measured."""

from __future__ import annotations

import math
from dataclasses import replace

from formcheck.core.records import Measurements, PoseFrame
from formcheck.core.skeleton import Side

from .joint_angles import Reference
from .joint_correction import Corrected, Corrector
from .measure import measure_pose
from .networks import DEFAULT_NETWORK
from .smoothing import Smoother


class PersonTracker:
    """Follows one person; `measured` gives the measurements of the last pose.

    Parameters
    ----------
    pose_model : name of the model that sees the person, see `Corrector`.

    Attributes
    ----------
    steady : the last pose, smoothed; None before the first.
    joints : its corrected joints.
    """

    def __init__(self, pose_model: str = DEFAULT_NETWORK) -> None:
        self._smoother, self._corrector = Smoother(), Corrector(pose_model)
        self.steady: PoseFrame | None = None
        self.joints: Corrected | None = None

    @property
    def near(self) -> Side | None:
        """Return the side next to the camera, None before a person was seen."""
        return self._smoother.near

    def step(self, pose: PoseFrame) -> PoseFrame:
        """Add one pose, return it smoothed. Time must rise from call to call."""
        self.steady = self._smoother.step(pose)
        seen_from = self._smoother
        self.joints = self._corrector.step(
            self.steady, near=seen_from.near, front_votes=seen_from.front_votes, yaw_deg=seen_from.yaw_deg
        )
        return self.steady

    def measured(self, reference: Reference | None = None, *, unsure: bool = True) -> Measurements:
        """Measure the last pose, against the person's own start posture if it is known.

        Parameters
        ----------
        unsure : also return the uncertainty of each value.
        """
        if self.steady is None:
            raise ValueError("expected a pose before the first measurement, got none; call step first")
        measurements = measure_pose(
            self.steady,
            reference=reference,
            joints=self.joints,
            yaw_deg=self.joints.yaw_deg if self.joints else math.nan,
            front_votes=self._smoother.front_votes,
            near=self._smoother.near,
            unsure=unsure,
        )
        return replace(measurements, cuts=self._smoother.cuts) if self._smoother.cuts else measurements
