"""A hinge with numbers that are easy to check: movement, pose, result, summary and table."""

from __future__ import annotations

import copy
import math

import numpy as np
import pandas as pd
import pytest

from formcheck.core.measure.camera_view import find_view_of_pose
from formcheck.core.measure.measure import measure_pose
from formcheck.core.movement.schema import Movement, find_limits
from formcheck.core.movement.signals import resolve
from formcheck.core.reasons import Reason, ReasonCode
from formcheck.core.records import (
    BACK_T,
    Assessment,
    Feedback,
    Finding,
    HoldState,
    PhaseState,
    PoseFrame,
    Repetition,
    StepResult,
)
from formcheck.core.skeleton import INDEX

SIZE_PX = (640, 480)
POINTS = {
    "nose": (160, 150), "ear": (185, 135), "shoulder": (240, 160), "elbow": (230, 215), "wrist": (220, 265),
    "hip": (360, 200), "knee": (350, 310), "ankle": (340, 410), "heel": (350, 425), "foot_index": (300, 425),
}  # fmt: skip
"""Side-on, facing left with the left side next to the camera, leaning forward; y down."""


def _movement(main):
    knee = {"name": "Stretch knee", "signal": "knee_working_deg", "unit": "deg", "target": [165, 182],
            "warn": [155, 188], "source": "test"}  # fmt: skip
    back = {"name": "Back", "signal": "back_bend_no_neutral_deg", "unit": "deg", "target": ["open", 25],
            "warn": ["open", 40], "source": "test"}  # fmt: skip
    hinge = {"name": "Hinge", "signal": "trunk_inclination_deg", "unit": "deg", "target": [20, "open"],
             "source": "test"}  # fmt: skip
    condition = {"signal": "back_bend_no_neutral_deg", "above": 40, "clear": 25}
    return Movement.model_validate({
        "schema_version": 1, "id": "hinge", "version": 1, "name": "Standing hamstring stretch", "about": "a test",
        "steps": ["hinge"], "confidence": "A", "posture": "standing", "spine_rule": "neutral_hold", "main": main,
        "view": {"camera": "side", "near": "working", "text": "side"},
        "start": {"text": "stand", "when": [{"signal": "trunk_inclination_deg", "below": 15}], "source": "test"},
        "drive": {"kind": "reach", "signal": "trunk_inclination_deg", "source": "test"},
        "dose": {"hold_s": 20, "repetitions": 2, "each_side": True, "source": "test"},
        "breath": "slow", "measures": {"stretch_knee": knee, "hinge": hinge, "back": back},
        "faults": [{"id": "back_rounding", "seen": "round back", "when": [condition], "severity": "fix",
                    "cue": "Hinge at your hips, keep back long", "source": "test"}],
        "stop_if": ["pain"], "easier": "less", "sources": {"test": "made by hand"},
    })  # fmt: skip


def _pose(size_px=SIZE_PX, hidden=()):
    xy, seen = np.full((33, 2), np.nan), np.zeros(33)
    for part, place in POINTS.items():
        for side in ("left", "right"):
            name = part if part == "nose" else f"{side}_{part}"
            xy[INDEX[name]] = np.array(place) + (0 if side == "left" else 4)
            seen[INDEX[name]] = 1.0 if side == "left" or part in {"shoulder", "hip", "nose", "ear"} else 0.02
    for name in hidden:
        xy[INDEX[name]] = np.nan
    hip, shoulder = np.array(POINTS["hip"]) + 2.0, np.array(POINTS["shoulder"]) + 2.0
    along = shoulder - hip
    dorsal = np.array([-along[1], along[0]]) / np.hypot(*along)
    back = hip + BACK_T[:, None] * along + 40 * dorsal
    scale = np.array(size_px) / SIZE_PX
    xyz = np.zeros((33, 3))
    for side, z in (("left", -0.2), ("right", 0.2)):
        for part, (x, y) in POINTS.items():
            if part != "nose":
                xyz[INDEX[f"{side}_{part}"]] = ((x - 360) / 200, (y - 200) / 200, z)
    return PoseFrame(0.0, size_px, xy * scale, xyz, seen, back * scale)


