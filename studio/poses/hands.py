"""A hand that is raised, in whatever posture the rest of the body is."""

from __future__ import annotations

import numpy as np

from ..body import Body
from ..geometry import SIDES, Controls, Pose, blend, unit

REACH = 0.93
"""How far a raised hand is from its shoulder, as a share of the arm: the elbow stays a little bent."""
_SHRUG_DEG = 14.0
_UP = (0.16, 0.06, 1.0)
"""Ahead, to its own side, up."""
_OVER = 0.85
"""On its way the hand goes ahead of the body."""


def raise_hands(body: Body, pose: Pose, c: Controls) -> None:
    """Raise the hands of a pose. Controls: hand_upL, hand_upR (0 = as in the pose .. 1 = up)."""
    for sd, sign in SIDES:
        amount = c.get("hand_up" + sd, 0.0)
        if amount <= 0:
            continue
        j = body.joints_of(pose)
        arm = j["wrist" + sd] - j["shoulder" + sd]
        length = np.linalg.norm(arm)
        pose["shrug" + sd] = pose.get("shrug", 0.0) + _SHRUG_DEG * amount
        shoulder = body.joints_of(pose)["shoulder" + sd]
        ahead = np.array([_OVER * np.sin(np.pi * amount), 0, 0])
        toward = unit(blend(arm / length, unit((_UP[0], sign * _UP[1], _UP[2])), amount) + ahead)
        hint = blend((-0.6, sign * 0.5, 0.3), (0.8, sign * 0.6, 0.0), amount)
        body.arm_ik(pose, sd, shoulder + toward * blend(length, REACH * body.arm_len, amount), hint)
        pose["hand_dir" + sd], pose["palm" + sd] = pose["forearm_dir" + sd], unit((1.0, 0.15 * sign, 0.1))
