"""What the builders share: spine, legs and arms that reach a place."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ..body import Body
from ..geometry import SIDES, Array, Controls, Pose, pitch_of
from ..mesh import N_SKIN, weight_of

Anchor = tuple[str, float]
Builder = Callable[[Body, Controls, str], tuple[Pose, Anchor]]
ARM_BONES = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
FOOT_BONES = ("foot", "toe")
LEG_BONES = ("upperleg", "lowerleg", *FOOT_BONES)
FLAT_HAND: Pose = dict(hand_dir=(1, 0, 0), palm=(0, 0, -1), curl=-6)


def spine(c: Controls, **extra: Any) -> Pose:
    """Return the part of a pose that every builder shares."""
    keys = ("lumbar", "thoracic", "neck", "head", "side_bend", "shrug")
    return {k: c.get(k, 0.0) for k in keys} | extra


def set_leg(pose: Pose, body: Body, sd: str, dx: float, dz: float, *, foot: float | None = None) -> None:
    """Set the pitches of a leg so that the ankle is (dx, dz) from the hip, knee to the front."""
    a, b = body.thigh_len, body.shank_len
    d = float(np.clip(np.hypot(dx, dz), abs(a - b) + 0.02, (a + b) * 0.9999))
    at_hip = np.degrees(np.arccos(np.clip((a * a + d * d - b * b) / (2 * a * d), -1, 1)))
    at_ankle = np.degrees(np.arccos(np.clip((b * b + d * d - a * a) / (2 * b * d), -1, 1)))
    line = pitch_of(dx, dz)
    pose["thigh" + sd], pose["shank" + sd] = line - at_hip, line + at_ankle
    if foot is not None:
        pose["foot" + sd] = foot


def leg_reach(body: Body, knee_deg: float) -> float:
    """Return the hip-ankle distance at a knee flexion (0 = straight)."""
    a, b = body.thigh_len, body.shank_len
    return float(np.sqrt(a * a + b * b + 2 * a * b * np.cos(np.radians(knee_deg))))


def arm_reach(body: Body, elbow_deg: float) -> float:
    """Return the shoulder-wrist distance at an elbow flexion (0 = straight)."""
    a, b = body.uparm_len, body.forearm_len
    return float(np.sqrt(a * a + b * b + 2 * a * b * np.cos(np.radians(elbow_deg)))) * 0.995


def knee_height(body: Body) -> float:
    """Return the height of the centre of a knee that rests on the floor, metres."""
    return 0.047 * body.scale


def wrist_height(body: Body) -> float:
    """Return the height of the wrist of a hand that lies flat on the floor, metres."""
    return 0.032 * body.scale


def hands_on_floor(body: Body, pose: Pose, hand_x: float, knee: str, *, side_shift: float = 0.0) -> None:
    """Put both hands flat on the floor, `hand_x` ahead of a knee that rests on it."""
    j = body.joints_of(pose)
    lift = wrist_height(body) - knee_height(body)
    for sd, sign in SIDES:
        target = np.array([j[knee][0] + hand_x, j["shoulder" + sd][1] + side_shift, j[knee][2] + lift])
        body.arm_ik(pose, sd, target, (-0.7, sign * 0.45, 0.1))


@lru_cache(maxsize=4)
def lying_heights(body: Body) -> tuple[float, float]:
    """Return the heights of hip and shoulder centre above the floor when lying flat on the back, metres."""
    world, pos = body.forward(dict(pelvis=-90, thigh=-90, foot=-95, uparm=-90))
    low, j = body.skin(world, pos)[:, 2].min(), body.joints(world, pos)
    return float(j["hipL"][2] - low), float(j["shoulderL"][2] - low)


def lowest_skin(body: Body, pose: Pose, without: tuple[str, ...]) -> float:
    """Return the height of the lowest skin in the frame of `joints_of`, metres, leaving out what follows some bones."""
    kept = weight_of(*without)[:N_SKIN] < 0.3
    return float(body.skin(*body.forward(pose))[kept, 2].min())


def in_trunk(pose: Pose) -> tuple[Array, Array]:
    """Return the directions (towards the head, out of the chest) of the upper trunk."""
    a = np.radians(pose["pelvis"] + pose["lumbar"] + pose["thoracic"])
    return np.array([np.sin(a), 0, np.cos(a)]), np.array([np.cos(a), 0, -np.sin(a)])
