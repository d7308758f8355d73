"""Sitting on the floor, sitting on a stool, getting up from it."""

from __future__ import annotations

import numpy as np

from ..body import Body
from ..geometry import SIDES, Array, Controls, Pose, blend, unit
from .limbs import Anchor, leg_reach, set_leg, spine


def long_sitting(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:
    """Return sitting with the legs in front.

    Controls: lean (pelvis pitch), knee (flexion of both legs), reach 0..1 (hands from the thighs towards the feet).
    """
    pose = spine(c, pelvis=c.get("lean", 0.0), abd=3, foot=-82.0, curl=10)
    drop = (0.095 - 0.055) * body.scale  # hip and heel above the floor
    dx = np.sqrt(leg_reach(body, c.get("knee", 3.0)) ** 2 - drop**2)
    for sd in "LR":
        set_leg(pose, body, sd, dx, -drop)
    j = body.joints_of(pose)
    for sd, sign in SIDES:
        near = blend(j["hip" + sd], j["knee" + sd], 0.62) + np.array([0, 0, 0.10])
        far = _farthest_on_leg(body, j, sd)
        body.arm_ik(pose, sd, blend(near, far, c.get("reach", 0.0)), (-0.3, sign * 0.6, -0.6))
        pose["hand_dir" + sd], pose["palm" + sd] = (1, 0, -0.25), (0, 0, -1)
    return pose, ("hip" + side, 0.0)


def _farthest_on_leg(body: Body, j: dict[str, Array], sd: str) -> Array:
    """Return where along the leg a nearly straight arm puts the wrist."""
    shoulder, knee, ankle = j["shoulder" + sd], j["knee" + sd], j["ankle" + sd]
    drop = shoulder[2] - (ankle[2] + 0.10)
    x = shoulder[0] + np.sqrt(max((0.95 * body.arm_len) ** 2 - drop**2, 0.01))
    beyond_knee = float(np.clip((x - knee[0]) / (ankle[0] - knee[0]), 0, 1))
    return np.array([min(x, ankle[0] + 0.04), ankle[1], blend(knee[2], ankle[2], beyond_knee) + 0.085])


def chair_sitting(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:
    """Return sitting on a stool at a desk, feet flat.

    Controls: lean (pelvis pitch), hands_z (world height of the hands), hands_x (ahead of the hip, m).
    """
    pose = spine(c, pelvis=c.get("lean", 0.0), thigh=-89.0, shank=-2.0, foot=0.0, abd=5, curl=15)
    j = body.joints_of(pose)
    ground = j["ankle" + side][2] - body.ankle_h
    for sd, sign in SIDES:
        target = np.array([j["hip" + sd][0] + c["hands_x"], sign * 0.15, ground + c["hands_z"] + 0.03])
        body.arm_ik(pose, sd, target, (-0.5, sign * 0.35, -0.8))
        pose["hand_dir" + sd], pose["palm" + sd] = (1, -sign * 0.15, 0), (0, 0, -1)
    return pose, ("ankle" + side, 0.0)


def sit_to_stand(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:
    """Return a moment between sitting on a stool and standing, feet flat and still.

    Controls: up 0..1, lean (pelvis pitch), feet_back (deg the shank tilts while sitting), arms (deg the arms are
    raised from hanging), hands 1 = on the desk, with hands_x (ahead of the ankle, m) and hands_z (world).
    """
    up = c.get("up", 0.0)
    pose = spine(c, pelvis=c.get("lean", 0.0), abd=5 - 2 * up, foot=0.0, curl=15)
    shank = np.radians(c.get("feet_back", 14.0))
    sit = np.array([body.thigh_len - body.shank_len * np.sin(shank), -body.shank_len * np.cos(shank) - 0.01])
    stand = np.array([0.045 + 0.002 * c.get("lean", 0.0), -leg_reach(body, 4.0) * 0.999])
    arc = np.array([np.sin(np.pi * up) * 0.03, 0.0])
    dx, dz = blend(sit, stand, up) - arc
    for sd in "LR":
        set_leg(pose, body, sd, dx, dz, foot=0.0)
    arms = c.get("arms", 0.0)
    pose |= dict(uparm=-arms + 0.3 * pose["pelvis"] * (1 - up), arm_abd=5 + 0.06 * arms)
    pose["forearm"] = pose["uparm"] - 10
    j = body.joints_of(pose)
    hold = c.get("hands", 0.0)
    for sd, sign in SIDES if hold > 0 else ():
        ankle = j["ankle" + sd]
        target = np.array([ankle[0] + c["hands_x"], sign * 0.15, ankle[2] - body.ankle_h + c["hands_z"] + 0.03])
        body.arm_ik(pose, sd, blend(j["wrist" + sd], target, hold), (-0.5, sign * 0.35, -0.8))
        pose["hand_dir" + sd] = unit(blend((0.2, 0, -1), (1, -sign * 0.15, 0), hold))
        pose["palm" + sd] = unit(blend((0, -sign, -0.2), (0, 0, -1), hold))
    return pose, ("ankle" + side, 0.0)
