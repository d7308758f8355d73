"""On hands and knees, child's pose, half kneeling."""

from __future__ import annotations

import numpy as np

from ..body import Body
from ..geometry import OTHER, SIGN, Array, Controls, Pose, blend, cross, solve_one, unit
from .limbs import (
    FLAT_HAND,
    Anchor,
    arm_reach,
    hands_on_floor,
    knee_height,
    set_leg,
    spine,
    wrist_height,
)  # fmt: skip


def all_fours(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:
    """Return a position on hands and knees.

    Controls: rock (thigh pitch, + = hips forward of the knees), elbow (flexion), leg_lift 0..1 of the working leg,
    leg_up (deg above horizontal), arm_lift 0..1 of the other arm, arm_same 0..1 of the arm on the working side.
    """
    other, rock = OTHER[side], c.get("rock", 0.0)
    pose = spine(c, thigh=rock, shank=90.0, foot=166.0, abd=2, arm_abd=3, **FLAT_HAND)
    hand_x = body.trunk_len * 0.99
    reach = arm_reach(body, c.get("elbow", 4.0))
    lift = wrist_height(body) - knee_height(body)
    leg, up = c.get("leg_lift", 0.0), 90 + c.get("leg_up", -3.0)
    pose["thigh" + side] = blend(rock, up, leg)
    pose["shank" + side] = blend(90.0, up + 2.0, leg)
    pose["foot" + side] = blend(166.0, 125.0, leg)

    def gap(p: float) -> float:
        j = body.joints_of(dict(pose, pelvis=p))
        knee = j["knee" + other]
        return float(np.linalg.norm(j["shoulder" + side][[0, 2]] - (knee[0] + hand_x, knee[2] + lift)) - reach)

    pose["pelvis"] = solve_one(gap, 30, 135, falling=True)
    hands_on_floor(body, pose, hand_x, "knee" + other)
    for sd, amount in ((other, c.get("arm_lift", 0.0)), (side, c.get("arm_same", 0.0))):
        if amount > 0:
            _lift_arm(pose, sd, amount)
    return pose, ("knee" + other, 0.0)


def _lift_arm(pose: Pose, sd: str, amount: float) -> None:
    """Blend the arm from its contact with the floor to pointing forward."""
    goal = unit([1.0, SIGN[sd] * 0.10, 0.0])
    for key in ("uparm_dir", "forearm_dir"):
        via = blend(pose[key + sd], goal, amount) + np.array([0.35, 0, 0]) * np.sin(np.pi * amount)
        pose[key + sd] = unit(via)
    pose["hand_dir" + sd] = unit(blend((1, 0, 0), goal, amount))
    pose["palm" + sd] = unit(blend((0, 0, -1), (0, -SIGN[sd] * 1.0, -0.2), amount))


def childs_pose(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:  # noqa: ARG001 - a builder's signature
    """Return all fours (fold 0) to child's pose (fold 1).

    Controls: fold, sit (thigh pitch at the end, -74 = on the heels), reach_side (m, hands walked towards +y), head_up
    (extra height of the head, m).
    """
    fold = c.get("fold", 0.0)
    pose = spine(c, thigh=c.get("sit", -74.0) * fold, shank=90.0, foot=168.0, abd=4 + 8 * fold, arm_abd=6, **FLAT_HAND)
    hand_x = body.trunk_len * blend(1.04, 1.22, fold)
    lift = wrist_height(body) - knee_height(body)

    def arms_gap(p: float) -> float:
        j = body.joints_of(dict(pose, pelvis=p))
        knee = j["kneeL"]
        return float(np.linalg.norm(j["shoulderL"][[0, 2]] - (knee[0] + hand_x, knee[2] + lift)) - arm_reach(body, 4.0))

    def head_gap(p: float) -> float:
        j = body.joints_of(dict(pose, pelvis=p))
        floor = j["kneeL"][2] - knee_height(body)
        return float(j["head"][2] - floor - 0.145 * body.scale - c.get("head_up", 0.0))

    on_arms = solve_one(arms_gap, 30, 140, falling=True) if fold < 0.999 else 0.0
    on_head = solve_one(head_gap, 60, 160, falling=True) if fold > 0.001 else 0.0
    w = fold**1.5
    pose["pelvis"] = float(blend(on_arms, on_head, w))
    j = body.joints_of(pose)
    sideways = c.get("reach_side", 0.0)
    longest = _longest_reach(body, j, lift)
    hand = min(blend(hand_x, longest, w), longest) - abs(sideways) * 0.18
    hands_on_floor(body, pose, hand, "kneeL", side_shift=sideways)
    for sd in "LR":
        pose["hand_dir" + sd] = unit([1, sideways * 1.6, 0])
    return pose, ("kneeL", 0.0)


def _longest_reach(body: Body, j: dict[str, Array], lift: float) -> float:
    """Return how far ahead of the knee a straight arm reaches the floor, metres."""
    drop = j["shoulderL"][2] - j["kneeL"][2] - lift
    ahead = np.sqrt(max((0.985 * body.arm_len) ** 2 - drop**2, 0.01))
    return float(j["shoulderL"][0] - j["kneeL"][0] + ahead)


def half_kneel(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:
    """Return half kneeling, working leg behind.

    Controls: drive (rear thigh pitch, + = hips forward), lean (pelvis pitch), step (front ankle ahead of the rear
    knee, m per body scale).
    """
    rear, front, drive = side, OTHER[side], c.get("drive", 0.0)
    pose = spine(c, pelvis=c.get("lean", 0.0), abd=3, arm_abd=8, curl=12)
    pose |= {"thigh" + rear: drive, "shank" + rear: 92.0, "foot" + rear: 166.0}
    hip_z = knee_height(body) + body.thigh_len * np.cos(np.radians(drive))
    hip_x = body.thigh_len * np.sin(np.radians(drive))
    set_leg(pose, body, front, c.get("step", 0.56) * body.scale - hip_x, body.ankle_h - hip_z, foot=0.0)
    j = body.joints_of(pose)
    thigh = j["knee" + front] - j["hip" + front]
    top = unit(cross(thigh, [0, -1.0, 0]))
    top = top if top[2] > 0 else -top
    target = j["hip" + front] + thigh * 0.86 + top * 0.085 * body.scale + np.array([-0.03, -SIGN[front] * 0.01, 0.01])
    body.arm_ik(pose, front, target, (-0.7, SIGN[front] * 0.22, -0.45))  # one hand rests on the front thigh,
    pose["hand_dir" + front] = unit(thigh + np.array([0, -SIGN[front] * 0.12, -0.05]))
    pose["palm" + front] = -top
    hang = pose["pelvis"] * 0.25  # the other arm hangs
    pose |= {"uparm" + rear: -7.0 + hang, "forearm" + rear: -20.0 + hang, "arm_abd" + rear: 9.0}
    return pose, ("knee" + rear, 0.0)
