"""Stick figures with angles that are easy to compute, and a small movement file."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from formcheck.core.measure.measure import MEASUREMENT_NAMES, measure_pose
from formcheck.core.movement.load import parse_movement
from formcheck.core.movement.schema import Movement
from formcheck.core.phases.tracker import PhaseTracker
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import BACK_T, CameraView, Measurements, PoseFrame, Value
from formcheck.core.skeleton import INDEX, PAIRS, Side

SIZE = (640, 480)
TRUNK_PX = 100.0

STANDING = {
    "nose": (315, 122), "ear": (300, 120), "shoulder": (300, 150), "elbow": (305, 200), "wrist": (310, 250),
    "hip": (300, 250), "knee": (300, 330), "ankle": (300, 410), "heel": (290, 415), "foot_index": (325, 420),
}  # fmt: skip
"""Upright, facing right: every part of a chain above the other."""
HINGED = STANDING | {
    "shoulder": (400, 250), "ear": (430, 250), "nose": (432, 268), "elbow": (402, 300), "wrist": (404, 350),
}  # fmt: skip
"""The trunk tipped forward by a right angle, arms hanging, legs straight."""
PLANK = {
    "nose": (432, 312), "ear": (430, 300), "shoulder": (400, 300), "elbow": (400, 350), "wrist": (450, 352),
    "hip": (300, 300), "knee": (220, 300), "ankle": (140, 300), "heel": (130, 296), "foot_index": (140, 330),
}  # fmt: skip
"""Face down, head to the right, shoulder, hip and ankle on one level line, elbows under the shoulders."""
FRONT = STANDING | {
    "nose": (300, 115), "left_ear": (312, 112), "right_ear": (288, 112),
    "shoulder": (300, 142), "left_shoulder": (340, 142), "right_shoulder": (260, 142),
    "left_elbow": (345, 192), "right_elbow": (255, 192), "left_wrist": (327, 240), "right_wrist": (273, 240),
    "left_hip": (320, 250), "right_hip": (280, 250), "left_knee": (320, 330), "right_knee": (280, 330),
    "left_ankle": (320, 410), "right_ankle": (280, 410), "left_heel": (320, 405), "right_heel": (280, 405),
    "left_foot_index": (320, 420), "right_foot_index": (280, 420),
}  # fmt: skip
"""Upright, facing the camera, so the left side is right in the picture. The shoulders are 80 px apart, of which a
trunk of 108 px follows; the hands are 54 px apart."""


def figure(
    parts: Mapping[str, tuple[float, float]] = STANDING,
    *,
    time_s: float = 0.0,
    bulge_tl: float = 0.0,
    yaw_deg: float = 0.0,
    people: int = 1,
    hidden: tuple[str, ...] = (),
    **moved: tuple[float, float],
) -> PoseFrame:
    """Return a pose seen exactly from the side, its front to the right of the way from hip to shoulder.

    Both sides of the body lie on each other; the right one is nearer to the camera, as it must be. The back's
    contour is an arc of height `bulge_tl` over the chord from 0 to 0.9 trunk lengths, + = rounded.
    """
    points = {**parts, **moved}
    xy, depth = np.tile(np.array(points["nose"], float), (33, 1)), np.zeros(33)
    for part, point in points.items():
        for index, z in zip(PAIRS.get(part) or (INDEX[part],) * 2, (0.1, -0.1), strict=True):
            xy[index], depth[index] = point, z if part in PAIRS else 0.0
    hip, shoulder = np.array(points["hip"], float), np.array(points["shoulder"], float)
    along = (shoulder - hip) / np.hypot(*(shoulder - hip))
    yaw = math.radians(yaw_deg)
    flat = (xy - hip) / TRUNK_PX * 0.5
    world = np.column_stack([flat[:, 0] + depth * math.sin(yaw), flat[:, 1], depth * math.cos(yaw)])
    visibility = np.ones(33)
    for name in hidden:
        visibility[INDEX[name]] = 0.1
    dorsal = np.array([along[1], -along[0]])
    offsets = 0.15 + bulge_tl * BACK_T * (0.9 - BACK_T) / 0.45**2
    trunk_px = float(np.hypot(*(shoulder - hip)))
    contour = hip + trunk_px * (BACK_T[:, None] * along + offsets[:, None] * dorsal)
    return PoseFrame(time_s, SIZE, xy, world, visibility, contour, people)


def measured(
    time_s: float, *, seen: PoseFrame | None = None, near: Side | None = None, **values: float
) -> Measurements:
    """Return measurements with only these values, each ±1; joints and contour are those of a pose."""
    known = {name: float(values.get(name, math.nan)) for name in MEASUREMENT_NAMES}
    assert not values.keys() - known.keys()
    told = {name: Value(value, 1.0, LEFT_OUT if math.isnan(value) else None) for name, value in known.items()}
    of_nobody = Measurements(time_s, told, known, CameraView(near=near))
    if seen is None:
        return of_nobody
    of_pose = measure_pose(seen)
    return replace(of_nobody, joints_px=of_pose.joints_px, contour=of_pose.contour)


LEFT_OUT = Reason(ReasonCode.LANDMARK_HIDDEN, "nose")
"""Why a measurement that a test leaves out is missing."""

MOVEMENT_FILE = """\
schema_version = 1
id = "bow"
version = 3
name = "Bow"
about = "A bow for tests."
steps = ["Bow.", "Come up."]
confidence = "A"
posture = "standing"
spine_rule = "neutral_hold"
main = "knee"
breath = "Breathe."
easier = "Bow less."
shared = ["too_fast"]
stop_if = ["Pain"]