def _result(
    pose, movement, *, back="ok", knee="ok", text="", severity=None, hold=None, reason=ReasonCode.NOT_SEEN, phase="hold"
):
    told = measure_pose(pose, view=find_view_of_pose(pose)._replace(yaw_deg=5.0))
    wanted = {"back": back, "stretch_knee": knee, "hinge": "ok"}
    findings = []
    for check, spec in movement.measures.items():
        name, (low, high) = resolve(spec.signal, working="left", near="left"), find_limits(spec.target)
        value = math.nan if wanted[check] == "cannot_tell" else told.values[name].value
        why = Reason(reason) if wanted[check] == "cannot_tell" else None
        if wanted[check] is not None:
            findings.append(Finding(check, wanted[check], value, low, high, told.values[name].uncertainty, why))
    state = PhaseState(phase, 0.0, "left", "left", repetition=Repetition(1, "left", 0.0))
    feedback = Feedback("cue" if text else None, text, severity, 0.0, (), hold)
    return StepResult(pose, told, state, Assessment(0.0, "hold", tuple(findings), {}), feedback)


SUMMARY = {
    "schema_version": 1, "formcheck_version": "0.1.0", "created_utc": "2026-11-21T11:00:00Z",
    "model": {"name": "full", "sha256": ""},
    "movement": {"id": "hamstring_hinge_standing", "name": "Standing hamstring stretch", "version": 1, "sha256": ""},
    "source": {"name": "clip.mp4", "sha256": "", "width": 640, "height": 480, "fps": 30.0,
               "duration_s": 41.2, "frames": 1236},
    "view": {"kind": "side", "yaw_deg": 6.2, "yaw_uncertainty_deg": 10.0, "near": "left", "verdict": "ok",
             "reasons": []},
    "seen_share": 1.0,
    "repetitions": [{"index": 1, "side": "left", "start_s": 5.0, "hold_start_s": 8.0, "hold_end_s": 31.0, "end_s": 34.0,
                     "valid_hold_s": 14.3, "pauses": [{"check": "back_rounding", "from_s": 12.1, "to_s": 19.4}]}],
    "faults": [{"id": "back_rounding", "severity": "fix", "cue": "Hinge at your hips, keep back long", "from_s": 12.1,
                "to_s": 19.4, "repetition": 1, "side": "left", "value": 54.2, "unit": "deg", "limit": 40.0,
                "uncertainty": 16.0}],
    "checks": [
        {"id": "stretch_knee", "ok_share": 1.0, "warn_share": 0.0, "fix_share": 0.0, "cannot_tell_share": 0.0,
         "reason": "", "value": 171.2, "uncertainty": 9.0},
        {"id": "hinge", "ok_share": 0.0, "warn_share": 0.0, "fix_share": 0.0, "cannot_tell_share": 1.0,
         "reason": "the hip is hidden from the camera"},
        {"id": "back", "ok_share": 0.6, "warn_share": 0.1, "fix_share": 0.3, "cannot_tell_share": 0.0, "reason": ""},
    ],
    "measurements": {"knee_left_deg": {"unit": "deg", "median": 175.0, "p05": 160.0, "p95": 180.0,
                                       "in_hold_median": 171.2, "uncertainty": 9.0}},
    "dose": {"hold_s": {"target": 20.0, "done": 14.3}, "repetitions": {"target": 2, "done": 1},
             "sides": {"left_s": 14.3, "right_s": 0.0}},
    "verdict": "fix",
    "why": "Round back was seen; try: Hinge at your hips, keep back long.",
}  # fmt: skip


@pytest.fixture
def summary():
    return copy.deepcopy(SUMMARY)


@pytest.fixture(scope="session")
def make_movement():
    return _movement


@pytest.fixture(scope="session")
def movement():
    return _movement("stretch_knee")


@pytest.fixture(scope="session")
def make_pose():
    return _pose


@pytest.fixture(scope="session")
def make_result():
    return _result


@pytest.fixture
def paused():
    return HoldState(14.2, 20.0, "back_rounding")


@pytest.fixture
def frames():
    """41 seconds, one row each: the knee is straight, unknown from 20 to 24; held from 8 to 31."""
    time_s = np.arange(42.0)
    knee = np.where((time_s >= 20) & (time_s < 25), np.nan, 171.0)
    phase = np.where(time_s < 5, "setup", np.where((time_s >= 8) & (time_s <= 31), "hold", "move"))
    return pd.DataFrame({
        "time_s": time_s, "phase": phase, "repetition": 1, "side": "left", "knee_left_deg": knee,
        "knee_left_deg_unc": 9.0, "knee_right_deg": 120.0, "knee_right_deg_unc": 9.0,
        "trunk_inclination_deg": np.where(phase == "hold", 50.0, 5.0), "trunk_inclination_deg_unc": 7.0,
    })  # fmt: skip
