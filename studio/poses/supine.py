"""On the back: knees to the chest, a raised leg, crunch, bridge, figure four, plough."""

from __future__ import annotations

import numpy as np

from ..body import Body
from ..geometry import OTHER, SIDES, SIGN, Array, Controls, Pose, blend, gradual, solve_one, unit
from .limbs import (
    ARM_BONES,
    FLAT_HAND,
    LEG_BONES,
    Anchor,
    in_trunk,
    lowest_skin,
    lying_heights,
    set_leg,
    spine,
    wrist_height,
)  # fmt: skip


def supine(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:
    """Return lying on the back with legs long, drawn in, raised, or feet on the floor.

    Controls: flex, flex_other (deg the thigh is raised from the floor), knee, knee_other (flexion), point (foot against
    shank), hug 0..1 (hands from the floor to the knees), hug_both, tilt (pelvis curls up, taken up by the lumbar
    spine), sit_up (pelvis pitch), foot_floor 1 (feet stay on the floor, flex ignored), feet (hip-ankle distance then,
    m per body scale), cross 0..1 (arms on the chest).
    """
    tilt = c.get("tilt", 0.0)
    pose = spine(c, pelvis=-90.0 - tilt + c.get("sit_up", 0.0), abd=3)
    pose["lumbar"] += tilt
    for sd, tag in ((side, ""), (OTHER[side], "_other")):
        thigh = -90.0 - c.get("flex" + tag, 0.0)
        pose["thigh" + sd], pose["shank" + sd] = thigh, thigh + c.get("knee" + tag, 2.0)
        pose["foot" + sd] = pose["shank" + sd] + c.get("point" + tag, -5.0)
        if c.get("foot_floor", 0.0) > 0:
            down = body.ankle_h - lying_heights(body)[0]
            set_leg(pose, body, sd, c.get("feet", 0.62) * body.scale, down, foot=0.0)
    if c.get("cross", 0.0) > 0:
        _cross_arms(body, pose, c["cross"])
    else:
        _hug_knees(body, pose, c, side)
    return pose, ("hip" + side, 0.0)


def _resting_wrist(body: Body, j: dict[str, Array], sd: str) -> Array:
    """Return where the wrist lies beside a body on its back."""
    ahead = np.array([0.96 * body.arm_len, SIGN[sd] * 0.14, wrist_height(body) - lying_heights(body)[1]])
    return j["shoulder" + sd] + ahead


def _cross_arms(body: Body, pose: Pose, amount: float) -> None:
    j, pose["curl"] = body.joints_of(pose), 20
    up_trunk, out_chest = in_trunk(pose)
    for sd, sign in SIDES:
        across = -np.array([0, sign * 0.085, 0])
        target = j["spine01"] + up_trunk * 0.035 + across + out_chest * 0.185 * body.scale
        elbow = 0.4 * -up_trunk + np.array([0, sign * 0.9, 0]) + out_chest * 0.2
        hint = blend((0, sign, -0.2), elbow, amount)
        body.arm_ik(pose, sd, blend(_resting_wrist(body, j, sd), target, amount), hint)
        pose["hand_dir" + sd], pose["palm" + sd] = unit(up_trunk * 0.5 - np.array([0, sign, 0])), -out_chest


def _hug_knees(body: Body, pose: Pose, c: Controls, side: str) -> None:
    j, hug = body.joints_of(pose), c.get("hug", 0.0)
    pose["curl"] = blend(FLAT_HAND["curl"], 20, hug)
    for sd, sign in SIDES:
        both = bool(c.get("hug_both"))
        leg = sd if both else side
        knee, ankle = j["knee" + leg], j["ankle" + leg]
        target = knee + (ankle - knee) * 0.20 + np.array([0.035, 0.0 if both else sign * 0.055, 0.055])
        over = np.array([0, 0, 0.12]) * np.sin(np.pi * hug)
        hint = blend((0, sign, -0.3), (0.1, sign * 0.8, -0.5), hug)
        body.arm_ik(pose, sd, blend(_resting_wrist(body, j, sd), target, hug) + over, hint)
        grip = gradual(hug, 0.1, 0.8)
        pose["hand_dir" + sd] = unit(blend((1, 0, 0), (0.4, -sign * 0.8, -0.2), grip))
        pose["palm" + sd] = unit(blend((0, 0, -1), (-0.6, 0, -0.8), grip))


def bridge(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:
    """Return lying with the feet up to a bridge; the feet stay where they are.

    Controls: rise (0 = lying, 1 = shoulder, hip and knee in one line), feet (shoulder-ankle distance, 1 = shanks
    upright in the straight bridge).
    """
    rise = c.get("rise", 0.0)
    hip_h, shoulder_h = lying_heights(body)
    trunk, thigh = body.trunk_len, body.thigh_len
    upright = body.shank_len + body.ankle_h - shoulder_h  # knee above the shoulder when the shanks are upright
    span = np.sqrt((trunk + thigh) ** 2 - upright**2) * c.get("feet", 1.0)
    top = shoulder_h + _knee_over_shoulder(body, span, body.ankle_h - shoulder_h) * trunk / (trunk + thigh)
    f = float(np.clip(rise, 0, 1))
    pose = spine(c, abd=5, foot=0.0, uparm=-90.0, forearm=-90.0, arm_abd=14, **FLAT_HAND)
    pose["thoracic"] += 12 * f
    pose["neck"] += 6 + 20 * f
    pose["head"] += 2 + 5 * f
    want = (hip_h - shoulder_h) + rise * (top - hip_h)

    def gap(p: float) -> float:
        j = body.joints_of(dict(pose, pelvis=p))
        return float((j["hipL"][2] - j["shoulderL"][2]) - want)

    pose["pelvis"] = solve_one(gap, -70, -165)
    j = body.joints_of(pose)
    ground = j["shoulderL"][2] - shoulder_h
    for sd, sign in SIDES:
        hip = j["hip" + sd]
        set_leg(pose, body, sd, j["shoulderL"][0] + span - hip[0], ground + body.ankle_h - hip[2], foot=0.0)
        target = j["shoulder" + sd] + np.array([0.97 * body.arm_len, sign * 0.10, wrist_height(body) - shoulder_h])
        body.arm_ik(pose, sd, target, (0, sign, 0.3))
        pose["hand_dir" + sd], pose["palm" + sd] = (1, 0, 0), (0, 0, -1)
    return pose, ("ankle" + side, 0.0)


def _knee_over_shoulder(body: Body, ahead: float, above: float) -> float:
    """Return how high the knee is over the shoulder in a straight bridge; the ankle is (ahead, above) of it, metres."""
    straight, distance = body.trunk_len + body.thigh_len, np.hypot(ahead, above)
    cosine = (straight**2 + distance**2 - body.shank_len**2) / (2 * straight * distance)
    return float(straight * np.sin(np.arctan2(above, ahead) + np.arccos(np.clip(cosine, -1, 1))))


def figure_four(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:
    """Return a figure four on the back: the working ankle lies on the other knee.

    Controls: cross 0..1, draw (flexion of the supporting thigh from feet on the floor), hug 0..1.
    """
    other = OTHER[side]
    pose = spine(c, pelvis=-90.0, abd=3)
    for sd in "LR":
        set_leg(pose, body, sd, 0.62 * body.scale, body.ankle_h - lying_heights(body)[0], foot=0.0)
    draw, cross = c.get("draw", 0.0), c.get("cross", 0.0)
    pose["thigh" + other] -= draw
    pose["shank" + other] += draw * 0.45
    pose["foot" + other] = pose["shank" + other] * 0.8 * gradual(draw, 0.0, 20.0)
    pose["thigh" + side] = blend(pose["thigh" + side], pose["thigh" + other] - 14, cross)
    pose["shank" + side] = blend(pose["shank" + side], pose["thigh" + other] + 62, cross)
    pose["foot" + side] = blend(0.0, pose["shank" + side] + 10, cross)
    turned = dict(abd=3 + 42 * cross, abd_shank=3 - 82 * cross, hip_rot=38 * cross, shank_rot=40 * cross)
    pose |= {k + side: v for k, v in turned.items()} | {"abd_foot" + side: -60 * cross}
    _hold_thigh(body, pose, other, c.get("hug", 0.0))
    return pose, ("hip" + side, 0.0)


def _hold_thigh(body: Body, pose: Pose, leg: str, hug: float) -> None:
    j, grip = body.joints_of(pose), gradual(hug, 0.1, 0.8)
    pose["curl"] = blend(FLAT_HAND["curl"], 20, hug)
    for sd, s in SIDES:
        back_of_thigh = blend(j["hip" + leg], j["knee" + leg], 0.62) + np.array([0.07, s * 0.10, -0.02])
        body.arm_ik(pose, sd, blend(_resting_wrist(body, j, sd), back_of_thigh, hug), (0, s, blend(-0.3, 0.1, hug)))
        pose["hand_dir" + sd] = unit(blend((1, 0, 0), (0.5, -s * 0.6, 0.2), grip))
        pose["palm" + sd] = unit(blend((0, 0, -1), (-0.9, 0, -0.1), grip))


def plough(body: Body, c: Controls, side: str) -> tuple[Pose, Anchor]:  # noqa: ARG001 - a builder's signature
    """Return lying on the back with the legs raised up to over the head; head and arms stay on the floor.

    Controls: pelvis and thigh (their pitches), toes_down 0..1 (the toes reach for the floor behind the head). The neck
    bends as far as the head needs to lie flat.
    """
    pose = spine(c, pelvis=c["pelvis"], thigh=c["thigh"], abd=2, curl=FLAT_HAND["curl"])
    pose["neck"] += (-90.0 - pose["pelvis"] - pose["lumbar"] - pose["thoracic"]) * 0.9
    pose["foot"] = c["thigh"] - 5.0
    floor = lowest_skin(body, pose, (*ARM_BONES, *LEG_BONES))
    down = c.get("toes_down", 0.0)
    if down > 0:

        def gap(thigh: float) -> float:
            toe = body.joints_of(dict(pose, thigh=thigh, foot=thigh + 60.0))["toeL"]
            return float(toe[2] - floor - 0.02)

        touching = solve_one(gap, -230.0, -330.0)
        pose["thigh"] = blend(c["thigh"], touching, down)
        pose["foot"] = pose["thigh"] + blend(-5.0, 60.0, down)
    j = body.joints_of(pose)
    for sd, sign in SIDES:
        shoulder = j["shoulder" + sd]
        target = np.array([shoulder[0] + 0.98 * body.arm_len, shoulder[1] + sign * 0.10, floor + wrist_height(body)])
        body.arm_ik(pose, sd, target, (0, sign, 0.3))
        pose["hand_dir" + sd], pose["palm" + sd] = (1, 0, 0), (0, 0, -1)
    return pose, ("head", 0.0)
