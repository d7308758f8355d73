"""Standing, marching, bowing at a chair, one heel to the buttock."""

from __future__ import annotations

import numpy as np

from ..body import Body
from ..geometry import OTHER, SIDES, SIGN, Controls, Pose, blend, cross, gradual, unit
from .limbs import Anchor, leg_reach, set_leg, spine


def standing(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:
    """Return standing, a hip hinge or a flop.

    Controls: lean (pelvis pitch), knee (flexion of the working leg), step (working foot ahead of the other, m), hands
    (0 hanging .. 1 on the thigh), slide 0..1 (along the thigh), hang (arm pitch), balance (1: hips go back as far as
    balance asks, 0: hips stay over the rear foot), world_x.
    """
    hang = c.get("hang", 0.0)
    pose = spine(c, pelvis=c.get("lean", 0.0), abd=4, abd_foot=0, foot=0.0, arm_abd=5, uparm=hang, forearm=hang - 5)
    j = body.joints_of(pose)
    hip = j["hip" + side]
    lever = 0.45 * (j["spine02"][0] - hip[0]) + 0.25 * (j["head"][0] - hip[0]) - 0.05
    step = c.get("step", 0.0)
    behind = (lever - step * 0.5) * c.get("balance", 1.0)  # of the rear foot
    height = np.sqrt(max(leg_reach(body, c.get("knee", 3.0)) ** 2 - (behind + step) ** 2, 0.04))
    set_leg(pose, body, side, behind + step, -height)
    set_leg(pose, body, OTHER[side], behind, -height)
    if c.get("hands", 0.0) > 0:
        _hands_on_thighs(body, pose, c)
    return pose, ("ankle" + OTHER[side], c.get("world_x", 0.0))


def _hands_on_thighs(body: Body, pose: Pose, c: Controls) -> None:
    j = body.joints_of(pose)
    for sd, sign in SIDES:
        hip, knee = j["hip" + sd], j["knee" + sd]
        along = knee - hip
        front = unit(cross(along, [0, -1.0, 0]))
        front = front if front[0] > 0 else -front
        on_thigh = along * (0.30 + 0.62 * c.get("slide", 0.0)) + front * 0.10 * body.scale
        target = hip + on_thigh + np.array([0, sign * 0.02, 0])
        body.arm_ik(pose, sd, blend(j["wrist" + sd], target, c["hands"]), (-0.6, sign * 0.5, 0.3))
        pose["hand_dir" + sd], pose["palm" + sd] = unit(along), -front


def march(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:  # noqa: ARG001 - a builder's signature
    """Return a moment of marching on the spot. Controls: phase (steps), lift (thigh deg), lean, world_x; walk 0..1."""
    walk = c.get("walk", 0.0)
    pose = spine(c, pelvis=c.get("lean", 0.0), foot=0.0, abd=2, arm_abd=5)
    swing = np.sin(np.pi * c.get("phase", 0.0))
    for sd, s in (("L", swing), ("R", -swing)):
        stride = 24 * s * walk
        lift = c.get("lift", 45.0) * max(s, 0.0)
        pose["thigh" + sd] = -lift - stride - 2
        pose["shank" + sd] = lift * 0.55 - stride * 0.6 + 3 + 18 * max(-s, 0.0) * walk
        pose["foot" + sd] = lift * 0.15
        pose["uparm" + sd] = 28 * s
        pose["forearm" + sd] = pose["uparm" + sd] - (35 - 28 * walk)
    return pose, ("root", c.get("world_x", 0.0))


def chair_stretch(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:
    """Return a bow with the hands on a chair back.

    Controls: trunk (pelvis pitch), hip_back (m behind the ankles), knee (flexion), feet_x (world x of the feet),
    hand_x, hand_z (world, on the chair), liftL, liftR (m, a foot that steps).
    """
    pose = spine(c, pelvis=c["trunk"], abd=3, foot=0.0, curl=35)
    hip = body.joints_of(pose)["hip" + side]
    back = c.get("hip_back", 0.0)
    height = np.sqrt(max(leg_reach(body, c.get("knee", 3.0)) ** 2 - back**2, 0.04))
    for sd in "LR":
        set_leg(pose, body, sd, back, -(height - c.get("lift" + sd, 0.0)))
    ground = hip[2] - height - body.ankle_h
    shift = c["feet_x"] - (hip[0] + back)  # world = pose frame + shift
    for sd, sign in SIDES:
        target = np.array([c["hand_x"] - shift, sign * 0.17, ground + c["hand_z"] + 0.03])
        body.arm_ik(pose, sd, target, (-0.2, sign * 0.5, -0.8))
        pose["hand_dir" + sd], pose["palm" + sd] = (1, 0, -0.15), (0, 0, -1)
    return pose, ("ankle" + side, c["feet_x"])


def chair_layout(body: Body, end_trunk: float, hip_back: float, shrug: float) -> tuple[float, float]:
    """Return world x, z of the hands so that straight arms continue the trunk at the end; the feet are at x = 0."""
    j = body.joints_of(dict(pelvis=end_trunk, foot=0.0, shrug=shrug))
    rel = j["shoulderL"] - j["hipL"]
    height = np.sqrt(leg_reach(body, 3) ** 2 - hip_back**2) + body.ankle_h
    reach, a = 0.995 * body.arm_len, np.radians(end_trunk + 12)
    return float(-hip_back + rel[0] + reach * np.sin(a)), float(height + rel[2] + reach * np.cos(a) - 0.03)


def heel_to_buttock(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:
    """Return standing on one leg with the other heel held at the buttock.

    Controls: fold (knee flexion of the working leg), thigh (its pitch, + = knee behind the hip), lean (pelvis pitch),
    grip 0..1 (hand from hanging to the foot).
    """
    other, lean = OTHER[side], c.get("lean", 0.0)
    pose = spine(c, pelvis=lean, abd=3, foot=0.0, arm_abd=6, uparm=0.0, forearm=-8.0, curl=25)
    hip = body.joints_of(pose)["hip" + side]
    behind = 0.45 * (body.joints_of(pose)["spine02"][0] - hip[0])
    set_leg(pose, body, other, behind, -np.sqrt(leg_reach(body, 4.0) ** 2 - behind**2), foot=0.0)
    fold = c.get("fold", 0.0)
    off_floor = gradual(fold, 0, 25)
    pose["thigh" + side] = blend(pose["thigh" + other], c.get("thigh", 0.0), off_floor)
    pose["shank" + side] = blend(pose["shank" + other], pose["thigh" + side] + fold, off_floor)
    pose["foot" + side] = pose["shank" + side] * gradual(fold, 25, 75) + 45 * gradual(fold, 50, 120)
    _hold_foot(body, pose, side, c.get("grip", 0.0))
    return pose, ("ankle" + other, c.get("world_x", 0.0))


def _hold_foot(body: Body, pose: Pose, side: str, grip: float) -> None:
    if grip <= 0:
        return
    j = body.joints_of(pose)
    ankle, toe = j["ankle" + side], j["toe" + side]
    foot = unit(toe - ankle)
    target = blend(ankle, toe, 0.2) + np.array([-0.02, SIGN[side] * 0.03, 0.06]) * body.scale
    rest = j["wrist" + side]
    body.arm_ik(pose, side, blend(rest, target, grip), (-0.9, SIGN[side] * 0.5, 0.1))
    pose["hand_dir" + side] = unit(blend((0, 0, -1), unit(foot * 0.5 + np.array([-0.1, 0, -0.8])), grip))
    pose["palm" + side] = unit(blend((0, -SIGN[side], 0), (0.6, -SIGN[side] * 0.8, 0), grip))
