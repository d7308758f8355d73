"""Movements done on the front."""

from __future__ import annotations

from ..faults import DEG, DROPPING, HEAD_DOWN, Fault
from ..movement import Movement, hold_script
from ..poses.prone import cobra, plank

COBRA = Movement(
    "cobra",
    cobra,
    lambda body, side: dict(start=dict(lift=0.0, neck=-6.0), end=dict(lift=40.0, neck=-8.0)),  # noqa: ARG005
    hold_script(4.4, 2.2, 2.4),
    camera_height=(0.30, 0.65),
    faults=dict(
        hips_off_floor=Fault(DEG, 8.0, {"hips_up": 1.0, "lift": -0.8}),
        neck_crank=Fault(DEG, 88.0, {"neck": -0.85, "head": -0.15}),
        shrug=Fault(DEG, 28.0, {"shrug": 1.0}),
        feet_lift=Fault(DEG, 12.0, {"legs_up": 1.0}),
        knees_bend=Fault(DEG, 42.0, {"shin": 1.0}),
        drop_down=DROPPING,
    ),
    sagittal_faults=("hips_off_floor", "neck_crank", "shrug", "feet_lift", "knees_bend"),
    ankle_faults=("feet_lift", "knees_bend"),
)

PLANK = Movement(
    "plank",
    plank,
    lambda body, side: dict(start=dict(sag=24.0, neck=-4.0), end=dict(sag=0.0, neck=2.0)),  # noqa: ARG005
    hold_script(5.5, 1.8, 1.6, 1.3),
    camera_height=(0.30, 0.65),
    faults=dict(
        hips_sag=Fault(DEG, 21.0, {"sag": 1.0}), hips_pike=Fault(DEG, 27.0, {"sag": -1.0}), head_drop=HEAD_DOWN
    ),
    sagittal_faults=("hips_sag", "hips_pike", "head_drop"),
    ankle_faults=("hips_sag", "hips_pike"),
)

ALL = (COBRA, PLANK)