[sources]
E = "engineering judgement"

[view]
camera = "side"
near = "either"
text = "Side-on."

[start]
text = "Standing tall."
when = [{ signal = "trunk_inclination_deg", below = 20.0 }]
source = "E"

[drive]
kind = "reach"
signal = "trunk_inclination_deg"
departs = 8.0
least = 20.0
leaves = 8.0
settle_deg_per_s = 6.0
source = "E"

[dose]
hold_s = 20
repetitions = 2
source = "E"

[measures.knee]
name = "Knee"
signal = "knee_near_deg"
unit = "deg"
target = [165, 190]
warn = [155, 200]
source = "E"

[[faults]]
id = "knee_bent"
seen = "the knee bending"
when = [{ signal = "knee_near_deg", below = 155.0, clear = 165.0 }]
severity = "adjust"
cue = "Straighten your knee"
source = "E"

[[faults]]
id = "rounding"
seen = "the back rounding"
when = [{ signal = "back_bend_deg", above = 40.0, clear = 25.0 }]
phases = ["move", "hold"]
for_s = 1.0
severity = "fix"
cue = "Keep your back long"
source = "E"
"""


def movement(**changes: Any) -> Movement:
    """Return the movement of the small file, with some of its parts exchanged."""
    bow = parse_movement(MOVEMENT_FILE.encode(), "bow.toml")
    parts = {}
    for key, value in changes.items():
        old = getattr(bow, key)
        parts[key] = old.model_copy(update=value) if isinstance(old, BaseModel) else value
    return bow.model_copy(update=parts)


@pytest.fixture(scope="session")
def figures() -> Any:
    """Return the builder of stick figures and its postures."""
    return SimpleNamespace(make=figure, STANDING=STANDING, HINGED=HINGED, PLANK=PLANK, FRONT=FRONT, SIZE=SIZE)


@pytest.fixture(scope="session")
def make_measured() -> Callable[..., Measurements]:
    """Return the builder of measurements."""
    return measured


@pytest.fixture(scope="session")
def make_movement() -> Callable[..., Movement]:
    """Return the builder of small movements."""
    return movement


@pytest.fixture(scope="session")
def follow(figures, make_measured):
    """Run a tracker over the course of one signal; return its states and the repetitions it ended."""

    def run(movement, course, *, signal="trunk_inclination_deg", fps=30, side=None, still=False, gone=(), **values):
        times = np.arange(round(course[0][-1] * fps) + 1) / fps
        drive = np.interp(times, *course)
        tracker, states, ended = PhaseTracker(movement, side=side, still=still), [], []
        standing = make_measured(0.0, seen=figures.make())
        for t, x in zip(times.tolist(), drive.tolist(), strict=True):
            away = any(first <= t < last for first, last in gone)
            m = make_measured(t) if away else make_measured(t, near="right", **({signal: x} | values))
            if not away:
                m = replace(m, joints_px=standing.joints_px, contour=standing.contour)
            states.append(tracker.step(m))
            ended += filter(None, [states[-1].ended])
        closing = tracker.finish(float(times[-1]))
        return states, ended + ([closing] if closing else []), tracker

    return run


@pytest.fixture(scope="session")
def follow_legs(figures, make_measured):
    """Run a tracker over the courses of both legs, degrees from the start; return states and ended repetitions."""

    def run(movement, seconds, left, right, *, side=None):
        tracker, states, ended = PhaseTracker(movement, side=side), [], []
        standing = make_measured(0.0, seen=figures.make())
        for t in (np.arange(round(seconds[-1] * 30) + 1) / 30).tolist():
            values = {
                "trunk_thigh_left_deg": 105 + float(np.interp(t, seconds, left)),
                "trunk_thigh_right_deg": 105 + float(np.interp(t, seconds, right)),
            }
            m = replace(make_measured(t, near="right", knee_left_deg=90, **values), joints_px=standing.joints_px)
            states.append(tracker.step(m))
            ended += filter(None, [states[-1].ended])
        closing = tracker.finish(seconds[-1])
        return states, ended + ([closing] if closing else [])

    return run


@pytest.fixture(scope="session")
def movement_file() -> str:
    """Return a small movement file that is right."""
    return MOVEMENT_FILE
