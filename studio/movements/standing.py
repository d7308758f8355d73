"""Movements done standing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .. import rooms
from ..body import Body
from ..faults import (
    DEG,
    FRACTION,
    HEAD_DOWN,
    HEAD_UP,
    SPINE_FLEX,
    TOO_FAST,
    Fault,
    bounce,
    rounding,
)  # fmt: skip
from ..geometry import Controls
from ..movement import Movement, Placed, Step, hold_script
from ..poses.standing import chair_layout, chair_stretch, heel_to_buttock, march, standing
from ..script import Script

Postures = dict[str, Controls]


def _hinge_postures(body: Body, side: str) -> Postures:  # noqa: ARG001 - the signature of postures
    stand = dict(lean=2.0, knee=3.0, step=0.08, hands=0.75, slide=0.0)
    end = dict(stand, lean=54.0, knee=5.0, hands=1.0, slide=0.8, neck=-14.0, lumbar=3.0, thoracic=2.0)
    return dict(start=stand, end=end)


HINGE = Movement(
    "hamstring_hinge_standing",
    standing,
    _hinge_postures,
    hold_script(4.2, 2.6, 2.4, 1.5, 0.5),
    one_sided=True,
    camera_height=(0.7, 1.0),
    faults=dict(
        back_rounding=rounding(64.0),
        bounce=bounce("lean"),
        too_fast=TOO_FAST,
        head_hanging=HEAD_DOWN,
        chin_poke=HEAD_UP,
        stretch_knee_bent=Fault(DEG, 42.0, {"knee": 1.0}),
        no_hip_back=Fault(FRACTION, 1.2, {"balance": -1.0}),
        over_arch=Fault(DEG, 36.0, {"lumbar": -1.0, "thoracic": -0.3, "lean": 0.45}),
        toe_touch_flop=Fault(
            SPINE_FLEX,
            78.0,
            {"lumbar": 0.55, "thoracic": 0.45, "lean": -0.05, "neck": -0.06},
            {"hands": -1.0, "step": -0.08, "knee": -2.0, "hang": -6.0},
        ),
    ),
    sagittal_faults=(
        "back_rounding", "stretch_knee_bent", "toe_touch_flop", "over_arch", "head_hanging", "chin_poke", "no_hip_back",
    ),
    ankle_faults=("stretch_knee_bent", "toe_touch_flop", "no_hip_back"),
)  # fmt: skip


def _chair_postures(body: Body, side: str) -> Postures:  # noqa: ARG001
    hip_back = 0.20 * body.scale
    hand_x, hand_z = chair_layout(body, 80.0, hip_back, 10.0)
    fixed = dict(hand_x=hand_x, hand_z=hand_z, knee=3.0, neck=-6.0)
    return dict(
        start=dict(fixed, trunk=30.0, hip_back=0.02, feet_x=0.34 * body.scale),
        step=dict(fixed, trunk=42.0, hip_back=0.06, feet_x=0.17 * body.scale, shrug=4.0),
        end=dict(fixed, trunk=80.0, hip_back=hip_back, feet_x=0.0, shrug=10.0, lumbar=2.0),
    )


def _chair(script: Script, placed: Sequence[Placed]) -> list[dict[str, Any]]:  # noqa: ARG001
    return rooms.chair_with_back(script.states["end"]["hand_x"], script.states["end"]["hand_z"])


def _step_under(c: Controls, step: Step, x: float) -> None:
    """Lift one foot at a time while the feet move under the bow."""
    if step.phase in ("move", "return"):
        c["liftR" if step.start == "step" else "liftL"] = 0.035 * math.sin(math.pi * x)


CHAIR = Movement(
    "chair_back_stretch",
    chair_stretch,
    _chair_postures,
    (
        Step("setup", 1.3, "start", "start"),
        Step("move", 1.2, "start", "step", 0),
        Step("move", 2.0, "step", "end", 0),
        Step("hold", 4.2, "end", "end", 0),
        Step("return", 2.0, "end", "step", 0),
        Step("return", 1.1, "step", "start", 0),
        Step("rest", 0.5, "start", "start"),
    ),
    furniture=_chair,
    adjust=_step_under,
    camera_height=(0.7, 1.0),
    faults=dict(
        back_rounding=rounding(66.0, lean="trunk", lean_back=0.45, lumbar=0.5),
        bounce=bounce("trunk"),
        elbows_bend=Fault(DEG, 60.0, {"feet_x": 0.0013}),
        knees_bent=Fault(DEG, 48.0, {"knee": 1.0}),
        chest_sinking=Fault(DEG, 46.0, {"lumbar": -0.75, "thoracic": -0.5, "trunk": 0.55}),
        head_up=HEAD_UP,
        too_close=Fault(DEG, 42.0, {"trunk": -1.0, "hip_back": -0.0035, "feet_x": 0.0042}),
    ),
    sagittal_faults=("back_rounding", "elbows_bend", "knees_bent", "chest_sinking", "head_up", "too_close"),
    ankle_faults=("knees_bent",),
)


def _march_postures(body: Body, side: str) -> Postures:  # noqa: ARG001
    stand = dict(phase=0.0, lift=48.0, lean=2.0)
    return dict(start=stand, m1=dict(stand, phase=13.0), stop=dict(stand, phase=13.0))


MARCH = Movement(
    "warmup_march",
    march,
    _march_postures,
    (
        Step("setup", 1.2, "start", "start"),
        Step("hold", 8.67, "start", "m1", 0, linear=True),
        Step("rest", 0.6, "stop", "stop"),
    ),
    view="front",
    camera_height=(0.7, 1.0),
    faults=dict(stooped_march=Fault(DEG, 34.0, {"lean": 1.0})),
)

_QUADRICEPS_END = dict(fold=147.0, thigh=5.0, grip=1.0, lean=2.0)

QUADRICEPS = Movement(
    "quadriceps_stretch",
    heel_to_buttock,
    lambda body, side: dict(start=dict(lean=2.0), end=_QUADRICEPS_END),  # noqa: ARG005
    hold_script(4.5, 2.2, 2.0, 1.5, 0.6),
    one_sided=True,
    camera_height=(0.7, 1.0),
    faults=dict(
        leaning_forward=Fault(DEG, 34.0, {"lean": 1.0}),
        knee_forward=Fault(DEG, 38.0, {"thigh": -1.0}),
    ),
    sagittal_faults=("leaning_forward", "knee_forward"),
    ankle_faults=(),
)

_WALK = dict(lift=16.0, walk=1.0, lean=3.0)
_OUTSIDE_M = 2.9
"""How far from the middle a person has left the picture."""


def _walk_in_postures(body: Body, side: str) -> Postures:
    hinge = _hinge_postures(body, side)
    hinge["start"] |= dict(hands=0.0, step=0.0)
    return hinge | dict(
        off_left=dict(_WALK, phase=0.0, world_x=-_OUTSIDE_M - 0.03),
        here_in=dict(_WALK, phase=5.0, world_x=-0.03),
        here_out=dict(_WALK, phase=0.0, world_x=-0.03),
        off_right=dict(_WALK, phase=5.0, world_x=_OUTSIDE_M - 0.03),
    )


WALK_IN_HINGE = Movement(
    "walk_in_hinge",
    standing,
    _walk_in_postures,
    (
        Step("out_of_view", 0.6, "off_left", "off_left", build=march),
        Step("walk", 3.4, "off_left", "here_in", build=march),
        *hold_script(3.2, 1.9, 1.7, 0.8, 0.4),
        Step("walk", 3.4, "here_out", "off_right", build=march),
        Step("out_of_view", 0.4, "off_right", "off_right", build=march),
    ),
    one_sided=True,
    camera_height=(0.7, 1.0),
    catalogue_id=HINGE.id,
    faults=HINGE.faults,
)

ALL = (HINGE, CHAIR, MARCH, QUADRICEPS, WALK_IN_HINGE)
