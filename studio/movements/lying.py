"""Movements done on the back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .. import rooms
from ..faults import DEG, DROPPING, FRACTION, HEAD_LIFTS, SECONDS, TOO_FAST, Fault, bounce
from ..movement import Movement, Placed, Step, hold_script, reps_script
from ..poses.supine import bridge, figure_four, plough, supine
from ..script import Script

_LOW_CAMERA = (0.30, 0.65)
_HUGGED = dict(flex=108.0, knee=122.0, hug=1.0, tilt=6.0)

KNEE_TO_CHEST = Movement(
    "knee_to_chest_single",
    supine,
    lambda body, side: dict(start={}, end=_HUGGED),  # noqa: ARG005
    hold_script(4.0, 3.2, 3.2, 1.4, 0.4),
    one_sided=True,
    camera_height=_LOW_CAMERA,
    on_back=True,
    faults=dict(
        other_leg_lifts=Fault(DEG, 30.0, {"flex_other": 1.0}),
        other_knee_bends=Fault(DEG, 56.0, {"flex_other": 0.5, "knee_other": 1.0}),
        head_lifts=HEAD_LIFTS,
        over_pull=Fault(DEG, 36.0, {"flex": 1.0, "knee": 0.4, "tilt": 0.35}),
        too_fast=TOO_FAST,
    ),
    sagittal_faults=("other_leg_lifts", "other_knee_bends", "head_lifts", "over_pull"),
    ankle_faults=("other_leg_lifts", "other_knee_bends"),
)

_BOTH_HUGGED = dict(_HUGGED, flex_other=108.0, knee_other=122.0, hug_both=1.0, tilt=9.0)

KNEES_TO_CHEST = Movement(
    "knees_to_chest",
    supine,
    lambda body, side: dict(start=dict(hug_both=1.0), end=_BOTH_HUGGED),  # noqa: ARG005
    hold_script(4.4, 3.2, 3.2, 1.4, 0.4),
    camera_height=_LOW_CAMERA,
    on_back=True,
    faults=dict(
        bounce=bounce("flex", 11.0, {"flex_other": 1.0, "tilt": 0.25}), head_lifts=HEAD_LIFTS, too_fast=TOO_FAST
    ),
    sagittal_faults=("head_lifts",),
)


def _door_post(script: Script, placed: Sequence[Placed]) -> list[dict[str, Any]]:
    return rooms.door_post(max(p.joints["heel" + script.side][0] for p in placed if p.step.phase == "hold") + 0.03)


DOORWAY = Movement(
    "hamstring_doorway_supine",
    supine,
    lambda body, side: dict(start={}, end=dict(flex=72.0, knee=3.0, point=-2.0)),  # noqa: ARG005
    hold_script(4.5, 2.4, 2.2),
    one_sided=True,
    furniture=_door_post,
    camera_height=_LOW_CAMERA,
    on_back=True,
    faults=dict(
        raised_knee_bent=Fault(DEG, 46.0, {"knee": 1.0, "flex": 0.62}),
        other_leg_lifts=Fault(DEG, 30.0, {"flex_other": 1.0, "knee_other": 0.3}),
    ),
    sagittal_faults=("raised_knee_bent", "other_leg_lifts"),
    ankle_faults=("raised_knee_bent", "other_leg_lifts"),
)

_HOOK = dict(foot_floor=1.0, cross=1.0, feet=0.55)

CRUNCH = Movement(
    "partial_crunch",
    supine,
    lambda body, side: dict(start=_HOOK, end=dict(_HOOK, lumbar=9.0, thoracic=28.0, neck=4.0)),  # noqa: ARG005
    reps_script(2, 1.4, 1.4, 1.4, rest=0.6, setup=1.4),
    camera_height=_LOW_CAMERA,
    on_back=True,
    faults=dict(
        full_situp=Fault(DEG, 48.0, {"sit_up": 1.0, "lumbar": 0.35}),
        neck_pull=Fault(DEG, 64.0, {"neck": 0.6, "head": 0.4}),
        jerking=Fault(SECONDS, 0.35, speed=("move", "return")),
    ),
    sagittal_faults=("full_situp", "neck_pull"),
)

_FEET = 1.13

BRIDGE = Movement(
    "glute_bridge",
    bridge,
    lambda body, side: dict(start=dict(feet=_FEET, rise=0.0), end=dict(feet=_FEET, rise=0.94)),  # noqa: ARG005
    reps_script(3, 1.6, 2.1, 1.5, rest=0.4, setup=1.1),
    camera_height=_LOW_CAMERA,
    on_back=True,
    faults=dict(
        over_arch=Fault(FRACTION, 0.36, {"rise": 1.0, "lumbar": -62.0}),
        low_bridge=Fault(FRACTION, 0.58, {"rise": -1.0}),
        feet_far=Fault(FRACTION, 0.42, {"feet": 1.0}, always=True),
        dropping=DROPPING,
    ),
    sagittal_faults=("over_arch", "low_bridge", "feet_far"),
    ankle_faults=("feet_far",),
)

PELVIC_TILT = Movement(
    "pelvic_tilt_supine",
    bridge,
    lambda body, side: dict(start=dict(feet=1.22, rise=0.0), end=dict(feet=1.22, rise=0.02, lumbar=7.0)),  # noqa: ARG005
    reps_script(2, 1.2, 3.0, 1.2, rest=0.6, setup=1.2),
    camera_height=_LOW_CAMERA,
    on_back=True,
    faults=dict(hips_lifting=Fault(FRACTION, 0.5, {"rise": 1.0})),
    sagittal_faults=("hips_lifting",),
)

FIGURE_FOUR = Movement(
    "figure_four_supine",
    figure_four,
    lambda body, side: dict(start={}, crossed=dict(cross=1.0), end=dict(cross=1.0, draw=26.0, hug=1.0)),  # noqa: ARG005
    (
        Step("setup", 1.3, "start", "start"),
        Step("move", 1.8, "start", "crossed", 0),
        Step("move", 1.6, "crossed", "end", 0),
        Step("hold", 3.6, "end", "end", 0),
        Step("return", 1.5, "end", "crossed", 0),
        Step("return", 1.5, "crossed", "start", 0),
        Step("rest", 0.4, "start", "start"),
    ),
    one_sided=True,
    camera_height=_LOW_CAMERA,
    on_back=True,
    faults=dict(head_lifts=HEAD_LIFTS),
    sagittal_faults=("head_lifts",),
)

_PLOUGH = dict(
    start=dict(pelvis=-90.0, thigh=-92.0),
    legs_up=dict(pelvis=-98.0, thigh=-172.0, lumbar=8.0),
    rolled=dict(pelvis=-146.0, thigh=-236.0, lumbar=32.0, thoracic=22.0),
    end=dict(pelvis=-188.0, thigh=-290.0, lumbar=26.0, thoracic=24.0, toes_down=1.0),
)

PLOUGH = Movement(
    "plough",
    plough,
    lambda body, side: {k: dict(v) for k, v in _PLOUGH.items()},  # noqa: ARG005
    (
        Step("setup", 1.3, "start", "start"),
        Step("move", 1.8, "start", "legs_up", 0),
        Step("move", 2.0, "legs_up", "rolled", 0),
        Step("move", 2.0, "rolled", "end", 0),
        Step("hold", 4.0, "end", "end", 0),
        Step("return", 2.4, "end", "rolled", 0),
        Step("return", 2.2, "rolled", "legs_up", 0),
        Step("return", 1.8, "legs_up", "start", 0),
        Step("rest", 0.5, "start", "start"),
    ),
    camera_height=_LOW_CAMERA,
    on_back=True,
    faults=dict(
        momentum=Fault(SECONDS, 0.55, speed=("move",)),
        drop_down=Fault(SECONDS, 0.55, speed=("return",)),
    ),
)

ALL = (KNEE_TO_CHEST, KNEES_TO_CHEST, DOORWAY, CRUNCH, BRIDGE, PELVIC_TILT, FIGURE_FOUR, PLOUGH)
