"""On the front: cobra and plank."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..body import Body
from ..geometry import SIDES, Controls, Pose, solve_one
from .limbs import ARM_BONES, FOOT_BONES, Anchor, lowest_skin, spine, wrist_height


@lru_cache(maxsize=4)
def _leg_slope(body: Body) -> float:
    """Return how far the legs point down when toes and belly of a person lying on the front touch the floor, deg."""
    pose = dict(pelvis=90.0, thigh=90.0, foot=168.0)
    j, floor = body.joints_of(pose), lowest_skin(body, pose, (*ARM_BONES, *FOOT_BONES))
    drop = j["toeL"][2] - 0.02 * body.scale - floor
    return float(np.degrees(np.arcsin(drop / np.linalg.norm(j["toeL"] - j["hipL"]))))


def cobra(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:
    """Return lying on the front with the chest lifted.

    Controls: lift (deg of spine extension), hips_up (deg the thighs leave the floor), legs_up (deg the legs are lifted
    behind), shin (knee flexion).
    """
    lift, up = c.get("lift", 0.0), c.get("hips_up", 0.0)
    thigh = 90.0 - _leg_slope(body) - up + c.get("legs_up", 0.0)
    shank = thigh + c.get("shin", 0.0)
    pose = spine(c, pelvis=90.0 - 0.22 * lift - up * 0.6, thigh=thigh, shank=shank, foot=shank + 78.0, abd=4, curl=-6)
    pose["lumbar"] -= 0.62 * lift
    pose["thoracic"] -= 0.40 * lift
    j, floor = body.joints_of(pose), lowest_skin(body, pose, ARM_BONES)
    hand_x = j["knee" + side][0] + body.thigh_len + 0.86 * body.trunk_len
    for sd, sign in SIDES:
        target = np.array([hand_x, j["shoulder" + sd][1] + sign * 0.05, floor + wrist_height(body)])
        body.arm_ik(pose, sd, target, (-1, sign * 0.25, 0.25))
        pose["hand_dir" + sd], pose["palm" + sd] = (1, 0, 0), (0, 0, -1)
    return pose, ("knee" + side, 0.0)


def plank(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:
    """Return a plank on forearms and toes. Controls: sag (deg, + = hips low, - = hips high)."""
    sag = c.get("sag", 0.0)
    pose = spine(c, foot=20.0, toe_bend=-30.0, abd=3, uparm=0.0, forearm=-90.0, arm_abd=2, curl=20)
    pose |= dict(hand_dir=(1, 0, 0), palm=(0, 0, -1))
    pose["lumbar"] += -sag * 0.8 if sag > 0 else -sag * 0.25
    pelvis, thigh = 88.0 + sag * 0.35, 90 + sag * (0.9 if sag > 0 else 1.0)

    def gap(x: float) -> float:
        j = body.joints_of(dict(pose, pelvis=pelvis + x, thigh=thigh + x, shank=thigh + x))
        return float((j["elbow" + side][2] - 0.045) - (j["toe" + side][2] - 0.022))

    x = solve_one(gap, -40, 40)
    pose |= dict(pelvis=pelvis + x, thigh=thigh + x, shank=thigh + x)
    return pose, ("toe" + side, 0.0)
