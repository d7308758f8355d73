"""Movements done sitting, and getting up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import rooms
from ..body import Body
from ..faults import DEG, FRACTION, HEAD_DOWN, SPINE_FLEX, TOO_FAST, Fault, bounce, rounding
from ..geometry import Controls
from ..mesh import N_SKIN, weight_of
from ..movement import Movement, Placed, Step, hold_script
from ..poses.sitting import chair_sitting, long_sitting, sit_to_stand
from ..script import Script

_LONG_SITTING_END = dict(lean=28.0, reach=1.0, neck=-7.0, lumbar=3.0, thoracic=2.0)

SEATED_BEND = Movement(
    "seated_forward_bend",
    long_sitting,
    lambda body, side: dict(start=dict(lean=-3.0, reach=0.0), end=_LONG_SITTING_END),  # noqa: ARG005
    hold_script(4.4, 2.2, 2.0),
    camera_height=(0.35, 0.75),
    faults=dict(
        back_rounding=rounding(64.0, lean_back=0.30),
        bounce=bounce("lean"),
        too_fast=TOO_FAST,
        head_drop=HEAD_DOWN,
        knees_bent=Fault(DEG, 48.0, {"knee": 1.0}),
        slumped_start=Fault(
            SPINE_FLEX, 50.0, {"lumbar": 0.55, "thoracic": 0.45, "lean": -0.84, "neck": -0.2}, always=True
        ),
    ),
    sagittal_faults=("back_rounding", "knees_bent", "head_drop", "slumped_start"),
    ankle_faults=("knees_bent",),
)


def _desk_height(body: Body) -> float:
    return body.shank_len + body.ankle_h + 0.17 * body.scale


def _desk_postures(body: Body, side: str) -> dict[str, Controls]:  # noqa: ARG001
    hands = dict(hands_z=_desk_height(body), hands_x=0.37 * body.scale)
    end = dict(hands, lean=2.0, lumbar=5.0, thoracic=3.0, neck=2.0)
    return dict(start=dict(hands, lean=0.0), end=end)


def seat_under(body: Body, sitting: Placed) -> tuple[float, float]:
    """Return x and height of a seat that touches the person's underside, metres."""
    skin = body.skin(sitting.world, sitting.pos) + sitting.shift
    hip = sitting.joints["hipL"]
    under = weight_of("root", "pelvis", "upperleg")[:N_SKIN] > 0.5
    under &= (np.abs(skin[:, 0] - hip[0]) < 0.10) & (skin[:, 2] > hip[2] - 0.25)
    return float(hip[0]) - 0.02, float(skin[under, 2].min()) + 0.008


def _desk_and_stool(script: Script, placed: Sequence[Placed]) -> list[dict[str, Any]]:
    seat_x, seat_z = seat_under(script.body, placed[0])
    edge = script.states["start"].get("desk_x", 0.30 * script.body.scale)
    return rooms.stool(seat_x, seat_z) + rooms.desk(seat_x + edge, _desk_height(script.body))


DESK = Movement(
    "desk_posture",
    chair_sitting,
    _desk_postures,
    hold_script(5.0, 2.2, 1.8, 2.0),
    furniture=_desk_and_stool,
    camera_height=(0.6, 0.9),
    faults=dict(
        slumped=rounding(66.0, lean_back=0.30),
        head_forward=Fault(DEG, 38.0, {"neck": 1.0, "head": -0.8}),
    ),
    sagittal_faults=("slumped", "head_forward"),
)


def _microbreak_postures(body: Body, side: str) -> dict[str, Controls]:  # noqa: ARG001
    k = body.scale
    desk = dict(hands_x=0.24 * k, hands_z=_desk_height(body), desk_x=0.50 * k)
    sit = dict(desk, up=0.0, lean=6.0, lumbar=3.0, hands=1.0)
    stand = dict(desk, up=1.0, lean=2.0, hands=0.0)
    return dict(
        start=sit,
        tip=dict(desk, up=0.10, lean=38.0, hands=0.0, neck=-18.0),
        stand=stand,
        reach=dict(stand, arms=168.0, neck=-4.0, lumbar=-3.0),
    )


MICROBREAK = Movement(
    "desk_microbreak",
    sit_to_stand,
    _microbreak_postures,
    (
        Step("setup", 2.2, "start", "start"),
        Step("move", 1.0, "start", "tip", 0),
        Step("move", 1.5, "tip", "stand", 0),
        Step("hold", 1.6, "stand", "stand", 0),
        Step("hold", 1.6, "stand", "reach", 0),
        Step("hold", 1.6, "reach", "reach", 0),
        Step("hold", 1.6, "reach", "stand", 0),
        Step("hold", 1.2, "stand", "stand", 0),
        Step("return", 1.6, "stand", "tip", 0),
        Step("return", 1.1, "tip", "start", 0),
        Step("rest", 0.9, "start", "start"),
    ),
    furniture=_desk_and_stool,
    camera_height=(0.7, 1.0),
    faults=dict(break_skipped=Fault(FRACTION, 1.0, shrink=("up",))),
    sagittal_faults=(),
)

ALL = (SEATED_BEND, DESK, MICROBREAK)
